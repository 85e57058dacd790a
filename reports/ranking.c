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

/* ---- contestants ---- */

static int find_contestant(const struct dlb_ranking *ranking, const struct dlb_record *record)
{
    for (int i = 0; i < ranking->contestant_count; i++)
        if (ranking->contestants[i].threads == record->threads &&
            strcmp(ranking->contestants[i].device, record->device) == 0)
            return i;
    return -1;
}

static bool has_siblings(const struct dlb_ranking *ranking, const struct dlb_contestant *one)
{
    for (int i = 0; i < ranking->contestant_count; i++)
        if (ranking->contestants[i].threads != one->threads &&
            strcmp(ranking->contestants[i].device, one->device) == 0)
            return true;
    return false;
}

static enum dlb_status add_contestant(struct dlb_ranking *ranking, const struct dlb_record *record)
{
    const size_t count = (size_t)ranking->contestant_count + 1;
    struct dlb_contestant *grown =
        realloc(ranking->contestants, count * sizeof *ranking->contestants);
    if (grown == NULL)
        return DLB_NO_MEMORY;
    ranking->contestants = grown;
    grown[count - 1] =
        (struct dlb_contestant){.device = record->device, .threads = record->threads};
    ranking->contestant_count++;
    return DLB_OK;
}

static enum dlb_status list_contestants(const struct dlb_result *result,
                                        struct dlb_ranking *ranking)
{
    for (int i = 0; i < result->record_count; i++)
        if (find_contestant(ranking, &result->records[i]) < 0 &&
            add_contestant(ranking, &result->records[i]) != DLB_OK)
            return DLB_NO_MEMORY;
    for (int i = 0; i < ranking->contestant_count; i++) {
        struct dlb_contestant *one = &ranking->contestants[i];
        if (has_siblings(ranking, one))
            snprintf(one->name, sizeof one->name, "%s t%d", one->device, one->threads);
        else
            snprintf(one->name, sizeof one->name, "%s", one->device);
    }
    return DLB_OK;
}

/* ---- groups ---- */

struct sortable {
    const struct dlb_record *record;
    int index; /* in the result */
    int place; /* index of the first record of its group */
};

static int compare_comparability(const struct dlb_record *a, const struct dlb_record *b)
{
    int order = strcmp(a->problem, b->problem);
    if (order == 0)
        order = strcmp(a->mode, b->mode);
    if (order == 0)
        order = strcmp(a->cache_state, b->cache_state);
    return order != 0 ? order : strcmp(a->data, b->data);
}

static int by_comparability(const void *left, const void *right)
{
    const struct sortable *a = left;
    const struct sortable *b = right;
    const int order = compare_comparability(a->record, b->record);
    return order != 0 ? order : a->index - b->index;
}

static int by_place_and_speed(const void *left, const void *right)
{
    const struct sortable *a = left;
    const struct sortable *b = right;
    if (a->place != b->place)
        return a->place - b->place;
    if (is_measured(a->record) != is_measured(b->record))
        return is_measured(a->record) ? -1 : 1;
    const double difference = a->record->summary.median_ns - b->record->summary.median_ns;
    return difference != 0 ? (difference < 0 ? -1 : 1) : a->index - b->index;
}

