/* test_check_stop.c: checks that end early: stopped, killed, out of budget; and what their files hold then. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "tests/unit/check_workers.h"

static void stopping_judges_what_is_there(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 3, CHECK_STEADY, NULL);
    bench.stop_after = 2;
    bench.stop_how = 1;
    assert_int_equal(check_bench_run(&bench), DLB_INTERRUPTED);
    assert_string_equal(bench.why.text, "stopped by the user");
    assert_int_equal(check_bench_asked(&bench, "a", "case"), 2); /* the pair at hand is finished */
    int measured = 0, untouched = 0;
    for (int i = 0; i < 3; i++) {
        const struct dlb_verdict_row *row = check_bench_row(&bench, i);
        const bool was_measured = row->pair_count > 0;
        measured += was_measured;
        untouched += row->verdict == DLB_VERDICT_NOT_MEASURED;
        assert_int_equal(row->verdict,
                         was_measured ? DLB_VERDICT_INCONCLUSIVE : DLB_VERDICT_NOT_MEASURED);
        assert_non_null(
            strstr(row->reason, was_measured ? "after 1 of 10 pairs" : "before it was"));
        assert_int_equal(bench.result.records[i].invocation_count, row->pair_count);
    }
    assert_int_equal(measured, 2);
    assert_int_equal(untouched, 1);
    assert_int_equal(bench.finished, 3);
    check_bench_close(&bench);
}

/* At once: the worker at hand is killed, and half a pair is none. */
static void stopping_now_drops_the_pair_at_hand(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY, "[ $n -lt 3 ] || exec sleep 60\n" CHECK_STEADY);
    bench.stop_after = 3;
    bench.stop_how = 2;
    const int64_t begin = dlb_clock_ns();
    assert_int_equal(check_bench_run(&bench), DLB_INTERRUPTED);
    assert_true(dlb_clock_ns() - begin < INT64_C(30000000000));
    int pairs = 0;
    for (int i = 0; i < 2; i++)
        pairs += check_bench_row(&bench, i)->pair_count;
    assert_int_equal(pairs, 2);
    check_bench_close(&bench);
}

/* Stopped in the second stage: what the first one cleared stays cleared, the candidate is open. */
static void stopping_in_stage_two_leaves_the_candidate_open(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY,
                     CHECK_STEADY "case $case in *m=5,*) median=$((median * 11 / 10)) ;; esac\n");
    bench.stop_after = 22;
    bench.stop_how = 1;
    assert_int_equal(check_bench_run(&bench), DLB_INTERRUPTED);
    assert_int_equal(check_bench_row(&bench, 0)->verdict, DLB_VERDICT_INCONCLUSIVE);
    assert_non_null(strstr(check_bench_row(&bench, 0)->reason, "pairs of stage 2"));
    assert_int_equal(check_bench_row(&bench, 0)->r2, 2);
    assert_int_equal(check_bench_row(&bench, 1)->verdict, DLB_VERDICT_PASS);
    check_bench_close(&bench);
}

/* Killed: nothing is saved at the end. The file from the beginning and the journal have every pair that was finished. */
static void a_killed_check_can_be_read(void **state)
{
    (void)state;
    struct check_bench bench;
    struct dlb_result back;
    check_bench_open(&bench, 2, CHECK_STEADY,
                     CHECK_STEADY "case $case in *m=6,*) kill -SEGV $$ ;; esac\n");
    assert_int_equal(dlb_journal_lock(bench.result_path, &bench.options.journal, &bench.why),
                     DLB_OK);
    assert_int_equal(dlb_journal_begin(bench.options.journal, bench.result.run_id, &bench.why),
                     DLB_OK);
    assert_int_equal(dlb_result_save(&bench.result, bench.result_path, &bench.why), DLB_OK);
    bench.options.result_path = bench.result_path;
    bench.stop_after = 6;
    bench.stop_how = 1;
    assert_int_equal(check_bench_run(&bench), DLB_INTERRUPTED);
    dlb_journal_close(bench.options.journal, false);
    if (dlb_result_load(bench.result_path, &back, &bench.why) != DLB_OK)
        fail_msg("%s", bench.why.text);
    assert_int_equal(back.record_count, 2);
    assert_int_equal(back.verdict_count, 2);
    for (int i = 0; i < 2; i++) {
        const struct dlb_verdict_row *row = &back.verdicts[i];
        const struct dlb_record *record = &back.records[strstr(row->key, "m=6,") != NULL];
        const struct dlb_verdict_row *known = check_bench_row(&bench, record == &back.records[1]);
        assert_string_equal(row->key, record->key);
        assert_int_equal(row->pair_count, known->pair_count);
        assert_int_equal(record->invocation_count, row->pair_count);
        for (int j = 0; j < row->pair_count; j++) {
            assert_true(row->pairs[j].a_ns == known->pairs[j].a_ns);
            assert_true(row->pairs[j].b_ns == record->invocations[j].median_ns);
        }
        assert_int_equal(row->verdict, record == &back.records[1] ? DLB_VERDICT_FAILED
                                                                  : DLB_VERDICT_NOT_MEASURED);
    }
    dlb_result_free(&back);
    check_bench_close(&bench);
}

