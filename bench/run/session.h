/* session.h: the run: cases in random blocks, fresh processes, gates, re-queueing, records.
 *
 * Rules 1.7 to 1.9. Each block holds every case once, shuffled by the seed. */
#ifndef DLB_SESSION_H
#define DLB_SESSION_H

#include "bench/measure/gates.h"
#include "bench/run/spawn.h"
#include "bench/store/result.h"

struct dlb_session_options {
    struct dlb_spawn spawn; /* threads and cpus are set per case */
    struct dlb_request
        request;     /* the template: sampling, options, limits; the case is set per invocation */
    const int *cpus; /* allowed CPUs, at least as many as the largest thread count */
    int invocations; /* per case */
    uint64_t seed;
    bool gates;                  /* judge and re-queue */
    const char *slowdown;        /* see slowdown.h; may be NULL; can be read */
    struct dlb_journal *journal; /* may be NULL */
    const char *result_path;     /* saved now and then; may be NULL */
};

/* What the screen shows. */
struct dlb_session_state {
    const struct dlb_case *item;
    struct dlb_news news;
    int64_t done, total; /* invocations */
    int invocation, invocations, block;
    int wanted;               /* invocations of the item: as many as of any, or one */
    double elapsed_s, left_s; /* left: from the time per invocation so far */
    int64_t retried, noisy, failed;
};

struct dlb_session_watch {
    void *user;
    void (*tick)(void *user,
                 const struct dlb_session_state *state); /* at news, at least every 500 ms */
    void (*finished)(void *user, const struct dlb_session_state *state,
                     const struct dlb_record *record); /* a case is over */
    int (*stop)(
        void *user); /* 0 go on, 1 finish this case with all its invocations and stop, 2 stop now */
};

/* Runs all cases; result->records[i] belongs to cases[i] and may already hold invocations (--resume), which are not
 * repeated. Saving on the way may fail: that is a warning, and the caller's last save decides.
 * DLB_OK, DLB_INTERRUPTED or DLB_NO_MEMORY. */
enum dlb_status dlb_session_run(const struct dlb_session_options *options,
                                const struct dlb_case *cases, int64_t case_count,
                                const struct dlb_session_watch *watch, struct dlb_result *result,
                                struct dlb_why *why);

/* The record of a case before anything was measured: identity, counts. */
enum dlb_status dlb_record_init(struct dlb_record *record, const struct dlb_case *item,
                                struct dlb_why *why);

#endif
