/* device_json.h: a device as the result file knows it. */
#ifndef DLB_DEVICE_JSON_H
#define DLB_DEVICE_JSON_H

#include <jansson.h>

#include "backends/backend.h"

/* devices[] element: key, kind, backend, name, vendor, ... The caller owns it; NULL without memory. */
json_t *dlb_device_to_json(const struct dlb_backend *backend, struct dlb_context *context,
                           int index);

#endif
