/* counters_papi_absent.c: a build without PAPI: events of the cores are empty cells, and say what is missing. */
#include <stdio.h>

#include "bench/measure/counters_parts.h"

bool dlb_counters_have_papi(void)
{
    return false;
}

static enum dlb_status open_absent(const struct dlb_counter_list *list,
                                   struct dlb_counter_reading *readings, int *passes, char *version,
                                   int version_size, void **self, struct dlb_why *why)
{
    char reason[160], remedy[200];
    const bool blocked = dlb_counters_obstacle("", reason, remedy);
    (void)version;
    (void)version_size;
    (void)self;
    (void)why;
    for (int i = 0; i < list->count; i++)
        if (dlb_counters_is_free(&readings[i]) && !dlb_counter_is_software(list->names[i]))
            snprintf(readings[i].reason, sizeof readings[i].reason, "%s",
                     blocked && dlb_counter_is_named(list->names[i])
                         ? reason
                         : "this dlbench was built without PAPI: scripts/setup, then make");
    *passes = 0;
    return DLB_OK;
}

/* Never called: there are no passes. */
const struct dlb_counter_source dlb_counter_source_papi = {.name = "papi", .open = open_absent};
