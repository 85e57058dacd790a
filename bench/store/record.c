/* record.c: the life of a record, and what follows from its samples: summaries of invocations and of the case.
 *
 * All statistics are in bench/stats; here it is only decided which numbers count. The unit of inference is the invocation:
 * a case is summarised over the medians of its processes, never over their pooled samples. Energy is in record_energy.c, JSON in
 * record_json.c. */
#include "bench/store/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/graph/op.h"
#include "bench/stats/interval.h"
#include "bench/stats/summary.h"

/* Rank interval inside an invocation: pays for the peeking of the stop rule (measurement rule 1.6). */
#define Z_INVOCATION     2.24
#define LEVEL_INVOCATION 0.95
#define P99_SAMPLES      100 /* fewer samples have no 99th percentile to speak of */

const char *dlb_record_status_text(enum dlb_status status)
{
    switch (status) {
    case DLB_OK:
        return "ok";
    case DLB_UNSUPPORTED:
        return "unsupported";
    case DLB_SKIPPED:
    case DLB_UNAVAILABLE:
    case DLB_INTERRUPTED:
        return "skipped";
    case DLB_INVALID:
    case DLB_NO_MEMORY:
    case DLB_FAILED:
    case DLB_WRONG:
    case DLB_TIMEOUT:
    case DLB_CRASHED:
    case DLB_IO:
    case DLB_STATUS_COUNT:
        break;
    }
    return "failed";
}

/* What must be said because the status text does not say it. */
static const char *reason_prefix(enum dlb_status status)
{
    switch (status) {
    case DLB_CRASHED:
        return "crashed";
    case DLB_TIMEOUT:
        return "timeout";
    case DLB_WRONG:
        return "wrong answer";
    case DLB_NO_MEMORY:
        return "out of memory";
    case DLB_UNAVAILABLE:
        return "unavailable";
    case DLB_INTERRUPTED:
        return "interrupted";
    default:
        return "";
    }
}

void dlb_record_reason(const struct dlb_record *record, char *buffer, size_t size)
{
    char words[sizeof record->status_reason + 32];
    const char *prefix = reason_prefix(record->status);
    const char *reason = record->status_reason;
    if (prefix[0] == '\0' || strncmp(reason, prefix, strlen(prefix)) == 0)
        snprintf(words, sizeof words, "%s", reason);
    else
        snprintf(words, sizeof words, "%s%s%s", prefix, reason[0] != '\0' ? ": " : "", reason);
    dlb_text_shorten(buffer, size, words);
}

bool dlb_record_is_model(const struct dlb_record *record)
{
    for (int kind = 0; kind < DLB_OP_COUNT; kind++)
        if (strcmp(record->workload, dlb_op_name((enum dlb_op_kind)kind)) == 0)
            return false;
    return true;
}

void dlb_invocation_free(struct dlb_invocation *invocation)
{
    free(invocation->samples_ns);
    dlb_energy_free(&invocation->energy);
    json_decref(invocation->unknown);
    invocation->samples_ns = NULL;
    invocation->unknown = NULL;
}

void dlb_record_free(struct dlb_record *record)
{
    for (int i = 0; i < record->invocation_count; i++)
        dlb_invocation_free(&record->invocations[i]);
    free(record->invocations);
    dlb_counting_free(&record->counting);
    dlb_energy_free(&record->energy);
    dlb_cost_free(&record->cost);
    json_decref(record->params);
    json_decref(record->unknown);
    record->invocations = NULL;
    record->invocation_count = 0;
    record->params = NULL;
    record->unknown = NULL;
}

bool dlb_record_has_flag(const struct dlb_record *record, const char *flag)
{
    for (int i = 0; i < record->flag_count; i++)
        if (strcmp(record->flags[i], flag) == 0)
            return true;
    return false;
}

void dlb_record_flag(struct dlb_record *record, const char *flag)
{
    if (dlb_record_has_flag(record, flag) || record->flag_count == DLB_MAX_FLAGS)
        return;
    snprintf(record->flags[record->flag_count++], sizeof record->flags[0], "%s", flag);
}

void dlb_record_unflag(struct dlb_record *record, const char *flag)
{
    int kept = 0;
    for (int i = 0; i < record->flag_count; i++) {
        if (strcmp(record->flags[i], flag) == 0)
            continue;
        if (kept != i)
            memcpy(record->flags[kept], record->flags[i], sizeof record->flags[0]);
        kept++;
    }
    record->flag_count = kept;
}

