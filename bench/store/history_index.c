/* history_index.c: one line of the log as rows of the tables.
 *
 * Rows name each other by what they are (the hash of a key, host and key of a device), not by numbers, so that the same statements
 * with their values written out are the SQL text of `export --format sql`. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/base/compiler.h"
#include "bench/base/log.h"
#include "bench/base/random.h"
#include "bench/base/text.h"
#include "bench/store/history_case.h"

#define BENCH_ID "(SELECT id FROM bench WHERE key_hash=?2)"

enum statement {
    RUN_COMPLETE = DLB_INDEX_STATEMENTS,
    RUN_DELETE,
    HOST_INSERT,
    ENV_INSERT,
    RUN_INSERT,
    VERDICT_INSERT,
    ACKNOWLEDGED,
    ACKNOWLEDGE_DELETE,
    ACKNOWLEDGE_INSERT,
    STATEMENT_COUNT
};

static const char *const statements[STATEMENT_COUNT] = {
    [RUN_COMPLETE] = "SELECT complete FROM run WHERE id=?1",
    [RUN_DELETE] = "DELETE FROM run WHERE id=?1",
    [HOST_INSERT] = "INSERT INTO host(id, cpu_model, cores, ram_bytes, virt, os, kernel)"
                    " VALUES(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT(id) DO UPDATE SET"
                    " os=excluded.os, kernel=excluded.kernel, ram_bytes=excluded.ram_bytes",
    [ENV_INSERT] = "INSERT OR IGNORE INTO env(hash, json) VALUES(?1,?2)",
    [RUN_INSERT] = "INSERT OR IGNORE INTO run(id, created_utc, git_rev, branch, dirty,"
                   " tool_version, suite, seed, host_id, env_hash, complete, json_path)"
                   " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
    [VERDICT_INSERT] =
        "INSERT INTO verdict(run_id, bench_id, device_id, mode, verdict, effect, p_holm, mde90)"
        " SELECT ?1, b.id, d.id, ?6, ?7, ?8, ?9, ?10 FROM bench b, device d WHERE b.key_hash=?2"
        " AND d.host_id=?3 AND d.key=?4 AND d.driver=?5 AND NOT EXISTS (SELECT 1 FROM verdict v"
        " WHERE v.run_id=?1 AND v.bench_id=b.id AND v.device_id=d.id AND v.mode IS ?6)",
    [ACKNOWLEDGED] = "SELECT 1 FROM changepoint c JOIN device d ON d.id=c.device_id WHERE"
                     " c.run_id=?1 AND c.bench_id=" BENCH_ID
                     " AND d.host_id=?3 AND d.key=?4 AND c.acknowledged_by=?5 AND c.note=?6",
    [ACKNOWLEDGE_DELETE] = "DELETE FROM changepoint WHERE run_id=?1 AND bench_id=" BENCH_ID
                           " AND device_id IN (SELECT id FROM device WHERE host_id=?3 AND key=?4)",
    [ACKNOWLEDGE_INSERT] =
        "INSERT INTO changepoint(run_id, bench_id, device_id, acknowledged_by, note, effect, p)"
        " SELECT ?1, r.bench_id, r.device_id, ?5, ?6, ?7, ?8 FROM result r"
        " JOIN device d ON d.id=r.device_id WHERE r.run_id=?1 AND r.bench_id=" BENCH_ID
        " AND d.host_id=?3 AND d.key=?4",
};

static enum dlb_status write_row(struct dlb_history *history, enum statement which,
                                 const struct dlb_value *values, size_t count, struct dlb_why *why)
{
    return dlb_database_write(history, (int)which, statements[which], values, (int)count, why);
}

static enum dlb_status read_number(struct dlb_history *history, enum statement which,
                                   const struct dlb_value *values, size_t count, int64_t missing,
                                   int64_t *number, struct dlb_why *why)
{
    return dlb_database_number(history, (int)which, statements[which], values, (int)count, missing,
                               number, why);
}

bool dlb_history_parse_utc(const char *text, int64_t *seconds)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(formats); i++) {
        struct tm when = {0};
        const char *end = strptime(text, formats[i], &when);
        if (end != NULL && *end == '\0') {
            *seconds = timegm(&when);
            return true;
        }
    }
    return false;
}

/* ---- one run ---- */

