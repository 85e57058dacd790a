/* openblas.c: the openblas backend: CBLAS products, convolutions on top of them, own loops for the rest.
 *
 * Named after its default library; --opt openblas.library=PATH puts any other CBLAS in its place, and the report shows its name.
 * Read openblas_gemm.c and openblas_conv.c next. */
#include "backends/openblas/openblas_internal.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/opwise_host.h"

#define CACHE_BYTES_UNKNOWN (512 * 1024)

static const struct dlb_backend_option options[] = {
    {"library", "", "path of a CBLAS library (OpenBLAS, MKL, BLIS); empty: the system's OpenBLAS"},
    {NULL, NULL, NULL},
};

/* The loaded API table: filled once, by probe. */
static struct dlb_cblas cblas;

static const struct dlb_openblas_kernel *kernel_of(const struct dlb_op *op)
{
    const bool depthwise_shape = op->kind <= DLB_OP_CONV_BWD_WEIGHTS && op->kind != DLB_OP_GEMM &&
                                 op->attrs.conv.groups > 1 &&
                                 op->attrs.conv.groups == op->attrs.conv.c;
    switch (op->kind) {
    case DLB_OP_GEMM:
        return &dlb_openblas_gemm;
    case DLB_OP_CONV:
    case DLB_OP_CONV_BWD_DATA:
    case DLB_OP_CONV_BWD_WEIGHTS:
        return depthwise_shape ? &dlb_openblas_depthwise : &dlb_openblas_conv;
    case DLB_OP_BIAS:
    case DLB_OP_ADD:
    case DLB_OP_RELU:
    case DLB_OP_BATCHNORM:
        return &dlb_openblas_elementwise;
    case DLB_OP_MAXPOOL:
    case DLB_OP_AVGPOOL:
        return &dlb_openblas_pool;
    case DLB_OP_SOFTMAX:
        return &dlb_openblas_softmax;
    case DLB_OP_FLATTEN:
        return &dlb_openblas_flatten;
    case DLB_OP_COUNT:
        break;
    }
    return NULL;
}

/* A chain runs in place behind f32 products, forward convolutions and element-wise ops. */
static enum dlb_status epilogue_supports(const struct dlb_graph *graph,
                                         const struct dlb_group *group, struct dlb_why *why)
{
    const struct dlb_op *root = &graph->ops[group->root];
    const bool f32 = graph->tensors[root->output].dtype == DLB_DTYPE_F32;
    const bool state = root->kind == DLB_OP_GEMM && root->attrs.gemm.beta != 0;
    if (!f32 || state ||
        (root->kind != DLB_OP_GEMM && root->kind != DLB_OP_CONV &&
         kernel_of(root) != &dlb_openblas_elementwise))
        return dlb_fail(why, DLB_UNSUPPORTED, "nothing is fused behind this %s",
                        dlb_op_name(root->kind));
    return dlb_group_check_chain(graph, group, why);
}

static enum dlb_status ops_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                    const struct dlb_group *group, struct dlb_why *why)
{
    const struct dlb_op *root = &graph->ops[group->root];
    const struct dlb_openblas_kernel *kernel = kernel_of(root);
    if (!kernel)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s: unknown to this backend",
                        dlb_op_name(root->kind));
    const enum dlb_status status = kernel->supports(context, graph, root, why);
    if (status != DLB_OK || group->epilogue_count == 0)
        return status;
    return epilogue_supports(graph, group, why);
}

/* What a step's `state` points to. */
struct openblas_step {
    const struct dlb_openblas_kernel *kernel;
    void *state;
};

static enum dlb_status ops_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                   struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_openblas_kernel *kernel = kernel_of(&args->graph->ops[args->group->root]);
    struct openblas_step *own = calloc(1, sizeof *own);
    if (!own)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a step");
    const enum dlb_status status = kernel->prepare(context, args, step, why);
    if (status != DLB_OK) {
        free(own);
        return status;
    }
    own->kernel = kernel;
    own->state = step->state;
    step->state = own;
    return DLB_OK;
}

