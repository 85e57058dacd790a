/* describe_json.h: what `dlbench describe` tells, as JSON; its text is printed from parts of it. The caller owns each. */
#ifndef DLB_DESCRIBE_JSON_H
#define DLB_DESCRIBE_JSON_H

#include <jansson.h>

#include "bench/cli/devices.h"
#include "bench/cli/metrics.h"
#include "bench/models/workload.h"
#include "bench/suites/suite.h"

/* [{name, default, takes, meaning}] */
json_t *dlb_describe_params(const struct dlb_workload *workload);

/* [{op, meaning, operations}]: each kind of op once, in all passes of the workload. */
json_t *dlb_describe_work(const struct dlb_workload *workload);

json_t *dlb_describe_workload(const struct dlb_workload *workload);
json_t *dlb_describe_metric(const struct dlb_metric *metric);
json_t *dlb_describe_suite(const struct dlb_suite *suite);

/* A backend with its options, and of its devices the one called `name`, or all when that is the backend. */
json_t *dlb_describe_backend(const struct dlb_loaded_backend *backend,
                             const struct dlb_devices *devices, const char *name);

#endif
