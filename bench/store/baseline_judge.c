/* baseline_judge.c: a new run against the past sessions of a baseline (mode `history`).
 *
 * The statistics are bench/stats/prediction.c; here it is decided what is compared with what, and what is said where nothing can be
 * compared. Weak by nature, since sessions differ for reasons of their own: it is meant for dedicated machines. */
#include "bench/store/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"
#include "bench/stats/prediction.h"
#include "bench/stats/summary.h"
#include "bench/store/baseline_parts.h"

/* What is judged together. */
struct trial {
    const struct dlb_baseline *baseline;
    const struct dlb_result *result;
    const struct dlb_rule *rule;
    struct dlb_baseline_judgement *judgement;
    const struct dlb_baseline_case **by_key; /* all cases, those of one key together */
    const struct dlb_baseline_case *
        *past;     /* of each record the case it is judged against, or NULL */
    bool *claimed; /* of each case: a record spoke for it, or for another of its key */
};

/* ---- finding the past of a record ---- */

/* Of one key the case that was measured last comes last. */
static int by_key(const void *left, const void *right)
{
    const struct dlb_baseline_case *a = *(const struct dlb_baseline_case *const *)left;
    const struct dlb_baseline_case *b = *(const struct dlb_baseline_case *const *)right;
    const int order = strcmp(a->key, b->key);
    return order != 0 ? order : (a > b) - (a < b);
}

