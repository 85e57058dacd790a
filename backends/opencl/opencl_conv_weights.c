/* opencl_conv_weights.c: backward weights on the CPU shape: kernels/opencl/conv_weights.cl and the sum of its shares.
 *
 * The gradient is a sum over all pixels of all images into few filters: how that is shared out among the compute units, so that each has work
 * and the sums are added in the same order every time, is decided here. Depthwise filters have a kernel of their own. */
#include "backends/opencl/opencl_conv.h"

#include <stdio.h>

/* What a chunk of rows may take of a second-level cache, both images together. */
#define CHUNK_BYTES (384 * 1024)

/* Rows of pixels below which loading and storing a tile of sums costs too much: 64 pixels are 64 products for each load and
 * store of the sums. */
#define PIXELS_LEAST 64

/* Work-items for each compute unit. */
#define ITEMS_PER_UNIT 2

extern const char dlb_opencl_source_conv_weights[], dlb_opencl_source_conv_layout[];

/* struct geometry of conv_weights.cl. */
struct geometry {
    cl_int in_h, in_w, in_blocks, in_groups;
    cl_int out_h, out_w, out_blocks, out_groups;
    cl_int taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    cl_int rows, share_rows, chunk_rows, items;
};

/* struct sums of conv_layout.cl. */
struct sums {
    cl_int shares, merged_groups, merge, filters, channels, tiles, blocks, taps, block, lanes;
};

static struct geometry geometry_of(const struct dlb_conv_problem *problem, int block)
{
    const struct dlb_conv_attrs *a = &problem->conv;
    const int64_t merge = dlb_conv_merge(problem), merged = a->groups / merge;
    const int64_t ins = dlb_conv_ceil(problem->group_c * merge, block);
    const int64_t outs = dlb_conv_ceil(problem->group_k * merge, DLB_CONV_LANES);
    return (struct geometry){
        .in_h = (cl_int)a->h,
        .in_w = (cl_int)a->w,
        .in_blocks = (cl_int)(merged * ins),
        .in_groups = (cl_int)ins,
        .out_h = (cl_int)a->out_h,
        .out_w = (cl_int)a->out_w,
        .out_blocks = (cl_int)(merged * outs),
        .out_groups = (cl_int)outs,
        .taps_h = (cl_int)a->r,
        .taps_w = (cl_int)a->s,
        .stride_h = (cl_int)a->stride_h,
        .stride_w = (cl_int)a->stride_w,
        .dilation_h = (cl_int)a->dilation_h,
        .dilation_w = (cl_int)a->dilation_w,
        .pad_h = (cl_int)a->pad_top,
        .pad_w = (cl_int)a->pad_left,
        .rows = (cl_int)(a->n * a->out_h),
    };
}

/* Filters are shared out first, which costs nothing; the rows of the images only as far as that is not enough, because each share
 * has sums of its own. Chunks are as long as the cache takes. Returns the shares. */
static int64_t cut(struct geometry *g, const struct dlb_context *context, int64_t groups,
                   int64_t tiles)
{
    const int64_t units =
        context->cl.device->compute_units > 0 ? (int64_t)context->cl.device->compute_units : 1;
    const int64_t wanted = dlb_conv_ceil(ITEMS_PER_UNIT * units, groups);
    g->items = (cl_int)(tiles < wanted ? tiles : wanted);
    int64_t shares = dlb_conv_ceil(wanted, g->items);
    shares = shares < g->rows ? shares : g->rows;
    g->share_rows = (cl_int)dlb_conv_ceil(g->rows, shares);
    shares = dlb_conv_ceil(g->rows, g->share_rows);
    const int64_t row_bytes = ((int64_t)g->in_w * g->stride_h * g->in_groups +
                               (int64_t)g->out_w * dlb_conv_ceil(g->out_groups, g->items)) *
                              DLB_CONV_LANES * (int64_t)sizeof(float);
    const int64_t fit = CHUNK_BYTES / row_bytes, least = dlb_conv_ceil(PIXELS_LEAST, g->out_w);
    g->chunk_rows = (cl_int)(fit > least ? fit : least);
    return shares;
}

