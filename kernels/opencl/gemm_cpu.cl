/* gemm_cpu.cl: the matrix product in the shape of a CPU: a work-group is one work-item that walks packed panels with vectors.
 *
 * Behind gemm_element.cl. Macros: MT x NT the register tile (NT a multiple of 16), KC the depth of a block in units (a multiple of 16).
 *
 * This is the scheme of Goto and van de Geijn (Anatomy of High-Performance Matrix Multiplication, 2008): a tile of MT x NT sums stays in
 * registers while a panel of A and a panel of B stream past it; the depth is cut so that the panels stay in the caches. A group owns
 * a block of D and packs what it needs, block by block, into local memory, which on a CPU is a piece of cache:
 *
 *     for each depth block of KC units
 *         pack A: all rows of the group               `rows` x KC
 *         for each block of JB columns
 *             pack B                                  KC x JB, in panels NT wide
 *             for each MT rows, for each panel: tile
 *
 * Packing inside the group costs each operand one pass of cache-to-cache copying for every group that shares it, a few per cent of the
 * arithmetic; packing everything beforehand costs a pass through memory and another launch, which is more. */

#define V  (NT / 16)
#define KS (KC + 16) /* distance of packed rows of A: one cache line more than KC, so that rows fall into different sets */

/* The x86 instruction wants unsigned bytes of A: signed ones are packed as a + 128, and 128 times the sum of B is taken off again. */
#if defined(VNNI) && A_SIGNED
#define EXCESS     1
#define PACKED(a)  ((a) ^ (int16)(0x80808080))
#else
#define EXCESS     0
#define PACKED(a)  (a)
#endif

/* Sums of bytes as f32 are whole numbers. */
#if INTEGER && KU == 1
#define TO_SUM(v) convert_int16(v)
#else
#define TO_SUM(v) (v)
#endif

/* A 16 x 16 transposition in registers. Zipping row i with row i + 8 moves the top bit of the row number to the bottom of the
 * column number and the top bit of the column number to the bottom of the row number; after four rounds all four bits have changed sides. */
#define ZIP(a, b)                                                                                  \
    (unit16)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6,  \
             a.s7, b.s7)
#define ZIP_TOP(a, b)                                                                              \
    (unit16)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se,  \
             a.sf, b.sf)

void transpose16(unit16 *r)
{
#pragma unroll
    for (int round = 0; round < 4; round++) {
        unit16 t[16];
#pragma unroll
        for (int i = 0; i < 8; i++) {
            t[2 * i] = ZIP(r[i], r[i + 8]);
            t[2 * i + 1] = ZIP_TOP(r[i], r[i + 8]);
        }
#pragma unroll
        for (int i = 0; i < 16; i++)
            r[i] = t[i];
    }
}

/* 16 units of line x from unit u on; unit u of 16 lines from line x on. Zeros past the edges. */
unit16 line16(const struct operand *o, int x, int u)
{
    if (x >= o->lines)
        return (unit16)(0);
    if ((u + 16) * KU <= o->k)
        return along16(o, o->p + (size_t)x * o->k + (size_t)u * KU);
    unit_t lane[16];
    for (int i = 0; i < 16; i++)
        lane[i] = unit_at(o, x, u + i);
    return vload16(0, lane);
}

unit16 slice16(const struct operand *o, int x, int u)
{
    if (x + 16 <= o->lines && (u + 1) * KU <= o->k)
        return across16(o, o->p + (size_t)u * KU * o->lines + x);
    unit_t lane[16];
    for (int i = 0; i < 16; i++)
        lane[i] = unit_at(o, x + i, u);
    return vload16(0, lane);
}

/* The 16 x 16 block of units at (x, u), given slice by slice, as lines; or the other way round. */
void block_as_lines(const struct operand *o, int x, int u, unit16 *r)
{
#pragma unroll
    for (int i = 0; i < 16; i++)
        r[i] = slice16(o, x, u + i);
    transpose16(r);
}

