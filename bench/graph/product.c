/* product.c: adds matrix products and convolutions to a graph: checks and shape inference, one
 * function per op. Flops are in count.c, the arithmetic itself in kernels/reference. */
#include <math.h>

#include "bench/base/memory.h"
#include "bench/graph/builder.h"

/* f32 f32, bf16 bf16, f16 f16 give their own type; s8 s8 and u8 s8 give s32. */
static bool product_type(enum dlb_dtype first, enum dlb_dtype second, enum dlb_dtype *result)
{
    if (!dlb_dtype_is_integer(first) && first == second) {
        *result = first;
        return true;
    }
    if ((first == DLB_DTYPE_S8 || first == DLB_DTYPE_U8) && second == DLB_DTYPE_S8) {
        *result = DLB_DTYPE_S32;
        return true;
    }
    return false;
}

static bool has_dims(const struct dlb_tensor *tensor, int rank, const int64_t *dims)
{
    const struct dlb_tensor wanted = {.rank = rank, .dims = {dims[0], dims[1], dims[2], dims[3]}};
    return dlb_tensor_same_shape(tensor, &wanted);
}

/* Latches a mismatch of an operand's shape. */
static bool check_dims(struct dlb_graph *graph, const char *op, const char *operand,
                       const struct dlb_tensor *found, int rank, const int64_t dims[4])
{
    if (has_dims(found, rank, dims)) {
        return true;
    }
    struct dlb_tensor wanted = {.rank = rank, .dtype = found->dtype};
    for (int i = 0; i < rank; i++) {
        wanted.dims[i] = dims[i];
    }
    (void)dlb_graph_reject(graph, DLB_INVALID, "%s: %s must be %s, found %s", op, operand,
                           dlb_builder_shape(&wanted).text, dlb_builder_shape(found).text);
    return false;
}

static bool check_matrix(struct dlb_graph *graph, const char *operand,
                         const struct dlb_tensor *found, int64_t batch, const int64_t size[2])
{
    if (batch == 1) {
        return check_dims(graph, "gemm", operand, found, 2, (int64_t[4]){size[0], size[1]});
    }
    return check_dims(graph, "gemm", operand, found, 3, (int64_t[4]){batch, size[0], size[1]});
}

/* alpha and beta: finite; for integers only the values that stay integers. */
static bool check_factors(struct dlb_graph *graph, const struct dlb_gemm_attrs *attrs,
                          enum dlb_dtype result)
{
    if (!isfinite(attrs->alpha) || !isfinite(attrs->beta)) {
        (void)dlb_graph_reject(graph, DLB_INVALID, "gemm: alpha and beta must be finite");
        return false;
    }
    const bool plain = attrs->alpha == 1 && (attrs->beta == 0 || attrs->beta == 1);
    if (dlb_dtype_is_integer(result) && !plain) {
        (void)dlb_graph_reject(graph, DLB_INVALID,
                               "gemm: integer types want alpha 1 and beta 0 or 1, found alpha "
                               "%g and beta %g",
                               attrs->alpha, attrs->beta);
        return false;
    }
    return true;
}

