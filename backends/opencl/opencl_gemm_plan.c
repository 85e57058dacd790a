/* opencl_gemm_plan.c: which parameters are worth trying for a product, and how it is cut into work-groups.
 *
 * Pure arithmetic on sizes and limits of the device; nothing here calls OpenCL. What the parameters mean stands in
 * kernels/opencl/gemm_cpu.cl and gemm_gpu.cl. */
#include "backends/opencl/opencl_gemm_plan.h"

#include "bench/base/compiler.h"

const char *const dlb_gemm_names[DLB_GEMM_VALUES] = {
    [DLB_GEMM_SHAPE] = "shape", [DLB_GEMM_MT] = "mt", [DLB_GEMM_NT] = "nt", [DLB_GEMM_KC] = "kc",
    [DLB_GEMM_WX] = "wx",       [DLB_GEMM_WY] = "wy", [DLB_GEMM_BY] = "by",
};

/* Packed rows of A lie this many units further apart than a block is deep (KS of gemm_cpu.cl). */
#define ROW_GAP 16

/* The block of B that a group packs at a time: with kc = 256, 128 KiB. Wide enough for long runs of memory where B is read only
 * once, narrow enough for a second-level cache beside the rows of A. */
#define BLOCK_COLUMNS 128
#define MAX_ROWS      528

/* What a group costs besides its arithmetic, in multiply-adds of one vector of 16: starting it (about 1 us), and packing one
 * unit (read, arrange, write: fitted to PoCL's times at n = 256 to 2048). */
#define GROUP_COST 4000.0
#define PACK_COST  0.5
/* Of parts: writing one sum to memory and reading it again (about 0.5 ns each way), and the launch of the second kernel (about 20 us). */
#define PART_COST   3.0
#define FINISH_COST 70000.0

#define MAX_CUTS 48 /* ways of cutting tried along m and along n */

static int64_t ceil_div(int64_t a, int64_t b)
{
    return (a + b - 1) / b;
}

static bool is_bytes(const struct dlb_gemm_shape *shape)
{
    return dlb_dtype_is_integer(shape->dtype);
}

/* ---- Points ---------------------------------------------------------------------------------------- */

/* Register tiles of the CPU shape by the number of rows, best guess first. 24 sums of 16 lanes, two vectors of B and one of A fill the 32
 * registers of AVX-512 and SVE; few rows want wide tiles, so that enough sums are in flight. */
struct cpu_tile {
    int mt, nt, kc;
};
static const struct cpu_tile one_row[] = {{1, 128, 256}, {8, 32, 256}, {1, 64, 256}},
                             few_rows[] = {{4, 64, 256}, {8, 32, 256}, {2, 128, 256}},
                             some_rows[] = {{8, 32, 256}, {8, 48, 256}, {16, 16, 256}},
                             many_rows[] = {{12, 32, 256},
                                            {8, 32, 256},
                                            {12, 32, 384},
                                            {24, 16, 256}},
                             narrow[] = {{24, 16, 256}, {12, 32, 256}, {8, 32, 256}},
                             half_registers[] = {{6, 16, 256}, {4, 16, 256}, {12, 32, 256}};

/* Where local memory is too small for any of these. */
static const struct cpu_tile little = {8, 32, 64};

/* Group tiles of the GPU shape: work-items wx x wy, each mt / wy x nt / wx sums. */
static const struct gpu_tile {
    int mt, nt, kc, wx, wy;
} gpu_tiles[] = {{64, 64, 16, 16, 16}, {128, 128, 8, 16, 16}, {32, 32, 16, 8, 8},
                 {16, 128, 16, 32, 4}, {8, 8, 8, 8, 8},       {4, 4, 4, 2, 2}};

struct list {
    struct dlb_tune_point *points;
    int count;
};

static void add_point(struct list *list, const int values[DLB_GEMM_VALUES])
{
    if (list->count == DLB_GEMM_MAX_POINTS)
        return;
    struct dlb_tune_point *point = &list->points[list->count++];
    *point = (struct dlb_tune_point){{0}};
    for (int i = 0; i < DLB_GEMM_VALUES; i++)
        point->values[i] = values[i];
}

static void add_cpu(const struct dlb_gemm_device *device, struct list *list,
                    const struct cpu_tile *tile, enum dlb_gemm_by by)
{
    const int64_t least =
        4 * ((int64_t)tile->mt * (tile->kc + ROW_GAP) + (int64_t)tile->nt * tile->kc);
    if (!device->only_gpu && least <= device->local_bytes)
        add_point(list, (const int[DLB_GEMM_VALUES]){DLB_GEMM_CPU, tile->mt, tile->nt, tile->kc, 1,
                                                     1, (int)by});
}

