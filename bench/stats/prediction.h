/* prediction.h: does a new session's median belong to the past sessions' ones? (mode `history`)
 *
 * T = (m - mean) / (s sqrt(1 + 1/H)), H - 1 degrees of freedom, over the logarithms of the session medians. Weak by nature: sessions differ. */
#ifndef DLB_PREDICTION_H
#define DLB_PREDICTION_H

#define DLB_HISTORY_LEAST 8 /* past sessions needed to gate; fewer warn only */

struct dlb_prediction {
    int sessions;  /* past ones */
    double effect; /* change against their geometric mean, 0.05: slower; NaN without any */
    double lo, hi; /* the change with its 95 % prediction interval; -1 and infinite below 2 */
    double p_slower, p_faster; /* one-sided; NaN below 2 sessions or without any spread */
    double
        mde90; /* the smallest slowdown that p <= alpha finds in nine of ten cases; infinite below 2 */
};

/* `past` and `now` are times (ns) > 0: with one that is not, everything but `sessions` is NaN. alpha is already divided by the
 * number of cases. */
struct dlb_prediction dlb_prediction_test(const double *past, int sessions, double now,
                                          double alpha);

/* Student's t: quantile (p in (0,1)) and distribution function; df >= 1, need not be whole. NaN out of range. Relative error of
 * the smaller tail below 1e-11 up to df = 1000, also far out. */
double dlb_t_quantile(double p, double df);
double dlb_t_cdf(double t, double df);

#endif
