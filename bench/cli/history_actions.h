/* history_actions.h: what `dlbench history` does, action by action. Between command_history.c and history_actions.c. */
#ifndef DLB_HISTORY_ACTIONS_H
#define DLB_HISTORY_ACTIONS_H

#include "bench/cli/command.h"
#include "bench/cli/screen.h"
#include "bench/store/history.h"

#define DLB_HISTORY_FILES 10000 /* that one `add` takes */

/* The choices of --format, in their order. */
enum dlb_history_format {
    DLB_HISTORY_TEXT,
    DLB_HISTORY_JSON,
    DLB_HISTORY_JSONL,
    DLB_HISTORY_CSV,
    DLB_HISTORY_SQL
};

/* The options. */
struct dlb_history_wanted {
    const char *db, *branch, *rev, *since, *host, *metric, *acknowledge, *output;
    struct dlb_texts workloads, devices;
    bool verify;
    int format;
};

/* What an action works on, and where its answer goes. */
struct dlb_history_work {
    struct dlb_cli *cli;
    const struct dlb_history_wanted *wanted;
    char path[4096];
    struct dlb_screen out;
    struct dlb_history *history; /* opened by the actions that read; NULL for the others */
};

/* Each prints its answer to work->out, or through dlb_cli_print_json, and returns the exit code; the reason of a failure is in work->cli->why. add and
 * rebuild open what they need themselves. */
int dlb_history_act_add(struct dlb_history_work *work);
int dlb_history_act_list(struct dlb_history_work *work);
int dlb_history_act_sql(struct dlb_history_work *work);
int dlb_history_act_export(struct dlb_history_work *work);
int dlb_history_act_rebuild(struct dlb_history_work *work);
int dlb_history_act_trend(struct dlb_history_work *work);

#endif
