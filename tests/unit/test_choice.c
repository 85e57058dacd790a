/* test_choice.c: who is taken for a workload, worked by hand: classes, common tasks, limits, batches of networks, facts, bounds, and the words of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/compiler.h"
#include "bench/store/choice.h"
#include "reports/choose_words.h"
#include "tests/unit/near.h"
#include "tests/unit/store_sample.h"

/* A result that grows by rows, and the choice made of it. */
struct stage {
    struct dlb_result result;
    struct dlb_catalogue catalogue;
    struct dlb_choice_request request;
    struct dlb_choice choice;
    struct dlb_why why;
};

static void begin(struct stage *stage, const char *workload, enum dlb_choice_by by)
{
    *stage = (struct stage){.request = {.workload = workload,
                                        .by = by,
                                        .max_latency_ns = NAN,
                                        .max_power_w = NAN,
                                        .result_count = 1}};
    dlb_result_init(&stage->result);
    stage->result.devices = json_array();
    stage->result.host = json_object();
}

static struct dlb_record *add(struct stage *stage, const char *problem, const char *device,
                              double median_ns)
{
    struct dlb_record record;
    sample_record(&record, problem, problem, device, median_ns, 1);
    dlb_cost_reset(&record.cost);
    dlb_energy_reset(&record.energy);
    record.summary.median_ns = median_ns; /* exactly, for sums by hand */
    record.summary.ci_lo_ns = 0.99 * median_ns;
    record.summary.ci_hi_ns = 1.01 * median_ns;
    assert_int_equal(dlb_result_add(&stage->result, &record), DLB_OK);
    return &stage->result.records[stage->result.record_count - 1];
}

static enum dlb_status make(struct stage *stage)
{
    stage->request.results = &stage->result;
    stage->request.catalogue = stage->catalogue.count > 0 ? &stage->catalogue : NULL;
    return dlb_choice_make(&stage->request, &stage->choice, &stage->why);
}

static void make_ok(struct stage *stage)
{
    if (make(stage) != DLB_OK)
        fail_msg("%s", stage->why.text);
}

static void end(struct stage *stage)
{
    dlb_choice_free(&stage->choice);
    dlb_result_free(&stage->result);
    dlb_catalogue_free(&stage->catalogue);
}

static const struct dlb_candidate *find(const struct stage *stage, const char *device,
                                        const char *dtype)
{
    for (int i = 0; i < stage->choice.candidate_count; i++)
        if (strcmp(stage->choice.candidates[i].device, device) == 0 &&
            strcmp(stage->choice.candidates[i].dtype, dtype) == 0)
            return &stage->choice.candidates[i];
    fail_msg("no candidate %s %s", device, dtype);
    return NULL;
}

#define ONE   "gemm:m=1,dtype=f32"
#define TWO   "gemm:m=2,dtype=f32"
#define THREE "gemm:m=3,dtype=f32"
#define FOUR  "gemm:m=4,dtype=f32"

/* Geometric means over the tasks that both have: a 1 and 4 ms (mean 2), b 2 and 8 (mean 4). The third task, of one alone, does not count. */
static void test_speed(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, ONE, "a:0", 1e6);
    add(&stage, TWO, "a:0", 4e6);
    add(&stage, THREE, "a:0", 1e9);
    add(&stage, ONE, "b:0", 2e6);
    add(&stage, TWO, "b:0", 8e6);
    make_ok(&stage);
    const struct dlb_choice_class *class;
    const struct dlb_candidate *best = dlb_choice_best(&stage.choice, &class);
    assert_string_equal(best->device, "a:0");
    assert_int_equal(class->common, 2);
    assert_int_equal(class->left_out, 1);
    struct dlb_text words = {0};
    dlb_choose_class_words(&stage.choice, class, &words);
    assert_string_equal(words.data,
                        "measured (a clock saw it happen): 2 candidates, compared over the 2 tasks "
                        "that all ranked ones have; not over 1 that only some have: gemm:m=3");
    dlb_text_free(&words);
    near(best->items_per_s, 500, 1e-9, "items of the best");
    near(find(&stage, "b:0", "f32")->relative, 2, 1e-12, "the second");
    assert_int_equal(find(&stage, "b:0", "f32")->close, 0);
    assert_true(find(&stage, "b:0", "f32")->close_known);
    assert_int_equal(best->tasks, 3);
    end(&stage);
}

/* Who has less than half of another's tasks is no rival, however fast. */
static void test_few(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, ONE, "a:0", 1e6);
    add(&stage, TWO, "a:0", 1e6);
    add(&stage, THREE, "a:0", 1e6);
    add(&stage, ONE, "b:0", 1e3);
    make_ok(&stage);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "a:0");
    assert_int_equal(find(&stage, "b:0", "f32")->standing, DLB_CHOICE_FEW);
    assert_true(isnan(find(&stage, "b:0", "f32")->relative));
    end(&stage);
}

/* Modelled and published rows stand in classes of their own, and are never taken before a measured one; emulated and stretched ones are nowhere. */
static void test_evidence(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, ONE, "a:0", 1e6);
    strcpy(add(&stage, ONE, "published:v100", 1e3)->evidence, "published");
    strcpy(add(&stage, ONE, "fpga:x", 1e2)->evidence, "modelled");
    strcpy(add(&stage, ONE, "fpga:emulator", 1)->evidence, "emulated");
    dlb_record_flag(add(&stage, ONE, "slow:0", 1), "slowdown");
    add(&stage, ONE, "wrong:0", 1)->status = DLB_WRONG;
    make_ok(&stage);
    assert_int_equal(stage.choice.class_count, 3);
    assert_int_equal(stage.choice.candidate_count, 3);
    assert_int_equal(stage.choice.emulated, 1);
    assert_string_equal(stage.choice.classes[0].evidence, "measured");
    assert_string_equal(stage.choice.classes[2].evidence, "published");
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "a:0");
    for (int i = 0; i < 3; i++)
        near(stage.choice.candidates[i].relative, 1, 0, "each is the first of its own class");
    end(&stage);
}

