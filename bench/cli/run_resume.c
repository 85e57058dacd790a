/* run_resume.c: --resume FILE: the cases, settings and seed of an interrupted run, to measure what is missing.
 *
 * The file decides everything that was measured by; saying it again, differently, would mix two runs in one file. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/run_state.h"

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
        const bool is_list = row != NULL && row->kind == DLB_OPTION_TEXTS;
        const size_t count = is_list ? json_array_size(value) : 1;
        for (size_t i = 0; i < count && row != NULL; i++) {
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
    status = check_host(run);
    if (status == DLB_OK) {
        status = restore_options(run);
    }
    return status == DLB_OK ? select_recorded(run) : status;
}

enum dlb_status dlb_run_plan_resumed(struct dlb_run *run)
{
    const int count = run->result.record_count;
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
        memcpy(item->origin, record->origin, sizeof item->origin);
        item->occurrences = record->occurrences;
    }
    run->plan.count = count;
    return DLB_OK;
}
