/* html_counters.c: what was counted in the passes of their own behind the timed samples, and the figures that follow from the counts. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "reports/html_page.h"

#define MOST_ROWS 300

static const struct dlb_html_column derived[] = {
    {"case", "", false},
    {"device", "", false},
    {"IPC", "instructions per cycle", true},
    {"clock", "cycles per second of processor time", true},
    {"L1 misses", "per 1000 instructions", true},
    {"L2 misses", "per 1000 instructions", true},
    {"L3 misses", "per 1000 instructions", true},
    {"B/op counted", "bytes of memory traffic per operation of the formula", true},
    {"B/op formula", "what it would be with every tensor touched once", true},
    {"flops counted", "floating-point operations counted / the formula's", true},
    {"counts", "per execution, all threads together", false},
    {"passes", "", false},
};

static void add_number(double value, struct dlb_text *out)
{
    char text[32] = "";
    if (isfinite(value))
        snprintf(text, sizeof text, "%.3g", value);
    dlb_html_cell_value(value, text, out);
}

/* "cycles 1.23 M, instructions 3.40 M": those that were counted. */
static void add_counts(const struct dlb_counting *counting, struct dlb_text *out)
{
    struct dlb_text text = {0};
    for (int i = 0; i < counting->count; i++) {
        char value[32];
        if (!isfinite(counting->values[i].value))
            continue;
        dlb_format_si(value, sizeof value, counting->values[i].value, "");
        dlb_text_format(&text, "%s%s %s", text.size > 0 ? ", " : "", counting->values[i].name,
                        value);
    }
    dlb_html_cell_name(text.data != NULL ? text.data : "", out);
    out->failed = out->failed || text.failed;
    dlb_text_free(&text);
}

static void add_row(struct dlb_page *page, const struct dlb_record *record)
{
    const struct dlb_counting *counting = &record->counting;
    char label[256], text[128], hertz[32] = "";
    dlb_report_label(record, &page->common, label, sizeof label);
    dlb_text_append(&page->out, "<tr>");
    dlb_html_cell_name(label, &page->out);
    dlb_html_cell_name(record->device, &page->out);
    add_number(counting->ipc, &page->out);
    if (isfinite(counting->effective_hz))
        dlb_format_si(hertz, sizeof hertz, counting->effective_hz, "Hz");
    dlb_html_cell_value(counting->effective_hz, hertz, &page->out);
    add_number(counting->l1d_miss_per_kinst, &page->out);
    add_number(counting->l2_miss_per_kinst, &page->out);
    add_number(counting->l3_miss_per_kinst, &page->out);
    add_number(counting->dram_bytes_per_op, &page->out);
    add_number(counting->formula_bytes_per_op, &page->out);
    add_number(counting->flops_counted_per_op, &page->out);
    add_counts(counting, &page->out);
    snprintf(text, sizeof text, "%d of %lld executions, %s%s", counting->passes,
             (long long)counting->executions, counting->source,
             counting->multiplexed ? ", multiplexed" : "");
    dlb_html_cell_name(text, &page->out);
    dlb_text_append(&page->out, "</tr>\n");
}

/* A counter that is missing, and why: told once for all cases. */
static void add_missing(struct dlb_page *page)
{
    const struct dlb_count_value *told[2 * DLB_MAX_COUNTS];
    size_t count = 0;
    for (int i = 0; i < page->result->record_count; i++) {
        const struct dlb_counting *counting = &page->result->records[i].counting;
        for (int j = 0; j < counting->count && count < sizeof told / sizeof told[0]; j++) {
            const struct dlb_count_value *value = &counting->values[j];
            bool known = isfinite(value->value) || value->reason[0] == '\0';
            for (size_t k = 0; k < count && !known; k++)
                known = strcmp(told[k]->name, value->name) == 0 &&
                        strcmp(told[k]->reason, value->reason) == 0;
            if (known)
                continue;
            struct dlb_text text = {0};
            told[count++] = value;
            dlb_text_format(&text, "%s: %s", value->name, value->reason);
            dlb_html_sentence("li", &text, &page->out);
            dlb_text_free(&text);
        }
    }
}

void dlb_page_counters(struct dlb_page *page)
{
    int rows = 0;
    for (int i = 0; i < page->result->record_count; i++)
        rows += page->result->records[i].counting.taken;
    if (rows == 0)
        return;
    dlb_page_section(page, "counters", "Counters");
    dlb_html_element("p",
                     "Counted in passes of their own, so that counting disturbs no timed sample.",
                     &page->out);
    dlb_html_table("counts", "Counters of the cases", derived,
                   (int)(sizeof derived / sizeof derived[0]), &page->out);
    int told = 0;
    for (int i = 0; i < page->result->record_count && told < MOST_ROWS; i++)
        if (page->result->records[i].counting.taken) {
            add_row(page, &page->result->records[i]);
            told++;
        }
    dlb_html_table_end(&page->out);
    if (rows > told)
        dlb_text_format(&page->out,
                        "<p>The first %d of %d; the others are in the data below.</p>\n", told,
                        rows);
    dlb_text_append(&page->out, "<h3>Not counted</h3>\n<ul>\n");
    const size_t begun = page->out.size;
    add_missing(page);
    if (page->out.size == begun)
        dlb_html_element("li", "nothing that was asked for", &page->out);
    dlb_text_append(&page->out, "</ul>\n");
    dlb_page_section_end(page);
}
