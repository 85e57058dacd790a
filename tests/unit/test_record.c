/* test_record.c: what follows from samples and invocations, and the JSON form of a record both ways. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/random.h"
#include "bench/base/text.h"
#include "bench/store/record.h"
#include "tests/unit/store_sample.h"

static void statuses_have_words(void **state)
{
    (void)state;
    static const struct {
        enum dlb_status status;
        const char *text, *reason;
    } rows[] = {
        {DLB_OK, "ok", "why"},
        {DLB_INVALID, "failed", "why"},
        {DLB_UNSUPPORTED, "unsupported", "why"},
        {DLB_UNAVAILABLE, "skipped", "unavailable: why"},
        {DLB_SKIPPED, "skipped", "why"},
        {DLB_NO_MEMORY, "failed", "out of memory: why"},
        {DLB_FAILED, "failed", "why"},
        {DLB_WRONG, "failed", "wrong answer: why"},
        {DLB_TIMEOUT, "failed", "timeout: why"},
        {DLB_CRASHED, "failed", "crashed: why"},
        {DLB_IO, "failed", "why"},
        {DLB_INTERRUPTED, "skipped", "interrupted: why"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_record record = {.status = rows[i].status, .status_reason = "why"};
        char reason[512];
        assert_string_equal(dlb_record_status_text(rows[i].status), rows[i].text);
        dlb_record_reason(&record, reason, sizeof reason);
        assert_string_equal(reason, rows[i].reason);
        /* Said once only, also after another way through a file. */
        snprintf(record.status_reason, sizeof record.status_reason, "%s", reason);
        dlb_record_reason(&record, reason, sizeof reason);
        assert_string_equal(reason, rows[i].reason);
    }
    struct dlb_record silent = {.status = DLB_CRASHED};
    char reason[512];
    dlb_record_reason(&silent, reason, sizeof reason);
    assert_string_equal(reason, "crashed");
}

static void flags_are_kept_once(void **state)
{
    (void)state;
    struct dlb_record record = {0};
    dlb_record_flag(&record, "noisy");
    dlb_record_flag(&record, "noisy");
    assert_int_equal(record.flag_count, 1);
    for (int i = 0; i < 2 * DLB_MAX_FLAGS; i++) {
        char name[24];
        snprintf(name, sizeof name, "flag%d", i);
        dlb_record_flag(&record, name);
    }
    assert_int_equal(record.flag_count, DLB_MAX_FLAGS);
    assert_true(dlb_record_has_flag(&record, "flag0"));
    assert_false(dlb_record_has_flag(&record, "flag"));
}

static void adding_takes_the_samples_over(void **state)
{
    (void)state;
    struct dlb_record record = {0};
    struct dlb_invocation invocation;
    sample_invocation(&invocation, 0, 7, 100, 1);
    const double *samples = invocation.samples_ns;
    assert_int_equal(dlb_record_add_invocation(&record, &invocation), DLB_OK);
    assert_null(invocation.samples_ns);
    assert_ptr_equal(record.invocations[0].samples_ns, samples);
    dlb_record_free(&record);
    assert_int_equal(record.invocation_count, 0);
    dlb_record_free(&record); /* twice is legal */
}

static void an_invocation_is_summarised(void **state)
{
    (void)state;
    double samples[] = {4, 2, 5, 1, 3};
    struct dlb_invocation invocation = {.n = 5, .samples_ns = samples};
    dlb_invocation_summarise(&invocation);
    assert_true(invocation.median_ns == 3 && invocation.mean_ns == 3);
    assert_true(invocation.min_ns == 1 && invocation.max_ns == 5);
    assert_true(invocation.q1_ns == 2 && invocation.q3_ns == 4);
    assert_true(fabs(invocation.p90_ns - 4.6) < 1e-12);
    assert_true(fabs(invocation.sd_rel - sqrt(2.5) / 3) < 1e-12);
    assert_true(invocation.mad_ns == 1);
    assert_true(isnan(invocation.p99_ns));   /* below 100 samples */
    assert_true(isnan(invocation.ci_level)); /* below 6 samples: a range */
    assert_true(invocation.ci_lo_ns == 1 && invocation.ci_hi_ns == 5);
    assert_ptr_equal(invocation.samples_ns, samples);
    assert_true(samples[0] == 4 && samples[4] == 3); /* in the order of time still */
}

