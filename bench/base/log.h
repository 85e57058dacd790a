/* log.h: diagnostics on stderr, for people. Levels: -q errors only, default warnings, -v info, -vv
 * debug. The level is the one process-wide setting. Libraries below cli use it only for warnings
 * that no return value can carry; backends never call it. */
#ifndef DLB_LOG_H
#define DLB_LOG_H

#include "bench/base/compiler.h"

enum dlb_log_level { DLB_LOG_ERROR, DLB_LOG_WARNING, DLB_LOG_INFO, DLB_LOG_DEBUG };

void dlb_log_set_level(enum dlb_log_level level);
enum dlb_log_level dlb_log_get_level(void);

/* Prints "dlbench: error: ..." (or warning:, info:, debug:) and a newline, when the level allows. */
void dlb_log(enum dlb_log_level level, const char *format, ...) DLB_PRINTF(2, 3);

#endif
