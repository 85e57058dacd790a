/* conv_winograd.cl: Winograd's F(4x4,3x3) for devices with wide vectors and caches (the CPU shape): 3x3 filters, stride 1, f32.
 *
 * A tile of 4 x 4 outputs reads 6 x 6 inputs. With the matrices of Toom and Cook's method, for every channel and filter,
 *
 *     y = A' [ (G g G') . (B' d B) ] A        d 6x6 inputs, g 3x3 filter, . element by element
 *
 * needs 36 products where the definition needs 144 (Lavin and Gray 2016, "Fast algorithms for convolutional neural networks"). The sum over
 * channels moves inside the brackets, so that for each element e of the 36 it is a matrix product:
 *
 *     M[e] (tiles x filters) = V[e] (tiles x channels) U[e] (channels x filters),      V = B' d B, U = G g G'
 *
 * One work-item is one work-group. It has a slot of scratch of its own and answers every so many-th item of work: a chunk of
 * TILES tiles, for a range of filters. For each it
 *   1. transforms the chunk's inputs into V: [36][block of channels][TILES][16], zeros where the image ends;
 *   2. multiplies 36 times for 16 KV filters, PT tiles at a time in registers, as conv_direct.cl does, into M: [36][TILES][16 KV];
 *   3. transforms M back, adds what follows the sum, and stores the outputs that exist; then 2 and 3 for the next filters.
 * V and M are overwritten by the next item, so they stay in the caches. U comes packed from the host: tile of filters, e, channel, filter.
 *
 * The points of the interpolation are 0, P, -P, Q, -Q and infinity. Lavin and Gray's P = 1, Q = 2 save a few products; the
 * powers of 5/8 and 3/2 are exact too and spread less, which makes the rounding error smaller.
 *
 * Macros: PT, KV; BLOCKS: TILES = BLOCKS PT. */

#define KT    (16 * KV)
#define TILES (BLOCKS * PT)
#define P     0.625f
#define Q     1.5f

/* The geometry, in the order of struct geometry of opencl_conv_winograd.c. */
struct geometry {
    int in_h, in_w, in_blocks, out_h, out_w, out_blocks, out_channels;
    int pad_h, pad_w, grid_h, grid_w;       /* tiles of an image */
    int tiles, chunks, ktiles, ktile_chunk; /* tiles of all images; tiles of filters, of all items and of one */
    int items, slots, slot_floats;
};

/* What follows the sum. */
struct epilogue {
    __global const float *scale, *shift, *residual;
    int flags;
};

/* Where a tile lies: its image, and its first output. */
static int3 place_of(const struct geometry *g, int tile)
{
    return (int3)(tile / (g->grid_h * g->grid_w), tile / g->grid_w % g->grid_h * 4,
                  tile % g->grid_w * 4);
}

/* t = B' d. Row i of B' holds the coefficients of the polynomial that is zero in all points but point i; those of p and -p
 * differ in the sign of the odd powers. */
static void transform_in(const float16 d[6], float16 t[6])
{
    const float16 p_even = fma((float16)(-Q * Q), d[2], d[4]);
    const float16 p_odd = fma((float16)(-Q * Q), d[1], d[3]);
    const float16 q_even = fma((float16)(-P * P), d[2], d[4]);
    const float16 q_odd = fma((float16)(-P * P), d[1], d[3]);
    t[0] = fma((float16)(P * P * Q * Q), d[0], fma((float16)(-P * P - Q * Q), d[2], d[4]));
    t[1] = fma((float16)(P), p_odd, p_even);
    t[2] = fma((float16)(-P), p_odd, p_even);
    t[3] = fma((float16)(Q), q_odd, q_even);
    t[4] = fma((float16)(-Q), q_odd, q_even);
    t[5] = fma((float16)(P * P * Q * Q), d[1], fma((float16)(-P * P - Q * Q), d[3], d[5]));
}

/* y = A' m: row i of A' holds the i-th powers of the points. */
static void transform_out(const float16 m[6], float16 y[4])
{
    const float16 p_sum = m[1] + m[2], p_difference = m[1] - m[2];
    const float16 q_sum = m[3] + m[4], q_difference = m[3] - m[4];
    y[0] = m[0] + p_sum + q_sum;
    y[1] = fma((float16)(P), p_difference, Q * q_difference);
    y[2] = fma((float16)(P * P), p_sum, Q * Q * q_sum);
    y[3] = fma((float16)(P * P * P), p_difference, fma((float16)(Q * Q * Q), q_difference, m[5]));
}

/* V of one tile and block of channels, whose plane is `x`; (row, column) is the first input. The outer loops here and in inverse() are not
 * unrolled: that took the compiler three times as long, and the kernel was no faster. */
static void gather(__global const float *restrict x, const struct geometry *g, int row, int column,
                   __global float *restrict v)
{
    const size_t step = (size_t)g->in_blocks * TILES * 16;
    float16 columns[6][6];
#pragma unroll 1
    for (int j = 0; j < 6; j++) {
        float16 d[6], t[6];
        const bool in_width = (uint)(column + j) < (uint)g->in_w;
#pragma unroll
        for (int i = 0; i < 6; i++)
            d[i] = in_width && (uint)(row + i) < (uint)g->in_h
                       ? vload16((size_t)((row + i) * g->in_w + column + j), x)
                       : (float16)(0);
        transform_in(d, t);
#pragma unroll
        for (int i = 0; i < 6; i++)
            columns[i][j] = t[i];
    }
#pragma unroll 1
    for (int i = 0; i < 6; i++) {
        float16 t[6];
        transform_in(columns[i], t);
#pragma unroll
        for (int j = 0; j < 6; j++)
            vstore16(t[j], 0, v + (size_t)(i * 6 + j) * step);
    }
}