static void add_gpu(const struct dlb_gemm_device *device, struct list *list,
                    const struct gpu_tile *tile, enum dlb_gemm_by by)
{
    const int64_t bytes = 4 * (int64_t)tile->kc * (tile->mt + 1 + tile->nt + 1);
    if (!device->only_cpu && bytes <= device->local_bytes &&
        (int64_t)tile->wx * tile->wy <= device->max_items)
        add_point(list, (const int[DLB_GEMM_VALUES]){DLB_GEMM_GPU, tile->mt, tile->nt, tile->kc,
                                                     tile->wx, tile->wy, (int)by});
}

static void add_cpu_tiles(const struct dlb_gemm_device *device, const struct dlb_gemm_shape *shape,
                          struct list *list)
{
    const struct cpu_tile *tiles = many_rows;
    int count = DLB_ARRAY_COUNT(many_rows);
    if (device->vector < 16) {
        tiles = half_registers, count = DLB_ARRAY_COUNT(half_registers);
    } else if (shape->m == 1) {
        tiles = one_row, count = DLB_ARRAY_COUNT(one_row);
    } else if (shape->m <= 4) {
        tiles = few_rows, count = DLB_ARRAY_COUNT(few_rows);
    } else if (shape->m <= 16) {
        tiles = some_rows, count = DLB_ARRAY_COUNT(some_rows);
    } else if (shape->n <= 64) {
        tiles = narrow, count = DLB_ARRAY_COUNT(narrow);
    }
    const int before = list->count;
    /* f32 stays first: it is understood by every compiler. */
    add_cpu(device, list, &tiles[0], DLB_GEMM_BY_FLOAT);
    if (is_bytes(shape)) {
        for (int i = 0; i < 2 && device->vnni; i++)
            add_cpu(device, list, &tiles[i], DLB_GEMM_BY_VNNI);
        if (device->dot)
            add_cpu(device, list, &tiles[0], DLB_GEMM_BY_DOT);
    } else {
        for (int i = 1; i < count; i++)
            add_cpu(device, list, &tiles[i], DLB_GEMM_BY_FLOAT);
    }
    if (list->count == before)
        add_cpu(device, list, &little, DLB_GEMM_BY_FLOAT);
}

static void add_gpu_tiles(const struct dlb_gemm_device *device, const struct dlb_gemm_shape *shape,
                          struct list *list)
{
    const enum dlb_gemm_by by = !is_bytes(shape) ? DLB_GEMM_BY_FLOAT
                                : device->dot    ? DLB_GEMM_BY_DOT
                                                 : DLB_GEMM_BY_FIELD;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(gpu_tiles); i++)
        add_gpu(device, list, &gpu_tiles[i], by);
}

/* The shape that the device is guessed to want comes first; one point of the other is tried all the same. */
int dlb_gemm_points(const struct dlb_gemm_device *device, const struct dlb_gemm_shape *shape,
                    struct dlb_tune_point points[DLB_GEMM_MAX_POINTS])
{
    struct list list = {.points = points};
    if (device->cpu || device->only_cpu) {
        add_cpu_tiles(device, shape, &list);
        const int own = list.count;
        add_gpu_tiles(device, shape, &list);
        return own > 0 && list.count > own ? own + 1 : list.count;
    }
    add_gpu_tiles(device, shape, &list);
    const int own = list.count;
    add_cpu_tiles(device, shape, &list);
    return own > 0 && list.count > own ? own + 1 : list.count;
}

int dlb_gemm_units(const struct dlb_gemm_shape *shape, const struct dlb_tune_point *point)
{
    const int per_unit = point->values[DLB_GEMM_BY] == DLB_GEMM_BY_FLOAT ? 1 : 4;
    return (int)ceil_div(shape->k, per_unit);
}

/* ---- Cutting a product ------------------------------------------------------------------------------- */

/* One way of cutting, in tiles. */
struct cut {
    int64_t along_m, along_n, splits;
};

struct cutting {
    const struct dlb_gemm_device *device;
    const struct dlb_gemm_shape *shape;
    int64_t mt, nt, kc, tiles_m, tiles_n, units;
};

/* Time of the CPU shape in multiply-adds of a vector: rounds of groups over the compute units, each with its arithmetic (padding included)
 * and its packing, and the second kernel where there is one. */
