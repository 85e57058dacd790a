/* paired.c: Wilcoxon's signed-rank test, exact for whatever ties and zeros there are, and Hodges and Lehmann's estimate.
 *
 * Ranks are kept doubled, so that midranks are whole numbers and the distribution of their sum can be built by adding one
 * rank after the other. Which cases are measured in how many pairs, and what the answers mean, is in rule.c. */
#include "bench/stats/paired.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "bench/stats/prediction.h"
#include "bench/stats/summary.h"

/* The doubled ranks 2, 4, ... 2n add up to n (n + 1). */
#define MOST_SUM (DLB_PAIRS_MAX * (DLB_PAIRS_MAX + 1))
/* Averages of every two differences, and of each with itself. */
#define MOST_WALSH (MOST_SUM / 2)
/* IQR of normal data in standard deviations: 2 x 0.6745. */
#define NORMAL_IQR 1.349

/* Doubled midranks of |d|, zeros ranked with the rest (J. W. Pratt, "Remarks on zeros and ties in the Wilcoxon signed rank
 * procedures", JASA 54, 1959): a rank counts who is smaller and, half, who is equal. */
static void doubled_midranks(const double *d, int n, int *ranks)
{
    for (int i = 0; i < n; i++) {
        const double size = fabs(d[i]);
        int smaller = 0;
        int smaller_or_equal = 0;
        for (int j = 0; j < n; j++) {
            smaller += fabs(d[j]) < size;
            smaller_or_equal += fabs(d[j]) <= size;
        }
        ranks[i] = smaller + smaller_or_equal + 1;
    }
}

/* One more rank, which is in the sum or not with equal odds: P'(s) = (P(s) + P(s - rank)) / 2. Sums of up to 53 ranks are exact
 * in a double, since every probability is a whole number of 2^-53. Returns the largest sum there is now. */
static int add_rank(double *chance, int largest, int rank)
{
    memset(chance + largest + 1, 0, (size_t)rank * sizeof *chance);
    for (int sum = largest + rank; sum >= rank; sum--)
        chance[sum] = 0.5 * (chance[sum] + chance[sum - rank]);
    for (int sum = 0; sum < rank; sum++)
        chance[sum] *= 0.5;
    return largest + rank;
}

static void test_signs(const double *d, int n, struct dlb_paired *test)
{
    int ranks[DLB_PAIRS_MAX];
    double chance[MOST_SUM + 1];
    int largest = 0;
    int slower = 0;

    chance[0] = 1.0;
    doubled_midranks(d, n, ranks);
    for (int i = 0; i < n; i++) {
        if (!(fabs(d[i]) > 0.0))
            continue;
        largest = add_rank(chance, largest, ranks[i]);
        slower += d[i] > 0.0 ? ranks[i] : 0;
    }

    double below = 0.0;
    double above = 0.0;
    for (int sum = 0; sum <= slower; sum++)
        below += chance[sum];
    for (int sum = largest; sum >= slower; sum--)
        above += chance[sum];
    test->p_faster = fmin(1.0, below);
    test->p_slower = fmin(1.0, above);
}

/* The largest k with P(V <= k - 1) <= tail, V the rank sum of n differences without ties; 0 when there is none. */
static int critical_rank(int n, double tail)
{
    double chance[MOST_SUM / 2 + 1];
    int largest = 0;
    int k = 0;

    chance[0] = 1.0;
    for (int rank = 1; rank <= n; rank++)
        largest = add_rank(chance, largest, rank);
    for (double below = chance[0]; below <= tail && k < largest; below += chance[k])
        k++;
    return k;
}

/* The k-th smallest and k-th largest Walsh average bound the shifts that the test would not refuse: the rank sum of d - shift is
 * the number of Walsh averages above the shift (J. W. Tukey, 1949; Hollander and Wolfe, Nonparametric Statistical Methods). */
static void estimate_shift(const double *d, int n, double level, struct dlb_paired *test)
{
    double walsh[MOST_WALSH];
    int count = 0;

    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++)
            walsh[count++] = 0.5 * (d[i] + d[j]);
    dlb_sort(walsh, count);
    test->estimate = dlb_quantile_sorted(walsh, count, 0.5);

    const int k = critical_rank(n, 0.5 * (1.0 - level));
    test->lo = k > 0 ? walsh[k - 1] : -INFINITY;
    test->hi = k > 0 ? walsh[count - k] : INFINITY;
}

static double spread(const double *d, int n)
{
    double sorted[DLB_PAIRS_MAX];

    if (n < 2)
        return NAN;
    memcpy(sorted, d, (size_t)n * sizeof *sorted);
    dlb_sort(sorted, n);

    const double iqr = dlb_quantile_sorted(sorted, n, 0.75) - dlb_quantile_sorted(sorted, n, 0.25);
    return fmax(dlb_sd(d, n), iqr / NORMAL_IQR);
}

static bool all_finite(const double *d, int n)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(d[i]))
            return false;
    return true;
}

struct dlb_paired dlb_paired_test(const double *differences, int pairs, double level)
{
    struct dlb_paired test = {pairs, NAN, NAN, NAN, NAN, NAN, NAN};

    if (pairs <= 0 || pairs > DLB_PAIRS_MAX || !all_finite(differences, pairs))
        return test;
    test_signs(differences, pairs, &test);
    estimate_shift(differences, pairs, level, &test);
    test.sd = spread(differences, pairs);
    return test;
}

double dlb_paired_least_p(int pairs)
{
    return ldexp(1.0, -pairs);
}

int dlb_paired_least_pairs(double alpha)
{
    if (!(alpha > 0.0))
        return INT_MAX;
    return alpha < 1.0 ? (int)ceil(-log2(alpha)) : 0;
}

double dlb_paired_detectable(double sd, int pairs, double alpha, double power)
{
    if (isnan(sd))
        return NAN;
    if (pairs < 2 || dlb_paired_least_p(pairs) > alpha)
        return INFINITY;

    const double df = pairs - 1;
    const double reach = dlb_t_quantile(1.0 - alpha, df) + dlb_t_quantile(power, df);
    return expm1(reach * sd / sqrt(pairs));
}

double dlb_paired_mde90(double sd, int pairs, double alpha)
{
    return dlb_paired_detectable(sd, pairs, alpha, 0.9);
}
