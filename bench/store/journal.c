/* journal.c: what a running session has measured so far, one JSON line an invocation, so that a killed run loses nothing.
 *
 * NAME.journal begins with {"journal": "dlbench-journal/1", "run_id": ...}; each further line is a record with its newest
 * invocations, or {"verdict_row": ...}, the row of a case that is being checked, with all its pairs. A line is written by one write(2): after a crash at most the last one is torn, and only that one is dropped.
 * The writer holds a lock (flock) for as long as it runs. There is no fsync: it would disturb the next measurement, and the
 * page cache outlives the process. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/log.h"
#include "bench/store/replace.h"
#include "bench/store/result.h"
#include "bench/store/result_file.h"

#define JOURNAL_SCHEMA "dlbench-journal/1"
#define MAX_TRIES      100

struct dlb_journal {
    int fd;
    bool holds_records; /* of this run or of an earlier one; without any it is not left behind */
    char path[DLB_PATH_SIZE];
};

static enum dlb_status journal_path(const char *result_path, char *path, struct dlb_why *why)
{
    const int length = snprintf(path, DLB_PATH_SIZE, "%s.journal", result_path);
    if (length < 0 || length >= DLB_PATH_SIZE)
        return dlb_fail(why, DLB_IO, "cannot open the journal of %.60s...: path too long",
                        result_path);
    return DLB_OK;
}

/* ---- writing ---- */

static enum dlb_status write_line(struct dlb_journal *journal, json_t *json, struct dlb_why *why)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    if (text == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a line of the journal");
    size_t left = strlen(text) + 1;
    text[left - 1] = '\n'; /* over the NUL: the line goes out as one piece */
    const off_t before = lseek(journal->fd, 0, SEEK_END);
    const char *rest = text;
    enum dlb_status status = DLB_OK;
    while (left > 0 && status == DLB_OK) {
        const ssize_t written = write(journal->fd, rest, left);
        if (written >= 0) {
            rest += written;
            left -= (size_t)written;
        } else if (errno != EINTR) {
            status = dlb_fail(why, DLB_IO, "cannot write %s: %s", journal->path, strerror(errno));
        }
    }
    /* Half a line in the middle would spoil the next one. */
    if (status != DLB_OK && ftruncate(journal->fd, before) != 0)
        dlb_log(DLB_LOG_WARNING, "%s: cannot remove a half-written line: %s", journal->path,
                strerror(errno));
    free(text);
    return status;
}

/* Takes over `json`. */
static enum dlb_status append(struct dlb_journal *journal, json_t *json, struct dlb_why *why)
{
    const enum dlb_status status = write_line(journal, json, why);
    json_decref(json);
    journal->holds_records = journal->holds_records || status == DLB_OK;
    return status;
}

enum dlb_status dlb_journal_append(struct dlb_journal *journal, const struct dlb_record *record,
                                   struct dlb_why *why)
{
    return append(journal, dlb_record_to_json(record), why);
}

enum dlb_status dlb_journal_append_verdict(struct dlb_journal *journal,
                                           const struct dlb_verdict_row *row, struct dlb_why *why)
{
    return append(journal, json_pack("{s:o}", "verdict_row", dlb_verdict_to_json(row)), why);
}

/* ---- opening ---- */

/* DLB_OK with the lock held (or on a file system without locks), DLB_IO when someone else holds it. */
static enum dlb_status lock(int fd, const char *path, struct dlb_why *why)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return DLB_OK;
    if (errno == EWOULDBLOCK)
        return dlb_fail(why, DLB_IO,
                        "cannot open %s: another dlbench is writing these results; wait for it or "
                        "name another file",
                        path);
    dlb_log(DLB_LOG_WARNING, "%s: this file system has no locks (%s); start no second run on it",
            path, strerror(errno));
    return DLB_OK;
}

/* True while `path` still names the open file: its last owner may have removed it before our lock. */
static bool is_same_file(int fd, const char *path)
{
    struct stat mine, named;
    return fstat(fd, &mine) == 0 && stat(path, &named) == 0 && mine.st_ino == named.st_ino &&
           mine.st_dev == named.st_dev;
}

static enum dlb_status cannot_open(const struct dlb_journal *journal, int error,
                                   struct dlb_why *why)
{
    char folder[DLB_PATH_SIZE];
    if (error == ENOENT && dlb_path_folder(journal->path, folder, sizeof folder))
        return dlb_fail(why, DLB_IO, "cannot write %s: there is no folder %s; make it first",
                        journal->path, folder);
    return dlb_fail(why, DLB_IO, "cannot write %s: %s", journal->path, strerror(error));
}

