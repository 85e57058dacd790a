/* cache.h: how large the last-level cache really is for us, and what it takes to defeat it (rule 1.5). */
#ifndef DLB_CACHE_H
#define DLB_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dlb_cache_info {
    int64_t l1_bytes, l2_bytes;  /* per core as reported, 0 unknown */
    int64_t llc_reported_bytes;  /* one cache of the largest level as reported, 0 unknown */
    int llc_count;               /* how many of those the allowed CPUs spread over, at least 1 */
    int64_t llc_effective_bytes; /* what has to be exceeded: all of them, each as large as the
                                  * latency curve shows it; 0 unknown */
    double llc_latency_ns, memory_latency_ns; /* 0 without measuring */
    char decision[160];                       /* in words, with both figures */
};

/* Reads sysfs under `root` ("" for the real one) and, when `measure`, chases pointers (at most about 1 s). */
void dlb_cache_probe(const char *root, int measure, struct dlb_cache_info *info);

/* Argument sets to rotate over so that all of them exceed twice the cache: max(2, ceil(2 llc / set) + 1). */
int64_t dlb_cache_sets(int64_t llc_bytes, int64_t working_set_bytes);

/* A buffer of twice the cache, for flushing where rotation does not fit: read and write all of it. It empties what the
 * calling thread's core shares with others; private caches of other cores keep what they hold. */
struct dlb_flush;
struct dlb_flush *
dlb_flush_open(int64_t llc_bytes); /* NULL without memory, or when the size is not positive */
void dlb_flush_run(struct dlb_flush *flush);
void dlb_flush_close(struct dlb_flush *flush); /* NULL is legal */

/* A point of the latency curve, and what the curve says: fills the latencies, llc_effective_bytes and the decision of an
 * `info` whose reported fields are filled. Points ascend in size; more than DLB_CACHE_POINTS are not looked at. */
#define DLB_CACHE_POINTS 40
struct dlb_cache_point {
    int64_t bytes;
    double ns;
};
void dlb_cache_decide(const struct dlb_cache_point *measured, int count,
                      struct dlb_cache_info *info);

/* Measures latencies of working sets from 128 KiB to `most_bytes`, two per octave, until `budget_ns` is spent; the count. */
int dlb_cache_measure(int64_t most_bytes, double budget_ns, struct dlb_cache_point *points,
                      int capacity);

#endif
