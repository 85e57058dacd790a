/* execute_sample.c: the times of one invocation, and behind them the passes for counters and energy.
 *
 * The case as the sampler sees it: so many executions over the rotating sets, then a wait. Next: sampler.h, passes.h. */
#include <stdio.h>

#include "bench/measure/gates.h"
#include "bench/run/execute_state.h"
#include "bench/run/passes.h"
#include "bench/run/sample_answer.h"

bool dlb_execution_is_measured(const struct dlb_execution *x)
{
    return x->info.evidence == DLB_EVIDENCE_MEASURED;
}

bool dlb_execution_has_state(const struct dlb_execution *x)
{
    for (int i = 0; i < x->graph.tensor_count; i++)
        if (x->graph.tensors[i].role == DLB_ROLE_STATE)
            return true;
    return false;
}

/* The subject of the sampler: k executions over the rotating sets, then a wait. */
static enum dlb_status run_batch(void *self, int64_t k, struct dlb_why *why)
{
    struct dlb_execution *x = self;
    enum dlb_status status = x->backend->submit(x->work, x->next_set, k, why);
    if (status == DLB_OK)
        status = x->backend->wait(x->context, why);
    x->next_set = (int)((x->next_set + k) % x->sets);
    x->executed += k;
    return status;
}

static enum dlb_status device_elapsed(void *self, double *ns, struct dlb_why *why)
{
    struct dlb_execution *x = self;
    return x->backend->elapsed(x->context, ns, why);
}

static void flush_cache(void *self)
{
    dlb_flush_run(((struct dlb_execution *)self)->flush);
}

/* A state grows from execution to execution, and infinities are not what a user multiplies. Only warm: a write would
 * warm the buffers of a cold case. */
static void reset_state(void *self)
{
    struct dlb_execution *x = self;
    for (int i = 0; i < x->graph.tensor_count; i++)
        if (x->graph.tensors[i].role == DLB_ROLE_STATE)
            (void)x->backend->write(x->work, 0, i, dlb_oracle_input(x->oracle, i), NULL);
}

typedef void between_function(void *self);

/* What comes before each sample, outside the timed span; NULL: nothing. */
static between_function *between_samples(const struct dlb_execution *x)
{
    if (x->flush != NULL)
        return flush_cache;
    return x->sets == 1 && dlb_execution_has_state(x) ? reset_state : NULL;
}

static void record_gates(const struct dlb_gate_reading *reading, struct dlb_invocation *invocation)
{
    invocation->gate_count = DLB_GATE_COUNT;
    for (int i = 0; i < DLB_GATE_COUNT; i++) {
        struct dlb_gate_value *gate = &invocation->gates[i];
        snprintf(gate->name, sizeof gate->name, "%s", dlb_gate_name((enum dlb_gate)i));
        gate->value = reading->value[i];
    }
}

/* What the time of an execution is worth. Cycle counts times a clock, formulas and compilers predict; an emulator tells
 * nothing of the device. */
static enum dlb_clock_worth clock_worth(const struct dlb_execution *x)
{
    switch (x->info.evidence) {
    case DLB_EVIDENCE_MEASURED:
        return DLB_CLOCK_MEASURES;
    case DLB_EVIDENCE_EMULATED:
        return DLB_CLOCK_EMULATES;
    default:
        return DLB_CLOCK_PREDICTS;
    }
}

enum dlb_status dlb_execution_sample(struct dlb_execution *x)
{
    struct dlb_sampling sampling = x->request->sampling;
    sampling.slowdown = x->answer->slowdown;
    sampling.mode = x->request->item.mode;
    sampling.single_call = x->flush != NULL;
    sampling.worth = clock_worth(x);
    struct dlb_subject subject = {.self = x, .run = run_batch, .between = between_samples(x)};
    if (x->backend->elapsed != NULL)
        subject.elapsed = device_elapsed;
    const bool measured = dlb_execution_is_measured(x);
    struct dlb_gate_reading gates;
    dlb_timer_calibrate(&sampling.timer);
    const enum dlb_status status =
        dlb_sample_answer(&subject, &sampling, x->events, measured ? &gates : NULL, x->answer);
    if (status == DLB_OK && measured)
        record_gates(&gates, &x->answer->invocation);
    return status;
}

enum dlb_status dlb_execution_passes(struct dlb_execution *x, const struct dlb_count *count)
{
    const struct dlb_invocation *invocation = &x->answer->invocation;
    struct dlb_passes passes = {.request = x->request,
                                .device = &x->info,
                                .self = x,
                                .run = run_batch,
                                .between = between_samples(x),
                                .single_call = x->flush != NULL,
                                .k = invocation->k,
                                .execution_ns = invocation->host_median_ns,
                                .median_ns = invocation->median_ns,
                                .ops = count->ops,
                                .bytes = count->bytes,
                                .items = (double)x->graph.items,
                                .user = x->events->user,
                                .phase = x->events->phase};
    return dlb_passes_run(&passes, x->answer, &x->answer->why);
}
