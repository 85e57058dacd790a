/* status.c: names of statuses, and the writing of reasons.
 *
 * Reasons often quote what a user typed and end in JSON and on terminals, so dlb_fail makes every
 * reason one line of well-formed UTF-8 whatever it was given. */
#include "bench/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/text.h"

static const char *const status_names[DLB_STATUS_COUNT] = {
    [DLB_OK] = "ok",
    [DLB_INVALID] = "invalid",
    [DLB_UNSUPPORTED] = "unsupported",
    [DLB_UNAVAILABLE] = "unavailable",
    [DLB_SKIPPED] = "skipped",
    [DLB_NO_MEMORY] = "no_memory",
    [DLB_FAILED] = "failed",
    [DLB_WRONG] = "wrong",
    [DLB_TIMEOUT] = "timeout",
    [DLB_CRASHED] = "crashed",
    [DLB_IO] = "io",
    [DLB_INTERRUPTED] = "interrupted",
};

const char *dlb_status_name(enum dlb_status status)
{
    return (unsigned int)status < DLB_STATUS_COUNT ? status_names[status] : "unknown";
}

enum dlb_status dlb_status_from_name(const char *name)
{
    for (int i = 0; i < DLB_STATUS_COUNT; i++) {
        if (strcmp(name, status_names[i]) == 0) {
            return (enum dlb_status)i;
        }
    }
    return DLB_STATUS_COUNT;
}

/* Control characters become spaces, malformed bytes '?', a sequence cut by truncation goes. */
static void clean_line(char *text, bool truncated)
{
    size_t at = 0;
    while (text[at] != '\0') {
        const size_t length = dlb_utf8_length(text + at);
        if (length == 0) {
            if (truncated && strlen(text + at) < 4) {
                text[at] = '\0';
                return;
            }
            text[at++] = '?';
            continue;
        }
        if ((unsigned char)text[at] < 0x20 || text[at] == 0x7f) {
            text[at] = ' ';
        }
        at += length;
    }
    while (at > 0 && text[at - 1] == ' ') {
        text[--at] = '\0';
    }
}

enum dlb_status dlb_fail(struct dlb_why *why, enum dlb_status status, const char *format, ...)
{
    if (why == NULL) {
        return status;
    }
    /* Through a second buffer: callers often pass why->text itself as an argument. */
    char line[sizeof why->text];
    va_list arguments;
    va_start(arguments, format);
    const int wanted = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    clean_line(line, wanted >= (int)sizeof line);
    memcpy(why->text, line, sizeof line);
    return status;
}
