/* opencl_conv.c: convolution in its three passes: which method answers, and running it.
 *
 * On the CPU shape: depthwise, direct (forward and backward data), Winograd's (forward 3x3) or outer products (backward weights), on images blocked by 16 channels. On
 * the GPU shape, and for what suits no vector: an implicit matrix product on plain images. The tuner (opencl_conv_tune.c) decides
 * by time. Read opencl_conv.h, then a method. */
#include "backends/opencl/opencl_conv.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Merged groups multiply zeros for each other: beyond this factor the tiles of the GPU shape waste less. */
#define MERGE_MOST 16

/* Taps of a depthwise filter of integers: sums of more products are not exact in float (see conv_direct.cl). */
#define EXACT_TAPS 512

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
dlb_conv_method *dlb_conv_cpu_method(const struct dlb_conv_problem *problem)
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

/* ---- the op ---- */

enum dlb_status dlb_conv_run(struct dlb_context *context, const struct dlb_conv_plan *plan,
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

void dlb_conv_discard(void *state)
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

enum dlb_status dlb_conv_make(struct dlb_context *context, const struct dlb_conv_problem *problem,
                              const struct dlb_tune_point *point, struct dlb_conv_plan **plan,
                              struct dlb_why *why)
{
    struct dlb_conv_plan *made = calloc(1, sizeof *made);
    if (made == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a convolution");
    made->context = context;
    dlb_conv_method *method = point->values[DLB_CONV_SHAPE] != DLB_SHAPE_CPU ? dlb_conv_tiled
                              : point->values[DLB_CONV_WINOGRAD] > 0         ? dlb_conv_winograd
                                                                     : dlb_conv_cpu_method(problem);
    const enum dlb_status status = method(made, problem, point, why);
    if (status == DLB_OK)
        *plan = made;
    else
        dlb_conv_discard(made);
    return status;
}

static enum dlb_status conv_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                    struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_conv_problem problem = problem_of(args);
    struct dlb_tune_point point;
    struct dlb_conv_plan *plan;
    enum dlb_status status = dlb_conv_choose(context, &problem, &point, why);
    if (status == DLB_OK)
        status = dlb_conv_make(context, &problem, &point, &plan, why);
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
    return dlb_conv_run(context, state, buffers, scratch, why);
}

const struct dlb_opencl_op dlb_opencl_conv = {conv_supports, conv_prepare, conv_run,
                                              dlb_conv_discard};
const struct dlb_opencl_op dlb_opencl_conv_bwd_data = {conv_supports, conv_prepare, conv_run,
                                                       dlb_conv_discard};
const struct dlb_opencl_op dlb_opencl_conv_bwd_weights = {conv_supports, conv_prepare, conv_run,
                                                          dlb_conv_discard};
