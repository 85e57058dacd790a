/* test_reference.c: the reference kernels against values worked out by hand, against plain index loops, and against the
 * identities that tie the three passes of a convolution together. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/models/workload.h"
#include "kernels/reference/reference.h"
#include "tests/unit/naive.h"

/* A graph with a buffer for each tensor. */
struct subject {
    struct dlb_graph graph;
    void *buffers[16];
};

static void allocate(struct subject *s)
{
    struct dlb_why why = {""};
    if (dlb_graph_finish(&s->graph, &why) != DLB_OK)
        fail_msg("%s", why.text);
    for (int i = 0; i < s->graph.tensor_count; i++) {
        s->buffers[i] = calloc(1, (size_t)dlb_tensor_bytes(&s->graph.tensors[i]));
        assert_non_null(s->buffers[i]);
    }
}

static void open_key(struct subject *s, const char *key, uint64_t seed)
{
    struct dlb_problem problem;
    struct dlb_why why = {""};
    memset(s, 0, sizeof *s);
    if (dlb_problem_parse(key, &problem, &why) != DLB_OK ||
        dlb_problem_build(&problem, &s->graph, &why) != DLB_OK)
        fail_msg("%s: %s", key, why.text);
    allocate(s);
    for (int i = 0; i < s->graph.tensor_count; i++)
        if (s->graph.tensors[i].role <= DLB_ROLE_STATE)
            dlb_graph_fill(&s->graph, i, DLB_FILL_RANDOM, seed, s->buffers[i]);
}

static void close_subject(struct subject *s)
{
    for (int i = 0; i < s->graph.tensor_count; i++)
        free(s->buffers[i]);
    dlb_graph_free(&s->graph);
}

static void run(struct subject *s)
{
    for (int i = 0; i < s->graph.op_count; i++)
        dlb_reference_run(&s->graph, &s->graph.ops[i], s->buffers);
}

static double get(const struct subject *s, int tensor, int64_t i)
{
    return dlb_dtype_load(s->graph.tensors[tensor].dtype, s->buffers[tensor], (size_t)i);
}

static void put(struct subject *s, int tensor, const double *values)
{
    const struct dlb_tensor *t = &s->graph.tensors[tensor];
    dlb_dtype_from_double(t->dtype, values, s->buffers[tensor], (size_t)dlb_tensor_elements(t));
}

static void expect(const struct subject *s, int tensor, const double *wanted)
{
    const int64_t count = dlb_tensor_elements(&s->graph.tensors[tensor]);
    for (int64_t i = 0; i < count; i++)
        if (fabs(get(s, tensor, i) - wanted[i]) > 1e-6 * (1 + fabs(wanted[i])))
            fail_msg("%s element %lld: wanted %g, found %g", s->graph.name, (long long)i, wanted[i],
                     get(s, tensor, i));
}

static void begin(struct subject *s, const char *name)
{
    memset(s, 0, sizeof *s);
    dlb_graph_init(&s->graph, name, 1);
}

static int tensor(struct subject *s, const char *name, int rank, const int64_t *dims)
{
    return dlb_graph_tensor(&s->graph, name, DLB_ROLE_INPUT, DLB_DTYPE_F32, rank, dims);
}

/* One op with one input of 1 x 2 x 2 x 3, filled with the given six values per channel. */
static const double picture[12] = {1, -2, 3, -4, 5, -6, 0.5, 0.25, -1, 8, 7, -9};

static void test_elementwise_by_hand(void **state)
{
    (void)state;
    struct subject s;
    begin(&s, "elementwise");
    const int x = tensor(&s, "x", 4, (int64_t[]){1, 2, 2, 3});
    const int b = tensor(&s, "b", 1, (int64_t[]){2});
    const int biased = dlb_graph_bias(&s.graph, x, b, 1);
    const int sum = dlb_graph_add(&s.graph, biased, x);
    const int positive = dlb_graph_relu(&s.graph, sum);
    const int flat = dlb_graph_flatten(&s.graph, positive);
    dlb_graph_output(&s.graph, flat);
    allocate(&s);
    put(&s, x, picture);
    put(&s, b, (const double[]){10, -1});
    run(&s);
    expect(&s, biased, (const double[]){11, 8, 13, 6, 15, 4, -0.5, -0.75, -2, 7, 6, -10});
    expect(&s, sum, (const double[]){12, 6, 16, 2, 20, -2, 0, -0.5, -3, 15, 13, -19});
    expect(&s, flat, (const double[]){12, 6, 16, 2, 20, 0, 0, 0, 0, 15, 13, 0});
    ((float *)s.buffers[x])[0] = NAN;
    run(&s);
    assert_true(isnan(get(&s, flat, 0))); /* a ReLU does not hide it */
    close_subject(&s);
}

