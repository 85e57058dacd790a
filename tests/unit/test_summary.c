/* test_summary.c: medians, quantiles, spreads and outlier labels against values worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/stats/summary.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("found %.17g, wanted %.17g within %g", value, expected, tolerance);
}

static void test_median(void **state)
{
    (void)state;
    const double odd[] = {5, 1, 3};
    const double even[] = {4, 1, 3, 2};
    const double ties[] = {2, 2, 2, 2, 7};

    assert_near(dlb_median(odd, 3), 3.0, 0.0);
    assert_near(dlb_median(even, 4), 2.5, 0.0);
    assert_near(dlb_median(ties, 5), 2.0, 0.0);
    assert_near(dlb_median(odd, 1), 5.0, 0.0);
    assert_near(odd[0], 5.0, 0.0); /* the caller's order survives */
}

/* n = 0 and 1: measurement section 6, statistics. */
static void test_empty_and_single(void **state)
{
    (void)state;
    const double one[] = {3};

    assert_true(isnan(dlb_median(NULL, 0)));
    assert_true(isnan(dlb_quantile(NULL, 0, 0.5)));
    assert_true(isnan(dlb_mean(NULL, 0)));
    assert_true(isnan(dlb_sd(one, 1)));
    assert_true(isnan(dlb_mad(NULL, 0)));
    assert_true(isnan(dlb_geomean(NULL, 0)));
    assert_true(isnan(dlb_lag1(one, 1)));
    assert_null(dlb_sorted_copy(NULL, 0));
    assert_near(dlb_mean(one, 1), 3.0, 0.0);
    assert_near(dlb_mad(one, 1), 0.0, 0.0);
    assert_near(dlb_quantile(one, 1, 0.99), 3.0, 0.0);
    assert_int_equal(dlb_count_outliers(NULL, 0).severe, 0);
    assert_int_equal(dlb_count_outliers(one, 1).severe, 0);
}

static void test_nan_is_not_hidden(void **state)
{
    (void)state;
    const double x[] = {1, NAN, 2, 3, 4};

    assert_true(isnan(dlb_median(x, 5)));
    assert_true(isnan(dlb_quantile(x, 5, 0.0)));
    assert_true(isnan(dlb_mean(x, 5)));
    assert_true(isnan(dlb_mad(x, 5)));
    assert_true(isnan(dlb_geomean(x, 5)));
}

/* Type 7 by hand: position q (n-1). */
static void test_quantile(void **state)
{
    (void)state;
    const double x[] = {10, 40, 20, 30};
    const struct {
        double q, expected;
    } cases[] = {{0, 10}, {0.25, 17.5}, {0.5, 25}, {0.75, 32.5}, {0.9, 37}, {1, 40}};

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++)
        assert_near(dlb_quantile(x, 4, cases[i].q), cases[i].expected, 1e-12);
    assert_true(isnan(dlb_quantile(x, 4, 1.5)));
    assert_true(isnan(dlb_quantile(x, 4, NAN)));
}

static void test_spread(void **state)
{
    (void)state;
    const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
    const double near[] = {1e9, 1e9 + 1, 1e9 + 2}; /* a one-pass formula loses this */
    const double same[] = {3, 3, 3, 3};

    assert_near(dlb_mean(x, 8), 5.0, 1e-15);
    assert_near(dlb_sd(x, 8), sqrt(32.0 / 7.0), 1e-14);
    assert_near(dlb_sd(near, 3), 1.0, 1e-9);
    assert_near(dlb_mad(x, 8), 0.5, 1e-15); /* about 4.5: .5 x 5, 2.5 x 2, 4.5 */
    assert_near(dlb_sd(same, 4), 0.0, 0.0);
    assert_near(dlb_lag1(same, 4), 0.0, 0.0);
}

static void test_geomean(void **state)
{
    (void)state;
    const double x[] = {1, 10, 100};
    const double zero[] = {1, 0};

    assert_near(dlb_geomean(x, 3), 10.0, 1e-12);
    assert_true(isnan(dlb_geomean(zero, 2)));
}

/* Abramowitz and Stegun, table 26.1 and 26.5. */
static void test_normal(void **state)
{
    (void)state;
    assert_near(dlb_normal_cdf(0.0), 0.5, 1e-16);
    assert_near(dlb_normal_cdf(1.96), 0.9750021048517795, 1e-14);
    assert_near(dlb_normal_cdf(-3.0), 0.0013498980316300946, 1e-15);
    assert_near(dlb_normal_quantile(0.975), 1.959963984540054, 1e-8);
    assert_near(dlb_normal_quantile(0.01), -2.3263478740408408, 1e-8);
    assert_near(dlb_normal_quantile(0.5), 0.0, 1e-15);
    for (int i = 1; i < 1000; i++)
        assert_near(dlb_normal_cdf(dlb_normal_quantile(i / 1000.0)), i / 1000.0, 2e-9);
    assert_true(dlb_normal_quantile(0.0) < -1e300 && dlb_normal_quantile(1.0) > 1e300);
    assert_true(isnan(dlb_normal_quantile(-0.1)) && isnan(dlb_normal_quantile(1.1)) &&
                isnan(dlb_normal_quantile(NAN)));
}

static void test_outliers(void **state)
{
    (void)state;
    const double x[] = {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 26, 50, 1};
    const struct dlb_outliers outliers = dlb_count_outliers(x, 13);
    const double q1 = dlb_quantile(x, 13, 0.25);
    const double q3 = dlb_quantile(x, 13, 0.75);

    assert_near(q1, 12.0, 0.0);
    assert_near(q3, 18.0, 0.0);
    /* fences 3 and 27 (mild), -6 and 36 (severe): 1 is mild, 50 severe, 26 inside */
    assert_int_equal(outliers.mild, 1);
    assert_int_equal(outliers.severe, 1);
}

/* All ties and zero variance: no label; a lone deviant among ties is one. */
static void test_outliers_of_ties(void **state)
{
    (void)state;
    const double same[] = {5, 5, 5, 5, 5, 5};
    const double lone[] = {5, 5, 5, 5, 5, 5, 5, 9};

    assert_int_equal(dlb_count_outliers(same, 6).mild + dlb_count_outliers(same, 6).severe, 0);
    assert_int_equal(dlb_count_outliers(lone, 8).severe, 1);
}

static void test_lag1(void **state)
{
    (void)state;
    const double alternating[] = {1, -1, 1, -1, 1, -1, 1, -1};
    const double drifting[] = {1, 2, 3, 4, 5, 6, 7, 8};

    assert_near(dlb_lag1(alternating, 8), -7.0 / 8.0, 1e-15);
    assert_true(dlb_lag1(drifting, 8) > 0.5);
}

static void test_sort_puts_nan_last(void **state)
{
    (void)state;
    double x[] = {NAN, 3, -INFINITY, NAN, 1};

    dlb_sort(x, 5);
    assert_true(isinf(x[0]) && isnan(x[3]) && isnan(x[4]));
    assert_near(x[1], 1.0, 0.0);
    assert_near(x[2], 3.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_empty_and_single),
        cmocka_unit_test(test_nan_is_not_hidden),
        cmocka_unit_test(test_quantile),
        cmocka_unit_test(test_spread),
        cmocka_unit_test(test_geomean),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_outliers),
        cmocka_unit_test(test_outliers_of_ties),
        cmocka_unit_test(test_lag1),
        cmocka_unit_test(test_sort_puts_nan_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
