/* opencl_conv_winograd.c: forward 3x3 convolutions of stride 1 in f32 by Winograd's F(4x4,3x3): kernels/opencl/conv_winograd.cl.
 *
 * Filters are transformed when they are written, in double, and rounded once. The work is cut into chunks of tiles, and these by filters
 * where there are few; as many work-items as keep the device busy share them, each with a slot of the step's scratch. */
#include "backends/opencl/opencl_conv.h"

#include <stdio.h>

#include "bench/base/dtype.h"

#define ELEMENTS 36 /* of a transformed tile */
#define TILE     4  /* outputs of a tile in a row */
#define TAPS     9

/* Work-items for each compute unit, so that all end at about the same time. */
#define ITEMS_PER_UNIT 4

/* A slot of scratch is counted in int: 36 rows of so many channels for each tile of a chunk. */
#define MAX_CHANNELS 65536

/* The rounding error of an output follows the inputs of its whole tile. Where the window sees nothing but padding the output is zero, and
 * any error too large: with padding up to 2 no window does. */
#define MAX_PADDING 2

extern const char dlb_opencl_source_conv_winograd[];

/* struct geometry of conv_winograd.cl. */
struct geometry {
    cl_int in_h, in_w, in_blocks, out_h, out_w, out_blocks, out_channels;
    cl_int pad_h, pad_w, grid_h, grid_w;
    cl_int tiles, chunks, ktiles, ktile_chunk;
    cl_int items, slots, slot_floats;
};

/* Parameters of the packing. */
enum { LANES, PARAMETERS };

/* G g G' for one filter of 3 x 3. Row i of G holds the powers of point i over the product of its distances to the others;
 * the last point is infinity. The points are those of conv_winograd.cl. */
static void transform(const double g[TAPS], double u[ELEMENTS])
{
    static const double points[5] = {0, 0.625, -0.625, 1.5, -1.5};
    double matrix[6][3] = {[5] = {0, 0, 1}};
    for (int i = 0; i < 5; i++) {
        double distances = 1;
        for (int j = 0; j < 5; j++)
            distances *= j == i ? 1 : points[i] - points[j];
        for (int j = 0; j < 3; j++)
            matrix[i][j] = (j == 0 ? 1 : j == 1 ? points[i] : points[i] * points[i]) / distances;
    }
    for (int e = 0; e < ELEMENTS; e++) {
        u[e] = 0;
        for (int t = 0; t < TAPS; t++)
            u[e] += matrix[e / 6][t / 3] * g[t] * matrix[e % 6][t % 3];
    }
}

/* Tile of LANES filters, element, channel in whole blocks, filter; f32. */
static void pack(const struct dlb_opencl_layout *layout, const struct dlb_tensor *tensor,
                 const void *host, void *packed)
{
    const int64_t lanes = layout->parameters[LANES];
    const int64_t filters = tensor->dims[0], channels = tensor->dims[1];
    const int64_t held = dlb_conv_ceil(channels, DLB_CONV_LANES) * DLB_CONV_LANES;
    const int64_t all = dlb_conv_ceil(filters, lanes) * lanes;
    float *to = packed;
    for (int64_t i = 0; i < all * held; i++) {
        const int64_t k = i / held, c = i % held;
        double g[TAPS] = {0}, u[ELEMENTS];
        if (k < filters && c < channels)
            for (int64_t t = 0; t < TAPS; t++)
                g[t] = dlb_dtype_load(tensor->dtype, host, (size_t)((k * channels + c) * TAPS + t));
        transform(g, u);
        for (int64_t e = 0; e < ELEMENTS; e++)
            to[((k / lanes * ELEMENTS + e) * held + c) * lanes + k % lanes] = (float)u[e];
    }
}

static bool is_padding_small(const struct dlb_conv_attrs *a)
{
    return a->pad_top <= MAX_PADDING && a->pad_left <= MAX_PADDING &&
           a->pad_bottom <= MAX_PADDING && a->pad_right <= MAX_PADDING;
}

bool dlb_conv_winograd_fits(const struct dlb_conv_problem *problem)
{
    const struct dlb_conv_attrs *a = &problem->conv;
    return problem->kind == DLB_OP_CONV && problem->dtype == DLB_DTYPE_F32 && a->groups == 1 &&
           a->r == 3 && a->s == 3 && a->stride_h == 1 && a->stride_w == 1 && a->dilation_h == 1 &&
           a->dilation_w == 1 && a->c >= DLB_CONV_LANES && a->k >= DLB_CONV_LANES &&
           a->c <= MAX_CHANNELS && is_padding_small(a) && dlb_conv_packable(problem);
}

int64_t dlb_conv_winograd_tiles(const struct dlb_conv_problem *problem)
{
    const struct dlb_conv_attrs *a = &problem->conv;
    return a->n * dlb_conv_ceil(a->out_h, TILE) * dlb_conv_ceil(a->out_w, TILE);
}

