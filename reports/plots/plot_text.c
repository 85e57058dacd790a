/* plot_text.c: texts of users as literals of gnuplot, and numbers as blocks of data.
 *
 * Between single quotes gnuplot knows one special thing, the quote itself ("help quotes", gnuplot 5.4); enhanced mode is switched off by
 * the renderer. Labels of tics are number formats on top of that ("help tics"). Nothing of a user's stands in a block of data. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots/plot_frame.h"

#define ELLIPSIS "\xE2\x80\xA6"

/* ---- how wide letters are ---- */

static uint32_t code_point(const char *text, size_t length)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)text[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        code = (code << 6) | ((unsigned char)text[i] & 0x3Fu);
    return code;
}

/* Half columns of a code point: after East Asian Width (Unicode, annex 11), in ranges wide enough for layout. The widest letters of a proportional
 * font take one and a half, so that a name made of them is not clipped. */
static int halves_of(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        int halves;
    } ranges[] = {
        {0x0300, 0x036F, 0},   {0x200B, 0x200F, 0}, {0x20D0, 0x20FF, 0}, {0xFE00, 0xFE0F, 0},
        {0x1100, 0x115F, 4},   {0x2E80, 0xA4CF, 4}, {0xAC00, 0xD7A3, 4}, {0xF900, 0xFAFF, 4},
        {0xFE30, 0xFE6F, 4},   {0xFF00, 0xFF60, 4}, {0xFFE0, 0xFFE6, 4}, {0x1F000, 0x1FAFF, 4},
        {0x20000, 0x3FFFD, 4},
    };
    for (size_t i = 0; i < DLB_ARRAY_COUNT(ranges); i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return ranges[i].halves;
    return code < 128 && code > 0 && strchr("MWmw@%", (int)code) != NULL ? 3 : 2;
}

/* ---- cleaning and cutting ---- */

/* Printable UTF-8 of any length; the caller frees it. NULL without memory. XML, and so SVG, knows no U+FFFE and U+FFFF. */
static char *printable(const char *raw)
{
    const size_t size = 3 * strlen(raw) + 1;
    char *text = malloc(size);
    if (text == NULL)
        return NULL;
    dlb_text_printable(text, size, raw);
    for (char *at = strstr(text, "\xEF\xBF"); at != NULL; at = strstr(at + 1, "\xEF\xBF"))
        if ((unsigned char)at[2] >= 0xBE)
            memcpy(at, "???", 3);
    return text;
}

static size_t step(const char *text, int *halves)
{
    const size_t length = dlb_utf8_length(text);
    *halves = length > 0 ? halves_of(code_point(text, length)) : 2;
    return length > 0 ? length : 1;
}

static int count_halves(const char *text)
{
    int total = 0;
    int halves = 0;
    for (; *text != '\0'; text += step(text, &halves), total += halves) {
    }
    return total;
}

/* Bytes at the start of `text` that take at most `limit` half columns. */
static size_t bytes_within(const char *text, int limit)
{
    size_t bytes = 0;
    int halves = 0;
    while (text[bytes] != '\0') {
        const size_t length = step(text + bytes, &halves);
        if (halves > limit)
            break;
        limit -= halves;
        bytes += length;
    }
    return bytes;
}

/* Head and tail of a text of more than `limit` columns: names differ at both ends. */
static void append_cut(struct dlb_text *out, const char *text, int limit)
{
    const int total = count_halves(text);
    if (limit < 3 || total <= 2 * limit) {
        dlb_text_append(out, text);
        return;
    }
    const int tail = limit - 1;
    size_t from = bytes_within(text, total - tail);
    if (total - count_halves(text + from) < total - tail && text[from] != '\0') {
        int halves = 0; /* the letter across the edge goes with the middle */
        from += step(text + from, &halves);
    }
    dlb_text_append_bytes(out, text, bytes_within(text, 2 * limit - 2 - tail));
    dlb_text_append(out, ELLIPSIS);
    dlb_text_append(out, text + from);
}

void dlb_plot_clean(struct dlb_text *out, const char *raw, int columns)
{
    char *text = printable(raw);
    if (text == NULL)
        out->failed = true;
    else
        append_cut(out, text, columns);
    free(text);
}

int dlb_plot_width(const char *raw, int columns)
{
    char *text = printable(raw);
    const int width = text != NULL ? (count_halves(text) + 1) / 2 : 0;
    free(text);
    return columns >= 3 && width > columns ? columns : width;
}

/* Doubles each letter of `special`. */
static void quote(struct dlb_text *out, const char *raw, int columns, const char *special)
{
    struct dlb_text clean = {0};
    dlb_plot_clean(&clean, raw, columns);
    if (clean.failed)
        out->failed = true;
    dlb_text_append(out, "'");
    for (const char *at = clean.data != NULL ? clean.data : ""; *at != '\0'; at++) {
        if (strchr(special, *at) != NULL)
            dlb_text_append_bytes(out, at, 1);
        dlb_text_append_bytes(out, at, 1);
    }
    dlb_text_append(out, "'");
    dlb_text_free(&clean);
}

void dlb_plot_quote(struct dlb_text *out, const char *raw, int columns)
{
    quote(out, raw, columns, "'");
}

void dlb_plot_quote_tic(struct dlb_text *out, const char *raw, int columns)
{
    quote(out, raw, columns, "'%");
}

/* ---- blocks of data ---- */

void dlb_plot_block(struct dlb_text *data, const char *name)
{
    dlb_text_format(data, "$%s << EOD\n", name);
}

void dlb_plot_number(struct dlb_text *data, double value)
{
    if (isfinite(value))
        dlb_text_format(data, "%.7g", value);
    else
        dlb_text_append(data, "NaN");
}

void dlb_plot_row(struct dlb_text *data, const double *values, int count)
{
    for (int i = 0; i < count; i++) {
        if (i > 0)
            dlb_text_append(data, " ");
        dlb_plot_number(data, values[i]);
    }
    dlb_text_append(data, "\n");
}

void dlb_plot_block_end(struct dlb_text *data)
{
    dlb_text_append(data, "EOD\n");
}
