/* check_outputs.c: the files that CI systems read: can they be written, before an hour is measured; and writing them at the end.
 *
 * The formats are those of reports/check_report.h; what is told of one output never depends on another. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/cli/check_state.h"
#include "bench/store/replace.h"
#include "bench/suites/suite_file.h"
#include "reports/check_report.h"

#define SUMMARY_VARIABLE "GITHUB_STEP_SUMMARY"

/* The file that is wanted of this output; NULL: none. */
static const char *path_of(const struct dlb_checking *c, const struct dlb_check_output *output)
{
    return output->extension != NULL ? dlb_parser_text(&c->run.cli->parser, output->option) : NULL;
}

/* Folder and name of a path. */
static const char *split(const char *path, char *folder, size_t size)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        snprintf(folder, size, ".");
        return path;
    }
    snprintf(folder, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    return slash + 1;
}

/* The same file, also when it does not exist yet. */
static bool same_place(const char *a, const char *b)
{
    char folders[2][DLB_PATH_LIMIT];
    struct stat first;
    struct stat second;
    if (stat(a, &first) == 0 && stat(b, &second) == 0) {
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
    }
    const bool same_name = strcmp(split(a, folders[0], sizeof folders[0]),
                                  split(b, folders[1], sizeof folders[1])) == 0;
    return same_name && stat(folders[0], &first) == 0 && stat(folders[1], &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static enum dlb_status test_inputs(const struct dlb_checking *c, const char *option,
                                   const char *path, struct dlb_why *why)
{
    char suite[DLB_SUITE_PATH_SIZE] = "";
    struct dlb_why ignored = {""};
    if (c->arguments->run.suite != NULL) {
        (void)dlb_suite_resolve(c->arguments->run.suite, suite, sizeof suite, &ignored);
    }
    const struct {
        const char *what, *path;
    } inputs[] = {{"the old program", c->sides[DLB_SIDE_A].program},
                  {"the new program", c->sides[DLB_SIDE_B].program},
                  {"the baseline", c->arguments->baseline},
                  {"the suite", suite},
                  {"the configuration", c->run.cli->global.config},
                  {"the result", c->run.path}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(inputs); i++) {
        const char *input = inputs[i].path;
        if (input != NULL && input[0] != '\0' && same_place(path, input)) {
            return dlb_fail(why, DLB_INVALID, "--%s '%.200s' is %s, too", option, path,
                            inputs[i].what);
        }
    }
    return DLB_OK;
}

/* A file begun beside it and thrown away: permissions, room, a folder or a pipe in its place all show now. */
static enum dlb_status test_writing(const char *option, const char *path, struct dlb_why *why)
{
    struct dlb_replacement replacement;
    struct dlb_why inner = {""};
    if (strcmp(path, "-") == 0) {
        return dlb_fail(why, DLB_INVALID, "--%s wants a file", option);
    }
    if (strlen(path) >= DLB_PATH_LIMIT) {
        return dlb_fail(why, DLB_IO, "--%s: the path has %zu bytes, at most %d", option,
                        strlen(path), DLB_PATH_LIMIT - 1);
    }
    const enum dlb_status status = dlb_replace_begin(path, &replacement, &inner);
    if (status != DLB_OK) {
        return dlb_fail(why, status, "--%s: %.500s", option, inner.text);
    }
    dlb_replace_abort(&replacement);
    return DLB_OK;
}

enum dlb_status dlb_check_outputs_test(const struct dlb_checking *c, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (const struct dlb_check_output *o = dlb_check_outputs; o->name != NULL; o++) {
        const char *path = path_of(c, o);
        if (path == NULL) {
            continue;
        }
        for (const struct dlb_check_output *other = dlb_check_outputs; other != o; other++) {
            const char *taken = path_of(c, other);
            if (taken != NULL && same_place(path, taken)) {
                return dlb_fail(why, DLB_INVALID, "--%s and --%s are the same file, '%.200s'",
                                other->option, o->option, path);
            }
        }
        status = test_writing(o->option, path, why);
        if (status == DLB_OK) {
            status = test_inputs(c, o->option, path, why);
        }
        if (status != DLB_OK) {
            return status;
        }
    }
    return DLB_OK;
}

/* Names, paths and reasons are printed too, and GitHub reads commands out of any line of stdout and stderr. The word that wakes it is
 * drawn when the names are known already. */
void dlb_check_github_mute(struct dlb_checking *c, bool on)
{
    FILE *stream = c->run.cli->out.stream;
    uint64_t word[2] = {(uint64_t)dlb_clock_ns(), (uint64_t)getpid()};
    if (!c->arguments->github) {
        return;
    }
    if (on && getrandom(word, sizeof word, GRND_NONBLOCK) < 0) {
        dlb_log(DLB_LOG_INFO, "no random numbers: the clock stands in for them");
    }
    fflush(stderr);
    if (on) {
        snprintf(c->mute, sizeof c->mute, "dlb%016" PRIx64 "%016" PRIx64, word[0], word[1]);
        fprintf(stream, "::stop-commands::%s\n", c->mute);
    } else {
        fprintf(stream, "::%s::\n", c->mute);
    }
    fflush(stream);
}

/* Annotations on the screen, the table into the page of the job. A reader who has gone is no failure. */
static enum dlb_status write_github(struct dlb_checking *c,
                                    const struct dlb_check_output_options *options,
                                    struct dlb_why *why)
{
    const struct dlb_check_output *output = dlb_check_output_find("github");
    const char *summary = getenv(SUMMARY_VARIABLE);
    dlb_check_github_mute(c, false);
    enum dlb_status status = output->write(&c->run.result, options, c->run.cli->out.stream, why);
    dlb_check_github_mute(c, true);
    if (status == DLB_IO && why->text[0] == '\0') {
        status = DLB_OK;
    }
    if (status == DLB_OK && summary != NULL && summary[0] != '\0') {
        status = dlb_check_summary_append(&c->run.result, summary, why);
    }
    if (status == DLB_SKIPPED) {
        dlb_log(DLB_LOG_WARNING, SUMMARY_VARIABLE " is full: nothing was added to it");
        status = DLB_OK;
    }
    return status;
}

struct dlb_check_output_options dlb_check_options_of(const struct dlb_checking *c)
{
    const int policy = c->arguments->on_inconclusive;
    return (struct dlb_check_output_options){.inconclusive_fails = policy == DLB_INCONCLUSIVE_FAIL,
                                             .inconclusive_passes = policy == DLB_INCONCLUSIVE_PASS,
                                             .location = c->arguments->location};
}

static void note_failure(enum dlb_status status, const struct dlb_why *reason,
                         enum dlb_status *first, struct dlb_why *why)
{
    if (status == DLB_OK) {
        return;
    }
    if (*first == DLB_OK) {
        *first = status;
        *why = *reason;
    } else {
        dlb_log(DLB_LOG_ERROR, "%s", reason->text);
    }
}

enum dlb_status dlb_check_outputs_write(struct dlb_checking *c, struct dlb_why *why)
{
    const struct dlb_check_output_options options = dlb_check_options_of(c);
    enum dlb_status first = DLB_OK;
    for (const struct dlb_check_output *o = dlb_check_outputs; o->name != NULL; o++) {
        struct dlb_why reason = {""};
        const char *path = path_of(c, o);
        if (path != NULL) {
            note_failure(dlb_check_output_save(o, &c->run.result, &options, path, &reason), &reason,
                         &first, why);
        }
    }
    if (c->arguments->github) {
        struct dlb_why reason = {""};
        note_failure(write_github(c, &options, &reason), &reason, &first, why);
    }
    return first;
}
