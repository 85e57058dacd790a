/* run_plan.c: from the command line to the plan: suite and its settings, devices, threads, problems, cases. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/run_energy.h"
#include "bench/cli/run_state.h"
#include "bench/graph/count.h"
#include "bench/run/passes.h"
#include "bench/run/slowdown.h"

#define SECOND        1e9
#define WARMUP_CPU_NS 0.2e9 /* measurement rule 1.4 */
#define WARMUP_GPU_NS 0.5e9
#define PLAN_ROWS     40 /* more cases than this are not all printed */

/* For the estimate alone: plain loops on one thread were seen at 1.8 to 2.5 GFLOP/s, and a case is skipped as over budget
 * when some ten calls do not fit (bench/run/execute.c decides by the device's own prediction). */
#define PLAIN_OPS_PER_S 2e9
#define PLAIN_CALLS     11

/* A suite sets measuring options, and no others: it cannot say where results go. */
static enum dlb_status apply_settings(struct dlb_run *run)
{
    for (int i = 0; i < run->suite.setting_count; i++) {
        const char *name = run->suite.settings[i].name;
        const struct dlb_option *row = dlb_option_find(dlb_run_option_rows, name);
        struct dlb_why inner = {""};
        const char *own = strcmp(name, "mode") == 0 ? run->kind->timing_option : name;
        if (row != NULL && !row->in_suite) {
            return dlb_fail(&run->cli->why, DLB_INVALID,
                            "suite '%s' cannot set --%s: it is not a measuring option",
                            run->suite.name, name);
        }
        if (row != NULL && dlb_option_find(run->kind->rows, own) == NULL) {
            continue; /* for `run` alone: how many processes, ... */
        }
        const enum dlb_status status = dlb_parser_set(
            &run->cli->parser, own, run->suite.settings[i].value, DLB_SOURCE_SUITE, &inner);
        if (status != DLB_OK) {
            return dlb_fail(&run->cli->why, status, "suite '%s', @set: %.400s", run->suite.name,
                            inner.text);
        }
    }
    return DLB_OK;
}

static enum dlb_status load_suite(struct dlb_run *run)
{
    const char *name = run->options->suite;
    if (name == NULL && run->options->workloads.count == 0) {
        name = run->kind->suite;
    }
    if (name == NULL) {
        return DLB_OK;
    }
    enum dlb_status status = dlb_suite_load(name, &run->suite, &run->cli->why);
    if (status == DLB_OK) {
        run->has_suite = true;
        status = apply_settings(run);
    }
    return status;
}

static enum dlb_status find_problems(struct dlb_run *run, int64_t limit,
                                     struct dlb_problems *problems)
{
    const struct dlb_run_options *o = run->options;
    const struct dlb_plan_selection selection = {.suite = run->has_suite ? &run->suite : NULL,
                                                 .pattern_count = o->workloads.count,
                                                 .patterns = o->workloads.items,
                                                 .axis_count = o->params.count,
                                                 .axes = o->params.items,
                                                 .limit = limit};
    return dlb_plan_problems(&selection, problems, &run->cli->why);
}

/* More threads than CPUs would time-share: the figure would say nothing. */
static enum dlb_status check_threads(struct dlb_run *run)
{
    const int most = dlb_host_default_threads(&run->host);
    char quota[64] = "no cgroup quota";
    if (run->host.cgroup_cpu_quota > 0) {
        snprintf(quota, sizeof quota, "cgroup quota: %.3g CPUs", run->host.cgroup_cpu_quota);
    }
    for (int64_t i = 0; i < run->options->threads.count; i++) {
        if (run->options->threads.items[i] > most) {
            return dlb_fail(&run->cli->why, DLB_INVALID,
                            "--threads %" PRId64
                            ": this process may use %d (affinity mask: %d CPU%s, %s)",
                            run->options->threads.items[i], most, run->host.allowed_cpu_count,
                            run->host.allowed_cpu_count == 1 ? "" : "s", quota);
        }
    }
    return DLB_OK;
}

