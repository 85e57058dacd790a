/* onednn_recipe.c: a group of ops as a oneDNN primitive descriptor with its operands.
 *
 * Layouts: a convolution leaves all of them to oneDNN (`any`); a product keeps activations row-major and leaves constant
 * weights to oneDNN, so that they are packed when they are written; the rest take their input as it comes. */
#include "backends/onednn/onednn_internal.h"

#include <string.h>

/* What the builders below share. */
struct builder {
    struct dlb_context *context;
    const struct dlb_graph *graph;
    const struct dlb_group *group;
    const struct dlb_op *root;
    const struct dlb_opwise_value *values; /* may be NULL */
    struct onednn_recipe *recipe;
    dnnl_primitive_attr_t attr;
    dnnl_memory_desc_t bias; /* owned by the recipe's operand */
};

void dlb_onednn_operand(struct onednn_recipe *recipe, int arg, int tensor, bool result,
                        dnnl_memory_desc_t host, dnnl_memory_desc_t asked)
{
    recipe->operands[recipe->operand_count++] = (struct onednn_operand){
        .arg = arg, .tensor = tensor, .result = result, .host = host, .asked = asked};
}

void dlb_onednn_recipe_release(struct onednn_recipe *recipe)
{
    for (int i = 0; i < recipe->operand_count; i++) {
        dnnl_memory_desc_destroy(recipe->operands[i].host);
        dnnl_memory_desc_destroy(recipe->operands[i].asked);
    }
    for (int i = 0; i < recipe->fold_count; i++)
        dnnl_memory_desc_destroy(recipe->folds[i].broadcast);
    dnnl_primitive_desc_destroy(recipe->descriptor);
    memset(recipe, 0, sizeof *recipe);
}

static const struct dlb_tensor *tensor_of(const struct builder *builder, int index)
{
    return &builder->graph->tensors[index];
}

/* What the descriptor is made with for the operand of `arg`. */
static const_dnnl_memory_desc_t asked(const struct builder *builder, int arg)
{
    const struct onednn_recipe *recipe = builder->recipe;
    for (int i = 0; i < recipe->operand_count; i++)
        if (recipe->operands[i].arg == arg)
            return recipe->operands[i].asked ? recipe->operands[i].asked : recipe->operands[i].host;
    return NULL;
}

/* ---- products ---- */

/* The tensor as stored, seen as [batch,] rows x columns. */
static dnnl_memory_desc_t matrix(const struct dlb_tensor *tensor, bool transposed)
{
    dnnl_memory_desc_t plain = dlb_onednn_tensor(tensor), seen = NULL;
    static const int swap2[] = {1, 0}, swap3[] = {0, 2, 1};
    if (!transposed || !plain)
        return plain;
    if (dnnl_memory_desc_permute_axes(&seen, plain, tensor->rank == 2 ? swap2 : swap3) !=
        dnnl_success)
        seen = NULL;
    dnnl_memory_desc_destroy(plain);
    return seen;
}

static dnnl_memory_desc_t any_matrix(const struct dlb_tensor *tensor, bool transposed)
{
    int64_t dims[DLB_MAX_RANK];
    memcpy(dims, tensor->dims, sizeof dims);
    if (transposed) {
        dims[tensor->rank - 2] = tensor->dims[tensor->rank - 1];
        dims[tensor->rank - 1] = tensor->dims[tensor->rank - 2];
    }
    return dlb_onednn_any(tensor->dtype, tensor->rank, dims);
}

/* Products of integers are exact; a scalar would take them through f32. */
static enum dlb_status check_scalars(const struct builder *builder, struct dlb_why *why)
{
    const struct dlb_gemm_attrs *gemm = &builder->root->attrs.gemm;
    if (dlb_dtype_is_integer(tensor_of(builder, builder->root->output)->dtype) &&
        (gemm->alpha != 1 || (gemm->beta != 0 && gemm->beta != 1)))
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "integers: wanted alpha 1 and beta 0 or 1, found %g and %g", gemm->alpha,
                        gemm->beta);
    return DLB_OK;
}

