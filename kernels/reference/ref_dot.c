/* ref_dot.c: the sums of products that every gemm and convolution of the reference is made of.
 *
 * Elements are brought to double a chunk at a time, one loop per type, so that the loop that sums is the same
 * for all types. s8 and u8 products are below 2^15, so sums of up to 2^38 of them are exact in double. */
#include <math.h>

#include "kernels/reference/ref_kernels.h"

/* Elements start .. of a walk as doubles. */
static void gather(const struct dlb_ref_walk *walk, int64_t first, int64_t count, double *to)
{
    const int64_t start = walk->start + first * walk->stride;
    switch (walk->dtype) {
    case DLB_DTYPE_F32: {
        const float *const from = (const float *)walk->data + start;
        for (int64_t i = 0; i < count; i++)
            to[i] = (double)from[i * walk->stride];
        break;
    }
    case DLB_DTYPE_S8: {
        const int8_t *const from = (const int8_t *)walk->data + start;
        for (int64_t i = 0; i < count; i++)
            to[i] = from[i * walk->stride];
        break;
    }
    case DLB_DTYPE_U8: {
        const uint8_t *const from = (const uint8_t *)walk->data + start;
        for (int64_t i = 0; i < count; i++)
            to[i] = from[i * walk->stride];
        break;
    }
    default:
        for (int64_t i = 0; i < count; i++)
            to[i] = dlb_dtype_load(walk->dtype, walk->data, (size_t)(start + i * walk->stride));
        break;
    }
}

void dlb_ref_dot(const struct dlb_ref_walk *x, const struct dlb_ref_walk *y, int64_t count,
                 struct dlb_ref_sum *sum)
{
    double xs[DLB_REF_ROW], ys[DLB_REF_ROW];
    for (int64_t done = 0; done < count; done += DLB_REF_ROW) {
        const int64_t some = count - done < DLB_REF_ROW ? count - done : DLB_REF_ROW;
        gather(x, done, some, xs);
        gather(y, done, some, ys);
        for (int64_t i = 0; i < some; i++) {
            const double product = xs[i] * ys[i];
            sum->value += product;
            sum->magnitude += fabs(product);
        }
    }
}

void dlb_ref_add_scaled(double *sums, double factor, const struct dlb_ref_walk *x, int64_t count)
{
    double xs[DLB_REF_ROW];
    if (x->dtype == DLB_DTYPE_F32) { /* the common case, without the detour */
        const float *const from = (const float *)x->data + x->start;
        for (int64_t i = 0; i < count; i++)
            sums[i] += factor * (double)from[i * x->stride];
        return;
    }
    gather(x, 0, count, xs);
    for (int64_t i = 0; i < count; i++)
        sums[i] += factor * xs[i];
}
