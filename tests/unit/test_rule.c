/* test_rule.c: candidates, pairs of the second stage, Holm's correction, every verdict, and the strange inputs. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "bench/stats/rule.h"
#include "bench/stats/summary.h"
#include "tests/unit/near.h"

#define RULE  (&dlb_rule_default)
#define PAIRS DLB_PAIRS_MAX

/* `n` differences around ln(1 + change), evenly spread over +- width: no luck in them. */
static const double *spread(double *d, int n, double change, double width)
{
    for (int i = 0; i < n; i++)
        d[i] = log1p(change) + (n > 1 ? width * (2.0 * i / (n - 1) - 1) : 0);
    return d;
}

struct bench {
    double first[PAIRS], second[PAIRS];
};

/* A case of 10 pairs at `change`, and of as many fresh pairs as the rule asks for. */
static struct dlb_rule_case one_case(struct bench *bench, double change, double width)
{
    return (struct dlb_rule_case){.first = spread(bench->first, 10, change, width),
                                  .second = bench->second,
                                  .first_count = 10,
                                  .judged = true};
}

static void measure_again(struct bench *bench, struct dlb_rule_case *item, double change,
                          double width)
{
    spread(bench->second, item->second_wanted, change, width);
    item->second_count = item->second_wanted;
}

static void assert_verdict(const struct dlb_rule_case *item, enum dlb_verdict wanted,
                           const char *what)
{
    if (item->verdict != wanted)
        fail_msg("%s: %s, wanted %s (effect %g, p_holm %g, mde90 %g)", what,
                 dlb_verdict_name(item->verdict), dlb_verdict_name(wanted), item->effect,
                 item->p_holm, item->mde90);
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < DLB_VERDICT_COUNT; i++) {
        const char *name = dlb_verdict_name((enum dlb_verdict)i);
        assert_true(strlen(name) > 2);
        assert_int_equal(dlb_verdict_from_name(name), i);
    }
    assert_string_equal(dlb_verdict_name(DLB_VERDICT_REGRESSED), "regressed");
    assert_string_equal(dlb_verdict_name(DLB_VERDICT_COUNT), "unknown");
    assert_int_equal(dlb_verdict_from_name("better"), DLB_VERDICT_COUNT);
    assert_int_equal(dlb_verdict_from_name(""), DLB_VERDICT_COUNT);
}

static void the_specified_numbers(void **state)
{
    (void)state;
    near(RULE->tolerance, 0.03, 0, "tolerance");
    near(RULE->rated, 0.05, 0, "rated");
    near(RULE->alpha, 0.01, 0, "alpha");
    near(RULE->candidate_p, 0.05, 0, "candidate p");
    assert_int_equal(RULE->first_pairs, 10);
    assert_int_equal(RULE->second_least, 12);
    assert_int_equal(RULE->second_most, 30);
}

/* Candidates need both: a p of 0.05 and half of the tolerance. */
static void who_is_a_candidate(void **state)
{
    (void)state;
    static const struct {
        double change, width;
        bool candidate;
    } rows[] = {
        {0.016, 0.001, true}, {-0.016, 0.001, true}, {0.014, 0.001, false}, {-0.014, 0.001, false},
        {0.016, 0.2, false},  {0.5, 0.1, true},      {0, 0, false},         {0.03, 0, true},
    };
    struct bench bench;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_rule_case item = one_case(&bench, rows[i].change, rows[i].width);
        item.second_wanted = 99;
        assert_int_equal(dlb_rule_candidates(RULE, &item, 1), rows[i].candidate);
        if (item.candidate != rows[i].candidate)
            fail_msg("row %zu", i);
        assert_true((item.second_wanted > 0) == item.candidate);
    }
}

