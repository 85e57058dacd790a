/* command_list.c: `dlbench list WHAT`: devices, workloads, suites, metrics, formats, counters, published: as a table, names or JSON.
 *
 * Each list is a row of one table: a function that fills a JSON array, and the columns that the screen shows of it. The
 * array is the truth; text is printed from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/devices.h"
#include "bench/cli/list_published.h"
#include "bench/cli/metrics.h"
#include "bench/cli/suggest.h"
#include "bench/measure/counters.h"
#include "bench/models/workload.h"
#include "bench/suites/suite.h"
#include "reports/report.h"

struct list_options {
    int format;
    bool names;
    struct dlb_texts devices, workloads, backend_options;
};

static const struct dlb_option options[] = {
    {.name = "device",
     .letter = 'd',
     .kind = DLB_OPTION_TEXTS,
     .argument = "LIST",
     .group = "Selection",
     .help = "devices: only these (all, cpu, gpu, a backend, backend:index or :name; '!x' "
             "takes away)",
     .completion = DLB_COMPLETE_DEVICES,
     .offset = offsetof(struct list_options, devices)},
    {.name = "workload",
     .letter = 'w',
     .kind = DLB_OPTION_TEXTS,
     .argument = "GLOB",
     .group = "Selection",
     .help = "workloads: only those whose name matches",
     .completion = DLB_COMPLETE_WORKLOADS,
     .offset = offsetof(struct list_options, workloads)},
    {.name = "opt",
     .kind = DLB_OPTION_TEXTS,
     .argument = "BACKEND.NAME=VALUE",
     .group = "Selection",
     .help = "devices: as they are with this option of a backend",
     .offset = offsetof(struct list_options, backend_options)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_PLAIN,
     .group = "Output",
     .help = "text or json",
     .offset = offsetof(struct list_options, format)},
    {.name = "names",
     .kind = DLB_OPTION_FLAG,
     .group = "Output",
     .help = "names alone, one a line, for scripts",
     .offset = offsetof(struct list_options, names)},
    {.name = NULL},
};

static enum dlb_status list_devices(struct dlb_cli *cli, const struct list_options *wanted,
                                    json_t *rows)
{
    struct dlb_devices devices = {0};
    enum dlb_status status = dlb_devices_open(&devices, &cli->why);
    if (status == DLB_OK) {
        status = dlb_devices_check_options(&devices, &wanted->backend_options, &cli->why);
    }
    if (status == DLB_OK) {
        status =
            dlb_devices_probe(&devices, cli, &wanted->devices, &wanted->backend_options, &cli->why);
    }
    if (status == DLB_OK && wanted->devices.count > 0) {
        status = dlb_devices_select(&devices, &wanted->devices, &cli->why);
    }
    for (int i = 0; i < devices.count && status == DLB_OK; i++) {
        if (devices.items[i].selected || wanted->devices.count == 0) {
            json_array_append(rows, devices.items[i].json);
        }
    }
    dlb_devices_close(&devices);
    return status;
}

static bool matches_any(const struct dlb_texts *patterns, const char *name)
{
    for (int i = 0; i < patterns->count; i++) {
        if (dlb_text_glob(patterns->items[i], name)) {
            return true;
        }
    }
    return patterns->count == 0;
}

static json_t *params_of(const struct dlb_workload *workload)
{
    json_t *params = json_array();
    for (int i = 0; i < workload->param_count; i++) {
        const struct dlb_param_spec *spec = &workload->params[i];
        json_t *param = json_pack("{s:s, s:s, s:s}", "name", spec->name, "default",
                                  spec->default_text, "help", spec->help);
        if (spec->kind == DLB_PARAM_CHOICE) {
            json_object_set_new(param, "choices", json_string(spec->choices));
        } else if (spec->kind == DLB_PARAM_INT) {
            json_object_set_new(param, "min", json_integer(spec->min));
            json_object_set_new(param, "max", json_integer(spec->max));
        }
        json_array_append_new(params, param);
    }
    return params;
}

static enum dlb_status list_workloads(struct dlb_cli *cli, const struct list_options *wanted,
                                      json_t *rows)
{
    for (int i = 0; i < dlb_workload_count(); i++) {
        const struct dlb_workload *workload = dlb_workload_at(i);
        if (matches_any(&wanted->workloads, workload->name)) {
            json_array_append_new(rows,
                                  json_pack("{s:s, s:s, s:s, s:o}", "name", workload->name, "kind",
                                            workload->is_model ? "model" : "micro", "summary",
                                            workload->summary, "params", params_of(workload)));
        }
    }
    if (json_array_size(rows) > 0) {
        return DLB_OK;
    }
    struct dlb_text list = {0};
    for (int i = 0; i < dlb_workload_count(); i++) {
        dlb_text_format(&list, "%s%s", i > 0 ? ", " : "", dlb_workload_at(i)->name);
    }
    dlb_fail(&cli->why, DLB_UNAVAILABLE, "no workload matches '%.80s'; there are: %s",
             wanted->workloads.items[0], list.data != NULL ? list.data : "none");
    dlb_text_free(&list);
    return DLB_UNAVAILABLE;
}

static enum dlb_status list_suites(struct dlb_cli *cli, const struct list_options *wanted,
                                   json_t *rows)
{
    (void)wanted;
    char(*names)[64] = NULL;
    int count = 0;
    enum dlb_status status = dlb_suite_names(&names, &count, &cli->why);
    for (int i = 0; i < count && status == DLB_OK; i++) {
        struct dlb_suite suite = {0};
        status = dlb_suite_load(names[i], &suite, &cli->why);
        if (status == DLB_OK) {
            json_array_append_new(rows, json_pack("{s:s, s:I, s:o, s:o}", "name", suite.name,
                                                  "problems", (json_int_t)suite.problems.count,
                                                  "title", dlb_json_text(suite.title), "source",
                                                  dlb_json_text(suite.source)));
        }
        dlb_suite_free(&suite);
    }
    free(names);
    return status;
}

static enum dlb_status list_metrics(struct dlb_cli *cli, const struct list_options *wanted,
                                    json_t *rows)
{
    (void)cli;
    (void)wanted;
    for (const struct dlb_metric *metric = dlb_metrics; metric->name != NULL; metric++) {
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s}", "name", metric->name, "unit",
                                              metric->unit, "better", metric->better, "meaning",
                                              metric->meaning));
    }
    return DLB_OK;
}

static enum dlb_status list_formats(struct dlb_cli *cli, const struct list_options *wanted,
                                    json_t *rows)
{
    (void)cli;
    (void)wanted;
    for (const struct dlb_report_format *format = dlb_report_formats; format->name != NULL;
         format++) {
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "name", format->name, "extension",
                                              format->extension, "summary", format->summary));
    }
    return DLB_OK;
}

/* Each counter of the table, and what stands behind it on this machine. */
static enum dlb_status list_counters(struct dlb_cli *cli, const struct list_options *wanted,
                                     json_t *rows)
{
    struct dlb_counter_list all = {0};
    struct dlb_counters counters = {0};
    (void)wanted;
    for (const struct dlb_counter *c = dlb_counter_table; c->name != NULL; c++) {
        snprintf(all.names[all.count++], sizeof all.names[0], "%s", c->name);
    }
    const enum dlb_status status = dlb_counters_open(&counters, &all, NULL, &cli->why);
    for (int i = 0; i < all.count && status == DLB_OK; i++) {
        const struct dlb_counter *counter = &dlb_counter_table[i];
        const struct dlb_counter_reading *reading = &counters.readings[i];
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "name",
                                              counter->name, "groups", counter->groups, "here",
                                              reading->event[0] != '\0' ? "yes" : "no", "unit",
                                              counter->unit, "summary", counter->summary, "event",
                                              reading->event, "reason", reading->reason));
    }
    dlb_counters_close(&counters);
    return status;
}

