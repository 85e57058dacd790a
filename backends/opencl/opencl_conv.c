/* opencl_conv.c: convolution in its three passes: which method answers, with which parameters, and running it.
 *
 * On the CPU shape: depthwise, direct (forward and backward data) or outer products (backward weights), on images blocked by 16 channels. On
 * the GPU shape, and for what suits no vector: an implicit matrix product on plain images. The tuner decides by time; without a search the
 * first point does, which is the CPU shape where the device's vectors are wide and its local memory is nothing special.
 * Read opencl_conv.h, then a method. */
#include "backends/opencl/opencl_conv.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Merged groups multiply zeros for each other: beyond this factor the tiles of the GPU shape waste less. */
#define MERGE_MOST 16

/* Taps of a depthwise filter of integers: sums of more products are not exact in float (see conv_direct.cl). */
#define EXACT_TAPS 512

#define MAX_POINTS 16

extern const char dlb_opencl_source_conv_types[], dlb_opencl_source_conv_direct[],
    dlb_opencl_source_conv_weights[], dlb_opencl_source_conv_depthwise[],
    dlb_opencl_source_conv_layout[], dlb_opencl_source_conv_tiled[];

/* Register tiles of the CPU shape, {pixels, vectors}: with 32 registers of 16 floats, 28 sums, the vectors of the filters and one to spare; more vectors
 * a pixel share each scalar more often. With 16 registers of 8 floats (or 32 of 4) a vector takes two (four) of them. */
static const int wide_tiles[][2] = {{7, 4}, {14, 2}, {28, 1}, {6, 4}, {12, 2}};
static const int narrow_tiles[][2] = {{6, 1}, {3, 2}, {4, 1}, {12, 1}};

/* Backward weights, {channels, vectors}; channels divide every block. */
static const int weight_tiles[][2] = {{4, 4}, {4, 2}, {4, 1}, {2, 2}};

/* Tiles of the GPU shape, {tm, tn, rm, rn}; the last needs least of a device. */
static const int group_tiles[][4] = {
    {64, 64, 4, 4}, {128, 64, 8, 4}, {32, 128, 4, 4}, {32, 32, 2, 2}, {16, 16, 2, 2}};

/* ---- what it takes ---- */

static struct dlb_conv_problem problem_of(const struct dlb_opwise_args *args)
{
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    const struct dlb_conv_attrs *a = &op->attrs.conv;
    return (struct dlb_conv_problem){
        .args = args,
        .kind = op->kind,
        .conv = *a,
        .first = op->inputs[0],
        .second = op->inputs[1],
        .output = dlb_group_output(args->graph, args->group),
        .dtype = args->graph->tensors[op->inputs[0]].dtype,
        .group_c = a->c / a->groups,
        .group_k = a->k / a->groups,
    };
}

/* Kernels count pixels, and places of a blocked image, in int. */
static bool fits_int(const struct dlb_conv_attrs *a)
{
    const double blocks_c = (double)dlb_conv_ceil(a->c, DLB_CONV_LANES) + (double)a->groups;
    const double blocks_k = (double)dlb_conv_ceil(a->k, DLB_CONV_LANES) + (double)a->groups;
    const double in = (double)a->n * (double)a->h * (double)a->w;
    const double out = (double)a->n * (double)a->out_h * (double)a->out_w;
    const double reach = (double)(a->pad_top + a->pad_left + a->pad_bottom + a->pad_right) +
                         (double)(a->r * a->dilation_h) + (double)(a->s * a->dilation_w) +
                         (double)a->stride_h * (double)a->out_h +
                         (double)a->stride_w * (double)a->out_w;
    const double depth = (double)a->r * (double)a->s * (double)(a->c + a->k);
    const double most = INT_MAX / 2;
    return in * blocks_c < most && out * blocks_k < most && depth < most && reach < most &&
           (double)a->stride_h * (double)a->stride_w < most;
}

static enum dlb_status conv_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                     const struct dlb_group *group, struct dlb_why *why)
{
    const struct dlb_op *op = &graph->ops[group->root];
    (void)context;
    if (!fits_int(&op->attrs.conv))
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "its kernels count pixels times blocks of 16 channels up to %d",
                        INT_MAX / 2);
    return dlb_conv_check_chain(graph, group, why);
}

/* ---- which method ---- */

static bool is_depthwise(const struct dlb_conv_problem *problem)
{
    return problem->conv.groups > 1 && problem->group_c == 1 && problem->group_k == 1;
}

