/* selftest_rule.c: the table of targets of the regression rule, row by row, on simulated checks of 60 cases.
 *
 * The targets and the limits at 2,000 and 300 runs are the specification's (the limits lie about three standard errors from the
 * targets). The rows on what passes are ours: a pass must not hide the change that the check promises to see. */
#include "bench/stats/selftest_stats.h"

#include <math.h>
#include <stdio.h>

#include "bench/base/compiler.h"
#include "bench/stats/simulation.h"

#define CASES 60

const struct dlb_stats_size dlb_stats_size_ci = {
    .null_runs = 2000, .effect_runs = 300, .trials = 3000, .series = 300};
const struct dlb_stats_size dlb_stats_size_full = {
    .null_runs = 4000, .effect_runs = 1000, .trials = 10000, .series = 1000};

enum event {
    ANY_REGRESSED, /* nothing has changed, and some case is called regressed */
    REGRESSED,     /* the changed case is called so */
    PASSED,        /* the changed case passes */
};

static const char *const event_names[] = {
    [ANY_REGRESSED] = "false regressed",
    [REGRESSED] = "called regressed",
    [PASSED] = "passes",
};

/* Rows of the same model and change stand together: they are read from the same runs. */
static const struct assertion {
    enum dlb_noise noise;
    double change; /* of the time of one case */
    enum event event;
    double target_low, target_high, limit_low, limit_high;
} assertions[] = {
#define AT_MOST(target, limit)  -INFINITY, target, -INFINITY, limit
#define AT_LEAST(target, limit) target, INFINITY, limit, INFINITY
    {DLB_NOISE_QUIET, 0.00, ANY_REGRESSED, AT_MOST(0.01, 0.0167)},
    {DLB_NOISE_TYPICAL, 0.00, ANY_REGRESSED, AT_MOST(0.01, 0.0167)},
    {DLB_NOISE_BIMODAL, 0.00, ANY_REGRESSED, AT_MOST(0.01, 0.0167)},
    {DLB_NOISE_HEAVY_TAIL, 0.00, ANY_REGRESSED, AT_MOST(0.01, 0.0167)},
    {DLB_NOISE_SPIKES, 0.00, ANY_REGRESSED, AT_MOST(0.01, 0.0167)},
    {DLB_NOISE_NOISY, 0.00, ANY_REGRESSED, AT_MOST(0.01, 0.0167)},
    {DLB_NOISE_QUIET, 0.01, REGRESSED, AT_MOST(0.003, 0.012)},
    {DLB_NOISE_TYPICAL, 0.01, REGRESSED, AT_MOST(0.003, 0.012)},
    {DLB_NOISE_BIMODAL, 0.01, REGRESSED, AT_MOST(0.003, 0.012)},
    {DLB_NOISE_HEAVY_TAIL, 0.01, REGRESSED, AT_MOST(0.003, 0.012)},
    {DLB_NOISE_SPIKES, 0.01, REGRESSED, AT_MOST(0.003, 0.012)},
    {DLB_NOISE_NOISY, 0.01, REGRESSED, AT_MOST(0.003, 0.012)},
    /* At the tolerance itself, by construction, half. */
    {DLB_NOISE_QUIET, 0.03, REGRESSED, 0.45, 0.55, 0.40, 0.60},
    {DLB_NOISE_TYPICAL, 0.03, REGRESSED, 0.45, 0.55, 0.40, 0.60},
    {DLB_NOISE_QUIET, 0.05, REGRESSED, AT_LEAST(0.99, 0.97)},
    {DLB_NOISE_QUIET, 0.05, PASSED, AT_MOST(0.01, 0.027)},
    {DLB_NOISE_TYPICAL, 0.05, REGRESSED, AT_LEAST(0.99, 0.97)},
    {DLB_NOISE_TYPICAL, 0.05, PASSED, AT_MOST(0.01, 0.027)},
    {DLB_NOISE_BIMODAL, 0.05, REGRESSED, AT_LEAST(0.99, 0.97)},
    {DLB_NOISE_BIMODAL, 0.05, PASSED, AT_MOST(0.01, 0.027)},
    {DLB_NOISE_HEAVY_TAIL, 0.05, REGRESSED, AT_LEAST(0.99, 0.97)},
    {DLB_NOISE_HEAVY_TAIL, 0.05, PASSED, AT_MOST(0.01, 0.027)},
    {DLB_NOISE_SPIKES, 0.05, REGRESSED, AT_LEAST(0.70, 0.63)},
    {DLB_NOISE_SPIKES, 0.05, PASSED, AT_MOST(0.01, 0.027)},
    {DLB_NOISE_NOISY, 0.05, REGRESSED, AT_LEAST(0.65, 0.58)},
    {DLB_NOISE_NOISY, 0.05, PASSED, AT_MOST(0.01, 0.027)},
    {DLB_NOISE_NOISY, 0.10, REGRESSED, AT_LEAST(0.99, 0.97)},
#undef AT_MOST
#undef AT_LEAST
};
_Static_assert(DLB_ARRAY_COUNT(assertions) == DLB_STATS_RULE_CHECKS,
               "the header says how many rows");

