/* test_published.c: every published row stands for a problem in its canonical form, known figures of the sheets are found again, and an overlay adds what belongs to a
 * result and nothing else. */
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
#include "bench/models/workload.h"
#include "bench/store/published.h"
#include "tests/unit/store_sample.h"

#define FOLDER "bench/store/data/published"

static void load_all(struct dlb_result *result)
{
    struct dlb_why why = {""};
    if (dlb_published_load(FOLDER, result, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static int by_key(const void *left, const void *right)
{
    return strcmp(((const struct dlb_record *)left)->key, ((const struct dlb_record *)right)->key);
}

/* What a workload of ours is, is written as we write it; so an overlay finds it. And no key stands twice. */
static void test_canonical(void **state)
{
    struct dlb_result result;
    int ours = 0;
    (void)state;
    load_all(&result);
    for (int i = 0; i < result.record_count; i++) {
        const struct dlb_record *record = &result.records[i];
        struct dlb_problem problem;
        struct dlb_why why;
        char key[DLB_KEY_SIZE];
        assert_true(record->summary.median_ns > 0 && record->items > 0);
        assert_true(isnan(record->summary.ci_lo_ns));
        assert_string_equal(record->evidence, "published");
        assert_non_null(dlb_result_device(&result, record->device));
        if (dlb_workload_find(record->workload) == NULL)
            continue;
        ours++;
        if (dlb_problem_parse(record->problem, &problem, &why) != DLB_OK)
            fail_msg("%s: %s", record->problem, why.text);
        dlb_problem_key(&problem, key, sizeof key);
        assert_string_equal(record->problem, key);
    }
    assert_int_equal(ours, 2579 + 4129); /* products, and convolutions in their passes */
    assert_int_equal(result.record_count, ours + 1240 + 96 + 203 + 597 + 1900);
    qsort(result.records, (size_t)result.record_count, sizeof *result.records, by_key);
    for (int i = 1; i < result.record_count; i++)
        if (strcmp(result.records[i].key, result.records[i - 1].key) == 0)
            fail_msg("%s stands twice", result.records[i].key);
    dlb_result_free(&result);
}

/* Lines of the sheets, in milliseconds; the swap of m and n is that of column-major matrices. */
static const struct {
    const char *problem, *device;
    double ms;
} spots[] = {
    {"gemm:m=9124,n=5124,k=2560,ta=n,tb=n,batch=1,alpha=1,beta=1,dtype=f32", "published:v100",
     18.587},
    {"gemm:m=9124,n=5124,k=2560,ta=n,tb=n,batch=1,alpha=1,beta=1,dtype=f16", "published:v100",
     2.478},
    {"gemm:m=9124,n=5124,k=2560,ta=n,tb=n,batch=1,alpha=1,beta=1,dtype=f32",
     "published:xeon-phi-7250", 55.540},
    {"gemm:m=700,n=5124,k=2048,ta=n,tb=n,batch=1,alpha=1,beta=1,dtype=s8",
     "published:raspberry-pi-3", 815.3},
    {"conv:n=4,c=1,h=161,w=700,k=32,r=5,s=20,stride=2,pad=0,dilation=1,groups=1,pass=bwd_data,"
     "dtype=f32,bias=no,act=none",
     "published:mi25", 0.296},
    {"rnn:cell=vanilla,hidden=1760,batch=16,steps=50,pass=fwd,dtype=f32", "published:mi25", 3.378},
    {"fc_training:batch=64,in=2000,hidden=32,layers=4,out=1000,dtype=f16", "published:v100",
     1000 / 418.048},
};

static void test_spots(void **state)
{
    struct dlb_result result;
    (void)state;
    load_all(&result);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(spots); i++) {
        double found = NAN;
        for (int j = 0; j < result.record_count; j++)
            if (strcmp(result.records[j].problem, spots[i].problem) == 0 &&
                strcmp(result.records[j].device, spots[i].device) == 0)
                found = result.records[j].summary.median_ns / 1e6;
        if (!(fabs(found - spots[i].ms) < 0.001 * spots[i].ms + 0.05))
            fail_msg("%s on %s: %g ms, wanted %g", spots[i].problem, spots[i].device, found,
                     spots[i].ms);
    }
    /* A rate of a whole system stays its rate; a 90th percentile is called one. */
    bool offline = false;
    bool single = false;
    for (int j = 0; j < result.record_count; j++) {
        const struct dlb_record *record = &result.records[j];
        const json_t *device = dlb_result_device(&result, record->device);
        const json_int_t units = json_integer_value(json_object_get(device, "units"));
        if (strcmp(record->workload, "resnet50") != 0)
            continue;
        offline |= units == 4 && fabs(record->summary.items_per_s - 32716) < 1;
        single |= dlb_record_has_flag(record, "p90") && strcmp(record->mode, "latency") == 0 &&
                  fabs(record->summary.median_ns - 171874) < 1;
    }
    assert_true(offline); /* TPU v3-8: four chips */
    assert_true(single);  /* HanGuang 800 */
    dlb_result_free(&result);
}

/* ---- the overlay ---- */

#define PRODUCT "gemm:m=16,n=1760,k=1760,ta=n,tb=n,batch=1,alpha=1,beta=1,dtype=f32"

static void add(struct dlb_result *result, const char *problem, const char *mode, int threads)
{
    struct dlb_record record;
    sample_record(&record, problem, "a label", "onednn:0", 1e6, 1);
    snprintf(record.mode, sizeof record.mode, "%s", mode);
    record.threads = threads;
    snprintf(record.key, sizeof record.key, "%s@onednn:0/t%d/%s/warm/random", problem, threads,
             mode);
    assert_int_equal(dlb_result_add(result, &record), DLB_OK);
}

static int count_published(const struct dlb_result *result, const char *problem)
{
    int count = 0;
    for (int i = 0; i < result->record_count; i++)
        count += strcmp(result->records[i].evidence, "published") == 0 &&
                 strcmp(result->records[i].problem, problem) == 0;
    return count;
}

static void test_overlay(void **state)
{
    struct dlb_result result;
    struct dlb_why why = {""};
    int added = -1;
    (void)state;
    dlb_result_init(&result);
    add(&result, PRODUCT, "throughput", 2);
    add(&result, PRODUCT, "throughput", 4);
    add(&result, "gemm:m=8,n=8,k=8,ta=n,tb=n,batch=1,alpha=1,beta=1,dtype=f32", "throughput", 2);
    assert_int_equal(dlb_published_overlay(&result, FOLDER, &added, &why), DLB_OK);
    assert_int_equal(added, 11); /* processors with f32 training sheets */
    assert_int_equal(result.record_count, 3 + added);
    assert_int_equal(count_published(&result, PRODUCT), added);
    const struct dlb_record *row = &result.records[3];
    assert_string_equal(row->label, "a label"); /* the work is that of the row it stands beside */
    assert_true(row->ops == result.records[0].ops);
    assert_int_equal(row->threads, 4);
    assert_true(fabs(row->summary.ops_per_s * row->summary.median_ns / 1e9 / row->ops - 1) < 1e-12);
    assert_string_equal(row->version_hash, result.records[0].version_hash);
    assert_false(row->verified.checked);
    assert_non_null(strstr(row->implementation, "DeepBench"));
    assert_int_equal(dlb_published_overlay(&result, FOLDER, &added, &why), DLB_OK);
    assert_int_equal(added, 0); /* a second time there is nothing to add */

    json_t *document = dlb_result_to_json(&result);
    json_t *results = json_object_get(document, "results");
    char problem[400];
    assert_int_equal(json_array_size(results), 14);
    struct dlb_result read;
    if (dlb_result_from_json(document, &read, &why) != DLB_OK)
        fail_msg("%s", why.text);
    snprintf(problem, sizeof problem, "%s", read.records[5].evidence);
    assert_string_equal(problem, "published");
    dlb_result_free(&read);
    json_decref(document);
    dlb_result_free(&result);
}

/* Other circumstances are other rows: nothing stands beside single calls, cold caches or zeros. */
static void test_circumstances(void **state)
{
    struct dlb_result result;
    struct dlb_why why = {""};
    int added = -1;
    (void)state;
    dlb_result_init(&result);
    add(&result, PRODUCT, "latency", 2);
    add(&result, PRODUCT, "throughput", 2);
    snprintf(result.records[1].cache_state, sizeof result.records[1].cache_state, "cold");
    add(&result, PRODUCT, "throughput", 2);
    snprintf(result.records[2].data, sizeof result.records[2].data, "zeros");
    assert_int_equal(dlb_published_overlay(&result, FOLDER, &added, &why), DLB_OK);
    assert_int_equal(added, 0);
    assert_int_equal(result.record_count, 3);
    assert_non_null(strstr(why.text, "no case ran so: dlbench list published"));
    dlb_result_free(&result);
}

/* Problems are counted, not records: one on two devices is one. */
static void test_nothing_to_add(void **state)
{
    static const char *const problems[] = {"gemm:m=8,n=8,k=8", "gemm:m=8,n=8,k=8",
                                           "gemm:m=9,n=9,k=9", "gemm:m=8,n=8,k=8"};
    static const char *const words[] = {
        "is of the problem that ran ", "is of the problem that ran ",
        "is of one of the 2 problems that ran ", "is of one of the 2 problems that ran "};
    struct dlb_result result;
    struct dlb_why why = {""};
    int added = -1;
    (void)state;
    dlb_result_init(&result);
    for (int i = 0; i < 4; i++) {
        add(&result, problems[i], "throughput", i + 1);
        assert_int_equal(dlb_published_overlay(&result, FOLDER, &added, &why), DLB_OK);
        assert_int_equal(added, 0);
        if (strstr(why.text, words[i]) == NULL)
            fail_msg("%s", why.text);
    }
    dlb_result_free(&result);
}

/* ---- bad files ---- */

#define HEAD                                                                                       \
    "{\"schema\": \"dlbench-published/1\", \"title\": \"t\", \"source\": \"s\", \"note\": [], "    \
    "\"problem\": \"gemm:m={m},dtype={dtype}\", \"items\": \"1\", "                                \
    "\"measures\": [{\"column\": \"ms\", \"unit\": \"ms\", \"mode\": \"throughput\"}], "           \
    "\"columns\": [\"run\", \"m\", \"ms\"], "                                                      \
    "\"runs\": [{\"device\": \"d\", \"dtype\": \"f32\"}], \"rows\": "

static void test_bad(void **state)
{
    static const struct {
        const char *text, *why;
    } files[] = {
        {"{}", "schema: wanted dlbench-published/1"},
        {"{\"schema\": \"dlbench-published/1\"}", "title: wanted a text"},
        {HEAD "3}", "rows: wanted an array"},
        {HEAD "[[0, 1]]}", "rows[0]: it has not as many cells"},
        {HEAD "[[0, 1, 1], [5, 1, 1]]}", "rows[1]: its run is none"},
        {HEAD "[[-1, 1, 1]]}", "rows[0]: its run is none"},
        {HEAD "[[\"a\", 1, 1]]}", "rows[0]: its run is none"},
        {HEAD "[[0, 1, 0]]}", "no number above 0"},
        {HEAD "[[0, 1, \"1\"]]}", "no number above 0"},
        {HEAD "[[0, [1], 1]]}", "cannot be filled in"},
        {HEAD "[[0, null, 1]]}", "cannot be filled in"},
        {HEAD "[7]}", "rows[0]"},
    };
    char folder[256], path[300];
    (void)state;
    sample_make_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/t.json", folder);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(files); i++) {
        struct dlb_result result;
        struct dlb_why why = {""};
        FILE *stream = fopen(path, "w");
        assert_non_null(stream);
        fputs(files[i].text, stream);
        fclose(stream);
        const enum dlb_status status = dlb_published_load(folder, &result, &why);
        if (status != DLB_INVALID || strstr(why.text, files[i].why) == NULL ||
            strstr(why.text, "t.json") == NULL)
            fail_msg("%s: wanted '%s', found %s: %s", files[i].text, files[i].why,
                     dlb_status_name(status), why.text);
    }
    struct dlb_result result;
    struct dlb_why why;
    sample_remove_folder(folder);
    assert_int_equal(dlb_published_load(folder, &result, &why), DLB_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical),      cmocka_unit_test(test_spots),
        cmocka_unit_test(test_overlay),        cmocka_unit_test(test_circumstances),
        cmocka_unit_test(test_nothing_to_add), cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
