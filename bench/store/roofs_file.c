/* roofs_file.c: the roofs of a device as JSON, and the file in which a machine keeps them.
 *
 * The file is FOLDER/roofs-DEVICE.json, schema dlbench-roofs/1; the same object without that name stands in devices[].measured of a result. What
 * a device is (`identity`) its caller knows; here it is only compared, so that roofs of another driver are never taken. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/compiler.h"
#include "bench/store/fields.h"
#include "bench/store/replace.h"
#include "bench/store/result.h"
#include "bench/store/result_file.h"
#include "bench/store/roofs.h"

#define ROOFS_SCHEMA "dlbench-roofs/1"
#define DAY_S        86400.0

#define ROOFS(member, kind) DLB_FIELD(struct dlb_roofs, member, kind)
#define ROOF(member, kind)  DLB_FIELD(struct dlb_roof, member, kind)

static const struct dlb_field roofs_list[] = {
    ROOFS(device, DLB_FIELD_TEXT),   ROOFS(identity, DLB_FIELD_TEXT), ROOFS(as_of, DLB_FIELD_TEXT),
    ROOFS(evidence, DLB_FIELD_TEXT), ROOFS(quick, DLB_FIELD_BOOL),
};
static const struct dlb_fields roofs_fields = {roofs_list, DLB_ARRAY_COUNT(roofs_list), NULL};

#define LEVEL(text, at)                                                                            \
    {                                                                                              \
        text, DLB_FIELD_BYTES, offsetof(struct dlb_roofs, level_bytes) + (at) * sizeof(int64_t),   \
            sizeof(int64_t)                                                                        \
    }
static const struct dlb_field level_list[] = {LEVEL("L1", 0), LEVEL("L2", 1), LEVEL("L3", 2),
                                              LEVEL("memory", 3)};
static const struct dlb_fields level_fields = {level_list, DLB_ARRAY_COUNT(level_list), NULL};

static const struct dlb_field roof_list[] = {
    ROOF(name, DLB_FIELD_TEXT),   ROOF(dtype, DLB_FIELD_TEXT),
    ROOF(level, DLB_FIELD_TEXT),  ROOF(pattern, DLB_FIELD_TEXT),
    ROOF(data, DLB_FIELD_TEXT),   ROOF(ceiling, DLB_FIELD_BOOL),
    ROOF(threads, DLB_FIELD_INT), ROOF(size_bytes, DLB_FIELD_REAL),
    ROOF(value, DLB_FIELD_REAL),  ROOF(lo, DLB_FIELD_REAL),
    ROOF(hi, DLB_FIELD_REAL),     ROOF(datasheet, DLB_FIELD_REAL),
};
static const struct dlb_fields roof_fields = {roof_list, DLB_ARRAY_COUNT(roof_list), NULL};

/* ---- JSON ---- */

static json_t *roof_to_json(const struct dlb_roof *roof)
{
    json_t *json = json_object();
    if (json == NULL)
        return NULL;
    int failures = json_object_set_new(json, "kind", json_string(dlb_roof_kind_name(roof->kind)));
    failures |= dlb_fields_write(&roof_fields, roof, json);
    return dlb_store_finish(json, failures);
}

json_t *dlb_roofs_to_json(const struct dlb_roofs *roofs)
{
    json_t *json = dlb_fields_object(&roofs_fields, roofs);
    json_t *array = json_array();
    int failures = json == NULL || array == NULL;
    for (int i = 0; i < roofs->count && failures == 0; i++)
        failures |= json_array_append_new(array, roof_to_json(&roofs->items[i]));
    failures |= json_object_set_new(json, "level_bytes", dlb_fields_object(&level_fields, roofs));
    failures |= json_object_set_new(json, "roofs", array);
    return dlb_store_finish(json, failures);
}

