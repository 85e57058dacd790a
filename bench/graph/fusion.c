/* fusion.c: cuts a graph into groups: one root op and the chain of element-wise ops behind it.
 *
 * Why sorting groups by their last op respects dependencies: inside a group every tensor but the
 * last has one consumer, in the group, so groups only exchange their final tensors; the producer
 * of whatever an op reads stands before it, hence before the group's last op. */
#include "bench/graph/fusion.h"

static bool is_elementwise(enum dlb_op_kind kind)
{
    return kind == DLB_OP_BIAS || kind == DLB_OP_BATCHNORM || kind == DLB_OP_ADD ||
           kind == DLB_OP_RELU;
}

static int last_op(const struct dlb_group *group)
{
    return group->epilogue_count > 0 ? group->epilogue[group->epilogue_count - 1] : group->root;
}

int dlb_group_output(const struct dlb_graph *graph, const struct dlb_group *group)
{
    return graph->ops[last_op(group)].output;
}

enum dlb_status dlb_group_check_chain(const struct dlb_graph *graph, const struct dlb_group *group,
                                      struct dlb_why *why)
{
    int chained = graph->ops[group->root].output;
    for (int i = 0; i < group->epilogue_count; i++) {
        const struct dlb_op *op = &graph->ops[group->epilogue[i]];
        if (op->kind == DLB_OP_ADD && op->inputs[0] == op->inputs[1]) {
            return dlb_fail(why, DLB_UNSUPPORTED, "a sum of a tensor with itself is not fused");
        }
        if (op->kind != DLB_OP_ADD && op->inputs[0] != chained) {
            return dlb_fail(why, DLB_UNSUPPORTED, "%s is fused behind its first input only",
                            dlb_op_name(op->kind));
        }
        chained = op->output;
    }
    return DLB_OK;
}

/* The one op that uses the output of `op`, as its only use of it; -1 when there are none or
 * several, or when the host can see the tensor. */
static int only_consumer(const struct dlb_graph *graph, int op)
{
    const int tensor = graph->ops[op].output;
    if (graph->tensors[tensor].role != DLB_ROLE_TEMP) {
        return -1;
    }
    int consumer = -1;
    for (int i = op + 1; i < graph->op_count; i++) {
        for (int j = 0; j < graph->ops[i].input_count; j++) {
            if (graph->ops[i].inputs[j] != tensor) {
                continue;
            }
            if (consumer >= 0) {
                return -1;
            }
            consumer = i;
        }
    }
    return consumer;
}

/* May `next` run on the fly behind `op`? An add takes the chain on either side, the others as X. */
static bool may_follow(const struct dlb_graph *graph, int op, int next)
{
    const struct dlb_op *const follower = &graph->ops[next];
    return is_elementwise(follower->kind) &&
           (follower->kind == DLB_OP_ADD || follower->inputs[0] == graph->ops[op].output);
}

static bool is_taken(const struct dlb_group *groups, int count, int op)
{
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < groups[i].epilogue_count; j++) {
            if (groups[i].epilogue[j] == op) {
                return true;
            }
        }
    }
    return false;
}

static void sort_by_last(struct dlb_group *groups, int count)
{
    for (int i = 1; i < count; i++) {
        const struct dlb_group moved = groups[i];
        int j = i;
        for (; j > 0 && last_op(&groups[j - 1]) > last_op(&moved); j--) {
            groups[j] = groups[j - 1];
        }
        groups[j] = moved;
    }
}

int dlb_fuse(const struct dlb_graph *graph,
             bool (*accepts)(const void *user, const struct dlb_graph *graph,
                             const struct dlb_group *group),
             const void *user, struct dlb_group *groups)
{
    int count = 0;
    for (int op = 0; op < graph->op_count; op++) {
        if (is_elementwise(graph->ops[op].kind) && is_taken(groups, count, op)) {
            continue;
        }
        struct dlb_group group = {.root = op};
        while (accepts != NULL && group.epilogue_count < DLB_MAX_EPILOGUE) {
            const int last = last_op(&group);
            const int next = only_consumer(graph, last);
            if (next < 0 || !may_follow(graph, last, next) || is_taken(groups, count, next)) {
                break;
            }
            struct dlb_group longer = group;
            longer.epilogue[longer.epilogue_count++] = next;
            if (!accepts(user, graph, &longer)) {
                break;
            }
            group = longer;
        }
        groups[count++] = group;
    }
    sort_by_last(groups, count);
    return count;
}
