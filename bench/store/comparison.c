/* comparison.c: which records stand in which column and beside which others, and their ratios.
 *
 * Records become items, items are sorted by what makes them comparable, and each run of equal ones is a row. What stayed alone gets its
 * reason in comparison_note.c, the means are comparison_group.c's, the numbers come from comparison_metric.c. */
#include "bench/store/comparison.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/store/comparison_item.h"

const char *dlb_comparison_by_name(enum dlb_comparison_by by)
{
    static const char *const names[DLB_BY_COUNT] = {"file", "device", "version", "host"};
    return (unsigned int)by < DLB_BY_COUNT ? names[by] : "?";
}

const char *dlb_comparison_cache(const struct dlb_record *record)
{
    return dlb_record_has_flag(record, "cold_downgraded") ? "not-cold" : record->cache_state;
}

const char *dlb_comparison_evidence(const struct dlb_record *record)
{
    return record->evidence[0] != '\0' ? record->evidence : "measured";
}

/* ---- items ---- */

static bool has_value(const struct dlb_comparison *comparison, const struct dlb_record *record)
{
    double *values = NULL;
    int64_t count = 0;
    const char *metric = comparison->request.metric.name;
    (void)dlb_comparison_values(metric, record, &values, &count);
    free(values);
    const double value = dlb_comparison_summary(metric, record).median;
    return count > 0 || (isfinite(value) && value > 0);
}

static int count_records(const struct dlb_comparison_request *request)
{
    int count = 0;
    for (int i = 0; i < request->source_count; i++)
        count += request->sources[i].result->record_count;
    return count;
}

static enum dlb_status make_items(struct dlb_comparison *comparison,
                                  struct dlb_comparison_item *items)
{
    const struct dlb_comparison_request *request = &comparison->request;
    enum dlb_status status = DLB_OK;
    int count = 0;
    for (int source = 0; source < request->source_count && status == DLB_OK; source++) {
        const struct dlb_result *result = request->sources[source].result;
        /* A file without a record is a column all the same: its emptiness is told. */
        if (request->by != DLB_BY_DEVICE && dlb_comparison_column_of(comparison, source, "") < 0)
            status = DLB_NO_MEMORY;
        for (int i = 0; i < result->record_count && status == DLB_OK; i++) {
            const struct dlb_record *record = &result->records[i];
            const int column = dlb_comparison_column_of(comparison, source, record->device);
            items[count++] = (struct dlb_comparison_item){
                .record = record,
                .source = source,
                .index = i,
                .column = column,
                .hardware = dlb_comparison_hardware(result, record->device),
                .has_value = has_value(comparison, record)};
            status = column >= 0 ? DLB_OK : DLB_NO_MEMORY;
        }
    }
    return status;
}

/* ---- order ---- */

int dlb_comparison_loosely(const struct dlb_comparison_order *order,
                           const struct dlb_comparison_item *a, const struct dlb_comparison_item *b)
{
    const int problem = strcmp(a->record->problem, b->record->problem);
    if (problem != 0 || order->by == DLB_BY_DEVICE)
        return problem;
    return strcmp(a->record->device, b->record->device);
}

const char *dlb_comparison_kin(const struct dlb_comparison_order *order,
                               const struct dlb_record *record)
{
    const char *evidence = dlb_comparison_evidence(record);
    return order->published && strcmp(evidence, "published") == 0 ? "measured" : evidence;
}

int dlb_comparison_strictly(const struct dlb_comparison_order *order,
                            const struct dlb_comparison_item *a,
                            const struct dlb_comparison_item *b)
{
    const struct dlb_record *x = a->record;
    const struct dlb_record *y = b->record;
    int found = dlb_comparison_loosely(order, a, b);
    if (found == 0)
        found = strcmp(x->version_hash, y->version_hash);
    if (found == 0)
        found = strcmp(x->mode, y->mode);
    if (found == 0)
        found = strcmp(dlb_comparison_cache(x), dlb_comparison_cache(y));
    if (found == 0)
        found = strcmp(x->data, y->data);
    if (found == 0)
        found = strcmp(dlb_comparison_kin(order, x), dlb_comparison_kin(order, y));
    if (found == 0 && order->by == DLB_BY_VERSION)
        found = strcmp(a->hardware, b->hardware);
    return found != 0 || !order->threads ? found
                                         : (x->threads > y->threads) - (x->threads < y->threads);
}

static int by_comparability(const void *left, const void *right, void *context)
{
    const struct dlb_comparison_order *order = context;
    const struct dlb_comparison_item *a = left;
    const struct dlb_comparison_item *b = right;
    int found = dlb_comparison_strictly(order, a, b);
    if (found == 0)
        found = a->column - b->column;
    if (found == 0)
        found = a->source - b->source;
    return found != 0 ? found : a->index - b->index;
}

