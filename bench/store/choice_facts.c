/* choice_facts.c: what a choice tells beside the ranking: how easily each device did the work, and what others could do at most.
 *
 * Facts are counted over all rows of the workload, of every type and also those without a time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/stats/summary.h"
#include "bench/store/choice_parts.h"

#define MOST_TYPES 8

/* Of one type: was it done at all, was it refused? */
struct type_tally {
    char dtype[8];
    bool done, refused;
};

struct tally {
    struct dlb_choice_facts facts;
    struct type_tally types[MOST_TYPES];
    int type_count;
    double *first_ns; /* of each row that ran */
    int first_count;
};

static void tally_type(struct tally *tally, const struct dlb_record *record)
{
    int i = 0;
    while (i < tally->type_count && strcmp(tally->types[i].dtype, record->dtype) != 0)
        i++;
    if (i == MOST_TYPES)
        return;
    if (i == tally->type_count) {
        tally->types[i] = (struct type_tally){0};
        memcpy(tally->types[i].dtype, record->dtype, sizeof record->dtype);
        tally->type_count++;
    }
    tally->types[i].done |= record->status == DLB_OK;
    tally->types[i].refused |= record->status == DLB_UNSUPPORTED;
}

/* What happened in its first process. */
static void tally_start(struct tally *tally, const struct dlb_record *record)
{
    if (record->invocation_count == 0)
        return;
    const struct dlb_invocation *first = &record->invocations[0];
    const double total = first->load_ns + first->prepare_ns + first->first_call_ns;
    if (isfinite(total) && total > 0)
        tally->first_ns[tally->first_count++] = total;
    tally->facts.tune_ns = fmax(tally->facts.tune_ns, first->tune_ns); /* fmax passes NaN over */
    tally->facts.build_ns = fmax(tally->facts.build_ns, first->build_ns);
}

static void tally_outcome(struct dlb_choice_facts *facts, const struct dlb_record *record)
{
    const bool failed = strcmp(dlb_record_status_text(record->status), "failed") == 0;
    facts->problems++;
    facts->ran += record->status == DLB_OK;
    facts->wrong += record->status == DLB_WRONG;
    facts->failed += failed && record->status != DLB_WRONG;
    facts->noisy += dlb_record_has_flag(record, "noisy");
}

static void name_lacking(struct tally *tally)
{
    char *text = tally->facts.lacks;
    size_t used = 0;
    for (int i = 0; i < tally->type_count; i++) {
        const struct type_tally *type = &tally->types[i];
        if (!type->done && type->refused && used < sizeof tally->facts.lacks)
            used += (size_t)snprintf(text + used, sizeof tally->facts.lacks - used, "%s%s",
                                     used > 0 ? " " : "", type->dtype);
    }
}

/* A row that was interrupted tells nothing of the device. */
static bool is_tried(const struct dlb_record *record)
{
    return record->status != DLB_INTERRUPTED && record->status != DLB_SKIPPED;
}

static enum dlb_status fill(const struct dlb_choice *choice, struct dlb_candidate *candidate)
{
    const struct dlb_result *result = &choice->request.results[candidate->result];
    struct tally tally = {
        .facts = {.first_result_ns = NAN, .tune_ns = NAN, .build_ns = NAN, .install_bytes = NAN},
        .first_ns = calloc((size_t)result->record_count + 1, sizeof *tally.first_ns)};
    if (tally.first_ns == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        if (strcmp(record->device, candidate->device) != 0 || !is_tried(record) ||
            !dlb_choice_matches(choice->request.workload, record))
            continue;
        tally_outcome(&tally.facts, record);
        tally_type(&tally, record);
        tally_start(&tally, record);
    }
    name_lacking(&tally);
    tally.facts.first_result_ns = dlb_median(tally.first_ns, tally.first_count);
    candidate->facts = tally.facts;
    free(tally.first_ns);
    return DLB_OK;
}

enum dlb_status dlb_choice_fill_facts(struct dlb_choice *choice, struct dlb_why *why)
{
    for (int i = 0; i < choice->candidate_count; i++)
        if (fill(choice, &choice->candidates[i]) != DLB_OK)
            return dlb_fail(why, DLB_NO_MEMORY, "no memory for the facts");
    return DLB_OK;
}

/* ---- bounds ---- */

/* Operations for an item: the geometric mean over the tasks of the one that would be taken; NaN where they are not counted. */
static double work_of(const struct dlb_choice *choice, const struct dlb_candidate *candidate)
{
    double sum = 0;
    int count = 0;
    for (int task = 0; task < choice->task_count; task++)
        if (candidate->cells[task].record != NULL) {
            sum += log(candidate->cells[task].ops_per_item);
            count++;
        }
    return count > 0 ? exp(sum / count) : (double)NAN;
}

static bool has_candidate(const struct dlb_choice *choice, const struct dlb_catalogue_entry *entry)
{
    for (int i = 0; i < choice->candidate_count; i++)
        if (choice->candidates[i].entry == entry)
            return true;
    return false;
}

/* By speed the faster bound comes first, by cost the cheaper one. */
static bool precedes(const struct dlb_choice *choice, const struct dlb_choice_bound *a,
                     const struct dlb_choice_bound *b)
{
    return choice->request.by == DLB_CHOOSE_COST ? a->per_mitem < b->per_mitem
                                                 : a->items_per_s > b->items_per_s;
}

static void insert_bound(struct dlb_choice *choice, const struct dlb_choice_bound *bound)
{
    int at = choice->bound_count;
    while (at > 0 && precedes(choice, bound, &choice->bounds[at - 1]))
        at--;
    if (at == DLB_CHOICE_MOST_BOUNDS)
        return;
    const int last = choice->bound_count < DLB_CHOICE_MOST_BOUNDS ? choice->bound_count++
                                                                  : DLB_CHOICE_MOST_BOUNDS - 1;
    memmove(&choice->bounds[at + 1], &choice->bounds[at],
            (size_t)(last - at) * sizeof *choice->bounds);
    choice->bounds[at] = *bound;
}

/* Where costs are ranked: are these in their currency? */
static bool is_comparable(const struct dlb_choice *choice, const struct dlb_candidate *best,
                          const struct dlb_catalogue_entry *entry)
{
    return choice->request.by != DLB_CHOOSE_COST || strcmp(entry->currency, best->currency) == 0;
}

/* An idle machine's energy and the latency of a call do not follow from a peak: then there are no bounds. */
void dlb_choice_fill_bounds(struct dlb_choice *choice)
{
    const struct dlb_candidate *best = dlb_choice_best(choice, NULL);
    const struct dlb_catalogue *catalogue = choice->request.catalogue;
    const enum dlb_choice_by by = choice->request.by;
    if (best == NULL || catalogue == NULL || (by != DLB_CHOOSE_SPEED && by != DLB_CHOOSE_COST))
        return;
    const double ops = work_of(choice, best);
    choice->bound_dtype = best->dtype;
    for (int i = 0; i < catalogue->count; i++) {
        const struct dlb_catalogue_entry *entry = &catalogue->items[i];
        struct dlb_choice_bound bound = {
            .entry = entry, .items_per_s = dlb_catalogue_peak(entry, best->dtype) / ops};
        bound.per_mitem = 1e6 * entry->price_hour / 3600 / bound.items_per_s;
        const bool known =
            by == DLB_CHOOSE_COST ? isfinite(bound.per_mitem) : isfinite(bound.items_per_s);
        const bool beyond = entry->tdp_w > choice->request.max_power_w;
        if (known && !beyond && is_comparable(choice, best, entry) && !has_candidate(choice, entry))
            insert_bound(choice, &bound);
    }
}
