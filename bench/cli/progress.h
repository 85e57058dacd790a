/* progress.h: what a run shows on stderr while it goes on.
 *
 * On a terminal a few lines are redrawn in place, at most ten times a second; elsewhere there is one line per finished case
 * and a heartbeat each minute. It lives in the parent process and never touches what is timed. */
#ifndef DLB_PROGRESS_H
#define DLB_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/cli/block.h"
#include "bench/run/session.h"

struct dlb_progress {
    struct dlb_block block;
    bool quiet;
    int64_t cases;                   /* planned */
    double precision;                /* the goal that is shown */
    int64_t over;                    /* finished cases */
    const struct dlb_record *record; /* of the process that runs */
    int64_t done;                    /* processes that are over, as of the last look */
    int64_t spoken_ns;
    char gates[128]; /* what the gates read in the last process */
    char last[768];  /* the last finished process or case */
};

/* `announcement` is printed once: what runs, the seed, the devices. */
void dlb_progress_open(struct dlb_progress *progress, const struct dlb_screen *screen, bool quiet,
                       const char *announcement);
void dlb_progress_close(struct dlb_progress *progress); /* takes the block off the screen */

/* `record` is that of state->item. */
void dlb_progress_tick(struct dlb_progress *progress, const struct dlb_session_state *state,
                       const struct dlb_record *record);
void dlb_progress_finished(struct dlb_progress *progress, const struct dlb_session_state *state,
                           const struct dlb_record *record);

/* A line above the block ("Ctrl-C: finishing this case ..."). */
void dlb_progress_say(struct dlb_progress *progress, const char *line);

#endif
