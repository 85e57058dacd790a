/* changepoint.c: where a row of medians steps: Pettitt's rank scan, applied again to both sides of every step it finds.
 *
 * A place is accepted by a permutation test of the scan's own maximum, which pays for having looked at every place. Steps too
 * small to matter are taken out last, when all segments are known: the first step of a bump would otherwise hide it, since the
 * medians of all that is left and of all that is right of it are nearly equal. */
#include "bench/stats/changepoint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/random.h"
#include "bench/stats/summary.h"

const struct dlb_changepoint_rule dlb_changepoint_default = {
    .least_segment = 4,
    .permutations = 1999,
    .p = 0.001,
    .least_step = 0.03,
    .most_lag1 = 0.4,
};

struct scan {
    const struct dlb_changepoint_rule *rule;
    const double *values;
    int count;
    double *sorted;  /* scratch of `count` */
    int64_t *ranks;  /* scratch of `count`: those of the segment at hand */
    double *p_value; /* [i]: p of a step before i; NaN for none */
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
        const double size = (double)u * (double)u / ((double)t * (n - t));
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

/* The likeliest step of the segment at hand (points before it) and its p: (1 + permutations that deviate as much) / (1 + all).
 * Ends early, with a p that is only known to be too large, once it must be. */
static double permutation_p(struct scan *scan, int n, int *place)
{
    const struct dlb_changepoint_rule *rule = scan->rule;
    const double all = 1.0 + rule->permutations;
    const double seen = largest_deviation(scan->ranks, n, rule->least_segment, place);
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
    int place = 0;

    if (n < 2 * scan->rule->least_segment)
        return false;
    rank_segment(scan, begin, n);
    const double p = permutation_p(scan, n, &place);
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

/* Lag-1 autocorrelation of the logarithms about the median of their segment, small steps included: what they explain is no drift. */
static double residual_lag1(struct scan *scan)
{
    for (int begin = 0; begin < scan->count;) {
        const int end = next_step(scan, begin + 1);
        const double median = dlb_median(scan->values + begin, end - begin);
        for (int i = begin; i < end; i++)
            scan->sorted[i] = log(scan->values[i] / median);
        begin = end;
    }
    return dlb_lag1(scan->sorted, scan->count);
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
    for (int i = 0; i < scan->count; i++)
        scan->p_value[i] = NAN;
    find_steps(scan);
    place_steps_again(scan);
    found->lag1 = residual_lag1(scan);
    found->count = drop_small_steps(scan, found->points);
    found->drifting = found->lag1 > scan->rule->most_lag1;
    if (found->drifting)
        found->count = 0;
}

bool dlb_changepoints_find(const double *values, int count, const struct dlb_changepoint_rule *rule,
                           uint64_t seed, struct dlb_changepoints *found)
{
    const size_t size = count > 0 ? (size_t)count : 0;
    const struct dlb_changepoints nothing = {.lag1 = NAN};

    if (count < 1 || rule->least_segment < 1 || !all_times(values, count)) {
        *found = nothing;
        return true;
    }

    struct scan scan = {.rule = rule,
                        .values = values,
                        .count = count,
                        .sorted = malloc(size * sizeof *scan.sorted),
                        .ranks = malloc(size * sizeof *scan.ranks),
                        .p_value = malloc(size * sizeof *scan.p_value)};
    struct dlb_changepoint *points = malloc(size * sizeof *points);
    const bool enough =
        scan.sorted != NULL && scan.ranks != NULL && scan.p_value != NULL && points != NULL;
    if (enough) {
        *found = (struct dlb_changepoints){.points = points};
        dlb_random_seed(&scan.random, seed);
        scan_values(&scan, found);
    } else {
        free(points);
    }
    free(scan.sorted);
    free(scan.ranks);
    free(scan.p_value);
    return enough;
}

void dlb_changepoints_free(struct dlb_changepoints *found)
{
    free(found->points);
    *found = (struct dlb_changepoints){.lag1 = NAN};
}
