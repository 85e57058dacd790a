/* history_database.c: the tables of a history, how older ones become new ones, and which files are refused.
 *
 * A database is opened for writing wherever it can be: SQLite's write-ahead log wants that of readers too. In a folder that cannot be written
 * it is opened as an immutable file. Everything here can be made again from the log (history_log.c), so a damaged file is never
 * mended, only refused in words that name `history rebuild`. */
#include "bench/store/history_database.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/text.h"

#define WAIT_MS  10000
#define PAUSE_MS 20

/* Version 1: runs and what they measured. A seed above 2^63 is stored as the negative number of the same bits. `params_json` also
 * holds key, label, threads and data of the case; flags are joined by ';'; energy_j is that of one execution; a price is for an hour of the
 * device, catalog_id its key where it has no entry. */
static const char version_1[] =
    "CREATE TABLE IF NOT EXISTS host(id TEXT PRIMARY KEY NOT NULL, cpu_model TEXT, cores INTEGER,"
    " ram_bytes INTEGER, virt TEXT, os TEXT, kernel TEXT);\n"
    "CREATE TABLE IF NOT EXISTS env(hash TEXT PRIMARY KEY NOT NULL, json TEXT NOT NULL);\n"
    "CREATE TABLE IF NOT EXISTS run(id TEXT PRIMARY KEY NOT NULL, created_utc INTEGER NOT NULL, "
    "git_rev TEXT,"
    " branch TEXT, dirty INTEGER, tool_version TEXT, suite TEXT, seed INTEGER,"
    " host_id TEXT NOT NULL REFERENCES host(id), env_hash TEXT REFERENCES env(hash),"
    " complete INTEGER NOT NULL, json_path TEXT);\n"
    "CREATE TABLE IF NOT EXISTS device(id INTEGER PRIMARY KEY, host_id TEXT NOT NULL REFERENCES "
    "host(id),"
    " key TEXT NOT NULL, kind TEXT, backend TEXT, name TEXT, catalog_id TEXT,"
    " driver TEXT NOT NULL DEFAULT '', UNIQUE(host_id, key, driver));\n"
    "CREATE TABLE IF NOT EXISTS bench(id INTEGER PRIMARY KEY, key_hash TEXT UNIQUE NOT NULL, "
    "workload TEXT,"
    " version_hash TEXT, params_json TEXT, dtype TEXT, direction TEXT, mode TEXT,"
    " cache_state TEXT, implementation TEXT, ops REAL, bytes REAL);\n"
    "CREATE TABLE IF NOT EXISTS result(id INTEGER PRIMARY KEY,"
    " run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
    " bench_id INTEGER NOT NULL REFERENCES bench(id),"
    " device_id INTEGER NOT NULL REFERENCES device(id), status TEXT NOT NULL, median_ns REAL,"
    " ci_lo_ns REAL, ci_hi_ns REAL, inv_sd_rel REAL, ops_per_s REAL, energy_j REAL,"
    " roof_fraction REAL, flags TEXT, UNIQUE(run_id, bench_id, device_id));\n"
    "CREATE TABLE IF NOT EXISTS invocation(result_id INTEGER NOT NULL REFERENCES result(id) ON "
    "DELETE CASCADE,"
    " idx INTEGER NOT NULL, t_start_utc INTEGER, n INTEGER, median_ns REAL, sd_rel REAL,"
    " gated INTEGER, PRIMARY KEY(result_id, idx)) WITHOUT ROWID;\n"
    "CREATE TABLE IF NOT EXISTS price(catalog_id TEXT, as_of TEXT, currency TEXT, value REAL, "
    "basis TEXT,"
    " region TEXT, source TEXT);\n"
    "CREATE INDEX IF NOT EXISTS result_series ON result(bench_id, device_id, run_id);\n"
    "CREATE INDEX IF NOT EXISTS run_branch ON run(branch, created_utc);\n";

