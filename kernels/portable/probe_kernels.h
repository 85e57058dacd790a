/* probe_kernels.h: the loops that show what a processor can do at most: multiply-adds in registers, patterns over memory, dependent loads.
 *
 * A kernel says which processors run it and what it computes, so that dlb_multiply_check can tell whether it really did. Nothing here
 * measures: bench/run/roofline_host.c does. The lists gather what kernels/x86 and kernels/portable have. */
#ifndef DLB_PROBE_KERNELS_H
#define DLB_PROBE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/status.h"

enum dlb_element {
    DLB_ELEMENT_F64,
    DLB_ELEMENT_F32,
    DLB_ELEMENT_BF16,
    DLB_ELEMENT_F16,
    DLB_ELEMENT_S8,
    DLB_ELEMENT_U8,
    DLB_ELEMENT_S32
};

/* What a multiply-add loop adds to its sums, each step. a, b: vectors of `lanes` x `group` elements; c: of `lanes` sums, which come filled.
 *   OUTER  c[i] += sum over the group of a[i % factors] * b[i / factors % factors]
 *   CHAIN  c[i] = c[i] * a[i % factors] + b[(i + i / factors) % factors]
 *   TILES  blocks of four tiles of 16 rows x 64 bytes, A0 A1 B0 B1; step s takes block s % factors:
 *          c[2 p + q][m][n] += sum over k, g of Ap[m][k, g] * Bq[k][n, g]: four products of tiles a step
 * No two sums may be the same to a compiler, or it would compute one of them. */
enum dlb_multiply_rule { DLB_MULTIPLY_OUTER, DLB_MULTIPLY_CHAIN, DLB_MULTIPLY_TILES };

struct dlb_multiply_kernel {
    const char *name;  /* "AVX-512 FMA" */
    const char *dtype; /* of the factors, as roofs call it: "f32", "f64", "bf16", "f16", "s8" */
    bool (*usable)(void);
    enum dlb_multiply_rule rule;
    enum dlb_element a, b, sum;
    int sums, factors, lanes, group;
    void (*run)(const void *factors, int64_t steps, void *sums);
};

/* The kernels that this build knows, whether or not this processor runs them: the widest instruction set of a type comes first. Index from 0;
 * NULL behind the last one. */
const struct dlb_multiply_kernel *dlb_multiply_kernel_at(int index);

/* Of those that this processor runs, the n-th of a type, or of a pattern. NULL: there are no more. */
const struct dlb_multiply_kernel *dlb_multiply_kernel_find(const char *dtype, int variant);

double dlb_multiply_ops(const struct dlb_multiply_kernel *kernel); /* of one step */
size_t dlb_multiply_factor_bytes(const struct dlb_multiply_kernel *kernel);
size_t dlb_multiply_sum_bytes(const struct dlb_multiply_kernel *kernel);
/* Factors in [-1, 1) or over the whole range of integers; or zeros. */
void dlb_multiply_fill(const struct dlb_multiply_kernel *kernel, uint64_t seed, bool zeros,
                       void *factors);
/* Whether `sums` are what `steps` (at most 64) steps make of zeros, by a scalar loop. DLB_WRONG says which sum is not. */
enum dlb_status dlb_multiply_check(const struct dlb_multiply_kernel *kernel, const void *factors,
                                   int64_t steps, const void *sums, struct dlb_why *why);

#define DLB_STREAM_STEP 512 /* bytes: a multiple of it is what a kernel takes */

enum dlb_stream_pattern { DLB_STREAM_READ, DLB_STREAM_WRITE, DLB_STREAM_COPY, DLB_STREAM_TRIAD };

/* What a pass of WRITE fills the memory with: it follows from the word that is there (Knuth's linear congruence for 64 bits), so that no two passes
 * write the same, and none writes zeros, which some processors move in half the time. */
static inline uint64_t dlb_stream_word(const void *memory)
{
    return *(const uint64_t *)memory * UINT64_C(6364136223846793005) +
           UINT64_C(1442695040888963407);
}

/* `passes` passes over `bytes` bytes of each array that the pattern touches: read a; write a; a = b; a = b + 3 c (f32). Aligned to 64. */
struct dlb_stream {
    void *a;
    const void *b, *c;
    size_t bytes;
    int64_t passes;
};

struct dlb_stream_kernel {
    const char *name; /* "AVX-512", "AVX-512, non-temporal" */
    enum dlb_stream_pattern pattern;
    bool non_temporal; /* stores pass the caches by */
    bool (*usable)(void);
    uint64_t (*run)(const struct dlb_stream *stream); /* READ: exclusive or of all words; else 0 */
};
const struct dlb_stream_kernel *dlb_stream_kernel_at(int index); /* likewise */

const struct dlb_stream_kernel *dlb_stream_kernel_find(enum dlb_stream_pattern pattern,
                                                       int variant);

/* How many arrays a pattern moves, as STREAM counts them: 1, 1, 2, 3. */
int dlb_stream_arrays(enum dlb_stream_pattern pattern);

/* Lines of 64 bytes at `memory` become one random cycle of pointers, each line pointing at the next. */
void dlb_chase_link(void *memory, size_t bytes, uint64_t seed);
/* Follows `loads` pointers; the answer is where it ends. */
const void *dlb_chase_run(const void *from, int64_t loads);

#endif
