/* fused.cl: the whole pipeline as one kernel, for devices without channels or pipes: a CPU that checks what a board would compute.
 *
 * The same parts in turn instead of at once: slice by slice both feeders gather, then the grid works through the slice; after the last slice of a
 * block the drain. The clock overlaps what a board would overlap. Memories of the chip come as arguments. */

#if DLB_FORM == DLB_FUSED
struct dlb_chip {
    DLB_CHIP dlb_element *a, *b; /* a slice each */
    DLB_CHIP dlb_sum *sums;      /* a block */
    DLB_CHIP struct dlb_point *rows, *cols;
};

/* Adds to `load` what one feeder takes for a slice. */
static void dlb_fill(__global const long *map, __global const dlb_element *from, DLB_CHIP const struct dlb_point *lines, int count,
                     struct dlb_tap *tap, int depth, int lanes, int line_step, int tap_step, DLB_CHIP dlb_element *to,
                     struct dlb_load *load)
{
    struct dlb_point taps[DLB_VECTOR];
    for (int first_tap = 0; first_tap < depth; first_tap += DLB_VECTOR) {
        dlb_take_taps(map, tap, taps);
        for (int line = 0; line < count; line += lanes) {
            load->bytes += dlb_gather(map, from, lines + line, count - line, taps, depth - first_tap, lanes, line_step, tap_step, to);
            load->passes++;
            to += lanes * DLB_VECTOR;
        }
    }
}

/* The grid's cycles on one slice. */
static long dlb_work(const struct dlb_chip *chip, const struct dlb_walk *walk)
{
    const int ims = dlb_groups(dlb_rows(walk), DLB_ROWS);
    const int ins = dlb_groups(dlb_cols(walk), DLB_COLS);
    const int taps = dlb_taps(walk);
    DLB_CHIP const dlb_element *a = chip->a;
    DLB_CHIP const dlb_element *b = chip->b;
    long cycles = 0;
    for (int tap = 0; tap < taps; tap += DLB_VECTOR) {
        const bool fresh = walk->k0 == 0 && tap == 0;
        DLB_CHIP dlb_sum *sums = chip->sums;
        int turn = 0;
        for (int im = 0; im < ims; im++) {
            for (int in = 0; in < ins; in++) {
                dlb_multiply(a, b + in * DLB_VECTOR * DLB_COLS, fresh, sums);
                sums += DLB_ROWS * DLB_COLS;
                turn++;
            }
            a += DLB_ROWS * DLB_VECTOR;
        }
        while (turn < DLB_LATENCY) /* bubbles */
            turn++;
        cycles += turn;
        b += ins * DLB_VECTOR * DLB_COLS;
    }
    return cycles;
}

static void dlb_empty(__global const long *plan, const struct dlb_finish *finish, const struct dlb_chip *chip, const struct dlb_walk *walk,
                      struct dlb_clock *clock)
{
    const int rows = dlb_rows(walk);
    const int cols = dlb_cols(walk);
    DLB_CHIP const dlb_sum *sums = chip->sums;
    long bytes = plan[DLB_PLAN_HAS_BIAS] != 0 ? cols * (long)sizeof(dlb_sum) : 0;
    long passed = 0;
    for (int row = 0; row < rows; row += DLB_ROWS) {
        for (int col = 0; col < cols; col += DLB_COLS) {
            for (int r = 0; r < DLB_ROWS; r++) {
                if (row + r < rows)
                    bytes += dlb_store(plan, finish, walk->product, walk->m0 + row + r, walk->n0 + col, cols - col, sums);
                sums += DLB_COLS;
                passed++;
            }
        }
    }
    dlb_clock_drained(clock, bytes, passed);
}

DLB_TASK void dlb_pipeline(__global const long *restrict plan, __global const dlb_element *restrict a, __global const dlb_element *restrict b,
                           __global dlb_sum *d, __global const dlb_sum *bias, __global const dlb_sum *add, float alpha, float beta,
                           __global long *restrict counts, __global dlb_element *restrict chip_a, __global dlb_element *restrict chip_b,
                           __global dlb_sum *restrict chip_sums, __global struct dlb_point *restrict chip_lines)
{
    const struct dlb_finish finish = {d, bias, add, alpha, beta};
    const struct dlb_chip chip = {chip_a, chip_b, chip_sums, chip_lines, chip_lines + DLB_BLOCK_M};
    __global const long *map_a = plan + DLB_PLAN_A;
    __global const long *map_b = plan + DLB_PLAN_B;
    struct dlb_clock clock = dlb_clock_start(plan);
    struct dlb_walk walk = dlb_start(plan);
    while (dlb_more(&walk)) {
        const int rows = dlb_rows(&walk);
        const int cols = dlb_cols(&walk);
        struct dlb_tap tap_a = {0, 0, 0};
        struct dlb_tap tap_b = {0, 0, 0};
        struct dlb_load load_a = {0, dlb_make_lines(map_a, walk.product, walk.m0, rows, chip.rows)};
        struct dlb_load load_b = {0, dlb_make_lines(map_b, walk.product, walk.n0, cols, chip.cols)};
        for (; walk.k0 < walk.k; walk.k0 += DLB_DEPTH) {
            const int depth = dlb_taps(&walk);
            struct dlb_told told;
            dlb_fill(map_a, a, chip.rows, rows, &tap_a, depth, DLB_ROWS, DLB_VECTOR, 1, chip.a, &load_a);
            dlb_fill(map_b, b, chip.cols, cols, &tap_b, depth, DLB_COLS, 1, DLB_COLS, chip.b, &load_b);
            told.bytes = load_a.bytes + load_b.bytes;
            told.passes = max(load_a.passes, load_b.passes);
            told.cycles = dlb_work(&chip, &walk);
            dlb_clock_slice(&clock, told, walk.k0 == 0);
            load_a.bytes = load_a.passes = load_b.bytes = load_b.passes = 0;
        }
        dlb_empty(plan, &finish, &chip, &walk, &clock);
        dlb_next_block(&walk);
    }
    dlb_clock_stop(&clock, counts);
}
#endif
