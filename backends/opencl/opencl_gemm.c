/* opencl_gemm.c: the matrix product as an op: what it takes, the search for its parameters, its buffers.
 *
 * Read opencl_gemm.h first. Every form of the graph is done: batches, transposed operands, alpha and beta, all five types, and behind
 * a product of floats a chain of bias, relu and add. */
#include <stdio.h>
#include <stdlib.h>

#include "backends/opencl/opencl_gemm.h"

/* Searches are made on products no larger than this: rates hardly change beyond it, and it takes some 10 ms. */
#define TUNE_SIZE 1024
#define TUNE_OPS  (2.0 * TUNE_SIZE * TUNE_SIZE * TUNE_SIZE)

#define SMALL_OPS 1e6

/* A point this much slower than the best so far is not timed again. */
#define HOPELESS 2.0

struct gemm_state {
    struct dlb_gemm_code code;
    int a, b, output;
    int bias_n, bias_m, add; /* tensors, -1 for none */
};

_Static_assert(DLB_GEMM_CPU == (int)DLB_SHAPE_CPU && DLB_GEMM_GPU == (int)DLB_SHAPE_GPU,
               "the tuner tells shapes by these numbers");

/* ---- The op -------------------------------------------------------------------------------------------- */

static struct dlb_gemm_device device_of(const struct dlb_context *context)
{
    const struct dlb_cl_device *device = context->cl.device;
    struct dlb_gemm_device facts = {
        .units = device->compute_units > 0 ? (int)device->compute_units : 1,
        .vector = (int)device->vector_float,
        .local_bytes = (int64_t)device->local_mem_bytes,
        .max_items = (int64_t)device->max_work_group,
        .cpu = !device->local_mem_dedicated,
        .dot = device->dot_product,
        .only_cpu = context->shape == DLB_SHAPE_CPU,
        .only_gpu = context->shape == DLB_SHAPE_GPU,
    };
#if defined(__x86_64__)
    facts.vnni = (device->type & CL_DEVICE_TYPE_CPU) != 0 && __builtin_cpu_supports("avx512vnni");
#endif
    return facts;
}

/* A column vector is its transpose in memory: D = A b as D' = b' A', with the vector as the one row that the kernels know
 * how to handle. Not for bytes, whose first operand may be unsigned and whose second is not. */
static bool is_swapped(const struct dlb_graph *graph, const struct dlb_op *op)
{
    const struct dlb_gemm_attrs *gemm = &op->attrs.gemm;
    return gemm->n == 1 && gemm->m > 1 &&
           !dlb_dtype_is_integer(graph->tensors[op->inputs[0]].dtype);
}

/* A vector lies the same, transposed or not: it is taken as a line along k, which the kernels read whole. */
static struct dlb_gemm_shape shape_of(const struct dlb_graph *graph, const struct dlb_op *op)
{
    const struct dlb_gemm_attrs *gemm = &op->attrs.gemm;
    const bool swapped = is_swapped(graph, op);
    struct dlb_gemm_shape shape = {
        .dtype = graph->tensors[op->inputs[0]].dtype,
        .m = (int)(swapped ? gemm->n : gemm->m),
        .n = (int)(swapped ? gemm->m : gemm->n),
        .k = (int)gemm->k,
        .batch = gemm->batch,
        .ta = swapped ? !gemm->tb : gemm->ta,
        .tb = swapped ? !gemm->ta : gemm->tb,
    };
    shape.ta = shape.ta && shape.m > 1;
    shape.tb = shape.tb || shape.n == 1;
    return shape;
}

/* Puts one op of the epilogue into the chain and its tensor into the state. The kernels have room for one bias along each axis and one
 * add. */
static enum dlb_status add_link(const struct dlb_graph *graph, const struct dlb_op *op, int chained,
                                bool swapped, struct gemm_state *state, enum dlb_gemm_link *link,
                                struct dlb_why *why)
{
    const int last_axis = graph->tensors[op->output].rank - 1;
    int *place = NULL;
    if (op->kind == DLB_OP_RELU) {
        *link = DLB_GEMM_RELU;
        return DLB_OK;
    }
    if (op->kind == DLB_OP_ADD) {
        *link = DLB_GEMM_ADD;
        place = &state->add;
    } else if (op->kind == DLB_OP_BIAS && op->attrs.bias.axis >= last_axis - 1) {
        const bool along_n = (op->attrs.bias.axis == last_axis) != swapped;
        *link = along_n ? DLB_GEMM_BIAS_N : DLB_GEMM_BIAS_M;
        place = along_n ? &state->bias_n : &state->bias_m;
    }
    if (place == NULL || *place >= 0)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "wanted a chain of relu, add and biases along m and n, each once, "
                        "found %s",
                        dlb_op_name(op->kind));
    *place = op->inputs[0] == chained ? op->inputs[1] : op->inputs[0];
    return DLB_OK;
}

