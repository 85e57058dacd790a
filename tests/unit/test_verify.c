/* test_verify.c: the oracle accepts every honest way of rounding and finds what is wrong.
 *
 * Answers come from naive.c (f32 sums, as a library makes them), not from the oracle's own kernels. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/models/workload.h"
#include "bench/run/verify.h"
#include "bench/run/verify_internal.h"
#include "kernels/reference/reference.h"
#include "tests/unit/naive.h"

#define SEED 20261123u

/* A problem, its oracle and a host buffer for its result. */
struct subject {
    struct dlb_graph graph;
    struct dlb_oracle *oracle;
    const void *inputs[32];
    float *floats[32]; /* copies */
    int result;
    void *host;
    struct dlb_check check;
    struct dlb_why why;
};

static void open_subject(struct subject *s, const char *key, enum dlb_fill fill)
{
    struct dlb_problem problem;
    memset(s, 0, sizeof *s);
    if (dlb_problem_parse(key, &problem, &s->why) != DLB_OK ||
        dlb_problem_build(&problem, &s->graph, &s->why) != DLB_OK ||
        dlb_oracle_open(&s->graph, fill, SEED, NULL, &s->oracle, &s->why) != DLB_OK) {
        fail_msg("%s: %s", key, s->why.text);
        abort(); /* fail_msg has jumped away, which static analysis cannot know */
    }
    s->result = -1;
    for (int i = 0; i < s->graph.tensor_count; i++) {
        s->inputs[i] = dlb_oracle_input(s->oracle, i);
        if (s->inputs[i] != NULL)
            s->floats[i] = dlb_naive_floats(&s->graph.tensors[i], s->inputs[i]);
        if (dlb_graph_is_result(&s->graph, i))
            s->result = i;
    }
    s->host = malloc((size_t)dlb_tensor_bytes(&s->graph.tensors[s->result]));
    assert_non_null(s->host);
}

static void close_subject(struct subject *s)
{
    free(s->host);
    for (int i = 0; i < s->graph.tensor_count; i++)
        free(s->floats[i]);
    dlb_oracle_close(s->oracle);
    dlb_graph_free(&s->graph);
}

static const struct dlb_tensor *result_of(const struct subject *s)
{
    return &s->graph.tensors[s->result];
}

/* The answer of an honest backend: f32 sums in `lanes` parts, rounded once. */
static void answer(struct subject *s, int lanes)
{
    const int64_t count = dlb_tensor_elements(result_of(s));
    for (int64_t i = 0; i < count; i++)
        dlb_dtype_store(result_of(s)->dtype, s->host, (size_t)i,
                        dlb_naive_element(&s->graph, s->floats, i, lanes));
}

static enum dlb_status check(struct subject *s)
{
    s->why.text[0] = '\0';
    return dlb_oracle_check(s->oracle, s->result, s->host, &s->check, &s->why);
}

static void expect_right(struct subject *s, const char *what)
{
    if (check(s) != DLB_OK || !s->check.ok)
        fail_msg("%s (%s): %s; %g of %g", what, s->check.method, s->why.text, s->check.max_rel_err,
                 s->check.tolerance);
    assert_true(s->check.max_rel_err <= s->check.tolerance);
}

static void expect_wrong(struct subject *s, const char *what)
{
    if (check(s) != DLB_WRONG || s->check.ok)
        fail_msg("%s passed (%s): %g of %g", what, s->check.method, s->check.max_rel_err,
                 s->check.tolerance);
    assert_true(strlen(s->why.text) > 0);
}

static double get(const struct subject *s, int64_t i)
{
    return dlb_dtype_load(result_of(s)->dtype, s->host, (size_t)i);
}

static void set(struct subject *s, int64_t i, double value)
{
    dlb_dtype_store(result_of(s)->dtype, s->host, (size_t)i, value);
}

