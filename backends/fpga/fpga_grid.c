/* fpga_grid.c: how large a grid a board holds, with the arithmetic that says so.
 *
 * DSPs give the multiply-accumulators, block RAM the buffers that feed them, the memory's bandwidth how often an element must be used once it
 * is on the chip. Logic and routing are not counted: published designs end there too, so what is computed here is the most that could be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/fpga/fpga_design.h"
#include "bench/base/text.h"

/* What a grid of ours leaves to address generators, drain and the board's shell. Published designs of this kind take 63 to 97 % of the DSPs and
 * 35 to 80 % of the RAM (docs/fpga.md). */
#define DSP_SHARE    0.9
#define RAM_SHARE    0.8
#define MEMORY_SHARE 0.75 /* of the bandwidth for A and B; the rest takes the results */

#define VECTOR_F32     8 /* as in Intel's own GEMM (OPAE, BBB_cci_gemm: 10 x 16 elements of 8) */
#define VECTOR_INT     16
#define INTERLEAVE_MIN 4 /* 4 x 4 results in flight hide any adder's latency */
#define INTERLEAVE_MAX 64
#define WORDS_DEEP     8 /* of a slice: bursts of 8 words from the board's memory */

#define RESULT_BITS 32
#define POINT_BITS  128 /* an entry of the tables of the address generators */

static bool is_integer(enum dlb_dtype dtype)
{
    return dtype == DLB_DTYPE_S8 || dtype == DLB_DTYPE_U8;
}

static int element_bytes(enum dlb_dtype dtype)
{
    return (int)dlb_dtype_size(dtype);
}

static double macs_per_dsp(const struct dlb_fpga_board *board, enum dlb_dtype dtype)
{
    return is_integer(dtype) ? board->s8_macs_per_dsp : board->f32_macs_per_dsp;
}

int64_t dlb_fpga_grid_macs(const struct dlb_fpga_grid *grid)
{
    return (int64_t)grid->rows * grid->cols * grid->vector;
}

/* ---- block RAM ------------------------------------------------------------------------------------ */

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

/* Blocks of one memory of `words` words of `bits` bits that is read at one address a cycle. */
static int64_t blocks_of(const struct dlb_fpga_ram *ram, int64_t words, int64_t bits)
{
    return ceil_div(bits, ram->width) * ceil_div(words, ram->depth);
}

struct ram_use {
    int64_t a, b, sums, tables;
    bool slices_in_large; /* A and B in the second kind of RAM */
};

/* Two slices of A in a bank a row, two of B in a bank a column: one is read while the other is written. A processing element has a bank for
 * each of its two sets of results: one is read and written each cycle while the other is read by the drain. */
static struct ram_use use_ram(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                              const struct dlb_fpga_grid *g, bool slices_in_large)
{
    const struct dlb_fpga_ram *slices = slices_in_large ? &board->large : &board->ram;
    const int64_t word_bits = (int64_t)g->vector * element_bytes(dtype) * 8;
    const int64_t words = 2 * (int64_t)(g->depth / g->vector);
    return (struct ram_use){
        .a = g->rows * blocks_of(slices, words * g->interleave_m, word_bits),
        .b = g->cols * blocks_of(slices, words * g->interleave_n, word_bits),
        .sums = 2 * (int64_t)g->rows * g->cols *
                blocks_of(&board->ram, (int64_t)g->interleave_m * g->interleave_n, RESULT_BITS),
        .tables = blocks_of(&board->ram, (int64_t)g->rows * g->interleave_m, POINT_BITS) +
                  blocks_of(&board->ram, (int64_t)g->cols * g->interleave_n, POINT_BITS),
        .slices_in_large = slices_in_large,
    };
}

static bool fits_ram(const struct dlb_fpga_board *board, double share, const struct ram_use *use)
{
    const int64_t slices = use->a + use->b;
    const int64_t rest = use->sums + use->tables;
    if (use->slices_in_large)
        return (double)slices <= share * board->large.blocks &&
               (double)rest <= share * board->ram.blocks;
    return (double)(slices + rest) <= share * board->ram.blocks;
}

/* Slices go into the second kind of RAM only when the first is too small. */
static bool place_ram(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                      const struct dlb_fpga_grid *grid, double share, struct ram_use *use)
{
    *use = use_ram(board, dtype, grid, false);
    if (fits_ram(board, share, use))
        return true;
    if (board->large.blocks == 0)
        return false;
    *use = use_ram(board, dtype, grid, true);
    return fits_ram(board, share, use);
}

/* ---- the largest grid ----------------------------------------------------------------------------- */

static int64_t mac_budget(const struct dlb_fpga_board *board, enum dlb_dtype dtype, double share)
{
    return (int64_t)(share * board->dsps * macs_per_dsp(board, dtype));
}

/* Columns are powers of two up to 16, then multiples: the drain's words of results fill those of the memory (64 bytes). */
static int next_cols(int cols)
{
    return cols < 16 ? 2 * cols : cols + 16;
}

