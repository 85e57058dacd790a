/* changepoint.c: where a row of medians steps: Pettitt's rank scan, applied again to both sides of every step it finds.
 *
 * A place is accepted by a permutation test of the scan's own maximum, which pays for having looked at every place: exactly, over
 * all orders, for segments of up to 16 points (scan_exact.c), by drawing for longer ones. Steps too small to matter are taken out
 * last, when all segments are known: the first step of a bump would otherwise hide it, since the medians of all that is left and of
 * all that is right of it are nearly equal. */
#include "bench/stats/changepoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/random.h"
#include "bench/stats/scan_exact.h"
#include "bench/stats/summary.h"

const struct dlb_changepoint_rule dlb_changepoint_default = {
    .least_segment = 4,
    .permutations = 1999,
    .p = 0.001,
    .least_step = 0.03,
    .most_lag1 = 0.4,
    .drift_reach = 10,
};

struct scan {
    const struct dlb_changepoint_rule *rule;
    const double *values;
    int count;
    int least_points; /* a segment shorter than this has no step that could be told */
    double *sorted;   /* scratch of `count` */
    int64_t *ranks;   /* scratch of `count`: those of the segment at hand */
    double *shares;   /* scratch of the exact test */
    double *p_value;  /* [i]: p of a step before i; NaN for none */
    struct dlb_random random;
};

/* The first step at `from` or later; `count` when there is none. */
static int next_step(const struct scan *scan, int from)
{
    while (from < scan->count && isnan(scan->p_value[from]))
        from++;
    return from;
}

/* Doubled midranks: whole numbers, so that permuted sums compare exactly. */
static void rank_segment(struct scan *scan, int begin, int n)
{
    const double *x = scan->values + begin;

    memcpy(scan->sorted, x, (size_t)n * sizeof *x);
    dlb_sort(scan->sorted, n);
    for (int i = 0; i < n; i++) {
        int below = 0;
        int through = n;
        for (int high = n; below < high;) {
            const int middle = (below + high) / 2;
            if (scan->sorted[middle] < x[i])
                below = middle + 1;
            else
                high = middle;
        }
        for (int low = below; low < through;) {
            const int middle = (low + through) / 2;
            if (scan->sorted[middle] > x[i])
                through = middle;
            else
                low = middle + 1;
        }
        scan->ranks[i] = below + through + 1;
    }
}

/* U_t = 2 sum_{i <= t} r_i - t (n + 1) (A. N. Pettitt, "A non-parametric approach to the change-point problem", Applied
 * Statistics 28, 1979), here with doubled ranks and each place measured in its own standard deviation, which goes with
 * sqrt(t (n - t)): Pettitt's plain maximum sees a step near the end too late. Returns the largest U_t^2 / (t (n - t)) with at
 * least `margin` points on both sides; `place` may be NULL and gets the number of points before it. */
static double largest_deviation(const int64_t *ranks, int n, int margin, int *place)
{
    double largest = -1.0;
    int64_t u = 0;

    for (int t = 1; t <= n - margin; t++) {
        u += ranks[t - 1] - (n + 1);
        const double size = dlb_scan_deviation(u, t, n);
        if (t < margin || size <= largest)
            continue;
        largest = size;
        if (place != NULL)
            *place = t;
    }
    return largest;
}

static void shuffle(int64_t *x, int n, struct dlb_random *random)
{
    for (int i = n - 1; i > 0; i--) {
        const uint64_t j = dlb_random_below(random, (uint64_t)i + 1);
        const int64_t kept = x[i];
        x[i] = x[j];
        x[j] = kept;
    }
}

/* (1 + permutations that deviate as much) / (1 + all). Ends early, with a p that is only known to be too large, once it must be. */
static double permutation_p(struct scan *scan, int n, double seen)
{
    const struct dlb_changepoint_rule *rule = scan->rule;
    const double all = 1.0 + rule->permutations;
    int reached = 1;

    for (int i = 0; i < rule->permutations && reached <= rule->p * all; i++) {
        shuffle(scan->ranks, n, &scan->random);
        reached += largest_deviation(scan->ranks, n, rule->least_segment, NULL) >= seen;
    }
    return reached / all;
}

