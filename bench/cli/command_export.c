/* command_export.c: `dlbench export FILE`: a result file in another format.
 *
 * The file of a check is shown as a check: its text and Markdown tell the verdicts, and there are the formats of CI systems
 * besides, so that a stored check can be shown again without measuring again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/store/history.h"
#include "bench/store/replace.h"
#include "reports/check_report.h"
#include "reports/check_text.h"
#include "reports/report.h"

/* Behind those of every result file: outputs of a check alone, by their names in dlb_check_outputs, and the tables of a history. */
#define CHECK_FORMATS "junit codequality sarif openmetrics github"
static const char *const other_formats[] = {"junit",       "codequality", "sarif",
                                            "openmetrics", "github",      "sql"};

struct export_options {
    int format;
    bool csv_apostrophe;
    const char *output, *location;
    int64_t columns;
};

static const struct dlb_option options[] = {
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_REPORT " " CHECK_FORMATS " sql",
     .group = "Output",
     .help = "text, json, jsonl, csv, md or sql (the tables of a history); of a check also junit, "
             "codequality, sarif, openmetrics or github",
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
    {.name = "location",
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Output",
     .help = "sarif, codequality, github: the file of the repository that findings point at",
     .completion = DLB_COMPLETE_FILE,
     .offset = offsetof(struct export_options, location)},
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
    {"dlbench export results/r.json --format sql | sqlite3 h.db", "the tables of a history"},
    {"dlbench export check.json --format junit -o junit.xml", "a stored check, for a CI system"},
    {NULL, NULL},
};

static const char *format_name(const struct export_options *wanted)
{
    int reports = 0;
    while (dlb_report_formats[reports].name != NULL)
        reports++;
    return wanted->format < reports ? dlb_report_formats[wanted->format].name
                                    : other_formats[wanted->format - reports];
}

/* As the check wrote them, where that was asked for. */
static struct dlb_check_output_options output_options(const struct dlb_result *result,
                                                      const struct export_options *wanted)
{
    const char *policy = json_string_value(json_object_get(result->check, "on_inconclusive"));
    return (struct dlb_check_output_options){
        .inconclusive_fails = policy != NULL && strcmp(policy, "fail") == 0,
        .inconclusive_passes = policy != NULL && strcmp(policy, "pass") == 0,
        .location = wanted->location};
}

static bool is_check(const struct dlb_result *result)
{
    return result->check != NULL || result->verdict_count > 0;
}

/* Writes the file in the format: a check as a check where that has a form of its own. */
static enum dlb_status write_result(const struct dlb_result *result,
                                    const struct export_options *wanted,
                                    const struct dlb_report_options *look, FILE *stream,
                                    struct dlb_why *why)
{
    const char *name = format_name(wanted);
    const struct dlb_check_output_options as_check = output_options(result, wanted);
    const struct dlb_check_output *output = dlb_check_output_find(name);
    const struct dlb_report_format *format = dlb_report_find(name);
    if (strcmp(name, "sql") == 0) {
        return dlb_history_result_sql(result, stream, why);
    }
    if (is_check(result) && strcmp(name, "text") == 0) {
        return dlb_check_text(result, look, stream, why);
    }
    if (output != NULL && (is_check(result) || format == NULL)) {
        return output->write(result, &as_check, stream, why);
    }
    return format->write(result, look, stream, why);
}

static enum dlb_status write_file(const struct dlb_result *result,
                                  const struct export_options *wanted, struct dlb_why *why)
{
    char *bytes = NULL;
    size_t size = 0;
    const struct dlb_report_options plain = {.unicode = true,
                                             .columns =
                                                 wanted->columns > 0 ? (int)wanted->columns : 0,
                                             .csv_apostrophe = wanted->csv_apostrophe};
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    }
    enum dlb_status status = write_result(result, wanted, &plain, stream, why);
    if (fclose(stream) != 0 && status == DLB_OK) {
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    }
    if (status == DLB_OK) {
        status = dlb_file_replace(wanted->output, bytes, size, why);
    }
    free(bytes);
    return status;
}

static enum dlb_status print(struct dlb_cli *cli, const struct dlb_result *result,
                             const struct export_options *wanted)
{
    const char *name = format_name(wanted);
    const struct dlb_report_options screen = {.color = cli->out.color,
                                              .columns = wanted->columns >= 0 ? (int)wanted->columns
                                                                              : cli->out.columns,
                                              .unicode = cli->out.unicode,
                                              .csv_apostrophe = wanted->csv_apostrophe};
    const enum dlb_status status =
        write_result(result, wanted, &screen, cli->out.stream, &cli->why);
    cli->printed_json = strncmp(name, "json", 4) == 0; /* or jsonl */
    /* No reason: the reader has gone. */
    return status == DLB_IO && cli->why.text[0] == '\0' ? DLB_OK : status;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct export_options *wanted = target;
    const char *input = cli->parser.arguments.items[0];
    const char *name = format_name(wanted);
    if (wanted->output != NULL && dlb_path_same(input, wanted->output)) {
        return dlb_cli_fail(cli, DLB_INVALID, "'%.200s' is both the input and the output", input);
    }
    if (wanted->location != NULL && !dlb_check_is_location(wanted->location)) {
        return dlb_cli_fail(cli, DLB_INVALID,
                            "--location wants a path inside of the repository, like "
                            "suites/ci.suite, found '%.200s'",
                            wanted->location);
    }
    struct dlb_result result;
    enum dlb_status status = dlb_result_load(input, &result, &cli->why);
    if (status != DLB_OK) {
        return status == DLB_NO_MEMORY ? DLB_EXIT_FAILED : DLB_EXIT_IO;
    }
    if (!is_check(&result) && dlb_report_find(name) == NULL && strcmp(name, "sql") != 0) {
        status = dlb_fail(&cli->why, DLB_INVALID,
                          "--format %s wants the file of a check, '%.200s' is that of a run; use "
                          "text, json, jsonl, csv, md or sql",
                          name, input);
    } else if (wanted->output != NULL) {
        status = write_file(&result, wanted, &cli->why);
    } else {
        status = print(cli, &result, wanted);
    }
    dlb_result_free(&result);
    return dlb_exit_from_status(status);
}

const struct dlb_command dlb_command_export = {
    .name = "export",
    .summary = "print a result file as text, JSON, CSV, Markdown; a check also for CI systems",
    .arguments = "FILE",
    .arguments_min = 1,
    .arguments_max = 1,
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct export_options),
    .run = run,
};
