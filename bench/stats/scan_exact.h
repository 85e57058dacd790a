/* scan_exact.h: the deviation that the rank scan of changepoint.c looks for, and its exact p for few points. */
#ifndef DLB_SCAN_EXACT_H
#define DLB_SCAN_EXACT_H

#include <stdint.h>

#define DLB_SCAN_EXACT_MOST 16 /* points; 2^16 sets of them take about as long as 1,999 shuffles */

/* u^2 / (t (n - t)): how far the first t of n points deviate, u their doubled ranks less t (n + 1). At most t (n - t), where every one
 * of them is below, or above, all others. */
double dlb_scan_deviation(int64_t u, int t, int n);

/* The share of all orders of `ranks` (doubled midranks, n <= DLB_SCAN_EXACT_MOST) in which some place with `margin` points on both
 * sides deviates by `seen` or more. `shares` is scratch of 2^n. */
double dlb_scan_exact_p(const int64_t *ranks, int n, int margin, double seen, double *shares);

#endif
