/* opencl_plain.c: chains of bias, add, relu and batchnorm as one kernel, and flatten, which is such a kernel without links.
 *
 * The chain is the group's root and what is fused behind it, spelled as macros of kernels/opencl/plain_elementwise.cl. Where all tensors lie
 * alike, and channels are where the layout keeps them, that kernel walks vectors; else it finds each element's place. */
#include "backends/opencl/opencl_plain.h"

#include <stdio.h>
#include <string.h>

#include "bench/base/text.h"

#define MAX_LINKS (DLB_MAX_EPILOGUE + 1)

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

/* A tensor as rows of contiguous elements; see plain_elementwise.cl. */
struct rows {
    const char *mode; /* a macro: PLANES, ROWS, BLOCKED, ANY */
    int64_t rows, length, channels;
    int64_t extent, inner; /* of the parameters: so many values, each for so many neighbours */
};

/* The mode comes from the layouts: x and y alike, or not. An image of rank 4 is N, C, pixels; anything else is one channel. */
static struct rows rows_of(const struct chain *chain)
{
    const struct dlb_tensor *shape = chain->values[chain->input].tensor; /* a flatten changes it */
    const int block = dlb_opencl_block(&chain->values[chain->output]);
    const int64_t count = dlb_tensor_elements(shape);
    const bool image = shape->rank == 4, alike = is_alike(chain);
    struct rows rows = {"PLANES", 1, count, 1, 1, 1};
    for (int i = chain->axis + 1; chain->axis >= 0 && i < shape->rank; i++)
        rows.inner *= shape->dims[i];
    if (chain->axis >= 0)
        rows.extent = shape->dims[chain->axis];
    if (image && (block > 0 || !alike)) {
        rows.mode = alike ? "BLOCKED" : "ANY";
        rows.channels = shape->dims[1];
        rows.rows = shape->dims[0] * dlb_plain_channel_blocks(rows.channels, block);
        rows.length = shape->dims[2] * shape->dims[3] * (block > 0 ? block : 1);
    } else if (chain->axis >= 0) {
        const bool is_last = rows.inner == 1;
        rows.mode = is_last ? "ROWS" : "PLANES";
        rows.channels = rows.extent;
        rows.length = is_last ? rows.extent : rows.inner;
        rows.rows = count / rows.length;
    }
    return rows;
}

static int block_or_one(const struct dlb_opwise_value *value)
{
    const int block = dlb_opencl_block(value);
    return block > 0 ? block : 1;
}

/* The macros of the layouts and the links; and "bias+relu" as the name. */
static void spell(const struct chain *chain, const struct rows *rows, struct dlb_text *options,
                  struct dlb_text *name)
{
    static const char *const macros[DLB_OP_COUNT] = {[DLB_OP_BIAS] = "BIAS",
                                                     [DLB_OP_ADD] = "ADD",
                                                     [DLB_OP_RELU] = "RELU",
                                                     [DLB_OP_BATCHNORM] = "BATCHNORM"};
    const struct dlb_opwise_value *values = chain->values;
    const bool any = strcmp(rows->mode, "ANY") == 0;
    dlb_text_format(options, "-D%s", rows->mode);
    if (any)
        dlb_text_format(options, " -DX_BLOCK=%d -DY_BLOCK=%d", block_or_one(&values[chain->input]),
                        block_or_one(&values[chain->output]));
    else if (strcmp(rows->mode, "BLOCKED") == 0)
        dlb_text_format(options, " -DBLOCK=%d", block_or_one(&values[chain->output]));
    for (int i = 0; i < chain->count; i++) {
        const enum dlb_op_kind kind = chain->links[i].op->kind;
        dlb_text_format(options, " -DLINK%d=%s", i, macros[kind]);
        if (any && kind == DLB_OP_ADD)
            dlb_text_format(options, " -DBLOCK%d=%d", i,
                            block_or_one(&values[chain->links[i].other]));
        dlb_text_format(name, "%s%s", i > 0 ? "+" : "", dlb_op_name(kind));
    }
    if (chain->count == 0)
        dlb_text_append(name, "copy");
}

