/* trend_report.c: the series of a history as a table with small plots, as JSON, as rows.
 *
 * A trend is weak evidence: session effects stand in it that no test inside it can see. So an alarm never says "regressed"; it says what
 * to run to find out. */
#include "bench/cli/trend_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/run/case.h"
#include "bench/stats/summary.h"

#define SPARKS 24 /* columns of the small plot */
#define FLAT                                                                                       \
    0.05 /* a range below this share of the median is drawn as if it were this: noise is no mountain */
#define MOST_ALARMS 10

struct alarm {
    const struct dlb_history_series *series;
    const struct dlb_history_step *step;
};

static void format_date(char *buffer, size_t size, int64_t seconds, const char *format)
{
    const time_t when = (time_t)seconds;
    struct tm parts;
    if (gmtime_r(&when, &parts) == NULL || strftime(buffer, size, format, &parts) == 0) {
        snprintf(buffer, size, "?");
    }
}

static void format_value(char *buffer, size_t size, const struct dlb_history_metric *metric,
                         double value)
{
    if (strcmp(metric->unit, "ns") == 0) {
        dlb_format_time(buffer, size, value);
    } else if (metric->unit[0] == '\0') {
        snprintf(buffer, size, "%.1f%%", 100 * value);
    } else {
        dlb_format_si(buffer, size, value, metric->unit);
    }
}

/* "slower by 8.1%" */
static void format_effect(char *buffer, size_t size, const struct dlb_history_metric *metric,
                          double effect)
{
    const bool energy = strcmp(metric->unit, "J") == 0;
    const char *word = effect > 0 ? (energy ? "more" : "slower") : (energy ? "less" : "faster");
    snprintf(buffer, size, "%s by %.1f%%", word, 100 * fabs(effect));
}

static const char *name_revision(const struct dlb_history_point *point)
{
    return point->rev[0] != '\0' ? point->rev : "an unknown revision";
}

/* ---- the small plot ---- */

/* Median of the points that share a column. */
static double column_value(const struct dlb_history_series *series, int column, int columns)
{
    double values[256];
    const int first = (int)((int64_t)column * series->point_count / columns);
    const int last = (int)((int64_t)(column + 1) * series->point_count / columns);
    int count = 0;
    for (int i = first; i < last && count < 256; i++) {
        values[count++] = series->points[i].value;
    }
    return dlb_median(values, count);
}

static void draw(const struct dlb_history_series *series, bool unicode, struct dlb_text *text)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const letters[] = {"_", ".", "-", "~", "=", "+", "*", "#"};
    const int columns = series->point_count < SPARKS ? series->point_count : SPARKS;
    double values[SPARKS];
    for (int i = 0; i < columns; i++) {
        values[i] = column_value(series, i, columns);
    }
    const double middle = dlb_median(values, columns);
    double low = dlb_quantile(values, columns, 0);
    double range = dlb_quantile(values, columns, 1) - low;
    if (range < FLAT * middle) {
        low -= (FLAT * middle - range) / 2;
        range = FLAT * middle;
    }
    for (int i = 0; i < columns; i++) {
        const int level = range > 0 ? (int)(7.999 * (values[i] - low) / range) : 3;
        dlb_text_append(text, unicode ? blocks[level] : letters[level]);
    }
}

/* ---- text ---- */

static void describe_step(const struct dlb_trend_report *report,
                          const struct dlb_history_series *series,
                          const struct dlb_history_step *step, struct dlb_text *text)
{
    char effect[64];
    char date[24];
    const struct dlb_history_point *point = &series->points[step->first];
    format_effect(effect, sizeof effect, report->metric, step->effect);
    format_date(date, sizeof date, point->created_utc, "%Y-%m-%d");
    dlb_text_format(text, "%s since %s (%s; p %.2g)", effect, name_revision(point), date, step->p);
    if (step->acknowledged_by[0] != '\0') {
        dlb_text_format(text, ", acknowledged by %s: %s", step->acknowledged_by, step->note);
    }
}

static void describe_finding(const struct dlb_trend_report *report,
                             const struct dlb_history_series *series, struct dlb_text *text)
{
    switch (series->state) {
    case DLB_HISTORY_TOO_FEW:
        if (series->point_count < report->trend->points_wanted) {
            dlb_text_format(text, "too few runs: %d, a step needs %d to be told",
                            series->point_count, report->trend->points_wanted);
        } else {
            dlb_text_format(text,
                            "too few runs: %d, with too few before or after what may be a step",
                            series->point_count);
        }
        break;
    case DLB_HISTORY_DRIFTING:
        dlb_text_format(text, "drifting: runs hang together (lag-1 %.2f), so steps cannot be told",
                        series->lag1);
        break;
    case DLB_HISTORY_STEADY:
        dlb_text_append(text, "steady");
        break;
    case DLB_HISTORY_STEPS:
        for (int i = 0; i < series->step_count; i++) {
            dlb_text_append(text, i > 0 ? "; " : "");
            describe_step(report, series, &series->steps[i], text);
        }
        break;
    }
}

