/* selftest_aa.c: whole checks of this program against itself: what is called a change here is called so by chance.
 *
 * Measuring and judging are those of `dlbench check`. What it says of the machine is in selftest_aa_report.c. */
#include "bench/cli/selftest_aa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cli/check_state.h"
#include "bench/cli/selftest_aa_report.h"
#include "bench/cli/stop.h"

/* The options of a check at their defaults, but for what was asked for. */
static enum dlb_status set_arguments(const struct dlb_aa *aa, struct dlb_cli *cli,
                                     struct dlb_check_arguments *arguments)
{
    const struct dlb_selftest_aa *wanted = aa->wanted;
    struct dlb_parser *parser = &cli->parser;
    enum dlb_status status = dlb_parser_add(parser, dlb_check_argument_rows, arguments, &cli->why);
    for (int i = 0; i < wanted->devices.count && status == DLB_OK; i++) {
        status = dlb_parser_set(parser, "device", wanted->devices.items[i], DLB_SOURCE_COMMAND_LINE,
                                &cli->why);
    }
    for (int i = 0; i < wanted->workloads.count && status == DLB_OK; i++) {
        status = dlb_parser_set(parser, "workload", wanted->workloads.items[i],
                                DLB_SOURCE_COMMAND_LINE, &cli->why);
    }
    if (wanted->suite != NULL && status == DLB_OK) {
        status = dlb_parser_set(parser, "suite", wanted->suite, DLB_SOURCE_COMMAND_LINE, &cli->why);
    }
    arguments->pairs = wanted->pairs;
    return status;
}

static enum dlb_status open_cases(struct dlb_aa *aa, const struct dlb_result *result)
{
    const size_t repeat = (size_t)aa->wanted->repeat;
    aa->cases = calloc((size_t)result->verdict_count + 1, sizeof *aa->cases);
    if (aa->cases == NULL) {
        return DLB_NO_MEMORY;
    }
    aa->case_count = result->verdict_count;
    for (int i = 0; i < result->verdict_count; i++) {
        struct dlb_aa_case *x = &aa->cases[i];
        snprintf(x->label, sizeof x->label, "%s", result->verdicts[i].label);
        snprintf(x->device, sizeof x->device, "%s", result->verdicts[i].device);
        x->sd = calloc(repeat, sizeof *x->sd);
        x->mde = calloc(repeat, sizeof *x->mde);
        if (x->sd == NULL || x->mde == NULL) {
            return DLB_NO_MEMORY;
        }
    }
    return DLB_OK;
}

static bool is_flagged(enum dlb_verdict verdict)
{
    return verdict == DLB_VERDICT_REGRESSED || verdict == DLB_VERDICT_IMPROVED;
}

static void take_row(struct dlb_aa_case *x, const struct dlb_verdict_row *row)
{
    if (row->verdict > DLB_VERDICT_INCONCLUSIVE || !isfinite(row->sd_pair)) {
        return;
    }
    x->sd[x->count] = row->sd_pair;
    x->mde[x->count++] = row->mde90;
    x->largest = fabs(row->effect) > fabs(x->largest) ? row->effect : x->largest;
    x->flagged += is_flagged(row->verdict);
    x->inconclusive += row->verdict == DLB_VERDICT_INCONCLUSIVE;
    x->processes += 2 * row->pair_count;
    x->rejected += row->rejected_a + row->rejected_b;
}

/* The same plan each time, so the same cases in the same order. */
static enum dlb_status take_check(struct dlb_aa *aa, const struct dlb_result *result)
{
    bool flagged = false;
    enum dlb_status status = aa->cases == NULL ? open_cases(aa, result) : DLB_OK;
    for (int i = 0; i < result->verdict_count && i < aa->case_count && status == DLB_OK; i++) {
        take_row(&aa->cases[i], &result->verdicts[i]);
        flagged = flagged || is_flagged(result->verdicts[i].verdict);
    }
    aa->checks++;
    aa->flagged_checks += flagged;
    return status;
}

