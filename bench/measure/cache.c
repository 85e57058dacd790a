/* cache.c: reads the caches that the system reports, decides how large the last one is for us, and defeats it.
 *
 * A virtual machine often reports the cache of the whole socket though it owns a slice of it, or reports none. The
 * latency curve (cache_curve.c) shows where a working set stops fitting; its words go into the result. */
#include "bench/measure/cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/memory.h"
#include "bench/base/text.h"
#include "bench/measure/cgroup.h"
#include "bench/measure/host.h"
#include "bench/measure/host_cpu.h"
#include "bench/measure/procfs.h"
#include "bench/stats/summary.h"

#define MIB             (INT64_C(1) << 20)
#define CURVE_LEAST     (64 * MIB)  /* the largest set must be well beyond any plausible slice */
#define CURVE_UNKNOWN   (256 * MIB) /* where no size is reported */
#define CURVE_MOST      (1024 * MIB)
#define SAFE_BYTES      (64 * MIB)
#define CURVE_BUDGET_NS 0.7e9
#define CACHE_DIR       "/sys/devices/system/cpu/cpu%d/cache/index%d/"

/* "32768K", "1M", or bytes. */
static int64_t parse_size(const char *text)
{
    char *end;
    const int64_t number = strtoll(text, &end, 10);

    if (number <= 0)
        return 0;
    return *end == 'K' ? number * 1024 : *end == 'M' ? number * MIB : number;
}

/* Fills the sizes of one CPU's data caches and answers the sysfs index of the largest level, -1 without any. */
static int read_cpu_caches(const char *root, int cpu, struct dlb_cache_info *info)
{
    int64_t last_level = 0;
    int last_index = -1;

    for (int index = 0; index < 16; index++) {
        char type[32];
        char size[32];
        int64_t level;
        if (!dlb_proc_read_int(root, &level, CACHE_DIR "level", cpu, index) ||
            !dlb_proc_read(root, type, sizeof type, CACHE_DIR "type", cpu, index) ||
            !dlb_proc_read(root, size, sizeof size, CACHE_DIR "size", cpu, index) ||
            strcmp(type, "Instruction") == 0)
            continue;

        const int64_t bytes = parse_size(size);
        if (level == 1)
            info->l1_bytes = bytes;
        if (level == 2)
            info->l2_bytes = bytes;
        if (level > last_level && bytes > 0) {
            last_level = level;
            last_index = index;
            info->llc_reported_bytes = bytes;
        }
    }
    return last_index;
}

/* How many different caches of that index the CPUs share among them, told apart by the first CPU that each lists. */
static int count_caches(const char *root, int index, const int *cpus, int cpu_count)
{
    bool seen[DLB_MAX_CPUS] = {false};
    int count = 0;

    for (int i = 0; i < cpu_count; i++) {
        char text[1024];
        int first = cpus[i];
        if (dlb_proc_read(root, text, sizeof text, CACHE_DIR "shared_cpu_list", cpus[i], index))
            dlb_proc_parse_list(text, &first, 1);
        if (first < 0 || first >= DLB_MAX_CPUS || seen[first])
            continue;
        seen[first] = true;
        count++;
    }
    return count > 0 ? count : 1;
}

static int64_t positive(int64_t bytes)
{
    return bytes > 0 ? bytes : 0;
}

static void read_reported(const char *root, struct dlb_cache_info *info)
{
    int cpus[DLB_MAX_CPUS];
    const int cpu_count = dlb_host_allowed_cpus(root, cpus);
    const int index = read_cpu_caches(root, cpu_count > 0 ? cpus[0] : 0, info);

    info->llc_count = index >= 0 ? count_caches(root, index, cpus, cpu_count) : 1;
#ifdef _SC_LEVEL3_CACHE_SIZE
    if (index < 0 && root[0] == '\0') { /* the C library asks the processor itself */
        info->l1_bytes = positive(sysconf(_SC_LEVEL1_DCACHE_SIZE));
        info->l2_bytes = positive(sysconf(_SC_LEVEL2_CACHE_SIZE));
        info->llc_reported_bytes = positive(sysconf(_SC_LEVEL3_CACHE_SIZE));
    }
#endif
}

