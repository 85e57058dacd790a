/* roofline_list.c: which ceilings are measured, over which working sets. Pure: roofline.c does it.
 *
 * A level's working set has to be well inside it and well outside the level below, shared out over the threads. The quick list has what the share
 * of a roof needs: the fastest instruction set of each type, reading and one pattern with stores of each level. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/roofline.h"
#include "kernels/portable/probe_kernels.h"

#define KIB INT64_C(1024)
#define MIB (INT64_C(1) << 20)

#define MEMORY_LEAST   (256 * MIB)
#define LATENCY_MOST   (256 * MIB) /* linking a longer chain takes longer than following it */
#define TRANSFER_BYTES (64 * MIB)
#define SHARE_OF_LIMIT 2 /* half of the memory that is free */

enum level { L1, L2, L3, MEMORY, LEVELS };
static const char *const level_names[LEVELS] = {"L1", "L2", "L3", "memory"};

static const char *const host_types[] = {"f32", "f64", "bf16", "f16", "s8"};
static const char *const device_types[] = {"f32", "f16", "bf16", "s8"};
static const enum dlb_probe_pattern all_patterns[] = {DLB_PATTERN_READ, DLB_PATTERN_WRITE,
                                                      DLB_PATTERN_COPY, DLB_PATTERN_TRIAD};

struct maker {
    const struct dlb_roofline_options *options;
    const struct dlb_roofline_device *device;
    struct dlb_roofline_list *list;
    bool host, failed;
    int threads; /* that the roofs are told of; 0: they do not matter */
};

void dlb_roofline_list_free(struct dlb_roofline_list *list)
{
    free(list->items);
    *list = (struct dlb_roofline_list){0};
}

/* A zeroed line for this device; NULL without memory. */
static struct dlb_roofline_item *add(struct maker *m, enum dlb_roof_kind kind)
{
    struct dlb_roofline_list *list = m->list;
    if (list->count == list->capacity) {
        const int capacity = list->capacity > 0 ? 2 * list->capacity : 32;
        struct dlb_roofline_item *grown =
            realloc(list->items, (size_t)capacity * sizeof *list->items);
        if (grown == NULL) {
            m->failed = true;
            return NULL;
        }
        list->items = grown;
        list->capacity = capacity;
    }
    struct dlb_roofline_item *item = &list->items[list->count++];
    memset(item, 0, sizeof *item);
    item->probe.host = m->host;
    item->probe.threads = m->options->threads;
    item->probe.what.seed = (int64_t)(m->options->request.seed % INT32_MAX);
    item->roof.kind = kind;
    item->roof.ceiling = true;
    item->roof.threads = m->threads;
    item->roof.value = item->roof.lo = item->roof.hi = item->roof.datasheet = NAN;
    return item;
}

static void add_compute(struct maker *m, const char *type, int variant, bool zeros)
{
    struct dlb_roofline_item *item = add(m, DLB_ROOF_COMPUTE);
    if (item == NULL)
        return;
    item->probe.what.kind = DLB_PROBE_COMPUTE;
    item->probe.what.variant = variant;
    item->probe.what.zeros = zeros;
    item->roof.ceiling = !zeros;
    snprintf(item->probe.type, sizeof item->probe.type, "%s", type);
    snprintf(item->roof.dtype, sizeof item->roof.dtype, "%s", type);
    snprintf(item->roof.data, sizeof item->roof.data, "%s", zeros ? "zeros" : "random");
    snprintf(item->label, sizeof item->label, "%s", type);
}

static void add_bandwidth(struct maker *m, const char *level, enum dlb_probe_pattern pattern,
                          int variant, int64_t bytes)
{
    struct dlb_roofline_item *item = add(m, DLB_ROOF_BANDWIDTH);
    if (item == NULL)
        return;
    const char *name = dlb_roofline_pattern_name(pattern);
    item->probe.what.kind = DLB_PROBE_BANDWIDTH;
    item->probe.what.pattern = pattern;
    item->probe.what.variant = variant;
    item->probe.what.bytes = bytes;
    item->roof.size_bytes = (double)bytes;
    snprintf(item->roof.level, sizeof item->roof.level, "%s", level);
    snprintf(item->roof.pattern, sizeof item->roof.pattern, "%s", name);
    snprintf(item->label, sizeof item->label, "%s %s", level, name);
}

