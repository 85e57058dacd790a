/* identity.c: the record of a case before anything was measured: what it is and how much work it is. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/graph/count.h"
#include "bench/run/session.h"

static json_t *params_to_json(const struct dlb_problem *problem)
{
    json_t *params = json_object();
    for (int i = 0; i < problem->workload->param_count; i++) {
        const struct dlb_param_spec *spec = &problem->workload->params[i];
        char text[64];
        dlb_problem_get(problem, i, text, sizeof text);
        json_t *value = spec->kind == DLB_PARAM_INT    ? json_integer(problem->values[i].dims[0])
                        : spec->kind == DLB_PARAM_REAL ? json_real(problem->values[i].real)
                                                       : json_string(text);
        json_object_set_new(params, spec->name, value);
    }
    return params;
}

/* inference, or the pass of the one op */
static const char *direction_of(const struct dlb_graph *graph)
{
    for (int i = 0; i < graph->op_count; i++) {
        if (graph->ops[i].kind == DLB_OP_CONV_BWD_DATA)
            return "bwd_data";
        if (graph->ops[i].kind == DLB_OP_CONV_BWD_WEIGHTS)
            return "bwd_weights";
    }
    return graph->pass == DLB_PASS_TRAINING ? "training" : "forward";
}

static void fill_names(struct dlb_record *record, const struct dlb_case *item)
{
    const struct dlb_problem *problem = &item->problem;
    dlb_case_key(item, record->key, sizeof record->key);
    snprintf(record->key_hash, sizeof record->key_hash, "%016llx",
             (unsigned long long)dlb_hash_text(record->key));
    snprintf(record->workload, sizeof record->workload, "%s", problem->workload->name);
    dlb_workload_version_hash(problem->workload, record->version_hash);
    dlb_problem_key(problem, record->problem, sizeof record->problem);
    dlb_problem_label(problem, record->label, sizeof record->label);
    snprintf(record->origin, sizeof record->origin, "%s", item->origin);
    snprintf(record->dtype, sizeof record->dtype, "%s", dlb_dtype_name(dlb_problem_dtype(problem)));
    snprintf(record->device, sizeof record->device, "%s:%s", item->backend, item->device);
    snprintf(record->mode, sizeof record->mode, "%s", dlb_mode_name(item->mode));
    snprintf(record->cache_state, sizeof record->cache_state, "%s",
             dlb_cache_state_name(item->cache));
    snprintf(record->data, sizeof record->data, "%s", dlb_fill_name(item->data));
    /* The backend chooses the inner layout; the host's is the plain one of the op. */
    snprintf(record->layout, sizeof record->layout, "%s", "plain");
}

enum dlb_status dlb_record_init(struct dlb_record *record, const struct dlb_case *item,
                                struct dlb_why *why)
{
    struct dlb_graph graph;
    enum dlb_status status = dlb_problem_build(&item->problem, &graph, why);
    if (status == DLB_OK) {
        const struct dlb_count count = dlb_count_graph(&graph);
        *record = (struct dlb_record){.status = DLB_INTERRUPTED,
                                      .threads = item->threads,
                                      .batch = graph.items,
                                      .occurrences = item->occurrences,
                                      .ops = count.ops,
                                      .bytes = count.bytes,
                                      .items = (double)graph.items,
                                      .working_set_bytes = count.working_set_bytes};
        fill_names(record, item);
        snprintf(record->direction, sizeof record->direction, "%s", direction_of(&graph));
        snprintf(record->status_reason, sizeof record->status_reason,
                 "interrupted before it was measured");
        record->verified.max_abs_err = record->verified.max_rel_err = NAN;
        record->verified.tolerance = NAN;
        record->cycles = NAN;
        record->params = params_to_json(&item->problem);
        dlb_record_summarise(record);
        if (record->params == NULL)
            status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the record of %s", record->key);
    }
    dlb_graph_free(&graph);
    return status;
}
