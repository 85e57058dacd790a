/* opencl_conv_plan.c: plans of launches: making them, running them, and what every method of convolution puts around its kernel.
 *
 * A plan is data: run sets arguments and enqueues, nothing else. Operands that are not as a method wants them are moved
 * first; chains of biases and batch norms are folded into one scale and shift a channel. Read opencl_conv.c for the choice of methods. */
#include "backends/opencl/opencl_conv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRATCH_ALIGN 256 /* bytes: a multiple of every vector and cache line */
#define STRIP         64  /* pixels of a work-item of conv_move */

/* HAS_* of kernels/opencl/conv_types.cl. */
#define HAS_SCALE 1
#define HAS_SHIFT 2
#define HAS_ADD   4
#define HAS_RELU  8

extern const char dlb_opencl_source_conv_types[], dlb_opencl_source_conv_layout[];

static const char *type_macro(enum dlb_dtype dtype)
{
    static const char *const macros[DLB_DTYPE_COUNT] = {
        [DLB_DTYPE_F32] = "-DIN_F32", [DLB_DTYPE_BF16] = "-DIN_BF16", [DLB_DTYPE_F16] = "-DIN_F16",
        [DLB_DTYPE_S8] = "-DIN_S8",   [DLB_DTYPE_U8] = "-DIN_U8",
    };
    return macros[dtype];
}

enum dlb_status dlb_conv_append(struct dlb_conv_plan *plan, const struct dlb_conv_kernel *kernel,
                                const char *options, struct dlb_conv_launch **launch,
                                struct dlb_why *why)
{
    assert(plan->launch_count < DLB_CONV_MAX_LAUNCHES);
    struct dlb_conv_launch *made = &plan->launches[plan->launch_count];
    char all[256], *joined = NULL;
    if (asprintf(&joined, "%s%s", dlb_opencl_source_conv_types, kernel->source) < 0)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the source of %s", kernel->name);
    snprintf(all, sizeof all, "%s%s%s", type_macro(kernel->dtype), *options ? " " : "", options);
    const enum dlb_status status = dlb_opencl_kernel(plan->context, kernel->label, joined, all,
                                                     kernel->name, &made->kernel, why);
    free(joined);
    if (status != DLB_OK)
        return status;
    plan->launch_count++;
    made->dims = 3;
    for (int i = 0; i < 3; i++)
        made->global[i] = made->local[i] = 1;
    made->local_given = kernel->cpu;
    *launch = made;
    return DLB_OK;
}

static struct dlb_conv_argument *append(struct dlb_conv_launch *launch)
{
    assert(launch->argument_count < DLB_CONV_MAX_ARGUMENTS);
    return &launch->arguments[launch->argument_count++];
}

void dlb_conv_tensor(struct dlb_conv_launch *launch, int tensor)
{
    *append(launch) = (struct dlb_conv_argument){.kind = DLB_CONV_TENSOR, .tensor = tensor};
}

void dlb_conv_operand(struct dlb_conv_launch *launch, const struct dlb_conv_operand *operand)
{
    *append(launch) = (struct dlb_conv_argument){.kind = operand->tensor >= 0 ? DLB_CONV_TENSOR
                                                                              : DLB_CONV_SCRATCH,
                                                 .tensor = operand->tensor};
    *append(launch) = (struct dlb_conv_argument){
        .kind = DLB_CONV_VALUE, .size = sizeof(cl_ulong), .value.whole = operand->at};
}

void dlb_conv_number(struct dlb_conv_launch *launch, int64_t value)
{
    *append(launch) = (struct dlb_conv_argument){
        .kind = DLB_CONV_VALUE, .size = sizeof(cl_int), .value.number = (cl_int)value};
}

void dlb_conv_real(struct dlb_conv_launch *launch, double value)
{
    *append(launch) = (struct dlb_conv_argument){
        .kind = DLB_CONV_VALUE, .size = sizeof(cl_float), .value.real = (cl_float)value};
}

