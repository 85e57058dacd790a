/* opencl_conv_tune.c: the parameters of a convolution: what may be tried, in which order, and how a trial is timed.
 *
 * Without a search the first point decides, which is the CPU shape where the device has no local memory of its own. */
#include "backends/opencl/opencl_conv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_POINTS 32

/* So many times slower than the best, judged by one image: all of them would not turn it round. */
#define HOPELESS 4

/* Register tiles of the CPU shape, {pixels, vectors}: with 32 registers of 16 floats, 28 sums, the vectors of the filters and one to spare; more vectors
 * a pixel share each scalar more often. With 16 registers of 8 floats (or 32 of 4) a vector takes two (four) of them. Both
 * lists hold the same; small tiles come early in the first one, as a compiler that spills the large ones (Intel's runtime) takes long to build them. */
static const int wide_tiles[][2] = {{7, 4}, {3, 2},  {14, 2}, {6, 1}, {28, 1},
                                    {6, 4}, {12, 2}, {4, 1},  {12, 1}};
static const int narrow_tiles[][2] = {{6, 1},  {3, 2},  {4, 1}, {12, 1}, {7, 4},
                                      {14, 2}, {28, 1}, {6, 4}, {12, 2}};

/* Winograd's algorithm, {tiles, vectors, register tiles of a chunk}: a chunk's transformed inputs and results stay in the caches. */
static const int wide_winograd[][3] = {{6, 4, 2}, {8, 2, 2}, {4, 4, 2}, {14, 1, 2}, {7, 4, 2}};
static const int narrow_winograd[][3] = {{6, 1, 4}, {4, 1, 4}, {3, 2, 4}};

/* Outputs of a channel, below which reading four times the filters may cost Winograd's algorithm more than its products save: with 512 channels
 * it loses at 1 x 5 x 5 outputs, wins and loses at 1 x 7 x 7, as the last cache is free or not, and wins at 1 x 8 x 8. A guess: a search
 * goes by time. */
#define WINOGRAD_OUTPUTS 64

/* Backward weights, {channels, vectors}; channels divide every block. */
static const int weight_tiles[][2] = {{4, 4}, {4, 2}, {4, 1}, {2, 2}};

/* Tiles of the GPU shape, {tm, tn, rm, rn}; the last needs least of a device. */
static const int group_tiles[][4] = {
    {64, 64, 4, 4}, {128, 64, 8, 4}, {32, 128, 4, 4}, {32, 32, 2, 2}, {16, 16, 2, 2}};

extern const char dlb_opencl_source_conv_types[], dlb_opencl_source_conv_direct[],
    dlb_opencl_source_conv_winograd[], dlb_opencl_source_conv_weights[],
    dlb_opencl_source_conv_depthwise[], dlb_opencl_source_conv_layout[],
    dlb_opencl_source_conv_tiled[];

/* ---- points ---- */

struct points {
    int count;
    struct dlb_tune_point points[MAX_POINTS];
};

static void add_point(struct points *list, const struct dlb_tune_point *point)
{
    for (int i = 0; i < list->count; i++)
        if (memcmp(list->points[i].values, point->values, sizeof point->values) == 0)
            return;
    if (list->count < MAX_POINTS)
        list->points[list->count++] = *point;
}

static void add_cpu(struct points *list, int pixels, int vectors)
{
    const struct dlb_tune_point point = {.values = {[DLB_CONV_SHAPE] = DLB_SHAPE_CPU,
                                                    [DLB_CONV_PIXELS] = pixels,
                                                    [DLB_CONV_VECTORS] = vectors}};
    add_point(list, &point);
}

static bool has_winograd(const struct dlb_context *context, const struct dlb_conv_problem *problem)
{
    return context->winograd != DLB_WINOGRAD_NO && dlb_conv_winograd_fits(problem);
}

/* Tiles that leave no lane of the last filters empty come first. Backward weights reads dY by its tiles, so there they must fit. */
static void add_cpu_tiles(struct points *list, const struct dlb_conv_problem *problem,
                          const int (*tiles)[2], size_t count)
{
    const bool weights = problem->kind == DLB_OP_CONV_BWD_WEIGHTS;
    const bool backward = problem->kind == DLB_OP_CONV_BWD_DATA;
    const int64_t outs = (backward ? problem->group_c : problem->group_k) * dlb_conv_merge(problem);
    const int64_t blocks = dlb_conv_ceil(outs, DLB_CONV_LANES);
    for (size_t i = 0; i < count; i++)
        if (blocks % tiles[i][1] == 0)
            add_cpu(list, tiles[i][0], tiles[i][1]);
    for (size_t i = 0; i < count; i++)
        if (!weights && blocks > tiles[i][1])
            add_cpu(list, tiles[i][0], tiles[i][1]);
}

