/* choose_text.c: a choice on a screen: what to take, what is missing to be sure, then the tables that it rests on.
 *
 * Nothing is wider than the terminal: a long name is cut, and columns that were not asked for go. The words are choose_words.c's and choose_sentences.c's. */
#include <limits.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/choose_words.h"
#include "reports/choose_writers.h"
#include "reports/paper.h"
#include "reports/report_sentences.h"

#define INDENT     2
#define LEAST_NAME 12
#define MOST_NAME  48
#define MOST_CELLS 12

/* A table of any cells: the column `name` gives way, the others are as wide as what stands in them. */
struct grid {
    struct dlb_paper *paper;
    int columns, name;
    int width[MOST_CELLS];
    bool shown[MOST_CELLS];
};

static int grid_width(const struct grid *grid)
{
    int width = INDENT - DLB_PAPER_GAP;
    for (int c = 0; c < grid->columns; c++)
        width += grid->shown[c] ? grid->width[c] + DLB_PAPER_GAP : 0;
    return width;
}

static void widen(struct grid *grid, int column, const char *text)
{
    const int columns = dlb_text_columns(text);
    const int most = column == grid->name ? MOST_NAME : INT_MAX;
    if (columns > grid->width[column])
        grid->width[column] = columns < most ? columns : most;
}

static void narrow_name(struct grid *grid)
{
    const int excess = grid_width(grid) - grid->paper->columns;
    if (excess <= 0)
        return;
    const int width = grid->width[grid->name] - excess;
    grid->width[grid->name] = width > LEAST_NAME ? width : LEAST_NAME;
}

/* The name becomes shorter, and where that does not do, columns go, in this order; `kept` stays. */
static void drop_columns(struct grid *grid, const int *order, size_t count, int kept)
{
    narrow_name(grid);
    for (size_t i = 0; i < count && grid_width(grid) > grid->paper->columns; i++)
        if (order[i] != kept)
            grid->shown[order[i]] = false;
}

/* Texts to the left, numbers to the right. */
static void put_cell(struct grid *grid, int column, bool left, const char *raw)
{
    struct dlb_text clean = {0};
    dlb_report_clean(raw, grid->paper->unicode, &clean);
    const char *text = clean.data != NULL ? clean.data : "";
    const int own = dlb_text_columns(text);
    const int padding = own < grid->width[column] ? grid->width[column] - own : 0;
    if (!left)
        dlb_paper_spaces(grid->paper, padding);
    dlb_paper_elided(grid->paper, text, grid->width[column]);
    if (left)
        dlb_paper_spaces(grid->paper, padding);
    grid->paper->out.failed |= clean.failed;
    dlb_text_free(&clean);
}

static void put_row(struct grid *grid, const bool *left, const char *const *cells)
{
    bool first = true;
    dlb_paper_spaces(grid->paper, INDENT);
    for (int c = 0; c < grid->columns; c++) {
        if (!grid->shown[c])
            continue;
        if (!first)
            dlb_paper_spaces(grid->paper, DLB_PAPER_GAP);
        put_cell(grid, c, left[c], cells[c]);
        first = false;
    }
    dlb_text_append(&grid->paper->out, "\n");
}

/* ---- a class ---- */

/* The lines of a class: the best of each processor, the first ten. Returns how many. */
static int lines_of(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                    bool unicode, struct dlb_choose_line lines[DLB_CHOOSE_MOST_SHOWN])
{
    int count = 0;
    for (int i = class->first; i < class->first + class->count && count < DLB_CHOOSE_MOST_SHOWN;
         i++) {
        const int alike = dlb_choose_alike(choice, class, i);
        if (alike == 0)
            continue;
        dlb_choose_line_of(&choice->candidates[i], i - class->first + 1, alike, unicode,
                           &lines[count++]);
    }
    return count;
}

/* Which column the ranking is by: it never goes. */
static int asked(enum dlb_choice_by by)
{
    static const int cells[DLB_CHOOSE_COUNT] = {DLB_CHOOSE_RATE, DLB_CHOOSE_DELAY, DLB_CHOOSE_MITEM,
                                                DLB_CHOOSE_JOULES};
    return cells[by];
}

static void narrow(const struct dlb_choice *choice, struct grid *grid)
{
    static const int order[] = {DLB_CHOOSE_TASKS,  DLB_CHOOSE_POWER, DLB_CHOOSE_DELAY,
                                DLB_CHOOSE_JOULES, DLB_CHOOSE_MITEM, DLB_CHOOSE_RATE};
    drop_columns(grid, order, DLB_ARRAY_COUNT(order), asked(choice->request.by));
}

static void measure_class(const struct dlb_choice *choice, const struct dlb_choose_line *lines,
                          int count, struct grid *grid)
{
    for (int c = 0; c < DLB_CHOOSE_CELLS; c++)
        widen(grid, c, dlb_choose_heading((enum dlb_choose_cell)c));
    for (int i = 0; i < count; i++)
        for (int c = 0; c < DLB_CHOOSE_CELLS; c++)
            widen(grid, c, lines[i].text[c]);
    grid->shown[DLB_CHOOSE_NOTE] = false; /* on a line of its own */
    narrow(choice, grid);
}

