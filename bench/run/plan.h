/* plan.h: from what the user selected to the list of cases: problems x devices x threads x mode x cache x data.
 *
 * Problems come from a suite or from workload patterns; patterns narrow a suite; parameter lists multiply or override.
 * "Nothing matches" is DLB_UNAVAILABLE and names what exists; nonsense is DLB_INVALID. */
#ifndef DLB_PLAN_H
#define DLB_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/run/case.h"
#include "bench/suites/suite.h"

/* More cases than this are most likely a mistake, and wanted only when said so. */
#define DLB_PLAN_CAP INT64_C(100000)

struct dlb_plan_selection {
    const struct dlb_suite *suite; /* NULL: patterns alone */
    int pattern_count;
    const char *const *patterns; /* "gemm", "conv*", "gemm:m=64"; comma lists of names */
    int axis_count;
    const char *const *axes; /* "m=512-4096*2" */
    int64_t limit;           /* of problems: DLB_PLAN_CAP, or more */
};

/* The problems selected. A pattern with ':' is a key: with a suite it keeps the problems that agree in the parameters
 * named; without one it is a problem of its own. An axis is set on each workload that knows its name; one that no selected
 * workload knows is DLB_INVALID with the nearest. Release with dlb_problems_free, also on failure. */
enum dlb_status dlb_plan_problems(const struct dlb_plan_selection *selection,
                                  struct dlb_problems *problems, struct dlb_why *why);

struct dlb_plan_device {
    char backend[32];
    char id[DLB_DEVICE_SIZE]; /* its number or name */
    bool once;                /* see struct dlb_case */
    bool host_threads;        /* the number of host threads matters to it: CPU devices */
    int max_threads;          /* more than these make no difference to it; 0: any number does */
};

struct dlb_plan_axes {
    const struct dlb_problems *problems;
    int device_count;
    const struct dlb_plan_device *devices;
    int thread_count;
    const int *threads; /* devices without host_threads take the first; clamped to max_threads */
    int modes, caches, fills; /* sets of bits over the enums */
    int64_t limit;
};

struct dlb_plan {
    int64_t count;
    struct dlb_case *cases;
    int64_t
        duplicates; /* cases dropped because an equal one stands before; occurrences were added up */
};

/* Multiplies out, problems outermost so that devices stand side by side, and drops equal cases. */
enum dlb_status dlb_plan_build(const struct dlb_plan_axes *axes, struct dlb_plan *plan,
                               struct dlb_why *why);
void dlb_plan_free(struct dlb_plan *plan);

/* Seconds that the measuring of all cases takes at least (each stops at its precision goal at the first chance) and at most
 * (each uses its budget), not counting noisy invocations that are repeated. `hopeless` of the cases are expected to be
 * skipped at once as over budget. */
struct dlb_plan_estimate {
    double least_s, most_s;
};
struct dlb_plan_estimate dlb_plan_estimate(const struct dlb_plan *plan,
                                           const struct dlb_sampling *sampling, int invocations,
                                           int64_t hopeless);

#endif
