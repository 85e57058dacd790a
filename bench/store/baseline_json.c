/* baseline_json.c: baselines as JSON, and back (schema dlbench-baseline/1, told to other programs by baseline.schema.json).
 *
 * Reading is strict: a file that somebody mended by hand and broke is refused with the place, never half used. What a later minor
 * version added is kept. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/log.h"
#include "bench/store/baseline_parts.h"
#include "bench/store/replace.h"
#include "bench/store/result_file.h"

#define NUMBERS        JSON_REAL_PRECISION(17) /* gives every double back */
#define MOST_PER_LEVEL 1000000                 /* sessions, cases, processes: more is a mistake */

#define SESSION(member, kind) DLB_FIELD(struct dlb_baseline_session, member, kind)
#define CASE(member, kind)    DLB_FIELD(struct dlb_baseline_case, member, kind)
#define HEAD(member, kind)    DLB_FIELD(struct dlb_baseline, member, kind)
#define TIME(member, kind)    DLB_FIELD(struct dlb_baseline_time, member, kind)
#define SAMPLE(member, kind)  DLB_FIELD(struct dlb_baseline_sample, member, kind)

static const struct dlb_field head_list[] = {HEAD(created_utc, DLB_FIELD_TEXT),
                                             HEAD(updated_utc, DLB_FIELD_TEXT)};
static const char *const head_others[] = {"schema", "sessions", "cases", NULL};
static const struct dlb_fields head_fields = {head_list, DLB_ARRAY_COUNT(head_list), head_others};

static const struct dlb_field session_list[] = {
    SESSION(id, DLB_FIELD_TEXT),      SESSION(created_utc, DLB_FIELD_TEXT),
    SESSION(suite, DLB_FIELD_TEXT),   SESSION(accepted_utc, DLB_FIELD_TEXT),
    SESSION(version, DLB_FIELD_TEXT), SESSION(revision, DLB_FIELD_TEXT),
    SESSION(forced, DLB_FIELD_BOOL),
};
static const char *const session_others[] = {"host", "devices", NULL};
static const struct dlb_fields session_fields = {session_list, DLB_ARRAY_COUNT(session_list),
                                                 session_others};

static const struct dlb_field case_list[] = {CASE(key, DLB_FIELD_TEXT), CASE(label, DLB_FIELD_TEXT),
                                             CASE(device_key, DLB_FIELD_TEXT)};
static const char *const case_others[] = {"parts", "samples", NULL};
static const struct dlb_fields case_fields = {case_list, DLB_ARRAY_COUNT(case_list), case_others};

static const struct dlb_field sample_list[] = {SAMPLE(session, DLB_FIELD_TEXT)};
static const char *const sample_others[] = {"times", "gates", NULL};
static const struct dlb_fields sample_fields = {sample_list, DLB_ARRAY_COUNT(sample_list),
                                                sample_others};

static const struct dlb_field time_list[] = {
    TIME(median_ns, DLB_FIELD_REAL), TIME(sd_rel, DLB_FIELD_REAL), TIME(gated, DLB_FIELD_BOOL)};
static const struct dlb_fields time_fields = {time_list, DLB_ARRAY_COUNT(time_list), NULL};

/* ---- writing ---- */

