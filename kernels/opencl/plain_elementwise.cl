/* plain_elementwise.cl: y = a chain of element-wise ops of x, in one pass over the memory. Read plain_types.cl first.
 *
 * The chain is written by macros: LINK0, LINK1, ... name its ops, each BIAS, ADD, RELU or BATCHNORM, at most seven; a LINK that
 * the host does not define is NONE. An op contributes three pieces of text, stamped with its number i: the ARGUMENTS that the kernel takes for it, what
 * is to be SET UP before elements flow (parameters of a channel), and what is APPLIED to a vector of elements v. No chain costs a
 * branch at run time; a chain costs a build.
 *
 * Where all tensors lie alike the kernel walks contiguous vectors. With ANY defined it takes an element at a time, each tensor in a layout of its
 * own, also for a mere change of layout (no links). */

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

#define ARGUMENTS_ADD(i) , global const element *restrict other##i
#define SETUP_ADD(i)
#define APPLY_ADD(i) v += load(other##i, PLACE(BLOCK##i));

/* ---- Where elements and parameters are --------------------------------------------------------------
 *
 * The tensor is `rows` of `length` contiguous elements. One of four macros says how a channel's parameters meet them:
 *   PLANES   row r is all of channel r mod channels: N,C,H,W. One scalar for the row.
 *   ROWS     position i of each row is channel i: a matrix with one channel a column. A vector that moves along.
 *   BLOCKED  row r is BLOCK channels of all pixels, the channels of a pixel side by side. One vector for the row.
 *   ANY      images in layouts that differ: row r is Y_BLOCK channels of all pixels of y, x has blocks of X_BLOCK, what LINKi adds has BLOCKi; 1
 *            is plain. Parameters go by the plain index: of `extent` values each covers `inner` neighbours. */

#ifdef ANY
/* N, ceil(C / block), pixels, block. */
ulong place(ulong image, ulong channel, ulong pixel, ulong channels, ulong pixels, ulong block)
{
    const ulong blocks = (channels + block - 1) / block;
    return ((image * blocks + channel / block) * pixels + pixel) * block + channel % block;
}
#define MORE_ARGUMENTS  , ulong extent, ulong inner
#define PLACE(block)    place(image, channel, pixel, channels, length / Y_BLOCK, block)
#define PLAIN           ((image * channels + channel) * (length / Y_BLOCK) + pixel)
#define PARAMETER(p)    load(p, PLAIN / inner % extent)
#else
#define MORE_ARGUMENTS
#define PLACE(block) (base + at)
#define X_BLOCK      BLOCK
#endif

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
#else
#define BLOCK 1
#endif
#ifdef ROWS
#define PARAMETER(p) load(p, at)
#endif
#ifdef PLANES
#define PARAMETER(p) (real)(load_one(p, row % channels))
#endif

/* ---- The kernel --------------------------------------------------------------------------------------
 *
 * A work-group takes a stretch of one row, or several short rows. Dimension 0 of its items takes the vectors of a row in turn, dimension 1
 * the rows. A CPU has one item a group, for which this is a plain loop over vectors; on a GPU neighbouring items touch neighbouring
 * vectors. */

/* From one vector to the next: a block wider than a vector is walked in several sweeps. */
#define STEP (BLOCK > W ? BLOCK : W)

kernel void elementwise(global const element *restrict x, global element *restrict y, ulong rows,
                        ulong length, ulong channels,
                        ulong rows_per_group MORE_ARGUMENTS FOR_EACH_LINK(ARGUMENTS))
{
    /* The cuts between stretches are multiples of STEP. */
    const ulong piece = get_group_id(0), pieces = get_num_groups(0), steps = length / STEP;
    const ulong begin = steps * piece / pieces * STEP;
    const ulong end = piece + 1 == pieces ? length : steps * (piece + 1) / pieces * STEP;
    const ulong first = get_group_id(1) * rows_per_group;
    const ulong last = min(first + rows_per_group, rows);

    for (ulong row = first + get_local_id(1); row < last; row += get_local_size(1)) {
        const ulong base = row * length;
#ifdef ANY
        const ulong blocks = (channels + Y_BLOCK - 1) / Y_BLOCK, image = row / blocks;
#endif
        for (uint lane = 0; lane < BLOCK; lane += W) {
#if defined(PLANES) || defined(BLOCKED)
            FOR_EACH_LINK(SETUP)
#endif
            for (ulong i = begin + lane + get_local_id(0) * STEP; i < end;
                 i += get_local_size(0) * STEP) {
                /* No scalar rest: the last vector of a row overlaps the one before, which gives the same values twice. Only where one item does both:
                 * with several items the host chooses a W that divides the row. */
                const ulong at = BLOCK == 1 && i + W > end ? end - W : i;
#ifdef ANY
                /* Lanes past the last channel get its values. */
                const ulong pixel = at / Y_BLOCK;
                const ulong channel = min(row % blocks * Y_BLOCK + at % Y_BLOCK, channels - 1);
#endif
                real v = load(x, PLACE(X_BLOCK));
#if defined(ROWS) || defined(ANY)
                FOR_EACH_LINK(SETUP)
#endif
                FOR_EACH_LINK(APPLY)
                store(v, y, base + at);
            }
        }
    }
}