/* Version 2: what checks found, and the steps of trends. */
static const char version_2[] =
    "CREATE TABLE IF NOT EXISTS verdict(run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,"
    " bench_id INTEGER NOT NULL REFERENCES bench(id),"
    " device_id INTEGER NOT NULL REFERENCES device(id), mode TEXT, verdict TEXT NOT NULL,"
    " effect REAL, p_holm REAL, mde90 REAL);\n"
    "CREATE TABLE IF NOT EXISTS changepoint(bench_id INTEGER NOT NULL REFERENCES bench(id),"
    " device_id INTEGER NOT NULL REFERENCES device(id),"
    " run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE, effect REAL, p REAL,"
    " acknowledged_by TEXT, note TEXT);\n"
    "CREATE INDEX IF NOT EXISTS verdict_run ON verdict(run_id);\n"
    "CREATE INDEX IF NOT EXISTS changepoint_series ON changepoint(bench_id, device_id, run_id);\n";

static const char *const migrations[] = {version_1, version_2};

/* ---- values and statements ---- */

struct dlb_value dlb_value_text(const char *text)
{
    return (struct dlb_value){.kind = DLB_VALUE_TEXT, .text = text};
}

struct dlb_value dlb_value_int(int64_t integer)
{
    return (struct dlb_value){.kind = DLB_VALUE_INT, .integer = integer};
}

struct dlb_value dlb_value_real(double real)
{
    return (struct dlb_value){.kind = DLB_VALUE_REAL, .real = real};
}

static enum dlb_status damaged(const struct dlb_history *history, const char *how,
                               struct dlb_why *why)
{
    char log[DLB_PATH_SIZE] = "";
    struct dlb_why ignored;
    const bool there =
        dlb_history_log_path(history->path, log, &ignored) == DLB_OK && access(log, F_OK) == 0;
    if (!there)
        return dlb_fail(why, DLB_IO, "%s: %s; name the file of a history with --db", history->path,
                        how);
    return dlb_fail(why, DLB_IO,
                    "%s: %s; `dlbench history rebuild --db %s` makes it again from %s, which holds "
                    "every run",
                    history->path, how, history->path, log);
}

enum dlb_status dlb_database_fail(struct dlb_history *history, struct dlb_why *why)
{
    const int code = sqlite3_errcode(history->db);
    const int system = sqlite3_system_errno(history->db);
    char how[256];
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for %s", history->path);
    case SQLITE_NOTADB:
        return damaged(history, "this is no database (or its beginning is damaged)", why);
    case SQLITE_CORRUPT:
        snprintf(how, sizeof how, "this database is damaged (%s)", sqlite3_errmsg(history->db));
        return damaged(history, how, why);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return dlb_fail(why, DLB_IO,
                        "%s: another program is holding this database; try again when it has "
                        "ended",
                        history->path);
    case SQLITE_FULL:
        return dlb_fail(why, DLB_IO, "cannot write %s: the disk is full", history->path);
    default:
        return dlb_fail(why, DLB_IO, "cannot use %s: %s%s%s", history->path,
                        sqlite3_errmsg(history->db), system != 0 ? ": " : "",
                        system != 0 ? strerror(system) : "");
    }
}

