/* report_cells.c: how a record is put into short texts for people: the cells of a row, flags and their meaning.
 *
 * Nothing is laid out here: report_text.c and report_md.c do that. The sentences are in report_sentences.c. */
#include "reports/report_cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/stats/summary.h"
#include "reports/report_beside.h"
#include "reports/report_sentences.h"

/* ---- flags ---- */

/* The letter that the table prints for a flag, and what it means, the name of the flag first. Two flags need no letter:
 * `modelled` is told by the evidence, `cold_downgraded` by the cache state. */
static const struct word {
    const char *flag, *shown, *meaning;
} words[] = {
    {"single_invocation", "1",
     "single: one invocation only, how far processes differ is not known"},
    {"noisy", "N", "noisy: other work kept the machine busy (repeat when it is idle)"},
    {"unsteady", "U", "unsteady: times were still changing when the warm-up had to end"},
    {"budget", "B", "budget: the time was up before the interval was as narrow as asked"},
    {"timer_limited", "T", "timer: a call takes less than 100 steps of the clock"},
    {"reference_kernel", "K", "ref-kernel: the library chose a slow reference kernel of its own"},
    {"slowdown", "D", "slowdown: every sample was stretched on purpose, hence not ranked"},
    {"suspect", "!", "suspect: the number contradicts another one, do not rely on it"},
    {"above_roof", "R",
     "above roof: faster than the ceiling found: fewer operations than counted (Winograd), data "
     "partly "
     "in a faster cache, or a ceiling found too low"},
    {"above_datasheet", "P",
     "above the datasheet's peak: fewer operations than counted, or a datasheet that is not this "
     "device's"},
    {"multiplexed", "M",
     "multiplexed: its counters took turns, so their values are extrapolated; its time is not"},
};

static const struct word kinds[] = {
    {"range", "r", "\xC2\xB1 reaches to the farthest invocation; a 95 % interval takes 6 of them"},
    {"within", "w",
     "\xC2\xB1 is the 95 % interval inside one process; the next process may differ by more"},
    {"samples", "s",
     "\xC2\xB1 reaches to the farthest sample of one process: too few independent ones for an "
     "interval"},
};

/* ---- what all have in common ---- */

static const char *same(const char *common, const char *text)
{
    return common != NULL && strcmp(common, text) == 0 ? common : NULL;
}

/* Numbers of samples of the invocations that count. Writes up to `capacity`, returns how many there are. */
static int counted(const struct dlb_record *record, double *samples, int capacity)
{
    int total = 0;
    for (int i = 0; i < record->invocation_count; i++) {
        if (!dlb_record_counts(record, i))
            continue;
        if (total < capacity)
            samples[total] = (double)record->invocations[i].n;
        total++;
    }
    return total;
}

static unsigned flags_of(const struct dlb_record *record)
{
    unsigned flags = 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(words); i++)
        if (dlb_record_has_flag(record, words[i].flag))
            flags |= 1u << i;
    return flags;
}

static void common_of_rows(const struct dlb_ranking *ranking, struct dlb_common *common)
{
    int rows = 0;
    common->flags = ~0u;
    for (int i = 0; i < ranking->row_count; i++) {
        if (!ranking->rows[i].measured)
            continue;
        const struct dlb_record *record = ranking->rows[i].record;
        const int invocations = counted(record, NULL, 0);
        common->flags &= flags_of(record);
        common->invocations = rows == 0 || invocations == common->invocations ? invocations : 0;
        rows++;
    }
    if (rows < 2)
        common->flags = 0;
}

struct dlb_common dlb_report_common(const struct dlb_result *result,
                                    const struct dlb_ranking *ranking)
{
    if (result->record_count == 0)
        return (struct dlb_common){.mode = "", .cache_state = "", .data = ""};
    const struct dlb_record *first = &result->records[0];
    struct dlb_common common = {.mode = first->mode,
                                .cache_state = dlb_ranking_cache(first),
                                .data = first->data,
                                .threads = first->threads,
                                .many_threads = ranking->many_threads};
    for (int i = 1; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        common.mode = same(common.mode, record->mode);
        common.cache_state = same(common.cache_state, dlb_ranking_cache(record));
        common.data = same(common.data, record->data);
        common.threads = record->threads == common.threads ? common.threads : 0;
    }
    common_of_rows(ranking, &common);
    return common;
}

static void append_circumstance(struct dlb_text *text, const char *value, const char *noun)
{
    if (value != NULL && value[0] != '\0')
        dlb_text_format(text, ", %s %s", value, noun);
}

