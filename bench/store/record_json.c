/* record_json.c: records and invocations as JSON, and back (schema dlbench-result/1).
 *
 * The tables name every field once; result.schema.json says the same for other programs, and a test holds both together.
 * Members that the tables do not know are kept in `unknown` and written back, also those inside `summary` and `verified`. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/store/fields.h"
#include "bench/store/record.h"

#define INVOCATION(member, kind)   DLB_FIELD(struct dlb_invocation, member, kind)
#define VERIFICATION(member, kind) DLB_FIELD(struct dlb_verification, member, kind)
#define SUMMARY(member, kind)      DLB_FIELD(struct dlb_summary, member, kind)
#define RECORD(member, kind)       DLB_FIELD(struct dlb_record, member, kind)

static const struct dlb_field invocation_list[] = {
    INVOCATION(index, DLB_FIELD_INT),
    INVOCATION(order, DLB_FIELD_COUNT),
    INVOCATION(t_start_utc, DLB_FIELD_TEXT),
    INVOCATION(k, DLB_FIELD_COUNT),
    INVOCATION(n, DLB_FIELD_COUNT),
    INVOCATION(median_ns, DLB_FIELD_REAL),
    INVOCATION(mean_ns, DLB_FIELD_REAL),
    INVOCATION(min_ns, DLB_FIELD_REAL),
    INVOCATION(max_ns, DLB_FIELD_REAL),
    INVOCATION(q1_ns, DLB_FIELD_REAL),
    INVOCATION(q3_ns, DLB_FIELD_REAL),
    INVOCATION(p90_ns, DLB_FIELD_REAL),
    INVOCATION(p99_ns, DLB_FIELD_REAL),
    INVOCATION(sd_rel, DLB_FIELD_REAL),
    INVOCATION(mad_ns, DLB_FIELD_REAL),
    INVOCATION(ci_lo_ns, DLB_FIELD_REAL),
    INVOCATION(ci_hi_ns, DLB_FIELD_REAL),
    INVOCATION(ci_level, DLB_FIELD_REAL),
    INVOCATION(n_eff, DLB_FIELD_REAL),
    INVOCATION(lag1, DLB_FIELD_REAL),
    INVOCATION(steady, DLB_FIELD_BOOL),
    INVOCATION(stop_reason, DLB_FIELD_TEXT),
    INVOCATION(load_ns, DLB_FIELD_REAL),
    INVOCATION(prepare_ns, DLB_FIELD_REAL),
    INVOCATION(build_ns, DLB_FIELD_REAL),
    INVOCATION(tune_ns, DLB_FIELD_REAL),
    INVOCATION(first_call_ns, DLB_FIELD_REAL),
    INVOCATION(host_median_ns, DLB_FIELD_REAL),
    INVOCATION(peak_mem_bytes, DLB_FIELD_BYTES),
    INVOCATION(gated, DLB_FIELD_BOOL),
    INVOCATION(gate_reason, DLB_FIELD_TEXT),
};
static const char *const invocation_others[] = {"outliers", "gates", "samples_ns", NULL};
static const struct dlb_fields invocation_fields = {
    invocation_list, DLB_ARRAY_COUNT(invocation_list), invocation_others};

static const struct dlb_field outlier_list[] = {
    {"mild", DLB_FIELD_COUNT, offsetof(struct dlb_invocation, outliers_mild), sizeof(int64_t)},
    {"severe", DLB_FIELD_COUNT, offsetof(struct dlb_invocation, outliers_severe), sizeof(int64_t)},
};
static const struct dlb_fields outlier_fields = {outlier_list, DLB_ARRAY_COUNT(outlier_list), NULL};

static const struct dlb_field verification_list[] = {
    VERIFICATION(checked, DLB_FIELD_BOOL),     VERIFICATION(ok, DLB_FIELD_BOOL),
    VERIFICATION(method, DLB_FIELD_TEXT),      VERIFICATION(max_abs_err, DLB_FIELD_REAL),
    VERIFICATION(max_rel_err, DLB_FIELD_REAL), VERIFICATION(tolerance, DLB_FIELD_REAL),
};
static const struct dlb_fields verification_fields = {verification_list,
                                                      DLB_ARRAY_COUNT(verification_list), NULL};

static const struct dlb_field summary_list[] = {
    SUMMARY(median_ns, DLB_FIELD_REAL),       SUMMARY(ci_lo_ns, DLB_FIELD_REAL),
    SUMMARY(ci_hi_ns, DLB_FIELD_REAL),        SUMMARY(ci_kind, DLB_FIELD_TEXT),
    SUMMARY(inv_sd_rel, DLB_FIELD_REAL),      SUMMARY(ops_per_s, DLB_FIELD_REAL),
    SUMMARY(bytes_per_s, DLB_FIELD_REAL),     SUMMARY(items_per_s, DLB_FIELD_REAL),
    SUMMARY(ai_ops_per_byte, DLB_FIELD_REAL), SUMMARY(roof_ops_per_s, DLB_FIELD_REAL),
    SUMMARY(roof_fraction, DLB_FIELD_REAL),   SUMMARY(peak_mem_bytes, DLB_FIELD_BYTES),
};
static const struct dlb_fields summary_fields = {summary_list, DLB_ARRAY_COUNT(summary_list), NULL};

static const struct dlb_field record_list[] = {
    RECORD(key, DLB_FIELD_TEXT),
    RECORD(key_hash, DLB_FIELD_TEXT),
    RECORD(workload, DLB_FIELD_TEXT),
    RECORD(version_hash, DLB_FIELD_TEXT),
    RECORD(problem, DLB_FIELD_TEXT),
    RECORD(label, DLB_FIELD_TEXT),
    RECORD(origin, DLB_FIELD_TEXT),
    RECORD(dtype, DLB_FIELD_TEXT),
    RECORD(layout, DLB_FIELD_TEXT),
    RECORD(direction, DLB_FIELD_TEXT),
    RECORD(implementation, DLB_FIELD_TEXT),
    RECORD(parameters, DLB_FIELD_TEXT),
    RECORD(device, DLB_FIELD_TEXT),
    RECORD(mode, DLB_FIELD_TEXT),
    RECORD(cache_state, DLB_FIELD_TEXT),
    RECORD(data, DLB_FIELD_TEXT),
    RECORD(evidence, DLB_FIELD_TEXT),
    RECORD(threads, DLB_FIELD_INT),
    RECORD(batch, DLB_FIELD_COUNT),
    RECORD(ops, DLB_FIELD_REAL),
    RECORD(bytes, DLB_FIELD_REAL),
    RECORD(items, DLB_FIELD_REAL),
    RECORD(working_set_bytes, DLB_FIELD_REAL),
    RECORD(cycles, DLB_FIELD_REAL),
    RECORD(cache_sets, DLB_FIELD_COUNT),
    RECORD(occurrences, DLB_FIELD_COUNT),
};
static const char *const record_others[] = {"params",        "status",   "status_detail",
                                            "status_reason", "verified", "invocations",
                                            "summary",       "flags",    NULL};
static const struct dlb_fields record_fields = {record_list, DLB_ARRAY_COUNT(record_list),
                                                record_others};

/* Hands the object over when nothing failed. */
static json_t *finish(json_t *json, int failures)
{
    if (failures == 0)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *fields_object(const struct dlb_fields *fields, const void *object)
{
    json_t *json = json_object();
    return json != NULL ? finish(json, dlb_fields_write(fields, object, json)) : NULL;
}

/* Says where inside a document a reason belongs. */
static enum dlb_status within(const char *place, struct dlb_why *inner, struct dlb_why *why)
{
    return dlb_fail(why, DLB_INVALID, "%s%s", place, inner->text);
}

/* ---- invocations ---- */

static json_t *samples_to_json(const double *samples, int64_t count)
{
    json_t *array = json_array();
    int failures = array == NULL;
    for (int64_t i = 0; i < count && failures == 0; i++)
        failures |= json_array_append_new(array, dlb_store_real(samples[i]));
    return finish(array, failures);
}

/* {"run_queue": 0.01, "steal": null, "unavailable": ["steal"]} */
static json_t *gates_to_json(const struct dlb_invocation *invocation)
{
    json_t *gates = json_object();
    json_t *unavailable = json_array();
    int failures = gates == NULL || unavailable == NULL;
    for (int i = 0; i < invocation->gate_count && failures == 0; i++) {
        const struct dlb_gate_value *gate = &invocation->gates[i];
        failures |= json_object_set_new(gates, gate->name, dlb_store_real(gate->value));
        if (!isfinite(gate->value))
            failures |= json_array_append_new(unavailable, dlb_store_text(gate->name));
    }
    failures |= json_object_set_new(gates, "unavailable", unavailable);
    return finish(gates, failures);
}

json_t *dlb_invocation_to_json(const struct dlb_invocation *invocation)
{
    json_t *json = fields_object(&invocation_fields, invocation);
    if (json == NULL)
        return NULL;
    int failures =
        json_object_set_new(json, "outliers", fields_object(&outlier_fields, invocation));
    failures |= json_object_set_new(json, "gates", gates_to_json(invocation));
    if (invocation->samples_ns != NULL)
        failures |= json_object_set_new(json, "samples_ns",
                                        samples_to_json(invocation->samples_ns, invocation->n));
    failures |= dlb_store_add_missing(json, invocation->unknown);
    return finish(json, failures);
}

static enum dlb_status read_gates(const json_t *json, struct dlb_invocation *invocation,
                                  struct dlb_why *why)
{
    if (json == NULL || json_is_null(json))
        return DLB_OK;
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, "gates: wanted an object, found %s",
                        dlb_store_kind(json));
    json_t *members = (json_t *)(uintptr_t)json;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(members, name, value)
    {
        if (strcmp(name, "unavailable") == 0)
            continue;
        if (invocation->gate_count == (int)DLB_ARRAY_COUNT(invocation->gates))
            return dlb_fail(why, DLB_INVALID, "gates: wanted at most %zu, found %zu",
                            DLB_ARRAY_COUNT(invocation->gates), json_object_size(json));
        struct dlb_gate_value *gate = &invocation->gates[invocation->gate_count];
        if (strlen(name) >= sizeof gate->name)
            return dlb_fail(why, DLB_INVALID, "gates: the name '%s' has more than %zu bytes", name,
                            sizeof gate->name - 1);
        if (!json_is_number(value) && !json_is_null(value))
            return dlb_fail(why, DLB_INVALID, "gates.%s: wanted a number or null, found %s", name,
                            dlb_store_kind(value));
        strcpy(gate->name, name);
        gate->value = json_is_number(value) ? json_number_value(value) : (double)NAN;
        invocation->gate_count++;
    }
    return DLB_OK;
}

