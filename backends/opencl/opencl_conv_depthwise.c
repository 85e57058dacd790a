/* opencl_conv_depthwise.c: one filter a channel, all passes, on the CPU shape: kernels/opencl/conv_depthwise.cl.
 *
 * There is nothing to search for: memory decides, and a work-item is a row of one block of channels. Backward data of stride 1 is a forward
 * pass with the filter turned; backward weights adds up shares of the rows afterwards, as opencl_conv_weights.c does. */
#include "backends/opencl/opencl_conv.h"

#include <stdio.h>

#include "bench/base/dtype.h"

#define ITEMS_PER_UNIT 4 /* work-items for each compute unit, at least */

extern const char dlb_opencl_source_conv_depthwise[];

/* struct geometry of conv_depthwise.cl. */
struct geometry {
    cl_int in_h, in_w, out_h, out_w, taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w,
        pad_h, pad_w;
    cl_int flipped, rows, share_rows;
};

/* Block of 16 channels, tap, channel; f32. */
static void pack(const struct dlb_opencl_layout *layout, const struct dlb_tensor *tensor,
                 const void *host, void *packed)
{
    const int64_t channels = tensor->dims[0], taps = tensor->dims[2] * tensor->dims[3];
    const int64_t held = dlb_conv_ceil(channels, DLB_CONV_LANES) * DLB_CONV_LANES;
    float *to = packed;
    (void)layout;
    for (int64_t i = 0; i < held * taps; i++) {
        const int64_t channel = i / DLB_CONV_LANES / taps * DLB_CONV_LANES + i % DLB_CONV_LANES;
        const int64_t tap = i / DLB_CONV_LANES % taps;
        to[i] = channel < channels
                    ? (float)dlb_dtype_load(tensor->dtype, host, (size_t)(channel * taps + tap))
                    : 0;
    }
}

static struct geometry geometry_of(const struct dlb_conv_problem *problem)
{
    const struct dlb_conv_attrs *a = &problem->conv;
    const bool backward = problem->kind == DLB_OP_CONV_BWD_DATA;
    struct geometry g = {
        .in_h = (cl_int)(backward ? a->out_h : a->h),
        .in_w = (cl_int)(backward ? a->out_w : a->w),
        .out_h = (cl_int)(backward ? a->h : a->out_h),
        .out_w = (cl_int)(backward ? a->w : a->out_w),
        .taps_h = (cl_int)a->r,
        .taps_w = (cl_int)a->s,
        .stride_h = (cl_int)a->stride_h,
        .stride_w = (cl_int)a->stride_w,
        .dilation_h = (cl_int)a->dilation_h,
        .dilation_w = (cl_int)a->dilation_w,
        .pad_h = (cl_int)a->pad_top,
        .pad_w = (cl_int)a->pad_left,
    };
    /* dX(w) = sum over s of dY(w + pad - s d) W(s); with s' = S - 1 - s this is dY(w - ((S - 1) d - pad) + s' d) W(S - 1 - s'). */
    if (backward && a->stride_h == 1 && a->stride_w == 1) {
        g.flipped = 1;
        g.pad_h = (cl_int)((a->r - 1) * a->dilation_h - a->pad_top);
        g.pad_w = (cl_int)((a->s - 1) * a->dilation_w - a->pad_left);
    }
    return g;
}

/* Forward and backward data. */
static enum dlb_status images(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                              const struct geometry *g, struct dlb_why *why)
{
    const int64_t blocks = dlb_conv_ceil(problem->conv.c, DLB_CONV_LANES);
    const bool gather = problem->kind == DLB_OP_CONV_BWD_DATA && !g->flipped;
    const struct dlb_conv_kernel kernel = {"conv_depthwise", dlb_opencl_source_conv_depthwise,
                                           gather ? "conv_depthwise_data" : "conv_depthwise",
                                           problem->dtype, true};
    struct dlb_conv_operand x;
    struct dlb_conv_epilogue epilogue;
    struct dlb_conv_launch *launch;
    enum dlb_status status =
        dlb_conv_image(plan, problem, problem->first, DLB_CONV_LANES, false, &x, why);
    if (status == DLB_OK)
        status = dlb_conv_chain(plan, problem, DLB_CONV_LANES, &epilogue, why);
    if (status == DLB_OK)
        status = dlb_conv_pack(
            problem, pack, NULL, 0,
            (size_t)(blocks * DLB_CONV_LANES * g->taps_h * g->taps_w) * sizeof(float), why);
    if (status == DLB_OK)
        status = dlb_conv_result(problem, DLB_CONV_LANES, why);
    if (status == DLB_OK)
        status = dlb_conv_append(plan, &kernel, "", &launch, why);
    if (status != DLB_OK)
        return status;
    launch->global[0] = (size_t)g->out_h;
    launch->global[1] = (size_t)blocks;
    launch->global[2] = (size_t)problem->conv.n;
    dlb_conv_operand(launch, &x);
    dlb_conv_tensor(launch, problem->second);
    dlb_conv_tensor(launch, problem->output);
    if (!gather)
        dlb_conv_epilogue(launch, &epilogue);
    return dlb_conv_constant(plan, launch, g, sizeof *g, why);
}

