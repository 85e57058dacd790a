/* test_interval.c: autocorrelation time, the intervals, the stop rule's looks, the steady-state test. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "bench/stats/interval.h"
#include "bench/stats/summary.h"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("found %.17g, wanted %.17g within %g", value, expected, tolerance);
}

/* AR(1) noise around 100 with relative sd `sd`. */
static void fill_ar(double *x, int64_t n, double rho, double sd, uint64_t seed)
{
    struct dlb_random random;
    double drift;

    dlb_random_seed(&random, seed);
    drift = dlb_random_normal(&random);
    for (int64_t i = 0; i < n; i++) {
        drift = rho * drift + sqrt(1.0 - rho * rho) * dlb_random_normal(&random);
        x[i] = 100.0 * (1.0 + sd * drift);
    }
}

/* For a Gaussian AR(1) process the signs have autocorrelation (2/pi) asin(rho^k). */
static double true_tau(double rho)
{
    double sum = 0.0;

    for (int k = 1; k < 200; k++)
        sum += 2.0 / acos(-1.0) * asin(pow(rho, k));
    return 1.0 + 2.0 * sum;
}

static void test_autocorrelation_time(void **state)
{
    (void)state;
    const double rhos[] = {0.0, 0.5, 0.8};
    static double x[20000];

    for (size_t i = 0; i < DLB_ARRAY_COUNT(rhos); i++) {
        fill_ar(x, 20000, rhos[i], 0.01, 7);
        assert_near(dlb_autocorrelation_time(x, 20000), true_tau(rhos[i]),
                    0.12 * true_tau(rhos[i]));
    }
}

static void test_autocorrelation_time_degenerate(void **state)
{
    (void)state;
    double x[200];

    assert_near(dlb_autocorrelation_time(NULL, 0), 1.0, 0.0);
    for (int i = 0; i < 200; i++)
        x[i] = 3.0; /* zero variance, all ties */
    assert_near(dlb_autocorrelation_time(x, 200), 1.0, 0.0);
    for (int i = 0; i < 200; i++)
        x[i] = i % 2; /* anticorrelation earns nothing */
    assert_near(dlb_autocorrelation_time(x, 200), 1.0, 0.0);
    for (int i = 0; i < 200; i++)
        x[i] = i; /* rho close to 1: worth a handful of samples at most */
    assert_true(dlb_autocorrelation_time(x, 200) > 200.0 / 6.0);
}

/* Ranks by hand: n = 101, tau = 1: 51 -+ 2.24 x 5.025 = 39.74 and 62.26, outwards 39 and 63. */
static void test_interval_ranks(void **state)
{
    (void)state;
    double x[101];

    for (int i = 0; i < 101; i++) {
        const int j = i % 2 == 0 ? i / 2 : 100 - i / 2; /* low and high in turn: tau is 1 */
        x[i] = (double)(j + 1);
    }
    assert_near(dlb_autocorrelation_time(x, 101), 1.0, 0.0);

    const struct dlb_interval interval = dlb_interval_samples(x, 101, 2.24);
    assert_near(interval.median, 51.0, 0.0);
    assert_near(interval.lo, 39.0, 0.0);
    assert_near(interval.hi, 63.0, 0.0);
    assert_near(interval.n_eff, 101.0, 0.0);
    assert_true(interval.is_ci);
    assert_near(dlb_interval_half_width(&interval), 12.0 / 51.0, 1e-15);
}

static void test_interval_widens_with_autocorrelation(void **state)
{
    (void)state;
    double x[900];
    double shuffled[900];
    struct dlb_random random;

    fill_ar(x, 900, 0.8, 0.01, 3);
    for (int i = 0; i < 900; i++)
        shuffled[i] = x[i];
    dlb_random_seed(&random, 5);
    for (uint64_t i = 899; i > 0; i--) {
        const uint64_t j = dlb_random_below(&random, i + 1);
        const double swap = shuffled[i];
        shuffled[i] = shuffled[j];
        shuffled[j] = swap;
    }

    const struct dlb_interval drifting = dlb_interval_samples(x, 900, 2.24);
    const struct dlb_interval independent = dlb_interval_samples(shuffled, 900, 2.24);
    assert_near(drifting.median, independent.median, 0.0);
    assert_true(drifting.n_eff < 0.4 * independent.n_eff);
    assert_true(drifting.hi - drifting.lo > 1.5 * (independent.hi - independent.lo));
}

