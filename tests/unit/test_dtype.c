/* test_dtype.c: conversions, exhaustively for the 16-bit floats.
 *
 * The oracle for loading is ldexp on the fields; for storing it is the midpoint between
 * neighbours: just below goes down, just above goes up, the tie goes to the even one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/base/dtype.h"

struct small_float {
    enum dlb_dtype dtype;
    int fraction, bias;
    unsigned int infinity;
};

static const struct small_float small_floats[] = {
    {DLB_DTYPE_F16, 10, 15, 0x7c00},
    {DLB_DTYPE_BF16, 7, 127, 0x7f80},
};

static uint16_t stored(enum dlb_dtype dtype, double value)
{
    uint16_t array[3] = {0x1234, 0, 0x5678};
    dlb_dtype_store(dtype, array, 1, value);
    assert_int_equal(array[0], 0x1234);
    assert_int_equal(array[2], 0x5678);
    return array[1];
}

static double loaded(enum dlb_dtype dtype, unsigned int bits)
{
    const uint16_t array[2] = {0, (uint16_t)bits};
    return dlb_dtype_load(dtype, array, 1);
}

static double by_fields(const struct small_float *type, unsigned int bits)
{
    const int exponent = (int)(bits & 0x7fff) >> type->fraction;
    const double fraction = bits & ((1u << type->fraction) - 1);
    const double one = exponent == 0 ? 0 : ldexp(1, type->fraction);
    const int power = (exponent == 0 ? 1 : exponent) - type->bias - type->fraction;
    const double magnitude = ldexp(one + fraction, power);
    return bits & 0x8000 ? -magnitude : magnitude;
}

static void test_round_trip(void **state)
{
    (void)state;
    for (size_t t = 0; t < DLB_ARRAY_COUNT(small_floats); t++) {
        const struct small_float *const type = &small_floats[t];
        for (unsigned int bits = 0; bits < 0x10000; bits++) {
            const double value = loaded(type->dtype, bits);
            const uint16_t back = stored(type->dtype, value);
            if ((bits & 0x7fff) > type->infinity) {
                assert_true(isnan(value));
                assert_true((back & 0x7fff) > type->infinity);
                continue;
            }
            if ((bits & 0x7fff) == type->infinity) {
                assert_true(isinf(value));
            } else if (value != by_fields(type, bits)) {
                fail_msg("%s %04x gives %g", dlb_dtype_name(type->dtype), bits, value);
            }
            if (back != bits) {
                fail_msg("%s %04x comes back as %04x", dlb_dtype_name(type->dtype), bits,
                         (unsigned int)back);
            }
        }
    }
}

static void test_midpoints(void **state)
{
    (void)state;
    for (size_t t = 0; t < DLB_ARRAY_COUNT(small_floats); t++) {
        const struct small_float *const type = &small_floats[t];
        for (unsigned int low = 0; low < type->infinity; low++) {
            /* Above the largest finite value stands what would come next without infinity. */
            const double middle = (by_fields(type, low) + by_fields(type, low + 1)) / 2;
            const unsigned int even = low + (low & 1);
            const double below = nextafter(middle, 0), above = nextafter(middle, INFINITY);
            if (stored(type->dtype, middle) != even || stored(type->dtype, below) != low ||
                stored(type->dtype, above) != low + 1 ||
                stored(type->dtype, -middle) != (even | 0x8000) ||
                stored(type->dtype, -above) != ((low + 1) | 0x8000)) {
                fail_msg("%s: the middle above %04x is rounded wrongly",
                         dlb_dtype_name(type->dtype), low);
            }
        }
    }
}

