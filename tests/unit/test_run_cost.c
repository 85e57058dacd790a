/* test_run_cost.c: where the price of a row is from, what is doubted about it, and why there is none. The catalogue is a made-up one of the user's beside the project's. */
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

#include "bench/base/compiler.h"
#include "bench/cli/run_cost.h"
#include "tests/unit/near.h"
#include "tests/unit/store_sample.h"

#define TEN_MS 1e7 /* 100 items a second: a price of 0.36 an hour is 1 for a million items */

struct bench {
    char folder[256];
    struct dlb_cli cli;
    struct dlb_result result;
};

static const char mine[] = "{\"schema\": \"dlbench-catalogue/1\", \"processors\": ["
                           "{\"id\": \"old\", \"name\": \"Mill 1000\", \"kind\": \"cpu\", "
                           "\"f32_tflops\": 1, \"price_hour\": 0.36, "
                           "\"currency\": \"EUR\", \"price_as_of\": \"2019-03\", \"source\": "
                           "\"dense; price is that of a mill; more\"},"
                           "{\"id\": \"free\", \"name\": \"Mill 2000\", \"kind\": \"cpu\", "
                           "\"f32_tflops\": 1, \"price_hour\": 0, "
                           "\"currency\": \"EUR\", \"price_as_of\": \"2999\"},"
                           "{\"id\": \"list\", \"name\": \"Mill 3000\", \"kind\": \"cpu\", "
                           "\"f32_tflops\": 1, \"list_price\": 999, "
                           "\"currency\": \"EUR\"},"
                           "{\"id\": \"undated\", \"name\": \"Mill 4000\", \"kind\": \"cpu\", "
                           "\"f32_tflops\": 1, \"price_hour\": 0.72, "
                           "\"currency\": \"USD\"}]}";

static void begin(struct bench *bench, const char *device)
{
    char path[400];
    *bench = (struct bench){.cli = {.argc = 0}};
    sample_make_folder(bench->folder, sizeof bench->folder);
    snprintf(path, sizeof path, "%s/dlbench", bench->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/dlbench/catalogue.json", bench->folder);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs(mine, stream);
    fclose(stream);
    setenv("XDG_CONFIG_HOME", bench->folder, 1);
    setenv("DLBENCH_SHARE", "bench/store/data", 1);
    dlb_result_init(&bench->result);
    bench->result.devices = json_array();
    json_array_append_new(bench->result.devices, json_pack("{s:s, s:s, s:s}", "key", "a:0", "name",
                                                           device, "kind", "cpu"));
    struct dlb_record record;
    sample_record(&record, "gemm:m=1,dtype=f32", "gemm", "a:0", TEN_MS, 1);
    dlb_cost_reset(&record.cost);
    dlb_energy_reset(&record.energy);
    record.summary.items_per_s = 100;
    assert_int_equal(dlb_result_add(&bench->result, &record), DLB_OK);
}

static void end(struct bench *bench)
{
    dlb_result_free(&bench->result);
    sample_remove_folder(bench->folder);
}

static const struct {
    const char *device;
    double price_hour, price_kwh;
    const char *currency;
    double per_mitem;                           /* NaN: none */
    const char *currency_told, *basis, *reason; /* of the reason: a part; "" none */
} cases[] = {
    {"Mill 1000", 3.6, -1, "USD", 10, "USD", "--price-hour", ""},
    {"Mill 1000", 0, -1, "USD", 0, "USD", "--price-hour", "the price is zero"},
    {"Mill 1000", -1, -1, "USD", 1, "EUR", "catalogue: old, that of a mill", "months old"},
    {"Mill 2000", -1, -1, "USD", 0, "EUR", "catalogue: free", "the price is zero"},
    {"Mill 2000", -1, -1, "USD", 0, "EUR", "catalogue: free", "of 2999, which is to come"},
    {"Mill 3000", -1, -1, "USD", NAN, "", "", "the catalogue's list has none per hour"},
    {"Mill 4000", -1, -1, "USD", 2, "USD", "catalogue: undated", "the day of the price"},
    {"Mill 5000", -1, -1, "USD", NAN, "", "", "no entry of the catalogue is 'Mill 5000'"},
    {"Mill 5000", 0.36, -1, "USD", 1, "USD", "--price-hour", ""},
    {"Mill 1000", -1, 0.3, "USD", NAN, "", "", "in EUR, not in USD, and none is converted"},
    {"Mill 4000", -1, 0.3, "USD", 2, "USD", "catalogue: undated", "electricity is not counted"},
};

static void test_prices(void **state)
{
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct bench bench;
        begin(&bench, cases[i].device);
        const struct dlb_cost_terms terms = {.price_hour = cases[i].price_hour,
                                             .price_kwh = cases[i].price_kwh,
                                             .pue = 1,
                                             .currency = cases[i].currency};
        assert_int_equal(dlb_run_cost(&bench.cli, &terms, &bench.result), DLB_OK);
        const struct dlb_cost *cost = &bench.result.records[0].cost;
        const bool same = isnan(cases[i].per_mitem)
                              ? isnan(cost->per_mitem)
                              : fabs(cost->per_mitem - cases[i].per_mitem) < 1e-9;
        if (!same || strcmp(cost->currency, cases[i].currency_told) != 0 ||
            strcmp(cost->basis, cases[i].basis) != 0 ||
            (cases[i].reason[0] == '\0' ? cost->reason[0] != '\0'
                                        : strstr(cost->reason, cases[i].reason) == NULL))
            fail_msg("case %zu: %g %s by '%s', reason '%s'", i, cost->per_mitem, cost->currency,
                     cost->basis, cost->reason);
        end(&bench);
    }
}