static enum dlb_status measure(struct dlb_aa *aa, struct dlb_checking *c)
{
    struct dlb_why *why = &c->run.cli->why;
    enum dlb_status status = dlb_check_find_sides(c, why);
    if (status == DLB_OK) {
        status = dlb_check_plan(c);
    }
    if (status != DLB_OK) {
        return status;
    }
    dlb_run_probe_machine(&c->run);
    status = dlb_run_fill_result(&c->run);
    if (status == DLB_OK) {
        dlb_run_fill_request(&c->run);
        status = dlb_check_measure(c, why);
    }
    return status == DLB_OK ? take_check(aa, &c->run.result) : status;
}

/* One check; the seed decides the order of things, so each has its own. */
static enum dlb_status check_once(struct dlb_aa *aa, int64_t number)
{
    static const struct dlb_run_kind kind = {.command = "selftest aa",
                                             .rows = dlb_check_argument_rows,
                                             .suite = "ci",
                                             .timing_option = "timing",
                                             .no_emulated = true};
    struct dlb_check_arguments arguments = {.mode = DLB_CHECK_PAIRED};
    struct dlb_cli *cli = malloc(sizeof *cli);
    struct dlb_checking *c = calloc(1, sizeof *c);
    enum dlb_status status = DLB_NO_MEMORY;
    if (cli == NULL || c == NULL) {
        dlb_fail(&aa->cli->why, status, "no memory to start");
        goto out;
    }
    *cli = *aa->cli;
    cli->parser = (struct dlb_parser){.table_count = 0};
    cli->global.seed += (uint64_t)number;
    status = set_arguments(aa, cli, &arguments);
    if (status == DLB_OK) {
        dlb_checking_open(c, &kind, cli, &arguments);
        status = measure(aa, c);
        dlb_checking_close(c);
    }
    aa->cli->why = cli->why;
    dlb_parser_free(&cli->parser);
out:
    free(c);
    free(cli);
    return status;
}

static void close_cases(struct dlb_aa *aa)
{
    for (int64_t i = 0; i < aa->case_count; i++) {
        free(aa->cases[i].sd);
        free(aa->cases[i].mde);
    }
    free(aa->cases);
}

static int judge(struct dlb_aa *aa, enum dlb_status status)
{
    int compared = 0;
    for (int64_t i = 0; i < aa->case_count; i++) {
        compared += aa->cases[i].count;
    }
    if (dlb_stop_exit() != DLB_EXIT_OK) {
        dlb_cli_fail(aa->cli, status, "interrupted after %d of %lld checks", aa->checks,
                     (long long)aa->wanted->repeat);
        return dlb_stop_exit();
    }
    if (status != DLB_OK) {
        return dlb_exit_from_status(status);
    }
    if (compared == 0) {
        return dlb_cli_fail(aa->cli, DLB_UNAVAILABLE, "selftest aa: no case could be compared");
    }
    if (aa->flagged_checks > 0) {
        return dlb_cli_fail(aa->cli, DLB_FAILED,
                            "selftest aa: %d of %d checks called this program different from "
                            "itself",
                            aa->flagged_checks, aa->checks);
    }
    return DLB_EXIT_OK;
}

int dlb_selftest_aa(struct dlb_cli *cli, const struct dlb_selftest_aa *wanted)
{
    struct dlb_aa aa = {.cli = cli, .wanted = wanted, .rated = NAN, .tolerance = NAN};
    enum dlb_status status = DLB_OK;
    for (int64_t i = 0; i < wanted->repeat && status == DLB_OK; i++) {
        status = check_once(&aa, i);
    }
    dlb_aa_advise(&aa);
    const int code = judge(&aa, status);
    if (wanted->json) {
        dlb_cli_print_json(cli, dlb_aa_json(&aa), code);
    } else if (aa.checks > 0) {
        dlb_aa_print(&aa, &cli->out);
    }
    close_cases(&aa);
    return code;
}
