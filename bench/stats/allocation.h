/* allocation.h: how many samples one process is worth, when a new process could be started instead (rule 1.7). */
#ifndef DLB_ALLOCATION_H
#define DLB_ALLOCATION_H

#include <stdint.h>

/* What a first round of processes showed. Variances and costs in any units, each pair in the same. */
struct dlb_allocation {
    double variance_within;  /* of samples inside a process, S1^2 */
    double variance_between; /* of the processes' averages, S2^2 */
    int64_t samples;         /* taken per process in that round, r1 >= 1 */
    double cost_sample;      /* of one more sample, c1 > 0 */
    double cost_process;     /* of one more process, without its samples, c2 > 0 */
};

/* The number of samples per process that gives the narrowest interval for the time spent:
 *   r = ceil(sqrt((c2 / c1) (S1^2 / T2^2))),   T2^2 = S2^2 - S1^2 / r1
 * (Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013, sections 6.2 and 9). INT64_MAX when processes differ
 * no more than their samples explain (T2^2 <= 0), 1 when samples do not differ; never less than 1. NaN or impossible inputs
 * give INT64_MAX: no limit. */
int64_t dlb_allocation_samples(const struct dlb_allocation *seen);

#endif
