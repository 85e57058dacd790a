/* test_sampler.c: the sampler on a simulated clock, so that every number is exact: batch size, warm-up, stop, budget,
 * and every fault that a clock or a subject can have. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "bench/measure/sampler.h"

#define MS     1e6
#define SECOND 1e9

/* A machine with a clock of its own: reading costs, executing costs, faults by number of the run. */
struct machine {
    double now_ns;
    int64_t read_ns, step_ns;
    double call_ns;
    double first_extra_ns;      /* compile time of the first call */
    double extra_ns, settle_ns; /* calls are slower by extra * exp(-time / settle) */
    double noise_sd;            /* relative, per run */
    double device_ns;           /* per execution; 0 = no device clock */
    double elapsed_ns;          /* of the last run; -1 without a device clock */
    double device_fault_ns;     /* answered at run `device_fault_at` */
    int64_t device_fault_at;
    int64_t fail_at, back_at, still_at; /* run number from which on; 0 = never */
    bool still;
    int64_t runs, executions, betweens, sleeps, longest_k;
    struct dlb_random random;
};

static int64_t read_machine(void *user)
{
    struct machine *machine = user;

    if (!machine->still)
        machine->now_ns += (double)machine->read_ns;
    const int64_t now = (int64_t)machine->now_ns;
    return now - now % machine->step_ns;
}

static void sleep_machine(void *user, int64_t ns)
{
    struct machine *machine = user;

    machine->sleeps++;
    machine->now_ns += (double)ns;
}

static enum dlb_status run_machine(void *self, int64_t k, struct dlb_why *why)
{
    struct machine *machine = self;
    const int64_t run = ++machine->runs;
    double ns = machine->call_ns;

    if (run == machine->fail_at)
        return dlb_fail(why, DLB_FAILED, "the library said 7");
    if (run == machine->still_at)
        machine->still = true;
    if (machine->settle_ns > 0.0)
        ns += machine->extra_ns * exp(-machine->now_ns / machine->settle_ns);
    if (machine->noise_sd > 0.0)
        ns *= exp(machine->noise_sd * dlb_random_normal(&machine->random));
    if (!machine->still)
        machine->now_ns += ns * (double)k + (run == 1 ? machine->first_extra_ns : 0.0);
    if (run == machine->back_at)
        machine->now_ns -= 1.5 * ns * (double)k;
    machine->elapsed_ns = machine->device_ns > 0.0 ? machine->device_ns * (double)k : -1.0;
    if (run == machine->device_fault_at)
        machine->elapsed_ns = machine->device_fault_ns;
    machine->executions += k;
    machine->longest_k = k > machine->longest_k ? k : machine->longest_k;
    return DLB_OK;
}

/* Asking the device takes time, which must not be in any sample. */
static enum dlb_status elapsed_machine(void *self, double *ns, struct dlb_why *why)
{
    struct machine *machine = self;

    (void)why;
    if (machine->device_ns > 0.0)
        machine->now_ns += 0.2 * MS;
    *ns = machine->elapsed_ns;
    return DLB_OK;
}

static void between_machine(void *self)
{
    struct machine *machine = self;

    machine->betweens++;
    machine->now_ns += 3.0 * MS; /* a flush, which must not be in any sample */
}

static struct machine new_machine(double call_ns)
{
    struct machine machine = {.read_ns = 20, .step_ns = 1, .call_ns = call_ns, .now_ns = 1e12};

    dlb_random_seed(&machine.random, 4711);
    return machine;
}

static struct dlb_sampling default_sampling(void)
{
    return (struct dlb_sampling){.mode = DLB_MODE_THROUGHPUT,
                                 .precision = 0.01,
                                 .max_time_ns = 10 * SECOND,
                                 .max_samples = 2000,
                                 .batch_ns = 5 * MS,
                                 .warmup_ns = 200 * MS,
                                 .slowdown = 1.0,
                                 .timer = {.step_ns = 1, .overhead_ns = 20}};
}

