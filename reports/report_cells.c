/* report_cells.c: how records are put into words for people: the cells of a row, flags and their meaning, who is fastest.
 *
 * Nothing is laid out here: report_text.c and report_md.c do that. */
#include "reports/report_cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/stats/summary.h"

/* ---- what all have in common ---- */

static const char *same(const char *common, const char *text)
{
    return common != NULL && strcmp(common, text) == 0 ? common : NULL;
}

struct dlb_common dlb_report_common(const struct dlb_result *result)
{
    if (result->record_count == 0)
        return (struct dlb_common){"", "", "", 0};
    const struct dlb_record *first = &result->records[0];
    struct dlb_common common = {first->mode, first->cache_state, first->data, first->threads};
    for (int i = 1; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        common.mode = same(common.mode, record->mode);
        common.cache_state = same(common.cache_state, record->cache_state);
        common.data = same(common.data, record->data);
        common.threads = record->threads == common.threads ? common.threads : 0;
    }
    return common;
}

static void append_circumstance(struct dlb_text *text, const char *value, const char *noun)
{
    if (value != NULL && value[0] != '\0')
        dlb_text_format(text, ", %s %s", value, noun);
}

void dlb_report_caption(const struct dlb_common *common, struct dlb_text *text)
{
    dlb_text_append(text, "time per call: median over invocations");
    append_circumstance(text, common->mode, "mode");
    append_circumstance(text, common->cache_state, "cache");
    append_circumstance(text, common->data, "data");
    if (common->threads > 0)
        dlb_text_format(text, ", %d thread%s", common->threads, common->threads > 1 ? "s" : "");
}

/* True when `word` stands in `text` by itself. */
static bool has_word(const char *text, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = strstr(text, word); at != NULL && length > 0; at = strstr(at + 1, word)) {
        const bool begins = at == text || at[-1] == ' ' || at[-1] == '=';
        if (begins && (at[length] == '\0' || at[length] == ' '))
            return true;
    }
    return false;
}

void dlb_report_label(const struct dlb_record *record, const struct dlb_common *common,
                      char *buffer, size_t size)
{
    const char *label = record->label[0] != '\0' ? record->label : record->problem;
    const char *words[] = {
        has_word(label, record->dtype) ? "" : record->dtype,
        common->mode == NULL ? record->mode : "",
        common->cache_state == NULL ? record->cache_state : "",
        common->data == NULL ? record->data : "",
    };
    size_t used = (size_t)snprintf(buffer, size, "%s", label[0] != '\0' ? label : record->key);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(words) && used < size; i++)
        if (words[i][0] != '\0')
            used += (size_t)snprintf(buffer + used, size - used, " %s", words[i]);
}

/* ---- flags ---- */

/* What the table prints for a flag, and what it means. The spread's letters are words like the flags. */
static const struct word {
    const char *flag, *shown, *meaning;
} words[] = {
    {"noisy", "noisy", "the machine was busy with other work; repeat when it is idle"},
    {"single_invocation", "single", "one invocation only: how far processes differ is not known"},
    {"unsteady", "unsteady", "times were still changing when the warm-up had to end"},
    {"budget", "budget", "the time was up before the interval was as narrow as asked"},
    {"timer_limited", "timer", "a call takes less than 100 steps of the clock"},
    {"cold_downgraded", "not-cold", "cold was asked for, but the caches may hold the data"},
    {"reference_kernel", "ref-kernel", "the library chose a slow reference kernel of its own"},
    {"slowdown", "slowdown", "every sample was stretched on purpose, to test dlbench"},
    {"suspect", "suspect", "the number contradicts another one; do not rely on it"},
};

static const struct word kinds[] = {
    {"range", "r",
     "\xC2\xB1 reaches over all invocations, too few of them (below 6) for a 95 % interval"},
    {"within", "w",
     "\xC2\xB1 is the 95 % interval inside one process; the next process may differ by more"},
};