/* How far to measure: four times what is reported, within reason and a quarter of the memory that is free. */
static int64_t curve_bytes(const char *root, const struct dlb_cache_info *info)
{
    char *meminfo = dlb_proc_load(root, "/proc/meminfo");
    const char *field = meminfo != NULL ? dlb_proc_field(meminfo, "MemAvailable") : NULL;
    const int64_t available = field != NULL ? strtoll(field, NULL, 10) * 1024 : INT64_MAX;
    const int64_t left = dlb_cgroup_memory_left(root);
    int64_t bytes = 4 * info->llc_reported_bytes;

    free(meminfo);
    if (info->llc_reported_bytes <= 0)
        bytes = CURVE_UNKNOWN;
    bytes = bytes < CURVE_LEAST ? CURVE_LEAST : bytes > CURVE_MOST ? CURVE_MOST : bytes;
    bytes = bytes > available / 4 ? available / 4 : bytes;
    return left >= 0 && bytes > left / 4 ? left / 4 : bytes;
}

/* A running median of three: one disturbed set does not count. The last point gets that of the last three, which is the
 * latency of memory. */
static void smooth(const struct dlb_cache_point *points, int count,
                   struct dlb_cache_point *smoothed)
{
    for (int i = 0; i < count; i++) {
        const int middle = i == count - 1 ? i - 1 : i;
        const double three[] = {points[middle > 0 ? middle - 1 : 0].ns, points[middle].ns,
                                points[middle + 1].ns};
        smoothed[i] = (struct dlb_cache_point){points[i].bytes, dlb_median(three, 3)};
    }
}

/* The latency of a set that no longer fits the private caches, so that only the last level or memory can serve it. */
static double plateau_ns(const struct dlb_cache_point *points, int count,
                         const struct dlb_cache_info *info)
{
    const int64_t private_bytes = info->l2_bytes > 0 ? info->l2_bytes : MIB;

    for (int i = 0; i < count; i++)
        if (points[i].bytes >= 2 * private_bytes)
            return points[i].ns;
    return points[count - 1].ns;
}

/* From where on the curve stays above 0.9 of memory: there the cache no longer helps. That is what a cold measurement
 * needs, and unlike the place where the curve begins to rise it hardly moves while others use the same cache. Between two
 * points in proportion to the logarithms; 0 when the whole curve is above. */
static double edge_bytes(const struct dlb_cache_point *points, int count)
{
    const double high_ns = 0.9 * points[count - 1].ns;
    int above = count - 1;

    while (above > 0 && points[above - 1].ns >= high_ns)
        above--;
    if (above == 0)
        return 0.0;

    const struct dlb_cache_point *lo = &points[above - 1];
    const struct dlb_cache_point *hi = &points[above];
    const double share = log(high_ns / lo->ns) / log(hi->ns / lo->ns);
    return (double)lo->bytes * pow((double)hi->bytes / (double)lo->bytes, share);
}

/* " x 8" where the CPUs spread over several caches. */
static void format_used(char *text, size_t size, const struct dlb_cache_info *info)
{
    char bytes[32];
    const int64_t each = info->llc_effective_bytes / info->llc_count;

    dlb_format_bytes(bytes, sizeof bytes, (double)each);
    if (info->llc_count > 1)
        snprintf(text, size, "%d x %s used", info->llc_count, bytes);
    else
        snprintf(text, size, "%s used", bytes);
}

/* One cache is taken to be `bytes`; `words` says why. */
static void settle(struct dlb_cache_info *info, int64_t bytes, const char *words)
{
    char reported[32] = "no size";
    char used[64];

    info->llc_effective_bytes = bytes * info->llc_count;
    if (info->llc_reported_bytes > 0)
        dlb_format_bytes(reported, sizeof reported, (double)info->llc_reported_bytes);
    if (bytes > 0)
        format_used(used, sizeof used, info);
    else
        snprintf(used, sizeof used, "size unknown");
    snprintf(info->decision, sizeof info->decision, "%s reported; %s: %s", reported, words, used);
}

/* An edge within 0.67 to 1.5 of the report is the report: the curve has two points per octave, and replacement is not
 * exactly least-recently-used. Above that the curve is believed: an unreported cache. Below it, too: a slice of a socket's
 * cache; but not below SAFE_BYTES, because a busy neighbour looks just like a small slice, and rotating over twice
 * SAFE_BYTES is cheap, while too small a figure would call a warm measurement cold. */
static void settle_edge(struct dlb_cache_info *info, double edge)
{
    const double reported = (double)info->llc_reported_bytes;
    const double least = fmin(reported, (double)SAFE_BYTES);
    const bool agrees = edge >= 0.67 * reported && edge <= 1.5 * reported;
    char at[32];
    char words[96];

    dlb_format_bytes(at, sizeof at, edge);
    snprintf(words, sizeof words, "latency goes from %.0f to the %.0f ns of memory by %s",
             info->llc_latency_ns, info->memory_latency_ns, at);
    settle(info, agrees ? info->llc_reported_bytes : (int64_t)fmax(edge, least), words);
    if (!agrees && edge < least) {
        const size_t length = strlen(info->decision);
        snprintf(info->decision + length, sizeof info->decision - length, ", to be safe");
    }
}

