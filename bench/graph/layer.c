/* layer.c: adds the ops around products to a graph: bias, add, relu, pooling, batch-norm,
 * softmax, flatten. Checks and shape inference, one function per op; all take and give floats of
 * one type. */
#include <math.h>

#include "bench/graph/builder.h"

/* An op with one tensor in and one of the same shape out, as a start. */
static struct dlb_op unary(enum dlb_op_kind kind, int x)
{
    return (struct dlb_op){.kind = kind, .input_count = 1, .inputs = {x}, .output = -1};
}

/* A vector of `length` elements of x's type. */
static bool check_vector(struct dlb_graph *graph, const char *op, const struct dlb_tensor *x,
                         const struct dlb_tensor *vector, int64_t length)
{
    if (vector->rank == 1 && vector->dims[0] == length && vector->dtype == x->dtype) {
        return true;
    }
    (void)dlb_graph_reject(graph, DLB_INVALID, "%s: %s must be %lld %s, found %s", op, vector->name,
                           (long long)length, dlb_dtype_name(x->dtype),
                           dlb_builder_shape(vector).text);
    return false;
}

int dlb_graph_bias(struct dlb_graph *graph, int x, int bias, int axis)
{
    const struct dlb_tensor *const data = dlb_builder_float(graph, "bias", x);
    const struct dlb_tensor *const vector = dlb_builder_float(graph, "bias", bias);
    if (data == NULL || vector == NULL) {
        return -1;
    }
    if (axis < 0 || axis >= data->rank) {
        return dlb_graph_reject(graph, DLB_INVALID, "bias: the axis must be 0..%d, found %d",
                                data->rank - 1, axis);
    }
    if (!check_vector(graph, "bias", data, vector, data->dims[axis])) {
        return -1;
    }
    struct dlb_op op = unary(DLB_OP_BIAS, x);
    op.inputs[op.input_count++] = bias;
    op.attrs.bias.axis = axis;
    const struct dlb_tensor shape = *data; /* adding moves the tensors */
    return dlb_builder_add(graph, &op, shape.dtype, shape.rank, shape.dims);
}

int dlb_graph_add(struct dlb_graph *graph, int x, int y)
{
    const struct dlb_tensor *const left = dlb_builder_float(graph, "add", x);
    const struct dlb_tensor *const right = dlb_builder_float(graph, "add", y);
    if (left == NULL || right == NULL) {
        return -1;
    }
    if (!dlb_tensor_same_shape(left, right) || left->dtype != right->dtype) {
        return dlb_graph_reject(graph, DLB_INVALID, "add: both must be alike, found %s and %s",
                                dlb_builder_shape(left).text, dlb_builder_shape(right).text);
    }
    struct dlb_op op = unary(DLB_OP_ADD, x);
    op.inputs[op.input_count++] = y;
    const struct dlb_tensor shape = *left;
    return dlb_builder_add(graph, &op, shape.dtype, shape.rank, shape.dims);
}

int dlb_graph_relu(struct dlb_graph *graph, int x)
{
    const struct dlb_tensor *const data = dlb_builder_float(graph, "relu", x);
    if (data == NULL) {
        return -1;
    }
    const struct dlb_op op = unary(DLB_OP_RELU, x);
    const struct dlb_tensor shape = *data;
    return dlb_builder_add(graph, &op, shape.dtype, shape.rank, shape.dims);
}

/* Padding narrower than the window leaves at least one real element in every window. */
static bool check_pool(struct dlb_graph *graph, const char *name,
                       const struct dlb_pool_attrs *attrs)
{
    const bool sizes =
        attrs->r >= 1 && attrs->s >= 1 && attrs->stride_h >= 1 && attrs->stride_w >= 1;
    const bool pads = attrs->pad_top >= 0 && attrs->pad_left >= 0 && attrs->pad_bottom >= 0 &&
                      attrs->pad_right >= 0 && attrs->pad_top < attrs->r &&
                      attrs->pad_bottom < attrs->r && attrs->pad_left < attrs->s &&
                      attrs->pad_right < attrs->s;
    if (!sizes || !pads) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "%s: window and stride must be at least 1 and padding less than "
                               "the window, found window "
                               "%lldx%lld stride %lldx%lld padding %lldx%lldx%lldx%lld",
                               name, (long long)attrs->r, (long long)attrs->s,
                               (long long)attrs->stride_h, (long long)attrs->stride_w,
                               (long long)attrs->pad_top, (long long)attrs->pad_left,
                               (long long)attrs->pad_bottom, (long long)attrs->pad_right);
        return false;
    }
    return true;
}

