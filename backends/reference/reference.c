/* reference.c: the backend `reference`: the oracle's own kernels as a row like any other.
 *
 * The simplest complete backend: opwise around one function, dlb_reference_run. One thread, plain loops, sums in
 * double. It never fuses, so each op is rounded as the graph says. It predicts its time, because most
 * problems of real size would take it minutes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/backend.h"
#include "backends/opwise.h"
#include "backends/opwise_host.h"
#include "bench/base/clock.h"
#include "bench/graph/count.h"
#include "kernels/reference/reference.h"

/* The product that tells the rate of a type: 2^17 operations, a tenth of a millisecond or so. */
#define PROBE_SIZE 40
/* Types that a product can have: f32 bf16 f16 s8 u8. */
#define PROBED_TYPES (DLB_DTYPE_U8 + 1)

struct dlb_context {
    double ops_per_ns[PROBED_TYPES]; /* 0 where it could not be found out */
};

static enum dlb_status reference_op_supports(struct dlb_context *context,
                                             const struct dlb_graph *graph,
                                             const struct dlb_group *group, struct dlb_why *why)
{
    (void)context, (void)graph;
    if (group->epilogue_count > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "the reference runs each op by itself");
    return DLB_OK;
}

static enum dlb_status reference_op_prepare(struct dlb_context *context,
                                            const struct dlb_opwise_args *args,
                                            struct dlb_opwise_step *step, struct dlb_why *why)
{
    (void)context, (void)why;
    const struct dlb_graph *graph = args->graph;
    struct dlb_opwise_args *state = malloc(sizeof *state);
    if (state == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a step");
    *state = *args;
    step->state = state;
    snprintf(step->implementation, sizeof step->implementation, "ref_%s",
             dlb_op_name(graph->ops[args->group->root].kind));
    return DLB_OK;
}

static enum dlb_status reference_op_run(struct dlb_context *context,
                                        const struct dlb_opwise_step *step, void *const *buffers,
                                        void *scratch, struct dlb_why *why)
{
    (void)context, (void)scratch, (void)why;
    const struct dlb_opwise_args *args = step->state;
    dlb_reference_run(args->graph, &args->graph->ops[args->group->root], buffers);
    return DLB_OK;
}

static void reference_op_discard(struct dlb_context *context, struct dlb_opwise_step *step)
{
    (void)context;
    free(step->state);
}

static const struct dlb_opwise_ops reference_ops = {
    .supports = reference_op_supports,
    .prepare = reference_op_prepare,
    .run = reference_op_run,
    .discard = reference_op_discard,
};

static enum dlb_status reference_probe(const struct dlb_backend_config *config, struct dlb_why *why)
{
    (void)config, (void)why;
    return DLB_OK;
}

static int reference_device_count(void)
{
    return 1;
}

/* Operations per ns of a small product of the type, or 0: the better of two runs, as the first one pays for
 * cold code and pages. */
static double measure_rate(enum dlb_dtype dtype)
{
    _Alignas(8) unsigned char operand[PROBE_SIZE * PROBE_SIZE * 4] = {0};
    _Alignas(8) unsigned char result[PROBE_SIZE * PROBE_SIZE * 4] = {0};
    const int64_t dims[2] = {PROBE_SIZE, PROBE_SIZE};
    const struct dlb_gemm_attrs attrs = {
        .m = PROBE_SIZE, .n = PROBE_SIZE, .k = PROBE_SIZE, .batch = 1, .alpha = 1};
    const enum dlb_dtype second = dlb_dtype_is_integer(dtype) ? DLB_DTYPE_S8 : dtype;
    double rate = 0;
    struct dlb_graph graph;
    dlb_graph_init(&graph, "rate", 1);
    const int x = dlb_graph_tensor(&graph, "a", DLB_ROLE_INPUT, dtype, 2, dims);
    const int y = dlb_graph_tensor(&graph, "b", DLB_ROLE_INPUT, second, 2, dims);
    dlb_graph_output(&graph, dlb_graph_gemm(&graph, x, y, -1, &attrs));
    void *const buffers[3] = {operand, operand, result};
    for (int i = 0; i < 2 && dlb_graph_finish(&graph, NULL) == DLB_OK; i++) {
        const int64_t begin = dlb_clock_ns();
        dlb_reference_run(&graph, &graph.ops[0], buffers);
        const int64_t elapsed = dlb_clock_ns() - begin;
        if (elapsed > 0)
            rate = fmax(rate, dlb_count_op(&graph, &graph.ops[0]) / (double)elapsed);
    }
    dlb_graph_free(&graph);
    return rate;
}

static enum dlb_status reference_open(int device, const struct dlb_backend_config *config,
                                      struct dlb_context **context, struct dlb_why *why)
{
    (void)device, (void)config;
    struct dlb_context *made = calloc(1, sizeof *made);
    if (made == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a context");
    for (int i = 0; i < PROBED_TYPES; i++)
        made->ops_per_ns[i] = measure_rate((enum dlb_dtype)i);
    *context = made;
    return DLB_OK;
}

static void reference_close(struct dlb_context *context)
{
    free(context);
}

static void reference_describe(struct dlb_context *context, struct dlb_device_info *info)
{
    (void)context;
    dlb_opwise_host(info);
    snprintf(info->runtime, sizeof info->runtime, "plain loops in double, 1 thread");
    info->max_threads = 1;
}

static enum dlb_status reference_supports(struct dlb_context *context,
                                          const struct dlb_graph *graph, struct dlb_why *why)
{
    return dlb_opwise_supports(&reference_ops, context, graph, why);
}

static enum dlb_status reference_prepare(struct dlb_context *context, const struct dlb_graph *graph,
                                         int sets, struct dlb_work **work, struct dlb_why *why)
{
    return dlb_opwise_prepare(&reference_ops, context, graph, sets, work, why);
}

static enum dlb_status reference_wait(struct dlb_context *context, struct dlb_why *why)
{
    (void)context, (void)why;
    return DLB_OK;
}

/* The type of the first product, else of the first op, decides the rate: products are nearly all of the work. */
static enum dlb_dtype leading_type(const struct dlb_graph *graph)
{
    for (int i = 0; i < graph->op_count; i++)
        if (graph->ops[i].kind <= DLB_OP_CONV_BWD_WEIGHTS)
            return graph->tensors[graph->ops[i].inputs[0]].dtype;
    return graph->tensors[graph->ops[0].inputs[0]].dtype;
}

static double reference_estimate(struct dlb_context *context, const struct dlb_graph *graph)
{
    const enum dlb_dtype dtype = leading_type(graph);
    const double rate = dtype < PROBED_TYPES ? context->ops_per_ns[dtype] : 0;
    return rate > 0 ? dlb_count_graph(graph).ops / rate : 0;
}

DLB_EXPORT const struct dlb_backend dlb_backend = {
    .abi = DLB_BACKEND_ABI,
    .name = "reference",
    .summary = "plain loops with double accumulation: the oracle, as a row like any other",
    .kind = DLB_KIND_CPU,
    .evidence = DLB_EVIDENCE_MEASURED,
    .probe = reference_probe,
    .device_count = reference_device_count,
    .open = reference_open,
    .close = reference_close,
    .describe = reference_describe,
    .supports = reference_supports,
    .prepare = reference_prepare,
    .discard = dlb_opwise_discard,
    .info = dlb_opwise_info,
    .write = dlb_opwise_write,
    .read = dlb_opwise_read,
    .submit = dlb_opwise_submit,
    .wait = reference_wait,
    .estimate = reference_estimate,
};
