/* ref_elementwise.c: ops whose output element depends on the input element in the same place: bias, add, relu,
 * and flatten, which moves nothing. */
#include <string.h>

#include "kernels/reference/ref_kernels.h"

void dlb_ref_bias(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    const struct dlb_tensor *x = &graph->tensors[op->inputs[0]];
    const struct dlb_tensor *b = &graph->tensors[op->inputs[1]];
    const struct dlb_tensor *y = &graph->tensors[op->output];
    const int axis = op->attrs.bias.axis;
    int64_t inner = 1; /* elements that share one bias value in a row */
    for (int i = axis + 1; i < x->rank; i++)
        inner *= x->dims[i];
    const int64_t count = dlb_tensor_elements(x);
    for (int64_t i = 0; i < count; i++) {
        const size_t channel = (size_t)(i / inner % x->dims[axis]);
        const double sum = dlb_dtype_load(x->dtype, buffers[op->inputs[0]], (size_t)i) +
                           dlb_dtype_load(b->dtype, buffers[op->inputs[1]], channel);
        dlb_dtype_store(y->dtype, buffers[op->output], (size_t)i, sum);
    }
}

void dlb_ref_add(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    const struct dlb_tensor *x = &graph->tensors[op->inputs[0]];
    const struct dlb_tensor *y = &graph->tensors[op->inputs[1]];
    const struct dlb_tensor *z = &graph->tensors[op->output];
    const int64_t count = dlb_tensor_elements(x);
    for (int64_t i = 0; i < count; i++) {
        const double sum = dlb_dtype_load(x->dtype, buffers[op->inputs[0]], (size_t)i) +
                           dlb_dtype_load(y->dtype, buffers[op->inputs[1]], (size_t)i);
        dlb_dtype_store(z->dtype, buffers[op->output], (size_t)i, sum);
    }
}

/* Written so that NaN stays NaN: an error before a ReLU must not be hidden by it. */
void dlb_ref_relu(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    const struct dlb_tensor *x = &graph->tensors[op->inputs[0]];
    const struct dlb_tensor *y = &graph->tensors[op->output];
    const int64_t count = dlb_tensor_elements(x);
    for (int64_t i = 0; i < count; i++) {
        const double value = dlb_dtype_load(x->dtype, buffers[op->inputs[0]], (size_t)i);
        dlb_dtype_store(y->dtype, buffers[op->output], (size_t)i, value < 0 ? 0 : value);
    }
}

void dlb_ref_copy(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    const struct dlb_tensor *x = &graph->tensors[op->inputs[0]];
    const struct dlb_tensor *y = &graph->tensors[op->output];
    if (x->dtype == y->dtype) {
        memmove(buffers[op->output], buffers[op->inputs[0]], (size_t)dlb_tensor_bytes(x));
        return;
    }
    const int64_t count = dlb_tensor_elements(x);
    for (int64_t i = 0; i < count; i++)
        dlb_dtype_store(y->dtype, buffers[op->output], (size_t)i,
                        dlb_dtype_load(x->dtype, buffers[op->inputs[0]], (size_t)i));
}
