/* html_energy.c: energy and cost of the cases that have one, each with its meter, its scope and its price's source.
 *
 * Nothing here is estimated: a figure from a datasheet's power says so in its method (tdp_bound). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/html_page.h"

#define MOST_ROWS    400
#define MOST_REASONS 12
#define MOST_DEVICES 8 /* told for a reason */

static const struct dlb_html_column columns[] = {
    {"case", "", false},
    {"device", "", false},
    {"J/item", "idle power included", true},
    {"\xC2\xB1", "one standard deviation, of the meter and between processes", true},
    {"above idle", "J/item without what the machine takes at rest", true},
    {"items/J", "", true},
    {"power", "average over the window", true},
    {"idle", "measured before the run", true},
    {"how", "method, scope and window of the meter; what is to know about it", false},
    {"cost of 1e6 items", "", true},
    {"items per unit", "of the currency", true},
    {"price an hour", "of the whole device", true},
    {"source of the price", "", false},
};

static bool has_energy(const struct dlb_record *record)
{
    return isfinite(record->energy.j_per_item);
}

static bool has_cost(const struct dlb_record *record)
{
    return isfinite(record->cost.per_mitem);
}

static void add_number(const char *mark, double value, const char *unit, struct dlb_text *out)
{
    char text[48] = "";
    if (isfinite(value))
        snprintf(text, sizeof text, "%s%.3g%s", mark, value, unit);
    dlb_html_cell_value(value, text, out);
}

/* A bound has no window. */
static void add_method(const struct dlb_energy *energy, bool bound, struct dlb_text *out)
{
    char how[320] = "";
    char window[32] = "";
    if (!bound)
        snprintf(window, sizeof window, ", %.2g s", energy->window_s);
    if (isfinite(energy->j_per_item))
        snprintf(how, sizeof how, "%s, %s%s%s%s", energy->method,
                 energy->scope[0] != '\0' ? energy->scope : "scope unknown", window,
                 energy->reason[0] != '\0' ? "; " : "", energy->reason);
    dlb_html_cell_name(how, out);
}

static void add_energy(const struct dlb_energy *energy, struct dlb_text *out)
{
    char spread[32] = "";
    const bool bound = strcmp(energy->method, "tdp_bound") == 0; /* no meter: at most so much */
    add_number(bound ? "< " : "", energy->j_per_item, "", out);
    if (isfinite(energy->uncertainty_rel))
        snprintf(spread, sizeof spread, "%.2g %%", 100 * energy->uncertainty_rel);
    dlb_html_cell_value(energy->uncertainty_rel, spread, out);
    add_number("", energy->j_per_item_above_idle, "", out);
    add_number(bound ? "> " : "", energy->items_per_j, "", out);
    add_number("", energy->avg_power_w, " W", out);
    add_number("", energy->idle_power_w, " W", out);
    add_method(energy, bound, out);
}

static void add_cost(const struct dlb_cost *cost, struct dlb_text *out)
{
    char unit[16] = "";
    char source[320] = "";
    snprintf(unit, sizeof unit, " %s", cost->currency);
    add_number("", cost->per_mitem, unit, out);
    add_number("", cost->items_per_unit, "", out);
    add_number("", cost->price_hour, unit, out);
    if (isfinite(cost->per_mitem))
        snprintf(source, sizeof source, "%s%s%s%s%s", cost->basis,
                 cost->price_as_of[0] != '\0' ? ", " : "", cost->price_as_of,
                 cost->basis[0] != '\0' && cost->reason[0] != '\0' ? "; " : "", cost->reason);
    dlb_html_cell_name(source, out);
}

static int add_rows(struct dlb_page *page)
{
    int rows = 0;
    for (int i = 0; i < page->ranking.row_count; i++) {
        const struct dlb_record *record = page->ranking.rows[i].record;
        char label[256];
        if (!has_energy(record) && !has_cost(record))
            continue;
        if (rows++ >= MOST_ROWS)
            continue;
        dlb_report_label(record, &page->common, label, sizeof label);
        dlb_text_append(&page->out, page->ranking.rows[i].measured ? "<tr>" : "<tr class=\"m\">");
        dlb_html_cell_name(label, &page->out);
        dlb_html_cell_name(record->device, &page->out);
        add_energy(&record->energy, &page->out);
        add_cost(&record->cost, &page->out);
        dlb_text_append(&page->out, "</tr>\n");
    }
    return rows;
}

/* Why a case has no energy (which = 0) or no cost (1); "": it has, or nobody asked. */
static const char *reason_of(const struct dlb_record *record, int which)
{
    if (record->status != DLB_OK || (which == 0 ? has_energy(record) : has_cost(record)))
        return "";
    return which == 0 ? record->energy.reason : record->cost.reason;
}

/* "onednn:0, openblas:0 and more": the devices of the cases that have this reason. */
static void add_devices(const struct dlb_result *result, int which, const char *reason,
                        struct dlb_text *text)
{
    const char *told[MOST_DEVICES];
    int count = 0;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        bool known = strcmp(reason_of(record, which), reason) != 0;
        for (int j = 0; j < count && !known; j++)
            known = strcmp(told[j], record->device) == 0;
        if (known)
            continue;
        if (count == MOST_DEVICES) {
            dlb_text_append(text, " and more");
            return;
        }
        dlb_text_format(text, "%s%s", count > 0 ? ", " : "", record->device);
        told[count++] = record->device;
    }
}

/* Why cases have none: each reason once. */
static void add_reasons(struct dlb_page *page)
{
    const char *told[MOST_REASONS];
    int count = 0;
    for (int i = 0; i < 2 * page->result->record_count; i++) {
        const int which = i % 2;
        const char *reason = reason_of(&page->result->records[i / 2], which);
        bool known = reason[0] == '\0' || count == MOST_REASONS;
        for (int k = 0; k < count && !known; k++)
            known = strcmp(told[k], reason) == 0;
        if (known)
            continue;
        told[count++] = reason;
        struct dlb_text text = {0};
        dlb_text_format(&text, "no %s on ", which == 0 ? "energy" : "cost");
        add_devices(page->result, which, reason, &text);
        dlb_text_format(&text, ": %s", reason);
        dlb_html_sentence("li", &text, &page->out);
        page->out.failed = page->out.failed || text.failed;
        dlb_text_free(&text);
    }
}

static bool is_asked(const struct dlb_result *result)
{
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        if (has_energy(record) || has_cost(record) || record->energy.reason[0] != '\0' ||
            record->cost.reason[0] != '\0')
            return true;
    }
    return false;
}

void dlb_page_energy(struct dlb_page *page)
{
    if (!is_asked(page->result))
        return;
    dlb_page_section(page, "energy", "Energy and cost");
    dlb_page_pictures(page, "energy-cost");
    const size_t before = page->out.size;
    dlb_html_table("joules", "Energy and cost of the cases", columns,
                   (int)(sizeof columns / sizeof columns[0]), &page->out);
    const int rows = add_rows(page);
    dlb_html_table_end(&page->out);
    if (rows == 0)
        dlb_page_take_back(page, before); /* reasons alone */
    if (rows > MOST_ROWS)
        dlb_text_format(&page->out,
                        "<p>The first %d of %d; the others are in the data below.</p>\n", MOST_ROWS,
                        rows);
    dlb_text_append(&page->out, "<ul>\n");
    add_reasons(page);
    dlb_text_append(&page->out, "</ul>\n");
    dlb_page_section_end(page);
}
