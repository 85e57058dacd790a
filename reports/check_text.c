/* check_text.c: the answer of a check on a screen: who was compared, a table with the worst first, and what it comes to.
 *
 * Where a row does not fit, the case stands above its figures; where even these do not, the same is said in sentences. The words and
 * the order are check_words.c's; what to do about the undecided is worked out here from their spread. Colour only repeats what
 * words say. */
#include "reports/check_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/check_words.h"
#include "reports/paper.h"
#include "reports/report_sentences.h"

#define INDENT       4
#define STEP         2 /* of figures below their case */
#define LISTED_CASES 4 /* of cases with the same reason that are named */
#define LEAST_PAIRS  7 /* that `check` measures */

enum cell { VERDICT, CASE, DEVICE, CHANGE, INTERVAL, P, SEEN, PAIRS, CELLS };

struct row {
    char text[CELLS][256];
};

enum layout { ROWS, BELOW, SENTENCES }; /* BELOW: the figures below their case */

struct page {
    const struct dlb_result *result;
    struct dlb_paper paper;
    const struct dlb_verdict_row **rows; /* worst first; owned */
    bool shown[CELLS];
    int width[CELLS];
    enum layout layout;
};

/* ---- the head ---- */

static void put_side(struct page *page, const char *name, const char *member)
{
    struct dlb_text text = {0};
    dlb_check_side(page->result, member, &text);
    if (text.size > 0)
        dlb_paper_entry(&page->paper, name, 1, text.data);
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
}

static bool is_history(const struct dlb_result *result)
{
    return strcmp(dlb_report_member(result->check, "mode"), "history") == 0;
}

static void put_head(struct page *page)
{
    const struct dlb_result *result = page->result;
    struct dlb_text line = {0};
    dlb_text_format(&line, "dlbench check %s", dlb_report_member(result->tool, "version"));
    if (result->suite[0] != '\0')
        dlb_text_format(&line, ", suite %s", result->suite);
    dlb_text_format(&line, ", seed %llu, %s", (unsigned long long)result->seed,
                    result->created_utc);
    if (result->duration_s > 0)
        dlb_text_format(&line, ", took %.0f s", result->duration_s);
    dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
    dlb_paper_wrapped(&page->paper, line.data != NULL ? line.data : "", 0, INDENT);
    dlb_paper_uncolor(&page->paper);
    dlb_text_clear(&line);
    dlb_report_host(result, &line);
    if (line.size > 0)
        dlb_paper_wrapped(&page->paper, line.data, 0, INDENT);
    put_side(page, "A", "a");
    put_side(page, "B", "b");
    page->paper.out.failed |= line.failed;
    dlb_text_free(&line);
}

/* ---- the table ---- */

/* What was not compared is told below the table: it has no figures. */
static bool is_compared(const struct dlb_verdict_row *row)
{
    return row->verdict != DLB_VERDICT_INCOMPARABLE && row->verdict != DLB_VERDICT_MISSING &&
           row->verdict != DLB_VERDICT_NEW && row->verdict != DLB_VERDICT_NOT_MEASURED;
}

static const char *color_of(const struct dlb_verdict_row *row)
{
    switch (dlb_check_word_of(row)->level) {
    case DLB_CHECK_ERROR:
        return DLB_PAPER_RED;
    case DLB_CHECK_WARNING:
        return DLB_PAPER_YELLOW;
    default:
        return row->verdict == DLB_VERDICT_IMPROVED ? DLB_PAPER_GREEN : "";
    }
}

static void put_cell(struct page *page, struct row *row, enum cell cell, const char *raw)
{
    struct dlb_text clean = {0};
    dlb_report_clean(raw, page->paper.unicode, &clean);
    dlb_text_shorten(row->text[cell], sizeof row->text[cell], clean.data != NULL ? clean.data : "");
    page->paper.out.failed |= clean.failed;
    dlb_text_free(&clean);
}

