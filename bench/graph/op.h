/* op.h: one node of a graph: its kind, its attributes and the tensors that it joins. */
#ifndef DLB_OP_H
#define DLB_OP_H

#include <stdbool.h>
#include <stdint.h>

#define DLB_MAX_OP_INPUTS 6

enum dlb_op_kind {
#define DLB_OP(kind, name, meaning) DLB_OP_##kind,
#include "bench/graph/ops.def"
#undef DLB_OP
    DLB_OP_COUNT
};

/* op(A) is [batch,] M x K and op(B) [batch,] K x N; transposed operands are stored K x M, N x K.
 * Inputs A, B, and C when beta is not 0; then C is a STATE tensor and the output is C itself. */
struct dlb_gemm_attrs {
    int64_t m, n, k, batch; /* batch >= 1; rank 2 tensors when batch is 1, else rank 3 */
    bool ta, tb;
    double alpha, beta;
};

/* Inputs by kind: CONV X,W; CONV_BWD_DATA dY,W; CONV_BWD_WEIGHTS X,dY. dilation 1 is dense.
 * out_h = (h + pad_top + pad_bottom - dilation_h (r - 1) - 1) / stride_h + 1, rounded down. */
struct dlb_conv_attrs {
    int64_t n, c, h, w; /* input images */
    int64_t k, r, s;    /* filters, filter height and width */
    int64_t stride_h, stride_w;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t dilation_h, dilation_w;
    int64_t groups;
    int64_t out_h, out_w; /* derived: filled by shape inference */
};

struct dlb_pool_attrs {
    int64_t r, s, stride_h, stride_w, pad_top, pad_left, pad_bottom, pad_right;
};

struct dlb_op {
    enum dlb_op_kind kind;
    int input_count;
    int inputs[DLB_MAX_OP_INPUTS]; /* indices into graph->tensors */
    int output;                    /* likewise */
    union {
        struct dlb_gemm_attrs gemm;
        struct dlb_conv_attrs conv;
        struct dlb_pool_attrs pool;
        struct {
            int axis;
        } bias;
        struct {
            double epsilon; /* inputs X, gamma, beta, mean, variance: each of C elements */
        } batchnorm;
    } attrs;
};

const char *dlb_op_name(enum dlb_op_kind kind);
const char *dlb_op_meaning(enum dlb_op_kind kind);

#endif
