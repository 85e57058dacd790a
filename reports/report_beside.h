/* report_beside.h: what stands beside the times: energy and cost of an item, in cells and in the sentences below the table. */
#ifndef DLB_REPORT_BESIDE_H
#define DLB_REPORT_BESIDE_H

#include "bench/base/text.h"
#include "reports/ranking.h"

/* "1.28 mJ"; of what is above 0 and finite. */
void dlb_report_joules(double joules, char *cell, size_t size);

/* The same of a record; "<1.28 mJ" where it is a bound, "1.28 mJ?" where it is doubted; empty where it was not measured. */
void dlb_report_energy_cell(const struct dlb_record *record, char *cell, size_t size);

/* What a million items cost: "0.0123 USD"; empty where no price is known. */
void dlb_report_cost_cell(const struct dlb_record *record, char *cell, size_t size);

/* Is the energy of this record only bounded, by a datasheet's power? */
bool dlb_report_is_bound(const struct dlb_record *record);

/* Did a meter tell it, and is there something to know about that? The reason of the energy says what. */
bool dlb_report_is_doubted(const struct dlb_record *record);

/* How energy was measured, or why not, and which price a cost was made of: one sentence after the other, those that devices share only
 * once; a word where nobody asked for a meter and there is none. False at the end. Start with *position = 0. */
bool dlb_report_beside(const struct dlb_result *result, const struct dlb_ranking *ranking,
                       int *position, struct dlb_text *text);

#endif
