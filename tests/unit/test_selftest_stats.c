/* test_selftest_stats.c: the stop rule meets its coverage limits, and the checks would notice if a rule did not. The regression rule
 * meets its own in `dlbench selftest stats`; here it is simulated as often as a unit test can wait for. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/stats/selftest_stats.h"

static const struct {
    const char *word;
    double limit;
} rows[] = {{"iid", 0.94}, {"spikes", 0.94}, {"bimodal", 0.94}, {"0.5", 0.92}, {"0.8", 0.88}};

static void test_limits_are_met(void **state)
{
    (void)state;
    struct dlb_stats_check checks[8];
    const int count = dlb_stats_check_stop_rule(3000, 4711, checks, 8);

    assert_int_equal(count, 5);
    for (int i = 0; i < count; i++) {
        assert_non_null(strstr(checks[i].name, rows[i].word));
        assert_true(checks[i].limit_low >= rows[i].limit &&
                    checks[i].target_low >= checks[i].limit_low);
        assert_true(isinf(checks[i].limit_high) && checks[i].runs == 3000);
        if (!checks[i].ok || checks[i].measured < checks[i].limit_low)
            fail_msg("%s: %.4f, wanted at least %.2f", checks[i].name, checks[i].measured,
                     checks[i].limit_low);
        /* An interval that always covers would be uselessly wide: the rule was tuned to 0.95. */
        if (checks[i].measured > 0.995)
            fail_msg("%s: %.4f is not the coverage of a 95 %% interval", checks[i].name,
                     checks[i].measured);
    }
}

static void test_deterministic(void **state)
{
    (void)state;
    struct dlb_stats_check a[8];
    struct dlb_stats_check b[8];
    struct dlb_stats_check other[8];
    bool differs = false;

    assert_int_equal(dlb_stats_check_stop_rule(50, 1, a, 8), 5);
    assert_int_equal(dlb_stats_check_stop_rule(50, 1, b, 8), 5);
    assert_int_equal(dlb_stats_check_stop_rule(50, 2, other, 8), 5);
    for (int i = 0; i < 5; i++) {
        assert_true(!(a[i].measured < b[i].measured) && !(a[i].measured > b[i].measured));
        differs = differs || a[i].measured < other[i].measured || a[i].measured > other[i].measured;
    }
    assert_true(differs);
}

static void test_capacity(void **state)
{
    (void)state;
    struct dlb_stats_check checks[2];

    assert_int_equal(dlb_stats_check_stop_rule(5, 1, checks, 2), 2);
    assert_int_equal(dlb_stats_check_stop_rule(0, 1, checks, 2), 0);
}

/* A row of every kind that the table of targets has, by its name. */
static const struct {
    const char *name;
    double target_low, target_high, limit_low, limit_high; /* at 2,000 and 300 runs */
} targets[] = {
    {"false regressed, quiet", -INFINITY, 0.01, -INFINITY, 0.0167},
    {"false regressed, typical", -INFINITY, 0.01, -INFINITY, 0.0167},
    {"false regressed, bimodal", -INFINITY, 0.01, -INFINITY, 0.0167},
    {"false regressed, heavy tail", -INFINITY, 0.01, -INFINITY, 0.0167},
    {"false regressed, spikes", -INFINITY, 0.01, -INFINITY, 0.0167},
    {"false regressed, noisy", -INFINITY, 0.01, -INFINITY, 0.0167},
    {"+5 % called regressed, quiet", 0.99, INFINITY, 0.97, INFINITY},
    {"+5 % called regressed, typical", 0.99, INFINITY, 0.97, INFINITY},
    {"+5 % called regressed, bimodal", 0.99, INFINITY, 0.97, INFINITY},
    {"+5 % called regressed, heavy tail", 0.99, INFINITY, 0.97, INFINITY},
    {"+5 % called regressed, noisy", 0.65, INFINITY, 0.58, INFINITY},
    {"+10 % called regressed, noisy", 0.99, INFINITY, 0.97, INFINITY},
    {"+3 % called regressed, quiet", 0.45, 0.55, 0.40, 0.60},
    {"+3 % called regressed, typical", 0.45, 0.55, 0.40, 0.60},
    {"+1 % called regressed, typical", -INFINITY, 0.003, -INFINITY, 0.012},
    {"+5 % called regressed, spikes", 0.70, INFINITY, 0.63, INFINITY},
};

static const struct dlb_stats_check *find_check(const struct dlb_stats_check *checks, int count,
                                                const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(checks[i].name, name) == 0)
            return &checks[i];
    fail_msg("no row '%s'", name);
    return NULL;
}