/* Vectors of a blocked image are lanes of its block; several items may not overlap at the end of a row. */
static int width_of(const struct chain *chain, const struct rows *rows,
                    const struct dlb_plain_cut *cut)
{
    if (strcmp(rows->mode, "ANY") == 0)
        return 1;
    if (strcmp(rows->mode, "BLOCKED") == 0)
        return dlb_plain_width(dlb_opencl_block(&chain->values[chain->output]), true);
    const int width = dlb_plain_width(rows->length, !cut->cpu);
    return cut->cpu || width < 4 ? width : 4; /* 16 bytes an item is a GPU's widest load */
}

/* In the order of the kernel's parameters. */
static void append_arguments(const struct chain *chain, const struct rows *rows,
                             int64_t rows_per_group, struct dlb_plain_step *step)
{
    dlb_plain_tensor(step, chain->input);
    dlb_plain_tensor(step, chain->output);
    dlb_plain_whole(step, rows->rows);
    dlb_plain_whole(step, rows->length);
    dlb_plain_whole(step, rows->channels);
    dlb_plain_whole(step, rows_per_group);
    if (strcmp(rows->mode, "ANY") == 0) {
        dlb_plain_whole(step, rows->extent);
        dlb_plain_whole(step, rows->inner);
    }
    for (int i = 0; i < chain->count; i++) {
        const struct dlb_op *op = chain->links[i].op;
        if (op->kind == DLB_OP_ADD)
            dlb_plain_tensor(step, chain->links[i].other);
        for (int j = 1; op->kind != DLB_OP_ADD && j < op->input_count; j++)
            dlb_plain_tensor(step, op->inputs[j]);
        if (op->kind == DLB_OP_BATCHNORM)
            dlb_plain_real(step, op->attrs.batchnorm.epsilon);
    }
}

static enum dlb_status make(struct dlb_context *context, const struct chain *chain, int width,
                            const char *options, struct dlb_plain_step **made, struct dlb_why *why)
{
    const struct dlb_plain_kernel kernel = {.label = "plain_elementwise",
                                            .source = dlb_opencl_source_plain_elementwise,
                                            .name = "elementwise",
                                            .options = options,
                                            .dtype = chain->values[chain->input].tensor->dtype,
                                            .width = width};
    return dlb_plain_make(context, &kernel, made, why);
}

static enum dlb_status prepare_chain(struct dlb_context *context, const struct chain *chain,
                                     struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct rows rows = rows_of(chain);
    const struct dlb_plain_cut cut = dlb_plain_cut(context, rows.rows * rows.length);
    const int width = width_of(chain, &rows, &cut);
    struct dlb_text options = {0}, name = {0};
    struct dlb_plain_step *made = NULL;
    spell(chain, &rows, &options, &name);
    enum dlb_status status = DLB_OK;
    if (options.failed || name.failed)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the name of a kernel");
    else
        status = make(context, chain, width, options.data, &made, why);
    if (status == DLB_OK) {
        append_arguments(
            chain, &rows,
            dlb_plain_share(made, &cut, rows.rows, rows.length / width, rows.length, true), made);
        if (strcmp(rows.mode, "ANY") == 0)
            snprintf(step->implementation, sizeof step->implementation, "%.44s across layouts",
                     name.data);
        else
            snprintf(step->implementation, sizeof step->implementation, "%.48s %dx", name.data,
                     width);
        step->state = made;
    }
    dlb_text_free(&options);
    dlb_text_free(&name);
    return status;
}

static enum dlb_status elementwise_prepare(struct dlb_context *context,
                                           const struct dlb_opwise_args *args,
                                           struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct chain chain = chain_of(args);
    const enum dlb_status status = settle(&chain, why);
    if (status != DLB_OK)
        return status;
    return prepare_chain(context, &chain, step, why);
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
    return prepare_chain(context, &chain, step, why);
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