static enum dlb_status read_samples(const json_t *json, struct dlb_invocation *invocation,
                                    struct dlb_why *why)
{
    if (json == NULL || json_is_null(json))
        return DLB_OK;
    const size_t count = json_array_size(json);
    if (!json_is_array(json))
        return dlb_fail(why, DLB_INVALID, "samples_ns: wanted an array, found %s",
                        dlb_store_kind(json));
    if ((int64_t)count != invocation->n)
        return dlb_fail(why, DLB_INVALID, "samples_ns: wanted n = %lld of them, found %zu",
                        (long long)invocation->n, count);
    double *samples = calloc(count + 1, sizeof *samples);
    if (samples == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for %zu samples", count);
    for (size_t i = 0; i < count; i++) {
        const json_t *sample = json_array_get(json, i);
        if (!json_is_number(sample) && !json_is_null(sample)) {
            free(samples);
            return dlb_fail(why, DLB_INVALID, "samples_ns[%zu]: wanted a number, found %s", i,
                            dlb_store_kind(sample));
        }
        samples[i] = json_is_number(sample) ? json_number_value(sample) : (double)NAN;
    }
    invocation->samples_ns = samples;
    return DLB_OK;
}

/* Samples kept in another file stay there: this version never opens it, but a path that leaves the folder of the result
 * file is refused before anyone does. */
static enum dlb_status check_samples_ref(const json_t *json, struct dlb_why *why)
{
    const char *path = json_string_value(json);
    if (path == NULL)
        return DLB_OK;
    bool leaves = path[0] == '/';
    for (const char *part = path; part != NULL && !leaves;) {
        leaves = strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0');
        part = strchr(part, '/');
        part = part != NULL ? part + 1 : NULL;
    }
    if (leaves)
        return dlb_fail(why, DLB_INVALID,
                        "samples_ref: wanted a path inside the folder of this file, found '%.80s'",
                        path);
    return DLB_OK;
}

enum dlb_status dlb_invocation_from_json(const json_t *json, struct dlb_invocation *invocation,
                                         struct dlb_why *why)
{
    struct dlb_invocation found = {0};
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    const json_t *outliers = json_object_get(json, "outliers");
    enum dlb_status status = dlb_fields_read(&invocation_fields, json, &found, why);
    if (status == DLB_OK && outliers != NULL && !json_is_object(outliers))
        status = dlb_fail(why, DLB_INVALID, "outliers: wanted an object, found %s",
                          dlb_store_kind(outliers));
    if (status == DLB_OK)
        status = dlb_fields_read(&outlier_fields, outliers, &found, why);
    if (status == DLB_OK)
        status = check_samples_ref(json_object_get(json, "samples_ref"), why);
    if (status == DLB_OK)
        status = read_gates(json_object_get(json, "gates"), &found, why);
    if (status == DLB_OK)
        status = read_samples(json_object_get(json, "samples_ns"), &found, why);
    if (status == DLB_OK)
        status = dlb_fields_unknown(&invocation_fields, json, &found.unknown);
    if (status != DLB_OK) {
        dlb_invocation_free(&found);
        return status;
    }
    *invocation = found;
    return DLB_OK;
}

/* ---- records ---- */

static json_t *invocations_to_json(const struct dlb_record *record)
{
    json_t *array = json_array();
    int failures = array == NULL;
    for (int i = 0; i < record->invocation_count && failures == 0; i++)
        failures |= json_array_append_new(array, dlb_invocation_to_json(&record->invocations[i]));
    return finish(array, failures);
}

static json_t *flags_to_json(const struct dlb_record *record)
{
    json_t *array = json_array();
    int failures = array == NULL;
    for (int i = 0; i < record->flag_count && failures == 0; i++)
        failures |= json_array_append_new(array, dlb_store_text(record->flags[i]));
    return finish(array, failures);
}

static int write_outcome(const struct dlb_record *record, json_t *json)
{
    char reason[sizeof record->status_reason]; /* as long as it is read back */
    dlb_record_reason(record, reason, sizeof reason);
    const bool suspect = record->status == DLB_OK && dlb_record_has_flag(record, "suspect");
    const char *text = suspect ? "suspect" : dlb_record_status_text(record->status);
    int failures = json_object_set_new(json, "status", json_string(text));
    failures |=
        json_object_set_new(json, "status_detail", json_string(dlb_status_name(record->status)));
    failures |= json_object_set_new(json, "status_reason", dlb_store_text(reason));
    failures |= json_object_set_new(json, "verified",
                                    fields_object(&verification_fields, &record->verified));
    failures |=
        json_object_set_new(json, "summary", fields_object(&summary_fields, &record->summary));
    failures |= json_object_set_new(json, "flags", flags_to_json(record));
    failures |= json_object_set_new(json, "invocations", invocations_to_json(record));
    return failures;
}

json_t *dlb_record_to_json(const struct dlb_record *record)
{
    json_t *json = fields_object(&record_fields, record);
    if (json == NULL)
        return NULL;
    int failures = record->params != NULL ? json_object_set(json, "params", record->params)
                                          : json_object_set_new(json, "params", json_object());
    failures |= write_outcome(record, json);
    failures |= dlb_store_add_missing(json, record->unknown);
    return finish(json, failures);
}

/* The exact status where it is told and fits, else what the status text means at least. */
static enum dlb_status read_status(const json_t *json, struct dlb_record *record,
                                   struct dlb_why *why)
{
    const char *text = json_string_value(json_object_get(json, "status"));
    const char *detail = json_string_value(json_object_get(json, "status_detail"));
    if (text == NULL)
        return dlb_fail(why, DLB_INVALID, "status: wanted a text, found %s",
                        dlb_store_kind(json_object_get(json, "status")));
    const bool suspect = strcmp(text, "suspect") == 0;
    record->status = suspect ? DLB_OK : dlb_status_from_name(text);
    if (record->status == DLB_STATUS_COUNT ||
        strcmp(text, suspect ? "suspect" : dlb_record_status_text(record->status)) != 0)
        return dlb_fail(why, DLB_INVALID,
                        "status: wanted ok, failed, skipped, unsupported or suspect, found '%.40s'",
                        text);
    if (detail != NULL) {
        const enum dlb_status exact = dlb_status_from_name(detail);
        if (exact == DLB_STATUS_COUNT ||
            strcmp(dlb_record_status_text(exact), dlb_record_status_text(record->status)) != 0)
            return dlb_fail(why, DLB_INVALID, "status_detail: '%.40s' does not fit the status '%s'",
                            detail, text);
        record->status = exact;
    }
    if (suspect)
        dlb_record_flag(record, "suspect");
    return DLB_OK;
}

static enum dlb_status read_reason(const json_t *json, struct dlb_record *record,
                                   struct dlb_why *why)
{
    static const struct dlb_field list[] = {RECORD(status_reason, DLB_FIELD_TEXT)};
    static const struct dlb_fields fields = {list, 1, NULL};
    return dlb_fields_read(&fields, json, record, why);
}

static enum dlb_status read_flags(const json_t *json, struct dlb_record *record,
                                  struct dlb_why *why)
{
    if (json == NULL)
        return DLB_OK;
    if (!json_is_array(json))
        return dlb_fail(why, DLB_INVALID, "flags: wanted an array, found %s", dlb_store_kind(json));
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *flag = json_string_value(json_array_get(json, i));
        if (flag == NULL || strlen(flag) >= sizeof record->flags[0])
            return dlb_fail(why, DLB_INVALID, "flags[%zu]: wanted a text of at most %zu bytes", i,
                            sizeof record->flags[0] - 1);
        if (record->flag_count == DLB_MAX_FLAGS && !dlb_record_has_flag(record, flag))
            return dlb_fail(why, DLB_INVALID, "flags: wanted at most %d, found %zu", DLB_MAX_FLAGS,
                            json_array_size(json));
        dlb_record_flag(record, flag);
    }
    return DLB_OK;
}