void dlb_report_caption(const struct dlb_common *common, struct dlb_text *text)
{
    dlb_text_append(text, "time per call: median over ");
    if (common->invocations > 0)
        dlb_text_format(text, "%d invocation%s", common->invocations,
                        common->invocations > 1 ? "s" : "");
    else
        dlb_text_append(text, "invocations");
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
    char threads[16] = "";
    if (common->many_threads && record->threads > 0)
        snprintf(threads, sizeof threads, "t%d", record->threads);
    const char *more[] = {
        has_word(label, record->dtype) ? "" : record->dtype,
        common->mode == NULL ? record->mode : "",
        common->cache_state == NULL ? dlb_ranking_cache(record) : "",
        common->data == NULL ? record->data : "",
        threads,
    };
    size_t used = (size_t)snprintf(buffer, size, "%s", label[0] != '\0' ? label : record->key);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(more) && used < size; i++)
        if (more[i][0] != '\0')
            used += (size_t)snprintf(buffer + used, size - used, " %s", more[i]);
}

/* ---- the legend ---- */

static bool has_flag(const struct dlb_ranking *ranking, const char *flag)
{
    for (int i = 0; i < ranking->row_count; i++)
        if (dlb_record_has_flag(ranking->rows[i].record, flag))
            return true;
    return false;
}

static bool has_kind(const struct dlb_ranking *ranking, const char *kind)
{
    for (int i = 0; i < ranking->row_count; i++)
        if (strcmp(ranking->rows[i].record->summary.ci_kind, kind) == 0)
            return true;
    return false;
}

static bool has_evidence(const struct dlb_ranking *ranking, const char *evidence)
{
    for (int i = 0; i < ranking->row_count; i++)
        if (strcmp(ranking->rows[i].record->evidence, evidence) == 0)
            return true;
    return false;
}

static bool any_unmeasured(const struct dlb_ranking *ranking)
{
    for (int i = 0; i < ranking->row_count; i++)
        if (!ranking->rows[i].measured)
            return true;
    return false;
}

/* Are predictions compared with each other, as nothing beside them was measured? */
static bool any_unranked_share(const struct dlb_ranking *ranking)
{
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        for (int j = 0; j < group->count && group->ranked == 0; j++)
            if (isfinite(ranking->rows[group->first + j].relative))
                return true;
    }
    return false;
}

static bool any_bound(const struct dlb_ranking *ranking)
{
    for (int i = 0; i < ranking->row_count; i++)
        if (dlb_report_is_bound(ranking->rows[i].record))
            return true;
    return false;
}

static bool any_doubted(const struct dlb_ranking *ranking)
{
    for (int i = 0; i < ranking->row_count; i++)
        if (dlb_report_is_doubted(ranking->rows[i].record))
            return true;
    return false;
}

/* What is neither a letter of the spread nor one of the flags: shown with `cell`, or with what `applies` finds, or both. */
static const struct other {
    const char *name, *meaning;
    enum dlb_cell cell; /* DLB_CELLS: any */
    bool (*applies)(const struct dlb_ranking *ranking);
    const char *evidence, *flag; /* of any row; NULL: of no matter */
} others[] = {
    {"item/s", "images or rows of input that go through the network in a second", DLB_CELL_ITEMS,
     NULL, NULL, NULL},
    {"not-cold", "cold was asked for, but the caches may hold the data; not ranked with cold",
     DLB_CELLS, NULL, NULL, "cold_downgraded"},
    {"~", "not measured on a device, therefore not ranked; the last column says what it is",
     DLB_CELLS, any_unmeasured, NULL, NULL},
    {"~%", "of the fastest of its own kind where nothing was measured", DLB_CELL_RELATIVE,
     any_unranked_share, NULL, NULL},
    {"of roof",
     "share of what the ceilings found on this device allow: the lower of computing and of moving "
     "the bytes",
     DLB_CELL_ROOF, NULL, NULL, NULL},
    {"bound", "the ceiling that is the lower one: computing, or the cache or memory with the data",
     DLB_CELL_BINDS, NULL, NULL, NULL},
    {"J/item", "energy for an item: an image, a row or a product", DLB_CELL_ENERGY, NULL, NULL,
     NULL},
    {"<", "no measurement but a bound: the datasheet's power times the time", DLB_CELL_ENERGY,
     any_bound, NULL, NULL},
    {"?", "there is a doubt about the energy: see below", DLB_CELL_ENERGY, any_doubted, NULL, NULL},
    {"per 1M", "price of a million items at this speed", DLB_CELL_COST, NULL, NULL, NULL},
    {"modelled",
     "the time is predicted, not clocked; how long the emulation of it took is in the file "
     "(host_median_ns)",
     DLB_CELLS, NULL, "modelled", NULL},
    {"emulated", "the answer is an emulator's, and right; its time says nothing of the device",
     DLB_CELLS, NULL, "emulated", NULL},
};

