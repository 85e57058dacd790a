/* fpga_design.h: the pipeline as numbers: its grid, the problem it is given, the cycles it takes, the board that it fits.
 *
 * No OpenCL here: fpga_model.c, fpga_board.c and fpga_grid.c are plain C, so that the unit tests can hold them.
 * fpga_internal.h adds what runs on a device. */
#ifndef DLB_FPGA_DESIGN_H
#define DLB_FPGA_DESIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/dtype.h"
#include "bench/base/status.h"
#include "bench/graph/op.h"

/* ---- the design ----------------------------------------------------------------------------------- */

/* The grid as it is synthesised: each processing element makes `vector` multiply-accumulates per cycle and keeps interleave_m x interleave_n
 * results, so that a block of the output is (rows interleave_m) x (cols interleave_n); K passes through in slices of `depth` elements, held twice
 * (double buffers). All are macros of the kernels.
 * On the chip: two slices of A (block rows x depth elements) and of B (block cols x depth), read a word of rows x vector and of cols x vector
 * elements a cycle; two sets of results (block rows x block cols of 32 bits: one accumulates, each processing element reading and writing one a
 * cycle, while the other is read by the drain: banks of their own); a table of the block's rows and one of its columns (16 bytes each) for the address generators. */
struct dlb_fpga_grid {
    int rows, cols, vector;
    int interleave_m, interleave_n;
    int depth; /* a multiple of vector */
};

/* Cycles until a sum may be added to again: fewer results in flight than this leave bubbles, so interleave_m x interleave_n should be at least as
 * much. For f32 an assumption between the hard adders of one vendor (about 4 stages) and the adders of logic of the other (about 11). */
#define DLB_FPGA_LATENCY_F32 8
#define DLB_FPGA_LATENCY_INT 1

/* What the grid is asked to do: `batch` products of M x K by K x N. A convolution is one per group with M = pixels of all images, K = C/groups R S,
 * N = filters of the group, its A gathered by an address generator. Bytes that cross the board's memory follow from the shapes: see fpga_model.c. */
struct dlb_fpga_problem {
    enum dlb_dtype dtype; /* of A and B: f32, or s8 and u8 with s32 results */
    bool u8_a;
    int64_t batch, m, n, k;
    bool ta, tb;
    bool is_conv;
    struct dlb_conv_attrs conv;
    double alpha, beta;   /* of a gemm */
    bool bias, add, relu; /* the epilogue in this order; bias along N, add a whole tensor like D */
};

/* Cycles of one execution. Integers: the kernel's own counters must equal them exactly. */
struct dlb_fpga_cycles {
    int64_t total;
    int64_t compute;     /* the grid's loops issue */
    int64_t stall;       /* the grid waits for a feeder, for the memory, or for results to leave */
    int64_t fill, drain; /* before the first cycle of the grid, and after its last */
    int64_t bytes;       /* across the board's memory, both ways */
};

/* The predicted count. `bandwidth` is the board's memory in bytes per 256 cycles, an integer >= 1, so that kernel and model round alike. */
void dlb_fpga_model(const struct dlb_fpga_grid *grid, const struct dlb_fpga_problem *problem,
                    int64_t bandwidth, struct dlb_fpga_cycles *cycles);

/* ---- boards (fpga_board.c) ------------------------------------------------------------------------ */

/* Memory blocks of one kind on the chip: each is written once and read once a cycle (simple dual port). 0 blocks = none. */
struct dlb_fpga_ram {
    int blocks;
    int width, depth; /* bits of a word, words of a block */
};

/* Data with sources: backends/fpga/boards/NAME.board, embedded; docs/fpga.md tells the format. 0 = unknown. */
struct dlb_fpga_board {
    char id[32];   /* "arria10-gx1150" */
    char name[96]; /* "Intel Arria 10 GX 1150" */
    char vendor[32];
    char source[256]; /* of the clock */
    char note[256];
    int dsps; /* DSP blocks */
    /* Multiply-accumulates per cycle: f32 1 on Arria 10 and later Intel parts; below 1 where several blocks make one. */
    double f32_macs_per_dsp, s8_macs_per_dsp;
    struct dlb_fpga_ram ram;   /* block RAM: M20K, BRAM36 */
    struct dlb_fpga_ram large; /* a second kind: URAM */
    double clock_hz;           /* reached by published designs of this kind, not the datasheet's */
    double mem_bw_bytes_per_s; /* of the board's memory */
    double power_w;
};

/* All known boards, in the order of the list; the first is the one that stands for them under `all`. */
const struct dlb_fpga_board *dlb_fpga_boards(int *count);
/* By its id; NULL when there is none. */
const struct dlb_fpga_board *dlb_fpga_board_find(const char *id);
/* The name that was meant: the nearest by edit distance, else the first that holds the word ("arria10"); NULL for none. */
const char *dlb_fpga_nearest(const char *word, const char *const *names);
/* The text of a board file; `origin` names it in messages. DLB_INVALID says which line and what was wanted. */
enum dlb_status dlb_fpga_board_parse(const char *text, const char *origin,
                                     struct dlb_fpga_board *board, struct dlb_why *why);
/* Bytes per 256 cycles at the board's clock, from 1 to 2^40. */
int64_t dlb_fpga_board_bandwidth(const struct dlb_fpga_board *board);

/* ---- how large a grid a board holds (fpga_grid.c) ------------------------------------------------- */

/* The largest grid that the board's DSPs and block RAM hold for a type (f32; s8 and u8); `how` (may be NULL) gets the arithmetic, a line each.
 * DLB_UNSUPPORTED: it holds none. */
enum dlb_status dlb_fpga_board_grid(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                                    struct dlb_fpga_grid *grid, char *how, size_t how_size,
                                    struct dlb_why *why);
/* Does a given grid fit? DLB_UNSUPPORTED says what is wanted and what the board has: another board, or another type, may hold it. */
enum dlb_status dlb_fpga_board_check(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                                     const struct dlb_fpga_grid *grid, struct dlb_why *why);
/* "RxCxV[,IMxIN[,DEPTH]]", e.g. "10x16x8,8x8,64"; without the rest 8x8 and 8 V. DLB_INVALID names the option fpga.grid. */
enum dlb_status dlb_fpga_grid_parse(const char *text, struct dlb_fpga_grid *grid,
                                    struct dlb_why *why);
/* Multiply-accumulates that a grid makes in a cycle. */
int64_t dlb_fpga_grid_macs(const struct dlb_fpga_grid *grid);
/* "grid 10x16x8, block 80x128x64": block M x N of the output, slices of K. */
void dlb_fpga_grid_text(const struct dlb_fpga_grid *grid, char *text, size_t size);

#endif
