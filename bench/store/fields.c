/* fields.c: one loop that writes any struct described by a table of fields, and one that reads it.
 *
 * The tables stand with their structs: record_json.c, invocation_json.c, energy.c, ... What is kept from newer versions of the format is found here too: a member that no
 * table knows. */
#include "bench/store/fields.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"

json_t *dlb_store_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *dlb_store_text(const char *text)
{
    json_t *json = json_string(text);
    if (json != NULL || dlb_text_is_utf8(text))
        return json;
    struct dlb_text clean = {0};
    while (*text != '\0') {
        const size_t length = dlb_utf8_length(text);
        if (length > 0)
            dlb_text_append_bytes(&clean, text, length);
        else
            dlb_text_append(&clean,
                            "?"); /* one byte for one: a full field must fit when read back */
        text += length > 0 ? length : 1;
    }
    json = clean.failed ? NULL : json_string(clean.data);
    dlb_text_free(&clean);
    return json;
}

const char *dlb_store_kind(const json_t *json)
{
    if (json == NULL)
        return "nothing";
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a real number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "null";
}

void dlb_fields_reset(const struct dlb_fields *fields, void *object)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct dlb_field *field = &fields->list[i];
        char *member = (char *)object + field->offset;
        memset(member, 0, field->size);
        if (field->kind == DLB_FIELD_REAL)
            *(double *)(void *)member = NAN;
    }
}

static json_t *field_to_json(const struct dlb_field *field, const void *member)
{
    switch (field->kind) {
    case DLB_FIELD_TEXT:
        return dlb_store_text(member);
    case DLB_FIELD_REAL:
        return dlb_store_real(*(const double *)member);
    case DLB_FIELD_INT:
        return json_integer(*(const int *)member);
    case DLB_FIELD_COUNT:
        return json_integer(*(const int64_t *)member);
    case DLB_FIELD_BYTES:
        return *(const int64_t *)member != 0 ? json_integer(*(const int64_t *)member) : json_null();
    case DLB_FIELD_BOOL:
        break;
    }
    return json_boolean(*(const bool *)member);
}

int dlb_fields_write(const struct dlb_fields *fields, const void *object, json_t *json)
{
    int failures = 0;
    for (size_t i = 0; i < fields->count; i++) {
        const struct dlb_field *field = &fields->list[i];
        json_t *value = field_to_json(field, (const char *)object + field->offset);
        failures |= json_object_set_new(json, field->name, value);
    }
    return failures;
}

