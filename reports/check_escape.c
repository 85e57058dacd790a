/* check_escape.c: one table of replacements for each format.
 *
 * Sources: XML 1.0 (fifth edition) sections 2.2 and 2.4; GitHub's runner, src/Runner.Common/ActionCommand.cs, for the workflow commands;
 * OpenMetrics 1.0, "escaped-char". For Markdown there is no complete list of what a site makes of a text, so that every sign of
 * ASCII but a few is replaced. */
#include "reports/check_escape.h"

#include <stdlib.h>
#include <string.h>

#include "reports/report_sentences.h"

struct replacement {
    char sign;
    const char *text;
};

static const struct replacement for_xml[] = {{'&', "&amp;"},  {'<', "&lt;"},    {'>', "&gt;"},
                                             {'"', "&quot;"}, {'\'', "&apos;"}, {'\0', NULL}};
static const struct replacement for_command[] = {{'%', "%25"}, {'\0', NULL}};
static const struct replacement for_property[] = {
    {'%', "%25"}, {':', "%3A"}, {',', "%2C"}, {'\0', NULL}};
static const struct replacement for_label[] = {{'\\', "\\\\"}, {'"', "\\\""}, {'\0', NULL}};

static const char *replace(const struct replacement *table, char sign)
{
    while (table->text != NULL && table->sign != sign)
        table++;
    return table->text;
}

static void append_escaped(const char *raw, const struct replacement *table, struct dlb_text *text)
{
    struct dlb_text clean = {0};
    dlb_report_clean(raw, true, &clean);
    for (const char *c = clean.data != NULL ? clean.data : ""; *c != '\0'; c++) {
        const char *other = replace(table, *c);
        if (other != NULL)
            dlb_text_append(text, other);
        else
            dlb_text_append_bytes(text, c, 1);
    }
    text->failed = text->failed || clean.failed;
    dlb_text_free(&clean);
}

/* In place: both characters have three bytes in UTF-8, EF BF BE and EF BF BF. */
static void without_noncharacters(char *text)
{
    for (char *c = strstr(text, "\xEF\xBF"); c != NULL; c = strstr(c + 1, "\xEF\xBF"))
        if (c[2] == '\xBE' || c[2] == '\xBF')
            c[0] = c[1] = c[2] = '?';
}

void dlb_escape_xml(const char *raw, struct dlb_text *text)
{
    const size_t before = text->size;
    append_escaped(raw, for_xml, text);
    if (!text->failed && text->size > before)
        without_noncharacters(text->data + before);
}

void dlb_escape_markdown(const char *raw, size_t most, struct dlb_text *text)
{
    struct dlb_text clean = {0};
    dlb_report_clean(raw, true, &clean);
    char *cut = clean.data != NULL ? malloc(most + 1) : NULL;
    dlb_text_append(text, "<code>");
    if (cut != NULL) {
        for (const char *c = dlb_text_shorten(cut, most + 1, clean.data); *c != '\0'; c++) {
            const unsigned char sign = (unsigned char)*c;
            const bool plain = sign >= 0x80 || (sign >= 'a' && sign <= 'z') ||
                               (sign >= 'A' && sign <= 'Z') || (sign >= '0' && sign <= '9') ||
                               strchr(" .,/=-%?", *c) != NULL;
            if (plain)
                dlb_text_append_bytes(text, c, 1);
            else
                dlb_text_format(text, "&#%d;", sign);
        }
    }
    dlb_text_append(text, "</code>");
    text->failed = text->failed || clean.failed || (cut == NULL && clean.data != NULL);
    free(cut);
    dlb_text_free(&clean);
}

void dlb_escape_command(const char *raw, struct dlb_text *text)
{
    append_escaped(raw, for_command, text);
}

void dlb_escape_property(const char *raw, struct dlb_text *text)
{
    append_escaped(raw, for_property, text);
}

void dlb_escape_uri(const char *raw, struct dlb_text *text)
{
    struct dlb_text clean = {0};
    dlb_report_clean(raw, true, &clean);
    for (const char *c = clean.data != NULL ? clean.data : ""; *c != '\0'; c++) {
        const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                           (*c >= '0' && *c <= '9') || strchr("/._-~", *c) != NULL;
        if (plain)
            dlb_text_append_bytes(text, c, 1);
        else
            dlb_text_format(text, "%%%02X", (unsigned char)*c);
    }
    text->failed = text->failed || clean.failed;
    dlb_text_free(&clean);
}

void dlb_escape_label(const char *raw, struct dlb_text *text)
{
    append_escaped(raw, for_label, text);
}

json_t *dlb_escape_json(const char *raw)
{
    struct dlb_text clean = {0};
    dlb_report_clean(raw, true, &clean);
    json_t *json = clean.failed ? NULL : json_string(clean.data != NULL ? clean.data : "");
    dlb_text_free(&clean);
    return json;
}
