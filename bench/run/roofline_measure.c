/* roofline_measure.c: one invocation of one probe: open -> samples -> close. What is asked and what is made of it: roofline.c. */
#include "bench/run/roofline_measure.h"

#include <math.h>

#include "bench/run/roofline_subject.h"
#include "bench/run/sample_answer.h"

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
        struct dlb_sampling sampling = request->sampling;
        sampling.worth = subject.worth;
        dlb_timer_calibrate(&sampling.timer);
        answer->status = dlb_sample_answer(&subject.subject, &sampling, events, NULL, answer);
        answer->measured = answer->status == DLB_OK;
    }
    if (subject.close != NULL)
        subject.close(subject.subject.self);
    return answer->status;
}