static enum dlb_status read_kind(const json_t *json, enum dlb_roof_kind *kind, struct dlb_why *why)
{
    const char *text = json_string_value(json_object_get(json, "kind"));
    for (int i = 0; i < DLB_ROOF_KINDS && text != NULL; i++)
        if (strcmp(text, dlb_roof_kind_name((enum dlb_roof_kind)i)) == 0) {
            *kind = (enum dlb_roof_kind)i;
            return DLB_OK;
        }
    if (text == NULL)
        return dlb_fail(why, DLB_INVALID, "kind: wanted a text, found %s",
                        dlb_store_kind(json_object_get(json, "kind")));
    return dlb_fail(why, DLB_INVALID,
                    "kind: wanted compute, bandwidth, latency, launch or transfer, found '%.40s'",
                    text);
}

static enum dlb_status read_roof(const json_t *json, struct dlb_roofs *roofs, struct dlb_why *why)
{
    struct dlb_roof roof = {.kind = DLB_ROOF_COMPUTE};
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    enum dlb_status status = read_kind(json, &roof.kind, why);
    if (status == DLB_OK)
        status = dlb_fields_read(&roof_fields, json, &roof, why);
    return status == DLB_OK ? dlb_roofs_add(roofs, &roof) : status;
}

static enum dlb_status read_list(const json_t *json, struct dlb_roofs *roofs, struct dlb_why *why)
{
    if (!json_is_array(json))
        return dlb_fail(why, DLB_INVALID, "roofs: wanted an array, found %s", dlb_store_kind(json));
    for (size_t i = 0; i < json_array_size(json); i++) {
        struct dlb_why inner = {""};
        char place[40];
        const enum dlb_status status = read_roof(json_array_get(json, i), roofs, &inner);
        snprintf(place, sizeof place, "roofs[%zu]", i);
        if (status != DLB_OK)
            return status == DLB_INVALID ? dlb_store_within(place, &inner, why) : status;
    }
    return DLB_OK;
}

static enum dlb_status read_levels(const json_t *json, struct dlb_roofs *roofs, struct dlb_why *why)
{
    struct dlb_why inner = {""};
    json_t *more = NULL;
    const enum dlb_status status = dlb_fields_block(&level_fields, json, roofs, &more, &inner);
    json_decref(more);
    return status == DLB_INVALID ? dlb_store_within("level_bytes", &inner, why) : status;
}

enum dlb_status dlb_roofs_from_json(const json_t *json, struct dlb_roofs *roofs,
                                    struct dlb_why *why)
{
    struct dlb_roofs found = {.count = 0};
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    enum dlb_status status = dlb_fields_read(&roofs_fields, json, &found, why);
    if (status == DLB_OK)
        status = read_levels(json_object_get(json, "level_bytes"), &found, why);
    if (status == DLB_OK)
        status = read_list(json_object_get(json, "roofs"), &found, why);
    if (status != DLB_OK) {
        dlb_roofs_free(&found);
        return status;
    }
    *roofs = found;
    return DLB_OK;
}

/* ---- the file ---- */

