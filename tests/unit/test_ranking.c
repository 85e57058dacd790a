/* test_ranking.c: what is compared with what, who is fastest, and what a table of rows says of them: circumstances, threads,
 * flags, kinds of spread, rates.
 *
 * Whole pages, formats and hostile names are in test_report.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/ranking.h"
#include "reports/report.h"
#include "tests/unit/store_sample.h"

static char *render(const struct dlb_result *result, const char *format,
                    const struct dlb_report_options *options)
{
    char *text = NULL;
    size_t size = 0;
    struct dlb_why why = {""};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    const enum dlb_status status = dlb_report_find(format)->write(result, options, stream, &why);
    if (status != DLB_OK)
        fail_msg("%s: %s", format, why.text);
    assert_int_equal(fclose(stream), 0);
    return text;
}

/* Adds a row of 3 invocations, or of one with a few samples. */
static void add_row(struct dlb_result *result, const char *problem, const char *device,
                    double median_ns, int invocations)
{
    struct dlb_record record;
    sample_record(&record, problem, problem, device, median_ns, invocations);
    assert_int_equal(dlb_result_add(result, &record), DLB_OK);
}

static struct dlb_record *last(struct dlb_result *result)
{
    return &result->records[result->record_count - 1];
}

static void circumstances_are_never_mixed(void **state)
{
    (void)state;
    static const struct {
        const char *device;
        int threads;
        const char *mode, *cache_state, *data;
        double median_ns;
    } rows[] = {{"onednn:0", 1, "throughput", "warm", "random", 4e6},
                {"onednn:0", 2, "throughput", "warm", "random", 2e6},
                {"blas:0", 2, "throughput", "warm", "random", 4e6},
                {"onednn:0", 2, "latency", "warm", "random", 3e6},
                {"onednn:0", 2, "throughput", "cold", "random", 5e6},
                {"blas:0", 2, "throughput", "cold", "random", 2.5e6},
                {"onednn:0", 2, "throughput", "cold", "zeros", 4.5e6}};
    struct dlb_result result;
    struct dlb_ranking ranking;
    struct dlb_contest contest;
    const struct dlb_report_options options = {.columns = 120, .unicode = true};
    dlb_result_init(&result);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        add_row(&result, "gemm:m=8,dtype=f32", rows[i].device, rows[i].median_ns, 3);
        struct dlb_record *record = last(&result);
        record->threads = rows[i].threads;
        snprintf(record->mode, sizeof record->mode, "%s", rows[i].mode);
        snprintf(record->cache_state, sizeof record->cache_state, "%s", rows[i].cache_state);
        snprintf(record->data, sizeof record->data, "%s", rows[i].data);
    }
    assert_int_equal(dlb_ranking_make(&result, &ranking), DLB_OK);
    assert_int_equal(ranking.group_count, 5);
    assert_int_equal(ranking.class_count, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(dlb_ranking_contest(&ranking, i, &contest), DLB_OK);
        assert_int_equal(contest.groups, 1);
        dlb_contest_free(&contest);
    }
    dlb_ranking_free(&ranking);
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, "dtype=f32 throughput warm random t1  onednn:0"));
    assert_non_null(strstr(text, "fastest  f32   throughput, warm, random, 1 thread: onednn:0, "
                                 "alone on 1, "));
    assert_non_null(strstr(text, "throughput, warm, random, 2 threads: onednn:0 on 1 of 1, "));
    assert_non_null(strstr(text, "throughput, cold, random, 2 threads: blas:0 on 1 of 1, "));
    assert_non_null(strstr(text, "throughput, cold, zeros, 2 threads: onednn:0, alone on 1, "));
    assert_non_null(strstr(text, "latency, warm, random, 2 threads: onednn:0, alone on 1, "));
    assert_non_null(strstr(text, "median over 3 invocations\n"));
    free(text);
    dlb_result_free(&result);
}

