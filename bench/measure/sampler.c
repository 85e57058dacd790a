/* sampler.c: takes the samples of one invocation: first call, probes, warm-up, then samples until the stop rule.
 *
 * Everything that is not the subject happens between the timed spans: flushes, growing the arrays, looking at the
 * interval, progress. The rules that it applies are pure functions in stats/interval.c. */
#include "bench/measure/sampler.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/stats/interval.h"
#include "bench/stats/summary.h"

#define MOST_EXECUTIONS (INT64_C(1) << 20) /* per sample */
#define PROBES          3
#define WINDOW          10
#define WARMUP_SHARE    0.2
#define WARMUP_MOST_NS  10e9
#define PROGRESS_NS     100e6
#define FEW_SAMPLES     3 /* where times tell nothing */
/* After so many executions on one tick of the clock we look whether it ticks at all, with so many reads (20 ms). */
#define STILL_EXECUTIONS 1000
#define STILL_READS      1000000

/* One timed batch of k executions; times of the whole batch, clock overhead removed. */
struct span {
    double reported_ns; /* device time where there is a device clock, else host time */
    double host_ns;
};

struct sampler {
    const struct dlb_subject *subject;
    const struct dlb_sampling *rule;
    struct dlb_sampler_clock clock;
    struct dlb_samples out;
    struct dlb_why *why;
    int64_t capacity;
    int64_t start_ns, warmup_start_ns;
    int64_t still;     /* executions since the clock last moved */
    bool clock_chosen; /* out.device_clock is decided */
    int64_t probe_count, probe_k;
    struct span probes[PROBES];
    double cycle_ns; /* shortest wall time of a sample with its gap and flush */
};

const char *dlb_mode_name(enum dlb_mode mode)
{
    static const char *const names[DLB_MODE_COUNT] = {
        [DLB_MODE_THROUGHPUT] = "throughput", [DLB_MODE_LATENCY] = "latency"};

    return (unsigned int)mode < DLB_MODE_COUNT ? names[mode] : "?";
}

const char *dlb_stop_reason_name(enum dlb_stop_reason reason)
{
    static const char *const names[DLB_STOP_COUNT] = {[DLB_STOP_PRECISION] = "precision",
                                                      [DLB_STOP_BUDGET] = "budget",
                                                      [DLB_STOP_SAMPLES] = "samples",
                                                      [DLB_STOP_MODELLED] = "modelled"};

    return (unsigned int)reason < DLB_STOP_COUNT ? names[reason] : "?";
}

static int64_t now_host(void *user)
{
    (void)user;
    return dlb_clock_ns();
}

static void sleep_host(void *user, int64_t ns)
{
    (void)user;
    dlb_clock_sleep_ns(ns);
}

static const struct dlb_sampler_clock host_clock = {now_host, sleep_host, NULL};

static int64_t now(const struct sampler *s)
{
    return s->clock.now(s->clock.user);
}

static double since(const struct sampler *s, int64_t start_ns)
{
    return (double)(now(s) - start_ns);
}

/* The longest time a sample has to be for the clock's step (0.1 %), the cost of reading it (1 %) and T_s: rule 1.3. */
static double batch_target_ns(const struct dlb_sampling *rule)
{
    return fmax(rule->batch_ns,
                fmax(1000.0 * rule->timer.step_ns, 100.0 * rule->timer.overhead_ns));
}

static bool one_execution_only(const struct dlb_sampling *rule)
{
    return rule->mode == DLB_MODE_LATENCY || rule->single_call;
}

