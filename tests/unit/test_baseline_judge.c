/* test_baseline_judge.c: a run judged against past sessions: the figures worked by hand, and what is said where nothing is compared. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/stats/prediction.h"
#include "tests/unit/baseline_sample.h"

static struct dlb_baseline_judgement judge(const struct dlb_baseline *baseline,
                                           const struct dlb_result *result)
{
    struct dlb_baseline_judgement judgement;
    struct dlb_why why = {""};
    assert_int_equal(dlb_baseline_judge(baseline, result, &dlb_rule_default, &judgement, &why),
                     DLB_OK);
    return judgement;
}

static void assert_reason(const struct dlb_verdict_row *row, enum dlb_verdict verdict,
                          const char *words)
{
    if (row->verdict != verdict || strstr(row->reason, words) == NULL)
        fail_msg("%s: %s '%s', wanted %s '%s'", row->key, dlb_verdict_name(row->verdict),
                 row->reason, dlb_verdict_name(verdict), words);
}

static void a_slower_session_regresses(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    baseline_make(&baseline, 8);
    baseline_make_run(&result, 9, 1150, 50.5);
    struct dlb_baseline_judgement judgement = judge(&baseline, &result);
    assert_int_equal(judgement.count, 2);
    assert_int_equal(judgement.gating, 2);
    const struct dlb_verdict_row *row = &judgement.rows[0];
    assert_int_equal(row->verdict, DLB_VERDICT_REGRESSED);
    assert_string_equal(row->mode, "history");
    /* Four sessions of 1000, four of 1020: their geometric mean; each logarithm is ln(1.02)/2 from it, so that the squares sum up to
     * 8 (ln(1.02)/2)^2 and s^2 is that by 7. */
    const double mean = sqrt(1000.0 * 1020.0);
    const double sd = log(1.02) / 2 * sqrt(8.0 / 7);
    baseline_near(row->median_a_ns, mean);
    baseline_near(row->median_b_ns, 1150);
    baseline_near(row->effect, 1150 / mean - 1);
    baseline_near(row->sd_pair, sd);
    const double t = log(1150 / mean) / (sd * sqrt(1 + 1.0 / 8));
    baseline_near(row->p, dlb_t_cdf(-t, 7));
    baseline_near(row->p_holm, 2 * row->p);
    assert_true(row->p < 0.005);
    baseline_near(row->mde90, expm1((dlb_t_quantile(1 - 0.01 / 2, 7) + dlb_t_quantile(0.9, 7)) *
                                    sd * sqrt(1 + 1.0 / 8)));
    assert_int_equal(row->r1, 8);
    assert_reason(&judgement.rows[1], DLB_VERDICT_PASS, "");
    assert_int_equal(json_array_size(judgement.warnings), 0);
    dlb_baseline_judgement_free(&judgement);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

/* With sessions this alike (0.05 % apart) a change of 2 % is found, and tolerated. */
static void small_changes_are_tolerated(void **state)
{
    (void)state;
    static const struct {
        double now;
        enum dlb_verdict verdict;
    } rows[] = {
        {1020, DLB_VERDICT_SLOWER_WITHIN_TOLERANCE},
        {1035, DLB_VERDICT_REGRESSED},
        {980, DLB_VERDICT_FASTER_WITHIN_TOLERANCE},
        {960, DLB_VERDICT_IMPROVED},
        {1000.2, DLB_VERDICT_PASS},
        {970.5, DLB_VERDICT_IMPROVED},
        {1000.2, DLB_VERDICT_PASS},
    };
    struct dlb_baseline baseline;
    dlb_baseline_init(&baseline);
    for (int i = 1; i <= 9; i++) {
        struct dlb_result result;
        baseline_make_run(&result, i, 1000 + 0.5 * (i % 3 - 1), 0);
        baseline_add(&baseline, &result);
        dlb_result_free(&result);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_result result;
        baseline_make_run(&result, 20, rows[i].now, 0);
        struct dlb_baseline_judgement judgement = judge(&baseline, &result);
        assert_reason(&judgement.rows[0], rows[i].verdict, "");
        dlb_baseline_judgement_free(&judgement);
        dlb_result_free(&result);
    }
    dlb_baseline_free(&baseline);
}