enum dlb_status dlb_record_add_invocation(struct dlb_record *record,
                                          struct dlb_invocation *invocation)
{
    const size_t count = (size_t)record->invocation_count + 1;
    struct dlb_invocation *grown =
        realloc(record->invocations, count * sizeof *record->invocations);
    if (grown == NULL)
        return DLB_NO_MEMORY;
    grown[count - 1] = *invocation;
    record->invocations = grown;
    record->invocation_count = (int)count;
    invocation->samples_ns = NULL;
    invocation->energy.unknown = NULL;
    invocation->unknown = NULL;
    return DLB_OK;
}

void dlb_invocation_summarise(struct dlb_invocation *invocation)
{
    const double *x = invocation->samples_ns;
    const int64_t n = x != NULL ? invocation->n : 0;
    invocation->median_ns = dlb_median(x, n);
    invocation->mean_ns = dlb_mean(x, n);
    invocation->min_ns = dlb_quantile(x, n, 0);
    invocation->max_ns = dlb_quantile(x, n, 1);
    invocation->q1_ns = dlb_quantile(x, n, 0.25);
    invocation->q3_ns = dlb_quantile(x, n, 0.75);
    invocation->p90_ns = dlb_quantile(x, n, 0.9);
    invocation->p99_ns = n >= P99_SAMPLES ? dlb_quantile(x, n, 0.99) : (double)NAN;
    invocation->sd_rel = dlb_sd(x, n) / invocation->mean_ns;
    invocation->mad_ns = dlb_mad(x, n);
    invocation->lag1 = n >= 2 ? dlb_lag1(x, n) : (double)NAN;
    const struct dlb_outliers outliers = dlb_count_outliers(x, n);
    invocation->outliers_mild = outliers.mild;
    invocation->outliers_severe = outliers.severe;
    invocation->ci_lo_ns = invocation->ci_hi_ns = invocation->ci_level = NAN;
    invocation->n_eff = NAN;
    if (n < 1)
        return;
    const struct dlb_interval interval = dlb_interval_samples(x, n, Z_INVOCATION);
    invocation->ci_lo_ns = interval.lo;
    invocation->ci_hi_ns = interval.hi;
    invocation->ci_level = interval.is_ci ? LEVEL_INVOCATION : (double)NAN;
    invocation->n_eff = interval.n_eff;
}

static bool has_time(const struct dlb_invocation *invocation)
{
    return isfinite(invocation->median_ns) && invocation->median_ns > 0;
}

static bool is_measured(const struct dlb_record *record)
{
    return record->evidence[0] == '\0' || strcmp(record->evidence, "measured") == 0;
}

/* Noisy invocations count only when there is no quiet one: a result is never empty because the machine was busy. */
static bool all_gated(const struct dlb_record *record)
{
    for (int i = 0; i < record->invocation_count; i++)
        if (has_time(&record->invocations[i]) && !record->invocations[i].gated)
            return false;
    return true;
}

bool dlb_record_counts(const struct dlb_record *record, int index)
{
    const struct dlb_invocation *invocation = &record->invocations[index];
    return has_time(invocation) && (!invocation->gated || all_gated(record));
}

/* The interval of a single process: its own, which says nothing about the next process. With too few independent
 * samples it is but their range: no word for it is shared with the range over invocations. */
static void single_interval(const struct dlb_invocation *invocation, struct dlb_summary *summary)
{
    if (invocation->n < 2 || !isfinite(invocation->ci_lo_ns) || !isfinite(invocation->ci_hi_ns))
        return;
    summary->ci_lo_ns = invocation->ci_lo_ns;
    summary->ci_hi_ns = invocation->ci_hi_ns;
    snprintf(summary->ci_kind, sizeof summary->ci_kind, "%s",
             isfinite(invocation->ci_level) ? "within" : "samples");
}

static void interval_over(const double *medians, int64_t count, struct dlb_summary *summary)
{
    const struct dlb_interval interval = dlb_interval_invocations(medians, count);
    summary->ci_lo_ns = interval.lo;
    summary->ci_hi_ns = interval.hi;
    summary->inv_sd_rel = dlb_sd(medians, count) / dlb_mean(medians, count);
    snprintf(summary->ci_kind, sizeof summary->ci_kind, "%s", interval.is_ci ? "order" : "range");
}

static double per_second(double amount, double ns)
{
    return amount > 0 && ns > 0 ? 1e9 * amount / ns : (double)NAN;
}

static void rates(const struct dlb_record *record, struct dlb_summary *summary)
{
    summary->ops_per_s = per_second(record->ops, summary->median_ns);
    summary->bytes_per_s = per_second(record->bytes, summary->median_ns);
    summary->items_per_s = per_second(record->items, summary->median_ns);
    summary->ai_ops_per_byte =
        record->ops > 0 && record->bytes > 0 ? record->ops / record->bytes : (double)NAN;
}

