/* test_history.c: what is added comes back, in the tables, to questions and as SQL text; older tables become new ones. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef DLB_HAVE_SQLITE
#include <sqlite3.h>

#include "bench/base/log.h"
#include "bench/store/history_database.h"
#include "bench/store/result_file.h"
#include "tests/unit/history_sample.h"
#include "tests/unit/store_sample.h"

static char folder[256], path[300], log_path[300];

static int make_folder(void **state)
{
    (void)state;
    dlb_log_set_level(DLB_LOG_ERROR);
    sample_make_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/h.db", folder);
    snprintf(log_path, sizeof log_path, "%s/h.jsonl", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    sample_remove_folder(folder);
    return 0;
}

/* ---- helpers ---- */

static void beside(const char *name, char buffer[320])
{
    snprintf(buffer, 320, "%s/%s", folder, name);
}

static char *slurp(const char *name, size_t *size)
{
    char *bytes = NULL;
    struct dlb_why why = {""};
    if (dlb_file_read(name, &bytes, size, &why) != DLB_OK)
        fail_msg("%s", why.text);
    return bytes;
}

static int64_t file_size(const char *name)
{
    struct stat info;
    return stat(name, &info) == 0 ? info.st_size : -1;
}

/* Statements on the file behind the history's back. */
static void run_sql(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* ---- adding and asking ---- */

static void test_add(void **state)
{
    char text[400];
    (void)state;
    must_add_run(path, 0);
    ask_text(path,
             "SELECT id, created_utc, git_rev, branch, dirty, suite, seed, host_id, complete, "
             "json_path FROM run",
             text, sizeof text);
    assert_string_equal(text, "run-00|1767261600|0000000|main|0|quick|4711|0123456789abcdef|1|"
                              "r.json");
    ask_text(path, "SELECT id, cpu_model, cores, ram_bytes, virt FROM host", text, sizeof text);
    assert_string_equal(text, "0123456789abcdef|AMD EPYC 9R14|2|4294967296|kvm");
    ask_text(path,
             "SELECT b.workload, b.dtype, b.mode, b.cache_state, x.status, d.key, d.backend, "
             "d.driver, x.flags FROM result x JOIN bench b ON b.id=x.bench_id "
             "JOIN device d ON d.id=x.device_id WHERE d.key='reference:0' AND x.status='ok'",
             text, sizeof text);
    assert_string_equal(text, "gemm|f32|throughput|warm|ok|reference:0|reference|plain loops|"
                              "single_invocation");
    struct dlb_result result;
    sample_run(0, &result);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM result"), result.record_count);
    ask_text(path, "SELECT median_ns FROM result WHERE id=1", text, sizeof text);
    assert_true(strtod(text, NULL) == result.records[0].summary.median_ns);
    int invocations = 0;
    for (int i = 0; i < result.record_count; i++)
        invocations += result.records[i].invocation_count;
    assert_int_equal(ask_number(path, "SELECT count(*) FROM invocation"), invocations);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM invocation WHERE gated"), 4);
    dlb_result_free(&result);
}

/* A device of an unknown kind, a host without a name, a revision with changes of its own, a seed beyond 2^63. */
static void test_odd_facts(void **state)
{
    char text[200];
    struct dlb_result result;
    (void)state;
    struct dlb_history *history = must_open_history(path);
    sample_run(1, &result);
    result.seed = UINT64_MAX;
    json_object_set_new(result.tool, "git", json_string("v1.2-3-gabc-dirty"));
    json_object_del(result.host, "id_hash");
    result.created_utc[0] = '\0';
    must_add(history, &result, DLB_HISTORY_ADDED);
    dlb_result_free(&result);
    dlb_history_close(history);
    ask_text(path, "SELECT git_rev, dirty, seed, host_id, created_utc > 1700000000 FROM run", text,
             sizeof text);
    assert_string_equal(text, "v1.2-3-gabc|1|-1|unknown|1");
}

static void test_key_hash(void **state)
{
    struct dlb_result result;
    char sql[200];
    (void)state;
    must_add_run(path, 0);
    sample_run(0, &result);
    for (int i = 0; i < result.record_count; i++) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM bench WHERE key_hash='%s'",
                 result.records[i].key_hash);
        assert_int_equal(ask_number(path, sql), 1);
    }
    dlb_result_free(&result);
}

