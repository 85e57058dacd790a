/* run_roofs.h: the ceilings that a run compares its results with. */
#ifndef DLB_RUN_ROOFS_H
#define DLB_RUN_ROOFS_H

#include "bench/cli/run_state.h"

#define DLB_ROOFS_VARIABLE                                                                         \
    "DLBENCH_ROOFS" /* what --roofs is where it is not given: auto, new, off */

/* Reads the variable; DLB_INVALID, with the reason in cli->why, when it is none of them. */
enum dlb_status dlb_run_roofs_choose(struct dlb_run *run);

/* Before the first case: the roofs of all devices with the thread counts of the plan, loaded or measured, into devices[].measured. What cannot be had is
 * a line on stderr, and the run goes on without. DLB_INTERRUPTED: the user stopped. */
enum dlb_status dlb_run_roofs_open(struct dlb_run *run, struct dlb_why *why);
void dlb_run_roofs_close(struct dlb_run *run);

/* The share of its roof, into a record of the run that has been summarised; once more is the same. */
void dlb_run_roofs_apply(const struct dlb_run *run, struct dlb_record *record);

#endif
