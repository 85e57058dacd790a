/* command_compare.c: `dlbench compare A B...`: result files beside each other. It describes and never gates.
 *
 * Here is the choice of metric and format; the labels of the files are in input_files.c, what goes with what is bench/store/comparison.h. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/input_files.h"
#include "bench/cli/metrics.h"
#include "bench/cli/overlay.h"
#include "bench/cli/suggest.h"
#include "bench/store/comparison.h"
#include "bench/store/replace.h"
#include "reports/compare_report.h"

#define MOST_METRICS 64

struct compare_options {
    int by;
    const char *metric, *base;
    int format; /* index into dlb_compare_formats */
    int64_t columns;
    bool csv_apostrophe;
    const char *output, *overlay;
};

#define AT(field)     .offset = offsetof(struct compare_options, field)
#define OVERLAY_GROUP "Comparison"

static const struct dlb_option options[] = {
    {.name = "by",
     .kind = DLB_OPTION_CHOICE,
     .argument = "WHAT",
     .default_text = "file",
     .choices = "file device version host",
     .group = "Comparison",
     .help = "what stands beside what: files, devices (one file will do), versions on the same "
             "hardware, hosts",
     .offset = offsetof(struct compare_options, by)},
    {.name = "metric",
     .kind = DLB_OPTION_TEXT,
     .argument = "NAME",
     .default_text = "median_ns",
     .group = "Comparison",
     .help = "the number compared; dlbench list metrics",
     .offset = offsetof(struct compare_options, metric)},
    {.name = "base",
     .kind = DLB_OPTION_TEXT,
     .argument = "LABEL",
     .group = "Comparison",
     .help = "what the others are compared with; the first unless given",
     .offset = offsetof(struct compare_options, base)},
#include "bench/cli/overlay_option.def"
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = "text json csv md",
     .group = "Output",
     .help = "text, json, csv or md",
     .offset = offsetof(struct compare_options, format)},
    {.name = "columns",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "auto",
     .automatic = true,
     .min = 0,
     .max = 10000,
     .group = "Output",
     .help = "width of the printed table; 0: no limit; auto: COLUMNS, else the terminal's",
     .offset = offsetof(struct compare_options, columns)},
    {.name = "csv-apostrophe",
     .kind = DLB_OPTION_FLAG,
     .group = "Output",
     .help = "csv: an apostrophe before text that a spreadsheet would take for a formula",
     .offset = offsetof(struct compare_options, csv_apostrophe)},
    {.name = "output",
     .letter = 'o',
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Output",
     .help = "write to FILE instead of the screen",
     .completion = DLB_COMPLETE_FILE,
     .offset = offsetof(struct compare_options, output)},
    {.name = NULL},
};

static const struct dlb_command_example examples[] = {
    {"dlbench compare old=results/a.json new=results/b.json", "two runs, with labels"},
    {"dlbench compare results/a.json --by device --base openblas:0", "the devices of one run"},
    {"dlbench compare results/*.json --by host --metric items_per_s --format md",
     "many hosts, for a page"},
    {NULL, NULL},
};

/* ---- the metric ---- */

static enum dlb_status find_metric(const char *name, struct dlb_comparison_metric *metric,
                                   struct dlb_why *why)
{
    const char *names[MOST_METRICS];
    struct dlb_text list = {0};
    size_t count = 0;
    for (const struct dlb_metric *at = dlb_metrics; at->name != NULL; at++) {
        if (!dlb_comparison_knows(at->name) || at->better[0] == '\0')
            continue;
        if (strcmp(at->name, name) == 0) {
            *metric = (struct dlb_comparison_metric){at->name, at->unit,
                                                     strcmp(at->better, "higher") == 0};
            dlb_text_free(&list);
            return DLB_OK;
        }
        dlb_text_format(&list, "%s%s", count > 0 ? ", " : "", at->name);
        if (count + 1 < MOST_METRICS)
            names[count++] = at->name;
    }
    names[count] = NULL;
    dlb_fail(why, DLB_INVALID, "'%.80s' cannot be compared%s; there are: %s", name,
             dlb_suggest(name, names).text, list.data != NULL ? list.data : "none");
    dlb_text_free(&list);
    return DLB_INVALID;
}

/* ---- output ---- */

/* The document with its exit code and reason, as text. NULL without memory. */
static char *dump_document(struct dlb_cli *cli, const struct dlb_comparison *comparison, int code)
{
    json_t *document = dlb_compare_to_json(comparison);
    json_object_set_new(document, "exit_code", json_integer(code));
    json_object_set_new(document, "reason", dlb_json_text(cli->why.text));
    char *text =
        document != NULL ? json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(document);
    return text;
}

