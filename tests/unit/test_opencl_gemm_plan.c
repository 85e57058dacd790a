/* test_opencl_gemm_plan.c: the points and cuts of matrix products, on devices and shapes from tiny to huge. Every plan must cover
 * its product exactly, stay within the device's limits and keep its compute units busy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/opencl/opencl_gemm_plan.h"
#include "bench/base/compiler.h"

static const struct dlb_gemm_device devices[] = {
    {.units = 2,
     .vector = 16,
     .local_bytes = 1 << 20,
     .max_items = 4096,
     .cpu = true,
     .vnni = true},
    {.units = 96,
     .vector = 16,
     .local_bytes = 1 << 18,
     .max_items = 8192,
     .cpu = true,
     .dot = true},
    {.units = 4, .vector = 4, .local_bytes = 1 << 15, .max_items = 1024, .cpu = true},
    {.units = 132, .vector = 1, .local_bytes = 48 << 10, .max_items = 1024, .dot = true},
    {.units = 1, .vector = 4, .local_bytes = 16 << 10, .max_items = 64},
    {.units = 2, .vector = 16, .local_bytes = 1 << 20, .max_items = 1, .cpu = true},
};

static const int sizes[][3] = {
    {1, 1, 1},           {1, 1, 1025},       {5, 7, 11},         {1, 7680, 2560},
    {16, 2560, 2560},    {16, 512, 500000},  {128, 1760, 1760},  {8457, 35, 4096},
    {256, 256, 256},     {1024, 1024, 1024}, {1000, 1003, 1005}, {3072, 3072, 3072},
    {48000, 8448, 2816}, {3, 1 << 30, 2},    {1 << 30, 3, 2},    {2, 3, 1 << 30},
};

static const enum dlb_dtype types[] = {DLB_DTYPE_F32, DLB_DTYPE_F16, DLB_DTYPE_S8};

struct trial {
    const struct dlb_gemm_device *device;
    struct dlb_gemm_shape shape;
    const struct dlb_tune_point *point;
    struct dlb_gemm_plan plan;
};

static void fail_trial(const struct trial *t, const char *what)
{
    const int *v = t->point->values;
    fail_msg("%s: %s %d x %d x %d batch %lld, shape %d tile %d x %d x %d on %d units: rows %d "
             "columns %d depth %d "
             "splits %d",
             what, dlb_dtype_name(t->shape.dtype), t->shape.m, t->shape.n, t->shape.k,
             (long long)t->shape.batch, v[DLB_GEMM_SHAPE], v[DLB_GEMM_MT], v[DLB_GEMM_NT],
             v[DLB_GEMM_KC], t->device->units, t->plan.rows, t->plan.columns, t->plan.depth,
             t->plan.splits);
}

/* `pieces` of `piece` cover `whole`, and none of them is empty. */
static bool covers(int64_t pieces, int64_t piece, int64_t whole)
{
    return pieces * piece >= whole && (pieces - 1) * piece < whole;
}

static void check_cut(const struct trial *t)
{
    const int *v = t->point->values;
    const struct dlb_gemm_plan *p = &t->plan;
    const int units = dlb_gemm_units(&t->shape, t->point);
    const bool bytes = t->shape.dtype == DLB_DTYPE_S8;
    if (units !=
        (v[DLB_GEMM_BY] == DLB_GEMM_BY_FLOAT || !bytes ? t->shape.k : (t->shape.k + 3) / 4))
        fail_trial(t, "units of the depth");
    if (p->rows % v[DLB_GEMM_MT] != 0 || p->columns % v[DLB_GEMM_NT] != 0 ||
        p->depth % v[DLB_GEMM_KC] != 0)
        fail_trial(t, "whole tiles");
    if (!covers((int64_t)p->groups[0], p->rows, t->shape.m) ||
        !covers((int64_t)p->groups[1], p->columns, t->shape.n) ||
        !covers(p->splits, p->depth, units))
        fail_trial(t, "covers the product");
}

