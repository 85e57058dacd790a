/* run_resume.c: --resume FILE: the cases, settings and seed of an interrupted run, to measure what is missing or failed.
 *
 * The file decides everything that was measured by; saying it again, differently, would mix two runs in one file. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/run_state.h"
#include "bench/cli/tool.h"

/* Options that make no sense beside --resume are all that decide what is measured and how. */
static enum dlb_status refuse_changes(struct dlb_run *run)
{
    static const char *const fixed[] = {"device", "workload", "param", "suite", "opt", "seed"};
    const struct dlb_parser *parser = &run->cli->parser;
    const char *changed = NULL;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(fixed); i++) {
        changed = dlb_parser_source(parser, fixed[i]) > DLB_SOURCE_DEFAULT ? fixed[i] : changed;
    }
    for (const struct dlb_option *row = dlb_run_option_rows; row->name != NULL; row++) {
        const bool given = dlb_parser_source(parser, row->name) > DLB_SOURCE_DEFAULT;
        changed = row->in_suite && given && strcmp(row->name, "timeout") != 0 ? row->name : changed;
    }
    if (changed != NULL) {
        return dlb_fail(&run->cli->why, DLB_INVALID,
                        "--%s cannot be given with --resume: the file says how it was measured",
                        changed);
    }
    return DLB_OK;
}

/* Files come from anywhere: they decide how is measured, never what is run or written. */
static bool is_restored(const struct dlb_option *row)
{
    return row != NULL && (row->in_suite || row->kept || strcmp(row->name, "opt") == 0);
}

/* settings.options holds the options as they were written; they come back as those of a suite. */
static enum dlb_status restore_options(struct dlb_run *run)
{
    json_t *options = json_object_get(run->result.settings, "options");
    const char *name;
    json_t *value;
    struct dlb_why inner = {""};
    if (!json_is_object(options)) {
        return dlb_fail(&run->cli->why, DLB_IO,
                        "'%.200s' does not say how it was measured (settings)",
                        run->options->resume);
    }
    json_object_foreach(options, name, value)
    {
        const struct dlb_option *row = dlb_option_find(dlb_run_option_rows, name);
        const bool restored = is_restored(row);
        const bool is_list = restored && row->kind == DLB_OPTION_TEXTS;
        const size_t count = is_list ? json_array_size(value) : 1;
        for (size_t i = 0; i < count && restored; i++) {
            const char *text = json_string_value(is_list ? json_array_get(value, i) : value);
            const enum dlb_status status =
                text == NULL
                    ? dlb_fail(&inner, DLB_INVALID, "--%s is not a text", name)
                    : dlb_parser_set(&run->cli->parser, name, text, DLB_SOURCE_SUITE, &inner);
            if (status != DLB_OK) {
                return dlb_fail(&run->cli->why, DLB_IO, "'%.200s', settings: %.250s",
                                run->options->resume, inner.text);
            }
        }
    }
    return DLB_OK;
}

/* A command is not run out of a file, so it has to be given again: else some rows would have their energy, and others not. */
static enum dlb_status check_meter(struct dlb_run *run)
{
    const bool then = json_is_true(json_object_get(run->result.settings, DLB_RUN_POWER_COMMAND));
    const bool now = run->options->power_command != NULL;
    if (then == now) {
        return DLB_OK;
    }
    return dlb_fail(&run->cli->why, DLB_INVALID,
                    then ? "'%.200s' was measured with a power command, which is not run out of a "
                           "file: give --power-command again"
                         : "'%.200s' was measured without --power-command: --resume keeps to that",
                    run->options->resume);
}

