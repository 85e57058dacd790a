/* record_json.c: records as JSON, and back (schema dlbench-result/1). Their parts: invocation_json.c, counting.c, energy.c, cost.c.
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

#define VERIFICATION(member, kind) DLB_FIELD(struct dlb_verification, member, kind)
#define SUMMARY(member, kind)      DLB_FIELD(struct dlb_summary, member, kind)
#define RECORD(member, kind)       DLB_FIELD(struct dlb_record, member, kind)

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
    SUMMARY(roof_fraction, DLB_FIELD_REAL),   SUMMARY(roof_binds, DLB_FIELD_TEXT),
    SUMMARY(peak_mem_bytes, DLB_FIELD_BYTES),
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
static const char *const record_others[] = {
    "params",  "status", "status_detail", "status_reason", "verified", "invocations",
    "summary", "flags",  "counting",      "energy",        "cost",     NULL};
static const struct dlb_fields record_fields = {record_list, DLB_ARRAY_COUNT(record_list),
                                                record_others};

static json_t *invocations_to_json(const struct dlb_record *record)
{
    json_t *array = json_array();
    int failures = array == NULL;
    for (int i = 0; i < record->invocation_count && failures == 0; i++)
        failures |= json_array_append_new(array, dlb_invocation_to_json(&record->invocations[i]));
    return dlb_store_finish(array, failures);
}

static json_t *flags_to_json(const struct dlb_record *record)
{
    json_t *array = json_array();
    int failures = array == NULL;
    for (int i = 0; i < record->flag_count && failures == 0; i++)
        failures |= json_array_append_new(array, dlb_store_text(record->flags[i]));
    return dlb_store_finish(array, failures);
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
                                    dlb_fields_object(&verification_fields, &record->verified));
    failures |=
        json_object_set_new(json, "summary", dlb_fields_object(&summary_fields, &record->summary));
    failures |= json_object_set_new(json, "flags", flags_to_json(record));
    failures |= json_object_set_new(json, "invocations", invocations_to_json(record));
    return failures;
}

json_t *dlb_record_to_json(const struct dlb_record *record)
{
    json_t *json = dlb_fields_object(&record_fields, record);
    if (json == NULL)
        return NULL;
    int failures = record->params != NULL ? json_object_set(json, "params", record->params)
                                          : json_object_set_new(json, "params", json_object());
    failures |= write_outcome(record, json);
    failures |= dlb_store_set_block(json, "counting", dlb_counting_to_json(&record->counting));
    failures |= dlb_store_set_block(json, "energy", dlb_energy_to_json(&record->energy));
    failures |= dlb_store_set_block(json, "cost", dlb_cost_to_json(&record->cost));
    failures |= dlb_store_add_missing(json, record->unknown);
    return dlb_store_finish(json, failures);
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
            snprintf(place, sizeof place, "invocations[%zu]", i);
            return status == DLB_INVALID ? dlb_store_within(place, &inner, why) : status;
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
    json_t *more = NULL;
    struct dlb_why inner = {""};
    const enum dlb_status status =
        dlb_fields_block(fields, json_object_get(json, name), object, &more, &inner);
    if (status != DLB_OK)
        return status == DLB_INVALID ? dlb_store_within(name, &inner, why) : status;
    if (more == NULL)
        return DLB_OK;
    if (record->unknown == NULL)
        record->unknown = json_object();
    return json_object_set_new(record->unknown, name, more) == 0 ? DLB_OK : DLB_NO_MEMORY;
}

/* The blocks that a record has only where they were asked for. */
static enum dlb_status read_more(const json_t *json, struct dlb_record *record, struct dlb_why *why)
{
    struct dlb_why inner = {""};
    const char *name = "counting";
    enum dlb_status status =
        dlb_counting_from_json(json_object_get(json, name), &record->counting, &inner);
    if (status == DLB_OK) {
        name = "energy";
        status = dlb_energy_from_json(json_object_get(json, name), &record->energy, &inner);
    }
    if (status == DLB_OK) {
        name = "cost";
        status = dlb_cost_from_json(json_object_get(json, name), &record->cost, &inner);
    }
    return status == DLB_INVALID ? dlb_store_within(name, &inner, why) : status;
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
        status = read_more(json, &found, why);
    if (status == DLB_OK)
        status = read_invocations(json_object_get(json, "invocations"), &found, why);
    if (status != DLB_OK) {
        dlb_record_free(&found);
        return status;
    }
    *record = found;
    return DLB_OK;
}