int dlb_graph_pool(struct dlb_graph *graph, enum dlb_op_kind kind, int x,
                   const struct dlb_pool_attrs *attrs)
{
    const char *const name = dlb_op_name(kind);
    const struct dlb_tensor *const data = dlb_builder_float(graph, name, x);
    if (data == NULL || !check_pool(graph, name, attrs)) {
        return -1;
    }
    if (data->rank != 4) {
        return dlb_graph_reject(graph, DLB_INVALID, "%s takes N,C,H,W, found %s", name,
                                dlb_builder_shape(data).text);
    }
    const int64_t out_h = dlb_window_output(data->dims[2], attrs->r, 1, attrs->stride_h,
                                            attrs->pad_top, attrs->pad_bottom);
    const int64_t out_w = dlb_window_output(data->dims[3], attrs->s, 1, attrs->stride_w,
                                            attrs->pad_left, attrs->pad_right);
    if (out_h < 1 || out_w < 1) {
        return dlb_graph_reject(graph, DLB_INVALID,
                                "%s: the window %lldx%lld does not fit the image %lldx%lld", name,
                                (long long)attrs->r, (long long)attrs->s, (long long)data->dims[2],
                                (long long)data->dims[3]);
    }
    struct dlb_op op = unary(kind, x);
    op.attrs.pool = *attrs;
    const int64_t dims[4] = {data->dims[0], data->dims[1], out_h, out_w};
    return dlb_builder_add(graph, &op, data->dtype, 4, dims);
}

int dlb_graph_batchnorm(struct dlb_graph *graph, int x, const int parameters[4], double epsilon)
{
    const struct dlb_tensor *const data = dlb_builder_float(graph, "batchnorm", x);
    if (data == NULL) {
        return -1;
    }
    if (data->rank < 2 || !(epsilon > 0) || !isfinite(epsilon)) {
        return dlb_graph_reject(graph, DLB_INVALID,
                                "batchnorm wants rank 2 or more and epsilon > 0, found %s and %g",
                                dlb_builder_shape(data).text, epsilon);
    }
    struct dlb_op op = unary(DLB_OP_BATCHNORM, x);
    op.attrs.batchnorm.epsilon = epsilon;
    for (int i = 0; i < 4; i++) {
        const struct dlb_tensor *const vector =
            dlb_builder_float(graph, "batchnorm", parameters[i]);
        if (vector == NULL || !check_vector(graph, "batchnorm", data, vector, data->dims[1])) {
            return -1;
        }
        op.inputs[op.input_count++] = parameters[i];
    }
    const struct dlb_tensor shape = *data;
    return dlb_builder_add(graph, &op, shape.dtype, shape.rank, shape.dims);
}

int dlb_graph_softmax(struct dlb_graph *graph, int x)
{
    const struct dlb_tensor *const data = dlb_builder_float(graph, "softmax", x);
    if (data == NULL) {
        return -1;
    }
    const struct dlb_op op = unary(DLB_OP_SOFTMAX, x);
    const struct dlb_tensor shape = *data;
    return dlb_builder_add(graph, &op, shape.dtype, shape.rank, shape.dims);
}

int dlb_graph_flatten(struct dlb_graph *graph, int x)
{
    const struct dlb_tensor *const data = dlb_builder_float(graph, "flatten", x);
    if (data == NULL) {
        return -1;
    }
    if (data->rank < 2) {
        return dlb_graph_reject(graph, DLB_INVALID, "flatten wants rank 2 or more, found %s",
                                dlb_builder_shape(data).text);
    }
    const struct dlb_op op = unary(DLB_OP_FLATTEN, x);
    const int64_t dims[2] = {data->dims[0], dlb_tensor_elements(data) / data->dims[0]};
    return dlb_builder_add(graph, &op, data->dtype, 2, dims);
}