/* An emulator shows that a program works; how long that takes says nothing about the device. */
static enum dlb_status leave_out_emulated(struct dlb_run *run)
{
    bool any = false;
    for (int i = 0; i < run->devices.count; i++) {
        struct dlb_device *device = &run->devices.items[i];
        if (device->selected && device->evidence == DLB_EVIDENCE_EMULATED) {
            if (device->named) {
                return dlb_fail(&run->cli->why, DLB_INVALID,
                                "%s is emulated: its times say nothing about the device, so there "
                                "is nothing to check",
                                device->key);
            }
            device->selected = false;
        }
        any = any || device->selected;
    }
    return any ? DLB_OK
               : dlb_fail(&run->cli->why, DLB_UNAVAILABLE,
                          "only emulated devices are there: their times say nothing");
}

static enum dlb_status find_devices(struct dlb_run *run)
{
    struct dlb_why *why = &run->cli->why;
    const struct dlb_run_options *o = run->options;
    enum dlb_status status = dlb_devices_open(&run->devices, why);
    if (status == DLB_OK) {
        status = dlb_devices_check_options(&run->devices, &o->backend_options, why);
    }
    if (status == DLB_OK) {
        status = dlb_devices_probe(&run->devices, run->cli, &o->devices, &o->backend_options, why);
    }
    if (status == DLB_OK && run->widen != NULL) {
        status = run->widen(&run->devices, run->planner, why);
    }
    if (status == DLB_OK) {
        status = dlb_devices_select(&run->devices, &o->devices, why);
    }
    if (status == DLB_OK && run->kind->no_emulated) {
        status = leave_out_emulated(run);
    }
    if (status == DLB_OK && run->narrow != NULL && o->devices.count == 0) {
        run->narrow(&run->devices, run->planner);
    }
    for (int i = 0; i < run->devices.count && status == DLB_OK; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        const bool clocked = device->evidence == DLB_EVIDENCE_MEASURED;
        if (device->selected && device->named && !clocked &&
            (o->caches & 1 << DLB_CACHE_COLD) != 0) {
            status =
                dlb_fail(why, DLB_INVALID,
                         "--cache cold contradicts %s: its times are %s, it has no cache state",
                         device->key, dlb_evidence_name(device->evidence));
        }
    }
    return status;
}

/* What depends on the devices that were selected. */
static void resolve_sampling(struct dlb_run *run)
{
    const struct dlb_run_options *o = run->options;
    bool only_cpus = true;
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        only_cpus = only_cpus && (!device->selected || device->kind == DLB_KIND_CPU);
    }
    const double warmup = only_cpus ? WARMUP_CPU_NS : WARMUP_GPU_NS;
    run->sampling = (struct dlb_sampling){.precision = o->precision,
                                          .max_time_ns = o->max_time_ns,
                                          .max_samples = o->max_samples,
                                          .batch_ns = o->batch_ns,
                                          .warmup_ns = o->warmup_ns < 0 ? warmup : o->warmup_ns,
                                          .gap_ns = o->gap_ns,
                                          .slowdown = 1,
                                          .timer = run->timer};
    run->timeout_s = o->timeout_ns < 0 ? 60 + 2 * o->max_time_ns / SECOND : o->timeout_ns / SECOND;
}

/* What stands behind the colon of its key. */
static void plan_device_id(const struct dlb_device *device, struct dlb_plan_device *planned)
{
    snprintf(planned->id, sizeof planned->id, "%.31s", strchr(device->key, ':') + 1);
}

