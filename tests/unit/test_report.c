/* test_report.c: the writers: the table against recorded pages, every width, hostile names; CSV and JSON lines read back.
 *
 * The pages are in tests/recordings/reports; DLBENCH_RECORD=1 writes them anew, to be looked at before they are committed. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/text.h"
#include "reports/report.h"
#include "tests/unit/store_sample.h"

static char *render(const struct dlb_result *result, const char *format,
                    const struct dlb_report_options *options)
{
    char *text = NULL;
    size_t size = 0;
    struct dlb_why why = {""};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    const enum dlb_status status = dlb_report_find(format)->write(result, options, stream, &why);
    if (status != DLB_OK)
        fail_msg("%s: %s", format, why.text);
    assert_int_equal(fclose(stream), 0);
    return text;
}

static char *render_sample(const char *format, const struct dlb_report_options *options)
{
    struct dlb_result result;
    sample_result(&result);
    char *text = render(&result, format, options);
    dlb_result_free(&result);
    return text;
}

static char *render_full(const char *format, const struct dlb_report_options *options)
{
    struct dlb_result result;
    sample_full_result(&result);
    char *text = render(&result, format, options);
    dlb_result_free(&result);
    return text;
}

static void formats_are_found(void **state)
{
    (void)state;
    static const char *const names[] = {"text", "json",        "jsonl", "csv",
                                        "md",   "openmetrics", "html"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_ptr_equal(dlb_report_find(names[i]), &dlb_report_formats[i]);
        assert_string_equal(dlb_report_formats[i].name, names[i]);
    }
    assert_null(dlb_report_formats[7].name);
    assert_null(dlb_report_find("xml"));
}

/* ---- recorded pages ---- */

static const struct {
    const char *file, *format;
    struct dlb_report_options options;
    bool full; /* with roofs, energy and cost */
} pages[] = {
    {"sample-80.txt", "text", {.columns = 80, .unicode = true}, false},
    {"sample-120.txt", "text", {.columns = 120, .unicode = true}, false},
    {"sample-50-ascii.txt", "text", {.columns = 50}, false},
    {"sample-color.txt", "text", {.columns = 100, .unicode = true, .color = true}, false},
    {"sample.md", "md", {.unicode = true}, false},
    {"full-80.txt", "text", {.columns = 80, .unicode = true}, true},
    {"full-140.txt", "text", {.columns = 140, .unicode = true}, true},
    {"full-60-ascii.txt", "text", {.columns = 60}, true},
    {"full.md", "md", {.unicode = true}, true},
};

static void pages_are_as_recorded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "tests/recordings/reports/%s", pages[i].file);
        char *text = pages[i].full ? render_full(pages[i].format, &pages[i].options)
                                   : render_sample(pages[i].format, &pages[i].options);
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
    }
}

/* ---- the table ---- */

/* Every line within the width, no line ending in spaces, all UTF-8. */
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
    for (int columns = 40; columns <= 200; columns++) {
        const struct dlb_report_options options = {.columns = columns, .unicode = columns % 2 == 0};
        char *text = render_sample("text", &options);
        assert_fits(text, columns);
        free(text);
        text = render_full("text", &options);
        assert_fits(text, columns);
        free(text);
    }
    const struct dlb_report_options unlimited = {.unicode = true};
    char *text = render_sample("text", &unlimited);
    assert_fits(text, 0);
    assert_non_null(strstr(text, "install an ICD loader (ocl-icd-libopencl1)\n")); /* not wrapped */
    free(text);
    const struct dlb_report_options tiny = {.columns = 1};
    text = render_sample("text", &tiny);
    assert_fits(text, 40);
    free(text);
}

static void without_unicode_all_is_ascii(void **state)
{
    (void)state;
    const struct dlb_report_options options = {.columns = 80};
    char *text = render_sample("text", &options);
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c >= 0x7f)
            fail_msg("not ASCII: '%.40s'", c);
    assert_non_null(strstr(text, "+-0."));
    free(text);
}

