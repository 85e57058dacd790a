/* execute.c: the life of one invocation, in the order of the measurement rules:
 * open -> supports -> fits? -> prepare -> write -> first call, verified -> warm-up and samples ->
 * counters and energy -> verified again.
 *
 * Runs inside the worker. Times only through measure/sampler; decides nothing about other invocations. Next:
 * execute_sample.c for the samples and what is taken behind them, verify.h for what a right answer is, execute_device.c for how a
 * backend and its device are found. */
#include "bench/run/execute.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/memory.h"
#include "bench/run/device_json.h"
#include "bench/run/execute_device.h"
#include "bench/run/execute_state.h"
#include "bench/run/slowdown.h"

/* A case is not begun when its predicted time leaves fewer calls than this in the budget: three warm-up
 * calls, two verified ones and the six samples that an interval needs; without a clock that measures, one sample. */
#define CALLS_NEEDED     11
#define CALLS_NEEDED_FEW 3

/* At most this many sets are read back after timing; with more, the first, the last and some between. */
#define SETS_VERIFIED 4

static enum dlb_status open_device(const struct dlb_registry *registry, struct dlb_execution *x)
{
    struct dlb_why *why = &x->answer->why;
    const struct dlb_case *item = &x->request->item;
    enum dlb_status status = dlb_execute_backend(registry, item->backend, &x->backend, why);
    if (status != DLB_OK)
        return status;
    snprintf(x->answer->evidence, sizeof x->answer->evidence, "%s",
             dlb_evidence_name(x->backend->evidence));
    dlb_execute_options(x->request, item->backend, x->options, &x->config);
    x->config.threads = item->threads;
    status = x->backend->probe(&x->config, why);
    if (status != DLB_OK)
        return status;
    status = dlb_execute_device(x->backend, item->device, &x->device, why);
    if (status == DLB_OK)
        status = x->backend->open(x->device, &x->config, &x->context, why);
    if (status != DLB_OK)
        return status;
    dlb_device_read(x->backend, x->context, &x->info);
    snprintf(x->answer->evidence, sizeof x->answer->evidence, "%s",
             dlb_evidence_name(x->info.evidence));
    return DLB_OK;
}

/* Would the reference-like backends take hours? Only those that predict are asked. */
static enum dlb_status check_budget(const struct dlb_execution *x)
{
    if (x->backend->estimate == NULL)
        return DLB_OK;
    const double call_ns = x->backend->estimate(x->context, &x->graph);
    const double budget_ns = x->request->sampling.max_time_ns;
    const int calls = dlb_execution_is_measured(x) ? CALLS_NEEDED : CALLS_NEEDED_FEW;
    if (!(call_ns * calls > budget_ns))
        return DLB_OK;
    return dlb_fail(&x->answer->why, DLB_SKIPPED,
                    "over budget: one call would take about %.3g s, %d calls are needed and the "
                    "case may take %.3g s (raise --max-time)",
                    call_ns * 1e-9, calls, budget_ns * 1e-9);
}

/* Chooses the number of argument sets; falls back to flushing where rotation does not fit the memory. */
static enum dlb_status plan_sets(struct dlb_execution *x, const struct dlb_count *count)
{
    const double limit = (double)x->request->memory_limit_bytes;
    const double one = count->working_set_bytes;
    /* The oracle keeps a plain copy of the inputs, and libraries keep packed ones. */
    if (limit > 0 && 3 * one > limit)
        return dlb_fail(&x->answer->why, DLB_SKIPPED,
                        "needs about %.3g GB (working set, oracle and packed copies), %.3g GB of "
                        "memory are free",
                        3e-9 * one, 1e-9 * limit);
    x->sets = 1;
    if (x->request->item.cache == DLB_CACHE_WARM)
        return DLB_OK;
    if (!dlb_execution_is_measured(x))
        return dlb_fail(&x->answer->why, DLB_SKIPPED,
                        "its times are %s: it has no cache that could be cold",
                        dlb_evidence_name(x->info.evidence));
    if (x->request->llc_bytes <= 0)
        return dlb_fail(&x->answer->why, DLB_SKIPPED,
                        "the size of the last-level cache is unknown here, so no case can be shown "
                        "to be cold");
    const int64_t sets = dlb_cache_sets(x->request->llc_bytes, (int64_t)one);
    if (sets <= 1 << 20 && (limit <= 0 || ((double)sets + 2) * one <= limit)) {
        x->sets = (int)sets;
        return DLB_OK;
    }
    x->flush = dlb_flush_open(x->request->llc_bytes);
    if (x->flush == NULL)
        return dlb_fail(&x->answer->why, DLB_NO_MEMORY,
                        "no memory for a cache flush buffer of 2 x %lld bytes",
                        (long long)x->request->llc_bytes);
    return DLB_OK;
}