/* Winograd's algorithm: first what leaves no lane of the filters and few tiles of the last register tile empty, then what
 * leaves no lane empty, then the rest. */
static void add_winograd_points(struct points *list, const struct dlb_conv_problem *problem,
                                const int (*tiles)[3], size_t count)
{
    const int64_t blocks = dlb_conv_ceil(problem->group_k, DLB_CONV_LANES);
    const int64_t wanted = dlb_conv_winograd_tiles(problem);
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; i < count; i++) {
            const int64_t wasted = dlb_conv_ceil(wanted, tiles[i][0]) * tiles[i][0] - wanted;
            if ((pass < 2 && blocks % tiles[i][1] != 0) || (pass < 1 && 8 * wasted > wanted))
                continue;
            const struct dlb_tune_point point = {.values = {[DLB_CONV_SHAPE] = DLB_SHAPE_CPU,
                                                            [DLB_CONV_PIXELS] = tiles[i][0],
                                                            [DLB_CONV_VECTORS] = tiles[i][1],
                                                            [DLB_CONV_WINOGRAD] = tiles[i][2]}};
            add_point(list, &point);
        }
    }
}

static void add_direct_points(struct points *list, const struct dlb_context *context,
                              const struct dlb_conv_problem *problem)
{
    const bool wide = context->cl.device->vector_float >= DLB_CONV_LANES;
    add_cpu_tiles(list, problem, wide ? wide_tiles : narrow_tiles, DLB_ARRAY_COUNT(wide_tiles));
}

/* Of two methods the better guess comes first and the other's best guess second, so that a short search compares them. */
static void add_dense_points(struct points *list, const struct dlb_context *context,
                             const struct dlb_conv_problem *problem)
{
    struct points direct = {0}, winograd = {0};
    if (has_winograd(context, problem)) {
        if (context->cl.device->vector_float >= DLB_CONV_LANES)
            add_winograd_points(&winograd, problem, wide_winograd, DLB_ARRAY_COUNT(wide_winograd));
        else
            add_winograd_points(&winograd, problem, narrow_winograd,
                                DLB_ARRAY_COUNT(narrow_winograd));
    }
    if (winograd.count == 0 || context->winograd != DLB_WINOGRAD_YES)
        add_direct_points(&direct, context, problem);
    const bool first =
        problem->conv.n * problem->conv.out_h * problem->conv.out_w >= WINOGRAD_OUTPUTS;
    const struct points *lists[2] = {first ? &winograd : &direct, first ? &direct : &winograd};
    for (int i = 0; i < 2; i++)
        if (lists[i]->count > 0)
            add_point(list, &lists[i]->points[0]);
    for (int i = 0; i < 2; i++)
        for (int j = 1; j < lists[i]->count; j++)
            add_point(list, &lists[i]->points[j]);
}

static void add_cpu_points(struct points *list, const struct dlb_context *context,
                           const struct dlb_conv_problem *problem)
{
    dlb_conv_method *method = dlb_conv_cpu_method(problem);
    if (method == dlb_conv_depthwise) {
        add_cpu(list, 0, 0);
    } else if (method == dlb_conv_weights) {
        add_cpu_tiles(list, problem, weight_tiles, DLB_ARRAY_COUNT(weight_tiles));
    } else if (method == dlb_conv_direct) {
        add_dense_points(list, context, problem);
    }
}

static void add_gpu_points(struct points *list, const struct dlb_context *context)
{
    const struct dlb_cl_device *device = context->cl.device;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(group_tiles) && list->count < MAX_POINTS; i++) {
        const int *tile = group_tiles[i];
        const size_t wide = (size_t)(tile[1] / tile[3]), high = (size_t)(tile[0] / tile[2]);
        if (wide * high > device->max_work_group || wide > device->max_work_item[0] ||
            high > device->max_work_item[1])
            continue;
        list->points[list->count++] =
            (struct dlb_tune_point){.values = {[DLB_CONV_SHAPE] = DLB_SHAPE_GPU,
                                               [DLB_CONV_TM] = tile[0],
                                               [DLB_CONV_TN] = tile[1],
                                               [DLB_CONV_RM] = tile[2],
                                               [DLB_CONV_RN] = tile[3]}};
    }
}

