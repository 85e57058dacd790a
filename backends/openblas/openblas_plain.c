/* openblas_plain.c: what BLAS does not have: element-wise chains, pooling, softmax, flatten, as own loops.
 *
 * They let whole networks run on this backend. Names say "own:", so that nobody takes them for the library's. */
#include "backends/openblas/openblas_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 4096 /* floats that a thread takes at a time: half of a 32 KiB first-level cache */

static struct dlb_chain_link link_of(const struct dlb_graph *graph, const struct dlb_op *op,
                                     int chained)
{
    const struct dlb_tensor *out = &graph->tensors[op->output];
    struct dlb_chain_link link = {.op = op, .other = -1, .extent = 1, .inner = 1};
    if (op->kind == DLB_OP_ADD)
        link.other = op->inputs[0] == chained ? op->inputs[1] : op->inputs[0];
    if (op->kind != DLB_OP_BIAS && op->kind != DLB_OP_BATCHNORM)
        return link;
    const int axis = op->kind == DLB_OP_BIAS ? op->attrs.bias.axis : 1;
    link.extent = out->dims[axis];
    for (int i = axis + 1; i < out->rank; i++)
        link.inner *= out->dims[i];
    return link;
}

void dlb_chain_init(struct dlb_chain *chain, const struct dlb_graph *graph,
                    const struct dlb_group *group, int first)
{
    const struct dlb_op *root = &graph->ops[group->root];
    chain->count = 0;
    if (first == 0)
        chain->links[chain->count++] = link_of(graph, root, root->inputs[0]);
    int chained = root->output;
    for (int i = 0; i < group->epilogue_count; i++) {
        const struct dlb_op *op = &graph->ops[group->epilogue[i]];
        chain->links[chain->count++] = link_of(graph, op, chained);
        chained = op->output;
    }
}

static void apply_add(float *y, const float *other, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        y[i] += other[i];
}

static void apply_relu(float *y, int64_t count)
{
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        y[i] = y[i] < 0 ? 0 : y[i]; /* NaN stays */
}

/* Channels `channel`.. along y, one element each (step 1), or one channel for all of y (step 0). */
static void apply_bias(float *y, const float *bias, int64_t count, int64_t step)
{
    if (step == 1) {
        apply_add(y, bias, count);
        return;
    }
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        y[i] += *bias;
}

static void apply_batchnorm(float *y, const struct dlb_op *op, void *const *buffers,
                            int64_t channel, int64_t count, int64_t step)
{
    const float *gamma = buffers[op->inputs[1]], *beta = buffers[op->inputs[2]];
    const float *mean = buffers[op->inputs[3]], *variance = buffers[op->inputs[4]];
    const float epsilon = (float)op->attrs.batchnorm.epsilon;
    if (step == 1) {
        for (int64_t i = 0; i < count; i++) {
            const int64_t c = channel + i;
            y[i] = gamma[c] * (y[i] - mean[c]) / sqrtf(variance[c] + epsilon) + beta[c];
        }
        return;
    }
    const float scale = gamma[channel] / sqrtf(variance[channel] + epsilon);
    const float centre = mean[channel], shift = beta[channel];
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        y[i] = scale * (y[i] - centre) + shift;
}

/* Pieces within which the channel is constant, or, with one element a channel, counts up by one. */
static void apply_by_channel(const struct dlb_chain_link *link, void *const *buffers, float *y,
                             int64_t start, int64_t count)
{
    for (int64_t i = 0; i < count;) {
        const int64_t channel = (start + i) / link->inner % link->extent;
        const int64_t step = link->inner == 1;
        int64_t piece = step ? link->extent - channel : link->inner - (start + i) % link->inner;
        if (piece > count - i)
            piece = count - i;
        if (link->op->kind == DLB_OP_BIAS)
            apply_bias(y + i, (const float *)buffers[link->op->inputs[1]] + channel, piece, step);
        else
            apply_batchnorm(y + i, link->op, buffers, channel, piece, step);
        i += piece;
    }
}

void dlb_chain_apply(const struct dlb_chain *chain, void *const *buffers, float *output,
                     int64_t start, int64_t count)
{
    float *y = output + start;
    for (int i = 0; i < chain->count; i++) {
        const struct dlb_chain_link *link = &chain->links[i];
        if (link->op->kind == DLB_OP_RELU)
            apply_relu(y, count);
        else if (link->op->kind == DLB_OP_ADD)
            apply_add(y, (const float *)buffers[link->other] + start, count);
        else
            apply_by_channel(link, buffers, y, start, count);
    }
}

void dlb_chain_apply_all(const struct dlb_chain *chain, const struct dlb_context *context,
                         void *const *buffers, float *output, int64_t count)
{
#pragma omp parallel for num_threads(context->threads) if (count > CHUNK)
    for (int64_t start = 0; start < count; start += CHUNK)
        dlb_chain_apply(chain, buffers, output, start,
                        count - start < CHUNK ? count - start : CHUNK);
}

/* All ops of this file. */
struct plain_state {
    int input, output;
    int64_t count, row; /* elements; softmax: elements of one row */
    enum dlb_op_kind kind;
    struct dlb_pool_attrs pool;
    int64_t h, w, out_h, out_w;
    struct dlb_chain chain;
};

static enum dlb_status plain_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                      const struct dlb_op *op, struct dlb_why *why)
{
    const enum dlb_dtype dtype = graph->tensors[op->inputs[0]].dtype;
    (void)context;
    if (dtype != DLB_DTYPE_F32)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s: this backend's own loops are f32 only",
                        dlb_dtype_name(dtype));
    return DLB_OK;
}

