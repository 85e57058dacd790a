/* test_slowdown.c: what a slowdown may say, and which cases it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/run/slowdown.h"

#define KEY "gemm:m=64,n=48,dtype=f32@onednn:0/t2/throughput/warm/random"

static void each_text_has_its_factor(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double factor;
    } rows[] = {
        {NULL, 1},
        {"", 1},
        {"10%", 1.1},
        {"0.1", 1.1},
        {"0%", 1},
        {"1000%", 11},
        {"10%:gemm*", 1.1},
        {"10%:gemm", 1.1}, /* the workload's name */
        {"10%:gem", 1},
        {"10%:conv*", 1},
        {"5%:*dtype=f32*", 1.05},
        {"5%:*dtype=bf16*", 1},
        {"5%:gemm:m=64,*", 1.05}, /* a colon of the key's own */
        {"5%:*@onednn:*", 1.05},
        {"5%:" KEY, 1.05},
        {"5%:[cg]*", 1.05},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_why why = {""};
        double factor = 0;
        assert_int_equal(dlb_slowdown_factor(rows[i].text, KEY, "gemm", &factor, &why), DLB_OK);
        if (factor != rows[i].factor)
            fail_msg("%s: %g, wanted %g", rows[i].text, factor, rows[i].factor);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "x",    "%",    "-1%",    "1001%",     "10%:",       ":gemm*",  "10%x",
        "nan",  "inf",  "1,5%",   "10 %",      "10%%",       "1e99%",   "gemm*:10%",
        " 10%", "0x10", "10%-:*", "+-3%:gemm", "--slowdown", "10%;gemm"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_why why = {""};
        double factor = 7;
        if (dlb_slowdown_factor(rows[i], KEY, "gemm", &factor, &why) != DLB_INVALID ||
            strstr(why.text, "PCT[:GLOB]") == NULL || strstr(why.text, rows[i]) == NULL ||
            factor != 7)
            fail_msg("'%s': %g '%s'", rows[i], factor, why.text);
    }
}

static void a_very_long_text_is_refused(void **state)
{
    (void)state;
    char text[5000];
    struct dlb_why why = {""};
    double factor = 7;
    memset(text, '1', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(dlb_slowdown_factor(text, KEY, "gemm", &factor, &why), DLB_INVALID);
    assert_true(strlen(why.text) < 400 && factor == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_has_its_factor),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(a_very_long_text_is_refused),
    };
    return cmocka_run_group_tests_name("slowdown", tests, NULL, NULL);
}
