/* test_plan.c: from selectors to cases: what is taken, what is multiplied, what is dropped, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/text.h"
#include "bench/run/plan.h"

#define MAX_WORDS 4

static void add_problem(struct dlb_problems *problems, const char *key, int64_t occurrences)
{
    struct dlb_problem_entry entry = {.occurrences = occurrences};
    struct dlb_why why = {""};
    snprintf(entry.origin, sizeof entry.origin, "%s", key);
    if (dlb_problem_parse(key, &entry.problem, &why) != DLB_OK ||
        dlb_problems_add(problems, &entry, &why) != DLB_OK) {
        fail_msg("%s: %s", key, why.text);
    }
}

/* A suite of four problems: two products, a convolution, and the first product again. */
static void fill_suite(struct dlb_suite *suite)
{
    *suite = (struct dlb_suite){.name = "four"};
    add_problem(&suite->problems, "gemm:m=64,n=32,k=16", 2);
    add_problem(&suite->problems, "gemm:m=5,n=7,k=11,dtype=bf16", 1);
    add_problem(&suite->problems, "conv:n=1,c=3,h=13,w=13,k=5,r=3,s=3", 1);
    add_problem(&suite->problems, "gemm:m=64,n=32,k=16", 3);
}

static struct dlb_plan_selection select_words(const struct dlb_suite *suite,
                                              const char *const *patterns, const char *const *axes)
{
    struct dlb_plan_selection selection = {
        .suite = suite, .patterns = patterns, .axes = axes, .limit = DLB_PLAN_CAP};
    while (selection.pattern_count < MAX_WORDS && patterns[selection.pattern_count] != NULL) {
        selection.pattern_count++;
    }
    while (selection.axis_count < MAX_WORDS && axes[selection.axis_count] != NULL) {
        selection.axis_count++;
    }
    return selection;
}

static void test_selection(void **state)
{
    (void)state;
    static const struct {
        bool suite;
        const char *patterns[MAX_WORDS], *axes[MAX_WORDS];
        int64_t count;
    } cases[] = {
        {true, {NULL}, {NULL}, 4},
        {true, {"gemm"}, {NULL}, 3},
        {true, {"c*"}, {NULL}, 1},
        {true, {"gemm,conv"}, {NULL}, 4},
        {true, {"gemm:m=64"}, {NULL}, 2},
        {true, {"gemm:m=64,k=16"}, {NULL}, 2},
        {true, {"gemm:m=5", "conv"}, {NULL}, 2},
        {true, {"gemm:dtype=bf16"}, {NULL}, 1},
        {true, {NULL}, {"m=1,2,3"}, 3 * 3 + 1}, /* the convolution has no m and stays as it is */
        {true, {NULL}, {"dtype=f32,bf16"}, 8},
        {false, {"gemm"}, {NULL}, 1},
        {false, {"gemm"}, {"m=1-13+4", "n=1,7"}, 8},
        {false, {"gemm,conv"}, {NULL}, 2},
        {false, {"gemm:m=5", "gemm:m=7,n=1"}, {"k=1,2"}, 4},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_suite suite;
        struct dlb_problems problems = {0};
        struct dlb_why why = {""};
        fill_suite(&suite);
        const struct dlb_plan_selection selection =
            select_words(cases[i].suite ? &suite : NULL, cases[i].patterns, cases[i].axes);
        const enum dlb_status status = dlb_plan_problems(&selection, &problems, &why);
        if (status != DLB_OK || problems.count != cases[i].count) {
            fail_msg("case %zu: wanted %lld problems, found %lld: %s", i, (long long)cases[i].count,
                     (long long)problems.count, why.text);
        }
        dlb_problems_free(&problems);
        dlb_suite_free(&suite);
    }
}

