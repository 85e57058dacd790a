/* stream_portable.c: patterns over memory with vectors of 16 bytes, which every processor has. */
#include "bench/base/compiler.h"
#include "kernels/portable/portable_probes.h"

#define WIDTH 16
#define WAYS  8 /* loads in flight; a step of DLB_STREAM_STEP bytes is four times as many */

typedef uint64_t word_vector DLB_VECTOR(WIDTH);
typedef float f32_vector DLB_VECTOR(WIDTH);

static bool always(void)
{
    return true;
}

static uint64_t read_16(const struct dlb_stream *s)
{
    const size_t count = s->bytes / WIDTH;
    word_vector sum[WAYS] = {{0}};
    for (int64_t pass = 0; pass < s->passes; pass++) {
        const word_vector *from = s->a;
        for (size_t at = 0; at < count; at += WAYS)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) sum[i] ^= from[at + (size_t)i];
    }
    uint64_t all = 0;
    for (int i = 0; i < WAYS; i++)
        all ^= sum[i][0] ^ sum[i][1];
    return all;
}

static uint64_t write_16(const struct dlb_stream *s)
{
    const size_t count = s->bytes / WIDTH;
    for (int64_t pass = 0; pass < s->passes; pass++) {
        const uint64_t word = dlb_stream_word(s->a);
        const word_vector value = {word, word};
        word_vector *to = s->a;
        for (size_t at = 0; at < count; at += WAYS)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) to[at + (size_t)i] = value;
    }
    return 0;
}

static uint64_t copy_16(const struct dlb_stream *s)
{
    const size_t count = s->bytes / WIDTH;
    for (int64_t pass = 0; pass < s->passes; pass++) {
        word_vector *to = s->a;
        const word_vector *from = s->b;
        for (size_t at = 0; at < count; at += WAYS)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) to[at + (size_t)i] = from[at + (size_t)i];
    }
    return 0;
}

static uint64_t triad_16(const struct dlb_stream *s)
{
    const size_t count = s->bytes / WIDTH;
    const f32_vector factor = {3, 3, 3, 3};
    for (int64_t pass = 0; pass < s->passes; pass++) {
        f32_vector *to = s->a;
        const f32_vector *b = s->b, *c = s->c;
        for (size_t at = 0; at < count; at += WAYS)
            DLB_UNROLL for (int i = 0; i < WAYS; i++) to[at + (size_t)i] =
                b[at + (size_t)i] + factor * c[at + (size_t)i];
    }
    return 0;
}

#define COMMON .name = "16-byte vectors", .usable = always

const struct dlb_stream_kernel dlb_streams_portable[] = {
    {COMMON, .pattern = DLB_STREAM_READ, .run = read_16},
    {COMMON, .pattern = DLB_STREAM_WRITE, .run = write_16},
    {COMMON, .pattern = DLB_STREAM_COPY, .run = copy_16},
    {COMMON, .pattern = DLB_STREAM_TRIAD, .run = triad_16},
    {.name = NULL},
};
