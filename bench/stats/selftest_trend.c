/* selftest_trend.c: how often the scan for change points tells a step that is not there, and how soon one that is.
 *
 * Rows of 60 nightly medians, as the specification's simulation had them. Noise whose neighbours hang together is where such scans
 * fail: there the scan must say `drifting` instead. */
#include "bench/stats/selftest_stats.h"

#include <math.h>
#include <stdio.h>

#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "bench/stats/changepoint.h"

#define POINTS     60
#define MOST_AFTER 12

static const struct assertion {
    const char *name;
    double sd, rho; /* AR(1) */
    double step;
    int after; /* points after the step, beyond the 60 */
    double target, limit;
} assertions[] = {
    /* At most. p <= 0.001 makes one in a thousand; the specification's prototype told none, 2-3 % at lag-1 0.3. */
    {"false step, sd 3 %, independent nights", 0.03, 0.0, 0.0, 0, 0.001, 0.01},
    {"false step, sd 3 %, lag-1 0.3", 0.03, 0.3, 0.0, 0, 0.03, 0.06},
    {"false step, sd 1.5 %, lag-1 0.6", 0.015, 0.6, 0.0, 0, 0.03, 0.06},
    /* At least. The prototype: after about 7 nights at 1.5 %, 12 at 3 %. */
    {"+5 % step found in 7 nights, sd 1.5 %", 0.015, 0.0, 0.05, 7, 0.9, 0.85},
    {"+5 % step found in 12 nights, sd 3 %", 0.03, 0.0, 0.05, 12, 0.55, 0.47},
};
_Static_assert(DLB_ARRAY_COUNT(assertions) == DLB_STATS_TREND_CHECKS,
               "the header says how many rows");

static void make_series(const struct assertion *row, struct dlb_random *random, double *x)
{
    double drift = dlb_random_normal(random);

    for (int i = 0; i < POINTS + row->after; i++) {
        x[i] = 1e6 * exp(row->sd * drift) * (i < POINTS ? 1.0 : 1.0 + row->step);
        drift = row->rho * drift + sqrt(1.0 - row->rho * row->rho) * dlb_random_normal(random);
    }
}

/* A true step is found when one is told within two nights of it. */
static bool is_told(const struct assertion *row, const struct dlb_changepoints *found)
{
    for (int i = 0; i < found->count; i++)
        if (row->after == 0 ||
            (found->points[i].first >= POINTS - 2 && found->points[i].first <= POINTS + 2))
            return true;
    return false;
}

static bool share_told(const struct assertion *row, int64_t series, uint64_t seed, double *share)
{
    struct dlb_random random;
    int64_t told = 0;

    dlb_random_seed(&random, dlb_random_derive(seed, row->name));
    for (int64_t i = 0; i < series; i++) {
        double x[POINTS + MOST_AFTER];
        struct dlb_changepoints found;
        make_series(row, &random, x);
        if (!dlb_changepoints_find(x, POINTS + row->after, &dlb_changepoint_default,
                                   dlb_random_next(&random), &found))
            return false;
        told += is_told(row, &found);
        dlb_changepoints_free(&found);
    }
    *share = (double)told / (double)series;
    return true;
}

int dlb_stats_check_trend(int64_t series, uint64_t seed, struct dlb_stats_check *checks,
                          int capacity)
{
    int count = 0;

    for (size_t i = 0; series > 0 && i < DLB_ARRAY_COUNT(assertions) && count < capacity; i++) {
        const struct assertion *row = &assertions[i];
        const bool at_least = row->after > 0;
        /* As for the regression rule: three standard errors, of however many series. */
        const double scale = sqrt((double)dlb_stats_size_ci.series / (double)series);
        const double limit = row->target + scale * (row->limit - row->target);
        struct dlb_stats_check check = {.target_low = at_least ? row->target : -INFINITY,
                                        .target_high = at_least ? INFINITY : row->target,
                                        .limit_low = at_least ? limit : -INFINITY,
                                        .limit_high = at_least ? INFINITY : limit,
                                        .runs = series};
        if (!share_told(row, series, seed, &check.measured))
            break;
        check.ok = check.limit_low <= check.measured && check.measured <= check.limit_high;
        snprintf(check.name, sizeof check.name, "%s", row->name);
        checks[count++] = check;
    }
    return count;
}