static enum dlb_status try_sample(struct machine *machine, struct dlb_sampling sampling,
                                  struct dlb_samples *samples, struct dlb_why *why)
{
    const struct dlb_sampler_clock clock = {read_machine, sleep_machine, machine};
    const struct dlb_subject subject = {
        .self = machine, .run = run_machine, .elapsed = elapsed_machine};

    sampling.clock = &clock;
    return dlb_sample(&subject, &sampling, NULL, NULL, samples, why);
}

static struct dlb_samples sample(struct machine *machine, struct dlb_sampling sampling)
{
    struct dlb_samples samples;
    struct dlb_why why = {""};

    if (try_sample(machine, sampling, &samples, &why) != DLB_OK)
        fail_msg("sampling failed: %s", why.text);
    return samples;
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("found %.17g, wanted %.17g within %g", value, expected, tolerance);
}

static void assert_all(const struct dlb_samples *samples, double expected, double tolerance)
{
    for (int64_t i = 0; i < samples->n; i++)
        assert_near(samples->ns[i], expected, tolerance);
}

/* 10 us calls: k = 5 ms / 10 us, every sample exact after the overhead is taken off, first call apart. */
static void test_throughput(void **state)
{
    (void)state;
    struct machine machine = new_machine(10e3);
    machine.first_extra_ns = 70 * MS;
    struct dlb_samples samples = sample(&machine, default_sampling());

    assert_int_equal(samples.k, 500);
    assert_int_equal(samples.n, 30);
    assert_all(&samples, 10e3, 0.01);
    assert_near(samples.call_ns, 10e3, 0.01);
    assert_near(samples.first_call_ns, 10e3 + 70 * MS, 1.0);
    assert_int_equal(samples.stop_reason, DLB_STOP_PRECISION);
    assert_true(samples.steady && !samples.timer_limited && !samples.device_clock);
    assert_true(samples.warmup_ns >= 200 * MS && samples.warmup_ns < 210 * MS);
    assert_int_equal(samples.warmup_calls + 1 + 30 * 500, machine.executions);
    assert_string_equal(samples.note, "");
    assert_all(&(struct dlb_samples){.n = 30, .ns = samples.host_ns}, 10e3, 0.01);
    dlb_samples_free(&samples);
    assert_null(samples.ns);
    dlb_samples_free(&samples); /* releasing twice is legal */
}

/* k = clamp(ceil(max(1000 q, 100 o, T_s) / t1), 1, 2^20) */
static void test_batch_size(void **state)
{
    (void)state;
    const struct {
        double call_ns, batch_ns;
        int64_t step_ns, read_ns, k;
    } cases[] = {
        {1e3, 5 * MS, 1, 20, 5000},  {3e6, 5 * MS, 1, 20, 2},
        {6e6, 5 * MS, 1, 20, 1},     {1e3, 5 * MS, 10000, 20, 10000}, /* 1000 q = 10 ms */
        {1e3, 0, 1, 70, 7},                                           /* 100 o = 7 us */
        {1, 5 * MS, 1, 20, 1 << 20},                                  /* 5e6 executions wanted */
    };

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct machine machine = new_machine(cases[i].call_ns);
        struct dlb_sampling sampling = default_sampling();
        machine.step_ns = cases[i].step_ns;
        machine.read_ns = cases[i].read_ns;
        sampling.batch_ns = cases[i].batch_ns;
        sampling.timer = (struct dlb_timer){(double)cases[i].step_ns, (double)cases[i].read_ns};
        struct dlb_samples samples = sample(&machine, sampling);
        /* the batch size comes from measured, so quantised, times: 1 % and one execution */
        assert_near((double)samples.k, (double)cases[i].k, 0.01 * (double)cases[i].k + 0.5);
        assert_true(machine.longest_k <= 1 << 20);
        assert_false(samples.timer_limited);
        dlb_samples_free(&samples);
    }
}

