/* result.c: a run in memory, and as one JSON document. Files are in result_file.c, the parts of a record in record_json.c, those of a
 * check's verdict in verdict.c. */
#include "bench/store/result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/log.h"
#include "bench/base/random.h"
#include "bench/store/fields.h"
#include "bench/store/result_file.h"

/* Seventeen significant digits give every double back exactly (IEEE 754-2008, 5.12.2). */
#define NUMBERS JSON_REAL_PRECISION(17)

#define RESULT(member, kind) DLB_FIELD(struct dlb_result, member, kind)

static const struct dlb_field head_list[] = {
    RESULT(run_id, DLB_FIELD_TEXT),   RESULT(created_utc, DLB_FIELD_TEXT),
    RESULT(suite, DLB_FIELD_TEXT),    RESULT(duration_s, DLB_FIELD_REAL),
    RESULT(exit_code, DLB_FIELD_INT), RESULT(reason, DLB_FIELD_TEXT),
    RESULT(complete, DLB_FIELD_BOOL),
};
static const char *const head_others[] = {"schema",   "tool",    "host", "command",
                                          "settings", "devices", "seed", "check",
                                          "verdicts", "results", NULL};
static const struct dlb_fields head_fields = {head_list, DLB_ARRAY_COUNT(head_list), head_others};

/* The parts that other rooms build as JSON, and what each must be. */
struct part {
    const char *name;
    size_t offset;
    bool array;
    bool optional; /* left out where there is none */
};
static const struct part parts[] = {
    {"tool", offsetof(struct dlb_result, tool), false, false},
    {"command", offsetof(struct dlb_result, command), true, false},
    {"settings", offsetof(struct dlb_result, settings), false, false},
    {"host", offsetof(struct dlb_result, host), false, false},
    {"devices", offsetof(struct dlb_result, devices), true, false},
    {"check", offsetof(struct dlb_result, check), false, true},
};

static json_t *const *part_at(const struct dlb_result *result, const struct part *part)
{
    return (json_t *const *)(const void *)((const char *)result + part->offset);
}

/* A random (version 4) UUID, RFC 9562 section 5.4. */
static void make_run_id(char *text, size_t size)
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        struct dlb_random random;
        dlb_random_seed(&random, (uint64_t)dlb_clock_ns());
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)dlb_random_below(&random, 256);
    }
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
    size_t used = 0;
    for (size_t i = 0; i < sizeof bytes && used + 3 < size; i++) {
        const bool dash = i == 4 || i == 6 || i == 8 || i == 10;
        used += (size_t)snprintf(text + used, size - used, "%s%02x", dash ? "-" : "", bytes[i]);
    }
}

void dlb_result_init(struct dlb_result *result)
{
    *result = (struct dlb_result){0};
    make_run_id(result->run_id, sizeof result->run_id);
    dlb_clock_utc(result->created_utc, (int)sizeof result->created_utc);
}

void dlb_result_free(struct dlb_result *result)
{
    for (int i = 0; i < result->record_count; i++)
        dlb_record_free(&result->records[i]);
    free(result->records);
    for (int i = 0; i < result->verdict_count; i++)
        dlb_verdict_free(&result->verdicts[i]);
    free(result->verdicts);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++)
        json_decref(*part_at(result, &parts[i]));
    json_decref(result->unknown);
    *result = (struct dlb_result){0};
}

enum dlb_status dlb_result_add(struct dlb_result *result, struct dlb_record *record)
{
    if (result->record_count == result->record_capacity) {
        const int capacity = result->record_capacity > 0 ? 2 * result->record_capacity : 16;
        struct dlb_record *grown =
            realloc(result->records, (size_t)capacity * sizeof *result->records);
        if (grown == NULL)
            return DLB_NO_MEMORY;
        result->records = grown;
        result->record_capacity = capacity;
    }
    result->records[result->record_count++] = *record;
    *record = (struct dlb_record){0};
    return DLB_OK;
}

json_t *dlb_result_device(const struct dlb_result *result, const char *key)
{
    size_t index;
    json_t *device;
    json_array_foreach(result->devices, index, device)
    {
        const char *found = json_string_value(json_object_get(device, "key"));
        if (found != NULL && strcmp(found, key) == 0)
            return device;
    }
    return NULL;
}

