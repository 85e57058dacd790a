/* baseline_parts.c: what makes two times comparable, taken from a record and its device, and how two sets differ.
 *
 * One table names every part: the file's form and the comparison both read it, so that no part can be stored and not compared. */
#include "bench/store/baseline_parts.h"

#include <stdio.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/base/text.h"

#define PART(member, kind) DLB_FIELD(struct dlb_baseline_parts, member, kind)

static const struct dlb_field part_list[] = {
    PART(workload, DLB_FIELD_TEXT), PART(version_hash, DLB_FIELD_TEXT),
    PART(problem, DLB_FIELD_TEXT),  PART(dtype, DLB_FIELD_TEXT),
    PART(layout, DLB_FIELD_TEXT),   PART(direction, DLB_FIELD_TEXT),
    PART(backend, DLB_FIELD_TEXT),  PART(implementation, DLB_FIELD_TEXT),
    PART(device, DLB_FIELD_TEXT),   PART(driver_major, DLB_FIELD_TEXT),
    PART(threads, DLB_FIELD_INT),   PART(cache_state, DLB_FIELD_TEXT),
    PART(data, DLB_FIELD_TEXT),     PART(mode, DLB_FIELD_TEXT),
    PART(evidence, DLB_FIELD_TEXT), PART(metric, DLB_FIELD_TEXT),
};
const struct dlb_fields dlb_baseline_parts_fields = {part_list, DLB_ARRAY_COUNT(part_list), NULL};

const char *dlb_baseline_first_text(const json_t *object, const char *const *names)
{
    for (; *names != NULL; names++) {
        const char *text = json_string_value(json_object_get(object, *names));
        if (text != NULL && text[0] != '\0')
            return text;
    }
    return "";
}

/* Up to the first point behind a digit: "535.104.05" is 535, "oneDNN 3.2.0 (gomp)" oneDNN 3. Without one, all of it. */
static void copy_major(const char *version, char *major, size_t size)
{
    size_t length = 0;
    while (version[length] != '\0' && !(version[length] == '.' && length > 0 &&
                                        strchr("0123456789", version[length - 1]) != NULL))
        length++;
    char whole[512];
    snprintf(whole, sizeof whole, "%.*s", (int)(length < sizeof whole ? length : sizeof whole - 1),
             version);
    dlb_text_shorten(major, size, whole);
}

void dlb_baseline_parts_of(const struct dlb_result *result, const struct dlb_record *record,
                           struct dlb_baseline_parts *parts)
{
    /* The name that the device tells, and not its entry of the catalogue: whoever adds an entry has no other device by that. */
    static const char *const names[] = {"name", "catalog_id", "key", NULL};
    static const char *const drivers[] = {"driver", "runtime", NULL};
    const json_t *device = dlb_result_device(result, record->device);
    const char *name = dlb_baseline_first_text(device, names);
    *parts = (struct dlb_baseline_parts){.threads = record->threads, .metric = "median_ns"};
    const struct {
        char *to;
        size_t size;
        const char *from;
    } texts[] = {
        {parts->workload, sizeof parts->workload, record->workload},
        {parts->version_hash, sizeof parts->version_hash, record->version_hash},
        {parts->problem, sizeof parts->problem, record->problem},
        {parts->dtype, sizeof parts->dtype, record->dtype},
        {parts->layout, sizeof parts->layout, record->layout},
        {parts->direction, sizeof parts->direction, record->direction},
        {parts->implementation, sizeof parts->implementation, record->implementation},
        {parts->device, sizeof parts->device, name[0] != '\0' ? name : record->device},
        {parts->cache_state, sizeof parts->cache_state,
         dlb_record_has_flag(record, "cold_downgraded") ? "not-cold" : record->cache_state},
        {parts->data, sizeof parts->data, record->data},
        {parts->mode, sizeof parts->mode, record->mode},
        {parts->evidence, sizeof parts->evidence,
         record->evidence[0] != '\0' ? record->evidence : "measured"},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(texts); i++)
        dlb_text_shorten(texts[i].to, texts[i].size, texts[i].from);
    snprintf(parts->backend, sizeof parts->backend, "%.*s", (int)strcspn(record->device, ":"),
             record->device);
    copy_major(dlb_baseline_first_text(device, drivers), parts->driver_major,
               sizeof parts->driver_major);
}

/* A part as a person reads it; a long one is cut. */
static void part_text(const struct dlb_field *field, const struct dlb_baseline_parts *parts,
                      char *text, size_t size)
{
    const char *member = (const char *)parts + field->offset;
    if (field->kind == DLB_FIELD_INT)
        snprintf(text, size, "%d", *(const int *)(const void *)member);
    else
        dlb_text_shorten(text, size, member[0] != '\0' ? member : "(none)");
}

int dlb_baseline_parts_differ(const struct dlb_baseline_parts *past,
                              const struct dlb_baseline_parts *now, char *text, size_t size)
{
    int count = 0;
    struct dlb_text words = {0};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(part_list); i++) {
        char before[600];
        char after[600];
        part_text(&part_list[i], past, before, sizeof before);
        part_text(&part_list[i], now, after, sizeof after);
        if (strcmp(before, after) == 0)
            continue;
        if (text != NULL)
            dlb_text_format(&words, "%s%s %s, now %s", count > 0 ? "; " : "", part_list[i].name,
                            before, after);
        count++;
    }
    if (text != NULL)
        dlb_text_shorten(text, size, words.data != NULL ? words.data : "");
    dlb_text_free(&words);
    return count;
}