enum dlb_status dlb_conv_constant(struct dlb_conv_plan *plan, struct dlb_conv_launch *launch,
                                  const void *bytes, size_t size, struct dlb_why *why)
{
    cl_int code;
    assert((size_t)plan->constant_count < DLB_ARRAY_COUNT(plan->constants));
    const cl_mem buffer =
        clCreateBuffer(plan->context->cl.context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, size,
                       (void *)(uintptr_t)bytes, &code);
    if (code != CL_SUCCESS)
        return dlb_cl_fail(why, code, "no buffer of %zu bytes for the geometry of a convolution",
                           size);
    plan->constants[plan->constant_count++] = buffer;
    *append(launch) = (struct dlb_conv_argument){.kind = DLB_CONV_BUFFER, .value.buffer = buffer};
    return DLB_OK;
}

struct dlb_conv_operand dlb_conv_scratch(struct dlb_conv_plan *plan, int64_t elements, size_t size)
{
    const size_t at = plan->scratch_bytes;
    const size_t bytes = (size_t)elements * size;
    plan->scratch_bytes += (bytes + SCRATCH_ALIGN - 1) / SCRATCH_ALIGN * SCRATCH_ALIGN;
    return (struct dlb_conv_operand){.tensor = -1, .at = at / size};
}

/* ---- operands ---- */

static int64_t pixels_of(const struct dlb_tensor *tensor)
{
    return tensor->dims[2] * tensor->dims[3];
}

/* Copies a settled image into scratch in the layout wanted. */
static enum dlb_status move(struct dlb_conv_plan *plan, const struct dlb_opwise_value *value,
                            int tensor, int block, bool widen, struct dlb_conv_operand *operand,
                            struct dlb_why *why)
{
    const struct dlb_tensor *image = value->tensor;
    const int64_t held = block ? dlb_conv_ceil(image->dims[1], block) * block : image->dims[1];
    const struct dlb_conv_kernel kernel = {"conv_layout", dlb_opencl_source_conv_layout,
                                           "conv_move", image->dtype, false};
    struct dlb_conv_launch *launch;
    const enum dlb_status status =
        dlb_conv_append(plan, &kernel, widen ? "-DTO_FLOAT" : "", &launch, why);
    if (status != DLB_OK)
        return status;
    *operand = dlb_conv_scratch(plan, image->dims[0] * held * pixels_of(image),
                                widen ? sizeof(float) : dlb_dtype_size(image->dtype));
    launch->global[0] = (size_t)dlb_conv_ceil(pixels_of(image), STRIP);
    launch->global[1] = (size_t)dlb_conv_ceil(held, 16);
    launch->global[2] = (size_t)image->dims[0];
    dlb_conv_tensor(launch, tensor);
    dlb_conv_number(launch, dlb_opencl_block(value));
    dlb_conv_operand(launch, operand);
    dlb_conv_number(launch, block);
    dlb_conv_number(launch, image->dims[1]);
    dlb_conv_number(launch, pixels_of(image));
    return DLB_OK;
}

enum dlb_status dlb_conv_image(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               int tensor, int block, bool widen, struct dlb_conv_operand *operand,
                               struct dlb_why *why)
{
    struct dlb_opwise_value *value = &problem->args->values[tensor];
    if (!value->settled && value->layout == NULL && block > 0 &&
        !dlb_opencl_set_blocked(value, block))
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the layout of %s", value->tensor->name);
    if (value->layout != NULL && dlb_opencl_block(value) == 0)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "%s is packed for another op and cannot be read by this one as well",
                        value->tensor->name);
    if (dlb_opencl_block(value) != block || (widen && value->tensor->dtype != DLB_DTYPE_F32))
        return move(plan, value, tensor, block, widen, operand, why);
    *operand = (struct dlb_conv_operand){.tensor = tensor, .at = 0};
    return DLB_OK;
}

enum dlb_status dlb_conv_result(const struct dlb_conv_problem *problem, int block,
                                struct dlb_why *why)
{
    struct dlb_opwise_value *value = &problem->args->values[problem->output];
    if (block > 0 && !dlb_opencl_set_blocked(value, block))
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the layout of %s", value->tensor->name);
    return DLB_OK;
}