static double rms(const struct subject *s)
{
    const int64_t count = dlb_tensor_elements(result_of(s));
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += get(s, i) * get(s, i);
    return sqrt(sum / (double)count);
}

/* Small ones are compared whole, large ones by projection; each type, transposes, batches. */
static const char *const gemms[] = {
    "gemm:m=1,n=1,k=1",
    "gemm:m=7,n=13,k=11,ta=t",
    "gemm:m=5,n=17,k=31,batch=3,tb=t,dtype=bf16",
    "gemm:m=33,n=65,k=129,dtype=f16,ta=t,tb=t",
    "gemm:m=31,n=9,k=200,dtype=u8",
    "gemm:m=301,n=270,k=311",
    "gemm:m=301,n=270,k=311,ta=t,tb=t",
    "gemm:m=131,n=517,k=301,dtype=bf16",
    "gemm:m=131,n=517,k=301,dtype=f16,tb=t",
    "gemm:m=131,n=517,k=301,dtype=s8,ta=t",
    "gemm:m=131,n=517,k=301,dtype=u8",
    "gemm:m=61,n=70,k=257,batch=17",
    "gemm:m=3,n=5,k=1200001",
    "gemm:m=131,n=517,k=301,alpha=0.5,beta=-2",
    "gemm:m=131,n=517,k=301,alpha=0.5,beta=1,dtype=bf16",
    "gemm:m=11,n=17,k=31,alpha=-3,beta=0.25",
};

static void test_gemm_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gemms / sizeof gemms[0]; i++) {
        struct subject s;
        open_subject(&s, gemms[i], DLB_FILL_RANDOM);
        for (int lanes = 1; lanes <= 16; lanes *= 16) {
            answer(&s, lanes);
            expect_right(&s, gemms[i]);
        }
        close_subject(&s);
    }
}

/* One element off by a small part of a typical one (16-bit: by a typical one; integers: by 1), anywhere. */
static void test_gemm_one_element(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gemms / sizeof gemms[0]; i++) {
        struct subject s;
        open_subject(&s, gemms[i], DLB_FILL_RANDOM);
        answer(&s, 4);
        const bool f32 = result_of(&s)->dtype == DLB_DTYPE_F32;
        const int64_t count = dlb_tensor_elements(result_of(&s));
        const double typical = rms(&s);
        const double off = dlb_dtype_is_integer(result_of(&s)->dtype) ? 1
                           : f32                                      ? 0.02 * typical
                                                                      : typical;
        for (int64_t j = 0; j < 5; j++) {
            const int64_t at = (count - 1) * j / 4;
            const double right = get(&s, at);
            set(&s, at, right + off);
            expect_wrong(&s, gemms[i]);
            set(&s, at, right);
        }
        expect_right(&s, gemms[i]);
        close_subject(&s);
    }
}

static void test_names_the_element(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "gemm:m=301,n=270,k=311", DLB_FILL_RANDOM);
    answer(&s, 4);
    assert_string_equal((expect_right(&s, "right"), s.check.method), "projection");
    set(&s, 170 * 270 + 33, 77.5);
    expect_wrong(&s, "one element");
    assert_non_null(strstr(s.why.text, "[170,33]"));
    assert_non_null(strstr(s.why.text, "found 77.5"));
    assert_true(s.check.max_abs_err > 50);
    close_subject(&s);
}

/* Rounding the factors to tf32 (10 fraction bits) is another type than was asked for. */
static void test_lower_precision_is_wrong(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=64,n=64,k=64", "gemm:m=301,n=270,k=311", "gemm:m=40,n=40,k=16384",
                          "conv:n=1,c=64,h=14,w=14,k=32"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        for (int t = 0; t < 2; t++) {
            const int64_t count = dlb_tensor_elements(&s.graph.tensors[t]);
            for (int64_t j = 0; j < count; j++) {
                const float value = s.floats[t][j];
                const float big = (1 + 0x1p13f) * value; /* Veltkamp: keeps 24 - 13 bits */
                s.floats[t][j] = big - (big - value);
            }
        }
        answer(&s, 4);
        expect_wrong(&s, keys[i]);
        close_subject(&s);
    }
}

