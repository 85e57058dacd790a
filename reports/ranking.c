/* ranking.c: groups comparable records, sorts them, and gathers what was not run by its reason.
 *
 * The means of speed ratios are geometric: the only mean that does not depend on which device is the base (Fleming and
 * Wallace, "How not to lie with statistics", CACM 29(3), 1986). */
#include "reports/ranking.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/summary.h"

static bool has_time(const struct dlb_record *record)
{
    return record->status == DLB_OK && isfinite(record->summary.median_ns) &&
           record->summary.median_ns > 0;
}

static bool is_measured(const struct dlb_record *record)
{
    return record->evidence[0] == '\0' || strcmp(record->evidence, "measured") == 0;
}

/* What was stretched on purpose is a time of no device. */
static bool is_ranked(const struct dlb_record *record)
{
    return is_measured(record) && !dlb_record_has_flag(record, "slowdown");
}

const char *dlb_ranking_cache(const struct dlb_record *record)
{
    return dlb_record_has_flag(record, "cold_downgraded") ? "not-cold" : record->cache_state;
}

/* ---- devices ---- */

static int find_device(const struct dlb_ranking *ranking, const char *device)
{
    for (int i = 0; i < ranking->device_count; i++)
        if (strcmp(ranking->devices[i], device) == 0)
            return i;
    return -1;
}

/* Also finds out whether a device ran with several counts of threads. That one device can take fewer threads than another
 * does not make them incomparable: each is at its best. */
static enum dlb_status list_devices(const struct dlb_result *result, struct dlb_ranking *ranking)
{
    const size_t size = (size_t)result->record_count + 1;
    int *threads = calloc(size, sizeof *threads);
    ranking->devices = calloc(size, sizeof *ranking->devices);
    ranking->device_count = 0;
    if (threads == NULL || ranking->devices == NULL) {
        free(threads);
        return DLB_NO_MEMORY;
    }
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        int device = find_device(ranking, record->device);
        if (device < 0) {
            device = ranking->device_count++;
            ranking->devices[device] = record->device;
            threads[device] = record->threads;
        }
        ranking->many_threads |= threads[device] != record->threads;
    }
    free(threads);
    return DLB_OK;
}

/* ---- groups ---- */

struct sortable {
    const struct dlb_record *record;
    int index;   /* in the result */
    int place;   /* index of the first record of its group */
    int threads; /* 0 where they do not tell groups apart */
};

static int compare_comparability(const struct sortable *left, const struct sortable *right)
{
    const struct dlb_record *a = left->record;
    const struct dlb_record *b = right->record;
    int order = strcmp(a->problem, b->problem);
    if (order == 0)
        order = strcmp(a->dtype, b->dtype);
    if (order == 0)
        order = strcmp(a->mode, b->mode);
    if (order == 0)
        order = strcmp(dlb_ranking_cache(a), dlb_ranking_cache(b));
    if (order == 0)
        order = strcmp(a->data, b->data);
    return order != 0 ? order : left->threads - right->threads;
}

static int by_comparability(const void *left, const void *right)
{
    const struct sortable *a = left;
    const struct sortable *b = right;
    const int order = compare_comparability(a, b);
    return order != 0 ? order : a->index - b->index;
}

/* Ranked ones first; an emulator's time comes last, for it tells nothing. */
static int standing(const struct dlb_record *record)
{
    return is_ranked(record) ? 0 : strcmp(record->evidence, "emulated") != 0 ? 1 : 2;
}

static int by_place_and_speed(const void *left, const void *right)
{
    const struct sortable *a = left;
    const struct sortable *b = right;
    if (a->place != b->place)
        return a->place - b->place;
    if (standing(a->record) != standing(b->record))
        return standing(a->record) - standing(b->record);
    const double difference = a->record->summary.median_ns - b->record->summary.median_ns;
    return difference != 0 ? (difference < 0 ? -1 : 1) : a->index - b->index;
}

/* What a row's time is a share of: the fastest ranked one, or, where nothing was measured, the fastest of its own evidence, when there
 * are several. NULL for times that are no device's. */
