/* cache.h: how large the last-level cache really is for us, and what it takes to defeat it (rule 1.5). */
#ifndef DLB_CACHE_H
#define DLB_CACHE_H

#include <stddef.h>
#include <stdint.h>

struct dlb_cache_info {
    int64_t l1_bytes, l2_bytes; /* per core as reported, 0 unknown */
    int64_t llc_reported_bytes; /* of the largest level as reported */
    int64_t
        llc_effective_bytes; /* what the latency curve shows: where pointer chasing leaves the plateau */
    double llc_latency_ns, memory_latency_ns;
    char decision
        [160]; /* in words: "32 MiB reported; latency leaves the plateau at 24 MiB: 24 MiB used" */
};

/* Reads sysfs under `root` ("" for the real one) and, when `measure`, chases pointers (about 1 s). */
void dlb_cache_probe(const char *root, int measure, struct dlb_cache_info *info);

/* Argument sets to rotate over so that all of them exceed twice the cache: max(2, ceil(2 llc / set) + 1). */
int64_t dlb_cache_sets(int64_t llc_bytes, int64_t working_set_bytes);

/* A buffer of twice the cache, for flushing where rotation does not fit: read and write all of it. */
struct dlb_flush;
struct dlb_flush *dlb_flush_open(int64_t llc_bytes); /* NULL without memory */
void dlb_flush_run(struct dlb_flush *flush);
void dlb_flush_close(struct dlb_flush *flush);

#endif
