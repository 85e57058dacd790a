/* compare_words.c: how a comparison is put into short texts for people. Nothing is laid out here: compare_text.c and compare_md.c do
 * that. */
#include "reports/compare_words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/compare_report.h"
#include "reports/report_sentences.h"

#define LISTED_CASES 4 /* of a note that are named */

const char *dlb_compare_kind(const struct dlb_comparison *comparison,
                             const struct dlb_compared_cell *cell)
{
    if (cell->column == comparison->base)
        return "base";
    return cell->exact ? "exact" : dlb_ratio_kind_name(cell->ratio.kind);
}

/* ---- what is common ---- */

static const char *same(const char *common, const char *text)
{
    return common != NULL && strcmp(common, text) == 0 ? common : NULL;
}

static struct dlb_common find_common(const struct dlb_comparison *comparison)
{
    struct dlb_common common = {.mode = "", .cache_state = "", .data = ""};
    for (int i = 0; i < comparison->cell_count; i++) {
        const struct dlb_record *record = comparison->cells[i].record;
        const char *cache = dlb_comparison_cache(record);
        common.mode = i == 0 ? record->mode : same(common.mode, record->mode);
        common.cache_state = i == 0 ? cache : same(common.cache_state, cache);
        common.data = i == 0 ? record->data : same(common.data, record->data);
        common.threads = i == 0 || common.threads == record->threads ? record->threads : 0;
    }
    common.many_threads = comparison->many_threads && common.threads == 0;
    return common;
}

/* ---- cells ---- */

static void number(double ratio, char *buffer, size_t size)
{
    const int decimals = ratio < 1.9995 ? 3 : ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;
    if (ratio < 0.00995)
        snprintf(buffer, size, "%.2g", ratio);
    else
        snprintf(buffer, size, "%.*f", decimals, ratio);
}

void dlb_compare_ratio(double ratio, bool unicode, char *buffer, size_t size)
{
    char digits[400]; /* the largest double has 309 */
    number(ratio, digits, sizeof digits);
    snprintf(buffer, size, "%s%s", isfinite(ratio) ? digits : "",
             !isfinite(ratio) ? ""
             : unicode        ? "\xC3\x97"
                              : "x");
}

static void value_cell(const struct dlb_comparison *comparison,
                       const struct dlb_compared_cell *cell, char *buffer, size_t size)
{
    const char *unit = comparison->request.metric.unit;
    const double value = cell->value.median;
    char text[64];
    if (strcmp(unit, "ns") == 0)
        dlb_format_time(text, sizeof text, value);
    else if (strcmp(unit, "B") == 0)
        dlb_format_bytes(text, sizeof text, value);
    else if (strcmp(unit, "OP/s") == 0)
        dlb_format_si(text, sizeof text, value, dlb_report_ops_unit(cell->record->dtype));
    else if (strcmp(unit, "1") == 0)
        snprintf(text, sizeof text, "%.2g%%", 100 * value);
    else
        dlb_format_si(text, sizeof text, value, strcmp(unit, "1/s") == 0 ? "/s" : unit);
    snprintf(buffer, size, "%s%s", cell->exact ? "~" : "", text);
}

static void interval_cell(const struct dlb_compared_cell *cell, char *buffer, size_t size)
{
    char lo[400];
    char hi[400];
    buffer[0] = '\0';
    if (cell->ratio.kind == DLB_RATIO_NONE)
        return;
    number(cell->ratio.lo, lo, sizeof lo);
    number(cell->ratio.hi, hi, sizeof hi);
    snprintf(buffer, size, "%.40s .. %.40s%s", lo, hi,
             cell->ratio.kind == DLB_RATIO_RANGE ? "r" : "");
}

static int side_of(const struct dlb_compared_cell *cell)
{
    if (cell->ratio.kind == DLB_RATIO_NONE && !cell->exact)
        return 0;
    return (cell->ratio.lo > 1) - (cell->ratio.hi < 1);
}

static void add_word(char *buffer, size_t size, const char *word)
{
    const size_t used = strlen(buffer);
    snprintf(buffer + used, size - used, "%s%s", used > 0 ? ", " : "", word);
}

/* Flags that cast a doubt on a time; words that need no legend. */
static const char *const doubts[] = {"suspect", "noisy", "unsteady"};

