/* probe_avx2.c: multiply-adds in registers of 256 bits: f32, f64, and s8 where there is AVX-VNNI.
 *
 * Ten sums hide the five cycles that a multiply-add took on its first processors (Haswell) at two a cycle; two vectors of each factor: 14 of
 * the 16 registers, so that none is spilled. Several sums add the same products: only because they are loaded, and might differ, does a compiler
 * keep all of them. */
#include "kernels/x86/x86_probes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "bench/base/compiler.h"
#include "kernels/x86/x86_cpu.h"

#define SUMS    10
#define FACTORS 2

DLB_TARGET("avx2,fma") static void multiply_f32(const void *factors, int64_t steps, void *sums)
{
    const float *from = factors;
    __m256 a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = _mm256_loadu_ps(from + 8 * i);
        b[i] = _mm256_loadu_ps(from + 8 * (FACTORS + i));
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] = _mm256_loadu_ps((const float *)sums + 8 * i);
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            _mm256_fmadd_ps(a[i % FACTORS], b[i / FACTORS % FACTORS], c[i]);
    DLB_UNROLL for (int i = 0; i < SUMS; i++) _mm256_storeu_ps((float *)sums + 8 * i, c[i]);
}

DLB_TARGET("avx2,fma") static void multiply_f64(const void *factors, int64_t steps, void *sums)
{
    const double *from = factors;
    __m256d a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = _mm256_loadu_pd(from + 4 * i);
        b[i] = _mm256_loadu_pd(from + 4 * (FACTORS + i));
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] = _mm256_loadu_pd((const double *)sums + 4 * i);
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            _mm256_fmadd_pd(a[i % FACTORS], b[i / FACTORS % FACTORS], c[i]);
    DLB_UNROLL for (int i = 0; i < SUMS; i++) _mm256_storeu_pd((double *)sums + 4 * i, c[i]);
}

DLB_TARGET("avx2,avxvnni") static void multiply_s8(const void *factors, int64_t steps, void *sums)
{
    const __m256i *from = factors;
    __m256i a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = _mm256_loadu_si256(from + i);
        b[i] = _mm256_loadu_si256(from + FACTORS + i);
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] = _mm256_loadu_si256((const __m256i *)sums + i);
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            _mm256_dpbusd_avx_epi32(c[i], a[i % FACTORS], b[i / FACTORS % FACTORS]);
    DLB_UNROLL for (int i = 0; i < SUMS; i++) _mm256_storeu_si256((__m256i *)sums + i, c[i]);
}

#define SHAPE .rule = DLB_MULTIPLY_OUTER, .sums = SUMS, .factors = FACTORS

const struct dlb_multiply_kernel dlb_probes_avx2[] = {
    {.name = "AVX2 FMA",
     .dtype = "f32",
     .usable = dlb_x86_avx2_fma,
     .a = DLB_ELEMENT_F32,
     .b = DLB_ELEMENT_F32,
     .sum = DLB_ELEMENT_F32,
     SHAPE,
     .lanes = 8,
     .group = 1,
     .run = multiply_f32},
    {.name = "AVX2 FMA",
     .dtype = "f64",
     .usable = dlb_x86_avx2_fma,
     .a = DLB_ELEMENT_F64,
     .b = DLB_ELEMENT_F64,
     .sum = DLB_ELEMENT_F64,
     SHAPE,
     .lanes = 4,
     .group = 1,
     .run = multiply_f64},
    {.name = "AVX-VNNI vpdpbusd",
     .dtype = "s8",
     .usable = dlb_x86_avx_vnni,
     .a = DLB_ELEMENT_U8,
     .b = DLB_ELEMENT_S8,
     .sum = DLB_ELEMENT_S32,
     SHAPE,
     .lanes = 8,
     .group = 4,
     .run = multiply_s8},
    {.name = NULL},
};

#endif
