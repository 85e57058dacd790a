/* memory.h: allocation with the checks in one place. */
#ifndef DLB_MEMORY_H
#define DLB_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DLB_ALIGNMENT 4096 /* buffers of tensors start on a page: every library's best case */

/* a * b into *product; false on overflow of int64_t or when a factor is negative. */
bool dlb_multiply(int64_t a, int64_t b, int64_t *product);

/* `bytes` bytes aligned to DLB_ALIGNMENT, uninitialised; NULL when there is no memory. A size of 0
 * gives a valid pointer. Release with dlb_aligned_free (NULL is legal). */
void *dlb_aligned_alloc(size_t bytes);
void dlb_aligned_free(void *pointer);

#endif
