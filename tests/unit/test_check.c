/* test_check.c: pairs, stages and verdicts of a check, with scripts in the place of the two programs (check_workers.h). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/check_workers.h"

static int kept_pairs(const struct dlb_verdict_row *row, int stage)
{
    int kept = 0;
    for (int i = 0; i < row->pair_count; i++)
        kept += row->pairs[i].kept && row->pairs[i].stage == stage;
    return kept;
}

static void wants_verdict(const struct dlb_verdict_row *row, enum dlb_verdict verdict)
{
    if (row->verdict != verdict)
        fail_msg("%s: %s (%s), effect %g, p %g; wanted %s", row->key,
                 dlb_verdict_name(row->verdict), row->reason, row->effect, row->p,
                 dlb_verdict_name(verdict));
}

static void wants_reason(const struct dlb_verdict_row *row, const char *text)
{
    if (strstr(row->reason, text) == NULL)
        fail_msg("%s: the reason lacks '%s': %s", row->key, text, row->reason);
}

static void equal_programs_pass_in_ten_pairs(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 3, CHECK_STEADY, NULL);
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    assert_int_equal(bench.finished, 3);
    assert_int_equal(check_bench_asked(&bench, "a", "case"), 30);
    assert_int_equal(check_bench_asked(&bench, "b", "case"), 30);
    for (int i = 0; i < 3; i++) {
        const struct dlb_verdict_row *row = check_bench_row(&bench, i);
        const struct dlb_record *record = &bench.result.records[i];
        wants_verdict(row, DLB_VERDICT_PASS);
        assert_string_equal(row->reason, "");
        assert_string_equal(row->mode, "paired");
        assert_true(row->r1 == 10 && row->r2 == 0 && row->stage == 1 && row->pair_count == 10);
        assert_true(row->ci_lo < 0 && row->ci_hi > 0 && isnan(row->p_holm));
        assert_true(row->tolerance == 0.03 && !row->slowdown);
        assert_int_equal(record->status, DLB_OK);
        assert_int_equal(record->invocation_count, 10);
        assert_true(record->verified.checked);
        assert_true(record->summary.median_ns == row->median_b_ns);
        assert_false(dlb_record_has_flag(record, "noisy"));
    }
    check_bench_close(&bench);
}

/* A pair's two processes are neighbours, and half of a case's pairs begin with B: a drift that is straight falls out. */
static void pairs_are_neighbours_and_alternate(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY, NULL);
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    char *log = check_bench_read(&bench, "log");
    assert_int_equal(strlen(log), 40);
    for (int i = 0; i < 40; i += 2)
        assert_true(log[i] != log[i + 1]);
    free(log);
    for (int i = 0; i < 2; i++) {
        const struct dlb_verdict_row *row = check_bench_row(&bench, i);
        int b_first = 0;
        for (int j = 0; j < row->pair_count; j++)
            b_first += row->pairs[j].b_first;
        assert_int_equal(b_first, 5);
        for (int j = 1; j < row->pair_count; j++)
            assert_true(row->pairs[j].b_first != row->pairs[j - 1].b_first);
    }
    check_bench_close(&bench);
}

/* One of three is slower by a tenth: only it is measured again, and only the fresh pairs decide. */
static void a_slower_case_is_found(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 3, CHECK_STEADY,
                     CHECK_STEADY "case $case in *m=6,*) median=$((median * 11 / 10)) ;; esac\n");
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    for (int i = 0; i < 3; i++)
        wants_verdict(check_bench_row(&bench, i),
                      i == 1 ? DLB_VERDICT_REGRESSED : DLB_VERDICT_PASS);
    const struct dlb_verdict_row *row = check_bench_row(&bench, 1);
    assert_true(row->effect > 0.08 && row->effect < 0.12);
    assert_true(row->ci_lo > 0.05 && row->ci_hi < 0.15 && row->p_holm <= 0.01);
    assert_int_equal(row->stage, 2);
    assert_true(row->r1 == 10 && row->r2 >= 12 && row->r2 == kept_pairs(row, 2));
    assert_int_equal(bench.result.records[1].invocation_count, row->r1 + row->r2);
    assert_int_equal(check_bench_asked(&bench, "a", "case"), 30 + row->r2);
    assert_true(fabs(row->median_b_ns / row->median_a_ns - 1.1) < 0.02);
    check_bench_close(&bench);
}