/* The device learns its entry; published ones keep the catalogue's price for all of their processors, whatever is given. */
static void test_published(void **state)
{
    struct bench bench;
    struct dlb_record record;
    const struct dlb_cost_terms terms = {.price_hour = 3.6, .price_kwh = -1, .pue = 1};
    (void)state;
    begin(&bench, "Mill 1000");
    json_array_append_new(bench.result.devices, json_pack("{s:s, s:s, s:i}", "key", "published:b",
                                                          "catalog_id", "old", "units", 8));
    sample_record(&record, "gemm:m=1,dtype=f32", "gemm", "published:b", TEN_MS, 1);
    dlb_cost_reset(&record.cost);
    dlb_energy_reset(&record.energy);
    record.summary.items_per_s = 100;
    strcpy(record.evidence, "published");
    assert_int_equal(dlb_result_add(&bench.result, &record), DLB_OK);
    assert_int_equal(dlb_run_cost(&bench.cli, &terms, &bench.result), DLB_OK);
    near(bench.result.records[0].cost.per_mitem, 10, 1e-9, "given");
    near(bench.result.records[1].cost.per_mitem, 8, 1e-9, "eight at the catalogue's");
    assert_string_equal(
        json_string_value(json_object_get(dlb_result_device(&bench.result, "a:0"), "catalog_id")),
        "old");

    /* what a file tells stays, unless a price is given */
    const struct dlb_cost_terms none = {.price_hour = -1, .price_kwh = -1, .pue = 1};
    assert_int_equal(dlb_run_cost(&bench.cli, &none, &bench.result), DLB_OK);
    near(bench.result.records[0].cost.per_mitem, 10, 1e-9, "kept");
    end(&bench);
}

/* Electricity by a datasheet's power is told as the bound that it is; by a meter it needs no word. */
static void test_bound(void **state)
{
    static const char *const methods[] = {"tdp_bound", "rapl"};
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(methods); i++) {
        struct bench bench;
        const struct dlb_cost_terms terms = {
            .price_hour = 0, .price_kwh = 3.6, .pue = 1, .currency = "USD"};
        begin(&bench, "Mill 5000");
        struct dlb_record *record = &bench.result.records[0];
        strcpy(record->energy.method, methods[i]);
        record->energy.avg_power_w = 100;
        assert_int_equal(dlb_run_cost(&bench.cli, &terms, &bench.result), DLB_OK);
        near(record->cost.per_mitem, 1, 1e-9, "0.36 an hour for 360000 items");
        assert_string_equal(record->cost.reason,
                            i == 0 ? "electricity at most: the datasheet's power" : "");
        end(&bench);
    }
}

/* A price that the catalogue has in another currency is told of beside a cost of electricity alone. */
static void test_alone(void **state)
{
    struct bench bench;
    const struct dlb_cost_terms terms = {
        .price_hour = -1, .price_kwh = 3.6, .pue = 1, .currency = "USD"};
    (void)state;
    begin(&bench, "Mill 1000");
    struct dlb_record *record = &bench.result.records[0];
    strcpy(record->energy.method, "tdp_bound");
    record->energy.avg_power_w = 100;
    assert_int_equal(dlb_run_cost(&bench.cli, &terms, &bench.result), DLB_OK);
    near(record->cost.per_mitem, 1, 1e-9, "0.36 an hour for 360000 items");
    assert_string_equal(
        record->cost.reason,
        "electricity alone: the catalogue's is in EUR, not in USD, and none is "
        "converted; --price-hour gives one; electricity at most: the datasheet's power");
    end(&bench);
}

/* A price that is given is not that of others' rows: for these only the catalogue has one. */
static void test_hint(void **state)
{
    static const struct {
        const char *device, *hint;
    } hints[] = {{"Mill 3000", "dlbench catalog add gives one"},
                 {"Mill 5000", "dlbench catalog add gives one"}};
    const struct dlb_cost_terms terms = {.price_hour = 3.6, .price_kwh = -1, .pue = 1};
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(hints); i++) {
        struct bench bench;
        begin(&bench, hints[i].device);
        strcpy(bench.result.records[0].evidence, "published");
        assert_int_equal(dlb_run_cost(&bench.cli, &terms, &bench.result), DLB_OK);
        const char *reason = bench.result.records[0].cost.reason;
        if (strstr(reason, hints[i].hint) == NULL || strstr(reason, "--price-hour") != NULL)
            fail_msg("'%s' has no '%s' alone", reason, hints[i].hint);
        end(&bench);
    }
}

/* A broken catalogue of the user's is a reason in the rows; a currency that is none is a mistake. */
static void test_bad(void **state)
{
    struct bench bench;
    char path[400];
    struct dlb_cost_terms terms = {.price_hour = -1, .price_kwh = -1, .pue = 1, .currency = "USD"};
    (void)state;
    begin(&bench, "Mill 1000");
    snprintf(path, sizeof path, "%s/dlbench/catalogue.json", bench.folder);
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    fputs("{", stream);
    fclose(stream);
    assert_int_equal(dlb_run_cost(&bench.cli, &terms, &bench.result), DLB_OK);
    assert_non_null(strstr(bench.result.records[0].cost.reason, "no price: "));
    assert_non_null(strstr(bench.result.records[0].cost.reason, "--price-hour gives one"));
    static const char *const wrong[] = {"usd", "US", "DOLLAR", "", "U$D"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(wrong); i++) {
        terms.currency = wrong[i];
        assert_int_equal(dlb_run_cost(&bench.cli, &terms, &bench.result), DLB_INVALID);
        assert_non_null(strstr(bench.cli.why.text, "--currency wants three capital letters"));
    }
    end(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prices), cmocka_unit_test(test_published),
        cmocka_unit_test(test_bound),  cmocka_unit_test(test_alone),
        cmocka_unit_test(test_hint),   cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
