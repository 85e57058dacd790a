/* test_rivals.c: the rivals' statistics against textbooks and enumeration, and their known faults on simulated machines. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "bench/stats/paired.h"
#include "bench/stats/rivals.h"
#include "bench/stats/simulation.h"
#include "tests/unit/near.h"

static void assert_answer(struct dlb_rival_answer answer, bool slower, bool faster,
                          const char *what)
{
    if (answer.slower != slower || answer.faster != faster)
        fail_msg("%s: slower %d, faster %d (ratio %g, p %g)", what, answer.slower, answer.faster,
                 answer.ratio, answer.p);
}

static void one_ratio(void **state)
{
    (void)state;
    assert_answer(dlb_rival_ratio(100, 110.1), true, false, "10.1 %");
    assert_answer(dlb_rival_ratio(100, 109.9), false, false, "9.9 %");
    assert_answer(dlb_rival_ratio(100, 10), false, false, "never faster");
    near(dlb_rival_ratio(100, 150).ratio, 1.5, 0, "ratio");
    assert_true(isnan(dlb_rival_ratio(100, 150).p));
}

static void smaller_deviation(void **state)
{
    (void)state;
    /* 3 of mean 100 and 1 of mean 102: sd 2 % and 0.98 %; the change of 2 % is above the smaller one. */
    const struct dlb_recorded samples = {(const double[]){98, 100, 102},
                                         (const double[]){101, 102, 103}, 3, 3};
    const struct dlb_recorded mirrored = {samples.b, samples.a, 3, 3};
    const struct dlb_recorded alike = {(const double[]){98, 100, 102},
                                       (const double[]){99, 100.5, 102}, 3, 3};

    assert_answer(dlb_rival_deviation(&samples), true, false, "slower");
    assert_answer(dlb_rival_deviation(&mirrored), false, true, "faster");
    assert_answer(dlb_rival_deviation(&alike), false, false, "0.5 % against 1.49 %");
}

/* Student's sleep data (Biometrika 6, 1908), each + 100: R's t.test(extra ~ group) gives t = -1.8608, df = 17.776, p = 0.07939. */
static void sleep_data(void **state)
{
    (void)state;
    const struct dlb_recorded sleep = {
        (const double[]){100.7, 98.4, 99.8, 98.8, 99.9, 103.4, 103.7, 100.8, 100.0, 102.0},
        (const double[]){101.9, 100.8, 101.1, 100.1, 99.9, 104.4, 105.5, 101.6, 104.6, 103.4}, 10,
        10};
    const struct dlb_rival_answer answer = dlb_rival_t_test(&sleep);

    near(answer.p, 0.07939, 5e-6, "p");
    near(answer.ratio, 102.33 / 100.75, 1e-12, "ratio");
    assert_answer(answer, false, false, "sleep");
}

static void band_of_one_percent(void **state)
{
    (void)state;
    double a[50];
    double b[50];
    double c[50];
    struct dlb_random random;

    dlb_random_seed(&random, 4);
    for (int i = 0; i < 50; i++) {
        a[i] = 1000 + dlb_random_normal(&random);
        b[i] = 1008 + dlb_random_normal(&random);
        c[i] = 1012 + dlb_random_normal(&random);
    }
    struct dlb_recorded samples = {a, b, 50, 50};
    assert_answer(dlb_rival_t_test(&samples), false, false, "0.8 %");
    assert_true(dlb_rival_t_test(&samples).p < 1e-6);
    samples.b = c;
    assert_answer(dlb_rival_t_test(&samples), true, false, "1.2 %");
    samples = (struct dlb_recorded){c, a, 50, 50};
    assert_answer(dlb_rival_t_test(&samples), false, true, "-1.2 %");
}

/* Critical values of U, two-sided 0.05 (H. B. Mann and D. R. Whitney; any table): U at most this is significant. */
static const struct {
    int n, m, critical;
} table[] = {{4, 4, 0},    {5, 5, 2},   {6, 6, 5},    {5, 8, 6},    {8, 8, 13},
             {10, 10, 23}, {12, 9, 26}, {15, 15, 64}, {20, 20, 127}};