/* Types compete as candidates, tasks do not name them. */
static void test_types(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, "gemm:m=1,dtype=f32", "a:0", 3e6);
    add(&stage, "gemm:m=1,dtype=bf16", "a:0", 1e6);
    add(&stage, "gemm:m=1,dtype=f32", "b:0", 2e6);
    add(&stage, "gemm:m=1,dtype=bf16", "b:0", 1e6)->status = DLB_UNSUPPORTED;
    make_ok(&stage);
    assert_int_equal(stage.choice.task_count, 1);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->dtype, "bf16");
    near(find(&stage, "b:0", "f32")->relative, 2, 1e-12, "b in f32");
    near(find(&stage, "a:0", "f32")->relative, 3, 1e-12, "a in f32");
    assert_string_equal(find(&stage, "b:0", "f32")->facts.lacks, "bf16");
    assert_int_equal(find(&stage, "b:0", "f32")->facts.problems, 2);
    assert_int_equal(find(&stage, "b:0", "f32")->facts.ran, 1);
    end(&stage);
}

/* A network may take the batch that is best within the limit: 64 in 40 ms without one, 8 in 8 ms below 10 ms. Single calls tell it. */
static void test_batch(void **state)
{
    static const struct {
        int64_t batch;
        double ns;
    } sizes[] = {{1, 2e6}, {8, 8e6}, {64, 40e6}};
    for (int limited = 0; limited < 2; limited++) {
        struct stage stage;
        (void)state;
        begin(&stage, "lenet", DLB_CHOOSE_SPEED);
        for (size_t i = 0; i < DLB_ARRAY_COUNT(sizes); i++)
            for (int mode = 0; mode < 2; mode++) {
                char problem[64];
                snprintf(problem, sizeof problem, "lenet:batch=%d,dtype=f32", (int)sizes[i].batch);
                struct dlb_record *record = add(&stage, problem, "a:0", sizes[i].ns);
                record->items = (double)sizes[i].batch;
                if (mode == 1) {
                    strcpy(record->mode, "latency");
                    record->invocations[0].p90_ns = 1.1 * sizes[i].ns;
                }
            }
        stage.request.max_latency_ns = limited ? 10e6 : NAN;
        make_ok(&stage);
        const struct dlb_candidate *best = dlb_choice_best(&stage.choice, NULL);
        assert_int_equal(stage.choice.task_count, 1);
        assert_int_equal(best->standing, DLB_CHOICE_RANKED);
        near(best->items_per_s, limited ? 1000 : 1600, 1e-9, "items");
        near(best->latency_ns, limited ? 8.8e6 : 44e6, 1, "latency");
        assert_true(best->latency_single);
        end(&stage);
    }
}

/* A call in a batch of calls is a bound: beyond the limit it is out, below it nothing is sure. */
static void test_unsure(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, ONE, "a:0", 1e6);
    add(&stage, ONE, "b:0", 30e6);
    struct dlb_record *single = add(&stage, ONE, "c:0", 5e6);
    strcpy(single->mode, "latency");
    single->invocations[0].p90_ns = NAN;
    stage.request.max_latency_ns = 10e6;
    make_ok(&stage);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "c:0");
    assert_int_equal(find(&stage, "a:0", "f32")->standing, DLB_CHOICE_UNSURE);
    assert_int_equal(find(&stage, "b:0", "f32")->standing, DLB_CHOICE_OVER);
    assert_non_null(strstr(find(&stage, "b:0", "f32")->reason, "10.0 ms of latency"));
    end(&stage);
}

static void test_power(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    struct dlb_record *record = add(&stage, ONE, "a:0", 1e6);
    strcpy(record->energy.method, "rapl");
    record->energy.avg_power_w = 90;
    record = add(&stage, ONE, "b:0", 2e6);
    strcpy(record->energy.method, "rapl");
    record->energy.avg_power_w = 60;
    add(&stage, ONE, "c:0", 1e5);
    stage.request.max_power_w = 75;
    make_ok(&stage);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "b:0");
    assert_int_equal(find(&stage, "a:0", "f32")->standing, DLB_CHOICE_OVER);
    assert_int_equal(find(&stage, "c:0", "f32")->standing, DLB_CHOICE_UNSURE);
    assert_string_equal(find(&stage, "c:0", "f32")->reason, "its power is not known");
    end(&stage);
}

/* A datasheet's power is no energy to rank by, and no measured power. */
static void test_bound(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_ENERGY);
    struct dlb_record *record = add(&stage, ONE, "a:0", 1e6);
    strcpy(record->energy.method, "rapl");
    record->energy.j_per_item = 2;
    record = add(&stage, ONE, "b:0", 1e6);
    strcpy(record->energy.method, "tdp_bound");
    strcpy(record->energy.reason, "an upper bound");
    record->energy.j_per_item = 1;
    record->energy.avg_power_w = 60;
    make_ok(&stage);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "a:0");
    const struct dlb_candidate *bound = find(&stage, "b:0", "f32");
    assert_int_equal(bound->standing, DLB_CHOICE_BLANK);
    assert_string_equal(bound->reason, "an upper bound");
    assert_true(isnan(bound->j_per_item) && isnan(bound->power_w));
    const struct dlb_choose_page page = {&stage.choice, true};
    struct dlb_text text = {0};
    dlb_choose_advice(&page, &text);
    assert_non_null(strstr(text.data, "Take a:0 in f32: 2.00 J an item"));
    dlb_text_free(&text);
    end(&stage);
}