static void few_or_restless_sessions_decide_nothing(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    baseline_make(&baseline, 5);
    baseline_make_run(&result, 9, 3000, 50.5);
    struct dlb_baseline_judgement judgement = judge(&baseline, &result);
    assert_int_equal(judgement.gating, 0);
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCONCLUSIVE, "5 of 8 sessions");
    assert_true(judgement.rows[0].effect > 1.9);
    assert_true(dlb_verdict_lacks_sessions(&judgement.rows[0]));
    assert_true(judgement.rows[0].mde90 > 0.03);
    dlb_baseline_judgement_free(&judgement);
    dlb_baseline_free(&baseline);

    baseline_make(&baseline, 1); /* of one there is no spread: nothing is promised */
    judgement = judge(&baseline, &result);
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCONCLUSIVE, "1 of 8 sessions");
    assert_true(isnan(judgement.rows[0].mde90));
    dlb_baseline_judgement_free(&judgement);
    dlb_baseline_free(&baseline);

    dlb_baseline_init(&baseline); /* sessions that differ by a third */
    for (int i = 1; i <= 10; i++) {
        struct dlb_result past;
        baseline_make_run(&past, i, i % 2 != 0 ? 1000 : 1400, 50);
        baseline_add(&baseline, &past);
        dlb_result_free(&past);
    }
    judgement = judge(&baseline, &result);
    assert_int_equal(judgement.gating, 2);
    dlb_baseline_judgement_free(&judgement);
    result.records[0].invocations[0].median_ns = 1300;
    dlb_record_summarise(&result.records[0]);
    judgement = judge(&baseline, &result);
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCONCLUSIVE, "sessions differ too much");
    assert_false(dlb_verdict_lacks_sessions(&judgement.rows[0]));
    dlb_baseline_judgement_free(&judgement);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

/* Eight sessions as far apart as `sd` says, in turns above and below 1 ms; the new one at the mean. */
static void judge_sessions(double sd, double now, double rated, const char *flag,
                           struct dlb_baseline_judgement *judgement)
{
    struct dlb_baseline baseline;
    struct dlb_result result;
    struct dlb_rule rule = dlb_rule_default;
    struct dlb_why why = {""};
    rule.rated = rated;
    dlb_baseline_init(&baseline);
    for (int i = 1; i <= 8; i++) {
        baseline_make_run(&result, i, 1e6 * exp((i % 2 != 0 ? sd : -sd) * sqrt(7.0 / 8)), 0);
        baseline_add(&baseline, &result);
        dlb_result_free(&result);
    }
    baseline_make_run(&result, 20, now, 0);
    if (flag != NULL)
        dlb_record_flag(&result.records[0], flag);
    assert_int_equal(dlb_baseline_judge(&baseline, &result, &rule, judgement, &why), DLB_OK);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

/* sd 1.09 %: (2.998 + 1.415) * 1.09 % * sqrt(1 + 1/8) = 5.1 % in logarithms, though the interval ends at 2.7 %. */
static void a_pass_could_have_seen_the_rated_change(void **state)
{
    (void)state;
    struct dlb_baseline_judgement judgement;
    judge_sessions(0.0109, 1e6, 0.05, NULL, &judgement);
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCONCLUSIVE, "slowdown of 5.2% or more");
    assert_true(judgement.rows[0].ci_hi < 0.03);
    dlb_baseline_judgement_free(&judgement);
    judge_sessions(0.0109, 1e6, 0.06, NULL, &judgement);
    assert_reason(&judgement.rows[0], DLB_VERDICT_PASS, "");
    dlb_baseline_judgement_free(&judgement);
}

