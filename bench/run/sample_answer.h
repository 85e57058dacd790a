/* sample_answer.h: one call of the sampler, its times taken into an answer: of a case, or of a roof's probe. */
#ifndef DLB_SAMPLE_ANSWER_H
#define DLB_SAMPLE_ANSWER_H

#include "bench/measure/gates.h"
#include "bench/run/execute.h"

/* Notes the time of day and samples; the caller has calibrated sampling->timer. DLB_OK: answer->invocation has the samples, what they sum up
 * to, why they ended and its first call, answer->why a remark or "", and *gates (NULL: not asked) what the machine did while samples were
 * taken, and not before or behind. Else answer->why has the reason; see dlb_sample. */
enum dlb_status dlb_sample_answer(const struct dlb_subject *subject,
                                  const struct dlb_sampling *sampling,
                                  const struct dlb_execute_events *events,
                                  struct dlb_gate_reading *gates, struct dlb_answer *answer);

#endif
