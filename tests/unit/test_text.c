/* test_text.c: growing text, similarity, patterns, UTF-8, numbers for people. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/text.h"

static void test_growing(void **state)
{
    (void)state;
    struct dlb_text text = {0};
    dlb_text_append(&text, "");
    assert_string_equal(text.data, "");
    for (int i = 0; i < 1000; i++) {
        dlb_text_format(&text, "%03d", i);
    }
    dlb_text_append_bytes(&text, "endless", 3);
    assert_int_equal(text.size, 3003);
    assert_int_equal(strlen(text.data), 3003);
    assert_memory_equal(text.data, "000001002", 9);
    assert_string_equal(text.data + 2997, "999end");
    assert_false(text.failed);
    dlb_text_clear(&text);
    assert_int_equal(text.size, 0);
    assert_string_equal(text.data, "");
    dlb_text_free(&text);
    assert_null(text.data);
    dlb_text_free(&text);
}

static void test_impossible_size(void **state)
{
    (void)state;
    struct dlb_text text = {0};
    dlb_text_append_bytes(&text, "x", SIZE_MAX);
    assert_true(text.failed);
    dlb_text_append(&text, "later");
    assert_null(text.data);
    dlb_text_free(&text);
}

static void test_nearest(void **state)
{
    (void)state;
    static const char *const names[] = {"gemm", "conv", "mlp", "device", "precision", NULL};
    static const struct {
        const char *word, *wanted;
    } cases[] = {
        {"gem", "gemm"},   {"gmem", "gemm"},     {"GEMM", "gemm"},     {"conf", "conv"},
        {"convv", "conv"}, {"devise", "device"}, {"device", "device"}, {"presicion", "precision"},
        {"pre", NULL},     {"xyz", NULL},        {"", NULL},           {"m", NULL},
        {"gxmx", NULL},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        const char *const found = dlb_text_nearest(cases[i].word, names);
        if (cases[i].wanted == NULL) {
            assert_null(found);
        } else {
            assert_non_null(found);
            assert_string_equal(found, cases[i].wanted);
        }
    }
    char endless[200];
    memset(endless, 'g', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(dlb_text_nearest(endless, names));
}

static void test_glob(void **state)
{
    (void)state;
    assert_true(dlb_text_glob("conv*", "conv_bwd"));
    assert_true(dlb_text_glob("*", ""));
    assert_true(dlb_text_glob("g?m[mn]", "gemm"));
    assert_false(dlb_text_glob("conv", "conv_bwd"));
    assert_false(dlb_text_glob("g?m", "gm"));
    assert_false(dlb_text_glob("[abc]", "d"));
}

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
        int columns;
    } cases[] = {
        {"", true, 0},
        {"plain", true, 5},
        {"caf\xc3\xa9", true, 4},
        {"\xe2\x96\x88\xe2\x96\x91", true, 2},
        {"\xf0\x9f\x98\x80", true, 1},
        {"\xf4\x8f\xbf\xbf", true, 1},
        {"\xff", false, -1},
        {"\xc3", false, -1},             /* cut */
        {"\xc0\xaf", false, -1},         /* overlong '/' */
        {"\xe0\x9f\xbf", false, -1},     /* overlong */
        {"\xed\xa0\x80", false, -1},     /* surrogate */
        {"\xf4\x90\x80\x80", false, -1}, /* above U+10FFFF */
        {"\x80", false, -1},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        assert_int_equal(dlb_text_is_utf8(cases[i].text), cases[i].valid);
        if (cases[i].valid) {
            assert_int_equal(dlb_text_columns(cases[i].text), cases[i].columns);
        }
    }
    assert_int_equal(dlb_utf8_length(""), 0);
    assert_int_equal(dlb_utf8_length("\xe2\x96\x88xx"), 3);
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        double ns;
        const char *wanted;
    } times[] = {
        {0, "0.00 ns"},       {1.284e6, "1.28 ms"},   {999.4, "999 ns"},    {999.6, "1.00 us"},
        {12345, "12.3 us"},   {9.996, "10.0 ns"},     {99.96, "100 ns"},    {5e9, "5.00 s"},
        {120e9, "120 s"},     {1200e9, "20.0 min"},   {-1.5e3, "-1.50 us"}, {7200e10, "20.0 h"},
        {3600e14, "1e+05 h"}, {1e300, "2.78e+287 h"},
    };
    static const struct {
        double value;
        const char *unit, *wanted;
    } rates[] = {
        {57.1e12, "FLOP/s", "57.1 TFLOP/s"},
        {999.6e9, "FLOP/s", "1.00 TFLOP/s"},
        {1000, "items/s", "1.00 kitems/s"},
        {12, "items/s", "12.0 items/s"},
        {0.0123, "W", "0.0123 W"},
        {0, "W", "0 W"},
        {999.4e18, "op", "999 Eop"},
        {2.5e21, "op", "2.5e+21 op"},
        {-1e300, "FLOP/s", "-1e+300 FLOP/s"},
    };
    static const struct {
        double bytes;
        const char *wanted;
    } sizes[] = {
        {0, "0 B"},
        {512, "512 B"},
        {1024, "1.00 KiB"},
        {1536, "1.50 KiB"},
        {64.0 * 1048576, "64.0 MiB"},
        {1023.6, "1.00 KiB"},
        {3e15, "2.66 PiB"},
        {1e300, "8.67e+281 EiB"},
    };
    char buffer[24];
    for (size_t i = 0; i < DLB_ARRAY_COUNT(times); i++) {
        dlb_format_time(buffer, sizeof buffer, times[i].ns);
        assert_string_equal(buffer, times[i].wanted);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rates); i++) {
        dlb_format_si(buffer, sizeof buffer, rates[i].value, rates[i].unit);
        assert_string_equal(buffer, rates[i].wanted);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(sizes); i++) {
        dlb_format_bytes(buffer, sizeof buffer, sizes[i].bytes);
        assert_string_equal(buffer, sizes[i].wanted);
    }
    dlb_format_time(buffer, sizeof buffer, (double)NAN);
    assert_string_equal(buffer, "n/a");
    dlb_format_si(buffer, sizeof buffer, (double)INFINITY, "W");
    assert_string_equal(buffer, "n/a");
    dlb_format_bytes(buffer, sizeof buffer, (double)NAN);
    assert_string_equal(buffer, "n/a");
}