/* A device that takes one thread at most competes with one that took two: each at its best, and said. */
static void threads_stand_where_they_are_true(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_ranking ranking;
    const struct dlb_report_options options = {.columns = 120, .unicode = true};
    sample_result(&result);
    assert_int_equal(dlb_ranking_make(&result, &ranking), DLB_OK);
    assert_false(ranking.many_threads);
    assert_int_equal(ranking.groups[0].count, 3);
    dlb_ranking_free(&ranking);
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, "reference:0  plain loops, 1 thread\n"));
    assert_non_null(strstr(text, "avx512_core_bf16), 2 threads\n"));
    assert_non_null(strstr(text, "warm cache, random data\n"));
    free(text);
    json_object_set_new(json_array_get(result.devices, 2), "runtime",
                        json_string("plain loops, 1 thread")); /* not said twice */
    text = render(&result, "text", &options);
    assert_non_null(strstr(text, "reference:0  plain loops, 1 thread\n"));
    free(text);
    for (int i = 0; i < result.record_count; i++)
        result.records[i].threads = 2;
    text = render(&result, "text", &options);
    assert_non_null(strstr(text, "OpenBLAS 0.3.21 (SkylakeX, openmp)\n"));
    assert_non_null(strstr(text, "warm cache, random data, 2 threads\n"));
    free(text);
    dlb_result_free(&result);
}

static void what_is_not_cold_is_not_ranked_cold(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_ranking ranking;
    struct dlb_contest contest;
    const struct dlb_report_options options = {.columns = 120};
    dlb_result_init(&result);
    add_row(&result, "gemm:m=8,dtype=f32", "a:0", 4e6, 3);
    add_row(&result, "gemm:m=8,dtype=f32", "b:0", 2e6, 3);
    for (int i = 0; i < 2; i++)
        strcpy(result.records[i].cache_state, "cold");
    dlb_record_flag(last(&result), "cold_downgraded");
    assert_int_equal(dlb_ranking_make(&result, &ranking), DLB_OK);
    assert_int_equal(ranking.class_count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(dlb_ranking_contest(&ranking, i, &contest), DLB_OK);
        assert_string_equal(ranking.devices[contest.fastest], i == 0 ? "a:0" : "b:0");
        assert_int_equal(contest.rival_count, 0);
        dlb_contest_free(&contest);
    }
    dlb_ranking_free(&ranking);
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, "dtype=f32 cold      a:0"));
    assert_non_null(strstr(text, "dtype=f32 not-cold  b:0"));
    assert_non_null(strstr(text, "not-cold: b:0, alone on 1"));
    assert_non_null(strstr(text, "not-cold  cold was asked for, but"));
    free(text);
    dlb_record_flag(&result.records[0], "cold_downgraded");
    text = render(&result, "text", &options);
    assert_non_null(strstr(text, "not-cold cache"));
    assert_non_null(strstr(text, "b:0 on 1 of 1"));
    free(text);
    dlb_result_free(&result);
}

static void stretched_times_are_not_ranked(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_ranking ranking;
    const struct dlb_report_options options = {.columns = 120, .unicode = true};
    dlb_result_init(&result);
    add_row(&result, "gemm:m=8,dtype=f32", "a:0", 2e6, 3);
    dlb_record_flag(last(&result), "slowdown");
    add_row(&result, "gemm:m=8,dtype=f32", "b:0", 4e6, 3);
    assert_int_equal(dlb_ranking_make(&result, &ranking), DLB_OK);
    assert_int_equal(ranking.groups[0].ranked, 1);
    assert_string_equal(ranking.rows[0].record->device, "b:0");
    assert_true(ranking.rows[0].relative == 1 && isnan(ranking.rows[1].relative));
    assert_true(ranking.rows[1].measured && !ranking.rows[1].ranked);
    dlb_ranking_free(&ranking);
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, "\nD  slowdown: "));
    assert_non_null(strstr(text, "b:0, alone on 1"));
    free(text);
    dlb_record_flag(last(&result), "slowdown");
    text = render(&result, "text", &options);
    assert_non_null(strstr(text, "all rows: every sample was stretched on purpose"));
    assert_null(strstr(text, "fastest"));
    assert_null(strstr(text, "overall"));
    assert_null(strstr(text, "\n\n\n"));
    free(text);
    dlb_result_free(&result);
}