/* Another machine's rows and this one's do not belong into one file. */
static enum dlb_status check_host(struct dlb_run *run)
{
    const char *then = json_string_value(json_object_get(run->result.host, "id_hash"));
    if (then != NULL && run->host.id_hash[0] != '\0' && strcmp(then, run->host.id_hash) != 0) {
        return dlb_fail(&run->cli->why, DLB_UNAVAILABLE,
                        "'%.200s' was measured on another machine (%s, this is %s)",
                        run->options->resume, then, run->host.id_hash);
    }
    return DLB_OK;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

/* The verdicts of a check belong to its pairs: measured further as a run, the file would tell of both and mean neither. */
static enum dlb_status check_kind(struct dlb_run *run)
{
    if (run->result.check == NULL && run->result.verdict_count == 0) {
        return DLB_OK;
    }
    return dlb_fail(&run->cli->why, DLB_INVALID,
                    "'%.120s' is the file of a check, not of a run; dlbench check begins anew",
                    run->options->resume);
}

/* Rows of two programs are not one result: what is measured, and how, may differ. */
static enum dlb_status check_tool(struct dlb_run *run)
{
    char then[160];
    char now[160];
    snprintf(then, sizeof then, "%.60s (%.60s)", text_of(run->result.tool, "version"),
             text_of(run->result.tool, "git"));
    dlb_tool_build(now, sizeof now);
    if (strcmp(then, now) == 0) {
        return DLB_OK;
    }
    return dlb_fail(&run->cli->why, DLB_INVALID,
                    "'%.120s' was measured by dlbench %s, this is %s; measure anew, or resume with "
                    "that one",
                    run->options->resume, then, now);
}

/* What steered the libraries from outside then must do so now. Files without that object are older than it. */
static enum dlb_status check_environment(struct dlb_run *run)
{
    const json_t *then = json_object_get(run->result.settings, "environment");
    json_t *now = dlb_environment_to_json();
    json_t *both = json_object();
    const char *name;
    json_t *value;
    enum dlb_status status = DLB_OK;
    json_object_update(both, (json_t *)(uintptr_t)then);
    json_object_update(both, now);
    json_object_foreach(both, name, value)
    {
        if (then != NULL && strcmp(text_of(then, name), text_of(now, name)) != 0) {
            status = dlb_fail(&run->cli->why, DLB_INVALID,
                              "'%.120s' was measured with %.60s='%.80s', now it is '%.80s'; set it "
                              "as it was",
                              run->options->resume, name, text_of(then, name), text_of(now, name));
            break;
        }
    }
    json_decref(both);
    json_decref(now);
    return status;
}

static const json_t *recorded_device(const struct dlb_result *result, const char *key)
{
    size_t i;
    json_t *device;
    json_array_foreach(result->devices, i, device)
    {
        if (strcmp(text_of(device, "key"), key) == 0) {
            return device;
        }
    }
    return NULL;
}

/* A library that was updated in between makes other rows. A device that was never open then has nothing to compare. */
static enum dlb_status check_libraries(struct dlb_run *run)
{
    static const char *const names[] = {"runtime", "driver"};
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        const json_t *then = recorded_device(&run->result, device->key);
        const bool is_compared = device->selected && strcmp(text_of(then, "status"), "ok") == 0;
        for (size_t j = 0; is_compared && j < DLB_ARRAY_COUNT(names); j++) {
            const char *old = text_of(then, names[j]);
            const char *new = text_of(device->json, names[j]);
            if (strcmp(old, new) != 0) {
                return dlb_fail(&run->cli->why, DLB_INVALID,
                                "'%.120s' was measured on %s with the %s '%.100s', now it is "
                                "'%.100s'; measure anew",
                                run->options->resume, device->key, names[j], old, new);
            }
        }
    }
    return DLB_OK;
}

/* Selectors for exactly the devices that the records name. */
static enum dlb_status select_recorded(struct dlb_run *run)
{
    struct dlb_parser *parser = &run->cli->parser;
    const char *last = "";
    for (int i = 0; i < run->result.record_count; i++) {
        const char *device = run->result.records[i].device;
        bool known = strcmp(device, last) == 0;
        for (int j = 0; j < run->options->devices.count && !known; j++) {
            known = strcmp(run->options->devices.items[j], device) == 0;
        }
        last = device;
        if (known) {
            continue;
        }
        const enum dlb_status status =
            dlb_parser_set(parser, "device", device, DLB_SOURCE_SUITE, &run->cli->why);
        if (status != DLB_OK) {
            return status;
        }
    }
    return DLB_OK;
}

