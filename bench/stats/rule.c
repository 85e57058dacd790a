/* rule.c: who is measured again after stage 1, and what stage 2 then says.
 *
 * All comparisons are made on the log scale, where a slowdown and the speed-up that undoes it are equally far from 0. The tests
 * of one case are in paired.c; how often this rule errs, and what it finds, is simulated in selftest_stats.c. */
#include "bench/stats/rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/summary.h"

#define REPORTED_LEVEL 0.95
#define BOUND_LEVEL    0.90 /* two-sided; each of its ends is a one-sided 95 % bound */
#define POWER          0.9
#define BLIND_P        0.01

const struct dlb_rule dlb_rule_default = {
    .tolerance = 0.03,
    .rated = 0.05,
    .alpha = 0.01,
    .candidate_p = 0.05,
    .first_pairs = 10,
    .second_least = 12,
    .second_most = 30,
};

static const char *const names[DLB_VERDICT_COUNT] = {
    [DLB_VERDICT_PASS] = "pass",
    [DLB_VERDICT_IMPROVED] = "improved",
    [DLB_VERDICT_REGRESSED] = "regressed",
    [DLB_VERDICT_SLOWER_WITHIN_TOLERANCE] = "slower_within_tolerance",
    [DLB_VERDICT_FASTER_WITHIN_TOLERANCE] = "faster_within_tolerance",
    [DLB_VERDICT_INCONCLUSIVE] = "inconclusive",
    [DLB_VERDICT_INCOMPARABLE] = "incomparable",
    [DLB_VERDICT_MISSING] = "missing",
    [DLB_VERDICT_NEW] = "new",
    [DLB_VERDICT_FAILED] = "failed",
    [DLB_VERDICT_NOT_MEASURED] = "not_measured",
};

const char *dlb_verdict_name(enum dlb_verdict verdict)
{
    return (unsigned int)verdict < DLB_VERDICT_COUNT ? names[verdict] : "unknown";
}

enum dlb_verdict dlb_verdict_from_name(const char *name)
{
    int i = 0;

    while (i < DLB_VERDICT_COUNT && strcmp(names[i], name) != 0)
        i++;
    return (enum dlb_verdict)i;
}

/* ---- stage 1 ------------------------------------------------------------------------------------ */

static bool is_candidate(const struct dlb_rule *rule, const struct dlb_rule_case *item)
{
    const struct dlb_paired test = dlb_paired_test(item->first, item->first_count, REPORTED_LEVEL);
    const double p = fmin(test.p_slower, test.p_faster);

    return p <= rule->candidate_p && fabs(test.estimate) >= log1p(0.5 * rule->tolerance);
}

/* Pairs that find `rated` with probability 0.9 at alpha / C, by the normal distribution; never so few that a rank test could not
 * reach alpha / C, nor fewer than the first stage had, and no more than a test can take. A spread that one pair cannot tell wants
 * the most. */
static int pairs_wanted(const struct dlb_rule *rule, double sd, int candidates)
{
    const double alpha = rule->alpha / candidates;
    const double reach = dlb_normal_quantile(1.0 - alpha) + dlb_normal_quantile(POWER);
    const double wanted = ceil(pow(reach * sd / log1p(rule->rated), 2.0));
    const double enough = fmax(rule->first_pairs, dlb_paired_least_pairs(alpha));
    const double least = fmin(DLB_PAIRS_MAX, fmax(rule->second_least, enough));
    const double most = fmin(DLB_PAIRS_MAX, fmax(rule->second_most, least));

    return (int)(wanted <= most ? fmax(wanted, least) : most);
}

double dlb_rule_mde90(const struct dlb_rule *rule, double sd, int pairs, int candidates)
{
    const double each = sqrt(POWER);
    const int second = pairs_wanted(rule, sd, candidates);

    return fmax(dlb_paired_detectable(sd, pairs, rule->candidate_p, each),
                dlb_paired_detectable(sd, second, rule->alpha / candidates, each));
}

