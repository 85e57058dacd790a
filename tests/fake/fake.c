/* fake.c: a backend that misbehaves on demand, for the tests of everything around backends.
 *
 * It computes with the reference kernels, so its answers are right unless told otherwise:
 *   --opt fake.do=BEHAVIOUR   one of the table below
 *   --opt fake.delay=TIME     each execution takes at least so long ("2ms")
 *   --opt fake.estimate=TIME  how long it predicts an execution to take
 *   --opt fake.devices=N      how many devices it has
 *   --opt fake.boards=yes     four devices with names instead, as an FPGA's backend has them: see `boards`; also
 *                             DLBENCH_FAKE_BOARDS in the environment, for commands that take no options
 *   --opt fake.runtime=TEXT   the version that its library claims
 *   --opt fake.counter=FILE   grows by a byte with each process that measures; for what only later processes do
 * Found with DLBENCH_BACKENDS=build/tests/backends. */
#include <fcntl.h>
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
    DO_WRONG,        /* the first element of each result is off by 1000 */
    DO_WRONG_LATE,   /* the same, from the fourth execution on */
    DO_WRONG_SECOND, /* the same, from the second process on */
    DO_UNWRITTEN,    /* results are never written */
    DO_STOPS_WRITING, /* only the first execution writes them: right at first, then it does nothing */
    DO_CRASH_PREPARE,
    DO_CRASH_SUBMIT, /* SIGSEGV */
    DO_CRASH_SECOND, /* the same, from the second process on */
    DO_KILL,         /* SIGKILL, as from the kernel when memory runs out */
    DO_ABORT,        /* a message on stderr and abort(), in submit */
    DO_EXIT,         /* exit(3), in submit */
    DO_HANG,         /* submit never returns */
    DO_HANG_CHATTY,  /* the same, with a line on stderr every 50 ms */
    DO_SLOW,         /* each execution takes 200 ms */
    DO_OOM,          /* prepare answers DLB_NO_MEMORY */
    DO_UNAVAILABLE,
    DO_UNSUPPORTED,
    DO_PRINT, /* chats on stdout, as some libraries do */
    DO_FAIL_SUBMIT,
    DO_REFERENCE_KERNEL, /* says that the library fell back to one */
    DO_BUILD_FAILS, /* prepare answers with the log of a compiler, longer than a reason may be */
    DO_COUNT
};

static const char *const behaviours[DO_COUNT + 1] = {
    [DO_OK] = "ok",
    [DO_WRONG] = "wrong",
    [DO_WRONG_LATE] = "wrong-late",
    [DO_WRONG_SECOND] = "wrong-second",
    [DO_UNWRITTEN] = "unwritten",
    [DO_STOPS_WRITING] = "stops-writing",
    [DO_CRASH_PREPARE] = "crash-prepare",
    [DO_CRASH_SUBMIT] = "crash-submit",
    [DO_CRASH_SECOND] = "crash-second",
    [DO_KILL] = "kill",
    [DO_ABORT] = "abort",
    [DO_EXIT] = "exit",
    [DO_HANG] = "hang",
    [DO_HANG_CHATTY] = "hang-chatty",
    [DO_SLOW] = "slow",
    [DO_OOM] = "oom",
    [DO_UNAVAILABLE] = "unavailable",
    [DO_UNSUPPORTED] = "unsupported",
    [DO_PRINT] = "print",
    [DO_FAIL_SUBMIT] = "fail-submit",
    [DO_REFERENCE_KERNEL] = "reference-kernel",
    [DO_BUILD_FAILS] = "build-fails",
};

static const struct dlb_backend_option options[] = {
    {"do", "ok",
     "ok, wrong, wrong-late, wrong-second, unwritten, stops-writing, crash-prepare, crash-submit, "
     "crash-second, kill, abort, exit, hang, hang-chatty, slow, oom, unavailable, unsupported, "
     "print, fail-submit, reference-kernel, build-fails"},
    {"delay", "0ns", "least time of an execution"},
    {"estimate", "0ns", "how long it predicts an execution to take"},
    {"devices", "1", "how many devices it has"},
    {"boards", "no", "yes: four devices with names, of other evidence"},
    {"runtime", "fake 1.0", "the version that its library claims"},
    {"counter", "", "file that counts the processes, for wrong-second and crash-second"},
    {NULL, NULL, NULL},
};

/* The devices of fake.boards=yes. What is no measurement is as different from the host's time as can be. */
static const struct board {
    const char *id; /* "" has none */
    enum dlb_evidence evidence;
    bool on_request, broken;
} boards[] = {
    {"alpha-10", DLB_EVIDENCE_MODELLED, false, false},
    {"beta-20", DLB_EVIDENCE_MODELLED, true, false},
    {"", DLB_EVIDENCE_EMULATED, false, false},
    {"", DLB_EVIDENCE_MEASURED, false, true},
};
static const struct board plain_board = {"", DLB_EVIDENCE_MEASURED, false, false};