static enum dlb_status check_settings(const struct dlb_sampling *rule, struct dlb_why *why)
{
    if (rule->mode >= DLB_MODE_COUNT)
        return dlb_fail(why, DLB_INVALID, "unknown timing mode %d", (int)rule->mode);
    if (!(rule->precision > 0.0))
        return dlb_fail(why, DLB_INVALID, "the precision must be above 0, found %g",
                        rule->precision);
    if (!(rule->max_time_ns > 0.0) || rule->max_time_ns > 1e18)
        return dlb_fail(why, DLB_INVALID,
                        "the time budget must be above 0 and below 30 years, found %g ns",
                        rule->max_time_ns);
    if (rule->max_samples < 1)
        return dlb_fail(why, DLB_INVALID, "at least 1 sample must be allowed, found %lld",
                        (long long)rule->max_samples);
    if (!(rule->batch_ns >= 0.0 && rule->warmup_ns >= 0.0 && rule->gap_ns >= 0.0 &&
          rule->gap_ns <= 1e18))
        return dlb_fail(why, DLB_INVALID,
                        "batch, warm-up and gap times cannot be negative, found %g, %g, %g ns",
                        rule->batch_ns, rule->warmup_ns, rule->gap_ns);
    if (!(rule->slowdown >= 1.0 || rule->slowdown == 0.0) || isinf(rule->slowdown))
        return dlb_fail(why, DLB_INVALID, "the slowdown factor must be at least 1, found %g",
                        rule->slowdown);
    return DLB_OK;
}

/* A clock may be coarser than many short executions; only one that shows no tick over STILL_READS reads is dead. */
static enum dlb_status check_clock_moves(struct sampler *s, int64_t k)
{
    const int64_t reading = now(s);

    s->still += k;
    if (s->still < STILL_EXECUTIONS)
        return DLB_OK;
    s->still = 0;
    for (int64_t i = 0; i < STILL_READS; i++)
        if (now(s) != reading)
            return DLB_OK;
    return dlb_fail(s->why, DLB_FAILED,
                    "the clock stands still at %lld ns: nothing can be timed with it; "
                    "check the clock source of this machine",
                    (long long)reading);
}

/* Zero or negative device times come from swapped or unset profiling timestamps: no number is better than that one. */
static enum dlb_status check_device_time(struct sampler *s, double device_ns, int64_t k)
{
    const bool has_device_clock = device_ns != -1.0;

    if (has_device_clock && !(device_ns > 0.0 && isfinite(device_ns)))
        return dlb_fail(s->why, DLB_FAILED,
                        "the device clock measured %g ns for %lld executions: its timestamps are "
                        "missing or swapped; turn the device clock off or update the driver",
                        device_ns, (long long)k);
    if (!s->clock_chosen)
        s->out.device_clock = has_device_clock;
    s->clock_chosen = true;
    if (s->out.device_clock != has_device_clock)
        return dlb_fail(s->why, DLB_FAILED,
                        "the device clock answered for some executions and not for others; "
                        "host and device times cannot be mixed in one invocation");
    return DLB_OK;
}

/* One timed span. Between the two readings there is nothing but the subject and, for tests of the regression check, the
 * busy wait that stretches it. */
static enum dlb_status take_span(struct sampler *s, int64_t k, struct span *span)
{
    const struct dlb_sampling *rule = s->rule;
    double device_ns = -1.0;

    if (rule->gap_ns > 0.0)
        s->clock.sleep(s->clock.user, (int64_t)rule->gap_ns);
    if (s->subject->between != NULL)
        s->subject->between(s->subject->self);

    const int64_t begin = now(s);
    enum dlb_status status = s->subject->run(s->subject->self, k, s->why);
    int64_t end = now(s);
    if (rule->slowdown > 1.0 && status == DLB_OK) {
        const int64_t stretched = begin + (int64_t)((double)(end - begin) * rule->slowdown);
        while (end < stretched)
            end = now(s);
    }
    if (status != DLB_OK)
        return status;
    if (end < begin)
        return dlb_fail(s->why, DLB_FAILED,
                        "the clock went back by %lld ns during a call: nothing can be timed with "
                        "it; check the clock source of this machine",
                        (long long)(begin - end));
    if (end > begin)
        s->still = 0;
    else if ((status = check_clock_moves(s, k)) != DLB_OK)
        return status;
    if (s->subject->elapsed != NULL)
        status = s->subject->elapsed(s->subject->self, &device_ns, s->why);
    if (status == DLB_OK)
        status = check_device_time(s, device_ns, k);
    if (status != DLB_OK)
        return status;

