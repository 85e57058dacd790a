/* verify_projection.c: a large D = alpha op(A) op(B) + beta C against random vectors, in O(n^2) (Freivalds 1977).
 *
 * The columns are cut into blocks; x holds a random sign per column. For each row i and block J,
 *     sum over j in J of x_j D_ij  =  alpha sum over k of op(A)_ik V_kJ  +  beta sum over j in J of x_j C_ij,
 *     V_kJ = sum over j in J of x_j op(B)_kj.
 * A wrong element changes its block by its whole error, as signs do not dilute, while rounding errors of the w
 * others grow with sqrt(w) only: at w = 256 a single f32 element that is off by a thousandth of its size is found, a
 * 16-bit one by a third. Sums of integers stay below 2^53, so there the comparison is exact. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/memory.h"
#include "bench/base/random.h"
#include "bench/run/verify_internal.h"

#define TILE_ROWS    64
#define TILE_COLUMNS 256
#define BLOCK_WIDTH  256
#define MOST_BLOCKS  16
/* Multiply-adds that A V may take: about 0.1 s. */
#define MOST_WORK 3e8

/* op(X) of one product of the batch. */
struct matrix {
    enum dlb_dtype dtype;
    const char *data;
    int64_t stride;  /* elements from one stored row to the next */
    bool transposed; /* op(X)[r][c] is stored at [c][r] */
};

/* Room for the work on one product of the batch. */
struct scratch {
    double tile[TILE_ROWS * TILE_COLUMNS];
    double line[TILE_ROWS];
    double square[MOST_BLOCKS]; /* of the Frobenius norm of each block of B */
    double *v;                  /* k x stride */
};

