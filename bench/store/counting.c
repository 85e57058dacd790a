/* counting.c: what follows from the counters of a case, and the counting block of a record (schema dlbench-result/1).
 *
 * A figure is derived only from counters that were counted; none is made up for a missing one. Names are those of
 * bench/measure/counters.h, the same on every device. */
#include "bench/store/counting.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/store/fields.h"

#define NS_PER_S 1e9
#define KILO     1e3

#define COUNTING(member, kind) DLB_FIELD(struct dlb_counting, member, kind)
#define VALUE(member, kind)    DLB_FIELD(struct dlb_count_value, member, kind)

static const struct dlb_field counting_list[] = {
    COUNTING(source, DLB_FIELD_TEXT),
    COUNTING(executions, DLB_FIELD_COUNT),
    COUNTING(passes, DLB_FIELD_INT),
    COUNTING(multiplexed, DLB_FIELD_BOOL),
    COUNTING(pass_ns, DLB_FIELD_REAL),
    COUNTING(ipc, DLB_FIELD_REAL),
    COUNTING(effective_hz, DLB_FIELD_REAL),
    COUNTING(l3_miss_per_kinst, DLB_FIELD_REAL),
    COUNTING(l2_miss_per_kinst, DLB_FIELD_REAL),
    COUNTING(l1d_miss_per_kinst, DLB_FIELD_REAL),
    COUNTING(dram_bytes_per_op, DLB_FIELD_REAL),
    COUNTING(formula_bytes_per_op, DLB_FIELD_REAL),
    COUNTING(flops_counted_per_op, DLB_FIELD_REAL),
};
static const char *const counting_others[] = {"values", NULL};
static const struct dlb_fields counting_fields = {counting_list, DLB_ARRAY_COUNT(counting_list),
                                                  counting_others};

static const struct dlb_field value_list[] = {
    VALUE(event, DLB_FIELD_TEXT),
    VALUE(value, DLB_FIELD_REAL),
    VALUE(reason, DLB_FIELD_TEXT),
};
static const struct dlb_fields value_fields = {value_list, DLB_ARRAY_COUNT(value_list), NULL};

/* ---- derived figures ---- */

double dlb_counting_value(const struct dlb_counting *counting, const char *name)
{
    for (int i = 0; i < counting->count; i++)
        if (strcmp(counting->values[i].name, name) == 0)
            return counting->values[i].value;
    return NAN;
}

/* NaN where either is missing, and for a denominator of nothing. */
static double ratio(double a, double b)
{
    return isfinite(a) && b > 0 ? a / b : (double)NAN;
}

/* Operations of both precisions; one alone where the other was not counted; those of all types where a processor (AMD's) does not tell types
 * apart. */
static double counted_flops(const struct dlb_counting *counting)
{
    const double single = dlb_counting_value(counting, "flops_sp");
    const double twice = dlb_counting_value(counting, "flops_dp");
    if (!isfinite(single) && !isfinite(twice))
        return dlb_counting_value(counting, "flops_all");
    if (!isfinite(single))
        return twice;
    return isfinite(twice) ? single + twice : single;
}

void dlb_counting_derive(struct dlb_counting *counting, double ops, double bytes)
{
    const double cycles = dlb_counting_value(counting, "cycles");
    const double instructions = dlb_counting_value(counting, "instructions");
    const double kilo_instructions = instructions / KILO;
    counting->ipc = ratio(instructions, cycles);
    counting->effective_hz =
        ratio(cycles, dlb_counting_value(counting, "task_clock") / NS_PER_S); /* in ns */
    counting->l3_miss_per_kinst = ratio(dlb_counting_value(counting, "l3_miss"), kilo_instructions);
    counting->l2_miss_per_kinst = ratio(dlb_counting_value(counting, "l2_miss"), kilo_instructions);
    counting->l1d_miss_per_kinst =
        ratio(dlb_counting_value(counting, "l1d_miss"), kilo_instructions);
    counting->dram_bytes_per_op = ratio(dlb_counting_value(counting, "dram_bytes"), ops);
    counting->formula_bytes_per_op = ratio(bytes, ops);
    counting->flops_counted_per_op = ratio(counted_flops(counting), ops);
}

void dlb_counting_free(struct dlb_counting *counting)
{
    json_decref(counting->unknown);
    counting->unknown = NULL;
}

