/* test_cache.c: what is read, what a latency curve decides, and what it takes to defeat a cache. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/measure/cache.h"

#define MACHINES "tests/recordings/host/"
#define MIB      (INT64_C(1) << 20)

/* A curve like that of a cache of `cache_mib`: private plateau 4 ns, cache 20 ns, memory 100 ns, two points per octave.
 * The set `slow_at` is disturbed. */
static int make_curve(double cache_mib, double most_mib, int slow_at,
                      struct dlb_cache_point *points)
{
    int count = 0;

    for (;;) {
        const double mib = 0.125 * pow(2.0, 0.5 * count);
        if (mib > most_mib * 1.001)
            return count;

        double ns = mib <= 1.0 ? 4.0 : mib <= cache_mib ? 20.0 : 100.0;
        if (count == slow_at)
            ns *= 6.0;
        points[count++] = (struct dlb_cache_point){(int64_t)(mib * (double)MIB), ns};
    }
}

static struct dlb_cache_info decide(double reported_mib, double cache_mib, int caches, int slow_at)
{
    struct dlb_cache_info info = {.l2_bytes = MIB, .llc_count = caches};
    struct dlb_cache_point points[DLB_CACHE_POINTS];
    const double most = reported_mib > 0 ? fmax(64, 4 * reported_mib) : 256;

    info.llc_reported_bytes = (int64_t)(reported_mib * (double)MIB);
    dlb_cache_decide(points, make_curve(cache_mib, most, slow_at, points), &info);
    return info;
}

static void assert_between(double value, double lo, double hi)
{
    if (!(value >= lo && value <= hi))
        fail_msg("found %g, wanted %g to %g", value, lo, hi);
}

static void test_decisions(void **state)
{
    (void)state;
    const struct {
        double reported, real;
        int caches;
        double lo, hi; /* MiB in the end */
        const char *words;
    } cases[] = {
        {32, 32, 1, 32, 32, "32.0 MiB reported; latency goes from 20 to the 100 ns of memory by"},
        {300, 90, 1, 85, 135, "300 MiB reported"},         /* a slice of a socket's cache */
        {105, 15, 1, 64, 64, "64.0 MiB used, to be safe"}, /* or a busy neighbour */
        {32, 5, 2, 64, 64, "2 x 32.0 MiB used, to be safe"},
        {0, 24, 1, 22, 35, "no size reported"},         /* hidden */
        {2, 24, 1, 22, 35, "2.00 MiB reported"},        /* only the private cache is shown */
        {32, 32, 8, 256, 256, "8 x 32.0 MiB used"},     /* eight complexes */
        {32, 1000, 1, 32, 32, "no edge up to 128 MiB"}, /* more cache than was walked over */
        {0, 1000, 1, 0, 0, "size unknown"},
    };

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        const struct dlb_cache_info info =
            decide(cases[i].reported, cases[i].real, cases[i].caches, -1);
        assert_between((double)info.llc_effective_bytes / (double)MIB, cases[i].lo, cases[i].hi);
        if (strstr(info.decision, cases[i].words) == NULL)
            fail_msg("case %zu says \"%s\"", i, info.decision);
        assert_true(strlen(info.decision) < sizeof info.decision - 1);
    }
}

/* One disturbed set anywhere does not move the decision. */
static void test_noise_in_the_curve(void **state)
{
    (void)state;
    for (int slow_at = 0; slow_at < 21; slow_at++) {
        const struct dlb_cache_info info = decide(32, 32, 1, slow_at);
        if (info.llc_effective_bytes != 32 * MIB)
            fail_msg("set %d slow: %s", slow_at, info.decision);
        assert_between(info.memory_latency_ns, 99, 101);
    }
}

static void test_few_points(void **state)
{
    (void)state;
    const struct dlb_cache_point points[] = {{MIB, 5}, {2 * MIB, 20}, {4 * MIB, 100}};
    struct dlb_cache_info info = {.llc_reported_bytes = 8 * MIB, .llc_count = 2};

    dlb_cache_decide(points, 3, &info);
    assert_true(info.llc_effective_bytes == 16 * MIB);
    assert_non_null(strstr(info.decision, "not measured"));
}