int dlb_rule_pairs_needed(const struct dlb_rule *rule, double sd, int candidates)
{
    struct dlb_rule longer = *rule;

    for (; longer.first_pairs <= DLB_PAIRS_MAX; longer.first_pairs++)
        if (dlb_rule_mde90(&longer, sd, longer.first_pairs, candidates) <= rule->rated)
            return longer.first_pairs;
    return 0;
}

int dlb_rule_candidates(const struct dlb_rule *rule, struct dlb_rule_case *cases, int count)
{
    int candidates = 0;

    for (int i = 0; i < count; i++) {
        struct dlb_rule_case *item = &cases[i];
        item->candidate = item->judged && !item->not_blind && is_candidate(rule, item);
        item->second_wanted = 0;
        candidates += item->candidate;
    }
    for (int i = 0; i < count; i++) {
        struct dlb_rule_case *item = &cases[i];
        if (item->candidate) {
            const struct dlb_paired test =
                dlb_paired_test(item->first, item->first_count, REPORTED_LEVEL);
            item->second_wanted = pairs_wanted(rule, test.sd, candidates);
        }
    }
    return candidates;
}

/* ---- stage 2 ------------------------------------------------------------------------------------ */

/* A candidate with the test of its fresh pairs. Stage 1 chose the direction in which it is tested, and with it its family. */
struct confirmation {
    struct dlb_rule_case *item;
    struct dlb_paired test;
    bool slower;
    double p, holm;
};

static int by_p(const void *left, const void *right)
{
    const double a = ((const struct confirmation *)left)->p;
    const double b = ((const struct confirmation *)right)->p;

    return (a > b) - (a < b);
}

/* Adjusted p, in ascending order: max over those before and itself of min(1, (C - i) p_i) (S. Holm, "A simple sequentially
 * rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979). */
static void correct(struct confirmation *family, int count)
{
    double adjusted = 0.0;

    if (count > 0)
        qsort(family, (size_t)count, sizeof *family, by_p);
    for (int i = 0; i < count; i++) {
        adjusted = fmax(adjusted, fmin(1.0, (count - i) * family[i].p));
        family[i].holm = adjusted;
    }
}

/* A test without an answer counts as p = 1. */
static struct confirmation confirmation_of(struct dlb_rule_case *item, bool slower)
{
    const struct dlb_paired test =
        dlb_paired_test(item->second, item->second_count, REPORTED_LEVEL);
    const double p = slower ? test.p_slower : test.p_faster;

    return (struct confirmation){
        .item = item, .test = test, .slower = slower, .p = isnan(p) ? 1.0 : p};
}

static void report(struct dlb_rule_case *item, const struct dlb_paired *test, int stage)
{
    item->stage = stage;
    item->effect = expm1(test->estimate);
    item->lo = expm1(test->lo);
    item->hi = expm1(test->hi);
    item->p = test->estimate < 0.0 ? test->p_faster : test->p_slower;
    item->p_holm = NAN;
    item->sd = test->sd;
    item->mde90 = NAN;
    item->verdict = DLB_VERDICT_INCONCLUSIVE;
}

static bool bounded(const struct dlb_rule *rule, const double *differences, int pairs)
{
    return dlb_paired_test(differences, pairs, BOUND_LEVEL).hi < log1p(rule->rated);
}

static bool passes(const struct dlb_rule *rule, const struct dlb_rule_case *item)
{
    return !item->not_blind && !item->unsettled && item->mde90 <= rule->rated &&
           bounded(rule, item->first, item->first_count) &&
           (item->stage == 1 || bounded(rule, item->second, item->second_count));
}

/* What Holm confirms; COUNT for nothing. */
static enum dlb_verdict confirmed(const struct dlb_rule *rule, const struct confirmation *one)
{
    const double tolerated = log1p(rule->tolerance);

    if (one->item->not_blind || !(one->holm <= rule->alpha))
        return DLB_VERDICT_COUNT;
    if (one->slower)
        return one->test.estimate >= tolerated ? DLB_VERDICT_REGRESSED
                                               : DLB_VERDICT_SLOWER_WITHIN_TOLERANCE;
    return one->test.estimate <= -tolerated ? DLB_VERDICT_IMPROVED
                                            : DLB_VERDICT_FASTER_WITHIN_TOLERANCE;
}

