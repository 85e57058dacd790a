/* html_samples.c: what is behind each figure: the processes of a case, their intervals, what made them noisy, and their samples.
 *
 * How much of it the page holds is decided by its size (html.c). Samples stand here with six digits, all of them are in the file. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/html_page.h"

#define SOME_SAMPLES 40 /* of a process, where not all fit */

static void add_ns(double ns, struct dlb_text *out)
{
    char text[24] = "";
    if (isfinite(ns))
        dlb_format_time(text, sizeof text, ns);
    dlb_html_cell(text, out);
}

static void add_interval(const struct dlb_invocation *invocation, struct dlb_text *out)
{
    char lo[24], hi[24], text[96] = "";
    if (isfinite(invocation->ci_lo_ns) && isfinite(invocation->ci_hi_ns)) {
        dlb_format_time(lo, sizeof lo, invocation->ci_lo_ns);
        dlb_format_time(hi, sizeof hi, invocation->ci_hi_ns);
        snprintf(text, sizeof text, "%s .. %s%s", lo, hi,
                 isfinite(invocation->ci_level) ? "" : " (range)");
    }
    dlb_html_cell(text, out);
}

static void add_process(const struct dlb_invocation *invocation, struct dlb_text *out)
{
    char text[64];
    dlb_text_format(out, "<tr><td>%d</td>", invocation->index);
    dlb_html_cell(invocation->t_start_utc, out);
    snprintf(text, sizeof text, "%lld \xC3\x97 %lld", (long long)invocation->n,
             (long long)invocation->k);
    dlb_html_cell(text, out);
    add_ns(invocation->median_ns, out);
    add_interval(invocation, out);
    add_ns(invocation->min_ns, out);
    add_ns(invocation->p99_ns, out);
    add_ns(invocation->max_ns, out);
    add_ns(invocation->prepare_ns, out);
    add_ns(invocation->first_call_ns, out);
    dlb_html_cell(invocation->gated ? invocation->gate_reason : "", out);
    dlb_text_append(out, "</tr>\n");
}

/* All samples, or every so many-th of them in the order of time. */
static void add_samples(const struct dlb_invocation *invocation, enum dlb_html_detail detail,
                        struct dlb_text *out)
{
    const int64_t n = invocation->n;
    int64_t step = 1;
    if (invocation->samples_ns == NULL || n < 1)
        return;
    if (detail == DLB_DETAIL_SOME)
        step = (n + SOME_SAMPLES - 1) / SOME_SAMPLES;
    dlb_text_format(out, "<p class=\"samples\">Process %d, ns", invocation->index);
    if (step > 1)
        dlb_text_format(out, ", one of every %lld", (long long)step);
    dlb_text_append(out, ":");
    for (int64_t i = 0; i < n; i += step)
        dlb_text_format(out, " %.6g", invocation->samples_ns[i]);
    dlb_text_append(out, "</p>\n");
}

static void add_heading(const struct dlb_page *page, const struct dlb_record *record,
                        struct dlb_text *out)
{
    char label[256];
    dlb_report_label(record, &page->common, label, sizeof label);
    dlb_text_append(out, "<details class=\"case\"><summary>");
    dlb_html_name(label, out);
    dlb_text_append(out, " on ");
    dlb_html_name(record->device, out);
    dlb_text_append(out, "</summary>\n");
}

/* What was run, and how its answer was found right. */
static void add_identity(const struct dlb_page *page, const struct dlb_record *record,
                         struct dlb_text *out)
{
    struct dlb_text text = {0};
    dlb_text_format(out, "<p id=\"c%d\">", dlb_page_index(page, record));
    dlb_text_format(&text, "%s; %s", record->key,
                    record->evidence[0] != '\0' ? record->evidence : "measured");
    if (record->implementation[0] != '\0')
        dlb_text_format(&text, "; %s", record->implementation);
    if (record->parameters[0] != '\0')
        dlb_text_format(&text, "; %s", record->parameters);
    if (record->verified.checked)
        dlb_text_format(&text, "; answer %s (%s), largest error %.2g of %.2g allowed",
                        record->verified.ok ? "right" : "wrong", record->verified.method,
                        record->verified.max_rel_err, record->verified.tolerance);
    dlb_html_name(text.data != NULL ? text.data : "", out);
    dlb_text_append(out, "</p>\n");
    out->failed = out->failed || text.failed;
    dlb_text_free(&text);
}

static void add_case(const struct dlb_page *page, const struct dlb_record *record,
                     struct dlb_text *out)
{
    static const char *const headings[] = {"process",    "begun",    "samples \xC3\x97 calls",
                                           "median",     "interval", "least",
                                           "p99",        "largest",  "prepare",
                                           "first call", "noisy"};
    add_heading(page, record, out);
    add_identity(page, record, out);
    if (record->invocation_count > 0) {
        dlb_text_append(out, "<div class=\"scroll\"><table><thead><tr>");
        for (size_t i = 0; i < DLB_ARRAY_COUNT(headings); i++)
            dlb_text_format(out, "<th scope=\"col\">%s</th>", headings[i]);
        dlb_text_append(out, "</tr></thead><tbody>\n");
        for (int i = 0; i < record->invocation_count; i++)
            add_process(&record->invocations[i], out);
        dlb_text_append(out, "</tbody></table></div>\n");
    }
    for (int i = 0; i < record->invocation_count && page->detail >= DLB_DETAIL_SOME; i++)
        add_samples(&record->invocations[i], page->detail, out);
    dlb_text_append(out, "</details>\n");
}

void dlb_page_samples(struct dlb_page *page)
{
    static const char *const told[] = {
        [DLB_DETAIL_NONE] = "",
        [DLB_DETAIL_PROCESSES] = "The samples themselves are left out to keep the page small; ",
        [DLB_DETAIL_SOME] = "Some of the samples, evenly taken in time, to keep the page small; ",
        [DLB_DETAIL_ALL] = "All samples, with six digits; ",
    };
    if (page->ranking.row_count == 0)
        return;
    dlb_page_section(page, "samples", "Samples");
    if (page->detail == DLB_DETAIL_NONE) {
        dlb_text_append(&page->out, "<p>Processes and samples are left out to keep the page small; "
                                    "they are in ");
    } else {
        dlb_text_format(&page->out, "<p>%sall digits are in ", told[page->detail]);
    }
    dlb_html_name(dlb_page_file(page), &page->out);
    dlb_text_append(&page->out, ".</p>\n");
    dlb_page_pictures(page, "distribution");
    dlb_page_pictures(page, "order");
    for (int i = 0; i < page->ranking.row_count && page->detail != DLB_DETAIL_NONE; i++)
        add_case(page, page->ranking.rows[i].record, &page->out);
    dlb_page_section_end(page);
}