    span->host_ns = fmax(0.0, (double)(end - begin) - rule->timer.overhead_ns);
    span->reported_ns = !s->out.device_clock   ? span->host_ns
                        : rule->slowdown > 1.0 ? device_ns * rule->slowdown
                                               : device_ns;
    return DLB_OK;
}

/* A span of the warm-up, counted as such. */
static enum dlb_status take_warmup_span(struct sampler *s, int64_t k, struct span *span)
{
    const enum dlb_status status = take_span(s, k, span);

    if (status == DLB_OK)
        s->out.warmup_calls += k;
    return status;
}

/* Whether another `ns` fits into the share of the budget that warming up may take. */
static bool warmup_has_room(const struct sampler *s, double ns)
{
    const double most = fmin(WARMUP_SHARE * s->rule->max_time_ns, WARMUP_MOST_NS);

    return since(s, s->warmup_start_ns) + ns <= most &&
           since(s, s->start_ns) + ns <= s->rule->max_time_ns;
}

/* t1 = the median of three probes. In throughput mode a probe too short for the clock to resolve to about 5 % is repeated
 * with four times the executions: a batch size computed from noise could last minutes. A subject so slow that three
 * probes leave the warm-up's share of the budget gets fewer, but at least one. */
static enum dlb_status probe(struct sampler *s)
{
    const double resolved_ns = one_execution_only(s->rule) ? 0.0 : 0.02 * batch_target_ns(s->rule);

    s->probe_k = 1;
    while (s->probe_count < PROBES) {
        struct span span;
        const int64_t begin = now(s);
        const enum dlb_status status = take_warmup_span(s, s->probe_k, &span);
        if (status != DLB_OK)
            return status;

        const double wall_ns = since(s, begin);
        if (span.reported_ns < resolved_ns && s->probe_k < MOST_EXECUTIONS &&
            warmup_has_room(s, 4.0 * wall_ns)) {
            s->probe_k *= 4;
            s->probe_count = 0;
            continue;
        }
        s->probes[s->probe_count++] = span;
        if (!warmup_has_room(s, wall_ns))
            break;
    }

    double ns[PROBES];
    for (int64_t i = 0; i < s->probe_count; i++)
        ns[i] = s->probes[i].reported_ns / (double)s->probe_k;
    s->out.call_ns = dlb_median(ns, s->probe_count);
    return DLB_OK;
}

/* k = clamp(ceil(max(1000 q, 100 o, T_s) / t1), 1, 2^20), but never longer than what is left of the budget. */
static int64_t batch_size(const struct sampler *s)
{
    const double call_ns = s->out.call_ns;

    if (one_execution_only(s->rule))
        return 1;
    if (!(call_ns > 0.0))
        return s->probe_k; /* unresolved even so: more would be a guess */

    const double left_ns = s->rule->max_time_ns - since(s, s->start_ns);
    const double wanted = fmin(ceil(batch_target_ns(s->rule) / call_ns), floor(left_ns / call_ns));
    return (int64_t)fmax(1.0, fmin(wanted, (double)MOST_EXECUTIONS));
}

/* The last two windows of the warm-up; `times` is a ring of 2 WINDOW entries, `count` how many were ever written. */
static bool windows_agree(const double *times, int64_t count)
{
    double ordered[2 * WINDOW];

    if (count < 2 * WINDOW)
        return false;
    for (int64_t i = 0; i < 2 * WINDOW; i++)
        ordered[i] = times[(count + i) % (2 * WINDOW)];
    return dlb_steady(ordered, ordered + WINDOW, WINDOW);
}

/* t1 again, now warm: the median of the last three samples of the warm-up. */
static void probe_again(struct sampler *s, const double *times, int64_t count)
{
    double last[PROBES];

    if (count < PROBES)
        return;
    for (int64_t i = 0; i < PROBES; i++)
        last[i] = times[(count - 1 - i) % (2 * WINDOW)];
    s->out.call_ns = dlb_median(last, PROBES);
}

/* Rule 1.4. The windows are compared when the least warm-up is over and then each time the elapsed time has doubled; the
 * last comparison is at the cap, so a short budget does not call every case unsteady. */
