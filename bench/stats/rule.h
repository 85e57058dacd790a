/* rule.h: the regression rule: two stages of pairs, candidates, Holm's correction, a verdict per case.
 *
 * Stage 1 measures every case in `first_pairs` pairs. A case whose difference could be one (p <= candidate_p and an estimate of at least half the
 * tolerance) is a candidate and is measured again, in fresh pairs; the decision about it uses these alone, so that choosing costs
 * nothing and Holm runs over the candidates only. With one stage no rank test could pass a correction over many cases: ten pairs give
 * p >= 1/1024. Pure: the same functions judge `check`, `selftest aa` and the simulation of `selftest stats`. */
#ifndef DLB_RULE_H
#define DLB_RULE_H

#include <stdbool.h>

#include "bench/stats/paired.h"

struct dlb_rule {
    double tolerance;   /* 0.03: a confirmed change below this is tolerated */
    double rated;       /* 0.05: the change that a check promises to see */
    double alpha;       /* 0.01, over all candidates of one direction */
    double candidate_p; /* 0.05 */
    int first_pairs;    /* 10; 7 at least */
    int second_least;   /* 12 */
    int second_most;    /* 30 */
};
extern const struct dlb_rule dlb_rule_default;

enum dlb_verdict {
    DLB_VERDICT_PASS,
    DLB_VERDICT_IMPROVED,
    DLB_VERDICT_REGRESSED,
    DLB_VERDICT_SLOWER_WITHIN_TOLERANCE,
    DLB_VERDICT_FASTER_WITHIN_TOLERANCE,
    DLB_VERDICT_INCONCLUSIVE,
    DLB_VERDICT_INCOMPARABLE, /* the two sides do not measure the same thing */
    DLB_VERDICT_MISSING,      /* only A has it */
    DLB_VERDICT_NEW,          /* only B has it */
    DLB_VERDICT_FAILED,       /* a side crashed or answered wrongly */
    DLB_VERDICT_NOT_MEASURED, /* the budget was over before it */
    DLB_VERDICT_COUNT
};
/* "pass", "improved", "regressed", "slower_within_tolerance", ...; never NULL. COUNT for an unknown name. */
const char *dlb_verdict_name(enum dlb_verdict verdict);
enum dlb_verdict dlb_verdict_from_name(const char *name);

/* One case on its way through the rule. The caller fills the differences (they stay its own) and says whether it can be judged. */
struct dlb_rule_case {
    const double *first, *second; /* differences ln t_B - ln t_A of kept pairs */
    int first_count, second_count;
    bool judged; /* false: decided otherwise (failed, new, ...): the rule passes it over */
    bool
        not_blind; /* gates rejected the two sides differently often: inconclusive, and no candidate */
    bool
        unsettled; /* too many pairs stayed noisy, or the budget ended stage 2: never pass; what Holm confirms stands */
    /* written by dlb_rule_candidates */
    bool candidate;
    int second_wanted; /* fresh pairs of stage 2; 0 for no candidate */
    /* written by dlb_rule_judge */
    enum dlb_verdict verdict;
    int stage; /* that decided: 1 or 2 */
    double effect, lo,
        hi; /* change of time, 0.05: 5 % slower; two-sided 95 % interval of the deciding stage */
    double p, p_holm; /* one-sided in the direction of the effect; p_holm NaN for no candidate */
    double sd;        /* of a pair, deciding stage */
    double mde90;     /* the smallest change that this check could have seen, see dlb_rule_judge */
};

/* After stage 1: who is a candidate, and how many fresh pairs each wants:
 * clamp(ceil(((z_{1-alpha/C} + z_{0.9}) sd / ln(1 + rated))^2), max(second_least, first_pairs, ceil(log2(C / alpha))), second_most). Returns C. */
int dlb_rule_candidates(const struct dlb_rule *rule, struct dlb_rule_case *cases, int count);

/* After stage 2: Holm over the candidates, those that stage 1 found slower and those it found faster each a family of its own, tested in that
 * direction. regressed: Holm p <= alpha and estimate >= tolerance;
 * slower_within_tolerance: significant, below tolerance; improved and faster_within_tolerance are their mirror images. Otherwise pass, if the one-sided
 * 95 % upper bound of stage 1 (and for a candidate that of stage 2) is below `rated` and mde90 is not above it; else inconclusive. A NaN among the
 * differences, or fewer pairs than can decide, is inconclusive.
 *
 * mde90 of a candidate is that of its stage 2: dlb_paired_mde90(sd, second_count, alpha / C); of a case that was none, dlb_rule_mde90. */
void dlb_rule_judge(const struct dlb_rule *rule, struct dlb_rule_case *cases, int count);

/* The smallest change that a check finds with probability 0.9 in a case of this spread, measured in `pairs` pairs, in the company of `candidates`
 * candidates (at least 1): it must pass both stages, so this is the larger of what each finds with probability sqrt(0.9), the second in as many pairs as
 * the case would be given. NaN for a spread that is none, infinite for too few pairs. */
double dlb_rule_mde90(const struct dlb_rule *rule, double sd, int pairs, int candidates);

/* The least first_pairs (not below the rule's own) with which that is no more than `rated`; 0: not even DLB_PAIRS_MAX are enough. */
int dlb_rule_pairs_needed(const struct dlb_rule *rule, double sd, int candidates);

/* Did the gates reject the two sides alike? Fisher's exact test, two-sided p < 0.01: no. */
bool dlb_rule_is_blind(int kept_a, int rejected_a, int kept_b, int rejected_b);

#endif
