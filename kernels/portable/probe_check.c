/* probe_check.c: whether a multiply-add loop computed what it should: the same sums by a scalar loop in double.
 *
 * A loop that the compiler had thinned out, or an instruction that is not what its name says, would be a ceiling that nothing can reach. */
#include <math.h>

#include "bench/base/dtype.h"
#include "kernels/portable/probe_element.h"

#define STEPS_MOST 64

/* u8 and s8 take one byte, so the order of a and b within the factors is that of bytes in any case. */
static enum dlb_dtype dtype_of(enum dlb_element element)
{
    static const enum dlb_dtype dtypes[] = {
        [DLB_ELEMENT_F64] = DLB_DTYPE_COUNT, [DLB_ELEMENT_F32] = DLB_DTYPE_F32,
        [DLB_ELEMENT_BF16] = DLB_DTYPE_BF16, [DLB_ELEMENT_F16] = DLB_DTYPE_F16,
        [DLB_ELEMENT_S8] = DLB_DTYPE_S8,     [DLB_ELEMENT_U8] = DLB_DTYPE_U8,
        [DLB_ELEMENT_S32] = DLB_DTYPE_S32};
    return dtypes[element];
}

size_t dlb_element_bytes(enum dlb_element element)
{
    return element == DLB_ELEMENT_F64 ? sizeof(double) : dlb_dtype_size(dtype_of(element));
}

double dlb_element_load(enum dlb_element element, const void *array, size_t index)
{
    return element == DLB_ELEMENT_F64 ? ((const double *)array)[index]
                                      : dlb_dtype_load(dtype_of(element), array, index);
}

void dlb_element_store(enum dlb_element element, void *array, size_t index, double value)
{
    if (element == DLB_ELEMENT_F64)
        ((double *)array)[index] = value;
    else if (element == DLB_ELEMENT_U8)
        dlb_dtype_store(DLB_DTYPE_U8, array, index, floor(fabs(value) * 256));
    else if (element == DLB_ELEMENT_S8)
        dlb_dtype_store(DLB_DTYPE_S8, array, index, floor(value * 128));
    else
        dlb_dtype_store(dtype_of(element), array, index, value);
}

static double element_at(enum dlb_element element, const void *array, int64_t index)
{
    return dlb_element_load(element, array, (size_t)index);
}

/* What a sum should be, and how large the terms are that it is made of. */
struct expected {
    double value, size;
};

static void add_product(struct expected *sum, double a, double b, double times)
{
    sum->value += a * b * times;
    sum->size += fabs(a * b) * times;
}

static struct expected expect_outer(const struct dlb_multiply_kernel *kernel, const void *factors,
                                    int64_t steps, int number, int lane)
{
    const int vector = kernel->lanes * kernel->group;
    const int a = number % kernel->factors, b = number / kernel->factors % kernel->factors;
    struct expected sum = {0, 0};
    for (int g = 0; g < kernel->group; g++) {
        const int within = lane * kernel->group + g;
        add_product(&sum, element_at(kernel->a, factors, a * vector + within),
                    element_at(kernel->b, factors, (kernel->factors + b) * vector + within),
                    (double)steps);
    }
    return sum;
}

static struct expected expect_chain(const struct dlb_multiply_kernel *kernel, const void *factors,
                                    int64_t steps, int number, int lane)
{
    const int lanes = kernel->lanes, count = kernel->factors;
    const int added = (number + number / count) % count;
    const double a = element_at(kernel->a, factors, number % count * lanes + lane);
    const double b = element_at(kernel->b, factors, (count + added) * lanes + lane);
    double value = 0;
    for (int64_t step = 0; step < steps; step++)
        value = value * a + b;
    return (struct expected){value, (double)steps};
}

/* `lane` counts rows times columns of a tile. */
static struct expected expect_tiles(const struct dlb_multiply_kernel *kernel, const void *factors,
                                    int64_t steps, int number, int lane)
{
    const int group = kernel->group, rows = kernel->lanes, tile = rows * rows * group;
    const int m = lane / rows, n = lane % rows;
    struct expected sum = {0, 0};
    for (int64_t step = 0; step < steps; step++) {
        const int block = (int)(step % kernel->factors) * 4 * tile;
        const int a = block + number / 2 * tile, b = block + (2 + number % 2) * tile;
        for (int k = 0; k < rows * group; k++)
            add_product(
                &sum, element_at(kernel->a, factors, a + m * rows * group + k),
                element_at(kernel->b, factors, b + (k / group * rows + n) * group + k % group), 1);
    }
    return sum;
}

/* Rounding once per step and term, of the type that sums are kept in; the instructions for bf16 also drop what is below the normal numbers. */
static double tolerance(const struct dlb_multiply_kernel *kernel, struct expected sum,
                        int64_t steps)
{
    switch (kernel->sum) {
    case DLB_ELEMENT_S32:
        return 0;
    case DLB_ELEMENT_F64:
        return 0x1p-50 * (double)steps * (sum.size + 1);
    case DLB_ELEMENT_F16:
        return 0x1p-10 * (double)steps * (sum.size + 1);
    default:
        return 0x1p-22 * (double)steps * (sum.size + 1);
    }
}

enum dlb_status dlb_multiply_check(const struct dlb_multiply_kernel *kernel, const void *factors,
                                   int64_t steps, const void *sums, struct dlb_why *why)
{
    const bool tiles = kernel->rule == DLB_MULTIPLY_TILES;
    const int lanes = kernel->lanes * (tiles ? kernel->lanes : 1);
    if (steps < 1 || steps > STEPS_MOST)
        return dlb_fail(why, DLB_INVALID, "a check takes 1 to %d steps, found %lld", STEPS_MOST,
                        (long long)steps);
    for (int number = 0; number < kernel->sums; number++)
        for (int lane = 0; lane < lanes; lane++) {
            const struct expected sum = tiles ? expect_tiles(kernel, factors, steps, number, lane)
                                        : kernel->rule == DLB_MULTIPLY_CHAIN
                                            ? expect_chain(kernel, factors, steps, number, lane)
                                            : expect_outer(kernel, factors, steps, number, lane);
            const double found = element_at(kernel->sum, sums, number * lanes + lane);
            if (!(fabs(found - sum.value) <= tolerance(kernel, sum, steps)))
                return dlb_fail(why, DLB_WRONG,
                                "%s %s: lane %d of sum %d is %.9g after %lld steps, wanted %.9g",
                                kernel->dtype, kernel->name, lane, number, found, (long long)steps,
                                sum.value);
        }
    return DLB_OK;
}