static enum dlb_status build_gemm(struct builder *builder, dnnl_status_t *status,
                                  struct dlb_why *why)
{
    const struct dlb_op *root = builder->root;
    const struct dlb_gemm_attrs *gemm = &root->attrs.gemm;
    const struct dlb_tensor *a = tensor_of(builder, root->inputs[0]);
    const struct dlb_tensor *b = tensor_of(builder, root->inputs[1]);
    const int output = dlb_group_output(builder->graph, builder->group);
    struct onednn_recipe *recipe = builder->recipe;
    enum dlb_status checked = check_scalars(builder, why);
    if (checked == DLB_OK)
        checked = dlb_onednn_epilogue(builder->graph, builder->group, false, recipe, &builder->attr,
                                      &builder->bias, why);
    if (checked != DLB_OK)
        return checked;
    dlb_onednn_operand(recipe, DNNL_ARG_SRC, root->inputs[0], false, matrix(a, gemm->ta), NULL);
    dlb_onednn_operand(recipe, DNNL_ARG_WEIGHTS, root->inputs[1], false, matrix(b, gemm->tb),
                       b->role == DLB_ROLE_WEIGHT ? any_matrix(b, gemm->tb) : NULL);
    dlb_onednn_operand(recipe, DNNL_ARG_DST, output, true,
                       dlb_onednn_tensor(tensor_of(builder, output)), NULL);
    *status = dnnl_matmul_primitive_desc_create(&recipe->descriptor, builder->context->engine,
                                                asked(builder, DNNL_ARG_SRC),
                                                asked(builder, DNNL_ARG_WEIGHTS), builder->bias,
                                                asked(builder, DNNL_ARG_DST), builder->attr);
    return DLB_OK;
}

/* ---- convolutions ---- */

/* Geometry in oneDNN's words: a dense filter has dilation 0. */
struct geometry {
    dnnl_dims_t strides, dilates, before, after;
};

static struct geometry geometry_of(const struct dlb_conv_attrs *conv)
{
    return (struct geometry){
        .strides = {conv->stride_h, conv->stride_w},
        .dilates = {conv->dilation_h - 1, conv->dilation_w - 1},
        .before = {conv->pad_top, conv->pad_left},
        .after = {conv->pad_bottom, conv->pad_right},
    };
}

static void add_image(struct builder *builder, int arg, int tensor, bool result)
{
    const struct dlb_tensor *image = tensor_of(builder, tensor);
    dlb_onednn_operand(builder->recipe, arg, tensor, result, dlb_onednn_tensor(image),
                       dlb_onednn_any(image->dtype, image->rank, image->dims));
}

/* Filters K,C/groups,R,S; with groups oneDNN wants groups,K/groups,C/groups,R,S. */
static void add_filters(struct builder *builder, int arg, int tensor, bool result)
{
    const struct dlb_conv_attrs *conv = &builder->root->attrs.conv;
    const struct dlb_tensor *filters = tensor_of(builder, tensor);
    const int64_t dims[] = {conv->groups, conv->k / conv->groups, conv->c / conv->groups, conv->r,
                            conv->s};
    const int64_t dense[] = {conv->k, conv->c, conv->r, conv->s};
    const bool grouped = conv->groups > 1;
    dlb_onednn_operand(builder->recipe, arg, tensor, result,
                       dlb_onednn_plain(filters->dtype, grouped ? 5 : 4, grouped ? dims : dense),
                       dlb_onednn_any(filters->dtype, grouped ? 5 : 4, grouped ? dims : dense));
}

static enum dlb_status build_conv(struct builder *builder, dnnl_status_t *status,
                                  struct dlb_why *why)
{
    const struct dlb_op *root = builder->root;
    const struct geometry at = geometry_of(&root->attrs.conv);
    const enum dlb_status checked = dlb_onednn_epilogue(
        builder->graph, builder->group, true, builder->recipe, &builder->attr, &builder->bias, why);
    if (checked != DLB_OK)
        return checked;
    add_image(builder, DNNL_ARG_SRC, root->inputs[0], false);
    add_filters(builder, DNNL_ARG_WEIGHTS, root->inputs[1], false);
    add_image(builder, DNNL_ARG_DST, dlb_group_output(builder->graph, builder->group), true);
    *status = dnnl_convolution_forward_primitive_desc_create(
        &builder->recipe->descriptor, builder->context->engine, dnnl_forward_inference,
        dnnl_convolution_direct, asked(builder, DNNL_ARG_SRC), asked(builder, DNNL_ARG_WEIGHTS),
        builder->bias, asked(builder, DNNL_ARG_DST), at.strides, at.dilates, at.before, at.after,
        builder->attr);
    return DLB_OK;
}

