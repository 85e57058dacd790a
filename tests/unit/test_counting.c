/* test_counting.c: figures that follow from counters, worked out by hand; the block both ways through JSON. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/store/counting.h"
#include "tests/unit/near.h"

static void count(struct dlb_counting *counting, const char *name, double value)
{
    struct dlb_count_value *slot = &counting->values[counting->count++];
    snprintf(slot->name, sizeof slot->name, "%s", name);
    snprintf(slot->event, sizeof slot->event, "PAPI_%.40s", name);
    slot->value = value;
}

/* One execution of 2e6 operations on 1e6 bytes. */
static void fill(struct dlb_counting *counting)
{
    *counting = (struct dlb_counting){.taken = true, .executions = 10, .passes = 2};
    count(counting, "cycles", 3e6);
    count(counting, "instructions", 6e6);
    count(counting, "task_clock", 1.5e6);
    count(counting, "l3_miss", 1200);
    count(counting, "l2_miss", 3000);
    count(counting, "l1d_miss", 60000);
    count(counting, "dram_bytes", 4e6);
    count(counting, "flops_sp", 1.9e6);
    count(counting, "flops_dp", 1e5);
}

static void figures_follow(void **state)
{
    (void)state;
    struct dlb_counting counting;
    fill(&counting);
    dlb_counting_derive(&counting, 2e6, 1e6);
    near(counting.ipc, 2, 1e-12, "instructions per cycle");
    near(counting.effective_hz, 2e9, 1, "3e6 cycles in 1.5 ms");
    near(counting.l3_miss_per_kinst, 0.2, 1e-12, "L3 misses");
    near(counting.l2_miss_per_kinst, 0.5, 1e-12, "L2 misses");
    near(counting.l1d_miss_per_kinst, 10, 1e-12, "L1 misses");
    near(counting.dram_bytes_per_op, 2, 1e-12, "bytes per operation");
    near(counting.formula_bytes_per_op, 0.5, 1e-12, "by the formula");
    near(counting.flops_counted_per_op, 1, 1e-12, "operations");
}

/* AMD's processors count all types together; beside the others that count would be one too many. */
static void operations_of_all_types_stand_in(void **state)
{
    (void)state;
    struct dlb_counting counting = {.taken = true};
    count(&counting, "flops_all", 3e6);
    count(&counting, "flops_sp", NAN);
    dlb_counting_derive(&counting, 2e6, 1e6);
    near(counting.flops_counted_per_op, 1.5, 1e-12, "operations of all types");
    fill(&counting);
    count(&counting, "flops_all", 3e6);
    dlb_counting_derive(&counting, 2e6, 1e6);
    near(counting.flops_counted_per_op, 1, 1e-12, "operations of both types");
}