static void put_class(struct dlb_paper *paper, const struct dlb_choice *choice,
                      const struct dlb_choice_class *class)
{
    static const bool left[DLB_CHOOSE_CELLS] = {
        [DLB_CHOOSE_DEVICE] = true, [DLB_CHOOSE_TYPE] = true, [DLB_CHOOSE_NOTE] = true};
    struct grid grid = {.paper = paper, .columns = DLB_CHOOSE_CELLS, .name = DLB_CHOOSE_DEVICE};
    const char *cells[DLB_CHOOSE_CELLS];
    struct dlb_choose_line lines[DLB_CHOOSE_MOST_SHOWN];
    struct dlb_text words = {0};
    dlb_choose_class_words(choice, class, &words);
    dlb_paper_wrapped(paper, words.data != NULL ? words.data : "", 0, 0);
    dlb_text_free(&words);
    dlb_choose_columns(choice, class, grid.shown);
    const int count = lines_of(choice, class, paper->unicode, lines);
    measure_class(choice, lines, count, &grid);
    for (int c = 0; c < DLB_CHOOSE_CELLS; c++)
        cells[c] = dlb_choose_heading((enum dlb_choose_cell)c);
    put_row(&grid, left, cells);
    for (int i = 0; i < count; i++) {
        for (int c = 0; c < DLB_CHOOSE_CELLS; c++)
            cells[c] = lines[i].text[c];
        put_row(&grid, left, cells);
        const char *note = lines[i].text[DLB_CHOOSE_NOTE];
        if (i > 0 && note[0] != '\0' && strcmp(note, lines[i - 1].text[DLB_CHOOSE_NOTE]) == 0)
            note = "as above";
        if (note[0] != '\0') {
            dlb_paper_spaces(paper, 3 * INDENT);
            dlb_paper_wrapped(paper, note, 3 * INDENT, 3 * INDENT);
        }
    }
    if (class->count > count)
        dlb_text_format(&paper->out, "  %d more: --format json tells all\n", class->count - count);
    dlb_text_append(&paper->out, "\n");
}

/* ---- ease of use ---- */

static void put_facts(struct dlb_paper *paper, const struct dlb_choice *choice)
{
    static const bool left[DLB_FACT_CELLS] = {[DLB_FACT_DEVICE] = true, [DLB_FACT_LACKS] = true};
    struct grid grid = {.paper = paper, .columns = DLB_FACT_CELLS, .name = DLB_FACT_DEVICE};
    static const int order[] = {DLB_FACT_TUNE, DLB_FACT_LACKS, DLB_FACT_SIZE, DLB_FACT_START};
    const char *cells[DLB_FACT_CELLS];
    int count = 0;
    for (int c = 0; c < DLB_FACT_CELLS; c++) {
        cells[c] = dlb_fact_heading((enum dlb_choose_fact)c);
        grid.shown[c] = true;
        widen(&grid, c, cells[c]);
    }
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && count == 0)
            return;
        if (pass == 1) {
            drop_columns(&grid, order, DLB_ARRAY_COUNT(order), -1);
            dlb_paper_wrapped(paper, "ease of use, as it went:", 0, 0);
            put_row(&grid, left, cells);
        }
        for (int i = 0; i < choice->candidate_count; i++) {
            struct dlb_fact_line line;
            if (!dlb_choose_tells_facts(choice, i))
                continue;
            const char *texts[DLB_FACT_CELLS];
            dlb_fact_line_of(&choice->candidates[i], &line);
            count++;
            for (int c = 0; c < DLB_FACT_CELLS; c++) {
                texts[c] = line.text[c];
                widen(&grid, c, pass == 0 ? texts[c] : "");
            }
            if (pass == 1)
                put_row(&grid, left, texts);
        }
    }
    dlb_text_append(&paper->out, "\n");
}

/* ---- sentences ---- */

/* Lines of a text, each wrapped; `bullet` before them. Takes the text over. */
static void put_lines(struct dlb_paper *paper, struct dlb_text *text, const char *bullet)
{
    const int indent = dlb_text_columns(bullet);
    for (char *at = text->data; at != NULL && *at != '\0';) {
        char *end = strchr(at, '\n');
        if (end != NULL)
            *end = '\0';
        dlb_text_append(&paper->out, bullet);
        dlb_paper_wrapped(paper, at, indent, indent);
        at = end != NULL ? end + 1 : NULL;
    }
    paper->out.failed |= text->failed;
    dlb_text_free(text);
}

static void put_bounds(struct dlb_paper *paper, const struct dlb_choice *choice)
{
    struct dlb_text lines = {0};
    if (choice->bound_count == 0)
        return;
    dlb_paper_wrapped(paper,
                      "Bounds from the catalogue, for processors that none of these rows is of; no "
                      "speed of this workload, and not ranked:",
                      0, 0);
    for (int i = 0; i < choice->bound_count; i++) {
        dlb_choose_bound_words(choice, i, &lines);
        dlb_text_append(&lines, "\n");
    }
    put_lines(paper, &lines, "  ");
}

enum dlb_status dlb_choose_text(const struct dlb_choose_page *page,
                                const struct dlb_report_options *options, FILE *stream,
                                struct dlb_why *why)
{
    struct dlb_paper paper = dlb_paper_new(options);
    const struct dlb_choice *choice = page->choice;
    struct dlb_text advice = {0};
    struct dlb_text missing = {0};
    dlb_choose_advice(page, &advice);
    dlb_choose_missing(page, &missing);
    put_lines(&paper, &advice, "");
    if (missing.size > 0)
        dlb_text_append(&paper.out, "To be sure, this is missing:\n");
    put_lines(&paper, &missing, "  - ");
    dlb_text_append(&paper.out, "\n");
    for (int i = 0; i < choice->class_count; i++)
        put_class(&paper, choice, &choice->classes[i]);
    put_facts(&paper, choice);
    put_bounds(&paper, choice);
    if (choice->emulated > 0)
        dlb_text_format(&paper.out, "left out: %d emulated row%s, whose times are no device's\n",
                        choice->emulated, choice->emulated == 1 ? "" : "s");
    return dlb_paper_print(&paper, stream, why);
}
