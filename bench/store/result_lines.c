/* result_lines.c: a result file as dlb_result_write lays it out: members of the head a line each, then records a line each.
 *
 * Read so, the JSON of a record lives only until the record is read: that takes two thirds of the time and half of the memory of reading the
 * file as one document. Whatever is laid out otherwise, or wrong, is left to that: it knows the words. */
#include <string.h>

#include "bench/base/text.h"
#include "bench/store/result_file.h"

static const char opening[] = "\n\"results\": [\n";
static const char closing[] = "\n]\n}\n";

static json_t *parse(const char *bytes, size_t size)
{
    return json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
}

/* Everything before the records, as a document that has none. */
static bool read_head(const char *bytes, size_t size, struct dlb_result *result)
{
    struct dlb_why ignored;
    struct dlb_text text = {0};
    dlb_text_append_bytes(&text, bytes, size);
    dlb_text_append(&text, "\n\"results\": []}");
    json_t *head = text.failed ? NULL : parse(text.data, text.size);
    dlb_text_free(&text);
    const bool read = head != NULL && dlb_result_from_json(head, result, &ignored) == DLB_OK;
    json_decref(head);
    return read;
}

/* As deep as it lies in the document, so that the same depth is too deep. */
static json_t *parse_record(const char *bytes, size_t size, struct dlb_text *text)
{
    dlb_text_clear(text);
    dlb_text_append(text, "[[");
    dlb_text_append_bytes(text, bytes, size);
    dlb_text_append(text, "]]");
    json_t *nest = text->failed ? NULL : parse(text->data, text->size);
    json_t *inner = json_array_size(nest) == 1 ? json_array_get(nest, 0) : NULL;
    json_t *record = json_array_size(inner) == 1 ? json_incref(json_array_get(inner, 0)) : NULL;
    json_decref(nest);
    return record;
}

/* One record a line, with a comma behind all but the last. */
static bool read_records(const char *bytes, const char *end, struct dlb_result *result)
{
    struct dlb_text text = {0};
    json_t *seen = json_object();
    bool good = seen != NULL;
    while (good && bytes < end) {
        struct dlb_why ignored;
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        const bool last = stop == NULL;
        stop = last ? end : stop;
        good = stop > bytes && (last || stop[-1] == ',');
        json_t *record = good ? parse_record(bytes, (size_t)(stop - bytes) - !last, &text) : NULL;
        good = record != NULL && dlb_result_read_record(record, seen, result, &ignored) == DLB_OK;
        json_decref(record);
        bytes = last ? end : stop + 1;
    }
    dlb_text_free(&text);
    json_decref(seen);
    return good;
}

bool dlb_result_from_lines(const char *bytes, size_t size, struct dlb_result *result)
{
    struct dlb_result found;
    const char *at = memmem(bytes, size, opening, strlen(opening));
    if (at == NULL)
        return false;
    const char *records = at + strlen(opening);
    const char *end = bytes + size - strlen(closing);
    if (records >= end || memcmp(end, closing, strlen(closing)) != 0 ||
        !read_head(bytes, (size_t)(at - bytes), &found))
        return false;
    if (!read_records(records, end, &found)) {
        dlb_result_free(&found);
        return false;
    }
    *result = found;
    return true;
}