static void a_missing_counter_has_no_figure(void **state)
{
    (void)state;
    static const struct {
        const char *without;
        size_t figure;
    } rows[] = {
        {"cycles", offsetof(struct dlb_counting, ipc)},
        {"instructions", offsetof(struct dlb_counting, ipc)},
        {"cycles", offsetof(struct dlb_counting, effective_hz)},
        {"task_clock", offsetof(struct dlb_counting, effective_hz)},
        {"l3_miss", offsetof(struct dlb_counting, l3_miss_per_kinst)},
        {"instructions", offsetof(struct dlb_counting, l2_miss_per_kinst)},
        {"l1d_miss", offsetof(struct dlb_counting, l1d_miss_per_kinst)},
        {"dram_bytes", offsetof(struct dlb_counting, dram_bytes_per_op)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int gone = 0; gone < 2; gone++) { /* asked for in vain; not asked for */
            struct dlb_counting counting;
            fill(&counting);
            for (int j = 0; j < counting.count; j++) {
                if (strcmp(counting.values[j].name, rows[i].without) != 0)
                    continue;
                counting.values[j].value = NAN;
                if (gone == 1)
                    strcpy(counting.values[j].name, "other");
            }
            dlb_counting_derive(&counting, 2e6, 1e6);
            const double figure =
                *(const double *)(const void *)((const char *)&counting + rows[i].figure);
            if (!isnan(figure))
                fail_msg("without %s: %g", rows[i].without, figure);
        }
}

static void one_precision_is_enough(void **state)
{
    (void)state;
    struct dlb_counting counting;
    fill(&counting);
    counting.values[8].value = NAN; /* no double precision */
    dlb_counting_derive(&counting, 2e6, 1e6);
    near(counting.flops_counted_per_op, 0.95, 1e-12, "single alone");
    counting.values[7].value = NAN;
    dlb_counting_derive(&counting, 2e6, 1e6);
    assert_true(isnan(counting.flops_counted_per_op));
    counting.values[8].value = 1e6;
    dlb_counting_derive(&counting, 2e6, 1e6);
    near(counting.flops_counted_per_op, 0.5, 1e-12, "double alone");
}

static void nothing_is_divided_by_nothing(void **state)
{
    (void)state;
    struct dlb_counting counting;
    fill(&counting);
    counting.values[0].value = 0; /* a process that never ran */
    counting.values[1].value = 0;
    dlb_counting_derive(&counting, 0, 1e6); /* a copy computes nothing */
    assert_true(isnan(counting.ipc) && isnan(counting.l3_miss_per_kinst));
    assert_true(isnan(counting.dram_bytes_per_op) && isnan(counting.formula_bytes_per_op) &&
                isnan(counting.flops_counted_per_op));
    counting.values[0].value = INFINITY;
    dlb_counting_derive(&counting, 2e6, NAN);
    assert_true(isnan(counting.effective_hz) && isnan(counting.formula_bytes_per_op));
    near(counting.dram_bytes_per_op, 2, 1e-12, "of the others nothing is lost");
}

static void values_are_found_by_name(void **state)
{
    (void)state;
    struct dlb_counting counting;
    fill(&counting);
    near(dlb_counting_value(&counting, "l2_miss"), 3000, 0, "l2_miss");
    assert_true(isnan(dlb_counting_value(&counting, "l2")));
}

/* ---- JSON ---- */

static void it_is_read_back(void **state)
{
    (void)state;
    struct dlb_counting counting, again;
    struct dlb_why why = {""};
    fill(&counting);
    strcpy(counting.source, "PAPI 7.0.0");
    counting.pass_ns = 1.25e6;
    counting.multiplexed = true;
    counting.values[3].value = NAN;
    strcpy(counting.values[3].reason, "a virtual machine without a PMU");
    dlb_counting_derive(&counting, 2e6, 1e6);
    json_t *json = dlb_counting_to_json(&counting);
    json_object_set_new(json, "x_socket", json_integer(1));
    json_object_set_new(json_object_get(json_object_get(json, "values"), "cycles"), "x_sd",
                        json_real(0.5));
    if (dlb_counting_from_json(json, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_true(again.taken && again.multiplexed);
    assert_int_equal(again.count, 9);
    assert_int_equal(again.passes, 2);
    assert_string_equal(again.values[3].name, "l3_miss"); /* in the order they were asked for */
    assert_string_equal(again.values[3].reason, counting.values[3].reason);
    assert_true(isnan(again.values[3].value) && again.values[2].value == 1.5e6);
    assert_true(again.ipc == counting.ipc && isnan(again.l3_miss_per_kinst));
    json_t *second = dlb_counting_to_json(&again);
    assert_true(json_equal(json, second)); /* with what other programs wrote, where they wrote it */
    json_decref(second);
    json_decref(json);
    dlb_counting_free(&again);
}

static void not_asked_for_is_no_block(void **state)
{
    (void)state;
    struct dlb_counting counting = {0}, again = {.taken = true};
    json_t *json = dlb_counting_to_json(&counting);
    assert_true(json_is_null(json));
    assert_int_equal(dlb_counting_from_json(json, &again, NULL), DLB_OK);
    assert_false(again.taken);
    again.taken = true;
    assert_int_equal(dlb_counting_from_json(NULL, &again, NULL), DLB_OK);
    assert_false(again.taken);
    assert_true(isnan(again.ipc));
    json_decref(json);
}

/* A name of a native event may be anything that a user typed. */
static void names_are_made_valid(void **state)
{
    (void)state;
    struct dlb_counting counting = {.taken = true}, again;
    count(&counting, "perf::\xFF", 1);
    json_t *json = dlb_counting_to_json(&counting);
    assert_non_null(json);
    assert_int_equal(dlb_counting_from_json(json, &again, NULL), DLB_OK);
    assert_string_equal(again.values[0].name, "perf::?");
    json_decref(json);
    dlb_counting_free(&again);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *json, *wanted;
    } rows[] = {
        {"3", ": wanted an object, found an integer"},
        {"{\"passes\": \"2\"}", "passes: wanted an integer, found a text"},
        {"{\"values\": []}", "values: wanted an object, found an array"},
        {"{\"values\": {\"cycles\": 4}}", "values.cycles: wanted an object, found an integer"},
        {"{\"values\": {\"cycles\": {\"value\": \"4\"}}}",
         "values.cycles.value: wanted a number, found a text"},
        {"{\"values\": {\"a name of a counter that is longer than any that there is in the table "
         "of "
         "names\": {}}}",
         "values: the name 'a name of a counter that is longer than any that there is in the table "
         "of names' has more than 63 bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_counting counting = {.passes = 7};
        struct dlb_why why = {""};
        json_t *json = json_loads(rows[i].json, JSON_DECODE_ANY, NULL);
        assert_int_equal(dlb_counting_from_json(json, &counting, &why), DLB_INVALID);
        assert_string_equal(why.text, rows[i].wanted);
        assert_int_equal(counting.passes, 7);
        json_decref(json);
    }
}

static void too_many_are_refused(void **state)
{
    (void)state;
    struct dlb_counting counting;
    struct dlb_why why = {""};
    json_t *values = json_object();
    for (int i = 0; i <= DLB_MAX_COUNTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        json_object_set_new(values, name, json_object());
    }
    json_t *json = json_pack("{s:o}", "values", values);
    assert_int_equal(dlb_counting_from_json(json, &counting, &why), DLB_INVALID);
    assert_string_equal(why.text, "values: wanted at most 32, found 33");
    json_object_del(values, "c32");
    assert_int_equal(dlb_counting_from_json(json, &counting, &why), DLB_OK);
    assert_int_equal(counting.count, DLB_MAX_COUNTS);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_follow),
        cmocka_unit_test(operations_of_all_types_stand_in),
        cmocka_unit_test(a_missing_counter_has_no_figure),
        cmocka_unit_test(one_precision_is_enough),
        cmocka_unit_test(nothing_is_divided_by_nothing),
        cmocka_unit_test(values_are_found_by_name),
        cmocka_unit_test(it_is_read_back),
        cmocka_unit_test(not_asked_for_is_no_block),
        cmocka_unit_test(names_are_made_valid),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests_name("counting", tests, NULL, NULL);
}
