/* test_allocation.c: the formula by hand, its limits, and that it really finds the cheapest split. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/stats/allocation.h"

static void formula_by_hand(void **state)
{
    (void)state;
    static const struct {
        struct dlb_allocation seen;
        int64_t expected;
    } rows[] = {
        /* T2^2 = 5 - 40/10 = 1; sqrt(9 x 40 / 1) = 18.97 */
        {{40, 5, 10, 1, 9}, 19},
        /* T2^2 = 4; sqrt(1 x 4 / 4) = 1 */
        {{4, 5, 4, 1, 1}, 1},
        {{0, 5, 4, 1, 100}, 1},         /* samples are all alike */
        {{40, 3, 10, 1, 9}, INT64_MAX}, /* T2^2 < 0: processes do not differ */
        {{40, 4, 10, 1, 9}, INT64_MAX}, /* T2^2 = 0 */
        {{NAN, 5, 10, 1, 9}, INT64_MAX},
        {{40, NAN, 10, 1, 9}, INT64_MAX},
        {{40, 5, 0, 1, 9}, INT64_MAX},
        {{40, 5, 10, 0, 9}, INT64_MAX}, /* infinite cost ratio */
        {{40, 5, 10, 1, -1}, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (dlb_allocation_samples(&rows[i].seen) != rows[i].expected)
            fail_msg("row %zu: %lld", i, (long long)dlb_allocation_samples(&rows[i].seen));
}

/* Variance of the mean of p processes of r samples is (T2^2 + S1^2 / r) / p; for a fixed time p = time / (c2 + r c1). */
static double variance_for_time(double within, double between, double c1, double c2, double r)
{
    return (between + within / r) * (c2 + r * c1);
}

static void no_other_split_is_cheaper(void **state)
{
    (void)state;
    for (int i = 1; i <= 20; i++) {
        const double within = 3.0 * i, between = 0.7, c1 = 0.5, c2 = 11.0 + i;
        const struct dlb_allocation seen = {within, between + within / 7, 7, c1, c2};
        const double best = (double)dlb_allocation_samples(&seen);
        const double at_best = variance_for_time(within, between, c1, c2, best);
        assert_true(at_best <= variance_for_time(within, between, c1, c2, best + 2));
        if (best > 2)
            assert_true(at_best <= variance_for_time(within, between, c1, c2, best - 2));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formula_by_hand),
        cmocka_unit_test(no_other_split_is_cheaper),
    };
    return cmocka_run_group_tests_name("allocation", tests, NULL, NULL);
}