static enum dlb_status read_chain(const struct dlb_graph *graph, const struct dlb_group *group,
                                  struct gemm_state *state, cl_uint *chain, struct dlb_why *why)
{
    const struct dlb_op *root = &graph->ops[group->root];
    const bool swapped = is_swapped(graph, root);
    int chained = root->output;
    *chain = 0;
    for (int i = 0; i < group->epilogue_count; i++) {
        const struct dlb_op *op = &graph->ops[group->epilogue[i]];
        enum dlb_gemm_link link = DLB_GEMM_RELU;
        const enum dlb_status status = add_link(graph, op, chained, swapped, state, &link, why);
        if (status != DLB_OK)
            return status;
        *chain |= (cl_uint)link << (4 * i);
        chained = op->output;
    }
    return DLB_OK;
}

static struct gemm_state state_of(const struct dlb_graph *graph, const struct dlb_group *group)
{
    const struct dlb_op *op = &graph->ops[group->root];
    const bool swapped = is_swapped(graph, op);
    return (struct gemm_state){
        .a = op->inputs[swapped ? 1 : 0],
        .b = op->inputs[swapped ? 0 : 1],
        .output = dlb_group_output(graph, group),
        .bias_n = -1,
        .bias_m = -1,
        .add = -1,
    };
}

static enum dlb_status gemm_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                     const struct dlb_group *group, struct dlb_why *why)
{
    const struct dlb_op *op = &graph->ops[group->root];
    const struct dlb_gemm_attrs *gemm = &op->attrs.gemm;
    const struct dlb_gemm_device device = device_of(context);
    struct dlb_tune_point points[DLB_GEMM_MAX_POINTS];
    if (gemm->m > DLB_GEMM_MAX_SIZE || gemm->n > DLB_GEMM_MAX_SIZE || gemm->k > DLB_GEMM_MAX_SIZE)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "m, n and k can be up to %d, found %lld x %lld x %lld", DLB_GEMM_MAX_SIZE,
                        (long long)gemm->m, (long long)gemm->n, (long long)gemm->k);
    const struct dlb_gemm_shape shape = shape_of(graph, op);
    if (dlb_gemm_points(&device, &shape, points) == 0)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "%lld bytes of local memory hold no tile of the wanted shape",
                        (long long)device.local_bytes);
    struct gemm_state state = state_of(graph, group);
    cl_uint chain;
    const enum dlb_status status = dlb_group_check_chain(graph, group, why);
    return status == DLB_OK ? read_chain(graph, group, &state, &chain, why) : status;
}

/* ---- The search ------------------------------------------------------------------------------------------ */

/* A product of the class on buffers of its own; they hold plain numbers, as speed may depend on what they hold. */
struct search {
    struct dlb_context *context;
    struct dlb_gemm_device device;
    struct dlb_gemm_shape shape;
    struct dlb_gemm_code code;
    struct dlb_gemm_buffers buffers;
    double best_ns; /* 0: none yet */
};

/* The smallest power of 4 that is not below a size. */
static int64_t class_of(int64_t size)
{
    int64_t power = 1;
    while (power < size)
        power *= 4;
    return power;
}

/* Sizes up to TUNE_SIZE; a larger depth where the others are small, since then it is what the time goes into. */
static struct dlb_gemm_shape representative(const struct dlb_gemm_shape *shape)
{
    struct dlb_gemm_shape small = *shape;
    small.m = shape->m < TUNE_SIZE ? shape->m : TUNE_SIZE;
    small.n = shape->n < TUNE_SIZE ? shape->n : TUNE_SIZE;
    small.k = shape->k < 4 * TUNE_SIZE ? shape->k : 4 * TUNE_SIZE;
    while (small.k > TUNE_SIZE && 2.0 * small.m * small.n * small.k > TUNE_OPS)
        small.k /= 2;
    const double most = TUNE_OPS / (2.0 * small.m * small.n * small.k);
    if ((double)shape->batch > most)
        small.batch = most < 1 ? 1 : (int64_t)most;
    return small;
}

