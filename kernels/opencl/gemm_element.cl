/* gemm_element.cl: what both shapes of the matrix product share: types, reading operands, finishing a sum. Read this first.
 *
 * D = alpha op(A) op(B) + beta C, then a chain of element-wise ops. The host chooses one type by a macro:
 *   IN_F32, IN_F16, IN_BF16 (all sums in f32), IN_S8 (s8 x s8) or IN_U8 (u8 x s8) (sums in s32).
 *
 * The depth K is walked in units of 4 bytes, each KU consecutive k of one row of op(A) or one column of op(B):
 *   floats          KU = 1: the number, widened to f32 (16-bit types are storage; reading half needs no extension);
 *   bytes           KU = 4: four of them, as dot-product instructions take them;
 *                   KU = 1: one, as f32: where no such instruction is at hand f32 is the fastest way, and exact while sums stay
 *                   below 2^24. That is the case in a block of up to 512 (255 x 128 x 512 < 2^24); only the CPU shape has blocks.
 * So both kernels move units and know nothing of types; only MAC and the functions below do. */

#if defined(IN_S8) || defined(IN_U8)
#define INTEGER 1
typedef int acc_t;
typedef int16 acc16;
#if KU == 1
typedef float unit_t;
typedef float16 unit16;
#else
typedef int unit_t;
typedef int16 unit16;
#endif
typedef int c_type;
typedef uchar in_type; /* raw bytes: what they mean is said where they are widened */
#ifdef IN_U8
#define A_SIGNED 0
#else
#define A_SIGNED 1
#endif
#else
#define INTEGER  0
#define KU       1
#define A_SIGNED 1
typedef float acc_t;
typedef float unit_t;
typedef float16 acc16;
typedef float16 unit16;
#if defined(IN_F32)
typedef float c_type;
#elif defined(IN_F16)
typedef half c_type;
#else
typedef ushort c_type;
#endif
typedef c_type in_type;
#endif

/* ---- Memory to numbers and back: one element, and 16 in a row ------------------------------------------ */

#if defined(IN_F16)
float load1(__global const half *p, size_t at)
{
    return vload_half(at, p);
}

/* Sixteen at once go through a private vector: PoCL 3.1 takes pointers to half for aligned to the whole vector, which a row that starts
 * anywhere is not. */
float16 load16(__global const half *p, size_t at)
{
    const ushort16 bits = vload16(0, (__global const ushort *)p + at);
    return vload_half16(0, (const half *)&bits);
}

void store1(float value, __global half *p, size_t at)
{
    vstore_half_rte(value, at, p);
}

void store16(float16 value, __global half *p, size_t at)
{
    ushort16 bits;
    vstore_half16_rte(value, 0, (half *)&bits);
    vstore16(bits, 0, (__global ushort *)p + at);
}
#elif defined(IN_BF16)
/* bf16 is the upper half of an f32: widening is a shift; narrowing rounds to nearest, ties to even, and keeps a NaN a NaN. */
float load1(__global const ushort *p, size_t at)
{
    return as_float((uint)p[at] << 16);
}

float16 load16(__global const ushort *p, size_t at)
{
    return as_float16(convert_uint16(vload16(0, p + at)) << 16);
}

void store1(float value, __global ushort *p, size_t at)
{
    const uint bits = as_uint(value);
    const uint rounded = bits + 0x7fff + ((bits >> 16) & 1);
    p[at] = (ushort)((isnan(value) ? bits | 0x400000 : rounded) >> 16);
}

void store16(float16 value, __global ushort *p, size_t at)
{
    const uint16 bits = as_uint16(value);
    const uint16 rounded = bits + 0x7fff + ((bits >> 16) & 1);
    vstore16(convert_ushort16(select(rounded, bits | 0x400000, isnan(value)) >> 16), 0, p + at);
}
#else
acc_t load1(__global const c_type *p, size_t at)
{
    return p[at];
}

acc16 load16(__global const c_type *p, size_t at)
{
    return vload16(0, p + at);
}

void store1(acc_t value, __global c_type *p, size_t at)
{
    p[at] = value;
}

void store16(acc16 value, __global c_type *p, size_t at)
{
    vstore16(value, 0, p + at);
}
#endif

