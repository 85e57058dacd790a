/* test_protocol.c: requests and answers survive the way through JSON; strangers are refused in one line. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/run/protocol.h"

static void sample_request(struct dlb_request *request)
{
    struct dlb_why why = {""};
    *request = (struct dlb_request){
        .task = DLB_TASK_MEASURE,
        .seed = UINT64_C(0xfedcba9876543210), /* does not fit a signed integer */
        .sampling = {.precision = 0.005,
                     .max_time_ns = 2e9,
                     .max_samples = 77,
                     .batch_ns = 5e6,
                     .warmup_ns = 1e8,
                     .gap_ns = 3,
                     .slowdown = 1.25},
        .llc_bytes = INT64_C(1) << 35,
        .memory_limit_bytes = INT64_C(1) << 40,
        .keep_samples = true,
        .unverified = true,
        .process = 2,
        .oracle_folder = "/tmp/oracle",
        .device = "alpha-10",
        .option_count = 2,
        .options = {"openblas.library=/opt/lib x.so", "fake.do=ok"}};
    assert_int_equal(dlb_case_parse("gemm:m=17,n=13,k=5,dtype=f32@onednn:0/t2/latency/cold/random",
                                    &request->item, &why),
                     DLB_OK);
}

static void request_survives(void **state)
{
    (void)state;
    struct dlb_request request, back;
    struct dlb_why why = {""};
    sample_request(&request);
    json_t *json = dlb_request_to_json(&request);
    assert_non_null(json);
    assert_int_equal(dlb_request_from_json(json, &back, &why), DLB_OK);
    json_decref(json);
    assert_true(back.seed == request.seed);
    assert_int_equal(back.sampling.max_samples, 77);
    assert_true(back.sampling.slowdown == 1.25 && back.sampling.precision == 0.005);
    assert_int_equal(back.sampling.mode, DLB_MODE_LATENCY);
    assert_true(back.llc_bytes == request.llc_bytes);
    assert_true(back.memory_limit_bytes == request.memory_limit_bytes);
    assert_true(back.keep_samples && back.unverified);
    assert_int_equal(back.protocol, DLB_PROTOCOL_VERSION);
    assert_int_equal(back.process, 2);
    assert_string_equal(back.device, "alpha-10");
    assert_int_equal(back.option_count, 2);
    assert_string_equal(back.options[0], request.options[0]);
    char key[DLB_CASE_KEY_SIZE], key_back[DLB_CASE_KEY_SIZE];
    dlb_case_key(&request.item, key, sizeof key);
    dlb_case_key(&back.item, key_back, sizeof key_back);
    assert_string_equal(key, key_back);
}

/* What is taken beside the times; a request that asks for none of it says nothing of it. */
static void the_passes_survive(void **state)
{
    (void)state;
    struct dlb_request request, back;
    struct dlb_why why = {""};
    sample_request(&request);
    json_t *json = dlb_request_to_json(&request);
    assert_null(json_object_get(json, "counters"));
    assert_null(json_object_get(json, "meter"));
    assert_int_equal(dlb_request_from_json(json, &back, &why), DLB_OK);
    assert_int_equal(back.counters.count, 0);
    assert_true(back.meter.kind == DLB_METER_OFF && isnan(back.idle_power_w));
    json_decref(json);

    request.counters = (struct dlb_counter_list){2, {"cycles", "perf::TASK-CLOCK"}};
    request.meter = (struct dlb_meter_options){
        .kind = DLB_METER_EXTERNAL, .command = "cat 'x y'", .tdp_w = NAN, .window_ns = 3e8};
    request.idle_power_w = 41.5;
    json = dlb_request_to_json(&request);
    assert_int_equal(dlb_request_from_json(json, &back, &why), DLB_OK);
    assert_int_equal(back.counters.count, 2);
    assert_string_equal(back.counters.names[1], "perf::TASK-CLOCK");
    assert_int_equal(back.meter.kind, DLB_METER_EXTERNAL);
    assert_string_equal(back.meter.command, "cat 'x y'");
    assert_true(isnan(back.meter.tdp_w) && back.meter.window_ns == 3e8);
    assert_true(back.idle_power_w == 41.5);
    assert_string_equal(back.meter.root, "");
    json_decref(json);
}

