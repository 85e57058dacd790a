/* test_roofline.c: which ceilings are measured over which working sets, what parent and worker say of them, what is kept.
 *
 * The list is asked of made machines; measuring is tried where it says something: that an execution counts what it does. */
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
#include "bench/measure/host_cpu.h"
#include "bench/run/roofline.h"
#include "bench/run/roofline_measure.h"
#include "bench/run/roofline_pool.h"
#include "kernels/portable/probe_kernels.h"

#define KIB INT64_C(1024)
#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)

static struct dlb_roofline_options machine(int threads, bool quick)
{
    return (struct dlb_roofline_options){.threads = threads,
                                         .quick = quick,
                                         .level_bytes = {32 * KIB, MIB, 32 * MIB, 8 * GIB},
                                         .request = {.seed = 7}};
}

static const struct dlb_roofline_device host = {.key = "cpu", .kind = DLB_KIND_CPU};

static struct dlb_roofline_list make(const struct dlb_roofline_options *options,
                                     const struct dlb_roofline_device *device)
{
    struct dlb_roofline_list list = {0};
    struct dlb_why why = {""};
    if (dlb_roofline_list_make(options, device, &list, &why) != DLB_OK)
        fail_msg("%s", why.text);
    return list;
}

static int count_kind(const struct dlb_roofline_list *list, enum dlb_roof_kind kind,
                      const char *level)
{
    int count = 0;
    for (int i = 0; i < list->count; i++)
        count += list->items[i].roof.kind == kind && strcmp(list->items[i].roof.level, level) == 0;
    return count;
}

static bool has_label(const struct dlb_roofline_list *list, const char *label, bool ceiling)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->items[i].label, label) == 0 && list->items[i].roof.ceiling == ceiling)
            return true;
    return false;
}

/* The working set of a level, as wanted of both threads together. */
static int64_t set_of(const struct dlb_roofline_list *list, enum dlb_roof_kind kind,
                      const char *level)
{
    for (int i = 0; i < list->count; i++)
        if (list->items[i].roof.kind == kind && strcmp(list->items[i].roof.level, level) == 0)
            return list->items[i].probe.what.bytes;
    return -1;
}

static void test_every_level_has_its_set(void **state)
{
    (void)state;
    const struct dlb_roofline_options two = machine(2, false);
    struct dlb_roofline_list list = make(&two, &host);
    assert_int_equal(set_of(&list, DLB_ROOF_BANDWIDTH, "L1"), 48 * KIB);
    assert_int_equal(set_of(&list, DLB_ROOF_BANDWIDTH, "L2"), MIB);
    assert_int_equal(set_of(&list, DLB_ROOF_BANDWIDTH, "L3"), 8 * MIB);
    assert_int_equal(set_of(&list, DLB_ROOF_BANDWIDTH, "memory"), 256 * MIB);
    assert_int_equal(set_of(&list, DLB_ROOF_LATENCY, "L1"), 24 * KIB); /* of one thread */
    assert_int_equal(set_of(&list, DLB_ROOF_LATENCY, "L3"), 4 * MIB);
    assert_int_equal(count_kind(&list, DLB_ROOF_LATENCY, "memory"), 1);
    assert_int_equal(count_kind(&list, DLB_ROOF_LAUNCH, ""), 1);
    dlb_roofline_list_free(&list);
}