/* Cases whose label is alike differ in their circumstances: what stands behind the device in the key. */
static bool is_ambiguous(const struct dlb_history_trend *trend, int which)
{
    const struct dlb_history_series *series = &trend->series[which];
    for (int i = 0; i < trend->count; i++) {
        const struct dlb_history_series *other = &trend->series[i];
        if (i != which && strcmp(other->label, series->label) == 0 &&
            strcmp(other->device, series->device) == 0 && strcmp(other->host, series->host) == 0) {
            return true;
        }
    }
    return false;
}

static void add_line(const struct dlb_trend_report *report, int which, bool unicode,
                     struct dlb_table *table)
{
    const struct dlb_history_series *series = &report->trend->series[which];
    char cell[320];
    const char *circumstances = strchr(series->key, '/');
    const bool both = is_ambiguous(report->trend, which) && circumstances != NULL;
    struct dlb_text text = {0};
    snprintf(cell, sizeof cell, "%s%s%.120s", series->label, both ? " " : "",
             both ? circumstances + 1 : "");
    dlb_table_add(table, cell);
    dlb_table_add(table, series->device);
    snprintf(cell, sizeof cell, "%d", series->point_count);
    dlb_table_add(table, cell);
    format_value(cell, sizeof cell, report->metric, series->points[series->point_count - 1].value);
    dlb_table_add(table, cell);
    draw(series, unicode, &text);
    dlb_table_add(table, text.data != NULL ? text.data : "");
    dlb_text_clear(&text);
    describe_finding(report, series, &text);
    dlb_table_add(table, text.data != NULL ? text.data : "");
    dlb_text_free(&text);
}

/* Branches in one series may differ for good reasons. */
static bool mixes_branches(const struct dlb_history_series *series)
{
    for (int i = 1; i < series->point_count; i++) {
        if (strcmp(series->points[i].branch, series->points[0].branch) != 0) {
            return true;
        }
    }
    return false;
}

static void print_host(const struct dlb_trend_report *report, int first,
                       const struct dlb_screen *screen)
{
    static const char *const titles[] = {"case", "device", "runs", "newest", "trend", "finding"};
    const struct dlb_history_trend *trend = report->trend;
    const char *host = trend->series[first].host;
    struct dlb_table table = {.columns = 6};
    char name[128];
    bool mixed = false;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(titles); i++) {
        dlb_table_add(&table, titles[i]);
    }
    for (int i = first; i < trend->count && strcmp(trend->series[i].host, host) == 0; i++) {
        add_line(report, i, screen->unicode, &table);
        mixed = mixed || mixes_branches(&trend->series[i]);
    }
    fprintf(screen->stream, "%shost %s  %s, %s%s\n", first > 0 ? "\n" : "", host,
            dlb_text_printable(name, sizeof name, trend->series[first].host_name),
            report->metric->name, mixed ? ", branches mixed (--branch takes one)" : "");
    dlb_table_print(&table, screen);
    dlb_table_free(&table);
}

/* ---- alarms ---- */

static int by_effect(const void *a, const void *b)
{
    const double left = ((const struct alarm *)a)->step->effect;
    const double right = ((const struct alarm *)b)->step->effect;
    return left < right ? 1 : left > right ? -1 : 0;
}

/* Steps for the worse that nobody has acknowledged, the worst first; NULL for none (or no memory). */
static struct alarm *find_alarms(const struct dlb_history_trend *trend, int *count)
{
    int most = 0;
    *count = 0;
    for (int i = 0; i < trend->count; i++) {
        most += trend->series[i].step_count;
    }
    struct alarm *alarms = most > 0 ? calloc((size_t)most, sizeof *alarms) : NULL;
    for (int i = 0; i < trend->count && alarms != NULL; i++) {
        for (int j = 0; j < trend->series[i].step_count; j++) {
            const struct dlb_history_step *step = &trend->series[i].steps[j];
            if (step->effect > 0 && step->acknowledged_by[0] == '\0') {
                alarms[(*count)++] = (struct alarm){&trend->series[i], step};
            }
        }
    }
    if (alarms != NULL) {
        qsort(alarms, (size_t)*count, sizeof *alarms, by_effect);
    }
    return alarms;
}

/* Revisions are texts of strangers: only what a path of git's names may hold goes into a command line. */
static void path_of(const char *rev, const char *other, char *buffer, size_t size)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const bool usable = rev[0] != '\0' && rev[0] != '-' && rev[strspn(rev, safe)] == '\0';
    snprintf(buffer, size, "%s/dlbench", usable ? rev : other);
}

