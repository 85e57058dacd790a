/* conv_layout.cl: what surrounds the convolutions of the CPU shape: moving images between layouts, folding a batch norm, adding up
 * the shares of a gradient. */

/* An element in transit keeps its bits; with TO_FLOAT it is widened. */
#if defined(TO_FLOAT)
#define TO            float
#define FROM          IN
#define MOVED(p)      WIDEN(p)
#elif defined(IN_F32)
#define TO            uint
#define FROM          uint
#define MOVED(p)      (*(p))
#elif defined(INTEGER)
#define TO            uchar
#define FROM          uchar
#define MOVED(p)      (*(p))
#else
#define TO            ushort
#define FROM          ushort
#define MOVED(p)      (*(p))
#endif

#define STRIP 64 /* pixels that one work-item moves */

/* Start of a pixel's channel, and the distance to the next pixel: N, C, H W when block is 0, else N, ceil(C / block), H W, block. */
static size_t channel_at(int image, int channel, int channels, int pixels, int block)
{
    if (block == 0)
        return ((size_t)image * channels + channel) * pixels;
    const int blocks = (channels + block - 1) / block;
    return ((size_t)image * blocks + channel / block) * pixels * block + channel % block;
}

/* Grid: strips of pixels, groups of 16 channels, images. Lanes past the last channel become 0. */
__kernel void conv_move(__global const FROM *restrict from, int from_block, __global TO *restrict to,
                        ulong to_at, int to_block, int channels, int pixels)
{
    const int first = (int)get_global_id(0) * STRIP, image = (int)get_global_id(2);
    const int end = min(first + STRIP, pixels), step_from = from_block ? from_block : 1;
    const int step_to = to_block ? to_block : 1;
    const int held = to_block ? (channels + to_block - 1) / to_block * to_block : channels;
    const int last = min((int)get_global_id(1) * 16 + 16, held);
    for (int c = (int)get_global_id(1) * 16; c < last; c++) {
        __global TO *y = to + to_at + channel_at(image, c, channels, pixels, to_block);
        if (c >= channels) {
            for (int p = first; p < end; p++)
                y[(size_t)p * step_to] = 0;
            continue;
        }
        __global const FROM *x = from + channel_at(image, c, channels, pixels, from_block);
        for (int p = first; p < end; p++)
            y[(size_t)p * step_to] = MOVED(x + (size_t)p * step_from);
    }
}

/* One more link of a chain of biases and batch norms, folded into scale and shift: y = scale x + shift. Grid: channels, rounded up to
 * 16; lanes past the last channel become 0. A bias has no gamma of its own: `norm` is 0 and `beta` is the bias. */
__kernel void conv_fold(__global float *restrict factors, ulong scale_at, ulong shift_at,
                        int channels, int first, int norm, __global const float *restrict gamma,
                        __global const float *restrict beta, __global const float *restrict mean,
                        __global const float *restrict variance, float epsilon)
{
    const size_t c = get_global_id(0);
    float scale = 0, shift = 0;
    if (c < (size_t)channels) {
        const float factor = norm ? gamma[c] / sqrt(variance[c] + epsilon) : 1;
        scale = first ? 1 : factors[scale_at + c];
        shift = first ? 0 : factors[shift_at + c];
        scale *= factor;
        shift = norm ? fma(shift - mean[c], factor, beta[c]) : shift + beta[c];
    }
    factors[scale_at + c] = scale;
    factors[shift_at + c] = shift;
}

/* The order of conv_weights: share, merged group, tile of `lanes` filters, block of channels, tap, channel of the block, filter. */
struct sums {
    int shares, merged_groups, merge; /* `merge` groups of the problem lie in one merged group */
    int filters, channels;            /* of a group of the problem */
    int tiles, blocks, taps, block, lanes;
};

/* The shares added up in order, into K, C / groups, R S. A merged group holds what its groups have to do with each other, too; only the
 * diagonal is wanted. Grid: channels of a group, filters. */
__kernel void conv_weights_sum(__global const float *restrict sums, ulong sums_at,
                               __global OUT *restrict dw, __constant struct sums *restrict layout)
{
#if !defined(INTEGER)
    const struct sums s = *layout;
    const int c = (int)get_global_id(0), filter = (int)get_global_id(1);
    const int group = filter / s.filters / s.merge, member = filter / s.filters % s.merge;
    const int k = filter - group * s.merge * s.filters, channel = member * s.channels + c;
    const size_t tap_size = (size_t)s.block * s.lanes;
    const size_t share_size = (size_t)s.merged_groups * s.tiles * s.blocks * s.taps * tap_size;
    __global const float *from =
        sums + sums_at +
        (((size_t)group * s.tiles + k / s.lanes) * s.blocks + channel / s.block) * s.taps * tap_size +
        (channel % s.block) * s.lanes + k % s.lanes;
    __global OUT *to = dw + ((size_t)filter * s.channels + c) * s.taps;
    for (int tap = 0; tap < s.taps; tap++) {
        float sum = 0;
        for (int share = 0; share < s.shares; share++)
            sum += from[share * share_size + tap * tap_size];
        STORE(sum, to + tap);
    }
#endif
}

/* The splits of conv_tiled added up, in order. Grid: elements of the result. */
__kernel void conv_splits_sum(__global const float *restrict sums, ulong sums_at,
                              __global OUT *restrict y, int splits)
{
#if !defined(INTEGER)
    const size_t at = get_global_id(0), count = get_global_size(0);
    float sum = 0;
    for (int i = 0; i < splits; i++)
        sum += sums[sums_at + i * count + at];
    STORE(sum, y + at);
#endif
}
