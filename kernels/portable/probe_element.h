/* probe_element.h: one element of a probe's operands, whatever its type: for filling and for checking, never inside a timed loop. */
#ifndef DLB_PROBE_ELEMENT_H
#define DLB_PROBE_ELEMENT_H

#include "kernels/portable/probe_kernels.h"

size_t dlb_element_bytes(enum dlb_element element);
double dlb_element_load(enum dlb_element element, const void *array, size_t index);
/* `value` in [-1, 1): integers are spread over their whole range. */
void dlb_element_store(enum dlb_element element, void *array, size_t index, double value);

#endif