static const char *host_of(const struct dlb_result *result)
{
    const char *id = dlb_member_text(result->host, "id_hash");
    return id != NULL && id[0] != '\0' ? id : "unknown";
}

static const json_t *note_of(const struct dlb_result *result)
{
    return json_object_get(result->unknown, "x_history");
}

static enum dlb_status insert_host(const struct dlb_indexed_run *run, struct dlb_why *why)
{
    const json_t *host = run->result->host;
    const struct dlb_value values[] = {
        dlb_value_text(run->host),       dlb_value_member(host, "cpu_model"),
        dlb_value_member(host, "cores"), dlb_value_member(host, "ram_bytes"),
        dlb_value_member(host, "virt"),  dlb_value_member(host, "os"),
        dlb_value_member(host, "kernel")};
    return write_row(run->history, HOST_INSERT, values, DLB_ARRAY_COUNT(values), why);
}

/* What could make two runs of one program on one host differ: versions, settings of the system, the environment. */
static char *make_environment(const struct dlb_result *result)
{
    json_t *json = json_object();
    json_t *host = json_copy(result->host);
    const char *const volatile_facts[] = {"id_hash", "timer", "name", "hostname"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(volatile_facts); i++)
        (void)json_object_del(host, volatile_facts[i]);
    int failures = host != NULL ? json_object_set(json, "host", host) : 0;
    const char *const tool[] = {"version", "compiler", "flags"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(tool); i++) {
        json_t *value = json_object_get(result->tool, tool[i]);
        failures |= value != NULL ? json_object_set(json, tool[i], value) : 0;
    }
    json_t *environment = json_object_get(result->settings, "environment");
    failures |= environment != NULL ? json_object_set(json, "environment", environment) : 0;
    char *text = failures == 0 ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(host);
    json_decref(json);
    return text;
}

/* The version that was measured: the one named when the run was added; of a check, that of the new program; else the tool's own. */
static const char *revision(const struct dlb_result *result)
{
    const char *named = dlb_member_text(note_of(result), "rev");
    const char *of_b = dlb_member_text(json_object_get(result->check, "b"), "git");
    const char *found = named != NULL  ? named
                        : of_b != NULL ? of_b
                                       : dlb_member_text(result->tool, "git");
    return found != NULL ? found : "";
}

/* Without the "-dirty" that `git describe` puts behind a tree with changes of its own. */
static bool split_revision(const char *found, char *plain, size_t size)
{
    static const char mark[] = "-dirty";
    const size_t length = strlen(found);
    const bool dirty = length > strlen(mark) && strcmp(found + length - strlen(mark), mark) == 0;
    snprintf(plain, size, "%.*s", (int)(dirty ? length - strlen(mark) : length), found);
    return dirty;
}

