/* test_scan_exact.c: the exact p of the rank scan against all orders gone through one by one, and against counts by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/stats/scan_exact.h"
#include "tests/unit/near.h"

static double shares[1 << DLB_SCAN_EXACT_MOST];

static bool deviates(const int64_t *ranks, int n, int margin, double seen)
{
    int64_t u = 0;

    for (int t = 1; t <= n - margin; t++) {
        u += ranks[t - 1] - (n + 1);
        if (t >= margin && dlb_scan_deviation(u, t, n) >= seen)
            return true;
    }
    return false;
}

/* How many of the orders of ranks[at ...] behind the fixed ones deviate; *all of how many. */
static int count_orders(int64_t *ranks, int at, int n, int margin, double seen, int *all)
{
    int count = 0;

    if (at == n) {
        ++*all;
        return deviates(ranks, n, margin, seen);
    }
    for (int i = at; i < n; i++) {
        const int64_t first = ranks[at];
        ranks[at] = ranks[i];
        ranks[i] = first;
        count += count_orders(ranks, at + 1, n, margin, seen, all);
        ranks[i] = ranks[at];
        ranks[at] = first;
    }
    return count;
}

static void as_by_going_through_all(void **state)
{
    (void)state;
    /* Doubled midranks: without ties, with some, all alike but one. */
    static const int64_t rows[][7] = {
        {2, 4, 6, 8, 10, 12, 14}, {3, 3, 6, 10, 10, 10, 14}, {7, 7, 7, 7, 7, 7, 14}};
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++)
        for (int margin = 1; margin <= 3; margin++)
            for (int seen = 0; seen <= 12; seen++) {
                int64_t ranks[7];
                int all = 0;
                for (int i = 0; i < 7; i++)
                    ranks[i] = rows[row][i];
                const int count = count_orders(ranks, 0, 7, margin, seen, &all);
                near(dlb_scan_exact_p(rows[row], 7, margin, seen, shares), (double)count / all,
                     1e-14, "p");
            }
}

/* Halves that stand apart: 2 orders of the halves of C(16, 8) = 12870. */
static void halves_of_sixteen(void **state)
{
    (void)state;
    int64_t ranks[16];

    for (int i = 0; i < 16; i++)
        ranks[i] = 2 * (i + 1);
    near(dlb_scan_exact_p(ranks, 16, 4, 64, shares), 2.0 / 12870, 1e-14, "p");
    near(dlb_scan_exact_p(ranks, 16, 4, 64.5, shares), 0, 1e-14, "beyond");
    near(dlb_scan_exact_p(ranks, 16, 4, 0, shares), 1, 1e-14, "any");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_by_going_through_all),
        cmocka_unit_test(halves_of_sixteen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
