/* backend.h: the contract between dlbench and code that can execute graphs.
 *
 * problem / prepare / submit, with the graph as the problem (oneDNN's primitives and benchdnn's
 * create-check-do are the models). A backend is a shared object lib/dlbench/NAME.so that exports exactly
 * one symbol, `dlb_backend`, a const struct dlb_backend. It never prints, never exits, never times itself, never
 * keeps a pointer to host data, and never falls back to another device, type or algorithm.
 *
 * Life of a measurement, all in one process and one thread:
 *   probe -> device_count -> open -> supports -> prepare -> write... -> (submit, wait)... -> read -> discard -> close
 *
 * Read backends/reference/reference.c first: a complete backend. */
#ifndef DLB_BACKEND_H
#define DLB_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/status.h"
#include "bench/graph/graph.h"

#define DLB_BACKEND_ABI 3

enum dlb_device_kind {
    DLB_KIND_CPU,
    DLB_KIND_GPU,
    DLB_KIND_TPU,
    DLB_KIND_FPGA,
    DLB_KIND_ASIC,
    DLB_KIND_COUNT
};
const char *
dlb_device_kind_name(enum dlb_device_kind kind); /* in backends/registry.c, for the core */

/* Where a number comes from; numbers of different evidence are never ranked together unmarked. */
enum dlb_evidence {
    DLB_EVIDENCE_MEASURED,  /* a clock saw it happen on the device */
    DLB_EVIDENCE_SIMULATED, /* cycle-accurate RTL x routed clock */
    DLB_EVIDENCE_MODELLED,  /* a formula */
    DLB_EVIDENCE_COMPILED,  /* the vendor's compiler says so; not executed */
    DLB_EVIDENCE_EMULATED,  /* a functional emulator: its time says nothing about the device */
    DLB_EVIDENCE_PUBLISHED, /* someone else's table */
    DLB_EVIDENCE_COUNT
};
const char *dlb_evidence_name(enum dlb_evidence evidence); /* likewise */

/* One option of a backend, given as --opt BACKEND.NAME=VALUE. The list ends with name NULL. */
struct dlb_backend_option {
    const char *name, *default_text, *help;
};

/* What the harness hands a backend. Strings live as long as the process. */
struct dlb_backend_config {
    int threads; /* how many the case may use, >= 1; the process is already pinned to as many CPUs */
    int option_count;
    const char *const *options; /* "name=value" pairs of this backend, checked against its list */
};

/* Value of an option, or its default; NULL when the backend has no such option. In backend_option.c, which every
 * plugin carries. */
const char *dlb_backend_option_value(const struct dlb_backend_option *list,
                                     const struct dlb_backend_config *config, const char *name);

struct dlb_device_info {
    char id
        [32]; /* what stands behind "backend:" in keys and selectors: "arria10-gx1150"; "" is the index */
    char name[96]; /* "AMD EPYC 9R14": the processor */
    char vendor[32];
    char runtime[96];           /* library and version: "OpenBLAS 0.3.21 (SkylakeX, openmp)" */
    char driver[64];            /* "" where there is none */
    char pci_id[16];            /* "" for none: tells the same device behind two backends */
    enum dlb_device_kind kind;  /* comes as the backend's; a device may be of another */
    enum dlb_evidence evidence; /* likewise: what its `elapsed`, or the host's clock, is worth */
    bool
        on_request; /* one of many variants: only when named; `all`, kinds and the backend's name pass it over */
    char detail
        [1024]; /* for `describe`: arithmetic behind the figures, "\n" between lines; "" for none */
    int max_threads;   /* host threads that it can use; 0 = as many as it is given */
    int64_t mem_bytes; /* 0 = unknown; likewise below */
    int64_t llc_bytes;
    double clock_max_hz;
    double peak_ops_per_s[DLB_DTYPE_COUNT];
    double mem_bw_bytes_per_s;
    bool remote_memory; /* tensors live outside the host's memory */
};

/* What prepare made of the graph. */
struct dlb_work_info {
    char implementation[192]; /* names chosen by the library, one per group, joined by "; " */
    char parameters
        [256]; /* what a tuner or a plan chose: "gemm: cpu mt=12 nt=32 kc=384"; "" for none */
    double build_ns,
        tune_ns; /* of prepare: compiling, and searching for parameters (compiling included); 0 for none */
    double cycles; /* of one execution, by the device's own count; 0 where it has none */
    bool
        reference_kernel; /* the library fell back to a slow reference kernel of its own: the row is flagged */
    int64_t
        memory_bytes; /* buffers owned by the work, all sets together, with scratch and packed copies */
};

