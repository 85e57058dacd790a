/* test_case.c: the key of a case, both ways, and what is no key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/run/case.h"

#define LENET "lenet:batch=64,dtype=f32"

static void test_round_trip(void **state)
{
    (void)state;
    static const char *const keys[] = {
        LENET "@onednn:0/t2/throughput/warm/random",
        LENET "@reference:12/t1/latency/cold/zeros",
        "lenet:batch=7,dtype=bf16@openblas:3/t128/latency/warm/ones",
        "conv:n=1,c=3,h=5,w=7,k=3,r=3,s=5,stride=2x1,pad=0x1x2x3,dilation=1x2,groups=3,pass=bwd_"
        "data,"
        "dtype=f16,bias=no,act=none@tpu-sim:0/t1/throughput/cold/random",
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(keys); i++) {
        struct dlb_case item;
        struct dlb_why why = {""};
        char key[DLB_CASE_KEY_SIZE];
        if (dlb_case_parse(keys[i], &item, &why) != DLB_OK) {
            fail_msg("%s: %s", keys[i], why.text);
        }
        dlb_case_key(&item, key, sizeof key);
        assert_string_equal(key, keys[i]);
        assert_string_equal(item.origin, "");
        assert_int_equal(item.occurrences, 1);
    }
    /* A short problem is completed. */
    struct dlb_case item;
    char key[DLB_CASE_KEY_SIZE];
    assert_int_equal(dlb_case_parse("lenet@onednn:1/t3/latency/cold/ones", &item, NULL), DLB_OK);
    assert_string_equal(item.backend, "onednn");
    assert_string_equal(item.device, "1");
    assert_int_equal(item.threads, 3);
    assert_int_equal(item.mode, DLB_MODE_LATENCY);
    assert_int_equal(item.cache, DLB_CACHE_COLD);
    assert_int_equal(item.data, DLB_FILL_ONES);
    dlb_case_key(&item, key, sizeof key);
    assert_string_equal(key, LENET "@onednn:1/t3/latency/cold/ones");
}

static void test_named_device(void **state)
{
    (void)state;
    static const char key[] = LENET "@fpga:arria10-gx1150/t1/throughput/warm/random";
    char back[DLB_CASE_KEY_SIZE];
    struct dlb_case item;
    assert_int_equal(dlb_case_parse(key, &item, NULL), DLB_OK);
    assert_string_equal(item.backend, "fpga");
    assert_string_equal(item.device, "arria10-gx1150");
    assert_false(item.once);
    dlb_case_key(&item, back, sizeof back);
    assert_string_equal(back, key);
    int index = 7;
    assert_true(dlb_case_device("u280", &index));
    assert_int_equal(index, -1);
    assert_true(dlb_case_device("12", &index));
    assert_int_equal(index, 12);
    assert_false(dlb_case_device("", &index));
    assert_false(dlb_case_device("-1", &index));
    assert_int_equal(index, 12); /* untouched */
    /* The longest backend and the longest id fit a key. */
    assert_int_equal(dlb_case_parse("lenet@backend_with_a_name_of_31_chars:"
                                    "device_with_a_name_of_31_chars_/t1/latency/warm/ones",
                                    &item, NULL),
                     DLB_OK);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *wanted;
    } cases[] = {
        {"", "a case is PROBLEM@BACKEND:DEVICE"},
        {"lenet", "a case is PROBLEM@BACKEND:DEVICE"},
        {"lenet@", "a case is PROBLEM@BACKEND:DEVICE"},
        {"lenet@a:0/t1/latency/warm", "a case is PROBLEM@BACKEND:DEVICE"},
        {"lenet@a:0/t1/latency/warm/ones/", "a case is PROBLEM@BACKEND:DEVICE"},
        {"lenit@a:0/t1/latency/warm/ones", "(did you mean 'lenet'?)"},
        {"lenet:batch=0@a:0/t1/latency/warm/ones", "batch must be at least 1, found 0"},
        {"lenet@a/t1/latency/warm/ones",
         "a device is BACKEND:INDEX or BACKEND:NAME (like onednn:0), found 'a'"},
        {"lenet@:0/t1/latency/warm/ones", "found ':0'"},
        {"lenet@a:/t1/latency/warm/ones", "found 'a:'"},
        {"lenet@a:-1/t1/latency/warm/ones", "found 'a:-1'"},
        {"lenet@a:1k/t1/latency/warm/ones", "found 'a:1k'"},
        {"lenet@a:01/t1/latency/warm/ones", "found 'a:01'"},
        {"lenet@a:x+y/t1/latency/warm/ones", "found 'a:x+y'"},
        {"lenet@a:b:0/t1/latency/warm/ones", "found 'a:b:0'"},
        {"lenet@a:a_name_of_a_device_of_32_letters/t1/latency/warm/ones", "a device is"},
        {"lenet@a:99999999999/t1/latency/warm/ones", "found 'a:99999999999'"},
        {"lenet@a_name_of_a_backend_of_40_characters_xx:0/t1/latency/warm/ones", "a device is"},
        {"lenet@a:0/2/latency/warm/ones", "threads are written tN"},
        {"lenet@a:0/t/latency/warm/ones", "threads are written tN"},
        {"lenet@a:0/t0/latency/warm/ones", "threads are written tN"},
        {"lenet@a:0/t1/fast/warm/ones", "the timing mode must be one of: throughput latency"},
        {"lenet@a:0/t1/latency/tepid/ones", "the cache state must be one of: warm cold; found"},
        {"lenet@a:0/t1/latency/warm/twos", "the data must be one of: random zeros ones; found"},
        {"lenet:batch=\xff@a:0/t1/latency/warm/ones", "valid UTF-8"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_case item = {.threads = 4711};
        struct dlb_why why = {""};
        assert_int_equal(dlb_case_parse(cases[i].key, &item, &why), DLB_INVALID);
        assert_int_equal(item.threads, 4711); /* untouched */
        if (strstr(why.text, cases[i].wanted) == NULL) {
            fail_msg("%s: wanted '%s', found '%s'", cases[i].key, cases[i].wanted, why.text);
        }
    }
    static char endless[5000];
    memset(endless, 'x', sizeof endless - 1);
    struct dlb_case item;
    assert_int_equal(dlb_case_parse(endless, &item, NULL), DLB_INVALID);
    endless[4000] = '@';
    assert_int_equal(dlb_case_parse(endless, &item, NULL), DLB_INVALID);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(dlb_cache_state_name(DLB_CACHE_WARM), "warm");
    assert_string_equal(dlb_cache_state_name(DLB_CACHE_COLD), "cold");
    assert_string_equal(dlb_cache_state_name(DLB_CACHE_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_named_device),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