/* Neither side longer than twice the other: a row of A serves all columns, and long wires are slow. Ties go to the later, squarer one. */
static void choose_shape(int64_t budget, struct dlb_fpga_grid *grid)
{
    int64_t best = 0;
    grid->rows = grid->cols = 1;
    for (int cols = 1; (int64_t)cols * grid->vector <= budget && cols <= 1024;
         cols = next_cols(cols)) {
        int64_t rows = budget / grid->vector / cols;
        rows = rows > 2 * cols ? 2 * cols : rows;
        if (2 * rows < cols || rows * cols < best)
            continue;
        best = rows * cols;
        grid->rows = (int)rows;
        grid->cols = cols;
    }
}

/* Bytes of A and B that the grid wants from the memory in a cycle while it is busy. */
static double wanted_bytes(enum dlb_dtype dtype, const struct dlb_fpga_grid *g)
{
    const int block = g->rows * g->interleave_m + g->cols * g->interleave_n;
    return (double)block * g->vector * element_bytes(dtype) / (g->interleave_m * g->interleave_n);
}

static double memory_bytes(const struct dlb_fpga_board *board)
{
    return board->mem_bw_bytes_per_s / board->clock_hz;
}

/* The smallest block that the memory keeps up with, else the largest that the RAM holds. False when not even the smallest fits. */
static bool choose_block(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                         struct dlb_fpga_grid *grid, struct ram_use *use)
{
    bool found = false;
    for (int p = INTERLEAVE_MIN; p <= INTERLEAVE_MAX; p *= 2) {
        struct dlb_fpga_grid tried = *grid;
        struct ram_use wanted;
        tried.interleave_m = tried.interleave_n = p;
        tried.depth = WORDS_DEEP * tried.vector;
        if (!place_ram(board, dtype, &tried, RAM_SHARE, &wanted))
            break;
        *grid = tried;
        *use = wanted;
        found = true;
        if (wanted_bytes(dtype, grid) <= MEMORY_SHARE * memory_bytes(board))
            break;
    }
    return found;
}

static void tell_ram(const struct dlb_fpga_board *board, const char *type,
                     const struct ram_use *use, struct dlb_text *text)
{
    const long long a = (long long)use->a, b = (long long)use->b;
    const long long sums = (long long)use->sums, tables = (long long)use->tables;
    if (use->slices_in_large)
        dlb_text_format(text,
                        "%s: RAM blocks: A %lld + B %lld = %lld of %g x %d large ones; results "
                        "%lld + tables %lld = %lld of %g x %d\n",
                        type, a, b, a + b, RAM_SHARE, board->large.blocks, sums, tables,
                        sums + tables, RAM_SHARE, board->ram.blocks);
    else
        dlb_text_format(
            text,
            "%s: RAM blocks: A %lld + B %lld + results %lld + tables %lld = %lld of %g x "
            "%d\n",
            type, a, b, sums, tables, a + b + sums + tables, RAM_SHARE, board->ram.blocks);
}

/* The arithmetic as a person would write it down; only what was computed with stands there. */
static void tell(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                 const struct dlb_fpga_grid *g, const struct ram_use *use, char *how, size_t size)
{
    const char *type = dlb_dtype_name(dtype);
    const long long macs = (long long)dlb_fpga_grid_macs(g);
    char rate[24];
    struct dlb_text text = {0};
    dlb_format_si(rate, sizeof rate, 2 * (double)macs * board->clock_hz,
                  is_integer(dtype) ? "OP/s" : "FLOP/s");
    dlb_text_format(
        &text, "%s: %g x %d DSPs x %g = %lld MACs; grid %d x %d of %d = %lld, peak %s\n", type,
        DSP_SHARE, board->dsps, macs_per_dsp(board, dtype),
        (long long)mac_budget(board, dtype, DSP_SHARE), g->rows, g->cols, g->vector, macs, rate);
    dlb_text_format(
        &text,
        "%s: interleave %dx%d: wants %.4g of %g x %.4g B/cycle%s; block %dx%d, slices of %d\n",
        type, g->interleave_m, g->interleave_n, wanted_bytes(dtype, g), MEMORY_SHARE,
        memory_bytes(board),
        wanted_bytes(dtype, g) > MEMORY_SHARE * memory_bytes(board) ? ", all that the RAM allows"
                                                                    : "",
        g->rows * g->interleave_m, g->cols * g->interleave_n, g->depth);
    tell_ram(board, type, use, &text);
    snprintf(how, size, "%s", text.data != NULL ? text.data : "");
    dlb_text_free(&text);
}

static enum dlb_status check_type(enum dlb_dtype dtype, struct dlb_why *why)
{
    if (dtype == DLB_DTYPE_F32 || is_integer(dtype))
        return DLB_OK;
    return dlb_fail(why, DLB_UNSUPPORTED, "grids are made for f32, s8 and u8, found %s",
                    dlb_dtype_name(dtype));
}

