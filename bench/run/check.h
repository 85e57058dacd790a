/* check.h: two programs measured against each other: ABBA pairs of fresh processes, blind gates, two stages.
 *
 * Stage 1 goes through all cases in random blocks, a pair of each case per block; the two processes of a pair run next to each other, and every other
 * pair begins with B. A pair in which a gate calls either process noisy is replaced whole, without a look at its times, in the next block; at most twice
 * as many extra pairs as were wanted, then the least noisy ones fill up and the case is unsettled. Then the candidates of the rule (bench/stats/rule.h)
 * go through fresh pairs. Answers are verified in the first pair of each stage, where both programs can do without in the others.
 *
 * A time that is no measurement (a model's, a simulator's) is the same in every process: one pair, compared exactly, outside of the rank tests. */
#ifndef DLB_CHECK_H
#define DLB_CHECK_H

#include "bench/run/session.h"
#include "bench/stats/rule.h"

struct dlb_check_side {
    const char *program;  /* path of a dlbench */
    const char *backends; /* folder of its plugins; NULL: its own */
    json_t *
        about; /* filled by dlb_check_hello: object of program, backends, version, git, protocol; owned by the caller */
};

struct dlb_check_options {
    struct dlb_check_side a, b;
    struct dlb_spawn spawn;     /* program, backends, threads and cpus are set per side and case */
    struct dlb_request request; /* the template, as for a session */
    const int *cpus;
    struct dlb_rule rule;
    double
        budget_s; /* 0: none. Fewer pairs first (7 at least), then fewer cases, dropped by the seed and told */
    uint64_t seed;
    int gone_count; /* devices that b does not list: their cases are `missing`, and b has not failed */
    const char *const *gone; /* their keys; NULL: none */
    bool gates;
    const char *slowdown; /* of b alone: see slowdown.h; may be NULL; can be read */
    struct dlb_journal *
        journal; /* may be NULL: every finished pair is appended, so that a killed check loses none */
    const char *result_path; /* saved now and then; may be NULL */
};

/* What the screen shows. */
struct dlb_check_state {
    const struct dlb_case *item; /* at hand */
    int stage;
    int64_t done, total; /* pairs of this stage */
    int pairs;           /* wanted of each case in stage 1, as far as the budget allows */
    int candidates;      /* stage 2 */
    int64_t replaced, failed;
    int64_t dropped; /* cases, for the budget */
    double elapsed_s, left_s;
};

struct dlb_check_watch {
    void *user;
    void (*tick)(void *user,
                 const struct dlb_check_state *state); /* at news, at least every 500 ms */
    void (*finished)(void *user, const struct dlb_check_state *state,
                     const struct dlb_verdict_row *row); /* a case is judged */
    int (*stop)(
        void *user); /* 0 go on, 1 finish this pair, judge what is there and stop, 2 stop now */
};

/* Asks a program who it is and whether it can be spoken to: a worker's hello names its protocol. `name` is what the user calls the side ("--a").
 * DLB_UNAVAILABLE: missing, not executable, no dlbench, a protocol that this version does not speak, no folder of plugins; one line says which side and
 * what to do. */
enum dlb_status dlb_check_hello(struct dlb_check_side *side, const char *name, struct dlb_why *why);

/* Measures and judges. result->records[i] belongs to cases[i] (made by dlb_record_init) and gets B's invocations; a verdict row is added per case, which
 * says `not_measured` until it is judged. A case that fails on one side is `failed`, one that only one side knows is `new` or `missing`, one whose
 * implementation or version hash differs stays comparable and says so in `reason`. Where result->check is an object, its `pairs` tells the pairs of stage 1
 * that the budget allowed, the pairs that were replaced and the cases that were dropped. The last save is the caller's.
 * DLB_OK, DLB_INTERRUPTED (what was measured is judged all the same) or DLB_NO_MEMORY. */
enum dlb_status dlb_check_run(const struct dlb_check_options *options, const struct dlb_case *cases,
                              int64_t case_count, const struct dlb_check_watch *watch,
                              struct dlb_result *result, struct dlb_why *why);

#endif