static void add_latency(struct maker *m, const char *level, int64_t bytes)
{
    struct dlb_roofline_item *item = add(m, DLB_ROOF_LATENCY);
    if (item == NULL)
        return;
    item->probe.what.kind = DLB_PROBE_LATENCY;
    item->probe.what.bytes = bytes;
    item->roof.size_bytes = (double)bytes;
    item->roof.threads = 0; /* a chain is one thread's */
    snprintf(item->roof.level, sizeof item->roof.level, "%s", level);
    snprintf(item->label, sizeof item->label, "%s latency", level);
}

static void add_launch(struct maker *m)
{
    struct dlb_roofline_item *item = add(m, DLB_ROOF_LAUNCH);
    if (item == NULL)
        return;
    item->probe.what.kind = DLB_PROBE_LAUNCH;
    snprintf(item->label, sizeof item->label, "launch");
}

static void add_transfer(struct maker *m, enum dlb_roofline_transfer direction)
{
    struct dlb_roofline_item *item = add(m, DLB_ROOF_TRANSFER);
    if (item == NULL)
        return;
    const bool to = direction == DLB_ROOFLINE_TO_DEVICE;
    item->probe.transfer = direction;
    item->probe.what.bytes = TRANSFER_BYTES;
    item->roof.size_bytes = (double)TRANSFER_BYTES;
    snprintf(item->roof.pattern, sizeof item->roof.pattern, "%s", to ? "to_device" : "from_device");
    snprintf(item->label, sizeof item->label, "transfer");
}

/* ---- working sets ---- */

static int64_t at_most(int64_t bytes, const struct maker *m)
{
    const int64_t limit = m->options->memory_limit_bytes / SHARE_OF_LIMIT;
    return limit > 0 && bytes > limit ? limit : bytes;
}

/* Of all threads together; 0: this machine has no such level. */
static int64_t level_set(const struct maker *m, enum level level, int threads)
{
    const int64_t *bytes = m->options->level_bytes;
    const int64_t inner = bytes[L2] > 0 ? bytes[L2] * threads : bytes[L1] * threads;
    const int64_t last = bytes[L3] > inner ? bytes[L3] : inner;
    switch (level) {
    case L1:
        return bytes[L1] * 3 / 4 * threads;
    case L2:
        return bytes[L2] / 2 * threads;
    case L3: /* close above the private caches, where the shared one is at its best */
        return bytes[L3] == 0 ? 0 : bytes[L3] >= 8 * inner ? 4 * inner : inner + bytes[L3] / 2;
    default:
        return at_most(4 * last > MEMORY_LEAST ? 4 * last : MEMORY_LEAST, m);
    }
}

/* Powers of two and half way between, from 16 KiB a thread to the set of memory: what the plot of working sets shows. */
static void add_curve(struct maker *m)
{
    const int64_t most = level_set(m, MEMORY, m->options->threads);
    for (int64_t bytes = 16 * KIB; bytes * m->options->threads <= most; bytes *= 2)
        for (int half = 0; half < 2; half++) {
            const int64_t set = (half == 0 ? bytes : bytes / 2 * 3) * m->options->threads;
            add_bandwidth(m, "", DLB_PATTERN_READ, 0, set);
            if (m->failed)
                return;
            struct dlb_roofline_item *item = &m->list->items[m->list->count - 1];
            item->roof.ceiling = false;
            snprintf(item->label, sizeof item->label, "read %lld KiB", (long long)(set / KIB));
        }
}

/* ---- the processor ---- */

static enum dlb_stream_pattern stream_pattern(enum dlb_probe_pattern pattern)
{
    static const enum dlb_stream_pattern patterns[] = {[DLB_PATTERN_READ] = DLB_STREAM_READ,
                                                       [DLB_PATTERN_WRITE] = DLB_STREAM_WRITE,
                                                       [DLB_PATTERN_COPY] = DLB_STREAM_COPY,
                                                       [DLB_PATTERN_TRIAD] = DLB_STREAM_TRIAD};
    return patterns[pattern];
}

/* The widest vectors, and, unless it has to be quick, the second widest, which some processors move faster. Stores past the caches
 * belong to memory. */
static void add_host_pattern(struct maker *m, enum level level, enum dlb_probe_pattern pattern)
{
    const int64_t bytes = level_set(m, level, m->options->threads);
    const int most = m->options->quick ? 1 : 2;
    const struct dlb_stream_kernel *kernel;
    int through = 0, past = 0;
    for (int i = 0; (kernel = dlb_stream_kernel_find(stream_pattern(pattern), i)) != NULL; i++) {
        const bool wanted =
            kernel->non_temporal ? level == MEMORY && past++ < most : through++ < most;
        if (wanted && bytes > 0)
            add_bandwidth(m, level_names[level], pattern, i, bytes);
    }
}

