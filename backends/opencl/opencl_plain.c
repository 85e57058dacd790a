/* opencl_plain.c: chains of bias, add, relu and batchnorm as one kernel, and flatten, which is such a kernel without links.
 *
 * The chain is the group's root and what is fused behind it. Where all tensors lie alike, and channels are where the layout keeps them,
 * `elementwise` walks vectors; else `elementwise_any` finds each element's place (kernels/opencl/plain_elementwise.cl). */
#include "backends/opencl/opencl_plain.h"

#include <stdio.h>
#include <string.h>

#define MAX_LINKS (DLB_MAX_EPILOGUE + 1)
#define ANY_ITEMS 64 /* items are a multiple of it, so that the runtime finds a fair group size */

extern const char dlb_opencl_source_plain_elementwise[];

/* One op of the chain. */
struct link {
    const struct dlb_op *op;
    int other; /* an add's other tensor; else -1 */
};

struct chain {
    const struct dlb_graph *graph;
    struct dlb_opwise_value *values;
    int input, output; /* tensors */
    int count;
    struct link links[MAX_LINKS];
    int axis; /* along which parameters go; -1 when no link has any */
};

/* The axis of an op's parameters, or -1. */
static int axis_of(const struct dlb_op *op)
{
    return op->kind == DLB_OP_BIAS ? op->attrs.bias.axis : op->kind == DLB_OP_BATCHNORM ? 1 : -1;
}

static void append_link(struct chain *chain, const struct dlb_op *op, int chained)
{
    struct link *link = &chain->links[chain->count++];
    link->op = op;
    link->other = -1;
    if (op->kind == DLB_OP_ADD)
        link->other = op->inputs[0] == chained ? op->inputs[1] : op->inputs[0];
    if (axis_of(op) >= 0)
        chain->axis = axis_of(op);
}

static struct chain chain_of(const struct dlb_opwise_args *args)
{
    const struct dlb_op *root = &args->graph->ops[args->group->root];
    struct chain chain = {.graph = args->graph,
                          .values = args->values,
                          .input = root->inputs[0],
                          .output = dlb_group_output(args->graph, args->group),
                          .axis = -1};
    if (root->kind != DLB_OP_FLATTEN)
        append_link(&chain, root, root->inputs[0]);
    int chained = root->output;
    for (int i = 0; i < args->group->epilogue_count; i++) {
        const struct dlb_op *op = &args->graph->ops[args->group->epilogue[i]];
        append_link(&chain, op, chained);
        chained = op->output;
    }
    return chain;
}

/* All parameters of a fused chain go along one axis. */
static enum dlb_status elementwise_supports(struct dlb_context *context,
                                            const struct dlb_graph *graph,
                                            const struct dlb_group *group, struct dlb_why *why)
{
    int axis = axis_of(&graph->ops[group->root]);
    for (int i = 0; i < group->epilogue_count; i++) {
        const int next = axis_of(&graph->ops[group->epilogue[i]]);
        if (axis >= 0 && next >= 0 && next != axis)
            return dlb_fail(why, DLB_UNSUPPORTED, "parameters along axes %d and %d are not fused",
                            axis, next);
        axis = axis >= 0 ? axis : next;
    }
    const enum dlb_status status = dlb_plain_supports(context, graph, group, why);
    return status == DLB_OK ? dlb_group_check_chain(graph, group, why) : status;
}

/* ---- Layouts -------------------------------------------------------------------------------------- */

/* The block that whoever has no layout yet gets: that of the input, or else of the first tensor added that has one. */
static int wanted_block(const struct chain *chain)
{
    if (chain->values[chain->input].settled)
        return dlb_opencl_block(&chain->values[chain->input]);
    for (int i = 0; i < chain->count; i++)
        if (chain->links[i].other >= 0 && chain->values[chain->links[i].other].settled)
            return dlb_opencl_block(&chain->values[chain->links[i].other]);
    return 0;
}

static enum dlb_status settle(const struct chain *chain, struct dlb_why *why)
{
    const int block = wanted_block(chain);
    struct dlb_opwise_value *values = chain->values;
    enum dlb_status status = dlb_plain_readable(&values[chain->input], why);
    if (status == DLB_OK)
        status = dlb_plain_settle(&values[chain->input], block, why);
    for (int i = 0; i < chain->count && status == DLB_OK; i++) {
        const struct dlb_op *op = chain->links[i].op;
        for (int j = 0; j < op->input_count && status == DLB_OK; j++)
            status = dlb_plain_readable(&values[op->inputs[j]], why);
        if (chain->links[i].other >= 0 && status == DLB_OK)
            status = dlb_plain_settle(&values[chain->links[i].other], block, why);
    }
    if (status == DLB_OK)
        status = dlb_plain_settle(&values[chain->output], block, why);
    return status;
}

