/* opwise_plan.c: the memory plan of opwise.
 *
 * Greedy by size: the largest buffer first, each into the lowest gap between the buffers already placed whose
 * lives overlap its own (Pisarchyk and Lee, "Efficient memory management for deep neural net inference",
 * 2020, section 5.2). Optimal placement is NP-hard; this comes within a few per cent on networks. */
#include "backends/opwise_plan.h"

#include <stdint.h>

#include "bench/base/memory.h"

bool dlb_opwise_align(size_t bytes, size_t *aligned)
{
    if (bytes > SIZE_MAX - (DLB_ALIGNMENT - 1))
        return false;
    *aligned = (bytes + DLB_ALIGNMENT - 1) / DLB_ALIGNMENT * DLB_ALIGNMENT;
    return true;
}

static bool live_together(const struct dlb_opwise_slot *a, const struct dlb_opwise_slot *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Larger first; equal sizes in the order given. */
static bool is_before(const struct dlb_opwise_slot *slots, int a, int b)
{
    return slots[a].bytes != slots[b].bytes ? slots[a].bytes > slots[b].bytes : a < b;
}

/* The next slot in order of size after `previous` (-1: the first); -1 when there is none. */
static int next_by_size(const struct dlb_opwise_slot *slots, int count, int previous)
{
    int next = -1;
    for (int i = 0; i < count; i++)
        if ((previous < 0 || is_before(slots, previous, i)) &&
            (next < 0 || is_before(slots, i, next)))
            next = i;
    return next;
}

/* The lowest offset at which `chosen` collides with no placed slot: try 0, and while something placed is in the way,
 * jump behind it. Each jump goes up, so it ends. */
static bool find_offset(struct dlb_opwise_slot *slots, int count, int chosen)
{
    struct dlb_opwise_slot *slot = &slots[chosen];
    slot->offset = 0;
    for (int i = 0; i < count; i++) {
        const struct dlb_opwise_slot *other = &slots[i];
        if (!is_before(slots, i, chosen) || !live_together(slot, other) ||
            slot->offset >= other->offset + other->bytes ||
            other->offset >= slot->offset + slot->bytes)
            continue;
        if (!dlb_opwise_align(other->offset + other->bytes, &slot->offset) ||
            slot->bytes > SIZE_MAX - slot->offset)
            return false;
        i = -1; /* look at all again from the new place */
    }
    return true;
}

bool dlb_opwise_place(struct dlb_opwise_slot *slots, int count, size_t *arena)
{
    size_t size = 0;
    for (int i = next_by_size(slots, count, -1); i >= 0; i = next_by_size(slots, count, i)) {
        if (!find_offset(slots, count, i))
            return false;
        const size_t end = slots[i].offset + slots[i].bytes;
        size = end > size ? end : size;
    }
    return dlb_opwise_align(size, arena);
}
