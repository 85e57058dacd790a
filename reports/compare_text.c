/* compare_text.c: a comparison on a screen: who is compared, a line a row (two columns) or a column (more), the means, and what was
 * not compared and why.
 *
 * Nothing is wider than the terminal, down to 40 columns: then the workload stands above its lines, and the intervals go. Colour only
 * repeats what words say. The words are compare_words.c's. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/compare_words.h"
#include "reports/compare_writers.h"
#include "reports/paper.h"
#include "reports/report_sentences.h"

#define INDENT      2
#define MOST_LABEL  24 /* columns of a label in the table; the head tells all of it */
#define LEAST_LABEL 6

struct page {
    const struct dlb_comparison *comparison;
    struct dlb_compare_plan plan;
    struct dlb_paper paper;
    int width[DLB_COMPARE_CELLS];
    bool stacked;
};

/* ---- sentences ---- */

/* Takes the text over. */
static void put_sentence(struct page *page, struct dlb_text *text, int at, int indent)
{
    dlb_paper_wrapped(&page->paper, text->data != NULL ? text->data : "", at, indent);
    page->paper.out.failed |= text->failed;
    dlb_text_free(text);
}

static void put_head(struct page *page)
{
    const struct dlb_comparison *comparison = page->comparison;
    int width = 0;
    for (int i = 0; i < comparison->column_count; i++) {
        const int columns = dlb_text_columns(comparison->columns[i].label);
        width = columns > width ? columns : width;
    }
    for (int i = 0; i < comparison->column_count; i++) {
        struct dlb_text text = {0};
        dlb_compare_origin(comparison, i, &text);
        const char *label = comparison->columns[i].label;
        if (width <= MOST_LABEL) {
            dlb_paper_entry(&page->paper, label, width, text.data != NULL ? text.data : "");
        } else { /* a long label has its lines to itself */
            dlb_paper_wrapped(&page->paper, label, 0, INDENT);
            dlb_paper_spaces(&page->paper, INDENT);
            dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", INDENT, INDENT);
        }
        page->paper.out.failed |= text.failed;
        dlb_text_free(&text);
    }
    if (comparison->row_count == 0)
        return;
    struct dlb_text caption = {0};
    dlb_compare_caption(&page->plan, &caption);
    dlb_text_append(&page->paper.out, "\n");
    put_sentence(page, &caption, 0, INDENT);
}

/* ---- the table ---- */

static void clean_line(struct page *page, struct dlb_compare_line *line)
{
    for (int i = 0; i < DLB_COMPARE_CELLS; i++) {
        struct dlb_text clean = {0};
        dlb_report_clean(line->text[i], page->paper.unicode, &clean);
        dlb_text_shorten(line->text[i], sizeof line->text[i], clean.data != NULL ? clean.data : "");
        page->paper.out.failed |= clean.failed;
        dlb_text_free(&clean);
    }
}

static bool is_label(enum dlb_compare_cell cell)
{
    return cell == DLB_COMPARE_DEVICE || cell == DLB_COMPARE_COLUMN;
}

/* Notes go as far as the line does, and then on the next: they never widen the table. */
static bool is_laid_out(const struct page *page, enum dlb_compare_cell cell)
{
    if (page->stacked && (cell == DLB_COMPARE_WORKLOAD || cell == DLB_COMPARE_DEVICE))
        return false;
    return page->plan.shown[cell] && cell != DLB_COMPARE_NOTES;
}

static int table_width(const struct page *page)
{
    int width = page->stacked ? INDENT - DLB_PAPER_GAP : -DLB_PAPER_GAP;
    for (int i = 0; i < DLB_COMPARE_CELLS; i++)
        if (is_laid_out(page, (enum dlb_compare_cell)i))
            width += page->width[i] + DLB_PAPER_GAP;
    return width;
}

static void widen(struct page *page, enum dlb_compare_cell cell, int columns, int most)
{
    columns = columns < most ? columns : most;
    page->width[cell] = columns > page->width[cell] ? columns : page->width[cell];
}

static void measure(struct page *page)
{
    for (int i = 0; i < page->comparison->row_count; i++)
        for (int j = 0; j < dlb_compare_line_count(&page->plan, i); j++) {
            struct dlb_compare_line line;
            dlb_compare_line_of(&page->plan, i, j, &line);
            clean_line(page, &line);
            for (int c = 0; c < DLB_COMPARE_CELLS; c++)
                widen(page, (enum dlb_compare_cell)c, dlb_text_columns(line.text[c]),
                      is_label((enum dlb_compare_cell)c) ? MOST_LABEL : INT_MAX);
        }
    for (int c = 0; c < DLB_COMPARE_CELLS; c++) {
        char heading[512];
        dlb_compare_heading(&page->plan, (enum dlb_compare_cell)c, heading, sizeof heading);
        widen(page, (enum dlb_compare_cell)c, dlb_text_columns(heading), MOST_LABEL);
    }
}

