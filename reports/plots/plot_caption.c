/* plot_caption.c: what a reader must know beside a picture: numbers, circumstances, devices, and what is missing and why. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots/plot_frame.h"

#define MOST_DEVICES 12
#define MOST_MISSING 4
#define NAME_COLUMNS 48

/* ---- how much was measured ---- */

struct counts {
    int cases;
    int least_processes, most_processes; /* that count */
    int64_t least_samples, most_samples; /* of such a process */
    int discarded;                       /* processes that were noisy, where others were not */
    int models;                          /* cases that were not measured */
    int noisy;
};

static void count_processes(const struct dlb_record *record, struct counts *counts)
{
    int processes = 0;
    for (int i = 0; i < record->invocation_count; i++) {
        const int64_t n = record->invocations[i].n;
        if (!dlb_record_counts(record, i)) {
            counts->discarded += record->invocations[i].gated;
            continue;
        }
        processes++;
        counts->least_samples = n < counts->least_samples ? n : counts->least_samples;
        counts->most_samples = n > counts->most_samples ? n : counts->most_samples;
    }
    counts->least_processes =
        processes < counts->least_processes ? processes : counts->least_processes;
    counts->most_processes =
        processes > counts->most_processes ? processes : counts->most_processes;
}

static struct counts count(const struct dlb_plot_shown *shown)
{
    struct counts counts = {
        .cases = shown->count, .least_processes = INT_MAX, .least_samples = INT64_MAX};
    for (int i = 0; i < shown->count; i++) {
        const struct dlb_record *record = shown->records[i];
        if (!dlb_plot_is_measured(record)) {
            counts.models++;
            continue;
        }
        counts.noisy += dlb_record_has_flag(record, "noisy");
        count_processes(record, &counts);
    }
    return counts;
}

static void append_span(struct dlb_text *text, int64_t least, int64_t most, const char *one,
                        const char *several)
{
    if (least < most)
        dlb_text_format(text, "%lld to ", (long long)least);
    dlb_text_format(text, "%lld %s", (long long)most, most == 1 ? one : several);
}

static void append_counts(struct dlb_text *text, const struct dlb_plot_shown *shown)
{
    const struct counts counts = count(shown);
    dlb_text_format(text, "%d case%s", counts.cases, counts.cases == 1 ? "" : "s");
    if (counts.models > 0)
        dlb_text_format(text, " (%d not measured: modelled, simulated or published)",
                        counts.models);
    if (counts.most_processes > 0) {
        dlb_text_append(text, ", each n = ");
        append_span(text, counts.least_processes, counts.most_processes, "process", "processes");
    }
    if (counts.most_samples > 0) {
        dlb_text_append(text, " of ");
        append_span(text, counts.least_samples, counts.most_samples, "sample", "samples");
    }
    if (counts.discarded > 0)
        dlb_text_format(text, "; %d noisy process%s did not count", counts.discarded,
                        counts.discarded == 1 ? "" : "es");
    if (counts.noisy > 0)
        dlb_text_format(text, "; %d case%s noisy", counts.noisy,
                        counts.noisy == 1 ? " is" : "s are");
    dlb_text_append(text, ". ");
}

/* What all measured cases have in common: a published table tells no thread count, and a model has none. */
static void append_circumstances(struct dlb_text *text, const struct dlb_plot_shown *shown)
{
    const struct dlb_record *first = NULL;
    bool mode = true;
    bool cache = true;
    bool threads = true;
    bool others = false;
    for (int i = 0; i < shown->count; i++) {
        const struct dlb_record *record = shown->records[i];
        if (!dlb_plot_is_measured(record)) {
            others = true;
            continue;
        }
        first = first != NULL ? first : record;
        mode = mode && strcmp(record->mode, first->mode) == 0;
        cache = cache && strcmp(dlb_ranking_cache(record), dlb_ranking_cache(first)) == 0;
        threads = threads && record->threads == first->threads;
    }
    if (first == NULL || (!mode && !cache && !threads))
        return;
    dlb_text_append(text, others ? "Measured cases have in common: " : "In common: ");
    if (mode)
        dlb_text_format(text, "%s mode", first->mode);
    if (cache)
        dlb_text_format(text, "%s%s cache", mode ? ", " : "", dlb_ranking_cache(first));
    if (threads)
        dlb_text_format(text, "%s%d thread%s", mode || cache ? ", " : "", first->threads,
                        first->threads == 1 ? "" : "s");
    dlb_text_append(text, ". ");
}

/* ---- what bars mean ---- */

void dlb_plot_bars(const struct dlb_record *const *records, int count, struct dlb_text *text)
{
    static const struct {
        const char *kind, *words;
    } kinds[] = {
        {"order", "95 % over processes"},
        {"range", "range of the processes"},
        {"within", "95 % inside one process"},
        {"samples", "range of the samples of one process"},
    };
    const char *separator = ", bars: ";
    for (size_t i = 0; i < DLB_ARRAY_COUNT(kinds); i++) {
        bool occurs = false;
        for (int j = 0; j < count && !occurs; j++)
            occurs = dlb_plot_is_measured(records[j]) &&
                     strcmp(records[j]->summary.ci_kind, kinds[i].kind) == 0;
        if (!occurs)
            continue;
        dlb_text_format(text, "%s%s", separator, kinds[i].words);
        separator = " or ";
    }
}

