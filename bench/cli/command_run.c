/* command_run.c: `dlbench run`: plan, measure, store, print.
 *
 * The order is: everything that can be refused is refused before the first measurement; the result file exists before the
 * first measurement, so that an unwritable place costs no time and a killed run loses nothing. The parts are in run_plan.c,
 * run_resume.c, run_result.c; measuring itself is bench/run/session.c. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/run_state.h"
#include "bench/cli/stop.h"
#include "reports/report.h"

#define MEMORY_SHARE                                                                               \
    0.8 /* of what is free: the rest belongs to the parent, the system, and estimates that err */

/* ---- what the session tells and asks ---- */

static void on_tick(void *user, const struct dlb_session_state *state)
{
    struct dlb_run *run = user;
    dlb_progress_tick(&run->progress, state, &run->result.records[state->item - run->plan.cases]);
}

static void on_finished(void *user, const struct dlb_session_state *state,
                        const struct dlb_record *record)
{
    struct dlb_run *run = user;
    dlb_progress_finished(&run->progress, state, record);
}

static int on_stop(void *user)
{
    struct dlb_run *run = user;
    const int wanted = dlb_stop_wanted();
    if (wanted > run->stop_said) {
        run->stop_said = wanted;
        if (!run->cli->global.quiet) {
            dlb_progress_say(&run->progress,
                             wanted == 1
                                 ? "finishing this case, then saving; once more stops at once"
                                 : "stopping now, then saving what was measured so far");
        }
    }
    return wanted;
}

/* ---- before ---- */

/* Reference answers are kept between runs where there is a home for them. */
static void find_oracle_folder(char *folder, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int length = 0;
    folder[0] = '\0';
    if (cache != NULL && cache[0] == '/') {
        length = snprintf(folder, size, "%s/dlbench/oracle", cache);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(folder, size, "%s/.cache/dlbench/oracle", home);
    }
    if (length < 0 || (size_t)length >= size) {
        folder[0] = '\0';
    }
}

static void fill_request(struct dlb_run *run)
{
    struct dlb_request *request = &run->request;
    request->seed = run->seed;
    request->sampling = run->sampling;
    request->llc_bytes = run->cache.llc_effective_bytes;
    request->memory_limit_bytes = (int64_t)(MEMORY_SHARE * (double)run->host.ram_available_bytes);
    request->keep_samples = run->options->keep_samples == 0;
    find_oracle_folder(request->oracle_folder, sizeof request->oracle_folder);
    const struct dlb_texts *options = &run->options->backend_options;
    for (int i = 0; i < options->count; i++) {
        snprintf(request->options[request->option_count++], sizeof request->options[0], "%s",
                 options->items[i]);
    }
}

static void probe_machine(struct dlb_run *run)
{
    bool cold = false;
    for (int64_t i = 0; i < run->plan.count; i++) {
        cold = cold || run->plan.cases[i].cache == DLB_CACHE_COLD;
    }
    dlb_timer_calibrate(&run->timer);
    run->sampling.timer = run->timer;
    if (cold && !run->cli->global.quiet) {
        fprintf(stderr, "measuring the last-level cache ...\n");
    }
    dlb_cache_probe("", cold, &run->cache);
    const json_t *then = json_object_get(run->result.settings, "llc_effective_bytes");
    if (json_integer_value(then) > 0) { /* resumed: one file, one idea of what is cold */
        run->cache.llc_effective_bytes = json_integer_value(then);
    }
}

/* Of what is left, those that one process tells all of. */
static long long count_once(const struct dlb_run *run)
{
    long long count = 0;
    for (int64_t i = 0; i < run->plan.count; i++) {
        count += run->plan.cases[i].once && dlb_run_missing(run, i) > 0;
    }
    return count;
}

static void announce(const struct dlb_run *run, struct dlb_text *text)
{
    char clean[512];
    dlb_text_format(text, "dlbench run  suite=%s  seed=%llu  devices:",
                    run->result.suite[0] != '\0'
                        ? dlb_text_printable(clean, sizeof clean, run->result.suite)
                        : "-",
                    (unsigned long long)run->seed);
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        if (device->selected) {
            dlb_text_format(text, " %s%s%s%s", device->key,
                            device->evidence != DLB_EVIDENCE_MEASURED ? "(" : "",
                            device->evidence != DLB_EVIDENCE_MEASURED
                                ? dlb_evidence_name(device->evidence)
                                : "",
                            device->evidence != DLB_EVIDENCE_MEASURED ? ")" : "");
        }
    }
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        if (dlb_device_is_missed(device)) {
            dlb_text_format(text, "\nskipped %s: %s: %s", device->key,
                            dlb_status_name(device->status),
                            dlb_text_printable(clean, sizeof clean, device->reason));
        }
    }
    const long long left = dlb_run_cases_left(run);
    if (left == 0) {
        dlb_text_append(text, "\nnothing left to do: every case has its result");
        return;
    }
    const long long once = count_once(run);
    const long long processes = once < left ? (long long)run->options->invocations : 1;
    dlb_text_format(text, "\n%lld case%s%s, each in %lld fresh process%s", left,
                    left == 1 ? "" : "s", run->options->resume != NULL ? " left" : "", processes,
                    processes == 1 ? "" : "es");
    if (once > 0 && processes > 1) {
        dlb_text_format(text, ", %lld of them (not measured) in one", once);
    }
}