static const char *flag_shown(const char *flag)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(words); i++)
        if (strcmp(words[i].flag, flag) == 0)
            return words[i].shown;
    return flag;
}

static bool occurs(const struct dlb_ranking *ranking, const struct word *word, bool is_kind)
{
    for (int i = 0; i < ranking->row_count; i++) {
        const struct dlb_record *record = ranking->rows[i].record;
        if (is_kind ? strcmp(record->summary.ci_kind, word->flag) == 0
                    : dlb_record_has_flag(record, word->flag))
            return true;
    }
    return false;
}

static bool any_unmeasured(const struct dlb_ranking *ranking)
{
    for (int i = 0; i < ranking->row_count; i++)
        if (!ranking->rows[i].measured)
            return true;
    return false;
}

const char *dlb_report_legend(const struct dlb_ranking *ranking, const bool shown[DLB_CELLS],
                              int *position, const char **name)
{
    const int kind_count = (int)DLB_ARRAY_COUNT(kinds);
    const int count = kind_count + (int)DLB_ARRAY_COUNT(words);
    for (; *position < count; (*position)++) {
        const bool is_kind = *position < kind_count;
        const struct word *word = is_kind ? &kinds[*position] : &words[*position - kind_count];
        if ((is_kind && !shown[DLB_CELL_SPREAD]) || !occurs(ranking, word, is_kind))
            continue;
        (*position)++;
        *name = word->shown;
        return word->meaning;
    }
    if ((*position)++ == count && any_unmeasured(ranking)) {
        *name = "~";
        return "not measured on a device, therefore not ranked; the last column says what it is";
    }
    return NULL;
}

/* Evidence first: it is the first thing to know about a number. */
static void flags_cell(const struct dlb_record *record, char *cell, size_t size)
{
    const bool measured = record->evidence[0] == '\0' || strcmp(record->evidence, "measured") == 0;
    size_t used = (size_t)snprintf(cell, size, "%s", measured ? "" : record->evidence);
    for (int i = 0; i < record->flag_count && used < size; i++) {
        if (strcmp(record->flags[i], "modelled") == 0 && !measured)
            continue;
        used += (size_t)snprintf(cell + used, size - used, "%s%s", used > 0 ? " " : "",
                                 flag_shown(record->flags[i]));
    }
}

/* ---- cells ---- */

static void percent(char *cell, size_t size, const char *before, double fraction, const char *after)
{
    const double value = 100 * fraction;
    const int decimals = value < 0.0995 ? 2 : value < 9.95 ? 1 : 0;
    snprintf(cell, size, "%s%.*f%%%s", before, decimals, value, after);
}

static void spread_cell(const struct dlb_record *record, bool unicode, char *cell, size_t size)
{
    const struct dlb_summary *summary = &record->summary;
    const double reach =
        fmax(summary->ci_hi_ns - summary->median_ns, summary->median_ns - summary->ci_lo_ns);
    cell[0] = '\0';
    if (!isfinite(reach))
        return;
    const char *kind = "";
    for (size_t i = 0; i < DLB_ARRAY_COUNT(kinds); i++)
        if (strcmp(kinds[i].flag, summary->ci_kind) == 0)
            kind = kinds[i].shown;
    percent(cell, size, unicode ? "\xC2\xB1" : "+-", reach / summary->median_ns, kind);
}

/* Invocations that count x samples in each (the median of their numbers). */
static void count_cell(const struct dlb_record *record, bool unicode, char *cell, size_t size)
{
    double samples[64];
    int total = 0, used = 0;
    for (int pass = 0; pass < 2 && total == 0; pass++) /* all noisy: then these count */
        for (int i = 0; i < record->invocation_count; i++) {
            const struct dlb_invocation *invocation = &record->invocations[i];
            if (invocation->gated && pass == 0)
                continue;
            total++;
            if (used < (int)DLB_ARRAY_COUNT(samples))
                samples[used++] = (double)invocation->n;
        }
    cell[0] = '\0';
    if (total > 0)
        snprintf(cell, size, "%d%s%.0f", total, unicode ? "\xC3\x97" : "x",
                 floor(dlb_median(samples, used)));
}

