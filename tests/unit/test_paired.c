/* test_paired.c: the signed-rank test against published tables, textbook data and enumeration of all signs. */
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "bench/stats/paired.h"
#include "tests/unit/near.h"

/* |d| = 1 ... n, with ranks of `sum` in all positive. */
static void with_rank_sum(int n, int sum, double *d)
{
    for (int rank = n; rank >= 1; rank--) {
        const bool positive = rank <= sum;
        sum -= positive ? rank : 0;
        d[rank - 1] = positive ? rank : -rank;
    }
    assert_int_equal(sum, 0);
}

/* F. Wilcoxon and R. A. Wilcox, "Some rapid approximate statistical procedures" (1964): the largest rank sums that are
 * significant one-sided at 0.05 and at 0.01. */
static const struct {
    int n, at_05, at_01;
} critical[] = {{5, 0, -1},   {6, 2, -1},    {7, 3, 0},     {8, 5, 1},    {9, 8, 3},
                {10, 10, 5},  {11, 13, 7},   {12, 17, 9},   {13, 21, 12}, {14, 25, 15},
                {15, 30, 19}, {16, 35, 23},  {17, 41, 27},  {18, 47, 32}, {19, 53, 37},
                {20, 60, 43}, {25, 100, 76}, {30, 151, 120}};

static void check_critical(int n, int sum, double alpha)
{
    double d[DLB_PAIRS_MAX];

    if (sum >= 0) {
        with_rank_sum(n, sum, d);
        if (dlb_paired_test(d, n, 0.95).p_faster > alpha)
            fail_msg("n = %d, sum %d: not significant at %g", n, sum, alpha);
    }
    with_rank_sum(n, sum + 1, d);
    if (dlb_paired_test(d, n, 0.95).p_faster <= alpha)
        fail_msg("n = %d, sum %d: significant at %g", n, sum + 1, alpha);
}

static void critical_values_of_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof critical / sizeof critical[0]; i++) {
        check_critical(critical[i].n, critical[i].at_05, 0.05);
        check_critical(critical[i].n, critical[i].at_01, 0.01);
    }
}

/* Counts of subsets of 1 ... 10 with a sum of at most 3, 8 and 10: 5, 25 and 43 of 1024. */
static void exact_probabilities(void **state)
{
    (void)state;
    double d[10];

    with_rank_sum(10, 3, d);
    near(dlb_paired_test(d, 10, 0.95).p_faster, 5 / 1024.0, 0, "P(V <= 3)");
    with_rank_sum(10, 8, d);
    near(dlb_paired_test(d, 10, 0.95).p_faster, 25 / 1024.0, 0, "P(V <= 8)");
    with_rank_sum(10, 10, d);
    near(dlb_paired_test(d, 10, 0.95).p_faster, 43 / 1024.0, 0, "P(V <= 10)");
    with_rank_sum(10, 45, d);
    near(dlb_paired_test(d, 10, 0.95).p_slower, 43 / 1024.0, 0, "P(V >= 45)");
}

/* C. Darwin's maize (R. A. Fisher, The Design of Experiments, 1935): crossed less self-fertilised, in eighths of an inch.
 * R: wilcox.test(d) gives V = 96, p = 0.04126 two-sided. */
