/* command_baseline.c: `dlbench baseline save|show|accept|prune FILE`: what later runs are judged against, and who decides what it
 * holds.
 *
 * A session enters a baseline by `save` and `accept` alone, and each says what it would have been judged as: a slow creep is not
 * ratified unseen. The file itself is bench/store/baseline.h. */
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/baseline_show.h"
#include "bench/cli/command.h"
#include "bench/cli/suggest.h"
#include "bench/stats/prediction.h"
#include "bench/store/baseline.h"
#include "bench/store/replace.h"

#define LOCK_TRIES   200 /* of 50 ms: another writer is done in far less */
#define LOCK_WAIT_NS INT64_C(50000000)

struct baseline_options {
    int format;
    bool force;
    int64_t keep; /* 0: not given */
};

static const struct dlb_option options[] = {
    {.name = "force",
     .kind = DLB_OPTION_FLAG,
     .group = "Baseline",
     .help = "save, accept: also what is incomplete, failed or of changed sources; save: over an "
             "older baseline",
     .offset = offsetof(struct baseline_options, force)},
    {.name = "keep",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .min = 1,
     .max = 1000000,
     .group = "Baseline",
     .help = "prune: so many sessions, the newest",
     .offset = offsetof(struct baseline_options, keep)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_PLAIN,
     .group = "Output",
     .help = "text or json",
     .offset = offsetof(struct baseline_options, format)},
    {.name = NULL},
};

static const struct dlb_command_example examples[] = {
    {"dlbench baseline save main.json results/r.json", "begin a baseline with a run"},
    {"dlbench baseline accept main.json results/new.json", "add a session, after looking at it"},
    {"dlbench baseline show main.json", "what it holds, and how far sessions differ"},
    {"dlbench baseline prune main.json --keep 50", "forget all but the newest 50 sessions"},
    {NULL, NULL},
};

/* What an action works on. */
struct work {
    struct dlb_cli *cli;
    const struct baseline_options *wanted;
    const char *path;
    int result_count;
    const char *const *results;
    struct dlb_baseline baseline;
    json_t *added; /* what is told of each run that was added */
    int removed;   /* sessions pruned */
};

/* ---- files ---- */

/* What is wrong with a file is not the fault of the command line. */
static int file_code(enum dlb_status status)
{
    return status == DLB_INVALID ? DLB_EXIT_IO : dlb_exit_from_status(status);
}

/* The lock of results serves: whoever holds it may write at this path. Waits a little for another writer. */
static enum dlb_status lock(struct work *work, struct dlb_journal **journal)
{
    enum dlb_status status = DLB_IO;
    struct stat info;
    if (stat(work->path, &info) == 0 && S_ISDIR(info.st_mode))
        return dlb_fail(&work->cli->why, DLB_IO,
                        "cannot write %.300s: it is a folder; wanted the "
                        "name of a file",
                        work->path);
    for (int i = 0; i < LOCK_TRIES; i++) {
        status = dlb_journal_lock(work->path, journal, &work->cli->why);
        if (status != DLB_IO || strstr(work->cli->why.text, "another dlbench") == NULL)
            break;
        dlb_clock_sleep_ns(LOCK_WAIT_NS);
    }
    if (status == DLB_OK)
        work->cli->why.text[0] = '\0';
    return status;
}

/* ---- what a run is before it is accepted ---- */

/* "26 pass, 1 regressed", and of each verdict how often. */
static json_t *count_verdicts(const struct dlb_baseline_judgement *judgement)
{
    json_t *counts = json_object();
    for (int verdict = 0; verdict < DLB_VERDICT_COUNT; verdict++) {
        int count = 0;
        for (int i = 0; i < judgement->count; i++)
            count += (int)judgement->rows[i].verdict == verdict;
        if (count > 0)
            json_object_set_new(counts, dlb_verdict_name((enum dlb_verdict)verdict),
                                json_integer(count));
    }
    return counts;
}

static json_t *find_slowest(const struct dlb_baseline_judgement *judgement)
{
    const struct dlb_verdict_row *slowest = NULL;
    for (int i = 0; i < judgement->count; i++) {
        const struct dlb_verdict_row *row = &judgement->rows[i];
        if (isfinite(row->effect) && (slowest == NULL || row->effect > slowest->effect))
            slowest = row;
    }
    if (slowest == NULL)
        return json_null();
    return json_pack("{s:o, s:o, s:s, s:f}", "key", dlb_json_text(slowest->key), "label",
                     dlb_json_text(slowest->label), "verdict", dlb_verdict_name(slowest->verdict),
                     "effect", slowest->effect);
}