static const struct dlb_record *base_of(const struct sortable *sorted, int first, int end,
                                        const struct dlb_record *record)
{
    const struct dlb_record *fastest = NULL;
    int kin = 0;
    if (strcmp(record->evidence, "emulated") == 0 || dlb_record_has_flag(record, "slowdown"))
        return NULL;
    if (is_ranked(sorted[first].record)) /* ranked ones come first */
        return sorted[first].record;
    for (int i = first; i < end; i++) {
        const struct dlb_record *other = sorted[i].record;
        if (strcmp(other->evidence, record->evidence) != 0 ||
            dlb_record_has_flag(other, "slowdown"))
            continue;
        fastest = fastest == NULL ? other : fastest;
        kin++;
    }
    return kin > 1 ? fastest : NULL;
}

static void fill_group(struct dlb_ranking *ranking, const struct sortable *sorted, int first,
                       int end)
{
    struct dlb_group *group = &ranking->groups[ranking->group_count++];
    *group = (struct dlb_group){.first = first, .count = end - first, .class = -1};
    for (int i = first; i < end; i++) {
        const struct dlb_record *record = sorted[i].record;
        const struct dlb_record *base = base_of(sorted, first, end, record);
        ranking->rows[i] = (struct dlb_row){
            .record = record,
            .device = find_device(ranking, record->device),
            .measured = is_measured(record),
            .ranked = is_ranked(record),
            .relative =
                base != NULL ? base->summary.median_ns / record->summary.median_ns : (double)NAN,
        };
        group->ranked += is_ranked(record);
    }
}

static enum dlb_status make_groups(const struct dlb_result *result, struct dlb_ranking *ranking)
{
    const size_t size = (size_t)result->record_count + 1;
    struct sortable *sorted = calloc(size, sizeof *sorted);
    ranking->rows = calloc(size, sizeof *ranking->rows);
    ranking->groups = calloc(size, sizeof *ranking->groups);
    if (sorted == NULL || ranking->rows == NULL || ranking->groups == NULL) {
        free(sorted);
        return DLB_NO_MEMORY;
    }
    int count = 0;
    for (int i = 0; i < result->record_count; i++)
        if (has_time(&result->records[i]))
            sorted[count++] = (struct sortable){
                .record = &result->records[i],
                .index = i,
                .place = i,
                .threads = ranking->many_threads ? result->records[i].threads : 0};
    qsort(sorted, (size_t)count, sizeof *sorted, by_comparability);
    for (int i = 1; i < count; i++)
        if (compare_comparability(&sorted[i - 1], &sorted[i]) == 0)
            sorted[i].place = sorted[i - 1].place;
    qsort(sorted, (size_t)count, sizeof *sorted, by_place_and_speed);
    ranking->row_count = count;
    for (int first = 0, end = 0; first < count; first = end) {
        for (end = first; end < count && sorted[end].place == sorted[first].place;)
            end++;
        fill_group(ranking, sorted, first, end);
    }
    free(sorted);
    return DLB_OK;
}

/* ---- classes ---- */

static struct dlb_class class_of(const struct dlb_ranking *ranking, const struct dlb_group *group)
{
    const struct dlb_record *record = ranking->rows[group->first].record;
    return (struct dlb_class){.dtype = record->dtype,
                              .mode = record->mode,
                              .cache_state = dlb_ranking_cache(record),
                              .data = record->data,
                              .threads = ranking->many_threads ? record->threads : 0};
}

static bool is_same_class(const struct dlb_class *a, const struct dlb_class *b)
{
    return strcmp(a->dtype, b->dtype) == 0 && strcmp(a->mode, b->mode) == 0 &&
           strcmp(a->cache_state, b->cache_state) == 0 && strcmp(a->data, b->data) == 0 &&
           a->threads == b->threads;
}

static int find_class(const struct dlb_ranking *ranking, const struct dlb_class *class)
{
    for (int i = 0; i < ranking->class_count; i++)
        if (is_same_class(&ranking->classes[i], class))
            return i;
    return -1;
}

/* Behind the last class of its type. */
static void insert_class(struct dlb_ranking *ranking, const struct dlb_class *class)
{
    int at = ranking->class_count;
    for (int i = 0; i < ranking->class_count; i++)
        if (strcmp(ranking->classes[i].dtype, class->dtype) == 0)
            at = i + 1;
    memmove(&ranking->classes[at + 1], &ranking->classes[at],
            (size_t)(ranking->class_count - at) * sizeof *class);
    ranking->classes[at] = *class;
    ranking->class_count++;
}

