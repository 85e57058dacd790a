/* report_md.c: the results as a table that GitHub shows (GitHub Flavored Markdown, section 4.10), and the sentences below.
 *
 * The same cells and words as the table on the screen. Names come from users: what Markdown or HTML would take for its own
 * is escaped. */
#include <stdio.h>
#include <string.h>

#include "reports/ranking.h"
#include "reports/report_beside.h"
#include "reports/report_cells.h"
#include "reports/report_counters.h"
#include "reports/report_sentences.h"
#include "reports/report_writers.h"

/* Backslash escapes (section 6.1 of the CommonMark part), and entities for HTML, which GitHub would interpret. */
static void put_escaped(const char *raw, FILE *stream)
{
    struct dlb_text clean = {0};
    dlb_report_clean(raw, true, &clean);
    for (const char *c = clean.data != NULL ? clean.data : ""; *c != '\0'; c++) {
        if (*c == '<')
            fputs("&lt;", stream);
        else if (*c == '>')
            fputs("&gt;", stream);
        else if (*c == '&')
            fputs("&amp;", stream);
        else if (*c == '@') /* a mention would write to somebody */
            fputs("&#64;", stream);
        else
            fprintf(stream, "%s%c", strchr("\\|`*_[]{}#$", *c) != NULL ? "\\" : "", *c);
    }
    dlb_text_free(&clean);
}

static void put_line(const char *before, struct dlb_text *text, FILE *stream)
{
    if (text->size > 0) {
        fputs(before, stream);
        put_escaped(text->data, stream);
        fputs("\n", stream);
    }
    dlb_text_clear(text);
}

static void put_head(const struct dlb_result *result, const struct dlb_common *common, FILE *stream)
{
    struct dlb_text text = {0};
    dlb_text_format(&text, "dlbench %s, suite %s, seed %llu, %s",
                    dlb_report_member(result->tool, "version"),
                    result->suite[0] != '\0' ? result->suite : "none",
                    (unsigned long long)result->seed, result->created_utc);
    put_line("### ", &text, stream);
    fputs("\n", stream);
    dlb_report_host(result, &text);
    put_line("", &text, stream);
    fputs("\n", stream);
    size_t index;
    json_t *device;
    json_array_foreach(result->devices, index, device)
    {
        const char *status = dlb_report_member(device, "status");
        fputs("- ", stream);
        put_escaped(dlb_report_member(device, "key"), stream);
        if (strcmp(status, "ok") == 0)
            dlb_report_device(result, common, device, &text);
        else
            dlb_report_absent(device, &text);
        if (text.size == 0)
            fputs("\n", stream);
        put_line(": ", &text, stream);
    }
    fputs("\n", stream);
    dlb_report_caption(common, &text);
    put_line("", &text, stream);
    dlb_text_free(&text);
}

static void put_table(const struct dlb_ranking *ranking, const struct dlb_common *common,
                      FILE *stream)
{
    bool shown[DLB_CELLS];
    dlb_report_columns(ranking, common, shown);
    fputs("\n|", stream);
    for (int i = 0; i < DLB_CELLS; i++)
        if (shown[i])
            fprintf(stream, " %s |",
                    i == DLB_CELL_FLAGS ? "notes" : dlb_report_heading((enum dlb_cell)i, true));
    fputs("\n|", stream);
    for (int i = 0; i < DLB_CELLS; i++)
        if (shown[i])
            fputs(i < DLB_CELL_MEDIAN || i == DLB_CELL_BINDS || i == DLB_CELL_FLAGS ? " --- |"
                                                                                    : " ---: |",
                  stream);
    fputs("\n", stream);
    for (int row = 0; row < ranking->row_count; row++) {
        struct dlb_cells cells;
        dlb_report_cells(ranking, &ranking->rows[row], common, true, &cells);
        fputs("|", stream);
        for (int i = 0; i < DLB_CELLS; i++) {
            if (!shown[i])
                continue;
            fputs(" ", stream);
            put_escaped(cells.text[i], stream);
            fputs(" |", stream);
        }
        fputs("\n", stream);
    }
}

static void put_cell(const char *text, FILE *stream)
{
    fputs(" ", stream);
    put_escaped(text, stream);
    fputs(" |", stream);
}

