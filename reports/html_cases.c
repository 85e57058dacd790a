/* html_cases.c: every case in a row, those of one problem together, the fastest first; below, what the letters mean and what was not run and why.
 *
 * The cells and the words are those of the table on the screen. A row leads to the samples behind it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/html_page.h"
#include "reports/report_sentences.h"

#define COLUMNS (DLB_CELLS + 2)
/* Rows beyond are left out, told so, and stay in the file: even the longest names must not make a page that no browser opens. */
#define MOST_TABLE_BYTES 3300000

static const char *help_of(enum dlb_cell cell)
{
    static const char *const helps[DLB_CELLS] = {
        [DLB_CELL_MEDIAN] = "of one execution: median over the processes; leads to the samples",
        [DLB_CELL_SPREAD] = "half width of the interval of the time",
        [DLB_CELL_COUNT] = "processes that count, and samples in each",
        [DLB_CELL_RATE] =
            "operations of the formula in a second, or bytes where nothing is computed",
        [DLB_CELL_ITEMS] = "images or rows of input in a second",
        [DLB_CELL_RELATIVE] = "time of the fastest / own time",
        [DLB_CELL_ROOF] = "share of the attainable roof",
    };
    return helps[cell] != NULL ? helps[cell] : "";
}

static int list_columns(const bool shown[DLB_CELLS], struct dlb_html_column *columns)
{
    int count = 0;
    for (int i = 0; i < DLB_CELLS; i++) {
        if (i == DLB_CELL_FLAGS)
            columns[count++] =
                (struct dlb_html_column){"evidence", "measured, or what else the figure is", false};
        if (!shown[i])
            continue;
        const char *heading = dlb_report_heading((enum dlb_cell)i, true);
        columns[count++] = (struct dlb_html_column){i == DLB_CELL_FLAGS ? "notes" : heading,
                                                    help_of((enum dlb_cell)i),
                                                    i >= DLB_CELL_MEDIAN && i != DLB_CELL_FLAGS};
    }
    return count;
}

/* The time, which sorts by all its digits and leads to what is behind it. */
static void add_time(struct dlb_page *page, const struct dlb_record *record, const char *shown)
{
    dlb_text_format(&page->out, "<td data-v=\"%.6g\">", record->summary.median_ns);
    if (page->detail != DLB_DETAIL_NONE)
        dlb_text_format(&page->out, "<a href=\"#c%d\">", dlb_page_index(page, record));
    dlb_html_text(shown, &page->out);
    dlb_text_append(&page->out, page->detail != DLB_DETAIL_NONE ? "</a></td>" : "</td>");
}

static const char *class_of(const struct dlb_row *row, bool first, bool best)
{
    if (!row->measured)
        return first ? " class=\"g m\"" : " class=\"m\"";
    if (best)
        return " class=\"g b\"";
    return first ? " class=\"g\"" : "";
}

static void add_row(struct dlb_page *page, const struct dlb_row *row, const char *class,
                    const bool shown[DLB_CELLS])
{
    struct dlb_cells cells;
    const char *evidence = row->record->evidence[0] != '\0' ? row->record->evidence : "measured";
    dlb_report_cells(&page->ranking, row, &page->common, true, &cells);
    dlb_text_format(&page->out, "<tr%s>", class);
    for (int i = 0; i < DLB_CELLS; i++) {
        if (i == DLB_CELL_FLAGS)
            dlb_html_cell(evidence, &page->out);
        if (!shown[i])
            continue;
        if (i == DLB_CELL_MEDIAN)
            add_time(page, row->record, cells.text[i]);
        else if (i < DLB_CELL_MEDIAN)
            dlb_html_cell_name(cells.text[i], &page->out);
        else if (i == DLB_CELL_FLAGS && strncmp(cells.text[i], evidence, strlen(evidence)) == 0)
            dlb_html_cell(cells.text[i] + strlen(evidence), &page->out);
        else
            dlb_html_cell(cells.text[i], &page->out);
    }
    dlb_text_append(&page->out, "</tr>\n");
}

