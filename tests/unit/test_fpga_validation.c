/* test_fpga_validation.c: published designs against the cycle model with that design's own grid, clock and memory.
 *
 * It prints the table of docs/fpga.md, holds each prediction within a factor of two of what was published, and asks that the table there has the
 * very same rows. Where the figures come from stands there too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/fpga/fpga_design.h"
#include "bench/base/compiler.h"

#define FACTOR 2.0 /* how far a prediction may be off */

/* ---- problems ------------------------------------------------------------------------------------- */

static struct dlb_fpga_problem product(enum dlb_dtype dtype, int64_t m, int64_t n, int64_t k)
{
    return (struct dlb_fpga_problem){
        .dtype = dtype, .batch = 1, .m = m, .n = n, .k = k, .alpha = 1};
}

/* A square convolution; `out` is the height of the result. */
static struct dlb_fpga_problem convolution(enum dlb_dtype dtype, int64_t images, int64_t c,
                                           int64_t k, int64_t r, int64_t out, int64_t groups)
{
    return (struct dlb_fpga_problem){.dtype = dtype,
                                     .batch = groups,
                                     .m = images * out * out,
                                     .n = k / groups,
                                     .k = c / groups * r * r,
                                     .is_conv = true,
                                     .bias = true,
                                     .relu = true,
                                     .alpha = 1};
}

/* AlexNet as Caffe defines it (bvlc_reference_caffenet, 227 x 227): five convolutions, the second, fourth and fifth in two groups, then three
 * fully connected layers. Pooling and normalisation run beside the grid. */
static const struct {
    int64_t c, k, r, out, groups;
} alexnet_convs[] = {
    {3, 96, 11, 55, 1},   {96, 256, 5, 27, 2},  {256, 384, 3, 13, 1},
    {384, 384, 3, 13, 2}, {384, 256, 3, 13, 2},
};
static const struct {
    int64_t n, k;
} alexnet_fcs[] = {{4096, 9216}, {4096, 4096}, {1000, 4096}};

/* ---- designs -------------------------------------------------------------------------------------- */

enum unit { GFLOPS, MS_PER_IMAGE, IMAGES_PER_S };
static const char *const units[] = {"GFLOP/s", "ms/image", "images/s"};

struct design {
    const char *name;
    struct dlb_fpga_grid grid;
    enum dlb_dtype dtype;
    double clock_hz, bytes_per_s;
    enum unit unit;
    double published;
    double (*predict)(const struct design *design);
    const char *board; /* that it was built for, where the file counts what it is built of */
    bool fits;         /* by our count */
    int64_t conv_images, fc_images; /* AlexNet: images at once in either half */
};

static double seconds(const struct design *d, const struct dlb_fpga_problem *problem)
{
    struct dlb_fpga_cycles cycles;
    const double bandwidth = 256 * d->bytes_per_s / d->clock_hz;
    dlb_fpga_model(&d->grid, problem, (int64_t)bandwidth, &cycles);
    return (double)cycles.total / d->clock_hz;
}

static double rate(const struct design *d, const struct dlb_fpga_problem *p)
{
    return 2e-9 * (double)p->batch * (double)p->m * (double)p->n * (double)p->k / seconds(d, p);
}

/* The product in T2SP's readme: 10 K x 16 K by 16 K x 8 K. */
static double t2sp_gemm(const struct design *d)
{
    const struct dlb_fpga_problem p = product(d->dtype, 10240, 8192, 16384);
    return rate(d, &p);
}

/* The convolution there: 64 images of 256 channels, 256 filters of 3 x 3, results of 60 x 60. */
static double t2sp_conv(const struct design *d)
{
    struct dlb_fpga_problem p = convolution(d->dtype, 64, 256, 256, 3, 60, 1);
    p.bias = p.relu = false;
    return rate(d, &p);
}

