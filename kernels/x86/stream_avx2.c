/* stream_avx2.c: patterns over memory with vectors of 256 bits: read, write, copy, triad; stores through the caches and past them.
 *
 * A store past the caches saves reading the line that it overwrites: a third of the traffic of a copy from memory. */
#include "kernels/x86/x86_probes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "bench/base/compiler.h"
#include "kernels/x86/x86_cpu.h"

#define WIDTH 32
#define WAYS  (DLB_STREAM_STEP / WIDTH)

DLB_TARGET("avx2,fma") static uint64_t read_256(const struct dlb_stream *s)
{
    __m256i sum[WAYS];
    DLB_UNROLL for (int i = 0; i < WAYS; i++) sum[i] = _mm256_setzero_si256();
    for (int64_t pass = 0; pass < s->passes; pass++) {
        const char *from = s->a;
        for (const char *end = from + s->bytes; from < end; from += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) sum[i] =
                _mm256_xor_si256(sum[i], _mm256_load_si256((const __m256i *)from + i));
    }
    uint64_t words[WIDTH / 8];
    uint64_t all = 0;
    for (int i = 1; i < WAYS; i++)
        sum[0] = _mm256_xor_si256(sum[0], sum[i]);
    _mm256_storeu_si256((__m256i *)words, sum[0]);
    for (int i = 0; i < WIDTH / 8; i++)
        all ^= words[i];
    return all;
}

DLB_TARGET("avx2,fma") static uint64_t write_256(const struct dlb_stream *s)
{
    for (int64_t pass = 0; pass < s->passes; pass++) {
        const __m256i value = _mm256_set1_epi64x((long long)dlb_stream_word(s->a));
        char *to = s->a;
        for (const char *end = to + s->bytes; to < end; to += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) _mm256_store_si256((__m256i *)to + i, value);
    }
    return 0;
}

DLB_TARGET("avx2,fma") static uint64_t copy_256(const struct dlb_stream *s)
{
    for (int64_t pass = 0; pass < s->passes; pass++) {
        char *to = s->a;
        const char *from = s->b;
        for (const char *end = to + s->bytes; to < end;
             to += DLB_STREAM_STEP, from += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++)
                _mm256_store_si256((__m256i *)to + i, _mm256_load_si256((const __m256i *)from + i));
    }
    return 0;
}

DLB_TARGET("avx2,fma") static uint64_t triad_256(const struct dlb_stream *s)
{
    const __m256 factor = _mm256_set1_ps(3);
    for (int64_t pass = 0; pass < s->passes; pass++) {
        float *to = s->a;
        const float *b = s->b, *c = s->c;
        const size_t count = s->bytes / sizeof *to;
        for (size_t at = 0; at < count; at += DLB_STREAM_STEP / sizeof *to)
            DLB_UNROLL for (size_t i = at; i < at + DLB_STREAM_STEP / sizeof *to; i += 8)
                _mm256_store_ps(
                    to + i, _mm256_fmadd_ps(factor, _mm256_load_ps(c + i), _mm256_load_ps(b + i)));
    }
    return 0;
}

DLB_TARGET("avx2,fma") static uint64_t write_256_past(const struct dlb_stream *s)
{
    for (int64_t pass = 0; pass < s->passes; pass++) {
        const __m256i value = _mm256_set1_epi64x((long long)dlb_stream_word(s->a));
        char *to = s->a;
        for (const char *end = to + s->bytes; to < end; to += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) _mm256_stream_si256((__m256i *)to + i, value);
    }
    _mm_sfence();
    return 0;
}

DLB_TARGET("avx2,fma") static uint64_t copy_256_past(const struct dlb_stream *s)
{
    for (int64_t pass = 0; pass < s->passes; pass++) {
        char *to = s->a;
        const char *from = s->b;
        for (const char *end = to + s->bytes; to < end;
             to += DLB_STREAM_STEP, from += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) _mm256_stream_si256(
                (__m256i *)to + i, _mm256_load_si256((const __m256i *)from + i));
    }
    _mm_sfence();
    return 0;
}

DLB_TARGET("avx2,fma") static uint64_t triad_256_past(const struct dlb_stream *s)
{
    const __m256 factor = _mm256_set1_ps(3);
    for (int64_t pass = 0; pass < s->passes; pass++) {
        float *to = s->a;
        const float *b = s->b, *c = s->c;
        const size_t count = s->bytes / sizeof *to;
        for (size_t at = 0; at < count; at += DLB_STREAM_STEP / sizeof *to)
            DLB_UNROLL for (size_t i = at; i < at + DLB_STREAM_STEP / sizeof *to; i += 8)
                _mm256_stream_ps(
                    to + i, _mm256_fmadd_ps(factor, _mm256_load_ps(c + i), _mm256_load_ps(b + i)));
    }
    _mm_sfence();
    return 0;
}

#define THROUGH .name = "AVX2", .usable = dlb_x86_avx2_fma
#define PAST    .name = "AVX2, non-temporal", .usable = dlb_x86_avx2_fma, .non_temporal = true

const struct dlb_stream_kernel dlb_streams_avx2[] = {
    {THROUGH, .pattern = DLB_STREAM_READ, .run = read_256},
    {THROUGH, .pattern = DLB_STREAM_WRITE, .run = write_256},
    {THROUGH, .pattern = DLB_STREAM_COPY, .run = copy_256},
    {THROUGH, .pattern = DLB_STREAM_TRIAD, .run = triad_256},
    {PAST, .pattern = DLB_STREAM_WRITE, .run = write_256_past},
    {PAST, .pattern = DLB_STREAM_COPY, .run = copy_256_past},
    {PAST, .pattern = DLB_STREAM_TRIAD, .run = triad_256_past},
    {.name = NULL},
};

#endif
