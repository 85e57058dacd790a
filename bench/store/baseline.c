/* baseline.c: the life of a baseline in memory: a run becomes a session, old sessions go.
 *
 * A time is kept per process, never a mean: what counts as noisy is decided again by whoever reads. The file's form is in
 * baseline_json.c, the judgement of a new run in baseline_judge.c. */
#include "bench/store/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/stats/summary.h"
#include "bench/store/baseline_parts.h"

/* Makes the MAD of normal data estimate its standard deviation. */
#define MAD_TO_SD 1.4826

/* ---- life ---- */

void dlb_baseline_init(struct dlb_baseline *baseline)
{
    *baseline = (struct dlb_baseline){0};
    dlb_clock_utc(baseline->created_utc, (int)sizeof baseline->created_utc);
    memcpy(baseline->updated_utc, baseline->created_utc, sizeof baseline->updated_utc);
}

static void free_sample(struct dlb_baseline_sample *sample)
{
    free(sample->times);
    json_decref(sample->gates);
    json_decref(sample->unknown);
}

static void free_case(struct dlb_baseline_case *item)
{
    for (int i = 0; i < item->sample_count; i++)
        free_sample(&item->samples[i]);
    free(item->samples);
    json_decref(item->unknown);
}

static void free_session(struct dlb_baseline_session *session)
{
    json_decref(session->host);
    json_decref(session->devices);
    json_decref(session->unknown);
}

void dlb_baseline_free(struct dlb_baseline *baseline)
{
    for (int i = 0; i < baseline->session_count; i++)
        free_session(&baseline->sessions[i]);
    for (int i = 0; i < baseline->case_count; i++)
        free_case(&baseline->cases[i]);
    free(baseline->sessions);
    free(baseline->cases);
    json_decref(baseline->unknown);
    *baseline = (struct dlb_baseline){0};
}

double dlb_baseline_sample_median(const struct dlb_baseline_sample *sample)
{
    double *quiet = calloc((size_t)sample->time_count + 1, sizeof *quiet);
    int64_t count = 0;
    for (int pass = 0; pass < 2 && count == 0 && quiet != NULL; pass++)
        for (int i = 0; i < sample->time_count; i++)
            if (pass > 0 || !sample->times[i].gated)
                quiet[count++] = sample->times[i].median_ns;
    const double median = dlb_median(quiet, count);
    free(quiet);
    return median;
}

/* ---- what may stand for the program ---- */

static bool is_dirty(const char *revision)
{
    static const char mark[] = "-dirty";
    const size_t length = strlen(revision);
    return length >= strlen(mark) && strcmp(revision + length - strlen(mark), mark) == 0;
}

static enum dlb_status check_records(const struct dlb_result *result, struct dlb_why *why)
{
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        char reason[160];
        dlb_record_reason(record, reason, sizeof reason);
        if (strcmp(dlb_record_status_text(record->status), "failed") == 0)
            return dlb_fail(why, DLB_INVALID, "'%.120s' failed (%s)",
                            record->label[0] != '\0' ? record->label : record->key, reason);
        if (dlb_record_has_flag(record, "slowdown"))
            return dlb_fail(why, DLB_INVALID, "'%.120s' was stretched by --slowdown: a trial",
                            record->label[0] != '\0' ? record->label : record->key);
    }
    return DLB_OK;
}

enum dlb_status dlb_baseline_acceptable(const struct dlb_result *result, struct dlb_why *why)
{
    const char *revision = json_string_value(json_object_get(result->tool, "git"));
    if (!result->complete)
        return dlb_fail(why, DLB_INVALID, "the run is not complete%s%.200s",
                        result->reason[0] != '\0' ? ": " : "", result->reason);
    const enum dlb_status status = check_records(result, why);
    if (status != DLB_OK)
        return status;
    if (result->exit_code != 0)
        return dlb_fail(why, DLB_INVALID, "the run ended with exit code %d%s%.200s",
                        result->exit_code, result->reason[0] != '\0' ? ": " : "", result->reason);
    if (revision == NULL || revision[0] == '\0' || strcmp(revision, "unknown") == 0)
        return dlb_fail(why, DLB_INVALID, "which revision of the program it measured is not known");
    if (is_dirty(revision))
        return dlb_fail(why, DLB_INVALID, "its program was built from changed sources (%.60s)",
                        revision);
    return DLB_OK;
}

/* ---- adding a session ---- */

static bool is_usable(const struct dlb_record *record)
{
    if (record->status != DLB_OK || dlb_record_has_flag(record, "slowdown"))
        return false;
    for (int i = 0; i < record->invocation_count; i++)
        if (isfinite(record->invocations[i].median_ns) && record->invocations[i].median_ns > 0)
            return true;
    return false;
}

