/* test_prediction.c: Student's t against tables, closed forms and quadrature; the prediction interval by hand and by simulation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "bench/stats/prediction.h"
#include "bench/stats/summary.h"
#include "tests/unit/near.h"

/* Critical values as every table has them (first: Student 1908, Fisher 1925). */
static const struct {
    double df, at_90, at_95, at_975, at_99, at_995, at_9995;
} table[] = {
    {1, 3.078, 6.314, 12.706, 31.821, 63.657, 636.619},
    {2, 1.886, 2.920, 4.303, 6.965, 9.925, 31.599},
    {3, 1.638, 2.353, 3.182, 4.541, 5.841, 12.924},
    {5, 1.476, 2.015, 2.571, 3.365, 4.032, 6.869},
    {9, 1.383, 1.833, 2.262, 2.821, 3.250, 4.781},
    {10, 1.372, 1.812, 2.228, 2.764, 3.169, 4.587},
    {20, 1.325, 1.725, 2.086, 2.528, 2.845, 3.850},
    {29, 1.311, 1.699, 2.045, 2.462, 2.756, 3.659},
    {60, 1.296, 1.671, 2.000, 2.390, 2.660, 3.460},
    {120, 1.289, 1.658, 1.980, 2.358, 2.617, 3.373},
};

static void t_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const double df = table[i].df;
        near(dlb_t_quantile(0.90, df), table[i].at_90, 6e-4, "0.90");
        near(dlb_t_quantile(0.95, df), table[i].at_95, 6e-4, "0.95");
        near(dlb_t_quantile(0.975, df), table[i].at_975, 6e-4, "0.975");
        near(dlb_t_quantile(0.99, df), table[i].at_99, 6e-4, "0.99");
        near(dlb_t_quantile(0.995, df), table[i].at_995, 6e-4, "0.995");
        near(dlb_t_quantile(0.9995, df), table[i].at_9995, 6e-4, "0.9995");
        near(dlb_t_quantile(0.025, df), -table[i].at_975, 6e-4, "0.025");
    }
}

/* df 1: 1/2 + atan(t) / pi; df 2: 1/2 + t / (2 sqrt(2 + t^2)). Far tails without cancellation:
 * atan(1/|t|) / pi and 1 / (s (s + |t|)), s = sqrt(2 + t^2). */
static void closed_forms(void **state)
{
    (void)state;
    for (int i = -6; i < 15; i++) {
        const double t = pow(3, i);
        const double cauchy = atan(1 / t) / acos(-1);
        const double s = sqrt(2 + t * t);
        const double two = 1 / (s * (s + t));
        near(dlb_t_cdf(-t, 1), cauchy, 1e-11 * cauchy, "df 1");
        near(dlb_t_cdf(-t, 2), two, 1e-11 * two, "df 2");
        near(dlb_t_cdf(t, 1), 1 - cauchy, 1e-14, "df 1, upper");
        near(dlb_t_quantile(cauchy, 1), -t, 1e-9 * t, "quantile of df 1");
        near(dlb_t_quantile(two, 2), -t, 1e-9 * t, "quantile of df 2");
    }
}

/* Simpson's rule over the density. */
static double integral(double t, double df)
{
    const int steps = 20000;
    const double constant = tgamma((df + 1) / 2) / (sqrt(df * acos(-1)) * tgamma(df / 2));
    double sum = 0;

    for (int i = 0; i <= steps; i++) {
        const double x = t * i / steps;
        const double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
        sum += weight * constant * pow(1 + x * x / df, -(df + 1) / 2);
    }
    return 0.5 + sum * t / steps / 3;
}

static void degrees_that_are_not_whole(void **state)
{
    (void)state;
    static const double df[] = {1, 1.5, 2.7, 4, 7.3, 13, 29.9, 100.1};
    static const double t[] = {-6, -2.3, -0.7, -0.01, 0, 0.01, 0.5, 1.7, 4};

    for (size_t i = 0; i < sizeof df / sizeof df[0]; i++)
        for (size_t j = 0; j < sizeof t / sizeof t[0]; j++)
            near(dlb_t_cdf(t[j], df[i]), integral(t[j], df[i]), 1e-10, "cdf");
}

static void quantile_undoes_cdf(void **state)
{
    (void)state;
    static const double df[] = {1, 1.5, 3, 9, 17, 29, 63, 500};
    static const double tails[] = {1e-12, 1e-9, 1e-6, 2e-4, 0.01, 0.1, 0.3, 0.4999999};

    for (size_t i = 0; i < sizeof df / sizeof df[0]; i++)
        for (size_t j = 0; j < sizeof tails / sizeof tails[0]; j++) {
            near(dlb_t_cdf(dlb_t_quantile(tails[j], df[i]), df[i]), tails[j], 1e-10 * tails[j],
                 "lower");
            near(dlb_t_quantile(1 - tails[j], df[i]), -dlb_t_quantile(1 - (1 - tails[j]), df[i]), 0,
                 "symmetry");
        }
}

static void many_degrees_are_normal(void **state)
{
    (void)state;
    near(dlb_t_quantile(0.975, 1e7), 1.959963984540054, 1e-6, "quantile");
    near(dlb_t_cdf(-3, 1e7), dlb_normal_cdf(-3), 1e-8, "cdf");
}

