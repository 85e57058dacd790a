/* test_baseline.c: what enters a baseline and what is refused; pruning; the file read back, and bad files. The judgement is in
 * test_baseline_judge.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/log.h"
#include "bench/store/baseline.h"
#include "tests/unit/baseline_sample.h"
#include "tests/unit/schema_check.h"
#include "tests/unit/store_sample.h"

static char folder[256];

static int make_folder(void **state)
{
    (void)state;
    dlb_log_set_level(DLB_LOG_ERROR);
    sample_make_folder(folder, sizeof folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    sample_remove_folder(folder);
    return 0;
}

/* ---- what is kept ---- */

static void a_session_keeps_every_process(void **state)
{
    (void)state;
    const double times[] = {100, 104, 102, 900};
    struct dlb_result result;
    struct dlb_baseline baseline;
    baseline_begin_run(&result, 1);
    baseline_add_case(&result, BASELINE_GEMM, "onednn:0", times, 4);
    result.records[0].invocations[3].gated = true;
    result.records[0].invocations[1].gates[0].value = 4;
    dlb_baseline_init(&baseline);
    const struct dlb_baseline_added added = baseline_add(&baseline, &result);
    assert_int_equal(added.cases, 1);
    assert_int_equal(added.fresh, 1);
    assert_int_equal(added.not_measured, 0);
    assert_int_equal(baseline.session_count, 1);
    assert_string_equal(baseline.sessions[0].id, "run-01");
    assert_string_equal(baseline.sessions[0].revision, "d1c9899");
    assert_null(json_object_get(baseline.sessions[0].host, "timer"));
    assert_string_equal(json_string_value(json_object_get(baseline.sessions[0].host, "kernel")),
                        "6.1.0");
    const struct dlb_baseline_case *item = &baseline.cases[0];
    assert_string_equal(item->parts.driver_major, "oneDNN 3");
    assert_string_equal(item->parts.device, "EPYC");
    assert_string_equal(item->parts.metric, "median_ns");
    assert_int_equal(item->samples[0].time_count, 4);
    baseline_near(item->samples[0].times[2].median_ns, 102);
    baseline_near(item->samples[0].times[2].sd_rel, 0.014826);
    assert_true(item->samples[0].times[3].gated);
    /* The noisy process does not count: the median of 100, 102 and 104. */
    baseline_near(dlb_baseline_sample_median(&item->samples[0]), 102);
    const json_t *range = json_object_get(item->samples[0].gates, "involuntary_switches");
    baseline_near(json_number_value(json_array_get(range, 0)), 1);
    baseline_near(json_number_value(json_array_get(range, 1)), 4);
    /* All noisy: all count. */
    for (int i = 0; i < 4; i++)
        baseline.cases[0].samples[0].times[i].gated = true;
    baseline_near(dlb_baseline_sample_median(&item->samples[0]), 103);
    dlb_baseline_free(&baseline);
    dlb_result_free(&result);
}

static void sessions_stand_in_the_order_of_time(void **state)
{
    (void)state;
    static const int order[] = {3, 1, 2};
    struct dlb_baseline baseline;
    dlb_baseline_init(&baseline);
    for (int i = 0; i < 3; i++) {
        struct dlb_result result;
        baseline_make_run(&result, order[i], 100 * order[i], 0);
        baseline_add(&baseline, &result);
        dlb_result_free(&result);
    }
    assert_int_equal(baseline.case_count, 1);
    for (int i = 0; i < 3; i++) {
        char id[16];
        snprintf(id, sizeof id, "run-%02d", i + 1);
        assert_string_equal(baseline.sessions[i].id, id);
        assert_string_equal(baseline.cases[0].samples[i].session, id);
        baseline_near(dlb_baseline_sample_median(&baseline.cases[0].samples[i]), 100 * (i + 1));
    }
    dlb_baseline_free(&baseline);
}

