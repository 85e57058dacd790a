/* catalogue.c: the files of the catalogue: reading both, finding an entry, adding one to the user's.
 *
 * Reading is strict about types and keeps what it does not know. Which entry a device is: catalogue_match.c; what looks wrong:
 * catalogue_check.c. */
#include "bench/store/catalogue.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/compiler.h"
#include "bench/store/catalogue_parts.h"
#include "bench/store/fields.h"
#include "bench/store/replace.h"
#include "bench/store/result_file.h"

#define SCHEMA       "dlbench-catalogue/1"
#define MOST_ENTRIES 100000 /* more is a mistake */

#define ENTRY(member, kind) DLB_FIELD(struct dlb_catalogue_entry, member, kind)

static const struct dlb_field entry_list[] = {
    ENTRY(id, DLB_FIELD_TEXT),          ENTRY(name, DLB_FIELD_TEXT),
    ENTRY(kind, DLB_FIELD_TEXT),        ENTRY(vendor, DLB_FIELD_TEXT),
    ENTRY(year, DLB_FIELD_INT),         ENTRY(f32_tflops, DLB_FIELD_REAL),
    ENTRY(tf32_tflops, DLB_FIELD_REAL), ENTRY(bf16_f16_tflops, DLB_FIELD_REAL),
    ENTRY(fp8_tflops, DLB_FIELD_REAL),  ENTRY(int8_tops, DLB_FIELD_REAL),
    ENTRY(mem_gb, DLB_FIELD_REAL),      ENTRY(mem_gb_s, DLB_FIELD_REAL),
    ENTRY(tdp_w, DLB_FIELD_REAL),       ENTRY(list_price, DLB_FIELD_REAL),
    ENTRY(price_hour, DLB_FIELD_REAL),  ENTRY(currency, DLB_FIELD_TEXT),
    ENTRY(price_as_of, DLB_FIELD_TEXT), ENTRY(evidence, DLB_FIELD_TEXT),
    ENTRY(confidence, DLB_FIELD_TEXT),  ENTRY(also, DLB_FIELD_TEXT),
    ENTRY(source, DLB_FIELD_TEXT),
};
static const struct dlb_fields entry_fields = {entry_list, DLB_ARRAY_COUNT(entry_list), NULL};

/* ---- reading ---- */

static enum dlb_status check_document(const char *path, const json_t *document, struct dlb_why *why)
{
    const char *schema = json_string_value(json_object_get(document, "schema"));
    const json_t *list = json_object_get(document, "processors");
    const size_t length = strlen(SCHEMA);
    if (schema == NULL || strncmp(schema, SCHEMA, length) != 0 ||
        (schema[length] != '\0' && schema[length] != '.'))
        return dlb_fail(why, DLB_INVALID,
                        "%s: schema: wanted " SCHEMA ", found %.60s; is it a catalogue?", path,
                        schema != NULL ? schema : "none");
    if (!json_is_array(list))
        return dlb_fail(why, DLB_INVALID, "%s: processors: wanted an array, found %s", path,
                        dlb_store_kind(list));
    if (json_array_size(list) > MOST_ENTRIES)
        return dlb_fail(why, DLB_INVALID, "%s: processors: %zu are more than the %d that are read",
                        path, json_array_size(list), MOST_ENTRIES);
    return DLB_OK;
}

static enum dlb_status read_document(const char *path, json_t **document, struct dlb_why *why)
{
    struct stat info;
    json_t *json = NULL;
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0)
        return dlb_fail(why, DLB_INVALID, "%s: the file is empty; wanted a catalogue", path);
    enum dlb_status status = dlb_document_read(path, &json, why);
    if (status == DLB_OK)
        status = check_document(path, json, why);
    if (status != DLB_OK) {
        json_decref(json);
        return status;
    }
    *document = json;
    return DLB_OK;
}