static enum dlb_status list_published(struct dlb_cli *cli, const struct list_options *wanted,
                                      json_t *rows)
{
    return dlb_list_published(&wanted->workloads, rows, &cli->why);
}

static const struct {
    const char *name;
    const char *columns[5];      /* members of the rows; the first is the name */
    bool by_device, by_workload; /* whether -d (and --opt) and -w narrow it */
    enum dlb_status (*fill)(struct dlb_cli *cli, const struct list_options *wanted, json_t *rows);
} lists[] = {
    {"devices", {"key", "kind", "status", "name", "runtime"}, true, false, list_devices},
    {"workloads", {"name", "kind", "summary"}, false, true, list_workloads},
    {"suites", {"name", "problems", "title"}, false, false, list_suites},
    {"metrics", {"name", "unit", "better", "meaning"}, false, false, list_metrics},
    {"formats", {"name", "extension", "summary"}, false, false, list_formats},
    {"counters", {"name", "here", "unit", "groups", "summary"}, false, false, list_counters},
    {"published", {"workload", "rows", "devices", "here", "source"}, false, true, list_published},
};

static void add_cell(struct dlb_table *table, const json_t *row, const char *column)
{
    const json_t *value = json_object_get(row, column);
    const json_t *reason = json_object_get(row, "reason");
    char text[64];
    if (strcmp(column, "status") == 0) {
        dlb_device_state(row, text, sizeof text);
        dlb_table_add(table, text);
    } else if (json_is_integer(value)) {
        snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        dlb_table_add(table, text);
    } else if (value == NULL && strcmp(column, "runtime") == 0 && json_is_string(reason)) {
        char words[400];
        dlb_table_add(
            table,
            dlb_text_shorten(words, sizeof words,
                             json_string_value(reason))); /* an absent device: why, in its place */
    } else {
        dlb_table_add(table, json_is_string(value) ? json_string_value(value) : "-");
    }
}