/* Integer types do no floating-point operations. */
static const char *ops_unit(const char *dtype)
{
    return dtype[0] == 's' || dtype[0] == 'u' ? "OP/s" : "FLOP/s";
}

/* Networks in items, ops in operations; what computes nothing (a copy, a pooling) in bytes. */
static void rate_cell(const struct dlb_record *record, char *cell, size_t size)
{
    const struct dlb_summary *summary = &record->summary;
    cell[0] = '\0';
    if (dlb_record_is_model(record) && summary->items_per_s > 0)
        dlb_format_si(cell, size, summary->items_per_s, "item/s");
    else if (summary->ops_per_s > 0)
        dlb_format_si(cell, size, summary->ops_per_s, ops_unit(record->dtype));
    else if (summary->bytes_per_s > 0)
        dlb_format_si(cell, size, summary->bytes_per_s, "B/s");
}

void dlb_report_cells(const struct dlb_ranking *ranking, const struct dlb_row *row,
                      const struct dlb_common *common, bool unicode, struct dlb_cells *cells)
{
    const struct dlb_record *record = row->record;
    const size_t size = sizeof cells->text[0];
    char time[32];
    dlb_report_label(record, common, cells->text[DLB_CELL_WORKLOAD], size);
    snprintf(cells->text[DLB_CELL_DEVICE], size, "%s", ranking->contestants[row->contestant].name);
    dlb_format_time(time, sizeof time, record->summary.median_ns);
    snprintf(cells->text[DLB_CELL_MEDIAN], size, "%s%s", row->measured ? "" : "~", time);
    spread_cell(record, unicode, cells->text[DLB_CELL_SPREAD], size);
    count_cell(record, unicode, cells->text[DLB_CELL_COUNT], size);
    rate_cell(record, cells->text[DLB_CELL_RATE], size);
    cells->text[DLB_CELL_RELATIVE][0] = '\0';
    if (isfinite(row->relative))
        percent(cells->text[DLB_CELL_RELATIVE], size, row->measured ? "" : "~", row->relative, "");
    cells->text[DLB_CELL_ROOF][0] = '\0';
    if (isfinite(record->summary.roof_fraction))
        percent(cells->text[DLB_CELL_ROOF], size, "", record->summary.roof_fraction, "");
    flags_cell(record, cells->text[DLB_CELL_FLAGS], size);
}

const char *dlb_report_heading(enum dlb_cell cell, bool unicode)
{
    static const char *const headings[DLB_CELLS] = {"workload", "device",       "median",
                                                    "\xC2\xB1", "inv\xC3\x97n", "rate",
                                                    "of best",  "of roof",      ""};
    if (!unicode && cell == DLB_CELL_SPREAD)
        return "+-";
    if (!unicode && cell == DLB_CELL_COUNT)
        return "inv x n";
    return headings[cell];
}

void dlb_report_columns(const struct dlb_ranking *ranking, bool shown[DLB_CELLS])
{
    for (int i = 0; i < DLB_CELLS; i++)
        shown[i] = i < DLB_CELL_RELATIVE;
    for (int i = 0; i < ranking->group_count; i++)
        shown[DLB_CELL_RELATIVE] |= ranking->groups[i].count > 1;
    for (int i = 0; i < ranking->row_count; i++) {
        const struct dlb_row *row = &ranking->rows[i];
        shown[DLB_CELL_ROOF] |= isfinite(row->record->summary.roof_fraction) != 0;
        shown[DLB_CELL_FLAGS] |= row->record->flag_count > 0 || !row->measured;
    }
}

