/* report_beside.c: energy and cost as short texts, and where they are from.
 *
 * A device has one meter and one price, so they are told once for a device, or once for all devices that share them; the figures are in the
 * cells (report_cells.c). */
#include "reports/report_beside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/report_sentences.h"

/* ---- cells ---- */

bool dlb_report_is_bound(const struct dlb_record *record)
{
    return strcmp(record->energy.method, "tdp_bound") == 0;
}

static bool has_energy(const struct dlb_record *record)
{
    return record->energy.method[0] != '\0' && isfinite(record->energy.j_per_item) &&
           record->energy.j_per_item > 0;
}

bool dlb_report_is_doubted(const struct dlb_record *record)
{
    return has_energy(record) && dlb_energy_is_metered(&record->energy) &&
           record->energy.reason[0] != '\0';
}

void dlb_report_joules(double joules, char *cell, size_t size)
{
    static const char *const units[] = {"pJ", "nJ", "\xC2\xB5J", "mJ", "J"};
    double value = 1e12 * joules;
    size_t unit = 0;
    for (; value >= 999.5 && unit + 1 < DLB_ARRAY_COUNT(units); unit++)
        value /= 1000;
    if (unit + 1 == DLB_ARRAY_COUNT(units)) {
        dlb_format_si(cell, size, value, "J");
        return;
    }
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(cell, size, "%.*f %s", decimals, value, units[unit]);
}

void dlb_report_energy_cell(const struct dlb_record *record, char *cell, size_t size)
{
    char number[32];
    cell[0] = '\0';
    if (!has_energy(record))
        return;
    dlb_report_joules(record->energy.j_per_item, number, sizeof number);
    snprintf(cell, size, "%s%s%s", dlb_report_is_bound(record) ? "<" : "", number,
             dlb_report_is_doubted(record) ? "?" : "");
}

static bool has_cost(const struct dlb_record *record)
{
    return record->cost.currency[0] != '\0' && isfinite(record->cost.per_mitem) &&
           record->cost.per_mitem >= 0;
}

void dlb_report_cost_cell(const struct dlb_record *record, char *cell, size_t size)
{
    cell[0] = '\0';
    if (!has_cost(record))
        return;
    const double value = record->cost.per_mitem;
    if (value >= 99.95 && value < 1e9)
        snprintf(cell, size, "%.0f %s", value, record->cost.currency);
    else
        snprintf(cell, size, "%.3g %s", value, record->cost.currency);
}

/* ---- sentences ---- */

struct beside {
    const struct dlb_ranking *ranking;
    bool
        brief; /* a meter was looked for, not asked for, and there is none: one line for all devices */
};

/* The first record of a device that passes; NULL for none. */
static const struct dlb_record *find(const struct dlb_ranking *ranking, int device,
                                     bool (*passes)(const struct dlb_record *))
{
    for (int i = 0; i < ranking->row_count; i++)
        if (ranking->rows[i].device == device && passes(ranking->rows[i].record))
            return ranking->rows[i].record;
    return NULL;
}

static bool was_asked_for(const struct dlb_record *record)
{
    return record->energy.method[0] != '\0';
}

/* The largest uncertainty that a device's energies have; 0 where none is known. */
static double worst(const struct dlb_ranking *ranking, int device)
{
    double found = 0;
    for (int i = 0; i < ranking->row_count; i++)
        if (ranking->rows[i].device == device && has_energy(ranking->rows[i].record))
            found = fmax(found, ranking->rows[i].record->energy.uncertainty_rel);
    return found;
}

/* What a reader must know of a device's energies: the first reason, and whether there are others. */
static void say_doubt(const struct dlb_ranking *ranking, int device, struct dlb_text *text)
{
    const char *first = NULL;
    int reasons = 0;
    for (int i = 0; i < ranking->row_count; i++) {
        const struct dlb_record *record = ranking->rows[i].record;
        if (ranking->rows[i].device != device || !dlb_report_is_doubted(record))
            continue;
        first = first != NULL ? first : record->energy.reason;
        reasons += reasons == 0 || strcmp(first, record->energy.reason) != 0;
    }
    if (first != NULL)
        dlb_text_format(text, "; ?: %s", first);
    if (reasons > 1)
        dlb_text_format(text, " (the first of %d; the others are in the file)", reasons);
}

/* A bound tells in its own words which power it was made of. */
static void say_bound(const struct dlb_energy *energy, struct dlb_text *text)
{
    if (energy->reason[0] != '\0')
        dlb_text_format(text, "energy is %s", energy->reason);
    else
        dlb_text_append(text, "energy is a bound: the datasheet's power times the time");
}

/* Words of the schema as people say them; others stay as they are. */
struct word {
    const char *stored, *said;
};
static const struct word meters[] = {
    {"rapl", "RAPL"},
    {"external", "an external meter"},
};
static const struct word scopes[] = {
    {"package", " of the package"},
    {"package_dram", " of package and memory"},
    {"board", " of the board"},
    {"wall", " at the wall"},
};