static void another_driver_begins_another_case(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    baseline_make(&baseline, 2);
    baseline_make_run(&result, 3, 900, 0);
    json_object_set_new(json_array_get(result.devices, 0), "runtime", json_string("oneDNN 4.0"));
    const struct dlb_baseline_added added = baseline_add(&baseline, &result);
    assert_int_equal(added.fresh, 1);
    assert_int_equal(added.not_measured, 2);
    assert_int_equal(baseline.case_count, 3);
    assert_int_equal(baseline.cases[0].sample_count, 2);
    assert_string_equal(baseline.cases[2].parts.driver_major, "oneDNN 4");
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

static void a_run_enters_once(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    struct dlb_baseline_added added;
    struct dlb_why why = {""};
    baseline_make(&baseline, 2);
    baseline_make_run(&result, 2, 900, 50);
    assert_int_equal(dlb_baseline_add(&baseline, &result, false, &added, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "already"));
    assert_int_equal(baseline.session_count, 2);
    dlb_result_free(&result);
    baseline_make_run(&result, 3, 0, 0);
    assert_int_equal(dlb_baseline_add(&baseline, &result, false, &added, &why), DLB_SKIPPED);
    assert_int_equal(baseline.session_count, 2);
    dlb_result_free(&result);
    dlb_baseline_free(&baseline);
}

static void failures_and_trials_are_left_out(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_baseline baseline;
    baseline_make_run(&result, 1, 100, 50);
    dlb_record_flag(&result.records[1], "slowdown");
    dlb_baseline_init(&baseline);
    assert_int_equal(baseline_add(&baseline, &result).cases, 1);
    assert_int_equal(baseline.case_count, 1);
    dlb_baseline_free(&baseline);
    dlb_result_free(&result);
}

/* ---- what is accepted ---- */

static void break_incomplete(struct dlb_result *result)
{
    result->complete = false;
    strcpy(result->reason, "ended by a signal");
}

static void break_exit(struct dlb_result *result)
{
    result->exit_code = 1;
    strcpy(result->reason, "1 case regressed");
}

static void break_case(struct dlb_result *result)
{
    result->records[1].status = DLB_CRASHED;
    strcpy(result->records[1].status_reason, "SIGSEGV in submit");
}

static void break_slowdown(struct dlb_result *result)
{
    dlb_record_flag(&result->records[0], "slowdown");
}

static void break_dirty(struct dlb_result *result)
{
    json_object_set_new(result->tool, "git", json_string("d1c9899-dirty"));
}

static void break_revision(struct dlb_result *result)
{
    json_object_set_new(result->tool, "git", json_string("unknown"));
}

static void what_speaks_against_a_run_is_told(void **state)
{
    (void)state;
    static const struct {
        void (*spoil)(struct dlb_result *result);
        const char *words;
    } rows[] = {
        {break_incomplete, "not complete: ended by a signal"},
        {break_exit, "exit code 1: 1 case regressed"},
        {break_case, "failed (crashed: SIGSEGV in submit)"},
        {break_slowdown, "--slowdown"},
        {break_dirty, "changed sources (d1c9899-dirty)"},
        {break_revision, "revision of the program"},
    };
    struct dlb_result result;
    struct dlb_why why = {""};
    baseline_make_run(&result, 1, 100, 50);
    assert_int_equal(dlb_baseline_acceptable(&result, &why), DLB_OK);
    dlb_result_free(&result);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        baseline_make_run(&result, 1, 100, 50);
        rows[i].spoil(&result);
        assert_int_equal(dlb_baseline_acceptable(&result, &why), DLB_INVALID);
        if (strstr(why.text, rows[i].words) == NULL)
            fail_msg("wanted '%s', found '%s'", rows[i].words, why.text);
        dlb_result_free(&result);
    }
}

/* ---- pruning ---- */

static void pruning_keeps_the_newest(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    struct dlb_result result;
    int cases = -1;
    dlb_baseline_init(&baseline);
    baseline_make_run(&result, 1, 100, 50); /* the small case in the first session alone */
    baseline_add(&baseline, &result);
    dlb_result_free(&result);
    for (int i = 2; i <= 5; i++) {
        baseline_make_run(&result, i, 100 + i, 0);
        baseline_add(&baseline, &result);
        dlb_result_free(&result);
    }
    assert_int_equal(dlb_baseline_prune(&baseline, 9, &cases), 0);
    assert_int_equal(cases, 0);
    assert_int_equal(dlb_baseline_prune(&baseline, 3, &cases), 2);
    assert_int_equal(cases, 1);
    assert_int_equal(baseline.session_count, 3);
    assert_string_equal(baseline.sessions[0].id, "run-03");
    assert_int_equal(baseline.case_count, 1);
    assert_int_equal(baseline.cases[0].sample_count, 3);
    assert_string_equal(baseline.cases[0].samples[0].session, "run-03");
    dlb_baseline_free(&baseline);
}