static void put_change(const struct dlb_verdict_row *from, struct row *row)
{
    char lo[24];
    char hi[24];
    if (isfinite(from->effect))
        dlb_check_percent(row->text[CHANGE], sizeof row->text[CHANGE], from->effect);
    if (isfinite(from->ci_lo) && isfinite(from->ci_hi)) {
        dlb_check_percent(lo, sizeof lo, from->ci_lo);
        dlb_check_percent(hi, sizeof hi, from->ci_hi);
        snprintf(row->text[INTERVAL], sizeof row->text[INTERVAL], "%s .. %s", lo, hi);
    }
}

static void make_row(struct page *page, const struct dlb_verdict_row *from, struct row *row)
{
    memset(row, 0, sizeof *row);
    put_cell(page, row, VERDICT, dlb_check_word_of(from)->title);
    put_cell(page, row, CASE, dlb_check_name(from));
    put_cell(page, row, DEVICE, from->device);
    put_change(from, row);
    if (isfinite(from->p_holm))
        snprintf(row->text[P], sizeof row->text[P], "%.2g", from->p_holm);
    if (isfinite(from->mde90))
        snprintf(row->text[SEEN], sizeof row->text[SEEN], "%.1f %%", 100 * from->mde90);
    if (from->r2 > 0)
        snprintf(row->text[PAIRS], sizeof row->text[PAIRS], "%d+%d", from->r1, from->r2);
    else if (from->r1 > 0)
        snprintf(row->text[PAIRS], sizeof row->text[PAIRS], "%d", from->r1);
}

/* Does the cell have a column of its own? */
static bool is_laid_out(const struct page *page, int cell)
{
    return page->shown[cell] && (page->layout == ROWS || (cell != CASE && cell != DEVICE));
}

static bool fits(const struct page *page)
{
    int width = page->layout == ROWS ? -DLB_PAPER_GAP : STEP - DLB_PAPER_GAP;
    for (int i = 0; i < CELLS; i++)
        width += is_laid_out(page, i) ? page->width[i] + DLB_PAPER_GAP : 0;
    return width <= page->paper.columns;
}

static void make_headings(const struct page *page, struct row *row)
{
    static const char *const headings[CELLS] = {"verdict",      "case",     "device",    "change",
                                                "95% interval", "p (Holm)", "could see", "pairs"};
    for (int i = 0; i < CELLS; i++)
        snprintf(row->text[i], sizeof row->text[i], "%s", headings[i]);
    if (is_history(page->result))
        snprintf(row->text[PAIRS], sizeof row->text[PAIRS], "sessions");
}

/* Columns without a word in any row go; then p goes; then the case has a line of its own; then the table goes. */
static void plan_table(struct page *page)
{
    struct row row;
    struct row headings;
    make_headings(page, &headings);
    for (int i = 0; i < page->result->verdict_count; i++) {
        if (!is_compared(page->rows[i]))
            continue;
        make_row(page, page->rows[i], &row);
        for (int c = 0; c < CELLS; c++) {
            const int columns = dlb_text_columns(row.text[c]);
            page->shown[c] = page->shown[c] || columns > 0;
            page->width[c] = columns > page->width[c] ? columns : page->width[c];
        }
    }
    for (int c = 0; c < CELLS; c++) {
        const int columns = dlb_text_columns(headings.text[c]);
        page->width[c] = columns > page->width[c] ? columns : page->width[c];
    }
    if (!fits(page))
        page->shown[P] = false;
    while (page->layout < SENTENCES && !fits(page))
        page->layout++;
}

static void put_row(struct page *page, const struct row *row, const char *color)
{
    int owed = page->layout == ROWS ? 0 : STEP; /* spaces before the next cell */
    for (int c = 0; c < CELLS; c++) {
        if (!is_laid_out(page, c))
            continue;
        const int fill = page->width[c] - dlb_text_columns(row->text[c]);
        const bool left = c <= DEVICE;
        if (row->text[c][0] != '\0') {
            dlb_paper_spaces(&page->paper, owed + (left ? 0 : fill));
            owed = left ? fill : 0;
            if (c == VERDICT && color[0] != '\0')
                dlb_paper_color(&page->paper, color);
            dlb_text_append(&page->paper.out, row->text[c]);
            if (c == VERDICT && color[0] != '\0')
                dlb_paper_uncolor(&page->paper);
        } else {
            owed += page->width[c];
        }
        owed += DLB_PAPER_GAP;
    }
    dlb_text_append(&page->paper.out, "\n");
}

