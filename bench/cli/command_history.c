/* command_history.c: `dlbench history ACTION`: what is known of many runs: added, listed, asked, looked through for steps.
 *
 * Each action is a row of a table; it fills an answer (rows, or text of its own) and leaves the reason of a failure in cli->why. The history itself is
 * bench/store/history.h, what a trend says is trend_report.c. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/rows.h"
#include "bench/cli/suggest.h"
#include "bench/cli/trend_report.h"

#define TREND_SEED                                                                                 \
    20261123 /* of the permutations, unless --seed says otherwise: the same answer every time */
#define MOST_FILES 10000

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_JSONL, FORMAT_CSV, FORMAT_SQL };

struct history_options {
    const char *db, *branch, *rev, *since, *host, *metric, *acknowledge, *output;
    struct dlb_texts workloads, devices;
    bool verify;
    int format;
};

#define AT(field) .offset = offsetof(struct history_options, field)

static const struct dlb_option options[] = {
    {.name = "db",
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "History",
     .help = "the database (default: dlbench/history.db in XDG_DATA_HOME or ~/.local/share); its "
             "log is FILE with .jsonl",
     .completion = DLB_COMPLETE_FILE,
     AT(db)},
    {.name = "verify",
     .kind = DLB_OPTION_FLAG,
     .group = "History",
     .help = "check the whole database first",
     AT(verify)},
    {.name = "branch",
     .kind = DLB_OPTION_TEXT,
     .argument = "NAME",
     .group = "History",
     .help = "add: the branch of the run; trend: only runs of this one",
     AT(branch)},
    {.name = "rev",
     .kind = DLB_OPTION_TEXT,
     .argument = "NAME",
     .group = "History",
     .help = "add: the revision that was measured (default: that of dlbench itself)",
     AT(rev)},
    {.name = "workload",
     .letter = 'w',
     .kind = DLB_OPTION_TEXTS,
     .argument = "GLOB",
     .group = "Trend",
     .help = "workloads, problems or labels by pattern; may be repeated",
     .completion = DLB_COMPLETE_WORKLOADS,
     AT(workloads)},
    {.name = "device",
     .letter = 'd',
     .kind = DLB_OPTION_TEXTS,
     .argument = "LIST",
     .group = "Trend",
     .help = "devices, backends or kinds by pattern; lists with commas",
     .completion = DLB_COMPLETE_DEVICES,
     AT(devices)},
    {.name = "since",
     .kind = DLB_OPTION_TEXT,
     .argument = "WHEN",
     .group = "Trend",
     .help = "a date (2026-11-23) or the beginning of a revision: from its first run on",
     AT(since)},
    {.name = "host",
     .kind = DLB_OPTION_TEXT,
     .argument = "ID",
     .group = "Trend",
     .help = "one host, by the beginning of its id; hosts are never mixed",
     AT(host)},
    {.name = "metric",
     .kind = DLB_OPTION_TEXT,
     .argument = "NAME",
     .default_text = "median_ns",
     .group = "Trend",
     .help = "median_ns, ops_per_s, energy_j or roof_fraction",
     AT(metric)},
    {.name = "acknowledge",
     .kind = DLB_OPTION_TEXT,
     .argument = "NOTE",
     .group = "Trend",
     .help = "the steps found are known and wanted: keep this note with them, and quiet",
     AT(acknowledge)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = "text json jsonl csv sql",
     .group = "Output",
     .help = "text, json or csv; export: jsonl (default), csv or sql",
     AT(format)},
    {.name = "output",
     .letter = 'o',
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Output",
     .help = "write to FILE instead of the screen",
     .completion = DLB_COMPLETE_FILE,
     AT(output)},
    {.name = NULL},
};

static const struct dlb_command_example examples[] = {
    {"dlbench history add results/*.json --branch main", "put runs into the history"},
    {"dlbench history trend -w 'gemm*' -d onednn --since v1.2", "steps in the times of each case"},
    {"dlbench history sql \"SELECT suite, count(*) FROM run GROUP BY suite\"",
     "any question; nothing can be changed"},
    {"dlbench history export --format csv -o all.csv", "a row per case and run"},
    {"dlbench history rebuild", "make the database again from the log"},
    {NULL, NULL},
};

/* What an action works on, and where its answer goes. */
struct work {
    struct dlb_cli *cli;
    const struct history_options *wanted;
    char path[4096];
    struct dlb_screen out;
    struct dlb_history *history; /* opened by the actions that read; NULL for the others */
};

