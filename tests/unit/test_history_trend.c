/* test_history_trend.c: series of sessions: what belongs to one, what does not, and what becomes of the steps in them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "bench/store/history.h"

#ifdef DLB_HAVE_SQLITE
#include "bench/base/log.h"
#include "bench/base/random.h"
#include "tests/unit/history_sample.h"
#include "tests/unit/store_sample.h"

#define SEED 7

static char folder[256], path[300];

static int make_folder(void **state)
{
    (void)state;
    dlb_log_set_level(DLB_LOG_ERROR);
    sample_make_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/h.db", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    sample_remove_folder(folder);
    return 0;
}

/* ---- helpers ---- */

/* What becomes of run `number` before it is added; NULL: nothing. */
typedef void change_run(int number, struct dlb_result *result);

/* Runs `first` to `last`, a little noise on every time (0.3 %). */
static void add_runs(int first, int last, change_run *change)
{
    struct dlb_random random;
    struct dlb_history *history = must_open_history(path);
    dlb_random_seed(&random, 99);
    for (int i = 0; i <= last; i++) {
        struct dlb_result result;
        sample_run(i, &result);
        for (int r = 0; r < result.record_count; r++)
            result.records[r].summary.median_ns *= 1 + 0.003 * dlb_random_normal(&random);
        if (change != NULL)
            change(i, &result);
        if (i >= first)
            must_add(history, &result, DLB_HISTORY_ADDED);
        dlb_result_free(&result);
    }
    dlb_history_close(history);
}

static enum dlb_status find(const struct dlb_history_filter *filter,
                            struct dlb_history_trend *trend, struct dlb_why *why)
{
    struct dlb_history *history = must_open_history(path);
    const enum dlb_status status =
        dlb_history_trend_find(history, filter, &dlb_changepoint_default, SEED, trend, why);
    dlb_history_close(history);
    return status;
}