/* ---- the file ---- */

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void files_read_back_the_same(void **state)
{
    (void)state;
    struct dlb_baseline baseline, again;
    struct dlb_why why = {""};
    const char *path = path_of("b.json");
    baseline_make(&baseline, 3);
    assert_int_equal(dlb_baseline_save(&baseline, path, &why), DLB_OK);
    if (dlb_baseline_load(path, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    json_t *first = dlb_baseline_to_json(&baseline);
    json_t *second = dlb_baseline_to_json(&again);
    assert_true(json_equal(first, second));
    json_decref(first);
    json_decref(second);
    dlb_baseline_free(&baseline);
    dlb_baseline_free(&again);
}

static void files_fit_the_schema(void **state)
{
    (void)state;
    struct dlb_baseline baseline;
    char problem[512] = "";
    json_t *schema = json_loads(dlb_baseline_schema_text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(schema);
    baseline_make(&baseline, 3);
    json_t *json = dlb_baseline_to_json(&baseline);
    if (!schema_check(schema, json, problem, sizeof problem))
        fail_msg("%s", problem);
    /* And the schema would notice: a case without its parts does not fit. */
    json_object_del(json_array_get(json_object_get(json, "cases"), 0), "parts");
    assert_false(schema_check(schema, json, problem, sizeof problem));
    json_decref(json);
    json_decref(schema);
    dlb_baseline_free(&baseline);
}

/* Members of every level that this version does not know. */
static void unknown_fields_are_kept(void **state)
{
    (void)state;
    struct dlb_baseline baseline, again;
    struct dlb_why why = {""};
    baseline_make(&baseline, 2);
    json_t *json = dlb_baseline_to_json(&baseline);
    json_t *session = json_array_get(json_object_get(json, "sessions"), 0);
    json_t *item = json_array_get(json_object_get(json, "cases"), 0);
    json_t *sample = json_array_get(json_object_get(item, "samples"), 0);
    json_t *const places[] = {json, session, item, sample};
    for (size_t i = 0; i < 4; i++)
        json_object_set_new(places[i], "x_later", json_integer((json_int_t)i));
    json_object_set_new(json, "schema", json_string("dlbench-baseline/1.7"));
    if (dlb_baseline_from_json(json, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    json_t *back = dlb_baseline_to_json(&again);
    json_object_set_new(json, "schema", json_string(DLB_BASELINE_SCHEMA));
    assert_true(json_equal(json, back));
    json_decref(back);
    json_decref(json);
    dlb_baseline_free(&again);
    dlb_baseline_free(&baseline);
}

static json_t *member(json_t *json, const char *list, size_t index)
{
    return json_array_get(json_object_get(json, list), index);
}

static void spoil_schema(json_t *json)
{
    json_object_set_new(json, "schema", json_string("dlbench-result/1"));
}

static void spoil_major(json_t *json)
{
    json_object_set_new(json, "schema", json_string("dlbench-baseline/2"));
}

static void spoil_sessions(json_t *json)
{
    json_object_set_new(json, "sessions", json_object());
}

static void spoil_session_twice(json_t *json)
{
    json_object_set_new(member(json, "sessions", 1), "id", json_string("run-01"));
}

static void spoil_session_id(json_t *json)
{
    json_object_set_new(member(json, "sessions", 0), "id", json_string(""));
}

static void spoil_case_twice(json_t *json)
{
    json_array_append(json_object_get(json, "cases"), member(json, "cases", 0));
}

static void spoil_parts(json_t *json)
{
    json_object_set_new(json_object_get(member(json, "cases", 1), "parts"), "threads",
                        json_string("two"));
}

static void spoil_no_samples(json_t *json)
{
    json_object_set_new(member(json, "cases", 0), "samples", json_array());
}

static void spoil_sample_session(json_t *json)
{
    json_object_set_new(member(member(json, "cases", 0), "samples", 0), "session",
                        json_string("run-77"));
}

static void spoil_order(json_t *json)
{
    json_object_set_new(member(member(json, "cases", 0), "samples", 0), "session",
                        json_string("run-02"));
}

static void spoil_time(json_t *json)
{
    json_object_set_new(member(member(member(json, "cases", 0), "samples", 1), "times", 0),
                        "median_ns", json_real(0));
}

static void spoil_no_time(json_t *json)
{
    json_object_set_new(member(member(member(json, "cases", 0), "samples", 1), "times", 0),
                        "median_ns", json_null());
}

static void spoil_sd(json_t *json)
{
    json_object_set_new(member(member(member(json, "cases", 0), "samples", 0), "times", 0),
                        "sd_rel", json_real(-0.1));
}

static void spoil_gates(json_t *json)
{
    json_object_set_new(member(member(json, "cases", 0), "samples", 0), "gates", json_array());
}

static void spoil_host(json_t *json)
{
    json_object_set_new(member(json, "sessions", 0), "host", json_string("here"));
}

static void bad_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        void (*spoil)(json_t *json);
        const char *words;
    } rows[] = {
        {spoil_schema,
         "no baseline: wanted the schema dlbench-baseline/1, found 'dlbench-result/1'"},
        {spoil_major, "found 'dlbench-baseline/2'; use a dlbench of that version"},
        {spoil_sessions, "sessions: wanted an array, found an object"},
        {spoil_session_twice, "sessions[1].id: 'run-01' is there twice"},
        {spoil_session_id, "sessions[0].id: wanted the id of a run, found none"},
        {spoil_case_twice, "cases[2].key: 'gemm:"},
        {spoil_parts, "cases[1].parts.threads: wanted an integer, found a text"},
        {spoil_no_samples, "cases[0].samples: wanted 1 to"},
        {spoil_sample_session, "cases[0].samples[0].session: there is no session 'run-77'"},
        {spoil_order, "cases[0].samples: wanted the order of the sessions"},
        {spoil_time,
         "cases[0].samples[1].times[0].median_ns: wanted a time above 0, found 0 or less"},
        {spoil_no_time,
         "cases[0].samples[1].times[0].median_ns: wanted a time above 0, found none"},
        {spoil_sd, "cases[0].samples[0].times[0].sd_rel: wanted at least 0"},
        {spoil_gates, "cases[0].samples[0].gates: wanted an object, found an array"},
        {spoil_host, "sessions[0].host: wanted an object, found a text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_baseline baseline, again;
        struct dlb_why why = {""};
        baseline_make(&baseline, 2);
        json_t *json = dlb_baseline_to_json(&baseline);
        rows[i].spoil(json);
        assert_int_equal(dlb_baseline_from_json(json, &again, &why), DLB_INVALID);
        if (strstr(why.text, rows[i].words) == NULL)
            fail_msg("wanted '%s', found '%s'", rows[i].words, why.text);
        json_decref(json);
        dlb_baseline_free(&baseline);
    }
}

/* The new file does not come to be, the old one stays as it was. */
static void a_failed_save_leaves_the_old_file(void **state)
{
    (void)state;
    struct dlb_baseline baseline, again;
    struct dlb_why why = {""};
    char path[512];
    snprintf(path, sizeof path, "%s/old.json", folder);
    baseline_make(&baseline, 2);
    assert_int_equal(dlb_baseline_save(&baseline, path, &why), DLB_OK);
    baseline.cases[0].samples[0].times[0].median_ns = 1;
    assert_int_equal(dlb_baseline_save(&baseline, path_of("no-folder/b.json"), &why), DLB_IO);
    assert_int_equal(dlb_baseline_save(&baseline, folder, &why), DLB_IO);
    assert_int_equal(dlb_baseline_load(path, &again, &why), DLB_OK);
    baseline_near(again.cases[0].samples[0].times[0].median_ns, 1000);
    dlb_baseline_free(&again);
    dlb_baseline_free(&baseline);
    assert_int_equal(dlb_baseline_load(path_of("none.json"), &again, &why), DLB_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_keeps_every_process),
        cmocka_unit_test(sessions_stand_in_the_order_of_time),
        cmocka_unit_test(another_driver_begins_another_case),
        cmocka_unit_test(a_run_enters_once),
        cmocka_unit_test(failures_and_trials_are_left_out),
        cmocka_unit_test(what_speaks_against_a_run_is_told),
        cmocka_unit_test(pruning_keeps_the_newest),
        cmocka_unit_test(files_read_back_the_same),
        cmocka_unit_test(files_fit_the_schema),
        cmocka_unit_test(unknown_fields_are_kept),
        cmocka_unit_test(bad_files_are_refused),
        cmocka_unit_test(a_failed_save_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