/* Another definition of the workload is another thing to measure, and never in one row with the old one. */
static void test_changed_definition(void **state)
{
    struct dlb_result result;
    (void)state;
    must_add_run(path, 0);
    struct dlb_history *history = must_open_history(path);
    sample_run(1, &result);
    const int64_t benches = ask_number(path, "SELECT count(*) FROM bench");
    strcpy(result.records[0].version_hash, "1111111111111111");
    must_add(history, &result, DLB_HISTORY_ADDED);
    dlb_result_free(&result);
    dlb_history_close(history);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM bench"), benches + 1);
    assert_int_equal(
        ask_number(path, "SELECT count(*) FROM bench WHERE key_hash LIKE '%.1111111111111111'"), 1);
}

static void test_duplicates(void **state)
{
    struct dlb_result result;
    (void)state;
    must_add_run(path, 3);
    const int64_t size = file_size(log_path);
    struct dlb_history *history = must_open_history(path);
    sample_run(3, &result);
    must_add(history, &result, DLB_HISTORY_KNOWN);
    assert_int_equal(file_size(log_path), size);
    result.complete = false; /* less than what is there */
    must_add(history, &result, DLB_HISTORY_KNOWN);
    dlb_result_free(&result);
    dlb_history_close(history);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 1);
}

/* An interrupted run is stored as one; once it has been finished it takes its own place. */
static void test_completed(void **state)
{
    struct dlb_result result;
    (void)state;
    struct dlb_history *history = must_open_history(path);
    sample_run(0, &result);
    const int all = result.record_count;
    result.complete = false;
    result.record_count = 2;
    must_add(history, &result, DLB_HISTORY_ADDED);
    assert_int_equal(ask_number(path, "SELECT complete FROM run"), 0);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM result"), 2);
    must_add(history, &result, DLB_HISTORY_KNOWN);
    result.complete = true;
    result.record_count = all;
    must_add(history, &result, DLB_HISTORY_COMPLETED);
    dlb_result_free(&result);
    dlb_history_close(history);
    assert_int_equal(ask_number(path, "SELECT complete FROM run"), 1);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM result"), all);
    struct dlb_history_rebuilt rebuilt;
    assert_int_equal(dlb_history_rebuild(path, &rebuilt, NULL), DLB_OK);
    assert_int_equal(rebuilt.runs, 1);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM result"), all);
}

static void test_hosts(void **state)
{
    struct dlb_result result;
    (void)state;
    must_add_run(path, 0);
    struct dlb_history *history = must_open_history(path);
    sample_run(1, &result);
    json_object_set_new(result.host, "id_hash", json_string("fedcba9876543210"));
    must_add(history, &result, DLB_HISTORY_ADDED);
    dlb_result_free(&result);
    dlb_history_close(history);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM host"), 2);
    assert_int_equal(ask_number(path, "SELECT count(DISTINCT host_id) FROM device WHERE "
                                      "key='onednn:0'"),
                     2);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM bench WHERE workload='lenet'"), 3);
}

