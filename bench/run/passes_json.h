/* passes_json.h: what a request says of the passes behind the samples, as JSON; for protocol.c. */
#ifndef DLB_PASSES_JSON_H
#define DLB_PASSES_JSON_H

#include "bench/run/protocol.h"

/* Adds "counters", "meter" and "idle_power_w" to the request's object, each only where it is asked for: an older worker passes over them. */
void dlb_passes_to_json(const struct dlb_request *request, json_t *json);
/* Absent fields mean that nothing is asked for. DLB_INVALID names the field. */
enum dlb_status dlb_passes_from_json(const json_t *json, struct dlb_request *request,
                                     struct dlb_why *why);

#endif