/* The judgement of a run by what the baseline held before it, as an object for the report. */
static enum dlb_status judge(struct work *work, const struct dlb_result *result, json_t **told)
{
    struct dlb_baseline_judgement judgement;
    const enum dlb_status status =
        dlb_baseline_judge(&work->baseline, result, &dlb_rule_default, &judgement, &work->cli->why);
    if (status != DLB_OK)
        return status;
    *told = json_pack("{s:s, s:s, s:o, s:o, s:O}", "run_id", result->run_id, "created_utc",
                      result->created_utc, "verdicts", count_verdicts(&judgement), "slowest",
                      find_slowest(&judgement), "warnings", judgement.warnings);
    dlb_baseline_judgement_free(&judgement);
    return *told != NULL ? DLB_OK
                         : dlb_fail(&work->cli->why, DLB_NO_MEMORY, "no memory for the report");
}

static enum dlb_status add_result(struct work *work, const char *path,
                                  const struct dlb_result *result)
{
    struct dlb_why why = {""};
    struct dlb_baseline_added added;
    json_t *told = NULL;
    const bool acceptable = dlb_baseline_acceptable(result, &why) == DLB_OK;
    if (!acceptable && !work->wanted->force)
        return dlb_fail(&work->cli->why, DLB_INVALID,
                        "%.300s is not accepted: %s; --force takes it "
                        "all the same",
                        path, why.text);
    if (!acceptable)
        dlb_log(DLB_LOG_WARNING, "%.300s is taken by force: %s", path, why.text);
    enum dlb_status status = judge(work, result, &told);
    if (status != DLB_OK)
        return status;
    status = dlb_baseline_add(&work->baseline, result, !acceptable, &added, &why);
    if (status != DLB_OK) {
        json_decref(told);
        return dlb_fail(&work->cli->why, status, "%.300s: %s", path, why.text);
    }
    json_object_set_new(told, "file", dlb_json_text(path));
    json_object_set_new(told, "forced", json_boolean(!acceptable));
    json_object_set_new(told, "cases", json_integer(added.cases));
    json_object_set_new(told, "new_cases", json_integer(added.fresh));
    json_object_set_new(told, "not_measured", json_integer(added.not_measured));
    json_array_append_new(work->added, told);
    return DLB_OK;
}

static int add_results(struct work *work)
{
    for (int i = 0; i < work->result_count; i++) {
        struct dlb_result result;
        enum dlb_status status = dlb_result_load(work->results[i], &result, &work->cli->why);
        if (status != DLB_OK)
            return file_code(status);
        status = add_result(work, work->results[i], &result);
        dlb_result_free(&result);
        if (status != DLB_OK)
            return file_code(status);
    }
    const enum dlb_status status = dlb_baseline_save(&work->baseline, work->path, &work->cli->why);
    return file_code(status);
}

/* ---- what is told ---- */

static void print_added(const struct work *work, const json_t *told)
{
    FILE *stream = work->cli->out.stream;
    const char *word = NULL;
    json_t *count = NULL;
    char text[256];
    const json_int_t cases = json_integer_value(json_object_get(told, "cases"));
    fprintf(stream, "%s: %lld case%s",
            dlb_text_printable(text, sizeof text, json_string_value(json_object_get(told, "file"))),
            (long long)cases, cases == 1 ? "" : "s");
    const json_int_t fresh = json_integer_value(json_object_get(told, "new_cases"));
    const json_int_t missing = json_integer_value(json_object_get(told, "not_measured"));
    if (fresh > 0)
        fprintf(stream, ", %lld of them new", (long long)fresh);
    if (missing > 0)
        fprintf(stream, "; %lld of the baseline not measured", (long long)missing);
    const char *separator = "; against the sessions before: ";
    json_object_foreach(json_object_get(told, "verdicts"), word, count)
    {
        if (strcmp(word, "new") == 0 || strcmp(word, "missing") == 0)
            continue;
        fprintf(stream, "%s%lld %s", separator, (long long)json_integer_value(count), word);
        separator = ", ";
    }
    const json_t *slowest = json_object_get(told, "slowest");
    if (json_is_object(slowest))
        fprintf(stream, "; most: %+.1f%% %s",
                100 * json_number_value(json_object_get(slowest, "effect")),
                dlb_text_printable(text, sizeof text,
                                   json_string_value(json_object_get(slowest, "label"))));
    fputc('\n', stream);
    size_t index;
    json_t *warning;
    json_array_foreach(json_object_get(told, "warnings"), index, warning)
    {
        dlb_log(DLB_LOG_WARNING, "%s",
                dlb_text_printable(text, sizeof text, json_string_value(warning)));
    }
}

