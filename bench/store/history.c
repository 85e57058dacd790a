/* history.c: a history as a whole: the log and the database together.
 *
 * Writing goes to the log first, under its lock; the database follows. Whoever opens a history looks whether the last line of the log is in
 * the database; if not (a writer was killed between the two, or the database is new), the lines from the first unknown one on are
 * taken up. The lines themselves are in history_log.c, the rows in history_index.c. */
#include "bench/store/history.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/log.h"
#include "bench/store/history_database.h"

#define MAX_OLD   100
#define IN_MEMORY ":memory:" /* SQLite's name for a database without a file */

enum { COMPLETE = DLB_STORE_STATEMENTS, RUNS };

/* ---- taking up what the database lacks ---- */

static enum dlb_status count_runs(struct dlb_history *history, int64_t *runs, struct dlb_why *why)
{
    return dlb_database_number(history, RUNS, "SELECT count(*) FROM run", NULL, 0, 0, runs, why);
}

/* Where the lines begin that the database lacks; at the log's end when it has all. Lines come in one after the other, so
 * the walk from the end back stops at the first one that is known. */
static enum dlb_status find_unknown(struct dlb_history *history, const struct dlb_history_log *log,
                                    int64_t *begin, struct dlb_why *why)
{
    int64_t runs = 0, end = log->size;
    bool known = false;
    enum dlb_status status = count_runs(history, &runs, why);
    *begin = runs > 0 ? log->size : 0;
    while (runs > 0 && end > 0 && !known && status == DLB_OK) {
        json_t *document = NULL;
        int64_t at = 0;
        status = dlb_history_log_begin(log, end, &at, why);
        if (status != DLB_OK)
            break;
        status = dlb_history_log_line(log, at, end, &document, why);
        if (status == DLB_OK)
            status = dlb_index_knows(history, document, &known, why);
        json_decref(document);
        if (status == DLB_INVALID) /* told when the line is read to be taken up */
            status = DLB_OK;
        else if (status == DLB_OK && !known)
            *begin = at;
        end = at;
    }
    return status;
}

static enum dlb_status take_up(struct dlb_history *history, const struct dlb_history_log *log,
                               struct dlb_why *why)
{
    int64_t begin = 0, left_out = 0;
    enum dlb_status status = DLB_OK;
    if (history->migrated_from == 1)
        status = dlb_history_each_line(log, 0, dlb_index_verdicts, history, &left_out, why);
    if (status == DLB_OK)
        status = find_unknown(history, log, &begin, why);
    if (status == DLB_OK && begin < log->size)
        status = dlb_history_each_line(log, begin, dlb_index_document, history, &left_out, why);
    if (status == DLB_OK)
        history->migrated_from = 0;
    return status;
}

static enum dlb_status take_up_alone(struct dlb_history *history, struct dlb_why *why)
{
    struct dlb_history_log log;
    enum dlb_status status = dlb_history_log_open(history->path, DLB_LOG_APPEND, &log, why);
    if (status != DLB_OK)
        return status;
    status = take_up(history, &log, why);
    dlb_history_log_close(&log);
    return status;
}

/* Most of the time the database has everything, and a shared lock is enough to see that. A reader makes do with what is there where taking up
 * fails: a full disk, a read-only folder. */
static enum dlb_status synchronise(struct dlb_history *history, bool to_read, struct dlb_why *why)
{
    struct dlb_history_log log;
    struct dlb_why inner = {"it cannot be written here"};
    int64_t begin = 0;
    enum dlb_status status = dlb_history_log_open(history->path, DLB_LOG_READ, &log, why);
    if (status != DLB_OK || log.fd < 0)
        return status;
    status = find_unknown(history, &log, &begin, why);
    const bool lags = begin < log.size || history->migrated_from > 0;
    dlb_history_log_close(&log);
    if (status != DLB_OK || !lags)
        return status;
    status = history->writable ? take_up_alone(history, &inner) : DLB_IO;
    if (status == DLB_OK)
        return status;
    if (!to_read || status != DLB_IO)
        return dlb_fail(why, status, "%s", inner.text);
    dlb_log(DLB_LOG_WARNING, "%s lacks runs that %s holds; they are left out: %s", history->path,
            log.path, inner.text);
    return DLB_OK;
}