/* Removing the colours leaves the plain page: nothing is told by colour alone. */
static void color_only_repeats(void **state)
{
    (void)state;
    const struct dlb_report_options plain = {.columns = 100, .unicode = true};
    const struct dlb_report_options colored = {.columns = 100, .unicode = true, .color = true};
    char *wanted = render_sample("text", &plain);
    char *text = render_sample("text", &colored);
    char *to = text;
    assert_non_null(strchr(text, '\033'));
    for (const char *from = text; *from != '\0';)
        if (*from == '\033')
            from = strchr(from, 'm') + 1;
        else
            *to++ = *from++;
    *to = '\0';
    assert_string_equal(text, wanted);
    free(text);
    free(wanted);
}

static void an_empty_run_is_told(void **state)
{
    (void)state;
    struct dlb_result result;
    const struct dlb_report_options options = {.columns = 80, .unicode = true};
    dlb_result_init(&result);
    strcpy(result.reason, "interrupted by the user");
    char *text = render(&result, "text", &options);
    assert_non_null(strstr(text, "0 cases: 0 ok\n"));
    assert_non_null(strstr(text, "incomplete: interrupted by the user\n"));
    free(text);
    static const char *const others[] = {"json", "jsonl", "csv", "md"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        text = render(&result, others[i], &options);
        assert_true(strlen(text) > 20);
        free(text);
    }
    dlb_result_free(&result);
}

/* ---- hostile names ---- */

static const char *const hostile[] = {
    "two\nlines\r\nand\ttabs",
    "\033[31mred\033[0m \033]0;title\007",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "comma, \"quote\" and 'apostrophe'",
    "a|b `c` *d* _e_ [f](g) <script>alert(1)</script> & #1 @everyone $x$",
    "\xE2\x80\xAEright to left\xE2\x80\xAC \xE2\x81\xA6isolated\xE2\x81\xA9",
    "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xF0\x9F\x9A\x80 \xE6\xB7\xB1\xE5\xBA\xA6",
    "\xC3\x28 \xFF not UTF-8 \xE2\x82",
    "\xC2\x9B[31m eight-bit control",
    "^ { } ~ \\ % ' \"",
};

/* A result whose every text is `name`. */
static void hostile_result(struct dlb_result *result, const char *name)
{
    struct dlb_record record;
    dlb_result_init(result);
    snprintf(result->reason, sizeof result->reason, "%s", name);
    const char *text = dlb_text_is_utf8(name) ? name : "x"; /* JSON holds nothing else */
    result->tool = json_pack("{s:s}", "version", text);
    result->host = json_pack("{s:s, s:s}", "cpu_model", text, "virt", text);
    result->devices = json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s}]", "key", text, "status", "ok",
                                "runtime", text, "key", text, "status", text, "reason", text);
    snprintf(result->suite, sizeof result->suite, "%s", name);
    for (int i = 0; i < 3; i++) {
        char key[64];
        snprintf(key, sizeof key, "gemm:m=%d,dtype=f32", i);
        sample_record(&record, key, name, "dev:0", 1e6, 1);
        snprintf(record.device, sizeof record.device, "%s", name);
        snprintf(record.implementation, sizeof record.implementation, "%s", name);
        snprintf(record.status_reason, sizeof record.status_reason, "%s", name);
        record.status = i == 0 ? DLB_OK : i == 1 ? DLB_FAILED : DLB_UNSUPPORTED;
        if (i == 0) { /* in the columns, the caption and the verdict, too */
            snprintf(record.dtype, sizeof record.dtype, "%.7s", name);
            snprintf(record.mode, sizeof record.mode, "%.15s", name);
            snprintf(record.cache_state, sizeof record.cache_state, "%.15s", name);
            snprintf(record.data, sizeof record.data, "%.15s", name);
        }
        dlb_record_flag(&record, name);
        assert_int_equal(dlb_result_add(result, &record), DLB_OK);
    }
}

