/* meter_papi_absent.c: a build without PAPI reads RAPL from powercap alone. */
#include "bench/measure/meter_parts.h"

static enum dlb_status open_absent(const char (*names)[DLB_POWER_EVENT_NAME], int count,
                                   void **self, struct dlb_why *why)
{
    (void)names;
    (void)count;
    (void)self;
    return dlb_fail(why, DLB_UNAVAILABLE,
                    "this dlbench was built without PAPI: scripts/setup, then make");
}

/* Nothing is ever opened, therefore nothing read or closed. */
const struct dlb_power_source dlb_power_source_papi = {.open = open_absent};
