/* test_history_files.c: what a killed writer, a second writer, a full disk, another version or a stranger's file leaves is met in words, and
 * nothing is lost. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
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

static void write_file(const char *name, const char *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
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

/* Opening must fail so, in these words. */
static void must_refuse(bool create, enum dlb_status wanted, const char *words)
{
    const struct dlb_history_options options = {.path = path, .create = create};
    struct dlb_history *history = NULL;
    struct dlb_why why = {""};
    const enum dlb_status status = dlb_history_open(&options, &history, &why);
    if (status != wanted || strstr(why.text, words) == NULL)
        fail_msg("wanted %s with '%s', found %s: %s", dlb_status_name(wanted), words,
                 dlb_status_name(status), why.text);
    assert_null(history);
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

/* ---- versions and strangers ---- */

static void test_newer_version(void **state)
{
    (void)state;
    must_add_run(path, 0);
    run_sql("PRAGMA user_version=3");
    must_refuse(true, DLB_IO, "a history of version 3, this dlbench knows up to 2");
}

static void test_other_program(void **state)
{
    (void)state;
    run_sql("CREATE TABLE bookmarks(url TEXT)");
    must_refuse(true, DLB_IO, "a database of another program");
    assert_int_equal(access(log_path, F_OK), -1);
}

/* ---- files that cannot be used ---- */

static void test_missing(void **state)
{
    (void)state;
    must_refuse(false, DLB_IO, "begins one");
    snprintf(path, sizeof path, "%s/no/h.db", folder);
    must_refuse(true, DLB_IO, "there is no folder");
    strcpy(path, ":memory:");
    must_refuse(true, DLB_IO, "wants a file");
    path[0] = '\0';
    must_refuse(true, DLB_IO, "without a name");
}

static void test_not_a_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir(path, 0777), 0);
    must_refuse(true, DLB_IO, "it is a folder");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0666), 0);
    must_refuse(false, DLB_IO, "it is a FIFO");
}

static void test_not_a_database(void **state)
{
    static const char text[] = "things to buy: a longer text than the header of a database is, so "
                               "that nothing else stands in the way of being read as one\n";
    size_t size = 0;
    (void)state;
    write_file(path, text, sizeof text - 1);
    must_refuse(true, DLB_IO, "this is no database");
    must_refuse(false, DLB_IO, "name the file of a history");
    char *bytes = slurp(path, &size);
    assert_string_equal(bytes, text);
    free(bytes);
}

/* Random bytes anywhere: refused or harmless, never a crash and never a changed file; the log makes it again. */
static void test_corrupt(void **state)
{
    size_t size = 0;
    (void)state;
    for (int i = 0; i < 4; i++)
        must_add_run(path, i);
    char *good = slurp(path, &size);
    char *bad = malloc(size);
    assert_non_null(bad);
    memcpy(bad, good, size);
    for (size_t i = 1024; i < size; i += 7)
        bad[i] = (char)(i * 2654435761U >> 13);
    write_file(path, bad, size);
    const struct dlb_history_options options = {.path = path, .verify = true};
    struct dlb_history *history = NULL;
    struct dlb_why why = {""};
    assert_int_equal(dlb_history_open(&options, &history, &why), DLB_IO);
    assert_non_null(strstr(why.text, "damaged"));
    assert_non_null(strstr(why.text, "history rebuild --db"));
    size_t after = 0;
    char *left = slurp(path, &after);
    assert_int_equal(after, size);
    assert_memory_equal(left, bad, size);
    struct dlb_history_rebuilt rebuilt;
    if (dlb_history_rebuild(path, &rebuilt, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(rebuilt.runs, 4);
    free(left);
    left = slurp(rebuilt.kept_as, &after);
    assert_memory_equal(left, bad, size);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 4);
    free(left);
    free(bad);
    free(good);
}

static void test_truncated(void **state)
{
    (void)state;
    must_add_run(path, 0);
    assert_int_equal(truncate(path, 5000), 0);
    const struct dlb_history_options options = {.path = path, .verify = true};
    struct dlb_history *history = NULL;
    struct dlb_why why = {""};
    assert_int_equal(dlb_history_open(&options, &history, &why), DLB_IO);
    assert_non_null(strstr(why.text, "damaged"));
}

static void test_rebuild_without_log(void **state)
{
    struct dlb_history_rebuilt rebuilt;
    struct dlb_why why = {""};
    (void)state;
    must_add_run(path, 0);
    assert_int_equal(unlink(log_path), 0);
    assert_int_equal(dlb_history_rebuild(path, &rebuilt, &why), DLB_IO);
    assert_non_null(strstr(why.text, "h.jsonl"));
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 1);
}

