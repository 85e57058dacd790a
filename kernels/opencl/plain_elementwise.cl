/* plain_elementwise.cl: y = a chain of element-wise ops of x, in one pass over the memory. Read plain_types.cl first.
 *
 * The chain is written by macros: LINK0, LINK1, ... name its ops, each BIAS, ADD, RELU or BATCHNORM, at most seven; a LINK that
 * the host does not define is NONE. An op contributes three pieces of text, stamped with its number i: the ARGUMENTS that the kernel takes for it, what
 * is to be SET UP before elements flow (parameters of a channel), and what is APPLIED to a vector of elements v. No chain costs a
 * branch at run time; a chain costs a build.
 *
 * Of the two kernels, `elementwise` is for tensors that all lie alike; it walks contiguous vectors. With ANY defined the file is `elementwise_any`
 * instead: an element at a time, each tensor in a layout of its own, also as a mere change of layout (no links). */

/* ---- The chain ------------------------------------------------------------------------------------ */

#ifndef LINK0
#define LINK0 NONE
#endif
#ifndef LINK1
#define LINK1 NONE
#endif
#ifndef LINK2
#define LINK2 NONE
#endif
#ifndef LINK3
#define LINK3 NONE
#endif
#ifndef LINK4
#define LINK4 NONE
#endif
#ifndef LINK5
#define LINK5 NONE
#endif
#ifndef LINK6
#define LINK6 NONE
#endif

/* FOR_EACH_LINK(PIECE) is PIECE_BIAS(0) PIECE_RELU(1) ... : two steps, so that LINK0 is replaced before it is pasted. */
#define STAMP_(piece, kind, i) piece##_##kind(i)
#define STAMP(piece, kind, i)  STAMP_(piece, kind, i)
#define FOR_EACH_LINK(piece)                                                                       \
    STAMP(piece, LINK0, 0) STAMP(piece, LINK1, 1) STAMP(piece, LINK2, 2) STAMP(piece, LINK3, 3)    \
    STAMP(piece, LINK4, 4) STAMP(piece, LINK5, 5) STAMP(piece, LINK6, 6)

#define ARGUMENTS_NONE(i)
#define SETUP_NONE(i)
#define APPLY_NONE(i)

/* NaN stays NaN: an error before a ReLU is not hidden by it. */
#define ARGUMENTS_RELU(i)
#define SETUP_RELU(i)
#define APPLY_RELU(i) v = v < (real)(0) ? (real)(0) : v;

#define ARGUMENTS_BIAS(i) , global const element *restrict b##i
#define SETUP_BIAS(i)     const real bias##i = PARAMETER(b##i);
#define APPLY_BIAS(i)     v += bias##i;

/* gamma (x - mean) / sqrt(variance + epsilon) + beta: the difference first, as mean and x may be close. */
#define ARGUMENTS_BATCHNORM(i)                                                                     \
    , global const element *restrict gamma##i, global const element *restrict beta##i,             \
        global const element *restrict mean##i, global const element *restrict variance##i,        \
        float epsilon##i
#define SETUP_BATCHNORM(i)                                                                         \
    const real scale##i = PARAMETER(gamma##i) / sqrt(PARAMETER(variance##i) + epsilon##i);         \
    const real centre##i = PARAMETER(mean##i), shift##i = PARAMETER(beta##i);
#define APPLY_BATCHNORM(i) v = scale##i * (v - centre##i) + shift##i;

#define SETUP_ADD(i)
#ifdef ANY
#define ARGUMENTS_ADD(i) , global const element *restrict other##i, uint block##i
#define APPLY_ADD(i)     v += load(other##i, place(image, channel, pixel, channels, pixels, block##i));
#else
#define ARGUMENTS_ADD(i) , global const element *restrict other##i
#define APPLY_ADD(i)     v += load(other##i, base + at);
#endif

#ifndef ANY

/* ---- All tensors lie alike ------------------------------------------------------------------------
 *
 * The tensor is `rows` of `length` contiguous elements, and a channel's parameters meet them in one of three ways (macro):
 *   PLANES   row r is all of channel r mod channels: N,C,H,W. One scalar for the row.
 *   ROWS     position i of each row is channel i: a matrix with one channel a column. A vector that moves along.
 *   BLOCKED  row r is BLOCK channels of pixels, the channels of a pixel side by side. One vector for the row.
 * A work-group takes a stretch of one row, or several short rows. Dimension 0 of its items takes the vectors of a row in turn, dimension 1
 * the rows. A CPU has one item a group, for which this is a plain loop over vectors; on a GPU neighbouring items touch neighbouring
 * vectors. */