static enum dlb_status warm_up(struct sampler *s)
{
    double times[2 * WINDOW];
    double compare_at_ns = s->rule->warmup_ns;
    double cycle_ns = s->out.call_ns * (double)s->out.k;
    int64_t count = 0;

    for (;;) {
        const double elapsed_ns = since(s, s->warmup_start_ns);
        if (count >= 2 * WINDOW && elapsed_ns >= compare_at_ns) {
            s->out.steady = windows_agree(times, count);
            if (s->out.steady)
                break;
            compare_at_ns = 2.0 * elapsed_ns;
        }
        if (!warmup_has_room(s, cycle_ns)) {
            s->out.steady = windows_agree(times, count);
            break;
        }

        struct span span;
        const int64_t begin = now(s);
        const enum dlb_status status = take_warmup_span(s, s->out.k, &span);
        if (status != DLB_OK)
            return status;
        cycle_ns = since(s, begin);
        times[count++ % (2 * WINDOW)] = span.reported_ns / (double)s->out.k;
    }
    probe_again(s, times, count);
    return DLB_OK;
}

static enum dlb_status reserve_sample(struct sampler *s)
{
    if (s->out.n < s->capacity)
        return DLB_OK;

    const int64_t wanted = s->capacity > 0 ? 2 * s->capacity : 256;
    double *ns = realloc(s->out.ns, (size_t)wanted * sizeof *ns);
    if (ns != NULL)
        s->out.ns = ns;
    double *host_ns = realloc(s->out.host_ns, (size_t)wanted * sizeof *host_ns);
    if (host_ns != NULL)
        s->out.host_ns = host_ns;
    if (ns == NULL || host_ns == NULL)
        return dlb_fail(s->why, DLB_NO_MEMORY, "no memory for %lld samples", (long long)wanted);
    s->capacity = wanted;
    return DLB_OK;
}

/* Room for it must have been reserved: this runs right after a timed span. */
static void keep_sample(struct sampler *s, const struct span *span)
{
    s->out.ns[s->out.n] = span->reported_ns / (double)s->out.k;
    s->out.host_ns[s->out.n] = span->host_ns / (double)s->out.k;
    s->out.n++;
}

/* Whether sampling ends after the sample just kept. Precision is asked only at looks, and before the hard end. */
static bool finished(struct sampler *s, int64_t *look)
{
    struct dlb_interval interval;

    if (s->out.n == *look) {
        *look = dlb_stop_next_look(s->out.n);
        if (dlb_stop_reached(s->out.ns, s->out.n, s->rule->precision, &interval)) {
            s->out.stop_reason = DLB_STOP_PRECISION;
            return true;
        }
    }
    s->out.stop_reason = s->out.n >= s->rule->max_samples ? DLB_STOP_SAMPLES : DLB_STOP_BUDGET;
    return s->out.stop_reason == DLB_STOP_SAMPLES ||
           since(s, s->start_ns) + s->cycle_ns > s->rule->max_time_ns;
}

static enum dlb_status collect(struct sampler *s, dlb_sample_progress *progress, void *user)
{
    int64_t look = dlb_stop_next_look(0);
    int64_t reported_at = now(s);

    s->cycle_ns = INFINITY;
    do {
        struct span span;
        enum dlb_status status = reserve_sample(s);
        if (status != DLB_OK)
            return status;

        const int64_t begin = now(s);
        if ((status = take_span(s, s->out.k, &span)) != DLB_OK)
            return status;
        s->cycle_ns = fmin(s->cycle_ns, since(s, begin));
        keep_sample(s, &span);

        if (progress != NULL && since(s, reported_at) >= PROGRESS_NS) {
            const struct dlb_interval interval = dlb_interval_samples(s->out.ns, s->out.n, 2.24);
            progress(user, s->out.n, interval.median, dlb_interval_half_width(&interval));
            reported_at = now(s);
        }
    } while (!finished(s, &look));
    return DLB_OK;
}