static enum dlb_status make_buffer(struct search *search, size_t bytes, cl_mem *buffer,
                                   struct dlb_why *why)
{
    static const cl_uchar number = 0x3c; /* f32 and bf16 0.011, f16 1.06, bytes 60 */
    cl_int code;
    if (bytes == 0)
        return DLB_OK;
    *buffer = clCreateBuffer(search->context->cl.context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    if (code == CL_SUCCESS)
        code = clEnqueueFillBuffer(search->context->cl.queue, *buffer, &number, 1, 0, bytes, 0,
                                   NULL, NULL);
    return code == CL_SUCCESS ? DLB_OK : dlb_cl_fail(why, code, "%zu bytes for a search", bytes);
}

static enum dlb_status make_buffers(struct search *search, size_t scratch_bytes,
                                    struct dlb_why *why)
{
    const struct dlb_gemm_shape *s = &search->shape;
    const size_t m = (size_t)s->m, n = (size_t)s->n, k = (size_t)s->k, batch = (size_t)s->batch;
    const size_t size = dlb_dtype_size(s->dtype);
    const size_t out = dlb_dtype_is_integer(s->dtype) ? 4 : size;
    struct dlb_gemm_buffers *buffers = &search->buffers;
    enum dlb_status status = make_buffer(search, batch * m * k * size, &buffers->a, why);
    if (status == DLB_OK)
        status = make_buffer(search, batch * k * n * size, &buffers->b, why);
    if (status == DLB_OK)
        status = make_buffer(search, batch * m * n * out, &buffers->d, why);
    if (status == DLB_OK)
        status = make_buffer(search, scratch_bytes, &buffers->parts, why);
    return status;
}

static void release_buffers(struct search *search)
{
    struct dlb_gemm_buffers *buffers = &search->buffers;
    const cl_mem made[] = {buffers->a, buffers->b, buffers->d, buffers->parts};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(made); i++)
        if (made[i] != NULL)
            (void)clReleaseMemObject(made[i]);
    *buffers = (struct dlb_gemm_buffers){0};
}

static enum dlb_status launch_search(void *self, struct dlb_why *why)
{
    struct search *search = self;
    return dlb_gemm_code_run(search->context, &search->code, &search->buffers, why);
}

/* One execution to warm up and one to see whether more are worth it. */
static enum dlb_status time_code(struct search *search, double *ns, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < 2 && status == DLB_OK; i++) {
        status = launch_search(search, why);
        if (status == DLB_OK)
            status = dlb_opencl_drain(search->context, ns, why);
    }
    if (status == DLB_OK && (search->best_ns == 0 || *ns < HOPELESS * search->best_ns))
        status = dlb_opencl_time(search->context, launch_search, search, ns, why);
    if (status == DLB_OK && (search->best_ns == 0 || *ns < search->best_ns))
        search->best_ns = *ns;
    return status;
}

static enum dlb_status time_point(void *self, const struct dlb_tune_point *point, double *ns,
                                  struct dlb_why *why)
{
    struct search *search = self;
    const struct dlb_gemm_scalars scalars = {.alpha = 1};
    struct dlb_gemm_plan plan;
    dlb_gemm_plan(&search->device, &search->shape, point, &plan);
    enum dlb_status status = make_buffers(search, plan.scratch_bytes, why);
    if (status == DLB_OK)
        status = dlb_gemm_code_make(search->context, &search->shape, point, &plan, &scalars,
                                    &search->code, why);
    if (status == DLB_OK)
        status = time_code(search, ns, why);
    dlb_gemm_code_release(&search->code);
    release_buffers(search);
    return status;
}

/* Products of one type whose sizes are of the same classes share a winner. What is over in microseconds is not worth a search of seconds: it
 * takes the first guess. */
