/* host.h: what machine this is: for the record, for doctor, for choosing threads. */
#ifndef DLB_HOST_H
#define DLB_HOST_H

#include <stdbool.h>
#include <stdint.h>

#define DLB_MAX_CPUS 1024

struct dlb_host {
    char os[64], kernel[64], libc[32], cpu_model[96],
        cpu_flags[64];  /* cpu_flags: the widest SIMD: "avx512_vnni avx512_bf16" */
    char microcode[24]; /* of the first CPU, as the system writes it: "0x2b000161" */
    char virt[32];      /* "kvm", "none", ... */
    char container[32]; /* "docker", "none", ... */
    char governor[32], turbo[16], mitigations[16], aslr[16]; /* "unknown" where unreadable */
    char smt[16];
    char id_hash[20]; /* of machine-id and cpu model; tells machines apart without naming them */
    char name[64];    /* host name; recorded only on request */
    int sockets, cores, threads, numa;
    int64_t ram_bytes,
        ram_available_bytes; /* available: the least of MemAvailable and the cgroup limit's rest */
    double cgroup_cpu_quota; /* CPUs; 0 = none */
    int allowed_cpu_count;
    int allowed_cpus[DLB_MAX_CPUS]; /* affinity mask, one hardware thread per core first */
    bool heterogeneous;             /* cores of different maximum frequency */
    bool on_battery;
};

/* Reads procfs and sysfs under `root` ("" for the real one); what cannot be read says "unknown" or 0. */
void dlb_host_read(const char *root, struct dlb_host *host);

/* How many threads a case gets by default: min(allowed CPUs, whole CPUs of the quota), at least 1. */
int dlb_host_default_threads(const struct dlb_host *host);

#endif
