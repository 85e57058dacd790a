/* choose_json.c: a choice as one document, and the table of formats.
 *
 *   workload, by, max_latency_ns, max_power_w, tasks[], advice[], missing[]
 *   classes[] {evidence, common, candidates[] {device, name, kind, dtype, catalog_id, units, standing, reason, tasks, relative, worse, better, close, items_per_s,
 *              per_mitem, currency, price_basis, price_as_of, price_doubt, j_per_item, latency_ns, latency_single, latency_p90,
 *              threads, power_w, power_datasheet, facts{...}}}
 *   bounds[]  {catalog_id, dtype, items_per_s_at_most, per_mitem_at_least, currency}
 * worse, better, close: tasks in common, against the first of the class, beyond both intervals or not. latency_p90: what nine single calls of ten stay below, in the
 * worst process; else a median. threads: null also where tasks differ in them. What is not known is null. */
#include <math.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/check_escape.h"
#include "reports/choose_words.h"
#include "reports/choose_writers.h"
#include "reports/report_writers.h"

const struct dlb_choose_format dlb_choose_formats[] = {
    {"text", dlb_choose_text},
    {"json", dlb_choose_json},
    {"md", dlb_choose_md},
    {NULL, NULL},
};

static void set_text(json_t *object, const char *name, const char *value)
{
    json_object_set_new(object, name, value[0] != '\0' ? dlb_escape_json(value) : json_null());
}

static void set_real(json_t *object, const char *name, double value)
{
    json_object_set_new(object, name, isfinite(value) ? json_real(value) : json_null());
}

static void set_count(json_t *object, const char *name, int value)
{
    json_object_set_new(object, name, json_integer(value));
}

/* Lines as an array; takes the text over. */
static json_t *lines_of(struct dlb_text *text)
{
    json_t *json = json_array();
    for (char *at = text->data; at != NULL && *at != '\0';) {
        char *end = strchr(at, '\n');
        if (end != NULL)
            *end = '\0';
        json_array_append_new(json, dlb_escape_json(at));
        at = end != NULL ? end + 1 : NULL;
    }
    dlb_text_free(text);
    return json;
}

static json_t *facts_to_json(const struct dlb_choice_facts *facts)
{
    json_t *json = json_object();
    set_count(json, "problems", facts->problems);
    set_count(json, "ran", facts->ran);
    set_count(json, "wrong", facts->wrong);
    set_count(json, "failed", facts->failed);
    set_count(json, "noisy", facts->noisy);
    json_object_set_new(json, "lacks", dlb_escape_json(facts->lacks));
    set_real(json, "first_result_ns", facts->first_result_ns);
    set_real(json, "tune_ns", facts->tune_ns);
    set_real(json, "build_ns", facts->build_ns);
    set_real(json, "install_bytes", facts->install_bytes);
    return json;
}

static void set_cost(json_t *json, const struct dlb_candidate *candidate)
{
    const struct dlb_record *record = NULL;
    for (int task = 0; candidate->tasks > 0 && record == NULL; task++)
        record = candidate->cells[task].record;
    set_real(json, "per_mitem", candidate->per_mitem);
    set_text(json, "currency", candidate->currency);
    set_text(json, "price_basis", record != NULL ? record->cost.basis : "");
    set_text(json, "price_as_of", record != NULL ? record->cost.price_as_of : "");
    set_text(json, "price_doubt", record != NULL ? record->cost.reason : "");
}

static void set_tasks(json_t *json, const struct dlb_candidate *candidate)
{
    const struct {
        const char *name;
        int tasks;
    } counts[] = {
        {"worse", candidate->worse}, {"better", candidate->better}, {"close", candidate->close}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(counts); i++)
        json_object_set_new(json, counts[i].name,
                            candidate->close_known ? json_integer(counts[i].tasks) : json_null());
}

