/* test_plot.c: pictures as scripts: golden ones, ranges, quoting, styles, captions; and, where gnuplot is there, that each becomes a picture.
 *
 * The scripts are in tests/golden/plots; DLBENCH_RECORD=1 writes them anew, to be looked at (as pictures) before they are committed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/store/roofs.h"
#include "reports/plots/plot_dots.h"
#include "reports/plots/plot_frame.h"
#include "reports/plots/render.h"
#include "tests/unit/plot_sample.h"
#include "tests/unit/store_sample.h"

static const struct plot_sample small = {.devices = 3,
                                         .problems = 6,
                                         .dtypes = 2,
                                         .decades = 2,
                                         .samples = 12,
                                         .modelled = true,
                                         .noisy = true,
                                         .missing = true,
                                         .roofs = true,
                                         .batches = 3};
static const struct plot_sample threads = {
    .devices = 1, .problems = 2, .decades = 1, .samples = 8, .thread_counts = 3};

/* ---- helpers ---- */

static bool contains(const struct dlb_text *text, const char *part)
{
    return text->data != NULL && strstr(text->data, part) != NULL;
}

static void expect(const struct dlb_text *text, const char *part)
{
    if (!contains(text, part))
        fail_msg("'%s' lacks '%s'", text->data != NULL ? text->data : "", part);
}