/* The first of the cases of a key among the sorted ones; *count gets how many there are. */
static int find_key(const struct trial *trial, const char *key, int *count)
{
    int low = 0;
    int high = trial->baseline->case_count;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (strcmp(trial->by_key[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < trial->baseline->case_count &&
           strcmp(trial->by_key[low + *count]->key, key) == 0)
        ++*count;
    return low;
}

static void claim(struct trial *trial, const struct dlb_baseline_case *item)
{
    trial->claimed[item - trial->baseline->cases] = true;
}

/* The case with the same key: that of the same hard parts, else the youngest of the others, whose differences go into `differs`. NULL
 * for none. All cases of the key are spoken for. */
static const struct dlb_baseline_case *
find_past(struct trial *trial, const struct dlb_record *record, char *differs, size_t size)
{
    struct dlb_baseline_parts parts;
    int count = 0;
    const int first = find_key(trial, record->key, &count);
    const struct dlb_baseline_case *same = NULL;
    dlb_baseline_parts_of(trial->result, record, &parts);
    differs[0] = '\0';
    for (int i = first; i < first + count; i++) {
        claim(trial, trial->by_key[i]);
        if (dlb_baseline_parts_differ(&trial->by_key[i]->parts, &parts, NULL, 0) == 0)
            same = trial->by_key[i];
    }
    if (same != NULL || count == 0)
        return same;
    const struct dlb_baseline_case *youngest = trial->by_key[first + count - 1];
    dlb_baseline_parts_differ(&youngest->parts, &parts, differs, size);
    return youngest;
}

/* The same problem on the same backend in other circumstances (threads, cache, mode ...), which nobody has spoken for: the nearest of
 * them. NULL for none. */
static const struct dlb_baseline_case *
find_near(struct trial *trial, const struct dlb_record *record, char *differs, size_t size)
{
    struct dlb_baseline_parts parts;
    const struct dlb_baseline_case *nearest = NULL;
    int least = 0;
    dlb_baseline_parts_of(trial->result, record, &parts);
    for (int i = 0; i < trial->baseline->case_count; i++) {
        const struct dlb_baseline_case *item = &trial->baseline->cases[i];
        if (trial->claimed[i] || strcmp(item->parts.problem, parts.problem) != 0 ||
            strcmp(item->parts.backend, parts.backend) != 0)
            continue;
        const int count = dlb_baseline_parts_differ(&item->parts, &parts, NULL, 0);
        if (nearest == NULL || count < least) {
            nearest = item;
            least = count;
        }
    }
    if (nearest != NULL) {
        claim(trial, nearest);
        dlb_baseline_parts_differ(&nearest->parts, &parts, differs, size);
    }
    return nearest;
}

/* ---- rows ---- */

static struct dlb_verdict_row *add_row(struct trial *trial, const char *key, const char *label,
                                       const char *device)
{
    struct dlb_verdict_row *row = &trial->judgement->rows[trial->judgement->count++];
    *row = (struct dlb_verdict_row){.verdict = DLB_VERDICT_NEW,
                                    .effect = NAN,
                                    .ci_lo = NAN,
                                    .ci_hi = NAN,
                                    .p = NAN,
                                    .p_holm = NAN,
                                    .sd_pair = NAN,
                                    .mde90 = NAN,
                                    .tolerance = trial->rule->tolerance,
                                    .median_a_ns = NAN,
                                    .median_b_ns = NAN,
                                    .mode = "history"};
    snprintf(row->key, sizeof row->key, "%s", key);
    snprintf(row->label, sizeof row->label, "%s", label);
    snprintf(row->device, sizeof row->device, "%s", device);
    return row;
}

/* Says it behind what was said before. */
static void add_reason(struct dlb_verdict_row *row, const char *text)
{
    const size_t used = strlen(row->reason);
    if (text[0] != '\0')
        snprintf(row->reason + used, sizeof row->reason - used, "%s%s", used > 0 ? "; " : "", text);
}

static double median_of(const struct dlb_record *record)
{
    return record->summary.median_ns;
}

/* The past sessions' medians, without this run's own; returns how many. */
static int past_medians(const struct trial *trial, const struct dlb_baseline_case *item,
                        double *medians)
{
    int count = 0;
    for (int i = 0; i < item->sample_count; i++)
        if (strcmp(item->samples[i].session, trial->result->run_id) != 0)
            medians[count++] = dlb_baseline_sample_median(&item->samples[i]);
    return count;
}

/* ---- soft parts ---- */

static const struct dlb_baseline_session *last_session(const struct trial *trial,
                                                       const struct dlb_baseline_case *item)
{
    const char *id = item->samples[item->sample_count - 1].session;
    for (int i = trial->baseline->session_count - 1; i > 0; i--)
        if (strcmp(trial->baseline->sessions[i].id, id) == 0)
            return &trial->baseline->sessions[i];
    return &trial->baseline->sessions[0];
}

static bool is_known(const json_t *value)
{
    return value != NULL && !json_is_null(value) && !json_is_object(value);
}

static void value_text(const json_t *value, char *text, size_t size)
{
    char *dump = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *found = json_is_string(value) ? json_string_value(value) : dump;
    dlb_text_shorten(text, size, found != NULL ? found : "?");
    free(dump);
}

/* Once, however many cases tell it. */
static enum dlb_status warn(struct trial *trial, const char *text)
{
    size_t index;
    json_t *said;
    json_array_foreach(trial->judgement->warnings, index, said)
    {
        if (strcmp(json_string_value(said), text) == 0)
            return DLB_OK;
    }
    return json_array_append_new(trial->judgement->warnings, dlb_store_text(text)) == 0
               ? DLB_OK
               : DLB_NO_MEMORY;
}

/* Members that both objects tell, and differently: a warning each, and their names into `names`. What one of them does not know is no
 * difference. */
static enum dlb_status compare_soft(struct trial *trial, const char *whose, const json_t *before,
                                    const json_t *now, const char *const *members,
                                    struct dlb_text *names)
{
    enum dlb_status status = DLB_OK;
    for (; *members != NULL && status == DLB_OK; members++) {
        const json_t *old = json_object_get(before, *members);
        const json_t *new = json_object_get(now, *members);
        if (!is_known(old) || !is_known(new) || json_equal(old, new))
            continue;
        char text[640];
        char was[256];
        char is[256];
        value_text(old, was, sizeof was);
        value_text(new, is, sizeof is);
        snprintf(text, sizeof text, "%s%s: %s in the last session, now %s", whose, *members, was,
                 is);
        status = warn(trial, text);
        dlb_text_format(names, "%s%s", names->size > 0 ? ", " : "", *members);
    }
    return status;
}

/* A verdict other than pass is told what else has changed. */
static enum dlb_status note_soft_parts(struct trial *trial, const struct dlb_baseline_case *item,
                                       struct dlb_verdict_row *row)
{
    static const char *const host[] = {
        "id_hash", "kernel",      "microcode",  "os",           "libc",
        "virt",    "container",   "governor",   "turbo",        "smt",
        "aslr",    "mitigations", "on_battery", "allowed_cpus", "cgroup_cpu_quota",
        NULL};
    static const char *const device[] = {"driver", "runtime", "clock_locked", "power_limit_w",
                                         NULL};
    const struct dlb_baseline_session *session = last_session(trial, item);
    struct dlb_text names = {0};
    char whose[80];
    snprintf(whose, sizeof whose, "%s ", item->device_key);
    enum dlb_status status =
        compare_soft(trial, "", session->host, trial->result->host, host, &names);
    if (status == DLB_OK)
        status = compare_soft(trial, whose, json_object_get(session->devices, item->device_key),
                              dlb_result_device(trial->result, item->device_key), device, &names);
    if (names.size > 0 && row->verdict != DLB_VERDICT_PASS) {
        char text[256];
        snprintf(text, sizeof text, "changed since the last session: %.200s", names.data);
        add_reason(row, text);
    }
    status = names.failed ? DLB_NO_MEMORY : status;
    dlb_text_free(&names);
    return status;
}

/* ---- verdicts ---- */

static bool is_measured(const struct dlb_baseline_case *item)
{
    return strcmp(item->parts.evidence, "measured") == 0;
}

/* A change that is there: which word it gets. */
static enum dlb_verdict word_of(double effect, double tolerance)
{
    if (effect > 0)
        return effect >= tolerance ? DLB_VERDICT_REGRESSED : DLB_VERDICT_SLOWER_WITHIN_TOLERANCE;
    /* The mirror image of a slowdown by the tolerance is a time divided by 1 + tolerance, as in the paired rule. */
    return 1 / (1 + effect) - 1 >= tolerance ? DLB_VERDICT_IMPROVED
                                             : DLB_VERDICT_FASTER_WITHIN_TOLERANCE;
}

/* A prediction takes the same time each time: any difference is one. */
static void judge_exactly(const struct trial *trial, const double *past, int sessions, double now,
                          struct dlb_verdict_row *row)
{
    const double last = past[sessions - 1];
    row->median_a_ns = last;
    row->effect = row->ci_lo = row->ci_hi = now / last - 1;
    /* Rounding of a sum of many terms; no change of a model is as small. */
    row->verdict =
        fabs(row->effect) < 1e-9 ? DLB_VERDICT_PASS : word_of(row->effect, trial->rule->tolerance);
}

static double log_spread(const double *past, int sessions)
{
    double *logs = calloc((size_t)sessions + 1, sizeof *logs);
    for (int i = 0; i < sessions && logs != NULL; i++)
        logs[i] = log(past[i]);
    const double sd = logs != NULL ? dlb_sd(logs, sessions) : (double)NAN;
    free(logs);
    return sd;
}

/* Sessions that all took the same time to the last digit: a timer that cannot tell them apart. Its steps are below 1 %, or the record says
 * so, and a change by the tolerance is one. */
static void judge_without_spread(const struct trial *trial, bool timer_limited,
                                 struct dlb_verdict_row *row)
{
    const struct dlb_rule *rule = trial->rule;
    const enum dlb_verdict word = word_of(row->effect, rule->tolerance);
    char reason[160];
    row->mde90 = timer_limited ? (double)NAN : rule->tolerance;
    if (!timer_limited && (word == DLB_VERDICT_REGRESSED || word == DLB_VERDICT_IMPROVED)) {
        row->verdict = word;
        return;
    }
    if (row->mde90 <= rule->rated) { /* not for NaN */
        row->verdict = DLB_VERDICT_PASS;
        return;
    }
    snprintf(reason, sizeof reason,
             "all %d sessions took exactly the same time: no spread to judge by%s", row->r1,
             timer_limited ? ", and steps of the timer are too coarse" : "");
    add_reason(row, reason);
}

static void judge_by_prediction(const struct trial *trial, const double *past, double now,
                                bool timer_limited, struct dlb_verdict_row *row)
{
    const struct dlb_rule *rule = trial->rule;
    const int gating = trial->judgement->gating > 0 ? trial->judgement->gating : 1;
    const double alpha = rule->alpha / gating;
    const struct dlb_prediction found = dlb_prediction_test(past, row->r1, now, alpha);
    char reason[160] = "";
    row->median_a_ns = now / (1 + found.effect);
    row->effect = found.effect;
    row->ci_lo = found.lo;
    row->ci_hi = found.hi;
    row->p = found.effect > 0 ? found.p_slower : found.p_faster;
    row->p_holm = fmin(1, gating * row->p);
    row->sd_pair = log_spread(past, row->r1);
    row->mde90 = found.mde90;
    row->verdict = DLB_VERDICT_INCONCLUSIVE;
    if (isnan(row->p))
        row->p_holm = row->mde90 = NAN; /* not 1, as of fmin, and not 0, as of no spread */
    if (row->r1 < DLB_HISTORY_LEAST) {
        snprintf(reason, sizeof reason, "%d of %d sessions", row->r1, DLB_HISTORY_LEAST);
    } else if (isnan(row->p)) {
        judge_without_spread(trial, timer_limited, row);
    } else if (row->p <= alpha) {
        row->verdict = word_of(row->effect, rule->tolerance);
    } else if (found.hi < rule->rated && found.mde90 <= rule->rated) {
        row->verdict = DLB_VERDICT_PASS;
    } else {
        snprintf(reason, sizeof reason,
                 "sessions differ too much: a slowdown of %.1f%% or more would have been seen in "
                 "nine of ten cases",
                 100 * found.mde90);
    }
    add_reason(row, reason);
}

static enum dlb_status judge_case(struct trial *trial, const struct dlb_record *record,
                                  const struct dlb_baseline_case *item, struct dlb_verdict_row *row)
{
    double *past = calloc((size_t)item->sample_count + 1, sizeof *past);
    if (past == NULL)
        return DLB_NO_MEMORY;
    const int sessions = past_medians(trial, item, past);
    row->r1 = sessions;
    row->stage = 1;
    row->median_b_ns = median_of(record);
    row->slowdown = dlb_record_has_flag(record, "slowdown");
    if (sessions == 0) {
        add_reason(row, "the baseline has it from this run only");
    } else if (strcmp(item->parts.evidence, "emulated") == 0) {
        row->verdict = DLB_VERDICT_INCOMPARABLE;
        add_reason(row, "emulated: its time says nothing of the device");
    } else if (!is_measured(item)) {
        judge_exactly(trial, past, sessions, row->median_b_ns, row);
    } else {
        judge_by_prediction(trial, past, row->median_b_ns,
                            dlb_record_has_flag(record, "timer_limited"), row);
    }
    free(past);
    return note_soft_parts(trial, item, row);
}

/* A record without a time: failed now, gone, or not run. Rows only for what the baseline has, and for what fails. */
static void tell_outcome(struct trial *trial, const struct dlb_record *record, bool known)
{
    char reason[400];
    const bool failed = strcmp(dlb_record_status_text(record->status), "failed") == 0;
    const bool cut = record->status == DLB_INTERRUPTED || record->status == DLB_SKIPPED;
    if (!known && !failed)
        return;
    struct dlb_verdict_row *row = add_row(trial, record->key, record->label, record->device);
    row->verdict = failed ? DLB_VERDICT_FAILED
                   : cut  ? DLB_VERDICT_NOT_MEASURED
                          : DLB_VERDICT_MISSING;
    dlb_record_reason(record, reason, sizeof reason);
    if (!failed && !cut)
        add_reason(row, dlb_record_status_text(record->status));
    add_reason(row, reason);
}

static bool has_time(const struct dlb_record *record)
{
    return record->status == DLB_OK && isfinite(median_of(record)) && median_of(record) > 0;
}

static enum dlb_status judge_record(struct trial *trial, int index)
{
    const struct dlb_record *record = &trial->result->records[index];
    char differs[1024] = "";
    const struct dlb_baseline_case *item = find_past(trial, record, differs, sizeof differs);
    if (!has_time(record)) {
        tell_outcome(trial, record, item != NULL);
        return DLB_OK;
    }
    if (item == NULL)
        item = find_near(trial, record, differs, sizeof differs);
    struct dlb_verdict_row *row = add_row(trial, record->key, record->label, record->device);
    row->median_b_ns = median_of(record);
    if (item == NULL)
        return DLB_OK; /* new */
    if (differs[0] == '\0')
        return judge_case(trial, record, item, row);
    row->verdict = DLB_VERDICT_INCOMPARABLE;
    add_reason(row, differs);
    return DLB_OK;
}

/* K: over how many cases alpha is divided. */
static int count_gating(const struct trial *trial)
{
    int gating = 0;
    for (int i = 0; i < trial->result->record_count; i++) {
        const struct dlb_baseline_case *item = trial->past[i];
        int sessions = 0;
        for (int j = 0; item != NULL && j < item->sample_count; j++)
            sessions += strcmp(item->samples[j].session, trial->result->run_id) != 0;
        gating += sessions >= DLB_HISTORY_LEAST && is_measured(item);
    }
    return gating;
}

/* Which records have a past, before any is judged: that decides K, and what is left for find_near. */
static void match_all(struct trial *trial)
{
    for (int i = 0; i < trial->result->record_count; i++) {
        char differs[8];
        const struct dlb_record *record = &trial->result->records[i];
        const struct dlb_baseline_case *item = find_past(trial, record, differs, sizeof differs);
        trial->past[i] = has_time(record) && differs[0] == '\0' ? item : NULL;
    }
    trial->judgement->gating = count_gating(trial);
}

/* Cases that the run has nothing of: once for a key. */
static void tell_missing(struct trial *trial)
{
    for (int i = 0; i < trial->baseline->case_count; i++) {
        const struct dlb_baseline_case *item = &trial->baseline->cases[i];
        if (trial->claimed[i])
            continue;
        int count = 0;
        const int first = find_key(trial, item->key, &count);
        for (int j = first; j < first + count; j++)
            claim(trial, trial->by_key[j]);
        struct dlb_verdict_row *row = add_row(trial, item->key, item->label, item->device_key);
        row->verdict = DLB_VERDICT_MISSING;
        add_reason(row, "not in this run");
    }
}

static enum dlb_status judge_all(struct trial *trial)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < trial->baseline->case_count; i++)
        trial->by_key[i] = &trial->baseline->cases[i];
    qsort(trial->by_key, (size_t)trial->baseline->case_count, sizeof *trial->by_key, by_key);
    match_all(trial);
    for (int i = 0; i < trial->result->record_count && status == DLB_OK; i++)
        status = judge_record(trial, i);
    tell_missing(trial);
    return status;
}