static enum dlb_status plain_prepare(struct dlb_context *context,
                                     const struct dlb_opwise_args *args,
                                     struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_graph *graph = args->graph;
    const struct dlb_op *op = &graph->ops[args->group->root];
    const struct dlb_tensor *in = &graph->tensors[op->inputs[0]];
    const struct dlb_tensor *out = &graph->tensors[op->output];
    struct plain_state *state = calloc(1, sizeof *state);
    (void)context;
    if (!state)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for %s", dlb_op_name(op->kind));
    state->input = op->inputs[0];
    state->output = dlb_group_output(graph, args->group);
    state->count = dlb_tensor_elements(out);
    state->row = in->dims[in->rank - 1];
    state->kind = op->kind;
    if (op->kind == DLB_OP_MAXPOOL || op->kind == DLB_OP_AVGPOOL) {
        state->pool = op->attrs.pool;
        state->h = in->dims[2];
        state->w = in->dims[3];
        state->out_h = out->dims[2];
        state->out_w = out->dims[3];
    }
    snprintf(step->implementation, sizeof step->implementation, "own:%s", dlb_op_name(op->kind));
    step->state = state;
    return DLB_OK;
}

static enum dlb_status elementwise_prepare(struct dlb_context *context,
                                           const struct dlb_opwise_args *args,
                                           struct dlb_opwise_step *step, struct dlb_why *why)
{
    const enum dlb_status status = plain_prepare(context, args, step, why);
    if (status == DLB_OK) {
        struct plain_state *state = step->state;
        dlb_chain_init(&state->chain, args->graph, args->group, 0);
    }
    return status;
}

static void elementwise_run(struct dlb_context *context, const void *opaque, void *const *buffers,
                            void *scratch)
{
    const struct plain_state *state = opaque;
    const float *from = buffers[state->input];
    float *to = buffers[state->output];
    (void)scratch;
#pragma omp parallel for num_threads(context->threads) if (state->count > CHUNK)
    for (int64_t start = 0; start < state->count; start += CHUNK) {
        const int64_t count = state->count - start < CHUNK ? state->count - start : CHUNK;
        memcpy(to + start, from + start, (size_t)count * sizeof *to);
        dlb_chain_apply(&state->chain, buffers, to, start, count);
    }
}

/* One output of a pool: maximum, or mean over the taps that fall onto the input. */
static float pool_at(const struct plain_state *state, const float *plane, int64_t y, int64_t x)
{
    const struct dlb_pool_attrs *pool = &state->pool;
    const int64_t top = y * pool->stride_h - pool->pad_top;
    const int64_t left = x * pool->stride_w - pool->pad_left;
    const int64_t y0 = top > 0 ? top : 0, x0 = left > 0 ? left : 0;
    const int64_t y1 = top + pool->r < state->h ? top + pool->r : state->h;
    const int64_t x1 = left + pool->s < state->w ? left + pool->s : state->w;
    float largest = -INFINITY, sum = 0;
    for (int64_t i = y0; i < y1; i++)
        for (int64_t j = x0; j < x1; j++) {
            const float value = plane[i * state->w + j];
            sum += value;
            largest = value > largest ? value : largest;
        }
    if (state->kind == DLB_OP_MAXPOOL)
        return largest;
    return sum / (float)((y1 - y0) * (x1 - x0));
}

static void pool_run(struct dlb_context *context, const void *opaque, void *const *buffers,
                     void *scratch)
{
    const struct plain_state *state = opaque;
    const float *from = buffers[state->input];
    float *to = buffers[state->output];
    const int64_t pixels = state->out_h * state->out_w;
    (void)scratch;
#pragma omp parallel for num_threads(context->threads)
    for (int64_t plane = 0; plane < state->count / pixels; plane++)
        for (int64_t y = 0; y < state->out_h; y++)
            for (int64_t x = 0; x < state->out_w; x++)
                to[plane * pixels + y * state->out_w + x] =
                    pool_at(state, from + plane * state->h * state->w, y, x);
}

static void softmax_row(const float *from, float *to, int64_t count)
{
    float largest = -INFINITY, sum = 0;
#pragma omp simd reduction(max : largest)
    for (int64_t i = 0; i < count; i++)
        largest = from[i] > largest ? from[i] : largest;
    for (int64_t i = 0; i < count; i++) {
        to[i] = expf(from[i] - largest);
        sum += to[i];
    }
#pragma omp simd
    for (int64_t i = 0; i < count; i++)
        to[i] /= sum;
}

static void softmax_run(struct dlb_context *context, const void *opaque, void *const *buffers,
                        void *scratch)
{
    const struct plain_state *state = opaque;
    const float *from = buffers[state->input];
    float *to = buffers[state->output];
    (void)scratch;
#pragma omp parallel for num_threads(context->threads) if (state->count > CHUNK)
    for (int64_t start = 0; start < state->count; start += state->row)
        softmax_row(from + start, to + start, state->row);
}

static void flatten_run(struct dlb_context *context, const void *opaque, void *const *buffers,
                        void *scratch)
{
    const struct plain_state *state = opaque;
    (void)context;
    (void)scratch;
    memcpy(buffers[state->output], buffers[state->input], (size_t)state->count * sizeof(float));
}

const struct dlb_openblas_kernel dlb_openblas_elementwise = {
    .supports = plain_supports,
    .prepare = elementwise_prepare,
    .run = elementwise_run,
};
const struct dlb_openblas_kernel dlb_openblas_pool = {
    .supports = plain_supports,
    .prepare = plain_prepare,
    .run = pool_run,
};
const struct dlb_openblas_kernel dlb_openblas_softmax = {
    .supports = plain_supports,
    .prepare = plain_prepare,
    .run = softmax_run,
};
const struct dlb_openblas_kernel dlb_openblas_flatten = {
    .supports = plain_supports,
    .prepare = plain_prepare,
    .run = flatten_run,
};