static enum dlb_status make_classes(struct dlb_ranking *ranking)
{
    ranking->classes = calloc((size_t)ranking->group_count + 1, sizeof *ranking->classes);
    if (ranking->classes == NULL)
        return DLB_NO_MEMORY;
    for (int pass = 0; pass < 2; pass++) /* indices last only when all are inserted */
        for (int i = 0; i < ranking->group_count; i++) {
            struct dlb_group *group = &ranking->groups[i];
            if (group->ranked == 0)
                continue;
            const struct dlb_class class = class_of(ranking, group);
            group->class = find_class(ranking, &class);
            if (group->class < 0)
                insert_class(ranking, &class);
        }
    return DLB_OK;
}

/* ---- what was not run ---- */

/* Texts that differ in numbers alone compare equal: "would take 12.5 s" and "would take 3 s". */
static int compare_but_numbers(const char *a, const char *b)
{
    for (;;) {
        const size_t a_digits = strspn(a, "0123456789.");
        const size_t b_digits = strspn(b, "0123456789.");
        const bool skip = strpbrk(a, "0123456789") == a && strpbrk(b, "0123456789") == b;
        a += skip ? a_digits : 0;
        b += skip ? b_digits : 0;
        if (*a != *b || *a == '\0')
            return (unsigned char)*a - (unsigned char)*b;
        a++;
        b++;
    }
}

static int compare_outcome(const struct dlb_record *a, const struct dlb_record *b)
{
    int order = (int)a->status - (int)b->status;
    if (order == 0)
        order = strcmp(a->device, b->device);
    return order != 0 ? order : compare_but_numbers(a->status_reason, b->status_reason);
}

static int by_outcome(const void *left, const void *right)
{
    const struct sortable *a = left;
    const struct sortable *b = right;
    const int order = compare_outcome(a->record, b->record);
    return order != 0 ? order : a->index - b->index;
}

static void add_note(struct dlb_ranking *ranking, const struct sortable *sorted, int first, int end)
{
    struct dlb_note *note = &ranking->notes[ranking->note_count++];
    const struct dlb_record *record = sorted[first].record;
    note->record = record;
    note->count = end - first;
    note->members = ranking->members + first;
    dlb_record_reason(record, note->reason, sizeof note->reason);
    for (int i = first; i < end; i++) {
        ranking->members[i] = sorted[i].index;
        note->varies |= strcmp(sorted[i].record->status_reason, record->status_reason) != 0;
    }
}

static enum dlb_status make_notes(const struct dlb_result *result, struct dlb_ranking *ranking)
{
    const size_t size = (size_t)result->record_count + 1;
    struct sortable *sorted = calloc(size, sizeof *sorted);
    ranking->notes = calloc(size, sizeof *ranking->notes);
    ranking->members = calloc(size, sizeof *ranking->members);
    if (sorted == NULL || ranking->notes == NULL || ranking->members == NULL) {
        free(sorted);
        return DLB_NO_MEMORY;
    }
    int count = 0;
    for (int i = 0; i < result->record_count; i++)
        if (!has_time(&result->records[i]))
            sorted[count++] = (struct sortable){.record = &result->records[i], .index = i};
    qsort(sorted, (size_t)count, sizeof *sorted, by_outcome);
    for (int first = 0, end = 0; first < count; first = end) {
        for (end = first;
             end < count && compare_outcome(sorted[first].record, sorted[end].record) == 0;)
            end++;
        add_note(ranking, sorted, first, end);
    }
    free(sorted);
    return DLB_OK;
}

enum dlb_status dlb_ranking_make(const struct dlb_result *result, struct dlb_ranking *ranking)
{
    *ranking = (struct dlb_ranking){0};
    enum dlb_status status = list_devices(result, ranking);
    if (status == DLB_OK)
        status = make_groups(result, ranking);
    if (status == DLB_OK)
        status = make_classes(ranking);
    if (status == DLB_OK)
        status = make_notes(result, ranking);
    if (status != DLB_OK)
        dlb_ranking_free(ranking);
    return status;
}

void dlb_ranking_free(struct dlb_ranking *ranking)
{
    free(ranking->devices);
    free(ranking->classes);
    free(ranking->rows);
    free(ranking->groups);
    free(ranking->notes);
    free(ranking->members);
    *ranking = (struct dlb_ranking){0};
}

/* ---- the contest ---- */

