/* graph.h: ops joined by tensors: the problem that a backend is given.
 *
 * Built by the functions below, which infer shapes and check everything; the first error is
 * latched in `why` and later calls do nothing, so a builder checks once, in dlb_graph_finish. Ops
 * are stored in topological order because an op can only name tensors that exist.
 *
 * Types: gemm and conv take f32, bf16, f16 (output of the same type, accumulation in f32 or
 * wider) and s8 x s8 or u8 x s8 (output s32). The other ops take and give floats of one type.
 *
 * Inputs stay finite through depth: weights of a product over `length` terms get scale
 * sqrt(3 / length) (unit variance preserved: Glorot and Bengio 2010, gain 1), everything else 1. */
#ifndef DLB_GRAPH_H
#define DLB_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/random.h"
#include "bench/base/status.h"
#include "bench/graph/op.h"
#include "bench/graph/tensor.h"

enum dlb_pass { DLB_PASS_INFERENCE, DLB_PASS_TRAINING };

struct dlb_graph {
    char name[64];
    enum dlb_pass pass;
    int64_t items; /* images, rows or products per execution: what items/s counts */
    int tensor_count, tensor_capacity;
    struct dlb_tensor *tensors;
    int op_count, op_capacity;
    struct dlb_op *ops;
    enum dlb_status status; /* the first error while building */
    struct dlb_why why;
};

/* An empty graph. Release with dlb_graph_free, also after errors. */
void dlb_graph_init(struct dlb_graph *graph, const char *name, int64_t items);
void dlb_graph_free(struct dlb_graph *graph);

/* Tensors given from outside: role INPUT, WEIGHT or STATE. Returns its index, or -1 after an
 * error. */
int dlb_graph_tensor(struct dlb_graph *graph, const char *name, enum dlb_role role,
                     enum dlb_dtype dtype, int rank, const int64_t *dims);

/* Ops: each returns the index of its output (a new TEMP tensor; for a gemm with beta the C
 * given), or -1. Shapes and attributes are checked: mismatches are DLB_INVALID, naming what was
 * wanted and found. */
int dlb_graph_gemm(struct dlb_graph *graph, int a, int b, int c,
                   const struct dlb_gemm_attrs *attrs);
int dlb_graph_conv(struct dlb_graph *graph, enum dlb_op_kind kind, int first, int second,
                   const struct dlb_conv_attrs *attrs); /* out_h, out_w of attrs are ignored */
int dlb_graph_bias(struct dlb_graph *graph, int x, int bias, int axis);
int dlb_graph_add(struct dlb_graph *graph, int x, int y);
int dlb_graph_relu(struct dlb_graph *graph, int x);
int dlb_graph_pool(struct dlb_graph *graph, enum dlb_op_kind kind, int x,
                   const struct dlb_pool_attrs *attrs);
int dlb_graph_batchnorm(struct dlb_graph *graph, int x, const int parameters[4], double epsilon);
int dlb_graph_softmax(struct dlb_graph *graph, int x);
int dlb_graph_flatten(struct dlb_graph *graph, int x);

/* Makes a TEMP tensor an OUTPUT (a STATE stays a STATE: it is readable too). */
void dlb_graph_output(struct dlb_graph *graph, int tensor);

/* Latches an error that only the caller can see (parameters that contradict each other); later
 * ones are ignored. Always returns -1, like the functions above. */
int dlb_graph_reject(struct dlb_graph *graph, enum dlb_status status, const char *format, ...)
    DLB_PRINTF(3, 4);

/* The latched error, else a last check: at least one op, at least one output, bytes and flops fit
 * 63 bits. */
enum dlb_status dlb_graph_finish(struct dlb_graph *graph, struct dlb_why *why);

/* Output size of a sliding window; 0 or less when the window does not fit. */
int64_t dlb_window_output(int64_t input, int64_t window, int64_t dilation, int64_t stride,
                          int64_t pad_before, int64_t pad_after);

/* True when the host can read it after an execution: OUTPUT, or STATE. */
bool dlb_graph_is_result(const struct dlb_graph *graph, int tensor);

/* Fills the host buffer of one INPUT, WEIGHT or STATE tensor (plain layout) from the run's seed:
 * a pure function of seed and tensor name, the same on every backend. A batch-norm variance is
 * filled in [0.5, 1.5). */
void dlb_graph_fill(const struct dlb_graph *graph, int tensor, enum dlb_fill fill, uint64_t seed,
                    void *host);

#endif
