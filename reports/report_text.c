/* report_text.c: the table for people: what ran on what, how fast, how sure, who is fastest, what did not run and why.
 *
 * Two layouts: the workload as the first column where the width allows, else on a line of its own above its rows. Nothing is
 * wider than the terminal, down to 40 columns; columns that do not fit are left out, the least important first. Colour only
 * repeats what words say. The words come from report_cells.c, the order from ranking.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/paper.h"
#include "reports/ranking.h"
#include "reports/report_beside.h"
#include "reports/report_cells.h"
#include "reports/report_counters.h"
#include "reports/report_sentences.h"
#include "reports/report_writers.h"

#define STACK_INDENT   2
#define VERDICT_INDENT 15
#define LISTED_CASES   4 /* of failed cases that are named */

struct page {
    const struct dlb_result *result;
    const struct dlb_report_options *options;
    struct dlb_ranking ranking;
    struct dlb_common common;
    struct dlb_paper paper;
    bool shown[DLB_CELLS];
    int width[DLB_CELLS];
    bool stacked;
};

/* ---- the head ---- */

static void put_title(struct page *page)
{
    const struct dlb_result *result = page->result;
    struct dlb_text line = {0};
    char duration[32];
    dlb_text_format(&line, "dlbench %s", dlb_report_member(result->tool, "version"));
    if (result->suite[0] != '\0')
        dlb_text_format(&line, ", suite %s", result->suite);
    dlb_text_format(&line, ", seed %llu, %s", (unsigned long long)result->seed,
                    result->created_utc);
    if (result->duration_s > 0) {
        dlb_format_time(duration, sizeof duration, 1e9 * result->duration_s);
        dlb_text_format(&line, ", took %s", duration);
    }
    dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
    if (line.data != NULL)
        dlb_paper_wrapped(&page->paper, line.data, 0, STACK_INDENT);
    dlb_paper_uncolor(&page->paper);
    dlb_text_clear(&line);
    dlb_report_host(result, &line);
    if (line.size > 0)
        dlb_paper_wrapped(&page->paper, line.data, 0, STACK_INDENT);
    page->paper.out.failed |= line.failed;
    dlb_text_free(&line);
}

static bool is_present(const json_t *device)
{
    return strcmp(dlb_report_member(device, "status"), "ok") == 0;
}

static bool has_absent(const struct dlb_result *result)
{
    size_t index;
    json_t *device;
    json_array_foreach(result->devices, index, device)
    {
        if (!is_present(device))
            return true;
    }
    return false;
}

/* The devices that are there, or those that are not, with what is to be said of them. */
static void put_devices(struct page *page, bool present)
{
    size_t index;
    json_t *device;
    int width = 0;
    json_array_foreach(page->result->devices, index, device)
    {
        const int columns = dlb_text_columns(dlb_report_member(device, "key"));
        if (is_present(device) == present && columns > width)
            width = columns;
    }
    json_array_foreach(page->result->devices, index, device)
    {
        if (is_present(device) != present)
            continue;
        struct dlb_text text = {0};
        if (present)
            dlb_report_device(page->result, &page->common, device, &text);
        else
            dlb_report_absent(device, &text);
        dlb_paper_entry(&page->paper, dlb_report_member(device, "key"), width,
                        text.data != NULL ? text.data : "");
        page->paper.out.failed |= text.failed;
        dlb_text_free(&text);
    }
}

/* ---- the table ---- */

/* The cells of a row, clean. */
static void make_cells(struct page *page, int row, struct dlb_cells *cells)
{
    struct dlb_cells raw;
    dlb_report_cells(&page->ranking, &page->ranking.rows[row], &page->common,
                     page->options->unicode, &raw);
    for (int i = 0; i < DLB_CELLS; i++) {
        struct dlb_text clean = {0};
        dlb_report_clean(raw.text[i], page->options->unicode, &clean);
        snprintf(cells->text[i], sizeof cells->text[i], "%s", clean.data != NULL ? clean.data : "");
        /* Cut in the middle of a character: leave it out. */
        while (!dlb_text_is_utf8(cells->text[i]))
            cells->text[i][strlen(cells->text[i]) - 1] = '\0';
        for (size_t end = strlen(cells->text[i]); end > 0 && cells->text[i][end - 1] == ' ';)
            cells->text[i][--end] = '\0';
        page->paper.out.failed |= clean.failed;
        dlb_text_free(&clean);
    }
}

