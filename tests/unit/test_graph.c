/* test_graph.c: shape inference, every refusal of the builder, roles, and the filling of inputs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/graph/graph.h"

struct shape {
    int rank;
    int64_t dims[4];
};

static int given(struct dlb_graph *graph, const char *name, enum dlb_role role,
                 enum dlb_dtype dtype, const struct shape shape)
{
    /* One more, as a rank above the limit is among the cases. */
    const int64_t dims[6] = {shape.dims[0], shape.dims[1], shape.dims[2], shape.dims[3], 1, 1};
    return dlb_graph_tensor(graph, name, role, dtype, shape.rank, dims);
}

static int input(struct dlb_graph *graph, const char *name, int rank, int64_t d0, int64_t d1,
                 int64_t d2, int64_t d3)
{
    return given(graph, name, DLB_ROLE_INPUT, DLB_DTYPE_F32,
                 (struct shape){rank, {d0, d1, d2, d3}});
}

static void assert_dims(const struct dlb_graph *graph, int tensor, int rank, int64_t d0, int64_t d1,
                        int64_t d2, int64_t d3)
{
    const int64_t wanted[4] = {d0, d1, d2, d3};
    assert_in_range(tensor, 0, graph->tensor_count - 1);
    assert_int_equal(graph->tensors[tensor].rank, rank);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(graph->tensors[tensor].dims[i], i < rank ? wanted[i] : 1);
    }
}

static const struct dlb_gemm_attrs product_5_7_11 = {
    .m = 5, .n = 7, .k = 11, .batch = 1, .alpha = 1};
static const struct dlb_conv_attrs conv_odd = {.n = 2,
                                               .c = 6,
                                               .h = 13,
                                               .w = 11,
                                               .k = 9,
                                               .r = 3,
                                               .s = 5,
                                               .stride_h = 2,
                                               .stride_w = 1,
                                               .pad_top = 1,
                                               .pad_left = 2,
                                               .pad_bottom = 0,
                                               .pad_right = 1,
                                               .dilation_h = 2,
                                               .dilation_w = 1,
                                               .groups = 3};

static void test_gemm(void **state)
{
    (void)state;
    for (int t = 0; t < 8; t++) {
        const bool ta = t & 1, tb = t & 2;
        const int64_t batch = t & 4 ? 3 : 1;
        struct dlb_gemm_attrs attrs = product_5_7_11;
        attrs.ta = ta;
        attrs.tb = tb;
        attrs.batch = batch;
        struct dlb_graph graph;
        dlb_graph_init(&graph, "test", 1);
        const int64_t a_dims[3] = {batch, ta ? 11 : 5, ta ? 5 : 11};
        const int64_t b_dims[3] = {batch, tb ? 7 : 11, tb ? 11 : 7};
        const int rank = batch == 1 ? 2 : 3;
        const int a =
            dlb_graph_tensor(&graph, "A", DLB_ROLE_INPUT, DLB_DTYPE_BF16, rank, a_dims + 3 - rank);
        const int b =
            dlb_graph_tensor(&graph, "B", DLB_ROLE_WEIGHT, DLB_DTYPE_BF16, rank, b_dims + 3 - rank);
        const int d = dlb_graph_gemm(&graph, a, b, -1, &attrs);
        dlb_graph_output(&graph, d);
        assert_int_equal(dlb_graph_finish(&graph, NULL), DLB_OK);
        assert_dims(&graph, d, rank, batch == 1 ? 5 : 3, batch == 1 ? 7 : 5, 7, 1);
        assert_int_equal(graph.tensors[d].dtype, DLB_DTYPE_BF16);
        assert_int_equal(graph.tensors[d].role, DLB_ROLE_OUTPUT);
        assert_true(graph.tensors[a].scale == 1);
        assert_true(fabs(graph.tensors[b].scale - sqrt(3.0 / 11)) < 1e-15);
        assert_int_equal(graph.ops[0].attrs.gemm.ta, ta);
        dlb_graph_free(&graph);
    }
}

