/* opencl_tuning_file.h: the file of tuned parameters of one device: read, changed, merged, written.
 *
 * A text of lines, so that people can read what was chosen. Nothing here calls OpenCL. The first line is the version; every other one
 * is an entry, its fields separated by tabs: key, device, driver, hash of the kernels' source, how it was found ("quick all", "full 60000000000"),
 * "name=value ...", time in ns, and a hash of all that, so that a damaged line is known. */
#ifndef DLB_OPENCL_TUNING_FILE_H
#define DLB_OPENCL_TUNING_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "backends/cl/cl_cache.h"

#define DLB_TUNE_VALUES 10

/* One setting of a kernel's parameters. */
struct dlb_tune_point {
    int values[DLB_TUNE_VALUES]; /* by name, in the order of the space's names */
};

/* One search and its winner. `key` and `device` together are unique in a file. */
struct dlb_tuning_entry {
    char key[128], device[160], driver[64];
    uint64_t source_hash;
    bool full;        /* by a full search; else by a quick one */
    bool whole;       /* that timed every point; else it ended when `budget_ns` was spent */
    double budget_ns; /* whole nanoseconds */
    char values[192]; /* "shape=1 mt=12 nt=32" */
    double ns;
};

struct dlb_tuning_file {
    int count, capacity;
    struct dlb_tuning_entry *entries;
};
void dlb_tuning_free(struct dlb_tuning_file *file);

/* Adds the entries of a text. Damaged lines are left out; `why` tells of the first, and the answer is DLB_INVALID then. A text of
 * another version is left out whole. Text that is empty is an empty file. */
enum dlb_status dlb_tuning_parse(struct dlb_tuning_file *file, const char *text,
                                 struct dlb_why *why);

/* malloc'ed; NULL without memory. */
char *dlb_tuning_format(const struct dlb_tuning_file *file);

/* NULL when there is none. The entry belongs to the file, until the next put. */
const struct dlb_tuning_entry *dlb_tuning_find(const struct dlb_tuning_file *file, const char *key,
                                               const char *device);

/* Is a search as `known` as good as the one that `wanted` would be? A hasty search does not stand for a longer one. */
bool dlb_tuning_serves(const struct dlb_tuning_entry *known, const struct dlb_tuning_entry *wanted);

/* Adds, or replaces the entry of the same key and device; false without memory. */
bool dlb_tuning_put(struct dlb_tuning_file *file, const struct dlb_tuning_entry *entry);

/* Puts one entry into the file NAME of the cache, between other processes that do the same: none loses another's key. */
bool dlb_tuning_save(struct dlb_cl_cache *cache, const char *name,
                     const struct dlb_tuning_entry *entry);

/* "shape=1 mt=12" from names and values, and back; false when the text has other names, or does not fit. */
bool dlb_tuning_values_format(char *text, size_t size, int count, const char *const *names,
                              const struct dlb_tune_point *point);
bool dlb_tuning_values_parse(const char *text, int count, const char *const *names,
                             struct dlb_tune_point *point);

#endif