static double positive_or_nan(double value)
{
    return value > 0 ? value : (double)NAN;
}

/* What the work tells of itself. Asked again after the first call: some things, like cycles, are only known then. */
static void take_info(struct dlb_execution *x)
{
    struct dlb_work_info info = {0};
    struct dlb_answer *answer = x->answer;
    x->backend->info(x->work, &info);
    snprintf(answer->implementation, sizeof answer->implementation, "%s", info.implementation);
    snprintf(answer->parameters, sizeof answer->parameters, "%s", info.parameters);
    answer->invocation.build_ns = positive_or_nan(info.build_ns);
    answer->invocation.tune_ns = positive_or_nan(info.tune_ns);
    answer->cycles = positive_or_nan(info.cycles);
    answer->reference_kernel = info.reference_kernel;
    answer->memory_bytes = info.memory_bytes;
    answer->cache_sets = x->sets;
}

static enum dlb_status prepare(struct dlb_execution *x)
{
    struct dlb_why *why = &x->answer->why;
    const int64_t begin = dlb_clock_ns();
    const enum dlb_status status =
        x->backend->prepare(x->context, &x->graph, x->sets, &x->work, why);
    x->answer->invocation.prepare_ns = (double)(dlb_clock_ns() - begin);
    if (status == DLB_OK)
        take_info(x);
    return status;
}

/* A result buffer that no execution wrote must not look like an answer. */
static enum dlb_status poison(struct dlb_execution *x, int set, int tensor)
{
    dlb_oracle_poison(&x->graph.tensors[tensor], x->host);
    return x->backend->write(x->work, set, tensor, x->host, &x->answer->why);
}

/* Puts a set back to where it was before its first execution: states refilled, outputs poisoned. */
static enum dlb_status reset_set(struct dlb_execution *x, int set)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < x->graph.tensor_count && status == DLB_OK; i++) {
        const enum dlb_role role = x->graph.tensors[i].role;
        if (role == DLB_ROLE_OUTPUT)
            status = poison(x, set, i);
        else if (role == DLB_ROLE_STATE)
            status =
                x->backend->write(x->work, set, i, dlb_oracle_input(x->oracle, i), &x->answer->why);
    }
    return status;
}

static enum dlb_status write_sets(struct dlb_execution *x)
{
    enum dlb_status status = DLB_OK;
    for (int set = 0; set < x->sets && status == DLB_OK; set++) {
        for (int i = 0; i < x->graph.tensor_count && status == DLB_OK; i++) {
            const enum dlb_role role = x->graph.tensors[i].role;
            if (role == DLB_ROLE_INPUT || role == DLB_ROLE_WEIGHT)
                status = x->backend->write(x->work, set, i, dlb_oracle_input(x->oracle, i),
                                           &x->answer->why);
        }
        if (status == DLB_OK)
            status = reset_set(x, set);
    }
    return status;
}

/* Every look at a large result draws other elements, the same ones again when the run is repeated with its seed. */
static void look_elsewhere(struct dlb_execution *x)
{
    char name[64];
    snprintf(name, sizeof name, "look %d of process %d", x->looks++, x->request->process);
    dlb_oracle_look(x->oracle, dlb_random_derive(x->request->seed, name));
}

/* Reads all results of a set and compares each with the oracle; the worst goes into the answer. */
static enum dlb_status check_results(struct dlb_execution *x, int set, const char *when)
{
    x->events->phase(x->events->user, "verify", x->patience_s);
    look_elsewhere(x);
    for (int i = 0; i < x->graph.tensor_count; i++) {
        if (!dlb_graph_is_result(&x->graph, i))
            continue;
        struct dlb_why why = {""};
        enum dlb_status status = x->backend->read(x->work, set, i, x->host, &why);
        struct dlb_check check = {0};
        if (status == DLB_OK)
            status = dlb_oracle_check(x->oracle, i, x->host, &check, &why);
        struct dlb_verification *verified = &x->answer->verified;
        if (!verified->checked || check.max_rel_err > verified->max_rel_err || !check.ok) {
            verified->max_abs_err = check.max_abs_err;
            verified->max_rel_err = check.max_rel_err;
            verified->tolerance = check.tolerance;
        }
        verified->checked = true;
        verified->ok = status == DLB_OK;
        snprintf(verified->method, sizeof verified->method, "%s", check.method);
        if (status != DLB_OK)
            return dlb_fail(&x->answer->why, status, "%s: %s", when, why.text);
    }
    return DLB_OK;
}

