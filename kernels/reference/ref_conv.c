/* ref_conv.c: one element of a convolution's output, for each of its three passes; and a whole forward pass by rows.
 *
 * All three follow from Y[n,k,p,q] = sum over c,r,s of X[n, c, p u - pad + r d, q u - pad + s d] W[k,c,r,s]
 * (cross-correlation, stride u, dilation d), with taps outside the image left out; each pass
 * sums the same products over the other indices. Filter k of group g sees the channels of group g only. */
#include "kernels/reference/ref_kernels.h"

/* Sizes per group, and the flat index of an element taken apart. */
struct place {
    int64_t a, b, y, x; /* of a tensor with dims A, B, Y, X */
};

static struct place take_apart(const struct dlb_tensor *tensor, int64_t index)
{
    struct place place;
    place.x = index % tensor->dims[3];
    place.y = index / tensor->dims[3] % tensor->dims[2];
    place.b = index / (tensor->dims[3] * tensor->dims[2]) % tensor->dims[1];
    place.a = index / (tensor->dims[3] * tensor->dims[2] * tensor->dims[1]);
    return place;
}

static struct dlb_ref_walk walk_of(const struct dlb_graph *graph, int tensor, void *const *buffers)
{
    return (struct dlb_ref_walk){.dtype = graph->tensors[tensor].dtype, .data = buffers[tensor]};
}

/* Y[n,k,p,q]: for each tap (r,s) inside the image, a dot product over the channels of the group. */
static struct dlb_ref_sum forward(const struct dlb_conv_attrs *a, const struct place *at,
                                  struct dlb_ref_walk image, struct dlb_ref_walk filter)
{
    const int64_t channels = a->c / a->groups;
    const int64_t first_channel = at->b / (a->k / a->groups) * channels;
    struct dlb_ref_sum sum = {0};
    image.stride = a->h * a->w;
    filter.stride = a->r * a->s;
    for (int64_t r = 0; r < a->r; r++) {
        const int64_t h = at->y * a->stride_h - a->pad_top + r * a->dilation_h;
        if (h < 0 || h >= a->h)
            continue;
        for (int64_t s = 0; s < a->s; s++) {
            const int64_t w = at->x * a->stride_w - a->pad_left + s * a->dilation_w;
            if (w < 0 || w >= a->w)
                continue;
            image.start = ((at->a * a->c + first_channel) * a->h + h) * a->w + w;
            filter.start = (at->b * channels * a->r + r) * a->s + s;
            dlb_ref_dot(&image, &filter, channels, &sum);
        }
    }
    return sum;
}

/* The output index whose tap lands on `position`, or -1: p u - pad + tap d = position. */
static int64_t output_of(int64_t position, int64_t pad, int64_t tap, int64_t stride, int64_t size)
{
    const int64_t scaled = position + pad - tap;
    if (scaled < 0 || scaled % stride != 0 || scaled / stride >= size)
        return -1;
    return scaled / stride;
}

/* dX[n,c,h,w]: for each tap that an output pixel lays on (h,w), a dot product over the filters of the group. */
static struct dlb_ref_sum backward_data(const struct dlb_conv_attrs *a, const struct place *at,
                                        struct dlb_ref_walk gradient, struct dlb_ref_walk filter)
{
    const int64_t channels = a->c / a->groups, filters = a->k / a->groups;
    const int64_t first_filter = at->b / channels * filters;
    struct dlb_ref_sum sum = {0};
    gradient.stride = a->out_h * a->out_w;
    filter.stride = channels * a->r * a->s;
    for (int64_t r = 0; r < a->r; r++) {
        const int64_t p = output_of(at->y, a->pad_top, r * a->dilation_h, a->stride_h, a->out_h);
        if (p < 0)
            continue;
        for (int64_t s = 0; s < a->s; s++) {
            const int64_t q =
                output_of(at->x, a->pad_left, s * a->dilation_w, a->stride_w, a->out_w);
            if (q < 0)
                continue;
            gradient.start = ((at->a * a->k + first_filter) * a->out_h + p) * a->out_w + q;
            filter.start = ((first_filter * channels + at->b % channels) * a->r + r) * a->s + s;
            dlb_ref_dot(&gradient, &filter, filters, &sum);
        }
    }
    return sum;
}

/* The outputs q0 <= q < q1 along one axis whose tap lies inside the image. */
static void inside(int64_t tap, int64_t pad, int64_t stride, int64_t size, int64_t outputs,
                   int64_t *q0, int64_t *q1)
{
    const int64_t before = pad - tap;           /* q stride >= before */
    const int64_t after = size - 1 + pad - tap; /* q stride <= after */
    *q0 = before > 0 ? (before + stride - 1) / stride : 0;
    *q1 = after < 0 ? 0 : after / stride + 1;
    if (*q1 > outputs)
        *q1 = outputs;
}