/* z_{1-alpha/C} + z_{0.9} with z_{0.99} = 2.3263, z_{0.999} = 3.0902, z_{0.9} = 1.2816; ln 1.05 = 0.04879. */
static void how_many_fresh_pairs(void **state)
{
    (void)state;
    static const struct {
        int candidates;
        double sd;
        int wanted;
    } rows[] = {
        {1, 0.0, 12},   {1, 0.01, 12},  {1, 0.03, 12}, {1, 0.046, 12}, {1, 0.05, 14},
        {1, 0.06, 20},  {1, 0.07, 27},  {1, 0.08, 30}, {1, 5.0, 30},   {10, 0.046, 17},
        {10, 0.06, 29}, {50, 0.01, 13}, /* log2(50 / 0.01) = 12.3: fewer pairs could not reach it */
    };
    static struct bench benches[50];
    static struct dlb_rule_case cases[50];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int count = rows[i].candidates;
        for (int j = 0; j < count; j++) {
            /* IQR of an even row of 10 is 9.0 / 9 of the width; its sd 0.638 of the width is less than IQR / 1.349 = 0.741. */
            cases[j] = one_case(&benches[j], 20, rows[i].sd * 1.349);
            near(dlb_paired_test(benches[j].first, 10, 0.95).sd, rows[i].sd, 1e-12, "sd");
        }
        assert_int_equal(dlb_rule_candidates(RULE, cases, count), count);
        for (int j = 0; j < count; j++)
            if (cases[j].second_wanted != rows[i].wanted)
                fail_msg("C = %d, sd %g: %d pairs, wanted %d", count, rows[i].sd,
                         cases[j].second_wanted, rows[i].wanted);
    }
}

/* Both stages of one case alone. */
static void verdicts_of_one_case(void **state)
{
    (void)state;
    static const struct {
        double first, second, width;
        bool not_blind, unsettled;
        enum dlb_verdict verdict;
        int stage;
    } rows[] = {
        {0.00, 0.00, 0.01, false, false, DLB_VERDICT_PASS, 1},
        {0.05, 0.05, 0.01, false, false, DLB_VERDICT_REGRESSED, 2},
        {0.05, 0.0301, 0.01, false, false, DLB_VERDICT_REGRESSED, 2},
        {0.05, 0.0299, 0.01, false, false, DLB_VERDICT_SLOWER_WITHIN_TOLERANCE, 2},
        {-0.05, -0.05, 0.01, false, false, DLB_VERDICT_IMPROVED, 2},
        {-0.05, -0.0295, 0.01, false, false, DLB_VERDICT_IMPROVED, 2}, /* 1 / 0.9705 = 1.0304 */
        {-0.05, -0.0290, 0.01, false, false, DLB_VERDICT_FASTER_WITHIN_TOLERANCE, 2},
        {0.02, 0.00, 0.01, false, false, DLB_VERDICT_PASS, 2}, /* was an accident of stage 1 */
        {-0.05, 0.08, 0.01, false, false, DLB_VERDICT_INCONCLUSIVE, 2}, /* the stages contradict */
        {-0.05, 0.00, 0.01, false, false, DLB_VERDICT_PASS, 2},
        {0.06, 0.00, 0.01, false, false, DLB_VERDICT_INCONCLUSIVE,
         2}, /* stage 1's bound is above 5 % */
        {0.02, 0.00, 0.20, false, false, DLB_VERDICT_INCONCLUSIVE,
         1}, /* noise: could not have seen it */
        {0.00, 0.00, 0.01, true, false, DLB_VERDICT_INCONCLUSIVE, 1},
        {0.00, 0.00, 0.01, false, true, DLB_VERDICT_INCONCLUSIVE, 1},
        {0.05, 0.05, 0.01, true, false, DLB_VERDICT_INCONCLUSIVE, 1},
        {0.05, 0.05, 0.01, false, true, DLB_VERDICT_REGRESSED, 2},
        {0.02, 0.00, 0.01, false, true, DLB_VERDICT_INCONCLUSIVE, 2},
    };
    struct bench bench;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char what[32];
        struct dlb_rule_case item = one_case(&bench, rows[i].first, rows[i].width);
        item.not_blind = rows[i].not_blind;
        item.unsettled = rows[i].unsettled;
        dlb_rule_candidates(RULE, &item, 1);
        measure_again(&bench, &item, rows[i].second, rows[i].width);
        dlb_rule_judge(RULE, &item, 1);
        snprintf(what, sizeof what, "row %zu", i);
        assert_verdict(&item, rows[i].verdict, what);
        assert_int_equal(item.stage, rows[i].stage);
        const double effect = item.stage == 2 ? rows[i].second : rows[i].first;
        near(item.effect, effect, 1e-12, "effect");
        assert_true(item.lo <= item.effect && item.effect <= item.hi);
        assert_true(isnan(item.p_holm) == (item.stage == 1));
    }
}

