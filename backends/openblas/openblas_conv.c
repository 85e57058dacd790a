/* openblas_conv.c: convolution as im2col (or col2im) and CBLAS products, in blocks.
 *
 * Per group, with depth = (C / groups) R S and pixels = out_h out_w:
 *   forward           Y[K x pixels]     = W[K x depth]    columns(X)[depth x pixels]
 *   backward data     columns(dX)       = W^T[depth x K]  dY[K x pixels], added back onto dX
 *   backward weights  dW[K x depth]     = dY[K x pixels]  columns(X)^T, summed over images
 * A block is some output rows of an image, or several small images, times some rows of the depth, so that the column buffer
 * stays in one core's second-level cache (Chellapilla et al. 2006 without the memory bill). Work items are
 * independent; with a CBLAS that stays on its thread inside a team each thread takes whole items, so its columns
 * never leave its cache; otherwise items run one by one and the team and the library's threads share each.
 * A 1x1 filter with stride 1 and no padding is its own column matrix. Read openblas_columns.c next. */
#include "backends/openblas/openblas_internal.h"

#include <cblas.h>
#include <limits.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN_BYTES 4096

/* Depth of one product: about OpenBLAS's own inner blocking (its SGEMM_Q is 320 to 448 on x86), so cutting there costs
 * nothing that the library would not do itself. Pixels: enough to pay for packing the filters again (one
 * packed element serves 2 x pixels operations). Both measured on the 3x3 layers of ResNet-50. */
#define DEPTH_BLOCK   384
#define PIXELS_WANTED 384

struct conv_state {
    enum dlb_op_kind kind;
    struct dlb_conv_attrs conv;
    int first, second, output; /* tensors: X or dY, W or dY, result */
    int64_t group_c, group_k, depth, pixels;
    int64_t images, rows; /* of one block: all rows when images > 1 */
    int64_t image_blocks, row_blocks;
    int64_t slices, slice_depth; /* backward weights: shares of the depth */
    int64_t depth_block;
    int64_t items;
    int outer, inner; /* threads over items / within an item */
    bool direct;      /* the image is its own column matrix */
    size_t column_bytes, tile_bytes;
    struct dlb_chain chain;
};

/* One thread's view of one item. */
struct conv_item {
    const struct conv_state *state;
    const struct dlb_context *context;
    void *const *buffers;
    float *columns, *tile;
    int64_t group;
};

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static enum dlb_status conv_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                     const struct dlb_op *op, struct dlb_why *why)
{
    const enum dlb_dtype dtype = graph->tensors[op->inputs[0]].dtype;
    const struct dlb_conv_attrs *conv = &op->attrs.conv;
    if (dtype != DLB_DTYPE_F32)
        return dlb_fail(why, DLB_UNSUPPORTED, "%s: through %s it is f32 only (im2col + sgemm)",
                        dlb_dtype_name(dtype), context->cblas->runtime);
    if (conv->out_h * conv->out_w > INT_MAX / 8 ||
        conv->c / conv->groups * conv->r * conv->s > INT_MAX || conv->k > INT_MAX ||
        conv->h * conv->w > INT_MAX)
        return dlb_fail(why, DLB_UNSUPPORTED, "CBLAS takes sizes up to %d", INT_MAX);
    return DLB_OK;
}

/* Blocks of pixels: rows of one large image, or several small images. */
static void plan_pixels(struct conv_state *state, int64_t wanted, int threads)
{
    const struct dlb_conv_attrs *conv = &state->conv;
    if (state->direct) {
        state->images = 1;
        state->rows = conv->out_h;
    } else if (state->pixels >= wanted) {
        state->images = 1;
        const int64_t rows = wanted / conv->out_w > 0 ? wanted / conv->out_w : 1;
        state->rows = ceil_div(conv->out_h, ceil_div(conv->out_h, rows));
    } else {
        /* as many blocks for each thread, of equal size */
        const int64_t blocks = ceil_div(conv->n * state->pixels, wanted);
        const int64_t even = (blocks + threads / 2) / threads * threads;
        state->images = ceil_div(conv->n, even > threads ? even : threads);
        state->rows = conv->out_h;
    }
    state->image_blocks = ceil_div(conv->n, state->images);
    state->row_blocks = ceil_div(conv->out_h, state->rows);
}

