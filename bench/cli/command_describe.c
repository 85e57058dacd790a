/* command_describe.c: `dlbench describe NAME`: a workload, a suite, a device or a metric, in words.
 *
 * The formulas come from graph/count, where the work is counted: what is described is what is divided by the time. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/describe_json.h"
#include "bench/cli/devices.h"
#include "bench/cli/metrics.h"
#include "bench/cli/suggest.h"
#include "bench/graph/count.h"
#include "bench/models/workload.h"
#include "bench/suites/suite.h"

#define DESCRIBE_COLUMNS 100

struct describe_options {
    int format;
    struct dlb_texts backend_options;
};

static const struct dlb_option options[] = {
    {.name = "opt",
     .kind = DLB_OPTION_TEXTS,
     .argument = "BACKEND.NAME=VALUE",
     .group = "Selection",
     .help = "a device: as it is with this option of a backend",
     .offset = offsetof(struct describe_options, backend_options)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_PLAIN,
     .group = "Output",
     .help = "text or json",
     .offset = offsetof(struct describe_options, format)},
    {.name = NULL},
};

static int limit_of(const struct dlb_cli *cli)
{
    return cli->out.columns > 0 && cli->out.columns < DESCRIBE_COLUMNS ? cli->out.columns
                                                                       : DESCRIBE_COLUMNS;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void print_params(const struct dlb_cli *cli, const struct dlb_workload *workload)
{
    struct dlb_table table = {.columns = 4};
    const struct dlb_screen screen = {.stream = cli->out.stream, .columns = limit_of(cli)};
    dlb_table_add(&table, "  parameter");
    dlb_table_add(&table, "default");
    dlb_table_add(&table, "takes");
    dlb_table_add(&table, "meaning");
    json_t *params = dlb_describe_params(workload);
    size_t i;
    json_t *param;
    json_array_foreach(params, i, param)
    {
        char name[80];
        snprintf(name, sizeof name, "  %s", text_of(param, "name"));
        dlb_table_add(&table, name);
        dlb_table_add(&table, text_of(param, "default"));
        dlb_table_add(&table, text_of(param, "takes"));
        dlb_table_add(&table, text_of(param, "meaning"));
    }
    dlb_table_print(&table, &screen);
    dlb_table_free(&table);
    json_decref(params);
}

/* Each kind of op once: its meaning and its formula. */
static void print_work(const struct dlb_cli *cli, const struct dlb_workload *workload)
{
    json_t *work = dlb_describe_work(workload);
    size_t i;
    json_t *op;
    json_array_foreach(work, i, op)
    {
        fprintf(cli->out.stream, "  %-17s ", text_of(op, "op"));
        dlb_print_wrapped(cli->out.stream, text_of(op, "meaning"), 20, limit_of(cli));
        fprintf(cli->out.stream, "  %17s operations: ", "");
        dlb_print_wrapped(cli->out.stream, text_of(op, "operations"), 32, limit_of(cli));
    }
    json_decref(work);
}

/* The default problem, counted; and what a time of 1 ms would mean. */
static enum dlb_status print_example(struct dlb_cli *cli, const struct dlb_workload *workload)
{
    struct dlb_problem problem;
    struct dlb_graph graph = {0};
    char key[DLB_KEY_SIZE];
    char ops[24];
    char bytes[24];
    char set[24];
    char rate[24];
    dlb_problem_init(&problem, workload);
    dlb_problem_key(&problem, key, sizeof key);
    const enum dlb_status status = dlb_problem_build(&problem, &graph, &cli->why);
    if (status == DLB_OK) {
        const struct dlb_count count = dlb_count_graph(&graph);
        dlb_format_si(ops, sizeof ops, count.ops, "OP");
        dlb_format_bytes(bytes, sizeof bytes, count.bytes);
        dlb_format_bytes(set, sizeof set, count.working_set_bytes);
        dlb_format_si(rate, sizeof rate, count.ops * 1e3, "OP/s");
        fprintf(cli->out.stream,
                "\nExample\n  %s\n"
                "  %.0f operations (%s), %.0f bytes (%s), %.3g OP/B, working set %s, %" PRId64
                " item%s\n"
                "  one execution in 1 ms would be %s\n",
                key, count.ops, ops, count.bytes, bytes,
                count.bytes > 0 ? count.ops / count.bytes : 0, set, graph.items,
                graph.items == 1 ? "" : "s", rate);
        fprintf(cli->out.stream, "  try: dlbench run -w %s\n", workload->name);
    }
    dlb_graph_free(&graph);
    return status;
}

