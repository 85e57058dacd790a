/* cache.c: the effective size of the last-level cache, and defeating it.
 *
 * A virtual machine often reports the cache of a whole socket that it shares with neighbours. What counts is what this
 * machine shows: dependent loads over growing working sets cost as much as memory once no cache helps any more. Next:
 * bench/run/execute.c, which rotates argument sets over twice that size. */
#include "bench/measure/cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench/base/clock.h"
#include "bench/base/memory.h"
#include "bench/base/random.h"
#include "bench/base/text.h"
#include "bench/measure/procfs.h"

#define LINE_BYTES     64
#define SMALLEST_BYTES (INT64_C(128) << 10)
/* Without a report of any cache the curve is followed up to here, and without a measurement this is assumed. */
#define UNKNOWN_LLC_BYTES (INT64_C(32) << 20)
#define LARGEST_BYTES     (INT64_C(1) << 30)
/* Steps of one chase: enough that a 15 ns clock does not matter, few enough that all sizes take about a second. */
#define CHASE_STEPS  32768
#define CHASE_ROUNDS 3
/* A cache still helps while a load costs less than this share of a load from memory. The purpose is to defeat the
 * cache, so what is in doubt counts as cache. */
#define MEMORY_SHARE 0.8
#define MAX_POINTS   64

struct line {
    struct line *next;
    unsigned char rest[LINE_BYTES - sizeof(struct line *)];
};

struct point {
    int64_t bytes;
    double latency_ns;
};