/* Of the named boards: 1000 cycles an execution, at 1 GHz. */
#define CYCLES   1000.0
#define CYCLE_NS 1.0
#define BUILD_NS 3e6
#define TUNE_NS  2e6

struct dlb_context {
    const struct board *board;
    enum behaviour behaviour;
    double delay_ns, estimate_ns;
    int device;
    char runtime[64], counter[256];
    int64_t process;               /* 1.. of those that count themselves; 0: does not count */
    int64_t executions;            /* begun */
    int64_t waited_before, waited; /* executions begun at the last wait but one, and at the last */
    int64_t begin_ns;              /* of the execution that runs */
    int steps;                     /* of the work that is being prepared */
};

/* A step of an execution; the first one is where misbehaviour happens. */
struct fake_step {
    const struct dlb_graph *graph;
    const struct dlb_op *op;
    bool is_first;
};

/* Set by probe, which device_count follows. */
static int devices = 1;
static bool has_boards;
/* A work does not tell its context; a worker has one. */
static const struct dlb_context *last_opened;

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

/* Never returns; what it writes must not pass for a sign of life. */
static void hang_chatting(void)
{
    for (;;) {
        fputs("fake library: still at it\n", stderr);
        dlb_clock_sleep_ns(50 * 1000 * 1000);
    }
}