enum dlb_status dlb_history_open(const struct dlb_history_options *options,
                                 struct dlb_history **history, struct dlb_why *why)
{
    char log[DLB_PATH_SIZE];
    struct dlb_history_options wanted = *options;
    struct dlb_history *opened = NULL;
    enum dlb_status status = dlb_history_log_path(options->path, log, why);
    if (status == DLB_OK && strcmp(options->path, IN_MEMORY) == 0)
        status = dlb_fail(why, DLB_IO, "a history wants a file, '%s' is none", IN_MEMORY);
    if (status != DLB_OK)
        return status;
    /* Without its database a history is still there. */
    wanted.create = options->create || (access(log, R_OK) == 0 && access(options->path, F_OK) != 0);
    status = dlb_database_open(&wanted, &opened, why);
    if (status == DLB_OK)
        status = synchronise(opened, !options->create, why);
    if (status != DLB_OK) {
        dlb_database_close(opened);
        return status;
    }
    *history = opened;
    return DLB_OK;
}

void dlb_history_close(struct dlb_history *history)
{
    dlb_database_close(history);
}

/* ---- adding ---- */

static void drop_samples(json_t *document)
{
    size_t i, j;
    json_t *record, *invocation;
    json_array_foreach(json_object_get(document, "results"), i, record)
    {
        json_array_foreach(json_object_get(record, "invocations"), j, invocation)
        {
            (void)json_object_del(invocation, "samples_ns");
        }
    }
}

static int set_text(json_t *object, const char *name, const char *text)
{
    if (text == NULL)
        return 0;
    json_t *json = json_string(text);
    return json_object_set_new(object, name, json != NULL ? json : json_string("?"));
}

/* The line of a run: its document without samples, and `x_history`: where it came from. */
static enum dlb_status make_line(const struct dlb_result *result,
                                 const struct dlb_history_source *source, json_t **line,
                                 struct dlb_why *why)
{
    char now[24];
    json_t *document = dlb_result_to_json(result);
    const json_t *earlier = json_object_get(document, "x_history");
    json_t *note = json_is_object(earlier) ? json_deep_copy(earlier) : json_object();
    dlb_clock_utc(now, (int)sizeof now);
    int failures = set_text(note, "added_utc", now);
    failures |= set_text(note, "path", source->path);
    failures |= set_text(note, "branch", source->branch);
    failures |= set_text(note, "rev", source->rev);
    failures |= json_object_set_new(document, "x_history", note);
    if (document == NULL || failures != 0) {
        json_decref(document);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a run");
    }
    drop_samples(document);
    *line = document;
    return DLB_OK;
}

/* A log that was lost, beside a database that remembers: told once, because only a copy of the log can bring it back. */
static enum dlb_status miss_log(struct dlb_history *history, const struct dlb_history_log *log,
                                struct dlb_why *why)
{
    int64_t runs = 0;
    const enum dlb_status status = count_runs(history, &runs, why);
    if (status == DLB_OK && log->size == 0 && runs > 0)
        dlb_log(DLB_LOG_WARNING,
                "%s is empty or new, though %s knows %lld runs: `history rebuild` could not make "
                "them again",
                log->path, history->path, (long long)runs);
    return status;
}

static enum dlb_status append(struct dlb_history *history, struct dlb_history_log *log,
                              const json_t *line, struct dlb_why *why)
{
    struct dlb_why inner = {""};
    enum dlb_status status = dlb_history_log_append(log, line, why);
    if (status != DLB_OK)
        return status;
    status = dlb_index_document(history, line, &inner);
    if (status != DLB_OK)
        return dlb_fail(why, status,
                        "%s; nothing is lost: %s has it, and the database takes it up "
                        "when it can be written again",
                        inner.text, log->path);
    return DLB_OK;
}

static enum dlb_status add(struct dlb_history *history, struct dlb_history_log *log,
                           const struct dlb_result *result, const struct dlb_history_source *source,
                           enum dlb_history_outcome *outcome, struct dlb_why *why)
{
    const struct dlb_value id = dlb_value_text(result->run_id);
    int64_t complete = -1;
    json_t *line = NULL;
    enum dlb_status status = take_up(history, log, why);
    if (status == DLB_OK)
        status = dlb_database_number(history, COMPLETE, "SELECT complete FROM run WHERE id=?1", &id,
                                     1, -1, &complete, why);
    if (status != DLB_OK)
        return status;
    if (complete >= (result->complete ? 1 : 0)) {
        *outcome = DLB_HISTORY_KNOWN;
        return DLB_OK;
    }
    status = make_line(result, source, &line, why);
    if (status == DLB_OK)
        status = append(history, log, line, why);
    json_decref(line);
    if (status == DLB_OK)
        *outcome = complete == 0 ? DLB_HISTORY_COMPLETED : DLB_HISTORY_ADDED;
    return status;
}