/* Padding must neither win a maximum of negative numbers nor count in a mean. */
static void test_pool_by_hand(void **state)
{
    (void)state;
    const struct dlb_pool_attrs attrs = {
        .r = 2, .s = 2, .stride_h = 2, .stride_w = 2, .pad_top = 1, .pad_left = 1, .pad_bottom = 1};
    struct subject s;
    begin(&s, "pool");
    const int x = tensor(&s, "x", 4, (int64_t[]){1, 2, 2, 3});
    const int most = dlb_graph_pool(&s.graph, DLB_OP_MAXPOOL, x, &attrs);
    const int mean = dlb_graph_pool(&s.graph, DLB_OP_AVGPOOL, x, &attrs);
    dlb_graph_output(&s.graph, most);
    dlb_graph_output(&s.graph, mean);
    allocate(&s);
    put(&s, x, picture);
    run(&s);
    expect(&s, most, (const double[]){1, 3, -4, 5, 0.5, 0.25, 8, 7});
    expect(&s, mean, (const double[]){1, 0.5, -4, -0.5, 0.5, -0.375, 8, -1});
    close_subject(&s);
}

static void test_norm_by_hand(void **state)
{
    (void)state;
    struct subject s;
    begin(&s, "norm");
    const int x = tensor(&s, "x", 4, (int64_t[]){1, 2, 2, 3});
    int p[4];
    const char *names[4] = {"gamma", "beta", "mean", "variance"};
    for (int i = 0; i < 4; i++)
        p[i] = tensor(&s, names[i], 1, (int64_t[]){2});
    const int normal = dlb_graph_batchnorm(&s.graph, x, p, 0.25);
    const int soft = dlb_graph_softmax(&s.graph, x);
    dlb_graph_output(&s.graph, normal);
    dlb_graph_output(&s.graph, soft);
    allocate(&s);
    put(&s, x, picture);
    put(&s, p[0], (const double[]){3, -1});
    put(&s, p[1], (const double[]){1, 0});
    put(&s, p[2], (const double[]){2, -1});
    put(&s, p[3], (const double[]){2, 0.75});
    run(&s);
    /* Channel 0: 3 (x - 2) / 1.5 + 1; channel 1: -(x + 1) / 1. */
    expect(&s, normal, (const double[]){-1, -7, 3, -11, 7, -15, -1.5, -1.25, 0, -9, -8, 8});
    const double first = exp(-2.0) + exp(-5.0) + 1;
    assert_true(fabs(get(&s, soft, 2) - 1 / first) < 1e-6);
    assert_true(fabs(get(&s, soft, 1) - exp(-5.0) / first) < 1e-6);
    put(&s, x, (const double[]){1e4, 1e4, -1e4, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    run(&s);
    expect(&s, soft,
           (const double[]){0.5, 0.5, 0, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1 / 3.0,
                            1 / 3.0, 1 / 3.0, 1 / 3.0});
    close_subject(&s);
}

static const char *const products[] = {
    "gemm:m=1,n=1,k=1",
    "gemm:m=5,n=7,k=11",
    "gemm:m=5,n=131,k=13,ta=t",
    "gemm:m=17,n=257,k=3,tb=t,batch=2",
    "gemm:m=7,n=5,k=130,ta=t,tb=t,alpha=0.5,beta=-2",
    "gemm:m=7,n=5,k=9,dtype=bf16",
    "gemm:m=7,n=5,k=9,dtype=f16,beta=1",
    "gemm:m=7,n=5,k=300,dtype=u8",
    "gemm:m=7,n=5,k=9,dtype=s8,batch=3",
    "conv:n=2,c=3,h=5,w=7,k=4",
    "conv:n=1,c=1,h=1,w=1,k=1,r=1,s=1,pad=0",
    "conv:n=1,c=2,h=5,w=131,k=2,s=5,pad=1x3",
    "conv:n=2,c=6,h=11,w=13,k=4,r=3,s=2,stride=2x3,pad=0x1x2x3,dilation=2x1,groups=2",
    "conv:n=1,c=5,h=7,w=7,k=5,groups=5,dtype=bf16",
    "conv:n=1,c=4,h=9,w=9,k=6,r=1,s=1,pad=0,stride=7,dtype=s8",
    "conv:n=1,c=4,h=3,w=3,k=6,r=3,s=3,pad=4,dilation=3,dtype=u8",
};

/* Whole op, single elements, and plain loops with f32 sums agree. */
static void test_products(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        struct subject s;
        open_key(&s, products[i], 7);
        const struct dlb_op *op = &s.graph.ops[0];
        const struct dlb_tensor *y = &s.graph.tensors[op->output];
        const int64_t count = dlb_tensor_elements(y);
        double *element = malloc((size_t)count * sizeof *element);
        float *floats[16] = {0};
        for (int t = 0; t < s.graph.tensor_count; t++)
            floats[t] = dlb_naive_floats(&s.graph.tensors[t], s.buffers[t]);
        for (int64_t j = 0; j < count; j++) {
            double magnitude;
            element[j] = dlb_reference_element(&s.graph, op, s.buffers, j, &magnitude);
            const double naive = dlb_naive_element(&s.graph, floats, j, 1);
            if (fabs(element[j] - naive) > 1e-5 * magnitude || magnitude < fabs(element[j]))
                fail_msg("%s element %lld: %g, naive %g", products[i], (long long)j, element[j],
                         naive);
        }
        run(&s);
        for (int64_t j = 0; j < count; j++) {
            const double off = fabs(get(&s, op->output, j) - element[j]);
            if (off > dlb_dtype_roundoff(y->dtype) * fabs(element[j]) * (1 + 1e-6))
                fail_msg("%s element %lld of the whole: %g, alone %g", products[i], (long long)j,
                         get(&s, op->output, j), element[j]);
        }
        for (int t = 0; t < s.graph.tensor_count; t++)
            free(floats[t]);
        free(element);
        close_subject(&s);
    }
}

/* <U, conv(X, W)> = <X, backward_data(U, W)> = <W, backward_weights(X, U)> for any X, W, U: the definition of the
 * gradients. */
static const char *const shapes[] = {
    "n=1,c=1,h=1,w=1,k=1,r=1,s=1,pad=0",
    "n=2,c=3,h=5,w=7,k=4",
    "n=1,c=2,h=13,w=11,k=3,r=5,s=5,pad=2,stride=2",
    "n=2,c=6,h=11,w=13,k=4,r=3,s=2,stride=2x3,pad=0x1x2x3,dilation=2x1,groups=2",
    "n=3,c=5,h=7,w=7,k=5,groups=5",
    "n=1,c=4,h=17,w=17,k=8,r=1,s=1,pad=0,stride=7,groups=4",
    "n=1,c=4,h=3,w=3,k=6,pad=4,dilation=3",
};

static double dot(const struct subject *s, int tensor_index, const double *with)
{
    const int64_t count = dlb_tensor_elements(&s->graph.tensors[tensor_index]);
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += get(s, tensor_index, i) * with[i];
    return sum;
}

static double *random_values(const struct dlb_tensor *t, uint64_t seed)
{
    const int64_t count = dlb_tensor_elements(t);
    double *values = calloc((size_t)count, sizeof *values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (double)(float)dlb_random_at(seed, (uint64_t)i);
    return values;
}

static void test_gradients(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct subject s[3];
        const char *passes[3] = {"fwd", "bwd_data", "bwd_weights"};
        for (int j = 0; j < 3; j++) {
            char key[200];
            snprintf(key, sizeof key, "conv:%s,pass=%s", shapes[i], passes[j]);
            open_key(&s[j], key, 1);
        }
        const struct dlb_op *fwd = &s[0].graph.ops[0];
        double *x = random_values(&s[0].graph.tensors[fwd->inputs[0]], 1);
        double *w = random_values(&s[0].graph.tensors[fwd->inputs[1]], 2);
        double *u = random_values(&s[0].graph.tensors[fwd->output], 3);
        const double *operands[3][3] = {{x, w, u}, {u, w, x}, {x, u, w}};
        double product[3] = {0};
        for (int j = 0; j < 3; j++) {
            const struct dlb_op *op = &s[j].graph.ops[0];
            put(&s[j], op->inputs[0], operands[j][0]);
            put(&s[j], op->inputs[1], operands[j][1]);
            run(&s[j]);
            product[j] = dot(&s[j], op->output, operands[j][2]);
        }
        for (int j = 1; j < 3; j++)
            if (fabs(product[j] - product[0]) > 1e-4 * (1 + fabs(product[0])))
                fail_msg("%s %s: %g, forward %g", shapes[i], passes[j], product[j], product[0]);
        for (int j = 0; j < 3; j++)
            close_subject(&s[j]);
        free(x);
        free(w);
        free(u);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elementwise_by_hand), cmocka_unit_test(test_pool_by_hand),
        cmocka_unit_test(test_norm_by_hand),        cmocka_unit_test(test_products),
        cmocka_unit_test(test_gradients),
    };
    return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