/* One process, few samples: what its spread is called, and what all rows share is said once. */
static void a_single_process_is_explained(void **state)
{
    (void)state;
    struct dlb_result result;
    const struct dlb_report_options options = {.columns = 80, .unicode = true};
    dlb_result_init(&result);
    for (int i = 0; i < 2; i++) {
        struct dlb_invocation invocation;
        add_row(&result, "gemm:m=8,dtype=f32", i == 0 ? "a:0" : "b:0", 2e6, 0);
        sample_invocation(&invocation, 0, 3, 2e6, (uint64_t)i + 1);
        strcpy(invocation.stop_reason, "budget");
        assert_int_equal(dlb_record_add_invocation(last(&result), &invocation), DLB_OK);
        dlb_record_summarise(last(&result));
    }
    result.devices = json_pack("[{s:s, s:s, s:s}]", "key", "x:0", "status", "unavailable", "reason",
                               "it was not built");
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, "median over 1 invocation, "));
    assert_non_null(strstr(text, "\ns  \xC2\xB1 reaches to the farthest sample of one process"));
    assert_null(strstr(text, "farthest invocation"));
    assert_non_null(strstr(text, "\nall rows: one invocation only, how far processes differ is not "
                                 "known; the time\n  was up"));
    assert_non_null(strstr(text, "as asked\n\nx:0  unavailable: it was not built\n\n"));
    assert_null(strstr(text, "B  budget"));
    free(text);
    result.records[0].flag_count = 1; /* single_invocation; the budget is the other's alone */
    assert_string_equal(result.records[0].flags[0], "single_invocation");
    text = render(&result, "text", &options);
    assert_non_null(strstr(text, "\nB  budget: the time was up"));
    assert_non_null(strstr(text, "\nall rows: one invocation only"));
    free(text);
    dlb_result_free(&result);
}

/* Most flags at once still leave a row on one line of 80 columns. */
static void flags_are_letters(void **state)
{
    (void)state;
    static const char *const flags[] = {"noisy",         "unsteady",         "budget",
                                        "timer_limited", "reference_kernel", "of_tomorrow"};
    struct dlb_result result;
    const struct dlb_report_options options = {.columns = 80, .unicode = true};
    dlb_result_init(&result);
    add_row(&result, "gemm:m=8,dtype=f32", "a:0", 2e6, 3);
    add_row(&result, "gemm:m=8,dtype=f32", "b:0", 4e6, 3);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        dlb_record_flag(last(&result), flags[i]);
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, " NUBTK of_tomorrow\n"));
    assert_non_null(strstr(text, "\nK  ref-kernel: "));
    free(text);
    dlb_result_free(&result);
}

/* Networks in the unit of the verdict, and in what they take. */
static void networks_have_two_rates(void **state)
{
    (void)state;
    const struct dlb_report_options options = {.columns = 120, .unicode = true};
    struct dlb_result result;
    dlb_result_init(&result);
    add_row(&result, "lenet:batch=64,dtype=f32", "a:0", 3.2e6, 3);
    last(&result)->items = 64;
    dlb_record_summarise(last(&result));
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, "84.0 GFLOP/s  20.0 k\n"));
    assert_non_null(strstr(text, "a:0, alone on 1, 84.0 GFLOP/s on average"));
    assert_non_null(strstr(text, "\nitem/s  images or rows"));
    free(text);
    dlb_result_free(&result);
}

/* Whatever its invocations or an old file say. */
static void failed_rows_show_no_speed(void **state)
{
    (void)state;
    static const enum dlb_status failures[] = {DLB_WRONG, DLB_CRASHED, DLB_TIMEOUT, DLB_FAILED};
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        struct dlb_result result;
        const struct dlb_report_options options = {.columns = 120, .unicode = true};
        dlb_result_init(&result);
        add_row(&result, "gemm:m=8,dtype=f32", "a:0", 2e6, 3);
        last(&result)->status = failures[i];
        for (int again = 0; again < 2; again++) {
            static const char *const formats[] = {"text", "md"};
            for (size_t j = 0; j < 2; j++) {
                char *text = render(&result, formats[j], &options);
                assert_null(strstr(text, "FLOP/s"));
                assert_null(strstr(text, "ms"));
                assert_non_null(strstr(text, "1 failed on a:0"));
                free(text);
            }
            dlb_record_summarise(last(&result));
        }
        dlb_result_free(&result);
    }
}

