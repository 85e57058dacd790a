/* probe_amx.c: products of tiles (AMX): bf16 and u8 x s8, with the tiles staying in their registers and with tiles loaded from the first-level cache.
 *
 * Two times two tiles of sums, as in the inner loop of a matrix product: four products a step for four tiles loaded. A processor that keeps
 * up the rate of its registers on zeros alone is why the data are random; both figures are told. A tile has 16 rows of 64 bytes. */
#include "kernels/x86/x86_probes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "bench/base/compiler.h"
#include "kernels/x86/x86_cpu.h"

#define ROWS      16
#define ROW_BYTES 64
#define TILE      (ROWS * ROW_BYTES)
/* Blocks of four tiles that a step takes in turn: 16 KiB, half of the smallest first-level cache that comes with tiles. */
#define BLOCKS 4

/* The operand of LDTILECFG: Intel SDM, volume 1, 18.3. */
struct tile_configuration {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes_a_row[16];
    uint8_t rows[16];
};

static const struct tile_configuration configuration = {
    .palette = 1,
    .bytes_a_row = {ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES, ROW_BYTES,
                    ROW_BYTES},
    .rows = {ROWS, ROWS, ROWS, ROWS, ROWS, ROWS, ROWS, ROWS}};

DLB_TARGET("amx-tile") static void begin(const void *sums)
{
    const char *from = sums;
    _tile_loadconfig(&configuration);
    _tile_loadd(0, from, ROW_BYTES);
    _tile_loadd(1, from + TILE, ROW_BYTES);
    _tile_loadd(2, from + 2 * (ptrdiff_t)TILE, ROW_BYTES);
    _tile_loadd(3, from + 3 * (ptrdiff_t)TILE, ROW_BYTES);
}

DLB_TARGET("amx-tile") static void finish(void *sums)
{
    char *to = sums;
    _tile_stored(0, to, ROW_BYTES);
    _tile_stored(1, to + TILE, ROW_BYTES);
    _tile_stored(2, to + 2 * (ptrdiff_t)TILE, ROW_BYTES);
    _tile_stored(3, to + 3 * (ptrdiff_t)TILE, ROW_BYTES);
    _tile_release();
}

DLB_TARGET("amx-tile") static void load(const char *from)
{
    _tile_loadd(4, from, ROW_BYTES);
    _tile_loadd(5, from + TILE, ROW_BYTES);
    _tile_loadd(6, from + 2 * (ptrdiff_t)TILE, ROW_BYTES);
    _tile_loadd(7, from + 3 * (ptrdiff_t)TILE, ROW_BYTES);
}

/* Both loops of a type; the numbers of tiles are part of the instructions. */
#define TILE_LOOPS(type, target, product)                                                          \
    DLB_TARGET(target)                                                                             \
    static void resident_##type(const void *factors, int64_t steps, void *sums)                    \
    {                                                                                              \
        begin(sums);                                                                               \
        load(factors);                                                                             \
        for (int64_t step = 0; step < steps; step++) {                                             \
            product(0, 4, 6);                                                                      \
            product(1, 4, 7);                                                                      \
            product(2, 5, 6);                                                                      \
            product(3, 5, 7);                                                                      \
        }                                                                                          \
        finish(sums);                                                                              \
    }                                                                                              \
                                                                                                   \
    DLB_TARGET(target)                                                                             \
    static void loaded_##type(const void *factors, int64_t steps, void *sums)                      \
    {                                                                                              \
        begin(sums);                                                                               \
        for (int64_t step = 0; step < steps; step++) {                                             \
            const char *from = (const char *)factors + step % BLOCKS * 4 * TILE;                   \
            _tile_loadd(4, from, ROW_BYTES);                                                       \
            _tile_loadd(6, from + 2 * (ptrdiff_t)TILE, ROW_BYTES);                                 \
            product(0, 4, 6);                                                                      \
            _tile_loadd(7, from + 3 * (ptrdiff_t)TILE, ROW_BYTES);                                 \
            product(1, 4, 7);                                                                      \
            _tile_loadd(5, from + TILE, ROW_BYTES);                                                \
            product(2, 5, 6);                                                                      \
            product(3, 5, 7);                                                                      \
        }                                                                                          \
        finish(sums);                                                                              \
    }

TILE_LOOPS(bf16, "amx-tile,amx-bf16", _tile_dpbf16ps)
TILE_LOOPS(s8, "amx-tile,amx-int8", _tile_dpbusd)

#define SHAPE .rule = DLB_MULTIPLY_TILES, .sums = 4, .lanes = ROWS

const struct dlb_multiply_kernel dlb_probes_amx[] = {
    {.name = "AMX tdpbf16ps",
     .dtype = "bf16",
     .usable = dlb_x86_amx_bf16,
     .a = DLB_ELEMENT_BF16,
     .b = DLB_ELEMENT_BF16,
     .sum = DLB_ELEMENT_F32,
     SHAPE,
     .factors = 1,
     .group = 2,
     .run = resident_bf16},
    {.name = "AMX tdpbf16ps, L1 tiles",
     .dtype = "bf16",
     .usable = dlb_x86_amx_bf16,
     .a = DLB_ELEMENT_BF16,
     .b = DLB_ELEMENT_BF16,
     .sum = DLB_ELEMENT_F32,
     SHAPE,
     .factors = BLOCKS,
     .group = 2,
     .run = loaded_bf16},
    {.name = "AMX tdpbusd",
     .dtype = "s8",
     .usable = dlb_x86_amx_int8,
     .a = DLB_ELEMENT_U8,
     .b = DLB_ELEMENT_S8,
     .sum = DLB_ELEMENT_S32,
     SHAPE,
     .factors = 1,
     .group = 4,
     .run = resident_s8},
    {.name = "AMX tdpbusd, L1 tiles",
     .dtype = "s8",
     .usable = dlb_x86_amx_int8,
     .a = DLB_ELEMENT_U8,
     .b = DLB_ELEMENT_S8,
     .sum = DLB_ELEMENT_S32,
     SHAPE,
     .factors = BLOCKS,
     .group = 4,
     .run = loaded_s8},
    {.name = NULL},
};

#endif
