/* report_csv.c: one row per invocation, quoted as RFC 4180 says, lines ending in a plain newline.
 *
 * The columns are a table of places in the JSON form of run, record and invocation, so that a name means the same in both
 * formats. A record without invocations has one row, with its status and reason. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "reports/report_writers.h"

enum part { RUN, RECORD, INVOCATION, PART_COUNT };

/* `block` is the object inside the part, NULL for the part itself; the title is "block.name" or "name", and
 * "invocation.name" for an invocation. */
static const struct column {
    enum part part;
    const char *block, *name;
} columns[] = {
    {RUN, NULL, "run_id"},
    {RUN, NULL, "created_utc"},
    {RUN, NULL, "suite"},
    {RUN, NULL, "seed"},
    {RECORD, NULL, "key"},
    {RECORD, NULL, "key_hash"},
    {RECORD, NULL, "workload"},
    {RECORD, NULL, "version_hash"},
    {RECORD, NULL, "problem"},
    {RECORD, NULL, "label"},
    {RECORD, NULL, "origin"},
    {RECORD, NULL, "params"},
    {RECORD, NULL, "dtype"},
    {RECORD, NULL, "layout"},
    {RECORD, NULL, "direction"},
    {RECORD, NULL, "implementation"},
    {RECORD, NULL, "device"},
    {RECORD, NULL, "mode"},
    {RECORD, NULL, "cache_state"},
    {RECORD, NULL, "data"},
    {RECORD, NULL, "evidence"},
    {RECORD, NULL, "threads"},
    {RECORD, NULL, "batch"},
    {RECORD, NULL, "ops"},
    {RECORD, NULL, "bytes"},
    {RECORD, NULL, "items"},
    {RECORD, NULL, "working_set_bytes"},
    {RECORD, NULL, "cache_sets"},
    {RECORD, NULL, "occurrences"},
    {RECORD, NULL, "status"},
    {RECORD, NULL, "status_detail"},
    {RECORD, NULL, "status_reason"},
    {RECORD, NULL, "flags"},
    {RECORD, "verified", "checked"},
    {RECORD, "verified", "ok"},
    {RECORD, "verified", "method"},
    {RECORD, "verified", "max_abs_err"},
    {RECORD, "verified", "max_rel_err"},
    {RECORD, "verified", "tolerance"},
    {RECORD, "summary", "median_ns"},
    {RECORD, "summary", "ci_lo_ns"},
    {RECORD, "summary", "ci_hi_ns"},
    {RECORD, "summary", "ci_kind"},
    {RECORD, "summary", "inv_sd_rel"},
    {RECORD, "summary", "ops_per_s"},
    {RECORD, "summary", "bytes_per_s"},
    {RECORD, "summary", "items_per_s"},
    {RECORD, "summary", "ai_ops_per_byte"},
    {RECORD, "summary", "roof_ops_per_s"},
    {RECORD, "summary", "roof_fraction"},
    {RECORD, "summary", "peak_mem_bytes"},
    {INVOCATION, NULL, "index"},
    {INVOCATION, NULL, "order"},
    {INVOCATION, NULL, "t_start_utc"},
    {INVOCATION, NULL, "k"},
    {INVOCATION, NULL, "n"},
    {INVOCATION, NULL, "median_ns"},
    {INVOCATION, NULL, "mean_ns"},
    {INVOCATION, NULL, "min_ns"},
    {INVOCATION, NULL, "max_ns"},
    {INVOCATION, NULL, "q1_ns"},
    {INVOCATION, NULL, "q3_ns"},
    {INVOCATION, NULL, "p90_ns"},
    {INVOCATION, NULL, "p99_ns"},
    {INVOCATION, NULL, "sd_rel"},
    {INVOCATION, NULL, "mad_ns"},
    {INVOCATION, NULL, "ci_lo_ns"},
    {INVOCATION, NULL, "ci_hi_ns"},
    {INVOCATION, NULL, "ci_level"},
    {INVOCATION, NULL, "n_eff"},
    {INVOCATION, NULL, "lag1"},
    {INVOCATION, NULL, "steady"},
    {INVOCATION, NULL, "stop_reason"},
    {INVOCATION, "outliers", "mild"},
    {INVOCATION, "outliers", "severe"},
    {INVOCATION, NULL, "load_ns"},
    {INVOCATION, NULL, "prepare_ns"},
    {INVOCATION, NULL, "first_call_ns"},
    {INVOCATION, NULL, "host_median_ns"},
    {INVOCATION, NULL, "peak_mem_bytes"},
    {INVOCATION, NULL, "gates"},
    {INVOCATION, NULL, "gated"},
    {INVOCATION, NULL, "gate_reason"},
    /* Newer ones stand at the end: whoever counts columns finds the old ones where they were. */
    {RECORD, NULL, "parameters"},
    {RECORD, NULL, "cycles"},
    {INVOCATION, NULL, "build_ns"},
    {INVOCATION, NULL, "tune_ns"},
    {RECORD, "summary", "roof_binds"},
    {RECORD, "energy", "method"},
    {RECORD, "energy", "scope"},
    {RECORD, "energy", "window_s"},
    {RECORD, "energy", "executions"},
    {RECORD, "energy", "energy_j"},
    {RECORD, "energy", "avg_power_w"},
    {RECORD, "energy", "idle_power_w"},
    {RECORD, "energy", "j_per_item"},
    {RECORD, "energy", "items_per_j"},
    {RECORD, "energy", "j_per_item_above_idle"},
    {RECORD, "energy", "uncertainty_rel"},
    {RECORD, "energy", "reason"},
    {RECORD, "cost", "currency"},
    {RECORD, "cost", "per_mitem"},
    {RECORD, "cost", "items_per_unit"},
    {RECORD, "cost", "price_hour"},
    {RECORD, "cost", "price_as_of"},
    {RECORD, "cost", "basis"},
    {RECORD, "cost", "price_kwh"},
    {RECORD, "cost", "pue"},
    {RECORD, "cost", "reason"},
    {RECORD, "counting", "source"},
    {RECORD, "counting", "executions"},
    {RECORD, "counting", "passes"},
    {RECORD, "counting", "multiplexed"},
    {RECORD, "counting", "pass_ns"},
    {RECORD, "counting", "values"},
    {RECORD, "counting", "ipc"},
    {RECORD, "counting", "effective_hz"},
    {RECORD, "counting", "l3_miss_per_kinst"},
    {RECORD, "counting", "l2_miss_per_kinst"},
    {RECORD, "counting", "l1d_miss_per_kinst"},
    {RECORD, "counting", "dram_bytes_per_op"},
    {RECORD, "counting", "formula_bytes_per_op"},
    {RECORD, "counting", "flops_counted_per_op"},
    {INVOCATION, "energy", "method"},
    {INVOCATION, "energy", "energy_j"},
    {INVOCATION, "energy", "window_s"},
    {INVOCATION, "energy", "executions"},
    {INVOCATION, "energy", "avg_power_w"},
    {INVOCATION, "energy", "j_per_item"},
    {INVOCATION, "energy", "uncertainty_rel"},
    {INVOCATION, "energy", "reason"},
};