static json_t *finish(json_t *json, int failures)
{
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *sample_to_json(const struct dlb_baseline_sample *sample)
{
    json_t *json = json_object();
    json_t *times = json_array();
    int failures = json == NULL || times == NULL ? -1 : 0;
    if (failures == 0)
        failures = dlb_fields_write(&sample_fields, sample, json);
    for (int i = 0; i < sample->time_count && failures == 0; i++) {
        json_t *time = json_object();
        failures |= time == NULL ? -1 : dlb_fields_write(&time_fields, &sample->times[i], time);
        failures |= json_array_append_new(times, time);
    }
    failures |= json_object_set_new(json, "times", times);
    if (sample->gates != NULL)
        failures |= json_object_set(json, "gates", sample->gates);
    failures |= dlb_store_add_missing(json, sample->unknown);
    return finish(json, failures);
}

static json_t *case_to_json(const struct dlb_baseline_case *item)
{
    json_t *json = json_object();
    json_t *parts = json_object();
    json_t *samples = json_array();
    int failures = json == NULL || parts == NULL || samples == NULL ? -1 : 0;
    if (failures == 0)
        failures = dlb_fields_write(&case_fields, item, json) |
                   dlb_fields_write(&dlb_baseline_parts_fields, &item->parts, parts);
    for (int i = 0; i < item->sample_count && failures == 0; i++)
        failures |= json_array_append_new(samples, sample_to_json(&item->samples[i]));
    failures |= json_object_set_new(json, "parts", parts);
    failures |= json_object_set_new(json, "samples", samples);
    failures |= dlb_store_add_missing(json, item->unknown);
    return finish(json, failures);
}

static json_t *session_to_json(const struct dlb_baseline_session *session)
{
    json_t *json = json_object();
    int failures = json == NULL ? -1 : dlb_fields_write(&session_fields, session, json);
    failures |= json_object_set(json, "host", session->host);
    failures |= json_object_set(json, "devices", session->devices);
    failures |= dlb_store_add_missing(json, session->unknown);
    return finish(json, failures);
}

static json_t *head_to_json(const struct dlb_baseline *baseline)
{
    json_t *json = json_object();
    int failures =
        json == NULL ? -1 : json_object_set_new(json, "schema", json_string(DLB_BASELINE_SCHEMA));
    failures |= json == NULL ? -1 : dlb_fields_write(&head_fields, baseline, json);
    failures |= dlb_store_add_missing(json, baseline->unknown);
    return finish(json, failures);
}

json_t *dlb_baseline_to_json(const struct dlb_baseline *baseline)
{
    json_t *json = head_to_json(baseline);
    json_t *sessions = json_array();
    json_t *cases = json_array();
    int failures = 0;
    for (int i = 0; i < baseline->session_count; i++)
        failures |= json_array_append_new(sessions, session_to_json(&baseline->sessions[i]));
    for (int i = 0; i < baseline->case_count; i++)
        failures |= json_array_append_new(cases, case_to_json(&baseline->cases[i]));
    failures |= json_object_set_new(json, "sessions", sessions);
    failures |= json_object_set_new(json, "cases", cases);
    return finish(json, failures);
}

static enum dlb_status write_failed(FILE *stream, struct dlb_why *why)
{
    if (ferror(stream))
        return dlb_fail(why, DLB_IO, "cannot write the baseline: %s", strerror(errno));
    return dlb_fail(why, DLB_NO_MEMORY, "no memory to write the baseline");
}

/* Takes the value over. */
static enum dlb_status write_value(json_t *value, FILE *stream, struct dlb_why *why)
{
    errno = 0;
    const bool ok =
        value != NULL && json_dumpf(value, stream, JSON_COMPACT | JSON_ENCODE_ANY | NUMBERS) == 0;
    json_decref(value);
    return ok ? DLB_OK : write_failed(stream, why);
}

/* "name": [ one element a line ], so that a version control system shows what a session added. */
static enum dlb_status write_list(const struct dlb_baseline *baseline, bool sessions, FILE *stream,
                                  struct dlb_why *why)
{
    const int count = sessions ? baseline->session_count : baseline->case_count;
    enum dlb_status status = DLB_OK;
    fprintf(stream, "\"%s\": [", sessions ? "sessions" : "cases");
    for (int i = 0; i < count && status == DLB_OK; i++) {
        fputs(i > 0 ? ",\n" : "\n", stream);
        status = write_value(sessions ? session_to_json(&baseline->sessions[i])
                                      : case_to_json(&baseline->cases[i]),
                             stream, why);
    }
    fputs("\n]", stream);
    return status;
}

enum dlb_status dlb_baseline_write(const struct dlb_baseline *baseline, FILE *stream,
                                   struct dlb_why *why)
{
    json_t *head = head_to_json(baseline);
    enum dlb_status status = head != NULL ? DLB_OK : write_failed(stream, why);
    const char *name = NULL;
    json_t *value = NULL;
    fputs("{\n", stream);
    json_object_foreach(head, name, value)
    {
        if (status != DLB_OK)
            break;
        status = write_value(json_string(name), stream, why);
        fputs(": ", stream);
        if (status == DLB_OK)
            status = write_value(json_incref(value), stream, why);
        fputs(",\n", stream);
    }
    json_decref(head);
    if (status == DLB_OK)
        status = write_list(baseline, true, stream, why);
    fputs(",\n", stream);
    if (status == DLB_OK)
        status = write_list(baseline, false, stream, why);
    fputs("\n}\n", stream);
    if (status == DLB_OK && (fflush(stream) != 0 || ferror(stream)))
        return write_failed(stream, why);
    return status;
}

enum dlb_status dlb_baseline_save(const struct dlb_baseline *baseline, const char *path,
                                  struct dlb_why *why)
{
    struct dlb_replacement replacement;
    struct dlb_why inner = {""};
    enum dlb_status status = dlb_replace_begin(path, &replacement, why);
    if (status != DLB_OK)
        return status;
    status = dlb_baseline_write(baseline, replacement.stream, &inner);
    if (status == DLB_OK)
        return dlb_replace_commit(&replacement, why);
    dlb_replace_abort(&replacement);
    return dlb_fail(why, status, "%s: %s", path, inner.text);
}

/* ---- reading ---- */

/* "dlbench-baseline/1", or with a minor version that only added fields. */
static enum dlb_status check_schema(const json_t *json, struct dlb_why *why)
{
    static const char family[] = "dlbench-baseline/";
    const json_t *member = json_object_get(json, "schema");
    const char *schema = json_string_value(member);
    if (schema == NULL)
        return dlb_fail(why, DLB_INVALID, "no baseline: wanted \"schema\": \"%s\", found %s",
                        DLB_BASELINE_SCHEMA, dlb_store_kind(member));
    if (strncmp(schema, family, strlen(family)) != 0)
        return dlb_fail(why, DLB_INVALID,
                        "no baseline: wanted the schema %s, found '%.60s'; dlbench baseline save "
                        "makes a baseline of results",
                        DLB_BASELINE_SCHEMA, schema);
    const char *version = schema + strlen(family);
    if (version[0] != '1' || (version[1] != '\0' && version[1] != '.'))
        return dlb_fail(
            why, DLB_INVALID,
            "schema: this dlbench reads %s, found '%.60s'; use a dlbench of that version",
            DLB_BASELINE_SCHEMA, schema);
    if (version[1] == '.' && strtol(version + 2, NULL, 10) > 0)
        dlb_log(DLB_LOG_WARNING,
                "a baseline of the newer format %s: fields that this dlbench does not know are "
                "kept, not used",
                schema);
    return DLB_OK;
}

/* An array of at least `least` elements; `count` gets how many. */
static enum dlb_status want_array(const json_t *json, const char *name, size_t least, int *count,
                                  struct dlb_why *why)
{
    const json_t *array = json_object_get(json, name);
    if (!json_is_array(array))
        return dlb_fail(why, DLB_INVALID, "%s: wanted an array, found %s", name,
                        dlb_store_kind(array));
    const size_t size = json_array_size(array);
    if (size < least || size > MOST_PER_LEVEL)
        return dlb_fail(why, DLB_INVALID, "%s: wanted %zu to %d elements, found %zu", name, least,
                        MOST_PER_LEVEL, size);
    *count = (int)size;
    return DLB_OK;
}

/* An object, kept; absent is an empty one. */
static enum dlb_status take_object(const json_t *json, const char *name, json_t **object,
                                   struct dlb_why *why)
{
    json_t *found = json_object_get(json, name);
    if (found != NULL && !json_is_object(found))
        return dlb_fail(why, DLB_INVALID, "%s: wanted an object, found %s", name,
                        dlb_store_kind(found));
    *object = found != NULL ? json_incref(found) : json_object();
    return *object != NULL ? DLB_OK : DLB_NO_MEMORY;
}

static enum dlb_status read_time(const json_t *json, struct dlb_baseline_time *time,
                                 struct dlb_why *why)
{
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    const enum dlb_status status = dlb_fields_read(&time_fields, json, time, why);
    if (status != DLB_OK)
        return status;
    if (!isfinite(time->median_ns) || time->median_ns <= 0)
        return dlb_fail(why, DLB_INVALID, "median_ns: wanted a time above 0, found %s",
                        isfinite(time->median_ns) ? "0 or less" : "none");
    if (time->sd_rel < 0)
        return dlb_fail(why, DLB_INVALID, "sd_rel: wanted at least 0, found less");
    return DLB_OK;
}

/* Puts a place before a reason: "samples[2]" and "times: wanted ..." or ": wanted ...". */
static enum dlb_status at(const char *list, int index, enum dlb_status status,
                          const struct dlb_why *inner, struct dlb_why *why)
{
    return dlb_fail(why, status, "%s[%d]%s%s", list, index, inner->text[0] == ':' ? "" : ".",
                    inner->text);
}

static bool has_session(const struct dlb_baseline *baseline, const char *id)
{
    for (int i = 0; i < baseline->session_count; i++)
        if (strcmp(baseline->sessions[i].id, id) == 0)
            return true;
    return false;
}

static enum dlb_status read_sample(const json_t *json, const struct dlb_baseline *baseline,
                                   struct dlb_baseline_sample *sample, struct dlb_why *why)
{
    int count = 0;
    enum dlb_status status = DLB_OK;
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    status = dlb_fields_read(&sample_fields, json, sample, why);
    if (status == DLB_OK)
        status = want_array(json, "times", 1, &count, why);
    if (status == DLB_OK)
        status = take_object(json, "gates", &sample->gates, why);
    if (status == DLB_OK)
        status = dlb_fields_unknown(&sample_fields, json, &sample->unknown);
    if (status != DLB_OK)
        return status;
    if (!has_session(baseline, sample->session))
        return dlb_fail(why, DLB_INVALID, "session: there is no session '%s'", sample->session);
    sample->times = calloc((size_t)count, sizeof *sample->times);
    if (sample->times == NULL)
        return DLB_NO_MEMORY;
    for (; sample->time_count < count; sample->time_count++) {
        const int i = sample->time_count;
        struct dlb_why inner = {""};
        status = read_time(json_array_get(json_object_get(json, "times"), (size_t)i),
                           &sample->times[i], &inner);
        if (status != DLB_OK)
            return at("times", i, status, &inner, why);
    }
    return DLB_OK;
}

/* Samples stand in the order of their sessions, each session once. */
static enum dlb_status check_order(const struct dlb_baseline *baseline,
                                   const struct dlb_baseline_case *item, struct dlb_why *why)
{
    int sample = 0;
    for (int i = 0; i < baseline->session_count && sample < item->sample_count; i++)
        if (strcmp(baseline->sessions[i].id, item->samples[sample].session) == 0)
            sample++;
    if (sample == item->sample_count)
        return DLB_OK;
    return dlb_fail(why, DLB_INVALID,
                    "samples: wanted the order of the sessions, each once; '%s' is out of it",
                    item->samples[sample].session);
}

static enum dlb_status read_case(const json_t *json, const struct dlb_baseline *baseline,
                                 struct dlb_baseline_case *item, struct dlb_why *why)
{
    int count = 0;
    enum dlb_status status = DLB_OK;
    const json_t *parts = json_object_get(json, "parts");
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    if (!json_is_object(parts))
        return dlb_fail(why, DLB_INVALID, "parts: wanted an object, found %s",
                        dlb_store_kind(parts));
    status = dlb_fields_read(&case_fields, json, item, why);
    if (status == DLB_OK && item->key[0] == '\0')
        status = dlb_fail(why, DLB_INVALID, "key: wanted the key of a case, found none");
    struct dlb_why inner = {""};
    if (status == DLB_OK &&
        dlb_fields_read(&dlb_baseline_parts_fields, parts, &item->parts, &inner) != DLB_OK)
        status = dlb_fail(why, DLB_INVALID, "parts.%s", inner.text);
    if (status == DLB_OK)
        status = want_array(json, "samples", 1, &count, why);
    if (status == DLB_OK)
        status = dlb_fields_unknown(&case_fields, json, &item->unknown);
    if (status != DLB_OK)
        return status;
    item->samples = calloc((size_t)count, sizeof *item->samples);
    if (item->samples == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < count; i++) {
        item->sample_count++; /* counted before it is read: what it owns is freed with the case */
        status = read_sample(json_array_get(json_object_get(json, "samples"), (size_t)i), baseline,
                             &item->samples[i], &inner);
        if (status != DLB_OK)
            return at("samples", i, status, &inner, why);
    }
    return check_order(baseline, item, why);
}

static enum dlb_status read_session(const json_t *json, struct dlb_baseline_session *session,
                                    struct dlb_why *why)
{
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    enum dlb_status status = dlb_fields_read(&session_fields, json, session, why);
    if (status == DLB_OK && session->id[0] == '\0')
        status = dlb_fail(why, DLB_INVALID, "id: wanted the id of a run, found none");
    if (status == DLB_OK)
        status = take_object(json, "host", &session->host, why);
    if (status == DLB_OK)
        status = take_object(json, "devices", &session->devices, why);
    if (status == DLB_OK)
        status = dlb_fields_unknown(&session_fields, json, &session->unknown);
    return status;
}

static enum dlb_status read_sessions(const json_t *json, struct dlb_baseline *baseline,
                                     struct dlb_why *why)
{
    int count = 0;
    enum dlb_status status = want_array(json, "sessions", 0, &count, why);
    if (status != DLB_OK)
        return status;
    baseline->sessions = calloc((size_t)count + 1, sizeof *baseline->sessions);
    if (baseline->sessions == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < count; i++) {
        struct dlb_baseline_session *session = &baseline->sessions[i];
        struct dlb_why inner = {""};
        status = read_session(json_array_get(json_object_get(json, "sessions"), (size_t)i), session,
                              &inner);
        if (status == DLB_OK && has_session(baseline, session->id))
            status = dlb_fail(&inner, DLB_INVALID, "id: '%s' is there twice", session->id);
        baseline->session_count = i + 1;
        if (status != DLB_OK)
            return at("sessions", i, status, &inner, why);
    }
    return DLB_OK;
}

/* Keys and hard parts as one text; a set of them finds a case that stands twice without comparing all pairs. */
static enum dlb_status note_case(json_t *seen, const struct dlb_baseline_case *item,
                                 struct dlb_why *why)
{
    json_t *parts = json_object();
    char *text = NULL;
    if (parts != NULL && dlb_fields_write(&dlb_baseline_parts_fields, &item->parts, parts) == 0 &&
        json_object_set_new(parts, "key", dlb_store_text(item->key)) == 0)
        text = json_dumps(parts, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(parts);
    if (text == NULL)
        return DLB_NO_MEMORY;
    enum dlb_status status = DLB_OK;
    if (json_object_get(seen, text) != NULL)
        status = dlb_fail(why, DLB_INVALID, "key: '%.200s' is there twice with the same parts",
                          item->key);
    else if (json_object_set_new(seen, text, json_true()) != 0)
        status = DLB_NO_MEMORY;
    free(text);
    return status;
}

static enum dlb_status read_cases(const json_t *json, struct dlb_baseline *baseline,
                                  struct dlb_why *why)
{
    int count = 0;
    enum dlb_status status = want_array(json, "cases", 0, &count, why);
    if (status != DLB_OK)
        return status;
    json_t *seen = json_object();
    baseline->cases = calloc((size_t)count + 1, sizeof *baseline->cases);
    if (baseline->cases == NULL || seen == NULL)
        status = DLB_NO_MEMORY;
    for (int i = 0; i < count && status == DLB_OK; i++) {
        struct dlb_why inner = {""};
        baseline->case_count = i + 1;
        status = read_case(json_array_get(json_object_get(json, "cases"), (size_t)i), baseline,
                           &baseline->cases[i], &inner);
        if (status == DLB_OK)
            status = note_case(seen, &baseline->cases[i], &inner);
        if (status != DLB_OK)
            status = at("cases", i, status, &inner, why);
    }
    json_decref(seen);
    return status;
}

enum dlb_status dlb_baseline_from_json(const json_t *json, struct dlb_baseline *baseline,
                                       struct dlb_why *why)
{
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, "no baseline: wanted an object, found %s",
                        dlb_store_kind(json));
    struct dlb_baseline found = {.session_count = 0};
    enum dlb_status status = check_schema(json, why);
    if (status == DLB_OK)
        status = dlb_fields_read(&head_fields, json, &found, why);
    if (status == DLB_OK)
        status = dlb_fields_unknown(&head_fields, json, &found.unknown);
    if (status == DLB_OK)
        status = read_sessions(json, &found, why);
    if (status == DLB_OK)
        status = read_cases(json, &found, why);
    if (status != DLB_OK) {
        dlb_baseline_free(&found);
        return status;
    }
    *baseline = found;
    return DLB_OK;
}

enum dlb_status dlb_baseline_load(const char *path, struct dlb_baseline *baseline,
                                  struct dlb_why *why)
{
    json_t *document = NULL;
    struct dlb_why inner = {""};
    enum dlb_status status = dlb_document_read(path, &document, why);
    if (status != DLB_OK)
        return status;
    status = dlb_baseline_from_json(document, baseline, &inner);
    json_decref(document);
    if (status == DLB_NO_MEMORY)
        return dlb_fail(why, status, "no memory for the baseline %s", path);
    return status == DLB_OK ? status : dlb_fail(why, status, "%s: %s", path, inner.text);
}
