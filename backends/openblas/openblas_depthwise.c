/* openblas_depthwise.c: convolutions with one input channel a group, as direct loops.
 *
 * The product of such a group has one row or a depth of R S: through CBLAS it would run at a few per cent of what these row
 * loops reach. One row of output at a time, one filter tap at a time; the name says that it is our own code. */
#include "backends/openblas/openblas_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The output rows and columns that one tap serves, and how far away their input lies. */
struct window {
    int64_t row_begin, row_end, column_begin, column_end, row_offset, column_offset;
};

struct depthwise_state {
    enum dlb_op_kind kind;
    struct dlb_conv_attrs conv;
    int first, second, output;
    int64_t multiplier; /* filters per channel */
    struct dlb_chain chain;
    struct window windows[]; /* of the R S taps */
};

static struct window window_of(const struct dlb_conv_attrs *conv, int64_t r, int64_t s)
{
    struct window window = {.row_offset = r * conv->dilation_h - conv->pad_top,
                            .column_offset = s * conv->dilation_w - conv->pad_left};
    dlb_tap_range(conv->h, conv->out_h, conv->stride_h, window.row_offset, &window.row_begin,
                  &window.row_end);
    dlb_tap_range(conv->w, conv->out_w, conv->stride_w, window.column_offset, &window.column_begin,
                  &window.column_end);
    return window;
}

static enum dlb_status depthwise_supports(struct dlb_context *context,
                                          const struct dlb_graph *graph, const struct dlb_op *op,
                                          struct dlb_why *why)
{
    return dlb_openblas_conv.supports(context, graph, op, why);
}

static enum dlb_status depthwise_prepare(struct dlb_context *context,
                                         const struct dlb_opwise_args *args,
                                         struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    const struct dlb_conv_attrs *conv = &op->attrs.conv;
    const int64_t taps = conv->r * conv->s;
    struct depthwise_state *state =
        calloc(1, sizeof *state + (size_t)taps * sizeof state->windows[0]);
    (void)context;
    if (!state)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a depthwise convolution");
    *state = (struct depthwise_state){
        .kind = op->kind,
        .conv = *conv,
        .first = op->inputs[0],
        .second = op->inputs[1],
        .output = dlb_group_output(args->graph, args->group),
        .multiplier = conv->k / conv->groups,
    };
    for (int64_t t = 0; t < taps; t++)
        state->windows[t] = window_of(conv, t / conv->s, t % conv->s);
    dlb_chain_init(&state->chain, args->graph, args->group, 1);
    snprintf(step->implementation, sizeof step->implementation, "own:depthwise row loops");
    step->state = state;
    return DLB_OK;
}

/* to[x] += weight * from[x * stride]; the unit stride is split off so that it becomes vector code. */
static void add_scaled(float *to, const float *from, float weight, int64_t count, int64_t stride)
{
    if (stride == 1) {
#pragma omp simd
        for (int64_t x = 0; x < count; x++)
            to[x] += weight * from[x];
        return;
    }
    for (int64_t x = 0; x < count; x++)
        to[x] += weight * from[x * stride];
}

/* to[x * stride] += weight * from[x]. */
static void add_scaled_apart(float *to, const float *from, float weight, int64_t count,
                             int64_t stride)
{
    if (stride == 1) {
        add_scaled(to, from, weight, count, 1);
        return;
    }
    for (int64_t x = 0; x < count; x++)
        to[x * stride] += weight * from[x];
}

static float dot(const float *a, const float *b, int64_t count, int64_t stride)
{
    float sum = 0;
    if (stride == 1) {
#pragma omp simd reduction(+ : sum)
        for (int64_t x = 0; x < count; x++)
            sum += a[x] * b[x];
        return sum;
    }
    for (int64_t x = 0; x < count; x++)
        sum += a[x] * b[x * stride];
    return sum;
}

/* One plane of output: row by row, so that a row stays in the first-level cache over all taps. */
static void forward_plane(const struct depthwise_state *state, const float *x, const float *w,
                          float *y)
{
    const struct dlb_conv_attrs *conv = &state->conv;
    memset(y, 0, (size_t)(conv->out_h * conv->out_w) * sizeof *y);
    for (int64_t row = 0; row < conv->out_h; row++)
        for (int64_t t = 0; t < conv->r * conv->s; t++) {
            const struct window at = state->windows[t];
            if (row < at.row_begin || row >= at.row_end)
                continue;
            const float *from = x + (row * conv->stride_h + at.row_offset) * conv->w +
                                at.column_begin * conv->stride_w + at.column_offset;
            add_scaled(y + row * conv->out_w + at.column_begin, from, w[t],
                       at.column_end - at.column_begin, conv->stride_w);
        }
}

