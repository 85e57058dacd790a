/* choice.c: from the rows of results to candidates with a cell for each task.
 *
 * A row gives the rate; the single calls of the same problem on as many threads give the latency. That is an offer. Of several offers for a task (sizes of a batch, counts of
 * threads) a candidate takes the best within the limits. Next: choice_rank.c. */
#include "bench/store/choice.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/store/choice_parts.h"

#define MOST_LISTED 600 /* bytes of workloads that a reason names */
#define TASK_SIZE   sizeof *((struct dlb_choice *)0)->tasks

const char *dlb_choice_by_name(enum dlb_choice_by by)
{
    static const char *const names[DLB_CHOOSE_COUNT] = {"speed", "latency", "cost", "energy"};
    return (unsigned int)by < DLB_CHOOSE_COUNT ? names[by] : "?";
}

/* ---- which rows ---- */

/* Is "k=512" one of the parameters of "gemm:m=512,k=512,..."? */
static bool has_parameter(const char *problem, const char *pair, size_t length)
{
    const char *at = strchr(problem, ':');
    while (at != NULL && *at != '\0') {
        at++;
        const size_t size = strcspn(at, ",");
        if (size == length && memcmp(at, pair, length) == 0)
            return true;
        at += size;
    }
    return false;
}

bool dlb_choice_matches(const char *workload, const struct dlb_record *record)
{
    char name[64];
    const size_t length = strcspn(workload, ":");
    if (length >= sizeof name)
        return false;
    memcpy(name, workload, length);
    name[length] = '\0';
    if (!dlb_text_glob(name, record->workload))
        return false;
    const char *at = workload + length;
    while (*at != '\0') {
        at++;
        const size_t size = strcspn(at, ",");
        if (!has_parameter(record->problem, at, size))
            return false;
        at += size;
    }
    return true;
}

bool dlb_choice_counts(const struct dlb_choice_request *request, const struct dlb_record *record)
{
    return record->status == DLB_OK && record->summary.median_ns > 0 && record->items > 0 &&
           strcmp(record->evidence, "emulated") != 0 && !dlb_record_has_flag(record, "slowdown") &&
           !dlb_record_has_flag(record, "suspect") && dlb_choice_matches(request->workload, record);
}

/* Parameters that are no part of the work: the type, the batch of a network, and who asked. */
static bool is_free(const char *pair, size_t length, bool model)
{
    static const char *const always[] = {"dtype=", "suite=", "round=", "scenario="};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(always); i++)
        if (length >= strlen(always[i]) && memcmp(pair, always[i], strlen(always[i])) == 0)
            return true;
    return model && length > 6 && memcmp(pair, "batch=", 6) == 0;
}

static void task_of(const struct dlb_record *record, char *task, size_t size)
{
    const bool model = dlb_record_is_model(record);
    const char *at = strchr(record->problem, ':');
    size_t used = (size_t)snprintf(task, size, "%s", record->workload);
    bool first = true;
    while (at != NULL && *at != '\0' && used < size) {
        at++;
        const size_t length = strcspn(at, ",");
        if (!is_free(at, length, model)) {
            used += (size_t)snprintf(task + used, size - used, "%c%.*s", first ? ':' : ',',
                                     (int)length, at);
            first = false;
        }
        at += length;
    }
}

/* ---- the rows in order ---- */

struct row {
    const struct dlb_record *record;
    int result;
};

static const char *evidence_of(const struct dlb_record *record)
{
    return record->evidence[0] != '\0' ? record->evidence : "measured";
}

/* Rows of one candidate together, and of one problem on as many threads in it. */
static int by_candidate(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    int order = a->result - b->result;
    if (order == 0)
        order = strcmp(a->record->device, b->record->device);
    if (order == 0)
        order = strcmp(evidence_of(a->record), evidence_of(b->record));
    if (order == 0)
        order = strcmp(a->record->dtype, b->record->dtype);
    if (order == 0)
        order = a->record->threads - b->record->threads;
    return order != 0 ? order : strcmp(a->record->problem, b->record->problem);
}

