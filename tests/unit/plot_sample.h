/* plot_sample.h: results made up to be hard to draw: few and many devices, long and hostile names, huge ranges, nothing but one point. */
#ifndef DLB_PLOT_SAMPLE_H
#define DLB_PLOT_SAMPLE_H

#include "bench/store/result.h"

struct plot_sample {
    int devices, problems; /* 1 at least */
    int dtypes;            /* 1 to 3: f32, bf16, s8 */
    int processes;         /* 0: 3 */
    int64_t samples;       /* of a process; 0: 40 */
    int thread_counts;     /* 1, 2, 4, ...; 0: one, of 2 threads */
    int batches;           /* of a network: 1, 4, 16, ...; 0: no networks */
    double decades;        /* that the speeds of problems span; 0: all equal */
    bool modelled;         /* the last device is a model */
    bool noisy;            /* every fifth case, one process of it; with spikes */
    bool missing; /* every fourth case of the second device did not run, and one device is absent */
    bool roofs;   /* devices have measured ceilings and a datasheet */
    const char *label; /* of every problem and device, a number behind it; NULL: ordinary ones */
};

/* The same at every call. Release with dlb_result_free. */
void plot_sample_result(const struct plot_sample *how, struct dlb_result *result);

/* Everything that a script or a page could take for more than text; without a newline of its own. */
extern const char plot_sample_hostile[];

#endif
