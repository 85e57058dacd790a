/* check_md.c: a check as Markdown, for a comment below a pull request or the summary of a job.
 *
 * What needs a look comes first, worst on top; the rest is folded away. A comment has a limit (GitHub: 65,536 characters, counted here
 * as bytes, which is never less): rows that do not fit are left out and counted, the words around them always stay. Texts from
 * outside stand in <code>, where neither GitHub nor GitLab looks for mentions, numbers of issues or formulas. */
#include <math.h>
#include <stdlib.h>

#include "reports/check_escape.h"
#include "reports/check_words.h"
#include "reports/check_writers.h"
#include "reports/report_sentences.h"
#include "reports/report_writers.h"

#define COMMENT_BYTES 65536
#define MOST_NAME     160 /* bytes of a name, a reason or a path that are shown */
#define ROOM_FOR_NOTE 160 /* "There are 17 more ...", and the end of a fold */
#define ROOM_FOR_FOLD 600 /* begin and end of a fold, head and note of its table */

/* Text that grows up to a limit. */
struct page {
    struct dlb_text text;
    size_t limit;
    int left_out; /* rows that did not fit */
};

/* ---- a row ---- */

static void add_time(double ns, struct dlb_text *text)
{
    char buffer[24] = "";
    if (isfinite(ns))
        dlb_format_time(buffer, sizeof buffer, ns);
    dlb_text_format(text, " %s |", buffer);
}

static void add_numbers(const struct dlb_verdict_row *row, struct dlb_text *text)
{
    char effect[24], lo[24], hi[24];
    if (!isfinite(row->effect)) {
        dlb_text_append(text, " | |");
    } else {
        dlb_check_percent(effect, sizeof effect, row->effect);
        dlb_check_percent(lo, sizeof lo, row->ci_lo);
        dlb_check_percent(hi, sizeof hi, row->ci_hi);
        dlb_text_format(text, " %s | %s to %s |", effect, lo, hi);
    }
    add_time(row->median_a_ns, text);
    add_time(row->median_b_ns, text);
    if (isfinite(row->mde90))
        dlb_text_format(text, " %.1f %% |", 100 * row->mde90);
    else
        dlb_text_append(text, " |");
    const int pairs = row->stage == 2 ? row->r2 : row->r1;
    if (pairs > 0)
        dlb_text_format(text, " %d |", pairs);
    else
        dlb_text_append(text, " |");
}

static void add_row(struct page *page, const struct dlb_verdict_row *row, size_t reserve)
{
    const struct dlb_check_word *word = dlb_check_word_of(row);
    const char *strong = word->level == DLB_CHECK_ERROR ? "**" : "";
    struct dlb_text line = {0};
    dlb_text_append(&line, "| ");
    dlb_escape_markdown(dlb_check_name(row), MOST_NAME, &line);
    dlb_text_append(&line, " | ");
    dlb_escape_markdown(row->device, MOST_NAME, &line);
    dlb_text_format(&line, " | %s%s%s |", strong, word->title, strong);
    add_numbers(row, &line);
    dlb_text_append(&line, row->slowdown ? " a trial: slowed down on purpose" : "");
    if (row->reason[0] != '\0') {
        dlb_text_append(&line, row->slowdown ? "; " : " ");
        dlb_escape_markdown(row->reason, MOST_NAME, &line);
    }
    dlb_text_append(&line, " |\n");
    page->text.failed = page->text.failed || line.failed;
    if (page->left_out > 0 || page->text.size + line.size + reserve > page->limit)
        page->left_out++; /* once one is out all behind it are: the order must not lie */
    else
        dlb_text_append_bytes(&page->text, line.data, line.size);
    dlb_text_free(&line);
}

static void add_table(struct page *page, const struct dlb_verdict_row *const *rows, int count,
                      size_t reserve)
{
    page->left_out = 0;
    dlb_text_append(
        &page->text,
        "| case | device | verdict | change of time | 95 % interval | A | B | could see "
        "| pairs | note |\n"
        "| --- | --- | --- | ---: | :---: | ---: | ---: | ---: | ---: | --- |\n");
    for (int i = 0; i < count; i++)
        add_row(page, rows[i], reserve + ROOM_FOR_NOTE);
    if (page->left_out > 0)
        dlb_text_format(&page->text, "\nThere %s %d more that did not fit in here: see the JSON.\n",
                        page->left_out == 1 ? "is" : "are", page->left_out);
}

/* ---- around the rows ---- */

static void add_marked(const char *before, const char *raw, const char *after,
                       struct dlb_text *text)
{
    if (raw[0] == '\0')
        return;
    dlb_text_append(text, before);
    dlb_escape_markdown(raw, MOST_NAME, text);
    dlb_text_append(text, after);
}