static json_t *candidate_to_json(const struct dlb_candidate *candidate)
{
    static const char *const standings[] = {[DLB_CHOICE_RANKED] = "ranked",
                                            [DLB_CHOICE_UNSURE] = "unsure",
                                            [DLB_CHOICE_FEW] = "too few tasks",
                                            [DLB_CHOICE_BLANK] = "figure unknown",
                                            [DLB_CHOICE_OVER] = "beyond a limit"};
    json_t *json = json_object();
    set_text(json, "device", candidate->device);
    set_text(json, "name", candidate->name);
    set_text(json, "kind", candidate->kind);
    set_text(json, "dtype", candidate->dtype);
    set_text(json, "catalog_id", candidate->entry != NULL ? candidate->entry->id : "");
    set_count(json, "units", candidate->units);
    set_text(json, "standing", standings[candidate->standing]);
    set_text(json, "reason", candidate->reason);
    set_count(json, "tasks", candidate->tasks);
    set_real(json, "relative", candidate->relative);
    set_tasks(json, candidate);
    set_real(json, "items_per_s", candidate->items_per_s);
    set_cost(json, candidate);
    set_real(json, "j_per_item", candidate->j_per_item);
    set_real(json, "latency_ns", candidate->latency_ns);
    json_object_set_new(json, "latency_single", json_boolean(candidate->latency_single));
    json_object_set_new(json, "latency_p90",
                        json_boolean(candidate->latency_p90 && isfinite(candidate->latency_ns)));
    json_object_set_new(json, "threads",
                        candidate->threads > 0 ? json_integer(candidate->threads) : json_null());
    set_real(json, "power_w", candidate->power_w);
    json_object_set_new(json, "power_datasheet", json_boolean(candidate->power_datasheet));
    json_object_set_new(json, "facts", facts_to_json(&candidate->facts));
    return json;
}

static json_t *classes_to_json(const struct dlb_choice *choice)
{
    json_t *classes = json_array();
    for (int i = 0; i < choice->class_count; i++) {
        const struct dlb_choice_class *class = &choice->classes[i];
        json_t *json = json_object();
        json_t *candidates = json_array();
        for (int j = class->first; j < class->first + class->count; j++)
            json_array_append_new(candidates, candidate_to_json(&choice->candidates[j]));
        set_text(json, "evidence", class->evidence);
        set_count(json, "common", class->common);
        json_object_set_new(json, "candidates", candidates);
        json_array_append_new(classes, json);
    }
    return classes;
}

static json_t *bounds_to_json(const struct dlb_choice *choice)
{
    json_t *bounds = json_array();
    for (int i = 0; i < choice->bound_count; i++) {
        const struct dlb_choice_bound *bound = &choice->bounds[i];
        json_t *json = json_object();
        set_text(json, "catalog_id", bound->entry->id);
        set_text(json, "dtype", choice->bound_dtype);
        set_real(json, "items_per_s_at_most", bound->items_per_s);
        set_real(json, "per_mitem_at_least", bound->per_mitem);
        set_text(json, "currency", bound->entry->currency);
        json_array_append_new(bounds, json);
    }
    return bounds;
}

json_t *dlb_choose_to_json(const struct dlb_choose_page *page)
{
    const struct dlb_choice *choice = page->choice;
    struct dlb_text advice = {0};
    struct dlb_text missing = {0};
    json_t *tasks = json_array();
    json_t *json = json_object();
    dlb_choose_advice(page, &advice);
    dlb_choose_missing(page, &missing);
    for (int i = 0; i < choice->task_count; i++)
        json_array_append_new(tasks, dlb_escape_json(choice->tasks[i]));
    set_text(json, "workload", choice->request.workload);
    set_text(json, "by", dlb_choice_by_name(choice->request.by));
    set_real(json, "max_latency_ns", choice->request.max_latency_ns);
    set_real(json, "max_power_w", choice->request.max_power_w);
    json_object_set_new(json, "tasks", tasks);
    json_object_set_new(json, "advice", lines_of(&advice));
    json_object_set_new(json, "missing", lines_of(&missing));
    json_object_set_new(json, "classes", classes_to_json(choice));
    json_object_set_new(json, "bounds", bounds_to_json(choice));
    set_count(json, "emulated", choice->emulated);
    return json;
}

enum dlb_status dlb_choose_json(const struct dlb_choose_page *page,
                                const struct dlb_report_options *options, FILE *stream,
                                struct dlb_why *why)
{
    (void)options;
    json_t *json = dlb_choose_to_json(page);
    if (json == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    json_dumpf(json, stream, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    fputc('\n', stream);
    json_decref(json);
    return dlb_report_end(stream, why);
}
