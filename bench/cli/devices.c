/* devices.c: asks each backend, in a worker of its own, what devices it has. Selecting is in device_select.c. */
#include "bench/cli/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/measure/host.h"
#include "bench/run/spawn.h"

#define PROBE_TIMEOUT_S 30

enum dlb_status dlb_devices_open(struct dlb_devices *devices, struct dlb_why *why)
{
    struct dlb_registry *registry = calloc(1, sizeof *registry);
    if (registry == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the list of backends");
    }
    dlb_registry_load(registry);
    *devices = (struct dlb_devices){.registry = registry};
    return DLB_OK;
}

void dlb_devices_close(struct dlb_devices *devices)
{
    for (int i = 0; i < devices->count; i++) {
        json_decref(devices->items[i].json);
    }
    free(devices->items);
    free(devices->registry);
    *devices = (struct dlb_devices){0};
}

static enum dlb_status add(struct dlb_devices *devices, const struct dlb_device *device,
                           struct dlb_why *why)
{
    if (devices->count == devices->capacity) {
        const int capacity = devices->capacity > 0 ? 2 * devices->capacity : 8;
        struct dlb_device *items = realloc(devices->items, (size_t)capacity * sizeof *items);
        if (items == NULL) {
            return dlb_fail(why, DLB_NO_MEMORY, "no memory for the list of devices");
        }
        devices->items = items;
        devices->capacity = capacity;
    }
    devices->items[devices->count++] = *device;
    return DLB_OK;
}

/* A backend without devices, for whatever reason: one row that says so. */
static enum dlb_status add_absent(struct dlb_devices *devices,
                                  const struct dlb_loaded_backend *backend, enum dlb_status status,
                                  const char *reason, struct dlb_why *why)
{
    struct dlb_device device = {.status = status, .kind = DLB_KIND_CPU};
    snprintf(device.backend, sizeof device.backend, "%s", backend->name);
    snprintf(device.key, sizeof device.key, "%s:0", backend->name);
    snprintf(device.reason, sizeof device.reason, "%s", reason);
    if (backend->table != NULL) {
        device.kind = backend->table->kind;
        device.evidence = backend->table->evidence;
    }
    device.json = json_pack("{s:s, s:s, s:s, s:s, s:o}", "key", device.key, "kind",
                            dlb_device_kind_name(device.kind), "backend", device.backend, "status",
                            dlb_status_name(status), "reason", dlb_json_text(reason));
    const enum dlb_status added = device.json != NULL
                                      ? add(devices, &device, why)
                                      : dlb_fail(why, DLB_NO_MEMORY, "no memory for a device");
    if (added != DLB_OK) {
        json_decref(device.json);
    }
    return added;
}

static const char *member(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL ? text : "";
}

static enum dlb_status add_present(struct dlb_devices *devices,
                                   const struct dlb_loaded_backend *backend, json_t *json,
                                   int index, struct dlb_why *why)
{
    struct dlb_device device = {.index = index,
                                .kind = backend->table->kind,
                                .evidence = backend->table->evidence,
                                .json = json};
    snprintf(device.backend, sizeof device.backend, "%s", backend->name);
    snprintf(device.key, sizeof device.key, "%s:%d", backend->name, index);
    (void)dlb_device_kind_find(member(json, "kind"), &device.kind);
    if (strcmp(member(json, "status"), "ok") != 0) {
        device.status = dlb_status_from_name(member(json, "status"));
        device.status = device.status == DLB_STATUS_COUNT ? DLB_UNAVAILABLE : device.status;
        snprintf(device.reason, sizeof device.reason, "%s", member(json, "reason"));
    }
    const enum dlb_status status = add(devices, &device, why);
    if (status == DLB_OK) {
        json_incref(json);
    }
    return status;
}

/* Hands one probe to a worker; `allowed` are the CPUs it may use. */
static enum dlb_status probe(struct dlb_devices *devices, struct dlb_cli *cli,
                             const struct dlb_loaded_backend *backend, const struct dlb_host *host,
                             const struct dlb_texts *options, struct dlb_why *why)
{
    struct dlb_request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a probe");
    }
    request->task = DLB_TASK_PROBE;
    snprintf(request->backend, sizeof request->backend, "%s", backend->name);
    for (int i = 0; options != NULL && i < options->count; i++) {
        snprintf(request->options[request->option_count++], sizeof request->options[0], "%s",
                 options->items[i]);
    }
    const struct dlb_spawn spawn = {.program = cli->program,
                                    .threads = dlb_host_default_threads(host),
                                    .cpus = host->allowed_cpus,
                                    .wait_policy = "passive",
                                    .timeout_s = PROBE_TIMEOUT_S};
    struct dlb_answer answer;
    enum dlb_status status = dlb_spawn_run(&spawn, request, &answer);
    const int found = (int)json_array_size(answer.devices);
    if (status != DLB_OK || found == 0) {
        status =
            add_absent(devices, backend, status != DLB_OK ? status : DLB_UNAVAILABLE,
                       status != DLB_OK ? answer.why.text : "the backend lists no device", why);
    }
    for (int i = 0; i < found && status == DLB_OK; i++) {
        status = add_present(devices, backend, json_array_get(answer.devices, (size_t)i), i, why);
    }
    dlb_answer_free(&answer);
    free(request);
    return status;
}

/* Can any of the selectors mean this backend? Kinds and `all` mean every one. */
static bool is_wanted(const struct dlb_texts *wanted, const char *name)
{
    if (wanted == NULL || wanted->count == 0) {
        return true;
    }
    bool only_exclusions = true;
    for (int i = 0; i < wanted->count; i++) {
        const char *rest = wanted->items[i];
        while (*rest != '\0') {
            const size_t length = strcspn(rest, ",");
            const size_t name_length = strcspn(rest, ",:");
            char word[64];
            enum dlb_device_kind kind;
            snprintf(word, sizeof word, "%.*s", (int)(name_length < 63 ? name_length : 63), rest);
            only_exclusions = only_exclusions && word[0] == '!';
            if (strcmp(word, name) == 0 || strcmp(word, "all") == 0 ||
                dlb_device_kind_find(word, &kind)) {
                return true;
            }
            rest += length + (rest[length] == ',' ? 1 : 0);
        }
    }
    return only_exclusions;
}

enum dlb_status dlb_devices_probe(struct dlb_devices *devices, struct dlb_cli *cli,
                                  const struct dlb_texts *wanted, const struct dlb_texts *options,
                                  struct dlb_why *why)
{
    struct dlb_host *host = calloc(1, sizeof *host);
    if (host == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the description of the host");
    }
    dlb_host_read("", host);
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < devices->registry->count && status == DLB_OK; i++) {
        const struct dlb_loaded_backend *backend = &devices->registry->items[i];
        if (!is_wanted(wanted, backend->name)) {
            continue;
        }
        if (backend->table == NULL) {
            status = add_absent(devices, backend, backend->status, backend->why.text, why);
        } else {
            dlb_log(DLB_LOG_INFO, "probing %s", backend->name);
            status = probe(devices, cli, backend, host, options, why);
        }
    }
    free(host);
    return status;
}
