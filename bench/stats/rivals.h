/* rivals.h: how other tools answer "is B slower than A?", to be asked of the same recorded data as our rule.
 *
 * Each is a pure function of what its tool looks at: one run, the samples inside one process, or the medians of many processes. That
 * some of them cry wolf is no mistake here: it is what they do, and why paired.h and rule.h exist. */
#ifndef DLB_RIVALS_H
#define DLB_RIVALS_H

#include <stdbool.h>

#define DLB_RIVAL_MOST 64 /* invocations of a side; more gives no answer */

struct dlb_rival_answer {
    bool slower, faster; /* what the tool would report of B */
    double ratio;        /* B / A of what it compares; NaN: no answer */
    double p;            /* two-sided; NaN where the tool knows none */
};

/* Times (ns) > 0 in order of time: samples of one invocation, or medians of several. */
struct dlb_recorded {
    const double *a, *b;
    int a_count, b_count;
};

/* One run against one stored run: alarm above a ratio of 1.10 (github-action-benchmark with alert-threshold 110 %). It has no word
 * for faster. */
struct dlb_rival_answer dlb_rival_ratio(double a, double b);

/* Samples of one process each: relative difference of the means above the smaller relative standard deviation (the older rule of the
 * compare script of nvbench). */
struct dlb_rival_answer dlb_rival_deviation(const struct dlb_recorded *samples);

/* Samples of one process each: Welch's t-test, p < 0.05, and a change beyond a noise threshold of 1 % (criterion.rs, which takes
 * the p of a bootstrap of the same statistic). */
struct dlb_rival_answer dlb_rival_t_test(const struct dlb_recorded *samples);

/* Medians of invocations, usually all of A and then all of B: exact Mann-Whitney test, p < 0.05 (benchstat). */
struct dlb_rival_answer dlb_rival_mann_whitney(const struct dlb_recorded *medians);

/* Medians of interleaved invocations: Mann-Whitney p < 0.002 and a ratio of medians of 1.10 (asv continuous). */
struct dlb_rival_answer dlb_rival_asv(const struct dlb_recorded *medians);

#endif