static bool same_candidate(const struct row *a, const struct row *b)
{
    return a->result == b->result && strcmp(a->record->device, b->record->device) == 0 &&
           strcmp(evidence_of(a->record), evidence_of(b->record)) == 0 &&
           strcmp(a->record->dtype, b->record->dtype) == 0;
}

static bool is_usual(const struct dlb_record *record)
{
    return strcmp(record->cache_state, "warm") == 0 && strcmp(record->data, "random") == 0;
}

/* What MLPerf calls offline and single stream is one problem in two timing modes. */
static size_t problem_length(const struct dlb_record *record)
{
    const char *scenario = strstr(record->problem, ",scenario=");
    return scenario != NULL ? (size_t)(scenario - record->problem) : strlen(record->problem);
}

static bool same_problem(const struct row *a, const struct row *b)
{
    const size_t length = problem_length(a->record);
    return same_candidate(a, b) && a->record->threads == b->record->threads &&
           length == problem_length(b->record) &&
           memcmp(a->record->problem, b->record->problem, length) == 0;
}

/* Warm caches and random data; others only where nobody has these. The caller frees *rows. */
static enum dlb_status collect(const struct dlb_choice_request *request, struct row **rows,
                               int *count)
{
    int most = 1;
    int usual = 0;
    for (int i = 0; i < request->result_count; i++)
        most += request->results[i].record_count;
    struct row *found = calloc((size_t)most, sizeof *found);
    if (found == NULL)
        return DLB_NO_MEMORY;
    *count = 0;
    for (int i = 0; i < request->result_count; i++)
        for (int j = 0; j < request->results[i].record_count; j++) {
            const struct dlb_record *record = &request->results[i].records[j];
            if (!dlb_choice_counts(request, record))
                continue;
            found[(*count)++] = (struct row){record, i};
            usual += is_usual(record);
        }
    int kept = 0;
    for (int i = 0; i < *count; i++)
        if (usual == 0 || is_usual(found[i].record))
            found[kept++] = found[i];
    *count = kept;
    qsort(found, (size_t)kept, sizeof *found, by_candidate);
    *rows = found;
    return DLB_OK;
}

/* ---- what was published of the same work ---- */

static bool is_published(const struct dlb_record *record)
{
    return strcmp(record->evidence, "published") == 0;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(left, right);
}

static bool is_among(char (*tasks)[TASK_SIZE], int count, const struct dlb_record *record)
{
    char task[TASK_SIZE];
    task_of(record, task, sizeof task);
    return bsearch(task, tasks, (size_t)count, sizeof *tasks, by_text) != NULL;
}

/* Drops published rows of tasks that nobody else has, when there are others. */
static enum dlb_status keep_shared(struct row *rows, int *count, bool *shared)
{
    char(*tasks)[TASK_SIZE] = calloc((size_t)*count + 1, sizeof *tasks);
    int known = 0;
    int kept = 0;
    if (tasks == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < *count; i++)
        if (!is_published(rows[i].record))
            task_of(rows[i].record, tasks[known++], sizeof *tasks);
    qsort(tasks, (size_t)known, sizeof *tasks, by_text);
    *shared = false;
    for (int i = 0; i < *count && !*shared; i++)
        *shared = is_published(rows[i].record) && is_among(tasks, known, rows[i].record);
    for (int i = 0; i < *count; i++)
        if (!*shared || !is_published(rows[i].record) || is_among(tasks, known, rows[i].record))
            rows[kept++] = rows[i];
    *count = kept;
    free(tasks);
    return DLB_OK;
}

/* ---- offers ---- */

/* What nine calls of ten stay below, in the worst process of those that count; NaN where no process tells it. */
static double worst_p90(const struct dlb_record *record)
{
    double worst[2] = {NAN, NAN}; /* of those that count, of those that were noisy */
    for (int i = 0; i < record->invocation_count; i++) {
        const struct dlb_invocation *invocation = &record->invocations[i];
        double *const of = &worst[invocation->gated];
        *of = fmax(*of, invocation->p90_ns); /* fmax passes NaN over */
    }
    return isfinite(worst[0]) ? worst[0] : worst[1];
}