/* One execution on a set; *ns gets how long it took. */
static enum dlb_status execute_once(struct dlb_execution *x, int set, double *ns)
{
    x->events->phase(x->events->user, "execute", 0);
    const int64_t begin = dlb_clock_ns();
    enum dlb_status status = x->backend->submit(x->work, set, 1, &x->answer->why);
    if (status == DLB_OK)
        status = x->backend->wait(x->context, &x->answer->why);
    *ns = (double)(dlb_clock_ns() - begin);
    return status;
}

/* The first call is made and timed in any case. */
static enum dlb_status verify_first(struct dlb_execution *x, double *first_call_ns)
{
    enum dlb_status status = execute_once(x, 0, first_call_ns);
    if (status == DLB_OK) {
        take_info(x);
        if (!x->request->unverified)
            status = check_results(x, 0, "before timing");
    }
    if (status == DLB_OK)
        status = reset_set(x, 0);
    return status;
}

/* First the outputs that the timed executions themselves left behind (a state has been updated many times by then and
 * tells nothing). Then each set is poisoned and executed once more: an execution that does nothing, because it was lost
 * or because nothing seemed to have changed, leaves the poison. */
static enum dlb_status verify_last(struct dlb_execution *x)
{
    const int64_t used = x->executed < x->sets ? x->executed : x->sets;
    const int checked = (int)(used < SETS_VERIFIED ? used : SETS_VERIFIED);
    const bool timed_tell = !dlb_execution_has_state(x);
    double ns;
    enum dlb_status status = DLB_OK;
    if (x->request->unverified)
        return DLB_OK;
    for (int i = 0; i < checked && status == DLB_OK; i++) {
        const int set = checked == 1 ? 0 : (int)((used - 1) * i / (checked - 1));
        if (timed_tell)
            status = check_results(x, set, "after timing");
        if (status == DLB_OK)
            status = reset_set(x, set);
        if (status == DLB_OK)
            status = execute_once(x, set, &ns);
        if (status == DLB_OK)
            status = check_results(x, set, "executed again after timing");
    }
    return status;
}

/* Rule 1.5: what lies between two touches of the same set must be at least twice the cache. Sets are executed in the order
 * in which they were written, so this holds from the first round on: each was last touched when it was written, and all
 * others were touched since. */
static void judge_cold(struct dlb_execution *x, const struct dlb_count *count)
{
    if (x->request->item.cache != DLB_CACHE_COLD || x->flush != NULL)
        return;
    const double between = count->working_set_bytes * (double)(x->sets - 1);
    x->answer->cold_downgraded = between < 2.0 * (double)x->request->llc_bytes;
}

/* How long the oracle may keep the worker silent. A pass over several ops runs as plain loops at about 1 Gop/s and is
 * given four times that; single ops are sampled or projected. */
static double oracle_patience_s(const struct dlb_execution *x, const struct dlb_count *count)
{
    const double elements = count->working_set_bytes;
    return 60 + 4e-9 * (x->graph.op_count > 1 ? count->ops : 0) + 1e-7 * elements * x->sets;
}

/* Resident bytes of this process; 0 where procfs does not tell. */
static int64_t resident_bytes(void)
{
    long long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) {
        if (fscanf(file, "%lld %lld", &pages, &resident) != 2)
            resident = 0;
        fclose(file);
    }
    return (int64_t)resident * sysconf(_SC_PAGESIZE);
}

/* Between these two calls the backend is at work, and what the process grows by is the backend's. */
static void begin_growth(struct dlb_execution *x)
{
    x->resident_before = resident_bytes();
}

static void end_growth(struct dlb_execution *x)
{
    const int64_t grown = resident_bytes() - x->resident_before;
    x->resident_added += grown > 0 ? grown : 0;
}

static size_t largest_tensor(const struct dlb_graph *graph)
{
    int64_t largest = 1;
    for (int i = 0; i < graph->tensor_count; i++) {
        const int64_t bytes = dlb_tensor_bytes(&graph->tensors[i]);
        largest = bytes > largest ? bytes : largest;
    }
    return (size_t)largest;
}

