/* naive.h: straightforward f32 kernels, as a library would write them: the oracle is tested against them. */
#ifndef DLB_NAIVE_H
#define DLB_NAIVE_H

#include "bench/graph/graph.h"

/* A tensor's data as float; the caller frees it. */
float *dlb_naive_floats(const struct dlb_tensor *tensor, const void *data);

/* One element of the graph's first op, a gemm or a forward convolution, from float copies of its inputs (by tensor),
 * summed in f32 in the plain order (lanes 1) or in up to 16 partial sums, as vector code does. Integers are
 * summed exactly. */
double dlb_naive_element(const struct dlb_graph *graph, float *const *inputs, int64_t index,
                         int lanes);

/* Winograd's F(4x4,3x3) in f32 for a dense 3x3 convolution with stride 1 and padding 1 (Lavin and Gray 2016):
 * one image, h and w multiples of 4. y has k h w elements. */
void dlb_naive_winograd(const struct dlb_conv_attrs *attrs, const float *x, const float *w,
                        float *y);

#endif
