/* test_parse.c: numbers, times and percentages as users write and miswrite them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/text.h"

static void test_int(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t wanted;
    } good[] = {
        {"0", 0},
        {"7", 7},
        {"-3", -3},
        {"0012", 12},
        {"2k", 2000},
        {"3M", 3000000},
        {"1G", 1000000000},
        {"4Ki", 4096},
        {"2Mi", 2097152},
        {"1Gi", 1073741824},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775807", -INT64_MAX},
        {"9007199254740993", INT64_C(9007199254740993)},
    };
    static const char *const bad[] = {
        "",
        " 1",
        "1 ",
        "+1",
        "--1",
        "-",
        "12x",
        "1.5",
        "1,5",
        "0x10",
        "1e3",
        "k",
        "1KI",
        "1kk",
        "inf",
        "nan",
        "1_000",
        "\xef\xbc\x91",
        "9223372036854775808",
        "99999999999999999999999",
        "9223372036854775807k",
        "10000000000G",
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(good); i++) {
        int64_t value = -1;
        assert_int_equal(dlb_parse_int(good[i].text, &value, NULL), DLB_OK);
        assert_true(value == good[i].wanted);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(bad); i++) {
        int64_t value = 4711;
        struct dlb_why why = {""};
        if (dlb_parse_int(bad[i], &value, &why) != DLB_INVALID) {
            fail_msg("'%s' was taken for %lld", bad[i], (long long)value);
        }
        assert_int_equal(value, 4711); /* untouched */
        assert_non_null(strstr(why.text, bad[i]));
    }
}

static void test_real(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double wanted;
    } good[] = {
        {"0", 0},
        {"1.5", 1.5},
        {"-2", -2},
        {".25", 0.25},
        {"3.", 3},
        {"1e3", 1000},
        {"1E-2", 0.01},
        {"2.5e+1", 25},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"4.9e-324", 4.9e-324},
    };
    static const char *const bad[] = {
        "",   ".",   "-",  "1,5", "1.5x", "inf",   "nan",    "NAN",   "-inf", "0x10",
        "1e", "1e+", " 1", "1 ",  "+1",   "1e999", "-1e999", "1.2.3", "3%",
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(good); i++) {
        double value = -1;
        assert_int_equal(dlb_parse_real(good[i].text, &value, NULL), DLB_OK);
        assert_true(value == good[i].wanted);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(bad); i++) {
        double value = 4711;
        struct dlb_why why = {""};
        if (dlb_parse_real(bad[i], &value, &why) != DLB_INVALID) {
            fail_msg("'%s' was taken for %g", bad[i], value);
        }
        assert_true(value == 4711);
        assert_string_not_equal(why.text, "");
    }
}

static void test_time(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double wanted;
    } good[] = {
        {"5ns", 5},    {"1.5us", 1500}, {"200ms", 200e6}, {"2s", 2e9},
        {"3m", 180e9}, {"0s", 0},       {"1e3ms", 1e9},   {"1.5h", 5400e9},
    };
    static const char *const bad[] = {
        "",   "5",      "0",    "s",      "5 s",    "5sec", "-5s",
        "5H", "5hours", "infs", "1e308m", "1e400s", "5S",   "5,5s",
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(good); i++) {
        double ns = -1;
        assert_int_equal(dlb_parse_time_ns(good[i].text, &ns, NULL), DLB_OK);
        assert_true(fabs(ns - good[i].wanted) <= 1e-9 * good[i].wanted);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(bad); i++) {
        double ns = 4711;
        struct dlb_why why = {""};
        if (dlb_parse_time_ns(bad[i], &ns, &why) != DLB_INVALID) {
            fail_msg("'%s' was taken for %g ns", bad[i], ns);
        }
        assert_true(ns == 4711);
        assert_string_not_equal(why.text, "");
    }
}

static void test_fraction(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double wanted;
    } good[] = {{"3%", 0.03}, {"0.03", 0.03}, {"0.5%", 0.005},
                {"0", 0},     {"150%", 1.5},  {"0.99", 0.99}};
    static const char *const bad[] = {"",   "%",   "3%%",  "-1%", "-0.1", "3 %",
                                      "x%", "nan", "inf%", "1",   "3"}; /* 300 %? 3 %? */
    for (size_t i = 0; i < DLB_ARRAY_COUNT(good); i++) {
        double value = -1;
        assert_int_equal(dlb_parse_fraction(good[i].text, &value, NULL), DLB_OK);
        assert_true(fabs(value - good[i].wanted) < 1e-15);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(bad); i++) {
        double value = 4711;
        if (dlb_parse_fraction(bad[i], &value, NULL) != DLB_INVALID) {
            fail_msg("'%s' was taken for %g", bad[i], value);
        }
        assert_true(value == 4711);
    }
}

/* A reason quotes only the start of a very long argument. */
static void test_long_argument(void **state)
{
    (void)state;
    static char text[100000];
    memset(text, '9', sizeof text - 1);
    struct dlb_why why = {""};
    int64_t value;
    double real;
    assert_int_equal(dlb_parse_int(text, &value, &why), DLB_INVALID);
    assert_in_range(strlen(why.text), 20, 200);
    assert_int_equal(dlb_parse_real(text, &real, &why), DLB_INVALID);
    text[0] = 'x';
    assert_int_equal(dlb_parse_int(text, &value, &why), DLB_INVALID);
    assert_in_range(strlen(why.text), 20, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int),           cmocka_unit_test(test_real),
        cmocka_unit_test(test_time),          cmocka_unit_test(test_fraction),
        cmocka_unit_test(test_long_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
