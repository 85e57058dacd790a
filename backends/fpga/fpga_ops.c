/* fpga_ops.c: what the pipeline computes: products and forward convolutions, with bias, a tensor added and relu on the way out.
 *
 * Tensors are plain and lie in the executor's memory. Everything else is unsupported: a pipeline is built for one thing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/fpga/fpga_internal.h"
#include "bench/base/clock.h"
#include "bench/base/memory.h"

/* A group as the pipeline takes it: the problem, and its tensors (-1 for none). */
struct subject {
    struct dlb_fpga_problem problem;
    int a, b, d, bias, add;
};

struct dlb_fpga_step {
    struct dlb_fpga_step *next; /* of the same work */
    struct subject subject;
    struct dlb_fpga_pipeline *pipeline;
    struct dlb_fpga_cycles modelled;
    bool given; /* the program is a board's, given by the user */
};

/* ---- from a group to a problem -------------------------------------------------------------------- */

static const struct dlb_fpga_choice *choice_of(const struct dlb_context *context,
                                               enum dlb_dtype dtype)
{
    return &context->choices[dtype == DLB_DTYPE_F32 ? DLB_FPGA_F32 : DLB_FPGA_INT];
}

static enum dlb_status check_types(const struct dlb_graph *graph, const struct dlb_op *op,
                                   struct dlb_why *why)
{
    const enum dlb_dtype a = graph->tensors[op->inputs[0]].dtype;
    const bool integer = dlb_dtype_is_integer(a);
    if (a != DLB_DTYPE_F32 && !integer)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s: the pipeline multiplies f32, s8 and u8 x s8",
                        dlb_dtype_name(a));
    if (op->kind == DLB_OP_GEMM && integer &&
        (op->attrs.gemm.alpha != 1 || (op->attrs.gemm.beta != 0 && op->attrs.gemm.beta != 1)))
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "%s: wanted alpha 1 and beta 0 or 1, as sums are exact integers",
                        dlb_dtype_name(a));
    return DLB_OK;
}

static enum dlb_status take_root(const struct dlb_graph *graph, const struct dlb_op *op,
                                 struct subject *s, struct dlb_why *why)
{
    struct dlb_fpga_problem *p = &s->problem;
    if (op->kind != DLB_OP_GEMM && op->kind != DLB_OP_CONV)
        return dlb_fail(
            why, DLB_UNSUPPORTED,
            "only gemm and conv go through the pipeline, with bias, add and relu behind "
            "them in f32");
    const enum dlb_dtype dtype = graph->tensors[op->inputs[0]].dtype;
    *s = (struct subject){.a = op->inputs[0], .b = op->inputs[1], .bias = -1, .add = -1};
    *p = (struct dlb_fpga_problem){.dtype = dtype, .u8_a = dtype == DLB_DTYPE_U8, .alpha = 1};
    if (op->kind == DLB_OP_GEMM) {
        const struct dlb_gemm_attrs *g = &op->attrs.gemm;
        p->batch = g->batch;
        p->m = g->m;
        p->n = g->n;
        p->k = g->k;
        p->ta = g->ta;
        p->tb = g->tb;
        p->alpha = g->alpha;
        p->beta = g->beta;
    } else {
        const struct dlb_conv_attrs *a = &op->attrs.conv;
        p->is_conv = true;
        p->conv = *a;
        p->batch = a->groups;
        p->m = a->n * a->out_h * a->out_w;
        p->n = a->k / a->groups;
        p->k = a->c / a->groups * a->r * a->s;
    }
    return check_types(graph, op, why);
}

/* One op behind the root, in the order that the drain has. */
static bool take_behind(const struct dlb_graph *graph, const struct dlb_op *op, int chain,
                        struct subject *s)
{
    struct dlb_fpga_problem *p = &s->problem;
    const int last_axis = graph->tensors[chain].rank - 1;
    if (op->kind == DLB_OP_RELU && !p->relu) {
        p->relu = true;
        return true;
    }
    if (op->kind == DLB_OP_ADD && !p->relu && !p->add) {
        p->add = true;
        s->add = op->inputs[0] == chain ? op->inputs[1] : op->inputs[0];
        return true;
    }
    if (op->kind == DLB_OP_BIAS && !p->relu && !p->add && !p->bias &&
        op->attrs.bias.axis == (p->is_conv ? 1 : last_axis)) {
        p->bias = true;
        s->bias = op->inputs[1];
        return true;
    }
    return false;
}