/* Those of all cells, as bits: said once, not in every line. */
static unsigned find_shared(const struct dlb_comparison *comparison)
{
    unsigned shared = comparison->cell_count > 2 ? ~0u : 0;
    for (int i = 0; i < comparison->cell_count; i++)
        for (size_t j = 0; j < DLB_ARRAY_COUNT(doubts); j++)
            if (!dlb_record_has_flag(comparison->cells[i].record, doubts[j]))
                shared &= ~(1u << j);
    return shared;
}

static void add_doubts(const struct dlb_compare_plan *plan, const struct dlb_compared_cell *cell,
                       const char *whose, char *buffer, size_t size)
{
    char word[96];
    if (cell->stretched) {
        snprintf(word, sizeof word, "%sstretched by --slowdown", whose);
        add_word(buffer, size, word);
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(doubts); i++) {
        if ((plan->common.flags >> i & 1) != 0 || !dlb_record_has_flag(cell->record, doubts[i]))
            continue;
        snprintf(word, sizeof word, "%s%s", whose, doubts[i]);
        add_word(buffer, size, word);
    }
    if (cell->records > 1) {
        snprintf(word, sizeof word, "%s%d runs", whose, cell->records);
        add_word(buffer, size, word);
    }
}

static void notes_cell(const struct dlb_compare_plan *plan, const struct dlb_compared_cell *base,
                       const struct dlb_compared_cell *cell, char *buffer, size_t size)
{
    const bool is_base = cell == base;
    const int side = is_base ? 0 : side_of(cell);
    buffer[0] = '\0';
    if (is_base)
        add_word(buffer, size, "base");
    else if (side != 0)
        add_word(buffer, size, side > 0 ? "better" : "worse");
    else if (cell->ratio.kind == DLB_RATIO_NONE && !cell->exact)
        add_word(buffer, size, "one process each");
    if (cell->exact)
        add_word(buffer, size, dlb_comparison_evidence(cell->record));
    add_doubts(plan, cell, "", buffer, size);
    if (plan->wide && !is_base)
        add_doubts(plan, base, "base ", buffer, size);
}

int dlb_compare_line_count(const struct dlb_compare_plan *plan, int row)
{
    return plan->wide ? 1 : plan->comparison->rows[row].count;
}

void dlb_compare_line_of(const struct dlb_compare_plan *plan, int row, int index,
                         struct dlb_compare_line *line)
{
    const struct dlb_comparison *comparison = plan->comparison;
    const struct dlb_compared_cell *base = &comparison->cells[comparison->rows[row].first];
    const struct dlb_compared_cell *cell = plan->wide ? base + 1 : base + index;
    const size_t size = sizeof line->text[0];
    char(*text)[sizeof line->text[0]] = line->text;
    line->first = index == 0;
    line->side = cell == base ? 0 : side_of(cell);
    dlb_report_label(base->record, &plan->common, text[DLB_COMPARE_WORKLOAD], size);
    snprintf(text[DLB_COMPARE_DEVICE], size, "%s", base->record->device);
    dlb_text_shorten(text[DLB_COMPARE_COLUMN], size, comparison->columns[cell->column].label);
    value_cell(comparison, base, text[DLB_COMPARE_BASE], size);
    value_cell(comparison, cell, text[DLB_COMPARE_VALUE], size);
    text[DLB_COMPARE_RATIO][0] = text[DLB_COMPARE_INTERVAL][0] = '\0';
    if (cell != base) {
        dlb_compare_ratio(cell->ratio.ratio, plan->unicode, text[DLB_COMPARE_RATIO], size);
        interval_cell(cell, text[DLB_COMPARE_INTERVAL], size);
    }
    notes_cell(plan, base, cell, text[DLB_COMPARE_NOTES], size);
}

/* ---- the plan ---- */

struct dlb_compare_plan dlb_compare_plan_of(const struct dlb_comparison *comparison, bool unicode)
{
    struct dlb_compare_plan plan = {.comparison = comparison,
                                    .unicode = unicode,
                                    .wide = comparison->column_count == 2,
                                    .common = find_common(comparison)};
    const bool by_device = comparison->request.by == DLB_BY_DEVICE;
    plan.common.flags = find_shared(comparison);
    for (int i = 0; i < DLB_COMPARE_CELLS; i++)
        plan.shown[i] = true;
    plan.shown[DLB_COMPARE_DEVICE] = !by_device;
    plan.shown[DLB_COMPARE_COLUMN] = !plan.wide;
    plan.shown[DLB_COMPARE_BASE] = plan.wide;
    plan.shown[DLB_COMPARE_INTERVAL] = false;
    plan.shown[DLB_COMPARE_NOTES] = !plan.wide;
    for (int i = 0; i < comparison->row_count; i++) {
        for (int j = 0; j < dlb_compare_line_count(&plan, i); j++) {
            struct dlb_compare_line line;
            dlb_compare_line_of(&plan, i, j, &line);
            plan.shown[DLB_COMPARE_INTERVAL] |= line.text[DLB_COMPARE_INTERVAL][0] != '\0';
            plan.shown[DLB_COMPARE_NOTES] |= line.text[DLB_COMPARE_NOTES][0] != '\0';
        }
    }
    return plan;
}

