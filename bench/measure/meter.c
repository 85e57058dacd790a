/* meter.c: joules of a window: which meter, its readings, their sum, and how sure it is.
 *
 * Where the numbers come from is in meter_powercap.c, meter_events.c and meter_command.c; what makes a reading worthless in meter_counter.c.
 *
 * Uncertainty, as one standard deviation: a counter that moves every u seconds is read up to u late, evenly distributed, at both ends of the
 * window: u / sqrt(12) x sqrt(2). A command that takes l seconds counted at some moment within them: l / sqrt(12) at each end. Steps of s joules
 * likewise: s / sqrt(6) for each counter, once more for each wrap, whose exact range is one step more or less. How right the meter itself is
 * (RAPL: a few per cent) is not in it. */
#include "bench/measure/meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/measure/meter_parts.h"

#define RAPL_UPDATE_S     0.001
#define RAPL_LEAST        20 /* updates: what is shorter is no window */
#define RAPL_POLL_S       0.1
#define COMMAND_POLL_S    0.25
#define COMMAND_TIMEOUT_S 5.0
#define COMMAND_SHARE     20    /* its readings take at most this part of a window */
#define LONGEST_S         60.0  /* that a slow command stretches a window to */
#define WALL_MOST_W       100e3 /* more than any one machine takes */
#define IDLE_PIECE_S      0.5

struct dlb_meter {
    struct dlb_meter_options options;
    const struct dlb_sampler_clock *clock;
    enum dlb_meter_kind kind;              /* RAPL or EXTERNAL */
    const struct dlb_power_source *source; /* of events; NULL: none */
    struct dlb_powercap powercap;          /* RAPL either so, */
    struct dlb_power_events events;        /* or so; what is not used is empty */
    int packages;                          /* RAPL: how many, and whether their memory is counted */
    bool memory;
    int count;
    struct dlb_meter_counter counters[DLB_METER_COUNTERS];
    double latency_s; /* of a reading: the longest so far */
    double begin_s;
    double begin_latency_s, end_latency_s;
    double polled_s;
    char doubt[160]; /* about the window at hand */
};

/* One look at all counters. */
struct look {
    double joules[DLB_METER_COUNTERS];
    double at_s, latency_s; /* the middle of the reading, and its length */
};

const char *dlb_meter_kind_name(enum dlb_meter_kind kind)
{
    static const char *const names[DLB_METER_KINDS] = {[DLB_METER_OFF] = "off",
                                                       [DLB_METER_AUTO] = "auto",
                                                       [DLB_METER_RAPL] = "rapl",
                                                       [DLB_METER_EXTERNAL] = "external",
                                                       [DLB_METER_TDP] = "tdp"};
    return kind >= 0 && kind < DLB_METER_KINDS ? names[kind] : "unknown";
}

static int64_t host_now(void *user)
{
    (void)user;
    return dlb_clock_ns();
}

static void host_sleep(void *user, int64_t ns)
{
    (void)user;
    dlb_clock_sleep_ns(ns);
}

static const struct dlb_sampler_clock host_clock = {.now = host_now, .sleep = host_sleep};

static double now_s(const struct dlb_meter *meter)
{
    return 1e-9 * (double)meter->clock->now(meter->clock->user);
}

static enum dlb_status take_look(struct dlb_meter *meter, struct look *look, struct dlb_why *why)
{
    const double begin = now_s(meter);
    enum dlb_status status = DLB_OK;
    if (meter->events.count > 0)
        status = dlb_power_events_read(&meter->events, look->joules, why);
    else if (meter->kind == DLB_METER_RAPL)
        status = dlb_powercap_read(&meter->powercap, look->joules, why);
    else if (meter->kind == DLB_METER_EXTERNAL)
        status = dlb_meter_command(meter->options.command, COMMAND_TIMEOUT_S, &look->joules[0],
                                   &meter->counters[0].step_j, why);
    const double end = now_s(meter);
    look->at_s = (begin + end) / 2;
    look->latency_s = end - begin;
    meter->latency_s = fmax(meter->latency_s, look->latency_s);
    return status;
}

static enum dlb_status open_command(struct dlb_meter *meter, struct dlb_why *why)
{
    struct look look = {.at_s = 0};
    if (meter->options.command[0] == '\0')
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "an external meter wants a command (--power-command) that prints the "
                        "joules counted so far");
    meter->kind = DLB_METER_EXTERNAL;
    meter->count = 1;
    meter->counters[0] = (struct dlb_meter_counter){.name = "the external meter",
                                                    .range_j = (double)NAN,
                                                    .most_w = WALL_MOST_W,
                                                    .still_max = (double)NAN};
    struct dlb_why inner = {""};
    if (take_look(meter, &look, &inner) != DLB_OK)
        return dlb_fail(why, DLB_UNAVAILABLE, "%s", inner.text);
    return DLB_OK;
}