static const char *in_words(const struct word *words, size_t count, const char *stored)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i].stored, stored) == 0)
            return words[i].said;
    return stored;
}

static void say_energy(const struct beside *beside, int device, struct dlb_text *text)
{
    const struct dlb_ranking *ranking = beside->ranking;
    const struct dlb_record *record = find(ranking, device, has_energy);
    const bool measured = record != NULL;
    record = measured ? record : find(ranking, device, was_asked_for);
    if (record == NULL)
        return;
    const struct dlb_energy *energy = &record->energy;
    if (!measured && beside->brief) {
        dlb_text_append(text,
                        "energy was not measured: no meter tells it here (dlbench doctor says "
                        "more)");
        return;
    }
    if (!measured) {
        dlb_text_format(text, "energy was not measured: %s",
                        energy->reason[0] != '\0' ? energy->reason : "no reason was given");
        return;
    }
    if (dlb_report_is_bound(record)) {
        say_bound(energy, text);
        return;
    }
    dlb_text_format(text, "energy by %s%s; what it takes when idle is included",
                    in_words(meters, DLB_ARRAY_COUNT(meters), energy->method),
                    in_words(scopes, DLB_ARRAY_COUNT(scopes), energy->scope));
    const double uncertainty = worst(ranking, device);
    if (uncertainty > 0)
        dlb_text_format(text, "; one standard deviation up to %.2g %%", 100 * uncertainty);
    say_doubt(ranking, device, text);
}

static void say_cost(const struct dlb_ranking *ranking, int device, struct dlb_text *text)
{
    const struct dlb_record *record = find(ranking, device, has_cost);
    if (record == NULL)
        return;
    const struct dlb_cost *cost = &record->cost;
    dlb_text_append(text, "cost:");
    if (isfinite(cost->price_hour))
        dlb_text_format(text, " %.4g %s an hour", cost->price_hour, cost->currency);
    if (cost->basis[0] != '\0')
        dlb_text_format(text, " (%s%s%s)", cost->basis, cost->price_as_of[0] != '\0' ? ", " : "",
                        cost->price_as_of);
    if (isfinite(cost->price_kwh))
        dlb_text_format(text, "%s %.4g %s a kWh at a PUE of %.3g",
                        isfinite(cost->price_hour) ? " and" : "", cost->price_kwh, cost->currency,
                        cost->pue);
    if (cost->reason[0] != '\0')
        dlb_text_format(text, "; %s", cost->reason);
}

static void say(const struct beside *beside, int device, bool cost, struct dlb_text *text)
{
    if (cost)
        say_cost(beside->ranking, device, text);
    else
        say_energy(beside, device, text);
}

static bool says_the_same(const struct beside *beside, int device, bool cost,
                          const struct dlb_text *text)
{
    struct dlb_text other = {0};
    say(beside, device, cost, &other);
    const bool same = other.size > 0 && strcmp(other.data, text->data) == 0;
    dlb_text_free(&other);
    return same;
}

/* The devices that share a sentence, in front of it; nothing where all do. False when an earlier one has said it. */
static bool name_devices(const struct beside *beside, int device, bool cost,
                         const struct dlb_text *sentence, struct dlb_text *text)
{
    const struct dlb_ranking *ranking = beside->ranking;
    int sharing = 0;
    for (int i = 0; i < ranking->device_count; i++) {
        if (!says_the_same(beside, i, cost, sentence))
            continue;
        if (i < device)
            return false;
        dlb_text_format(text, "%s%s", sharing++ > 0 ? ", " : "", ranking->devices[i]);
    }
    if (sharing == ranking->device_count || (beside->brief && !cost))
        dlb_text_clear(text);
    else
        dlb_text_append(text, ": ");
    return true;
}

/* Did the run take what meter there is, and found none? A power command is one that was asked for. */
static bool is_brief(const struct dlb_result *result, const struct dlb_ranking *ranking)
{
    const json_t *options = json_object_get(result->settings, "options");
    if (strcmp(dlb_report_member(options, "energy"), "auto") != 0 ||
        json_is_true(json_object_get(result->settings, "power_command")))
        return false;
    for (int i = 0; i < ranking->row_count; i++)
        if (has_energy(ranking->rows[i].record))
            return false;
    return true;
}

bool dlb_report_beside(const struct dlb_result *result, const struct dlb_ranking *ranking,
                       int *position, struct dlb_text *text)
{
    const struct beside beside = {.ranking = ranking, .brief = is_brief(result, ranking)};
    struct dlb_text sentence = {0};
    bool found = false;
    while (*position < 2 * ranking->device_count && !found) {
        const int at = (*position)++;
        const bool cost = at >= ranking->device_count;
        const int device = at % ranking->device_count;
        dlb_text_clear(&sentence);
        say(&beside, device, cost, &sentence);
        if (sentence.size == 0)
            continue;
        dlb_text_clear(text);
        found = name_devices(&beside, device, cost, &sentence, text);
    }
    if (found)
        dlb_text_append(text, sentence.data);
    text->failed |= sentence.failed;
    dlb_text_free(&sentence);
    return found;
}