/* ---- answers ---- */

static int print_rows(struct work *work, const struct dlb_history_rows *rows)
{
    if (work->wanted->format == FORMAT_JSON) {
        dlb_cli_print_json(work->cli,
                           json_pack("{s:O, s:O}", "columns", rows->columns, "rows", rows->rows),
                           DLB_EXIT_OK);
    } else if (work->wanted->format == FORMAT_CSV) {
        dlb_rows_csv(rows->columns, rows->rows, work->out.stream);
    } else {
        dlb_rows_text(rows->columns, rows->rows, &work->out);
    }
    return DLB_EXIT_OK;
}

static int answer(struct work *work, const char *sql)
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
static void tell_added(const struct work *work, const char *file, const struct dlb_result *result,
                       enum dlb_history_outcome outcome, json_t *list)
{
    char shown[256];
    json_array_append_new(
        list, json_pack("{s:o, s:o, s:s, s:i, s:i, s:i, s:b}", "file", dlb_json_text(file),
                        "run_id", dlb_json_text(result->run_id), "outcome", outcome_name(outcome),
                        "cases", result->record_count, "ok", count_ok(result), "verdicts",
                        result->verdict_count, "complete", result->complete));
    if (work->wanted->format == FORMAT_JSON) {
        return;
    }
    dlb_text_printable(shown, sizeof shown, file);
    if (outcome == DLB_HISTORY_KNOWN) {
        fprintf(work->out.stream, "%s: run %s is there already; left out\n", shown, result->run_id);
        return;
    }
    fprintf(work->out.stream, "%s: %s run %s, %d cases, %d ok%s\n", shown, outcome_name(outcome),
            result->run_id, result->record_count, count_ok(result),
            result->complete ? "" : ", incomplete");
}

static enum dlb_status open_to_add(struct work *work)
{
    const struct dlb_history_options open = {work->path, true, work->wanted->verify};
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

static enum dlb_status add_file(struct work *work, const char *file, json_t *list)
{
    struct dlb_result result = {0};
    char absolute[4096];
    const struct dlb_history_source source = {realpath(file, absolute) != NULL ? absolute : file,
                                              work->wanted->branch, work->wanted->rev};
    enum dlb_history_outcome outcome = DLB_HISTORY_ADDED;
    enum dlb_status status = load(file, &result, &work->cli->why);
    if (status == DLB_OK) {
        status = open_to_add(work);
    }
    if (status == DLB_OK) {
        status = dlb_history_add(work->history, &result, &source, &outcome, &work->cli->why);
        status = status == DLB_INVALID ? DLB_IO : status;
    }
    if (status == DLB_OK) {
        tell_added(work, file, &result, outcome, list);
    }
    dlb_result_free(&result);
    return status;
}

/* A bad file does not keep the others out; a bad history does. */
static int act_add(struct work *work)
{
    struct dlb_cli *cli = work->cli;
    const struct dlb_texts *arguments = &cli->parser.arguments;
    const int files = arguments->count - 1;
    int failed = 0;
    int code = DLB_EXIT_OK;
    json_t *list = json_array();
    for (int i = 1; i <= files; i++) {
        const enum dlb_status status = add_file(work, arguments->items[i], list);
        if (status == DLB_OK) {
            continue;
        }
        failed++;
        code = dlb_exit_stronger(code, dlb_exit_from_status(status));
        if (files > 1) {
            dlb_log(DLB_LOG_ERROR, "%s", cli->why.text);
        }
    }
    if (failed > 0 && files > 1) {
        snprintf(cli->why.text, sizeof cli->why.text, "%d of %d files could not be added", failed,
                 files);
    }
    if (work->wanted->format == FORMAT_JSON) {
        dlb_cli_print_json(
            cli, json_pack("{s:o, s:O}", "history", dlb_json_text(work->path), "files", list),
            code);
    }
    json_decref(list);
    return code;
}

/* ---- list, sql, export, rebuild ---- */

static int act_list(struct work *work)
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

static int act_sql(struct work *work)
{
    return answer(work, work->cli->parser.arguments.items[1]);
}

static int act_export(struct work *work)
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
    if (work->wanted->format == FORMAT_CSV) {
        return answer(work, rows);
    }
    work->cli->printed_json = true; /* lines for programs: no document behind half of them */
    const enum dlb_status status =
        work->wanted->format == FORMAT_SQL
            ? dlb_history_export_sql(work->history, work->out.stream, why)
            : dlb_history_export_jsonl(work->history, work->out.stream, why);
    const bool gone = status == DLB_IO && why->text[0] == '\0';
    return gone ? DLB_EXIT_OK : dlb_exit_from_status(status);
}