static enum dlb_status choose(struct dlb_context *context, const struct dlb_gemm_shape *shape,
                              struct dlb_tune_point *winner, struct dlb_why *why)
{
    struct search search = {.context = context, .device = device_of(context)};
    struct dlb_tune_point points[DLB_GEMM_MAX_POINTS];
    struct dlb_tune_space space = {.source_hash = dlb_gemm_source_hash(),
                                   .name_count = DLB_GEMM_VALUES,
                                   .points = points,
                                   .self = &search,
                                   .time = time_point};
    search.shape = representative(shape);
    for (int i = 0; i < DLB_GEMM_VALUES; i++)
        space.names[i] = dlb_gemm_names[i];
    space.point_count = dlb_gemm_points(&search.device, &search.shape, points);
    if (2.0 * shape->m * shape->n * shape->k * (double)shape->batch < SMALL_OPS) {
        *winner = points[0];
        return DLB_OK;
    }
    snprintf(space.key, sizeof space.key, "gemm %s %c%c m%lld n%lld k%lld b%lld",
             dlb_dtype_name(shape->dtype), shape->ta ? 't' : 'n', shape->tb ? 't' : 'n',
             (long long)class_of(search.shape.m), (long long)class_of(search.shape.n),
             (long long)class_of(search.shape.k), (long long)class_of(search.shape.batch));
    return dlb_opencl_tune(context, &space, winner, why);
}

/* ---- Life --------------------------------------------------------------------------------------------------- */

static void name_step(const struct dlb_gemm_code *code, const struct dlb_tune_point *point,
                      char *name, size_t size)
{
    static const char *const by[] = {[DLB_GEMM_BY_FLOAT] = "",
                                     [DLB_GEMM_BY_FIELD] = " 4 bytes",
                                     [DLB_GEMM_BY_DOT] = " dot",
                                     [DLB_GEMM_BY_VNNI] = " vnni"};
    snprintf(name, size, "gemm %s %dx%d%s%s%s", code->cpu ? "cpu" : "gpu",
             point->values[DLB_GEMM_MT], point->values[DLB_GEMM_NT], by[point->values[DLB_GEMM_BY]],
             code->cpu ? " packed" : "", code->plan.splits > 1 ? " split k" : "");
}

static void gemm_discard(void *opaque)
{
    struct gemm_state *state = opaque;
    if (state == NULL)
        return;
    dlb_gemm_code_release(&state->code);
    free(state);
}

static enum dlb_status gemm_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                    struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    const struct dlb_gemm_device device = device_of(context);
    const struct dlb_gemm_shape shape = shape_of(args->graph, op);
    struct dlb_gemm_scalars scalars = {.alpha = op->attrs.gemm.alpha,
                                       .beta = op->input_count > 2 ? op->attrs.gemm.beta : 0};
    struct dlb_tune_point point;
    struct dlb_gemm_plan plan;
    struct gemm_state *state = malloc(sizeof *state);
    if (state == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a gemm");
    *state = state_of(args->graph, args->group);
    enum dlb_status status = read_chain(args->graph, args->group, state, &scalars.chain, why);
    if (status == DLB_OK)
        status = choose(context, &shape, &point, why);
    if (status == DLB_OK) {
        dlb_gemm_plan(&device, &shape, &point, &plan);
        status = dlb_gemm_code_make(context, &shape, &point, &plan, &scalars, &state->code, why);
    }
    if (status != DLB_OK) {
        gemm_discard(state);
        return status;
    }
    name_step(&state->code, &point, step->implementation, sizeof step->implementation);
    step->scratch_bytes = plan.scratch_bytes;
    step->state = state;
    return DLB_OK;
}

static cl_mem buffer_of(const cl_mem *buffers, int tensor)
{
    return tensor >= 0 ? buffers[tensor] : NULL;
}

static enum dlb_status gemm_run(struct dlb_context *context, const void *opaque,
                                const cl_mem *buffers, cl_mem scratch, struct dlb_why *why)
{
    const struct gemm_state *state = opaque;
    const struct dlb_gemm_buffers mine = {
        .a = buffers[state->a],
        .b = buffers[state->b],
        .d = buffers[state->output],
        .bias_n = buffer_of(buffers, state->bias_n),
        .bias_m = buffer_of(buffers, state->bias_m),
        .add = buffer_of(buffers, state->add),
        .parts = state->code.plan.parts ? scratch : NULL,
    };
    return dlb_gemm_code_run(context, &state->code, &mine, why);
}

const struct dlb_opencl_op dlb_opencl_gemm = {
    .supports = gemm_supports,
    .prepare = gemm_prepare,
    .run = gemm_run,
    .discard = gemm_discard,
};
