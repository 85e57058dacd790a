/* stream_avx512.c: patterns over memory with vectors of 512 bits: read, write, copy, triad; stores through the caches and past them.
 *
 * A store past the caches saves reading the line that it overwrites: a third of the traffic of a copy from memory. */
#include "kernels/x86/x86_probes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "bench/base/compiler.h"
#include "kernels/x86/x86_cpu.h"

#define WIDTH 64
#define WAYS  (DLB_STREAM_STEP / WIDTH)

DLB_TARGET("avx512f") static uint64_t read_512(const struct dlb_stream *s)
{
    __m512i sum[WAYS];
    DLB_UNROLL for (int i = 0; i < WAYS; i++) sum[i] = _mm512_setzero_si512();
    for (int64_t pass = 0; pass < s->passes; pass++) {
        const char *from = s->a;
        for (const char *end = from + s->bytes; from < end; from += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) sum[i] =
                _mm512_xor_si512(sum[i], _mm512_load_si512(from + (ptrdiff_t)WIDTH * i));
    }
    uint64_t words[WIDTH / 8];
    uint64_t all = 0;
    for (int i = 1; i < WAYS; i++)
        sum[0] = _mm512_xor_si512(sum[0], sum[i]);
    _mm512_storeu_si512(words, sum[0]);
    for (int i = 0; i < WIDTH / 8; i++)
        all ^= words[i];
    return all;
}

DLB_TARGET("avx512f") static uint64_t write_512(const struct dlb_stream *s)
{
    for (int64_t pass = 0; pass < s->passes; pass++) {
        const __m512i value = _mm512_set1_epi64((long long)dlb_stream_word(s->a));
        char *to = s->a;
        for (const char *end = to + s->bytes; to < end; to += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++)
                _mm512_store_si512(to + (ptrdiff_t)WIDTH * i, value);
    }
    return 0;
}

DLB_TARGET("avx512f") static uint64_t copy_512(const struct dlb_stream *s)
{
    for (int64_t pass = 0; pass < s->passes; pass++) {
        char *to = s->a;
        const char *from = s->b;
        for (const char *end = to + s->bytes; to < end;
             to += DLB_STREAM_STEP, from += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) _mm512_store_si512(
                to + (ptrdiff_t)WIDTH * i, _mm512_load_si512(from + (ptrdiff_t)WIDTH * i));
    }
    return 0;
}

DLB_TARGET("avx512f") static uint64_t triad_512(const struct dlb_stream *s)
{
    const __m512 factor = _mm512_set1_ps(3);
    for (int64_t pass = 0; pass < s->passes; pass++) {
        float *to = s->a;
        const float *b = s->b, *c = s->c;
        const size_t count = s->bytes / sizeof *to;
        for (size_t at = 0; at < count; at += DLB_STREAM_STEP / sizeof *to)
            DLB_UNROLL for (size_t i = at; i < at + DLB_STREAM_STEP / sizeof *to; i += 16)
                _mm512_store_ps(
                    to + i, _mm512_fmadd_ps(factor, _mm512_load_ps(c + i), _mm512_load_ps(b + i)));
    }
    return 0;
}

DLB_TARGET("avx512f") static uint64_t write_512_past(const struct dlb_stream *s)
{
    for (int64_t pass = 0; pass < s->passes; pass++) {
        const __m512i value = _mm512_set1_epi64((long long)dlb_stream_word(s->a));
        char *to = s->a;
        for (const char *end = to + s->bytes; to < end; to += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++)
                _mm512_stream_si512((void *)(to + (ptrdiff_t)WIDTH * i), value);
    }
    _mm_sfence();
    return 0;
}

DLB_TARGET("avx512f") static uint64_t copy_512_past(const struct dlb_stream *s)
{
    for (int64_t pass = 0; pass < s->passes; pass++) {
        char *to = s->a;
        const char *from = s->b;
        for (const char *end = to + s->bytes; to < end;
             to += DLB_STREAM_STEP, from += DLB_STREAM_STEP)
            DLB_UNROLL for (int i = 0; i < WAYS; i++)
                _mm512_stream_si512((void *)(to + (ptrdiff_t)WIDTH * i),
                                    _mm512_load_si512(from + (ptrdiff_t)WIDTH * i));
    }
    _mm_sfence();
    return 0;
}

DLB_TARGET("avx512f") static uint64_t triad_512_past(const struct dlb_stream *s)
{
    const __m512 factor = _mm512_set1_ps(3);
    for (int64_t pass = 0; pass < s->passes; pass++) {
        float *to = s->a;
        const float *b = s->b, *c = s->c;
        const size_t count = s->bytes / sizeof *to;
        for (size_t at = 0; at < count; at += DLB_STREAM_STEP / sizeof *to)
            DLB_UNROLL for (size_t i = at; i < at + DLB_STREAM_STEP / sizeof *to; i += 16)
                _mm512_stream_ps(
                    to + i, _mm512_fmadd_ps(factor, _mm512_load_ps(c + i), _mm512_load_ps(b + i)));
    }
    _mm_sfence();
    return 0;
}

#define THROUGH .name = "AVX-512", .usable = dlb_x86_avx512
#define PAST    .name = "AVX-512, non-temporal", .usable = dlb_x86_avx512, .non_temporal = true

const struct dlb_stream_kernel dlb_streams_avx512[] = {
    {THROUGH, .pattern = DLB_STREAM_READ, .run = read_512},
    {THROUGH, .pattern = DLB_STREAM_WRITE, .run = write_512},
    {THROUGH, .pattern = DLB_STREAM_COPY, .run = copy_512},
    {THROUGH, .pattern = DLB_STREAM_TRIAD, .run = triad_512},
    {PAST, .pattern = DLB_STREAM_WRITE, .run = write_512_past},
    {PAST, .pattern = DLB_STREAM_COPY, .run = copy_512_past},
    {PAST, .pattern = DLB_STREAM_TRIAD, .run = triad_512_past},
    {.name = NULL},
};

#endif