/* The roof that was known before stays, and the share of it follows the time. What has no operations has only a share, of a bandwidth: its
 * time at the roof is known from that and the old time. */
static void keep_roof(struct dlb_record *record, const struct dlb_summary *before)
{
    struct dlb_summary *summary = &record->summary;
    summary->roof_ops_per_s = summary->roof_fraction = NAN;
    memcpy(summary->roof_binds, before->roof_binds, sizeof summary->roof_binds);
    if (before->roof_ops_per_s > 0) {
        summary->roof_ops_per_s = before->roof_ops_per_s;
        summary->roof_fraction = summary->ops_per_s / before->roof_ops_per_s;
    } else if (before->roof_binds[0] != '\0') {
        summary->roof_fraction = before->roof_fraction * before->median_ns / summary->median_ns;
    }
    if (summary->roof_fraction > 1)
        dlb_record_flag(record, "above_roof");
    else
        dlb_record_unflag(record, "above_roof");
}

/* Marks what the invocations that count have in common; `used` of them. A record that was noisy stays so while one
 * that counts has a gate's reason: a noisy invocation may have been let in where no quiet one could be had. */
static void flag_circumstances(struct dlb_record *record, bool was_noisy, bool all_noisy,
                               int64_t used)
{
    const bool measured = is_measured(record);
    if (used == 1 && measured)
        dlb_record_flag(record, "single_invocation");
    if (used > 0 && all_noisy)
        dlb_record_flag(record, "noisy");
    for (int i = 0; i < record->invocation_count; i++) {
        const struct dlb_invocation *invocation = &record->invocations[i];
        if (!has_time(invocation) || (invocation->gated && !all_noisy))
            continue;
        if (was_noisy && invocation->gate_reason[0] != '\0')
            dlb_record_flag(record, "noisy");
        if (strcmp(invocation->stop_reason, "budget") == 0)
            dlb_record_flag(record, "budget");
        if (!invocation->steady && measured)
            dlb_record_flag(record, "unsteady");
    }
}

/* Which invocations count; NULL without memory. `noisy`: all were. */
static bool *mark_counting(const struct dlb_record *record, bool noisy)
{
    bool *counts = calloc((size_t)record->invocation_count + 1, sizeof *counts);
    for (int i = 0; i < record->invocation_count && counts != NULL; i++) {
        const struct dlb_invocation *invocation = &record->invocations[i];
        /* A case that failed in one process has no speed, whatever the others showed. */
        counts[i] =
            has_time(invocation) && (!invocation->gated || noisy) && record->status == DLB_OK;
    }
    return counts;
}

/* Median and interval over those that count; returns how many they are. */
static int64_t summarise_times(struct dlb_record *record, const bool *counts)
{
    struct dlb_summary *summary = &record->summary;
    const struct dlb_invocation *last = NULL;
    double *medians = calloc((size_t)record->invocation_count + 1, sizeof *medians);
    int64_t used = 0;
    for (int i = 0; i < record->invocation_count && medians != NULL; i++) {
        if (!counts[i])
            continue;
        last = &record->invocations[i];
        medians[used++] = last->median_ns;
    }
    if (used > 0)
        summary->median_ns = dlb_median(medians, used);
    if (used == 1 && is_measured(record))
        single_interval(last, summary);
    else if (used > 1)
        interval_over(medians, used, summary);
    free(medians);
    return used;
}

void dlb_record_summarise(struct dlb_record *record)
{
    static const char *const derived[] = {"single_invocation", "noisy", "budget", "unsteady"};
    const bool was_noisy = dlb_record_has_flag(record, "noisy");
    for (size_t i = 0; i < sizeof derived / sizeof derived[0]; i++)
        dlb_record_unflag(record, derived[i]);
    const struct dlb_summary before = record->summary;
    record->summary = (struct dlb_summary){
        .median_ns = NAN, .ci_lo_ns = NAN, .ci_hi_ns = NAN, .ci_kind = "none", .inv_sd_rel = NAN};
    for (int i = 0; i < record->invocation_count; i++)
        if (record->invocations[i].peak_mem_bytes > record->summary.peak_mem_bytes)
            record->summary.peak_mem_bytes = record->invocations[i].peak_mem_bytes;
    const bool noisy = all_gated(record);
    bool *counts = mark_counting(record, noisy);
    int64_t used = 0;
    if (counts != NULL) {
        used = summarise_times(record, counts);
        dlb_record_energy(record, counts);
    }
    free(counts);
    rates(record, &record->summary);
    keep_roof(record, &before);
    if (record->counting.taken && record->counting.multiplexed)
        dlb_record_flag(record, "multiplexed");
    flag_circumstances(record, was_noisy, noisy, used);
}
