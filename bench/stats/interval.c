/* interval.c: the interval of a median under autocorrelation, the stop rule and the steady-state test.
 *
 * Everything works on ranks and signs, so one slow outlier weighs as much as any other slow sample. What calls these
 * rules in which order is measure/sampler.c; their error rates are simulated in selftest_stats.c. */
#include "bench/stats/interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/summary.h"

/* Below this many (effective) values an order-statistic interval of 95 % does not exist: 1 - 2 / 2^5 = 0.9375. */
#define FEWEST_FOR_INTERVAL 6
/* z of the samples' interval: wider than 1.96, it pays for looking several times (rule 1.6). */
#define Z_PEEKING        2.24
#define FEWEST_EFFECTIVE 30.0
#define FIRST_LOOK       20
/* Beyond 500 lags tau exceeds anything that could still satisfy the stop rule at 2000 samples; the cap bounds a look on
 * drifting data to a million multiplications. */
#define MOST_LAGS 500

/* Autocovariance sum at one lag, not divided by n: only ratios are used. */
static double lagged_product(const double *s, int64_t n, int64_t lag)
{
    double sum = 0.0;

    for (int64_t i = lag; i < n; i++)
        sum += s[i] * s[i - lag];
    return sum;
}

/* Centred signs of x - median into s. Ties at the median count 0. */
static void centred_signs(const double *x, int64_t n, double median, double *s)
{
    for (int64_t i = 0; i < n; i++)
        s[i] = (double)((x[i] > median) - (x[i] < median));

    const double mean = dlb_mean(s, n);
    for (int64_t i = 0; i < n; i++)
        s[i] -= mean;
}

/* tau = -1 + 2 sum_j (rho_2j + rho_2j+1), summed while the pair is positive (C. J. Geyer, "Practical Markov Chain Monte
 * Carlo", Statistical Science 7, 1992, section 3.3). Anticorrelation is not rewarded: tau is at least 1. */
static double autocorrelation_time_about(const double *x, int64_t n, double median)
{
    double *s = n > 3 ? malloc((size_t)n * sizeof *s) : NULL;

    if (s == NULL)
        return 1.0;
    centred_signs(x, n, median, s);

    const double variance = lagged_product(s, n, 0);
    const int64_t lags = n / 2 < MOST_LAGS ? n / 2 : MOST_LAGS;
    double sum = 0.0;
    for (int64_t lag = 0; lag < lags && variance > 0.0; lag += 2) {
        const double even = lag == 0 ? variance : lagged_product(s, n, lag);
        const double pair = (even + lagged_product(s, n, lag + 1)) / variance;
        if (pair <= 0.0)
            break;
        sum += pair;
    }
    free(s);
    return fmax(1.0, 2.0 * sum - 1.0);
}

double dlb_autocorrelation_time(const double *x, int64_t n)
{
    return autocorrelation_time_about(x, n, dlb_median(x, n));
}

/* The value at a 1-based rank, clamped to the list. */
static double at_rank(const double *sorted, int64_t n, double rank)
{
    if (rank < 1.0)
        return sorted[0];
    return rank >= (double)n ? sorted[n - 1] : sorted[(int64_t)rank - 1];
}

static const struct dlb_interval nothing = {NAN, NAN, NAN, 0.0, false};

/* NULL also for a list with a NaN in it: no rank statistic is defined for one. */
static double *sorted_numbers(const double *x, int64_t n)
{
    double *sorted = dlb_sorted_copy(x, n);

    if (sorted == NULL || !isnan(sorted[n - 1]))
        return sorted;
    free(sorted);
    return NULL;
}

/* (n+1)/2 -+ z (sqrt n / 2) sqrt(n / n_eff) is the normal approximation of the binomial ranks of a median, stretched by
 * sqrt(tau); rounding goes outwards. */
struct dlb_interval dlb_interval_samples(const double *x, int64_t n, double z)
{
    double *sorted = sorted_numbers(x, n);

    if (sorted == NULL)
        return nothing;

    struct dlb_interval interval = {.median = dlb_quantile_sorted(sorted, n, 0.5)};
    const double tau = autocorrelation_time_about(x, n, interval.median);
    interval.n_eff = (double)n / tau;
    interval.is_ci = interval.n_eff >= FEWEST_FOR_INTERVAL;

