/* families.h: the workloads that workload.c puts into its table, and what their builders share;
 * private to bench/models. One family a file: gemm.c, conv.c, mlp.c, lenet.c, resblock.c. */
#ifndef DLB_FAMILIES_H
#define DLB_FAMILIES_H

#include "bench/models/workload.h"

extern const struct dlb_workload dlb_workload_gemm;
extern const struct dlb_workload dlb_workload_conv;
extern const struct dlb_workload dlb_workload_mlp;
extern const struct dlb_workload dlb_workload_lenet;
extern const struct dlb_workload dlb_workload_resblock;

/* The largest size of one parameter: what a 32-bit BLAS index holds. */
#define DLB_PARAM_MAX 2147483647

/* Rows of a table of parameters: a count 1..most, a size 1..DLB_PARAM_MAX, one or more sizes of a
 * window from `least`, one of some words, the types that every op takes. */
#define DLB_PARAM_COUNT(text, most, value, meaning)                                                \
    {                                                                                              \
        .name = (text), .kind = DLB_PARAM_INT, .min = 1, .max = (most), .default_text = (value),   \
        .help = (meaning)                                                                          \
    }
#define DLB_PARAM_SIZE(text, value, meaning) DLB_PARAM_COUNT(text, DLB_PARAM_MAX, value, meaning)
#define DLB_PARAM_WINDOW(text, least, value, meaning)                                              \
    {                                                                                              \
        .name = (text), .kind = DLB_PARAM_DIMS, .min = (least), .max = DLB_PARAM_MAX,              \
        .default_text = (value), .help = (meaning)                                                 \
    }
#define DLB_PARAM_WORDS(text, words, value, meaning)                                               \
    {                                                                                              \
        .name = (text), .kind = DLB_PARAM_CHOICE, .choices = (words), .default_text = (value),     \
        .help = (meaning)                                                                          \
    }
#define DLB_PARAM_DTYPE_FLOAT                                                                      \
    DLB_PARAM_WORDS("dtype", "f32 bf16 f16", "f32", "type of all tensors; sums are in f32 or wider")

/* The dtype that a CHOICE among float types stands for. */
enum dlb_dtype dlb_family_float(const struct dlb_param_value *value);

/* X W + bias for X of rows x in: W is in x out as written (tb = n), the bias has `out` elements.
 * Tensors are named NAME.weight and NAME.bias. Returns the result, or -1. */
int dlb_family_dense(struct dlb_graph *graph, const char *name, int x, int64_t out);

/* A square convolution with stride 1 of x in N,C,H,W; its filters are named NAME.weight. */
int dlb_family_conv(struct dlb_graph *graph, const char *name, int x, int64_t filters, int64_t size,
                    int64_t pad);

#endif
