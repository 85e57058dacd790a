/* test_verify.c: the oracle of one product accepts every honest way of rounding and finds what is wrong. Networks are
 * in test_verify_network.c, what no number says in test_verify_look.c, the cache in test_verify_cache.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/naive.h"
#include "tests/unit/verify_subject.h"

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
        subject_open(&s, gemms[i], DLB_FILL_RANDOM);
        for (int lanes = 1; lanes <= 16; lanes *= 16) {
            subject_answer(&s, lanes);
            subject_expect_right(&s, gemms[i]);
        }
        subject_close(&s);
    }
}

/* One element off by a small part of a typical one (16-bit: by a typical one; integers: by 1), anywhere. */
static void test_gemm_one_element(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof gemms / sizeof gemms[0]; i++) {
        struct subject s;
        subject_open(&s, gemms[i], DLB_FILL_RANDOM);
        subject_answer(&s, 4);
        const bool f32 = subject_result(&s)->dtype == DLB_DTYPE_F32;
        const int64_t count = dlb_tensor_elements(subject_result(&s));
        const double typical = subject_rms(&s);
        const double off = dlb_dtype_is_integer(subject_result(&s)->dtype) ? 1
                           : f32                                           ? 0.02 * typical
                                                                           : typical;
        for (int64_t j = 0; j < 5; j++) {
            const int64_t at = (count - 1) * j / 4;
            const double right = subject_get(&s, at);
            subject_set(&s, at, right + off);
            subject_expect_wrong(&s, gemms[i]);
            subject_set(&s, at, right);
        }
        subject_expect_right(&s, gemms[i]);
        subject_close(&s);
    }
}

static void test_names_the_element(void **state)
{
    (void)state;
    struct subject s;
    subject_open(&s, "gemm:m=301,n=270,k=311", DLB_FILL_RANDOM);
    subject_answer(&s, 4);
    assert_string_equal((subject_expect_right(&s, "right"), s.check.method), "projection");
    subject_set(&s, 170 * 270 + 33, 77.5);
    subject_expect_wrong(&s, "one element");
    assert_non_null(strstr(s.why.text, "[170,33]"));
    assert_non_null(strstr(s.why.text, "found 77.5"));
    assert_true(s.check.max_abs_err > 50);
    subject_close(&s);
}

/* Rounding the factors to tf32 (10 fraction bits) is another type than was asked for. */
static void test_lower_precision_is_wrong(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=64,n=64,k=64", "gemm:m=301,n=270,k=311", "gemm:m=40,n=40,k=16384",
                          "conv:n=1,c=64,h=14,w=14,k=32"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        subject_open(&s, keys[i], DLB_FILL_RANDOM);
        for (int t = 0; t < 2; t++) {
            const int64_t count = dlb_tensor_elements(&s.graph.tensors[t]);
            for (int64_t j = 0; j < count; j++) {
                const float value = s.floats[t][j];
                const float big = (1 + 0x1p13f) * value; /* Veltkamp: keeps 24 - 13 bits */
                s.floats[t][j] = big - (big - value);
            }
        }
        subject_answer(&s, 4);
        subject_expect_wrong(&s, keys[i]);
        subject_close(&s);
    }
}

