/* fake.c: a backend that misbehaves on demand, for the tests of everything around backends.
 *
 * It computes with the reference kernels, so its answers are right unless told otherwise:
 *   --opt fake.do=BEHAVIOUR   one of the table below
 *   --opt fake.delay=TIME     each execution takes at least so long ("2ms")
 *   --opt fake.devices=N      how many devices it has
 * Found with DLBENCH_BACKENDS=build/tests/backends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/backend.h"
#include "backends/opwise.h"
#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "kernels/reference/reference.h"

/* Executions that wrong-late does right: the verified first call and a few of the warm-up. */
#define RIGHT_AT_FIRST 3
#define SLOW_NS        2e8

enum behaviour {
    DO_OK,
    DO_WRONG,      /* the first element of each result is off by 1000 */
    DO_WRONG_LATE, /* the same, from the fourth execution on */
    DO_UNWRITTEN,  /* results are never written */
    DO_CRASH_PREPARE,
    DO_CRASH_SUBMIT, /* SIGSEGV */
    DO_ABORT,        /* a message on stderr and abort(), in submit */
    DO_EXIT,         /* exit(3), in submit */
    DO_HANG,         /* submit never returns */
    DO_SLOW,         /* each execution takes 200 ms */
    DO_OOM,          /* prepare answers DLB_NO_MEMORY */
    DO_UNAVAILABLE,
    DO_UNSUPPORTED,
    DO_PRINT, /* chats on stdout, as some libraries do */
    DO_FAIL_SUBMIT,
    DO_REFERENCE_KERNEL, /* says that the library fell back to one */
    DO_COUNT
};

static const char *const behaviours[DO_COUNT + 1] = {
    [DO_OK] = "ok",
    [DO_WRONG] = "wrong",
    [DO_WRONG_LATE] = "wrong-late",
    [DO_UNWRITTEN] = "unwritten",
    [DO_CRASH_PREPARE] = "crash-prepare",
    [DO_CRASH_SUBMIT] = "crash-submit",
    [DO_ABORT] = "abort",
    [DO_EXIT] = "exit",
    [DO_HANG] = "hang",
    [DO_SLOW] = "slow",
    [DO_OOM] = "oom",
    [DO_UNAVAILABLE] = "unavailable",
    [DO_UNSUPPORTED] = "unsupported",
    [DO_PRINT] = "print",
    [DO_FAIL_SUBMIT] = "fail-submit",
    [DO_REFERENCE_KERNEL] = "reference-kernel",
};

static const struct dlb_backend_option options[] = {
    {"do", "ok",
     "ok, wrong, wrong-late, unwritten, crash-prepare, crash-submit, abort, exit, hang, slow, oom, "
     "unavailable, unsupported, print, fail-submit, reference-kernel"},
    {"delay", "0ns", "least time of an execution"},
    {"devices", "1", "how many devices it has"},
    {NULL, NULL, NULL},
};

struct dlb_context {
    enum behaviour behaviour;
    double delay_ns;
    int device;
    int64_t executions; /* begun */
    int64_t begin_ns;   /* of the execution that runs */
    int steps;          /* of the work that is being prepared */
};

/* A step of an execution; the first one is where misbehaviour happens. */
struct fake_step {
    const struct dlb_graph *graph;
    const struct dlb_op *op;
    bool is_first;
};

/* Set by probe, which device_count follows. */
static int devices = 1;

static enum dlb_status read_behaviour(const struct dlb_backend_config *config,
                                      enum behaviour *behaviour, struct dlb_why *why)
{
    const char *wanted = dlb_backend_option_value(options, config, "do");
    for (int i = 0; i < DO_COUNT; i++) {
        if (strcmp(wanted, behaviours[i]) == 0) {
            *behaviour = (enum behaviour)i;
            return DLB_OK;
        }
    }
    return dlb_fail(why, DLB_INVALID, "fake.do must be one of %s; found %s", options[0].help,
                    wanted);
}

static enum dlb_status fake_op_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                        const struct dlb_group *group, struct dlb_why *why)
{
    (void)graph;
    if (context->behaviour == DO_UNSUPPORTED)
        return dlb_fail(why, DLB_UNSUPPORTED, "told so by fake.do");
    if (group->epilogue_count > 0)
        return dlb_fail(why, DLB_UNSUPPORTED, "runs each op by itself");
    return DLB_OK;
}

