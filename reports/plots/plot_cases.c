/* plot_cases.c: which records stand in one picture, and what their rates are.
 *
 * The groups of comparable records are those of reports/ranking.h, as in the tables; here they are sorted into classes that have one axis. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/ratio.h"
#include "reports/plots/plot_frame.h"

/* ---- classes ---- */

static struct dlb_plot_class class_of(const struct dlb_ranking *ranking, int group, bool together)
{
    const struct dlb_record *record = ranking->rows[ranking->groups[group].first].record;
    const bool no_rate = !(record->summary.ops_per_s > 0);
    return (struct dlb_plot_class){.dtype = record->dtype,
                                   .mode = record->mode,
                                   .cache_state = dlb_ranking_cache(record),
                                   .data = record->data,
                                   .threads = ranking->many_threads ? record->threads : 0,
                                   .items = !together && (no_rate || dlb_record_is_model(record))};
}

static bool is_same(const struct dlb_plot_class *a, const struct dlb_plot_class *b)
{
    return strcmp(a->dtype, b->dtype) == 0 && strcmp(a->mode, b->mode) == 0 &&
           strcmp(a->cache_state, b->cache_state) == 0 && strcmp(a->data, b->data) == 0 &&
           a->threads == b->threads && a->items == b->items;
}

static int find_class(const struct dlb_plot_classes *classes, const struct dlb_plot_class *class)
{
    for (int i = 0; i < classes->count; i++)
        if (is_same(&classes->items[i], class))
            return i;
    return -1;
}

/* Counts the groups of each class, shares out one list of indices, and fills it. */
static void sort_groups(struct dlb_plot_classes *classes, bool together)
{
    const struct dlb_ranking *ranking = &classes->ranking;
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_plot_class class = class_of(ranking, i, together);
        const int at = find_class(classes, &class);
        if (at >= 0) {
            classes->items[at].group_count++;
            continue;
        }
        classes->items[classes->count] = class;
        classes->items[classes->count++].group_count = 1;
    }
    int *next = classes->groups;
    for (int c = 0; c < classes->count; c++) {
        struct dlb_plot_class *class = &classes->items[c];
        class->groups = next;
        next += class->group_count;
    }
    for (int c = 0; c < classes->count; c++)
        classes->items[c].group_count = 0;
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_plot_class class = class_of(ranking, i, together);
        const int at = find_class(classes, &class);
        if (at >= 0)
            classes->items[at].groups[classes->items[at].group_count++] = i;
    }
}

enum dlb_status dlb_plot_classes_make(const struct dlb_result *result, bool together,
                                      struct dlb_plot_classes *classes, struct dlb_why *why)
{
    *classes = (struct dlb_plot_classes){0};
    enum dlb_status status = dlb_ranking_make(result, &classes->ranking);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory to sort the records");
    const size_t size = (size_t)classes->ranking.group_count + 1;
    classes->items = calloc(size, sizeof *classes->items);
    classes->groups = calloc(size, sizeof *classes->groups);
    status = dlb_plot_styles_make(classes->ranking.devices, classes->ranking.device_count,
                                  &classes->styles);
    if (status != DLB_OK || classes->items == NULL || classes->groups == NULL) {
        dlb_plot_classes_free(classes);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to sort the records");
    }
    if (classes->ranking.group_count == 0) {
        dlb_plot_classes_free(classes);
        return dlb_fail(why, DLB_UNAVAILABLE, "no case has a time: %s",
                        result->record_count > 0 ? "none of them ran" : "the file holds no cases");
    }
    sort_groups(classes, together);
    return DLB_OK;
}

void dlb_plot_classes_free(struct dlb_plot_classes *classes)
{
    dlb_ranking_free(&classes->ranking);
    dlb_plot_styles_free(&classes->styles);
    free(classes->items);
    free(classes->groups);
    *classes = (struct dlb_plot_classes){0};
}

/* ---- what a class is called ---- */

/* What tells the classes from each other: bits of mode, cache, data, threads, unit. */
enum { MODES = 1, CACHES = 2, DATA = 4, THREADS = 8, UNITS = 16 };

static int differences(const struct dlb_plot_classes *classes)
{
    int found = 0;
    const struct dlb_plot_class *first = &classes->items[0];
    for (int i = 1; i < classes->count; i++) {
        const struct dlb_plot_class *class = &classes->items[i];
        found |= strcmp(class->mode, first->mode) != 0 ? MODES : 0;
        found |= strcmp(class->cache_state, first->cache_state) != 0 ? CACHES : 0;
        found |= strcmp(class->data, first->data) != 0 ? DATA : 0;
        found |= class->threads != first->threads ? THREADS : 0;
        found |= class->items != first->items ? UNITS : 0;
    }
    return found;
}

