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

/* Does one selector word, without '!', mean this device? *group: it named many, not this one. */
static bool means(const char *word, const struct dlb_device *device, bool *group)
{
    enum dlb_device_kind kind;
    *group = strcmp(word, "all") == 0;
    if (*group) {
        return true;
    }
    if (dlb_device_kind_find(word, &kind)) {
        *group = true;
        return device->kind == kind;
    }
    if (strcmp(word, device->key) == 0) {
        return true;
    }
    return strcmp(word, device->backend) == 0;
}

/* What exists, for the line that says that something does not: the devices that were asked about, or all backends. */
static void list_devices(const struct dlb_devices *devices, struct dlb_text *list)
{
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *device = &devices->items[i];
        dlb_text_format(list, "%s%s%s", i > 0 ? ", " : "", device->key,
                        device->status == DLB_OK ? "" : " (unavailable)");
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

static enum dlb_status fail_no_device(const struct dlb_devices *devices, const char *word,
                                      struct dlb_why *why)
{
    const char *names[DLB_MAX_BACKENDS + DLB_KIND_COUNT + 2] = {"all"};
    size_t count = 1;
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
        bool group = false;
        if (!means(name, device, &group)) {
            continue;
        }
        matched = true;
        if (exclude) {
            device->selected = false;
        } else if (device->status == DLB_OK) {
            device->selected = true;
        } else if (!group) {
            return dlb_fail(why, DLB_UNAVAILABLE, "%s is %s: %.400s", device->key,
                            dlb_status_name(device->status), device->reason);
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