static void test_sets_follow_the_machine(void **state)
{
    static const struct {
        int64_t levels[4];
        int threads;
        int64_t limit, l2, l3, memory; /* wanted; -1: no such level */
    } cases[] = {{{32 * KIB, MIB, 0, GIB}, 1, 0, 512 * KIB, -1, 256 * MIB},
                 {{48 * KIB, 2 * MIB, 480 * MIB, GIB}, 2, 0, 2 * MIB, 16 * MIB, 1920 * MIB},
                 {{32 * KIB, MIB, 22 * MIB, GIB}, 16, 0, 8 * MIB, 27 * MIB, 256 * MIB},
                 {{32 * KIB, 0, 0, GIB}, 1, 0, -1, -1, 256 * MIB},
                 {{32 * KIB, MIB, 32 * MIB, GIB}, 2, 100 * MIB, MIB, 8 * MIB, 50 * MIB}};
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_roofline_options options = machine(cases[i].threads, true);
        memcpy(options.level_bytes, cases[i].levels, sizeof options.level_bytes);
        options.memory_limit_bytes = cases[i].limit;
        struct dlb_roofline_list list = make(&options, &host);
        print_message("case %zu\n", i);
        assert_int_equal(set_of(&list, DLB_ROOF_BANDWIDTH, "L2"), cases[i].l2);
        assert_int_equal(set_of(&list, DLB_ROOF_BANDWIDTH, "L3"), cases[i].l3);
        assert_int_equal(set_of(&list, DLB_ROOF_BANDWIDTH, "memory"), cases[i].memory);
        dlb_roofline_list_free(&list);
    }
}

static void test_quick_has_what_shares_need(void **state)
{
    (void)state;
    const struct dlb_roofline_options fast = machine(2, true), whole = machine(2, false);
    struct dlb_roofline_list quick = make(&fast, &host), all = make(&whole, &host);
    assert_true(has_label(&quick, "f32", true));
    assert_true(has_label(&quick, "L1 read", true) && has_label(&quick, "L2 triad", true));
    assert_true(has_label(&quick, "memory read", true) && has_label(&quick, "memory triad", true));
    assert_false(has_label(&quick, "f32", false)); /* zeros */
    assert_int_equal(count_kind(&quick, DLB_ROOF_LATENCY, "L1"), 0);
    assert_true(quick.count <= 16); /* at 0.3 s each in two processes */
    assert_true(has_label(&all, "f32", false) && has_label(&all, "f64", true));
    assert_true(has_label(&all, "memory copy", true) && has_label(&all, "L3 write", true));
    assert_true(all.count > 2 * quick.count);
    dlb_roofline_list_free(&quick);
    dlb_roofline_list_free(&all);
}

/* Points of the curve grow, reach from inside the first cache to the memory, and are no ceilings. */
static void test_curve(void **state)
{
    (void)state;
    const struct dlb_roofline_options two = machine(2, false);
    struct dlb_roofline_list list = make(&two, &host);
    int64_t before = 0;
    int points = 0;
    for (int i = 0; i < list.count; i++) {
        const struct dlb_roofline_item *item = &list.items[i];
        if (item->roof.kind != DLB_ROOF_BANDWIDTH || item->roof.level[0] != '\0')
            continue;
        assert_true(item->probe.what.bytes > before);
        assert_false(item->roof.ceiling);
        before = item->probe.what.bytes;
        points++;
    }
    assert_true(points >= 20 && before >= 256 * MIB);
    dlb_roofline_list_free(&list);
}

static void test_devices_are_asked_for_variants(void **state)
{
    (void)state;
    const struct dlb_roofline_device gpu = {
        .backend = "opencl", .device = "0", .key = "opencl:0", .kind = DLB_KIND_GPU};
    struct dlb_roofline_options options = machine(2, false);
    options.level_bytes[0] = options.level_bytes[1] = 0;
    struct dlb_roofline_list list = make(&options, &gpu);
    assert_int_equal(count_kind(&list, DLB_ROOF_TRANSFER, ""), 2);
    assert_int_equal(count_kind(&list, DLB_ROOF_BANDWIDTH, "L1"), 0);
    assert_int_equal(count_kind(&list, DLB_ROOF_BANDWIDTH, "memory"), 4 * DLB_ROOFLINE_WAYS);
    assert_int_equal(count_kind(&list, DLB_ROOF_COMPUTE, ""),
                     4 * (DLB_ROOFLINE_WAYS + 1)); /* types; zeros once */
    for (int i = 0; i < list.count; i++) {
        assert_false(list.items[i].probe.host);
        assert_int_equal(list.items[i].roof.threads, 0); /* of the host: they do not matter */
    }
    dlb_roofline_list_free(&list);
}

/* ---- what parent and worker say ---- */