static int table_width(const struct page *page)
{
    int width = page->stacked ? STACK_INDENT : 0;
    for (int i = 0; i < DLB_CELLS; i++)
        if (page->shown[i] && !(page->stacked && i == DLB_CELL_WORKLOAD))
            width += page->width[i] + DLB_PAPER_GAP;
    return width - DLB_PAPER_GAP;
}

static void measure_columns(struct page *page)
{
    for (int i = 0; i < DLB_CELLS; i++)
        page->width[i] =
            dlb_text_columns(dlb_report_heading((enum dlb_cell)i, page->options->unicode));
    for (int row = 0; row < page->ranking.row_count; row++) {
        struct dlb_cells cells;
        make_cells(page, row, &cells);
        for (int i = 0; i < DLB_CELLS; i++) {
            const int columns = dlb_text_columns(cells.text[i]);
            page->width[i] = columns > page->width[i] ? columns : page->width[i];
        }
    }
}

/* One line a row where that is to be had without these columns: which ceiling binds, and, where all rows have as many invocations, so that the
 * caption tells their number, that. */
static bool fits_on_one_line(struct page *page)
{
    static const enum dlb_cell spare[] = {DLB_CELL_BINDS, DLB_CELL_COUNT};
    const size_t count = page->common.invocations > 0 ? 2 : 1;
    bool kept[DLB_CELLS];
    memcpy(kept, page->shown, sizeof kept);
    for (size_t i = 0; table_width(page) > page->paper.columns; i++) {
        if (i == count) {
            memcpy(page->shown, kept, sizeof kept);
            return false;
        }
        page->shown[spare[i]] = false;
    }
    return true;
}

/* Decides widths and layout for the terminal. */
static void plan_table(struct page *page)
{
    static const enum dlb_cell least_important[] = {
        DLB_CELL_BINDS, DLB_CELL_COUNT,    DLB_CELL_COST,   DLB_CELL_ITEMS, DLB_CELL_ENERGY,
        DLB_CELL_ROOF,  DLB_CELL_RELATIVE, DLB_CELL_SPREAD, DLB_CELL_RATE};
    dlb_report_columns(&page->ranking, &page->common, page->shown);
    measure_columns(page);
    page->stacked = false;
    if (fits_on_one_line(page))
        return;
    page->stacked = true;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(least_important); i++) {
        if (table_width(page) - page->width[DLB_CELL_FLAGS] <= page->paper.columns)
            break;
        page->shown[least_important[i]] = false;
    }
    if (page->width[DLB_CELL_DEVICE] > page->paper.columns / 2)
        page->width[DLB_CELL_DEVICE] = page->paper.columns / 2;
}

static bool is_left(enum dlb_cell cell)
{
    return cell == DLB_CELL_WORKLOAD || cell == DLB_CELL_DEVICE || cell == DLB_CELL_BINDS ||
           cell == DLB_CELL_FLAGS;
}

/* Flags go as far as the line does, and then on the next. */
static void put_flags(struct page *page, const char *flags, int at)
{
    if (flags[0] == '\0')
        return;
    const int room = page->paper.columns - at - DLB_PAPER_GAP;
    const int columns = dlb_text_columns(flags);
    dlb_paper_color(&page->paper, DLB_PAPER_YELLOW);
    if (columns <= room) {
        dlb_paper_spaces(&page->paper, DLB_PAPER_GAP);
        dlb_text_append(&page->paper.out, flags);
    } else {
        dlb_text_append(&page->paper.out, "\n");
        dlb_paper_spaces(&page->paper, 2 * STACK_INDENT);
        dlb_paper_wrapped(&page->paper, flags, 2 * STACK_INDENT, 2 * STACK_INDENT);
        page->paper.out.data[--page->paper.out.size] = '\0'; /* the row ends the line itself */
    }
    dlb_paper_uncolor(&page->paper);
}

