/* opencl_conv_tiled.c: all passes as implicit matrix products on the GPU shape: kernels/opencl/conv_tiled.cl.
 *
 * Takes every attribute, and plain layouts on both sides, so it is also what answers for shapes that suit no vector: many narrow groups on
 * the CPU shape, and filters that are not constant. */
#include "backends/opencl/opencl_conv.h"

#include <stdio.h>

#include "bench/base/dtype.h"

#define TK 8 /* depth of a step: two slices of 64 x 8 floats are 4 KiB of local memory */

/* Splits of the depth: while tiles are fewer than this for each compute unit, and no shorter than this. */
#define TILES_PER_UNIT 4
#define DEPTH_LEAST    256
#define SPLITS_MOST    64

extern const char dlb_opencl_source_conv_tiled[], dlb_opencl_source_conv_layout[];

/* struct geometry of conv_tiled.cl. */
struct geometry {
    cl_int c, h, w, k, out_h, out_w;
    cl_int groups, taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    cl_int m, n, depth, splits, split_depth;
};

static struct geometry geometry_of(const struct dlb_conv_problem *problem)
{
    const struct dlb_conv_attrs *a = &problem->conv;
    const int64_t taps = a->r * a->s, outputs = a->n * a->out_h * a->out_w;
    struct geometry g = {
        .c = (cl_int)problem->group_c,
        .h = (cl_int)a->h,
        .w = (cl_int)a->w,
        .k = (cl_int)problem->group_k,
        .out_h = (cl_int)a->out_h,
        .out_w = (cl_int)a->out_w,
        .groups = (cl_int)a->groups,
        .taps_h = (cl_int)a->r,
        .taps_w = (cl_int)a->s,
        .stride_h = (cl_int)a->stride_h,
        .stride_w = (cl_int)a->stride_w,
        .dilation_h = (cl_int)a->dilation_h,
        .dilation_w = (cl_int)a->dilation_w,
        .pad_h = (cl_int)a->pad_top,
        .pad_w = (cl_int)a->pad_left,
    };
    if (problem->kind == DLB_OP_CONV) {
        g.m = g.k;
        g.n = (cl_int)outputs;
        g.depth = (cl_int)(problem->group_c * taps);
    } else if (problem->kind == DLB_OP_CONV_BWD_DATA) {
        g.m = g.c;
        g.n = (cl_int)(a->n * a->h * a->w);
        g.depth = (cl_int)(problem->group_k * taps);
    } else {
        g.m = g.k;
        g.n = (cl_int)(problem->group_c * taps);
        g.depth = (cl_int)outputs;
    }
    return g;
}

/* Few large sums leave compute units idle: backward weights sums over all pixels of all images into a small result. */
static void split(struct geometry *g, const struct dlb_context *context,
                  const struct dlb_conv_problem *problem, const struct dlb_tune_point *point)
{
    const int64_t units =
        context->cl.device->compute_units > 0 ? (int64_t)context->cl.device->compute_units : 1;
    const int64_t tiles = dlb_conv_ceil(g->m, point->values[DLB_CONV_TM]) *
                          dlb_conv_ceil(g->n, point->values[DLB_CONV_TN]) * g->groups;
    int64_t splits = dlb_conv_ceil(TILES_PER_UNIT * units, tiles);
    const int64_t most = g->depth / DEPTH_LEAST;
    splits = splits < most ? splits : most;
    splits = splits < SPLITS_MOST ? splits : SPLITS_MOST;
    if (problem->kind != DLB_OP_CONV_BWD_WEIGHTS || splits < 1)
        splits = 1;
    g->split_depth = (cl_int)(dlb_conv_ceil(dlb_conv_ceil(g->depth, splits), TK) * TK);
    g->splits = (cl_int)dlb_conv_ceil(g->depth, g->split_depth);
}