static enum dlb_status add_launch(struct dlb_conv_plan *plan, const struct geometry *g,
                                  const struct dlb_tune_point *point, int block,
                                  const struct dlb_conv_operand *operands, int64_t groups,
                                  int64_t shares, struct dlb_why *why)
{
    const struct dlb_conv_kernel kernel = {"conv_weights", dlb_opencl_source_conv_weights,
                                           "conv_weights", DLB_DTYPE_F32, true};
    char options[96];
    struct dlb_conv_launch *launch;
    snprintf(options, sizeof options, "-DCT=%d -DKV=%d -DIB=%d", point->values[DLB_CONV_PIXELS],
             point->values[DLB_CONV_VECTORS], block);
    const enum dlb_status status = dlb_conv_append(plan, &kernel, options, &launch, why);
    if (status != DLB_OK)
        return status;
    launch->global[0] = (size_t)(groups * g->items);
    launch->global[1] = (size_t)shares;
    for (int i = 0; i < 3; i++)
        dlb_conv_operand(launch, &operands[i]);
    return dlb_conv_constant(plan, launch, g, sizeof *g, why);
}

static enum dlb_status add_sum(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               const struct sums *layout, const struct dlb_conv_operand *sums,
                               struct dlb_why *why)
{
    const struct dlb_conv_kernel kernel = {"conv_layout", dlb_opencl_source_conv_layout,
                                           "conv_weights_sum", problem->dtype, false};
    struct dlb_conv_launch *launch;
    const enum dlb_status status = dlb_conv_append(plan, &kernel, "", &launch, why);
    if (status != DLB_OK)
        return status;
    launch->global[0] = (size_t)problem->group_c;
    launch->global[1] = (size_t)problem->conv.k;
    dlb_conv_operand(launch, sums);
    dlb_conv_tensor(launch, problem->output);
    return dlb_conv_constant(plan, launch, layout, sizeof *layout, why);
}

static int input_block(const struct dlb_conv_problem *problem)
{
    const int settled = dlb_opencl_block(&problem->args->values[problem->first]);
    if (settled == 4 || settled == DLB_CONV_LANES)
        return settled;
    return problem->conv.c <= 4 ? 4 : DLB_CONV_LANES;
}

enum dlb_status dlb_conv_weights(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                                 const struct dlb_tune_point *point, struct dlb_why *why)
{
    const int vectors = point->values[DLB_CONV_VECTORS], block = input_block(problem);
    const int64_t merge = dlb_conv_merge(problem), merged = problem->conv.groups / merge;
    struct geometry g = geometry_of(problem, block);
    const int64_t tiles = dlb_conv_ceil(g.out_groups, vectors);
    const int64_t shares = cut(&g, plan->context, merged, tiles);
    const struct sums layout = {
        .shares = (cl_int)shares,
        .merged_groups = (cl_int)merged,
        .merge = (cl_int)merge,
        .filters = (cl_int)problem->group_k,
        .channels = (cl_int)problem->group_c,
        .tiles = (cl_int)tiles,
        .blocks = g.in_groups,
        .taps = g.taps_h * g.taps_w,
        .block = block,
        .lanes = vectors * DLB_CONV_LANES,
    };
    struct dlb_conv_operand operands[3]; /* X, dY, sums */
    enum dlb_status status =
        dlb_conv_image(plan, problem, problem->first, block, true, &operands[0], why);
    if (status == DLB_OK)
        status =
            dlb_conv_image(plan, problem, problem->second, DLB_CONV_LANES, true, &operands[1], why);
    if (status != DLB_OK)
        return status;
    operands[2] = dlb_conv_scratch(
        plan, shares * merged * tiles * g.in_groups * layout.taps * block * layout.lanes,
        sizeof(float));
    status = add_launch(plan, &g, point, block, operands, merged, shares, why);
    if (status == DLB_OK)
        status = add_sum(plan, problem, &layout, &operands[2], why);
    if (status == DLB_OK)
        snprintf(plan->implementation, sizeof plan->implementation, "%s cpu nChw%dc %dx%d",
                 dlb_op_name(problem->kind), block, point->values[DLB_CONV_PIXELS], layout.lanes);
    return status;
}