/* One line of cells; no trailing spaces. `emphasis` is a colour for the median. */
static void put_row(struct page *page, const struct dlb_cells *cells, const char *emphasis)
{
    int at = 0;
    int pending = page->stacked ? STACK_INDENT : 0; /* spaces owed before the next cell */
    for (int i = page->stacked ? DLB_CELL_DEVICE : 0; i < DLB_CELL_FLAGS; i++) {
        if (!page->shown[i])
            continue;
        const int columns = dlb_text_columns(cells->text[i]);
        const int fill = page->width[i] > columns ? page->width[i] - columns : 0;
        const bool left = is_left((enum dlb_cell)i);
        if (columns > 0) {
            const bool bright = i == DLB_CELL_MEDIAN && emphasis != NULL;
            dlb_paper_spaces(&page->paper, pending + (left ? 0 : fill));
            at += pending + (left ? 0 : fill);
            pending = 0;
            if (bright)
                dlb_paper_color(&page->paper, emphasis);
            at += dlb_paper_elided(&page->paper, cells->text[i], page->width[i]);
            if (bright)
                dlb_paper_uncolor(&page->paper);
        }
        pending += columns == 0 ? page->width[i] : left ? fill : 0;
        pending += DLB_PAPER_GAP;
    }
    if (page->shown[DLB_CELL_FLAGS] && cells->text[DLB_CELL_FLAGS][0] != '\0') {
        const int column = at + pending - DLB_PAPER_GAP;
        const bool fits = column + DLB_PAPER_GAP + dlb_text_columns(cells->text[DLB_CELL_FLAGS]) <=
                          page->paper.columns;
        dlb_paper_spaces(&page->paper, fits ? column - at : 0);
        put_flags(page, cells->text[DLB_CELL_FLAGS], fits ? column : at);
    }
    dlb_text_append(&page->paper.out, "\n");
}

static void put_headings(struct page *page)
{
    struct dlb_cells cells;
    for (int i = 0; i < DLB_CELLS; i++)
        snprintf(cells.text[i], sizeof cells.text[i], "%s",
                 dlb_report_heading((enum dlb_cell)i, page->options->unicode));
    dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
    if (page->stacked) {
        dlb_text_append(&page->paper.out, cells.text[DLB_CELL_WORKLOAD]);
        dlb_text_append(&page->paper.out, "\n");
    }
    put_row(page, &cells, NULL);
    dlb_paper_uncolor(&page->paper);
}

static void put_group(struct page *page, const struct dlb_group *group)
{
    for (int i = 0; i < group->count; i++) {
        struct dlb_cells cells;
        make_cells(page, group->first + i, &cells);
        if (i == 0 && page->stacked) {
            dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
            dlb_paper_elided(&page->paper, cells.text[DLB_CELL_WORKLOAD], page->paper.columns);
            dlb_paper_uncolor(&page->paper);
            dlb_text_append(&page->paper.out, "\n");
        }
        if (i > 0)
            cells.text[DLB_CELL_WORKLOAD][0] = '\0';
        const bool best = i == 0 && group->ranked > 1;
        put_row(page, &cells, best ? DLB_PAPER_GREEN : NULL);
    }
}

static void put_table(struct page *page)
{
    if (page->ranking.row_count == 0)
        return;
    struct dlb_text caption = {0};
    plan_table(page);
    dlb_report_caption(&page->common, &caption);
    dlb_text_append(&page->paper.out, "\n");
    if (caption.data != NULL)
        dlb_paper_wrapped(&page->paper, caption.data, 0, STACK_INDENT);
    dlb_text_append(&page->paper.out, "\n");
    put_headings(page);
    for (int i = 0; i < page->ranking.group_count; i++)
        put_group(page, &page->ranking.groups[i]);
    page->paper.out.failed |= caption.failed;
    dlb_text_free(&caption);
}

