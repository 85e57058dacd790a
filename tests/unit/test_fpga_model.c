/* test_fpga_model.c: cycles worked out by hand, a slice-by-slice count beside the model's closed form, and what must hold for any shape.
 *
 * That the kernels count the same is test_fpga.c's matter, which needs an OpenCL device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backends/fpga/fpga_design.h"
#include "bench/base/random.h"

#define TRIALS 5000

static const int64_t plentiful = INT64_C(1) << 40;

static struct dlb_fpga_cycles model(const struct dlb_fpga_grid *grid,
                                    const struct dlb_fpga_problem *problem, int64_t bandwidth)
{
    struct dlb_fpga_cycles cycles;
    dlb_fpga_model(grid, problem, bandwidth, &cycles);
    return cycles;
}

/* ---- by hand -------------------------------------------------------------------------------------- */

static void test_by_hand(void **state)
{
    (void)state;
    static const struct dlb_fpga_grid one = {1, 1, 1, 1, 1, 1}, tall = {4, 1, 1, 1, 1, 1};
    static const struct dlb_fpga_grid wide = {2, 3, 2, 2, 2, 4};
    static const struct {
        const struct dlb_fpga_grid *grid;
        struct dlb_fpga_problem problem;
        int64_t bandwidth;
        struct dlb_fpga_cycles want; /* total, compute, stall, fill, drain, bytes */
    } cases[] = {
        /* 8 bytes in at 4 a cycle, two passes of the feeders beside; one addition and 7 bubbles; 4 bytes out */
        {&one,
         {.dtype = DLB_DTYPE_F32, .batch = 1, .m = 1, .n = 1, .k = 1},
         1024,
         {11, 8, 0, 2, 1, 12}},
        /* a line and a word in, a pass each, while the memory is done in 1; 1 cycle; 4 bytes out at 4 a cycle */
        {&one,
         {.dtype = DLB_DTYPE_S8, .batch = 1, .m = 1, .n = 1, .k = 1},
         1024,
         {4, 1, 0, 2, 1, 6}},
        /* a byte a cycle: two of three slices wait a cycle for the next one */
        {&one,
         {.dtype = DLB_DTYPE_S8, .batch = 1, .m = 1, .n = 1, .k = 3},
         256,
         {11, 3, 2, 2, 4, 10}},
        /* two blocks: the first waits a cycle for the next load, the second 3 for the results of the first */
        {&one,
         {.dtype = DLB_DTYPE_S8, .batch = 1, .m = 2, .n = 1, .k = 1},
         256,
         {12, 2, 4, 2, 4, 12}},
        /* the same as two products */
        {&one,
         {.dtype = DLB_DTYPE_S8, .batch = 2, .m = 1, .n = 1, .k = 1},
         256,
         {12, 2, 4, 2, 4, 12}},
        /* a block is 4 lines and a word to load: 5 passes, of which 4 are stall beside 1 cycle of the grid; its 4 rows of results leave in 4
         * cycles, but the second block takes 1: it waits 3; fill 5 + 3 registers */
        {&tall,
         {.dtype = DLB_DTYPE_S8, .batch = 1, .m = 8, .n = 1, .k = 1},
         plentiful,
         {21, 2, 7, 8, 4, 42}},
        /* 5 x 7 in blocks of 4 x 6, K 5 in slices of 4 and 1: words of 2 taps, so 2 and 1 of them; positions 4, 2, 2, 1, taking 8 each:
         * 4 blocks x 3 x 8. C, bias and the sum are read: (35 x 3 + 14) x 4; A twice, B twice: (5 x 2 + 7 x 2) x 5 x 4. Results of the last: 1 x 1 in
         * 2 rows. fill: 6 lines and 4 words of B, 3 registers; as much before the third block, beside 8 cycles of the grid: 2 of stall. */
        {&wide,
         {.dtype = DLB_DTYPE_F32,
          .batch = 1,
          .m = 5,
          .n = 7,
          .k = 5,
          .beta = 1,
          .bias = true,
          .add = true},
         plentiful,
         {113, 96, 2, 13, 2, 956}},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        const struct dlb_fpga_cycles got =
            model(cases[i].grid, &cases[i].problem, cases[i].bandwidth);
        const struct dlb_fpga_cycles *want = &cases[i].want;
        if (got.total != want->total || got.compute != want->compute || got.stall != want->stall ||
            got.fill != want->fill || got.drain != want->drain || got.bytes != want->bytes)
            fail_msg("case %zu: total %lld compute %lld stall %lld fill %lld drain %lld bytes %lld",
                     i, (long long)got.total, (long long)got.compute, (long long)got.stall,
                     (long long)got.fill, (long long)got.drain, (long long)got.bytes);
    }
}

