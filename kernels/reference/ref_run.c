/* ref_run.c: which reference kernel does which op. */
#include "kernels/reference/ref_kernels.h"
#include "kernels/reference/reference.h"

double dlb_reference_element(const struct dlb_graph *graph, const struct dlb_op *op,
                             void *const *buffers, int64_t index, double *magnitude)
{
    const struct dlb_ref_sum sum = op->kind == DLB_OP_GEMM
                                       ? dlb_ref_gemm_element(graph, op, buffers, index)
                                       : dlb_ref_conv_element(graph, op, buffers, index);
    *magnitude = sum.magnitude;
    return sum.value;
}

/* The gradients, element by element. */
static void run_gradient(const struct dlb_graph *graph, const struct dlb_op *op,
                         void *const *buffers)
{
    const struct dlb_tensor *y = &graph->tensors[op->output];
    const int64_t count = dlb_tensor_elements(y);
    for (int64_t i = 0; i < count; i++) {
        double magnitude;
        const double value = dlb_reference_element(graph, op, buffers, i, &magnitude);
        dlb_dtype_store(y->dtype, buffers[op->output], (size_t)i, value);
    }
}

void dlb_reference_run(const struct dlb_graph *graph, const struct dlb_op *op, void *const *buffers)
{
    static void (*const kernels[DLB_OP_COUNT])(const struct dlb_graph *, const struct dlb_op *,
                                               void *const *) = {
        [DLB_OP_GEMM] = dlb_ref_gemm,          [DLB_OP_CONV] = dlb_ref_conv_forward,
        [DLB_OP_CONV_BWD_DATA] = run_gradient, [DLB_OP_CONV_BWD_WEIGHTS] = run_gradient,
        [DLB_OP_BIAS] = dlb_ref_bias,          [DLB_OP_ADD] = dlb_ref_add,
        [DLB_OP_RELU] = dlb_ref_relu,          [DLB_OP_MAXPOOL] = dlb_ref_pool,
        [DLB_OP_AVGPOOL] = dlb_ref_pool,       [DLB_OP_BATCHNORM] = dlb_ref_batchnorm,
        [DLB_OP_SOFTMAX] = dlb_ref_softmax,    [DLB_OP_FLATTEN] = dlb_ref_copy,
    };
    kernels[op->kind](graph, op, buffers);
}