/* Local memory of its own says that work-items are meant to share it. */
static void list_points(struct points *list, const struct dlb_context *context,
                        const struct dlb_conv_problem *problem)
{
    const bool cpu_first = !context->cl.device->local_mem_dedicated;
    if (context->winograd == DLB_WINOGRAD_YES && context->shape != DLB_SHAPE_GPU &&
        has_winograd(context, problem)) {
        add_cpu_points(list, context, problem);
        return;
    }
    if (context->shape != DLB_SHAPE_GPU && (cpu_first || context->shape == DLB_SHAPE_CPU))
        add_cpu_points(list, context, problem);
    if (context->shape != DLB_SHAPE_CPU || list->count == 0)
        add_gpu_points(list, context);
    if (context->shape == DLB_SHAPE_AUTO && !cpu_first)
        add_cpu_points(list, context, problem);
}

/* ---- tuning ---- */

/* What a point is timed on: the op's own tensors, in buffers of the trial's. */
struct trial {
    struct dlb_context *context;
    const struct dlb_conv_problem *problem;
    const struct dlb_conv_plan *plan;
    cl_mem *buffers;
    cl_mem scratch;
    double best_ns; /* of the points before; 0: none */
};

static enum dlb_status run_trial(void *self, struct dlb_why *why)
{
    const struct trial *trial = self;
    return dlb_conv_run(trial->context, trial->plan, trial->buffers, trial->scratch, why);
}

static enum dlb_status allocate(struct trial *trial, int tensor,
                                const struct dlb_opwise_value *values, struct dlb_why *why)
{
    void *buffer;
    if (trial->buffers[tensor] != NULL)
        return DLB_OK;
    const enum dlb_status status =
        dlb_opencl_memory.allocate(trial->context, values[tensor].bytes, &buffer, why);
    if (status == DLB_OK)
        trial->buffers[tensor] = buffer;
    return status;
}

static enum dlb_status allocate_all(struct trial *trial, const struct dlb_opwise_value *values,
                                    struct dlb_why *why)
{
    const struct dlb_opwise_args *args = trial->problem->args;
    enum dlb_status status = allocate(trial, trial->problem->output, values, why);
    for (int i = 0; i <= args->group->epilogue_count && status == DLB_OK; i++) {
        const struct dlb_op *op =
            &args->graph->ops[i == 0 ? args->group->root : args->group->epilogue[i - 1]];
        for (int j = 0; j < op->input_count && status == DLB_OK; j++)
            status = allocate(trial, op->inputs[j], values, why);
    }
    void *scratch = NULL;
    if (status == DLB_OK && trial->plan->scratch_bytes > 0)
        status =
            dlb_opencl_memory.allocate(trial->context, trial->plan->scratch_bytes, &scratch, why);
    trial->scratch = scratch;
    return status;
}

/* Twice, the first time to compile. */
static enum dlb_status time_briefly(struct trial *trial, double *ns, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < 2 && status == DLB_OK; i++) {
        status = run_trial(trial, why);
        if (status == DLB_OK)
            status = dlb_opencl_drain(trial->context, ns, why);
    }
    return status;
}