/* ---- slice by slice ------------------------------------------------------------------------------- */

/* The state of a pipeline that is followed slice by slice. */
struct follower {
    const struct dlb_fpga_grid *g;
    const struct dlb_fpga_problem *p;
    int64_t bandwidth, now;
    int64_t pending;      /* cycles of the slice that runs */
    int64_t share;        /* bytes of the block before to write beside it */
    int64_t out_by;       /* when that block has left the sums */
    int64_t rows, stored; /* of the block that was begun last: rows of results, bytes to store */
};

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The slice that runs ends when its cycles, the feeders' and the memory's are over. */
static void follow_end(struct follower *f, int64_t load, int64_t passes)
{
    const int64_t memory = ceil_div((load + f->share) * 256, f->bandwidth);
    f->now += most(f->pending, most(passes, memory));
}

static void follow_block(struct follower *f, int64_t rows, int64_t cols, bool first)
{
    const struct dlb_fpga_grid *g = f->g;
    const bool is_float = f->p->dtype == DLB_DTYPE_F32;
    const int64_t slices = ceil_div(f->p->k, g->depth);
    const int64_t down = ceil_div(rows, g->rows), across = ceil_div(cols, g->cols);
    const int64_t positions = down * across;
    for (int64_t k = 0; k < f->p->k; k += g->depth) {
        const int64_t taps = least(g->depth, f->p->k - k);
        const int64_t load = (rows + cols) * taps * (is_float ? 4 : 1);
        const int64_t words = ceil_div(taps, g->vector);
        const int64_t passes =
            k == 0 ? most(rows + down * words, cols + across * words) : most(down, across) * words;
        if (first && k == 0)
            f->now = most(passes, ceil_div(load * 256, f->bandwidth)) + g->rows + g->cols - 2;
        else
            follow_end(f, load, passes);
        if (k == 0) {
            /* The grid takes the block's place in the sums when the one before the last is out. */
            f->now = most(f->now, f->out_by);
            f->out_by = first ? 0 : f->now + f->rows;
            f->share = first ? 0 : ceil_div(f->stored, slices);
        }
        f->pending =
            words * most(positions, is_float ? DLB_FPGA_LATENCY_F32 : DLB_FPGA_LATENCY_INT);
    }
    f->rows = positions * g->rows;
    f->stored = (rows * cols * (1 + (f->p->beta != 0) + f->p->add) + f->p->bias * cols) * 4;
}

static int64_t follow(const struct dlb_fpga_grid *g, const struct dlb_fpga_problem *p,
                      int64_t bandwidth)
{
    struct follower f = {.g = g, .p = p, .bandwidth = bandwidth};
    const int64_t height = (int64_t)g->rows * g->interleave_m;
    const int64_t width = (int64_t)g->cols * g->interleave_n;
    for (int64_t product = 0; product < p->batch; product++)
        for (int64_t m = 0; m < p->m; m += height)
            for (int64_t n = 0; n < p->n; n += width)
                follow_block(&f, least(height, p->m - m), least(width, p->n - n),
                             product + m + n == 0);
    follow_end(&f, 0, 0);
    f.now = most(f.now, f.out_by);
    return f.now + most(f.rows, ceil_div(f.stored * 256, bandwidth));
}

/* ---- any shape ------------------------------------------------------------------------------------ */

static int pick(struct dlb_random *random, int limit)
{
    return 1 + (int)dlb_random_below(random, (uint64_t)limit);
}

