/* memory.c: aligned allocation, and the one place where products of sizes are checked. */
#include "bench/base/memory.h"

#include <stdlib.h>

bool dlb_multiply(int64_t a, int64_t b, int64_t *product)
{
    if (a < 0 || b < 0 || (b != 0 && a > INT64_MAX / b)) {
        return false;
    }
    *product = a * b;
    return true;
}

void *dlb_aligned_alloc(size_t bytes)
{
    void *pointer = NULL;
    if (bytes > (size_t)PTRDIFF_MAX - DLB_ALIGNMENT) {
        return NULL;
    }
    return posix_memalign(&pointer, DLB_ALIGNMENT, bytes > 0 ? bytes : 1) == 0 ? pointer : NULL;
}

void dlb_aligned_free(void *pointer)
{
    free(pointer);
}