static void add_host_compute(struct maker *m)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(host_types); i++) {
        const bool asked = !m->options->quick || strcmp(host_types[i], "f64") != 0;
        for (int v = 0; asked && dlb_multiply_kernel_find(host_types[i], v) != NULL; v++) {
            if (m->options->quick && v > 0)
                break; /* the widest comes first */
            add_compute(m, host_types[i], v, false);
            if (!m->options->quick && v == 0)
                add_compute(m, host_types[i], v, true);
        }
    }
}

static void make_host(struct maker *m)
{
    add_host_compute(m);
    for (int level = L1; level < LEVELS; level++)
        for (size_t i = 0; i < DLB_ARRAY_COUNT(all_patterns); i++)
            if (!m->options->quick || all_patterns[i] == DLB_PATTERN_READ ||
                all_patterns[i] == DLB_PATTERN_TRIAD)
                add_host_pattern(m, (enum level)level, all_patterns[i]);
    if (m->options->quick)
        return;
    for (int level = L1; level < LEVELS; level++) {
        const int64_t bytes = level_set(m, (enum level)level, 1);
        if (bytes > 0)
            add_latency(m, level_names[level], bytes < LATENCY_MOST ? bytes : LATENCY_MOST);
    }
    add_launch(m);
    add_curve(m);
}

/* ---- another device ---- */

/* A device that is a processor has the processor's levels. Any other is known to have a shared cache, or not: whatever its maker calls it, it
 * stands as L3. */
static void make_device(struct maker *m)
{
    const bool cpu = m->device->kind == DLB_KIND_CPU;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(device_types); i++)
        for (int v = 0; v < DLB_ROOFLINE_WAYS; v++) { /* which is fastest nobody knows */
            add_compute(m, device_types[i], v, false);
            if (v == 0 && !m->options->quick)
                add_compute(m, device_types[i], v, true);
        }
    for (int level = cpu ? L1 : L3; level < LEVELS; level++) {
        const int64_t bytes = level_set(m, (enum level)level, cpu ? m->options->threads : 1);
        const int variants = !m->options->quick ? DLB_ROOFLINE_WAYS : level == MEMORY ? 2 : 1;
        for (size_t i = 0; i < DLB_ARRAY_COUNT(all_patterns) && bytes > 0; i++)
            for (int v = 0; v < variants; v++)
                if (!m->options->quick || all_patterns[i] == DLB_PATTERN_READ ||
                    all_patterns[i] == DLB_PATTERN_TRIAD)
                    add_bandwidth(m, level_names[level], all_patterns[i], v, bytes);
    }
    if (m->options->quick)
        return;
    const int64_t memory = level_set(m, MEMORY, 1);
    add_latency(m, level_names[MEMORY], memory < LATENCY_MOST ? memory : LATENCY_MOST);
    add_launch(m);
    add_transfer(m, DLB_ROOFLINE_TO_DEVICE);
    add_transfer(m, DLB_ROOFLINE_FROM_DEVICE);
}

enum dlb_status dlb_roofline_list_make(const struct dlb_roofline_options *options,
                                       const struct dlb_roofline_device *device,
                                       struct dlb_roofline_list *list, struct dlb_why *why)
{
    struct dlb_roofline_list made = {0};
    struct maker m = {.options = options,
                      .device = device,
                      .list = &made,
                      .host = device->backend == NULL,
                      .threads = device->kind == DLB_KIND_CPU ? options->threads : 0};
    if (m.host)
        make_host(&m);
    else
        make_device(&m);
    if (m.failed) {
        dlb_roofline_list_free(&made);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the list of probes");
    }
    *list = made;
    return DLB_OK;
}

void dlb_roofline_levels(const struct dlb_cache_info *cache, const struct dlb_host *host,
                         int64_t level_bytes[4])
{
    const bool third = cache->llc_reported_bytes > cache->l2_bytes ||
                       (cache->llc_reported_bytes == 0 && cache->llc_effective_bytes > 0);
    level_bytes[L1] = cache->l1_bytes;
    level_bytes[L2] = cache->l2_bytes;
    level_bytes[L3] = third ? cache->llc_effective_bytes : 0;
    level_bytes[MEMORY] = host->ram_bytes;
}