/* A coarse timer gives all sessions one time: the tolerance decides, unless one tick is as large. */
static void sessions_without_spread(void **state)
{
    (void)state;
    static const struct {
        double now, rated;
        const char *flag;
        enum dlb_verdict verdict;
        const char *reason;
    } rows[] = {
        {2e6, 0.05, NULL, DLB_VERDICT_REGRESSED, ""},
        {1.031e6, 0.05, NULL, DLB_VERDICT_REGRESSED, ""},
        {1.029e6, 0.05, NULL, DLB_VERDICT_PASS, ""},
        {1e6, 0.05, NULL, DLB_VERDICT_PASS, ""},
        {0.975e6, 0.05, NULL, DLB_VERDICT_PASS, ""},
        {0.9e6, 0.05, NULL, DLB_VERDICT_IMPROVED, ""},
        {1e6, 0.02, NULL, DLB_VERDICT_INCONCLUSIVE, "exactly the same time"},
        {2e6, 0.05, "timer_limited", DLB_VERDICT_INCONCLUSIVE, "steps of the timer"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_baseline_judgement judgement;
        judge_sessions(0, rows[i].now, rows[i].rated, rows[i].flag, &judgement);
        assert_reason(&judgement.rows[0], rows[i].verdict, rows[i].reason);
        assert_true(rows[i].flag != NULL || fabs(judgement.rows[0].mde90 - 0.03) < 1e-12);
        dlb_baseline_judgement_free(&judgement);
    }
}

static void a_run_is_not_judged_by_itself(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    baseline_make(&baseline, 8);
    baseline_make_run(&result, 8, 1020, 51); /* the last session once more */
    struct dlb_baseline_judgement judgement = judge(&baseline, &result);
    assert_int_equal(judgement.gating, 0);
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCONCLUSIVE, "7 of 8 sessions");
    dlb_baseline_judgement_free(&judgement);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

/* One part of the key after the other differs: each is named, and nothing is compared. */
static void hard_parts_are_never_compared_across(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        const char *value, *words;
    } rows[] = {
        {offsetof(struct dlb_record, version_hash), "feed",
         "version_hash 00c0ffee00c0ffee, now feed"},
        {offsetof(struct dlb_record, implementation), "jit",
         "implementation made_up:avx2, now jit"},
        {offsetof(struct dlb_record, layout), "nhwc", "layout plain, now nhwc"},
        {offsetof(struct dlb_record, direction), "bwd", "direction forward, now bwd"},
        {offsetof(struct dlb_record, evidence), "modelled", "evidence measured, now modelled"},
    };
    struct dlb_baseline baseline;
    baseline_make(&baseline, 8);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_result result;
        baseline_make_run(&result, 9, 1150, 0);
        strcpy((char *)&result.records[0] + rows[i].offset, rows[i].value);
        struct dlb_baseline_judgement judgement = judge(&baseline, &result);
        assert_int_equal(judgement.count, 2);
        assert_reason(&judgement.rows[0], DLB_VERDICT_INCOMPARABLE, rows[i].words);
        assert_true(isnan(judgement.rows[0].effect));
        assert_reason(&judgement.rows[1], DLB_VERDICT_MISSING, "not in this run");
        dlb_baseline_judgement_free(&judgement);
        dlb_result_free(&result);
    }
    dlb_baseline_free(&baseline);
}

/* Threads, cache and the like stand in the key: the case of the same problem is found all the same, and what differs is named. */
static void other_circumstances_are_named(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    baseline_make(&baseline, 8);
    baseline_make_run(&result, 9, 1150, 50);
    struct dlb_record *record = &result.records[0];
    record->threads = 4;
    strcpy(record->cache_state, "cold");
    snprintf(record->key, sizeof record->key, BASELINE_GEMM "@onednn:0/t4/throughput/cold/random");
    struct dlb_baseline_judgement judgement = judge(&baseline, &result);
    assert_int_equal(judgement.count, 2);
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCOMPARABLE, "threads 2, now 4");
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCOMPARABLE, "cache_state warm, now cold");
    assert_int_equal(judgement.gating, 1);
    dlb_baseline_judgement_free(&judgement);
    /* Cold was asked for and could not be had. */
    strcpy(record->key, "k");
    record->threads = 2;
    dlb_record_flag(record, "cold_downgraded");
    judgement = judge(&baseline, &result);
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCOMPARABLE, "now not-cold");
    dlb_baseline_judgement_free(&judgement);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