/* Widens the range of a signal, or begins it. */
static int note_gate(json_t *gates, const struct dlb_gate_value *gate)
{
    json_t *range = json_object_get(gates, gate->name);
    if (range == NULL)
        return json_object_set_new(gates, gate->name,
                                   json_pack("[f, f]", gate->value, gate->value));
    const bool lower = gate->value < json_number_value(json_array_get(range, 0));
    const bool higher = gate->value > json_number_value(json_array_get(range, 1));
    int failures = 0;
    if (lower)
        failures |= json_array_set_new(range, 0, json_real(gate->value));
    if (higher)
        failures |= json_array_set_new(range, 1, json_real(gate->value));
    return failures;
}

static enum dlb_status fill_sample(const struct dlb_record *record, const char *session,
                                   struct dlb_baseline_sample *sample)
{
    int failures = 0;
    *sample = (struct dlb_baseline_sample){
        .times = calloc((size_t)record->invocation_count, sizeof *sample->times),
        .gates = json_object()};
    snprintf(sample->session, sizeof sample->session, "%s", session);
    if (sample->times == NULL || sample->gates == NULL)
        failures = 1;
    for (int i = 0; i < record->invocation_count && failures == 0; i++) {
        const struct dlb_invocation *invocation = &record->invocations[i];
        if (!isfinite(invocation->median_ns) || invocation->median_ns <= 0)
            continue;
        sample->times[sample->time_count++] = (struct dlb_baseline_time){
            .median_ns = invocation->median_ns,
            .sd_rel = invocation->n > 1 ? MAD_TO_SD * invocation->mad_ns / invocation->median_ns
                                        : (double)NAN,
            .gated = invocation->gated};
        for (int j = 0; j < invocation->gate_count; j++)
            if (isfinite(invocation->gates[j].value))
                failures |= note_gate(sample->gates, &invocation->gates[j]);
    }
    if (failures == 0)
        return DLB_OK;
    free_sample(sample);
    return DLB_NO_MEMORY;
}

/* The case of these hard parts on this device; a new one behind the others when there is none, NULL without memory. */
static struct dlb_baseline_case *find_or_add(struct dlb_baseline *baseline,
                                             const struct dlb_record *record,
                                             const struct dlb_baseline_parts *parts, bool *fresh)
{
    for (int i = 0; i < baseline->case_count; i++) {
        struct dlb_baseline_case *item = &baseline->cases[i];
        if (strcmp(item->key, record->key) == 0 &&
            dlb_baseline_parts_differ(&item->parts, parts, NULL, 0) == 0)
            return item;
    }
    struct dlb_baseline_case *grown =
        realloc(baseline->cases, ((size_t)baseline->case_count + 1) * sizeof *baseline->cases);
    if (grown == NULL)
        return NULL;
    baseline->cases = grown;
    struct dlb_baseline_case *item = &grown[baseline->case_count++];
    *item = (struct dlb_baseline_case){.parts = *parts};
    memcpy(item->key, record->key, sizeof item->key);
    memcpy(item->label, record->label, sizeof item->label);
    memcpy(item->device_key, record->device, sizeof item->device_key);
    *fresh = true;
    return item;
}

static int session_index(const struct dlb_baseline *baseline, const char *id)
{
    for (int i = 0; i < baseline->session_count; i++)
        if (strcmp(baseline->sessions[i].id, id) == 0)
            return i;
    return -1;
}

/* Puts the sample where its session stands among those of the others. */
static enum dlb_status insert_sample(const struct dlb_baseline *baseline,
                                     struct dlb_baseline_case *item,
                                     const struct dlb_baseline_sample *sample)
{
    struct dlb_baseline_sample *grown =
        realloc(item->samples, ((size_t)item->sample_count + 1) * sizeof *grown);
    if (grown == NULL)
        return DLB_NO_MEMORY;
    item->samples = grown;
    const int place = session_index(baseline, sample->session);
    int at = item->sample_count;
    for (; at > 0 && session_index(baseline, grown[at - 1].session) > place; at--)
        grown[at] = grown[at - 1];
    grown[at] = *sample;
    item->sample_count++;
    return DLB_OK;
}

static enum dlb_status add_record(struct dlb_baseline *baseline, const struct dlb_result *result,
                                  const struct dlb_record *record, struct dlb_baseline_added *added)
{
    struct dlb_baseline_parts parts;
    struct dlb_baseline_sample sample;
    bool fresh = false;
    dlb_baseline_parts_of(result, record, &parts);
    struct dlb_baseline_case *item = find_or_add(baseline, record, &parts, &fresh);
    if (item == NULL || fill_sample(record, result->run_id, &sample) != DLB_OK)
        return DLB_NO_MEMORY;
    const enum dlb_status status = insert_sample(baseline, item, &sample);
    if (status != DLB_OK)
        free_sample(&sample);
    added->cases++;
    added->fresh += fresh;
    return status;
}