static bool has_effect(const struct assertion *row)
{
    return row->event != ANY_REGRESSED;
}

/* False without memory or runs. */
static bool simulate(const struct assertion *row, const struct dlb_stats_size *size, uint64_t seed,
                     int threads, struct dlb_simulated_counts *counts)
{
    const struct dlb_noise_model *model = &dlb_noise_models[row->noise];
    char stream[96];

    snprintf(stream, sizeof stream, "%s %g", model->name, row->change);
    const struct dlb_simulated_checks checks = {
        .model = model,
        .rule = &dlb_rule_default,
        .cases = CASES,
        .effect = log1p(row->change),
        .runs = has_effect(row) ? size->effect_runs : size->null_runs,
        .seed = dlb_random_derive(seed, stream),
        .threads = threads,
    };
    return checks.runs > 0 && dlb_simulate_checks(&checks, counts);
}

static int64_t count_event(const struct dlb_simulated_counts *counts, enum event event)
{
    switch (event) {
    case ANY_REGRESSED:
        return counts->any[DLB_VERDICT_REGRESSED];
    case REGRESSED:
        return counts->first[DLB_VERDICT_REGRESSED];
    case PASSED:
        break;
    }
    return counts->first[DLB_VERDICT_PASS];
}

/* The distance of a limit from its target is a standard error times a constant: it shrinks with the root of the runs. Written so
 * that at the scale of the table nothing is rounded. */
static double scaled(double target, double limit, double scale)
{
    return isinf(target) ? limit : limit + (target - limit) * (1.0 - scale);
}

static struct dlb_stats_check judge(const struct assertion *row,
                                    const struct dlb_simulated_counts *counts)
{
    const int64_t in_table =
        has_effect(row) ? dlb_stats_size_ci.effect_runs : dlb_stats_size_ci.null_runs;
    const double scale = sqrt((double)in_table / (double)counts->runs);
    struct dlb_stats_check check = {
        .measured = (double)count_event(counts, row->event) / (double)counts->runs,
        .target_low = row->target_low,
        .target_high = row->target_high,
        .limit_low = scaled(row->target_low, row->limit_low, scale),
        .limit_high = scaled(row->target_high, row->limit_high, scale),
        .runs = counts->runs,
    };

    check.ok = check.limit_low <= check.measured && check.measured <= check.limit_high;
    if (has_effect(row))
        snprintf(check.name, sizeof check.name, "%+.0f %% %s, %s", 100.0 * row->change,
                 event_names[row->event], dlb_noise_models[row->noise].name);
    else
        snprintf(check.name, sizeof check.name, "%s, %s", event_names[row->event],
                 dlb_noise_models[row->noise].name);
    return check;
}

static bool same_runs(const struct assertion *a, const struct assertion *b)
{
    return a->noise == b->noise && !(a->change < b->change) && !(a->change > b->change);
}

int dlb_stats_check_rule(const struct dlb_stats_size *size, uint64_t seed, int threads,
                         struct dlb_stats_check *checks, int capacity)
{
    struct dlb_simulated_counts counts = {0};
    int count = 0;

    for (size_t i = 0; i < DLB_ARRAY_COUNT(assertions) && count < capacity; i++) {
        const struct assertion *row = &assertions[i];
        if ((i == 0 || !same_runs(row, row - 1)) && !simulate(row, size, seed, threads, &counts))
            break;
        checks[count++] = judge(row, &counts);
    }
    return count;
}
