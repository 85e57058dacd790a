/* opencl_conv_direct.c: forward and backward data on the CPU shape: kernels/opencl/conv_direct.cl, and its packed filters.
 *
 * Both passes are one kernel: backward data is a convolution of dY whose channels are the filters, with the taps looked at from
 * the other side. Groups too narrow for a block are merged into one dense group with zeros between them. */
#include "backends/opencl/opencl_conv.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/dtype.h"

/* Tiles of pixels that one work-item owns at most: MAX_CHUNK of conv_direct.cl. */
#define MAX_TILES 8

/* Packed filters that stay in a second-level cache while pixels stream past them. */
#define FILTER_BYTES (384 * 1024)

/* Work-items for each compute unit, so that all end at about the same time. */
#define ITEMS_PER_UNIT 8

extern const char dlb_opencl_source_conv_direct[];

/* struct geometry of conv_direct.cl. */
struct geometry {
    cl_int images, in_h, in_w, in_blocks, in_groups, in_channels;
    cl_int out_h, out_w, out_blocks, out_channels;
    cl_int taps_h, taps_w, step_in_h, step_in_w, step_out_h, step_out_w;
    cl_int dilation_h, dilation_w, pad_h, pad_w, backward;
    cl_int tiles, tile_chunk, ktiles, ktile_chunk;
};

/* Parameters of the packing. */
enum { BACKWARD, LANES, BLOCK, USED, GROUPS, MERGE, PARAMETERS };

/* The filter between input channel `in` and output channel `out` of merged group `group`, as an offset in K, C / groups, R S; -1
 * where the two belong to different groups of the problem, or to none. */
static int64_t filter_at(const struct dlb_opencl_layout *layout, const struct dlb_tensor *w,
                         int64_t group, int64_t out, int64_t in)
{
    const int64_t *p = layout->parameters;
    const int64_t filters = w->dims[0] / p[GROUPS], channels = w->dims[1];
    const int64_t outs = p[BACKWARD] ? channels : filters, ins = p[BACKWARD] ? filters : channels;
    if (out >= outs * p[MERGE] || in >= ins * p[MERGE] || out / outs != in / ins)
        return -1;
    const int64_t base = (group * p[MERGE] + out / outs) * filters;
    const int64_t k = p[BACKWARD] ? in % ins : out % outs;
    const int64_t c = p[BACKWARD] ? out % outs : in % ins;
    return ((base + k) * channels + c) * w->dims[2] * w->dims[3];
}

/* Merged group, tile of LANES outputs, tap, block of inputs, input of the block, output; all f32. */
static void pack(const struct dlb_opencl_layout *layout, const struct dlb_tensor *tensor,
                 const void *host, void *packed)
{
    const int64_t *p = layout->parameters;
    const int64_t filters = tensor->dims[0] / p[GROUPS], channels = tensor->dims[1];
    const int64_t outs = (p[BACKWARD] ? channels : filters) * p[MERGE];
    const int64_t ins = (p[BACKWARD] ? filters : channels) * p[MERGE];
    const int64_t tiles = dlb_conv_ceil(outs, p[LANES]), blocks = dlb_conv_ceil(ins, p[BLOCK]);
    const int64_t taps = tensor->dims[2] * tensor->dims[3];
    float *to = packed;
    for (int64_t i = 0; i < p[GROUPS] / p[MERGE] * tiles * taps * blocks * p[USED]; i++) {
        const int64_t in = i / p[USED] % blocks * p[BLOCK] + i % p[USED];
        const int64_t tap = i / p[USED] / blocks % taps;
        const int64_t tile = i / p[USED] / blocks / taps;
        for (int64_t lane = 0; lane < p[LANES]; lane++) {
            const int64_t at =
                filter_at(layout, tensor, tile / tiles, tile % tiles * p[LANES] + lane, in);
            *to++ = at < 0 ? 0 : (float)dlb_dtype_load(tensor->dtype, host, (size_t)(at + tap));
        }
    }
}

