/* check.c: a whole check from its cases to its verdicts: stage 1, candidates, stage 2, judgement.
 *
 * Next: check_stage.c for the order of pairs, check_pair.c for one of them, check_judge.c for the verdicts, check_budget.c and
 * check_decide.c for the cases that do not get that far. */
#include "bench/run/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/run/check_internal.h"

/* The negotiated protocol; a side that was not asked is this very program. */
static int protocol_of(const struct dlb_check_side *side)
{
    const json_int_t newest = json_integer_value(json_object_get(side->about, "protocol"));
    const json_int_t oldest = json_integer_value(json_object_get(side->about, "protocol_oldest"));
    const struct dlb_hello hello = {.protocol = (int)newest, .protocol_oldest = (int)oldest};
    return newest > 0 ? dlb_hello_common(&hello) : DLB_PROTOCOL_VERSION;
}

static bool verifies_on_demand(const struct dlb_check_side *side)
{
    return side->about == NULL || json_is_true(json_object_get(side->about, "verifies_on_demand"));
}

static void init_row(const struct check *c, const struct dlb_record *record,
                     struct dlb_verdict_row *row)
{
    const double none = (double)NAN;
    *row = (struct dlb_verdict_row){.verdict = DLB_VERDICT_NOT_MEASURED,
                                    .effect = none,
                                    .ci_lo = none,
                                    .ci_hi = none,
                                    .p = none,
                                    .p_holm = none,
                                    .sd_pair = none,
                                    .mde90 = none,
                                    .median_a_ns = none,
                                    .median_b_ns = none,
                                    .tolerance = c->rule.tolerance,
                                    .mode = "paired"};
    snprintf(row->key, sizeof row->key, "%s", record->key);
    snprintf(row->label, sizeof row->label, "%s", record->label);
    snprintf(row->device, sizeof row->device, "%s", record->device);
    snprintf(row->reason, sizeof row->reason, "the check ended before this case was judged");
}

/* All rows first: adding one may move those before it. */
static enum dlb_status add_rows(struct check *c)
{
    for (int64_t i = 0; i < c->case_count; i++) {
        struct dlb_verdict_row row;
        init_row(c, &c->result->records[i], &row);
        if (dlb_result_add_verdict(c->result, &row) != DLB_OK)
            return DLB_NO_MEMORY;
    }
    return DLB_OK;
}

/* The identity that A's record begins with is B's: both were asked for the same case. */
static enum dlb_status open_case(struct check *c, int64_t index, const struct dlb_case *item,
                                 struct dlb_why *why)
{
    struct check_case *x = &c->cases[index];
    const int pairs = item->once ? 1 : c->rule.first_pairs;
    x->item = item;
    x->record = &c->result->records[index];
    x->row = &c->result->verdicts[c->result->verdict_count - c->case_count + index];
    x->b_begins = dlb_random_derive(c->options->seed, x->record->key) % 2 == 1;
    x->wanted[STAGE_FIRST] = pairs < DLB_PAIRS_MAX ? pairs : DLB_PAIRS_MAX;
    for (int stage = STAGE_FIRST; stage < STAGE_END; stage++) {
        x->differences[stage] = calloc(DLB_PAIRS_MAX, sizeof *x->differences[stage]);
        if (x->differences[stage] == NULL)
            return DLB_NO_MEMORY;
    }
    return dlb_record_init(&x->a, item, why);
}

static enum dlb_status open_check(struct check *c, const struct dlb_case *cases,
                                  struct dlb_why *why)
{
    const size_t count = (size_t)c->case_count + 1; /* never nothing */
    c->cases = calloc(count, sizeof *c->cases);
    c->rules = calloc(count, sizeof *c->rules);
    c->queue = calloc(count, sizeof *c->queue);
    c->rotation = calloc(count, sizeof *c->rotation);
    enum dlb_status status = DLB_OK;
    if (c->cases == NULL || c->rules == NULL || c->queue == NULL || c->rotation == NULL)
        status = DLB_NO_MEMORY;
    if (status == DLB_OK)
        status = add_rows(c);
    for (int64_t i = 0; i < c->case_count && status == DLB_OK; i++)
        status = open_case(c, i, &cases[i], why);
    if (status == DLB_NO_MEMORY)
        dlb_fail(why, status, "no memory for a check of %lld cases", (long long)c->case_count);
    return status;
}

static void close_check(struct check *c)
{
    for (int64_t i = 0; i < c->case_count && c->cases != NULL; i++) {
        struct check_case *x = &c->cases[i];
        dlb_record_free(&x->a);
        for (int stage = STAGE_FIRST; stage < STAGE_END; stage++)
            free(x->differences[stage]);
        free(x->notes);
    }
    dlb_gate_session_free(&c->gates);
    free(c->cases);
    free(c->rules);
    free(c->queue);
    free(c->rotation);
}

static enum dlb_status run_stages(struct check *c, struct dlb_why *why)
{
    enum dlb_status status = dlb_check_stage(c, STAGE_FIRST, why);
    if (status == DLB_NO_MEMORY)
        return status;
    dlb_check_settle(c, STAGE_FIRST);
    dlb_check_choose(c);
    if (status == DLB_OK && c->state.candidates > 0)
        status = dlb_check_stage(c, STAGE_SECOND, why);
    if (status == DLB_NO_MEMORY)
        return status;
    dlb_check_settle(c, STAGE_SECOND);
    dlb_check_judge(c);
    return status;
}

/* What the budget made of the rule, for the reader of the file. */
static void tell_pairs(const struct check *c)
{
    if (json_is_object(c->result->check))
        json_object_set_new(c->result->check, "pairs",
                            json_pack("{s:i, s:I, s:I}", "first", c->rule.first_pairs, "replaced",
                                      (json_int_t)c->state.replaced, "dropped_cases",
                                      (json_int_t)c->state.dropped));
}

enum dlb_status dlb_check_run(const struct dlb_check_options *options, const struct dlb_case *cases,
                              int64_t case_count, const struct dlb_check_watch *watch,
                              struct dlb_result *result, struct dlb_why *why)
{
    struct check c = {.options = options,
                      .watch = watch,
                      .result = result,
                      .case_count = case_count,
                      .rule = options->rule,
                      .protocol = {protocol_of(&options->a), protocol_of(&options->b)},
                      .verifies_on_demand =
                          verifies_on_demand(&options->a) && verifies_on_demand(&options->b)};
    c.start_ns = c.saved_ns = dlb_clock_ns();
    c.state.pairs = options->rule.first_pairs;
    c.state.stage = STAGE_FIRST;
    enum dlb_status status = open_check(&c, cases, why);
    if (status == DLB_OK) {
        status = run_stages(&c, why);
        tell_pairs(&c);
    }
    close_check(&c);
    return status;
}
