/* random.c: xoshiro256** for streams, a splitmix64 hash for elements that must be found again by
 * index.
 *
 * Sources: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (ACM TOMS 47,
 * 2021); Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014)
 * for the mixing function; FNV-1a: Fowler, Noll and Vo. */
#include "bench/base/random.h"

#include <math.h>
#include <string.h>

#include "bench/base/compiler.h"

#define GOLDEN_GAMMA 0x9e3779b97f4a7c15u

static const char *const fill_names[DLB_FILL_COUNT] = {
    [DLB_FILL_RANDOM] = "random",
    [DLB_FILL_ZEROS] = "zeros",
    [DLB_FILL_ONES] = "ones",
};

static inline uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline uint64_t rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

void dlb_random_seed(struct dlb_random *random, uint64_t seed)
{
    for (uint64_t i = 0; i < 4; i++) {
        random->state[i] = mix(seed + (i + 1) * GOLDEN_GAMMA);
    }
}

uint64_t dlb_random_next(struct dlb_random *random)
{
    uint64_t *const s = random->state;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double dlb_random_uniform(struct dlb_random *random)
{
    return (double)(dlb_random_next(random) >> 11) * 0x1p-53;
}

/* Marsaglia's polar method; the second deviate is dropped so that a stream has no hidden state. */
double dlb_random_normal(struct dlb_random *random)
{
    double x, square;
    do {
        x = 2 * dlb_random_uniform(random) - 1;
        const double y = 2 * dlb_random_uniform(random) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square <= 0);
    return x * sqrt(-2 * log(square) / square);
}

/* The lowest 2^64 mod bound values are refused, so that every remainder is equally likely. */
uint64_t dlb_random_below(struct dlb_random *random, uint64_t bound)
{
    const uint64_t refused = (0 - bound) % bound;
    uint64_t value;
    do {
        value = dlb_random_next(random);
    } while (value < refused);
    return value % bound;
}

static inline uint64_t hash_at(uint64_t mixed_seed, uint64_t index)
{
    return mix(mixed_seed + index * GOLDEN_GAMMA);
}

/* The top 53 bits as a signed fraction of 2^52: [-1, 1). */
static inline double signed_unit(uint64_t hash)
{
    return (double)((int64_t)(hash >> 11) - (INT64_C(1) << 52)) * 0x1p-52;
}

double dlb_random_at(uint64_t seed, uint64_t index)
{
    return signed_unit(hash_at(mix(seed), index));
}

uint64_t dlb_hash_text(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    }
    return hash;
}

uint64_t dlb_random_derive(uint64_t seed, const char *name)
{
    return mix(mix(seed) + dlb_hash_text(name));
}

const char *dlb_fill_name(enum dlb_fill fill)
{
    return (unsigned int)fill < DLB_FILL_COUNT ? fill_names[fill] : "?";
}

/* An integer uniform in [0, range): the top 32 bits times range, shifted (Lemire 2019); the bias is
 * below range / 2^32. */
static inline int32_t hash_below(uint64_t hash, uint64_t range)
{
    return (int32_t)((hash >> 32) * range >> 32);
}

/* The 16-bit floats: a block of doubles at a time, then one conversion of the whole block. */
static void fill_small_floats(uint64_t mixed, double scale, enum dlb_dtype dtype, uint16_t *array,
                              uint64_t count)
{
    double block[512];
    for (uint64_t start = 0; start < count; start += DLB_ARRAY_COUNT(block)) {
        const uint64_t left = count - start;
        const uint64_t size = left < DLB_ARRAY_COUNT(block) ? left : DLB_ARRAY_COUNT(block);
        for (uint64_t i = 0; i < size; i++) {
            block[i] = scale * signed_unit(hash_at(mixed, start + i));
        }
        dlb_dtype_from_double(dtype, block, array + start, size);
    }
}

static void fill_random(uint64_t seed, double scale, enum dlb_dtype dtype, void *array,
                        uint64_t count)
{
    const uint64_t mixed = mix(seed);
    switch (dtype) {
    case DLB_DTYPE_F32:
        for (uint64_t i = 0; i < count; i++) {
            ((float *)array)[i] = (float)(scale * signed_unit(hash_at(mixed, i)));
        }
        break;
    case DLB_DTYPE_S8:
        for (uint64_t i = 0; i < count; i++) {
            ((int8_t *)array)[i] = (int8_t)(hash_below(hash_at(mixed, i), 255) - 127);
        }
        break;
    case DLB_DTYPE_U8:
        for (uint64_t i = 0; i < count; i++) {
            ((uint8_t *)array)[i] = (uint8_t)(hash_at(mixed, i) >> 56);
        }
        break;
    case DLB_DTYPE_S32:
        for (uint64_t i = 0; i < count; i++) {
            ((int32_t *)array)[i] = hash_below(hash_at(mixed, i), 2001) - 1000;
        }
        break;
    default:
        fill_small_floats(mixed, scale, dtype, array, count);
        break;
    }
}

void dlb_fill_array(enum dlb_fill fill, uint64_t seed, double scale, enum dlb_dtype dtype,
                    void *array, int64_t count)
{
    if (fill == DLB_FILL_RANDOM) {
        fill_random(seed, scale, dtype, array, (uint64_t)count);
    } else if (fill == DLB_FILL_ZEROS) {
        memset(array, 0,
               (size_t)count * dlb_dtype_size(dtype)); /* zero is all bits 0 in each type */
    } else {
        for (int64_t i = 0; i < count; i++) {
            dlb_dtype_store(dtype, array, (size_t)i, 1);
        }
    }
}
