/* command_export.c: `dlbench export FILE`: a result file in another format. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "reports/report.h"

struct export_options {
    int format;
    bool csv_apostrophe;
    const char *output;
    int64_t columns;
};

static const struct dlb_option options[] = {
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_REPORT,
     .group = "Output",
     .help = "text, json, jsonl, csv or md",
     .offset = offsetof(struct export_options, format)},
    {.name = "columns",
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "auto",
     .automatic = true,
     .min = 0,
     .max = 10000,
     .group = "Output",
     .help = "width of the printed table; 0: no limit; auto: COLUMNS, else the terminal's",
     .offset = offsetof(struct export_options, columns)},
    {.name = "csv-apostrophe",
     .kind = DLB_OPTION_FLAG,
     .group = "Output",
     .help = "csv: an apostrophe before text that a spreadsheet would take for a formula",
     .offset = offsetof(struct export_options, csv_apostrophe)},
    {.name = "output",
     .letter = 'o',
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Output",
     .help = "write to FILE instead of the screen",
     .completion = DLB_COMPLETE_FILE,
     .offset = offsetof(struct export_options, output)},
    {.name = NULL},
};

static const struct dlb_command_example examples[] = {
    {"dlbench export results/r.json --format csv -o r.csv",
     "one row per invocation, for a spreadsheet"},
    {NULL, NULL},
};

static bool same_file(const char *a, const char *b)
{
    struct stat first;
    struct stat second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static enum dlb_status write_file(const struct dlb_result *result,
                                  const struct export_options *wanted, struct dlb_why *why)
{
    char *bytes = NULL;
    size_t size = 0;
    const struct dlb_report_format *format = &dlb_report_formats[wanted->format];
    const struct dlb_report_options plain = {.unicode = true,
                                             .columns =
                                                 wanted->columns > 0 ? (int)wanted->columns : 0,
                                             .csv_apostrophe = wanted->csv_apostrophe};
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    }
    enum dlb_status status = format->write(result, &plain, stream, why);
    if (fclose(stream) != 0 && status == DLB_OK) {
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    }
    if (status == DLB_OK) {
        status = dlb_file_replace(wanted->output, bytes, size, why);
    }
    free(bytes);
    return status;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct export_options *wanted = target;
    const char *input = cli->parser.arguments.items[0];
    const struct dlb_report_format *format = &dlb_report_formats[wanted->format];
    if (wanted->output != NULL && same_file(input, wanted->output)) {
        return dlb_cli_fail(cli, DLB_INVALID, "'%.200s' is both the input and the output", input);
    }
    struct dlb_result result;
    enum dlb_status status = dlb_result_load(input, &result, &cli->why);
    if (status != DLB_OK) {
        return status == DLB_NO_MEMORY ? DLB_EXIT_FAILED : DLB_EXIT_IO;
    }
    if (wanted->output != NULL) {
        status = write_file(&result, wanted, &cli->why);
    } else {
        const struct dlb_report_options screen = {
            .color = cli->out.color,
            .columns = wanted->columns >= 0 ? (int)wanted->columns : cli->out.columns,
            .unicode = cli->out.unicode,
            .csv_apostrophe = wanted->csv_apostrophe};
        status = format->write(&result, &screen, cli->out.stream, &cli->why);
        cli->printed_json = strncmp(format->name, "json", 4) == 0; /* or jsonl */
        if (status == DLB_IO && cli->why.text[0] == '\0') {        /* the reader has gone */
            status = DLB_OK;
        }
    }
    dlb_result_free(&result);
    return dlb_exit_from_status(status);
}

const struct dlb_command dlb_command_export = {
    .name = "export",
    .summary = "print a result file as text, JSON, JSON lines, CSV or Markdown",
    .arguments = "FILE",
    .arguments_min = 1,
    .arguments_max = 1,
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct export_options),
    .run = run,
};