static void faster_and_slightly_slower_have_words_of_their_own(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY,
                     CHECK_STEADY "case $case in *m=5,*) median=$((median * 9 / 10)) ;;\n"
                                  "*) median=$((median * 1025 / 1000)) ;; esac\n");
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    wants_verdict(check_bench_row(&bench, 0), DLB_VERDICT_IMPROVED);
    wants_verdict(check_bench_row(&bench, 1), DLB_VERDICT_SLOWER_WITHIN_TOLERANCE);
    check_bench_close(&bench);
}

/* Noise on both sides alike: pairs are replaced whole, in the same order of the sides, and both processes are counted. */
static void noisy_pairs_are_replaced(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY "[ $((n % 4)) -ne 0 ] || noise=0.5\n", NULL);
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    for (int i = 0; i < 2; i++) {
        const struct dlb_verdict_row *row = check_bench_row(&bench, i);
        wants_verdict(row, DLB_VERDICT_PASS);
        assert_int_equal(row->r1, 10);
        assert_true(row->pair_count > 10 && row->pair_count <= 30);
        assert_true(row->rejected_a > 0 && row->rejected_b > 0);
        assert_false(dlb_record_has_flag(&bench.result.records[i], "noisy"));
        for (int j = 1; j < row->pair_count; j++)
            assert_int_equal(row->pairs[j].b_first, row->pairs[j - 1].kept
                                                        ? !row->pairs[j - 1].b_first
                                                        : row->pairs[j - 1].b_first);
    }
    check_bench_close(&bench);
}

static void without_gates_nothing_is_replaced(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, CHECK_STEADY "noise=0.5\n", NULL);
    bench.options.gates = false;
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    wants_verdict(check_bench_row(&bench, 0), DLB_VERDICT_PASS);
    assert_int_equal(check_bench_row(&bench, 0)->pair_count, 10);
    assert_int_equal(check_bench_row(&bench, 0)->rejected_a, 0);
    check_bench_close(&bench);
}

/* Twice as many extra pairs, then the least noisy ones have to do, and the answer is no clear one. */
static void a_machine_that_is_never_quiet_gives_no_pass(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, CHECK_STEADY "noise=0.$((10 + n))\n", NULL);
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    const struct dlb_verdict_row *row = check_bench_row(&bench, 0);
    const struct dlb_record *record = &bench.result.records[0];
    wants_verdict(row, DLB_VERDICT_INCONCLUSIVE);
    wants_reason(row, "only 0 of 30 pairs were quiet");
    assert_true(row->pair_count == 30 && row->rejected_a == 30 && row->rejected_b == 30);
    assert_int_equal(kept_pairs(row, 1), 10);
    for (int i = 0; i < 30; i++) /* the noise grows with time */
        assert_int_equal(row->pairs[i].kept, i < 10);
    assert_true(dlb_record_has_flag(record, "noisy"));
    assert_true(isfinite(row->effect) && isfinite(record->summary.median_ns));
    check_bench_close(&bench);
}

/* Gates that look at one side only may hide what they should show. */
static void one_sided_noise_is_not_blind(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, CHECK_STEADY, CHECK_STEADY "[ $((n % 3)) -eq 0 ] || noise=0.5\n");
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    const struct dlb_verdict_row *row = check_bench_row(&bench, 0);
    wants_verdict(row, DLB_VERDICT_INCONCLUSIVE);
    wants_reason(row, "not blind: the gates rejected a in 0 of");
    assert_true(row->rejected_a == 0 && row->rejected_b >= 18);
    assert_true(dlb_record_has_flag(&bench.result.records[0], "gate_not_blind"));
    check_bench_close(&bench);
}

