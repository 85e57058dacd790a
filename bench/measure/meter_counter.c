/* meter_counter.c: one counter of joules from reading to reading: what it counted, or why that cannot be told.
 *
 * A counter grows, and at its range it starts again at 0 (a wrap). Everything else is a fault that must not become a number: it was reset,
 * it jumped further than any power could bring it, it stood still, or nobody looked for so long that it may have wrapped twice. Pure. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/measure/meter_parts.h"

/* What a counter may be ahead of the moment that it was read at: its update interval, and the reading's own time. */
#define SLACK_S 0.02

/* The coarsest unit of energy that processors use by default: 2^-14 J (Intel SDM vol. 3, MSR_RAPL_POWER_UNIT). */
#define RAPL_STEP_J (1.0 / 16384)
/* RAPL's counters move about every millisecond (SDM, "Package RAPL Domain"); one that has not for so long is stuck. */
#define RAPL_STILL_S 0.5
/* Nothing below this is called impossible. No package takes it. */
#define RAPL_MOST_W 1000.0

void dlb_meter_counter_rapl(struct dlb_meter_counter *counter)
{
    *counter = (struct dlb_meter_counter){.range_j = (double)NAN,
                                          .most_w = RAPL_MOST_W,
                                          .step_j = RAPL_STEP_J,
                                          .still_max = RAPL_STILL_S};
}

void dlb_meter_counter_begin(struct dlb_meter_counter *counter, double joules, double now_s)
{
    counter->last_j = joules;
    counter->sum_j = 0;
    counter->last_s = counter->moved_s = now_s;
    counter->still_s = 0;
    counter->wraps = 0;
    counter->reason[0] = '\0';
}

/* What the counter went back by is a wrap only when the way over its range is short enough. */
static double over_the_range(struct dlb_meter_counter *counter, double joules, double possible_j)
{
    if (isnan(counter->range_j)) {
        snprintf(counter->reason, sizeof counter->reason,
                 "the counter of %s went back from %.6g to %.6g J, and where it wraps is unknown",
                 counter->name, counter->last_j, joules);
        return 0;
    }
    const double counted = counter->range_j - counter->last_j + joules;
    if (counted < 0 || counted > possible_j) {
        snprintf(counter->reason, sizeof counter->reason,
                 "counter reset: %s went back from %.6g to %.6g J, and that is no wrap",
                 counter->name, counter->last_j, joules);
        return 0;
    }
    counter->wraps++;
    return counted;
}

static void stand_still(struct dlb_meter_counter *counter, double now_s)
{
    counter->still_s = fmax(counter->still_s, now_s - counter->moved_s);
    if (counter->still_s > counter->still_max)
        snprintf(counter->reason, sizeof counter->reason,
                 "stuck: the counter of %s stood still for %.2g s", counter->name,
                 counter->still_s);
}

void dlb_meter_counter_take(struct dlb_meter_counter *counter, double joules, double now_s)
{
    const double passed_s = now_s - counter->last_s;
    const double possible_j = counter->most_w * (passed_s + SLACK_S);
    double counted = joules - counter->last_j;
    if (counter->reason[0] != '\0')
        return; /* the first fault is told */
    if (counted == 0) {
        stand_still(counter, now_s);
        counter->last_s = now_s;
        return;
    }
    if (possible_j > counter->range_j)
        snprintf(counter->reason, sizeof counter->reason,
                 "%.3g s between two readings: the counter of %s may have wrapped twice", passed_s,
                 counter->name);
    else if (counted < 0)
        counted = over_the_range(counter, joules, possible_j);
    else if (counted > possible_j)
        snprintf(counter->reason, sizeof counter->reason,
                 "glitch: %s counted %.3g J within %.3g s, more than %.3g W", counter->name,
                 counted, passed_s, counter->most_w);
    counter->sum_j += counted;
    counter->last_j = joules;
    counter->last_s = counter->moved_s = now_s;
}
