/* describe_json.c: workloads, suites, metrics and devices as JSON documents, for `dlbench describe --format json`. */
#include "bench/cli/describe_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/cli/command.h"
#include "bench/graph/count.h"

/* "1..1000000", "f32 bf16", "number": what a parameter takes. */
static void range_text(const struct dlb_param_spec *spec, char *buffer, size_t size)
{
    switch (spec->kind) {
    case DLB_PARAM_INT:
        snprintf(buffer, size, "%" PRId64 "..%" PRId64, spec->min, spec->max);
        break;
    case DLB_PARAM_DIMS:
        /* Only what may be 0, a padding, differs from side to side; steps and distances do not. */
        snprintf(buffer, size, "%" PRId64 "..%" PRId64 ", HxW%s", spec->min, spec->max,
                 spec->min == 0 ? ", TxLxBxR" : "");
        break;
    case DLB_PARAM_CHOICE:
        snprintf(buffer, size, "%s", spec->choices);
        break;
    default:
        snprintf(buffer, size, "number");
        break;
    }
}

json_t *dlb_describe_params(const struct dlb_workload *workload)
{
    json_t *params = json_array();
    for (int i = 0; i < workload->param_count; i++) {
        const struct dlb_param_spec *spec = &workload->params[i];
        char takes[160];
        range_text(spec, takes, sizeof takes);
        json_array_append_new(params,
                              json_pack("{s:s, s:s, s:s, s:s}", "name", spec->name, "default",
                                        spec->default_text, "takes", takes, "meaning", spec->help));
    }
    return params;
}

static void add_ops(json_t *work, const struct dlb_graph *graph, bool *seen)
{
    for (int i = 0; i < graph->op_count; i++) {
        const enum dlb_op_kind kind = graph->ops[i].kind;
        if (!seen[kind]) {
            seen[kind] = true;
            json_array_append_new(work, json_pack("{s:s, s:s, s:s}", "op", dlb_op_name(kind),
                                                  "meaning", dlb_op_meaning(kind), "operations",
                                                  dlb_count_formula(kind)));
        }
    }
}

/* The passes of one workload are different ops: each value of a parameter named "pass" is built. */
json_t *dlb_describe_work(const struct dlb_workload *workload)
{
    json_t *work = json_array();
    bool seen[DLB_OP_COUNT] = {false};
    const int param = dlb_workload_param(workload, "pass");
    const char *choices = param >= 0 ? workload->params[param].choices : "-";
    while (*choices != '\0') {
        char choice[32];
        struct dlb_problem problem;
        struct dlb_graph graph = {0};
        struct dlb_why why;
        const size_t length = strcspn(choices, " ");
        snprintf(choice, sizeof choice, "%.*s", (int)(length < 31 ? length : 31), choices);
        choices += length + strspn(choices + length, " ");
        dlb_problem_init(&problem, workload);
        if ((param < 0 || dlb_problem_set(&problem, "pass", choice, &why) == DLB_OK) &&
            dlb_problem_build(&problem, &graph, &why) == DLB_OK) {
            add_ops(work, &graph, seen);
        }
        dlb_graph_free(&graph);
    }
    return work;
}

static json_t *example_of(const struct dlb_workload *workload)
{
    struct dlb_problem problem;
    struct dlb_graph graph = {0};
    struct dlb_why why;
    char key[DLB_KEY_SIZE];
    json_t *example = NULL;
    dlb_problem_init(&problem, workload);
    dlb_problem_key(&problem, key, sizeof key);
    if (dlb_problem_build(&problem, &graph, &why) == DLB_OK) {
        const struct dlb_count count = dlb_count_graph(&graph);
        example = json_pack("{s:s, s:f, s:f, s:f, s:I}", "key", key, "ops", count.ops, "bytes",
                            count.bytes, "working_set_bytes", count.working_set_bytes, "items",
                            (json_int_t)graph.items);
    }
    dlb_graph_free(&graph);
    return example != NULL ? example : json_null();
}

json_t *dlb_describe_workload(const struct dlb_workload *workload)
{
    char hash[20];
    dlb_workload_version_hash(workload, hash);
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:b, s:o, s:o, s:o}", "kind", "workload", "name",
                     workload->name, "summary", workload->summary, "version", workload->version,
                     "version_hash", hash, "is_model", workload->is_model, "parameters",
                     dlb_describe_params(workload), "work", dlb_describe_work(workload), "example",
                     example_of(workload));
}

json_t *dlb_describe_metric(const struct dlb_metric *metric)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "metric", "name", metric->name, "unit",
                     metric->unit, "better", metric->better, "meaning", metric->meaning);
}

json_t *dlb_describe_suite(const struct dlb_suite *suite)
{
    json_t *settings = json_object();
    json_t *problems = json_array();
    for (int i = 0; i < suite->setting_count; i++) {
        json_object_set_new(settings, suite->settings[i].name,
                            dlb_json_text(suite->settings[i].value));
    }
    for (int64_t i = 0; i < suite->problems.count; i++) {
        const struct dlb_problem_entry *entry = &suite->problems.items[i];
        char key[DLB_KEY_SIZE];
        dlb_problem_key(&entry->problem, key, sizeof key);
        json_array_append_new(problems, json_pack("{s:s, s:o, s:I}", "key", key, "origin",
                                                  dlb_json_text(entry->origin), "occurrences",
                                                  (json_int_t)entry->occurrences));
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "kind", "suite", "name",
                     dlb_json_text(suite->name), "title", dlb_json_text(suite->title), "source",
                     dlb_json_text(suite->source), "settings", settings, "problems", problems);
}

json_t *dlb_describe_backend(const struct dlb_loaded_backend *backend,
                             const struct dlb_devices *devices, const char *name)
{
    json_t *options = json_array();
    json_t *found = json_array();
    const struct dlb_backend_option *row = backend->table != NULL ? backend->table->options : NULL;
    for (; row != NULL && row->name != NULL; row++) {
        json_array_append_new(options, json_pack("{s:s, s:s, s:s}", "name", row->name, "default",
                                                 row->default_text != NULL ? row->default_text : "",
                                                 "meaning", row->help));
    }
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *device = &devices->items[i];
        if (strcmp(name, backend->name) == 0 || dlb_device_is(device, name)) {
            json_array_append(found, device->json);
        }
    }
    const char *summary = backend->table != NULL ? backend->table->summary : backend->why.text;
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "kind", "backend", "name", backend->name,
                     "summary", dlb_json_text(summary), "options", options, "devices", found);
}
