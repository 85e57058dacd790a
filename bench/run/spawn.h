/* spawn.h: the parent's side: starts a worker, feeds it, reads its events, watches the clock. */
#ifndef DLB_SPAWN_H
#define DLB_SPAWN_H

#include "bench/run/protocol.h"

/* Live news of a running worker. */
struct dlb_news {
    char phase[16];
    int64_t n;
    double median_ns, half_width;
};

struct dlb_spawn {
    const char *program;  /* path of dlbench */
    const char *backends; /* folder of plugins: DLBENCH_BACKENDS of the worker; NULL: inherited */
    int threads;          /* CPUs to pin to; sets OMP_NUM_THREADS etc. alike for every backend */
    const int *cpus;      /* the CPUs, `threads` of them */
    const char *wait_policy; /* "active" or "passive": OMP_WAIT_POLICY */
    double timeout_s;        /* watchdog over the whole invocation */
    void (*news)(void *user,
                 const struct dlb_news *news); /* may be NULL; also called every 500 ms */
    bool (*stop_now)(
        void *user); /* asked at every event and signal; true kills the worker -> DLB_INTERRUPTED */
    void *user;
};

/* Runs one worker to its end. Always fills `answer` (DLB_CRASHED "SIGSEGV in prepare", DLB_TIMEOUT "no answer for 60 s in
 * sample", ... with the last lines that the worker wrote to stderr); returns answer->status. */
enum dlb_status dlb_spawn_run(const struct dlb_spawn *spawn, const struct dlb_request *request,
                              struct dlb_answer *answer);

/* Starts a worker only to hear who it is; of `spawn`, program, backends and timeout_s count. DLB_UNAVAILABLE: there is no such
 * program, it cannot be executed, or it does not greet as a worker; `why` says which. */
enum dlb_status dlb_spawn_hello(const struct dlb_spawn *spawn, struct dlb_hello *hello,
                                struct dlb_why *why);

#endif
