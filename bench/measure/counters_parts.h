/* counters_parts.h: the sources that the host's counters are made of; for the files of this room. */
#ifndef DLB_COUNTERS_PARTS_H
#define DLB_COUNTERS_PARTS_H

#include "bench/measure/counters.h"

/* Each takes the counters that are its own, passes over those that have an event or a reason already, and answers 0 passes where
 * it has nothing to count. */
extern const struct dlb_counter_source dlb_counter_source_memory;   /* dram_bytes */
extern const struct dlb_counter_source dlb_counter_source_papi;     /* events of the cores */
extern const struct dlb_counter_source dlb_counter_source_software; /* what the kernel keeps */

/* Whether this build has PAPI. */
bool dlb_counters_have_papi(void);

/* Is this reading's counter still nobody's? */
bool dlb_counters_is_free(const struct dlb_counter_reading *reading);

/* Adds to a value that may be NaN so far. */
void dlb_counters_add(struct dlb_counter_reading *reading, double value);

/* Why hardware counters cannot be had by what /proc and /sys below `root` say, and what to do; false: nothing is in the way there. Buffers of 160
 * and 200. */
bool dlb_counters_obstacle(const char *root, char *reason, char *remedy);

/* The memory controllers that /sys below `root` shows: for each event of each, where it is counted and how many bytes a count is worth. */
struct dlb_memory_event {
    uint32_t type; /* of the kernel's device */
    uint64_t config;
    int cpu; /* to which the controller answers */
    double bytes;
};
/* At most `capacity` of them; the count. `name` (64) gets the events in words; "" for none. */
int dlb_counters_memory_events(const char *root, struct dlb_memory_event *events, int capacity,
                               char *name);

#endif
