/* openblas_internal.h: what the files of the openblas backend share.
 *
 * openblas.c is the table; openblas_library.c the loaded CBLAS; openblas_gemm.c, openblas_conv.c (with
 * openblas_columns.c), openblas_depthwise.c and openblas_plain.c are the ops. Everything is f32 unless said otherwise. */
#ifndef DLB_OPENBLAS_INTERNAL_H
#define DLB_OPENBLAS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backends/opwise.h"

/* The C interface of BLAS (BLAS Technical Forum Standard, 2001, annex B): enums travel as int. The low-precision
 * entry points are extensions with the same shape in OpenBLAS (sbgemm) and MKL (gemm_bf16bf16f32). */
typedef void (*dlb_sgemm_fn)(int layout, int transa, int transb, int m, int n, int k, float alpha,
                             const float *a, int lda, const float *b, int ldb, float beta, float *c,
                             int ldc);
typedef void (*dlb_bf16_gemm_fn)(int layout, int transa, int transb, int m, int n, int k,
                                 float alpha, const uint16_t *a, int lda, const uint16_t *b,
                                 int ldb, float beta, float *c, int ldc);
typedef void (*dlb_s8_gemm_fn)(int layout, int transa, int transb, int offsetc, int m, int n, int k,
                               float alpha, const void *a, int lda, int8_t ao, const void *b,
                               int ldb, int8_t bo, float beta, int32_t *c, int ldc,
                               const int32_t *co);
typedef void (*dlb_sgemm_batch_fn)(int layout, int transa, int transb, int m, int n, int k,
                                   float alpha, const float *a, int lda, int stridea,
                                   const float *b, int ldb, int strideb, float beta, float *c,
                                   int ldc, int stridec, int batch);

/* The loaded library. */
struct dlb_cblas {
    void *handle;
    char path[512];   /* as the loader found it */
    char runtime[96]; /* "OpenBLAS 0.3.21 (SkylakeX, openmp)" */
    dlb_sgemm_fn sgemm;
    dlb_sgemm_batch_fn sgemm_batch; /* NULL when the library has none; likewise below */
    dlb_bf16_gemm_fn bf16_gemm;
    const char *bf16_gemm_name;
    dlb_s8_gemm_fn u8s8_gemm;
    void (*set_threads)(int threads);
    void (*set_threads_wide)(int64_t threads); /* BLIS: its dim_t is 64 bits wide */
    bool nests; /* runs on one thread when called from inside an OpenMP team */
};

/* Loads the library named by the option `library`, or the first of the default places. Idempotent. */
enum dlb_status dlb_cblas_load(struct dlb_cblas *cblas, const char *wanted, struct dlb_why *why);

struct dlb_context {
    const struct dlb_cblas *cblas;
    int threads;
    size_t cache_bytes; /* of one core's second-level cache: what a column block is cut to */
};

/* Element-wise ops run one after the other on a piece of the output while it is hot. */
struct dlb_chain_link {
    const struct dlb_op *op;
    int other;             /* ADD: the tensor that is added */
    int64_t extent, inner; /* BIAS, BATCHNORM: channels, and elements of one channel in a row */
};
struct dlb_chain {
    int count;
    struct dlb_chain_link links[1 + DLB_MAX_EPILOGUE];
};

/* One op's implementation, as openblas.c joins them into the op table. `supports` has checked what prepare gets. */
struct dlb_openblas_kernel {
    enum dlb_status (*supports)(struct dlb_context *context, const struct dlb_graph *graph,
                                const struct dlb_op *op, struct dlb_why *why);
    enum dlb_status (*prepare)(struct dlb_context *context, const struct dlb_opwise_args *args,
                               struct dlb_opwise_step *step, struct dlb_why *why);
    void (*run)(struct dlb_context *context, const void *state, void *const *buffers,
                void *scratch);
    /* Optional: `count` runs in a row. */
    void (*repeat)(struct dlb_context *context, const void *state, void *const *buffers,
                   void *scratch, int64_t count);
};
extern const struct dlb_openblas_kernel dlb_openblas_gemm, dlb_openblas_conv,
    dlb_openblas_depthwise, dlb_openblas_elementwise, dlb_openblas_pool, dlb_openblas_softmax,
    dlb_openblas_flatten;

/* Chains (openblas_plain.c). init takes the ops of the group from `first` on (0 root, 1 the first of the epilogue). */
void dlb_chain_init(struct dlb_chain *chain, const struct dlb_graph *graph,
                    const struct dlb_group *group, int first);
/* Applies the chain to elements start .. start + count - 1 of the group's output. */
void dlb_chain_apply(const struct dlb_chain *chain, void *const *buffers, float *output,
                     int64_t start, int64_t count);
/* The same over all elements, with the team of the context. */
void dlb_chain_apply_all(const struct dlb_chain *chain, const struct dlb_context *context,
                         void *const *buffers, float *output, int64_t count);

/* Columns (openblas_columns.c): the matrix whose row (c, r, s) holds the input pixel under filter tap r, s of channel c,
 * for a block of output pixels. */
struct dlb_columns {
    const struct dlb_conv_attrs *conv;
    int64_t images, row_begin,
        row_end; /* block: output rows row_begin .. row_end - 1 of each image */
    int64_t depth_begin,
        depth_end; /* rows of the matrix: depth = (c R + r) S + s within the group */
    int threads;   /* team that shares the work; 1 inside a team */
};
/* `image` is the first image's first channel of the group; images lie C H W apart. The leading dimension of
 * `columns` is images x rows x out_w. */
void dlb_columns_gather(const struct dlb_columns *block, const float *image, float *columns);
/* Adds columns back onto the image; `columns` is overwritten at places that fall into the padding. */
void dlb_columns_scatter_add(const struct dlb_columns *block, float *columns, float *image);

/* Output positions *begin .. *end - 1 of [0, outputs) whose tap at position * stride + offset falls into [0, input). */
void dlb_tap_range(int64_t input, int64_t outputs, int64_t stride, int64_t offset, int64_t *begin,
                   int64_t *end);

#endif