static enum dlb_status describe_workload(struct dlb_cli *cli, const struct dlb_workload *workload)
{
    FILE *stream = cli->out.stream;
    fprintf(stream, "%s (%s, version %d): ", workload->name,
            workload->is_model ? "model workload" : "micro workload", workload->version);
    dlb_print_wrapped(stream, workload->summary, 2, limit_of(cli));
    fputs("\nParameters\n", stream);
    print_params(cli, workload);
    fputs("\nWork\n", stream);
    print_work(cli, workload);
    fputs("  bytes: ", stream);
    dlb_print_wrapped(
        stream,
        "compulsory traffic: inputs, weights and states read once, outputs and states "
        "written once, in their own types",
        9, limit_of(cli));
    fputs("\nThe number\n  ", stream);
    dlb_print_wrapped(stream,
                      "Time of one execution: the median over fresh processes of each process's "
                      "median sample. OP/s is the operations above over that time, so padding taps "
                      "and whatever a clever algorithm saves count as done; an interval stands "
                      "beside it, and no row is printed without a verified answer.",
                      2, limit_of(cli));
    return print_example(cli, workload);
}

static void describe_suite(const struct dlb_cli *cli, const struct dlb_suite *suite)
{
    FILE *stream = cli->out.stream;
    char clean[sizeof suite->source];
    fprintf(stream, "suite %s: ", dlb_text_printable(clean, sizeof clean, suite->name));
    fprintf(stream, "%s\n\nSource\n  ", dlb_text_printable(clean, sizeof clean, suite->title));
    (void)dlb_text_printable(clean, sizeof clean, suite->source);
    dlb_print_wrapped(stream, clean, 2, limit_of(cli));
    if (suite->setting_count > 0) {
        fputs("\nSettings (below options of the command line)\n", stream);
    }
    for (int i = 0; i < suite->setting_count; i++) {
        fprintf(stream, "  --%s ",
                dlb_text_printable(clean, sizeof clean, suite->settings[i].name));
        fprintf(stream, "%s\n", dlb_text_printable(clean, sizeof clean, suite->settings[i].value));
    }
    fprintf(stream, "\nProblems (%" PRId64 ")\n", suite->problems.count);
    for (int64_t i = 0; i < suite->problems.count; i++) {
        const struct dlb_problem_entry *entry = &suite->problems.items[i];
        char label[128];
        dlb_problem_label(&entry->problem, label, sizeof label);
        fprintf(stream, "  %s  %s%s%s", dlb_dtype_name(dlb_problem_dtype(&entry->problem)), label,
                entry->origin[0] != '\0' ? "  | " : "",
                dlb_text_printable(clean, sizeof clean, entry->origin));
        if (entry->occurrences > 1) {
            fprintf(stream, "  x%" PRId64, entry->occurrences);
        }
        fputc('\n', stream);
    }
}

/* A text of several lines, each of them under the other. */
static void print_lines(FILE *stream, const char *name, const char *text)
{
    while (*text != '\0') {
        char line[256];
        char clean[sizeof line];
        const size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1),
                 text);
        fprintf(stream, "  %-20s %s\n", name, dlb_text_printable(clean, sizeof clean, line));
        name = "";
        text += length + (text[length] == '\n' ? 1 : 0);
    }
}

