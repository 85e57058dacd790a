/* test_comparison.c: what goes beside what, ratios and means worked by hand, and the reason for everything that is not compared. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/store/comparison.h"
#include "tests/unit/baseline_sample.h"

#define GEMM  BASELINE_GEMM
#define SMALL BASELINE_SMALL
#define CONV  "conv:n=1,dtype=bf16"

static const struct dlb_comparison_metric by_time = {"median_ns", "ns", false};

/* Files a, b, c ... compared; freed with the results by end(). */
struct stage {
    struct dlb_result results[12];
    struct dlb_comparison_source sources[12];
    struct dlb_comparison_request request;
    struct dlb_comparison comparison;
    struct dlb_why why;
};

static void begin(struct stage *stage, int files)
{
    static const char *const labels[] = {"a", "b", "c", "d", "e", "f",
                                         "g", "h", "i", "j", "k", "l"};
    *stage = (struct stage){.request = {.metric = by_time, .source_count = files}};
    for (int i = 0; i < files; i++) {
        baseline_begin_run(&stage->results[i], i + 1);
        stage->sources[i] =
            (struct dlb_comparison_source){labels[i], labels[i], &stage->results[i]};
    }
    stage->request.sources = stage->sources;
}

static enum dlb_status make(struct stage *stage)
{
    return dlb_comparison_make(&stage->request, &stage->comparison, &stage->why);
}

static void end(struct stage *stage)
{
    dlb_comparison_free(&stage->comparison);
    for (int i = 0; i < stage->request.source_count; i++)
        dlb_result_free(&stage->results[i]);
}

/* One process of this time. */
static struct dlb_record *add(struct stage *stage, int file, const char *problem,
                              const char *device, double time)
{
    struct dlb_result *result = &stage->results[file];
    baseline_add_case(result, problem, device, &time, 1);
    return &result->records[result->record_count - 1];
}

static const struct dlb_compared_cell *cell(const struct stage *stage, int row, int index)
{
    assert_true(row < stage->comparison.row_count);
    assert_true(index < stage->comparison.rows[row].count);
    return &stage->comparison.cells[stage->comparison.rows[row].first + index];
}

/* The note that holds these words; fails without one. */
static const struct dlb_compared_note *note(const struct stage *stage, const char *words)
{
    for (int i = 0; i < stage->comparison.note_count; i++)
        if (strstr(stage->comparison.notes[i].reason, words) != NULL)
            return &stage->comparison.notes[i];
    fail_msg("no note says '%s'; the first of %d: '%s'", words, stage->comparison.note_count,
             stage->comparison.note_count > 0 ? stage->comparison.notes[0].reason : "");
    return NULL;
}

static void assert_ok(struct stage *stage)
{
    if (make(stage) != DLB_OK)
        fail_msg("%s", stage->why.text);
}

/* ---- ratios ---- */

static void two_files_by_hand(void **state)
{
    (void)state;
    const double old[] = {100, 110, 104, 108, 102, 106};
    const double new[] = {50, 56, 52, 54, 51, 53, 55};
    struct stage stage;
    begin(&stage, 2);
    baseline_add_case(&stage.results[0], GEMM, "onednn:0", old, 6);
    baseline_add_case(&stage.results[1], GEMM, "onednn:0", new, 7);
    assert_ok(&stage);
    assert_int_equal(stage.comparison.column_count, 2);
    assert_int_equal(stage.comparison.row_count, 1);
    const struct dlb_compared_cell *other = cell(&stage, 0, 1);
    assert_int_equal(other->column, 1);
    assert_int_equal(other->records, 1);
    baseline_near(other->value.n_eff, 7);
    baseline_near(cell(&stage, 0, 0)->ratio.ratio, 1);
    /* Medians 105 and 53. Six and seven values: an interval of 95 % reaches from the least to the most of them. */
    baseline_near(other->ratio.ratio, 105.0 / 53);
    baseline_near(other->ratio.lo, 105.0 / 53 * exp(-hypot(log(105.0 / 100), log(56.0 / 53))));
    baseline_near(other->ratio.hi, 105.0 / 53 * exp(hypot(log(110.0 / 105), log(53.0 / 50))));
    assert_int_equal(other->ratio.kind, DLB_RATIO_INTERVAL);
    assert_int_equal(stage.comparison.note_count, 0);
    end(&stage);
}