void dlb_cache_decide(const struct dlb_cache_point *measured, int count,
                      struct dlb_cache_info *info)
{
    struct dlb_cache_point points[DLB_CACHE_POINTS];
    char words[96];

    count = count > DLB_CACHE_POINTS ? DLB_CACHE_POINTS : count;
    if (count < 4) {
        settle(info, info->llc_reported_bytes, "latency not measured");
        return;
    }
    smooth(measured, count, points);
    info->llc_latency_ns = plateau_ns(points, count, info);
    info->memory_latency_ns = points[count - 1].ns;
    const double edge = edge_bytes(points, count);
    /* Without a factor of 1.5 between them there is no telling cache from memory. */
    if (info->memory_latency_ns < 1.5 * info->llc_latency_ns || edge <= 0.0) {
        char most[32];
        dlb_format_bytes(most, sizeof most, (double)points[count - 1].bytes);
        snprintf(words, sizeof words, "latency shows no edge up to %s (%.0f to %.0f ns)", most,
                 info->llc_latency_ns, info->memory_latency_ns);
        settle(info, info->llc_reported_bytes, words);
        return;
    }

    settle_edge(info, edge);
}

/* Others who use the same cache make it look smaller, never larger: so a curve that finds less than what is reported is
 * taken again while there is time, and the largest finding counts. */
static void measure_and_decide(const char *root, struct dlb_cache_info *info)
{
    const struct dlb_cache_info reported = *info;
    const int64_t most_bytes = curve_bytes(root, info);
    const int64_t start = dlb_clock_ns();
    double left_ns = CURVE_BUDGET_NS;

    do {
        struct dlb_cache_point points[DLB_CACHE_POINTS];
        struct dlb_cache_info found = reported;
        const int count = dlb_cache_measure(most_bytes, left_ns, points, DLB_CACHE_POINTS);
        dlb_cache_decide(points, count, &found);
        if (found.llc_effective_bytes > info->llc_effective_bytes || info->decision[0] == '\0')
            *info = found;
        left_ns = CURVE_BUDGET_NS - (double)(dlb_clock_ns() - start);
    } while (left_ns > 0.5 * CURVE_BUDGET_NS &&
             info->llc_effective_bytes < info->llc_reported_bytes * info->llc_count);
}

void dlb_cache_probe(const char *root, int measure, struct dlb_cache_info *info)
{
    memset(info, 0, sizeof *info);
    read_reported(root, info);
    if (measure)
        measure_and_decide(root, info);
    else
        dlb_cache_decide(NULL, 0, info);
}

int64_t dlb_cache_sets(int64_t llc_bytes, int64_t working_set_bytes)
{
    if (llc_bytes <= 0 || working_set_bytes <= 0)
        return 2;

    const double sets = ceil(2.0 * (double)llc_bytes / (double)working_set_bytes) + 1.0;
    return sets > 2.0 ? (int64_t)fmin(sets, 1e15) : 2;
}

struct dlb_flush {
    size_t word_count;
    volatile uint64_t *words;
};

struct dlb_flush *dlb_flush_open(int64_t llc_bytes)
{
    int64_t bytes;

    if (llc_bytes <= 0 || !dlb_multiply(llc_bytes, 2, &bytes))
        return NULL;

    struct dlb_flush *flush = malloc(sizeof *flush);
    void *memory = dlb_aligned_alloc((size_t)bytes);
    if (flush == NULL || memory == NULL) {
        dlb_aligned_free(memory);
        free(flush);
        return NULL;
    }
    memset(memory, 1, (size_t)bytes); /* the pages must exist before the first flush */
    flush->words = memory;
    flush->word_count = (size_t)bytes / sizeof *flush->words;
    return flush;
}

/* One word of each line of 64 bytes is read and written: the line is fetched and made dirty. */
void dlb_flush_run(struct dlb_flush *flush)
{
    for (size_t i = 0; i < flush->word_count; i += 64 / sizeof *flush->words)
        flush->words[i]++;
}

void dlb_flush_close(struct dlb_flush *flush)
{
    if (flush == NULL)
        return;
    dlb_aligned_free((void *)(uintptr_t)flush->words);
    free(flush);
}
