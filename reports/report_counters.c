/* report_counters.c: which columns the table of counters has, its cells, and the table on the screen.
 *
 * Counts are of one execution. The words of the columns are the names that counters are asked for by. */
#include "reports/report_counters.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/report_sentences.h"

#define INDENT     2
#define MOST_LABEL 40 /* columns of a case's label */

enum shape { COUNT, TIME, BYTES, RATIO, FREQUENCY };

/* Derived figures stand first: they are what a reader looks for. */
static const struct {
    const char *heading;
    size_t offset;
    enum shape shape;
    bool beside; /* only where the one before it is shown */
} derived[] = {
    {"IPC", offsetof(struct dlb_counting, ipc), RATIO, false},
    {"clock", offsetof(struct dlb_counting, effective_hz), FREQUENCY, false},
    {"l1d_miss/kinst", offsetof(struct dlb_counting, l1d_miss_per_kinst), RATIO, false},
    {"l2_miss/kinst", offsetof(struct dlb_counting, l2_miss_per_kinst), RATIO, false},
    {"l3_miss/kinst", offsetof(struct dlb_counting, l3_miss_per_kinst), RATIO, false},
    {"bytes/op", offsetof(struct dlb_counting, dram_bytes_per_op), RATIO, false},
    {"by formula", offsetof(struct dlb_counting, formula_bytes_per_op), RATIO, true},
    {"flops/op", offsetof(struct dlb_counting, flops_counted_per_op), RATIO, false},
};

static double derived_value(const struct dlb_record *record, int index)
{
    return *(const double *)(const void *)((const char *)&record->counting + derived[index].offset);
}

static double value_of(const struct dlb_counter_sheet *sheet, int column,
                       const struct dlb_record *record)
{
    const int index = sheet->columns[column].derived;
    if (!record->counting.taken)
        return (double)NAN;
    return index >= 0 ? derived_value(record, index)
                      : dlb_counting_value(&record->counting, sheet->columns[column].heading);
}

/* ---- columns and gaps ---- */

static void add_column(struct dlb_counter_sheet *sheet, const char *heading, int index)
{
    for (int i = 0; i < sheet->column_count; i++)
        if (strcmp(sheet->columns[i].heading, heading) == 0)
            return;
    if (sheet->column_count == DLB_COUNTER_COLUMNS)
        return;
    snprintf(sheet->columns[sheet->column_count].heading, sizeof sheet->columns[0].heading, "%s",
             heading);
    sheet->columns[sheet->column_count++].derived = index;
}

static void add_derived(const struct dlb_result *result, struct dlb_counter_sheet *sheet)
{
    bool shown = false;
    for (int i = 0; i < (int)DLB_ARRAY_COUNT(derived); i++) {
        bool any = false;
        for (int r = 0; r < result->record_count && !any; r++)
            any = result->records[r].counting.taken &&
                  isfinite(derived_value(&result->records[r], i));
        shown = any && (!derived[i].beside || shown);
        if (shown)
            add_column(sheet, derived[i].heading, i);
    }
}

static bool names(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
        if ((at == list || at[-1] == ' ') && (at[length] == ',' || at[length] == '\0'))
            return true;
    return false;
}

static void add_gap(struct dlb_counter_sheet *sheet, const struct dlb_count_value *value)
{
    int gap = 0;
    while (gap < sheet->gap_count && strcmp(sheet->gaps[gap].reason, value->reason) != 0)
        gap++;
    if (gap == DLB_COUNTER_GAPS)
        return;
    if (gap == sheet->gap_count) {
        snprintf(sheet->gaps[gap].reason, sizeof sheet->gaps[gap].reason, "%s", value->reason);
        sheet->gap_count++;
    }
    char *list = sheet->gaps[gap].names;
    const size_t used = strlen(list);
    if (!names(list, value->name) &&
        used + strlen(value->name) + 3 <= sizeof sheet->gaps[gap].names)
        snprintf(list + used, sizeof sheet->gaps[gap].names - used, "%s%s", used > 0 ? ", " : "",
                 value->name);
}