/* How energy was measured, and which prices the costs are made of. */
static void put_beside(struct page *page)
{
    struct dlb_text text = {0};
    const char *before = "\n";
    for (int i = 0; dlb_report_beside(page->result, &page->ranking, &i, &text); before = "") {
        dlb_text_append(&page->paper.out, before);
        dlb_paper_color(&page->paper, DLB_PAPER_DIM);
        dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", 0, STACK_INDENT);
        dlb_paper_uncolor(&page->paper);
    }
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
}

/* One line a device that had to build or to search. */
static void put_preparing(struct page *page)
{
    bool any = false;
    for (int i = 0; i < page->ranking.device_count; i++) {
        struct dlb_text text = {0};
        dlb_report_preparing(page->result, &page->ranking, i, &text);
        if (text.size > 0) {
            dlb_text_append(&page->paper.out, any ? "" : "\n");
            dlb_paper_color(&page->paper, DLB_PAPER_DIM);
            dlb_paper_wrapped(&page->paper, text.data, 0, STACK_INDENT);
            dlb_paper_uncolor(&page->paper);
            any = true;
        }
        page->paper.out.failed |= text.failed;
        dlb_text_free(&text);
    }
}

static void put_legend(struct page *page)
{
    const char *name = NULL;
    const char *meaning = NULL;
    struct dlb_text shared = {0};
    int width = 0;
    for (int i = 0; dlb_report_legend(&page->ranking, &page->common, page->shown, &i, &name);)
        width = (int)strlen(name) > width ? (int)strlen(name) : width;
    dlb_report_shared(&page->common, &shared);
    if (width > 0 || shared.size > 0) {
        dlb_text_append(&page->paper.out, "\n");
        dlb_paper_color(&page->paper, DLB_PAPER_DIM);
        for (int i = 0; (meaning = dlb_report_legend(&page->ranking, &page->common, page->shown, &i,
                                                     &name)) != NULL;)
            dlb_paper_entry(&page->paper, name, width, meaning);
        if (shared.size > 0)
            dlb_paper_wrapped(&page->paper, shared.data, 0, STACK_INDENT);
        dlb_paper_uncolor(&page->paper);
    }
    page->paper.out.failed |= shared.failed;
    dlb_text_free(&shared);
}

/* ---- the end ---- */

static bool is_failure(const struct dlb_note *note)
{
    return strcmp(dlb_record_status_text(note->record->status), "failed") == 0;
}

static void put_members(struct page *page, const struct dlb_note *note)
{
    char label[256];
    for (int i = 0; i < note->count && i < LISTED_CASES; i++) {
        dlb_report_label(&page->result->records[note->members[i]], &page->common, label,
                         sizeof label);
        dlb_paper_spaces(&page->paper, 2 * STACK_INDENT);
        dlb_paper_wrapped(&page->paper, label, 2 * STACK_INDENT, 3 * STACK_INDENT);
    }
    if (note->count > LISTED_CASES) {
        dlb_paper_spaces(&page->paper, 2 * STACK_INDENT);
        dlb_text_format(&page->paper.out, "and %d more\n", note->count - LISTED_CASES);
    }
}

static void put_notes(struct page *page)
{
    for (int i = 0; i < page->ranking.note_count; i++) {
        const struct dlb_note *note = &page->ranking.notes[i];
        struct dlb_text text = {0};
        dlb_report_note(note, &page->common, &text);
        if (is_failure(note))
            dlb_paper_color(&page->paper, DLB_PAPER_RED);
        dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", 0, STACK_INDENT);
        if (is_failure(note))
            dlb_paper_uncolor(&page->paper);
        if (is_failure(note) && note->count > 1)
            put_members(page, note);
        page->paper.out.failed |= text.failed;
        dlb_text_free(&text);
    }
}

