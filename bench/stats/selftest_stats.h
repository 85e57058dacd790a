/* selftest_stats.h: simulates the rules and holds their error rates against the targets.
 *
 * Everything is seeded and gives the same numbers on every machine, with any number of threads. */
#ifndef DLB_SELFTEST_STATS_H
#define DLB_SELFTEST_STATS_H

#include <stdbool.h>
#include <stdint.h>

/* One assertion of the table of targets, simulated. A bound that there is none of is infinite. */
struct dlb_stats_check {
    char name[96];
    double measured; /* a share of the runs, in [0, 1] */
    double target_low, target_high;
    double limit_low, limit_high; /* target, and what so few runs may miss it by */
    int64_t runs;
    bool ok; /* within the limits */
};

/* How much is simulated. */
struct dlb_stats_size {
    int64_t null_runs;   /* checks of 60 cases in which nothing has changed, per noise model */
    int64_t effect_runs; /* per effect and model */
    int64_t trials;      /* of the stop rule, per kind of noise */
    int64_t series;      /* of 60 points, per row of the change points */
};
extern const struct dlb_stats_size dlb_stats_size_ci;   /* 2,000 and 300; 3,000; 300 */
extern const struct dlb_stats_size dlb_stats_size_full; /* 4,000 and 1,000; 10,000; 1,000 */

/* Rows of the three functions, and of all. */
#define DLB_STATS_STOP_CHECKS  5
#define DLB_STATS_RULE_CHECKS  27
#define DLB_STATS_TREND_CHECKS 5
#define DLB_STATS_CHECKS       (DLB_STATS_STOP_CHECKS + DLB_STATS_RULE_CHECKS + DLB_STATS_TREND_CHECKS)

/* Each fills up to `capacity` rows and returns how many: fewer than there are without memory, none without runs. */

/* Stop-rule coverage of the nominal 95 % interval: iid, spikes, bimodal, AR(1) rho 0.5 and 0.8. */
int dlb_stats_check_stop_rule(int64_t trials, uint64_t seed, struct dlb_stats_check *checks,
                              int capacity);
/* The regression rule under the six noise models: false `regressed`, changes found, changes passed. The limits are those of
 * the table at dlb_stats_size_ci and come nearer to the targets, or move away, with the root of the runs. */
int dlb_stats_check_rule(const struct dlb_stats_size *size, uint64_t seed, int threads,
                         struct dlb_stats_check *checks, int capacity);
/* Change points: false steps, and how soon a step is found. */
int dlb_stats_check_trend(int64_t series, uint64_t seed, struct dlb_stats_check *checks,
                          int capacity);

#endif
