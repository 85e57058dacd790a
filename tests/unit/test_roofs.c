/* test_roofs.c: which ceiling binds a record and what share of it is reached, worked out by hand; roofs in files, and which files are not taken. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/store/replace.h"
#include "bench/store/result.h"
#include "tests/unit/near.h"
#include "tests/unit/schema_check.h"
#include "tests/unit/store_sample.h"

#define DEVICE "onednn:0"

/* ---- ceilings ---- */

static void the_largest_ceiling_counts(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    sample_roofs(&roofs, DEVICE);
    near(dlb_roofs_compute(&roofs, "f32", 2), 4e11, 0, "the wider instructions, never the zeros");
    near(dlb_roofs_compute(&roofs, "s8", 2), 1.2e13, 0, "s8");
    near(dlb_roofs_bandwidth(&roofs, "memory", 2), 2e10, 0, "the fastest pattern");
    near(dlb_roofs_bandwidth(&roofs, "L2", 0), 2e11, 0, "any number of threads");
    assert_true(isnan(dlb_roofs_compute(&roofs, "f16", 2)));
    assert_true(isnan(dlb_roofs_compute(&roofs, "f32", 4)));
    assert_true(isnan(dlb_roofs_bandwidth(&roofs, "L4", 2)));
    assert_true(isnan(dlb_roofs_bandwidth(&roofs, "memory", 1))); /* only its latency is known */
    roofs.items[1].value = INFINITY;                              /* no figure at all */
    near(dlb_roofs_compute(&roofs, "f32", 2), 2e11, 0, "the other one");
    roofs.items[0].value = 0;
    assert_true(isnan(dlb_roofs_compute(&roofs, "f32", 2)));
    dlb_roofs_free(&roofs);
    assert_true(isnan(dlb_roofs_compute(&roofs, "f32", 2)));
    dlb_roofs_free(&roofs); /* twice is legal */
}

/* A case that takes 1 ms: 1e3 x ops a second. */
static struct dlb_record record_of(const char *dtype, double ops, double bytes, double working_set)
{
    struct dlb_record record = {.ops = ops,
                                .bytes = bytes,
                                .items = 1,
                                .working_set_bytes = working_set,
                                .threads = 2,
                                .cache_sets = 1,
                                .cache_state = "warm",
                                .evidence = "measured"};
    struct dlb_invocation invocation = {.n = 30, .median_ns = 1e6, .steady = true};
    snprintf(record.dtype, sizeof record.dtype, "%s", dtype);
    assert_int_equal(dlb_record_add_invocation(&record, &invocation), DLB_OK);
    dlb_record_summarise(&record);
    return record;
}

#define KI 1024.0
#define MI (1024.0 * 1024.0)

static void the_lower_ceiling_binds(void **state)
{
    (void)state;
    static const struct {
        const char *dtype;
        double ops, bytes, working_set, roof;
        const char *binds;
    } rows[] = {
        /* In L1 (2 x 48 KiB): 8e11 B/s x 1 op a byte is above 4e11. */
        {"f32", 1e8, 1e8, 96 * KI, 4e11, "compute f32"},
        /* 8e11 x 0.25 = 2e11 is below. */
        {"f32", 1e8, 4e8, 96 * KI, 2e11, "L1"},
        /* A byte more is L2 (2 x 2 MiB): 2e11 x 0.25. */
        {"f32", 1e7, 4e7, 96 * KI + 1, 5e10, "L2"},
        {"f32", 1e7, 4e7, 4 * MI, 5e10, "L2"},
        /* L3 is shared: 32 MiB, 5e10 x 0.25. */
        {"f32", 1e6, 4e6, 4 * MI + 1, 1.25e10, "L3"},
        {"f32", 1e6, 4e6, 32 * MI, 1.25e10, "L3"},
        {"f32", 1e6, 4e6, 32 * MI + 1, 5e9, "memory"},
        {"f32", 1e6, 4e6, 1e18, 5e9, "memory"},
        /* 2e10 x 20 is the compute ceiling just so: it binds. */
        {"f32", 1e8, 5e6, 1e9, 4e11, "compute f32"},
        {"bf16", 1e9, 1e5, 1e5, 6e12, "compute bf16"},
        {"u8", 1e9, 1e5, 1e5, 1.2e13, "compute s8"},
        {"s8", 1e9, 1e7, 1e9, 2e12, "memory"},
    };
    struct dlb_roofs roofs;
    sample_roofs(&roofs, DEVICE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_record record =
            record_of(rows[i].dtype, rows[i].ops, rows[i].bytes, rows[i].working_set);
        dlb_roofs_apply(&roofs, &record);
        near(record.summary.roof_ops_per_s, rows[i].roof, 1e-9 * rows[i].roof, rows[i].binds);
        near(record.summary.roof_fraction, 1e3 * rows[i].ops / rows[i].roof, 1e-12, rows[i].binds);
        assert_string_equal(record.summary.roof_binds, rows[i].binds);
        assert_false(dlb_record_has_flag(&record, "above_roof"));
        dlb_record_free(&record);
    }
    dlb_roofs_free(&roofs);
}