enum dlb_status dlb_history_add(struct dlb_history *history, const struct dlb_result *result,
                                const struct dlb_history_source *source,
                                enum dlb_history_outcome *outcome, struct dlb_why *why)
{
    struct dlb_history_log log;
    if (result->run_id[0] == '\0')
        return dlb_fail(why, DLB_INVALID, "a run without a run_id cannot be told from others");
    if (!history->writable)
        return dlb_fail(why, DLB_IO, "cannot write %s: its folder or the file is read-only",
                        history->path);
    enum dlb_status status = dlb_history_log_open(history->path, DLB_LOG_APPEND, &log, why);
    if (status != DLB_OK)
        return status;
    status = miss_log(history, &log, why);
    if (status == DLB_OK)
        status = add(history, &log, result, source, outcome, why);
    dlb_history_log_close(&log);
    return status;
}

enum dlb_status dlb_history_note(struct dlb_history *history, const json_t *document,
                                 struct dlb_why *why)
{
    struct dlb_history_log log;
    enum dlb_status status = dlb_history_log_open(history->path, DLB_LOG_APPEND, &log, why);
    if (status != DLB_OK)
        return status;
    status = take_up(history, &log, why);
    if (status == DLB_OK)
        status = append(history, &log, document, why);
    dlb_history_log_close(&log);
    return status;
}

/* ---- making the database again ---- */

static void with_suffix(const char *path, const char *suffix, char name[DLB_PATH_SIZE])
{
    snprintf(name, DLB_PATH_SIZE, "%.*s%s", DLB_PATH_SIZE - 64, path, suffix);
}

static void remove_database(const char *path)
{
    static const char *const parts[] = {"", "-wal", "-shm", "-journal"};
    char name[DLB_PATH_SIZE];
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++) {
        with_suffix(path, parts[i], name);
        (void)unlink(name);
    }
}

/* Does the old database know a run that the new one lacks? An unreadable one may. */
static bool knows_more(const char *path, struct dlb_history *fresh)
{
    const struct dlb_history_options options = {.path = path};
    const char *sql = "SELECT id FROM run";
    struct dlb_history *old = NULL;
    struct dlb_history_rows rows = {NULL, NULL};
    struct dlb_why ignored;
    bool more = dlb_database_open(&options, &old, &ignored) != DLB_OK ||
                dlb_history_query(old, sql, &rows, &ignored) != DLB_OK;
    for (size_t i = 0; i < json_array_size(rows.rows) && !more; i++) {
        const json_t *id = json_array_get(json_array_get(rows.rows, i), 0);
        const struct dlb_value value = dlb_value_text(json_string_value(id));
        int64_t complete = -1;
        more = dlb_database_number(fresh, COMPLETE, "SELECT complete FROM run WHERE id=?1", &value,
                                   1, -1, &complete, &ignored) != DLB_OK ||
               complete < 0;
    }
    dlb_history_rows_free(&rows);
    dlb_database_close(old);
    return more;
}

/* Renames the old database, and what its write-ahead log holds, to the first free NAME.old. */
static enum dlb_status set_aside(const char *path, char kept_as[DLB_PATH_SIZE], struct dlb_why *why)
{
    char suffix[32], from[DLB_PATH_SIZE], to[DLB_PATH_SIZE];
    for (int i = 1; i <= MAX_OLD; i++) {
        snprintf(suffix, sizeof suffix, i == 1 ? ".old" : ".old%d", i);
        with_suffix(path, suffix, kept_as);
        if (access(kept_as, F_OK) == 0)
            continue;
        if (rename(path, kept_as) != 0)
            break;
        with_suffix(path, "-wal", from);
        with_suffix(kept_as, "-wal", to);
        (void)rename(from, to);
        with_suffix(path, "-shm", from);
        (void)unlink(from);
        return DLB_OK;
    }
    return dlb_fail(why, DLB_IO, "cannot set %s aside: %s", path, strerror(errno));
}

static enum dlb_status fill(const char *path, const struct dlb_history_log *log,
                            struct dlb_history **fresh, struct dlb_history_rebuilt *rebuilt,
                            struct dlb_why *why)
{
    const struct dlb_history_options options = {.path = path, .create = true};
    remove_database(path); /* of a rebuilding that was killed */
    enum dlb_status status = dlb_database_open(&options, fresh, why);
    if (status == DLB_OK)
        status = dlb_history_each_line(log, 0, dlb_index_document, *fresh, &rebuilt->left_out, why);
    return status == DLB_OK ? count_runs(*fresh, &rebuilt->runs, why) : status;
}

