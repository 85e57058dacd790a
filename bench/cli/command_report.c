/* command_report.c: `dlbench report FILE...`: results told to people: one page of HTML with its pictures, or another format.
 *
 * Several files are joined: each device has the label of its file in front (bench/cli/input_files.h). What can be added to a stored
 * result, published rows and prices, is added in memory; no file is changed. */
#include <string.h>

#include "bench/base/log.h"
#include "bench/cli/command.h"
#include "bench/cli/input_files.h"
#include "bench/cli/overlay.h"
#include "bench/cli/result_output.h"
#include "bench/cli/run_cost.h"
#include "reports/pictures.h"
#include "reports/report.h"

#define AT(field)     .offset = offsetof(struct report_options, field)
#define OVERLAY_GROUP "Report"
#define PRICE_GROUP   "Prices"

struct report_options {
    int format; /* 0: by the output's name; else 1 + index into dlb_report_formats */
    const char *title, *overlay, *currency, *output;
    double price_hour, price_kwh, pue;
    int64_t columns;
    bool csv_apostrophe;
};

static const struct dlb_option options[] = {
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "auto",
     .choices = "auto " DLB_FORMATS_REPORT,
     .group = "Report",
     .help =
         "text, json, jsonl, csv, md, openmetrics or html; auto: by the name of the output, text "
         "on the screen",
     AT(format)},
    {.name = "title",
     .kind = DLB_OPTION_TEXT,
     .argument = "TEXT",
     .group = "Report",
     .help = "html: heading of the page",
     AT(title)},
#include "bench/cli/overlay_option.def"

#include "bench/cli/price_options.def"

#include "bench/cli/output_options.def"
    {.name = NULL},
};

static const struct dlb_command_example examples[] = {
    {"dlbench report results/r.json -o report.html", "one page that needs no network"},
    {"dlbench report before=a.json after=b.json -o both.html --title 'Before and after'",
     "two files beside each other"},
    {"dlbench report results/r.json --format md", "a table for GitHub"},
    {"dlbench report results/r.json --overlay published -o report.html",
     "with what others published of the same problems"},
    {NULL, NULL},
};

/* What the name of the output asks for; NULL: nothing that is known. */
static const char *format_of_name(const char *output)
{
    const char *dot = strrchr(output, '.');
    if (dot == NULL || strchr(dot, '/') != NULL)
        return NULL;
    for (const struct dlb_report_format *format = dlb_report_formats; format->name != NULL;
         format++)
        if (strcmp(dot + 1, format->extension) == 0)
            return format->name;
    return strcmp(dot, ".htm") == 0 ? "html" : NULL;
}

static enum dlb_status choose_format(const struct report_options *wanted, const char **format,
                                     struct dlb_why *why)
{
    if (wanted->format > 0)
        *format = dlb_report_formats[wanted->format - 1].name;
    else
        *format = wanted->output != NULL ? format_of_name(wanted->output) : "text";
    if (*format == NULL)
        return dlb_fail(why, DLB_INVALID,
                        "the name '%.200s' does not say which format is wanted: end it in .html, "
                        ".md, .csv, .txt, .json, .jsonl or .prom, or add --format",
                        wanted->output);
    return DLB_OK;
}

/* What a result is shown with beside what its file holds. */
static enum dlb_status enrich(struct dlb_cli *cli, const struct report_options *wanted,
                              struct dlb_result *result)
{
    const struct dlb_cost_terms terms = {.price_hour = wanted->price_hour,
                                         .price_kwh = wanted->price_kwh,
                                         .pue = wanted->pue,
                                         .currency = wanted->currency};
    const enum dlb_status status = dlb_overlay_apply(cli, wanted->overlay, result);
    return status == DLB_OK ? dlb_run_cost(cli, &terms, result) : status;
}

/* The page says it, too; but who made it may not look for pictures there. */
static void warn_of_missing(const struct dlb_pictures *pictures)
{
    const char *reason = NULL;
    const int drawn = dlb_pictures_drawn(pictures, &reason);
    if (reason != NULL && drawn == 0)
        dlb_log(DLB_LOG_WARNING, "the page has no pictures: %s", reason);
    else if (reason != NULL)
        dlb_log(DLB_LOG_WARNING, "the page has %d of %d pictures: %s", drawn, pictures->count,
                reason);
}

/* The page of a result: its pictures are drawn first. */
static enum dlb_status write_page(struct dlb_cli *cli, const struct dlb_result *result,
                                  const struct dlb_result_output *how)
{
    struct dlb_result_output page = *how;
    struct dlb_pictures pictures;
    enum dlb_status status = dlb_pictures_make(result, &pictures, &cli->why);
    if (status != DLB_OK)
        return status;
    page.pictures = &pictures;
    status = dlb_result_output_write(cli, result, &page);
    if (status == DLB_OK)
        warn_of_missing(&pictures);
    dlb_pictures_free(&pictures);
    return status;
}

static int write_joined(struct dlb_cli *cli, const struct report_options *wanted,
                        const char *format, struct dlb_inputs *inputs)
{
    struct dlb_result result = {0};
    const struct dlb_result_output how = {.format = format,
                                          .output = wanted->output,
                                          .columns = wanted->columns,
                                          .csv_apostrophe = wanted->csv_apostrophe,
                                          .title = wanted->title,
                                          .file =
                                              inputs->count == 1 ? inputs->sources[0].path : NULL};
    enum dlb_status status = dlb_inputs_join(inputs, &result, &cli->why);
    if (status == DLB_OK)
        status = enrich(cli, wanted, &result);
    if (status == DLB_OK)
        status = strcmp(format, "html") == 0 ? write_page(cli, &result, &how)
                                             : dlb_result_output_write(cli, &result, &how);
    dlb_result_free(&result);
    return dlb_exit_from_status(status);
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct report_options *wanted = target;
    struct dlb_inputs inputs = {0};
    const char *format = NULL;
    enum dlb_status status = choose_format(wanted, &format, &cli->why);
    if (status == DLB_OK)
        status = dlb_inputs_name(cli, &inputs);
    int code = dlb_exit_from_status(status);
    if (status == DLB_OK)
        code = dlb_inputs_load(cli, wanted->output, &inputs);
    if (code == DLB_EXIT_OK)
        code = write_joined(cli, wanted, format, &inputs);
    dlb_inputs_free(&inputs);
    return code;
}

const struct dlb_command dlb_command_report = {
    .name = "report",
    .summary = "tell results to people: one page of HTML with pictures, Markdown, text, ...",
    .arguments = "[LABEL=]FILE...",
    .arguments_min = 1,
    .arguments_max = DLB_MOST_INPUTS,
    .details =
        "The page needs no network and no file beside it: answer, warnings, ranking, rooflines, "
        "every case with its interval, evidence and samples, energy and cost with their sources, "
        "counters, machine, method, and the data itself. Its pictures are drawn by gnuplot; "
        "without it the page says so and is complete in words and numbers. It stays below 5 MB: "
        "what does not fit is left out, said, and in the result file. Several files become one "
        "page, each device with the label of its file in front; the file of a check tells its "
        "verdicts.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct report_options),
    .run = run,
};
