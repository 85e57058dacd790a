/* check_stage.c: the order of pairs: random blocks, one pair of every case that still wants one.
 *
 * A pair that was too noisy is simply still wanted in the next block: some time lies between, and the noise may have passed.
 * Next: check_pair.c for one pair, check_budget.c for how many. */
#include <math.h>
#include <stdio.h>

#include "bench/base/clock.h"
#include "bench/run/check_internal.h"

#define EXTRA_PER_PAIR 2 /* rule 1.9: at most so many extra ones */

bool dlb_check_is_open(const struct check_case *x, enum check_stage stage)
{
    return !x->decided && !x->dropped && x->kept[stage] < x->wanted[stage] &&
           x->tried[stage] < x->wanted[stage] * (1 + EXTRA_PER_PAIR);
}

bool dlb_check_stop(void *user)
{
    struct check *c = user;
    const int stop = c->watch->stop != NULL ? c->watch->stop(c->watch->user) : 0;
    c->finish = c->finish || stop > 0;
    return stop > 1;
}

/* Pairs that the stage will still take, if as many are replaced as so far; a case's own limit holds for it. */
static int64_t pairs_left(const struct check *c, enum check_stage stage)
{
    int64_t tried = 0, kept = 0;
    double left = 0;
    for (int64_t i = 0; i < c->case_count; i++) {
        tried += c->cases[i].tried[stage];
        kept += c->cases[i].kept[stage] + c->cases[i].decided;
    }
    const double each = tried > kept ? (double)(tried + 1) / (double)(kept + 1) : 1;
    for (int64_t i = 0; i < c->case_count; i++) {
        const struct check_case *x = &c->cases[i];
        const int wanted = x->wanted[stage];
        if (dlb_check_is_open(x, stage))
            left += fmin(ceil((wanted - x->kept[stage]) * each),
                         wanted * (1 + EXTRA_PER_PAIR) - x->tried[stage]);
    }
    return (int64_t)left;
}

void dlb_check_refresh(struct check *c)
{
    struct dlb_check_state *state = &c->state;
    const enum check_stage stage = (enum check_stage)state->stage;
    double spent_s = 0;
    int64_t tried = stage == STAGE_SECOND ? c->tried_first : 0;
    const int64_t left = pairs_left(c, stage);
    state->done = -tried;
    for (int64_t i = 0; i < c->case_count; i++) {
        const struct check_case *x = &c->cases[i];
        tried += x->tried[stage];
        spent_s += x->spent_s;
    }
    state->done += tried;
    state->total = state->done + left;
    state->elapsed_s = 1e-9 * (double)(dlb_clock_ns() - c->start_ns);
    state->left_s = tried > 0 ? spent_s / (double)tried * (double)left : (double)NAN;
}

/* Case indices that want a pair of this block, shuffled (Fisher and Yates). */
static int64_t fill_queue(struct check *c, enum check_stage stage, int block)
{
    char name[48];
    struct dlb_random random;
    int64_t count = 0;
    for (int64_t i = 0; i < c->case_count; i++)
        if (dlb_check_is_open(&c->cases[i], stage))
            c->queue[count++] = i;
    snprintf(name, sizeof name, "stage %d block %d", (int)stage, block);
    dlb_random_seed(&random, dlb_random_derive(c->options->seed, name));
    for (int64_t i = count - 1; i > 0; i--) {
        const int64_t j = (int64_t)dlb_random_below(&random, (uint64_t)i + 1);
        const int64_t swapped = c->queue[i];
        c->queue[i] = c->queue[j];
        c->queue[j] = swapped;
    }
    return count;
}

static enum dlb_status run_block(struct check *c, enum check_stage stage, int64_t queued)
{
    for (int64_t i = 0; i < queued; i++) {
        struct check_case *x = &c->cases[c->queue[i]];
        if (!dlb_check_is_open(x, stage) || !dlb_check_budget_admits(c, x, stage))
            continue;
        const enum dlb_status status = dlb_check_pair(c, x, stage);
        if (status != DLB_OK)
            return status;
        if (dlb_check_stop(c) || c->finish)
            return DLB_INTERRUPTED;
    }
    return DLB_OK;
}

enum dlb_status dlb_check_stage(struct check *c, enum check_stage stage, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    c->state.stage = (int)stage;
    for (int block = 0; status == DLB_OK; block++) {
        const int64_t queued = fill_queue(c, stage, block);
        if (queued == 0 || c->over)
            break;
        if (stage == STAGE_FIRST && block == 0)
            dlb_check_budget_rotation(c, queued);
        status = run_block(c, stage, queued);
        if (stage == STAGE_FIRST && status == DLB_OK)
            dlb_check_budget_plan(c);
    }
    dlb_check_refresh(c);
    if (status == DLB_INTERRUPTED) {
        c->stopped = true;
        return dlb_fail(why, status, "stopped by the user");
    }
    return status == DLB_OK ? status : dlb_fail(why, status, "no memory for another pair");
}
