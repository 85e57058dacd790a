/* execute_device.c: from the names in a request to a loaded backend, its options and the number of a device; and the task that
 * does no more than that: listing the devices of a backend. Runs inside the worker. Next: execute.c. */
#include "bench/run/execute_device.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/device_json.h"
#include "bench/run/execute.h"

enum dlb_status dlb_execute_backend(const struct dlb_registry *registry, const char *name,
                                    const struct dlb_backend **table, struct dlb_why *why)
{
    const struct dlb_loaded_backend *loaded = dlb_registry_find(registry, name);
    if (loaded == NULL)
        return dlb_fail(why, DLB_UNAVAILABLE, "no backend named '%s' is installed", name);
    if (loaded->table == NULL) {
        assert(loaded->status != DLB_OK);
        *why = loaded->why;
        return loaded->status;
    }
    *table = loaded->table;
    return DLB_OK;
}

void dlb_execute_options(const struct dlb_request *request, const char *backend,
                         const char **options, struct dlb_backend_config *config)
{
    const size_t length = strlen(backend);
    config->option_count = 0;
    for (int i = 0; i < request->option_count; i++) {
        const char *text = request->options[i];
        if (strncmp(text, backend, length) == 0 && text[length] == '.')
            options[config->option_count++] = text + length + 1;
    }
    config->options = options;
}

enum dlb_status dlb_execute_device(const struct dlb_backend *backend, const char *name, int *index,
                                   struct dlb_why *why)
{
    const int count = backend->device_count();
    int found = -1;
    if (!dlb_case_device(name, &found))
        return dlb_fail(why, DLB_INVALID, "'%.60s' is neither a number nor a name of a device",
                        name);
    if (found < 0 && backend->find_device == NULL)
        return dlb_fail(
            why, DLB_UNAVAILABLE, "%s numbers its devices: there is no %s:%s, but %s:0 to %s:%d",
            backend->name, backend->name, name, backend->name, backend->name, count - 1);
    if (found < 0) {
        const enum dlb_status status = backend->find_device(name, &found, why);
        if (status != DLB_OK)
            return status;
    }
    if (found >= count)
        return dlb_fail(why, DLB_UNAVAILABLE, "%s has %d device%s, so there is no %s:%s",
                        backend->name, count, count == 1 ? "" : "s", backend->name, name);
    *index = found;
    return DLB_OK;
}

/* One device, or why it does not open: the others of its backend do not suffer. */
static void probe_device(const struct dlb_backend *backend, const struct dlb_backend_config *config,
                         int index, const char *id, json_t *devices)
{
    struct dlb_why why = {""};
    struct dlb_context *context = NULL;
    struct dlb_device_info info;
    const enum dlb_status status = backend->open(index, config, &context, &why);
    if (status != DLB_OK) {
        json_array_append_new(devices, dlb_device_absent_to_json(backend, index, id, status, &why));
        return;
    }
    dlb_device_read(backend, context, &info);
    json_array_append_new(devices, dlb_device_to_json(backend, &info, index));
    backend->close(context);
}

enum dlb_status dlb_execute_probe(const struct dlb_registry *registry,
                                  const struct dlb_request *request, struct dlb_answer *answer)
{
    *answer = (struct dlb_answer){.status = DLB_OK, .cycles = NAN};
    struct dlb_why *why = &answer->why;
    const struct dlb_backend *backend = NULL;
    const char *options[DLB_MAX_BACKEND_OPTIONS];
    struct dlb_backend_config config = {.threads =
                                            request->item.threads > 0 ? request->item.threads : 1};
    answer->status = dlb_execute_backend(registry, request->backend, &backend, why);
    if (answer->status != DLB_OK)
        return answer->status;
    snprintf(answer->evidence, sizeof answer->evidence, "%s", dlb_evidence_name(backend->evidence));
    dlb_execute_options(request, request->backend, options, &config);
    answer->devices = json_array();
    answer->status = backend->probe(&config, why);
    if (answer->status != DLB_OK)
        return answer->status;
    int first = 0, end = backend->device_count();
    if (request->device[0] != '\0') {
        answer->status = dlb_execute_device(backend, request->device, &first, why);
        end = answer->status == DLB_OK ? first + 1 : 0;
    }
    for (int i = first; i < end; i++)
        probe_device(backend, &config, i, request->device, answer->devices);
    return answer->status;
}