/* Does a column hold the same case with several counts of threads? */
static bool has_many_threads(struct dlb_comparison_order order, struct dlb_comparison_item *items,
                             int count)
{
    qsort_r(items, (size_t)count, sizeof *items, by_comparability, &order);
    for (int i = 1; i < count; i++)
        if (items[i].column == items[i - 1].column &&
            items[i].record->threads != items[i - 1].record->threads &&
            dlb_comparison_strictly(&order, &items[i], &items[i - 1]) == 0)
            return true;
    return false;
}

/* ---- rows ---- */

static enum dlb_status fill_cell(const struct dlb_comparison *comparison,
                                 const struct dlb_comparison_item *items, int count,
                                 struct dlb_compared_cell *cell)
{
    const char *metric = comparison->request.metric.name;
    double *values = NULL;
    int64_t value_count = 0;
    bool ok = true;
    *cell = (struct dlb_compared_cell){
        .column = items[0].column,
        .record = items[0].record,
        .records = count,
        .exact = strcmp(dlb_comparison_evidence(items[0].record), "measured") != 0};
    for (int i = 0; i < count && ok; i++) {
        ok = dlb_comparison_values(metric, items[i].record, &values, &value_count);
        cell->stretched |= dlb_record_has_flag(items[i].record, "slowdown");
    }
    cell->value = value_count > 0 ? dlb_interval_invocations(values, value_count)
                                  : dlb_comparison_summary(metric, items[0].record);
    free(values);
    return ok ? DLB_OK : DLB_NO_MEMORY;
}

static void compare_cells(const struct dlb_comparison *comparison,
                          const struct dlb_compared_cell *base, struct dlb_compared_cell *cell)
{
    const bool higher = comparison->request.metric.higher;
    cell->ratio = higher ? dlb_ratio_of(&cell->value, &base->value)
                         : dlb_ratio_of(&base->value, &cell->value);
    if (cell == base)
        cell->ratio = (struct dlb_ratio){1, 1, 1, DLB_RATIO_NONE};
    else if (cell->exact)
        cell->ratio = (struct dlb_ratio){cell->ratio.ratio, cell->ratio.ratio, cell->ratio.ratio,
                                         DLB_RATIO_NONE};
}

/* A run of comparable items, base among them: a row, when another column has a value too. */
static enum dlb_status make_row(struct dlb_comparison *comparison,
                                struct dlb_comparison_item *items, int count)
{
    const int first = comparison->cell_count;
    int cells = 1; /* the base's goes to the front */
    int base = -1;
    for (int i = 0, end = 0; i < count; i = end) {
        for (end = i; end < count && items[end].column == items[i].column;)
            end++;
        const bool is_base = items[i].column == comparison->base;
        struct dlb_compared_cell *cell = &comparison->cells[first + (is_base ? 0 : cells++)];
        if (fill_cell(comparison, items + i, end - i, cell) != DLB_OK)
            return DLB_NO_MEMORY;
        base = is_base ? i : base;
    }
    if (base < 0 || cells < 2)
        return DLB_OK;
    for (int i = 0; i < cells; i++)
        compare_cells(comparison, &comparison->cells[first], &comparison->cells[first + i]);
    for (int i = 0; i < count; i++)
        items[i].paired = true;
    comparison->rows[comparison->row_count++] = (struct dlb_compared_row){first, cells};
    comparison->cell_count += cells;
    return DLB_OK;
}

/* Items with a value come first; the others can only be told of. Keeps the order among them. */
static int values_first(struct dlb_comparison_item *items, struct dlb_comparison_item *scratch,
                        int count)
{
    int with = 0;
    int without = 0;
    for (int i = 0; i < count; i++)
        if (items[i].has_value)
            items[with++] = items[i];
        else
            scratch[without++] = items[i];
    if (without > 0)
        memcpy(items + with, scratch, (size_t)without * sizeof *items);
    return with;
}

struct place {
    struct dlb_compared_row row;
    const struct dlb_comparison *comparison;
    int source, index; /* of the base's record */
};

static int by_place(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    return a->source != b->source ? a->source - b->source : a->index - b->index;
}

/* Rows in the order in which the base measured them. */
static enum dlb_status sort_rows(struct dlb_comparison *comparison)
{
    struct place *places = calloc((size_t)comparison->row_count + 1, sizeof *places);
    const struct dlb_comparison_request *request = &comparison->request;
    if (places == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < comparison->row_count; i++) {
        const struct dlb_record *record = comparison->cells[comparison->rows[i].first].record;
        places[i].row = comparison->rows[i];
        for (int s = 0; s < request->source_count; s++) {
            const struct dlb_result *result = request->sources[s].result;
            if (record >= result->records && record < result->records + result->record_count) {
                places[i].source = s;
                places[i].index = (int)(record - result->records);
                break;
            }
        }
    }
    qsort(places, (size_t)comparison->row_count, sizeof *places, by_place);
    for (int i = 0; i < comparison->row_count; i++)
        comparison->rows[i] = places[i].row;
    free(places);
    return DLB_OK;
}

