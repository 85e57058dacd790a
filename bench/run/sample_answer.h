/* sample_answer.h: one call of the sampler, its times taken into an answer: of a case, or of a roof's probe. */
#ifndef DLB_SAMPLE_ANSWER_H
#define DLB_SAMPLE_ANSWER_H

#include "bench/run/execute.h"

/* Calibrates the timer, notes the time of day, samples. DLB_OK: answer->invocation has the samples, what they sum up to, why they
 * ended and its first call; answer->why a remark or "". Else answer->why has the reason; see dlb_sample. */
enum dlb_status dlb_sample_answer(const struct dlb_subject *subject,
                                  const struct dlb_sampling *sampling,
                                  const struct dlb_execute_events *events,
                                  struct dlb_answer *answer);

#endif
