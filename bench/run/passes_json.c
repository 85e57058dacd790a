/* passes_json.c: counters and meter of a request on their way to the worker.
 *
 * The names were checked where a person gave them; here only that they fit. */
#include "bench/run/passes_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void add_real(json_t *json, const char *name, double value)
{
    if (isfinite(value))
        json_object_set_new(json, name, json_real(value));
}

static json_t *counters_to_json(const struct dlb_counter_list *list)
{
    json_t *names = json_array();
    for (int i = 0; i < list->count; i++)
        json_array_append_new(names, json_string(list->names[i]));
    return names;
}

static json_t *meter_to_json(const struct dlb_meter_options *meter)
{
    json_t *json = json_pack("{s:s, s:s}", "kind", dlb_meter_kind_name(meter->kind), "command",
                             meter->command);
    add_real(json, "tdp_w", meter->tdp_w);
    add_real(json, "window_ns", meter->window_ns);
    return json;
}

void dlb_passes_to_json(const struct dlb_request *request, json_t *json)
{
    if (request->counters.count > 0)
        json_object_set_new(json, "counters", counters_to_json(&request->counters));
    if (request->meter.kind == DLB_METER_OFF)
        return;
    json_object_set_new(json, "meter", meter_to_json(&request->meter));
    add_real(json, "idle_power_w", request->idle_power_w);
}

static enum dlb_status counters_from_json(const json_t *json, struct dlb_counter_list *list,
                                          struct dlb_why *why)
{
    const size_t count = json_array_size(json);
    if (json != NULL && (!json_is_array(json) || count > DLB_MAX_COUNTERS))
        return dlb_fail(why, DLB_INVALID, "request: counters: at most %d names are wanted",
                        DLB_MAX_COUNTERS);
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(json, i));
        if (name == NULL || strlen(name) >= sizeof list->names[0])
            return dlb_fail(why, DLB_INVALID, "request: counters: number %zu is not a short text",
                            i);
        strcpy(list->names[list->count++], name);
    }
    return DLB_OK;
}

static double real_of(const json_t *json, const char *name)
{
    const json_t *number = json_object_get(json, name);
    return json_is_number(number) ? json_number_value(number) : (double)NAN;
}

static enum dlb_status meter_from_json(const json_t *json, struct dlb_meter_options *meter,
                                       struct dlb_why *why)
{
    const char *kind = json_string_value(json_object_get(json, "kind"));
    const char *command = json_string_value(json_object_get(json, "command"));
    int found = DLB_METER_OFF;
    while (kind != NULL && found < DLB_METER_KINDS &&
           strcmp(kind, dlb_meter_kind_name((enum dlb_meter_kind)found)) != 0)
        found++;
    if (kind == NULL || found == DLB_METER_KINDS)
        return dlb_fail(why, DLB_INVALID, "request: meter: there is no kind '%.40s'",
                        kind != NULL ? kind : "");
    if (command != NULL && strlen(command) >= sizeof meter->command)
        return dlb_fail(why, DLB_INVALID, "request: meter: the command is too long");
    meter->kind = (enum dlb_meter_kind)found;
    snprintf(meter->command, sizeof meter->command, "%s", command != NULL ? command : "");
    meter->tdp_w = real_of(json, "tdp_w");
    meter->window_ns = real_of(json, "window_ns");
    return DLB_OK;
}

enum dlb_status dlb_passes_from_json(const json_t *json, struct dlb_request *request,
                                     struct dlb_why *why)
{
    const json_t *meter = json_object_get(json, "meter");
    request->meter = (struct dlb_meter_options){.kind = DLB_METER_OFF, .root = ""};
    request->idle_power_w = real_of(json, "idle_power_w");
    enum dlb_status status =
        counters_from_json(json_object_get(json, "counters"), &request->counters, why);
    if (status == DLB_OK && meter != NULL)
        status = meter_from_json(meter, &request->meter, why);
    return status;
}
