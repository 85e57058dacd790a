/* sample_answer.c: see sample_answer.h. */
#include "bench/run/sample_answer.h"

#include <stdio.h>

#include "bench/base/clock.h"
#include "bench/stats/summary.h"

static void take(struct dlb_samples *samples, struct dlb_answer *answer)
{
    struct dlb_invocation *invocation = &answer->invocation;
    invocation->k = samples->k;
    invocation->n = samples->n;
    invocation->steady = samples->steady;
    invocation->first_call_ns = samples->first_call_ns;
    invocation->samples_ns = samples->ns;
    samples->ns = NULL; /* taken over */
    snprintf(invocation->stop_reason, sizeof invocation->stop_reason, "%s",
             dlb_stop_reason_name(samples->stop_reason));
    answer->timer_limited = samples->timer_limited;
    /* An ok row may carry a remark: why it has but one sample, say. */
    snprintf(answer->why.text, sizeof answer->why.text, "%s", samples->note);
    dlb_invocation_summarise(invocation);
    invocation->host_median_ns = dlb_median(samples->host_ns, samples->n);
}

enum dlb_status dlb_sample_answer(const struct dlb_subject *subject,
                                  const struct dlb_sampling *sampling,
                                  const struct dlb_execute_events *events,
                                  struct dlb_gate_reading *gates, struct dlb_answer *answer)
{
    struct dlb_samples samples = {0};
    struct dlb_gate_snapshot before, after;
    if (gates != NULL)
        dlb_gate_take("", &before);
    dlb_clock_utc(answer->invocation.t_start_utc, sizeof answer->invocation.t_start_utc);
    const enum dlb_status status =
        dlb_sample(subject, sampling, events->progress, events->user, &samples, &answer->why);
    if (status == DLB_OK && gates != NULL) {
        dlb_gate_take("", &after);
        dlb_gate_difference(&before, &after, gates);
    }
    if (status == DLB_OK)
        take(&samples, answer);
    dlb_samples_free(&samples);
    return status;
}
