/* test_passes.c: the counter pass of a case end to end: a recorded PMU gives the derived figures; what can go wrong becomes a reason. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/run/passes.h"
#include "tests/unit/counter_playback.h"
#include "tests/unit/near.h"

#define RECORDING "tests/recordings/counters/gemm_512_f32.counts"
#define OPS       268435456.0 /* 2 x 512^3 */
#define BYTES     3145728.0   /* three f32 matrices of 512 x 512 */

static int64_t executed;
static int betweens, phases;
static int64_t fail_at; /* executions; 0: never */

static enum dlb_status run(void *self, int64_t k, struct dlb_why *why)
{
    (void)self;
    executed += k;
    return fail_at > 0 && executed >= fail_at ? dlb_fail(why, DLB_FAILED, "the device is gone")
                                              : DLB_OK;
}

/* As an execution of its own: counting it would show. */
static void between(void *self)
{
    (void)self;
    executed += 1000;
    betweens++;
}

static void phase(void *user, const char *name, double patience_s)
{
    (void)user;
    assert_string_equal(name, "count");
    assert_true(patience_s >= 0);
    phases++;
}

static const struct dlb_device_info host = {.kind = DLB_KIND_CPU,
                                            .evidence = DLB_EVIDENCE_MEASURED};
static struct dlb_request request;
static struct dlb_passes passes;
static struct dlb_counting counting;

/* Samples of 4 executions of 2 ms: 50 ms are 7 samples. */
static int begin(void **state)
{
    struct dlb_why why = {""};
    (void)state;
    executed = fail_at = 0;
    betweens = phases = 0;
    request = (struct dlb_request){.task = DLB_TASK_MEASURE};
    assert_int_equal(
        dlb_counter_list_parse("cycles,instructions,l1d_miss,l2_miss,l3_miss,task_clock,flops_sp,"
                               "dram_bytes,tlb_miss,migrations",
                               &request.counters, &why),
        DLB_OK);
    passes = (struct dlb_passes){.request = &request,
                                 .device = &host,
                                 .run = run,
                                 .k = 4,
                                 .execution_ns = 2e6,
                                 .ops = OPS,
                                 .bytes = BYTES,
                                 .items = 1,
                                 .phase = phase,
                                 .source = &dlb_playback_source};
    dlb_playback_load(RECORDING, &executed);
    return 0;
}

static int end(void **state)
{
    (void)state;
    dlb_counting_free(&counting);
    assert_int_equal(dlb_playback_open(), 0);
    return 0;
}