static enum dlb_status add_launch(struct dlb_conv_plan *plan,
                                  const struct dlb_conv_problem *problem, const struct geometry *g,
                                  const struct dlb_tune_point *point,
                                  const struct dlb_conv_operand *sums, struct dlb_why *why)
{
    static const char *const passes[] = {[DLB_OP_CONV] = "FORWARD",
                                         [DLB_OP_CONV_BWD_DATA] = "BACKWARD_DATA",
                                         [DLB_OP_CONV_BWD_WEIGHTS] = "BACKWARD_WEIGHTS"};
    const struct dlb_conv_kernel kernel = {"conv_tiled", dlb_opencl_source_conv_tiled, "conv_tiled",
                                           problem->dtype, false};
    const int *v = point->values;
    struct dlb_conv_operand a, b;
    struct dlb_conv_epilogue epilogue;
    struct dlb_conv_launch *launch;
    char options[160];
    snprintf(options, sizeof options, "-D%s -DTM=%d -DTN=%d -DTK=%d -DRM=%d -DRN=%d",
             passes[problem->kind], v[DLB_CONV_TM], v[DLB_CONV_TN], TK, v[DLB_CONV_RM],
             v[DLB_CONV_RN]);
    enum dlb_status status = dlb_conv_image(plan, problem, problem->first, 0, false, &b, why);
    if (status == DLB_OK)
        status = dlb_conv_image(plan, problem, problem->second, 0, false, &a, why);
    if (status == DLB_OK)
        status = dlb_conv_chain(plan, problem, 0, &epilogue, why);
    if (status == DLB_OK)
        status = dlb_conv_append(plan, &kernel, options, &launch, why);
    if (status != DLB_OK)
        return status;
    launch->local_given = true;
    launch->local[0] = (size_t)(v[DLB_CONV_TN] / v[DLB_CONV_RN]);
    launch->local[1] = (size_t)(v[DLB_CONV_TM] / v[DLB_CONV_RM]);
    launch->global[0] = (size_t)dlb_conv_ceil(g->n, v[DLB_CONV_TN]) * launch->local[0];
    launch->global[1] = (size_t)dlb_conv_ceil(g->m, v[DLB_CONV_TM]) * launch->local[1];
    launch->global[2] = (size_t)g->groups * (size_t)g->splits;
    dlb_conv_operand(launch, &a);
    dlb_conv_operand(launch, &b);
    dlb_conv_tensor(launch, problem->output);
    dlb_conv_operand(launch, sums);
    dlb_conv_epilogue(launch, &epilogue);
    return dlb_conv_constant(plan, launch, g, sizeof *g, why);
}

static enum dlb_status add_sum(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               const struct geometry *g, const struct dlb_conv_operand *sums,
                               struct dlb_why *why)
{
    const struct dlb_conv_kernel kernel = {"conv_layout", dlb_opencl_source_conv_layout,
                                           "conv_splits_sum", problem->dtype, false};
    struct dlb_conv_launch *launch;
    const enum dlb_status status = dlb_conv_append(plan, &kernel, "", &launch, why);
    if (status != DLB_OK)
        return status;
    launch->global[0] = (size_t)(g->groups * g->m) * (size_t)g->n;
    dlb_conv_operand(launch, sums);
    dlb_conv_tensor(launch, problem->output);
    dlb_conv_number(launch, g->splits);
    return DLB_OK;
}

enum dlb_status dlb_conv_tiled(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               const struct dlb_tune_point *point, struct dlb_why *why)
{
    struct geometry g = geometry_of(problem);
    struct dlb_conv_operand sums = {.tensor = problem->output, .at = 0};
    split(&g, plan->context, problem, point);
    if (g.splits > 1)
        sums = dlb_conv_scratch(plan, (int64_t)g.splits * g.groups * g.m * g.n, sizeof(float));
    enum dlb_status status = add_launch(plan, problem, &g, point, &sums, why);
    if (status == DLB_OK && g.splits > 1)
        status = add_sum(plan, problem, &g, &sums, why);
    if (status == DLB_OK)
        snprintf(plan->implementation, sizeof plan->implementation, "%s gpu implicit gemm %dx%d",
                 dlb_op_name(problem->kind), point->values[DLB_CONV_TM],
                 point->values[DLB_CONV_TN]);
    return status;
}