static void test_gemm_state(void **state)
{
    (void)state;
    struct dlb_graph graph;
    dlb_graph_init(&graph, "test", 1);
    const int a =
        given(&graph, "A", DLB_ROLE_INPUT, DLB_DTYPE_U8, (struct shape){2, {5, 11, 1, 1}});
    const int b =
        given(&graph, "B", DLB_ROLE_WEIGHT, DLB_DTYPE_S8, (struct shape){2, {11, 7, 1, 1}});
    const int c =
        given(&graph, "C", DLB_ROLE_STATE, DLB_DTYPE_S32, (struct shape){2, {5, 7, 1, 1}});
    struct dlb_gemm_attrs attrs = product_5_7_11;
    attrs.beta = 1;
    const int d = dlb_graph_gemm(&graph, a, b, c, &attrs);
    assert_int_equal(d, c);
    dlb_graph_output(&graph, d);
    assert_int_equal(dlb_graph_finish(&graph, NULL), DLB_OK);
    assert_int_equal(graph.tensors[c].role, DLB_ROLE_STATE);
    assert_int_equal(graph.tensor_count, 3);
    assert_int_equal(graph.ops[0].input_count, 3);
    assert_int_equal(graph.ops[0].inputs[2], c);
    assert_int_equal(graph.ops[0].output, c);
    assert_true(dlb_graph_is_result(&graph, c));
    assert_false(dlb_graph_is_result(&graph, a));
    dlb_graph_free(&graph);
}

/* out_h = (13 + 1 + 0 - 2 (3-1) - 1) / 2 + 1 = 5, out_w = (11 + 2 + 1 - (5-1) - 1) / 1 + 1 = 10 */
static void test_conv(void **state)
{
    (void)state;
    static const struct {
        enum dlb_op_kind kind;
        int64_t first[4], second[4], out[4];
        double scale;
    } cases[] = {
        {DLB_OP_CONV, {2, 6, 13, 11}, {9, 2, 3, 5}, {2, 9, 5, 10}, 2 * 3 * 5},
        {DLB_OP_CONV_BWD_DATA, {2, 9, 5, 10}, {9, 2, 3, 5}, {2, 6, 13, 11}, 3 * 3 * 5},
        {DLB_OP_CONV_BWD_WEIGHTS, {2, 6, 13, 11}, {2, 9, 5, 10}, {9, 2, 3, 5}, 0},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_graph graph;
        dlb_graph_init(&graph, "test", 2);
        const int first =
            dlb_graph_tensor(&graph, "first", DLB_ROLE_INPUT, DLB_DTYPE_F16, 4, cases[i].first);
        const int second =
            dlb_graph_tensor(&graph, "second", DLB_ROLE_WEIGHT, DLB_DTYPE_F16, 4, cases[i].second);
        const int y = dlb_graph_conv(&graph, cases[i].kind, first, second, &conv_odd);
        dlb_graph_output(&graph, y);
        struct dlb_why why = {""};
        if (dlb_graph_finish(&graph, &why) != DLB_OK) {
            fail_msg("%s: %s", dlb_op_name(cases[i].kind), why.text);
        }
        assert_dims(&graph, y, 4, cases[i].out[0], cases[i].out[1], cases[i].out[2],
                    cases[i].out[3]);
        assert_int_equal(graph.ops[0].attrs.conv.out_h, 5);
        assert_int_equal(graph.ops[0].attrs.conv.out_w, 10);
        assert_true(graph.tensors[second].scale ==
                    (cases[i].scale > 0 ? sqrt(3 / cases[i].scale) : 1));
        dlb_graph_free(&graph);
    }
}

static void test_window(void **state)
{
    (void)state;
    static const struct {
        int64_t input, window, dilation, stride, before, after, wanted;
    } cases[] = {
        {7, 3, 1, 1, 0, 0, 5},
        {7, 3, 1, 2, 0, 0, 3},
        {8, 3, 1, 2, 0, 0, 3}, /* rounded down */
        {7, 3, 3, 1, 0, 0, 1},
        {6, 3, 3, 1, 0, 0, 0},
        {1, 1, 1, 99, 0, 0, 1},
        {5, 5, 1, 1, 2, 2, 5},
        {5, 7, 1, 1, 1, 1, 1},
        {5, 8, 1, 1, 1, 1, 0},
        {0, 1, 1, 1, 0, 0, 0},
        {5, 0, 1, 1, 0, 0, 0},
        {5, 1, 0, 1, 0, 0, 0},
        {5, 1, 1, 0, 0, 0, 0},
        {5, 1, 1, 1, -1, 0, 0},
        {5, INT64_MAX, INT64_MAX, 1, 0, 0, 0},
        {INT64_MAX, 1, 1, 1, INT64_MAX, 0, 0},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        assert_int_equal(dlb_window_output(cases[i].input, cases[i].window, cases[i].dilation,
                                           cases[i].stride, cases[i].before, cases[i].after),
                         cases[i].wanted);
    }
}