/* Energy is that of an execution, as the times are; a price is kept once, with the run that brought it. */
static void test_beside_the_times(void **state)
{
    char text[400];
    struct dlb_result result;
    (void)state;
    struct dlb_history *history = must_open_history(path);
    for (int i = 0; i < 2; i++) {
        sample_full_result(&result);
        snprintf(result.run_id, sizeof result.run_id, "run-%02d", i);
        if (i == 0)
            json_object_set_new(dlb_result_device(&result, "onednn:0"), "catalog_id",
                                json_string("epyc-9r14"));
        else
            strcpy(result.records[2].cost.price_as_of, "2026-01-01");
        must_add(history, &result, DLB_HISTORY_ADDED);
        if (i == 0)
            dlb_result_free(&result);
    }
    dlb_history_close(history);
    ask_text(path,
             "SELECT x.energy_j, x.roof_fraction FROM result x JOIN bench b ON b.id=x.bench_id"
             " JOIN device d ON d.id=x.device_id WHERE b.workload='lenet' AND d.key='onednn:0'",
             text, sizeof text);
    const struct dlb_record *record = NULL;
    for (int i = 0; i < result.record_count; i++)
        if (strcmp(result.records[i].workload, "lenet") == 0 &&
            strcmp(result.records[i].device, "onednn:0") == 0)
            record = &result.records[i];
    if (record == NULL) {
        fail_msg("no record of lenet on onednn:0");
        return;
    }
    assert_true(strtod(text, NULL) == record->energy.j_per_item * 64);
    assert_true(strtod(strchr(text, '|') + 1, NULL) == record->summary.roof_fraction);
    /* Not measured, or only bounded. */
    assert_int_equal(ask_number(path, "SELECT count(*) FROM result x JOIN device d"
                                      " ON d.id=x.device_id WHERE d.key<>'onednn:0' AND"
                                      " energy_j IS NOT NULL"),
                     0);
    ask_text(path,
             "SELECT group_concat(catalog_id || ' ' || as_of || ' ' || value || ' ' || currency ||"
             " ' ' || basis || ' ' || source, '; ') FROM price",
             text, sizeof text);
    assert_string_equal(
        text, "epyc-9r14 2025-03-01 2.5 USD catalogue: on demand run run-00; onednn:0 2026-01-01 "
              "2.5 USD catalogue: on demand run run-01; onednn:0 2025-03-01 2.5 USD catalogue: on "
              "demand run run-01");
    dlb_result_free(&result);
}

/* ---- verdicts ---- */

static void add_verdict(struct dlb_result *result, const char *key, const char *device,
                        enum dlb_verdict verdict)
{
    struct dlb_verdict_row row = {.verdict = verdict,
                                  .effect = 0.081,
                                  .ci_lo = NAN,
                                  .ci_hi = NAN,
                                  .p = NAN,
                                  .p_holm = 0.002,
                                  .sd_pair = NAN,
                                  .mde90 = 0.04,
                                  .tolerance = 0.03,
                                  .median_a_ns = NAN,
                                  .median_b_ns = NAN,
                                  .mode = "paired"};
    snprintf(row.key, sizeof row.key, "%s", key);
    snprintf(row.device, sizeof row.device, "%s", device);
    assert_int_equal(dlb_result_add_verdict(result, &row), DLB_OK);
}

static void sample_check(struct dlb_result *result)
{
    sample_run(5, result);
    result->check = json_pack("{s:{s:s}, s:{s:s}}", "a", "git", "aaaaaaa", "b", "git", "bbbbbbb");
    add_verdict(result, result->records[1].key, result->records[1].device, DLB_VERDICT_REGRESSED);
    add_verdict(result, "gemm:m=7,n=7,k=7,dtype=f32@blis:0/t2/throughput/warm/random", "blis:0",
                DLB_VERDICT_MISSING);
    result->verdicts[1].slowdown = true; /* a trial */
}

static void test_verdicts(void **state)
{
    char text[200];
    struct dlb_result result;
    (void)state;
    struct dlb_history *history = must_open_history(path);
    sample_check(&result);
    must_add(history, &result, DLB_HISTORY_ADDED);
    dlb_history_close(history);
    dlb_result_free(&result);
    ask_text(path, "SELECT git_rev FROM run", text, sizeof text);
    assert_string_equal(text, "bbbbbbb"); /* the records of a check are those of the new program */
    ask_text(path,
             "SELECT v.verdict, v.mode, v.effect, v.p_holm, v.mde90, d.key FROM verdict v JOIN "
             "device d ON d.id=v.device_id JOIN result x ON x.bench_id=v.bench_id AND "
             "x.run_id=v.run_id",
             text, sizeof text);
    assert_string_equal(text, "regressed|paired|0.081000000000000003|0.002|0.040000000000000001|"
                              "openblas:0");
    ask_text(path,
             "SELECT v.verdict, v.mode, b.workload, d.key FROM verdict v JOIN bench b ON "
             "b.id=v.bench_id "
             "JOIN device d ON d.id=v.device_id WHERE d.key='blis:0'",
             text, sizeof text);
    assert_string_equal(text, "missing|trial|gemm|blis:0");
}