static double gemm_hls(const struct design *d)
{
    const struct dlb_fpga_problem p = product(d->dtype, 16384, 16384, 16384);
    return rate(d, &p);
}

/* Seconds for an image. */
static double alexnet(const struct design *d)
{
    double sum = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(alexnet_convs); i++) {
        const struct dlb_fpga_problem p =
            convolution(d->dtype, d->conv_images, alexnet_convs[i].c, alexnet_convs[i].k,
                        alexnet_convs[i].r, alexnet_convs[i].out, alexnet_convs[i].groups);
        sum += seconds(d, &p) / (double)d->conv_images;
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(alexnet_fcs); i++) {
        const struct dlb_fpga_problem p =
            product(d->dtype, d->fc_images, alexnet_fcs[i].n, alexnet_fcs[i].k);
        sum += seconds(d, &p) / (double)d->fc_images;
    }
    return sum;
}

static double alexnet_ms(const struct design *d)
{
    return 1e3 * alexnet(d);
}

static double alexnet_rate(const struct design *d)
{
    return 1 / alexnet(d);
}

static const struct design designs[] = {
    {.name = "T2SP SGEMM, Arria 10 GX 1150",
     .board = "arria10-gx1150",
     .fits = true,
     .grid = {10, 8, 16, 32, 32, 512},
     .dtype = DLB_DTYPE_F32,
     .clock_hz = 244e6,
     .bytes_per_s = 34.128e9,
     .unit = GFLOPS,
     .published = 620,
     .predict = t2sp_gemm},
    {.name = "T2SP SGEMM, Stratix 10 GX 2800",
     .board = "stratix10-gx2800",
     .fits = true,
     .grid = {14, 16, 16, 32, 32, 512},
     .dtype = DLB_DTYPE_F32,
     .clock_hz = 251e6,
     .bytes_per_s = 76.8e9,
     .unit = GFLOPS,
     .published = 1790,
     .predict = t2sp_gemm},
    {.name = "T2SP convolution, Arria 10 GX 1150",
     .board = "arria10-gx1150",
     .fits = true,
     .grid = {10, 8, 16, 32, 32, 512},
     .dtype = DLB_DTYPE_F32,
     .clock_hz = 206e6,
     .bytes_per_s = 34.128e9,
     .unit = GFLOPS,
     .published = 515,
     .predict = t2sp_conv},
    {.name = "gemm_hls f32, VCU1525 (FPGA 2020)",
     .board = "vcu1525",
     .grid = {192, 8, 1, 5, 204, 64},
     .dtype = DLB_DTYPE_F32,
     .clock_hz = 145.7e6,
     .bytes_per_s = 19.2e9,
     .unit = GFLOPS,
     .published = 409,
     .predict = gemm_hls},
    {.name = "gemm_hls f32, VCU1525 (readme)",
     .grid = {192, 8, 1, 5, 204, 64},
     .dtype = DLB_DTYPE_F32,
     .clock_hz = 145.7e6,
     .bytes_per_s = 19.2e9,
     .unit = GFLOPS,
     .published = 301,
     .predict = gemm_hls},
    {.name = "PipeCNN AlexNet, DE1-SoC",
     .board = "de1-soc",
     .fits = true,
     .grid = {1, 8, 8, 7, 1, 64},
     .dtype = DLB_DTYPE_S8,
     .clock_hz = 122e6,
     .bytes_per_s = 3.2e9,
     .unit = MS_PER_IMAGE,
     .published = 150,
     .predict = alexnet_ms,
     .conv_images = 1,
     .fc_images = 1},
    {.name = "PipeCNN AlexNet, DE5-net",
     .board = "de5-net",
     .fits = true,
     .grid = {1, 16, 16, 7, 1, 128},
     .dtype = DLB_DTYPE_S8,
     .clock_hz = 206e6,
     .bytes_per_s = 25.6e9,
     .unit = MS_PER_IMAGE,
     .published = 15,
     .predict = alexnet_ms,
     .conv_images = 1,
     .fc_images = 16},
    {.name = "Intel DLA AlexNet, Arria 10 GX 1150",
     .grid = {6, 48, 8, 8, 8, 64},
     .dtype = DLB_DTYPE_F32,
     .clock_hz = 303e6,
     .bytes_per_s = 2 * 34.128e9, /* its elements are half as long as the f32 of our model */
     .unit = IMAGES_PER_S,
     .published = 1020,
     .predict = alexnet_rate,
     .conv_images = 1,
     .fc_images = 96},
};