static void assert_no_controls(const char *text, const char *name)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        if ((*c < 0x20 && *c != '\n') || *c == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0) ||
            (c[0] == 0xe2 && c[1] == 0x80 && c[2] == 0xae))
            fail_msg("'%s' gave: %.60s", name, (const char *)c);
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static void hostile_names_stay_in_their_place(void **state)
{
    (void)state;
    const struct dlb_report_options options = {.columns = 80, .unicode = true};
    struct dlb_result result;
    hostile_result(&result, "harmless");
    char *md = render(&result, "md", &options);
    const int md_lines = count_lines(md);
    free(md);
    dlb_result_free(&result);
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
        hostile_result(&result, hostile[i]);
        char *text = render(&result, "text", &options);
        assert_fits(text, 80);
        assert_no_controls(text, hostile[i]);
        free(text);
        md = render(&result, "md", &options);
        assert_no_controls(md, hostile[i]);
        assert_int_equal(count_lines(md), md_lines);
        assert_null(strstr(md, "<script>"));
        assert_null(strstr(md, " @everyone"));
        free(md);
        char *json = render(&result, "json", &options);
        json_t *parsed = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(parsed);
        json_decref(parsed);
        free(json);
        dlb_result_free(&result);
    }
}

/* Nobody asked for energy, and there is no meter: one short line. Who asked is told why, and for which devices. */
static void a_missing_meter_is_told_as_it_was_asked_for(void **state)
{
    static const struct {
        const char *energy;
        bool command;
    } asked[] = {{"auto", false}, {"rapl", false}, {"auto", true}};
    const struct dlb_report_options options = {.columns = 0, .unicode = true};
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(asked); i++) {
        struct dlb_result result;
        sample_result(&result);
        for (int j = 0; j < result.record_count; j++) {
            struct dlb_energy *energy = &result.records[j].energy;
            strcpy(energy->method, j == 0 ? "" : "none"); /* one is not of this run: published */
            strcpy(energy->reason, j == 0 ? "" : "no counter: why");
        }
        json_decref(result.settings);
        result.settings = json_pack("{s:{s:s}, s:b}", "options", "energy", asked[i].energy,
                                    "power_command", asked[i].command);
        for (int text = 0; text < 2; text++) {
            char *page = render(&result, text ? "text" : "md", &options);
            const bool brief =
                strstr(page, "\n- energy was not measured: no meter tells it here") != NULL ||
                strstr(page, "\nenergy was not measured: no meter tells it here") != NULL;
            assert_int_equal(brief, i == 0);
            assert_int_equal(strstr(page, "no counter: why") != NULL, i > 0);
            free(page);
        }
        dlb_result_free(&result);
    }
}

/* A figure that is in doubt says so in its cell, and below the table why. */
static void a_doubted_energy_is_marked(void **state)
{
    const struct dlb_report_options options = {.columns = 0, .unicode = true};
    (void)state;
    for (int text = 0; text < 2; text++) {
        struct dlb_result result;
        int doubted = 0;
        sample_full_result(&result);
        char *calm = render(&result, text ? "text" : "md", &options);
        assert_null(strstr(calm, "mJ?"));
        assert_null(strstr(calm, "doubt about the energy"));
        for (int i = 0; i < result.record_count && doubted < 2; i++) {
            struct dlb_energy *energy = &result.records[i].energy;
            if (dlb_energy_is_metered(energy) && strcmp(result.records[i].device, "onednn:0") == 0)
                strcpy(energy->reason, doubted++ == 0 ? "another pace" : "a counter reset");
        }
        char *page = render(&result, text ? "text" : "md", &options);
        assert_int_equal(doubted, 2);
        assert_non_null(strstr(page, "mJ?"));
        assert_non_null(strstr(page, "there is a doubt about the energy: see below"));
        assert_non_null(
            strstr(page, "; ?: another pace (the first of 2; the others are in the file)"));
        free(calm);
        free(page);
        dlb_result_free(&result);
    }
}

