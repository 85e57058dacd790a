/* choose_words.c: the cells of a choice: figures of a candidate, and how easily its device did the work. Sentences: choose_sentences.c. */
#include "reports/choose_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/text.h"
#include "reports/report_beside.h"

const char *dlb_choose_heading(enum dlb_choose_cell cell)
{
    static const char *const headings[DLB_CHOOSE_CELLS] = {
        "",        "device", "type",       "items/s", "cost/1e6 items", "J/item",
        "latency", "power",  "times best", "tasks",   "notes"};
    return headings[cell];
}

const char *dlb_fact_heading(enum dlb_choose_fact cell)
{
    static const char *const headings[DLB_FACT_CELLS] = {
        "device",       "problems run", "wrong answers", "lacks",
        "first result", "of it tuning", "libraries"};
    return headings[cell];
}

/* ---- figures ---- */

static void put_rate(char *buffer, size_t size, double rate)
{
    if (!isfinite(rate))
        snprintf(buffer, size, "-");
    else if (rate < 999.5)
        snprintf(buffer, size, "%.3g", rate);
    else
        dlb_format_si(buffer, size, rate, "");
}

static void put_time(char *buffer, size_t size, double ns, const char *before)
{
    char time[24];
    dlb_format_time(time, sizeof time, ns);
    snprintf(buffer, size, "%s%s", before, isfinite(ns) ? time : "-");
}

/* The first cell that has a record; NULL for none. */
static const struct dlb_record *first_record(const struct dlb_candidate *candidate)
{
    for (int left = candidate->tasks, i = 0; left > 0; i++)
        if (candidate->cells[i].record != NULL)
            return candidate->cells[i].record;
    return NULL;
}

static void put_note(const struct dlb_candidate *candidate, int alike, char *buffer, size_t size)
{
    struct dlb_text text = {0};
    const struct dlb_record *record = first_record(candidate);
    const char *doubt = record != NULL && isfinite(candidate->per_mitem) ? record->cost.reason : "";
    if (candidate->reason[0] != '\0')
        dlb_text_format(&text, "%s%s", candidate->standing == DLB_CHOICE_UNSURE ? "unsure: " : "",
                        candidate->reason);
    if (candidate->units > 1)
        dlb_text_format(&text, "%srate of one of %d", text.size > 0 ? "; " : "", candidate->units);
    if (candidate->threads_vary && candidate->threads > 0)
        dlb_text_format(&text, "%swith %d thread%s", text.size > 0 ? "; " : "", candidate->threads,
                        candidate->threads == 1 ? "" : "s");
    else if (candidate->threads_vary && candidate->tasks > 0)
        dlb_text_format(&text, "%seach task with the threads that suit it",
                        text.size > 0 ? "; " : "");
    if (alike > 1)
        dlb_text_format(&text, "%sthe best of %d that were published", text.size > 0 ? "; " : "",
                        alike);
    if (candidate->better > 0)
        dlb_text_format(&text, "%sbetter than the first on %d", text.size > 0 ? "; " : "",
                        candidate->better);
    if (candidate->close > 0)
        dlb_text_format(&text, "%sclose to the first on %d", text.size > 0 ? "; " : "",
                        candidate->close);
    if (doubt[0] != '\0')
        dlb_text_format(&text, "%s%s", text.size > 0 ? "; " : "", doubt);
    dlb_text_shorten(buffer, size, text.data != NULL ? text.data : "");
    dlb_text_free(&text);
}

static void put_device(const struct dlb_candidate *candidate, char *buffer, size_t size)
{
    struct dlb_text text = {0};
    dlb_text_append(&text, candidate->device);
    if (candidate->name[0] != '\0')
        dlb_text_format(&text, " (%s)", candidate->name);
    dlb_text_shorten(buffer, size, text.data != NULL ? text.data : candidate->device);
    dlb_text_free(&text);
}