static void noisy_processes_do_not_count(void **state)
{
    (void)state;
    const double times[] = {100, 102, 900};
    struct stage stage;
    begin(&stage, 2);
    for (int i = 0; i < 2; i++)
        baseline_add_case(&stage.results[i], GEMM, "onednn:0", times, 3);
    stage.results[0].records[0].invocations[2].gated = true;
    assert_ok(&stage);
    baseline_near(cell(&stage, 0, 0)->value.median, 101);
    baseline_near(cell(&stage, 0, 1)->value.median, 102); /* none is gated there */
    baseline_near(cell(&stage, 0, 1)->ratio.hi, 102.0 / 100);
    assert_int_equal(cell(&stage, 0, 1)->ratio.kind, DLB_RATIO_RANGE);
    end(&stage);
}

/* Above 1 is better whichever way a metric goes. */
static void rates_are_turned_round(void **state)
{
    (void)state;
    static const struct dlb_comparison_metric rates[] = {
        {"ops_per_s", "OP/s", true}, {"bytes_per_s", "B/s", true}, {"items_per_s", "1/s", true}};
    for (size_t i = 0; i < 3; i++) {
        struct stage stage;
        begin(&stage, 2);
        stage.request.metric = rates[i];
        add(&stage, 0, GEMM, "onednn:0", 300);
        const struct dlb_record *record = add(&stage, 1, GEMM, "onednn:0", 200);
        const double amounts[] = {record->ops, record->bytes, record->items};
        assert_ok(&stage);
        baseline_near(cell(&stage, 0, 1)->ratio.ratio, 1.5);
        baseline_near(cell(&stage, 0, 1)->value.median, 1e9 * amounts[i] / 200);
        end(&stage);
    }
}

static void other_metrics(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    for (int i = 0; i < 2; i++) {
        struct dlb_record *record = add(&stage, i, GEMM, "onednn:0", 100);
        record->invocations[0].prepare_ns = 30 + 30 * i;
        record->invocations[0].peak_mem_bytes = 4096 * (i + 1);
        record->summary.inv_sd_rel = 0.02 * (i + 1);
        record->summary.roof_fraction = 0.3 * (i + 1);
        record->invocations[0].energy.j_per_item = 1.5 * (i + 1);
    }
    static const char *const names[] = {"prepare_ns", "peak_mem_bytes", "inv_sd_rel",
                                        "roof_fraction", "j_per_item"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_true(dlb_comparison_knows(names[i]));
        stage.request.metric = (struct dlb_comparison_metric){names[i], "", false};
        assert_ok(&stage);
        baseline_near(cell(&stage, 0, 1)->ratio.ratio, 0.5);
        assert_int_equal(cell(&stage, 0, 1)->ratio.kind, DLB_RATIO_NONE);
        dlb_comparison_free(&stage.comparison);
    }
    assert_false(dlb_comparison_knows("ci_lo_ns"));
    /* A datasheet's power times the time is a bound: nothing to compare. */
    strcpy(stage.results[1].records[0].invocations[0].energy.method, "tdp_bound");
    stage.request.metric.name = "j_per_item";
    assert_int_equal(make(&stage), DLB_SKIPPED);
    note(&stage, "in b no j_per_item that is above 0");
    dlb_comparison_free(&stage.comparison);
    /* No number, or 0: no ratio, and it is told. */
    stage.request.metric.name = "peak_mem_bytes";
    stage.results[1].records[0].invocations[0].peak_mem_bytes = 0;
    assert_int_equal(make(&stage), DLB_SKIPPED);
    note(&stage, "in b no peak_mem_bytes that is above 0");
    end(&stage);
}

