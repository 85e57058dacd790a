/* ref_gemm.c: one element of D = alpha op(A) op(B) + beta C. Read this file first: the others are like it.
 *
 * op(A) is M x K and op(B) K x N for each product of the batch; a transposed operand is stored the other way
 * round. C is D's own buffer when beta is not 0, so an element reads C before it is overwritten. */
#include <math.h>

#include "kernels/reference/ref_kernels.h"

struct dlb_ref_sum dlb_ref_gemm_element(const struct dlb_graph *graph, const struct dlb_op *op,
                                        void *const *buffers, int64_t index)
{
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const int64_t j = index % g->n;
    const int64_t i = index / g->n % g->m;
    const int64_t b = index / (g->n * g->m);
    const struct dlb_ref_walk row = {
        .dtype = graph->tensors[op->inputs[0]].dtype,
        .data = buffers[op->inputs[0]],
        .start = b * g->m * g->k + (g->ta ? i : i * g->k),
        .stride = g->ta ? g->m : 1,
    };
    const struct dlb_ref_walk column = {
        .dtype = graph->tensors[op->inputs[1]].dtype,
        .data = buffers[op->inputs[1]],
        .start = b * g->k * g->n + (g->tb ? j * g->k : j),
        .stride = g->tb ? 1 : g->n,
    };
    struct dlb_ref_sum sum = {0};
    dlb_ref_dot(&row, &column, g->k, &sum);
    sum.value *= g->alpha;
    sum.magnitude *= fabs(g->alpha);
    if (op->input_count > 2) {
        const int c = op->inputs[2];
        const double old = dlb_dtype_load(graph->tensors[c].dtype, buffers[c], (size_t)index);
        sum.value += g->beta * old;
        sum.magnitude += fabs(g->beta * old);
    }
    return sum;
}