void block_as_slices(const struct operand *o, int x, int u, unit16 *r)
{
#pragma unroll
    for (int i = 0; i < 16; i++)
        r[i] = line16(o, x + i, u);
    transpose16(r);
}

/* Packed A: row after row, KS apart. The tile reads single units of it, so no transposition is needed where A lies along. */
void pack_a(const struct operand *o, int x0, int rows, int u0, int depth, __local unit16 *to)
{
    if (o->along) {
        for (int x = 0; x < rows; x++)
            for (int u = 0; u < depth; u += 16)
                to[(x * KS + u) / 16] = PACKED(line16(o, x0 + x, u0 + u));
        return;
    }
    for (int u = 0; u < depth; u += 16) {
        for (int x = 0; x < rows; x += 16) {
            unit16 r[16];
            block_as_lines(o, x0 + x, u0 + u, r);
            const int count = min(16, rows - x);
#pragma unroll
            for (int i = 0; i < 16; i++)
                if (i < count)
                    to[((x + i) * KS + u) / 16] = PACKED(r[i]);
        }
    }
}

/* Packed B: panels of NT columns, each KC slices of NT units. */
void pack_b(const struct operand *o, int x0, int columns, int u0, int depth, __local unit16 *to)
{
    if (!o->along) {
        for (int u = 0; u < depth; u++)
            for (int x = 0; x < columns; x += 16)
                to[(x / NT * KC + u) * V + x % NT / 16] = slice16(o, x0 + x, u0 + u);
        return;
    }
    for (int x = 0; x < columns; x += 16) {
        for (int u = 0; u < depth; u += 16) {
            unit16 r[16];
            block_as_slices(o, x0 + x, u0 + u, r);
            __local unit16 *at = to + (x / NT * KC + u) * V + x % NT / 16;
#pragma unroll
            for (int i = 0; i < 16; i++)
                at[i * V] = r[i];
        }
    }
}

/* The heart: MT x NT sums over `depth` units. Each step loads V vectors of B and multiplies them by MT units of A, each spread over
 * a vector: MT V multiply-adds to MT + V loads. */
void tile(__local const unit_t *a, __local const unit16 *b, int depth, acc16 *sums)
{
    unit16 acc[MT][V];
#pragma unroll
    for (int i = 0; i < MT; i++)
#pragma unroll
        for (int v = 0; v < V; v++)
            acc[i][v] = 0;
#if EXCESS
    unit16 excess[V];
#pragma unroll
    for (int v = 0; v < V; v++)
        excess[v] = 0;
#endif
    for (int u = 0; u < depth; u++) {
        unit16 bv[V];
#pragma unroll
        for (int v = 0; v < V; v++)
            bv[v] = b[v];
#if EXCESS
#pragma unroll
        for (int v = 0; v < V; v++)
            excess[v] = MAC16((unit16)(0x80808080), bv[v], excess[v]);
#endif
#pragma unroll
        for (int i = 0; i < MT; i++)
#pragma unroll
            for (int v = 0; v < V; v++)
                acc[i][v] = MAC16((unit16)(a[i * KS]), bv[v], acc[i][v]);
        a++;
        b += V;
    }
#pragma unroll
    for (int i = 0; i < MT; i++)
#pragma unroll
        for (int v = 0; v < V; v++)
            #if EXCESS
            sums[i * V + v] = acc[i][v] - excess[v];
#else
            sums[i * V + v] = TO_SUM(acc[i][v]);
#endif
}

/* Where a tile's sums go: into D, finished; or, where they are only a part and D cannot hold it, into `part`. */
struct target {
    __global c_type *d;
    __global acc_t *part; /* NULL: D */
    int m, n;
    acc_t beta; /* of what is there already */
    bool last;  /* block of the depth */
};