/* Overhead above the span itself must not give a negative time. */
static void test_overhead_never_below_zero(void **state)
{
    (void)state;
    struct machine machine = new_machine(5.0);
    struct dlb_sampling sampling = default_sampling();
    sampling.mode = DLB_MODE_LATENCY;
    sampling.max_time_ns = 50 * MS;
    sampling.timer.overhead_ns = 1000.0;
    struct dlb_samples samples = sample(&machine, sampling);

    assert_true(samples.n > 100);
    assert_all(&samples, 0.0, 0.0);
    assert_int_equal(samples.stop_reason, DLB_STOP_SAMPLES); /* zero is never precise enough */
    assert_true(samples.timer_limited);
    dlb_samples_free(&samples);
}

static void test_latency_and_single_call(void **state)
{
    (void)state;
    const double calls[] = {10e3, 50.0};

    for (int single = 0; single < 2; single++) {
        for (size_t i = 0; i < DLB_ARRAY_COUNT(calls); i++) {
            struct machine machine = new_machine(calls[i]);
            struct dlb_sampling sampling = default_sampling();
            sampling.mode = single ? DLB_MODE_THROUGHPUT : DLB_MODE_LATENCY;
            sampling.single_call = single;
            struct dlb_samples samples = sample(&machine, sampling);
            assert_int_equal(samples.k, 1);
            assert_int_equal(machine.longest_k, 1);
            assert_all(&samples, calls[i], 1.0);
            assert_int_equal(samples.timer_limited, calls[i] < 100.0);
            dlb_samples_free(&samples);
        }
    }
}

/* Calls that start 3x slower and settle with a time constant of 0.1 s: no sample may be from the slope. */
static void test_warm_up_waits_for_steady_state(void **state)
{
    (void)state;
    struct machine machine = new_machine(100e3);
    machine.now_ns = 0;
    machine.extra_ns = 200e3;
    machine.settle_ns = 100 * MS;
    struct dlb_samples samples = sample(&machine, default_sampling());

    assert_true(samples.steady);
    assert_true(samples.warmup_ns > 400 * MS && samples.warmup_ns <= 2 * SECOND);
    assert_all(&samples, 100e3, 1e3);
    assert_int_equal(samples.k, 50); /* probed again when warm: 17 when cold */
    dlb_samples_free(&samples);
}

/* Falling for minutes: the cap of 20 % ends it, and the answer says so. */
static void test_warm_up_cap(void **state)
{
    (void)state;
    const struct {
        double budget_ns, cap_ns;
    } cases[] = {{4 * SECOND, 0.8 * SECOND}, {10 * SECOND, 2 * SECOND}, {90 * SECOND, 10 * SECOND}};

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct machine machine = new_machine(1e3);
        struct dlb_sampling sampling = default_sampling();
        machine.now_ns = 0;
        machine.extra_ns = 1e6;
        machine.settle_ns = 60 * SECOND;
        sampling.max_time_ns = cases[i].budget_ns;
        struct dlb_samples samples = sample(&machine, sampling);
        assert_false(samples.steady);
        assert_true(samples.warmup_ns <= cases[i].cap_ns);
        assert_true(samples.warmup_ns >= 0.9 * cases[i].cap_ns);
        assert_true(samples.n > 0);
        dlb_samples_free(&samples);
    }
}

/* A budget so short that its 20 % are less than the least warm-up: the windows are still compared at the cap. */
static void test_short_budget_can_be_steady(void **state)
{
    (void)state;
    struct machine machine = new_machine(10e3);
    struct dlb_sampling sampling = default_sampling();
    sampling.max_time_ns = 600 * MS;
    struct dlb_samples samples = sample(&machine, sampling);

    assert_true(samples.steady);
    assert_true(samples.warmup_ns <= 120 * MS);
    assert_int_equal(samples.n, 30);
    dlb_samples_free(&samples);
}

