/* test_fpga_board.c: board files, good and bad; the grids that boards hold; names that are nearly right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backends/fpga/fpga_design.h"
#include "bench/base/compiler.h"

/* ---- board files ---------------------------------------------------------------------------------- */

/* A board with round figures: 1000 DSPs, 1000 blocks of 512 x 40, 100 MHz, 10 GB/s. */
#define HEAD "# a comment\n\nname = Test Board\nvendor=Tester\r\n"
#define DSPS "dsps = 1000\ndsps.source = a table\n"
#define MACS                                                                                       \
    "f32-macs-per-dsp = 0.5\nf32-macs-per-dsp.source = derived\ns8-macs-per-dsp = 2\n"             \
    "s8-macs-per-dsp.source = b\n"
#define RAM   "ram = 1000 x 512 x 40\nram.source = c\n"
#define CLOCK "clock = 100M\nclock.source = a paper\n"
#define REST  "memory-bandwidth = 10G\nmemory-bandwidth.source = d\n"
#define WHOLE HEAD DSPS MACS RAM CLOCK REST

static struct dlb_fpga_board test_board(void)
{
    struct dlb_fpga_board board;
    struct dlb_why why = {""};
    if (dlb_fpga_board_parse(WHOLE, "test", &board, &why) != DLB_OK)
        fail_msg("%s", why.text);
    return board;
}

static void test_parse(void **state)
{
    (void)state;
    const struct dlb_fpga_board board = test_board();
    assert_string_equal(board.name, "Test Board");
    assert_string_equal(board.vendor, "Tester");
    assert_string_equal(board.source, "a paper");
    assert_string_equal(board.id, "");
    assert_int_equal(board.dsps, 1000);
    assert_true(board.f32_macs_per_dsp == 0.5 && board.s8_macs_per_dsp == 2);
    assert_int_equal(board.ram.blocks, 1000);
    assert_int_equal(board.ram.depth, 512);
    assert_int_equal(board.ram.width, 40);
    assert_int_equal(board.large.blocks, 0);
    assert_true(board.clock_hz == 1e8 && board.mem_bw_bytes_per_s == 1e10 && board.power_w == 0);
    assert_int_equal(dlb_fpga_board_bandwidth(&board), 25600); /* 100 bytes a cycle */
}

static void test_parse_bad(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; /* what the reason must say */
    } cases[] = {
        {"", "'name' is missing"},
        {HEAD DSPS MACS RAM CLOCK, "'memory-bandwidth' is missing"},
        {HEAD MACS RAM CLOCK REST, "'dsps' is missing"},
        {WHOLE "power = 10\n", "'power' has no source"},
        {WHOLE "power.source =\n", "source"},
        {WHOLE "nonsense\n", "'key = value' is wanted, found 'nonsense'"},
        {WHOLE "dsp = 3\n", "did you mean 'dsps'"},
        {WHOLE "zzzzzzzzzz = 3\n", "unknown key 'zzzzzzzzzz'"},
        {WHOLE "dsps = 1\n", "once"},
        {WHOLE "dsps.source = again\n", "once"},
        {HEAD "dsps = 0\n", "line 5: a whole number from 1"},
        {HEAD "dsps = 2000000\n", "a whole number from 1"},
        {HEAD "dsps = many\n", "found 'many'"},
        {HEAD "clock = -1\n", "above 0"},
        {HEAD "clock = 0\n", "above 0"},
        {HEAD "clock = nan\n", "above 0"},
        {HEAD "clock = 200G\n", "at most 1e+11"},
        {HEAD "memory-bandwidth = 1e300\n", "at most 1e+15"},
        {HEAD "f32-macs-per-dsp = 1e300\n", "at most 1000"},
        {HEAD "ram = 1000\n", "blocks x words x bits"},
        {HEAD "ram = 1000 x 512 x 40 x\n", "blocks x words x bits"},
        {HEAD "ram = 0 x 512 x 40\n", "blocks x words x bits"},
        {HEAD "note =\n", "neither empty nor too long"},
        {"name = 0123456789012345678901234567890123456789012345678901234567890123456789012345678901"
         "234567890123456789\n",
         "too long"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_fpga_board board = {.dsps = 7};
        struct dlb_why why = {""};
        assert_int_equal(dlb_fpga_board_parse(cases[i].text, "file.board", &board, &why),
                         DLB_INVALID);
        if (strstr(why.text, cases[i].want) == NULL || strstr(why.text, "file.board") == NULL)
            fail_msg("case %zu: wanted \"%s\", found \"%s\"", i, cases[i].want, why.text);
        assert_int_equal(board.dsps, 7); /* untouched */
    }
}