/* A log that lost lines: the old database, which knew more, is not thrown away. */
static void test_rebuild_keeps_what_knew_more(void **state)
{
    struct dlb_history_rebuilt rebuilt;
    struct dlb_why why = {""};
    (void)state;
    must_add_run(path, 0);
    const int64_t one = file_size(log_path);
    must_add_run(path, 1);
    assert_int_equal(truncate(log_path, one), 0);
    assert_int_equal(dlb_history_rebuild(path, &rebuilt, &why), DLB_OK);
    assert_int_equal(rebuilt.runs, 1);
    assert_non_null(strstr(rebuilt.kept_as, "h.db.old"));
    assert_int_equal(ask_number(rebuilt.kept_as, "SELECT count(*) FROM run"), 2);
    assert_int_equal(dlb_history_rebuild(path, &rebuilt, &why), DLB_OK);
    assert_string_equal(rebuilt.kept_as, "");
}

/* ---- the log ---- */

/* Cut at any place, the log gives all whole lines, and the next writer goes on behind them. */
static void test_torn_line(void **state)
{
    size_t size = 0;
    (void)state;
    must_add_run(path, 0);
    const int64_t one = file_size(log_path);
    must_add_run(path, 1);
    char *bytes = slurp(log_path, &size);
    for (int64_t cut = one + 1; cut < (int64_t)size; cut += (int64_t)size / 11) {
        unlink(path);
        write_file(log_path, bytes, (size_t)cut);
        assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 1);
        must_add_run(path, 2);
        assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 2);
        unlink(path);
        assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 2);
    }
    /* Whole but for its newline: an editor did that, not a crash. */
    unlink(path);
    write_file(log_path, bytes, size - 1);
    must_add_run(path, 2);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 3);
    free(bytes);
}

static void test_bad_line_in_the_middle(void **state)
{
    struct dlb_history_rebuilt rebuilt;
    struct dlb_why why = {""};
    (void)state;
    must_add_run(path, 0);
    FILE *file = fopen(log_path, "ab");
    assert_non_null(file);
    fputs("not json\n{\"schema\": \"dlbench-result/9\", \"run_id\": \"x\"}\n\n", file);
    assert_int_equal(fclose(file), 0);
    dlb_log_set_level(DLB_LOG_ERROR);
    must_add_run(path, 1);
    assert_int_equal(dlb_history_rebuild(path, &rebuilt, &why), DLB_OK);
    assert_int_equal(rebuilt.runs, 2);
    assert_int_equal(rebuilt.left_out, 3);
}

/* Killed between the log and the database: the next one who opens takes it up, reader or writer. */
static void test_lagging_database(void **state)
{
    size_t size = 0;
    (void)state;
    must_add_run(path, 0);
    char *before = slurp(path, &size);
    must_add_run(path, 1);
    must_add_run(path, 2);
    write_file(path, before, size);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 3);
    write_file(path, before, size);
    must_add_run(path, 4);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 4);
    free(before);
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

/* ---- full disk ---- */

/* In a process of its own: the limit on the size of files stays with it. */
static void test_full(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        must_add_run(path, i);
    size_t size = 0;
    char *before = slurp(log_path, &size);
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {(rlim_t)size + 5000, (rlim_t)size + 5000};
        struct dlb_result result;
        const struct dlb_history_options options = {.path = path, .create = true};
        const struct dlb_history_source source = {.path = "r.json"};
        enum dlb_history_outcome outcome;
        struct dlb_history *history = NULL;
        struct dlb_why why = {""};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        sample_run(3, &result);
        const bool ok = dlb_history_open(&options, &history, &why) == DLB_OK &&
                        dlb_history_add(history, &result, &source, &outcome, &why) == DLB_IO &&
                        strstr(why.text, "h.jsonl: File too large") != NULL;
        if (!ok)
            fprintf(stderr, "found: %s\n", why.text);
        _exit(ok ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    size_t after = 0;
    char *left = slurp(log_path, &after);
    assert_int_equal(after, size);
    assert_memory_equal(left, before, size);
    must_add_run(path, 3);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 4);
    free(left);
    free(before);
}