/* ---- sentences ---- */

const char *dlb_report_dtype(const struct dlb_ranking *ranking, int index)
{
    for (int i = 0; i < ranking->group_count; i++) {
        if (ranking->groups[i].measured == 0)
            continue;
        const char *dtype = ranking->rows[ranking->groups[i].first].record->dtype;
        bool seen = false;
        for (int j = 0; j < i && !seen; j++)
            seen = ranking->groups[j].measured > 0 &&
                   strcmp(ranking->rows[ranking->groups[j].first].record->dtype, dtype) == 0;
        if (!seen && index-- == 0)
            return dtype;
    }
    return NULL;
}

static void append_rival(const struct dlb_ranking *ranking, const struct dlb_rival *rival,
                         const char *times, struct dlb_text *text)
{
    const int decimals = rival->ratio < 9.995 ? 2 : rival->ratio < 99.95 ? 1 : 0;
    dlb_text_format(text, "%.*f%s %s (%d)", decimals, rival->ratio, times,
                    ranking->contestants[rival->contestant].name, rival->both);
}

void dlb_report_verdict(const struct dlb_ranking *ranking, const struct dlb_contest *contest,
                        const char *dtype, bool unicode, struct dlb_text *text)
{
    if (contest->fastest < 0)
        return;
    const char *times = unicode ? "\xC3\x97" : "x";
    const char *name = ranking->contestants[contest->fastest].name;
    if (contest->rival_count > 0)
        dlb_text_format(text, "%s on %d of %d", name, contest->won, contest->groups);
    else
        dlb_text_format(text, "%s, alone on %d", name, contest->groups);
    if (contest->close > 0)
        dlb_text_format(text, " (%d too close to call)", contest->close);
    if (isfinite(contest->ops_per_s)) {
        char rate[32];
        dlb_format_si(rate, sizeof rate, contest->ops_per_s, ops_unit(dtype));
        dlb_text_format(text, ", %s on average", rate);
    }
    for (int i = 0; i < contest->rival_count; i++) {
        dlb_text_append(text, i == 0 ? "; " : ", ");
        append_rival(ranking, &contest->rivals[i], times, text);
    }
}

static int count_flag(const struct dlb_result *result, const char *flag)
{
    int count = 0;
    for (int i = 0; i < result->record_count; i++)
        count +=
            result->records[i].status == DLB_OK && dlb_record_has_flag(&result->records[i], flag);
    return count;
}

void dlb_report_counts(const struct dlb_result *result, struct dlb_text *text)
{
    static const char *const outcomes[] = {"ok", "unsupported", "skipped", "failed"};
    static const char *const doubts[] = {"suspect", "noisy", "unsteady"};
    dlb_text_format(text, "%d case%s", result->record_count, result->record_count == 1 ? "" : "s");
    for (size_t i = 0; i < DLB_ARRAY_COUNT(outcomes); i++) {
        int count = 0;
        for (int j = 0; j < result->record_count; j++)
            count += strcmp(dlb_record_status_text(result->records[j].status), outcomes[i]) == 0;
        if (count == 0 && i > 0)
            continue;
        dlb_text_format(text, "%s %d %s", i == 0 ? ":" : ",", count, outcomes[i]);
        const char *separator = " (";
        for (size_t j = 0; j < DLB_ARRAY_COUNT(doubts) && i == 0; j++) {
            const int doubtful = count_flag(result, doubts[j]);
            if (doubtful == 0)
                continue;
            dlb_text_format(text, "%s%d %s", separator, doubtful, doubts[j]);
            separator = ", ";
        }
        if (i == 0 && separator[0] == ',')
            dlb_text_append(text, ")");
    }
}

