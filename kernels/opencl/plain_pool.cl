/* plain_pool.cl: maximum or mean over a sliding window. Read plain_types.cl first.
 *
 * Macros: MAXPOOL or AVGPOOL; BLOCK, channels of a pixel side by side (1: plain N,C,H,W). A vector of W is
 *   W channels of one pixel        in a blocked image: nothing but loads and one operation each;
 *   W taps of one row of a window  in a plain image, for wide windows (global pooling): W partial results, joined at the end.
 * Padding is outside the image: it never wins a maximum and is not counted in a mean, so the window is clipped instead. Every window sees
 * the image: padding is narrower than the window. */
#ifdef MAXPOOL
#define START        (-INFINITY)
#define JOIN(a, b)   ((b) > (a) ? (b) : (a))
#define FINISH(v, n) (v)
#else
#define START        0
#define JOIN(a, b)   ((a) + (b))
#define FINISH(v, n) ((v) / (float)(n))
#endif

struct window {
    long top, bottom, left, right; /* clipped to the image; bottom and right are past the end */
};

#if BLOCK > 1

/* W channels, `lane` and those behind it. */
void pool_window(global const element *restrict plane, const struct window *at, long width,
                 uint lane, global element *restrict y, ulong index)
{
    real v = (real)(START);
    for (long h = at->top; h < at->bottom; h++)
        for (long w = at->left; w < at->right; w++) {
            const real tap = load(plane, (ulong)(h * width + w) * BLOCK + lane);
            v = JOIN(v, tap);
        }
    store(FINISH(v, (at->bottom - at->top) * (at->right - at->left)), y, index * BLOCK + lane);
}

#else

void pool_window(global const element *restrict plane, const struct window *at, long width,
                 uint lane, global element *restrict y, ulong index)
{
    float v = START;
#if W > 1
    real partial = (real)(START);
#endif
    for (long h = at->top; h < at->bottom; h++) {
        long w = at->left;
#if W > 1
        for (; w + W <= at->right; w += W) {
            const real taps = load(plane, (ulong)(h * width + w));
            partial = JOIN(partial, taps);
        }
#endif
        for (; w < at->right; w++) {
            const float tap = load_one(plane, (ulong)(h * width + w));
            v = JOIN(v, tap);
        }
    }
#if W > 1
    float parts[W];
    PASTE(vstore, W)(partial, 0, parts);
    for (uint i = 0; i < W; i++)
        v = JOIN(v, parts[i]);
#endif
    store_one(FINISH(v, (at->bottom - at->top) * (at->right - at->left)), y, index);
}

#endif

/* A work-group takes rows_per_group rows of the output: dimension 1 of its items the rows in turn, dimension 0 the pixels of a row, in a
 * blocked image W channels of each. A plane is a channel, or a block of channels, of one image. */
kernel void pool(global const element *restrict x, global element *restrict y, ulong planes,
                 ulong rows_per_group, long height, long width, long out_height, long out_width,
                 long window_height, long window_width, long stride_h, long stride_w, long pad_top,
                 long pad_left)
{
    const ulong vectors = BLOCK > W ? BLOCK / W : 1; /* of a pixel */
    const ulong first = get_group_id(1) * rows_per_group;
    const ulong last = min(first + rows_per_group, planes * (ulong)out_height);
    for (ulong row = first + get_local_id(1); row < last; row += get_local_size(1)) {
        global const element *plane = x + row / (ulong)out_height * (ulong)(height * width) * BLOCK;
        const long top = (long)(row % (ulong)out_height) * stride_h - pad_top;
        struct window at;
        at.top = max(top, 0L);
        at.bottom = min(top + window_height, height);
        for (ulong i = get_local_id(0); i < (ulong)out_width * vectors; i += get_local_size(0)) {
            const long left = (long)(i / vectors) * stride_w - pad_left;
            at.left = max(left, 0L);
            at.right = min(left + window_width, width);
            pool_window(plane, &at, width, (uint)(i % vectors) * W, y,
                        row * (ulong)out_width + i / vectors);
        }
    }
}