/* ---- measuring ---- */

static enum dlb_status measure(struct dlb_run *run, struct dlb_why *why)
{
    static const char *const policies[] = {"active", "passive"};
    const struct dlb_session_watch watch = {run, on_tick, on_finished, on_stop};
    const struct dlb_session_options options = {
        .spawn = {.program = run->cli->program,
                  .wait_policy = policies[run->options->wait_policy],
                  .timeout_s = run->timeout_s},
        .request = run->request,
        .cpus = run->host.allowed_cpus,
        .invocations = (int)run->options->invocations,
        .seed = run->seed,
        .gates = !run->options->no_gates,
        .journal = run->journal,
        .result_path = run->path};
    struct dlb_text announcement = {0};
    announce(run, &announcement);
    dlb_progress_open(&run->progress, &run->cli->err, run->cli->global.quiet,
                      announcement.data != NULL ? announcement.data : "");
    run->progress.cases = dlb_run_cases_left(run);
    run->progress.precision = run->sampling.precision;
    const int64_t begin = dlb_clock_ns();
    const enum dlb_status status =
        dlb_session_run(&options, run->plan.cases, run->plan.count, &watch, &run->result, why);
    run->result.duration_s = run->duration_before_s + 1e-9 * (double)(dlb_clock_ns() - begin);
    dlb_progress_close(&run->progress);
    dlb_text_free(&announcement);
    return status;
}

/* ---- after ---- */

static int print_report(struct dlb_run *run, int code)
{
    const struct dlb_screen *out = &run->cli->out;
    const int64_t columns = run->options->columns;
    const struct dlb_report_options options = {.color = out->color,
                                               .columns =
                                                   columns >= 0 ? (int)columns : out->columns,
                                               .unicode = out->unicode};
    const struct dlb_report_format *format = &dlb_report_formats[run->options->format];
    struct dlb_why why = {""};
    const enum dlb_status status = format->write(&run->result, &options, out->stream, &why);
    run->cli->printed_json = strncmp(format->name, "json", 4) == 0; /* or jsonl */
    if (status != DLB_OK && why.text[0] != '\0') { /* silent when the reader has gone */
        run->cli->why = why;
        return dlb_exit_stronger(code, dlb_exit_from_status(status));
    }
    return code;
}

/* The file's name goes where it disturbs nobody who reads a format from stdout. */
static void name_file(const struct dlb_run *run, bool saved)
{
    const bool text = strcmp(dlb_report_formats[run->options->format].name, "text") == 0;
    char clean[DLB_PATH_LIMIT];
    (void)dlb_text_printable(clean, sizeof clean, run->path);
    if (saved && !run->cli->global.quiet) {
        fprintf(text ? run->cli->out.stream : stderr, "results: %s\n", clean);
    } else if (!saved) {
        dlb_log(DLB_LOG_ERROR, "as much of it as could be saved is in %s.journal", run->path);
    }
}

/* Judges, saves, prints; a file that cannot be saved changes the exit code, and the journal stays. */
static int finish(struct dlb_run *run, enum dlb_status session, const struct dlb_why *why)
{
    int code = dlb_run_judge(run, session, why);
    run->result.exit_code = code;
    run->result.complete = session == DLB_OK;
    snprintf(run->result.reason, sizeof run->result.reason, "%s", run->cli->why.text);
    struct dlb_why unsaved = {""};
    const bool saved = dlb_result_save(&run->result, run->path, &unsaved) == DLB_OK;
    if (!saved) {
        code = dlb_exit_stronger(code, DLB_EXIT_IO);
        if (code == DLB_EXIT_IO) {
            run->cli->why = unsaved;
        } else {
            dlb_log(DLB_LOG_ERROR, "%s", unsaved.text);
        }
        run->result.exit_code = code;
        snprintf(run->result.reason, sizeof run->result.reason, "%s", run->cli->why.text);
    }
    dlb_journal_close(run->journal, saved);
    run->journal = NULL;
    if (saved && run->result.complete && code == DLB_EXIT_OK) {
        dlb_run_drop_aside(run);
    } else if (run->aside[0] != '\0') {
        dlb_log(DLB_LOG_WARNING, "the results that were in %s are kept as %s", run->path,
                run->aside);
    }
    if (!run->cli->global.quiet || run->options->format != 0) {
        code = print_report(run, code);
    }
    name_file(run, saved);
    return code;
}

