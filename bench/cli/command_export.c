/* command_export.c: `dlbench export FILE`: a result file in another format.
 *
 * The file of a check is shown as a check: its text and Markdown tell the verdicts, and there are the formats of CI systems
 * besides, so that a stored check can be shown again without measuring again. */
#include <string.h>

#include "bench/cli/command.h"
#include "bench/cli/overlay.h"
#include "bench/cli/result_output.h"
#include "bench/store/replace.h"
#include "reports/check_report.h"
#include "reports/report.h"

/* Behind those of every result file: outputs of a check alone, by their names in dlb_check_outputs, and the tables of a history. */
#define CHECK_FORMATS "junit codequality gitlab sarif github"
static const char *const other_formats[] = {"junit", "codequality", "codequality",
                                            "sarif", "github",      "sql"};

#define AT(field)     .offset = offsetof(struct export_options, field)
#define OVERLAY_GROUP "Output"

struct export_options {
    int format;
    bool csv_apostrophe;
    const char *output, *location, *overlay;
    int64_t columns;
};

static const struct dlb_option options[] = {
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_REPORT " " CHECK_FORMATS " sql",
     .group = "Output",
     .help = "text, json, jsonl, csv, md, html, openmetrics or sql (the tables of a history); of a "
             "check also junit, codequality (or gitlab, as check calls it), sarif or github",
     AT(format)},
    {.name = "location",
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Output",
     .help = "sarif, codequality, github: the file of the repository that findings point at",
     .completion = DLB_COMPLETE_FILE,
     AT(location)},
#include "bench/cli/overlay_option.def"

#include "bench/cli/output_options.def"
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
    const struct dlb_result_output how = {.format = name,
                                          .output = wanted->output,
                                          .columns = wanted->columns,
                                          .csv_apostrophe = wanted->csv_apostrophe,
                                          .location = wanted->location,
                                          .file = input};
    if (!dlb_result_is_check(&result) && dlb_report_find(name) == NULL &&
        strcmp(name, "sql") != 0) {
        status = dlb_fail(&cli->why, DLB_INVALID,
                          "--format %s wants the file of a check, '%.200s' is that of a run; use "
                          "text, json, jsonl, csv, md, html, openmetrics or sql",
                          name, input);
    } else {
        status = dlb_overlay_apply(cli, wanted->overlay, &result);
        if (status == DLB_OK) {
            status = dlb_result_output_write(cli, &result, &how);
        }
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