static void report(struct work *work)
{
    size_t index;
    json_t *told;
    if (work->wanted->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(
            work->cli,
            json_pack("{s:o, s:i, s:i, s:i, s:O}", "baseline", dlb_json_text(work->path),
                      "sessions", work->baseline.session_count, "cases", work->baseline.case_count,
                      "removed", work->removed, "added", work->added),
            DLB_EXIT_OK);
        return;
    }
    json_array_foreach(work->added, index, told)
    {
        print_added(work, told);
    }
    const int sessions = work->baseline.session_count;
    char path[256];
    fprintf(work->cli->out.stream, "%s: %d session%s, %d case%s",
            dlb_text_printable(path, sizeof path, work->path), sessions, sessions == 1 ? "" : "s",
            work->baseline.case_count, work->baseline.case_count == 1 ? "" : "s");
    if (sessions < DLB_HISTORY_LEAST)
        fprintf(work->cli->out.stream, "; it takes %d sessions for a check to fail by them",
                DLB_HISTORY_LEAST);
    fputc('\n', work->cli->out.stream);
}

/* ---- the actions ---- */

/* A baseline is begun anew over an older one by force alone, and over anything else never. */
static int check_target(struct work *work)
{
    struct stat info;
    if (stat(work->path, &info) != 0 || (S_ISREG(info.st_mode) && info.st_size == 0))
        return DLB_EXIT_OK;
    struct dlb_baseline old;
    struct dlb_why why = {""};
    const enum dlb_status status = dlb_baseline_load(work->path, &old, &why);
    if (status != DLB_OK) {
        dlb_fail(&work->cli->why, status,
                 "'%.300s' exists and is no baseline that can be read "
                 "(%.400s); name another file",
                 work->path, why.text);
        return file_code(status);
    }
    const int sessions = old.session_count;
    dlb_baseline_free(&old);
    if (work->wanted->force)
        return DLB_EXIT_OK;
    dlb_fail(&work->cli->why, DLB_IO,
             "'%.300s' is a baseline of %d session%s already; baseline "
             "accept adds to it, --force begins it anew",
             work->path, sessions, sessions == 1 ? "" : "s");
    return DLB_EXIT_IO;
}

static int save(struct work *work)
{
    const int code = check_target(work);
    if (code != DLB_EXIT_OK)
        return code;
    dlb_baseline_init(&work->baseline);
    return add_results(work);
}

static int load(struct work *work)
{
    return file_code(dlb_baseline_load(work->path, &work->baseline, &work->cli->why));
}

static int accept_results(struct work *work)
{
    const int code = load(work);
    return code == DLB_EXIT_OK ? add_results(work) : code;
}

static int prune(struct work *work)
{
    int cases = 0;
    int code = load(work);
    if (code != DLB_EXIT_OK)
        return code;
    const int removed = work->removed =
        dlb_baseline_prune(&work->baseline, (int)work->wanted->keep, &cases);
    if (removed > 0)
        code = file_code(dlb_baseline_save(&work->baseline, work->path, &work->cli->why));
    if (code == DLB_EXIT_OK && work->wanted->format == DLB_PLAIN_TEXT && !work->cli->global.quiet) {
        fprintf(work->cli->out.stream, "%d session%s removed", removed, removed == 1 ? "" : "s");
        if (cases > 0)
            fprintf(work->cli->out.stream, ", and %d case%s that only they had", cases,
                    cases == 1 ? "" : "s");
        fputc('\n', work->cli->out.stream);
    }
    return code;
}