static enum dlb_status insert_run(const struct dlb_indexed_run *run, struct dlb_why *why)
{
    const struct dlb_result *result = run->result;
    const json_t *note = note_of(result);
    const char *added = dlb_member_text(note, "added_utc");
    char rev[128], hash[20];
    const bool dirty = split_revision(revision(result), rev, sizeof rev);
    int64_t created = 0;
    if (!dlb_history_parse_utc(result->created_utc, &created) && added != NULL)
        (void)dlb_history_parse_utc(added, &created);
    char *environment = make_environment(result);
    if (environment == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a run");
    snprintf(hash, sizeof hash, "%016" PRIx64, dlb_hash_text(environment));
    const struct dlb_value env[] = {dlb_value_text(hash), dlb_value_text(environment)};
    enum dlb_status status = write_row(run->history, ENV_INSERT, env, DLB_ARRAY_COUNT(env), why);
    const struct dlb_value values[] = {dlb_value_text(result->run_id),
                                       dlb_value_int(created),
                                       dlb_value_non_empty(rev),
                                       dlb_value_member(note, "branch"),
                                       dlb_value_int(dirty),
                                       dlb_value_member(result->tool, "version"),
                                       dlb_value_text(result->suite),
                                       dlb_value_int((int64_t)result->seed),
                                       dlb_value_text(run->host),
                                       dlb_value_text(hash),
                                       dlb_value_int(result->complete),
                                       dlb_value_member(note, "path")};
    if (status == DLB_OK)
        status = write_row(run->history, RUN_INSERT, values, DLB_ARRAY_COUNT(values), why);
    free(environment);
    return status;
}

/* ---- verdicts ---- */

static const struct dlb_record *find_record(const struct dlb_result *result, const char *key)
{
    for (int i = 0; i < result->record_count; i++)
        if (strcmp(result->records[i].key, key) == 0)
            return &result->records[i];
    return NULL;
}

/* A case that only the old program knew has no record: its row is what the key says. */
static enum dlb_status insert_stranger(const struct dlb_indexed_run *run,
                                       const struct dlb_verdict_row *verdict, const char *hash,
                                       struct dlb_why *why)
{
    struct dlb_record stranger = {.ops = NAN, .bytes = NAN};
    memcpy(stranger.key, verdict->key, sizeof stranger.key);
    memcpy(stranger.label, verdict->label, sizeof stranger.label);
    snprintf(stranger.workload, sizeof stranger.workload, "%.*s", (int)strcspn(verdict->key, ":@"),
             verdict->key);
    return dlb_index_bench(run, &stranger, hash, why);
}

static enum dlb_status insert_verdict(const struct dlb_indexed_run *run,
                                      const struct dlb_verdict_row *verdict, struct dlb_why *why)
{
    char hash[40];
    const struct dlb_record *record = find_record(run->result, verdict->key);
    enum dlb_status status = dlb_index_hash(
        run, verdict->key, record != NULL ? record->version_hash : "", hash, sizeof hash, why);
    if (status == DLB_OK && record == NULL)
        status = insert_stranger(run, verdict, hash, why);
    if (status == DLB_OK)
        status = dlb_index_device(run, verdict->device, why);
    if (status != DLB_OK)
        return status;
    const struct dlb_value values[] = {
        dlb_value_text(run->result->run_id),
        dlb_value_text(hash),
        dlb_value_text(run->host),
        dlb_value_text(verdict->device),
        dlb_value_text(dlb_index_driver(run->result, verdict->device)),
        dlb_value_non_empty(verdict->slowdown ? "trial" : verdict->mode),
        dlb_value_text(dlb_verdict_name(verdict->verdict)),
        dlb_value_real(verdict->effect),
        dlb_value_real(verdict->p_holm),
        dlb_value_real(verdict->mde90)};
    return write_row(run->history, VERDICT_INSERT, values, DLB_ARRAY_COUNT(values), why);
}

static enum dlb_status insert_verdicts(const struct dlb_indexed_run *run, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < run->result->verdict_count && status == DLB_OK; i++)
        status = insert_verdict(run, &run->result->verdicts[i], why);
    return status;
}

/* ---- acknowledgements ---- */

static bool is_acknowledgement(const json_t *document)
{
    const char *kind = dlb_member_text(document, "history");
    return kind != NULL && strcmp(kind, "acknowledgement") == 0;
}

/* The values that name the step: run, case, host, device. */
static enum dlb_status name_step(const json_t *document, struct dlb_value values[4],
                                 struct dlb_why *why)
{
    static const char *const names[] = {"run_id", "key_hash", "host", "device"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(names); i++) {
        values[i] = dlb_value_member(document, names[i]);
        if (values[i].text == NULL)
            return dlb_fail(why, DLB_INVALID, "an acknowledgement without %s", names[i]);
    }
    return DLB_OK;
}

static enum dlb_status insert_acknowledgement(struct dlb_history *history, const json_t *document,
                                              struct dlb_why *why)
{
    struct dlb_value values[8];
    enum dlb_status status = name_step(document, values, why);
    if (status == DLB_OK)
        status = write_row(history, ACKNOWLEDGE_DELETE, values, 4, why);
    values[4] = dlb_value_member(document, "by");
    values[5] = dlb_value_member(document, "note");
    values[6] = dlb_value_member(document, "effect");
    values[7] = dlb_value_member(document, "p");
    return status == DLB_OK ? write_row(history, ACKNOWLEDGE_INSERT, values, 8, why) : status;
}

/* ---- documents ---- */

static enum dlb_status insert_all(const struct dlb_indexed_run *run, struct dlb_why *why)
{
    enum dlb_status status = insert_host(run, why);
    if (status == DLB_OK)
        status = insert_run(run, why);
    for (int i = 0; i < run->result->record_count && status == DLB_OK; i++)
        status = dlb_index_record(run, &run->result->records[i], why);
    return status == DLB_OK ? insert_verdicts(run, why) : status;
}

