/* screen.c: asks the terminal what it can do, and prints text that fits.
 *
 * NO_COLOR (no-color.org), TERM=dumb, a width of 0, a background job and an unset locale are all ordinary. Progress
 * is drawn in progress.c; reports have writers of their own. */
#include "bench/cli/screen.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench/base/text.h"

#define MIN_COLUMNS   20
#define USUAL_COLUMNS 80
#define MOST_COLUMNS  10000

static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            const char *charset = strchr(value, '.');
            return charset != NULL && (strncasecmp(charset, ".utf-8", 6) == 0 ||
                                       strncasecmp(charset, ".utf8", 5) == 0);
        }
    }
    return false;
}

int dlb_screen_columns(const struct dlb_screen *screen)
{
    if (!screen->tty) {
        return 0;
    }
    struct winsize size = {0};
    if (ioctl(fileno(screen->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col < MIN_COLUMNS ? MIN_COLUMNS : size.ws_col;
    }
    return USUAL_COLUMNS;
}

/* COLUMNS, where it is a sensible number: POSIX lets a user overrule the terminal with it. 0: not set. */
static int wanted_columns(void)
{
    const char *text = getenv("COLUMNS");
    int64_t columns = 0;
    if (text == NULL || dlb_parse_int(text, &columns, NULL) != DLB_OK || columns < 1 ||
        columns > MOST_COLUMNS) {
        return 0;
    }
    return columns < MIN_COLUMNS ? MIN_COLUMNS : (int)columns;
}

void dlb_screen_read(FILE *stream, enum dlb_color color, struct dlb_screen *screen)
{
    const int fd = fileno(stream);
    const char *term = getenv("TERM");
    const char *no_color = getenv("NO_COLOR");
    const bool able = term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
    const bool plain = no_color != NULL && no_color[0] != '\0';
    *screen = (struct dlb_screen){.stream = stream, .unicode = locale_is_utf8()};
    /* A background job must not redraw over whatever stands in the foreground. */
    screen->tty = isatty(fd) == 1;
    screen->redraw = screen->tty && able && tcgetpgrp(fd) == getpgrp();
    screen->color =
        color == DLB_COLOR_ALWAYS || (color == DLB_COLOR_AUTO && screen->tty && able && !plain);
    screen->columns = wanted_columns();
    if (screen->columns == 0) {
        screen->columns = dlb_screen_columns(screen);
    }
}

void dlb_table_add(struct dlb_table *table, const char *cell)
{
    if (table->failed) {
        return;
    }
    if (table->count == table->capacity) {
        const int capacity = table->capacity > 0 ? 2 * table->capacity : 64;
        char **cells = realloc(table->cells, (size_t)capacity * sizeof *cells);
        if (cells == NULL) {
            table->failed = true;
            return;
        }
        table->cells = cells;
        table->capacity = capacity;
    }
    const size_t size = strlen(cell) + 1;
    char *copy = malloc(size);
    if (copy == NULL) {
        table->failed = true;
        return;
    }
    (void)dlb_text_printable(copy, size, cell);
    table->cells[table->count++] = copy;
}

/* Of every column but the last, in one pass; NULL without memory. */
static int *column_widths(const struct dlb_table *table)
{
    int *widths = calloc((size_t)table->columns, sizeof *widths);
    for (int i = 0; i < table->count && widths != NULL; i++) {
        const int columns = dlb_text_columns(table->cells[i]);
        int *width = &widths[i % table->columns];
        *width = columns > *width ? columns : *width;
    }
    return widths;
}

/* The last column wraps at the screen's edge; the others keep their width. */
void dlb_table_print(const struct dlb_table *table, const struct dlb_screen *screen)
{
    int *widths = table->failed ? NULL : column_widths(table);
    if (widths == NULL) {
        fprintf(screen->stream, "(out of memory)\n");
        return;
    }
    for (int i = 0; i < table->count; i += table->columns) {
        int indent = 0;
        for (int c = 0; c < table->columns - 1; c++) {
            const char *cell = table->cells[i + c];
            fprintf(screen->stream, "%s%*s", cell, widths[c] - dlb_text_columns(cell) + 2, "");
            indent += widths[c] + 2;
        }
        const char *last = table->cells[i + table->columns - 1];
        dlb_print_wrapped(screen->stream, last, indent, screen->columns);
    }
    free(widths);
}

void dlb_table_free(struct dlb_table *table)
{
    for (int i = 0; i < table->count; i++) {
        free(table->cells[i]);
    }
    free(table->cells);
    table->cells = NULL;
    table->count = 0;
    table->capacity = 0;
}

void dlb_print_wrapped(FILE *stream, const char *text, int indent, int limit)
{
    const int room =
        limit - indent < MIN_COLUMNS ? 0 : limit - indent; /* too narrow: do not wrap */
    int column = 0;
    while (*text != '\0') {
        const size_t bytes = strcspn(text, " ");
        char word[256];
        snprintf(word, sizeof word, "%.*s", (int)(bytes < sizeof word ? bytes : sizeof word - 1),
                 text);
        const int width = dlb_text_columns(word);
        if (column > 0 && room > 0 && column + 1 + width > room) {
            fprintf(stream, "\n%*s", indent, "");
            column = 0;
        }
        if (column > 0) {
            fputc(' ', stream);
            column++;
        }
        fwrite(text, 1, bytes, stream);
        column += width;
        text += bytes;
        text += strspn(text, " ");
    }
    fputc('\n', stream);
}