static int count_of(const struct dlb_text *text, const char *part)
{
    int count = 0;
    for (const char *at = text->data; at != NULL && (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void set_evidence(struct dlb_result *result, const char *device, const char *evidence)
{
    for (int i = 0; i < result->record_count; i++)
        if (strcmp(result->records[i].device, device) == 0)
            strcpy(result->records[i].evidence, evidence);
}

static void verify_all(struct dlb_result *result)
{
    for (int i = 0; i < result->record_count; i++) {
        result->records[i].verified.checked = true;
        result->records[i].verified.max_rel_err = 1e-6;
    }
}

static enum dlb_status build(const char *kind, const struct dlb_result *result, const char *base,
                             struct dlb_plots *plots, struct dlb_why *why)
{
    const struct dlb_plot_input input = {.result = result, .base = base};
    *plots = (struct dlb_plots){0};
    assert_non_null(dlb_plot_find(kind));
    return dlb_plot_find(kind)->build(&input, plots, why);
}

/* The picture of this name; fails when there is none. */
static const struct dlb_plot *named(const struct dlb_plots *plots, const char *name)
{
    for (int i = 0; i < plots->count; i++)
        if (strcmp(plots->items[i].name, name) == 0)
            return &plots->items[i];
    fail_msg("no picture is called '%s'; the first of %d is '%s'", name, plots->count,
             plots->count > 0 ? plots->items[0].name : "");
    return NULL;
}

static char *read_file(const char *path)
{
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        return NULL;
    struct dlb_text text = {0};
    char buffer[4096];
    for (size_t got = 0; (got = fread(buffer, 1, sizeof buffer, stream)) > 0;)
        dlb_text_append_bytes(&text, buffer, got);
    fclose(stream);
    return text.data;
}

/* ---- golden scripts ---- */

static void check_golden(const struct dlb_plot *plot)
{
    char path[160];
    struct dlb_text script = {0};
    snprintf(path, sizeof path, "tests/golden/plots/%s.gp", plot->name);
    assert_int_equal(dlb_plot_script(plot, DLB_PLOT_SVG, NULL, &script), DLB_OK);
    if (getenv("DLBENCH_RECORD") != NULL) {
        FILE *stream = fopen(path, "we");
        assert_non_null(stream);
        fwrite(script.data, 1, script.size, stream);
        fclose(stream);
    }
    char *golden = read_file(path);
    if (golden == NULL)
        fail_msg("no %s; DLBENCH_RECORD=1 writes it", path);
    assert_string_equal(script.data, golden);
    free(golden);
    dlb_text_free(&script);
}

static void test_golden_scripts(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *base, *picture;
        const struct plot_sample *sample;
    } rows[] = {
        {"speed", NULL, "speed-f32", &small},
        {"speed", NULL, "speed-f32-networks", &small},
        {"speed", "openblas:0", "speed-f32-relative", &small},
        {"roofline", NULL, "roofline-onednn-0", &small},
        {"distribution", NULL, "distribution", &threads},
        {"order", NULL, "order", &threads},
        {"scaling", NULL, "scaling-threads-onednn-0", &threads},
        {"scaling", NULL, "scaling-batch-onednn-0", &small},
        {"heatmap", NULL, "heatmap", &small},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        struct dlb_result result;
        struct dlb_plots plots;
        struct dlb_why why = {""};
        plot_sample_result(rows[i].sample, &result);
        if (build(rows[i].kind, &result, rows[i].base, &plots, &why) != DLB_OK)
            fail_msg("%s: %s", rows[i].kind, why.text);
        check_golden(named(&plots, rows[i].picture));
        dlb_plots_free(&plots);
        dlb_result_free(&result);
    }
}

/* Unsigned bytes go through the units of signed ones: the ceiling that their share of the roof is told of is drawn. */
static void test_unsigned_bytes_have_a_ceiling(void **state)
{
    (void)state;
    const struct plot_sample sample = {
        .devices = 1, .problems = 3, .decades = 1, .samples = 8, .roofs = true};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&sample, &result);
    for (int i = 0; i < result.record_count; i++)
        snprintf(result.records[i].dtype, sizeof result.records[i].dtype, "u8");
    assert_int_equal(build("roofline", &result, NULL, &plots, &why), DLB_OK);
    expect(&plots.items[0].script, "'u8 12.5 Top/s'");
    assert_false(contains(&plots.items[0].script, "'f32 "));
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

/* Two types with nearly one ceiling have ridges at one place: one label, and a point each. */
static void test_labels_of_ridges(void **state)
{
    (void)state;
    static const struct {
        double bf16; /* ceiling; that of f32 is 4.3e11, and memory's 2.4e10 */
        const char *label;
        bool written;
    } rows[] = {
        {4.3e11, "'17.9 op/B'", true}, /* the same text, once */
        {4.4e11, "'18.3 op/B'", false}, {4.6e11, "'19.2 op/B'", false},
        {6.5e11, "'27.1 op/B'", true}, /* further away than a line */
        {6.24e12, "'260 op/B'", true},
    };
    const struct plot_sample sample = {
        .devices = 1, .problems = 3, .dtypes = 2, .decades = 1, .samples = 8, .roofs = true};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        struct dlb_result result;
        struct dlb_plots plots;
        struct dlb_roofs roofs;
        struct dlb_why why = {""};
        plot_sample_result(&sample, &result);
        json_t *device = json_array_get(result.devices, 0);
        assert_int_equal(dlb_roofs_from_json(json_object_get(device, "measured"), &roofs, NULL),
                         DLB_OK);
        for (int j = 0; j < roofs.count; j++)
            if (strcmp(roofs.items[j].dtype, "bf16") == 0)
                roofs.items[j].value = rows[i].bf16;
        json_object_set_new(device, "measured", dlb_roofs_to_json(&roofs));
        dlb_roofs_free(&roofs);
        assert_int_equal(build("roofline", &result, NULL, &plots, &why), DLB_OK);
        const struct dlb_text *script = &plots.items[0].script;
        expect(script, "'17.9 op/B'");
        if (contains(script, rows[i].label) != rows[i].written)
            fail_msg("%g: %s", rows[i].bf16, rows[i].label);
        char point[64];
        snprintf(point, sizeof point, "' at %.6g, %.6g ", rows[i].bf16 / 2.4e10, rows[i].bf16);
        expect(script, point); /* with a label or without */
        assert_int_equal(count_of(script, " op/B'"), rows[i].written && i > 0 ? 2 : 1);
        dlb_plots_free(&plots);
        dlb_result_free(&result);
    }
}

/* Who has no ceilings is told how to measure them, unless the device is only published: then there is no picture. */
static void test_devices_without_ceilings(void **state)
{
    (void)state;
    const struct plot_sample sample = {.devices = 2, .problems = 3, .decades = 1, .samples = 8};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&sample, &result);
    set_evidence(&result, "openblas:0", "published");
    assert_int_equal(build("roofline", &result, NULL, &plots, &why), DLB_OK);
    assert_int_equal(plots.count, 1);
    assert_string_equal(plots.items[0].name, "roofline-onednn-0");
    expect(&plots.items[0].caption, "dlbench roofline -d onednn:0");
    assert_false(contains(&plots.items[0].caption, "solid: ")); /* nothing of what is not drawn */
    assert_false(contains(&plots.items[0].caption, "dashed: "));
    assert_false(contains(&plots.items[0].script, "ridge: "));
    dlb_plots_free(&plots);
    set_evidence(&result, "onednn:0", "published");
    assert_int_equal(build("roofline", &result, NULL, &plots, &why), DLB_UNAVAILABLE);
    assert_int_equal(plots.count, 0);
    dlb_result_free(&result);
    plot_sample_result(&(struct plot_sample){.devices = 1, .problems = 3, .roofs = true}, &result);
    set_evidence(&result, "onednn:0", "published");
    assert_int_equal(build("roofline", &result, NULL, &plots, &why), DLB_OK);
    assert_int_equal(plots.count, 1); /* below the ceilings of its datasheet */
    expect(&plots.items[0].caption, "; solid: measured ceilings; dashed: datasheet. ");
    expect(&plots.items[0].script, "'ridge: memory to compute'");
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

/* ---- what was not measured ---- */

/* Caps of bars without length would fill the symbol: points alone, and those with bars are drawn above them. */
static void test_hollow_is_hollow(void **state)
{
    (void)state;
    const struct dlb_record record = {.status = DLB_OK};
    struct dlb_plot plot = {.width = 300};
    const struct dlb_plot_style style = dlb_plot_style_at(0);
    struct dlb_plot_dot items[] = {
        {{1, NAN, NAN}, {2, 1, 3}, 0, false, &record},
        {{3, NAN, NAN}, {4, NAN, NAN}, 0, true, &record},
        {{5, NAN, NAN}, {6, 5, 7}, 0, true, &record},
    };
    struct dlb_plot_dots dots = {.count = 3, .series_count = 1, .items = items, .styles = &style};
    bool first = true;
    assert_int_equal(dlb_plot_dots_write(&dots, &plot), DLB_OK);
    dlb_plot_dots_draw(&dots, &plot, &first, 0, 1, false);
    assert_string_equal(plot.data.data, "$d0 << EOD\n1 2 1 1 1 3\nEOD\n"
                                        "$b0 << EOD\n5 6 5 5 5 7\nEOD\n"
                                        "$h0 << EOD\n3 4 3 3 4 4\nEOD\n");
    expect(&plot.script, "$b0 using 1:2:3:4:5:6 with xyerrorbars lc rgb '#0072B2' pt 6 ");
    expect(&plot.script, "$b0 using 1:2 with points lc rgb '#ffffff' pt 7 ");
    expect(&plot.script, "$b0 using 1:2 with points lc rgb '#0072B2' pt 6 ");
    expect(&plot.script, "$h0 using 1:2 with points lc rgb '#0072B2' pt 6 ");
    assert_true(dots.hollow);
    dlb_plot_dots_free(&dots);
    dlb_plot_free(&plot);
}

/* In every kind: no series of hollow points has bars. */
static void test_hollow_series_have_no_bars(void **state)
{
    (void)state;
    struct dlb_result result;
    int series = 0;
    plot_sample_result(&small, &result);
    verify_all(&result);
    for (const struct dlb_plot_kind *kind = dlb_plot_kinds; kind->name != NULL; kind++) {
        struct dlb_plots plots;
        struct dlb_why why = {""};
        if (build(kind->name, &result, NULL, &plots, &why) == DLB_UNAVAILABLE)
            continue;
        for (int i = 0; i < plots.count; i++)
            for (const char *at = plots.items[i].script.data;
                 (at = strstr(at, "$h")) != NULL && at[2] >= '0' && at[2] <= '9'; at++, series++) {
                const char *bars = strstr(at, "errorbars");
                if (bars != NULL && bars < at + strcspn(at, "\n"))
                    fail_msg("%s: bars on %.60s", plots.items[i].name, at);
            }
        dlb_plots_free(&plots);
    }
    assert_true(series >= 4); /* speed, roofline, working-set, precision */
    dlb_result_free(&result);
}

/* Alternative texts name the fastest of what was measured. */
static void test_only_measured_is_fastest(void **state)
{
    (void)state;
    const struct plot_sample sample = {
        .devices = 3, .problems = 4, .dtypes = 2, .decades = 1, .samples = 8};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&sample, &result);
    verify_all(&result);
    set_evidence(&result, "onednn:0", "modelled"); /* the first is the fastest of all */
    assert_int_equal(build("heatmap", &result, NULL, &plots, &why), DLB_OK);
    expect(&plots.items[0].alt, "onednn:0 was not measured, openblas:0 is fastest in 8, "
                                "reference:0 is fastest in 0.");
    dlb_plots_free(&plots);
    for (int i = 0; i < result.record_count; i++)
        if (strcmp(result.records[i].dtype, "bf16") == 0)
            strcpy(result.records[i].evidence, "modelled");
    assert_int_equal(build("precision", &result, NULL, &plots, &why), DLB_OK);
    expect(&plots.items[0].alt, " bf16: not measured.");
    expect(&plots.items[0].alt, " f32: up to 59.96G operations per second measured, ");
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

/* ---- texts ---- */

static void test_quotes(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        int columns;
        const char *quoted, *tic;
    } rows[] = {
        {"plain", 0, "'plain'", "'plain'"},
        {"it's", 0, "'it''s'", "'it''s'"},
        {"50 % 'x'", 0, "'50 % ''x'''", "'50 %% ''x'''"},
        {"a_b^{2}@x\\n`id`$(id)\"q\"", 0, "'a_b^{2}@x\\n`id`$(id)\"q\"'",
         "'a_b^{2}@x\\n`id`$(id)\"q\"'"},
        {"two\nlines\t\x1b[0m", 0, "'two?lines??[0m'", "'two?lines??[0m'"},
        {"\xE2\x80\xAE\xD7\xA9", 0, "'?\xD7\xA9'", "'?\xD7\xA9'"},
        {"bad \xFF\xC3", 0, "'bad ?\?'", "'bad ?\?'"},
        {"\xEF\xBF\xBF", 0, "'?\?\?'", "'?\?\?'"},
        {"abcdefghij", 7, "'abc\xE2\x80\xA6hij'", "'abc\xE2\x80\xA6hij'"},
        {"abcdefghij", 10, "'abcdefghij'", "'abcdefghij'"},
        {"", 5, "''", "''"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        struct dlb_text text = {0};
        dlb_plot_quote(&text, rows[i].raw, rows[i].columns);
        assert_string_equal(text.data, rows[i].quoted);
        dlb_text_clear(&text);
        dlb_plot_quote_tic(&text, rows[i].raw, rows[i].columns);
        assert_string_equal(text.data, rows[i].tic);
        dlb_text_free(&text);
    }
}

static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(dlb_plot_width("abc", 0), 3);
    assert_int_equal(dlb_plot_width("\xE5\x8A\xA0\xE9\x80\x9F", 0),
                     4); /* two letters of East Asia */
    assert_int_equal(dlb_plot_width("\xF0\x9F\x94\xA5", 0), 2);
    assert_int_equal(dlb_plot_width("e\xCC\x81", 0), 1); /* a combining accent */
    assert_int_equal(dlb_plot_width("abcdefghij", 7), 7);
    struct dlb_text text = {0};
    dlb_plot_clean(&text, "\xE5\x8A\xA0\xE9\x80\x9F\xE5\x8A\xA0\xE9\x80\x9F", 5);
    assert_string_equal(text.data, "\xE5\x8A\xA0\xE2\x80\xA6\xE9\x80\x9F");
    dlb_text_free(&text);
}

