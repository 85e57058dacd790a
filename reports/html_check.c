/* html_check.c: the verdicts of a check, the worst first, and between what it was. Words and order are check_words.c's. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "reports/check_words.h"
#include "reports/html_page.h"
#include "reports/report_sentences.h"

static const struct dlb_html_column columns[] = {
    {"verdict", "", false},
    {"case", "", false},
    {"device", "", false},
    {"change", "of the time from A to B; above 0 is slower", true},
    {"95 % interval", "", true},
    {"A", "median of the pairs", true},
    {"B", "median of the pairs", true},
    {"could see", "the smallest slowdown that this check finds with probability 0.9", true},
    {"pairs", "of processes that decided", true},
    {"note", "", false},
};

static void add_time(double ns, struct dlb_text *out)
{
    char text[24] = "";
    if (isfinite(ns))
        dlb_format_time(text, sizeof text, ns);
    dlb_html_cell_value(ns, text, out);
}

static void add_share(double value, struct dlb_text *out)
{
    char text[24] = "";
    if (isfinite(value))
        dlb_check_percent(text, sizeof text, value);
    dlb_html_cell_value(value, text, out);
}

static void add_row(struct dlb_page *page, const struct dlb_verdict_row *row)
{
    const struct dlb_check_word *word = dlb_check_word_of(row);
    char interval[64] = "";
    if (isfinite(row->effect)) {
        char lo[24], hi[24];
        dlb_check_percent(lo, sizeof lo, row->ci_lo);
        dlb_check_percent(hi, sizeof hi, row->ci_hi);
        snprintf(interval, sizeof interval, "%s to %s", lo, hi);
    }
    dlb_text_format(&page->out, "<tr><td data-v=\"%d\"%s>%s</td>", word->rank,
                    word->level == DLB_CHECK_ERROR ? " class=\"warn\"" : "", word->title);
    dlb_html_cell_name(dlb_check_name(row), &page->out);
    dlb_html_cell_name(row->device, &page->out);
    add_share(row->effect, &page->out);
    dlb_html_cell(interval, &page->out);
    add_time(row->median_a_ns, &page->out);
    add_time(row->median_b_ns, &page->out);
    add_share(row->mde90, &page->out);
    dlb_text_format(&page->out, "<td>%d</td>", row->stage == 2 ? row->r2 : row->r1);
    dlb_html_cell_name(row->slowdown ? "a trial: slowed down on purpose" : row->reason, &page->out);
    dlb_text_append(&page->out, "</tr>\n");
}

static void add_sides(struct dlb_page *page)
{
    static const char *const sides[] = {"a", "b"};
    struct dlb_text text = {0};
    dlb_text_append(&page->out, "<table class=\"facts\"><tbody>\n");
    for (int i = 0; i < 2; i++) {
        dlb_check_side(page->result, sides[i], &text);
        dlb_html_fact(i == 0 ? "A" : "B", text.data != NULL ? text.data : "", &page->out);
        dlb_text_clear(&text);
    }
    dlb_text_append(&page->out, "</tbody></table>\n");
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

void dlb_page_check(struct dlb_page *page)
{
    const struct dlb_verdict_row **rows = NULL;
    if (page->result->check == NULL && page->result->verdict_count == 0)
        return;
    dlb_page_section(page, "check", "What changed from A to B");
    add_sides(page);
    if (dlb_check_sort(page->result, &rows) != DLB_OK) {
        page->out.failed = true;
        return;
    }
    dlb_html_table("verdicts", "Verdicts, the worst first", columns,
                   (int)(sizeof columns / sizeof columns[0]), &page->out);
    for (int i = 0; i < page->result->verdict_count; i++)
        add_row(page, rows[i]);
    dlb_html_table_end(&page->out);
    free(rows);
    dlb_page_pictures(page, "forest");
    dlb_page_section_end(page);
}
