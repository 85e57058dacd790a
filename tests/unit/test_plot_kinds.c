/* test_plot_kinds.c: working set, forest, history, energy and cost, precision: golden scripts, what they say, and what they refuse.
 *
 * What holds for all kinds (hostile names, hard ranges, gnuplot's silence) is tested in test_plot.c. DLBENCH_RECORD=1 writes the golden scripts
 * anew, to be looked at as pictures before they are committed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "reports/plots/plot_frame.h"
#include "reports/plots/render.h"
#include "tests/unit/plot_sample.h"

static struct dlb_result result;
static struct dlb_plots plots;
static struct dlb_why why;

/* ---- samples ---- */

static void set_measured(json_t *device)
{
    json_t *measured = json_object_get(device, "measured");
    json_object_set_new(measured, "level_bytes",
                        json_pack("{s:I, s:I, s:I}", "L1", (json_int_t)49152, "L2",
                                  (json_int_t)2097152, "L3", (json_int_t)33554432));
}

/* What an external meter and a catalogue would have told, and how wrong answers were. */
static void add_figures(struct dlb_record *record, int index)
{
    struct dlb_energy *energy = &record->energy;
    struct dlb_cost *cost = &record->cost;
    const double watts = 40 + 7 * (index % 5);
    static const double errors[] = {2e-7, 4e-3, 0};
    dlb_energy_reset(energy);
    dlb_cost_reset(cost);
    if (record->status != DLB_OK)
        return;
    strcpy(energy->method, index % 7 == 3 ? "tdp_bound" : "external");
    strcpy(energy->scope, "wall");
    energy->j_per_item = watts / record->summary.items_per_s;
    energy->items_per_j = 1 / energy->j_per_item;
    energy->uncertainty_rel = index % 7 == 3 ? (double)NAN : 0.04;
    strcpy(cost->currency, "USD");
    cost->price_hour = index % 2 == 0 ? 0.9 : 3.2;
    cost->items_per_unit = record->summary.items_per_s * 3600 / cost->price_hour;
    cost->per_mitem = 1e6 / cost->items_per_unit;
    record->working_set_bytes = 20e3 * pow(4, index % 6) * (1 + index % 3);
    record->verified.checked = true;
    record->verified.max_rel_err = errors[strcmp(record->dtype, "f32") == 0    ? 0
                                          : strcmp(record->dtype, "bf16") == 0 ? 1
                                                                               : 2] *
                                   (1 + index % 3);
}

static void make(const struct plot_sample *how)
{
    plot_sample_result(how, &result);
    size_t at;
    json_t *device;
    json_array_foreach(result.devices, at, device) if (json_object_get(device, "measured") != NULL)
        set_measured(device);
    for (int i = 0; i < result.record_count; i++)
        add_figures(&result.records[i], i);
}

static const struct plot_sample small = {.devices = 3,
                                         .problems = 5,
                                         .dtypes = 3,
                                         .decades = 2,
                                         .samples = 12,
                                         .modelled = true,
                                         .noisy = true,
                                         .missing = true,
                                         .roofs = true};

static void add_verdict(const char *label, enum dlb_verdict verdict, double effect, double half)
{
    struct dlb_verdict_row row = {.verdict = verdict,
                                  .effect = effect,
                                  .ci_lo = effect - half,
                                  .ci_hi = effect + half,
                                  .mde90 = 0.02 + half,
                                  .tolerance = 0.03,
                                  .r1 = 10,
                                  .r2 = verdict == DLB_VERDICT_PASS ? 0 : 12};
    snprintf(row.key, sizeof row.key, "%s@onednn:0", label);
    snprintf(row.label, sizeof row.label, "%s", label);
    strcpy(row.device, "onednn:0");
    strcpy(row.mode, "paired");
    assert_int_equal(dlb_result_add_verdict(&result, &row), DLB_OK);
}

