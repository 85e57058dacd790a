/* compare_md.c: a comparison as GitHub shows it: one table, the means, and what was not compared and why.
 *
 * The same words as on the screen. Names come from users and stand as code (check_escape.h). */
#include <stdio.h>
#include <string.h>

#include "reports/check_escape.h"
#include "reports/compare_words.h"
#include "reports/compare_writers.h"
#include "reports/report_writers.h"

#define MOST_CELL     200
#define MOST_SENTENCE 2000

/* Text from files; takes nothing over. */
static void put_escaped(const char *raw, size_t most, FILE *stream)
{
    struct dlb_text text = {0};
    if (raw[0] != '\0')
        dlb_escape_markdown(raw, most, &text);
    fputs(text.data != NULL ? text.data : "", stream);
    dlb_text_free(&text);
}

/* Ours beside theirs: a line that is all code is easy to read all the same. Takes the text over. */
static void put_sentence(const char *before, struct dlb_text *text, FILE *stream)
{
    fputs(before, stream);
    put_escaped(text->data != NULL ? text->data : "", MOST_SENTENCE, stream);
    fputs("\n", stream);
    dlb_text_free(text);
}

static void put_head(const struct dlb_comparison *comparison, const struct dlb_compare_plan *plan,
                     FILE *stream)
{
    for (int i = 0; i < comparison->column_count; i++) {
        struct dlb_text text = {0};
        fputs("- ", stream);
        put_escaped(comparison->columns[i].label, MOST_SENTENCE, stream);
        dlb_compare_origin(comparison, i, &text);
        put_sentence(" ", &text, stream);
    }
    if (comparison->row_count == 0)
        return;
    struct dlb_text caption = {0};
    dlb_compare_caption(plan, &caption);
    put_sentence("\n", &caption, stream);
}

static void put_table(const struct dlb_comparison *comparison, const struct dlb_compare_plan *plan,
                      FILE *stream)
{
    fputs("\n|", stream);
    for (int c = 0; c < DLB_COMPARE_CELLS; c++) {
        char heading[512];
        if (!plan->shown[c])
            continue;
        dlb_compare_heading(plan, (enum dlb_compare_cell)c, heading, sizeof heading);
        fputs(" ", stream);
        if (c == DLB_COMPARE_BASE || c == DLB_COMPARE_VALUE)
            put_escaped(heading, MOST_CELL, stream);
        else
            fputs(c == DLB_COMPARE_NOTES ? "notes" : heading, stream);
        fputs(" |", stream);
    }
    fputs("\n|", stream);
    for (int c = 0; c < DLB_COMPARE_CELLS; c++)
        if (plan->shown[c])
            fputs(c <= DLB_COMPARE_COLUMN || c == DLB_COMPARE_NOTES ? " --- |" : " ---: |", stream);
    fputs("\n", stream);
    for (int i = 0; i < comparison->row_count; i++)
        for (int j = 0; j < dlb_compare_line_count(plan, i); j++) {
            struct dlb_compare_line line;
            dlb_compare_line_of(plan, i, j, &line);
            fputs("|", stream);
            for (int c = 0; c < DLB_COMPARE_CELLS; c++) {
                if (!plan->shown[c])
                    continue;
                fputs(" ", stream);
                if (c <= DLB_COMPARE_COLUMN)
                    put_escaped(line.text[c], MOST_CELL, stream);
                else
                    fputs(line.text[c], stream); /* numbers and words of our own */
                fputs(" |", stream);
            }
            fputs("\n", stream);
        }
}

static void put_groups(const struct dlb_comparison *comparison, const struct dlb_compare_plan *plan,
                       FILE *stream)
{
    if (comparison->group_count > 0)
        fputs("\nGeometric means of the ratios, over the cases that both have:\n\n", stream);
    for (int i = 0; i < comparison->group_count; i++) {
        const struct dlb_compared_group *group = &comparison->groups[i];
        struct dlb_text name = {0};
        struct dlb_text words = {0};
        char ratio[512];
        dlb_compare_group_name(plan, group, &name);
        dlb_compare_group_words(plan, group, &words);
        dlb_compare_ratio(group->ratio, true, ratio, sizeof ratio);
        fputs("- ", stream);
        put_escaped(name.data != NULL ? name.data : "", MOST_CELL, stream);
        if (!plan->wide) {
            fputs(" ", stream);
            put_escaped(comparison->columns[group->column].label, MOST_CELL, stream);
        }
        fprintf(stream, " **%s** (%s)\n", ratio, words.data != NULL ? words.data : "");
        dlb_text_free(&name);
        dlb_text_free(&words);
    }
}

static void put_notes(const struct dlb_comparison *comparison, const struct dlb_compare_plan *plan,
                      FILE *stream)
{
    if (comparison->note_count > 0)
        fputs("\nNot compared:\n\n", stream);
    for (int i = 0; i < comparison->note_count; i++) {
        struct dlb_text text = {0};
        fputs("- ", stream);
        put_escaped(comparison->columns[comparison->notes[i].column].label, MOST_CELL, stream);
        dlb_compare_note(plan, &comparison->notes[i], &text);
        put_sentence(" ", &text, stream);
    }
}

enum dlb_status dlb_compare_md(const struct dlb_comparison *comparison,
                               const struct dlb_report_options *options, FILE *stream,
                               struct dlb_why *why)
{
    (void)options;
    const struct dlb_compare_plan plan = dlb_compare_plan_of(comparison, true);
    const char *sentence = NULL;
    fprintf(stream, "### dlbench compare, by %s\n\n",
            dlb_comparison_by_name(comparison->request.by));
    put_head(comparison, &plan, stream);
    if (comparison->row_count > 0)
        put_table(comparison, &plan, stream);
    put_groups(comparison, &plan, stream);
    put_notes(comparison, &plan, stream);
    if (comparison->row_count > 0)
        fputs("\n", stream);
    for (int i = 0;
         comparison->row_count > 0 && (sentence = dlb_compare_legend(&plan, &i)) != NULL;)
        fprintf(stream, "- %s\n", sentence);
    return dlb_report_end(stream, why);
}
