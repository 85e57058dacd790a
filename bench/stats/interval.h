/* interval.h: how sure a median is: inside an invocation (rule 1.6) and over invocations (rule 1.7). */
#ifndef DLB_INTERVAL_H
#define DLB_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

struct dlb_interval {
    double median, lo, hi;
    double n_eff; /* n / tau: what n is worth under autocorrelation */
    bool is_ci;   /* false: fewer than 6 (effective) samples, lo..hi is only their range */
};

/* tau >= 1 from the initial positive-pair sum (Geyer 1992) of the autocorrelations of sign(x - median). */
double dlb_autocorrelation_time(const double *x, int64_t n);

/* Ranks (n+1)/2 -+ z (sqrt n / 2) sqrt(n / n_eff), z = 2.24 inside an invocation. Below 6 samples: the range. */
struct dlb_interval dlb_interval_samples(const double *x, int64_t n, double z);

/* Over invocation medians: order-statistic 95 % interval of the median from 6 values up, else min-max. */
struct dlb_interval dlb_interval_invocations(const double *medians, int64_t n);

/* Half width relative to the median: max(hi - m, m - lo) / m; infinite when the median is not positive. */
double dlb_interval_half_width(const struct dlb_interval *interval);

/* The stop rule: looks at n = 20, 30, 45, ... (x1.5); true at a look when n_eff >= 30 and half width <= epsilon. The
 * caller asks only at looks; `interval` is filled either way (NaN when the list is empty or holds a NaN). */
int64_t dlb_stop_next_look(int64_t n); /* the first look after n samples */
bool dlb_stop_reached(const double *x, int64_t n, double epsilon, struct dlb_interval *interval);

/* Warm-up test (rule 1.4): two windows of `n` samples agree: |difference of medians| <= 1 % and the one-sided
 * rank test for a downward trend over both has p > 0.1. */
bool dlb_steady(const double *before, const double *after, int64_t n);
/* One-sided p of a downward trend: Mann-Kendall, normal approximation with continuity and ties. */
double dlb_trend_down_p(const double *x, int64_t n);

#endif
