/* probe_memory.cl: passes over memory that do as little as can be beside moving it, a chain of dependent loads, and nothing at all.
 *
 * Macros: W 4-byte lanes of a vector (1, 4, 8 or 16), ITEMS work-items of a group, UNROLL vectors that a work-item takes at a time. NON_TEMPORAL: stores
 * that leave no copy in the caches. STREAMS: those UNROLL vectors lie far apart, so that as many lines are fetched at a time; else they
 * follow each other. SLOTS: how groups find their part of memory, see `take`. */
#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)

#if W == 1
#define WIDTH
#else
#define WIDTH W
#endif
typedef PASTE(uint, WIDTH) words;
typedef PASTE(float, WIDTH) reals;

#ifdef NON_TEMPORAL
#define PUT(value, at, p) __builtin_nontemporal_store(value, (p) + (at))
#else
#define PUT(value, at, p) ((p)[at] = (value))
#endif

/* The part of memory that a group works on, `parts` of `part` vectors each.
 *
 * Parts that shall stay in the cache of one core (SLOTS; on processors, groups of one work-item) must be the core's own, but OpenCL does not tell which core
 * runs a group. So there is a part for each core and a group takes one that nobody holds: of as many groups as there are cores at a time, one
 * that follows another on its core finds the part that was just given back. A compute unit too few only makes a group wait for another,
 * which goes on. Elsewhere neighbouring groups take neighbouring parts, round and round. */
#ifdef SLOTS
uint take(volatile __global int *held, uint parts)
{
    for (uint part = 0;; part = (part + 1) % parts)
        if (atomic_cmpxchg(held + part, 0, 1) == 0)
            return part;
}
void give_back(volatile __global int *held, uint part)
{
    atomic_xchg(held + part, 0);
}
#else
uint take(volatile __global int *held, uint parts)
{
    return get_group_id(0) % parts;
}
void give_back(volatile __global int *held, uint part)
{
}
#endif

uint fold(words v)
{
#if W == 1
    return v;
#else
    uint lane[W], sum = 0;
    PASTE(vstore, W)(v, 0, lane);
    for (int i = 0; i < W; i++)
        sum += lane[i];
    return sum;
#endif
}

#define GROUPS __attribute__((reqd_work_group_size(ITEMS, 1, 1)))
#define PASSES for (int pass = 0; pass < passes; pass++)
#define EACH   _Pragma("unroll") for (int u = 0; u < UNROLL; u++)
/* A work-item goes on by STRIDE from its begin to LENGTH behind it; the u-th vector is AT(u) further on. */
#ifdef STREAMS
#define STRIDE ITEMS
#define LENGTH (part / UNROLL)
#define AT(u)  ((size_t)(u) * LENGTH)
#else
#define STRIDE (UNROLL * ITEMS)
#define LENGTH part
#define AT(u)  ((u) * ITEMS)
#endif

/* The sum of every work-item over all passes goes to `sums`. */
GROUPS __kernel void probe_read(volatile __global int *held, uint parts, uint part, int passes,
                                __global const words *restrict from, __global uint *restrict sums)
{
    const uint own = take(held, parts), item = get_local_id(0);
    __global const words *const begin = from + (size_t)own * part + item;
    words sum[UNROLL];
    _Pragma("unroll") for (int u = 0; u < UNROLL; u++) sum[u] = 0;
    PASSES for (__global const words *p = begin; p < begin + LENGTH; p += STRIDE)
    {
        EACH sum[u] += p[AT(u)];
    }
    _Pragma("unroll") for (int u = 1; u < UNROLL; u++) sum[0] += sum[u];
    sums[own * ITEMS + item] = fold(sum[0]);
    give_back(held, own);
}

/* Each pass leaves another number, by which it is seen that all were made; so does it in the kernels below, where an addition costs nothing. */
GROUPS __kernel void probe_write(volatile __global int *held, uint parts, uint part, int passes,
                                 __global words *restrict to, uint value)
{
    const uint own = take(held, parts);
    __global words *const begin = to + (size_t)own * part + get_local_id(0);
    PASSES
    {
        const words v = (words)(value + pass);
        for (__global words *q = begin; q < begin + LENGTH; q += STRIDE) {
            EACH PUT(v, AT(u), q);
        }
    }
    give_back(held, own);
}

GROUPS __kernel void probe_copy(volatile __global int *held, uint parts, uint part, int passes,
                                __global const words *restrict from, __global words *restrict to)
{
    const uint own = take(held, parts);
    const size_t offset = (size_t)own * part + get_local_id(0);
    __global const words *const begin = from + offset;
    PASSES
    {
        const words v = (words)((uint)pass);
        __global words *q = to + offset;
        for (__global const words *p = begin; p < begin + LENGTH; p += STRIDE, q += STRIDE) {
            EACH PUT(p[AT(u)] + v, AT(u), q);
        }
    }
    give_back(held, own);
}

/* to = a + factor b, as STREAM has it (J. McCalpin, https://www.cs.virginia.edu/stream/). */
GROUPS __kernel void probe_triad(volatile __global int *held, uint parts, uint part, int passes,
                                 __global const reals *restrict a, __global const reals *restrict b,
                                 __global reals *restrict to, float factor)
{
    const uint own = take(held, parts);
    const size_t offset = (size_t)own * part + get_local_id(0);
    __global const reals *const begin = a + offset;
    PASSES
    {
        const reals v = (reals)(factor * (pass + 1));
        __global const reals *q = b + offset;
        __global reals *r = to + offset;
        for (__global const reals *p = begin; p < begin + LENGTH;
             p += STRIDE, q += STRIDE, r += STRIDE) {
            EACH PUT(p[AT(u)] + v * q[AT(u)], AT(u), r);
        }
    }
    give_back(held, own);
}

/* `next` holds one cycle through all that is visited; a launch goes on where the last one ended. */
__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void
probe_chase(__global const uint *restrict next, __global uint *restrict last, int rounds)
{
    uint at = last[0];
    for (int round = 0; round < rounds; round++)
#pragma unroll
        for (int step = 0; step < 16; step++)
            at = next[at];
    last[0] = at;
}

__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void probe_empty(void)
{
}
