/* history_trend.c: the sessions of each case in order of time, and the steps in them.
 *
 * A series is one case on one device of one host; hosts are never mixed, and drivers are, so that the step of an update shows. The search itself
 * is in bench/stats/changepoint.c. What is found for the time goes into the table `changepoint`; a step that somebody has acknowledged stays
 * there whatever later runs say. */
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "bench/base/text.h"
#include "bench/store/fields.h"
#include "bench/store/history_case.h"

const struct dlb_history_metric dlb_history_metrics[] = {
    {"median_ns", "ns", false},  {"ops_per_s", "op/s", true}, {"energy_j", "J", false},
    {"roof_fraction", "", true}, {NULL, NULL, false},
};

enum { READ_SERIES = DLB_TREND_STATEMENTS, FIRST_OF_REV, KNOWN_STEP, FORGET_STEPS, WRITE_STEP };

/* Trials with an injected slowdown and wrong or suspect answers are no sessions. The metric's column comes from the table above. */
static const char series_sql[] =
    "SELECT r.host_id, coalesce(h.cpu_model, ''), b.id, b.workload, b.params_json, d.key,"
    " coalesce(d.backend, ''), coalesce(d.kind, ''), d.id, r.id, r.created_utc,"
    " coalesce(r.git_rev, ''), coalesce(r.branch, ''), r.complete, x.%s, coalesce(b.dtype, '')"
    " FROM result x JOIN run r ON r.id=x.run_id JOIN host h ON h.id=r.host_id"
    " JOIN bench b ON b.id=x.bench_id JOIN device d ON d.id=x.device_id"
    " WHERE x.status='ok' AND x.%s>0 AND r.created_utc>=?1"
    " AND (?2 IS NULL OR substr(r.host_id, 1, length(?2))=?2) AND (?3 IS NULL OR r.branch=?3)"
    " AND instr(';'||coalesce(x.flags, '')||';', ';slowdown;')=0"
    " ORDER BY r.host_id, b.workload, b.id, d.key, r.created_utc, r.rowid";

enum column {
    COLUMN_HOST,
    COLUMN_CPU,
    COLUMN_BENCH,
    COLUMN_WORKLOAD,
    COLUMN_PARAMS,
    COLUMN_DEVICE,
    COLUMN_BACKEND,
    COLUMN_KIND,
    COLUMN_DEVICE_ID,
    COLUMN_RUN,
    COLUMN_CREATED,
    COLUMN_REV,
    COLUMN_BRANCH,
    COLUMN_COMPLETE,
    COLUMN_VALUE,
    COLUMN_DTYPE
};

const char *dlb_history_state_name(enum dlb_history_state state)
{
    static const char *const names[] = {"too few", "steady", "steps", "drifting"};
    return names[state];
}

void dlb_history_trend_free(struct dlb_history_trend *trend)
{
    for (int i = 0; i < trend->count; i++) {
        free(trend->series[i].points);
        free(trend->series[i].steps);
    }
    free(trend->series);
    *trend = (struct dlb_history_trend){0};
}

/* ---- what is meant ---- */

