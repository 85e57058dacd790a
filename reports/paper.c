/* paper.c: words, cells and colours on a text as wide as the terminal. For the writers of tables for people. */
#include "reports/paper.h"

#include <limits.h>
#include <string.h>

#include "reports/report_sentences.h"
#include "reports/report_writers.h"

#define LEAST_COLUMNS 40

struct dlb_paper dlb_paper_new(const struct dlb_report_options *options)
{
    struct dlb_paper paper = {
        .color = options->color, .unicode = options->unicode, .columns = INT_MAX};
    if (options->columns > 0)
        paper.columns = options->columns > LEAST_COLUMNS ? options->columns : LEAST_COLUMNS;
    return paper;
}

enum dlb_status dlb_paper_print(struct dlb_paper *paper, FILE *stream, struct dlb_why *why)
{
    const bool failed = paper->out.failed;
    if (!failed && paper->out.size > 0)
        fwrite(paper->out.data, 1, paper->out.size, stream);
    dlb_text_free(&paper->out);
    return failed ? dlb_fail(why, DLB_NO_MEMORY, "no memory for the report")
                  : dlb_report_end(stream, why);
}

void dlb_paper_color(struct dlb_paper *paper, const char *code)
{
    if (paper->color)
        dlb_text_append(&paper->out, code);
}

void dlb_paper_uncolor(struct dlb_paper *paper)
{
    dlb_paper_color(paper, "\033[0m");
}

void dlb_paper_spaces(struct dlb_paper *paper, int count)
{
    for (int i = 0; i < count; i++)
        dlb_text_append(&paper->out, " ");
}

/* Bytes of the first `columns` code points. */
static size_t bytes_of(const char *text, int columns)
{
    size_t bytes = 0;
    while (columns-- > 0 && text[bytes] != '\0')
        bytes += dlb_utf8_length(text + bytes);
    return bytes;
}

/* Prints text in at most `limit` columns, the end given up for an ellipsis; returns the columns taken. */
int dlb_paper_elided(struct dlb_paper *paper, const char *text, int limit)
{
    const char *ellipsis = paper->unicode ? "\xE2\x80\xA6" : "...";
    const int columns = dlb_text_columns(text);
    if (columns <= limit) {
        dlb_text_append(&paper->out, text);
        return columns;
    }
    const int kept = limit - dlb_text_columns(ellipsis);
    dlb_text_append_bytes(&paper->out, text, bytes_of(text, kept));
    dlb_text_append(&paper->out, ellipsis);
    return limit;
}

/* Columns of the next word, and its bytes. */
static int next_word(const char *text, size_t *bytes)
{
    *bytes = strcspn(text, " ");
    int columns = 0;
    for (size_t i = 0; i < *bytes; i += dlb_utf8_length(text + i))
        columns++;
    return columns;
}

/* Words from column `at` on, wrapped, further lines indented; a word longer than a line is cut into lines. */
void dlb_paper_wrapped(struct dlb_paper *paper, const char *raw, int at, int indent)
{
    struct dlb_text clean = {0};
    dlb_report_clean(raw, paper->unicode, &clean);
    const char *text = clean.data != NULL ? clean.data : "";
    bool begins = true;
    while (*text != '\0') {
        size_t bytes;
        int columns = next_word(text, &bytes);
        if (!begins && at + 1 + columns > paper->columns) {
            dlb_text_append(&paper->out, "\n");
            dlb_paper_spaces(paper, indent);
            at = indent;
            begins = true;
        }
        if (!begins) {
            dlb_text_append(&paper->out, " ");
            at++;
        }
        if (columns > paper->columns - at) {
            columns = paper->columns - at > 0 ? paper->columns - at : 1;
            bytes = bytes_of(text, columns);
        }
        dlb_text_append_bytes(&paper->out, text, bytes);
        at += columns;
        text += bytes;
        begins = false;
        text += strspn(text, " ");
    }
    dlb_text_append(&paper->out, "\n");
    paper->out.failed |= clean.failed;
    dlb_text_free(&clean);
}

/* "name   text", the text wrapped below itself. */
void dlb_paper_entry(struct dlb_paper *paper, const char *name, int name_width, const char *text)
{
    struct dlb_text clean = {0};
    dlb_report_clean(name, paper->unicode, &clean);
    const int limit = name_width < paper->columns / 2 ? name_width : paper->columns / 2;
    const int used = dlb_paper_elided(paper, clean.data != NULL ? clean.data : "", limit);
    dlb_paper_spaces(paper, limit + DLB_PAPER_GAP - used);
    dlb_paper_wrapped(paper, text, limit + DLB_PAPER_GAP, limit + DLB_PAPER_GAP);
    dlb_text_free(&clean);
}
