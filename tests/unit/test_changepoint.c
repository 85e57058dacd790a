/* test_changepoint.c: the rank scan on the Nile, on made steps, on noise of known kinds, and on strange lists. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "bench/stats/changepoint.h"
#include "bench/stats/summary.h"
#include "tests/unit/near.h"

#define RULE (&dlb_changepoint_default)
#define MOST 200

static struct dlb_changepoints find(const double *values, int count, uint64_t seed)
{
    struct dlb_changepoints found;

    assert_true(dlb_changepoints_find(values, count, RULE, seed, &found));
    return found;
}

/* Annual flow of the Nile at Aswan 1871-1970, 10^8 m^3 (G. W. Cobb, "The problem of the Nile", Biometrika 65, 1978): one change,
 * after 1898. */
static const double nile[100] = {
    1120, 1160, 963, 1210, 1160, 1160, 813,  1230, 1370, 1140, 995,  935,  1110, 994,  1020,
    960,  1180, 799, 958,  1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774,  840,
    874,  694,  940, 833,  701,  916,  692,  1020, 1050, 969,  831,  726,  456,  824,  702,
    1120, 1100, 832, 764,  821,  768,  845,  864,  862,  698,  845,  744,  796,  1040, 759,
    781,  865,  845, 944,  984,  897,  822,  1010, 771,  676,  649,  846,  812,  742,  801,
    1040, 860,  874, 848,  890,  744,  749,  838,  1050, 918,  986,  797,  923,  975,  815,
    1020, 906,  901, 1170, 912,  746,  919,  718,  714,  740};

static void the_nile(void **state)
{
    (void)state;
    struct dlb_changepoints found = find(nile, 100, 1);

    assert_int_equal(found.count, 1);
    assert_false(found.drifting);
    assert_int_equal(found.points[0].first, 1899 - 1871);
    near(found.points[0].effect, dlb_median(nile + 28, 72) / dlb_median(nile, 28) - 1, 1e-15,
         "effect");
    near(found.points[0].p, 1 / 2000.0, 1e-15, "p"); /* Pettitt's own approximation: 2e-7 */
    dlb_changepoints_free(&found);
    assert_null(found.points);
}

/* 1 ms, times (1 + step) from `first` to before `end`. */
static void add_step(double *x, int first, int end, double step)
{
    for (int i = first; i < end; i++)
        x[i] *= 1 + step;
}

static void noise(double *x, int count, double sd, double rho, struct dlb_random *random)
{
    double drift = dlb_random_normal(random);

    for (int i = 0; i < count; i++) {
        x[i] = 1e6 * exp(sd * drift);
        drift = rho * drift + sqrt(1 - rho * rho) * dlb_random_normal(random);
    }
}

static void up_and_down_again(void **state)
{
    (void)state;
    struct dlb_random random;
    double x[100];

    dlb_random_seed(&random, 2);
    noise(x, 100, 0.005, 0, &random);
    add_step(x, 10, 70, 0.10);
    struct dlb_changepoints found = find(x, 100, 7);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.points[0].first, 10);
    assert_int_equal(found.points[1].first, 70);
    near(found.points[0].effect, 0.10, 0.005, "up");
    near(found.points[1].effect, 1 / 1.10 - 1, 0.005, "down");
    assert_true(found.points[0].p <= 0.001 && found.points[1].p <= 0.001);
    dlb_changepoints_free(&found);
}

static void a_staircase(void **state)
{
    (void)state;
    struct dlb_random random;
    double x[100];

    dlb_random_seed(&random, 3);
    noise(x, 100, 0.005, 0, &random);
    for (int step = 1; step < 5; step++)
        add_step(x, 20 * step, 100, 0.06);
    struct dlb_changepoints found = find(x, 100, 7);
    assert_int_equal(found.count, 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(found.points[i].first, 20 * (i + 1));
        near(found.points[i].effect, 0.06, 0.005, "stair");
    }
    dlb_changepoints_free(&found);
}

/* A step of 2 % is there, but too small to be told; with a finer rule it is. */
static void small_steps_are_not_told(void **state)
{
    (void)state;
    struct dlb_changepoint_rule fine = *RULE;
    struct dlb_random random;
    double x[60];

    dlb_random_seed(&random, 4);
    noise(x, 60, 0.003, 0, &random);
    add_step(x, 30, 60, 0.02);
    struct dlb_changepoints found = find(x, 60, 7);
    assert_int_equal(found.count, 0);
    assert_false(found.drifting); /* a step explains it */
    dlb_changepoints_free(&found);

    fine.least_step = 0.01;
    assert_true(dlb_changepoints_find(x, 60, &fine, 7, &found));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.points[0].first, 30);
    dlb_changepoints_free(&found);
}

