/* device_select.c: what -d and --opt mean among the devices and options that exist. */
#include <stdio.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/devices.h"
#include "bench/cli/suggest.h"
#include "bench/run/protocol.h"

bool dlb_device_kind_find(const char *name, enum dlb_device_kind *kind)
{
    for (int i = 0; i < DLB_KIND_COUNT; i++) {
        if (strcmp(dlb_device_kind_name((enum dlb_device_kind)i), name) == 0) {
            *kind = (enum dlb_device_kind)i;
            return true;
        }
    }
    return false;
}

bool dlb_device_is(const struct dlb_device *device, const char *name)
{
    char numbered[DLB_DEVICE_KEY_SIZE];
    snprintf(numbered, sizeof numbered, "%s:%d", device->backend, device->index);
    return strcmp(name, device->key) == 0 || strcmp(name, numbered) == 0;
}

bool dlb_device_is_missed(const struct dlb_device *device)
{
    const bool is_backend = json_object_get(device->json, "index") == NULL;
    return device->status != DLB_OK && (is_backend || device->meant);
}

void dlb_device_state(const json_t *device, char *buffer, size_t size)
{
    const char *status = json_string_value(json_object_get(device, "status"));
    const char *evidence = json_string_value(json_object_get(device, "evidence"));
    const bool measured = evidence == NULL || strcmp(evidence, "measured") == 0;
    snprintf(buffer, size, "%s%s%s%s", status != NULL ? status : "-", measured ? "" : ", ",
             measured ? "" : evidence,
             json_is_true(json_object_get(device, "on_request")) ? ", on request" : "");
}

/* What a selector word, without '!', has to do with a device. */
enum meaning { MEANS_NOT, MEANS_GROUP, MEANS_BACKEND, MEANS_DEVICE };

static enum meaning meaning_of(const char *word, const struct dlb_device *device)
{
    enum dlb_device_kind kind;
    if (dlb_device_is(device, word)) {
        return MEANS_DEVICE;
    }
    if (strcmp(word, device->backend) == 0) { /* first: a backend may be called like a kind */
        return MEANS_BACKEND;
    }
    const bool is_group =
        strcmp(word, "all") == 0 || (dlb_device_kind_find(word, &kind) && device->kind == kind);
    return is_group ? MEANS_GROUP : MEANS_NOT;
}

/* What exists, for the line that says that something does not: the devices that were asked about, or all backends. */
static void list_devices(const struct dlb_devices *devices, struct dlb_text *list)
{
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *device = &devices->items[i];
        dlb_text_format(list, "%s%s%s", i > 0 ? ", " : "", device->key,
                        device->status != DLB_OK ? " (unavailable)"
                        : device->on_request     ? " (on request)"
                                                 : "");
    }
}

static void list_backends(const struct dlb_devices *devices, struct dlb_text *list)
{
    for (int i = 0; i < devices->registry->count; i++) {
        dlb_text_format(list, "%s%s", i > 0 ? ", " : "", devices->registry->items[i].name);
    }
}

/* Is it a backend, a device of one, or a kind? Taking away what was never asked about is no error then. */
static bool is_known(const struct dlb_devices *devices, const char *name)
{
    enum dlb_device_kind kind;
    const size_t length = strcspn(name, ":");
    for (int i = 0; i < devices->registry->count; i++) {
        const char *backend = devices->registry->items[i].name;
        if (strncmp(backend, name, length) == 0 && backend[length] == '\0') {
            return true;
        }
    }
    return dlb_device_kind_find(name, &kind);
}

/* A backend that could not be asked for its devices stands as one absent row, whose reason explains every name that was meant
 * to be one of them. NULL when it could be asked. */
static const struct dlb_device *absent_backend(const struct dlb_devices *devices, const char *word)
{
    const struct dlb_device *absent = NULL;
    const size_t length = strcspn(word, ":");
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *device = &devices->items[i];
        if (strlen(device->backend) != length || strncmp(device->backend, word, length) != 0) {
            continue;
        }
        if (device->status == DLB_OK || absent != NULL) {
            return NULL;
        }
        absent = device;
    }
    return absent;
}

