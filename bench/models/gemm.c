/* gemm.c: the workload `gemm`: one matrix product as BLAS and DeepBench define it.
 *
 * A is an input and B a weight: a library may pack B once, in prepare, as inference does. With beta
 * C is a state that each execution updates in place. */
#include "bench/models/families.h"

enum { M, N, K, TA, TB, BATCH, ALPHA, BETA, DTYPE, PARAM_COUNT };

static const struct dlb_param_spec params[PARAM_COUNT] = {
    [M] = DLB_PARAM_SIZE("m", "512", "rows of op(A) and of the result"),
    [N] = DLB_PARAM_SIZE("n", "512", "columns of op(B) and of the result"),
    [K] = DLB_PARAM_SIZE("k", "512", "columns of op(A), rows of op(B): the length of each sum"),
    [TA] = DLB_PARAM_WORDS("ta", "n t", "n", "t: A is stored transposed, K x M"),
    [TB] = DLB_PARAM_WORDS("tb", "n t", "n", "t: B is stored transposed, N x K"),
    [BATCH] = DLB_PARAM_SIZE("batch", "1", "independent products in one call"),
    [ALPHA] = {.name = "alpha",
               .kind = DLB_PARAM_REAL,
               .default_text = "1",
               .help = "factor of the product"},
    [BETA] = {.name = "beta",
              .kind = DLB_PARAM_REAL,
              .default_text = "0",
              .help = "factor of the old C; 0: C is not read"},
    [DTYPE] = DLB_PARAM_WORDS("dtype", "f32 bf16 f16 s8 u8", "f32",
                              "type of A and B; s8: s8 x s8 to s32, u8: u8 x s8 to s32"),
};

static const enum dlb_dtype a_types[] = {DLB_DTYPE_F32, DLB_DTYPE_BF16, DLB_DTYPE_F16, DLB_DTYPE_S8,
                                         DLB_DTYPE_U8};

static int matrix(struct dlb_graph *graph, const char *name, enum dlb_role role,
                  enum dlb_dtype dtype, const int64_t size[3])
{
    const bool batched = size[0] > 1;
    return dlb_graph_tensor(graph, name, role, dtype, batched ? 3 : 2, batched ? size : size + 1);
}

static void build(const struct dlb_param_value *values, struct dlb_graph *graph)
{
    const struct dlb_gemm_attrs attrs = {
        .m = values[M].dims[0],
        .n = values[N].dims[0],
        .k = values[K].dims[0],
        .batch = values[BATCH].dims[0],
        .ta = values[TA].dims[0] == 1,
        .tb = values[TB].dims[0] == 1,
        .alpha = values[ALPHA].real,
        .beta = values[BETA].real,
    };
    const enum dlb_dtype a_type = a_types[values[DTYPE].dims[0]];
    const bool integer = dlb_dtype_is_integer(a_type);
    graph->items = attrs.batch;
    const int64_t a_size[3] = {attrs.batch, attrs.ta ? attrs.k : attrs.m,
                               attrs.ta ? attrs.m : attrs.k};
    const int64_t b_size[3] = {attrs.batch, attrs.tb ? attrs.n : attrs.k,
                               attrs.tb ? attrs.k : attrs.n};
    const int64_t c_size[3] = {attrs.batch, attrs.m, attrs.n};
    const int a = matrix(graph, "A", DLB_ROLE_INPUT, a_type, a_size);
    const int b = matrix(graph, "B", DLB_ROLE_WEIGHT, integer ? DLB_DTYPE_S8 : a_type, b_size);
    int c = -1;
    if (attrs.beta != 0) {
        c = matrix(graph, "C", DLB_ROLE_STATE, integer ? DLB_DTYPE_S32 : a_type, c_size);
    }
    dlb_graph_output(graph, dlb_graph_gemm(graph, a, b, c, &attrs));
}

const struct dlb_workload dlb_workload_gemm = {
    .name = "gemm",
    .summary = "matrix product C = alpha op(A) op(B) + beta C",
    .version = 1,
    .param_count = PARAM_COUNT,
    .shape_param_count = 3,
    .params = params,
    .build = build,
};