/* By cost and energy, a candidate without the figure is told why. */
static void test_cost_energy(void **state)
{
    for (int energy = 0; energy < 2; energy++) {
        struct stage stage;
        (void)state;
        begin(&stage, "gemm", energy ? DLB_CHOOSE_ENERGY : DLB_CHOOSE_COST);
        struct dlb_record *record = add(&stage, ONE, "a:0", 1e6);
        strcpy(record->cost.currency, "USD");
        record->cost.per_mitem = 8;
        strcpy(record->energy.method, "rapl");
        record->energy.j_per_item = 2;
        record->energy.uncertainty_rel = 0.01;
        record = add(&stage, ONE, "b:0", 2e6);
        strcpy(record->cost.currency, "USD");
        record->cost.per_mitem = 4;
        strcpy(record->energy.method, "rapl");
        record->energy.j_per_item = 1.98;
        record->energy.uncertainty_rel = 0.01;
        record = add(&stage, ONE, "c:0", 1);
        strcpy(record->cost.reason, "no price: because");
        strcpy(record->energy.reason, "no meter");
        make_ok(&stage);
        assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "b:0");
        near(find(&stage, "a:0", "f32")->relative, energy ? 2 / 1.98 : 2, 1e-9, "the second");
        assert_int_equal(find(&stage, "a:0", "f32")->close, energy ? 1 : 0);
        assert_int_equal(find(&stage, "c:0", "f32")->standing, DLB_CHOICE_BLANK);
        assert_string_equal(find(&stage, "c:0", "f32")->reason,
                            energy ? "no meter" : "no price: because");
        end(&stage);
    }
}

/* Where single calls were timed, the time of a call among many is no latency. */
static void test_latency(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_LATENCY);
    strcpy(add(&stage, ONE, "a:0", 5e6)->mode, "latency");
    stage.result.records[0].invocations[0].p90_ns = 6e6;
    add(&stage, ONE, "b:0", 1e6);
    make_ok(&stage);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "a:0");
    near(dlb_choice_best(&stage.choice, NULL)->latency_ns, 6e6, 1, "p90");
    assert_int_equal(find(&stage, "b:0", "f32")->standing, DLB_CHOICE_BLANK);
    end(&stage);
    begin(&stage, "gemm", DLB_CHOOSE_LATENCY);
    add(&stage, ONE, "a:0", 5e6);
    add(&stage, ONE, "b:0", 1e6);
    make_ok(&stage);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "b:0");
    assert_false(dlb_choice_best(&stage.choice, NULL)->latency_single);
    end(&stage);
}

/* A row of single calls on so many threads, with a median and a tail of its first process. */
static struct dlb_record *add_single(struct stage *stage, const char *problem, const char *device,
                                     int threads, double median_ns, double p90_ns)
{
    struct dlb_record *record = add(stage, problem, device, median_ns);
    strcpy(record->mode, "latency");
    record->threads = threads;
    record->invocations[0].p90_ns = p90_ns;
    return record;
}

/* Rows of one and of two threads: that of two is quicker by its median and slower by its tail, which is what is judged. Rate and latency are of as many threads. */
static void test_threads(void **state)
{
    static const struct {
        enum dlb_choice_by by;
        double limit_ns;
        int threads;
        double items_per_s, latency_ns;
    } cases[] = {{DLB_CHOOSE_SPEED, NAN, 2, 2500, 10.7e6},
                 {DLB_CHOOSE_SPEED, 5e6, 1, 2000, 0.33e6},
                 {DLB_CHOOSE_LATENCY, NAN, 1, 1e9 / 0.3e6, 0.33e6},
                 {DLB_CHOOSE_LATENCY, 5e6, 1, 1e9 / 0.3e6, 0.33e6}};
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct stage stage;
        begin(&stage, "gemm", cases[i].by);
        add_single(&stage, ONE, "a:0", 1, 0.3e6, 0.33e6);
        add_single(&stage, ONE, "a:0", 2, 0.2e6, 10.7e6);
        add(&stage, ONE, "a:0", 0.5e6)->threads = 1;
        add(&stage, ONE, "a:0", 0.4e6)->threads = 2;
        stage.request.max_latency_ns = cases[i].limit_ns;
        make_ok(&stage);
        const struct dlb_candidate *best = dlb_choice_best(&stage.choice, NULL);
        assert_int_equal(best->standing, DLB_CHOICE_RANKED);
        assert_int_equal(best->threads, cases[i].threads);
        near(best->items_per_s, cases[i].items_per_s, 1e-6, "items");
        near(best->latency_ns, cases[i].latency_ns, 1, "latency");
        struct dlb_text text = {0};
        const struct dlb_choose_page page = {&stage.choice, true};
        dlb_choose_advice(&page, &text);
        assert_non_null(
            strstr(text.data, cases[i].threads == 1 ? "in f32 with 1 thread: " : " 2 threads: "));
        dlb_text_free(&text);
        end(&stage);
    }
}

/* Where only one count of threads was tried nothing is said of it; where each task takes another one, no count is told. */
static void test_threads_words(void **state)
{
    static const char *const notes[] = {"", "each task with the threads that suit it"};
    (void)state;
    for (int vary = 0; vary < 2; vary++) {
        struct stage stage;
        struct dlb_choose_line line;
        begin(&stage, "gemm", DLB_CHOOSE_SPEED);
        add(&stage, ONE, "a:0", 1e6);
        add(&stage, TWO, "a:0", 1e6)->threads = vary ? 7 : 2;
        make_ok(&stage);
        const struct dlb_candidate *best = dlb_choice_best(&stage.choice, NULL);
        assert_int_equal(best->threads, vary ? 0 : 2);
        dlb_choose_line_of(best, 1, 1, false, &line);
        assert_string_equal(line.text[DLB_CHOOSE_NOTE], notes[vary]);
        end(&stage);
    }
}