/* ---- JSON ---- */

/* {"cycles": {"event": "PAPI_TOT_CYC", "value": 1.2e9, "reason": ""}, ...} */
static json_t *values_to_json(const struct dlb_counting *counting)
{
    json_t *json = json_object();
    int failures = json == NULL;
    for (int i = 0; i < counting->count && failures == 0; i++) {
        json_t *name = dlb_store_text(counting->values[i].name); /* clean: may come from a user */
        failures |= name == NULL;
        if (name != NULL)
            failures |= json_object_set_new(json, json_string_value(name),
                                            dlb_fields_object(&value_fields, &counting->values[i]));
        json_decref(name);
    }
    return dlb_store_finish(json, failures);
}

json_t *dlb_counting_to_json(const struct dlb_counting *counting)
{
    if (!counting->taken)
        return json_null();
    json_t *json = dlb_fields_object(&counting_fields, counting);
    if (json == NULL)
        return NULL;
    int failures = json_object_set_new(json, "values", values_to_json(counting));
    failures |= dlb_store_add_missing(json, counting->unknown);
    return dlb_store_finish(json, failures);
}

/* Keeps what a value has beyond its fields where it stood: {"values": {NAME: {...}}}. Takes `more` over. */
static enum dlb_status keep_unknown(struct dlb_counting *counting, const char *name, json_t *more)
{
    if (more == NULL)
        return DLB_OK;
    if (counting->unknown == NULL)
        counting->unknown = json_object();
    json_t *values = json_object_get(counting->unknown, "values");
    if (values == NULL) {
        values = json_object();
        if (json_object_set_new(counting->unknown, "values", values) != 0) {
            json_decref(more);
            return DLB_NO_MEMORY;
        }
    }
    return json_object_set_new(values, name, more) == 0 ? DLB_OK : DLB_NO_MEMORY;
}

static enum dlb_status read_value(const char *name, const json_t *json,
                                  struct dlb_counting *counting, struct dlb_why *why)
{
    struct dlb_count_value *value = &counting->values[counting->count];
    struct dlb_why inner = {""};
    json_t *more = NULL;
    if (strlen(name) >= sizeof value->name)
        return dlb_fail(why, DLB_INVALID, "values: the name '%.80s' has more than %zu bytes", name,
                        sizeof value->name - 1);
    const enum dlb_status status = dlb_fields_block(&value_fields, json, value, &more, &inner);
    if (status != DLB_OK) {
        char place[sizeof value->name + 16];
        snprintf(place, sizeof place, "values.%s", name);
        return status == DLB_INVALID ? dlb_store_within(place, &inner, why) : status;
    }
    memcpy(value->name, name, strlen(name) + 1);
    counting->count++;
    return keep_unknown(counting, name, more);
}

static enum dlb_status read_values(const json_t *json, struct dlb_counting *counting,
                                   struct dlb_why *why)
{
    if (json == NULL || json_is_null(json))
        return DLB_OK;
    if (!json_is_object(json))
        return dlb_fail(why, DLB_INVALID, "values: wanted an object, found %s",
                        dlb_store_kind(json));
    if (json_object_size(json) > DLB_MAX_COUNTS)
        return dlb_fail(why, DLB_INVALID, "values: wanted at most %d, found %zu", DLB_MAX_COUNTS,
                        json_object_size(json));
    json_t *members = (json_t *)(uintptr_t)json;
    enum dlb_status status = DLB_OK;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach(members, name, value)
    {
        status = read_value(name, value, counting, why);
        if (status != DLB_OK)
            break;
    }
    return status;
}

enum dlb_status dlb_counting_from_json(const json_t *json, struct dlb_counting *counting,
                                       struct dlb_why *why)
{
    if (json == NULL || json_is_null(json)) { /* most records: their values are not even cleared */
        dlb_fields_reset(&counting_fields, counting);
        counting->taken = false;
        counting->count = 0;
        counting->unknown = NULL;
        return DLB_OK;
    }
    struct dlb_counting found = {.taken = true};
    enum dlb_status status = dlb_fields_block(&counting_fields, json, &found, &found.unknown, why);
    if (status == DLB_OK)
        status = read_values(json_object_get(json, "values"), &found, why);
    if (status != DLB_OK) {
        dlb_counting_free(&found);
        return status;
    }
    *counting = found;
    return DLB_OK;
}