static void test_numbers(void **state)
{
    (void)state;
    struct dlb_text text = {0};
    dlb_plot_block(&text, "d0");
    dlb_plot_row(&text, (const double[]){1.5, NAN, INFINITY, -2e-12}, 4);
    dlb_plot_block_end(&text);
    assert_string_equal(text.data, "$d0 << EOD\n1.5 NaN NaN -2e-12\nEOD\n");
    dlb_text_free(&text);
}

/* ---- axes ---- */

static void test_ranges(void **state)
{
    (void)state;
    static const struct {
        enum dlb_plot_scale scale;
        double values[3];
    } rows[] = {{DLB_PLOT_LINEAR, {NAN, NAN, NAN}},
                {DLB_PLOT_LINEAR, {0, 0, 0}},
                {DLB_PLOT_LINEAR, {5, 5, 5}},
                {DLB_PLOT_LINEAR, {-3, -3, -3}},
                {DLB_PLOT_LINEAR, {1e-300, 1e300, 1}},
                {DLB_PLOT_LINEAR, {1e15, 1e15 + 1, 1e15}},
                {DLB_PLOT_LOG10, {0, -1, NAN}},
                {DLB_PLOT_LOG10, {7, 7, 7}},
                {DLB_PLOT_LOG10, {1e-300, 1e300, 1}},
                {DLB_PLOT_LOG10, {1e9, 1.1e9, INFINITY}},
                {DLB_PLOT_LOG2, {1, 1, 1}},
                {DLB_PLOT_LOG2, {0.125, 64, 3}},
                {DLB_PLOT_LINEAR, {1e-320, 0, -1e-320}}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        struct dlb_plot_range range = dlb_plot_range_new(rows[i].scale);
        double tics[32];
        for (int j = 0; j < 3; j++)
            dlb_plot_range_add(&range, rows[i].values[j]);
        dlb_plot_range_close(&range, 0.05);
        if (!(range.lo < range.hi) || !isfinite(range.lo) || !isfinite(range.hi) ||
            (rows[i].scale != DLB_PLOT_LINEAR && range.lo <= 0))
            fail_msg("row %zu: from %g to %g", i, range.lo, range.hi);
        for (int most = 2; most <= 12; most++) {
            const int count = dlb_plot_tics(&range, DLB_PLOT_SI, most, tics);
            if (count < 1 || count > most)
                fail_msg("row %zu: %d tics, at most %d wanted", i, count, most);
            for (int j = 0; j < count; j++)
                if (tics[j] < range.lo * (1 - 1e-6) - fabs(range.lo) * 2e-6 ||
                    tics[j] > range.hi + fabs(range.hi) * 1e-6 || (j > 0 && tics[j] <= tics[j - 1]))
                    fail_msg("row %zu: tic %g of [%g, %g]", i, tics[j], range.lo, range.hi);
        }
    }
}