static void test_few_samples_give_the_range(void **state)
{
    (void)state;
    const double x[] = {5, 9, 1, 7, 3, 2};

    for (int64_t n = 1; n <= 6; n++) {
        const struct dlb_interval interval = dlb_interval_samples(x, n, 2.24);
        double sorted[6];
        for (int i = 0; i < n; i++)
            sorted[i] = x[i];
        dlb_sort(sorted, n);
        assert_near(interval.lo, sorted[0], 0.0);
        assert_near(interval.hi, sorted[n - 1], 0.0);
        assert_int_equal(interval.is_ci, n >= 6);
    }
}

static void test_no_samples(void **state)
{
    (void)state;
    const double broken[] = {1, NAN, 3, 4, 5, 6, 7};
    const struct dlb_interval none = dlb_interval_samples(NULL, 0, 2.24);
    const struct dlb_interval unknown = dlb_interval_samples(broken, 7, 2.24);

    assert_true(isnan(none.median) && isnan(none.lo) && !none.is_ci);
    assert_true(isnan(unknown.median) && !unknown.is_ci);
    assert_true(isnan(dlb_interval_invocations(NULL, 0).median));
    assert_true(dlb_interval_half_width(&none) > 1e300);
}

/* A pure drift is worth fewer than 6 samples: no interval is claimed, whatever n. */
static void test_drift_has_no_interval(void **state)
{
    (void)state;
    double x[300];

    for (int i = 0; i < 300; i++)
        x[i] = 100.0 + 0.0001 * i;
    const struct dlb_interval interval = dlb_interval_samples(x, 300, 2.24);
    assert_false(interval.is_ci);
    assert_near(interval.lo, x[0], 0.0);
    assert_near(interval.hi, x[299], 0.0);

    struct dlb_interval at_stop;
    assert_false(dlb_stop_reached(x, 300, 0.01, &at_stop)); /* narrow, but not known */
}

/* Ranks of the 95 % sign-test interval: W. J. Conover, Practical Nonparametric Statistics; n = 6: 1, 9: 2, 20: 6. */
static void test_interval_invocations(void **state)
{
    (void)state;
    const struct {
        int64_t n, rank;
        bool is_ci;
    } cases[] = {{1, 1, false}, {3, 1, false}, {5, 1, false}, {6, 1, true},  {8, 1, true},
                 {9, 2, true},  {11, 2, true}, {12, 3, true}, {20, 6, true}, {2000, 956, true}};
    static double x[2000];

    for (int i = 0; i < 2000; i++)
        x[i] = i + 1;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        const struct dlb_interval interval = dlb_interval_invocations(x, cases[i].n);
        assert_near(interval.lo, (double)cases[i].rank, 0.0);
        assert_near(interval.hi, (double)(cases[i].n + 1 - cases[i].rank), 0.0);
        assert_int_equal(interval.is_ci, cases[i].is_ci);
    }
}

static void test_half_width_of_bad_medians(void **state)
{
    (void)state;
    const struct dlb_interval zero = {.median = 0, .lo = 0, .hi = 0};
    const struct dlb_interval negative = {.median = -1, .lo = -2, .hi = 0};
    const struct dlb_interval exact = {.median = 5, .lo = 5, .hi = 5};

    assert_true(dlb_interval_half_width(&zero) > 1e300);
    assert_true(dlb_interval_half_width(&negative) > 1e300);
    assert_near(dlb_interval_half_width(&exact), 0.0, 0.0);
}

static void test_looks(void **state)
{
    (void)state;
    const int64_t looks[] = {20, 30, 45, 67, 100, 150, 225, 337, 505, 757, 1135, 1702};
    int64_t n = 0;

    for (size_t i = 0; i < DLB_ARRAY_COUNT(looks); i++) {
        n = dlb_stop_next_look(n);
        assert_int_equal(n, looks[i]);
    }
    assert_int_equal(dlb_stop_next_look(19), 20);
    assert_int_equal(dlb_stop_next_look(20), 30);
    assert_int_equal(dlb_stop_next_look(44), 45);
}

