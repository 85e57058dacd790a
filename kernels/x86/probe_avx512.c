/* probe_avx512.c: multiply-adds in registers of 512 bits: f32, f64, bf16, f16, s8.
 *
 * Sixteen sums hide a latency of up to eight cycles at two instructions a cycle; four vectors of each factor, each pair used once a step, as
 * in the inner loop of a matrix product: with the sums, 24 of the 32 registers. The factors are real data: multipliers that see the same bits
 * again and again draw less power and may clock higher than any product of a user's matrices. */
#include "kernels/x86/x86_probes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "bench/base/compiler.h"
#include "kernels/x86/x86_cpu.h"

#define SUMS    16
#define FACTORS 4
#define BYTES   64 /* of a vector */
/* Older compilers do not know the half-precision type of the vectors, or show it only to files that are compiled for them. */
#if defined(__clang__)
#define HAVE_FP16 (__clang_major__ >= 16)
#else
#define HAVE_FP16 (__GNUC__ >= 12)
#endif

DLB_TARGET("avx512f") static void multiply_f32(const void *factors, int64_t steps, void *sums)
{
    const float *from = factors;
    __m512 a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = _mm512_loadu_ps(from + 16 * i);
        b[i] = _mm512_loadu_ps(from + 16 * (FACTORS + i));
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] = _mm512_loadu_ps((const float *)sums + 16 * i);
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            _mm512_fmadd_ps(a[i % FACTORS], b[i / FACTORS], c[i]);
    DLB_UNROLL for (int i = 0; i < SUMS; i++) _mm512_storeu_ps((float *)sums + 16 * i, c[i]);
}

DLB_TARGET("avx512f") static void multiply_f64(const void *factors, int64_t steps, void *sums)
{
    const double *from = factors;
    __m512d a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = _mm512_loadu_pd(from + 8 * i);
        b[i] = _mm512_loadu_pd(from + 8 * (FACTORS + i));
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] = _mm512_loadu_pd((const double *)sums + 8 * i);
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            _mm512_fmadd_pd(a[i % FACTORS], b[i / FACTORS], c[i]);
    DLB_UNROLL for (int i = 0; i < SUMS; i++) _mm512_storeu_pd((double *)sums + 8 * i, c[i]);
}

DLB_TARGET("avx512f,avx512bf16")
static void multiply_bf16(const void *factors, int64_t steps, void *sums)
{
    const char *from = factors;
    __m512bh a[FACTORS], b[FACTORS];
    __m512 c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = (__m512bh)_mm512_loadu_si512(from + (ptrdiff_t)BYTES * i);
        b[i] = (__m512bh)_mm512_loadu_si512(from + (ptrdiff_t)BYTES * (FACTORS + i));
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] = _mm512_loadu_ps((const float *)sums + 16 * i);
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            _mm512_dpbf16_ps(c[i], a[i % FACTORS], b[i / FACTORS]);
    DLB_UNROLL for (int i = 0; i < SUMS; i++) _mm512_storeu_ps((float *)sums + 16 * i, c[i]);
}

#if HAVE_FP16
DLB_TARGET("avx512f,avx512fp16")
static void multiply_f16(const void *factors, int64_t steps, void *sums)
{
    const char *from = factors;
    __m512h a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = (__m512h)_mm512_loadu_si512(from + (ptrdiff_t)BYTES * i);
        b[i] = (__m512h)_mm512_loadu_si512(from + (ptrdiff_t)BYTES * (FACTORS + i));
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
        (__m512h)_mm512_loadu_si512((const char *)sums + (ptrdiff_t)BYTES * i);
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            _mm512_fmadd_ph(a[i % FACTORS], b[i / FACTORS], c[i]);
    DLB_UNROLL for (int i = 0; i < SUMS; i++)
        _mm512_storeu_si512((char *)sums + (ptrdiff_t)BYTES * i, (__m512i)c[i]);
}
#endif

DLB_TARGET("avx512f,avx512vnni")
static void multiply_s8(const void *factors, int64_t steps, void *sums)
{
    const char *from = factors;
    __m512i a[FACTORS], b[FACTORS], c[SUMS];
    DLB_UNROLL for (int i = 0; i < FACTORS; i++)
    {
        a[i] = _mm512_loadu_si512(from + (ptrdiff_t)BYTES * i);
        b[i] = _mm512_loadu_si512(from + (ptrdiff_t)BYTES * (FACTORS + i));
    }
    DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
        _mm512_loadu_si512((const char *)sums + (ptrdiff_t)BYTES * i);
    for (int64_t step = 0; step < steps; step++)
        DLB_UNROLL for (int i = 0; i < SUMS; i++) c[i] =
            _mm512_dpbusd_epi32(c[i], a[i % FACTORS], b[i / FACTORS]);
    DLB_UNROLL for (int i = 0; i < SUMS; i++)
        _mm512_storeu_si512((char *)sums + (ptrdiff_t)BYTES * i, c[i]);
}

#define SHAPE .rule = DLB_MULTIPLY_OUTER, .sums = SUMS, .factors = FACTORS

const struct dlb_multiply_kernel dlb_probes_avx512[] = {
    {.name = "AVX-512 FMA",
     .dtype = "f32",
     .usable = dlb_x86_avx512,
     .a = DLB_ELEMENT_F32,
     .b = DLB_ELEMENT_F32,
     .sum = DLB_ELEMENT_F32,
     SHAPE,
     .lanes = 16,
     .group = 1,
     .run = multiply_f32},
    {.name = "AVX-512 FMA",
     .dtype = "f64",
     .usable = dlb_x86_avx512,
     .a = DLB_ELEMENT_F64,
     .b = DLB_ELEMENT_F64,
     .sum = DLB_ELEMENT_F64,
     SHAPE,
     .lanes = 8,
     .group = 1,
     .run = multiply_f64},
    {.name = "AVX-512 dpbf16ps",
     .dtype = "bf16",
     .usable = dlb_x86_avx512_bf16,
     .a = DLB_ELEMENT_BF16,
     .b = DLB_ELEMENT_BF16,
     .sum = DLB_ELEMENT_F32,
     SHAPE,
     .lanes = 16,
     .group = 2,
     .run = multiply_bf16},
#if HAVE_FP16
    {.name = "AVX512-FP16 FMA",
     .dtype = "f16",
     .usable = dlb_x86_avx512_fp16,
     .a = DLB_ELEMENT_F16,
     .b = DLB_ELEMENT_F16,
     .sum = DLB_ELEMENT_F16,
     SHAPE,
     .lanes = 32,
     .group = 1,
     .run = multiply_f16},
#endif
    {.name = "AVX-512 vpdpbusd",
     .dtype = "s8",
     .usable = dlb_x86_avx512_vnni,
     .a = DLB_ELEMENT_U8,
     .b = DLB_ELEMENT_S8,
     .sum = DLB_ELEMENT_S32,
     SHAPE,
     .lanes = 16,
     .group = 4,
     .run = multiply_s8},
    {.name = NULL},
};

#endif