/* Gates that turn out not to be blind in stage 2 take back what stage 2 says. */
static void not_blind_in_the_end(void **state)
{
    (void)state;
    struct bench bench;
    struct dlb_rule_case item = one_case(&bench, 0.05, 0.01);

    assert_int_equal(dlb_rule_candidates(RULE, &item, 1), 1);
    measure_again(&bench, &item, 0.05, 0.01);
    item.not_blind = true;
    dlb_rule_judge(RULE, &item, 1);
    assert_verdict(&item, DLB_VERDICT_INCONCLUSIVE, "not blind");
    assert_int_equal(item.stage, 2);
    near(item.effect, 0.05, 1e-12, "effect");
}

/* Holm by hand: 12 pairs with w of them against the trend; C = 3, alpha 0.01. p of the ranks: 1/4096 for none negative, and the
 * smallest rank negative: 2/4096. Sorted 1, 2, 14 of 4096 -> x3 = 3, x2 = 4, x1 = 14 of 4096 (0.0034 <= 0.01). */
static void holm_by_hand(void **state)
{
    (void)state;
    static struct bench benches[3];
    struct dlb_rule_case cases[3];
    static const int negative[3] = {0, 1, 6}; /* P(V <= 6) of 12: 14 subsets */
    static const double wanted[3] = {3 / 4096.0, 4 / 4096.0, 14 / 4096.0};

    for (int i = 0; i < 3; i++)
        cases[i] = one_case(&benches[i], 0.05, 0.01);
    assert_int_equal(dlb_rule_candidates(RULE, cases, 3), 3);
    for (int i = 0; i < 3; i++) {
        for (int rank = 1; rank <= 12; rank++)
            benches[i].second[rank - 1] = (rank == negative[i] ? -0.01 : 0.01) * (4 + rank * 0.1);
        cases[i].second_count = 12;
        near(dlb_paired_test(benches[i].second, 12, 0.95).p_slower,
             (negative[i] == 0   ? 1
              : negative[i] == 1 ? 2
                                 : 14) /
                 4096.0,
             0, "p");
    }
    dlb_rule_judge(RULE, cases, 3);
    for (int i = 0; i < 3; i++) {
        near(cases[i].p_holm, wanted[i], 1e-15, "p_holm");
        assert_verdict(&cases[i], DLB_VERDICT_REGRESSED, "by hand");
    }
}

/* What is significant alone need not be among many: one sign of 12 against the trend, p = 14/4096, times 4 is above 0.01. */
static void holm_pays_for_company(void **state)
{
    (void)state;
    static struct bench benches[4];
    struct dlb_rule_case cases[4];

    for (int i = 0; i < 4; i++)
        cases[i] = one_case(&benches[i], 0.05, 0.01);
    dlb_rule_candidates(RULE, cases, 4);
    for (int i = 0; i < 4; i++) {
        for (int rank = 1; rank <= 12; rank++)
            benches[i].second[rank - 1] = (rank == 6 ? -0.01 : 0.01) * (4 + rank * 0.1);
        cases[i].second_count = 12;
    }
    dlb_rule_judge(RULE, cases, 4);
    for (int i = 0; i < 4; i++) {
        near(cases[i].p_holm, 4 * 14 / 4096.0, 1e-15, "p_holm");
        assert_verdict(&cases[i], DLB_VERDICT_INCONCLUSIVE, "four alike");
    }
}

