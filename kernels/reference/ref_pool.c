/* ref_pool.c: maximum and average over a sliding window.
 *
 * Padding is outside the image: it never wins a maximum and is not counted in a mean. A window that lies
 * wholly in the padding has no taps; its maximum and mean are 0. */
#include "kernels/reference/ref_kernels.h"

/* Maximum or mean of the window whose first tap is (h0, w0); `plane` is the index of the plane's first element. */
static double window_value(const struct dlb_op *op, const struct dlb_tensor *x, const void *data,
                           int64_t plane, int64_t h0, int64_t w0)
{
    const struct dlb_pool_attrs *a = &op->attrs.pool;
    double sum = 0, maximum = 0;
    int64_t taps = 0;
    for (int64_t h = h0 < 0 ? 0 : h0; h < h0 + a->r && h < x->dims[2]; h++) {
        for (int64_t w = w0 < 0 ? 0 : w0; w < w0 + a->s && w < x->dims[3]; w++) {
            const double value =
                dlb_dtype_load(x->dtype, data, (size_t)(plane + h * x->dims[3] + w));
            sum += value;
            maximum = taps == 0 || value > maximum ? value : maximum;
            taps++;
        }
    }
    if (op->kind == DLB_OP_MAXPOOL)
        return maximum;
    return taps > 0 ? sum / (double)taps : 0;
}

void dlb_ref_pool(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    const struct dlb_pool_attrs *a = &op->attrs.pool;
    const struct dlb_tensor *x = &graph->tensors[op->inputs[0]];
    const struct dlb_tensor *y = &graph->tensors[op->output];
    const int64_t planes = x->dims[0] * x->dims[1];
    int64_t index = 0;
    for (int64_t plane = 0; plane < planes; plane++) {
        for (int64_t p = 0; p < y->dims[2]; p++) {
            for (int64_t q = 0; q < y->dims[3]; q++) {
                const double value =
                    window_value(op, x, buffers[op->inputs[0]], plane * x->dims[2] * x->dims[3],
                                 p * a->stride_h - a->pad_top, q * a->stride_w - a->pad_left);
                dlb_dtype_store(y->dtype, buffers[op->output], (size_t)index++, value);
            }
        }
    }
}
