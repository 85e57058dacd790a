/* test_verify_look.c: each look compares other elements with other signs, and what is no number never passes: neither
 * an expected value, nor a bound, nor an answer. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/run/verify_internal.h"
#include "tests/unit/verify_subject.h"

/* Expected values that are not finite, set by hand: only the same infinity, or a NaN of arithmetic, is right. */
static void test_expected_not_finite(void **state)
{
    (void)state;
    const char *keys[] = {"gemm:m=5,n=7,k=11", "gemm:m=5,n=7,k=11,dtype=bf16",
                          "gemm:m=5,n=7,k=11,dtype=f16"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct subject s;
        subject_open(&s, keys[i], DLB_FILL_RANDOM);
        subject_answer(&s, 4);
        struct dlb_expected *expected = &s.oracle->expected[s.result];
        const struct dlb_tensor one = {
            .dtype = subject_result(&s)->dtype, .rank = 1, .dims = {1, 1, 1, 1, 1}};
        const double wanted[] = {INFINITY, -INFINITY, NAN};
        for (size_t w = 0; w < 3; w++) {
            expected->value[0] = wanted[w];
            expected->bound[0] = w == 1 ? INFINITY : NAN; /* not needed where the value says all */
            const double found[] = {INFINITY, -INFINITY, NAN, 1.5};
            for (size_t f = 0; f < 4; f++) {
                subject_set(&s, 0, found[f]);
                if (f == w)
                    subject_expect_right(&s, keys[i]);
                else
                    subject_expect_wrong(&s, keys[i]);
            }
            dlb_oracle_poison(&one, s.host);
            subject_expect_wrong(&s, "poison");
        }
        subject_close(&s);
    }
}

/* A bound that is no number must not let everything pass, and a wrong element elsewhere is still wrong. */
static void test_no_finite_bound(void **state)
{
    (void)state;
    const double bounds[] = {INFINITY, NAN};
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        struct subject s;
        subject_open(&s, "gemm:m=5,n=7,k=11", DLB_FILL_RANDOM);
        subject_answer(&s, 4);
        s.oracle->expected[s.result].bound[9] = bounds[i];
        assert_int_equal(subject_check(&s), DLB_FAILED);
        assert_false(s.check.ok);
        assert_true(isnan(s.check.max_rel_err));
        assert_non_null(strstr(s.why.text, "[1,2]"));
        subject_set(&s, 3, 1e6);
        subject_expect_wrong(&s, "beside it");
        subject_close(&s);
    }
}

/* An infinite factor leaves its row of a projection without a bound; NaN compares with nothing. */
static void test_projection_without_bound(void **state)
{
    (void)state;
    struct subject s;
    subject_open(&s, "gemm:m=301,n=270,k=311", DLB_FILL_RANDOM);
    subject_answer(&s, 4);
    subject_expect_right(&s, "finite");
    const float factors[] = {INFINITY, NAN};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        ((float *)s.oracle->inputs[0])[100 * 311 + 5] = factors[i];
        dlb_projection_draw(s.oracle->projection, s.oracle->inputs, SUBJECT_SEED);
        int64_t first = -1, width = 0;
        assert_true(isnan(dlb_projection_check(s.oracle->projection, s.host, &first, &width)));
        assert_int_equal(first / 270, 100);
        /* The sampled elements are those of the finite product, and all right. */
        assert_int_equal(subject_check(&s), DLB_FAILED);
        assert_false(s.check.ok);
        assert_non_null(strstr(s.why.text, "[100,"));
    }
    subject_close(&s);
}

/* What is wrong everywhere but in the sample of one look is found by the next, and by that one again afterwards. */
static void test_look_moves_the_sample(void **state)
{
    (void)state;
    struct subject s;
    subject_open(&s, "conv:n=1,c=32,h=64,w=64,k=32", DLB_FILL_RANDOM);
    subject_answer(&s, 8);
    dlb_oracle_look(s.oracle, 1);
    subject_expect_right(&s, "look 1");
    const struct dlb_expected *expected = &s.oracle->expected[s.result];
    const int64_t count = dlb_tensor_elements(subject_result(&s));
    for (int64_t i = 0, next = 0; i < count; i++) {
        while (next < expected->count && expected->index[next] < i)
            next++;
        if (next == expected->count || expected->index[next] != i)
            subject_set(&s, i, 1e3);
    }
    subject_expect_right(&s, "look 1, its elements alone");
    for (uint64_t look = 2; look < 6; look++) {
        dlb_oracle_look(s.oracle, look);
        subject_expect_wrong(&s, "another look");
    }
    dlb_oracle_look(s.oracle, 1);
    subject_expect_right(&s, "look 1 again");
    subject_close(&s);
}

/* Two equal errors in a row cancel when their signs differ: with new signs for each look, in about half of them. */
static void test_look_changes_the_signs(void **state)
{
    (void)state;
    struct subject s;
    subject_open(&s, "gemm:m=301,n=270,k=311", DLB_FILL_RANDOM);
    subject_answer(&s, 4);
    const double off = 0.1 * subject_rms(&s);
    subject_set(&s, 170 * 270 + 33, subject_get(&s, 170 * 270 + 33) + off);
    subject_set(&s, 170 * 270 + 35, subject_get(&s, 170 * 270 + 35) + off);
    int found = 0;
    for (uint64_t look = 0; look < 40; look++) {
        dlb_oracle_look(s.oracle, look);
        found += subject_check(&s) == DLB_WRONG;
    }
    if (found < 8 || found > 32)
        fail_msg("%d of 40 looks found the error", found);
    subject_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expected_not_finite),
        cmocka_unit_test(test_no_finite_bound),
        cmocka_unit_test(test_projection_without_bound),
        cmocka_unit_test(test_look_moves_the_sample),
        cmocka_unit_test(test_look_changes_the_signs),
    };
    return cmocka_run_group_tests_name("verify_look", tests, NULL, NULL);
}