/* What a slow subject gets: executions in all, samples; and the budget holds to within one execution. */
static void test_slow_subjects(void **state)
{
    (void)state;
    const struct {
        double call_s, budget_s;
        int64_t runs, n;
        bool note;
    } cases[] = {
        {1, 2, 2, 1, true},       /* first call and the one that counts */
        {60, 10, 2, 1, true},     /* longer than the budget: one sample all the same */
        {1, 3.5, 3, 1, false},    /* first, one probe, one sample */
        {1, 10.5, 10, 7, false},  /* first, two probes (2.1 s), seven samples */
        {1, 20.5, 20, 15, false}, /* first, four of warm-up (4.1 s) */
    };

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct machine machine = new_machine(cases[i].call_s * SECOND);
        struct dlb_sampling sampling = default_sampling();
        sampling.max_time_ns = cases[i].budget_s * SECOND;
        struct dlb_samples samples = sample(&machine, sampling);
        if (machine.runs != cases[i].runs || samples.n != cases[i].n)
            fail_msg("%g s calls, %g s budget: %lld runs, %lld samples", cases[i].call_s,
                     cases[i].budget_s, (long long)machine.runs, (long long)samples.n);
        assert_int_equal(samples.stop_reason, DLB_STOP_BUDGET);
        assert_int_equal(samples.note[0] != '\0', cases[i].note);
        assert_int_equal(samples.k, 1);
        assert_false(samples.steady);
        assert_all(&samples, cases[i].call_s * SECOND, 1.0);
        assert_int_equal(samples.warmup_calls + samples.n + 1, machine.executions);
        dlb_samples_free(&samples);
    }
}

/* A first call that compiles for longer than the whole budget is not mistaken for the call itself. */
static void test_first_call_beyond_the_budget(void **state)
{
    (void)state;
    struct machine machine = new_machine(1 * MS);
    struct dlb_sampling sampling = default_sampling();
    machine.first_extra_ns = 15 * SECOND;
    struct dlb_samples samples = sample(&machine, sampling);

    assert_int_equal(samples.n, 1);
    assert_near(samples.ns[0], 1 * MS, 1.0);
    assert_near(samples.first_call_ns, 15.001 * SECOND, 1.0);
    assert_true(strlen(samples.note) > 0);
    dlb_samples_free(&samples);
}

static void test_noise_takes_more_samples(void **state)
{
    (void)state;
    struct machine quiet = new_machine(1 * MS);
    struct machine noisy = new_machine(1 * MS);
    quiet.noise_sd = 0.005;
    noisy.noise_sd = 0.04;
    struct dlb_samples few = sample(&quiet, default_sampling());
    struct dlb_samples many = sample(&noisy, default_sampling());

    assert_int_equal(few.stop_reason, DLB_STOP_PRECISION);
    assert_int_equal(many.stop_reason, DLB_STOP_PRECISION);
    assert_true(few.n <= 100 && many.n >= 100);
    dlb_samples_free(&few);
    dlb_samples_free(&many);
}

static void test_hard_ends(void **state)
{
    (void)state;
    struct machine machine = new_machine(1 * MS);
    struct dlb_sampling sampling = default_sampling();
    machine.noise_sd = 0.5;
    double start = machine.now_ns;
    struct dlb_samples samples = sample(&machine, sampling);
    assert_int_equal(samples.stop_reason, DLB_STOP_BUDGET);
    assert_true(machine.now_ns - start < 10.05 * SECOND && machine.now_ns - start > 9.8 * SECOND);
    dlb_samples_free(&samples);

    sampling.max_samples = 33;
    machine = new_machine(1 * MS);
    machine.noise_sd = 0.5;
    samples = sample(&machine, sampling);
    assert_int_equal(samples.stop_reason, DLB_STOP_SAMPLES);
    assert_int_equal(samples.n, 33);
    dlb_samples_free(&samples);

    sampling.max_samples = 1;
    machine = new_machine(1 * MS);
    samples = sample(&machine, sampling);
    assert_int_equal(samples.n, 1);
    dlb_samples_free(&samples);

    sampling.max_samples = 1000; /* more than the first allocation holds */
    sampling.precision = 1e-9;
    machine = new_machine(1 * MS);
    machine.noise_sd = 0.01;
    samples = sample(&machine, sampling);
    assert_int_equal(samples.n, 1000);
    assert_all(&samples, 1 * MS, 0.06 * MS);
    dlb_samples_free(&samples);
}

