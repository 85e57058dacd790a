/* timer.c: calibrates a clock: its smallest visible step and the cost of reading it twice.
 *
 * The sampler needs both: the step bounds the quantisation error of a sample, the cost is subtracted from it. */
#include "bench/measure/timer.h"

#include <stddef.h>
#include <stdlib.h>

#include "bench/base/clock.h"

#define READS 100000
/* A clock coarser than this many reads apart (some 0.2 s) counts as standing still. */
#define MOST_READS 10000000

static int64_t read_host(void *user)
{
    (void)user;
    return dlb_clock_ns();
}

static int compare_steps(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* Waits for the first step of a clock that did not move during the calibration loop: from edge to edge, because the
 * part of a step that was left when we started is shorter than a step. */
static double coarse_step(dlb_clock_read *read, void *user)
{
    int64_t edge = read(user);
    int edges = 0;

    for (int64_t i = 0; i < MOST_READS; i++) {
        const int64_t now = read(user);
        if (now == edge)
            continue;
        if (++edges == 2)
            return now > edge ? (double)(now - edge) : 0.0;
        edge = now;
    }
    return 0.0;
}

void dlb_timer_calibrate_with(dlb_clock_read *read, void *user, struct dlb_timer *timer)
{
    int64_t *steps = malloc(READS * sizeof *steps);
    int64_t smallest = 0;

    *timer = (struct dlb_timer){0.0, 0.0};
    if (steps == NULL)
        return;

    int64_t last = read(user);
    for (size_t i = 0; i < READS; i++) {
        const int64_t now = read(user);
        steps[i] = now - last;
        last = now;
    }
    for (size_t i = 0; i < READS; i++)
        if (steps[i] > 0 && (smallest == 0 || steps[i] < smallest))
            smallest = steps[i];
    qsort(steps, READS, sizeof *steps, compare_steps);
    const int64_t median = steps[READS / 2];
    timer->overhead_ns = median > 0 ? (double)median : 0.0;
    timer->step_ns = smallest > 0 ? (double)smallest : coarse_step(read, user);
    free(steps);
}

void dlb_timer_calibrate(struct dlb_timer *timer)
{
    dlb_timer_calibrate_with(read_host, NULL, timer);
}