static void make_check(void)
{
    make(&(struct plot_sample){.devices = 1, .problems = 1, .samples = 4});
    result.check = json_pack("{s:{s:f}}", "rule", "rated", 0.05);
    add_verdict("gemm m512 n512 k512", DLB_VERDICT_REGRESSED, 0.084, 0.012);
    add_verdict("conv 3x3 n32", DLB_VERDICT_PASS, 0.002, 0.008);
    add_verdict("lenet batch=16", DLB_VERDICT_IMPROVED, -0.061, 0.015);
    add_verdict("mlp", DLB_VERDICT_SLOWER_WITHIN_TOLERANCE, 0.021, 0.006);
    add_verdict("conv 1x1 n8", DLB_VERDICT_INCONCLUSIVE, 0.04, (double)INFINITY);
    add_verdict("gemm m1 n1 k1", DLB_VERDICT_FAILED, (double)NAN, (double)NAN);
    add_verdict("gemm m2 n2 k2", DLB_VERDICT_NEW, (double)NAN, (double)NAN);
}

#define SESSIONS 24
static struct dlb_history_point points[3][SESSIONS];
static struct dlb_history_step steps[2];
static struct dlb_history_series rows[3];
static struct dlb_history_trend trend;

/* Three cases on one host, a session a day: one with a step, one that is steady, one short and incomplete. */
static void make_trend(void)
{
    static const char *const labels[] = {"steady", "gemm m512 n512 k512", "short"};
    memset(rows, 0, sizeof rows);
    for (int s = 0; s < 3; s++) {
        struct dlb_history_series *row = &rows[s];
        snprintf(row->label, sizeof row->label, "%s", labels[s]);
        strcpy(row->device, s == 2 ? "openblas:0" : "onednn:0");
        strcpy(row->host, "0123456789abcdef");
        row->points = points[s];
        row->point_count = s == 2 ? 2 : SESSIONS;
        row->state = s == 0 ? DLB_HISTORY_STEADY : s == 1 ? DLB_HISTORY_STEPS : DLB_HISTORY_TOO_FEW;
        for (int i = 0; i < row->point_count; i++) {
            points[s][i] = (struct dlb_history_point){
                .created_utc = 1790000000 + 86400 * (int64_t)i,
                .device_id = i < 18 ? 1 : 2,
                .complete = s != 2,
                .value = 1e6 * (1 + 0.004 * ((i * 7) % 5) + (s == 1 && i >= 12 ? 0.07 : 0))};
            strcpy(points[s][i].rev, i == 8 ? "v1.2" : i == 9 ? "v1.3" : "abcdef0");
        }
    }
    steps[0] = (struct dlb_history_step){.first = 12, .effect = 0.07, .p = 0.0005};
    rows[1].steps = steps;
    rows[1].step_count = 1;
    trend = (struct dlb_history_trend){.count = 3, .points_wanted = 8, .series = rows};
}

/* ---- helpers ---- */

static int set_up(void **state)
{
    (void)state;
    result = (struct dlb_result){0};
    plots = (struct dlb_plots){0};
    why.text[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dlb_plots_free(&plots);
    dlb_result_free(&result);
    return 0;
}

static enum dlb_status build(const char *kind)
{
    const struct dlb_plot_input input = {.result = &result,
                                         .trend = strcmp(kind, "history") == 0 ? &trend : NULL};
    return dlb_plot_find(kind)->build(&input, &plots, &why);
}

static const struct dlb_plot *picture(const char *kind, const char *name)
{
    if (build(kind) != DLB_OK)
        fail_msg("%s: %s", kind, why.text);
    for (int i = 0; i < plots.count; i++)
        if (strcmp(plots.items[i].name, name) == 0)
            return &plots.items[i];
    fail_msg("no picture is called '%s'; the first of %d is '%s'", name, plots.count,
             plots.count > 0 ? plots.items[0].name : "");
    return NULL;
}

static bool contains(const struct dlb_text *text, const char *part)
{
    return text->data != NULL && strstr(text->data, part) != NULL;
}

static void expect(const struct dlb_text *text, const char *part)
{
    if (!contains(text, part))
        fail_msg("'%s' lacks '%s'", text->data != NULL ? text->data : "", part);
}

/* How many rows of numbers a block has; -1: there is none. */
static int rows_of(const struct dlb_plot *plot, const char *block)
{
    char begin[40];
    snprintf(begin, sizeof begin, "$%s << EOD\n", block);
    const char *at = strstr(plot->data.data, begin);
    int count = 0;
    if (at == NULL)
        return -1;
    for (at = strchr(at, '\n') + 1; strncmp(at, "EOD", 3) != 0; at = strchr(at, '\n') + 1)
        count += *at != '\n';
    return count;
}

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
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        fail_msg("no %s; DLBENCH_RECORD=1 writes it", path);
    struct dlb_text golden = {0};
    char buffer[4096];
    for (size_t got = 0; (got = fread(buffer, 1, sizeof buffer, stream)) > 0;)
        dlb_text_append_bytes(&golden, buffer, got);
    fclose(stream);
    assert_string_equal(script.data, golden.data);
    dlb_text_free(&golden);
    dlb_text_free(&script);
}

