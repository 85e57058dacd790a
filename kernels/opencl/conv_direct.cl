/* conv_direct.cl: convolution for devices with wide vectors and caches (the CPU shape): no im2col, no local memory.
 *
 * One work-item is one work-group. It owns PT pixels of the output times 16 KV filters and keeps them in registers as
 * PT x KV vectors, exactly as the inner kernel of a packed matrix product does:
 *
 *     for every tap (r, s), every block of channels, every channel c of the block:
 *         acc[p][v] += x[pixel p under the tap][c] * w[tap][c][filters 16 v ...]
 *
 * The filters were packed in this very order by the host, so they stream. Images are blocked by channels, N, C/IB, H, W, IB: the
 * channels that a pixel contributes under one tap are IB neighbours in memory. They are copied for all PT pixels into a
 * panel first, with zeros where the tap lies outside the image: that costs PT vector moves for IB x PT x KV vector
 * products and takes strides, padding, dilation and ragged edges out of the inner loop. Types narrower than f32 are
 * widened on the way into the panel.
 *
 * One kernel does two passes. Output pixel number i of a row reads the input at column  i * step_in + shift(s):
 *   forward        step_in = stride, shift = s dilation - pad
 *   backward data  dX(w) gathers dY((w + pad - s dilation) / stride) where that divides. With w = phase + i stride all pixels of a phase
 *                  agree on which taps divide, so step_in = 1, shift = (phase + pad - s dilation) / stride, other taps drop out.
 * Rows likewise. A forward pass has one phase.
 *
 * Macros: PT, KV; IB 16 or 4 (lanes of a channel block of the input); IN_F32, IN_F16, IN_BF16, IN_S8 or IN_U8. */

#define KT        (16 * KV)
#define MAX_CHUNK 8 /* tiles of pixels that one work-item may own */

/* Integer products are summed by float arithmetic and yet exactly: |u8 x s8| <= 255 * 128 < 2^15, so sums of EXACT products stay
 * below 2^24, where floats are integers; then they move to an int. */
#define EXACT 512

/* The geometry, in the order of struct geometry of opencl_conv_direct.c. */
struct geometry {
    int images, in_h, in_w, in_blocks, in_groups;   /* in_blocks of an image, in_groups of them feed one group of filters */
    int in_channels;                                /* lanes used of every block: IB, or fewer when C < IB */
    int out_h, out_w, out_blocks, out_channels;     /* blocks of an image; channels of a group of filters */
    int taps_h, taps_w, step_in_h, step_in_w, step_out_h, step_out_w; /* step_out: phases */
    int dilation_h, dilation_w, pad_h, pad_w, backward;
    int tiles, tile_chunk, ktiles, ktile_chunk;     /* of a phase; of a group */
};

/* Shift of the input under a tap, or INT_MIN when the tap drops out of this phase. */
static int shift_of(int tap, int dilation, int pad, int phase, int step, int backward)
{
    if (!backward)
        return tap * dilation - pad;
    const int t = phase + pad - tap * dilation;
    return t % step == 0 ? t / step : INT_MIN;
}

/* Copies the IB channels of PT pixels; a place below 0 is outside of the image. */
static void fill_panel(__global const IN *restrict x, const int *place, float *panel)
{
    for (int p = 0; p < PT; p++) {
#if IB == 16
        const float16 v = place[p] >= 0 ? WIDEN16(x + (size_t)place[p] * IB) : (float16)(0);
        vstore16(v, p, panel);
#else
        const float4 v = place[p] >= 0 ? WIDEN4(x + (size_t)place[p] * IB) : (float4)(0);
        vstore4(v, p, panel);
#endif
    }
}

