/* passes.h: extra passes of a case behind its timed samples: what is counted and what energy it takes.
 *
 * The samples are over by then, so nothing here can disturb a time. Each pass repeats the case as a sample does. A pass that cannot be made
 * is an empty cell with its reason and never fails the case; what the executions themselves answer does. Inside the worker only. */
#ifndef DLB_PASSES_H
#define DLB_PASSES_H

#include "backends/backend.h"
#include "bench/measure/counters.h"
#include "bench/run/protocol.h"

/* Windows of a meter in each process, at most: one that was disturbed is tried again. */
#define DLB_ENERGY_WINDOWS 2

/* The case as the passes see it; execute_sample.c fills it. */
struct dlb_passes {
    const struct dlb_request *request; /* counters, meter, idle_power_w, process */
    const struct dlb_device_info *device;
    void *self; /* of run and between */
    enum dlb_status (*run)(void *self, int64_t k,
                           struct dlb_why *why); /* k executions, then a wait; as in a sample */
    void (*between)(void *self); /* NULL, or what comes before every sample: a state refilled, a
                                    cache flushed; not to be counted as the case's own */
    bool single_call;            /* cold by flushing: k is 1, with `between` before each */
    int64_t k;                   /* executions of a sample; >= 1 */
    double execution_ns;         /* by the host's clock, median of the samples */
    double median_ns;            /* of the samples, as the invocation tells it */
    double ops, bytes, items;    /* the formula's, per execution */
    void *user;                  /* of phase */
    /* Tells the parent what goes on and that nothing hangs; again at least every few seconds. patience_s: see execute.h. */
    void (*phase)(void *user, const char *phase, double patience_s);
    const struct dlb_counter_source *source; /* NULL: the best there is; tests bring their own */
};

/* Executions that take about `least_ns`, a whole number of samples; at least one sample. */
int64_t dlb_passes_executions(const struct dlb_passes *passes, double least_ns);

/* Counts what the request asks for, in as many passes as it takes, and fills `counting` with its derived figures. Where host counters would
 * say nothing of the device (GPU, modelled, emulated), every value is empty with that reason. Fails only as the executions fail. */
enum dlb_status dlb_pass_counters(const struct dlb_passes *passes, struct dlb_counting *counting,
                                  struct dlb_why *why);

/* A window of the request's meter, and what it means for a device of this kind; fills `energy`, method "none" with a reason where it
 * cannot be told. With DLB_METER_TDP no window but a bound by the power that the request tells. Fails only as the executions fail. In
 * pass_energy.c. */
enum dlb_status dlb_pass_energy(const struct dlb_passes *passes, struct dlb_energy *energy,
                                struct dlb_why *why);

/* All that the request asks for: counters in the process with index 0, energy in each. */
enum dlb_status dlb_passes_run(const struct dlb_passes *passes, struct dlb_answer *answer,
                               struct dlb_why *why);

#endif