static void test_layers(void **state)
{
    (void)state;
    struct dlb_graph graph;
    dlb_graph_init(&graph, "test", 2);
    const int x = input(&graph, "x", 4, 2, 5, 7, 11);
    const int bias = input(&graph, "bias", 1, 5, 1, 1, 1);
    int y = dlb_graph_bias(&graph, x, bias, 1);
    assert_dims(&graph, y, 4, 2, 5, 7, 11);
    int parameters[4];
    static const char *const names[4] = {"gamma", "beta", "mean", "variance"};
    for (int i = 0; i < 4; i++) {
        parameters[i] = input(&graph, names[i], 1, 5, 1, 1, 1);
    }
    y = dlb_graph_batchnorm(&graph, y, parameters, 1e-5);
    assert_dims(&graph, y, 4, 2, 5, 7, 11);
    y = dlb_graph_relu(&graph, dlb_graph_add(&graph, y, x));
    assert_dims(&graph, y, 4, 2, 5, 7, 11);
    const struct dlb_pool_attrs pool = {
        .r = 3, .s = 2, .stride_h = 2, .stride_w = 3, .pad_top = 2, .pad_right = 1};
    y = dlb_graph_pool(&graph, DLB_OP_MAXPOOL, y, &pool);
    assert_dims(&graph, y, 4, 2, 5, 4, 4); /* (7 + 2 - 3) / 2 + 1, (11 + 1 - 2) / 3 + 1 */
    y = dlb_graph_flatten(&graph, y);
    assert_dims(&graph, y, 2, 2, 80, 1, 1);
    y = dlb_graph_softmax(&graph, y);
    assert_dims(&graph, y, 2, 2, 80, 1, 1);
    dlb_graph_output(&graph, y);
    assert_int_equal(dlb_graph_finish(&graph, NULL), DLB_OK);
    assert_int_equal(graph.op_count, 7);
    for (int i = 0; i < graph.op_count; i++) {
        for (int j = 0; j < graph.ops[i].input_count; j++) {
            assert_true(graph.ops[i].inputs[j] < graph.ops[i].output); /* topological */
        }
    }
    dlb_graph_free(&graph);
    dlb_graph_free(&graph);
}

