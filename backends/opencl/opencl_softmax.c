/* opencl_softmax.c: softmax along the last axis, in the layout of the input (kernels/opencl/plain_softmax.cl).
 *
 * In an image blocked by channels a row is the width of the image, its elements a block apart, and there is one for each lane, also past the last
 * channel: what is finite there stays finite. */
#include "backends/opencl/opencl_plain.h"

#include <stdio.h>

extern const char dlb_opencl_source_plain_softmax[];

static enum dlb_status softmax_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                        const struct dlb_group *group, struct dlb_why *why)
{
    if (group->epilogue_count > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "nothing is fused behind a softmax");
    return dlb_plain_supports(context, graph, group, why);
}

/* Rows, with those of the lanes past the last channel. */
static int64_t count_rows(const struct dlb_tensor *x, int block)
{
    const int64_t length = x->dims[x->rank - 1];
    if (block == 0)
        return dlb_tensor_elements(x) / length;
    return x->dims[0] * dlb_plain_channel_blocks(x->dims[1], block) * block * x->dims[2];
}

static enum dlb_status softmax_prepare(struct dlb_context *context,
                                       const struct dlb_opwise_args *args,
                                       struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    const struct dlb_opwise_value *x = &args->values[op->inputs[0]];
    const int block = dlb_opencl_block(x);
    enum dlb_status status = dlb_plain_readable(x, why);
    if (status == DLB_OK)
        status = dlb_plain_settle(&args->values[op->output], block, why);
    if (status != DLB_OK)
        return status;
    const int64_t length = x->tensor->dims[x->tensor->rank - 1];
    const int64_t rows = count_rows(x->tensor, block);
    const struct dlb_plain_cut cut = dlb_plain_cut(context, rows * length);
    const int width = cut.items == 1 && block == 0 ? dlb_plain_width(length, false) : 1;
    const int64_t rows_per_group = cut.cpu && length < cut.target ? cut.target / length : 1;
    char options[64];
    snprintf(options, sizeof options, "-DITEMS=%d -DBLOCK=%d", (int)cut.items,
             block > 0 ? block : 1);
    const struct dlb_plain_kernel kernel = {.label = "plain_softmax",
                                            .source = dlb_opencl_source_plain_softmax,
                                            .name = "softmax",
                                            .options = options,
                                            .dtype = x->tensor->dtype,
                                            .width = width};
    struct dlb_plain_step *made;
    status = dlb_plain_make(context, &kernel, &made, why);
    if (status != DLB_OK)
        return status;
    made->dims = 1;
    made->local[0] = (size_t)cut.items;
    made->global[0] = (size_t)((rows + rows_per_group - 1) / rows_per_group) * (size_t)cut.items;
    dlb_plain_tensor(made, op->inputs[0]);
    dlb_plain_tensor(made, op->output);
    dlb_plain_whole(made, rows);
    dlb_plain_whole(made, length);
    dlb_plain_whole(made, rows_per_group);
    snprintf(step->implementation, sizeof step->implementation, "softmax %dx", width);
    step->state = made;
    return DLB_OK;
}

const struct dlb_opencl_op dlb_opencl_softmax = {
    .supports = softmax_supports,
    .prepare = softmax_prepare,
    .run = dlb_plain_run,
    .discard = dlb_plain_discard,
};