/* A row that is within the limits is taken before a faster one of which that is not known, and before one that is beyond them. */
static void test_within(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, ONE, "a:0", 1e6)->threads = 8;
    add_single(&stage, ONE, "a:0", 1, 3e6, 4e6);
    stage.request.max_latency_ns = 5e6;
    make_ok(&stage);
    assert_int_equal(find(&stage, "a:0", "f32")->standing, DLB_CHOICE_RANKED);
    near(find(&stage, "a:0", "f32")->latency_ns, 4e6, 1, "that of one thread");
    end(&stage);
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    for (int i = 0; i < 2; i++) {
        struct dlb_record *record = add(&stage, ONE, "a:0", (i + 1) * 1e6);
        strcpy(record->energy.method, "rapl");
        record->energy.avg_power_w = i == 0 ? 90 : 60;
    }
    stage.request.max_power_w = 75;
    make_ok(&stage);
    assert_int_equal(find(&stage, "a:0", "f32")->standing, DLB_CHOICE_RANKED);
    near(find(&stage, "a:0", "f32")->power_w, 60, 0, "that of the slower row");
    end(&stage);
}

/* A noisy process tells no latency while there is one that was not; where all were, the worst of them does. */
static void test_gated(void **state)
{
    for (int all = 0; all < 2; all++) {
        struct stage stage;
        struct dlb_invocation noisy = {.index = 1, .gated = true, .median_ns = 2e6, .p90_ns = 9e6};
        (void)state;
        begin(&stage, "gemm", DLB_CHOOSE_LATENCY);
        struct dlb_record *record = add_single(&stage, ONE, "a:0", 1, 1e6, 1.5e6);
        record->invocations[0].gated = all;
        assert_int_equal(dlb_record_add_invocation(record, &noisy), DLB_OK);
        make_ok(&stage);
        near(dlb_choice_best(&stage.choice, NULL)->latency_ns, all ? 9e6 : 1.5e6, 1, "latency");
        end(&stage);
    }
}

/* The interval is the median's: it says nothing of the tail that is ranked, and more processes do not help. Which latency it is stands beside the figures. */
static void test_latency_words(void **state)
{
    struct stage stage;
    struct dlb_text text = {0};
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_LATENCY);
    add_single(&stage, ONE, "a:0", 1, 1e6, 2e6);
    add_single(&stage, ONE, "b:0", 1, 1.5e6, 3e6);
    make_ok(&stage);
    assert_false(find(&stage, "b:0", "f32")->close_known);
    const struct dlb_choose_page page = {&stage.choice, true};
    dlb_choose_advice(&page, &text);
    assert_string_equal(text.data,
                        "Take a:0 in f32: 2.00 ms a call (nine of ten take no longer), 1.5 times "
                        "as quick as b:0 in f32, without intervals to tell how sure that is.\n");
    dlb_text_clear(&text);
    dlb_choose_missing(&page, &text);
    assert_null(strstr(text.data != NULL ? text.data : "", "an interval that counts"));
    dlb_text_clear(&text);
    dlb_choose_class_words(&stage.choice, &stage.choice.classes[0], &text);
    assert_string_equal(text.data, "measured (a clock saw it happen): 2 candidates; latency: what "
                                   "nine single calls of ten stay below, in the worst process");
    dlb_text_free(&text);
    end(&stage);
}

static void price(struct dlb_record *record, const char *currency, double hour, double per_mitem)
{
    strcpy(record->cost.currency, currency);
    record->cost.price_hour = hour;
    record->cost.per_mitem = per_mitem;
}

/* Currencies are not converted: the one that most are priced in is ranked, or the first; the others are told why not. */
static void test_currencies(void **state)
{
    (void)state;
    for (int dollars = 1; dollars <= 2; dollars++) {
        struct stage stage;
        begin(&stage, "gemm", DLB_CHOOSE_COST);
        price(add(&stage, ONE, "a:0", 1e6), "EUR", 1, 2);
        price(add(&stage, ONE, "b:0", 1e6), "USD", 1, 1);
        if (dollars == 2)
            price(add(&stage, ONE, "c:0", 1e6), "USD", 1, 4);
        make_ok(&stage);
        const char *loser = dollars == 1 ? "b:0" : "a:0";
        assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device,
                            dollars == 1 ? "a:0" : "b:0");
        assert_int_equal(find(&stage, loser, "f32")->standing, DLB_CHOICE_BLANK);
        assert_string_equal(find(&stage, loser, "f32")->reason,
                            dollars == 1 ? "priced in USD, not in EUR, and none is converted"
                                         : "priced in EUR, not in USD, and none is converted");
        end(&stage);
    }
}

/* A bound in another currency is none beside what is ranked; by speed its price is only told. */
static void test_bound_currency(void **state)
{
    static const char *const currencies[] = {"EUR", "USD"};
    (void)state;
    for (int cost = 0; cost < 2; cost++) {
        struct stage stage;
        begin(&stage, "gemm", cost ? DLB_CHOOSE_COST : DLB_CHOOSE_SPEED);
        stage.catalogue.items = calloc(2, sizeof *stage.catalogue.items);
        stage.catalogue.count = 2;
        for (int i = 0; i < 2; i++) {
            struct dlb_catalogue_entry *entry = &stage.catalogue.items[i];
            snprintf(entry->id, sizeof entry->id, "x-%s", currencies[i]);
            snprintf(entry->name, sizeof entry->name, "Mill %d000", i + 1);
            snprintf(entry->kind, sizeof entry->kind, "cpu");
            snprintf(entry->currency, sizeof entry->currency, "%s", currencies[i]);
            entry->f32_tflops = 10;
            entry->price_hour = 1;
        }
        price(add(&stage, ONE, "a:0", 1e6), "USD", 1, 2);
        make_ok(&stage);
        assert_int_equal(stage.choice.bound_count, cost ? 1 : 2);
        if (cost)
            assert_string_equal(stage.choice.bounds[0].entry->id, "x-USD");
        end(&stage);
    }
}

