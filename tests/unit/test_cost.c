/* test_cost.c: prices become costs of items, by the formula and against figures worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/store/cost.h"
#include "tests/unit/near.h"

static struct dlb_price price_of(double hour, double kwh, double pue)
{
    return (struct dlb_price){.price_hour = hour,
                              .currency = "EUR",
                              .as_of = "2025-03-01",
                              .basis = "--price-hour",
                              .price_kwh = kwh,
                              .pue = pue};
}

static struct dlb_cost compute(double hour, double kwh, double pue, double items_per_s,
                               double watts)
{
    struct dlb_cost cost = {.unknown = NULL};
    const struct dlb_price price = price_of(hour, kwh, pue);
    dlb_cost_compute(&cost, &price, items_per_s, watts);
    return cost;
}

static void a_price_becomes_a_cost(void **state)
{
    (void)state;
    /* 3.60 an hour is 0.001 a second; at 500 items a second 2e-6 an item. */
    const struct dlb_cost cost = compute(3.6, NAN, NAN, 500, 300);
    near(cost.per_mitem, 2, 1e-12, "a million items");
    near(cost.items_per_unit, 500000, 1e-6, "items for a unit");
    assert_string_equal(cost.currency, "EUR");
    assert_string_equal(cost.price_as_of, "2025-03-01");
    assert_string_equal(cost.basis, "--price-hour");
    assert_string_equal(cost.reason, "");
    assert_true(isnan(cost.price_kwh) && isnan(cost.pue));
}

static void electricity_comes_on_top(void **state)
{
    (void)state;
    /* 300 W x 1.2 = 0.36 kW, x 0.50 = 0.18 an hour; 3.78 / 3600 / 500 x 1e6. */
    const struct dlb_cost cost = compute(3.6, 0.5, 1.2, 500, 300);
    near(cost.per_mitem, 2.1, 1e-12, "a million items");
    near(cost.price_kwh, 0.5, 0, "price of a kWh");
    near(cost.pue, 1.2, 0, "PUE");
    assert_string_equal(cost.reason, "");
    const struct dlb_cost plain = compute(3.6, 0.5, NAN, 500, 300); /* no PUE: the machine alone */
    near(plain.per_mitem, 3.75 / 1.8, 1e-12, "a million items");
    near(plain.pue, 1, 0, "PUE");
    const struct dlb_cost alone = compute(NAN, 0.5, 1.2, 500, 300);
    near(alone.per_mitem, 0.1, 1e-12, "electricity alone");
    assert_true(isnan(alone.price_hour));
    assert_non_null(strstr(alone.reason, "electricity alone"));
}

static void what_is_not_known_is_told(void **state)
{
    (void)state;
    const struct dlb_cost unmeasured = compute(3.6, 0.5, 1.2, 500, NAN);
    near(unmeasured.per_mitem, 2, 1e-12, "without electricity");
    assert_non_null(strstr(unmeasured.reason, "electricity is not counted"));
    assert_true(isnan(unmeasured.price_kwh));
    const struct dlb_cost priceless = compute(NAN, NAN, 1, 500, 300);
    assert_true(isnan(priceless.per_mitem) && isnan(priceless.items_per_unit));
    assert_string_equal(priceless.currency, "");
    assert_string_equal(priceless.reason, "no price is known");
    const struct dlb_cost infinite = compute(INFINITY, NAN, 1, 500, 300);
    assert_true(isnan(infinite.per_mitem) && infinite.currency[0] == '\0');
    static const double speeds[] = {NAN, 0, -1, INFINITY};
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        const struct dlb_cost slow = compute(3.6, NAN, 1, speeds[i], 300);
        assert_true(isnan(slow.per_mitem) && isnan(slow.items_per_unit));
        assert_string_equal(slow.reason, "no cost without a speed");
    }
}

/* The own machine in the cellar is free; that is a price. */
static void zero_is_a_price(void **state)
{
    (void)state;
    const struct dlb_cost cost = compute(0, NAN, 1, 500, 300);
    near(cost.per_mitem, 0, 0, "a million items");
    assert_true(isnan(cost.items_per_unit)); /* infinitely many are no number */
    assert_string_equal(cost.currency, "EUR");
    assert_non_null(strstr(cost.reason, "the price is zero"));
    const struct dlb_cost powered = compute(0, 0.5, 1.2, 500, 300);
    near(powered.per_mitem, 0.1, 1e-12, "its electricity");
    assert_string_equal(powered.reason, "");
    const struct dlb_cost idle = compute(3.6, 0.5, 1, 500, 0);
    near(idle.per_mitem, 2, 1e-12, "no watts");
}

static void it_is_read_back(void **state)
{
    (void)state;
    struct dlb_cost cost = compute(3.6, 0.5, 1.2, 500, 300), again;
    struct dlb_why why = {""};
    cost.unknown = json_pack("{s:s}", "x_region", "eu");
    json_t *json = dlb_cost_to_json(&cost);
    assert_int_equal(dlb_cost_from_json(json, &again, &why), DLB_OK);
    near(again.per_mitem, cost.per_mitem, 0, "a million items");
    json_t *second = dlb_cost_to_json(&again);
    assert_true(json_equal(json, second));
    json_decref(json);
    /* Computed anew: what other programs wrote stays. */
    const struct dlb_price price = price_of(7.2, NAN, 1);
    dlb_cost_compute(&again, &price, 500, NAN);
    near(again.per_mitem, 4, 1e-12, "a million items");
    assert_non_null(json_object_get(again.unknown, "x_region"));
    json_decref(second);
    dlb_cost_free(&cost);
    dlb_cost_free(&again);
    struct dlb_cost empty = {0};
    json = dlb_cost_to_json(&empty);
    assert_true(json_is_null(json));
    json_decref(json);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    struct dlb_cost cost = {.pue = 7};
    struct dlb_why why = {""};
    json_t *json = json_pack("{s:s}", "currency", "DOUBLOONS");
    assert_int_equal(dlb_cost_from_json(json, &cost, &why), DLB_INVALID);
    assert_string_equal(why.text, "currency: wanted at most 7 bytes, found 9");
    json_object_set_new(json, "currency", json_string("USD"));
    json_object_set_new(json, "per_mitem", json_true());
    assert_int_equal(dlb_cost_from_json(json, &cost, &why), DLB_INVALID);
    assert_string_equal(why.text, "per_mitem: wanted a number, found true or false");
    assert_true(cost.pue == 7);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_price_becomes_a_cost),    cmocka_unit_test(electricity_comes_on_top),
        cmocka_unit_test(what_is_not_known_is_told), cmocka_unit_test(zero_is_a_price),
        cmocka_unit_test(it_is_read_back),           cmocka_unit_test(mistakes_are_named),
    };
    return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
