/* run_result.c: the result of a run before and after measuring: what is known beforehand, how it ends. Where it goes is in
 * run_file.c. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/run_state.h"
#include "bench/cli/stop.h"
#include "bench/cli/tool.h"
#include "bench/run/denormals.h"

static json_t *texts_to_json(const struct dlb_texts *texts)
{
    json_t *json = json_array();
    for (int i = 0; i < texts->count; i++) {
        json_array_append_new(json, dlb_json_text(texts->items[i]));
    }
    return json;
}

/* The measuring options as texts: enough to go on with the run, or to repeat it. Axes are in the cases. A price only where it was given: those of the
 * catalogue are looked up anew. */
static json_t *options_to_json(const struct dlb_run *run)
{
    json_t *json = json_object();
    for (const struct dlb_option *row = run->kind->rows; row->name != NULL; row++) {
        const char *text = dlb_parser_text(&run->cli->parser, row->name);
        const bool is_axis = row->kind == DLB_OPTION_INTS || row->kind == DLB_OPTION_CHOICES;
        const bool given = dlb_parser_source(&run->cli->parser, row->name) > DLB_SOURCE_DEFAULT;
        if ((row->in_suite || (row->kept && given)) && !is_axis && text != NULL) {
            json_object_set_new(json, row->name, dlb_json_text(text));
        }
    }
    json_object_set_new(json, "opt", texts_to_json(&run->options->backend_options));
    return json;
}

/* The environment that every worker gets alike (bench/run/spawn.c). */
static json_t *openmp_to_json(const struct dlb_run_options *options)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "OMP_WAIT_POLICY",
                     options->wait_policy == 0 ? "active" : "passive", "OMP_PROC_BIND", "true",
                     "OMP_PLACES", "one per CPU", "OMP_DYNAMIC", "false");
}

static json_t *settings_to_json(const struct dlb_run *run)
{
    const struct dlb_run_options *o = run->options;
    const struct dlb_sampling *s = &run->sampling;
    json_t *cpus = json_array();
    for (int i = 0; i < run->host.allowed_cpu_count; i++) {
        json_array_append_new(cpus, json_integer(run->host.allowed_cpus[i]));
    }
    json_t *json =
        json_pack("{s:f, s:f, s:I, s:f, s:f, s:f, s:I, s:f, s:o, s:b, s:b, s:b, s:s}", "precision",
                  s->precision, "max_time_ns", s->max_time_ns, "max_samples",
                  (json_int_t)s->max_samples, "batch_ns", s->batch_ns, "warmup_ns", s->warmup_ns,
                  "gap_ns", s->gap_ns, "invocations", (json_int_t)o->invocations, "timeout_s",
                  run->timeout_s, "slowdown", dlb_json_text(o->slowdown != NULL ? o->slowdown : ""),
                  "gates", !o->no_gates, "strict", o->strict, "keep_samples", o->keep_samples == 0,
                  "wait_policy", o->wait_policy == 0 ? "active" : "passive");
    json_object_set_new(json, DLB_RUN_POWER_COMMAND, json_boolean(o->power_command != NULL));
    json_object_set_new(json, "cpus", cpus);
    json_object_set_new(json, "openmp", openmp_to_json(o));
    json_object_set_new(json, "environment", dlb_environment_to_json());
    json_object_set_new(json, "denormals",
                        json_string(dlb_denormals_flush() ? "flushed to zero" : "not flushed"));
    json_object_set_new(json, "llc_reported_bytes", json_integer(run->cache.llc_reported_bytes));
    json_object_set_new(json, "llc_effective_bytes", json_integer(run->cache.llc_effective_bytes));
    json_object_set_new(json, "llc_decision", dlb_json_text(run->cache.decision));
    json_object_set_new(json, "options", options_to_json(run));
    return json;
}

/* Every device that was asked about, with what became of it: measured, left out, unavailable. */
static json_t *devices_to_json(const struct dlb_devices *devices)
{
    json_t *json = json_array();
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *device = &devices->items[i];
        if (device->selected || dlb_device_is_missed(device)) {
            json_array_append(json, device->json);
        }
    }
    return json;
}

