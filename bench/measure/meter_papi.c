/* meter_papi.c: RAPL's counters as PAPI reads them: events of its component perf_event_uncore, which asks the kernel's power unit.
 *
 * They belong to a package, not to a process: perf_event_paranoid must be 0 or less, or the process have CAP_PERFMON. */
#include <papi.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench/measure/meter_parts.h"
#include "bench/measure/papi_start.h"

#define COMPONENT "perf_event_uncore"

/* libpfm4 has a table for each maker, under a name of its own. */
static const char *const tables[] = {"rapl", "amd64_rapl"};

struct opened {
    int set;
};

static void close_events(void *self)
{
    struct opened *opened = self;
    long long counts[DLB_METER_COUNTERS];
    (void)PAPI_stop(opened->set, counts);
    (void)PAPI_cleanup_eventset(opened->set);
    (void)PAPI_destroy_eventset(&opened->set);
    free(opened);
}

/* Returns what PAPI does. */
static int add_event(int set, const char *name)
{
    int code = PAPI_ENOEVNT;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(tables) && code != PAPI_OK; i++) {
        char event[PAPI_MAX_STR_LEN];
        snprintf(event, sizeof event, "%s::%s", tables[i], name);
        code = PAPI_add_named_event(set, event);
    }
    return code;
}

static enum dlb_status fill_set(int set, const char (*names)[DLB_POWER_EVENT_NAME], int count,
                                struct dlb_why *why)
{
    const int component = PAPI_get_component_index(COMPONENT);
    const PAPI_component_info_t *info = component >= 0 ? PAPI_get_component_info(component) : NULL;
    if (info == NULL)
        return dlb_fail(why, DLB_UNAVAILABLE, "PAPI was built without " COMPONENT);
    if (info->disabled)
        return dlb_fail(why, DLB_UNAVAILABLE, "PAPI's " COMPONENT " is off: %s",
                        info->disabled_reason);
    int code = PAPI_assign_eventset_component(set, component);
    for (int i = 0; i < count && code == PAPI_OK; i++) {
        code = add_event(set, names[i]);
        if (code != PAPI_OK)
            return dlb_fail(why, DLB_UNAVAILABLE, "PAPI counts no %s: %s", names[i],
                            PAPI_strerror(code));
    }
    code = code == PAPI_OK ? PAPI_start(set) : code;
    if (code == PAPI_EPERM)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "PAPI may not read the package's events: sudo sysctl "
                        "kernel.perf_event_paranoid=0, or CAP_PERFMON");
    return code == PAPI_OK ? DLB_OK
                           : dlb_fail(why, DLB_UNAVAILABLE, "PAPI does not count RAPL's events: %s",
                                      PAPI_strerror(code));
}

static enum dlb_status open_events(const char (*names)[DLB_POWER_EVENT_NAME], int count,
                                   void **self, struct dlb_why *why)
{
    enum dlb_status status = dlb_papi_start(why);
    if (status != DLB_OK)
        return status;
    struct opened *opened = malloc(sizeof *opened);
    if (opened == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a meter");
    opened->set = PAPI_NULL;
    const int code = PAPI_create_eventset(&opened->set);
    status = code == PAPI_OK ? fill_set(opened->set, names, count, why)
                             : dlb_fail(why, DLB_UNAVAILABLE, "PAPI makes no set of events: %s",
                                        PAPI_strerror(code));
    if (status == DLB_OK)
        *self = opened;
    else
        close_events(opened);
    return status;
}

static enum dlb_status read_events(void *self, long long *counts, struct dlb_why *why)
{
    const struct opened *opened = self;
    const int code = PAPI_read(opened->set, counts);
    return code == PAPI_OK ? DLB_OK
                           : dlb_fail(why, DLB_UNAVAILABLE, "PAPI cannot read RAPL's events: %s",
                                      PAPI_strerror(code));
}

const struct dlb_power_source dlb_power_source_papi = {
    .open = open_events, .read = read_events, .close = close_events};
