/* plain_pool.cl: maximum or mean over a sliding window. Read plain_types.cl first.
 *
 * Padding is outside the image: it never wins a maximum and is not counted in a mean, so windows at the edge are clipped instead. Every
 * window sees the image: padding is narrower than the window.
 *
 * Macros: MAXPOOL or AVGPOOL; WINDOW_W and STRIDE_W, known to the compiler so that it unrolls the taps of a row; BLOCK, channels of a
 * pixel side by side (1: plain N,C,H,W); and what a vector of W elements is:
 *   (BLOCK > 1)  W channels of one pixel: loads and joins, nothing else.
 *   COLUMNS      W neighbouring windows of a plain image: tap by tap, each tap a load; with stride 2 every other element of two loads.
 *   TAPS         W taps of a row of one window, wide ones in a plain image (global pooling): W partial results, joined at the end. */
#ifdef MAXPOOL
#define START        (-INFINITY)
#define JOIN(a, b)   ((b) > (a) ? (b) : (a))
#define FINISH(v, n) (v)
#else
#define START        0
#define JOIN(a, b)   ((a) + (b))
#define FINISH(v, n) ((v) / (float)(n))
#endif

/* ---- Windows that the sides do not clip ------------------------------------------------------------ */

#if defined(COLUMNS) && W > 1
#define WINDOWS W /* of a vector */
#define REACH   (WINDOW_W - 1 + W * STRIDE_W) /* elements from the first to the last that is loaded */
#else
#define WINDOWS 1
#define REACH   WINDOW_W
#endif

/* The taps number `w` of the vector's windows. */
real load_taps(global const element *p, ulong i)
{
#if WINDOWS > 1 && STRIDE_W == 2
    return (real)(load(p, i).even, load(p, i + W).even);
#else
    return load(p, i);
#endif
}

/* Rows top to bottom (past the end); `left` is the column of the first tap. */
real pool_inside(global const element *restrict plane, long top, long bottom, long left,
                 long width, uint lane)
{
    real v = (real)(START);
    for (long h = top; h < bottom; h++) {
        const ulong row = (ulong)(h * width + left) * BLOCK + lane;
        for (ulong w = 0; w < WINDOW_W; w++) {
            const real taps = load_taps(plane, row + w * BLOCK);
            v = JOIN(v, taps);
        }
    }
    return FINISH(v, (bottom - top) * WINDOW_W);
}

/* ---- Windows that are clipped ---------------------------------------------------------------------- */

#if BLOCK > 1

real pool_clipped(global const element *restrict plane, long top, long bottom, long left,
                  long right, long width, uint lane)
{
    real v = (real)(START);
    for (long h = top; h < bottom; h++)
        for (long w = left; w < right; w++) {
            const real taps = load(plane, (ulong)(h * width + w) * BLOCK + lane);
            v = JOIN(v, taps);
        }
    return FINISH(v, (bottom - top) * (right - left));
}
#define store_clipped store

#else

float pool_clipped(global const element *restrict plane, long top, long bottom, long left,
                   long right, long width, uint lane)
{
    float v = START;
#if defined(TAPS) && W > 1
    real partial = (real)(START);
#endif
    for (long h = top; h < bottom; h++) {
        long w = left;
#if defined(TAPS) && W > 1
        for (; w + W <= right; w += W) {
            const real taps = load(plane, (ulong)(h * width + w));
            partial = JOIN(partial, taps);
        }
#endif
        for (; w < right; w++) {
            const float tap = load_one(plane, (ulong)(h * width + w));
            v = JOIN(v, tap);
        }
    }
#if defined(TAPS) && W > 1
    float parts[W];
    PASTE(vstore, W)(partial, 0, parts);
    for (uint i = 0; i < W; i++)
        v = JOIN(v, parts[i]);
#endif
    return FINISH(v, (bottom - top) * (right - left));
}
#define store_clipped store_one

#endif

/* A work-group takes rows_per_group rows of the output: dimension 1 of its items the rows in turn, dimension 0 the pixels of a row; with
 * vectors of windows there is one item. A plane is a channel, or a block of channels, of one image. */
kernel void pool(global const element *restrict x, global element *restrict y, ulong planes,
                 ulong rows_per_group, long height, long width, long out_height, long out_width,
                 long window_height, long stride_h, long pad_top, long pad_left)
{
    const long items = get_local_size(0);
    const ulong first_row = get_group_id(1) * rows_per_group;
    const ulong last_row = min(first_row + rows_per_group, planes * (ulong)out_height);

    /* Vectors of windows start at columns first..last; there are none when last < first. */
#ifdef TAPS
    const long first = 0, last = -1;
#else
    const long first = (pad_left + STRIDE_W - 1) / STRIDE_W;
    const long room = width + pad_left - REACH;
    const long last = room < 0 ? -1 : min(room / STRIDE_W, out_width - WINDOWS);
#endif

    for (ulong row = first_row + get_local_id(1); row < last_row; row += get_local_size(1)) {
        const ulong index = row / (ulong)out_height;
        global const element *plane = x + index * (ulong)(height * width) * BLOCK;
        global element *to = y + row * (ulong)out_width * BLOCK;
        const long start = (long)(row - index * (ulong)out_height) * stride_h - pad_top;
        const long top = max(start, 0L), bottom = min(start + window_height, height);

        for (long q = get_local_id(0); q < out_width;) {
            if (last >= first && q >= first && q < last + WINDOWS) {
                /* The last vector overlaps the one before: no scalar rest. */
                const long at = min(q, last), left = at * STRIDE_W - pad_left;
                for (uint lane = 0; lane < BLOCK; lane += BLOCK > 1 ? W : 1)
                    store(pool_inside(plane, top, bottom, left, width, lane), to,
                          (ulong)at * BLOCK + lane);
                q = at + WINDOWS * items;
            } else {
                const long left = q * STRIDE_W - pad_left;
                for (uint lane = 0; lane < BLOCK; lane += BLOCK > 1 ? W : 1)
                    store_clipped(pool_clipped(plane, top, bottom, max(left, 0L),
                                               min(left + WINDOW_W, width), width, lane),
                                  to, (ulong)q * BLOCK + lane);
                q += items;
            }
        }
    }
}
