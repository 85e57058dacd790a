/* choose_md.c: a choice as GitHub shows it: the same words as on the screen. Names come from files and stand as code (check_escape.h). */
#include <string.h>

#include "reports/check_escape.h"
#include "reports/choose_words.h"
#include "reports/choose_writers.h"
#include "reports/report_writers.h"

#define MOST_CELL     200
#define MOST_SENTENCE 2000

static void put_escaped(const char *raw, size_t most, struct dlb_text *out)
{
    if (raw[0] != '\0')
        dlb_escape_markdown(raw, most, out);
}

/* Lines of a text, each with `bullet` before it. Takes the text over. */
static void put_lines(struct dlb_text *text, const char *bullet, struct dlb_text *out)
{
    for (char *at = text->data; at != NULL && *at != '\0';) {
        char *end = strchr(at, '\n');
        if (end != NULL)
            *end = '\0';
        dlb_text_append(out, bullet);
        put_escaped(at, MOST_SENTENCE, out);
        dlb_text_append(out, "\n");
        at = end != NULL ? end + 1 : NULL;
    }
    out->failed |= text->failed;
    dlb_text_free(text);
}

static void put_class(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                      struct dlb_text *out)
{
    bool shown[DLB_CHOOSE_CELLS];
    struct dlb_text words = {0};
    dlb_choose_columns(choice, class, shown);
    dlb_choose_class_words(choice, class, &words);
    put_lines(&words, "\n", out);
    dlb_text_append(out, "\n|");
    for (int c = 0; c < DLB_CHOOSE_CELLS; c++)
        if (shown[c])
            dlb_text_format(out, " %s |", dlb_choose_heading((enum dlb_choose_cell)c));
    dlb_text_append(out, "\n|");
    for (int c = 0; c < DLB_CHOOSE_CELLS; c++)
        if (shown[c])
            dlb_text_append(out,
                            c == DLB_CHOOSE_DEVICE || c == DLB_CHOOSE_NOTE ? " --- |" : " ---: |");
    dlb_text_append(out, "\n");
    int told = 0;
    for (int i = class->first; i < class->first + class->count && told < DLB_CHOOSE_MOST_SHOWN;
         i++) {
        struct dlb_choose_line line;
        const int alike = dlb_choose_alike(choice, class, i);
        if (alike == 0)
            continue;
        told++;
        dlb_choose_line_of(&choice->candidates[i], i - class->first + 1, alike, true, &line);
        dlb_text_append(out, "|");
        for (int c = 0; c < DLB_CHOOSE_CELLS; c++)
            if (shown[c]) {
                dlb_text_append(out, " ");
                put_escaped(line.text[c], MOST_CELL, out);
                dlb_text_append(out, " |");
            }
        dlb_text_append(out, "\n");
    }
    if (class->count > told)
        dlb_text_format(out, "\n%d more: `--format json` tells all\n", class->count - told);
}

static void put_facts(const struct dlb_choice *choice, struct dlb_text *out)
{
    bool begun = false;
    for (int i = 0; i < choice->candidate_count; i++) {
        struct dlb_fact_line line;
        if (!dlb_choose_tells_facts(choice, i))
            continue;
        for (int c = 0; c < DLB_FACT_CELLS && !begun; c++)
            dlb_text_format(out, "%s %s |", c == 0 ? "\nEase of use, as it went:\n\n|" : "",
                            dlb_fact_heading((enum dlb_choose_fact)c));
        for (int c = 0; c < DLB_FACT_CELLS && !begun; c++)
            dlb_text_format(out, "%s --- |", c == 0 ? "\n|" : "");
        begun = true;
        dlb_fact_line_of(&choice->candidates[i], &line);
        for (int c = 0; c < DLB_FACT_CELLS; c++) {
            dlb_text_append(out, c == 0 ? "\n| " : " ");
            put_escaped(line.text[c], MOST_CELL, out);
            dlb_text_append(out, " |");
        }
    }
    if (begun)
        dlb_text_append(out, "\n");
}

enum dlb_status dlb_choose_md(const struct dlb_choose_page *page,
                              const struct dlb_report_options *options, FILE *stream,
                              struct dlb_why *why)
{
    (void)options;
    struct dlb_text out = {0};
    struct dlb_text lines = {0};
    const struct dlb_choice *choice = page->choice;
    dlb_text_format(&out, "### dlbench choose, by %s\n\n", dlb_choice_by_name(choice->request.by));
    dlb_choose_advice(page, &lines);
    put_lines(&lines, "- ", &out);
    dlb_choose_missing(page, &lines);
    if (lines.size > 0)
        dlb_text_append(&out, "\nTo be sure, this is missing:\n\n");
    put_lines(&lines, "- ", &out);
    for (int i = 0; i < choice->class_count; i++)
        put_class(choice, &choice->classes[i], &out);
    put_facts(choice, &out);
    if (choice->bound_count > 0)
        dlb_text_append(&out, "\nBounds from the catalogue, no speeds and not ranked:\n\n");
    for (int i = 0; i < choice->bound_count; i++) {
        dlb_choose_bound_words(choice, i, &lines);
        put_lines(&lines, "- ", &out);
    }
    return dlb_report_send(&out, stream, why);
}