/* Of single calls: by it rows are judged, and kept. */
static double single_latency(const struct dlb_record *record)
{
    const double p90 = worst_p90(record);
    return isfinite(p90) ? p90 : record->summary.median_ns;
}

/* A call cannot be answered faster than calls in a row are; but the rate of a whole system tells nothing of a call. */
static double least_latency(const struct dlb_record *record)
{
    return strstr(record->problem, ",scenario=") != NULL ? (double)NAN : record->summary.median_ns;
}

static double margin_of_time(const struct dlb_record *record)
{
    const struct dlb_summary *s = &record->summary;
    return (s->ci_hi_ns - s->ci_lo_ns) / 2 / s->median_ns;
}

/* What is ranked, and how sure it is. */
static void set_value(enum dlb_choice_by by, struct dlb_choice_cell *cell)
{
    const double values[DLB_CHOOSE_COUNT] = {1 / cell->items_per_s, cell->latency_ns,
                                             cell->per_mitem, cell->j_per_item};
    cell->value =
        values[by] > 0 || (by == DLB_CHOOSE_COST && values[by] == 0) ? values[by] : (double)NAN;
    if (by == DLB_CHOOSE_ENERGY)
        cell->margin = 1.96 * cell->record->energy.uncertainty_rel;
    else if (by == DLB_CHOOSE_LATENCY && cell->latency_p90)
        cell->margin = NAN; /* the interval is that of the median */
    else
        cell->margin = margin_of_time(cell->record);
}

/* `record` tells the rate, the price and the energy; `single`, which may be the same or NULL, the latency. */
static struct dlb_choice_cell offer(const struct dlb_choice *choice,
                                    const struct dlb_candidate *candidate,
                                    const struct dlb_record *record,
                                    const struct dlb_record *single)
{
    const bool metered = dlb_energy_is_metered(&record->energy);
    const double watts = metered ? record->energy.avg_power_w : (double)NAN;
    struct dlb_choice_cell cell = {
        .record = record,
        .items_per_s = 1e9 * record->items / record->summary.median_ns / candidate->units,
        .latency_ns = single != NULL ? single_latency(single) : least_latency(record),
        .latency_single = single != NULL,
        .latency_p90 =
            single != NULL && (isfinite(worst_p90(single)) || dlb_record_has_flag(single, "p90")),
        .power_w = watts > 0                  ? watts
                   : candidate->entry != NULL ? candidate->entry->tdp_w
                                              : (double)NAN,
        .power_datasheet = !(watts > 0),
        .per_mitem = record->cost.currency[0] != '\0' ? record->cost.per_mitem : (double)NAN,
        .j_per_item = metered ? record->energy.j_per_item : (double)NAN,
        .ops_per_item = record->ops / record->items};
    set_value(choice->request.by, &cell);
    return cell;
}

static bool is_over(const struct dlb_choice_request *request, const struct dlb_choice_cell *cell)
{
    return cell->latency_ns > request->max_latency_ns || cell->power_w > request->max_power_w;
}

/* Could each limit be checked? */
static bool is_sure(const struct dlb_choice_request *request, const struct dlb_choice_cell *cell)
{
    return (isnan(request->max_latency_ns) || cell->latency_single) &&
           (isnan(request->max_power_w) || !isnan(cell->power_w));
}

/* One with the figure before one without; then one that meets the limits before one that may not, and a latency before a time that is but a bound of it. */
static bool is_better(const struct dlb_choice_request *request, const struct dlb_choice_cell *a,
                      const struct dlb_choice_cell *b)
{
    if (isnan(a->value) != isnan(b->value))
        return !isnan(a->value);
    if (is_sure(request, a) != is_sure(request, b))
        return is_sure(request, a);
    if (request->by == DLB_CHOOSE_LATENCY && a->latency_single != b->latency_single)
        return a->latency_single;
    return a->value < b->value;
}

/* Takes an offer for a task when it is the first or better. */
static void consider(const struct dlb_choice_request *request,
                     const struct dlb_choice_cell *offered, struct dlb_candidate *candidate,
                     int task)
{
    struct dlb_choice_cell *cell = &candidate->cells[task];
    if (is_over(request, offered))
        return;
    const bool first = cell->record == NULL;
    candidate->tasks += first;
    if (first || is_better(request, offered, cell))
        *cell = *offered;
}