/* Backward passes are described beside a forward pass, which only serves as a hint. */
static dnnl_status_t forward_hint(const struct builder *builder, const struct geometry *at,
                                  int source_arg, int weights_arg, int result_arg,
                                  dnnl_primitive_desc_t *hint)
{
    return dnnl_convolution_forward_primitive_desc_create(
        hint, builder->context->engine, dnnl_forward_training, dnnl_convolution_direct,
        asked(builder, source_arg), asked(builder, weights_arg), NULL, asked(builder, result_arg),
        at->strides, at->dilates, at->before, at->after, NULL);
}

static dnnl_status_t build_backward_data(struct builder *builder)
{
    const struct dlb_op *root = builder->root;
    const struct geometry at = geometry_of(&root->attrs.conv);
    dnnl_primitive_desc_t hint = NULL;
    add_image(builder, DNNL_ARG_DIFF_DST, root->inputs[0], false);
    add_filters(builder, DNNL_ARG_WEIGHTS, root->inputs[1], false);
    add_image(builder, DNNL_ARG_DIFF_SRC, root->output, true);
    dnnl_status_t status =
        forward_hint(builder, &at, DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST, &hint);
    if (status == dnnl_success)
        status = dnnl_convolution_backward_data_primitive_desc_create(
            &builder->recipe->descriptor, builder->context->engine, dnnl_convolution_direct,
            asked(builder, DNNL_ARG_DIFF_SRC), asked(builder, DNNL_ARG_WEIGHTS),
            asked(builder, DNNL_ARG_DIFF_DST), at.strides, at.dilates, at.before, at.after, hint,
            builder->attr);
    dnnl_primitive_desc_destroy(hint);
    return status;
}

static dnnl_status_t build_backward_weights(struct builder *builder)
{
    const struct dlb_op *root = builder->root;
    const struct geometry at = geometry_of(&root->attrs.conv);
    dnnl_primitive_desc_t hint = NULL;
    add_image(builder, DNNL_ARG_SRC, root->inputs[0], false);
    add_image(builder, DNNL_ARG_DIFF_DST, root->inputs[1], false);
    add_filters(builder, DNNL_ARG_DIFF_WEIGHTS, root->output, true);
    dnnl_status_t status =
        forward_hint(builder, &at, DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST, &hint);
    if (status == dnnl_success)
        status = dnnl_convolution_backward_weights_primitive_desc_create(
            &builder->recipe->descriptor, builder->context->engine, dnnl_convolution_direct,
            asked(builder, DNNL_ARG_SRC), asked(builder, DNNL_ARG_DIFF_WEIGHTS), NULL,
            asked(builder, DNNL_ARG_DIFF_DST), at.strides, at.dilates, at.before, at.after, hint,
            builder->attr);
    dnnl_primitive_desc_destroy(hint);
    return status;
}

/* ---- single ops ---- */

/* An input as it comes: in the layout that an earlier op settled, if its view is the tensor's own. */
static void add_as_it_is(struct builder *builder, int arg, int tensor)
{
    const struct onednn_layout *layout = builder->values ? builder->values[tensor].layout : NULL;
    dnnl_memory_desc_t host = dlb_onednn_tensor(tensor_of(builder, tensor)), held = NULL;
    if (layout && dnnl_memory_desc_equal(layout->host, host) &&
        dnnl_memory_desc_clone(&held, layout->held) != dnnl_success)
        held = NULL;
    dlb_onednn_operand(builder->recipe, arg, tensor, false, host, held);
}

static dnnl_status_t build_pool(struct builder *builder)
{
    const struct dlb_op *root = builder->root;
    const struct dlb_pool_attrs *pool = &root->attrs.pool;
    const dnnl_dims_t strides = {pool->stride_h, pool->stride_w}, kernel = {pool->r, pool->s};
    const dnnl_dims_t dilation = {0, 0}, before = {pool->pad_top, pool->pad_left};
    const dnnl_dims_t after = {pool->pad_bottom, pool->pad_right};
    add_as_it_is(builder, DNNL_ARG_SRC, root->inputs[0]);
    add_image(builder, DNNL_ARG_DST, root->output, true);
    return dnnl_pooling_forward_primitive_desc_create(
        &builder->recipe->descriptor, builder->context->engine, dnnl_forward_inference,
        root->kind == DLB_OP_MAXPOOL ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding,
        asked(builder, DNNL_ARG_SRC), asked(builder, DNNL_ARG_DST), strides, kernel, dilation,
        before, after, builder->attr);
}

