/* direct_openblas.c: times one product or convolution by calling OpenBLAS directly. Usage: direct_openblas KEY
 *
 * gemm: cblas_sgemm in a bare loop. conv: the textbook im2col of a whole image, then one threaded sgemm an image;
 * so for convolutions this is an independent implementation on the same library, not the same sequence of calls. */
#include <dlfcn.h>

#include "tests/bench/direct.h"

#ifndef DLB_OPENBLAS_DIR
#define DLB_OPENBLAS_DIR ""
#endif

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 }; /* CBLAS's numbers */

typedef void (*sgemm_fn)(int order, int ta, int tb, int m, int n, int k, float alpha,
                         const float *a, int lda, const float *b, int ldb, float beta, float *c,
                         int ldc);

struct subject {
    struct direct_problem p;
    sgemm_fn sgemm;
    float *a, *b, *c; /* gemm: A, B, C; conv: X, W, Y whatever the pass */
    float *columns;
};

static sgemm_fn load(void)
{
    sgemm_fn sgemm;
    void *handle = dlopen(DLB_OPENBLAS_DIR "/libopenblas.so.0", RTLD_NOW);
    if (handle == NULL)
        handle = dlopen("libopenblas.so.0", RTLD_NOW);
    if (handle == NULL)
        direct_fail("no OpenBLAS", dlerror());
    void *symbol = dlsym(handle, "cblas_sgemm");
    if (symbol == NULL)
        direct_fail("no cblas_sgemm", dlerror());
    memcpy(&sgemm, &symbol, sizeof sgemm);
    return sgemm;
}

static void gemm_loop(void *self, int64_t count)
{
    const struct subject *s = self;
    const sgemm_fn sgemm = s->sgemm;
    const int m = (int)s->p.m, n = (int)s->p.n, k = (int)s->p.k;
    const int ta = s->p.ta ? TRANS : NO_TRANS, tb = s->p.tb ? TRANS : NO_TRANS;
    const int lda = s->p.ta ? m : k, ldb = s->p.tb ? k : n;
    const float alpha = (float)s->p.alpha, beta = (float)s->p.beta;
    const float *a = s->a, *b = s->b;
    float *c = s->c;
    for (int64_t i = 0; i < count; i++)
        sgemm(ROW_MAJOR, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, n);
}

/* Row (c, r, s) of the column matrix at output row y, as Caffe's im2col_cpu walks it: where the input row
 * starts (-1 in the padding), and the input column of output 0. */
static int64_t input_row(const struct direct_problem *p, int64_t row, int64_t y, int64_t *column)
{
    const int64_t c = row / (p->r * p->s), r = row / p->s % p->r, s = row % p->s;
    const int64_t h = y * p->stride + r * p->dilation - p->pad;
    *column = s * p->dilation - p->pad;
    return h < 0 || h >= p->h ? -1 : (c * p->h + h) * p->w;
}

static void im2col(const struct direct_problem *p, const float *image, float *columns)
{
#pragma omp parallel for
    for (int64_t row = 0; row < p->c * p->r * p->s; row++)
        for (int64_t y = 0; y < p->out_h; y++) {
            int64_t column;
            const int64_t from = input_row(p, row, y, &column);
            float *to = columns + (row * p->out_h + y) * p->out_w;
            for (int64_t x = 0; x < p->out_w; x++, column += p->stride)
                to[x] = from < 0 || column < 0 || column >= p->w ? 0 : image[from + column];
        }
}

static void col2im(const struct direct_problem *p, const float *columns, float *image)
{
    memset(image, 0, (size_t)(p->c * p->h * p->w) * sizeof *image);
#pragma omp parallel for
    for (int64_t c = 0; c < p->c; c++)
        for (int64_t row = c * p->r * p->s; row < (c + 1) * p->r * p->s; row++)
            for (int64_t y = 0; y < p->out_h; y++) {
                int64_t column;
                const int64_t to = input_row(p, row, y, &column);
                const float *from = columns + (row * p->out_h + y) * p->out_w;
                for (int64_t x = 0; to >= 0 && x < p->out_w; x++, column += p->stride)
                    if (column >= 0 && column < p->w)
                        image[to + column] += from[x];
            }
}

static void conv_image(const struct subject *s, int64_t image)
{
    const struct direct_problem *p = &s->p;
    const int pixels = (int)(p->out_h * p->out_w), depth = (int)(p->c * p->r * p->s);
    const int k = (int)p->k;
    float *x = s->a + image * p->c * p->h * p->w, *y = s->c + image * k * pixels;
    if (strcmp(p->pass, "bwd_data") == 0) {
        s->sgemm(ROW_MAJOR, TRANS, NO_TRANS, depth, pixels, k, 1, s->b, depth, y, pixels, 0,
                 s->columns, pixels);
        col2im(p, s->columns, x);
        return;
    }
    im2col(p, x, s->columns);
    if (strcmp(p->pass, "fwd") == 0)
        s->sgemm(ROW_MAJOR, NO_TRANS, NO_TRANS, k, pixels, depth, 1, s->b, depth, s->columns,
                 pixels, 0, y, pixels);
    else
        s->sgemm(ROW_MAJOR, NO_TRANS, TRANS, k, depth, pixels, 1, y, pixels, s->columns, pixels,
                 image > 0 ? 1 : 0, s->b, depth);
}

static void conv_loop(void *self, int64_t count)
{
    const struct subject *s = self;
    for (int64_t i = 0; i < count; i++)
        for (int64_t image = 0; image < s->p.n; image++)
            conv_image(s, image);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        direct_fail("wanted one argument, KEY", "usage: direct_openblas KEY");
    struct subject s = {.p = direct_parse(argv[1]), .sgemm = load()};
    const struct direct_problem *p = &s.p;
    if (strcmp(p->dtype, "f32") != 0 || p->groups != 1 || p->batch != 1)
        direct_fail("wanted f32, groups=1, batch=1", argv[1]);
    const int64_t pixels = p->out_h * p->out_w;
    s.a = direct_random((size_t)(p->conv ? p->n * p->c * p->h * p->w : p->m * p->k), 1);
    s.b = direct_random((size_t)(p->conv ? p->k * p->c * p->r * p->s : p->k * p->n), 2);
    s.c = direct_random((size_t)(p->conv ? p->n * p->k * pixels : p->m * p->n), 3);
    s.columns = p->conv ? direct_random((size_t)(p->c * p->r * p->s * pixels), 4) : NULL;
    direct_report("direct-openblas", argv[1],
                  direct_time(p->conv ? conv_loop : gemm_loop, &s, DIRECT_DEFAULT_NS));
    free(s.a);
    free(s.b);
    free(s.c);
    free(s.columns);
    return 0;
}
