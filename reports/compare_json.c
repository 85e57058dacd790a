/* compare_json.c: a comparison as one document, and the table of formats.
 *
 *   metric {name, unit, better}, by, base, ratio ("base / value" or "value / base": above 1 is better), interval (how)
 *   columns[] {label, device, files[]}
 *   rows[]    {problem, workload, label, dtype, device, threads, mode, cache_state, data, evidence, version_hash,
 *              cells[] {column, value, lo, hi, kind, processes, runs, ratio, ratio_lo, ratio_hi, ratio_kind, flags[]}}
 *   means[]   {column, scope, name, mode, cache_state, data, evidence, cases, ratio, least, most, better, worse}
 *   not_compared[] {column, reason, keys[]} */
#include <math.h>
#include <string.h>

#include "reports/check_escape.h"
#include "reports/compare_writers.h"
#include "reports/report_writers.h"

const struct dlb_compare_format dlb_compare_formats[] = {
    {"text", dlb_compare_text},
    {"json", dlb_compare_json},
    {"csv", dlb_compare_csv},
    {"md", dlb_compare_md},
    {NULL, NULL},
};

/* ---- pieces ---- */

static int set_text(json_t *object, const char *name, const char *value)
{
    return json_object_set_new(object, name, dlb_escape_json(value));
}

static int set_real(json_t *object, const char *name, double value)
{
    return json_object_set_new(object, name, isfinite(value) ? json_real(value) : json_null());
}

static int set_count(json_t *object, const char *name, int64_t value)
{
    return json_object_set_new(object, name, json_integer(value));
}

static json_t *flags_of(const struct dlb_record *record)
{
    json_t *flags = json_array();
    for (int i = 0; i < record->flag_count; i++)
        json_array_append_new(flags, dlb_escape_json(record->flags[i]));
    return flags;
}

/* What lo and hi are, in the words of ci_kind in a result. One process has no ends. */
static const char *kind_of(const struct dlb_interval *value)
{
    if (value->is_ci)
        return "order";
    return value->n_eff > 1 || (value->n_eff < 1 && isfinite(value->lo)) ? "range" : "none";
}

