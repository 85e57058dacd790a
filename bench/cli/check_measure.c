/* check_measure.c: a check from its plan to its verdicts: in pairs (bench/run/check.c), or as one session against the past ones of
 * a baseline. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/check_state.h"
#include "bench/store/baseline.h"

#define BACKENDS_VARIABLE "DLBENCH_BACKENDS"

const struct dlb_run_kind dlb_check_kind = {.command = "check",
                                            .rows = dlb_check_argument_rows,
                                            .suite = "ci",
                                            .timing_option = "timing",
                                            .no_emulated = true};

void dlb_checking_open(struct dlb_checking *c, const struct dlb_run_kind *kind, struct dlb_cli *cli,
                       struct dlb_check_arguments *arguments)
{
    c->arguments = arguments;
    c->rule = dlb_rule_default;
    c->rule.tolerance = arguments->tolerance;
    c->rule.rated = arguments->rated;
    c->rule.first_pairs = (int)arguments->pairs;
    arguments->run.invocations =
        arguments->mode == DLB_CHECK_PAIRED ? 2 * arguments->pairs : arguments->pairs;
    dlb_run_open(&c->run, kind, cli, &arguments->run);
    c->run.narrow = dlb_check_narrow;
    c->run.widen = dlb_check_widen;
    c->run.planner = c;
}

void dlb_checking_close(struct dlb_checking *c)
{
    for (int i = 0; i < DLB_SIDES; i++) {
        json_decref(c->sides[i].about);
        json_decref(c->listed[i]);
    }
    free(c->gone);
    if (c->baseline != NULL) {
        dlb_baseline_free(c->baseline);
        free(c->baseline);
    }
    dlb_run_close(&c->run);
}

/* ---- the plan ---- */

/* The devices of the new side are planned for: with its plugins, where it has others than we. */
static enum dlb_status plan_with(struct dlb_run *run, const char *backends)
{
    const char *now = getenv(BACKENDS_VARIABLE);
    struct dlb_text before = {0};
    if (backends == NULL) {
        return dlb_run_make_plan(run);
    }
    dlb_text_append(&before, now != NULL ? now : "");
    if (before.failed || setenv(BACKENDS_VARIABLE, backends, 1) != 0) {
        dlb_text_free(&before);
        return dlb_fail(&run->cli->why, DLB_NO_MEMORY, "no memory for the plan");
    }
    const enum dlb_status status = dlb_run_make_plan(run);
    if (now == NULL || setenv(BACKENDS_VARIABLE, before.data != NULL ? before.data : "", 1) != 0) {
        unsetenv(BACKENDS_VARIABLE);
    }
    dlb_text_free(&before);
    return status;
}

/* What one pair takes at the very least. */
static enum dlb_status check_budget(const struct dlb_checking *c)
{
    const struct dlb_plan pair = {.count = 2};
    const double least_s = dlb_plan_estimate(&pair, &c->run.sampling, 1, 0).least_s;
    const double budget_s = 1e-9 * c->arguments->budget_ns;
    if (budget_s > 0 && budget_s < least_s) {
        return dlb_fail(&c->run.cli->why, DLB_INVALID,
                        "--budget of %.3g s is shorter than one pair of processes (%.2g s), and a "
                        "case takes 7 pairs or more",
                        budget_s, least_s);
    }
    return DLB_OK;
}

enum dlb_status dlb_check_plan(struct dlb_checking *c)
{
    struct dlb_why *why = &c->run.cli->why;
    const bool history = c->arguments->mode == DLB_CHECK_HISTORY;
    enum dlb_status status = history ? dlb_check_plan_past(c, why) : DLB_OK;
    if (status == DLB_OK) {
        status = plan_with(&c->run, c->arguments->b_lib);
    }
    if (status == DLB_OK && history) {
        return dlb_check_shares_past(c, why);
    }
    return status == DLB_OK ? check_budget(c) : status;
}

/* ---- in pairs ---- */

static void on_tick(void *user, const struct dlb_check_state *state)
{
    struct dlb_checking *c = user;
    dlb_check_progress_tick(&c->progress, state);
}

static void on_finished(void *user, const struct dlb_check_state *state,
                        const struct dlb_verdict_row *row)
{
    struct dlb_checking *c = user;
    dlb_check_progress_finished(&c->progress, state, row);
}