static void out_of_range(void **state)
{
    (void)state;
    static const double bad_p[] = {0, 1, -0.1, 1.1, NAN};
    static const double bad_df[] = {0, 0.5, -1, NAN, INFINITY};

    for (size_t i = 0; i < 5; i++) {
        assert_true(isnan(dlb_t_quantile(bad_p[i], 5)));
        assert_true(isnan(dlb_t_quantile(0.9, bad_df[i])));
        assert_true(isnan(dlb_t_cdf(1, bad_df[i])));
    }
    assert_true(isnan(dlb_t_cdf(NAN, 5)));
    near(dlb_t_quantile(0.5, 5), 0, 0, "median");
    near(dlb_t_cdf(-INFINITY, 5), 0, 0, "-infinity");
    near(dlb_t_cdf(INFINITY, 5), 1, 0, "infinity");
    near(dlb_t_cdf(0, 5), 0.5, 1e-15, "zero");
}

/* Logarithms 0, 1, 2, 3, 4: mean 2, sd sqrt 2.5; scale sqrt(2.5 x 1.2) = sqrt 3. now = e^(2 + 2 sqrt 3): T = 2. */
static void by_hand(void **state)
{
    (void)state;
    double past[5];

    for (int i = 0; i < 5; i++)
        past[i] = exp(i);
    const struct dlb_prediction test = dlb_prediction_test(past, 5, exp(2 + 2 * sqrt(3)), 0.01);
    assert_int_equal(test.sessions, 5);
    near(log1p(test.effect), 2 * sqrt(3), 1e-12, "effect");
    near(test.p_slower, dlb_t_cdf(-2, 4), 1e-12, "p_slower");
    near(test.p_faster, dlb_t_cdf(2, 4), 1e-12, "p_faster");
    near(log1p(test.lo), 2 * sqrt(3) - 2.776445 * sqrt(3), 1e-5, "lo");
    near(log1p(test.hi), 2 * sqrt(3) + 2.776445 * sqrt(3), 1e-5, "hi");
    near(log1p(test.mde90), (3.746947 + 1.533206) * sqrt(3), 1e-5, "mde90");
}

static void assert_no_answer(const struct dlb_prediction *test)
{
    assert_true(isnan(test->effect) && isnan(test->lo) && isnan(test->hi));
    assert_true(isnan(test->p_slower) && isnan(test->p_faster) && isnan(test->mde90));
}

static void too_little_to_say(void **state)
{
    (void)state;
    static const double alike[] = {5, 5, 5, 5, 5, 5, 5, 5, 5};
    struct dlb_prediction test = dlb_prediction_test(NULL, 0, 5, 0.01);

    assert_no_answer(&test);
    test = dlb_prediction_test(alike, 1, 6, 0.01);
    near(test.effect, 0.2, 1e-12, "effect against one");
    assert_true(isnan(test.p_slower) && isnan(test.p_faster));
    assert_true(isinf(test.hi) && isinf(test.mde90) && test.lo >= -1);

    test = dlb_prediction_test(alike, 9, 6, 0.01);
    near(test.effect, 0.2, 1e-12, "effect without spread");
    assert_true(isnan(test.p_slower) && isnan(test.p_faster));
    near(test.lo, 0.2, 1e-12, "lo without spread");
    near(test.mde90, 0, 0, "mde90 without spread");
}

static void values_that_are_no_times(void **state)
{
    (void)state;
    static const double bad[] = {0, -1, NAN, INFINITY};

    for (size_t i = 0; i < 4; i++) {
        const double past[] = {5, bad[i], 6};
        struct dlb_prediction test = dlb_prediction_test(past, 3, 5, 0.01);
        assert_no_answer(&test);
        test = dlb_prediction_test((const double[]){5, 6, 7}, 3, bad[i], 0.01);
        assert_no_answer(&test);
    }
}

/* With nothing changed p <= alpha happens alpha of the time; slower by `mde90`, in nine of ten cases: the statistic less both quantiles
 * is Student's t again. */
static void error_rate_and_power(void **state)
{
    (void)state;
    const double alpha = 0.05;
    const int trials = 20000;
    struct dlb_random random;
    int alarms = 0;
    int found = 0;

    dlb_random_seed(&random, 5);
    for (int trial = 0; trial < trials; trial++) {
        double x[10];
        for (int i = 0; i < 10; i++)
            x[i] = 1e6 * exp(0.02 * dlb_random_normal(&random));
        const struct dlb_prediction test = dlb_prediction_test(x, 9, x[9], alpha);
        alarms += test.p_slower <= alpha;
        found += dlb_prediction_test(x, 9, x[9] * (1 + test.mde90), alpha).p_slower <= alpha;
    }
    near((double)alarms / trials, alpha, 4 * sqrt(alpha / trials), "alarms");
    near((double)found / trials, 0.9, 4 * sqrt(0.09 / trials), "found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_tables),
        cmocka_unit_test(closed_forms),
        cmocka_unit_test(degrees_that_are_not_whole),
        cmocka_unit_test(quantile_undoes_cdf),
        cmocka_unit_test(many_degrees_are_normal),
        cmocka_unit_test(out_of_range),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(too_little_to_say),
        cmocka_unit_test(values_that_are_no_times),
        cmocka_unit_test(error_rate_and_power),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
