/* test_axes.c: lists and ranges of parameters, their product, and everything that is no range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/suites/axes.h"

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name, *values;
    } cases[] = {
        {"m=7", "m", "7"},
        {"m=1,5,7,11,13", "m", "1 5 7 11 13"},
        {"m=512-4096*2", "m", "512 1024 2048 4096"},
        {"m=512-4095*2", "m", "512 1024 2048"},
        {"m=1-100*3", "m", "1 3 9 27 81"},
        {"k=1-10+3", "k", "1 4 7 10"},
        {"k=0-2", "k", "0 1 2"},
        {"k=5-5", "k", "5"},
        {"k=5-5*2", "k", "5"},
        {"m=1Ki-2Ki+1Ki", "m", "1024 2048"},
        {"m=1-4*2,100,7-8", "m", "1 2 4 100 7 8"},
        {"m=9223372036854775806-9223372036854775807", "m",
         "9223372036854775806 9223372036854775807"},
        {"m=4611686018427387904-9223372036854775807*2", "m", "4611686018427387904"},
        {"dtype=f32,bf16", "dtype", "f32 bf16"},
        {"alpha=-1,1e-5", "alpha", "-1 1e-5"},
        {"pad=1x0x1x0,2", "pad", "1x0x1x0 2"},
        {"x=a=b", "x", "a=b"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_axis axis;
        struct dlb_why why = {""};
        if (dlb_axis_parse(cases[i].text, &axis, &why) != DLB_OK) {
            fail_msg("%s: %s", cases[i].text, why.text);
        }
        struct dlb_text found = {0};
        for (int64_t j = 0; j < axis.count; j++) {
            dlb_text_format(&found, "%s%s", j > 0 ? " " : "", axis.values[j]);
        }
        assert_string_equal(axis.name, cases[i].name);
        assert_string_equal(found.data, cases[i].values);
        dlb_text_free(&found);
        dlb_axis_free(&axis);
        dlb_axis_free(&axis);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"", "NAME=LIST"},
        {"m", "NAME=LIST"},
        {"=3", "NAME=LIST"},
        {"a_name_of_more_than_23_bytes=3", "NAME=LIST"},
        {"m=", "m has no value; it wants a list"},
        {"m=1,", "m has no value beside a comma"},
        {"m=1,,2", "m has no value beside a comma"},
        {"m=,1", "m has no value beside a comma"},
        {"m=1111111111111111111111111111111111111111111111111111111111111111", "1..63 characters"},
        {"m=4096-512", "m: the range 4096-512 runs backwards; write 512-4096"},
        {"m=1-8*1", "never ends; it wants a factor of at least 2"},
        {"m=1-8*0", "never ends; it wants a factor of at least 2"},
        {"m=0-8*2", "a start of at least 1"},
        {"m=1-8+0", "never ends; it wants a step of at least 1"},
        {"m=1-8+-1", "never ends; it wants a step of at least 1"},
        {"m=1-", "a range is FIRST-LAST*FACTOR"},
        {"m=1-x", "a range is FIRST-LAST*FACTOR"},
        {"m=1-8*", "a range is FIRST-LAST*FACTOR"},
        {"m=1-8*2*2", "a range is FIRST-LAST*FACTOR"},
        {"m=1-8/2", "a range is FIRST-LAST*FACTOR"},
        {"m=1-99999999999999999999", "a range is FIRST-LAST*FACTOR"},
        {"m=1-1000001", "more than 1000000 values"},
        {"m=1-9223372036854775807", "more than 1000000 values"},
        {"m=\xff", "valid UTF-8"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_axis axis = {.name = "old", .count = 4711};
        struct dlb_why why = {""};
        assert_int_equal(dlb_axis_parse(cases[i].text, &axis, &why), DLB_INVALID);
        assert_int_equal(axis.count, 4711);
        if (strstr(why.text, cases[i].wanted) == NULL) {
            fail_msg("%s: wanted '%s', found '%s'", cases[i].text, cases[i].wanted, why.text);
        }
    }
    struct dlb_axis axis;
    assert_int_equal(dlb_axis_parse("m=1-100000", &axis, NULL), DLB_OK);
    assert_int_equal(axis.count, 100000);
    dlb_axis_free(&axis);
}

/* Expands the texts, which end with NULL, over gemm's defaults. */
static enum dlb_status expand(const char *const *texts, int64_t limit,
                              struct dlb_problems *problems, struct dlb_why *why)
{
    struct dlb_problem_entry base = {.origin = "here", .occurrences = 3};
    struct dlb_axis axes[16];
    int count = 0;
    dlb_problem_init(&base.problem, dlb_workload_find("gemm"));
    for (; texts[count] != NULL; count++) {
        assert_int_equal(dlb_axis_parse(texts[count], &axes[count], NULL), DLB_OK);
    }
    const enum dlb_status status = dlb_axes_expand(&base, axes, count, limit, problems, why);
    for (int i = 0; i < count; i++) {
        dlb_axis_free(&axes[i]);
    }
    return status;
}

