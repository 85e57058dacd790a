/* builder.h: what the files that add ops to a graph share; private to bench/graph.
 *
 * Every op has one function (product.c: gemm and convolution, layer.c: the rest) that checks its
 * operands and attributes, infers the shape of its output and hands both to dlb_builder_add. */
#ifndef DLB_BUILDER_H
#define DLB_BUILDER_H

#include <stdbool.h>

#include "bench/graph/graph.h"

/* A shape in words, for reasons: "2x3x4 f32". */
struct dlb_shape_text {
    char text[160];
};
struct dlb_shape_text dlb_builder_shape(const struct dlb_tensor *tensor);

/* The tensor, or NULL after an error, which is latched: `index` names none. */
const struct dlb_tensor *dlb_builder_operand(struct dlb_graph *graph, const char *op, int index);

/* Like dlb_builder_operand, and of a float type. */
const struct dlb_tensor *dlb_builder_float(struct dlb_graph *graph, const char *op, int index);

/* Appends the op. With op->output < 0 a TEMP tensor of this shape is made for it. Returns the
 * output. */
int dlb_builder_add(struct dlb_graph *graph, const struct dlb_op *op, enum dlb_dtype dtype,
                    int rank, const int64_t *dims);

/* Gives a WEIGHT that enters sums of `length` products the scale sqrt(3 / length). */
void dlb_builder_scale(struct dlb_graph *graph, int tensor, int64_t length);

#endif