static void test_device_clock(void **state)
{
    (void)state;
    struct machine machine = new_machine(1 * MS);
    struct dlb_sampling sampling = default_sampling();
    machine.device_ns = 0.7 * MS;
    struct dlb_samples samples = sample(&machine, sampling);

    assert_true(samples.device_clock);
    assert_int_equal(samples.k, 8); /* ceil(5 / 0.7) */
    assert_all(&samples, 0.7 * MS, 0.01);
    assert_all(&(struct dlb_samples){.n = samples.n, .ns = samples.host_ns}, 1 * MS, 1.0);
    dlb_samples_free(&samples);
}

/* A predicted time is taken once, without warm-up, however long the emulation behind it lasts. */
static void test_prediction(void **state)
{
    (void)state;
    static const double call_ns[] = {1e3, 20 * SECOND};

    for (size_t i = 0; i < DLB_ARRAY_COUNT(call_ns); i++) {
        struct machine machine = new_machine(call_ns[i]);
        struct dlb_sampling sampling = default_sampling();
        machine.device_ns = 40.0;
        sampling.worth = DLB_CLOCK_PREDICTS;
        sampling.timer.step_ns = 15;
        struct dlb_samples samples = sample(&machine, sampling);

        assert_int_equal(machine.executions, 1);
        assert_int_equal(samples.n, 1);
        assert_int_equal(samples.k, 1);
        assert_near(samples.ns[0], 40.0, 0.0);
        assert_near(samples.host_ns[0], call_ns[i], 1.0);
        assert_int_equal(samples.stop_reason, DLB_STOP_MODELLED);
        assert_int_equal(samples.warmup_calls, 0);
        assert_true(samples.steady && samples.device_clock && !samples.timer_limited);
        dlb_samples_free(&samples);
    }
}

/* The host's time must never pass for a prediction. */
static void test_prediction_without_a_clock(void **state)
{
    (void)state;
    struct machine machine = new_machine(1e3);
    const struct dlb_sampler_clock clock = {read_machine, sleep_machine, &machine};
    const struct dlb_subject mute = {.self = &machine, .run = run_machine};
    struct dlb_sampling sampling = default_sampling();
    struct dlb_samples samples = {.n = -1};
    struct dlb_why why = {""};

    sampling.worth = DLB_CLOCK_PREDICTS;
    assert_int_equal(try_sample(&machine, sampling, &samples, &why), DLB_FAILED);
    assert_non_null(strstr(why.text, "no prediction"));
    sampling.clock = &clock;
    assert_int_equal(dlb_sample(&mute, &sampling, NULL, NULL, &samples, &why), DLB_FAILED);
    assert_non_null(strstr(why.text, "no clock to tell it"));
    assert_int_equal(samples.n, -1);
}

/* An emulator is timed three times at most, and once when that is all the budget has. */
static void test_emulation(void **state)
{
    (void)state;
    static const struct {
        double call_ns;
        int64_t n;
        enum dlb_stop_reason reason;
    } cases[] = {{1e3, 3, DLB_STOP_SAMPLES},
                 {6 * SECOND, 1, DLB_STOP_BUDGET},
                 {4 * SECOND, 2, DLB_STOP_BUDGET},
                 {60 * SECOND, 1, DLB_STOP_BUDGET}};

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct machine machine = new_machine(cases[i].call_ns);
        struct dlb_sampling sampling = default_sampling();
        sampling.worth = DLB_CLOCK_EMULATES;
        struct dlb_samples samples = sample(&machine, sampling);

        assert_int_equal(samples.n, cases[i].n);
        assert_int_equal(machine.executions, cases[i].n);
        assert_int_equal(samples.stop_reason, cases[i].reason);
        assert_all(&samples, cases[i].call_ns, 1.0);
        assert_false(samples.device_clock);
        dlb_samples_free(&samples);
    }
}

