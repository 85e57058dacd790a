/* openblas_gemm.c: matrix products: one CBLAS call per matrix, plus what else the library offers.
 *
 * A batch goes to the library's own batch call where it has one; else, with a library that stays on its thread inside a team
 * and products too small for two threads each, the team shares the batch; else one call after the other. */
#include "backends/openblas/openblas_internal.h"

#include <cblas.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Above 2 * 256^3 operations OpenBLAS's own threads are busy enough: measured, its threaded rate at n = 256 is
 * within 10 % of that at n = 1024. */
#define SMALL_PRODUCT_OPS (2.0 * 256 * 256 * 256)

enum gemm_way { WAY_CALL, WAY_LIBRARY_BATCH, WAY_TEAM };

struct gemm_state {
    enum dlb_dtype dtype;
    int ta, tb, m, n, k, lda, ldb;
    float alpha, beta;
    int64_t batch;
    size_t stride_a, stride_b, stride_c; /* elements */
    int a, b, output;
    enum gemm_way way;
    struct dlb_chain chain;
};

static enum dlb_status supports_low_precision(const struct dlb_cblas *cblas,
                                              const struct dlb_gemm_attrs *gemm,
                                              enum dlb_dtype first, enum dlb_dtype second,
                                              struct dlb_why *why)
{
    const char *name = dlb_dtype_name(first);
    if (first == DLB_DTYPE_BF16 && cblas->bf16_gemm)
        return gemm->beta == 0
                   ? DLB_OK
                   : dlb_fail(why, DLB_UNSUPPORTED, "bf16 with beta: %s adds to an f32 matrix only",
                              cblas->bf16_gemm_name);
    if (first == DLB_DTYPE_U8 && second == DLB_DTYPE_S8 && cblas->u8s8_gemm)
        return gemm->alpha == 1 && (gemm->beta == 0 || gemm->beta == 1)
                   ? DLB_OK
                   : dlb_fail(why, DLB_UNSUPPORTED,
                              "u8: wanted alpha 1 and beta 0 or 1, as sums are exact integers");
    return dlb_fail(why, DLB_UNSUPPORTED, "%s: %s offers %s%s%s", name, cblas->runtime, "f32",
                    cblas->bf16_gemm ? ", bf16" : "",
                    cblas->u8s8_gemm ? ", u8 x s8" : " GEMM only");
}

static enum dlb_status gemm_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                     const struct dlb_op *op, struct dlb_why *why)
{
    const struct dlb_gemm_attrs *gemm = &op->attrs.gemm;
    const enum dlb_dtype first = graph->tensors[op->inputs[0]].dtype;
    const enum dlb_dtype second = graph->tensors[op->inputs[1]].dtype;
    if (gemm->m > INT_MAX || gemm->n > INT_MAX || gemm->k > INT_MAX)
        return dlb_fail(why, DLB_UNSUPPORTED, "CBLAS takes sizes up to %d", INT_MAX);
    if (first == DLB_DTYPE_F32)
        return DLB_OK;
    return supports_low_precision(context->cblas, gemm, first, second, why);
}

static enum gemm_way choose_way(const struct dlb_context *context, const struct gemm_state *state)
{
    const double ops = 2.0 * state->m * state->n * state->k;
    if (state->batch == 1 || state->dtype != DLB_DTYPE_F32)
        return WAY_CALL;
    if (context->cblas->sgemm_batch && state->stride_a <= INT_MAX && state->stride_b <= INT_MAX &&
        state->stride_c <= INT_MAX && state->batch <= INT_MAX)
        return WAY_LIBRARY_BATCH;
    if (context->cblas->nests && context->threads > 1 && ops <= SMALL_PRODUCT_OPS)
        return WAY_TEAM;
    return WAY_CALL;
}

static void name_way(const struct dlb_context *context, const struct gemm_state *state, char *name,
                     size_t size)
{
    static const char *const batch[] = {[WAY_CALL] = "",
                                        [WAY_LIBRARY_BATCH] = "_batch_strided",
                                        [WAY_TEAM] = ", batch shared by the team"};
    if (state->dtype == DLB_DTYPE_BF16)
        snprintf(name, size, "%.30s + own rounding to bf16", context->cblas->bf16_gemm_name);
    else if (state->dtype == DLB_DTYPE_U8)
        snprintf(name, size, "gemm_s8u8s32");
    else
        snprintf(name, size, "sgemm%s", batch[state->way]);
}

static enum dlb_status gemm_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                    struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    const struct dlb_gemm_attrs *gemm = &op->attrs.gemm;
    struct gemm_state *state = calloc(1, sizeof *state);
    if (!state)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a gemm");
    *state = (struct gemm_state){
        .dtype = args->graph->tensors[op->inputs[0]].dtype,
        .ta = gemm->ta ? CblasTrans : CblasNoTrans,
        .tb = gemm->tb ? CblasTrans : CblasNoTrans,
        .m = (int)gemm->m,
        .n = (int)gemm->n,
        .k = (int)gemm->k,
        .lda = (int)(gemm->ta ? gemm->m : gemm->k),
        .ldb = (int)(gemm->tb ? gemm->k : gemm->n),
        .alpha = (float)gemm->alpha,
        .beta = (float)gemm->beta,
        .batch = gemm->batch,
        .stride_a = (size_t)(gemm->m * gemm->k),
        .stride_b = (size_t)(gemm->k * gemm->n),
        .stride_c = (size_t)(gemm->m * gemm->n),
        .a = op->inputs[0],
        .b = op->inputs[1],
        .output = dlb_group_output(args->graph, args->group),
    };
    state->way = choose_way(context, state);
    dlb_chain_init(&state->chain, args->graph, args->group, 1);
    if (state->dtype == DLB_DTYPE_BF16)
        step->scratch_bytes = state->stride_c * sizeof(float);
    name_way(context, state, step->implementation, sizeof step->implementation);
    step->state = state;
    return DLB_OK;
}

