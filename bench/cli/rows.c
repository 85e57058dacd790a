/* rows.c: rows and columns as a table for people, or as CSV for programs. */
#include "bench/cli/rows.h"

#include <stdlib.h>
#include <string.h>

static void cell_text(const json_t *value, char *buffer, size_t size)
{
    if (json_is_string(value)) {
        snprintf(buffer, size, "%s", json_string_value(value));
    } else if (json_is_integer(value)) {
        snprintf(buffer, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        snprintf(buffer, size, "%.6g", json_real_value(value));
    } else if (json_is_boolean(value)) {
        snprintf(buffer, size, "%s", json_is_true(value) ? "yes" : "no");
    } else {
        snprintf(buffer, size, "-");
    }
}

void dlb_rows_text(const json_t *columns, const json_t *rows, const struct dlb_screen *screen)
{
    struct dlb_table table = {.columns = (int)json_array_size(columns)};
    char cell[1024];
    size_t i;
    size_t j;
    json_t *row;
    json_t *value;
    if (table.columns == 0) {
        return;
    }
    json_array_foreach(columns, i, value)
    {
        dlb_table_add(&table, json_string_value(value));
    }
    json_array_foreach(rows, i, row)
    {
        json_array_foreach(row, j, value)
        {
            cell_text(value, cell, sizeof cell);
            dlb_table_add(&table, cell);
        }
    }
    dlb_table_print(&table, screen);
    dlb_table_free(&table);
}

static void csv_text(const char *text, FILE *stream)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            fputc('"', stream);
        }
        fputc(*text, stream);
    }
    fputc('"', stream);
}

/* Numbers as JSON writes them: printf's decimal point is the locale's. */
static void csv_cell(const json_t *value, FILE *stream)
{
    if (json_is_string(value)) {
        csv_text(json_string_value(value), stream);
    } else if (!json_is_null(value)) {
        json_dumpf(value, stream, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
    }
}

static void csv_row(const json_t *cells, FILE *stream)
{
    size_t i;
    json_t *value;
    json_array_foreach(cells, i, value)
    {
        if (i > 0) {
            fputc(',', stream);
        }
        csv_cell(value, stream);
    }
    fputc('\n', stream);
}

void dlb_rows_csv(const json_t *columns, const json_t *rows, FILE *stream)
{
    size_t i;
    json_t *row;
    csv_row(columns, stream);
    json_array_foreach(rows, i, row)
    {
        csv_row(row, stream);
    }
}