static void print_member(FILE *stream, const char *name, const json_t *value)
{
    if (json_is_string(value) && strchr(json_string_value(value), '\n') != NULL) {
        print_lines(stream, name, json_string_value(value));
    } else if (json_is_string(value)) {
        char clean[512];
        fprintf(stream, "  %-20s %s\n", name,
                dlb_text_printable(clean, sizeof clean, json_string_value(value)));
    } else if (json_is_integer(value)) {
        fprintf(stream, "  %-20s %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
    } else if (json_is_boolean(value)) {
        fprintf(stream, "  %-20s %s\n", name, json_is_true(value) ? "yes" : "no");
    } else if (json_is_real(value)) {
        fprintf(stream, "  %-20s %.4g\n", name, json_real_value(value));
    } else if (json_is_object(value)) {
        const char *member;
        json_t *inner;
        json_object_foreach((json_t *)(uintptr_t)value, member, inner)
        {
            char path[96];
            snprintf(path, sizeof path, "%s.%s", name, member);
            print_member(stream, path, inner);
        }
    }
}

static void describe_backend(const struct dlb_cli *cli, const struct dlb_loaded_backend *backend)
{
    FILE *stream = cli->out.stream;
    fprintf(stream, "backend %s: %s\n", backend->name,
            backend->table != NULL ? backend->table->summary : backend->why.text);
    const struct dlb_backend_option *row = backend->table != NULL ? backend->table->options : NULL;
    for (; row != NULL && row->name != NULL; row++) {
        fprintf(stream, "  --opt %s.%s=%s  ", backend->name, row->name,
                row->default_text != NULL ? row->default_text : "");
        dlb_print_wrapped(stream, row->help, 6, limit_of(cli));
    }
}

static void print_device(FILE *stream, const struct dlb_device *device)
{
    const char *member;
    json_t *value;
    fputs("\ndevice\n", stream);
    json_object_foreach(device->json, member, value)
    {
        print_member(stream, member, value);
    }
}

/* A backend with all its devices, or one device; DLB_UNAVAILABLE before anything is printed when there is no such one. */
static enum dlb_status print_backend(struct dlb_cli *cli, struct dlb_devices *devices,
                                     const struct dlb_loaded_backend *backend, const char *name,
                                     const struct describe_options *chosen)
{
    const char *items[] = {name};
    const struct dlb_texts wanted = {1, items};
    const bool all = strcmp(name, backend->name) == 0;
    const enum dlb_status status =
        dlb_devices_probe(devices, cli, &wanted, &chosen->backend_options, &cli->why);
    bool any = all;
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *device = &devices->items[i];
        any = any || dlb_device_is(device, name);
        if (!all && dlb_device_is(device, name) && device->status != DLB_OK) {
            return dlb_fail(&cli->why, device->refuses_options ? DLB_INVALID : DLB_UNAVAILABLE,
                            "%s is %s: %s", device->key, dlb_status_name(device->status),
                            device->reason);
        }
    }
    if (status != DLB_OK || !any) {
        return status != DLB_OK
                   ? status
                   : dlb_fail(&cli->why, DLB_UNAVAILABLE, "%s has %d device%s; there is no %.60s",
                              backend->name, devices->count, devices->count == 1 ? "" : "s", name);
    }
    if (chosen->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(cli, dlb_describe_backend(backend, devices, name), DLB_EXIT_OK);
        return DLB_OK;
    }
    describe_backend(cli, backend);
    for (int i = 0; i < devices->count; i++) {
        if (all || dlb_device_is(&devices->items[i], name)) {
            print_device(cli->out.stream, &devices->items[i]);
        }
    }
    return DLB_OK;
}

/* A backend, backend:index or backend:id; *found tells whether the name is one. */
static enum dlb_status describe_device(struct dlb_cli *cli, const char *name,
                                       const struct describe_options *chosen, bool *found)
{
    struct dlb_devices devices = {0};
    char backend_name[96];
    snprintf(backend_name, sizeof backend_name, "%.*s", (int)strcspn(name, ":"), name);
    enum dlb_status status = dlb_devices_open(&devices, &cli->why);
    if (status != DLB_OK) {
        return status;
    }
    const struct dlb_loaded_backend *backend = dlb_registry_find(devices.registry, backend_name);
    *found = backend != NULL;
    if (backend != NULL) {
        status = dlb_devices_check_options(&devices, &chosen->backend_options, &cli->why);
    }
    if (backend != NULL && status == DLB_OK) {
        status = print_backend(cli, &devices, backend, name, chosen);
    }
    dlb_devices_close(&devices);
    return status;
}