/* A kernel that shows a ceiling of the device, not a graph: it is prepared, submitted and timed like any other work. */
enum dlb_probe_kind {
    DLB_PROBE_COMPUTE,   /* multiply-adds of one type, in registers */
    DLB_PROBE_BANDWIDTH, /* a pattern over `bytes` of memory */
    DLB_PROBE_LATENCY,   /* a chain of dependent loads over `bytes` */
    DLB_PROBE_LAUNCH     /* the smallest execution that there is */
};
enum dlb_probe_pattern { DLB_PATTERN_READ, DLB_PATTERN_WRITE, DLB_PATTERN_COPY, DLB_PATTERN_TRIAD };
struct dlb_probe {
    enum dlb_probe_kind kind;
    enum dlb_dtype dtype; /* COMPUTE: of the factors */
    int variant; /* COMPUTE, BANDWIDTH: 0, 1, ... until DLB_UNSUPPORTED: instruction sets, tile shapes, store kinds */
    enum dlb_probe_pattern pattern;
    bool zeros;    /* COMPUTE: zeros as data instead of random values */
    int64_t bytes; /* BANDWIDTH, LATENCY: working set, of all threads together */
    int64_t seed;
};
/* What one execution of a prepared probe does. */
struct dlb_probe_info {
    char name[48]; /* "AVX-512 FMA", "non-temporal stores" */
    double ops, bytes, loads;
    int64_t working_set_bytes; /* as really used */
};

struct dlb_context; /* one device and one in-order queue; defined by each backend */
struct dlb_work;    /* one prepared graph with its buffers; likewise */

struct dlb_backend {
    /* Data: lists and help are printed from these on every machine. */
    uint32_t abi;     /* DLB_BACKEND_ABI */
    const char *name; /* equals the file name */
    const char *summary;
    enum dlb_device_kind kind;
    enum dlb_evidence evidence;
    const struct dlb_backend_option *options; /* NULL for none */

    /* Finds libraries and devices. DLB_UNAVAILABLE with a reason that a user can act on. Cheap, idempotent. */
    enum dlb_status (*probe)(const struct dlb_backend_config *config, struct dlb_why *why);
    int (*device_count)(void); /* after a probe that answered DLB_OK; >= 1 */
    /* Optional (NULL: devices are numbered): the index of a device named by its id. DLB_UNAVAILABLE suggests the nearest. */
    enum dlb_status (*find_device)(const char *id, int *index, struct dlb_why *why);

    enum dlb_status (*open)(int device, const struct dlb_backend_config *config,
                            struct dlb_context **context, struct dlb_why *why);
    void (*close)(struct dlb_context *context);
    void (*describe)(struct dlb_context *context,
                     struct dlb_device_info *info); /* info comes zeroed */

    /* Pure: can it do exactly this graph? DLB_UNSUPPORTED names the op and the reason. */
    enum dlb_status (*supports)(struct dlb_context *context, const struct dlb_graph *graph,
                                struct dlb_why *why);

    /* Pays everything payable once: kernel build, algorithm choice, memory plan. Allocates the buffers of
     * `sets` >= 1 rotating argument sets. The graph outlives the work. DLB_NO_MEMORY when it does not fit. */
    enum dlb_status (*prepare)(struct dlb_context *context, const struct dlb_graph *graph, int sets,
                               struct dlb_work **work, struct dlb_why *why);
    void (*discard)(struct dlb_work *work);
    void (*info)(struct dlb_work *work, struct dlb_work_info *info); /* info comes zeroed */

    /* Plain host layout, blocking, converts where the backend keeps another; never in a timed region.
     * write takes INPUT, WEIGHT, STATE (and OUTPUT: to poison it); read takes OUTPUT and STATE. */
    enum dlb_status (*write)(struct dlb_work *work, int set, int tensor, const void *host,
                             struct dlb_why *why);
    enum dlb_status (*read)(struct dlb_work *work, int set, int tensor, void *host,
                            struct dlb_why *why);

    /* Enqueues `count` executions, the first on `set`, the next on the following set, cyclically. No
     * allocation, no locking, no printing. May run them at once (host devices do). */
    enum dlb_status (*submit)(struct dlb_work *work, int set, int64_t count, struct dlb_why *why);
    enum dlb_status (*wait)(struct dlb_context *context,
                            struct dlb_why *why); /* drain; deferred errors */

    /* Optional (NULL): device time in ns of what was submitted since the last wait; call it after wait. Where the evidence is
     * `modelled` it is the device's predicted time, and what the host's clock saw is only how long the emulation took; such a device must
     * have it. Others may answer -1, always: this device has no clock, the host's has to do. */
    enum dlb_status (*elapsed)(struct dlb_context *context, double *ns, struct dlb_why *why);

    /* Optional (NULL): a prediction of how long the host waits for one execution, in ns, so that hopeless cases are not
     * begun; 0 for no idea. For a modelled device that is the emulation, not the device's time. */
    double (*estimate)(struct dlb_context *context, const struct dlb_graph *graph);

    /* Optional (NULL: the device's ceilings are those of the host's processor if it is one, else unknown). The work takes
     * submit, wait and discard; write, read and info are not called. DLB_UNSUPPORTED: the device does not do this, or there are no
     * more variants. */
    enum dlb_status (*probe_kernel)(struct dlb_context *context, const struct dlb_probe *probe,
                                    struct dlb_work **work, struct dlb_probe_info *info,
                                    struct dlb_why *why);
};

#define DLB_BACKEND_SYMBOL "dlb_backend"

#endif