/* ---- candidates ---- */

static const char *text_of(const json_t *device, const char *name)
{
    const char *text = json_string_value(json_object_get(device, name));
    return text != NULL ? text : "";
}

static const struct dlb_catalogue_entry *entry_of(const struct dlb_catalogue *catalogue,
                                                  const json_t *device)
{
    const struct dlb_catalogue_entry *entry = NULL;
    struct dlb_why why;
    if (catalogue == NULL || device == NULL)
        return NULL;
    entry = dlb_catalogue_find(catalogue, text_of(device, "catalog_id"));
    if (entry == NULL)
        (void)dlb_catalogue_match(catalogue, text_of(device, "kind"), text_of(device, "vendor"),
                                  text_of(device, "name"), &entry, &why);
    return entry;
}

static enum dlb_status begin_candidate(struct dlb_choice *choice, const struct row *row)
{
    struct dlb_candidate *candidate = &choice->candidates[choice->candidate_count];
    const json_t *device =
        dlb_result_device(&choice->request.results[row->result], row->record->device);
    const json_t *units = json_object_get(device, "units");
    *candidate = (struct dlb_candidate){
        .result = row->result,
        .device = row->record->device,
        .evidence = evidence_of(row->record),
        .dtype = row->record->dtype,
        .entry = entry_of(choice->request.catalogue, device),
        .threads = row->record->threads,
        .units = json_is_integer(units) && json_integer_value(units) > 0 &&
                         json_integer_value(units) < 100000
                     ? (int)json_integer_value(units)
                     : 1,
        .cells = calloc((size_t)choice->task_count + 1, sizeof *candidate->cells)};
    if (candidate->cells == NULL)
        return DLB_NO_MEMORY;
    dlb_text_printable(candidate->name, sizeof candidate->name, text_of(device, "name"));
    dlb_text_printable(candidate->kind, sizeof candidate->kind, text_of(device, "kind"));
    choice->candidate_count++;
    return DLB_OK;
}

static int find_task(const struct dlb_choice *choice, const char *task)
{
    for (int i = 0; i < choice->task_count; i++)
        if (strcmp(choice->tasks[i], task) == 0)
            return i;
    return -1;
}

static enum dlb_status list_tasks(struct dlb_choice *choice, const struct row *rows, int count)
{
    choice->tasks = calloc((size_t)count + 1, sizeof *choice->tasks);
    if (choice->tasks == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < count; i++) {
        char *task = choice->tasks[choice->task_count];
        task_of(rows[i].record, task, sizeof *choice->tasks);
        choice->task_count += find_task(choice, task) < 0;
    }
    return DLB_OK;
}

static bool is_single(const struct dlb_record *record)
{
    return strcmp(record->mode, "latency") == 0;
}

/* Of rows first..end-1 the one whose single calls are quickest; NULL for none. */
static const struct dlb_record *quickest(const struct row *rows, int first, int end)
{
    const struct dlb_record *best = NULL;
    for (int i = first; i < end; i++)
        if (is_single(rows[i].record) &&
            (best == NULL || single_latency(rows[i].record) < single_latency(best)))
            best = rows[i].record;
    return best;
}

/* Rows first..end-1 are of one problem on as many threads. Calls in a row tell the rate, single calls only where there is nothing else or latency is asked for. */
static void take_problem(struct dlb_choice *choice, const struct row *rows, int first, int end)
{
    struct dlb_candidate *candidate = &choice->candidates[choice->candidate_count - 1];
    const struct dlb_record *single = quickest(rows, first, end);
    char task[sizeof *choice->tasks];
    bool batched = false;
    for (int i = first; i < end; i++)
        batched |= !is_single(rows[i].record);
    const bool as_single = !batched || (choice->request.by == DLB_CHOOSE_LATENCY && single != NULL);
    task_of(rows[first].record, task, sizeof task);
    const int at = find_task(choice, task);
    for (int i = first; i < end; i++) {
        const struct dlb_record *record = rows[i].record;
        if (is_single(record) != as_single)
            continue;
        const struct dlb_choice_cell offered =
            offer(choice, candidate, record, as_single ? record : single);
        consider(&choice->request, &offered, candidate, at);
    }
}