static void count(void)
{
    struct dlb_why why = {""};
    if (dlb_pass_counters(&passes, &counting, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_string_equal(why.text, "");
}

static void check_figures(void)
{
    const struct {
        const char *name;
        double found, expected;
    } rows[] = {
        {"cycles", dlb_counting_value(&counting, "cycles"), 5e6},
        {"IPC", counting.ipc, 2.2},
        {"frequency", counting.effective_hz, 3.2e9},
        {"L1 misses", counting.l1d_miss_per_kinst, 1310720 / 11000.0},
        {"L2 misses", counting.l2_miss_per_kinst, 9},
        {"L3 misses", counting.l3_miss_per_kinst, 4.5},
        {"bytes per operation", counting.dram_bytes_per_op, 0.015},
        {"by the formula", counting.formula_bytes_per_op, 0.01171875},
        {"operations counted", counting.flops_counted_per_op, 1.000244140625},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        near(rows[i].found / rows[i].expected, 1, 1e-12, rows[i].name);
}

static void a_recorded_pmu_gives_the_derived_figures(void **state)
{
    (void)state;
    count();
    assert_true(counting.taken && !counting.multiplexed);
    assert_string_equal(counting.source, "recording");
    assert_int_equal(counting.passes, 2);
    assert_int_equal(counting.executions, 28);
    assert_int_equal(executed, 2 * (28 + 4)); /* and a sample of warm-up in each pass */
    assert_int_equal(dlb_playback_starts(), 2);
    assert_true(phases >= 2);
    check_figures();
    assert_string_equal(counting.values[8].reason, "this processor has no event for it");
    assert_true(isnan(counting.values[8].value) && isnan(counting.values[9].value));
    assert_string_equal(counting.values[0].event, "PAPI_TOT_CYC");
}

/* The same figures after the way through a file. */
static void they_survive_the_file(void **state)
{
    struct dlb_why why = {""};
    (void)state;
    count();
    json_t *json = dlb_counting_to_json(&counting);
    assert_non_null(json);
    dlb_counting_free(&counting);
    memset(&counting, 0, sizeof counting);
    assert_int_equal(dlb_counting_from_json(json, &counting, &why), DLB_OK);
    json_decref(json);
    check_figures();
    assert_int_equal(counting.count, 10);
}

/* A state that is refilled, a cache that is flushed: neither is counted. */
static void what_comes_between_is_not_counted(void **state)
{
    (void)state;
    passes.between = between;
    count();
    assert_int_equal(counting.executions, 28);
    assert_int_equal(betweens, 2 * (7 + 1));
    assert_int_equal(dlb_playback_starts(), 2 * 7);
    check_figures();

    passes.k = 1;
    passes.single_call = true;
    count();
    assert_int_equal(counting.executions, 25);
    check_figures();
}

static void long_executions_are_counted_once_and_short_ones_long_enough(void **state)
{
    (void)state;
    static const struct {
        double execution_ns;
        int64_t k, executions;
    } rows[] = {{60e9, 1, 1},    {25e6, 1, 2}, {1, 1 << 20, INT64_C(48) << 20},
                {0, 1024, 1024}, {NAN, 3, 3},  {1e-3, 1000, INT64_C(1) << 30}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        passes.execution_ns = rows[i].execution_ns;
        passes.k = rows[i].k;
        const int64_t found = dlb_passes_executions(&passes, 50e6);
        if (found != rows[i].executions / rows[i].k * rows[i].k)
            fail_msg("row %zu: %lld", i, (long long)found);
    }
}

static void a_source_that_gives_up_leaves_nothing(void **state)
{
    (void)state;
    static const struct {
        int start, stop;
        const char *reason;
    } rows[] = {{1, 0, "the PMU was taken away"},
                {2, 0, "the PMU was taken away"},
                {0, 2, "the PMU gave nothing"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dlb_playback_load(RECORDING, &executed);
        dlb_playback_break(rows[i].start, rows[i].stop);
        count();
        assert_true(counting.taken && isnan(counting.ipc));
        for (int c = 0; c < counting.count; c++) {
            assert_true(isnan(counting.values[c].value));
            assert_string_equal(counting.values[c].reason, rows[i].reason);
        }
        assert_int_equal(dlb_playback_open(), 0);
    }
}

static void executions_that_fail_end_the_invocation(void **state)
{
    struct dlb_why why = {""};
    (void)state;
    fail_at = 40;
    assert_int_equal(dlb_pass_counters(&passes, &counting, &why), DLB_FAILED);
    assert_string_equal(why.text, "the device is gone");
}

/* The host's own counters, not a recorded source: they would count the wrong thing. */
static void devices_elsewhere_have_reasons(void **state)
{
    (void)state;
    static const struct {
        enum dlb_device_kind kind;
        enum dlb_evidence evidence;
        const char *reason;
    } rows[] = {{DLB_KIND_GPU, DLB_EVIDENCE_MEASURED, "it runs on a gpu"},
                {DLB_KIND_FPGA, DLB_EVIDENCE_MODELLED, "its times are modelled"},
                {DLB_KIND_CPU, DLB_EVIDENCE_EMULATED, "its times are emulated"}};
    passes.source = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct dlb_device_info device = {.kind = rows[i].kind, .evidence = rows[i].evidence};
        passes.device = &device;
        count();
        assert_int_equal(executed, 0);
        assert_int_equal(counting.passes, 0);
        for (int c = 0; c < counting.count; c++)
            if (strstr(counting.values[c].reason, rows[i].reason) == NULL)
                fail_msg("row %zu: %s", i, counting.values[c].reason);
    }
    passes.device = &host;
}

/* The first process of a case counts, none of the others. */
static void only_the_first_process_counts(void **state)
{
    struct dlb_answer answer = {.status = DLB_OK};
    struct dlb_why why = {""};
    (void)state;
    request.process = 1;
    assert_int_equal(dlb_passes_run(&passes, &answer, &why), DLB_OK);
    assert_false(answer.counting.taken);
    assert_int_equal(executed, 0);
    request.process = 0;
    assert_int_equal(dlb_passes_run(&passes, &answer, &why), DLB_OK);
    assert_true(answer.counting.taken);
    dlb_answer_free(&answer);
    request.counters.count = 0;
    executed = 0;
    answer = (struct dlb_answer){.status = DLB_OK};
    assert_int_equal(dlb_passes_run(&passes, &answer, &why), DLB_OK);
    assert_false(answer.counting.taken);
    assert_int_equal(executed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_recorded_pmu_gives_the_derived_figures, begin, end),
        cmocka_unit_test_setup_teardown(they_survive_the_file, begin, end),
        cmocka_unit_test_setup_teardown(what_comes_between_is_not_counted, begin, end),
        cmocka_unit_test_setup_teardown(long_executions_are_counted_once_and_short_ones_long_enough,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_source_that_gives_up_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(executions_that_fail_end_the_invocation, begin, end),
        cmocka_unit_test_setup_teardown(devices_elsewhere_have_reasons, begin, end),
        cmocka_unit_test_setup_teardown(only_the_first_process_counts, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
