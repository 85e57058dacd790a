/* meter_parts.h: what a meter is made of. For the files meter*.c of this folder, and their tests.
 *
 * A meter is a list of counters of joules that are read together: zones of powercap, events of the kernel, or the one number of a command. What a counter does
 * between two readings (wrap, reset, glitch, stand still) is judged in meter_counter.c, which touches no file. */
#ifndef DLB_METER_PARTS_H
#define DLB_METER_PARTS_H

#include "bench/measure/meter.h"
#include "bench/measure/sampler.h"

#define DLB_METER_COUNTERS 64 /* 8 sockets of 4 dies, each with its memory */
#define DLB_METER_LIMITS   4  /* power limits that a zone may have */

/* One counter, and what it did in the window at hand. */
struct dlb_meter_counter {
    char name[48];    /* for people: "package-0", "package-0 dram" */
    double range_j;   /* where it starts again; NaN: unknown, or it never does */
    double most_w;    /* more power than this is no power but a glitch */
    double step_j;    /* of what it counts in */
    double still_max; /* s: a counter that works moves within this time; NaN: unknown */
    bool memory; /* of a package's memory: the sum is told without it where it does not count */
    double last_j, sum_j;   /* last reading; counted since the window began */
    double last_s, moved_s; /* moments of the last reading, and of the last that was another */
    double still_s;         /* longest time without a change */
    int wraps;
    char reason[160]; /* why `sum_j` is worth nothing; "" */
};
/* One of RAPL's: step, and the most that is not called impossible; no name, no range. */
void dlb_meter_counter_rapl(struct dlb_meter_counter *counter);
void dlb_meter_counter_begin(struct dlb_meter_counter *counter, double joules, double now_s);
void dlb_meter_counter_take(struct dlb_meter_counter *counter, double joules, double now_s);

/* AMD's counters are of packages, also where a kernel lists them for each die of one (Linux 6.9 to 6.11): they must not be added up. */
bool dlb_rapl_is_of_package(const char *root);

/* The zones of powercap: each package once, with its memory where all packages have it. */
struct dlb_powercap_zone {
    char folder[64];                   /* "intel-rapl:0:1" */
    bool limited;                      /* a package: its power limits are watched */
    double limits_w[DLB_METER_LIMITS]; /* when the window began; NaN: has none */
};
struct dlb_powercap {
    char root[512];
    int count, packages;
    bool memory; /* zones of memory are among them */
    struct dlb_powercap_zone zones[DLB_METER_COUNTERS];
};
/* Finds zones, fills name, range, step of as many counters. DLB_UNAVAILABLE: there are none, or they may not be read. */
enum dlb_status dlb_powercap_open(const char *root, struct dlb_powercap *powercap,
                                  struct dlb_meter_counter *counters, struct dlb_why *why);
enum dlb_status dlb_powercap_read(const struct dlb_powercap *powercap, double *joules,
                                  struct dlb_why *why);
/* The power limits as they are; `begin`: as those to compare with. False, with what changed in `reason`, when they differ. */
bool dlb_powercap_limits(struct dlb_powercap *powercap, bool begin, char *reason, size_t size);

/* The same counters as events of the kernel, "RAPL_ENERGY_PKG:cpu=0", read through a library: PAPI, or a test's. */
#define DLB_POWER_EVENT_NAME 48
struct dlb_power_source {
    /* All of them or DLB_UNAVAILABLE, with reason and remedy. Counts begin at 0. */
    enum dlb_status (*open)(const char (*names)[DLB_POWER_EVENT_NAME], int count, void **self,
                            struct dlb_why *why);
    enum dlb_status (*read)(void *self, long long *counts, struct dlb_why *why);
    void (*close)(void *self);
};
extern const struct dlb_power_source dlb_power_source_papi;

struct dlb_power_events {
    const struct dlb_power_source *source;
    void *self;
    int count, packages;
    bool memory;                         /* events of memory are among them, behind the packages */
    double scales_j[DLB_METER_COUNTERS]; /* joules a count */
};
/* The kernel has such events, whether or not they may be read. */
bool dlb_power_events_exist(const char *root);
/* Finds events, fills name and step of as many counters. DLB_UNAVAILABLE: there are none, or they may not be read. */
enum dlb_status dlb_power_events_open(const char *root, const struct dlb_power_source *source,
                                      struct dlb_power_events *events,
                                      struct dlb_meter_counter *counters, struct dlb_why *why);
enum dlb_status dlb_power_events_read(const struct dlb_power_events *events, double *joules,
                                      struct dlb_why *why);
void dlb_power_events_close(struct dlb_power_events *events);

/* Runs a command by sh, in a process group of its own, and reads the number on its first line; *step_j gets its last digit's worth.
 * DLB_TIMEOUT, DLB_FAILED (exit code, signal), DLB_INVALID (no number, or a negative one): a line each. */
enum dlb_status dlb_meter_command(const char *command, double timeout_s, double *joules,
                                  double *step_j, struct dlb_why *why);

/* As dlb_meter_open, with the caller's clock and source of events (NULL: powercap is all of RAPL); both live as long as the meter. */
enum dlb_status dlb_meter_open_with(const struct dlb_meter_options *options,
                                    const struct dlb_sampler_clock *clock,
                                    const struct dlb_power_source *source, struct dlb_meter **meter,
                                    struct dlb_why *why);

#endif