static void run_one_f32(const struct dlb_cblas *cblas, const struct gemm_state *state,
                        void *const *buffers, size_t i)
{
    const float *a = buffers[state->a], *b = buffers[state->b];
    float *c = buffers[state->output];
    cblas->sgemm(CblasRowMajor, state->ta, state->tb, state->m, state->n, state->k, state->alpha,
                 a + i * state->stride_a, state->lda, b + i * state->stride_b, state->ldb,
                 state->beta, c + i * state->stride_c, state->n);
}

static void run_batch(struct dlb_context *context, const struct gemm_state *state,
                      void *const *buffers)
{
    const struct dlb_cblas *cblas = context->cblas;
    const size_t batch = (size_t)state->batch;
    if (state->way == WAY_LIBRARY_BATCH) {
        cblas->sgemm_batch(CblasRowMajor, state->ta, state->tb, state->m, state->n, state->k,
                           state->alpha, buffers[state->a], state->lda, (int)state->stride_a,
                           buffers[state->b], state->ldb, (int)state->stride_b, state->beta,
                           buffers[state->output], state->n, (int)state->stride_c,
                           (int)state->batch);
    } else if (state->way == WAY_TEAM) {
#pragma omp parallel for num_threads(context->threads)
        for (size_t i = 0; i < batch; i++)
            run_one_f32(cblas, state, buffers, i);
    } else {
        for (size_t i = 0; i < batch; i++)
            run_one_f32(cblas, state, buffers, i);
    }
}

/* f32 to bf16, to nearest, ties to even; a NaN keeps a set mantissa bit. */
static uint16_t round_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t rounded = bits + 0x7fff + ((bits >> 16) & 1);
    const uint32_t nan = bits | 0x400000;
    return (uint16_t)((value == value ? rounded : nan) >> 16);
}

static void run_bf16(struct dlb_context *context, const struct gemm_state *state,
                     void *const *buffers, float *scratch)
{
    const uint16_t *a = buffers[state->a], *b = buffers[state->b];
    uint16_t *c = buffers[state->output];
    for (size_t i = 0; i < (size_t)state->batch; i++) {
        context->cblas->bf16_gemm(CblasRowMajor, state->ta, state->tb, state->m, state->n, state->k,
                                  state->alpha, a + i * state->stride_a, state->lda,
                                  b + i * state->stride_b, state->ldb, 0, scratch, state->n);
        uint16_t *to = c + i * state->stride_c;
#pragma omp parallel for simd num_threads(context->threads)
        for (size_t j = 0; j < state->stride_c; j++)
            to[j] = round_bf16(scratch[j]);
    }
}

/* In row-major order the first matrix of MKL's s8u8s32 is the unsigned one (its reference, "cblas_gemm_*"). */
static void run_u8(const struct dlb_cblas *cblas, const struct gemm_state *state,
                   void *const *buffers)
{
    const uint8_t *a = buffers[state->a];
    const int8_t *b = buffers[state->b];
    int32_t *c = buffers[state->output];
    const int32_t zero = 0;
    const int fixed_offset = 173; /* CblasFixOffset */
    for (size_t i = 0; i < (size_t)state->batch; i++)
        cblas->u8s8_gemm(CblasRowMajor, state->ta, state->tb, fixed_offset, state->m, state->n,
                         state->k, 1, a + i * state->stride_a, state->lda, 0,
                         b + i * state->stride_b, state->ldb, 0, state->beta,
                         c + i * state->stride_c, state->n, &zero);
}

static void gemm_run(struct dlb_context *context, const void *opaque, void *const *buffers,
                     void *scratch)
{
    const struct gemm_state *state = opaque;
    if (state->dtype == DLB_DTYPE_BF16)
        run_bf16(context, state, buffers, scratch);
    else if (state->dtype == DLB_DTYPE_U8)
        run_u8(context->cblas, state, buffers);
    else if (state->batch == 1)
        run_one_f32(context->cblas, state, buffers, 0);
    else
        run_batch(context, state, buffers);
    if (state->chain.count > 0)
        dlb_chain_apply_all(&state->chain, context, buffers, buffers[state->output],
                            (int64_t)state->stride_c * state->batch);
}

/* The 16x16x16 product takes 90 ns: whatever else stands in this loop would show. */
static void repeat_one_f32(const struct dlb_cblas *cblas, const struct gemm_state *state,
                           void *const *buffers, int64_t count)
{
    const struct gemm_state s = *state;
    const dlb_sgemm_fn sgemm = cblas->sgemm;
    const float *a = buffers[s.a], *b = buffers[s.b];
    float *c = buffers[s.output];
    for (int64_t i = 0; i < count; i++)
        sgemm(CblasRowMajor, s.ta, s.tb, s.m, s.n, s.k, s.alpha, a, s.lda, b, s.ldb, s.beta, c,
              s.n);
}

static void gemm_repeat(struct dlb_context *context, const void *opaque, void *const *buffers,
                        void *scratch, int64_t count)
{
    const struct gemm_state *state = opaque;
    if (state->dtype == DLB_DTYPE_F32 && state->batch == 1 && state->chain.count == 0) {
        repeat_one_f32(context->cblas, state, buffers, count);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        gemm_run(context, opaque, buffers, scratch);
}

const struct dlb_openblas_kernel dlb_openblas_gemm = {
    .supports = gemm_supports,
    .prepare = gemm_prepare,
    .run = gemm_run,
    .repeat = gemm_repeat,
};