/* One builder a refusal: makes one mistake, after which nothing else happens. */
static void wrong_dimension(struct dlb_graph *graph)
{
    (void)input(graph, "x", 2, 5, 0, 1, 1);
}
static void wrong_bytes(struct dlb_graph *graph)
{
    (void)input(graph, "x", 2, INT64_C(1) << 31, INT64_C(1) << 30, 1, 1);
}
static void wrong_rank(struct dlb_graph *graph)
{
    (void)input(graph, "x", 6, 1, 1, 1, 1);
}
static void wrong_role(struct dlb_graph *graph)
{
    (void)given(graph, "x", DLB_ROLE_TEMP, DLB_DTYPE_F32, (struct shape){1, {1, 1, 1, 1}});
}
static void wrong_name_twice(struct dlb_graph *graph)
{
    (void)input(graph, "x", 1, 1, 1, 1, 1);
    (void)input(graph, "x", 1, 1, 1, 1, 1);
}
static void wrong_name_long(struct dlb_graph *graph)
{
    (void)input(graph, "a_name_of_more_than_23_bytes", 1, 1, 1, 1, 1);
}
static void wrong_operand(struct dlb_graph *graph)
{
    (void)dlb_graph_relu(graph, 3);
}
static void wrong_relu_type(struct dlb_graph *graph)
{
    (void)dlb_graph_relu(
        graph, given(graph, "x", DLB_ROLE_INPUT, DLB_DTYPE_S32, (struct shape){1, {3, 1, 1, 1}}));
}
static void wrong_gemm_shape(struct dlb_graph *graph)
{
    const int a = input(graph, "A", 2, 5, 12, 1, 1);
    (void)dlb_graph_gemm(graph, a, input(graph, "B", 2, 11, 7, 1, 1), -1, &product_5_7_11);
}
static void wrong_gemm_b(struct dlb_graph *graph)
{
    const int a = input(graph, "A", 2, 5, 11, 1, 1);
    (void)dlb_graph_gemm(graph, a, input(graph, "B", 2, 7, 11, 1, 1), -1, &product_5_7_11);
}
static void wrong_gemm_batch(struct dlb_graph *graph)
{
    struct dlb_gemm_attrs attrs = product_5_7_11;
    attrs.batch = 2;
    const int a = input(graph, "A", 2, 5, 11, 1, 1);
    (void)dlb_graph_gemm(graph, a, input(graph, "B", 2, 11, 7, 1, 1), -1, &attrs);
}
static void wrong_gemm_zero(struct dlb_graph *graph)
{
    struct dlb_gemm_attrs attrs = product_5_7_11;
    attrs.k = 0;
    const int a = input(graph, "A", 2, 5, 11, 1, 1);
    (void)dlb_graph_gemm(graph, a, a, -1, &attrs);
}
static void wrong_gemm_types(struct dlb_graph *graph)
{
    const int a = given(graph, "A", DLB_ROLE_INPUT, DLB_DTYPE_S8, (struct shape){2, {5, 11, 1, 1}});
    const int b = given(graph, "B", DLB_ROLE_INPUT, DLB_DTYPE_U8, (struct shape){2, {11, 7, 1, 1}});
    (void)dlb_graph_gemm(graph, a, b, -1, &product_5_7_11);
}
static void wrong_gemm_alpha(struct dlb_graph *graph)
{
    struct dlb_gemm_attrs attrs = product_5_7_11;
    attrs.alpha = 0.5;
    const int a = given(graph, "A", DLB_ROLE_INPUT, DLB_DTYPE_S8, (struct shape){2, {5, 11, 1, 1}});
    const int b = given(graph, "B", DLB_ROLE_INPUT, DLB_DTYPE_S8, (struct shape){2, {11, 7, 1, 1}});
    (void)dlb_graph_gemm(graph, a, b, -1, &attrs);
}
static void wrong_gemm_infinite(struct dlb_graph *graph)
{
    struct dlb_gemm_attrs attrs = product_5_7_11;
    attrs.alpha = (double)INFINITY;
    const int a = input(graph, "A", 2, 5, 11, 1, 1);
    (void)dlb_graph_gemm(graph, a, input(graph, "B", 2, 11, 7, 1, 1), -1, &attrs);
}
static void wrong_gemm_beta(struct dlb_graph *graph)
{
    struct dlb_gemm_attrs attrs = product_5_7_11;
    attrs.beta = 1;
    const int a = input(graph, "A", 2, 5, 11, 1, 1);
    const int b = input(graph, "B", 2, 11, 7, 1, 1);
    (void)dlb_graph_gemm(graph, a, b, input(graph, "C", 2, 5, 7, 1, 1), &attrs);
}
static void wrong_gemm_c(struct dlb_graph *graph)
{
    const int a = input(graph, "A", 2, 5, 11, 1, 1);
    const int b = input(graph, "B", 2, 11, 7, 1, 1);
    (void)dlb_graph_gemm(graph, a, b, b, &product_5_7_11);
}

