/* run_cost.h: what the items of a result cost, from a price that was given or the catalogue's. */
#ifndef DLB_RUN_COST_H
#define DLB_RUN_COST_H

#include "bench/cli/command.h"
#include "bench/store/result.h"

struct dlb_cost_terms {
    double price_hour, price_kwh; /* below 0: not given */
    double pue;                   /* 1 and above */
    const char *currency;         /* of the prices given; NULL: not given */
};

/* Fills the cost of all records that have a rate, and catalog_id of devices that the catalogue knows. The price given is that of measured devices; others, and all
 * when none is given, have the catalogue's. A cost that a file has already is kept unless a price is given. That there is no price is a reason in the
 * record, no failure; DLB_INVALID, with the reason in cli->why: a currency that is none; DLB_NO_MEMORY. */
enum dlb_status dlb_run_cost(struct dlb_cli *cli, const struct dlb_cost_terms *terms,
                             struct dlb_result *result);

/* Whether the terms can be used at all, for a command that measures first: DLB_INVALID as above. */
enum dlb_status dlb_run_cost_check(struct dlb_cli *cli, const struct dlb_cost_terms *terms);

#endif