static enum dlb_status read_invocations(const json_t *json, struct dlb_record *record,
                                        struct dlb_why *why)
{
    if (json == NULL)
        return DLB_OK;
    if (!json_is_array(json))
        return dlb_fail(why, DLB_INVALID, "invocations: wanted an array, found %s",
                        dlb_store_kind(json));
    for (size_t i = 0; i < json_array_size(json); i++) {
        struct dlb_invocation invocation;
        struct dlb_why inner = {""};
        enum dlb_status status =
            dlb_invocation_from_json(json_array_get(json, i), &invocation, &inner);
        if (status != DLB_OK) {
            char place[40];
            snprintf(place, sizeof place, "invocations[%zu]%s", i, inner.text[0] == ':' ? "" : ".");
            return status == DLB_INVALID ? within(place, &inner, why) : status;
        }
        status = dlb_record_add_invocation(record, &invocation);
        if (status != DLB_OK) {
            dlb_invocation_free(&invocation);
            return status;
        }
    }
    return DLB_OK;
}

/* Reads a block of fields into `object`, and keeps what the block has beyond them under the block's name. */
static enum dlb_status read_block(const char *name, const struct dlb_fields *fields,
                                  const json_t *json, void *object, struct dlb_record *record,
                                  struct dlb_why *why)
{
    const json_t *block = json_object_get(json, name);
    if (block != NULL && !json_is_object(block))
        return dlb_fail(why, DLB_INVALID, "%s: wanted an object, found %s", name,
                        dlb_store_kind(block));
    struct dlb_why inner = {""};
    if (dlb_fields_read(fields, block, object, &inner) != DLB_OK) {
        char place[40];
        snprintf(place, sizeof place, "%s.", name);
        return within(place, &inner, why);
    }
    json_t *more = NULL;
    if (dlb_fields_unknown(fields, block, &more) != DLB_OK)
        return DLB_NO_MEMORY;
    if (more == NULL)
        return DLB_OK;
    if (record->unknown == NULL)
        record->unknown = json_object();
    return json_object_set_new(record->unknown, name, more) == 0 ? DLB_OK : DLB_NO_MEMORY;
}

