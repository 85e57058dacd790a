/* papi_start.c: see papi_start.h. */
#include "bench/measure/papi_start.h"

#include <papi.h>
#include <unistd.h>

static unsigned long thread_id(void)
{
    return (unsigned long)gettid();
}

enum dlb_status dlb_papi_start(struct dlb_why *why)
{
    if (PAPI_is_initialized() != PAPI_NOT_INITED)
        return DLB_OK;
    const int found = PAPI_library_init(PAPI_VER_CURRENT);
    if (found != PAPI_VER_CURRENT)
        return dlb_fail(why, DLB_UNAVAILABLE, "PAPI does not start: %s",
                        found < 0 ? PAPI_strerror(found) : "it is of another version");
    if (PAPI_thread_init(thread_id) != PAPI_OK)
        return dlb_fail(why, DLB_UNAVAILABLE, "PAPI knows no threads here");
    return DLB_OK;
}
