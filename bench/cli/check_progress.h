/* check_progress.h: what a check shows on stderr while it goes on: as progress.h does for a run. */
#ifndef DLB_CHECK_PROGRESS_H
#define DLB_CHECK_PROGRESS_H

#include "bench/cli/block.h"
#include "bench/run/check.h"

struct dlb_check_progress {
    struct dlb_block block;
    bool quiet;
    int64_t cases;
    int stage; /* that was told */
    int64_t spoken_ns;
    int64_t over;   /* cases that are judged */
    char last[512]; /* the last judged case */
};

/* `announcement` is printed once. */
void dlb_check_progress_open(struct dlb_check_progress *progress, const struct dlb_screen *screen,
                             bool quiet, const char *announcement);
void dlb_check_progress_close(struct dlb_check_progress *progress);

void dlb_check_progress_tick(struct dlb_check_progress *progress,
                             const struct dlb_check_state *state);
void dlb_check_progress_finished(struct dlb_check_progress *progress,
                                 const struct dlb_check_state *state,
                                 const struct dlb_verdict_row *row);
/* A line that stays ("finishing this pair ..."). */
void dlb_check_progress_say(struct dlb_check_progress *progress, const char *line);

#endif
