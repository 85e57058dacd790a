/* list_published.c: counts the published rows of each workload, and the devices that they are of. */
#include "bench/cli/list_published.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/share.h"
#include "bench/models/workload.h"
#include "bench/store/published.h"

static int by_workload(const void *left, const void *right)
{
    const struct dlb_record *a = *(const struct dlb_record *const *)left;
    const struct dlb_record *b = *(const struct dlb_record *const *)right;
    const int order = strcmp(a->workload, b->workload);
    return order != 0 ? order : strcmp(a->device, b->device);
}

static bool is_wanted(const struct dlb_texts *patterns, const char *name)
{
    for (int i = 0; i < patterns->count; i++)
        if (dlb_text_glob(patterns->items[i], name))
            return true;
    return patterns->count == 0;
}

/* Records first..end-1 are of one workload, those of a device together. */
static void add_row(const struct dlb_result *result, const struct dlb_record *const *records,
                    int first, int end, json_t *rows)
{
    int devices = 1;
    const char *workload = records[first]->workload;
    const json_t *device = dlb_result_device(result, records[first]->device);
    const char *source = json_string_value(json_object_get(device, "source"));
    for (int i = first + 1; i < end; i++)
        devices += strcmp(records[i]->device, records[i - 1]->device) != 0;
    json_array_append_new(rows, json_pack("{s:o, s:i, s:i, s:s, s:o}", "workload",
                                          dlb_json_text(workload), "rows", end - first, "devices",
                                          devices, "here",
                                          dlb_workload_find(workload) != NULL ? "yes" : "no",
                                          "source", dlb_json_text(source != NULL ? source : "")));
}

static enum dlb_status add_rows(const struct dlb_result *result, const struct dlb_texts *patterns,
                                json_t *rows, struct dlb_why *why)
{
    const int count = result->record_count;
    const struct dlb_record **records =
        calloc((size_t)count + 1, sizeof(const struct dlb_record *));
    if (records == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the published results");
    for (int i = 0; i < count; i++)
        records[i] = &result->records[i];
    qsort(records, (size_t)count, sizeof *records, by_workload);
    for (int first = 0, end = 0; first < count; first = end) {
        for (end = first;
             end < count && strcmp(records[end]->workload, records[first]->workload) == 0;)
            end++;
        if (is_wanted(patterns, records[first]->workload))
            add_row(result, records, first, end, rows);
    }
    free(records);
    if (json_array_size(rows) == 0)
        return dlb_fail(why, DLB_UNAVAILABLE, "no published result is of a workload '%.80s'",
                        patterns->count > 0 ? patterns->items[0] : "");
    return DLB_OK;
}

enum dlb_status dlb_list_published(const struct dlb_texts *patterns, json_t *rows,
                                   struct dlb_why *why)
{
    char folder[DLB_SHARE_PATH_SIZE];
    struct dlb_result result;
    enum dlb_status status = dlb_share_path("published", folder, sizeof folder, why);
    if (status == DLB_OK)
        status = dlb_published_load(folder, &result, why);
    if (status != DLB_OK)
        return status;
    status = add_rows(&result, patterns, rows, why);
    dlb_result_free(&result);
    return status;
}