/* The method of the CPU shape; NULL where it has none. */
static dlb_conv_method *cpu_method(const struct dlb_conv_problem *problem)
{
    const bool weights = problem->kind == DLB_OP_CONV_BWD_WEIGHTS;
    if (!weights && !dlb_conv_packable(problem))
        return NULL;
    if (is_depthwise(problem) &&
        (!dlb_dtype_is_integer(problem->dtype) || problem->conv.r * problem->conv.s <= EXACT_TAPS))
        return dlb_conv_depthwise;
    if (dlb_conv_merge(problem) > MERGE_MOST)
        return NULL;
    return weights ? dlb_conv_weights : dlb_conv_direct;
}

static enum dlb_status make_plan(struct dlb_context *context,
                                 const struct dlb_conv_problem *problem,
                                 const struct dlb_tune_point *point, struct dlb_conv_plan **plan,
                                 struct dlb_why *why);

/* ---- points ---- */

struct points {
    int count;
    struct dlb_tune_point points[MAX_POINTS];
};

static void add_cpu(struct points *list, int pixels, int vectors)
{
    for (int i = 0; i < list->count; i++)
        if (list->points[i].values[DLB_CONV_PIXELS] == pixels &&
            list->points[i].values[DLB_CONV_VECTORS] == vectors)
            return;
    if (list->count < MAX_POINTS)
        list->points[list->count++] =
            (struct dlb_tune_point){.values = {[DLB_CONV_SHAPE] = DLB_SHAPE_CPU,
                                               [DLB_CONV_PIXELS] = pixels,
                                               [DLB_CONV_VECTORS] = vectors}};
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

static void add_cpu_points(struct points *list, const struct dlb_context *context,
                           const struct dlb_conv_problem *problem)
{
    dlb_conv_method *method = cpu_method(problem);
    const bool wide = context->cl.device->vector_float >= DLB_CONV_LANES;
    if (method == dlb_conv_depthwise) {
        add_cpu(list, 0, 0);
    } else if (method == dlb_conv_weights) {
        add_cpu_tiles(list, problem, weight_tiles, DLB_ARRAY_COUNT(weight_tiles));
    } else if (method == dlb_conv_direct) {
        if (wide)
            add_cpu_tiles(list, problem, wide_tiles, DLB_ARRAY_COUNT(wide_tiles));
        add_cpu_tiles(list, problem, narrow_tiles, DLB_ARRAY_COUNT(narrow_tiles));
        if (!wide)
            add_cpu_tiles(list, problem, wide_tiles, DLB_ARRAY_COUNT(wide_tiles));
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
};

static enum dlb_status run_plan(struct dlb_context *context, const struct dlb_conv_plan *plan,
                                const cl_mem *buffers, cl_mem scratch, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < plan->launch_count && status == DLB_OK; i++) {
        const struct dlb_conv_launch *launch = &plan->launches[i];
        struct dlb_opencl_argument arguments[DLB_CONV_MAX_ARGUMENTS];
        for (int j = 0; j < launch->argument_count; j++) {
            const struct dlb_conv_argument *from = &launch->arguments[j];
            arguments[j].size = from->kind == DLB_CONV_VALUE ? from->size : sizeof(cl_mem);
            arguments[j].value = from->kind == DLB_CONV_TENSOR    ? &buffers[from->tensor]
                                 : from->kind == DLB_CONV_SCRATCH ? &scratch
                                                                  : (const void *)&from->value;
        }
        status = dlb_opencl_arguments(launch->kernel, launch->argument_count, arguments, why);
        if (status == DLB_OK)
            status = dlb_opencl_launch(context, launch->kernel, launch->dims, launch->global,
                                       launch->local_given ? launch->local : NULL, why);
    }
    return status;
}

static enum dlb_status run_trial(void *self, struct dlb_why *why)
{
    const struct trial *trial = self;
    return run_plan(trial->context, trial->plan, trial->buffers, trial->scratch, why);
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

static void conv_discard(void *state)
{
    struct dlb_conv_plan *plan = state;
    if (plan == NULL)
        return;
    for (int i = 0; i < plan->launch_count; i++)
        (void)clReleaseKernel(plan->launches[i].kernel);
    for (int i = 0; i < plan->constant_count; i++)
        (void)clReleaseMemObject(plan->constants[i]);
    free(plan);
}

/* Plans on copies of the values, so that trying a layout settles nothing. */
static enum dlb_status time_point(void *self, const struct dlb_tune_point *point, double *ns,
                                  struct dlb_why *why)
{
    struct trial trial = *(const struct trial *)self;
    const struct dlb_opwise_value *given = trial.problem->args->values;
    const size_t count = (size_t)trial.problem->args->graph->tensor_count;
    struct dlb_opwise_value *values = malloc(count * sizeof *values);
    struct dlb_conv_plan *plan = NULL;
    trial.buffers = calloc(count, sizeof *trial.buffers);
    enum dlb_status status = DLB_NO_MEMORY;
    if (values == NULL || trial.buffers == NULL) {
        (void)dlb_fail(why, status, "no memory to time a convolution");
        free(values);
        free(trial.buffers);
        return status;
    }
    memcpy(values, given, count * sizeof *values);
    struct dlb_opwise_args args = *trial.problem->args;
    struct dlb_conv_problem problem = *trial.problem;
    args.values = values;
    problem.args = &args;
    trial.problem = &problem;
    status = make_plan(trial.context, &problem, point, &plan, why);
    trial.plan = plan;
    if (status == DLB_OK)
        status = allocate_all(&trial, values, why);
    if (status == DLB_OK)
        status = dlb_opencl_time(trial.context, run_trial, &trial, ns, why);
    for (size_t i = 0; i < count; i++) {
        dlb_opencl_memory.release(trial.context, trial.buffers[i]);
        if (values[i].layout != given[i].layout)
            dlb_opencl_release_layout(trial.context, values[i].layout);
    }
    dlb_opencl_memory.release(trial.context, trial.scratch);
    conv_discard(plan);
    free(trial.buffers);
    free(values);
    return status;
}

static uint64_t source_hash(void)
{
    static const char *const sources[] = {
        dlb_opencl_source_conv_types,   dlb_opencl_source_conv_direct,
        dlb_opencl_source_conv_weights, dlb_opencl_source_conv_depthwise,
        dlb_opencl_source_conv_layout,  dlb_opencl_source_conv_tiled};
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

static enum dlb_status choose(struct dlb_context *context, const struct dlb_conv_problem *problem,
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
        .names = {"shape", "pixels", "vectors", "tm", "tn", "rm", "rn"},
        .point_count = list.count,
        .points = list.points,
        .self = &trial,
        .time = time_point,
    };
    snprintf(space.key, sizeof space.key, "%s %s c%d k%d %dx%d s%d o%d g%d",
             dlb_op_name(problem->kind), dlb_dtype_name(problem->dtype),
             magnitude(problem->group_c), magnitude(problem->group_k),
             (int)(a->r < 1000 ? a->r : 1000), (int)(a->s < 1000 ? a->s : 1000),
             (int)(a->stride_h < 1000 ? a->stride_h : 1000), magnitude(a->n * a->out_h * a->out_w),
             magnitude(a->groups));
    return dlb_opencl_tune(context, &space, winner, why);
}

/* ---- the op ---- */

static enum dlb_status make_plan(struct dlb_context *context,
                                 const struct dlb_conv_problem *problem,
                                 const struct dlb_tune_point *point, struct dlb_conv_plan **plan,
                                 struct dlb_why *why)
{
    struct dlb_conv_plan *made = calloc(1, sizeof *made);
    if (made == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a convolution");
    made->context = context;
    dlb_conv_method *method =
        point->values[DLB_CONV_SHAPE] == DLB_SHAPE_CPU ? cpu_method(problem) : dlb_conv_tiled;
    const enum dlb_status status = method(made, problem, point, why);
    if (status == DLB_OK)
        *plan = made;
    else
        conv_discard(made);
    return status;
}

static enum dlb_status conv_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                    struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_conv_problem problem = problem_of(args);
    struct dlb_tune_point point;
    struct dlb_conv_plan *plan;
    enum dlb_status status = choose(context, &problem, &point, why);
    if (status == DLB_OK)
        status = make_plan(context, &problem, &point, &plan, why);
    if (status != DLB_OK)
        return status;
    step->state = plan;
    step->scratch_bytes = plan->scratch_bytes;
    snprintf(step->implementation, sizeof step->implementation, "%s", plan->implementation);
    return DLB_OK;
}

static enum dlb_status conv_run(struct dlb_context *context, const void *state,
                                const cl_mem *buffers, cl_mem scratch, struct dlb_why *why)
{
    return run_plan(context, state, buffers, scratch, why);
}

const struct dlb_opencl_op dlb_opencl_conv = {conv_supports, conv_prepare, conv_run, conv_discard};
const struct dlb_opencl_op dlb_opencl_conv_bwd_data = {conv_supports, conv_prepare, conv_run,
                                                       conv_discard};
const struct dlb_opencl_op dlb_opencl_conv_bwd_weights = {conv_supports, conv_prepare, conv_run,
                                                          conv_discard};
