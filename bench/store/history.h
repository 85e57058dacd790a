/* history.h: the runs of months in one place: a log that is the truth, and a database that answers questions about it.
 *
 * The log (h.jsonl beside h.db) holds one result document without samples per line, and acknowledgements of steps; it is only
 * ever appended to. The database is an index of it: what a killed writer left out is taken up at the next opening, and all of
 * it can be made again. Its tables are those of history_database.c.
 *
 * Problems with files, also with a database that is damaged, newer or someone else's, are DLB_IO with one line that says what to
 * do. Without SQLite in the build every function that takes or gives a history is DLB_UNAVAILABLE. A history belongs to one
 * thread; any number of processes may write. */
#ifndef DLB_HISTORY_H
#define DLB_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/base/status.h"
#include "bench/stats/changepoint.h"
#include "bench/store/result.h"

struct dlb_history;

/* $XDG_DATA_HOME/dlbench/history.db, else ~/.local/share/...; the folder is made when `make_folder`. DLB_INVALID where the
 * environment names no home. */
enum dlb_status dlb_history_default_path(char *path, size_t size, bool make_folder,
                                         struct dlb_why *why);

struct dlb_history_options {
    const char *path; /* of the database */
    bool create;      /* for a writer: begin a history where there is none */
    bool verify;      /* SQLite's quick_check, which otherwise runs only after an unclean end */
    int wait_ms;      /* for a program that holds the database; 0: ten seconds */
};

/* Pairs: open and close (NULL is legal). Opening brings an older database to this version and takes up what the log has and the
 * database lacks, as far as both may be written. */
enum dlb_status dlb_history_open(const struct dlb_history_options *options,
                                 struct dlb_history **history, struct dlb_why *why);
void dlb_history_close(struct dlb_history *history);

/* Where a run came from. Each may be NULL; then the document's own word counts (the version that dlbench was built from). */
struct dlb_history_source {
    const char *path, *branch, *rev;
};

enum dlb_history_outcome {
    DLB_HISTORY_ADDED,
    DLB_HISTORY_KNOWN,    /* this run is there already: nothing was written */
    DLB_HISTORY_COMPLETED /* it was there, incomplete, and now is whole */
};

/* When this returns DLB_OK the run is on the disk. When the log has it and only the database failed, `why` says so. */
enum dlb_status dlb_history_add(struct dlb_history *history, const struct dlb_result *result,
                                const struct dlb_history_source *source,
                                enum dlb_history_outcome *outcome, struct dlb_why *why);

struct dlb_history_rebuilt {
    int64_t runs;     /* in the new database */
    int64_t left_out; /* lines of the log that could not be read */
    char kept_as
        [4096]; /* where the old database is, when it was unreadable or knew more; "" when it was replaced */
};

/* Makes the database again from the log. The old one stays untouched until the new one is whole. */
enum dlb_status dlb_history_rebuild(const char *path, struct dlb_history_rebuilt *rebuilt,
                                    struct dlb_why *why);

/* An answer: `columns` is an array of names, `rows` one of arrays of numbers, texts and nulls; blobs are texts of hex digits. */
struct dlb_history_rows {
    json_t *columns, *rows; /* owned */
};
void dlb_history_rows_free(struct dlb_history_rows *rows);

/* One statement that only reads, on a connection that cannot write. DLB_INVALID: it is no SQL, would write, or is several. */
enum dlb_status dlb_history_query(struct dlb_history *history, const char *sql,
                                  struct dlb_history_rows *rows, struct dlb_why *why);

/* The lines of the log, or the whole history as SQL text that makes such a database (real numbers with 15 digits). DLB_IO with an empty reason:
 * the reader has gone (EPIPE). */
enum dlb_status dlb_history_export_jsonl(struct dlb_history *history, FILE *stream,
                                         struct dlb_why *why);
enum dlb_status dlb_history_export_sql(struct dlb_history *history, FILE *stream,
                                       struct dlb_why *why);

/* One result file as such SQL text, fit for a database that is there already. */
enum dlb_status dlb_history_result_sql(const struct dlb_result *result, FILE *stream,
                                       struct dlb_why *why);

/* ---- trend ---- */

/* NULL or an empty list: whatever there is. */
struct dlb_history_filter {
    const char *host; /* beginning of its id */
    const char *branch;
    const char *
        since; /* 2026-11-23, 2026-11-23T06:25:01Z, or the beginning of a revision: from its first run on */
    const char *metric;           /* see dlb_history_metrics */
    const char *const *workloads; /* patterns (* ?) of the workload, the problem or the label */
    int workload_count;
    const char *const *devices; /* patterns of the device's key, its backend or its kind */
    int device_count;
};

struct dlb_history_metric {
    const char *name, *unit;
    bool higher_is_better;
};
/* median_ns, ops_per_s, energy_j, roof_fraction; ends with name NULL. */
extern const struct dlb_history_metric dlb_history_metrics[];

struct dlb_history_point {
    char run_id[40], rev[64], branch[64];
    int64_t created_utc; /* seconds since 1970 */
    int64_t device_id;   /* of the database: another one after a change of driver */
    bool complete;
    double value;
};

struct dlb_history_step {
    int first;                           /* index of the first point after it */
    double effect, p;                    /* 0.05: slower by 5 %, whatever the metric */
    char acknowledged_by[64], note[256]; /* "" and "": nobody has */
};

enum dlb_history_state {
    DLB_HISTORY_TOO_FEW, /* fewer than wanted, or too few on one side of what may be a step */
    DLB_HISTORY_STEADY,
    DLB_HISTORY_STEPS,
    DLB_HISTORY_DRIFTING
};

/* The sessions of one case on one host, in order of time. */
struct dlb_history_series {
    char host[24], host_name[128]; /* id, and the model of its processor */
    char key[768], label[160], device[68], problem[512];
    int64_t bench_id;
    int point_count;
    struct dlb_history_point *points;
    enum dlb_history_state state;
    double lag1; /* of the residuals; NaN for too few points */
    int step_count;
    struct dlb_history_step *steps;
};

struct dlb_history_trend {
    int count, points_wanted;          /* with fewer points no step can be told */
    struct dlb_history_series *series; /* those of one host together, then by case and device */
};
void dlb_history_trend_free(struct dlb_history_trend *trend);

/* "too few", "steady", "steps", "drifting" */
const char *dlb_history_state_name(enum dlb_history_state state);

/* DLB_UNAVAILABLE: nothing in the history is meant; says what there is. Deterministic for a seed. Steps of median_ns are also
 * written into the table `changepoint` where the database may be written. */
enum dlb_status dlb_history_trend_find(struct dlb_history *history,
                                       const struct dlb_history_filter *filter,
                                       const struct dlb_changepoint_rule *rule, uint64_t seed,
                                       struct dlb_history_trend *trend, struct dlb_why *why);

/* Marks every step of the trend that nobody has acknowledged, in the log and in the database; *count of them. */
enum dlb_status dlb_history_acknowledge(struct dlb_history *history,
                                        struct dlb_history_trend *trend, const char *by,
                                        const char *note, int *count, struct dlb_why *why);

#endif
