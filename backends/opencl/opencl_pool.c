/* opencl_pool.c: maximum and mean over a sliding window, plain and blocked by channels, in the layout of the input.
 *
 * The kernel is kernels/opencl/plain_pool.cl. Vectors are channels of a blocked image; in a plain one windows side by side, or taps of one
 * window. A window that covers the whole image is one row of all its pixels. */
#include "backends/opencl/opencl_plain.h"

#include <stdio.h>

/* From so many taps of a row on, and at so few windows side by side, a vector is taps of one window. */
#define WIDE_TAPS   8
#define FEW_WINDOWS 4

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

/* What a vector is; see the kernel. */
struct vectors {
    const char *mode; /* a macro, or "" */
    int width;
};

static struct vectors vectors_of(const struct geometry *g, int block, bool cpu)
{
    if (block > 0)
        return (struct vectors){"", dlb_plain_width(block, true)};
    if (g->window.s >= WIDE_TAPS && g->out_width < FEW_WINDOWS)
        return (struct vectors){"-DTAPS", dlb_plain_width(g->window.s, false)};
    if (!cpu || g->window.stride_w > 2)
        return (struct vectors){"-DCOLUMNS", 1};
    /* The windows that no side clips, at the least. */
    const int64_t clipped = (g->window.pad_left + g->window.pad_right) / g->window.stride_w + 2;
    return (struct vectors){"-DCOLUMNS", dlb_plain_width(g->out_width - clipped, false)};
}

/* Shares the rows of the output among groups, counting the elements read. */
static void append_rows(const struct geometry *g, int block, const struct dlb_plain_cut *cut,
                        struct dlb_plain_step *step)
{
    const int64_t elements = g->out_width * (block > 0 ? block : 1) * g->window.r * g->window.s;
    dlb_plain_whole(step, g->planes);
    dlb_plain_whole(
        step, dlb_plain_share(step, cut, g->planes * g->out_height, g->out_width, elements, false));
}

static void append_geometry(const struct geometry *g, struct dlb_plain_step *step)
{
    const int64_t numbers[] = {
        g->height,   g->width,           g->out_height,     g->out_width,
        g->window.r, g->window.stride_h, g->window.pad_top, g->window.pad_left,
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
    const struct dlb_plain_cut cut = dlb_plain_cut(
        context, dlb_tensor_elements(&args->graph->tensors[op->output]) * g.window.r * g.window.s);
    const struct vectors vectors = vectors_of(&g, block, cut.cpu);
    char options[160];
    snprintf(options, sizeof options, "-D%s -DBLOCK=%d -DWINDOW_W=%lld -DSTRIDE_W=%lld %s",
             op->kind == DLB_OP_MAXPOOL ? "MAXPOOL" : "AVGPOOL", block > 0 ? block : 1,
             (long long)g.window.s, (long long)g.window.stride_w, vectors.mode);
    const struct dlb_plain_kernel kernel = {.label = "plain_pool",
                                            .source = dlb_opencl_source_plain_pool,
                                            .name = "pool",
                                            .options = options,
                                            .dtype = x->tensor->dtype,
                                            .width = vectors.width};
    struct dlb_plain_step *made;
    status = dlb_plain_make(context, &kernel, &made, why);
    if (status != DLB_OK)
        return status;
    dlb_plain_tensor(made, op->inputs[0]);
    dlb_plain_tensor(made, op->output);
    append_rows(&g, block, &cut, made);
    append_geometry(&g, made);
    snprintf(step->implementation, sizeof step->implementation, "%s %dx%s", dlb_op_name(op->kind),
             vectors.width, block > 0 ? " blocked" : "");
    step->state = made;
    return DLB_OK;
}

const struct dlb_opencl_op dlb_opencl_pool = {
    .supports = pool_supports,
    .prepare = pool_prepare,
    .run = dlb_plain_run,
    .discard = dlb_plain_discard,
};
