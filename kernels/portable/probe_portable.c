/* probe_portable.c: multiply-adds with the vectors that every processor of its kind has: SSE2, NEON, or what the compiler makes of 16 bytes.
 *
 * A multiplication and an addition, which the compiler may make one instruction where there is one (the Makefile lets it). Each sum is multiplied
 * by a factor and added to: the next product waits for it, so nothing can be taken out of the loop. Factors lie in (-1, -0.9): sums stay finite and
 * never settle on one value at once. */
#include "kernels/portable/portable_probes.h"

#include "bench/base/compiler.h"

#define FACTORS 4
#if defined(__aarch64__)
#define SUMS 16 /* 32 registers; up to four multiply-adds a cycle, of four cycles each */
#else
#define SUMS 8 /* 16 registers */
#endif

typedef float f32_vector DLB_VECTOR(16);
typedef double f64_vector DLB_VECTOR(16);

static bool always(void)
{
    return true;
}

static void multiply_f32(const void *factors, int64_t steps, void *sums)
{
    const f32_vector *from = factors;
    f32_vector *to = sums;
    f32_vector a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = from[i];
        b[i] = from[FACTORS + i];
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] = to[i];
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            c[i] * a[i % FACTORS] + b[(i + i / FACTORS) % FACTORS];
    DLB_UNROLL for (int i = 0; i < SUMS; i++) to[i] = c[i];
}

static void multiply_f64(const void *factors, int64_t steps, void *sums)
{
    const f64_vector *from = factors;
    f64_vector *to = sums;
    f64_vector a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = from[i];
        b[i] = from[FACTORS + i];
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] = to[i];
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            c[i] * a[i % FACTORS] + b[(i + i / FACTORS) % FACTORS];
    DLB_UNROLL for (int i = 0; i < SUMS; i++) to[i] = c[i];
}

#define SHAPE .usable = always, .rule = DLB_MULTIPLY_CHAIN, .sums = SUMS, .factors = FACTORS

const struct dlb_multiply_kernel dlb_probes_portable[] = {
    {.name = "16-byte vectors",
     .dtype = "f32",
     SHAPE,
     .a = DLB_ELEMENT_F32,
     .b = DLB_ELEMENT_F32,
     .sum = DLB_ELEMENT_F32,
     .lanes = 4,
     .group = 1,
     .run = multiply_f32},
    {.name = "16-byte vectors",
     .dtype = "f64",
     SHAPE,
     .a = DLB_ELEMENT_F64,
     .b = DLB_ELEMENT_F64,
     .sum = DLB_ELEMENT_F64,
     .lanes = 2,
     .group = 1,
     .run = multiply_f64},
    {.name = NULL},
};