static void test_refused_selection(void **state)
{
    (void)state;
    static const struct {
        bool suite;
        const char *patterns[MAX_WORDS], *axes[MAX_WORDS];
        int64_t limit;
        enum dlb_status status;
        const char *words;
    } cases[] = {
        {false, {"gem"}, {NULL}, 9, DLB_UNAVAILABLE, "did you mean gemm"},
        {false, {"x*"}, {NULL}, 9, DLB_UNAVAILABLE, "there are: gemm"},
        {false, {"gem:m=4"}, {NULL}, 9, DLB_UNAVAILABLE, "did you mean gemm"},
        {false, {"gemm:q=4"}, {NULL}, 9, DLB_INVALID, "'q'"},
        {false, {"gemm:m=0"}, {NULL}, 9, DLB_INVALID, "0"},
        {false, {"gemm"}, {"q=4"}, 9, DLB_INVALID, "'q'"},
        {false, {"gemm"}, {"m=4", "m=5"}, 9, DLB_INVALID, "given twice"},
        {false, {"gemm"}, {"m=1-10"}, 9, DLB_INVALID, "9"},
        {true, {"mlp"}, {NULL}, 9, DLB_UNAVAILABLE, "'four'"},
        {true, {"gemm:m=63"}, {NULL}, 9, DLB_UNAVAILABLE, "gemm:m=63"},
        {true, {"gemm", "lenet"}, {NULL}, 9, DLB_UNAVAILABLE, "lenet"},
        {true, {"gemm:q=1"}, {NULL}, 9, DLB_INVALID, "'q'"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_suite suite;
        struct dlb_problems problems = {0};
        struct dlb_why why = {""};
        fill_suite(&suite);
        struct dlb_plan_selection selection =
            select_words(cases[i].suite ? &suite : NULL, cases[i].patterns, cases[i].axes);
        selection.limit = cases[i].limit;
        const enum dlb_status status = dlb_plan_problems(&selection, &problems, &why);
        if (status != cases[i].status || strstr(why.text, cases[i].words) == NULL) {
            fail_msg("case %zu: wanted %s with '%s', found %s: %s", i,
                     dlb_status_name(cases[i].status), cases[i].words, dlb_status_name(status),
                     why.text);
        }
        dlb_problems_free(&problems);
        dlb_suite_free(&suite);
    }
}

static const struct dlb_plan_device devices[] = {
    {.backend = "cpu", .id = "0", .host_threads = true},
    {.backend = "card", .id = "x-1", .once = true},
};
static const int threads[] = {1, 2};

/* Three problems, of which two are equal. */
static struct dlb_plan_axes axes_over(const struct dlb_problems *problems)
{
    return (struct dlb_plan_axes){.problems = problems,
                                  .device_count = 2,
                                  .devices = devices,
                                  .thread_count = 2,
                                  .threads = threads,
                                  .modes = 1 << DLB_MODE_LATENCY,
                                  .caches = 1 << DLB_CACHE_WARM | 1 << DLB_CACHE_COLD,
                                  .fills = 1 << DLB_FILL_RANDOM,
                                  .limit = 24};
}

static void test_build(void **state)
{
    (void)state;
    struct dlb_problems problems = {0};
    struct dlb_plan plan = {0};
    struct dlb_why why = {""};
    char key[DLB_CASE_KEY_SIZE];
    add_problem(&problems, "gemm:m=5", 2);
    add_problem(&problems, "gemm:m=7", 1);
    add_problem(&problems, "gemm:m=5", 3);
    const struct dlb_plan_axes axes = axes_over(&problems);
    assert_int_equal(dlb_plan_build(&axes, &plan, &why), DLB_OK);
    /* A problem: 2 thread counts on the CPU, 1 on the card, each warm and cold. */
    assert_int_equal(plan.count, 2 * 3 * 2);
    assert_int_equal(plan.duplicates, 3 * 2);
    assert_int_equal(plan.cases[0].occurrences, 5);
    assert_int_equal(plan.cases[6].occurrences, 1);
    assert_false(plan.cases[3].once);
    assert_true(plan.cases[4].once);
    dlb_case_key(&plan.cases[3], key, sizeof key);
    assert_non_null(strstr(key, "@cpu:0/t2/latency/cold/random"));
    dlb_case_key(&plan.cases[4], key, sizeof key);
    assert_non_null(strstr(key, "@card:x-1/t1/latency/warm/random"));
    for (int64_t i = 0; i < plan.count; i++) {
        struct dlb_case parsed;
        char again[DLB_CASE_KEY_SIZE];
        dlb_case_key(&plan.cases[i], key, sizeof key);
        assert_int_equal(dlb_case_parse(key, &parsed, &why), DLB_OK);
        dlb_case_key(&parsed, again, sizeof again);
        assert_string_equal(key, again);
    }
    dlb_plan_free(&plan);
    assert_int_equal(plan.count, 0);
    dlb_plan_free(&plan);
    dlb_problems_free(&problems);
}

/* A device that runs plain loops is the same with 1, 2 and 4 threads; a network does not grow by that. */
static void test_max_threads(void **state)
{
    (void)state;
    static const struct {
        int max_threads;
        int64_t count, duplicates;
    } rows[] = {{0, 4 * 2, 0}, {1, 2, 3 * 2}, {3, 3 * 2, 2}, {8, 4 * 2, 0}};
    static const int many[] = {1, 2, 3, 4};
    struct dlb_problems problems = {0};
    add_problem(&problems, "gemm:m=5", 2);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        const struct dlb_plan_device device = {.backend = "plain",
                                               .id = "0",
                                               .host_threads = true,
                                               .max_threads = rows[i].max_threads};
        struct dlb_plan_axes axes = axes_over(&problems);
        struct dlb_plan plan = {0};
        struct dlb_why why = {""};
        axes.device_count = 1;
        axes.devices = &device;
        axes.thread_count = 4;
        axes.threads = many;
        assert_int_equal(dlb_plan_build(&axes, &plan, &why), DLB_OK);
        assert_int_equal(plan.count, rows[i].count);
        assert_int_equal(plan.duplicates, rows[i].duplicates);
        assert_int_equal(plan.cases[0].occurrences, 2);
        dlb_plan_free(&plan);
    }
    dlb_problems_free(&problems);
}

