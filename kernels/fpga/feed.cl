/* feed.cl: the feeders: each loads the next slice of its operand into one half of a double buffer while it sends the words of the other half.
 *
 * A word of A holds DLB_VECTOR taps of DLB_ROWS lines, one of B those of DLB_COLS; in a slice they follow tap by tap, in each tap
 * line group by line group: the order in which the grid wants them. A pass of the loop gathers a word and sends a word. */

#if DLB_FORM != DLB_FUSED
DLB_TASK void dlb_feed_a(__global const long *restrict plan, __global const dlb_element *restrict a DLB_WRITES(struct dlb_word_a, dlb_wire_a)
                             DLB_WRITES(struct dlb_load, dlb_wire_load_a))
{
    __global const long *map = plan + DLB_PLAN_A;
    struct dlb_word_a words[2][DLB_SLICE * DLB_IM];
    struct dlb_point lines[DLB_BLOCK_M];
    struct dlb_point taps[DLB_VECTOR];
    struct dlb_tap tap = {0, 0, 0};
    struct dlb_walk walk = dlb_start(plan);
    int set = 0;
    int ready = 0; /* words of the other half */
    struct dlb_load load_ready = {0, 0}; /* what they took to load */
    while (dlb_more(&walk) || ready > 0) {
        const int rows = dlb_more(&walk) ? dlb_rows(&walk) : 0;
        const int depth = dlb_more(&walk) ? dlb_taps(&walk) : 0;
        const int groups = dlb_groups(rows, DLB_ROWS);
        const int wanted = groups * dlb_groups(depth, DLB_VECTOR);
        struct dlb_load load = {0, 0};
        if (wanted > 0 && walk.k0 == 0) {
            load.passes = dlb_make_lines(map, walk.product, walk.m0, rows, lines);
            tap.c = tap.r = tap.s = 0;
        }
        int im = 0;
        int first_tap = 0;
        DLB_PIPELINE
        for (int i = 0; i < max(wanted, ready); i++) {
            if (i < wanted) {
                if (im == 0)
                    dlb_take_taps(map, &tap, taps);
                load.bytes += dlb_gather(map, a, lines + im * DLB_ROWS, rows - im * DLB_ROWS, taps, depth - first_tap, DLB_ROWS, DLB_VECTOR, 1,
                                         words[set][i].at);
                load.passes++;
                if (++im == groups) {
                    im = 0;
                    first_tap += DLB_VECTOR;
                }
            }
            if (i < ready)
                DLB_SEND(dlb_wire_a, words[!set][i]);
        }
        if (ready > 0)
            DLB_SEND(dlb_wire_load_a, load_ready);
        ready = wanted;
        load_ready = load;
        set = !set;
        if (wanted > 0)
            dlb_next_slice(&walk);
    }
}

DLB_TASK void dlb_feed_b(__global const long *restrict plan, __global const dlb_element *restrict b DLB_WRITES(struct dlb_word_b, dlb_wire_b)
                             DLB_WRITES(struct dlb_load, dlb_wire_load_b))
{
    __global const long *map = plan + DLB_PLAN_B;
    struct dlb_word_b words[2][DLB_SLICE * DLB_IN];
    struct dlb_point lines[DLB_BLOCK_N];
    struct dlb_point taps[DLB_VECTOR];
    struct dlb_tap tap = {0, 0, 0};
    struct dlb_walk walk = dlb_start(plan);
    int set = 0;
    int ready = 0;
    struct dlb_load load_ready = {0, 0}; /* what they took to load */
    while (dlb_more(&walk) || ready > 0) {
        const int cols = dlb_more(&walk) ? dlb_cols(&walk) : 0;
        const int depth = dlb_more(&walk) ? dlb_taps(&walk) : 0;
        const int groups = dlb_groups(cols, DLB_COLS);
        const int wanted = groups * dlb_groups(depth, DLB_VECTOR);
        struct dlb_load load = {0, 0};
        if (wanted > 0 && walk.k0 == 0) {
            load.passes = dlb_make_lines(map, walk.product, walk.n0, cols, lines);
            tap.c = tap.r = tap.s = 0;
        }
        int in = 0;
        int first_tap = 0;
        DLB_PIPELINE
        for (int i = 0; i < max(wanted, ready); i++) {
            if (i < wanted) {
                if (in == 0)
                    dlb_take_taps(map, &tap, taps);
                load.bytes += dlb_gather(map, b, lines + in * DLB_COLS, cols - in * DLB_COLS, taps, depth - first_tap, DLB_COLS, 1, DLB_COLS,
                                         words[set][i].at);
                load.passes++;
                if (++in == groups) {
                    in = 0;
                    first_tap += DLB_VECTOR;
                }
            }
            if (i < ready)
                DLB_SEND(dlb_wire_b, words[!set][i]);
        }
        if (ready > 0)
            DLB_SEND(dlb_wire_load_b, load_ready);
        ready = wanted;
        load_ready = load;
        set = !set;
        if (wanted > 0)
            dlb_next_slice(&walk);
    }
}
#endif
