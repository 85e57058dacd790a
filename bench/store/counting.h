/* counting.h: what hardware and software counters said of one execution of a case, as a record keeps it.
 *
 * Counters run in a pass of their own behind the timed samples, so that counting disturbs no time. Plain data: run fills it,
 * store writes and reads it, reports print it. A counter that this machine does not have is an empty cell with its reason. */
#ifndef DLB_COUNTING_H
#define DLB_COUNTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/base/status.h"

#define DLB_MAX_COUNTS 32

struct dlb_count_value {
    char name
        [64]; /* as asked for: "cycles", "l3_miss"; the same on every device; unique within a case */
    char event[64];   /* what the machine calls it: "PAPI_TOT_CYC"; "" where there is none */
    double value;     /* per execution, all threads of the worker together; NaN: not counted */
    char reason[160]; /* why there is no value; "" */
};

struct dlb_counting {
    bool taken;         /* false: counters were not asked for */
    char source[48];    /* "PAPI 7.0.0" */
    int64_t executions; /* counted in each pass */
    int passes;         /* events that do not fit the counters together go into another pass */
    bool
        multiplexed; /* some values are extrapolated by the kernel; never without the record's flag of that name */
    double
        pass_ns; /* length of one execution in these passes: what counting cost shows beside the timed median */
    int count;
    struct dlb_count_value values[DLB_MAX_COUNTS];
    /* Derived; NaN where a counter of theirs is missing. */
    double ipc;               /* instructions per cycle */
    double effective_hz;      /* cycles per second of "task_clock", which counts ns */
    double l3_miss_per_kinst; /* last-level misses per 1000 instructions; likewise below */
    double l2_miss_per_kinst, l1d_miss_per_kinst;
    double dram_bytes_per_op; /* measured bytes of memory traffic / the formula's operations */
    double
        formula_bytes_per_op; /* the record's bytes / ops: what it would be with every tensor touched once */
    double
        flops_counted_per_op; /* floating-point operations counted ("flops_sp" + "flops_dp") / the formula's */
    json_t *unknown; /* object or NULL, owned */
};

/* The value of a counter by name; NaN when it is not there. */
double dlb_counting_value(const struct dlb_counting *counting, const char *name);
/* Fills the derived figures from the values; `ops` and `bytes` are the formula's, per execution. Pure. */
void dlb_counting_derive(struct dlb_counting *counting, double ops, double bytes);
void dlb_counting_free(struct dlb_counting *counting); /* what it owns, not the struct */

/* The caller owns what is returned; NULL without memory. Reading null or nothing gives `taken` false. */
json_t *dlb_counting_to_json(const struct dlb_counting *counting);
enum dlb_status dlb_counting_from_json(const json_t *json, struct dlb_counting *counting,
                                       struct dlb_why *why);

#endif