void dlb_compare_heading(const struct dlb_compare_plan *plan, enum dlb_compare_cell cell,
                         char *buffer, size_t size)
{
    static const char *const headings[DLB_COMPARE_CELLS] = {"workload", "device", "",         "",
                                                            "",         "ratio",  "interval", ""};
    const struct dlb_comparison *comparison = plan->comparison;
    const int base = comparison->base;
    snprintf(buffer, size, "%s", headings[cell]);
    if (cell == DLB_COMPARE_COLUMN)
        snprintf(buffer, size, "%s", dlb_comparison_by_name(comparison->request.by));
    else if (cell == DLB_COMPARE_BASE)
        dlb_text_shorten(buffer, size, comparison->columns[base].label);
    else if (cell == DLB_COMPARE_VALUE && plan->wide)
        dlb_text_shorten(buffer, size, comparison->columns[1 - base].label);
    else if (cell == DLB_COMPARE_VALUE)
        snprintf(buffer, size, "%s", comparison->request.metric.name);
}

/* ---- sentences ---- */

static void append_circumstance(struct dlb_text *text, const char *value, const char *noun)
{
    if (value != NULL && value[0] != '\0')
        dlb_text_format(text, ", %s %s", value, noun);
}

void dlb_compare_caption(const struct dlb_compare_plan *plan, struct dlb_text *text)
{
    const struct dlb_comparison *comparison = plan->comparison;
    const struct dlb_comparison_metric *metric = &comparison->request.metric;
    char label[256];
    dlb_text_shorten(label, sizeof label, comparison->columns[comparison->base].label);
    dlb_text_format(text, "%s (%s, %s is better): median over processes", metric->name,
                    metric->unit, metric->higher ? "higher" : "lower");
    append_circumstance(text, plan->common.mode, "mode");
    append_circumstance(text, plan->common.cache_state, "cache");
    append_circumstance(text, plan->common.data, "data");
    if (plan->common.threads > 0)
        dlb_text_format(text, ", %d thread%s", plan->common.threads,
                        plan->common.threads > 1 ? "s" : "");
    dlb_text_format(text, "; ratio: how many times as good as %s, above 1 is better", label);
}

void dlb_compare_shared(const struct dlb_compare_plan *plan, struct dlb_text *text)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(doubts); i++)
        if ((plan->common.flags >> i & 1) != 0)
            dlb_text_format(text, "%s%s", text->size > 0 ? ", " : "all lines: ", doubts[i]);
}

void dlb_compare_origin(const struct dlb_comparison *comparison, int column, struct dlb_text *text)
{
    const struct dlb_compared_column *from = &comparison->columns[column];
    const struct dlb_comparison_source *source = &comparison->request.sources[from->sources[0]];
    const struct dlb_result *result = source->result;
    const char *git = dlb_report_member(result->tool, "git");
    const char *model = dlb_report_member(result->host, "cpu_model");
    char path[256];
    if (strcmp(source->path, from->label) != 0) /* the label stands before it */
        dlb_text_format(text, "%s: ", dlb_text_shorten(path, sizeof path, source->path));
    dlb_text_format(text, "dlbench %s", dlb_report_member(result->tool, "version"));
    if (git[0] != '\0')
        dlb_text_format(text, " (%s)", git);
    if (model[0] != '\0')
        dlb_text_format(text, ", %s", model);
    if (result->created_utc[0] != '\0')
        dlb_text_format(text, ", %s", result->created_utc);
    if (!result->complete)
        dlb_text_append(text, ", incomplete");
    if (from->source_count > 1)
        dlb_text_format(text, "; and %d more run%s, their processes put together",
                        from->source_count - 1, from->source_count > 2 ? "s" : "");
    for (int i = 0; i < column; i++) {
        const int other = comparison->columns[i].sources[0];
        const char *id = comparison->request.sources[other].result->run_id;
        if (other != from->sources[0] && id[0] != '\0' && strcmp(id, result->run_id) == 0) {
            dlb_text_format(text, "; the same run as %.200s", comparison->columns[i].label);
            break;
        }
    }
    if (column == comparison->base)
        dlb_text_append(text, " (the base)");
}

