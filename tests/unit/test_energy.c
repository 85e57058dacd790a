/* test_energy.c: joules of windows against figures worked out by hand, of one process and of several. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/store/record.h"
#include "tests/unit/near.h"

static struct dlb_energy window(double joules, double seconds, double executions, double idle_w)
{
    struct dlb_energy energy;
    dlb_energy_reset(&energy);
    strcpy(energy.method, "rapl");
    strcpy(energy.scope, "package");
    energy.energy_j = joules;
    energy.window_s = seconds;
    energy.executions = executions;
    energy.idle_power_w = idle_w;
    return energy;
}

static void joules_become_joules_of_an_item(void **state)
{
    (void)state;
    struct dlb_energy energy = window(200, 2, 50, 40);
    dlb_energy_derive(&energy, 8);
    near(energy.avg_power_w, 100, 1e-12, "average power");
    near(energy.j_per_item, 0.5, 1e-12, "J per item"); /* 200 J over 50 x 8 items */
    near(energy.items_per_j, 2, 1e-12, "items per J");
    near(energy.j_per_item_above_idle, 0.3, 1e-12, "above idle"); /* 200 J - 2 s x 40 W */
    assert_string_equal(energy.reason, "");
}

static void what_is_missing_stays_missing(void **state)
{
    (void)state;
    static const struct {
        double joules, seconds, executions, idle_w, items;
        bool power, per_item;
    } rows[] = {
        {NAN, 2, 50, 40, 8, false, false},      {INFINITY, 2, 50, 40, 8, false, false},
        {0, 2, 50, 40, 8, false, false},        {-1, 2, 50, 40, 8, false, false},
        {200, 0, 50, 40, 8, false, false},      {200, NAN, 50, 40, 8, false, false},
        {200, 2, 0, 40, 8, true, false},        {200, 2, NAN, 40, 8, true, false},
        {200, 2, 50, 40, 0, true, false},       {200, 2, 50, 40, NAN, true, false},
        {200, 2, 50, NAN, 8, true, true},       {200, 2, 50, INFINITY, 8, true, true},
        {200, 2, INFINITY, 40, 8, true, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_energy energy =
            window(rows[i].joules, rows[i].seconds, rows[i].executions, rows[i].idle_w);
        dlb_energy_derive(&energy, rows[i].items);
        if (isfinite(energy.avg_power_w) != rows[i].power ||
            isfinite(energy.j_per_item) != rows[i].per_item ||
            isfinite(energy.items_per_j) != rows[i].per_item ||
            isfinite(energy.j_per_item_above_idle))
            fail_msg("row %zu: %g W, %g J per item, %g above idle", i, energy.avg_power_w,
                     energy.j_per_item, energy.j_per_item_above_idle);
    }
}

/* A counter that did not move is no device that takes no power. */
static void zero_is_no_energy(void **state)
{
    (void)state;
    struct dlb_energy energy = window(0, 1e-4, 3, NAN);
    dlb_energy_derive(&energy, 1);
    assert_non_null(strstr(energy.reason, "the meter did not move"));
    energy = window(0, 1e-4, 3, NAN);
    strcpy(energy.reason, "counter reset"); /* what was said first stays */
    dlb_energy_derive(&energy, 1);
    assert_string_equal(energy.reason, "counter reset");
}

static void idle_above_load_is_told(void **state)
{
    (void)state;
    struct dlb_energy energy = window(200, 2, 50, 101);
    dlb_energy_derive(&energy, 8);
    assert_true(isnan(energy.j_per_item_above_idle));
    near(energy.j_per_item, 0.5, 1e-12, "J per item");
    assert_non_null(strstr(energy.reason, "was not idle"));
    energy = window(200, 2, 50, 100); /* just as much: nothing is left, and that is a figure */
    dlb_energy_derive(&energy, 8);
    near(energy.j_per_item_above_idle, 0, 1e-12, "above idle");
}

/* ---- several processes ---- */

static void add(struct dlb_record *record, struct dlb_energy energy)
{
    struct dlb_invocation invocation = {.index = record->invocation_count,
                                        .n = 30,
                                        .median_ns = 1e6,
                                        .steady = true,
                                        .energy = energy};
    assert_int_equal(dlb_record_add_invocation(record, &invocation), DLB_OK);
}

static struct dlb_energy measured(double joules, double uncertainty)
{
    struct dlb_energy energy = window(joules, 2, 50, 40);
    energy.uncertainty_rel = uncertainty;
    dlb_energy_derive(&energy, 1);
    return energy;
}

static void a_case_has_the_median_of_its_processes(void **state)
{
    (void)state;
    struct dlb_record record = {.items = 1};
    add(&record, measured(100, 0.03));
    add(&record, measured(110, 0.03));
    add(&record, measured(102, 0.03));
    dlb_record_summarise(&record);
    const struct dlb_energy *energy = &record.energy;
    assert_string_equal(energy->method, "rapl");
    assert_string_equal(energy->scope, "package");
    near(energy->j_per_item, 2.04, 1e-12, "J per item");
    near(energy->items_per_j, 1 / 2.04, 1e-12, "items per J");
    near(energy->energy_j, 312, 1e-9, "joules of all windows");
    near(energy->window_s, 6, 1e-12, "seconds of all windows");
    near(energy->executions, 150, 1e-9, "executions of all windows");
    near(energy->avg_power_w, 52, 1e-9, "average power");
    near(energy->j_per_item_above_idle, 22.0 / 50, 1e-12, "above idle");
    /* Of 2, 2.2, 2.04: mean 2.08, sd sqrt((0.0064 + 0.0144 + 0.0016) / 2) = 0.10583; the median's error is 1.25331 x 0.10583 / 2.08 / sqrt 3
     * = 0.0368167, with the meter's 0.03: 0.0474918. */
    near(energy->uncertainty_rel, 0.0474918, 1e-7, "uncertainty");
    dlb_record_free(&record);
}

static void one_process_has_the_meter_to_trust(void **state)
{
    (void)state;
    struct dlb_record record = {.items = 1};
    add(&record, measured(100, 0.03));
    dlb_record_summarise(&record);
    near(record.energy.uncertainty_rel, 0.03, 1e-12, "the meter's");
    record.invocations[0].energy.uncertainty_rel = NAN;
    dlb_record_summarise(&record);
    assert_true(isnan(record.energy.uncertainty_rel));
    add(&record, measured(110, NAN));
    dlb_record_summarise(&record);
    /* 2 and 2.2: sd 0.141421, mean 2.1: 1.25331 x 0.0673435 / sqrt 2. */
    near(record.energy.uncertainty_rel, 0.0596816, 1e-6, "of the processes");
    dlb_record_free(&record);
}

static void only_what_counts_counts(void **state)
{
    (void)state;
    struct dlb_record record = {.items = 1};
    struct dlb_energy none = window(NAN, NAN, NAN, NAN);
    strcpy(none.method, "none");
    strcpy(none.reason, "counter reset");
    add(&record, measured(100, 0.03));
    add(&record, measured(500, 0.03));
    add(&record, none);
    record.invocations[1].gated = true;
    dlb_record_summarise(&record);
    near(record.energy.j_per_item, 2, 1e-12, "the quiet one with joules");
    assert_string_equal(record.energy.reason, "1 of 2 processes: counter reset");
    /* Another meter's joules are other joules. */
    record.invocations[1].gated = false;
    strcpy(record.invocations[1].energy.method, "external");
    dlb_record_summarise(&record);
    near(record.energy.j_per_item, 2, 1e-12, "one meter");
    assert_string_equal(record.energy.reason, "2 of 3 processes: measured by another meter");
    /* A case that failed has no energy per item. */
    record.status = DLB_WRONG;
    dlb_record_summarise(&record);
    assert_string_equal(record.energy.method, "");
    assert_true(isnan(record.energy.j_per_item));
    dlb_record_free(&record);
}

static void a_doubt_says_how_many_have_it(void **state)
{
    (void)state;
    struct dlb_record record = {.items = 1};
    add(&record, measured(100, 0.03));
    add(&record, measured(101, 0.03));
    strcpy(record.invocations[1].energy.reason, "power limit changed");
    dlb_record_summarise(&record);
    assert_string_equal(record.energy.reason, "1 of 2 processes: power limit changed");
    strcpy(record.invocations[0].energy.reason, "power limit changed");
    dlb_record_summarise(&record);
    assert_string_equal(record.energy.reason, "power limit changed");
    dlb_record_free(&record);
}

/* Power times the time of each process is power times the time of the row. */
static void a_bound_follows_the_time_of_its_row(void **state)
{
    (void)state;
    static const double medians_s[] = {3e-3, 1e-3, 2e-3};
    struct dlb_record record = {.items = 1};
    for (int i = 0; i < 3; i++) {
        struct dlb_energy bound = window(100 * medians_s[i], medians_s[i], 1, NAN);
        strcpy(bound.method, "tdp_bound");
        dlb_energy_derive(&bound, 1);
        add(&record, bound);
    }
    dlb_record_summarise(&record);
    near(record.energy.j_per_item, 0.2, 1e-12, "J per item");
    near(record.energy.avg_power_w, 100, 1e-9, "average power");
    dlb_record_free(&record);
}

static void without_any_there_is_a_reason(void **state)
{
    (void)state;
    struct dlb_record record = {.items = 1};
    struct dlb_energy none = window(NAN, NAN, NAN, NAN);
    strcpy(none.method, "none");
    strcpy(none.reason, "no permission");
    add(&record, none);
    add(&record, none);
    dlb_record_summarise(&record);
    assert_string_equal(record.energy.method, "none");
    assert_string_equal(record.energy.reason, "no permission");
    assert_true(isnan(record.energy.j_per_item) && isnan(record.energy.energy_j));
    dlb_record_free(&record);
    /* Nobody asked: what a published row brought stays. */
    struct dlb_record published = {.items = 1, .energy = measured(100, 0.1)};
    struct dlb_invocation plain = {.n = 1, .median_ns = 1e6};
    assert_int_equal(dlb_record_add_invocation(&published, &plain), DLB_OK);
    dlb_record_summarise(&published);
    near(published.energy.j_per_item, 2, 1e-12, "J per item");
    dlb_record_free(&published);
}

/* ---- JSON ---- */

static void it_is_read_back(void **state)
{
    (void)state;
    struct dlb_energy energy = measured(100, 0.03), again;
    struct dlb_why why = {""};
    energy.unknown = json_pack("{s:i}", "x_sockets", 2);
    json_t *json = dlb_energy_to_json(&energy);
    assert_int_equal(dlb_energy_from_json(json, &again, &why), DLB_OK);
    near(again.j_per_item, 2, 0, "J per item");
    assert_string_equal(again.method, "rapl");
    json_t *second = dlb_energy_to_json(&again);
    assert_true(json_equal(json, second));
    assert_int_equal(json_integer_value(json_object_get(second, "x_sockets")), 2);
    json_decref(second);
    json_decref(json);
    dlb_energy_free(&energy);
    dlb_energy_free(&again);
    dlb_energy_free(&again); /* twice is legal */
}

static void nothing_is_no_block(void **state)
{
    (void)state;
    struct dlb_energy energy = {0}, again;
    json_t *json = dlb_energy_to_json(&energy);
    assert_true(json_is_null(json));
    assert_int_equal(dlb_energy_from_json(json, &again, NULL), DLB_OK);
    assert_true(again.method[0] == '\0' && isnan(again.energy_j) && again.unknown == NULL);
    assert_int_equal(dlb_energy_from_json(NULL, &again, NULL), DLB_OK);
    json_decref(json);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *json, *wanted;
    } rows[] = {
        {"[]", ": wanted an object, found an array"},
        {"{\"method\": 3}", "method: wanted a text, found an integer"},
        {"{\"method\": \"a long name of a meter\"}", "method: wanted at most 15 bytes, found 22"},
        {"{\"energy_j\": \"1.5\"}", "energy_j: wanted a number, found a text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_energy energy = {.window_s = 7};
        struct dlb_why why = {""};
        json_t *json = json_loads(rows[i].json, 0, NULL);
        assert_int_equal(dlb_energy_from_json(json, &energy, &why), DLB_INVALID);
        assert_string_equal(why.text, rows[i].wanted);
        assert_true(energy.window_s == 7); /* untouched */
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joules_become_joules_of_an_item),
        cmocka_unit_test(what_is_missing_stays_missing),
        cmocka_unit_test(zero_is_no_energy),
        cmocka_unit_test(idle_above_load_is_told),
        cmocka_unit_test(a_case_has_the_median_of_its_processes),
        cmocka_unit_test(one_process_has_the_meter_to_trust),
        cmocka_unit_test(only_what_counts_counts),
        cmocka_unit_test(a_doubt_says_how_many_have_it),
        cmocka_unit_test(a_bound_follows_the_time_of_its_row),
        cmocka_unit_test(without_any_there_is_a_reason),
        cmocka_unit_test(it_is_read_back),
        cmocka_unit_test(nothing_is_no_block),
        cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests_name("energy", tests, NULL, NULL);
}
