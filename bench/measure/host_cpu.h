/* host_cpu.h: the processor's part of struct dlb_host, for dlb_host_read and the rest of this room. */
#ifndef DLB_HOST_CPU_H
#define DLB_HOST_CPU_H

struct dlb_host;

/* The CPUs online that the affinity mask allows, ascending, at most DLB_MAX_CPUS; the count. A mask may name CPUs that are
 * unplugged: those are left out. */
int dlb_host_allowed_cpus(const char *root, int *cpus);

/* Model and SIMD flags from `cpuinfo` (the text of /proc/cpuinfo, NULL when unreadable). */
void dlb_host_read_model(const char *cpuinfo, struct dlb_host *host);

/* Allowed CPUs in the order to use them, counts of sockets, cores and threads, SMT, heterogeneity. */
void dlb_host_read_topology(const char *root, const char *cpuinfo, struct dlb_host *host);

/* Governor and turbo of the allowed CPUs; read the topology first. */
void dlb_host_read_clocks(const char *root, struct dlb_host *host);

#endif
