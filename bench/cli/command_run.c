/* command_run.c: `dlbench run`: plan, measure, store, print.
 *
 * The order is: everything that can be refused is refused before the first measurement; the result file exists before the
 * first measurement, so that an unwritable place costs no time and a killed run loses nothing. The parts are in run_plan.c,
 * run_prepare.c, run_resume.c, run_result.c, run_file.c; measuring itself is bench/run/session.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/cli/run_state.h"
#include "bench/cli/stop.h"
#include "reports/report.h"

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
    dlb_run_announce(run, text);
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
        .slowdown = run->options->slowdown,
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

/* Judges, saves, prints; a file that cannot be saved changes the exit code, and the journal stays. */
static int finish(struct dlb_run *run, enum dlb_status session, const struct dlb_why *why)
{
    int code = dlb_run_judge(run, session, why);
    run->result.complete = session == DLB_OK;
    const bool saved = dlb_run_save(run, &code);
    dlb_run_close_file(run, saved, code == DLB_EXIT_OK);
    if (!run->cli->global.quiet || run->options->format != 0) {
        code = print_report(run, code);
    }
    /* where it disturbs nobody who reads a format from stdout */
    const bool text = strcmp(dlb_report_formats[run->options->format].name, "text") == 0;
    dlb_run_name_file(run, saved, text ? run->cli->out.stream : stderr);
    return code;
}

static int execute(struct dlb_run *run)
{
    struct dlb_why why = {""};
    enum dlb_status status = DLB_OK;
    if (run->options->resume != NULL && !run->options->dry_run) {
        status = dlb_run_take_file(run);
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
    dlb_run_probe_machine(run);
    status = dlb_run_fill_result(run);
    if (status == DLB_OK) {
        dlb_run_fill_request(run);
        status = dlb_run_open_file(run);
    }
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    status = measure(run, &why);
    return finish(run, status, &why);
}

static int run_command(struct dlb_cli *cli, void *target)
{
    static const struct dlb_run_kind kind = {
        .command = "run", .rows = dlb_run_option_rows, .suite = "quick", .timing_option = "mode"};
    struct dlb_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory to start");
    }
    dlb_run_open(run, &kind, cli, target);
    const int code = execute(run);
    dlb_run_close(run);
    free(run);
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
