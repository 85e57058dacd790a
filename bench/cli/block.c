/* block.c: draws and erases lines on a terminal.
 *
 * Lines are cut to the width that the terminal has at the moment, so that a narrow window never wraps and the cursor finds its
 * way back up. */
#include "bench/cli/block.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "bench/base/clock.h"

#define REDRAW_NS INT64_C(100000000)
#define BAR_CELLS 26

/* Moves to the block's first line and clears from there (ECMA-48 CPL and ED). */
void dlb_block_erase(struct dlb_block *block)
{
    if (block->lines > 0) {
        fprintf(block->screen.stream, "\033[%dF\033[J", block->lines);
        block->lines = 0;
    }
}

void dlb_block_say(struct dlb_block *block, const char *line)
{
    dlb_block_erase(block);
    fprintf(block->screen.stream, "%s\n", line);
    fflush(block->screen.stream);
}

bool dlb_block_due(struct dlb_block *block)
{
    const int64_t now = dlb_clock_ns();
    if (now - block->drawn_ns < REDRAW_NS) {
        return false;
    }
    block->drawn_ns = now;
    return true;
}

/* Cuts text to `columns` code points, whole ones. */
static void cut(char *text, int columns)
{
    int seen = 0;
    for (char *c = text; *c != '\0'; c++) {
        if (((unsigned char)*c & 0xc0) != 0x80 && seen++ == columns) {
            *c = '\0';
            return;
        }
    }
}

void dlb_block_line(struct dlb_block *block, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const int columns = dlb_screen_columns(&block->screen);
    cut(text, columns > 0 ? columns - 1 : (int)sizeof text);
    fprintf(block->screen.stream, "%s\n", text);
    block->lines++;
}

void dlb_block_clock(char *buffer, size_t size, double seconds)
{
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e7) {
        snprintf(buffer, size, "--:--");
        return;
    }
    const int whole = (int)(seconds + 0.5);
    if (whole >= 3600) {
        snprintf(buffer, size, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    } else {
        snprintf(buffer, size, "%02d:%02d", whole / 60, whole % 60);
    }
}

void dlb_block_bar(const struct dlb_block *block, double share, char *buffer, size_t size)
{
    const char *full = block->screen.unicode ? "\xe2\x96\x88" : "#";
    const char *empty = block->screen.unicode ? "\xe2\x96\x91" : ".";
    const int filled = (int)((share < 1 ? share : 1) * BAR_CELLS);
    size_t length = 0;
    buffer[0] = '\0';
    for (int i = 0; i < BAR_CELLS && length + 4 < size; i++) {
        length += (size_t)snprintf(buffer + length, size - length, "%s", i < filled ? full : empty);
    }
}