static void fill_group(struct dlb_ranking *ranking, const struct sortable *sorted, int first,
                       int end)
{
    struct dlb_group *group = &ranking->groups[ranking->group_count++];
    *group = (struct dlb_group){.first = first, .count = end - first};
    const struct dlb_record *best = sorted[first].record; /* measured ones come first */
    for (int i = first; i < end; i++) {
        const struct dlb_record *record = sorted[i].record;
        const bool ranked = is_measured(best) && strcmp(record->evidence, "emulated") != 0;
        ranking->rows[i] = (struct dlb_row){
            .record = record,
            .contestant = find_contestant(ranking, record),
            .measured = is_measured(record),
            .relative = ranked ? best->summary.median_ns / record->summary.median_ns : (double)NAN,
        };
        group->measured += is_measured(record);
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
            sorted[count++] = (struct sortable){&result->records[i], i, i};
    qsort(sorted, (size_t)count, sizeof *sorted, by_comparability);
    for (int i = 1; i < count; i++)
        if (compare_comparability(sorted[i - 1].record, sorted[i].record) == 0)
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
    if (order == 0)
        order = a->threads - b->threads;
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
    const int contestant = find_contestant(ranking, record);
    note->record = record;
    note->count = end - first;
    note->members = ranking->members + first;
    snprintf(note->device, sizeof note->device, "%s", ranking->contestants[contestant].name);
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
            sorted[count++] = (struct sortable){&result->records[i], i, 0};
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
    enum dlb_status status = list_contestants(result, ranking);
    if (status == DLB_OK)
        status = make_groups(result, ranking);
    if (status == DLB_OK)
        status = make_notes(result, ranking);
    if (status != DLB_OK)
        dlb_ranking_free(ranking);
    return status;
}

void dlb_ranking_free(struct dlb_ranking *ranking)
{
    free(ranking->contestants);
    free(ranking->rows);
    free(ranking->groups);
    free(ranking->notes);
    free(ranking->members);
    *ranking = (struct dlb_ranking){0};
}

/* ---- the contest ---- */

/* The measured record of a contestant in a group, or NULL. */
static const struct dlb_record *entry(const struct dlb_ranking *ranking,
                                      const struct dlb_group *group, int contestant)
{
    for (int i = group->first; i < group->first + group->measured; i++)
        if (ranking->rows[i].contestant == contestant)
            return ranking->rows[i].record;
    return NULL;
}

static bool is_of(const struct dlb_ranking *ranking, const struct dlb_group *group,
                  const char *dtype)
{
    return group->measured > 0 && strcmp(ranking->rows[group->first].record->dtype, dtype) == 0;
}

/* Geometric mean of b's time over a's, and over how many groups. `scratch` has a place for each group. */
static struct dlb_rival compare(const struct dlb_ranking *ranking, const char *dtype, int a, int b,
                                double *scratch)
{
    int count = 0;
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        if (!is_of(ranking, group, dtype))
            continue;
        const struct dlb_record *mine = entry(ranking, group, a);
        const struct dlb_record *other = entry(ranking, group, b);
        if (mine != NULL && other != NULL)
            scratch[count++] = other->summary.median_ns / mine->summary.median_ns;
    }
    return (struct dlb_rival){b, count, count > 0 ? dlb_geomean(scratch, count) : (double)NAN};
}

/* The intervals of the two fastest overlap. Without an interval there is nothing to say. */
static bool is_close(const struct dlb_ranking *ranking, const struct dlb_group *group)
{
    const struct dlb_row *rows = &ranking->rows[group->first];
    return group->measured > 1 &&
           rows[0].record->summary.ci_hi_ns >= rows[1].record->summary.ci_lo_ns;
}

/* Most first places; of equals the one that is faster where both ran. */
static void find_fastest(const struct dlb_ranking *ranking, const char *dtype, int *wins,
                         double *scratch, struct dlb_contest *contest)
{
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        if (!is_of(ranking, group, dtype))
            continue;
        wins[ranking->rows[group->first].contestant]++;
        contest->groups++;
        contest->close += is_close(ranking, group);
    }
    for (int i = 0; i < ranking->contestant_count; i++) {
        const int best = contest->fastest;
        const bool better =
            wins[i] > 0 &&
            (best < 0 || wins[i] > wins[best] ||
             (wins[i] == wins[best] && compare(ranking, dtype, best, i, scratch).ratio < 1));
        if (better)
            contest->fastest = i;
    }
    contest->won = contest->fastest >= 0 ? wins[contest->fastest] : 0;
}

static void mean_rate(const struct dlb_ranking *ranking, const char *dtype, double *scratch,
                      struct dlb_contest *contest)
{
    int count = 0;
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        const struct dlb_record *mine =
            is_of(ranking, group, dtype) ? entry(ranking, group, contest->fastest) : NULL;
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

enum dlb_status dlb_ranking_contest(const struct dlb_ranking *ranking, const char *dtype,
                                    struct dlb_contest *contest)
{
    struct dlb_contest found = {.fastest = -1, .ops_per_s = NAN};
    double *scratch = calloc((size_t)ranking->group_count + 1, sizeof *scratch);
    int *wins = calloc((size_t)ranking->contestant_count + 1, sizeof *wins);
    found.rivals = calloc((size_t)ranking->contestant_count + 1, sizeof *found.rivals);
    if (scratch == NULL || wins == NULL || found.rivals == NULL) {
        free(scratch);
        free(wins);
        free(found.rivals);
        return DLB_NO_MEMORY;
    }
    find_fastest(ranking, dtype, wins, scratch, &found);
    if (found.fastest >= 0)
        mean_rate(ranking, dtype, scratch, &found);
    for (int i = 0; i < ranking->contestant_count && found.fastest >= 0; i++) {
        const struct dlb_rival rival = compare(ranking, dtype, found.fastest, i, scratch);
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