enum dlb_status dlb_database_run(struct dlb_history *history, const char *sql, struct dlb_why *why)
{
    if (sqlite3_exec(history->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return dlb_database_fail(history, why);
    return DLB_OK;
}

static int bind_one(sqlite3_stmt *statement, int place, const struct dlb_value *value)
{
    if (value->kind == DLB_VALUE_INT)
        return sqlite3_bind_int64(statement, place, value->integer);
    if (value->kind == DLB_VALUE_REAL && isfinite(value->real))
        return sqlite3_bind_double(statement, place, value->real);
    if (value->kind == DLB_VALUE_TEXT && value->text != NULL)
        return sqlite3_bind_text(statement, place, value->text, -1, SQLITE_STATIC);
    return sqlite3_bind_null(statement, place);
}

enum dlb_status dlb_database_bind(struct dlb_history *history, int which, const char *sql,
                                  const struct dlb_value *values, int count,
                                  struct sqlite3_stmt **statement, struct dlb_why *why)
{
    sqlite3_stmt **slot = &history->statements[which];
    int code = SQLITE_OK;
    if (*slot == NULL)
        code = sqlite3_prepare_v3(history->db, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
    else
        (void)sqlite3_reset(*slot); /* what went wrong at its last use has been told then */
    for (int i = 0; i < count && code == SQLITE_OK; i++)
        code = bind_one(*slot, i + 1, &values[i]);
    if (code != SQLITE_OK)
        return dlb_database_fail(history, why);
    *statement = *slot;
    return DLB_OK;
}

static enum dlb_status write_script(struct dlb_history *history, sqlite3_stmt *statement,
                                    struct dlb_why *why)
{
    char *text = sqlite3_expanded_sql(statement);
    if (text == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a statement");
    const int written = fprintf(history->script, "%s;\n", text);
    const int error = errno;
    sqlite3_free(text);
    errno = error;
    return written > 0 ? DLB_OK : dlb_history_stream_fail(why);
}

enum dlb_status dlb_database_write(struct dlb_history *history, int which, const char *sql,
                                   const struct dlb_value *values, int count, struct dlb_why *why)
{
    sqlite3_stmt *statement = NULL;
    enum dlb_status status = dlb_database_bind(history, which, sql, values, count, &statement, why);
    if (status != DLB_OK)
        return status;
    if (history->script != NULL)
        status = write_script(history, statement, why);
    if (status == DLB_OK && sqlite3_step(statement) != SQLITE_DONE)
        status = dlb_database_fail(history, why);
    (void)sqlite3_reset(statement);
    return status;
}

enum dlb_status dlb_database_number(struct dlb_history *history, int which, const char *sql,
                                    const struct dlb_value *values, int count, int64_t missing,
                                    int64_t *number, struct dlb_why *why)
{
    sqlite3_stmt *statement = NULL;
    enum dlb_status status = dlb_database_bind(history, which, sql, values, count, &statement, why);
    if (status != DLB_OK)
        return status;
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        *number = sqlite3_column_int64(statement, 0);
    else if (code == SQLITE_ROW || code == SQLITE_DONE)
        *number = missing;
    else
        status = dlb_database_fail(history, why);
    (void)sqlite3_reset(statement);
    return status;
}

const char *dlb_database_text(struct sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? text : "";
}

enum dlb_status dlb_database_begin(struct dlb_history *history, struct dlb_why *why)
{
    return dlb_database_run(history, "BEGIN IMMEDIATE", why);
}

enum dlb_status dlb_database_end(struct dlb_history *history, enum dlb_status status,
                                 struct dlb_why *why)
{
    if (status == DLB_OK)
        status = dlb_database_run(history, "COMMIT", why);
    /* Some errors (a full disk) have rolled back by themselves. */
    if (status != DLB_OK && sqlite3_get_autocommit(history->db) == 0)
        (void)sqlite3_exec(history->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* ---- versions ---- */

/* In one statement: another process may be making the tables right now. */
static enum dlb_status read_version(struct dlb_history *history, int64_t *version,
                                    struct dlb_why *why)
{
    int64_t application = 0, tables = 0;
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(
            history->db,
            "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_master)"
            " FROM pragma_user_version, pragma_application_id",
            -1, &row, NULL) != SQLITE_OK)
        return dlb_database_fail(history, why);
    enum dlb_status status = DLB_OK;
    if (sqlite3_step(row) == SQLITE_ROW) {
        *version = sqlite3_column_int64(row, 0);
        application = sqlite3_column_int64(row, 1);
        tables = sqlite3_column_int64(row, 2);
    } else {
        status = dlb_database_fail(history, why);
    }
    sqlite3_finalize(row);
    if (status != DLB_OK)
        return status;
    if (application != DLB_HISTORY_APPLICATION && (tables > 0 || *version != 0))
        return dlb_fail(why, DLB_IO,
                        "%s: a database of another program; name another file with --db",
                        history->path);
    if (*version > DLB_HISTORY_VERSION)
        return dlb_fail(why, DLB_IO,
                        "%s: a history of version %lld, this dlbench knows up to %d; use the "
                        "dlbench that wrote it, or a newer one",
                        history->path, (long long)*version, DLB_HISTORY_VERSION);
    return DLB_OK;
}

enum dlb_status dlb_database_migrate(struct dlb_history *history, int version, struct dlb_why *why)
{
    int64_t found = 0;
    char mark[96];
    snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%d;\n",
             DLB_HISTORY_APPLICATION, version);
    enum dlb_status status = dlb_database_begin(history, why);
    if (status != DLB_OK)
        return status;
    status = read_version(history, &found, why); /* again: another process may have been here */
    for (int64_t v = found; v < version && status == DLB_OK; v++)
        status = dlb_database_run(history, migrations[v], why);
    if (status == DLB_OK && found < version)
        status = dlb_database_run(history, mark, why);
    if (status == DLB_OK && found > 0 && found < version)
        history->migrated_from = found;
    return dlb_database_end(history, status, why);
}

static enum dlb_status check_version(struct dlb_history *history, struct dlb_why *why)
{
    int64_t version = 0;
    const enum dlb_status status = read_version(history, &version, why);
    if (status != DLB_OK || version == DLB_HISTORY_VERSION)
        return status;
    if (!history->writable)
        return dlb_fail(why, DLB_IO,
                        "%s: a history of version %lld that cannot be written here; this dlbench "
                        "would have to bring it to version %d first",
                        history->path, (long long)version, DLB_HISTORY_VERSION);
    return dlb_database_migrate(history, DLB_HISTORY_VERSION, why);
}

/* ---- opening ---- */

static bool exists_with_content(const char *path, const char *suffix)
{
    char name[DLB_PATH_SIZE + 8];
    struct stat info;
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &info) == 0 && info.st_size > 0;
}

static bool may_write(const char *path, bool there)
{
    char folder[DLB_PATH_SIZE];
    return dlb_path_folder(path, folder, sizeof folder) && access(folder, W_OK) == 0 &&
           (!there || access(path, W_OK) == 0);
}

/* Is it a file, is it there or to be made, and may it be written? */
static enum dlb_status look(const struct dlb_history_options *options, struct dlb_history *history,
                            struct dlb_why *why)
{
    struct stat info;
    char folder[DLB_PATH_SIZE];
    const bool there = stat(options->path, &info) == 0;
    if (!there && errno != ENOENT)
        return dlb_fail(why, DLB_IO, "cannot open %s: %s", options->path, strerror(errno));
    const char *oddity = there ? dlb_path_oddity(info.st_mode) : NULL;
    if (oddity != NULL)
        return dlb_fail(why, DLB_IO, "cannot open %s: it is %s; wanted the file of a history",
                        options->path, oddity);
    if (!there && !options->create)
        return dlb_fail(why, DLB_IO,
                        "there is no history %s; `dlbench history add FILE --db %s` begins one",
                        options->path, options->path);
    if (!there && dlb_path_folder(options->path, folder, sizeof folder) &&
        access(folder, F_OK) != 0)
        return dlb_fail(why, DLB_IO, "cannot write %s: there is no folder %s; make it first",
                        options->path, folder);
    if (there && access(options->path, R_OK) != 0)
        return dlb_fail(why, DLB_IO, "cannot read %s: %s", options->path, strerror(errno));
    history->writable = may_write(options->path, there);
    if (!history->writable && options->create)
        return dlb_fail(why, DLB_IO, "cannot write %s: %s", options->path, strerror(errno));
    return DLB_OK;
}

/* "file:PATH?immutable=1" with what has a meaning in it escaped. */
static void immutable_uri(const char *path, struct dlb_text *uri)
{
    dlb_text_append(uri, "file:");
    for (; *path != '\0'; path++) {
        if (strchr("?#%", *path) != NULL)
            dlb_text_format(uri, "%%%02x", (unsigned)*path);
        else
            dlb_text_append_bytes(uri, path, 1);
    }
    dlb_text_append(uri, "?immutable=1");
}

static enum dlb_status connect_to(struct dlb_history *history, struct dlb_why *why)
{
    struct dlb_text uri = {0};
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (!history->writable)
        flags = SQLITE_OPEN_READONLY | (history->immutable ? SQLITE_OPEN_URI : 0);
    if (history->immutable)
        immutable_uri(history->path, &uri);
    const int code =
        sqlite3_open_v2(history->immutable ? uri.data : history->path, &history->db, flags, NULL);
    dlb_text_free(&uri);
    if (history->db == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for %s", history->path);
    if (code != SQLITE_OK)
        return dlb_database_fail(history, why);
    (void)sqlite3_extended_result_codes(history->db, 1);
    (void)sqlite3_busy_timeout(history->db, history->wait_ms);
    return dlb_database_run(history, "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF", why);
}

/* A crash cannot harm what the write-ahead log holds; a commit that a power failure takes back is taken up from the history's log. Two
 * processes that change a new database's mode at once would wait for each other: SQLite tells one of them at once, and that one tries again. */
static enum dlb_status set_up_writing(struct dlb_history *history, struct dlb_why *why)
{
    int code = SQLITE_OK;
    for (int waited = 0; history->writable && waited <= history->wait_ms; waited += PAUSE_MS) {
        code = sqlite3_exec(history->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", NULL,
                            NULL, NULL);
        if ((code & 0xff) != SQLITE_BUSY)
            break;
        dlb_clock_sleep_ns(INT64_C(1000000) * PAUSE_MS);
    }
    return code == SQLITE_OK ? DLB_OK : dlb_database_fail(history, why);
}

static enum dlb_status quick_check(struct dlb_history *history, struct dlb_why *why)
{
    sqlite3_stmt *statement = NULL;
    char how[256] = "";
    if (sqlite3_prepare_v2(history->db, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK)
        return dlb_database_fail(history, why);
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW && strcmp(dlb_database_text(statement, 0), "ok") != 0)
        snprintf(how, sizeof how, "this database is damaged (%.200s)",
                 dlb_database_text(statement, 0));
    for (char *c = how; *c != '\0'; c++)
        *c = *c == '\n' ? ' ' : *c;
    const enum dlb_status status = code == SQLITE_ROW ? DLB_OK : dlb_database_fail(history, why);
    sqlite3_finalize(statement);
    return how[0] != '\0' ? damaged(history, how, why) : status;
}

static enum dlb_status open_file(const struct dlb_history_options *options,
                                 struct dlb_history *history, struct dlb_why *why)
{
    const bool in_memory = strcmp(options->path, ":memory:") == 0;
    enum dlb_status status = DLB_OK;
    if (in_memory)
        history->writable = true;
    else
        status = look(options, history, why);
    const bool unclean = status == DLB_OK && exists_with_content(options->path, "-wal");
    int64_t version = 0;
    history->immutable = !history->writable && !unclean;
    if (status == DLB_OK)
        status = connect_to(history, why);
    if (status == DLB_OK) /* before anything is changed in a file that may not be ours */
        status = read_version(history, &version, why);
    if (status == DLB_OK)
        status = set_up_writing(history, why);
    if (status == DLB_OK && (unclean || options->verify))
        status = quick_check(history, why);
    return status == DLB_OK ? check_version(history, why) : status;
}

enum dlb_status dlb_database_open(const struct dlb_history_options *options,
                                  struct dlb_history **history, struct dlb_why *why)
{
    if (strlen(options->path) >= DLB_PATH_SIZE - 64 || options->path[0] == '\0')
        return dlb_fail(why, DLB_IO, "cannot open the history '%.60s': %s", options->path,
                        options->path[0] == '\0' ? "a file without a name" : "path too long");
    struct dlb_history *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a history");
    strcpy(opened->path, options->path);
    opened->wait_ms = options->wait_ms > 0 ? options->wait_ms : WAIT_MS;
    const enum dlb_status status = open_file(options, opened, why);
    if (status != DLB_OK) {
        dlb_database_close(opened);
        return status;
    }
    *history = opened;
    return DLB_OK;
}

enum dlb_status dlb_database_reader(const struct dlb_history *history, struct dlb_history **reader,
                                    struct dlb_why *why)
{
    struct dlb_history *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a history");
    memcpy(opened->path, history->path, sizeof opened->path);
    opened->immutable = history->immutable;
    opened->wait_ms = history->wait_ms;
    const enum dlb_status status = connect_to(opened, why);
    if (status != DLB_OK) {
        dlb_database_close(opened);
        return status;
    }
    *reader = opened;
    return DLB_OK;
}

void dlb_database_script(FILE *stream, bool begin)
{
    if (begin)
        fprintf(stream, "BEGIN;\n%s%sPRAGMA application_id=%d;\nPRAGMA user_version=%d;\n",
                version_1, version_2, DLB_HISTORY_APPLICATION, DLB_HISTORY_VERSION);
    else
        fputs("COMMIT;\n", stream);
}

void dlb_database_close(struct dlb_history *history)
{
    if (history == NULL)
        return;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(history->statements); i++)
        sqlite3_finalize(history->statements[i]);
    sqlite3_close(history->db);
    free(history);
}