/* Marks the step of [begin, begin + n); false for none. */
static bool split(struct scan *scan, int begin, int n)
{
    const int margin = scan->rule->least_segment;
    int place = 0;

    if (n < scan->least_points)
        return false;
    rank_segment(scan, begin, n);
    const double seen = largest_deviation(scan->ranks, n, margin, &place);
    const double p = n <= DLB_SCAN_EXACT_MOST
                         ? dlb_scan_exact_p(scan->ranks, n, margin, seen, scan->shares)
                         : permutation_p(scan, n, seen);
    if (p > scan->rule->p)
        return false;
    scan->p_value[begin + place] = p;
    return true;
}

/* Binary segmentation without recursion: a found step ends the segment sooner, and the scan goes on with its left part. */
static void find_steps(struct scan *scan)
{
    int begin = 0;

    while (begin < scan->count) {
        const int end = next_step(scan, begin + 1);
        if (!split(scan, begin, end - begin))
            begin = end;
    }
}

/* Sum of |ln x - ln median|: what a segment without a step leaves unexplained. */
static double unexplained(const double *values, int n)
{
    const double median = dlb_median(values, n);
    double sum = 0.0;

    for (int i = 0; i < n; i++)
        sum += fabs(log(values[i] / median));
    return sum;
}

/* The place near the ranks' one where two medians explain the segment best. Ranks do not see how large a step is: a point after
 * it that happens to be the lowest there may count as one before it, and the step would be laid at the next commit's door. */
static int best_place(const struct scan *scan, int begin, int n, int near)
{
    const int margin = scan->rule->least_segment;
    const double *values = scan->values + begin;
    double least = INFINITY;
    int best = near;

    for (int place = near - margin; place <= near + margin; place++) {
        if (place < margin || place > n - margin)
            continue;
        const double left = unexplained(values, place) + unexplained(values + place, n - place);
        if (left < least) {
            least = left;
            best = place;
        }
    }
    return best;
}

/* A step found while others stood beside it may be some points off: each is looked for again between its neighbours
 * (J. Bai, "Estimating multiple breaks one at a time", Econometric Theory 13, 1997). */
static void place_steps_again(struct scan *scan)
{
    int begin = 0;

    for (int step = next_step(scan, 1); step < scan->count; step = next_step(scan, begin + 1)) {
        const int n = next_step(scan, step + 1) - begin;
        const double p = scan->p_value[step];
        int place = step - begin;
        rank_segment(scan, begin, n);
        largest_deviation(scan->ranks, n, scan->rule->least_segment, &place);
        scan->p_value[step] = NAN;
        begin += best_place(scan, begin, n, place);
        scan->p_value[begin] = p;
    }
}

/* Fills `points` with the steps that stand; returns how many. */
static int list_steps(const struct scan *scan, struct dlb_changepoint *points)
{
    int count = 0;
    int begin = 0;

    for (int step = next_step(scan, 1); step < scan->count; step = next_step(scan, step + 1)) {
        const int end = next_step(scan, step + 1);
        const double before = dlb_median(scan->values + begin, step - begin);
        const double after = dlb_median(scan->values + step, end - step);
        points[count++] = (struct dlb_changepoint){step, after / before - 1.0, scan->p_value[step]};
        begin = step;
    }
    return count;
}

/* Takes out the smallest step until all are large enough; their neighbours' medians change with each. */
static int drop_small_steps(struct scan *scan, struct dlb_changepoint *points)
{
    for (;;) {
        const int count = list_steps(scan, points);
        const struct dlb_changepoint *smallest = points;
        for (int i = 1; i < count; i++)
            if (fabs(points[i].effect) < fabs(smallest->effect))
                smallest = &points[i];
        if (count == 0 || fabs(smallest->effect) >= scan->rule->least_step)
            return count;
        scan->p_value[smallest->first] = NAN;
    }
}

/* The logarithms about the median of their segment, small steps included: what they explain is no drift. */
static void fill_residuals(const struct scan *scan, double *residuals)
{
    for (int begin = 0; begin < scan->count;) {
        const int end = next_step(scan, begin + 1);
        const double median = dlb_median(scan->values + begin, end - begin);
        for (int i = begin; i < end; i++)
            residuals[i] = log(scan->values[i] / median);
        begin = end;
    }
}

/* Where residuals hang together, so may all that they reach: a step that is no larger is not told. */
static void drop_steps_of_drift(struct scan *scan, struct dlb_changepoint *points, double reach)
{
    const int count = list_steps(scan, points);
    for (int i = 0; i < count; i++)
        if (fabs(log1p(points[i].effect)) < reach)
            scan->p_value[points[i].first] = NAN;
}

