/* problems.h: the graphs that every backend is tried on. */
#ifndef DLB_PROBLEMS_H
#define DLB_PROBLEMS_H

#include "bench/graph/graph.h"

enum dlb_family {
    DLB_FAMILY_GEMM,
    DLB_FAMILY_CONV,
    DLB_FAMILY_OPS,
    DLB_FAMILY_NETWORKS,
    DLB_FAMILY_COUNT
};
const char *dlb_family_name(enum dlb_family family);

/* Calls `visit` with every graph of the family in every type that it exists in: a fixed list of awkward shapes, then
 * some random ones from the seed. The graph lives during the call. */
void dlb_problems_visit(enum dlb_family family, uint64_t seed,
                        void (*visit)(void *user, const char *name, const struct dlb_graph *graph),
                        void *user);

#endif