static enum dlb_status fail_no_device(const struct dlb_devices *devices, const char *word,
                                      struct dlb_why *why)
{
    const struct dlb_device *absent = absent_backend(devices, word);
    if (absent != NULL) {
        return dlb_fail(why, DLB_UNAVAILABLE, "%.60s is %s: %.400s", word,
                        dlb_status_name(absent->status), absent->reason);
    }
    const char *names[2 * DLB_MAX_BACKENDS + DLB_KIND_COUNT + 2] = {"all"};
    size_t count = 1;
    const char *colon = strchr(word, ':'); /* a number is like any other number */
    const bool is_name = colon != NULL && strspn(colon + 1, "0123456789") < strlen(colon + 1);
    for (int i = 0; is_name && i < devices->count && i < DLB_MAX_BACKENDS; i++) {
        names[count++] = devices->items[i].key;
    }
    for (int i = 0; i < DLB_KIND_COUNT; i++) {
        names[count++] = dlb_device_kind_name((enum dlb_device_kind)i);
    }
    for (int i = 0; i < devices->registry->count; i++) {
        names[count++] = devices->registry->items[i].name;
    }
    names[count] = NULL;
    struct dlb_text list = {0};
    const bool known = is_known(devices, word);
    if (known) {
        list_devices(devices, &list);
    } else {
        list_backends(devices, &list);
    }
    dlb_fail(why, DLB_UNAVAILABLE, "no device matches '%.60s'%s; %s: %s", word,
             dlb_suggest(word, names).text, known ? "there are" : "the backends are",
             list.data != NULL ? list.data : "none");
    dlb_text_free(&list);
    return DLB_UNAVAILABLE;
}

/* Under the backend's name a device that does not open is passed over while others do. */
static bool has_ok_device(const struct dlb_devices *devices, const char *backend)
{
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *device = &devices->items[i];
        if (device->status == DLB_OK && !device->on_request &&
            strcmp(device->backend, backend) == 0) {
            return true;
        }
    }
    return false;
}

static enum dlb_status select_word(struct dlb_devices *devices, const char *word,
                                   struct dlb_why *why)
{
    const bool exclude = word[0] == '!';
    const char *name = exclude ? word + 1 : word;
    bool matched = false;
    if (name[0] == '\0') {
        return dlb_fail(why, DLB_INVALID,
                        "--device: a name is missing; it wants a list like all,!reference");
    }
    for (int i = 0; i < devices->count; i++) {
        struct dlb_device *device = &devices->items[i];
        const enum meaning meaning = meaning_of(name, device);
        if (meaning == MEANS_NOT || (!exclude && device->on_request && meaning != MEANS_DEVICE)) {
            continue;
        }
        matched = true;
        device->meant = !exclude;
        if (exclude) {
            device->selected = false;
        } else if (device->status == DLB_OK) {
            device->selected = true;
            device->named = device->named || meaning != MEANS_GROUP;
        } else if (meaning == MEANS_DEVICE ||
                   (meaning == MEANS_BACKEND && !has_ok_device(devices, device->backend))) {
            return dlb_fail(why, device->refuses_options ? DLB_INVALID : DLB_UNAVAILABLE,
                            "%s is %s: %.400s", device->key, dlb_status_name(device->status),
                            device->reason);
        }
    }
    if (!matched && !(exclude && is_known(devices, name))) {
        return fail_no_device(devices, name, why);
    }
    return DLB_OK;
}

/* Words of all selectors in order; with only exclusions, all stands before them. */
static enum dlb_status select_pass(struct dlb_devices *devices, const struct dlb_texts *selectors,
                                   bool exclusions, bool *any, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    *any = false;
    for (int i = 0; i < selectors->count; i++) {
        const char *rest = selectors->items[i];
        bool more = true;
        while (more && status == DLB_OK) {
            const size_t length = strcspn(rest, ",");
            char word[96];
            snprintf(word, sizeof word, "%.*s", (int)(length < 95 ? length : 95), rest);
            more = rest[length] == ',';
            rest += length + more;
            if ((word[0] == '!') == exclusions) {
                *any = true;
                status = select_word(devices, word, why);
            }
        }
    }
    return status;
}