/* Slower and faster do not spoil each other's verdict. */
static void directions_are_families_of_their_own(void **state)
{
    (void)state;
    static struct bench benches[6];
    struct dlb_rule_case cases[6];

    for (int i = 0; i < 6; i++)
        cases[i] = one_case(&benches[i], i % 2 == 0 ? 0.08 : -0.08, 0.01);
    assert_int_equal(dlb_rule_candidates(RULE, cases, 6), 6);
    for (int i = 0; i < 6; i++)
        measure_again(&benches[i], &cases[i], i % 2 == 0 ? 0.08 : -0.08, 0.01);
    dlb_rule_judge(RULE, cases, 6);
    for (int i = 0; i < 6; i++)
        assert_verdict(&cases[i], i % 2 == 0 ? DLB_VERDICT_REGRESSED : DLB_VERDICT_IMPROVED,
                       "family");
}

/* A hundred real changes: every one is found, although alpha is divided by 100. */
static void more_than_forty_candidates(void **state)
{
    (void)state;
    static struct bench benches[101];
    static struct dlb_rule_case cases[101];

    for (int i = 0; i < 101; i++)
        cases[i] = one_case(&benches[i], i < 100 ? 0.06 : 0.0, 0.01);
    assert_int_equal(dlb_rule_candidates(RULE, cases, 101), 100);
    assert_int_equal(cases[0].second_wanted, 14); /* log2(100 / 0.01) = 13.3 */
    for (int i = 0; i < 100; i++)
        measure_again(&benches[i], &cases[i], 0.06, 0.01);
    dlb_rule_judge(RULE, cases, 101);
    for (int i = 0; i < 100; i++)
        assert_verdict(&cases[i], DLB_VERDICT_REGRESSED, "one of a hundred");
    /* The one that did not change is no victim of the others: it would have got as many pairs. */
    assert_verdict(&cases[100], DLB_VERDICT_PASS, "the hundred and first");
}

static void no_cases(void **state)
{
    (void)state;
    assert_int_equal(dlb_rule_candidates(RULE, NULL, 0), 0);
    dlb_rule_judge(RULE, NULL, 0);
}

/* Cases decided otherwise are not touched, and do not count in C. */
static void cases_decided_otherwise(void **state)
{
    (void)state;
    static struct bench benches[2];
    struct dlb_rule_case cases[2] = {one_case(&benches[0], 0.5, 0.01),
                                     one_case(&benches[1], 0.05, 0.01)};

    cases[0].judged = false;
    cases[0].verdict = DLB_VERDICT_FAILED;
    cases[0].effect = 42;
    assert_int_equal(dlb_rule_candidates(RULE, cases, 2), 1);
    assert_false(cases[0].candidate);
    measure_again(&benches[1], &cases[1], 0.05, 0.01);
    dlb_rule_judge(RULE, cases, 2);
    assert_verdict(&cases[0], DLB_VERDICT_FAILED, "failed");
    near(cases[0].effect, 42, 0, "effect");
    near(cases[1].p_holm, cases[1].p, 0, "p_holm of C = 1");
}

static void assert_judged(struct dlb_rule_case *item, enum dlb_verdict wanted, const char *what)
{
    dlb_rule_candidates(RULE, item, 1);
    assert_false(item->candidate);
    dlb_rule_judge(RULE, item, 1);
    assert_verdict(item, wanted, what);
}

/* n = 0 and 1, NaN, too many: inconclusive. From 5 pairs on a tight list can pass: 2^-5 < 0.05. */
static void strange_first_stages(void **state)
{
    (void)state;
    double d[PAIRS + 1] = {0};
    struct dlb_rule_case item = {.first = NULL, .judged = true};

    assert_judged(&item, DLB_VERDICT_INCONCLUSIVE, "no pair");
    assert_true(isnan(item.effect) && isnan(item.p) && isnan(item.mde90));
    for (int n = 1; n <= PAIRS + 1; n++) {
        item = (struct dlb_rule_case){.first = d, .first_count = n, .judged = true};
        assert_judged(&item, n >= 5 && n <= PAIRS ? DLB_VERDICT_PASS : DLB_VERDICT_INCONCLUSIVE,
                      "zeros");
    }
    d[3] = NAN;
    item = (struct dlb_rule_case){.first = d, .first_count = 10, .judged = true};
    assert_judged(&item, DLB_VERDICT_INCONCLUSIVE, "NaN");
    assert_true(isnan(item.effect));
}