static enum dlb_status prepare_case(struct dlb_execution *x, const struct dlb_count *count)
{
    struct dlb_why *why = &x->answer->why;
    enum dlb_status status = x->backend->supports(x->context, &x->graph, why);
    if (status == DLB_OK)
        status = check_budget(x);
    if (status == DLB_OK)
        status = plan_sets(x, count);
    if (status != DLB_OK)
        return status;
    x->events->phase(x->events->user, "prepare", 0);
    status = prepare(x);
    end_growth(x);
    if (status != DLB_OK)
        return status;
    x->patience_s = oracle_patience_s(x, count);
    x->events->phase(x->events->user, "verify", x->patience_s);
    x->host = dlb_aligned_alloc(largest_tensor(&x->graph));
    if (x->host == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a host copy of the largest tensor");
    const char *folder = x->request->oracle_folder;
    status = dlb_oracle_open(&x->graph, x->request->item.data, x->request->seed,
                             folder[0] != '\0' ? folder : NULL, &x->oracle, why);
    begin_growth(x);
    return status == DLB_OK ? write_sets(x) : status;
}

/* What was asked for, or what the environment of this program wants: the larger one. */
static enum dlb_status choose_slowdown(struct dlb_execution *x)
{
    const struct dlb_case *item = &x->request->item;
    const double asked = x->request->sampling.slowdown;
    char key[DLB_CASE_KEY_SIZE];
    double own = 1;
    struct dlb_why why = {""};
    dlb_case_key(item, key, sizeof key);
    if (dlb_slowdown_factor(getenv(DLB_SLOWDOWN_VARIABLE), key, item->problem.workload->name, &own,
                            &why) != DLB_OK)
        return dlb_fail(&x->answer->why, DLB_FAILED, "%s: %s", DLB_SLOWDOWN_VARIABLE, why.text);
    x->answer->slowdown = asked > own ? asked : own;
    return DLB_OK;
}

static enum dlb_status measure_case(struct dlb_execution *x, int64_t start_ns)
{
    x->events->phase(x->events->user, "load", 0);
    dlb_workload_version_hash(x->request->item.problem.workload, x->answer->version_hash);
    enum dlb_status status = choose_slowdown(x);
    if (status == DLB_OK)
        status = dlb_problem_build(&x->request->item.problem, &x->graph, &x->answer->why);
    if (status != DLB_OK)
        return status;
    const struct dlb_count count = dlb_count_graph(&x->graph);
    const double load_ns = (double)(dlb_clock_ns() - start_ns);
    status = prepare_case(x, &count);
    double first_call_ns = NAN;
    if (status == DLB_OK)
        status = verify_first(x, &first_call_ns);
    if (status == DLB_OK) {
        x->events->phase(x->events->user, "sample", 0);
        status = dlb_execution_sample(x);
        end_growth(x);
    }
    if (status == DLB_OK) {
        status = dlb_execution_passes(x, &count);
    }
    if (status == DLB_OK)
        status = verify_last(x);
    if (status != DLB_OK)
        return status;
    judge_cold(x, &count);
    x->answer->invocation.peak_mem_bytes = x->resident_added;
    x->answer->invocation.load_ns = load_ns;
    x->answer->invocation.first_call_ns = first_call_ns;
    x->answer->measured = true;
    return DLB_OK;
}

enum dlb_status dlb_execute(const struct dlb_registry *registry, const struct dlb_request *request,
                            int64_t start_ns, const struct dlb_execute_events *events,
                            struct dlb_answer *answer)
{
    struct dlb_execution x = {.request = request, .events = events, .answer = answer};
    *answer = (struct dlb_answer){.status = DLB_OK, .cycles = NAN};
    dlb_energy_reset(&answer->invocation.energy);
    begin_growth(&x);
    answer->status = open_device(registry, &x);
    if (answer->status == DLB_OK)
        answer->status = measure_case(&x, start_ns);
    if (x.context != NULL) {
        answer->devices = json_array();
        json_array_append_new(answer->devices, dlb_device_to_json(x.backend, &x.info, x.device));
    }
    dlb_oracle_close(x.oracle);
    dlb_flush_close(x.flush);
    dlb_aligned_free(x.host);
    if (x.work != NULL)
        x.backend->discard(x.work);
    if (x.context != NULL)
        x.backend->close(x.context);
    dlb_graph_free(&x.graph);
    return answer->status;
}