enum dlb_status dlb_devices_select(struct dlb_devices *devices, const struct dlb_texts *selectors,
                                   struct dlb_why *why)
{
    bool any = false;
    enum dlb_status status = select_pass(devices, selectors, false, &any, why);
    if (status == DLB_OK && !any) {
        status = select_word(devices, "all", why);
    }
    if (status == DLB_OK) {
        status = select_pass(devices, selectors, true, &any, why);
    }
    for (int i = 0; i < devices->count && status == DLB_OK; i++) {
        if (devices->items[i].selected) {
            return DLB_OK;
        }
    }
    if (status == DLB_OK) {
        struct dlb_text list = {0};
        list_devices(devices, &list);
        status = dlb_fail(why, DLB_UNAVAILABLE, "no available device is selected; there are: %s",
                          list.data != NULL ? list.data : "none");
        dlb_text_free(&list);
    }
    return status;
}

static enum dlb_status fail_no_backend(const struct dlb_devices *devices, const char *name,
                                       struct dlb_why *why)
{
    const char *names[DLB_MAX_BACKENDS + 1];
    int count = 0;
    for (; count < devices->registry->count; count++) {
        names[count] = devices->registry->items[count].name;
    }
    names[count] = NULL;
    return dlb_fail(why, DLB_INVALID, "--opt: there is no backend '%.60s'%s", name,
                    dlb_suggest(name, names).text);
}

static enum dlb_status fail_no_option(const struct dlb_loaded_backend *backend, const char *name,
                                      struct dlb_why *why)
{
    const char *names[32];
    size_t count = 0;
    struct dlb_text list = {0};
    const struct dlb_backend_option *row = backend->table->options;
    for (; row != NULL && row->name != NULL && count + 1 < DLB_ARRAY_COUNT(names); row++) {
        dlb_text_format(&list, "%s%s", count > 0 ? ", " : "", row->name);
        names[count++] = row->name;
    }
    names[count] = NULL;
    dlb_fail(why, DLB_INVALID, "--opt: %s has no option '%.60s'%s; it has: %s", backend->name, name,
             dlb_suggest(name, names).text, list.data != NULL ? list.data : "none");
    dlb_text_free(&list);
    return DLB_INVALID;
}

static enum dlb_status check_option(const struct dlb_devices *devices, const char *text,
                                    struct dlb_why *why)
{
    char backend_name[64];
    char name[64];
    const size_t dot = strcspn(text, ".=");
    const size_t equals = strcspn(text, "=");
    if (dot == 0 || text[dot] != '.' || text[equals] != '=' || equals == dot + 1) {
        return dlb_fail(why, DLB_INVALID, "--opt wants BACKEND.NAME=VALUE, found '%.80s'", text);
    }
    if (strlen(text) >= sizeof((struct dlb_request *)0)->options[0]) {
        return dlb_fail(why, DLB_INVALID, "--opt takes at most 255 bytes, found %zu: '%.60s...'",
                        strlen(text), text);
    }
    snprintf(backend_name, sizeof backend_name, "%.*s", (int)(dot < 63 ? dot : 63), text);
    snprintf(name, sizeof name, "%.*s", (int)(equals - dot - 1 < 63 ? equals - dot - 1 : 63),
             text + dot + 1);
    const struct dlb_loaded_backend *backend = dlb_registry_find(devices->registry, backend_name);
    if (backend == NULL) {
        return fail_no_backend(devices, backend_name, why);
    }
    if (backend->table == NULL) {
        return dlb_fail(why, DLB_UNAVAILABLE, "--opt: %s is unavailable: %.400s", backend->name,
                        backend->why.text);
    }
    const struct dlb_backend_option *row = backend->table->options;
    for (; row != NULL && row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0) {
            return DLB_OK;
        }
    }
    return fail_no_option(backend, name, why);
}

enum dlb_status dlb_devices_check_options(const struct dlb_devices *devices,
                                          const struct dlb_texts *options, struct dlb_why *why)
{
    if (options->count > DLB_MAX_BACKEND_OPTIONS) {
        return dlb_fail(why, DLB_INVALID, "--opt can be given %d times, found %d",
                        DLB_MAX_BACKEND_OPTIONS, options->count);
    }
    for (int i = 0; i < options->count; i++) {
        const enum dlb_status status = check_option(devices, options->items[i], why);
        if (status != DLB_OK) {
            return status;
        }
    }
    return DLB_OK;
}
