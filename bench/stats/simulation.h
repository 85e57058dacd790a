/* simulation.h: machines that exist on paper only, and checks run on them: how often does the rule err, and what does it find?
 *
 * The logarithm of a time is effect + drift + invocation + sample noise. What a machine does is fixed by its model and a seed: the
 * same numbers on every machine, with any number of threads. */
#ifndef DLB_SIMULATION_H
#define DLB_SIMULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/random.h"
#include "bench/stats/rule.h"

/* Of one invocation; its value is their median. */
#define DLB_SIMULATED_SAMPLES 20

enum dlb_noise {
    DLB_NOISE_QUIET,
    DLB_NOISE_TYPICAL,
    DLB_NOISE_BIMODAL,
    DLB_NOISE_HEAVY_TAIL,
    DLB_NOISE_SPIKES,
    DLB_NOISE_NOISY,
    DLB_NOISE_COUNT
};

/* Standard deviations of the logarithm: 0.01 is 1 % of the time. */
struct dlb_noise_model {
    const char *name; /* "quiet", ... "heavy tail" */
    double sample;    /* between samples of an invocation */
    double invocation;
    bool heavy; /* the invocation's part has the tails of Student's t with 3 degrees of freedom */
    double
        drift; /* of a stationary AR(1) walk from slot to slot (a slot is an invocation), coefficient 0.9 */
    double spikes; /* share of samples that take Exp(10 %) longer */
    double mode;   /* invocations are this much faster or slower, by the toss of a coin */
    double slow;   /* share of invocations that take Exp(slow_mean) longer */
    double slow_mean;
    double session; /* between sessions: only what compares with a stored baseline sees it */
};
extern const struct dlb_noise_model dlb_noise_models[DLB_NOISE_COUNT];

struct dlb_simulated_machine {
    const struct dlb_noise_model *model;
    struct dlb_random random;
    double drift, session;
    double spare; /* the second of two normal deviates */
    bool has_spare;
};
/* A new session of this kind of machine. */
void dlb_simulated_start(struct dlb_simulated_machine *machine, const struct dlb_noise_model *model,
                         uint64_t seed);
/* The next slot: logarithms of DLB_SIMULATED_SAMPLES times of an invocation whose true one is `effect`. Returns their median. */
double dlb_simulated_invocation(struct dlb_simulated_machine *machine, double effect,
                                double *samples);

/* Checks of `cases` cases, of which the first has an effect (ln of its true ratio), in ABBA pairs, a pair of each case per round. */
struct dlb_simulated_checks {
    const struct dlb_noise_model *model;
    const struct dlb_rule *rule;
    int cases;
    double effect;
    int64_t runs;
    uint64_t seed;
    int threads; /* at least 1; the counts do not depend on it */
};

struct dlb_simulated_counts {
    int64_t runs;
    int64_t any[DLB_VERDICT_COUNT];   /* runs in which some case got this verdict */
    int64_t first[DLB_VERDICT_COUNT]; /* runs in which the first case did */
    int64_t candidates;               /* over all runs */
};
/* False without memory. */
bool dlb_simulate_checks(const struct dlb_simulated_checks *checks,
                         struct dlb_simulated_counts *counts);

#endif