enum dlb_status dlb_result_add_verdict(struct dlb_result *result, struct dlb_verdict_row *row)
{
    if (result->verdict_count == result->verdict_capacity) {
        const int capacity = result->verdict_capacity > 0 ? 2 * result->verdict_capacity : 16;
        struct dlb_verdict_row *grown =
            realloc(result->verdicts, (size_t)capacity * sizeof *result->verdicts);
        if (grown == NULL)
            return DLB_NO_MEMORY;
        result->verdicts = grown;
        result->verdict_capacity = capacity;
    }
    result->verdicts[result->verdict_count++] = *row;
    *row = (struct dlb_verdict_row){0};
    return DLB_OK;
}

/* JSON integers are signed: a seed beyond them travels as text. */
static json_t *seed_to_json(uint64_t seed)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    return seed <= INT64_MAX ? json_integer((json_int_t)seed) : json_string(text);
}

/* Everything but the verdicts and the records. */
static json_t *head_to_json(const struct dlb_result *result)
{
    json_t *json = json_object();
    if (json == NULL)
        return NULL;
    int failures = json_object_set_new(json, "schema", json_string(DLB_RESULT_SCHEMA));
    failures |= dlb_fields_write(&head_fields, result, json);
    failures |= json_object_set_new(json, "seed", seed_to_json(result->seed));
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++) {
        json_t *part = *part_at(result, &parts[i]);
        if (part != NULL)
            failures |= json_object_set(json, parts[i].name, part);
        else if (!parts[i].optional)
            failures |= json_object_set_new(json, parts[i].name,
                                            parts[i].array ? json_array() : json_object());
    }
    failures |= dlb_store_add_missing(json, result->unknown);
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

/* The two lists of a result as one kind of thing: a name, a count, and JSON for each member. */
struct rows {
    const char *name;
    int count;
    json_t *(*to_json)(const struct dlb_result *result, int index);
};

static json_t *verdict_at(const struct dlb_result *result, int index)
{
    return dlb_verdict_to_json(&result->verdicts[index]);
}

static json_t *record_at(const struct dlb_result *result, int index)
{
    return dlb_record_to_json(&result->records[index]);
}

/* Only the file of a check has verdicts, be it none. */
static int list_rows(const struct dlb_result *result, struct rows rows[2])
{
    int count = 0;
    if (result->check != NULL || result->verdict_count > 0)
        rows[count++] = (struct rows){"verdicts", result->verdict_count, verdict_at};
    rows[count++] = (struct rows){"results", result->record_count, record_at};
    return count;
}

static json_t *rows_to_json(const struct dlb_result *result, const struct rows *rows)
{
    json_t *array = json_array();
    int failures = array == NULL;
    for (int i = 0; i < rows->count && failures == 0; i++)
        failures |= json_array_append_new(array, rows->to_json(result, i));
    if (failures == 0)
        return array;
    json_decref(array);
    return NULL;
}

