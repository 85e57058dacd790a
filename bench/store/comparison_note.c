/* comparison_note.c: why a case stands in no row: what differs from the base's case of the same problem, what failed, what only one side
 * has. Nothing that was given is passed over in silence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/store/comparison_item.h"

#define REASON_SIZE 600

/* ---- what differs ---- */

static void append_part(struct dlb_text *text, const char *part, const char *label,
                        const char *mine, const char *other)
{
    dlb_text_format(text, "%s%s %s, %.60s has %s", text->size > 0 ? "; " : "", part,
                    other[0] != '\0' ? other : "(none)", label, mine[0] != '\0' ? mine : "(none)");
}

int dlb_comparison_differ(const struct dlb_comparison_order *order,
                          const struct dlb_comparison_item *base,
                          const struct dlb_comparison_item *other, const char *label, char *text,
                          size_t size)
{
    char threads[2][16];
    snprintf(threads[0], sizeof threads[0], "%d", base->record->threads);
    snprintf(threads[1], sizeof threads[1], "%d", other->record->threads);
    const struct {
        const char *name, *mine, *other;
        bool matters;
    } parts[] = {
        {"problem version", base->record->version_hash, other->record->version_hash, true},
        {"evidence", dlb_comparison_kin(order, base->record),
         dlb_comparison_kin(order, other->record), true},
        {"timing mode", base->record->mode, other->record->mode, true},
        {"cache", dlb_comparison_cache(base->record), dlb_comparison_cache(other->record), true},
        {"data", base->record->data, other->record->data, true},
        {"processor", base->hardware, other->hardware, order->by == DLB_BY_VERSION},
        {"threads", threads[0], threads[1], order->threads},
    };
    struct dlb_text words = {0};
    int count = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++) {
        if (!parts[i].matters || strcmp(parts[i].mine, parts[i].other) == 0)
            continue;
        append_part(&words, parts[i].name, label, parts[i].mine, parts[i].other);
        count++;
    }
    dlb_text_shorten(text, size, words.data != NULL ? words.data : "");
    dlb_text_free(&words);
    return count;
}

/* ---- one note ---- */

struct lonely {
    int column;
    int place; /* notes stand in the order of the cases */
    const struct dlb_record *record;
    char *reason;
};

struct gathering {
    struct dlb_comparison *comparison;
    const struct dlb_comparison_order *order;
    struct lonely *list;
    int count, capacity;
};

static enum dlb_status add(struct gathering *gathering, int column, const struct dlb_record *record,
                           const char *reason)
{
    if (gathering->count == gathering->capacity) {
        const int capacity = gathering->capacity > 0 ? 2 * gathering->capacity : 64;
        struct lonely *grown = realloc(gathering->list, (size_t)capacity * sizeof *grown);
        if (grown == NULL)
            return DLB_NO_MEMORY;
        gathering->list = grown;
        gathering->capacity = capacity;
    }
    struct lonely *at = &gathering->list[gathering->count];
    *at = (struct lonely){
        .column = column, .place = gathering->count, .record = record, .reason = strdup(reason)};
    if (at->reason == NULL)
        return DLB_NO_MEMORY;
    gathering->count++;
    return DLB_OK;
}

/* Why a record has no value of the metric; "" when it has one. */
static void missing_value(const struct dlb_comparison *comparison,
                          const struct dlb_comparison_item *item, char *text, size_t size)
{
    const struct dlb_record *record = item->record;
    char reason[300];
    text[0] = '\0';
    if (item->has_value)
        return;
    dlb_record_reason(record, reason, sizeof reason);
    if (record->status != DLB_OK)
        snprintf(text, size, "%s%s%s", dlb_record_status_text(record->status),
                 reason[0] != '\0' ? ": " : "", reason);
    else
        snprintf(text, size, "no %s that is above 0", comparison->request.metric.name);
}

/* ---- cases of one problem ---- */

/* A case of another column without a partner, against the base's cases of the problem: the nearest names what differs. */
static enum dlb_status tell_other(struct gathering *gathering,
                                  const struct dlb_comparison_item *items, int count,
                                  const struct dlb_comparison_item *item)
{
    const struct dlb_comparison *comparison = gathering->comparison;
    const char *label = comparison->columns[comparison->base].label;
    char reason[REASON_SIZE] = "";
    int least = 0;
    for (int i = 0; i < count; i++) {
        char words[REASON_SIZE];
        if (items[i].column != comparison->base)
            continue;
        const int parts =
            dlb_comparison_differ(gathering->order, &items[i], item, label, words, sizeof words);
        if (parts == 0) { /* comparable, but without a value */
            missing_value(comparison, &items[i], words, sizeof words);
            snprintf(reason, sizeof reason, "in %.60s %.500s", label, words);
            break;
        }
        if (least == 0 || parts < least) {
            least = parts;
            memcpy(reason, words, sizeof reason);
        }
    }
    if (reason[0] == '\0')
        snprintf(reason, sizeof reason, "not in %.60s", label);
    return add(gathering, item->column, item->record, reason);
}

