/* reference.h: every op as plain loops with double accumulation: the truth that others are held to.
 *
 * Written to be read, not to be fast. All tensors are in plain host layout; products are summed in double (s8/u8
 * exactly) and rounded once to the output type. Read ref_gemm.c first. */
#ifndef DLB_REFERENCE_H
#define DLB_REFERENCE_H

#include "bench/graph/graph.h"

/* Executes one op. `buffers` is indexed by tensor index. No allocation, cannot fail. */
void dlb_reference_run(const struct dlb_graph *graph, const struct dlb_op *op,
                       void *const *buffers);

/* One output element (flat index) of a gemm or convolution op (any pass) in double, before rounding to the output
 * type; *magnitude gets the sum of absolute products, for the tolerance. */
double dlb_reference_element(const struct dlb_graph *graph, const struct dlb_op *op,
                             void *const *buffers, int64_t index, double *magnitude);

#endif