json_t *dlb_result_to_json(const struct dlb_result *result)
{
    struct rows rows[2];
    const int lists = list_rows(result, rows);
    json_t *json = head_to_json(result);
    int failures = json == NULL;
    for (int i = 0; i < lists && failures == 0; i++)
        failures |= json_object_set_new(json, rows[i].name, rows_to_json(result, &rows[i]));
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

/* ---- writing ---- */

static enum dlb_status stream_failed(struct dlb_why *why)
{
    if (errno == EPIPE) /* the reader has had enough: nothing to complain of */
        return dlb_fail(why, DLB_IO, "%s", "");
    return dlb_fail(why, DLB_IO, "cannot write: %s", strerror(errno));
}

static enum dlb_status write_value(json_t *value, FILE *stream, struct dlb_why *why)
{
    if (value == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to write results");
    errno = 0;
    const int failed = json_dumpf(value, stream, JSON_COMPACT | JSON_ENCODE_ANY | NUMBERS);
    if (failed == 0 && !ferror(stream))
        return DLB_OK;
    return errno != 0 ? stream_failed(why)
                      : dlb_fail(why, DLB_NO_MEMORY, "no memory to write results");
}

static enum dlb_status write_head(const struct dlb_result *result, FILE *stream,
                                  struct dlb_why *why)
{
    json_t *head = head_to_json(result);
    if (head == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to write results");
    enum dlb_status status = DLB_OK;
    const char *name = NULL;
    json_t *value = NULL;
    fputs("{\n", stream);
    json_object_foreach(head, name, value)
    {
        json_t *quoted = json_string(name);
        status = write_value(quoted, stream, why);
        json_decref(quoted);
        fputs(": ", stream);
        if (status == DLB_OK)
            status = write_value(value, stream, why);
        fputs(",\n", stream);
        if (status != DLB_OK)
            break;
    }
    json_decref(head);
    return status;
}

static enum dlb_status write_rows(const struct dlb_result *result, const struct rows *rows,
                                  FILE *stream, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    fprintf(stream, "\"%s\": [", rows->name);
    for (int i = 0; i < rows->count && status == DLB_OK; i++) {
        fputs(i > 0 ? ",\n" : "\n", stream);
        json_t *row = rows->to_json(result, i);
        status = write_value(row, stream, why);
        json_decref(row);
    }
    return status;
}

enum dlb_status dlb_result_write(const struct dlb_result *result, FILE *stream, struct dlb_why *why)
{
    struct rows rows[2];
    const int lists = list_rows(result, rows);
    enum dlb_status status = write_head(result, stream, why);
    for (int i = 0; i < lists && status == DLB_OK; i++) {
        status = write_rows(result, &rows[i], stream, why);
        if (status == DLB_OK && i + 1 < lists)
            fputs("\n],\n", stream);
    }
    if (status != DLB_OK)
        return status;
    errno = 0;
    fputs("\n]\n}\n", stream);
    if (fflush(stream) != 0 || ferror(stream))
        return stream_failed(why);
    return DLB_OK;
}

/* ---- reading ---- */

/* "dlbench-result/1", or with a minor version that only added fields: "dlbench-result/1.3". */
static enum dlb_status check_schema(const json_t *json, struct dlb_why *why)
{
    static const char family[] = "dlbench-result/";
    const char *schema = json_string_value(json_object_get(json, "schema"));
    if (schema == NULL)
        return dlb_fail(why, DLB_INVALID, "no result file: wanted \"schema\": \"%s\", found %s",
                        DLB_RESULT_SCHEMA, dlb_store_kind(json_object_get(json, "schema")));
    char *end = NULL;
    const bool ours = strncmp(schema, family, strlen(family)) == 0;
    const char *digits = schema + (ours ? strlen(family) : 0);
    const long major = strtol(digits, &end, 10);
    if (!ours || digits[0] < '0' || digits[0] > '9' || (*end != '\0' && *end != '.'))
        return dlb_fail(why, DLB_INVALID, "schema: wanted %s, found '%.60s'", DLB_RESULT_SCHEMA,
                        schema);
    if (major != 1)
        return dlb_fail(
            why, DLB_INVALID,
            "schema: this dlbench reads %s, found '%.60s'; use a dlbench of that version",
            DLB_RESULT_SCHEMA, schema);
    if (*end == '.' && strtol(end + 1, NULL, 10) > 0)
        dlb_log(DLB_LOG_WARNING,
                "results of the newer format %s: fields that this dlbench does not know are kept, "
                "not used",
                schema);
    return DLB_OK;
}

static enum dlb_status read_seed(const json_t *json, uint64_t *seed, struct dlb_why *why)
{
    const json_t *value = json_object_get(json, "seed");
    const char *text = json_string_value(value);
    if (value == NULL)
        return DLB_OK;
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *seed = (uint64_t)json_integer_value(value);
        return DLB_OK;
    }
    char *end = NULL;
    errno = 0;
    const uint64_t parsed =
        text != NULL && text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (end == NULL || *end != '\0' || errno != 0)
        return dlb_fail(why, DLB_INVALID, "seed: wanted an integer from 0 to 2^64-1");
    *seed = parsed;
    return DLB_OK;
}

static enum dlb_status read_parts(const json_t *json, struct dlb_result *result,
                                  struct dlb_why *why)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++) {
        json_t *part = json_object_get(json, parts[i].name);
        if (part == NULL)
            continue;
        if (parts[i].array ? !json_is_array(part) : !json_is_object(part))
            return dlb_fail(why, DLB_INVALID, "%s: wanted %s, found %s", parts[i].name,
                            parts[i].array ? "an array" : "an object", dlb_store_kind(part));
        json_t **member = (json_t **)(void *)((char *)result + parts[i].offset);
        *member = json_incref(part);
    }
    return DLB_OK;
}