static void test_long_line(void **state)
{
    (void)state;
    static char text[4096];
    struct dlb_fpga_board board;
    struct dlb_why why = {""};
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(dlb_fpga_board_parse(text, "long", &board, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "1023 bytes"));
}

/* ---- the list ------------------------------------------------------------------------------------- */

static void test_list(void **state)
{
    (void)state;
    int count;
    const struct dlb_fpga_board *boards = dlb_fpga_boards(&count);
    assert_true(count >= 8);
    assert_string_equal(boards[0].id, "arria10-gx1150"); /* stands for them under `all` */
    assert_null(dlb_fpga_board_find("arria10"));
    assert_null(dlb_fpga_board_find(""));
    for (int i = 0; i < count; i++) {
        assert_ptr_equal(dlb_fpga_board_find(boards[i].id), &boards[i]);
        assert_true(boards[i].source[0] != '\0');
        assert_true(dlb_fpga_board_bandwidth(&boards[i]) > 0);
        /* Plausible units: nobody's FPGA runs at 10 MHz or 2 GHz, or reads 100 MB/s. */
        assert_true(boards[i].clock_hz > 5e7 && boards[i].clock_hz < 1e9);
        assert_true(boards[i].mem_bw_bytes_per_s > 1e9 && boards[i].mem_bw_bytes_per_s < 2e12);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *given, *want;
    } cases[] = {
        {"arria10-gx1151", "arria10-gx1150"},
        {"stratix10-2800", "stratix10-gx2800"},
        {"arria10", "arria10-gx1150"},
        {"aria10", "arria10-gx1150"},
        {"gx2800", "stratix10-gx2800"},
        {"agilex", "agilex7"},
        {"u28", "u280"},
        {"de1soc", "de1-soc"},
        {"toaster", NULL},
        {"", NULL},
    };
    const char *names[32] = {NULL};
    int count;
    const struct dlb_fpga_board *boards = dlb_fpga_boards(&count);
    assert_true(count < (int)DLB_ARRAY_COUNT(names));
    for (int i = 0; i < count; i++)
        names[i] = boards[i].id;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        const char *const found = dlb_fpga_nearest(cases[i].given, names);
        const char *const want = cases[i].want;
        if ((found == NULL) != (want == NULL) || (want != NULL && strcmp(found, want) != 0))
            fail_msg("'%s': wanted %s, found %s", cases[i].given, want != NULL ? want : "none",
                     found != NULL ? found : "none");
    }
}

/* A clock so slow that the memory brings everything at once: no overflow. */
static void test_bandwidth_limits(void **state)
{
    (void)state;
    struct dlb_fpga_board board = test_board();
    board.clock_hz = 1e-300;
    assert_int_equal(dlb_fpga_board_bandwidth(&board), INT64_C(1) << 40);
    board.clock_hz = 1e11;
    board.mem_bw_bytes_per_s = 1;
    assert_int_equal(dlb_fpga_board_bandwidth(&board), 1);
}

/* ---- grids ---------------------------------------------------------------------------------------- */

/* 0.9 x 1000 x 0.5 = 450 multiply-accumulators; 8 wide elements: 56; 4 columns x 8 rows (at most twice as many), or 8 x 7. The memory gives 100 bytes a
 * cycle, of which 75 for A and B: 4 x 4 wants (28 + 32) x 8 x 4 / 16 = 120, 8 x 8 wants 60. */