/* What the key says behind the device: the check must measure the same as the runs did. Nothing for a key that is not ours. */
static void add_circumstances(const char *key, struct dlb_text *text)
{
    struct dlb_case item;
    struct dlb_why why;
    if (dlb_case_parse(key, &item, &why) == DLB_OK) {
        dlb_text_format(text, " -t %d --timing %s --cache %s --data %s", item.threads,
                        dlb_mode_name(item.mode), dlb_cache_state_name(item.cache),
                        dlb_fill_name(item.data));
    }
}

/* Both sides of the step are one revision: a check would set the program against itself. */
static bool is_one_revision(const struct alarm *alarm)
{
    const struct dlb_history_point *after = &alarm->series->points[alarm->step->first];
    return after->rev[0] != '\0' && strcmp(after->rev, (after - 1)->rev) == 0;
}

static void confirm_command(const struct alarm *alarm, struct dlb_text *text)
{
    char a[96];
    char b[96];
    const struct dlb_history_series *series = alarm->series;
    const int first = alarm->step->first;
    path_of(series->points[first - 1].rev, "old", a, sizeof a);
    path_of(series->points[first].rev, "new", b, sizeof b);
    dlb_text_format(text, "dlbench check --a %s --b %s -d %s -w '%s'", a, b, series->device,
                    series->problem);
    add_circumstances(series->key, text);
}

static void print_alarm(const struct dlb_trend_report *report, const struct alarm *alarm,
                        const struct dlb_screen *screen)
{
    const struct dlb_history_series *series = alarm->series;
    char effect[64];
    char line[512];
    struct dlb_text command = {0};
    format_effect(effect, sizeof effect, report->metric, alarm->step->effect);
    fprintf(screen->stream, "%s on %s: %s since %s; before it %s\n",
            dlb_text_printable(line, sizeof line, series->label), series->device, effect,
            name_revision(&series->points[alarm->step->first]),
            name_revision(&series->points[alarm->step->first - 1]));
    if (is_one_revision(alarm)) {
        fprintf(
            screen->stream,
            "    both sides are %s: not the program, unless its sources were changed; look at the "
            "driver, the library, the machine\n",
            name_revision(&series->points[alarm->step->first]));
        return;
    }
    confirm_command(alarm, &command);
    fprintf(screen->stream, "    %s\n", command.data != NULL ? command.data : "");
    dlb_text_free(&command);
}

static void print_alarms(const struct dlb_trend_report *report, const struct dlb_screen *screen)
{
    int count = 0;
    struct alarm *alarms = find_alarms(report->trend, &count);
    if (count > 0) {
        fprintf(screen->stream,
                "\n%d step%s for the worse. A trend is no proof: confirm with one "
                "paired check before anyone is disturbed:\n",
                count, count == 1 ? "" : "s");
    }
    for (int i = 0; i < count && i < MOST_ALARMS; i++) {
        print_alarm(report, &alarms[i], screen);
    }
    if (count > MOST_ALARMS) {
        fprintf(screen->stream, "and %d more\n", count - MOST_ALARMS);
    }
    if (count > 0) {
        fprintf(screen->stream, "What was wanted, --acknowledge \"why\" keeps quiet.\n");
    }
    free(alarms);
}

static void print_counts(const struct dlb_history_trend *trend, const struct dlb_screen *screen)
{
    int counts[4] = {0};
    for (int i = 0; i < trend->count; i++) {
        counts[trend->series[i].state]++;
    }
    fprintf(screen->stream, "\n%d series:", trend->count);
    const char *comma = " ";
    static const enum dlb_history_state order[] = {DLB_HISTORY_STEADY, DLB_HISTORY_STEPS,
                                                   DLB_HISTORY_DRIFTING, DLB_HISTORY_TOO_FEW};
    static const char *const words[] = {"steady", "with steps", "drifting", "too short"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(order); i++) {
        if (counts[order[i]] > 0) {
            fprintf(screen->stream, "%s%d %s", comma, counts[order[i]], words[i]);
            comma = ", ";
        }
    }
    fputc('\n', screen->stream);
}

void dlb_trend_text(const struct dlb_trend_report *report, const struct dlb_screen *screen)
{
    const struct dlb_history_trend *trend = report->trend;
    for (int i = 0; i < trend->count; i++) {
        if (i == 0 || strcmp(trend->series[i].host, trend->series[i - 1].host) != 0) {
            print_host(report, i, screen);
        }
    }
    print_counts(trend, screen);
    print_alarms(report, screen);
}

/* ---- JSON ---- */