static bool has_kind(const struct dlb_comparison *comparison, enum dlb_ratio_kind kind)
{
    for (int i = 0; i < comparison->cell_count; i++)
        if (comparison->cells[i].ratio.kind == kind)
            return true;
    return false;
}

static bool has_published(const struct dlb_comparison *comparison)
{
    for (int i = 0; i < comparison->cell_count; i++)
        if (strcmp(comparison->cells[i].record->evidence, "published") == 0)
            return true;
    return false;
}

static bool has_exact(const struct dlb_comparison *comparison)
{
    for (int i = 0; i < comparison->cell_count; i++)
        if (comparison->cells[i].exact)
            return true;
    return false;
}

static bool has_stretched(const struct dlb_comparison *comparison)
{
    for (int i = 0; i < comparison->cell_count; i++)
        if (comparison->cells[i].stretched)
            return true;
    return false;
}

const char *dlb_compare_legend(const struct dlb_compare_plan *plan, int *position)
{
    const struct dlb_comparison *comparison = plan->comparison;
    const struct {
        bool told;
        const char *sentence;
    } sentences[] = {
        {has_kind(comparison, DLB_RATIO_INTERVAL),
         "interval: 95 %, of the order-statistic intervals of both medians, joined by MOVER on "
         "logarithms (Zou and Donner 2008)"},
        {has_kind(comparison, DLB_RATIO_RANGE),
         "r: from the least to the most that two processes make; an interval takes 6 processes on "
         "each side"},
        {has_exact(comparison), "~: predicted, not measured: the ratio is exact and has no spread"},
        {has_published(comparison),
         "published: told by others, for their libraries and inputs; nobody checked it here"},
        {has_stretched(comparison),
         "stretched by --slowdown: a time of no program, left out of the means"},
        {true, "better, worse: the interval (or range) lies beyond 1. This describes and gates "
               "nothing: sessions differ by themselves; dlbench check tells what is a change"},
    };
    while (*position < (int)DLB_ARRAY_COUNT(sentences)) {
        const int at = (*position)++;
        if (sentences[at].told)
            return sentences[at].sentence;
    }
    return NULL;
}

void dlb_compare_group_name(const struct dlb_compare_plan *plan,
                            const struct dlb_compared_group *group, struct dlb_text *text)
{
    const char *more[] = {plan->common.mode == NULL ? group->mode : "",
                          plan->common.cache_state == NULL ? group->cache_state : "",
                          plan->common.data == NULL ? group->data : "",
                          strcmp(group->evidence, "measured") != 0 ? group->evidence : ""};
    dlb_text_append(text, group->scope == DLB_SCOPE_ALL ? "all" : group->name);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(more); i++)
        if (more[i][0] != '\0')
            dlb_text_format(text, ", %s", more[i]);
}

void dlb_compare_group_words(const struct dlb_compare_plan *plan,
                             const struct dlb_compared_group *group, struct dlb_text *text)
{
    char least[32];
    char most[32];
    dlb_compare_ratio(group->least, plan->unicode, least, sizeof least);
    dlb_compare_ratio(group->most, plan->unicode, most, sizeof most);
    dlb_text_format(text, "%d case%s", group->cases, group->cases == 1 ? "" : "s");
    if (group->cases > 1)
        dlb_text_format(text, ", %s .. %s", least, most);
    dlb_text_format(text, "; %d better, %d worse, %d open", group->better, group->worse,
                    group->cases - group->better - group->worse);
}

void dlb_compare_note(const struct dlb_compare_plan *plan, const struct dlb_compared_note *note,
                      struct dlb_text *text)
{
    dlb_text_format(text, "%d case%s, %s: ", note->count, note->count == 1 ? "" : "s",
                    note->reason);
    for (int i = 0; i < note->count && i < LISTED_CASES; i++) {
        char label[256];
        dlb_report_label(note->records[i], &plan->common, label, sizeof label);
        dlb_text_format(text, "%s%s %s", i > 0 ? ", " : "", label, note->records[i]->device);
    }
    if (note->count > LISTED_CASES)
        dlb_text_format(text, ", and %d more", note->count - LISTED_CASES);
}