static json_t *cell_to_json(const struct dlb_comparison *comparison,
                            const struct dlb_compared_cell *cell)
{
    json_t *json = json_object();
    int failures = set_text(json, "column", comparison->columns[cell->column].label);
    failures |= set_real(json, "value", cell->value.median);
    failures |= set_real(json, "lo", cell->value.lo);
    failures |= set_real(json, "hi", cell->value.hi);
    failures |= set_text(json, "kind", kind_of(&cell->value));
    failures |= set_count(json, "processes", (int64_t)cell->value.n_eff);
    failures |= set_count(json, "runs", cell->records);
    failures |= set_real(json, "ratio", cell->ratio.ratio);
    failures |= set_real(json, "ratio_lo", cell->ratio.lo);
    failures |= set_real(json, "ratio_hi", cell->ratio.hi);
    failures |= set_text(json, "ratio_kind", dlb_compare_kind(comparison, cell));
    failures |= json_object_set_new(json, "flags", flags_of(cell->record));
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *row_to_json(const struct dlb_comparison *comparison,
                           const struct dlb_compared_row *row)
{
    const struct dlb_record *record = comparison->cells[row->first].record;
    json_t *json = json_object();
    json_t *cells = json_array();
    int failures = set_text(json, "problem", record->problem);
    failures |= set_text(json, "workload", record->workload);
    failures |= set_text(json, "label", record->label);
    failures |= set_text(json, "dtype", record->dtype);
    failures |= set_text(json, "version_hash", record->version_hash);
    failures |= set_text(json, "device", record->device);
    failures |= set_count(json, "threads", record->threads);
    failures |= set_text(json, "mode", record->mode);
    failures |= set_text(json, "cache_state", dlb_comparison_cache(record));
    failures |= set_text(json, "data", record->data);
    failures |= set_text(json, "evidence", dlb_comparison_evidence(record));
    for (int i = 0; i < row->count; i++)
        failures |= json_array_append_new(
            cells, cell_to_json(comparison, &comparison->cells[row->first + i]));
    failures |= json_object_set_new(json, "cells", cells);
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *column_to_json(const struct dlb_comparison *comparison,
                              const struct dlb_compared_column *column)
{
    json_t *files = json_array();
    for (int i = 0; i < column->source_count; i++)
        json_array_append_new(
            files, dlb_escape_json(comparison->request.sources[column->sources[i]].path));
    return json_pack("{s:o, s:o, s:o}", "label", dlb_escape_json(column->label), "device",
                     column->device != NULL ? dlb_escape_json(column->device) : json_null(),
                     "files", files);
}

static json_t *group_to_json(const struct dlb_comparison *comparison,
                             const struct dlb_compared_group *group)
{
    static const char *const scopes[] = {"all", "workload", "dtype"};
    json_t *json = json_object();
    int failures = set_text(json, "column", comparison->columns[group->column].label);
    failures |= set_text(json, "scope", scopes[group->scope]);
    failures |= set_text(json, "name", group->name);
    failures |= set_text(json, "mode", group->mode);
    failures |= set_text(json, "cache_state", group->cache_state);
    failures |= set_text(json, "data", group->data);
    failures |= set_text(json, "evidence", group->evidence);
    failures |= set_count(json, "cases", group->cases);
    failures |= set_real(json, "ratio", group->ratio);
    failures |= set_real(json, "least", group->least);
    failures |= set_real(json, "most", group->most);
    failures |= set_count(json, "better", group->better);
    failures |= set_count(json, "worse", group->worse);
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *note_to_json(const struct dlb_comparison *comparison,
                            const struct dlb_compared_note *note)
{
    json_t *keys = json_array();
    for (int i = 0; i < note->count; i++)
        json_array_append_new(keys, dlb_escape_json(note->records[i]->key));
    return json_pack("{s:o, s:o, s:o}", "column",
                     dlb_escape_json(comparison->columns[note->column].label), "reason",
                     dlb_escape_json(note->reason), "keys", keys);
}

/* ---- the document ---- */

static json_t *head_to_json(const struct dlb_comparison *comparison)
{
    const struct dlb_comparison_metric *metric = &comparison->request.metric;
    const bool none = comparison->column_count == 0;
    return json_pack(
        "{s:{s:s, s:s, s:s}, s:s, s:o, s:s, s:s}", "metric", "name", metric->name, "unit",
        metric->unit, "better", metric->higher ? "higher" : "lower", "by",
        dlb_comparison_by_name(comparison->request.by), "base",
        none ? json_null() : dlb_escape_json(comparison->columns[comparison->base].label), "ratio",
        metric->higher ? "value / base" : "base / value", "interval",
        "mover: 95 %, order-statistic intervals of both medians joined by MOVER on logarithms "
        "(Zou and Donner 2008); range: of the extremes; exact: predicted, not measured");
}

json_t *dlb_compare_to_json(const struct dlb_comparison *comparison)
{
    json_t *json = head_to_json(comparison);
    json_t *lists[] = {json_array(), json_array(), json_array(), json_array()};
    static const char *const names[] = {"columns", "rows", "means", "not_compared"};
    int failures = json == NULL ? -1 : 0;
    for (int i = 0; i < comparison->column_count; i++)
        failures |=
            json_array_append_new(lists[0], column_to_json(comparison, &comparison->columns[i]));
    for (int i = 0; i < comparison->row_count; i++)
        failures |= json_array_append_new(lists[1], row_to_json(comparison, &comparison->rows[i]));
    for (int i = 0; i < comparison->group_count; i++)
        failures |=
            json_array_append_new(lists[2], group_to_json(comparison, &comparison->groups[i]));
    for (int i = 0; i < comparison->note_count; i++)
        failures |=
            json_array_append_new(lists[3], note_to_json(comparison, &comparison->notes[i]));
    for (int i = 0; i < 4; i++)
        failures |= json_object_set_new(json, names[i], lists[i]);
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

enum dlb_status dlb_compare_json(const struct dlb_comparison *comparison,
                                 const struct dlb_report_options *options, FILE *stream,
                                 struct dlb_why *why)
{
    (void)options;
    json_t *json = dlb_compare_to_json(comparison);
    if (json == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    (void)json_dumpf(json, stream,
                     JSON_INDENT(2) | JSON_REAL_PRECISION(17)); /* told by the stream */
    fputs("\n", stream);
    json_decref(json);
    return dlb_report_end(stream, why);
}