static void test_tics(void **state)
{
    (void)state;
    static const struct {
        struct dlb_plot_range range;
        enum dlb_plot_unit unit;
        int most;
        const char *tics;
    } rows[] = {
        {{DLB_PLOT_LINEAR, 0, 10}, DLB_PLOT_PLAIN, 6, "0 2 4 6 8 10"},
        {{DLB_PLOT_LINEAR, -0.02, 0.07}, DLB_PLOT_SIGNED, 6, "-2_% 0_% +2_% +4_% +6_%"},
        {{DLB_PLOT_LINEAR, 0, 1}, DLB_PLOT_PERCENT, 6, "0_% 20_% 40_% 60_% 80_% 100_%"},
        {{DLB_PLOT_LOG10, 9e8, 1.2e12}, DLB_PLOT_SI, 6, "1G 10G 100G 1T"},
        {{DLB_PLOT_LOG10, 9e8, 1.2e12}, DLB_PLOT_SI, 8, "1G 3G 10G 30G 100G 300G 1T"},
        {{DLB_PLOT_LOG10, 5e-8, 3e-3}, DLB_PLOT_PLAIN, 5, "1e-7 1e-6 1e-5 1e-4 0.001"},
        {{DLB_PLOT_LOG10, 5e3, 3e6}, DLB_PLOT_PLAIN, 3, "10000 1e5 1e6"},
        {{DLB_PLOT_LINEAR, -5e-5, 5e-5}, DLB_PLOT_PLAIN, 3, "-5e-5 0 5e-5"},
        {{DLB_PLOT_LOG10, 1e0, 1e18}, DLB_PLOT_SI, 7, "1 1k 1M 1G 1T 1P 1E"},
        {{DLB_PLOT_LOG10, 3.1e9, 3.9e9}, DLB_PLOT_SI, 5, "3.2G 3.4G 3.6G 3.8G"},
        {{DLB_PLOT_LOG2, 0.24, 8.1}, DLB_PLOT_RATIO, 9, "1/4 1/2 1 2 4 8"},
        {{DLB_PLOT_LOG10, 1e4, 3e6}, DLB_PLOT_IEC, 9, "16Ki 32Ki 64Ki 128Ki 256Ki 512Ki 1Mi 2Mi"},
        {{DLB_PLOT_LOG10, 900, 2e9}, DLB_PLOT_NS, 8, "1_us 10_us 100_us 1_ms 10_ms 100_ms 1_s"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        double tics[32];
        char line[256] = "";
        const int count = dlb_plot_tics(&rows[i].range, rows[i].unit, rows[i].most, tics);
        for (int j = 0; j < count; j++) {
            char text[32];
            dlb_plot_tic(text, sizeof text, tics[j], rows[i].unit);
            for (char *at = text; *at != '\0'; at++)
                *at = *at == ' ' ? '_' : *at;
            snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", j > 0 ? " " : "",
                     text);
        }
        assert_string_equal(line, rows[i].tics);
    }
}

/* ---- styles ---- */