static void must_find(const struct dlb_history_filter *filter, struct dlb_history_trend *trend)
{
    struct dlb_why why = {""};
    if (find(filter, trend, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static const char *const big_gemm[] = {"gemm:m=512,n=512,k=512,dtype=f32"};
static const char *const onednn[] = {"onednn:0"};

/* The product of 512 in f32 on onednn:0. */
static struct dlb_history_filter one_case(void)
{
    return (struct dlb_history_filter){
        .workloads = big_gemm, .workload_count = 1, .devices = onednn, .device_count = 1};
}

/* ---- changes ---- */

static void slower_from_12(int number, struct dlb_result *result)
{
    if (number >= 12)
        sample_slow(result, "onednn:0", 1.08);
}

static void faster_from_12(int number, struct dlb_result *result)
{
    if (number >= 12)
        sample_slow(result, "onednn:0", 1 / 1.08);
}

static void creeping(int number, struct dlb_result *result)
{
    sample_slow(result, "onednn:0", 1 + 0.01 * number);
}

static void two_hosts(int number, struct dlb_result *result)
{
    if (number % 2 == 1) {
        json_object_set_new(result->host, "id_hash", json_string("feedfeedfeedfeed"));
        sample_slow(result, "onednn:0", 3);
    }
}

static void new_driver_from_12(int number, struct dlb_result *result)
{
    if (number >= 12) {
        json_object_set_new(json_array_get(result->devices, 0), "runtime", json_string("new"));
        sample_slow(result, "onednn:0", 1.08);
    }
}

static void trials(int number, struct dlb_result *result)
{
    if (number % 3 == 2) {
        sample_slow(result, "onednn:0", 5);
        for (int i = 0; i < result->record_count; i++)
            dlb_record_flag(&result->records[i], "slowdown");
    }
}

static void new_definition_from_12(int number, struct dlb_result *result)
{
    for (int i = 0; i < result->record_count && number >= 12; i++)
        strcpy(result->records[i].version_hash, "2222222222222222");
}

/* ---- tests ---- */

static void test_step(void **state)
{
    const struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    (void)state;
    add_runs(0, 23, slower_from_12);
    must_find(&filter, &trend);
    assert_int_equal(trend.count, 1);
    const struct dlb_history_series *series = &trend.series[0];
    assert_int_equal(series->point_count, 24);
    assert_int_equal(series->state, DLB_HISTORY_STEPS);
    assert_int_equal(series->step_count, 1);
    assert_int_equal(series->steps[0].first, 12);
    assert_true(fabs(series->steps[0].effect - 0.08) < 0.01);
    assert_true(series->steps[0].p <= 0.001);
    assert_string_equal(series->points[12].run_id, "run-12");
    assert_string_equal(series->points[12].rev, "0000012");
    assert_string_equal(series->problem, big_gemm[0]);
    dlb_history_trend_free(&trend);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM changepoint WHERE run_id='run-12' AND "
                                      "effect > 0.07 AND acknowledged_by IS NULL"),
                     1);
    must_find(&filter, &trend); /* a second look does not add it a second time */
    dlb_history_trend_free(&trend);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM changepoint"), 1);
}

/* A rate that falls is a case that got slower: the effect is that of the time. */
static void test_metrics(void **state)
{
    struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    struct dlb_why why = {""};
    (void)state;
    add_runs(0, 23, faster_from_12);
    filter.metric = "ops_per_s";
    must_find(&filter, &trend);
    assert_int_equal(trend.series[0].step_count, 1);
    assert_true(fabs(trend.series[0].steps[0].effect + 0.074) < 0.01);
    dlb_history_trend_free(&trend);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM changepoint"), 0);
    filter.metric = "colour";
    assert_int_equal(find(&filter, &trend, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "ops_per_s"));
    filter.metric = "energy_j"; /* nothing here measures it */
    assert_int_equal(find(&filter, &trend, &why), DLB_UNAVAILABLE);
}

static void test_states(void **state)
{
    const struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    (void)state;
    add_runs(0, 12, NULL);
    must_find(&filter, &trend);
    assert_int_equal(trend.series[0].state, DLB_HISTORY_TOO_FEW);
    assert_int_equal(trend.points_wanted, 14);
    dlb_history_trend_free(&trend);
    add_runs(13, 23, NULL);
    must_find(&filter, &trend);
    assert_int_equal(trend.series[0].state, DLB_HISTORY_STEADY);
    assert_true(fabs(trend.series[0].lag1) < 0.4);
    dlb_history_trend_free(&trend);
}

static void test_drift(void **state)
{
    const struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    (void)state;
    add_runs(0, 39, creeping);
    must_find(&filter, &trend);
    assert_int_equal(trend.series[0].state, DLB_HISTORY_DRIFTING);
    assert_int_equal(trend.series[0].step_count, 0);
    dlb_history_trend_free(&trend);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM changepoint"), 0);
}

/* Every other run comes from a host that takes three times as long: two steady series, not one wild one. */
static void test_hosts_are_never_mixed(void **state)
{
    struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    struct dlb_why why = {""};
    (void)state;
    add_runs(0, 31, two_hosts);
    must_find(&filter, &trend);
    assert_int_equal(trend.count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(trend.series[i].point_count, 16);
        assert_int_equal(trend.series[i].state, DLB_HISTORY_STEADY);
    }
    dlb_history_trend_free(&trend);
    filter.host = "feed";
    must_find(&filter, &trend);
    assert_int_equal(trend.count, 1);
    assert_string_equal(trend.series[0].host, "feedfeedfeedfeed");
    dlb_history_trend_free(&trend);
    filter.host = "beef";
    assert_int_equal(find(&filter, &trend, &why), DLB_UNAVAILABLE);
}

/* The step of an update of the driver must show: its device is another row, the series is the same. */
static void test_drivers_are_one_series(void **state)
{
    const struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    (void)state;
    add_runs(0, 23, new_driver_from_12);
    must_find(&filter, &trend);
    assert_int_equal(trend.count, 1);
    assert_int_equal(trend.series[0].step_count, 1);
    assert_int_equal(trend.series[0].steps[0].first, 12);
    dlb_history_trend_free(&trend);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM changepoint c JOIN device d ON "
                                      "d.id=c.device_id WHERE d.driver='new'"),
                     1);
}

static void test_trials_are_no_sessions(void **state)
{
    const struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    (void)state;
    add_runs(0, 23, trials);
    must_find(&filter, &trend);
    assert_int_equal(trend.series[0].point_count, 16); /* every third was a trial */
    assert_int_equal(trend.series[0].state, DLB_HISTORY_STEADY);
    dlb_history_trend_free(&trend);
}

static void test_definitions(void **state)
{
    const struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    (void)state;
    add_runs(0, 23, new_definition_from_12);
    must_find(&filter, &trend);
    assert_int_equal(trend.count, 2); /* what is measured has changed: two series of twelve */
    assert_int_equal(trend.series[0].point_count, 12);
    assert_int_equal(trend.series[1].point_count, 12);
    dlb_history_trend_free(&trend);
}

