/* history_database.h: the database of a history: opening, tables, statements. For the history's own files. */
#ifndef DLB_HISTORY_DATABASE_H
#define DLB_HISTORY_DATABASE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/base/status.h"
#include "bench/store/history.h"
#include "bench/store/history_log.h"

struct sqlite3;
struct sqlite3_stmt;

/* The version of the tables (PRAGMA user_version), and what tells our databases from others (PRAGMA application_id, "DLBh"). */
#define DLB_HISTORY_VERSION     2
#define DLB_HISTORY_APPLICATION 0x444c4268

#define DLB_HISTORY_STATEMENTS 32

struct dlb_history {
    struct sqlite3 *db;
    bool writable;
    bool immutable; /* in a folder that cannot be written: opened as a file that nobody changes */
    int wait_ms;
    int64_t migrated_from; /* the version that was found, when it was older; else 0 */
    char path[DLB_PATH_SIZE];
    struct sqlite3_stmt *statements[DLB_HISTORY_STATEMENTS]; /* prepared when first used */
    FILE *script; /* not NULL: every statement that writes is written here too, with its values */
};

/* A value for a place in a statement: ?1, ?2, ... */
enum dlb_value_kind { DLB_VALUE_TEXT, DLB_VALUE_INT, DLB_VALUE_REAL };
struct dlb_value {
    enum dlb_value_kind kind;
    const char *text; /* NULL: null; not copied */
    int64_t integer;
    double real; /* NaN: null */
};
struct dlb_value dlb_value_text(const char *text);
struct dlb_value dlb_value_int(int64_t integer);
struct dlb_value dlb_value_real(double real);

/* Opens the file, checks whose it is, brings it to `DLB_HISTORY_VERSION`. ":memory:" is one of its own. */
enum dlb_status dlb_database_open(const struct dlb_history_options *options,
                                  struct dlb_history **history, struct dlb_why *why);
/* Makes the tables up to `version` in a database that has those of an older one. */
enum dlb_status dlb_database_migrate(struct dlb_history *history, int version, struct dlb_why *why);
/* A second connection to the same file that can only read; close it before the first. */
enum dlb_status dlb_database_reader(const struct dlb_history *history, struct dlb_history **reader,
                                    struct dlb_why *why);
/* What stands before and behind the statements of a script: the tables where they are missing, in one transaction. */
void dlb_database_script(FILE *stream, bool begin);
void dlb_database_close(struct dlb_history *history);

/* What SQLite last complained of, in words that say what to do. DLB_IO, or DLB_NO_MEMORY. */
enum dlb_status dlb_database_fail(struct dlb_history *history, struct dlb_why *why);

/* Statements without values, one or several. */
enum dlb_status dlb_database_run(struct dlb_history *history, const char *sql, struct dlb_why *why);

/* Statement number `which`, prepared from `sql` at its first use and bound to the values; it is reset by the next
 * use of its number. */
enum dlb_status dlb_database_bind(struct dlb_history *history, int which, const char *sql,
                                  const struct dlb_value *values, int count,
                                  struct sqlite3_stmt **statement, struct dlb_why *why);

/* Binds and runs one that gives no rows. */
enum dlb_status dlb_database_write(struct dlb_history *history, int which, const char *sql,
                                   const struct dlb_value *values, int count, struct dlb_why *why);

/* The first column of the first row; `missing` where there is no row, or a null. */
enum dlb_status dlb_database_number(struct dlb_history *history, int which, const char *sql,
                                    const struct dlb_value *values, int count, int64_t missing,
                                    int64_t *number, struct dlb_why *why);

/* The text of a column; "" for null. Valid until the next step. */
const char *dlb_database_text(struct sqlite3_stmt *statement, int column);

/* BEGIN IMMEDIATE; and COMMIT when all went well, else ROLLBACK. Returns the status, or that of the COMMIT. */
enum dlb_status dlb_database_begin(struct dlb_history *history, struct dlb_why *why);
enum dlb_status dlb_database_end(struct dlb_history *history, enum dlb_status status,
                                 struct dlb_why *why);

/* ---- history_index.c ---- */

/* Numbers of the statements of each file. */
enum {
    DLB_INDEX_STATEMENTS = 0,
    DLB_CASE_STATEMENTS = 10,
    DLB_STORE_STATEMENTS = 20,
    DLB_TREND_STATEMENTS = 24
};

/* Writes a line of the log into the tables, in one transaction. A run that is there already is passed over, unless it is there incomplete and
 * comes complete. DLB_INVALID: no document of a history. */
enum dlb_status dlb_index_document(struct dlb_history *history, const json_t *document,
                                   struct dlb_why *why);

/* Is everything of this line there already? */
enum dlb_status dlb_index_knows(struct dlb_history *history, const json_t *document, bool *known,
                                struct dlb_why *why);

/* Only the verdicts of a run that is there: what a database of version 1 lacks. */
enum dlb_status dlb_index_verdicts(struct dlb_history *history, const json_t *document,
                                   struct dlb_why *why);

/* "2026-11-23T06:25:01Z" or "2026-11-23" to seconds since 1970. False for another text. */
bool dlb_history_parse_utc(const char *text, int64_t *seconds);

/* Appends a line that is no run to the log, and takes it into the database. */
enum dlb_status dlb_history_note(struct dlb_history *history, const json_t *document,
                                 struct dlb_why *why);

/* The lines of the log from a place on, each given to `each`; a bad one is left out with a warning and counted. */
enum dlb_status
dlb_history_each_line(const struct dlb_history_log *log, int64_t begin,
                      enum dlb_status (*each)(struct dlb_history *history, const json_t *document,
                                              struct dlb_why *why),
                      struct dlb_history *history, int64_t *left_out, struct dlb_why *why);

#endif