static void write_titles(FILE *stream)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(columns); i++) {
        const struct column *column = &columns[i];
        fprintf(stream, "%s%s%s%s%s", i > 0 ? "," : "",
                column->part == INVOCATION ? "invocation." : "",
                column->block != NULL ? column->block : "", column->block != NULL ? "." : "",
                column->name);
    }
    fputc('\n', stream);
}

/* What a spreadsheet would run as a formula (OWASP, "CSV Injection"). */
static bool looks_like_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

static void write_text(const char *text, const struct dlb_report_options *options, FILE *stream)
{
    const char *guard = options->csv_apostrophe && looks_like_formula(text) ? "'" : "";
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fprintf(stream, "%s%s", guard, text);
        return;
    }
    fprintf(stream, "\"%s", guard);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

/* Flags are the one array of texts: "noisy;budget". */
static void join(const json_t *array, struct dlb_text *joined)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        dlb_text_append(joined, i > 0 ? ";" : "");
        dlb_text_append(joined, json_string_value(json_array_get(array, i)));
    }
}

/* As JSON writes it: a real number never passes through printf, whose decimal point is the locale's. */
static char *dump(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
}

static enum dlb_status write_cell(const json_t *value, const struct dlb_report_options *options,
                                  FILE *stream)
{
    if (value == NULL || json_is_null(value))
        return DLB_OK;
    struct dlb_text text = {0};
    if (json_is_string(value)) {
        write_text(json_string_value(value), options, stream);
    } else if (json_is_array(value)) {
        join(value, &text);
        write_text(text.data != NULL ? text.data : "", options, stream);
    } else {
        char *json = dump(value);
        text.failed = json == NULL;
        if (json_is_object(value) && json != NULL)
            write_text(json, options, stream);
        else if (
            json !=
            NULL) /* a number or truth value: never a formula, also when it begins with a minus */
            fputs(json, stream);
        free(json);
    }
    const bool failed = text.failed;
    dlb_text_free(&text);
    return failed ? DLB_NO_MEMORY : DLB_OK;
}

