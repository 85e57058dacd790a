/* plain_softmax.cl: y = exp(x - max) / sum of exp(x - max) along rows. Read plain_types.cl first.
 *
 * The shift by the largest element keeps exp from overflowing. Three walks over a row, which stays in a cache: the largest element, the sum,
 * the quotients. Between the last two an f32 y keeps exp; a narrower one would round it, so there it is computed again.
 *
 * Macros: ITEMS, the work-items of a group, a power of two, that share a row (a CPU has one, and no local memory); W, elements of a vector,
 * 1 unless ITEMS is 1; BLOCK, the distance between neighbours of a row: 1, or the block of an image blocked by channels. */

/* What fills the last vector of a row: loses against every element, and exp makes it 0. */
#define NOTHING (-INFINITY)

#if W == 1
real load_last(global const element *p, ulong left)
{
    return load_one(p, 0);
}
void store_last(real v, global element *p, ulong left)
{
    store_one(v, p, 0);
}
float largest_lane(real v)
{
    return v;
}
float sum_of_lanes(real v)
{
    return v;
}
#else
/* A vector of which only `left` elements are there. */
real load_last(global const element *p, ulong left)
{
    float lanes[W];
    for (uint i = 0; i < W; i++)
        lanes[i] = i < left ? load_one(p, i) : NOTHING;
    return PASTE(vload, W)(0, lanes);
}
void store_last(real v, global element *p, ulong left)
{
    float lanes[W];
    PASTE(vstore, W)(v, 0, lanes);
    for (uint i = 0; i < left; i++)
        store_one(lanes[i], p, i);
}
float largest_lane(real v)
{
    float lanes[W], largest = NOTHING;
    PASTE(vstore, W)(v, 0, lanes);
    for (uint i = 0; i < W; i++)
        largest = fmax(largest, lanes[i]);
    return largest;
}
float sum_of_lanes(real v)
{
    float lanes[W], sum = 0;
    PASTE(vstore, W)(v, 0, lanes);
    for (uint i = 0; i < W; i++)
        sum += lanes[i];
    return sum;
}
#endif

#if ITEMS == 1
#define LARGEST_OF_ITEMS(v) (v)
#define SUM_OF_ITEMS(v)     (v)
#else
/* A tree in local memory: each round folds the upper half onto the lower. The first barrier keeps the shared words until everybody
 * has read the last result. */
float join_items(local float *shared, float v, int is_sum)
{
    const uint item = get_local_id(0);
    barrier(CLK_LOCAL_MEM_FENCE);
    shared[item] = v;
    for (uint half_way = ITEMS / 2; half_way > 0; half_way /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (item < half_way)
            shared[item] = is_sum ? shared[item] + shared[item + half_way]
                                  : fmax(shared[item], shared[item + half_way]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    return shared[0];
}
#define LARGEST_OF_ITEMS(v) join_items(shared, v, 0)
#define SUM_OF_ITEMS(v)     join_items(shared, v, 1)
#endif

#ifdef TYPE_F32
#define KEEP(e, i) store(e, to, i)
#define KEPT(i)    load(to, i)
#else
#define KEEP(e, i)
#define KEPT(i) exp(load(from, i) - largest)
#endif

kernel void softmax(global const element *restrict x, global element *restrict y, ulong rows,
                    ulong length, ulong rows_per_group)
{
#if ITEMS > 1
    local float shared[ITEMS];
#endif
    const ulong start = get_local_id(0) * W, stride = ITEMS * W;
    const ulong whole = length / W * W; /* the elements of whole vectors */
    const ulong first = get_group_id(0) * rows_per_group;
    const ulong last = min(first + rows_per_group, rows);

    for (ulong row = first; row < last; row++) {
        const ulong base = row / BLOCK * length * BLOCK + row % BLOCK;
        global const element *from = x + base;
        global element *to = y + base;

        real v = (real)(NOTHING);
        for (ulong i = start; i < whole; i += stride)
            v = fmax(v, load(from, i * BLOCK));
        if (whole < length)
            v = fmax(v, load_last(from + whole, length - whole));
        const real largest = (real)(LARGEST_OF_ITEMS(largest_lane(v)));

        v = (real)(0);
        for (ulong i = start; i < whole; i += stride) {
            const real e = exp(load(from, i * BLOCK) - largest);
            KEEP(e, i * BLOCK);
            v += e;
        }
        if (whole < length)
            v += exp(load_last(from + whole, length - whole) - largest);
        const float scale = 1 / SUM_OF_ITEMS(sum_of_lanes(v));

        for (ulong i = start; i < whole; i += stride)
            store(KEPT(i * BLOCK) * scale, to, i * BLOCK);
        if (whole < length)
            store_last(exp(load_last(from + whole, length - whole) - largest) * scale, to + whole,
                       length - whole);
    }
}