static void test_styles_belong_to_keys(void **state)
{
    (void)state;
    static const char *const some[] = {"openblas:0", "onednn:0", "opencl:0"};
    static const char *const others[] = {"opencl:0", "published:a", "onednn:0",    "alpha",
                                         "beta",     "published:b", "openblas:0",  "gamma",
                                         "delta",    "published:c", "published:d", "zeta"};
    struct dlb_plot_styles a;
    struct dlb_plot_styles b;
    assert_int_equal(dlb_plot_styles_make(some, 3, &a), DLB_OK);
    assert_int_equal(dlb_plot_styles_make(others, 12, &b), DLB_OK);
    for (int i = 0; i < 3; i++) {
        const struct dlb_plot_style *x = dlb_plot_style_of(&a, some[i]);
        const struct dlb_plot_style *y = dlb_plot_style_of(&b, some[i]);
        assert_non_null(x);
        assert_non_null(y);
        assert_string_equal(x->color, y->color);
        assert_int_equal(x->point, y->point);
        assert_string_equal(x->dash, y->dash);
    }
    assert_null(dlb_plot_style_of(&a, "zeta"));
    dlb_plot_styles_free(&a);
    dlb_plot_styles_free(&b);
}

/* Colour and point together; of seven devices each colour, of the first six each point. Points have an area, which their hollow twins leave empty:
 * of gnuplot's types 4 to 15 the even ones. */
static void test_styles_differ(void **state)
{
    (void)state;
    char names[40][16];
    const char *keys[40];
    for (int i = 0; i < 40; i++) {
        snprintf(names[i], sizeof names[i], "device-%d", i);
        keys[i] = names[i];
    }
    for (int count = 1; count <= 40; count += 3) {
        struct dlb_plot_styles styles;
        assert_int_equal(dlb_plot_styles_make(keys, count, &styles), DLB_OK);
        for (int i = 0; i < count; i++)
            for (int j = 0; j < i; j++) {
                const struct dlb_plot_style *x = &styles.items[i];
                const struct dlb_plot_style *y = &styles.items[j];
                const bool color = strcmp(x->color, y->color) == 0;
                if (color && (x->point == y->point || count <= 7))
                    fail_msg("%s and %s of %d look alike", x->device, y->device, count);
            }
        for (int i = 0; i < count; i++)
            if (styles.items[i].hollow != styles.items[i].point - 1 || styles.items[i].point < 5 ||
                styles.items[i].point > 15 || styles.items[i].point % 2 == 0)
                fail_msg("%s: points %d and %d", styles.items[i].device, styles.items[i].point,
                         styles.items[i].hollow);
        dlb_plot_styles_free(&styles);
    }
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < i; j++)
            assert_int_not_equal(dlb_plot_style_at(i).point, dlb_plot_style_at(j).point);
}

/* ---- captions, and what cannot be drawn ---- */

static void test_captions(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&small, &result);
    assert_int_equal(build("speed", &result, NULL, &plots, &why), DLB_OK);
    const struct dlb_plot *plot = named(&plots, "speed-f32");
    expect(&plot->caption, "n = 2 to 3 processes of 12 samples; 2 noisy processes did not count; 2 "
                           "cases are noisy. ");
    expect(&plot->caption, "not measured: modelled");
    expect(&plot->caption, "openblas:0");
    expect(&plot->caption, "(AMD EPYC 9R14)");
    expect(&plot->caption, "Missing: ");
    expect(&plot->caption, "on openblas:0: ");
    expect(&plot->caption, "this library has no such product");
    expect(&plot->caption, "all on cuda:0: libcudart.so.12 not found");
    expect(&plot->caption, "Seed 4711, 2026-11-23.");
    expect(&plot->caption, "operations per second");
    expect(&plot->alt, "problems on 3 devices");
    expect(&plot->script, "hollow: not measured");
    expect(&plot->script, "crossed: noisy");
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

/* Bars are called what they are: as in the table, over processes, their range, inside of one, or the range of its samples. */
static void test_kinds_of_bars(void **state)
{
    (void)state;
    static const struct {
        int processes;
        int64_t samples;
        const char *bars;
    } rows[] = {{6, 20, ", bars: 95 % over processes"},
                {3, 20, ", bars: range of the processes"},
                {1, 40, ", bars: 95 % inside one process"},
                {1, 3, ", bars: range of the samples of one process"},
                {1, 1, NULL}};
    static const char *const kinds[] = {"speed", "roofline", "scaling", "working-set", "precision"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++)
        for (size_t j = 0; j < DLB_ARRAY_COUNT(kinds); j++) {
            const struct plot_sample sample = {.devices = 2,
                                               .problems = 2,
                                               .decades = 1,
                                               .thread_counts = 2,
                                               .processes = rows[i].processes,
                                               .samples = rows[i].samples};
            struct dlb_result result;
            struct dlb_plots plots;
            struct dlb_why why = {""};
            plot_sample_result(&sample, &result);
            verify_all(&result);
            assert_int_equal(build(kinds[j], &result, NULL, &plots, &why), DLB_OK);
            const struct dlb_text *caption = &plots.items[0].caption;
            assert_int_equal(count_of(caption, "bars: "), rows[i].bars != NULL);
            assert_int_equal(count_of(caption, " or range"), 0);
            if (rows[i].bars != NULL)
                expect(caption, rows[i].bars);
            dlb_plots_free(&plots);
            dlb_result_free(&result);
        }
}

