/* opencl_pool.c: maximum and mean over a sliding window, plain and blocked by channels, in the layout of the input.
 *
 * The kernel is kernels/opencl/plain_pool.cl. Vectors are channels of a blocked image; in a plain one taps of a window that is
 * wide enough. A window that covers the whole image is one row of all its pixels. */
#include "backends/opencl/opencl_plain.h"

#include <stdio.h>

/* Taps of a row from which on vectors of them pay. */
#define WIDE 8

extern const char dlb_opencl_source_plain_pool[];

/* What the kernel is told. */
struct geometry {
    int64_t planes, height, width, out_height, out_width;
    struct dlb_pool_attrs window;
};

static struct geometry geometry_of(const struct dlb_opwise_args *args, int block)
{
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    const struct dlb_tensor *x = &args->graph->tensors[op->inputs[0]];
    const struct dlb_tensor *y = &args->graph->tensors[op->output];
    struct geometry g = {.planes = x->dims[0] * dlb_plain_channel_blocks(x->dims[1], block),
                         .height = x->dims[2],
                         .width = x->dims[3],
                         .out_height = y->dims[2],
                         .out_width = y->dims[3],
                         .window = op->attrs.pool};
    const struct dlb_pool_attrs *a = &op->attrs.pool;
    const bool global = g.out_height == 1 && g.out_width == 1 && a->pad_top == 0 &&
                        a->pad_left == 0 && a->r >= g.height && a->s >= g.width;
    if (global) {
        g.window.r = 1;
        g.window.s = g.width = g.width * g.height;
        g.height = 1;
    }
    return g;
}

static enum dlb_status pool_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                     const struct dlb_group *group, struct dlb_why *why)
{
    if (group->epilogue_count > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "nothing is fused behind a pooling");
    return dlb_plain_supports(context, graph, group, why);
}

/* Shares the rows of the output among groups, counting the elements read. */
static void append_rows(struct dlb_context *context, const struct geometry *g, int block, int width,
                        struct dlb_plain_step *step)
{
    const int64_t rows = g->planes * g->out_height;
    const int64_t vectors = g->out_width * (block > 0 ? block / width : 1);
    const int64_t elements = g->out_width * (block > 0 ? block : 1) * g->window.r * g->window.s;
    const struct dlb_plain_cut cut = dlb_plain_cut(context, rows * elements);
    dlb_plain_whole(step, g->planes);
    dlb_plain_whole(step, dlb_plain_share(step, &cut, rows, vectors, elements, false));
}

static void append_geometry(const struct geometry *g, struct dlb_plain_step *step)
{
    const int64_t numbers[] = {
        g->height,   g->width,           g->out_height,      g->out_width,      g->window.r,
        g->window.s, g->window.stride_h, g->window.stride_w, g->window.pad_top, g->window.pad_left,
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(numbers); i++)
        dlb_plain_whole(step, numbers[i]);
}

static enum dlb_status pool_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                    struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    struct dlb_opwise_value *x = &args->values[op->inputs[0]];
    enum dlb_status status = dlb_plain_readable(x, why);
    if (status == DLB_OK)
        status = dlb_plain_settle(&args->values[op->output], dlb_opencl_block(x), why);
    if (status != DLB_OK)
        return status;
    const int block = dlb_opencl_block(x);
    const struct geometry g = geometry_of(args, block);
    const int width = block > 0            ? dlb_plain_width(block, true)
                      : g.window.s >= WIDE ? dlb_plain_width(g.window.s, false)
                                           : 1;
    char options[64];
    snprintf(options, sizeof options, "-D%s -DBLOCK=%d",
             op->kind == DLB_OP_MAXPOOL ? "MAXPOOL" : "AVGPOOL", block > 0 ? block : 1);
    struct dlb_plain_step *made;
    status = dlb_plain_make(context, "plain_pool", dlb_opencl_source_plain_pool, "pool",
                            x->tensor->dtype, width, options, &made, why);
    if (status != DLB_OK)
        return status;
    dlb_plain_tensor(made, op->inputs[0]);
    dlb_plain_tensor(made, op->output);
    append_rows(context, &g, block, width, made);
    append_geometry(&g, made);
    snprintf(step->implementation, sizeof step->implementation, "%s %s", dlb_op_name(op->kind),
             block > 0 ? "blocked" : "plain");
    step->state = made;
    return DLB_OK;
}

const struct dlb_opencl_op dlb_opencl_pool = {
    .supports = pool_supports,
    .prepare = pool_prepare,
    .run = dlb_plain_run,
    .discard = dlb_plain_discard,
};