/* The host as the run saw it. How fine its clock was belongs to the run alone. */
static json_t *copy_host(const struct dlb_result *result)
{
    json_t *host = result->host != NULL ? json_copy(result->host) : json_object();
    json_object_del(host, "timer");
    return host;
}

static json_t *copy_devices(const struct dlb_result *result)
{
    static const char *const names[] = {"name",         "catalog_id",    "driver", "runtime",
                                        "clock_locked", "power_limit_w", NULL};
    json_t *devices = json_object();
    size_t index;
    json_t *device;
    json_array_foreach(result->devices, index, device)
    {
        const char *key = json_string_value(json_object_get(device, "key"));
        json_t *copy = json_object();
        for (const char *const *name = names; *name != NULL; name++)
            if (json_object_get(device, *name) != NULL)
                json_object_set(copy, *name, json_object_get(device, *name));
        if (key != NULL && json_object_size(copy) > 0)
            json_object_set(devices, key, copy);
        json_decref(copy);
    }
    return devices;
}

/* By the time of the run; one of the same second comes behind those that were there. */
static enum dlb_status add_session(struct dlb_baseline *baseline, const struct dlb_result *result,
                                   bool forced)
{
    struct dlb_baseline_session *grown =
        realloc(baseline->sessions, ((size_t)baseline->session_count + 1) * sizeof *grown);
    if (grown == NULL)
        return DLB_NO_MEMORY;
    baseline->sessions = grown;
    static const char *const version[] = {"version", NULL};
    static const char *const revision[] = {"git", NULL};
    struct dlb_baseline_session session = {
        .forced = forced, .host = copy_host(result), .devices = copy_devices(result)};
    memcpy(session.id, result->run_id, sizeof session.id);
    memcpy(session.created_utc, result->created_utc, sizeof session.created_utc);
    memcpy(session.suite, result->suite, sizeof session.suite);
    dlb_clock_utc(session.accepted_utc, (int)sizeof session.accepted_utc);
    dlb_text_shorten(session.version, sizeof session.version,
                     dlb_baseline_first_text(result->tool, version));
    dlb_text_shorten(session.revision, sizeof session.revision,
                     dlb_baseline_first_text(result->tool, revision));
    if (session.host == NULL || session.devices == NULL) {
        free_session(&session);
        return DLB_NO_MEMORY;
    }
    int at = baseline->session_count;
    for (; at > 0 && strcmp(grown[at - 1].created_utc, session.created_utc) > 0; at--)
        grown[at] = grown[at - 1];
    grown[at] = session;
    baseline->session_count++;
    return DLB_OK;
}

enum dlb_status dlb_baseline_add(struct dlb_baseline *baseline, const struct dlb_result *result,
                                 bool forced, struct dlb_baseline_added *added, struct dlb_why *why)
{
    const int before = baseline->case_count;
    *added = (struct dlb_baseline_added){0};
    int usable = 0;
    for (int i = 0; i < result->record_count; i++)
        usable += is_usable(&result->records[i]);
    if (session_index(baseline, result->run_id) >= 0)
        return dlb_fail(why, DLB_INVALID, "the baseline has this run already (%s)", result->run_id);
    if (usable == 0)
        return dlb_fail(why, DLB_SKIPPED, "none of its %d cases has a time that can be kept",
                        result->record_count);
    enum dlb_status status = add_session(baseline, result, forced);
    for (int i = 0; i < result->record_count && status == DLB_OK; i++)
        if (is_usable(&result->records[i]))
            status = add_record(baseline, result, &result->records[i], added);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for the baseline");
    added->not_measured = before - (added->cases - added->fresh);
    dlb_clock_utc(baseline->updated_utc, (int)sizeof baseline->updated_utc);
    return DLB_OK;
}

/* ---- pruning ---- */

int dlb_baseline_prune(struct dlb_baseline *baseline, int keep, int *cases_removed)
{
    const int removed = baseline->session_count > keep ? baseline->session_count - keep : 0;
    int cases = 0;
    for (int i = 0; i < baseline->case_count; i++) {
        struct dlb_baseline_case *item = &baseline->cases[i];
        int gone = 0;
        while (gone < item->sample_count &&
               session_index(baseline, item->samples[gone].session) < removed)
            free_sample(&item->samples[gone++]);
        item->sample_count -= gone;
        memmove(item->samples, item->samples + gone,
                (size_t)item->sample_count * sizeof *item->samples);
        if (item->sample_count > 0)
            baseline->cases[cases++] = *item;
        else
            free_case(item);
    }
    *cases_removed = baseline->case_count - cases;
    baseline->case_count = cases;
    for (int i = 0; i < removed; i++)
        free_session(&baseline->sessions[i]);
    baseline->session_count -= removed;
    memmove(baseline->sessions, baseline->sessions + removed,
            (size_t)baseline->session_count * sizeof *baseline->sessions);
    if (removed > 0)
        dlb_clock_utc(baseline->updated_utc, (int)sizeof baseline->updated_utc);
    return removed;
}