void put1(const struct target *t, const struct finish *f, acc_t sum, size_t at, int i, int j)
{
    if (t->part)
        t->part[at] = sum + (t->beta != 0 ? t->part[at] : 0);
    else
        store1(finish1(f, sum, t->beta, t->last, t->d, at, i, j), t->d, at);
}

void put_tile(const struct target *t, const struct finish *f, const acc16 *sums, int i0, int j0)
{
    const int rows = min(MT, t->m - i0);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < NT && j0 + j < t->n; j += 16) {
            const size_t at = (size_t)(i0 + i) * t->n + j0 + j;
            const acc16 sum = sums[(i * NT + j) / 16];
            const int count = min(16, t->n - j0 - j);
            if (t->part && count == 16) {
                const acc16 old = t->beta != 0 ? vload16(0, t->part + at) : (acc16)(0);
                vstore16(old + sum, 0, t->part + at);
            } else if (!t->part && count == 16) {
                store16(finish16(f, sum, t->beta, t->last, t->d, at, i0 + i, j0 + j),
                        t->d, at);
            } else {
                acc_t lane[16];
                vstore16(sum, 0, lane);
                for (int l = 0; l < count; l++)
                    put1(t, f, lane[l], at + l, i0 + i, j0 + j + l);
            }
        }
    }
}

/* Group (x, y, z): rows x * group_rows.., columns y * group_columns.., and of product z / splits the part z % splits of the
 * depth. `parts` (NULL: none) has splits x batch x m x n sums. group_rows is a multiple of MT, block_columns of NT, group_depth of KC. */
__attribute__((reqd_work_group_size(1, 1, 1))) __kernel void
gemm_cpu(__global const in_type *restrict a, __global const in_type *restrict b, __global c_type *d,
         __global acc_t *parts, int m, int n, int k, int ta, int tb, acc_t alpha, acc_t beta,
         uint chain, __global const c_type *bias_n, __global const c_type *bias_m,
         __global const c_type *add, int group_rows, int group_columns, int group_depth, int splits,
         int block_columns, __local unit16 *packed_a, __local unit16 *packed_b)
{
    const size_t product = get_group_id(2) / splits, split = get_group_id(2) % splits;
    const size_t size = (size_t)m * n, products = get_num_groups(2) / splits;
    const struct operand left = {a + product * m * k, m, k, !ta, A_SIGNED};
    const struct operand right = {b + product * n * k, n, k, tb, true};
    const struct finish f = {alpha, beta, chain, bias_n, bias_m, add ? add + product * size : add};
    struct target t = {d + product * size, parts, m, n, beta, false};
    if (parts)
        t.part = parts + (split * products + product) * size;

    const int i_begin = (int)get_group_id(0) * group_rows;
    const int rows = min(group_rows, (m - i_begin + MT - 1) / MT * MT);
    const int j_begin = (int)get_group_id(1) * group_columns;
    const int j_end = min(j_begin + group_columns, n);
    const int u_begin = (int)split * group_depth;
    const int u_end = min(u_begin + group_depth, (k + KU - 1) / KU);
    for (int u = u_begin; u < u_end; u += KC) {
        const int depth = min(KC, u_end - u);
        t.beta = u > u_begin ? 1 : parts ? 0 : beta;
        t.last = u + KC >= u_end;
        pack_a(&left, i_begin, rows, u, depth, packed_a);
        for (int j = j_begin; j < j_end; j += block_columns) {
            const int columns = (min(block_columns, j_end - j) + NT - 1) / NT * NT;
            pack_b(&right, j, columns, u, depth, packed_b);
            for (int i = 0; i < rows; i += MT) {
                for (int p = 0; p < columns; p += NT) {
                    acc16 sums[MT * V];
                    tile((__local const unit_t *)packed_a + i * KS, packed_b + p * KC / 16, depth, sums);
                    put_tile(&t, &f, sums, i_begin + i, j + p);
                }
            }
        }
    }
}
