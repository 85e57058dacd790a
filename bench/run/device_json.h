/* device_json.h: a device as the result file knows it. */
#ifndef DLB_DEVICE_JSON_H
#define DLB_DEVICE_JSON_H

#include <jansson.h>

#include "backends/backend.h"

#define DLB_DEVICE_KEY_SIZE 68

/* What the backend says of an open device; kind and evidence are the backend's where it says nothing. */
void dlb_device_read(const struct dlb_backend *backend, struct dlb_context *context,
                     struct dlb_device_info *info);

/* "fpga:arria10-gx1150", or "opencl:1" for a device without an id (or with one that no key can hold). */
void dlb_device_key(const struct dlb_backend *backend, const struct dlb_device_info *info,
                    int index, char key[DLB_DEVICE_KEY_SIZE]);

/* devices[] element: key, kind, backend, name, vendor, ... The caller owns it; NULL without memory. */
json_t *dlb_device_to_json(const struct dlb_backend *backend, const struct dlb_device_info *info,
                           int index);

/* A device that does not open, and why: by the id that it was asked for, or its number where that is "". */
json_t *dlb_device_absent_to_json(const struct dlb_backend *backend, int index, const char *id,
                                  enum dlb_status status, const struct dlb_why *why);

#endif