static enum dlb_status ops_run(struct dlb_context *context, const struct dlb_opwise_step *step,
                               void *const *buffers, void *scratch, struct dlb_why *why)
{
    const struct openblas_step *own = step->state;
    (void)why;
    own->kernel->run(context, own->state, buffers, scratch);
    return DLB_OK;
}

static enum dlb_status ops_repeat(struct dlb_context *context, const struct dlb_opwise_step *step,
                                  void *const *buffers, void *scratch, int64_t count,
                                  struct dlb_why *why)
{
    const struct openblas_step *own = step->state;
    (void)why;
    if (own->kernel->repeat)
        own->kernel->repeat(context, own->state, buffers, scratch, count);
    else
        for (int64_t i = 0; i < count; i++)
            own->kernel->run(context, own->state, buffers, scratch);
    return DLB_OK;
}

static void ops_discard(struct dlb_context *context, struct dlb_opwise_step *step)
{
    struct openblas_step *own = step->state;
    (void)context;
    if (own)
        free(own->state);
    free(own);
    step->state = NULL;
}

static const struct dlb_opwise_ops ops = {
    .supports = ops_supports,
    .prepare = ops_prepare,
    .run = ops_run,
    .repeat = ops_repeat,
    .discard = ops_discard,
};

static enum dlb_status openblas_probe(const struct dlb_backend_config *config, struct dlb_why *why)
{
    return dlb_cblas_load(&cblas, dlb_backend_option_value(options, config, "library"), why);
}

static int openblas_device_count(void)
{
    return 1;
}

static enum dlb_status openblas_open(int device, const struct dlb_backend_config *config,
                                     struct dlb_context **context, struct dlb_why *why)
{
    if (device != 0)
        return dlb_fail(why, DLB_UNAVAILABLE, "openblas has one device, 0; found %d", device);
    struct dlb_context *opened = calloc(1, sizeof *opened);
    if (!opened)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a context");
    const int64_t cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
    opened->cblas = &cblas;
    opened->threads = config->threads;
    opened->cache_bytes = cache > 0 ? (size_t)cache : CACHE_BYTES_UNKNOWN;
    omp_set_num_threads(config->threads);
    if (cblas.set_threads)
        cblas.set_threads(config->threads);
    else if (cblas.set_threads_wide)
        cblas.set_threads_wide(config->threads);
    *context = opened;
    return DLB_OK;
}

static void openblas_close(struct dlb_context *context)
{
    free(context);
}

static void openblas_describe(struct dlb_context *context, struct dlb_device_info *info)
{
    dlb_opwise_host(info);
    snprintf(info->runtime, sizeof info->runtime, "%.95s", context->cblas->runtime);
}

static enum dlb_status openblas_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                         struct dlb_why *why)
{
    return dlb_opwise_supports(&ops, context, graph, why);
}

static enum dlb_status openblas_prepare(struct dlb_context *context, const struct dlb_graph *graph,
                                        int sets, struct dlb_work **work, struct dlb_why *why)
{
    return dlb_opwise_prepare(&ops, context, graph, sets, work, why);
}

/* Everything has run when submit returns. */
static enum dlb_status openblas_wait(struct dlb_context *context, struct dlb_why *why)
{
    (void)context;
    (void)why;
    return DLB_OK;
}

DLB_EXPORT extern const struct dlb_backend dlb_backend;
const struct dlb_backend dlb_backend = {
    .abi = DLB_BACKEND_ABI,
    .name = "openblas",
    .summary = "CPU: matrix products through a CBLAS (OpenBLAS by default), convolutions on top",
    .kind = DLB_KIND_CPU,
    .evidence = DLB_EVIDENCE_MEASURED,
    .options = options,
    .probe = openblas_probe,
    .device_count = openblas_device_count,
    .open = openblas_open,
    .close = openblas_close,
    .describe = openblas_describe,
    .supports = openblas_supports,
    .prepare = openblas_prepare,
    .discard = dlb_opwise_discard,
    .info = dlb_opwise_info,
    .write = dlb_opwise_write,
    .read = dlb_opwise_read,
    .submit = dlb_opwise_submit,
    .wait = openblas_wait,
};
