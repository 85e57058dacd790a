/* meter.h: joules between two moments: RAPL through powercap or PAPI, or an external meter asked through a command.
 *
 * A meter has a scope (what it measures: a package, a package with its memory, the wall), a step and a range after which its counter starts
 * again. Nothing here estimates. */
#ifndef DLB_METER_H
#define DLB_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/status.h"

enum dlb_meter_kind {
    DLB_METER_OFF,
    DLB_METER_AUTO, /* an external one where a command is given, else RAPL; none is no failure */
    DLB_METER_RAPL, /* Linux shows it in powercap, and as events of perf */
    DLB_METER_EXTERNAL, /* the command */
    DLB_METER_TDP,      /* none: a datasheet's power x time, an upper bound (pass_energy.c) */
    DLB_METER_KINDS
};
const char *dlb_meter_kind_name(enum dlb_meter_kind kind); /* off, auto, rapl, external, tdp */

struct dlb_meter_options {
    enum dlb_meter_kind kind;
    char command
        [512]; /* run by sh; prints the joules counted so far, a number that grows, on its first line */
    double tdp_w;     /* NaN: unknown */
    double window_ns; /* least length of a window; what is shorter has no uncertainty to speak of */
    const char *root; /* "" for /; tests point at a made tree */
};

struct dlb_meter_reading {
    char method[16], scope[16]; /* as struct dlb_energy */
    double energy_j, window_s;  /* NaN: not measured */
    double uncertainty_rel;     /* one standard deviation, from step, update interval and wraps */
    char reason
        [200]; /* why there is no number, or a doubt: "counter reset", "power limit changed"; "" */
};

struct dlb_meter; /* counters of every package; released by dlb_meter_close */
/* DLB_UNAVAILABLE with reason and remedy: no counters, no permission (never 0 joules), ... */
enum dlb_status dlb_meter_open(const struct dlb_meter_options *options, struct dlb_meter **meter,
                               struct dlb_why *why);
void dlb_meter_close(struct dlb_meter *meter);
/* "RAPL, 2 packages with memory", "RAPL through PAPI, 1 package", "external command, 3.1 ms a reading"; 64 bytes do. */
void dlb_meter_describe(const struct dlb_meter *meter, char *buffer, size_t size);
/* How long a window should be, in seconds: as asked for, longer where the readings themselves take their time. */
double dlb_meter_window_s(const struct dlb_meter *meter);
/* A window. Call dlb_meter_poll at least every second in between: a counter that wraps more than once cannot be told from one that did not. */
enum dlb_status dlb_meter_begin(struct dlb_meter *meter, struct dlb_why *why);
void dlb_meter_poll(struct dlb_meter *meter);
void dlb_meter_end(struct dlb_meter *meter, struct dlb_meter_reading *reading);
/* Sleeps for `seconds` and answers the power of the idle machine in watts; NaN where it cannot be told, with the reason. */
double dlb_meter_idle(struct dlb_meter *meter, double seconds, struct dlb_why *why);

#endif
