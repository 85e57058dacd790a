/* run_energy.h: the meter of a run: what is asked for, what there is, and what the machine takes when it is idle. */
#ifndef DLB_RUN_ENERGY_H
#define DLB_RUN_ENERGY_H

#include "bench/cli/run_state.h"

/* Options of energy that contradict each other: DLB_INVALID. */
enum dlb_status dlb_run_check_energy(const struct dlb_run_options *options, struct dlb_why *why);

/* How long a window of the meter is, in seconds; 0 where nothing can be measured. */
double dlb_run_window_s(const struct dlb_run_options *options);

/* Tells every process its meter (run->request.meter) and measures the idle machine for about a second where there is one. A meter that was asked
 * for by name and is not there is said once on stderr: rows then keep their times and have that reason. After the devices and the result are
 * known: with --energy tdp, each device gets the "tdp_w" of its entry in the catalogue. */
void dlb_run_find_meter(struct dlb_run *run);

#endif
