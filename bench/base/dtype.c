/* dtype.c: element types and their conversion from and to double.
 *
 * Conversions to bf16 and f16 start from the bits of the double and round once; going through
 * float first would round twice and be wrong near ties (Boldo and Melquiond, "When double
 * rounding is odd", IMACS 2005). */
#include "bench/base/dtype.h"

#include <math.h>
#include <string.h>

struct dtype_facts {
    const char *name;
    size_t size;
    double roundoff;
    bool is_integer;
    enum dlb_dtype accumulator;
};

static const struct dtype_facts facts[DLB_DTYPE_COUNT] = {
    [DLB_DTYPE_F32] = {"f32", 4, 0x1p-24, false, DLB_DTYPE_F32},
    [DLB_DTYPE_BF16] = {"bf16", 2, 0x1p-8, false, DLB_DTYPE_F32},
    [DLB_DTYPE_F16] = {"f16", 2, 0x1p-11, false, DLB_DTYPE_F32},
    [DLB_DTYPE_S8] = {"s8", 1, 0, true, DLB_DTYPE_S32},
    [DLB_DTYPE_U8] = {"u8", 1, 0, true, DLB_DTYPE_S32},
    [DLB_DTYPE_S32] = {"s32", 4, 0, true, DLB_DTYPE_S32},
};

/* Fields of the two 16-bit floats: fraction bits and exponent bias. */
#define F16_FRACTION  10
#define F16_BIAS      15
#define BF16_FRACTION 7
#define BF16_BIAS     127

const char *dlb_dtype_name(enum dlb_dtype dtype)
{
    return (unsigned int)dtype < DLB_DTYPE_COUNT ? facts[dtype].name : "?";
}

bool dlb_dtype_from_name(const char *name, enum dlb_dtype *dtype)
{
    for (int i = 0; i < DLB_DTYPE_COUNT; i++) {
        if (strcmp(name, facts[i].name) == 0) {
            *dtype = (enum dlb_dtype)i;
            return true;
        }
    }
    return false;
}

size_t dlb_dtype_size(enum dlb_dtype dtype)
{
    return facts[dtype].size;
}

bool dlb_dtype_is_integer(enum dlb_dtype dtype)
{
    return facts[dtype].is_integer;
}

double dlb_dtype_roundoff(enum dlb_dtype dtype)
{
    return facts[dtype].roundoff;
}

enum dlb_dtype dlb_dtype_accumulator(enum dlb_dtype dtype)
{
    return facts[dtype].accumulator;
}

/* A double (1 sign, 11 exponent, 52 fraction bits) rounded to a 16-bit float with `fraction`
 * fraction bits and exponent bias `bias`. The significand 1.f is an integer m of 53 bits;
 * dropping `shift` low bits to nearest even gives the new one, and below the smallest normal
 * exponent more bits are dropped, which makes subnormals and zero come out by themselves, as does
 * the carry to infinity. */
static inline uint16_t small_from_double(double value, int fraction, int bias)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint16_t sign = (uint16_t)(bits >> 63 << 15);
    const int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
    const uint32_t infinity = (uint32_t)(2 * bias + 1) << fraction;
    if (exponent > bias) {
        const bool is_nan = exponent == 1024 && (bits & 0xfffffffffffffu) != 0;
        return (uint16_t)(sign | infinity | (is_nan ? 1u << (fraction - 1) : 0u));
    }
    const int below = exponent < 1 - bias ? 1 - bias - exponent : 0;
    const int shift = 52 - fraction + below;
    if (shift > 53) {
        return sign; /* less than half of the smallest subnormal; also every subnormal double */
    }
    const uint64_t m = (bits & 0xfffffffffffffu) | 1ull << 52;
    /* Half of the last kept bit, less one when that bit is even: a tie then rounds down to even. */
    const uint64_t half_even = (1ull << (shift - 1)) - 1 + (m >> shift & 1);
    const uint64_t rounded = (m + half_even) >> shift;
    /* A normal kept its leading 1, which adds 1 to the exponent field: hence bias - 1. */
    const uint64_t field = below ? 0 : (uint64_t)(exponent + bias - 1) << fraction;
    return (uint16_t)(sign | (field + rounded));
}

