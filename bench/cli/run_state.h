/* run_state.h: what a run holds from the first option to the last file; shared by the files of `dlbench run`. */
#ifndef DLB_RUN_STATE_H
#define DLB_RUN_STATE_H

#include "bench/cli/command.h"
#include "bench/cli/devices.h"
#include "bench/cli/progress.h"
#include "bench/cli/run_options.h"
#include "bench/measure/cache.h"
#include "bench/measure/host.h"
#include "bench/run/plan.h"
#include "bench/run/session.h"
#include "bench/store/result.h"
#include "bench/suites/suite.h"

#define DLB_PATH_LIMIT 1024

struct dlb_run {
    struct dlb_cli *cli;
    struct dlb_run_options *options;
    uint64_t seed;
    struct dlb_host host;
    struct dlb_timer timer;
    struct dlb_cache_info cache; /* measured when cold cases are planned */
    struct dlb_suite suite;
    bool has_suite;
    struct dlb_devices devices;
    struct dlb_plan plan;
    struct dlb_sampling sampling;
    double timeout_s;
    struct dlb_result result;        /* a resumed file takes its place */
    double duration_before_s;        /* of the run that is resumed */
    char path[DLB_PATH_LIMIT];       /* of the result file */
    char aside[DLB_PATH_LIMIT + 16]; /* where an older file of that name is kept; "" none */
    struct dlb_journal *journal;
    struct dlb_progress progress;
    int stop_said;              /* the stop that the screen has been told of */
    struct dlb_request request; /* the template of all invocations */
};

/* run_plan.c: suite, selectors and axes to run->plan; or the cases of the file that is resumed. */
enum dlb_status dlb_run_make_plan(struct dlb_run *run);
void dlb_run_print_plan(const struct dlb_run *run);

/* run_resume.c: reads --resume FILE into run->result and its measuring options into the parser. */
enum dlb_status dlb_run_load_resumed(struct dlb_run *run);
/* The cases of the file's records, in their order, on devices that are there again. */
enum dlb_status dlb_run_plan_resumed(struct dlb_run *run);
/* Processes that a case of the plan still wants; the cases that want any. */
int64_t dlb_run_missing(const struct dlb_run *run, int64_t index);
int64_t dlb_run_cases_left(const struct dlb_run *run);

/* run_result.c: the result before measuring: tool, host, devices, settings, one record per case. */
enum dlb_status dlb_run_fill_result(struct dlb_run *run);
/* The path of the result file: -o, the resumed file, or a new name under results/. */
enum dlb_status dlb_run_choose_path(struct dlb_run *run);
/* Keeps a file that stands at the path under another name (run->aside), unless it is the one that is resumed. Restoring
 * undoes that; dropping removes the old file, when the new one has taken its place. */
enum dlb_status dlb_run_set_aside(struct dlb_run *run);
void dlb_run_restore_aside(struct dlb_run *run);
void dlb_run_drop_aside(struct dlb_run *run);
/* The exit code and the reason that the records call for, into result and cli->why. */
int dlb_run_judge(struct dlb_run *run, enum dlb_status session, const struct dlb_why *why);

#endif
