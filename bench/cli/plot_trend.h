/* plot_trend.h: what `dlbench plot history` draws from: the trend of a history instead of result files. */
#ifndef DLB_PLOT_TREND_H
#define DLB_PLOT_TREND_H

#include "bench/cli/command.h"
#include "bench/store/history.h"

struct dlb_plot_trend_wanted {
    const char *path;                            /* of the database; NULL: the usual one */
    const struct dlb_texts *workloads, *devices; /* patterns; empty: all */
};

/* The caller frees the trend (dlb_history_trend_free) when it is DLB_OK; reasons are in cli->why. DLB_UNAVAILABLE: nothing in the history is meant, or the
 * build has no SQLite. */
enum dlb_status dlb_plot_trend_find(struct dlb_cli *cli, const struct dlb_plot_trend_wanted *wanted,
                                    struct dlb_history_trend *trend);

#endif