static enum dlb_status insert_document(struct dlb_history *history, const struct dlb_result *result,
                                       struct dlb_why *why)
{
    const struct dlb_indexed_run run = {history, result, host_of(result)};
    const struct dlb_value id = dlb_value_text(result->run_id);
    int64_t complete = -1;
    enum dlb_status status = read_number(history, RUN_COMPLETE, &id, 1, -1, &complete, why);
    if (status != DLB_OK || complete >= (result->complete ? 1 : 0))
        return status;
    if (complete == 0)
        status = write_row(history, RUN_DELETE, &id, 1, why);
    return status == DLB_OK ? insert_all(&run, why) : status;
}

static enum dlb_status read_result(const json_t *document, struct dlb_result *result,
                                   struct dlb_why *why)
{
    const enum dlb_status status = dlb_result_from_json(document, result, why);
    if (status == DLB_OK && result->run_id[0] == '\0') {
        dlb_result_free(result);
        return dlb_fail(why, DLB_INVALID, "run_id: wanted a name, found an empty text");
    }
    return status;
}

enum dlb_status dlb_index_document(struct dlb_history *history, const json_t *document,
                                   struct dlb_why *why)
{
    struct dlb_result result = {0};
    const bool acknowledgement = is_acknowledgement(document);
    enum dlb_status status = DLB_OK;
    if (!acknowledgement)
        status = read_result(document, &result, why);
    if (status == DLB_OK)
        status = dlb_database_begin(history, why);
    if (status != DLB_OK) {
        dlb_result_free(&result);
        return status;
    }
    status = acknowledgement ? insert_acknowledgement(history, document, why)
                             : insert_document(history, &result, why);
    status = dlb_database_end(history, status, why);
    dlb_result_free(&result);
    return status;
}

enum dlb_status dlb_index_verdicts(struct dlb_history *history, const json_t *document,
                                   struct dlb_why *why)
{
    struct dlb_result result = {0};
    if (json_array_size(json_object_get(document, "verdicts")) == 0)
        return DLB_OK;
    enum dlb_status status = read_result(document, &result, why);
    if (status == DLB_OK)
        status = dlb_database_begin(history, why);
    if (status == DLB_OK) {
        const struct dlb_indexed_run run = {history, &result, host_of(&result)};
        status = dlb_database_end(history, insert_verdicts(&run, why), why);
    }
    dlb_result_free(&result);
    return status;
}

enum dlb_status dlb_index_knows(struct dlb_history *history, const json_t *document, bool *known,
                                struct dlb_why *why)
{
    struct dlb_value values[6];
    int64_t found = -1;
    enum dlb_status status = DLB_OK;
    if (is_acknowledgement(document)) {
        status = name_step(document, values, why);
        values[4] = dlb_value_member(document, "by");
        values[5] = dlb_value_member(document, "note");
        if (status == DLB_OK)
            status = read_number(history, ACKNOWLEDGED, values, 6, 0, &found, why);
        *known = found > 0;
        return status;
    }
    const char *id = dlb_member_text(document, "run_id");
    if (id == NULL)
        return dlb_fail(why, DLB_INVALID, "no run_id");
    values[0] = dlb_value_text(id);
    status = read_number(history, RUN_COMPLETE, values, 1, -1, &found, why);
    *known = found >= (json_is_true(json_object_get(document, "complete")) ? 1 : 0);
    return status;
}

enum dlb_status
dlb_history_each_line(const struct dlb_history_log *log, int64_t begin,
                      enum dlb_status (*each)(struct dlb_history *history, const json_t *document,
                                              struct dlb_why *why),
                      struct dlb_history *history, int64_t *left_out, struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    while (begin < log->size && status == DLB_OK) {
        struct dlb_why inner = {""};
        json_t *document = NULL;
        int64_t end = 0;
        status = dlb_history_log_end(log, begin, &end, why);
        if (status != DLB_OK)
            break;
        status = dlb_history_log_line(log, begin, end, &document, &inner);
        if (status == DLB_OK)
            status = each(history, document, &inner);
        json_decref(document);
        if (status == DLB_INVALID) {
            dlb_log(DLB_LOG_WARNING, "%s: the line at byte %lld is left out: %s", log->path,
                    (long long)begin, inner.text);
            ++*left_out;
            status = DLB_OK;
        } else if (status != DLB_OK) {
            dlb_fail(why, status, "%s", inner.text);
        }
        begin = end;
    }
    return status;
}
