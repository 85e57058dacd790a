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

/* A board of 1 TOP/s f32, 4 TOP/s bytes, 34 GB/s. */
static struct dlb_device_info board(void)
{
    struct dlb_device_info info = {
        .evidence = DLB_EVIDENCE_MODELLED, .name = "Arria 10 GX 1150", .mem_bw_bytes_per_s = 34e9};
    info.peak_ops_per_s[DLB_DTYPE_F32] = 1e12;
    info.peak_ops_per_s[DLB_DTYPE_S8] = 4e12;
    info.peak_ops_per_s[DLB_DTYPE_U8] = 4e12;
    return info;
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
    const struct dlb_device_info info = board();
    struct dlb_roofs roofs;
    struct dlb_why why;
    assert_int_equal(dlb_roofline_model(DEVICE, &info, &roofs, &why), DLB_OK);
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
    const struct dlb_device_info info = board();
    struct dlb_roofs roofs;
    struct dlb_why why;
    assert_int_equal(dlb_roofline_model(DEVICE, &info, &roofs, &why), DLB_OK);
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
    struct dlb_roofs roofs = {.count = 77};
    struct dlb_why why = {""};
    struct dlb_device_info info = board();
    info.evidence = DLB_EVIDENCE_EMULATED;
    assert_int_equal(dlb_roofline_model("fpga:fused", &info, &roofs, &why), DLB_UNSUPPORTED);
    assert_non_null(strstr(why.text, "fpga:fused is emulated"));
    info.evidence = DLB_EVIDENCE_MEASURED;
    assert_int_equal(dlb_roofline_model("fpga:0", &info, &roofs, &why), DLB_UNSUPPORTED);
    assert_non_null(strstr(why.text, "no model"));
    info = (struct dlb_device_info){.evidence = DLB_EVIDENCE_MODELLED, .mem_bw_bytes_per_s = -1};
    info.peak_ops_per_s[DLB_DTYPE_F32] = NAN;
    assert_int_equal(dlb_roofline_model(DEVICE, &info, &roofs, &why), DLB_UNSUPPORTED);
    assert_non_null(strstr(why.text, "no peaks"));
    assert_int_equal(roofs.count, 77); /* left alone */
}

/* A board may tell its grid and not its memory: then no roof can be said, as either might bind. */
static void half_a_model(void **state)
{
    (void)state;
    struct dlb_device_info info = board();
    struct dlb_roofs roofs;
    struct dlb_why why;
    info.mem_bw_bytes_per_s = 0;
    assert_int_equal(dlb_roofline_model(DEVICE, &info, &roofs, &why), DLB_OK);
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