/* 16-bit sums kept in 16 bits are not "accumulation in f32 or wider". */
static void test_low_accumulation_is_wrong(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "gemm:m=16,n=16,k=256,dtype=bf16", DLB_FILL_RANDOM);
    for (int64_t i = 0; i < 16 * 16; i++) {
        double sum = 0;
        for (int64_t k = 0; k < 256; k++) {
            const float a = s.floats[0][i / 16 * 256 + k];
            const float b = s.floats[1][k * 16 + i % 16];
            dlb_dtype_store(DLB_DTYPE_BF16, s.host, 0, sum + (double)(a * b));
            sum = dlb_dtype_load(DLB_DTYPE_BF16, s.host, 0);
        }
        if (i > 0)
            set(&s, i, sum);
    }
    set(&s, 0, dlb_naive_element(&s.graph, s.floats, 0, 1));
    expect_wrong(&s, "bf16 sums");
    close_subject(&s);
}

/* Expected values that are not finite, set by hand: only the same infinity, or a NaN of arithmetic, is right. */
static void test_expected_not_finite(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=5,n=7,k=11", "gemm:m=5,n=7,k=11,dtype=bf16",
                          "gemm:m=5,n=7,k=11,dtype=f16"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        answer(&s, 4);
        struct dlb_expected *expected = &s.oracle->expected[s.result];
        const struct dlb_tensor one = {
            .dtype = result_of(&s)->dtype, .rank = 1, .dims = {1, 1, 1, 1, 1}};
        const double wanted[] = {INFINITY, -INFINITY, NAN};
        for (size_t w = 0; w < 3; w++) {
            expected->value[0] = wanted[w];
            expected->bound[0] = w == 1 ? INFINITY : NAN; /* not needed where the value says all */
            const double found[] = {INFINITY, -INFINITY, NAN, 1.5};
            for (size_t f = 0; f < 4; f++) {
                set(&s, 0, found[f]);
                if (f == w)
                    expect_right(&s, keys[i]);
                else
                    expect_wrong(&s, keys[i]);
            }
            dlb_oracle_poison(&one, s.host);
            expect_wrong(&s, "poison");
        }
        close_subject(&s);
    }
}

/* A bound that is no number must not let everything pass, and a wrong element elsewhere is still wrong. */
static void test_no_finite_bound(void **state)
{
    (void)state;
    const double bounds[] = {INFINITY, NAN};
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        struct subject s;
        open_subject(&s, "gemm:m=5,n=7,k=11", DLB_FILL_RANDOM);
        answer(&s, 4);
        s.oracle->expected[s.result].bound[9] = bounds[i];
        assert_int_equal(check(&s), DLB_FAILED);
        assert_false(s.check.ok);
        assert_true(isnan(s.check.max_rel_err));
        assert_non_null(strstr(s.why.text, "[1,2]"));
        set(&s, 3, 1e6);
        expect_wrong(&s, "beside it");
        close_subject(&s);
    }
}

/* An infinite factor leaves its row of a projection without a bound; NaN compares with nothing. */
static void test_projection_without_bound(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "gemm:m=301,n=270,k=311", DLB_FILL_RANDOM);
    answer(&s, 4);
    expect_right(&s, "finite");
    const float factors[] = {INFINITY, NAN};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        ((float *)s.oracle->inputs[0])[100 * 311 + 5] = factors[i];
        dlb_projection_draw(s.oracle->projection, s.oracle->inputs, SEED);
        int64_t first = -1, width = 0;
        assert_true(isnan(dlb_projection_check(s.oracle->projection, s.host, &first, &width)));
        assert_int_equal(first / 270, 100);
        /* The sampled elements are those of the finite product, and all right. */
        assert_int_equal(check(&s), DLB_FAILED);
        assert_false(s.check.ok);
        assert_non_null(strstr(s.why.text, "[100,"));
    }
    close_subject(&s);
}