/* The sizes of the pass: dY takes the part of the image, and the other way round, in backward data. */
static struct geometry geometry_of(const struct dlb_conv_problem *problem, int block)
{
    const struct dlb_conv_attrs *a = &problem->conv;
    const bool backward = problem->kind == DLB_OP_CONV_BWD_DATA;
    const int64_t merge = dlb_conv_merge(problem), merged = a->groups / merge;
    const int64_t ins = (backward ? problem->group_k : problem->group_c) * merge;
    const int64_t outs = (backward ? problem->group_c : problem->group_k) * merge;
    return (struct geometry){
        .images = (cl_int)a->n,
        .in_h = (cl_int)(backward ? a->out_h : a->h),
        .in_w = (cl_int)(backward ? a->out_w : a->w),
        .in_blocks = (cl_int)(merged * dlb_conv_ceil(ins, block)),
        .in_groups = (cl_int)dlb_conv_ceil(ins, block),
        .in_channels = (cl_int)(ins < block ? ins : block),
        .out_h = (cl_int)(backward ? a->h : a->out_h),
        .out_w = (cl_int)(backward ? a->w : a->out_w),
        .out_blocks = (cl_int)dlb_conv_ceil(merged * outs, DLB_CONV_LANES),
        .out_channels = (cl_int)outs,
        .taps_h = (cl_int)a->r,
        .taps_w = (cl_int)a->s,
        .step_in_h = (cl_int)(backward ? 1 : a->stride_h),
        .step_in_w = (cl_int)(backward ? 1 : a->stride_w),
        .step_out_h = (cl_int)(backward ? a->stride_h : 1),
        .step_out_w = (cl_int)(backward ? a->stride_w : 1),
        .dilation_h = (cl_int)a->dilation_h,
        .dilation_w = (cl_int)a->dilation_w,
        .pad_h = (cl_int)a->pad_top,
        .pad_w = (cl_int)a->pad_left,
        .backward = backward,
    };
}

/* How the work is cut. Filters stay in the cache while pixels stream past them, as many tiles of filters as fit; where not even two fit, pixels stay and
 * filters stream, which the hardware's prefetchers see coming. A stride wider than the image leaves phases without pixels: they end at once. */
static void cut(struct geometry *g, const struct dlb_context *context, int pixels, int lanes,
                int64_t groups)
{
    const int64_t units =
        context->cl.device->compute_units > 0 ? (int64_t)context->cl.device->compute_units : 1;
    const int64_t wanted = ITEMS_PER_UNIT * units;
    const int64_t grid =
        dlb_conv_ceil(g->out_h, g->step_out_h) * dlb_conv_ceil(g->out_w, g->step_out_w);
    const int64_t depth = (int64_t)g->taps_h * g->taps_w * g->in_groups * g->in_channels;
    const int64_t planes = groups * g->step_out_h * g->step_out_w;
    const int64_t fit = FILTER_BYTES / (depth * lanes * (int64_t)sizeof(float));
    g->tiles = (cl_int)dlb_conv_ceil(g->images * grid, pixels);
    g->ktiles = (cl_int)dlb_conv_ceil(g->out_channels, lanes);
    g->ktile_chunk = (cl_int)(fit < 1 ? 1 : fit < g->ktiles ? fit : g->ktiles);
    if (fit < 2 && g->tiles * planes >= wanted)
        g->ktile_chunk = g->ktiles;
    const int64_t chunk = g->tiles * dlb_conv_ceil(g->ktiles, g->ktile_chunk) * planes / wanted;
    g->tile_chunk = (cl_int)(chunk < 1 ? 1 : chunk < MAX_TILES ? chunk : MAX_TILES);
}

/* A block that the image has already is kept where the kernel knows it; few channels are not blown up to 16. */
static int input_block(const struct dlb_conv_problem *problem, int64_t channels)
{
    const struct dlb_opwise_value *value = &problem->args->values[problem->first];
    const int settled = dlb_opencl_block(value);
    if (settled == 4 || settled == DLB_CONV_LANES)
        return settled;
    return channels <= 4 ? 4 : DLB_CONV_LANES;
}