    const double centre = 0.5 * (double)(n + 1);
    const double reach =
        interval.is_ci ? z * 0.5 * sqrt((double)n) * sqrt((double)n / interval.n_eff) : (double)n;
    interval.lo = at_rank(sorted, n, floor(centre - reach));
    interval.hi = at_rank(sorted, n, ceil(centre + reach));
    free(sorted);
    return interval;
}

/* The largest rank r with 1 - 2 P(Binomial(n, 1/2) <= r - 1) >= 0.95; 0 when even r = 1 falls short. */
static int64_t binomial_rank(int64_t n)
{
    const double log_half = log(0.5);
    const double log_all = lgamma((double)n + 1.0);
    double tail = 0.0;

    for (int64_t r = 0; r < n; r++) {
        tail += exp(log_all - lgamma((double)r + 1.0) - lgamma((double)(n - r) + 1.0) +
                    (double)n * log_half);
        if (1.0 - 2.0 * tail < 0.95)
            return r;
    }
    return 0;
}

struct dlb_interval dlb_interval_invocations(const double *medians, int64_t n)
{
    double *sorted = sorted_numbers(medians, n);

    if (sorted == NULL)
        return nothing;

    const int64_t rank = n >= FEWEST_FOR_INTERVAL ? binomial_rank(n) : 0;
    const int64_t first = rank > 0 ? rank - 1 : 0;
    const struct dlb_interval interval = {.median = dlb_quantile_sorted(sorted, n, 0.5),
                                          .lo = sorted[first],
                                          .hi = sorted[n - 1 - first],
                                          .n_eff = (double)n,
                                          .is_ci = rank > 0};
    free(sorted);
    return interval;
}

double dlb_interval_half_width(const struct dlb_interval *interval)
{
    if (!(interval->median > 0.0))
        return INFINITY;
    return fmax(interval->hi - interval->median, interval->median - interval->lo) /
           interval->median;
}

int64_t dlb_stop_next_look(int64_t n)
{
    int64_t look = FIRST_LOOK;

    while (look <= n)
        look += look / 2;
    return look;
}

bool dlb_stop_reached(const double *x, int64_t n, double epsilon, struct dlb_interval *interval)
{
    *interval = dlb_interval_samples(x, n, Z_PEEKING);
    return interval->is_ci && interval->n_eff >= FEWEST_EFFECTIVE &&
           dlb_interval_half_width(interval) <= epsilon;
}

/* Sum of t (t-1) (2t+5) over groups of equal values: what ties take from the variance of S. */
static double tie_correction(const double *sorted, int64_t n)
{
    double correction = 0.0;

    for (int64_t i = 0; i < n;) {
        int64_t end = i + 1;
        while (end < n && !(sorted[end] > sorted[i]))
            end++;
        const double t = (double)(end - i);
        correction += t * (t - 1.0) * (2.0 * t + 5.0);
        i = end;
    }
    return correction;
}

/* H. B. Mann, Econometrica 13 (1945); variance with ties: M. G. Kendall, Rank Correlation Methods (1975). */
double dlb_trend_down_p(const double *x, int64_t n)
{
    double *sorted = sorted_numbers(x, n);

    if (sorted == NULL)
        return 1.0;

    double s = 0.0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++)
            s += (double)((x[j] > x[i]) - (x[j] < x[i]));

    const double count = (double)n;
    const double variance =
        (count * (count - 1.0) * (2.0 * count + 5.0) - tie_correction(sorted, n)) / 18.0;
    free(sorted);
    return variance > 0.0 ? dlb_normal_cdf((s + 1.0) / sqrt(variance)) : 1.0;
}

bool dlb_steady(const double *before, const double *after, int64_t n)
{
    double *both = n > 0 ? malloc(2 * (size_t)n * sizeof *both) : NULL;

    if (both == NULL)
        return false;
    memcpy(both, before, (size_t)n * sizeof *both);
    memcpy(both + n, after, (size_t)n * sizeof *both);

    const double median_before = dlb_median(before, n);
    const double median_after = dlb_median(after, n);
    const bool agree = fabs(median_after - median_before) <= 0.01 * median_before &&
                       dlb_trend_down_p(both, 2 * n) > 0.1;
    free(both);
    return agree;
}