static void put_counted(const struct dlb_counter_sheet *sheet, const struct dlb_record *record,
                        const struct dlb_common *common, FILE *stream)
{
    char cell[256];
    dlb_report_label(record, common, cell, sizeof cell);
    fputs("|", stream);
    put_cell(cell, stream);
    put_cell(record->device, stream);
    for (int i = 0; i < sheet->column_count; i++) {
        dlb_report_counter_cell(sheet, i, record, cell, sizeof cell);
        put_cell(cell, stream);
    }
    fputs("\n", stream);
}

/* What was counted, where that was asked for. */
static void put_counters(const struct dlb_result *result, const struct dlb_common *common,
                         FILE *stream)
{
    struct dlb_counter_sheet sheet;
    struct dlb_text text = {0};
    if (!dlb_report_counter_sheet(result, &sheet))
        return;
    fputs("\n", stream);
    if (sheet.rows > 0) {
        fputs("| counted in one execution | device |", stream);
        for (int i = 0; i < sheet.column_count; i++)
            put_cell(sheet.columns[i].heading, stream);
        fputs("\n| --- | --- |", stream);
        for (int i = 0; i < sheet.column_count; i++)
            fputs(" ---: |", stream);
        fputs("\n", stream);
        for (int i = 0; i < result->record_count; i++)
            if (dlb_report_is_counted(&sheet, &result->records[i]))
                put_counted(&sheet, &result->records[i], common, stream);
        fputs("\n", stream);
    }
    for (int i = 0; i < sheet.gap_count; i++) {
        dlb_report_counter_gap(&sheet, i, &text);
        put_line("- ", &text, stream);
    }
    dlb_text_free(&text);
}

static enum dlb_status put_sentences(const struct dlb_result *result,
                                     const struct dlb_ranking *ranking,
                                     const struct dlb_common *common, FILE *stream)
{
    struct dlb_text text = {0};
    const char *name = NULL;
    const char *meaning = NULL;
    bool shown[DLB_CELLS];
    dlb_report_columns(ranking, common, shown);
    fputs("\n", stream);
    for (int i = 0; (meaning = dlb_report_legend(ranking, common, shown, &i, &name)) != NULL;) {
        dlb_text_format(&text, "%s: %s", name, meaning);
        put_line("- ", &text, stream);
    }
    dlb_report_shared(common, &text);
    put_line("- ", &text, stream);
    for (int i = 0; dlb_report_beside(result, ranking, &i, &text);)
        put_line("- ", &text, stream);
    for (int i = 0; i < ranking->device_count; i++) {
        dlb_report_preparing(result, ranking, i, &text);
        put_line("- ", &text, stream);
    }
    for (int i = 0; i < ranking->note_count; i++) {
        dlb_report_note(&ranking->notes[i], common, &text);
        put_line("- ", &text, stream);
    }
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < ranking->class_count && status == DLB_OK; i++) {
        struct dlb_contest contest;
        status = dlb_ranking_contest(ranking, i, &contest);
        if (status != DLB_OK)
            break;
        dlb_text_format(&text, "fastest %s: ", ranking->classes[i].dtype);
        dlb_report_verdict(ranking, i, &contest, common, true, &text);
        put_line("- ", &text, stream);
        dlb_contest_free(&contest);
    }
    fputs("\n", stream);
    dlb_report_counts(result, &text);
    put_line("", &text, stream);
    if (!result->complete) {
        dlb_text_format(&text, "incomplete: %s", result->reason);
        put_line("\n", &text, stream);
    }
    if (text.failed)
        status = DLB_NO_MEMORY;
    dlb_text_free(&text);
    return status;
}

enum dlb_status dlb_report_md(const struct dlb_result *result,
                              const struct dlb_report_options *options, FILE *stream,
                              struct dlb_why *why)
{
    (void)options;
    struct dlb_ranking ranking;
    enum dlb_status status = dlb_ranking_make(result, &ranking);
    if (status == DLB_OK) {
        const struct dlb_common common = dlb_report_common(result, &ranking);
        put_head(result, &common, stream);
        if (ranking.row_count > 0)
            put_table(&ranking, &common, stream);
        put_counters(result, &common, stream);
        status = put_sentences(result, &ranking, &common, stream);
        dlb_ranking_free(&ranking);
    }
    return status == DLB_OK ? dlb_report_end(stream, why)
                            : dlb_fail(why, status, "no memory for the report");
}