static void add_table(struct dlb_page *page, const bool shown[DLB_CELLS])
{
    struct dlb_html_column columns[COLUMNS];
    const size_t before = page->out.size;
    const int count = list_columns(shown, columns);
    page->rows_left_out = 0;
    dlb_html_table("all", "All cases with a time", columns, count, &page->out);
    for (int i = 0; i < page->ranking.group_count; i++) {
        const struct dlb_group *group = &page->ranking.groups[i];
        if (page->out.size - before > MOST_TABLE_BYTES) {
            page->rows_left_out += group->count;
            continue;
        }
        for (int j = 0; j < group->count; j++) {
            const struct dlb_row *row = &page->ranking.rows[group->first + j];
            add_row(page, row, class_of(row, j == 0, j == 0 && group->ranked > 1), shown);
        }
    }
    dlb_html_table_end(&page->out);
    if (page->rows_left_out > 0)
        dlb_text_format(&page->out,
                        "<p class=\"warn\">%d more cases are left out to keep the page small: ",
                        page->rows_left_out);
    if (page->rows_left_out > 0)
        dlb_html_element("b", dlb_page_file(page), &page->out);
    if (page->rows_left_out > 0)
        dlb_text_append(&page->out, "</p>\n");
}

static void add_legend(struct dlb_page *page, const bool shown[DLB_CELLS])
{
    struct dlb_text text = {0};
    const char *name = NULL;
    const char *meaning = NULL;
    dlb_text_append(&page->out, "<dl class=\"legend\">\n");
    for (int i = 0;
         (meaning = dlb_report_legend(&page->ranking, &page->common, shown, &i, &name)) != NULL;) {
        dlb_html_element("dt", name, &page->out);
        dlb_html_element("dd", meaning, &page->out);
    }
    dlb_text_append(&page->out, "</dl>\n");
    dlb_report_shared(&page->common, &text);
    dlb_html_sentence("p", &text, &page->out);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

/* What has no time, and the devices that are not there. */
static void add_notes(struct dlb_page *page)
{
    struct dlb_text text = {0};
    size_t index;
    json_t *device;
    const size_t before = page->out.size;
    dlb_text_append(&page->out, "<h3>Not run</h3>\n<ul>\n");
    const size_t begun = page->out.size;
    for (int i = 0; i < page->ranking.note_count; i++) {
        const struct dlb_note *note = &page->ranking.notes[i];
        const bool failed = strcmp(dlb_record_status_text(note->record->status), "failed") == 0;
        dlb_report_note(note, &page->common, &text);
        dlb_html_sentence(failed ? "li class=\"warn\"" : "li", &text, &page->out);
    }
    json_array_foreach(page->result->devices, index, device)
    {
        if (strcmp(dlb_report_member(device, "status"), "ok") == 0)
            continue;
        dlb_text_format(&text, "%s: ", dlb_report_member(device, "key"));
        dlb_report_absent(device, &text);
        dlb_html_sentence("li", &text, &page->out);
    }
    if (page->out.size == begun)
        dlb_page_take_back(page, before); /* nothing was left out: no heading */
    else
        dlb_text_append(&page->out, "</ul>\n");
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

void dlb_page_cases(struct dlb_page *page)
{
    struct dlb_text text = {0};
    bool shown[DLB_CELLS];
    if (page->result->record_count == 0 && json_array_size(page->result->devices) == 0)
        return;
    dlb_page_section(page, "cases", "Every case");
    dlb_report_columns(&page->ranking, &page->common, shown);
    if (page->ranking.row_count > 0) {
        dlb_report_caption(&page->common, &text);
        dlb_html_sentence("p", &text, &page->out);
        add_table(page, shown);
        add_legend(page, shown);
        for (int i = 0; i < page->ranking.device_count; i++) {
            dlb_report_preparing(page->result, &page->ranking, i, &text);
            dlb_html_sentence("p", &text, &page->out);
        }
    }
    add_notes(page);
    dlb_page_pictures(page, "scaling");
    dlb_page_pictures(page, "working-set");
    dlb_page_section_end(page);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}