static void test_product(void **state)
{
    (void)state;
    static const char *const texts[] = {"m=5,7", "dtype=f32,bf16,s8", "ta=t", NULL};
    static const char *const wanted[] = {"m=5 f32", "m=5 bf16", "m=5 s8",
                                         "m=7 f32", "m=7 bf16", "m=7 s8"};
    struct dlb_problems problems = {0};
    assert_int_equal(expand(texts, 6, &problems, NULL), DLB_OK);
    assert_int_equal(problems.count, 6);
    for (int i = 0; i < 6; i++) {
        char m[64], dtype[64], found[130], ta[64];
        const struct dlb_problem *const problem = &problems.items[i].problem;
        dlb_problem_get(problem, 0, m, sizeof m);
        dlb_problem_get(problem, 3, ta, sizeof ta);
        dlb_problem_get(problem, 8, dtype, sizeof dtype);
        (void)snprintf(found, sizeof found, "m=%s %s", m, dtype);
        assert_string_equal(found, wanted[i]);
        assert_string_equal(ta, "t");
        assert_string_equal(problems.items[i].origin, "here");
        assert_int_equal(problems.items[i].occurrences, 3);
    }
    static const char *const none[] = {NULL};
    assert_int_equal(expand(none, 1, &problems, NULL), DLB_OK); /* the base itself */
    assert_int_equal(problems.count, 7);
    dlb_problems_free(&problems);
    assert_int_equal(problems.count, 0);
}

static void test_refused_products(void **state)
{
    (void)state;
    static const struct {
        const char *texts[8], *wanted;
    } cases[] = {
        {{"mm=3", NULL}, "no parameter 'mm' (did you mean 'm'?)"},
        {{"m=3", "m=5", NULL}, "the parameter m is given twice"},
        {{"m=1-11", NULL}, "multiply to 11 problems, the limit is 10"},
        {{"m=1-100", "n=1-100", NULL}, "multiply to 10000 problems, the limit is 10"},
        {{"m=1-100000", "n=1-100000", "k=1-100000", "batch=1-100000", NULL}, "more than 2^63"},
        {{"m=3,0", NULL}, "m must be at least 1, found 0"},
        {{"m=3", "dtype=f32,f64", NULL}, "found 'f64'"},
    };
    struct dlb_problems problems = {0};
    static const char *const first[] = {"m=3", NULL};
    assert_int_equal(expand(first, 10, &problems, NULL), DLB_OK);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_why why = {""};
        assert_int_equal(expand(cases[i].texts, 10, &problems, &why), DLB_INVALID);
        assert_int_equal(problems.count, 1); /* nothing added, nothing lost */
        if (strstr(why.text, cases[i].wanted) == NULL) {
            fail_msg("case %zu: wanted '%s', found '%s'", i, cases[i].wanted, why.text);
        }
    }
    dlb_problems_free(&problems);
}

static void test_speed(void **state)
{
    (void)state;
    static const char *const texts[] = {"m=1-100", "n=1-100", NULL};
    struct dlb_problems problems = {0};
    const int64_t start = dlb_clock_ns();
    assert_int_equal(expand(texts, 10000, &problems, NULL), DLB_OK);
    assert_true(dlb_clock_ns() - start < 1000000000);
    assert_int_equal(problems.count, 10000);
    dlb_problems_free(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_product), cmocka_unit_test(test_refused_products),
        cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
