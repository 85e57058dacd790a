/* record_energy.c: the energy of a case from that of its processes.
 *
 * As with times, the unit of inference is the process: J per item is the median over those that count. Only windows of one meter with one
 * scope are put together; a process without joules is told in the reason, never counted as zero. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/summary.h"
#include "bench/store/record.h"

/* Standard error of the median of n normal values: sqrt(pi/2) x sd / sqrt(n) (Kendall, Stuart: The Advanced Theory of Statistics, vol. 1,
 * 10.11; asymptotic, and too wide below n = 5). */
#define MEDIAN_EFFICIENCY 1.2533141373155003

struct measured {
    const struct dlb_energy *first; /* with joules; NULL: none */
    const char *missing;            /* the first reason of those without */
    const char *doubt;              /* the first of those with; NULL: none */
    int asked, used, doubted;       /* processes */
    double *j_per_item, *above_idle, *idle_w, *uncertainty; /* `used` of each */
};

static bool is_alike(const struct dlb_energy *a, const struct dlb_energy *b)
{
    return strcmp(a->method, b->method) == 0 && strcmp(a->scope, b->scope) == 0;
}

/* Sorts the processes; the sums go to `sum`. */
static void collect(const struct dlb_record *record, const bool *counts, struct measured *found,
                    struct dlb_energy *sum)
{
    sum->window_s = sum->executions = sum->energy_j = 0;
    for (int i = 0; i < record->invocation_count; i++) {
        const struct dlb_energy *energy = &record->invocations[i].energy;
        if (!counts[i] || energy->method[0] == '\0')
            continue;
        found->asked++;
        const bool measured = isfinite(energy->j_per_item) && energy->j_per_item > 0;
        if (!measured || (found->first != NULL && !is_alike(found->first, energy))) {
            if (found->missing == NULL)
                found->missing = measured ? "measured by another meter" : energy->reason;
            continue;
        }
        found->first = found->first != NULL ? found->first : energy;
        if (found->doubt == NULL && energy->reason[0] != '\0')
            found->doubt = energy->reason;
        found->doubted += energy->reason[0] != '\0';
        found->j_per_item[found->used] = energy->j_per_item;
        found->above_idle[found->used] = energy->j_per_item_above_idle;
        found->idle_w[found->used] = energy->idle_power_w;
        found->uncertainty[found->used] = energy->uncertainty_rel;
        found->used++;
        sum->window_s += energy->window_s;
        sum->executions += energy->executions;
        sum->energy_j += energy->energy_j;
    }
}

/* Of the finite ones; NaN for none. Changes the order. */
static double median_of_known(double *values, int count)
{
    int64_t known = 0;
    for (int i = 0; i < count; i++)
        if (isfinite(values[i]))
            values[known++] = values[i];
    return dlb_median(values, known);
}

/* The meter's own share is common to all windows as far as its step and update interval are, so it does not shrink with their number; that of
 * the processes does. NaN where neither is known. */
static double uncertainty(struct measured *found)
{
    const double meter = median_of_known(found->uncertainty, found->used);
    const double spread = found->used < 2
                              ? (double)NAN
                              : MEDIAN_EFFICIENCY * dlb_sd(found->j_per_item, found->used) /
                                    dlb_mean(found->j_per_item, found->used) / sqrt(found->used);
    if (!isfinite(meter))
        return spread;
    return isfinite(spread) ? hypot(meter, spread) : meter;
}

static void explain(const struct measured *found, struct dlb_energy *energy)
{
    const char *missing = found->missing != NULL ? found->missing : "";
    if (found->used == 0)
        snprintf(energy->reason, sizeof energy->reason, "%s", missing);
    else if (found->used < found->asked)
        snprintf(energy->reason, sizeof energy->reason, "%d of %d processes: %.160s",
                 found->asked - found->used, found->asked, missing);
    else if (found->doubted > 0 && found->doubted < found->used)
        snprintf(energy->reason, sizeof energy->reason, "%d of %d processes: %.160s",
                 found->doubted, found->asked, found->doubt);
    else if (found->doubted > 0)
        snprintf(energy->reason, sizeof energy->reason, "%s", found->doubt);
}

static void combine(struct measured *found, struct dlb_energy *energy)
{
    explain(found, energy);
    if (found->used == 0) {
        snprintf(energy->method, sizeof energy->method, "none");
        energy->window_s = energy->executions = energy->energy_j = NAN;
        return;
    }
    memcpy(energy->method, found->first->method, sizeof energy->method);
    memcpy(energy->scope, found->first->scope, sizeof energy->scope);
    energy->avg_power_w = energy->energy_j / energy->window_s;
    energy->j_per_item = dlb_median(found->j_per_item, found->used);
    energy->items_per_j = 1 / energy->j_per_item;
    energy->uncertainty_rel = uncertainty(found);
    energy->idle_power_w = median_of_known(found->idle_w, found->used);
    energy->j_per_item_above_idle = median_of_known(found->above_idle, found->used);
}

/* Was any process asked, whether it counts or not? */
static bool any_asked(const struct dlb_record *record)
{
    for (int i = 0; i < record->invocation_count; i++)
        if (record->invocations[i].energy.method[0] != '\0')
            return true;
    return false;
}

void dlb_record_energy(struct dlb_record *record, const bool *counts)
{
    const size_t room = (size_t)record->invocation_count;
    if (!any_asked(record))
        return;
    double *values = calloc(4 * room, sizeof *values);
    if (values == NULL)
        return;
    struct dlb_energy sum;
    struct measured found = {.j_per_item = values,
                             .above_idle = values + room,
                             .idle_w = values + 2 * room,
                             .uncertainty = values + 3 * room};
    dlb_energy_reset(&sum);
    collect(record, counts, &found, &sum);
    if (found.asked > 0)
        combine(&found, &sum);
    else
        dlb_energy_reset(&sum);
    sum.unknown = record->energy.unknown;
    record->energy = sum;
    free(values);
}
