/* test_random.c: generators against published vectors, fills against their definition. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/base/random.h"

/* splitmix64 from seed 1234567 (Vigna's splitmix64.c); xoshiro256** from state 1, 2, 3, 4 (the
 * test of the rand_xoshiro crate). */
static void test_vectors(void **state)
{
    (void)state;
    static const uint64_t split[4] = {6457827717110365317u, 3203168211198807973u,
                                      9817491932198370423u, 4593380528125082431u};
    static const uint64_t xoshiro[4] = {11520, 0, 1509978240, 1215971899390074240};
    struct dlb_random random;
    dlb_random_seed(&random, 1234567);
    for (int i = 0; i < 4; i++) {
        assert_true(random.state[i] == split[i]);
    }
    random = (struct dlb_random){{1, 2, 3, 4}};
    for (int i = 0; i < 4; i++) {
        assert_true(dlb_random_next(&random) == xoshiro[i]);
    }
    /* FNV-1a: the authors' own test vectors. */
    assert_true(dlb_hash_text("") == 0xcbf29ce484222325u);
    assert_true(dlb_hash_text("a") == 0xaf63dc4c8601ec8cu);
    assert_true(dlb_hash_text("foobar") == 0x85944171f73967e8u);
}

static void test_streams(void **state)
{
    (void)state;
    enum { COUNT = 100000, BOUND = 7 };
    struct dlb_random random;
    dlb_random_seed(&random, 4711);
    double sum = 0, normal_sum = 0, normal_squares = 0;
    int hits[BOUND] = {0};
    for (int i = 0; i < COUNT; i++) {
        const double u = dlb_random_uniform(&random);
        assert_true(u >= 0 && u < 1);
        sum += u;
        const double z = dlb_random_normal(&random);
        normal_sum += z;
        normal_squares += z * z;
        hits[dlb_random_below(&random, BOUND)]++;
        assert_int_equal(dlb_random_below(&random, 1), 0);
    }
    /* Five standard errors of each mean. */
    assert_true(fabs(sum / COUNT - 0.5) < 5 * 0.2887 / sqrt(COUNT));
    assert_true(fabs(normal_sum / COUNT) < 5 / sqrt(COUNT));
    assert_true(fabs(normal_squares / COUNT - 1) < 5 * sqrt(2.0 / COUNT));
    for (int i = 0; i < BOUND; i++) {
        assert_true(abs(hits[i] - COUNT / BOUND) < 600);
    }
}

static void test_seeds_differ(void **state)
{
    (void)state;
    int equal = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        const double a = dlb_random_at(1, i);
        assert_true(a >= -1 && a < 1);
        assert_true(a == dlb_random_at(1, i));
        equal += a == dlb_random_at(2, i);
        equal += a == dlb_random_at(1, i + 1);
        equal += a == dlb_random_at(1 + 0x9e3779b97f4a7c15u, i); /* no shifted copy either */
        equal += a == dlb_random_at(1 + 0x9e3779b97f4a7c15u, i + 1);
    }
    assert_int_equal(equal, 0);
    assert_true(dlb_random_derive(1, "A") == dlb_random_derive(1, "A"));
    assert_true(dlb_random_derive(1, "A") != dlb_random_derive(1, "B"));
    assert_true(dlb_random_derive(1, "A") != dlb_random_derive(2, "A"));
}

static void test_fill_floats(void **state)
{
    (void)state;
    enum { COUNT = 1511 }; /* no multiple of any block */
    static const enum dlb_dtype types[] = {DLB_DTYPE_F32, DLB_DTYPE_BF16, DLB_DTYPE_F16};
    for (size_t t = 0; t < DLB_ARRAY_COUNT(types); t++) {
        uint32_t filled[COUNT + 1] = {0}, wanted[COUNT + 1] = {0};
        double sum = 0;
        dlb_fill_array(DLB_FILL_RANDOM, 99, 0.25, types[t], filled, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            dlb_dtype_store(types[t], wanted, i, 0.25 * dlb_random_at(99, i));
            sum += dlb_dtype_load(types[t], filled, i);
        }
        assert_memory_equal(filled, wanted, sizeof filled); /* nothing behind the end either */
        assert_true(fabs(sum / COUNT) < 5 * 0.25 / sqrt(3.0 * COUNT));
    }
}

static void test_fill_integers(void **state)
{
    (void)state;
    enum { COUNT = 40000 };
    static const struct {
        enum dlb_dtype dtype;
        double low, high;
    } cases[] = {{DLB_DTYPE_S8, -127, 127}, {DLB_DTYPE_U8, 0, 255}, {DLB_DTYPE_S32, -1000, 1000}};
    static int32_t filled[COUNT], prefix[COUNT];
    for (size_t t = 0; t < DLB_ARRAY_COUNT(cases); t++) {
        double low = 1e9, high = -1e9;
        dlb_fill_array(DLB_FILL_RANDOM, 7, 1, cases[t].dtype, filled, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            const double value = dlb_dtype_load(cases[t].dtype, filled, i);
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        assert_true(low == cases[t].low && high == cases[t].high);
        dlb_fill_array(DLB_FILL_RANDOM, 7, 1, cases[t].dtype, prefix, 11);
        assert_memory_equal(filled, prefix, 11 * dlb_dtype_size(cases[t].dtype));
    }
}

static void test_fill_constants(void **state)
{
    (void)state;
    for (int t = 0; t < DLB_DTYPE_COUNT; t++) {
        const enum dlb_dtype dtype = (enum dlb_dtype)t;
        int32_t array[14];
        for (int f = 0; f < 2; f++) {
            memset(array, 0x55, sizeof array);
            dlb_fill_array(f == 0 ? DLB_FILL_ZEROS : DLB_FILL_ONES, 1, 0.1, dtype, array, 13);
            for (size_t i = 0; i < 13; i++) {
                assert_true(dlb_dtype_load(dtype, array, i) == f);
            }
            assert_int_equal(array[13], 0x55555555);
        }
    }
    assert_string_equal(dlb_fill_name(DLB_FILL_RANDOM), "random");
    assert_string_equal(dlb_fill_name(DLB_FILL_ZEROS), "zeros");
    assert_string_equal(dlb_fill_name(DLB_FILL_ONES), "ones");
    assert_string_equal(dlb_fill_name(DLB_FILL_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),       cmocka_unit_test(test_streams),
        cmocka_unit_test(test_seeds_differ),  cmocka_unit_test(test_fill_floats),
        cmocka_unit_test(test_fill_integers), cmocka_unit_test(test_fill_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