/* Electricity alone is no cost beside a price of the hour; among its like it is one. */
static void test_alone(void **state)
{
    struct dlb_text text = {0};
    (void)state;
    for (int full = 0; full < 2; full++) {
        struct stage stage;
        begin(&stage, "gemm", DLB_CHOOSE_COST);
        for (int i = 0; i < 2; i++) {
            struct dlb_record *record = add(&stage, ONE, i == 0 ? "a:0" : "b:0", 1e6);
            price(record, "USD", NAN, 0.01 * (i + 1));
            strcpy(record->cost.reason, "electricity alone: because");
        }
        if (full)
            price(add(&stage, ONE, "c:0", 1e6), "USD", 2, 5);
        make_ok(&stage);
        assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, full ? "c:0" : "a:0");
        assert_int_equal(find(&stage, "a:0", "f32")->standing,
                         full ? DLB_CHOICE_BLANK : DLB_CHOICE_RANKED);
        if (full)
            assert_string_equal(find(&stage, "a:0", "f32")->reason, "electricity alone: because");
        const struct dlb_choose_page page = {&stage.choice, true};
        dlb_choose_missing(&page, &text);
        assert_null(strstr(text.data, "()"));
        if (!full)
            assert_non_null(
                strstr(text.data, "a price that is sure: electricity alone: because\n"));
        dlb_text_clear(&text);
        end(&stage);
    }
    dlb_text_free(&text);
}

/* One that would be better, were it sure to be within the limits, is told as such behind the one to take; one that is sure stands before it. What is published counts as missing
 * where there is nothing better. */
static void test_unsure_second(void **state)
{
    struct dlb_text text = {0};
    (void)state;
    for (int sure = 0; sure < 2; sure++) {
        struct stage stage;
        begin(&stage, "gemm", DLB_CHOOSE_SPEED);
        for (int i = 0; i < 2 + sure; i++) {
            static const char *const devices[] = {"published:a", "published:b", "published:c"};
            struct dlb_record *record = add(&stage, ONE, devices[i], i == 1 ? 1e6 : 4e6 + i * 1e6);
            strcpy(record->evidence, "published");
            strcpy(record->energy.method, "rapl");
            record->energy.avg_power_w = i == 1 ? NAN : 60;
        }
        stage.request.max_power_w = 75;
        make_ok(&stage);
        const struct dlb_choose_page page = {&stage.choice, true};
        dlb_choose_advice(&page, &text);
        const char *words = sure ? "1.5 times as fast as published:c in f32, beyond"
                                 : "; published:b in f32 is 4 times as fast as that, but whether "
                                   "it is within the limits is not known: its power is not known.";
        if (strstr(text.data, words) == NULL)
            fail_msg("'%s' is not in '%s'", words, text.data);
        dlb_text_clear(&text);
        dlb_choose_missing(&page, &text);
        assert_non_null(strstr(text.data, "whether 1 candidate is within the limits: an entry of "
                                          "the catalogue tells the power (dlbench catalog add)"));
        dlb_text_clear(&text);
        end(&stage);
    }
    dlb_text_free(&text);
}

/* What MLPerf publishes: a rate of a system and a latency of a sample are one task; the rate is told for one of its processors. */
static void test_published(void **state)
{
    static const char offline[] = "resnet50:suite=mlperf-inference,round=v1,scenario=offline";
    static const char single[] = "resnet50:suite=mlperf-inference,round=v1,scenario=singlestream";
    struct stage stage;
    (void)state;
    begin(&stage, "resnet50", DLB_CHOOSE_SPEED);
    json_array_append_new(stage.result.devices, json_pack("{s:s, s:s, s:i}", "key", "published:x8",
                                                          "name", "X", "units", 8));
    for (int i = 0; i < 2; i++) {
        struct dlb_record *record =
            add(&stage, i == 0 ? offline : single, "published:x8", i == 0 ? 1e3 : 5e6);
        strcpy(record->evidence, "published");
        record->dtype[0] = '\0';
        record->summary.ci_lo_ns = record->summary.ci_hi_ns = NAN;
        record->invocation_count = 0;
        if (i == 1)
            strcpy(record->mode, "latency");
    }
    make_ok(&stage);
    const struct dlb_candidate *best = dlb_choice_best(&stage.choice, NULL);
    assert_int_equal(stage.choice.task_count, 1);
    near(best->items_per_s, 1e6 / 8, 1e-6, "items of one");
    near(best->latency_ns, 5e6, 1, "latency of a sample");
    struct dlb_text text = {0};
    const struct dlb_choose_page page = {&stage.choice, false};
    dlb_choose_advice(&page, &text);
    assert_non_null(strstr(text.data, "Nothing that was measured"));
    assert_non_null(strstr(text.data, "for each of its processors"));
    dlb_text_clear(&text);
    dlb_choose_missing(&page, &text);
    assert_non_null(strstr(text.data, "has no workload 'resnet50'"));
    dlb_text_free(&text);
    stage.result.records[0].invocation_count = stage.result.records[1].invocation_count = 1;
    end(&stage);
}

/* Of what was published, that counts which was measured, too; all of it where nothing was. */
static void test_shared(void **state)
{
    static const char *const problems[] = {ONE, TWO, THREE};
    for (int measured = 0; measured < 2; measured++) {
        struct stage stage;
        (void)state;
        begin(&stage, "gemm", DLB_CHOOSE_SPEED);
        for (int i = 0; i < 3; i++)
            strcpy(add(&stage, problems[i], "published:v", 1e6 * (i + 1))->evidence, "published");
        if (measured)
            add(&stage, TWO, "a:0", 1e6);
        make_ok(&stage);
        assert_int_equal(stage.choice.shared, measured);
        assert_int_equal(stage.choice.task_count, measured ? 1 : 3);
        assert_int_equal(find(&stage, "published:v", "f32")->tasks, measured ? 1 : 3);
        near(find(&stage, "published:v", "f32")->items_per_s, measured ? 500 : 1000 / cbrt(6), 1e-6,
             "over those tasks");
        end(&stage);
    }
}

