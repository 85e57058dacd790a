/* execute.h: one invocation of one case, inside the worker: open, prepare, verify, sample, verify. */
#ifndef DLB_EXECUTE_H
#define DLB_EXECUTE_H

#include "backends/registry.h"
#include "bench/run/protocol.h"

/* News on the way, for the parent's screen. `user` is handed through. */
struct dlb_execute_events {
    void *user;
    /* `patience_s`: how long this phase may stay silent though nothing hangs; 0: no longer than any. */
    void (*phase)(void *user, const char *phase, double patience_s);
    dlb_sample_progress *progress;
};

/* Measures the request's case on its backend. `start_ns` is when the process began (dlb_clock_ns). Always fills
 * `answer`; returns answer->status. */
enum dlb_status dlb_execute(const struct dlb_registry *registry, const struct dlb_request *request,
                            int64_t start_ns, const struct dlb_execute_events *events,
                            struct dlb_answer *answer);

/* Lists the devices of one backend (task PROBE), or the one that the request names, into answer->devices; a device that does
 * not open stands there with status and reason. */
enum dlb_status dlb_execute_probe(const struct dlb_registry *registry,
                                  const struct dlb_request *request, struct dlb_answer *answer);

#endif
