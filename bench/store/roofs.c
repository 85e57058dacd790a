/* roofs.c: which ceiling stands above a record, and what share of it the record reaches.
 *
 * Only ceilings count: figures told beside them (a multiply-add of zeros, which takes less power) never bind. Measured records are compared
 * with measured roofs, modelled ones with those of a model. Files and JSON are in roofs_file.c; who measures is bench/run/roofline.c. */
#include "bench/store/roofs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum level { L1, L2, L3, MEMORY, LEVELS };
static const char *const level_names[LEVELS] = {"L1", "L2", "L3", "memory"};

const char *dlb_roof_kind_name(enum dlb_roof_kind kind)
{
    static const char *const names[DLB_ROOF_KINDS] = {
        [DLB_ROOF_COMPUTE] = "compute",   [DLB_ROOF_BANDWIDTH] = "bandwidth",
        [DLB_ROOF_LATENCY] = "latency",   [DLB_ROOF_LAUNCH] = "launch",
        [DLB_ROOF_TRANSFER] = "transfer",
    };
    return (unsigned)kind < DLB_ROOF_KINDS ? names[kind] : "unknown";
}

void dlb_roofs_free(struct dlb_roofs *roofs)
{
    free(roofs->items);
    roofs->items = NULL;
    roofs->count = 0;
}

enum dlb_status dlb_roofs_add(struct dlb_roofs *roofs, const struct dlb_roof *roof)
{
    const size_t count = (size_t)roofs->count;
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        const size_t capacity = count > 0 ? 2 * count : 1;
        struct dlb_roof *grown = realloc(roofs->items, capacity * sizeof *roofs->items);
        if (grown == NULL)
            return DLB_NO_MEMORY;
        roofs->items = grown;
    }
    roofs->items[roofs->count++] = *roof;
    return DLB_OK;
}

/* ---- ceilings ---- */

/* 0 on either side: threads do not matter. */
static bool fits_threads(const struct dlb_roof *roof, int threads)
{
    return roof->threads == 0 || threads == 0 || roof->threads == threads;
}

/* The largest ceiling of a kind whose type or level is `name`; NaN for none. */
static double largest(const struct dlb_roofs *roofs, enum dlb_roof_kind kind, const char *name,
                      int threads)
{
    double found = NAN;
    for (int i = 0; i < roofs->count; i++) {
        const struct dlb_roof *roof = &roofs->items[i];
        const char *own = kind == DLB_ROOF_COMPUTE ? roof->dtype : roof->level;
        if (roof->kind != kind || !roof->ceiling || strcmp(own, name) != 0 ||
            !fits_threads(roof, threads) || !isfinite(roof->value) || roof->value <= 0)
            continue;
        found = fmax(found, roof->value); /* of NaN and a number it is the number */
    }
    return found;
}

double dlb_roofs_compute(const struct dlb_roofs *roofs, const char *dtype, int threads)
{
    return largest(roofs, DLB_ROOF_COMPUTE, dtype, threads);
}

double dlb_roofs_bandwidth(const struct dlb_roofs *roofs, const char *level, int threads)
{
    return largest(roofs, DLB_ROOF_BANDWIDTH, level, threads);
}

/* ---- which of them binds ---- */

static bool is_cold(const struct dlb_record *record)
{
    return strcmp(record->cache_state, "cold") == 0 &&
           !dlb_record_has_flag(record, "cold_downgraded");
}

/* What passes through the caches before the same bytes come again. Where cold was asked for but could not be had, that is all sets of
 * arguments. */
static double rotating_bytes(const struct dlb_record *record)
{
    const double set = record->working_set_bytes > 0 ? record->working_set_bytes : record->bytes;
    return set * (double)(record->cache_sets > 1 ? record->cache_sets : 1);
}

/* The smallest level that holds what the case touches; memory holds the rest, and all of a cold case. */
static enum level holding_level(const struct dlb_roofs *roofs, const struct dlb_record *record)
{
    const double bytes = rotating_bytes(record);
    const double cores = record->threads > 1 ? record->threads : 1;
    for (int i = L1; i < MEMORY && !is_cold(record); i++) {
        const double own = (double)roofs->level_bytes[i];
        const double capacity = i == L3 ? own : own * cores;
        if (own > 0 && bytes <= capacity)
            return (enum level)i;
    }
    return MEMORY;
}

