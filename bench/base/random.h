/* random.h: seeded random numbers, the same on every machine.
 *
 * Two uses: a stream (shuffles, simulations) and a counter-based hash, where element i of a buffer
 * depends on (seed, i) alone, so that a sample of a tensor can be recomputed without the rest. */
#ifndef DLB_RANDOM_H
#define DLB_RANDOM_H

#include <stdint.h>

#include "bench/base/dtype.h"

struct dlb_random {
    uint64_t state[4];
};

/* xoshiro256**, seeded through splitmix64 (Blackman and Vigna, https://prng.di.unimi.it). */
void dlb_random_seed(struct dlb_random *random, uint64_t seed);
uint64_t dlb_random_next(struct dlb_random *random);
double dlb_random_uniform(struct dlb_random *random);                 /* [0, 1) */
double dlb_random_normal(struct dlb_random *random);                  /* mean 0, sd 1 */
uint64_t dlb_random_below(struct dlb_random *random, uint64_t bound); /* unbiased; bound >= 1 */

/* Hash of (seed, index) to [-1, 1), and a seed derived from a seed and a name (FNV-1a,
 * splitmix64). */
double dlb_random_at(uint64_t seed, uint64_t index);
uint64_t dlb_random_derive(uint64_t seed, const char *name);

/* 64-bit FNV-1a of a text: for keys, not for secrets. */
uint64_t dlb_hash_text(const char *text);

enum dlb_fill { DLB_FILL_RANDOM, DLB_FILL_ZEROS, DLB_FILL_ONES, DLB_FILL_COUNT };
const char *dlb_fill_name(enum dlb_fill fill);

/* Fills `count` elements. RANDOM: floats are scale * dlb_random_at(seed, i) rounded to the type;
 * s8 are integers uniform in [-127, 127], u8 in [0, 255], s32 in [-1000, 1000] (scale is not
 * used). */
void dlb_fill_array(enum dlb_fill fill, uint64_t seed, double scale, enum dlb_dtype dtype,
                    void *array, int64_t count);

#endif