static void long_names_are_cut_visibly(void **state)
{
    (void)state;
    char name[301];
    struct dlb_result result;
    const struct dlb_report_options options = {.columns = 50, .unicode = true};
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xC3\xA9", 2); /* cut between, never inside, characters */
    name[300] = '\0';
    hostile_result(&result, name);
    char *text = render(&result, "text", &options);
    assert_fits(text, 50);
    assert_non_null(strstr(text, "\xE2\x80\xA6"));
    free(text);
    dlb_result_free(&result);
}

/* The cells of a Markdown row, escaped bars aside. */
static int count_cells(const char *line, size_t length)
{
    int bars = 0;
    for (size_t i = 0; i < length; i++)
        bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    return bars - 1;
}

static void markdown_rows_are_whole(void **state)
{
    (void)state;
    const struct dlb_report_options options = {.unicode = true};
    struct dlb_result result;
    hostile_result(&result, "a|b");
    char *text = render(&result, "md", &options);
    int rows = 0;
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (line[0] != '|')
            continue;
        assert_int_equal(count_cells(line, strcspn(line, "\n")), 7);
        rows++;
    }
    assert_int_equal(rows, 3); /* heading, rule, the one that ran */
    free(text);
    dlb_result_free(&result);
}

/* ---- CSV ---- */

#define MAX_CELLS 192

/* Reads one row as RFC 4180 says; cells are allocated. Returns where the next row begins. */
static const char *read_row(const char *text, char *cells[MAX_CELLS], int *count)
{
    *count = 0;
    for (;;) {
        char *cell = calloc(1, strlen(text) + 1);
        assert_non_null(cell);
        size_t length = 0;
        if (*text == '"') {
            for (text++; text[0] != '"' || text[1] == '"'; text++) {
                assert_true(*text != '\0');
                text += text[0] == '"';
                cell[length++] = *text;
            }
            text++;
        } else {
            while (strchr(",\n", *text) == NULL)
                cell[length++] = *text++;
        }
        assert_true(*count < MAX_CELLS);
        cells[(*count)++] = cell;
        if (*text++ == '\n')
            return text;
        assert_int_equal(text[-1], ',');
    }
}

static void free_row(char *cells[MAX_CELLS], int count)
{
    for (int i = 0; i < count; i++)
        free(cells[i]);
}

static int find_column(char *const titles[MAX_CELLS], int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(titles[i], name) == 0)
            return i;
    fail_msg("no column %s", name);
    return -1;
}

static void csv_holds_what_json_holds(void **state)
{
    (void)state;
    struct dlb_result result;
    const struct dlb_report_options options = {.unicode = true};
    char *titles[MAX_CELLS] = {0}, *cells[MAX_CELLS] = {0};
    int width = 0, count = 0, rows = 0;
    sample_result(&result);
    strcpy(result.records[1].label, "a \"quoted\", long\nlabel");
    char *text = render(&result, "csv", &options);
    const char *rest = read_row(text, titles, &width);
    for (int i = 0; i < result.record_count; i++) {
        const struct dlb_record *record = &result.records[i];
        const int lines = record->invocation_count > 0 ? record->invocation_count : 1;
        for (int j = 0; j < lines; j++, rows++) {
            rest = read_row(rest, cells, &count);
            assert_int_equal(count, width);
            assert_string_equal(cells[find_column(titles, width, "run_id")], result.run_id);
            assert_string_equal(cells[find_column(titles, width, "key")], record->key);
            assert_string_equal(cells[find_column(titles, width, "label")], record->label);
            assert_string_equal(cells[find_column(titles, width, "status")],
                                dlb_record_status_text(record->status));
            const char *median = cells[find_column(titles, width, "invocation.median_ns")];
            const char *mild = cells[find_column(titles, width, "invocation.outliers.mild")];
            if (record->invocation_count == 0) {
                assert_string_equal(median, "");
                assert_string_equal(cells[find_column(titles, width, "summary.median_ns")], "");
            } else { /* every digit */
                assert_true(strtod(median, NULL) == record->invocations[j].median_ns);
                assert_int_equal(atoi(mild), record->invocations[j].outliers_mild);
            }
            free_row(cells, count);
        }
    }
    assert_string_equal(rest, "");
    assert_true(rows > result.record_count);
    free_row(titles, width);
    free(text);
    dlb_result_free(&result);
}

