/* html_warnings.c: what a reader must know before believing the figures: an unfinished run, failures, noise and where it came from, a machine that
 * hides things. Nothing here repeats a figure; each line says what it means for them. */
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/html_page.h"
#include "reports/report_sentences.h"

#define MOST_REASONS 3

/* Flags and what they mean for the figures. */
static const struct meaning {
    const char *flag, *text;
} meanings[] = {
    {"suspect", "contradict another figure: do not rely on them"},
    {"noisy", "were measured while other work kept the machine busy: repeat them when it is idle"},
    {"unsteady", "were still changing when the warm-up had to end"},
    {"timer_limited", "take less than 100 steps of the clock"},
    {"cold_downgraded", "could not be measured with cold caches and are not ranked as cold"},
    {"reference_kernel", "ran a slow reference kernel of the library's own"},
    {"slowdown", "were stretched on purpose (--slowdown) and are not ranked"},
    {"above_roof",
     "are above their roof: the roof was measured too low, or the algorithm does fewer "
     "operations than the formula counts (Winograd)"},
    {"above_datasheet", "are above the peak of the datasheet: it is not this device's, or the "
                        "algorithm does fewer operations than the formula counts"},
    {"multiplexed", "have counters that took turns: their counts are extrapolated"},
    {"budget", "ran out of time before the interval was as narrow as asked"},
    {"single_invocation", "come from one process only: how far processes differ is not known"},
};

static void add_flags(struct dlb_page *page, struct dlb_text *text)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(meanings); i++) {
        const int count = dlb_report_flagged(page->result, meanings[i].flag);
        if (count == 0)
            continue;
        dlb_text_format(text, "%d of %d cases %s", count, page->result->record_count,
                        meanings[i].text);
        dlb_html_sentence("li", text, &page->out);
    }
}

/* The reasons of the gates, the most frequent first. */
struct reasons {
    int count;
    struct {
        const char *text;
        int times;
    } items[64];
};

/* "run-queue 6%" and "run-queue 7%" are one reason: what stands before the number. */
static size_t kind_of(const char *reason)
{
    size_t length = strcspn(reason, "0123456789");
    while (length > 0 && reason[length - 1] == ' ')
        length--;
    return length > 0 ? length : strlen(reason);
}

static void count_reason(struct reasons *reasons, const char *reason)
{
    const size_t length = kind_of(reason);
    for (int i = 0; i < reasons->count; i++)
        if (kind_of(reasons->items[i].text) == length &&
            strncmp(reasons->items[i].text, reason, length) == 0) {
            reasons->items[i].times++;
            return;
        }
    if (reasons->count < (int)DLB_ARRAY_COUNT(reasons->items)) {
        reasons->items[reasons->count].text = reason;
        reasons->items[reasons->count++].times = 1;
    }
}

static void add_gates(struct dlb_page *page, struct dlb_text *text)
{
    struct reasons reasons = {0};
    int gated = 0;
    int total = 0;
    for (int i = 0; i < page->result->record_count; i++)
        for (int j = 0; j < page->result->records[i].invocation_count; j++) {
            const struct dlb_invocation *invocation = &page->result->records[i].invocations[j];
            total++;
            gated += invocation->gated;
            if (invocation->gated && invocation->gate_reason[0] != '\0')
                count_reason(&reasons, invocation->gate_reason);
        }
    if (gated == 0)
        return;
    dlb_text_format(text, "%d of %d processes were judged noisy", gated, total);
    for (int told = 0; told < MOST_REASONS && told < reasons.count; told++) {
        int most = 0;
        for (int i = 1; i < reasons.count; i++)
            most = reasons.items[i].times > reasons.items[most].times ? i : most;
        dlb_text_format(text, "%s%.*s (%d)", told == 0 ? ": " : ", ",
                        (int)kind_of(reasons.items[most].text), reasons.items[most].text,
                        reasons.items[most].times);
        reasons.items[most].times = 0;
    }
    dlb_html_sentence("li", text, &page->out);
}

static bool is_true(const struct dlb_result *result, const char *name)
{
    return json_is_true(json_object_get(result->host, name));
}

/* What the machine does to figures. */
static void add_machine(struct dlb_page *page, struct dlb_text *text)
{
    const struct dlb_result *result = page->result;
    const char *virt = dlb_report_member(result->host, "virt");
    const char *governor = dlb_report_member(result->host, "governor");
    const json_t *quota = json_object_get(result->host, "cgroup_cpu_quota");
    const char *git = dlb_report_member(result->tool, "git");
    if (virt[0] != '\0' && strcmp(virt, "none") != 0) {
        dlb_text_format(text,
                        "a virtual machine (%s): neighbours and changes of the clock cannot be "
                        "seen from inside",
                        virt);
        dlb_html_sentence("li", text, &page->out);
    }
    if (governor[0] != '\0' && strcmp(governor, "performance") != 0) {
        dlb_text_format(text, "the governor of the clock is '%s', not 'performance'", governor);
        dlb_html_sentence("li", text, &page->out);
    }
    if (json_is_number(quota)) {
        dlb_text_format(text, "a quota gives this container %.3g processors",
                        json_number_value(quota));
        dlb_html_sentence("li", text, &page->out);
    }
    if (is_true(result, "on_battery"))
        dlb_html_element("li", "the machine ran on its battery", &page->out);
    if (is_true(result, "heterogeneous"))
        dlb_html_element("li", "the cores are not all alike: where a thread runs matters",
                         &page->out);
    if (strstr(git, "-dirty") != NULL) {
        dlb_text_format(text, "built from a tree with uncommitted changes (%s)", git);
        dlb_html_sentence("li", text, &page->out);
    }
}

static void add_outcome(struct dlb_page *page, struct dlb_text *text)
{
    const struct dlb_result *result = page->result;
    int failed = 0;
    for (int i = 0; i < result->record_count; i++)
        failed += strcmp(dlb_record_status_text(result->records[i].status), "failed") == 0;
    if (!result->complete) {
        dlb_text_format(text, "incomplete: %s",
                        result->reason[0] != '\0' ? result->reason : "the run has not ended");
        dlb_html_sentence("li class=\"warn\"", text, &page->out);
    }
    if (failed > 0) {
        dlb_text_format(text, "%d of %d cases failed; they have no speed, and the reasons are ",
                        failed, result->record_count);
        dlb_text_append(text, "below the table of cases");
        dlb_html_sentence("li class=\"warn\"", text, &page->out);
    }
}

void dlb_page_warnings(struct dlb_page *page)
{
    struct dlb_text text = {0};
    dlb_page_section(page, "warnings", "Before you believe it");
    dlb_text_append(&page->out, "<ul>\n");
    const size_t begun = page->out.size;
    add_outcome(page, &text);
    add_flags(page, &text);
    add_gates(page, &text);
    add_machine(page, &text);
    if (page->pictures->reason[0] != '\0') {
        dlb_text_format(&text, "no pictures: %s", page->pictures->reason);
        dlb_html_sentence("li", &text, &page->out);
    }
    if (page->out.size == begun)
        dlb_html_element("li", "nothing speaks against it", &page->out);
    dlb_text_append(&page->out, "</ul>\n");
    dlb_page_section_end(page);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}
