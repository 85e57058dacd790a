/* conv_tiled.cl: convolution as an implicit matrix product for devices with local memory (the GPU shape), all passes, plain layouts.
 *
 * Each pass is D[M x N] = A[M x depth] B[depth x N] for every group of channels; no operand is ever written out as a matrix:
 *
 *     pass              M         N               depth           A        B
 *     FORWARD           filters   output pixels   c, r, s         W        X under the taps
 *     BACKWARD_DATA     channels  input pixels    k, r, s         W^T      dY over the taps
 *     BACKWARD_WEIGHTS  filters   c, r, s         output pixels   dY       X under the taps
 *
 * A work-group owns a tile of TM x TN results. It walks the depth in steps of TK: all work-items fetch the step's two slices
 * into local memory together, zeros where a tap lies outside of the image, and then each multiplies its RM x RN block from there, which it keeps in
 * registers: every fetched element is used TM or TN times. The columns of a work-item's block are WN apart, so that neighbours
 * read neighbouring banks and write neighbouring pixels.
 *
 * Macros: FORWARD, BACKWARD_DATA or BACKWARD_WEIGHTS; TM, TN, TK; RM, RN (a work-group is TN / RN by TM / RM). */

#define WM (TM / RM)
#define WN (TN / RN)

#if defined(INTEGER)
#define SUM         int
#define ELEMENT(p)  convert_int(*(p))
#define TIMES(a, b, c) ((a) * (b) + (c))
#define KEEP(v, p)  (*(p) = (v))
#else
#define SUM         float
#define ELEMENT(p)  WIDEN(p)
#define TIMES(a, b, c) fma(a, b, c)
#define KEEP(v, p)  STORE(v, p)
#endif

/* s8 filters go with u8 images, too. */
#if defined(INTEGER)
#define FILTER char
#else
#define FILTER IN
#endif

struct geometry {
    int c, h, w, k, out_h, out_w; /* c, k: of a group */
    int groups, taps_h, taps_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int m, n, depth, splits, split_depth; /* the depth may be split, and the results added up later */
};

#if defined(BACKWARD_WEIGHTS)
#define FIRST IN
#define SECOND IN
#else
#define FIRST FILTER
#define SECOND IN
#endif

/* A[m][d]. */
static SUM fetch_a(__global const FIRST *restrict a, const struct geometry *g, int group, int m, int d)
{
    if (m >= g->m || d >= g->depth)
        return 0;
    const int taps = g->taps_h * g->taps_w;
#if defined(FORWARD)
    return ELEMENT(a + ((size_t)group * g->k + m) * g->depth + d);
#elif defined(BACKWARD_DATA)
    return ELEMENT(a + (((size_t)group * g->k + d / taps) * g->c + m) * taps + d % taps);
#else
    const int pixels = g->out_h * g->out_w;
    return ELEMENT(a + (((size_t)(d / pixels) * g->groups + group) * g->k + m) * pixels + d % pixels);
#endif
}

/* What a tap of an output pixel sees of channel c. */
static SUM image_under(__global const IN *restrict x, const struct geometry *g, int group, int pixel,
                       int c, int r, int s)
{
    const int image = pixel / (g->out_h * g->out_w);
    const int h = pixel / g->out_w % g->out_h * g->stride_h - g->pad_h + r * g->dilation_h;
    const int w = pixel % g->out_w * g->stride_w - g->pad_w + s * g->dilation_w;
    if (h < 0 || h >= g->h || w < 0 || w >= g->w)
        return 0;
    return ELEMENT(x + ((((size_t)image * g->groups + group) * g->c + c) * g->h + h) * g->w + w);
}

/* The gradient of the output pixel whose tap (r, s) lies on an input pixel; 0 when there is none. */
static SUM gradient_over(__global const IN *restrict dy, const struct geometry *g, int group,
                         int pixel, int k, int r, int s)
{
    const int image = pixel / (g->h * g->w);
    const int p = pixel / g->w % g->h + g->pad_h - r * g->dilation_h;
    const int q = pixel % g->w + g->pad_w - s * g->dilation_w;
    if (p < 0 || q < 0 || p % g->stride_h != 0 || q % g->stride_w != 0)
        return 0;
    if (p / g->stride_h >= g->out_h || q / g->stride_w >= g->out_w)
        return 0;
    return ELEMENT(dy + ((((size_t)image * g->groups + group) * g->k + k) * g->out_h +
                         p / g->stride_h) * g->out_w + q / g->stride_w);
}