/* Candidates whose second stage is missing, too short, or broken. */
static void strange_second_stages(void **state)
{
    (void)state;
    struct bench bench;
    struct dlb_rule_case item = one_case(&bench, 0.08, 0.01);

    assert_int_equal(dlb_rule_candidates(RULE, &item, 1), 1);
    item.second_count = 0;
    dlb_rule_judge(RULE, &item, 1);
    assert_verdict(&item, DLB_VERDICT_INCONCLUSIVE, "no second stage");
    assert_int_equal(item.stage, 1);
    near(item.effect, 0.08, 1e-12, "effect of the first");

    measure_again(&bench, &item, 0.08, 0.01);
    item.second_count = 6; /* 1/64 > 0.01 */
    dlb_rule_judge(RULE, &item, 1);
    assert_verdict(&item, DLB_VERDICT_INCONCLUSIVE, "six pairs");
    assert_true(isinf(item.mde90));
    item.second_count = 7;
    dlb_rule_judge(RULE, &item, 1);
    assert_verdict(&item, DLB_VERDICT_REGRESSED, "seven pairs");

    bench.second[2] = INFINITY;
    dlb_rule_judge(RULE, &item, 1);
    assert_verdict(&item, DLB_VERDICT_INCONCLUSIVE, "infinite");
    assert_true(isnan(item.effect) && isnan(item.p));
}

/* A candidate that could not be measured again still counts in C: nobody gains by another's failure. */
static void lost_candidates_count(void **state)
{
    (void)state;
    static struct bench benches[2];
    struct dlb_rule_case cases[2] = {one_case(&benches[0], 0.08, 0.01),
                                     one_case(&benches[1], 0.08, 0.01)};

    assert_int_equal(dlb_rule_candidates(RULE, cases, 2), 2);
    measure_again(&benches[0], &cases[0], 0.08, 0.01);
    dlb_rule_judge(RULE, cases, 2);
    assert_verdict(&cases[0], DLB_VERDICT_REGRESSED, "measured");
    near(cases[0].p_holm, 2 * cases[0].p, 1e-15, "p_holm");
    assert_verdict(&cases[1], DLB_VERDICT_INCONCLUSIVE, "lost");
}

/* What "could have seen" promises: cases with a change of mde90 are found about 90 % of the time, not much less. */
static void mde90_keeps_its_promise(void **state)
{
    (void)state;
    static const double sds[] = {0.008, 0.02, 0.035};
    const int trials = 2000;
    struct dlb_random random;
    struct bench bench;

    dlb_random_seed(&random, 21);
    for (size_t s = 0; s < sizeof sds / sizeof sds[0]; s++) {
        /* Of an unchanged case, with the sd known: an even row of this sd. */
        struct dlb_rule_case calm = one_case(&bench, 0, sds[s] * 1.349);
        dlb_rule_candidates(RULE, &calm, 1);
        dlb_rule_judge(RULE, &calm, 1);
        int found = 0;
        for (int trial = 0; trial < trials; trial++) {
            struct dlb_rule_case item = one_case(&bench, 0, 0);
            for (int i = 0; i < 10; i++)
                bench.first[i] = log1p(calm.mde90) + sds[s] * dlb_random_normal(&random);
            if (dlb_rule_candidates(RULE, &item, 1) == 0)
                continue;
            for (int i = 0; i < item.second_wanted; i++)
                bench.second[i] = log1p(calm.mde90) + sds[s] * dlb_random_normal(&random);
            item.second_count = item.second_wanted;
            dlb_rule_judge(RULE, &item, 1);
            found += item.verdict == DLB_VERDICT_REGRESSED ||
                     item.verdict == DLB_VERDICT_SLOWER_WITHIN_TOLERANCE;
        }
        /* A change below half of the tolerance is not looked for. */
        if (calm.mde90 > 0.015 && (found < 0.86 * trials || found > 0.97 * trials))
            fail_msg("sd %g: %d of %d found at %g", sds[s], found, trials, calm.mde90);
    }
}