static inline double small_to_double(uint16_t small, int fraction, int bias)
{
    const int exponent = (small & 0x7fff) >> fraction;
    const uint32_t low = small & ((1u << fraction) - 1);
    if (exponent == 0) {
        const double unit = bias == F16_BIAS ? 0x1p-24 : 0x1p-133; /* 2^(1 - bias - fraction) */
        return small & 0x8000 ? -(low * unit) : low * unit;
    }
    const uint64_t biased = exponent == 2 * bias + 1 ? 0x7ff : (uint64_t)(exponent - bias + 1023);
    const uint64_t bits =
        (uint64_t)(small >> 15) << 63 | biased << 52 | (uint64_t)low << (52 - fraction);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline double clamp_round(double value, double low, double high)
{
    if (isnan(value)) {
        return 0;
    }
    const double clamped = value < low ? low : value > high ? high : value;
    return nearbyint(clamped);
}

double dlb_dtype_load(enum dlb_dtype dtype, const void *array, size_t index)
{
    switch (dtype) {
    case DLB_DTYPE_F32:
        return (double)((const float *)array)[index];
    case DLB_DTYPE_BF16:
        return small_to_double(((const uint16_t *)array)[index], BF16_FRACTION, BF16_BIAS);
    case DLB_DTYPE_F16:
        return small_to_double(((const uint16_t *)array)[index], F16_FRACTION, F16_BIAS);
    case DLB_DTYPE_S8:
        return ((const int8_t *)array)[index];
    case DLB_DTYPE_U8:
        return ((const uint8_t *)array)[index];
    case DLB_DTYPE_S32:
        return ((const int32_t *)array)[index];
    case DLB_DTYPE_COUNT:
        break;
    }
    return NAN;
}

void dlb_dtype_store(enum dlb_dtype dtype, void *array, size_t index, double value)
{
    switch (dtype) {
    case DLB_DTYPE_F32:
        ((float *)array)[index] = (float)value;
        break;
    case DLB_DTYPE_BF16:
        ((uint16_t *)array)[index] = small_from_double(value, BF16_FRACTION, BF16_BIAS);
        break;
    case DLB_DTYPE_F16:
        ((uint16_t *)array)[index] = small_from_double(value, F16_FRACTION, F16_BIAS);
        break;
    case DLB_DTYPE_S8:
        ((int8_t *)array)[index] = (int8_t)clamp_round(value, INT8_MIN, INT8_MAX);
        break;
    case DLB_DTYPE_U8:
        ((uint8_t *)array)[index] = (uint8_t)clamp_round(value, 0, UINT8_MAX);
        break;
    case DLB_DTYPE_S32:
        ((int32_t *)array)[index] = (int32_t)clamp_round(value, INT32_MIN, INT32_MAX);
        break;
    case DLB_DTYPE_COUNT:
        break;
    }
}

void dlb_dtype_to_double(enum dlb_dtype dtype, const void *from, double *to, size_t count)
{
    if (dtype == DLB_DTYPE_F32) {
        const float *const floats = from;
        for (size_t i = 0; i < count; i++) {
            to[i] = (double)floats[i];
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        to[i] = dlb_dtype_load(dtype, from, i);
    }
}

void dlb_dtype_from_double(enum dlb_dtype dtype, const double *from, void *to, size_t count)
{
    switch (dtype) {
    case DLB_DTYPE_F32:
        for (size_t i = 0; i < count; i++) {
            ((float *)to)[i] = (float)from[i];
        }
        break;
    case DLB_DTYPE_BF16:
        for (size_t i = 0; i < count; i++) {
            ((uint16_t *)to)[i] = small_from_double(from[i], BF16_FRACTION, BF16_BIAS);
        }
        break;
    case DLB_DTYPE_F16:
        for (size_t i = 0; i < count; i++) {
            ((uint16_t *)to)[i] = small_from_double(from[i], F16_FRACTION, F16_BIAS);
        }
        break;
    default:
        for (size_t i = 0; i < count; i++) {
            dlb_dtype_store(dtype, to, i, from[i]);
        }
        break;
    }
}
