/* roofline_measure.c: one invocation of one probe: open -> samples -> close. What is asked and what is made of it: roofline.c. */
#include "bench/run/roofline_measure.h"

#include <math.h>
#include <stdio.h>

#include "bench/base/clock.h"
#include "bench/run/roofline_subject.h"
#include "bench/stats/summary.h"

static enum dlb_status sample(const struct dlb_request *request,
                              const struct dlb_roofline_subject *subject,
                              const struct dlb_execute_events *events, struct dlb_answer *answer)
{
    struct dlb_invocation *invocation = &answer->invocation;
    struct dlb_sampling sampling = request->sampling;
    struct dlb_samples samples = {0};
    sampling.worth = subject->worth;
    dlb_timer_calibrate(&sampling.timer);
    dlb_clock_utc(invocation->t_start_utc, sizeof invocation->t_start_utc);
    const enum dlb_status status = dlb_sample(&subject->subject, &sampling, events->progress,
                                              events->user, &samples, &answer->why);
    if (status == DLB_OK) {
        invocation->k = samples.k;
        invocation->n = samples.n;
        invocation->steady = samples.steady;
        invocation->samples_ns = samples.ns;
        samples.ns = NULL; /* taken over */
        snprintf(invocation->stop_reason, sizeof invocation->stop_reason, "%s",
                 dlb_stop_reason_name(samples.stop_reason));
        dlb_invocation_summarise(invocation);
        invocation->host_median_ns = dlb_median(samples.host_ns, samples.n);
        invocation->first_call_ns = samples.first_call_ns;
        answer->timer_limited = samples.timer_limited;
        answer->measured = true;
    }
    dlb_samples_free(&samples);
    return status;
}

enum dlb_status dlb_roofline_measure(const struct dlb_registry *registry,
                                     const struct dlb_request *request,
                                     const struct dlb_execute_events *events,
                                     struct dlb_answer *answer)
{
    struct dlb_roofline_subject subject = {.close = NULL};
    *answer = (struct dlb_answer){.status = DLB_OK, .cycles = NAN};
    dlb_energy_reset(&answer->invocation.energy);
    answer->invocation.load_ns = answer->invocation.prepare_ns = NAN;
    answer->invocation.build_ns = answer->invocation.tune_ns = NAN;
    events->phase(events->user, "prepare", 0);
    answer->status = request->roof.host
                         ? dlb_roofline_open_host(request, &subject, answer)
                         : dlb_roofline_open_device(registry, request, &subject, answer);
    if (answer->status == DLB_OK) {
        events->phase(events->user, "sample", 0);
        answer->status = sample(request, &subject, events, answer);
    }
    if (subject.close != NULL)
        subject.close(subject.subject.self);
    return answer->status;
}
