/* check_pair.c: one pair: a fresh process of each side, next to each other in time, judged by their gates alone.
 *
 * Both sides get the same request but for what their programs do not understand. Which goes first alternates with the pairs that
 * were kept, so that a replaced pair is replaced by one of its own kind. Next: check_stage.c for the order of pairs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/run/check_internal.h"
#include "bench/run/outcome.h"
#include "bench/run/slowdown.h"

static void take_news(void *user, const struct dlb_news *news)
{
    struct check *c = user;
    (void)news;
    dlb_check_refresh(c);
    if (c->watch->tick != NULL)
        c->watch->tick(c->watch->user, &c->state);
}

static void fill_request(const struct check *c, const struct check_case *x, enum check_side side,
                         enum check_stage stage, struct dlb_request *request)
{
    *request = c->options->request;
    request->task = DLB_TASK_MEASURE;
    request->item = *x->item;
    request->protocol = c->protocol[side];
    request->process = x->tried[STAGE_FIRST] + x->tried[STAGE_SECOND];
    if (side == SIDE_B) {
        double factor = 1;
        (void)dlb_slowdown_factor(c->options->slowdown, x->record->key, x->record->workload,
                                  &factor, NULL);
        request->sampling.slowdown = fmax(request->sampling.slowdown, factor);
    }
    request->unverified = c->verifies_on_demand && x->tried[stage] > 0;
}

/* An answer that is no failure and has no time cannot be compared. */
static void refuse_empty(struct dlb_answer *answer)
{
    if (answer->status == DLB_OK && !(answer->measured && answer->invocation.median_ns > 0))
        answer->status = dlb_fail(&answer->why, DLB_FAILED, "answered ok, but without a time");
}

static void take_answer(struct check *c, struct check_case *x, enum check_side side,
                        const struct dlb_request *request, struct dlb_answer *answer)
{
    struct dlb_record *record = side == SIDE_A ? &x->a : x->record;
    const struct dlb_outcome outcome = {.result = side == SIDE_B ? c->result : NULL,
                                        .gates = &c->gates,
                                        .judge = c->options->gates,
                                        .order = c->next_order};
    memcpy(x->version_hash[side], answer->version_hash, sizeof x->version_hash[side]);
    c->next_order += answer->measured;
    dlb_outcome_take(&outcome, record, request, answer);
    x->row->slowdown = x->row->slowdown || dlb_record_has_flag(record, "slowdown");
    if (side == SIDE_A && record->invocation_count > 0) { /* nobody asks for A's samples */
        struct dlb_invocation *newest = &record->invocations[record->invocation_count - 1];
        free(newest->samples_ns);
        newest->samples_ns = NULL;
    }
}

static enum dlb_status run_side(struct check *c, struct check_case *x, enum check_side side,
                                enum check_stage stage)
{
    const struct dlb_check_side *program = side == SIDE_A ? &c->options->a : &c->options->b;
    struct dlb_request request;
    struct dlb_spawn spawn = c->options->spawn;
    struct dlb_answer answer;
    fill_request(c, x, side, stage, &request);
    spawn.program = program->program;
    spawn.backends = program->backends;
    spawn.threads = x->item->threads;
    spawn.cpus = c->options->cpus;
    spawn.news = take_news;
    spawn.stop_now = dlb_check_stop;
    spawn.user = c;
    const bool interrupted = dlb_spawn_run(&spawn, &request, &answer) == DLB_INTERRUPTED;
    if (!interrupted) {
        refuse_empty(&answer);
        take_answer(c, x, side, &request, &answer);
    }
    dlb_answer_free(&answer);
    return interrupted ? DLB_INTERRUPTED : DLB_OK;
}

static void count_noise(struct check_case *x, enum check_side side,
                        const struct dlb_invocation *invocation)
{
    x->noisy[side] += invocation->gated;
    x->quiet[side] += !invocation->gated;
}

/* The pair goes into the row, kept or not. */
static enum dlb_status add_pair(struct check *c, struct check_case *x, enum check_stage stage,
                                bool b_first)
{
    struct dlb_verdict_row *row = x->row;
    const struct dlb_invocation *a = &x->a.invocations[x->a.invocation_count - 1];
    const struct dlb_invocation *b = &x->record->invocations[x->record->invocation_count - 1];
    const size_t count = (size_t)row->pair_count + 1;
    struct dlb_pair *pairs = realloc(row->pairs, count * sizeof *pairs);
    if (pairs != NULL)
        row->pairs = pairs;
    struct check_note *notes = realloc(x->notes, count * sizeof *notes);
    if (notes != NULL)
        x->notes = notes;
    if (pairs == NULL || notes == NULL)
        return DLB_NO_MEMORY;
    const bool kept = !a->gated && !b->gated;
    pairs[count - 1] = (struct dlb_pair){.a_ns = a->median_ns,
                                         .b_ns = b->median_ns,
                                         .stage = (int)stage,
                                         .b_first = b_first,
                                         .kept = kept};
    notes[count - 1] = (struct check_note){
        .noise = fmax(dlb_outcome_noise(&c->gates, a), dlb_outcome_noise(&c->gates, b)),
        .invocation = x->record->invocation_count - 1};
    row->pair_count++;
    x->kept[stage] += kept;
    c->state.replaced += !kept;
    count_noise(x, SIDE_A, a);
    count_noise(x, SIDE_B, b);
    row->rejected_a = x->noisy[SIDE_A];
    row->rejected_b = x->noisy[SIDE_B];
    return DLB_OK;
}

enum dlb_status dlb_check_pair(struct check *c, struct check_case *x, enum check_stage stage)
{
    const bool b_first = x->b_begins != (x->kept[stage] % 2 != 0);
    const int before = x->record->invocation_count;
    const int64_t begin_ns = dlb_clock_ns();
    c->state.item = x->item;
    enum dlb_status status = run_side(c, x, b_first ? SIDE_B : SIDE_A, stage);
    if (status == DLB_OK)
        status = run_side(c, x, b_first ? SIDE_A : SIDE_B, stage);
    if (status != DLB_OK)
        return status;
    x->tried[stage]++;
    const double pair_s = 1e-9 * (double)(dlb_clock_ns() - begin_ns);
    x->first_s = x->spent_s > 0 ? x->first_s : pair_s;
    x->spent_s += pair_s;
    const bool both = x->a.status == DLB_OK && x->record->status == DLB_OK;
    if (both)
        status = add_pair(c, x, stage, b_first);
    if (status == DLB_OK && (!both || x->tried[STAGE_FIRST] + x->tried[STAGE_SECOND] == 1))
        x->decided = dlb_check_decide(c, x);
    dlb_check_save(c, x, x->record->invocation_count > before);
    if (x->decided) {
        dlb_check_refresh(c);
        dlb_check_tell(c, x);
    }
    return status;
}