static void test_grid_by_hand(void **state)
{
    (void)state;
    const struct dlb_fpga_board board = test_board();
    const struct dlb_fpga_grid want = {7, 8, 8, 8, 8, 64};
    struct dlb_fpga_grid grid;
    struct dlb_why why = {""};
    char how[600], text[80];
    assert_int_equal(dlb_fpga_board_grid(&board, DLB_DTYPE_F32, &grid, how, sizeof how, &why),
                     DLB_OK);
    assert_memory_equal(&grid, &want, sizeof want);
    assert_non_null(strstr(how, "0.9 x 1000 DSPs x 0.5 = 450 MACs; grid 7 x 8 of 8 = 448"));
    assert_non_null(strstr(how, "wants 60 of 0.75 x 100 B/cycle; block 56x64, slices of 64"));
    /* A: a bank a row, 256 bits wide: 7 blocks, 128 words: 49; B 56; sums 56 x 2; tables 4 + 4 */
    assert_non_null(strstr(how, "A 49 + B 56 + results 112 + tables 8 = 225 of 0.8 x 1000"));
    dlb_fpga_grid_text(&grid, text, sizeof text);
    assert_string_equal(text, "grid 7x8x8, block 56x64x64");
    assert_int_equal(dlb_fpga_board_check(&board, DLB_DTYPE_F32, &grid, &why), DLB_OK);
    assert_int_equal(dlb_fpga_grid_macs(&grid), 448);
}

/* Every board has a grid for every type, and it passes the check that a user's grid has to pass. */
static void test_grids_fit(void **state)
{
    (void)state;
    static const enum dlb_dtype types[] = {DLB_DTYPE_F32, DLB_DTYPE_S8, DLB_DTYPE_U8};
    int count;
    const struct dlb_fpga_board *boards = dlb_fpga_boards(&count);
    for (int i = 0; i < count; i++) {
        for (size_t j = 0; j < DLB_ARRAY_COUNT(types); j++) {
            struct dlb_fpga_grid grid, larger;
            struct dlb_why why = {""};
            assert_int_equal(dlb_fpga_board_grid(&boards[i], types[j], &grid, NULL, 0, &why),
                             DLB_OK);
            if (dlb_fpga_board_check(&boards[i], types[j], &grid, &why) != DLB_OK)
                fail_msg("%s: %s", boards[i].id, why.text);
            const double per_dsp =
                types[j] == DLB_DTYPE_F32 ? boards[i].f32_macs_per_dsp : boards[i].s8_macs_per_dsp;
            const double share = (double)dlb_fpga_grid_macs(&grid) / (per_dsp * boards[i].dsps);
            assert_true(share > 0.6 && share <= 0.9); /* large, and never more than we allow */
            assert_true(grid.depth % grid.vector == 0);
            assert_true(grid.interleave_m * grid.interleave_n >= DLB_FPGA_LATENCY_F32);
            larger = grid;
            larger.rows *= 2;
            assert_int_equal(dlb_fpga_board_check(&boards[i], types[j], &larger, &why),
                             DLB_UNSUPPORTED);
        }
    }
}

static void test_check_bad(void **state)
{
    (void)state;
    const struct dlb_fpga_board board = test_board();
    const struct dlb_fpga_grid too_many = {10, 16, 4, 4, 4, 16}, too_deep = {7, 8, 8, 8, 8, 65536};
    const struct dlb_fpga_grid too_wide = {7, 8, 8, 256, 256, 64};
    struct dlb_why why = {""};
    assert_int_equal(dlb_fpga_board_check(&board, DLB_DTYPE_F32, &too_many, &why), DLB_UNSUPPORTED);
    assert_non_null(strstr(why.text, "wants 640 multiply-accumulators of f32; the 1000 DSPs"));
    assert_non_null(strstr(why.text, "make 500"));
    assert_int_equal(dlb_fpga_board_check(&board, DLB_DTYPE_S8, &too_many, &why), DLB_OK);
    assert_int_equal(dlb_fpga_board_check(&board, DLB_DTYPE_F32, &too_deep, &why), DLB_UNSUPPORTED);
    assert_non_null(strstr(why.text, "blocks of RAM"));
    assert_int_equal(dlb_fpga_board_check(&board, DLB_DTYPE_F32, &too_wide, &why), DLB_UNSUPPORTED);
    assert_int_equal(dlb_fpga_board_check(&board, DLB_DTYPE_BF16, &too_many, &why),
                     DLB_UNSUPPORTED);
}

