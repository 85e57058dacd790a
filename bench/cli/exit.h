/* exit.h: the exit codes of dlbench, what they mean, and which one wins when several apply. */
#ifndef DLB_EXIT_H
#define DLB_EXIT_H

#include "bench/base/status.h"

enum dlb_exit {
    DLB_EXIT_OK = 0,
    DLB_EXIT_REGRESSED = 1,
    DLB_EXIT_USAGE = 2,
    DLB_EXIT_FAILED = 3,
    DLB_EXIT_INCONCLUSIVE = 4,
    DLB_EXIT_NOTHING = 5,
    DLB_EXIT_REFUSED = 6,
    DLB_EXIT_IO = 7,
    DLB_EXIT_HANGUP = 129,
    DLB_EXIT_INTERRUPTED = 130,
    DLB_EXIT_TERMINATED = 143
};

/* All codes in the order of their precedence, the strongest first; 0 is the last row. */
struct dlb_exit_row {
    enum dlb_exit code;
    const char *meaning;
};
extern const struct dlb_exit_row dlb_exit_rows[];
int dlb_exit_count(void);

/* The stronger of two: interrupt > 7 > 3 > 5 > 6 > 1 > 4 > 0; a usage error stands before all but an interrupt. */
int dlb_exit_stronger(int a, int b);

/* What a failed step means for the exit code. */
int dlb_exit_from_status(enum dlb_status status);

#endif