/* Headings that are labels shrink to their values, then the lines are stacked, then intervals go, then labels shrink. */
static void plan_table(struct page *page)
{
    static const enum dlb_compare_cell shrinking[] = {DLB_COMPARE_BASE, DLB_COMPARE_VALUE,
                                                      DLB_COMPARE_COLUMN};
    measure(page);
    if (table_width(page) <= page->paper.columns)
        return;
    page->stacked = true;
    if (table_width(page) > page->paper.columns)
        page->plan.shown[DLB_COMPARE_INTERVAL] = false;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(shrinking); i++) {
        const int over = table_width(page) - page->paper.columns;
        const int least = shrinking[i] == DLB_COMPARE_COLUMN ? LEAST_LABEL : 2 * LEAST_LABEL - 2;
        if (over > 0 && page->width[shrinking[i]] > least)
            page->width[shrinking[i]] =
                page->width[shrinking[i]] - over > least ? page->width[shrinking[i]] - over : least;
    }
}

static void put_notes(struct page *page, const char *notes, int at, int end)
{
    const int columns = dlb_text_columns(notes);
    if (columns == 0) {
        dlb_text_append(&page->paper.out, "\n");
        return;
    }
    if (end + DLB_PAPER_GAP + columns <= page->paper.columns) {
        dlb_paper_spaces(&page->paper, end + DLB_PAPER_GAP - at);
        dlb_text_append(&page->paper.out, notes);
        dlb_text_append(&page->paper.out, "\n");
        return;
    }
    dlb_text_append(&page->paper.out, "\n");
    dlb_paper_spaces(&page->paper, 2 * INDENT);
    dlb_paper_wrapped(&page->paper, notes, 2 * INDENT, 2 * INDENT);
}

/* One line; no trailing spaces. */
static void put_line(struct page *page, const struct dlb_compare_line *line, const char *color)
{
    int at = 0;
    int column = page->stacked ? INDENT : 0; /* where the cell begins */
    for (int i = 0; i < DLB_COMPARE_CELLS; i++) {
        const enum dlb_compare_cell cell = (enum dlb_compare_cell)i;
        if (!is_laid_out(page, cell))
            continue;
        const int columns = dlb_text_columns(line->text[cell]);
        const int taken = columns < page->width[cell] ? columns : page->width[cell];
        const bool left = cell <= DLB_COMPARE_COLUMN;
        const int start = column + (left ? 0 : page->width[cell] - taken);
        column += page->width[cell] + DLB_PAPER_GAP;
        if (taken == 0)
            continue;
        dlb_paper_spaces(&page->paper, start - at);
        if (cell == DLB_COMPARE_RATIO && color[0] != '\0')
            dlb_paper_color(&page->paper, color);
        dlb_paper_elided(&page->paper, line->text[cell], page->width[cell]);
        if (cell == DLB_COMPARE_RATIO && color[0] != '\0')
            dlb_paper_uncolor(&page->paper);
        at = start + taken;
    }
    put_notes(page, line->text[DLB_COMPARE_NOTES], at, column - DLB_PAPER_GAP);
}

static const char *color_of(const struct dlb_compare_line *line)
{
    return line->side > 0 ? DLB_PAPER_GREEN : line->side < 0 ? DLB_PAPER_RED : "";
}

/* The workload above its lines, with its device. */
static void put_stacked_head(struct page *page, const struct dlb_compare_line *line)
{
    const bool device = page->plan.shown[DLB_COMPARE_DEVICE];
    const int room = device ? dlb_text_columns(line->text[DLB_COMPARE_DEVICE]) + DLB_PAPER_GAP : 0;
    const int most = page->paper.columns - room;
    dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
    if (!device || most < LEAST_LABEL) {
        dlb_paper_elided(&page->paper, line->text[DLB_COMPARE_WORKLOAD], page->paper.columns);
    } else {
        dlb_paper_elided(&page->paper, line->text[DLB_COMPARE_WORKLOAD], most);
        dlb_paper_spaces(&page->paper, DLB_PAPER_GAP);
        dlb_text_append(&page->paper.out, line->text[DLB_COMPARE_DEVICE]);
    }
    dlb_paper_uncolor(&page->paper);
    dlb_text_append(&page->paper.out, "\n");
}

