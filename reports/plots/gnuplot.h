/* gnuplot.h: gnuplot as a child process; for render.c alone.
 *
 * What it reads and what it says stand in files without a name (memfd_create), so that nothing blocks and nothing is left behind. */
#ifndef DLB_GNUPLOT_H
#define DLB_GNUPLOT_H

#include <sys/types.h>

#include "bench/base/text.h"

#define DLB_GNUPLOT_LOOK_NS INT64_C(2000000) /* between two looks whether a child has ended */

struct dlb_gnuplot_child {
    pid_t pid; /* 0: none */
    int output, errors;
    int64_t started_ns;
};

/* Starts `program` with `arguments` (ends with NULL) on `script`. DLB_FAILED: not started; nothing is then left to end. */
enum dlb_status dlb_gnuplot_start(const char *program, const char *const *arguments,
                                  const struct dlb_text *script, struct dlb_gnuplot_child *child,
                                  struct dlb_why *why);
/* Has it ended? One that ran for more than 30 s (the environment's DLBENCH_PLOT_TIMEOUT tells another number) is ended, and all that it started. */
bool dlb_gnuplot_ended(struct dlb_gnuplot_child *child, int *wait_status, bool *timed_out);
/* Until it has; returns its wait status. */
int dlb_gnuplot_wait(struct dlb_gnuplot_child *child, bool *timed_out);
/* What it wrote to its standard output (appended to `output`) and to its standard error; gives the files back. */
enum dlb_status dlb_gnuplot_collect(struct dlb_gnuplot_child *child, struct dlb_text *output,
                                    struct dlb_text *errors);
/* All of it for one program: starts, waits, collects. DLB_TIMEOUT, DLB_FAILED (exit status, signal) with what it said last. */
enum dlb_status dlb_gnuplot_run(const char *program, const char *const *arguments,
                                const struct dlb_text *script, struct dlb_text *output,
                                struct dlb_text *errors, struct dlb_why *why);
/* The verdict on an ended child: DLB_OK, DLB_TIMEOUT, DLB_FAILED. */
enum dlb_status dlb_gnuplot_judge(int wait_status, bool timed_out, const struct dlb_text *errors,
                                  struct dlb_why *why);

#endif
