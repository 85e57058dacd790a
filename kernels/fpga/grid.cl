/* grid.cl: the processing elements: DLB_ROWS x DLB_COLS of them, DLB_VECTOR multiply-accumulates each, every cycle.
 *
 * A cycle takes a word of A (a value of each tap for each row) and one of B (for each column). Rows of A travel to the right, columns of B
 * down, one processing element a cycle, through the registers of DLB_PASS. A processing element adds to another one of its interleaved results
 * in each cycle, so that an addition has DLB_LATENCY cycles time, and each word of A serves DLB_IN cycles and each of B DLB_IM. */

static void dlb_multiply(DLB_CHIP const dlb_element *restrict a, DLB_CHIP const dlb_element *restrict b, bool fresh,
                         DLB_CHIP dlb_sum *restrict sums)
{
#if DLB_FORM == DLB_FUSED
    DLB_CHIP const dlb_element *right = a;
    DLB_CHIP const dlb_element *down = b;
#else
    dlb_element right[DLB_ROWS * DLB_VECTOR];
    dlb_element down[DLB_VECTOR * DLB_COLS];
    DLB_UNROLL
    for (int i = 0; i < DLB_ROWS * DLB_VECTOR; i++)
        right[i] = a[i];
    DLB_UNROLL
    for (int i = 0; i < DLB_VECTOR * DLB_COLS; i++)
        down[i] = b[i];
#endif
    DLB_GRID
    for (int r = 0; r < DLB_ROWS; r++) {
        DLB_GRID
        for (int c = 0; c < DLB_COLS; c++) {
            dlb_sum sum = fresh ? 0 : sums[r * DLB_COLS + c];
            DLB_UNROLL
            for (int v = 0; v < DLB_VECTOR; v++)
                sum += DLB_VALUE_A(right[r * DLB_VECTOR + v]) * (dlb_sum)down[v * DLB_COLS + c];
            sums[r * DLB_COLS + c] = sum;
#if DLB_FORM != DLB_FUSED
            DLB_UNROLL
            for (int v = 0; v < DLB_VECTOR; v++) {
                right[r * DLB_VECTOR + v] = DLB_PASS(right[r * DLB_VECTOR + v]);
                down[v * DLB_COLS + c] = DLB_PASS(down[v * DLB_COLS + c]);
            }
#endif
        }
    }
}

#if DLB_FORM != DLB_FUSED
/* The results of a block stay in one set of sums while the next block accumulates in the other; meanwhile they leave, a row of
 * processing elements a cycle. */
DLB_TASK void dlb_grid(__global const long *restrict plan DLB_READS(struct dlb_word_a, dlb_wire_a)
                           DLB_READS(struct dlb_word_b, dlb_wire_b) DLB_READS(struct dlb_load, dlb_wire_load_a)
                               DLB_READS(struct dlb_load, dlb_wire_load_b) DLB_WRITES(struct dlb_told, dlb_wire_told)
                                   DLB_WRITES(struct dlb_word_d, dlb_wire_d))
{
    dlb_sum sums[2][DLB_POSITIONS][DLB_ROWS * DLB_COLS];
    struct dlb_word_a word_a;
    struct dlb_word_b words_b[DLB_IN];
    struct dlb_word_d word_d;
    int set = 0;
    int leaving = 0, left = 0; /* rows of results of the other set: how many there are, how many have left */
    struct dlb_walk walk = dlb_start(plan);
    while (dlb_more(&walk)) {
        const int ins = dlb_groups(dlb_cols(&walk), DLB_COLS);
        const int positions = dlb_groups(dlb_rows(&walk), DLB_ROWS) * ins;
        const int turns = max(positions, DLB_LATENCY);
        const int taps = dlb_taps(&walk);
        const bool last = walk.k0 + DLB_DEPTH >= walk.k;
        struct dlb_told told;
        told.cycles = 0;
        for (int tap = 0; tap < taps; tap += DLB_VECTOR) {
            const bool fresh = walk.k0 == 0 && tap == 0;
            int im = 0;
            int in = 0;
            DLB_PIPELINE
            DLB_APART
            for (int turn = 0; turn < turns; turn++) {
                if (turn < positions) {
                    if (in == 0)
                        DLB_RECEIVE(dlb_wire_a, word_a);
                    if (im == 0)
                        DLB_RECEIVE(dlb_wire_b, words_b[in]);
                    dlb_multiply(word_a.at, words_b[in].at, fresh, sums[set][turn]);
                    if (++in == ins) {
                        in = 0;
                        im++;
                    }
                }
                if (left < leaving) {
                    DLB_UNROLL
                    for (int c = 0; c < DLB_COLS; c++)
                        word_d.at[c] = sums[!set][left / DLB_ROWS][left % DLB_ROWS * DLB_COLS + c];
                    DLB_SEND(dlb_wire_d, word_d);
                    left++;
                }
                told.cycles++;
            }
        }
        struct dlb_load load_a;
        struct dlb_load load_b;
        DLB_RECEIVE(dlb_wire_load_a, load_a);
        DLB_RECEIVE(dlb_wire_load_b, load_b);
        told.bytes = load_a.bytes + load_b.bytes;
        told.passes = max(load_a.passes, load_b.passes);
        DLB_SEND(dlb_wire_told, told);
        dlb_next_slice(&walk);
        if (last) {
            /* What is left of the block before, when this one was too short for it; behind the last block, that block too. */
            for (int blocks = dlb_more(&walk) ? 1 : 2; blocks > 0; blocks--) {
                DLB_PIPELINE
                for (; left < leaving; left++) {
                    DLB_UNROLL
                    for (int c = 0; c < DLB_COLS; c++)
                        word_d.at[c] = sums[!set][left / DLB_ROWS][left % DLB_ROWS * DLB_COLS + c];
                    DLB_SEND(dlb_wire_d, word_d);
                }
                set = !set;
                leaving = positions * DLB_ROWS;
                left = 0;
            }
        }
    }
}
#endif
