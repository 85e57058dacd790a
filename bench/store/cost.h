/* cost.h: what a million items cost on a device, as a record keeps it. Plain data, and the one formula behind it.
 *
 *     cost per item = (price per hour + watts x PUE / 1000 x price per kWh) / 3600 / items per second
 *
 * Prices are in one currency a file, told by `currency`; they are never converted. */
#ifndef DLB_COST_H
#define DLB_COST_H

#include <jansson.h>

#include "bench/base/status.h"

struct dlb_cost {
    char currency[8];      /* "USD"; "": no price is known */
    double per_mitem;      /* currency units for 1e6 items; NaN: not known */
    double items_per_unit; /* items for one currency unit */
    double price_hour;     /* of the whole device */
    char price_as_of[12];  /* "2025-03-01"; "" unknown */
    char basis[96]; /* where the price is from: "--price-hour", "catalogue: on demand, us-east-1" */
    double price_kwh, pue; /* NaN: energy is not counted on top */
    char reason[160];      /* why there is none, or a doubt ("the price is 3 years old"); "" */
    json_t *unknown;       /* object or NULL, owned */
};

struct dlb_price {
    double price_hour;
    char currency[8], as_of[12], basis[96];
    double price_kwh, pue;
};

void dlb_cost_reset(struct dlb_cost *cost); /* numbers to NaN, texts to "" */
void dlb_cost_free(struct dlb_cost *cost);

/* Fills all fields; watts NaN: unknown, energy then is not counted and `reason` says so when price_kwh is given. A price of zero is a
 * price; a negative one is the caller's mistake. Pure. */
void dlb_cost_compute(struct dlb_cost *cost, const struct dlb_price *price, double items_per_s,
                      double watts);

json_t *dlb_cost_to_json(const struct dlb_cost *cost);
enum dlb_status dlb_cost_from_json(const json_t *json, struct dlb_cost *cost, struct dlb_why *why);

#endif