/* The first line is no text: a bot finds its own comment by it and replaces it. */
static void add_head(const struct dlb_result *result, struct dlb_text *text)
{
    struct dlb_text raw = {0};
    dlb_text_append(text, "<!-- dlbench-check -->\n### dlbench check: ");
    dlb_check_answer(result, text);
    dlb_text_append(text, "\n\n");
    dlb_check_counts(result, &raw);
    dlb_text_append(text, raw.data != NULL ? raw.data : "");
    add_marked(", suite ", result->suite, "", text);
    dlb_text_append(text, ".");
    dlb_text_clear(&raw);
    if (!result->complete)
        add_marked(" The check is incomplete: ",
                   result->reason[0] != '\0' ? result->reason : "it was ended early", ".", text);
    dlb_text_append(text, "\n\n");
    dlb_check_side(result, "a", &raw);
    add_marked("A: ", raw.size > 0 ? raw.data : "", "<br>\n", text);
    dlb_text_clear(&raw);
    dlb_check_side(result, "b", &raw);
    add_marked("B: ", raw.size > 0 ? raw.data : "", "<br>\n", text);
    dlb_text_clear(&raw);
    dlb_report_host(result, &raw);
    add_marked("on ", raw.size > 0 ? raw.data : "", "\n", text);
    dlb_text_append(text, "\n");
    text->failed = text->failed || raw.failed;
    dlb_text_free(&raw);
}

/* The words that occur, explained once; and how to see the same again. */
static void add_tail(const struct dlb_result *result, const struct dlb_verdict_row *const *rows,
                     struct dlb_text *text)
{
    dlb_text_append(text, "\n<details><summary>what the words mean</summary>\n\n");
    for (int i = 0; i < result->verdict_count; i++) {
        if (i > 0 && dlb_check_word_of(rows[i]) == dlb_check_word_of(rows[i - 1]))
            continue; /* sorted: equal ones stand together */
        const struct dlb_check_word *word = dlb_check_word_of(rows[i]);
        dlb_text_format(text, "- **%s**: %s%s%s\n", word->title, word->meaning,
                        word->advice[0] != '\0' ? " " : "", word->advice);
    }
    dlb_text_append(text, "- **could see**: the smallest slowdown that this check finds in nine of "
                          "ten cases.\n\n</details>\n\n");
    dlb_text_format(text, "<sub>exit code %d, seed %llu, ", result->exit_code,
                    (unsigned long long)result->seed);
    add_marked("run ", result->run_id, "", text);
    dlb_text_append(text, "</sub>\n");
}

static int count_shown(const struct dlb_verdict_row *const *rows, int count)
{
    int shown = 0;
    while (shown < count && dlb_check_word_of(rows[shown])->level != DLB_CHECK_NONE)
        shown++; /* sorted: what is of no interest stands at the end */
    return shown;
}

static void add_tables(struct page *page, const struct dlb_verdict_row *const *rows, int count,
                       size_t reserve)
{
    const int shown = count_shown(rows, count);
    if (shown > 0)
        add_table(page, rows, shown, reserve + ROOM_FOR_FOLD);
    if (shown == count)
        return;
    dlb_text_format(&page->text, "\n<details><summary>%d case%s without a slowdown</summary>\n\n",
                    count - shown, count - shown == 1 ? "" : "s");
    add_table(page, rows + shown, count - shown, reserve);
    dlb_text_append(&page->text, "\n</details>\n");
}

/* All of it, or, where even the words around the rows are too many, the answer alone. */
static void make_page(const struct dlb_result *result, const struct dlb_verdict_row *const *rows,
                      struct page *page)
{
    struct dlb_text tail = {0};
    add_tail(result, rows, &tail);
    add_head(result, &page->text);
    add_tables(page, rows, result->verdict_count, tail.size);
    dlb_text_append_bytes(&page->text, tail.data, tail.size);
    page->text.failed = page->text.failed || tail.failed;
    dlb_text_free(&tail);
    if (page->text.failed || page->text.size <= page->limit)
        return;
    dlb_text_clear(&page->text);
    dlb_text_append(&page->text, "dlbench check: ");
    dlb_check_answer(result, &page->text);
    dlb_text_append(&page->text, "; there is no room here for more\n");
    if (page->text.size > page->limit)
        dlb_text_clear(&page->text);
}

enum dlb_status dlb_check_md_text(const struct dlb_result *result, size_t limit,
                                  struct dlb_text *text)
{
    const struct dlb_verdict_row **rows = NULL;
    struct page page = {.limit = limit};
    if (dlb_check_sort(result, &rows) != DLB_OK)
        return DLB_NO_MEMORY;
    make_page(result, rows, &page);
    free(rows);
    if (page.text.size > 0)
        dlb_text_append_bytes(text, page.text.data, page.text.size);
    const bool failed = page.text.failed || text->failed;
    dlb_text_free(&page.text);
    return failed ? DLB_NO_MEMORY : DLB_OK;
}

enum dlb_status dlb_check_md(const struct dlb_result *result,
                             const struct dlb_check_output_options *options, FILE *stream,
                             struct dlb_why *why)
{
    struct dlb_text text = {0};
    const size_t limit = options->limit > 0 ? options->limit : COMMENT_BYTES;
    if (dlb_check_md_text(result, limit, &text) != DLB_OK)
        text.failed = true;
    return dlb_report_send(&text, stream, why);
}