static void wants_it_in_the_journal(void *user, const struct dlb_check_state *state,
                                    const struct dlb_verdict_row *row)
{
    struct check_bench *bench = user;
    struct dlb_result back;
    bool found = false;
    (void)state;
    if (row->verdict != DLB_VERDICT_FAILED)
        return; /* judged at the end, and told by the last save */
    bench->finished++;
    assert_int_equal(dlb_result_load(bench->result_path, &back, &bench->why), DLB_OK);
    for (int i = 0; i < back.verdict_count; i++)
        found = found || (strcmp(back.verdicts[i].key, row->key) == 0 &&
                          back.verdicts[i].verdict == row->verdict);
    assert_true(found);
    dlb_result_free(&back);
}

/* Killed right after it told a verdict: what the screen has said is on the disk. */
static void what_is_told_is_in_the_journal(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY,
                     CHECK_STEADY "case $case in *m=6,*) kill -SEGV $$ ;; esac\n");
    assert_int_equal(dlb_journal_lock(bench.result_path, &bench.options.journal, &bench.why),
                     DLB_OK);
    assert_int_equal(dlb_journal_begin(bench.options.journal, bench.result.run_id, &bench.why),
                     DLB_OK);
    assert_int_equal(dlb_result_save(&bench.result, bench.result_path, &bench.why), DLB_OK);
    bench.watch.finished = wants_it_in_the_journal;
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    assert_int_equal(bench.finished, 1);
    dlb_journal_close(bench.options.journal, true);
    check_bench_close(&bench);
}

/* A disk that is full, played by a limit on the size of files, ends no check; what is in the journal by then can be read. */
static void what_cannot_be_saved_is_measured_all_the_same(void **state)
{
    (void)state;
    struct check_bench bench;
    struct dlb_result back;
    struct rlimit before;
    check_bench_open(&bench, 2, CHECK_STEADY, NULL);
    assert_int_equal(dlb_journal_lock(bench.result_path, &bench.options.journal, &bench.why),
                     DLB_OK);
    assert_int_equal(dlb_journal_begin(bench.options.journal, bench.result.run_id, &bench.why),
                     DLB_OK);
    assert_int_equal(dlb_result_save(&bench.result, bench.result_path, &bench.why), DLB_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 32768, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const enum dlb_status status = check_bench_run(&bench);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    dlb_journal_close(bench.options.journal, false);
    assert_int_equal(status, DLB_OK);
    int pairs = 0, saved = 0;
    assert_int_equal(dlb_result_load(bench.result_path, &back, &bench.why), DLB_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(check_bench_row(&bench, i)->verdict, DLB_VERDICT_PASS);
        pairs += check_bench_row(&bench, i)->pair_count;
        saved += i < back.verdict_count ? back.verdicts[i].pair_count : 0;
    }
    assert_int_equal(pairs, 20);
    assert_true(saved > 0 && saved < pairs);
    dlb_result_free(&back);
    check_bench_close(&bench);
}

/* ---- what is left ---- */

static int64_t total_halfway;

static void note_total(void *user, const struct dlb_check_state *state)
{
    (void)user;
    if (state->done == 15)
        total_halfway = state->total;
}

/* Every pair is noisy, so each is tried thrice: that is foreseen, not found out at the end. */
static void what_is_left_counts_replacements(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, "echo '{\"event\":\"phase\",\"phase\":\"timing\"}'\nnoise=0.5\n",
                     NULL);
    bench.watch.tick = note_total;
    total_halfway = 0;
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    assert_int_equal(check_bench_row(&bench, 0)->pair_count, 30);
    assert_int_equal(total_halfway, 30);
    check_bench_close(&bench);
}