/* Has the column said something of this problem itself? A case of the base is then not told again from the other side. */
static bool has_spoken(const struct dlb_comparison_item *items, int count, int column)
{
    for (int i = 0; i < count; i++)
        if (items[i].column == column && items[i].has_value && !items[i].paired)
            return true;
    return false;
}

/* A case of the base against one column that it stands in no row with. */
static enum dlb_status tell_base(struct gathering *gathering,
                                 const struct dlb_comparison_item *items, int count,
                                 const struct dlb_comparison_item *base, int column)
{
    const struct dlb_comparison *comparison = gathering->comparison;
    char reason[REASON_SIZE] = "";
    for (int i = 0; i < count; i++) {
        char words[REASON_SIZE];
        if (items[i].column != column)
            continue;
        if (dlb_comparison_strictly(gathering->order, base, &items[i]) != 0)
            continue;
        if (items[i].has_value)
            return DLB_OK; /* a row */
        missing_value(comparison, &items[i], words, sizeof words);
        snprintf(reason, sizeof reason, "in %.60s %.500s", comparison->columns[column].label,
                 words);
    }
    if (reason[0] == '\0' && has_spoken(items, count, column))
        return DLB_OK;
    if (reason[0] == '\0')
        snprintf(reason, sizeof reason, "not in %.60s", comparison->columns[column].label);
    return add(gathering, column, base->record, reason);
}

static enum dlb_status tell_problem(struct gathering *gathering,
                                    const struct dlb_comparison_item *items, int count)
{
    const struct dlb_comparison *comparison = gathering->comparison;
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < count && status == DLB_OK; i++) {
        if (!items[i].has_value)
            continue;
        if (items[i].column != comparison->base) {
            if (!items[i].paired)
                status = tell_other(gathering, items, count, &items[i]);
            continue;
        }
        for (int c = 0; c < comparison->column_count && status == DLB_OK; c++)
            if (c != comparison->base)
                status = tell_base(gathering, items, count, &items[i], c);
    }
    return status;
}

/* ---- all notes ---- */

static int by_problem(const void *left, const void *right, void *context)
{
    const struct dlb_comparison_item *a = left;
    const struct dlb_comparison_item *b = right;
    const int order = dlb_comparison_loosely(context, a, b);
    if (order != 0)
        return order;
    return a->source != b->source ? a->source - b->source : a->index - b->index;
}

static int by_reason(const void *left, const void *right)
{
    const struct lonely *a = left;
    const struct lonely *b = right;
    if (a->column != b->column)
        return a->column - b->column;
    const int order = strcmp(a->reason, b->reason);
    return order != 0 ? order : a->place - b->place;
}

/* The reason goes to the note; the others of the same words are released. */
static enum dlb_status make_note(struct dlb_comparison *comparison, struct lonely *list, int count)
{
    struct dlb_compared_note *note = &comparison->notes[comparison->note_count];
    const struct dlb_record **records = calloc((size_t)count, sizeof *records);
    if (records == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < count; i++)
        records[i] = list[i].record;
    *note = (struct dlb_compared_note){list[0].column, list[0].reason, count, records};
    list[0].reason = NULL;
    comparison->note_count++;
    return DLB_OK;
}

static enum dlb_status make_notes(struct gathering *gathering)
{
    struct dlb_comparison *comparison = gathering->comparison;
    enum dlb_status status = DLB_OK;
    if (gathering->count == 0)
        return DLB_OK;
    qsort(gathering->list, (size_t)gathering->count, sizeof *gathering->list, by_reason);
    comparison->notes = calloc((size_t)gathering->count, sizeof *comparison->notes);
    if (comparison->notes == NULL)
        return DLB_NO_MEMORY;
    for (int first = 0, end = 0; first < gathering->count && status == DLB_OK; first = end) {
        const struct lonely *head = &gathering->list[first];
        for (end = first + 1; end < gathering->count &&
                              gathering->list[end].column == head->column &&
                              strcmp(gathering->list[end].reason, head->reason) == 0;)
            end++;
        status = make_note(comparison, gathering->list + first, end - first);
    }
    return status;
}

enum dlb_status dlb_comparison_note(struct dlb_comparison *comparison,
                                    const struct dlb_comparison_order *order,
                                    struct dlb_comparison_item *items, int count)
{
    struct gathering gathering = {.comparison = comparison, .order = order};
    struct dlb_comparison_order by = *order;
    enum dlb_status status = DLB_OK;
    qsort_r(items, (size_t)count, sizeof *items, by_problem, &by);
    for (int first = 0, end = 0; first < count && status == DLB_OK; first = end) {
        for (end = first;
             end < count && dlb_comparison_loosely(order, &items[first], &items[end]) == 0;)
            end++;
        status = tell_problem(&gathering, items + first, end - first);
    }
    if (status == DLB_OK)
        status = make_notes(&gathering);
    for (int i = 0; i < gathering.count; i++)
        free(gathering.list[i].reason);
    free(gathering.list);
    return status;
}
