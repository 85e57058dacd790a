/* sampler.h: takes the samples of one invocation: warm-up, batch size, stop rule (rules 1.2 to 1.6).
 *
 * Knows nothing of backends: the subject is a function that executes k times and waits. */
#ifndef DLB_SAMPLER_H
#define DLB_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/status.h"
#include "bench/measure/timer.h"

enum dlb_mode { DLB_MODE_THROUGHPUT, DLB_MODE_LATENCY, DLB_MODE_COUNT };
const char *dlb_mode_name(enum dlb_mode mode);

/* What the subject's time is worth. A prediction is the same at each call, and an emulator's time says nothing of the
 * device: for both there is neither warm-up nor stop rule, and few executions do. */
enum dlb_clock_worth {
    DLB_CLOCK_MEASURES,
    DLB_CLOCK_PREDICTS, /* one sample of one execution; the subject must have `elapsed` */
    DLB_CLOCK_EMULATES  /* up to three, as the budget allows */
};

/* What is timed. `run` executes k times and synchronises. `between` (may be NULL) is called outside the timed span before
 * every sample: cache flush, state reset. `elapsed` (NULL without a device clock) answers, outside the timed span, how long
 * the last run took by the device's own clock, or -1 when it has none; it answers for every run or for none. Zero,
 * other negative or not-a-number device times end the sampling. */
struct dlb_subject {
    void *self;
    enum dlb_status (*run)(void *self, int64_t k, struct dlb_why *why);
    void (*between)(void *self);
    enum dlb_status (*elapsed)(void *self, double *device_ns, struct dlb_why *why);
};

/* The clock that the sampler lives by; tests bring their own. `sleep` passes time without work (the gap). */
struct dlb_sampler_clock {
    dlb_clock_read *now;
    void (*sleep)(void *user, int64_t ns);
    void *user;
};

struct dlb_sampling {
    enum dlb_mode mode;
    double precision;    /* epsilon of the stop rule: 0.01 */
    double max_time_ns;  /* of the whole invocation's timing incl. warm-up: 10e9 */
    int64_t max_samples; /* 2000 */
    double batch_ns;     /* T_s: 5e6 */
    double warmup_ns;    /* least: 0.2e9 for CPU, 0.5e9 for GPU */
    double gap_ns;       /* pause between samples (duty cycle), 0 */
    double slowdown;     /* testing aid: stretches every sample by this factor; 0 and 1 do not */
    bool single_call;    /* k = 1 always: the cache is flushed between samples */
    enum dlb_clock_worth worth;
    struct dlb_timer timer;
    const struct dlb_sampler_clock *clock; /* NULL: the host's */
};

enum dlb_stop_reason {
    DLB_STOP_PRECISION,
    DLB_STOP_BUDGET,
    DLB_STOP_SAMPLES,
    DLB_STOP_MODELLED,
    DLB_STOP_COUNT
};
const char *dlb_stop_reason_name(enum dlb_stop_reason reason);

/* All samples of one invocation, ns per execution, in order of time. Release with dlb_samples_free. */
struct dlb_samples {
    int64_t k; /* executions per sample */
    int64_t n;
    double *ns; /* host time (device time where the subject has a device clock) per execution */
    double *host_ns; /* host time per execution; same as ns without a device clock */
    bool device_clock;
    double first_call_ns; /* the very first execution, before any warm-up */
    bool steady;          /* the last two windows of the warm-up agreed */
    bool timer_limited;   /* a sample (k executions) is shorter than 100 clock steps */
    int64_t
        warmup_calls; /* executions between the first call and the first sample, probes included */
    double warmup_ns; /* wall time of those */
    double call_ns;   /* t1: what the batch size was computed from */
    enum dlb_stop_reason stop_reason;
    char note
        [160]; /* "" or what a reader must know: "one execution takes 60.0 s, longer than ..." */
};

/* Called now and then (at most every 100 ms, never inside a timed span). */
typedef void dlb_sample_progress(void *user, int64_t n, double median_ns, double half_width);

/* At least one sample is taken, even when one execution is longer than max_time_ns; otherwise the budget holds to within
 * one execution. DLB_INVALID for settings that make no sense, DLB_FAILED when a clock misbehaves (goes back, stands
 * still), DLB_NO_MEMORY, or whatever the subject answers; `samples` is untouched then. */
enum dlb_status dlb_sample(const struct dlb_subject *subject, const struct dlb_sampling *sampling,
                           dlb_sample_progress *progress, void *user, struct dlb_samples *samples,
                           struct dlb_why *why);
void dlb_samples_free(struct dlb_samples *samples);

#endif