static void test_probe_there_and_back(void **state)
{
    static const struct dlb_roofline_probe probes[] = {
        {.host = true,
         .threads = 2,
         .type = "f64",
         .what = {.kind = DLB_PROBE_COMPUTE, .variant = 3, .zeros = true, .seed = 99}},
        {.threads = 1,
         .what = {.kind = DLB_PROBE_BANDWIDTH,
                  .pattern = DLB_PATTERN_TRIAD,
                  .bytes = INT64_C(1) << 40}},
        {.host = true, .threads = 1, .what = {.kind = DLB_PROBE_LATENCY, .bytes = 4096}},
        {.threads = 8, .what = {.kind = DLB_PROBE_LAUNCH}},
        {.threads = 8, .transfer = DLB_ROOFLINE_FROM_DEVICE, .what = {.bytes = 5}}};
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(probes); i++) {
        struct dlb_request request = {.task = DLB_TASK_ROOF, .roof = probes[i], .seed = 5};
        struct dlb_request read = {.task = DLB_TASK_MEASURE};
        struct dlb_why why = {""};
        request.sampling = (struct dlb_sampling){
            .precision = 0.01, .max_time_ns = 1e8, .max_samples = 10, .batch_ns = 1e6};
        json_t *json = dlb_request_to_json(&request);
        if (dlb_request_from_json(json, &read, &why) != DLB_OK)
            fail_msg("probe %zu: %s", i, why.text);
        json_decref(json);
        assert_int_equal(read.task, DLB_TASK_ROOF);
        assert_int_equal(read.roof.host, probes[i].host);
        assert_int_equal(read.roof.threads, probes[i].threads);
        assert_string_equal(read.roof.type, probes[i].type);
        assert_int_equal(read.roof.transfer, probes[i].transfer);
        assert_int_equal(read.roof.what.kind, probes[i].what.kind);
        assert_int_equal(read.roof.what.pattern, probes[i].what.pattern);
        assert_int_equal(read.roof.what.variant, probes[i].what.variant);
        assert_int_equal(read.roof.what.zeros, probes[i].what.zeros);
        assert_true(read.roof.what.bytes == probes[i].what.bytes);
        assert_true(read.roof.what.seed == probes[i].what.seed);
    }
}

static void test_bad_probes_are_refused(void **state)
{
    static const struct {
        const char *name, *json, *word;
    } cases[] = {{"kind", "\"dream\"", "dream"},         {"pattern", "\"zigzag\"", "zigzag"},
                 {"transfer", "\"nowhere\"", "nowhere"}, {"threads", "0", "0 threads"},
                 {"variant", "-1", "variant -1"},        {"bytes", "-4", "-4 bytes"},
                 {"type", "\"nineletters\"", "type"},    {"threads", "\"two\"", "integer"}};
    (void)state;
    const struct dlb_roofline_probe good = {.host = true, .threads = 1, .type = "f32"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_roofline_probe read;
        struct dlb_why why = {""};
        json_t *json = dlb_roofline_probe_to_json(&good);
        assert_int_equal(dlb_roofline_probe_from_json(json, &read, &why), DLB_OK);
        json_object_set_new(json, cases[i].name, json_loads(cases[i].json, JSON_DECODE_ANY, NULL));
        assert_int_equal(dlb_roofline_probe_from_json(json, &read, &why), DLB_INVALID);
        if (strstr(why.text, cases[i].word) == NULL)
            fail_msg("%s: '%s' lacks '%s'", cases[i].name, why.text, cases[i].word);
        json_decref(json);
    }
}

/* ---- measuring ---- */

static void no_phase(void *user, const char *phase, double patience_s)
{
    (void)user;
    (void)phase;
    (void)patience_s;
}

static enum dlb_status measure(const struct dlb_roofline_probe *probe, struct dlb_answer *answer)
{
    const struct dlb_execute_events events = {.phase = no_phase};
    const struct dlb_request request = {
        .task = DLB_TASK_ROOF,
        .roof = *probe,
        .sampling = {.precision = 1, .max_time_ns = 2e7, .max_samples = 3, .batch_ns = 1e5}};
    return dlb_roofline_measure(NULL, &request, &events, answer);
}

