/* html_data.c: the result inside of the page, for programs: a document of schema dlbench-result/1 without its samples where that fits, else the numbers
 * of each case in the order of the file. The page says which. */
#include <math.h>

#include "reports/html_page.h"

#define LEAST_RECORD                                                                               \
    900 /* bytes of a record without samples, seen in files: what cannot fit is not tried */

static json_t *record_without_samples(const struct dlb_record *record)
{
    json_t *json = dlb_record_to_json(record);
    size_t index;
    json_t *invocation;
    json_array_foreach(json_object_get(json, "invocations"), index, invocation)
    {
        json_object_del(invocation, "samples_ns");
    }
    return json;
}

/* Appends the document with its records one by one, and stops where it has become larger than `room`. */
static bool add_document(const struct dlb_result *result, size_t room, struct dlb_text *out)
{
    struct dlb_result head = *result; /* borrows everything, shows no records */
    const size_t before = out->size;
    if ((size_t)result->record_count > room / LEAST_RECORD)
        return false;
    head.record_count = 0;
    json_t *json = dlb_result_to_json(&head);
    json_object_del(json, "results");
    bool ok = dlb_html_json(json, out) && out->size > before && out->size - before < room;
    json_decref(json);
    if (!ok)
        return false;
    out->data[--out->size] = '\0'; /* the brace: results follow */
    dlb_text_append(out, ",\"results\":[");
    for (int i = 0; i < result->record_count && ok; i++) {
        json_t *record = record_without_samples(&result->records[i]);
        dlb_text_append(out, i > 0 ? ",\n" : "\n");
        ok = dlb_html_json(record, out) && out->size - before < room;
        json_decref(record);
    }
    dlb_text_append(out, "]}");
    return ok && !out->failed;
}

/* The numbers of a case, in this order. */
static const char *const number_names[] = {"median_ns",   "ci_lo_ns",      "ci_hi_ns",
                                           "invocations", "ops_per_s",     "roof_fraction",
                                           "j_per_item",  "cost_per_mitem"};

static void add_number(double value, struct dlb_text *out)
{
    if (isfinite(value))
        dlb_text_format(out, ",%.6g", value);
    else
        dlb_text_append(out, ",null");
}

static void add_numbers(const struct dlb_result *result, struct dlb_text *out)
{
    dlb_text_append(out, "{\"schema\":\"dlbench-report-numbers/1\",\"columns\":[\"result\"");
    for (size_t i = 0; i < sizeof number_names / sizeof number_names[0]; i++)
        dlb_text_format(out, ",\"%s\"", number_names[i]);
    dlb_text_append(out, "],\"rows\":[");
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        dlb_text_format(out, "%s[%d", i > 0 ? ",\n" : "\n", i);
        add_number(record->summary.median_ns, out);
        add_number(record->summary.ci_lo_ns, out);
        add_number(record->summary.ci_hi_ns, out);
        add_number(record->invocation_count, out);
        add_number(record->summary.ops_per_s, out);
        add_number(record->summary.roof_fraction, out);
        add_number(record->energy.j_per_item, out);
        add_number(record->cost.per_mitem, out);
        dlb_text_append(out, "]");
    }
    dlb_text_append(out, "]}");
}

void dlb_page_data(struct dlb_page *page, size_t room)
{
    struct dlb_text json = {0};
    const bool whole = add_document(page->result, room, &json);
    if (!whole) {
        const bool failed = json.failed;
        dlb_text_clear(&json);
        json.failed = failed;
        add_numbers(page->result, &json);
    }
    dlb_page_section(page, "data", "Data");
    dlb_text_append(&page->out, "<p>");
    dlb_text_append(&page->out,
                    whole ? "This page holds its result as JSON (schema dlbench-result/1, without "
                            "the samples) in its element <code>#dlbench-data</code>"
                          : "This page holds the numbers of each case as JSON in its element "
                            "<code>#dlbench-data</code>; <code>result</code> is the index in "
                            "<code>results</code> of the file");
    dlb_text_append(&page->out, ". Everything, samples included, is in ");
    dlb_html_name(dlb_page_file(page), &page->out);
    dlb_text_append(&page->out, ".</p>\n<script type=\"application/json\" id=\"dlbench-data\">");
    if (json.data != NULL)
        dlb_text_append_bytes(&page->out, json.data, json.size);
    dlb_text_append(&page->out, "</script>\n");
    dlb_page_section_end(page);
    page->out.failed = page->out.failed || json.failed;
    dlb_text_free(&json);
}