/* With as many pairs as are said to be needed a calm case of this spread passes, with one fewer it does not. */
static void pairs_needed_are_enough(void **state)
{
    (void)state;
    static const struct {
        double sd;
        int least, most;
    } rows[] = {{0.001, 10, 10}, {0.03, 10, 10}, {0.045, 15, 20},
                {0.06, 26, 32},  {0.08, 45, 55}, {0.12, 0, 0}};
    struct bench bench;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int needed = dlb_rule_pairs_needed(RULE, rows[i].sd, 1);
        if (needed < rows[i].least || needed > rows[i].most)
            fail_msg("sd %g: %d pairs", rows[i].sd, needed);
        for (int pairs = needed > 10 ? needed - 1 : needed; needed > 0 && pairs <= needed;
             pairs++) {
            struct dlb_rule rule = *RULE;
            rule.first_pairs = pairs;
            spread(bench.first, pairs, 0, rows[i].sd * 1.349);
            struct dlb_rule_case item = {
                .first = bench.first, .first_count = pairs, .judged = true};
            const double sd = dlb_paired_test(bench.first, pairs, 0.95).sd;
            for (int k = 0; k < pairs; k++)
                bench.first[k] *= rows[i].sd / sd;
            dlb_rule_candidates(&rule, &item, 1);
            dlb_rule_judge(&rule, &item, 1);
            assert_verdict(&item, pairs == needed ? DLB_VERDICT_PASS : DLB_VERDICT_INCONCLUSIVE,
                           "needed");
        }
    }
}

static void longer_first_stage_wants_longer_second(void **state)
{
    (void)state;
    struct dlb_rule rule = *RULE;
    struct bench bench;
    struct dlb_rule_case item = one_case(&bench, 0.05, 0.01);

    rule.first_pairs = 40;
    assert_int_equal(dlb_rule_candidates(&rule, &item, 1), 1);
    assert_int_equal(item.second_wanted, 40);
    rule.first_pairs = 7;
    assert_int_equal(dlb_rule_candidates(&rule, &item, 1), 1);
    assert_int_equal(item.second_wanted, 12);
}

/* Fisher's tea tasting, 3 and 1 of 4: p = 0.4857 (two-sided); Lady 4 and 0: 2/70 = 0.029. R: fisher.test(rbind(c(10, 0), c(3, 7)))
 * p = 0.003096; rbind(c(10, 0), c(4, 6)): 0.01084. */
static void blind_or_not(void **state)
{
    (void)state;
    static const struct {
        int kept_a, rejected_a, kept_b, rejected_b;
        bool blind;
    } rows[] = {
        {3, 1, 1, 3, true},      {4, 0, 0, 4, true},         {10, 0, 3, 7, false},
        {3, 7, 10, 0, false},    {10, 0, 4, 6, true},        {0, 0, 0, 0, true},
        {10, 0, 10, 0, true},    {0, 10, 0, 10, true},       {0, 0, 5, 5, true},
        {100, 1, 80, 20, false}, {1000, 30, 1000, 31, true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (dlb_rule_is_blind(rows[i].kept_a, rows[i].rejected_a, rows[i].kept_b,
                              rows[i].rejected_b) != rows[i].blind)
            fail_msg("row %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(the_specified_numbers),
        cmocka_unit_test(who_is_a_candidate),
        cmocka_unit_test(how_many_fresh_pairs),
        cmocka_unit_test(verdicts_of_one_case),
        cmocka_unit_test(not_blind_in_the_end),
        cmocka_unit_test(holm_by_hand),
        cmocka_unit_test(holm_pays_for_company),
        cmocka_unit_test(directions_are_families_of_their_own),
        cmocka_unit_test(more_than_forty_candidates),
        cmocka_unit_test(no_cases),
        cmocka_unit_test(cases_decided_otherwise),
        cmocka_unit_test(strange_first_stages),
        cmocka_unit_test(strange_second_stages),
        cmocka_unit_test(lost_candidates_count),
        cmocka_unit_test(mde90_keeps_its_promise),
        cmocka_unit_test(pairs_needed_are_enough),
        cmocka_unit_test(longer_first_stage_wants_longer_second),
        cmocka_unit_test(blind_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