/* ---- versions ---- */

/* A database of version 1 had neither verdicts nor steps; the log has the verdicts. */
static void test_migration(void **state)
{
    struct dlb_result result;
    (void)state;
    struct dlb_history *history = must_open_history(path);
    sample_check(&result);
    must_add(history, &result, DLB_HISTORY_ADDED);
    dlb_history_close(history);
    dlb_result_free(&result);
    run_sql("DROP TABLE verdict; DROP TABLE changepoint; PRAGMA user_version=1");
    assert_int_equal(ask_number(path, "SELECT count(*) FROM verdict"), 2);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM changepoint"), 0);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 1);
    run_sql("PRAGMA user_version=2"); /* as it already is */
    assert_int_equal(ask_number(path, "SELECT count(*) FROM verdict"), 2);
}

/* Made by the first step alone, then brought on: the same tables as one that was made at once. */
static void test_migration_gives_the_same_tables(void **state)
{
    char at_once[4096], step_by_step[4096], other[320];
    const struct dlb_history_options options = {.path = ":memory:", .create = true};
    static const char sql[] = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_master "
                              "WHERE sql IS NOT NULL ORDER BY name)";
    (void)state;
    must_add_run(path, 0);
    ask_text(path, sql, at_once, sizeof at_once);
    beside("v1.db", other);
    struct dlb_history *history = NULL;
    struct dlb_why why = {""};
    assert_int_equal(dlb_database_open(&options, &history, &why), DLB_OK);
    dlb_history_close(history);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(other, &db), SQLITE_OK);
    struct dlb_history bare = {.db = db, .writable = true};
    assert_int_equal(dlb_database_migrate(&bare, 1, &why), DLB_OK);
    assert_int_equal(bare.migrated_from, 0);
    assert_int_equal(sqlite3_exec(db, "SELECT * FROM verdict", NULL, NULL, NULL), SQLITE_ERROR);
    assert_int_equal(dlb_database_migrate(&bare, 2, &why), DLB_OK);
    assert_int_equal(bare.migrated_from, 1);
    sqlite3_close(db);
    ask_text(other, sql, step_by_step, sizeof step_by_step);
    assert_string_equal(step_by_step, at_once);
}

static void test_lines_hold_no_samples(void **state)
{
    size_t size = 0;
    (void)state;
    must_add_run(path, 0);
    char *bytes = slurp(log_path, &size);
    assert_null(strstr(bytes, "samples_ns"));
    assert_ptr_equal(strchr(bytes, '\n'), bytes + size - 1);
    struct dlb_result result = {0};
    json_t *line = json_loads(bytes, 0, NULL);
    struct dlb_why why = {""};
    if (dlb_result_from_json(line, &result, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_string_equal(result.run_id, "run-00");
    json_decref(line);
    dlb_result_free(&result);
    free(bytes);
}

/* ---- SQL ---- */

static void test_queries_only_read(void **state)
{
    static const struct {
        const char *sql, *words;
    } rows[] = {
        {"DELETE FROM run", "only reads"},
        {"UPDATE run SET branch='x'", "only reads"},
        {"INSERT INTO price VALUES(1,2,3,4,5,6,7)", "only reads"},
        {"DROP TABLE run", "only reads"},
        {"CREATE TEMP TABLE t(a)", "only reads"},
        {"ATTACH 'x.db' AS x", "only reads"},
        {"PRAGMA user_version=9", "only reads"},
        {"PRAGMA journal_mode=DELETE", "only reads"},
        {"VACUUM INTO 'x.db'", "only reads"},
        {"BEGIN EXCLUSIVE", "only reads"},
        {"SELECT load_extension('x')", "only reads"},
        {"WITH x AS (SELECT 1) DELETE FROM run", "only reads"},
        {"SELECT 1; DELETE FROM run", "one statement"},
        {"SELECT 1; SELECT 2", "one statement"},
        {"", "wants a SELECT"},
        {"  -- nothing", "wants a SELECT"},
        {"SELEC 1", "syntax error"},
        {"SELECT colour FROM run", "no such column"},
    };
    (void)state;
    must_add_run(path, 0);
    struct dlb_history *history = must_open_history(path);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_history_rows answer = {NULL, NULL};
        struct dlb_why why = {""};
        const enum dlb_status status = dlb_history_query(history, rows[i].sql, &answer, &why);
        if (status != DLB_INVALID || strstr(why.text, rows[i].words) == NULL)
            fail_msg("'%s': %s: %s", rows[i].sql, dlb_status_name(status), why.text);
    }
    dlb_history_close(history);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 1);
}

