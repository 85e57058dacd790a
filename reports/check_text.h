/* check_text.h: the answer of a check for a person at a terminal. */
#ifndef DLB_CHECK_TEXT_H
#define DLB_CHECK_TEXT_H

#include <stdio.h>

#include "reports/report.h"

/* Both sides, a row per compared case with the worst first, what could not be compared and why, and what it comes to. DLB_NO_MEMORY;
 * DLB_IO as in report.h. */
enum dlb_status dlb_check_text(const struct dlb_result *result,
                               const struct dlb_report_options *options, FILE *stream,
                               struct dlb_why *why);

#endif