/* What speeds are relative to has a part in their bars; two single processes make none. */
static void test_bars_of_relative_speeds(void **state)
{
    (void)state;
    const struct plot_sample one = {.devices = 2, .problems = 2, .decades = 1, .processes = 1};
    const struct plot_sample six = {.devices = 2, .problems = 2, .decades = 1, .processes = 6};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&one, &result);
    assert_int_equal(build("speed", &result, "onednn:0", &plots, &why), DLB_OK);
    assert_false(contains(&plots.items[0].caption, "bars: "));
    dlb_plots_free(&plots);
    dlb_result_free(&result);
    plot_sample_result(&six, &result);
    for (int i = 0; i < result.record_count; i++)
        if (strcmp(result.records[i].device, "onednn:0") == 0)
            strcpy(result.records[i].summary.ci_kind, "range");
    assert_int_equal(build("speed", &result, "onednn:0", &plots, &why), DLB_OK);
    expect(&plots.items[0].caption,
           "Times as fast as onednn:0, bars: 95 % over processes or range of the processes. ");
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

/* A table that others published has no thread count of its own: the circumstances are those of what was measured. */
static void test_circumstances_of_what_was_measured(void **state)
{
    (void)state;
    const struct plot_sample sample = {.devices = 2, .problems = 2, .decades = 1, .samples = 8};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&sample, &result);
    assert_int_equal(build("heatmap", &result, NULL, &plots, &why), DLB_OK);
    expect(&plots.items[0].caption, ". In common: throughput mode, warm cache, 2 threads. ");
    dlb_plots_free(&plots);
    set_evidence(&result, "openblas:0", "published");
    assert_int_equal(build("heatmap", &result, NULL, &plots, &why), DLB_OK);
    expect(&plots.items[0].caption,
           ". Measured cases have in common: throughput mode, warm cache, 2 threads. ");
    dlb_plots_free(&plots);
    set_evidence(&result, "onednn:0", "published");
    assert_int_equal(build("heatmap", &result, NULL, &plots, &why), DLB_OK);
    assert_false(contains(&plots.items[0].caption, "in common"));
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

/* Two modes of one problem are two lines with names of their own; noisy points are crossed in both panels. */
static void test_lines_of_one_problem(void **state)
{
    (void)state;
    const struct plot_sample sample = {
        .devices = 1, .problems = 2, .decades = 1, .samples = 8, .thread_counts = 2};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&sample, &result);
    for (int i = 2; i < 4; i++) {
        struct dlb_record *record = &result.records[i];
        memcpy(record->problem, result.records[0].problem, sizeof record->problem);
        memcpy(record->label, result.records[0].label, sizeof record->label);
        strcpy(record->mode, "latency");
    }
    dlb_record_flag(&result.records[3], "noisy");
    assert_int_equal(build("scaling", &result, NULL, &plots, &why), DLB_OK);
    const struct dlb_text *script = &plots.items[0].script;
    expect(script, "'gemm m64 n512 k512 f32 throughput'");
    expect(script, "'gemm m64 n512 k512 f32 latency'");
    expect(script, "'crossed: noisy'");
    assert_int_equal(count_of(script, " with points lc rgb '#000000' pt 2 "), 2);
    assert_int_equal(count_of(&plots.items[0].data, "$n"), 1);
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

/* A case with one sample, or whose samples were not kept, has no row; that and why is told. */
static void test_cases_without_samples(void **state)
{
    (void)state;
    const struct plot_sample sample = {
        .devices = 2, .problems = 8, .decades = 1, .samples = 8, .missing = true};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&sample, &result);
    for (int i = 0; i < result.records[0].invocation_count; i++)
        result.records[0].invocations[i].n = 1;
    for (int i = 2; i < 12; i += 2) /* of the same device */
        for (int j = 0; j < result.records[i].invocation_count; j++) {
            free(result.records[i].invocations[j].samples_ns);
            result.records[i].invocations[j].samples_ns = NULL;
        }
    assert_int_equal(build("distribution", &result, NULL, &plots, &why), DLB_OK);
    const struct dlb_text *caption = &plots.items[0].caption;
    expect(caption, "Without a row: gemm m64 n512 k512 f32 on onednn:0 (one sample only), gemm m72 "
                    "n512 k512 f32 on onednn:0 (its samples were not kept), ");
    expect(caption, " and 2 more. ");
    expect(caption, "Missing: 4 on openblas:0: this library has no such product; all on cuda:0: ");
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

static void test_many_samples_are_decimated(void **state)
{
    (void)state;
    const struct plot_sample many = {
        .devices = 1, .problems = 1, .decades = 1, .samples = 20000, .noisy = true};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&many, &result);
    static const char *const kinds[] = {"order", "distribution"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(kinds); i++) {
        assert_int_equal(build(kinds[i], &result, NULL, &plots, &why), DLB_OK);
        expect(&plots.items[0].caption, "Decimated: ");
        expect(&plots.items[0].caption, "60000 samples");
        assert_true(plots.items[0].data.size < 200000);
        dlb_plots_free(&plots);
    }
    for (int i = 0; i < result.records[0].invocation_count; i++) /* outliers, all of them */
        result.records[0].invocations[i].q1_ns = result.records[0].invocations[i].q3_ns = 1;
    assert_int_equal(build("distribution", &result, NULL, &plots, &why), DLB_OK);
    expect(&plots.items[0].caption, "60000 samples, 60000 severe outliers. Decimated: ");
    assert_true(plots.items[0].data.size < 200000);
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

