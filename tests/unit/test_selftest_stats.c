/* test_selftest_stats.c: the stop rule meets its coverage limits, and the check would notice if it did not. */
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
        assert_true(checks[i].at_least);
        assert_true(checks[i].limit >= rows[i].limit && checks[i].target >= checks[i].limit);
        if (!checks[i].ok || checks[i].measured < checks[i].limit)
            fail_msg("%s: %.4f, wanted at least %.2f", checks[i].name, checks[i].measured,
                     checks[i].limit);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_are_met),
        cmocka_unit_test(test_deterministic),
        cmocka_unit_test(test_capacity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