/* One point on the first `images` images. Plans on copies of the values, so that trying a layout settles nothing. */
static enum dlb_status try_point(const struct trial *given, const struct dlb_tune_point *point,
                                 int64_t images, double *ns, struct dlb_why *why)
{
    struct trial trial = *given;
    const struct dlb_opwise_value *settled = given->problem->args->values;
    const size_t count = (size_t)given->problem->args->graph->tensor_count;
    struct dlb_opwise_value *values = malloc(count * sizeof *values);
    struct dlb_conv_plan *plan = NULL;
    trial.buffers = calloc(count, sizeof *trial.buffers);
    if (values == NULL || trial.buffers == NULL) {
        free(values);
        free(trial.buffers);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to time a convolution");
    }
    memcpy(values, settled, count * sizeof *values);
    struct dlb_opwise_args args = *given->problem->args;
    struct dlb_conv_problem problem = *given->problem;
    args.values = values;
    problem.args = &args;
    problem.conv.n = images;
    trial.problem = &problem;
    enum dlb_status status = dlb_conv_make(trial.context, &problem, point, &plan, why);
    trial.plan = plan;
    if (status == DLB_OK)
        status = allocate_all(&trial, values, why);
    if (status == DLB_OK)
        status = images < given->problem->conv.n
                     ? time_briefly(&trial, ns, why)
                     : dlb_opencl_time(trial.context, run_trial, &trial, ns, why);
    for (size_t i = 0; i < count; i++) {
        dlb_opencl_memory.release(trial.context, trial.buffers[i]);
        if (values[i].layout != settled[i].layout)
            dlb_opencl_release_layout(trial.context, values[i].layout);
    }
    dlb_opencl_memory.release(trial.context, trial.scratch);
    dlb_conv_discard(plan);
    free(trial.buffers);
    free(values);
    return status;
}

/* A point of the wrong shape can be a hundred times slower than the best: a single image tells that without waiting for all of them. */
static enum dlb_status time_point(void *self, const struct dlb_tune_point *point, double *ns,
                                  struct dlb_why *why)
{
    struct trial *trial = self;
    const int64_t images = trial->problem->conv.n;
    double taken = 0;
    enum dlb_status status = DLB_OK;
    bool hopeless = false;
    if (trial->best_ns > 0 && images > 1) {
        status = try_point(trial, point, 1, &taken, why);
        taken *= (double)images;
        hopeless = taken > HOPELESS * trial->best_ns;
    }
    if (status == DLB_OK && !hopeless)
        status = try_point(trial, point, images, &taken, why);
    if (status != DLB_OK)
        return status;
    if (trial->best_ns <= 0 || taken < trial->best_ns)
        trial->best_ns = taken;
    *ns = taken;
    return DLB_OK;
}

static uint64_t source_hash(void)
{
    static const char *const sources[] = {
        dlb_opencl_source_conv_types,     dlb_opencl_source_conv_direct,
        dlb_opencl_source_conv_winograd,  dlb_opencl_source_conv_weights,
        dlb_opencl_source_conv_depthwise, dlb_opencl_source_conv_layout,
        dlb_opencl_source_conv_tiled};
    uint64_t hash = DLB_CL_HASH_START;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(sources); i++)
        hash = dlb_cl_hash(hash, sources[i], strlen(sources[i]));
    return hash;
}

/* Sizes that differ less than twice want the same tile. */
static int magnitude(int64_t size)
{
    int bits = 0;
    for (; size > 0; size /= 2)
        bits++;
    return bits;
}

enum dlb_status dlb_conv_choose(struct dlb_context *context, const struct dlb_conv_problem *problem,
                                struct dlb_tune_point *winner, struct dlb_why *why)
{
    const struct dlb_conv_attrs *a = &problem->conv;
    struct points list = {0};
    struct trial trial = {.context = context, .problem = problem};
    list_points(&list, context, problem);
    if (list.count == 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "groups of %zu work-items are too small for a tile",
                        context->cl.device->max_work_group);
    if (list.count == 1) {
        *winner = list.points[0];
        return DLB_OK;
    }
    struct dlb_tune_space space = {
        .source_hash = source_hash(),
        .name_count = DLB_CONV_PARAMETERS,
        .names = {"shape", "pixels", "vectors", "tm", "tn", "rm", "rn", "winograd"},
        .point_count = list.count,
        .points = list.points,
        .self = &trial,
        .time = time_point,
    };
    static const char *const winograds[] = {" w", "", " w only"};
    snprintf(space.key, sizeof space.key, "%s %s c%d k%d %dx%d s%d o%d g%d%s",
             dlb_op_name(problem->kind), dlb_dtype_name(problem->dtype),
             magnitude(problem->group_c), magnitude(problem->group_k),
             (int)(a->r < 1000 ? a->r : 1000), (int)(a->s < 1000 ? a->s : 1000),
             (int)(a->stride_h < 1000 ? a->stride_h : 1000), magnitude(a->n * a->out_h * a->out_w),
             magnitude(a->groups),
             has_winograd(context, problem) ? winograds[context->winograd] : "");
    return dlb_opencl_tune(context, &space, winner, why);
}
