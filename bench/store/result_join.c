/* result_join.c: see result_join.h. Keys of records are made anew from the longer names of their devices, so that they stay unique. */
#include "bench/store/result_join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/random.h"
#include "bench/base/text.h"

#define FILES "x_files"

/* ---- labels ---- */

static bool is_taken(char (*names)[DLB_LABEL_SIZE], int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The label fit for a device's key, short, and unlike those before it. A file's ".json" says nothing. */
static void make_name(const char *label, char (*names)[DLB_LABEL_SIZE], int index)
{
    char plain[DLB_LABEL_SIZE - 12]; /* room for a number */
    char *name = names[index];
    char whole[4 * DLB_LABEL_SIZE];
    (void)dlb_text_printable(whole, sizeof whole, label);
    const size_t length = strlen(whole);
    if (length > 5 && strcmp(whole + length - 5, ".json") == 0)
        whole[length - 5] = '\0';
    for (char *c = whole; *c != '\0'; c++)
        if (strchr(":@/", *c) != NULL)
            *c = '_';
    dlb_text_shorten(plain, sizeof plain, whole);
    snprintf(name, DLB_LABEL_SIZE, "%s", plain);
    for (int i = 2; is_taken(names, index, name); i++)
        snprintf(name, DLB_LABEL_SIZE, "%s~%d", plain, i);
}

/* "old/onednn:0"; where that is too long the label is cut, as the devices of one file must stay apart. */
static void name_device(const char *label, const char *key, char *buffer, size_t size)
{
    char cut[DLB_LABEL_SIZE];
    const size_t length = strlen(key);
    const size_t room = length + 6 < size ? size - length - 1 : 5;
    snprintf(buffer, size, "%s/%s",
             dlb_text_shorten(cut, room < sizeof cut ? room : sizeof cut, label), key);
}

/* ---- rows ---- */

/* problem@device/rest: the device is replaced. A key of another form gets the label in front. */
static void rename_key(char *key, size_t size, const char *old_device, const char *device,
                       const char *label)
{
    struct dlb_text text = {0};
    char mark[80];
    snprintf(mark, sizeof mark, "@%s/", old_device);
    const char *at = strstr(key, mark);
    if (at != NULL)
        dlb_text_format(&text, "%.*s@%s/%s", (int)(at - key), key, device, at + strlen(mark));
    else
        dlb_text_format(&text, "%s/%s", label, key);
    if (!text.failed)
        snprintf(key, size, "%s", text.data);
    dlb_text_free(&text);
}

static enum dlb_status move_rows(struct dlb_result *part, const char *label,
                                 struct dlb_result *joined)
{
    enum dlb_status status = DLB_OK;
    char old[sizeof part->records[0].device];
    for (int i = 0; i < part->record_count && status == DLB_OK; i++) {
        struct dlb_record *record = &part->records[i];
        snprintf(old, sizeof old, "%s", record->device);
        name_device(label, old, record->device, sizeof record->device);
        rename_key(record->key, sizeof record->key, old, record->device, label);
        snprintf(record->key_hash, sizeof record->key_hash, "%016llx",
                 (unsigned long long)dlb_hash_text(record->key));
        status = dlb_result_add(joined, record);
    }
    for (int i = 0; i < part->verdict_count && status == DLB_OK; i++) {
        struct dlb_verdict_row *row = &part->verdicts[i];
        snprintf(old, sizeof old, "%s", row->device);
        name_device(label, old, row->device, sizeof row->device);
        rename_key(row->key, sizeof row->key, old, row->device, label);
        status = dlb_result_add_verdict(joined, row);
    }
    return status;
}

static int copy_devices(const struct dlb_result *part, const char *label, json_t *devices)
{
    size_t index;
    json_t *device;
    int failures = 0;
    json_array_foreach(part->devices, index, device)
    {
        const char *key = json_string_value(json_object_get(device, "key"));
        char name[68];
        json_t *copy = json_copy(device);
        name_device(label, key != NULL ? key : "", name, sizeof name);
        failures |= json_object_set_new(copy, "key", json_string(name));
        failures |= json_array_append_new(devices, copy);
    }
    return failures;
}

/* ---- the head ---- */

static json_t *file_to_json(const struct dlb_result *part, const char *name, const char *label)
{
    char clean[512]; /* file names need not be UTF-8 */
    (void)dlb_text_printable(clean, sizeof clean, label);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:I, s:O?, s:O?, s:O?, s:O?}", "name",
                     name, "label", clean, "run_id", part->run_id, "created_utc", part->created_utc,
                     "suite", part->suite, "complete", part->complete, "reason", part->reason,
                     "seed", (json_int_t)part->seed, "tool", part->tool, "host", part->host,
                     "command", part->command, "settings", part->settings);
}