static const struct dlb_history_metric *find_metric(const char *name)
{
    for (const struct dlb_history_metric *m = dlb_history_metrics; m->name != NULL; m++)
        if (name == NULL || strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

/* A date, or the first run of a revision that begins so. */
static enum dlb_status read_since(struct dlb_history *history, const char *since, int64_t *from,
                                  struct dlb_why *why)
{
    *from = INT64_MIN;
    if (since == NULL || dlb_history_parse_utc(since, from))
        return DLB_OK;
    const struct dlb_value rev = dlb_value_text(since);
    enum dlb_status status = dlb_database_number(
        history, FIRST_OF_REV,
        "SELECT min(created_utc) FROM run WHERE substr(git_rev, 1, length(?1))=?1", &rev, 1,
        INT64_MIN, from, why);
    if (status == DLB_OK && *from == INT64_MIN)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "no run of revision '%.80s' is in %s, and it is no date like 2026-11-23; "
                        "`dlbench history list` shows the revisions",
                        since, history->path);
    return status;
}

static bool matches(const char *const *patterns, int count, const char *const *texts,
                    size_t text_count)
{
    for (int i = 0; i < count; i++)
        for (size_t j = 0; j < text_count; j++)
            if (dlb_text_glob(patterns[i], texts[j]))
                return true;
    return count == 0;
}

/* ---- reading ---- */

static const char *column_text(sqlite3_stmt *row, enum column column)
{
    return dlb_database_text(row, (int)column);
}

/* Key and label of the case are members of its parameters; an index of a stranger's making may lack them. */
static void name_case(sqlite3_stmt *row, struct dlb_history_series *series)
{
    json_t *params = json_loads(column_text(row, COLUMN_PARAMS), 0, NULL);
    const char *key = dlb_member_text(params, "key");
    const char *label = dlb_member_text(params, "label");
    const char *dtype = column_text(row, COLUMN_DTYPE);
    snprintf(series->key, sizeof series->key, "%s", key != NULL ? key : "");
    snprintf(series->problem, sizeof series->problem, "%.*s", (int)strcspn(series->key, "@"),
             series->key);
    const char *shown = label != NULL ? label : column_text(row, COLUMN_WORKLOAD);
    const size_t length = strlen(shown), type = strlen(dtype);
    const bool told = type == 0 || (length > type && strcmp(shown + length - type, dtype) == 0);
    snprintf(series->label, sizeof series->label, "%.128s%s%s", shown, told ? "" : " ",
             told ? "" : dtype);
    json_decref(params);
}

static void begin_series(sqlite3_stmt *row, struct dlb_history_series *series)
{
    *series = (struct dlb_history_series){.lag1 = NAN};
    snprintf(series->host, sizeof series->host, "%s", column_text(row, COLUMN_HOST));
    snprintf(series->host_name, sizeof series->host_name, "%s", column_text(row, COLUMN_CPU));
    snprintf(series->device, sizeof series->device, "%s", column_text(row, COLUMN_DEVICE));
    series->bench_id = sqlite3_column_int64(row, COLUMN_BENCH);
    name_case(row, series);
}

static bool is_wanted(sqlite3_stmt *row, const struct dlb_history_filter *filter,
                      const struct dlb_history_series *series)
{
    const char *const cases[] = {column_text(row, COLUMN_WORKLOAD), series->problem, series->label};
    const char *const devices[] = {series->device, column_text(row, COLUMN_BACKEND),
                                   column_text(row, COLUMN_KIND)};
    return matches(filter->workloads, filter->workload_count, cases, DLB_ARRAY_COUNT(cases)) &&
           matches(filter->devices, filter->device_count, devices, DLB_ARRAY_COUNT(devices));
}

static bool is_same(sqlite3_stmt *row, const struct dlb_history_series *series)
{
    return series->bench_id == sqlite3_column_int64(row, COLUMN_BENCH) &&
           strcmp(series->host, column_text(row, COLUMN_HOST)) == 0 &&
           strcmp(series->device, column_text(row, COLUMN_DEVICE)) == 0;
}

/* Room for one more: lists double. */
static bool grow(void **list, int count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return true;
    void *grown = realloc(*list, (count > 0 ? 2 * (size_t)count : 1) * size);
    if (grown == NULL)
        return false;
    *list = grown;
    return true;
}

static bool add_point(sqlite3_stmt *row, struct dlb_history_series *series)
{
    void *points = series->points;
    const bool ok = grow(&points, series->point_count, sizeof *series->points);
    series->points = points;
    if (!ok)
        return false;
    struct dlb_history_point *point = &series->points[series->point_count++];
    *point = (struct dlb_history_point){
        .created_utc = sqlite3_column_int64(row, COLUMN_CREATED),
        .device_id = sqlite3_column_int64(row, COLUMN_DEVICE_ID),
        .complete = sqlite3_column_int(row, COLUMN_COMPLETE) != 0,
        .value = sqlite3_column_double(row, COLUMN_VALUE),
    };
    snprintf(point->run_id, sizeof point->run_id, "%s", column_text(row, COLUMN_RUN));
    snprintf(point->rev, sizeof point->rev, "%s", column_text(row, COLUMN_REV));
    snprintf(point->branch, sizeof point->branch, "%s", column_text(row, COLUMN_BRANCH));
    return true;
}

static bool add_series(const struct dlb_history_series *series, struct dlb_history_trend *trend)
{
    void *list = trend->series;
    const bool ok = grow(&list, trend->count, sizeof *trend->series);
    trend->series = list;
    if (ok)
        trend->series[trend->count++] = *series;
    return ok;
}

/* The rows come series by series. *seen counts those before the patterns were applied. */
static enum dlb_status read_rows(struct dlb_history *history, sqlite3_stmt *row,
                                 const struct dlb_history_filter *filter,
                                 struct dlb_history_trend *trend, int64_t *seen,
                                 struct dlb_why *why)
{
    struct dlb_history_series current = {.bench_id = -1};
    bool wanted = false, ok = true;
    int code = SQLITE_DONE;
    while (ok && (code = sqlite3_step(row)) == SQLITE_ROW) {
        ++*seen;
        if (!is_same(row, &current)) {
            begin_series(row, &current);
            wanted = is_wanted(row, filter, &current);
            ok = !wanted || add_series(&current, trend);
        }
        if (wanted && ok)
            ok = add_point(row, &trend->series[trend->count - 1]);
    }
    if (!ok)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the trend");
    return code == SQLITE_DONE ? DLB_OK : dlb_database_fail(history, why);
}

static enum dlb_status read_series(struct dlb_history *history,
                                   const struct dlb_history_filter *filter,
                                   const struct dlb_history_metric *metric,
                                   struct dlb_history_trend *trend, struct dlb_why *why)
{
    char sql[sizeof series_sql + 64];
    int64_t from = 0, seen = 0;
    sqlite3_stmt *row = NULL;
    enum dlb_status status = read_since(history, filter->since, &from, why);
    if (status != DLB_OK)
        return status;
    snprintf(sql, sizeof sql, series_sql, metric->name, metric->name);
    const struct dlb_value values[] = {dlb_value_int(from), dlb_value_text(filter->host),
                                       dlb_value_text(filter->branch)};
    /* The text depends on the metric: not to be kept. */
    sqlite3_finalize(history->statements[READ_SERIES]);
    history->statements[READ_SERIES] = NULL;
    status = dlb_database_bind(history, READ_SERIES, sql, values, (int)DLB_ARRAY_COUNT(values),
                               &row, why);
    if (status == DLB_OK)
        status = read_rows(history, row, filter, trend, &seen, why);
    (void)sqlite3_reset(row);
    if (status == DLB_OK && trend->count == 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        seen > 0 ? "nothing in %s matches the workloads and devices asked for, "
                                   "though there are other measured cases; `dlbench history sql "
                                   "\"SELECT DISTINCT workload FROM bench\"` lists the workloads"
                                 : "%s has no measured case that matches; `dlbench history list` "
                                   "shows what was added",
                        history->path);
    return status;
}

/* ---- steps ---- */

static enum dlb_status read_note(struct dlb_history *history,
                                 const struct dlb_history_series *series,
                                 struct dlb_history_step *step, struct dlb_why *why)
{
    const struct dlb_value values[] = {dlb_value_int(series->bench_id),
                                       dlb_value_text(series->points[step->first].run_id)};
    sqlite3_stmt *row = NULL;
    enum dlb_status status = dlb_database_bind(
        history, KNOWN_STEP,
        "SELECT acknowledged_by, note FROM changepoint WHERE bench_id=?1 AND run_id=?2"
        " AND acknowledged_by IS NOT NULL",
        values, (int)DLB_ARRAY_COUNT(values), &row, why);
    if (status != DLB_OK)
        return status;
    if (sqlite3_step(row) == SQLITE_ROW) {
        snprintf(step->acknowledged_by, sizeof step->acknowledged_by, "%s",
                 dlb_database_text(row, 0));
        snprintf(step->note, sizeof step->note, "%s", dlb_database_text(row, 1));
    }
    (void)sqlite3_reset(row);
    return DLB_OK;
}

/* Times, whatever the metric: what is better when higher is turned round. */
static double *as_times(const struct dlb_history_series *series, bool higher_is_better)
{
    double *values = malloc(((size_t)series->point_count + 1) * sizeof *values);
    for (int i = 0; i < series->point_count && values != NULL; i++)
        values[i] = higher_is_better ? 1 / series->points[i].value : series->points[i].value;
    return values;
}

static enum dlb_status take_steps(struct dlb_history *history, const struct dlb_changepoints *found,
                                  struct dlb_history_series *series, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    series->steps = calloc((size_t)found->count + 1, sizeof *series->steps);
    if (series->steps == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the trend");
    for (int i = 0; i < found->count && status == DLB_OK; i++) {
        struct dlb_history_step *step = &series->steps[series->step_count++];
        step->first = found->points[i].first;
        step->effect = found->points[i].effect;
        step->p = found->points[i].p;
        status = read_note(history, series, step, why);
    }
    return status;
}

static enum dlb_status find_steps(struct dlb_history *history,
                                  const struct dlb_history_metric *metric,
                                  const struct dlb_changepoint_rule *rule, uint64_t seed,
                                  struct dlb_history_series *series, struct dlb_why *why)
{
    struct dlb_changepoints found = {0};
    double *values = as_times(series, metric->higher_is_better);
    enum dlb_status status = DLB_OK;
    if (values == NULL || !dlb_changepoints_find(values, series->point_count, rule,
                                                 dlb_random_derive(seed, series->key), &found))
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the trend");
    free(values);
    if (status != DLB_OK)
        return status;
    series->lag1 = found.lag1;
    series->state = found.too_few     ? DLB_HISTORY_TOO_FEW
                    : found.drifting  ? DLB_HISTORY_DRIFTING
                    : found.count > 0 ? DLB_HISTORY_STEPS
                                      : DLB_HISTORY_STEADY;
    status = take_steps(history, &found, series, why);
    dlb_changepoints_free(&found);
    return status;
}

/* ---- storing ---- */

/* What an earlier look found in these sessions and nobody has acknowledged makes room for what this one finds. */
static enum dlb_status store_series(struct dlb_history *history,
                                    const struct dlb_history_series *series, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < series->point_count && status == DLB_OK; i++) {
        const struct dlb_value values[] = {dlb_value_int(series->bench_id),
                                           dlb_value_int(series->points[i].device_id),
                                           dlb_value_text(series->points[i].run_id)};
        status = dlb_database_write(history, FORGET_STEPS,
                                    "DELETE FROM changepoint WHERE bench_id=?1 AND device_id=?2"
                                    " AND run_id=?3 AND acknowledged_by IS NULL",
                                    values, (int)DLB_ARRAY_COUNT(values), why);
    }
    for (int i = 0; i < series->step_count && status == DLB_OK; i++) {
        const struct dlb_history_step *step = &series->steps[i];
        const struct dlb_history_point *point = &series->points[step->first];
        const struct dlb_value values[] = {
            dlb_value_int(series->bench_id), dlb_value_int(point->device_id),
            dlb_value_text(point->run_id), dlb_value_real(step->effect), dlb_value_real(step->p)};
        if (step->acknowledged_by[0] == '\0')
            status =
                dlb_database_write(history, WRITE_STEP,
                                   "INSERT INTO changepoint(bench_id, device_id, run_id, effect, p)"
                                   " VALUES(?1,?2,?3,?4,?5)",
                                   values, (int)DLB_ARRAY_COUNT(values), why);
    }
    return status;
}

static enum dlb_status store_steps(struct dlb_history *history,
                                   const struct dlb_history_trend *trend, struct dlb_why *why)
{
    enum dlb_status status = dlb_database_begin(history, why);
    if (status != DLB_OK)
        return status;
    for (int i = 0; i < trend->count && status == DLB_OK; i++)
        status = store_series(history, &trend->series[i], why);
    return dlb_database_end(history, status, why);
}

enum dlb_status dlb_history_trend_find(struct dlb_history *history,
                                       const struct dlb_history_filter *filter,
                                       const struct dlb_changepoint_rule *rule, uint64_t seed,
                                       struct dlb_history_trend *trend, struct dlb_why *why)
{
    const struct dlb_history_metric *metric = find_metric(filter->metric);
    struct dlb_history_trend found = {.points_wanted = dlb_changepoint_least_points(rule)};
    if (metric == NULL)
        return dlb_fail(why, DLB_INVALID,
                        "there is no metric '%.80s' in a history; there are: median_ns, ops_per_s, "
                        "energy_j, roof_fraction",
                        filter->metric);
    enum dlb_status status = read_series(history, filter, metric, &found, why);
    for (int i = 0; i < found.count && status == DLB_OK; i++)
        status = find_steps(history, metric, rule, seed, &found.series[i], why);
    if (status == DLB_OK && history->writable && metric == &dlb_history_metrics[0])
        status = store_steps(history, &found, why);
    if (status != DLB_OK) {
        dlb_history_trend_free(&found);
        return status;
    }
    *trend = found;
    return DLB_OK;
}

/* ---- acknowledging ---- */

static enum dlb_status acknowledge(struct dlb_history *history,
                                   const struct dlb_history_series *series,
                                   const struct dlb_history_step *step, struct dlb_why *why)
{
    char now[24];
    struct dlb_history_rows rows = {NULL, NULL};
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT key_hash FROM bench WHERE id=%lld",
             (long long)series->bench_id);
    enum dlb_status status = dlb_history_query(history, sql, &rows, why);
    if (status != DLB_OK)
        return status;
    dlb_clock_utc(now, (int)sizeof now);
    const char *hash = json_string_value(json_array_get(json_array_get(rows.rows, 0), 0));
    json_t *line = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "history", "acknowledgement",
        "run_id", series->points[step->first].run_id, "key_hash", hash, "key", series->key, "host",
        series->host, "device", series->device, "by", dlb_store_text(step->acknowledged_by), "note",
        dlb_store_text(step->note), "effect", dlb_store_real(step->effect), "added_utc", now);
    if (line != NULL && json_object_set_new(line, "p", dlb_store_real(step->p)) == 0)
        status = dlb_history_note(history, line, why);
    else
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for an acknowledgement");
    json_decref(line);
    dlb_history_rows_free(&rows);
    return status;
}

enum dlb_status dlb_history_acknowledge(struct dlb_history *history,
                                        struct dlb_history_trend *trend, const char *by,
                                        const char *note, int *count, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    if (!history->writable)
        return dlb_fail(why, DLB_IO, "cannot write %s: its folder or the file is read-only",
                        history->path);
    *count = 0;
    for (int i = 0; i < trend->count; i++) {
        struct dlb_history_series *series = &trend->series[i];
        for (int j = 0; j < series->step_count && status == DLB_OK; j++) {
            struct dlb_history_step *step = &series->steps[j];
            if (step->acknowledged_by[0] != '\0')
                continue;
            dlb_text_shorten(step->acknowledged_by, sizeof step->acknowledged_by, by);
            dlb_text_shorten(step->note, sizeof step->note, note);
            status = acknowledge(history, series, step, why);
            *count += status == DLB_OK ? 1 : 0;
        }
    }
    return status;
}
