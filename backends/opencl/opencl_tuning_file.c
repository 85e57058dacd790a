/* opencl_tuning_file.c: what the tuner found, as lines of a text file.
 *
 * Whoever reads a damaged line leaves it out; whoever saves reads the file again under a lock, puts its own entry in, and replaces the file whole.
 * Knows neither OpenCL nor what the values mean: opencl_tuner.c does. */
#include "backends/opencl/opencl_tuning_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"

#define VERSION_LINE "dlbench tuning 2"
#define FIELDS       8
#define LINE_BYTES   1024

void dlb_tuning_free(struct dlb_tuning_file *file)
{
    free(file->entries);
    *file = (struct dlb_tuning_file){0};
}

static struct dlb_tuning_entry *find(const struct dlb_tuning_file *file, const char *key,
                                     const char *device)
{
    for (int i = 0; i < file->count; i++)
        if (strcmp(file->entries[i].key, key) == 0 && strcmp(file->entries[i].device, device) == 0)
            return &file->entries[i];
    return NULL;
}

const struct dlb_tuning_entry *dlb_tuning_find(const struct dlb_tuning_file *file, const char *key,
                                               const char *device)
{
    return find(file, key, device);
}

bool dlb_tuning_serves(const struct dlb_tuning_entry *known, const struct dlb_tuning_entry *wanted)
{
    return (known->full || !wanted->full) &&
           (known->whole || known->budget_ns >= wanted->budget_ns);
}

bool dlb_tuning_put(struct dlb_tuning_file *file, const struct dlb_tuning_entry *entry)
{
    struct dlb_tuning_entry *const known = find(file, entry->key, entry->device);
    if (known != NULL) {
        *known = *entry;
        return true;
    }
    if (file->count == file->capacity) {
        const int capacity = file->capacity > 0 ? 2 * file->capacity : 16;
        struct dlb_tuning_entry *const entries =
            realloc(file->entries, (size_t)capacity * sizeof *entries);
        if (entries == NULL)
            return false;
        file->entries = entries;
        file->capacity = capacity;
    }
    file->entries[file->count++] = *entry;
    return true;
}

/* Cuts a line at its tabs; false unless it has exactly FIELDS fields. */
static bool cut(char *line, char *fields[FIELDS])
{
    int count = 0;
    char *rest = line;
    while (rest != NULL && count < FIELDS)
        fields[count++] = strsep(&rest, "\t");
    return count == FIELDS && rest == NULL;
}

static bool copy(char *to, size_t size, const char *from)
{
    const int length = snprintf(to, size, "%s", from);
    return length >= 0 && (size_t)length < size;
}

static bool read_hash(const char *text, uint64_t *hash)
{
    char *end;
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *hash = strtoull(text, &end, 16);
    return true;
}

/* "quick all", or "full 60000000000": cut short after so many ns. */
static bool read_how(const char *text, struct dlb_tuning_entry *entry)
{
    const char *const rest = strchr(text, ' ');
    const size_t length = rest != NULL ? (size_t)(rest - text) : 0;
    entry->full = length == 4 && strncmp(text, "full", length) == 0;
    if (!entry->full && (length != 5 || strncmp(text, "quick", length) != 0))
        return false;
    entry->whole = strcmp(rest, " all") == 0;
    return entry->whole ||
           (dlb_parse_real(rest + 1, &entry->budget_ns, NULL) == DLB_OK && entry->budget_ns >= 0);
}

/* A line without its end; its last field is the hash of everything before that field's tab. */
static bool parse_line(const char *line, size_t length, struct dlb_tuning_entry *entry)
{
    char text[LINE_BYTES];
    char *fields[FIELDS];
    uint64_t checksum;
    if (length >= sizeof text)
        return false;
    memcpy(text, line, length);
    text[length] = '\0';
    const char *const last = strrchr(text, '\t');
    if (last == NULL || !read_hash(last + 1, &checksum) ||
        dlb_cl_hash(DLB_CL_HASH_START, text, (size_t)(last - text)) != checksum ||
        !cut(text, fields))
        return false;
    memset(entry, 0, sizeof *entry);
    return copy(entry->key, sizeof entry->key, fields[0]) &&
           copy(entry->device, sizeof entry->device, fields[1]) &&
           copy(entry->driver, sizeof entry->driver, fields[2]) &&
           read_hash(fields[3], &entry->source_hash) && read_how(fields[4], entry) &&
           copy(entry->values, sizeof entry->values, fields[5]) &&
           dlb_parse_real(fields[6], &entry->ns, NULL) == DLB_OK;
}