static void test_since(void **state)
{
    static const struct {
        const char *since;
        int points;
    } rows[] = {{"2026-01-11", 14},
                {"2026-01-11T10:00:00Z", 14},
                {"2026-01-11T10:00:01Z", 13},
                {"000001", 14}, /* revision 0000010 is the first that begins so */
                {"0000020", 4},
                {NULL, 24}};
    struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    struct dlb_why why = {""};
    (void)state;
    add_runs(0, 23, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        filter.since = rows[i].since;
        must_find(&filter, &trend);
        if (trend.series[0].point_count != rows[i].points)
            fail_msg("since %s: %d points", rows[i].since, trend.series[0].point_count);
        dlb_history_trend_free(&trend);
    }
    filter.since = "v9.9";
    assert_int_equal(find(&filter, &trend, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "v9.9"));
    filter.since = "2027-01-01";
    assert_int_equal(find(&filter, &trend, &why), DLB_UNAVAILABLE);
}

static void test_patterns(void **state)
{
    static const char *const gemms[] = {"gemm*"};
    static const char *const others[] = {"lenet", "conv*"};
    static const char *const label[] = {"gemm m35*"};
    static const char *const nothing[] = {"lstm"};
    static const char *const backend[] = {"openblas"};
    static const char *const kind[] = {"cpu"};
    const struct {
        struct dlb_history_filter filter;
        int series;
    } rows[] = {
        {{.workloads = gemms, .workload_count = 1}, 7},
        {{.workloads = others, .workload_count = 2}, 5},
        {{.workloads = label, .workload_count = 1}, 2},
        {{.devices = backend, .device_count = 1}, 4},
        {{.devices = kind, .device_count = 1}, 11},
        {{.workloads = nothing, .workload_count = 1}, 0},
        {{.branch = "main"}, 12},
        {{.branch = "other"}, 0},
        {{.host = NULL}, 12},
    };
    (void)state;
    add_runs(0, 1, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_history_trend trend = {0};
        struct dlb_why why = {""};
        const enum dlb_status status = find(&rows[i].filter, &trend, &why);
        if (trend.count != rows[i].series ||
            status != (rows[i].series > 0 ? DLB_OK : DLB_UNAVAILABLE))
            fail_msg("row %zu: %d series, %s", i, trend.count, why.text);
        dlb_history_trend_free(&trend);
    }
}

/* ---- acknowledging ---- */

static void acknowledge(int wanted)
{
    const struct dlb_history_filter filter = one_case();
    struct dlb_history_trend trend;
    struct dlb_why why = {""};
    int count = -1;
    struct dlb_history *history = must_open_history(path);
    if (dlb_history_trend_find(history, &filter, &dlb_changepoint_default, SEED, &trend, &why) !=
            DLB_OK ||
        dlb_history_acknowledge(history, &trend, "ann", "wanted: new layout", &count, &why) !=
            DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(count, wanted);
    dlb_history_trend_free(&trend);
    dlb_history_close(history);
}

/* A note outlives another look, later runs, and the database itself. */
static void test_acknowledge(void **state)
{
    const struct dlb_history_filter filter = one_case();
    struct dlb_history_rebuilt rebuilt;
    struct dlb_history_trend trend;
    struct dlb_why why = {""};
    (void)state;
    add_runs(0, 23, slower_from_12);
    acknowledge(1);
    acknowledge(0);
    add_runs(24, 27, slower_from_12);
    if (dlb_history_rebuild(path, &rebuilt, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(rebuilt.left_out, 0);
    must_find(&filter, &trend);
    assert_int_equal(trend.series[0].point_count, 28);
    assert_int_equal(trend.series[0].step_count, 1);
    assert_string_equal(trend.series[0].steps[0].acknowledged_by, "ann");
    assert_string_equal(trend.series[0].steps[0].note, "wanted: new layout");
    dlb_history_trend_free(&trend);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM changepoint"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_step),
        TEST(test_metrics),
        TEST(test_states),
        TEST(test_drift),
        TEST(test_hosts_are_never_mixed),
        TEST(test_drivers_are_one_series),
        TEST(test_trials_are_no_sessions),
        TEST(test_definitions),
        TEST(test_since),
        TEST(test_patterns),
        TEST(test_acknowledge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* Without SQLite there is no trend, and the reason says what to install. */
static void test_absent(void **state)
{
    const struct dlb_history_filter filter = {0};
    struct dlb_history_trend trend = {0};
    struct dlb_why why = {""};
    (void)state;
    assert_int_equal(
        dlb_history_trend_find(NULL, &filter, &dlb_changepoint_default, 1, &trend, &why),
        DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "libsqlite3-dev"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_absent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