/* Behind the older columns: whoever counts them finds those where they were. */
static void csv_tells_what_stands_beside_the_times(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"summary.roof_binds", "compute f32"},  {"energy.method", "rapl"},
        {"energy.scope", "package_dram"},       {"cost.currency", "USD"},
        {"cost.basis", "catalogue: on demand"}, {"counting.source", "PAPI 7.0.0"},
        {"counting.multiplexed", "true"},       {"counting.l3_miss_per_kinst", ""},
        {"invocation.energy.method", "rapl"}};
    struct dlb_result result;
    const struct dlb_report_options options = {.unicode = true};
    char *titles[MAX_CELLS] = {0}, *cells[MAX_CELLS] = {0};
    int width = 0, count = 0;
    sample_full_result(&result);
    const struct dlb_record *record = &result.records[2]; /* lines 4 to 6: 1, 3 and 3 processes */
    char *text = render(&result, "csv", &options);
    const char *rest = read_row(text, titles, &width);
    for (int i = 0; i < 4; i++) {
        rest = read_row(rest, cells, &count);
        free_row(cells, count);
    }
    (void)read_row(rest, cells, &count);
    assert_string_equal(cells[find_column(titles, width, "key")], record->key);
    const int older = find_column(titles, width, "invocation.tune_ns");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const int column = find_column(titles, width, texts[i][0]);
        assert_true(column > older);
        assert_string_equal(cells[column], texts[i][1]);
    }
    assert_true(strtod(cells[find_column(titles, width, "energy.j_per_item")], NULL) ==
                record->energy.j_per_item);
    assert_true(strtod(cells[find_column(titles, width, "invocation.energy.j_per_item")], NULL) ==
                record->invocations[0].energy.j_per_item);
    assert_true(strtod(cells[find_column(titles, width, "cost.per_mitem")], NULL) ==
                record->cost.per_mitem);
    json_t *values = json_loads(cells[find_column(titles, width, "counting.values")], 0, NULL);
    assert_int_equal(json_object_size(values), record->counting.count);
    assert_true(json_number_value(json_object_get(json_object_get(values, "cycles"), "value")) ==
                4e6);
    json_decref(values);
    free_row(cells, count);
    free_row(titles, width);
    free(text);
    dlb_result_free(&result);
}

static void csv_reasons_and_flags_are_there(void **state)
{
    (void)state;
    const struct dlb_report_options options = {.unicode = true};
    char *text = render_sample("csv", &options);
    assert_non_null(strstr(text, ",failed,crashed,crashed: SIGSEGV in prepare,"));
    assert_non_null(
        strstr(text, ",unsupported,unsupported,this CBLAS has no bf16 GEMM (cblas_sbgemm),"));
    assert_non_null(strstr(text, "\"{\"\"m\"\":512,\"\"alpha\"\":1.0,\"\"ta\"\":\"\"n\"\"}\""));
    assert_null(strchr(text, '\r'));
    free(text);
}

static void spreadsheets_run_no_formula(void **state)
{
    (void)state;
    for (size_t i = 2; i <= 5; i++) { /* = + - @ */
        struct dlb_result result;
        struct dlb_report_options options = {.unicode = true};
        char *titles[MAX_CELLS] = {0}, *cells[MAX_CELLS] = {0};
        char guarded[400];
        int width = 0, count = 0;
        hostile_result(&result, hostile[i]);
        result.records[0].invocations[0].lag1 = -0.5; /* a number is no formula */
        snprintf(guarded, sizeof guarded, "'%s", hostile[i]);
        for (int on = 0; on < 2; on++) {
            options.csv_apostrophe = on == 1;
            char *text = render(&result, "csv", &options);
            const char *rest = read_row(text, titles, &width);
            read_row(rest, cells, &count);
            assert_string_equal(cells[find_column(titles, width, "label")],
                                on == 1 ? guarded : hostile[i]);
            assert_string_equal(cells[find_column(titles, width, "invocation.lag1")], "-0.5");
            free_row(titles, width);
            free_row(cells, count);
            free(text);
        }
        dlb_result_free(&result);
    }
}