static void test_many_problems_make_a_cloud(void **state)
{
    (void)state;
    const struct plot_sample many = {.devices = 2, .problems = 2000, .decades = 3, .samples = 3};
    struct dlb_result result;
    struct dlb_plots plots;
    struct dlb_why why = {""};
    plot_sample_result(&many, &result);
    assert_int_equal(build("speed", &result, NULL, &plots, &why), DLB_OK);
    expect(&plots.items[0].caption,
           "2000 problems, in the order of their fastest, are too many to be named");
    expect(&plots.items[0].caption, "one of 3 is drawn");
    assert_false(contains(&plots.items[0].script, "gemm m64"));
    dlb_plots_free(&plots);
    assert_int_equal(build("heatmap", &result, NULL, &plots, &why), DLB_OK);
    expect(&plots.items[0].caption, "geometric means");
    dlb_plots_free(&plots);
    dlb_result_free(&result);
}

/* From eight devices on each has a panel with the others in grey behind it: as points, hollow ones hollow; as lines where they are too many. */
static void test_others_are_grey(void **state)
{
    (void)state;
    static const struct {
        int problems;
        const char *measured, *hollow, *legend;
    } rows[] = {
        {1, "$d0 using 1:4 with points lc rgb '#c4c4c4' pt 7 ",
         "$h6 using 1:4 with points lc rgb '#c4c4c4' pt 6 ", " pt 7 ps 0.9 lc rgb '#c4c4c4'"},
        {400, "$d0 using 4:1 with lines lc rgb '#c4c4c4' ",
         "$h6 using 4:1 with lines lc rgb '#c4c4c4' ", "nohead lw 2 dt 1 lc rgb '#c4c4c4'"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows); i++) {
        const struct plot_sample nine = {.devices = 9,
                                         .problems = rows[i].problems,
                                         .decades = 1,
                                         .samples = 2,
                                         .modelled = true};
        struct dlb_result result;
        struct dlb_plots plots;
        struct dlb_why why = {""};
        plot_sample_result(&nine, &result);
        assert_int_equal(build("speed", &result, NULL, &plots, &why), DLB_OK);
        const struct dlb_text *script = &plots.items[0].script;
        expect(script, "'grey: the other devices'");
        expect(script, rows[i].legend);
        assert_int_equal(count_of(script, rows[i].measured), 8); /* in all panels but its own */
        assert_int_equal(count_of(script, rows[i].hollow), 8);
        dlb_plots_free(&plots);
        dlb_result_free(&result);
    }
}

static void test_nothing_to_draw(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_plots plots;
    const struct plot_sample one = {.devices = 1, .problems = 1, .processes = 1, .samples = 1};
    plot_sample_result(&one, &result);
    struct dlb_why why = {""};
    assert_int_equal(build("scaling", &result, NULL, &plots, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "two thread counts"));
    assert_int_equal(build("speed", &result, "nobody:0", &plots, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "there are: onednn:0"));
    dlb_plots_free(&plots);
    result.records[0].status = DLB_FAILED;
    for (const struct dlb_plot_kind *kind = dlb_plot_kinds; kind->name != NULL; kind++) {
        why.text[0] = '\0';
        assert_int_equal(build(kind->name, &result, NULL, &plots, &why), DLB_UNAVAILABLE);
        assert_true(why.text[0] != '\0');
        assert_int_equal(plots.count, 0);
    }
    dlb_result_free(&result);
}

/* ---- what users write ---- */

/* A script without its literals. */
static char *without_literals(const char *script)
{
    struct dlb_text rest = {0};
    bool inside = false;
    for (; *script != '\0'; script++) {
        if (*script == '\'')
            inside = !inside; /* '' is left and entered at once */
        else if (!inside)
            dlb_text_append_bytes(&rest, script, 1);
        if (*script == '\n')
            assert_false(inside);
    }
    return rest.data;
}

static void test_hostile_names_stay_texts(void **state)
{
    (void)state;
    const struct plot_sample hostile = {.devices = 2,
                                        .problems = 3,
                                        .decades = 1,
                                        .missing = true,
                                        .roofs = true,
                                        .label = plot_sample_hostile};
    static const char *const never[] = {"touch", "system", "`", "script>", "\x1b", "owned"};
    struct dlb_result result;
    plot_sample_result(&hostile, &result);
    for (const struct dlb_plot_kind *kind = dlb_plot_kinds; kind->name != NULL; kind++) {
        struct dlb_plots plots;
        struct dlb_why why = {""};
        if (build(kind->name, &result, NULL, &plots, &why) == DLB_UNAVAILABLE)
            continue;
        for (int i = 0; i < plots.count; i++) {
            struct dlb_text script = {0};
            assert_int_equal(dlb_plot_script(&plots.items[i], DLB_PLOT_SVG, "a'b.svg", &script),
                             DLB_OK);
            expect(&script, "set output 'a''b.svg'");
            char *rest = without_literals(script.data);
            for (size_t j = 0; j < DLB_ARRAY_COUNT(never); j++)
                if (strstr(rest, never[j]) != NULL)
                    fail_msg("%s: '%s' outside of a literal", plots.items[i].name, never[j]);
            assert_null(strchr(plots.items[i].name, '/'));
            free(rest);
            dlb_text_free(&script);
        }
        dlb_plots_free(&plots);
    }
    dlb_result_free(&result);
}

static void test_names_are_unique(void **state)
{
    (void)state;
    struct dlb_plots plots = {0};
    for (int i = 0; i < 3; i++) {
        struct dlb_plot *plot = dlb_plots_add(&plots);
        assert_non_null(plot);
        dlb_plot_name(&plots, plot, "roofline", "../A b", "");
    }
    assert_string_equal(plots.items[0].name, "roofline-..-a-b");
    assert_string_equal(plots.items[1].name, "roofline-..-a-b-2");
    assert_string_equal(plots.items[2].name, "roofline-..-a-b-3");
    dlb_plots_free(&plots);
}