/* A request of the first dlbench says nothing of what came later, and means what it meant. */
static void an_older_request_is_understood(void **state)
{
    (void)state;
    struct dlb_request request, back;
    struct dlb_why why = {""};
    sample_request(&request);
    request.protocol = DLB_PROTOCOL_OLDEST;
    json_t *json = dlb_request_to_json(&request);
    assert_int_equal(json_integer_value(json_object_get(json, "protocol")), DLB_PROTOCOL_OLDEST);
    assert_int_equal(json_object_del(json, "unverified"), 0);
    json_object_set_new(json, "of_tomorrow", json_true());
    assert_int_equal(dlb_request_from_json(json, &back, &why), DLB_OK);
    assert_false(back.unverified);
    json_decref(json);
}

static void a_hello_survives(void **state)
{
    (void)state;
    struct dlb_hello hello;
    struct dlb_why why = {""};
    json_t *json = dlb_hello_to_json();
    assert_int_equal(dlb_hello_from_json(json, &hello, &why), DLB_OK);
    assert_true(hello.protocol == DLB_PROTOCOL_VERSION &&
                hello.protocol_oldest == DLB_PROTOCOL_OLDEST);
    assert_true(hello.backends_first && hello.verifies_on_demand && hello.version[0] != '\0');
    assert_true(hello.counts);
    json_decref(json);
}

/* Programs of other years, and what can be spoken with them. */
static void the_newest_common_protocol_is_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *hello;
        int common; /* -1: no hello */
    } rows[] = {
        {"{\"protocol\":1}", 1},
        {"{\"protocol\":1,\"protocol_oldest\":1,\"features\":[7,null,\"x\"]}", 1},
        {"{\"protocol\":5,\"protocol_oldest\":1}", DLB_PROTOCOL_VERSION},
        {"{\"protocol\":99,\"protocol_oldest\":90}", 0},
        {"{\"protocol\":99}", 0},
        {"{\"protocol\":1,\"protocol_oldest\":7}", 1}, /* nonsense: as if it had not said it */
        {"{\"protocol\":1,\"protocol_oldest\":-3,\"features\":7}", 1},
        {"{\"protocol\":0}", -1},
        {"{\"protocol\":\"1\"}", -1},
        {"{\"protocol\":1e99}", -1},
        {"{\"protocol\":4294967297}", -1},
        {"{}", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_hello hello;
        struct dlb_why why = {""};
        json_t *json = json_loads(rows[i].hello, 0, NULL);
        const bool read = dlb_hello_from_json(json, &hello, &why) == DLB_OK;
        if ((read ? dlb_hello_common(&hello) : -1) != rows[i].common)
            fail_msg("%s: %d", rows[i].hello, read ? dlb_hello_common(&hello) : -1);
        assert_true(!read || (!hello.backends_first && !hello.counts));
        json_decref(json);
    }
}