static enum dlb_status make_rows(struct dlb_comparison *comparison,
                                 struct dlb_comparison_order *order,
                                 struct dlb_comparison_item *items, int count)
{
    struct dlb_comparison_item *scratch = calloc((size_t)count + 1, sizeof *scratch);
    comparison->rows = calloc((size_t)count + 1, sizeof *comparison->rows);
    /* One more than items: a row begins with a place for the base, also where that turns out to be missing. */
    comparison->cells = calloc((size_t)count + 2, sizeof *comparison->cells);
    if (scratch == NULL || comparison->rows == NULL || comparison->cells == NULL) {
        free(scratch);
        return DLB_NO_MEMORY;
    }
    const int with = values_first(items, scratch, count);
    free(scratch);
    enum dlb_status status = DLB_OK;
    qsort_r(items, (size_t)with, sizeof *items, by_comparability, order);
    for (int first = 0, end = 0; first < with && status == DLB_OK; first = end) {
        for (end = first;
             end < with && dlb_comparison_strictly(order, &items[first], &items[end]) == 0;)
            end++;
        status = make_row(comparison, items + first, end - first);
    }
    return status == DLB_OK ? sort_rows(comparison) : status;
}

/* ---- all of it ---- */

static enum dlb_status tell_nothing(const struct dlb_comparison *comparison, struct dlb_why *why)
{
    const struct dlb_comparison_request *request = &comparison->request;
    const char *by = dlb_comparison_by_name(request->by);
    if (comparison->column_count == 0)
        return dlb_fail(why, DLB_SKIPPED,
                        "nothing to compare: there are no cases in what was given");
    if (comparison->column_count == 1)
        return dlb_fail(why, DLB_SKIPPED, "nothing to compare by %s: all is of '%.200s'", by,
                        comparison->columns[0].label);
    if (comparison->note_count > 0)
        return dlb_fail(why, DLB_SKIPPED,
                        "nothing is comparable: no case of another %s goes with one of '%.80s'; "
                        "first reason: %.200s",
                        by, comparison->columns[comparison->base].label,
                        comparison->notes[0].reason);
    return dlb_fail(why, DLB_SKIPPED, "nothing is comparable: no case has a %s",
                    request->metric.name);
}

static enum dlb_status make(struct dlb_comparison *comparison, struct dlb_comparison_item *items,
                            struct dlb_why *why)
{
    const int count = count_records(&comparison->request);
    const enum dlb_comparison_by by = comparison->request.by;
    struct dlb_comparison_order order = {by, false,
                                         by == DLB_BY_DEVICE && comparison->request.published};
    enum dlb_status status = make_items(comparison, items);
    if (status == DLB_OK)
        status = dlb_comparison_choose_base(comparison, why);
    if (status != DLB_OK)
        return status;
    order.threads =
        by == DLB_BY_FILE || by == DLB_BY_VERSION || has_many_threads(order, items, count);
    comparison->many_threads = order.threads;
    status = make_rows(comparison, &order, items, count);
    if (status == DLB_OK)
        status = dlb_comparison_group(comparison);
    if (status == DLB_OK)
        status = dlb_comparison_note(comparison, &order, items, count);
    return status;
}

enum dlb_status dlb_comparison_make(const struct dlb_comparison_request *request,
                                    struct dlb_comparison *comparison, struct dlb_why *why)
{
    struct dlb_comparison found = {.request = *request};
    struct dlb_comparison_item *items = calloc((size_t)count_records(request) + 1, sizeof *items);
    enum dlb_status status = items != NULL ? make(&found, items, why) : DLB_NO_MEMORY;
    free(items);
    if (status != DLB_OK) {
        dlb_comparison_free(&found);
        return status == DLB_NO_MEMORY ? dlb_fail(why, status, "no memory for the comparison")
                                       : status;
    }
    *comparison = found;
    return found.row_count > 0 ? DLB_OK : tell_nothing(comparison, why);
}

void dlb_comparison_free(struct dlb_comparison *comparison)
{
    for (int i = 0; i < comparison->column_count; i++) {
        free(comparison->columns[i].label);
        free(comparison->columns[i].identity);
        free(comparison->columns[i].sources);
    }
    for (int i = 0; i < comparison->note_count; i++) {
        free(comparison->notes[i].reason);
        free(comparison->notes[i].records);
    }
    free(comparison->columns);
    free(comparison->rows);
    free(comparison->cells);
    free(comparison->groups);
    free(comparison->notes);
    *comparison = (struct dlb_comparison){.row_count = 0};
}