json_t *dlb_store_finish(json_t *json, int failures)
{
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

json_t *dlb_fields_object(const struct dlb_fields *fields, const void *object)
{
    json_t *json = json_object();
    return json != NULL ? dlb_store_finish(json, dlb_fields_write(fields, object, json)) : NULL;
}

static enum dlb_status wrong_kind(const struct dlb_field *field, const json_t *json,
                                  const char *wanted, struct dlb_why *why)
{
    return dlb_fail(why, DLB_INVALID, "%s: wanted %s, found %s", field->name, wanted,
                    dlb_store_kind(json));
}

static enum dlb_status read_text(const struct dlb_field *field, const json_t *json, char *member,
                                 struct dlb_why *why)
{
    if (!json_is_string(json))
        return wrong_kind(field, json, "a text", why);
    const size_t length = json_string_length(json);
    if (length >= field->size)
        return dlb_fail(why, DLB_INVALID, "%s: wanted at most %zu bytes, found %zu", field->name,
                        field->size - 1, length);
    memcpy(member, json_string_value(json), length + 1);
    return DLB_OK;
}

static enum dlb_status read_integer(const struct dlb_field *field, const json_t *json, void *member,
                                    struct dlb_why *why)
{
    if (!json_is_integer(json))
        return wrong_kind(field, json, "an integer", why);
    const json_int_t value = json_integer_value(json);
    if (field->kind != DLB_FIELD_INT) {
        *(int64_t *)member = value;
    } else if (value < INT_MIN || value > INT_MAX) {
        return dlb_fail(why, DLB_INVALID, "%s: %lld is out of range", field->name,
                        (long long)value);
    } else {
        *(int *)member = (int)value;
    }
    return DLB_OK;
}

static enum dlb_status read_field(const struct dlb_field *field, const json_t *json, void *member,
                                  struct dlb_why *why)
{
    switch (field->kind) {
    case DLB_FIELD_TEXT:
        return read_text(field, json, member, why);
    case DLB_FIELD_REAL:
        if (!json_is_number(json))
            return wrong_kind(field, json, "a number", why);
        *(double *)member = json_number_value(json);
        return DLB_OK;
    case DLB_FIELD_INT:
    case DLB_FIELD_COUNT:
    case DLB_FIELD_BYTES:
        return read_integer(field, json, member, why);
    case DLB_FIELD_BOOL:
        break;
    }
    if (!json_is_boolean(json))
        return wrong_kind(field, json, "true or false", why);
    *(bool *)member = json_is_true(json);
    return DLB_OK;
}

enum dlb_status dlb_fields_read(const struct dlb_fields *fields, const json_t *json, void *object,
                                struct dlb_why *why)
{
    dlb_fields_reset(fields, object);
    for (size_t i = 0; i < fields->count; i++) {
        const struct dlb_field *field = &fields->list[i];
        const json_t *value = json_object_get(json, field->name);
        if (value == NULL || json_is_null(value))
            continue;
        const enum dlb_status status =
            read_field(field, value, (char *)object + field->offset, why);
        if (status != DLB_OK)
            return status;
    }
    return DLB_OK;
}

static bool is_known(const struct dlb_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (strcmp(fields->list[i].name, name) == 0)
            return true;
    for (const char *const *other = fields->others; other != NULL && *other != NULL; other++)
        if (strcmp(*other, name) == 0)
            return true;
    return false;
}

enum dlb_status dlb_fields_unknown(const struct dlb_fields *fields, const json_t *json,
                                   json_t **unknown)
{
    json_t *found = NULL;
    /* jansson iterates over a non-const object but does not change it. */
    json_t *members = (json_t *)(uintptr_t)json;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(members, name, value)
    {
        if (is_known(fields, name))
            continue;
        if (found == NULL)
            found = json_object();
        if (found == NULL || json_object_set(found, name, value) != 0) {
            json_decref(found);
            return DLB_NO_MEMORY;
        }
    }
    *unknown = found;
    return DLB_OK;
}

enum dlb_status dlb_fields_block(const struct dlb_fields *fields, const json_t *json, void *object,
                                 json_t **unknown, struct dlb_why *why)
{
    if (json_is_null(json))
        json = NULL;
    if (json != NULL && !json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    const enum dlb_status status = dlb_fields_read(fields, json, object, why);
    return status == DLB_OK ? dlb_fields_unknown(fields, json, unknown) : status;
}

int dlb_store_set_block(json_t *json, const char *name, json_t *block)
{
    if (!json_is_null(block))
        return json_object_set_new(json, name, block);
    json_decref(block);
    return 0;
}

enum dlb_status dlb_store_within(const char *place, const struct dlb_why *inner,
                                 struct dlb_why *why)
{
    return dlb_fail(why, DLB_INVALID, "%s%s%s", place, inner->text[0] == ':' ? "" : ".",
                    inner->text);
}

int dlb_store_add_missing(json_t *json, const json_t *more)
{
    int failures = 0;
    json_t *members = (json_t *)(uintptr_t)more;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(members, name, value)
    {
        json_t *mine = json_object_get(json, name);
        if (mine == NULL)
            failures |= json_object_set(json, name, value);
        else if (json_is_object(mine) && json_is_object(value))
            failures |= dlb_store_add_missing(mine, value);
    }
    return failures;
}