/* What is wrong everywhere but in the sample of one look is found by the next, and by that one again afterwards. */
static void test_look_moves_the_sample(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "conv:n=1,c=32,h=64,w=64,k=32", DLB_FILL_RANDOM);
    answer(&s, 8);
    dlb_oracle_look(s.oracle, 1);
    expect_right(&s, "look 1");
    const struct dlb_expected *expected = &s.oracle->expected[s.result];
    const int64_t count = dlb_tensor_elements(result_of(&s));
    for (int64_t i = 0, next = 0; i < count; i++) {
        while (next < expected->count && expected->index[next] < i)
            next++;
        if (next == expected->count || expected->index[next] != i)
            set(&s, i, 1e3);
    }
    expect_right(&s, "look 1, its elements alone");
    for (uint64_t look = 2; look < 6; look++) {
        dlb_oracle_look(s.oracle, look);
        expect_wrong(&s, "another look");
    }
    dlb_oracle_look(s.oracle, 1);
    expect_right(&s, "look 1 again");
    close_subject(&s);
}

/* Two equal errors in a row cancel when their signs differ: with new signs for each look, in about half of them. */
static void test_look_changes_the_signs(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "gemm:m=301,n=270,k=311", DLB_FILL_RANDOM);
    answer(&s, 4);
    const double off = 0.1 * rms(&s);
    set(&s, 170 * 270 + 33, get(&s, 170 * 270 + 33) + off);
    set(&s, 170 * 270 + 35, get(&s, 170 * 270 + 35) + off);
    int found = 0;
    for (uint64_t look = 0; look < 40; look++) {
        dlb_oracle_look(s.oracle, look);
        found += check(&s) == DLB_WRONG;
    }
    if (found < 8 || found > 32)
        fail_msg("%d of 40 looks found the error", found);
    close_subject(&s);
}

static void test_unwritten_is_wrong(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=301,n=270,k=311",
                          "gemm:m=131,n=517,k=301,dtype=f16",
                          "gemm:m=131,n=517,k=301,dtype=s8",
                          "conv:n=1,c=32,h=64,w=64,k=32",
                          "conv:n=1,c=32,h=64,w=64,k=32,dtype=bf16",
                          "lenet:batch=1"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        const size_t bytes = (size_t)dlb_tensor_bytes(result_of(&s));
        dlb_oracle_poison(result_of(&s), s.host);
        expect_wrong(&s, keys[i]);
        assert_non_null(strstr(s.why.text, "never written"));
        memset(s.host, 0xa5, bytes);
        expect_wrong(&s, keys[i]);
        memset(s.host, 0, bytes);
        expect_wrong(&s, keys[i]);
        close_subject(&s);
    }
}

/* One unwritten element, also where only a sample is compared. */
static void test_one_unwritten_element(void **state)
{
    (void)state;
    const char *keys[] = {"conv:n=1,c=32,h=64,w=64,k=32", "conv:n=1,c=32,h=64,w=64,k=32,dtype=f16",
                          "conv:n=1,c=32,h=64,w=64,k=32,dtype=u8", "gemm:m=301,n=270,k=311"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        answer(&s, 8);
        expect_right(&s, keys[i]);
        const struct dlb_tensor *tensor = result_of(&s);
        const struct dlb_tensor one = {.dtype = tensor->dtype, .rank = 1, .dims = {1, 1, 1, 1, 1}};
        const size_t at = 54321 * dlb_dtype_size(tensor->dtype);
        dlb_oracle_poison(&one, (char *)s.host + at);
        expect_wrong(&s, keys[i]);
        close_subject(&s);
    }
}

