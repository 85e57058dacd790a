/* text.c: growing text, similarity, patterns, UTF-8, and numbers written for people.
 *
 * Reading numbers is in parse.c. */
#include "bench/base/text.h"

#include <fnmatch.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEAREST_MAX 64 /* words longer than this are not compared */

/* Room for `more` bytes and the NUL; doubles, so that n appends cost O(n). */
static bool reserve(struct dlb_text *text, size_t more)
{
    if (text->failed || more > SIZE_MAX / 4 || text->size > SIZE_MAX / 4) {
        text->failed = true;
        return false;
    }
    const size_t needed = text->size + more + 1;
    if (needed <= text->capacity) {
        return true;
    }
    const size_t capacity = needed > 2 * text->capacity ? needed + 32 : 2 * text->capacity;
    char *const data = realloc(text->data, capacity);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void dlb_text_append_bytes(struct dlb_text *text, const char *bytes, size_t count)
{
    if (!reserve(text, count)) {
        return;
    }
    if (count > 0) {
        memcpy(text->data + text->size, bytes, count);
    }
    text->size += count;
    text->data[text->size] = '\0';
}

void dlb_text_append(struct dlb_text *text, const char *bytes)
{
    dlb_text_append_bytes(text, bytes, strlen(bytes));
}

void dlb_text_format(struct dlb_text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int wanted = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (wanted < 0) {
        text->failed = true;
    } else if (reserve(text, (size_t)wanted)) {
        (void)vsnprintf(text->data + text->size, (size_t)wanted + 1, format, again);
        text->size += (size_t)wanted;
    }
    va_end(again);
}

void dlb_text_clear(struct dlb_text *text)
{
    text->size = 0;
    text->failed = false;
    if (text->data != NULL) {
        text->data[0] = '\0';
    }
}

void dlb_text_free(struct dlb_text *text)
{
    free(text->data);
    *text = (struct dlb_text){0};
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int min_of(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance: insertions, deletions, substitutions and swaps of
 * neighbours, upper and lower case alike. Both words have at most NEAREST_MAX bytes. Three rows
 * are enough because a swap looks two back. */
static int edit_distance(const char *a, const char *b)
{
    int rows[3][NEAREST_MAX + 1];
    const int a_length = (int)strlen(a);
    const int b_length = (int)strlen(b);
    for (int j = 0; j <= b_length; j++) {
        rows[0][j] = j;
    }
    for (int i = 1; i <= a_length; i++) {
        int *const row = rows[i % 3];
        const int *const above = rows[(i + 2) % 3];
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = min_of(above[j - 1] + !same, min_of(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = min_of(row[j], rows[(i + 1) % 3][j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

const char *dlb_text_nearest(const char *word, const char *const *candidates)
{
    const size_t length = strlen(word);
    if (length == 0 || length > NEAREST_MAX) {
        return NULL;
    }
    int best = length < 6 ? 1 : (int)length / 3;
    const char *nearest = NULL;
    for (; *candidates != NULL; candidates++) {
        if (strlen(*candidates) > NEAREST_MAX) {
            continue;
        }
        const int distance = edit_distance(word, *candidates);
        if (distance < best || (distance == best && nearest == NULL)) {
            best = distance;
            nearest = *candidates;
        }
    }
    return nearest;
}

bool dlb_text_glob(const char *pattern, const char *text)
{
    return fnmatch(pattern, text, 0) == 0;
}

/* Table 3-7 of the Unicode Standard 15.0: lead byte, allowed second byte, length. */
size_t dlb_utf8_length(const char *text)
{
    static const struct {
        unsigned char lead_low, lead_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    const unsigned char *const bytes = (const unsigned char *)text;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(forms); i++) {
        if (bytes[0] < forms[i].lead_low || bytes[0] > forms[i].lead_high) {
            continue;
        }
        for (size_t j = 1; j < forms[i].length; j++) {
            const unsigned char low = j == 1 ? forms[i].second_low : 0x80;
            const unsigned char high = j == 1 ? forms[i].second_high : 0xbf;
            if (bytes[j] < low || bytes[j] > high) {
                return 0;
            }
        }
        return forms[i].length;
    }
    return 0;
}

bool dlb_text_is_utf8(const char *text)
{
    while (*text != '\0') {
        const size_t length = dlb_utf8_length(text);
        if (length == 0) {
            return false;
        }
        text += length;
    }
    return true;
}

/* The bidirectional controls of Unicode TR 9, section 2: U+200E, 200F, 202A..202E, 2066..2069; C1 is U+0080..009F. */
static bool is_printable(const unsigned char *bytes, size_t length)
{
    if (length == 1) {
        return bytes[0] >= 0x20 && bytes[0] != 0x7f;
    }
    if (length == 2) {
        return bytes[0] != 0xc2 || bytes[1] >= 0xa0;
    }
    const bool mark = length == 3 && bytes[0] == 0xe2 &&
                      ((bytes[1] == 0x80 && (bytes[2] == 0x8e || bytes[2] == 0x8f ||
                                             (bytes[2] >= 0xaa && bytes[2] <= 0xae))) ||
                       (bytes[1] == 0x81 && bytes[2] >= 0xa6 && bytes[2] <= 0xa9));
    return length > 0 && !mark;
}

const char *dlb_text_printable(char *buffer, size_t size, const char *text)
{
    size_t at = 0;
    while (*text != '\0') {
        const size_t length = dlb_utf8_length(text);
        const bool good = is_printable((const unsigned char *)text, length);
        const size_t put = good ? length : 1;
        if (at + put >= size) {
            break;
        }
        memcpy(buffer + at, good ? text : "?", put);
        at += put;
        text += length > 0 ? length : 1;
    }
    buffer[at] = '\0';
    return buffer;
}

const char *dlb_text_shorten(char *buffer, size_t size, const char *text)
{
    const size_t whole = strlen(text);
    if (whole < size) {
        memcpy(buffer, text, whole + 1);
        return buffer;
    }
    size_t kept = size - sizeof "...";
    while (kept > 0 && ((unsigned char)text[kept] & 0xc0) == 0x80) { /* inside a character */
        kept--;
    }
    memcpy(buffer, text, kept);
    memcpy(buffer + kept, "...", sizeof "...");
    return buffer;
}

int dlb_text_columns(const char *text)
{
    int columns = 0;
    for (; *text != '\0'; text++) {
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return columns;
}

/* Three significant digits of a magnitude that the unit has brought near 1..1000; with an exponent where no unit could. */
static void print_scaled(char *buffer, size_t size, double value, const char *unit)
{
    const double magnitude = fabs(value);
    const int decimals = magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0;
    if (magnitude < 99999.5) {
        (void)snprintf(buffer, size, "%.*f %s", decimals, value, unit);
    } else {
        (void)snprintf(buffer, size, "%.3g %s", value, unit);
    }
}

void dlb_format_time(char *buffer, size_t size, double ns)
{
    static const struct {
        double ns;
        const char *name;
    } units[] = {{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}, {60e9, "min"}, {3600e9, "h"}};
    if (!isfinite(ns)) {
        (void)snprintf(buffer, size, "n/a");
        return;
    }
    size_t i = 0;
    while (i + 1 < DLB_ARRAY_COUNT(units) && fabs(ns) >= 999.5 * units[i].ns) {
        i++;
    }
    print_scaled(buffer, size, ns / units[i].ns, units[i].name);
}

void dlb_format_si(char *buffer, size_t size, double value, const char *unit)
{
    static const char prefixes[][2] = {"", "k", "M", "G", "T", "P", "E"};
    if (!isfinite(value)) {
        (void)snprintf(buffer, size, "n/a");
        return;
    }
    if (fabs(value) < 0.995 || fabs(value) >= 999.5e18) { /* below and beyond the prefixes */
        (void)snprintf(buffer, size, "%.3g %s", value, unit);
        return;
    }
    size_t i = 0;
    for (; i + 1 < DLB_ARRAY_COUNT(prefixes) && fabs(value) >= 999.5; i++) {
        value /= 1000;
    }
    char full[40];
    (void)snprintf(full, sizeof full, "%s%s", prefixes[i], unit);
    print_scaled(buffer, size, value, full);
}

void dlb_format_bytes(char *buffer, size_t size, double bytes)
{
    static const char units[][4] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (!isfinite(bytes)) {
        (void)snprintf(buffer, size, "n/a");
        return;
    }
    size_t i = 0;
    for (; i + 1 < DLB_ARRAY_COUNT(units) && fabs(bytes) >= 1023.5; i++) {
        bytes /= 1024;
    }
    if (i == 0) {
        (void)snprintf(buffer, size, "%.0f B", bytes);
        return;
    }
    print_scaled(buffer, size, bytes, units[i]);
}