/* ---- Operands as units ------------------------------------------------------------------------------------
 * An operand is a set of lines x (rows of op(A), columns of op(B)), each k long. Stored "along", a line's elements are neighbours (A
 * as it is, B transposed); stored "across", elements of equal k are (B as it is, A transposed). Past the last line and past k there are
 * zeros, so that edges need no care elsewhere. */
struct operand {
    __global const in_type *p;
    int lines, k;
    bool along;
    bool is_signed; /* of bytes */
};

/* Where element (x, kk) lies. */
size_t place(const struct operand *o, int x, int kk)
{
    return o->along ? (size_t)x * o->k + kk : (size_t)kk * o->lines + x;
}

#if INTEGER

#if KU == 1

float16 widen16(uchar16 v, bool is_signed)
{
    return is_signed ? convert_float16(as_char16(v)) : convert_float16(v);
}

float unit_at(const struct operand *o, int x, int u)
{
    if (x >= o->lines || u >= o->k)
        return 0;
    const uchar v = o->p[place(o, x, u)];
    return o->is_signed ? (float)as_char(v) : (float)v;
}

float16 along16(const struct operand *o, __global const uchar *p)
{
    return widen16(vload16(0, p), o->is_signed);
}

float16 across16(const struct operand *o, __global const uchar *p)
{
    return widen16(vload16(0, p), o->is_signed);
}

#else

int unit_at(const struct operand *o, int x, int u)
{
    uint unit = 0;
    for (int i = 0; i < KU; i++)
        if (x < o->lines && u * KU + i < o->k)
            unit |= (uint)o->p[place(o, x, u * KU + i)] << (8 * i);
    return (int)unit;
}

/* 16 units of one line, which starts at p: KU x 16 bytes in a row. */
int16 along16(const struct operand *o, __global const uchar *p)
{
    return (int16)(as_int4(vload16(0, p)), as_int4(vload16(1, p)), as_int4(vload16(2, p)),
                   as_int4(vload16(3, p)));
}

/* One unit of 16 lines: KU rows of 16 bytes, `lines` apart. */
int16 across16(const struct operand *o, __global const uchar *p)
{
    uint16 units = convert_uint16(vload16(0, p));
    for (int i = 1; i < KU; i++)
        units |= convert_uint16(vload16(0, p + (size_t)i * o->lines)) << (uint16)(8 * i);
    return as_int16(units);
}

#endif

#else

float unit_at(const struct operand *o, int x, int u)
{
    return x < o->lines && u < o->k ? load1(o->p, place(o, x, u)) : 0;
}

float16 along16(const struct operand *o, __global const in_type *p)
{
    return load16(p, 0);
}

float16 across16(const struct operand *o, __global const in_type *p)
{
    return load16(p, 0);
}

#endif

/* ---- Products of units --------------------------------------------------------------------------------------
 * MAC: sum + a b for floats, sum + the products of their fields for bytes; MAC16 the same for 16 lanes. Bytes are multiplied by
 * the device's dot product (DOT: cl_khr_integer_dot_product), by the instruction of x86 (VNNI), or by shifts and products. */
#if KU == 1
#define MAC(a, b, sum)   fma(a, b, sum)
#define MAC16(a, b, sum) fma(a, b, sum)
#elif defined(DOT)
#if A_SIGNED
#define MAC(a, b, sum) (sum + dot_4x8packed_ss_int(as_uint(a), as_uint(b)))
#else
#define MAC(a, b, sum) (sum + dot_4x8packed_us_int(as_uint(a), as_uint(b)))
#endif
#define LANE(l) MAC(a.s##l, b.s##l, sum.s##l)
int16 MAC16(int16 a, int16 b, int16 sum)
{
    return (int16)(LANE(0), LANE(1), LANE(2), LANE(3), LANE(4), LANE(5), LANE(6), LANE(7), LANE(8),
                   LANE(9), LANE(a), LANE(b), LANE(c), LANE(d), LANE(e), LANE(f));
}
#else
#if A_SIGNED
#define A_FIELD(a, i) ((a) << (24 - 8 * (i)) >> 24)
#else
#define A_FIELD(a, i) ((a) >> (8 * (i)) & 255)
#endif
#define B_FIELD(b, i) ((b) << (24 - 8 * (i)) >> 24)
#define MAC(a, b, sum)                                                                             \
    (sum + A_FIELD(a, 0) * B_FIELD(b, 0) + A_FIELD(a, 1) * B_FIELD(b, 1) +                         \
     A_FIELD(a, 2) * B_FIELD(b, 2) + A_FIELD(a, 3) * B_FIELD(b, 3))
