/* ratio.h: how many times one median is the other, and how sure that is. Pure.
 *
 * Two medians that have order-statistic intervals of 95 %: theirs, joined on the logarithms by MOVER (method of variance estimates
 * recovery: G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a general approach", Statistics in
 * Medicine 27, 2008, section 2, for a difference of two): with m = ln a - ln b,
 *   lo = m - sqrt((ln a - ln a_lo)^2 + (ln b_hi - ln b)^2),  hi = m + sqrt((ln a_hi - ln a)^2 + (ln b - ln b_lo)^2).
 * Where a side has too few values for such an interval: from the least to the most that any two of the values make, and no level. */
#ifndef DLB_RATIO_H
#define DLB_RATIO_H

#include "bench/stats/interval.h"

enum dlb_ratio_kind {
    DLB_RATIO_NONE, /* one value on each side: nothing is known of how they differ; lo, hi are NaN */
    DLB_RATIO_RANGE,   /* lo, hi: of the extremes */
    DLB_RATIO_INTERVAL /* lo, hi: 95 % */
};
/* "none", "range", "mover"; never NULL. */
const char *dlb_ratio_kind_name(enum dlb_ratio_kind kind);

struct dlb_ratio {
    double ratio, lo, hi; /* ratio is NaN where a median is not positive and finite */
    enum dlb_ratio_kind kind;
};

/* a / b, each as dlb_interval_invocations tells it, n_eff values on each side. */
struct dlb_ratio dlb_ratio_of(const struct dlb_interval *a, const struct dlb_interval *b);

#endif
