/* papi_start.h: starts PAPI once in a process; for the files that use it. It stays: starting it again costs some 10 ms. */
#ifndef DLB_PAPI_START_H
#define DLB_PAPI_START_H

#include "bench/base/status.h"

/* DLB_UNAVAILABLE: it does not start, or is of another version than the header that this was built with. */
enum dlb_status dlb_papi_start(struct dlb_why *why);

#endif
