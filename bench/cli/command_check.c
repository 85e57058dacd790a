/* command_check.c: `dlbench check`: did it get slower? Two programs in turns, or one against its past; an answer as an exit code.
 *
 * As with run, all that can be refused is refused before the first measurement, outputs that cannot be written included. The parts:
 * check_sides.c (who is compared), check_measure.c, check_exit.c (what it comes to), check_outputs.c (what CI reads). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/check_state.h"
#include "reports/check_report.h"
#include "reports/check_text.h"

static enum dlb_status print(const struct dlb_checking *c, struct dlb_why *why)
{
    const struct dlb_screen *out = &c->run.cli->out;
    const int64_t columns = c->arguments->run.columns;
    const struct dlb_report_options options = {.color = out->color,
                                               .columns =
                                                   columns >= 0 ? (int)columns : out->columns,
                                               .unicode = out->unicode};
    const struct dlb_check_output_options wanted = dlb_check_options_of(c);
    switch (c->arguments->run.format) {
    case DLB_CHECK_JSON:
        c->run.cli->printed_json = true;
        return dlb_result_write(&c->run.result, out->stream, why);
    case DLB_CHECK_MD:
        return dlb_check_output_find("md")->write(&c->run.result, &wanted, out->stream, why);
    default:
        return dlb_check_text(&c->run.result, &options, out->stream, why);
    }
}

static int print_answer(const struct dlb_checking *c, int code)
{
    struct dlb_why why = {""};
    const enum dlb_status status = print(c, &why);
    if (status != DLB_OK && why.text[0] != '\0') { /* silent when the reader has gone */
        c->run.cli->why = why;
        return dlb_exit_stronger(code, dlb_exit_from_status(status));
    }
    return code;
}

/* The last line that is printed comes after the silence. A command of GitHub begins with :: at the start of a line, where this one has
 * a word of ours, or with ##[ anywhere. */
static void spoil_commands(char *text)
{
    for (char *at = strstr(text, "##["); at != NULL; at = strstr(at, "##[")) {
        at[1] = '?';
    }
}

/* The result is safe before the outputs are tried; one that fails changes the exit code, and so what the file says. */
static int finish(struct dlb_checking *c, enum dlb_status measured, const struct dlb_why *why)
{
    struct dlb_run *run = &c->run;
    struct dlb_why unwritten = {""};
    int code = dlb_check_exit(c, measured, why);
    const int found = code;
    run->result.complete = measured == DLB_OK;
    bool saved = dlb_run_save(run, &code);
    const enum dlb_status written = dlb_check_outputs_write(c, &unwritten);
    if (written != DLB_OK) {
        const int stronger = dlb_exit_stronger(code, dlb_exit_from_status(written));
        if (stronger != code) {
            run->cli->why = unwritten;
            code = stronger;
        } else {
            dlb_log(DLB_LOG_ERROR, "%s", unwritten.text);
        }
        saved = dlb_run_save(run, &code);
    }
    dlb_run_close_file(run, saved,
                       found == DLB_EXIT_OK || found == DLB_EXIT_REGRESSED ||
                           found == DLB_EXIT_INCONCLUSIVE);
    const bool text = c->arguments->run.format == DLB_CHECK_TEXT;
    if (!run->cli->global.quiet || !text) {
        code = print_answer(c, code);
    }
    dlb_run_name_file(run, saved, text ? run->cli->out.stream : stderr);
    dlb_check_github_mute(c, false);
    if (c->arguments->github) {
        spoil_commands(run->cli->why.text);
    }
    return code;
}

/* Nothing that is wrong with what was asked for costs a measurement. Returns the exit code. */
static int prepare(struct dlb_checking *c)
{
    struct dlb_why *why = &c->run.cli->why;
    enum dlb_status status = dlb_check_refuse(c->arguments, why);
    if (status == DLB_OK) {
        status = dlb_check_read_baseline(c, why);
    }
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    if (dlb_check_find_sides(c, why) != DLB_OK) {
        return DLB_EXIT_FAILED; /* a program that cannot be asked has failed */
    }
    return dlb_exit_from_status(dlb_check_plan(c));
}

static enum dlb_status open_file(struct dlb_checking *c)
{
    dlb_run_probe_machine(&c->run);
    enum dlb_status status = dlb_run_fill_result(&c->run);
    if (status == DLB_OK) {
        dlb_run_fill_request(&c->run);
        status = dlb_check_tell_sides(c);
    }
    if (status == DLB_OK) {
        status = dlb_run_take_file(&c->run);
    }
    if (status == DLB_OK) {
        status = dlb_check_outputs_test(c, &c->run.cli->why);
    }
    return status == DLB_OK ? dlb_run_open_file(&c->run) : status;
}

static void announce_only(const struct dlb_checking *c)
{
    struct dlb_text text = {0};
    dlb_check_announce(c, &text);
    if (!c->run.cli->global.quiet && text.data != NULL) {
        fprintf(c->run.cli->err.stream, "%s\n", text.data);
    }
    dlb_text_free(&text);
}

static int execute(struct dlb_checking *c)
{
    struct dlb_why why = {""};
    const int code = prepare(c);
    if (code != DLB_EXIT_OK) {
        return code;
    }
    if (c->arguments->run.dry_run) {
        announce_only(c);
        dlb_run_print_plan(&c->run);
        return DLB_EXIT_OK;
    }
    enum dlb_status status = open_file(c);
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    dlb_check_github_mute(c, true);
    status = dlb_check_measure(c, &why);
    return finish(c, status, &why);
}

static int run(struct dlb_cli *cli, void *target)
{
    struct dlb_checking *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory to start");
    }
    dlb_checking_open(c, &dlb_check_kind, cli, target);
    const int code = execute(c);
    dlb_checking_close(c);
    free(c);
    return code;
}

static const struct dlb_command_example examples[] = {
    {"dlbench check --a old/build --b new/build --tolerance 3% --github",
     "two builds, in a CI job: exit code 1 when something got slower by 3 % or more"},
    {"dlbench check --a ../old --suite quick -d onednn --budget 5m",
     "this program against another tree's, in five minutes"},
    {"dlbench check --a-lib lib/v3.1 --b-lib lib/v3.2 -w 'gemm*'",
     "two sets of plugins of this program: a library, or a kernel"},
    {"dlbench check --mode history --baseline main.json",
     "this program against the past sessions of this machine"},
    {NULL, NULL},
};

const struct dlb_command dlb_command_check = {
    .name = "check",
    .summary = "did it get slower? two programs in turns; the answer is the exit code",
    .arguments = "",
    .details =
        "Both programs measure every case in turns, in pairs of fresh processes. A pair in which "
        "the machine was disturbed is replaced without a look at its times. Cases that look like "
        "a change go through fresh pairs, and these alone decide, corrected for their number: "
        "less than one check in a hundred calls equal programs different. A case passes only if "
        "a slowdown of --rated would have been seen; what cannot be decided is inconclusive and "
        "says how small a change would have been. Ctrl-C once finishes the pair at hand, judges "
        "and saves what is there; twice stops now. The cases are planned by this program, on the "
        "devices of both; "
        "emulated devices are left out, and modelled ones are compared exactly.",
    .examples = examples,
    .options = dlb_check_argument_rows,
    .target_size = sizeof(struct dlb_check_arguments),
    .run = run,
};