#ifdef BLOCKED
/* Channels c.. of a vector. Past the last one it is repeated: the lanes there are nobody's, but must stay finite. */
real load_channels(global const element *p, ulong c, ulong channels)
{
    float lanes[W];
    for (uint lane = 0; lane < W; lane++)
        lanes[lane] = load_one(p, min(c + lane, channels - 1));
#if W == 1
    return lanes[0];
#else
    return PASTE(vload, W)(0, lanes);
#endif
}
#define PARAMETER(p) load_channels(p, row % ((channels + BLOCK - 1) / BLOCK) * BLOCK + lane, channels)
#elif defined(ROWS)
#define PARAMETER(p) load(p, at)
#define BLOCK        1
#else
#define PARAMETER(p) (real)(load_one(p, row % channels))
#define BLOCK        1
#endif

/* From one vector to the next: a block wider than a vector is walked in several sweeps. */
#define STEP (BLOCK > W ? BLOCK : W)

kernel void elementwise(global const element *restrict x, global element *restrict y, ulong rows,
                        ulong length, ulong channels, ulong rows_per_group FOR_EACH_LINK(ARGUMENTS))
{
    /* The cuts between stretches are multiples of STEP. */
    const ulong piece = get_group_id(0), pieces = get_num_groups(0), steps = length / STEP;
    const ulong begin = steps * piece / pieces * STEP;
    const ulong end = piece + 1 == pieces ? length : steps * (piece + 1) / pieces * STEP;
    const ulong first = get_group_id(1) * rows_per_group;
    const ulong last = min(first + rows_per_group, rows);

    for (ulong row = first + get_local_id(1); row < last; row += get_local_size(1)) {
        const ulong base = row * length;
        for (uint lane = 0; lane < BLOCK; lane += W) {
#ifndef ROWS
            FOR_EACH_LINK(SETUP)
#endif
            for (ulong i = begin + lane + get_local_id(0) * STEP; i < end;
                 i += get_local_size(0) * STEP) {
                /* No scalar rest: the last vector of a row overlaps the one before, which gives the same values twice. Only where one item does both:
                 * with several items the host chooses a W that divides the row. */
                const ulong at = BLOCK == 1 && i + W > end ? end - W : i;
                real v = load(x, base + at);
#ifdef ROWS
                FOR_EACH_LINK(SETUP)
#endif
                FOR_EACH_LINK(APPLY)
                store(v, y, base + at);
            }
        }
    }
}

#else

/* ---- Each tensor in a layout of its own ----------------------------------------------------------- */

/* Where an element of an image is stored: N, ceil(C / block), pixels, block. A block of 1 is the plain N,C,H,W. */
ulong place(ulong image, ulong channel, ulong pixel, ulong channels, ulong pixels, uint block)
{
    const ulong blocks = (channels + block - 1) / block;
    return ((image * blocks + channel / block) * pixels + pixel) * block + channel % block;
}

/* Parameters go by the plain index: of `extent` values each covers `inner` neighbours. */
#define PARAMETER(p) load(p, plain / inner % extent)

/* One item an element of y, `count` with the lanes past the last channel, which get the values of the last channel. */
kernel void elementwise_any(global const element *restrict x, global element *restrict y,
                            ulong count, ulong channels, ulong pixels, uint x_block, uint y_block,
                            ulong extent, ulong inner FOR_EACH_LINK(ARGUMENTS))
{
    const ulong i = get_global_id(0);
    if (i >= count) /* the host rounds the number of items up */
        return;
    const ulong blocks = (channels + y_block - 1) / y_block;
    const ulong pixel = i / y_block % pixels;
    const ulong image = i / y_block / pixels / blocks;
    const ulong channel =
        min(i / y_block / pixels % blocks * y_block + i % y_block, channels - 1);
    const ulong plain = (image * channels + channel) * pixels + pixel;
    real v = load(x, place(image, channel, pixel, channels, pixels, x_block));
    FOR_EACH_LINK(SETUP)
    FOR_EACH_LINK(APPLY)
    store(v, y, i);
}

#endif
