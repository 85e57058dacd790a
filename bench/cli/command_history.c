/* command_history.c: `dlbench history ACTION`: what is known of many runs: added, listed, asked, looked through for steps.
 *
 * Here are the options, which of them belong to which action, and where an answer goes; the actions are in history_actions.c. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/history_actions.h"
#include "bench/cli/suggest.h"
#include "bench/store/replace.h"

#define AT(field) .offset = offsetof(struct dlb_history_wanted, field)

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

/* ---- the actions ---- */

static const struct action {
    const char *name;
    int (*act)(struct dlb_history_work *work);
    bool opens;                          /* the history is opened for it */
    int arguments_least, arguments_most; /* behind the name */
    const char *wants;
    unsigned formats; /* set of bits */
} actions[] = {
    {"add", dlb_history_act_add, false, 1, DLB_HISTORY_FILES, "result files",
     1U << DLB_HISTORY_TEXT | 1U << DLB_HISTORY_JSON},
    {"list", dlb_history_act_list, true, 0, 0, "nothing more",
     1U << DLB_HISTORY_TEXT | 1U << DLB_HISTORY_JSON | 1U << DLB_HISTORY_CSV},
    {"trend", dlb_history_act_trend, true, 0, 0, "nothing more",
     1U << DLB_HISTORY_TEXT | 1U << DLB_HISTORY_JSON | 1U << DLB_HISTORY_CSV},
    {"sql", dlb_history_act_sql, true, 1, 1, "one SELECT, in quotes",
     1U << DLB_HISTORY_TEXT | 1U << DLB_HISTORY_JSON | 1U << DLB_HISTORY_CSV},
    {"export", dlb_history_act_export, true, 0, 0, "nothing more",
     1U << DLB_HISTORY_TEXT | 1U << DLB_HISTORY_JSONL | 1U << DLB_HISTORY_CSV |
         1U << DLB_HISTORY_SQL},
    {"rebuild", dlb_history_act_rebuild, false, 0, 0, "nothing more",
     1U << DLB_HISTORY_TEXT | 1U << DLB_HISTORY_JSON},
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
                                 const struct dlb_history_wanted *wanted)
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

static int act(struct dlb_history_work *work, const struct action *action)
{
    struct dlb_why *why = &work->cli->why;
    const struct dlb_history_options open = {.path = work->path, .verify = work->wanted->verify};
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

/* The answer in memory first, so that a failure leaves an old file as it was. */
static int act_into_file(struct dlb_history_work *work, const struct action *action)
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
    const struct dlb_history_wanted *wanted = target;
    const struct action *action = find_action(cli, cli->parser.arguments.items[0]);
    if (action == NULL || check_use(cli, action, wanted) != DLB_OK) {
        return DLB_EXIT_USAGE;
    }
    struct dlb_history_work work = {.cli = cli, .wanted = wanted, .out = cli->out};
    for (int i = 1; wanted->output != NULL && i < cli->parser.arguments.count; i++) {
        if (dlb_path_same(cli->parser.arguments.items[i], wanted->output)) {
            return dlb_cli_fail(cli, DLB_INVALID, "'%.200s' is both the input and the output",
                                wanted->output);
        }
    }
    return wanted->output != NULL ? act_into_file(&work, action) : act(&work, action);
}

const struct dlb_command dlb_command_history = {
    .name = "history",
    .summary = "keep runs over months: add, list, trend, sql, export, rebuild",
    .arguments = "add|list|trend|sql|export|rebuild [FILE|SQL]...",
    .argument_words = "add list trend sql export rebuild",
    .arguments_min = 1,
    .arguments_max = DLB_HISTORY_FILES,
    .details =
        "The truth is a log of runs (one JSON document a line, without samples) beside the "
        "database; the database is an index of it and can be made again with rebuild. add takes "
        "result files of any host; a run that is there already is left out. trend looks for steps "
        "in the sessions of each case by ranks; it never gates, but says how to confirm a step "
        "with one paired check. sql only reads.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct dlb_history_wanted),
    .run = run,
};