static void test_constant_data(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=20,n=30,k=40",
                          "gemm:m=301,n=270,k=311",
                          "gemm:m=131,n=517,k=301,dtype=f16",
                          "gemm:m=2,n=3,k=70001,dtype=f16",
                          "gemm:m=131,n=517,k=301,dtype=u8",
                          "conv:n=1,c=32,h=64,w=64,k=32"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        for (int fill = DLB_FILL_ZEROS; fill <= DLB_FILL_ONES; fill++) {
            struct subject s;
            open_subject(&s, keys[i], (enum dlb_fill)fill);
            answer(&s, 4);
            expect_right(&s, keys[i]);
            memset(s.host, 0xa5, (size_t)dlb_tensor_bytes(result_of(&s)));
            expect_wrong(&s, keys[i]);
            close_subject(&s);
        }
    }
}

/* C is used as it was filled: leaving it out, or running twice, is wrong. */
static void test_state(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=20,n=30,k=40,alpha=2,beta=1", "gemm:m=301,n=270,k=311,beta=1"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        assert_int_equal(result_of(&s)->role, DLB_ROLE_STATE);
        answer(&s, 4);
        expect_right(&s, keys[i]);
        const int64_t count = dlb_tensor_elements(result_of(&s));
        float *c = s.floats[s.result];
        for (int64_t j = 0; j < count; j++)
            ((float *)s.host)[j] -= c[j];
        expect_wrong(&s, "without C");
        for (int64_t j = 0; j < count; j++)
            c[j] += ((const float *)s.host)[j]; /* the first result */
        answer(&s, 4);
        expect_wrong(&s, "twice");
        close_subject(&s);
    }
}

static void test_conv(void **state)
{
    (void)state;
    const char *keys[] = {
        "conv:n=2,c=3,h=9,w=11,k=5",
        "conv:n=1,c=32,h=64,w=64,k=32",
        "conv:n=1,c=32,h=64,w=64,k=32,dtype=bf16",
        "conv:n=1,c=32,h=64,w=64,k=32,dtype=s8",
        "conv:n=2,c=64,h=65,w=63,k=64,r=5,s=5,pad=2,stride=2,groups=4",
        "conv:n=1,c=48,h=50,w=50,k=48,dilation=2,pad=0x1x2x3,dtype=f16",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        answer(&s, 8);
        expect_right(&s, keys[i]);
        /* The whole image shifted by one: what a wrong padding gives. */
        const size_t size = dlb_dtype_size(result_of(&s)->dtype);
        memmove((char *)s.host + size, s.host, (size_t)dlb_tensor_bytes(result_of(&s)) - size);
        expect_wrong(&s, keys[i]);
        close_subject(&s);
    }
}

/* Winograd is a right algorithm for f32: its larger error is allowed for, and well inside. */
static void test_winograd_is_right(void **state)
{
    (void)state;
    const char *keys[] = {"conv:n=1,c=3,h=12,w=16,k=5", "conv:n=1,c=64,h=16,w=16,k=8",
                          "conv:n=1,c=512,h=28,w=28,k=6"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        dlb_naive_winograd(&s.graph.ops[0].attrs.conv, s.inputs[0], s.inputs[1], s.host);
        expect_right(&s, keys[i]);
        if (s.check.max_rel_err > 0.75 * s.check.tolerance)
            fail_msg("%s: %g of %g is close", keys[i], s.check.max_rel_err, s.check.tolerance);
        close_subject(&s);
    }
}

/* Runs the graph with the reference kernels in the types given, each op rounded: an unfused backend. */
static void answer_by_ops(struct subject *s)
{
    void *buffers[32] = {0};
    for (int i = 0; i < s->graph.tensor_count; i++) {
        const size_t bytes = (size_t)dlb_tensor_bytes(&s->graph.tensors[i]);
        buffers[i] = malloc(bytes);
        if (s->inputs[i] != NULL)
            memcpy(buffers[i], s->inputs[i], bytes);
    }
    for (int i = 0; i < s->graph.op_count; i++)
        dlb_reference_run(&s->graph, &s->graph.ops[i], buffers);
    memcpy(s->host, buffers[s->result], (size_t)dlb_tensor_bytes(result_of(s)));
    for (int i = 0; i < s->graph.tensor_count; i++)
        free(buffers[i]);
}