/* Selection by parameters; nothing is a reason with what there is. */
static void test_selection(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm:m=2", DLB_CHOOSE_SPEED);
    add(&stage, ONE, "a:0", 1e6);
    add(&stage, TWO, "a:0", 4e6);
    add(&stage, "gemm:m=22,dtype=f32", "a:0", 4e6);
    make_ok(&stage);
    assert_int_equal(stage.choice.task_count, 1);
    assert_string_equal(stage.choice.tasks[0], "gemm:m=2");
    dlb_choice_free(&stage.choice);
    stage.request.workload = "con*";
    assert_int_equal(make(&stage), DLB_UNAVAILABLE);
    assert_non_null(strstr(stage.why.text, "'con*'; there are: gemm"));
    stage.request.workload = "gemm:k=7";
    assert_int_equal(make(&stage), DLB_UNAVAILABLE);
    end(&stage);
}

/* Facts: the first process of each row, wrong answers, failures. */
static void test_facts(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    static const char *const problems[] = {ONE, TWO, THREE};
    for (int i = 0; i < 3; i++) {
        struct dlb_invocation *first = add(&stage, problems[i], "a:0", 1e6)->invocations;
        first->load_ns = 1e6;
        first->prepare_ns = 2e6 * (i + 1);
        first->first_call_ns = 3e6;
        first->tune_ns = i == 1 ? 7e6 : NAN;
        first->build_ns = NAN;
    }
    add(&stage, FOUR, "a:0", 1e6)->status = DLB_WRONG;
    add(&stage, "gemm:m=5,dtype=f32", "a:0", 1e6)->status = DLB_CRASHED;
    add(&stage, "gemm:m=6,dtype=f32", "a:0", 1e6)->status = DLB_INTERRUPTED;
    for (int i = 3; i < 6; i++)
        stage.result.records[i].invocation_count = 0;
    make_ok(&stage);
    const struct dlb_choice_facts *facts = &find(&stage, "a:0", "f32")->facts;
    assert_int_equal(facts->problems, 5);
    assert_int_equal(facts->ran, 3);
    assert_int_equal(facts->wrong, 1);
    assert_int_equal(facts->failed, 1);
    near(facts->first_result_ns, 8e6, 1, "the median of 6, 8 and 10 ms");
    near(facts->tune_ns, 7e6, 1, "the longest search");
    assert_true(isnan(facts->build_ns) && isnan(facts->install_bytes));
    assert_string_equal(facts->lacks, "");
    for (int i = 3; i < 6; i++)
        stage.result.records[i].invocation_count = 1;
    end(&stage);
}

/* A peak is a bound and no candidate: 10 T/s over 2 x 512^3 operations an item. Those that ran have none. */
static void test_bounds(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    stage.catalogue.items = calloc(3, sizeof *stage.catalogue.items);
    stage.catalogue.count = 3;
    static const char *const ids[] = {"x-1", "x-2", "x-3"};
    for (int i = 0; i < 3; i++) {
        struct dlb_catalogue_entry *entry = &stage.catalogue.items[i];
        snprintf(entry->id, sizeof entry->id, "%s", ids[i]);
        snprintf(entry->name, sizeof entry->name, "Mill %d000", i + 1);
        snprintf(entry->kind, sizeof entry->kind, "cpu");
        entry->f32_tflops = 10 * (i + 1);
        entry->tdp_w = 100 * (i + 1);
        entry->price_hour = 3.6;
    }
    json_array_append_new(stage.result.devices, json_pack("{s:s, s:s, s:s}", "key", "a:0", "name",
                                                          "Mill 2000", "kind", "cpu"));
    add(&stage, ONE, "a:0", 1e6);
    stage.request.max_power_w = 250;
    make_ok(&stage);
    assert_string_equal(find(&stage, "a:0", "f32")->entry->id, "x-2");
    near(find(&stage, "a:0", "f32")->power_w, 200, 0, "power by the datasheet");
    assert_true(find(&stage, "a:0", "f32")->power_datasheet);
    assert_int_equal(stage.choice.bound_count, 1); /* x-2 ran, x-3 takes too much */
    assert_string_equal(stage.choice.bounds[0].entry->id, "x-1");
    near(stage.choice.bounds[0].items_per_s, 10e12 / (2. * 512 * 512 * 512), 1e-3, "bound");
    near(stage.choice.bounds[0].per_mitem, 1e6 * 3.6 / 3600 / stage.choice.bounds[0].items_per_s,
         1e-9, "price of the bound");
    end(&stage);
}

/* The sentence, and what is missing: said where it applies, not where it does not. */
static void test_words(void **state)
{
    struct stage stage;
    struct dlb_text text = {0};
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, ONE, "a:0", 1e6);
    add(&stage, ONE, "b:0", 1.005e6);
    make_ok(&stage);
    const struct dlb_choose_page page = {&stage.choice, true};
    dlb_choose_advice(&page, &text);
    assert_non_null(strstr(text.data, "Take a:0 in f32: 1.00 k items a second, as fast as b:0"));
    assert_non_null(strstr(text.data, "too close to tell on 1 of 1 task"));
    dlb_text_clear(&text);
    dlb_choose_missing(&page, &text);
    assert_non_null(strstr(text.data, "the distance of the first two on 1 of 1 task:"));
    assert_non_null(strstr(text.data, "1 of its 1 task had too few processes"));
    assert_null(strstr(text.data, "a rival"));
    assert_null(strstr(text.data, "accuracy"));
    dlb_text_free(&text);
    end(&stage);
    begin(&stage, "gemm", DLB_CHOOSE_COST);
    add(&stage, "gemm:m=1,dtype=s8", "a:0", 1e6);
    make_ok(&stage);
    const struct dlb_choose_page blank = {&stage.choice, true};
    dlb_choose_advice(&blank, &text);
    assert_non_null(strstr(text.data, "Nothing can be recommended by cost"));
    dlb_text_clear(&text);
    dlb_choose_missing(&blank, &text);
    assert_non_null(strstr(text.data, "--price-hour"));
    dlb_text_free(&text);
    end(&stage);
}

