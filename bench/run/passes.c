/* passes.c: repeats a case behind its timed samples: for its counters here, for its energy in pass_energy.c.
 *
 * A pass is made of whole samples, each started and stopped around the executions alone where something must come between them. Counts are
 * divided by the executions: what a record keeps is of one execution. */
#include "bench/run/passes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/clock.h"

#define LEAST_NS                                                                                   \
    50e6 /* of a counter pass: the counting thread's own work is then nothing beside it */
#define MOST    (INT64_C(1) << 30)  /* executions: an empty case has no end */
#define TELL_NS INT64_C(2000000000) /* the parent hears of us this often */

/* A list that was read from a request fits a record. */
_Static_assert(DLB_MAX_COUNTERS <= DLB_MAX_COUNTS, "a record must hold every counter");

int64_t dlb_passes_executions(const struct dlb_passes *passes, double least_ns)
{
    const double sample_ns = passes->execution_ns * (double)passes->k;
    double samples = sample_ns > 0 ? ceil(least_ns / sample_ns) : 1;
    samples = samples < 1 ? 1 : samples;
    if (samples * (double)passes->k > (double)MOST)
        return (MOST / passes->k > 0 ? MOST / passes->k : 1) * passes->k;
    return (int64_t)samples * passes->k;
}

/* ---- counters ---- */

/* The pass as it goes on. */
struct counting_pass {
    const struct dlb_passes *passes;
    struct dlb_counters *counters;
    int number;
    int64_t executions, told_ns;
    double counted_ns;     /* inside start and stop */
    struct dlb_why broken; /* why the source gave up; "" */
};

static void tell(struct counting_pass *pass)
{
    const int64_t now_ns = dlb_clock_ns();
    if (now_ns - pass->told_ns < TELL_NS)
        return;
    pass->passes->phase(pass->passes->user, "count", 0);
    pass->told_ns = now_ns;
}

/* `samples` of them in one go, counted. The status is that of the executions; a source that fails is told by `broken`. */
static enum dlb_status count_samples(struct counting_pass *pass, int64_t samples,
                                     struct dlb_why *why)
{
    const struct dlb_passes *passes = pass->passes;
    if (dlb_counters_start(pass->counters, pass->number, &pass->broken) != DLB_OK)
        return DLB_OK;
    enum dlb_status status = DLB_OK;
    const int64_t begin_ns = dlb_clock_ns();
    for (int64_t i = 0; i < samples && status == DLB_OK; i++) {
        status = passes->run(passes->self, passes->k, why);
        tell(pass);
    }
    pass->counted_ns += (double)(dlb_clock_ns() - begin_ns);
    (void)dlb_counters_stop(pass->counters, pass->number, &pass->broken);
    return status;
}

/* The first sample is not counted: opening the counters has taken the caches for itself. */
static enum dlb_status count_pass(struct counting_pass *pass, struct dlb_why *why)
{
    const struct dlb_passes *passes = pass->passes;
    const int64_t samples = pass->executions / passes->k;
    passes->phase(passes->user, "count", 0);
    if (passes->between != NULL)
        passes->between(passes->self);
    enum dlb_status status = passes->run(passes->self, passes->k, why);
    if (passes->between == NULL)
        return status == DLB_OK ? count_samples(pass, samples, why) : status;
    for (int64_t i = 0; i < samples && status == DLB_OK && pass->broken.text[0] == '\0'; i++) {
        passes->between(passes->self);
        status = count_samples(pass, 1, why);
    }
    return status;
}

/* Why the host's counters would say nothing of the device; false where they do. */
static bool is_elsewhere(const struct dlb_device_info *device, char *reason, size_t size)
{
    reason[0] = '\0';
    if (device->evidence != DLB_EVIDENCE_MEASURED)
        snprintf(reason, size, "its times are %s: the host's counters see something else at work",
                 dlb_evidence_name(device->evidence));
    else if (device->kind != DLB_KIND_CPU)
        snprintf(reason, size, "it runs on a %s, which the host's counters do not see",
                 dlb_device_kind_name(device->kind));
    return reason[0] != '\0';
}