/* ---- budget: a pair takes at least 40 ms here; more on a busy machine, so only what must hold is asked ---- */

#define SLOW_PAIRS "sleep 0.02\n" CHECK_STEADY

static void without_pressure_a_budget_changes_nothing(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 2, CHECK_STEADY, NULL);
    bench.options.budget_s = 3600;
    bench.result.check = json_object();
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    for (int i = 0; i < 2; i++)
        assert_true(check_bench_row(&bench, i)->r1 == 10);
    const json_t *pairs = json_object_get(bench.result.check, "pairs");
    assert_int_equal(json_integer_value(json_object_get(pairs, "first")), 10);
    assert_int_equal(json_integer_value(json_object_get(pairs, "dropped_cases")), 0);
    check_bench_close(&bench);
}

/* An emulator answers for a model: its one pair takes long and says nothing of what others take. */
static void a_slow_model_takes_no_cases_away(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) { /* the order is another each time */
        struct check_bench bench;
        check_bench_open(&bench, 3, "case \"$case\" in *m=5,*) sleep 0.4 ;; esac\n" CHECK_STEADY,
                         NULL);
        bench.cases[0].once = true;
        bench.options.seed = seed;
        bench.options.budget_s = 6; /* 4.8 s for stage 1: seven such pairs do not fit */
        assert_int_equal(check_bench_run(&bench), DLB_OK);
        assert_int_equal(check_bench_row(&bench, 0)->r1, 1);
        assert_true(check_bench_row(&bench, 1)->r1 >= 7);
        assert_true(check_bench_row(&bench, 2)->r1 >= 7);
        check_bench_close(&bench);
    }
}

/* No time for anything: one case is measured in seven pairs all the same, the others are told. */
static void a_tiny_budget_keeps_one_case_and_seven_pairs(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 4, SLOW_PAIRS, NULL);
    bench.options.budget_s = 0.01;
    bench.result.check = json_object();
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    int measured = 0, dropped = 0;
    for (int i = 0; i < 4; i++) {
        const struct dlb_verdict_row *row = check_bench_row(&bench, i);
        measured += row->r1 == 7;
        if (row->verdict == DLB_VERDICT_NOT_MEASURED) {
            assert_non_null(strstr(row->reason, "the budget of 0.01 s is too short"));
            assert_int_equal(bench.result.records[i].status, DLB_SKIPPED);
            dropped++;
        }
    }
    assert_int_equal(measured, 1);
    assert_int_equal(dropped, 3);
    const json_t *pairs = json_object_get(bench.result.check, "pairs");
    assert_int_equal(json_integer_value(json_object_get(pairs, "first")), 7);
    assert_int_equal(json_integer_value(json_object_get(pairs, "dropped_cases")), 3);
    assert_int_equal(check_bench_asked(&bench, "a", "case"), 7);
    check_bench_close(&bench);
}

/* Seven pairs of two cases fit, ten of four do not. Whatever the machine's speed: all pairs at 40 ms at least, within what was
 * predicted; each case has all pairs of the rule as it was lowered, or is told as dropped. */
static void a_short_budget_lowers_pairs_before_cases(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 4, SLOW_PAIRS, NULL);
    bench.options.budget_s = 1.6; /* 0.8 of it: 32 pairs of 40 ms */
    bench.result.check = json_object();
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    const json_t *pairs = json_object_get(bench.result.check, "pairs");
    const int first = (int)json_integer_value(json_object_get(pairs, "first"));
    const int dropped = (int)json_integer_value(json_object_get(pairs, "dropped_cases"));
    assert_true(first >= 7 && (first < 10 || dropped > 0));
    int total = 0;
    for (int i = 0; i < 4; i++) {
        const struct dlb_verdict_row *row = check_bench_row(&bench, i);
        assert_true(row->verdict == DLB_VERDICT_NOT_MEASURED ? row->r1 < 10 : row->r1 >= first);
        total += row->pair_count;
    }
    assert_true(total <= 32);
    check_bench_close(&bench);
}

