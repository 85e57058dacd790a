/* baseline.h: what cases took in past sessions, as one JSON file (schema dlbench-baseline/1), and what a new session is worth against
 * them (mode `history`).
 *
 * A session is one run. A case is known by all that makes two times comparable, its hard parts; one whose driver or problem version
 * changes becomes another case, and the old times stay with the old one. Nothing enters a baseline by itself: dlb_baseline_add is
 * called when a person says so. Fields that this version does not know are kept from file to file. */
#ifndef DLB_BASELINE_H
#define DLB_BASELINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench/base/status.h"
#include "bench/stats/rule.h"
#include "bench/store/result.h"

#define DLB_BASELINE_SCHEMA "dlbench-baseline/1"

/* The hard parts. Texts that a file does not tell are "". */
struct dlb_baseline_parts {
    char workload[32], version_hash[20];
    char problem[512]; /* with its parameters and types */
    char dtype[8], layout[32], direction[16], backend[32], implementation[192];
    char device[128];       /* its id in the catalogue, else its name */
    char driver_major[128]; /* of the driver, else of the library: "535", "oneDNN 3" */
    int threads;
    char cache_state[16], data[16], mode[16];
    char evidence[16];
    char metric[24]; /* "median_ns" */
};

/* One fresh process. */
struct dlb_baseline_time {
    double median_ns; /* > 0 */
    double sd_rel;    /* of its samples: 1.4826 MAD / median; NaN for a single sample */
    bool gated;       /* judged noisy */
};

/* What one session measured of one case. */
struct dlb_baseline_sample {
    char session[40]; /* id of the session */
    int time_count;
    struct dlb_baseline_time *times; /* owned; all processes, also the gated ones */
    json_t *gates;   /* object of [least, most] by the name of the signal; owned, may be NULL */
    json_t *unknown; /* object or NULL, owned; likewise below */
};

struct dlb_baseline_case {
    char key[768],
        label[128];      /* the key of the record: without the hard parts that it does not tell */
    char device_key[68]; /* "onednn:0" */
    struct dlb_baseline_parts parts;
    int sample_count;
    struct dlb_baseline_sample *samples; /* oldest session first; owned */
    json_t *unknown;
};

struct dlb_baseline_session {
    char id[40]; /* of the run */
    char created_utc[24], accepted_utc[24];
    char suite[64], version[64], revision[64]; /* of the program: "0.1.0", "d1c9899" */
    bool forced;                               /* accepted although something spoke against it */
    json_t *host;    /* object: the host block of the run, without its timer; owned */
    json_t *devices; /* object by device key: driver, runtime, clock_locked, ...; owned */
    json_t *unknown;
};

struct dlb_baseline {
    char created_utc[24], updated_utc[24];
    int session_count;
    struct dlb_baseline_session *sessions; /* oldest first */
    int case_count;
    struct dlb_baseline_case *cases;
    json_t *unknown;
};

void dlb_baseline_init(struct dlb_baseline *baseline);
void dlb_baseline_free(struct dlb_baseline *baseline);

/* Reading and writing; the rules and statuses of result.h. A session twice, a case twice, a time that is no time, a sample of no
 * session are DLB_INVALID. `dlb_baseline_write` puts a session and a case on a line each. */
json_t *dlb_baseline_to_json(const struct dlb_baseline *baseline);
enum dlb_status dlb_baseline_from_json(const json_t *json, struct dlb_baseline *baseline,
                                       struct dlb_why *why);
enum dlb_status dlb_baseline_write(const struct dlb_baseline *baseline, FILE *stream,
                                   struct dlb_why *why);
enum dlb_status dlb_baseline_save(const struct dlb_baseline *baseline, const char *path,
                                  struct dlb_why *why);
enum dlb_status dlb_baseline_load(const char *path, struct dlb_baseline *baseline,
                                  struct dlb_why *why);

/* May the run stand for what the program takes? DLB_INVALID says what speaks against it: it is not complete, a case failed, it ended
 * with an error, its program was built from changed sources (revision "...-dirty") or is not known, a case was stretched on purpose. */
enum dlb_status dlb_baseline_acceptable(const struct dlb_result *result, struct dlb_why *why);

struct dlb_baseline_added {
    int cases; /* measured by this session; those without a time or stretched on purpose are left out */
    int fresh;        /* of them, not in the baseline before */
    int not_measured; /* cases of the baseline that this session lacks */
};

/* Adds a run as a session. DLB_INVALID: the baseline has that run already; DLB_SKIPPED: no case of it
 * has a time. `forced` is only noted. */
enum dlb_status dlb_baseline_add(struct dlb_baseline *baseline, const struct dlb_result *result,
                                 bool forced, struct dlb_baseline_added *added,
                                 struct dlb_why *why);

/* Keeps the newest `keep` sessions (>= 1); cases that no session is left of go. Returns the sessions removed. */
int dlb_baseline_prune(struct dlb_baseline *baseline, int keep, int *cases_removed);

/* The median of a session's quiet processes (of all, when all were noisy), ns. */
double dlb_baseline_sample_median(const struct dlb_baseline_sample *sample);

/* The hard parts of a record, and how two sets differ: "driver_major oneDNN 3, now oneDNN 4; threads 2, now 4". Returns the number of
 * differing parts; `text` (may be NULL) is cut to fit. */
void dlb_baseline_parts_of(const struct dlb_result *result, const struct dlb_record *record,
                           struct dlb_baseline_parts *parts);
int dlb_baseline_parts_differ(const struct dlb_baseline_parts *past,
                              const struct dlb_baseline_parts *now, char *text, size_t size);

/* ---- the judgement ---- */

struct dlb_baseline_judgement {
    int count;                    /* the cases of both sides */
    struct dlb_verdict_row *rows; /* in the order of the result, then what it lacks; owned */
    int gating; /* K: cases with DLB_HISTORY_LEAST past sessions, over which alpha is divided */
    json_t *
        warnings; /* array of texts, one for each soft part that differs from the last session; owned */
};

/* Judges a run against the past sessions of the same cases (its own session, if the baseline has it, left out). Verdicts:
 *
 *   regressed, improved        p <= alpha / K, the change at least the tolerance, and DLB_HISTORY_LEAST past sessions
 *   slower_, faster_within_... likewise, the change below the tolerance
 *   pass                       the 95 % prediction interval of the change ends below `rated`, and mde90 is not above it
 *   inconclusive               neither, or fewer sessions ("5 of 8 sessions"), of which a check only warns
 *   incomparable               a hard part differs; `reason` names it
 *   new, missing, failed, not_measured
 *
 * What is not measured but predicted (modelled, simulated) has no spread: it is compared exactly with the last session. Measured
 * sessions that all took the same time (a coarse timer) have none either: the tolerance decides, and is what can be seen; where one
 * tick may be as large (`timer_limited`), nothing is decided.
 * In a row, a is the geometric mean of the past and b this run; r1 the past sessions, sd_pair the spread of their logarithms, mde90 the
 * smallest slowdown that p <= alpha / K finds in nine of ten cases, p_holm = min(1, K p). DLB_OK or DLB_NO_MEMORY. */
enum dlb_status dlb_baseline_judge(const struct dlb_baseline *baseline,
                                   const struct dlb_result *result, const struct dlb_rule *rule,
                                   struct dlb_baseline_judgement *judgement, struct dlb_why *why);
void dlb_baseline_judgement_free(struct dlb_baseline_judgement *judgement);

/* The JSON Schema of baseline files; static text, made from baseline.schema.json. */
extern const char dlb_baseline_schema_text[];

#endif
