/* html_method.c: how the figures were taken, so that a reader can judge them and take them again: command line, settings, and what the words mean. */
#include "bench/store/result_join.h"
#include "reports/html_page.h"
#include "reports/report_sentences.h"

static void add_command(struct dlb_page *page, const json_t *command)
{
    struct dlb_text text = {0};
    size_t index;
    json_t *word;
    json_array_foreach(command, index, word)
    {
        const char *raw = json_string_value(word);
        dlb_text_format(&text, "%s%s", index > 0 ? " " : "", raw != NULL ? raw : "?");
    }
    if (text.size > 0) {
        dlb_text_append(&page->out, "<pre>");
        dlb_html_name(text.data, &page->out);
        dlb_text_append(&page->out, "</pre>\n");
    }
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

/* A time of the settings, where it is told. */
static void add_setting(const json_t *settings, const char *name, const char *before,
                        const char *after, struct dlb_text *text)
{
    const json_t *value = json_object_get(settings, name);
    char time[24];
    if (!json_is_number(value))
        return;
    dlb_format_time(time, sizeof time, json_number_value(value));
    dlb_text_format(text, "%s%s%s", before, time, after);
}

static void add_settings(struct dlb_page *page, const json_t *settings)
{
    struct dlb_text text = {0};
    const json_t *processes = json_object_get(settings, "invocations");
    const json_t *precision = json_object_get(settings, "precision");
    dlb_text_append(&text, "Each case was measured");
    if (json_is_number(processes))
        dlb_text_format(&text, " in %.0f fresh processes", json_number_value(processes));
    dlb_text_append(&text, " in random order, each with samples until the 95 % interval of their "
                           "median was narrow enough");
    if (json_is_number(precision))
        dlb_text_format(&text, " (\xC2\xB1%.3g %%)", 100 * json_number_value(precision));
    add_setting(settings, "max_time_ns", " or ", " were over", &text);
    add_setting(settings, "batch_ns", "; a sample is as many executions as take ", "", &text);
    add_setting(settings, "warmup_ns", ", after ", " of warm-up", &text);
    dlb_text_format(&text, ". The seed of order and data is %llu.",
                    (unsigned long long)page->result->seed);
    dlb_html_sentence("p", &text, &page->out);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

static void add_words(struct dlb_page *page)
{
    static const char *const words[][2] = {
        {"time", "of one execution: the median of the medians of the processes; nothing is thrown "
                 "away but processes that a gate judged noisy, and those are shown"},
        {"interval",
         "95 % over processes by order statistics where there are 6 or more; with fewer, "
         "marked r, from the smallest to the largest; of a single process, marked w or "
         "s, that of its samples"},
        {"right",
         "outputs are compared with an independent oracle before and after timing; a wrong "
         "answer is a row with a reason and no speed"},
        {"ranked", "only what was measured on a device, under equal circumstances; modelled, "
                   "simulated, compiled, emulated and published figures stand below, marked"},
        {"average", "geometric mean of the ratios over the problems that both devices ran"},
        {"measured", "clocked on the device"},
        {"simulated", "cycle-accurate simulation of the hardware times a routed clock"},
        {"modelled", "a formula"},
        {"compiled", "the vendor's compiler says so; not executed"},
        {"emulated", "the answer is an emulator's; its time says nothing about the device"},
        {"published", "somebody else's table, with its source"},
    };
    dlb_text_append(&page->out, "<dl class=\"legend\">\n");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        dlb_html_element("dt", words[i][0], &page->out);
        dlb_html_element("dd", words[i][1], &page->out);
    }
    dlb_text_append(&page->out, "</dl>\n");
}

void dlb_page_method(struct dlb_page *page)
{
    size_t index;
    json_t *file;
    dlb_page_section(page, "method", "Method");
    if (json_object_size(page->result->settings) > 0)
        add_settings(page, page->result->settings);
    add_command(page, page->result->command);
    json_array_foreach(dlb_result_files(page->result), index, file)
    {
        struct dlb_text text = {0};
        dlb_text_format(&text, "%s:", dlb_report_member(file, "name"));
        dlb_html_sentence("p", &text, &page->out);
        dlb_text_free(&text);
        add_command(page, json_object_get(file, "command"));
    }
    add_words(page);
    dlb_page_section_end(page);
}
