/* verdict.h: what a check found out about one case, as a row of `verdicts[]` in a result file.
 *
 * The file of a check is a result file like any other: its records are those of B (the new program) with the invocations of both stages, so that reports and
 * the history read it as a run of B; what A took stands in the pairs of the verdicts. Numbers that do not exist are NaN and become null. */
#ifndef DLB_STORE_VERDICT_H
#define DLB_STORE_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/base/status.h"
#include "bench/stats/rule.h"

struct dlb_pair {
    double a_ns, b_ns; /* invocation medians */
    int stage;         /* 1 or 2 */
    bool b_first;      /* ABBA: every other pair begins with B */
    bool kept;         /* false: gated, replaced by another */
};

struct dlb_verdict_row {
    char key[768], label[128];
    char device[68]; /* as in the record */
    enum dlb_verdict verdict;
    char reason[DLB_WHY_SIZE];   /* why it is no clear answer: what differs, who failed; "" none */
    double effect, ci_lo, ci_hi; /* 0.05: B takes 5 % more time */
    double p, p_holm;
    int stage, r1, r2; /* pairs kept in each stage */
    double sd_pair, mde90, tolerance;
    int rejected_a, rejected_b;
    double median_a_ns, median_b_ns;
    char mode[12];          /* "paired" or "history" */
    bool slowdown;          /* a slowdown was injected on a side: a trial, no finding */
    bool neither;           /* not measured because neither side can run it: no finding */
    int pair_count;         /* in order of time */
    struct dlb_pair *pairs; /* owned */
    json_t *unknown;
};
void dlb_verdict_free(struct dlb_verdict_row *row); /* what it owns, not the struct */

/* Inconclusive for want of past sessions (mode `history`): such a row is told as a warning whatever is asked for, and is no reason for an exit code. */
bool dlb_verdict_lacks_sessions(const struct dlb_verdict_row *row);

json_t *dlb_verdict_to_json(const struct dlb_verdict_row *row);
enum dlb_status dlb_verdict_from_json(const json_t *json, struct dlb_verdict_row *row,
                                      struct dlb_why *why);

#endif