static void other_processors_are_named(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    baseline_make(&baseline, 8);
    baseline_make_run(&result, 9, 1150, 50);
    json_object_set_new(json_array_get(result.devices, 0), "name", json_string("Xeon"));
    struct dlb_baseline_judgement judgement = judge(&baseline, &result);
    assert_reason(&judgement.rows[0], DLB_VERDICT_INCOMPARABLE, "device EPYC, now Xeon");
    assert_reason(&judgement.rows[1], DLB_VERDICT_INCOMPARABLE, "device EPYC, now Xeon");
    dlb_baseline_judgement_free(&judgement);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

static void soft_parts_warn(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    baseline_make(&baseline, 8);
    baseline_make_run(&result, 9, 1150, 50.5);
    json_object_set_new(result.host, "kernel", json_string("6.5.0"));
    json_object_set_new(result.host, "governor", json_string("powersave")); /* not known before */
    json_object_set_new(json_array_get(result.devices, 0), "runtime",
                        json_string("oneDNN 3.2.1 (gomp)"));
    struct dlb_baseline_judgement judgement = judge(&baseline, &result);
    assert_int_equal(json_array_size(judgement.warnings), 2);
    assert_string_equal(json_string_value(json_array_get(judgement.warnings, 0)),
                        "kernel: 6.1.0 in the last session, now 6.5.0");
    assert_string_equal(
        json_string_value(json_array_get(judgement.warnings, 1)),
        "onednn:0 runtime: oneDNN 3.2.0 (gomp) in the last session, now oneDNN 3.2.1 (gomp)");
    assert_reason(&judgement.rows[0], DLB_VERDICT_REGRESSED,
                  "changed since the last session: kernel, runtime");
    assert_string_equal(judgement.rows[1].reason, ""); /* what passes needs no excuse */
    dlb_baseline_judgement_free(&judgement);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

static void outcomes_are_told(void **state)
{
    (void)state;
    static const struct {
        enum dlb_status status;
        enum dlb_verdict verdict;
        const char *words;
    } rows[] = {
        {DLB_CRASHED, DLB_VERDICT_FAILED, "crashed: why"},
        {DLB_UNSUPPORTED, DLB_VERDICT_MISSING, "unsupported; why"},
        {DLB_SKIPPED, DLB_VERDICT_NOT_MEASURED, "why"},
        {DLB_INTERRUPTED, DLB_VERDICT_NOT_MEASURED, "interrupted: why"},
    };
    struct dlb_baseline baseline;
    baseline_make(&baseline, 8);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_result result;
        baseline_make_run(&result, 9, 1150, 50.5);
        result.records[0].status = rows[i].status;
        strcpy(result.records[0].status_reason, "why");
        struct dlb_baseline_judgement judgement = judge(&baseline, &result);
        assert_int_equal(judgement.count, 2);
        assert_reason(&judgement.rows[0], rows[i].verdict, rows[i].words);
        dlb_baseline_judgement_free(&judgement);
        /* What the baseline does not know and is not supported is nobody's news; what fails is. */
        strcpy(result.records[0].key, "elsewhere");
        judgement = judge(&baseline, &result);
        assert_int_equal(judgement.count, rows[i].status == DLB_CRASHED ? 3 : 2);
        dlb_baseline_judgement_free(&judgement);
        dlb_result_free(&result);
    }
    dlb_baseline_free(&baseline);
}

static void new_cases_are_listed(void **state)
{
    (void)state;
    const double time = 7;
    struct dlb_baseline baseline;
    struct dlb_result result;
    baseline_make(&baseline, 8);
    baseline_make_run(&result, 9, 1010, 50.5);
    baseline_add_case(&result, "lenet:batch=1,dtype=f32", "onednn:0", &time, 1);
    struct dlb_baseline_judgement judgement = judge(&baseline, &result);
    assert_int_equal(judgement.count, 3);
    assert_reason(&judgement.rows[2], DLB_VERDICT_NEW, "");
    baseline_near(judgement.rows[2].median_b_ns, 7);
    assert_int_equal(judgement.gating, 2);
    dlb_baseline_judgement_free(&judgement);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

/* A model has no spread: one session is enough, and any difference is one. */
static void predictions_are_compared_exactly(void **state)
{
    (void)state;
    static const struct {
        const char *evidence;
        double now;
        enum dlb_verdict verdict;
    } rows[] = {
        {"modelled", 1000, DLB_VERDICT_PASS},
        {"modelled", 1001, DLB_VERDICT_SLOWER_WITHIN_TOLERANCE},
        {"simulated", 1100, DLB_VERDICT_REGRESSED},
        {"modelled", 900, DLB_VERDICT_IMPROVED},
        {"emulated", 1100, DLB_VERDICT_INCOMPARABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_baseline baseline;
        struct dlb_result past, now;
        dlb_baseline_init(&baseline);
        baseline_make_run(&past, 1, 1000, 0);
        baseline_make_run(&now, 2, rows[i].now, 0);
        strcpy(past.records[0].evidence, rows[i].evidence);
        strcpy(now.records[0].evidence, rows[i].evidence);
        baseline_add(&baseline, &past);
        struct dlb_baseline_judgement judgement = judge(&baseline, &now);
        assert_reason(&judgement.rows[0], rows[i].verdict, "");
        assert_int_equal(judgement.gating, 0);
        assert_true(isnan(judgement.rows[0].p));
        dlb_baseline_judgement_free(&judgement);
        dlb_result_free(&past);
        dlb_result_free(&now);
        dlb_baseline_free(&baseline);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slower_session_regresses),
        cmocka_unit_test(small_changes_are_tolerated),
        cmocka_unit_test(few_or_restless_sessions_decide_nothing),
        cmocka_unit_test(a_pass_could_have_seen_the_rated_change),
        cmocka_unit_test(sessions_without_spread),
        cmocka_unit_test(a_run_is_not_judged_by_itself),
        cmocka_unit_test(hard_parts_are_never_compared_across),
        cmocka_unit_test(other_circumstances_are_named),
        cmocka_unit_test(other_processors_are_named),
        cmocka_unit_test(soft_parts_warn),
        cmocka_unit_test(outcomes_are_told),
        cmocka_unit_test(new_cases_are_listed),
        cmocka_unit_test(predictions_are_compared_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