static void darwins_maize(void **state)
{
    (void)state;
    static const double d[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
    const struct dlb_paired test = dlb_paired_test(d, 15, 0.95);

    assert_int_equal(test.pairs, 15);
    near(2 * test.p_slower, 0.04126, 5e-6, "p");
    assert_true(test.p_faster > 0.97);
    assert_true(test.lo > 0 && test.lo <= test.estimate && test.estimate <= test.hi);
}

/* Depression scores of M. Hollander and D. A. Wolfe, Nonparametric Statistical Methods (1973), table 3.1, also the example of
 * R's wilcox.test: V = 40, p = 0.01953; estimate 0.46, the 96.1 % interval from 0.010 to 0.786. */
static void depression_scores(void **state)
{
    (void)state;
    static const double x[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    static const double y[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
    double d[9];

    for (int i = 0; i < 9; i++)
        d[i] = x[i] - y[i];
    const struct dlb_paired test = dlb_paired_test(d, 9, 0.95);
    near(test.p_slower, 10 / 512.0, 1e-15, "p");
    near(test.estimate, 0.46, 1e-12, "estimate");
    near(test.lo, 0.010, 1e-12, "lo");
    near(test.hi, 0.786, 1e-12, "hi");
}

/* The definition: every choice of signs of the non-zero ranks is equally likely. */
static void enumerate(const double *d, int n, double *p_slower, double *p_faster)
{
    double rank[16];
    double seen = 0;
    int used = 0;
    int64_t above = 0;
    int64_t below = 0;

    for (int i = 0; i < n; i++) {
        double r = 0.5;
        for (int j = 0; j < n; j++)
            r += fabs(d[j]) < fabs(d[i]) ? 1.0 : fabs(d[j]) > fabs(d[i]) ? 0.0 : 0.5;
        if (fabs(d[i]) > 0) {
            rank[used++] = r;
            seen += d[i] > 0 ? r : 0;
        }
    }
    for (int64_t signs = 0; signs < INT64_C(1) << used; signs++) {
        double sum = 0;
        for (int i = 0; i < used; i++)
            sum += (signs >> i & 1) ? rank[i] : 0;
        above += sum >= seen;
        below += sum <= seen;
    }
    *p_slower = ldexp((double)above, -used);
    *p_faster = ldexp((double)below, -used);
}

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median_of_averages(const double *d, int n)
{
    double all[16 * 17 / 2] = {0};
    int count = 0;

    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            all[count++] = (d[i] + d[j]) / 2;
    qsort(all, (size_t)count, sizeof *all, compare);
    return (all[(count - 1) / 2] + all[count / 2]) / 2;
}

/* Whole numbers from a narrow range: many ties and zeros. A wide range: none. */
static void every_choice_of_signs(void **state)
{
    (void)state;
    struct dlb_random random;

    dlb_random_seed(&random, 11);
    for (int trial = 0; trial < 600; trial++) {
        const int n = 1 + trial % 13;
        const int64_t reach = trial % 3 == 0 ? 2 : trial % 3 == 1 ? 6 : 50000;
        const int64_t shift = trial % 5 == 0;
        double d[16] = {0};
        double p_slower;
        double p_faster;
        for (int i = 0; i < n; i++)
            d[i] = (double)((int64_t)dlb_random_below(&random, (uint64_t)(2 * reach + 1)) - reach +
                            shift);
        enumerate(d, n, &p_slower, &p_faster);
        const struct dlb_paired test = dlb_paired_test(d, n, 0.9);
        near(test.p_slower, p_slower, 0, "p_slower");
        near(test.p_faster, p_faster, 0, "p_faster");
        near(test.estimate, median_of_averages(d, n), 1e-12, "estimate");
    }
}

/* Without ties, a shift strictly inside the interval is not refused at (1 - level) / 2, one outside is. */
static void interval_inverts_the_test(void **state)
{
    (void)state;
    struct dlb_random random;
    const double level = 0.95;

    dlb_random_seed(&random, 12);
    for (int trial = 0; trial < 200; trial++) {
        const int n = 6 + trial % 25;
        double d[DLB_PAIRS_MAX];
        double shifted[DLB_PAIRS_MAX];
        for (int i = 0; i < n; i++)
            d[i] = dlb_random_normal(&random);
        const struct dlb_paired test = dlb_paired_test(d, n, level);
        static const struct {
            double offset;
            bool at_lo, refused;
        } places[] = {
            {-1e-9, true, true}, {1e-9, true, false}, {-1e-9, false, false}, {1e-9, false, true}};
        for (size_t k = 0; k < 4; k++) {
            for (int i = 0; i < n; i++)
                shifted[i] = d[i] - (places[k].at_lo ? test.lo : test.hi) - places[k].offset;
            const struct dlb_paired again = dlb_paired_test(shifted, n, level);
            const double p = places[k].at_lo ? again.p_slower : again.p_faster;
            if ((p <= (1 - level) / 2) != places[k].refused)
                fail_msg("n = %d, place %zu: p = %g", n, k, p);
        }
    }
}

static void too_few_pairs_have_no_interval(void **state)
{
    (void)state;
    static const double d[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};

    /* 2^-5 > 0.025, 2^-6 < 0.025; 2^-4 > 0.05, 2^-5 < 0.05 */
    assert_true(isinf(dlb_paired_test(d, 5, 0.95).lo) && isinf(dlb_paired_test(d, 5, 0.95).hi));
    near(dlb_paired_test(d, 6, 0.95).lo, 0.1, 0, "lo of 6");
    assert_true(isinf(dlb_paired_test(d, 4, 0.90).hi));
    near(dlb_paired_test(d, 5, 0.90).hi, 0.5, 0, "hi of 5");
}

static void assert_no_answer(const struct dlb_paired *test, int pairs)
{
    assert_int_equal(test->pairs, pairs);
    assert_true(isnan(test->estimate) && isnan(test->lo) && isnan(test->hi));
    assert_true(isnan(test->p_slower) && isnan(test->p_faster) && isnan(test->sd));
}

static void strange_lists(void **state)
{
    (void)state;
    double d[DLB_PAIRS_MAX + 1] = {0};
    struct dlb_paired test = dlb_paired_test(NULL, 0, 0.95);

    assert_no_answer(&test, 0);
    test = dlb_paired_test(d, DLB_PAIRS_MAX + 1, 0.95);
    assert_no_answer(&test, DLB_PAIRS_MAX + 1);
    test = dlb_paired_test((const double[]){0.1, NAN, 0.2}, 3, 0.95);
    assert_no_answer(&test, 3);
    test = dlb_paired_test((const double[]){0.1, INFINITY, 0.2}, 3, 0.95);
    assert_no_answer(&test, 3);

    /* One pair: a coin, an estimate and no spread. */
    test = dlb_paired_test((const double[]){0.1}, 1, 0.95);
    near(test.estimate, 0.1, 0, "estimate of one");
    near(test.p_slower, 0.5, 0, "p of one");
    near(test.p_faster, 1.0, 0, "other p of one");
    assert_true(isnan(test.sd) && isinf(test.lo));

    /* Nothing but zeros: no sign at all. */
    test = dlb_paired_test(d, DLB_PAIRS_MAX, 0.95);
    near(test.p_slower, 1.0, 0, "p of zeros");
    near(test.p_faster, 1.0, 0, "other p of zeros");
    near(test.estimate, 0.0, 0, "estimate of zeros");
    near(test.sd, 0.0, 0, "sd of zeros");
}

/* All differences alike: only the signs speak, so p is the least there is. */
static void all_ties(void **state)
{
    (void)state;
    for (int n = 1; n <= DLB_PAIRS_MAX; n++) {
        double d[DLB_PAIRS_MAX];
        for (int i = 0; i < n; i++)
            d[i] = 0.05;
        const struct dlb_paired test = dlb_paired_test(d, n, 0.95);
        near(test.p_slower, dlb_paired_least_p(n), 1e-18, "p of ties");
        near(test.estimate, 0.05, 1e-15, "estimate of ties");
        assert_true(n < 2 || test.sd < 1e-15);
    }
}

/* Pratt: zeros raise the ranks of the others. |d| = 0, 0, 1, 2, 3 has ranks 1.5, 1.5, 3, 4, 5; with -3: W+ = 7 of
 * {3, 4, 5}, and 7, 8, 9, 12 are as large: 4 of 8. (Wilcoxon's own way would rank 1, 2, 3: sum 3, 5 of 8.) */
static void zeros_are_ranked(void **state)
{
    (void)state;
    static const double d[] = {0, 1, 2, 0, -3};
    const struct dlb_paired test = dlb_paired_test(d, 5, 0.95);

    near(test.p_slower, 0.5, 0, "p");
    near(test.p_faster, 5 / 8.0, 0, "other p");
}

static void spread_is_the_larger_one(void **state)
{
    (void)state;
    /* sd of 1 ... 5 is sqrt 2.5 = 1.581, IQR 2 / 1.349 = 1.483 */
    near(dlb_paired_test((const double[]){1, 2, 3, 4, 5}, 5, 0.95).sd, sqrt(2.5), 1e-12, "sd");
    /* two heaps: sd 1.0954, IQR 2 / 1.349 = 1.4826 */
    near(dlb_paired_test((const double[]){-1, -1, -1, 1, 1, 1}, 6, 0.95).sd, 2 / 1.349, 1e-12,
         "IQR");
}

static void least_p(void **state)
{
    (void)state;
    near(dlb_paired_least_p(10), 1 / 1024.0, 0, "10 pairs");
    near(dlb_paired_least_p(0), 1, 0, "no pairs");
    assert_int_equal(dlb_paired_least_pairs(0.01), 7);
    assert_int_equal(dlb_paired_least_pairs(0.01 / 41), 13);
    assert_int_equal(dlb_paired_least_pairs(1), 0);
    assert_int_equal(dlb_paired_least_pairs(0), INT_MAX);
    assert_int_equal(dlb_paired_least_pairs(NAN), INT_MAX);
    for (int pairs = 1; pairs <= 30; pairs++)
        assert_int_equal(dlb_paired_least_pairs(dlb_paired_least_p(pairs)), pairs);
}

/* t_{0.99,9} = 2.821, t_{0.9,9} = 1.383 (any table): exp(4.204 x 0.03 / sqrt 10) - 1 = 4.07 %. */
static void smallest_change(void **state)
{
    (void)state;
    near(dlb_paired_mde90(0.03, 10, 0.01), exp(4.2045 * 0.03 / sqrt(10)) - 1, 1e-5, "mde90");
    near(dlb_paired_detectable(0.03, 10, 0.01, 0.5), exp(2.8214 * 0.03 / sqrt(10)) - 1, 1e-5,
         "half");
    near(dlb_paired_mde90(0, 10, 0.01), 0, 0, "no spread");
    assert_true(isinf(dlb_paired_mde90(0.03, 1, 0.6)));
    assert_true(isinf(dlb_paired_mde90(0.03, 6, 0.01))); /* 1/64 */
    assert_true(dlb_paired_mde90(0.03, 7, 0.01) < 1);
    assert_true(isnan(dlb_paired_mde90(NAN, 10, 0.01)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(critical_values_of_the_table),
        cmocka_unit_test(exact_probabilities),
        cmocka_unit_test(darwins_maize),
        cmocka_unit_test(depression_scores),
        cmocka_unit_test(every_choice_of_signs),
        cmocka_unit_test(interval_inverts_the_test),
        cmocka_unit_test(too_few_pairs_have_no_interval),
        cmocka_unit_test(strange_lists),
        cmocka_unit_test(all_ties),
        cmocka_unit_test(zeros_are_ranked),
        cmocka_unit_test(spread_is_the_larger_one),
        cmocka_unit_test(least_p),
        cmocka_unit_test(smallest_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
