/* count.c: every flop and byte formula of dlbench, each with its source.
 *
 * All sums are in double: exact up to 2^53, and beyond that accurate to 1e-15, which no rate can
 * show. */
#include "bench/graph/count.h"

static double elements_of(const struct dlb_graph *graph, int tensor)
{
    return (double)dlb_tensor_elements(&graph->tensors[tensor]);
}

/* 2 M N K per product. Source: the BLAS convention (LAPACK Working Note 41, appendix C, with the
 * K multiplies and K adds per element of C counted alike), used by DeepBench. alpha and beta are
 * not counted. */
static double count_gemm(const struct dlb_gemm_attrs *g)
{
    return 2.0 * (double)g->m * (double)g->n * (double)g->k * (double)g->batch;
}

/* 2 N K OH OW (C / groups) R S, with padding taps. Source: DeepBench's conv benchmark, which
 * takes each output element as C R S multiply-adds wherever its window lies; oneDNN's benchdnn
 * leaves the taps that fall on padding out, so its rates are lower where padding is.
 * Backward-data and backward-weights use every (output, tap) pair once as well, hence the same
 * number. */
static double count_conv(const struct dlb_conv_attrs *c)
{
    const int64_t group_channels = c->c / c->groups;
    const double taps = (double)group_channels * (double)c->r * (double)c->s;
    return 2.0 * (double)c->n * (double)c->k * (double)c->out_h * (double)c->out_w * taps;
}

/* One comparison or addition per tap of each output, padding taps included like in count_conv;
 * the division of the mean is not counted. Source: counted from the definition in ops.def. */
static double count_pool(double outputs, const struct dlb_pool_attrs *p)
{
    return outputs * (double)p->r * (double)p->s;
}

double dlb_count_op(const struct dlb_graph *graph, const struct dlb_op *op)
{
    const double outputs = elements_of(graph, op->output);
    switch (op->kind) {
    case DLB_OP_GEMM:
        return count_gemm(&op->attrs.gemm);
    case DLB_OP_CONV:
    case DLB_OP_CONV_BWD_DATA:
    case DLB_OP_CONV_BWD_WEIGHTS:
        return count_conv(&op->attrs.conv);
    case DLB_OP_MAXPOOL:
    case DLB_OP_AVGPOOL:
        return count_pool(outputs, &op->attrs.pool);
    case DLB_OP_BIAS: /* one addition, addition, comparison per element: from ops.def */
    case DLB_OP_ADD:
    case DLB_OP_RELU:
        return outputs;
    case DLB_OP_BATCHNORM:
        /* A scale and a shift per element: at inference the four vectors fold into one linear map
         * (Ioffe and Szegedy 2015, algorithm 2, line 11). */
        return 2 * outputs;
    case DLB_OP_SOFTMAX:
        /* max, subtract, exp, sum, divide: from ops.def, an exp counted as one operation. */
        return 5 * outputs;
    case DLB_OP_FLATTEN:
    case DLB_OP_COUNT:
        break;
    }
    return 0;
}

/* Compulsory traffic (Williams, Waterman and Patterson, "Roofline", CACM 52(4), 2009): what must
 * cross the memory bus even with an ideal cache. Temporaries may stay in cache and are not
 * counted. */
struct dlb_count dlb_count_graph(const struct dlb_graph *graph)
{
    struct dlb_count count = {0};
    for (int i = 0; i < graph->op_count; i++) {
        count.ops += dlb_count_op(graph, &graph->ops[i]);
    }
    for (int i = 0; i < graph->tensor_count; i++) {
        const enum dlb_role role = graph->tensors[i].role;
        if (role == DLB_ROLE_TEMP) {
            continue;
        }
        const double bytes = (double)dlb_tensor_bytes(&graph->tensors[i]);
        count.bytes += role == DLB_ROLE_STATE ? 2 * bytes : bytes;
        count.working_set_bytes += bytes;
    }
    return count;
}

const char *dlb_count_formula(enum dlb_op_kind kind)
{
    static const char *const formulas[DLB_OP_COUNT] = {
        [DLB_OP_GEMM] = "2 M N K batch (BLAS convention, DeepBench; alpha and beta not counted)",
        [DLB_OP_CONV] = "2 N K OH OW (C/groups) R S (DeepBench: with padding taps)",
        [DLB_OP_CONV_BWD_DATA] = "2 N K OH OW (C/groups) R S, as forward",
        [DLB_OP_CONV_BWD_WEIGHTS] = "2 N K OH OW (C/groups) R S, as forward",
        [DLB_OP_BIAS] = "1 per element",
        [DLB_OP_ADD] = "1 per element",
        [DLB_OP_RELU] = "1 per element",
        [DLB_OP_MAXPOOL] = "R S per output element (with padding taps)",
        [DLB_OP_AVGPOOL] = "R S per output element (with padding taps)",
        [DLB_OP_BATCHNORM] = "2 per element (scale and shift; Ioffe and Szegedy 2015)",
        [DLB_OP_SOFTMAX] = "5 per element (max, subtract, exp, sum, divide)",
        [DLB_OP_FLATTEN] = "0 (no data moves)",
    };
    return (unsigned int)kind < DLB_OP_COUNT ? formulas[kind] : "0";
}