static void cold_is_memory(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    struct dlb_record record = record_of("f32", 1e6, 4e6, 64 * KI);
    sample_roofs(&roofs, DEVICE);
    strcpy(record.cache_state, "cold");
    record.cache_sets = 600;
    dlb_roofs_apply(&roofs, &record);
    assert_string_equal(record.summary.roof_binds, "memory");
    /* Only 10 sets could be had: 640 KiB in rotation lie in L2. */
    record.cache_sets = 10;
    dlb_record_flag(&record, "cold_downgraded");
    dlb_roofs_apply(&roofs, &record);
    assert_string_equal(record.summary.roof_binds, "L2");
    dlb_record_free(&record);
    dlb_roofs_free(&roofs);
}

static void threads_have_their_own_caches(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    struct dlb_record record = record_of("f32", 1e6, 4e6, 4 * MI);
    sample_roofs(&roofs, DEVICE);
    for (int i = 0; i < roofs.count; i++)
        roofs.items[i].threads = 0;
    record.threads = 1; /* 2 MiB of L2 are not enough */
    dlb_roofs_apply(&roofs, &record);
    assert_string_equal(record.summary.roof_binds, "L3");
    roofs.level_bytes[2] = 0; /* a processor without L3 */
    dlb_roofs_apply(&roofs, &record);
    assert_string_equal(record.summary.roof_binds, "memory");
    record.threads = 0; /* a device where they do not matter */
    record.working_set_bytes = 2 * MI;
    dlb_roofs_apply(&roofs, &record);
    assert_string_equal(record.summary.roof_binds, "L2");
    record.working_set_bytes = 0; /* not told: its bytes are, 4e6 */
    dlb_roofs_apply(&roofs, &record);
    assert_string_equal(record.summary.roof_binds, "memory");
    dlb_record_free(&record);
    dlb_roofs_free(&roofs);
}

/* Never clipped: above it is above it. */
static void above_the_roof_is_flagged(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    struct dlb_record record = record_of("f32", 5e8, 1e5, 1e5);
    sample_roofs(&roofs, DEVICE);
    dlb_roofs_apply(&roofs, &record);
    near(record.summary.roof_fraction, 1.25, 1e-12, "5e11 of 4e11");
    assert_true(dlb_record_has_flag(&record, "above_roof"));
    dlb_roofs_apply(&roofs, &record); /* once more: nothing changes */
    near(record.summary.roof_fraction, 1.25, 1e-12, "again");
    assert_true(dlb_record_has_flag(&record, "above_datasheet")); /* of 4.2e11 */
    assert_int_equal(record.flag_count, 3);                       /* and single_invocation */
    dlb_record_summarise(&record);
    assert_true(dlb_record_has_flag(&record, "above_roof"));
    assert_string_equal(record.summary.roof_binds, "compute f32");
    /* Just at the roof is not above it. */
    record.ops = 4e8;
    dlb_record_summarise(&record);
    near(record.summary.roof_fraction, 1, 1e-12, "at the roof");
    assert_false(dlb_record_has_flag(&record, "above_roof"));
    record.ops = 5e8;
    dlb_record_summarise(&record);
    dlb_roofs_free(&roofs); /* no ceilings any more */
    dlb_roofs_apply(&roofs, &record);
    assert_true(isnan(record.summary.roof_fraction) && isnan(record.summary.roof_ops_per_s));
    assert_string_equal(record.summary.roof_binds, "");
    assert_false(dlb_record_has_flag(&record, "above_roof"));
    dlb_record_free(&record);
}

