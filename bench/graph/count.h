/* count.h: how much work a graph is: every flop and byte formula of dlbench, in one place.
 *
 * Each formula stands in count.c above its code with its source. Conventions: a multiply-add is 2
 * operations; padding taps are counted (DeepBench's convention, named "with padding taps"), so
 * that a rate compares with published tables. Bytes are compulsory traffic: each operand once. */
#ifndef DLB_COUNT_H
#define DLB_COUNT_H

#include "bench/base/status.h"
#include "bench/graph/graph.h"

struct dlb_count {
    double ops;   /* operations of one execution (flops; integer ops for integer types) */
    double bytes; /* inputs, weights and states read once, outputs and states written once */
    double working_set_bytes; /* all tensors given or returned, each once */
};

/* Operations of one op / sums over the graph. Pure; a finished graph never overflows. */
double dlb_count_op(const struct dlb_graph *graph, const struct dlb_op *op);
struct dlb_count dlb_count_graph(const struct dlb_graph *graph);

/* The formula in words, for `describe`: "2 M N K batch (BLAS convention, DeepBench)". Never NULL. */
const char *dlb_count_formula(enum dlb_op_kind kind);

#endif
