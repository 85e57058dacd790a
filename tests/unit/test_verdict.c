/* test_verdict.c: verdicts in result files: what is written is read back, what is wrong is refused by its name, what a later version
 * adds is kept, and what a killed check had measured is found again in its journal. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/log.h"
#include "bench/store/result.h"
#include "bench/store/result_file.h"
#include "tests/unit/check_sample.h"
#include "tests/unit/schema_check.h"
#include "tests/unit/store_sample.h"

static char folder[256], path[300], journal_path[320];

static int make_folder(void **state)
{
    (void)state;
    dlb_log_set_level(DLB_LOG_ERROR);
    sample_make_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/check.json", folder);
    snprintf(journal_path, sizeof journal_path, "%s.journal", path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    sample_remove_folder(folder);
    return 0;
}

static void assert_same_real(double found, double wanted)
{
    if (isnan(wanted))
        assert_true(isnan(found));
    else
        assert_true(found == wanted);
}

static void assert_same_row(const struct dlb_verdict_row *found,
                            const struct dlb_verdict_row *wanted)
{
    assert_string_equal(found->key, wanted->key);
    assert_string_equal(found->label, wanted->label);
    assert_string_equal(found->device, wanted->device);
    assert_string_equal(found->reason, wanted->reason);
    assert_string_equal(found->mode, wanted->mode);
    assert_int_equal(found->verdict, wanted->verdict);
    assert_int_equal(found->slowdown, wanted->slowdown);
    const double reals[][2] = {{found->effect, wanted->effect},
                               {found->ci_lo, wanted->ci_lo},
                               {found->ci_hi, wanted->ci_hi},
                               {found->p, wanted->p},
                               {found->p_holm, wanted->p_holm},
                               {found->sd_pair, wanted->sd_pair},
                               {found->mde90, wanted->mde90},
                               {found->tolerance, wanted->tolerance},
                               {found->median_a_ns, wanted->median_a_ns},
                               {found->median_b_ns, wanted->median_b_ns}};
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++)
        assert_same_real(reals[i][0], reals[i][1]);
    const int counts[][2] = {{found->stage, wanted->stage},
                             {found->r1, wanted->r1},
                             {found->r2, wanted->r2},
                             {found->rejected_a, wanted->rejected_a},
                             {found->rejected_b, wanted->rejected_b},
                             {found->pair_count, wanted->pair_count}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        assert_int_equal(counts[i][0], counts[i][1]);
    for (int i = 0; i < wanted->pair_count; i++) {
        assert_true(found->pairs[i].a_ns == wanted->pairs[i].a_ns);
        assert_true(found->pairs[i].b_ns == wanted->pairs[i].b_ns);
        assert_int_equal(found->pairs[i].stage, wanted->pairs[i].stage);
        assert_int_equal(found->pairs[i].b_first, wanted->pairs[i].b_first);
        assert_int_equal(found->pairs[i].kept, wanted->pairs[i].kept);
    }
}

/* ---- a row ---- */

static void rows_read_back_the_same(void **state)
{
    (void)state;
    for (int verdict = 0; verdict < DLB_VERDICT_COUNT; verdict++) {
        struct dlb_verdict_row row, again;
        struct dlb_why why = {""};
        sample_verdict(&row, "gemm:m=7", (enum dlb_verdict)verdict, 0.01 * verdict);
        row.slowdown = verdict % 2 == 1;
        snprintf(row.reason, sizeof row.reason, "%s", sample_hostile(verdict));
        if (verdict == DLB_VERDICT_FAILED)
            row.effect = row.mde90 = NAN;
        json_t *json = dlb_verdict_to_json(&row);
        assert_non_null(json);
        if (dlb_verdict_from_json(json, &again, &why) != DLB_OK)
            fail_msg("%s", why.text);
        if (verdict == 8) /* the text that is no UTF-8 comes back as text */
            snprintf(row.reason, sizeof row.reason, "bad ? and ??? bytes");
        assert_same_row(&again, &row);
        assert_null(again.unknown);
        json_decref(json);
        dlb_verdict_free(&row);
        dlb_verdict_free(&again);
        assert_null(row.pairs);
    }
}

static void what_does_not_exist_is_null(void **state)
{
    (void)state;
    struct dlb_verdict_row row, again;
    struct dlb_why why = {""};
    sample_verdict(&row, "gemm:m=7", DLB_VERDICT_INCONCLUSIVE, 0);
    row.mde90 = INFINITY;
    row.ci_lo = -INFINITY;
    json_t *json = dlb_verdict_to_json(&row);
    assert_true(json_is_null(json_object_get(json, "mde90")));
    assert_true(json_is_null(json_object_get(json, "ci_lo")));
    assert_true(json_is_null(json_object_get(json, "p_holm")));
    assert_int_equal(dlb_verdict_from_json(json, &again, &why), DLB_OK);
    assert_true(isnan(again.mde90) && isnan(again.ci_lo) && isnan(again.p_holm));
    json_decref(json);
    dlb_verdict_free(&row);
    dlb_verdict_free(&again);
}

