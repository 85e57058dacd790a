/* summary.h: numbers that describe a list of numbers. Pure; nothing here prints or allocates globally.
 *
 * Lists need not be sorted unless said; functions that need order sort a copy. An empty list gives NaN,
 * and so does a list with a NaN in it. */
#ifndef DLB_SUMMARY_H
#define DLB_SUMMARY_H

#include <stdint.h>

double dlb_median(const double *x, int64_t n);
/* Quantile q in [0,1], linear between order statistics (Hyndman and Fan type 7). */
double dlb_quantile(const double *x, int64_t n, double q);
double dlb_quantile_sorted(const double *sorted, int64_t n, double q);
double dlb_mean(const double *x, int64_t n);
double dlb_sd(const double *x, int64_t n);  /* n-1; NaN below 2 */
double dlb_mad(const double *x, int64_t n); /* median absolute deviation, not scaled */
double dlb_geomean(const double *x, int64_t n);
void dlb_sort(double *x, int64_t n); /* ascending, NaN last */
/* A sorted copy for the caller to free; NULL for an empty list or without memory. */
double *dlb_sorted_copy(const double *x, int64_t n);
double dlb_normal_quantile(double p); /* Acklam's approximation, relative error below 1.2e-9 */
double dlb_normal_cdf(double z);

/* Labels, never deletes: mild outside 1.5 IQR but inside 3 IQR, severe outside 3 IQR or 10 robust sigma (Tukey 1977). */
struct dlb_outliers {
    int64_t mild, severe;
};
struct dlb_outliers dlb_count_outliers(const double *x, int64_t n);

/* Lag-1 autocorrelation. */
double dlb_lag1(const double *x, int64_t n);

#endif