static void test_reported(void **state)
{
    (void)state;
    struct dlb_cache_info info;

    dlb_cache_probe(MACHINES "vm", 0, &info);
    assert_true(info.l1_bytes == 48 * 1024 && info.l2_bytes == 2 * MIB);
    assert_true(info.llc_reported_bytes == 105 * MIB && info.llc_count == 1);
    assert_true(info.llc_effective_bytes == 105 * MIB);

    dlb_cache_probe(MACHINES "container", 0, &info); /* CPUs 2-5 lie on two caches */
    assert_true(info.llc_reported_bytes == 32 * MIB && info.llc_count == 2);
    assert_true(info.llc_effective_bytes == 64 * MIB);
    assert_string_equal(info.decision,
                        "32.0 MiB reported; latency not measured: 2 x 32.0 MiB used");

    dlb_cache_probe(MACHINES "nothing", 0, &info);
    assert_true(info.llc_reported_bytes == 0 && info.llc_effective_bytes == 0);
    assert_string_equal(info.decision, "no size reported; latency not measured: size unknown");
}

/* Real loads: small sets are not slower than large ones, and the whole keeps to its time. */
static void test_measure(void **state)
{
    (void)state;
    struct dlb_cache_point points[DLB_CACHE_POINTS];
    const int count = dlb_cache_measure(32 * MIB, 5e9, points, DLB_CACHE_POINTS);

    assert_int_equal(count,
                     16); /* 128 KiB to 32 MiB; the first half step rounds to the first set */
    assert_true(points[0].bytes == 128 * 1024 && points[count - 1].bytes == 32 * MIB);
    for (int i = 0; i < count; i++) {
        assert_between(points[i].ns, 0.1, 1e5);
        assert_true(i == 0 || points[i].bytes > points[i - 1].bytes);
    }
    assert_true(points[0].ns < points[count - 1].ns);

    assert_int_equal(dlb_cache_measure(32 * MIB, 5e9, points, 3), 3);
    assert_int_equal(dlb_cache_measure(1000, 5e9, points, 3), 0);
    assert_true(dlb_cache_measure(256 * MIB, 1, points, DLB_CACHE_POINTS) <= 1);
}

static void test_probe_of_this_machine(void **state)
{
    (void)state;
    struct dlb_cache_info info;

    dlb_cache_probe("", 1, &info);
    assert_true(info.llc_count >= 1);
    assert_true(strstr(info.decision, "reported; ") != NULL);
    assert_true(info.llc_effective_bytes == 0 || info.llc_effective_bytes >= 64 * 1024);
}

/* max(2, ceil(2 llc / set) + 1); and the sets then exceed twice the cache. */
static void test_sets(void **state)
{
    (void)state;
    const struct {
        int64_t llc, set, sets;
    } cases[] = {
        {32 * MIB, 64 * MIB, 2},  {32 * MIB, 65 * MIB, 2},
        {32 * MIB, 63 * MIB, 3},  {32 * MIB, MIB, 65},
        {32 * MIB, 3 * MIB, 23},  {0, MIB, 2},
        {32 * MIB, 0, 2},         {-1, MIB, 2},
        {32 * MIB, INT64_MAX, 2}, {32 * MIB, 1, 64 * MIB + 1},
    };

    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        const int64_t sets = dlb_cache_sets(cases[i].llc, cases[i].set);
        assert_true(sets == cases[i].sets);
        if (cases[i].llc > 0 && cases[i].set > 0 && cases[i].set < 100 * MIB)
            assert_true(sets * cases[i].set >= 2 * cases[i].llc);
    }
}

static void test_flush(void **state)
{
    (void)state;
    struct dlb_flush *flush = dlb_flush_open(4 * MIB);

    assert_non_null(flush);
    dlb_flush_run(flush);
    dlb_flush_run(flush);
    dlb_flush_close(flush);
    dlb_flush_close(NULL);
    assert_null(dlb_flush_open(0));
    assert_null(dlb_flush_open(-5));
    assert_null(dlb_flush_open(INT64_MAX)); /* twice that is no size at all */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions),  cmocka_unit_test(test_noise_in_the_curve),
        cmocka_unit_test(test_few_points), cmocka_unit_test(test_reported),
        cmocka_unit_test(test_measure),    cmocka_unit_test(test_probe_of_this_machine),
        cmocka_unit_test(test_sets),       cmocka_unit_test(test_flush),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