/* Each way in which a side has no time, and what the check calls it. */
static void sides_without_a_time_have_their_words(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        enum dlb_verdict verdict;
        const char *words;
        bool neither;
    } rows[] = {
        {"", "kill -SEGV $$", DLB_VERDICT_FAILED, "a: ok; b: crashed: SIGSEGV", false},
        {"kill -ABRT $$", "", DLB_VERDICT_FAILED, "a: crashed: SIGABRT", false},
        {"", "answer wrong 'element 3 is 7'", DLB_VERDICT_FAILED, "element 3 is 7", false},
        {"answer oom 'what?'", "", DLB_VERDICT_FAILED, "unknown status 'oom'", false},
        {"answer failed x", "answer invalid y", DLB_VERDICT_FAILED, "a: x; b: y", false},
        {"answer invalid 'no workload attention'", "", DLB_VERDICT_NEW, "a: no workload attention",
         false},
        {"answer unsupported 'no bf16'", "", DLB_VERDICT_NEW, "no bf16; b: ok", false},
        {"answer unavailable 'no such backend'", "", DLB_VERDICT_NEW, "no such backend", false},
        {"", "answer unsupported 'no bf16'", DLB_VERDICT_MISSING, "a: ok; b: no bf16", false},
        {"", "answer invalid 'gone'", DLB_VERDICT_MISSING, "b: gone", false},
        {"", "answer unavailable 'libx.so'", DLB_VERDICT_FAILED, "libx.so", false},
        {"answer unsupported p", "answer unsupported q", DLB_VERDICT_NOT_MEASURED, "a: p; b: q",
         true},
        {"answer unsupported p", "answer unavailable q", DLB_VERDICT_NOT_MEASURED,
         "b: unavailable: q", true},
        {"", "answer skipped 'over budget'", DLB_VERDICT_NOT_MEASURED, "over budget", false},
        {"", "median=0", DLB_VERDICT_FAILED, "without a time", false},
        {"", "evidence=simulated", DLB_VERDICT_INCOMPARABLE, "a: measured, b: simulated", false},
        {"", "more='\"cold_downgraded\":true,'", DLB_VERDICT_INCOMPARABLE, "cold caches", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_bench bench;
        check_bench_open(&bench, 1, rows[i].a, rows[i].b);
        assert_int_equal(check_bench_run(&bench), DLB_OK);
        wants_verdict(check_bench_row(&bench, 0), rows[i].verdict);
        wants_reason(check_bench_row(&bench, 0), rows[i].words);
        assert_int_equal(check_bench_row(&bench, 0)->neither, rows[i].neither);
        assert_int_equal(bench.finished, 1);
        assert_int_equal(check_bench_asked(&bench, "a", "case"), 1);
        assert_int_equal(check_bench_asked(&bench, "b", "case"), 1);
        check_bench_close(&bench);
    }
}

/* A device that only the old side lists is no failure of the new one. */
static void a_device_that_is_gone_is_missing(void **state)
{
    (void)state;
    static const char *const gone[] = {"reference:0"};
    struct check_bench bench;
    check_bench_open(&bench, 1, "", "answer unavailable 'no such backend'");
    bench.options.gone = gone;
    bench.options.gone_count = 1;
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    wants_verdict(check_bench_row(&bench, 0), DLB_VERDICT_MISSING);
    wants_reason(check_bench_row(&bench, 0), "a: ok; b: unavailable: no such backend");
    check_bench_close(&bench);
}

/* The option stretches b's processes of the cases that it names, and nobody else's. */
static void a_slowdown_is_asked_of_b_alone(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY, NULL);
    bench.options.slowdown = "50%:*m=6,*";
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    assert_int_equal(check_bench_asked(&bench, "a", "\"slowdown\":1.5"), 0);
    assert_int_equal(check_bench_asked(&bench, "b", "\"slowdown\":1.5"), 10);
    assert_false(check_bench_row(&bench, 0)->slowdown);
    assert_true(check_bench_row(&bench, 1)->slowdown);
    check_bench_close(&bench);
}

/* What both sides say is said once. */
static void equal_reasons_are_one(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *reason;
    } rows[] = {{"answer unsupported 'no bf16'", "no bf16"},
                {"answer skipped 'over budget'", "both sides: over budget"},
                {"kill -SEGV $$", "both sides: crashed: SIGSEGV in start"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_bench bench;
        check_bench_open(&bench, 1, rows[i].answer, rows[i].answer);
        assert_int_equal(check_bench_run(&bench), DLB_OK);
        assert_string_equal(check_bench_row(&bench, 0)->reason, rows[i].reason);
        check_bench_close(&bench);
    }
}

/* The others go on, and a side that fails late has failed. */
static void a_late_failure_ends_its_case_alone(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY,
                     CHECK_STEADY "case $case$n in *m=5,*[6-9]) kill -SEGV $$ ;; esac\n");
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    wants_verdict(check_bench_row(&bench, 0), DLB_VERDICT_FAILED);
    wants_verdict(check_bench_row(&bench, 1), DLB_VERDICT_PASS);
    assert_true(check_bench_row(&bench, 0)->pair_count < 10);
    assert_int_equal(bench.result.records[0].status, DLB_CRASHED);
    assert_int_equal(bench.finished, 2);
    check_bench_close(&bench);
}

