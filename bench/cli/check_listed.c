/* check_listed.c: the devices of both programs of a check, so that one that only the old program has is a row, and no silence.
 *
 * A program is asked as a person would ask it (`list devices --format json`): the oldest dlbench answers that, and whatever stands
 * in its place. One that is the program at hand is not asked: it plans. Next: check_devices.c for which of them are measured. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/base/child.h"
#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/check_state.h"
#include "bench/cli/stop.h"
#include "bench/store/replace.h"

#define VARIABLE     "DLBENCH_BACKENDS="
#define MOST_BYTES   (16U << 20)
#define MOST_NS      INT64_C(120000000000) /* a backend that hangs is given up after 30 s */
#define MOST_OPTIONS DLB_MAX_BACKEND_OPTIONS

/* ---- asking ---- */

/* Ours, but for the folder of plugins. The caller frees the list and its last text. */
static char **environment_with(const char *backends, char **own)
{
    size_t count = 0;
    size_t kept = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **list = calloc(count + 2, sizeof *list);
    *own = malloc(sizeof VARIABLE + strlen(backends));
    if (list == NULL || *own == NULL) {
        free(list);
        free(*own);
        return NULL;
    }
    sprintf(*own, "%s%s", VARIABLE, backends);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], VARIABLE, sizeof VARIABLE - 1) != 0) {
            list[kept++] = environ[i];
        }
    }
    list[kept] = *own;
    return list;
}

/* Until the program has closed its output; what takes too long or too much is cut. */
static void read_all(int fd, struct dlb_text *text)
{
    char bytes[4096];
    const int64_t end_ns = dlb_clock_ns() + MOST_NS;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    while (text->size < MOST_BYTES && dlb_clock_ns() < end_ns && dlb_stop_exit() == 0) {
        if (poll(&wait, 1, 500) <= 0) {
            continue;
        }
        const ssize_t count = read(fd, bytes, sizeof bytes);
        if (count <= 0) {
            return;
        }
        dlb_text_append_bytes(text, bytes, (size_t)count);
    }
}

static void run_list(const struct dlb_check_side *side, const struct dlb_texts *options,
                     char **environment, struct dlb_text *text)
{
    const char *arguments[2 * MOST_OPTIONS + 6] = {"dlbench", "list", "devices", "--format",
                                                   "json"};
    int count = 5;
    int ends[2];
    pid_t pid = 0;
    for (int i = 0; i < options->count && i < MOST_OPTIONS; i++) {
        arguments[count++] = "--opt";
        arguments[count++] = options->items[i];
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    const struct dlb_child child = {.program = side->program,
                                    .arguments = arguments,
                                    .environment = environment,
                                    .files = {-1, ends[1], -1}};
    const bool started = dlb_child_start(&child, &pid) == 0;
    close(ends[1]);
    if (started) {
        read_all(ends[0], text);
        kill(-pid, SIGKILL); /* it has answered, or hangs */
        waitpid(pid, NULL, 0);
    }
    close(ends[0]);
}

/* NULL: it cannot be asked. */
static json_t *ask(const struct dlb_check_side *side, const struct dlb_texts *options)
{
    struct dlb_text text = {0};
    char *own = NULL;
    char **environment = NULL;
    json_t *listed = NULL;
    if (side->backends == NULL || (environment = environment_with(side->backends, &own)) != NULL) {
        run_list(side, options, environment, &text);
    }
    if (text.data != NULL && !text.failed) {
        json_t *json = json_loads(text.data, 0, NULL);
        json_t *devices = json_object_get(json, "devices");
        listed = json_is_array(devices) ? json_incref(devices) : NULL;
        json_decref(json);
    }
    if (environment != NULL) {
        free(own);
    }
    free(environment);
    dlb_text_free(&text);
    return listed;
}

/* This program plans, with the plugins of the new side. */
static bool is_planner(const struct dlb_checking *c, const struct dlb_check_side *side)
{
    const char *backends = c->arguments->b_lib;
    const bool neither = side->backends == NULL && backends == NULL;
    const bool both = side->backends != NULL && backends != NULL;
    return dlb_path_same(side->program, c->run.cli->program) &&
           (neither || (both && dlb_path_same(side->backends, backends)));
}

void dlb_check_ask_devices(struct dlb_checking *c, int which)
{
    static const char *const letters[DLB_SIDES] = {"--a", "--b"};
    const struct dlb_check_side *side = &c->sides[which];
    const struct dlb_texts *options = &c->arguments->run.backend_options;
    const struct dlb_texts none = {0};
    if (is_planner(c, side)) {
        return;
    }
    c->listed[which] = ask(side, options);
    if (c->listed[which] == NULL && options->count > 0) { /* it may lack the backend of one */
        c->listed[which] = ask(side, &none);
    }
    if (c->listed[which] == NULL) {
        dlb_log(DLB_LOG_WARNING,
                "%s: %s does not answer `list devices --format json`: devices that only it has "
                "are not known and not measured",
                letters[which], side->program);
    }
}

/* ---- what comes of it ---- */

static bool is_ok(const json_t *device)
{
    const char *status = json_string_value(json_object_get(device, "status"));
    return status != NULL && strcmp(status, "ok") == 0;
}

static bool is_listed(const json_t *listed, const char *key)
{
    size_t i;
    json_t *device;
    json_array_foreach(listed, i, device)
    {
        const char *found = json_string_value(json_object_get(device, "key"));
        if (found != NULL && strcmp(found, key) == 0) {
            return is_ok(device);
        }
    }
    return false;
}

static bool is_there(const struct dlb_devices *devices, const char *key)
{
    for (int i = 0; i < devices->count; i++) {
        if (strcmp(devices->items[i].key, key) == 0) {
            return devices->items[i].status == DLB_OK;
        }
    }
    return false;
}

/* What the old side has and the new side has not. `devices`: before anything was added. */
static enum dlb_status find_gone(struct dlb_checking *c, const struct dlb_devices *devices,
                                 struct dlb_why *why)
{
    const json_t *old = c->listed[DLB_SIDE_A];
    const json_t *new = c->listed[DLB_SIDE_B];
    size_t i;
    json_t *device;
    c->gone = calloc(json_array_size(old) + 1, sizeof *c->gone);
    if (c->gone == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the list of devices");
    }
    json_array_foreach(old, i, device)
    {
        const char *key = json_string_value(json_object_get(device, "key"));
        if (key != NULL && is_ok(device) &&
            !(new != NULL ? is_listed(new, key) : is_there(devices, key))) {
            c->gone[c->gone_count++] = key;
        }
    }
    return DLB_OK;
}

enum dlb_status dlb_check_widen(struct dlb_devices *devices, void *user, struct dlb_why *why)
{
    struct dlb_checking *c = user;
    enum dlb_status status = find_gone(c, devices, why);
    for (int side = 0; side < DLB_SIDES; side++) {
        size_t i;
        json_t *device;
        json_array_foreach(c->listed[side], i, device)
        {
            if (status == DLB_OK && is_ok(device)) {
                status = dlb_devices_add_told(devices, device, why);
            }
        }
    }
    return status;
}

bool dlb_check_is_gone(const struct dlb_checking *c, const char *key)
{
    for (int i = 0; i < c->gone_count; i++) {
        if (strcmp(c->gone[i], key) == 0) {
            return true;
        }
    }
    return false;
}