/* What an execution says that it did is what its loops do. */
static void test_host_counts(void **state)
{
    (void)state;
    const struct dlb_multiply_kernel *kernel = dlb_multiply_kernel_find("f32", 0);
    struct dlb_roofline_probe probe = {.host = true, .threads = 1, .type = "f32"};
    struct dlb_answer answer;
    assert_int_equal(measure(&probe, &answer), DLB_OK);
    assert_true(answer.roof.ops == 4096 * dlb_multiply_ops(kernel));
    assert_string_equal(answer.roof.name, kernel->name);
    assert_string_equal(answer.evidence, "measured");
    assert_true(answer.invocation.min_ns > 0 && answer.invocation.n >= 1);
    dlb_answer_free(&answer);

    probe.what = (struct dlb_probe){
        .kind = DLB_PROBE_BANDWIDTH, .pattern = DLB_PATTERN_TRIAD, .bytes = 100000};
    assert_int_equal(measure(&probe, &answer), DLB_OK);
    assert_int_equal(answer.roof.working_set_bytes, 3 * 65 * 512); /* whole steps of each array */
    assert_true(answer.roof.bytes >= 4e6 - 3 * 65 * 512);
    assert_true(fmod(answer.roof.bytes, 3 * 65 * 512) == 0);
    dlb_answer_free(&answer);

    probe.what = (struct dlb_probe){.kind = DLB_PROBE_LATENCY, .bytes = 20000};
    assert_int_equal(measure(&probe, &answer), DLB_OK);
    assert_int_equal(answer.roof.working_set_bytes, 16384);
    assert_true(answer.roof.loads == 4096);
    assert_true(answer.invocation.min_ns / answer.roof.loads < 1000);
    dlb_answer_free(&answer);
}

static void test_what_is_not_there_is_unsupported(void **state)
{
    (void)state;
    struct dlb_roofline_probe probe = {.host = true, .threads = 1, .type = "f32"};
    struct dlb_answer answer;
    probe.what.variant = 99;
    assert_int_equal(measure(&probe, &answer), DLB_UNSUPPORTED);
    dlb_answer_free(&answer);
    probe.what.variant = 0;
    strcpy(probe.type, "fp3");
    assert_int_equal(measure(&probe, &answer), DLB_UNSUPPORTED);
    assert_non_null(strstr(answer.why.text, "fp3"));
    dlb_answer_free(&answer);
}

/* ---- the pool ---- */

#define MOST_THREADS 5

static void mark(void *user, int thread)
{
    ((int *)user)[thread]++;
}

/* Every thread does its part of each round, and no round begins before the last has ended. More threads than CPUs, too. */
static void test_pool_runs_all(void **state)
{
    (void)state;
    for (int threads = 1; threads <= MOST_THREADS; threads += 2) {
        struct dlb_pool *pool = NULL;
        struct dlb_why why = {""};
        int marks[MOST_THREADS] = {0};
        assert_int_equal(dlb_pool_open(threads, &pool, &why), DLB_OK);
        for (int round = 1; round <= 200; round++) {
            dlb_pool_run(pool, mark, marks);
            for (int i = 0; i < MOST_THREADS; i++)
                assert_int_equal(marks[i], i < threads ? round : 0);
        }
        dlb_pool_close(pool);
    }
    dlb_pool_close(NULL);
}

/* ---- keeping ---- */

static void add(struct dlb_roofs *roofs, const char *name, int threads, double value)
{
    struct dlb_roof roof = {.kind = DLB_ROOF_COMPUTE, .threads = threads, .value = value};
    snprintf(roof.name, sizeof roof.name, "%s", name);
    assert_int_equal(dlb_roofs_add(roofs, &roof), DLB_OK);
}