/* Profiling timestamps zero, swapped, not a number, or there for some calls only. */
static void test_device_clock_faults(void **state)
{
    (void)state;
    const struct {
        double device_ns, fault_ns;
        int64_t at;
        const char *word;
    } cases[] = {
        {0.7 * MS, 0.0, 1, "swapped"},         {0.7 * MS, -5000.0, 6, "swapped"},
        {0.7 * MS, (double)NAN, 6, "swapped"}, {0.7 * MS, (double)INFINITY, 1, "swapped"},
        {0.7 * MS, -1.0, 6, "mixed"},          {0.0, 500.0, 60, "mixed"},
    };

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct machine machine = new_machine(1 * MS);
        struct dlb_samples samples = {.n = -1};
        struct dlb_why why = {""};
        machine.device_ns = cases[i].device_ns;
        machine.device_fault_ns = cases[i].fault_ns;
        machine.device_fault_at = cases[i].at;
        assert_int_equal(try_sample(&machine, default_sampling(), &samples, &why), DLB_FAILED);
        assert_non_null(strstr(why.text, cases[i].word));
        assert_int_equal(samples.n, -1); /* untouched */
        assert_int_equal(machine.runs, cases[i].at);
    }
}

static void test_clock_that_goes_back(void **state)
{
    (void)state;
    const int64_t runs[] = {1, 2, 10, 50};

    for (size_t i = 0; i < DLB_ARRAY_COUNT(runs); i++) {
        struct machine machine = new_machine(1 * MS);
        struct dlb_samples samples = {.n = -1};
        struct dlb_why why = {""};
        machine.back_at = runs[i];
        assert_int_equal(try_sample(&machine, default_sampling(), &samples, &why), DLB_FAILED);
        assert_non_null(strstr(why.text, "went back"));
        assert_int_equal(samples.n, -1);
    }
}

static void test_clock_that_stands_still(void **state)
{
    (void)state;
    const enum dlb_mode modes[] = {DLB_MODE_THROUGHPUT, DLB_MODE_LATENCY};
    const int64_t runs[] = {1, 40};

    for (size_t i = 0; i < 4; i++) {
        struct machine machine = new_machine(1 * MS);
        struct dlb_sampling sampling = default_sampling();
        struct dlb_samples samples = {.n = -1};
        struct dlb_why why = {""};
        sampling.mode = modes[i % 2];
        machine.still_at = runs[i / 2];
        assert_int_equal(try_sample(&machine, sampling, &samples, &why), DLB_FAILED);
        assert_non_null(strstr(why.text, "stands still"));
        assert_int_equal(samples.n, -1);
        assert_true(machine.runs < 2000);
    }
}

/* 10 ms ticks and 1 us calls: most spans are zero, and yet the clock is alive. */
static void test_coarse_clock_is_not_dead(void **state)
{
    (void)state;
    struct machine machine = new_machine(1e3);
    struct dlb_sampling sampling = default_sampling();
    machine.step_ns = 10000000;
    sampling.timer = (struct dlb_timer){10 * MS, 0};
    sampling.mode = DLB_MODE_LATENCY;
    sampling.max_time_ns = 1 * SECOND;
    struct dlb_samples samples = sample(&machine, sampling);

    assert_true(samples.timer_limited);
    assert_true(samples.n > 500);
    dlb_samples_free(&samples);

    machine.call_ns = 0.5 * MS; /* shorter than a tick: the batch must not explode */
    sampling.mode = DLB_MODE_THROUGHPUT;
    sampling.max_time_ns = 60 * SECOND;
    const double start = machine.now_ns;
    samples = sample(&machine, sampling);
    assert_true(machine.now_ns - start < 61 * SECOND);
    assert_true(samples.k >= 15000 && samples.k <= 25000); /* 1000 q = 10 s */
    dlb_samples_free(&samples);
}