/* Worked out by hand: 2 and 8 times as fast where both ran have the mean 4. */
static void means_are_geometric(void **state)
{
    (void)state;
    static const struct {
        const char *problem, *device;
        double median_ns;
    } rows[] = {
        {"gemm:m=1,dtype=f32", "a:0", 1e6}, {"gemm:m=1,dtype=f32", "b:0", 2e6},
        {"gemm:m=2,dtype=f32", "a:0", 1e6}, {"gemm:m=2,dtype=f32", "b:0", 8e6},
        {"gemm:m=3,dtype=f32", "a:0", 1e6}, {"gemm:m=4,dtype=f32", "b:0", 1e6},
        {"gemm:m=5,dtype=s8", "b:0", 1e6},
    };
    struct dlb_result result;
    struct dlb_ranking ranking;
    struct dlb_contest contest;
    dlb_result_init(&result);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_record record;
        sample_record(&record, rows[i].problem, rows[i].problem, rows[i].device, rows[i].median_ns,
                      0);
        record.summary.median_ns = rows[i].median_ns;
        record.summary.ci_lo_ns = 0.9 * rows[i].median_ns;
        record.summary.ci_hi_ns = 1.1 * rows[i].median_ns;
        assert_int_equal(dlb_result_add(&result, &record), DLB_OK);
    }
    assert_int_equal(dlb_ranking_make(&result, &ranking), DLB_OK);
    assert_int_equal(dlb_ranking_contest(&ranking, 0, &contest), DLB_OK);
    assert_string_equal(ranking.devices[contest.fastest], "a:0");
    assert_int_equal(ranking.class_count, 2); /* f32, s8 */
    assert_int_equal(contest.won, 3);
    assert_int_equal(contest.groups, 4);
    assert_int_equal(contest.ran, 3);
    assert_int_equal(contest.rival_count, 1);
    assert_int_equal(contest.rivals[0].both, 2);
    assert_true(fabs(contest.rivals[0].ratio - 4) < 1e-12);
    assert_int_equal(contest.close, 0);
    dlb_contest_free(&contest);
    result.records[1].summary.ci_lo_ns = 1.05e6; /* below the winner's 1.1e6 */
    assert_int_equal(dlb_ranking_contest(&ranking, 0, &contest), DLB_OK);
    assert_int_equal(contest.close, 1);
    dlb_contest_free(&contest);
    dlb_ranking_free(&ranking);
    dlb_result_free(&result);
}

/* The longest of all processes is told, once a device; who built nothing says nothing. */
static void preparing_is_told(void **state)
{
    (void)state;
    struct dlb_result result;
    dlb_result_init(&result);
    for (int i = 0; i < 3; i++) {
        struct dlb_record record;
        sample_record(&record, i == 2 ? "gemm:m=2,dtype=f32" : "gemm:m=1,dtype=f32", "gemm",
                      i == 1 ? "onednn:0" : "opencl:1", 1e6, 2);
        for (int j = 0; j < 2; j++) {
            record.invocations[j].build_ns = i == 0 && j == 0 ? 3.14e9 : (double)NAN;
            record.invocations[j].tune_ns = i == 2 && j == 1 ? 5e9 : (double)NAN;
        }
        assert_int_equal(dlb_result_add(&result, &record), DLB_OK);
    }
    const struct dlb_report_options options = {.columns = 200, .unicode = true};
    static const char *const formats[] = {"text", "md"};
    for (int i = 0; i < 2; i++) {
        char *text = render(&result, formats[i], &options);
        const char *told = strstr(text, "took up to");
        assert_non_null(strstr(text,
                               "opencl:1 took up to 3.14 s to compile and 5.00 s to search for "
                               "parameters before the first call"));
        assert_null(strstr(told + 1, "took up to"));
        free(text);
    }
    dlb_result_free(&result);
}