/* gnuplot draws it, and has nothing to say. */
static void check_picture(const struct dlb_plot *plot)
{
    struct dlb_text image = {0};
    struct dlb_why said = {""};
    if (!dlb_gnuplot_find()->found)
        return;
    if (dlb_plot_render(plot, DLB_PLOT_SVG, 0, 0, &image, &said) != DLB_OK ||
        said.text[0] != '\0' || image.size < 500)
        fail_msg("%s: %s", plot->name, said.text);
    dlb_text_free(&image);
}

/* ---- working set ---- */

static void test_working_set(void **state)
{
    (void)state;
    make(&small);
    dlb_record_flag(&result.records[0], "noisy");
    const struct dlb_plot *plot = picture("working-set", "working-set-warm");
    check_golden(plot);
    check_picture(plot);
    expect(&plot->script, "'L1 96.0 KiB'"); /* of two threads */
    expect(&plot->script, "'L2 4.00 MiB'");
    expect(&plot->script, "'L3 32.0 MiB'");
    expect(&plot->caption, "sizes of caches, private ones times the threads");
    expect(&plot->alt, "the highest bandwidth is ");
    assert_int_equal(rows_of(plot, "c0"), 8); /* four ceilings, from and to */
    assert_true(rows_of(plot, "d0") > 0 && rows_of(plot, "n0") > 0);
    assert_int_equal(plots.count, 1); /* nothing is cold */
}

/* Of several thread counts the most: beyond that capacity no point is inside a private cache. */
static void test_private_caches_of_most_threads(void **state)
{
    (void)state;
    make(&(struct plot_sample){.devices = 1,
                               .problems = 2,
                               .decades = 1,
                               .samples = 4,
                               .thread_counts = 3,
                               .roofs = true});
    for (int i = 0; i < result.record_count; i++)
        if (result.records[i].threads == 2) /* the most common */
            result.records[i].threads = 1;
    const struct dlb_plot *plot = picture("working-set", "working-set-warm");
    expect(&plot->script, "'L1 192 KiB'"); /* of four threads */
    expect(&plot->script, "'L3 32.0 MiB'");
}

static void test_working_sets_of_many_devices(void **state)
{
    (void)state;
    make(&(struct plot_sample){.devices = 12, .problems = 3, .decades = 1, .samples = 4});
    const struct dlb_plot *plot = picture("working-set", "working-set-warm");
    check_picture(plot);
    expect(&plot->script, "'grey: the other devices'");
    expect(&plot->script, "set multiplot");
}

/* ---- energy and cost ---- */

static void test_energy(void **state)
{
    (void)state;
    make(&small);
    const struct dlb_plot *plot = picture("energy-cost", "energy-cost-energy");
    check_golden(plot);
    check_picture(plot);
    expect(&plot->script, "'hollow: no measurement'");
    expect(&plot->script, "W' at ");
    expect(&plot->alt, "The best is ");
}