enum dlb_status dlb_tuning_parse(struct dlb_tuning_file *file, const char *text,
                                 struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    int number = 1;
    size_t length = strcspn(text, "\n");
    if (text[0] == '\0')
        return DLB_OK;
    if (length != strlen(VERSION_LINE) || strncmp(text, VERSION_LINE, length) != 0)
        return dlb_fail(why, DLB_INVALID, "wanted \"" VERSION_LINE "\" in line 1, found \"%.*s\"",
                        (int)(length < 40 ? length : 40), text);
    for (const char *line = text + length; *line != '\0'; line += length) {
        struct dlb_tuning_entry entry;
        line++; /* the line feed */
        number++;
        length = strcspn(line, "\n");
        if (length == 0)
            continue;
        if (!parse_line(line, length, &entry)) {
            if (status == DLB_OK)
                status = dlb_fail(why, DLB_INVALID, "line %d is damaged", number);
        } else if (!dlb_tuning_put(file, &entry)) {
            return dlb_fail(why, DLB_NO_MEMORY, "no memory for %d lines", number);
        }
    }
    return status;
}

/* Tabs and line ends are the file's own. */
static void append_field(struct dlb_text *text, const char *field)
{
    for (const char *at = field; *at != '\0'; at++)
        dlb_text_append_bytes(text, *at == '\t' || *at == '\n' ? " " : at, 1);
    dlb_text_append(text, "\t");
}

char *dlb_tuning_format(const struct dlb_tuning_file *file)
{
    struct dlb_text text = {0};
    dlb_text_append(&text, VERSION_LINE "\n");
    for (int i = 0; i < file->count && !text.failed; i++) {
        const struct dlb_tuning_entry *const entry = &file->entries[i];
        const size_t begin = text.size;
        append_field(&text, entry->key);
        append_field(&text, entry->device);
        append_field(&text, entry->driver);
        dlb_text_format(&text, "%016" PRIx64 "\t%s ", entry->source_hash,
                        entry->full ? "full" : "quick");
        if (entry->whole)
            dlb_text_append(&text, "all\t");
        else
            dlb_text_format(&text, "%.0f\t", entry->budget_ns);
        append_field(&text, entry->values);
        dlb_text_format(&text, "%.0f", entry->ns);
        if (!text.failed)
            dlb_text_format(&text, "\t%016" PRIx64 "\n",
                            dlb_cl_hash(DLB_CL_HASH_START, text.data + begin, text.size - begin));
    }
    if (text.failed)
        dlb_text_free(&text);
    return text.data;
}

bool dlb_tuning_save(struct dlb_cl_cache *cache, const char *name,
                     const struct dlb_tuning_entry *entry)
{
    struct dlb_tuning_file file = {0};
    char *text;
    size_t size;
    bool saved = false;
    const int lock = dlb_cl_cache_lock(cache);
    if (dlb_cl_cache_read(cache, name, &text, &size)) {
        (void)dlb_tuning_parse(&file, text, NULL); /* damaged lines go with this rewrite */
        free(text);
    }
    if (dlb_tuning_put(&file, entry)) {
        text = dlb_tuning_format(&file);
        saved = text != NULL && dlb_cl_cache_write(cache, name, text, strlen(text));
        free(text);
    }
    dlb_cl_cache_unlock(lock);
    dlb_tuning_free(&file);
    return saved;
}

bool dlb_tuning_values_format(char *text, size_t size, int count, const char *const *names,
                              const struct dlb_tune_point *point)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        const int length = snprintf(text + used, size - used, "%s%s=%d", i > 0 ? " " : "", names[i],
                                    point->values[i]);
        if (length < 0 || (size_t)length >= size - used)
            return false;
        used += (size_t)length;
    }
    return true;
}

bool dlb_tuning_values_parse(const char *text, int count, const char *const *names,
                             struct dlb_tune_point *point)
{
    struct dlb_tune_point parsed = {0};
    for (int i = 0; i < count; i++) {
        const size_t length = strlen(names[i]);
        int value, used = 0;
        text += i > 0 && *text == ' ';
        if (strncmp(text, names[i], length) != 0 ||
            sscanf(text + length, "=%d%n", &value, &used) != 1 || used == 0)
            return false;
        parsed.values[i] = value;
        text += length + (size_t)used;
    }
    if (*text != '\0')
        return false;
    *point = parsed;
    return true;
}
