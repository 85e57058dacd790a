/* tool.h: what a result file tells about the program and the host. */
#ifndef DLB_TOOL_H
#define DLB_TOOL_H

#include <jansson.h>
#include <stdbool.h>

#include "backends/registry.h"
#include "bench/measure/host.h"
#include "bench/measure/timer.h"

/* {version, git, compiler, flags, backends[]}: the backends that could be loaded. The caller owns it. */
json_t *dlb_tool_to_json(const struct dlb_registry *registry);

/* The host block of the schema; the host's name only `with_name`. The caller owns it. */
json_t *dlb_host_to_json(const struct dlb_host *host, const struct dlb_timer *timer,
                         bool with_name);

#endif
