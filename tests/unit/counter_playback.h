/* counter_playback.h: a recorded PMU as a source of counters: a file of tests/recordings/counters played back. */
#ifndef DLB_COUNTER_PLAYBACK_H
#define DLB_COUNTER_PLAYBACK_H

#include "bench/measure/counters.h"

/* Reads the recording; counts grow with *executions, which the test's subject moves. Fails the test on a bad file. */
void dlb_playback_load(const char *path, const int64_t *executions);
/* From now on, starting (or stopping) fails at the n-th time; 0: never. */
void dlb_playback_break(int start, int stop);
extern const struct dlb_counter_source dlb_playback_source;

/* Starts and stops so far, and sources that are open. */
int dlb_playback_starts(void);
int dlb_playback_open(void);

#endif
