/* host_cpu.h: the processor's part of struct dlb_host. Called by dlb_host_read alone. */
#ifndef DLB_HOST_CPU_H
#define DLB_HOST_CPU_H

struct dlb_host;

/* Model and SIMD flags from `cpuinfo` (the text of /proc/cpuinfo, NULL when unreadable). */
void dlb_host_read_model(const char *cpuinfo, struct dlb_host *host);

/* Allowed CPUs in the order to use them, counts of sockets, cores and threads, SMT, heterogeneity. */
void dlb_host_read_topology(const char *root, const char *cpuinfo, struct dlb_host *host);

/* Governor and turbo of the allowed CPUs; read the topology first. */
void dlb_host_read_clocks(const char *root, struct dlb_host *host);

#endif
