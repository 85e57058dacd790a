/* baseline_sample.c: see baseline_sample.h. */
#include "tests/unit/baseline_sample.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/store_sample.h"

void baseline_near(double found, double wanted)
{
    if (!(fabs(found - wanted) <= 1e-9 * fabs(wanted) + 1e-12))
        fail_msg("found %.17g, wanted %.17g", found, wanted);
}

/* The medians of a record's processes are these, to the last digit. */
static void set_times(struct dlb_record *record, const double *times, int count)
{
    for (int i = 0; i < count; i++) {
        struct dlb_invocation invocation;
        sample_invocation(&invocation, i, 20, times[i], (uint64_t)i + 1);
        invocation.median_ns = times[i];
        invocation.mad_ns = 0.01 * times[i];
        assert_int_equal(dlb_record_add_invocation(record, &invocation), DLB_OK);
    }
    dlb_record_summarise(record);
}

void baseline_add_case(struct dlb_result *result, const char *problem, const char *device,
                       const double *times, int count)
{
    struct dlb_record record;
    sample_record(&record, problem, "a label", device, 1, 0);
    set_times(&record, times, count);
    assert_int_equal(dlb_result_add(result, &record), DLB_OK);
}

/* Session `number` of a machine; to be filled. */
void baseline_begin_run(struct dlb_result *result, int number)
{
    dlb_result_init(result);
    snprintf(result->run_id, sizeof result->run_id, "run-%02d", number);
    snprintf(result->created_utc, sizeof result->created_utc, "2026-11-%02dT06:00:00Z", number);
    result->complete = true;
    result->tool = json_pack("{s:s, s:s}", "version", "0.1.0", "git", "d1c9899");
    result->host = json_pack("{s:s, s:s, s:s, s:n, s:[]}", "id_hash", "0123", "cpu_model", "EPYC",
                             "kernel", "6.1.0", "governor", "timer");
    result->devices =
        json_pack("[{s:s, s:s, s:s, s:s, s:s}]", "key", "onednn:0", "backend", "onednn", "status",
                  "ok", "name", "EPYC", "runtime", "oneDNN 3.2.0 (gomp)");
}

/* A run of one process a case. */
void baseline_make_run(struct dlb_result *result, int number, double gemm_ns, double small_ns)
{
    baseline_begin_run(result, number);
    if (gemm_ns > 0)
        baseline_add_case(result, BASELINE_GEMM, "onednn:0", &gemm_ns, 1);
    if (small_ns > 0)
        baseline_add_case(result, BASELINE_SMALL, "onednn:0", &small_ns, 1);
}

struct dlb_baseline_added baseline_add(struct dlb_baseline *baseline,
                                       const struct dlb_result *result)
{
    struct dlb_baseline_added added;
    struct dlb_why why = {""};
    if (dlb_baseline_add(baseline, result, false, &added, &why) != DLB_OK)
        fail_msg("%s", why.text);
    return added;
}

/* A baseline of `sessions` sessions of both cases: gemm alternates between 1000 and 1020 ns, the small one between 50 and 50.5. */
void baseline_make(struct dlb_baseline *baseline, int sessions)
{
    dlb_baseline_init(baseline);
    for (int i = 1; i <= sessions; i++) {
        struct dlb_result result;
        baseline_make_run(&result, i, i % 2 != 0 ? 1000 : 1020, i % 2 != 0 ? 50 : 50.5);
        baseline_add(baseline, &result);
        dlb_result_free(&result);
    }
}