/* Of the units for what computes; of the memory for what does not fit into a cache. */
static void above_the_datasheet_is_flagged(void **state)
{
    static const struct {
        const char *dtype;
        double ops, bytes, working_set;
        bool above;
    } cases[] = {
        {"f32", 4.21e8, 1e5, 1e5, true},  /* 4.21e11 of 4.2e11, from a cache */
        {"f32", 4.19e8, 1e5, 1e5, false}, /* above its roof only */
        {"bf16", 7e9, 1e5, 1e5, false},   /* no datasheet */
        {"f32", 0, 2.51e7, 1e9, true},    /* 25.1 GB/s of 25 from memory */
        {"f32", 0, 2.49e7, 1e9, false},   /* above its roof only */
        {"f32", 0, 1e8, 1e5, false},      /* 100 GB/s from a cache */
    };
    (void)state;
    struct dlb_roofs roofs;
    sample_roofs(&roofs, DEVICE);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_record record =
            record_of(cases[i].dtype, cases[i].ops, cases[i].bytes, cases[i].working_set);
        dlb_roofs_apply(&roofs, &record);
        if (dlb_record_has_flag(&record, "above_datasheet") != cases[i].above)
            fail_msg("case %zu", i);
        dlb_record_free(&record);
    }
    dlb_roofs_free(&roofs);
}

/* What only moves bytes has a share of the bandwidth, also when its time changes. */
static void bytes_alone_have_a_share(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    struct dlb_record record = record_of("f32", 0, 5e6, 1e9);
    sample_roofs(&roofs, DEVICE);
    dlb_roofs_apply(&roofs, &record);
    assert_true(isnan(record.summary.roof_ops_per_s));
    near(record.summary.roof_fraction, 0.25, 1e-12, "5e9 of 2e10 bytes a second");
    assert_string_equal(record.summary.roof_binds, "memory");
    struct dlb_invocation twice = {.index = 1, .n = 30, .median_ns = 3e6, .steady = true};
    assert_int_equal(dlb_record_add_invocation(&record, &twice), DLB_OK);
    dlb_record_summarise(&record);
    near(record.summary.roof_fraction, 0.125, 1e-12, "half as fast");
    assert_string_equal(record.summary.roof_binds, "memory");
    dlb_record_free(&record);
    dlb_roofs_free(&roofs);
}

static void what_is_missing_is_not_made_up(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    sample_roofs(&roofs, DEVICE);
    struct dlb_record rows[] = {
        record_of("f16", 1e8, 1e8, 1e5), record_of("f64", 1e8, 1e8, 1e5),
        record_of("f32", 1e8, 0, 1e5),   record_of("f32", 1e8, NAN, 1e5),
        record_of("f32", 0, 0, 1e5),     record_of("f32", 1e8, 1e8, 1e5),
        record_of("f32", 1e8, 1e8, 1e5), record_of("f32", 1e8, 1e8, 1e5),
        record_of("f32", NAN, 1e8, NAN),
    };
    rows[5].summary.median_ns = NAN;
    rows[6].status = DLB_WRONG;
    rows[7].threads = 4;
    strcpy(rows[8].dtype, "");
    rows[8].bytes = 0;
    dlb_record_summarise(&rows[8]);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dlb_roofs_apply(&roofs, &rows[i]);
        if (!isnan(rows[i].summary.roof_fraction) || rows[i].summary.roof_binds[0] != '\0')
            fail_msg("row %zu: %g of %s", i, rows[i].summary.roof_fraction,
                     rows[i].summary.roof_binds);
        dlb_record_free(&rows[i]);
    }
    dlb_roofs_free(&roofs);
}

