/* history_sample.c: see history_sample.h. Files of tests that link without SQLite may hold it: it only calls bench/store/history.h. */
#include "tests/unit/history_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store_sample.h"

void sample_run(int number, struct dlb_result *result)
{
    char rev[16], utc[64];
    sample_result(result);
    snprintf(result->run_id, sizeof result->run_id, "run-%02d", number);
    snprintf(utc, sizeof utc, "2026-%02d-%02dT10:00:00Z", 1 + number / 28, 1 + number % 28);
    memcpy(result->created_utc, utc, sizeof result->created_utc - 1);
    snprintf(rev, sizeof rev, "%07d", number);
    assert_int_equal(json_object_set_new(result->tool, "git", json_string(rev)), 0);
}

void sample_slow(struct dlb_result *result, const char *device, double factor)
{
    for (int i = 0; i < result->record_count; i++) {
        struct dlb_record *record = &result->records[i];
        if (strcmp(record->device, device) != 0)
            continue;
        record->summary.median_ns *= factor;
        record->summary.ops_per_s /= factor;
    }
}

struct dlb_history *must_open_history(const char *path)
{
    const struct dlb_history_options options = {.path = path, .create = true};
    struct dlb_history *history = NULL;
    struct dlb_why why = {""};
    if (dlb_history_open(&options, &history, &why) != DLB_OK)
        fail_msg("%s", why.text);
    return history;
}

void must_add(struct dlb_history *history, const struct dlb_result *result,
              enum dlb_history_outcome wanted)
{
    const struct dlb_history_source source = {.path = "r.json", .branch = "main"};
    enum dlb_history_outcome outcome = DLB_HISTORY_KNOWN;
    struct dlb_why why = {""};
    if (dlb_history_add(history, result, &source, &outcome, &why) != DLB_OK)
        fail_msg("%s", why.text);
    assert_int_equal(outcome, wanted);
}

bool try_add_run(const char *path, int number)
{
    const struct dlb_history_options options = {.path = path, .create = true};
    const struct dlb_history_source source = {.path = "r.json"};
    enum dlb_history_outcome outcome = DLB_HISTORY_KNOWN;
    struct dlb_history *history = NULL;
    struct dlb_result result;
    struct dlb_why why = {""};
    sample_run(number, &result);
    const bool ok = dlb_history_open(&options, &history, &why) == DLB_OK &&
                    dlb_history_add(history, &result, &source, &outcome, &why) == DLB_OK &&
                    outcome == DLB_HISTORY_ADDED;
    if (!ok)
        fprintf(stderr, "run %d: %s\n", number, why.text);
    dlb_history_close(history);
    dlb_result_free(&result);
    return ok;
}

void must_add_run(const char *path, int number)
{
    struct dlb_result result;
    struct dlb_history *history = must_open_history(path);
    sample_run(number, &result);
    must_add(history, &result, DLB_HISTORY_ADDED);
    dlb_result_free(&result);
    dlb_history_close(history);
}

static void ask(const char *path, const char *sql, struct dlb_history_rows *rows)
{
    const struct dlb_history_options options = {.path = path};
    struct dlb_history *history = NULL;
    struct dlb_why why = {""};
    if (dlb_history_open(&options, &history, &why) != DLB_OK ||
        dlb_history_query(history, sql, rows, &why) != DLB_OK)
        fail_msg("%s: %s", sql, why.text);
    dlb_history_close(history);
}

int64_t ask_number(const char *path, const char *sql)
{
    struct dlb_history_rows rows = {NULL, NULL};
    ask(path, sql, &rows);
    const json_t *cell = json_array_get(json_array_get(rows.rows, 0), 0);
    if (!json_is_integer(cell))
        fail_msg("%s: no number", sql);
    const int64_t number = json_integer_value(cell);
    dlb_history_rows_free(&rows);
    return number;
}

void ask_text(const char *path, const char *sql, char *buffer, size_t size)
{
    struct dlb_history_rows rows = {NULL, NULL};
    size_t index, used = 0;
    json_t *cell;
    ask(path, sql, &rows);
    buffer[0] = '\0';
    json_array_foreach(json_array_get(rows.rows, 0), index, cell)
    {
        char *text = json_is_string(cell) ? NULL : json_dumps(cell, JSON_ENCODE_ANY);
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", index > 0 ? "|" : "",
                                 text != NULL ? text : json_string_value(cell));
        free(text);
        assert_true(used < size);
    }
    dlb_history_rows_free(&rows);
}