/* Powercap first: it also tells the power limits, which are not watched without it. */
static enum dlb_status open_rapl(struct dlb_meter *meter, struct dlb_why *why)
{
    const char *root = meter->options.root != NULL ? meter->options.root : "";
    struct dlb_power_events *events = &meter->events;
    struct dlb_why reason = {""};
    struct dlb_why other = {""};
    meter->kind = DLB_METER_RAPL;
    enum dlb_status status = dlb_powercap_open(root, &meter->powercap, meter->counters, &reason);
    if (status != DLB_OK)
        dlb_fail(why, status, "%s", reason.text);
    if (status == DLB_OK) {
        meter->count = meter->powercap.count;
        meter->packages = meter->powercap.packages;
        meter->memory = meter->powercap.memory;
    } else if (status == DLB_UNAVAILABLE && meter->source != NULL) {
        meter->powercap = (struct dlb_powercap){.count = 0};
        if (dlb_power_events_open(root, meter->source, events, meter->counters, &other) != DLB_OK) {
            if (dlb_power_events_exist(root))
                dlb_fail(why, status, "%.900s; or as events of the kernel: %.900s", reason.text,
                         other.text);
            return status;
        }
        meter->count = events->count;
        meter->packages = events->packages;
        meter->memory = events->memory;
        status = DLB_OK;
    }
    return status;
}

static enum dlb_status open_kind(struct dlb_meter *meter, struct dlb_why *why)
{
    switch (meter->options.kind) {
    case DLB_METER_AUTO: /* a command that was given is meant: its failure is not covered up by RAPL */
        return meter->options.command[0] != '\0' ? open_command(meter, why) : open_rapl(meter, why);
    case DLB_METER_RAPL:
        return open_rapl(meter, why);
    case DLB_METER_EXTERNAL:
        return open_command(meter, why);
    default:
        return dlb_fail(why, DLB_UNAVAILABLE, "no meter was asked for");
    }
}

enum dlb_status dlb_meter_open_with(const struct dlb_meter_options *options,
                                    const struct dlb_sampler_clock *clock,
                                    const struct dlb_power_source *source, struct dlb_meter **meter,
                                    struct dlb_why *why)
{
    struct dlb_meter *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a meter");
    opened->options = *options;
    opened->clock = clock;
    opened->source = source;
    const enum dlb_status status = open_kind(opened, why);
    if (status != DLB_OK) {
        dlb_meter_close(opened);
        return status;
    }
    *meter = opened;
    return DLB_OK;
}

enum dlb_status dlb_meter_open(const struct dlb_meter_options *options, struct dlb_meter **meter,
                               struct dlb_why *why)
{
    return dlb_meter_open_with(options, &host_clock, &dlb_power_source_papi, meter, why);
}

void dlb_meter_close(struct dlb_meter *meter)
{
    if (meter != NULL)
        dlb_power_events_close(&meter->events);
    free(meter);
}

void dlb_meter_describe(const struct dlb_meter *meter, char *buffer, size_t size)
{
    if (meter->kind == DLB_METER_RAPL)
        snprintf(buffer, size, "RAPL%s, %d package%s%s",
                 meter->events.count > 0 ? " through PAPI" : "", meter->packages,
                 meter->packages == 1 ? "" : "s", meter->memory ? " with memory" : "");
    else
        snprintf(buffer, size, "external command, %.2g ms a reading", 1e3 * meter->latency_s);
}

double dlb_meter_window_s(const struct dlb_meter *meter)
{
    const double wanted = fmax(0, 1e-9 * meter->options.window_ns); /* 0 for NaN */
    const double stretched = fmin(LONGEST_S, 2 * COMMAND_SHARE * meter->latency_s);
    return meter->kind == DLB_METER_EXTERNAL ? fmax(wanted, stretched) : wanted;
}

enum dlb_status dlb_meter_begin(struct dlb_meter *meter, struct dlb_why *why)
{
    struct look look = {.at_s = 0};
    const enum dlb_status status = take_look(meter, &look, why);
    if (status != DLB_OK)
        return status;
    for (int i = 0; i < meter->count; i++)
        dlb_meter_counter_begin(&meter->counters[i], look.joules[i], look.at_s);
    meter->doubt[0] = '\0';
    dlb_powercap_limits(&meter->powercap, true, meter->doubt, sizeof meter->doubt);
    meter->begin_s = look.at_s;
    meter->begin_latency_s = look.latency_s;
    meter->polled_s = now_s(meter);
    return DLB_OK;
}

static void take_counters(struct dlb_meter *meter, const struct look *look)
{
    for (int i = 0; i < meter->count; i++)
        dlb_meter_counter_take(&meter->counters[i], look->joules[i], look->at_s);
    if (meter->doubt[0] == '\0')
        dlb_powercap_limits(&meter->powercap, false, meter->doubt, sizeof meter->doubt);
}

/* A reading that fails here is not the end: the next one decides. */
void dlb_meter_poll(struct dlb_meter *meter)
{
    struct look look = {.at_s = 0};
    const double pause = meter->kind == DLB_METER_EXTERNAL
                             ? fmax(COMMAND_POLL_S, COMMAND_SHARE * meter->latency_s)
                             : RAPL_POLL_S;
    if (now_s(meter) - meter->polled_s < pause)
        return;
    if (take_look(meter, &look, NULL) == DLB_OK)
        take_counters(meter, &look);
    meter->polled_s = now_s(meter);
}

