/* compare_csv.c: a comparison for spreadsheets: a row for each cell, quoted as RFC 4180 says. What was not compared stands in the JSON.
 *
 * The titles are the table below: those of the row, then those of the cell; names mean what they mean in compare_json.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "reports/compare_writers.h"
#include "reports/report_writers.h"

static const char *const row_names[] = {"problem", "workload", "label",       "dtype",
                                        "device",  "threads",  "mode",        "cache_state",
                                        "data",    "evidence", "version_hash"};
static const char *const cell_names[] = {"column",    "value",      "lo",    "hi",
                                         "processes", "runs",       "ratio", "ratio_lo",
                                         "ratio_hi",  "ratio_kind", "flags"};

/* What a spreadsheet would run as a formula (OWASP, "CSV Injection"). */
static bool looks_like_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

static void put_text(const char *text, const struct dlb_report_options *options, FILE *stream)
{
    const bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    fputs(quoted ? "\"" : "", stream);
    fputs(options->csv_apostrophe && looks_like_formula(text) ? "'" : "", stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputs(quoted ? "\"" : "", stream);
}

/* Real numbers as JSON writes them: printf would take the locale's decimal point. */
static bool put_value(const json_t *value, const struct dlb_report_options *options, FILE *stream)
{
    if (value == NULL || json_is_null(value))
        return true;
    if (json_is_string(value)) {
        put_text(json_string_value(value), options, stream);
        return true;
    }
    if (json_is_array(value)) { /* of texts: the flags */
        struct dlb_text joined = {0};
        for (size_t i = 0; i < json_array_size(value); i++)
            dlb_text_format(&joined, "%s%s", i > 0 ? ";" : "",
                            json_string_value(json_array_get(value, i)));
        put_text(joined.data != NULL ? joined.data : "", options, stream);
        const bool failed = joined.failed;
        dlb_text_free(&joined);
        return !failed;
    }
    char *number = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    fputs(number != NULL ? number : "", stream);
    free(number);
    return number != NULL;
}

static bool put_members(const json_t *object, const char *const *names, size_t count,
                        const struct dlb_report_options *options, FILE *stream)
{
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        ok = put_value(json_object_get(object, names[i]), options, stream) && ok;
        if (i + 1 < count)
            fputc(',', stream);
    }
    return ok;
}

static void put_titles(FILE *stream)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(row_names); i++)
        fprintf(stream, "%s,", row_names[i]);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cell_names); i++)
        fprintf(stream, "%s%s", i > 0 ? "," : "", cell_names[i]);
    fputc('\n', stream);
}

enum dlb_status dlb_compare_csv(const struct dlb_comparison *comparison,
                                const struct dlb_report_options *options, FILE *stream,
                                struct dlb_why *why)
{
    json_t *json = dlb_compare_to_json(comparison);
    bool ok = json != NULL;
    size_t r;
    json_t *row;
    put_titles(stream);
    json_array_foreach(json_object_get(json, "rows"), r, row)
    {
        size_t c;
        json_t *cell;
        json_array_foreach(json_object_get(row, "cells"), c, cell)
        {
            ok = put_members(row, row_names, DLB_ARRAY_COUNT(row_names), options, stream) && ok;
            fputc(',', stream);
            ok = put_members(cell, cell_names, DLB_ARRAY_COUNT(cell_names), options, stream) && ok;
            fputc('\n', stream);
        }
    }
    json_decref(json);
    return ok ? dlb_report_end(stream, why)
              : dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
}