static void backward_data_plane(const struct depthwise_state *state, const float *dy,
                                const float *w, float *dx)
{
    const struct dlb_conv_attrs *conv = &state->conv;
    for (int64_t row = 0; row < conv->out_h; row++)
        for (int64_t t = 0; t < conv->r * conv->s; t++) {
            const struct window at = state->windows[t];
            if (row < at.row_begin || row >= at.row_end)
                continue;
            float *to = dx + (row * conv->stride_h + at.row_offset) * conv->w +
                        at.column_begin * conv->stride_w + at.column_offset;
            add_scaled_apart(to, dy + row * conv->out_w + at.column_begin, w[t],
                             at.column_end - at.column_begin, conv->stride_w);
        }
}

/* Rows are summed in f32, rows among each other in double: long sums stay accurate. */
static double backward_weights_tap(const struct dlb_conv_attrs *conv, const struct window *at,
                                   const float *x, const float *dy)
{
    double sum = 0;
    for (int64_t row = at->row_begin; row < at->row_end; row++) {
        const float *from = x + (row * conv->stride_h + at->row_offset) * conv->w +
                            at->column_begin * conv->stride_w + at->column_offset;
        sum += (double)dot(dy + row * conv->out_w + at->column_begin, from,
                           at->column_end - at->column_begin, conv->stride_w);
    }
    return sum;
}

static void run_forward(const struct dlb_context *context, const struct depthwise_state *state,
                        void *const *buffers)
{
    const struct dlb_conv_attrs *conv = &state->conv;
    const float *x = buffers[state->first], *w = buffers[state->second];
    float *y = buffers[state->output];
    const int64_t taps = conv->r * conv->s, pixels = conv->out_h * conv->out_w;
#pragma omp parallel for num_threads(context->threads)
    for (int64_t plane = 0; plane < conv->n * conv->k; plane++) {
        const int64_t image = plane / conv->k, k = plane % conv->k;
        forward_plane(state, x + (image * conv->c + k / state->multiplier) * conv->h * conv->w,
                      w + k * taps, y + plane * pixels);
        dlb_chain_apply(&state->chain, buffers, y, plane * pixels, pixels);
    }
}

static void run_backward_data(const struct dlb_context *context,
                              const struct depthwise_state *state, void *const *buffers)
{
    const struct dlb_conv_attrs *conv = &state->conv;
    const float *dy = buffers[state->first], *w = buffers[state->second];
    float *dx = buffers[state->output];
    const int64_t taps = conv->r * conv->s, pixels = conv->out_h * conv->out_w;
#pragma omp parallel for num_threads(context->threads)
    for (int64_t plane = 0; plane < conv->n * conv->c; plane++) {
        const int64_t image = plane / conv->c, channel = plane % conv->c;
        float *to = dx + plane * conv->h * conv->w;
        memset(to, 0, (size_t)(conv->h * conv->w) * sizeof *to);
        for (int64_t j = 0; j < state->multiplier; j++) {
            const int64_t k = channel * state->multiplier + j;
            backward_data_plane(state, dy + (image * conv->k + k) * pixels, w + k * taps, to);
        }
    }
}

static void run_backward_weights(const struct dlb_context *context,
                                 const struct depthwise_state *state, void *const *buffers)
{
    const struct dlb_conv_attrs *conv = &state->conv;
    const float *x = buffers[state->first], *dy = buffers[state->second];
    float *dw = buffers[state->output];
    const int64_t taps = conv->r * conv->s, pixels = conv->out_h * conv->out_w;
#pragma omp parallel for num_threads(context->threads)
    for (int64_t i = 0; i < conv->k * taps; i++) {
        const int64_t k = i / taps, t = i % taps;
        double sum = 0;
        for (int64_t n = 0; n < conv->n; n++)
            sum +=
                backward_weights_tap(conv, &state->windows[t],
                                     x + (n * conv->c + k / state->multiplier) * conv->h * conv->w,
                                     dy + (n * conv->k + k) * pixels);
        dw[i] = (float)sum;
    }
}

static void depthwise_run(struct dlb_context *context, const void *opaque, void *const *buffers,
                          void *scratch)
{
    const struct depthwise_state *state = opaque;
    (void)scratch;
    if (state->kind == DLB_OP_CONV)
        run_forward(context, state, buffers);
    else if (state->kind == DLB_OP_CONV_BWD_DATA)
        run_backward_data(context, state, buffers);
    else
        run_backward_weights(context, state, buffers);
}

const struct dlb_openblas_kernel dlb_openblas_depthwise = {
    .supports = depthwise_supports,
    .prepare = depthwise_prepare,
    .run = depthwise_run,
};
