/* invocation_json.c: one process of a case as JSON, and back (schema dlbench-result/1). The record around it is in record_json.c.
 *
 * Samples may stay away (they are then in another file, which is never opened here); what a newer version wrote is kept. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/store/fields.h"
#include "bench/store/record.h"

#define INVOCATION(member, kind) DLB_FIELD(struct dlb_invocation, member, kind)

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
static const char *const invocation_others[] = {"outliers", "gates", "energy", "samples_ns", NULL};
static const struct dlb_fields invocation_fields = {
    invocation_list, DLB_ARRAY_COUNT(invocation_list), invocation_others};

static const struct dlb_field outlier_list[] = {
    {"mild", DLB_FIELD_COUNT, offsetof(struct dlb_invocation, outliers_mild), sizeof(int64_t)},
    {"severe", DLB_FIELD_COUNT, offsetof(struct dlb_invocation, outliers_severe), sizeof(int64_t)},
};
static const struct dlb_fields outlier_fields = {outlier_list, DLB_ARRAY_COUNT(outlier_list), NULL};

static json_t *samples_to_json(const double *samples, int64_t count)
{
    json_t *array = json_array();
    int failures = array == NULL;
    for (int64_t i = 0; i < count && failures == 0; i++)
        failures |= json_array_append_new(array, dlb_store_real(samples[i]));
    return dlb_store_finish(array, failures);
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
    return dlb_store_finish(gates, failures);
}

json_t *dlb_invocation_to_json(const struct dlb_invocation *invocation)
{
    json_t *json = dlb_fields_object(&invocation_fields, invocation);
    if (json == NULL)
        return NULL;
    int failures =
        json_object_set_new(json, "outliers", dlb_fields_object(&outlier_fields, invocation));
    failures |= json_object_set_new(json, "gates", gates_to_json(invocation));
    failures |= dlb_store_set_block(json, "energy", dlb_energy_to_json(&invocation->energy));
    if (invocation->samples_ns != NULL)
        failures |= json_object_set_new(json, "samples_ns",
                                        samples_to_json(invocation->samples_ns, invocation->n));
    failures |= dlb_store_add_missing(json, invocation->unknown);
    return dlb_store_finish(json, failures);
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

static enum dlb_status read_energy(const json_t *json, struct dlb_invocation *invocation,
                                   struct dlb_why *why)
{
    struct dlb_why inner = {""};
    const enum dlb_status status = dlb_energy_from_json(json, &invocation->energy, &inner);
    return status == DLB_INVALID ? dlb_store_within("energy", &inner, why) : status;
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
        status = read_energy(json_object_get(json, "energy"), &found, why);
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
