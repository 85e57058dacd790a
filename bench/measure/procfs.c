/* procfs.c: reading and taking apart the small text files that Linux describes itself with.
 *
 * Nothing here knows what the files mean; host.c, gates.c, cache.c and cgroup.c do. */
#include "bench/measure/procfs.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_FILE (16u << 20)
#define MAX_NUMBER   (1 << 30) /* of a list of CPUs or nodes */

/* Reads up to size - 1 bytes and terminates them; -1 when the file cannot be read. */
static ssize_t read_bytes(const char *path, char *buffer, size_t size)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t count = 0;
    ssize_t got = -1;

    if (file < 0)
        return -1;
    /* procfs hands out a page at a time: short reads are normal */
    while (count + 1 < size && (got = read(file, buffer + count, size - 1 - count)) > 0)
        count += (size_t)got;
    close(file);
    buffer[count] = '\0';
    return got < 0 ? -1 : (ssize_t)count;
}

static bool read_formatted(const char *root, char *buffer, size_t size, const char *format,
                           va_list arguments)
{
    char path[DLB_PATH_SIZE];
    const int head = snprintf(path, sizeof path, "%s", root);

    if (head < 0 || head >= (int)sizeof path)
        return false;

    const size_t left = sizeof path - (size_t)head;
    const int tail = vsnprintf(path + head, left, format, arguments);
    if (tail < 0 || (size_t)tail >= left)
        return false;

    ssize_t count = read_bytes(path, buffer, size);
    if (count < 0)
        return false;
    while (count > 0 && strchr(" \t\r\n", buffer[count - 1]) != NULL)
        buffer[--count] = '\0';
    return true;
}

bool dlb_proc_read(const char *root, char *buffer, size_t size, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const bool found = read_formatted(root, buffer, size, format, arguments);
    va_end(arguments);
    return found;
}

bool dlb_proc_read_int(const char *root, int64_t *value, const char *format, ...)
{
    char text[64];
    char *end;
    va_list arguments;

    va_start(arguments, format);
    const bool found = read_formatted(root, text, sizeof text, format, arguments);
    va_end(arguments);
    if (!found)
        return false;

    const long long number = strtoll(text, &end, 10);
    if (end == text)
        return false;
    *value = number;
    return true;
}

char *dlb_proc_load(const char *root, const char *path)
{
    char full[DLB_PATH_SIZE];
    size_t size = 16384;

    if (snprintf(full, sizeof full, "%s%s", root, path) >= (int)sizeof full)
        return NULL;
    for (; size <= LONGEST_FILE; size *= 4) {
        char *text = malloc(size);
        if (text == NULL)
            return NULL;
        const ssize_t count = read_bytes(full, text, size);
        if (count >= 0 && (size_t)count < size - 1)
            return text;
        free(text);
        if (count < 0)
            return NULL;
    }
    return NULL;
}

bool dlb_proc_exists(const char *root, const char *path)
{
    char full[DLB_PATH_SIZE];

    return snprintf(full, sizeof full, "%s%s", root, path) < (int)sizeof full &&
           access(full, F_OK) == 0;
}

const char *dlb_proc_field(const char *text, const char *key)
{
    const size_t length = strlen(key);

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, length) != 0)
            continue;

        const char *value = line + length;
        const size_t blanks = strspn(value, " \t");
        if (value[blanks] == ':' || value[blanks] == '=') {
            value += blanks + 1;
            return value + strspn(value, " \t");
        }
        if (blanks > 0)
            return value + blanks;
    }
    return NULL;
}

int dlb_proc_parse_list(const char *text, int *numbers, int capacity)
{
    int count = 0;

    while (*text >= '0' && *text <= '9') {
        char *end;
        const long first = strtol(text, &end, 10);
        long last = first;
        if (*end == '-')
            last = strtol(end + 1, &end, 10);
        if (first > MAX_NUMBER || last > MAX_NUMBER)
            break;
        for (long number = first; number <= last && count < capacity; number++)
            numbers[count++] = (int)number;
        text = end + (*end == ',');
    }
    return count;
}
