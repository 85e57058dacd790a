/* simulation.c: the six noise models of the specification, and checks under them with the very functions that judge real ones.
 *
 * A run draws from a stream of its own, seeded by its number, so that any split over threads gives the same counts. What is held
 * against which target is in selftest_stats.c. */
#include "bench/stats/simulation.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "bench/stats/summary.h"

#define DRIFT_COEFFICIENT 0.9
#define SPIKE_MEAN        0.10
#define MOST_THREADS      64

const struct dlb_noise_model dlb_noise_models[DLB_NOISE_COUNT] = {
    [DLB_NOISE_QUIET] =
        {.name = "quiet", .sample = 0.003, .invocation = 0.003, .drift = 0.002, .session = 0.005},
    [DLB_NOISE_TYPICAL] = {.name = "typical",
                           .sample = 0.005,
                           .invocation = 0.007,
                           .drift = 0.005,
                           .spikes = 0.01,
                           .session = 0.01},
    [DLB_NOISE_BIMODAL] = {.name = "bimodal",
                           .sample = 0.005,
                           .invocation = 0.004,
                           .drift = 0.005,
                           .spikes = 0.01,
                           .mode = 0.01,
                           .session = 0.01},
    [DLB_NOISE_HEAVY_TAIL] = {.name = "heavy tail",
                              .sample = 0.005,
                              .invocation = 0.010,
                              .heavy = true,
                              .drift = 0.005,
                              .spikes = 0.02,
                              .session = 0.01},
    [DLB_NOISE_SPIKES] = {.name = "spikes",
                          .sample = 0.005,
                          .invocation = 0.007,
                          .drift = 0.005,
                          .spikes = 0.02,
                          .slow = 0.10,
                          .slow_mean = 0.08,
                          .session = 0.01},
    [DLB_NOISE_NOISY] = {.name = "noisy",
                         .sample = 0.03,
                         .invocation = 0.03,
                         .drift = 0.03,
                         .spikes = 0.05,
                         .session = 0.05},
};

/* ---- one machine -------------------------------------------------------------------------------- */

static double exponential(struct dlb_random *random, double mean)
{
    return -mean * log1p(-dlb_random_uniform(random));
}

/* Marsaglia's polar method makes two deviates at once. dlb_random_normal drops the second to keep its stream without a state; here
 * hundreds of millions are drawn, and the machine has room for it. */
static double normal(struct dlb_simulated_machine *machine)
{
    double x, y, square;

    if (machine->has_spare) {
        machine->has_spare = false;
        return machine->spare;
    }
    do {
        x = 2.0 * dlb_random_uniform(&machine->random) - 1.0;
        y = 2.0 * dlb_random_uniform(&machine->random) - 1.0;
        square = x * x + y * y;
    } while (square >= 1.0 || square <= 0.0);

    const double scale = sqrt(-2.0 * log(square) / square);
    machine->spare = y * scale;
    machine->has_spare = true;
    return x * scale;
}

/* Student's t with 3 degrees of freedom, scaled to a standard deviation of 1 (its own is sqrt 3): normal over the root of a
 * chi-square.
 *
 * The specification writes "1.0*t3" in a list of standard deviations in per cent. Here it is read as such a list: 1.0 is the deviation,
 * t3 the shape. Read as t3 itself, 1.73 % wide, the model is harder: no false `regressed` in 3,000 runs either, but +5 % is called
 * regressed in 0.971 of them and not 0.996, below the target of 0.99 and just at the limit for 300 runs, 0.97. test_simulation.c
 * keeps an eye on that reading. */
static double student3(struct dlb_simulated_machine *machine)
{
    const double top = normal(machine);
    double square = 0.0;

    for (int i = 0; i < 3; i++) {
        const double part = normal(machine);
        square += part * part;
    }
    return top / sqrt(square);
}