enum dlb_status dlb_fpga_board_grid(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                                    struct dlb_fpga_grid *grid, char *how, size_t how_size,
                                    struct dlb_why *why)
{
    struct dlb_fpga_grid made = {.vector = is_integer(dtype) ? VECTOR_INT : VECTOR_F32};
    struct ram_use use = {0};
    const enum dlb_status status = check_type(dtype, why);
    if (status != DLB_OK)
        return status;
    const int64_t budget = mac_budget(board, dtype, DSP_SHARE);
    if (budget < 1)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s: %d DSPs make no multiply-accumulator of %s",
                        board->name, board->dsps, dlb_dtype_name(dtype));
    while (made.vector > 1 && 16 * made.vector > budget)
        made.vector /= 2; /* at least 4 x 4 elements, where there is enough for that */
    for (int64_t macs = budget;; macs = macs * 3 / 4) {
        choose_shape(macs, &made);
        if (choose_block(board, dtype, &made, &use))
            break;
        if (dlb_fpga_grid_macs(&made) <= made.vector)
            return dlb_fail(why, DLB_UNSUPPORTED,
                            "%s: %d blocks of RAM do not hold the buffers of the smallest grid",
                            board->name, board->ram.blocks);
    }
    *grid = made;
    if (how != NULL)
        tell(board, dtype, grid, &use, how, how_size);
    return DLB_OK;
}

enum dlb_status dlb_fpga_board_check(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                                     const struct dlb_fpga_grid *grid, struct dlb_why *why)
{
    struct ram_use use;
    const enum dlb_status status = check_type(dtype, why);
    if (status != DLB_OK)
        return status;
    const int64_t macs = dlb_fpga_grid_macs(grid);
    const int64_t most = mac_budget(board, dtype, 1);
    if (macs > most)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "a grid of %d x %d x %d wants %lld multiply-accumulators of %s; the %d "
                        "DSPs of %s make %lld: take a smaller grid",
                        grid->rows, grid->cols, grid->vector, (long long)macs,
                        dlb_dtype_name(dtype), board->dsps, board->name, (long long)most);
    const bool fits = place_ram(board, dtype, grid, 1, &use);
    const int64_t wanted = use.a + use.b + use.sums + use.tables;
    if (!fits)
        return dlb_fail(why, DLB_UNSUPPORTED,
                        "grid %d x %d x %d with blocks of %d x %d x %d wants %lld blocks of RAM; "
                        "%s has %d and %d large ones: take a smaller grid, interleave or depth",
                        grid->rows, grid->cols, grid->vector, grid->rows * grid->interleave_m,
                        grid->cols * grid->interleave_n, grid->depth, (long long)wanted,
                        board->name, board->ram.blocks, board->large.blocks);
    return DLB_OK;
}

/* ---- grids as text -------------------------------------------------------------------------------- */

#define GRID_MAX  1024
#define DEPTH_MAX 65536

static bool in_range(int value, int max)
{
    return value >= 1 && value <= max;
}

enum dlb_status dlb_fpga_grid_parse(const char *text, struct dlb_fpga_grid *grid,
                                    struct dlb_why *why)
{
    struct dlb_fpga_grid g = {.interleave_m = 8, .interleave_n = 8};
    int end = 0, more = 0;
    bool good = sscanf(text, "%5dx%5dx%5d%n", &g.rows, &g.cols, &g.vector, &end) == 3;
    g.depth = good && in_range(g.vector, GRID_MAX) ? WORDS_DEEP * g.vector : 1;
    if (good && text[end] == ',') {
        good = sscanf(text + end, ",%5dx%5d%n", &g.interleave_m, &g.interleave_n, &more) == 2;
        end += more;
        more = 0;
    }
    if (good && text[end] == ',') {
        good = sscanf(text + end, ",%6d%n", &g.depth, &more) == 1;
        end += more;
    }
    good = good && text[end] == '\0' && strpbrk(text, " +-") == NULL;
    good = good && in_range(g.rows, GRID_MAX) && in_range(g.cols, GRID_MAX) &&
           in_range(g.vector, GRID_MAX) && in_range(g.interleave_m, GRID_MAX) &&
           in_range(g.interleave_n, GRID_MAX) && in_range(g.depth, DEPTH_MAX);
    if (!good)
        return dlb_fail(
            why, DLB_INVALID,
            "fpga.grid: RxCxV[,IMxIN[,DEPTH]] is wanted (as 10x16x8,8x8,64; sizes up to "
            "%d, depth up to %d), found '%.60s'",
            GRID_MAX, DEPTH_MAX, text);
    if (g.depth % g.vector != 0)
        return dlb_fail(
            why, DLB_INVALID,
            "fpga.grid: the depth is wanted as a multiple of its vector %d, found %d in "
            "'%.60s'",
            g.vector, g.depth, text);
    *grid = g;
    return DLB_OK;
}

void dlb_fpga_grid_text(const struct dlb_fpga_grid *grid, char *text, size_t size)
{
    snprintf(text, size, "grid %dx%dx%d, block %dx%dx%d", grid->rows, grid->cols, grid->vector,
             grid->rows * grid->interleave_m, grid->cols * grid->interleave_n, grid->depth);
}
