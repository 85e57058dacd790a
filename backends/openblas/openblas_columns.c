/* openblas_columns.c: im2col and col2im on blocks of output pixels and of filter taps.
 *
 * Row (c, r, s) of the column matrix is the image plane c seen through tap (r, s). Where the output is as wide as the
 * input and the stride is 1, a whole block of that row is one contiguous piece of the plane, except for the
 * columns that fall into the left or right padding: one long copy and a few zeros instead of many short copies. */
#include "backends/openblas/openblas_internal.h"

#include <string.h>

/* position * stride + offset >= 0  <=>  position >= ceil(-offset / stride); likewise the upper end. */
void dlb_tap_range(int64_t input, int64_t outputs, int64_t stride, int64_t offset, int64_t *begin,
                   int64_t *end)
{
    int64_t low = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
    int64_t high = offset >= input ? 0 : (input - 1 - offset) / stride + 1;
    if (high > outputs)
        high = outputs;
    if (low > high)
        low = high;
    *begin = low;
    *end = high;
}

/* One tap over one image: where it reads from and which outputs it serves. */
struct tap {
    int64_t row_offset, column_offset; /* of the input relative to output * stride */
    int64_t row_begin, row_end;        /* output rows of the block that fall onto the input */
    int64_t column_begin, column_end;
};

static struct tap tap_of(const struct dlb_columns *block, int64_t r, int64_t s)
{
    const struct dlb_conv_attrs *conv = block->conv;
    struct tap tap = {.row_offset = r * conv->dilation_h - conv->pad_top,
                      .column_offset = s * conv->dilation_w - conv->pad_left};
    dlb_tap_range(conv->h, conv->out_h, conv->stride_h, tap.row_offset, &tap.row_begin,
                  &tap.row_end);
    dlb_tap_range(conv->w, conv->out_w, conv->stride_w, tap.column_offset, &tap.column_begin,
                  &tap.column_end);
    if (tap.row_begin < block->row_begin)
        tap.row_begin = block->row_begin;
    if (tap.row_end > block->row_end)
        tap.row_end = block->row_end;
    if (tap.row_end < tap.row_begin)
        tap.row_end = tap.row_begin;
    return tap;
}

static bool same_pitch(const struct dlb_conv_attrs *conv)
{
    return conv->stride_h == 1 && conv->stride_w == 1 && conv->out_w == conv->w;
}

static void zero(float *to, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        to[i] = 0;
}

/* The padding columns of the rows begin .. end - 1; `to` is output row 0's first element. */
static void zero_sides(const struct dlb_conv_attrs *conv, const struct tap *tap, float *to)
{
    for (int64_t y = tap->row_begin; y < tap->row_end; y++) {
        zero(to + y * conv->out_w, tap->column_begin);
        zero(to + y * conv->out_w + tap->column_end, conv->out_w - tap->column_end);
    }
}

/* All rows of a tap in one copy; the ends that would leave the plane are padding columns. */
static void gather_contiguous(const struct dlb_conv_attrs *conv, const struct tap *tap,
                              const float *plane, float *to)
{
    if (tap->row_begin == tap->row_end || tap->column_begin == tap->column_end) {
        zero(to + tap->row_begin * conv->out_w, (tap->row_end - tap->row_begin) * conv->out_w);
        return;
    }
    const int64_t first = tap->row_begin * conv->out_w + tap->column_begin;
    const int64_t last = (tap->row_end - 1) * conv->out_w + tap->column_end;
    const int64_t shift = tap->row_offset * conv->w + tap->column_offset;
    memcpy(to + first, plane + first + shift, (size_t)(last - first) * sizeof *to);
    zero_sides(conv, tap, to);
}

static void gather_rows(const struct dlb_conv_attrs *conv, const struct tap *tap,
                        const float *plane, float *to)
{
    const int64_t stride = conv->stride_w;
    for (int64_t y = tap->row_begin; y < tap->row_end; y++) {
        const float *from =
            plane + (y * conv->stride_h + tap->row_offset) * conv->w + tap->column_offset;
        float *row = to + y * conv->out_w;
        if (stride == 1)
            memcpy(row + tap->column_begin, from + tap->column_begin,
                   (size_t)(tap->column_end - tap->column_begin) * sizeof *row);
        else
            for (int64_t x = tap->column_begin; x < tap->column_end; x++)
                row[x] = from[x * stride];
    }
    zero_sides(conv, tap, to);
}

