/* cgroup.h: the limits that a container or a service puts on this process, control groups version 1 and 2.
 *
 * A limit can sit on any level between the process's own group and the root of what is visible; all levels count. */
#ifndef DLB_CGROUP_H
#define DLB_CGROUP_H

#include <stdint.h>

/* CPUs that the tightest quota allows (1.5 = one and a half); 0 when there is none. */
double dlb_cgroup_cpu_quota(const char *root);

/* Time that this process's groups were stopped by a quota, ns since they exist; NaN when no level tells. */
double dlb_cgroup_throttled_ns(const char *root);

/* Bytes still free below the tightest memory limit, page cache that can be dropped counted as free; -1 = no limit. */
int64_t dlb_cgroup_memory_left(const char *root);

#endif
