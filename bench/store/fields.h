/* fields.h: the plain fields of a struct as a table, and their JSON form. For the files of this folder.
 *
 * NaN and infinity become null; null and absent become the default: NaN, 0, false, "". */
#ifndef DLB_FIELDS_H
#define DLB_FIELDS_H

#include <jansson.h>
#include <stddef.h>

#include "bench/base/status.h"

enum dlb_field_kind {
    DLB_FIELD_TEXT,  /* char array of `size` bytes */
    DLB_FIELD_REAL,  /* double */
    DLB_FIELD_INT,   /* int */
    DLB_FIELD_COUNT, /* int64_t */
    DLB_FIELD_BYTES, /* int64_t where 0 means not known: null */
    DLB_FIELD_BOOL   /* bool */
};

struct dlb_field {
    const char *name;
    enum dlb_field_kind kind;
    size_t offset, size;
};

#define DLB_FIELD(type, member, kind)                                                              \
    {                                                                                              \
#member, kind, offsetof(type, member), sizeof(((type *)0)->member)                         \
    }

/* A list of fields, and the names of members that the caller handles itself (ends with NULL). */
struct dlb_fields {
    const struct dlb_field *list;
    size_t count;
    const char *const *others;
};

/* A value, or null where JSON has none. Bytes that are no UTF-8 become '?'. NULL without memory. */
json_t *dlb_store_real(double value);
json_t *dlb_store_text(const char *text);

/* What a value is, in words: "a text", "a number", "null", "nothing" for NULL. */
const char *dlb_store_kind(const json_t *json);

/* All fields of `object` at their defaults. */
void dlb_fields_reset(const struct dlb_fields *fields, void *object);

/* Adds the fields to a JSON object, in the order of the table; -1 without memory. */
int dlb_fields_write(const struct dlb_fields *fields, const void *object, json_t *json);

/* Reads them; DLB_INVALID says "name: wanted a number, found a text". */
enum dlb_status dlb_fields_read(const struct dlb_fields *fields, const json_t *json, void *object,
                                struct dlb_why *why);

/* Members that no field and none of `others` names, as a new object; *unknown is NULL when there are none. */
enum dlb_status dlb_fields_unknown(const struct dlb_fields *fields, const json_t *json,
                                   json_t **unknown);

/* A new object of the fields; NULL without memory. */
json_t *dlb_fields_object(const struct dlb_fields *fields, const void *object);

/* Hands `json` over when nothing failed; else releases it and returns NULL. */
json_t *dlb_store_finish(json_t *json, int failures);

/* Reads a block that may be absent or null (then `object` gets its defaults), and what it has beyond the fields as a new object, *unknown, NULL
 * where there is nothing. DLB_INVALID says ": wanted an object, found a text" or what dlb_fields_read says. */
enum dlb_status dlb_fields_block(const struct dlb_fields *fields, const json_t *json, void *object,
                                 json_t **unknown, struct dlb_why *why);

/* Sets a block that is left out where there is none: `block` is taken over; NULL fails, null is no block. */
int dlb_store_set_block(json_t *json, const char *name, json_t *block);

/* Says where inside a document a reason belongs: "energy" and ": wanted an object", or "energy" and "scope: wanted a text". Returns DLB_INVALID. */
enum dlb_status dlb_store_within(const char *place, const struct dlb_why *inner,
                                 struct dlb_why *why);

/* Adds to `json` what `more` has and it lacks, also inside objects that both have. -1 without memory. */
int dlb_store_add_missing(json_t *json, const json_t *more);

#endif