/* Do all tensors lie alike, with the channels where the layout has them? */
static bool is_alike(const struct chain *chain)
{
    const int block = dlb_opencl_block(&chain->values[chain->input]);
    bool alike = dlb_opencl_block(&chain->values[chain->output]) == block;
    for (int i = 0; i < chain->count; i++)
        if (chain->links[i].other >= 0)
            alike = alike && dlb_opencl_block(&chain->values[chain->links[i].other]) == block;
    return alike && (block == 0 || chain->axis == 1 || chain->axis < 0);
}

/* ---- The kernel ----------------------------------------------------------------------------------- */

/* Appends "-DLINK0=BIAS ..." to the options, and "bias+relu" to the name. */
static void spell(const struct chain *chain, char *options, size_t size, char *name,
                  size_t name_size)
{
    static const char *const macros[DLB_OP_COUNT] = {[DLB_OP_BIAS] = "BIAS",
                                                     [DLB_OP_ADD] = "ADD",
                                                     [DLB_OP_RELU] = "RELU",
                                                     [DLB_OP_BATCHNORM] = "BATCHNORM"};
    name[0] = '\0';
    for (int i = 0; i < chain->count; i++) {
        const enum dlb_op_kind kind = chain->links[i].op->kind;
        const size_t used = strlen(options), named = strlen(name);
        snprintf(options + used, size - used, " -DLINK%d=%s", i, macros[kind]);
        snprintf(name + named, name_size - named, "%s%s", i > 0 ? "+" : "", dlb_op_name(kind));
    }
    if (chain->count == 0)
        snprintf(name, name_size, "copy");
}

/* In the order of the ARGUMENTS macros; with `any` each add tells the block of its tensor. */
static void append_links(const struct chain *chain, struct dlb_plain_step *step, bool any)
{
    for (int i = 0; i < chain->count; i++) {
        const struct dlb_op *op = chain->links[i].op;
        const int other = chain->links[i].other;
        if (op->kind == DLB_OP_ADD) {
            dlb_plain_tensor(step, other);
            if (any) {
                const int block = dlb_opencl_block(&chain->values[other]);
                dlb_plain_number(step, block > 0 ? block : 1);
            }
        }
        for (int j = 1; op->kind != DLB_OP_ADD && j < op->input_count; j++)
            dlb_plain_tensor(step, op->inputs[j]);
        if (op->kind == DLB_OP_BATCHNORM)
            dlb_plain_real(step, op->attrs.batchnorm.epsilon);
    }
}

/* A tensor as rows of contiguous elements; see `elementwise`. */
struct rows {
    const char *mode; /* a macro: PLANES, ROWS, BLOCKED */
    int64_t rows, length, channels;
};

static struct rows rows_of(const struct chain *chain)
{
    const struct dlb_tensor *tensor = chain->values[chain->output].tensor;
    const int block = dlb_opencl_block(&chain->values[chain->output]);
    const int64_t count = dlb_tensor_elements(tensor);
    if (block > 0) {
        const int64_t blocks = dlb_plain_channel_blocks(tensor->dims[1], block);
        return (struct rows){"BLOCKED", tensor->dims[0] * blocks,
                             tensor->dims[2] * tensor->dims[3] * block, tensor->dims[1]};
    }
    if (chain->axis < 0)
        return (struct rows){"PLANES", 1, count, 1};
    const int64_t channels = tensor->dims[chain->axis];
    int64_t inner = 1;
    for (int i = chain->axis + 1; i < tensor->rank; i++)
        inner *= tensor->dims[i];
    if (inner > 1)
        return (struct rows){"PLANES", count / inner, inner, channels};
    return (struct rows){"ROWS", count / channels, channels, channels};
}

/* Vectors of a blocked image are lanes of its block; several items may not overlap at the end of a row. */
static int width_of(const struct rows *rows, int block, const struct dlb_plain_cut *cut)
{
    if (block > 0)
        return dlb_plain_width(block, true);
    const int width = dlb_plain_width(rows->length, !cut->cpu);
    return cut->cpu || width < 4 ? width : 4; /* 16 bytes an item is a GPU's widest load */
}

static enum dlb_status prepare_alike(struct dlb_context *context, const struct chain *chain,
                                     struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct rows rows = rows_of(chain);
    const int block = dlb_opencl_block(&chain->values[chain->output]);
    const struct dlb_plain_cut cut = dlb_plain_cut(context, rows.rows * rows.length);
    const int width = width_of(&rows, block, &cut);
    char options[256], name[48];
    snprintf(options, sizeof options, "-D%s", rows.mode);
    if (block > 0)
        snprintf(options, sizeof options, "-D%s -DBLOCK=%d", rows.mode, block);
    spell(chain, options, sizeof options, name, sizeof name);
    struct dlb_plain_step *made;
    const enum dlb_status status = dlb_plain_make(
        context, "plain_elementwise", dlb_opencl_source_plain_elementwise, "elementwise",
        chain->values[chain->input].tensor->dtype, width, options, &made, why);
    if (status != DLB_OK)
        return status;
    const int64_t rows_per_group =
        dlb_plain_share(made, &cut, rows.rows, rows.length / width, rows.length, true);
    dlb_plain_tensor(made, chain->input);
    dlb_plain_tensor(made, chain->output);
    dlb_plain_whole(made, rows.rows);
    dlb_plain_whole(made, rows.length);
    dlb_plain_whole(made, rows.channels);
    dlb_plain_whole(made, rows_per_group);
    append_links(chain, made, false);
    snprintf(step->implementation, sizeof step->implementation, "%s %dx", name, width);
    step->state = made;
    return DLB_OK;
}