static enum dlb_status build(struct dlb_run *run, const struct dlb_problems *problems,
                             int64_t limit)
{
    const struct dlb_run_options *o = run->options;
    const int thread_count = o->threads.count > 0 ? (int)o->threads.count : 1;
    struct dlb_plan_device *devices = calloc((size_t)run->devices.count, sizeof *devices);
    int *threads = calloc((size_t)thread_count, sizeof *threads);
    enum dlb_status status = DLB_OK;
    if (devices == NULL || threads == NULL) {
        status = dlb_fail(&run->cli->why, DLB_NO_MEMORY, "no memory for the plan");
        goto out;
    }
    threads[0] = dlb_host_default_threads(&run->host);
    for (int64_t i = 0; i < o->threads.count; i++) {
        threads[i] = (int)o->threads.items[i];
    }
    struct dlb_plan_axes axes = {.problems = problems,
                                 .devices = devices,
                                 .thread_count = thread_count,
                                 .threads = threads,
                                 .modes = o->modes,
                                 .caches = o->caches,
                                 .fills = o->fills,
                                 .limit = limit};
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        if (device->selected) {
            struct dlb_plan_device *planned = &devices[axes.device_count++];
            memcpy(planned->backend, device->backend, sizeof planned->backend);
            plan_device_id(device, planned);
            planned->once = device->evidence != DLB_EVIDENCE_MEASURED;
            planned->host_threads = device->kind == DLB_KIND_CPU;
            planned->max_threads =
                (int)json_integer_value(json_object_get(device->json, "max_threads"));
        }
    }
    status = dlb_plan_build(&axes, &run->plan, &run->cli->why);
out:
    free(devices);
    free(threads);
    return status;
}

/* What cannot be read is refused before the first measurement, not in its row. The environment is the workers' to read. */
static enum dlb_status check_slowdown(struct dlb_run *run)
{
    const struct {
        const char *source, *text;
    } rows[] = {{"--slowdown", run->options->slowdown},
                {DLB_SLOWDOWN_VARIABLE, getenv(DLB_SLOWDOWN_VARIABLE)}};
    enum dlb_status status = DLB_OK;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(rows) && status == DLB_OK; i++) {
        struct dlb_why inner = {""};
        double factor;
        status = dlb_slowdown_factor(rows[i].text, "", "", &factor, &inner);
        if (status != DLB_OK) {
            dlb_fail(&run->cli->why, status, "%s: %s", rows[i].source, inner.text);
        }
    }
    return status;
}

/* Cheap and most likely mistakes first: the suite, the problems, the threads; then the devices. */
enum dlb_status dlb_run_make_plan(struct dlb_run *run)
{
    const int64_t limit = run->options->yes ? INT64_MAX / 2 : DLB_PLAN_CAP;
    struct dlb_problems problems = {0};
    enum dlb_status status = DLB_OK;
    if (run->options->resume != NULL) {
        status = dlb_run_load_resumed(run);
    } else {
        status = run->fill_plan == NULL ? load_suite(run) : DLB_OK;
        if (status == DLB_OK && run->fill_plan == NULL) {
            status = find_problems(run, limit, &problems);
        }
        if (status == DLB_OK) {
            status = check_threads(run);
        }
    }
    if (status == DLB_OK) {
        status = check_slowdown(run);
    }
    if (status == DLB_OK) {
        status = dlb_run_take_counters(run);
    }
    if (status == DLB_OK) {
        status = dlb_run_check_energy(run->options, &run->cli->why);
    }
    if (status == DLB_OK) {
        status = find_devices(run);
    }
    if (status == DLB_OK) {
        resolve_sampling(run);
        status = run->options->resume != NULL ? dlb_run_plan_resumed(run)
                 : run->fill_plan != NULL     ? run->fill_plan(run, run->planner)
                                              : build(run, &problems, limit);
    }
    dlb_problems_free(&problems);
    return status;
}

void dlb_run_format_span(char *buffer, size_t size, double seconds)
{
    if (seconds < 120) {
        snprintf(buffer, size, "%.0f s", seconds);
    } else if (seconds < 7200) {
        snprintf(buffer, size, "%.0f min", seconds / 60);
    } else if (seconds < 48 * 3600) {
        snprintf(buffer, size, "%.0f h", seconds / 3600);
    } else {
        snprintf(buffer, size, "%.0f days", seconds / 86400);
    }
}

static json_t *plan_to_json(const struct dlb_run *run, const struct dlb_plan_estimate *estimate)
{
    json_t *cases = json_array();
    for (int64_t i = 0; i < run->plan.count; i++) {
        char key[DLB_CASE_KEY_SIZE];
        if (dlb_run_missing(run, i) > 0) {
            dlb_case_key(&run->plan.cases[i], key, sizeof key);
            json_array_append_new(cases, json_string(key));
        }
    }
    return json_pack("{s:o, s:I, s:I, s:f, s:f}", "cases", cases, "invocations",
                     (json_int_t)run->options->invocations, "duplicates",
                     (json_int_t)run->plan.duplicates, "estimate_least_s", estimate->least_s,
                     "estimate_most_s", estimate->most_s);
}