static enum dlb_status gather(struct dlb_choice *choice, const struct row *rows, int count)
{
    enum dlb_status status = list_tasks(choice, rows, count);
    choice->candidates = calloc((size_t)count + 1, sizeof *choice->candidates);
    if (choice->candidates == NULL)
        return DLB_NO_MEMORY;
    for (int first = 0, end = 0; first < count && status == DLB_OK; first = end) {
        if (first == 0 || !same_candidate(&rows[first], &rows[first - 1]))
            status = begin_candidate(choice, &rows[first]);
        for (end = first + 1; end < count && same_problem(&rows[first], &rows[end]);)
            end++;
        if (status != DLB_OK)
            break;
        struct dlb_candidate *candidate = &choice->candidates[choice->candidate_count - 1];
        candidate->threads_vary |= rows[first].record->threads != candidate->threads;
        take_problem(choice, rows, first, end);
    }
    return status;
}

/* ---- the whole ---- */

static void list_workloads(const struct dlb_choice_request *request, struct dlb_text *list)
{
    for (int i = 0; i < request->result_count; i++)
        for (int j = 0; j < request->results[i].record_count && list->size < MOST_LISTED; j++) {
            const char *name = request->results[i].records[j].workload;
            char padded[40];
            snprintf(padded, sizeof padded, " %s ", name);
            if (list->data == NULL)
                dlb_text_append(list, " ");
            if (list->data != NULL && strstr(list->data, padded) == NULL)
                dlb_text_format(list, "%s ", name);
        }
}

static enum dlb_status fail_nothing(const struct dlb_choice_request *request, struct dlb_why *why)
{
    struct dlb_text list = {0};
    list_workloads(request, &list);
    dlb_fail(why, DLB_UNAVAILABLE, "no row with a time is of the workload '%.80s'; there are:%s",
             request->workload, list.data != NULL && list.size > 1 ? list.data : " none ");
    dlb_text_free(&list);
    if (why != NULL && why->text[0] != '\0' && why->text[strlen(why->text) - 1] == ' ')
        why->text[strlen(why->text) - 1] = '\0';
    return DLB_UNAVAILABLE;
}

static int count_emulated(const struct dlb_choice_request *request)
{
    int count = 0;
    for (int i = 0; i < request->result_count; i++)
        for (int j = 0; j < request->results[i].record_count; j++) {
            const struct dlb_record *record = &request->results[i].records[j];
            count += strcmp(record->evidence, "emulated") == 0 &&
                     dlb_choice_matches(request->workload, record);
        }
    return count;
}

enum dlb_status dlb_choice_make(const struct dlb_choice_request *request, struct dlb_choice *choice,
                                struct dlb_why *why)
{
    struct row *rows = NULL;
    int count = 0;
    struct dlb_choice made = {.request = *request, .emulated = count_emulated(request)};
    enum dlb_status status = collect(request, &rows, &count);
    if (status == DLB_OK && count == 0) {
        free(rows);
        return fail_nothing(request, why);
    }
    if (status == DLB_OK)
        status = keep_shared(rows, &count, &made.shared);
    if (status == DLB_OK)
        status = gather(&made, rows, count);
    free(rows);
    if (status == DLB_OK)
        status = dlb_choice_rank(&made, why);
    if (status == DLB_OK)
        status = dlb_choice_fill_facts(&made, why);
    if (status != DLB_OK) {
        dlb_choice_free(&made);
        return dlb_fail(why, status, "no memory for the candidates");
    }
    dlb_choice_fill_bounds(&made);
    *choice = made;
    return DLB_OK;
}

void dlb_choice_free(struct dlb_choice *choice)
{
    for (int i = 0; i < choice->candidate_count; i++)
        free(choice->candidates[i].cells);
    free(choice->candidates);
    free(choice->tasks);
    *choice = (struct dlb_choice){0};
}