static void plan_items(struct conv_state *state, const struct dlb_context *context)
{
    const int64_t groups = state->conv.groups;
    state->slices = 1;
    if (state->kind == DLB_OP_CONV) {
        state->items = groups * state->image_blocks * state->row_blocks;
    } else if (state->kind == DLB_OP_CONV_BWD_DATA) {
        state->items = groups * state->image_blocks;
    } else {
        /* a slice narrower than a few kernel tiles would starve the product */
        const int64_t most = state->depth / 32 > 0 ? state->depth / 32 : 1;
        state->slices = min_of(ceil_div(context->threads, groups), most);
        state->items = groups * state->slices;
    }
    state->slice_depth = ceil_div(state->depth, state->slices);
    const bool share_items = context->cblas->nests && state->items >= context->threads;
    state->outer = share_items ? context->threads : 1;
    state->inner = share_items ? 1 : context->threads;
}

static size_t page_up(int64_t elements)
{
    return ((size_t)elements * sizeof(float) + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
}

static void plan(struct conv_state *state, const struct dlb_context *context)
{
    const struct dlb_conv_attrs *conv = &state->conv;
    state->direct = conv->r == 1 && conv->s == 1 && conv->stride_h == 1 && conv->stride_w == 1 &&
                    conv->pad_top == 0 && conv->pad_left == 0 && conv->pad_bottom == 0 &&
                    conv->pad_right == 0;
    state->depth_block = state->direct ? state->depth : min_of(state->depth, DEPTH_BLOCK);
    const size_t share =
        context->cache_bytes / 4 * 3; /* the rest is for the library's packed filters */
    const int64_t fits = (int64_t)(share / sizeof(float)) / state->depth_block;
    plan_pixels(state, fits < PIXELS_WANTED ? fits : PIXELS_WANTED, context->threads);
    plan_items(state, context);
    const int64_t pixels = state->images * state->rows * conv->out_w;
    state->column_bytes = state->direct ? 0 : page_up(state->depth_block * pixels);
    state->tile_bytes = state->images > 1 ? page_up(state->group_k * pixels) : 0;
}

static enum dlb_status conv_prepare(struct dlb_context *context, const struct dlb_opwise_args *args,
                                    struct dlb_opwise_step *step, struct dlb_why *why)
{
    const struct dlb_op *op = &args->graph->ops[args->group->root];
    const struct dlb_conv_attrs *conv = &op->attrs.conv;
    struct conv_state *state = calloc(1, sizeof *state);
    if (!state)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a convolution");
    *state = (struct conv_state){
        .kind = op->kind,
        .conv = *conv,
        .first = op->inputs[0],
        .second = op->inputs[1],
        .output = dlb_group_output(args->graph, args->group),
        .group_c = conv->c / conv->groups,
        .group_k = conv->k / conv->groups,
        .depth = conv->c / conv->groups * conv->r * conv->s,
        .pixels = conv->out_h * conv->out_w,
    };
    plan(state, context);
    dlb_chain_init(&state->chain, args->graph, args->group, 1);
    step->scratch_bytes = (state->column_bytes + state->tile_bytes) * (size_t)state->outer;
    snprintf(step->implementation, sizeof step->implementation, "%s + sgemm",
             state->direct                         ? "own:direct 1x1"
             : state->kind == DLB_OP_CONV_BWD_DATA ? "own:col2im"
                                                   : "own:im2col");
    step->state = state;
    return DLB_OK;
}

/* The block of output pixels number `block` (row blocks run fastest). */
static struct dlb_columns block_at(const struct conv_state *state, int64_t block, int64_t *image)
{
    const int64_t row = block % state->row_blocks * state->rows;
    *image = block / state->row_blocks * state->images;
    return (struct dlb_columns){
        .conv = &state->conv,
        .images = min_of(state->images, state->conv.n - *image),
        .row_begin = row,
        .row_end = min_of(row + state->rows, state->conv.out_h),
        .threads = state->inner,
    };
}

static int64_t block_pixels(const struct dlb_columns *block)
{
    return block->images * (block->row_end - block->row_begin) * block->conv->out_w;
}

/* First element of the group's input channels of an image; of its output channels at a block's first row. */
static int64_t input_at(const struct conv_item *item, int64_t image)
{
    const struct conv_state *state = item->state;
    return (image * state->conv.c + item->group * state->group_c) * state->conv.h * state->conv.w;
}

static int64_t output_at(const struct conv_item *item, int64_t image, int64_t row)
{
    const struct conv_state *state = item->state;
    return (image * state->conv.k + item->group * state->group_k) * state->pixels +
           row * state->conv.out_w;
}

/* C[m x n] = op(A)[m x k] op(B)[k x n], added to what C holds when `add`. */
struct product {
    bool ta, tb, add;
    int64_t m, n, k, lda, ldb, ldc;
    const float *a, *b;
    float *c;
};

static void multiply_part(const struct dlb_cblas *cblas, const struct product *p)
{
    cblas->sgemm(CblasRowMajor, p->ta ? CblasTrans : CblasNoTrans,
                 p->tb ? CblasTrans : CblasNoTrans, (int)p->m, (int)p->n, (int)p->k, 1, p->a,
                 (int)p->lda, p->b, (int)p->ldb, p->add ? 1 : 0, p->c, (int)p->ldc);
}

/* Rows or columns begin .. end - 1 of the result, whichever there are more of. */
static struct product part_of(const struct product *p, int64_t part, int64_t parts)
{
    struct product own = *p;
    const bool rows = p->m >= p->n;
    const int64_t all = rows ? p->m : p->n;
    const int64_t begin = all * part / parts, end = all * (part + 1) / parts;
    if (rows) {
        own.m = end - begin;
        own.a += begin * (p->ta ? 1 : p->lda);
        own.c += begin * p->ldc;
    } else {
        own.n = end - begin;
        own.b += begin * (p->tb ? p->ldb : 1);
        own.c += begin;
    }
    return own;
}

/* Inside one item, a team shares a product by itself where the library lets it: the library's own threads meet several
 * times a call, which costs more than these small products. */
static void multiply(const struct conv_item *item, const struct product *p)
{
    const struct dlb_cblas *cblas = item->context->cblas;
    const int parts = cblas->nests ? item->state->inner : 1;
#pragma omp parallel for num_threads(parts) if (parts > 1)
    for (int part = 0; part < parts; part++) {
        const struct product own = part_of(p, part, parts);
        if (own.m > 0 && own.n > 0)
            multiply_part(cblas, &own);
    }
}

/* Several images: the tile is [K x (image, pixel)], the tensor [image][K][pixel]. */
static void fill_tile(const struct conv_item *item, const struct dlb_columns *block, int64_t image,
                      const float *tensor)
{
    const struct conv_state *state = item->state;
    const int64_t pitch = block_pixels(block);
#pragma omp parallel for num_threads(state->inner) if (state->inner > 1)
    for (int64_t k = 0; k < state->group_k; k++)
        for (int64_t n = 0; n < block->images; n++)
            memcpy(item->tile + k * pitch + n * state->pixels,
                   tensor + output_at(item, image + n, 0) + k * state->pixels,
                   (size_t)state->pixels * sizeof(float));
}

static void store_tile(const struct conv_item *item, const struct dlb_columns *block, int64_t image,
                       float *tensor)
{
    const struct conv_state *state = item->state;
    const int64_t pitch = block_pixels(block);
#pragma omp parallel for num_threads(state->inner) if (state->inner > 1)
    for (int64_t k = 0; k < state->group_k; k++)
        for (int64_t n = 0; n < block->images; n++)
            memcpy(tensor + output_at(item, image + n, 0) + k * state->pixels,
                   item->tile + k * pitch + n * state->pixels,
                   (size_t)state->pixels * sizeof(float));
}

static void apply_chain(const struct conv_item *item, const struct dlb_columns *block,
                        int64_t image, float *output)
{
    const struct conv_state *state = item->state;
    const int64_t count = (block->row_end - block->row_begin) * state->conv.out_w;
    if (state->chain.count == 0)
        return;
#pragma omp parallel for num_threads(state->inner) if (state->inner > 1)
    for (int64_t k = 0; k < state->group_k; k++)
        for (int64_t n = 0; n < block->images; n++)
            dlb_chain_apply(&state->chain, item->buffers, output,
                            output_at(item, image + n, block->row_begin) + k * state->pixels,
                            count);
}

static void forward_item(const struct conv_item *item, int64_t index)
{
    const struct conv_state *state = item->state;
    float *y = item->buffers[state->output];
    int64_t image;
    struct dlb_columns block = block_at(state, index, &image);
    const float *x = (const float *)item->buffers[state->first] + input_at(item, image);
    const float *w =
        (const float *)item->buffers[state->second] + item->group * state->group_k * state->depth;
    const bool tiled = block.images > 1;
    struct product p = {.m = state->group_k, .n = block_pixels(&block), .lda = state->depth};
    p.c = tiled ? item->tile : y + output_at(item, image, block.row_begin);
    p.ldc = tiled ? p.n : state->pixels;
    for (int64_t d = 0; d < state->depth; d += state->depth_block) {
        block.depth_begin = d;
        block.depth_end = min_of(d + state->depth_block, state->depth);
        if (!state->direct)
            dlb_columns_gather(&block, x, item->columns);
        p.k = block.depth_end - d;
        p.a = w + d;
        p.b = state->direct ? x + d * state->pixels : item->columns;
        p.ldb = state->direct ? state->pixels : p.n;
        p.add = d > 0;
        multiply(item, &p);
    }
    if (tiled)
        store_tile(item, &block, image, y);
    apply_chain(item, &block, image, y);
}

static void backward_data_block(const struct conv_item *item, struct dlb_columns *block,
                                int64_t image)
{
    const struct conv_state *state = item->state;
    const float *dy = item->buffers[state->first];
    const float *w =
        (const float *)item->buffers[state->second] + item->group * state->group_k * state->depth;
    float *dx = (float *)item->buffers[state->output] + input_at(item, image);
    const bool tiled = block->images > 1;
    struct product p = {.ta = true, .n = block_pixels(block), .k = state->group_k};
    p.lda = state->depth;
    if (tiled)
        fill_tile(item, block, image, dy);
    p.b = tiled ? item->tile : dy + output_at(item, image, block->row_begin);
    p.ldb = tiled ? p.n : state->pixels;
    for (int64_t d = 0; d < state->depth; d += state->depth_block) {
        block->depth_begin = d;
        block->depth_end = min_of(d + state->depth_block, state->depth);
        p.m = block->depth_end - d;
        p.a = w + d;
        p.c = state->direct ? dx + d * state->pixels : item->columns;
        p.ldc = state->direct ? state->pixels : p.n;
        multiply(item, &p);
        if (!state->direct)
            dlb_columns_scatter_add(block, item->columns, dx);
    }
}

/* Item: the images of one image block, all their rows, as rows of neighbouring blocks overlap in dX. */
static void backward_data_item(const struct conv_item *item, int64_t index)
{
    const struct conv_state *state = item->state;
    const struct dlb_conv_attrs *conv = &state->conv;
    int64_t image;
    const struct dlb_columns first = block_at(state, index * state->row_blocks, &image);
    float *dx = item->buffers[state->output];
    if (!state->direct)
        for (int64_t n = 0; n < first.images; n++)
            memset(dx + input_at(item, image + n), 0,
                   (size_t)(state->group_c * conv->h * conv->w) * sizeof *dx);
    for (int64_t row = 0; row < state->row_blocks; row++) {
        struct dlb_columns block = block_at(state, index * state->row_blocks + row, &image);
        backward_data_block(item, &block, image);
    }
}

/* Item: a share of the depth, over all blocks of pixels: no two items write the same weight. */
static void backward_weights_item(const struct conv_item *item, int64_t slice)
{
    const struct conv_state *state = item->state;
    const float *x = item->buffers[state->first], *dy = item->buffers[state->second];
    float *dw = (float *)item->buffers[state->output] + item->group * state->group_k * state->depth;
    const int64_t begin = slice * state->slice_depth;
    const int64_t end = min_of(begin + state->slice_depth, state->depth);
    for (int64_t i = 0; i < state->image_blocks * state->row_blocks; i++) {
        int64_t image;
        struct dlb_columns block = block_at(state, i, &image);
        const bool tiled = block.images > 1;
        struct product p = {.tb = true, .m = state->group_k, .k = block_pixels(&block)};
        if (tiled)
            fill_tile(item, &block, image, dy);
        p.a = tiled ? item->tile : dy + output_at(item, image, block.row_begin);
        p.lda = tiled ? p.k : state->pixels;
        p.ldb = state->direct ? state->pixels : p.k;
        p.ldc = state->depth;
        p.add = i > 0;
        const float *input = x + input_at(item, image);
        for (int64_t d = begin; d < end; d += state->depth_block) {
            block.depth_begin = d;
            block.depth_end = min_of(d + state->depth_block, end);
            if (!state->direct)
                dlb_columns_gather(&block, input, item->columns);
            p.n = block.depth_end - d;
            p.b = state->direct ? input + d * state->pixels : item->columns;
            p.c = dw + d;
            multiply(item, &p);
        }
    }
}

static void conv_run(struct dlb_context *context, const void *opaque, void *const *buffers,
                     void *scratch)
{
    const struct conv_state *state = opaque;
    const int64_t per_group = state->items / state->conv.groups;
    const size_t share = state->column_bytes + state->tile_bytes;
#pragma omp parallel num_threads(state->outer) if (state->outer > 1)
    {
        const int thread = omp_get_thread_num();
        char *own = (char *)scratch + share * (size_t)thread;
        struct conv_item item = {.state = state,
                                 .context = context,
                                 .buffers = buffers,
                                 .columns = (float *)(void *)own,
                                 .tile = (float *)(void *)(own + state->column_bytes)};
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < state->items; i++) {
            item.group = i / per_group;
            if (state->kind == DLB_OP_CONV)
                forward_item(&item, i % per_group);
            else if (state->kind == DLB_OP_CONV_BWD_DATA)
                backward_data_item(&item, i % per_group);
            else
                backward_weights_item(&item, i % per_group);
        }
    }
}

const struct dlb_openblas_kernel dlb_openblas_conv = {
    .supports = conv_supports,
    .prepare = conv_prepare,
    .run = conv_run,
};