/* Below the row: what a figure cannot say. */
static void put_reason(struct page *page, const struct dlb_verdict_row *from)
{
    struct dlb_text text = {0};
    if (from->slowdown)
        dlb_text_append(&text, "a trial: slowed down on purpose");
    if (from->reason[0] != '\0')
        dlb_text_format(&text, "%s%s", text.size > 0 ? "; " : "", from->reason);
    if (text.size > 0) {
        dlb_paper_spaces(&page->paper, INDENT);
        dlb_paper_wrapped(&page->paper, text.data, INDENT, INDENT);
    }
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
}

/* A line with the case; `before`: the verdict, or nothing. */
static void put_case(struct page *page, const struct dlb_verdict_row *from, const char *before,
                     const char *color)
{
    struct dlb_text text = {0};
    dlb_text_format(&text, "%s%s%s on %s", before, before[0] != '\0' ? ": " : "",
                    dlb_check_name(from), from->device);
    dlb_paper_color(&page->paper, color);
    dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", 0, INDENT);
    dlb_paper_uncolor(&page->paper);
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
}

static void put_sentence(struct page *page, const struct dlb_verdict_row *from)
{
    struct dlb_text text = {0};
    put_case(page, from, dlb_check_word_of(from)->title, color_of(from));
    dlb_check_sentence(from, &text);
    dlb_paper_spaces(&page->paper, INDENT);
    dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", INDENT, INDENT);
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
}

static void put_headings(struct page *page)
{
    struct row row;
    dlb_text_append(&page->paper.out, "\n");
    if (page->layout == SENTENCES)
        return;
    make_headings(page, &row);
    dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
    put_row(page, &row, "");
    dlb_paper_uncolor(&page->paper);
}

static void put_compared(struct page *page, const struct dlb_verdict_row *from)
{
    struct row row;
    if (page->layout == SENTENCES) {
        put_sentence(page, from);
        return;
    }
    if (page->layout == BELOW)
        put_case(page, from, "", "");
    make_row(page, from, &row);
    put_row(page, &row, color_of(from));
    put_reason(page, from);
}

static void put_table(struct page *page)
{
    bool any = false;
    plan_table(page);
    for (int i = 0; i < page->result->verdict_count; i++) {
        if (!is_compared(page->rows[i]))
            continue;
        if (!any)
            put_headings(page);
        any = true;
        put_compared(page, page->rows[i]);
    }
}

/* ---- what was not compared ---- */

/* What stands behind op and type in "conv: bf16: through OpenBLAS it is f32 only": the names of the cases tell these. */
static const char *core_of(const struct dlb_verdict_row *row)
{
    const char *core = row->reason;
    for (const char *colon = strstr(core, ": "); row->neither && colon != NULL;
         colon = strstr(core, ": ")) {
        if (strcspn(core, " ") < (size_t)(colon - core))
            break;
        core = colon + 2;
    }
    return core;
}

static bool is_same_note(const struct dlb_verdict_row *a, const struct dlb_verdict_row *b)
{
    return dlb_check_word_of(a) == dlb_check_word_of(b) && strcmp(core_of(a), core_of(b)) == 0;
}

/* The whole reason, where all rows with the note of row `first` have the same. */
static const char *reason_of(const struct page *page, int first)
{
    const struct dlb_verdict_row *from = page->rows[first];
    if (from->reason[0] == '\0')
        return dlb_check_word_of(from)->meaning;
    for (int i = first; i < page->result->verdict_count; i++)
        if (is_same_note(from, page->rows[i]) && strcmp(from->reason, page->rows[i]->reason) != 0)
            return core_of(from);
    return from->reason;
}

static const char *device_of(const struct dlb_verdict_row *row)
{
    return row->device;
}