static enum dlb_status read_entry(const char *path, size_t index, const json_t *json,
                                  struct dlb_catalogue_entry *entry, struct dlb_why *why)
{
    const char *id = json_string_value(json_object_get(json, "id"));
    struct dlb_why inner = {""};
    *entry = (struct dlb_catalogue_entry){0};
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, "%s: processors[%zu]: wanted an object, found %s", path,
                        index, dlb_store_kind(json));
    enum dlb_status status = dlb_fields_read(&entry_fields, json, entry, &inner);
    if (status != DLB_OK)
        return dlb_fail(why, status, "%s: processors[%zu] (%.47s): %s", path, index,
                        id != NULL ? id : "no id", inner.text);
    if (entry->id[0] == '\0')
        return dlb_fail(why, DLB_INVALID, "%s: processors[%zu]: id: wanted a text, found nothing",
                        path, index);
    snprintf(entry->file, sizeof entry->file, "%s", path);
    if (dlb_fields_unknown(&entry_fields, json, &entry->unknown) != DLB_OK)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the catalogue %s", path);
    return DLB_OK;
}

/* An index, or -1. */
static int index_of(const struct dlb_catalogue *catalogue, const char *id)
{
    for (int i = 0; i < catalogue->count; i++)
        if (strcmp(catalogue->items[i].id, id) == 0)
            return i;
    return -1;
}