/* A file that keeps the summary alone. */
static void summaries_serve_where_processes_are_missing(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    add(&stage, 0, GEMM, "onednn:0", 100);
    struct dlb_record *record = add(&stage, 1, GEMM, "onednn:0", 50);
    dlb_invocation_free(&record->invocations[0]);
    record->invocation_count = 0;
    assert_ok(&stage);
    baseline_near(cell(&stage, 0, 1)->ratio.ratio, 2);
    baseline_near(cell(&stage, 0, 1)->value.n_eff, 0);
    end(&stage);
}

static void the_same_file_twice(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    add(&stage, 0, GEMM, "onednn:0", 100);
    stage.sources[1].result = &stage.results[0];
    assert_ok(&stage);
    assert_int_equal(stage.comparison.row_count, 1);
    baseline_near(cell(&stage, 0, 1)->ratio.ratio, 1);
    assert_int_equal(stage.comparison.note_count, 0);
    end(&stage);
}

static void twelve_files(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 12);
    stage.request.base = "c";
    for (int i = 0; i < 12; i++) {
        add(&stage, i, SMALL, "onednn:0", 600 + i);
        if (i != 5)
            add(&stage, i, GEMM, "onednn:0", 100 * (i + 1));
    }
    assert_ok(&stage);
    assert_int_equal(stage.comparison.base, 2);
    assert_int_equal(stage.comparison.row_count, 2);
    assert_int_equal(stage.comparison.rows[1].count, 11);
    assert_int_equal(cell(&stage, 1, 0)->column, 2); /* the base first */
    assert_int_equal(cell(&stage, 1, 1)->column, 0);
    baseline_near(cell(&stage, 1, 1)->ratio.ratio, 3);
    baseline_near(cell(&stage, 1, 10)->ratio.ratio, 0.25);
    assert_int_equal(note(&stage, "not in f")->column, 5);
    end(&stage);
}

static void the_base_must_be_there(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    add(&stage, 0, GEMM, "onednn:0", 100);
    stage.request.base = "z";
    assert_int_equal(make(&stage), DLB_INVALID);
    assert_string_equal(stage.why.text,
                        "there is no file 'z' to compare with; there are: 'a', 'b'");
    end(&stage);
}

/* ---- columns ---- */

static void devices_of_one_file(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 1);
    stage.request.by = DLB_BY_DEVICE;
    add(&stage, 0, GEMM, "onednn:0", 100);
    add(&stage, 0, GEMM, "reference:0", 5000); /* on one thread: at its best, too */
    add(&stage, 0, SMALL, "reference:0", 50);
    assert_ok(&stage);
    assert_false(stage.comparison.many_threads);
    assert_int_equal(stage.comparison.row_count, 1);
    assert_string_equal(stage.comparison.columns[1].label, "reference:0");
    assert_string_equal(stage.comparison.columns[1].device, "reference:0");
    baseline_near(cell(&stage, 0, 1)->ratio.ratio, 0.02);
    assert_int_equal(note(&stage, "not in onednn:0")->count, 1);
    end(&stage);
}

/* One of them with several counts of threads: then they tell rows apart. */
static void threads_matter_where_there_are_several(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 1);
    stage.request.by = DLB_BY_DEVICE;
    add(&stage, 0, GEMM, "onednn:0", 100);
    struct dlb_record *record = add(&stage, 0, GEMM, "onednn:0", 190);
    record->threads = 1;
    add(&stage, 0, GEMM, "reference:0", 5000);
    assert_ok(&stage);
    assert_true(stage.comparison.many_threads);
    assert_int_equal(stage.comparison.row_count, 1);
    baseline_near(cell(&stage, 0, 1)->ratio.ratio, 190.0 / 5000);
    end(&stage);
}

static void versions_put_their_runs_together(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 3);
    stage.request.by = DLB_BY_VERSION;
    json_object_set_new(stage.results[2].tool, "git", json_string("feed"));
    add(&stage, 0, GEMM, "onednn:0", 100);
    add(&stage, 1, GEMM, "onednn:0", 104);
    add(&stage, 2, GEMM, "onednn:0", 51);
    assert_ok(&stage);
    assert_int_equal(stage.comparison.column_count, 2);
    assert_string_equal(stage.comparison.columns[0].label, "0.1.0 (d1c9899)");
    assert_string_equal(stage.comparison.columns[1].label, "0.1.0 (feed)");
    assert_int_equal(stage.comparison.columns[0].source_count, 2);
    assert_int_equal(cell(&stage, 0, 0)->records, 2);
    baseline_near(cell(&stage, 0, 0)->value.median, 102);
    baseline_near(cell(&stage, 0, 1)->ratio.ratio, 2);
    baseline_near(cell(&stage, 0, 1)->ratio.hi, 104.0 / 51);
    end(&stage);
}

