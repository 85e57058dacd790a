/* onednn_epilogue.c: the element-wise ops behind a product or convolution, as oneDNN's bias argument and post-ops.
 *
 * Post-ops run in order on the f32 (or s32) sum before it is rounded to the result's type:
 *   alpha -> linear, beta C -> sum, bias -> bias argument or binary add, relu, add -> binary add,
 *   batchnorm -> binary mul and add with scale = gamma / sqrt(variance + epsilon), shift = beta - mean scale. */
#include "backends/onednn/onednn_internal.h"

struct epilogue {
    const struct dlb_graph *graph;
    struct onednn_recipe *recipe;
    dnnl_post_ops_t post_ops;
    int rank;
    bool any; /* layout of added tensors */
};

/* The argument of the post-op that is appended next. */
static int next_argument(const struct epilogue *epilogue)
{
    return DNNL_ARG_ATTR_MULTIPLE_POST_OP(dnnl_post_ops_len(epilogue->post_ops)) | DNNL_ARG_SRC_1;
}

static dnnl_status_t append_bias(struct epilogue *epilogue, const struct dlb_op *op)
{
    const struct dlb_tensor *bias = &epilogue->graph->tensors[op->inputs[1]];
    dnnl_memory_desc_t descriptor = dlb_onednn_channels(
        bias->dtype, epilogue->rank, op->attrs.bias.axis, dlb_tensor_elements(bias));
    const int arg = next_argument(epilogue);
    dlb_onednn_operand(epilogue->recipe, arg, op->inputs[1], false, descriptor, NULL);
    return dnnl_post_ops_append_binary(epilogue->post_ops, dnnl_binary_add, descriptor);
}

static dnnl_status_t append_add(struct epilogue *epilogue, int other)
{
    const struct dlb_tensor *tensor = &epilogue->graph->tensors[other];
    dnnl_memory_desc_t host = dlb_onednn_tensor(tensor);
    dnnl_memory_desc_t asked =
        epilogue->any ? dlb_onednn_any(tensor->dtype, tensor->rank, tensor->dims) : NULL;
    const int arg = next_argument(epilogue);
    dlb_onednn_operand(epilogue->recipe, arg, other, false, host, asked);
    return dnnl_post_ops_append_binary(epilogue->post_ops, dnnl_binary_add, asked ? asked : host);
}

static dnnl_status_t append_batchnorm(struct epilogue *epilogue, const struct dlb_op *op)
{
    struct onednn_recipe *recipe = epilogue->recipe;
    struct onednn_fold_plan *fold = &recipe->folds[recipe->fold_count++];
    const struct dlb_tensor *gamma = &epilogue->graph->tensors[op->inputs[1]];
    fold->channels = dlb_tensor_elements(gamma);
    fold->epsilon = (float)op->attrs.batchnorm.epsilon;
    fold->broadcast = dlb_onednn_channels(DLB_DTYPE_F32, epilogue->rank, 1, fold->channels);
    for (int i = 0; i < 4; i++) {
        fold->operands[i] = recipe->operand_count;
        dlb_onednn_operand(recipe, 0, op->inputs[1 + i], false,
                           dlb_onednn_plain(gamma->dtype, 1, &fold->channels),
                           dlb_onednn_plain(DLB_DTYPE_F32, 1, &fold->channels));
    }
    fold->scale_arg = next_argument(epilogue);
    dnnl_status_t status =
        dnnl_post_ops_append_binary(epilogue->post_ops, dnnl_binary_mul, fold->broadcast);
    fold->shift_arg = next_argument(epilogue);
    if (status == dnnl_success)
        status = dnnl_post_ops_append_binary(epilogue->post_ops, dnnl_binary_add, fold->broadcast);
    return status;
}

static dnnl_status_t append(struct epilogue *epilogue, const struct dlb_op *op, int chained)
{
    switch (op->kind) {
    case DLB_OP_BIAS:
        return append_bias(epilogue, op);
    case DLB_OP_RELU:
        return dnnl_post_ops_append_eltwise(epilogue->post_ops, dnnl_eltwise_relu, 0, 0);
    case DLB_OP_ADD:
        return append_add(epilogue, op->inputs[0] == chained ? op->inputs[1] : op->inputs[0]);
    case DLB_OP_BATCHNORM:
        return append_batchnorm(epilogue, op);
    default:
        return dnnl_unimplemented;
    }
}

