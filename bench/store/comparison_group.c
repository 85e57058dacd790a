/* comparison_group.c: geometric means of the ratios: of all rows, of each workload, of each type.
 *
 * The geometric mean is the only one that does not depend on which side is the base (Fleming and Wallace, "How not to lie with
 * statistics", CACM 29(3), 1986). Rows of different circumstances are never averaged together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/stats/summary.h"
#include "bench/store/comparison_item.h"

/* A ratio on its way into the means of one scope. */
struct member {
    struct dlb_compared_group group; /* what it belongs to */
    int place;                       /* of its row: groups stand in the order of the rows */
    const struct dlb_compared_cell *cell;
};

static struct dlb_compared_group group_of(const struct dlb_compared_cell *cell,
                                          enum dlb_compared_scope scope)
{
    const struct dlb_record *record = cell->record;
    return (struct dlb_compared_group){.column = cell->column,
                                       .scope = scope,
                                       .name = scope == DLB_SCOPE_WORKLOAD ? record->workload
                                               : scope == DLB_SCOPE_DTYPE  ? record->dtype
                                                                           : "",
                                       .mode = record->mode,
                                       .cache_state = dlb_comparison_cache(record),
                                       .data = record->data,
                                       .evidence = dlb_comparison_evidence(record)};
}

static int compare_group(const struct dlb_compared_group *a, const struct dlb_compared_group *b)
{
    const char *const left[] = {a->evidence, a->mode, a->cache_state, a->data, a->name};
    const char *const right[] = {b->evidence, b->mode, b->cache_state, b->data, b->name};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(left); i++) {
        const int order = strcmp(left[i], right[i]);
        if (order != 0)
            return order;
    }
    return a->column - b->column;
}

static int by_group(const void *left, const void *right)
{
    const struct member *a = left;
    const struct member *b = right;
    const int order = compare_group(&a->group, &b->group);
    return order != 0 ? order : a->place - b->place;
}

/* Better, worse or open: where the whole interval lies. */
static int side_of(const struct dlb_compared_cell *cell)
{
    if (cell->ratio.kind == DLB_RATIO_NONE && !cell->exact)
        return 0;
    return (cell->ratio.lo > 1) - (cell->ratio.hi < 1);
}

static void fill_group(const struct member *members, int count, double *scratch,
                       struct dlb_compared_group *group)
{
    *group = members[0].group;
    group->cases = count;
    group->least = INFINITY;
    group->most = 0;
    for (int i = 0; i < count; i++) {
        const double ratio = members[i].cell->ratio.ratio;
        scratch[i] = ratio;
        group->least = fmin(group->least, ratio);
        group->most = fmax(group->most, ratio);
        group->better += side_of(members[i].cell) > 0;
        group->worse += side_of(members[i].cell) < 0;
    }
    group->ratio = dlb_geomean(scratch, count);
}

static int collect(const struct dlb_comparison *comparison, enum dlb_compared_scope scope,
                   struct member *members)
{
    int count = 0;
    for (int row = 0; row < comparison->row_count; row++) {
        const struct dlb_compared_cell *cells = &comparison->cells[comparison->rows[row].first];
        for (int i = 1; i < comparison->rows[row].count; i++)
            if (isfinite(cells[i].ratio.ratio) && !cells[i].stretched && !cells[0].stretched)
                members[count++] = (struct member){group_of(&cells[i], scope), row, &cells[i]};
    }
    return count;
}

/* A scope that says no more than the one above it is left out: one workload only, one type only. */
static bool is_telling(const struct member *members, int count)
{
    for (int i = 1; i < count; i++)
        if (strcmp(members[i].group.name, members[0].group.name) != 0)
            return true;
    return false;
}

enum dlb_status dlb_comparison_group(struct dlb_comparison *comparison)
{
    const size_t size = (size_t)comparison->cell_count + 1;
    struct member *members = calloc(size, sizeof *members);
    double *scratch = calloc(size, sizeof *scratch);
    comparison->groups = calloc(3 * size, sizeof *comparison->groups);
    const bool ok = members != NULL && scratch != NULL && comparison->groups != NULL;
    for (int scope = DLB_SCOPE_ALL; ok && scope <= DLB_SCOPE_DTYPE; scope++) {
        const int count = collect(comparison, (enum dlb_compared_scope)scope, members);
        if (scope != DLB_SCOPE_ALL && !is_telling(members, count))
            continue;
        qsort(members, (size_t)count, sizeof *members, by_group);
        for (int first = 0, end = 0; first < count; first = end) {
            for (end = first;
                 end < count && compare_group(&members[first].group, &members[end].group) == 0;)
                end++;
            fill_group(members + first, end - first, scratch,
                       &comparison->groups[comparison->group_count++]);
        }
    }
    free(members);
    free(scratch);
    return ok ? DLB_OK : DLB_NO_MEMORY;
}
