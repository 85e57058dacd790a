/* history_actions.c: add, list, sql, export, rebuild and trend of `dlbench history`.
 *
 * An answer is rows (bench/cli/rows.h), the trend's own report (trend_report.c), or lines for programs. The history itself is
 * bench/store/history.h. */
#include "bench/cli/history_actions.h"

#include <stdlib.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/rows.h"
#include "bench/cli/trend_report.h"

/* Of the permutations, unless --seed says otherwise: the same answer every time. */
#define TREND_SEED 20261123

/* ---- answers ---- */

/* --quiet: what was done is not told on the screen; an answer that was asked for is, and what goes into a file. */
static bool is_quiet(const struct dlb_history_work *work)
{
    return work->cli->global.quiet && work->wanted->output == NULL;
}

static int print_rows(struct dlb_history_work *work, const struct dlb_history_rows *rows)
{
    if (work->wanted->format == DLB_HISTORY_JSON) {
        dlb_cli_print_json(work->cli,
                           json_pack("{s:O, s:O}", "columns", rows->columns, "rows", rows->rows),
                           DLB_EXIT_OK);
    } else if (work->wanted->format == DLB_HISTORY_CSV) {
        dlb_rows_csv(rows->columns, rows->rows, work->out.stream);
    } else {
        dlb_rows_text(rows->columns, rows->rows, &work->out);
    }
    return DLB_EXIT_OK;
}

static int answer(struct dlb_history_work *work, const char *sql)
{
    struct dlb_history_rows rows = {NULL, NULL};
    const enum dlb_status status = dlb_history_query(work->history, sql, &rows, &work->cli->why);
    const int code = status == DLB_OK ? print_rows(work, &rows) : dlb_exit_from_status(status);
    dlb_history_rows_free(&rows);
    return code;
}

/* ---- add ---- */

static const char *outcome_name(enum dlb_history_outcome outcome)
{
    static const char *const names[] = {
        [DLB_HISTORY_ADDED] = "added",
        [DLB_HISTORY_KNOWN] = "known",
        [DLB_HISTORY_COMPLETED] = "completed",
    };
    return names[outcome];
}

static int count_ok(const struct dlb_result *result)
{
    int count = 0;
    for (int i = 0; i < result->record_count; i++) {
        count += result->records[i].status == DLB_OK ? 1 : 0;
    }
    return count;
}

/* One line, or one object, of what became of a file. */
static void tell_added(const struct dlb_history_work *work, const char *file,
                       const struct dlb_result *result, enum dlb_history_outcome outcome,
                       json_t *list)
{
    char shown[256];
    json_array_append_new(
        list, json_pack("{s:o, s:o, s:s, s:i, s:i, s:i, s:b}", "file", dlb_json_text(file),
                        "run_id", dlb_json_text(result->run_id), "outcome", outcome_name(outcome),
                        "cases", result->record_count, "ok", count_ok(result), "verdicts",
                        result->verdict_count, "complete", result->complete));
    if (work->wanted->format == DLB_HISTORY_JSON || is_quiet(work)) {
        return;
    }
    dlb_text_printable(shown, sizeof shown, file);
    if (outcome == DLB_HISTORY_KNOWN) {
        fprintf(work->out.stream, "%s: run %s is there already; left out\n", shown, result->run_id);
        return;
    }
    fprintf(work->out.stream, "%s: %s run %s, %d case%s, %d ok%s\n", shown, outcome_name(outcome),
            result->run_id, result->record_count, result->record_count == 1 ? "" : "s",
            count_ok(result), result->complete ? "" : ", incomplete");
    fflush(work->out.stream); /* the next file may take a while: what is safe is told now */
}

static enum dlb_status open_to_add(struct dlb_history_work *work)
{
    const struct dlb_history_options open = {
        .path = work->path, .create = true, .verify = work->wanted->verify};
    if (work->history != NULL) {
        return DLB_OK;
    }
    return dlb_history_open(&open, &work->history, &work->cli->why);
}

/* What is wrong with a file is not the fault of the command line. */
static enum dlb_status load(const char *file, struct dlb_result *result, struct dlb_why *why)
{
    const enum dlb_status status = dlb_result_load(file, result, why);
    return status == DLB_INVALID ? DLB_IO : status;
}

/* *broken: the history is, not the file. */
static enum dlb_status add_file(struct dlb_history_work *work, const char *file, json_t *list,
                                bool *broken)
{
    struct dlb_result result = {0};
    char absolute[4096];
    const struct dlb_history_source source = {realpath(file, absolute) != NULL ? absolute : file,
                                              work->wanted->branch, work->wanted->rev};
    enum dlb_history_outcome outcome = DLB_HISTORY_ADDED;
    enum dlb_status status = load(file, &result, &work->cli->why);
    const bool readable = status == DLB_OK;
    if (status == DLB_OK) {
        status = open_to_add(work);
    }
    if (status == DLB_OK) {
        status = dlb_history_add(work->history, &result, &source, &outcome, &work->cli->why);
        status = status == DLB_INVALID ? DLB_IO : status;
    }
    *broken = readable && status != DLB_OK;
    if (status == DLB_OK) {
        tell_added(work, file, &result, outcome, list);
    }
    dlb_result_free(&result);
    return status;
}

