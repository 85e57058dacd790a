/* probe_kernels.c: the list of all probe kernels, the widest first, and their operands. Whether a loop computed what it should is in
 * probe_check.c. */
#include "kernels/portable/probe_kernels.h"

#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "kernels/portable/portable_probes.h"
#include "kernels/portable/probe_element.h"
#include "kernels/x86/x86_probes.h"

static const struct dlb_multiply_kernel *const multiply_lists[] = {
#if defined(__x86_64__)
    dlb_probes_amx, dlb_probes_avx512, dlb_probes_avx2,
#endif
    dlb_probes_portable};

static const struct dlb_stream_kernel *const stream_lists[] = {
#if defined(__x86_64__)
    dlb_streams_avx512, dlb_streams_avx2,
#endif
    dlb_streams_portable};

const struct dlb_multiply_kernel *dlb_multiply_kernel_at(int index)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(multiply_lists); i++)
        for (const struct dlb_multiply_kernel *row = multiply_lists[i]; row->name != NULL; row++)
            if (index-- == 0)
                return row;
    return NULL;
}

const struct dlb_stream_kernel *dlb_stream_kernel_at(int index)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(stream_lists); i++)
        for (const struct dlb_stream_kernel *row = stream_lists[i]; row->name != NULL; row++)
            if (index-- == 0)
                return row;
    return NULL;
}

const struct dlb_multiply_kernel *dlb_multiply_kernel_find(const char *dtype, int variant)
{
    const struct dlb_multiply_kernel *kernel;
    for (int i = 0; (kernel = dlb_multiply_kernel_at(i)) != NULL; i++)
        if (strcmp(kernel->dtype, dtype) == 0 && kernel->usable() && variant-- == 0)
            return kernel;
    return NULL;
}

const struct dlb_stream_kernel *dlb_stream_kernel_find(enum dlb_stream_pattern pattern, int variant)
{
    const struct dlb_stream_kernel *kernel;
    for (int i = 0; (kernel = dlb_stream_kernel_at(i)) != NULL; i++)
        if (kernel->pattern == pattern && kernel->usable() && variant-- == 0)
            return kernel;
    return NULL;
}

int dlb_stream_arrays(enum dlb_stream_pattern pattern)
{
    switch (pattern) {
    case DLB_STREAM_COPY:
        return 2;
    case DLB_STREAM_TRIAD:
        return 3;
    default:
        return 1;
    }
}

static size_t sum_count(const struct dlb_multiply_kernel *kernel)
{
    const size_t lanes = (size_t)kernel->lanes;
    return (size_t)kernel->sums * lanes * (kernel->rule == DLB_MULTIPLY_TILES ? lanes : 1);
}

/* Elements of factors: all of a, then all of b; blocks of both where they are tiles. */
static size_t factor_count(const struct dlb_multiply_kernel *kernel)
{
    const size_t vectors = (size_t)kernel->factors * (size_t)kernel->lanes * (size_t)kernel->group;
    return kernel->rule == DLB_MULTIPLY_TILES ? 4 * vectors * (size_t)kernel->lanes : 2 * vectors;
}

double dlb_multiply_ops(const struct dlb_multiply_kernel *kernel)
{
    return 2.0 * (double)sum_count(kernel) * kernel->group *
           (kernel->rule == DLB_MULTIPLY_TILES ? kernel->lanes : 1);
}

size_t dlb_multiply_factor_bytes(const struct dlb_multiply_kernel *kernel)
{
    return factor_count(kernel) * dlb_element_bytes(kernel->a);
}

size_t dlb_multiply_sum_bytes(const struct dlb_multiply_kernel *kernel)
{
    return sum_count(kernel) * dlb_element_bytes(kernel->sum);
}

/* Is this element of the factors one of a? */
static bool is_a(const struct dlb_multiply_kernel *kernel, size_t index)
{
    const size_t vector = (size_t)kernel->lanes * (size_t)kernel->group;
    if (kernel->rule == DLB_MULTIPLY_TILES)
        return index / (2 * vector * (size_t)kernel->lanes) % 2 == 0;
    return index < (size_t)kernel->factors * vector;
}

void dlb_multiply_fill(const struct dlb_multiply_kernel *kernel, uint64_t seed, bool zeros,
                       void *factors)
{
    const size_t count = factor_count(kernel);
    for (size_t i = 0; i < count; i++) {
        const bool a = is_a(kernel, i);
        double value = zeros ? 0 : dlb_random_at(seed, i);
        if (kernel->rule == DLB_MULTIPLY_CHAIN && a && !zeros)
            value = -0.95 + 0.05 * value;
        dlb_element_store(a ? kernel->a : kernel->b, factors, i, value);
    }
}
