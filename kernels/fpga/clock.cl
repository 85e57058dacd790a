/* clock.cl: the pipeline's time, put together from what its loops have counted.
 *
 * While the grid works on a slice the feeders load the next one into the other half of their buffers and the drain writes its share of the block
 * before; both cross the same memory. So a slice takes the largest of its own cycles, of the passes of the slower feeder (one a line of a new
 * block, one a word) and of that traffic (bytes x 256 / bandwidth, rounded up); what is above its own cycles is stall. The first load has nothing to hide behind (fill, with the way through the grid: DLB_ROWS + DLB_COLS - 2
 * registers), nor has the draining of the last block. A block whose neighbour is not out of the sums when it is done waits for it. */
struct dlb_clock {
    long bandwidth;
    long slices; /* of a block */
    long compute, stall, fill, drain, bytes;
    long pending;               /* cycles of the slice that runs; 0: none yet */
    long block;                 /* since the running block began */
    long share, rows;           /* of the block before: bytes to write beside each slice, rows of results to pass */
    long done_bytes, done_rows; /* likewise, of the block that was drained last */
};

static struct dlb_clock dlb_clock_start(__global const long *plan)
{
    struct dlb_clock clock;
    clock.bandwidth = plan[DLB_PLAN_BANDWIDTH];
    clock.slices = (plan[DLB_PLAN_K] + DLB_DEPTH - 1) / DLB_DEPTH;
    clock.compute = clock.stall = clock.fill = clock.drain = clock.bytes = 0;
    clock.pending = clock.block = clock.share = clock.rows = clock.done_bytes = clock.done_rows = 0;
    return clock;
}

static long dlb_clock_memory(const struct dlb_clock *clock, long bytes)
{
    return (bytes * 256 + clock->bandwidth - 1) / clock->bandwidth;
}

/* The running slice ends; beside it the next one was loaded: so many bytes, so many passes. */
static void dlb_clock_settle(struct dlb_clock *clock, long bytes, long passes)
{
    const long took = max(clock->pending, max(passes, dlb_clock_memory(clock, bytes + clock->share)));
    clock->compute += clock->pending;
    clock->stall += took - clock->pending;
    clock->block += took;
    clock->pending = 0;
}

/* The running block ends: the one before must be out. */
static void dlb_clock_end_block(struct dlb_clock *clock)
{
    clock->stall += max(clock->rows - clock->block, 0L);
    clock->block = 0;
    clock->share = (clock->done_bytes + clock->slices - 1) / clock->slices;
    clock->rows = clock->done_rows;
}

/* A slice begins. */
static void dlb_clock_slice(struct dlb_clock *clock, struct dlb_told told, bool first_of_block)
{
    if (clock->pending == 0)
        clock->fill = max(told.passes, dlb_clock_memory(clock, told.bytes)) + DLB_ROWS + DLB_COLS - 2;
    else
        dlb_clock_settle(clock, told.bytes, told.passes);
    if (first_of_block)
        dlb_clock_end_block(clock);
    clock->pending = told.cycles;
    clock->bytes += told.bytes;
}

/* A block has been drained. */
static void dlb_clock_drained(struct dlb_clock *clock, long bytes, long rows)
{
    clock->done_bytes = bytes;
    clock->done_rows = rows;
    clock->bytes += bytes;
}

static void dlb_clock_stop(struct dlb_clock *clock, __global long *counts)
{
    dlb_clock_settle(clock, 0, 0);
    dlb_clock_end_block(clock);
    clock->drain = max(clock->rows, dlb_clock_memory(clock, clock->done_bytes));
    counts[DLB_COUNT_TOTAL] = clock->fill + clock->compute + clock->stall + clock->drain;
    counts[DLB_COUNT_COMPUTE] = clock->compute;
    counts[DLB_COUNT_STALL] = clock->stall;
    counts[DLB_COUNT_FILL] = clock->fill;
    counts[DLB_COUNT_DRAIN] = clock->drain;
    counts[DLB_COUNT_BYTES] = clock->bytes;
}
