/* published_table.c: reads a file of published results and turns its rows into problems and times.
 *
 * The files are ours, but they are files: a row that does not fit its columns is refused with its place. What becomes of a row is
 * published.c's. */
#include "bench/store/published_table.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/store/fields.h"
#include "bench/store/result_file.h"

#define SCHEMA       "dlbench-published/1"
#define MOST_COLUMNS 32
#define MOST_FILES   1000
#define MOST_ITEMS   1e15 /* of one execution: counts are whole numbers of 64 bits */

/* ---- a file ---- */

static enum dlb_status read_text(struct dlb_published_table *table, const char *name,
                                 const char **text, struct dlb_why *why)
{
    const json_t *json = json_object_get(table->document, name);
    if (!json_is_string(json))
        return dlb_fail(why, DLB_INVALID, "%s: %s: wanted a text, found %s", table->path, name,
                        dlb_store_kind(json));
    *text = json_string_value(json);
    return DLB_OK;
}

static enum dlb_status read_list(struct dlb_published_table *table, const char *name,
                                 const json_t **list, struct dlb_why *why)
{
    const json_t *json = json_object_get(table->document, name);
    if (!json_is_array(json))
        return dlb_fail(why, DLB_INVALID, "%s: %s: wanted an array, found %s", table->path, name,
                        dlb_store_kind(json));
    *list = json;
    return DLB_OK;
}

static enum dlb_status read_head(struct dlb_published_table *table, struct dlb_why *why)
{
    const struct {
        const char *name;
        const char **text;
    } texts[] = {{"title", &table->title},
                 {"source", &table->source},
                 {"problem", &table->problem},
                 {"items", &table->items}};
    const struct {
        const char *name;
        const json_t **list;
    } lists[] = {{"note", &table->note},
                 {"measures", &table->measures},
                 {"columns", &table->columns},
                 {"runs", &table->runs},
                 {"rows", &table->rows}};
    const char *schema = json_string_value(json_object_get(table->document, "schema"));
    if (schema == NULL || strcmp(schema, SCHEMA) != 0)
        return dlb_fail(why, DLB_INVALID, "%s: schema: wanted " SCHEMA ", found %.60s", table->path,
                        schema != NULL ? schema : "none");
    enum dlb_status status = DLB_OK;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(texts) && status == DLB_OK; i++)
        status = read_text(table, texts[i].name, texts[i].text, why);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(lists) && status == DLB_OK; i++)
        status = read_list(table, lists[i].name, lists[i].list, why);
    return status;
}

enum dlb_status dlb_published_open(const char *path, struct dlb_published_table *table,
                                   struct dlb_why *why)
{
    struct dlb_published_table opened = {0};
    snprintf(opened.path, sizeof opened.path, "%s", path);
    enum dlb_status status = dlb_document_read(path, &opened.document, why);
    if (status == DLB_OK)
        status = read_head(&opened, why);
    if (status == DLB_OK && json_array_size(opened.columns) > MOST_COLUMNS)
        status = dlb_fail(why, DLB_INVALID, "%s: columns: at most %d, found %zu", path,
                          MOST_COLUMNS, json_array_size(opened.columns));
    if (status != DLB_OK) {
        dlb_published_close(&opened);
        return status;
    }
    *table = opened;
    return DLB_OK;
}

void dlb_published_close(struct dlb_published_table *table)
{
    json_decref(table->document);
    *table = (struct dlb_published_table){0};
}

/* ---- a row ---- */

/* Where a row is looked up in: its own cells, the words of the measure, the run. */
struct cells {
    const struct dlb_published_table *table;
    const json_t *row, *set, *run;
};

static const json_t *cell(const struct cells *cells, const char *name, size_t length)
{
    size_t index;
    const json_t *column;
    json_array_foreach(cells->table->columns, index, column)
    {
        const char *text = json_string_value(column);
        if (text != NULL && strlen(text) == length && memcmp(text, name, length) == 0)
            return json_array_get(cells->row, index);
    }
    char key[32];
    snprintf(key, sizeof key, "%.*s", (int)length, name);
    const json_t *found = json_object_get(cells->set, key);
    return found != NULL ? found : json_object_get(cells->run, key);
}

