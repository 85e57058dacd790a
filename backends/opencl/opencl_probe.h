/* opencl_probe.h: kernels that show the ceilings of a device (probe_kernel of backend.h), and what the files of it share.
 *
 * opencl_probe.c prepares, calibrates and launches any of them; opencl_probe_compute.c is the multiply-adds in registers, opencl_probe_memory.c
 * bandwidth and latency. The kernels are in kernels/opencl/probe_compute.cl and probe_memory.cl. */
#ifndef DLB_OPENCL_PROBE_H
#define DLB_OPENCL_PROBE_H

#include "backends/opencl/opencl_internal.h"

/* Buffers of a probe, in this order; NULL where it has none. COMPUTE: seeds, sums. BANDWIDTH: holders of the parts, then the arrays (what is
 * read first), then sums of READ. LATENCY: the cycle, where the chain has come to. */
#define DLB_OPENCL_PROBE_BUFFERS 5

/* How a multiply-add of a COMPUTE probe is done; see probe_compute.cl. */
enum dlb_opencl_mac {
    DLB_MAC_F32,
    DLB_MAC_HALF,
    DLB_MAC_DOT,
    DLB_MAC_VNNI,
    DLB_MAC_FIELD,
    DLB_MAC_COUNT
};

struct dlb_opencl_probe {
    struct dlb_context *context;
    struct dlb_probe what;
    cl_kernel kernel;
    cl_mem buffers[DLB_OPENCL_PROBE_BUFFERS];
    int width, items; /* lanes of a vector, work-items of a group */
    size_t groups;    /* of a launch; BANDWIDTH: in steps of `parts` where !slots */
    /* How long an execution is: COMPUTE and LATENCY rounds of the kernel's inner loop, BANDWIDTH passes over the working set. */
    int rounds;
    char name[sizeof((struct dlb_probe_info *)0)->name];
    /* COMPUTE */
    enum dlb_opencl_mac mac;
    int chains, first_factors, second_factors; /* NA and NB of the kernel */
    /* BANDWIDTH: `parts` of `part_vectors` vectors in each array. */
    bool slots; /* a part for each core */
    cl_uint parts, part_vectors;
    /* LATENCY */
    cl_uint nodes, node_words; /* lines that the chain visits, and their distance in 4-byte words */
};

#define DLB_CHASE_STEPS 16 /* loads of a round: as in probe_memory.cl */

/* Builds the kernel, makes and fills the buffers of the wanted probe, and finds how many rounds take a few milliseconds. DLB_UNSUPPORTED: the
 * device cannot do it, or there are no more variants. */
enum dlb_status dlb_opencl_probe_open(struct dlb_context *context, const struct dlb_probe *wanted,
                                      struct dlb_opencl_probe **probe, struct dlb_why *why);
void dlb_opencl_probe_close(struct dlb_opencl_probe *probe);

/* What one execution does, exactly. */
void dlb_opencl_probe_info(const struct dlb_opencl_probe *probe, struct dlb_probe_info *info);

/* Enqueues one execution. */
enum dlb_status dlb_opencl_probe_run(struct dlb_opencl_probe *probe, struct dlb_why *why);

/* Makes executions of so many rounds, >= 1. */
enum dlb_status dlb_opencl_probe_rounds(struct dlb_opencl_probe *probe, int rounds,
                                        struct dlb_why *why);

/* ---- between the files of the probe ----------------------------------------------------------------- */

/* A new buffer of zeros at `place`; in the memory that host and device share, where they do. */
enum dlb_status dlb_opencl_probe_buffer(struct dlb_opencl_probe *probe, int place, size_t bytes,
                                        struct dlb_why *why);
enum dlb_status dlb_opencl_probe_upload(struct dlb_opencl_probe *probe, int place, size_t offset,
                                        const void *host, size_t bytes, struct dlb_why *why);

/* The kernels of the processor shape: one work-item walks with vectors, as it does in the ops. */
bool dlb_opencl_probe_on_cpu(const struct dlb_context *context);

/* Fill the probe of its kind: kernel, buffers, constant arguments, name. */
enum dlb_status dlb_opencl_probe_compute(struct dlb_opencl_probe *probe, struct dlb_why *why);
enum dlb_status dlb_opencl_probe_bandwidth(struct dlb_opencl_probe *probe, struct dlb_why *why);
enum dlb_status dlb_opencl_probe_latency(struct dlb_opencl_probe *probe, struct dlb_why *why);
enum dlb_status dlb_opencl_probe_launch(struct dlb_opencl_probe *probe, struct dlb_why *why);

#endif