/* The budget ended with the probes: the last of them, at least the second call, is all there is. */
static void settle_for_probe(struct sampler *s)
{
    const struct span *last = &s->probes[s->probe_count - 1];
    char call[32];
    char budget[32];

    s->out.k = s->probe_k;
    s->out.warmup_calls -= s->probe_k;
    s->out.stop_reason = DLB_STOP_BUDGET;
    keep_sample(s, last);
    dlb_format_time(call, sizeof call, last->host_ns / (double)s->out.k);
    dlb_format_time(budget, sizeof budget, s->rule->max_time_ns);
    snprintf(s->out.note, sizeof s->out.note,
             "one execution takes %s, the time budget is %s: a single sample, hardly warmed up",
             call, budget);
}

/* Executions whose time is predicted or tells nothing: one each, without warm-up. */
static enum dlb_status sample_few(struct sampler *s)
{
    const bool predicts = s->rule->worth == DLB_CLOCK_PREDICTS;
    const int64_t most = predicts ? 1 : FEW_SAMPLES;

    if (predicts && s->subject->elapsed == NULL)
        return dlb_fail(s->why, DLB_FAILED,
                        "the device's time should be a prediction, but it has no clock to tell it");
    s->start_ns = now(s);
    s->out.k = 1;
    s->out.steady = true;
    do {
        struct span span;
        enum dlb_status status = reserve_sample(s);
        const int64_t begin = now(s);
        if (status == DLB_OK)
            status = take_span(s, 1, &span);
        if (status != DLB_OK)
            return status;
        s->cycle_ns = since(s, begin);
        keep_sample(s, &span);
        if (s->out.n == 1)
            s->out.first_call_ns = span.host_ns;
    } while (s->out.n < most && since(s, s->start_ns) + s->cycle_ns <= s->rule->max_time_ns);
    if (predicts && !s->out.device_clock)
        return dlb_fail(s->why, DLB_FAILED, "the device told no prediction of its time");
    s->out.call_ns = dlb_median(s->out.ns, s->out.n);
    s->out.stop_reason = predicts           ? DLB_STOP_MODELLED
                         : s->out.n == most ? DLB_STOP_SAMPLES
                                            : DLB_STOP_BUDGET;
    return DLB_OK;
}

static enum dlb_status sample_all(struct sampler *s, dlb_sample_progress *progress, void *user)
{
    struct span first;
    enum dlb_status status = reserve_sample(s);

    if (status != DLB_OK)
        return status;
    s->start_ns = now(s);
    if ((status = take_span(s, 1, &first)) != DLB_OK)
        return status;
    s->out.first_call_ns = first.host_ns;

    s->warmup_start_ns = now(s);
    if ((status = probe(s)) != DLB_OK)
        return status;
    if (since(s, s->start_ns) + s->out.call_ns > s->rule->max_time_ns) {
        settle_for_probe(s);
        return DLB_OK;
    }

    s->out.k = batch_size(s);
    if ((status = warm_up(s)) != DLB_OK)
        return status;
    s->out.k = batch_size(s);
    s->out.warmup_ns = since(s, s->warmup_start_ns);
    return collect(s, progress, user);
}

enum dlb_status dlb_sample(const struct dlb_subject *subject, const struct dlb_sampling *sampling,
                           dlb_sample_progress *progress, void *user, struct dlb_samples *samples,
                           struct dlb_why *why)
{
    struct sampler s = {.subject = subject,
                        .rule = sampling,
                        .clock = sampling->clock != NULL ? *sampling->clock : host_clock,
                        .why = why};
    enum dlb_status status = check_settings(sampling, why);

    if (status == DLB_OK)
        status =
            sampling->worth == DLB_CLOCK_MEASURES ? sample_all(&s, progress, user) : sample_few(&s);
    if (status != DLB_OK) {
        dlb_samples_free(&s.out);
        return status;
    }
    s.out.timer_limited =
        sampling->worth == DLB_CLOCK_MEASURES &&
        dlb_median(s.out.ns, s.out.n) * (double)s.out.k < 100.0 * sampling->timer.step_ns;
    *samples = s.out;
    return DLB_OK;
}

void dlb_samples_free(struct dlb_samples *samples)
{
    free(samples->ns);
    free(samples->host_ns);
    *samples = (struct dlb_samples){.k = 0};
}
