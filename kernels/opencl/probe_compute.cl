/* probe_compute.cl: multiply-adds in registers, as many as a device can do: its compute ceiling.
 *
 * Macros: W lanes of a vector (1, 2, 4, 8 or 16), ITEMS work-items of a group, CHAINS sums that depend only on themselves, enough of them to hide the
 * latency of the operation, NA and NB vectors of factors. How a multiply-add is done: HALF (f16), DOT (four bytes at once by
 * cl_khr_integer_dot_product), VNNI (by the instruction of x86), FIELD (four bytes by shifts and products), else f32. A_UNSIGNED: of DOT and FIELD, the
 * first factor's bytes.
 *
 * Factors and first sums come from memory, so that no compiler knows them, and the sums go back there, so that none is left out. The sum of
 * products of unchanging floats cannot be shortened, as every addition rounds; that of whole numbers can, so DOT and FIELD multiply what they have
 * summed up so far, and the inside of an asm is nothing that a compiler looks into. */
#define PASTE_(a, b) a##b
#define PASTE(a, b)  PASTE_(a, b)

#if W == 1
#define WIDTH /* PASTE(float, WIDTH) is float */
#define LOAD(at, p)     ((p)[at])
#define STORE(v, at, p) ((p)[at] = (v))
#else
#define WIDTH           W
#define LOAD(at, p)     PASTE(vload, W)(at, p)
#define STORE(v, at, p) PASTE(vstore, W)(v, at, p)
#endif

#if defined(HALF)
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
typedef half lane_t;
typedef PASTE(half, WIDTH) lanes;
#elif defined(DOT) || defined(VNNI) || defined(FIELD)
typedef uint lane_t;
typedef PASTE(uint, WIDTH) lanes;
#else
typedef float lane_t;
typedef PASTE(float, WIDTH) lanes;
#endif

#if defined(DOT) || defined(FIELD)

#if defined(DOT) && defined(A_UNSIGNED)
#define BYTES(a, b) ((uint)dot_4x8packed_us_int(a, b))
#elif defined(DOT)
#define BYTES(a, b) ((uint)dot_4x8packed_ss_int(a, b))
#else
#define SIGNED(x, i) ((int)((x) << (24 - 8 * (i))) >> 24)
#ifdef A_UNSIGNED
#define FIRST(x, i) ((int)((x) >> (8 * (i)) & 255))
#else
#define FIRST(x, i) SIGNED(x, i)
#endif
#define BYTES(a, b)                                                                                \
    ((uint)(FIRST(a, 0) * SIGNED(b, 0) + FIRST(a, 1) * SIGNED(b, 1) + FIRST(a, 2) * SIGNED(b, 2) + \
            FIRST(a, 3) * SIGNED(b, 3)))
#endif
#if W == 1
#define MAC(a, b, sum) ((sum) + BYTES(sum, b))
#elif W == 16
#define LANE(l)        (sum.s##l + BYTES(sum.s##l, b.s##l))
lanes mac16(lanes b, lanes sum)
{
    return (lanes)(LANE(0), LANE(1), LANE(2), LANE(3), LANE(4), LANE(5), LANE(6), LANE(7), LANE(8),
                   LANE(9), LANE(a), LANE(b), LANE(c), LANE(d), LANE(e), LANE(f));
}
#define MAC(a, b, sum) mac16(b, sum)
#endif

#elif defined(VNNI)

/* Unsigned bytes of a times signed bytes of b. */
lanes mac16(lanes a, lanes b, lanes sum)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}
#define MAC(a, b, sum) mac16(a, b, sum)

#else
#define MAC(a, b, sum) fma(a, b, sum)
#endif

/* `seeds` has NA + NB + CHAINS rows of ITEMS x W lanes: factors a, factors b, and what the sums begin with; `sums` W lanes for each
 * work-item. A round is NB steps of CHAINS multiply-adds. */
__attribute__((reqd_work_group_size(ITEMS, 1, 1))) __kernel void
probe_compute(__global const lane_t *restrict seeds, __global lane_t *restrict sums, int rounds)
{
    const size_t item = get_local_id(0);
    lanes a[NA], b[NB], sum[CHAINS];
#pragma unroll
    for (int i = 0; i < NA; i++)
        a[i] = LOAD(i * ITEMS + item, seeds);
#pragma unroll
    for (int i = 0; i < NB; i++)
        b[i] = LOAD((NA + i) * ITEMS + item, seeds);
#pragma unroll
    for (int i = 0; i < CHAINS; i++)
        sum[i] = LOAD((NA + NB + i) * ITEMS + item, seeds);
    for (int round = 0; round < rounds; round++) {
#pragma unroll
        for (int step = 0; step < NB; step++)
#pragma unroll
            for (int i = 0; i < CHAINS; i++)
                sum[i] = MAC(a[step % NA], b[(step + i) % NB], sum[i]);
    }
#pragma unroll
    for (int i = 1; i < CHAINS; i++)
        sum[0] += sum[i];
    STORE(sum[0], get_global_id(0), sums);
}