/* Every change below makes the request one that this program must not act on. */
static void bad_requests_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        const char *json; /* NULL: the field is removed */
        const char *expected;
    } rows[] = {
        {"protocol", "99", "protocol 99"},
        {"protocol", "0", "protocol 0"},
        {"protocol", NULL, "protocol"},
        {"case", "\"gemm:q=1@x:0/t1/throughput/warm/random\"", "q"},
        {"case", "\"\"", ""},
        {"sampling", "{}", "sampling"},
        {"seed", "5", "Expected string"},
        {"options", "[1]", "option"},
        {"options", NULL, "options"},
        {"counters", "7", "counters"},
        {"counters", "[7]", "counters"},
        {"counters", "[\"1234567890123456789012345678901234567890123456789012345678901234\"]",
         "short text"},
        {"meter", "{\"kind\":\"nvml\"}", "no kind 'nvml'"},
        {"meter", "{}", "no kind"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_request request, back;
        struct dlb_why why = {""};
        sample_request(&request);
        json_t *json = dlb_request_to_json(&request);
        if (rows[i].json == NULL)
            json_object_del(json, rows[i].field);
        else
            json_object_set_new(json, rows[i].field,
                                json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
        if (dlb_request_from_json(json, &back, &why) != DLB_INVALID ||
            strstr(why.text, rows[i].expected) == NULL || why.text[0] == '\0')
            fail_msg("row %zu (%s): '%s'", i, rows[i].field, why.text);
        json_decref(json);
    }
}

static void answer_survives(void **state)
{
    (void)state;
    struct dlb_answer answer = {
        .status = DLB_WRONG,
        .why = {"after timing: element 3 is \xff, wanted 2"}, /* not UTF-8 */
        .implementation = "brg:avx512_core",
        .parameters = "gemm f32: cpu mt=12 nt=32",
        .version_hash = "2bbe0dbe6d47c29f",
        .slowdown = 1.25,
        .cycles = 123456,
        .reference_kernel = true,
        .evidence = "measured",
        .cache_sets = 9,
        .cold_downgraded = true,
        .verified = {.checked = true,
                     .method = "full",
                     .max_abs_err = NAN,
                     .max_rel_err = 0.5,
                     .tolerance = 1e-6}};
    json_t *json = dlb_answer_to_json(&answer);
    assert_non_null(json);
    struct dlb_answer back;
    struct dlb_why why = {""};
    assert_int_equal(dlb_answer_from_json(json, &back, &why), DLB_OK);
    json_decref(json);
    assert_int_equal(back.status, DLB_WRONG);
    assert_string_equal(back.why.text, "after timing: element 3 is ?, wanted 2");
    assert_string_equal(back.implementation, "brg:avx512_core");
    assert_string_equal(back.parameters, "gemm f32: cpu mt=12 nt=32");
    assert_string_equal(back.version_hash, "2bbe0dbe6d47c29f");
    assert_true(back.slowdown == 1.25);
    assert_true(back.cycles == 123456);
    assert_true(back.reference_kernel && back.cold_downgraded && !back.timer_limited);
    assert_int_equal(back.cache_sets, 9);
    assert_true(isnan(back.verified.max_abs_err) && back.verified.max_rel_err == 0.5);
    assert_false(back.measured);
    dlb_answer_free(&back);
}

/* Counts go along with the invocation; of an older worker there are none. */
static void counts_survive(void **state)
{
    (void)state;
    struct dlb_answer answer = {.status = DLB_OK, .cycles = NAN};
    struct dlb_answer back;
    struct dlb_why why = {""};
    json_t *json = dlb_answer_to_json(&answer);
    assert_int_equal(dlb_answer_from_json(json, &back, &why), DLB_OK);
    assert_false(back.counting.taken);
    json_decref(json);
    dlb_answer_free(&back);

    answer.counting = (struct dlb_counting){
        .taken = true,
        .source = "PAPI 7.0.0",
        .executions = 28,
        .passes = 2,
        .pass_ns = 2e6,
        .count = 2,
        .values = {{"cycles", "PAPI_TOT_CYC", 5e6, ""}, {"l3_miss", "", NAN, "no such event"}},
        .ipc = NAN};
    json = dlb_answer_to_json(&answer);
    assert_int_equal(dlb_answer_from_json(json, &back, &why), DLB_OK);
    assert_true(back.counting.taken && back.counting.executions == 28);
    assert_true(dlb_counting_value(&back.counting, "cycles") == 5e6);
    assert_string_equal(back.counting.values[1].reason, "no such event");
    json_object_set_new(json, "counting", json_string("many"));
    assert_int_not_equal(dlb_answer_from_json(json, &back, &why), DLB_OK);
    json_decref(json);
    dlb_answer_free(&back);
}

/* A compiler's message arrives whole, and a device that counts no cycles tells none. */
static void long_reasons_survive(void **state)
{
    (void)state;
    struct dlb_answer answer = {.status = DLB_FAILED, .cycles = NAN};
    struct dlb_answer back;
    struct dlb_why why = {""};
    memset(answer.why.text, 'e', DLB_WHY_SIZE - 1);
    json_t *json = dlb_answer_to_json(&answer);
    assert_int_equal(dlb_answer_from_json(json, &back, &why), DLB_OK);
    json_decref(json);
    assert_int_equal(strlen(back.why.text), DLB_WHY_SIZE - 1);
    assert_true(isnan(back.cycles));
    dlb_answer_free(&back);
}

static void unknown_status_is_refused(void **state)
{
    (void)state;
    struct dlb_answer back;
    struct dlb_why why = {""};
    json_t *json = json_pack("{s:s}", "status", "splendid");
    assert_int_equal(dlb_answer_from_json(json, &back, &why), DLB_FAILED);
    assert_non_null(strstr(why.text, "splendid"));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_request_is_understood),
        cmocka_unit_test(a_hello_survives),
        cmocka_unit_test(the_newest_common_protocol_is_chosen),
        cmocka_unit_test(request_survives),
        cmocka_unit_test(bad_requests_are_refused),
        cmocka_unit_test(the_passes_survive),
        cmocka_unit_test(answer_survives),
        cmocka_unit_test(counts_survive),
        cmocka_unit_test(long_reasons_survive),
        cmocka_unit_test(unknown_status_is_refused),
    };
    return cmocka_run_group_tests_name("protocol", tests, NULL, NULL);
}