static void put_verdict(struct page *page, const char *word, int class)
{
    struct dlb_contest contest;
    struct dlb_text text = {0};
    struct dlb_text dtype = {0};
    if (dlb_ranking_contest(&page->ranking, class, &contest) != DLB_OK) {
        page->paper.out.failed = true;
        return;
    }
    dlb_report_verdict(&page->ranking, class, &contest, &page->common, page->options->unicode,
                       &text);
    dlb_report_clean(page->ranking.classes[class].dtype, page->options->unicode, &dtype);
    const char *type = dtype.data != NULL ? dtype.data : "";
    dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
    dlb_text_append(&page->paper.out, word);
    dlb_paper_uncolor(&page->paper);
    dlb_text_format(&page->paper.out, "  %s", type);
    const int used = (int)strlen(word) + DLB_PAPER_GAP + dlb_text_columns(type);
    const int at = used + DLB_PAPER_GAP > VERDICT_INDENT ? used + DLB_PAPER_GAP : VERDICT_INDENT;
    dlb_paper_spaces(&page->paper, at - used);
    dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", at, VERDICT_INDENT);
    page->paper.out.failed |= text.failed || dtype.failed;
    dlb_text_free(&text);
    dlb_text_free(&dtype);
    dlb_contest_free(&contest);
}

/* Who is fastest is only said where somebody competed. */
static bool is_contest(const struct dlb_ranking *ranking)
{
    for (int i = 0; i < ranking->group_count; i++)
        if (ranking->groups[i].ranked > 1)
            return true;
    return false;
}

static void put_verdicts(struct page *page)
{
    const bool contest = is_contest(&page->ranking);
    if (page->ranking.class_count > 0)
        dlb_text_append(&page->paper.out, "\n");
    for (int i = 0; i < page->ranking.class_count; i++)
        put_verdict(page, contest ? "fastest" : "overall", i);
    if (!contest)
        return;
    dlb_paper_color(&page->paper, DLB_PAPER_DIM);
    dlb_paper_spaces(&page->paper, VERDICT_INDENT);
    dlb_paper_wrapped(
        &page->paper,
        "averages are geometric means; n\xC3\x97 device (cases): that many times as fast as "
        "the device, over the cases that both ran",
        VERDICT_INDENT, VERDICT_INDENT);
    dlb_paper_uncolor(&page->paper);
}

static void put_end(struct page *page)
{
    const struct dlb_result *result = page->result;
    put_verdicts(page);
    struct dlb_text counts = {0};
    dlb_report_counts(result, &counts);
    dlb_text_append(&page->paper.out, "\n");
    dlb_paper_wrapped(&page->paper, counts.data != NULL ? counts.data : "", 0, STACK_INDENT);
    page->paper.out.failed |= counts.failed;
    dlb_text_free(&counts);
    if (!result->complete) {
        dlb_paper_color(&page->paper, DLB_PAPER_YELLOW);
        dlb_text_append(&page->paper.out, "incomplete: ");
        dlb_paper_wrapped(&page->paper,
                          result->reason[0] != '\0' ? result->reason : "the run has not ended", 12,
                          STACK_INDENT);
        dlb_paper_uncolor(&page->paper);
    }
}

enum dlb_status dlb_report_text(const struct dlb_result *result,
                                const struct dlb_report_options *options, FILE *stream,
                                struct dlb_why *why)
{
    struct page page = {.result = result, .options = options, .paper = dlb_paper_new(options)};
    enum dlb_status status = dlb_ranking_make(result, &page.ranking);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for the report");
    page.common = dlb_report_common(result, &page.ranking);
    put_title(&page);
    put_devices(&page, true);
    put_table(&page);
    put_legend(&page);
    dlb_report_counters(result, &page.common, &page.paper);
    put_beside(&page);
    put_preparing(&page);
    if (page.ranking.note_count > 0 || has_absent(result))
        dlb_text_append(&page.paper.out, "\n");
    put_notes(&page);
    put_devices(&page, false);
    put_end(&page);
    status = dlb_paper_print(&page.paper, stream, why);
    dlb_ranking_free(&page.ranking);
    return status;
}