static void begin_counting(const struct dlb_counter_list *list, struct dlb_counting *counting)
{
    *counting = (struct dlb_counting){.taken = true, .count = list->count, .pass_ns = (double)NAN};
    for (int i = 0; i < list->count; i++) {
        struct dlb_count_value *value = &counting->values[i];
        snprintf(value->name, sizeof value->name, "%s", list->names[i]);
        value->value = (double)NAN;
    }
}

static void give_reason(struct dlb_counting *counting, const char *reason)
{
    for (int i = 0; i < counting->count; i++)
        if (isnan(counting->values[i].value) && counting->values[i].reason[0] == '\0')
            snprintf(counting->values[i].reason, sizeof counting->values[i].reason, "%.159s",
                     reason);
}

static void take_readings(const struct dlb_counters *counters, int64_t executions,
                          struct dlb_counting *counting)
{
    for (int i = 0; i < counting->count; i++) {
        const struct dlb_counter_reading *reading = &counters->readings[i];
        struct dlb_count_value *value = &counting->values[i];
        value->value = reading->value / (double)executions;
        snprintf(value->event, sizeof value->event, "%s", reading->event);
        snprintf(value->reason, sizeof value->reason, "%s", reading->reason);
    }
}

/* All passes of an open source. Of a source that gives up on the way nothing is kept: how much it had missed is not known. */
static enum dlb_status count_all(const struct dlb_passes *passes, struct dlb_counters *counters,
                                 struct dlb_counting *counting, struct dlb_why *why)
{
    struct counting_pass pass = {.passes = passes,
                                 .counters = counters,
                                 .executions = dlb_passes_executions(passes, LEAST_NS),
                                 .told_ns = dlb_clock_ns()};
    enum dlb_status status = DLB_OK;
    while (pass.number < counters->passes && status == DLB_OK && pass.broken.text[0] == '\0') {
        status = count_pass(&pass, why);
        pass.number++;
    }
    if (status != DLB_OK || pass.broken.text[0] != '\0') {
        give_reason(counting, pass.broken.text);
        return status;
    }
    snprintf(counting->source, sizeof counting->source, "%s", counters->version);
    counting->passes = counters->passes;
    if (counters->passes > 0) {
        counting->executions = pass.executions;
        counting->pass_ns = pass.counted_ns / ((double)pass.executions * counters->passes);
    }
    take_readings(counters, pass.executions, counting);
    return DLB_OK;
}

enum dlb_status dlb_pass_counters(const struct dlb_passes *passes, struct dlb_counting *counting,
                                  struct dlb_why *why)
{
    const struct dlb_counter_list *list = &passes->request->counters;
    struct dlb_counters counters = {0};
    struct dlb_why inner = {""};
    char reason[160];
    begin_counting(list, counting);
    enum dlb_status status = DLB_OK;
    if (passes->source == NULL && is_elsewhere(passes->device, reason, sizeof reason)) {
        give_reason(counting, reason);
    } else if (dlb_counters_open(&counters, list, passes->source, &inner) != DLB_OK) {
        give_reason(counting, inner.text);
    } else {
        status = count_all(passes, &counters, counting, why);
        dlb_counters_close(&counters);
    }
    dlb_counting_derive(counting, passes->ops, passes->bytes);
    return status;
}

/* ---- all of it ---- */

enum dlb_status dlb_passes_run(const struct dlb_passes *passes, struct dlb_answer *answer,
                               struct dlb_why *why)
{
    const struct dlb_request *request = passes->request;
    enum dlb_status status = DLB_OK;
    if (request->counters.count > 0 && request->process == 0)
        status = dlb_pass_counters(passes, &answer->counting, why);
    if (status == DLB_OK && request->meter.kind != DLB_METER_OFF)
        status = dlb_pass_energy(passes, &answer->invocation.energy, why);
    return status;
}