struct dlb_projection {
    const struct dlb_graph *graph;
    enum dlb_fill fill;
    int64_t width;      /* columns of a block, the last one may have fewer */
    int blocks, stride; /* per row; stride is blocks rounded up to 4 */
    double *sign;       /* n */
    double *value;      /* batch m rows x stride: the right-hand side */
    double *norms;      /* likewise: what the bound needs to know of A, B, C */
    struct scratch *scratch;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Rows r0.. and columns c0.. of op(X) as doubles, TILE_COLUMNS apart. */
static void load_tile(const struct matrix *x, int64_t r0, int64_t rows, int64_t c0, int64_t columns,
                      struct scratch *scratch)
{
    const int64_t size = (int64_t)dlb_dtype_size(x->dtype);
    if (!x->transposed) {
        for (int64_t r = 0; r < rows; r++)
            dlb_dtype_to_double(x->dtype, x->data + ((r0 + r) * x->stride + c0) * size,
                                scratch->tile + r * TILE_COLUMNS, (size_t)columns);
        return;
    }
    for (int64_t c = 0; c < columns; c++) {
        dlb_dtype_to_double(x->dtype, x->data + ((c0 + c) * x->stride + r0) * size, scratch->line,
                            (size_t)rows);
        for (int64_t r = 0; r < rows; r++)
            scratch->tile[r * TILE_COLUMNS + c] = scratch->line[r];
    }
}

/* Adds x_j B_kj over the columns of a block to V, and their squares to the block's norm. */
static void project_block(const struct dlb_projection *p, const struct matrix *b, int64_t k,
                          int block, int64_t n, struct scratch *scratch)
{
    const int64_t end = least(n, (block + 1) * p->width);
    for (int64_t j0 = block * p->width; j0 < end; j0 += TILE_COLUMNS) {
        const int64_t columns = least(TILE_COLUMNS, end - j0);
        for (int64_t k0 = 0; k0 < k; k0 += TILE_ROWS) {
            const int64_t rows = least(TILE_ROWS, k - k0);
            load_tile(b, k0, rows, j0, columns, scratch);
            for (int64_t r = 0; r < rows; r++) {
                const double *row = scratch->tile + r * TILE_COLUMNS;
                double sum = 0, squares = 0;
                for (int64_t j = 0; j < columns; j++) {
                    sum += p->sign[j0 + j] * row[j];
                    squares += row[j] * row[j];
                }
                scratch->v[(k0 + r) * p->stride + block] += sum;
                scratch->square[block] += squares;
            }
        }
    }
}

/* Four blocks at a time: four independent sums, and V is read in whole cache lines. */
static void multiply_row(const double *row, const double *v, int64_t columns, int stride,
                         double *result)
{
    for (int block = 0; block < stride; block += 4) {
        double sum[4] = {0};
        for (int64_t c = 0; c < columns; c++)
            for (int i = 0; i < 4; i++)
                sum[i] += row[c] * v[c * stride + block + i];
        for (int i = 0; i < 4; i++)
            result[block + i] += sum[i];
    }
}

/* value = op(A) V and, for now, norms = squares of the rows of op(A), for rows i0.. of one product. */
static void multiply_rows(const struct dlb_projection *p, const struct matrix *a, int64_t k,
                          int64_t i0, int64_t rows, int64_t first_row, struct scratch *scratch)
{
    for (int64_t k0 = 0; k0 < k; k0 += TILE_COLUMNS) {
        const int64_t columns = least(TILE_COLUMNS, k - k0);
        load_tile(a, i0, rows, k0, columns, scratch);
        for (int64_t r = 0; r < rows; r++) {
            const double *row = scratch->tile + r * TILE_COLUMNS;
            const int64_t place = (first_row + i0 + r) * p->stride;
            double squares = 0;
            for (int64_t c = 0; c < columns; c++)
                squares += row[c] * row[c];
            p->norms[place] += squares;
            multiply_row(row, scratch->v + k0 * p->stride, columns, p->stride, p->value + place);
        }
    }
}

/* Sum with signs and sum of squares of a block of one row of D or C, stored as they are. */
static double signed_sum(const struct dlb_projection *p, enum dlb_dtype dtype, const char *row,
                         int block, int64_t n, double *squares)
{
    double chunk[TILE_COLUMNS];
    const int64_t end = least(n, (block + 1) * p->width);
    double sum = 0;
    *squares = 0;
    for (int64_t j0 = block * p->width; j0 < end; j0 += TILE_COLUMNS) {
        const int64_t columns = least(TILE_COLUMNS, end - j0);
        dlb_dtype_to_double(dtype, row + j0 * (int64_t)dlb_dtype_size(dtype), chunk,
                            (size_t)columns);
        for (int64_t j = 0; j < columns; j++) {
            sum += p->sign[j0 + j] * chunk[j];
            *squares += chunk[j] * chunk[j];
        }
    }
    return sum;
}

/* Turns the squares of A's row into |alpha| |a_i| |B_J| and adds what C contributes. */
static void finish_row(const struct dlb_projection *p, const struct dlb_op *op, int64_t row,
                       const char *c, const double *block_squares)
{
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const enum dlb_dtype dtype = p->graph->tensors[op->output].dtype;
    double *value = p->value + row * p->stride, *norms = p->norms + row * p->stride;
    const double row_squares = norms[0];
    for (int block = 0; block < p->blocks; block++) {
        value[block] *= g->alpha;
        norms[block] = fabs(g->alpha) * sqrt(row_squares * block_squares[block]);
        if (c != NULL) {
            double squares;
            value[block] += g->beta * signed_sum(p, dtype, c, block, g->n, &squares);
            norms[block] += fabs(g->beta) * sqrt(squares);
        }
    }
}

static void project(const struct dlb_projection *p, void *const *inputs, int64_t batch,
                    struct scratch *scratch)
{
    const struct dlb_op *op = &p->graph->ops[0];
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const struct dlb_tensor *ta = &p->graph->tensors[op->inputs[0]];
    const struct dlb_tensor *tb = &p->graph->tensors[op->inputs[1]];
    const int64_t a_bytes = g->m * g->k * (int64_t)dlb_dtype_size(ta->dtype);
    const int64_t b_bytes = g->k * g->n * (int64_t)dlb_dtype_size(tb->dtype);
    const struct matrix a = {ta->dtype, (const char *)inputs[op->inputs[0]] + batch * a_bytes,
                             g->ta ? g->m : g->k, g->ta};
    const struct matrix b = {tb->dtype, (const char *)inputs[op->inputs[1]] + batch * b_bytes,
                             g->tb ? g->k : g->n, g->tb};
    memset(scratch->v, 0, (size_t)(g->k * p->stride) * sizeof *scratch->v);
    memset(scratch->square, 0, sizeof scratch->square);
    for (int block = 0; block < p->blocks; block++)
        project_block(p, &b, g->k, block, g->n, scratch);
    for (int64_t i0 = 0; i0 < g->m; i0 += TILE_ROWS)
        multiply_rows(p, &a, g->k, i0, least(TILE_ROWS, g->m - i0), batch * g->m, scratch);
    const struct dlb_tensor *d = &p->graph->tensors[op->output];
    const int64_t row_bytes = g->n * (int64_t)dlb_dtype_size(d->dtype);
    const char *c = op->input_count > 2 ? inputs[op->inputs[2]] : NULL;
    for (int64_t i = batch * g->m; i < (batch + 1) * g->m; i++)
        finish_row(p, op, i, c != NULL ? c + i * row_bytes : NULL, scratch->square);
}

/* As many blocks as the work allows; narrow ones find small errors. */
static void choose_blocks(struct dlb_projection *p, const struct dlb_gemm_attrs *g)
{
    const double products = (double)g->m * (double)g->k * (double)g->batch;
    const double wanted =
        fmin(fmin(MOST_BLOCKS, ceil((double)g->n / BLOCK_WIDTH)), fmax(1, MOST_WORK / products));
    p->width = (g->n + (int64_t)wanted - 1) / (int64_t)wanted;
    p->blocks = (int)((g->n + p->width - 1) / p->width);
    p->stride = (p->blocks + 3) / 4 * 4;
}

static void choose_signs(struct dlb_projection *p, uint64_t seed, int64_t n)
{
    struct dlb_random random;
    dlb_random_seed(&random, dlb_random_derive(seed, "oracle signs"));
    uint64_t bits = 0;
    for (int64_t j = 0; j < n; j++) {
        if (j % 64 == 0)
            bits = dlb_random_next(&random);
        p->sign[j] = (bits >> (j % 64) & 1) != 0 ? 1 : -1;
    }
}

enum dlb_status dlb_projection_open(const struct dlb_oracle *oracle,
                                    struct dlb_projection **projection, struct dlb_why *why)
{
    const struct dlb_gemm_attrs *g = &oracle->graph->ops[0].attrs.gemm;
    const size_t rows = (size_t)g->m * (size_t)g->batch;
    struct dlb_projection *p = calloc(1, sizeof *p);
    struct scratch *scratch = calloc(1, sizeof *scratch);
    if (p != NULL && scratch != NULL) {
        p->graph = oracle->graph;
        p->fill = oracle->fill;
        choose_blocks(p, g);
        p->sign = calloc((size_t)g->n, sizeof *p->sign);
        p->value = calloc(rows * (size_t)p->stride, sizeof *p->value);
        p->norms = calloc(rows * (size_t)p->stride, sizeof *p->norms);
        scratch->v = calloc((size_t)g->k * (size_t)p->stride, sizeof *scratch->v);
        p->scratch = scratch;
        if (p->sign != NULL && p->value != NULL && p->norms != NULL && scratch->v != NULL) {
            *projection = p;
            return DLB_OK;
        }
    } else {
        free(scratch);
    }
    dlb_projection_close(p);
    return dlb_fail(why, DLB_NO_MEMORY, "no memory for the oracle's projection of %zu rows", rows);
}

void dlb_projection_close(struct dlb_projection *projection)
{
    if (projection == NULL)
        return;
    if (projection->scratch != NULL)
        free(projection->scratch->v);
    free(projection->scratch);
    free(projection->sign);
    free(projection->value);
    free(projection->norms);
    free(projection);
}

void dlb_projection_draw(struct dlb_projection *p, void *const *inputs, uint64_t seed)
{
    const struct dlb_gemm_attrs *g = &p->graph->ops[0].attrs.gemm;
    const size_t places = (size_t)(g->m * g->batch * p->stride);
    choose_signs(p, seed, g->n);
    memset(p->value, 0, places * sizeof *p->value);
    memset(p->norms, 0, places * sizeof *p->norms);
    for (int64_t i = 0; i < g->batch; i++)
        project(p, inputs, i, p->scratch);
}

/* NaN when there is nothing to compare with. */
static double share_of_block(double error, double bound)
{
    if (!isfinite(bound) || isnan(error))
        return NAN;
    if (bound > 0)
        return error / bound;
    return error > 0 ? INFINITY : 0;
}

double dlb_projection_check(const struct dlb_projection *p, const void *host, int64_t *first,
                            int64_t *width)
{
    const struct dlb_op *op = &p->graph->ops[0];
    const struct dlb_gemm_attrs *g = &op->attrs.gemm;
    const enum dlb_dtype dtype = p->graph->tensors[op->output].dtype;
    const int64_t row_bytes = g->n * (int64_t)dlb_dtype_size(dtype);
    double worst = -1;
    for (int64_t i = 0; i < g->m * g->batch; i++) {
        for (int block = 0; block < p->blocks; block++) {
            double squares;
            const double found =
                signed_sum(p, dtype, (const char *)host + i * row_bytes, block, g->n, &squares);
            if (!isfinite(squares))
                continue;
            const int64_t start = block * p->width;
            const int64_t columns = least(p->width, g->n - start);
            const int64_t place = i * p->stride + block;
            const double bound = dlb_bound_projection(p->graph, op, p->fill, (double)columns,
                                                      p->norms[place], sqrt(squares));
            const double share = share_of_block(fabs(found - p->value[place]), bound);
            if (share <= worst)
                continue;
            worst = share;
            *first = i * g->n + start;
            *width = columns;
            if (isnan(share))
                return share;
        }
    }
    return worst;
}
