/* conv_weights.cl: gradient of the filters for the CPU shape: sums of outer products of pixels, kept in registers.
 *
 *     dW[k][c][r][s] = sum over images, rows p, columns q of  dY[k][p][q] * X[c][p stride - pad + r dilation][...]
 *
 * Images are blocked by channels (N, C/B, H, W, B; dY by 16, X by IB), so a pixel of dY is KV vectors of 16 filters and a pixel of X is IB
 * scalars: one tap's tile of IB channels x 16 KV filters takes CT x KV vector products a pixel while it stays in registers.
 * A work-item owns some blocks of filters and a share of all output rows. It goes through its rows in chunks small enough
 * for the second-level cache, and for each chunk through all its tiles; between chunks a tile rests in memory. Padding only shortens the
 * range of rows and columns: there is no test inside. Shares are added up afterwards, in order, so that
 * the result does not depend on who came first.
 *
 * Macros: IB 16 or 4; CT channels at a time, a divisor of IB; KV. Images are float: narrower types were widened before. */

struct geometry {
    int in_h, in_w, in_blocks, in_groups; /* in_blocks of an image, in_groups of them belong to a group */
    int out_h, out_w, out_blocks, out_groups;
    int taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int rows, share_rows, chunk_rows; /* rows of all images; of one share; of one chunk */
    int items;                        /* work-items that divide the blocks of filters of a group */
};

/* The outputs q0 <= q < q1 along one axis whose tap lies inside of the image: 0 <= q stride + shift < size. */
static int2 inside(int shift, int stride, int size, int outputs)
{
    const int q0 = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    const int q1 = shift >= size ? 0 : (size - 1 - shift) / stride + 1;
    return (int2)(q0, q1 < outputs ? q1 : outputs);
}

/* One tile: CT channels from x, 16 KV filters from dy, one tap, over the rows first <= row < end of all images. */
static void add_rows(float16 acc[CT][KV], __global const float *restrict x,
                     __global const float *restrict dy, const struct geometry *g, int first, int end,
                     int shift_h, int shift_w)
{
    const int2 range = inside(shift_w, g->stride_w, g->in_w, g->out_w);
    const size_t in_plane = (size_t)g->in_h * g->in_w, out_plane = (size_t)g->out_h * g->out_w;
    int image = first / g->out_h, p = first % g->out_h;
    for (int row = first; row < end; row++) {
        const int h = p * g->stride_h + shift_h;
        if (h >= 0 && h < g->in_h) {
            __global const float *from =
                x + (image * g->in_blocks * in_plane + (size_t)h * g->in_w) * IB +
                (range.x * g->stride_w + shift_w) * IB;
            __global const float *gradient =
                dy + (image * g->out_blocks * out_plane + (size_t)p * g->out_w + range.x) * 16;
            for (int q = range.x; q < range.y; q++) {
                float16 f[KV];
#pragma unroll
                for (int v = 0; v < KV; v++)
                    f[v] = vload16(0, gradient + v * out_plane * 16);
#pragma unroll
                for (int c = 0; c < CT; c++) {
#pragma unroll
                    for (int v = 0; v < KV; v++)
                        acc[c][v] = fma((float16)(from[c]), f[v], acc[c][v]);
                }
                from += g->stride_w * IB;
                gradient += 16;
            }
        }
        if (++p == g->out_h) {
            p = 0;
            image++;
        }
    }
}

/* Grid: items x groups, shares. sums: share, group, block of KV x 16 filters, block of channels, tap, IB, KV x 16. */
__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void
conv_weights(__global const float *restrict x, ulong x_at, __global const float *restrict dy,
             ulong dy_at, __global float *restrict sums, ulong sums_at,
             __constant struct geometry *restrict geometry)
{
    const struct geometry g = *geometry;
    const int item = (int)get_global_id(0) % g.items, group = (int)get_global_id(0) / g.items;
    const int groups = (int)get_global_size(0) / g.items, share = (int)get_global_id(1);
    const int taps = g.taps_h * g.taps_w;
    const int tiles = (g.out_groups + KV - 1) / KV;
    const size_t in_plane = (size_t)g.in_h * g.in_w, out_plane = (size_t)g.out_h * g.out_w;
    const int first = share * g.share_rows;
    const int end = first + g.share_rows < g.rows ? first + g.share_rows : g.rows;
    x += x_at + group * g.in_groups * in_plane * IB;
    dy += dy_at + group * g.out_groups * out_plane * 16;
    sums += sums_at + ((size_t)share * groups + group) * tiles * g.in_groups * taps * IB * KV * 16;
    for (int row = first; row < end; row += g.chunk_rows) {
        const int stop = row + g.chunk_rows < end ? row + g.chunk_rows : end;
        for (int k = item * tiles / g.items; k < (item + 1) * tiles / g.items; k++) {
            for (int b = 0; b < g.in_groups; b++) {
                for (int tap = 0; tap < taps; tap++) {
                    const int shift_h = tap / g.taps_w * g.dilation_h - g.pad_h;
                    const int shift_w = tap % g.taps_w * g.dilation_w - g.pad_w;
                    for (int part = 0; part < IB; part += CT) {
                        __global float *sum =
                            sums + ((((size_t)k * g.in_groups + b) * taps + tap) * IB + part) * KV * 16;
                        float16 acc[CT][KV];
#pragma unroll
                        for (int c = 0; c < CT; c++)
#pragma unroll
                            for (int v = 0; v < KV; v++)
                                acc[c][v] = row == first ? (float16)(0) : vload16(c * KV + v, sum);
                        add_rows(acc, x + b * in_plane * IB + part, dy + k * KV * out_plane * 16, &g,
                                 row, stop, shift_h, shift_w);
#pragma unroll
                        for (int c = 0; c < CT; c++)
#pragma unroll
                            for (int v = 0; v < KV; v++)
                                vstore16(acc[c][v], c * KV + v, sum);
                    }
                }
            }
        }
    }
}