/* What happens before an execution. */
static enum dlb_status misbehave(const struct dlb_context *context, struct dlb_why *why)
{
    switch (context->behaviour) {
    case DO_CRASH_SUBMIT:
        crash();
        break;
    case DO_CRASH_SECOND:
        if (context->process > 1)
            crash();
        break;
    case DO_KILL:
        raise(SIGKILL);
        break;
    case DO_HANG_CHATTY:
        hang_chatting();
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

static bool is_wrong(const struct dlb_context *context)
{
    return context->behaviour == DO_WRONG ||
           (context->behaviour == DO_WRONG_LATE && context->executions > RIGHT_AT_FIRST) ||
           (context->behaviour == DO_WRONG_SECOND && context->process > 1);
}

static bool is_unwritten(const struct dlb_context *context)
{
    return context->behaviour == DO_UNWRITTEN ||
           (context->behaviour == DO_STOPS_WRITING && context->executions > 1);
}

/* After the last step of an execution: spoils its result, and waits until the time is up. */
static void finish(const struct dlb_context *context, const struct dlb_tensor *result, void *buffer)
{
    if (is_wrong(context))
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
    if (!is_result || !is_unwritten(context))
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
    has_boards = strcmp(dlb_backend_option_value(options, config, "boards"), "yes") == 0 ||
                 getenv("DLBENCH_FAKE_BOARDS") != NULL;
    devices = has_boards ? (int)DLB_ARRAY_COUNT(boards) : (int)count;
    return DLB_OK;
}

static int fake_device_count(void)
{
    return devices;
}

static enum dlb_status fake_find_device(const char *id, int *index, struct dlb_why *why)
{
    for (int i = 0; has_boards && i < devices; i++) {
        if (boards[i].id[0] != '\0' && strcmp(boards[i].id, id) == 0) {
            *index = i;
            return DLB_OK;
        }
    }
    return dlb_fail(why, DLB_UNAVAILABLE, "there is no board '%s'; the boards are: %s", id,
                    has_boards ? "alpha-10, beta-20" : "none without fake.boards=yes");
}

static enum dlb_status fake_open(int device, const struct dlb_backend_config *config,
                                 struct dlb_context **context, struct dlb_why *why)
{
    struct dlb_context made = {.device = device,
                               .board = has_boards ? &boards[device] : &plain_board};
    if (made.board->broken)
        return dlb_fail(why, DLB_UNAVAILABLE, "board %d is broken: take it out", device);
    enum dlb_status status = read_behaviour(config, &made.behaviour, why);
    if (status == DLB_OK)
        status = dlb_parse_time_ns(dlb_backend_option_value(options, config, "delay"),
                                   &made.delay_ns, why);
    if (status == DLB_OK)
        status = dlb_parse_time_ns(dlb_backend_option_value(options, config, "estimate"),
                                   &made.estimate_ns, why);
    if (status != DLB_OK)
        return status;
    if (made.behaviour == DO_SLOW)
        made.delay_ns = SLOW_NS;
    (void)snprintf(made.runtime, sizeof made.runtime, "%s",
                   dlb_backend_option_value(options, config, "runtime"));
    (void)snprintf(made.counter, sizeof made.counter, "%s",
                   dlb_backend_option_value(options, config, "counter"));
    *context = malloc(sizeof **context);
    if (*context == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a context");
    **context = made;
    last_opened = *context;
    return DLB_OK;
}

static void fake_close(struct dlb_context *context)
{
    free(context);
}

static void fake_describe(struct dlb_context *context, struct dlb_device_info *info)
{
    const struct board *board = context->board;
    snprintf(info->id, sizeof info->id, "%s", board->id);
    info->evidence = board->evidence;
    info->on_request = board->on_request;
    if (board->id[0] != '\0')
        snprintf(info->detail, sizeof info->detail, "grid: 2 x 3 = 6 cells\nof 7 there are");
    snprintf(info->name, sizeof info->name, "Fake processor %d", context->device);
    snprintf(info->vendor, sizeof info->vendor, "dlbench");
    snprintf(info->runtime, sizeof info->runtime, "%s", context->runtime);
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

/* Counts this process, once: O_APPEND makes the place of its byte its number. */
static enum dlb_status count_process(struct dlb_context *context, struct dlb_why *why)
{
    if (context->counter[0] == '\0' || context->process > 0)
        return DLB_OK;
    const int fd = open(context->counter, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    const bool written = fd >= 0 && write(fd, "x", 1) == 1;
    context->process = written ? (int64_t)lseek(fd, 0, SEEK_CUR) : 0;
    if (fd >= 0)
        close(fd);
    return written ? DLB_OK
                   : dlb_fail(why, DLB_FAILED, "cannot count in fake.counter=%s", context->counter);
}

static enum dlb_status fail_build(struct dlb_why *why)
{
    char log[2 * DLB_WHY_SIZE];
    size_t used = (size_t)snprintf(log, sizeof log, "error: use of undeclared identifier 'spam'");
    while (used < sizeof log)
        used += (size_t)snprintf(log + used, sizeof log - used, "\nnote: %zu more errors follow",
                                 sizeof log - used);
    return dlb_fail(why, DLB_FAILED, "the kernels do not build: %s", log);
}

static enum dlb_status fake_prepare(struct dlb_context *context, const struct dlb_graph *graph,
                                    int sets, struct dlb_work **work, struct dlb_why *why)
{
    if (context->behaviour == DO_CRASH_PREPARE)
        crash();
    if (context->behaviour == DO_OOM)
        return dlb_fail(why, DLB_NO_MEMORY, "the fake device has 0 bytes of memory");
    if (context->behaviour == DO_BUILD_FAILS)
        return fail_build(why);
    if (context->behaviour == DO_PRINT)
        puts("fake library 1.0: preparing");
    const enum dlb_status counted = count_process(context, why);
    if (counted != DLB_OK)
        return counted;
    context->steps = 0;
    return dlb_opwise_prepare(&fake_ops, context, graph, sets, work, why);
}

/* Cycles are only known when something was executed. */
static void fake_info(struct dlb_work *work, struct dlb_work_info *info)
{
    dlb_opwise_info(work, info);
    if (last_opened == NULL || last_opened->board->id[0] == '\0')
        return;
    snprintf(info->parameters, sizeof info->parameters, "grid rows=2 cols=3");
    info->build_ns = BUILD_NS;
    info->tune_ns = TUNE_NS;
    info->cycles = last_opened->executions > 0 ? CYCLES : 0;
}

static enum dlb_status fake_elapsed(struct dlb_context *context, double *ns, struct dlb_why *why)
{
    (void)why;
    const int64_t count = context->waited - context->waited_before;
    /* The host's clock has to do for the others. */
    *ns = context->board->id[0] != '\0' ? CYCLES * CYCLE_NS * (double)count : -1;
    return DLB_OK;
}

static double fake_estimate(struct dlb_context *context, const struct dlb_graph *graph)
{
    (void)graph;
    return context->estimate_ns;
}

static enum dlb_status fake_wait(struct dlb_context *context, struct dlb_why *why)
{
    (void)why;
    context->waited_before = context->waited;
    context->waited = context->executions;
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
    .find_device = fake_find_device,
    .open = fake_open,
    .close = fake_close,
    .describe = fake_describe,
    .supports = fake_supports,
    .prepare = fake_prepare,
    .discard = dlb_opwise_discard,
    .info = fake_info,
    .write = dlb_opwise_write,
    .read = dlb_opwise_read,
    .submit = dlb_opwise_submit,
    .wait = fake_wait,
    .elapsed = fake_elapsed,
    .estimate = fake_estimate,
};
