/* energy.c: from joules of a window to joules of an item, and the energy block of a record (schema dlbench-result/1).
 *
 * Nothing is estimated here: a window without joules has no energy per item, whatever else is known. The processes of a case are put together in
 * record_energy.c; who measures is bench/measure/meter.h. */
#include "bench/store/energy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/store/fields.h"

#define ENERGY(member, kind) DLB_FIELD(struct dlb_energy, member, kind)

static const struct dlb_field energy_list[] = {
    ENERGY(method, DLB_FIELD_TEXT),          ENERGY(scope, DLB_FIELD_TEXT),
    ENERGY(window_s, DLB_FIELD_REAL),        ENERGY(executions, DLB_FIELD_REAL),
    ENERGY(energy_j, DLB_FIELD_REAL),        ENERGY(avg_power_w, DLB_FIELD_REAL),
    ENERGY(idle_power_w, DLB_FIELD_REAL),    ENERGY(j_per_item, DLB_FIELD_REAL),
    ENERGY(items_per_j, DLB_FIELD_REAL),     ENERGY(j_per_item_above_idle, DLB_FIELD_REAL),
    ENERGY(uncertainty_rel, DLB_FIELD_REAL), ENERGY(reason, DLB_FIELD_TEXT),
};
static const struct dlb_fields energy_fields = {energy_list, DLB_ARRAY_COUNT(energy_list), NULL};

void dlb_energy_reset(struct dlb_energy *energy)
{
    dlb_fields_reset(&energy_fields, energy);
    energy->unknown = NULL;
}

void dlb_energy_free(struct dlb_energy *energy)
{
    json_decref(energy->unknown);
    energy->unknown = NULL;
}

static bool is_positive(double value)
{
    return isfinite(value) && value > 0;
}

/* The first thing to say stays said. */
static void say(struct dlb_energy *energy, const char *reason)
{
    if (energy->reason[0] == '\0')
        snprintf(energy->reason, sizeof energy->reason, "%s", reason);
}

void dlb_energy_derive(struct dlb_energy *energy, double items_per_execution)
{
    energy->avg_power_w = energy->j_per_item = energy->items_per_j = NAN;
    energy->j_per_item_above_idle = NAN;
    if (!isfinite(energy->energy_j) || !is_positive(energy->window_s))
        return;
    if (energy->energy_j <= 0) { /* no work takes no energy: the counter's step was too coarse */
        say(energy, "the meter did not move: the window is too short for it");
        return;
    }
    energy->avg_power_w = energy->energy_j / energy->window_s;
    const double items = energy->executions * items_per_execution;
    if (!is_positive(items))
        return;
    energy->j_per_item = energy->energy_j / items;
    energy->items_per_j = items / energy->energy_j;
    if (!isfinite(energy->idle_power_w))
        return;
    const double above = energy->energy_j - energy->idle_power_w * energy->window_s;
    if (above >= 0)
        energy->j_per_item_above_idle = above / items;
    else
        say(energy, "the idle machine took more power than the one at work: it was not idle");
}

bool dlb_energy_is_metered(const struct dlb_energy *energy)
{
    return energy->method[0] != '\0' && strcmp(energy->method, "none") != 0 &&
           strcmp(energy->method, "tdp_bound") != 0;
}

json_t *dlb_energy_to_json(const struct dlb_energy *energy)
{
    if (energy->method[0] == '\0' && energy->unknown == NULL)
        return json_null();
    json_t *json = dlb_fields_object(&energy_fields, energy);
    return json != NULL ? dlb_store_finish(json, dlb_store_add_missing(json, energy->unknown))
                        : NULL;
}

enum dlb_status dlb_energy_from_json(const json_t *json, struct dlb_energy *energy,
                                     struct dlb_why *why)
{
    struct dlb_energy found = {0};
    const enum dlb_status status =
        dlb_fields_block(&energy_fields, json, &found, &found.unknown, why);
    if (status == DLB_OK)
        *energy = found;
    return status;
}