static void test_failure_is_passed_on(void **state)
{
    (void)state;
    for (int64_t at = 1; at < 60; at += 7) {
        struct machine machine = new_machine(1 * MS);
        struct dlb_samples samples = {.n = -1};
        struct dlb_why why = {""};
        machine.fail_at = at;
        assert_int_equal(try_sample(&machine, default_sampling(), &samples, &why), DLB_FAILED);
        assert_string_equal(why.text, "the library said 7");
        assert_int_equal(samples.n, -1);
        assert_int_equal(machine.runs, at);
    }
}

/* Flush and gap come before every span and are in none; the budget counts them. */
static void test_gap_and_flush(void **state)
{
    (void)state;
    struct machine machine = new_machine(100e3);
    const struct dlb_sampler_clock clock = {read_machine, sleep_machine, &machine};
    const struct dlb_subject subject = {
        .self = &machine, .run = run_machine, .between = between_machine};
    struct dlb_sampling sampling = default_sampling();
    struct dlb_samples samples;
    const double start = machine.now_ns;
    sampling.clock = &clock;
    sampling.single_call = true;
    sampling.gap_ns = 10 * MS;
    sampling.precision = 1e-9;
    machine.noise_sd = 0.01;

    assert_int_equal(dlb_sample(&subject, &sampling, NULL, NULL, &samples, NULL), DLB_OK);
    assert_all(&samples, 100e3, 6e3);
    assert_int_equal(machine.betweens, machine.runs);
    assert_int_equal(machine.sleeps, machine.runs);
    assert_int_equal(samples.stop_reason, DLB_STOP_BUDGET);
    assert_true(machine.now_ns - start <= 10.02 * SECOND);
    dlb_samples_free(&samples);
}

static void test_slowdown(void **state)
{
    (void)state;
    struct machine machine = new_machine(100e3);
    struct dlb_sampling sampling = default_sampling();
    sampling.slowdown = 1.05;
    struct dlb_samples samples = sample(&machine, sampling);
    assert_all(&samples, 105e3, 2.0);
    dlb_samples_free(&samples);

    machine = new_machine(100e3);
    machine.device_ns = 80e3;
    samples = sample(&machine, sampling);
    assert_all(&samples, 84e3, 0.1);
    dlb_samples_free(&samples);
}

struct progress_log {
    struct machine *machine;
    int64_t count, n;
    double last_ns, shortest_ns, median_ns, half_width;
};

static void log_progress(void *user, int64_t n, double median_ns, double half_width)
{
    struct progress_log *log = user;

    if (log->count++ > 0)
        log->shortest_ns = fmin(log->shortest_ns, log->machine->now_ns - log->last_ns);
    log->last_ns = log->machine->now_ns;
    assert_true(n > log->n);
    log->n = n;
    log->median_ns = median_ns;
    log->half_width = half_width;
}

static void test_progress(void **state)
{
    (void)state;
    struct machine machine = new_machine(1 * MS);
    const struct dlb_sampler_clock clock = {read_machine, sleep_machine, &machine};
    const struct dlb_subject subject = {
        .self = &machine, .run = run_machine, .elapsed = elapsed_machine};
    struct progress_log log = {.machine = &machine, .shortest_ns = 1e18};
    struct dlb_sampling sampling = default_sampling();
    struct dlb_samples samples;
    sampling.clock = &clock;
    machine.noise_sd = 0.1;

    assert_int_equal(dlb_sample(&subject, &sampling, log_progress, &log, &samples, NULL), DLB_OK);
    assert_true(log.count >= 10);
    assert_true(log.shortest_ns >= 99 * MS);
    assert_near(log.median_ns, 1 * MS, 0.05 * MS);
    assert_true(log.half_width > 0.0 && log.half_width < 0.1);
    dlb_samples_free(&samples);
}