static void print_rows(const struct dlb_screen *screen, const char *const *columns,
                       const json_t *rows)
{
    struct dlb_table table = {0};
    while (table.columns < 5 && columns[table.columns] != NULL) {
        table.columns++;
    }
    for (int c = 0; c < table.columns; c++) {
        dlb_table_add(&table, columns[c]);
    }
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        for (int c = 0; c < table.columns; c++) {
            add_cell(&table, row, columns[c]);
        }
    }
    dlb_table_print(&table, screen);
    dlb_table_free(&table);
}

static void print_names(FILE *stream, const char *column, const json_t *rows)
{
    size_t index;
    json_t *row;
    json_array_foreach(rows, index, row)
    {
        const json_t *status = json_object_get(row, "status");
        if (status == NULL || strcmp(json_string_value(status), "ok") == 0) {
            fprintf(stream, "%s\n", json_string_value(json_object_get(row, column)));
        }
    }
}

static int fail_no_list(struct dlb_cli *cli, const char *name)
{
    const char *names[DLB_ARRAY_COUNT(lists) + 1] = {NULL};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(lists); i++) {
        names[i] = lists[i].name;
    }
    return dlb_cli_fail(cli, DLB_INVALID,
                        "there is no list '%.80s'%s; there are: devices, workloads, suites, "
                        "metrics, formats, counters, published",
                        name, dlb_suggest(name, names).text);
}

/* A configuration serves all commands; what it says is not meant for each of them. */
static bool was_typed(const struct dlb_cli *cli, const char *name)
{
    return dlb_parser_source(&cli->parser, name) == DLB_SOURCE_COMMAND_LINE;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct list_options *wanted = target;
    const char *name = cli->parser.arguments.items[0];
    size_t which = 0;
    while (which < DLB_ARRAY_COUNT(lists) && strcmp(lists[which].name, name) != 0) {
        which++;
    }
    if (which == DLB_ARRAY_COUNT(lists)) {
        return fail_no_list(cli, name);
    }
    const bool stray_device = was_typed(cli, "device") && !lists[which].by_device;
    const bool stray_workload = was_typed(cli, "workload") && !lists[which].by_workload;
    if (was_typed(cli, "opt") && !lists[which].by_device) {
        return dlb_cli_fail(cli, DLB_INVALID, "--opt is for the list of devices, not of %s", name);
    }
    if (stray_device || stray_workload) {
        return dlb_cli_fail(cli, DLB_INVALID, "--%s narrows only the list of %s, not of %s",
                            stray_device ? "device" : "workload",
                            stray_device ? "devices" : "workloads", name);
    }
    json_t *rows = json_array();
    const enum dlb_status status = lists[which].fill(cli, wanted, rows);
    if (status == DLB_OK && wanted->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(cli, json_pack("{s:O}", name, rows), DLB_EXIT_OK);
    } else if (status == DLB_OK && wanted->names) {
        print_names(cli->out.stream, lists[which].columns[0], rows);
    } else if (status == DLB_OK) {
        print_rows(&cli->out, lists[which].columns, rows);
    }
    json_decref(rows);
    return dlb_exit_from_status(status);
}

static const struct dlb_command_example examples[] = {
    {"dlbench list devices", "every backend: its devices, or why it has none"},
    {"dlbench list workloads -w 'conv*' --format json", "workloads and their parameters"},
    {NULL, NULL},
};

const struct dlb_command dlb_command_list = {
    .name = "list",
    .summary = "list devices, workloads, suites, metrics, formats, counters or published results",
    .arguments = "devices|workloads|suites|metrics|formats|counters|published",
    .argument_words = "devices workloads suites metrics formats counters published",
    .arguments_min = 1,
    .arguments_max = 1,
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct list_options),
    .run = run,
};