static void test_extremes(void **state)
{
    (void)state;
    assert_int_equal(stored(DLB_DTYPE_F16, 65504), 0x7bff);
    assert_int_equal(stored(DLB_DTYPE_F16, 65519.999), 0x7bff);
    assert_int_equal(stored(DLB_DTYPE_F16, 65520), 0x7c00);
    assert_int_equal(stored(DLB_DTYPE_F16, -1e300), 0xfc00);
    assert_int_equal(stored(DLB_DTYPE_F16, 4.9e-324), 0);
    assert_int_equal(stored(DLB_DTYPE_F16, -4.9e-324), 0x8000);
    assert_int_equal(stored(DLB_DTYPE_F16, 0x1p-25), 0); /* tie to even: zero */
    assert_int_equal(stored(DLB_DTYPE_F16, 0x1.8p-25), 1);
    assert_int_equal(stored(DLB_DTYPE_BF16, 0x1.ffp127), 0x7f80);
    assert_int_equal(stored(DLB_DTYPE_BF16, 0x1.fep127), 0x7f7f);
    assert_int_equal(stored(DLB_DTYPE_BF16, 0x1p-133), 1);
    /* Through float this is a tie and goes down: only one rounding gives 1 + 2^-7. */
    assert_int_equal(stored(DLB_DTYPE_BF16, 1 + 0x1p-8 + 0x1p-40), 0x3f81);
    assert_int_equal(stored(DLB_DTYPE_F16, 1 + 0x1p-11 + 0x1p-40), 0x3c01);
    float single[1];
    dlb_dtype_store(DLB_DTYPE_F32, single, 0, 1 + 0x1p-24);
    assert_true(single[0] == 1.0F);
    dlb_dtype_store(DLB_DTYPE_F32, single, 0, 1e300);
    assert_true(isinf(single[0]));
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        enum dlb_dtype dtype;
        double value, wanted;
    } cases[] = {
        {DLB_DTYPE_S8, 127.4, 127},
        {DLB_DTYPE_S8, 127.5, 127},
        {DLB_DTYPE_S8, 1e9, 127},
        {DLB_DTYPE_S8, -128.6, -128},
        {DLB_DTYPE_S8, (double)-INFINITY, -128},
        {DLB_DTYPE_S8, 0.5, 0},
        {DLB_DTYPE_S8, 1.5, 2},
        {DLB_DTYPE_S8, 2.5, 2},
        {DLB_DTYPE_S8, -0.5, 0},
        {DLB_DTYPE_S8, -1.5, -2},
        {DLB_DTYPE_S8, (double)NAN, 0},
        {DLB_DTYPE_U8, -1, 0},
        {DLB_DTYPE_U8, 255.4, 255},
        {DLB_DTYPE_U8, 300, 255},
        {DLB_DTYPE_U8, 254.5, 254},
        {DLB_DTYPE_U8, (double)NAN, 0},
        {DLB_DTYPE_S32, 3e9, 2147483647.0},
        {DLB_DTYPE_S32, -3e9, -2147483648.0},
        {DLB_DTYPE_S32, 2147483646.5, 2147483646.0},
        {DLB_DTYPE_S32, (double)INFINITY, 2147483647.0},
        {DLB_DTYPE_S32, (double)NAN, 0},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        int32_t array[2] = {0, 0};
        dlb_dtype_store(cases[i].dtype, array, 1, cases[i].value);
        const double found = dlb_dtype_load(cases[i].dtype, array, 1);
        if (found != cases[i].wanted) {
            fail_msg("%s: %g gives %g, wanted %g", dlb_dtype_name(cases[i].dtype), cases[i].value,
                     found, cases[i].wanted);
        }
    }
}

/* Whole arrays give what single elements give. */
static void test_arrays(void **state)
{
    (void)state;
    enum { COUNT = 13 };
    const double values[COUNT] = {
        0, -0.0, 1, -1.5, 3.14159265358979, 1e-8, 65519, 65520, 1e30, -129, 255.5, 6e-8, 100.5};
    for (int t = 0; t < DLB_DTYPE_COUNT; t++) {
        const enum dlb_dtype dtype = (enum dlb_dtype)t;
        int32_t whole[COUNT] = {0}, single[COUNT] = {0};
        double back[COUNT];
        dlb_dtype_from_double(dtype, values, whole, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            dlb_dtype_store(dtype, single, i, values[i]);
        }
        assert_memory_equal(whole, single, sizeof whole);
        dlb_dtype_to_double(dtype, whole, back, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_true(back[i] == dlb_dtype_load(dtype, single, i));
        }
    }
}

static void test_facts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t size;
        double roundoff;
        enum dlb_dtype accumulator;
    } wanted[DLB_DTYPE_COUNT] = {
        [DLB_DTYPE_F32] = {"f32", 4, 0x1p-24, DLB_DTYPE_F32},
        [DLB_DTYPE_BF16] = {"bf16", 2, 0x1p-8, DLB_DTYPE_F32},
        [DLB_DTYPE_F16] = {"f16", 2, 0x1p-11, DLB_DTYPE_F32},
        [DLB_DTYPE_S8] = {"s8", 1, 0, DLB_DTYPE_S32},
        [DLB_DTYPE_U8] = {"u8", 1, 0, DLB_DTYPE_S32},
        [DLB_DTYPE_S32] = {"s32", 4, 0, DLB_DTYPE_S32},
    };
    for (int i = 0; i < DLB_DTYPE_COUNT; i++) {
        const enum dlb_dtype dtype = (enum dlb_dtype)i;
        enum dlb_dtype found;
        assert_string_equal(dlb_dtype_name(dtype), wanted[i].name);
        assert_true(dlb_dtype_from_name(wanted[i].name, &found) && found == dtype);
        assert_int_equal(dlb_dtype_size(dtype), wanted[i].size);
        assert_true(dlb_dtype_roundoff(dtype) == wanted[i].roundoff);
        assert_int_equal(dlb_dtype_is_integer(dtype), wanted[i].roundoff == 0);
        assert_int_equal(dlb_dtype_accumulator(dtype), wanted[i].accumulator);
    }
    enum dlb_dtype untouched = DLB_DTYPE_S8;
    assert_false(dlb_dtype_from_name("f23", &untouched));
    assert_false(dlb_dtype_from_name("", &untouched));
    assert_int_equal(untouched, DLB_DTYPE_S8);
    assert_string_equal(dlb_dtype_name(DLB_DTYPE_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_midpoints),
        cmocka_unit_test(test_extremes),   cmocka_unit_test(test_integers),
        cmocka_unit_test(test_arrays),     cmocka_unit_test(test_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
