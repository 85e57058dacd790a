/* check_judge.c: from pairs to verdicts: fills the rule's cases, asks it, and writes the rows. The statistics are in
 * bench/stats/rule.c. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/check_internal.h"
#include "bench/stats/summary.h"

void dlb_check_note(char *reason, size_t size, const char *text)
{
    const size_t used = strlen(reason);
    snprintf(reason + used, size - used, "%s%s", used > 0 ? "; " : "", text);
}

/* The least noisy pair of the stage that was not kept; -1: there is none. */
static int least_noisy(const struct check_case *x, enum check_stage stage)
{
    int best = -1;
    for (int i = 0; i < x->row->pair_count; i++) {
        const struct dlb_pair *pair = &x->row->pairs[i];
        if (pair->stage == (int)stage && !pair->kept &&
            (best < 0 || x->notes[i].noise < x->notes[best].noise))
            best = i;
    }
    return best;
}

/* No case ends without a result because its machine was never quiet; but it does not pass either. */
static void fill_up(struct check_case *x, enum check_stage stage)
{
    int best;
    while (x->kept[stage] < x->wanted[stage] && (best = least_noisy(x, stage)) >= 0) {
        x->row->pairs[best].kept = true;
        x->record->invocations[x->notes[best].invocation].gated = false;
        x->kept[stage]++;
        dlb_record_flag(x->record, "noisy");
    }
}

static void settle_case(const struct check *c, struct check_case *x, enum check_stage stage)
{
    const int quiet = x->kept[stage], wanted = x->wanted[stage];
    if (x->decided || x->dropped || quiet >= wanted)
        return;
    const bool exhausted = !dlb_check_is_open(x, stage);
    if (exhausted)
        snprintf(x->unsettled, sizeof x->unsettled, "too noisy: only %d of %d pairs were quiet",
                 quiet, x->tried[stage]);
    else
        snprintf(x->unsettled, sizeof x->unsettled, "%s after %d of %d pairs of stage %d",
                 c->stopped ? "stopped by the user" : "the budget was over", quiet, wanted,
                 (int)stage);
    if (exhausted)
        fill_up(x, stage);
}

/* Differences ln t_B - ln t_A of the kept pairs; returns how many. */
static int collect(struct check_case *x, enum check_stage stage)
{
    int count = 0;
    for (int i = 0; i < x->row->pair_count && count < DLB_PAIRS_MAX; i++) {
        const struct dlb_pair *pair = &x->row->pairs[i];
        if (pair->kept && pair->stage == (int)stage)
            x->differences[stage][count++] = log(pair->b_ns / pair->a_ns);
    }
    return count;
}

void dlb_check_settle(struct check *c, enum check_stage stage)
{
    for (int64_t i = 0; i < c->case_count; i++) {
        struct check_case *x = &c->cases[i];
        struct dlb_rule_case *judged = &c->rules[i];
        settle_case(c, x, stage);
        judged->first = x->differences[STAGE_FIRST];
        judged->first_count = collect(x, STAGE_FIRST);
        judged->second = x->differences[STAGE_SECOND];
        judged->second_count = collect(x, STAGE_SECOND);
        judged->judged = !x->decided && !x->dropped && judged->first_count > 0;
        judged->not_blind = !dlb_rule_is_blind(x->quiet[SIDE_A], x->noisy[SIDE_A], x->quiet[SIDE_B],
                                               x->noisy[SIDE_B]);
        judged->unsettled = x->unsettled[0] != '\0';
    }
}

void dlb_check_choose(struct check *c)
{
    c->tried_first = 0;
    c->state.candidates = dlb_rule_candidates(&c->rule, c->rules, (int)c->case_count);
    for (int64_t i = 0; i < c->case_count; i++) {
        struct check_case *x = &c->cases[i];
        const int wanted = c->rules[i].judged ? c->rules[i].second_wanted : 0;
        x->wanted[STAGE_SECOND] = wanted < DLB_PAIRS_MAX ? wanted : DLB_PAIRS_MAX;
        c->tried_first += x->tried[STAGE_FIRST];
    }
}

