/* comparison_metric.c: the numbers of a record that can be compared, taken from every process that counts. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/store/comparison_item.h"

enum source {
    OF_INVOCATION, /* a double of each process */
    OF_BYTES,      /* an int64_t of each process */
    OF_ENERGY,     /* a double of each process whose energy was measured: a bound is no value */
    RATE,          /* an amount of the record over the median of each process */
    OF_SUMMARY     /* one number for all processes: no interval */
};

static const struct quantity {
    const char *name;
    enum source source;
    size_t offset;
} quantities[] = {
    {"median_ns", OF_INVOCATION, offsetof(struct dlb_invocation, median_ns)},
    {"first_call_ns", OF_INVOCATION, offsetof(struct dlb_invocation, first_call_ns)},
    {"prepare_ns", OF_INVOCATION, offsetof(struct dlb_invocation, prepare_ns)},
    {"load_ns", OF_INVOCATION, offsetof(struct dlb_invocation, load_ns)},
    {"peak_mem_bytes", OF_BYTES, offsetof(struct dlb_invocation, peak_mem_bytes)},
    {"ops_per_s", RATE, offsetof(struct dlb_record, ops)},
    {"bytes_per_s", RATE, offsetof(struct dlb_record, bytes)},
    {"items_per_s", RATE, offsetof(struct dlb_record, items)},
    {"j_per_item", OF_ENERGY, offsetof(struct dlb_invocation, energy.j_per_item)},
    {"items_per_j", OF_ENERGY, offsetof(struct dlb_invocation, energy.items_per_j)},
    {"roof_fraction", OF_SUMMARY, offsetof(struct dlb_record, summary.roof_fraction)},
    {"inv_sd_rel", OF_SUMMARY, offsetof(struct dlb_record, summary.inv_sd_rel)},
};

static const struct quantity *find(const char *name)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(quantities); i++)
        if (strcmp(quantities[i].name, name) == 0)
            return &quantities[i];
    return NULL;
}

bool dlb_comparison_knows(const char *metric)
{
    return find(metric) != NULL;
}

static double real_at(const void *object, size_t offset)
{
    return *(const double *)(const void *)((const char *)object + offset);
}

static double value_of(const struct quantity *quantity, const struct dlb_record *record,
                       const struct dlb_invocation *invocation)
{
    switch (quantity->source) {
    case OF_INVOCATION:
        return real_at(invocation, quantity->offset);
    case OF_ENERGY:
        return strcmp(invocation->energy.method, "tdp_bound") != 0
                   ? real_at(invocation, quantity->offset)
                   : (double)NAN;
    case OF_BYTES:
        return (double)*(const int64_t *)(const void *)((const char *)invocation +
                                                        quantity->offset);
    case RATE:
        return 1e9 * real_at(record, quantity->offset) / invocation->median_ns;
    case OF_SUMMARY:
        break;
    }
    return NAN;
}

/* A value that a ratio can be made of. */
static bool is_usable(double value)
{
    return isfinite(value) && value > 0;
}

static bool any_quiet(const struct dlb_record *record)
{
    for (int i = 0; i < record->invocation_count; i++)
        if (is_usable(record->invocations[i].median_ns) && !record->invocations[i].gated)
            return true;
    return false;
}

bool dlb_comparison_values(const char *metric, const struct dlb_record *record, double **values,
                           int64_t *count)
{
    const struct quantity *quantity = find(metric);
    const bool quiet = any_quiet(record); /* noisy processes count where all are */
    if (quantity == NULL || quantity->source == OF_SUMMARY || record->status != DLB_OK)
        return true;
    double *grown =
        realloc(*values, ((size_t)*count + (size_t)record->invocation_count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    *values = grown;
    for (int i = 0; i < record->invocation_count; i++) {
        const struct dlb_invocation *invocation = &record->invocations[i];
        const double value = value_of(quantity, record, invocation);
        if (is_usable(invocation->median_ns) && is_usable(value) && !(quiet && invocation->gated))
            grown[(*count)++] = value;
    }
    return true;
}

/* An interval over processes; one inside a single process says nothing of the next. */
static bool is_over_processes(const struct dlb_summary *summary)
{
    return strcmp(summary->ci_kind, "order") == 0 || strcmp(summary->ci_kind, "range") == 0;
}

struct dlb_interval dlb_comparison_summary(const char *metric, const struct dlb_record *record)
{
    const struct dlb_summary *summary = &record->summary;
    const struct quantity *quantity = find(metric);
    const bool is_time = strcmp(metric, "median_ns") == 0;
    struct dlb_interval found = {NAN, NAN, NAN, 0, false};
    if (quantity == NULL || record->status != DLB_OK)
        return found;
    if (quantity->source == OF_SUMMARY)
        found.median = real_at(record, quantity->offset);
    if (!is_time && quantity->source != RATE)
        return found;
    const double amount = is_time ? 1 : 1e9 * real_at(record, quantity->offset);
    found.median = is_time ? summary->median_ns : amount / summary->median_ns;
    if (is_over_processes(summary)) {
        found.lo = is_time ? summary->ci_lo_ns : amount / summary->ci_hi_ns;
        found.hi = is_time ? summary->ci_hi_ns : amount / summary->ci_lo_ns;
        found.is_ci = strcmp(summary->ci_kind, "order") == 0;
    }
    return found;
}