static void put_headings(struct page *page)
{
    struct dlb_compare_line headings = {.first = true};
    for (int c = 0; c < DLB_COMPARE_CELLS; c++)
        dlb_compare_heading(&page->plan, (enum dlb_compare_cell)c, headings.text[c],
                            sizeof headings.text[c]);
    clean_line(page, &headings);
    dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
    put_line(page, &headings, "");
    dlb_paper_uncolor(&page->paper);
}

static void put_table(struct page *page)
{
    plan_table(page);
    dlb_text_append(&page->paper.out, "\n");
    put_headings(page);
    for (int i = 0; i < page->comparison->row_count; i++)
        for (int j = 0; j < dlb_compare_line_count(&page->plan, i); j++) {
            struct dlb_compare_line line;
            dlb_compare_line_of(&page->plan, i, j, &line);
            clean_line(page, &line);
            if (line.first && page->stacked)
                put_stacked_head(page, &line);
            if (!line.first)
                line.text[DLB_COMPARE_WORKLOAD][0] = line.text[DLB_COMPARE_DEVICE][0] = '\0';
            put_line(page, &line, color_of(&line));
        }
}

/* ---- below the table ---- */

static void put_group(struct page *page, const struct dlb_compared_group *group)
{
    struct dlb_text text = {0};
    char ratio[512];
    dlb_compare_group_name(&page->plan, group, &text);
    dlb_compare_ratio(group->ratio, page->plan.unicode, ratio, sizeof ratio);
    dlb_text_append(&text, ": ");
    if (!page->plan.wide)
        dlb_text_format(&text, "%s ", page->comparison->columns[group->column].label);
    dlb_text_format(&text, "%s (", ratio);
    dlb_compare_group_words(&page->plan, group, &text);
    dlb_text_append(&text, ")");
    dlb_paper_spaces(&page->paper, INDENT);
    put_sentence(page, &text, INDENT, 2 * INDENT);
}

static void put_groups(struct page *page)
{
    if (page->comparison->group_count == 0)
        return;
    dlb_text_append(&page->paper.out, "\n");
    dlb_paper_wrapped(&page->paper,
                      "geometric means of the ratios, over the cases that both have:", 0, INDENT);
    for (int i = 0; i < page->comparison->group_count; i++)
        put_group(page, &page->comparison->groups[i]);
}

static void put_not_compared(struct page *page)
{
    const struct dlb_comparison *comparison = page->comparison;
    int last = -1;
    for (int i = 0; i < comparison->note_count; i++) {
        const struct dlb_compared_note *note = &comparison->notes[i];
        struct dlb_text text = {0};
        if (note->column != last) {
            struct dlb_text head = {0};
            dlb_text_format(&head,
                            "not compared, %s with %s:", comparison->columns[note->column].label,
                            comparison->columns[comparison->base].label);
            dlb_text_append(&page->paper.out, "\n");
            dlb_paper_color(&page->paper, DLB_PAPER_YELLOW);
            put_sentence(page, &head, 0, INDENT);
            dlb_paper_uncolor(&page->paper);
        }
        last = note->column;
        dlb_compare_note(&page->plan, note, &text);
        dlb_paper_spaces(&page->paper, INDENT);
        put_sentence(page, &text, INDENT, 2 * INDENT);
    }
}

static void put_legend(struct page *page)
{
    const char *sentence = NULL;
    int position = 0;
    if (page->comparison->row_count == 0)
        return;
    dlb_text_append(&page->paper.out, "\n");
    dlb_paper_color(&page->paper, DLB_PAPER_DIM);
    struct dlb_text shared = {0};
    dlb_compare_shared(&page->plan, &shared);
    if (shared.size > 0)
        dlb_paper_wrapped(&page->paper, shared.data, 0, INDENT);
    page->paper.out.failed |= shared.failed;
    dlb_text_free(&shared);
    while ((sentence = dlb_compare_legend(&page->plan, &position)) != NULL)
        dlb_paper_wrapped(&page->paper, sentence, 0, INDENT);
    dlb_paper_uncolor(&page->paper);
}

enum dlb_status dlb_compare_text(const struct dlb_comparison *comparison,
                                 const struct dlb_report_options *options, FILE *stream,
                                 struct dlb_why *why)
{
    struct page page = {.comparison = comparison,
                        .plan = dlb_compare_plan_of(comparison, options->unicode),
                        .paper = dlb_paper_new(options)};
    put_head(&page);
    if (comparison->row_count > 0)
        put_table(&page);
    put_groups(&page);
    put_not_compared(&page);
    put_legend(&page);
    return dlb_paper_print(&page.paper, stream, why);
}
