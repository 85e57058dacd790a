/* history_absent.c: the history in a build without SQLite: every function says what to install. The Makefile takes this file in place of
 * history.c and its friends. */
#include "bench/store/history.h"

static enum dlb_status absent(struct dlb_why *why)
{
    return dlb_fail(why, DLB_UNAVAILABLE,
                    "this dlbench was built without SQLite, which the history needs; install "
                    "libsqlite3-dev (scripts/setup does) and run make again");
}

const struct dlb_history_metric dlb_history_metrics[] = {
    {"median_ns", "ns", false},
    {NULL, NULL, false},
};

enum dlb_status dlb_history_open(const struct dlb_history_options *options,
                                 struct dlb_history **history, struct dlb_why *why)
{
    (void)options;
    (void)history;
    return absent(why);
}

void dlb_history_close(struct dlb_history *history)
{
    (void)history;
}

enum dlb_status dlb_history_add(struct dlb_history *history, const struct dlb_result *result,
                                const struct dlb_history_source *source,
                                enum dlb_history_outcome *outcome, struct dlb_why *why)
{
    (void)history;
    (void)result;
    (void)source;
    (void)outcome;
    return absent(why);
}

enum dlb_status dlb_history_rebuild(const char *path, struct dlb_history_rebuilt *rebuilt,
                                    struct dlb_why *why)
{
    (void)path;
    (void)rebuilt;
    return absent(why);
}

void dlb_history_rows_free(struct dlb_history_rows *rows)
{
    json_decref(rows->columns);
    json_decref(rows->rows);
    *rows = (struct dlb_history_rows){NULL, NULL};
}

enum dlb_status dlb_history_query(struct dlb_history *history, const char *sql,
                                  struct dlb_history_rows *rows, struct dlb_why *why)
{
    (void)history;
    (void)sql;
    (void)rows;
    return absent(why);
}

enum dlb_status dlb_history_export_jsonl(struct dlb_history *history, FILE *stream,
                                         struct dlb_why *why)
{
    (void)history;
    (void)stream;
    return absent(why);
}

enum dlb_status dlb_history_export_sql(struct dlb_history *history, FILE *stream,
                                       struct dlb_why *why)
{
    (void)history;
    (void)stream;
    return absent(why);
}

enum dlb_status dlb_history_result_sql(const struct dlb_result *result, FILE *stream,
                                       struct dlb_why *why)
{
    (void)result;
    (void)stream;
    return absent(why);
}

const char *dlb_history_state_name(enum dlb_history_state state)
{
    (void)state;
    return "absent";
}

void dlb_history_trend_free(struct dlb_history_trend *trend)
{
    *trend = (struct dlb_history_trend){0};
}

enum dlb_status dlb_history_trend_find(struct dlb_history *history,
                                       const struct dlb_history_filter *filter,
                                       const struct dlb_changepoint_rule *rule, uint64_t seed,
                                       struct dlb_history_trend *trend, struct dlb_why *why)
{
    (void)history;
    (void)filter;
    (void)rule;
    (void)seed;
    (void)trend;
    return absent(why);
}

enum dlb_status dlb_history_acknowledge(struct dlb_history *history,
                                        struct dlb_history_trend *trend, const char *by,
                                        const char *note, int *count, struct dlb_why *why)
{
    (void)history;
    (void)trend;
    (void)by;
    (void)note;
    (void)count;
    return absent(why);
}
