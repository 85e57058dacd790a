/* test_ratio.c: the ratio of two medians: numbers worked by hand, and how often the interval covers the truth. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "bench/stats/ratio.h"

static void assert_near(double found, double wanted)
{
    if (!(fabs(found - wanted) <= 1e-12 * fabs(wanted) + 1e-12))
        fail_msg("found %.17g, wanted %.17g", found, wanted);
}

static struct dlb_interval of(const double *values, int64_t count)
{
    return dlb_interval_invocations(values, count);
}

static void intervals_are_joined_by_mover(void **state)
{
    (void)state;
    const struct dlb_interval a = {.median = 8, .lo = 4, .hi = 16, .n_eff = 9, .is_ci = true};
    const struct dlb_interval b = {.median = 2, .lo = 1, .hi = 16, .n_eff = 9, .is_ci = true};
    const struct dlb_ratio ratio = dlb_ratio_of(&a, &b);
    /* In logarithms to the base 2: a is 3 with 2..4, b is 1 with 0..4. Below: sqrt(1 + 9), above: sqrt(1 + 1). */
    assert_near(ratio.ratio, 4);
    assert_near(log2(ratio.lo), 2 - sqrt(10));
    assert_near(log2(ratio.hi), 2 + sqrt(2));
    assert_int_equal(ratio.kind, DLB_RATIO_INTERVAL);
    assert_string_equal(dlb_ratio_kind_name(ratio.kind), "mover");
    /* The other way round it is the reciprocal. */
    const struct dlb_ratio back = dlb_ratio_of(&b, &a);
    assert_near(back.ratio * ratio.ratio, 1);
    assert_near(back.lo * ratio.hi, 1);
    assert_near(back.hi * ratio.lo, 1);
}

static void few_values_make_a_range(void **state)
{
    (void)state;
    const double a[] = {10, 12, 11};
    const double b[] = {5, 4, 6, 5, 5, 7};
    struct dlb_interval x = of(a, 3);
    struct dlb_interval y = of(b, 6);
    const struct dlb_ratio ratio = dlb_ratio_of(&x, &y);
    assert_near(ratio.ratio, 11.0 / 5);
    assert_near(ratio.lo, 10.0 / 7);
    assert_near(ratio.hi, 12.0 / 4);
    assert_int_equal(ratio.kind, DLB_RATIO_RANGE);
    assert_string_equal(dlb_ratio_kind_name(ratio.kind), "range");
    /* One value against three: the range of the three. */
    x = of(a, 1);
    y = of(b, 3);
    assert_near(dlb_ratio_of(&x, &y).lo, 10.0 / 6);
    /* One against one: nothing but the ratio. */
    y = of(b, 1);
    const struct dlb_ratio lonely = dlb_ratio_of(&x, &y);
    assert_near(lonely.ratio, 2);
    assert_true(isnan(lonely.lo) && isnan(lonely.hi));
    assert_int_equal(lonely.kind, DLB_RATIO_NONE);
    assert_string_equal(dlb_ratio_kind_name(lonely.kind), "none");
}

static void what_is_no_ratio(void **state)
{
    (void)state;
    const struct dlb_interval good = {.median = 2, .lo = 1, .hi = 3, .n_eff = 6, .is_ci = true};
    static const double bad[] = {0, -1, NAN, INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct dlb_interval other = {
            .median = bad[i], .lo = 1, .hi = 3, .n_eff = 6, .is_ci = true};
        assert_true(isnan(dlb_ratio_of(&other, &good).ratio));
        assert_true(isnan(dlb_ratio_of(&good, &other).ratio));
        assert_int_equal(dlb_ratio_of(&good, &other).kind, DLB_RATIO_NONE);
    }
    const struct dlb_interval endless = {.median = 2, .lo = 0, .hi = 3, .n_eff = 6, .is_ci = true};
    assert_near(dlb_ratio_of(&endless, &good).ratio, 1);
    assert_true(isnan(dlb_ratio_of(&endless, &good).lo));
}

/* Two processors, one 1.3 times as slow; processes differ by 3 %. The order statistics of so few values have more than 95 %, and so
 * has what is joined from them. */
static void intervals_cover_the_truth(void **state)
{
    (void)state;
    static const int counts[][2] = {{6, 6}, {6, 12}, {10, 10}, {20, 9}};
    struct dlb_random random;
    dlb_random_seed(&random, 4711);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        int covered = 0;
        const int trials = 2000;
        for (int t = 0; t < trials; t++) {
            double a[20];
            double b[20];
            for (int i = 0; i < counts[c][0]; i++)
                a[i] = 1.3 * exp(0.03 * dlb_random_normal(&random));
            for (int i = 0; i < counts[c][1]; i++)
                b[i] = exp(0.03 * dlb_random_normal(&random));
            const struct dlb_interval x = of(a, counts[c][0]);
            const struct dlb_interval y = of(b, counts[c][1]);
            const struct dlb_ratio ratio = dlb_ratio_of(&x, &y);
            assert_int_equal(ratio.kind, DLB_RATIO_INTERVAL);
            covered += ratio.lo <= 1.3 && 1.3 <= ratio.hi;
        }
        const double share = (double)covered / trials;
        if (share < 0.945 || share > 0.995)
            fail_msg("%d against %d processes: covered %.3f", counts[c][0], counts[c][1], share);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_joined_by_mover),
        cmocka_unit_test(few_values_make_a_range),
        cmocka_unit_test(what_is_no_ratio),
        cmocka_unit_test(intervals_cover_the_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