static void judge_confirmation(const struct dlb_rule *rule, const struct confirmation *one,
                               int candidates)
{
    struct dlb_rule_case *item = one->item;
    const enum dlb_verdict verdict = confirmed(rule, one);

    report(item, &one->test, 2);
    item->p = one->slower ? one->test.p_slower : one->test.p_faster;
    item->p_holm = one->holm;
    item->mde90 = dlb_paired_mde90(one->test.sd, one->test.pairs, rule->alpha / candidates);
    if (verdict != DLB_VERDICT_COUNT)
        item->verdict = verdict;
    else if (passes(rule, item))
        item->verdict = DLB_VERDICT_PASS;
}

/* No candidate, or one that the check ended before: stage 1 is all there is. */
static void judge_first(const struct dlb_rule *rule, struct dlb_rule_case *item, int candidates)
{
    const struct dlb_paired test = dlb_paired_test(item->first, item->first_count, REPORTED_LEVEL);

    report(item, &test, 1);
    item->mde90 = dlb_rule_mde90(rule, test.sd, test.pairs, candidates);
    if (!item->candidate && passes(rule, item))
        item->verdict = DLB_VERDICT_PASS;
}

/* Appends the candidates of one direction, which judge_first left in `effect`, and corrects them. Returns the new length. */
static int list_family(struct dlb_rule_case *cases, int count, bool slower,
                       struct confirmation *all, int listed)
{
    struct confirmation *family = all + listed;
    int members = 0;

    for (int i = 0; i < count; i++)
        if (cases[i].judged && cases[i].candidate && !(cases[i].effect < 0.0) == slower)
            family[members++] = confirmation_of(&cases[i], slower);
    correct(family, members);
    return listed + members;
}

void dlb_rule_judge(const struct dlb_rule *rule, struct dlb_rule_case *cases, int count)
{
    int candidates = 0;

    for (int i = 0; i < count; i++)
        candidates += cases[i].judged && cases[i].candidate;
    for (int i = 0; i < count; i++)
        if (cases[i].judged)
            judge_first(rule, &cases[i], candidates > 0 ? candidates : 1);
    if (candidates == 0)
        return;

    /* Without memory the candidates stay what judge_first made of them: inconclusive. */
    struct confirmation *all = malloc((size_t)candidates * sizeof *all);
    if (all == NULL)
        return;
    const int slower = list_family(cases, count, true, all, 0);
    const int listed = list_family(cases, count, false, all, slower);
    for (int i = 0; i < listed; i++)
        if (all[i].item->second_count > 0)
            judge_confirmation(rule, &all[i], candidates);
    free(all);
}

/* ---- were the gates blind? ---------------------------------------------------------------------- */

static double log_choose(int n, int k)
{
    int sign;

    return lgamma_r(n + 1.0, &sign) - lgamma_r(k + 1.0, &sign) - lgamma_r(n - k + 1.0, &sign);
}

/* Fisher's exact test (R. A. Fisher, Statistical Methods for Research Workers, 1934, section 21.02): with the margins given, the
 * rejections of A are hypergeometric; two-sided p is the probability of all tables no likelier than the one seen. The factor
 * allows for rounding, as in R's fisher.test. */
static double fisher_p(int kept_a, int rejected_a, int kept_b, int rejected_b)
{
    const int a = kept_a + rejected_a;
    const int b = kept_b + rejected_b;
    const int rejected = rejected_a + rejected_b;
    const double all = log_choose(a + b, rejected);
    const double seen = log_choose(a, rejected_a) + log_choose(b, rejected_b) - all;
    double p = 0.0;

    for (int k = rejected > b ? rejected - b : 0; k <= rejected && k <= a; k++) {
        const double one = log_choose(a, k) + log_choose(b, rejected - k) - all;
        if (one <= seen + 1e-7)
            p += exp(one);
    }
    return p;
}

bool dlb_rule_is_blind(int kept_a, int rejected_a, int kept_b, int rejected_b)
{
    return fisher_p(kept_a, rejected_a, kept_b, rejected_b) >= BLIND_P;
}
