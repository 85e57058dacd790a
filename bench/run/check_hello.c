/* check_hello.c: who the two programs of a check are, and whether they can be spoken to.
 *
 * They may be years apart. A worker greets with the protocols that it reads; the first dlbench told one number and nothing else.
 * Next: protocol.h for what the numbers mean. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/run/check.h"

#define HELLO_TIMEOUT_S 10

static json_t *text_or_null(const char *text)
{
    json_t *json = text != NULL && text[0] != '\0' ? json_string(text) : NULL;
    return json != NULL ? json : json_null();
}

/* The variable that names it to the worker is a list with colons. */
static enum dlb_status check_backends(const char *folder, struct dlb_why *why)
{
    struct stat info;
    if (folder == NULL)
        return DLB_OK;
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
        return dlb_fail(why, DLB_UNAVAILABLE, "there is no folder of plugins %.300s", folder);
    if (strchr(folder, ':') != NULL)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "the name of a folder of plugins cannot hold a colon: %.300s; give it "
                        "another name, or a link",
                        folder);
    return DLB_OK;
}

static enum dlb_status check_common(const struct dlb_check_side *side,
                                    const struct dlb_hello *hello, struct dlb_why *why)
{
    char range[32];
    snprintf(range, sizeof range, hello->protocol_oldest < hello->protocol ? "%d to %d" : "%d",
             hello->protocol_oldest, hello->protocol);
    if (dlb_hello_common(hello) == 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%.300s (dlbench %s) speaks protocol %s, this dlbench speaks %d to %d: "
                        "run the check with the newer program of the two",
                        side->program, hello->version[0] != '\0' ? hello->version : "?", range,
                        DLB_PROTOCOL_OLDEST, DLB_PROTOCOL_VERSION);
    if (side->backends != NULL && !hello->backends_first)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%.300s is too old to take plugins from another folder: it prefers its "
                        "own; use a newer program",
                        side->program);
    return DLB_OK;
}

static json_t *about(const struct dlb_check_side *side, const struct dlb_hello *hello)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:i, s:i, s:b}", "program", text_or_null(side->program),
                     "backends", text_or_null(side->backends), "version",
                     text_or_null(hello->version), "git", text_or_null(hello->git), "protocol",
                     hello->protocol, "protocol_oldest", hello->protocol_oldest,
                     "verifies_on_demand", hello->verifies_on_demand ? 1 : 0);
}

enum dlb_status dlb_check_hello(struct dlb_check_side *side, const char *name, struct dlb_why *why)
{
    const struct dlb_spawn spawn = {
        .program = side->program, .backends = side->backends, .timeout_s = HELLO_TIMEOUT_S};
    struct dlb_hello hello;
    struct dlb_why inner = {""};
    enum dlb_status status = check_backends(side->backends, &inner);
    if (status == DLB_OK)
        status = dlb_spawn_hello(&spawn, &hello, &inner);
    if (status == DLB_OK)
        status = check_common(side, &hello, &inner);
    if (status != DLB_OK)
        return dlb_fail(why, status, "%s: %s", name, inner.text);
    json_t *told = about(side, &hello);
    if (told == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to note who %s is", name);
    json_decref(side->about);
    side->about = told;
    return DLB_OK;
}
