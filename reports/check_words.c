/* check_words.c: the table of verdicts in words, and sentences made from a row.
 *
 * No format is known here: check_escape.c makes the texts fit for each, check_NAME.c writes it. */
#include "reports/check_words.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "reports/report_sentences.h"

static const struct dlb_check_word words[DLB_VERDICT_COUNT] = {
    [DLB_VERDICT_FAILED] = {0, DLB_CHECK_ERROR, true, "failed",
                            "A side crashed, hung or gave a wrong answer.",
                            "Run the case alone with dlbench run -w to see why."},
    [DLB_VERDICT_REGRESSED] = {1, DLB_CHECK_ERROR, true, "regressed",
                               "Slower by at least the tolerance, confirmed in fresh pairs.",
                               "Look at what changed between A and B; if the price is meant, say "
                               "so with a larger --tolerance for this change."},
    [DLB_VERDICT_INCONCLUSIVE] = {2, DLB_CHECK_WARNING, true, "inconclusive",
                                  "The pairs differ too much to call it equal or slower.",
                                  "Repeat it on a quieter machine or with a larger --budget; the "
                                  "smallest visible change says how far off it was."},
    [DLB_VERDICT_INCOMPARABLE] =
        {3, DLB_CHECK_WARNING, true, "incomparable", "The two sides do not measure the same thing.",
         "Compare on the same device with the same version of the workload, "
         "or save a new baseline."},
    [DLB_VERDICT_MISSING] =
        {4, DLB_CHECK_WARNING, true, "missing", "Only A has this case.",
         "If it was not removed on purpose, its backend or its device is gone."},
    [DLB_VERDICT_NOT_MEASURED] = {5, DLB_CHECK_WARNING, true, "not measured",
                                  "The budget was over before it.",
                                  "Raise --budget, or check fewer cases."},
    [DLB_VERDICT_SLOWER_WITHIN_TOLERANCE] =
        {6, DLB_CHECK_NOTICE, true, "slower within tolerance",
         "Slower, but by less than the tolerance.",
         "Nothing now; watch the trend, as small steps add up."},
    [DLB_VERDICT_IMPROVED] = {7, DLB_CHECK_NOTICE, false, "improved",
                              "Faster by at least the tolerance, confirmed in fresh pairs.",
                              "Save a new baseline if you keep one."},
    [DLB_VERDICT_NEW] = {8, DLB_CHECK_NONE, false, "new", "Only B has this case.",
                         "It is compared from the next check on."},
    [DLB_VERDICT_FASTER_WITHIN_TOLERANCE] = {9, DLB_CHECK_NONE, false, "faster within tolerance",
                                             "Faster, but by less than the tolerance.", ""},
    [DLB_VERDICT_PASS] = {10, DLB_CHECK_NONE, false, "pass",
                          "No slowdown of the size that this check promises to see.", ""},
};

/* The last of all ranks: not_measured, but nothing that a larger budget or anybody else could change. */
static const struct dlb_check_word neither = {
    DLB_VERDICT_COUNT, DLB_CHECK_NONE, false, "unsupported", "Neither side can run it.", ""};

const struct dlb_check_word *dlb_check_word(enum dlb_verdict verdict)
{
    return &words[verdict];
}

const struct dlb_check_word *dlb_check_word_of(const struct dlb_verdict_row *row)
{
    return row->neither ? &neither : &words[row->verdict];
}

enum dlb_check_level dlb_check_level(const struct dlb_verdict_row *row,
                                     const struct dlb_check_output_options *options)
{
    const bool may_differ =
        row->verdict == DLB_VERDICT_INCONCLUSIVE && !dlb_verdict_lacks_sessions(row);
    if (may_differ && options->inconclusive_fails)
        return DLB_CHECK_ERROR;
    if (may_differ && options->inconclusive_passes)
        return DLB_CHECK_NONE;
    return dlb_check_word_of(row)->level;
}

bool dlb_check_is_finding(const struct dlb_verdict_row *row,
                          const struct dlb_check_output_options *options)
{
    return dlb_check_word_of(row)->finding && dlb_check_level(row, options) != DLB_CHECK_NONE;
}

/* ---- the order ---- */