static enum dlb_status add_entries(const char *path, const json_t *list,
                                   struct dlb_catalogue *catalogue, struct dlb_why *why)
{
    size_t index;
    json_t *json;
    catalogue->items = calloc(json_array_size(list) + 1, sizeof *catalogue->items);
    if (catalogue->items == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the catalogue %s", path);
    json_array_foreach(list, index, json)
    {
        struct dlb_catalogue_entry *entry = &catalogue->items[catalogue->count];
        const enum dlb_status status = read_entry(path, index, json, entry, why);
        if (status != DLB_OK)
            return status;
        if (index_of(catalogue, entry->id) >= 0) {
            json_decref(entry->unknown);
            return dlb_fail(why, DLB_INVALID,
                            "%s: processors[%zu]: id: '%s' stands twice; give each its own", path,
                            index, entry->id);
        }
        catalogue->count++;
    }
    return DLB_OK;
}

enum dlb_status dlb_catalogue_read(const char *path, struct dlb_catalogue *catalogue,
                                   struct dlb_why *why)
{
    json_t *document = NULL;
    struct dlb_catalogue found = {0};
    enum dlb_status status = read_document(path, &document, why);
    if (status == DLB_OK)
        status = add_entries(path, json_object_get(document, "processors"), &found, why);
    json_decref(document);
    if (status != DLB_OK) {
        dlb_catalogue_free(&found);
        return status;
    }
    *catalogue = found;
    return DLB_OK;
}

/* ---- both files ---- */

struct first_wrong {
    const struct dlb_catalogue_entry *entry;
    char what[DLB_WHY_SIZE / 4];
};

static void keep_first(void *user, const struct dlb_catalogue_entry *entry, bool wrong,
                       const char *what)
{
    struct first_wrong *first = user;
    if (!wrong || first->entry != NULL)
        return;
    first->entry = entry;
    snprintf(first->what, sizeof first->what, "%s", what);
}

/* What is used is checked before: no entry with a negative power gets as far as a ranking. */
static enum dlb_status read_checked(const char *path, struct dlb_catalogue *catalogue,
                                    struct dlb_why *why)
{
    struct first_wrong first = {0};
    struct dlb_catalogue found = {0};
    const enum dlb_status status = dlb_catalogue_read(path, &found, why);
    if (status != DLB_OK)
        return status;
    if (dlb_catalogue_validate(&found, keep_first, &first) > 0) {
        dlb_fail(why, DLB_INVALID, "%s: %s: %s; dlbench catalog validate tells all", path,
                 first.entry->id, first.what);
        dlb_catalogue_free(&found);
        return DLB_INVALID;
    }
    *catalogue = found;
    return DLB_OK;
}

/* The user's entries win; `user` is empty behind it. */
static enum dlb_status merge(struct dlb_catalogue *catalogue, struct dlb_catalogue *user,
                             struct dlb_why *why)
{
    const size_t most = (size_t)catalogue->count + (size_t)user->count + 1;
    struct dlb_catalogue_entry *grown = realloc(catalogue->items, most * sizeof *catalogue->items);
    if (grown == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the catalogue");
    catalogue->items = grown;
    for (int i = 0; i < user->count; i++) {
        const int at = index_of(catalogue, user->items[i].id);
        if (at >= 0)
            json_decref(catalogue->items[at].unknown);
        catalogue->items[at >= 0 ? at : catalogue->count++] = user->items[i];
    }
    user->count = 0;
    return DLB_OK;
}

enum dlb_status dlb_catalogue_load(const char *path, const char *user_path,
                                   struct dlb_catalogue *catalogue, struct dlb_why *why)
{
    struct dlb_catalogue found = {0};
    struct dlb_catalogue user = {0};
    enum dlb_status status = read_checked(path, &found, why);
    if (status == DLB_OK && user_path != NULL && access(user_path, F_OK) == 0) {
        status = read_checked(user_path, &user, why);
        if (status == DLB_OK)
            status = merge(&found, &user, why);
    }
    dlb_catalogue_free(&user);
    if (status != DLB_OK) {
        dlb_catalogue_free(&found);
        return status;
    }
    *catalogue = found;
    return DLB_OK;
}

void dlb_catalogue_free(struct dlb_catalogue *catalogue)
{
    for (int i = 0; i < catalogue->count; i++)
        json_decref(catalogue->items[i].unknown);
    free(catalogue->items);
    *catalogue = (struct dlb_catalogue){0};
}

const struct dlb_catalogue_entry *dlb_catalogue_find(const struct dlb_catalogue *catalogue,
                                                     const char *id)
{
    const int at = index_of(catalogue, id);
    return at >= 0 ? &catalogue->items[at] : NULL;
}

/* ---- figures ---- */

double dlb_catalogue_peak(const struct dlb_catalogue_entry *entry, const char *dtype)
{
    static const struct {
        const char *dtype;
        size_t offset;
    } peaks[] = {
        {"f32", offsetof(struct dlb_catalogue_entry, f32_tflops)},
        {"bf16", offsetof(struct dlb_catalogue_entry, bf16_f16_tflops)},
        {"f16", offsetof(struct dlb_catalogue_entry, bf16_f16_tflops)},
        {"s8", offsetof(struct dlb_catalogue_entry, int8_tops)},
        {"u8", offsetof(struct dlb_catalogue_entry, int8_tops)},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(peaks); i++)
        if (strcmp(peaks[i].dtype, dtype) == 0)
            return 1e12 * *(const double *)(const void *)((const char *)entry + peaks[i].offset);
    return (double)NAN;
}

double dlb_catalogue_bandwidth(const struct dlb_catalogue_entry *entry)
{
    return 1e9 * entry->mem_gb_s;
}

/* ---- writing ---- */

json_t *dlb_catalogue_entry_to_json(const struct dlb_catalogue_entry *entry)
{
    json_t *json = dlb_fields_object(&entry_fields, entry);
    return json != NULL ? dlb_store_finish(json, dlb_store_add_missing(json, entry->unknown))
                        : NULL;
}

/* The user's document as it is; a new one where there is none. */
static enum dlb_status open_document(const char *path, json_t **document, struct dlb_why *why)
{
    if (access(path, F_OK) == 0)
        return read_document(path, document, why);
    json_t *fresh = json_pack("{s:s, s:[]}", "schema", SCHEMA, "processors");
    if (fresh == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the catalogue %s", path);
    *document = fresh;
    return DLB_OK;
}

/* Takes `json` over. */
static int put_entry(json_t *list, const char *id, json_t *json)
{
    size_t index;
    json_t *old;
    json_array_foreach(list, index, old)
    {
        const char *found = json_string_value(json_object_get(old, "id"));
        if (found != NULL && strcmp(found, id) == 0)
            return json_array_set_new(list, index, json);
    }
    return json_array_append_new(list, json);
}

/* The folders on the way to a file; what cannot be made fails at the file. */
static void make_folders(const char *path)
{
    char folder[DLB_PATH_SIZE];
    if (strlen(path) >= sizeof folder)
        return;
    strcpy(folder, path);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(folder, 0700);
        *slash = '/';
    }
}

enum dlb_status dlb_catalogue_add(const char *user_path, const struct dlb_catalogue_entry *entry,
                                  struct dlb_why *why)
{
    json_t *document = NULL;
    enum dlb_status status = open_document(user_path, &document, why);
    if (status != DLB_OK)
        return status;
    json_t *json = dlb_catalogue_entry_to_json(entry);
    char *text = NULL;
    if (json != NULL && put_entry(json_object_get(document, "processors"), entry->id, json) == 0)
        text = json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15));
    json_decref(document);
    if (text == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the catalogue %s", user_path);
    make_folders(user_path);
    status = dlb_file_replace(user_path, text, strlen(text), why);
    free(text);
    return status;
}
