/* drain.cl: what happens to a result on its way out: D = relu(alpha sum + beta D + bias + add), each part where the problem has it.
 *
 * A convolution's rows are pixels and its columns filters: D is an image again. The pipeline's clock stands here, at its end. */

struct dlb_finish {
    __global dlb_sum *d;
    __global const dlb_sum *bias, *add;
    float alpha, beta;
};

/* One row of processing elements: `cols` results of row `row` from column `col` on. Returns the bytes that cross the memory. */
static long dlb_store(__global const long *plan, const struct dlb_finish *finish, long product, long row, long col, int cols,
                      DLB_CHIP const dlb_sum *sums)
{
    const long pixels = plan[DLB_PLAN_D_PIXELS];
    const long step = plan[DLB_PLAN_D_COLUMN];
    const bool has_c = plan[DLB_PLAN_HAS_C] != 0;
    const bool has_bias = plan[DLB_PLAN_HAS_BIAS] != 0;
    const bool has_add = plan[DLB_PLAN_HAS_ADD] != 0;
    const bool has_relu = plan[DLB_PLAN_HAS_RELU] != 0;
    const long at = product * plan[DLB_PLAN_D_PRODUCT] + row / pixels * plan[DLB_PLAN_D_IMAGE] + row % pixels * plan[DLB_PLAN_D_PIXEL] +
                    col * step;
    const long bias_at = product * plan[DLB_PLAN_BIAS_PRODUCT] + col;
    long touched = 0;
    DLB_GRID
    for (int c = 0; c < DLB_COLS; c++) {
        if (c < cols) {
#ifdef DLB_INTEGER
            dlb_sum value = sums[c];
            if (has_c)
                value += finish->d[at + c * step];
#else
            dlb_sum value = finish->alpha * sums[c];
            if (has_c)
                value += finish->beta * finish->d[at + c * step];
#endif
            if (has_bias)
                value += finish->bias[bias_at + c];
            if (has_add)
                value += finish->add[at + c * step];
            if (has_relu) /* not max: a NaN stays one */
                value = value < (dlb_sum)0 ? (dlb_sum)0 : value;
            finish->d[at + c * step] = value;
            touched += 1 + has_c + has_add;
        }
    }
    return touched * (long)sizeof(dlb_sum);
}

#if DLB_FORM != DLB_FUSED
DLB_TASK void dlb_drain(__global const long *restrict plan, __global dlb_sum *d, __global const dlb_sum *bias, __global const dlb_sum *add,
                        float alpha, float beta, __global long *restrict counts DLB_READS(struct dlb_told, dlb_wire_told)
                            DLB_READS(struct dlb_word_d, dlb_wire_d))
{
    const struct dlb_finish finish = {d, bias, add, alpha, beta};
    struct dlb_clock clock = dlb_clock_start(plan);
    for (struct dlb_walk walk = dlb_start(plan); dlb_more(&walk); dlb_next_block(&walk)) {
        for (long slice = 0; slice < clock.slices; slice++) {
            struct dlb_told told;
            DLB_RECEIVE(dlb_wire_told, told);
            dlb_clock_slice(&clock, told, slice == 0);
        }
        const int rows = dlb_rows(&walk);
        const int cols = dlb_cols(&walk);
        long bytes = plan[DLB_PLAN_HAS_BIAS] != 0 ? cols * (long)sizeof(dlb_sum) : 0;
        long passed = 0;
        for (int row = 0; row < rows; row += DLB_ROWS) {
            for (int col = 0; col < cols; col += DLB_COLS) {
                DLB_PIPELINE
                for (int r = 0; r < DLB_ROWS; r++) {
                    struct dlb_word_d word;
                    DLB_RECEIVE(dlb_wire_d, word);
                    if (row + r < rows)
                        bytes += dlb_store(plan, &finish, walk.product, walk.m0 + row + r, walk.n0 + col, cols - col, word.at);
                    passed++;
                }
            }
        }
        dlb_clock_drained(&clock, bytes, passed);
    }
    dlb_clock_stop(&clock, counts);
}
#endif
