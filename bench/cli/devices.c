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

/* A backend without devices, or a device that it does not know, for whatever reason: one row that says so. */
static enum dlb_status add_absent(struct dlb_devices *devices,
                                  const struct dlb_loaded_backend *backend, const char *name,
                                  enum dlb_status status, const char *reason, struct dlb_why *why)
{
    struct dlb_device device = {.status = status, .kind = DLB_KIND_CPU};
    snprintf(device.backend, sizeof device.backend, "%s", backend->name);
    snprintf(device.key, sizeof device.key, "%s:%.31s", backend->name, name);
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

static enum dlb_evidence find_evidence(const char *name, enum dlb_evidence otherwise)
{
    for (int i = 0; i < DLB_EVIDENCE_COUNT; i++) {
        if (strcmp(dlb_evidence_name((enum dlb_evidence)i), name) == 0) {
            return (enum dlb_evidence)i;
        }
    }
    return otherwise;
}

static enum dlb_status add_present(struct dlb_devices *devices,
                                   const struct dlb_loaded_backend *backend, json_t *json,
                                   struct dlb_why *why)
{
    struct dlb_device device = {
        .index = (int)json_integer_value(json_object_get(json, "index")),
        .kind = backend->table->kind,
        .evidence = find_evidence(member(json, "evidence"), backend->table->evidence),
        .on_request = json_is_true(json_object_get(json, "on_request")),
        .json = json};
    snprintf(device.backend, sizeof device.backend, "%s", backend->name);
    snprintf(device.key, sizeof device.key, "%s", member(json, "key"));
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

enum dlb_status dlb_devices_add_told(struct dlb_devices *devices, json_t *json, struct dlb_why *why)
{
    const char *key = member(json, "key");
    const char *backend = member(json, "backend");
    struct dlb_device device = {.index = (int)json_integer_value(json_object_get(json, "index")),
                                .on_request = json_is_true(json_object_get(json, "on_request")),
                                .json = json};
    const size_t length = strlen(backend);
    if (length == 0 || length >= sizeof device.backend || strlen(key) >= sizeof device.key ||
        strncmp(key, backend, length) != 0 || key[length] != ':' ||
        !dlb_device_kind_find(member(json, "kind"), &device.kind)) {
        return DLB_OK;
    }
    snprintf(device.backend, sizeof device.backend, "%s", backend);
    snprintf(device.key, sizeof device.key, "%s", key);
    device.evidence = find_evidence(member(json, "evidence"), DLB_EVIDENCE_MEASURED);
    for (int i = 0; i < devices->count; i++) {
        struct dlb_device *known = &devices->items[i];
        if (strcmp(known->key, key) != 0) {
            continue;
        }
        if (known->status != DLB_OK) {
            json_decref(known->json);
            json_incref(json);
            *known = device;
        }
        return DLB_OK;
    }
    const enum dlb_status status = add(devices, &device, why);
    if (status == DLB_OK) {
        json_incref(json);
    }
    return status;
}

/* What all probes of a call share. */
struct probes {
    struct dlb_devices *devices;
    const struct dlb_cli *cli;
    const struct dlb_host *host; /* its allowed CPUs may be used */
    const struct dlb_texts *options;
    struct dlb_why *why;
};

static bool is_listed(const struct dlb_devices *devices, const char *name)
{
    for (int i = 0; i < devices->count; i++) {
        if (dlb_device_is(&devices->items[i], name)) {
            return true;
        }
    }
    return false;
}

/* Was an option given for this backend? */
static bool has_option(const struct probes *p, const char *backend)
{
    const size_t length = strlen(backend);
    for (int i = 0; p->options != NULL && i < p->options->count; i++) {
        if (strncmp(p->options->items[i], backend, length) == 0 &&
            p->options->items[i][length] == '.') {
            return true;
        }
    }
    return false;
}

/* Hands one probe to a worker: for all devices, or with `name` for that one. A value that the backend itself refuses is the
 * user's mistake, and no row. */
static enum dlb_status probe(const struct probes *p, const struct dlb_loaded_backend *backend,
                             const char *name)
{
    struct dlb_request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return dlb_fail(p->why, DLB_NO_MEMORY, "no memory for a probe");
    }
    request->task = DLB_TASK_PROBE;
    snprintf(request->backend, sizeof request->backend, "%s", backend->name);
    snprintf(request->device, sizeof request->device, "%s", name);
    for (int i = 0; p->options != NULL && i < p->options->count; i++) {
        snprintf(request->options[request->option_count++], sizeof request->options[0], "%s",
                 p->options->items[i]);
    }
    const struct dlb_spawn spawn = {.program = p->cli->program,
                                    .threads = dlb_host_default_threads(p->host),
                                    .cpus = p->host->allowed_cpus,
                                    .wait_policy = "passive",
                                    .timeout_s = PROBE_TIMEOUT_S};
    struct dlb_answer answer;
    enum dlb_status status = dlb_spawn_run(&spawn, request, &answer);
    const size_t found = json_array_size(answer.devices);
    if (status == DLB_INVALID && has_option(p, backend->name)) {
        status = dlb_fail(p->why, DLB_INVALID, "--opt: %s", answer.why.text);
    } else if (status != DLB_OK || found == 0) {
        status =
            add_absent(p->devices, backend, name[0] != '\0' ? name : "0",
                       status != DLB_OK ? status : DLB_UNAVAILABLE,
                       status != DLB_OK ? answer.why.text : "the backend lists no device", p->why);
    }
    for (size_t i = 0; i < found && status == DLB_OK; i++) {
        json_t *device = json_array_get(answer.devices, i);
        if (!is_listed(p->devices, member(device, "key"))) {
            status = add_present(p->devices, backend, device, p->why);
        }
    }
    dlb_answer_free(&answer);
    free(request);
    return status;
}

/* The words of all selectors, one after the other: *list and *rest start as 0 and NULL; false at the end. A word that does
 * not fit is cut. */
static bool next_word(const struct dlb_texts *selectors, int *list, const char **rest, char *word,
                      size_t size)
{
    while (selectors != NULL && (*rest == NULL || **rest == '\0')) {
        if (*list == selectors->count) {
            return false;
        }
        *rest = selectors->items[(*list)++];
    }
    if (selectors == NULL) {
        return false;
    }
    const size_t length = strcspn(*rest, ",");
    snprintf(word, size, "%.*s", (int)(length < size ? length : size - 1), *rest);
    *rest += length + ((*rest)[length] == ',' ? 1 : 0);
    return true;
}

/* Names behind the backend's own that it did not list: it may know them, or say what is near. */
static enum dlb_status probe_named(const struct probes *p, const struct dlb_loaded_backend *backend,
                                   const struct dlb_texts *wanted)
{
    const size_t length = strlen(backend->name);
    enum dlb_status status = DLB_OK;
    const char *rest = NULL;
    char word[96];
    int number;
    for (int list = 0; status == DLB_OK && next_word(wanted, &list, &rest, word, sizeof word);) {
        if (strncmp(word, backend->name, length) == 0 && word[length] == ':' &&
            dlb_case_device(word + length + 1, &number) && number < 0 &&
            !is_listed(p->devices, word)) {
            status = probe(p, backend, word + length + 1);
        }
    }
    return status;
}

/* Can any of the selectors mean this backend? Kinds and `all` mean every one. */
static bool is_wanted(const struct dlb_texts *wanted, const char *name)
{
    if (wanted == NULL || wanted->count == 0) {
        return true;
    }
    bool only_exclusions = true;
    const char *rest = NULL;
    char word[96];
    for (int list = 0; next_word(wanted, &list, &rest, word, sizeof word);) {
        enum dlb_device_kind kind;
        only_exclusions = only_exclusions && word[0] == '!';
        const bool is_group = strcmp(word, "all") == 0 || dlb_device_kind_find(word, &kind);
        word[strcspn(word, ":")] =
            '\0'; /* a device is of one backend, though that be called like a kind */
        if (is_group || strcmp(word, name) == 0) {
            return true;
        }
    }
    return only_exclusions;
}

/* Marks the devices from `first` on that refuse a value. That is the user's mistake when no other device takes it: a board's
 * program suits the board, and not the models beside it. */
static enum dlb_status judge_options(const struct probes *p,
                                     const struct dlb_loaded_backend *backend, int first)
{
    const struct dlb_device *refusing = NULL;
    bool any_ok = false;
    for (int i = first; i < p->devices->count && has_option(p, backend->name); i++) {
        struct dlb_device *device = &p->devices->items[i];
        device->refuses_options = device->status == DLB_INVALID;
        refusing = refusing == NULL && device->refuses_options ? device : refusing;
        any_ok = any_ok || device->status == DLB_OK;
    }
    return refusing == NULL || any_ok
               ? DLB_OK
               : dlb_fail(p->why, DLB_INVALID, "--opt: no device of %s takes it; %s: %s",
                          backend->name, refusing->key, refusing->reason);
}

/* A backend that is there and has devices to tell apart by name is asked once more for names it did not list. */
static enum dlb_status probe_backend(const struct probes *p,
                                     const struct dlb_loaded_backend *backend,
                                     const struct dlb_texts *wanted)
{
    const int before = p->devices->count;
    dlb_log(DLB_LOG_INFO, "probing %s", backend->name);
    enum dlb_status status = probe(p, backend, "");
    const bool present = status == DLB_OK && p->devices->count > before &&
                         json_object_get(p->devices->items[before].json, "index") != NULL;
    if (present && backend->table->find_device != NULL) {
        status = probe_named(p, backend, wanted);
    }
    return status == DLB_OK ? judge_options(p, backend, before) : status;
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
    const struct probes probes = {devices, cli, host, options, why};
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < devices->registry->count && status == DLB_OK; i++) {
        const struct dlb_loaded_backend *backend = &devices->registry->items[i];
        if (!is_wanted(wanted, backend->name)) {
            continue;
        }
        if (backend->table == NULL) {
            status = add_absent(devices, backend, "0", backend->status, backend->why.text, why);
        } else {
            status = probe_backend(&probes, backend, wanted);
        }
    }
    free(host);
    return status;
}