/* dW[k,c,r,s]: over all images, the dot product of each row of dY with the pixels under tap (r,s). */
static struct dlb_ref_sum backward_weights(const struct dlb_conv_attrs *a, const struct place *at,
                                           struct dlb_ref_walk image, struct dlb_ref_walk gradient)
{
    const int64_t channel = at->a / (a->k / a->groups) * (a->c / a->groups) + at->b;
    int64_t p0, p1, q0, q1;
    inside(at->y * a->dilation_h, a->pad_top, a->stride_h, a->h, a->out_h, &p0, &p1);
    inside(at->x * a->dilation_w, a->pad_left, a->stride_w, a->w, a->out_w, &q0, &q1);
    struct dlb_ref_sum sum = {0};
    image.stride = a->stride_w;
    gradient.stride = 1;
    for (int64_t n = 0; n < a->n; n++) {
        for (int64_t p = p0; p < p1; p++) {
            const int64_t h = p * a->stride_h - a->pad_top + at->y * a->dilation_h;
            const int64_t w = q0 * a->stride_w - a->pad_left + at->x * a->dilation_w;
            image.start = ((n * a->c + channel) * a->h + h) * a->w + w;
            gradient.start = ((n * a->k + at->a) * a->out_h + p) * a->out_w + q0;
            dlb_ref_dot(&image, &gradient, q1 - q0, &sum);
        }
    }
    return sum;
}

struct dlb_ref_sum dlb_ref_conv_element(const struct dlb_graph *graph, const struct dlb_op *op,
                                        void *const *buffers, int64_t index)
{
    const struct dlb_conv_attrs *a = &op->attrs.conv;
    const struct place at = take_apart(&graph->tensors[op->output], index);
    const struct dlb_ref_walk first = walk_of(graph, op->inputs[0], buffers);
    const struct dlb_ref_walk second = walk_of(graph, op->inputs[1], buffers);
    if (op->kind == DLB_OP_CONV)
        return forward(a, &at, first, second);
    if (op->kind == DLB_OP_CONV_BWD_DATA)
        return backward_data(a, &at, first, second);
    return backward_weights(a, &at, first, second);
}

/* Columns q0.. of one row of one output plane: each tap adds a stretch of an image row. */
static void forward_row(const struct dlb_conv_attrs *a, const struct place *at,
                        struct dlb_ref_walk image, const struct dlb_ref_walk *filter,
                        int64_t columns, double *sums)
{
    const int64_t channels = a->c / a->groups;
    const int64_t first_channel = at->b / (a->k / a->groups) * channels;
    image.stride = a->stride_w;
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t r = 0; r < a->r; r++) {
            const int64_t h = at->y * a->stride_h - a->pad_top + r * a->dilation_h;
            if (h < 0 || h >= a->h)
                continue;
            for (int64_t s = 0; s < a->s; s++) {
                const int64_t tap = s * a->dilation_w;
                int64_t q0, q1;
                inside(tap, a->pad_left, a->stride_w, a->w, a->out_w, &q0, &q1);
                q0 = q0 > at->x ? q0 : at->x;
                q1 = q1 < at->x + columns ? q1 : at->x + columns;
                const int64_t weight = ((at->b * channels + c) * a->r + r) * a->s + s;
                image.start = ((at->a * a->c + first_channel + c) * a->h + h) * a->w +
                              q0 * a->stride_w - a->pad_left + tap;
                if (q0 < q1)
                    dlb_ref_add_scaled(sums + (q0 - at->x),
                                       dlb_dtype_load(filter->dtype, filter->data, (size_t)weight),
                                       &image, q1 - q0);
            }
        }
    }
}

void dlb_ref_conv_forward(const struct dlb_graph *graph, const struct dlb_op *op,
                          void *const *buffers)
{
    const struct dlb_conv_attrs *a = &op->attrs.conv;
    const struct dlb_ref_walk image = walk_of(graph, op->inputs[0], buffers);
    const struct dlb_ref_walk filter = walk_of(graph, op->inputs[1], buffers);
    const enum dlb_dtype dtype = graph->tensors[op->output].dtype;
    for (int64_t row = 0; row < a->n * a->k * a->out_h; row++) {
        for (int64_t q = 0; q < a->out_w; q += DLB_REF_ROW) {
            const int64_t columns = a->out_w - q < DLB_REF_ROW ? a->out_w - q : DLB_REF_ROW;
            const struct place at = take_apart(&graph->tensors[op->output], row * a->out_w + q);
            double sums[DLB_REF_ROW] = {0};
            forward_row(a, &at, image, &filter, columns, sums);
            dlb_dtype_from_double(dtype, sums,
                                  (char *)buffers[op->output] +
                                      (size_t)(row * a->out_w + q) * dlb_dtype_size(dtype),
                                  (size_t)columns);
        }
    }
}
