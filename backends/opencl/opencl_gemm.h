/* opencl_gemm.h: what the files of the matrix product share.
 *
 * opencl_gemm_plan.h: which parameters are worth trying and how a product is cut into work-groups; opencl_gemm_code.c:
 * kernels with their arguments; opencl_gemm.c: the op and its search. The kernels: kernels/opencl/gemm_element.cl, gemm_cpu.cl, gemm_gpu.cl. */
#ifndef DLB_OPENCL_GEMM_H
#define DLB_OPENCL_GEMM_H

#include "backends/opencl/opencl_gemm_plan.h"
#include "backends/opencl/opencl_internal.h"

/* ---- kernels with their arguments (opencl_gemm_code.c) -------------------------------------------- */

/* Element-wise ops behind the product, lowest 4 bits first; as in gemm_element.cl. */
enum dlb_gemm_link { DLB_GEMM_BIAS_N = 1, DLB_GEMM_BIAS_M, DLB_GEMM_RELU, DLB_GEMM_ADD };

struct dlb_gemm_scalars {
    double alpha, beta;
    cl_uint chain;
};

struct dlb_gemm_code {
    struct dlb_gemm_shape shape;
    struct dlb_gemm_plan plan;
    bool cpu;
    int wx, wy;
    cl_kernel product, finish; /* finish: NULL without parts */
};

/* The buffers of one execution; bias and add NULL where the chain has none. */
struct dlb_gemm_buffers {
    cl_mem a, b, d, bias_n, bias_m, add, parts;
};

uint64_t dlb_gemm_source_hash(void);
/* Release with dlb_gemm_code_release, also after errors. */
enum dlb_status dlb_gemm_code_make(struct dlb_context *context, const struct dlb_gemm_shape *shape,
                                   const struct dlb_tune_point *point,
                                   const struct dlb_gemm_plan *plan,
                                   const struct dlb_gemm_scalars *scalars,
                                   struct dlb_gemm_code *code, struct dlb_why *why);
void dlb_gemm_code_release(struct dlb_gemm_code *code);
enum dlb_status dlb_gemm_code_run(struct dlb_context *context, const struct dlb_gemm_code *code,
                                  const struct dlb_gemm_buffers *buffers, struct dlb_why *why);

#endif
