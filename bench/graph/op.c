/* op.c: names and meanings of ops, from the list in ops.def. */
#include "bench/graph/op.h"

#include "bench/base/compiler.h"

static const struct {
    const char *name, *meaning;
} ops[DLB_OP_COUNT] = {
#define DLB_OP(kind, name, meaning) [DLB_OP_##kind] = {name, meaning},
#include "bench/graph/ops.def"
#undef DLB_OP
};

const char *dlb_op_name(enum dlb_op_kind kind)
{
    return (unsigned int)kind < DLB_OP_COUNT ? ops[kind].name : "?";
}

const char *dlb_op_meaning(enum dlb_op_kind kind)
{
    return (unsigned int)kind < DLB_OP_COUNT ? ops[kind].meaning : "?";
}
