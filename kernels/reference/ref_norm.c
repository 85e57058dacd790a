/* ref_norm.c: batch normalisation (inference) and softmax. */
#include <math.h>

#include "kernels/reference/ref_kernels.h"

/* Y = gamma (X - mean) / sqrt(variance + epsilon) + beta per channel, the second dimension
 * (Ioffe and Szegedy 2015, algorithm 2). */
void dlb_ref_batchnorm(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    const struct dlb_tensor *x = &graph->tensors[op->inputs[0]];
    const struct dlb_tensor *y = &graph->tensors[op->output];
    const int64_t channels = x->dims[1];
    int64_t inner = 1;
    for (int i = 2; i < x->rank; i++)
        inner *= x->dims[i];
    const int64_t count = dlb_tensor_elements(x);
    for (int64_t i = 0; i < count; i++) {
        double parameters[4]; /* gamma, beta, mean, variance */
        for (int j = 0; j < 4; j++)
            parameters[j] =
                dlb_dtype_load(graph->tensors[op->inputs[j + 1]].dtype, buffers[op->inputs[j + 1]],
                               (size_t)(i / inner % channels));
        const double value = dlb_dtype_load(x->dtype, buffers[op->inputs[0]], (size_t)i);
        const double normal =
            (value - parameters[2]) / sqrt(parameters[3] + op->attrs.batchnorm.epsilon);
        dlb_dtype_store(y->dtype, buffers[op->output], (size_t)i,
                        parameters[0] * normal + parameters[1]);
    }
}

/* Y = exp(X - max) / sum exp(X - max) along the last axis: shifted, so that nothing overflows. */
void dlb_ref_softmax(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    const struct dlb_tensor *x = &graph->tensors[op->inputs[0]];
    const struct dlb_tensor *y = &graph->tensors[op->output];
    const void *from = buffers[op->inputs[0]];
    const int64_t length = x->dims[x->rank - 1];
    const int64_t rows = dlb_tensor_elements(x) / length;
    for (int64_t row = 0; row < rows; row++) {
        const size_t start = (size_t)(row * length), end = start + (size_t)length;
        double maximum = -INFINITY, sum = 0;
        for (size_t i = start; i < end; i++)
            maximum = fmax(maximum, dlb_dtype_load(x->dtype, from, i));
        for (size_t i = start; i < end; i++)
            sum += exp(dlb_dtype_load(x->dtype, from, i) - maximum);
        for (size_t i = start; i < end; i++)
            dlb_dtype_store(y->dtype, buffers[op->output], i,
                            exp(dlb_dtype_load(x->dtype, from, i) - maximum) / sum);
    }
}