static void check_memory(const struct trial *t)
{
    const int *v = t->point->values;
    const struct dlb_gemm_plan *p = &t->plan;
    const bool cpu = v[DLB_GEMM_SHAPE] == DLB_GEMM_CPU;
    if (cpu && (p->block_columns % v[DLB_GEMM_NT] != 0 || p->block_columns > p->columns))
        fail_trial(t, "blocks of whole panels");
    if (cpu && (p->local_a != 4LL * p->rows * (v[DLB_GEMM_KC] + 16) ||
                p->local_b != 4LL * p->block_columns * v[DLB_GEMM_KC]))
        fail_trial(t, "room for what is packed");
    if (p->local_a + p->local_b > t->device->local_bytes)
        fail_trial(t, "local memory");
    const bool carried = cpu && t->shape.dtype == DLB_DTYPE_F16 && t->shape.k > v[DLB_GEMM_KC];
    if (p->parts != (p->splits > 1 || carried))
        fail_trial(t, "parts where sums have no other place");
    const size_t sums = (size_t)t->shape.m * (size_t)t->shape.n * (size_t)t->shape.batch;
    if (p->scratch_bytes != (p->parts ? 4 * (size_t)p->splits * sums : 0))
        fail_trial(t, "scratch memory");
}

/* On products of many tiles no unit idles for long: what all units could do in the time of the slowest is at most 1.25 times what there is. */
static void check_balance(const struct trial *t)
{
    const struct dlb_gemm_plan *p = &t->plan;
    const double work = (double)t->shape.m * t->shape.n * dlb_gemm_units(&t->shape, t->point);
    const int64_t groups = (int64_t)(p->groups[0] * p->groups[1]) * p->splits * t->shape.batch;
    const int64_t rounds = (groups + t->device->units - 1) / t->device->units;
    const double group = (double)p->rows * p->columns * p->depth;
    if (t->point->values[DLB_GEMM_SHAPE] == DLB_GEMM_CPU && t->shape.m >= 1024 &&
        t->shape.n >= 1024 && t->device->units <= 4 &&
        (double)rounds * group * t->device->units > 1.25 * work * (double)t->shape.batch)
        fail_trial(t, "units idle");
}

static void check_point(const struct dlb_gemm_device *device, const int *v)
{
    const int64_t tile = 4LL * v[DLB_GEMM_KC] * (v[DLB_GEMM_MT] + v[DLB_GEMM_NT]);
    assert_true(tile <= device->local_bytes);
    assert_true((int64_t)v[DLB_GEMM_WX] * v[DLB_GEMM_WY] <= device->max_items);
    assert_true(v[DLB_GEMM_SHAPE] == DLB_GEMM_CPU || v[DLB_GEMM_SHAPE] == DLB_GEMM_GPU);
    assert_false(device->only_cpu && v[DLB_GEMM_SHAPE] != DLB_GEMM_CPU);
    assert_false(device->only_gpu && v[DLB_GEMM_SHAPE] != DLB_GEMM_GPU);
    assert_true(v[DLB_GEMM_BY] != DLB_GEMM_BY_DOT || device->dot);
    assert_true(v[DLB_GEMM_BY] != DLB_GEMM_BY_VNNI || device->vnni);
    assert_int_equal(v[DLB_GEMM_MT] % v[DLB_GEMM_WY], 0);
    assert_int_equal(v[DLB_GEMM_NT] % v[DLB_GEMM_WX], 0);
    if (v[DLB_GEMM_SHAPE] == DLB_GEMM_CPU) {
        assert_int_equal(v[DLB_GEMM_NT] % 16, 0);
        assert_int_equal(v[DLB_GEMM_KC] % 16, 0);
    }
    /* 255 x 128 x kc stays below 2^24: sums of bytes are exact in f32 */
    assert_true(v[DLB_GEMM_BY] != DLB_GEMM_BY_FLOAT || v[DLB_GEMM_KC] <= 512);
}

static void check_shape(const struct dlb_gemm_device *device, const struct dlb_gemm_shape *shape)
{
    struct dlb_tune_point points[DLB_GEMM_MAX_POINTS];
    const int count = dlb_gemm_points(device, shape, points);
    assert_in_range(count, 1, DLB_GEMM_MAX_POINTS);
    for (int i = 0; i < count; i++) {
        struct trial t = {.device = device, .shape = *shape, .point = &points[i]};
        check_point(device, points[i].values);
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(points[i].values, points[j].values, sizeof points[i].values);
        dlb_gemm_plan(device, shape, &points[i], &t.plan);
        check_cut(&t);
        check_memory(&t);
        check_balance(&t);
    }
}

