/* meter_events.c: RAPL's counters as events of the kernel's power unit (perf), for who may not read powercap: energy_uj is root's alone
 * since Linux 5.10, events ask for perf_event_paranoid or CAP_PERFMON.
 *
 *   /sys/bus/event_source/devices/power/cpumask                one CPU of each package (or die): "0,32"
 *   .../power/events/energy-pkg, energy-ram                    which counters there are
 *   .../power/events/energy-pkg.scale                          joules a count: 2^-32
 *
 * Counts are 64 bits wide and begin at 0: nothing wraps. Linux: arch/x86/events/rapl.c. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/measure/meter_parts.h"
#include "bench/measure/procfs.h"

#define MOST_PACKAGES (DLB_METER_COUNTERS / 2) /* each with its memory */
#define UNIT          "/sys/bus/event_source/devices/power"
#define SCALE_J       (1.0 / 4294967296.0) /* 2^-32 J (libpfm4, lib/events/intel_rapl_events.h) */

bool dlb_rapl_is_of_package(const char *root)
{
    char *text = dlb_proc_load(root, "/proc/cpuinfo");
    const char *vendor = text != NULL ? dlb_proc_field(text, "vendor_id") : NULL;
    const bool of_package = vendor != NULL && (strncmp(vendor, "AuthenticAMD", 12) == 0 ||
                                               strncmp(vendor, "HygonGenuine", 12) == 0);
    free(text);
    return of_package;
}

/* One CPU for each package: those of a package that is there already are left out. */
static int keep_packages(const char *root, int *cpus, int count)
{
    int64_t packages[DLB_METER_COUNTERS];
    int kept = 0;
    for (int i = 0; i < count; i++) {
        bool known = false;
        if (!dlb_proc_read_int(root, &packages[kept],
                               "/sys/devices/system/cpu/cpu%d/topology/physical_package_id",
                               cpus[i]))
            packages[kept] = -1 - cpus[i]; /* one of its own */
        for (int j = 0; j < kept && !known; j++)
            known = packages[j] == packages[kept];
        if (!known)
            cpus[kept++] = cpus[i];
    }
    return kept;
}

static double read_scale(const char *root, const char *event)
{
    char text[64];
    double scale = SCALE_J;
    if (!dlb_proc_read(root, text, sizeof text, UNIT "/events/%s.scale", event) ||
        dlb_parse_real(text, &scale, NULL) != DLB_OK || !(scale > 0))
        return SCALE_J;
    return scale;
}

struct kind {
    const char *file, *event, *suffix;
    bool memory;
};
static const struct kind kinds[] = {
    {"energy-pkg", "RAPL_ENERGY_PKG", "", false},
    {"energy-ram", "RAPL_ENERGY_DRAM", " dram", true},
};

static void add_events(const char *root, const struct kind *kind, const int *cpus, int count,
                       struct dlb_power_events *events, struct dlb_meter_counter *counters,
                       char (*names)[DLB_POWER_EVENT_NAME])
{
    const double scale_j = read_scale(root, kind->file);
    for (int i = 0; i < count && events->count < DLB_METER_COUNTERS; i++) {
        struct dlb_meter_counter *counter = &counters[events->count];
        dlb_meter_counter_rapl(counter);
        snprintf(counter->name, sizeof counter->name, "package-%d%s", i, kind->suffix);
        counter->memory = kind->memory;
        snprintf(names[events->count], sizeof names[0], "%s:cpu=%d", kind->event, cpus[i]);
        events->scales_j[events->count++] = scale_j;
    }
}

bool dlb_power_events_exist(const char *root)
{
    return dlb_proc_exists(root, UNIT "/cpumask");
}

enum dlb_status dlb_power_events_open(const char *root, const struct dlb_power_source *source,
                                      struct dlb_power_events *events,
                                      struct dlb_meter_counter *counters, struct dlb_why *why)
{
    char text[256];
    int cpus[MOST_PACKAGES + 1];
    char names[DLB_METER_COUNTERS][DLB_POWER_EVENT_NAME];
    struct dlb_power_events found = {.source = source};
    if (!dlb_proc_read(root, text, sizeof text, UNIT "/cpumask"))
        return dlb_fail(why, DLB_UNAVAILABLE, "no " UNIT);
    found.packages = dlb_proc_parse_list(text, cpus, (int)DLB_ARRAY_COUNT(cpus));
    if (dlb_rapl_is_of_package(root))
        found.packages = keep_packages(root, cpus, found.packages);
    if (found.packages > MOST_PACKAGES)
        return dlb_fail(why, DLB_UNAVAILABLE, UNIT "/cpumask: more than %d packages",
                        MOST_PACKAGES);
    if (found.packages == 0)
        return dlb_fail(why, DLB_UNAVAILABLE, UNIT "/cpumask: CPUs are wanted, found '%.60s'",
                        text);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(kinds); i++)
        if (dlb_proc_read(root, text, sizeof text, UNIT "/events/%s", kinds[i].file)) {
            add_events(root, &kinds[i], cpus, found.packages, &found, counters, names);
            found.memory |= kinds[i].memory;
        }
    if (found.count == 0 || counters[0].memory)
        return dlb_fail(why, DLB_UNAVAILABLE, UNIT " does not count the packages");
    const char(*const wanted)[DLB_POWER_EVENT_NAME] = (const char(*)[DLB_POWER_EVENT_NAME])names;
    enum dlb_status status = source->open(wanted, found.count, &found.self, why);
    if (status == DLB_UNAVAILABLE && found.memory) { /* the packages alone, then */
        found.count = found.packages;
        found.memory = false;
        status = source->open(wanted, found.count, &found.self, why);
    }
    if (status == DLB_OK)
        *events = found;
    return status;
}

enum dlb_status dlb_power_events_read(const struct dlb_power_events *events, double *joules,
                                      struct dlb_why *why)
{
    long long counts[DLB_METER_COUNTERS];
    const enum dlb_status status = events->source->read(events->self, counts, why);
    for (int i = 0; i < events->count && status == DLB_OK; i++)
        joules[i] = events->scales_j[i] * (double)counts[i];
    return status;
}

void dlb_power_events_close(struct dlb_power_events *events)
{
    if (events->self != NULL)
        events->source->close(events->self);
    events->self = NULL;
}
