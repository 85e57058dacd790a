/* slowdown.h: the testing aid that makes chosen cases slower: "10%", "10%:gemm*", "5%:*dtype=f32*".
 *
 * Told by `--slowdown` or by the environment variable DLBENCH_SLOWDOWN, which the worker reads, so that a wrapper script of two lines can stand
 * for a slower program. It stretches the timed region and is recorded in every row that it touched. */
#ifndef DLB_SLOWDOWN_H
#define DLB_SLOWDOWN_H

#include "bench/base/status.h"

#define DLB_SLOWDOWN_VARIABLE "DLBENCH_SLOWDOWN"

/* The factor (>= 1) for a case: 1 when `text` is NULL or "", or its glob (fnmatch(3)) matches neither the key nor the workload's name. `text` that cannot be
 * read is DLB_INVALID: wanted PCT[:GLOB], 0 to 1000 %. */
enum dlb_status dlb_slowdown_factor(const char *text, const char *key, const char *workload,
                                    double *factor, struct dlb_why *why);

#endif