/* A bad file does not keep the others out; a bad history does. */
int dlb_history_act_add(struct dlb_history_work *work)
{
    struct dlb_cli *cli = work->cli;
    const struct dlb_texts *arguments = &cli->parser.arguments;
    const int files = arguments->count - 1;
    int failed = 0;
    int code = DLB_EXIT_OK;
    bool broken = false;
    json_t *list = json_array();
    for (int i = 1; i <= files && !broken; i++) {
        const enum dlb_status status = add_file(work, arguments->items[i], list, &broken);
        if (status == DLB_OK) {
            continue;
        }
        failed += broken ? files - i + 1 : 1;
        code = dlb_exit_stronger(code, dlb_exit_from_status(status));
        if (files > 1) {
            dlb_log(DLB_LOG_ERROR, "%s", cli->why.text);
        }
    }
    if (failed > 0 && files > 1) {
        snprintf(cli->why.text, sizeof cli->why.text, "%d of %d files could not be added", failed,
                 files);
    }
    if (work->wanted->format == DLB_HISTORY_JSON) {
        dlb_cli_print_json(
            cli, json_pack("{s:o, s:O}", "history", dlb_json_text(work->path), "files", list),
            code);
    }
    json_decref(list);
    return code;
}

/* ---- list, sql, export, rebuild ---- */

int dlb_history_act_list(struct dlb_history_work *work)
{
    return answer(
        work, "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.created_utc, 'unixepoch') AS created_utc,"
              " r.id AS run_id, coalesce(r.git_rev, '?') ||"
              " CASE WHEN r.dirty THEN '-dirty' ELSE '' END AS git_rev, r.branch, r.suite,"
              " r.host_id AS host, (SELECT count(*) FROM result x WHERE x.run_id=r.id) AS cases,"
              " (SELECT count(*) FROM result x WHERE x.run_id=r.id AND x.status='ok') AS ok,"
              " (SELECT count(*) FROM verdict v WHERE v.run_id=r.id) AS verdicts,"
              " CASE WHEN r.complete THEN 'yes' ELSE 'no' END AS complete, r.json_path"
              " FROM run r ORDER BY r.created_utc, r.rowid");
}

int dlb_history_act_sql(struct dlb_history_work *work)
{
    return answer(work, work->cli->parser.arguments.items[1]);
}

int dlb_history_act_export(struct dlb_history_work *work)
{
    static const char rows[] =
        "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', r.created_utc, 'unixepoch') AS created_utc,"
        " r.id AS run_id, r.git_rev, r.dirty, r.branch, r.tool_version, r.suite, r.seed,"
        " r.complete, r.host_id AS host, h.cpu_model, d.key AS device, d.backend,"
        " d.name AS device_name, d.driver, b.key_hash, b.workload, b.version_hash, b.params_json,"
        " b.dtype, b.direction, b.mode, b.cache_state, b.implementation, b.ops, b.bytes, x.status,"
        " x.median_ns, x.ci_lo_ns, x.ci_hi_ns, x.inv_sd_rel, x.ops_per_s, x.energy_j,"
        " x.roof_fraction, x.flags FROM result x JOIN run r ON r.id=x.run_id"
        " JOIN host h ON h.id=r.host_id JOIN bench b ON b.id=x.bench_id"
        " JOIN device d ON d.id=x.device_id ORDER BY r.created_utc, r.rowid, x.id";
    struct dlb_why *why = &work->cli->why;
    if (work->wanted->format == DLB_HISTORY_CSV) {
        return answer(work, rows);
    }
    work->cli->printed_json = true; /* lines for programs: no document behind half of them */
    const enum dlb_status status =
        work->wanted->format == DLB_HISTORY_SQL
            ? dlb_history_export_sql(work->history, work->out.stream, why)
            : dlb_history_export_jsonl(work->history, work->out.stream, why);
    const bool gone = status == DLB_IO && why->text[0] == '\0';
    return gone ? DLB_EXIT_OK : dlb_exit_from_status(status);
}

int dlb_history_act_rebuild(struct dlb_history_work *work)
{
    struct dlb_history_rebuilt rebuilt = {0};
    const enum dlb_status status = dlb_history_rebuild(work->path, &rebuilt, &work->cli->why);
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    if (work->wanted->format == DLB_HISTORY_JSON) {
        dlb_cli_print_json(
            work->cli,
            json_pack("{s:o, s:I, s:I, s:o}", "history", dlb_json_text(work->path), "runs",
                      (json_int_t)rebuilt.runs, "left_out", (json_int_t)rebuilt.left_out, "kept_as",
                      rebuilt.kept_as[0] != '\0' ? dlb_json_text(rebuilt.kept_as) : json_null()),
            DLB_EXIT_OK);
        return DLB_EXIT_OK;
    }
    if (is_quiet(work)) {
        return DLB_EXIT_OK;
    }
    fprintf(work->out.stream, "%s: made again from its log: %lld runs", work->path,
            (long long)rebuilt.runs);
    if (rebuilt.left_out > 0) {
        fprintf(work->out.stream, ", %lld lines left out", (long long)rebuilt.left_out);
    }
    fputc('\n', work->out.stream);
    if (rebuilt.kept_as[0] != '\0') {
        fprintf(work->out.stream, "the old database could not be read, or knew more: kept as %s\n",
                rebuilt.kept_as);
    }
    return DLB_EXIT_OK;
}