/* Devices that cannot use a second thread run plain loops. */
static bool runs_plain_loops(const struct dlb_run *run, const struct dlb_case *item)
{
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        if (strcmp(device->backend, item->backend) == 0 &&
            strcmp(strchr(device->key, ':') + 1, item->device) == 0) {
            return json_integer_value(json_object_get(device->json, "max_threads")) == 1;
        }
    }
    return false;
}

static bool is_hopeless(const struct dlb_run *run, const struct dlb_case *item)
{
    struct dlb_graph graph = {0};
    struct dlb_why ignored = {""};
    bool hopeless = false;
    if (!item->once && runs_plain_loops(run, item) &&
        dlb_problem_build(&item->problem, &graph, &ignored) == DLB_OK) {
        const double call_s = dlb_count_graph(&graph).ops / PLAIN_OPS_PER_S;
        hopeless = call_s * PLAIN_CALLS > 1e-9 * run->sampling.max_time_ns;
    }
    dlb_graph_free(&graph);
    return hopeless;
}

/* Of what is left to do: a plan of as many cases of one process each takes the same time. */
struct dlb_plan_estimate dlb_run_estimate(const struct dlb_run *run)
{
    struct dlb_plan left = {0};
    int64_t hopeless = 0;
    int64_t metered = 0; /* processes that have a window of the meter, too */
    for (int64_t i = 0; i < run->plan.count; i++) {
        const int64_t missing = dlb_run_missing(run, i);
        const bool skipped = missing > 0 && is_hopeless(run, &run->plan.cases[i]);
        hopeless += skipped;
        left.count += skipped ? 1 : missing;
        metered += skipped || run->plan.cases[i].once ? 0 : missing;
    }
    struct dlb_plan_estimate estimate = dlb_plan_estimate(&left, &run->sampling, 1, hopeless);
    const double windows_s = (double)metered * dlb_run_window_s(run->options);
    estimate.least_s += windows_s;
    estimate.most_s += DLB_ENERGY_WINDOWS * windows_s;
    return estimate;
}

void dlb_run_print_plan(const struct dlb_run *run)
{
    const struct dlb_plan_estimate estimate = dlb_run_estimate(run);
    const int64_t left = dlb_run_cases_left(run);
    FILE *stream = run->cli->out.stream;
    if (run->options->format == 1) {
        dlb_cli_print_json(run->cli, plan_to_json(run, &estimate), DLB_EXIT_OK);
        return;
    }
    if (left == 0) {
        fprintf(stream, "nothing left to do: every case has its result\n");
        return;
    }
    for (int64_t i = 0, printed = 0; i < run->plan.count; i++) {
        char key[DLB_CASE_KEY_SIZE];
        if (dlb_run_missing(run, i) == 0) {
            continue;
        }
        if (printed++ == PLAN_ROWS && run->cli->global.verbose == 0) {
            fprintf(stream, "... and %" PRId64 " more (-v prints all)\n", left - PLAN_ROWS);
            break;
        }
        dlb_case_key(&run->plan.cases[i], key, sizeof key);
        fprintf(stream, "%s\n", key);
    }
    char least[32];
    char most[32];
    dlb_run_format_span(least, sizeof least, estimate.least_s);
    dlb_run_format_span(most, sizeof most, estimate.most_s);
    fprintf(stream, "%" PRId64 " case%s%s x %" PRId64 " invocation%s%s; between %s and %s", left,
            left == 1 ? "" : "s", run->options->resume != NULL ? " left" : "",
            run->options->invocations, run->options->invocations == 1 ? "" : "s",
            run->options->resume != NULL ? " at most" : "", least, most);
    if (run->plan.duplicates > 0) {
        fprintf(stream, "; %" PRId64 " duplicate%s left out", run->plan.duplicates,
                run->plan.duplicates == 1 ? "" : "s");
    }
    fputc('\n', stream);
}