/* A product with bias and activation behind it: rounded once or after each op, both are right. */
static void test_chain(void **state)
{
    (void)state;
    const char *keys[] = {"conv:n=1,c=8,h=9,w=9,k=7,bias=yes,act=relu,dtype=bf16",
                          "conv:n=1,c=8,h=9,w=9,k=7,bias=yes,act=relu",
                          "conv:n=1,c=32,h=64,w=64,k=32,bias=yes,act=relu,dtype=f16"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        open_subject(&s, keys[i], DLB_FILL_RANDOM);
        assert_int_equal(s.graph.op_count, 3);
        answer_by_ops(&s);
        expect_right(&s, keys[i]);
        const int bias = s.graph.ops[1].inputs[1];
        const struct dlb_tensor *y = result_of(&s);
        const int64_t count = dlb_tensor_elements(y);
        const int64_t plane = y->dims[2] * y->dims[3];
        for (int64_t j = 0; j < count; j++) {
            const float b = s.floats[bias][j / plane % y->dims[1]];
            const double sum = dlb_naive_element(&s.graph, s.floats, j, 4) + (double)b;
            set(&s, j, sum > 0 ? sum : 0);
        }
        expect_right(&s, "fused");
        for (int64_t j = 0; j < count; j++) {
            const double sum = dlb_naive_element(&s.graph, s.floats, j, 4);
            set(&s, j, sum > 0 ? sum : 0);
        }
        expect_wrong(&s, "bias left out");
        close_subject(&s);
    }
}

static const char *const networks[] = {
    "lenet:batch=3",
    "lenet:batch=3,dtype=bf16",
    "lenet:batch=3,dtype=f16",
    "mlp:batch=5",
    "mlp:batch=5,dtype=bf16",
    "resblock:batch=1,h=7,w=7",
    "resblock:batch=1,h=7,w=7,dtype=bf16",
};

/* Every op rounded to its type passes with room to spare; one output off by its own size does not. */
static void test_network(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct subject s;
        open_subject(&s, networks[i], DLB_FILL_RANDOM);
        answer_by_ops(&s);
        expect_right(&s, networks[i]);
        assert_string_equal(s.check.method, "full pass");
        if (s.check.max_rel_err > 0.6 * s.check.tolerance)
            fail_msg("%s: %g of %g is close", networks[i], s.check.max_rel_err, s.check.tolerance);
        const int64_t last = dlb_tensor_elements(result_of(&s)) - 1;
        set(&s, last, get(&s, last) + rms(&s));
        expect_wrong(&s, networks[i]);
        close_subject(&s);
    }
}

/* Constant data may overflow and tie; an honest answer passes all the same. */
static void test_network_constant(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        for (int fill = DLB_FILL_ZEROS; fill <= DLB_FILL_ONES; fill++) {
            struct subject s;
            open_subject(&s, networks[i], (enum dlb_fill)fill);
            answer_by_ops(&s);
            expect_right(&s, networks[i]);
            close_subject(&s);
        }
    }
}

/* A network whose first op is left out, or whose weights are another run's, is wrong. */
static void test_network_other_weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct subject s;
        open_subject(&s, networks[i], DLB_FILL_RANDOM);
        const int weight = s.graph.ops[0].inputs[1];
        void *other = malloc((size_t)dlb_tensor_bytes(&s.graph.tensors[weight]));
        dlb_graph_fill(&s.graph, weight, DLB_FILL_RANDOM, SEED + 1, other);
        s.inputs[weight] = other;
        answer_by_ops(&s);
        expect_wrong(&s, networks[i]);
        free(other);
        close_subject(&s);
    }
}