/* What is computed is the same in every process: one is enough, and no test has to guess. */
static void predictions_are_compared_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *b;
        enum dlb_verdict verdict;
        double effect;
    } rows[] = {
        {"", DLB_VERDICT_PASS, 0},
        {"median=1000000.0000001", DLB_VERDICT_PASS, 1e-13},
        {"median=1000010", DLB_VERDICT_SLOWER_WITHIN_TOLERANCE, 1e-5},
        {"median=990000", DLB_VERDICT_FASTER_WITHIN_TOLERANCE, -0.01},
        {"median=1200000", DLB_VERDICT_REGRESSED, 0.2},
        {"median=500000", DLB_VERDICT_IMPROVED, -0.5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_bench bench;
        char rules[96];
        check_bench_open(&bench, 2, "evidence=modelled", NULL);
        check_bench_close(&bench);
        snprintf(rules, sizeof rules, "evidence=modelled\n%s", rows[i].b);
        check_bench_open(&bench, 2, "evidence=modelled", rules);
        bench.cases[0].once = bench.cases[1].once = true;
        assert_int_equal(check_bench_run(&bench), DLB_OK);
        for (int j = 0; j < 2; j++) {
            const struct dlb_verdict_row *row = check_bench_row(&bench, j);
            wants_verdict(row, rows[i].verdict);
            assert_true(fabs(row->effect - rows[i].effect) < 1e-9 && row->ci_lo == row->effect);
            assert_true(isnan(row->p) && row->r1 == 1 && row->pair_count == 1);
            assert_true(dlb_record_has_flag(&bench.result.records[j], "modelled"));
        }
        assert_int_equal(check_bench_asked(&bench, "a", "case"), 2);
        check_bench_close(&bench);
    }
}

static void an_emulator_is_not_compared(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, "evidence=emulated", "evidence=emulated\nmedian=7");
    bench.cases[0].once = true;
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    wants_verdict(check_bench_row(&bench, 0), DLB_VERDICT_INCOMPARABLE);
    wants_reason(check_bench_row(&bench, 0), "say nothing of the device");
    check_bench_close(&bench);
}

static void other_implementations_stay_comparable_and_are_told(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, CHECK_STEADY "implementation=avx2",
                     CHECK_STEADY "implementation=avx512");
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    wants_verdict(check_bench_row(&bench, 0), DLB_VERDICT_PASS);
    wants_reason(check_bench_row(&bench, 0), "implementation: a avx2, b avx512");
    check_bench_close(&bench);
}

/* Another version of a workload is another problem, however alike the times; an old worker that tells none is compared. */
static void other_versions_of_a_workload_are_incomparable(void **state)
{
    (void)state;
    const struct {
        const char *a, *b;
        enum dlb_verdict verdict;
        const char *reason; /* NULL: none */
    } rows[] = {
        {"more='\"version_hash\":\"11\",'", "more='\"version_hash\":\"22\",'",
         DLB_VERDICT_INCOMPARABLE, "their versions of the workload differ (a: 11, b: 22)"},
        {"more='\"version_hash\":\"11\",'", "more='\"version_hash\":\"11\",'", DLB_VERDICT_PASS,
         NULL},
        {"", "more='\"version_hash\":\"22\",'", DLB_VERDICT_PASS, NULL},
        {"more='\"version_hash\":\"11\",'", "", DLB_VERDICT_PASS, NULL},
    };
    for (int i = 0; i < 2 * (int)(sizeof rows / sizeof rows[0]); i++) {
        struct check_bench bench;
        char a[192], b[192];
        const bool once = i % 2 != 0; /* what is compared exactly, too: to the last bit */
        snprintf(a, sizeof a, "%s%s", once ? "" : CHECK_STEADY, rows[i / 2].a);
        snprintf(b, sizeof b, "%s%s", once ? "" : CHECK_STEADY, rows[i / 2].b);
        check_bench_open(&bench, 1, a, b);
        bench.cases[0].once = once;
        assert_int_equal(check_bench_run(&bench), DLB_OK);
        const struct dlb_verdict_row *row = check_bench_row(&bench, 0);
        wants_verdict(row, rows[i / 2].verdict);
        if (rows[i / 2].reason != NULL) {
            wants_reason(row, rows[i / 2].reason);
            assert_int_equal(check_bench_asked(&bench, "a", "case"), 1); /* no pairs in vain */
        } else {
            assert_string_equal(row->reason, "");
        }
        check_bench_close(&bench);
    }
}

