/* opencl_internal.h: what the files of the opencl backend share.
 *
 * opencl.c is the table of the backend; opencl_memory.c where tensors live, and layouts; opencl_launch.c kernels and their device time;
 * opencl_tuner.c the search for parameters and its cache file. One file an op: opencl_gemm.c, opencl_conv*.c, opencl_plain.c; what shows the
 * device's ceilings: opencl_probe*.c. The kernels are in kernels/opencl/NAME.cl, embedded as dlb_opencl_source_NAME (scripts/embed). Read
 * opencl.c first. */
#ifndef DLB_OPENCL_INTERNAL_H
#define DLB_OPENCL_INTERNAL_H

#include "backends/cl/cl.h"
#include "backends/opencl/opencl_tuning_file.h"
#include "backends/opwise.h"

/* Two families of kernels. The CPU shape: a work-group is one work-item that walks packed panels with vector types; what it packs lies in local
 * memory, which there is a piece of cache, and nobody shares it. The GPU shape: a work-group shares tiles in local memory and each work-item keeps a block in registers. The tuner
 * decides by time, not by name; --opt opencl.shape forces one. */
enum dlb_opencl_shape { DLB_SHAPE_AUTO, DLB_SHAPE_CPU, DLB_SHAPE_GPU };

/* Winograd's algorithm for convolutions: when the tuner finds it fastest, never, or wherever it exists. */
enum dlb_opencl_winograd { DLB_WINOGRAD_AUTO, DLB_WINOGRAD_NO, DLB_WINOGRAD_YES };

enum dlb_opencl_tuning { DLB_TUNE_OFF, DLB_TUNE_QUICK, DLB_TUNE_FULL };

struct dlb_context {
    struct dlb_cl cl;
    struct dlb_cl_cache cache;
    enum dlb_opencl_shape shape;
    enum dlb_opencl_winograd winograd;
    enum dlb_opencl_tuning tuning;
    double tune_budget_ns; /* for one search */
    double tune_ns;        /* spent in searching since prepare began */
    struct dlb_tuning_file
        tuned; /* what the tuner knows of this device, read from the cache at the first question */
    bool tuned_read;
    cl_event first, last;  /* commands since the last drain, for elapsed; NULL when none */
    bool drained;          /* they have run: the next launch begins anew */
    char parameters[1024]; /* of the work being prepared: what dlb_opencl_note wrote */
    char warnings[256];    /* likewise dlb_opencl_warn */
};

/* ---- layouts (opencl_memory.c) -------------------------------------------------------------------- */

/* NULL is the plain host layout. Images may instead be blocked by channels: N, ceil(C / block), H, W, block (nChw16c of oneDNN);
 * lanes past C are finite, whatever they hold, and weights of such lanes are zero. Weights have packed layouts of their op's own, which only
 * that op reads: `pack` writes them from the plain host tensor. */
struct dlb_opencl_layout {
    int block; /* channels, > 0 for a blocked image */
    void (*pack)(const struct dlb_opencl_layout *layout, const struct dlb_tensor *tensor,
                 const void *host,
                 void *packed); /* weights; NULL for images. No unpack: weights are not read */
    int64_t parameters[8];      /* of `pack` */
};
extern const struct dlb_opwise_memory dlb_opencl_memory;
enum dlb_status dlb_opencl_import(struct dlb_context *context, const struct dlb_opwise_value *value,
                                  const void *host, void *buffer, struct dlb_why *why);
enum dlb_status dlb_opencl_export(struct dlb_context *context, const struct dlb_opwise_value *value,
                                  const void *buffer, void *host, struct dlb_why *why);
void dlb_opencl_release_layout(struct dlb_context *context, void *layout);

/* Gives a value that has none yet a blocked layout (its bytes follow); false without memory. */
bool dlb_opencl_set_blocked(struct dlb_opwise_value *value, int block);
/* 0 for plain. */
int dlb_opencl_block(const struct dlb_opwise_value *value);

/* ---- kernels (opencl_launch.c) -------------------------------------------------------------------- */

/* A kernel of a program of this backend; the caller releases it. `options` are "-D..." macros. */
enum dlb_status dlb_opencl_kernel(struct dlb_context *context, const char *label,
                                  const char *source, const char *options, const char *name,
                                  cl_kernel *kernel, struct dlb_why *why);