static enum dlb_status read_identity(const json_t *json, struct dlb_record *record,
                                     struct dlb_why *why)
{
    const enum dlb_status status = dlb_fields_read(&record_fields, json, record, why);
    if (status != DLB_OK)
        return status;
    if (record->key[0] == '\0')
        return dlb_fail(why, DLB_INVALID, "key: wanted the key of the case, found %s",
                        dlb_store_kind(json_object_get(json, "key")));
    json_t *params = json_object_get(json, "params");
    if (params != NULL && !json_is_object(params))
        return dlb_fail(why, DLB_INVALID, "params: wanted an object, found %s",
                        dlb_store_kind(params));
    record->params = json_incref(params);
    return DLB_OK;
}

enum dlb_status dlb_record_from_json(const json_t *json, struct dlb_record *record,
                                     struct dlb_why *why)
{
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, ": wanted an object, found %s", dlb_store_kind(json));
    struct dlb_record found = {0};
    enum dlb_status status = dlb_fields_unknown(&record_fields, json, &found.unknown);
    if (status == DLB_OK)
        status = read_identity(json, &found, why);
    if (status == DLB_OK)
        status = read_status(json, &found, why);
    if (status == DLB_OK)
        status = read_reason(json, &found, why);
    if (status == DLB_OK)
        status = read_flags(json_object_get(json, "flags"), &found, why);
    if (status == DLB_OK)
        status = read_block("verified", &verification_fields, json, &found.verified, &found, why);
    if (status == DLB_OK)
        status = read_block("summary", &summary_fields, json, &found.summary, &found, why);
    if (status == DLB_OK)
        status = read_invocations(json_object_get(json, "invocations"), &found, why);
    if (status != DLB_OK) {
        dlb_record_free(&found);
        return status;
    }
    *record = found;
    return DLB_OK;
}