static double spread(const struct dlb_meter *meter, double window_s, double energy_j)
{
    double late_s = meter->kind == DLB_METER_RAPL ? RAPL_UPDATE_S : 0;
    double steps = 0;
    for (int i = 0; i < meter->count; i++) {
        const struct dlb_meter_counter *counter = &meter->counters[i];
        late_s = fmax(late_s, counter->still_s);
        steps += counter->step_j * counter->step_j * (1 + counter->wraps) / 6;
    }
    const double commands = (meter->begin_latency_s * meter->begin_latency_s +
                             meter->end_latency_s * meter->end_latency_s) /
                            12;
    const double times = (late_s * late_s / 6 + commands) / (window_s * window_s);
    return sqrt(times + steps / (energy_j * energy_j));
}

/* The sum over packages and, where all of it counts, their memory. */
static double sum_up(const struct dlb_meter *meter, struct dlb_meter_reading *reading)
{
    const bool rapl = meter->kind == DLB_METER_RAPL;
    double packages = 0, memory = 0;
    bool with_memory = meter->memory;
    for (int i = 0; i < meter->count; i++) {
        const struct dlb_meter_counter *counter = &meter->counters[i];
        if (counter->reason[0] == '\0' && counter->sum_j > 0) {
            *(counter->memory ? &memory : &packages) += counter->sum_j;
            continue;
        }
        const char *reason = counter->reason;
        snprintf(reading->reason, sizeof reading->reason, "%s%s%s",
                 reason[0] != '\0' ? reason : "stuck: nothing was counted by ",
                 reason[0] != '\0' ? "" : counter->name,
                 counter->memory ? "; the memory is left out" : "");
        if (!counter->memory)
            return (double)NAN;
        with_memory = false;
    }
    snprintf(reading->scope, sizeof reading->scope, "%s",
             !rapl         ? "wall"
             : with_memory ? "package_dram"
                           : "package");
    return packages + (with_memory ? memory : 0);
}

/* What a reader must know of a number that there is. */
static void add_doubt(struct dlb_meter_reading *reading, const char *doubt)
{
    const size_t used = strlen(reading->reason);
    if (doubt[0] != '\0')
        snprintf(reading->reason + used, sizeof reading->reason - used, "%s%s",
                 used > 0 ? "; " : "", doubt);
}

static void judge_window(struct dlb_meter *meter, struct dlb_meter_reading *reading)
{
    char text[160];
    const double least = RAPL_LEAST * RAPL_UPDATE_S;
    if (!(reading->window_s > 0)) {
        snprintf(reading->reason, sizeof reading->reason, "the window has no length");
        reading->energy_j = (double)NAN;
    } else if (meter->kind == DLB_METER_RAPL && reading->window_s < least) {
        snprintf(reading->reason, sizeof reading->reason,
                 "window too short: %.2g ms, RAPL wants at least %.2g ms", 1e3 * reading->window_s,
                 1e3 * least);
        reading->energy_j = (double)NAN;
    }
    if (isnan(reading->energy_j))
        return;
    reading->uncertainty_rel = spread(meter, reading->window_s, reading->energy_j);
    if (reading->window_s < 0.999e-9 * meter->options.window_ns) {
        snprintf(text, sizeof text, "window of %.2g s is shorter than the %.2g s wanted",
                 reading->window_s, 1e-9 * meter->options.window_ns);
        add_doubt(reading, text);
        reading->uncertainty_rel = (double)NAN;
    }
    add_doubt(reading, meter->doubt);
}

void dlb_meter_end(struct dlb_meter *meter, struct dlb_meter_reading *reading)
{
    struct look look = {.at_s = 0};
    struct dlb_why why = {""};
    *reading = (struct dlb_meter_reading){
        .energy_j = (double)NAN, .window_s = (double)NAN, .uncertainty_rel = (double)NAN};
    snprintf(reading->method, sizeof reading->method, "%s", dlb_meter_kind_name(meter->kind));
    if (take_look(meter, &look, &why) != DLB_OK) {
        snprintf(reading->reason, sizeof reading->reason, "%.190s", why.text);
        return;
    }
    meter->end_latency_s = look.latency_s;
    take_counters(meter, &look);
    reading->window_s = look.at_s - meter->begin_s;
    reading->energy_j = sum_up(meter, reading);
    judge_window(meter, reading);
}

double dlb_meter_idle(struct dlb_meter *meter, double seconds, struct dlb_why *why)
{
    struct dlb_meter_reading reading;
    if (dlb_meter_begin(meter, why) != DLB_OK)
        return (double)NAN;
    for (double left; (left = seconds - (now_s(meter) - meter->begin_s)) > 0;) {
        meter->clock->sleep(meter->clock->user, (int64_t)(1e9 * fmin(left, IDLE_PIECE_S)) + 1);
        dlb_meter_poll(meter);
    }
    dlb_meter_end(meter, &reading);
    if (isnan(reading.energy_j))
        dlb_fail(why, DLB_UNAVAILABLE, "%s", reading.reason);
    return reading.energy_j / reading.window_s;
}
