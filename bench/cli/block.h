/* block.h: a few lines that are redrawn in place on a terminal: what the progress of a run and of a check is drawn with.
 *
 * Where the terminal cannot move its cursor, or there is none, whoever draws prints lines instead. */
#ifndef DLB_BLOCK_H
#define DLB_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/compiler.h"
#include "bench/cli/screen.h"

struct dlb_block {
    struct dlb_screen screen;
    int lines; /* on the screen, 0 when there are none */
    int64_t drawn_ns;
};

/* Takes the lines off the screen; the next line begins where they began. */
void dlb_block_erase(struct dlb_block *block);
/* One more line, cut to the width that the terminal has now. */
void dlb_block_line(struct dlb_block *block, const char *format, ...) DLB_PRINTF(2, 3);
/* A line that stays, above the block. */
void dlb_block_say(struct dlb_block *block, const char *line);
/* Is it time to draw again? At most ten times a second. */
bool dlb_block_due(struct dlb_block *block);

/* "03:12", "1:02:45"; "--:--" when unknown. */
void dlb_block_clock(char *buffer, size_t size, double seconds);
/* A bar of 26 cells for a share in [0, 1]; 80 bytes hold it. */
void dlb_block_bar(const struct dlb_block *block, double share, char *buffer, size_t size);

#endif