/* With little RAM the grid shrinks; with none to speak of there is none. */
static void test_little_ram(void **state)
{
    (void)state;
    struct dlb_fpga_board board = test_board();
    struct dlb_fpga_grid plenty, little;
    struct dlb_why why = {""};
    char how[600];
    assert_int_equal(dlb_fpga_board_grid(&board, DLB_DTYPE_F32, &plenty, NULL, 0, &why), DLB_OK);
    board.ram.blocks = 100;
    assert_int_equal(dlb_fpga_board_grid(&board, DLB_DTYPE_F32, &little, NULL, 0, &why), DLB_OK);
    assert_true(dlb_fpga_grid_macs(&little) < dlb_fpga_grid_macs(&plenty));
    assert_int_equal(dlb_fpga_board_check(&board, DLB_DTYPE_F32, &little, &why), DLB_OK);
    /* A second kind of RAM takes the slices. */
    board.large = (struct dlb_fpga_ram){.blocks = 200, .width = 72, .depth = 4096};
    assert_int_equal(dlb_fpga_board_grid(&board, DLB_DTYPE_F32, &plenty, how, sizeof how, &why),
                     DLB_OK);
    assert_true(dlb_fpga_grid_macs(&little) < dlb_fpga_grid_macs(&plenty));
    assert_non_null(strstr(how, " of 0.8 x 200 large ones; results "));
    board.ram.blocks = 2;
    board.large.blocks = 0;
    assert_int_equal(dlb_fpga_board_grid(&board, DLB_DTYPE_F32, &little, NULL, 0, &why),
                     DLB_UNSUPPORTED);
    assert_non_null(strstr(why.text, "RAM"));
    board.dsps = 1;
    assert_int_equal(dlb_fpga_board_grid(&board, DLB_DTYPE_F32, &little, NULL, 0, &why),
                     DLB_UNSUPPORTED);
    assert_non_null(strstr(why.text, "DSPs"));
}

static void test_grid_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct dlb_fpga_grid want;
    } good[] = {
        {"10x16x8", {10, 16, 8, 8, 8, 64}},
        {"10x16x8,4x2", {10, 16, 8, 4, 2, 64}},
        {"1x1x1,1x1,1", {1, 1, 1, 1, 1, 1}},
        {"3x5x2,2x3,6", {3, 5, 2, 2, 3, 6}},
    };
    static const char *const bad[] = {
        "",
        "10",
        "10x16",
        "10x16x",
        "0x1x1",
        "10x16x8,",
        "10x16x8x",
        "10x16x8,4",
        "-1x4x4",
        "10x16x8,4x4,",
        "10 x16x8",
        "10x16x8,4x4,64,1",
        "99999x1x1",
        "1025x1x1",
        "3x5x2,2x3,7",
        "3x5x2,0x3,6",
        "3x5x2,2x3,70000",
        "axbxc",
    };
    struct dlb_why why;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(good); i++) {
        struct dlb_fpga_grid grid;
        assert_int_equal(dlb_fpga_grid_parse(good[i].text, &grid, &why), DLB_OK);
        assert_memory_equal(&grid, &good[i].want, sizeof grid);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(bad); i++) {
        struct dlb_fpga_grid grid = {.rows = 77};
        if (dlb_fpga_grid_parse(bad[i], &grid, &why) != DLB_INVALID)
            fail_msg("'%s' is taken", bad[i]);
        assert_int_equal(grid.rows, 77);
        assert_non_null(strstr(why.text, "wanted"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),        cmocka_unit_test(test_parse_bad),
        cmocka_unit_test(test_long_line),    cmocka_unit_test(test_list),
        cmocka_unit_test(test_names),        cmocka_unit_test(test_bandwidth_limits),
        cmocka_unit_test(test_grid_by_hand), cmocka_unit_test(test_grids_fit),
        cmocka_unit_test(test_check_bad),    cmocka_unit_test(test_little_ram),
        cmocka_unit_test(test_grid_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
