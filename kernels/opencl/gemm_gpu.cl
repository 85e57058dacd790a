/* gemm_gpu.cl: the matrix product in the shape of a GPU: tiles in local memory, a block of sums in the registers of each work-item.
 *
 * Behind gemm_element.cl. Macros: WX x WY work-items a group, each with RM x RN sums, TK the depth of a tile in units.
 *
 * A group computes TM x TN = WY RM x WX RN elements of D. It walks the depth in steps of TK: all work-items together load a TM x TK tile
 * of A and a TK x TN tile of B into local memory, wait, multiply, wait. Each unit loaded from global memory is then used TN (or TM)
 * times from local memory, and each unit read from local memory RN (or RM) times from a register.
 *
 * Work-item (wx, wy) owns rows wy, wy + WY, ... and columns wx, wx + WX, ...: neighbours in wx touch neighbours in memory (global stores
 * coalesce) and in local memory (no bank is asked twice). A tile's lines are one unit longer than needed for the same reason:
 * a tile stored along k would else be written with a stride that hits one bank. */

#define TM   (WY * RM)
#define TN   (WX * RN)
#define ITEMS (WX * WY)

/* Loads `lines` x TK units from (x0, u0) on, transposed to slices; the order of walking follows memory, so that
 * neighbours in the group read neighbours. */
void load_tile(const struct operand *o, int x0, int u0, int lines, __local unit_t *to)
{
    const int self = (int)(get_local_id(1) * WX + get_local_id(0));
    for (int e = self; e < lines * TK; e += ITEMS) {
        const int x = o->along ? e / TK : e % lines;
        const int u = o->along ? e % TK : e / lines;
        to[u * (lines + 1) + x] = unit_at(o, x0 + x, u0 + u);
    }
}

/* Group (x, y, z): columns x * TN.., rows y * TM.., and of product z / splits the part z % splits of the depth. `parts`
 * (NULL: none) has splits x batch x m x n sums. */
__attribute__((reqd_work_group_size(WX, WY, 1))) __kernel void
gemm_gpu(__global const in_type *restrict a, __global const in_type *restrict b, __global c_type *d,
         __global acc_t *parts, int m, int n, int k, int ta, int tb, acc_t alpha, acc_t beta,
         uint chain, __global const c_type *bias_n, __global const c_type *bias_m,
         __global const c_type *add, int group_depth, int splits)
{
    __local unit_t tile_a[TK * (TM + 1)], tile_b[TK * (TN + 1)];
    const size_t product = get_group_id(2) / splits, split = get_group_id(2) % splits;
    const size_t size = (size_t)m * n, products = get_num_groups(2) / splits;
    const struct operand left = {a + product * m * k, m, k, !ta, A_SIGNED};
    const struct operand right = {b + product * n * k, n, k, tb, true};
    const int i0 = (int)get_group_id(1) * TM, j0 = (int)get_group_id(0) * TN;
    const int wx = (int)get_local_id(0), wy = (int)get_local_id(1);
    const int u_begin = (int)split * group_depth;
    const int u_end = min(u_begin + group_depth, (k + KU - 1) / KU);

    acc_t acc[RM][RN];
#pragma unroll
    for (int r = 0; r < RM; r++)
#pragma unroll
        for (int c = 0; c < RN; c++)
            acc[r][c] = 0;
    /* A tile that reaches past u_end into the next split's part is cut: `depth` is the same for all, as barriers want. */
    for (int u = u_begin; u < u_end; u += TK) {
        const int depth = min(TK, u_end - u);
        load_tile(&left, i0, u, TM, tile_a);
        load_tile(&right, j0, u, TN, tile_b);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int q = 0; q < depth; q++) {
            unit_t column[RN];
#pragma unroll
            for (int c = 0; c < RN; c++)
                column[c] = tile_b[q * (TN + 1) + wx + c * WX];
#pragma unroll
            for (int r = 0; r < RM; r++) {
                const unit_t row = tile_a[q * (TM + 1) + wy + r * WY];
#pragma unroll
                for (int c = 0; c < RN; c++)
                    acc[r][c] = MAC(row, column[c], acc[r][c]);
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }

    const struct finish f = {alpha, beta, chain, bias_n, bias_m, add ? add + product * size : add};
    __global c_type *to = d + product * size;
#pragma unroll
    for (int r = 0; r < RM; r++) {
#pragma unroll
        for (int c = 0; c < RN; c++) {
            const int i = i0 + wy + r * WY, j = j0 + wx + c * WX;
            const size_t at = (size_t)i * n + j;
            if (i < m && j < n && parts)
                parts[(split * products + product) * size + at] = acc[r][c];
            else if (i < m && j < n)
                store1(finish1(&f, acc[r][c], beta, true, to, at, i, j), to, at);
        }
    }
}
