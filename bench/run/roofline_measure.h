/* roofline_measure.h: the task of measuring one ceiling, inside the worker. */
#ifndef DLB_ROOFLINE_MEASURE_H
#define DLB_ROOFLINE_MEASURE_H

#include "bench/run/execute.h"

/* Task ROOF: opens the request's probe, samples it, closes it. Always fills `answer`; returns answer->status. A registry is needed for devices
 * alone. */
enum dlb_status dlb_roofline_measure(const struct dlb_registry *registry,
                                     const struct dlb_request *request,
                                     const struct dlb_execute_events *events,
                                     struct dlb_answer *answer);

#endif