void dlb_plot_class_words(const struct dlb_plot_classes *classes, int index, struct dlb_text *text)
{
    const struct dlb_plot_class *class = &classes->items[index];
    const int wanted = differences(classes);
    dlb_text_append(text, class->dtype);
    if ((wanted & UNITS) != 0)
        dlb_text_append(text, class->items ? ", networks" : ", single operations");
    if ((wanted & MODES) != 0)
        dlb_text_format(text, ", %s", class->mode);
    if ((wanted & CACHES) != 0)
        dlb_text_format(text, ", %s cache", class->cache_state);
    if ((wanted & DATA) != 0)
        dlb_text_format(text, ", %s data", class->data);
    if ((wanted & THREADS) != 0)
        dlb_text_format(text, ", %d thread%s", class->threads, class->threads == 1 ? "" : "s");
}

void dlb_plot_class_name(const struct dlb_plot_classes *classes, int index, char *buffer,
                         size_t size)
{
    const struct dlb_plot_class *class = &classes->items[index];
    const int wanted = differences(classes);
    char threads[16] = "";
    if ((wanted & THREADS) != 0)
        snprintf(threads, sizeof threads, "-t%d", class->threads);
    snprintf(buffer, size, "%s%s%s%s%s%s%s%s%s", class->dtype,
             (wanted & UNITS) != 0 && class->items ? "-networks" : "",
             (wanted & MODES) != 0 ? "-" : "", (wanted & MODES) != 0 ? class->mode : "",
             (wanted & CACHES) != 0 ? "-" : "", (wanted & CACHES) != 0 ? class->cache_state : "",
             (wanted & DATA) != 0 ? "-" : "", (wanted & DATA) != 0 ? class->data : "", threads);
}

const struct dlb_row *dlb_plot_row_of(const struct dlb_ranking *ranking, int group, int device)
{
    const struct dlb_group *at = &ranking->groups[group];
    for (int i = at->first; i < at->first + at->count; i++)
        if (ranking->rows[i].device == device)
            return &ranking->rows[i];
    return NULL;
}

/* ---- rates ---- */

static bool has_interval(const struct dlb_record *record)
{
    const struct dlb_summary *summary = &record->summary;
    return isfinite(summary->ci_lo_ns) && isfinite(summary->ci_hi_ns) && summary->ci_lo_ns > 0 &&
           summary->ci_hi_ns >= summary->ci_lo_ns && strcmp(summary->ci_kind, "none") != 0;
}

struct dlb_plot_value dlb_plot_rate(const struct dlb_record *record, bool items)
{
    const struct dlb_summary *summary = &record->summary;
    const double rate = items ? summary->items_per_s : summary->ops_per_s;
    if (!isfinite(rate) || rate <= 0)
        return (struct dlb_plot_value){NAN, NAN, NAN};
    if (!has_interval(record))
        return (struct dlb_plot_value){rate, NAN, NAN};
    const double work = rate * summary->median_ns;
    return (struct dlb_plot_value){rate, work / summary->ci_hi_ns, work / summary->ci_lo_ns};
}

/* The time of a record as an interval over its processes, as far as the summary tells it. */
static struct dlb_interval time_of(const struct dlb_record *record)
{
    int counted = 0;
    for (int i = 0; i < record->invocation_count; i++)
        counted += dlb_record_counts(record, i);
    const bool known = has_interval(record);
    return (struct dlb_interval){
        .median = record->summary.median_ns,
        .lo = known ? record->summary.ci_lo_ns : (double)NAN,
        .hi = known ? record->summary.ci_hi_ns : (double)NAN,
        .n_eff = known ? counted : 1,
        .is_ci = strcmp(record->summary.ci_kind, "order") == 0,
    };
}

struct dlb_plot_value dlb_plot_speedup(const struct dlb_record *base,
                                       const struct dlb_record *record)
{
    const struct dlb_interval a = time_of(base);
    const struct dlb_interval b = time_of(record);
    if (base == record)
        return (struct dlb_plot_value){1, NAN, NAN};
    const struct dlb_ratio ratio = dlb_ratio_of(&a, &b);
    return (struct dlb_plot_value){ratio.ratio, ratio.lo, ratio.hi};
}