/* A newer version on a faster processor proves nothing. */
static void versions_are_compared_on_one_processor(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    stage.request.by = DLB_BY_VERSION;
    json_object_set_new(stage.results[1].tool, "git", json_string("feed"));
    json_object_set_new(json_array_get(stage.results[1].devices, 0), "name", json_string("Xeon"));
    add(&stage, 0, GEMM, "onednn:0", 100);
    add(&stage, 1, GEMM, "onednn:0", 50);
    assert_int_equal(make(&stage), DLB_SKIPPED);
    note(&stage, "processor Xeon, 0.1.0 (d1c9899) has EPYC");
    end(&stage);
}

static void hosts_of_one_model_are_told_apart(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 3);
    stage.request.by = DLB_BY_HOST;
    json_object_set_new(stage.results[1].host, "id_hash", json_string("4567"));
    json_object_set_new(stage.results[2].host, "cpu_model", json_string("Xeon"));
    for (int i = 0; i < 3; i++) {
        struct dlb_record *record = add(&stage, i, GEMM, "onednn:0", 100 * (i + 1));
        record->threads = 2 << i; /* each at its best */
    }
    assert_ok(&stage);
    assert_string_equal(stage.comparison.columns[0].label, "EPYC");
    assert_string_equal(stage.comparison.columns[1].label, "EPYC in b");
    assert_string_equal(stage.comparison.columns[2].label, "Xeon");
    assert_int_equal(stage.comparison.rows[0].count, 3);
    end(&stage);
}

/* ---- what is not comparable ---- */