/* What follows a small step is compared with all that stands before it once the small step is gone. */
static void a_large_step_beside_a_small_one(void **state)
{
    (void)state;
    struct dlb_random random;
    double x[90];

    dlb_random_seed(&random, 5);
    noise(x, 90, 0.002, 0, &random);
    add_step(x, 30, 90, 0.02);
    add_step(x, 60, 90, 0.08);
    struct dlb_changepoints found = find(x, 90, 7);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.points[0].first, 60);
    near(found.points[0].effect, dlb_median(x + 60, 30) / dlb_median(x, 60) - 1, 1e-12, "effect");
    dlb_changepoints_free(&found);
}

static int false_steps(int series, double sd, double rho, uint64_t seed, int *drifting)
{
    struct dlb_random random;
    int flagged = 0;

    *drifting = 0;
    dlb_random_seed(&random, seed);
    for (int i = 0; i < series; i++) {
        double x[60];
        noise(x, 60, sd, rho, &random);
        struct dlb_changepoints found = find(x, 60, (uint64_t)i);
        flagged += found.count > 0;
        *drifting += found.drifting;
        assert_true(!found.drifting || found.count == 0);
        dlb_changepoints_free(&found);
    }
    return flagged;
}

/* p <= 0.001 by permutation, so independent points give at most 1 of 1000; the drift rule caps what hangs together. */
static void false_alarms(void **state)
{
    (void)state;
    int drifting;

    assert_true(false_steps(300, 0.03, 0, 31, &drifting) <= 2);
    assert_true(drifting <= 3);
    assert_true(false_steps(300, 0.03, 0.3, 32, &drifting) <= 15);
    assert_true(false_steps(300, 0.03, 0.6, 33, &drifting) <= 30);
    assert_true(drifting > 200);
}

/* +5 % at the end of 60 quiet points: found within 7 runs at sd 1.5 % (nearly always), never before the fourth. */
static void how_soon_a_step_is_found(void **state)
{
    (void)state;
    struct dlb_random random;
    int early = 0;
    int in_time = 0;

    dlb_random_seed(&random, 6);
    for (int series = 0; series < 100; series++) {
        double x[72];
        noise(x, 72, 0.015, 0, &random);
        add_step(x, 60, 72, 0.05);
        for (int runs = 3; runs <= 9; runs += 6) {
            struct dlb_changepoints found = find(x, 60 + runs, 1);
            const bool told = found.count > 0 && found.points[found.count - 1].first >= 57;
            early += runs == 3 && told;
            in_time += runs == 9 && told;
            dlb_changepoints_free(&found);
        }
    }
    assert_int_equal(early, 0);
    if (in_time < 90)
        fail_msg("%d of 100 found", in_time);
}

static void a_ramp_is_a_drift(void **state)
{
    (void)state;
    struct dlb_changepoint_rule coarse = *RULE;
    double x[60];
    struct dlb_changepoints found;

    /* No step can be told of a saw with teeth of 2 %, yet its points hang together. */
    for (int i = 0; i < 60; i++)
        x[i] = 1e6 * (1 + 0.02 * (i % 10) / 10);
    assert_true(dlb_changepoints_find(x, 60, &coarse, 1, &found));
    assert_true(found.drifting && found.lag1 > 0.4);
    assert_int_equal(found.count, 0);
    dlb_changepoints_free(&found);

    coarse.most_lag1 = 1;
    assert_true(dlb_changepoints_find(x, 60, &coarse, 1, &found));
    assert_false(found.drifting);
    dlb_changepoints_free(&found);
}

/* Two levels, 20 % apart, with next to no noise: told as soon as the order of so many points is rare enough, and as a want of points
 * before. 2 of the 3432 ways to choose 7 of 14 separate the sides; of 12 points they are 2 of 924, more than 1 in 1000. Nearer to an
 * end it depends on the order inside the sides. */
static void a_clean_step_is_told_from_14_points_on(void **state)
{
    (void)state;
    static const struct {
        int before, after;
        bool told, few;
    } rows[] = {
        {5, 5, false, true}, {6, 6, false, true}, {6, 7, false, true},   {7, 7, true, false},
        {7, 8, true, false}, {8, 8, true, false}, {10, 10, true, false}, {4, 10, true, true},
        {10, 5, true, true}, {12, 4, true, true},
    };
    assert_int_equal(dlb_changepoint_least_points(RULE), 14);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            struct dlb_random random;
            double x[20];
            const int count = rows[i].before + rows[i].after;
            dlb_random_seed(&random, seed);
            noise(x, count, 0.0002, 0, &random);
            add_step(x, rows[i].before, count, 0.20);
            struct dlb_changepoints found = find(x, count, seed);
            const bool told = found.count == 1;
            if (found.drifting || told == found.too_few || (told && !rows[i].told) ||
                (found.too_few && !rows[i].few))
                fail_msg("%d and %d, seed %d: %d steps", rows[i].before, rows[i].after, (int)seed,
                         found.count);
            dlb_changepoints_free(&found);
        }
}