static double median_of(const struct dlb_verdict_row *row, int stage, enum check_side side)
{
    double times[DLB_PAIRS_MAX];
    int count = 0;
    for (int i = 0; i < row->pair_count && count < DLB_PAIRS_MAX; i++)
        if (row->pairs[i].kept && row->pairs[i].stage == stage)
            times[count++] = side == SIDE_A ? row->pairs[i].a_ns : row->pairs[i].b_ns;
    return dlb_median(times, count);
}

static void write_numbers(const struct dlb_rule_case *judged, struct dlb_verdict_row *row)
{
    row->verdict = judged->verdict;
    row->effect = judged->effect;
    row->ci_lo = judged->lo;
    row->ci_hi = judged->hi;
    row->p = judged->p;
    row->p_holm = judged->p_holm;
    row->stage = judged->stage;
    row->r1 = judged->first_count;
    row->r2 = judged->second_count;
    row->sd_pair = judged->sd;
    row->mde90 = judged->mde90;
    row->median_a_ns = median_of(row, judged->stage, SIDE_A);
    row->median_b_ns = median_of(row, judged->stage, SIDE_B);
}

static void write_reason(struct check_case *x, const struct dlb_rule_case *judged)
{
    char text[192];
    struct dlb_verdict_row *row = x->row;
    row->reason[0] = '\0';
    if (judged->not_blind) {
        snprintf(text, sizeof text,
                 "not blind: the gates rejected a in %d of %d processes and b in %d of %d",
                 x->noisy[SIDE_A], x->noisy[SIDE_A] + x->quiet[SIDE_A], x->noisy[SIDE_B],
                 x->noisy[SIDE_B] + x->quiet[SIDE_B]);
        dlb_check_note(row->reason, sizeof row->reason, text);
        dlb_record_flag(x->record, "gate_not_blind");
    }
    if (x->unsettled[0] != '\0')
        dlb_check_note(row->reason, sizeof row->reason, x->unsettled);
    dlb_check_remark(x);
}

/* Stopped or dropped before it could be judged. */
static void write_nothing(const struct check *c, struct check_case *x)
{
    struct dlb_verdict_row *row = x->row;
    const int pairs = x->tried[STAGE_FIRST];
    row->r1 = x->kept[STAGE_FIRST];
    if (x->dropped)
        snprintf(row->reason, sizeof row->reason,
                 "the budget of %.3g s is too short for all cases: dropped by the seed",
                 c->options->budget_s);
    else if (c->stopped && pairs == 0)
        snprintf(row->reason, sizeof row->reason, "stopped by the user before it was measured");
    else
        snprintf(row->reason, sizeof row->reason, "%s", x->unsettled);
    if (x->record->status == DLB_INTERRUPTED && x->dropped) {
        x->record->status = DLB_SKIPPED;
        snprintf(x->record->status_reason, sizeof x->record->status_reason, "%s", row->reason);
    }
}

void dlb_check_tell(struct check *c, struct check_case *x)
{
    x->told = true;
    c->state.item = x->item;
    if (c->watch->finished != NULL)
        c->watch->finished(c->watch->user, &c->state, x->row);
}

void dlb_check_judge(struct check *c)
{
    dlb_rule_judge(&c->rule, c->rules, (int)c->case_count);
    for (int64_t i = 0; i < c->case_count; i++) {
        struct check_case *x = &c->cases[i];
        if (x->told)
            continue;
        if (c->rules[i].judged) {
            write_numbers(&c->rules[i], x->row);
            write_reason(x, &c->rules[i]);
        } else {
            write_nothing(c, x);
        }
        dlb_record_summarise(x->record);
        dlb_check_tell(c, x);
    }
}
