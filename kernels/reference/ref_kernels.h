/* ref_kernels.h: what the files of kernels/reference share: the dot product and one function per family.
 *
 * Not for others: they include reference.h. */
#ifndef DLB_REF_KERNELS_H
#define DLB_REF_KERNELS_H

#include <stdint.h>

#include "bench/graph/graph.h"

/* A sum of products and the sum of their absolute values. */
struct dlb_ref_sum {
    double value, magnitude;
};

/* A strided walk through a tensor in plain layout: elements start, start + stride, ... */
struct dlb_ref_walk {
    enum dlb_dtype dtype;
    const void *data;
    int64_t start, stride;
};

/* Adds the `count` products of two walks to *sum. */
void dlb_ref_dot(const struct dlb_ref_walk *x, const struct dlb_ref_walk *y, int64_t count,
                 struct dlb_ref_sum *sum);

/* sums[i] += factor * element i of the walk, for the `count` sums of a stretch of a row. */
#define DLB_REF_ROW 128
void dlb_ref_add_scaled(double *sums, double factor, const struct dlb_ref_walk *x, int64_t count);

/* One element of a product op, before rounding to the output type. */
struct dlb_ref_sum dlb_ref_gemm_element(const struct dlb_graph *graph, const struct dlb_op *op,
                                        void *const *buffers, int64_t index);
struct dlb_ref_sum dlb_ref_conv_element(const struct dlb_graph *graph, const struct dlb_op *op,
                                        void *const *buffers, int64_t index);

/* Whole ops. The two products that networks are made of go by rows, which is several times faster than element
 * by element. */
void dlb_ref_gemm(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers);
void dlb_ref_conv_forward(const struct dlb_graph *graph, const struct dlb_op *op,
                          void *const *buffers);
void dlb_ref_bias(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers);
void dlb_ref_add(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers);
void dlb_ref_relu(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers);
void dlb_ref_copy(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers);
void dlb_ref_pool(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers);
void dlb_ref_batchnorm(const struct dlb_graph *graph, const struct dlb_op *op,
                       void *const *buffers);
void dlb_ref_softmax(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers);

#endif