/* ---- trend ---- */

/* "onednn,openblas" is two patterns; the parser keeps the copies. */
static enum dlb_status split_devices(struct dlb_cli *cli, const struct dlb_texts *lists,
                                     const char **patterns, int most, int *count)
{
    *count = 0;
    for (int i = 0; i < lists->count; i++) {
        const char *rest = lists->items[i];
        while (rest != NULL) {
            const char *comma = strchr(rest, ',');
            char one[256];
            snprintf(one, sizeof one, "%.*s",
                     (int)(comma != NULL ? comma - rest : (ptrdiff_t)strlen(rest)), rest);
            if (one[0] == '\0' || *count == most) {
                return dlb_fail(&cli->why, DLB_INVALID,
                                "--device wants up to %d names with commas between them, found "
                                "'%.80s'",
                                most, lists->items[i]);
            }
            patterns[*count] = dlb_parser_keep(&cli->parser, one);
            if (patterns[(*count)++] == NULL) {
                return dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for --device");
            }
            rest = comma != NULL ? comma + 1 : NULL;
        }
    }
    return DLB_OK;
}

static const struct dlb_history_metric *find_metric(const char *name)
{
    const struct dlb_history_metric *metric = dlb_history_metrics;
    while (metric->name != NULL && strcmp(metric->name, name) != 0) {
        metric++;
    }
    return metric->name != NULL ? metric : dlb_history_metrics;
}

static void print_trend(struct dlb_history_work *work, const struct dlb_history_trend *trend)
{
    const struct dlb_trend_report report = {trend, find_metric(work->wanted->metric)};
    struct dlb_history_rows rows = {NULL, NULL};
    if (work->wanted->format == DLB_HISTORY_JSON) {
        dlb_cli_print_json(work->cli, dlb_trend_json(&report), DLB_EXIT_OK);
    } else if (work->wanted->format == DLB_HISTORY_CSV) {
        dlb_trend_rows(&report, &rows);
        dlb_rows_csv(rows.columns, rows.rows, work->out.stream);
        dlb_history_rows_free(&rows);
    } else {
        dlb_trend_text(&report, &work->out);
    }
}

static enum dlb_status acknowledge(struct dlb_history_work *work, struct dlb_history_trend *trend)
{
    const char *names[] = {getenv("USER"), getenv("LOGNAME"), "somebody"};
    const char *by = NULL;
    int count = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(names) && by == NULL; i++) {
        by = names[i] != NULL && names[i][0] != '\0' ? names[i] : NULL;
    }
    const enum dlb_status status = dlb_history_acknowledge(
        work->history, trend, by, work->wanted->acknowledge, &count, &work->cli->why);
    if (status == DLB_OK && count == 0) {
        dlb_log(DLB_LOG_WARNING, "--acknowledge: there is no step here that nobody has seen");
    }
    return status;
}

int dlb_history_act_trend(struct dlb_history_work *work)
{
    struct dlb_cli *cli = work->cli;
    const struct dlb_history_wanted *wanted = work->wanted;
    const char *devices[64];
    struct dlb_history_filter filter = {.host = wanted->host,
                                        .branch = wanted->branch,
                                        .since = wanted->since,
                                        .metric = wanted->metric,
                                        .workloads = wanted->workloads.items,
                                        .workload_count = wanted->workloads.count,
                                        .devices = devices};
    struct dlb_history_trend trend = {0};
    const uint64_t seed = cli->global.seed_given ? cli->global.seed : TREND_SEED;
    enum dlb_status status = split_devices(cli, &wanted->devices, devices,
                                           (int)DLB_ARRAY_COUNT(devices), &filter.device_count);
    if (status == DLB_OK && wanted->acknowledge != NULL && wanted->acknowledge[0] == '\0') {
        status = dlb_fail(&cli->why, DLB_INVALID, "--acknowledge wants a note that says why");
    }
    if (status == DLB_OK) {
        status = dlb_history_trend_find(work->history, &filter, &dlb_changepoint_default, seed,
                                        &trend, &cli->why);
    }
    if (status == DLB_OK && wanted->acknowledge != NULL) {
        status = acknowledge(work, &trend);
    }
    if (status == DLB_OK) {
        print_trend(work, &trend);
    }
    dlb_history_trend_free(&trend);
    return dlb_exit_from_status(status);
}
