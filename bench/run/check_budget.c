/* check_budget.c: what fits into --budget: fewer pairs first, but no fewer than seven; then fewer cases.
 *
 * Seven pairs are the least from which a case can become a candidate (2^-7 < 0.05, with room for a tie or two). Predictions come
 * from the times of the pairs so far, replaced ones included; a case's first pair, which verifies, is priced apart from its later
 * ones. Until a block of later pairs has been seen, the price is too high: so a case that was dropped comes back when it turns out
 * to fit, and while one is out, all others make do with the fewest pairs. Who is dropped is decided by the seed, through the
 * order of the first block: its last cases go first, and come back last. Nothing here knows who was slower. */
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

/* Seconds that cases of a kind have taken so far: first pairs, later pairs, and what the later ones had taken as first pairs. */
struct prices {
    double first_s, later_s, later_as_first_s;
    int64_t firsts;
};

/* What predictions are made from. An emulator answers for a model: that takes as long as it takes, and says nothing of the others. */
struct outlook {
    double repeats;
    struct prices measured, once;
};

static struct outlook look(const struct check *c)
{
    struct outlook found = {.repeats = repeats(c)};
    for (int64_t i = 0; i < c->case_count; i++) {
        const struct check_case *x = &c->cases[i];
        struct prices *prices = x->item->once ? &found.once : &found.measured;
        if (tried(x) == 0)
            continue;
        prices->first_s += x->first_s;
        prices->firsts++;
        prices->later_s += x->spent_s - x->first_s;
        prices->later_as_first_s += x->first_s * (tried(x) - 1);
    }
    return found;
}

/* Seconds of a case's first pair, and of one of its later pairs. What it has not shown yet is taken from the others; what nobody
 * has shown is as long as a first pair. 0: none was begun. */
static double first_pair_s(const struct check_case *x, const struct prices *prices)
{
    if (tried(x) > 0)
        return x->first_s;
    return prices->firsts > 0 ? prices->first_s / (double)prices->firsts : 0;
}

static double later_pair_s(const struct check_case *x, const struct prices *prices)
{
    if (tried(x) > 1)
        return (x->spent_s - x->first_s) / (tried(x) - 1);
    const double share =
        prices->later_as_first_s > 0 ? prices->later_s / prices->later_as_first_s : 1;
    return share * first_pair_s(x, prices);
}

/* Seconds that the case still takes for `pairs`; noisy ones are not replaced for ever. */
static double left_s(const struct check_case *x, int pairs, const struct outlook *outlook)
{
    const struct prices *prices = x->item->once ? &outlook->once : &outlook->measured;
    const int wanted = x->item->once ? 1 : pairs;
    const int missing = wanted - x->kept[STAGE_FIRST];
    const double most = MOST_REPEATS * wanted - x->tried[STAGE_FIRST];
    const double more = fmin(missing * outlook->repeats, most);
    const bool begins = tried(x) == 0;
    if (missing <= 0 || more <= 0)
        return 0;
    return begins ? first_pair_s(x, prices) + (more - 1) * later_pair_s(x, prices)
                  : more * later_pair_s(x, prices);
}

/* Seconds of the whole stage 1, when each case that was begun gets `pairs`. */
static double predict(const struct check *c, int pairs, const struct outlook *outlook)
{
    double sum_s = elapsed_s(c);
    for (int64_t i = 0; i < c->case_count; i++) {
        const struct check_case *x = &c->cases[i];
        if (!x->decided && !x->dropped && tried(x) > 0)
            sum_s += left_s(x, pairs, outlook);
    }
    return sum_s;
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

/* In stage 1 only the first pairs are asked about: later blocks were planned. */
static bool admits_first(struct check *c, struct check_case *x, double limit_s)
{
    if (tried(x) > 0)
        return true;
    const int pairs = least_pairs(c);
    const struct outlook outlook = look(c);
    const double sum_s = predict(c, pairs, &outlook) + left_s(x, pairs, &outlook);
    if (sum_s <= limit_s || is_last_one(c))
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

/* Those that were dropped and fit after all, each in the fewest pairs. */
static void take_back(struct check *c, double limit_s, const struct outlook *outlook)
{
    const int pairs = least_pairs(c);
    double sum_s = predict(c, pairs, outlook);
    for (int64_t i = 0; i < c->rotation_count; i++) {
        struct check_case *x = &c->cases[c->rotation[i]];
        if (!x->dropped)
            continue;
        sum_s += left_s(x, pairs, outlook);
        if (sum_s > limit_s)
            return;
        x->dropped = false;
        c->state.dropped--;
    }
}

void dlb_check_budget_plan(struct check *c)
{
    const double limit_s = SHARE_FIRST * c->options->budget_s;
    if (!(limit_s > 0))
        return;
    const struct outlook outlook = look(c);
    take_back(c, limit_s, &outlook);
    int pairs = c->state.dropped > 0 ? least_pairs(c) : c->options->rule.first_pairs;
    while (pairs > least_pairs(c) && predict(c, pairs, &outlook) > limit_s)
        pairs--;
    for (int64_t i = c->rotation_count - 1; i >= 0 && predict(c, pairs, &outlook) > limit_s; i--) {
        struct check_case *x = &c->cases[c->rotation[i]];
        if (!x->decided && !x->dropped && x->kept[STAGE_FIRST] < pairs && !is_last_one(c))
            drop(c, x);
    }
    c->rule.first_pairs = c->state.pairs = pairs;
    for (int64_t i = 0; i < c->case_count; i++)
        if (!c->cases[i].item->once)
            c->cases[i].wanted[STAGE_FIRST] = pairs;
}
