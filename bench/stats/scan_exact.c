/* scan_exact.c: the permutation test of the rank scan over all n! orders at once.
 *
 * Whether a place deviates depends on which points stand before it, not on their order: so not orders are gone through but sets. Let
 * f(S) be the share of the orders of S in which no place inside or at the end of it deviates as much. The last point of S may be any
 * of its |S| points with equal odds:
 *
 *     f(S) = 0 where S itself deviates as much, else the mean over i in S of f(S less i);  f(nothing) = 1;  p = 1 - f(all) */
#include "bench/stats/scan_exact.h"

#include <stdbool.h>

double dlb_scan_deviation(int64_t u, int t, int n)
{
    return (double)u * (double)u / ((double)t * (n - t));
}

double dlb_scan_exact_p(const int64_t *ranks, int n, int margin, double seen, double *shares)
{
    const uint32_t all = (UINT32_C(1) << n) - 1;

    shares[0] = 1.0;
    for (uint32_t set = 1; set <= all; set++) {
        double sum = 0.0;
        int64_t u = 0;
        int size = 0;
        for (int i = 0; i < n; i++) {
            const uint32_t point = UINT32_C(1) << i;
            if ((set & point) == 0)
                continue;
            sum += shares[set ^ point];
            u += ranks[i] - (n + 1);
            size++;
        }
        const bool is_place = size >= margin && size <= n - margin;
        shares[set] = is_place && dlb_scan_deviation(u, size, n) >= seen ? 0.0 : sum / size;
    }
    return 1.0 - shares[all];
}