/* acc += panel * w over the channels of one block. */
static void multiply(float16 acc[PT][KV], const float *panel, __global const float *restrict w,
                     int channels)
{
    for (int c = 0; c < channels; c++) {
        float16 f[KV];
#pragma unroll
        for (int v = 0; v < KV; v++)
            f[v] = vload16(v, w + (size_t)c * KT);
#pragma unroll
        for (int p = 0; p < PT; p++) {
#pragma unroll
            for (int v = 0; v < KV; v++)
                acc[p][v] = fma((float16)(panel[p * IB + c]), f[v], acc[p][v]);
        }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void
conv_direct(__global const IN *restrict x, ulong x_at, __global const float *restrict w,
            __global OUT *restrict y, __global const float *restrict factors,
            ulong scale_at, __global const float *restrict shift, ulong shift_at,
            __global const IN *restrict residual, ulong residual_at, int epilogue,
            __constant struct geometry *restrict geometry)
{
    const struct geometry g = *geometry;
    const int phase = (int)get_global_id(2) % (g.step_out_h * g.step_out_w);
    const int group = (int)get_global_id(2) / (g.step_out_h * g.step_out_w);
    const int phase_h = phase / g.step_out_w, phase_w = phase % g.step_out_w;
    const int grid_h = (g.out_h - phase_h + g.step_out_h - 1) / g.step_out_h;
    const int grid_w = (g.out_w - phase_w + g.step_out_w - 1) / g.step_out_w;
    const int pixels = g.images * grid_h * grid_w;
    const int first_tile = (int)get_global_id(0) * g.tile_chunk;
    const int in_plane = g.in_h * g.in_w, out_plane = g.out_h * g.out_w;
    const int depth = g.taps_h * g.taps_w * g.in_groups * g.in_channels;
    int origin[MAX_CHUNK * PT], row[MAX_CHUNK * PT], column[MAX_CHUNK * PT], target[MAX_CHUNK * PT];

    /* Where each pixel of the chunk reads and writes; one division for the first, carries for the others. */
    int tiles = (pixels + PT - 1) / PT - first_tile;
    if (tiles <= 0)
        return;
    tiles = tiles < g.tile_chunk ? tiles : g.tile_chunk;
    int i = first_tile * PT;
    int grid_x = i % grid_w, grid_y = i / grid_w % grid_h, image = i / grid_w / grid_h;
    for (int p = 0; p < tiles * PT; p++, i++) {
        if (i < pixels) {
            row[p] = grid_y * g.step_in_h;
            column[p] = grid_x * g.step_in_w;
            origin[p] = (image * g.in_blocks + group * g.in_groups) * in_plane + row[p] * g.in_w + column[p];
            target[p] = image * g.out_blocks * out_plane +
                        (grid_y * g.step_out_h + phase_h) * g.out_w + grid_x * g.step_out_w + phase_w;
        } else {
            row[p] = INT_MIN / 2; /* outside of the image under every tap */
            column[p] = origin[p] = 0;
            target[p] = -1;
        }
        if (++grid_x == grid_w) {
            grid_x = 0;
            if (++grid_y == grid_h) {
                grid_y = 0;
                image++;
            }
        }
    }

    int last = ((int)get_global_id(1) + 1) * g.ktile_chunk;
    last = last < g.ktiles ? last : g.ktiles;
    for (int kt = (int)get_global_id(1) * g.ktile_chunk; kt < last; kt++) {
        __global const float *filters = w + ((size_t)group * g.ktiles + kt) * depth * KT;
        for (int tile = 0; tile < tiles; tile++) {
            float16 acc[PT][KV];
#pragma unroll
            for (int p = 0; p < PT; p++)
#pragma unroll
                for (int v = 0; v < KV; v++)
                    acc[p][v] = (float16)(0);
#ifdef INTEGER
            int16 sums[PT][KV];
            int waiting = 0;
            for (int p = 0; p < PT; p++)
                for (int v = 0; v < KV; v++)
                    sums[p][v] = (int16)(0);
#endif
            float panel[PT * IB];
            int place[PT];
            for (int r = 0; r < g.taps_h; r++) {
                const int dh = shift_of(r, g.dilation_h, g.pad_h, phase_h, g.step_out_h, g.backward);
                for (int s = 0; s < g.taps_w; s++) {
                    const int dw =
                        shift_of(s, g.dilation_w, g.pad_w, phase_w, g.step_out_w, g.backward);
                    if (dh == INT_MIN || dw == INT_MIN)
                        continue;
                    for (int p = 0; p < PT; p++) {
                        const int q = tile * PT + p;
                        const bool inside = (uint)(row[q] + dh) < (uint)g.in_h &&
                                            (uint)(column[q] + dw) < (uint)g.in_w;
                        place[p] = inside ? origin[q] + dh * g.in_w + dw : -1;
                    }
                    __global const float *f =
                        filters + (size_t)(r * g.taps_w + s) * g.in_groups * g.in_channels * KT;
                    __global const IN *plane = x + x_at;
                    for (int b = 0; b < g.in_groups; b++) {
                        fill_panel(plane, place, panel);
                        multiply(acc, panel, f, g.in_channels);
                        plane += (size_t)in_plane * IB;
                        f += (size_t)g.in_channels * KT;
#ifdef INTEGER
                        waiting += g.in_channels;
                        if (waiting + g.in_channels > EXACT) {
                            for (int p = 0; p < PT; p++)
                                for (int v = 0; v < KV; v++) {
                                    sums[p][v] += convert_int16(acc[p][v]);
                                    acc[p][v] = (float16)(0);
                                }
                            waiting = 0;
                        }
#endif
                    }
                }
            }
            /* Out of the registers first: a loop that is not unrolled could not index them. */
            float16 result[KV][PT];
#pragma unroll
            for (int p = 0; p < PT; p++)
#pragma unroll
                for (int v = 0; v < KV; v++)
                    result[v][p] = acc[p][v];
            for (int v = 0; v < KV; v++) {
                const int k = kt * KT + 16 * v;
                if (k >= g.out_channels)
                    continue;
                const int channel = group * g.out_channels + k;
                const size_t block = (size_t)(channel / 16) * out_plane;
#ifndef INTEGER
                float16 scale = 1, offset = 0;
                if (epilogue & HAS_SCALE)
                    scale = vload16(0, factors + scale_at + channel);
                if (epilogue & HAS_SHIFT)
                    offset = vload16(0, shift + shift_at + channel);
#endif
                for (int p = 0; p < PT; p++) {
                    if (target[tile * PT + p] < 0)
                        continue;
                    const size_t at = (block + target[tile * PT + p]) * 16;
#ifdef INTEGER
                    vstore16(sums[p][v] + convert_int16(result[v][p]), 0, y + at);
#else
                    float16 r = result[v][p];
                    if (epilogue & (HAS_SCALE | HAS_SHIFT))
                        r = fma(r, scale, offset);
                    if (epilogue & HAS_ADD)
                        r += WIDEN16(residual + residual_at + at);
                    if (epilogue & HAS_RELU)
                        r = RELU(r);
                    STORE16(r, y + at);
#endif
                }
            }
        }
    }
}