static void counts_of_samples_have_limits(void **state)
{
    (void)state;
    struct dlb_invocation invocation;
    sample_invocation(&invocation, 0, 99, 1e6, 3);
    assert_true(isnan(invocation.p99_ns) && invocation.ci_level == 0.95);
    assert_true(invocation.ci_lo_ns < invocation.median_ns &&
                invocation.median_ns < invocation.ci_hi_ns);
    dlb_invocation_free(&invocation);
    sample_invocation(&invocation, 0, 100, 1e6, 3);
    assert_true(invocation.p99_ns > invocation.p90_ns && invocation.p99_ns <= invocation.max_ns);
    invocation.samples_ns[99] = 1e8; /* an outlier is labelled, not deleted */
    dlb_invocation_summarise(&invocation);
    assert_int_equal(invocation.outliers_severe, 1);
    assert_true(invocation.max_ns == 1e8 && invocation.n == 100);
    dlb_invocation_free(&invocation);
    sample_invocation(&invocation, 0, 1, 1e6, 3);
    assert_true(isfinite(invocation.median_ns) && isnan(invocation.sd_rel) &&
                isnan(invocation.ci_level) && isnan(invocation.lag1));
    dlb_invocation_free(&invocation);
    sample_invocation(&invocation, 0, 0, 1e6, 3);
    assert_true(isnan(invocation.median_ns) && isnan(invocation.ci_lo_ns));
    dlb_invocation_free(&invocation);
}

/* A record of invocations with the given medians. */
static void with_medians(struct dlb_record *record, const double *medians, int count)
{
    *record = (struct dlb_record){.ops = 2000, .bytes = 500, .items = 4, .evidence = "measured"};
    for (int i = 0; i < count; i++) {
        struct dlb_invocation invocation = {.index = i,
                                            .n = 50,
                                            .median_ns = medians[i],
                                            .ci_lo_ns = medians[i] - 1,
                                            .ci_hi_ns = medians[i] + 1,
                                            .ci_level = 0.95,
                                            .steady = true,
                                            .stop_reason = "precision",
                                            .peak_mem_bytes = 1000 * (i + 1)};
        assert_int_equal(dlb_record_add_invocation(record, &invocation), DLB_OK);
    }
    dlb_record_summarise(record);
}

static void a_case_is_summarised_over_invocations(void **state)
{
    (void)state;
    static const double medians[] = {100, 104, 98, 101, 99, 103};
    struct dlb_record record;
    with_medians(&record, medians, 3);
    assert_true(record.summary.median_ns == 100);
    assert_true(record.summary.ci_lo_ns == 98 && record.summary.ci_hi_ns == 104);
    assert_string_equal(record.summary.ci_kind, "range");
    assert_true(record.summary.ops_per_s == 2e10 && record.summary.bytes_per_s == 5e9);
    assert_true(record.summary.items_per_s == 4e7 && record.summary.ai_ops_per_byte == 4);
    assert_true(isnan(record.summary.roof_fraction));
    assert_int_equal(record.summary.peak_mem_bytes, 3000);
    assert_int_equal(record.flag_count, 0);
    record.summary.roof_ops_per_s = 4e10;
    dlb_record_summarise(&record);
    assert_true(record.summary.roof_fraction == 0.5);
    record.counting = (struct dlb_counting){.taken = true, .multiplexed = true};
    dlb_record_summarise(&record);
    assert_true(dlb_record_has_flag(&record, "multiplexed")); /* never silent */
    dlb_record_unflag(&record, "multiplexed");
    assert_int_equal(record.flag_count, 0);
    dlb_record_free(&record);
    with_medians(&record, medians, 6);
    assert_string_equal(record.summary.ci_kind, "order");
    assert_true(record.summary.median_ns == 100.5);
    dlb_record_free(&record);
}