/* A row with one member replaced by what `value` says, and what is answered. */
static const struct {
    const char *name, *value, *words;
} refused[] = {
    {"key", "7", "key: wanted a text, found an integer"},
    {"key", "\"\"", "key: wanted the key of the case, found a text"},
    {"key", "null", "key: wanted the key of the case, found null"},
    {"verdict", "\"fine\"", "verdict: wanted pass, regressed"},
    {"verdict", "null", "verdict: wanted a text, found null"},
    {"verdict", "1", "verdict: wanted a text, found an integer"},
    {"device", "\"0123456789012345678901234567890123456789012345678901234567890123456789\"",
     "device: wanted at most 67 bytes, found 70"},
    {"effect", "\"5 %\"", "effect: wanted a number, found a text"},
    {"p", "1.5", "p: wanted 0 to 1, found 1.5"},
    {"p_holm", "-0.1", "p_holm: wanted 0 to 1, found -0.1"},
    {"stage", "3", "stage: wanted 0 to 2, found 3"},
    {"stage", "1.5", "stage: wanted an integer, found a real number"},
    {"r1", "-1", "r1: wanted no negative number, found -1"},
    {"r2", "9000000000", "r2: 9000000000 is out of range"},
    {"rejected_a", "-2", "rejected_a: wanted no negative number"},
    {"mde90", "-0.01", "mde90: wanted no negative number"},
    {"median_a_ns", "-5", "median_a_ns: wanted no negative number"},
    {"slowdown", "0", "slowdown: wanted true or false, found an integer"},
    {"mode", "\"something else\"", "mode: wanted at most 11 bytes"},
    {"pairs", "{}", "pairs: wanted an array, found an object"},
    {"pairs", "[{}, 7]", "pairs[1]: wanted an object, found an integer"},
    {"pairs", "[{\"a_ns\": \"x\"}]", "pairs[0].a_ns: wanted a number, found a text"},
    {"pairs", "[{\"a_ns\": -1}]", "pairs[0].a_ns: wanted no negative number"},
    {"pairs", "[{\"stage\": 9}]", "pairs[0].stage: wanted 0 to 2, found 9"},
    {"pairs", "[{\"kept\": 1}]", "pairs[0].kept: wanted true or false"},
};

static void bad_fields_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct dlb_verdict_row row, found = {.stage = 77};
        struct dlb_why why = {""};
        sample_verdict(&row, "gemm:m=7", DLB_VERDICT_PASS, 0);
        json_t *json = dlb_verdict_to_json(&row);
        json_t *value = json_loads(refused[i].value, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        json_object_set_new(json, refused[i].name, value);
        const enum dlb_status status = dlb_verdict_from_json(json, &found, &why);
        if (status != DLB_INVALID ||
            strncmp(why.text, refused[i].words, strlen(refused[i].words)) != 0)
            fail_msg("%s = %s: '%s'", refused[i].name, refused[i].value, why.text);
        assert_int_equal(found.stage, 77); /* untouched */
        json_decref(json);
        dlb_verdict_free(&row);
    }
    struct dlb_verdict_row found;
    struct dlb_why why = {""};
    json_t *array = json_array();
    assert_int_equal(dlb_verdict_from_json(array, &found, &why), DLB_INVALID);
    assert_string_equal(why.text, ": wanted an object, found an array");
    json_decref(array);
}

