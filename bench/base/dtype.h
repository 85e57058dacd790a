/* dtype.h: the element types and their conversion.
 *
 * bf16 and f16 are stored as uint16_t; conversion from double rounds once, to nearest, ties to
 * even; s8, u8 and s32 round to nearest even and saturate. NaN to an integer type gives 0. */
#ifndef DLB_DTYPE_H
#define DLB_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dlb_dtype {
    DLB_DTYPE_F32,
    DLB_DTYPE_BF16,
    DLB_DTYPE_F16,
    DLB_DTYPE_S8,
    DLB_DTYPE_U8,
    DLB_DTYPE_S32,
    DLB_DTYPE_COUNT
};

/* "f32", "bf16", "f16", "s8", "u8", "s32"; "?" out of range. */
const char *dlb_dtype_name(enum dlb_dtype dtype);

/* Finds a dtype by name; false when unknown. */
bool dlb_dtype_from_name(const char *name, enum dlb_dtype *dtype);

/* Bytes of one element. */
size_t dlb_dtype_size(enum dlb_dtype dtype);

bool dlb_dtype_is_integer(enum dlb_dtype dtype);

/* Unit roundoff u of the type (2^-24 f32, 2^-8 bf16 (8 significant bits, u = 2^-8), 2^-11 f16); 0
 * for integer types. Source: Higham, Accuracy and Stability of Numerical Algorithms, section 2.1. */
double dlb_dtype_roundoff(enum dlb_dtype dtype);

/* The type of a product sum: f32 for float types, s32 for s8 and u8. */
enum dlb_dtype dlb_dtype_accumulator(enum dlb_dtype dtype);

/* Element `index` of an array of `dtype`, as double; and its inverse, rounding as said above. */
double dlb_dtype_load(enum dlb_dtype dtype, const void *array, size_t index);
void dlb_dtype_store(enum dlb_dtype dtype, void *array, size_t index, double value);

/* Arrays of `count` elements; source and destination must not overlap. */
void dlb_dtype_to_double(enum dlb_dtype dtype, const void *from, double *to, size_t count);
void dlb_dtype_from_double(enum dlb_dtype dtype, const double *from, void *to, size_t count);

#endif