/* A series in one piece with a place where all points of one side are above all of the other, by a step that would be told: more than
 * that no place can show, so it is for want of points that it was not. */
static bool wants_points(struct scan *scan)
{
    const int margin = scan->rule->least_segment;
    const int n = scan->count;
    int64_t u = 0;

    rank_segment(scan, 0, n);
    for (int t = 1; t <= n - margin; t++) {
        u += scan->ranks[t - 1] - (n + 1);
        if (t < margin || dlb_scan_deviation(u, t, n) < (double)t * (n - t))
            continue;
        const double before = dlb_median(scan->values, t);
        const double after = dlb_median(scan->values + t, n - t);
        if (fabs(after / before - 1.0) >= scan->rule->least_step)
            return true;
    }
    return false;
}

static bool all_times(const double *values, int count)
{
    for (int i = 0; i < count; i++)
        if (!(values[i] > 0.0) || isinf(values[i]))
            return false;
    return true;
}

static void scan_values(struct scan *scan, struct dlb_changepoints *found)
{
    const struct dlb_changepoint_rule *rule = scan->rule;

    for (int i = 0; i < scan->count; i++)
        scan->p_value[i] = NAN;
    find_steps(scan);
    place_steps_again(scan);
    fill_residuals(scan, scan->sorted);
    found->lag1 = dlb_lag1(scan->sorted, scan->count);

    const bool hangs_together = found->lag1 > rule->most_lag1;
    const double reach =
        hangs_together ? rule->drift_reach * dlb_sd(scan->sorted, scan->count) : 0.0;
    const bool whole = next_step(scan, 1) == scan->count;
    drop_steps_of_drift(scan, found->points, reach);
    found->count = drop_small_steps(scan, found->points);
    if (found->count > 0 || !(reach > rule->least_step))
        return;
    found->too_few = whole && wants_points(scan);
    found->drifting = !found->too_few;
}

/* Of n points half stand below and half above: the two orders of the halves are the only ones that deviate as much. Of an odd number
 * the middle one may belong to either side: four such sets of orders, which overlap in those where it stands in the middle. */
static double least_p(int n)
{
    const int half = n / 2;
    double ways = 1.0; /* n over half */

    for (int i = 1; i <= half; i++)
        ways *= (double)(n - half + i) / i;
    return n % 2 == 0 ? 2.0 / ways : 2.0 / ways * (2.0 - 1.0 / (half + 1));
}

int dlb_changepoint_least_points(const struct dlb_changepoint_rule *rule)
{
    int n = 2 * rule->least_segment;

    while (least_p(n) > rule->p)
        n++;
    return n;
}

bool dlb_changepoints_find(const double *values, int count, const struct dlb_changepoint_rule *rule,
                           uint64_t seed, struct dlb_changepoints *found)
{
    const size_t size = count > 0 ? (size_t)count : 0;
    const int least_points = dlb_changepoint_least_points(rule);
    const struct dlb_changepoints nothing = {.lag1 = NAN, .too_few = count < least_points};

    if (count < 1 || count < least_points || rule->least_segment < 1 || !all_times(values, count)) {
        *found = nothing;
        return true;
    }

    struct scan scan = {.rule = rule,
                        .values = values,
                        .count = count,
                        .least_points = least_points,
                        .sorted = malloc(size * sizeof *scan.sorted),
                        .ranks = malloc(size * sizeof *scan.ranks),
                        .shares = malloc(sizeof *scan.shares << DLB_SCAN_EXACT_MOST),
                        .p_value = malloc(size * sizeof *scan.p_value)};
    struct dlb_changepoint *points = malloc(size * sizeof *points);
    const bool enough = scan.sorted != NULL && scan.ranks != NULL && scan.shares != NULL &&
                        scan.p_value != NULL && points != NULL;
    if (enough) {
        *found = (struct dlb_changepoints){.points = points};
        dlb_random_seed(&scan.random, seed);
        scan_values(&scan, found);
    } else {
        free(points);
    }
    free(scan.sorted);
    free(scan.ranks);
    free(scan.shares);
    free(scan.p_value);
    return enough;
}

void dlb_changepoints_free(struct dlb_changepoints *found)
{
    free(found->points);
    *found = (struct dlb_changepoints){.lag1 = NAN};
}