/* ---- devices ---- */

static const char *device_name(const struct dlb_result *result, const char *key)
{
    const char *name = json_string_value(json_object_get(dlb_result_device(result, key), "name"));
    return name != NULL ? name : "";
}

/* "onednn:0, openblas:0 (AMD EPYC), opencl:0 (...)": the name once for neighbours that share it. */
static void append_devices(struct dlb_text *text, const struct dlb_result *result,
                           const struct dlb_plot_shown *shown)
{
    const char *seen[MOST_DEVICES];
    int count = 0;
    bool more = false;
    for (int i = 0; i < shown->count; i++) {
        const char *device = shown->records[i]->device;
        int at = 0;
        while (at < count && strcmp(seen[at], device) != 0)
            at++;
        if (at == count && count < MOST_DEVICES)
            seen[count++] = device;
        else if (at == count)
            more = true;
    }
    for (int i = 0; i < count; i++) {
        const char *name = device_name(result, seen[i]);
        const bool same = i + 1 < count && strcmp(name, device_name(result, seen[i + 1])) == 0;
        dlb_text_append(text, i > 0 ? ", " : "On ");
        dlb_plot_clean(text, seen[i], NAME_COLUMNS);
        if (!same && name[0] != '\0') {
            dlb_text_append(text, " (");
            dlb_plot_clean(text, name, NAME_COLUMNS);
            dlb_text_append(text, ")");
        }
    }
    dlb_text_append(text, more ? " and more. " : ". ");
}

/* ---- what is missing ---- */

static bool is_of_class(const struct dlb_record *record, const struct dlb_plot_class *class)
{
    return class == NULL ||
           (strcmp(record->dtype, class->dtype) == 0 && strcmp(record->mode, class->mode) == 0 &&
            strcmp(record->cache_state, class->cache_state) == 0 &&
            strcmp(record->data, class->data) == 0 &&
            (class->threads == 0 || record->threads == class->threads));
}

static int members(const struct dlb_result *result, const struct dlb_note *note,
                   const struct dlb_plot_class *class)
{
    int count = 0;
    for (int i = 0; i < note->count; i++)
        count += is_of_class(&result->records[note->members[i]], class);
    return count;
}

static void append_missing_cases(struct dlb_text *text, const struct dlb_result *result,
                                 const struct dlb_plot_shown *shown, int *listed, int *left)
{
    for (int i = 0; shown->ranking != NULL && i < shown->ranking->note_count; i++) {
        const struct dlb_note *note = &shown->ranking->notes[i];
        const int count = members(result, note, shown->class);
        if (count == 0)
            continue;
        if (*listed == MOST_MISSING) {
            *left += count;
            continue;
        }
        dlb_text_append(text, *listed > 0 ? "; " : "Missing: ");
        dlb_text_format(text, "%d on ", count);
        dlb_plot_clean(text, note->record->device, NAME_COLUMNS);
        dlb_text_append(text, ": ");
        dlb_plot_clean(text, note->reason, 90);
        (*listed)++;
    }
}

static void append_missing_devices(struct dlb_text *text, const struct dlb_result *result,
                                   int *listed, int *left)
{
    size_t index = 0;
    json_t *device = NULL;
    json_array_foreach(result->devices, index, device)
    {
        const char *status = json_string_value(json_object_get(device, "status"));
        const char *key = json_string_value(json_object_get(device, "key"));
        const char *reason = json_string_value(json_object_get(device, "reason"));
        if (status == NULL || key == NULL || strcmp(status, "ok") == 0)
            continue;
        if (*listed == MOST_MISSING) {
            (*left)++;
            continue;
        }
        dlb_text_append(text, *listed > 0 ? "; " : "Missing: ");
        dlb_text_append(text, "all on ");
        dlb_plot_clean(text, key, NAME_COLUMNS);
        dlb_text_append(text, ": ");
        dlb_plot_clean(text, reason != NULL ? reason : status, 90);
        (*listed)++;
    }
}

static void append_missing(struct dlb_text *text, const struct dlb_result *result,
                           const struct dlb_plot_shown *shown)
{
    int listed = 0;
    int left = 0;
    append_missing_cases(text, result, shown, &listed, &left);
    append_missing_devices(text, result, &listed, &left);
    if (left > 0)
        dlb_text_format(text, "; and %d more", left);
    if (listed > 0)
        dlb_text_append(text, ". ");
}

enum dlb_status dlb_plot_caption(struct dlb_plot *plot, const struct dlb_plot_input *input,
                                 const struct dlb_plot_shown *shown)
{
    struct dlb_text *text = &plot->caption;
    const struct dlb_result *result = input->result;
    dlb_text_format(text, "%s. ", shown->what);
    append_counts(text, shown);
    if (shown->count > 0) {
        append_circumstances(text, shown);
        append_devices(text, result, shown);
    }
    if (shown->more != NULL && shown->more[0] != '\0')
        dlb_text_format(text, "%s. ", shown->more);
    append_missing(text, result, shown);
    dlb_text_format(text, "Seed %llu, %.10s.", (unsigned long long)result->seed,
                    result->created_utc);
    const bool failed =
        text->failed || plot->alt.failed || plot->data.failed || plot->script.failed;
    return failed ? DLB_NO_MEMORY : DLB_OK;
}