#ifdef VNNI
/* Unsigned bytes of a times signed bytes of b. Compilers know it only where they know the processor, and no OpenCL name leads to
 * it; where the compiler takes no x86 instructions the build fails and the tuner passes on. */
int16 MAC16(int16 a, int16 b, int16 sum)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(a), "v"(b));
    return sum;
}
#else
#define MAC16(a, b, sum) MAC(a, b, sum)
#endif
#endif

/* ---- From a sum to D ------------------------------------------------------------------------------------------
 * The epilogue: up to 8 links of 4 bits, the first in the lowest. Integer products have none. */
enum link { LINK_END, LINK_BIAS_N, LINK_BIAS_M, LINK_RELU, LINK_ADD };

struct finish {
    acc_t alpha, beta;
    uint chain;
    __global const c_type *bias_n, *bias_m, *add;
};

/* A NaN stays one, unlike with fmax: an error before a relu must not be hidden by it. On x86 it is one instruction,
 * where fmax is two. */
#define RELU(r) ((r) < 0.0f ? 0.0f : (r))

/* C enters with the factor `beta`, which is the caller's: 1 where D holds a part of the sum already. */
acc_t finish1(const struct finish *f, acc_t sum, acc_t beta, bool last, __global const c_type *c,
              size_t at, int i, int j)
{
    acc_t r = f->alpha * sum;
    if (beta != 0)
        r += beta * load1(c, at);
#if !INTEGER
    for (uint chain = last ? f->chain : 0; chain != 0; chain >>= 4) {
        switch (chain & 15) {
        case LINK_BIAS_N:
            r += load1(f->bias_n, j);
            break;
        case LINK_BIAS_M:
            r += load1(f->bias_m, i);
            break;
        case LINK_RELU:
            r = RELU(r);
            break;
        default:
            r += load1(f->add, at);
        }
    }
#endif
    return r;
}

/* Columns j to j + 15 at once. */
acc16 finish16(const struct finish *f, acc16 sum, acc_t beta, bool last, __global const c_type *c,
               size_t at, int i, int j)
{
    acc16 r = f->alpha * sum;
    if (beta != 0)
        r += beta * load16(c, at);
#if !INTEGER
    for (uint chain = last ? f->chain : 0; chain != 0; chain >>= 4) {
        switch (chain & 15) {
        case LINK_BIAS_N:
            r += load16(f->bias_n, j);
            break;
        case LINK_BIAS_M:
            r += load1(f->bias_m, i);
            break;
        case LINK_RELU:
            r = RELU(r);
            break;
        default:
            r += load16(f->add, at);
        }
    }
#endif
    return r;
}

/* Adds up what the groups that shared a product's depth left in `parts` (each batch x m x n), and finishes it. One
 * work-item takes 16 columns of one row. */
__kernel void gemm_finish(__global const acc_t *restrict parts, int count, __global c_type *d, int m,
                          int n, acc_t alpha, acc_t beta, uint chain,
                          __global const c_type *bias_n, __global const c_type *bias_m,
                          __global const c_type *add)
{
    const struct finish f = {alpha, beta, chain, bias_n, bias_m, add};
    const int j0 = (int)get_global_id(0) * 16, i = (int)get_global_id(1);
    const size_t stride = (size_t)m * n * get_global_size(2);
    const size_t row = ((size_t)get_global_id(2) * m + i) * n;
    if (j0 + 16 <= n) {
        acc16 sum = vload16(0, parts + row + j0);
        for (int p = 1; p < count; p++)
            sum += vload16(0, parts + p * stride + row + j0);
        store16(finish16(&f, sum, beta, true, d, row + j0, i, j0), d, row + j0);
        return;
    }
    for (int j = j0; j < n; j++) {
        acc_t sum = parts[row + j];
        for (int p = 1; p < count; p++)
            sum += parts[p * stride + row + j];
        store1(finish1(&f, sum, beta, true, d, row + j, i, j), d, row + j);
    }
}
