/* history_case.c: what one case of a run is in the tables: its bench, its device, its result and its invocations.
 *
 * Rows name each other by what they are (the hash of a key; host, key and driver of a device), so that each statement also stands
 * for itself in a script. The run around the case is in history_index.c. */
#include "bench/store/history_case.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "bench/base/text.h"

#define BENCH_ID  "(SELECT id FROM bench WHERE key_hash=?2)"
#define DEVICE_ID "(SELECT id FROM device WHERE host_id=?3 AND key=?4 AND driver=?5)"

enum statement {
    BENCH_VERSION,
    BENCH_INSERT,
    DEVICE_INSERT,
    RESULT_INSERT,
    INVOCATION_INSERT,
    PRICE_INSERT
};

static const char *const statements[] = {
    [BENCH_VERSION] = "SELECT 1 FROM bench WHERE key_hash=?1 AND version_hash IS NOT NULL"
                      " AND version_hash<>?2",
    [BENCH_INSERT] = "INSERT OR IGNORE INTO bench(key_hash, workload, version_hash, params_json,"
                     " dtype, direction, mode, cache_state, implementation, ops, bytes)"
                     " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
    [DEVICE_INSERT] = "INSERT OR IGNORE INTO device(host_id, key, kind, backend, name,"
                      " catalog_id, driver) VALUES(?1,?2,?3,?4,?5,?6,?7)",
    [RESULT_INSERT] = "INSERT OR IGNORE INTO result(run_id, bench_id, device_id, status,"
                      " median_ns, ci_lo_ns, ci_hi_ns, inv_sd_rel, ops_per_s, energy_j,"
                      " roof_fraction, flags) VALUES(?1," BENCH_ID "," DEVICE_ID
                      ",?6,?7,?8,?9,?10,?11,?12,?13,?14)",
    [INVOCATION_INSERT] =
        "INSERT OR IGNORE INTO invocation(result_id, idx, t_start_utc, n,"
        " median_ns, sd_rel, gated) VALUES((SELECT id FROM result WHERE"
        " run_id=?1 AND bench_id=" BENCH_ID " AND device_id=" DEVICE_ID "),?6,?7,?8,?9,?10,?11)",
    [PRICE_INSERT] =
        "INSERT INTO price(catalog_id, as_of, currency, value, basis, source)"
        " SELECT ?1,?2,?3,?4,?5,?6 WHERE NOT EXISTS (SELECT 1 FROM price WHERE catalog_id=?1"
        " AND as_of IS ?2 AND currency=?3 AND value=?4 AND basis IS ?5)",
};

static enum dlb_status write_row(struct dlb_history *history, enum statement which,
                                 const struct dlb_value *values, size_t count, struct dlb_why *why)
{
    return dlb_database_write(history, DLB_CASE_STATEMENTS + (int)which, statements[which], values,
                              (int)count, why);
}

/* ---- members of a document ---- */

const char *dlb_member_text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

struct dlb_value dlb_value_member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (json_is_integer(value))
        return dlb_value_int(json_integer_value(value));
    if (json_is_real(value))
        return dlb_value_real(json_real_value(value));
    return dlb_value_text(json_string_value(value));
}

struct dlb_value dlb_value_non_empty(const char *text)
{
    return dlb_value_text(text[0] != '\0' ? text : NULL);
}

/* ---- cases ---- */

const char *dlb_index_driver(const struct dlb_result *result, const char *key)
{
    const json_t *device = dlb_result_device(result, key);
    const char *driver = dlb_member_text(device, "driver");
    const char *runtime = dlb_member_text(device, "runtime");
    return driver != NULL ? driver : runtime != NULL ? runtime : "";
}

