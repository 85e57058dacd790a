/* timer.h: how fine the host clock is and what reading it costs (measurement rule 1.1). */
#ifndef DLB_TIMER_H
#define DLB_TIMER_H

struct dlb_timer {
    double step_ns;     /* q: smallest non-zero step seen over 1e5 reads */
    double overhead_ns; /* o: median cost of one pair of reads */
};

/* Measures both; takes about 10 ms. */
void dlb_timer_calibrate(struct dlb_timer *timer);

#endif
