/* summary.c: medians, quantiles, spreads and outlier labels of a list of numbers.
 *
 * Every function that needs order sorts a copy, so the caller's order of time survives. A NaN anywhere in the list
 * makes the answer NaN: a broken sample must not hide in a median. Intervals and trends are in interval.c. */
#include "bench/stats/summary.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"

/* Ascending, NaN after everything else. */
static int compare_doubles(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    if (isnan(a) || isnan(b))
        return (isnan(a) ? 1 : 0) - (isnan(b) ? 1 : 0);
    return (a > b) - (a < b);
}

void dlb_sort(double *x, int64_t n)
{
    if (n > 1)
        qsort(x, (size_t)n, sizeof *x, compare_doubles);
}

double *dlb_sorted_copy(const double *x, int64_t n)
{
    double *copy = n > 0 ? malloc((size_t)n * sizeof *copy) : NULL;

    if (copy == NULL)
        return NULL;
    memcpy(copy, x, (size_t)n * sizeof *copy);
    dlb_sort(copy, n);
    return copy;
}

double dlb_quantile_sorted(const double *sorted, int64_t n, double q)
{
    if (n <= 0 || !(q >= 0.0 && q <= 1.0) || isnan(sorted[n - 1]))
        return NAN;

    const double position = q * (double)(n - 1);
    const int64_t below = (int64_t)position;
    const double weight = position - (double)below;

    if (weight <= 0.0 || below + 1 >= n)
        return sorted[below];
    /* This form, not a + w (b - a), keeps the answer between its neighbours and survives infinities of one sign. */
    return (1.0 - weight) * sorted[below] + weight * sorted[below + 1];
}

double dlb_quantile(const double *x, int64_t n, double q)
{
    double *sorted = dlb_sorted_copy(x, n);
    const double value = sorted != NULL ? dlb_quantile_sorted(sorted, n, q) : NAN;

    free(sorted);
    return value;
}

double dlb_median(const double *x, int64_t n)
{
    return dlb_quantile(x, n, 0.5);
}

double dlb_mean(const double *x, int64_t n)
{
    if (n <= 0)
        return NAN;

    double sum = 0.0;
    for (int64_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

double dlb_sd(const double *x, int64_t n)
{
    if (n < 2)
        return NAN;

    /* Two passes: the one-pass form loses every digit when the spread is small against the mean, as here. */
    const double mean = dlb_mean(x, n);
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

double dlb_mad(const double *x, int64_t n)
{
    double *deviation = n > 0 ? malloc((size_t)n * sizeof *deviation) : NULL;

    if (deviation == NULL)
        return NAN;

    const double median = dlb_median(x, n);
    for (int64_t i = 0; i < n; i++)
        deviation[i] = fabs(x[i] - median);
    dlb_sort(deviation, n);

    const double mad = dlb_quantile_sorted(deviation, n, 0.5);
    free(deviation);
    return mad;
}

double dlb_geomean(const double *x, int64_t n)
{
    if (n <= 0)
        return NAN;

    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        if (!(x[i] > 0.0))
            return NAN;
        sum += log(x[i]);
    }
    return exp(sum / (double)n);
}

static double polynomial(const double *coefficients, size_t count, double x)
{
    double value = 0.0;

    for (size_t i = 0; i < count; i++)
        value = value * x + coefficients[i];
    return value;
}

/* P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function" (2003): rational
 * approximations in the centre and in the tails; relative error below 1.15e-9. */
double dlb_normal_quantile(double p)
{
    static const double centre_top[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                                        -2.759285104469687e+02, 1.383577518672690e+02,
                                        -3.066479806614716e+01, 2.506628277459239e+00};
    static const double centre_bottom[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                                           -1.556989798598866e+02, 6.680131188771972e+01,
                                           -1.328068155288572e+01, 1.0};
    static const double tail_top[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                                      -2.400758277161838e+00, -2.549732539343734e+00,
                                      4.374664141464968e+00,  2.938163982698783e+00};
    static const double tail_bottom[] = {7.784695709041462e-03, 3.224671290700398e-01,
                                         2.445134137142996e+00, 3.754408661907416e+00, 1.0};
    static const double p_tail = 0.02425;

    if (isnan(p) || p < 0.0 || p > 1.0)
        return NAN;
    if (p <= 0.0)
        return -INFINITY;
    if (p >= 1.0)
        return INFINITY;
    if (p > 1.0 - p_tail)
        return -dlb_normal_quantile(1.0 - p);
    if (p < p_tail) {
        const double t = sqrt(-2.0 * log(p));
        return polynomial(tail_top, DLB_ARRAY_COUNT(tail_top), t) /
               polynomial(tail_bottom, DLB_ARRAY_COUNT(tail_bottom), t);
    }

    const double d = p - 0.5;
    return d * polynomial(centre_top, DLB_ARRAY_COUNT(centre_top), d * d) /
           polynomial(centre_bottom, DLB_ARRAY_COUNT(centre_bottom), d * d);
}

double dlb_normal_cdf(double z)
{
    return 0.5 * erfc(-z / sqrt(2.0));
}

/* 1.4826 makes the MAD of normal data estimate its standard deviation. With more than half of the values equal the MAD
 * is 0 and says nothing about scale: then only the quartiles judge. */
struct dlb_outliers dlb_count_outliers(const double *x, int64_t n)
{
    struct dlb_outliers outliers = {0, 0};
    double *sorted = dlb_sorted_copy(x, n);

    if (sorted == NULL)
        return outliers;

    const double q1 = dlb_quantile_sorted(sorted, n, 0.25);
    const double q3 = dlb_quantile_sorted(sorted, n, 0.75);
    const double iqr = q3 - q1;
    const double median = dlb_quantile_sorted(sorted, n, 0.5);
    const double sigma = 1.4826 * dlb_mad(x, n);

    for (int64_t i = 0; i < n; i++) {
        const double beyond = fmax(q1 - x[i], x[i] - q3);
        const bool far = sigma > 0.0 && fabs(x[i] - median) > 10.0 * sigma;

        if (beyond > 3.0 * iqr || far)
            outliers.severe++;
        else if (beyond > 1.5 * iqr)
            outliers.mild++;
    }
    free(sorted);
    return outliers;
}

double dlb_lag1(const double *x, int64_t n)
{
    if (n < 3)
        return NAN;

    const double mean = dlb_mean(x, n);
    double product = 0.0;
    double square = 0.0;
    for (int64_t i = 0; i < n; i++) {
        square += (x[i] - mean) * (x[i] - mean);
        if (i > 0)
            product += (x[i] - mean) * (x[i - 1] - mean);
    }
    return square > 0.0 ? product / square : 0.0;
}
