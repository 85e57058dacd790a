/* run_file.c: the result file: its name, the lock on it, what stood there before, saving.
 *
 * The file exists before the first measurement, so that an unwritable place costs no time and a killed run loses nothing; an older
 * file of that name is kept aside until the new one has ended well. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/run_state.h"
#include "bench/store/replace.h"
#include "bench/suites/suite_file.h"

#define RESULT_FOLDER "results"
#define MOST_NAMES    1000 /* runs that can begin in one second, old files that are kept */

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
    if (dlb_path_same(suite, path) || dlb_path_same(run->cli->global.config, path)) {
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

static enum dlb_status choose_path(struct dlb_run *run)
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
    return dlb_path_same(run->options->resume, run->path);
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

static enum dlb_status set_aside(struct dlb_run *run)
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

static void restore_aside(struct dlb_run *run)
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

static void drop_aside(struct dlb_run *run)
{
    if (run->aside[0] != '\0') {
        (void)unlink(run->aside);
        run->aside[0] = '\0';
    }
}

/* A resumed run takes its file before it reads it: the run that is in it may still go on. */
enum dlb_status dlb_run_take_file(struct dlb_run *run)
{
    const enum dlb_status status = choose_path(run);
    return status == DLB_OK ? dlb_journal_lock(run->path, &run->journal, &run->cli->why) : status;
}

/* The file first, empty of measurements: the journal belongs to it, and a bad place shows now. Nothing is written before
 * the lock is ours, and nothing that was there is lost. */
enum dlb_status dlb_run_open_file(struct dlb_run *run)
{
    struct dlb_why *why = &run->cli->why;
    enum dlb_status status = run->journal == NULL ? dlb_run_take_file(run) : DLB_OK;
    if (status == DLB_OK) {
        status = dlb_journal_begin(run->journal, run->result.run_id, why);
    }
    if (status == DLB_OK) {
        status = set_aside(run);
    }
    if (status == DLB_OK) {
        status = dlb_result_save(&run->result, run->path, why);
    }
    if (status != DLB_OK) {
        restore_aside(run);
    } else if (run->options->resume != NULL) {
        status = dlb_journal_restart(run->journal, run->result.run_id, why);
    }
    return status;
}

bool dlb_run_save(struct dlb_run *run, int *code)
{
    struct dlb_why unsaved = {""};
    run->result.exit_code = *code;
    snprintf(run->result.reason, sizeof run->result.reason, "%s", run->cli->why.text);
    if (dlb_result_save(&run->result, run->path, &unsaved) == DLB_OK) {
        return true;
    }
    *code = dlb_exit_stronger(*code, DLB_EXIT_IO);
    if (*code == DLB_EXIT_IO) {
        run->cli->why = unsaved;
    } else {
        dlb_log(DLB_LOG_ERROR, "%s", unsaved.text);
    }
    run->result.exit_code = *code;
    snprintf(run->result.reason, sizeof run->result.reason, "%s", run->cli->why.text);
    return false;
}

void dlb_run_close_file(struct dlb_run *run, bool saved, bool well)
{
    dlb_journal_close(run->journal, saved);
    run->journal = NULL;
    if (saved && run->result.complete && well) {
        drop_aside(run);
    } else if (run->aside[0] != '\0') {
        dlb_log(DLB_LOG_WARNING, "the results that were in %s are kept as %s", run->path,
                run->aside);
    }
}

void dlb_run_name_file(const struct dlb_run *run, bool saved, FILE *stream)
{
    char clean[DLB_PATH_LIMIT];
    (void)dlb_text_printable(clean, sizeof clean, run->path);
    if (saved && !run->cli->global.quiet) {
        fprintf(stream, "results: %s\n", clean);
    } else if (!saved) {
        dlb_log(DLB_LOG_ERROR, "as much of it as could be saved is in %s.journal", run->path);
    }
}