enum dlb_status dlb_run_load_resumed(struct dlb_run *run)
{
    const char *path = run->options->resume;
    struct dlb_result loaded;
    enum dlb_status status = refuse_changes(run);
    if (status != DLB_OK) {
        return status;
    }
    status = dlb_result_load(path, &loaded, &run->cli->why);
    if (status != DLB_OK) {
        return status == DLB_NO_MEMORY ? status : DLB_IO;
    }
    dlb_result_free(&run->result);
    run->result = loaded;
    run->seed = loaded.seed;
    run->duration_before_s = loaded.duration_s;
    if (loaded.record_count == 0) {
        return dlb_fail(&run->cli->why, DLB_UNAVAILABLE, "'%.200s' has no cases", path);
    }
    status = check_kind(run);
    if (status == DLB_OK) {
        status = check_host(run);
    }
    if (status == DLB_OK) {
        status = check_tool(run);
    }
    if (status == DLB_OK) {
        status = check_environment(run);
    }
    if (status == DLB_OK) {
        status = check_meter(run);
    }
    if (status == DLB_OK) {
        status = restore_options(run);
    }
    return status == DLB_OK ? select_recorded(run) : status;
}

/* A failure may have passed (a hang, a device that was away): the case gets another chance, from its beginning. */
static enum dlb_status reset_failed(struct dlb_run *run, int index)
{
    struct dlb_record *record = &run->result.records[index];
    struct dlb_record fresh = {0};
    if (strcmp(dlb_record_status_text(record->status), "failed") != 0 &&
        record->status != DLB_UNAVAILABLE) {
        return DLB_OK;
    }
    const enum dlb_status status = dlb_record_init(&fresh, &run->plan.cases[index], &run->cli->why);
    if (status != DLB_OK) {
        dlb_record_free(&fresh);
        return status;
    }
    fresh.unknown = record->unknown;
    record->unknown = NULL;
    dlb_record_free(record);
    *record = fresh;
    return DLB_OK;
}

/* As when the case was planned: see bench/run/case.h. */
static bool is_predicted(const struct dlb_run *run, const char *key)
{
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        if (strcmp(device->key, key) == 0) {
            return device->evidence != DLB_EVIDENCE_MEASURED;
        }
    }
    return false;
}

enum dlb_status dlb_run_plan_resumed(struct dlb_run *run)
{
    const int count = run->result.record_count;
    enum dlb_status status = check_libraries(run);
    if (status != DLB_OK) {
        return status;
    }
    run->plan.cases = calloc((size_t)count, sizeof *run->plan.cases);
    if (run->plan.cases == NULL) {
        return dlb_fail(&run->cli->why, DLB_NO_MEMORY, "no memory for %d cases", count);
    }
    for (int i = 0; i < count; i++) {
        struct dlb_case *item = &run->plan.cases[i];
        struct dlb_why inner = {""};
        char hash[20];
        const struct dlb_record *record = &run->result.records[i];
        if (dlb_case_parse(record->key, item, &inner) != DLB_OK) {
            return dlb_fail(&run->cli->why, DLB_IO, "'%.120s', case %d: %.300s",
                            run->options->resume, i + 1, inner.text);
        }
        if (item->threads > dlb_host_default_threads(&run->host)) {
            return dlb_fail(&run->cli->why, DLB_UNAVAILABLE,
                            "'%.200s' was measured with %d threads; this process may use %d",
                            run->options->resume, item->threads,
                            dlb_host_default_threads(&run->host));
        }
        dlb_workload_version_hash(item->problem.workload, hash);
        if (strcmp(hash, record->version_hash) != 0) {
            return dlb_fail(&run->cli->why, DLB_UNAVAILABLE,
                            "'%.120s' was measured by another version of the workload %s",
                            run->options->resume, item->problem.workload->name);
        }
        item->once = is_predicted(run, record->device);
        memcpy(item->origin, record->origin, sizeof item->origin);
        item->occurrences = record->occurrences;
        status = reset_failed(run, i);
        if (status != DLB_OK) {
            return status;
        }
    }
    run->plan.count = count;
    return DLB_OK;
}

int64_t dlb_run_missing(const struct dlb_run *run, int64_t index)
{
    int64_t missing = run->plan.cases[index].once ? 1 : run->options->invocations;
    if (run->options->resume == NULL) {
        return missing;
    }
    const struct dlb_record *record = &run->result.records[index];
    if (record->status != DLB_OK && record->status != DLB_INTERRUPTED) {
        return 0; /* unsupported or skipped: that is its result */
    }
    for (int i = 0; i < record->invocation_count; i++) {
        missing -= !record->invocations[i].gated;
    }
    return missing > 0 ? missing : 0;
}

int64_t dlb_run_cases_left(const struct dlb_run *run)
{
    int64_t left = 0;
    for (int64_t i = 0; i < run->plan.count; i++) {
        left += dlb_run_missing(run, i) > 0;
    }
    return left;
}
