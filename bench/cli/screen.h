/* screen.h: what a stream can show: a terminal or not, its width, colour, UTF-8; and text tables on it. */
#ifndef DLB_SCREEN_H
#define DLB_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

enum dlb_color { DLB_COLOR_AUTO, DLB_COLOR_ALWAYS, DLB_COLOR_NEVER };

struct dlb_screen {
    FILE *stream;
    bool tty;     /* a terminal in whose foreground we run */
    bool redraw;  /* and one that understands cursor movement (TERM is set and not "dumb") */
    bool color;   /* --color, else a terminal without NO_COLOR and TERM=dumb */
    bool unicode; /* the locale's character set is UTF-8 */
    int columns; /* COLUMNS; else >= 20 on a terminal (80 when it will not say), 0 = no limit elsewhere */
};

void dlb_screen_read(FILE *stream, enum dlb_color color, struct dlb_screen *screen);

/* The width again: a window may have been resized. */
int dlb_screen_columns(const struct dlb_screen *screen);

/* A table of text: rows of `columns` cells, the first row is the heading. Grows as cells are added, left to right.
 * Zero-initialise but for `columns`; release with dlb_table_free. */
struct dlb_table {
    int columns;
    int count, capacity; /* of cells */
    char **cells;
    bool failed; /* out of memory: printing then says so */
};
void dlb_table_add(struct dlb_table *table, const char *cell);
void dlb_table_print(const struct dlb_table *table, const struct dlb_screen *screen);
void dlb_table_free(struct dlb_table *table);

/* Prints `text` word by word, wrapped before column `limit` (0 = never), every line but the first indented. The cursor
 * is taken to stand at `indent` already. Ends with a newline. */
void dlb_print_wrapped(FILE *stream, const char *text, int indent, int limit);

#endif