static enum dlb_status open_locked(struct dlb_journal *journal, struct dlb_why *why)
{
    for (int i = 0; i < MAX_TRIES; i++) {
        struct stat info;
        const int fd =
            open(journal->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0666);
        if (fd < 0)
            return cannot_open(journal, errno, why);
        const char *oddity = fstat(fd, &info) == 0 ? dlb_path_oddity(info.st_mode) : NULL;
        enum dlb_status status = DLB_OK;
        if (oddity != NULL)
            status = dlb_fail(why, DLB_IO, "cannot write %s: it is %s; wanted a file",
                              journal->path, oddity);
        if (status == DLB_OK)
            status = lock(fd, journal->path, why);
        if (status == DLB_OK && is_same_file(fd, journal->path)) {
            journal->fd = fd;
            journal->holds_records = info.st_size > 0;
            return DLB_OK;
        }
        close(fd);
        if (status != DLB_OK)
            return status;
    }
    return dlb_fail(why, DLB_IO, "cannot open %s: it is replaced again and again", journal->path);
}

/* The run that a journal or a result file belongs to; "" when that cannot be told. */
static void copy_run_id(const json_t *json, char *run_id, size_t size)
{
    const char *text = json_string_value(json_object_get(json, "run_id"));
    snprintf(run_id, size, "%s", text != NULL ? text : "");
}

/* Reads the first line; false when this is no journal. */
static bool read_head(const char *bytes, size_t size, char *run_id, size_t run_id_size)
{
    const char *end = memchr(bytes, '\n', size);
    json_t *head = end != NULL ? json_loadb(bytes, (size_t)(end - bytes), 0, NULL) : NULL;
    const char *schema = json_string_value(json_object_get(head, "journal"));
    const bool ours = schema != NULL && strcmp(schema, JOURNAL_SCHEMA) == 0;
    run_id[0] = '\0';
    if (ours)
        copy_run_id(head, run_id, run_id_size);
    json_decref(head);
    return ours;
}

/* Bytes up to the last newline: what follows it is torn. */
static size_t whole_lines(const char *bytes, size_t size)
{
    const char *end = bytes != NULL && size > 0 ? memrchr(bytes, '\n', size) : NULL;
    return end != NULL ? (size_t)(end - bytes) + 1 : 0;
}

/* Renames the journal of another run out of the way: it may be all that is left of that run. */
static enum dlb_status set_aside(const struct dlb_journal *journal, struct dlb_why *why)
{
    char aside[DLB_PATH_SIZE + 16];
    for (int i = 1; i <= MAX_TRIES; i++) {
        if (i == 1)
            snprintf(aside, sizeof aside, "%s.old", journal->path);
        else
            snprintf(aside, sizeof aside, "%s.old%d", journal->path, i);
        if (access(aside, F_OK) == 0)
            continue;
        if (rename(journal->path, aside) != 0)
            break;
        dlb_log(DLB_LOG_WARNING, "the journal of an earlier run that ended early is kept as %s",
                aside);
        return DLB_OK;
    }
    return dlb_fail(why, DLB_IO, "cannot set the journal of an earlier run aside: %s",
                    journal->path);
}

/* Takes up an existing journal of this run without its torn end. *foreign: it belongs to another run. */
static enum dlb_status take_up(struct dlb_journal *journal, const char *run_id, bool *fresh,
                               bool *foreign, struct dlb_why *why)
{
    char *bytes = NULL;
    size_t size = 0;
    enum dlb_status status = dlb_file_read(journal->path, &bytes, &size, why);
    if (status != DLB_OK)
        return status;
    char theirs[40];
    const size_t whole = whole_lines(bytes, size);
    const bool ours = run_id[0] != '\0' && read_head(bytes, size, theirs, sizeof theirs) &&
                      strcmp(theirs, run_id) == 0;
    *fresh = whole == 0;
    *foreign = whole > 0 && !ours;
    free(bytes);
    if (!*foreign && whole < size && ftruncate(journal->fd, (off_t)whole) != 0)
        return dlb_fail(why, DLB_IO, "cannot write %s: %s", journal->path, strerror(errno));
    return DLB_OK;
}

static enum dlb_status write_head(struct dlb_journal *journal, const char *run_id,
                                  struct dlb_why *why)
{
    json_t *head = json_pack("{s:s, s:s}", "journal", JOURNAL_SCHEMA, "run_id", run_id);
    const enum dlb_status status = write_line(journal, head, why);
    json_decref(head);
    journal->holds_records = false;
    return status;
}