/* A resumed run takes its file before it reads it: the run that is in it may still go on. */
static enum dlb_status take_file(struct dlb_run *run)
{
    const enum dlb_status status = dlb_run_choose_path(run);
    return status == DLB_OK ? dlb_journal_lock(run->path, &run->journal, &run->cli->why) : status;
}

/* The file first, empty of measurements: the journal belongs to it, and a bad place shows now. Nothing is written before
 * the lock is ours, and nothing that was there is lost. */
static enum dlb_status open_file(struct dlb_run *run)
{
    struct dlb_why *why = &run->cli->why;
    enum dlb_status status = run->journal == NULL ? take_file(run) : DLB_OK;
    if (status == DLB_OK) {
        status = dlb_journal_begin(run->journal, run->result.run_id, why);
    }
    if (status == DLB_OK) {
        status = dlb_run_set_aside(run);
    }
    if (status == DLB_OK) {
        status = dlb_result_save(&run->result, run->path, why);
    }
    if (status != DLB_OK) {
        dlb_run_restore_aside(run);
    } else if (run->options->resume != NULL) {
        status = dlb_journal_restart(run->journal, run->result.run_id, why);
    }
    return status;
}

static int execute(struct dlb_run *run)
{
    struct dlb_why why = {""};
    enum dlb_status status = DLB_OK;
    if (run->options->resume != NULL && !run->options->dry_run) {
        status = take_file(run);
    }
    if (status == DLB_OK) {
        status = dlb_run_make_plan(run);
    }
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    if (run->options->dry_run) {
        dlb_run_print_plan(run);
        return DLB_EXIT_OK;
    }
    probe_machine(run);
    status = dlb_run_fill_result(run);
    if (status == DLB_OK) {
        fill_request(run);
        status = open_file(run);
    }
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    status = measure(run, &why);
    return finish(run, status, &why);
}

static void close_run(struct dlb_run *run)
{
    if (run->journal != NULL) {
        dlb_journal_close(run->journal, false);
    }
    dlb_result_free(&run->result);
    dlb_plan_free(&run->plan);
    dlb_devices_close(&run->devices);
    dlb_suite_free(&run->suite);
    free(run);
}

/* A seed that nobody chose: different each time, printed and stored, and short enough to type. */
static uint64_t new_seed(void)
{
    struct dlb_random random;
    char stamp[24];
    dlb_clock_utc(stamp, (int)sizeof stamp);
    dlb_random_seed(&random, dlb_random_derive((uint64_t)dlb_clock_ns(), stamp));
    return dlb_random_below(&random, 1000000);
}

static int run_command(struct dlb_cli *cli, void *target)
{
    struct dlb_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory to start");
    }
    run->cli = cli;
    run->options = target;
    run->seed = cli->global.seed_given ? cli->global.seed : new_seed();
    dlb_result_init(&run->result);
    dlb_stop_watch();
    dlb_host_read("", &run->host);
    const int code = execute(run);
    close_run(run);
    return code;
}

static const struct dlb_command_example examples[] = {
    {"dlbench run", "the suite 'quick' on every device that is there"},
    {"dlbench run -d cpu -w gemm -p m=512-4096*2 -p dtype=f32,bf16",
     "matrix products of four sizes in two types on the CPU backends"},
    {"dlbench run -d onednn,openblas --suite standard --cache warm,cold -o r.json",
     "two backends, warm and cold caches, into a file of that name"},
    {"dlbench run --resume results/r.json", "go on where Ctrl-C ended it"},
    {NULL, NULL},
};

const struct dlb_command dlb_command_run = {
    .name = "run",
    .summary = "measure: verify, time and store every case; print a table",
    .arguments = "",
    .details =
        "With -p, a parameter takes the values given in every problem that has it, also in those "
        "of "
        "a suite: --suite quick -p m=64 changes all its products and no convolution. "
        "Each case (workload x device x threads x mode x cache x data) is measured in fresh "
        "processes in random order; its answer is checked before and after timing. A crash, a "
        "hang or a wrong answer becomes a row with its reason and the run goes on. Ctrl-C "
        "once finishes the case at hand and saves; twice stops now. --resume goes on with the "
        "file of a run that was stopped, by the same dlbench with the same libraries: what is "
        "missing is measured, cases that failed are tried again, and all else stays. With -o, a "
        "file that exists is kept as FILE.old until the new run has ended well.",
    .examples = examples,
    .options = dlb_run_option_rows,
    .target_size = sizeof(struct dlb_run_options),
    .run = run_command,
};