static enum dlb_status fake_op_prepare(struct dlb_context *context,
                                       const struct dlb_opwise_args *args,
                                       struct dlb_opwise_step *step, struct dlb_why *why)
{
    struct fake_step *state = malloc(sizeof *state);
    if (state == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a step");
    *state = (struct fake_step){
        .graph = args->graph,
        .op = &args->graph->ops[args->group->root],
        .is_first = context->steps++ == 0,
    };
    step->state = state;
    step->reference_kernel = context->behaviour == DO_REFERENCE_KERNEL;
    snprintf(step->implementation, sizeof step->implementation, "fake_%s",
             behaviours[context->behaviour]);
    return DLB_OK;
}

/* Dies of SIGSEGV for certain, also under a sanitizer, which would make an exit of it. */
static void crash(void)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

/* What happens before an execution. */
static enum dlb_status misbehave(const struct dlb_context *context, struct dlb_why *why)
{
    switch (context->behaviour) {
    case DO_CRASH_SUBMIT:
        crash();
        break;
    case DO_ABORT:
        fputs("fake library: assertion failed\n", stderr);
        abort();
    case DO_EXIT:
        exit(3);
    case DO_HANG:
        for (;;)
            sleep(1);
    case DO_PRINT:
        puts("fake library 1.0: running");
        fflush(stdout);
        break;
    case DO_FAIL_SUBMIT:
        return dlb_fail(why, DLB_FAILED, "the fake library answered error 42");
    default:
        break;
    }
    return DLB_OK;
}

/* After the last step of an execution: spoils its result, and waits until the time is up. */
static void finish(const struct dlb_context *context, const struct dlb_tensor *result, void *buffer)
{
    const bool late = context->behaviour == DO_WRONG_LATE && context->executions > RIGHT_AT_FIRST;
    if (context->behaviour == DO_WRONG || late)
        dlb_dtype_store(result->dtype, buffer, 0, dlb_dtype_load(result->dtype, buffer, 0) + 1000);
    while ((double)(dlb_clock_ns() - context->begin_ns) < context->delay_ns)
        continue;
}

static enum dlb_status fake_op_run(struct dlb_context *context, const struct dlb_opwise_step *step,
                                   void *const *buffers, void *scratch, struct dlb_why *why)
{
    (void)scratch;
    const struct fake_step *state = step->state;
    const int output = state->op->output;
    const bool is_result = dlb_graph_is_result(state->graph, output);
    if (state->is_first) {
        context->begin_ns = dlb_clock_ns();
        context->executions++;
        const enum dlb_status status = misbehave(context, why);
        if (status != DLB_OK)
            return status;
    }
    if (!is_result || context->behaviour != DO_UNWRITTEN)
        dlb_reference_run(state->graph, state->op, buffers);
    if (is_result)
        finish(context, &state->graph->tensors[output], buffers[output]);
    return DLB_OK;
}

static void fake_op_discard(struct dlb_context *context, struct dlb_opwise_step *step)
{
    (void)context;
    free(step->state);
}

static const struct dlb_opwise_ops fake_ops = {
    .supports = fake_op_supports,
    .prepare = fake_op_prepare,
    .run = fake_op_run,
    .discard = fake_op_discard,
};

static enum dlb_status fake_probe(const struct dlb_backend_config *config, struct dlb_why *why)
{
    enum behaviour behaviour;
    int64_t count;
    enum dlb_status status = read_behaviour(config, &behaviour, why);
    if (status == DLB_OK)
        status = dlb_parse_int(dlb_backend_option_value(options, config, "devices"), &count, why);
    if (status != DLB_OK)
        return status;
    if (behaviour == DO_UNAVAILABLE)
        return dlb_fail(why, DLB_UNAVAILABLE, "the fake library is not there: drop fake.do");
    devices = (int)count;
    return DLB_OK;
}

static int fake_device_count(void)
{
    return devices;
}

static enum dlb_status fake_open(int device, const struct dlb_backend_config *config,
                                 struct dlb_context **context, struct dlb_why *why)
{
    struct dlb_context made = {.device = device};
    enum dlb_status status = read_behaviour(config, &made.behaviour, why);
    if (status == DLB_OK)
        status = dlb_parse_time_ns(dlb_backend_option_value(options, config, "delay"),
                                   &made.delay_ns, why);
    if (status != DLB_OK)
        return status;
    if (made.behaviour == DO_SLOW)
        made.delay_ns = SLOW_NS;
    *context = malloc(sizeof **context);
    if (*context == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a context");
    **context = made;
    return DLB_OK;
}

static void fake_close(struct dlb_context *context)
{
    free(context);
}

static void fake_describe(struct dlb_context *context, struct dlb_device_info *info)
{
    snprintf(info->name, sizeof info->name, "Fake processor %d", context->device);
    snprintf(info->vendor, sizeof info->vendor, "dlbench");
    snprintf(info->runtime, sizeof info->runtime, "fake 1.0");
    info->kind = DLB_KIND_CPU;
    info->clock_max_hz = 1e9;
    info->peak_ops_per_s[DLB_DTYPE_F32] = 1e10;
    info->mem_bw_bytes_per_s = 1e10;
}

static enum dlb_status fake_supports(struct dlb_context *context, const struct dlb_graph *graph,
                                     struct dlb_why *why)
{
    return dlb_opwise_supports(&fake_ops, context, graph, why);
}

static enum dlb_status fake_prepare(struct dlb_context *context, const struct dlb_graph *graph,
                                    int sets, struct dlb_work **work, struct dlb_why *why)
{
    if (context->behaviour == DO_CRASH_PREPARE)
        crash();
    if (context->behaviour == DO_OOM)
        return dlb_fail(why, DLB_NO_MEMORY, "the fake device has 0 bytes of memory");
    if (context->behaviour == DO_PRINT)
        puts("fake library 1.0: preparing");
    context->steps = 0;
    return dlb_opwise_prepare(&fake_ops, context, graph, sets, work, why);
}

static enum dlb_status fake_wait(struct dlb_context *context, struct dlb_why *why)
{
    (void)context, (void)why;
    return DLB_OK;
}

DLB_EXPORT const struct dlb_backend dlb_backend = {
    .abi = DLB_BACKEND_ABI,
    .name = "fake",
    .summary = "misbehaves on demand, for tests",
    .kind = DLB_KIND_CPU,
    .evidence = DLB_EVIDENCE_MEASURED,
    .options = options,
    .probe = fake_probe,
    .device_count = fake_device_count,
    .open = fake_open,
    .close = fake_close,
    .describe = fake_describe,
    .supports = fake_supports,
    .prepare = fake_prepare,
    .discard = dlb_opwise_discard,
    .info = dlb_opwise_info,
    .write = dlb_opwise_write,
    .read = dlb_opwise_read,
    .submit = dlb_opwise_submit,
    .wait = fake_wait,
};
