/* outcome.h: what a worker's answer means for the record of its case; the session and the check share it. */
#ifndef DLB_OUTCOME_H
#define DLB_OUTCOME_H

#include "bench/measure/gates.h"
#include "bench/run/protocol.h"
#include "bench/store/result.h"

struct dlb_outcome {
    struct dlb_result *result;      /* whose devices learn what the worker saw; NULL: none */
    struct dlb_gate_session *gates; /* learns every reading */
    bool judge;                     /* mark a noisy invocation as gated */
    int64_t order;                  /* of the invocation within the run */
};

/* Puts status, identity, verification and flags of the answer into the record; an invocation that was measured is judged, by its
 * gates alone, and moved there, with what was counted. */
void dlb_outcome_take(const struct dlb_outcome *outcome, struct dlb_record *record,
                      const struct dlb_request *request, struct dlb_answer *answer);

/* How noisy an invocation was, to compare with others: dlb_gate_noise of its gates. */
double dlb_outcome_noise(const struct dlb_gate_session *gates,
                         const struct dlb_invocation *invocation);

#endif
