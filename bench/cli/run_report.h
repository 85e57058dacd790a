/* run_report.h: `dlbench run --report DIR`: the page and its pictures, written when the run has ended. */
#ifndef DLB_RUN_REPORT_H
#define DLB_RUN_REPORT_H

#include "bench/cli/run_state.h"

/* Makes the folder and its plots/, so that a bad place shows before anything is measured. DLB_OK without --report. */
enum dlb_status dlb_run_report_open(struct dlb_run *run);

/* Writes DIR/report.html and DIR/plots/NAME.svg and tells their names on `stream`, unless it is quiet. Returns the stronger of `code` and its own exit code; the
 * results stay as they are. */
int dlb_run_report_write(struct dlb_run *run, int code, FILE *stream);

#endif
