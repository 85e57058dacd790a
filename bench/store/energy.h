/* energy.h: the energy of a case, as each process of it and its record keep it.
 *
 * Measured in a pass of its own, over a window long enough for the meter. Never estimated from a datasheet's power unless that was
 * asked for, and then its method says so: that power times the median time. Plain data. */
#ifndef DLB_ENERGY_H
#define DLB_ENERGY_H

#include <jansson.h>
#include <stdbool.h>

#include "bench/base/status.h"

struct dlb_energy {
    char method
        [16]; /* nvml_counter, nvml_power, rapl, level_zero, amdsmi, external, tdp_bound; "none": not measured; "": not asked for */
    char scope[16]; /* board, package, package_dram, wall; "" unknown */
    double
        window_s; /* length of the pass, of a bound the time of an execution; of a record: of all its processes */
    double executions;                /* in the window; likewise */
    double energy_j;                  /* of the window, idle included; likewise */
    double avg_power_w, idle_power_w; /* idle: measured before the run; NaN: not known */
    double j_per_item,
        items_per_j; /* idle included; items as the record counts them; of a record: median over its processes */
    double j_per_item_above_idle; /* NaN without an idle power, or where idle was above load */
    double
        uncertainty_rel; /* of j_per_item: one standard deviation, from the meter's step and from the processes */
    char reason[200]; /* why there is none, or what a reader must know; "" */
    json_t *unknown;  /* object or NULL, owned */
};

void dlb_energy_reset(struct dlb_energy *energy); /* numbers to NaN, texts to "" */
void dlb_energy_free(struct dlb_energy *energy);  /* what it owns, not the struct */

/* From window_s, energy_j, executions and idle_power_w: average power, J per item and its inverse. Pure. */
void dlb_energy_derive(struct dlb_energy *energy, double items_per_execution);

/* Was it a meter that told it? Not so where a datasheet's power bounds it (tdp_bound), which is no energy to rank by. */
bool dlb_energy_is_metered(const struct dlb_energy *energy);

/* The caller owns what is returned; NULL without memory. */
json_t *dlb_energy_to_json(const struct dlb_energy *energy);
enum dlb_status dlb_energy_from_json(const json_t *json, struct dlb_energy *energy,
                                     struct dlb_why *why);

#endif
