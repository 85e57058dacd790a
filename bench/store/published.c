/* published.c: rows of published tables as records: all of them, or those of the problems that a result holds.
 *
 * A record of theirs has a time and no interval, was checked by nobody, and says in `implementation` whose it is. Files: published_table.c. */
#include "bench/store/published.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "bench/base/text.h"
#include "bench/store/published_table.h"

/* ---- a record ---- */

static const char *run_text(const struct dlb_published_row *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row->run, name));
    return text != NULL ? text : "";
}

/* The words of the result schema for a pass. */
static const char *direction_of(const char *pass)
{
    return pass == NULL || strcmp(pass, "fwd") == 0 ? "forward" : pass;
}

static void name_record(const struct dlb_published_row *row, struct dlb_record *record)
{
    struct dlb_text whose = {0};
    snprintf(record->device, sizeof record->device, "published:%.40s", run_text(row, "device"));
    snprintf(record->workload, sizeof record->workload, "%s", row->workload);
    snprintf(record->problem, sizeof record->problem, "%s", row->problem);
    dlb_text_shorten(record->label, sizeof record->label, row->problem);
    snprintf(record->key, sizeof record->key, "%s@%s/t0/%s/warm/random", row->problem,
             record->device, row->mode);
    snprintf(record->key_hash, sizeof record->key_hash, "%016" PRIx64, dlb_hash_text(record->key));
    snprintf(record->dtype, sizeof record->dtype, "%s", row->dtype);
    snprintf(record->direction, sizeof record->direction, "%s", direction_of(row->pass));
    snprintf(record->layout, sizeof record->layout, "plain");
    snprintf(record->mode, sizeof record->mode, "%s", row->mode);
    snprintf(record->cache_state, sizeof record->cache_state, "warm");
    snprintf(record->data, sizeof record->data, "random");
    snprintf(record->evidence, sizeof record->evidence, "published");
    dlb_text_format(&whose, "%s; %s", row->table->title, run_text(row, "detail"));
    dlb_text_shorten(record->implementation, sizeof record->implementation,
                     whose.data != NULL ? whose.data : row->table->title);
    dlb_text_free(&whose);
}

/* What the record takes over from one of the same problem: how much work it is. */
static void copy_work(const struct dlb_record *from, struct dlb_record *record)
{
    memcpy(record->version_hash, from->version_hash, sizeof record->version_hash);
    memcpy(record->label, from->label, sizeof record->label);
    memcpy(record->origin, from->origin, sizeof record->origin);
    memcpy(record->direction, from->direction, sizeof record->direction);
    memcpy(record->data, from->data, sizeof record->data);
    record->params = from->params != NULL ? json_incref(from->params) : json_object();
    record->threads = from->threads;
    record->batch = from->batch;
    record->ops = from->ops;
    record->bytes = from->bytes;
    record->items = from->items;
    record->working_set_bytes = from->working_set_bytes;
    record->occurrences = from->occurrences;
}

/* `like` (or NULL) is a record of the same problem. */
static void make_record(const struct dlb_published_row *row, const struct dlb_record *like,
                        struct dlb_record *record)
{
    *record = (struct dlb_record){.status = DLB_OK,
                                  .batch = (int64_t)row->items,
                                  .items = row->items,
                                  .ops = NAN,
                                  .bytes = NAN,
                                  .working_set_bytes = NAN,
                                  .cycles = NAN,
                                  .cache_sets = 1,
                                  .occurrences = 1};
    record->verified.max_abs_err = record->verified.max_rel_err = NAN;
    record->verified.tolerance = NAN;
    dlb_cost_reset(&record->cost);
    dlb_energy_reset(&record->energy);
    name_record(row, record);
    if (like != NULL)
        copy_work(like, record);
    else
        record->params = json_object();
    dlb_record_summarise(record);
    record->summary.median_ns = row->time_ns;
    record->summary.ops_per_s = 1e9 * record->ops / row->time_ns;
    record->summary.bytes_per_s = 1e9 * record->bytes / row->time_ns;
    record->summary.items_per_s = 1e9 * record->items / row->time_ns;
    if (row->is_p90)
        dlb_record_flag(record, "p90");
}

/* ---- devices ---- */

static enum dlb_status add_device(struct dlb_result *result, const struct dlb_published_row *row,
                                  const char *key)
{
    const json_t *units = json_object_get(row->run, "units");
    char whose[64]; /* "DeepBench": where the table shows the library of a measured device */
    if (dlb_result_device(result, key) != NULL)
        return DLB_OK;
    snprintf(whose, sizeof whose, "%.*s", (int)strcspn(row->table->title, ":"), row->table->title);
    json_t *device =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "key", key, "kind",
                  run_text(row, "kind"), "backend", "published", "status", "ok", "name",
                  run_text(row, "name"), "vendor", run_text(row, "vendor"), "evidence", "published",
                  "detail", run_text(row, "detail"), "source", row->table->source, "runtime", whose,
                  "units", json_is_integer(units) ? json_integer_value(units) : (json_int_t)1);
    const char *catalogue = run_text(row, "catalog_id");
    if (device != NULL && catalogue[0] != '\0')
        json_object_set_new(device, "catalog_id", json_string(catalogue));
    if (result->devices == NULL)
        result->devices = json_array();
    return json_array_append_new(result->devices, device) == 0 ? DLB_OK : DLB_NO_MEMORY;
}