static dnnl_status_t build_relu(struct builder *builder)
{
    add_as_it_is(builder, DNNL_ARG_SRC, builder->root->inputs[0]);
    add_image(builder, DNNL_ARG_DST, builder->root->output, true);
    return dnnl_eltwise_forward_primitive_desc_create(
        &builder->recipe->descriptor, builder->context->engine, dnnl_forward_inference,
        dnnl_eltwise_relu, asked(builder, DNNL_ARG_SRC), asked(builder, DNNL_ARG_DST), 0, 0,
        builder->attr);
}

static dnnl_status_t build_softmax(struct builder *builder)
{
    const int axis = tensor_of(builder, builder->root->output)->rank - 1;
    add_as_it_is(builder, DNNL_ARG_SRC, builder->root->inputs[0]);
    add_image(builder, DNNL_ARG_DST, builder->root->output, true);
    return dnnl_softmax_forward_primitive_desc_create(
        &builder->recipe->descriptor, builder->context->engine, dnnl_forward_inference,
        dnnl_softmax_accurate, asked(builder, DNNL_ARG_SRC), asked(builder, DNNL_ARG_DST), axis,
        builder->attr);
}

/* x + y, or x + b along one axis: the second is asked for in the layout of the first. */
static dnnl_status_t build_binary(struct builder *builder)
{
    const struct dlb_op *root = builder->root;
    const struct dlb_tensor *x = tensor_of(builder, root->inputs[0]);
    const struct dlb_tensor *y = tensor_of(builder, root->inputs[1]);
    dnnl_memory_desc_t second = NULL;
    add_as_it_is(builder, DNNL_ARG_SRC_0, root->inputs[0]);
    if (root->kind == DLB_OP_BIAS) {
        dlb_onednn_operand(
            builder->recipe, DNNL_ARG_SRC_1, root->inputs[1], false,
            dlb_onednn_channels(y->dtype, x->rank, root->attrs.bias.axis, dlb_tensor_elements(y)),
            NULL);
    } else {
        if (dnnl_memory_desc_clone(&second, asked(builder, DNNL_ARG_SRC_0)) != dnnl_success)
            return dnnl_out_of_memory;
        dlb_onednn_operand(builder->recipe, DNNL_ARG_SRC_1, root->inputs[1], false,
                           dlb_onednn_tensor(y), second);
    }
    add_image(builder, DNNL_ARG_DST, root->output, true);
    return dnnl_binary_primitive_desc_create(&builder->recipe->descriptor, builder->context->engine,
                                             dnnl_binary_add, asked(builder, DNNL_ARG_SRC_0),
                                             asked(builder, DNNL_ARG_SRC_1),
                                             asked(builder, DNNL_ARG_DST), builder->attr);
}

/* oneDNN wants the parameters in f32, whatever the type of the images. */
static dnnl_status_t build_batchnorm(struct builder *builder)
{
    static const int args[] = {DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE};
    const struct dlb_op *root = builder->root;
    const int64_t channels = dlb_tensor_elements(tensor_of(builder, root->inputs[1]));
    add_as_it_is(builder, DNNL_ARG_SRC, root->inputs[0]);
    for (int i = 0; i < 4; i++)
        dlb_onednn_operand(
            builder->recipe, args[i], root->inputs[1 + i], false,
            dlb_onednn_plain(tensor_of(builder, root->inputs[1 + i])->dtype, 1, &channels),
            dlb_onednn_plain(DLB_DTYPE_F32, 1, &channels));
    add_image(builder, DNNL_ARG_DST, root->output, true);
    return dnnl_batch_normalization_forward_primitive_desc_create(
        &builder->recipe->descriptor, builder->context->engine, dnnl_forward_inference,
        asked(builder, DNNL_ARG_SRC), asked(builder, DNNL_ARG_DST),
        (float)root->attrs.batchnorm.epsilon,
        dnnl_use_global_stats | dnnl_use_scale | dnnl_use_shift, builder->attr);
}

/* N,C,H,W in whatever layout to the plain order, which is N,CHW. */
static dnnl_status_t build_flatten(struct builder *builder)
{
    const struct dlb_op *root = builder->root;
    add_as_it_is(builder, DNNL_ARG_SRC, root->inputs[0]);
    dlb_onednn_operand(builder->recipe, DNNL_ARG_DST, root->output, true,
                       dlb_onednn_tensor(tensor_of(builder, root->inputs[0])), NULL);
    return dnnl_reorder_primitive_desc_create(
        &builder->recipe->descriptor, asked(builder, DNNL_ARG_SRC), builder->context->engine,
        asked(builder, DNNL_ARG_DST), builder->context->engine, builder->attr);
}

