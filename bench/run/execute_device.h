/* execute_device.h: which backend and which of its devices a request means. */
#ifndef DLB_EXECUTE_DEVICE_H
#define DLB_EXECUTE_DEVICE_H

#include "backends/registry.h"
#include "bench/run/protocol.h"

/* The table of the backend of that name; DLB_UNAVAILABLE, or why it was refused. */
enum dlb_status dlb_execute_backend(const struct dlb_registry *registry, const char *name,
                                    const struct dlb_backend **table, struct dlb_why *why);

/* The options "backend.name=value" of this backend, without the prefix, into `options` (DLB_MAX_BACKEND_OPTIONS of them; they live
 * as long as the request) and `config`. */
void dlb_execute_options(const struct dlb_request *request, const char *backend,
                         const char **options, struct dlb_backend_config *config);

/* From the number or name in a request to the number of a device. */
enum dlb_status dlb_execute_device(const struct dlb_backend *backend, const char *name, int *index,
                                   struct dlb_why *why);

#endif