/* Unsigned bytes go through the units of signed ones. */
static const char *ceiling_type(const char *dtype)
{
    return strcmp(dtype, "u8") == 0 ? "s8" : dtype;
}

static const char *evidence_of(const char *evidence)
{
    return evidence[0] != '\0' ? evidence : "measured";
}

static bool is_comparable(const struct dlb_roofs *roofs, const struct dlb_record *record)
{
    return record->status == DLB_OK && record->summary.median_ns > 0 &&
           strcmp(evidence_of(roofs->evidence), evidence_of(record->evidence)) == 0;
}

/* What only moves bytes: its share of the bandwidth, and no roof in operations. */
static void apply_bandwidth(double bandwidth, const char *level, struct dlb_summary *summary)
{
    if (!isfinite(bandwidth) || !(summary->bytes_per_s > 0))
        return;
    summary->roof_fraction = summary->bytes_per_s / bandwidth;
    snprintf(summary->roof_binds, sizeof summary->roof_binds, "%s", level);
}

/* min(compute, bandwidth x operations per byte); both must be known, or the smaller is not. */
static void apply_both(double compute, double bandwidth, const char *level,
                       struct dlb_record *record)
{
    struct dlb_summary *summary = &record->summary;
    const double moved = bandwidth * summary->ai_ops_per_byte;
    if (!isfinite(compute) || !isfinite(moved) || !(summary->ops_per_s > 0))
        return;
    summary->roof_ops_per_s = fmin(compute, moved);
    summary->roof_fraction = summary->ops_per_s / summary->roof_ops_per_s;
    if (compute <= moved)
        snprintf(summary->roof_binds, sizeof summary->roof_binds, "compute %s",
                 ceiling_type(record->dtype));
    else
        snprintf(summary->roof_binds, sizeof summary->roof_binds, "%s", level);
}

/* Above what the datasheet says of the type's units, or of the memory where that holds the case. A wrong entry, a sparse peak taken for a dense
 * one, or an algorithm that does fewer operations than counted. */
static bool is_above_datasheet(const struct dlb_roofs *roofs, const struct dlb_record *record,
                               const char *level)
{
    const struct dlb_summary *summary = &record->summary;
    for (int i = 0; i < roofs->count; i++) {
        const struct dlb_roof *roof = &roofs->items[i];
        const bool units = roof->kind == DLB_ROOF_COMPUTE && record->ops > 0 &&
                           strcmp(roof->dtype, ceiling_type(record->dtype)) == 0;
        const bool memory = roof->kind == DLB_ROOF_BANDWIDTH && strcmp(level, "memory") == 0 &&
                            strcmp(roof->level, level) == 0;
        if ((units && summary->ops_per_s > roof->datasheet) ||
            (memory && summary->bytes_per_s > roof->datasheet))
            return true; /* of NaN nothing is above */
    }
    return false;
}

void dlb_roofs_apply(const struct dlb_roofs *roofs, struct dlb_record *record)
{
    struct dlb_summary *summary = &record->summary;
    summary->roof_ops_per_s = summary->roof_fraction = NAN;
    summary->roof_binds[0] = '\0';
    dlb_record_unflag(record, "above_roof");
    dlb_record_unflag(record, "above_datasheet");
    if (!is_comparable(roofs, record))
        return;
    const char *level = level_names[holding_level(roofs, record)];
    const double bandwidth = dlb_roofs_bandwidth(roofs, level, record->threads);
    if (record->ops > 0)
        apply_both(dlb_roofs_compute(roofs, ceiling_type(record->dtype), record->threads),
                   bandwidth, level, record);
    else
        apply_bandwidth(bandwidth, level, summary);
    if (summary->roof_fraction > 1)
        dlb_record_flag(record, "above_roof");
    if (is_above_datasheet(roofs, record, level))
        dlb_record_flag(record, "above_datasheet");
}