static enum dlb_status rebuild(const char *path, const struct dlb_history_log *log,
                               struct dlb_history_rebuilt *rebuilt, struct dlb_why *why)
{
    char beside[DLB_PATH_SIZE];
    struct dlb_history *fresh = NULL;
    with_suffix(path, ".new", beside);
    enum dlb_status status = fill(beside, log, &fresh, rebuilt, why);
    const bool keep = status == DLB_OK && access(path, F_OK) == 0 && knows_more(path, fresh);
    dlb_database_close(fresh); /* the last connection: its write-ahead log goes into the file */
    if (status == DLB_OK && keep)
        status = set_aside(path, rebuilt->kept_as, why);
    else if (status == DLB_OK)
        remove_database(path);
    if (status == DLB_OK && rename(beside, path) != 0)
        status = dlb_fail(why, DLB_IO, "cannot write %s: %s", path, strerror(errno));
    if (status != DLB_OK)
        remove_database(beside);
    return status;
}

enum dlb_status dlb_history_rebuild(const char *path, struct dlb_history_rebuilt *rebuilt,
                                    struct dlb_why *why)
{
    struct dlb_history_log log;
    char name[DLB_PATH_SIZE];
    enum dlb_status status = dlb_history_log_path(path, name, why);
    if (status == DLB_OK && access(name, F_OK) != 0)
        return dlb_fail(why, DLB_IO, "cannot read %s: %s; it holds the runs that %s is made from",
                        name, strerror(errno), path);
    if (status == DLB_OK)
        status = dlb_history_log_open(path, DLB_LOG_APPEND, &log, why);
    if (status != DLB_OK)
        return status;
    *rebuilt = (struct dlb_history_rebuilt){0};
    status = rebuild(path, &log, rebuilt, why);
    dlb_history_log_close(&log);
    return status;
}

/* ---- exporting ---- */

static enum dlb_status finish(FILE *stream, enum dlb_status status, struct dlb_why *why)
{
    if (status != DLB_OK || fflush(stream) == 0)
        return status;
    return dlb_history_stream_fail(why);
}

enum dlb_status dlb_history_export_jsonl(struct dlb_history *history, FILE *stream,
                                         struct dlb_why *why)
{
    struct dlb_history_log log;
    enum dlb_status status = dlb_history_log_open(history->path, DLB_LOG_READ, &log, why);
    if (status != DLB_OK)
        return status;
    if (log.fd < 0)
        return dlb_fail(why, DLB_IO, "cannot read %s: %s", log.path, strerror(ENOENT));
    status = dlb_history_log_copy(&log, stream, why);
    dlb_history_log_close(&log);
    return finish(stream, status, why);
}

/* The statements of a database that is filled and thrown away. */
static enum dlb_status open_scribe(FILE *stream, struct dlb_history **scribe, struct dlb_why *why)
{
    const struct dlb_history_options options = {.path = IN_MEMORY, .create = true};
    const enum dlb_status status = dlb_database_open(&options, scribe, why);
    if (status == DLB_OK) {
        (*scribe)->script = stream;
        dlb_database_script(stream, true);
    }
    return status;
}

enum dlb_status dlb_history_export_sql(struct dlb_history *history, FILE *stream,
                                       struct dlb_why *why)
{
    struct dlb_history_log log;
    struct dlb_history *scribe = NULL;
    int64_t left_out = 0;
    enum dlb_status status = dlb_history_log_open(history->path, DLB_LOG_READ, &log, why);
    if (status != DLB_OK)
        return status;
    if (log.fd < 0)
        return dlb_fail(why, DLB_IO, "cannot read %s: %s", log.path, strerror(ENOENT));
    status = open_scribe(stream, &scribe, why);
    if (status == DLB_OK)
        status = dlb_history_each_line(&log, 0, dlb_index_document, scribe, &left_out, why);
    if (status == DLB_OK)
        dlb_database_script(stream, false);
    dlb_database_close(scribe);
    dlb_history_log_close(&log);
    return finish(stream, status, why);
}

enum dlb_status dlb_history_result_sql(const struct dlb_result *result, FILE *stream,
                                       struct dlb_why *why)
{
    struct dlb_history *scribe = NULL;
    json_t *document = dlb_result_to_json(result);
    enum dlb_status status =
        document != NULL ? DLB_OK : dlb_fail(why, DLB_NO_MEMORY, "no memory for a run");
    if (status == DLB_OK)
        status = open_scribe(stream, &scribe, why);
    if (status == DLB_OK)
        status = dlb_index_document(scribe, document, why);
    if (status == DLB_OK)
        dlb_database_script(stream, false);
    json_decref(document);
    dlb_database_close(scribe);
    return finish(stream, status, why);
}