static int act_rebuild(struct work *work)
{
    struct dlb_history_rebuilt rebuilt = {0};
    const enum dlb_status status = dlb_history_rebuild(work->path, &rebuilt, &work->cli->why);
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    if (work->wanted->format == FORMAT_JSON) {
        dlb_cli_print_json(
            work->cli,
            json_pack("{s:o, s:I, s:I, s:o}", "history", dlb_json_text(work->path), "runs",
                      (json_int_t)rebuilt.runs, "left_out", (json_int_t)rebuilt.left_out, "kept_as",
                      rebuilt.kept_as[0] != '\0' ? dlb_json_text(rebuilt.kept_as) : json_null()),
            DLB_EXIT_OK);
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

static void print_trend(struct work *work, const struct dlb_history_trend *trend)
{
    const struct dlb_trend_report report = {trend, find_metric(work->wanted->metric)};
    struct dlb_history_rows rows = {NULL, NULL};
    if (work->wanted->format == FORMAT_JSON) {
        dlb_cli_print_json(work->cli, dlb_trend_json(&report), DLB_EXIT_OK);
    } else if (work->wanted->format == FORMAT_CSV) {
        dlb_trend_rows(&report, &rows);
        dlb_rows_csv(rows.columns, rows.rows, work->out.stream);
        dlb_history_rows_free(&rows);
    } else {
        dlb_trend_text(&report, &work->out);
    }
}

static enum dlb_status acknowledge(struct work *work, struct dlb_history_trend *trend)
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

static int act_trend(struct work *work)
{
    struct dlb_cli *cli = work->cli;
    const struct history_options *wanted = work->wanted;
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

/* ---- the actions ---- */

static const struct action {
    const char *name;
    int (*act)(struct work *work);
    bool opens;                          /* the history is opened for it */
    int arguments_least, arguments_most; /* behind the name */
    const char *wants;
    unsigned formats; /* set of bits */
} actions[] = {
    {"add", act_add, false, 1, MOST_FILES, "result files", 1U << FORMAT_TEXT | 1U << FORMAT_JSON},
    {"list", act_list, true, 0, 0, "nothing more",
     1U << FORMAT_TEXT | 1U << FORMAT_JSON | 1U << FORMAT_CSV},
    {"trend", act_trend, true, 0, 0, "nothing more",
     1U << FORMAT_TEXT | 1U << FORMAT_JSON | 1U << FORMAT_CSV},
    {"sql", act_sql, true, 1, 1, "one SELECT, in quotes",
     1U << FORMAT_TEXT | 1U << FORMAT_JSON | 1U << FORMAT_CSV},
    {"export", act_export, true, 0, 0, "nothing more",
     1U << FORMAT_TEXT | 1U << FORMAT_JSONL | 1U << FORMAT_CSV | 1U << FORMAT_SQL},
    {"rebuild", act_rebuild, false, 0, 0, "nothing more", 1U << FORMAT_TEXT | 1U << FORMAT_JSON},
};

static const struct action *find_action(struct dlb_cli *cli, const char *name)
{
    const char *names[DLB_ARRAY_COUNT(actions) + 1] = {NULL};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(actions); i++) {
        names[i] = actions[i].name;
        if (strcmp(actions[i].name, name) == 0) {
            return &actions[i];
        }
    }
    dlb_fail(&cli->why, DLB_INVALID,
             "dlbench history cannot '%.80s'%s; it can: add, list, trend, sql, export, rebuild",
             name, dlb_suggest(name, names).text);
    return NULL;
}

static enum dlb_status check_use(struct dlb_cli *cli, const struct action *action,
                                 const struct history_options *wanted)
{
    const struct dlb_texts *arguments = &cli->parser.arguments;
    const int given = arguments->count - 1;
    if (given < action->arguments_least || given > action->arguments_most) {
        return dlb_fail(&cli->why, DLB_INVALID, "dlbench history %s wants %s, found %s%.80s%s",
                        action->name, action->wants, given > 0 ? "'" : "",
                        given > 0 ? arguments->items[action->arguments_most + 1] : "nothing",
                        given > 0 ? "'" : "");
    }
    if ((action->formats & 1U << wanted->format) == 0) {
        return dlb_fail(&cli->why, DLB_INVALID, "dlbench history %s cannot write %s", action->name,
                        dlb_parser_text(&cli->parser, "format"));
    }
    const bool adds = strcmp(action->name, "add") == 0;
    const bool trends = strcmp(action->name, "trend") == 0;
    static const char *const of_trend[] = {"workload", "device", "since",
                                           "host",     "metric", "acknowledge"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(of_trend); i++) {
        if (!trends && dlb_parser_source(&cli->parser, of_trend[i]) == DLB_SOURCE_COMMAND_LINE) {
            return dlb_fail(&cli->why, DLB_INVALID, "--%s is for dlbench history trend, not for %s",
                            of_trend[i], action->name);
        }
    }
    if ((wanted->rev != NULL && !adds) || (wanted->branch != NULL && !adds && !trends)) {
        return dlb_fail(&cli->why, DLB_INVALID, "--%s has no meaning for dlbench history %s",
                        wanted->rev != NULL && !adds ? "rev" : "branch", action->name);
    }
    return DLB_OK;
}

static int act(struct work *work, const struct action *action)
{
    struct dlb_why *why = &work->cli->why;
    const struct dlb_history_options open = {work->path, false, work->wanted->verify};
    enum dlb_status status = DLB_OK;
    if (work->wanted->db == NULL) {
        status = dlb_history_default_path(work->path, sizeof work->path,
                                          strcmp(action->name, "add") == 0, why);
    } else if (strlen(work->wanted->db) >= sizeof work->path) {
        status = dlb_fail(why, DLB_IO, "cannot open the history %.60s...: path too long",
                          work->wanted->db);
    } else {
        strcpy(work->path, work->wanted->db);
    }
    if (status == DLB_OK && action->opens) {
        status = dlb_history_open(&open, &work->history, why);
    }
    const int code = status == DLB_OK ? action->act(work) : dlb_exit_from_status(status);
    dlb_history_close(work->history);
    return code;
}

static bool same_file(const char *a, const char *b)
{
    struct stat first;
    struct stat second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* The answer in memory first, so that a failure leaves an old file as it was. */
static int act_into_file(struct work *work, const struct action *action)
{
    struct dlb_cli *cli = work->cli;
    char *bytes = NULL;
    size_t size = 0;
    FILE *screen = cli->out.stream;
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL) {
        return dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory for the answer");
    }
    cli->out.stream = stream;
    work->out = (struct dlb_screen){.stream = stream, .unicode = true};
    int code = act(work, action);
    cli->out.stream = screen;
    cli->printed_json = false;
    if (fclose(stream) != 0) {
        code = dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory for the answer");
    } else if (code == DLB_EXIT_OK) {
        code = dlb_exit_from_status(dlb_file_replace(work->wanted->output, bytes, size, &cli->why));
    }
    free(bytes);
    return code;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct history_options *wanted = target;
    const struct action *action = find_action(cli, cli->parser.arguments.items[0]);
    if (action == NULL || check_use(cli, action, wanted) != DLB_OK) {
        return DLB_EXIT_USAGE;
    }
    struct work work = {.cli = cli, .wanted = wanted, .out = cli->out};
    for (int i = 1; wanted->output != NULL && i < cli->parser.arguments.count; i++) {
        if (same_file(cli->parser.arguments.items[i], wanted->output)) {
            return dlb_cli_fail(cli, DLB_INVALID, "'%.200s' is both the input and the output",
                                wanted->output);
        }
    }
    /* A limit on the size of files is an error like a full disk, not the end. */
    signal(SIGXFSZ, SIG_IGN);
    return wanted->output != NULL ? act_into_file(&work, action) : act(&work, action);
}

const struct dlb_command dlb_command_history = {
    .name = "history",
    .summary = "keep runs over months: add, list, trend, sql, export, rebuild",
    .arguments = "add|list|trend|sql|export|rebuild [FILE|SQL]...",
    .argument_words = "add list trend sql export rebuild",
    .arguments_min = 1,
    .arguments_max = MOST_FILES,
    .details =
        "The truth is a log of runs (one JSON document a line, without samples) beside the "
        "database; the database is an index of it and can be made again with rebuild. add takes "
        "result files of any host; a run that is there already is left out. trend looks for steps "
        "in the sessions of each case by ranks; it never gates, but says how to confirm a step "
        "with one paired check. sql only reads.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct history_options),
    .run = run,
};