/* -1: it is no text and no number, or does not fit. */
static int print_cell(const json_t *value, char *buffer, size_t size)
{
    int length = -1;
    if (json_is_string(value))
        length = snprintf(buffer, size, "%s", json_string_value(value));
    else if (json_is_integer(value))
        length = snprintf(buffer, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        length = snprintf(buffer, size, "%.15g", json_real_value(value));
    return length >= 0 && (size_t)length < size ? length : -1;
}

/* The template with its braces filled in. */
static bool expand(const char *form, const struct cells *cells, char *buffer, size_t size)
{
    size_t used = 0;
    while (*form != '\0') {
        const size_t plain = strcspn(form, "{");
        if (used + plain >= size)
            return false;
        memcpy(buffer + used, form, plain);
        used += plain;
        form += plain;
        if (*form == '\0')
            break;
        const size_t length = strcspn(++form, "}");
        const int printed = length < 32 && form[length] == '}'
                                ? print_cell(cell(cells, form, length), buffer + used, size - used)
                                : -1;
        if (printed < 0)
            return false;
        used += (size_t)printed;
        form += length + 1;
    }
    buffer[used] = '\0';
    return true;
}

/* A value in the unit of its measure as the time of one execution; NaN for an unknown unit. */
static double to_ns(const char *unit, double value, double items)
{
    static const struct {
        const char *unit;
        double factor;
        bool rate, per_item;
    } units[] = {{"ms", 1e6, false, false},
                 {"p90_ms", 1e6, false, false},
                 {"items_per_s", 1e9, true, true},
                 {"steps_per_s", 1e9, true, false}};
    for (size_t i = 0; unit != NULL && i < DLB_ARRAY_COUNT(units); i++)
        if (strcmp(units[i].unit, unit) == 0)
            return units[i].factor * (units[i].rate ? 1 / value : value) *
                   (units[i].per_item ? items : 1);
    return (double)NAN;
}

static enum dlb_status bad_row(const struct dlb_published_table *table, size_t index,
                               const char *what, struct dlb_why *why)
{
    return dlb_fail(why, DLB_INVALID, "%s: rows[%zu]: %s", table->path, index, what);
}

/* *there is false where the row does not have this measure. */
static enum dlb_status read_measure(const struct dlb_published_table *table, size_t index,
                                    const json_t *measure, struct dlb_published_row *row,
                                    bool *there, struct dlb_why *why)
{
    const char *column = json_string_value(json_object_get(measure, "column"));
    const char *unit = json_string_value(json_object_get(measure, "unit"));
    const struct cells cells = {.table = table,
                                .row = json_array_get(table->rows, index),
                                .set = json_object_get(measure, "set"),
                                .run = row->run};
    char items[24];
    const json_t *value = column != NULL ? cell(&cells, column, strlen(column)) : NULL;
    *there = !json_is_null(value);
    if (!*there)
        return DLB_OK;
    if (!json_is_number(value) || !(json_number_value(value) > 0))
        return bad_row(table, index, "a measure is no number above 0", why);
    if (!expand(table->problem, &cells, row->problem, sizeof row->problem) ||
        !expand(table->items, &cells, items, sizeof items))
        return bad_row(table, index, "`problem` or `items` cannot be filled in from it", why);
    row->items = strtod(items, NULL);
    row->time_ns = to_ns(unit, json_number_value(value), row->items);
    row->mode = json_string_value(json_object_get(measure, "mode"));
    row->pass = json_string_value(json_object_get(cells.set, "pass"));
    row->dtype = json_string_value(json_object_get(row->run, "dtype"));
    row->is_p90 = unit != NULL && strcmp(unit, "p90_ms") == 0;
    snprintf(row->workload, sizeof row->workload, "%.*s", (int)strcspn(row->problem, ":"),
             row->problem);
    if (!(row->time_ns > 0 && row->time_ns < INFINITY) ||
        !(row->items >= 1 && row->items < MOST_ITEMS) || row->mode == NULL || row->dtype == NULL)
        return bad_row(table, index, "unit, mode, type or items of its measure or run are unknown",
                       why);
    return DLB_OK;
}

static enum dlb_status find_run(const struct dlb_published_table *table, size_t index,
                                const json_t **run, struct dlb_why *why)
{
    const json_t *row = json_array_get(table->rows, index);
    const json_t *number = json_array_get(row, 0);
    if (!json_is_array(row) || json_array_size(row) != json_array_size(table->columns))
        return bad_row(table, index, "it has not as many cells as there are columns", why);
    *run = json_is_integer(number) && json_integer_value(number) >= 0
               ? json_array_get(table->runs, (size_t)json_integer_value(number))
               : NULL;
    if (json_string_value(json_object_get(*run, "device")) == NULL)
        return bad_row(table, index, "its run is none, or one without a device", why);
    return DLB_OK;
}

enum dlb_status dlb_published_each(const struct dlb_published_table *table,
                                   enum dlb_status (*take)(void *user,
                                                           const struct dlb_published_row *row,
                                                           struct dlb_why *why),
                                   void *user, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (size_t i = 0; i < json_array_size(table->rows) && status == DLB_OK; i++) {
        struct dlb_published_row row = {.table = table};
        status = find_run(table, i, &row.run, why);
        for (size_t j = 0; j < json_array_size(table->measures) && status == DLB_OK; j++) {
            bool there = false;
            status = read_measure(table, i, json_array_get(table->measures, j), &row, &there, why);
            if (status == DLB_OK && there)
                status = take(user, &row, why);
        }
    }
    return status;
}

/* ---- a folder ---- */

static int is_table(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return length > 5 && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + length - 5, ".json") == 0;
}

enum dlb_status dlb_published_walk(const char *folder,
                                   enum dlb_status (*take)(void *user,
                                                           const struct dlb_published_row *row,
                                                           struct dlb_why *why),
                                   void *user, struct dlb_why *why)
{
    struct dirent **names = NULL;
    enum dlb_status status = DLB_OK;
    const int count = scandir(folder, &names, is_table, alphasort);
    if (count < 0)
        return dlb_fail(why, DLB_IO, "cannot read the folder %s of published results: %s", folder,
                        strerror(errno));
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct dlb_published_table table = {0};
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        free(names[i]);
        if (status == DLB_OK && i < MOST_FILES)
            status = dlb_published_open(path, &table, why);
        if (status == DLB_OK)
            status = dlb_published_each(&table, take, user, why);
        dlb_published_close(&table);
    }
    free(names);
    return status;
}