static enum dlb_status write_row(json_t *const parts[PART_COUNT],
                                 const struct dlb_report_options *options, FILE *stream,
                                 struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(columns) && status == DLB_OK; i++) {
        const json_t *object = parts[columns[i].part];
        if (columns[i].block != NULL)
            object = json_object_get(object, columns[i].block);
        if (i > 0)
            fputc(',', stream);
        status = write_cell(json_object_get(object, columns[i].name), options, stream);
    }
    fputc('\n', stream);
    return status == DLB_OK ? status : dlb_fail(why, status, "no memory for the report");
}

static enum dlb_status write_record(json_t *run, const struct dlb_record *record,
                                    const struct dlb_report_options *options, FILE *stream,
                                    struct dlb_why *why)
{
    struct dlb_record alone = *record; /* borrows everything, shows no invocations */
    alone.invocation_count = 0;
    json_t *parts[PART_COUNT] = {run, dlb_record_to_json(&alone), NULL};
    enum dlb_status status = parts[RECORD] != NULL ? DLB_OK : DLB_NO_MEMORY;
    if (status == DLB_OK && record->invocation_count == 0)
        status = write_row(parts, options, stream, why);
    for (int i = 0; i < record->invocation_count && status == DLB_OK; i++) {
        struct dlb_invocation plain = record->invocations[i];
        plain.samples_ns = NULL;
        parts[INVOCATION] = dlb_invocation_to_json(&plain);
        status = parts[INVOCATION] != NULL ? write_row(parts, options, stream, why) : DLB_NO_MEMORY;
        json_decref(parts[INVOCATION]);
    }
    json_decref(parts[RECORD]);
    return status == DLB_OK ? status : dlb_fail(why, status, "no memory for the report");
}

enum dlb_status dlb_report_csv(const struct dlb_result *result,
                               const struct dlb_report_options *options, FILE *stream,
                               struct dlb_why *why)
{
    struct dlb_result head = *result; /* borrows everything, shows no records */
    head.record_count = 0;
    json_t *run = dlb_result_to_json(&head);
    enum dlb_status status =
        run != NULL ? DLB_OK : dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    if (status == DLB_OK)
        write_titles(stream);
    for (int i = 0; i < result->record_count && status == DLB_OK && !ferror(stream); i++)
        status = write_record(run, &result->records[i], options, stream, why);
    json_decref(run);
    return status == DLB_OK ? dlb_report_end(stream, why) : status;
}