/* One random cycle through all lines (Sattolo 1986), so that no prefetcher can guess the next. */
static void link_lines(struct line *lines, int64_t count, uint32_t *order)
{
    struct dlb_random random;
    dlb_random_seed(&random, (uint64_t)count);
    for (int64_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (int64_t i = count - 1; i > 0; i--) {
        const int64_t j = (int64_t)dlb_random_below(&random, (uint64_t)i);
        const uint32_t swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    for (int64_t i = 0; i < count; i++)
        lines[order[i]].next = &lines[order[i + 1 < count ? i + 1 : 0]];
}

/* Follows the chain and hands back where it ended, so that the loads cannot be optimised away. */
static const struct line *chase(const struct line *line, int64_t steps)
{
    for (int64_t i = 0; i < steps; i++)
        line = line->next;
    return line;
}

/* Nanoseconds per dependent load: the least of some rounds, since disturbance only adds. */
static double measure_latency(const struct line *lines, int64_t count)
{
    const struct line *volatile end = chase(lines, count < CHASE_STEPS ? count : CHASE_STEPS);
    double best = 0;
    for (int round = 0; round < CHASE_ROUNDS; round++) {
        const int64_t begin = dlb_clock_ns();
        end = chase(end, CHASE_STEPS);
        const double ns = (double)(dlb_clock_ns() - begin) / CHASE_STEPS;
        best = round == 0 || ns < best ? ns : best;
    }
    return best;
}

/* Sizes 2^n and 1.5 x 2^n from 128 KiB to `largest`; returns how many, 0 without memory. */
static int measure_curve(int64_t largest, struct point *points)
{
    const size_t bytes = (size_t)largest;
    struct line *lines = dlb_aligned_alloc(bytes);
    uint32_t *order = malloc(bytes / LINE_BYTES * sizeof *order);
    int count = 0;
    if (lines != NULL && order != NULL) {
        /* Large pages where the system gives them: else the curve shows the TLB as well. */
        (void)madvise(lines, bytes, MADV_HUGEPAGE);
        for (int64_t size = SMALLEST_BYTES; size <= largest && count < MAX_POINTS; size *= 2) {
            const int64_t sizes[] = {size, size + size / 2};
            for (int i = 0; i < 2 && sizes[i] <= largest && count < MAX_POINTS; i++) {
                link_lines(lines, sizes[i] / LINE_BYTES, order);
                points[count++] =
                    (struct point){sizes[i], measure_latency(lines, sizes[i] / LINE_BYTES)};
            }
        }
    }
    free(order);
    dlb_aligned_free(lines);
    return count;
}

/* The largest size at which the cache still helps. Memory is the mean of the last three points; the cache's own latency is
 * the fastest point at or beyond twice the second-level cache. */
static void decide(const struct point *points, int count, struct dlb_cache_info *info)
{
    double cache = 0, memory = 0;
    const int tail = count < 3 ? count : 3;
    for (int i = 0; i < count; i++) {
        const double latency = points[i].latency_ns;
        if (points[i].bytes >= 2 * info->l2_bytes && (cache == 0 || latency < cache))
            cache = latency;
        if (i >= count - tail)
            memory += latency / tail;
    }
    info->llc_latency_ns = cache;
    info->memory_latency_ns = memory;
    info->llc_effective_bytes = info->l2_bytes > 0 ? info->l2_bytes : SMALLEST_BYTES;
    for (int i = 0; i < count; i++)
        if (points[i].latency_ns < MEMORY_SHARE * memory &&
            points[i].bytes > info->llc_effective_bytes)
            info->llc_effective_bytes = points[i].bytes;
}

static int64_t read_size(const char *root, int index)
{
    char text[32];
    int64_t kibibytes = 0;
    /* "32768K" */
    if (!dlb_proc_read(root, text, sizeof text, "/sys/devices/system/cpu/cpu0/cache/index%d/size",
                       index))
        return 0;
    text[strcspn(text, "K")] = '\0';
    struct dlb_why ignored;
    return dlb_parse_int(text, &kibibytes, &ignored) == DLB_OK ? kibibytes * 1024 : 0;
}

static void read_reported(const char *root, struct dlb_cache_info *info)
{
    for (int index = 0; index < 8; index++) {
        char type[32];
        int64_t level = 0;
        if (!dlb_proc_read_int(root, &level, "/sys/devices/system/cpu/cpu0/cache/index%d/level",
                               index) ||
            !dlb_proc_read(root, type, sizeof type,
                           "/sys/devices/system/cpu/cpu0/cache/index%d/type", index) ||
            strcmp(type, "Instruction") == 0)
            continue;
        const int64_t bytes = read_size(root, index);
        if (level == 1)
            info->l1_bytes = bytes;
        if (level == 2)
            info->l2_bytes = bytes;
        if (bytes > info->llc_reported_bytes)
            info->llc_reported_bytes = bytes;
    }
}

/* How far the curve is followed: four times the report, within what a machine can spare. */
static int64_t largest_probe(const struct dlb_cache_info *info)
{
    const int64_t reported =
        info->llc_reported_bytes > 0 ? info->llc_reported_bytes : UNKNOWN_LLC_BYTES;
    int64_t largest = SMALLEST_BYTES;
    while (largest < 4 * reported && largest < LARGEST_BYTES)
        largest *= 2;
    return largest;
}

static void explain(struct dlb_cache_info *info, bool measured)
{
    char reported[24], effective[24];
    dlb_format_bytes(reported, sizeof reported, (double)info->llc_reported_bytes);
    dlb_format_bytes(effective, sizeof effective, (double)info->llc_effective_bytes);
    if (!measured)
        snprintf(info->decision, sizeof info->decision, "%s %s; not measured",
                 info->llc_reported_bytes > 0 ? reported : effective,
                 info->llc_reported_bytes > 0 ? "reported" : "assumed, nothing is reported");
    else
        snprintf(
            info->decision, sizeof info->decision,
            "%s reported; latency leaves the plateau of %.1f ns for %.1f ns behind %s: %s used",
            info->llc_reported_bytes > 0 ? reported : "nothing", info->llc_latency_ns,
            info->memory_latency_ns, effective, effective);
}

void dlb_cache_probe(const char *root, int measure, struct dlb_cache_info *info)
{
    *info = (struct dlb_cache_info){0};
    read_reported(root, info);
    info->llc_effective_bytes =
        info->llc_reported_bytes > 0 ? info->llc_reported_bytes : UNKNOWN_LLC_BYTES;
    struct point points[MAX_POINTS];
    const int count = measure ? measure_curve(largest_probe(info), points) : 0;
    if (count > 0)
        decide(points, count, info);
    explain(info, count > 0);
}

int64_t dlb_cache_sets(int64_t llc_bytes, int64_t working_set_bytes)
{
    if (working_set_bytes < 1)
        working_set_bytes = 1;
    const int64_t sets = (2 * llc_bytes + working_set_bytes - 1) / working_set_bytes + 1;
    return sets > 2 ? sets : 2;
}

struct dlb_flush {
    size_t bytes;
    unsigned char *buffer;
};

struct dlb_flush *dlb_flush_open(int64_t llc_bytes)
{
    struct dlb_flush *flush = malloc(sizeof *flush);
    if (flush == NULL)
        return NULL;
    flush->bytes = 2 * (size_t)llc_bytes;
    flush->buffer = dlb_aligned_alloc(flush->bytes);
    if (flush->buffer == NULL) {
        free(flush);
        return NULL;
    }
    memset(flush->buffer, 1, flush->bytes);
    return flush;
}

void dlb_flush_run(struct dlb_flush *flush)
{
    /* Volatile: the compiler may not drop stores to a buffer that nobody reads. */
    volatile unsigned char *line = flush->buffer;
    for (size_t i = 0; i < flush->bytes; i += LINE_BYTES)
        line[i] = (unsigned char)(line[i] + 1);
}

void dlb_flush_close(struct dlb_flush *flush)
{
    if (flush == NULL)
        return;
    dlb_aligned_free(flush->buffer);
    free(flush);
}