/* The shares' sums added up, into plain filters. */
static enum dlb_status add_sum(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               const struct dlb_conv_operand *sums, int64_t shares, int64_t blocks,
                               struct dlb_why *why)
{
    const struct dlb_conv_kernel kernel = {"conv_depthwise", dlb_opencl_source_conv_depthwise,
                                           "conv_depthwise_sum", problem->dtype, false};
    struct dlb_conv_launch *launch;
    const enum dlb_status status = dlb_conv_append(plan, &kernel, "", &launch, why);
    if (status != DLB_OK)
        return status;
    launch->global[0] = (size_t)problem->conv.c;
    launch->global[1] = (size_t)(problem->conv.r * problem->conv.s);
    dlb_conv_operand(launch, sums);
    dlb_conv_tensor(launch, problem->output);
    dlb_conv_number(launch, shares);
    dlb_conv_number(launch, blocks);
    return DLB_OK;
}

static enum dlb_status filters(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               struct geometry *g, struct dlb_why *why)
{
    const struct dlb_conv_kernel kernel = {"conv_depthwise", dlb_opencl_source_conv_depthwise,
                                           "conv_depthwise_weights", problem->dtype, true};
    const int64_t units = plan->context->cl.device->compute_units;
    const int64_t blocks = dlb_conv_ceil(problem->conv.c, DLB_CONV_LANES);
    const int64_t rows = problem->conv.n * problem->conv.out_h;
    const int64_t wanted = dlb_conv_ceil(ITEMS_PER_UNIT * (units > 0 ? units : 1), blocks);
    g->rows = (cl_int)rows;
    g->share_rows = (cl_int)dlb_conv_ceil(rows, wanted < rows ? wanted : rows);
    const int64_t shares = dlb_conv_ceil(rows, g->share_rows);
    struct dlb_conv_operand operands[2]; /* X, dY */
    struct dlb_conv_launch *launch;
    enum dlb_status status =
        dlb_conv_image(plan, problem, problem->first, DLB_CONV_LANES, false, &operands[0], why);
    if (status == DLB_OK)
        status = dlb_conv_image(plan, problem, problem->second, DLB_CONV_LANES, false, &operands[1],
                                why);
    if (status == DLB_OK)
        status = dlb_conv_append(plan, &kernel, "", &launch, why);
    if (status != DLB_OK)
        return status;
    const struct dlb_conv_operand sums = dlb_conv_scratch(
        plan, shares * blocks * g->taps_h * g->taps_w * DLB_CONV_LANES, sizeof(float));
    launch->global[0] = (size_t)blocks;
    launch->global[1] = (size_t)shares;
    dlb_conv_operand(launch, &operands[0]);
    dlb_conv_operand(launch, &operands[1]);
    dlb_conv_operand(launch, &sums);
    status = dlb_conv_constant(plan, launch, g, sizeof *g, why);
    return status == DLB_OK ? add_sum(plan, problem, &sums, shares, blocks, why) : status;
}

enum dlb_status dlb_conv_depthwise(struct dlb_conv_plan *plan,
                                   const struct dlb_conv_problem *problem,
                                   const struct dlb_tune_point *point, struct dlb_why *why)
{
    struct geometry g = geometry_of(problem);
    (void)point;
    snprintf(plan->implementation, sizeof plan->implementation, "%s cpu depthwise nChw16c",
             dlb_op_name(problem->kind));
    return problem->kind == DLB_OP_CONV_BWD_WEIGHTS ? filters(plan, problem, &g, why)
                                                    : images(plan, problem, &g, why);
}