static void wrong_conv(struct dlb_graph *graph, enum dlb_op_kind kind, enum dlb_dtype dtype,
                       const struct dlb_conv_attrs *attrs)
{
    const enum dlb_dtype weight = dtype == DLB_DTYPE_U8 ? DLB_DTYPE_S8 : dtype;
    const int x = given(graph, "X", DLB_ROLE_INPUT, dtype, (struct shape){4, {2, 6, 13, 11}});
    const int w = given(graph, "W", DLB_ROLE_WEIGHT, weight, (struct shape){4, {9, 2, 3, 5}});
    (void)dlb_graph_conv(graph, kind, x, w, attrs);
}
static void wrong_conv_groups(struct dlb_graph *graph)
{
    struct dlb_conv_attrs attrs = conv_odd;
    attrs.groups = 2;
    wrong_conv(graph, DLB_OP_CONV, DLB_DTYPE_F32, &attrs);
}
static void wrong_conv_window(struct dlb_graph *graph)
{
    struct dlb_conv_attrs attrs = conv_odd;
    attrs.dilation_h = 7;
    wrong_conv(graph, DLB_OP_CONV, DLB_DTYPE_F32, &attrs);
}
static void wrong_conv_stride(struct dlb_graph *graph)
{
    struct dlb_conv_attrs attrs = conv_odd;
    attrs.stride_w = 0;
    wrong_conv(graph, DLB_OP_CONV, DLB_DTYPE_F32, &attrs);
}
static void wrong_conv_pad(struct dlb_graph *graph)
{
    struct dlb_conv_attrs attrs = conv_odd;
    attrs.pad_right = -1;
    wrong_conv(graph, DLB_OP_CONV, DLB_DTYPE_F32, &attrs);
}
static void wrong_conv_shape(struct dlb_graph *graph)
{
    struct dlb_conv_attrs attrs = conv_odd;
    attrs.s = 3;
    wrong_conv(graph, DLB_OP_CONV, DLB_DTYPE_F32, &attrs);
}
static void wrong_conv_pass(struct dlb_graph *graph)
{
    wrong_conv(graph, DLB_OP_CONV_BWD_DATA, DLB_DTYPE_U8, &conv_odd);
}
static void wrong_bias_axis(struct dlb_graph *graph)
{
    const int x = input(graph, "x", 2, 3, 5, 1, 1);
    (void)dlb_graph_bias(graph, x, input(graph, "b", 1, 5, 1, 1, 1), 2);
}
static void wrong_bias_length(struct dlb_graph *graph)
{
    const int x = input(graph, "x", 2, 3, 5, 1, 1);
    (void)dlb_graph_bias(graph, x, input(graph, "b", 1, 3, 1, 1, 1), 1);
}
static void wrong_add(struct dlb_graph *graph)
{
    const int x = input(graph, "x", 2, 3, 5, 1, 1);
    (void)dlb_graph_add(graph, x, input(graph, "y", 2, 5, 3, 1, 1));
}
static void wrong_pool_rank(struct dlb_graph *graph)
{
    const struct dlb_pool_attrs pool = {.r = 2, .s = 2, .stride_h = 1, .stride_w = 1};
    (void)dlb_graph_pool(graph, DLB_OP_MAXPOOL, input(graph, "x", 2, 3, 5, 1, 1), &pool);
}
static void wrong_pool_window(struct dlb_graph *graph)
{
    const struct dlb_pool_attrs pool = {.r = 2, .s = 6, .stride_h = 1, .stride_w = 1};
    (void)dlb_graph_pool(graph, DLB_OP_AVGPOOL, input(graph, "x", 4, 1, 1, 5, 5), &pool);
}
static void wrong_pool_pad(struct dlb_graph *graph)
{
    const struct dlb_pool_attrs pool = {
        .r = 2, .s = 2, .stride_h = 1, .stride_w = 1, .pad_left = 2};
    (void)dlb_graph_pool(graph, DLB_OP_AVGPOOL, input(graph, "x", 4, 1, 1, 5, 5), &pool);
}
static void wrong_batchnorm(struct dlb_graph *graph)
{
    const int x = input(graph, "x", 4, 1, 3, 5, 5);
    const int v = input(graph, "v", 1, 3, 1, 1, 1);
    (void)dlb_graph_batchnorm(graph, x, (const int[4]){v, v, v, v}, 0);
}
static void wrong_batchnorm_length(struct dlb_graph *graph)
{
    const int x = input(graph, "x", 4, 1, 3, 5, 5);
    const int v = input(graph, "v", 1, 5, 1, 1, 1);
    (void)dlb_graph_batchnorm(graph, x, (const int[4]){v, v, v, v}, 1e-5);
}
static void wrong_flatten(struct dlb_graph *graph)
{
    (void)dlb_graph_flatten(graph, input(graph, "x", 1, 3, 1, 1, 1));
}
static void wrong_output(struct dlb_graph *graph)
{
    dlb_graph_output(graph, input(graph, "x", 1, 3, 1, 1, 1));
}
static void wrong_empty(struct dlb_graph *graph)
{
    (void)input(graph, "x", 1, 3, 1, 1, 1);
}
static void wrong_no_output(struct dlb_graph *graph)
{
    (void)dlb_graph_relu(graph, input(graph, "x", 1, 3, 1, 1, 1));
}
static void wrong_ops(struct dlb_graph *graph)
{
    const int64_t size = INT64_C(1) << 29;
    const struct dlb_gemm_attrs attrs = {.m = size, .n = size, .k = size, .batch = 1, .alpha = 1};
    const int a = input(graph, "A", 2, size, size, 1, 1);
    dlb_graph_output(graph,
                     dlb_graph_gemm(graph, a, input(graph, "B", 2, size, size, 1, 1), -1, &attrs));
}
static void wrong_sum_of_bytes(struct dlb_graph *graph)
{
    const int64_t size = INT64_C(1) << 30;
    const int x = input(graph, "x", 2, size, size, 1, 1);
    int y = x;
    for (int i = 0; i < 3; i++) {
        y = dlb_graph_relu(graph, y);
    }
    dlb_graph_output(graph, y);
}
static void wrong_by_caller(struct dlb_graph *graph)
{
    assert_int_equal(dlb_graph_reject(graph, DLB_UNSUPPORTED, "no %s", "luck"), -1);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        void (*build)(struct dlb_graph *graph);
        const char *wanted;
        enum dlb_status status;
    } cases[] = {
        {wrong_dimension, "every dimension must be at least 1, found 5x0 f32", DLB_INVALID},
        {wrong_bytes, "overflows 64 bits", DLB_INVALID},
        {wrong_rank, "rank 1..5", DLB_INVALID},
        {wrong_role, "found temp", DLB_INVALID},
        {wrong_name_twice, "two tensors are named x", DLB_INVALID},
        {wrong_name_long, "1..23 bytes", DLB_INVALID},
        {wrong_operand, "relu: an operand must be a tensor", DLB_INVALID},
        {wrong_relu_type, "relu takes f32, bf16 or f16, found x: 3 s32", DLB_INVALID},
        {wrong_gemm_shape, "A must be 5x11 f32, found 5x12 f32", DLB_INVALID},
        {wrong_gemm_b, "B must be 11x7 f32, found 7x11 f32", DLB_INVALID},
        {wrong_gemm_batch, "A must be 2x5x11 f32, found 5x11 f32", DLB_INVALID},
        {wrong_gemm_zero, "must be at least 1, found 5 7 0 1", DLB_INVALID},
        {wrong_gemm_types, "no product of s8 and u8", DLB_INVALID},
        {wrong_gemm_alpha, "integer types want alpha 1", DLB_INVALID},
        {wrong_gemm_infinite, "must be finite", DLB_INVALID},
        {wrong_gemm_beta, "C must be a state of f32, found input f32", DLB_INVALID},
        {wrong_gemm_c, "with beta 0 there is no C", DLB_INVALID},
        {wrong_conv_groups, "groups must divide c and k, found groups 2, c 6, k 9", DLB_INVALID},
        {wrong_conv_window, "3x5 (dilation 7x1) does not fit the image 13x11", DLB_INVALID},
        {wrong_conv_stride, "stride must be at least 1, found 0", DLB_INVALID},
        {wrong_conv_pad, "pad must be at least 0, found -1", DLB_INVALID},
        {wrong_conv_shape, "W must be 9x2x3x3 f32, found 9x2x3x5 f32", DLB_INVALID},
        {wrong_conv_pass, "forward pass only", DLB_INVALID},
        {wrong_bias_axis, "axis must be 0..1, found 2", DLB_INVALID},
        {wrong_bias_length, "b must be 5 f32, found 3 f32", DLB_INVALID},
        {wrong_add, "found 3x5 f32 and 5x3 f32", DLB_INVALID},
        {wrong_pool_rank, "takes N,C,H,W, found 3x5 f32", DLB_INVALID},
        {wrong_pool_window, "2x6 does not fit the image 5x5", DLB_INVALID},
        {wrong_pool_pad, "padding less than the window", DLB_INVALID},
        {wrong_batchnorm, "epsilon > 0", DLB_INVALID},
        {wrong_batchnorm_length, "v must be 3 f32, found 5 f32", DLB_INVALID},
        {wrong_flatten, "rank 2 or more", DLB_INVALID},
        {wrong_output, "x has the role input", DLB_INVALID},
        {wrong_empty, "has no op", DLB_INVALID},
        {wrong_no_output, "has no output", DLB_INVALID},
        {wrong_ops, "must fit 63 bits", DLB_INVALID},
        {wrong_sum_of_bytes, "must fit 63 bits", DLB_INVALID},
        {wrong_by_caller, "no luck", DLB_UNSUPPORTED},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_graph graph;
        struct dlb_why why = {""};
        dlb_graph_init(&graph, "test", 1);
        cases[i].build(&graph);
        /* What follows the first error changes nothing, and the first reason stays. */
        if (graph.status != DLB_OK) {
            const int ops = graph.op_count, tensors = graph.tensor_count;
            assert_int_equal(input(&graph, "late", 1, 1, 1, 1, 1), -1);
            assert_int_equal(dlb_graph_relu(&graph, 0), -1);
            assert_int_equal(dlb_graph_reject(&graph, DLB_IO, "later"), -1);
            dlb_graph_output(&graph, 0);
            assert_int_equal(graph.op_count, ops);
            assert_int_equal(graph.tensor_count, tensors);
        }
        assert_int_equal(dlb_graph_finish(&graph, &why), cases[i].status);
        if (strstr(why.text, cases[i].wanted) == NULL) {
            fail_msg("case %zu: wanted '%s', found '%s'", i, cases[i].wanted, why.text);
        }
        dlb_graph_free(&graph);
    }
}