static enum dlb_status take_group(const struct dlb_graph *graph, const struct dlb_group *group,
                                  struct subject *s, struct dlb_why *why)
{
    const struct dlb_op *root = &graph->ops[group->root];
    enum dlb_status status = take_root(graph, root, s, why);
    if (status == DLB_OK)
        status = dlb_group_check_chain(graph, group, why);
    if (status != DLB_OK)
        return status;
    int chain = root->output;
    for (int i = 0; i < group->epilogue_count; i++) {
        const struct dlb_op *op = &graph->ops[group->epilogue[i]];
        if (s->problem.dtype != DLB_DTYPE_F32 || s->problem.beta != 0 ||
            !take_behind(graph, op, chain, s))
            return dlb_fail(
                why, DLB_UNSUPPORTED,
                "%s: the drain has bias (along N or channels), add and relu, each once, "
                "in this order, for f32 without beta",
                dlb_op_name(op->kind));
        chain = op->output;
    }
    s->d = dlb_group_output(graph, group);
    return DLB_OK;
}

static enum dlb_status ops_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                    const struct dlb_group *group, struct dlb_why *why)
{
    struct subject s;
    const enum dlb_status status = take_group(graph, group, &s, why);
    if (status != DLB_OK)
        return status;
    const struct dlb_fpga_choice *choice = choice_of(context, s.problem.dtype);
    return choice->status == DLB_OK ? DLB_OK
                                    : dlb_fail(why, choice->status, "%s", choice->why.text);
}

/* ---- steps ---------------------------------------------------------------------------------------- */

static enum dlb_status run_tiny(struct dlb_fpga_pipeline *pipeline, cl_mem memory,
                                struct dlb_why *why)
{
    const struct dlb_fpga_operands operands = {.a = memory, .b = memory, .d = memory};
    const enum dlb_status status = dlb_fpga_pipeline_run(pipeline, &operands, why);
    return status == DLB_OK ? dlb_fpga_pipeline_wait(pipeline, why) : status;
}

/* PoCL compiles a kernel at its first launch: a product of one element does it here, so that it is part of building. */
static enum dlb_status finish_building(struct dlb_context *context, const struct subject *s,
                                       struct dlb_why *why)
{
    const struct dlb_fpga_problem tiny = {.dtype = s->problem.dtype,
                                          .u8_a = s->problem.u8_a,
                                          .batch = 1,
                                          .m = 1,
                                          .n = 1,
                                          .k = 1,
                                          .alpha = 1};
    struct dlb_fpga_pipeline *pipeline = NULL;
    cl_int code;
    const int64_t begin = dlb_clock_ns();
    cl_mem memory =
        clCreateBuffer(context->cl.context, CL_MEM_READ_WRITE, DLB_ALIGNMENT, NULL, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "no buffer of %d bytes", DLB_ALIGNMENT);
    enum dlb_status status =
        dlb_fpga_pipeline_open(&context->cl, context->form, &choice_of(context, tiny.dtype)->grid,
                               &tiny, context->bandwidth, context->binary, &pipeline, why);
    if (status == DLB_OK)
        status = run_tiny(pipeline, memory, why);
    dlb_fpga_pipeline_close(pipeline);
    (void)clReleaseMemObject(memory);
    context->cl.build_ns += (double)(dlb_clock_ns() - begin);
    return status;
}

static void name_step(const struct dlb_context *context, const struct subject *s,
                      struct dlb_opwise_step *step)
{
    const struct dlb_fpga_grid *g = &choice_of(context, s->problem.dtype)->grid;
    snprintf(step->implementation, sizeof step->implementation, "%s_%s_systolic_%dx%dx%d, %s",
             dlb_dtype_name(s->problem.dtype), s->problem.is_conv ? "conv" : "gemm", g->rows,
             g->cols, g->vector, dlb_fpga_form_name(context->form));
}

