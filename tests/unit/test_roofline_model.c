/* test_roofline_model.c: the peaks that a model tells become its roofs, and bind its own rows; devices that are no models have none. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/run/roofline_model.h"
#include "tests/unit/near.h"

#define DEVICE "fpga:arria10-gx1150"

/* A board of 1 TOP/s f32, 4 TOP/s bytes, 34 GB/s, as a result tells it. */
static json_t *board(const char *evidence)
{
    json_t *device =
        json_pack("{s:s, s:s, s:s, s:{s:f, s:f, s:f}, s:f, s:n}", "key", DEVICE, "evidence",
                  evidence, "name", "Arria 10 GX 1150", "peak_ops_per_s", "f32", 1e12, "s8", 4e12,
                  "u8", 4e12, "mem_bw_bytes_per_s", 34e9, "mem_bytes");
    assert_non_null(device);
    return device;
}

static void roofs_of(json_t *device, struct dlb_roofs *roofs)
{
    struct dlb_why why = {""};
    if (dlb_roofline_model(device, roofs, &why) != DLB_OK)
        fail_msg("%s", why.text);
    json_decref(device);
}

static void refused(json_t *device, const char *reason)
{
    struct dlb_roofs roofs = {.count = 77};
    struct dlb_why why = {""};
    assert_int_equal(dlb_roofline_model(device, &roofs, &why), DLB_UNSUPPORTED);
    assert_int_equal(roofs.count, 77); /* left alone */
    if (strstr(why.text, reason) == NULL)
        fail_msg("'%s' is not in '%s'", reason, why.text);
    json_decref(device);
}

static struct dlb_record row(const char *evidence, double ops, double bytes, double ns)
{
    struct dlb_record record = {.ops = ops,
                                .bytes = bytes,
                                .working_set_bytes = bytes,
                                .threads = 1,
                                .cache_sets = 1,
                                .cache_state = "warm"};
    snprintf(record.dtype, sizeof record.dtype, "f32");
    snprintf(record.evidence, sizeof record.evidence, "%s", evidence);
    record.summary.median_ns = ns;
    record.summary.ops_per_s = ops / ns * 1e9;
    record.summary.bytes_per_s = bytes / ns * 1e9;
    record.summary.ai_ops_per_byte = ops / bytes;
    record.summary.roof_ops_per_s = record.summary.roof_fraction = NAN;
    return record;
}

static void peaks_become_roofs(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    roofs_of(board("modelled"), &roofs);
    assert_string_equal(roofs.device, DEVICE);
    assert_string_equal(roofs.evidence, "modelled");
    assert_non_null(strstr(roofs.identity, "Arria 10 GX 1150"));
    assert_true(roofs.as_of[0] != '\0');
    assert_int_equal(roofs.count, 4);
    near(dlb_roofs_compute(&roofs, "f32", 1), 1e12, 0, "f32");
    near(dlb_roofs_compute(&roofs, "s8", 7), 4e12, 0, "s8, whatever the threads");
    near(dlb_roofs_bandwidth(&roofs, "memory", 1), 34e9, 0, "memory");
    assert_true(isnan(dlb_roofs_compute(&roofs, "bf16", 1)));
    for (int i = 0; i < roofs.count; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(roofs.items[i].name, roofs.items[j].name);
    dlb_roofs_free(&roofs);
}

/* At 10 operations a byte the memory allows 340 GOP/s; at 100 the grid is reached. */
static void they_bind_modelled_rows_alone(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    roofs_of(board("modelled"), &roofs);
    struct dlb_record starved = row("modelled", 1e9, 1e8, 1e7); /* 100 GOP/s */
    dlb_roofs_apply(&roofs, &starved);
    near(starved.summary.roof_ops_per_s, 340e9, 1, "memory binds");
    near(starved.summary.roof_fraction, 100.0 / 340, 1e-12, "share");
    assert_string_equal(starved.summary.roof_binds, "memory");
    struct dlb_record fed = row("modelled", 1e9, 1e7, 2e6); /* 500 GOP/s */
    dlb_roofs_apply(&roofs, &fed);
    near(fed.summary.roof_fraction, 0.5, 1e-12, "of the grid");
    assert_string_equal(fed.summary.roof_binds, "compute f32");
    struct dlb_record real = row("measured", 1e9, 1e7, 2e6);
    dlb_roofs_apply(&roofs, &real);
    assert_true(isnan(real.summary.roof_fraction));
    dlb_roofs_free(&roofs);
}

static void others_have_none(void **state)
{
    (void)state;
    refused(board("emulated"), DEVICE " is emulated");
    refused(board("measured"), "no model");
    refused(json_pack("{s:s, s:s}", "key", DEVICE, "evidence", "modelled"), "no peaks");
    refused(json_pack("{s:s, s:{s:n, s:f, s:s}, s:f}", "evidence", "modelled", "peak_ops_per_s",
                      "f32", "s8", -1.0, "u8", "fast", "mem_bw_bytes_per_s", 0.0),
            "no peaks");
    refused(json_object(), "no model");
}

/* A board may tell its grid and not its memory: then no roof can be said, as either might bind. */
static void half_a_model(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    json_t *device = board("modelled");
    json_object_del(device, "mem_bw_bytes_per_s");
    roofs_of(device, &roofs);
    assert_int_equal(roofs.count, 3);
    struct dlb_record record = row("modelled", 1e9, 1e7, 2e6);
    dlb_roofs_apply(&roofs, &record);
    assert_true(isnan(record.summary.roof_fraction));
    dlb_roofs_free(&roofs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_become_roofs),
        cmocka_unit_test(they_bind_modelled_rows_alone),
        cmocka_unit_test(others_have_none),
        cmocka_unit_test(half_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