/* B[d][n]. */
static SUM fetch_b(__global const SECOND *restrict b, const struct geometry *g, int group, int d, int n)
{
    if (n >= g->n || d >= g->depth)
        return 0;
    const int taps = g->taps_h * g->taps_w;
#if defined(FORWARD)
    return image_under(b, g, group, n, d / taps, d / g->taps_w % g->taps_h, d % g->taps_w);
#elif defined(BACKWARD_DATA)
    return gradient_over(b, g, group, n, d / taps, d / g->taps_w % g->taps_h, d % g->taps_w);
#else
    return image_under(b, g, group, d, n / taps, n / g->taps_w % g->taps_h, n % g->taps_w);
#endif
}

/* Where D[m][n] lies in the plain layout of the result. */
static size_t place_of(const struct geometry *g, int group, int m, int n)
{
#if defined(FORWARD)
    const int pixels = g->out_h * g->out_w;
    return (((size_t)(n / pixels) * g->groups + group) * g->k + m) * pixels + n % pixels;
#elif defined(BACKWARD_DATA)
    const int pixels = g->h * g->w;
    return (((size_t)(n / pixels) * g->groups + group) * g->c + m) * pixels + n % pixels;
#else
    return ((size_t)group * g->k + m) * g->n + n;
#endif
}

/* Grid: tiles of N x WN, tiles of M x WM, groups x splits. With several splits the sums go to `sums`, else finished to y. */
__attribute__((reqd_work_group_size(WN, WM, 1))) __kernel void
conv_tiled(__global const FIRST *restrict a, ulong a_at, __global const SECOND *restrict b,
           ulong b_at, __global OUT *restrict y, __global float *restrict sums, ulong sums_at,
           __global const float *restrict scale, ulong scale_at, __global const float *restrict shift,
           ulong shift_at, __global const IN *restrict residual, ulong residual_at, int epilogue,
           __constant struct geometry *restrict geometry)
{
    __local SUM tile_a[TK][TM + 1], tile_b[TK][TN];
    const struct geometry g = *geometry;
    const int lane = (int)get_local_id(0), line = (int)get_local_id(1), own = line * WN + lane;
    const int group = (int)get_global_id(2) / g.splits, split = (int)get_global_id(2) % g.splits;
    const int m0 = (int)get_group_id(1) * TM, n0 = (int)get_group_id(0) * TN;
    const int first = split * g.split_depth, end = min(first + g.split_depth, g.depth);
    SUM acc[RM][RN];
    for (int i = 0; i < RM; i++)
        for (int j = 0; j < RN; j++)
            acc[i][j] = 0;
    a += a_at;
    b += b_at;
    for (int d0 = first; d0 < end; d0 += TK) {
        /* neighbours fetch what are neighbours in memory: along the depth for A, along N for B */
        for (int i = own; i < TM * TK; i += WM * WN)
            tile_a[i % TK][i / TK] =
                d0 + i % TK < end ? fetch_a(a, &g, group, m0 + i / TK, d0 + i % TK) : 0;
        for (int i = own; i < TN * TK; i += WM * WN)
            tile_b[i / TN][i % TN] =
                d0 + i / TN < end ? fetch_b(b, &g, group, d0 + i / TN, n0 + i % TN) : 0;
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int d = 0; d < TK; d++) {
            SUM column[RM], row[RN];
#pragma unroll
            for (int i = 0; i < RM; i++)
                column[i] = tile_a[d][line + i * WM];
#pragma unroll
            for (int j = 0; j < RN; j++)
                row[j] = tile_b[d][lane + j * WN];
#pragma unroll
            for (int i = 0; i < RM; i++)
#pragma unroll
                for (int j = 0; j < RN; j++)
                    acc[i][j] = TIMES(column[i], row[j], acc[i][j]);
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int i = 0; i < RM; i++) {
        const int m = m0 + line + i * WM;
        for (int j = 0; j < RN; j++) {
            const int n = n0 + lane + j * WN;
            if (m >= g.m || n >= g.n)
                continue;
            const size_t at = place_of(&g, group, m, n);
            SUM sum = acc[i][j];
#if !defined(INTEGER)
            if (g.splits > 1) {
                sums[sums_at + (size_t)split * g.groups * g.m * g.n + at] = sum;
                continue;
            }
            if (epilogue & HAS_SCALE)
                sum *= scale[scale_at + group * g.m + m];
            if (epilogue & HAS_SHIFT)
                sum += shift[shift_at + group * g.m + m];
            if (epilogue & HAS_ADD)
                sum += WIDEN(residual + residual_at + at);
            if (epilogue & HAS_RELU)
                sum = RELU(sum);
#endif
            KEEP(sum, y + at);
        }
    }
}