enum dlb_status dlb_journal_lock(const char *result_path, struct dlb_journal **journal,
                                 struct dlb_why *why)
{
    struct dlb_journal *opened = malloc(sizeof *opened);
    if (opened == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a journal");
    *opened = (struct dlb_journal){.fd = -1};
    enum dlb_status status = journal_path(result_path, opened->path, why);
    if (status == DLB_OK)
        status = open_locked(opened, why);
    if (status != DLB_OK) {
        dlb_journal_close(opened, false);
        return status;
    }
    *journal = opened;
    return DLB_OK;
}

enum dlb_status dlb_journal_begin(struct dlb_journal *journal, const char *run_id,
                                  struct dlb_why *why)
{
    bool fresh = true, foreign = false;
    enum dlb_status status = take_up(journal, run_id, &fresh, &foreign, why);
    if (status == DLB_OK && foreign) {
        const int theirs = journal->fd; /* its lock is held until the new one is */
        status = set_aside(journal, why);
        if (status == DLB_OK)
            status = open_locked(journal, why);
        if (status == DLB_OK)
            close(theirs);
        fresh = true;
    }
    return status == DLB_OK && fresh ? write_head(journal, run_id, why) : status;
}

enum dlb_status dlb_journal_restart(struct dlb_journal *journal, const char *run_id,
                                    struct dlb_why *why)
{
    if (ftruncate(journal->fd, 0) != 0)
        return dlb_fail(why, DLB_IO, "cannot write %s: %s", journal->path, strerror(errno));
    return write_head(journal, run_id, why);
}

void dlb_journal_close(struct dlb_journal *journal, bool remove)
{
    if (journal == NULL)
        return;
    /* While the lock is held: nobody else's journal can be meant. */
    if (journal->fd >= 0 && (remove || !journal->holds_records))
        unlink(journal->path);
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal);
}

/* ---- reading ---- */

/* The invocation of the same index and place in the run, or NULL. */
static struct dlb_invocation *find_invocation(struct dlb_record *record,
                                              const struct dlb_invocation *wanted)
{
    for (int i = 0; i < record->invocation_count; i++)
        if (record->invocations[i].index == wanted->index &&
            record->invocations[i].order == wanted->order)
            return &record->invocations[i];
    return NULL;
}

/* Moves what `newer` has measured into `record`, and takes over how it ended. Each line is at least as new as the file. */
static enum dlb_status merge_record(struct dlb_record *record, struct dlb_record *newer)
{
    for (int i = 0; i < newer->invocation_count; i++) {
        struct dlb_invocation *invocation = &newer->invocations[i];
        struct dlb_invocation *known = find_invocation(record, invocation);
        if (known != NULL) {
            const struct dlb_invocation old = *known;
            *known = *invocation;
            *invocation = old; /* freed with `newer` */
        } else if (dlb_record_add_invocation(record, invocation) != DLB_OK) {
            return DLB_NO_MEMORY;
        }
    }
    record->status = newer->status;
    record->verified = newer->verified;
    record->cache_sets = newer->cache_sets;
    memcpy(record->status_reason, newer->status_reason, sizeof record->status_reason);
    memcpy(record->implementation, newer->implementation, sizeof record->implementation);
    memcpy(record->parameters, newer->parameters, sizeof record->parameters);
    record->cycles = newer->cycles;
    memcpy(record->evidence, newer->evidence, sizeof record->evidence);
    for (int i = 0; i < newer->flag_count; i++)
        dlb_record_flag(record, newer->flags[i]);
    if (newer->counting.taken) { /* the older goes, and is freed with `newer` */
        const struct dlb_counting old = record->counting;
        record->counting = newer->counting;
        newer->counting = old;
    }
    if (newer->summary.roof_binds[0] != '\0') /* the roof is carried on, the rest is made anew */
        record->summary = newer->summary;
    dlb_record_summarise(record);
    return DLB_OK;
}

/* Which key stands where in the result. */
struct places {
    json_t *records, *verdicts; /* objects of key: index */
};

static enum dlb_status merge_record_line(const json_t *json, struct dlb_result *result,
                                         const struct places *places, struct dlb_why *why)
{
    struct dlb_record record;
    enum dlb_status status = dlb_record_from_json(json, &record, why);
    if (status != DLB_OK)
        return status;
    const json_t *place = json_object_get(places->records, record.key);
    if (place != NULL) {
        status = merge_record(&result->records[json_integer_value(place)], &record);
    } else if (json_object_set_new(places->records, record.key,
                                   json_integer(result->record_count)) != 0) {
        status = DLB_NO_MEMORY;
    } else {
        dlb_record_summarise(&record);
        status = dlb_result_add(result, &record);
    }
    dlb_record_free(&record);
    return status;
}

/* A row is written whole each time, so the last one holds all that is known. But the journal ends before the judgement: a run
 * that was killed between its last save and the end of its journal has verdicts that no line knows. */