/* 16-bit sums kept in 16 bits are not "accumulation in f32 or wider". */
static void test_low_accumulation_is_wrong(void **state)
{
    (void)state;
    struct subject s;
    subject_open(&s, "gemm:m=16,n=16,k=256,dtype=bf16", DLB_FILL_RANDOM);
    for (int64_t i = 0; i < 16 * 16; i++) {
        double sum = 0;
        for (int64_t k = 0; k < 256; k++) {
            const float a = s.floats[0][i / 16 * 256 + k];
            const float b = s.floats[1][k * 16 + i % 16];
            dlb_dtype_store(DLB_DTYPE_BF16, s.host, 0, sum + (double)(a * b));
            sum = dlb_dtype_load(DLB_DTYPE_BF16, s.host, 0);
        }
        if (i > 0)
            subject_set(&s, i, sum);
    }
    subject_set(&s, 0, dlb_naive_element(&s.graph, s.floats, 0, 1));
    subject_expect_wrong(&s, "bf16 sums");
    subject_close(&s);
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
        subject_open(&s, keys[i], DLB_FILL_RANDOM);
        const size_t bytes = (size_t)dlb_tensor_bytes(subject_result(&s));
        dlb_oracle_poison(subject_result(&s), s.host);
        subject_expect_wrong(&s, keys[i]);
        assert_non_null(strstr(s.why.text, "never written"));
        memset(s.host, 0xa5, bytes);
        subject_expect_wrong(&s, keys[i]);
        memset(s.host, 0, bytes);
        subject_expect_wrong(&s, keys[i]);
        subject_close(&s);
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
        subject_open(&s, keys[i], DLB_FILL_RANDOM);
        subject_answer(&s, 8);
        subject_expect_right(&s, keys[i]);
        const struct dlb_tensor *tensor = subject_result(&s);
        const struct dlb_tensor one = {.dtype = tensor->dtype, .rank = 1, .dims = {1, 1, 1, 1, 1}};
        const size_t at = 54321 * dlb_dtype_size(tensor->dtype);
        dlb_oracle_poison(&one, (char *)s.host + at);
        subject_expect_wrong(&s, keys[i]);
        subject_close(&s);
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
            subject_open(&s, keys[i], (enum dlb_fill)fill);
            subject_answer(&s, 4);
            subject_expect_right(&s, keys[i]);
            memset(s.host, 0xa5, (size_t)dlb_tensor_bytes(subject_result(&s)));
            subject_expect_wrong(&s, keys[i]);
            subject_close(&s);
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
        subject_open(&s, keys[i], DLB_FILL_RANDOM);
        assert_int_equal(subject_result(&s)->role, DLB_ROLE_STATE);
        subject_answer(&s, 4);
        subject_expect_right(&s, keys[i]);
        const int64_t count = dlb_tensor_elements(subject_result(&s));
        float *c = s.floats[s.result];
        for (int64_t j = 0; j < count; j++)
            ((float *)s.host)[j] -= c[j];
        subject_expect_wrong(&s, "without C");
        for (int64_t j = 0; j < count; j++)
            c[j] += ((const float *)s.host)[j]; /* the first result */
        subject_answer(&s, 4);
        subject_expect_wrong(&s, "twice");
        subject_close(&s);
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
        subject_open(&s, keys[i], DLB_FILL_RANDOM);
        subject_answer(&s, 8);
        subject_expect_right(&s, keys[i]);
        /* The whole image shifted by one: what a wrong padding gives. */
        const size_t size = dlb_dtype_size(subject_result(&s)->dtype);
        memmove((char *)s.host + size, s.host, (size_t)dlb_tensor_bytes(subject_result(&s)) - size);
        subject_expect_wrong(&s, keys[i]);
        subject_close(&s);
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
        subject_open(&s, keys[i], DLB_FILL_RANDOM);
        dlb_naive_winograd(&s.graph.ops[0].attrs.conv, s.inputs[0], s.inputs[1], s.host);
        subject_expect_right(&s, keys[i]);
        if (s.check.max_rel_err > 0.75 * s.check.tolerance)
            fail_msg("%s: %g of %g is close", keys[i], s.check.max_rel_err, s.check.tolerance);
        subject_close(&s);
    }
}

static void test_not_a_result(void **state)
{
    (void)state;
    struct subject s;
    subject_open(&s, "gemm:m=2,n=2,k=2", DLB_FILL_RANDOM);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): close_subject frees it */
    const enum dlb_status status = dlb_oracle_check(s.oracle, 0, s.host, &s.check, &s.why);
    const bool lends_result = dlb_oracle_input(s.oracle, s.result) != NULL;
    subject_close(&s);
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
        cmocka_unit_test(test_unwritten_is_wrong),
        cmocka_unit_test(test_one_unwritten_element),
        cmocka_unit_test(test_constant_data),
        cmocka_unit_test(test_state),
        cmocka_unit_test(test_conv),
        cmocka_unit_test(test_winograd_is_right),
        cmocka_unit_test(test_not_a_result),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