/* A key names one case: two rows of one key would make every later comparison ambiguous. `seen` maps key to index. */
static enum dlb_status note_key(json_t *seen, const char *list, const char *key, size_t index,
                                struct dlb_why *why)
{
    const json_t *before = json_object_get(seen, key);
    if (before != NULL)
        return dlb_fail(why, DLB_INVALID, "%s[%zu].key: '%.200s' is there twice, first as %s[%lld]",
                        list, index, key, list, (long long)json_integer_value(before));
    return json_object_set_new(seen, key, json_integer((json_int_t)index)) == 0 ? DLB_OK
                                                                                : DLB_NO_MEMORY;
}

/* Says where in the document a row is wrong. */
static enum dlb_status bad_row(enum dlb_status status, const char *list, size_t index,
                               const struct dlb_why *inner, struct dlb_why *why)
{
    return dlb_fail(why, status, "%s[%zu]%s%s", list, index, inner->text[0] == ':' ? "" : ".",
                    inner->text);
}

enum dlb_status dlb_result_read_record(const json_t *json, json_t *seen, struct dlb_result *result,
                                       struct dlb_why *why)
{
    const size_t index = (size_t)result->record_count;
    struct dlb_record record;
    struct dlb_why inner = {""};
    enum dlb_status status = dlb_record_from_json(json, &record, &inner);
    if (status != DLB_OK)
        return bad_row(status, "results", index, &inner, why);
    status = note_key(seen, "results", record.key, index, why);
    if (status == DLB_OK)
        status = dlb_result_add(result, &record);
    if (status != DLB_OK)
        dlb_record_free(&record);
    return status;
}

static enum dlb_status read_verdict(const json_t *json, json_t *seen, struct dlb_result *result,
                                    struct dlb_why *why)
{
    const size_t index = (size_t)result->verdict_count;
    struct dlb_verdict_row row;
    struct dlb_why inner = {""};
    enum dlb_status status = dlb_verdict_from_json(json, &row, &inner);
    if (status != DLB_OK)
        return bad_row(status, "verdicts", index, &inner, why);
    status = note_key(seen, "verdicts", row.key, index, why);
    if (status == DLB_OK)
        status = dlb_result_add_verdict(result, &row);
    if (status != DLB_OK)
        dlb_verdict_free(&row);
    return status;
}

typedef enum dlb_status row_reader(const json_t *json, json_t *seen, struct dlb_result *result,
                                   struct dlb_why *why);

/* A list of rows with keys; one that may be absent is like an empty one. */
static enum dlb_status read_rows(const json_t *json, const char *name, bool optional,
                                 row_reader *read, struct dlb_result *result, struct dlb_why *why)
{
    const json_t *rows = json_object_get(json, name);
    if (rows == NULL && optional)
        return DLB_OK;
    if (!json_is_array(rows))
        return dlb_fail(why, DLB_INVALID, "%s: wanted an array, found %s", name,
                        dlb_store_kind(rows));
    json_t *seen = json_object();
    enum dlb_status status = seen != NULL ? DLB_OK : DLB_NO_MEMORY;
    for (size_t i = 0; i < json_array_size(rows) && status == DLB_OK; i++)
        status = read(json_array_get(rows, i), seen, result, why);
    json_decref(seen);
    return status;
}

enum dlb_status dlb_result_from_json(const json_t *json, struct dlb_result *result,
                                     struct dlb_why *why)
{
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, "no result file: wanted an object, found %s",
                        dlb_store_kind(json));
    struct dlb_result found = {0};
    enum dlb_status status = check_schema(json, why);
    if (status == DLB_OK)
        status = dlb_fields_read(&head_fields, json, &found, why);
    if (status == DLB_OK)
        status = read_seed(json, &found.seed, why);
    if (status == DLB_OK)
        status = read_parts(json, &found, why);
    if (status == DLB_OK)
        status = dlb_fields_unknown(&head_fields, json, &found.unknown);
    if (status == DLB_OK)
        status = read_rows(json, "verdicts", true, read_verdict, &found, why);
    if (status == DLB_OK)
        status = read_rows(json, "results", false, dlb_result_read_record, &found, why);
    if (status != DLB_OK) {
        dlb_result_free(&found);
        return status;
    }
    *result = found;
    return DLB_OK;
}
