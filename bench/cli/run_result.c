/* run_result.c: the result of a run before and after measuring: what is known beforehand, where it goes, how it ends. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/text.h"
#include "bench/cli/run_state.h"
#include "bench/cli/stop.h"
#include "bench/cli/tool.h"
#include "bench/run/denormals.h"
#include "bench/suites/suite_file.h"

#define RESULT_FOLDER "results"
#define MOST_NAMES    1000 /* runs that can begin in one second, old files that are kept */

static json_t *texts_to_json(const struct dlb_texts *texts)
{
    json_t *json = json_array();
    for (int i = 0; i < texts->count; i++) {
        json_array_append_new(json, dlb_json_text(texts->items[i]));
    }
    return json;
}

/* The measuring options as texts: enough to go on with the run, or to repeat it. Axes are in the cases. */
static json_t *options_to_json(const struct dlb_run *run)
{
    json_t *json = json_object();
    for (const struct dlb_option *row = dlb_run_option_rows; row->name != NULL; row++) {
        const char *text = dlb_parser_text(&run->cli->parser, row->name);
        const bool is_axis = row->kind == DLB_OPTION_INTS || row->kind == DLB_OPTION_CHOICES;
        if (row->in_suite && !is_axis && text != NULL) {
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
    json_t *json = json_pack(
        "{s:f, s:f, s:I, s:f, s:f, s:f, s:I, s:f, s:f, s:b, s:b, s:b, s:s}", "precision",
        s->precision, "max_time_ns", s->max_time_ns, "max_samples", (json_int_t)s->max_samples,
        "batch_ns", s->batch_ns, "warmup_ns", s->warmup_ns, "gap_ns", s->gap_ns, "invocations",
        (json_int_t)o->invocations, "timeout_s", run->timeout_s, "slowdown", s->slowdown, "gates",
        !o->no_gates, "strict", o->strict, "keep_samples", o->keep_samples == 0, "wait_policy",
        o->wait_policy == 0 ? "active" : "passive");
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
    if (run->options->resume != NULL) {
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

/* The suite's name where it becomes part of a file's: only what is safe in every shell and on every file system. */
static void safe_name(const char *name, char *buffer, size_t size)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t at = 0;
    for (; name[at] != '\0' && at + 1 < size; at++) {
        buffer[at] = strchr(safe, name[at]) != NULL ? name[at] : '_';
    }
    buffer[at] = '\0';
}

/* results/2026-11-23T062501Z-quick.json: UTC without colons (FAT and Windows shares refuse them); -2, -3 when taken. */
static enum dlb_status make_name(struct dlb_run *run)
{
    char suite[sizeof run->suite.name];
    char stamp[24];
    safe_name(run->has_suite ? run->suite.name : "selection", suite, sizeof suite);
    size_t length = 0;
    if (mkdir(RESULT_FOLDER, 0777) != 0 && errno != EEXIST) {
        return dlb_fail(&run->cli->why, DLB_IO,
                        "cannot make the folder '" RESULT_FOLDER "': %s; name a file with -o",
                        strerror(errno));
    }
    for (const char *c = run->result.created_utc; *c != '\0' && length < sizeof stamp - 1; c++) {
        if (*c != ':') {
            stamp[length++] = *c;
        }
    }
    stamp[length] = '\0';
    for (int i = 1; i < MOST_NAMES; i++) {
        char number[16] = "";
        if (i > 1) {
            snprintf(number, sizeof number, "-%d", i);
        }
        snprintf(run->path, sizeof run->path, RESULT_FOLDER "/%s-%s%s.json", stamp, suite, number);
        FILE *file =
            fopen(run->path, "wxe"); /* claims the name against another run of the same second */
        if (file != NULL) {
            fclose(file);
            return DLB_OK;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return dlb_fail(&run->cli->why, DLB_IO, "cannot write '%.200s': %s; name a file with -o",
                    run->path, strerror(errno));
}

static bool same_file(const char *a, const char *b)
{
    struct stat first;
    struct stat second;
    return a != NULL && stat(a, &first) == 0 && stat(b, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Does it begin as our result files do? The first member is the schema (bench/store); blanks do not matter. */
static bool begins_as_result(const char *path)
{
    static const char wanted[] = "{\"schema\":\"dlbench-result/";
    const size_t length = sizeof wanted - 1;
    FILE *file = fopen(path, "re");
    size_t at = 0;
    if (file == NULL) {
        return false;
    }
    for (int c = getc(file); c != EOF && at < length; c = getc(file)) {
        if (strchr(" \t\r\n", c) != NULL && c != '\0') {
            continue;
        }
        if (c != wanted[at++]) {
            at = length + 1;
        }
    }
    fclose(file);
    return at == length;
}

/* A slip of the hand must not cost the suite, the configuration, or any file that is not ours. */
static enum dlb_status spare_others(struct dlb_run *run, const char *path)
{
    struct dlb_why *why = &run->cli->why;
    struct dlb_why ignored = {""};
    char suite[DLB_SUITE_PATH_SIZE] = "";
    if (run->options->suite != NULL) {
        (void)dlb_suite_resolve(run->options->suite, suite, sizeof suite, &ignored);
    }
    if (same_file(suite, path) || same_file(run->cli->global.config, path)) {
        return dlb_fail(why, DLB_INVALID, "'%.200s' is both the input and the output", path);
    }
    struct stat info;
    if (stat(path, &info) == 0 && info.st_size > 0 && !begins_as_result(path)) {
        return dlb_fail(why, DLB_IO,
                        "'%.200s' exists and is no result of dlbench; it is left as it is: name "
                        "another file with -o",
                        path);
    }
    return DLB_OK;
}

enum dlb_status dlb_run_choose_path(struct dlb_run *run)
{
    const char *path = run->options->output != NULL ? run->options->output : run->options->resume;
    if (path == NULL) {
        return make_name(run);
    }
    if (strcmp(path, "-") == 0) {
        return dlb_fail(&run->cli->why, DLB_INVALID,
                        "-o wants a file; --format json prints the result on the screen");
    }
    if (strlen(path) >= sizeof run->path) {
        return dlb_fail(&run->cli->why, DLB_IO,
                        "the path of the result file has %zu bytes, at most %zu", strlen(path),
                        sizeof run->path - 1);
    }
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        return dlb_fail(&run->cli->why, DLB_IO,
                        "cannot write results to '%.200s': it is %s, not a regular file", path,
                        S_ISDIR(info.st_mode) ? "a folder" : "a device or pipe");
    }
    const enum dlb_status status = spare_others(run, path);
    if (status == DLB_OK) {
        snprintf(run->path, sizeof run->path, "%s", path);
    }
    return status;
}

static bool is_resumed_file(const struct dlb_run *run)
{
    struct stat old;
    struct stat at;
    return run->options->resume != NULL && stat(run->options->resume, &old) == 0 &&
           stat(run->path, &at) == 0 && old.st_dev == at.st_dev && old.st_ino == at.st_ino;
}

/* A second name for the same file, so that there is no moment without it; where the file system has no such links, a move. */
static bool keep_as(const char *path, const char *aside)
{
    struct stat info;
    if (link(path, aside) == 0) {
        return true;
    }
    if (errno == EEXIST || lstat(aside, &info) == 0) {
        errno = EEXIST;
        return false;
    }
    return rename(path, aside) == 0;
}

enum dlb_status dlb_run_set_aside(struct dlb_run *run)
{
    struct stat info;
    if (stat(run->path, &info) != 0 || info.st_size == 0 || is_resumed_file(run)) {
        return DLB_OK;
    }
    char *real = realpath(run->path, NULL); /* saving follows a link, so this does */
    bool kept = false;
    if (real != NULL) {
        errno = EEXIST;
    }
    for (int i = 1; real != NULL && i < MOST_NAMES && errno == EEXIST && !kept; i++) {
        char number[16] = "";
        if (i > 1) {
            snprintf(number, sizeof number, "%d", i);
        }
        const int length = snprintf(run->aside, sizeof run->aside, "%s.old%s", real, number);
        if (length < 0 || (size_t)length >= sizeof run->aside) {
            errno = ENAMETOOLONG;
        } else {
            kept = keep_as(real, run->aside);
        }
    }
    const int error = errno;
    free(real);
    if (kept) {
        return DLB_OK;
    }
    run->aside[0] = '\0';
    return dlb_fail(&run->cli->why, DLB_IO,
                    "cannot keep the results in '%.200s' under another name: %s; name another file "
                    "with -o",
                    run->path, strerror(error));
}

void dlb_run_restore_aside(struct dlb_run *run)
{
    struct stat old;
    struct stat at;
    const bool is_there = stat(run->path, &at) == 0;
    if (run->aside[0] == '\0' || stat(run->aside, &old) != 0) {
        return;
    }
    if (!is_there) { /* it was moved */
        (void)rename(run->aside, run->path);
    } else if (old.st_dev == at.st_dev && old.st_ino == at.st_ino) {
        (void)unlink(run->aside);
    }
    run->aside[0] = '\0';
}

void dlb_run_drop_aside(struct dlb_run *run)
{
    if (run->aside[0] != '\0') {
        (void)unlink(run->aside);
        run->aside[0] = '\0';
    }
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