static void only_file(const char *folder, char *path, size_t size)
{
    char command[200];
    snprintf(command, sizeof command, "ls %s/*", folder);
    FILE *list = popen(command, "r");
    assert_non_null(list);
    assert_non_null(fgets(path, (int)size, list));
    path[strcspn(path, "\n")] = '\0';
    assert_null(fgets(command, sizeof command, list));
    pclose(list);
}

/* Opens lenet with a cache folder; its answer must be right. Returns the inode of the cache file. */
static ino_t open_cached(const char *folder, uint64_t seed, const char *path)
{
    struct subject s;
    open_subject(&s, "lenet:batch=2", DLB_FILL_RANDOM);
    dlb_oracle_close(s.oracle);
    assert_int_equal(dlb_oracle_open(&s.graph, DLB_FILL_RANDOM, seed, folder, &s.oracle, &s.why),
                     DLB_OK);
    for (int i = 0; i < s.graph.tensor_count; i++)
        s.inputs[i] = dlb_oracle_input(s.oracle, i);
    answer_by_ops(&s);
    expect_right(&s, "with a cache");
    close_subject(&s);
    struct stat info = {0};
    if (path != NULL)
        assert_int_equal(stat(path, &info), 0);
    return info.st_ino;
}

static void test_cache(void **state)
{
    (void)state;
    char folder[] = "/tmp/dlbench-oracle-XXXXXX", path[256], command[300];
    assert_non_null(mkdtemp(folder));
    open_cached(folder, 1, NULL);
    only_file(folder, path, sizeof path);
    const ino_t first = open_cached(folder, 1, path);
    assert_int_equal(open_cached(folder, 1, path), first); /* read, not written again */
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, -5, SEEK_END);
    fputc('x', file);
    fclose(file);
    assert_int_not_equal(open_cached(folder, 1, path), first); /* damage is noticed and mended */
    assert_int_equal(truncate(path, 100), 0);
    open_cached(folder, 1, path);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_size > 100);
    /* Results of another build under this name: the first byte of the text behind the header. */
    file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, 24 + 3 * 8, SEEK_SET);
    assert_int_equal(fgetc(file), 'd');
    fseek(file, 24 + 3 * 8, SEEK_SET);
    fputc('D', file);
    fclose(file);
    const ino_t mended = open_cached(folder, 1, path);
    file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 24 + 3 * 8, SEEK_SET);
    assert_int_equal(fgetc(file), 'd');
    fclose(file);
    assert_int_equal(open_cached(folder, 1, path), mended);
    open_cached(folder, 2, path); /* another seed is another file */
    snprintf(command, sizeof command, "test $(ls %s | wc -l) = 2", folder);
    assert_int_equal(system(command), 0);
    open_cached("/proc/no/such/folder", 3,
                NULL); /* a cache that cannot be written costs time only */
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* A fresh home has none of the folders; those made are for the user alone. */
static void test_cache_makes_folders(void **state)
{
    (void)state;
    char root[] = "/tmp/dlbench-oracle-XXXXXX", folder[100], path[256], command[300];
    assert_non_null(mkdtemp(root));
    snprintf(folder, sizeof folder, "%s/.cache/dlbench/oracle", root);
    open_cached(folder, 1, NULL);
    only_file(folder, path, sizeof path);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(open_cached(folder, 1, path), info.st_ino);
    for (char *slash = strrchr(path, '/'); slash - path > (long)strlen(root);
         slash = strrchr(path, '/')) {
        *slash = '\0';
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0700);
    }
    snprintf(command, sizeof command, "rm -r %s", root);
    assert_int_equal(system(command), 0);
}

static void make_entry(const char *folder, const char *name, int64_t bytes, int64_t age_s)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), bytes), 0); /* sparse */
    const struct timespec when = {.tv_sec = time(NULL) - age_s};
    assert_int_equal(futimens(fileno(file), (const struct timespec[]){when, when}), 0);
    fclose(file);
}