/* ---- filters ---- */

bool dlb_conv_packable(const struct dlb_conv_problem *problem)
{
    const struct dlb_graph *graph = problem->args->graph;
    const struct dlb_opwise_value *value = &problem->args->values[problem->second];
    int readers = 0;
    for (int i = 0; i < graph->op_count; i++)
        for (int j = 0; j < graph->ops[i].input_count; j++)
            readers += graph->ops[i].inputs[j] == problem->second;
    return readers == 1 && value->tensor->role == DLB_ROLE_WEIGHT && !value->settled;
}

enum dlb_status
dlb_conv_pack(const struct dlb_conv_problem *problem,
              void (*pack)(const struct dlb_opencl_layout *layout, const struct dlb_tensor *tensor,
                           const void *host, void *packed),
              const int64_t *parameters, int count, size_t bytes, struct dlb_why *why)
{
    struct dlb_opwise_value *value = &problem->args->values[problem->second];
    struct dlb_opencl_layout *layout = calloc(1, sizeof *layout);
    if (layout == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the layout of %s", value->tensor->name);
    layout->pack = pack;
    memcpy(layout->parameters, parameters, (size_t)count * sizeof *parameters);
    value->layout = layout;
    value->bytes = bytes;
    return DLB_OK;
}

int64_t dlb_conv_merge(const struct dlb_conv_problem *problem)
{
    const int64_t groups = problem->conv.groups;
    for (int64_t merge = 1; merge < groups; merge++)
        if (groups % merge == 0 && merge * problem->group_c % DLB_CONV_LANES == 0 &&
            merge * problem->group_k % DLB_CONV_LANES == 0)
            return merge;
    return groups;
}

/* ---- what follows the sum ---- */

enum dlb_status dlb_conv_check_chain(const struct dlb_graph *graph, const struct dlb_group *group,
                                     struct dlb_why *why)
{
    const struct dlb_op *root = &graph->ops[group->root];
    enum { AFFINE, SUM, ACTIVATION } stage = AFFINE;
    if (group->epilogue_count == 0)
        return DLB_OK;
    if (root->kind != DLB_OP_CONV || graph->tensors[root->output].dtype != DLB_DTYPE_F32)
        return dlb_fail(why, DLB_UNSUPPORTED, "only an f32 forward pass is followed by more");
    for (int i = 0; i < group->epilogue_count; i++) {
        const struct dlb_op *op = &graph->ops[group->epilogue[i]];
        const bool affine =
            op->kind == DLB_OP_BATCHNORM || (op->kind == DLB_OP_BIAS && op->attrs.bias.axis == 1);
        if ((affine && stage > AFFINE) || (op->kind == DLB_OP_ADD && stage > AFFINE) ||
            stage == ACTIVATION || (!affine && op->kind == DLB_OP_BIAS))
            return dlb_fail(why, DLB_UNSUPPORTED,
                            "biases and batch norms, one sum and one relu, in this order, are "
                            "fused; found %s after them",
                            dlb_op_name(op->kind));
        stage = affine ? AFFINE : op->kind == DLB_OP_ADD ? SUM : ACTIVATION;
    }
    return dlb_group_check_chain(graph, group, why);
}

/* One bias or batch norm into the factors of all channels. */
static enum dlb_status fold(struct dlb_conv_plan *plan, const struct dlb_op *op, int64_t channels,
                            bool first, const struct dlb_conv_epilogue *epilogue,
                            struct dlb_why *why)
{
    const bool norm = op->kind == DLB_OP_BATCHNORM;
    const struct dlb_conv_kernel kernel = {"conv_layout", dlb_opencl_source_conv_layout,
                                           "conv_fold", DLB_DTYPE_F32, false};
    struct dlb_conv_launch *launch;
    const enum dlb_status status = dlb_conv_append(plan, &kernel, "", &launch, why);
    if (status != DLB_OK)
        return status;
    launch->global[0] = (size_t)dlb_conv_ceil(channels, DLB_CONV_LANES) * DLB_CONV_LANES;
    dlb_conv_operand(launch, &epilogue->scale);
    *append(launch) = (struct dlb_conv_argument){
        .kind = DLB_CONV_VALUE, .size = sizeof(cl_ulong), .value.whole = epilogue->shift.at};
    dlb_conv_number(launch, channels);
    dlb_conv_number(launch, first);
    dlb_conv_number(launch, norm);
    dlb_conv_tensor(launch, op->inputs[1]);
    for (int i = 2; i < 5; i++)
        dlb_conv_tensor(launch, op->inputs[norm ? i : 1]);
    dlb_conv_real(launch, norm ? op->attrs.batchnorm.epsilon : 0);
    return DLB_OK;
}

/* A single bias over whole blocks is read as it is; everything else is folded first. */
static enum dlb_status fold_affine(struct dlb_conv_plan *plan,
                                   const struct dlb_conv_problem *problem, int count,
                                   struct dlb_conv_epilogue *epilogue, struct dlb_why *why)
{
    const struct dlb_graph *graph = problem->args->graph;
    const struct dlb_group *group = problem->args->group;
    const int64_t channels = problem->conv.k;
    const struct dlb_op *op = &graph->ops[group->epilogue[0]];
    if (count == 0)
        return DLB_OK;
    if (count == 1 && op->kind == DLB_OP_BIAS && channels % DLB_CONV_LANES == 0) {
        epilogue->shift = (struct dlb_conv_operand){.tensor = op->inputs[1], .at = 0};
        epilogue->flags |= HAS_SHIFT;
        return DLB_OK;
    }
    const int64_t held = dlb_conv_ceil(channels, DLB_CONV_LANES) * DLB_CONV_LANES;
    epilogue->scale = dlb_conv_scratch(plan, held, sizeof(float));
    epilogue->shift = dlb_conv_scratch(plan, held, sizeof(float));
    epilogue->flags |= HAS_SCALE | HAS_SHIFT;
    for (int i = 0; i < count; i++) {
        const enum dlb_status status =
            fold(plan, &graph->ops[group->epilogue[i]], channels, i == 0, epilogue, why);
        if (status != DLB_OK)
            return status;
    }
    return DLB_OK;
}

enum dlb_status dlb_conv_chain(struct dlb_conv_plan *plan, const struct dlb_conv_problem *problem,
                               int block, struct dlb_conv_epilogue *epilogue, struct dlb_why *why)
{
    const struct dlb_graph *graph = problem->args->graph;
    const struct dlb_group *group = problem->args->group;
    const struct dlb_conv_operand none = {.tensor = problem->output, .at = 0};
    int affine = 0, chained = graph->ops[group->root].output;
    *epilogue = (struct dlb_conv_epilogue){.scale = none, .shift = none, .residual = none};
    for (int i = 0; i < group->epilogue_count; i++) {
        const struct dlb_op *op = &graph->ops[group->epilogue[i]];
        if (op->kind == DLB_OP_RELU) {
            epilogue->flags |= HAS_RELU;
        } else if (op->kind == DLB_OP_ADD) {
            const int other = op->inputs[0] == chained ? op->inputs[1] : op->inputs[0];
            const enum dlb_status status =
                dlb_conv_image(plan, problem, other, block, false, &epilogue->residual, why);
            if (status != DLB_OK)
                return status;
            epilogue->flags |= HAS_ADD;
        } else {
            affine++;
        }
        chained = op->output;
    }
    return fold_affine(plan, problem, affine, epilogue, why);
}

void dlb_conv_epilogue(struct dlb_conv_launch *launch, const struct dlb_conv_epilogue *epilogue)
{
    dlb_conv_operand(launch, &epilogue->scale);
    dlb_conv_operand(launch, &epilogue->shift);
    dlb_conv_operand(launch, &epilogue->residual);
    dlb_conv_number(launch, epilogue->flags);
}