static int compare_rows(const void *left, const void *right)
{
    const struct dlb_verdict_row *a = *(const struct dlb_verdict_row *const *)left;
    const struct dlb_verdict_row *b = *(const struct dlb_verdict_row *const *)right;
    const int ranks = dlb_check_word_of(a)->rank - dlb_check_word_of(b)->rank;
    if (ranks != 0)
        return ranks;
    const double change_a = isfinite(a->effect) ? fabs(a->effect) : -1;
    const double change_b = isfinite(b->effect) ? fabs(b->effect) : -1;
    if (change_a < change_b || change_a > change_b)
        return change_a > change_b ? -1 : 1;
    return (a > b) - (a < b); /* one array: as in the file */
}

enum dlb_status dlb_check_sort(const struct dlb_result *result,
                               const struct dlb_verdict_row ***rows)
{
    const size_t count = (size_t)result->verdict_count;
    const struct dlb_verdict_row **sorted = calloc(count + 1, sizeof *sorted);
    if (sorted == NULL)
        return DLB_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &result->verdicts[i];
    qsort(sorted, count, sizeof *sorted, compare_rows);
    *rows = sorted;
    return DLB_OK;
}

/* ---- sentences ---- */

static int count_of(const struct dlb_result *result, const struct dlb_check_word *word)
{
    int count = 0;
    for (int i = 0; i < result->verdict_count; i++)
        count += dlb_check_word_of(&result->verdicts[i]) == word;
    return count;
}

/* Every rank has a word. */
static const struct dlb_check_word *word_of_rank(int rank)
{
    int verdict = 0;
    while (verdict < DLB_VERDICT_COUNT && words[verdict].rank != rank)
        verdict++;
    return verdict < DLB_VERDICT_COUNT ? &words[verdict] : &neither;
}

void dlb_check_counts(const struct dlb_result *result, struct dlb_text *text)
{
    const char *between = "";
    for (int rank = 0; rank <= DLB_VERDICT_COUNT; rank++) {
        const struct dlb_check_word *word = word_of_rank(rank);
        const int count = count_of(result, word);
        if (count == 0)
            continue;
        dlb_text_format(text, "%s%d %s", between, count, word->title);
        between = ", ";
    }
    dlb_text_format(text, "%s%d case%s", between[0] != '\0' ? " of " : "", result->verdict_count,
                    result->verdict_count == 1 ? "" : "s");
}

void dlb_check_answer(const struct dlb_result *result, struct dlb_text *text)
{
    const int regressed = count_of(result, &words[DLB_VERDICT_REGRESSED]);
    const int failed = count_of(result, &words[DLB_VERDICT_FAILED]);
    const int open = count_of(result, &words[DLB_VERDICT_INCONCLUSIVE]);
    const int passed = count_of(result, &words[DLB_VERDICT_PASS]) +
                       count_of(result, &words[DLB_VERDICT_IMPROVED]) +
                       count_of(result, &words[DLB_VERDICT_SLOWER_WITHIN_TOLERANCE]) +
                       count_of(result, &words[DLB_VERDICT_FASTER_WITHIN_TOLERANCE]);
    if (failed > 0)
        dlb_text_format(text, "%d failed%s", failed, regressed > 0 ? ", " : "");
    if (regressed > 0)
        dlb_text_format(text, "%d slower", regressed);
    if (failed + regressed > 0)
        return;
    if (open + passed == 0)
        dlb_text_append(text, "nothing was compared");
    else if (!result->complete && passed == 0)
        dlb_text_append(text, "nothing was decided");
    else if (open > 0)
        dlb_text_format(text, "no regression found, %d inconclusive", open);
    else
        dlb_text_append(text, "no regression found");
}

void dlb_check_percent(char *buffer, size_t size, double value)
{
    if (isfinite(value))
        snprintf(buffer, size, fabs(value) < 1e4 ? "%+.1f %%" : "%+.3g %%", 100 * value);
    else
        snprintf(buffer, size, "none");
}

const char *dlb_check_name(const struct dlb_verdict_row *row)
{
    return row->label[0] != '\0' ? row->label : row->key;
}