static void test_cost(void **state)
{
    (void)state;
    make(&small);
    result.records[0].cost.currency[0] = 'E'; /* ESD */
    strcpy(result.records[3].cost.reason, "the price is 3 years old");
    result.records[3].cost.items_per_unit = NAN;
    const struct dlb_plot *plot = picture("energy-cost", "energy-cost-cost");
    check_golden(plot);
    check_picture(plot);
    expect(&plot->script, "'items for 1 USD'");
    expect(&plot->script, "/h' at ");
    expect(&plot->caption, "1 case without cost: the price is 3 years old");
    expect(&plot->caption, "1 in other currencies are left out");
}

/* Three devices with one problem: the front has those that no other beats in both. */
static void test_front(void **state)
{
    (void)state;
    static const double joules[] = {
        3, 1, 2}; /* the fastest first: the third is slower than the second, and takes more */
    make(&(struct plot_sample){.devices = 3, .problems = 1, .decades = 1, .samples = 4});
    for (int i = 0; i < 3; i++) {
        strcpy(result.records[i].energy.method, "external");
        result.records[i].energy.j_per_item = joules[i];
    }
    const struct dlb_plot *plot = picture("energy-cost", "energy-cost-energy");
    assert_int_equal(rows_of(plot, "f0"), 2);
    assert_int_equal(rows_of(plot, "f1"), -1);
    check_picture(plot);
}

/* Whoever is least of the bounds is not the best of anything. */
static void test_bounds(void **state)
{
    (void)state;
    make(&small);
    int metered = -1;
    for (int i = 0; i < result.record_count; i++) {
        struct dlb_energy *energy = &result.records[i].energy;
        if (metered < 0 && dlb_energy_is_metered(energy) &&
            strcmp(result.records[i].evidence, "measured") == 0) {
            metered = i;
            energy->j_per_item *= 1e6;
        } else if (energy->method[0] != '\0') {
            strcpy(energy->method, "tdp_bound");
        }
    }
    char wanted[64];
    snprintf(wanted, sizeof wanted, "The best is %.3g J an item",
             result.records[metered].energy.j_per_item);
    const struct dlb_plot *plot = picture("energy-cost", "energy-cost-energy");
    expect(&plot->alt, wanted);
    expect(&plot->caption, "as its meter tells");
    strcpy(result.records[metered].energy.method, "tdp_bound");
    dlb_plots_free(&plots);
    plots = (struct dlb_plots){0};
    plot = picture("energy-cost", "energy-cost-energy");
    expect(&plot->alt, "None was measured by a meter: all are bounds or models.");
    expect(&plot->caption, "at most so much, no meter told it");
    assert_null(strstr(plot->alt.data, "The best"));
    assert_null(strstr(plot->caption.data, "its meter tells"));
}

static void test_no_energy(void **state)
{
    (void)state;
    plot_sample_result(&small, &result);
    assert_int_equal(build("energy-cost"), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "--power-command"));
}

/* ---- precision ---- */

static void test_precision(void **state)
{
    (void)state;
    make(&small);
    const struct dlb_plot *plot = picture("precision", "precision");
    check_golden(plot);
    check_picture(plot);
    expect(&plot->caption, "At the left edge: no error at all"); /* integers */
    expect(&plot->alt, "bf16: up to ");
    assert_int_equal(rows_of(plot, "j0"), 15); /* five problems in three types */
}

static void test_unverified(void **state)
{
    (void)state;
    make(&(struct plot_sample){.devices = 1, .problems = 3, .decades = 1, .samples = 4});
    result.records[1].verified.checked = false;
    const struct dlb_plot *plot = picture("precision", "precision");
    expect(&plot->caption, "1 cases without a verified answer are left out");
    dlb_plots_free(&plots);
    for (int i = 0; i < result.record_count; i++)
        result.records[i].verified.max_rel_err = NAN;
    assert_int_equal(build("precision"), DLB_UNAVAILABLE);
}

/* ---- forest ---- */