void dlb_simulated_start(struct dlb_simulated_machine *machine, const struct dlb_noise_model *model,
                         uint64_t seed)
{
    *machine = (struct dlb_simulated_machine){.model = model};
    dlb_random_seed(&machine->random, seed);
    machine->drift = model->drift * normal(machine);
    machine->session = model->session * normal(machine);
}

/* What all samples of an invocation have in common. */
static double invocation_level(struct dlb_simulated_machine *machine)
{
    const struct dlb_noise_model *model = machine->model;
    struct dlb_random *random = &machine->random;
    double level = model->invocation * (model->heavy ? student3(machine) : normal(machine));

    if (model->mode > 0.0)
        level += dlb_random_uniform(random) < 0.5 ? -model->mode : model->mode;
    if (model->slow > 0.0 && dlb_random_uniform(random) < model->slow)
        level += exponential(random, model->slow_mean);
    machine->drift =
        DRIFT_COEFFICIENT * machine->drift +
        sqrt(1.0 - DRIFT_COEFFICIENT * DRIFT_COEFFICIENT) * model->drift * normal(machine);
    return level + machine->drift + machine->session;
}

/* By insertion: tens of millions of lists of 20 are sorted, none longer. */
static double median_of_few(const double *x, int n)
{
    double sorted[DLB_SIMULATED_SAMPLES];

    for (int i = 0; i < n; i++) {
        int place = i;
        for (; place > 0 && sorted[place - 1] > x[i]; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = x[i];
    }
    return dlb_quantile_sorted(sorted, n, 0.5);
}

double dlb_simulated_invocation(struct dlb_simulated_machine *machine, double effect,
                                double *samples)
{
    const struct dlb_noise_model *model = machine->model;
    const double level = effect + invocation_level(machine);

    for (int i = 0; i < DLB_SIMULATED_SAMPLES; i++) {
        samples[i] = level + model->sample * normal(machine);
        if (model->spikes > 0.0 && dlb_random_uniform(&machine->random) < model->spikes)
            samples[i] += exponential(&machine->random, SPIKE_MEAN);
    }
    return median_of_few(samples, DLB_SIMULATED_SAMPLES);
}

/* ---- one check ---------------------------------------------------------------------------------- */

/* Two neighbouring slots; every other pair begins with B. Returns ln t_B - ln t_A. */
static double next_pair(struct dlb_simulated_machine *machine, double effect, bool b_first)
{
    double samples[DLB_SIMULATED_SAMPLES];
    const double before = dlb_simulated_invocation(machine, b_first ? effect : 0.0, samples);
    const double after = dlb_simulated_invocation(machine, b_first ? 0.0 : effect, samples);

    return b_first ? before - after : after - before;
}

/* A thread's share of the runs, and the room for one of them. */
struct share {
    const struct dlb_simulated_checks *checks;
    int64_t begin; /* its runs: begin, begin + threads, ... */
    struct dlb_simulated_counts counts;
    struct dlb_rule_case *cases;
    double *first, *second; /* rows of DLB_PAIRS_MAX */
    pthread_t thread;
    bool started;
};

static void measure(const struct share *share, struct dlb_simulated_machine *machine)
{
    const struct dlb_simulated_checks *checks = share->checks;

    for (int pair = 0; pair < checks->rule->first_pairs; pair++)
        for (int i = 0; i < checks->cases; i++)
            share->first[i * DLB_PAIRS_MAX + pair] =
                next_pair(machine, i == 0 ? checks->effect : 0.0, pair % 2 == 1);
}

static void measure_again(const struct share *share, struct dlb_simulated_machine *machine)
{
    bool more = true;

    for (int pair = 0; more; pair++) {
        more = false;
        for (int i = 0; i < share->checks->cases; i++) {
            struct dlb_rule_case *item = &share->cases[i];
            if (pair >= item->second_wanted)
                continue;
            more = true;
            item->second_count = pair + 1;
            share->second[i * DLB_PAIRS_MAX + pair] =
                next_pair(machine, i == 0 ? share->checks->effect : 0.0, pair % 2 == 1);
        }
    }
}

static void count_verdicts(struct share *share)
{
    bool seen[DLB_VERDICT_COUNT] = {false};

    for (int i = 0; i < share->checks->cases; i++)
        seen[share->cases[i].verdict] = true;
    for (int verdict = 0; verdict < DLB_VERDICT_COUNT; verdict++)
        share->counts.any[verdict] += seen[verdict];
    share->counts.first[share->cases[0].verdict]++;
    share->counts.runs++;
}

static void one_run(struct share *share, int64_t run)
{
    const struct dlb_simulated_checks *checks = share->checks;
    struct dlb_simulated_machine machine;

    dlb_simulated_start(&machine, checks->model, checks->seed + (uint64_t)run);
    for (int i = 0; i < checks->cases; i++)
        share->cases[i] = (struct dlb_rule_case){.first = share->first + i * DLB_PAIRS_MAX,
                                                 .second = share->second + i * DLB_PAIRS_MAX,
                                                 .first_count = checks->rule->first_pairs,
                                                 .judged = true};
    measure(share, &machine);
    share->counts.candidates += dlb_rule_candidates(checks->rule, share->cases, checks->cases);
    measure_again(share, &machine);
    dlb_rule_judge(checks->rule, share->cases, checks->cases);
    count_verdicts(share);
}

static void *all_runs(void *argument)
{
    struct share *share = argument;

    for (int64_t run = share->begin; run < share->checks->runs; run += share->checks->threads)
        one_run(share, run);
    return NULL;
}

/* ---- many checks -------------------------------------------------------------------------------- */

static bool make_room(struct share *share, const struct dlb_simulated_checks *checks, int begin)
{
    const size_t cases = (size_t)checks->cases;

    *share = (struct share){.checks = checks,
                            .begin = begin,
                            .cases = calloc(cases, sizeof *share->cases),
                            .first = calloc(cases * DLB_PAIRS_MAX, sizeof *share->first),
                            .second = calloc(cases * DLB_PAIRS_MAX, sizeof *share->second)};
    return share->cases != NULL && share->first != NULL && share->second != NULL;
}

static void add_counts(struct dlb_simulated_counts *sum, const struct dlb_simulated_counts *part)
{
    sum->runs += part->runs;
    sum->candidates += part->candidates;
    for (int verdict = 0; verdict < DLB_VERDICT_COUNT; verdict++) {
        sum->any[verdict] += part->any[verdict];
        sum->first[verdict] += part->first[verdict];
    }
}

bool dlb_simulate_checks(const struct dlb_simulated_checks *checks,
                         struct dlb_simulated_counts *counts)
{
    struct dlb_simulated_checks plan = *checks;
    plan.threads = plan.threads < 1 ? 1 : plan.threads > MOST_THREADS ? MOST_THREADS : plan.threads;
    struct share *shares = calloc((size_t)plan.threads, sizeof *shares);
    bool enough = shares != NULL;

    for (int i = 0; enough && i < plan.threads; i++)
        enough = make_room(&shares[i], &plan, i);
    /* The first share is the caller's own; one whose thread would not start becomes so, too. */
    for (int i = 1; enough && i < plan.threads; i++)
        shares[i].started = pthread_create(&shares[i].thread, NULL, all_runs, &shares[i]) == 0;
    if (enough)
        *counts = (struct dlb_simulated_counts){0};
    for (int i = 0; shares != NULL && i < plan.threads; i++) {
        if (shares[i].started)
            pthread_join(shares[i].thread, NULL);
        else if (enough)
            all_runs(&shares[i]);
        if (enough)
            add_counts(counts, &shares[i].counts);
        free(shares[i].cases);
        free(shares[i].first);
        free(shares[i].second);
    }
    free(shares);
    return enough;
}
