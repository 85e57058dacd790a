/* roofline_subject.h: a probe that is ready to be timed, in the worker: on the processor itself or on a device. */
#ifndef DLB_ROOFLINE_SUBJECT_H
#define DLB_ROOFLINE_SUBJECT_H

#include "backends/registry.h"
#include "bench/measure/sampler.h"
#include "bench/run/protocol.h"

struct dlb_roofline_subject {
    struct dlb_subject subject; /* of the sampler */
    enum dlb_clock_worth worth;
    void (*close)(void *self); /* of subject.self; NULL: nothing to close */
};

/* Both fill `subject`, answer->roof and answer->evidence; the device's also answer->devices. DLB_UNSUPPORTED: there is no such probe here, or no
 * further variant of it. DLB_WRONG: the loop does not compute what it should, so that its speed means nothing. What is filled is closed
 * by the caller, also after a failure. */
enum dlb_status dlb_roofline_open_host(const struct dlb_request *request,
                                       struct dlb_roofline_subject *subject,
                                       struct dlb_answer *answer);
enum dlb_status dlb_roofline_open_device(const struct dlb_registry *registry,
                                         const struct dlb_request *request,
                                         struct dlb_roofline_subject *subject,
                                         struct dlb_answer *answer);

#endif