static const char *other_meaning(const struct dlb_ranking *ranking, const bool shown[DLB_CELLS],
                                 const struct other *other)
{
    const bool applies = (other->cell == DLB_CELLS || shown[other->cell]) &&
                         (other->applies == NULL || other->applies(ranking)) &&
                         (other->evidence == NULL || has_evidence(ranking, other->evidence)) &&
                         (other->flag == NULL || has_flag(ranking, other->flag));
    return applies ? other->meaning : NULL;
}

const char *dlb_report_legend(const struct dlb_ranking *ranking, const struct dlb_common *common,
                              const bool shown[DLB_CELLS], int *position, const char **name)
{
    const int kind_count = (int)DLB_ARRAY_COUNT(kinds);
    const int word_end = kind_count + (int)DLB_ARRAY_COUNT(words);
    const int end = word_end + (int)DLB_ARRAY_COUNT(others);
    while (*position < end) {
        const int at = (*position)++;
        const char *meaning = NULL;
        if (at < kind_count) {
            *name = kinds[at].shown;
            if (shown[DLB_CELL_SPREAD] && has_kind(ranking, kinds[at].flag))
                meaning = kinds[at].meaning;
        } else if (at < word_end) {
            const int word = at - kind_count;
            *name = words[word].shown;
            if ((common->flags >> word & 1) == 0 && has_flag(ranking, words[word].flag))
                meaning = words[word].meaning;
        } else {
            *name = others[at - word_end].name;
            meaning = other_meaning(ranking, shown, &others[at - word_end]);
        }
        if (meaning != NULL)
            return meaning;
    }
    return NULL;
}

void dlb_report_shared(const struct dlb_common *common, struct dlb_text *text)
{
    const char *separator = "all rows: ";
    for (size_t i = 0; i < DLB_ARRAY_COUNT(words); i++) {
        if ((common->flags >> i & 1) == 0)
            continue;
        /* The name of the flag is left out: it has no letter here. */
        dlb_text_format(text, "%s%s", separator, strstr(words[i].meaning, ": ") + 2);
        separator = "; ";
    }
}

/* Evidence first: it is the first thing to know about a number. Then letters, then flags without any by their name. */
static void flags_cell(const struct dlb_record *record, const struct dlb_common *common, char *cell,
                       size_t size)
{
    const bool measured = record->evidence[0] == '\0' || strcmp(record->evidence, "measured") == 0;
    const unsigned flags = flags_of(record) & (measured ? ~common->flags : ~0u);
    size_t used = (size_t)snprintf(cell, size, "%s%s", measured ? "" : record->evidence,
                                   !measured && flags != 0 ? " " : "");
    for (size_t i = 0; i < DLB_ARRAY_COUNT(words) && used < size; i++)
        if ((flags >> i & 1) != 0)
            used += (size_t)snprintf(cell + used, size - used, "%s", words[i].shown);
    for (int i = 0; i < record->flag_count && used < size; i++) {
        const char *flag = record->flags[i];
        bool told =
            (strcmp(flag, "modelled") == 0 && !measured) || strcmp(flag, "cold_downgraded") == 0;
        for (size_t j = 0; j < DLB_ARRAY_COUNT(words) && !told; j++)
            told = strcmp(words[j].flag, flag) == 0;
        if (!told)
            used += (size_t)snprintf(cell + used, size - used, "%s%s", used > 0 ? " " : "", flag);
    }
}

/* ---- cells ---- */

static void percent(char *cell, size_t size, const char *before, double fraction, const char *after)
{
    const double value = 100 * fraction;
    const int decimals = value < 0.0995 ? 2 : value < 9.95 ? 1 : 0;
    if (value < 1e9)
        snprintf(cell, size, "%s%.*f%%%s", before, decimals, value, after);
    else /* of a file that is not to be believed */
        snprintf(cell, size, "%s%.2g%%%s", before, value, after);
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
    const int capacity = (int)DLB_ARRAY_COUNT(samples);
    const int total = counted(record, samples, capacity);
    cell[0] = '\0';
    if (total > 0)
        snprintf(cell, size, "%d%s%.0f", total, unicode ? "\xC3\x97" : "x",
                 floor(dlb_median(samples, total < capacity ? total : capacity)));
}

/* In operations, as the verdict has it; what computes nothing (a copy, a pooling) in bytes. */
static void rate_cell(const struct dlb_record *record, char *cell, size_t size)
{
    const struct dlb_summary *summary = &record->summary;
    cell[0] = '\0';
    if (summary->ops_per_s > 0)
        dlb_format_si(cell, size, summary->ops_per_s, dlb_report_ops_unit(record->dtype));
    else if (summary->bytes_per_s > 0)
        dlb_format_si(cell, size, summary->bytes_per_s, "B/s");
}

