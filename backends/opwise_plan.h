/* opwise_plan.h: where temporaries lie in an arena, so that those that never live together share space. Pure. */
#ifndef DLB_OPWISE_PLAN_H
#define DLB_OPWISE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

/* A buffer that is needed from step `first` to step `last`, both included. */
struct dlb_opwise_slot {
    size_t bytes;
    int first, last;
    size_t offset; /* the answer */
};

/* Rounds up to DLB_ALIGNMENT; false on overflow. */
bool dlb_opwise_align(size_t bytes, size_t *aligned);

/* Gives every slot an aligned offset such that slots whose lives overlap do not; *arena gets the size of the
 * whole. False on overflow. */
bool dlb_opwise_place(struct dlb_opwise_slot *slots, int count, size_t *arena);

#endif