static int show(struct work *work)
{
    const int code = load(work);
    if (code != DLB_EXIT_OK)
        return code;
    if (work->wanted->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(work->cli, dlb_baseline_to_json(&work->baseline), DLB_EXIT_OK);
        return code;
    }
    dlb_baseline_print(&work->baseline, &work->cli->out);
    return code;
}

static const struct action {
    const char *name;
    bool takes_results, writes, force, keep;
    int (*run)(struct work *work);
} actions[] = {
    {"save", true, true, true, false, save},
    {"show", false, false, false, false, show},
    {"accept", true, true, true, false, accept_results},
    {"prune", false, true, false, true, prune},
};

static const struct action *find_action(const char *name)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(actions); i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}

static enum dlb_status check_usage(const struct work *work, const struct action *action)
{
    struct dlb_why *why = &work->cli->why;
    if (action->takes_results && work->result_count == 0)
        return dlb_fail(why, DLB_INVALID,
                        "dlbench baseline %s wants results: baseline %s FILE "
                        "RESULT...",
                        action->name, action->name);
    if (!action->takes_results && work->result_count > 0)
        return dlb_fail(why, DLB_INVALID,
                        "dlbench baseline %s takes one FILE, found '%.80s' behind "
                        "it",
                        action->name, work->results[0]);
    if (work->wanted->force && !action->force)
        return dlb_fail(why, DLB_INVALID, "--force belongs to baseline save and accept");
    if (work->wanted->keep > 0 && !action->keep)
        return dlb_fail(why, DLB_INVALID, "--keep belongs to baseline prune");
    if (action->keep && work->wanted->keep == 0)
        return dlb_fail(why, DLB_INVALID,
                        "dlbench baseline prune wants --keep N: how many sessions "
                        "stay");
    for (int i = 0; i < work->result_count; i++)
        if (dlb_path_same(work->path, work->results[i]))
            return dlb_fail(why, DLB_INVALID, "'%.200s' is both the input and the output",
                            work->results[i]);
    return DLB_OK;
}

static int act(struct work *work, const struct action *action)
{
    struct dlb_journal *journal = NULL;
    if (action->writes && lock(work, &journal) != DLB_OK)
        return DLB_EXIT_IO;
    const int code = action->run(work);
    if (journal != NULL)
        dlb_journal_close(journal, false); /* a killed run of that name keeps its records */
    /* --quiet: what was done is not told; what `show` was asked for is. */
    const bool silent =
        work->cli->global.quiet && action->writes && work->wanted->format == DLB_PLAIN_TEXT;
    if (code == DLB_EXIT_OK && !work->cli->printed_json && !silent)
        report(work);
    return code;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct dlb_texts *arguments = &cli->parser.arguments;
    const char *name = arguments->items[0];
    const struct action *action = find_action(name);
    if (action == NULL) {
        static const char *const names[] = {"save", "show", "accept", "prune", NULL};
        return dlb_cli_fail(cli, DLB_INVALID,
                            "there is no 'baseline %.80s'%s; there are: save, show, accept, prune",
                            name, dlb_suggest(name, names).text);
    }
    struct work work = {.cli = cli,
                        .wanted = target,
                        .path = arguments->items[1],
                        .result_count = arguments->count - 2,
                        .results = arguments->items + 2,
                        .added = json_array()};
    int code = dlb_exit_from_status(check_usage(&work, action));
    if (work.added == NULL)
        code = dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory to start");
    if (code == DLB_EXIT_OK)
        code = act(&work, action);
    dlb_baseline_free(&work.baseline);
    json_decref(work.added);
    return code;
}

const struct dlb_command dlb_command_baseline = {
    .name = "baseline",
    .summary = "keep what cases took in past sessions, for later runs to be judged against",
    .arguments = "save|show|accept|prune FILE [RESULT...]",
    .argument_words = "save show accept prune",
    .arguments_min = 2,
    .arguments_max = 1000,
    .details =
        "A baseline holds sessions: the times of every process of a run. `dlbench check --baseline "
        "FILE --mode history` judges a new run by them; with fewer than 8 sessions it only warns. "
        "Nothing enters a baseline by itself: `accept` adds a run when somebody says so, and tells "
        "what it would have been judged as. A case is known by all that makes two times comparable "
        "(problem and its version, types, implementation, device, driver, threads, cache, mode); "
        "when one of these changes, it begins a history of its own.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct baseline_options),
    .run = run,
};