/* "14.2 % slower (95 % interval +13.0 % to +15.6 %)" */
static void add_effect(const struct dlb_verdict_row *row, struct dlb_text *text)
{
    char lo[24], hi[24];
    dlb_text_format(text, "%.1f %% %s", 100 * fabs(row->effect),
                    row->effect < 0 ? "faster" : "slower");
    if (!isfinite(row->ci_lo) || !isfinite(row->ci_hi))
        return;
    dlb_check_percent(lo, sizeof lo, row->ci_lo);
    dlb_check_percent(hi, sizeof hi, row->ci_hi);
    dlb_text_format(text, " (95 %% interval %s to %s)", lo, hi);
}

void dlb_check_sentence(const struct dlb_verdict_row *row, struct dlb_text *text)
{
    if (row->slowdown)
        dlb_text_append(text, "a trial with an injected slowdown: ");
    if (isfinite(row->effect)) {
        add_effect(row, text);
        if (isfinite(row->median_a_ns) && isfinite(row->median_b_ns)) {
            char a[24], b[24];
            dlb_format_time(a, sizeof a, row->median_a_ns);
            dlb_format_time(b, sizeof b, row->median_b_ns);
            dlb_text_format(text, ", %s -> %s", a, b);
        }
        if (isfinite(row->p_holm))
            dlb_text_format(text, ", Holm p %.2g", row->p_holm);
        else if (isfinite(row->p))
            dlb_text_format(text, ", p %.2g", row->p);
        const int pairs = row->stage == 2 ? row->r2 : row->r1;
        if (pairs > 0)
            dlb_text_format(text, ", %d pair%s", pairs, pairs == 1 ? "" : "s");
        if (isfinite(row->mde90))
            dlb_text_format(text, "; this check could see %.1f %%", 100 * row->mde90);
    }
    if (row->reason[0] != '\0')
        dlb_text_format(text, "%s%s", isfinite(row->effect) ? "; " : "", row->reason);
    else if (!isfinite(row->effect))
        dlb_text_append(text, dlb_check_word_of(row)->meaning);
}

/* ---- identity ---- */

void dlb_check_fingerprint(const struct dlb_verdict_row *row, char *buffer, size_t size)
{
    char text[sizeof row->key + 40];
    snprintf(text, sizeof text, "%s|%s", dlb_verdict_name(row->verdict), row->key);
    snprintf(buffer, size, "%016" PRIx64, dlb_hash_text(text));
}

bool dlb_check_is_location(const char *path)
{
    if (path[0] == '\0' || path[0] == '/')
        return false;
    for (const char *part = path; *part != '\0';) {
        const size_t length = strcspn(part, "/");
        if (length == 2 && strncmp(part, "..", 2) == 0)
            return false;
        part += length + (part[length] == '/');
    }
    return true;
}

/* No file has this name: letters, digits and signs that no format has to escape, the rest becomes '_'. */
static void append_suite(const char *suite, struct dlb_text *text)
{
    dlb_text_append(text, "dlbench/");
    for (const char *c = suite; *c != '\0'; c++) {
        const bool safe = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                          (*c >= '0' && *c <= '9') || strchr("/_-~", *c) != NULL ||
                          (*c == '.' && c[1] != '.');
        dlb_text_append_bytes(text, safe ? c : "_", 1);
    }
}

void dlb_check_location(const struct dlb_result *result,
                        const struct dlb_check_output_options *options, struct dlb_text *text)
{
    const char *given = options->location;
    while (given != NULL && strncmp(given, "./", 2) == 0)
        given += 2;
    if (given != NULL && dlb_check_is_location(given))
        dlb_text_append(text, given);
    else
        append_suite(result->suite[0] != '\0' ? result->suite : "check", text);
}

void dlb_check_side(const struct dlb_result *result, const char *side, struct dlb_text *text)
{
    static const struct {
        const char *member, *before, *after;
    } parts[] = {
        {"program", "", ""}, {"version", "", ""}, {"git", "(", ")"}, {"backends", "with ", ""}};
    const json_t *about = json_object_get(result->check, side);
    const char *between = "";
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++) {
        const char *value = dlb_report_member(about, parts[i].member);
        if (value[0] == '\0')
            continue;
        dlb_text_format(text, "%s%s%s%s", between, parts[i].before, value, parts[i].after);
        between = " ";
    }
}
