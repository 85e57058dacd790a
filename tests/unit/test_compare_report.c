/* test_compare_report.c: comparisons on paper: recorded pages, every width, hostile names, documents that parse.
 *
 * The pages are in tests/recordings/reports; DLBENCH_RECORD=1 writes them anew, to be looked at before they are committed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/text.h"
#include "reports/compare_report.h"
#include "tests/unit/store_sample.h"

/* Three runs of one machine: the sample, a faster one that lacks a case and has another with four threads, a slower one of other
 * sources. */
struct stage {
    struct dlb_result results[3];
    struct dlb_comparison_source sources[3];
    struct dlb_comparison comparison;
};

/* Every third case a fifth slower than that. */
static void scale(struct dlb_result *result, double factor, const char *run_id, const char *git)
{
    sample_result(result);
    strcpy(result->run_id, run_id);
    json_object_set_new(result->tool, "git", json_string(git));
    for (int i = 0; i < result->record_count; i++) {
        struct dlb_record *record = &result->records[i];
        for (int j = 0; j < record->invocation_count; j++)
            record->invocations[j].median_ns *= i % 3 == 0 && factor != 1 ? 1.2 * factor : factor;
        dlb_record_summarise(record);
    }
}

static void begin(struct stage *stage, int files, enum dlb_comparison_by by)
{
    static const char *const labels[] = {"old", "new", "newer"};
    static const char *const paths[] = {"results/a.json", "results/b.json", "results/c.json"};
    struct dlb_why why = {""};
    *stage = (struct stage){.comparison = {.row_count = 0}};
    scale(&stage->results[0], 1, "run-a", "d1c9899");
    scale(&stage->results[1], 0.9, "run-b", "feed123");
    scale(&stage->results[2], 1.25, "run-c", "beef456");
    stage->results[1].records[4].threads = 4;
    strcpy(stage->results[1].records[5].device, "openblas:0");
    dlb_record_flag(&stage->results[2].records[6], "slowdown");
    for (int i = 0; i < 3; i++)
        stage->sources[i] = (struct dlb_comparison_source){labels[i], paths[i], &stage->results[i]};
    const struct dlb_comparison_request request = {.sources = stage->sources,
                                                   .source_count = files,
                                                   .by = by,
                                                   .metric = {"median_ns", "ns", false}};
    if (dlb_comparison_make(&request, &stage->comparison, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static void end(struct stage *stage)
{
    dlb_comparison_free(&stage->comparison);
    for (int i = 0; i < 3; i++)
        dlb_result_free(&stage->results[i]);
}

static char *render(const struct dlb_comparison *comparison, const char *format,
                    const struct dlb_report_options *options)
{
    char *text = NULL;
    size_t size = 0;
    struct dlb_why why = {""};
    FILE *stream = open_memstream(&text, &size);
    const struct dlb_compare_format *found = dlb_compare_formats;
    assert_non_null(stream);
    while (found->name != NULL && strcmp(found->name, format) != 0)
        found++;
    assert_non_null(found->name);
    if (found->write(comparison, options, stream, &why) != DLB_OK)
        fail_msg("%s: %s", format, why.text);
    assert_int_equal(fclose(stream), 0);
    return text;
}

/* ---- recorded pages ---- */

static const struct {
    const char *file, *format;
    int files;
    enum dlb_comparison_by by;
    struct dlb_report_options options;
} pages[] = {
    {"compare-100.txt", "text", 2, DLB_BY_FILE, {.columns = 100, .unicode = true}},
    {"compare-three-90.txt", "text", 3, DLB_BY_FILE, {.columns = 90, .unicode = true}},
    {"compare-device-60-ascii.txt", "text", 1, DLB_BY_DEVICE, {.columns = 60}},
    {"compare-color.txt", "text", 2, DLB_BY_VERSION, {.unicode = true, .color = true}},
    {"compare.md", "md", 2, DLB_BY_FILE, {.unicode = true}},
    {"compare.csv", "csv", 2, DLB_BY_FILE, {.unicode = true}},
};

static void pages_are_as_recorded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        struct stage stage;
        char path[128];
        snprintf(path, sizeof path, "tests/recordings/reports/%s", pages[i].file);
        begin(&stage, pages[i].files, pages[i].by);
        char *text = render(&stage.comparison, pages[i].format, &pages[i].options);
        FILE *file = fopen(path, getenv("DLBENCH_RECORD") != NULL ? "w+" : "r");
        assert_non_null(file);
        if (getenv("DLBENCH_RECORD") != NULL) {
            fputs(text, file);
            rewind(file);
        }
        char *recorded = calloc(1, strlen(text) + 1000);
        assert_non_null(recorded);
        assert_true(fread(recorded, 1, strlen(text) + 999, file) > 0);
        fclose(file);
        if (strcmp(text, recorded) != 0)
            fail_msg("%s differs:\n%s", path, text);
        free(recorded);
        free(text);
        end(&stage);
    }
}

/* ---- the table ---- */

/* Every line within the width, none ending in spaces, all UTF-8. */
static void assert_fits(const char *text, int columns)
{
    assert_true(dlb_text_is_utf8(text));
    char *copy = strdup(text);
    char *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
        if ((columns > 0 && dlb_text_columns(line) > columns) || line[strlen(line) - 1] == ' ')
            fail_msg("%d columns wanted: '%s'", columns, line);
    free(copy);
}

static void every_width_is_kept(void **state)
{
    (void)state;
    for (int files = 1; files <= 3; files++) {
        struct stage stage;
        begin(&stage, files, files == 1 ? DLB_BY_DEVICE : DLB_BY_FILE);
        for (int columns = 40; columns <= 180; columns += files) {
            const struct dlb_report_options options = {.columns = columns,
                                                       .unicode = columns % 2 == 0};
            char *text = render(&stage.comparison, "text", &options);
            assert_fits(text, columns);
            free(text);
        }
        end(&stage);
    }
}

/* Labels of 300 characters, and of what terminals, Markdown, HTML and spreadsheets would take for their own. */
static void hostile_names_do_no_harm(void **state)
{
    (void)state;
    char longest[301];
    memset(longest, 'x', 300);
    longest[300] = '\0';
    const char *const labels[] = {longest,
                                  "=cmd|\"' /C\"!A0,\n\033[31m<script>@all`|\xE2\x80\xAEtxt",
                                  "\xF0\x9F\x90\x8C\xFF"};
    static const char *const formats[] = {"text", "md", "csv", "json"};
    struct stage stage;
    begin(&stage, 3, DLB_BY_FILE);
    for (int i = 0; i < 3; i++) {
        free(stage.comparison.columns[i].label);
        stage.comparison.columns[i].label = strdup(labels[i]);
        strcpy(stage.results[i].records[2].label, "a|b <b>\033[2J");
    }
    for (size_t i = 0; i < 4; i++) {
        const struct dlb_report_options options = {.columns = 70, .csv_apostrophe = true};
        char *text = render(&stage.comparison, formats[i], &options);
        assert_true(dlb_text_is_utf8(text));
        assert_null(strchr(text, '\033'));
        assert_null(strstr(text, "\xE2\x80\xAE"));
        if (i == 0)
            assert_fits(text, 70);
        if (i == 1)
            assert_null(strstr(text, "<script>"));
        if (i == 1)
            assert_null(strstr(text, "@all"));
        if (i == 2)
            assert_non_null(strstr(text, ",\"'=cmd|\"\"' /C\"\"!A0,"));
        free(text);
    }
    end(&stage);
}

/* ---- documents ---- */

static void the_document_parses(void **state)
{
    (void)state;
    struct stage stage;
    const struct dlb_report_options options = {.unicode = true};
    begin(&stage, 2, DLB_BY_FILE);
    char *text = render(&stage.comparison, "json", &options);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    assert_int_equal(json_array_size(json_object_get(json, "columns")), 2);
    assert_int_equal(json_array_size(json_object_get(json, "rows")), stage.comparison.row_count);
    assert_int_equal(json_array_size(json_object_get(json, "means")), stage.comparison.group_count);
    assert_int_equal(json_array_size(json_object_get(json, "not_compared")),
                     stage.comparison.note_count);
    assert_string_equal(json_string_value(json_object_get(json, "ratio")), "base / value");
    const json_t *cells =
        json_object_get(json_array_get(json_object_get(json, "rows"), 0), "cells");
    const json_t *other = json_array_get(cells, 1);
    assert_string_equal(json_string_value(json_object_get(other, "column")), "new");
    assert_true(json_number_value(json_object_get(other, "ratio")) < 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(cells, 0), "ratio_kind")),
                        "base");
    json_decref(json);
    free(text);
    end(&stage);
}

static void csv_has_a_row_for_each_cell(void **state)
{
    (void)state;
    struct stage stage;
    const struct dlb_report_options options = {.unicode = true};
    begin(&stage, 3, DLB_BY_FILE);
    char *text = render(&stage.comparison, "csv", &options);
    int lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, stage.comparison.cell_count + 1);
    free(text);
    end(&stage);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage, 2, DLB_BY_FILE);
    for (const struct dlb_compare_format *format = dlb_compare_formats; format->name != NULL;
         format++) {
        const struct dlb_report_options options = {.unicode = true};
        struct dlb_why why = {""};
        FILE *full = fopen("/dev/full", "w");
        if (full == NULL)
            skip();
        const enum dlb_status status = format->write(&stage.comparison, &options, full, &why);
        fclose(full);
        if (status != DLB_IO)
            fail_msg("%s: status %d", format->name, (int)status);
    }
    end(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_as_recorded),       cmocka_unit_test(every_width_is_kept),
        cmocka_unit_test(hostile_names_do_no_harm),    cmocka_unit_test(the_document_parses),
        cmocka_unit_test(csv_has_a_row_for_each_cell), cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