enum dlb_status dlb_index_device(const struct dlb_indexed_run *run, const char *key,
                                 struct dlb_why *why)
{
    const json_t *device = dlb_result_device(run->result, key);
    char backend[64];
    snprintf(backend, sizeof backend, "%.*s", (int)strcspn(key, ":"), key);
    const struct dlb_value values[] = {dlb_value_text(run->host),
                                       dlb_value_text(key),
                                       dlb_value_member(device, "kind"),
                                       dlb_value_text(backend),
                                       dlb_value_member(device, "name"),
                                       dlb_value_member(device, "catalog_id"),
                                       dlb_value_text(dlb_index_driver(run->result, key))};
    return write_row(run->history, DEVICE_INSERT, values, DLB_ARRAY_COUNT(values), why);
}

enum dlb_status dlb_index_hash(const struct dlb_indexed_run *run, const char *key,
                               const char *version, char *hash, size_t size, struct dlb_why *why)
{
    int64_t other = 0;
    snprintf(hash, size, "%016" PRIx64, dlb_hash_text(key));
    if (version[0] == '\0')
        return DLB_OK;
    const struct dlb_value values[] = {dlb_value_text(hash), dlb_value_text(version)};
    const enum dlb_status status = dlb_database_number(
        run->history, DLB_CASE_STATEMENTS + BENCH_VERSION, statements[BENCH_VERSION], values,
        (int)DLB_ARRAY_COUNT(values), 0, &other, why);
    if (other != 0)
        snprintf(hash, size, "%016" PRIx64 ".%s", dlb_hash_text(key), version);
    return status;
}

/* The parameters of the case, and what else its key says that has no column of its own. */
static char *case_parameters(const struct dlb_record *record)
{
    json_t *json = record->params != NULL ? json_copy(record->params) : json_object();
    int failures = json_object_set_new(json, "key", json_string(record->key));
    failures |= json_object_set_new(json, "label", json_string(record->label));
    failures |= json_object_set_new(json, "threads", json_integer(record->threads));
    failures |= json_object_set_new(json, "data", json_string(record->data));
    char *text =
        failures == 0
            ? json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17))
            : NULL;
    json_decref(json);
    return text;
}