/* The limit of `scale` times fewer runs (a square): `root` times as far from the target. */
static void assert_bound(double found, double target, double limit, double root, const char *name)
{
    const double wanted = isinf(target) ? target : target + root * (limit - target);

    if (isinf(wanted) ? !isinf(found) || found * wanted < 0 : !(fabs(found - wanted) < 1e-9))
        fail_msg("%s: limit %g, wanted %g", name, found, wanted);
}

static void test_table_of_targets(void **state)
{
    (void)state;
    struct dlb_stats_check checks[DLB_STATS_RULE_CHECKS];
    const struct dlb_stats_size size = {.null_runs = 80, .effect_runs = 75};
    const int count = dlb_stats_check_rule(&size, 4711, 2, checks, DLB_STATS_RULE_CHECKS);

    assert_int_equal(count, DLB_STATS_RULE_CHECKS);
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        const char *name = targets[i].name;
        const struct dlb_stats_check *check = find_check(checks, count, name);
        const bool null = strncmp(name, "false", 5) == 0;
        const double root = null ? 5 : 2; /* 2,000 / 80 = 25, 300 / 75 = 4 */
        assert_int_equal(check->runs, null ? 80 : 75);
        assert_bound(check->limit_low, targets[i].target_low, targets[i].limit_low, root, name);
        assert_bound(check->limit_high, targets[i].target_high, targets[i].limit_high, root, name);
        assert_bound(check->target_low, targets[i].target_low, targets[i].target_low, 0, name);
        assert_bound(check->target_high, targets[i].target_high, targets[i].target_high, 0, name);
    }
    for (int i = 0; i < count; i++)
        if (!checks[i].ok || checks[i].measured < checks[i].limit_low ||
            checks[i].measured > checks[i].limit_high)
            fail_msg("%s: %.4f is outside %.4f to %.4f", checks[i].name, checks[i].measured,
                     checks[i].limit_low, checks[i].limit_high);
}

static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(dlb_stats_size_ci.null_runs, 2000);
    assert_int_equal(dlb_stats_size_ci.effect_runs, 300);
    assert_int_equal(dlb_stats_size_full.null_runs, 4000);
    assert_int_equal(dlb_stats_size_full.effect_runs, 1000);
}

static void test_trend(void **state)
{
    (void)state;
    struct dlb_stats_check checks[DLB_STATS_TREND_CHECKS];
    const int count = dlb_stats_check_trend(75, 4711, checks, DLB_STATS_TREND_CHECKS);

    assert_int_equal(count, DLB_STATS_TREND_CHECKS);
    for (int i = 0; i < count; i++) {
        if (!checks[i].ok)
            fail_msg("%s: %.4f", checks[i].name, checks[i].measured);
        assert_true(isinf(checks[i].limit_low) != isinf(checks[i].limit_high));
    }
    assert_int_equal(dlb_stats_check_trend(10, 1, checks, 2), 2);
    assert_int_equal(dlb_stats_check_trend(0, 1, checks, 2), 0);
}

/* The seed decides, not the number of threads. */
static void test_threads_do_not_matter(void **state)
{
    (void)state;
    struct dlb_stats_check one[DLB_STATS_RULE_CHECKS];
    struct dlb_stats_check five[DLB_STATS_RULE_CHECKS];
    struct dlb_stats_check other[DLB_STATS_RULE_CHECKS];
    const struct dlb_stats_size size = {.null_runs = 7, .effect_runs = 13};
    bool differs = false;

    dlb_stats_check_rule(&size, 1, 1, one, DLB_STATS_RULE_CHECKS);
    dlb_stats_check_rule(&size, 1, 5, five, DLB_STATS_RULE_CHECKS);
    dlb_stats_check_rule(&size, 2, 1, other, DLB_STATS_RULE_CHECKS);
    for (int i = 0; i < DLB_STATS_RULE_CHECKS; i++) {
        assert_true(!(one[i].measured < five[i].measured || one[i].measured > five[i].measured));
        differs = differs || fabs(one[i].measured - other[i].measured) > 0;
    }
    assert_true(differs);
}

static void test_rule_capacity(void **state)
{
    (void)state;
    struct dlb_stats_check checks[3];
    const struct dlb_stats_size some = {.null_runs = 2, .effect_runs = 2};
    const struct dlb_stats_size none = {0};

    assert_int_equal(dlb_stats_check_rule(&some, 1, 1, checks, 3), 3);
    assert_int_equal(dlb_stats_check_rule(&none, 1, 1, checks, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_are_met),
        cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_table_of_targets),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_trend),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_rule_capacity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