/* A key is a name of ours, but who asks may have it from a file: no part of it may lead out of the folder. */
static enum dlb_status file_path(const char *folder, const char *device, char *path,
                                 struct dlb_why *why)
{
    static const char harmless[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char name[sizeof((struct dlb_roofs *)0)->device];
    snprintf(name, sizeof name, "%s", device);
    for (char *c = name; *c != '\0'; c++)
        *c = strchr(harmless, *c) != NULL ? *c : '-';
    const int length = snprintf(path, DLB_PATH_SIZE, "%s/roofs-%s.json", folder, name);
    if (length < 0 || length >= DLB_PATH_SIZE)
        return dlb_fail(why, DLB_IO, "no file for the roofs of %s: the path %.60s... is too long",
                        device, folder);
    return DLB_OK;
}

/* Seconds since the roofs were measured; NaN when that is not told. */
static double age_s(const struct dlb_roofs *roofs)
{
    struct tm when = {0};
    const char *end = strptime(roofs->as_of, "%Y-%m-%dT%H:%M:%SZ", &when);
    return end != NULL && *end == '\0' ? difftime(time(NULL), timegm(&when)) : (double)NAN;
}

/* Are these the roofs that are asked for, and still to be trusted? */
static enum dlb_status check(const struct dlb_roofs *roofs, const char *path, const char *device,
                             const char *identity, double max_age_s, struct dlb_why *why)
{
    const double age = age_s(roofs);
    if (strcmp(roofs->device, device) != 0)
        return dlb_fail(why, DLB_UNAVAILABLE, "%s holds the roofs of '%s', wanted those of '%s'",
                        path, roofs->device, device);
    if (strcmp(roofs->identity, identity) != 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "the roofs of %s in %s are those of '%s'; here is '%s'", device, path,
                        roofs->identity, identity);
    if (!(age >= -DAY_S)) /* a day: clocks that were put right */
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "the roofs of %s in %s are of no known age: measured at '%s'", device, path,
                        roofs->as_of);
    if (age > max_age_s)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "the roofs of %s in %s are %.1f days old, wanted at most %.1f%s", device,
                        path, age / DAY_S, max_age_s / DAY_S,
                        roofs->quick ? " of those measured quickly" : "");
    return DLB_OK;
}

static enum dlb_status read_file(const char *path, struct dlb_roofs *roofs, struct dlb_why *why)
{
    json_t *document = NULL;
    struct dlb_why inner = {""};
    enum dlb_status status = dlb_document_read(path, &document, why);
    if (status != DLB_OK)
        return status;
    const char *schema = json_string_value(json_object_get(document, "schema"));
    if (schema == NULL || strcmp(schema, ROOFS_SCHEMA) != 0)
        status = dlb_fail(why, DLB_INVALID, "%s: wanted \"schema\": \"%s\", found %.60s", path,
                          ROOFS_SCHEMA, schema != NULL ? schema : "none");
    else
        status = dlb_roofs_from_json(document, roofs, &inner);
    json_decref(document);
    if (inner.text[0] != '\0')
        return dlb_fail(why, status, "%s%s%s", path, inner.text[0] == ':' ? "" : ": ", inner.text);
    return status;
}

enum dlb_status dlb_roofs_load(const char *folder, const char *device, const char *identity,
                               double max_age_s, double max_quick_s, struct dlb_roofs *roofs,
                               struct dlb_why *why)
{
    char path[DLB_PATH_SIZE];
    struct dlb_roofs found = {.count = 0};
    enum dlb_status status = file_path(folder, device, path, why);
    if (status != DLB_OK)
        return status;
    if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return dlb_fail(why, DLB_UNAVAILABLE, "no roofs of %s have been measured (no file %s)",
                        device, path);
    status = read_file(path, &found, why);
    if (status == DLB_OK)
        status = check(&found, path, device, identity, found.quick ? max_quick_s : max_age_s, why);
    if (status != DLB_OK) {
        dlb_roofs_free(&found);
        return status;
    }
    *roofs = found;
    return DLB_OK;
}

/* Mostly there already; what cannot be made fails at the file. */
static void make_folders(const char *folder)
{
    char path[DLB_PATH_SIZE];
    snprintf(path, sizeof path, "%s", folder);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0777);
        *slash = '/';
    }
    (void)mkdir(path, 0777);
}

enum dlb_status dlb_roofs_save(const char *folder, const struct dlb_roofs *roofs,
                               struct dlb_why *why)
{
    char path[DLB_PATH_SIZE];
    enum dlb_status status = file_path(folder, roofs->device, path, why);
    if (status != DLB_OK)
        return status;
    json_t *json = dlb_roofs_to_json(roofs);
    char *text = NULL;
    if (json != NULL && json_object_set_new(json, "schema", json_string(ROOFS_SCHEMA)) == 0)
        text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(json);
    if (text == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the roofs of %s", roofs->device);
    make_folders(folder);
    status = dlb_file_replace(path, text, strlen(text), why);
    free(text);
    return status;
}
