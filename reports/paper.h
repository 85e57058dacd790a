/* paper.h: a text as wide as the terminal: wrapped words, cut cells, colours that only repeat what the words say.
 *
 * The text grows in memory and is printed at once. For the writers of tables for people. */
#ifndef DLB_PAPER_H
#define DLB_PAPER_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/base/text.h"
#include "reports/report.h"

#define DLB_PAPER_GAP 2 /* columns between two cells */

#define DLB_PAPER_BOLD   "\033[1m"
#define DLB_PAPER_DIM    "\033[2m"
#define DLB_PAPER_RED    "\033[31m"
#define DLB_PAPER_GREEN  "\033[32m"
#define DLB_PAPER_YELLOW "\033[33m"

struct dlb_paper {
    int columns; /* 40 at least; INT_MAX: no limit */
    bool color, unicode;
    struct dlb_text out;
};

struct dlb_paper dlb_paper_new(const struct dlb_report_options *options);
/* Writes the text, flushes, and releases it. DLB_OK, DLB_NO_MEMORY, or DLB_IO as in report.h. */
enum dlb_status dlb_paper_print(struct dlb_paper *paper, FILE *stream, struct dlb_why *why);

void dlb_paper_color(struct dlb_paper *paper, const char *code);
void dlb_paper_uncolor(struct dlb_paper *paper);
void dlb_paper_spaces(struct dlb_paper *paper, int count);
/* Text in at most `limit` columns, the end given up for an ellipsis; returns the columns taken. */
int dlb_paper_elided(struct dlb_paper *paper, const char *text, int limit);
/* Words from column `at` on, made clean and wrapped, further lines indented; ends the line. */
void dlb_paper_wrapped(struct dlb_paper *paper, const char *raw, int at, int indent);
/* "name   text", the text wrapped below itself. */
void dlb_paper_entry(struct dlb_paper *paper, const char *name, int name_width, const char *text);

#endif