static void test_fill(void **state)
{
    (void)state;
    struct dlb_graph graph;
    dlb_graph_init(&graph, "test", 1);
    const int x = input(&graph, "x", 4, 1, 301, 3, 1);
    int parameters[4];
    static const char *const names[4] = {"gamma", "beta", "mean", "variance"};
    for (int i = 0; i < 4; i++) {
        parameters[i] = input(&graph, names[i], 1, 301, 1, 1, 1);
    }
    dlb_graph_output(&graph, dlb_graph_batchnorm(&graph, x, parameters, 1e-5));
    assert_int_equal(dlb_graph_finish(&graph, NULL), DLB_OK);
    float a[903], b[903], variance[301], mean[301];
    dlb_graph_fill(&graph, x, DLB_FILL_RANDOM, 1, a);
    dlb_graph_fill(&graph, x, DLB_FILL_RANDOM, 1, b);
    assert_memory_equal(a, b, sizeof a);
    dlb_graph_fill(&graph, x, DLB_FILL_RANDOM, 2, b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(a[17] == (float)dlb_random_at(dlb_random_derive(1, "x"), 17));
    dlb_graph_fill(&graph, parameters[3], DLB_FILL_RANDOM, 1, variance);
    dlb_graph_fill(&graph, parameters[2], DLB_FILL_RANDOM, 1, mean);
    int negative = 0;
    for (int i = 0; i < 301; i++) {
        assert_true(variance[i] >= 0.5F && variance[i] <= 1.5F);
        negative += mean[i] < 0;
    }
    assert_in_range(negative, 100, 200);
    dlb_graph_fill(&graph, parameters[3], DLB_FILL_ZEROS, 1, variance);
    assert_true(variance[300] == 0.0F);
    dlb_graph_free(&graph);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(dlb_op_name(DLB_OP_CONV_BWD_WEIGHTS), "conv_bwd_weights");
    assert_string_equal(dlb_op_name(DLB_OP_COUNT), "?");
    assert_string_equal(dlb_op_meaning(DLB_OP_COUNT), "?");
    assert_string_equal(dlb_role_name(DLB_ROLE_STATE), "state");
    assert_string_equal(dlb_role_name(DLB_ROLE_COUNT), "?");
    for (int i = 0; i < DLB_OP_COUNT; i++) {
        assert_true(strlen(dlb_op_name((enum dlb_op_kind)i)) <= 16); /* tensor names hold it */
        assert_true(strlen(dlb_op_meaning((enum dlb_op_kind)i)) > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm),   cmocka_unit_test(test_gemm_state),
        cmocka_unit_test(test_conv),   cmocka_unit_test(test_window),
        cmocka_unit_test(test_layers), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_fill),   cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