/* Few chunks are cut by filters too; each part then transforms the chunk's inputs for itself. */
static struct geometry geometry_of(const struct dlb_conv_problem *problem, int chunk, int lanes,
                                   const struct dlb_context *context)
{
    const struct dlb_conv_attrs *a = &problem->conv;
    const int64_t units =
        context->cl.device->compute_units > 0 ? (int64_t)context->cl.device->compute_units : 1;
    const int64_t wanted = ITEMS_PER_UNIT * units;
    struct geometry g = {
        .in_h = (cl_int)a->h,
        .in_w = (cl_int)a->w,
        .in_blocks = (cl_int)dlb_conv_ceil(a->c, DLB_CONV_LANES),
        .out_h = (cl_int)a->out_h,
        .out_w = (cl_int)a->out_w,
        .out_blocks = (cl_int)dlb_conv_ceil(a->k, DLB_CONV_LANES),
        .out_channels = (cl_int)a->k,
        .pad_h = (cl_int)a->pad_top,
        .pad_w = (cl_int)a->pad_left,
        .grid_h = (cl_int)dlb_conv_ceil(a->out_h, TILE),
        .grid_w = (cl_int)dlb_conv_ceil(a->out_w, TILE),
        .tiles = (cl_int)dlb_conv_winograd_tiles(problem),
        .ktiles = (cl_int)dlb_conv_ceil(a->k, lanes),
    };
    g.chunks = (cl_int)dlb_conv_ceil(g.tiles, chunk);
    const int64_t parts = dlb_conv_ceil(wanted, g.chunks);
    g.ktile_chunk = (cl_int)dlb_conv_ceil(g.ktiles, parts < g.ktiles ? parts : g.ktiles);
    g.items = g.chunks * (cl_int)dlb_conv_ceil(g.ktiles, g.ktile_chunk);
    g.slots = (cl_int)(g.items < wanted ? g.items : wanted);
    g.slot_floats = ELEMENTS * chunk * (g.in_blocks * DLB_CONV_LANES + lanes);
    return g;
}

static enum dlb_status add_launch(struct dlb_conv_plan *plan,
                                  const struct dlb_conv_problem *problem, const struct geometry *g,
                                  const char *options, const struct dlb_conv_operand *x,
                                  const struct dlb_conv_epilogue *epilogue, struct dlb_why *why)
{
    const struct dlb_conv_kernel kernel = {"conv_winograd", dlb_opencl_source_conv_winograd,
                                           "conv_winograd", problem->dtype, true};
    struct dlb_conv_launch *launch;
    const enum dlb_status status = dlb_conv_append(plan, &kernel, options, &launch, why);
    if (status != DLB_OK)
        return status;
    const struct dlb_conv_operand slots =
        dlb_conv_scratch(plan, (int64_t)g->slots * g->slot_floats, sizeof(float));
    launch->global[0] = (size_t)g->slots;
    dlb_conv_operand(launch, x);
    dlb_conv_tensor(launch, problem->second);
    dlb_conv_tensor(launch, problem->output);
    dlb_conv_epilogue(launch, epilogue);
    dlb_conv_operand(launch, &slots);
    return dlb_conv_constant(plan, launch, g, sizeof *g, why);
}

enum dlb_status dlb_conv_winograd(struct dlb_conv_plan *plan,
                                  const struct dlb_conv_problem *problem,
                                  const struct dlb_tune_point *point, struct dlb_why *why)
{
    const int pixels = point->values[DLB_CONV_PIXELS], vectors = point->values[DLB_CONV_VECTORS];
    const int blocks = point->values[DLB_CONV_WINOGRAD], lanes = DLB_CONV_LANES * vectors;
    const struct geometry g = geometry_of(problem, blocks * pixels, lanes, plan->context);
    const int64_t parameters[PARAMETERS] = {[LANES] = lanes};
    const size_t elements =
        (size_t)(g.ktiles * lanes) * ELEMENTS * (size_t)(g.in_blocks * DLB_CONV_LANES);
    char options[96];
    struct dlb_conv_operand x;
    struct dlb_conv_epilogue epilogue;
    snprintf(options, sizeof options, "-DPT=%d -DKV=%d -DBLOCKS=%d", pixels, vectors, blocks);
    enum dlb_status status =
        dlb_conv_image(plan, problem, problem->first, DLB_CONV_LANES, false, &x, why);
    if (status == DLB_OK)
        status = dlb_conv_chain(plan, problem, DLB_CONV_LANES, &epilogue, why);
    if (status == DLB_OK)
        status =
            dlb_conv_pack(problem, pack, parameters, PARAMETERS, elements * sizeof(float), why);
    if (status == DLB_OK)
        status = dlb_conv_result(problem, DLB_CONV_LANES, why);
    if (status == DLB_OK)
        status = add_launch(plan, problem, &g, options, &x, &epilogue, why);
    if (status == DLB_OK)
        snprintf(plan->implementation, sizeof plan->implementation,
                 "%s cpu winograd 4x4 nChw16c %dx%d", dlb_op_name(problem->kind), pixels, lanes);
    return status;
}
