/* fpga_model.c: how many cycles the pipeline takes, from the shapes alone.
 *
 * The rules are those of kernels/fpga/clock.cl, but nothing is executed and nothing counted: all inner slices of a block are alike, so a block is a
 * few maxima, and blocks differ at the edges only. A slice takes max(grid, feeders, memory): the grid ceil(taps / vector) x max(results in flight,
 * latency) cycles, a feeder a cycle for each word of the next slice and for each line of a new block, the memory the bytes of the next slice plus
 * this slice's share of the results of the block before. Ahead comes the first load and the way through the grid, behind the draining of the last
 * block. */
#include "backends/fpga/fpga_design.h"

struct model {
    const struct dlb_fpga_grid *grid;
    const struct dlb_fpga_problem *problem;
    int64_t bandwidth, latency, element_bytes;
    int64_t slices, last_taps; /* of K; the taps of the last slice */
    struct dlb_fpga_cycles cycles;
    int64_t share; /* of the block before: bytes to write beside each slice */
    int64_t rows;  /* likewise: rows of results that leave the sums, one a cycle */
};

/* One block of the output. */
struct block {
    int64_t rows, cols;
};

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t memory_cycles(const struct model *model, int64_t bytes)
{
    return ceil_div(bytes * 256, model->bandwidth);
}

static int64_t slice_taps(const struct model *model, int64_t slice)
{
    return slice == model->slices - 1 ? model->last_taps : model->grid->depth;
}

static int64_t load_bytes(const struct model *model, const struct block *block, int64_t slice)
{
    return (block->rows + block->cols) * slice_taps(model, slice) * model->element_bytes;
}

/* Passes of the slower feeder's loops: the table of a block's lines, then a word each. */
static int64_t load_passes(const struct model *model, const struct block *block, int64_t slice)
{
    const int64_t words = ceil_div(slice_taps(model, slice), model->grid->vector);
    const int64_t a = ceil_div(block->rows, model->grid->rows) * words;
    const int64_t b = ceil_div(block->cols, model->grid->cols) * words;
    return slice == 0 ? larger(block->rows + a, block->cols + b) : larger(a, b);
}

/* D is written, C and the added tensor are read, the bias once a column. All are 32 bits. */
static int64_t store_bytes(const struct model *model, const struct block *block)
{
    const struct dlb_fpga_problem *p = model->problem;
    const int64_t tensors = 1 + (p->beta != 0) + p->add;
    return (block->rows * block->cols * tensors + (p->bias ? block->cols : 0)) * 4;
}

static int64_t groups_m(const struct model *model, const struct block *block)
{
    return ceil_div(block->rows, model->grid->rows);
}

static int64_t grid_cycles(const struct model *model, const struct block *block, int64_t slice)
{
    const int64_t results = groups_m(model, block) * ceil_div(block->cols, model->grid->cols);
    return ceil_div(slice_taps(model, slice), model->grid->vector) *
           larger(results, model->latency);
}

/* What is loaded while a slice runs: a slice of this block or of the next, or nothing. */
struct load {
    int64_t bytes, passes;
};

static struct load load_of(const struct model *model, const struct block *block, int64_t slice)
{
    return (struct load){load_bytes(model, block, slice), load_passes(model, block, slice)};
}

/* `count` slices like this one, each with `load` beside it; returns what they take. */
static int64_t add_slices(struct model *model, const struct block *block, int64_t slice,
                          struct load load, int64_t count)
{
    const int64_t grid = grid_cycles(model, block, slice);
    const int64_t memory = memory_cycles(model, load.bytes + model->share);
    const int64_t took = larger(grid, larger(load.passes, memory));
    model->cycles.compute += count * grid;
    model->cycles.stall += count * (took - grid);
    return count * took;
}

/* `next` follows, NULL for the last block. Inner slices load a whole slice for their successor, except the one before the last. */
static void add_block(struct model *model, const struct block *block, const struct block *next)
{
    const int64_t last = model->slices - 1;
    const struct load none = {0, 0};
    int64_t took = 0;
    if (last > 1)
        took += add_slices(model, block, 0, load_of(model, block, 1), last - 1);
    if (last > 0)
        took += add_slices(model, block, last - 1, load_of(model, block, last), 1);
    took += add_slices(model, block, last, next != NULL ? load_of(model, next, 0) : none, 1);
    model->cycles.stall += larger(model->rows - took, 0);
    const int64_t stored = store_bytes(model, block);
    model->share = ceil_div(stored, model->slices);
    model->rows =
        groups_m(model, block) * ceil_div(block->cols, model->grid->cols) * model->grid->rows;
    model->cycles.bytes +=
        stored + (block->rows + block->cols) * model->problem->k * model->element_bytes;
    if (next == NULL)
        model->cycles.drain = larger(model->rows, memory_cycles(model, stored));
}

/* Block number `index` of a product, row by row of blocks. */
static struct block block_at(const struct model *model, int64_t index)
{
    const struct dlb_fpga_grid *g = model->grid;
    const struct dlb_fpga_problem *p = model->problem;
    const int64_t height = (int64_t)g->rows * g->interleave_m;
    const int64_t width = (int64_t)g->cols * g->interleave_n;
    const int64_t across = ceil_div(p->n, width);
    const int64_t below = p->m - index / across * height;
    const int64_t beside = p->n - index % across * width;
    return (struct block){.rows = below < height ? below : height,
                          .cols = beside < width ? beside : width};
}

void dlb_fpga_model(const struct dlb_fpga_grid *grid, const struct dlb_fpga_problem *problem,
                    int64_t bandwidth, struct dlb_fpga_cycles *cycles)
{
    const bool is_float = problem->dtype == DLB_DTYPE_F32;
    struct model model = {
        .grid = grid,
        .problem = problem,
        .bandwidth = bandwidth,
        .latency = is_float ? DLB_FPGA_LATENCY_F32 : DLB_FPGA_LATENCY_INT,
        .element_bytes = is_float ? 4 : 1,
        .slices = ceil_div(problem->k, grid->depth),
    };
    model.last_taps = problem->k - (model.slices - 1) * grid->depth;
    const int64_t blocks = ceil_div(problem->m, (int64_t)grid->rows * grid->interleave_m) *
                           ceil_div(problem->n, (int64_t)grid->cols * grid->interleave_n);
    struct block block = block_at(&model, 0);
    const struct load first = load_of(&model, &block, 0);
    model.cycles.fill =
        larger(first.passes, memory_cycles(&model, first.bytes)) + grid->rows + grid->cols - 2;
    for (int64_t i = 1; i <= blocks * problem->batch; i++) {
        const struct block next = block_at(&model, i % blocks);
        add_block(&model, &block, i < blocks * problem->batch ? &next : NULL);
        block = next;
    }
    model.cycles.total =
        model.cycles.fill + model.cycles.compute + model.cycles.stall + model.cycles.drain;
    *cycles = model.cycles;
}