/* V of the chunk that begins with tile `first`. */
static void gather_all(__global const float *restrict x, const struct geometry *g, int first,
                       int tiles, __global float *restrict v)
{
    for (int t = 0; t < tiles; t++) {
        const int3 place = place_of(g, first + t);
        for (int b = 0; b < g->in_blocks; b++)
            gather(x + ((size_t)place.x * g->in_blocks + b) * g->in_h * g->in_w * 16, g,
                   place.y - g->pad_h, place.z - g->pad_w, v + (size_t)(b * TILES + t) * 16);
    }
}

/* M of PT tiles for one e: V[e] times U[e], over all blocks of channels. */
static void multiply(__global const float *restrict v, __global const float *restrict u, int blocks,
                     __global float *restrict m)
{
    float16 acc[PT][KV];
#pragma unroll
    for (int p = 0; p < PT; p++)
#pragma unroll
        for (int k = 0; k < KV; k++)
            acc[p][k] = (float16)(0);
    for (int b = 0; b < blocks; b++) {
        for (int c = 0; c < 16; c++) {
            float16 f[KV];
#pragma unroll
            for (int k = 0; k < KV; k++)
                f[k] = vload16(k, u + (size_t)c * KT);
#pragma unroll
            for (int p = 0; p < PT; p++)
#pragma unroll
                for (int k = 0; k < KV; k++)
                    acc[p][k] = fma((float16)(v[p * 16 + c]), f[k], acc[p][k]);
        }
        v += TILES * 16;
        u += 16 * KT;
    }
#pragma unroll
    for (int p = 0; p < PT; p++)
#pragma unroll
        for (int k = 0; k < KV; k++)
            vstore16(acc[p][k], p * KV + k, m);
}

/* The 4 x 4 outputs of one tile and 16 filters. */
static void inverse(__global const float *restrict m, float16 y[4][4])
{
    float16 columns[4][6];
#pragma unroll 1
    for (int j = 0; j < 6; j++) {
        float16 column[6], t[4];
#pragma unroll
        for (int i = 0; i < 6; i++)
            column[i] = vload16(0, m + (size_t)(i * 6 + j) * TILES * KT);
        transform_out(column, t);
#pragma unroll
        for (int i = 0; i < 4; i++)
            columns[i][j] = t[i];
    }
#pragma unroll 1
    for (int i = 0; i < 4; i++)
        transform_out(columns[i], y[i]);
}

/* The outputs of one chunk and the 16 filters from `channel` on, whose M begins at `m`. */
static void scatter(__global const float *restrict m, const struct geometry *g, int first,
                    int tiles, int channel, const struct epilogue *after, __global float *y)
{
    float16 scale = 1, offset = 0;
    if (after->flags & HAS_SCALE)
        scale = vload16(0, after->scale + channel);
    if (after->flags & HAS_SHIFT)
        offset = vload16(0, after->shift + channel);
    for (int t = 0; t < tiles; t++) {
        const int3 place = place_of(g, first + t);
        const size_t plane = ((size_t)place.x * g->out_blocks + channel / 16) * g->out_h * g->out_w;
        float16 outputs[4][4];
        inverse(m + (size_t)t * KT, outputs);
        for (int i = 0; i < 4 && place.y + i < g->out_h; i++)
            for (int j = 0; j < 4 && place.z + j < g->out_w; j++) {
                const size_t at = (plane + (place.y + i) * g->out_w + place.z + j) * 16;
                float16 r = outputs[i][j];
                if (after->flags & (HAS_SCALE | HAS_SHIFT))
                    r = fma(r, scale, offset);
                if (after->flags & HAS_ADD)
                    r += vload16(0, after->residual + at);
                if (after->flags & HAS_RELU)
                    r = RELU(r);
                vstore16(r, 0, y + at);
            }
    }
}

__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void
conv_winograd(__global const float *restrict x, ulong x_at, __global const float *restrict w,
              __global float *restrict y, __global const float *restrict factors, ulong scale_at,
              __global const float *restrict shift, ulong shift_at,
              __global const float *restrict residual, ulong residual_at, int flags,
              __global float *restrict scratch, ulong scratch_at,
              __constant struct geometry *restrict geometry)
{
    const struct geometry g = *geometry;
    const struct epilogue after = {factors + scale_at, shift + shift_at, residual + residual_at, flags};
    const size_t v_step = (size_t)g.in_blocks * TILES * 16;
    __global float *v = scratch + scratch_at + get_global_id(0) * (size_t)g.slot_floats;
    __global float *m = v + 36 * v_step;
    for (int item = (int)get_global_id(0); item < g.items; item += g.slots) {
        const int first = item % g.chunks * TILES;
        const int tiles = min(g.tiles - first, TILES);
        const int first_ktile = item / g.chunks * g.ktile_chunk;
        const int last_ktile = min(first_ktile + g.ktile_chunk, g.ktiles);
        gather_all(x + x_at, &g, first, tiles, v);
        for (int kt = first_ktile; kt < last_ktile; kt++) {
            /* The last PT tiles of the last chunk may be fewer: what M then holds for the others is not read. */
            for (int e = 0; e < 36; e++)
                for (int t = 0; t < tiles; t += PT)
                    multiply(v + e * v_step + t * 16,
                             w + (size_t)(kt * 36 + e) * g.in_blocks * 16 * KT, g.in_blocks,
                             m + (size_t)(e * TILES + t) * KT);
            for (int k = 0; k < KV && kt * KT + 16 * k < g.out_channels; k++)
                scatter(m + 16 * k, &g, first, tiles, kt * KT + 16 * k, &after, y);
        }
    }
}