void dlb_choose_line_of(const struct dlb_candidate *candidate, int place, int alike, bool unicode,
                        struct dlb_choose_line *line)
{
    const size_t size = sizeof line->text[0];
    const bool ranked = isfinite(candidate->relative);
    char(*text)[256] = line->text;
    *line = (struct dlb_choose_line){0};
    if (ranked)
        snprintf(text[DLB_CHOOSE_PLACE], size, "%d", place);
    else
        snprintf(text[DLB_CHOOSE_PLACE], size, "-");
    put_device(candidate, text[DLB_CHOOSE_DEVICE], size);
    snprintf(text[DLB_CHOOSE_TYPE], size, "%s",
             candidate->dtype[0] != '\0' ? candidate->dtype : "-");
    put_rate(text[DLB_CHOOSE_RATE], size, candidate->items_per_s);
    snprintf(text[DLB_CHOOSE_MITEM], size, "%.3g %s", candidate->per_mitem, candidate->currency);
    if (isfinite(candidate->j_per_item))
        dlb_report_joules(candidate->j_per_item, text[DLB_CHOOSE_JOULES], size);
    put_time(text[DLB_CHOOSE_DELAY], size, candidate->latency_ns,
             candidate->latency_single ? ""
             : unicode                 ? "\xE2\x89\xA5 "
                                       : ">= ");
    snprintf(text[DLB_CHOOSE_POWER], size, "%.3g W%s", candidate->power_w,
             candidate->power_datasheet ? " TDP" : "");
    snprintf(text[DLB_CHOOSE_RELATIVE], size, "%.3g", candidate->relative);
    snprintf(text[DLB_CHOOSE_TASKS], size, "%d", candidate->tasks);
    put_note(candidate, alike, text[DLB_CHOOSE_NOTE], size);
    const struct {
        enum dlb_choose_cell cell;
        double value;
    } numbers[] = {{DLB_CHOOSE_MITEM, candidate->per_mitem},
                   {DLB_CHOOSE_JOULES, candidate->j_per_item},
                   {DLB_CHOOSE_DELAY, candidate->latency_ns},
                   {DLB_CHOOSE_POWER, candidate->power_w},
                   {DLB_CHOOSE_RELATIVE, candidate->relative}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(numbers); i++)
        if (!isfinite(numbers[i].value))
            snprintf(text[numbers[i].cell], size, "-");
}

void dlb_choose_columns(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                        bool shown[DLB_CHOOSE_CELLS])
{
    for (int c = 0; c < DLB_CHOOSE_CELLS; c++)
        shown[c] = c <= DLB_CHOOSE_RATE;
    for (int i = class->first; i < class->first + class->count; i++) {
        const struct dlb_candidate *candidate = &choice->candidates[i];
        struct dlb_choose_line line;
        dlb_choose_line_of(candidate, 1, 1, false, &line);
        for (int c = DLB_CHOOSE_MITEM; c < DLB_CHOOSE_CELLS; c++)
            shown[c] |= line.text[c][0] != '\0' && strcmp(line.text[c], "-") != 0;
    }
    shown[DLB_CHOOSE_TASKS] = choice->task_count > 1;
}

/* ---- rows of one processor ---- */

static bool is_alike(const struct dlb_candidate *a, const struct dlb_candidate *b)
{
    if (strcmp(a->evidence, "published") != 0 || strcmp(a->dtype, b->dtype) != 0)
        return false;
    return a->entry != NULL
               ? a->entry == b->entry
               : b->entry == NULL && a->name[0] != '\0' && strcmp(a->name, b->name) == 0;
}

int dlb_choose_alike(const struct dlb_choice *choice, const struct dlb_choice_class *class,
                     int candidate)
{
    int count = 1;
    for (int i = class->first; i < class->first + class->count; i++) {
        if (i == candidate || !is_alike(&choice->candidates[candidate], &choice->candidates[i]))
            continue;
        if (i < candidate)
            return 0;
        count++;
    }
    return count;
}

/* ---- facts ---- */

bool dlb_choose_tells_facts(const struct dlb_choice *choice, int candidate)
{
    const struct dlb_candidate *mine = &choice->candidates[candidate];
    if (strcmp(mine->evidence, "published") == 0)
        return false;
    for (int i = 0; i < candidate; i++)
        if (choice->candidates[i].result == mine->result &&
            strcmp(choice->candidates[i].device, mine->device) == 0)
            return false;
    return true;
}

void dlb_fact_line_of(const struct dlb_candidate *candidate, struct dlb_fact_line *line)
{
    const struct dlb_choice_facts *facts = &candidate->facts;
    const size_t size = sizeof line->text[0];
    char(*text)[256] = line->text;
    const double prepared = fmax(facts->tune_ns, facts->build_ns); /* fmax passes NaN over */
    snprintf(text[DLB_FACT_DEVICE], size, "%s", candidate->device);
    snprintf(text[DLB_FACT_RAN], size, "%d of %d%s", facts->ran, facts->problems,
             facts->failed > 0 ? ", others failed" : "");
    snprintf(text[DLB_FACT_WRONG], size, "%d", facts->wrong);
    snprintf(text[DLB_FACT_LACKS], size, "%s", facts->lacks[0] != '\0' ? facts->lacks : "no type");
    put_time(text[DLB_FACT_START], size, facts->first_result_ns, "");
    if (prepared > 0)
        put_time(text[DLB_FACT_TUNE], size, prepared, "up to ");
    else
        snprintf(text[DLB_FACT_TUNE], size, "%s", isnan(prepared) ? "-" : "none");
    if (isfinite(facts->install_bytes))
        dlb_format_bytes(text[DLB_FACT_SIZE], size, facts->install_bytes);
    else
        snprintf(text[DLB_FACT_SIZE], size, "unknown");
}