static enum dlb_status pack_filters(const struct dlb_conv_problem *problem,
                                    const struct geometry *g, int block, int lanes,
                                    struct dlb_why *why)
{
    const int64_t merge = dlb_conv_merge(problem), groups = problem->conv.groups;
    const int64_t parameters[PARAMETERS] = {
        [BACKWARD] = g->backward, [LANES] = lanes,   [BLOCK] = block,
        [USED] = g->in_channels,  [GROUPS] = groups, [MERGE] = merge,
    };
    const size_t elements = (size_t)(groups / merge * g->ktiles * g->taps_h * g->taps_w) *
                            (size_t)g->in_groups * (size_t)g->in_channels * (size_t)lanes;
    return dlb_conv_pack(problem, pack, parameters, PARAMETERS, elements * sizeof(float), why);
}

static enum dlb_status add_launch(struct dlb_conv_plan *plan,
                                  const struct dlb_conv_problem *problem, const struct geometry *g,
                                  const char *options, const struct dlb_conv_operand *x,
                                  const struct dlb_conv_epilogue *epilogue, struct dlb_why *why)
{
    const struct dlb_conv_kernel kernel = {"conv_direct", dlb_opencl_source_conv_direct,
                                           "conv_direct", problem->dtype, true};
    struct dlb_conv_launch *launch;
    const enum dlb_status status = dlb_conv_append(plan, &kernel, options, &launch, why);
    if (status != DLB_OK)
        return status;
    launch->global[0] = (size_t)dlb_conv_ceil(g->tiles, g->tile_chunk);
    launch->global[1] = (size_t)dlb_conv_ceil(g->ktiles, g->ktile_chunk);
    launch->global[2] = (size_t)(g->step_out_h * g->step_out_w) *
                        (size_t)(problem->conv.groups / dlb_conv_merge(problem));
    dlb_conv_operand(launch, x);
    dlb_conv_tensor(launch, problem->second);
    dlb_conv_tensor(launch, problem->output);
    dlb_conv_epilogue(launch, epilogue);
    return dlb_conv_constant(plan, launch, g, sizeof *g, why);
}

enum dlb_status dlb_conv_direct(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                                const struct dlb_tune_point *point, struct dlb_why *why)
{
    const int pixels = point->values[DLB_CONV_PIXELS], vectors = point->values[DLB_CONV_VECTORS];
    char options[96];
    const bool backward = problem->kind == DLB_OP_CONV_BWD_DATA;
    const int block = input_block(problem, backward ? problem->conv.k : problem->conv.c);
    struct geometry g = geometry_of(problem, block);
    struct dlb_conv_operand x;
    struct dlb_conv_epilogue epilogue;
    cut(&g, plan->context, pixels, DLB_CONV_LANES * vectors,
        problem->conv.groups / dlb_conv_merge(problem));
    snprintf(options, sizeof options, "-DPT=%d -DKV=%d -DIB=%d", pixels, vectors, block);
    enum dlb_status status = dlb_conv_image(plan, problem, problem->first, block, false, &x, why);
    if (status == DLB_OK)
        status = dlb_conv_chain(plan, problem, DLB_CONV_LANES, &epilogue, why);
    if (status == DLB_OK)
        status = pack_filters(problem, &g, block, DLB_CONV_LANES * vectors, why);
    if (status == DLB_OK)
        status = dlb_conv_result(problem, DLB_CONV_LANES, why);
    if (status == DLB_OK)
        status = add_launch(plan, problem, &g, options, &x, &epilogue, why);
    if (status == DLB_OK)
        snprintf(plan->implementation, sizeof plan->implementation, "%s cpu nChw%dc %dx%d",
                 dlb_op_name(problem->kind), block, pixels, DLB_CONV_LANES * vectors);
    return status;
}
