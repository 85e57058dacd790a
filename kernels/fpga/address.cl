/* address.cl: which element of A or B belongs where: the blocks and slices in order, and the address generators of the feeders.
 *
 * Addresses come from counters, as in hardware: divisions happen once a block, never in a loop. plan.cl defines the maps. */

/* Where the pipeline is: products, in each the blocks of the output row by row of blocks, in each the slices of K. All kernels walk alike. */
struct dlb_walk {
    long products, m, n, k;
    long product, m0, n0, k0;
};

static struct dlb_walk dlb_start(__global const long *plan)
{
    struct dlb_walk walk;
    walk.products = plan[DLB_PLAN_PRODUCTS];
    walk.m = plan[DLB_PLAN_M];
    walk.n = plan[DLB_PLAN_N];
    walk.k = plan[DLB_PLAN_K];
    walk.product = walk.m0 = walk.n0 = walk.k0 = 0;
    return walk;
}

static bool dlb_more(const struct dlb_walk *walk)
{
    return walk->product < walk->products;
}

static void dlb_next_block(struct dlb_walk *walk)
{
    walk->k0 = 0;
    walk->n0 += DLB_BLOCK_N;
    if (walk->n0 < walk->n)
        return;
    walk->n0 = 0;
    walk->m0 += DLB_BLOCK_M;
    if (walk->m0 < walk->m)
        return;
    walk->m0 = 0;
    walk->product++;
}

static void dlb_next_slice(struct dlb_walk *walk)
{
    walk->k0 += DLB_DEPTH;
    if (walk->k0 >= walk->k)
        dlb_next_block(walk);
}

/* What there is of a block and a slice: less at the edges. */
static int dlb_rows(const struct dlb_walk *walk)
{
    return (int)min(walk->m - walk->m0, (long)DLB_BLOCK_M);
}

static int dlb_cols(const struct dlb_walk *walk)
{
    return (int)min(walk->n - walk->n0, (long)DLB_BLOCK_N);
}

static int dlb_taps(const struct dlb_walk *walk)
{
    return (int)min(walk->k - walk->k0, (long)DLB_DEPTH);
}

/* How many groups of `lanes` hold `count`. */
static int dlb_groups(int count, int lanes)
{
    return (count + lanes - 1) / lanes;
}

/* A line's or a tap's share of an address; the element stands at the sum of both. */
struct dlb_point {
    long at;
    int y, x;
};

/* The table of a block's lines: `count` from line `first` of a product. Returns the passes that it took. */
static long dlb_make_lines(__global const long *map, long product, long first, int count, DLB_CHIP struct dlb_point *lines)
{
    const long width = map[DLB_MAP_WIDTH];
    const int ps = (int)map[DLB_MAP_P];
    const int qs = (int)map[DLB_MAP_Q];
    long i = first / ((long)ps * qs);
    int p = (int)(first / qs % ps);
    int q = (int)(first % qs);
    long passes = 0;
    DLB_PIPELINE
    for (int line = 0; line < count; line++) {
        const int y = p * (int)map[DLB_MAP_STEP_Y] - (int)map[DLB_MAP_PAD_Y];
        const int x = q * (int)map[DLB_MAP_STEP_X] - (int)map[DLB_MAP_PAD_X];
        lines[line].at = product * map[DLB_MAP_PRODUCT] + i * map[DLB_MAP_LINE] + y * width + x;
        lines[line].y = y;
        lines[line].x = x;
        if (++q == qs) {
            q = 0;
            if (++p == ps) {
                p = 0;
                i++;
            }
        }
        passes++;
    }
    return passes;
}

/* The counters of the taps, through the slices of a block. */
struct dlb_tap {
    long c;
    int r, s;
};

/* The next DLB_VECTOR taps. */
static void dlb_take_taps(__global const long *map, struct dlb_tap *tap, struct dlb_point *taps)
{
    const long width = map[DLB_MAP_WIDTH];
    DLB_UNROLL
    for (int v = 0; v < DLB_VECTOR; v++) {
        taps[v].y = tap->r * (int)map[DLB_MAP_DILATION_Y];
        taps[v].x = tap->s * (int)map[DLB_MAP_DILATION_X];
        taps[v].at = tap->c * map[DLB_MAP_TAP] + taps[v].y * width + taps[v].x;
        if (++tap->s == (int)map[DLB_MAP_S]) {
            tap->s = 0;
            if (++tap->r == (int)map[DLB_MAP_R]) {
                tap->r = 0;
                tap->c++;
            }
        }
    }
}

/* One word of `lanes` lines by DLB_VECTOR taps, of which `line_count` and `tap_count` exist; the rest is 0, and so are taps in the padding: these take their
 * turn but not their value from memory. Returns the bytes of the turns. */
static long dlb_gather(__global const long *map, __global const dlb_element *restrict from, DLB_CHIP const struct dlb_point *restrict lines,
                       int line_count, const struct dlb_point *taps, int tap_count, int lanes, int line_step, int tap_step,
                       DLB_CHIP dlb_element *restrict to)
{
    const uint height = (uint)map[DLB_MAP_HEIGHT];
    const uint width = (uint)map[DLB_MAP_WIDTH];
    long bytes = 0;
    DLB_UNROLL
    for (int v = 0; v < DLB_VECTOR; v++) {
        const int count = v < tap_count ? min(line_count, lanes) : 0;
        DLB_GRID
        for (int lane = 0; lane < lanes; lane++) {
            dlb_element value = 0;
            if (lane < count && (uint)(lines[lane].y + taps[v].y) < height && (uint)(lines[lane].x + taps[v].x) < width)
                value = from[lines[lane].at + taps[v].at];
            to[lane * line_step + v * tap_step] = value;
        }
        bytes += count * (long)sizeof(dlb_element);
    }
    return bytes;
}
