/* fpga_internal.h: what the files of the fpga backend share.
 *
 * An FPGA runs deep learning as a pipeline of single-work-item kernels: feeders read blocks of A and B into double buffers on the chip, a grid of
 * R x C processing elements multiplies and accumulates, a drain adds bias and activation and writes. kernels/fpga has it in three dialects
 * (Intel channels, OpenCL pipes, one fused kernel); each counts the cycles that its loops issue. fpga_model.c predicts the same count from
 * the shapes alone; a test holds the two equal. fpga_board.c turns cycles into time.
 *
 * fpga.c is the table of the backend; fpga_board.c boards and how large a grid they hold; fpga_pipeline.c runs the kernels on an OpenCL device. */
#ifndef DLB_FPGA_INTERNAL_H
#define DLB_FPGA_INTERNAL_H

#include "backends/cl/cl.h"
#include "backends/opwise.h"

/* ---- the design ----------------------------------------------------------------------------------- */

/* The grid as it is synthesised: each processing element makes `vector` multiply-accumulates per cycle and keeps interleave_m x interleave_n
 * results, so that a block of the output is (rows interleave_m) x (cols interleave_n); K passes through in slices of `depth` elements, held twice
 * (double buffers). All are macros of the kernels. */
struct dlb_fpga_grid {
    int rows, cols, vector;
    int interleave_m, interleave_n;
    int depth; /* a multiple of vector */
};

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
    bool bias, relu, add; /* the epilogue in this order; bias along N */
};

/* Cycles of one execution. Integers: the kernel's own counters must equal them exactly. */
struct dlb_fpga_cycles {
    int64_t total;
    int64_t compute; /* the grid's loops issue */
    int64_t
        stall; /* the grid waits for a buffer that the board's memory has not filled, or not emptied */
    int64_t fill, drain;
};

/* The predicted count. `bandwidth` is the board's memory in bytes per 256 cycles, an integer >= 1, so that kernel and model round alike. */
void dlb_fpga_model(const struct dlb_fpga_grid *grid, const struct dlb_fpga_problem *problem,
                    int64_t bandwidth, struct dlb_fpga_cycles *cycles);

/* ---- running it (fpga_pipeline.c) ----------------------------------------------------------------- */

enum dlb_fpga_form { DLB_FPGA_FUSED, DLB_FPGA_CHANNELS, DLB_FPGA_PIPES, DLB_FPGA_FORM_COUNT };
const char *dlb_fpga_form_name(enum dlb_fpga_form form); /* "fused", "channels", "pipes" */

/* The kernels of one problem built for one grid on an OpenCL device. `binary` (may be NULL) is a program made by the vendor's tools. */
struct dlb_fpga_pipeline;
enum dlb_status dlb_fpga_pipeline_open(struct dlb_cl *cl, enum dlb_fpga_form form,
                                       const struct dlb_fpga_grid *grid,
                                       const struct dlb_fpga_problem *problem, int64_t bandwidth,
                                       cl_program binary, struct dlb_fpga_pipeline **pipeline,
                                       struct dlb_why *why);
void dlb_fpga_pipeline_close(struct dlb_fpga_pipeline *pipeline);

/* Enqueues one execution on plain layouts (NCHW images, K,C/groups,R,S weights). `bias` and `add` may be NULL as the problem says; D may be C of beta. */
struct dlb_fpga_operands {
    cl_mem a, b, d, bias, add;
};
enum dlb_status dlb_fpga_pipeline_run(struct dlb_fpga_pipeline *pipeline,
                                      const struct dlb_fpga_operands *operands,
                                      struct dlb_why *why);
/* Drains all its queues. */
enum dlb_status dlb_fpga_pipeline_wait(struct dlb_fpga_pipeline *pipeline, struct dlb_why *why);
/* The counters of the last execution; after wait. */
enum dlb_status dlb_fpga_pipeline_cycles(struct dlb_fpga_pipeline *pipeline,
                                         struct dlb_fpga_cycles *cycles, struct dlb_why *why);

/* ---- boards (fpga_board.c) ------------------------------------------------------------------------ */

/* Data with sources: backends/fpga/boards/NAME.board, embedded. 0 = unknown. */
struct dlb_fpga_board {
    char id[32];   /* "arria10-gx1150" */
    char name[96]; /* "Intel Arria 10 GX 1150" */
    char vendor[32];
    char source[256];
    int dsps; /* DSP blocks */
    double
        f32_macs_per_dsp; /* multiply-accumulates per cycle: 1 on Arria 10 and later Intel parts; below 1 where several make one */
    double s8_macs_per_dsp;
    int64_t ram_bits;          /* block RAM: M20K; BRAM36 and URAM */
    double clock_hz;           /* reached by published designs of this kind, not the datasheet's */
    double mem_bw_bytes_per_s; /* of the board's memory */
    double power_w;
};

/* All known boards, in the order of the list; the first is the one that stands for them under `all`. */
const struct dlb_fpga_board *dlb_fpga_boards(int *count);
/* DLB_UNAVAILABLE: unknown, with the nearest names. */
enum dlb_status dlb_fpga_board_find(const char *id, const struct dlb_fpga_board **board,
                                    struct dlb_why *why);

/* The largest grid that the board's DSPs and block RAM hold for a type; `how` (may be NULL) gets the arithmetic, a line each. */
enum dlb_status dlb_fpga_board_grid(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                                    struct dlb_fpga_grid *grid, char *how, size_t how_size,
                                    struct dlb_why *why);
/* Does a given grid fit? DLB_INVALID says what is wanted and what the board has. */
enum dlb_status dlb_fpga_board_check(const struct dlb_fpga_board *board, enum dlb_dtype dtype,
                                     const struct dlb_fpga_grid *grid, struct dlb_why *why);
/* Bytes per 256 cycles at the board's clock. */
int64_t dlb_fpga_board_bandwidth(const struct dlb_fpga_board *board);

#endif