/* An image as N, C, pixels; anything else as one channel of one image, which is plain. */
static void append_shape(const struct chain *chain, struct dlb_plain_step *step)
{
    const struct dlb_opwise_value *from = &chain->values[chain->input];
    const struct dlb_opwise_value *to = &chain->values[chain->output];
    const struct dlb_tensor *shape = from->tensor; /* a flatten's output has another */
    const int x_block = dlb_opencl_block(from), y_block = dlb_opencl_block(to);
    int64_t extent = 1, inner = 1;
    for (int i = chain->axis + 1; chain->axis >= 0 && i < shape->rank; i++)
        inner *= shape->dims[i];
    if (chain->axis >= 0)
        extent = shape->dims[chain->axis];
    const int64_t channels = shape->rank == 4 ? shape->dims[1] : 1;
    const int64_t pixels =
        shape->rank == 4 ? shape->dims[2] * shape->dims[3] : dlb_tensor_elements(shape);
    const int64_t images = shape->rank == 4 ? shape->dims[0] : 1;
    const int64_t stored =
        y_block > 0 ? images * dlb_plain_channel_blocks(channels, y_block) * pixels * y_block
                    : dlb_tensor_elements(shape);
    step->dims = 1;
    step->global[0] = ((size_t)stored + ANY_ITEMS - 1) / ANY_ITEMS * ANY_ITEMS;
    dlb_plain_tensor(step, chain->input);
    dlb_plain_tensor(step, chain->output);
    dlb_plain_whole(step, stored);
    dlb_plain_whole(step, channels);
    dlb_plain_whole(step, pixels);
    dlb_plain_number(step, x_block > 0 ? x_block : 1);
    dlb_plain_number(step, y_block > 0 ? y_block : 1);
    dlb_plain_whole(step, extent);
    dlb_plain_whole(step, inner);
}

static enum dlb_status prepare_any(struct dlb_context *context, const struct chain *chain,
                                   struct dlb_opwise_step *step, struct dlb_why *why)
{
    char options[256] = "-DANY", name[48];
    spell(chain, options, sizeof options, name, sizeof name);
    struct dlb_plain_step *made;
    const enum dlb_status status = dlb_plain_make(
        context, "plain_elementwise", dlb_opencl_source_plain_elementwise, "elementwise_any",
        chain->values[chain->input].tensor->dtype, 1, options, &made, why);
    if (status != DLB_OK)
        return status;
    append_shape(chain, made);
    append_links(chain, made, true);
    snprintf(step->implementation, sizeof step->implementation, "%s across layouts", name);
    step->state = made;
    return DLB_OK;
}

static enum dlb_status elementwise_prepare(struct dlb_context *context,
                                           const struct dlb_opwise_args *args,
                                           struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct chain chain = chain_of(args);
    const enum dlb_status status = settle(&chain, why);
    if (status != DLB_OK)
        return status;
    return is_alike(&chain) ? prepare_alike(context, &chain, step, why)
                            : prepare_any(context, &chain, step, why);
}

/* ---- Flatten -------------------------------------------------------------------------------------- */

/* A flatten alone: what follows it belongs to another group. */
static enum dlb_status flatten_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                        const struct dlb_group *group, struct dlb_why *why)
{
    if (group->epilogue_count > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "nothing is fused behind a flatten");
    return dlb_plain_supports(context, graph, group, why);
}

/* The input as it lies, or plain; the output is N, CHW in the order of the plain image: a copy. */
static enum dlb_status flatten_prepare(struct dlb_context *context,
                                       const struct dlb_opwise_args *args,
                                       struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct chain chain = chain_of(args);
    const enum dlb_status status = dlb_plain_readable(&chain.values[chain.input], why);
    if (status != DLB_OK)
        return status;
    return is_alike(&chain) ? prepare_alike(context, &chain, step, why)
                            : prepare_any(context, &chain, step, why);
}

const struct dlb_opencl_op dlb_opencl_elementwise = {
    .supports = elementwise_supports,
    .prepare = elementwise_prepare,
    .run = dlb_plain_run,
    .discard = dlb_plain_discard,
};
const struct dlb_opencl_op dlb_opencl_flatten = {
    .supports = flatten_supports,
    .prepare = flatten_prepare,
    .run = dlb_plain_run,
    .discard = dlb_plain_discard,
};
