/* run_state.h: what a run holds from the first option to the last file; shared by the files of `dlbench run`, and by the commands that
 * plan and measure as it does: `check`, `selftest aa`. */
#ifndef DLB_RUN_STATE_H
#define DLB_RUN_STATE_H

#include <stdio.h>

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

/* In the settings of a result: was there a --power-command? The command itself is not kept there: nobody's file is to be run. */
#define DLB_RUN_POWER_COMMAND "power_command"

/* What differs between the commands that plan. */
struct dlb_run_kind {
    const char *command; /* its name, for the first line on the screen */
    const struct dlb_option
        *rows;         /* its options: of the settings of a suite those apply that are among them */
    const char *suite; /* where neither a suite nor a workload is named */
    const char *timing_option; /* what its option for the timing mode is called */
    bool
        no_emulated; /* an emulator's time says nothing: its devices are left out, refused by name */
};

struct dlb_run {
    const struct dlb_run_kind *kind;
    struct dlb_cli *cli;
    const char *program,
        *backends; /* what measures: ourselves, unless told otherwise; NULL: its own plugins */
    struct dlb_run_options *options;
    uint64_t seed;
    struct dlb_host host;
    struct dlb_timer timer;
    struct dlb_cache_info cache; /* measured when cold cases are planned */
    struct dlb_suite suite;
    bool has_suite;
    struct dlb_devices devices;
    /* Adds devices that others than this program have. NULL: there are none. */
    enum dlb_status (*widen)(struct dlb_devices *devices, void *user, struct dlb_why *why);
    /* Fills the plan for the devices that are selected, in the place of suite and patterns. NULL: these do. */
    enum dlb_status (*fill_plan)(struct dlb_run *run, void *user);
    /* Where no -d says what is meant: takes devices away, never the last one, and says why (left_out). NULL: all stay. */
    void (*narrow)(struct dlb_devices *devices, void *user);
    void *planner; /* their `user` */
    struct dlb_plan plan;
    struct dlb_sampling sampling;
    double timeout_s;
    struct dlb_result result;        /* a resumed file takes its place */
    double duration_before_s;        /* of the run that is resumed */
    char path[DLB_PATH_LIMIT];       /* of the result file */
    char aside[DLB_PATH_LIMIT + 16]; /* where an older file of that name is kept; "" none */
    struct dlb_journal *journal;
    struct dlb_progress progress;
    int stop_said;                  /* the stop that the screen has been told of */
    struct dlb_request request;     /* the template of all invocations */
    struct dlb_run_ceilings *roofs; /* run_roofs.h; owned; NULL: none are compared with */
};

/* run_prepare.c. The run is zeroed by the caller, who keeps the options; closing releases what it holds, not the struct. */
void dlb_run_open(struct dlb_run *run, const struct dlb_run_kind *kind, struct dlb_cli *cli,
                  struct dlb_run_options *options);
void dlb_run_close(struct dlb_run *run);
/* --counters into run->request; DLB_INVALID with the nearest name. */
enum dlb_status dlb_run_take_counters(struct dlb_run *run);
/* Timer, and the last-level cache where cold cases are planned. */
void dlb_run_probe_machine(struct dlb_run *run);
/* run->request: what every process is told. */
void dlb_run_fill_request(struct dlb_run *run);
/* "dlbench run  suite=quick  seed=7  devices: ..." and, a line each, the devices that were passed over or left out. */
void dlb_run_announce(const struct dlb_run *run, struct dlb_text *text);

/* run_plan.c: suite, selectors and axes to run->plan; or the cases of the file that is resumed. */
enum dlb_status dlb_run_make_plan(struct dlb_run *run);
void dlb_run_print_plan(const struct dlb_run *run);
/* How long what is left of the plan takes. */
struct dlb_plan_estimate dlb_run_estimate(const struct dlb_run *run);
/* "45 s", "12 min"; 16 bytes do. */
void dlb_run_format_span(char *buffer, size_t size, double seconds);

/* run_measure.c: measures all cases of the plan, with its progress on the screen. As dlb_session_run. */
enum dlb_status dlb_run_measure(struct dlb_run *run, struct dlb_why *why);
struct dlb_spawn dlb_run_spawn(const struct dlb_run *run); /* threads and CPUs are set per case */
/* 0 go on, 1 finish what is at hand, 2 stop now; said once on the screen, the first time in the words of `first`. */
int dlb_run_asked_to_stop(struct dlb_run *run, struct dlb_block *block, const char *first);

/* run_resume.c: reads --resume FILE into run->result and its measuring options into the parser. */
enum dlb_status dlb_run_load_resumed(struct dlb_run *run);
/* The cases of the file's records, in their order, on devices that are there again. */
enum dlb_status dlb_run_plan_resumed(struct dlb_run *run);
/* Processes that a case of the plan still wants; the cases that want any. */
int64_t dlb_run_missing(const struct dlb_run *run, int64_t index);
int64_t dlb_run_cases_left(const struct dlb_run *run);

/* run_result.c: the result before measuring: tool, host, devices, settings, one record per case. */
enum dlb_status dlb_run_fill_result(struct dlb_run *run);
/* The exit code and the reason that the records call for, into result and cli->why. */
int dlb_run_judge(struct dlb_run *run, enum dlb_status session, const struct dlb_why *why);

/* run_file.c. Takes the lock on the result file: -o, the resumed file, or a new name under results/. */
enum dlb_status dlb_run_take_file(struct dlb_run *run);
/* Writes the result without measurements, so that a bad place shows now; takes the lock if that was not done. A file that stands at the
 * path is kept under another name (run->aside), unless it is the one that is resumed. */
enum dlb_status dlb_run_open_file(struct dlb_run *run);
/* Saves with this exit code and the reason in cli->why. False: it could not be saved, which makes another code and reason. */
bool dlb_run_save(struct dlb_run *run, int *code);
/* Gives the lock back. The old file is removed when the new one is saved, complete, and ended well. */
void dlb_run_close_file(struct dlb_run *run, bool saved, bool well);
/* "results: FILE", or where what could be saved is. */
void dlb_run_name_file(const struct dlb_run *run, bool saved, FILE *stream);

#endif
