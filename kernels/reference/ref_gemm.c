/* ref_gemm.c: D = alpha op(A) op(B) + beta C. Read this file first: the others are like it.
 *
 * op(A) is M x K and op(B) K x N for each product of the batch; a transposed operand is stored the other way
 * round. C is D's own buffer when beta is not 0, so an element reads C before it is overwritten. One element is a dot
 * product; the whole is made row by row, each row a sum of rows of op(B). */
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

/* Stores alpha sum + beta C for `count` elements from flat index `start` on. */
static void store_row(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers,
                      int64_t start, const double *sums, int64_t count)
{
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const enum dlb_dtype dtype = graph->tensors[op->output].dtype;
    for (int64_t i = 0; i < count; i++) {
        double value = g->alpha * sums[i];
        if (op->input_count > 2) {
            const int c = op->inputs[2];
            value +=
                g->beta * dlb_dtype_load(graph->tensors[c].dtype, buffers[c], (size_t)(start + i));
        }
        dlb_dtype_store(dtype, buffers[op->output], (size_t)(start + i), value);
    }
}

void dlb_ref_gemm(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const enum dlb_dtype a_type = graph->tensors[op->inputs[0]].dtype;
    struct dlb_ref_walk b = {
        .dtype = graph->tensors[op->inputs[1]].dtype,
        .data = buffers[op->inputs[1]],
        .stride = g->tb ? g->k : 1,
    };
    for (int64_t row = 0; row < g->batch * g->m; row++) {
        const int64_t batch = row / g->m, i = row % g->m;
        for (int64_t j = 0; j < g->n; j += DLB_REF_ROW) {
            const int64_t columns = g->n - j < DLB_REF_ROW ? g->n - j : DLB_REF_ROW;
            double sums[DLB_REF_ROW] = {0};
            for (int64_t k = 0; k < g->k; k++) {
                const int64_t a_at = batch * g->m * g->k + (g->ta ? k * g->m + i : i * g->k + k);
                const double a = dlb_dtype_load(a_type, buffers[op->inputs[0]], (size_t)a_at);
                b.start = batch * g->k * g->n + (g->tb ? j * g->k + k : k * g->n + j);
                dlb_ref_add_scaled(sums, a, &b, columns);
            }
            store_row(graph, op, buffers, row * g->n + j, sums, columns);
        }
    }
}