/* ---- writers at once ---- */

/* Another program holds the database: the run is in the log and safe, the reason says who is in the way. */
static void test_locked_database(void **state)
{
    const struct dlb_history_options options = {.path = path, .create = true, .wait_ms = 50};
    const struct dlb_history_source source = {.path = "r.json"};
    enum dlb_history_outcome outcome = DLB_HISTORY_KNOWN;
    struct dlb_history *history = NULL;
    struct dlb_result result;
    struct dlb_why why = {""};
    sqlite3 *other = NULL;
    (void)state;
    must_add_run(path, 0);
    assert_int_equal(dlb_history_open(&options, &history, &why), DLB_OK);
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    sample_run(1, &result);
    assert_int_equal(dlb_history_add(history, &result, &source, &outcome, &why), DLB_IO);
    assert_non_null(strstr(why.text, "another program is holding this database"));
    assert_non_null(strstr(why.text, "nothing is lost"));
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_int_equal(dlb_history_add(history, &result, &source, &outcome, &why), DLB_OK);
    assert_int_equal(outcome, DLB_HISTORY_KNOWN); /* taken up from the log meanwhile */
    dlb_result_free(&result);
    dlb_history_close(history);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 2);
}

/* Another dlbench holds the log for a while: the writer waits for it. */
static void test_locked_log(void **state)
{
    int ready[2];
    char byte = 0;
    (void)state;
    must_add_run(path, 0);
    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct dlb_history_log log;
        struct dlb_why why = {""};
        const bool ok = dlb_history_log_open(path, DLB_LOG_APPEND, &log, &why) == DLB_OK &&
                        write(ready[1], "x", 1) == 1;
        usleep(300000);
        _exit(ok ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    int status = -1;
    must_add_run(path, 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 2);
    close(ready[0]);
    close(ready[1]);
}

static void test_two_writers(void **state)
{
    pid_t children[2];
    (void)state;
    for (int c = 0; c < 2; c++) {
        children[c] = fork();
        if (children[c] == 0) {
            bool ok = true;
            for (int i = 0; i < 20 && ok; i++)
                ok = try_add_run(path, 2 * i + c);
            _exit(ok ? 0 : 1);
        }
    }
    for (int c = 0; c < 2; c++) {
        int status = -1;
        assert_int_equal(waitpid(children[c], &status, 0), children[c]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 40);
    struct dlb_history_rebuilt rebuilt;
    struct dlb_why why = {""};
    assert_int_equal(dlb_history_rebuild(path, &rebuilt, &why), DLB_OK);
    assert_int_equal(rebuilt.runs, 40);
    assert_int_equal(rebuilt.left_out, 0);
    assert_string_equal(rebuilt.kept_as, "");
}

/* The tables are made by whoever comes first; the others find them. */
static void test_first_writers(void **state)
{
    pid_t children[4];
    (void)state;
    for (int round = 0; round < 10; round++) {
        snprintf(path, sizeof path, "%s/h%d.db", folder, round);
        for (int c = 0; c < 4; c++) {
            children[c] = fork();
            if (children[c] == 0)
                _exit(try_add_run(path, c) ? 0 : 1);
        }
        for (int c = 0; c < 4; c++) {
            int status = -1;
            assert_int_equal(waitpid(children[c], &status, 0), children[c]);
            assert_int_equal(status, 0);
        }
        assert_int_equal(ask_number(path, "SELECT count(*) FROM run"), 4);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_newer_version),
        TEST(test_other_program),
        TEST(test_missing),
        TEST(test_not_a_file),
        TEST(test_not_a_database),
        TEST(test_corrupt),
        TEST(test_truncated),
        TEST(test_rebuild_without_log),
        TEST(test_rebuild_keeps_what_knew_more),
        TEST(test_torn_line),
        TEST(test_bad_line_in_the_middle),
        TEST(test_lagging_database),
        TEST(test_lines_hold_no_samples),
        TEST(test_full),
        TEST(test_locked_database),
        TEST(test_locked_log),
        TEST(test_two_writers),
        TEST(test_first_writers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "bench/store/history.h"

/* Without SQLite nothing is made, and the reason says what to install. */
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