static void test_merge_replaces_a_thread_count(void **state)
{
    (void)state;
    struct dlb_roofs kept = {.as_of = "old"}, fresh = {.as_of = "new"};
    add(&kept, "a", 1, 10);
    add(&kept, "a", 2, 20);
    add(&kept, "b", 2, 21);
    add(&fresh, "a", 2, 22);
    assert_true(dlb_roofline_has_threads(&kept, 1) && dlb_roofline_has_threads(&kept, 2));
    assert_false(dlb_roofline_has_threads(&kept, 4));
    assert_int_equal(dlb_roofline_merge(&kept, &fresh), DLB_OK);
    assert_int_equal(kept.count, 2);
    assert_true(kept.items[0].value == 10 && kept.items[1].value == 22);
    assert_string_equal(kept.as_of, "new");
    assert_true(dlb_roofline_has_threads(&kept, 1));
    dlb_roofs_free(&kept);
    dlb_roofs_free(&fresh);
}

/* Some that were measured quickly make all of them quick, until they are measured again. */
static void test_merge_stays_quick(void **state)
{
    (void)state;
    struct dlb_roofs kept = {.quick = true}, other = {.as_of = "new"}, same = {.as_of = "newer"};
    add(&kept, "a", 1, 10);
    add(&other, "a", 2, 22);
    add(&same, "a", 1, 11);
    assert_int_equal(dlb_roofline_merge(&kept, &other), DLB_OK);
    assert_true(kept.quick);
    kept.items[1].threads = 1; /* nothing else is left of it */
    assert_int_equal(dlb_roofline_merge(&kept, &same), DLB_OK);
    assert_int_equal(kept.count, 1);
    assert_false(kept.quick);
    dlb_roofs_free(&kept);
    dlb_roofs_free(&other);
    dlb_roofs_free(&same);
}

static void test_identity_names_what_matters(void **state)
{
    (void)state;
    struct dlb_host one = {.cores = 2}, other;
    char a[DLB_ROOFLINE_IDENTITY], b[DLB_ROOFLINE_IDENTITY];
    memset(one.cpu_model, 'x', sizeof one.cpu_model - 1); /* a long name cuts nothing off */
    strcpy(one.microcode, "0x1");
    strcpy(one.turbo, "on");
    dlb_roofline_host_identity(&one, a);
    other = one;
    strcpy(other.microcode, "0x2");
    dlb_roofline_host_identity(&other, b);
    assert_string_not_equal(a, b);
    other = one;
    strcpy(other.turbo, "off");
    dlb_roofline_host_identity(&other, b);
    assert_string_not_equal(a, b);
    json_t *device = json_pack("{s:s, s:s, s:n}", "name", "GPU", "driver", "1.2", "runtime");
    dlb_roofline_device_identity(device, a);
    json_object_set_new(device, "driver", json_string("1.3"));
    dlb_roofline_device_identity(device, b);
    assert_string_not_equal(a, b);
    json_decref(device);
}

static void test_levels_of_a_machine(void **state)
{
    (void)state;
    const struct dlb_host ram = {.ram_bytes = 8 * GIB};
    struct dlb_cache_info cache = {.l1_bytes = 32 * KIB,
                                   .l2_bytes = MIB,
                                   .llc_reported_bytes = 32 * MIB,
                                   .llc_effective_bytes = 16 * MIB};
    int64_t levels[4];
    dlb_roofline_levels(&cache, &ram, levels);
    assert_true(levels[0] == 32 * KIB && levels[1] == MIB && levels[2] == 16 * MIB &&
                levels[3] == 8 * GIB);
    cache.llc_reported_bytes = MIB; /* the second level is the last */
    dlb_roofline_levels(&cache, &ram, levels);
    assert_true(levels[2] == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_level_has_its_set),
        cmocka_unit_test(test_sets_follow_the_machine),
        cmocka_unit_test(test_quick_has_what_shares_need),
        cmocka_unit_test(test_curve),
        cmocka_unit_test(test_devices_are_asked_for_variants),
        cmocka_unit_test(test_probe_there_and_back),
        cmocka_unit_test(test_bad_probes_are_refused),
        cmocka_unit_test(test_host_counts),
        cmocka_unit_test(test_what_is_not_there_is_unsupported),
        cmocka_unit_test(test_pool_runs_all),
        cmocka_unit_test(test_merge_replaces_a_thread_count),
        cmocka_unit_test(test_merge_stays_quick),
        cmocka_unit_test(test_identity_names_what_matters),
        cmocka_unit_test(test_levels_of_a_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
