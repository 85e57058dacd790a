/* plot_trend.c: opens the history and looks for the series and steps that `dlbench plot history` draws. */
#include "bench/cli/plot_trend.h"

#include <stdio.h>

#include "bench/stats/changepoint.h"
#include "bench/store/replace.h"

#define TREND_SEED                                                                                 \
    20261123 /* as `dlbench history trend`: the same steps in the table and in the picture */

enum dlb_status dlb_plot_trend_find(struct dlb_cli *cli, const struct dlb_plot_trend_wanted *wanted,
                                    struct dlb_history_trend *trend)
{
    char path[DLB_PATH_SIZE];
    struct dlb_history *history = NULL;
    enum dlb_status status = DLB_OK;
    if (wanted->path != NULL)
        snprintf(path, sizeof path, "%s", wanted->path);
    else
        status = dlb_history_default_path(path, sizeof path, false, &cli->why);
    const struct dlb_history_options options = {.path = path};
    if (status == DLB_OK)
        status = dlb_history_open(&options, &history, &cli->why);
    if (status == DLB_OK) {
        const struct dlb_history_filter filter = {.workloads = wanted->workloads->items,
                                                  .workload_count = wanted->workloads->count,
                                                  .devices = wanted->devices->items,
                                                  .device_count = wanted->devices->count};
        status = dlb_history_trend_find(history, &filter, &dlb_changepoint_default,
                                        cli->global.seed_given ? cli->global.seed : TREND_SEED,
                                        trend, &cli->why);
    }
    dlb_history_close(history);
    return status;
}