static enum dlb_status build_single(struct builder *builder, dnnl_status_t *status,
                                    struct dlb_why *why)
{
    static dnnl_status_t (*const builds[DLB_OP_COUNT])(struct builder *) = {
        [DLB_OP_CONV_BWD_DATA] = build_backward_data,
        [DLB_OP_CONV_BWD_WEIGHTS] = build_backward_weights,
        [DLB_OP_BIAS] = build_binary,
        [DLB_OP_ADD] = build_binary,
        [DLB_OP_RELU] = build_relu,
        [DLB_OP_MAXPOOL] = build_pool,
        [DLB_OP_AVGPOOL] = build_pool,
        [DLB_OP_BATCHNORM] = build_batchnorm,
        [DLB_OP_SOFTMAX] = build_softmax,
        [DLB_OP_FLATTEN] = build_flatten,
    };
    if (!builds[builder->root->kind])
        return dlb_fail(why, DLB_UNSUPPORTED, "unknown to this backend");
    if (builder->group->epilogue_count > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "nothing is fused behind it");
    *status = builds[builder->root->kind](builder);
    return DLB_OK;
}

const char *dlb_onednn_implementation(const_dnnl_primitive_desc_t descriptor)
{
    const char *name = NULL;
    if (dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, (void *)&name) !=
        dnnl_success)
        name = NULL;
    return name ? name : "unnamed";
}

/* "ref:any", "ref_int8:any", and im2col over a reference product, "gemm:ref"; "simple:any" is a tuned reorder. */
bool dlb_onednn_is_reference(const char *implementation)
{
    return strncmp(implementation, "ref", 3) == 0 || strstr(implementation, ":ref") != NULL;
}

/* In words: the types asked for, and the instruction set that oneDNN found none for. */
static enum dlb_status refuse(const struct builder *builder, dnnl_status_t status,
                              struct dlb_why *why)
{
    const struct dlb_op *root = builder->root;
    const struct dlb_tensor *first = tensor_of(builder, root->inputs[0]);
    const char *isa = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa());
    const dnnl_version_t *version = dnnl_version();
    if (status == dnnl_out_of_memory)
        return dlb_onednn_check(status, "describing it", why);
    isa = strncmp(isa, "cpu_isa_", 8) == 0 ? isa + 8 : isa;
    return dlb_fail(why, DLB_UNSUPPORTED, "oneDNN %d.%d.%d has no %s implementation for %s (%s)",
                    version->major, version->minor, version->patch, dlb_dtype_name(first->dtype),
                    isa, dnnl_status2str(status));
}

/* A fused group must not buy its fusion with a reference kernel. */
static enum dlb_status check_fusion(const struct builder *builder, struct dlb_why *why)
{
    const char *name = dlb_onednn_implementation(builder->recipe->descriptor);
    if (builder->group->epilogue_count > 0 && dlb_onednn_is_reference(name))
        return dlb_fail(why, DLB_UNSUPPORTED, "fused, it would run on the reference kernel %s",
                        name);
    return DLB_OK;
}

enum dlb_status dlb_onednn_recipe(struct dlb_context *context, const struct dlb_graph *graph,
                                  const struct dlb_group *group,
                                  const struct dlb_opwise_value *values,
                                  struct onednn_recipe *recipe, struct dlb_why *why)
{
    struct builder builder = {
        .context = context,
        .graph = graph,
        .group = group,
        .root = &graph->ops[group->root],
        .values = values,
        .recipe = recipe,
    };
    dnnl_status_t built = dnnl_success;
    enum dlb_status status;
    memset(recipe, 0, sizeof *recipe);
    if (builder.root->kind == DLB_OP_GEMM)
        status = build_gemm(&builder, &built, why);
    else if (builder.root->kind == DLB_OP_CONV)
        status = build_conv(&builder, &built, why);
    else
        status = build_single(&builder, &built, why);
    if (status == DLB_OK && built != dnnl_success)
        status = refuse(&builder, built, why);
    if (status == DLB_OK)
        status = check_fusion(&builder, why);
    dnnl_primitive_attr_destroy(builder.attr);
    return status;
}
