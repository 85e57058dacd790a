/* fusion.h: which ops may run as one. A pure question about the graph; nothing is executed.
 *
 * A group is one root op and the chain of element-wise ops behind it (bias, batchnorm, add,
 * relu), each the only consumer of the one before. The caller says how long a chain it takes. */
#ifndef DLB_FUSION_H
#define DLB_FUSION_H

#include <stdbool.h>

#include "bench/graph/graph.h"

#define DLB_MAX_EPILOGUE 6

struct dlb_group {
    int root; /* index of the first op */
    int epilogue_count;
    int epilogue[DLB_MAX_EPILOGUE]; /* indices of the ops fused behind it, in order */
};

/* The tensor that the group leaves behind. */
int dlb_group_output(const struct dlb_graph *graph, const struct dlb_group *group);

/* Can the epilogue be applied in place to what the root leaves behind? Each op must read the chain as its first input (an add
 * may have it as either), and an add of the chain with itself is refused. DLB_UNSUPPORTED says which op stands in the way. */
enum dlb_status dlb_group_check_chain(const struct dlb_graph *graph, const struct dlb_group *group,
                                      struct dlb_why *why);

/* Partitions all ops into groups, in an order that respects dependencies. `accepts` is asked for
 * each longer group before it is made; NULL makes every group a single op. `groups` has room for
 * op_count entries; returns how many were used. */
int dlb_fuse(const struct dlb_graph *graph,
             bool (*accepts)(const void *user, const struct dlb_graph *graph,
                             const struct dlb_group *group),
             const void *user, struct dlb_group *groups);

#endif