static void each_difference_has_its_reason(void **state)
{
    (void)state;
    static const struct {
        size_t offset;
        const char *value, *reason;
    } rows[] = {
        {offsetof(struct dlb_record, version_hash), "feed",
         "problem version feed, a has 00c0ffee00c0ffee"},
        {offsetof(struct dlb_record, evidence), "modelled", "evidence modelled, a has measured"},
        {offsetof(struct dlb_record, mode), "latency", "timing mode latency, a has throughput"},
        {offsetof(struct dlb_record, cache_state), "cold", "cache cold, a has warm"},
        {offsetof(struct dlb_record, data), "zeros", "data zeros, a has random"},
        {offsetof(struct dlb_record, device), "opencl:0", "not in a"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage stage;
        begin(&stage, 2);
        add(&stage, 0, GEMM, "onednn:0", 100);
        add(&stage, 0, SMALL, "onednn:0", 10);
        add(&stage, 1, SMALL, "onednn:0", 10);
        struct dlb_record *record = add(&stage, 1, GEMM, "onednn:0", 100);
        strcpy((char *)record + rows[i].offset, rows[i].value);
        assert_ok(&stage);
        assert_int_equal(stage.comparison.row_count, 1);
        assert_string_equal(note(&stage, rows[i].reason)->reason, rows[i].reason);
        assert_int_equal(note(&stage, rows[i].reason)->column, 1);
        /* Another device is another case for both; all else is told once. */
        assert_int_equal(stage.comparison.note_count,
                         strcmp(rows[i].reason, "not in a") == 0 ? 2 : 1);
        end(&stage);
    }
}

static void several_differences_are_told_together(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    add(&stage, 0, GEMM, "onednn:0", 100);
    struct dlb_record *record = add(&stage, 1, GEMM, "onednn:0", 100);
    record->threads = 8;
    dlb_record_flag(record, "cold_downgraded");
    assert_int_equal(make(&stage), DLB_SKIPPED);
    assert_string_equal(stage.comparison.notes[0].reason,
                        "cache not-cold, a has warm; threads 8, a has 2");
    assert_non_null(strstr(stage.why.text, "first reason: cache not-cold"));
    end(&stage);
}

static void outcomes_are_reasons(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    for (int i = 0; i < 2; i++) {
        add(&stage, i, CONV, "onednn:0", 10);
        add(&stage, i, GEMM, "onednn:0", 100);
        add(&stage, i, SMALL, "onednn:0", 10);
    }
    stage.results[1].records[1].status = DLB_CRASHED;
    strcpy(stage.results[1].records[1].status_reason, "SIGSEGV");
    stage.results[0].records[2].status = DLB_UNSUPPORTED;
    strcpy(stage.results[0].records[2].status_reason, "no such type");
    assert_ok(&stage);
    assert_int_equal(stage.comparison.row_count, 1);
    assert_int_equal(stage.comparison.note_count, 2);
    note(&stage, "in b failed: crashed: SIGSEGV");
    note(&stage, "in a unsupported: no such type");
    end(&stage);
}

static void equal_reasons_are_one_note(void **state)
{
    (void)state;
    static const char *const problems[] = {"gemm:m=1", "gemm:m=2", "gemm:m=3"};
    struct stage stage;
    begin(&stage, 2);
    add(&stage, 0, GEMM, "onednn:0", 1);
    add(&stage, 1, GEMM, "onednn:0", 1);
    for (int i = 0; i < 3; i++)
        add(&stage, 1, problems[i], "onednn:0", 1);
    assert_ok(&stage);
    assert_int_equal(stage.comparison.note_count, 1);
    assert_int_equal(stage.comparison.notes[0].count, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(stage.comparison.notes[0].records[i]->problem, problems[i]);
    end(&stage);
}

static void nothing_to_compare(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    assert_int_equal(make(&stage), DLB_SKIPPED); /* two files without a case */
    dlb_comparison_free(&stage.comparison);
    stage.request.by = DLB_BY_HOST;
    add(&stage, 0, GEMM, "onednn:0", 1);
    assert_int_equal(make(&stage), DLB_SKIPPED);
    assert_string_equal(stage.why.text, "nothing to compare by host: all is of 'EPYC'");
    dlb_comparison_free(&stage.comparison);
    stage.request.by = DLB_BY_DEVICE;
    stage.request.source_count = 0;
    assert_int_equal(make(&stage), DLB_SKIPPED);
    stage.request.source_count = 2;
    end(&stage);
}

/* ---- means ---- */

static const struct dlb_compared_group *group(const struct stage *stage,
                                              enum dlb_compared_scope scope, const char *name,
                                              const char *evidence)
{
    for (int i = 0; i < stage->comparison.group_count; i++) {
        const struct dlb_compared_group *at = &stage->comparison.groups[i];
        if (at->scope == scope && strcmp(at->name, name) == 0 &&
            strcmp(at->evidence, evidence) == 0)
            return at;
    }
    fail_msg("no mean of '%s', %s", name, evidence);
    return NULL;
}

static void means_are_geometric(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    static const struct {
        const char *problem;
        double old, new;
    } rows[] = {{GEMM, 200, 100}, {SMALL, 100, 200}, {CONV, 800, 100}};
    for (size_t i = 0; i < 3; i++) {
        add(&stage, 0, rows[i].problem, "onednn:0", rows[i].old);
        add(&stage, 1, rows[i].problem, "onednn:0", rows[i].new);
    }
    add(&stage, 0, "gemm:m=1", "onednn:0", 1); /* only one side has it: in no mean */
    assert_ok(&stage);
    const struct dlb_compared_group *all = group(&stage, DLB_SCOPE_ALL, "", "measured");
    assert_int_equal(all->cases, 3);
    baseline_near(all->ratio, 2); /* cube root of 2 x 1/2 x 8 */
    baseline_near(all->least, 0.5);
    baseline_near(all->most, 8);
    assert_int_equal(all->better + all->worse, 0); /* single processes: nothing is sure */
    baseline_near(group(&stage, DLB_SCOPE_WORKLOAD, "gemm", "measured")->ratio, 1);
    baseline_near(group(&stage, DLB_SCOPE_WORKLOAD, "conv", "measured")->ratio, 8);
    baseline_near(group(&stage, DLB_SCOPE_DTYPE, "bf16", "measured")->ratio, 8);
    assert_int_equal(group(&stage, DLB_SCOPE_DTYPE, "f32", "measured")->cases, 2);
    end(&stage);
}

static void better_and_worse_are_counted(void **state)
{
    (void)state;
    const double slow[] = {100, 101, 102};
    const double fast[] = {90, 91, 92};
    const double wide[] = {80, 100, 120};
    struct stage stage;
    begin(&stage, 2);
    baseline_add_case(&stage.results[0], GEMM, "onednn:0", slow, 3);
    baseline_add_case(&stage.results[1], GEMM, "onednn:0", fast, 3);
    baseline_add_case(&stage.results[0], SMALL, "onednn:0", fast, 3);
    baseline_add_case(&stage.results[1], SMALL, "onednn:0", slow, 3);
    baseline_add_case(&stage.results[0], CONV, "onednn:0", wide, 3);
    baseline_add_case(&stage.results[1], CONV, "onednn:0", slow, 3);
    assert_ok(&stage);
    const struct dlb_compared_group *all = group(&stage, DLB_SCOPE_ALL, "", "measured");
    assert_int_equal(all->better, 1);
    assert_int_equal(all->worse, 1);
    assert_int_equal(all->cases, 3);
    end(&stage);
}

/* Predictions stand beside predictions, and in a mean of their own. */
static void evidence_is_not_mixed(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    for (int i = 0; i < 2; i++) {
        add(&stage, i, GEMM, "onednn:0", 100);
        strcpy(add(&stage, i, SMALL, "fpga:0", 80 - 40 * i)->evidence, "modelled");
    }
    assert_ok(&stage);
    assert_true(cell(&stage, 1, 1)->exact);
    baseline_near(cell(&stage, 1, 1)->ratio.lo, 2);
    baseline_near(group(&stage, DLB_SCOPE_ALL, "", "measured")->ratio, 1);
    baseline_near(group(&stage, DLB_SCOPE_ALL, "", "modelled")->ratio, 2);
    assert_int_equal(group(&stage, DLB_SCOPE_ALL, "", "modelled")->better, 1);
    end(&stage);
}

static void trials_are_in_no_mean(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2);
    for (int i = 0; i < 2; i++) {
        add(&stage, i, GEMM, "onednn:0", 100);
        add(&stage, i, SMALL, "onednn:0", 100 + 10 * i);
    }
    dlb_record_flag(&stage.results[1].records[1], "slowdown");
    assert_ok(&stage);
    assert_true(cell(&stage, 1, 1)->stretched);
    baseline_near(cell(&stage, 1, 1)->ratio.ratio, 100.0 / 110);
    assert_int_equal(group(&stage, DLB_SCOPE_ALL, "", "measured")->cases, 1);
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_files_by_hand),
        cmocka_unit_test(noisy_processes_do_not_count),
        cmocka_unit_test(rates_are_turned_round),
        cmocka_unit_test(other_metrics),
        cmocka_unit_test(summaries_serve_where_processes_are_missing),
        cmocka_unit_test(the_same_file_twice),
        cmocka_unit_test(twelve_files),
        cmocka_unit_test(the_base_must_be_there),
        cmocka_unit_test(devices_of_one_file),
        cmocka_unit_test(threads_matter_where_there_are_several),
        cmocka_unit_test(versions_put_their_runs_together),
        cmocka_unit_test(versions_are_compared_on_one_processor),
        cmocka_unit_test(hosts_of_one_model_are_told_apart),
        cmocka_unit_test(each_difference_has_its_reason),
        cmocka_unit_test(several_differences_are_told_together),
        cmocka_unit_test(outcomes_are_reasons),
        cmocka_unit_test(equal_reasons_are_one_note),
        cmocka_unit_test(nothing_to_compare),
        cmocka_unit_test(means_are_geometric),
        cmocka_unit_test(better_and_worse_are_counted),
        cmocka_unit_test(evidence_is_not_mixed),
        cmocka_unit_test(trials_are_in_no_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
