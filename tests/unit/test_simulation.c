/* test_simulation.c: the noise models have the spreads that they are said to have, and a rule that errs is seen to err. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/stats/simulation.h"
#include "bench/stats/summary.h"
#include "tests/unit/near.h"

#define INVOCATIONS 20000

static double values[INVOCATIONS];

/* Medians of consecutive invocations of one session, less the session's own level. */
static void many_invocations(enum dlb_noise noise)
{
    struct dlb_simulated_machine machine;
    double samples[DLB_SIMULATED_SAMPLES];

    dlb_simulated_start(&machine, &dlb_noise_models[noise], 77);
    for (int i = 0; i < INVOCATIONS; i++)
        values[i] = dlb_simulated_invocation(&machine, 0, samples) - machine.session;
}

/* The specification, in percent: in-process / invocation / drift / spike rate. A median of 20 normal samples has the variance
 * sd^2 pi / (2 (20 + pi / 2 - 1)) within 1 %; the spikes move it by little. */
static const struct {
    const char *name;
    double sample, invocation, drift, spikes, extra_variance;
} specified[DLB_NOISE_COUNT] = {
    {"quiet", 0.3, 0.3, 0.2, 0, 0},
    {"typical", 0.5, 0.7, 0.5, 1, 0},
    {"bimodal", 0.5, 0.4, 0.5, 1, 1},
    {"heavy tail", 0.5, 1.0, 0.5, 2, 0},
    /* Exp(8) on a tenth: 0.1 x 2 x 64 - 0.8^2 */
    {"spikes", 0.5, 0.7, 0.5, 2, 12.16},
    {"noisy", 3, 3, 3, 5, 0},
};

static void spreads(void **state)
{
    (void)state;
    for (int i = 0; i < DLB_NOISE_COUNT; i++) {
        const double median_variance =
            specified[i].sample * specified[i].sample * acos(-1) / (2 * (20 + acos(-1) / 2 - 1));
        const double variance =
            median_variance + specified[i].invocation * specified[i].invocation +
            specified[i].drift * specified[i].drift + specified[i].extra_variance;
        assert_string_equal(dlb_noise_models[i].name, specified[i].name);
        near(100 * dlb_noise_models[i].sample, specified[i].sample, 1e-12, "in-process");
        near(100 * dlb_noise_models[i].spikes, specified[i].spikes, 1e-12, "spike rate");
        many_invocations((enum dlb_noise)i);
        const double found = 100 * dlb_sd(values, INVOCATIONS);
        /* t3 has no fourth moment and the exponential a large one: their variances settle slowly. */
        const bool slow = i == DLB_NOISE_HEAVY_TAIL || i == DLB_NOISE_SPIKES;
        near(found / sqrt(variance), 1, slow ? 0.12 : 0.05, specified[i].name);
    }
}

/* Neighbouring slots share 0.9 of the drift and nothing else: lag-1 = 0.9 d^2 / variance. */
static void drift_is_shared_by_neighbours(void **state)
{
    (void)state;
    many_invocations(DLB_NOISE_NOISY);
    near(dlb_lag1(values, INVOCATIONS), 0.9 * 9 / (9 + 9 + 0.69), 0.03, "lag-1");
}

static void heavy_tails_are_heavy(void **state)
{
    (void)state;
    int far[2] = {0, 0};
    const enum dlb_noise models[2] = {DLB_NOISE_TYPICAL, DLB_NOISE_HEAVY_TAIL};

    for (int m = 0; m < 2; m++) {
        many_invocations(models[m]);
        const double mad = 1.4826 * dlb_mad(values, INVOCATIONS);
        for (int i = 0; i < INVOCATIONS; i++)
            far[m] += fabs(values[i]) > 4 * mad;
    }
    assert_true(far[0] < 20 && far[1] > 100);
}

static void spikes_are_one_sided(void **state)
{
    (void)state;
    int slow = 0;
    int fast = 0;

    many_invocations(DLB_NOISE_SPIKES);
    for (int i = 0; i < INVOCATIONS; i++) {
        slow += values[i] > 0.05;
        fast += values[i] < -0.05;
    }
    /* P(Exp(8 %) > 5 %) = 0.535, of a tenth */
    near((double)slow / INVOCATIONS, 0.0535, 0.006, "slow ones");
    assert_int_equal(fast, 0);
}

