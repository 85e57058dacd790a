/* conv_depthwise.cl: depthwise convolution (one filter a channel) for the CPU shape, all passes.
 *
 * There is no sum over channels, so nothing to reuse but the input: every tap costs one vector read for one vector product, and memory
 * decides. Images are blocked by 16 channels; lanes of a vector are channels, so all neighbours of a pixel are whole vectors and no
 * tap needs a shuffle. A work-item makes one row of one block of channels.
 *
 * Weights: block, tap, 16. Read conv_direct.cl for the terms. */

#define QT 8 /* pixels of a row at a time: they share each load of a weight, and hide each other's latency */

struct geometry {
    int in_h, in_w, out_h, out_w, taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w, pad_h,
        pad_w;
    int flipped; /* backward data of stride 1: a forward pass with the filter turned by 180 degrees */
    int rows, share_rows;
};

/* One row of the filter's taps for pixels q .. q + QT - 1. Away from the sides all taps are `inside` and nothing is tested. */
static void add_row(float16 *acc, bool inside, __global const IN *restrict from,
                    __global const float *restrict w, const struct geometry *g, int q, int tap)
{
    const int last = g->taps_h * g->taps_w - 1;
    for (int s = 0; s < g->taps_w; s++) {
        const float16 f = vload16(g->flipped ? last - tap - s : tap + s, w);
        const int column = q * g->stride_w - g->pad_w + s * g->dilation_w;
        if (inside) {
#pragma unroll
            for (int p = 0; p < QT; p++)
                acc[p] = fma(WIDEN16(from + (column + p * g->stride_w) * 16), f, acc[p]);
        } else {
#pragma unroll
            for (int p = 0; p < QT; p++) {
                const int c = column + p * g->stride_w;
                if (c >= 0 && c < g->in_w)
                    acc[p] = fma(WIDEN16(from + c * 16), f, acc[p]);
            }
        }
    }
}

/* Behind the sum: the epilogue, and the store. */
static void finish(float16 sum, float16 scale, float16 shift, int epilogue,
                   __global const IN *residual, __global OUT *y)
{
#if defined(INTEGER)
    vstore16(convert_int16(sum), 0, y);
#else
    if (epilogue & (HAS_SCALE | HAS_SHIFT))
        sum = fma(sum, scale, shift);
    if (epilogue & HAS_ADD)
        sum += WIDEN16(residual);
    if (epilogue & HAS_RELU)
        sum = RELU(sum);
    STORE16(sum, y);
#endif
}

/* Grid: output rows, blocks of channels, images. Integers: exact as long as
 * taps <= 512, see conv_direct.cl; the host asks for no more. */
__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void
conv_depthwise(__global const IN *restrict x, ulong x_at, __global const float *restrict w,
               __global OUT *restrict y, __global const float *restrict scale, ulong scale_at,
               __global const float *restrict shift, ulong shift_at,
               __global const IN *restrict residual, ulong residual_at, int epilogue,
               __constant struct geometry *restrict geometry)
{
    const struct geometry g = *geometry;
    const int row = (int)get_global_id(0), block = (int)get_global_id(1);
    const size_t plane = get_global_id(2) * get_global_size(1) + block;
    const size_t target = (plane * g.out_h + row) * g.out_w * 16;
    __global const float *filters = w + (size_t)block * g.taps_h * g.taps_w * 16;
    x += x_at + plane * g.in_h * g.in_w * 16;
    y += target;
    residual += epilogue & HAS_ADD ? residual_at + target : 0;
    const float16 factor = epilogue & HAS_SCALE ? vload16(block, scale + scale_at) : (float16)(1);
    const float16 offset = epilogue & HAS_SHIFT ? vload16(block, shift + shift_at) : (float16)(0);
    const int begin = g.pad_w > 0 ? (g.pad_w + g.stride_w - 1) / g.stride_w : 0;
    const int room = g.in_w - 1 + g.pad_w - (g.taps_w - 1) * g.dilation_w;
    const int end = room < 0 ? 0 : min(room / g.stride_w + 1, g.out_w);
    for (int q = 0; q < g.out_w; q += QT) {
        const bool inside_all = q >= begin && q + QT <= end;
        float16 acc[QT];
#pragma unroll
        for (int p = 0; p < QT; p++)
            acc[p] = (float16)(0);
        for (int r = 0; r < g.taps_h; r++) {
            const int h = row * g.stride_h - g.pad_h + r * g.dilation_h;
            if (h >= 0 && h < g.in_h)
                add_row(acc, inside_all, x + (size_t)h * g.in_w * 16, filters, &g, q, r * g.taps_w);
        }
#pragma unroll
        for (int p = 0; p < QT; p++)
            if (q + p < g.out_w)
                finish(acc[p], factor, offset, epilogue, residual + (q + p) * 16, y + (q + p) * 16);
    }
}

