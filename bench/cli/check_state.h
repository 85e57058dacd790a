/* check_state.h: what a check holds from the first option to the last file; shared by the files of `dlbench check` and by
 * `selftest aa`. */
#ifndef DLB_CHECK_STATE_H
#define DLB_CHECK_STATE_H

#include "bench/cli/check_arguments.h"
#include "bench/cli/check_progress.h"
#include "bench/cli/run_state.h"
#include "bench/run/check.h"
#include "bench/store/baseline.h"
#include "reports/check_report.h"

enum { DLB_SIDE_A, DLB_SIDE_B, DLB_SIDES };

struct dlb_checking {
    struct dlb_run run; /* plan, result, file; mode history measures with it */
    struct dlb_check_arguments *arguments;
    struct dlb_rule rule;
    char paths[DLB_SIDES][DLB_PATH_LIMIT];
    struct dlb_check_side sides[DLB_SIDES];
    json_t *listed[DLB_SIDES]; /* the devices that a side tells; NULL: this program knows them */
    const char **gone;         /* keys of devices that only the old side has; owned, the keys not */
    int gone_count;
    struct dlb_baseline *baseline; /* mode history; owned */
    struct dlb_check_progress progress;
    char mute[40]; /* --github: the word that ends the silence of dlb_check_github_mute */
};

extern const struct dlb_run_kind dlb_check_kind;

/* Closing releases what it holds, not the struct. */
void dlb_checking_open(struct dlb_checking *checking, const struct dlb_run_kind *kind,
                       struct dlb_cli *cli, struct dlb_check_arguments *arguments);
void dlb_checking_close(struct dlb_checking *checking);

/* check_sides.c: what contradicts itself is DLB_INVALID. */
enum dlb_status dlb_check_refuse(const struct dlb_check_arguments *arguments, struct dlb_why *why);
/* Finds both programs and asks them who they are. DLB_UNAVAILABLE says which cannot be spoken to. */
enum dlb_status dlb_check_find_sides(struct dlb_checking *checking, struct dlb_why *why);
/* Are both the same program with the same plugins? */
bool dlb_check_is_self(const struct dlb_checking *checking);
/* result.check: rule, sides, budget. */
enum dlb_status dlb_check_tell_sides(struct dlb_checking *checking);

/* check_listed.c. Asks a side for its devices, unless it is this program; one that does not answer is told. */
void dlb_check_ask_devices(struct dlb_checking *checking, int which);
/* Adds the devices that only the sides have; `user` is the checking. For run->widen. */
enum dlb_status dlb_check_widen(struct dlb_devices *devices, void *user, struct dlb_why *why);
/* Has only the old side this device? */
bool dlb_check_is_gone(const struct dlb_checking *checking, const char *key);

/* check_devices.c: which devices are measured when no -d says it; `user` is the checking. For run->narrow. */
void dlb_check_narrow(struct dlb_devices *devices, void *user);
/* What is said before it begins: devices, processes, time. */
void dlb_check_announce(const struct dlb_checking *checking, struct dlb_text *text);

/* check_past.c, mode history. Lets the cases of the baseline be planned where nothing else is named; DLB_INVALID: an axis that they
 * have already. */
enum dlb_status dlb_check_plan_past(struct dlb_checking *checking, struct dlb_why *why);
/* DLB_UNAVAILABLE: the plan has no case of the baseline. */
enum dlb_status dlb_check_shares_past(const struct dlb_checking *checking, struct dlb_why *why);

/* check_measure.c: the past sessions, in mode history. DLB_IO: the file cannot be read, or holds something else. */
enum dlb_status dlb_check_read_baseline(struct dlb_checking *checking, struct dlb_why *why);
/* Plans; refuses a budget in which nothing can be measured. */
enum dlb_status dlb_check_plan(struct dlb_checking *checking);
/* Measures and judges, in either mode. As dlb_check_run. */
enum dlb_status dlb_check_measure(struct dlb_checking *checking, struct dlb_why *why);

/* check_outputs.c: before anything is measured: can each of the outputs be written, and is none of them an input? */
enum dlb_status dlb_check_outputs_test(const struct dlb_checking *checking, struct dlb_why *why);
struct dlb_check_output_options dlb_check_options_of(const struct dlb_checking *checking);
/* Writes them all, whatever becomes of one; DLB_IO is the first that failed, the others are logged. */
enum dlb_status dlb_check_outputs_write(struct dlb_checking *checking, struct dlb_why *why);

/* --github: from here on GitHub takes no line of ours for a command, whatever names and reasons hold, until the next call with false. */
void dlb_check_github_mute(struct dlb_checking *checking, bool on);

/* check_exit.c: the exit code and the reason that the verdicts call for, into cli->why. */
int dlb_check_exit(struct dlb_checking *checking, enum dlb_status measured,
                   const struct dlb_why *why);

#endif
