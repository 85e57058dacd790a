/* cost.c: what a million items cost, and the cost block of a record (schema dlbench-result/1).
 *
 * Where a price is from, and how old it is, is for the caller to know (catalogue.h); here it is only carried along. Currencies are never
 * converted. */
#include "bench/store/cost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/store/fields.h"

#define SECONDS_PER_HOUR 3600.0
#define WATTS_PER_KW     1000.0

#define COST(member, kind) DLB_FIELD(struct dlb_cost, member, kind)

static const struct dlb_field cost_list[] = {
    COST(currency, DLB_FIELD_TEXT),       COST(per_mitem, DLB_FIELD_REAL),
    COST(items_per_unit, DLB_FIELD_REAL), COST(price_hour, DLB_FIELD_REAL),
    COST(price_as_of, DLB_FIELD_TEXT),    COST(basis, DLB_FIELD_TEXT),
    COST(price_kwh, DLB_FIELD_REAL),      COST(pue, DLB_FIELD_REAL),
    COST(reason, DLB_FIELD_TEXT),
};
static const struct dlb_fields cost_fields = {cost_list, DLB_ARRAY_COUNT(cost_list), NULL};

void dlb_cost_reset(struct dlb_cost *cost)
{
    dlb_fields_reset(&cost_fields, cost);
    cost->unknown = NULL;
}

void dlb_cost_free(struct dlb_cost *cost)
{
    json_decref(cost->unknown);
    cost->unknown = NULL;
}

static void say(struct dlb_cost *cost, const char *reason)
{
    snprintf(cost->reason, sizeof cost->reason, "%s", reason);
}

/* Electricity of the device for an hour; NaN where it cannot be told. `pue`: what the building takes for a watt of the machine. */
static double energy_hour(const struct dlb_price *price, double watts)
{
    const double pue = isfinite(price->pue) ? price->pue : 1;
    return watts >= 0 ? watts * pue / WATTS_PER_KW * price->price_kwh : (double)NAN;
}

/* What the device costs for an hour, all that is known of it; says what is not counted. */
static double cost_of_hour(struct dlb_cost *cost, const struct dlb_price *price, double watts)
{
    const double energy = energy_hour(price, watts); /* NaN also without a price of it */
    if (isfinite(energy)) {
        cost->price_kwh = price->price_kwh;
        cost->pue = isfinite(price->pue) ? price->pue : 1;
    } else if (isfinite(price->price_kwh)) {
        say(cost, "electricity is not counted: its energy was not measured");
    }
    if (!isfinite(price->price_hour)) {
        say(cost, isfinite(energy) ? "electricity alone: no price per hour is known"
                                   : "no price is known");
        return energy;
    }
    return price->price_hour + (isfinite(energy) ? energy : 0);
}

void dlb_cost_compute(struct dlb_cost *cost, const struct dlb_price *price, double items_per_s,
                      double watts)
{
    json_t *unknown = cost->unknown;
    dlb_cost_reset(cost);
    cost->unknown = unknown;
    const double hour = cost_of_hour(cost, price, watts);
    if (!isfinite(hour))
        return;
    cost->price_hour = price->price_hour;
    memcpy(cost->currency, price->currency, sizeof cost->currency);
    memcpy(cost->price_as_of, price->as_of, sizeof cost->price_as_of);
    memcpy(cost->basis, price->basis, sizeof cost->basis);
    if (!isfinite(items_per_s) || items_per_s <= 0) {
        say(cost, "no cost without a speed");
        return;
    }
    const double per_item = hour / SECONDS_PER_HOUR / items_per_s;
    cost->per_mitem = 1e6 * per_item;
    cost->items_per_unit = per_item > 0 ? 1 / per_item : (double)NAN;
    if (per_item == 0 && cost->reason[0] == '\0')
        say(cost, "the price is zero: any number of items for a unit");
}

json_t *dlb_cost_to_json(const struct dlb_cost *cost)
{
    if (cost->currency[0] == '\0' && cost->reason[0] == '\0' && cost->unknown == NULL)
        return json_null();
    json_t *json = dlb_fields_object(&cost_fields, cost);
    return json != NULL ? dlb_store_finish(json, dlb_store_add_missing(json, cost->unknown)) : NULL;
}

enum dlb_status dlb_cost_from_json(const json_t *json, struct dlb_cost *cost, struct dlb_why *why)
{
    struct dlb_cost found = {0};
    const enum dlb_status status =
        dlb_fields_block(&cost_fields, json, &found, &found.unknown, why);
    if (status == DLB_OK)
        *cost = found;
    return status;
}