static void test_printable(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"a\033[31mb", "a?[31mb"},
        {"tab\tnewline\n\x7f", "tab?newline??"},
        {"\xc3\x9f\xc2\xb5\xe2\x82\xac", "\xc3\x9f\xc2\xb5\xe2\x82\xac"},
        {"\xc2\x9b"
         "31m",
         "?31m"},                                 /* C1: a control sequence in one character */
        {"x\xe2\x80\xaey\xe2\x81\xa6z", "x?y?z"}, /* right-to-left override, isolate */
        {"\xff\xe2\x82", "???"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        char buffer[64];
        assert_string_equal(dlb_text_printable(buffer, sizeof buffer, cases[i].text),
                            cases[i].wanted);
    }
    char small[4];
    assert_string_equal(dlb_text_printable(small, sizeof small, "ab\xc3\x9f"), "ab");
    assert_string_equal(dlb_text_printable(small, sizeof small, "abcdef"), "abc");
}

static void test_shorten(void **state)
{
    (void)state;
    char buffer[8];
    assert_string_equal(dlb_text_shorten(buffer, sizeof buffer, "1234567"), "1234567");
    assert_string_equal(dlb_text_shorten(buffer, sizeof buffer, "12345678"), "1234...");
    /* The cut would be inside the second of two characters of two and three bytes. */
    assert_string_equal(dlb_text_shorten(buffer, sizeof buffer, "\xC3\x97\xE2\x80\xA6 abc"),
                        "\xC3\x97...");
    assert_string_equal(dlb_text_shorten(buffer, 4, "abcd"), "...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shorten),
        cmocka_unit_test(test_growing),
        cmocka_unit_test(test_impossible_size),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_glob),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
