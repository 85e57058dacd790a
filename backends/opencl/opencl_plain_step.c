/* opencl_plain_step.c: what all plain ops (element-wise chains, pooling, softmax, flatten) have in common.
 *
 * Each is one launch of one kernel, with tensors and numbers as arguments; how the work is cut depends on the kind of device and the number of elements
 * alone, so there is nothing to search for. The ops themselves: opencl_plain.c, opencl_pool.c, opencl_softmax.c. */
#include "backends/opencl/opencl_plain.h"

#include <assert.h>
#include <stdlib.h>

#include "bench/base/text.h"

/* Elements of a group: 32 KiB of f32 on a CPU, enough to forget what a group costs (below 1 us) and few enough to share evenly. */
#define CPU_TARGET 8192
#define CPU_LEAST  512
#define GPU_ITEMS  128
#define GPU_TARGET (8 * GPU_ITEMS)

/* Groups for each compute unit, for balance. */
#define GROUPS_PER_UNIT 4

extern const char dlb_opencl_source_plain_types[];

struct dlb_plain_cut dlb_plain_cut(const struct dlb_context *context, int64_t elements)
{
    const struct dlb_cl_device *device = context->cl.device;
    const bool cpu = context->shape == DLB_SHAPE_AUTO ? (device->type & CL_DEVICE_TYPE_CPU) != 0
                                                      : context->shape == DLB_SHAPE_CPU;
    struct dlb_plain_cut cut = {.cpu = cpu, .items = 1, .target = GPU_TARGET};
    if (cpu) {
        const int64_t units = device->compute_units > 0 ? (int64_t)device->compute_units : 1;
        const int64_t share = elements / (GROUPS_PER_UNIT * units);
        cut.target = share > CPU_TARGET ? CPU_TARGET : share < CPU_LEAST ? CPU_LEAST : share;
        return cut;
    }
    cut.items = GPU_ITEMS;
    while (cut.items > 1 && (size_t)cut.items > device->max_work_group)
        cut.items /= 2;
    return cut;
}

int64_t dlb_plain_share(struct dlb_plain_step *step, const struct dlb_plain_cut *cut, int64_t rows,
                        int64_t vectors, int64_t elements, bool divisible)
{
    const int64_t pieces = divisible && elements > cut->target ? elements / cut->target : 1;
    const int64_t rows_per_group = elements < cut->target ? cut->target / elements : 1;
    int64_t across = 1; /* items along a row */
    while (across < cut->items && across < vectors)
        across *= 2;
    step->dims = 2;
    step->local[0] = (size_t)across;
    step->local[1] = (size_t)(cut->items / across);
    step->global[0] = (size_t)pieces * step->local[0];
    step->global[1] = (size_t)((rows + rows_per_group - 1) / rows_per_group) * step->local[1];
    return rows_per_group;
}

int dlb_plain_width(int64_t length, bool divides)
{
    int width = 16;
    while (width > 1 && (divides ? length % width != 0 : width > length))
        width /= 2;
    return width;
}

enum dlb_status dlb_plain_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                   const struct dlb_group *group, struct dlb_why *why)
{
    const struct dlb_op *root = &graph->ops[group->root];
    const enum dlb_dtype dtype = graph->tensors[root->inputs[0]].dtype;
    (void)context;
    if (dlb_dtype_is_integer(dtype))
        return dlb_fail(why, DLB_UNSUPPORTED, "takes f32, f16 or bf16, found %s",
                        dlb_dtype_name(dtype));
    return DLB_OK;
}

enum dlb_status dlb_plain_readable(const struct dlb_opwise_value *value, struct dlb_why *why)
{
    if (value->layout != NULL && dlb_opencl_block(value) == 0)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "%s is packed for a product and cannot be read by another op as well",
                        value->tensor->name);
    return DLB_OK;
}

enum dlb_status dlb_plain_settle(struct dlb_opwise_value *value, int block, struct dlb_why *why)
{
    if (value->settled || block == 0)
        return DLB_OK;
    if (!dlb_opencl_set_blocked(value, block))
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the layout of %s", value->tensor->name);
    return DLB_OK;
}

int64_t dlb_plain_channel_blocks(int64_t channels, int block)
{
    return block == 0 ? channels : (channels + block - 1) / block;
}

static const char *type_macro(enum dlb_dtype dtype)
{
    return dtype == DLB_DTYPE_F32 ? "TYPE_F32" : dtype == DLB_DTYPE_F16 ? "TYPE_F16" : "TYPE_BF16";
}

enum dlb_status dlb_plain_make(struct dlb_context *context, const struct dlb_plain_kernel *wanted,
                               struct dlb_plain_step **step, struct dlb_why *why)
{
    struct dlb_text source = {0}, options = {0};
    struct dlb_plain_step *made = calloc(1, sizeof *made);
    dlb_text_append(&source, dlb_opencl_source_plain_types);
    dlb_text_append(&source, wanted->source);
    dlb_text_format(&options, "-D%s -DW=%d %s", type_macro(wanted->dtype), wanted->width,
                    wanted->options);
    enum dlb_status status = DLB_OK;
    if (made == NULL || source.failed || options.failed)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for %s", wanted->name);
    else
        status = dlb_opencl_kernel(context, wanted->label, source.data, options.data, wanted->name,
                                   &made->kernel, why);
    dlb_text_free(&source);
    dlb_text_free(&options);
    if (status == DLB_OK)
        *step = made;
    else
        free(made);
    return status;
}

static struct dlb_plain_argument *append(struct dlb_plain_step *step, size_t size)
{
    assert(step->argument_count < DLB_PLAIN_MAX_ARGUMENTS);
    struct dlb_plain_argument *argument = &step->arguments[step->argument_count++];
    argument->tensor = -1;
    argument->size = size;
    return argument;
}

void dlb_plain_tensor(struct dlb_plain_step *step, int tensor)
{
    append(step, sizeof(cl_mem))->tensor = tensor;
}

void dlb_plain_whole(struct dlb_plain_step *step, int64_t value)
{
    append(step, sizeof(cl_ulong))->value.whole = (cl_ulong)value;
}

void dlb_plain_real(struct dlb_plain_step *step, double value)
{
    append(step, sizeof(cl_float))->value.real = (cl_float)value;
}

enum dlb_status dlb_plain_run(struct dlb_context *context, const void *state, const cl_mem *buffers,
                              cl_mem scratch, struct dlb_why *why)
{
    const struct dlb_plain_step *step = state;
    struct dlb_opencl_argument arguments[DLB_PLAIN_MAX_ARGUMENTS];
    (void)scratch;
    for (int i = 0; i < step->argument_count; i++) {
        const struct dlb_plain_argument *from = &step->arguments[i];
        arguments[i].size = from->size;
        arguments[i].value =
            from->tensor >= 0 ? (const void *)&buffers[from->tensor] : (const void *)&from->value;
    }
    const enum dlb_status status =
        dlb_opencl_arguments(step->kernel, step->argument_count, arguments, why);
    if (status != DLB_OK)
        return status;
    return dlb_opencl_launch(context, step->kernel, step->dims, step->global, step->local, why);
}

void dlb_plain_discard(void *state)
{
    struct dlb_plain_step *step = state;
    if (step != NULL && step->kernel != NULL)
        clReleaseKernel(step->kernel);
    free(step);
}
