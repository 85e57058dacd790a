/* log.c: diagnostics on stderr. Each message is written by one call, so that lines of several
 * threads or processes do not mix. */
#include "bench/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "bench/base/text.h"

static const char *const level_names[] = {
    [DLB_LOG_ERROR] = "error",
    [DLB_LOG_WARNING] = "warning",
    [DLB_LOG_INFO] = "info",
    [DLB_LOG_DEBUG] = "debug",
};

static atomic_int current_level = DLB_LOG_WARNING;

void dlb_log_set_level(enum dlb_log_level level)
{
    atomic_store(&current_level, (int)level);
}

enum dlb_log_level dlb_log_get_level(void)
{
    return (enum dlb_log_level)atomic_load(&current_level);
}

void dlb_log(enum dlb_log_level level, const char *format, ...)
{
    if ((int)level > atomic_load(&current_level)) {
        return;
    }
    char message[1024];
    char clean[sizeof message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "dlbench: %s: %s\n", level_names[level],
                  dlb_text_printable(clean, sizeof clean, message));
}
