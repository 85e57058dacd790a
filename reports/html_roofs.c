/* html_roofs.c: the measured ceilings of each device beside what its maker says, and the pictures of the rooflines.
 *
 * A ceiling above the datasheet is told, never clipped: then the datasheet is not of this device, or its clock was higher than promised. */
#include <math.h>
#include <stdio.h>

#include "bench/base/compiler.h"
#include "bench/store/roofs.h"
#include "reports/html_page.h"
#include "reports/report_sentences.h"

static const struct dlb_html_column columns[] = {
    {"ceiling", "", false},
    {"kind", "", false},
    {"threads", "", true},
    {"working set", "of all threads together", true},
    {"value", "of the best process", true},
    {"from .. to", "smallest and largest of the processes", true},
    {"notes", "", false},
    {"datasheet", "what the catalogue or the maker says",
     true}, /* last: left out where none is known */
};

static bool has_datasheet(const struct dlb_roofs *roofs)
{
    for (int i = 0; i < roofs->count; i++)
        if (isfinite(roofs->items[i].datasheet))
            return true;
    return false;
}

static void format_value(const struct dlb_roof *roof, double value, char *text, size_t size)
{
    text[0] = '\0';
    if (!isfinite(value))
        return;
    if (roof->kind == DLB_ROOF_COMPUTE)
        dlb_format_si(text, size, value, dlb_report_ops_unit(roof->dtype));
    else if (roof->kind == DLB_ROOF_LATENCY || roof->kind == DLB_ROOF_LAUNCH)
        dlb_format_time(text, size, value);
    else
        dlb_format_si(text, size, value, "B/s");
}

static void add_roof(struct dlb_page *page, const struct dlb_roof *roof, bool datasheet)
{
    char value[32], range[80], lo[32], hi[32], text[64];
    const bool above = roof->kind != DLB_ROOF_LATENCY && roof->kind != DLB_ROOF_LAUNCH &&
                       roof->value > roof->datasheet;
    dlb_text_append(&page->out, roof->ceiling ? "<tr>" : "<tr class=\"m\">");
    dlb_html_cell_name(roof->name, &page->out);
    dlb_html_cell(dlb_roof_kind_name(roof->kind), &page->out);
    snprintf(text, sizeof text, "%d", roof->threads);
    dlb_html_cell(roof->threads > 0 ? text : "", &page->out);
    text[0] = '\0';
    if (roof->size_bytes > 0)
        dlb_format_bytes(text, sizeof text, roof->size_bytes);
    dlb_html_cell_value(roof->size_bytes, text, &page->out);
    format_value(roof, roof->value, value, sizeof value);
    dlb_html_cell_value(roof->value, value, &page->out);
    format_value(roof, roof->lo, lo, sizeof lo);
    format_value(roof, roof->hi, hi, sizeof hi);
    snprintf(range, sizeof range, "%s%s%s", lo, lo[0] != '\0' ? " .. " : "", hi);
    dlb_html_cell(range, &page->out);
    snprintf(text, sizeof text, "%s%s%s", roof->ceiling ? "" : "no ceiling",
             !roof->ceiling && above ? ", " : "", above ? "above the datasheet" : "");
    dlb_html_cell(text, &page->out);
    format_value(roof, roof->datasheet, value, sizeof value);
    if (datasheet)
        dlb_html_cell_value(roof->datasheet, value, &page->out);
    dlb_text_append(&page->out, "</tr>\n");
}

static void add_device(struct dlb_page *page, const char *key, const json_t *measured, int number)
{
    struct dlb_roofs roofs;
    struct dlb_why why = {""};
    struct dlb_text caption = {0};
    char id[24];
    const enum dlb_status status = dlb_roofs_from_json(measured, &roofs, &why);
    if (status != DLB_OK) {
        dlb_text_format(&caption, "The roofs of %s cannot be read: %s", key, why.text);
        dlb_html_sentence("p class=\"warn\"", &caption, &page->out);
        dlb_text_free(&caption);
        return;
    }
    const bool datasheet = has_datasheet(&roofs);
    snprintf(id, sizeof id, "roofs%d", number);
    dlb_text_format(
        &caption, "%s: %s%s, %s", key, roofs.evidence[0] != '\0' ? roofs.evidence : "measured",
        roofs.quick ? " quickly (dlbench roofline measures with more processes)" : "", roofs.as_of);
    dlb_html_table(id, caption.data != NULL ? caption.data : key, columns,
                   (int)DLB_ARRAY_COUNT(columns) - !datasheet, &page->out);
    for (int i = 0; i < roofs.count; i++)
        add_roof(page, &roofs.items[i], datasheet);
    dlb_html_table_end(&page->out);
    page->out.failed = page->out.failed || caption.failed;
    dlb_text_free(&caption);
    dlb_roofs_free(&roofs);
}

static bool has_roofs(const struct dlb_result *result)
{
    size_t index;
    json_t *device;
    json_array_foreach(result->devices, index,
                       device) if (json_object_size(json_object_get(device, "measured")) >
                                   0) return true;
    return false;
}

void dlb_page_roofs(struct dlb_page *page)
{
    const json_t *told = NULL; /* the processors of one machine share their ceilings */
    size_t index;
    json_t *device;
    int number = 0;
    if (!has_roofs(page->result))
        return;
    dlb_page_section(page, "roofline", "How close to the limit");
    dlb_html_element(
        "p",
        "The roof of a case is the lower of two ceilings: operations a second of its "
        "type, and bytes a second of the memory that holds its data times operations "
        "per byte. Micro-kernels measured both on the device, where a table does not say "
        "that they are of a model.",
        &page->out);
    dlb_page_pictures(page, "roofline");
    json_array_foreach(page->result->devices, index, device)
    {
        const json_t *measured = json_object_get(device, "measured");
        const char *key = dlb_report_member(device, "key");
        if (json_object_size(measured) == 0)
            continue;
        if (told != NULL && json_equal(told, measured)) {
            struct dlb_text text = {0};
            dlb_text_format(&text, "%s has the ceilings of the table before.", key);
            dlb_html_sentence("p", &text, &page->out);
            dlb_text_free(&text);
            continue;
        }
        add_device(page, key, measured, number++);
        told = measured;
    }
    dlb_page_section_end(page);
}