void dlb_report_note(const struct dlb_note *note, const struct dlb_common *common,
                     struct dlb_text *text)
{
    char label[256];
    dlb_text_format(text, "%d %s on %s", note->count, dlb_record_status_text(note->record->status),
                    note->device);
    dlb_report_label(note->record, common, label, sizeof label);
    if (note->count == 1)
        dlb_text_format(text, ", %s", label);
    dlb_text_format(text, ": %s", note->reason[0] != '\0' ? note->reason : "no reason was given");
    if (note->varies)
        dlb_text_append(text, " (the first of them; the numbers differ)");
}

const char *dlb_report_member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static void append_count(struct dlb_text *text, const json_t *object, const char *name)
{
    const json_int_t count = json_integer_value(json_object_get(object, name));
    if (count > 0)
        dlb_text_format(text, ", %lld %.*s%s", (long long)count, (int)strlen(name) - 1, name,
                        count > 1 ? "s" : "");
}

void dlb_report_host(const struct dlb_result *result, struct dlb_text *text)
{
    const char *model = dlb_report_member(result->host, "cpu_model");
    const char *virt = dlb_report_member(result->host, "virt");
    const double ram = json_number_value(json_object_get(result->host, "ram_bytes"));
    if (model[0] == '\0')
        return;
    dlb_text_append(text, model);
    append_count(text, result->host, "cores");
    append_count(text, result->host, "threads");
    if (ram > 0) {
        char size[32];
        dlb_format_bytes(size, sizeof size, ram);
        dlb_text_format(text, ", %s", size);
    }
    if (virt[0] != '\0' && strcmp(virt, "none") != 0)
        dlb_text_format(text, ", %s", virt);
}

void dlb_report_device(const struct dlb_result *result, const json_t *device, struct dlb_text *text)
{
    const char *name = dlb_report_member(device, "name");
    const char *runtime = dlb_report_member(device, "runtime");
    const char *evidence = dlb_report_member(device, "evidence");
    const bool told = strcmp(name, dlb_report_member(result->host, "cpu_model")) == 0;
    if (!told || runtime[0] == '\0')
        dlb_text_append(text, name);
    if (runtime[0] != '\0')
        dlb_text_format(text, "%s%s", text->size > 0 ? ", " : "", runtime);
    if (evidence[0] != '\0' && strcmp(evidence, "measured") != 0)
        dlb_text_format(text, "%s%s", text->size > 0 ? ", " : "", evidence);
}

/* Code points that move or hide other text: C0, DEL, C1, and the bidirectional controls (Unicode TR 9, section 2). */
static bool is_unsafe(const unsigned char *bytes, size_t length)
{
    if (length == 1)
        return bytes[0] < 0x20 || bytes[0] == 0x7f;
    if (length == 2)
        return bytes[0] == 0xc2 && bytes[1] < 0xa0;
    if (length == 3 && bytes[0] == 0xe2)
        return (bytes[1] == 0x80 && (bytes[2] >= 0xa8 || (bytes[2] >= 0x8b && bytes[2] <= 0x8f)) &&
                bytes[2] <= 0xae) ||
               (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9);
    return false;
}

/* How our own signs look where there is only ASCII. */
static const char *in_ascii(const char *from, size_t length)
{
    static const char *const signs[][2] = {
        {"\xC2\xB1", "+-"}, {"\xC3\x97", "x"}, {"\xE2\x80\xA6", "..."}, {"\xC2\xB5", "u"}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(signs); i++)
        if (strlen(signs[i][0]) == length && memcmp(signs[i][0], from, length) == 0)
            return signs[i][1];
    return "?";
}

void dlb_report_clean(const char *from, bool unicode, struct dlb_text *text)
{
    while (*from != '\0') {
        const size_t length = dlb_utf8_length(from);
        if (length == 0 || is_unsafe((const unsigned char *)from, length))
            dlb_text_append(text, "?");
        else if (length > 1 && !unicode)
            dlb_text_append(text, in_ascii(from, length));
        else
            dlb_text_append_bytes(text, from, length);
        from += length > 0 ? length : 1;
    }
}