static enum dlb_status ops_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                   struct dlb_opwise_step *step, struct dlb_why *why)
{
    struct dlb_fpga_step *own = calloc(1, sizeof *own);
    if (own == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a step");
    const int built = context->cl.built;
    enum dlb_status status = take_group(args->graph, args->group, &own->subject, why);
    const struct dlb_fpga_choice *choice = choice_of(context, own->subject.problem.dtype);
    if (status == DLB_OK)
        status = dlb_fpga_pipeline_open(&context->cl, context->form, &choice->grid,
                                        &own->subject.problem, context->bandwidth, context->binary,
                                        &own->pipeline, why);
    if (status == DLB_OK && context->form == DLB_FPGA_FUSED && context->cl.built > built)
        status = finish_building(context, &own->subject, why);
    if (status != DLB_OK) {
        dlb_fpga_pipeline_close(own->pipeline);
        free(own);
        return status;
    }
    dlb_fpga_model(&choice->grid, &own->subject.problem, context->bandwidth, &own->modelled);
    own->given = context->binary != NULL;
    name_step(context, &own->subject, step);
    own->next = context->made;
    context->made = own;
    step->state = own;
    return DLB_OK;
}

static cl_mem memory_of(void *const *buffers, int tensor)
{
    return tensor >= 0 ? buffers[tensor] : NULL;
}

static enum dlb_status ops_run(struct dlb_context *context, const struct dlb_opwise_step *step,
                               void *const *buffers, void *scratch, struct dlb_why *why)
{
    const struct dlb_fpga_step *own = step->state;
    const struct subject *s = &own->subject;
    const struct dlb_fpga_operands operands = {
        .a = memory_of(buffers, s->a),
        .b = memory_of(buffers, s->b),
        .d = memory_of(buffers, s->d),
        .bias = memory_of(buffers, s->bias),
        .add = memory_of(buffers, s->add),
    };
    (void)context;
    (void)scratch;
    return dlb_fpga_pipeline_run(own->pipeline, &operands, why);
}

static void ops_discard(struct dlb_context *context, struct dlb_opwise_step *step)
{
    struct dlb_fpga_step *own = step->state;
    (void)context;
    if (own != NULL)
        dlb_fpga_pipeline_close(own->pipeline);
    free(own);
    step->state = NULL;
}

enum dlb_status dlb_fpga_steps_wait(const struct dlb_fpga_step *steps, struct dlb_why *why)
{
    for (; steps != NULL; steps = steps->next) {
        const enum dlb_status status = dlb_fpga_pipeline_wait(steps->pipeline, why);
        if (status != DLB_OK)
            return status;
    }
    return DLB_OK;
}

enum dlb_status dlb_fpga_steps_cycles(const struct dlb_fpga_step *steps, int64_t *cycles,
                                      struct dlb_why *why)
{
    int64_t sum = 0;
    for (; steps != NULL; steps = steps->next) {
        struct dlb_fpga_cycles counted;
        const enum dlb_status status = dlb_fpga_pipeline_cycles(steps->pipeline, &counted, why);
        if (status != DLB_OK)
            return status;
        if (counted.total != steps->modelled.total)
            return dlb_fail(why, DLB_FAILED,
                            "the kernels counted %lld cycles, the model says %lld: %s",
                            (long long)counted.total, (long long)steps->modelled.total,
                            steps->given ? "fpga.grid must be what the program was built with"
                                         : "one is wrong");
        sum += counted.total;
    }
    *cycles = sum;
    return DLB_OK;
}

double dlb_fpga_issued_macs(struct dlb_context *context, const struct dlb_graph *graph)
{
    double sum = 0;
    for (int i = 0; i < graph->op_count; i++) {
        struct subject s = {.a = -1};
        struct dlb_fpga_cycles cycles;
        const struct dlb_group group = {.root = i};
        if (take_group(graph, &group, &s, NULL) != DLB_OK)
            continue; /* an op behind another; whatever else is there, supports has refused */
        const struct dlb_fpga_grid *grid = &choice_of(context, s.problem.dtype)->grid;
        if (grid->rows == 0)
            continue;
        dlb_fpga_model(grid, &s.problem, context->bandwidth, &cycles);
        sum += (double)cycles.compute * (double)dlb_fpga_grid_macs(grid);
    }
    return sum;
}

/* ---- memory --------------------------------------------------------------------------------------- */

static enum dlb_status allocate(struct dlb_context *context, size_t bytes, void **block,
                                struct dlb_why *why)
{
    return dlb_cl_buffer(&context->cl, CL_MEM_READ_WRITE, bytes, block, why);
}

static enum dlb_status import(struct dlb_context *context, const struct dlb_opwise_value *value,
                              const void *host, void *buffer, struct dlb_why *why)
{
    const cl_int code = clEnqueueWriteBuffer(context->cl.queue, buffer, CL_TRUE, 0, value->bytes,
                                             host, 0, NULL, NULL);
    return code == CL_SUCCESS
               ? DLB_OK
               : dlb_cl_fail(why, code, "tensor %s cannot be written", value->tensor->name);
}

static enum dlb_status export(struct dlb_context *context, const struct dlb_opwise_value *value,
                              const void *buffer, void *host, struct dlb_why *why) {
    const cl_int code = clEnqueueReadBuffer(context->cl.queue, (cl_mem)buffer, CL_TRUE, 0,
                                            value->bytes, host, 0, NULL, NULL);
    return code == CL_SUCCESS
               ? DLB_OK
               : dlb_cl_fail(why, code, "tensor %s cannot be read", value->tensor->name);
}

static const struct dlb_opwise_memory memory = {
    .alignment = DLB_ALIGNMENT, /* open refuses a device that wants more */
    .allocate = allocate,
    .release = dlb_cl_release,
    .part = dlb_cl_part,
    .release_part = dlb_cl_release,
};

const struct dlb_opwise_ops dlb_fpga_ops = {
    .memory = &memory,
    .plain_layouts = true,
    .supports = ops_supports,
    .prepare = ops_prepare,
    .run = ops_run,
    .discard = ops_discard,
    .import = import,
    .export = export,
};