static void test_forest(void **state)
{
    (void)state;
    make_check();
    const struct dlb_plot *plot = picture("forest", "forest");
    check_golden(plot);
    check_picture(plot);
    expect(&plot->alt, "5 cases: 1 regressed, 1 improved, 1 changed within the tolerance, 1 "
                       "passed, 1 inconclusive. The largest slowdown is +8.4 %, of gemm m512");
    expect(&plot->caption, "tolerance of 3 %");
    expect(&plot->caption, "dashed: 5 %");
    expect(&plot->caption, "Intervals that leave the picture end at its edge");
    expect(&plot->caption, "Without a number: 1 new, 1 failed");
    expect(&plot->script, "set ytics scale 0 ('gemm m512 n512 k512' 0, 'conv 1x1 n8' 1,");
    assert_int_equal(rows_of(plot, "v0"), 1);
    assert_int_equal(rows_of(plot, "mde"), 4); /* one could see nothing */
}

static void test_large_forest(void **state)
{
    (void)state;
    make(&(struct plot_sample){.devices = 1, .problems = 1, .samples = 4});
    for (int i = 0; i < 80; i++) {
        char label[32];
        snprintf(label, sizeof label, "case %d", i);
        add_verdict(label, DLB_VERDICT_PASS, 0.001 * (i - 40), 0.01);
    }
    const struct dlb_plot *plot = picture("forest", "forest");
    check_picture(plot);
    expect(&plot->caption, "30 with smaller changes are left out");
    expect(&plot->script, "'case 0' 49");
    assert_false(contains(&plot->script, "'case 41'"));
}

static void test_forest_without_numbers(void **state)
{
    (void)state;
    make(&(struct plot_sample){.devices = 1, .problems = 1, .samples = 4});
    assert_int_equal(build("forest"), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "dlbench check"));
    add_verdict("gemm", DLB_VERDICT_FAILED, (double)NAN, (double)NAN);
    assert_int_equal(build("forest"), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "no verdict of the check has a number"));
}

/* ---- history ---- */

static void test_history(void **state)
{
    (void)state;
    make_trend();
    const struct dlb_plot *plot = picture("history", "history");
    check_golden(plot);
    check_picture(plot);
    expect(&plot->script, "'+7.0 %'");
    expect(&plot->script, "'v1.2'");
    assert_false(contains(&plot->script, "'v1.3'")); /* would touch the other */
    expect(&plot->script, "2026-09-2");              /* days are dates */
    expect(&plot->alt, "3 cases, 50 sessions: 1 step, 0 drifting. The worst step is +7.0 %");
    expect(&plot->caption, "Hollow: the run is incomplete");
    expect(&plot->caption, "Light lines: releases");
    expect(&plot->caption, "Dotted: another driver");
    expect(&plot->caption, "2026-09-21 to 2026-10-14, UTC");
    /* the row with a step that nobody has acknowledged comes first */
    const char *first = strstr(plot->script.data, "gemm m512 n512 k512 on onednn:0: steps");
    assert_non_null(first);
    assert_true(first < strstr(plot->script.data, "steady on onednn:0: steady"));
    assert_int_equal(rows_of(plot, "m1"), 4);
}

static void test_known_steps(void **state)
{
    (void)state;
    make_trend();
    strcpy(steps[0].acknowledged_by, "somebody");
    const struct dlb_plot *plot = picture("history", "history");
    expect(&plot->script, "'+7.0 % (known)'");
}

static void test_history_wants_a_history(void **state)
{
    (void)state;
    make(&(struct plot_sample){.devices = 1, .problems = 1, .samples = 4});
    const struct dlb_plot_input input = {.result = &result};
    assert_int_equal(dlb_plot_find("history")->build(&input, &plots, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "dlbench history add"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_working_set),
        TEST(test_private_caches_of_most_threads),
        TEST(test_working_sets_of_many_devices),
        TEST(test_energy),
        TEST(test_cost),
        TEST(test_front),
        TEST(test_bounds),
        TEST(test_no_energy),
        TEST(test_precision),
        TEST(test_unverified),
        TEST(test_forest),
        TEST(test_large_forest),
        TEST(test_forest_without_numbers),
        TEST(test_history),
        TEST(test_known_steps),
        TEST(test_history_wants_a_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