static void test_plans(void **state)
{
    static const int64_t batches[] = {1, 3, 1000};
    (void)state;
    for (size_t d = 0; d < DLB_ARRAY_COUNT(devices); d++)
        for (size_t s = 0; s < DLB_ARRAY_COUNT(sizes); s++)
            for (size_t i = 0; i < DLB_ARRAY_COUNT(types) * DLB_ARRAY_COUNT(batches); i++) {
                const struct dlb_gemm_shape shape = {.dtype = types[i % DLB_ARRAY_COUNT(types)],
                                                     .m = sizes[s][0],
                                                     .n = sizes[s][1],
                                                     .k = sizes[s][2],
                                                     .batch = batches[i / DLB_ARRAY_COUNT(types)]};
                check_shape(&devices[d], &shape);
            }
}

static void test_forced_shapes(void **state)
{
    (void)state;
    for (size_t s = 0; s < DLB_ARRAY_COUNT(sizes); s++) {
        const struct dlb_gemm_shape shape = {.dtype = DLB_DTYPE_F32,
                                             .m = sizes[s][0],
                                             .n = sizes[s][1],
                                             .k = sizes[s][2],
                                             .batch = 1};
        for (size_t d = 0; d < DLB_ARRAY_COUNT(devices); d++) {
            struct dlb_gemm_device forced = devices[d];
            forced.only_cpu = true;
            check_shape(&forced, &shape);
            forced.only_cpu = false;
            forced.only_gpu = true;
            if (forced.max_items >= 4)
                check_shape(&forced, &shape);
        }
    }
}

/* The guess comes first, and the other shape is not left out. */
static void test_first_guess(void **state)
{
    const struct dlb_gemm_shape shape = {
        .dtype = DLB_DTYPE_F32, .m = 1024, .n = 1024, .k = 1024, .batch = 1};
    struct dlb_tune_point points[DLB_GEMM_MAX_POINTS];
    (void)state;
    int count = dlb_gemm_points(&devices[0], &shape, points);
    assert_int_equal(points[0].values[DLB_GEMM_SHAPE], DLB_GEMM_CPU);
    assert_int_equal(points[count - 1].values[DLB_GEMM_SHAPE], DLB_GEMM_GPU);
    struct dlb_gemm_device gpu = devices[3];
    gpu.local_bytes = 1 << 18;
    count = dlb_gemm_points(&gpu, &shape, points);
    assert_int_equal(points[0].values[DLB_GEMM_SHAPE], DLB_GEMM_GPU);
    assert_int_equal(points[count - 1].values[DLB_GEMM_SHAPE], DLB_GEMM_CPU);
}

static void test_too_little_memory(void **state)
{
    const struct dlb_gemm_device device = {
        .units = 1, .vector = 4, .local_bytes = 64, .max_items = 64};
    const struct dlb_gemm_shape shape = {
        .dtype = DLB_DTYPE_F32, .m = 10, .n = 10, .k = 10, .batch = 1};
    struct dlb_tune_point points[DLB_GEMM_MAX_POINTS];
    (void)state;
    assert_int_equal(dlb_gemm_points(&device, &shape, points), 0);
}

/* A product too small for its tiles to go round is cut along its depth; one that is large enough is not. */
static void test_splits(void **state)
{
    const struct dlb_gemm_shape deep = {
        .dtype = DLB_DTYPE_F32, .m = 8, .n = 32, .k = 100000, .batch = 1};
    const struct dlb_gemm_shape wide = {
        .dtype = DLB_DTYPE_F32, .m = 1024, .n = 1024, .k = 1024, .batch = 1};
    struct dlb_tune_point points[DLB_GEMM_MAX_POINTS];
    struct dlb_gemm_plan plan;
    (void)state;
    for (size_t d = 0; d < 4; d++) {
        dlb_gemm_points(&devices[d], &deep, points);
        dlb_gemm_plan(&devices[d], &deep, &points[0], &plan);
        assert_true(plan.splits >= devices[d].units / 2 && plan.splits > 1);
        dlb_gemm_points(&devices[d], &wide, points);
        dlb_gemm_plan(&devices[d], &wide, &points[0], &plan);
        if (devices[d].units <= 4)
            assert_int_equal(plan.splits, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),       cmocka_unit_test(test_forced_shapes),
        cmocka_unit_test(test_first_guess), cmocka_unit_test(test_too_little_memory),
        cmocka_unit_test(test_splits),
    };
    return cmocka_run_group_tests_name("opencl_gemm_plan", tests, NULL, NULL);
}