static void test_stop(void **state)
{
    (void)state;
    double x[2000];
    struct dlb_interval interval;

    for (int i = 0; i < 2000; i++)
        x[i] = 100.0; /* constant times: exact after 30 samples, not before */
    assert_false(dlb_stop_reached(x, 20, 0.01, &interval));
    assert_true(dlb_stop_reached(x, 30, 0.01, &interval));

    fill_ar(x, 2000, 0.0, 0.10, 11);
    assert_false(dlb_stop_reached(x, 45, 0.01, &interval)); /* 10 % noise: half width about 4 % */
    assert_true(dlb_interval_half_width(&interval) > 0.01);
    assert_true(dlb_stop_reached(x, 2000, 0.01, &interval));

    for (int i = 0; i < 100; i++)
        x[i] = 0.0; /* a clock that shows nothing never satisfies the rule */
    assert_false(dlb_stop_reached(x, 100, 0.01, &interval));
}

/* A look at 2000 drifting samples, the worst case, must stay far below the 100 ms between progress reports. */
static void test_stop_is_cheap(void **state)
{
    (void)state;
    static double x[2000];
    struct dlb_interval interval;
    double best_ns = 1e18;

    for (int i = 0; i < 2000; i++)
        x[i] = i + 1;
    for (int i = 0; i < 5; i++) {
        const int64_t start = dlb_clock_ns();
        assert_false(dlb_stop_reached(x, 2000, 0.01, &interval));
        best_ns = fmin(best_ns, (double)(dlb_clock_ns() - start));
    }
    if (best_ns > 50e6)
        fail_msg("a look takes %.1f ms, wanted at most 50 ms", best_ns / 1e6);
}

/* S of a falling sequence of n is -n(n-1)/2; for n = 10: z = -44 / sqrt(125) (Kendall's table: p < 0.0001). */
static void test_trend(void **state)
{
    (void)state;
    const double falling[] = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    const double rising[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    const double flat[] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    const double ties[] = {3, 3, 2, 2, 1, 1};

    assert_near(dlb_trend_down_p(falling, 10), dlb_normal_cdf(-44.0 / sqrt(125.0)), 1e-15);
    assert_true(dlb_trend_down_p(rising, 10) > 0.999);
    assert_near(dlb_trend_down_p(flat, 10), 1.0, 0.0);
    assert_near(dlb_trend_down_p(NULL, 0), 1.0, 0.0);
    /* S = -12; variance (6 5 17 - 3 x 2 1 9) / 18 = 456 / 18 */
    assert_near(dlb_trend_down_p(ties, 6), dlb_normal_cdf(-11.0 / sqrt(456.0 / 18.0)), 1e-15);
}

static void test_steady(void **state)
{
    (void)state;
    const double level[] = {100, 101, 99, 100, 102, 98, 100, 101, 99, 100};
    const double slower[] = {103, 104, 102, 103, 105, 101, 103, 104, 102, 103};
    const double falling_a[] = {110, 109, 108, 107, 106, 105, 104, 103, 102, 101};
    const double falling_b[] = {100.9, 100.8, 100.7, 100.6, 100.5, 100.4, 100.3, 100.2, 100.1, 100};
    const double drift_a[] = {100.20, 100.19, 100.18, 100.17, 100.16,
                              100.15, 100.14, 100.13, 100.12, 100.11};
    const double drift_b[] = {100.10, 100.09, 100.08, 100.07, 100.06,
                              100.05, 100.04, 100.03, 100.02, 100.01};

    assert_true(dlb_steady(level, level, 10));
    assert_false(dlb_steady(level, slower, 10)); /* 3 % apart */
    assert_false(dlb_steady(falling_a, falling_b, 10));
    assert_false(dlb_steady(drift_a, drift_b, 10)); /* within 1 %, but still falling */
    assert_false(dlb_steady(level, level, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_autocorrelation_time),
        cmocka_unit_test(test_autocorrelation_time_degenerate),
        cmocka_unit_test(test_interval_ranks),
        cmocka_unit_test(test_interval_widens_with_autocorrelation),
        cmocka_unit_test(test_few_samples_give_the_range),
        cmocka_unit_test(test_no_samples),
        cmocka_unit_test(test_drift_has_no_interval),
        cmocka_unit_test(test_interval_invocations),
        cmocka_unit_test(test_half_width_of_bad_medians),
        cmocka_unit_test(test_looks),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_stop_is_cheap),
        cmocka_unit_test(test_trend),
        cmocka_unit_test(test_steady),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