static bool has_entry(const char *folder, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* Opening an oracle removes what is old, and of the rest the oldest beyond the limit; strangers stay. */
static void test_cache_is_pruned(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t megabytes, age_s;
        bool stays;
    } cases[] = {
        {"0000000000000001.oracle", 100, 10, true},
        {"0000000000000002.oracle", 100, 20, true},
        {"0000000000000003.oracle", 100, 30, false}, /* the third hundred */
        {"0000000000000004.oracle", 1, 40, false},
        {"0000000000000005.oracle", 0, 90000, false},
        {"0000000000000006.oracle.4711", 0, 90000, false}, /* left by a process that died */
        {"0000000000000007.oracle.txt", 300, 90000, true},
        {"0000000000000008.oracles", 0, 90000, true},
        {"000000000000009.oracle", 0, 90000, true},
        {"notes.oracle", 0, 90000, true},
        {"0000000000000001.json", 300, 90000, true},
    };
    const size_t count = sizeof cases / sizeof cases[0];
    char folder[] = "/tmp/dlbench-oracle-XXXXXX", command[300];
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < count; i++)
        make_entry(folder, cases[i].name, cases[i].megabytes << 20, cases[i].age_s);
    open_cached(folder, 1, NULL);
    for (size_t i = 0; i < count; i++)
        if (has_entry(folder, cases[i].name) != cases[i].stays)
            fail_msg("%s should %s", cases[i].name, cases[i].stays ? "stay" : "go");
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

/* A hit renews the time of the file, so that it is not what goes first. */
static void test_cache_hit_is_recent(void **state)
{
    (void)state;
    char folder[] = "/tmp/dlbench-oracle-XXXXXX", path[256], command[300];
    assert_non_null(mkdtemp(folder));
    open_cached(folder, 1, NULL);
    only_file(folder, path, sizeof path);
    const time_t before = time(NULL) - 80000;
    const struct timespec when = {.tv_sec = before};
    assert_int_equal(utimensat(AT_FDCWD, path, (const struct timespec[]){when, when}, 0), 0);
    open_cached(folder, 1, path);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_mtim.tv_sec > before + 70000);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void test_not_a_result(void **state)
{
    (void)state;
    struct subject s;
    open_subject(&s, "gemm:m=2,n=2,k=2", DLB_FILL_RANDOM);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): close_subject frees it */
    const enum dlb_status status = dlb_oracle_check(s.oracle, 0, s.host, &s.check, &s.why);
    const bool lends_result = dlb_oracle_input(s.oracle, s.result) != NULL;
    close_subject(&s);
    assert_int_equal(status, DLB_INVALID);
    assert_false(lends_result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm_right),
        cmocka_unit_test(test_gemm_one_element),
        cmocka_unit_test(test_names_the_element),
        cmocka_unit_test(test_lower_precision_is_wrong),
        cmocka_unit_test(test_low_accumulation_is_wrong),
        cmocka_unit_test(test_expected_not_finite),
        cmocka_unit_test(test_no_finite_bound),
        cmocka_unit_test(test_projection_without_bound),
        cmocka_unit_test(test_look_moves_the_sample),
        cmocka_unit_test(test_look_changes_the_signs),
        cmocka_unit_test(test_unwritten_is_wrong),
        cmocka_unit_test(test_one_unwritten_element),
        cmocka_unit_test(test_constant_data),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_conv),
        cmocka_unit_test(test_winograd_is_right),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_network),
        cmocka_unit_test(test_network_constant),
        cmocka_unit_test(test_network_other_weights),
        cmocka_unit_test(test_cache),
        cmocka_unit_test(test_cache_makes_folders),
        cmocka_unit_test(test_cache_is_pruned),
        cmocka_unit_test(test_cache_hit_is_recent),
        cmocka_unit_test(test_not_a_result),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