/* 1 ... n + m shared out so that A wins U times: from U = 0 (A all below), A's values move up from the top one. */
static void with_u(int n, int m, int u, double *a, double *b)
{
    int b_count = 0;
    bool taken[64] = {false};

    for (int i = n; i >= 1; i--) {
        const int up = u < m ? u : m;
        u -= up;
        a[i - 1] = i + up;
        taken[i + up] = true;
    }
    for (int i = 1; i <= n + m; i++)
        if (!taken[i])
            b[b_count++] = i;
    assert_int_equal(b_count, m);
}

static void mann_whitney_table(void **state)
{
    (void)state;
    double a[32];
    double b[32];

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct dlb_recorded medians = {a, b, table[i].n, table[i].m};
        with_u(table[i].n, table[i].m, table[i].critical, a, b);
        if (dlb_rival_mann_whitney(&medians).p > 0.05)
            fail_msg("row %zu: not significant", i);
        with_u(table[i].n, table[i].m, table[i].critical + 1, a, b);
        if (dlb_rival_mann_whitney(&medians).p <= 0.05)
            fail_msg("row %zu: significant beyond its critical value", i);
    }
}

/* All ways to call n of the values A. */
static double enumerated_p(const double *all, int n, int total)
{
    double rank[16];
    double seen = 0;
    int ways = 0;
    int below = 0;
    int above = 0;

    for (int i = 0; i < total; i++) {
        rank[i] = 0.5;
        for (int j = 0; j < total; j++)
            rank[i] += all[j] < all[i] ? 1.0 : all[j] > all[i] ? 0.0 : 0.5;
        seen += i < n ? rank[i] : 0;
    }
    for (int set = 0; set < 1 << total; set++) {
        double sum = 0;
        int chosen = 0;
        for (int i = 0; i < total; i++) {
            chosen += set >> i & 1;
            sum += (set >> i & 1) ? rank[i] : 0;
        }
        if (chosen == n) {
            ways++;
            below += sum <= seen;
            above += sum >= seen;
        }
    }
    return fmin(1.0, 2.0 * (below < above ? below : above) / ways);
}

static void mann_whitney_by_enumeration(void **state)
{
    (void)state;
    struct dlb_random random;

    dlb_random_seed(&random, 8);
    for (int trial = 0; trial < 60; trial++) {
        double all[12] = {0};
        const int n = 1 + trial % 6;
        const int total = n + 1 + trial / 6 % 6;
        for (int i = 0; i < total; i++)
            all[i] = 1 + (double)dlb_random_below(&random, trial % 2 == 0 ? 4 : 1000);
        const struct dlb_recorded medians = {all, all + n, n, total - n};
        near(dlb_rival_mann_whitney(&medians).p, enumerated_p(all, n, total), 1e-12, "p");
    }
}

static void asv_wants_ten_percent_and_certainty(void **state)
{
    (void)state;
    double a[10];
    double b[10];
    const struct dlb_recorded medians = {a, b, 10, 10};
    const struct dlb_recorded mirrored = {b, a, 10, 10};

    for (int i = 0; i < 10; i++) {
        a[i] = 100 + i * 0.1;
        b[i] = 112 + i * 0.1;
    }
    assert_answer(dlb_rival_asv(&medians), true, false, "12 %");
    assert_answer(dlb_rival_asv(&mirrored), false, true, "-11 %");
    for (int i = 0; i < 10; i++)
        b[i] = 108 + i * 0.1;
    assert_answer(dlb_rival_asv(&medians), false, false, "8 %");
    assert_answer(dlb_rival_mann_whitney(&medians), true, false, "8 %, benchstat");
    /* 4 against 4: 2 / 70 = 0.029 is not below 0.002, however far apart. */
    const struct dlb_recorded few = {a, (const double[]){900, 901, 902, 903}, 4, 4};
    assert_answer(dlb_rival_asv(&few), false, false, "too few");
    near(dlb_rival_asv(&few).p, 2 / 70.0, 1e-12, "p of 4 and 4");
}

static void assert_none(struct dlb_rival_answer answer)
{
    assert_answer(answer, false, false, "no answer");
    assert_true(isnan(answer.ratio) && isnan(answer.p));
}

