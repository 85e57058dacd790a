/* trend_report.h: what `history trend` says of its series. */
#ifndef DLB_TREND_REPORT_H
#define DLB_TREND_REPORT_H

#include <jansson.h>

#include "bench/cli/screen.h"
#include "bench/store/history.h"

struct dlb_trend_report {
    const struct dlb_history_trend *trend;
    const struct dlb_history_metric *metric;
};

/* A table with a line a series; then each step for the worse that nobody has acknowledged, the worst first, with the command line that confirms
 * it. */
void dlb_trend_text(const struct dlb_trend_report *report, const struct dlb_screen *screen);

/* {metric, unit, series[{host, key, label, device, state, lag1, points[], steps[]}], alarms[]}; the caller owns it. */
json_t *dlb_trend_json(const struct dlb_trend_report *report);

/* One row a point, with the step that begins there: for CSV. */
void dlb_trend_rows(const struct dlb_trend_report *report, struct dlb_history_rows *rows);

#endif
