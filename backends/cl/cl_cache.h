/* cl_cache.h: the folder where tuned parameters and program binaries are kept between runs, and the hash that names its files.
 *
 * Files only: it knows nothing of OpenCL, and tests use it without any. */
#ifndef DLB_CL_CACHE_H
#define DLB_CL_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/status.h"

/* The folder is `wanted`, or, when that is "" or NULL, $XDG_CACHE_HOME/dlbench, or ~/.cache/dlbench; "off" is none. When it
 * cannot be made or written the cache is off and `warning` says why: the row says so, the run goes on. */
struct dlb_cl_cache {
    char folder[512]; /* "" = off */
    struct dlb_why warning;
};
void dlb_cl_cache_open(struct dlb_cl_cache *cache, const char *wanted);

/* FNV-1a, 64 bits; start with DLB_CL_HASH_START. */
#define DLB_CL_HASH_START UINT64_C(14695981039346656037)
uint64_t dlb_cl_hash(uint64_t hash, const void *bytes, size_t size);

/* The file NAME of the folder: read whole (malloc'ed, NUL-terminated, *size without it; false when absent or unreadable), and
 * replaced whole (a temporary file renamed over it, so that readers and other writers never see half of one). */
bool dlb_cl_cache_read(const struct dlb_cl_cache *cache, const char *name, char **bytes,
                       size_t *size);
bool dlb_cl_cache_write(struct dlb_cl_cache *cache, const char *name, const void *bytes,
                        size_t size);

/* Between lock and unlock no other process that asks is inside: for reading, changing and replacing a file. The lock is -1 where
 * it cannot be had (cache off, a file system without locks); unlock takes it all the same. */
int dlb_cl_cache_lock(const struct dlb_cl_cache *cache);
void dlb_cl_cache_unlock(int lock);

#endif
