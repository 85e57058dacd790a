/* counters.h: hardware and software counters around a piece of work: what can be asked for, what this machine has, counting.
 *
 * One set of names for all devices. Behind them stands a source: PAPI for the processor; device counters (CUPTI) will be another source
 * behind the same names; tests bring a recorded one. Counts cover all threads of the calling process. Nothing is ever multiplexed by
 * itself: events that do not fit the counters together are counted in passes one after another. */
#ifndef DLB_COUNTERS_H
#define DLB_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/status.h"

#define DLB_MAX_COUNTERS 32

/* A counter as users name it: "cycles", "l3_miss"; the table ends with name NULL. Any other name is taken as a native event of the
 * source ("perf::INSTRUCTIONS"). */
struct dlb_counter {
    const char *name;
    const char
        *groups; /* of which it is a member, separated by spaces: "cache memory flops software" */
    const char *summary; /* for `list counters` */
    const char *unit;    /* "", "bytes", "ns" */
    bool software;       /* counted by the kernel: there on every machine */
};
extern const struct dlb_counter dlb_counter_table[];
bool dlb_counter_is_named(const char *name);    /* in the table; false for native events */
bool dlb_counter_is_software(const char *name); /* likewise */

struct dlb_counter_list {
    int count;
    char names[DLB_MAX_COUNTERS][64];
};
/* "cycles,instructions", "cache", "software,l3_miss": names and groups, each counter once, in the order given. DLB_INVALID names the nearest. */
enum dlb_status dlb_counter_list_parse(const char *text, struct dlb_counter_list *list,
                                       struct dlb_why *why);

struct dlb_counter_reading {
    char event[64];   /* what the source calls it; "" where it has none */
    double value;     /* counted, all threads; NaN: not */
    char reason[160]; /* why not; "" */
};

/* Where counts come from. `self` is the source's own. */
struct dlb_counter_source {
    const char *name;
    /* Finds the events of a list and sorts them into passes that fit the counters; fills event or reason of each reading, whose values come as
     * NaN. 0 passes: there is nothing to count. What starts after this, a thread or a process, may go uncounted. */
    enum dlb_status (*open)(const struct dlb_counter_list *list,
                            struct dlb_counter_reading *readings, int *passes, char *version,
                            int version_size, void **self, struct dlb_why *why);
    enum dlb_status (*start)(void *self, int pass, struct dlb_why *why);
    /* Adds what was counted since start to the readings of this pass (NaN becomes a number); what could not be counted gets its reason. */
    enum dlb_status (*stop)(void *self, int pass, struct dlb_counter_reading *readings,
                            struct dlb_why *why);
    void (*close)(void *self);
};

/* The best that this machine and build have: see counters_source.c. */
extern const struct dlb_counter_source dlb_counter_source_host;

/* Counting in progress. */
struct dlb_counters {
    const struct dlb_counter_source *source;
    void *self;
    struct dlb_counter_list list;
    int passes;
    char version[48]; /* "PAPI 7.0.0" */
    struct dlb_counter_reading readings[DLB_MAX_COUNTERS];
};
/* `source` NULL: dlb_counter_source_host. With a source that lacks them all the passes are 0, and each reading tells why. */
enum dlb_status dlb_counters_open(struct dlb_counters *counters,
                                  const struct dlb_counter_list *list,
                                  const struct dlb_counter_source *source, struct dlb_why *why);
enum dlb_status dlb_counters_start(struct dlb_counters *counters, int pass, struct dlb_why *why);
enum dlb_status dlb_counters_stop(struct dlb_counters *counters, int pass, struct dlb_why *why);
void dlb_counters_close(struct dlb_counters *counters);

/* For `doctor`: which counters this machine has, why not the others and what to do (paranoid level, capabilities, virtual machine). `root`
 * lets tests point at a recorded /proc and /sys. */
struct dlb_counter_health {
    bool compiled;      /* this build has PAPI */
    int hardware_count; /* hardware counters that can be counted here */
    char version[48];
    char reason[200]; /* why no hardware counter; "" */
    char remedy[200]; /* what to do; "" */
};
void dlb_counters_health(const char *root, struct dlb_counter_health *health);

#endif