enum dlb_status dlb_index_bench(const struct dlb_indexed_run *run, const struct dlb_record *record,
                                const char *hash, struct dlb_why *why)
{
    char *parameters = case_parameters(record);
    if (parameters == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a case");
    const struct dlb_value values[] = {dlb_value_text(hash),
                                       dlb_value_text(record->workload),
                                       dlb_value_non_empty(record->version_hash),
                                       dlb_value_text(parameters),
                                       dlb_value_non_empty(record->dtype),
                                       dlb_value_non_empty(record->direction),
                                       dlb_value_non_empty(record->mode),
                                       dlb_value_non_empty(record->cache_state),
                                       dlb_value_non_empty(record->implementation),
                                       dlb_value_real(record->ops),
                                       dlb_value_real(record->bytes)};
    const enum dlb_status status =
        write_row(run->history, BENCH_INSERT, values, DLB_ARRAY_COUNT(values), why);
    free(parameters);
    return status;
}

static void join_flags(const struct dlb_record *record, struct dlb_text *flags)
{
    for (int i = 0; i < record->flag_count; i++) {
        dlb_text_append(flags, i > 0 ? ";" : "");
        dlb_text_append(flags, record->flags[i]);
    }
}

/* Of one execution, as the times are: how long the meter's window was is chance. A bound by a datasheet is no measurement, and the table has no
 * column to say so. */
static double energy_of(const struct dlb_record *record)
{
    const char *method = record->energy.method;
    const bool measured = method[0] != '\0' && strcmp(method, "tdp_bound") != 0;
    return measured ? record->energy.j_per_item * record->items : (double)NAN;
}

static const char *status_of(const struct dlb_record *record)
{
    const bool suspect = record->status == DLB_OK && dlb_record_has_flag(record, "suspect");
    return suspect ? "suspect" : dlb_record_status_text(record->status);
}

static enum dlb_status insert_result(const struct dlb_indexed_run *run,
                                     const struct dlb_record *record, const char *hash,
                                     const char *driver, struct dlb_why *why)
{
    const struct dlb_summary *summary = &record->summary;
    struct dlb_text flags = {0};
    join_flags(record, &flags);
    const struct dlb_value values[] = {dlb_value_text(run->result->run_id),
                                       dlb_value_text(hash),
                                       dlb_value_text(run->host),
                                       dlb_value_text(record->device),
                                       dlb_value_text(driver),
                                       dlb_value_text(status_of(record)),
                                       dlb_value_real(summary->median_ns),
                                       dlb_value_real(summary->ci_lo_ns),
                                       dlb_value_real(summary->ci_hi_ns),
                                       dlb_value_real(summary->inv_sd_rel),
                                       dlb_value_real(summary->ops_per_s),
                                       dlb_value_real(energy_of(record)),
                                       dlb_value_real(summary->roof_fraction),
                                       dlb_value_text(flags.data != NULL ? flags.data : "")};
    const enum dlb_status status =
        flags.failed ? dlb_fail(why, DLB_NO_MEMORY, "no memory for a case")
                     : write_row(run->history, RESULT_INSERT, values, DLB_ARRAY_COUNT(values), why);
    dlb_text_free(&flags);
    return status;
}

static enum dlb_status insert_invocation(const struct dlb_indexed_run *run,
                                         const struct dlb_record *record,
                                         const struct dlb_invocation *invocation,
                                         const char *const names[2], struct dlb_why *why)
{
    int64_t start = 0;
    const bool known = dlb_history_parse_utc(invocation->t_start_utc, &start);
    const struct dlb_value values[] = {dlb_value_text(run->result->run_id),
                                       dlb_value_text(names[0]),
                                       dlb_value_text(run->host),
                                       dlb_value_text(record->device),
                                       dlb_value_text(names[1]),
                                       dlb_value_int(invocation->index),
                                       known ? dlb_value_int(start) : dlb_value_real(NAN),
                                       dlb_value_int(invocation->n),
                                       dlb_value_real(invocation->median_ns),
                                       dlb_value_real(invocation->sd_rel),
                                       dlb_value_int(invocation->gated)};
    return write_row(run->history, INVOCATION_INSERT, values, DLB_ARRAY_COUNT(values), why);
}

/* The price that a cost was made of, once, with the run that brought it. */
static enum dlb_status insert_price(const struct dlb_indexed_run *run,
                                    const struct dlb_record *record, struct dlb_why *why)
{
    const struct dlb_cost *cost = &record->cost;
    if (cost->currency[0] == '\0' || !isfinite(cost->price_hour))
        return DLB_OK;
    const json_t *device = dlb_result_device(run->result, record->device);
    const char *catalog_id = dlb_member_text(device, "catalog_id");
    char source[64];
    snprintf(source, sizeof source, "run %s", run->result->run_id);
    const struct dlb_value values[] = {
        dlb_value_text(catalog_id != NULL ? catalog_id : record->device),
        dlb_value_non_empty(cost->price_as_of),
        dlb_value_text(cost->currency),
        dlb_value_real(cost->price_hour),
        dlb_value_non_empty(cost->basis),
        dlb_value_text(source)};
    return write_row(run->history, PRICE_INSERT, values, DLB_ARRAY_COUNT(values), why);
}

enum dlb_status dlb_index_record(const struct dlb_indexed_run *run, const struct dlb_record *record,
                                 struct dlb_why *why)
{
    char hash[40];
    const char *driver = dlb_index_driver(run->result, record->device);
    enum dlb_status status =
        dlb_index_hash(run, record->key, record->version_hash, hash, sizeof hash, why);
    if (status == DLB_OK)
        status = dlb_index_device(run, record->device, why);
    if (status == DLB_OK)
        status = dlb_index_bench(run, record, hash, why);
    if (status == DLB_OK)
        status = insert_result(run, record, hash, driver, why);
    if (status == DLB_OK)
        status = insert_price(run, record, why);
    const char *const names[] = {hash, driver};
    for (int i = 0; i < record->invocation_count && status == DLB_OK; i++)
        status = insert_invocation(run, record, &record->invocations[i], names, why);
    return status;
}