/* Takes the record over, or frees it. */
static enum dlb_status add_record(struct dlb_result *result, const struct dlb_published_row *row,
                                  struct dlb_record *record, struct dlb_why *why)
{
    enum dlb_status status = record->params != NULL ? DLB_OK : DLB_NO_MEMORY;
    if (status == DLB_OK)
        status = add_device(result, row, record->device);
    if (status == DLB_OK)
        status = dlb_result_add(result, record);
    if (status == DLB_OK)
        return DLB_OK;
    dlb_record_free(record);
    return dlb_fail(why, status, "no memory for the published results");
}

/* ---- all of them ---- */

static enum dlb_status take_all(void *user, const struct dlb_published_row *row,
                                struct dlb_why *why)
{
    struct dlb_record record;
    make_record(row, NULL, &record);
    return add_record(user, row, &record, why);
}

enum dlb_status dlb_published_load(const char *folder, struct dlb_result *result,
                                   struct dlb_why *why)
{
    struct dlb_result loaded;
    dlb_result_init(&loaded);
    loaded.complete = true;
    loaded.tool = json_object();
    loaded.host = json_object();
    loaded.command = json_array();
    loaded.settings = json_object();
    loaded.devices = json_array();
    const enum dlb_status status = dlb_published_walk(folder, take_all, &loaded, why);
    if (status != DLB_OK) {
        dlb_result_free(&loaded);
        return status;
    }
    *result = loaded;
    return DLB_OK;
}

/* ---- those of a result's problems ---- */

/* The records of a result in the circumstances in which tables are published: batches of calls, warm caches, random data. By problem, the one with
 * the most threads first. */
struct subjects {
    struct dlb_result *result;
    int count;
    int *indices; /* records move as rows are added: indices, not pointers */
    int held;     /* records that the result had before */
    int added;
};

static int by_problem(const void *left, const void *right, void *context)
{
    const struct dlb_record *records = ((const struct subjects *)context)->result->records;
    const struct dlb_record *a = &records[*(const int *)left];
    const struct dlb_record *b = &records[*(const int *)right];
    const int order = strcmp(a->problem, b->problem);
    return order != 0 ? order : (b->threads > a->threads) - (b->threads < a->threads);
}

static bool is_subject(const struct dlb_record *record)
{
    return strcmp(record->evidence, "published") != 0 && strcmp(record->mode, "throughput") == 0 &&
           strcmp(record->cache_state, "warm") == 0 && strcmp(record->data, "random") == 0;
}

static const struct dlb_record *find_subject(const struct subjects *subjects, const char *problem)
{
    int low = 0;
    int high = subjects->count;
    const struct dlb_record *records = subjects->result->records;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (strcmp(records[subjects->indices[middle]].problem, problem) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct dlb_record *found =
        low < subjects->count ? &records[subjects->indices[low]] : NULL;
    return found != NULL && strcmp(found->problem, problem) == 0 ? found : NULL;
}

/* A file that was saved with an overlay has the row already. */
static bool is_there(const struct subjects *subjects, const char *key)
{
    for (int i = 0; i < subjects->held; i++)
        if (strcmp(subjects->result->records[i].key, key) == 0)
            return true;
    return false;
}

static enum dlb_status take_subject(void *user, const struct dlb_published_row *row,
                                    struct dlb_why *why)
{
    struct subjects *subjects = user;
    const struct dlb_record *like =
        strcmp(row->mode, "throughput") == 0 ? find_subject(subjects, row->problem) : NULL;
    if (like == NULL)
        return DLB_OK;
    struct dlb_record record;
    make_record(row, like, &record);
    if (is_there(subjects, record.key)) {
        dlb_record_free(&record);
        return DLB_OK;
    }
    const enum dlb_status status = add_record(subjects->result, row, &record, why);
    subjects->added += status == DLB_OK;
    return status;
}

/* Their indices are sorted by problem, and several devices may have one. */
static int count_problems(const struct subjects *subjects)
{
    const struct dlb_record *records = subjects->result->records;
    int count = 0;
    for (int i = 0; i < subjects->count; i++)
        count += i == 0 || strcmp(records[subjects->indices[i]].problem,
                                  records[subjects->indices[i - 1]].problem) != 0;
    return count;
}

/* Why nothing was added, into `why`. */
static void explain(const struct subjects *subjects, struct dlb_why *why)
{
    const int problems = count_problems(subjects);
    char which[64];
    if (problems == 0) {
        dlb_fail(why, DLB_OK,
                 "published rows are of batches with warm caches and random data, and no case ran "
                 "so: dlbench list published");
        return;
    }
    snprintf(which, sizeof which, problems == 1 ? "the problem" : "one of the %d problems",
             problems);
    dlb_fail(why, DLB_OK,
             "no published row is of %s that ran in batches with warm caches and random data; the "
             "tables are of the deepbench_* suites: dlbench list published",
             which);
}

enum dlb_status dlb_published_overlay(struct dlb_result *result, const char *folder, int *added,
                                      struct dlb_why *why)
{
    struct subjects subjects = {.result = result, .held = result->record_count};
    subjects.indices = calloc((size_t)result->record_count + 1, sizeof *subjects.indices);
    if (subjects.indices == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the published results");
    for (int i = 0; i < result->record_count; i++)
        if (is_subject(&result->records[i]))
            subjects.indices[subjects.count++] = i;
    qsort_r(subjects.indices, (size_t)subjects.count, sizeof *subjects.indices, by_problem,
            &subjects);
    const enum dlb_status status = dlb_published_walk(folder, take_subject, &subjects, why);
    if (status == DLB_OK) {
        *added = subjects.added;
        if (subjects.added == 0)
            explain(&subjects, why);
    }
    free(subjects.indices);
    return status;
}
