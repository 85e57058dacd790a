/* counter_playback.c: plays the counts of a recording back: so many a counted execution, each in its own pass only. */
#include "tests/unit/counter_playback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct recorded {
    int pass; /* -1: none */
    char name[64], event[64], reason[160];
    double value;
};

static struct recorded recorded[DLB_MAX_COUNTERS];
static int recorded_count;
static const int64_t *executed;
static int64_t executed_before;
static int running = -1; /* pass */
static int starts, open_count, break_start, break_stop;
static int of_reading[DLB_MAX_COUNTERS]; /* index into the recording; -1: none */

static void take_line(const char *line)
{
    struct recorded *row = &recorded[recorded_count];
    *row = (struct recorded){.pass = -1};
    if (line[0] == '#' || line[0] == '\n')
        return;
    assert_true(recorded_count < DLB_MAX_COUNTERS);
    if (sscanf(line, "none %63s %159[^\n]", row->name, row->reason) != 2 &&
        sscanf(line, "%d %63s %63s %lf", &row->pass, row->name, row->event, &row->value) != 4)
        fail_msg("recording: %s", line);
    recorded_count++;
}

void dlb_playback_load(const char *path, const int64_t *executions)
{
    char line[512];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        fail_msg("no recording %s", path);
    recorded_count = starts = break_start = break_stop = 0;
    executed = executions;
    while (fgets(line, sizeof line, file) != NULL)
        take_line(line);
    fclose(file);
}

void dlb_playback_break(int start, int stop)
{
    break_start = start;
    break_stop = stop;
}

int dlb_playback_starts(void)
{
    return starts;
}

int dlb_playback_open(void)
{
    return open_count;
}

static enum dlb_status open_playback(const struct dlb_counter_list *list,
                                     struct dlb_counter_reading *readings, int *passes,
                                     char *version, int version_size, void **self,
                                     struct dlb_why *why)
{
    (void)self;
    (void)why;
    *passes = 0;
    for (int i = 0; i < list->count; i++) {
        of_reading[i] = -1;
        for (int r = 0; r < recorded_count; r++)
            if (strcmp(recorded[r].name, list->names[i]) == 0)
                of_reading[i] = r;
        const struct recorded *row = of_reading[i] >= 0 ? &recorded[of_reading[i]] : NULL;
        snprintf(readings[i].event, sizeof readings[i].event, "%s", row != NULL ? row->event : "");
        snprintf(readings[i].reason, sizeof readings[i].reason, "%s",
                 row != NULL ? row->reason : "not in the recording");
        if (row != NULL && row->pass >= *passes)
            *passes = row->pass + 1;
    }
    snprintf(version, (size_t)version_size, "recording");
    open_count++;
    return DLB_OK;
}

static enum dlb_status start_playback(void *self, int pass, struct dlb_why *why)
{
    (void)self;
    assert_int_equal(running, -1);
    if (++starts == break_start)
        return dlb_fail(why, DLB_FAILED, "the PMU was taken away");
    running = pass;
    executed_before = *executed;
    return DLB_OK;
}

static enum dlb_status stop_playback(void *self, int pass, struct dlb_counter_reading *readings,
                                     struct dlb_why *why)
{
    (void)self;
    assert_int_equal(running, pass);
    running = -1;
    if (starts == break_stop)
        return dlb_fail(why, DLB_FAILED, "the PMU gave nothing");
    for (int i = 0; i < DLB_MAX_COUNTERS; i++) {
        if (of_reading[i] < 0 || recorded[of_reading[i]].pass != pass)
            continue;
        const double counted =
            recorded[of_reading[i]].value * (double)(*executed - executed_before);
        readings[i].value = readings[i].value == readings[i].value /* not NaN yet */
                                ? readings[i].value + counted
                                : counted;
    }
    return DLB_OK;
}

static void close_playback(void *self)
{
    (void)self;
    open_count--;
}

const struct dlb_counter_source dlb_playback_source = {
    .name = "playback",
    .open = open_playback,
    .start = start_playback,
    .stop = stop_playback,
    .close = close_playback,
};