static void test_bad_settings(void **state)
{
    (void)state;
    struct dlb_sampling bad[12];

    for (size_t i = 0; i < DLB_ARRAY_COUNT(bad); i++)
        bad[i] = default_sampling();
    bad[0].precision = 0;
    bad[1].precision = (double)NAN;
    bad[2].max_time_ns = 0;
    bad[3].max_time_ns = -1;
    bad[4].max_samples = 0;
    bad[5].batch_ns = -1;
    bad[6].warmup_ns = -1;
    bad[7].gap_ns = -1;
    bad[8].slowdown = 0.5;
    bad[9].slowdown = (double)INFINITY;
    bad[10].max_time_ns = (double)INFINITY;
    bad[11].mode = DLB_MODE_COUNT;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(bad); i++) {
        struct machine machine = new_machine(1 * MS);
        struct dlb_samples samples = {.n = -1};
        struct dlb_why why = {""};
        if (try_sample(&machine, bad[i], &samples, &why) != DLB_INVALID)
            fail_msg("case %zu was accepted", i);
        assert_true(strlen(why.text) > 10);
        assert_int_equal(machine.runs, 0);
    }
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(dlb_mode_name(DLB_MODE_THROUGHPUT), "throughput");
    assert_string_equal(dlb_mode_name(DLB_MODE_LATENCY), "latency");
    assert_string_equal(dlb_mode_name(DLB_MODE_COUNT), "?");
    assert_string_equal(dlb_stop_reason_name(DLB_STOP_PRECISION), "precision");
    assert_string_equal(dlb_stop_reason_name(DLB_STOP_BUDGET), "budget");
    assert_string_equal(dlb_stop_reason_name(DLB_STOP_SAMPLES), "samples");
    assert_string_equal(dlb_stop_reason_name(DLB_STOP_MODELLED), "modelled");
    assert_string_equal(dlb_stop_reason_name(DLB_STOP_COUNT), "?");
}

/* On the host's clock: a subject that waits 50 us on that very clock cannot be faster. */
static enum dlb_status wait_50_us(void *self, int64_t k, struct dlb_why *why)
{
    const int64_t end = dlb_clock_ns() + 50000 * k;

    (void)self;
    (void)why;
    while (dlb_clock_ns() < end)
        ;
    return DLB_OK;
}

static void test_real_clock(void **state)
{
    (void)state;
    const struct dlb_subject subject = {.run = wait_50_us};
    struct dlb_sampling sampling = default_sampling();
    struct dlb_samples samples;
    dlb_timer_calibrate(&sampling.timer);
    sampling.warmup_ns = 10 * MS;
    sampling.max_time_ns = 0.5 * SECOND;
    sampling.batch_ns = 1 * MS;
    sampling.gap_ns = 1000;

    assert_int_equal(dlb_sample(&subject, &sampling, NULL, NULL, &samples, NULL), DLB_OK);
    assert_true(samples.n >= 1);
    for (int64_t i = 0; i < samples.n; i++)
        assert_true(samples.ns[i] >= 49.9e3);
    dlb_samples_free(&samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_throughput),
        cmocka_unit_test(test_batch_size),
        cmocka_unit_test(test_overhead_never_below_zero),
        cmocka_unit_test(test_latency_and_single_call),
        cmocka_unit_test(test_warm_up_waits_for_steady_state),
        cmocka_unit_test(test_warm_up_cap),
        cmocka_unit_test(test_short_budget_can_be_steady),
        cmocka_unit_test(test_slow_subjects),
        cmocka_unit_test(test_first_call_beyond_the_budget),
        cmocka_unit_test(test_noise_takes_more_samples),
        cmocka_unit_test(test_hard_ends),
        cmocka_unit_test(test_device_clock),
        cmocka_unit_test(test_prediction),
        cmocka_unit_test(test_prediction_without_a_clock),
        cmocka_unit_test(test_emulation),
        cmocka_unit_test(test_device_clock_faults),
        cmocka_unit_test(test_clock_that_goes_back),
        cmocka_unit_test(test_clock_that_stands_still),
        cmocka_unit_test(test_coarse_clock_is_not_dead),
        cmocka_unit_test(test_failure_is_passed_on),
        cmocka_unit_test(test_gap_and_flush),
        cmocka_unit_test(test_slowdown),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_real_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