/* What no clock saw on the device stands below and wins nothing, however fast. */
static void only_measured_times_are_ranked(void **state)
{
    (void)state;
    static const char *const evidences[] = {"emulated", "modelled", "measured", "simulated"};
    struct dlb_result result;
    struct dlb_ranking ranking;
    struct dlb_contest contest;
    dlb_result_init(&result);
    for (int i = 0; i < 4; i++) {
        struct dlb_record record;
        sample_record(&record, "gemm:m=1,dtype=f32", "gemm m1", evidences[i], 1e6, 0);
        snprintf(record.evidence, sizeof record.evidence, "%s", evidences[i]);
        record.summary.median_ns = 1e6 + i;
        assert_int_equal(dlb_result_add(&result, &record), DLB_OK);
    }
    assert_int_equal(dlb_ranking_make(&result, &ranking), DLB_OK);
    assert_string_equal(ranking.rows[0].record->evidence, "measured");
    assert_int_equal(ranking.groups[0].ranked, 1);
    assert_string_equal(ranking.rows[3].record->evidence, "emulated"); /* the fastest, and last */
    for (int i = 0; i < 4; i++) {
        const bool emulated = strcmp(ranking.rows[i].record->evidence, "emulated") == 0;
        assert_int_equal(isnan(ranking.rows[i].relative) != 0, emulated);
    }
    assert_int_equal(dlb_ranking_contest(&ranking, 0, &contest), DLB_OK);
    assert_int_equal(contest.groups, 1);
    assert_int_equal(contest.rival_count, 0);
    dlb_contest_free(&contest);
    dlb_ranking_free(&ranking);
    const struct dlb_report_options options = {.columns = 120, .unicode = true};
    char *text = render(&result, "text", &options);
    for (int i = 0; i < 4; i++)
        assert_non_null(strstr(text, evidences[i]));
    assert_non_null(strstr(text, "~1.00 ms"));
    assert_non_null(strstr(text, "~100%"));
    assert_non_null(strstr(text, "the time is predicted, not clocked; how long the emulation"));
    assert_non_null(strstr(text, "its time says nothing of the device"));
    free(text);
    dlb_result_free(&result);
}

/* Predictions beside predictions are shares of the fastest, each of its own kind; an emulator's time is none of them. */
static void predictions_alone_are_compared(void **state)
{
    (void)state;
    static const struct {
        const char *device, *evidence;
        double median_ns, relative;
    } rows[] = {
        {"big", "modelled", 1e6, 1},
        {"rtl", "simulated", 2e6, (double)NAN},
        {"small", "modelled", 4e6, 0.25},
        {"emulator", "emulated", 1e3, (double)NAN},
    };
    struct dlb_result result;
    struct dlb_ranking ranking;
    dlb_result_init(&result);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        struct dlb_record record;
        sample_record(&record, "gemm:m=1,dtype=f32", "gemm m1", rows[i].device, 1e6, 0);
        snprintf(record.evidence, sizeof record.evidence, "%s", rows[i].evidence);
        record.summary.median_ns = rows[i].median_ns;
        assert_int_equal(dlb_result_add(&result, &record), DLB_OK);
    }
    assert_int_equal(dlb_ranking_make(&result, &ranking), DLB_OK);
    assert_int_equal(ranking.groups[0].ranked, 0);
    assert_int_equal(ranking.class_count, 0);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        assert_string_equal(ranking.devices[ranking.rows[i].device], rows[i].device);
        assert_true(ranking.rows[i].relative == rows[i].relative ||
                    (isnan(ranking.rows[i].relative) && isnan(rows[i].relative)));
    }
    dlb_ranking_free(&ranking);
    const struct dlb_report_options options = {.columns = 120, .unicode = true};
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, "~25%"));
    assert_null(strstr(text, " 25%"));
    assert_non_null(strstr(text, "of the fastest of its own kind where nothing was measured"));
    assert_null(strstr(text, "fastest  "));
    free(text);
    dlb_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(circumstances_are_never_mixed),
        cmocka_unit_test(threads_stand_where_they_are_true),
        cmocka_unit_test(what_is_not_cold_is_not_ranked_cold),
        cmocka_unit_test(stretched_times_are_not_ranked),
        cmocka_unit_test(a_single_process_is_explained),
        cmocka_unit_test(flags_are_letters),
        cmocka_unit_test(networks_have_two_rates),
        cmocka_unit_test(failed_rows_show_no_speed),
        cmocka_unit_test(means_are_geometric),
        cmocka_unit_test(preparing_is_told),
        cmocka_unit_test(only_measured_times_are_ranked),
        cmocka_unit_test(predictions_alone_are_compared),
    };
    return cmocka_run_group_tests_name("ranking", tests, NULL, NULL);
}