/* The first by the mean loses a task: told of it, in the sentence, the table and the document. 1, 1 and 3 ms against 2, 2 and 2: means 1.44 and 2. */
static void test_second_wins(void **state)
{
    static const char *const problems[] = {ONE, TWO, THREE};
    struct stage stage;
    struct dlb_text text = {0};
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    for (int i = 0; i < 3; i++) {
        add(&stage, problems[i], "a:0", i == 2 ? 3e6 : 1e6);
        add(&stage, problems[i], "b:0", 2e6);
        add(&stage, problems[i], "c:0", i == 0 ? 1.005e6 : i == 1 ? 6e6 : 2.02e6);
    }
    make_ok(&stage);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "a:0");
    assert_false(dlb_choice_best(&stage.choice, NULL)->close_known);
    const struct dlb_candidate *b = find(&stage, "b:0", "f32");
    assert_int_equal(b->worse, 2);
    assert_int_equal(b->better, 1);
    assert_int_equal(b->close, 0);
    /* Close to a on the first task, to b, which stands above it, on the third: only a counts. */
    const struct dlb_candidate *c = find(&stage, "c:0", "f32");
    assert_int_equal(c->worse, 1);
    assert_int_equal(c->better, 1);
    assert_int_equal(c->close, 1);
    const struct dlb_choose_page page = {&stage.choice, true};
    dlb_choose_advice(&page, &text);
    assert_non_null(strstr(text.data, "1.39 times as fast as b:0 in f32, faster on 2 of 3 tasks, "
                                      "slower on 1.\n"));
    assert_null(strstr(text.data, "every task"));
    dlb_text_clear(&text);
    dlb_choose_missing(&page, &text);
    assert_null(strstr(text.data, "the distance of the first two"));
    dlb_text_free(&text);
    struct dlb_choose_line line;
    dlb_choose_line_of(c, 3, 1, false, &line);
    assert_string_equal(line.text[DLB_CHOOSE_NOTE],
                        "better than the first on 1; close to the first on 1");
    end(&stage);
}

/* The advice about the problems of `first` and `second` in ns, two tasks each. */
static void expect_tasks(enum dlb_choice_by by, const double *first, const double *second,
                         const char *words)
{
    static const char *const problems[] = {ONE, TWO};
    struct stage stage;
    struct dlb_text text = {0};
    begin(&stage, "gemm", by);
    for (int i = 0; i < 2; i++) {
        struct dlb_record *record = add(&stage, problems[i], "a:0", first[i]);
        strcpy(record->cost.currency, "USD");
        record->cost.per_mitem = first[i];
        record = add(&stage, problems[i], "b:0", fabs(second[i]));
        strcpy(record->cost.currency, "USD");
        record->cost.per_mitem = fabs(second[i]);
        if (second[i] < 0) /* has no interval */
            record->summary.ci_lo_ns = record->summary.ci_hi_ns = NAN;
    }
    make_ok(&stage);
    assert_string_equal(dlb_choice_best(&stage.choice, NULL)->device, "a:0");
    const struct dlb_choose_page page = {&stage.choice, true};
    dlb_choose_advice(&page, &text);
    if (strstr(text.data, words) == NULL)
        fail_msg("'%s' is not in '%s'", words, text.data);
    dlb_text_free(&text);
    end(&stage);
}

static void test_task_words(void **state)
{
    static const struct {
        enum dlb_choice_by by;
        double first[2], second[2]; /* negative: without an interval */
        const char *words;
    } cases[] = {
        {DLB_CHOOSE_SPEED, {1e6, 1e6}, {2e6, 2e6}, "b:0 in f32, beyond their intervals on every"},
        {DLB_CHOOSE_SPEED,
         {1e6, 1e6},
         {2e6, 1.01e6},
         ", faster on 1 of 2 tasks, too close to tell on 1."},
        {DLB_CHOOSE_SPEED,
         {1e6, 1e6},
         {1.01e6, 1.01e6},
         "b:0 in f32, too close to tell on 2 of 2 tasks."},
        {DLB_CHOOSE_SPEED,
         {1e6, 1.01e6},
         {4e6, 1e6},
         ", faster on 1 of 2 tasks, too close to tell on 1."},
        {DLB_CHOOSE_SPEED,
         {1e6, 1e6},
         {2e6, -2e6},
         ", faster on 1 of 2 tasks, without intervals on 1."},
        {DLB_CHOOSE_SPEED,
         {1e6, 1e6},
         {-2e6, -2e6},
         ", without intervals to tell how sure that is."},
        {DLB_CHOOSE_LATENCY, {1e6, 2e6}, {4e6, 1e6}, ", quicker on 1 of 2 tasks, slower on 1."},
        {DLB_CHOOSE_COST, {1e6, 2e6}, {4e6, 1e6}, ", cheaper on 1 of 2 tasks, dearer on 1."},
    };
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++)
        expect_tasks(cases[i].by, cases[i].first, cases[i].second, cases[i].words);
}

/* Two that ran different problems: neither is better. */
static void test_apart(void **state)
{
    struct stage stage;
    struct dlb_text text = {0};
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, ONE, "a:0", 1e6);
    add(&stage, TWO, "b:0", 2e6);
    make_ok(&stage);
    const struct dlb_choose_page page = {&stage.choice, true};
    dlb_choose_advice(&page, &text);
    assert_non_null(strstr(text.data, "; the others have no task in common with it, so which is "
                                      "better is not known."));
    dlb_text_free(&text);
    end(&stage);
}