/* The first pair verifies and takes far longer than the others: at its price few cases would fit. On a machine so slow that even
 * seven pairs do not fit, the pairs are down to seven. */
static void a_long_first_pair_takes_no_cases_away(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 4, "[ $n -gt 4 ] || sleep 0.1\n" CHECK_STEADY, NULL);
    bench.options.budget_s =
        5; /* 4 s for stage 1: at the price of the first ones seven of each take 5.6 s */
    bench.result.check = json_object();
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    const json_t *pairs = json_object_get(bench.result.check, "pairs");
    const json_int_t dropped = json_integer_value(json_object_get(pairs, "dropped_cases"));
    assert_true(dropped == 0 || json_integer_value(json_object_get(pairs, "first")) == 7);
    int measured = 0;
    for (int i = 0; i < 4; i++) {
        const struct dlb_verdict_row *row = check_bench_row(&bench, i);
        measured += row->verdict != DLB_VERDICT_NOT_MEASURED;
        assert_true(dropped == 0 || row->r1 <= 7);
    }
    assert_int_equal(measured + dropped, 4);
    check_bench_close(&bench);
}

/* Which cases are dropped is the seed's choice alone. */
static void who_is_dropped_follows_the_seed(void **state)
{
    (void)state;
    int kept[8] = {0};
    bool differs = false;
    for (int seed = 0; seed < 8; seed++) {
        struct check_bench bench;
        check_bench_open(&bench, 4, SLOW_PAIRS, NULL);
        bench.options.budget_s = 0.01;
        bench.options.seed = (uint64_t)(seed / 2);
        bench.options.rule.first_pairs = 2;
        assert_int_equal(check_bench_run(&bench), DLB_OK);
        for (int i = 0; i < 4; i++)
            if (check_bench_row(&bench, i)->pair_count > 0)
                kept[seed] = i;
        differs = differs || kept[seed] != kept[0];
        assert_true(seed % 2 == 0 || kept[seed] == kept[seed - 1]);
        check_bench_close(&bench);
    }
    assert_true(differs);
}

/* The second stage ends with the budget, and says so. */
static void a_budget_ends_stage_two(void **state)
{
    (void)state;
    struct check_bench bench;
    check_bench_open(&bench, 1, CHECK_STEADY, "[ $n -le 10 ] || sleep 0.5\n" CHECK_SLOWER("100"));
    bench.options.budget_s = 3;
    assert_int_equal(check_bench_run(&bench), DLB_OK);
    const struct dlb_verdict_row *row = check_bench_row(&bench, 0);
    assert_int_equal(row->verdict, DLB_VERDICT_INCONCLUSIVE);
    if (strstr(row->reason, "the budget was over after") == NULL)
        fail_msg("%s", row->reason);
    assert_true(row->r1 >= 7 && row->r2 < 12);
    check_bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopping_judges_what_is_there),
        cmocka_unit_test(stopping_now_drops_the_pair_at_hand),
        cmocka_unit_test(stopping_in_stage_two_leaves_the_candidate_open),
        cmocka_unit_test(a_killed_check_can_be_read),
        cmocka_unit_test(what_is_told_is_in_the_journal),
        cmocka_unit_test(what_cannot_be_saved_is_measured_all_the_same),
        cmocka_unit_test(without_pressure_a_budget_changes_nothing),
        cmocka_unit_test(a_slow_model_takes_no_cases_away),
        cmocka_unit_test(what_is_left_counts_replacements),
        cmocka_unit_test(a_tiny_budget_keeps_one_case_and_seven_pairs),
        cmocka_unit_test(a_short_budget_lowers_pairs_before_cases),
        cmocka_unit_test(a_long_first_pair_takes_no_cases_away),
        cmocka_unit_test(who_is_dropped_follows_the_seed),
        cmocka_unit_test(a_budget_ends_stage_two),
    };
    return cmocka_run_group_tests_name("check_stop", tests, NULL, NULL);
}
