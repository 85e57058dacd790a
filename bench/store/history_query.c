/* history_query.c: questions in SQL, from people. The connection is read-only, and an authorizer refuses whatever is not reading: a second
 * lock on the same door, which also keeps ATTACH and settings out. */
#include <sqlite3.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/store/fields.h"
#include "bench/store/history_database.h"

/* Pragmas that only tell what tables there are. */
static bool tells_of_tables(const char *name)
{
    static const char *const names[] = {"table_list", "table_info", "table_xinfo",
                                        "index_list", "index_info", "foreign_key_list"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(names) && name != NULL; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int authorize(void *user, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    bool *refused = user;
    (void)database;
    (void)trigger;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION: /* its name is the second */
        if (second != NULL && strcmp(second, "load_extension") != 0)
            return SQLITE_OK;
        break;
    case SQLITE_PRAGMA:
        if (tells_of_tables(first))
            return SQLITE_OK;
        break;
    default:
        break;
    }
    *refused = true;
    return SQLITE_DENY;
}

static json_t *blob_to_json(sqlite3_stmt *statement, int column)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *bytes = sqlite3_column_blob(statement, column);
    const int count = sqlite3_column_bytes(statement, column);
    struct dlb_text text = {0};
    for (int i = 0; i < count; i++) {
        const char pair[] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        dlb_text_append_bytes(&text, pair, sizeof pair);
    }
    json_t *json = text.failed ? NULL : json_string(text.data != NULL ? text.data : "");
    dlb_text_free(&text);
    return json;
}

static json_t *cell_to_json(sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
        return dlb_store_real(sqlite3_column_double(statement, column));
    case SQLITE_TEXT:
        return dlb_store_text(dlb_database_text(statement, column));
    case SQLITE_BLOB:
        return blob_to_json(statement, column);
    default:
        return json_null();
    }
}

static bool add_row(sqlite3_stmt *statement, int columns, json_t *rows)
{
    json_t *row = json_array();
    bool ok = row != NULL;
    for (int i = 0; i < columns && ok; i++)
        ok = json_array_append_new(row, cell_to_json(statement, i)) == 0;
    if (!ok) {
        json_decref(row);
        return false;
    }
    return json_array_append_new(rows, row) == 0;
}

static bool add_names(sqlite3_stmt *statement, int columns, json_t *names)
{
    bool ok = true;
    for (int i = 0; i < columns && ok; i++) {
        const char *name = sqlite3_column_name(statement, i);
        ok = json_array_append_new(names, dlb_store_text(name != NULL ? name : "")) == 0;
    }
    return ok;
}

static enum dlb_status read_rows(struct dlb_history *reader, sqlite3_stmt *statement,
                                 struct dlb_history_rows *rows, struct dlb_why *why)
{
    const int columns = sqlite3_column_count(statement);
    bool ok = add_names(statement, columns, rows->columns);
    int code = SQLITE_ROW;
    while (ok && (code = sqlite3_step(statement)) == SQLITE_ROW)
        ok = add_row(statement, columns, rows->rows);
    if (!ok)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the answer; ask for fewer rows");
    if (code == SQLITE_DONE)
        return DLB_OK;
    if ((code & 0xff) == SQLITE_ERROR || (code & 0xff) == SQLITE_MISMATCH)
        return dlb_fail(why, DLB_INVALID, "history sql: %s", sqlite3_errmsg(reader->db));
    return dlb_database_fail(reader, why);
}

/* The one statement of the text. */
static enum dlb_status prepare(struct dlb_history *reader, const char *sql, const bool *refused,
                               sqlite3_stmt **statement, struct dlb_why *why)
{
    const char *rest = NULL;
    sqlite3_stmt *second = NULL;
    const int code = sqlite3_prepare_v2(reader->db, sql, -1, statement, &rest);
    const bool writes = *statement != NULL && sqlite3_stmt_readonly(*statement) == 0;
    if (*refused || writes)
        return dlb_fail(why, DLB_INVALID,
                        "history sql only reads; this statement would change something: '%.200s'",
                        sql);
    if ((code & 0xff) == SQLITE_ERROR)
        return dlb_fail(why, DLB_INVALID, "history sql: %s", sqlite3_errmsg(reader->db));
    if (code != SQLITE_OK)
        return dlb_database_fail(reader, why);
    if (*statement == NULL)
        return dlb_fail(why, DLB_INVALID, "history sql wants a SELECT, found '%.200s'", sql);
    const bool more =
        sqlite3_prepare_v2(reader->db, rest, -1, &second, NULL) != SQLITE_OK || second != NULL;
    sqlite3_finalize(second);
    if (more)
        return dlb_fail(why, DLB_INVALID, "history sql takes one statement, found more: '%.200s'",
                        rest);
    return DLB_OK;
}

void dlb_history_rows_free(struct dlb_history_rows *rows)
{
    json_decref(rows->columns);
    json_decref(rows->rows);
    *rows = (struct dlb_history_rows){NULL, NULL};
}

enum dlb_status dlb_history_query(struct dlb_history *history, const char *sql,
                                  struct dlb_history_rows *rows, struct dlb_why *why)
{
    struct dlb_history *reader = NULL;
    sqlite3_stmt *statement = NULL;
    struct dlb_history_rows found = {json_array(), json_array()};
    bool refused = false;
    enum dlb_status status = DLB_OK;
    if (found.columns == NULL || found.rows == NULL)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the answer");
    if (status == DLB_OK)
        status = dlb_database_reader(history, &reader, why);
    if (status == DLB_OK) {
        (void)sqlite3_set_authorizer(reader->db, authorize, &refused);
        status = prepare(reader, sql, &refused, &statement, why);
    }
    if (status == DLB_OK)
        status = read_rows(reader, statement, &found, why);
    sqlite3_finalize(statement);
    dlb_database_close(reader);
    if (status == DLB_OK)
        *rows = found;
    else
        dlb_history_rows_free(&found);
    return status;
}
