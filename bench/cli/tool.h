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

/* "0.1.0 (3f2a9c)": what this program was built from, as dlb_tool_to_json tells it. */
void dlb_tool_build(char *buffer, size_t size);

/* What of the environment we were started in steers vendor libraries (OMP_*, MKL_*, ...), as an object. Workers get the
 * number of threads, their places and the wait policy from us, whatever stands here. */
json_t *dlb_environment_to_json(void);

#endif