static const struct dlb_metric *find_metric(const char *name)
{
    for (const struct dlb_metric *metric = dlb_metrics; metric->name != NULL; metric++) {
        if (strcmp(metric->name, name) == 0) {
            return metric;
        }
    }
    return NULL;
}

static int fail_unknown(struct dlb_cli *cli, const char *name)
{
    const char *names[96];
    size_t count = 0;
    for (int i = 0; i < dlb_workload_count() && count < 80; i++) {
        names[count++] = dlb_workload_at(i)->name;
    }
    for (const struct dlb_metric *metric = dlb_metrics; metric->name != NULL && count < 95;
         metric++) {
        names[count++] = metric->name;
    }
    names[count] = NULL;
    return dlb_cli_fail(cli, DLB_UNAVAILABLE,
                        "nothing is called '%.80s'%s; dlbench list workloads, suites, devices "
                        "or metrics tells what there is",
                        name, dlb_suggest(name, names).text);
}

/* Is it a shipped suite, or the path of one? */
static bool names_suite(const char *name)
{
    char(*names)[64] = NULL;
    int count = 0;
    struct dlb_why why;
    bool found = strchr(name, '/') != NULL || dlb_text_glob("*.suite", name);
    if (!found && dlb_suite_names(&names, &count, &why) == DLB_OK) {
        for (int i = 0; i < count; i++) {
            found = found || strcmp(names[i], name) == 0;
        }
    }
    free(names);
    return found;
}

static void describe_metric(const struct dlb_cli *cli, const struct dlb_metric *metric)
{
    fprintf(cli->out.stream, "%s [%s]%s%s: %s\n", metric->name, metric->unit,
            metric->better[0] != '\0' ? ", better when " : "", metric->better, metric->meaning);
}

static enum dlb_status load_and_describe_suite(struct dlb_cli *cli, const char *name, bool json)
{
    struct dlb_suite suite = {0};
    const enum dlb_status status = dlb_suite_load(name, &suite, &cli->why);
    if (status == DLB_OK && json) {
        dlb_cli_print_json(cli, dlb_describe_suite(&suite), DLB_EXIT_OK);
    } else if (status == DLB_OK) {
        describe_suite(cli, &suite);
    }
    dlb_suite_free(&suite);
    return status;
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct describe_options *wanted = target;
    const bool json = wanted->format == DLB_PLAIN_JSON;
    const char *name = cli->parser.arguments.items[0];
    const struct dlb_workload *workload = dlb_workload_find(name);
    const struct dlb_metric *metric = find_metric(name);
    bool found = true;
    enum dlb_status status = DLB_OK;
    const bool of_device = workload == NULL && metric == NULL && !names_suite(name);
    if (!of_device && dlb_parser_source(&cli->parser, "opt") == DLB_SOURCE_COMMAND_LINE) {
        return dlb_cli_fail(cli, DLB_INVALID, "--opt is for backends and devices, not for %.80s",
                            name);
    }
    if (json && (workload != NULL || metric != NULL)) {
        dlb_cli_print_json(
            cli, workload != NULL ? dlb_describe_workload(workload) : dlb_describe_metric(metric),
            DLB_EXIT_OK);
    } else if (workload != NULL) {
        status = describe_workload(cli, workload);
    } else if (metric != NULL) {
        describe_metric(cli, metric);
    } else if (!of_device) {
        status = load_and_describe_suite(cli, name, json);
    } else {
        status = describe_device(cli, name, wanted, &found);
    }
    return found || status != DLB_OK ? dlb_exit_from_status(status) : fail_unknown(cli, name);
}

static const struct dlb_command_example examples[] = {
    {"dlbench describe gemm",
     "parameters, formulas of ops and bytes with their source, an example"},
    {"dlbench describe onednn:0", "a device: names, versions, clocks; and its backend's options"},
    {"dlbench describe quick", "a suite: its source, settings and problems"},
    {NULL, NULL},
};

const struct dlb_command dlb_command_describe = {
    .name = "describe",
    .summary = "explain a workload, a suite, a device or a metric",
    .arguments = "NAME",
    .argument_words = "gemm conv mlp lenet quick standard ci",
    .arguments_min = 1,
    .arguments_max = 1,
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct describe_options),
    .run = run,
};