/* The first part's, if all parts say the same; else an empty one. */
static json_t *common(const struct dlb_result *parts, int count,
                      json_t *(*of)(const struct dlb_result *part))
{
    for (int i = 1; i < count; i++)
        if (!json_equal(of(&parts[0]), of(&parts[i])))
            return json_object();
    return json_incref(of(&parts[0]));
}

static json_t *tool_of(const struct dlb_result *part)
{
    return part->tool;
}

static json_t *host_of(const struct dlb_result *part)
{
    return part->host;
}

static json_t *settings_of(const struct dlb_result *part)
{
    return part->settings;
}

static void join_head(const struct dlb_result *parts, int count, struct dlb_result *joined)
{
    bool one_suite = true;
    joined->complete = true;
    snprintf(joined->created_utc, sizeof joined->created_utc, "%s", parts[0].created_utc);
    for (int i = 0; i < count; i++) {
        const struct dlb_result *part = &parts[i];
        one_suite = one_suite && strcmp(part->suite, parts[0].suite) == 0;
        joined->complete = joined->complete && part->complete;
        joined->duration_s += part->duration_s > 0 ? part->duration_s : 0;
        joined->exit_code =
            part->exit_code > joined->exit_code ? part->exit_code : joined->exit_code;
        if (!part->complete && joined->reason[0] == '\0')
            snprintf(joined->reason, sizeof joined->reason, "%s", part->reason);
        if (joined->check == NULL && part->check != NULL)
            joined->check = json_incref(part->check);
        if (strcmp(part->created_utc, joined->created_utc) > 0)
            snprintf(joined->created_utc, sizeof joined->created_utc, "%s", part->created_utc);
    }
    if (one_suite)
        snprintf(joined->suite, sizeof joined->suite, "%s", parts[0].suite);
    joined->seed = parts[0].seed;
    joined->tool = common(parts, count, tool_of);
    joined->host = common(parts, count, host_of);
    joined->settings = common(parts, count, settings_of);
    joined->command = json_array();
}

json_t *dlb_result_files(const struct dlb_result *result)
{
    return json_object_get(result->unknown, FILES);
}

static enum dlb_status join(struct dlb_result *parts, const char *const *labels, int count,
                            char (*names)[DLB_LABEL_SIZE], struct dlb_result *joined)
{
    int failures = 0;
    enum dlb_status status = DLB_OK;
    json_t *files = json_array();
    join_head(parts, count, joined);
    joined->devices = json_array();
    joined->unknown = json_object();
    for (int i = 0; i < count && status == DLB_OK; i++) {
        make_name(labels[i], names, i);
        failures |= copy_devices(&parts[i], names[i], joined->devices);
        failures |= json_array_append_new(files, file_to_json(&parts[i], names[i], labels[i]));
        status = move_rows(&parts[i], names[i], joined);
    }
    failures |= json_object_set_new(joined->unknown, FILES, files);
    return failures != 0 ? DLB_NO_MEMORY : status;
}

enum dlb_status dlb_result_join(struct dlb_result *parts, const char *const *labels, int count,
                                struct dlb_result *joined, struct dlb_why *why)
{
    if (count == 1) {
        *joined = parts[0];
        parts[0] = (struct dlb_result){0};
        return DLB_OK;
    }
    struct dlb_result found;
    dlb_result_init(&found);
    char(*names)[DLB_LABEL_SIZE] = calloc((size_t)count + 1, sizeof *names);
    const enum dlb_status status =
        names != NULL ? join(parts, labels, count, names, &found) : DLB_NO_MEMORY;
    free(names);
    if (status != DLB_OK) {
        dlb_result_free(&found);
        return dlb_fail(why, status, "no memory to join %d files", count);
    }
    *joined = found;
    return DLB_OK;
}
