/* paired.h: what pairs of runs say of a change: the exact signed-rank test and the estimate that belongs to it.
 *
 * A pair's difference is ln t_B - ln t_A of two neighbouring fresh processes: positive is slower, and exp(d) - 1 the change.
 * Zeros are kept in the ranking and left out of the sum (Pratt 1959), ties get midranks; the distribution is the exact permutation
 * distribution for those ranks. Pure; no state, no printing; any thread. */
#ifndef DLB_PAIRED_H
#define DLB_PAIRED_H

#include <stdbool.h>

#define DLB_PAIRS_MAX 64 /* pairs of one test; more is DLB's own mistake and gives NaN */

struct dlb_paired {
    int pairs;       /* 0: everything else is NaN */
    double estimate; /* Hodges and Lehmann: median of the Walsh averages */
    double lo,
        hi; /* interval of the inverted test at `level`; infinite where the pairs are too few for it */
    double p_slower; /* one-sided: d > 0 */
    double p_faster; /* one-sided: d < 0 */
    double
        sd; /* max(sd, IQR / 1.349) of the differences: robust against neither being right alone; NaN below 2 */
};

/* `level` is the two-sided confidence, 0.90 for one-sided 95 % bounds. Differences must be finite: with one that is not, or with
 * more than DLB_PAIRS_MAX, everything but `pairs` is NaN. The interval's ends are Walsh averages, chosen by the distribution
 * without ties (Hollander and Wolfe, section 3.3): with ties it is wider than it had to be, never narrower than `level`. */
struct dlb_paired dlb_paired_test(const double *differences, int pairs, double level);

/* The smallest one-sided p that this many pairs without ties can give: 2^-pairs. */
double dlb_paired_least_p(int pairs);
/* The least pairs that can give a one-sided p of at most alpha: ceil(log2(1 / alpha)); INT_MAX for an alpha that is not positive. */
int dlb_paired_least_pairs(double alpha);

/* The smallest change (0.039: 3.9 %) that a test of `pairs` pairs with this spread finds with probability `power` at level alpha:
 * exp((t_{1-alpha,R-1} + t_{power,R-1}) sd / sqrt R) - 1. Infinite below 2 pairs, and where `pairs` cannot reach alpha at all;
 * NaN for a spread that is none. */
double dlb_paired_detectable(double sd, int pairs, double alpha, double power);

/* The same with probability 0.9. */
double dlb_paired_mde90(double sd, int pairs, double alpha);

#endif