static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *point_json(const struct dlb_history_point *point)
{
    char utc[24];
    format_date(utc, sizeof utc, point->created_utc, "%Y-%m-%dT%H:%M:%SZ");
    return json_pack("{s:o, s:s, s:o, s:o, s:b, s:o}", "run_id", dlb_json_text(point->run_id),
                     "created_utc", utc, "git_rev", dlb_json_text(point->rev), "branch",
                     dlb_json_text(point->branch), "complete", point->complete, "value",
                     real_or_null(point->value));
}

static json_t *step_json(const struct dlb_history_series *series,
                         const struct dlb_history_step *step)
{
    const bool seen = step->acknowledged_by[0] != '\0';
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "first", step->first, "run_id",
                     dlb_json_text(series->points[step->first].run_id), "git_rev",
                     dlb_json_text(series->points[step->first].rev), "before",
                     dlb_json_text(series->points[step->first - 1].rev), "effect",
                     real_or_null(step->effect), "p", real_or_null(step->p), "acknowledged_by",
                     seen ? dlb_json_text(step->acknowledged_by) : json_null(), "note",
                     seen ? dlb_json_text(step->note) : json_null());
}

static json_t *series_json(const struct dlb_history_series *series)
{
    json_t *points = json_array();
    json_t *steps = json_array();
    for (int i = 0; i < series->point_count; i++) {
        json_array_append_new(points, point_json(&series->points[i]));
    }
    for (int i = 0; i < series->step_count; i++) {
        json_array_append_new(steps, step_json(series, &series->steps[i]));
    }
    return json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "host",
                     dlb_json_text(series->host), "key", dlb_json_text(series->key), "label",
                     dlb_json_text(series->label), "device", dlb_json_text(series->device), "state",
                     dlb_history_state_name(series->state), "lag1", real_or_null(series->lag1),
                     "points", points, "steps", steps);
}

static json_t *alarms_json(const struct dlb_history_trend *trend)
{
    json_t *list = json_array();
    int count = 0;
    struct alarm *alarms = find_alarms(trend, &count);
    for (int i = 0; i < count; i++) {
        struct dlb_text command = {0};
        const bool same = is_one_revision(&alarms[i]);
        confirm_command(&alarms[i], &command);
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:f, s:b, s:o}", "key", dlb_json_text(alarms[i].series->key),
                      "host", dlb_json_text(alarms[i].series->host), "effect",
                      alarms[i].step->effect, "same_revision", same, "confirm",
                      same || command.data == NULL ? json_null() : dlb_json_text(command.data)));
        dlb_text_free(&command);
    }
    free(alarms);
    return list;
}

json_t *dlb_trend_json(const struct dlb_trend_report *report)
{
    json_t *list = json_array();
    for (int i = 0; i < report->trend->count; i++) {
        json_array_append_new(list, series_json(&report->trend->series[i]));
    }
    return json_pack("{s:s, s:s, s:o, s:o}", "metric", report->metric->name, "unit",
                     report->metric->unit, "series", list, "alarms", alarms_json(report->trend));
}

/* ---- rows ---- */

static const struct dlb_history_step *step_at(const struct dlb_history_series *series, int point)
{
    for (int i = 0; i < series->step_count; i++) {
        if (series->steps[i].first == point) {
            return &series->steps[i];
        }
    }
    return NULL;
}

static json_t *row_of(const struct dlb_history_series *series, int which)
{
    const struct dlb_history_point *point = &series->points[which];
    const struct dlb_history_step *step = step_at(series, which);
    char utc[24];
    format_date(utc, sizeof utc, point->created_utc, "%Y-%m-%dT%H:%M:%SZ");
    return json_pack("[o, o, o, o, s, o, o, o, s, o, o, o]", dlb_json_text(series->host),
                     dlb_json_text(series->key), dlb_json_text(series->device),
                     dlb_json_text(point->run_id), utc, dlb_json_text(point->rev),
                     dlb_json_text(point->branch), real_or_null(point->value),
                     dlb_history_state_name(series->state),
                     step != NULL ? real_or_null(step->effect) : json_null(),
                     step != NULL ? real_or_null(step->p) : json_null(),
                     step != NULL ? dlb_json_text(step->acknowledged_by) : json_null());
}

void dlb_trend_rows(const struct dlb_trend_report *report, struct dlb_history_rows *rows)
{
    rows->columns = json_pack("[s, s, s, s, s, s, s, s, s, s, s, s]", "host", "key", "device",
                              "run_id", "created_utc", "git_rev", "branch", report->metric->name,
                              "state", "step_effect", "step_p", "acknowledged_by");
    rows->rows = json_array();
    for (int i = 0; i < report->trend->count; i++) {
        for (int j = 0; j < report->trend->series[i].point_count; j++) {
            json_array_append_new(rows->rows, row_of(&report->trend->series[i], j));
        }
    }
}
