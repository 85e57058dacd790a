/* changepoint.h: steps in a row of session medians, by rank scan (Pettitt 1979) with binary segmentation.
 *
 * Each scan looks for one step: a bump that has come and gone hides in it until it is longer than what was before or after it,
 * and is seen in the rows that end inside it. A scan that looks for bumps, too, was tried: it told three times as many false
 * steps in noise whose neighbours hang together (lag-1 0.3). */
#ifndef DLB_CHANGEPOINT_H
#define DLB_CHANGEPOINT_H

#include <stdbool.h>
#include <stdint.h>

struct dlb_changepoint_rule {
    int least_segment; /* 4 points */
    int permutations;  /* 1,999 */
    double p;          /* 0.001 */
    double least_step; /* 0.03 */
    double most_lag1;  /* 0.4: residuals that hang together more than this may be a drift */
    /* 10: a drift may look like a step of up to so many standard deviations of its residuals, and no such step is told. In simulated
     * rows of 60 points the largest false one had 3 of them at an autocorrelation of 0.6, 7 in a random walk. */
    double drift_reach;
};
extern const struct dlb_changepoint_rule dlb_changepoint_default;

/* The fewest points in which the rule can tell a step: with fewer no order of them is rare enough, however large the step. 14. */
int dlb_changepoint_least_points(const struct dlb_changepoint_rule *rule);

struct dlb_changepoint {
    int first; /* index of the first point after the step */
    double
        effect; /* 0.05: slower by 5 %, ratio of the medians of the two segments beside it, less 1 */
    double p;   /* of the permutation test */
};

struct dlb_changepoints {
    int count; /* in order of time */
    struct dlb_changepoint *points;
    /* No step is told since a drift of these residuals could make it (lag-1 above the limit, and a reach beyond `least_step`). */
    bool drifting;
    /* Fewer points than a step needs; or, instead of drifting, all points on one side of some place are above all others, and still too
     * few to be sure of a step. */
    bool too_few;
    double lag1; /* of the residuals; NaN for too few points */
};

/* `values` are times (ns) > 0 in order of time; with one that is not, or with too few, nothing is found. A step is
 * kept when the scan's p and, between the medians of the segments that are left in the end, `least_step` say so. Deterministic for a
 * seed. False without memory (`found` untouched). Release with dlb_changepoints_free. */
bool dlb_changepoints_find(const double *values, int count, const struct dlb_changepoint_rule *rule,
                           uint64_t seed, struct dlb_changepoints *found);
void dlb_changepoints_free(struct dlb_changepoints *found);

#endif