/* What the rows with the note of row `first` say of this part, each once, at most `most` of them. */
static void list_parts(const struct page *page, int first,
                       const char *(*part)(const struct dlb_verdict_row *row), int most,
                       struct dlb_text *text)
{
    int count = 0;
    for (int i = first; i < page->result->verdict_count; i++) {
        bool fresh = is_same_note(page->rows[first], page->rows[i]);
        for (int j = first; j < i && fresh; j++)
            fresh = !is_same_note(page->rows[first], page->rows[j]) ||
                    strcmp(part(page->rows[j]), part(page->rows[i])) != 0;
        if (!fresh)
            continue;
        if (count < most)
            dlb_text_format(text, "%s%s", count > 0 ? ", " : "", part(page->rows[i]));
        count++;
    }
    if (count > most)
        dlb_text_format(text, " and %d more", count - most);
}

/* "not measured on onednn:0: gemm 8x8x8, conv ... and 3 more: the budget was over" */
static void put_note(struct page *page, int first)
{
    const struct dlb_verdict_row *from = page->rows[first];
    struct dlb_text text = {0};
    dlb_text_format(&text, "%s on ", dlb_check_word_of(from)->title);
    list_parts(page, first, device_of, LISTED_CASES, &text);
    dlb_text_append(&text, ": ");
    list_parts(page, first, dlb_check_name, LISTED_CASES, &text);
    dlb_text_format(&text, ": %s", reason_of(page, first));
    dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", 0, INDENT);
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
}

static void put_notes(struct page *page)
{
    bool any = false;
    for (int i = 0; i < page->result->verdict_count; i++) {
        bool told = is_compared(page->rows[i]);
        for (int j = 0; j < i && !told; j++)
            told = is_same_note(page->rows[j], page->rows[i]);
        if (told)
            continue;
        if (!any)
            dlb_text_append(&page->paper.out, "\n");
        any = true;
        put_note(page, i);
    }
}

/* ---- what it comes to ---- */