/* The next row is the same device in another type: the figures are of that pair, and of the first with each other one. */
static void test_second_type(void **state)
{
    struct stage stage;
    struct dlb_text text = {0};
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    add(&stage, "gemm:m=1,dtype=bf16", "a:0", 1e6);
    add(&stage, "gemm:m=2,dtype=bf16", "a:0", 2e6);
    add(&stage, "gemm:m=1,dtype=f32", "a:0", 4e6);
    add(&stage, "gemm:m=2,dtype=f32", "a:0", 1e6);
    add(&stage, "gemm:m=1,dtype=f32", "b:0", 4.01e6); /* close to a in f32, not to the first */
    add(&stage, "gemm:m=2,dtype=f32", "b:0", 4e6);
    make_ok(&stage);
    assert_int_equal(find(&stage, "a:0", "f32")->better, 1);
    assert_int_equal(find(&stage, "b:0", "f32")->worse, 2);
    assert_int_equal(find(&stage, "b:0", "f32")->close, 0);
    const struct dlb_choose_page page = {&stage.choice, true};
    dlb_choose_advice(&page, &text);
    assert_non_null(strstr(text.data, "Take a:0 in bf16"));
    assert_non_null(strstr(text.data, "1.41 times as fast as a:0 in f32, faster on 1 of 2 tasks, "
                                      "slower on 1.\n"));
    dlb_text_free(&text);
    end(&stage);
}

/* Rows of one processor that was published twice are one for the sentence: the figures are those of the one it names, and so is what is missing. */
static void test_second_alike(void **state)
{
    struct stage stage;
    struct dlb_text text = {0};
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    static const char *const devices[] = {"published:x1", "published:x2", "published:y"};
    for (int i = 0; i < 3; i++) {
        json_array_append_new(stage.result.devices, json_pack("{s:s, s:s}", "key", devices[i],
                                                              "name", i < 2 ? "X" : "Y"));
        strcpy(add(&stage, ONE, devices[i], (i < 2 ? 1e6 : 3e6) * (i == 1 ? 1.005 : 1))->evidence,
               "published");
    }
    make_ok(&stage);
    const struct dlb_choose_page page = {&stage.choice, true};
    dlb_choose_advice(&page, &text);
    assert_non_null(strstr(text.data, "3 times as fast as published:y"));
    assert_non_null(strstr(text.data, "beyond their intervals on every task"));
    dlb_text_clear(&text);
    dlb_choose_missing(&page, &text);
    assert_null(strstr(text.data, "the distance of the first two"));
    dlb_text_free(&text);
    end(&stage);
}

/* Every format, with names that want to be something else. */
static void test_formats(void **state)
{
    struct stage stage;
    (void)state;
    begin(&stage, "gemm", DLB_CHOOSE_SPEED);
    json_array_append_new(stage.result.devices,
                          json_pack("{s:s, s:s, s:s}", "key", "a:0", "name",
                                    "<script>alert(1)</script>|\x1b[2J `x` @you", "kind", "cpu"));
    add(&stage, ONE, "a:0", 1e6);
    add(&stage, ONE, "b:0", 2e6);
    make_ok(&stage);
    const struct dlb_choose_page page = {&stage.choice, true};
    const struct dlb_report_options how = {.columns = 60};
    for (int i = 0; dlb_choose_formats[i].name != NULL; i++) {
        char *bytes = NULL;
        size_t size = 0;
        struct dlb_why why = {""};
        FILE *stream = open_memstream(&bytes, &size);
        assert_non_null(stream);
        assert_int_equal(dlb_choose_formats[i].write(&page, &how, stream, &why), DLB_OK);
        fclose(stream);
        const bool md = strcmp(dlb_choose_formats[i].name, "md") == 0; /* names are escaped there */
        assert_non_null(strstr(bytes, md ? "### dlbench choose, by speed" : "a:0"));
        assert_null(strchr(bytes, '\x1b'));
        if (md)
            assert_null(strstr(bytes, "<script>"));
        if (strcmp(dlb_choose_formats[i].name, "text") == 0)
            for (const char *line = bytes; *line != '\0';) {
                const size_t length = strcspn(line, "\n");
                if (length > 60)
                    fail_msg("wider than 60 columns: %.*s", (int)length, line);
                line += length + (line[length] == '\n');
            }
        if (strcmp(dlb_choose_formats[i].name, "json") == 0) {
            json_t *json = json_loads(bytes, 0, NULL);
            assert_non_null(json);
            const json_t *class = json_array_get(json_object_get(json, "classes"), 0);
            const json_t *candidates = json_object_get(class, "candidates");
            assert_int_equal(json_array_size(candidates), 2);
            static const char *const counts[] = {"worse", "better", "close"};
            for (int j = 0; j < 3; j++) {
                assert_true(
                    json_is_null(json_object_get(json_array_get(candidates, 0), counts[j])));
                assert_int_equal(
                    json_integer_value(json_object_get(json_array_get(candidates, 1), counts[j])),
                    j == 0);
            }
            json_decref(json);
        }
        free(bytes);
    }
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_speed),          cmocka_unit_test(test_few),
        cmocka_unit_test(test_evidence),       cmocka_unit_test(test_types),
        cmocka_unit_test(test_batch),          cmocka_unit_test(test_unsure),
        cmocka_unit_test(test_power),          cmocka_unit_test(test_bound),
        cmocka_unit_test(test_cost_energy),    cmocka_unit_test(test_latency),
        cmocka_unit_test(test_published),      cmocka_unit_test(test_shared),
        cmocka_unit_test(test_selection),      cmocka_unit_test(test_facts),
        cmocka_unit_test(test_bounds),         cmocka_unit_test(test_words),
        cmocka_unit_test(test_formats),        cmocka_unit_test(test_second_wins),
        cmocka_unit_test(test_task_words),     cmocka_unit_test(test_second_type),
        cmocka_unit_test(test_second_alike),   cmocka_unit_test(test_threads),
        cmocka_unit_test(test_apart),          cmocka_unit_test(test_threads_words),
        cmocka_unit_test(test_within),         cmocka_unit_test(test_gated),
        cmocka_unit_test(test_latency_words),  cmocka_unit_test(test_currencies),
        cmocka_unit_test(test_bound_currency), cmocka_unit_test(test_alone),
        cmocka_unit_test(test_unsure_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
