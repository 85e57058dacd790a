/* result_lines.c: a result file as dlb_result_write lays it out: members of the head a line each, then records a line each.
 *
 * Read so, the JSON of a record lives only until the record is read: that takes two thirds of the time and half of the memory of reading the
 * file as one document. Whatever is laid out otherwise, or wrong, is left to that: it knows the words. */
#include <stdlib.h>
#include <string.h>

#include "bench/store/result_file.h"

static const char opening[] = "\n\"results\": [\n";
static const char closing[] = "]\n}\n";

static json_t *parse(const char *bytes, size_t size)
{
    return json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
}

/* Everything before the records, as a document that has none. */
static bool read_head(const char *bytes, size_t size, struct dlb_result *result)
{
    struct dlb_why ignored;
    const size_t whole = size + strlen(opening) + strlen(closing);
    char *text = malloc(whole);
    if (text == NULL)
        return false;
    memcpy(text, bytes, size);
    memcpy(text + size, opening, strlen(opening));
    memcpy(text + size + strlen(opening), closing, strlen(closing));
    json_t *head = parse(text, whole);
    free(text);
    const bool read = head != NULL && dlb_result_from_json(head, result, &ignored) == DLB_OK;
    json_decref(head);
    return read;
}

/* One record a line, with a comma behind all but the last; then the end of the document, and nothing behind it. */
static bool read_records(const char *bytes, size_t size, struct dlb_result *result)
{
    const char *end = bytes + size;
    bool more = true;
    json_t *seen = json_object();
    bool good = seen != NULL;
    while (good && bytes < end && *bytes == '{') {
        struct dlb_why ignored;
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        good = more && stop != NULL;
        if (!good)
            break;
        more = stop[-1] == ',';
        json_t *row = parse(bytes, (size_t)(stop - bytes) - more);
        good = row != NULL && dlb_result_read_record(row, seen, result, &ignored) == DLB_OK;
        json_decref(row);
        bytes = stop + 1;
    }
    json_decref(seen);
    return good && !more && (size_t)(end - bytes) == strlen(closing) &&
           memcmp(bytes, closing, strlen(closing)) == 0;
}

bool dlb_result_from_lines(const char *bytes, size_t size, struct dlb_result *result)
{
    struct dlb_result found;
    const char *at = memmem(bytes, size, opening, strlen(opening));
    if (at == NULL || !read_head(bytes, (size_t)(at - bytes), &found))
        return false;
    const char *records = at + strlen(opening);
    if (!read_records(records, size - (size_t)(records - bytes), &found)) {
        dlb_result_free(&found);
        return false;
    }
    *result = found;
    return true;
}