int dlb_graph_gemm(struct dlb_graph *graph, int a, int b, int c, const struct dlb_gemm_attrs *attrs)
{
    const struct dlb_tensor *const first = dlb_builder_operand(graph, "gemm", a);
    const struct dlb_tensor *const second = dlb_builder_operand(graph, "gemm", b);
    if (first == NULL || second == NULL) {
        return -1;
    }
    const int64_t m = attrs->m, n = attrs->n, k = attrs->k, batch = attrs->batch;
    if (m < 1 || n < 1 || k < 1 || batch < 1) {
        return dlb_graph_reject(graph, DLB_INVALID,
                                "gemm: m, n, k and batch must be at least 1, found %lld %lld "
                                "%lld %lld",
                                (long long)m, (long long)n, (long long)k, (long long)batch);
    }
    enum dlb_dtype type;
    if (!product_type(first->dtype, second->dtype, &type)) {
        return dlb_graph_reject(graph, DLB_INVALID, "gemm: no product of %s and %s",
                                dlb_dtype_name(first->dtype), dlb_dtype_name(second->dtype));
    }
    const int64_t a_size[2] = {attrs->ta ? k : m, attrs->ta ? m : k};
    const int64_t b_size[2] = {attrs->tb ? n : k, attrs->tb ? k : n};
    const int64_t d_size[2] = {m, n};
    if (!check_factors(graph, attrs, type) || !check_matrix(graph, "A", first, batch, a_size) ||
        !check_matrix(graph, "B", second, batch, b_size)) {
        return -1;
    }
    struct dlb_op op = {.kind = DLB_OP_GEMM, .input_count = 2, .inputs = {a, b}, .output = -1};
    op.attrs.gemm = *attrs;
    if (attrs->beta != 0) {
        const struct dlb_tensor *const state = dlb_builder_operand(graph, "gemm with beta", c);
        if (state == NULL || !check_matrix(graph, "C", state, batch, d_size)) {
            return -1;
        }
        if (state->role != DLB_ROLE_STATE || state->dtype != type) {
            return dlb_graph_reject(
                graph, DLB_INVALID, "gemm: C must be a state of %s, found %s %s",
                dlb_dtype_name(type), dlb_role_name(state->role), dlb_dtype_name(state->dtype));
        }
        op.inputs[op.input_count++] = c;
        op.output = c;
    } else if (c >= 0) {
        return dlb_graph_reject(graph, DLB_INVALID, "gemm: with beta 0 there is no C");
    }
    const int output = dlb_builder_add(graph, &op, type, batch == 1 ? 2 : 3,
                                       batch == 1 ? d_size : (const int64_t[]){batch, m, n});
    if (output >= 0) {
        dlb_builder_scale(graph, a, k);
        dlb_builder_scale(graph, b, k);
    }
    return output;
}

int64_t dlb_window_output(int64_t input, int64_t window, int64_t dilation, int64_t stride,
                          int64_t pad_before, int64_t pad_after)
{
    const int64_t limit = INT64_MAX / 4;
    int64_t reach;
    if (input < 1 || window < 1 || dilation < 1 || stride < 1 || pad_before < 0 || pad_after < 0 ||
        input > limit || pad_before > limit || pad_after > limit ||
        !dlb_multiply(dilation, window - 1, &reach)) {
        return 0;
    }
    const int64_t room = input + pad_before + pad_after - 1;
    return reach > room ? 0 : (room - reach) / stride + 1;
}

/* Ranges that do not depend on operands. */
static bool check_conv_attrs(struct dlb_graph *graph, const char *op,
                             const struct dlb_conv_attrs *attrs)
{
    const struct {
        const char *name;
        int64_t value, least;
    } ranges[] = {
        {"n", attrs->n, 1},
        {"c", attrs->c, 1},
        {"h", attrs->h, 1},
        {"w", attrs->w, 1},
        {"k", attrs->k, 1},
        {"r", attrs->r, 1},
        {"s", attrs->s, 1},
        {"stride", attrs->stride_h, 1},
        {"stride", attrs->stride_w, 1},
        {"dilation", attrs->dilation_h, 1},
        {"dilation", attrs->dilation_w, 1},
        {"groups", attrs->groups, 1},
        {"pad", attrs->pad_top, 0},
        {"pad", attrs->pad_left, 0},
        {"pad", attrs->pad_bottom, 0},
        {"pad", attrs->pad_right, 0},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(ranges); i++) {
        if (ranges[i].value < ranges[i].least) {
            (void)dlb_graph_reject(graph, DLB_INVALID, "%s: %s must be at least %lld, found %lld",
                                   op, ranges[i].name, (long long)ranges[i].least,
                                   (long long)ranges[i].value);
            return false;
        }
    }
    if (attrs->c % attrs->groups != 0 || attrs->k % attrs->groups != 0) {
        (void)dlb_graph_reject(
            graph, DLB_INVALID, "%s: groups must divide c and k, found groups %lld, c %lld, k %lld",
            op, (long long)attrs->groups, (long long)attrs->c, (long long)attrs->k);
        return false;
    }
    return true;
}