static void evidence_is_not_mixed(void **state)
{
    (void)state;
    static const struct {
        const char *roofs, *record;
        bool compared;
    } rows[] = {
        {"measured", "measured", true},   {"", "measured", true},
        {"measured", "", true},           {"modelled", "modelled", true},
        {"measured", "modelled", false},  {"modelled", "measured", false},
        {"measured", "published", false}, {"measured", "emulated", false},
    };
    struct dlb_roofs roofs;
    struct dlb_record record = record_of("f32", 1e8, 1e8, 1e5);
    sample_roofs(&roofs, DEVICE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(roofs.evidence, sizeof roofs.evidence, "%s", rows[i].roofs);
        snprintf(record.evidence, sizeof record.evidence, "%s", rows[i].record);
        dlb_roofs_apply(&roofs, &record);
        if (isfinite(record.summary.roof_fraction) != rows[i].compared)
            fail_msg("%s roofs, %s record", rows[i].roofs, rows[i].record);
    }
    dlb_record_free(&record);
    dlb_roofs_free(&roofs);
}

/* ---- JSON ---- */

static void assert_same(const struct dlb_roofs *a, const struct dlb_roofs *b)
{
    json_t *left = dlb_roofs_to_json(a);
    json_t *right = dlb_roofs_to_json(b);
    assert_true(json_equal(left, right));
    json_decref(left);
    json_decref(right);
}