/* Row `depth` of the matrix, for all images of the block. */
static void gather_depth(const struct dlb_columns *block, int64_t depth, const float *image,
                         float *row)
{
    const struct dlb_conv_attrs *conv = block->conv;
    const int64_t taps = conv->r * conv->s, rows = block->row_end - block->row_begin;
    const struct tap tap = tap_of(block, depth % taps / conv->s, depth % conv->s);
    for (int64_t n = 0; n < block->images; n++) {
        const float *plane = image + (n * conv->c + depth / taps) * conv->h * conv->w;
        /* so that output row y is found at to + y out_w */
        float *to = row + (n * rows - block->row_begin) * conv->out_w;
        zero(to + block->row_begin * conv->out_w, (tap.row_begin - block->row_begin) * conv->out_w);
        zero(to + tap.row_end * conv->out_w, (block->row_end - tap.row_end) * conv->out_w);
        if (same_pitch(conv))
            gather_contiguous(conv, &tap, plane, to);
        else
            gather_rows(conv, &tap, plane, to);
    }
}

void dlb_columns_gather(const struct dlb_columns *block, const float *image, float *columns)
{
    const int64_t pitch = block->images * (block->row_end - block->row_begin) * block->conv->out_w;
#pragma omp parallel for num_threads(block->threads) if (block->threads > 1)
    for (int64_t depth = block->depth_begin; depth < block->depth_end; depth++)
        gather_depth(block, depth, image, columns + (depth - block->depth_begin) * pitch);
}

static void add_contiguous(const struct dlb_conv_attrs *conv, const struct tap *tap, float *from,
                           float *plane)
{
    if (tap->row_begin == tap->row_end || tap->column_begin == tap->column_end)
        return;
    zero_sides(conv, tap, from);
    const int64_t first = tap->row_begin * conv->out_w + tap->column_begin;
    const int64_t last = (tap->row_end - 1) * conv->out_w + tap->column_end;
    float *to = plane + tap->row_offset * conv->w + tap->column_offset;
#pragma omp simd
    for (int64_t i = first; i < last; i++)
        to[i] += from[i];
}

static void add_rows(const struct dlb_conv_attrs *conv, const struct tap *tap, const float *from,
                     float *plane)
{
    const int64_t stride = conv->stride_w;
    for (int64_t y = tap->row_begin; y < tap->row_end; y++) {
        float *to = plane + (y * conv->stride_h + tap->row_offset) * conv->w + tap->column_offset;
        const float *row = from + y * conv->out_w;
#pragma omp simd
        for (int64_t x = tap->column_begin; x < tap->column_end; x++)
            to[x * stride] += row[x];
    }
}

/* All taps of one channel; channels touch different planes, so a team may share them. */
static void scatter_channel(const struct dlb_columns *block, int64_t channel, float *columns,
                            float *image)
{
    const struct dlb_conv_attrs *conv = block->conv;
    const int64_t taps = conv->r * conv->s, rows = block->row_end - block->row_begin;
    const int64_t pitch = block->images * rows * conv->out_w;
    for (int64_t t = 0; t < taps; t++) {
        const int64_t depth = channel * taps + t;
        if (depth < block->depth_begin || depth >= block->depth_end)
            continue;
        const struct tap tap = tap_of(block, t / conv->s, t % conv->s);
        for (int64_t n = 0; n < block->images; n++) {
            float *plane = image + (n * conv->c + channel) * conv->h * conv->w;
            float *from = columns + (depth - block->depth_begin) * pitch +
                          (n * rows - block->row_begin) * conv->out_w;
            if (same_pitch(conv))
                add_contiguous(conv, &tap, from, plane);
            else
                add_rows(conv, &tap, from, plane);
        }
    }
}

void dlb_columns_scatter_add(const struct dlb_columns *block, float *columns, float *image)
{
    const int64_t taps = block->conv->r * block->conv->s;
    const int64_t begin = block->depth_begin / taps, end = (block->depth_end + taps - 1) / taps;
#pragma omp parallel for num_threads(block->threads) if (block->threads > 1)
    for (int64_t channel = begin; channel < end; channel++)
        scatter_channel(block, channel, columns, image);
}