static int on_stop(void *user)
{
    struct dlb_checking *c = user;
    return dlb_run_asked_to_stop(&c->run, &c->progress.block,
                                 "finishing this pair, then judging and saving what is there; once "
                                 "more stops at once");
}

static enum dlb_status measure_pairs(struct dlb_checking *c, struct dlb_why *why)
{
    struct dlb_run *run = &c->run;
    const struct dlb_check_watch watch = {c, on_tick, on_finished, on_stop};
    const struct dlb_check_options options = {.a = c->sides[DLB_SIDE_A],
                                              .b = c->sides[DLB_SIDE_B],
                                              .spawn = dlb_run_spawn(run),
                                              .request = run->request,
                                              .cpus = run->host.allowed_cpus,
                                              .rule = c->rule,
                                              .budget_s = 1e-9 * c->arguments->budget_ns,
                                              .seed = run->seed,
                                              .gone_count = c->gone_count,
                                              .gone = c->gone,
                                              .gates = !run->options->no_gates,
                                              .slowdown = run->options->slowdown,
                                              .journal = run->journal,
                                              .result_path =
                                                  run->path[0] != '\0' ? run->path : NULL};
    struct dlb_text announcement = {0};
    dlb_check_announce(c, &announcement);
    dlb_check_progress_open(&c->progress, &run->cli->err, run->cli->global.quiet,
                            announcement.data != NULL ? announcement.data : "");
    c->progress.cases = run->plan.count;
    const int64_t begin = dlb_clock_ns();
    const enum dlb_status status =
        dlb_check_run(&options, run->plan.cases, run->plan.count, &watch, &run->result, why);
    run->result.duration_s = 1e-9 * (double)(dlb_clock_ns() - begin);
    dlb_check_progress_close(&c->progress);
    dlb_text_free(&announcement);
    return status;
}

/* ---- against the past ---- */

static enum dlb_status take_judgement(struct dlb_checking *c,
                                      struct dlb_baseline_judgement *judgement)
{
    size_t index;
    json_t *text;
    json_array_foreach(judgement->warnings, index, text)
    {
        dlb_log(DLB_LOG_WARNING, "%s", json_string_value(text));
    }
    for (int i = 0; i < judgement->count; i++) {
        const enum dlb_status status = dlb_result_add_verdict(&c->run.result, &judgement->rows[i]);
        if (status != DLB_OK) {
            return status;
        }
        judgement->rows[i] = (struct dlb_verdict_row){.pairs = NULL}; /* taken over */
    }
    return DLB_OK;
}

static enum dlb_status judge_history(struct dlb_checking *c, struct dlb_why *why)
{
    struct dlb_baseline_judgement judgement = {0};
    enum dlb_status status =
        dlb_baseline_judge(c->baseline, &c->run.result, &c->rule, &judgement, why);
    if (status == DLB_OK) {
        status = take_judgement(c, &judgement);
        if (status != DLB_OK) {
            dlb_fail(why, status, "no memory for %d verdicts", judgement.count);
        }
    }
    dlb_baseline_judgement_free(&judgement);
    return status;
}

static enum dlb_status measure_session(struct dlb_checking *c, struct dlb_why *why)
{
    const enum dlb_status status = dlb_run_measure(&c->run, why);
    if (status != DLB_OK && status != DLB_INTERRUPTED) {
        return status;
    }
    const enum dlb_status judged = judge_history(c, why);
    return judged == DLB_OK ? status : judged;
}

enum dlb_status dlb_check_read_baseline(struct dlb_checking *c, struct dlb_why *why)
{
    if (c->arguments->mode != DLB_CHECK_HISTORY) {
        return DLB_OK;
    }
    struct dlb_baseline *baseline = calloc(1, sizeof *baseline);
    if (baseline == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the baseline");
    }
    const enum dlb_status status = dlb_baseline_load(c->arguments->baseline, baseline, why);
    if (status == DLB_OK) {
        c->baseline = baseline;
        return DLB_OK;
    }
    free(baseline);
    return status == DLB_NO_MEMORY ? status : DLB_IO;
}

enum dlb_status dlb_check_measure(struct dlb_checking *c, struct dlb_why *why)
{
    return c->arguments->mode == DLB_CHECK_PAIRED ? measure_pairs(c, why) : measure_session(c, why);
}