/* alpha and beta of a product. */
static dnnl_status_t append_scalars(struct epilogue *epilogue, const struct dlb_op *root)
{
    dnnl_status_t status = dnnl_success;
    if (root->kind != DLB_OP_GEMM)
        return status;
    if (root->attrs.gemm.alpha != 1)
        status = dnnl_post_ops_append_eltwise(epilogue->post_ops, dnnl_eltwise_linear,
                                              (float)root->attrs.gemm.alpha, 0);
    if (status == dnnl_success && root->attrs.gemm.beta != 0)
        status = dnnl_post_ops_append_sum(epilogue->post_ops, (float)root->attrs.gemm.beta, 0,
                                          dnnl_data_type_undef);
    return status;
}

/* oneDNN adds its bias before any post-op: only what stands first may be one, along the channels. */
static bool travels_as_bias(const struct dlb_op *root, const struct dlb_op *first, int rank)
{
    if (root->kind == DLB_OP_GEMM)
        return first->kind == DLB_OP_BIAS && first->attrs.bias.axis == rank - 1 &&
               root->attrs.gemm.alpha == 1;
    return first->kind == DLB_OP_BIAS && first->attrs.bias.axis == 1;
}

static enum dlb_status check_chain(const struct dlb_graph *graph, const struct dlb_group *group,
                                   struct dlb_why *why)
{
    const struct dlb_op *root = &graph->ops[group->root];
    if (root->kind == DLB_OP_GEMM && root->attrs.gemm.beta != 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "a product that updates C in place is left unfused");
    if (dlb_dtype_is_integer(graph->tensors[root->output].dtype))
        return dlb_fail(why, DLB_UNSUPPORTED, "integer sums are left unfused");
    return dlb_group_check_chain(graph, group, why);
}

static dnnl_memory_desc_t bias_descriptor(const struct dlb_op *root, const struct dlb_tensor *bias,
                                          int rank)
{
    const int64_t elements = dlb_tensor_elements(bias);
    if (root->kind == DLB_OP_GEMM)
        return dlb_onednn_channels(bias->dtype, rank, rank - 1, elements);
    return dlb_onednn_plain(bias->dtype, 1, &elements);
}

enum dlb_status dlb_onednn_epilogue(const struct dlb_graph *graph, const struct dlb_group *group,
                                    bool broadcast_any, struct onednn_recipe *recipe,
                                    dnnl_primitive_attr_t *attr, dnnl_memory_desc_t *bias,
                                    struct dlb_why *why)
{
    const struct dlb_op *root = &graph->ops[group->root];
    const struct dlb_tensor *result = &graph->tensors[root->output];
    struct epilogue epilogue = {
        .graph = graph, .recipe = recipe, .rank = result->rank, .any = broadcast_any};
    if (group->epilogue_count > 0) {
        const enum dlb_status status = check_chain(graph, group, why);
        if (status != DLB_OK)
            return status;
    }
    dnnl_status_t status = dnnl_primitive_attr_create(attr);
    if (status == dnnl_success)
        status = dnnl_post_ops_create(&epilogue.post_ops);
    if (status == dnnl_success)
        status = append_scalars(&epilogue, root);
    int chained = root->output;
    for (int i = 0; i < group->epilogue_count && status == dnnl_success; i++) {
        const struct dlb_op *op = &graph->ops[group->epilogue[i]];
        if (i == 0 && travels_as_bias(root, op, result->rank)) {
            *bias = bias_descriptor(root, &graph->tensors[op->inputs[1]], result->rank);
            dlb_onednn_operand(recipe, DNNL_ARG_BIAS, op->inputs[1], false, *bias, NULL);
        } else {
            status = append(&epilogue, op, chained);
        }
        chained = op->output;
    }
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_post_ops(*attr, epilogue.post_ops);
    dnnl_post_ops_destroy(epilogue.post_ops);
    return dlb_onednn_check(status, "fusing the ops behind it", why);
}