/* C(n, half) by the rule's p: 2/70 is below 0.05, 2/184756 below 0.0001 with 20 points, 2/92378 * (2 - 1/10) with 19. */
static void how_many_points_a_step_needs(void **state)
{
    (void)state;
    struct dlb_changepoint_rule rule = *RULE;

    rule.p = 0.05;
    assert_int_equal(dlb_changepoint_least_points(&rule), 8);
    rule.p = 0.00002;
    assert_int_equal(dlb_changepoint_least_points(&rule), 20);
    rule.p = 0.5;
    assert_int_equal(dlb_changepoint_least_points(&rule), 8); /* two segments at the least */
}

/* Residuals of 0.05 % that hang together reach no step of 20 %, and no step of 3 % either. */
static void a_drift_hides_only_what_it_reaches(void **state)
{
    (void)state;
    double x[40];
    struct dlb_changepoints found;

    for (int i = 0; i < 40; i++)
        x[i] = 1e6 * (1 + 0.0003 * (i % 10 - 4.5));
    found = find(x, 40, 1);
    assert_true(found.lag1 > 0.4);
    assert_false(found.drifting || found.too_few);
    dlb_changepoints_free(&found);

    add_step(x, 20, 40, 0.20);
    found = find(x, 40, 1);
    assert_true(found.lag1 > 0.4);
    assert_false(found.drifting);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.points[0].first, 20);
    near(found.points[0].effect, 0.20, 1e-9, "effect");
    dlb_changepoints_free(&found);
}

static void deterministic(void **state)
{
    (void)state;
    struct dlb_changepoints a = find(nile, 60, 5);
    struct dlb_changepoints b = find(nile, 60, 5);

    assert_int_equal(a.count, b.count);
    assert_true(a.count > 0);
    for (int i = 0; i < a.count; i++) {
        assert_int_equal(a.points[i].first, b.points[i].first);
        near(a.points[i].p, b.points[i].p, 0, "p");
    }
    dlb_changepoints_free(&a);
    dlb_changepoints_free(&b);
}

static void assert_nothing(const double *x, int count)
{
    struct dlb_changepoints found = find(x, count, 1);

    assert_int_equal(found.count, 0);
    dlb_changepoints_free(&found);
}

static void strange_lists(void **state)
{
    (void)state;
    static const double bad[] = {0, -1, NAN, INFINITY};
    double x[MOST];

    assert_nothing(NULL, 0);
    for (int i = 0; i < MOST; i++)
        x[i] = 7;
    for (int count = 1; count <= MOST; count = 2 * count + 1)
        assert_nothing(x, count); /* all alike: no order, p = 1 */
    for (size_t k = 0; k < 4; k++) {
        add_step(x, 50, 60, 1);
        x[20] = bad[k];
        assert_nothing(x, 100);
        x[20] = 7;
    }
    /* Segments of 4 and 4 can be arranged in 70 ways: no p of 0.001, however large the step. */
    const double eight[] = {1, 1.01, 1.02, 1.03, 9, 9.01, 9.02, 9.03};
    assert_nothing(eight, 8);
    assert_nothing(eight, 7);
}

/* Sums of ranks whose squares are beyond 64 bits: as integers they would overflow, which the sanitizer tells. */
static void a_very_long_list(void **state)
{
    (void)state;
    const struct dlb_changepoint_rule rule = {
        .least_segment = 4, .permutations = 19, .p = 0.05, .least_step = 0.03, .most_lag1 = 0.4};
    const int count = 200000;
    struct dlb_changepoints found;
    struct dlb_random random;
    double *x = malloc((size_t)count * sizeof *x);

    assert_non_null(x);
    dlb_random_seed(&random, 1);
    for (int i = 0; i < count; i++)
        x[i] = 1e6 * (i < count / 2 ? 1.0 : 1.1) * exp(0.001 * dlb_random_normal(&random));
    assert_true(dlb_changepoints_find(x, count, &rule, 1, &found));
    assert_int_equal(found.count, 1);
    assert_int_equal(found.points[0].first, count / 2);
    dlb_changepoints_free(&found);
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nile),
        cmocka_unit_test(up_and_down_again),
        cmocka_unit_test(a_staircase),
        cmocka_unit_test(small_steps_are_not_told),
        cmocka_unit_test(a_large_step_beside_a_small_one),
        cmocka_unit_test(false_alarms),
        cmocka_unit_test(how_soon_a_step_is_found),
        cmocka_unit_test(a_ramp_is_a_drift),
        cmocka_unit_test(a_clean_step_is_told_from_14_points_on),
        cmocka_unit_test(how_many_points_a_step_needs),
        cmocka_unit_test(a_drift_hides_only_what_it_reaches),
        cmocka_unit_test(deterministic),
        cmocka_unit_test(strange_lists),
        cmocka_unit_test(a_very_long_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
