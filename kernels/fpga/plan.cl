/* plan.cl: the numbers that tell the kernels their problem: 64-bit integers, one small buffer for all of them.
 *
 * The host's C includes this file too (fpga_pipeline.c, fpga_plan.c): one list for both sides. It holds nothing but enums. */

/* Where one operand lies in the board's memory. A is a matrix of lines (rows of A, columns of B) by taps (the K dimension). A line is
 * taken apart into (i, p, q) with p < P, q < Q; a tap into (c, r, s) with r < R, s < S. The element stands at
 *   product PRODUCT + i LINE + c TAP + y ROW_WIDTH + x,  y = p STEP_Y - PAD_Y + r DILATION_Y,  x likewise,
 * and is 0 where (y, x) falls outside HEIGHT x WIDTH. That is the image of a convolution, gathered without ever being stored as a
 * matrix; for a plain matrix P, Q, R, S, HEIGHT and WIDTH are 1. */
enum dlb_fpga_map {
    DLB_MAP_PRODUCT,
    DLB_MAP_LINE,
    DLB_MAP_TAP,
    DLB_MAP_P,
    DLB_MAP_Q,
    DLB_MAP_R,
    DLB_MAP_S,
    DLB_MAP_STEP_Y,
    DLB_MAP_STEP_X,
    DLB_MAP_PAD_Y,
    DLB_MAP_PAD_X,
    DLB_MAP_DILATION_Y,
    DLB_MAP_DILATION_X,
    DLB_MAP_HEIGHT,
    DLB_MAP_WIDTH,
    DLB_MAP_COUNT
};

enum dlb_fpga_plan {
    DLB_PLAN_PRODUCTS,
    DLB_PLAN_M,
    DLB_PLAN_N,
    DLB_PLAN_K,
    DLB_PLAN_BANDWIDTH, /* bytes of the board's memory per 256 cycles */
    DLB_PLAN_A,         /* a map */
    DLB_PLAN_B = DLB_PLAN_A + DLB_MAP_COUNT,
    /* D, and the tensor that is added: product PRODUCT + (row / PIXELS) IMAGE + (row mod PIXELS) PIXEL + column COLUMN. */
    DLB_PLAN_D_PRODUCT = DLB_PLAN_B + DLB_MAP_COUNT,
    DLB_PLAN_D_PIXELS,
    DLB_PLAN_D_IMAGE,
    DLB_PLAN_D_PIXEL,
    DLB_PLAN_D_COLUMN,
    DLB_PLAN_BIAS_PRODUCT, /* bias of a column: product PRODUCT + column */
    DLB_PLAN_HAS_C,        /* 1: D is read before it is written */
    DLB_PLAN_HAS_BIAS,
    DLB_PLAN_HAS_ADD,
    DLB_PLAN_HAS_RELU,
    DLB_PLAN_COUNT
};

/* What an execution leaves behind. */
enum dlb_fpga_count {
    DLB_COUNT_TOTAL,
    DLB_COUNT_COMPUTE,
    DLB_COUNT_STALL,
    DLB_COUNT_FILL,
    DLB_COUNT_DRAIN,
    DLB_COUNT_BYTES,
    DLB_COUNT_COUNT
};
