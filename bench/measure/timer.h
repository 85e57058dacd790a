/* timer.h: how fine the host clock is and what reading it costs (measurement rule 1.1). */
#ifndef DLB_TIMER_H
#define DLB_TIMER_H

#include <stdint.h>

struct dlb_timer {
    double step_ns; /* q: smallest non-zero step seen over 1e5 reads; 0: the clock stands still */
    double overhead_ns; /* o: median cost of one pair of reads */
};

/* Measures both of dlb_clock_ns; takes a few milliseconds. */
void dlb_timer_calibrate(struct dlb_timer *timer);

/* The same of any clock: `read` answers ns since an arbitrary start. */
typedef int64_t dlb_clock_read(void *user);
void dlb_timer_calibrate_with(dlb_clock_read *read, void *user, struct dlb_timer *timer);

#endif