static void later_members_are_kept(void **state)
{
    (void)state;
    struct dlb_verdict_row row, again;
    struct dlb_why why = {""};
    sample_verdict(&row, "gemm:m=7", DLB_VERDICT_PASS, 0);
    json_t *json = dlb_verdict_to_json(&row);
    json_object_set_new(json, "x_weather", json_string("fine"));
    json_t *pairs = json_object_get(json, "pairs");
    json_object_set_new(json_array_get(pairs, 2), "x_room", json_integer(21));
    json_object_set_new(json_array_get(pairs, 5), "x_room", json_integer(22));
    if (dlb_verdict_from_json(json, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    json_t *after = dlb_verdict_to_json(&again);
    assert_true(json_equal(json, after));
    json_decref(json);
    json_decref(after);
    dlb_verdict_free(&row);
    dlb_verdict_free(&again);
}

/* ---- the document ---- */

static void checks_read_back_the_same(void **state)
{
    (void)state;
    struct dlb_result result, again;
    struct dlb_why why = {""};
    sample_check(&result);
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    if (dlb_result_load(path, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(again.verdict_count, result.verdict_count);
    for (int i = 0; i < result.verdict_count; i++)
        assert_same_row(&again.verdicts[i], &result.verdicts[i]);
    assert_true(json_equal(again.check, result.check));
    assert_null(again.unknown);
    json_t *before = dlb_result_to_json(&result);
    json_t *written = json_load_file(path, 0, NULL);
    assert_true(json_equal(before, written));
    json_decref(before);
    json_decref(written);
    dlb_result_free(&result);
    dlb_result_free(&again);
}

static void documents_fit_the_schema(void **state)
{
    (void)state;
    char problem[512];
    json_t *schema = json_loads(dlb_result_schema_text, 0, NULL);
    for (int i = -1; i < SAMPLE_HOSTILE; i++) {
        struct dlb_result result;
        if (i < 0)
            sample_check(&result);
        else
            sample_check_hostile(&result, i);
        json_t *json = dlb_result_to_json(&result);
        if (!schema_check(schema, json, problem, sizeof problem))
            fail_msg("%d: %s", i, problem);
        json_decref(json);
        dlb_result_free(&result);
    }
    json_decref(schema);
}

/* The schema says of the verdicts what the reader says: it is for other programs. */
static void the_schema_catches_the_same(void **state)
{
    (void)state;
    char problem[512];
    json_t *schema = json_loads(dlb_result_schema_text, 0, NULL);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (strstr(refused[i].words, "at most") != NULL ||
            strstr(refused[i].words, "range") != NULL)
            continue; /* limits of this program's memory, not of the format */
        struct dlb_result result;
        sample_check(&result);
        json_t *json = dlb_result_to_json(&result);
        json_t *row = json_array_get(json_object_get(json, "verdicts"), 1);
        json_object_set_new(row, refused[i].name,
                            json_loads(refused[i].value, JSON_DECODE_ANY, NULL));
        if (schema_check(schema, json, problem, sizeof problem))
            fail_msg("%s = %s fits the schema", refused[i].name, refused[i].value);
        json_decref(json);
        dlb_result_free(&result);
    }
    json_decref(schema);
}

/* Only a check's file speaks of a check: other files stay as they were. */
static void runs_have_no_verdicts(void **state)
{
    (void)state;
    struct dlb_result result;
    sample_result(&result);
    json_t *json = dlb_result_to_json(&result);
    assert_null(json_object_get(json, "verdicts"));
    assert_null(json_object_get(json, "check"));
    json_decref(json);
    result.check = json_object(); /* a check of nothing has an empty list */
    json = dlb_result_to_json(&result);
    assert_int_equal(json_array_size(json_object_get(json, "verdicts")), 0);
    assert_non_null(json_object_get(json, "verdicts"));
    json_decref(json);
    dlb_result_free(&result);
}

/* The document with its list of verdicts replaced. */
static void assert_document(const char *member, const char *value, enum dlb_status wanted,
                            const char *words)
{
    struct dlb_result result, again;
    struct dlb_why why = {""};
    sample_check(&result);
    json_t *json = dlb_result_to_json(&result);
    json_object_set_new(json, member, json_loads(value, JSON_DECODE_ANY, NULL));
    const enum dlb_status status = dlb_result_from_json(json, &again, &why);
    if (status != wanted || strstr(why.text, words) == NULL)
        fail_msg("%s = %s: %s '%s'", member, value, dlb_status_name(status), why.text);
    if (status == DLB_OK)
        dlb_result_free(&again);
    json_decref(json);
    dlb_result_free(&result);
}

static void bad_lists_are_refused(void **state)
{
    (void)state;
    assert_document("verdicts", "[]", DLB_OK, "");
    assert_document("verdicts", "7", DLB_INVALID, "verdicts: wanted an array, found an integer");
    assert_document("verdicts", "[3]", DLB_INVALID, "verdicts[0]: wanted an object");
    assert_document("verdicts", "[{\"key\": \"a\", \"verdict\": \"pass\"}]", DLB_OK, "");
    assert_document("verdicts", "[{\"key\": \"a\", \"verdict\": \"pass\"}, {\"key\": \"b\"}]",
                    DLB_INVALID, "verdicts[1].verdict: wanted a text, found nothing");
    assert_document(
        "verdicts",
        "[{\"key\": \"a\", \"verdict\": \"pass\"}, {\"key\": \"a\", \"verdict\": \"new\"}]",
        DLB_INVALID, "verdicts[1].key: 'a' is there twice, first as verdicts[0]");
    assert_document("check", "[]", DLB_INVALID, "check: wanted an object, found an array");
}

/* ---- the journal ---- */

static struct dlb_journal *must_open(const char *run_id)
{
    struct dlb_journal *journal = NULL;
    struct dlb_why why = {""};
    if (dlb_journal_lock(path, &journal, &why) != DLB_OK ||
        dlb_journal_begin(journal, run_id, &why) != DLB_OK)
        fail_msg("%s", why.text);
    return journal;
}

/* Two cases: one that the file knows, with more pairs each time, and one that only the journal has. */
static void a_killed_check_keeps_its_pairs(void **state)
{
    (void)state;
    struct dlb_result result, again;
    struct dlb_verdict_row known, fresh;
    struct dlb_why why = {""};
    sample_check(&result);
    result.complete = false;
    result.verdicts[0].verdict = DLB_VERDICT_NOT_MEASURED;
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    sample_verdict(&known, "gemm m64 n64 k64", DLB_VERDICT_NOT_MEASURED, 0.001);
    sample_verdict(&fresh, "gemm m1 n1 k1", DLB_VERDICT_NOT_MEASURED, 0.001);
    const int pairs = known.pair_count;
    struct dlb_journal *journal = must_open(result.run_id);
    for (int i = 1; i <= pairs; i++) {
        known.pair_count = fresh.pair_count = i;
        assert_int_equal(dlb_journal_append_verdict(journal, &known, &why), DLB_OK);
        assert_int_equal(dlb_journal_append_verdict(journal, &fresh, &why), DLB_OK);
    }
    dlb_journal_close(journal, false); /* killed: the file was never saved again */
    if (dlb_result_load(path, &again, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(again.verdict_count, result.verdict_count + 1);
    assert_same_row(&again.verdicts[0], &known);
    assert_same_row(&again.verdicts[result.verdict_count], &fresh);
    for (int i = 1; i < result.verdict_count; i++)
        assert_same_row(&again.verdicts[i], &result.verdicts[i]);
    assert_int_equal(again.record_count, result.record_count);
    remove(journal_path);
    dlb_verdict_free(&known);
    dlb_verdict_free(&fresh);
    dlb_result_free(&result);
    dlb_result_free(&again);
}

/* Cut anywhere, the journal gives the last whole row, never half of one and never an error. */
static void a_torn_journal_gives_the_last_whole_row(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_verdict_row row;
    struct dlb_why why = {""};
    long ends[4] = {0};
    sample_check(&result);
    result.complete = false;
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    sample_verdict(&row, "gemm m1 n1 k1", DLB_VERDICT_NOT_MEASURED, 0.001);
    struct dlb_journal *journal = must_open(result.run_id);
    for (int i = 0; i < 4; i++) {
        row.pair_count = i + 1;
        assert_int_equal(dlb_journal_append_verdict(journal, &row, &why), DLB_OK);
        FILE *file = fopen(journal_path, "rb");
        assert_non_null(file);
        fseek(file, 0, SEEK_END);
        ends[i] = ftell(file);
        fclose(file);
    }
    dlb_journal_close(journal, false);
    char *bytes = calloc(1, (size_t)ends[3]);
    FILE *file = fopen(journal_path, "rb");
    assert_true(bytes != NULL && file != NULL);
    assert_int_equal(fread(bytes, 1, (size_t)ends[3], file), (size_t)ends[3]);
    fclose(file);
    for (long size = ends[3]; size >= ends[0]; size -= 17) {
        struct dlb_result again;
        file = fopen(journal_path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(bytes, 1, (size_t)size, file), (size_t)size);
        fclose(file);
        if (dlb_result_load(path, &again, &why) != DLB_OK)
            fail_msg("%ld bytes: %s", size, why.text);
        int whole = 0;
        while (whole < 4 && ends[whole] <= size)
            whole++;
        assert_int_equal(again.verdicts[result.verdict_count].pair_count, whole);
        dlb_result_free(&again);
    }
    free(bytes);
    remove(journal_path);
    dlb_verdict_free(&row);
    dlb_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_read_back_the_same),
        cmocka_unit_test(what_does_not_exist_is_null),
        cmocka_unit_test(bad_fields_are_named),
        cmocka_unit_test(later_members_are_kept),
        cmocka_unit_test(checks_read_back_the_same),
        cmocka_unit_test(documents_fit_the_schema),
        cmocka_unit_test(the_schema_catches_the_same),
        cmocka_unit_test(runs_have_no_verdicts),
        cmocka_unit_test(bad_lists_are_refused),
        cmocka_unit_test(a_killed_check_keeps_its_pairs),
        cmocka_unit_test(a_torn_journal_gives_the_last_whole_row),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