static double cost(const struct cutting *c, const struct cut *cut)
{
    const double rows = (double)(ceil_div(c->tiles_m, cut->along_m) * c->mt);
    const double columns = (double)(ceil_div(c->tiles_n, cut->along_n) * c->nt);
    const double depth = (double)ceil_div(c->units, cut->splits);
    const double groups =
        (double)cut->along_m * (double)cut->along_n * (double)cut->splits * (double)c->shape->batch;
    const double units = c->device->units;
    const double group = GROUP_COST + depth * (rows * columns / 16 + PACK_COST * (rows + columns));
    /* Few groups come in whole rounds; of many, the last round is half empty on average. */
    const double rounds = groups <= 8 * units ? (double)ceil_div((int64_t)groups, c->device->units)
                                              : groups / units + 0.5;
    double total = rounds * group;
    if (cut->splits > 1)
        total += FINISH_COST + PART_COST * (double)cut->splits * c->shape->m * c->shape->n *
                                   (double)c->shape->batch / units;
    return total;
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The cheapest of: 1 to MAX_CUTS more cuts than needed along m, 1 to MAX_CUTS along n, powers of two of the depth. */
static struct cut cheapest(const struct cutting *c, int64_t max_rows)
{
    const int64_t least = ceil_div(c->tiles_m, max_rows / c->mt);
    struct cut best = {least, 1, 1};
    double best_cost = cost(c, &best);
    const int64_t most_splits = min64(ceil_div(c->units, c->kc), 4 * (int64_t)c->device->units);
    for (int64_t splits = 1; splits <= most_splits; splits *= 2) {
        for (int64_t m = least; m <= min64(c->tiles_m, least + MAX_CUTS); m++) {
            for (int64_t n = 1; n <= min64(c->tiles_n, MAX_CUTS); n++) {
                const struct cut cut = {m, n, splits};
                const double its = cost(c, &cut);
                if (its < best_cost) {
                    best = cut;
                    best_cost = its;
                }
            }
        }
    }
    return best;
}

/* Blocks of B take at most a quarter of local memory, or one panel: every row more of A saves packing B once less often. */
static void plan_cpu(const struct cutting *c, struct dlb_gemm_plan *plan)
{
    const int64_t row_bytes = 4 * (c->kc + ROW_GAP);
    int64_t panels = min64(c->tiles_n, c->nt < BLOCK_COLUMNS ? BLOCK_COLUMNS / c->nt : 1);
    while (panels > 1 && 16 * panels * c->nt * c->kc > c->device->local_bytes)
        panels--;
    const int64_t room = c->device->local_bytes - 4 * panels * c->nt * c->kc;
    const int64_t max_rows = min64(room / row_bytes, MAX_ROWS > c->mt ? MAX_ROWS : c->mt);
    const struct cut cut = cheapest(c, max_rows / c->mt * c->mt);
    plan->rows = (int)(ceil_div(c->tiles_m, cut.along_m) * c->mt);
    plan->columns = (int)(ceil_div(c->tiles_n, cut.along_n) * c->nt);
    plan->depth = (int)(ceil_div(ceil_div(c->units, cut.splits), c->kc) * c->kc);
    plan->block_columns = (int)min64(panels * c->nt, plan->columns);
    plan->local_a = plan->rows * row_bytes;
    plan->local_b = 4 * (int64_t)plan->block_columns * c->kc;
}

/* Two groups for each compute unit, where the depth allows: a split is at least four tiles deep. */
static void plan_gpu(const struct cutting *c, struct dlb_gemm_plan *plan)
{
    const int64_t groups = c->tiles_m * c->tiles_n * c->shape->batch;
    int64_t splits = ceil_div(2 * (int64_t)c->device->units, groups);
    splits = min64(splits, ceil_div(c->units, 4 * c->kc));
    plan->rows = (int)c->mt;
    plan->columns = (int)c->nt;
    plan->depth = (int)(ceil_div(ceil_div(c->units, splits), c->kc) * c->kc);
}

void dlb_gemm_plan(const struct dlb_gemm_device *device, const struct dlb_gemm_shape *shape,
                   const struct dlb_tune_point *point, struct dlb_gemm_plan *plan)
{
    const int *values = point->values;
    const bool cpu = values[DLB_GEMM_SHAPE] == DLB_GEMM_CPU;
    const int units = dlb_gemm_units(shape, point);
    const struct cutting c = {.device = device,
                              .shape = shape,
                              .mt = values[DLB_GEMM_MT],
                              .nt = values[DLB_GEMM_NT],
                              .kc = values[DLB_GEMM_KC],
                              .tiles_m = ceil_div(shape->m, values[DLB_GEMM_MT]),
                              .tiles_n = ceil_div(shape->n, values[DLB_GEMM_NT]),
                              .units = units};
    *plan = (struct dlb_gemm_plan){0};
    if (cpu)
        plan_cpu(&c, plan);
    else
        plan_gpu(&c, plan);
    plan->splits = (int)ceil_div(units, plan->depth);
    plan->groups[0] = (size_t)ceil_div(shape->m, plan->rows);
    plan->groups[1] = (size_t)ceil_div(shape->n, plan->columns);
    /* Sixteen-bit numbers cannot hold what one block of the depth leaves to the next. */
    plan->parts = plan->splits > 1 ||
                  (cpu && units > values[DLB_GEMM_KC] && dlb_dtype_size(shape->dtype) == 2);
    if (plan->parts)
        plan->scratch_bytes =
            4 * (size_t)plan->splits * (size_t)shape->batch * (size_t)shape->m * (size_t)shape->n;
}