static void a_slowdown_is_told_in_the_row(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, CHECK_STEADY, CHECK_SLOWER("100") "more='\"slowdown\":1.1,'");
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    wants_verdict(check_bench_row(&bench, 0), DLB_VERDICT_REGRESSED);
    assert_true(check_bench_row(&bench, 0)->slowdown);
    assert_true(dlb_record_has_flag(&bench.result.records[0], "slowdown"));
    check_bench_close(&bench);
}

/* Both sides can do without verification: then each stage begins with it and goes on without. */
static void answers_are_verified_once_a_stage(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, CHECK_STEADY, CHECK_SLOWER("200"));
    bench.options.a.about =
        json_pack("{s:i, s:i, s:b}", "protocol", 1, "protocol_oldest", 1, "verifies_on_demand", 1);
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    assert_int_equal(check_bench_asked(&bench, "a", "\"unverified\":false"), 2);
    assert_int_equal(check_bench_asked(&bench, "b", "\"unverified\":false"), 2);
    assert_true(check_bench_asked(&bench, "b", "\"unverified\":true") >= 9 + 11);
    json_decref(bench.options.a.about);
    check_bench_close(&bench);
    /* a side that verifies in any case would have other processes than the other one */
    check_bench_open(&bench, 1, CHECK_STEADY, NULL);
    bench.options.a.about =
        json_pack("{s:i, s:i, s:b}", "protocol", 1, "protocol_oldest", 1, "verifies_on_demand", 0);
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    assert_int_equal(check_bench_asked(&bench, "b", "\"unverified\":true"), 0);
    json_decref(bench.options.a.about);
    check_bench_close(&bench);
}

static void the_order_follows_the_seed(void **state)
{
    (void)state;
    char *logs[3];
    for (int i = 0; i < 3; i++) {
        struct check_bench bench;
        check_bench_open(&bench, 3, "echo \"$case\" >>order\n" CHECK_STEADY, NULL);
        bench.options.seed = i < 2 ? 5 : 6;
        assert_int_equal(check_bench_run(&bench), DLB_OK);
        logs[i] = check_bench_read(&bench, "order");
        check_bench_close(&bench);
    }
    assert_string_equal(logs[0], logs[1]);
    assert_string_not_equal(logs[0], logs[2]);
    for (int i = 0; i < 3; i++)
        free(logs[i]);
}

static void no_cases_are_no_problem(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 0, CHECK_STEADY, NULL);
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    assert_int_equal(bench.result.verdict_count, 0);
    check_bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_programs_pass_in_ten_pairs),
        cmocka_unit_test(pairs_are_neighbours_and_alternate),
        cmocka_unit_test(a_slower_case_is_found),
        cmocka_unit_test(faster_and_slightly_slower_have_words_of_their_own),
        cmocka_unit_test(noisy_pairs_are_replaced),
        cmocka_unit_test(without_gates_nothing_is_replaced),
        cmocka_unit_test(a_machine_that_is_never_quiet_gives_no_pass),
        cmocka_unit_test(one_sided_noise_is_not_blind),
        cmocka_unit_test(sides_without_a_time_have_their_words),
        cmocka_unit_test(a_device_that_is_gone_is_missing),
        cmocka_unit_test(a_slowdown_is_asked_of_b_alone),
        cmocka_unit_test(equal_reasons_are_one),
        cmocka_unit_test(a_late_failure_ends_its_case_alone),
        cmocka_unit_test(predictions_are_compared_exactly),
        cmocka_unit_test(an_emulator_is_not_compared),
        cmocka_unit_test(other_implementations_stay_comparable_and_are_told),
        cmocka_unit_test(other_versions_of_a_workload_are_incomparable),
        cmocka_unit_test(a_slowdown_is_told_in_the_row),
        cmocka_unit_test(answers_are_verified_once_a_stage),
        cmocka_unit_test(the_order_follows_the_seed),
        cmocka_unit_test(no_cases_are_no_problem),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