static void test_query_values(void **state)
{
    char text[200];
    (void)state;
    must_add_run(path, 0);
    ask_text(path, "SELECT NULL, 1, 0.5, 'a', x'0aff', 9e999", text, sizeof text);
    assert_string_equal(text, "null|1|0.5|a|0aff|null");
    ask_text(path, "SELECT id FROM run WHERE id='nobody'", text, sizeof text);
    assert_string_equal(text, "");
}

/* The SQL text of an export, run by SQLite alone, is the same history; twice as well. */
static void test_export_sql(void **state)
{
    static const char *const questions[] = {
        "SELECT count(*), round(sum(median_ns), 3) FROM result",
        "SELECT count(*), round(sum(median_ns), 3) FROM invocation",
        "SELECT count(*), count(DISTINCT host_id) FROM device",
        "SELECT group_concat(verdict) FROM verdict", "SELECT group_concat(sql) FROM sqlite_master"};
    char *script = NULL, first[8192], second[8192], other[320];
    size_t size = 0;
    struct dlb_result result;
    struct dlb_why why = {""};
    (void)state;
    must_add_run(path, 0);
    struct dlb_history *history = must_open_history(path);
    sample_check(&result);
    must_add(history, &result, DLB_HISTORY_ADDED);
    dlb_result_free(&result);
    FILE *stream = open_memstream(&script, &size);
    assert_non_null(stream);
    if (dlb_history_export_sql(history, stream, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(fclose(stream), 0);
    dlb_history_close(history);
    beside("copy.db", other);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(other, &db), SQLITE_OK);
    for (int i = 0; i < 2; i++)
        if (sqlite3_exec(db, script, NULL, NULL, NULL) != SQLITE_OK)
            fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        ask_text(path, questions[i], first, sizeof first);
        ask_text(other, questions[i], second, sizeof second);
        assert_string_equal(second, first);
    }
    free(script);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_add),
        TEST(test_odd_facts),
        TEST(test_key_hash),
        TEST(test_changed_definition),
        TEST(test_duplicates),
        TEST(test_completed),
        TEST(test_hosts),
        TEST(test_beside_the_times),
        TEST(test_verdicts),
        TEST(test_migration),
        TEST(test_migration_gives_the_same_tables),
        TEST(test_lines_hold_no_samples),
        TEST(test_queries_only_read),
        TEST(test_query_values),
        TEST(test_export_sql),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "bench/store/history.h"

/* Without SQLite every way in says what to install. */
static void test_absent(void **state)
{
    const struct dlb_history_options options = {.path = "h.db", .create = true};
    struct dlb_history *history = NULL;
    struct dlb_history_rebuilt rebuilt;
    struct dlb_why why = {""};
    (void)state;
    assert_int_equal(dlb_history_open(&options, &history, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "libsqlite3-dev"));
    assert_int_equal(dlb_history_rebuild("h.db", &rebuilt, &why), DLB_UNAVAILABLE);
    assert_int_equal(access("h.db", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_absent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
