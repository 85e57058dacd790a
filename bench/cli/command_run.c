/* command_run.c: `dlbench run`: plan, measure, store, print.
 *
 * The order is: everything that can be refused is refused before the first measurement; the result file exists before the
 * first measurement, so that an unwritable place costs no time and a killed run loses nothing. The parts are in run_plan.c,
 * run_prepare.c, run_measure.c, run_resume.c, run_result.c, run_file.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/run_cost.h"
#include "bench/cli/run_report.h"
#include "bench/cli/run_roofs.h"
#include "bench/cli/run_state.h"
#include "reports/report.h"

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

static struct dlb_cost_terms cost_terms(const struct dlb_run_options *options)
{
    return (struct dlb_cost_terms){.price_hour = options->price_hour,
                                   .price_kwh = options->price_kwh,
                                   .pue = options->pue,
                                   .currency = options->currency};
}

/* What is told beside the times, from all of them: the share of the roof and the cost. */
static enum dlb_status complete_rows(struct dlb_run *run)
{
    const struct dlb_cost_terms terms = cost_terms(run->options);
    for (int i = 0; i < run->result.record_count; i++) {
        dlb_run_roofs_apply(run, &run->result.records[i]);
    }
    return dlb_run_cost(run->cli, &terms, &run->result);
}

/* Judges, saves, prints; a file that cannot be saved changes the exit code, and the journal stays. */
static int finish(struct dlb_run *run, enum dlb_status session, const struct dlb_why *why)
{
    const enum dlb_status completed = complete_rows(run);
    const struct dlb_why incomplete = run->cli->why;
    if (session == DLB_OK && completed != DLB_OK) {
        session = completed;
        why = &incomplete;
    }
    int code = dlb_run_judge(run, session, why);
    run->result.complete = session == DLB_OK;
    const bool saved = dlb_run_save(run, &code);
    dlb_run_close_file(run, saved, code == DLB_EXIT_OK);
    if (!run->cli->global.quiet || run->options->format != 0) {
        code = print_report(run, code);
    }
    /* where it disturbs nobody who reads a format from stdout */
    const bool text = strcmp(dlb_report_formats[run->options->format].name, "text") == 0;
    FILE *names = text ? run->cli->out.stream : stderr;
    dlb_run_name_file(run, saved, names);
    return dlb_run_report_write(run, code, names);
}

static int execute(struct dlb_run *run)
{
    struct dlb_why why = {""};
    const struct dlb_cost_terms terms = cost_terms(run->options);
    enum dlb_status status = dlb_run_cost_check(run->cli, &terms);
    if (status == DLB_OK && run->options->resume != NULL && !run->options->dry_run) {
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
    status = dlb_run_report_open(run);
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    status = dlb_run_roofs_choose(run);
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
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
    status = dlb_run_roofs_open(run, &why);
    if (status == DLB_OK) {
        status = dlb_run_measure(run, &why);
    }
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
    dlb_run_roofs_close(run);
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
    {"dlbench run --report results/report", "also a page of HTML and its plots, in that folder"},
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
        "missing is measured, cases that failed are tried again, and all else stays; a "
        "--power-command is to be given again, prices may be. With -o, a "
        "file that exists is kept as FILE.old until the new run has ended well.",
    .examples = examples,
    .options = dlb_run_option_rows,
    .target_size = sizeof(struct dlb_run_options),
    .run = run_command,
};