/* ---- gnuplot itself ---- */

static void check_image(const struct dlb_plot *plot, enum dlb_plot_format format,
                        const struct dlb_text *image, const char *said)
{
    static const char *const begins[DLB_PLOT_FORMATS] = {"<?xml", "\x89PNG", "%PDF", ""};
    if (said[0] != '\0')
        fail_msg("%s: gnuplot said: %s", plot->name, said);
    if (image->size < 500 || strncmp(image->data, begins[format], strlen(begins[format])) != 0)
        fail_msg("%s: %zu bytes are no picture", plot->name, image->size);
    if (format == DLB_PLOT_SVG) {
        assert_null(strstr(image->data, " id='gpPt"));
        assert_null(strstr(image->data, "<script"));
        const char *title = strstr(image->data, "<title>"); /* the picture's, no other */
        assert_non_null(title);
        assert_null(strstr(title + 1, "<title>"));
        assert_int_equal(strncmp(title + 7, plot->title, 5), 0);
        assert_non_null(strstr(image->data, "</svg>"));
    }
}

/* Every kind, every format, of results that are hard to draw: without a word of complaint from gnuplot. */
static void test_pictures(void **state)
{
    (void)state;
    static const struct plot_sample samples[] = {
        {.devices = 3,
         .problems = 6,
         .dtypes = 2,
         .decades = 2,
         .modelled = true,
         .noisy = true,
         .missing = true,
         .roofs = true,
         .batches = 3},
        {.devices = 1, .problems = 1, .processes = 1, .samples = 1},
        {.devices = 12, .problems = 3, .decades = 1, .thread_counts = 2},
        {.devices = 2, .problems = 3, .decades = 250, .roofs = true},
        {.devices = 2,
         .problems = 3,
         .decades = 1,
         .roofs = true,
         .noisy = true,
         .label = plot_sample_hostile},
    };
    if (!dlb_gnuplot_find()->found)
        skip();
    for (size_t i = 0; i < DLB_ARRAY_COUNT(samples); i++) {
        struct dlb_result result;
        const enum dlb_plot_format format = (enum dlb_plot_format)(i % DLB_PLOT_FORMATS);
        plot_sample_result(&samples[i], &result);
        for (const struct dlb_plot_kind *kind = dlb_plot_kinds; kind->name != NULL; kind++) {
            struct dlb_plots plots;
            struct dlb_why why = {""};
            struct dlb_text images[64] = {{.data = NULL}};
            static struct dlb_why whys[64];
            if (build(kind->name, &result, NULL, &plots, &why) == DLB_UNAVAILABLE)
                continue;
            assert_true(plots.count > 0 && plots.count < 64);
            memset(whys, 0, sizeof whys);
            dlb_plots_render(&plots, format, 2, images, whys);
            for (int j = 0; j < plots.count; j++) {
                check_image(&plots.items[j], format, &images[j], whys[j].text);
                dlb_text_free(&images[j]);
            }
            dlb_plots_free(&plots);
        }
        dlb_result_free(&result);
    }
}

static void test_errors_of_gnuplot_are_told(void **state)
{
    (void)state;
    struct dlb_plot plot = {.name = "x", .width = 300, .height = 200};
    struct dlb_text image = {0};
    struct dlb_why why = {""};
    if (!dlb_gnuplot_find()->found)
        skip();
    dlb_text_append(&plot.script, "plot undefined_thing\n");
    assert_int_equal(dlb_plot_render(&plot, DLB_PLOT_SVG, 80, 24, &image, &why), DLB_FAILED);
    assert_non_null(strstr(why.text, "undefined variable: undefined_thing"));
    assert_int_equal(image.size, 0);
    dlb_text_clear(&plot.script);
    dlb_text_append(&plot.script, "exit\n");
    assert_int_equal(dlb_plot_render(&plot, DLB_PLOT_TERMINAL, 80, 24, &image, &why), DLB_FAILED);
    assert_non_null(strstr(why.text, "wrote no picture"));
    dlb_plot_free(&plot);
    dlb_text_free(&image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_scripts),
        cmocka_unit_test(test_unsigned_bytes_have_a_ceiling),
        cmocka_unit_test(test_labels_of_ridges),
        cmocka_unit_test(test_devices_without_ceilings),
        cmocka_unit_test(test_hollow_is_hollow),
        cmocka_unit_test(test_hollow_series_have_no_bars),
        cmocka_unit_test(test_only_measured_is_fastest),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_tics),
        cmocka_unit_test(test_styles_belong_to_keys),
        cmocka_unit_test(test_styles_differ),
        cmocka_unit_test(test_captions),
        cmocka_unit_test(test_kinds_of_bars),
        cmocka_unit_test(test_bars_of_relative_speeds),
        cmocka_unit_test(test_circumstances_of_what_was_measured),
        cmocka_unit_test(test_lines_of_one_problem),
        cmocka_unit_test(test_cases_without_samples),
        cmocka_unit_test(test_many_samples_are_decimated),
        cmocka_unit_test(test_many_problems_make_a_cloud),
        cmocka_unit_test(test_others_are_grey),
        cmocka_unit_test(test_nothing_to_draw),
        cmocka_unit_test(test_hostile_names_stay_texts),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_errors_of_gnuplot_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