/* Fills out_h and out_w; a window that does not fit is refused with its sizes. */
static bool infer_conv(struct dlb_graph *graph, const char *op, struct dlb_conv_attrs *attrs)
{
    if (!check_conv_attrs(graph, op, attrs)) {
        return false;
    }
    attrs->out_h = dlb_window_output(attrs->h, attrs->r, attrs->dilation_h, attrs->stride_h,
                                     attrs->pad_top, attrs->pad_bottom);
    attrs->out_w = dlb_window_output(attrs->w, attrs->s, attrs->dilation_w, attrs->stride_w,
                                     attrs->pad_left, attrs->pad_right);
    if (attrs->out_h < 1 || attrs->out_w < 1) {
        (void)dlb_graph_reject(
            graph, DLB_INVALID,
            "%s: the filter %lldx%lld (dilation %lldx%lld) does not fit the image %lldx%lld with "
            "padding %lldx%lldx%lldx%lld",
            op, (long long)attrs->r, (long long)attrs->s, (long long)attrs->dilation_h,
            (long long)attrs->dilation_w, (long long)attrs->h, (long long)attrs->w,
            (long long)attrs->pad_top, (long long)attrs->pad_left, (long long)attrs->pad_bottom,
            (long long)attrs->pad_right);
        return false;
    }
    return true;
}

/* Sums of backward-weights run over images and output places and take no weight, so only the first
 * two kinds ask: forward sums over c/groups r s, backward-data over k/groups r s. */
static int64_t conv_length(enum dlb_op_kind kind, const struct dlb_conv_attrs *attrs)
{
    const int64_t channels = kind == DLB_OP_CONV ? attrs->c : attrs->k;
    return channels / attrs->groups * attrs->r * attrs->s;
}

int dlb_graph_conv(struct dlb_graph *graph, enum dlb_op_kind kind, int first, int second,
                   const struct dlb_conv_attrs *attrs)
{
    const char *const name = dlb_op_name(kind);
    const struct dlb_tensor *const left = dlb_builder_operand(graph, name, first);
    const struct dlb_tensor *const right = dlb_builder_operand(graph, name, second);
    struct dlb_conv_attrs full = *attrs;
    if (left == NULL || right == NULL || !infer_conv(graph, name, &full)) {
        return -1;
    }
    enum dlb_dtype type;
    if (!product_type(left->dtype, right->dtype, &type)) {
        return dlb_graph_reject(graph, DLB_INVALID, "%s: no product of %s and %s", name,
                                dlb_dtype_name(left->dtype), dlb_dtype_name(right->dtype));
    }
    if (kind != DLB_OP_CONV && dlb_dtype_is_integer(type)) {
        return dlb_graph_reject(graph, DLB_INVALID,
                                "%s: integer types have a forward pass only, found %s", name,
                                dlb_dtype_name(left->dtype));
    }
    const int64_t x[4] = {full.n, full.c, full.h, full.w};
    const int64_t w[4] = {full.k, full.c / full.groups, full.r, full.s};
    const int64_t y[4] = {full.n, full.k, full.out_h, full.out_w};
    const bool data = kind == DLB_OP_CONV_BWD_DATA;
    const bool weights = kind == DLB_OP_CONV_BWD_WEIGHTS;
    if (!check_dims(graph, name, data ? "dY" : "X", left, 4, data ? y : x) ||
        !check_dims(graph, name, weights ? "dY" : "W", right, 4, weights ? y : w)) {
        return -1;
    }
    struct dlb_op op = {.kind = kind, .input_count = 2, .inputs = {first, second}, .output = -1};
    op.attrs.conv = full;
    const int output = dlb_builder_add(graph, &op, type, 4, data ? x : weights ? w : y);
    if (output >= 0 && !weights) {
        dlb_builder_scale(graph, second, conv_length(kind, &full));
    }
    return output;
}