enum dlb_status dlb_baseline_judge(const struct dlb_baseline *baseline,
                                   const struct dlb_result *result, const struct dlb_rule *rule,
                                   struct dlb_baseline_judgement *judgement, struct dlb_why *why)
{
    const size_t cases = (size_t)baseline->case_count + 1;
    const size_t records = (size_t)result->record_count + 1;
    struct dlb_baseline_judgement found = {.rows = calloc(cases + records, sizeof *found.rows),
                                           .warnings = json_array()};
    struct trial trial = {.baseline = baseline,
                          .result = result,
                          .rule = rule,
                          .judgement = &found,
                          .by_key = calloc(cases, sizeof *trial.by_key),
                          .past = calloc(records, sizeof *trial.past),
                          .claimed = calloc(cases, sizeof *trial.claimed)};
    enum dlb_status status = DLB_NO_MEMORY;
    if (found.rows != NULL && found.warnings != NULL && trial.by_key != NULL &&
        trial.past != NULL && trial.claimed != NULL)
        status = judge_all(&trial);
    free(trial.by_key);
    free(trial.past);
    free(trial.claimed);
    if (status != DLB_OK) {
        dlb_baseline_judgement_free(&found);
        return dlb_fail(why, status, "no memory to judge the run");
    }
    *judgement = found;
    return DLB_OK;
}

void dlb_baseline_judgement_free(struct dlb_baseline_judgement *judgement)
{
    for (int i = 0; i < judgement->count; i++)
        dlb_verdict_free(&judgement->rows[i]);
    free(judgement->rows);
    json_decref(judgement->warnings);
    *judgement = (struct dlb_baseline_judgement){0};
}