/* ---- the table ------------------------------------------------------------------------------------ */

/* The row of the table in two: the name, behind which the manual has the numbers of notes, and the figures. */
static void make_row(const struct design *d, double value, char *name, char *figures, size_t size)
{
    char predicted[24];
    snprintf(predicted, sizeof predicted, value >= 100 ? "%.0f" : "%.1f", value);
    snprintf(name, size, "| %s ", d->name);
    snprintf(figures, size, "| %d x %d x %d | %.4g MHz | %g %s | %s | %.2f |\n", d->grid.rows,
             d->grid.cols, d->grid.vector, d->clock_hz / 1e6, d->published, units[d->unit],
             predicted, value / d->published);
}

/* Does a line of the manual begin with `name` and end with `figures`? */
static bool stands_in(FILE *manual, const char *name, const char *figures)
{
    char line[512];
    rewind(manual);
    while (fgets(line, sizeof line, manual) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            return strlen(line) >= strlen(figures) &&
                   strcmp(line + strlen(line) - strlen(figures), figures) == 0;
    return false;
}

static void test_designs(void **state)
{
    (void)state;
    FILE *const manual = fopen("docs/fpga.md", "r"); /* tests run from the root of the tree */
    assert_non_null(manual);
    int wrong = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(designs); i++) {
        const struct design *d = &designs[i];
        char name[120], figures[120];
        const double value = d->predict(d);
        const double ratio = value / d->published;
        make_row(d, value, name, figures, sizeof name);
        print_message("%s%s", name, figures);
        if (ratio < 1 / FACTOR || ratio > FACTOR) {
            print_message("  that is more than a factor of %g off\n", FACTOR);
            wrong++;
        }
        if (!stands_in(manual, name, figures)) {
            print_message("  docs/fpga.md has another row\n");
            wrong++;
        }
    }
    (void)fclose(manual);
    assert_int_equal(wrong, 0);
}

/* What was built fits its board by our count of DSPs and RAM; gemm_hls keeps one set of results where our grid wants two (docs/fpga.md, note 3). */
static void test_designs_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(designs); i++) {
        const struct design *d = &designs[i];
        struct dlb_why why = {""};
        if (d->board == NULL)
            continue;
        const struct dlb_fpga_board *const board = dlb_fpga_board_find(d->board);
        assert_non_null(board);
        if ((dlb_fpga_board_check(board, d->dtype, &d->grid, &why) == DLB_OK) != d->fits)
            fail_msg("%s: %s", d->name, why.text);
        if (!d->fits)
            assert_non_null(strstr(why.text, "blocks of RAM"));
    }
}

/* 724 million multiply-accumulates an image: the sum that everybody gives for AlexNet with groups. */
static void test_alexnet_size(void **state)
{
    (void)state;
    int64_t macs = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(alexnet_convs); i++)
        macs += alexnet_convs[i].out * alexnet_convs[i].out * alexnet_convs[i].k *
                (alexnet_convs[i].c / alexnet_convs[i].groups) * alexnet_convs[i].r *
                alexnet_convs[i].r;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(alexnet_fcs); i++)
        macs += alexnet_fcs[i].n * alexnet_fcs[i].k;
    assert_int_equal(macs, 724406816);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_designs),
        cmocka_unit_test(test_designs_fit),
        cmocka_unit_test(test_alexnet_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