/* ---- JSON ---- */

static void json_lines_are_whole_documents(void **state)
{
    (void)state;
    struct dlb_result result;
    const struct dlb_report_options options = {.unicode = true};
    sample_result(&result);
    char *text = render(&result, "jsonl", &options);
    char *rest = NULL;
    int line = 0;
    for (char *at = strtok_r(text, "\n", &rest); at != NULL; at = strtok_r(NULL, "\n", &rest)) {
        json_t *json = json_loads(at, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(json);
        assert_string_equal(json_string_value(json_object_get(json, "type")),
                            line == 0 ? "run" : "record");
        if (line == 0) {
            assert_string_equal(json_string_value(json_object_get(json, "run_id")), result.run_id);
            assert_null(json_object_get(json, "results"));
        } else {
            struct dlb_record record;
            struct dlb_why why;
            assert_int_equal(dlb_record_from_json(json, &record, &why), DLB_OK);
            assert_string_equal(record.key, result.records[line - 1].key);
            dlb_record_free(&record);
        }
        json_decref(json);
        line++;
    }
    assert_int_equal(line, result.record_count + 1);
    free(text);
    dlb_result_free(&result);
}

static void json_is_the_document(void **state)
{
    (void)state;
    struct dlb_result result, again;
    struct dlb_why why = {""};
    const struct dlb_report_options options = {.unicode = true};
    sample_result(&result);
    char *text = render(&result, "json", &options);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_int_equal(dlb_result_from_json(json, &again, &why), DLB_OK);
    assert_int_equal(again.record_count, result.record_count);
    assert_non_null(again.records[0].invocations[0].samples_ns);
    json_decref(json);
    free(text);
    dlb_result_free(&again);
    dlb_result_free(&result);
}

/* ---- streams that end ---- */

static void streams_may_fail(void **state)
{
    (void)state;
    struct dlb_result result;
    const struct dlb_report_options options = {.columns = 80, .unicode = true};
    sample_result(&result);
    signal(SIGPIPE, SIG_IGN);
    for (const struct dlb_report_format *format = dlb_report_formats; format->name != NULL;
         format++) {
        struct dlb_why why = {"untold"};
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        close(ends[0]);
        FILE *stream = fdopen(ends[1], "w");
        assert_int_equal(format->write(&result, &options, stream, &why), DLB_IO);
        assert_string_equal(why.text, ""); /* EPIPE: the reader has gone */
        fclose(stream);
        stream = fopen("/dev/full", "w");
        if (stream == NULL)
            continue;
        assert_int_equal(format->write(&result, &options, stream, &why), DLB_IO);
        assert_non_null(strstr(why.text, "No space left on device"));
        fclose(stream);
    }
    dlb_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_found),
        cmocka_unit_test(pages_are_as_recorded),
        cmocka_unit_test(every_width_is_kept),
        cmocka_unit_test(without_unicode_all_is_ascii),
        cmocka_unit_test(color_only_repeats),
        cmocka_unit_test(an_empty_run_is_told),
        cmocka_unit_test(hostile_names_stay_in_their_place),
        cmocka_unit_test(a_missing_meter_is_told_as_it_was_asked_for),
        cmocka_unit_test(a_doubted_energy_is_marked),
        cmocka_unit_test(long_names_are_cut_visibly),
        cmocka_unit_test(markdown_rows_are_whole),
        cmocka_unit_test(csv_holds_what_json_holds),
        cmocka_unit_test(csv_tells_what_stands_beside_the_times),
        cmocka_unit_test(csv_reasons_and_flags_are_there),
        cmocka_unit_test(spreadsheets_run_no_formula),
        cmocka_unit_test(json_lines_are_whole_documents),
        cmocka_unit_test(json_is_the_document),
        cmocka_unit_test(streams_may_fail),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
