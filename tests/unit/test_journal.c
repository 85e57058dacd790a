/* test_journal.c: what was measured survives whatever ends the run: a kill at any byte, a full disk, a second run. */
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
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/log.h"
#include "bench/store/result.h"
#include "bench/store/result_file.h"
#include "tests/unit/store_sample.h"

static char folder[256], path[300], journal_path[320];

static int make_folder(void **state)
{
    (void)state;
    dlb_log_set_level(DLB_LOG_ERROR);
    sample_make_folder(folder, sizeof folder);
    snprintf(path, sizeof path, "%s/r.json", folder);
    snprintf(journal_path, sizeof journal_path, "%s.journal", path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    sample_remove_folder(folder);
    return 0;
}

/* The run of the file at `path`, whatever its journal says. */
static void read_run_id(char *run_id, size_t size)
{
    struct dlb_why why = {""};
    json_t *document = NULL;
    if (dlb_document_read(path, &document, &why) != DLB_OK)
        fail_msg("%s", why.text);
    snprintf(run_id, size, "%s", json_string_value(json_object_get(document, "run_id")));
    json_decref(document);
}

static struct dlb_journal *must_open(void)
{
    char run_id[40];
    struct dlb_journal *journal = NULL;
    struct dlb_why why = {""};
    read_run_id(run_id, sizeof run_id);
    if (dlb_journal_lock(path, &journal, &why) != DLB_OK ||
        dlb_journal_begin(journal, run_id, &why) != DLB_OK)
        fail_msg("%s", why.text);
    return journal;
}

static void must_load(struct dlb_result *result)
{
    struct dlb_why why = {""};
    if (dlb_result_load(path, result, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static void must_append(struct dlb_journal *journal, const struct dlb_record *record)
{
    struct dlb_why why = {""};
    if (dlb_journal_append(journal, record, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static char *slurp(size_t *size)
{
    FILE *file = fopen(journal_path, "rb");
    assert_non_null(file);
    char *bytes = calloc(1, 1 << 20);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static void spill(const char *bytes, size_t size)
{
    FILE *file = fopen(journal_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* A run that is planned and saved: three cases, nothing measured. */
static void start_run(void)
{
    static const char *const problems[] = {"gemm:m=1,dtype=f32", "gemm:m=2,dtype=f32",
                                           "gemm:m=3,dtype=f32"};
    struct dlb_result result;
    struct dlb_why why = {""};
    dlb_result_init(&result);
    for (int i = 0; i < 3; i++) {
        struct dlb_record record;
        sample_record(&record, problems[i], problems[i], "onednn:0", 1e6, 0);
        record.status = DLB_INTERRUPTED;
        assert_int_equal(dlb_result_add(&result, &record), DLB_OK);
    }
    if (dlb_result_save(&result, path, &why) != DLB_OK)
        fail_msg("%s", why.text);
    dlb_result_free(&result);
}

/* The record of case i with its first `invocations` processes. */
static void measured(struct dlb_record *record, int i, int invocations)
{
    char problem[32];
    snprintf(problem, sizeof problem, "gemm:m=%d,dtype=f32", i + 1);
    sample_record(record, problem, problem, "onednn:0", 1e6, invocations);
    for (int j = 0; j < invocations;
         j++) { /* short lines: the test of every byte takes the square of them */
        free(record->invocations[j].samples_ns);
        record->invocations[j].samples_ns = NULL;
    }
}

/* Appends three lines: case 0 once, case 1 once, case 0 whole. */
static void write_three_lines(void)
{
    static const int lines[][2] = {{0, 1}, {1, 1}, {0, 2}};
    struct dlb_journal *journal = must_open();
    for (int i = 0; i < 3; i++) {
        struct dlb_record record;
        measured(&record, lines[i][0], lines[i][1]);
        must_append(journal, &record);
        dlb_record_free(&record);
    }
    dlb_journal_close(journal, false);
}

static int count_invocations(const struct dlb_result *result)
{
    int count = 0;
    for (int i = 0; i < result->record_count; i++)
        count += result->records[i].invocation_count;
    return count;
}

static void loading_picks_the_journal_up(void **state)
{
    (void)state;
    struct dlb_result result;
    start_run();
    write_three_lines();
    must_load(&result);
    assert_int_equal(result.record_count, 3);
    assert_int_equal(result.records[0].invocation_count, 2); /* line 3 repeats what line 1 has */
    assert_int_equal(result.records[1].invocation_count, 1);
    assert_int_equal(result.records[2].invocation_count, 0);
    assert_int_equal(result.records[0].status, DLB_OK);
    assert_int_equal(result.records[2].status, DLB_INTERRUPTED);
    assert_string_equal(result.records[0].summary.ci_kind, "range"); /* summarised anew */
    assert_true(dlb_record_has_flag(&result.records[1], "single_invocation"));
    assert_false(dlb_record_has_flag(&result.records[0], "single_invocation"));
    assert_false(result.complete);
    /* Saved and read again with the journal still there: nothing doubles. */
    struct dlb_why why;
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    dlb_result_free(&result);
    must_load(&result);
    assert_int_equal(count_invocations(&result), 3);
    dlb_result_free(&result);
    /* The end of the run removes it. */
    dlb_journal_close(must_open(), true);
    assert_int_not_equal(access(journal_path, F_OK), 0);
    must_load(&result);
    assert_int_equal(count_invocations(&result), 3);
    dlb_result_free(&result);
}

/* The last word about an invocation counts: a gated one may be let in at the end. */
static void later_lines_win(void **state)
{
    (void)state;
    struct dlb_record record;
    struct dlb_result result;
    start_run();
    struct dlb_journal *journal = must_open();
    measured(&record, 0, 1);
    record.invocations[0].gated = true;
    must_append(journal, &record);
    record.invocations[0].gated = false;
    strcpy(record.invocations[0].gate_reason, "steal 3%");
    dlb_record_flag(&record, "noisy");
    must_append(journal, &record);
    record.status = DLB_CRASHED;
    strcpy(record.status_reason, "SIGILL in sample");
    strcpy(record.parameters, "mt=12");
    record.cycles = 99;
    must_append(journal, &record);
    dlb_record_free(&record);
    dlb_journal_close(journal, false);
    must_load(&result);
    assert_int_equal(result.records[0].invocation_count, 1);
    assert_false(result.records[0].invocations[0].gated);
    assert_true(dlb_record_has_flag(&result.records[0], "noisy"));
    assert_int_equal(result.records[0].status, DLB_CRASHED);
    assert_string_equal(result.records[0].status_reason, "crashed: SIGILL in sample");
    assert_string_equal(result.records[0].parameters, "mt=12");
    assert_true(result.records[0].cycles == 99);
    dlb_result_free(&result);
    dlb_journal_close(must_open(), true);
}

/* Killed at any byte: the whole lines before it count, and the next run goes on behind them. */
/* Counters are of the first process alone: a later line that has none takes them away from nobody. */
static void what_stands_beside_the_times_comes_back(void **state)
{
    (void)state;
    struct dlb_result result;
    start_run();
    struct dlb_journal *journal = must_open();
    for (int i = 1; i <= 2; i++) {
        struct dlb_record record;
        measured(&record, 0, i);
        sample_beside(&record, 0.25 * i);
        record.summary.roof_ops_per_s = 1e12;
        strcpy(record.summary.roof_binds, "L2");
        if (i == 2)
            record.counting.taken = false;
        must_append(journal, &record);
        dlb_record_free(&record);
    }
    dlb_journal_close(journal, false);
    must_load(&result);
    const struct dlb_record *record = &result.records[0];
    assert_true(record->counting.taken && record->counting.ipc == 2.5);
    assert_int_equal(record->invocation_count, 2);
    assert_string_equal(record->energy.method, "rapl");
    assert_true(record->energy.executions == 2000); /* of both, put together anew */
    assert_string_equal(record->summary.roof_binds, "L2");
    assert_true(record->summary.roof_fraction == record->summary.ops_per_s / 1e12);
    dlb_result_free(&result);
}

static void any_truncation_loses_one_line_at_most(void **state)
{
    (void)state;
    static const int invocations_after[] = {0, 0, 1, 2, 3}; /* by number of whole lines */
    size_t size = 0;
    start_run();
    write_three_lines();
    char *bytes = slurp(&size);
    int lines = 0;
    for (size_t cut = 0; cut <= size; cut++) {
        lines += cut > 0 && bytes[cut - 1] == '\n';
        spill(bytes, cut);
        struct dlb_result result;
        must_load(&result);
        if (count_invocations(&result) != invocations_after[lines])
            fail_msg("cut at byte %zu of %zu: %d invocations, %d lines", cut, size,
                     count_invocations(&result), lines);
        assert_int_equal(result.record_count, 3);
        dlb_result_free(&result);
    }
    assert_int_equal(lines, 4); /* the head and three records */
    free(bytes);
    dlb_journal_close(must_open(), true);
}

static void a_torn_line_is_cut_before_going_on(void **state)
{
    (void)state;
    size_t size = 0;
    start_run();
    write_three_lines();
    char *bytes = slurp(&size);
    for (size_t cut = 0; cut < size; cut += 97) {
        struct dlb_record record;
        struct dlb_result result;
        spill(bytes, cut);
        struct dlb_journal *journal = must_open();
        measured(&record, 2, 1);
        must_append(journal, &record);
        dlb_record_free(&record);
        dlb_journal_close(journal, false);
        must_load(&result);
        assert_int_equal(result.records[2].invocation_count, 1);
        dlb_result_free(&result);
    }
    free(bytes);
    dlb_journal_close(must_open(), true);
}

static void a_bad_line_spoils_no_other(void **state)
{
    (void)state;
    struct dlb_result result;
    size_t size = 0;
    start_run();
    write_three_lines();
    char *bytes = slurp(&size);
    char *second = strchr(bytes, '\n') + 1;
    memset(second, '#', 20);
    spill(bytes, size);
    free(bytes);
    must_load(&result); /* line 3 of the three still has both invocations of case 0 */
    assert_int_equal(count_invocations(&result), 3);
    dlb_result_free(&result);
    dlb_journal_close(must_open(), true);
}

static void one_run_at_a_time(void **state)
{
    (void)state;
    struct dlb_journal *second = NULL;
    struct dlb_why why = {""};
    start_run();
    struct dlb_journal *first = must_open();
    assert_int_equal(dlb_journal_lock(path, &second, &why), DLB_IO);
    assert_non_null(strstr(why.text, "another dlbench is writing these results"));
    assert_null(second);
    dlb_journal_close(first, false);
    dlb_journal_close(must_open(), true); /* the lock goes with its owner */
}

/* A refused second run leaves the journal of the first as it is. */
static void locking_changes_nothing(void **state)
{
    (void)state;
    size_t before = 0, after = 0;
    struct dlb_journal *journal = NULL;
    struct dlb_why why = {""};
    start_run();
    write_three_lines();
    char *old = slurp(&before);
    assert_int_equal(dlb_journal_lock(path, &journal, &why), DLB_OK);
    dlb_journal_close(journal, false);
    char *found = slurp(&after);
    assert_int_equal(before, after);
    assert_memory_equal(old, found, before);
    free(old);
    free(found);
    dlb_journal_close(must_open(), true);
}

static void without_a_record_it_is_not_left_behind(void **state)
{
    (void)state;
    struct dlb_journal *journal = NULL;
    struct dlb_why why = {""};
    start_run();
    assert_int_equal(dlb_journal_lock(path, &journal, &why), DLB_OK);
    assert_int_equal(access(journal_path, F_OK), 0);
    dlb_journal_close(journal, false);
    assert_int_not_equal(access(journal_path, F_OK), 0);
    dlb_journal_close(must_open(), false);
    assert_int_not_equal(access(journal_path, F_OK), 0);
}

/* --resume saves what the journal held and starts it again: a case that is measured anew does not get its old lines back. */
static void restarting_empties_it(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {""};
    char run_id[40];
    start_run();
    write_three_lines();
    read_run_id(run_id, sizeof run_id);
    struct dlb_journal *journal = must_open();
    assert_int_equal(dlb_journal_restart(journal, run_id, &why), DLB_OK);
    must_load(&result);
    assert_int_equal(count_invocations(&result), 0);
    dlb_result_free(&result);
    struct dlb_record record;
    measured(&record, 2, 1);
    must_append(journal, &record);
    dlb_record_free(&record);
    dlb_journal_close(journal, false);
    must_load(&result);
    assert_int_equal(count_invocations(&result), 1);
    dlb_result_free(&result);
    dlb_journal_close(must_open(), true);
}

static void a_journal_of_another_run_is_set_aside(void **state)
{
    (void)state;
    struct dlb_result result;
    char aside[340];
    for (int i = 1; i <= 2; i++) { /* twice: the first one is not overwritten */
        start_run();
        write_three_lines();
        start_run(); /* a new run takes the file, the old one left its journal */
        must_load(&result);
        assert_int_equal(count_invocations(&result), 0);
        dlb_result_free(&result);
        dlb_journal_close(must_open(), true);
        snprintf(aside, sizeof aside, "%s.old%s", journal_path, i == 1 ? "" : "2");
        struct stat info;
        assert_true(stat(aside, &info) == 0 && info.st_size > 1000);
    }
}

/* Killed before the file itself was ever written, or the file was deleted. */
static void a_journal_alone_is_read(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {""};
    start_run();
    write_three_lines();
    must_load(&result);
    char run_id[40];
    strcpy(run_id, result.run_id);
    dlb_result_free(&result);
    unlink(path);
    must_load(&result);
    assert_int_equal(result.record_count, 2);
    assert_int_equal(count_invocations(&result), 3);
    assert_string_equal(result.run_id, run_id);
    assert_false(result.complete);
    assert_non_null(strstr(result.reason, "recovered"));
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    dlb_result_free(&result);
    dlb_journal_close(must_open(), true); /* of the same run: goes on */
    must_load(&result);
    assert_int_equal(count_invocations(&result), 3);
    dlb_result_free(&result);
}

static void append_row(struct dlb_journal *journal, const char *key, enum dlb_verdict verdict)
{
    struct dlb_verdict_row row = {.verdict = verdict, .mode = "paired"};
    struct dlb_why why = {""};
    snprintf(row.key, sizeof row.key, "%s", key);
    assert_int_equal(dlb_journal_append_verdict(journal, &row, &why), DLB_OK);
}

static void wants_verdicts(enum dlb_verdict first, enum dlb_verdict second)
{
    struct dlb_result result;
    must_load(&result);
    assert_int_equal(result.verdict_count, 2);
    assert_int_equal(result.verdicts[0].verdict, first);
    assert_int_equal(result.verdicts[1].verdict, second);
    dlb_result_free(&result);
}

/* Killed between the last save and the end of the journal: its lines are older than what the file says, and take nothing back. */
static void what_was_judged_stays_judged(void **state)
{
    (void)state;
    struct dlb_result result;
    struct dlb_why why = {""};
    start_run();
    must_load(&result);
    struct dlb_journal *journal = must_open();
    append_row(journal, "first", DLB_VERDICT_NOT_MEASURED);
    append_row(journal, "second", DLB_VERDICT_FAILED);
    struct dlb_record record;
    measured(&record, 0, 1);
    record.invocations[0].gated = true;
    must_append(journal, &record);
    dlb_record_free(&record);
    wants_verdicts(DLB_VERDICT_NOT_MEASURED, DLB_VERDICT_FAILED);
    for (int i = 0; i < 2; i++) {
        struct dlb_verdict_row row = {
            .verdict = i == 0 ? DLB_VERDICT_REGRESSED : DLB_VERDICT_NOT_MEASURED, .mode = "paired"};
        strcpy(row.key, i == 0 ? "first" : "second");
        assert_int_equal(dlb_result_add_verdict(&result, &row), DLB_OK);
    }
    /* Stopped by the user: a later line still counts where the file knows less. */
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    wants_verdicts(DLB_VERDICT_REGRESSED, DLB_VERDICT_FAILED);
    /* Whole: the journal has nothing to add, nor to take back. */
    result.complete = true;
    assert_int_equal(dlb_result_save(&result, path, &why), DLB_OK);
    wants_verdicts(DLB_VERDICT_REGRESSED, DLB_VERDICT_NOT_MEASURED);
    dlb_result_free(&result);
    must_load(&result);
    assert_int_equal(count_invocations(&result), 0);
    dlb_result_free(&result);
    dlb_journal_close(journal, true);
}

/* The disk is full in the middle of a line: the line is taken back, the ones before stay. */
static void a_full_disk_leaves_whole_lines(void **state)
{
    (void)state;
    struct dlb_record record;
    struct dlb_result result;
    struct dlb_why why = {""};
    struct rlimit unlimited, small;
    struct stat before, after;
    start_run();
    write_three_lines();
    struct dlb_journal *journal = must_open();
    measured(&record, 2, 1);
    assert_int_equal(stat(journal_path, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    small = unlimited;
    small.rlim_cur = (rlim_t)before.st_size + 100;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const enum dlb_status status = dlb_journal_append(journal, &record, &why);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    assert_int_equal(status, DLB_IO);
    assert_non_null(strstr(why.text, "File too large"));
    assert_int_equal(stat(journal_path, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    must_append(journal, &record); /* there is room again */
    dlb_journal_close(journal, false);
    must_load(&result);
    assert_int_equal(count_invocations(&result), 4);
    dlb_result_free(&result);
    dlb_record_free(&record);
    dlb_journal_close(must_open(), true);
}

static void odd_places_are_refused(void **state)
{
    (void)state;
    struct dlb_journal *journal = NULL;
    struct dlb_why why = {""};
    char missing[320];
    start_run();
    assert_int_equal(mkfifo(journal_path, 0600), 0);
    assert_int_equal(dlb_journal_lock(path, &journal, &why), DLB_IO);
    assert_non_null(strstr(why.text, "it is a FIFO or pipe; wanted a file"));
    unlink(journal_path);
    assert_int_equal(mkdir(journal_path, 0700), 0);
    assert_int_equal(dlb_journal_lock(path, &journal, &why), DLB_IO);
    assert_non_null(strstr(why.text, "Is a directory"));
    rmdir(journal_path);
    snprintf(missing, sizeof missing, "%s/none/r.json", folder);
    assert_int_equal(dlb_journal_lock(missing, &journal, &why), DLB_IO);
    assert_non_null(strstr(why.text, "there is no folder"));
    assert_null(journal);
    dlb_journal_close(NULL, true); /* legal */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_picks_the_journal_up),
        cmocka_unit_test(later_lines_win),
        cmocka_unit_test(what_stands_beside_the_times_comes_back),
        cmocka_unit_test(any_truncation_loses_one_line_at_most),
        cmocka_unit_test(a_torn_line_is_cut_before_going_on),
        cmocka_unit_test(a_bad_line_spoils_no_other),
        cmocka_unit_test(one_run_at_a_time),
        cmocka_unit_test(locking_changes_nothing),
        cmocka_unit_test(without_a_record_it_is_not_left_behind),
        cmocka_unit_test(restarting_empties_it),
        cmocka_unit_test(a_journal_of_another_run_is_set_aside),
        cmocka_unit_test(a_journal_alone_is_read),
        cmocka_unit_test(what_was_judged_stays_judged),
        cmocka_unit_test(a_full_disk_leaves_whole_lines),
        cmocka_unit_test(odd_places_are_refused),
    };
    return cmocka_run_group_tests_name("journal", tests, make_folder, remove_folder);
}