static enum dlb_status render(struct dlb_cli *cli, const struct compare_options *wanted,
                              const struct dlb_comparison *comparison, int code, FILE *stream)
{
    const bool screen = wanted->output == NULL;
    const int columns = wanted->columns >= 0 ? (int)wanted->columns : cli->out.columns;
    const struct dlb_report_options how = {.color = screen && cli->out.color,
                                           .columns = screen || wanted->columns > 0 ? columns : 0,
                                           .unicode = !screen || cli->out.unicode,
                                           .csv_apostrophe = wanted->csv_apostrophe};
    struct dlb_why why = {""};
    enum dlb_status status = DLB_OK;
    if (strcmp(dlb_compare_formats[wanted->format].name, "json") == 0) {
        char *text = dump_document(cli, comparison, code);
        if (text == NULL)
            return dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the report");
        fprintf(stream, "%s\n", text);
        free(text);
        cli->printed_json = screen;
        return DLB_OK;
    }
    status = dlb_compare_formats[wanted->format].write(comparison, &how, stream, &why);
    if (status == DLB_IO && why.text[0] == '\0') /* the reader has gone */
        return DLB_OK;
    if (status != DLB_OK)
        dlb_fail(&cli->why, status, "%s", why.text);
    return status;
}

static enum dlb_status write_file(struct dlb_cli *cli, const struct compare_options *wanted,
                                  const struct dlb_comparison *comparison, int code)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL)
        return dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the report");
    enum dlb_status status = render(cli, wanted, comparison, code, stream);
    if (fclose(stream) != 0 && status == DLB_OK)
        status = dlb_fail(&cli->why, DLB_NO_MEMORY, "no memory for the report");
    if (status == DLB_OK)
        status = dlb_file_replace(wanted->output, bytes, size, &cli->why);
    free(bytes);
    return status;
}

/* ---- the command ---- */

static int compare(struct dlb_cli *cli, const struct compare_options *wanted,
                   const struct dlb_inputs *inputs, const struct dlb_comparison_metric *metric)
{
    const struct dlb_comparison_request request = {.sources = inputs->sources,
                                                   .source_count = inputs->count,
                                                   .by = (enum dlb_comparison_by)wanted->by,
                                                   .metric = *metric,
                                                   .base = wanted->base,
                                                   .published = true};
    struct dlb_comparison comparison;
    enum dlb_status status = dlb_comparison_make(&request, &comparison, &cli->why);
    if (status != DLB_OK && status != DLB_SKIPPED)
        return dlb_exit_from_status(status);
    int code = dlb_exit_from_status(status);
    status = wanted->output != NULL ? write_file(cli, wanted, &comparison, code)
                                    : render(cli, wanted, &comparison, code, cli->out.stream);
    dlb_comparison_free(&comparison);
    return dlb_exit_stronger(code, dlb_exit_from_status(status));
}

static int prepare(struct dlb_cli *cli, const struct compare_options *wanted,
                   struct dlb_inputs *inputs, struct dlb_comparison_metric *metric)
{
    if (cli->parser.arguments.count == 1 && wanted->by != DLB_BY_DEVICE)
        return dlb_cli_fail(cli, DLB_INVALID,
                            "dlbench compare wants two files; --by device does with one");
    enum dlb_status status = find_metric(wanted->metric, metric, &cli->why);
    if (status == DLB_OK)
        status = dlb_inputs_name(cli, inputs);
    int code = status == DLB_OK ? dlb_inputs_load(cli, wanted->output, inputs)
                                : dlb_exit_from_status(status);
    for (int i = 0; i < inputs->loaded && code == DLB_EXIT_OK; i++)
        code = dlb_exit_from_status(dlb_overlay_apply(cli, wanted->overlay, &inputs->results[i]));
    return code;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct compare_options *wanted = target;
    struct dlb_comparison_metric metric;
    struct dlb_inputs inputs = {0};
    int code = prepare(cli, wanted, &inputs, &metric);
    if (code == DLB_EXIT_OK)
        code = compare(cli, wanted, &inputs, &metric);
    dlb_inputs_free(&inputs);
    return code;
}

const struct dlb_command dlb_command_compare = {
    .name = "compare",
    .summary = "put result files beside each other: by file, device, version or host",
    .arguments = "[LABEL=]FILE...",
    .arguments_min = 1,
    .arguments_max = DLB_MOST_INPUTS,
    .details =
        "Tells for each case how many times as good as the base each of the others is, with an "
        "interval over processes, and the geometric means of a workload, a type and of all that "
        "both have. Cases are comparable when problem and its version, timing mode, cache state, "
        "data and evidence are equal, and threads unless devices or hosts are compared; by device, "
        "rows of --overlay published stand beside measured ones, marked; what is "
        "not, is listed with the reason. It describes and gates nothing: `dlbench check` does. "
        "Exit code 5 when nothing is comparable.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct compare_options),
    .run = run,
};