static void one_invocation_is_marked(void **state)
{
    (void)state;
    static const double medians[] = {100, 110};
    struct dlb_record record;
    with_medians(&record, medians, 1);
    assert_true(dlb_record_has_flag(&record, "single_invocation"));
    assert_string_equal(record.summary.ci_kind, "within");
    assert_true(record.summary.ci_lo_ns == 99 && isnan(record.summary.inv_sd_rel));
    /* The second one takes the mark away. */
    struct dlb_invocation second = {.index = 1, .n = 50, .median_ns = 110, .steady = true};
    assert_int_equal(dlb_record_add_invocation(&record, &second), DLB_OK);
    dlb_record_summarise(&record);
    assert_false(dlb_record_has_flag(&record, "single_invocation"));
    dlb_record_free(&record);
    /* What is not measured has no processes to differ. */
    with_medians(&record, medians, 1);
    strcpy(record.evidence, "modelled");
    record.invocations[0].n = 1;
    dlb_record_summarise(&record);
    assert_false(dlb_record_has_flag(&record, "single_invocation"));
    assert_string_equal(record.summary.ci_kind, "none");
    assert_true(isnan(record.summary.ci_lo_ns));
    dlb_record_free(&record);
}

/* The range of a few samples is not the range over invocations. */
static void few_samples_of_one_process_have_a_kind_of_their_own(void **state)
{
    (void)state;
    static const struct {
        int invocations;
        int64_t samples;
        const char *kind;
    } cases[] = {{1, 1, "none"},  {1, 2, "samples"}, {1, 5, "samples"}, {1, 6, "within"},
                 {2, 5, "range"}, {5, 6, "range"},   {6, 5, "order"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dlb_record record = {.ops = 2000, .evidence = "measured"};
        for (int j = 0; j < cases[i].invocations; j++) {
            struct dlb_invocation invocation;
            sample_invocation(&invocation, j, cases[i].samples, 1e6, (uint64_t)j + 1);
            assert_int_equal(dlb_record_add_invocation(&record, &invocation), DLB_OK);
        }
        dlb_record_summarise(&record);
        if (strcmp(record.summary.ci_kind, cases[i].kind) != 0)
            fail_msg("%d invocations of %lld samples: '%s'", cases[i].invocations,
                     (long long)cases[i].samples, record.summary.ci_kind);
        assert_int_equal(isnan(record.summary.ci_lo_ns) != 0, strcmp(cases[i].kind, "none") == 0);
        dlb_record_free(&record);
    }
}

/* Not even where two of three processes went well. */
static void a_failed_case_has_no_speed(void **state)
{
    (void)state;
    static const double medians[] = {100, 104, 98};
    struct dlb_record record;
    with_medians(&record, medians, 3);
    record.status = DLB_WRONG;
    dlb_record_summarise(&record);
    assert_true(isnan(record.summary.median_ns) && isnan(record.summary.ci_hi_ns));
    assert_true(isnan(record.summary.ops_per_s) && isnan(record.summary.items_per_s) &&
                isnan(record.summary.bytes_per_s));
    assert_string_equal(record.summary.ci_kind, "none");
    assert_int_equal(record.invocation_count, 3); /* what was seen stays on file */
    dlb_record_free(&record);
}

static void noisy_invocations_stand_back(void **state)
{
    (void)state;
    static const double medians[] = {100, 150, 102};
    struct dlb_record record;
    with_medians(&record, medians, 3);
    record.invocations[1].gated = true;
    dlb_record_summarise(&record);
    assert_true(record.summary.ci_hi_ns == 102 && record.summary.median_ns == 101);
    assert_false(dlb_record_has_flag(&record, "noisy"));
    assert_true(dlb_record_counts(&record, 0) && !dlb_record_counts(&record, 1));
    for (int i = 0; i < 3; i++)
        record.invocations[i].gated = true;
    assert_true(dlb_record_counts(&record, 0) && dlb_record_counts(&record, 1));
    dlb_record_summarise(&record);
    assert_true(record.summary.median_ns == 102 && dlb_record_has_flag(&record, "noisy"));
    /* Quiet ones came after all. */
    record.invocations[0].gated = record.invocations[2].gated = false;
    dlb_record_summarise(&record);
    assert_false(dlb_record_has_flag(&record, "noisy"));
    /* The session lets a noisy one in and says so: it stays said. */
    record.invocations[1].gated = false;
    strcpy(record.invocations[1].gate_reason, "run-queue 6%");
    dlb_record_flag(&record, "noisy");
    dlb_record_summarise(&record);
    assert_true(dlb_record_has_flag(&record, "noisy"));
    dlb_record_free(&record);
}

static void circumstances_become_flags(void **state)
{
    (void)state;
    static const double medians[] = {100, 101, 102};
    struct dlb_record record;
    with_medians(&record, medians, 3);
    strcpy(record.invocations[1].stop_reason, "budget");
    record.invocations[2].steady = false;
    dlb_record_summarise(&record);
    assert_true(dlb_record_has_flag(&record, "budget") && dlb_record_has_flag(&record, "unsteady"));
    dlb_record_free(&record);
    with_medians(&record, NULL, 0);
    assert_true(isnan(record.summary.median_ns) && isnan(record.summary.ops_per_s));
    assert_string_equal(record.summary.ci_kind, "none");
    assert_int_equal(record.flag_count, 0);
    record.ops = 0; /* pooling computes nothing */
    dlb_record_summarise(&record);
    assert_true(isnan(record.summary.ops_per_s) && isnan(record.summary.ai_ops_per_byte));
    dlb_record_free(&record);
}

static void networks_are_told_from_ops(void **state)
{
    (void)state;
    const struct dlb_record gemm = {.workload = "gemm"};
    const struct dlb_record lenet = {.workload = "lenet"};
    assert_false(dlb_record_is_model(&gemm));
    assert_true(dlb_record_is_model(&lenet));
}

/* ---- JSON ---- */

static void assert_same_json(const json_t *a, const json_t *b)
{
    char *left = json_dumps(a, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
    char *right = json_dumps(b, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
    assert_string_equal(left, right);
    free(left);
    free(right);
}

/* Through text, as a file would. */
static json_t *reread(json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_t *again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(again);
    free(text);
    json_decref(json);
    return again;
}

static void records_survive_json(void **state)
{
    (void)state;
    struct dlb_record record, again;
    struct dlb_why why;
    sample_record(&record, "gemm:m=3,dtype=f32", "gemm m3", "fpga:arria10-gx1150", 1e6 / 3, 2);
    strcpy(record.parameters, "gemm f32: rows=11 cols=13");
    record.cycles = 4711;
    record.invocations[0].build_ns = 5e8;
    record.invocations[0].tune_ns = NAN;
    json_t *json = reread(dlb_record_to_json(&record));
    assert_int_equal(dlb_record_from_json(json, &again, &why), DLB_OK);
    assert_string_equal(again.device, "fpga:arria10-gx1150");
    assert_string_equal(again.parameters, record.parameters);
    assert_true(again.cycles == 4711);
    assert_true(again.invocations[0].build_ns == 5e8 && isnan(again.invocations[0].tune_ns));
    assert_int_equal(again.invocation_count, 2);
    for (int64_t i = 0; i < record.invocations[1].n; i++) /* every bit of every sample */
        assert_true(again.invocations[1].samples_ns[i] == record.invocations[1].samples_ns[i]);
    assert_true(again.summary.median_ns == record.summary.median_ns);
    assert_true(isnan(again.invocations[0].p99_ns) && isnan(again.summary.roof_fraction));
    assert_true(isnan(again.invocations[0].gates[1].value));
    assert_string_equal(again.invocations[0].gates[2].name, "frequency");
    assert_null(again.unknown);
    json_t *second = dlb_record_to_json(&again);
    assert_same_json(json, second);
    json_decref(second);
    json_decref(json);
    dlb_record_free(&record);
    dlb_record_free(&again);
}

static void what_stands_beside_the_times_survives_json(void **state)
{
    (void)state;
    struct dlb_record record, again;
    struct dlb_why why = {""};
    struct dlb_roofs roofs;
    sample_record(&record, "gemm:m=3,dtype=f32", "gemm m3", "onednn:0", 1e6, 3);
    sample_beside(&record, 0.25);
    sample_roofs(&roofs, "onednn:0");
    dlb_roofs_apply(&roofs, &record);
    json_t *json = reread(dlb_record_to_json(&record));
    if (dlb_record_from_json(json, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_true(again.counting.taken && again.counting.ipc == 2.5);
    assert_true(isnan(dlb_counting_value(&again.counting, "l3_miss")));
    assert_string_equal(again.invocations[1].energy.scope, "package_dram");
    assert_true(again.invocations[1].energy.j_per_item == 0.25);
    assert_true(again.energy.j_per_item == 0.25 && again.energy.executions == 3000);
    assert_true(again.cost.per_mitem == record.cost.per_mitem && again.cost.pue == 1.2);
    assert_string_equal(again.summary.roof_binds, record.summary.roof_binds);
    assert_true(again.summary.roof_fraction == record.summary.roof_fraction);
    assert_null(again.unknown);
    dlb_record_summarise(&again); /* from the processes: the same again */
    json_t *second = dlb_record_to_json(&again);
    assert_same_json(json, second);
    json_decref(second);
    json_decref(json);
    dlb_roofs_free(&roofs);
    dlb_record_free(&record);
    dlb_record_free(&again);
}

/* What came before a field was invented has none of it. */
static void older_records_are_read(void **state)
{
    (void)state;
    static const char *const newer[] = {"parameters", "cycles"};
    static const char *const newer_of_invocations[] = {"build_ns", "tune_ns"};
    struct dlb_record record, again;
    struct dlb_why why;
    sample_record(&record, "gemm:m=3,dtype=f32", "gemm m3", "onednn:0", 1e6, 1);
    json_t *json = reread(dlb_record_to_json(&record));
    json_t *invocation = json_array_get(json_object_get(json, "invocations"), 0);
    /* Blocks that were not asked for are not written at all. */
    assert_null(json_object_get(json, "counting"));
    assert_null(json_object_get(json, "energy"));
    assert_null(json_object_get(json, "cost"));
    assert_null(json_object_get(invocation, "energy"));
    assert_int_equal(json_object_del(json_object_get(json, "summary"), "roof_binds"), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(json_object_del(json, newer[i]), 0);
        assert_int_equal(json_object_del(invocation, newer_of_invocations[i]), 0);
    }
    assert_int_equal(dlb_record_from_json(json, &again, &why), DLB_OK);
    assert_string_equal(again.parameters, "");
    assert_true(isnan(again.cycles) && isnan(again.invocations[0].build_ns) &&
                isnan(again.invocations[0].tune_ns));
    assert_false(again.counting.taken);
    assert_true(again.energy.method[0] == '\0' && isnan(again.energy.j_per_item));
    assert_true(again.cost.currency[0] == '\0' && isnan(again.cost.per_mitem));
    assert_string_equal(again.summary.roof_binds, "");
    json_decref(json);
    dlb_record_free(&record);
    dlb_record_free(&again);
}

/* The log of a compiler stays whole in the file; a screen gets what fits. */
static void long_reasons_are_kept(void **state)
{
    (void)state;
    struct dlb_record record, again;
    struct dlb_why why;
    char words[64];
    sample_record(&record, "gemm:m=3,dtype=f32", "gemm m3", "onednn:0", 1e6, 0);
    record.status = DLB_FAILED;
    memset(record.status_reason, 'e', DLB_WHY_SIZE - 1);
    json_t *json = reread(dlb_record_to_json(&record));
    assert_int_equal(dlb_record_from_json(json, &again, &why), DLB_OK);
    assert_string_equal(again.status_reason, record.status_reason);
    dlb_record_reason(&again, words, sizeof words);
    assert_int_equal(strlen(words), sizeof words - 1);
    assert_string_equal(words + sizeof words - 5, "e...");
    record.status = DLB_CRASHED; /* its prefix makes it longer still */
    json_decref(json);
    dlb_record_free(&again);
    json = reread(dlb_record_to_json(&record));
    assert_int_equal(dlb_record_from_json(json, &again, &why), DLB_OK);
    assert_memory_equal(again.status_reason, "crashed: eee", 12);
    json_decref(json);
    dlb_record_free(&record);
    dlb_record_free(&again);
}

static void every_status_reads_back(void **state)
{
    (void)state;
    for (int i = 0; i < DLB_STATUS_COUNT; i++) {
        struct dlb_record record = {.key = "k", .status = (enum dlb_status)i, .status_reason = "x"};
        struct dlb_record again;
        struct dlb_why why;
        json_t *json = reread(dlb_record_to_json(&record));
        assert_int_equal(dlb_record_from_json(json, &again, &why), DLB_OK);
        assert_int_equal(again.status, i);
        dlb_record_free(&again);
        json_object_del(json, "status_detail"); /* another program's file */
        assert_int_equal(dlb_record_from_json(json, &again, &why), DLB_OK);
        assert_string_equal(dlb_record_status_text(again.status),
                            dlb_record_status_text(record.status));
        dlb_record_free(&again);
        json_decref(json);
    }
    struct dlb_record suspect = {.key = "k"};
    struct dlb_record again;
    dlb_record_flag(&suspect, "suspect");
    json_t *json = reread(dlb_record_to_json(&suspect));
    assert_string_equal(json_string_value(json_object_get(json, "status")), "suspect");
    assert_int_equal(dlb_record_from_json(json, &again, NULL), DLB_OK);
    assert_true(again.status == DLB_OK && dlb_record_has_flag(&again, "suspect"));
    json_decref(json);
    dlb_record_free(&again);
}

static void unknown_fields_are_kept(void **state)
{
    (void)state;
    struct dlb_record record, again;
    sample_record(&record, "gemm:m=3,dtype=f32", "gemm m3", "onednn:0", 1e6, 1);
    sample_beside(&record, 1.5);
    json_t *json = dlb_record_to_json(&record);
    json_t *invocation = json_array_get(json_object_get(json, "invocations"), 0);
    json_object_set_new(json, "x_humidity",
                        json_pack("{s:s, s:f}", "method", "hair", "value", 0.5));
    json_object_set_new(json_object_get(json, "energy"), "x_sockets", json_integer(4));
    json_object_set_new(json_object_get(json, "cost"), "x_region", json_string("eu"));
    json_object_set_new(json_object_get(json, "counting"), "x_kernel", json_integer(5));
    json_object_set_new(json_object_get(json, "summary"), "x_median_cycles", json_integer(7));
    json_object_set_new(json_object_get(json, "verified"), "x_seed", json_integer(8));
    json_object_set_new(invocation, "x_counter", json_integer(9));
    json_object_set_new(json_object_get(invocation, "energy"), "x_wraps", json_integer(1));
    json_object_set_new(invocation, "samples_ref", json_string("samples/a.bin"));
    assert_int_equal(dlb_record_from_json(json, &again, NULL), DLB_OK);
    json_t *second = dlb_record_to_json(&again);
    assert_same_json(json, second);
    json_decref(second);
    json_decref(json);
    dlb_record_free(&record);
    dlb_record_free(&again);
}

struct mistake {
    const char *place; /* members joined by '/', numbers index arrays */
    const char *value; /* JSON, NULL removes it */
    const char *wanted;
};

static const struct mistake mistakes[] = {
    {"key", "7", "key: wanted a text, found an integer"},
    {"key", NULL, "key: wanted the key of the case, found nothing"},
    {"threads", "1.5", "threads: wanted an integer, found a real number"},
    {"threads", "3000000000", "threads: 3000000000 is out of range"},
    {"ops", "\"many\"", "ops: wanted a number, found a text"},
    {"dtype", "\"float32 of old\"", "dtype: wanted at most 7 bytes, found 14"},
    {"params", "[]", "params: wanted an object, found an array"},
    {"status", "null", "status: wanted a text, found null"},
    {"status", "\"fine\"", "status: wanted ok, failed"},
    {"status", "\"crashed\"", "status: wanted ok, failed"},
    {"status_detail", "\"crashed\"", "status_detail: 'crashed' does not fit the status 'ok'"},
    {"status_detail", "\"odd\"", "status_detail: 'odd' does not fit"},
    {"flags", "{}", "flags: wanted an array, found an object"},
    {"flags", "[1]", "flags[0]: wanted a text"},
    {"flags",
     "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\",\"l\",\"m\","
     "\"n\",\"o\",\"p\",\"q\"]",
     "flags: wanted at most 16, found 17"},
    {"verified", "true", "verified: wanted an object, found true or false"},
    {"verified/ok", "1", "verified.ok: wanted true or false, found an integer"},
    {"summary/median_ns", "[]", "summary.median_ns: wanted a number, found an array"},
    {"summary/roof_binds", "1", "summary.roof_binds: wanted a text, found an integer"},
    {"energy", "[]", "energy: wanted an object, found an array"},
    {"energy", "{\"method\": 1}", "energy.method: wanted a text, found an integer"},
    {"cost", "4", "cost: wanted an object, found an integer"},
    {"cost", "{\"pue\": \"1.2\"}", "cost.pue: wanted a number, found a text"},
    {"counting", "\"\"", "counting: wanted an object, found a text"},
    {"counting", "{\"values\": {\"cycles\": {\"event\": 7}}}",
     "counting.values.cycles.event: wanted a text, found an integer"},
    {"invocations", "{}", "invocations: wanted an array, found an object"},
    {"invocations/0", "3", "invocations[0]: wanted an object, found an integer"},
    {"invocations/0/n", "\"x\"", "invocations[0].n: wanted an integer, found a text"},
    {"invocations/0/n", "31", "invocations[0].samples_ns: wanted n = 31 of them, found 30"},
    {"invocations/0/energy", "true",
     "invocations[0].energy: wanted an object, found true or false"},
    {"invocations/0/energy", "{\"scope\": \"the whole building\"}",
     "invocations[0].energy.scope: wanted at most 15 bytes, found 18"},
    {"invocations/0/samples_ns", "{}", "invocations[0].samples_ns: wanted an array"},
    {"invocations/0/samples_ns/2", "\"1\"", "invocations[0].samples_ns[2]: wanted a number"},
    {"invocations/0/outliers", "[]", "invocations[0].outliers: wanted an object"},
    {"invocations/0/gates", "[]", "invocations[0].gates: wanted an object"},
    {"invocations/0/gates/steal", "\"0\"", "invocations[0].gates.steal: wanted a number or null"},
    {"invocations/0/samples_ref", "\"/etc/passwd\"", "invocations[0].samples_ref: wanted a path"},
    {"invocations/0/samples_ref", "\"a/../../b\"", "invocations[0].samples_ref: wanted a path"},
    {"invocations/0/samples_ref", "\"..\"", "invocations[0].samples_ref: wanted a path"},
};

static void apply(json_t *json, const struct mistake *mistake)
{
    char place[80];
    snprintf(place, sizeof place, "%s", mistake->place);
    char *rest = NULL;
    char *name = strtok_r(place, "/", &rest);
    for (char *next = strtok_r(NULL, "/", &rest); next != NULL; next = strtok_r(NULL, "/", &rest)) {
        json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name))
                                   : json_object_get(json, name);
        name = next;
    }
    json_t *value =
        mistake->value != NULL ? json_loads(mistake->value, JSON_DECODE_ANY, NULL) : NULL;
    if (json_is_array(json))
        json_array_set_new(json, (size_t)atoi(name), value);
    else if (value != NULL)
        json_object_set_new(json, name, value);
    else
        json_object_del(json, name);
}

static void wrong_fields_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct dlb_record record;
        struct dlb_record untouched = {.threads = 77};
        struct dlb_why why = {""};
        sample_record(&record, "gemm:m=3,dtype=f32", "gemm m3", "onednn:0", 1e6, 1);
        json_t *json = dlb_record_to_json(&record);
        apply(json, &mistakes[i]);
        assert_int_equal(dlb_record_from_json(json, &untouched, &why), DLB_INVALID);
        if (strstr(why.text, mistakes[i].wanted) != why.text)
            fail_msg("%s = %s: '%s'", mistakes[i].place, mistakes[i].value, why.text);
        assert_int_equal(untouched.threads, 77);
        json_decref(json);
        dlb_record_free(&record);
    }
}

/* Names of libraries and cut reasons may hold anything; the file must be readable all the same. */
static void any_bytes_make_valid_json(void **state)
{
    (void)state;
    struct dlb_record record = {.key = "k", .status = DLB_CRASHED};
    struct dlb_record again;
    struct dlb_why why = {""};
    memset(record.implementation, 0xC3, sizeof record.implementation - 1);
    for (size_t i = 0; i + 3 < sizeof record.status_reason; i += 3)
        memcpy(record.status_reason + i, "\xE2\x82\xAC",
               3); /* the prefix pushes one over the end */
    json_t *json = reread(dlb_record_to_json(&record));
    if (dlb_record_from_json(json, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_true(strncmp(again.status_reason, "crashed: \xE2\x82\xAC", 12) == 0);
    assert_true(dlb_text_is_utf8(again.status_reason));
    assert_string_equal(again.implementation + 185, "??????");
    json_decref(json);
    dlb_record_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_have_words),
        cmocka_unit_test(flags_are_kept_once),
        cmocka_unit_test(adding_takes_the_samples_over),
        cmocka_unit_test(an_invocation_is_summarised),
        cmocka_unit_test(counts_of_samples_have_limits),
        cmocka_unit_test(a_case_is_summarised_over_invocations),
        cmocka_unit_test(one_invocation_is_marked),
        cmocka_unit_test(few_samples_of_one_process_have_a_kind_of_their_own),
        cmocka_unit_test(a_failed_case_has_no_speed),
        cmocka_unit_test(noisy_invocations_stand_back),
        cmocka_unit_test(circumstances_become_flags),
        cmocka_unit_test(networks_are_told_from_ops),
        cmocka_unit_test(records_survive_json),
        cmocka_unit_test(what_stands_beside_the_times_survives_json),
        cmocka_unit_test(older_records_are_read),
        cmocka_unit_test(long_reasons_are_kept),
        cmocka_unit_test(every_status_reads_back),
        cmocka_unit_test(unknown_fields_are_kept),
        cmocka_unit_test(wrong_fields_are_named),
        cmocka_unit_test(any_bytes_make_valid_json),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