/* Sets all arguments: a list of (size, pointer) pairs, `count` of them. */
struct dlb_opencl_argument {
    size_t size;
    const void *value;
};
enum dlb_status dlb_opencl_arguments(cl_kernel kernel, int count,
                                     const struct dlb_opencl_argument *arguments,
                                     struct dlb_why *why);

/* Enqueues; work sizes in work-items; `local` NULL lets the runtime choose. Zero work is nothing to do. */
enum dlb_status dlb_opencl_launch(struct dlb_context *context, cl_kernel kernel, cl_uint dims,
                                  const size_t *global, const size_t *local, struct dlb_why *why);

/* Waits for everything launched. *ns (may be NULL) gets the device's time from the start of the first command launched since
 * the last drain to the end of the last one; 0 when nothing was. Deferred errors of those commands are told here. */
enum dlb_status dlb_opencl_drain(struct dlb_context *context, double *ns, struct dlb_why *why);

/* How long what `launch` enqueues takes, for the tuner: once to warm up (runtimes compile at the first launch), then the best of three
 * or more device times. */
enum dlb_status dlb_opencl_time(struct dlb_context *context,
                                enum dlb_status (*launch)(void *self, struct dlb_why *why),
                                void *self, double *ns, struct dlb_why *why);

/* Append to the parameters told in the record: "gemm f32: cpu mt=12 nt=32", and to the warnings in front of them. The same text is told once. */
void dlb_opencl_note(struct dlb_context *context, const char *format, ...) DLB_PRINTF(2, 3);
void dlb_opencl_warn(struct dlb_context *context, const char *format, ...) DLB_PRINTF(2, 3);

/* ---- tuner (opencl_tuner.c) ----------------------------------------------------------------------- */

/* What may be searched for one op in one type and class of shapes. */
struct dlb_tune_space {
    char
        key[96]; /* "gemm f32 m10 n10 k10": with device, driver and source it keys the cache file */
    uint64_t source_hash;
    int name_count;
    const char *names[DLB_TUNE_VALUES]; /* "shape", "mt", "nt": told in the record */
    int point_count; /* the first point is the best guess without a search; it must work everywhere */
    const struct dlb_tune_point *
        points; /* best guesses first: a quick search takes them in this order while its budget lasts */
    void *self;
    /* Builds a point's kernels and times one execution (device clock, the best of a few). A point that the device cannot run (limits, build failure,
     * resources) answers an error and is passed over. */
    enum dlb_status (*time)(void *self, const struct dlb_tune_point *point, double *ns,
                            struct dlb_why *why);
};

/* The winner: from the cache file, else by searching as context->tuning allows (off: the first point, untried), then kept. A stale or
 * damaged cache file is ignored with a warning in the record's parameters ("tuning cache ignored: ..."). The winner is noted
 * (dlb_opencl_note) as "KEY: name=value ..."; a value named "shape" is told as cpu or gpu. */
enum dlb_status dlb_opencl_tune(struct dlb_context *context, const struct dlb_tune_space *space,
                                struct dlb_tune_point *winner, struct dlb_why *why);

/* ---- ops ------------------------------------------------------------------------------------------ */

/* One op's implementation, as opencl.c joins them into the op table. `supports` has checked what prepare gets. */
struct dlb_opencl_op {
    enum dlb_status (*supports)(struct dlb_context *context, const struct dlb_graph *graph,
                                const struct dlb_group *group, struct dlb_why *why);
    enum dlb_status (*prepare)(struct dlb_context *context, const struct dlb_opwise_args *args,
                               struct dlb_opwise_step *step, struct dlb_why *why);
    enum dlb_status (*run)(struct dlb_context *context, const void *state, const cl_mem *buffers,
                           cl_mem scratch, struct dlb_why *why);
    void (*discard)(void *state);
};
extern const struct dlb_opencl_op dlb_opencl_gemm, dlb_opencl_conv, dlb_opencl_conv_bwd_data,
    dlb_opencl_conv_bwd_weights, dlb_opencl_elementwise, dlb_opencl_pool, dlb_opencl_softmax,
    dlb_opencl_flatten;

#endif