const struct dlb_record *dlb_ranking_entry(const struct dlb_ranking *ranking,
                                           const struct dlb_group *group, int device)
{
    for (int i = group->first; i < group->first + group->ranked; i++)
        if (ranking->rows[i].device == device)
            return ranking->rows[i].record;
    return NULL;
}

/* Geometric mean of b's time over a's, and over how many groups. `scratch` has a place for each group. */
static struct dlb_rival compare(const struct dlb_ranking *ranking, int class, int a, int b,
                                double *scratch)
{
    int count = 0;
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        if (group->class != class)
            continue;
        const struct dlb_record *mine = dlb_ranking_entry(ranking, group, a);
        const struct dlb_record *other = dlb_ranking_entry(ranking, group, b);
        if (mine != NULL && other != NULL)
            scratch[count++] = other->summary.median_ns / mine->summary.median_ns;
    }
    return (struct dlb_rival){b, count, count > 0 ? dlb_geomean(scratch, count) : (double)NAN};
}

/* The intervals of the two fastest overlap. Without an interval there is nothing to say. */
static bool is_close(const struct dlb_ranking *ranking, const struct dlb_group *group)
{
    const struct dlb_row *rows = &ranking->rows[group->first];
    return group->ranked > 1 &&
           rows[0].record->summary.ci_hi_ns >= rows[1].record->summary.ci_lo_ns;
}

/* Most first places; of equals the one that is faster where both ran. */
static void find_fastest(const struct dlb_ranking *ranking, int class, int *wins, double *scratch,
                         struct dlb_contest *contest)
{
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        if (group->class != class)
            continue;
        wins[ranking->rows[group->first].device]++;
        contest->groups++;
        contest->close += is_close(ranking, group);
    }
    for (int i = 0; i < ranking->device_count; i++) {
        const int best = contest->fastest;
        const bool better =
            wins[i] > 0 &&
            (best < 0 || wins[i] > wins[best] ||
             (wins[i] == wins[best] && compare(ranking, class, best, i, scratch).ratio < 1));
        if (better)
            contest->fastest = i;
    }
    contest->won = contest->fastest >= 0 ? wins[contest->fastest] : 0;
}

static void mean_rate(const struct dlb_ranking *ranking, int class, double *scratch,
                      struct dlb_contest *contest)
{
    int count = 0;
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        const struct dlb_record *mine =
            group->class == class ? dlb_ranking_entry(ranking, group, contest->fastest) : NULL;
        if (mine == NULL)
            continue;
        contest->ran++;
        if (mine->summary.ops_per_s > 0)
            scratch[count++] = mine->summary.ops_per_s;
    }
    contest->ops_per_s = count > 0 ? dlb_geomean(scratch, count) : (double)NAN;
}

static int by_ratio(const void *left, const void *right)
{
    const struct dlb_rival *a = left;
    const struct dlb_rival *b = right;
    if (isnan(a->ratio) || isnan(b->ratio))
        return isnan(a->ratio) - isnan(b->ratio);
    return (a->ratio > b->ratio) - (a->ratio < b->ratio);
}

enum dlb_status dlb_ranking_contest(const struct dlb_ranking *ranking, int class,
                                    struct dlb_contest *contest)
{
    struct dlb_contest found = {.fastest = -1, .ops_per_s = NAN};
    double *scratch = calloc((size_t)ranking->group_count + 1, sizeof *scratch);
    int *wins = calloc((size_t)ranking->device_count + 1, sizeof *wins);
    found.rivals = calloc((size_t)ranking->device_count + 1, sizeof *found.rivals);
    if (scratch == NULL || wins == NULL || found.rivals == NULL) {
        free(scratch);
        free(wins);
        free(found.rivals);
        return DLB_NO_MEMORY;
    }
    find_fastest(ranking, class, wins, scratch, &found);
    mean_rate(ranking, class, scratch, &found);
    for (int i = 0; i < ranking->device_count; i++) {
        const struct dlb_rival rival = compare(ranking, class, found.fastest, i, scratch);
        if (i != found.fastest && rival.both > 0)
            found.rivals[found.rival_count++] = rival;
    }
    qsort(found.rivals, (size_t)found.rival_count, sizeof *found.rivals, by_ratio);
    free(scratch);
    free(wins);
    *contest = found;
    return DLB_OK;
}

void dlb_contest_free(struct dlb_contest *contest)
{
    free(contest->rivals);
    contest->rivals = NULL;
    contest->rival_count = 0;
}
