/* analysis.h: what clang-tidy is told about dlb_fail, whose body stands in another file: that it returns the
 * status it is given. Without it, every "if (failed) return dlb_fail(...)" looks as if it might go on as DLB_OK.
 * scripts/lint puts it before each file; no compiler sees it. */
#ifndef DLB_ANALYSIS_H
#define DLB_ANALYSIS_H

#include "bench/base/status.h"

#define dlb_fail(why, status, ...) (dlb_fail(why, status, __VA_ARGS__), (status))

#endif