static void draw(struct dlb_random *random, struct dlb_fpga_grid *grid,
                 struct dlb_fpga_problem *problem, int64_t *bandwidth)
{
    *grid = (struct dlb_fpga_grid){.rows = pick(random, 6),
                                   .cols = pick(random, 6),
                                   .vector = pick(random, 4),
                                   .interleave_m = pick(random, 4),
                                   .interleave_n = pick(random, 4)};
    grid->depth = grid->vector * pick(random, 5);
    *problem = (struct dlb_fpga_problem){
        .dtype = pick(random, 2) == 1 ? DLB_DTYPE_F32 : DLB_DTYPE_S8,
        .batch = pick(random, 3),
        .m = pick(random, 60),
        .n = pick(random, 60),
        .k = pick(random, 60),
        .alpha = 1,
        .beta = pick(random, 2) - 1,
        .bias = pick(random, 2) == 1,
        .add = pick(random, 2) == 1,
    };
    *bandwidth = pick(random, 8) == 1 ? plentiful : INT64_C(1) << pick(random, 16);
}

static void check_bounds(const struct dlb_fpga_grid *g, const struct dlb_fpga_problem *p,
                         int64_t bandwidth)
{
    const struct dlb_fpga_cycles c = model(g, p, bandwidth);
    assert_int_equal(c.total, c.fill + c.compute + c.stall + c.drain);
    assert_true(c.fill > 0 && c.drain > 0 && c.stall >= 0);
    /* Neither the multipliers nor the memory can be beaten. */
    assert_true(c.compute * g->rows * g->cols * g->vector >= p->batch * p->m * p->n * p->k);
    assert_true(c.total >= ceil_div(c.bytes * 256, bandwidth));
}

static void check_monotone(const struct dlb_fpga_grid *g, const struct dlb_fpga_problem *p,
                           int64_t bandwidth)
{
    const int64_t total = model(g, p, bandwidth).total;
    struct dlb_fpga_problem larger[4] = {*p, *p, *p, *p};
    larger[0].m++;
    larger[1].n++;
    larger[2].batch++;
    larger[3].add = true;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(larger); i++)
        assert_true(model(g, &larger[i], bandwidth).total >= total);
    assert_true(model(g, p, bandwidth + 1).total <= total);
}

static void test_any_shape(void **state)
{
    (void)state;
    struct dlb_random random;
    dlb_random_seed(&random, 20);
    for (int i = 0; i < TRIALS; i++) {
        struct dlb_fpga_grid grid;
        struct dlb_fpga_problem problem;
        int64_t bandwidth;
        draw(&random, &grid, &problem, &bandwidth);
        assert_int_equal(model(&grid, &problem, bandwidth).total,
                         follow(&grid, &problem, bandwidth));
        check_bounds(&grid, &problem, bandwidth);
        check_monotone(&grid, &problem, bandwidth);
    }
}

/* ---- utilisation ---------------------------------------------------------------------------------- */

static double utilisation(const struct dlb_fpga_grid *g, const struct dlb_fpga_problem *p,
                          int64_t bandwidth)
{
    return (double)(p->batch * p->m * p->n * p->k) /
           ((double)model(g, p, bandwidth).total * g->rows * g->cols * g->vector);
}

static void test_utilisation(void **state)
{
    (void)state;
    const struct dlb_fpga_grid grid = {10, 16, 8, 16, 16, 64};
    struct dlb_fpga_problem p = {
        .dtype = DLB_DTYPE_F32, .batch = 1, .m = 1600, .n = 2560, .k = 4096, .alpha = 1};
    assert_true(utilisation(&grid, &p, plentiful) > 0.999);
    assert_true(utilisation(&grid, &p, plentiful) <= 1);
    /* A byte a cycle starves it. */
    assert_true(utilisation(&grid, &p, 256) < 0.05);
    /* A depthwise convolution fills one column of 16, and 9 taps two words of 8. */
    p = (struct dlb_fpga_problem){
        .dtype = DLB_DTYPE_F32, .batch = 32, .m = 3136, .n = 1, .k = 9, .is_conv = true};
    assert_true(utilisation(&grid, &p, plentiful) <= 9.0 / 16 / 16);
    /* Less still: while a block's 160 pixels are multiplied in 2 words x 16 cycles, a feeder has 160 addresses and 32 words to make. */
    assert_true(utilisation(&grid, &p, plentiful) <= 9.0 * 160 / (160 + 32) / (10 * 16 * 8));
    /* A convolution's cycles are those of its product: padding takes its turn. */
    struct dlb_fpga_problem gemm = p;
    gemm.is_conv = false;
    assert_int_equal(model(&grid, &p, 5000).total, model(&grid, &gemm, 5000).total);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_any_shape),
        cmocka_unit_test(test_utilisation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