static void test_limit(void **state)
{
    (void)state;
    struct dlb_problems problems = {0};
    struct dlb_plan plan = {0};
    struct dlb_why why = {""};
    for (int i = 0; i < 4; i++) {
        add_problem(&problems, "gemm", 1);
    }
    const struct dlb_plan_axes axes = axes_over(&problems);
    assert_int_equal(dlb_plan_build(&axes, &plan, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "32 cases"));
    assert_null(plan.cases);
    dlb_problems_free(&problems);
}

static void test_estimate(void **state)
{
    (void)state;
    const struct dlb_plan plan = {.count = 10};
    const struct dlb_sampling sampling = {.max_time_ns = 2e9, .warmup_ns = 0.2e9, .batch_ns = 5e6};
    const struct dlb_plan_estimate estimate = dlb_plan_estimate(&plan, &sampling, 3, 0);
    assert_true(estimate.least_s > 30 * 0.35 && estimate.least_s < 30 * 0.5);
    assert_true(estimate.most_s > 30 * 2.0 && estimate.most_s <= 30 * 3.0);
    const struct dlb_sampling brief = {.max_time_ns = 1e6, .warmup_ns = 0.2e9, .batch_ns = 5e6};
    assert_true(dlb_plan_estimate(&plan, &brief, 3, 0).least_s < 30 * 0.1);
    /* Cases that are skipped at once cost a start and no more. */
    const struct dlb_plan_estimate half = dlb_plan_estimate(&plan, &sampling, 3, 5);
    assert_true(half.most_s > estimate.most_s / 2 && half.most_s < estimate.most_s / 2 + 5 * 0.1);
    assert_true(half.least_s < estimate.least_s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selection), cmocka_unit_test(test_refused_selection),
        cmocka_unit_test(test_build),     cmocka_unit_test(test_max_threads),
        cmocka_unit_test(test_limit),     cmocka_unit_test(test_estimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