static enum dlb_status add_records(struct dlb_run *run)
{
    for (int64_t i = 0; i < run->plan.count; i++) {
        struct dlb_record record = {0};
        enum dlb_status status = dlb_record_init(&record, &run->plan.cases[i], &run->cli->why);
        if (status == DLB_OK) {
            status = dlb_result_add(&run->result, &record);
            if (status != DLB_OK) {
                dlb_fail(&run->cli->why, status, "no memory for %" PRId64 " rows", run->plan.count);
            }
        }
        if (status != DLB_OK) {
            dlb_record_free(&record);
            return status;
        }
    }
    return DLB_OK;
}

enum dlb_status dlb_run_fill_result(struct dlb_run *run)
{
    struct dlb_result *result = &run->result;
    result->complete = false;
    result->exit_code = DLB_EXIT_INTERRUPTED; /* what the file says if nobody comes to finish it */
    snprintf(result->reason, sizeof result->reason, "the run was not finished");
    if (run->options->resume != NULL) { /* what may be given anew: prices, the time limit */
        json_object_set_new(result->settings, "options", options_to_json(run));
        return DLB_OK;
    }
    json_t *command = json_array();
    for (int i = 0; i < run->cli->argc; i++) {
        json_array_append_new(command, dlb_json_text(i == 0 ? "dlbench" : run->cli->argv[i]));
    }
    result->command = command;
    result->seed = run->seed;
    result->tool = dlb_tool_to_json(run->devices.registry);
    result->host = dlb_host_to_json(&run->host, &run->timer, run->options->with_hostname);
    result->settings = settings_to_json(run);
    result->devices = devices_to_json(&run->devices);
    snprintf(result->suite, sizeof result->suite, "%s", run->has_suite ? run->suite.name : "");
    if (command == NULL || result->tool == NULL || result->host == NULL ||
        result->settings == NULL || result->devices == NULL) {
        return dlb_fail(&run->cli->why, DLB_NO_MEMORY, "no memory for the result");
    }
    return add_records(run);
}

int dlb_run_judge(struct dlb_run *run, enum dlb_status session, const struct dlb_why *why)
{
    int ok = 0;
    int failed = 0;
    int noisy = 0;
    const struct dlb_record *first_failed = NULL;
    for (int i = 0; i < run->result.record_count; i++) {
        const struct dlb_record *record = &run->result.records[i];
        const char *text = dlb_record_status_text(record->status);
        ok += strcmp(text, "ok") == 0 && isfinite(record->summary.median_ns);
        noisy += dlb_record_has_flag(record, "noisy");
        if (strcmp(text, "failed") == 0) {
            first_failed = failed++ == 0 ? record : first_failed;
        }
    }
    struct dlb_why *reason = &run->cli->why;
    char words[300];
    reason->text[0] = '\0';
    if (dlb_stop_exit() != DLB_EXIT_OK) {
        dlb_fail(reason, session, "interrupted: %d of %d cases have results", ok,
                 run->result.record_count);
        return dlb_stop_exit();
    }
    if (session != DLB_OK) {
        *reason = *why;
        return dlb_exit_from_status(session);
    }
    if (failed > 0) {
        dlb_record_reason(first_failed, words, sizeof words);
        dlb_fail(reason, DLB_FAILED, "%d of %d cases failed; the first: %s on %s: %s", failed,
                 run->result.record_count, first_failed->label, first_failed->device, words);
        return DLB_EXIT_FAILED;
    }
    if (ok == 0) {
        dlb_record_reason(&run->result.records[0], words, sizeof words);
        dlb_fail(reason, DLB_UNAVAILABLE, "nothing was measured: %s: %s",
                 dlb_record_status_text(run->result.records[0].status), words);
        return DLB_EXIT_NOTHING;
    }
    if (noisy > 0 && run->options->strict) {
        dlb_fail(reason, DLB_SKIPPED, "%d of %d cases stayed noisy (--strict)", noisy,
                 run->result.record_count);
        return DLB_EXIT_REFUSED;
    }
    return DLB_EXIT_OK;
}