static void they_are_read_back(void **state)
{
    (void)state;
    struct dlb_roofs roofs, again;
    struct dlb_why why = {""};
    sample_roofs(&roofs, DEVICE);
    json_t *json = dlb_roofs_to_json(&roofs);
    if (dlb_roofs_from_json(json, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(again.count, roofs.count);
    assert_int_equal(again.level_bytes[2], 32 << 20);
    assert_true(again.items[1].datasheet == 4.2e11 && isnan(again.items[0].datasheet));
    assert_int_equal(again.items[10].kind, DLB_ROOF_LATENCY);
    assert_false(again.items[2].ceiling);
    assert_same(&roofs, &again);
    json_decref(json);
    dlb_roofs_free(&roofs);
    dlb_roofs_free(&again);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *json, *wanted;
    } rows[] = {
        {"[]", ": wanted an object, found an array"},
        {"{}", "roofs: wanted an array, found nothing"},
        {"{\"device\": 0, \"roofs\": []}", "device: wanted a text, found an integer"},
        {"{\"level_bytes\": 3, \"roofs\": []}", "level_bytes: wanted an object, found an integer"},
        {"{\"level_bytes\": {\"L2\": 0.5}, \"roofs\": []}",
         "level_bytes.L2: wanted an integer, found a real number"},
        {"{\"roofs\": [4]}", "roofs[0]: wanted an object, found an integer"},
        {"{\"roofs\": [{}]}", "roofs[0].kind: wanted a text, found nothing"},
        {"{\"roofs\": [{\"kind\": \"ceiling\"}]}",
         "roofs[0].kind: wanted compute, bandwidth, latency, launch or transfer, found 'ceiling'"},
        {"{\"roofs\": [{\"kind\": \"launch\"}, {\"kind\": \"compute\", \"value\": []}]}",
         "roofs[1].value: wanted a number, found an array"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_roofs roofs = {.count = 77};
        struct dlb_why why = {""};
        json_t *json = json_loads(rows[i].json, 0, NULL);
        assert_int_equal(dlb_roofs_from_json(json, &roofs, &why), DLB_INVALID);
        assert_string_equal(why.text, rows[i].wanted);
        assert_int_equal(roofs.count, 77);
        json_decref(json);
    }
}

static void kinds_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < DLB_ROOF_KINDS; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(dlb_roof_kind_name((enum dlb_roof_kind)i),
                                    dlb_roof_kind_name((enum dlb_roof_kind)j));
    assert_string_equal(dlb_roof_kind_name(DLB_ROOF_KINDS), "unknown");
}

static void a_result_carries_them(void **state)
{
    (void)state;
    struct dlb_result result;
    char problem[512];
    json_t *schema = json_loads(dlb_result_schema_text, 0, NULL);
    sample_full_result(&result);
    json_t *json = dlb_result_to_json(&result);
    if (!schema_check(schema, json, problem, sizeof problem))
        fail_msg("%s", problem);
    json_t *measured = json_object_get(dlb_result_device(&result, DEVICE), "measured");
    json_object_set_new(json_array_get(json_object_get(measured, "roofs"), 0), "kind",
                        json_string("ceiling"));
    assert_false(schema_check(schema, json, problem, sizeof problem));
    json_decref(json);
    json_decref(schema);
    dlb_result_free(&result);
}

/* ---- the machine's file ---- */

static char folder[256], path[400];

static int make_folder(void **state)
{
    (void)state;
    sample_make_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/roofs-onednn-0.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    sample_remove_folder(folder);
    return 0;
}

/* Roofs measured just now. */
static void fresh(struct dlb_roofs *roofs)
{
    sample_roofs(roofs, DEVICE);
    dlb_clock_utc(roofs->as_of, (int)sizeof roofs->as_of);
}

static void save(const struct dlb_roofs *roofs)
{
    struct dlb_why why = {""};
    if (dlb_roofs_save(folder, roofs, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static void assert_refused(const char *device, const char *identity, double max_age_s,
                           enum dlb_status wanted, const char *words)
{
    struct dlb_roofs roofs = {.count = 77};
    struct dlb_why why = {""};
    const enum dlb_status status =
        dlb_roofs_load(folder, device, identity, max_age_s, max_age_s / 30, &roofs, &why);
    if (status != wanted || strstr(why.text, words) == NULL || strchr(why.text, '\n') != NULL)
        fail_msg("%s: '%s'", dlb_status_name(status), why.text);
    assert_int_equal(roofs.count, 77);
}

static void a_machine_keeps_them(void **state)
{
    (void)state;
    struct dlb_roofs roofs, again;
    struct dlb_why why = {""};
    fresh(&roofs);
    assert_refused(DEVICE, roofs.identity, 60, DLB_UNAVAILABLE, "no roofs of onednn:0 have been");
    save(&roofs);
    assert_int_equal(access(path, F_OK), 0);
    if (dlb_roofs_load(folder, DEVICE, roofs.identity, 60, 60, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_same(&roofs, &again);
    dlb_roofs_free(&again);
    roofs.items[0].value = 3e11; /* measured again: it takes the place of the old one */
    save(&roofs);
    assert_int_equal(
        dlb_roofs_load(folder, DEVICE, roofs.identity, INFINITY, INFINITY, &again, &why), DLB_OK);
    near(again.items[0].value, 3e11, 0, "the new figure");
    dlb_roofs_free(&again);
    dlb_roofs_free(&roofs);
}

static void others_are_not_taken(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    fresh(&roofs);
    save(&roofs);
    assert_refused(DEVICE, "AMD EPYC 9R14, oneDNN 3.3.0", 60, DLB_UNAVAILABLE,
                   "here is 'AMD EPYC 9R14, oneDNN 3.3.0'");
    assert_refused("openblas:0", roofs.identity, 60, DLB_UNAVAILABLE, "no roofs of openblas:0");
    assert_refused("onednn/0", roofs.identity, 60, DLB_UNAVAILABLE,
                   "holds the roofs of 'onednn:0', wanted those of 'onednn/0'");
    strcpy(roofs.as_of, "2020-01-01T00:00:00Z");
    save(&roofs);
    assert_refused(DEVICE, roofs.identity, 30 * 86400, DLB_UNAVAILABLE,
                   "days old, wanted at most 30.0");
    roofs.quick = true; /* a thirtieth of the age, as the test asks */
    save(&roofs);
    assert_refused(DEVICE, roofs.identity, 30 * 86400, DLB_UNAVAILABLE,
                   "days old, wanted at most 1.0 of those measured quickly");
    strcpy(roofs.as_of, "2100-01-01T00:00:00Z");
    save(&roofs);
    assert_refused(DEVICE, roofs.identity, INFINITY, DLB_UNAVAILABLE, "of no known age");
    strcpy(roofs.as_of, "yesterday");
    save(&roofs);
    assert_refused(DEVICE, roofs.identity, INFINITY, DLB_UNAVAILABLE, "measured at 'yesterday'");
    dlb_roofs_free(&roofs);
}

static void damaged_files_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "the file is empty"},
        {"{\"schema\": \"dlbench-roofs/1\", ", "the file ends too early"},
        {"{}", "wanted \"schema\": \"dlbench-roofs/1\", found none"},
        {"{\"schema\": \"dlbench-roofs/2\"}", "found dlbench-roofs/2"},
        {"{\"schema\": \"dlbench-roofs/1\"}", "roofs: wanted an array, found nothing"},
        {"[]", "found none"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_why why = {""};
        assert_int_equal(dlb_file_replace(path, rows[i].text, strlen(rows[i].text), &why), DLB_OK);
        assert_refused(DEVICE, "", INFINITY, DLB_INVALID, rows[i].words);
        assert_refused(DEVICE, "", INFINITY, DLB_INVALID, path);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(DEVICE, "", INFINITY, DLB_IO, "it is a folder");
}

/* A key from a file of somebody else leads nowhere. */
static void names_stay_in_the_folder(void **state)
{
    (void)state;
    struct dlb_roofs roofs;
    char odd[400];
    fresh(&roofs);
    strcpy(roofs.device, "../../x:\xFF 1");
    save(&roofs);
    snprintf(odd, sizeof odd, "%s/roofs-..-..-x---1.json", folder);
    assert_int_equal(access(odd, F_OK), 0);
    dlb_roofs_free(&roofs);
}

static void folders_are_made(void **state)
{
    (void)state;
    struct dlb_roofs roofs, again;
    struct dlb_why why = {""};
    char deeper[400], under_file[500];
    fresh(&roofs);
    snprintf(deeper, sizeof deeper, "%s/a/b", folder);
    assert_int_equal(dlb_roofs_save(deeper, &roofs, &why), DLB_OK);
    assert_int_equal(dlb_roofs_load(deeper, DEVICE, roofs.identity, 60, 60, &again, &why), DLB_OK);
    dlb_roofs_free(&again);
    snprintf(under_file, sizeof under_file, "%s/a/b/roofs-onednn-0.json/c", folder);
    assert_int_equal(dlb_roofs_save(under_file, &roofs, &why), DLB_IO);
    assert_non_null(strstr(why.text, under_file));
    assert_int_equal(dlb_roofs_load(under_file, DEVICE, "", 60, 60, &again, &why), DLB_UNAVAILABLE);
    dlb_roofs_free(&roofs);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_ceiling_counts),
        cmocka_unit_test(the_lower_ceiling_binds),
        cmocka_unit_test(cold_is_memory),
        cmocka_unit_test(threads_have_their_own_caches),
        cmocka_unit_test(above_the_roof_is_flagged),
        cmocka_unit_test(above_the_datasheet_is_flagged),
        cmocka_unit_test(bytes_alone_have_a_share),
        cmocka_unit_test(what_is_missing_is_not_made_up),
        cmocka_unit_test(evidence_is_not_mixed),
        cmocka_unit_test(they_are_read_back),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(a_result_carries_them),
        ON_DISK(a_machine_keeps_them),
        ON_DISK(others_are_not_taken),
        ON_DISK(damaged_files_are_named),
        ON_DISK(names_stay_in_the_folder),
        ON_DISK(folders_are_made),
    };
    return cmocka_run_group_tests_name("roofs", tests, NULL, NULL);
}