static void sessions_differ_and_effects_add(void **state)
{
    (void)state;
    struct dlb_simulated_machine machine;
    double sessions[2000];
    double with[DLB_SIMULATED_SAMPLES];
    double without[DLB_SIMULATED_SAMPLES];

    for (int i = 0; i < 2000; i++) {
        dlb_simulated_start(&machine, &dlb_noise_models[DLB_NOISE_NOISY], (uint64_t)i);
        sessions[i] = machine.session;
    }
    near(dlb_sd(sessions, 2000), 0.05, 0.003, "sessions");

    dlb_simulated_start(&machine, &dlb_noise_models[DLB_NOISE_NOISY], 5);
    const double plain = dlb_simulated_invocation(&machine, 0, without);
    dlb_simulated_start(&machine, &dlb_noise_models[DLB_NOISE_NOISY], 5);
    near(dlb_simulated_invocation(&machine, 0.2, with), plain + 0.2, 1e-12, "effect");
    near(dlb_median(with, DLB_SIMULATED_SAMPLES), plain + 0.2, 1e-12, "median");
}

static struct dlb_simulated_counts simulate(enum dlb_noise noise, const struct dlb_rule *rule,
                                            double effect, int64_t runs)
{
    const struct dlb_simulated_checks checks = {.model = &dlb_noise_models[noise],
                                                .rule = rule,
                                                .cases = 60,
                                                .effect = effect,
                                                .runs = runs,
                                                .seed = 3,
                                                .threads = 2};
    struct dlb_simulated_counts counts;

    assert_true(dlb_simulate_checks(&checks, &counts));
    assert_int_equal(counts.runs, runs);
    int64_t verdicts = 0;
    for (int i = 0; i < DLB_VERDICT_COUNT; i++)
        verdicts += counts.first[i];
    assert_int_equal(verdicts, runs);
    return counts;
}

/* A rule without its corrections would be caught: many false alarms in noise, power gone with an alpha that is too small. */
static void a_bad_rule_is_seen(void **state)
{
    (void)state;
    struct dlb_rule rash = dlb_rule_default;
    struct dlb_rule timid = dlb_rule_default;

    rash.alpha = 0.5;
    rash.tolerance = 0.001;
    assert_true(simulate(DLB_NOISE_NOISY, &rash, 0, 40).any[DLB_VERDICT_REGRESSED] > 8);
    assert_true(simulate(DLB_NOISE_NOISY, &dlb_rule_default, 0, 40).any[DLB_VERDICT_REGRESSED] <=
                2);
    timid.candidate_p = 1e-4; /* below what 10 pairs can give */
    assert_int_equal(simulate(DLB_NOISE_QUIET, &timid, 0.05, 40).first[DLB_VERDICT_REGRESSED], 0);
    assert_int_equal(
        simulate(DLB_NOISE_QUIET, &dlb_rule_default, 0.05, 40).first[DLB_VERDICT_REGRESSED], 40);
}

/* The other reading of "1.0 * t3": t3 itself, with its own deviation of sqrt 3. 0.971 of 3,000 runs found +5 % there, and three standard
 * errors of 300 runs below it lies 0.94. */
static void heavier_tails(void **state)
{
    (void)state;
    struct dlb_noise_model heavier = dlb_noise_models[DLB_NOISE_HEAVY_TAIL];
    struct dlb_simulated_counts counts;

    heavier.invocation *= sqrt(3);
    const struct dlb_simulated_checks checks = {.model = &heavier,
                                                .rule = &dlb_rule_default,
                                                .cases = 60,
                                                .effect = log1p(0.05),
                                                .runs = 300,
                                                .seed = 3,
                                                .threads = 2};
    assert_true(dlb_simulate_checks(&checks, &counts));
    assert_true(counts.first[DLB_VERDICT_REGRESSED] >= 94 * 300 / 100);
    assert_true(counts.first[DLB_VERDICT_PASS] <= 27 * 300 / 1000);
    assert_int_equal(counts.any[DLB_VERDICT_REGRESSED], counts.first[DLB_VERDICT_REGRESSED]);
}

/* What holds for slower holds for faster. */
static void improvements_are_found(void **state)
{
    (void)state;
    const struct dlb_simulated_counts counts =
        simulate(DLB_NOISE_TYPICAL, &dlb_rule_default, -log1p(0.05), 40);

    assert_int_equal(counts.first[DLB_VERDICT_IMPROVED], 40);
    assert_int_equal(counts.any[DLB_VERDICT_REGRESSED], 0);
    assert_true(counts.candidates >= 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spreads),
        cmocka_unit_test(drift_is_shared_by_neighbours),
        cmocka_unit_test(heavy_tails_are_heavy),
        cmocka_unit_test(spikes_are_one_sided),
        cmocka_unit_test(sessions_differ_and_effects_add),
        cmocka_unit_test(a_bad_rule_is_seen),
        cmocka_unit_test(heavier_tails),
        cmocka_unit_test(improvements_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