/* Networks are also asked how many images they take. */
static bool has_items(const struct dlb_record *record)
{
    return record->summary.items_per_s > 0 && dlb_record_is_model(record);
}

void dlb_report_cells(const struct dlb_ranking *ranking, const struct dlb_row *row,
                      const struct dlb_common *common, bool unicode, struct dlb_cells *cells)
{
    const struct dlb_record *record = row->record;
    const size_t size = sizeof cells->text[0];
    char time[32];
    dlb_report_label(record, common, cells->text[DLB_CELL_WORKLOAD], size);
    snprintf(cells->text[DLB_CELL_DEVICE], size, "%s", ranking->devices[row->device]);
    dlb_format_time(time, sizeof time, record->summary.median_ns);
    snprintf(cells->text[DLB_CELL_MEDIAN], size, "%s%s", row->measured ? "" : "~", time);
    spread_cell(record, unicode, cells->text[DLB_CELL_SPREAD], size);
    count_cell(record, unicode, cells->text[DLB_CELL_COUNT], size);
    rate_cell(record, cells->text[DLB_CELL_RATE], size);
    cells->text[DLB_CELL_ITEMS][0] = '\0';
    if (has_items(record))
        dlb_format_si(cells->text[DLB_CELL_ITEMS], size, record->summary.items_per_s, "");
    cells->text[DLB_CELL_RELATIVE][0] = '\0';
    if (isfinite(row->relative))
        percent(cells->text[DLB_CELL_RELATIVE], size, row->measured ? "" : "~", row->relative, "");
    cells->text[DLB_CELL_ROOF][0] = '\0';
    if (isfinite(record->summary.roof_fraction))
        percent(cells->text[DLB_CELL_ROOF], size, "", record->summary.roof_fraction, "");
    snprintf(cells->text[DLB_CELL_BINDS], size, "%s", record->summary.roof_binds);
    dlb_report_energy_cell(record, cells->text[DLB_CELL_ENERGY], size);
    dlb_report_cost_cell(record, cells->text[DLB_CELL_COST], size);
    flags_cell(record, common, cells->text[DLB_CELL_FLAGS], size);
}

const char *dlb_report_heading(enum dlb_cell cell, bool unicode)
{
    static const char *const headings[DLB_CELLS] = {
        [DLB_CELL_WORKLOAD] = "workload",
        [DLB_CELL_DEVICE] = "device",
        [DLB_CELL_MEDIAN] = "median",
        [DLB_CELL_SPREAD] = "\xC2\xB1",
        [DLB_CELL_COUNT] = "inv\xC3\x97n",
        [DLB_CELL_RATE] = "rate",
        [DLB_CELL_ITEMS] = "item/s",
        [DLB_CELL_RELATIVE] = "of best",
        [DLB_CELL_ROOF] = "of roof",
        [DLB_CELL_BINDS] = "bound",
        [DLB_CELL_ENERGY] = "J/item",
        [DLB_CELL_COST] = "per 1M",
        [DLB_CELL_FLAGS] = "",
    };
    if (!unicode && cell == DLB_CELL_SPREAD)
        return "+-";
    if (!unicode && cell == DLB_CELL_COUNT)
        return "inv x n";
    return headings[cell];
}

void dlb_report_columns(const struct dlb_ranking *ranking, const struct dlb_common *common,
                        bool shown[DLB_CELLS])
{
    for (int i = 0; i < DLB_CELLS; i++)
        shown[i] = i < DLB_CELL_ITEMS;
    for (int i = 0; i < ranking->group_count; i++)
        shown[DLB_CELL_RELATIVE] |= ranking->groups[i].count > 1;
    for (int i = 0; i < ranking->row_count; i++) {
        const struct dlb_record *record = ranking->rows[i].record;
        char cell[256];
        flags_cell(record, common, cell, sizeof cell);
        shown[DLB_CELL_FLAGS] |= cell[0] != '\0';
        dlb_report_energy_cell(record, cell, sizeof cell);
        shown[DLB_CELL_ENERGY] |= cell[0] != '\0';
        dlb_report_cost_cell(record, cell, sizeof cell);
        shown[DLB_CELL_COST] |= cell[0] != '\0';
        shown[DLB_CELL_ROOF] |= isfinite(record->summary.roof_fraction) != 0;
        shown[DLB_CELL_BINDS] |= record->summary.roof_binds[0] != '\0';
        shown[DLB_CELL_ITEMS] |= has_items(record);
    }
}
