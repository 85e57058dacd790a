/* allocation.c: the formula of Kalibera and Jones for two levels, processes and samples. */
#include "bench/stats/allocation.h"

#include <math.h>

int64_t dlb_allocation_samples(const struct dlb_allocation *seen)
{
    const double within = seen->variance_within;
    const double between = seen->variance_between - within / (double)seen->samples;
    const double costs = seen->cost_process / seen->cost_sample;
    if (!(within >= 0) || !(between > 0) || !(costs > 0) || seen->samples < 1)
        return INT64_MAX;
    const double samples = ceil(sqrt(costs * within / between));
    return samples >= 9e18 ? INT64_MAX : samples < 1 ? 1 : (int64_t)samples;
}