static enum dlb_status merge_verdict_line(const json_t *json, struct dlb_result *result,
                                          const struct places *places, struct dlb_why *why)
{
    struct dlb_verdict_row row;
    enum dlb_status status = dlb_verdict_from_json(json, &row, why);
    if (status != DLB_OK)
        return status;
    const json_t *place = json_object_get(places->verdicts, row.key);
    if (place != NULL) {
        struct dlb_verdict_row *known = &result->verdicts[json_integer_value(place)];
        const struct dlb_verdict_row old = *known;
        if (row.verdict != DLB_VERDICT_NOT_MEASURED || old.verdict == DLB_VERDICT_NOT_MEASURED) {
            *known = row;
            row = old;
        }
    } else if (json_object_set_new(places->verdicts, row.key,
                                   json_integer(result->verdict_count)) != 0) {
        status = DLB_NO_MEMORY;
    } else {
        status = dlb_result_add_verdict(result, &row);
    }
    dlb_verdict_free(&row);
    return status;
}

static enum dlb_status merge_line(const char *line, size_t size, struct dlb_result *result,
                                  const struct places *places, struct dlb_why *why)
{
    json_error_t error;
    json_t *json = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL)
        return dlb_fail(why, DLB_INVALID, "%s", error.text);
    const json_t *row = json_object_get(json, "verdict_row");
    const enum dlb_status status = row != NULL ? merge_verdict_line(row, result, places, why)
                                               : merge_record_line(json, result, places, why);
    json_decref(json);
    return status;
}

static bool index_keys(const struct dlb_result *result, struct places *places)
{
    *places = (struct places){json_object(), json_object()};
    int failures = places->records == NULL || places->verdicts == NULL;
    for (int i = 0; i < result->record_count && failures == 0; i++)
        failures |= json_object_set_new(places->records, result->records[i].key, json_integer(i));
    for (int i = 0; i < result->verdict_count && failures == 0; i++)
        failures |= json_object_set_new(places->verdicts, result->verdicts[i].key, json_integer(i));
    return failures == 0;
}

static enum dlb_status merge_lines(const char *path, const char *bytes, size_t size,
                                   struct dlb_result *result, struct dlb_why *why)
{
    struct places places;
    enum dlb_status status = index_keys(result, &places) ? DLB_OK : DLB_NO_MEMORY;
    size_t begin = (size_t)((const char *)memchr(bytes, '\n', size) - bytes) + 1;
    for (int line = 2; begin < size && status == DLB_OK; line++) {
        const char *newline = memchr(bytes + begin, '\n', size - begin);
        const size_t length = (size_t)(newline - (bytes + begin));
        struct dlb_why inner = {""};
        status = merge_line(bytes + begin, length, result, &places, &inner);
        if (status == DLB_INVALID) {
            dlb_log(DLB_LOG_WARNING, "%s: line %d is left out: %s", path, line, inner.text);
            status = DLB_OK;
        }
        begin += length + 1;
    }
    json_decref(places.records);
    json_decref(places.verdicts);
    return status == DLB_OK ? status : dlb_fail(why, status, "no memory for the lines of %s", path);
}

enum dlb_status dlb_journal_merge(const char *result_path, bool any_run, struct dlb_result *result,
                                  bool *found, struct dlb_why *why)
{
    char path[DLB_PATH_SIZE], run_id[40];
    char *bytes = NULL;
    size_t size = 0;
    struct dlb_why ignored;
    *found = false;
    /* A journal that is not there, or that a name too long cannot have, has nothing to add; nor has one beside a result that is
     * whole: what came to be after its lines would be taken back. */
    if (result->complete || journal_path(result_path, path, &ignored) != DLB_OK ||
        access(path, F_OK) != 0)
        return DLB_OK;
    enum dlb_status status = dlb_file_read(path, &bytes, &size, why);
    if (status != DLB_OK)
        return status;
    const size_t whole = whole_lines(bytes, size);
    if (whole < size)
        dlb_log(DLB_LOG_WARNING, "%s: the last line was cut off and is left out", path);
    if (whole == 0 || !read_head(bytes, whole, run_id, sizeof run_id)) {
        if (whole > 0)
            dlb_log(DLB_LOG_WARNING, "%s is left out: it is no journal of dlbench", path);
    } else if (!any_run && run_id[0] != '\0' && strcmp(run_id, result->run_id) != 0) {
        dlb_log(DLB_LOG_WARNING, "%s is left out: it belongs to another run", path);
    } else {
        *found = true;
        if (run_id[0] != '\0')
            snprintf(result->run_id, sizeof result->run_id, "%s", run_id);
        status = merge_lines(path, bytes, whole, result, why);
    }
    free(bytes);
    return status;
}