static double rule_number(const struct dlb_result *result, const char *name, double otherwise)
{
    const json_t *rule = json_object_get(result->check, "rule");
    const json_t *value = json_object_get(rule, name);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

/* As far as the file tells it. */
static struct dlb_rule rule_of(const struct dlb_result *result)
{
    struct dlb_rule rule = dlb_rule_default;
    rule.first_pairs = LEAST_PAIRS;
    rule.rated = rule_number(result, "rated", rule.rated);
    rule.alpha = rule_number(result, "alpha", rule.alpha);
    return rule;
}

/* `sd` and `had` are the largest spread and the most pairs of an undecided case; `candidates`: in whose company it was judged. */
static void add_remedy(const struct dlb_result *result, double sd, int had, int candidates,
                       struct dlb_text *text)
{
    const struct dlb_rule rule = rule_of(result);
    const int pairs = dlb_rule_pairs_needed(&rule, sd, candidates);
    if (!isfinite(sd)) {
        dlb_text_append(text, "; more --pairs or a larger --budget may decide them");
    } else if (pairs > 0 && pairs <= had) {
        dlb_text_format(text,
                        "; the pairs differ by %.1f %% at most, which is little enough: what was "
                        "in the way stands with each case, else the change is near a limit. "
                        "Repeat it with more than %d --pairs, on a quiet machine (dlbench doctor)",
                        100 * sd, had);
    } else if (pairs > 0) {
        dlb_text_format(text,
                        "; the pairs differ by up to %.1f %%: with --pairs %d a change of %.3g %% "
                        "shows",
                        100 * sd, pairs, 100 * rule.rated);
    } else {
        dlb_text_format(
            text,
            "; the pairs differ by up to %.1f %%: no number of pairs shows %.3g %% here, %d show "
            "%.1f %%. Quieten the machine (dlbench doctor), make the processes longer (--max-time) "
            "or take that as --rated",
            100 * sd, 100 * rule.rated, DLB_PAIRS_MAX,
            100 * dlb_rule_mde90(&rule, sd, DLB_PAIRS_MAX, candidates));
    }
}

static void put_advice(struct page *page)
{
    const struct dlb_result *result = page->result;
    struct dlb_text text = {0};
    int open = 0;
    int had = 0;
    int candidates = 0;
    double sd = NAN;
    for (int i = 0; i < result->verdict_count; i++) {
        const struct dlb_verdict_row *row = &result->verdicts[i];
        candidates += row->r2 > 0;
        if (row->verdict == DLB_VERDICT_INCONCLUSIVE) {
            open++;
            sd = fmax(sd, row->sd_pair); /* the number, where one is NaN */
            had = row->r1 > had ? row->r1 : had;
        }
    }
    if (open == 0)
        return;
    dlb_text_format(&text, "%d inconclusive: neither a slowdown nor its absence is shown", open);
    if (is_history(result))
        dlb_text_append(&text, "; past sessions tell little: a paired check (--a OLD --b NEW) on "
                               "one machine tells more");
    else
        add_remedy(result, sd, had, candidates > 0 ? candidates : 1, &text);
    dlb_paper_color(&page->paper, DLB_PAPER_YELLOW);
    dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", 0, INDENT);
    dlb_paper_uncolor(&page->paper);
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
}

/* Was the variable set for the check, and so for both of its sides? In mode history there is one. */
static bool is_around(const struct dlb_result *result)
{
    const json_t *environment = json_object_get(result->settings, "environment");
    return dlb_report_member(environment, "DLBENCH_SLOWDOWN")[0] != '\0' &&
           strcmp(dlb_report_member(result->check, "mode"), "paired") == 0;
}

static void put_trial(struct page *page)
{
    struct dlb_text text = {0};
    int count = 0;
    for (int i = 0; i < page->result->verdict_count; i++)
        count += page->result->verdicts[i].slowdown;
    if (count == 0)
        return;
    dlb_text_format(&text,
                    "ATTENTION: %d case%s slowed down on purpose (DLBENCH_SLOWDOWN or "
                    "--slowdown): this is a trial and says nothing of the programs%s",
                    count, count == 1 ? " was" : "s were",
                    is_around(page->result) ? "; DLBENCH_SLOWDOWN was set for the check itself, "
                                              "which slows A and B down alike"
                                            : "");
    dlb_paper_color(&page->paper, DLB_PAPER_RED);
    dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", 0, INDENT);
    dlb_paper_uncolor(&page->paper);
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
}

/* The worst that is there; the counts follow. */
static const char *answer_of(const struct page *page)
{
    bool any = false;
    bool decided = false;
    for (int i = 0; i < page->result->verdict_count; i++) {
        if (page->rows[i]->verdict == DLB_VERDICT_FAILED)
            return "FAILED";
        if (page->rows[i]->verdict == DLB_VERDICT_REGRESSED)
            return "REGRESSED";
        any = any || is_compared(page->rows[i]);
        decided = decided || (is_compared(page->rows[i]) &&
                              page->rows[i]->verdict != DLB_VERDICT_INCONCLUSIVE);
    }
    if (!any)
        return "nothing was compared";
    if (!page->result->complete && !decided) /* stopped before it could find one */
        return "nothing was decided";
    return "no regression found";
}

static void put_end(struct page *page)
{
    struct dlb_text text = {0};
    dlb_text_format(&text, "%s: ", answer_of(page));
    dlb_check_counts(page->result, &text);
    dlb_text_append(&page->paper.out, "\n");
    dlb_paper_color(&page->paper, DLB_PAPER_BOLD);
    dlb_paper_wrapped(&page->paper, text.data != NULL ? text.data : "", 0, INDENT);
    dlb_paper_uncolor(&page->paper);
    page->paper.out.failed |= text.failed;
    dlb_text_free(&text);
    put_advice(page);
    put_trial(page);
    if (!page->result->complete) {
        const char *reason = page->result->reason;
        dlb_paper_color(&page->paper, DLB_PAPER_YELLOW);
        dlb_text_append(&page->paper.out, "incomplete: ");
        dlb_paper_wrapped(&page->paper, reason[0] != '\0' ? reason : "the check has not ended", 12,
                          INDENT);
        dlb_paper_uncolor(&page->paper);
    }
}

enum dlb_status dlb_check_text(const struct dlb_result *result,
                               const struct dlb_report_options *options, FILE *stream,
                               struct dlb_why *why)
{
    struct page page = {.result = result, .paper = dlb_paper_new(options)};
    const enum dlb_status status = dlb_check_sort(result, &page.rows);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for the report");
    put_head(&page);
    put_table(&page);
    put_notes(&page);
    put_end(&page);
    free((void *)page.rows);
    return dlb_paper_print(&page.paper, stream, why);
}