bool dlb_report_is_counted(const struct dlb_counter_sheet *sheet, const struct dlb_record *record)
{
    for (int i = 0; i < sheet->column_count; i++)
        if (isfinite(value_of(sheet, i, record)))
            return true;
    return false;
}

bool dlb_report_counter_sheet(const struct dlb_result *result, struct dlb_counter_sheet *sheet)
{
    bool taken = false;
    *sheet = (struct dlb_counter_sheet){0};
    add_derived(result, sheet);
    for (int r = 0; r < result->record_count; r++) {
        const struct dlb_counting *counting = &result->records[r].counting;
        if (!counting->taken)
            continue;
        taken = true;
        if (sheet->source[0] == '\0')
            snprintf(sheet->source, sizeof sheet->source, "%s", counting->source);
        for (int i = 0; i < counting->count; i++) {
            if (isfinite(counting->values[i].value))
                add_column(sheet, counting->values[i].name, -1);
            else if (counting->values[i].reason[0] != '\0')
                add_gap(sheet, &counting->values[i]);
        }
    }
    for (int r = 0; r < result->record_count; r++)
        sheet->rows += dlb_report_is_counted(sheet, &result->records[r]);
    return taken;
}

/* ---- cells and sentences ---- */

static enum shape shape_of(const struct dlb_counter_sheet *sheet, int column)
{
    const char *name = sheet->columns[column].heading;
    if (sheet->columns[column].derived >= 0)
        return derived[sheet->columns[column].derived].shape;
    return strcmp(name, "task_clock") == 0 ? TIME : strcmp(name, "dram_bytes") == 0 ? BYTES : COUNT;
}

void dlb_report_counter_cell(const struct dlb_counter_sheet *sheet, int column,
                             const struct dlb_record *record, char *cell, size_t size)
{
    const double value = value_of(sheet, column, record);
    cell[0] = '\0';
    if (!isfinite(value))
        return;
    switch (shape_of(sheet, column)) {
    case TIME:
        dlb_format_time(cell, size, value);
        break;
    case BYTES:
        dlb_format_bytes(cell, size, value);
        break;
    case FREQUENCY:
        dlb_format_si(cell, size, value, "Hz");
        break;
    case RATIO:
        snprintf(cell, size, "%.3g", value);
        break;
    case COUNT:
        dlb_format_si(cell, size, value, "");
        break;
    }
    for (size_t end = strlen(cell); end > 0 && cell[end - 1] == ' ';)
        cell[--end] = '\0';
}

void dlb_report_counter_gap(const struct dlb_counter_sheet *sheet, int gap, struct dlb_text *text)
{
    dlb_text_format(text, "not counted: %s: %s", sheet->gaps[gap].names, sheet->gaps[gap].reason);
}

/* ---- the table on the screen ---- */

struct board {
    const struct dlb_result *result;
    const struct dlb_common *common;
    struct dlb_paper *paper;
    struct dlb_counter_sheet sheet;
    int width[DLB_COUNTER_COLUMNS];
    int label_width, device_width;
};

/* Names come from files: what could move the cursor is taken out. The text is the caller's to free. */
static const char *clean(const struct board *board, const char *raw, struct dlb_text *text)
{
    dlb_text_clear(text);
    dlb_report_clean(raw, board->paper->unicode, text);
    return text->data != NULL ? text->data : "";
}

static const char *label_of(const struct board *board, const struct dlb_record *record,
                            struct dlb_text *text)
{
    char label[256];
    dlb_report_label(record, board->common, label, sizeof label);
    return clean(board, label, text);
}

static void widen(int *width, const char *text)
{
    const int columns = dlb_text_columns(text);
    *width = columns > *width ? columns : *width;
}

static void narrow(int *width, int most)
{
    *width = *width < most ? *width : most;
}