/* Backward data of any stride: dX gathers from the outputs that had read it. x is dY (in_* are its sizes), y is dX. */
__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void
conv_depthwise_data(__global const IN *restrict x, ulong x_at, __global const float *restrict w,
                    __global OUT *restrict y, __constant struct geometry *restrict geometry)
{
    const struct geometry g = *geometry;
    const int row = (int)get_global_id(0), block = (int)get_global_id(1);
    const size_t plane = get_global_id(2) * get_global_size(1) + block;
    __global const float *filters = w + (size_t)block * g.taps_h * g.taps_w * 16;
    x += x_at + plane * g.in_h * g.in_w * 16;
    y += (plane * g.out_h + row) * g.out_w * 16;
    for (int q = 0; q < g.out_w; q++) {
        float16 sum = 0;
        for (int r = 0; r < g.taps_h; r++) {
            const int h = row + g.pad_h - r * g.dilation_h;
            if (h < 0 || h % g.stride_h != 0 || h / g.stride_h >= g.in_h)
                continue;
            for (int s = 0; s < g.taps_w; s++) {
                const int c = q + g.pad_w - s * g.dilation_w;
                if (c < 0 || c % g.stride_w != 0 || c / g.stride_w >= g.in_w)
                    continue;
                const size_t from = ((size_t)(h / g.stride_h) * g.in_w + c / g.stride_w) * 16;
                sum = fma(WIDEN16(x + from), vload16(r * g.taps_w + s, filters), sum);
            }
        }
        finish(sum, (float16)(1), (float16)(0), 0, x, y + q * 16);
    }
}

/* Backward weights: grid is blocks, shares of the rows of all images; sums: share, block, tap, 16. Partial sums by column modulo 4 hide the
 * latency of the additions. */
__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void
conv_depthwise_weights(__global const IN *restrict x, ulong x_at, __global const IN *restrict dy,
                       ulong dy_at, __global float *restrict sums, ulong sums_at,
                       __constant struct geometry *restrict geometry)
{
    const struct geometry g = *geometry;
    const size_t block = get_global_id(0), blocks = get_global_size(0), share = get_global_id(1);
    const int taps = g.taps_h * g.taps_w;
    const int first = (int)share * g.share_rows, end = min(first + g.share_rows, g.rows);
    sums += sums_at + (share * blocks + block) * taps * 16;
    for (int tap = 0; tap < taps; tap++) {
        const int shift_h = tap / g.taps_w * g.dilation_h - g.pad_h;
        const int shift_w = tap % g.taps_w * g.dilation_w - g.pad_w;
        const int begin = shift_w >= 0 ? 0 : (-shift_w + g.stride_w - 1) / g.stride_w;
        const int stop = shift_w >= g.in_w ? 0 : min((g.in_w - 1 - shift_w) / g.stride_w + 1, g.out_w);
        float16 acc[4] = {(float16)(0), (float16)(0), (float16)(0), (float16)(0)};
        for (int row = first; row < end; row++) {
            const size_t image = row / g.out_h * blocks + block;
            const int p = row % g.out_h, h = p * g.stride_h + shift_h;
            if (h < 0 || h >= g.in_h)
                continue;
            __global const IN *from = x + x_at + (image * g.in_h + h) * g.in_w * 16 + shift_w * 16;
            __global const IN *gradient = dy + dy_at + (image * g.out_h + p) * g.out_w * 16;
            int q = begin;
            for (; q + 4 <= stop; q += 4) {
#pragma unroll
                for (int i = 0; i < 4; i++)
                    acc[i] = fma(WIDEN16(from + (q + i) * g.stride_w * 16),
                                 WIDEN16(gradient + (q + i) * 16), acc[i]);
            }
            for (; q < stop; q++)
                acc[0] = fma(WIDEN16(from + q * g.stride_w * 16), WIDEN16(gradient + q * 16), acc[0]);
        }
        vstore16((acc[0] + acc[1]) + (acc[2] + acc[3]), tap, sums);
    }
}

/* The shares added up, into the plain layout of the filters. Grid: channels, taps. */
__kernel void conv_depthwise_sum(__global const float *restrict sums, ulong sums_at,
                                 __global OUT *restrict dw, int shares, int blocks)
{
    const size_t channel = get_global_id(0), tap = get_global_id(1), taps = get_global_size(1);
    const size_t pitch = (size_t)blocks * taps * 16;
    float sum = 0;
    sums += sums_at + ((channel / 16) * taps + tap) * 16 + channel % 16;
    for (int i = 0; i < shares; i++)
        sum += sums[i * pitch];
#if !defined(INTEGER)
    STORE(sum, dw + channel * taps + tap);
#endif
}
