/* naive.c: see naive.h. */
#include "tests/unit/naive.h"

#include <stdlib.h>
#include <string.h>

float *dlb_naive_floats(const struct dlb_tensor *tensor, const void *data)
{
    const int64_t count = dlb_tensor_elements(tensor);
    float *floats = malloc((size_t)count * sizeof *floats);
    for (int64_t i = 0; floats != NULL && i < count; i++)
        floats[i] = (float)dlb_dtype_load(tensor->dtype, data, (size_t)i);
    return floats;
}

/* Sums in f32, term i into lane i mod lanes (a power of two); exact for integers, whose sums pass 2^24. */
struct sum {
    float lane[16];
    double exact;
    int64_t terms;
    int lanes;
};

static void add_product(struct sum *sum, float x, float y)
{
    sum->lane[sum->terms++ & (sum->lanes - 1)] += x * y;
    sum->exact += (double)x * (double)y;
}

static double finish(const struct sum *sum, enum dlb_dtype dtype)
{
    if (dlb_dtype_is_integer(dtype))
        return sum->exact;
    float total = 0;
    for (int i = 0; i < sum->lanes; i++)
        total += sum->lane[i];
    return (double)total;
}

static double gemm_element(const struct dlb_graph *graph, float *const *inputs, int64_t index,
                           struct sum *sum)
{
    const struct dlb_op *op = &graph->ops[0];
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const int64_t j = index % g->n, i = index / g->n % g->m, b = index / (g->n * g->m);
    for (int64_t k = 0; k < g->k; k++) {
        const int64_t a_at = b * g->m * g->k + (g->ta ? k * g->m + i : i * g->k + k);
        const int64_t b_at = b * g->k * g->n + (g->tb ? j * g->k + k : k * g->n + j);
        add_product(sum, inputs[op->inputs[0]][a_at], inputs[op->inputs[1]][b_at]);
    }
    const double product = finish(sum, graph->tensors[op->output].dtype);
    if (op->input_count < 3)
        return g->alpha * product;
    const float old = inputs[op->inputs[2]][index];
    return (double)((float)g->alpha * (float)product + (float)g->beta * old);
}

static double conv_element(const struct dlb_graph *graph, float *const *inputs, int64_t index,
                           struct sum *sum)
{
    const struct dlb_op *op = &graph->ops[0];
    const struct dlb_conv_attrs *a = &op->attrs.conv;
    const int64_t q = index % a->out_w, p = index / a->out_w % a->out_h;
    const int64_t k = index / (a->out_w * a->out_h) % a->k;
    const int64_t n = index / (a->out_w * a->out_h * a->k);
    const int64_t channels = a->c / a->groups, group = k / (a->k / a->groups);
    for (int64_t c = 0; c < channels; c++)
        for (int64_t r = 0; r < a->r; r++)
            for (int64_t s = 0; s < a->s; s++) {
                const int64_t h = p * a->stride_h - a->pad_top + r * a->dilation_h;
                const int64_t w = q * a->stride_w - a->pad_left + s * a->dilation_w;
                if (h < 0 || h >= a->h || w < 0 || w >= a->w)
                    continue;
                const int64_t x_at = ((n * a->c + group * channels + c) * a->h + h) * a->w + w;
                const int64_t w_at = ((k * channels + c) * a->r + r) * a->s + s;
                add_product(sum, inputs[op->inputs[0]][x_at], inputs[op->inputs[1]][w_at]);
            }
    return finish(sum, graph->tensors[op->output].dtype);
}

double dlb_naive_element(const struct dlb_graph *graph, float *const *inputs, int64_t index,
                         int lanes)
{
    struct sum sum = {.lanes = lanes};
    return graph->ops[0].kind == DLB_OP_GEMM ? gemm_element(graph, inputs, index, &sum)
                                             : conv_element(graph, inputs, index, &sum);
}

/* ---- Winograd ------------------------------------------------------------------------------------- */

static const float input_transform[6][6] = {
    {4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0}, {0, 4, -4, -1, 1, 0},
    {0, -2, -1, 2, 1, 0}, {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1},
};
static const float filter_transform[6][3] = {
    {1.0f / 4, 0, 0},
    {-1.0f / 6, -1.0f / 6, -1.0f / 6},
    {-1.0f / 6, 1.0f / 6, -1.0f / 6},
    {1.0f / 24, 1.0f / 12, 1.0f / 6},
    {1.0f / 24, -1.0f / 12, 1.0f / 6},
    {0, 0, 1},
};
static const float output_transform[4][6] = {
    {1, 1, 1, 1, 1, 0},
    {0, 1, -1, 2, -2, 0},
    {0, 1, 1, 4, 4, 0},
    {0, 1, -1, 8, -8, 1},
};

/* to = T from T', with T rows x inner. */
static void transform(const float *t, int rows, int inner, const float *from, float *to)
{
    float half[6 * 6];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < inner; j++) {
            half[i * inner + j] = 0;
            for (int k = 0; k < inner; k++)
                half[i * inner + j] += t[i * inner + k] * from[k * inner + j];
        }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < rows; j++) {
            to[i * rows + j] = 0;
            for (int k = 0; k < inner; k++)
                to[i * rows + j] += half[i * inner + k] * t[j * inner + k];
        }
}

/* The 6x6 pixels under an output tile of 4x4, with its padding. */
static void load_pixels(const struct dlb_conv_attrs *a, const float *plane, int64_t y, int64_t x,
                        float *pixels)
{
    for (int64_t i = 0; i < 6; i++)
        for (int64_t j = 0; j < 6; j++) {
            const int64_t h = y + i - 1, w = x + j - 1;
            const bool inside = h >= 0 && h < a->h && w >= 0 && w < a->w;
            pixels[i * 6 + j] = inside ? plane[h * a->w + w] : 0;
        }
}

static void winograd_tile(const struct dlb_conv_attrs *a, const float *x, const float *w,
                          int64_t y0, int64_t x0, float *tile)
{
    float sum[36] = {0};
    for (int64_t c = 0; c < a->c; c++) {
        float pixels[36], u[36], v[36];
        load_pixels(a, x + c * a->h * a->w, y0, x0, pixels);
        transform(input_transform[0], 6, 6, pixels, v);
        transform(filter_transform[0], 6, 3, w + c * 9, u);
        for (int i = 0; i < 36; i++)
            sum[i] += u[i] * v[i];
    }
    transform(output_transform[0], 4, 6, sum, tile);
}

void dlb_naive_winograd(const struct dlb_conv_attrs *attrs, const float *x, const float *w,
                        float *y)
{
    for (int64_t k = 0; k < attrs->k; k++)
        for (int64_t y0 = 0; y0 < attrs->h; y0 += 4)
            for (int64_t x0 = 0; x0 < attrs->w; x0 += 4) {
                float tile[16];
                winograd_tile(attrs, x, w + k * attrs->c * 9, y0, x0, tile);
                for (int64_t i = 0; i < 4; i++)
                    memcpy(y + (k * attrs->h + y0 + i) * attrs->w + x0, tile + i * 4,
                           4 * sizeof *tile);
            }
}