static void measure(struct board *board)
{
    struct dlb_text text = {0};
    char cell[64];
    const int third = board->paper->columns / 3;
    for (int i = 0; i < board->sheet.column_count; i++)
        widen(&board->width[i], clean(board, board->sheet.columns[i].heading, &text));
    for (int r = 0; r < board->result->record_count; r++) {
        const struct dlb_record *record = &board->result->records[r];
        if (!dlb_report_is_counted(&board->sheet, record))
            continue;
        widen(&board->label_width, label_of(board, record, &text));
        widen(&board->device_width, clean(board, record->device, &text));
        for (int i = 0; i < board->sheet.column_count; i++) {
            dlb_report_counter_cell(&board->sheet, i, record, cell, sizeof cell);
            widen(&board->width[i], cell);
        }
    }
    narrow(&board->label_width, third < MOST_LABEL ? third : MOST_LABEL);
    narrow(&board->device_width, third < MOST_LABEL ? third : MOST_LABEL);
    for (int i = 0; i < board->sheet.column_count; i++)
        narrow(&board->width[i], board->paper->columns - INDENT - 2 * DLB_PAPER_GAP -
                                     board->label_width - board->device_width);
    dlb_text_free(&text);
}

/* The first column behind `from` that does not fit the line any more. */
static int block_end(const struct board *board, int from)
{
    int used = INDENT + board->label_width + DLB_PAPER_GAP + board->device_width;
    int end = from;
    while (end < board->sheet.column_count &&
           (end == from || used + DLB_PAPER_GAP + board->width[end] <= board->paper->columns))
        used += DLB_PAPER_GAP + board->width[end++];
    return end;
}

static void put_left(struct board *board, const char *text, int width)
{
    const int used = dlb_paper_elided(board->paper, text, width);
    dlb_paper_spaces(board->paper, width - used);
}

static void put_right(struct board *board, const char *text, int width)
{
    const int columns = dlb_text_columns(text);
    dlb_paper_spaces(board->paper, DLB_PAPER_GAP + (columns < width ? width - columns : 0));
    dlb_paper_elided(board->paper, text, width);
}

/* Record NULL: the headings. */
static void put_line(struct board *board, const struct dlb_record *record, int from, int end)
{
    struct dlb_text text = {0};
    struct dlb_text *out = &board->paper->out;
    char cell[64];
    dlb_paper_spaces(board->paper, INDENT);
    put_left(board, record != NULL ? label_of(board, record, &text) : "", board->label_width);
    dlb_paper_spaces(board->paper, DLB_PAPER_GAP);
    put_left(board, record != NULL ? clean(board, record->device, &text) : "", board->device_width);
    for (int i = from; i < end; i++) {
        if (record == NULL) {
            put_right(board, clean(board, board->sheet.columns[i].heading, &text), board->width[i]);
            continue;
        }
        dlb_report_counter_cell(&board->sheet, i, record, cell, sizeof cell);
        put_right(board, cell, board->width[i]);
    }
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->data[--out->size] = '\0';
    dlb_text_append(out, "\n");
    dlb_text_free(&text);
}

static void put_blocks(struct board *board)
{
    for (int from = 0, end = 0; from < board->sheet.column_count; from = end) {
        end = block_end(board, from);
        dlb_paper_color(board->paper, DLB_PAPER_BOLD);
        put_line(board, NULL, from, end);
        dlb_paper_uncolor(board->paper);
        for (int r = 0; r < board->result->record_count; r++)
            if (dlb_report_is_counted(&board->sheet, &board->result->records[r]))
                put_line(board, &board->result->records[r], from, end);
    }
}

void dlb_report_counters(const struct dlb_result *result, const struct dlb_common *common,
                         struct dlb_paper *paper)
{
    struct board board = {.result = result, .common = common, .paper = paper};
    struct dlb_text text = {0};
    if (!dlb_report_counter_sheet(result, &board.sheet))
        return;
    dlb_text_append(&paper->out, "\n");
    if (board.sheet.rows > 0) {
        dlb_text_format(
            &text, "counted in one execution, all threads together, by %s:", board.sheet.source);
        dlb_paper_wrapped(paper, text.data != NULL ? text.data : "", 0, INDENT);
        measure(&board);
        put_blocks(&board);
    }
    for (int i = 0; i < board.sheet.gap_count; i++) {
        dlb_text_clear(&text);
        dlb_report_counter_gap(&board.sheet, i, &text);
        dlb_paper_wrapped(paper, text.data != NULL ? text.data : "", 0, INDENT);
    }
    paper->out.failed |= text.failed;
    dlb_text_free(&text);
}