static void strange_lists(void **state)
{
    (void)state;
    static double many[DLB_RIVAL_MOST + 1];
    static const double bad[] = {0, -1, NAN, INFINITY};
    const struct dlb_recorded none = {NULL, NULL, 0, 0};
    const struct dlb_recorded one = {(const double[]){5}, (const double[]){6}, 1, 1};

    assert_none(dlb_rival_mann_whitney(&none));
    assert_none(dlb_rival_asv(&none));
    assert_none(dlb_rival_t_test(&none));
    assert_none(dlb_rival_deviation(&none));
    assert_none(dlb_rival_t_test(&one));
    assert_none(dlb_rival_deviation(&one));
    near(dlb_rival_mann_whitney(&one).p, 1, 1e-15, "p of one and one");
    for (size_t i = 0; i < 4; i++) {
        const struct dlb_recorded broken = {(const double[]){5, 6, 7},
                                            (const double[]){5, bad[i], 7}, 3, 3};
        assert_none(dlb_rival_ratio(bad[i], 5));
        assert_none(dlb_rival_ratio(5, bad[i]));
        assert_none(dlb_rival_mann_whitney(&broken));
        assert_none(dlb_rival_t_test(&broken));
        assert_none(dlb_rival_deviation(&broken));
    }
    for (int i = 0; i <= DLB_RIVAL_MOST; i++)
        many[i] = 7;
    const struct dlb_recorded alike = {many, many, DLB_RIVAL_MOST, DLB_RIVAL_MOST};
    const struct dlb_recorded too_many = {many, many, DLB_RIVAL_MOST + 1, 3};
    near(dlb_rival_mann_whitney(&alike).p, 1, 1e-9, "p of ties");
    assert_none(dlb_rival_mann_whitney(&too_many));
    near(dlb_rival_t_test(&alike).p, 1, 0, "t of constants");
    const struct dlb_recorded constants = {many, (const double[]){8, 8, 8}, 3, 3};
    assert_answer(dlb_rival_t_test(&constants), true, false, "two constants");
}

/* What the table in the documentation says of them, on a typical machine with nothing changed: the share of cases in which each calls
 * B slower or faster. */
static void who_cries_wolf(void **state)
{
    (void)state;
    enum { CASES = 300, RUNS = 10 };
    int ratio = 0;
    int t_test = 0;
    int sequential = 0;
    int ours = 0;

    for (int i = 0; i < CASES; i++) {
        struct dlb_simulated_machine machine;
        double samples[2][DLB_SIMULATED_SAMPLES];
        double medians[2 * RUNS];
        double differences[RUNS];
        dlb_simulated_start(&machine, &dlb_noise_models[DLB_NOISE_TYPICAL], (uint64_t)i);
        for (int k = 0; k < 2 * RUNS; k++)
            medians[k] = exp(dlb_simulated_invocation(&machine, 0, samples[k >= RUNS]));
        for (int side = 0; side < 2; side++)
            for (int k = 0; k < DLB_SIMULATED_SAMPLES; k++)
                samples[side][k] = exp(samples[side][k]);
        for (int k = 0; k < RUNS; k++)
            differences[k] = log(medians[2 * k + 1] / medians[2 * k]);
        const struct dlb_recorded in_process = {samples[0], samples[1], DLB_SIMULATED_SAMPLES,
                                                DLB_SIMULATED_SAMPLES};
        const struct dlb_recorded a_then_b = {medians, medians + RUNS, RUNS, RUNS};
        const struct dlb_rival_answer t = dlb_rival_t_test(&in_process);
        const struct dlb_rival_answer u = dlb_rival_mann_whitney(&a_then_b);
        ratio += dlb_rival_ratio(medians[0], medians[RUNS]).slower;
        t_test += t.slower || t.faster;
        sequential += u.slower || u.faster;
        ours += dlb_paired_test(differences, RUNS, 0.95).p_slower <= 0.01;
    }
    assert_int_equal(ratio, 0); /* deaf rather than nervous: 10 % is far */
    assert_true(t_test > CASES / 10);
    assert_true(sequential > CASES / 10);
    assert_true(ours <= CASES / 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_ratio),
        cmocka_unit_test(smaller_deviation),
        cmocka_unit_test(sleep_data),
        cmocka_unit_test(band_of_one_percent),
        cmocka_unit_test(mann_whitney_table),
        cmocka_unit_test(mann_whitney_by_enumeration),
        cmocka_unit_test(asv_wants_ten_percent_and_certainty),
        cmocka_unit_test(strange_lists),
        cmocka_unit_test(who_cries_wolf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
