/* execute_state.h: what one invocation holds from opening the device to its last look at the results; for the files of execute. */
#ifndef DLB_EXECUTE_STATE_H
#define DLB_EXECUTE_STATE_H

#include "bench/graph/count.h"
#include "bench/measure/cache.h"
#include "bench/run/execute.h"
#include "bench/run/verify.h"

/* Everything that one invocation owns. */
struct dlb_execution {
    const struct dlb_request *request;
    const struct dlb_execute_events *events;
    struct dlb_answer *answer;
    const struct dlb_backend *backend;
    struct dlb_backend_config config;
    const char *options[DLB_MAX_BACKEND_OPTIONS];
    struct dlb_context *context;
    int device; /* its number */
    struct dlb_device_info info;
    struct dlb_graph graph;
    struct dlb_work *work;
    struct dlb_oracle *oracle;
    struct dlb_flush *flush;
    void *host;        /* one plain tensor, as large as the largest */
    double patience_s; /* how long the oracle may take: see oracle_patience_s */
    int looks;         /* at results */
    int sets;          /* rotating argument sets */
    int next_set;      /* where the next execution happens */
    int64_t executed;  /* since the sets were written */
    int64_t resident_before,
        resident_added; /* bytes of the process, and what the backend put on top */
};

/* Only measured times vary from call to call, warm up and get disturbed. */
bool dlb_execution_is_measured(const struct dlb_execution *x);
/* A tensor that each execution reads and writes. */
bool dlb_execution_has_state(const struct dlb_execution *x);

/* execute_sample.c: the timed samples into answer->invocation, then what the request wants beside them (passes.h). */
enum dlb_status dlb_execution_sample(struct dlb_execution *x);
enum dlb_status dlb_execution_passes(struct dlb_execution *x, const struct dlb_count *count);

#endif
