/* rows.h: an answer of rows and columns in the formats that it can have. */
#ifndef DLB_ROWS_H
#define DLB_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench/cli/screen.h"

/* `columns` is an array of names, `rows` one of arrays of numbers, truth values, texts and nulls. Text is a table (null is "-"), CSV as RFC 4180 says with
 * plain newlines (null is an empty cell; numbers with all their digits). */
void dlb_rows_text(const json_t *columns, const json_t *rows, const struct dlb_screen *screen);
void dlb_rows_csv(const json_t *columns, const json_t *rows, FILE *stream);

#endif
