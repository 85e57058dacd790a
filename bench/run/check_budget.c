/* check_budget.c: what fits into --budget: fewer pairs first, but no fewer than seven; then fewer cases.
 *
 * Seven pairs are the least from which a case can become a candidate (2^-7 < 0.05, with room for a tie or two). Predictions come
 * from the times of the pairs so far, replaced ones included. Who is dropped is decided by the seed, through the order of the
 * first block: its last cases go first. Nothing here knows who was slower. */
#include <math.h>
#include <stdio.h>

#include "bench/base/clock.h"
#include "bench/run/check_internal.h"

#define LEAST_PAIRS  7
#define SHARE_FIRST  0.8 /* of the budget for stage 1: the rest is for the candidates */
#define MOST_REPEATS 3.0 /* tried pairs per kept one: rule 1.9 */

void dlb_check_budget_rotation(struct check *c, int64_t queued)
{
    for (int64_t i = 0; i < queued; i++)
        c->rotation[i] = c->queue[i];
    c->rotation_count = queued;
}

static int tried(const struct check_case *x)
{
    return x->tried[STAGE_FIRST] + x->tried[STAGE_SECOND];
}

static double elapsed_s(const struct check *c)
{
    return 1e-9 * (double)(dlb_clock_ns() - c->start_ns);
}

/* Pairs that one kept pair takes on this machine. */
static double repeats(const struct check *c)
{
    int all = 0, kept = 0;
    for (int64_t i = 0; i < c->case_count; i++) {
        all += c->cases[i].tried[STAGE_FIRST];
        kept += c->cases[i].kept[STAGE_FIRST] + c->cases[i].decided;
    }
    return kept > 0 ? fmin((double)all / kept, MOST_REPEATS) : 1.0;
}

/* Seconds of the whole stage 1, when each case that was begun gets `pairs`; noisy ones are not replaced for ever. */
static double predict(const struct check *c, int pairs)
{
    const double each = repeats(c);
    double left_s = 0;
    for (int64_t i = 0; i < c->case_count; i++) {
        const struct check_case *x = &c->cases[i];
        const int missing = pairs - x->kept[STAGE_FIRST];
        if (!x->decided && !x->dropped && tried(x) > 0 && missing > 0)
            left_s += x->spent_s / tried(x) *
                      fmax(0, fmin(missing * each, MOST_REPEATS * pairs - x->tried[STAGE_FIRST]));
    }
    return elapsed_s(c) + left_s;
}

static int least_pairs(const struct check *c)
{
    const int wanted = c->options->rule.first_pairs;
    return wanted < LEAST_PAIRS ? wanted : LEAST_PAIRS;
}

static void drop(struct check *c, struct check_case *x)
{
    x->dropped = true;
    c->state.dropped++;
}

static bool is_last_one(const struct check *c)
{
    int64_t open = 0;
    for (int64_t i = 0; i < c->case_count; i++)
        open += !c->cases[i].decided && !c->cases[i].dropped;
    return open <= 1;
}

/* Seconds of a pair of a case like this one, on average; 0: none was begun. An emulator answers for a model: that takes as long
 * as it takes. */
static double pair_s(const struct check *c, const struct check_case *like)
{
    double spent_s = 0;
    int64_t pairs = 0;
    for (int64_t i = 0; i < c->case_count; i++) {
        const struct check_case *x = &c->cases[i];
        if (x->item->once == like->item->once) {
            spent_s += x->spent_s;
            pairs += tried(x);
        }
    }
    return pairs > 0 ? spent_s / (double)pairs : 0;
}

/* In stage 1 only the first pairs are asked about: later blocks were planned. */
static bool admits_first(struct check *c, struct check_case *x, double limit_s)
{
    if (tried(x) > 0)
        return true;
    const double own_s = pair_s(c, x) * (x->item->once ? 1 : least_pairs(c));
    if (predict(c, least_pairs(c)) + own_s <= limit_s || is_last_one(c))
        return true;
    drop(c, x);
    return false;
}

bool dlb_check_budget_admits(struct check *c, struct check_case *x, enum check_stage stage)
{
    const double budget_s = c->options->budget_s;
    if (!(budget_s > 0))
        return true;
    if (stage == STAGE_FIRST)
        return admits_first(c, x, SHARE_FIRST * budget_s);
    c->over = c->over || elapsed_s(c) + x->spent_s / tried(x) > budget_s;
    return !c->over;
}

void dlb_check_budget_plan(struct check *c)
{
    const double limit_s = SHARE_FIRST * c->options->budget_s;
    if (!(limit_s > 0))
        return;
    int pairs = c->options->rule.first_pairs;
    while (pairs > least_pairs(c) && predict(c, pairs) > limit_s)
        pairs--;
    for (int64_t i = c->rotation_count - 1; i >= 0 && predict(c, pairs) > limit_s; i--) {
        struct check_case *x = &c->cases[c->rotation[i]];
        if (!x->decided && !x->dropped && x->kept[STAGE_FIRST] < pairs && !is_last_one(c))
            drop(c, x);
    }
    c->rule.first_pairs = c->state.pairs = pairs;
    for (int64_t i = 0; i < c->case_count; i++)
        if (!c->cases[i].item->once)
            c->cases[i].wanted[STAGE_FIRST] = pairs;
}
