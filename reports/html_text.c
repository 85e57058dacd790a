/* html_text.c: text, cells and tables of a page. What may stand in them unchanged is decided here alone. */
#include "reports/html_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/check_escape.h"

/* Signs that need no second look; most texts have no others. */
static bool is_plain(const char *raw)
{
    for (; *raw != '\0'; raw++)
        if (*raw < 0x20 || *raw > 0x7e || *raw == '<' || *raw == '>' || *raw == '&' ||
            *raw == '"' || *raw == '\'')
            return false;
    return true;
}

void dlb_html_text(const char *raw, struct dlb_text *out)
{
    if (is_plain(raw))
        dlb_text_append(out, raw);
    else
        dlb_escape_xml(raw, out);
}

void dlb_html_name(const char *raw, struct dlb_text *out)
{
    if (is_plain(raw)) {
        dlb_text_append(out, raw);
        return;
    }
    dlb_text_append(out, "<bdi>");
    dlb_escape_xml(raw, out);
    dlb_text_append(out, "</bdi>");
}

void dlb_html_element(const char *tag, const char *raw, struct dlb_text *out)
{
    if (raw[0] == '\0')
        return;
    dlb_text_format(out, "<%s>", tag);
    dlb_html_text(raw, out);
    dlb_text_format(out, "</%.*s>\n", (int)strcspn(tag, " "), tag);
}

void dlb_html_sentence(const char *tag, struct dlb_text *raw, struct dlb_text *out)
{
    dlb_html_element(tag, raw->data != NULL ? raw->data : "", out);
    out->failed = out->failed || raw->failed;
    dlb_text_clear(raw);
}

/* Flush right by rules for the columns, so that no cell needs a class. */
static void add_alignment(const char *id, const struct dlb_html_column *columns, int count,
                          struct dlb_text *out)
{
    const char *between = "";
    bool any = false;
    for (int i = 0; i < count; i++)
        any = any || columns[i].number;
    if (!any)
        return;
    dlb_text_append(out, "<style>");
    for (int i = 0; i < count; i++)
        if (columns[i].number) {
            dlb_text_format(out, "%s#%s td:nth-child(%d),#%s th:nth-child(%d)", between, id, i + 1,
                            id, i + 1);
            between = ",";
        }
    dlb_text_append(out, "{text-align:right}</style>\n");
}

void dlb_html_table(const char *id, const char *caption, const struct dlb_html_column *columns,
                    int count, struct dlb_text *out)
{
    add_alignment(id, columns, count, out);
    dlb_text_append(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    dlb_html_text(caption, out);
    dlb_text_format(out, "\"><table id=\"%s\" class=\"sortable\"><caption>", id);
    dlb_html_text(caption, out);
    dlb_text_append(out, "</caption><thead><tr>");
    for (int i = 0; i < count; i++) {
        dlb_text_append(out, "<th scope=\"col\"");
        if (columns[i].help[0] != '\0') {
            dlb_text_append(out, " title=\"");
            dlb_html_text(columns[i].help, out);
            dlb_text_append(out, "\"");
        }
        dlb_text_append(out, ">");
        dlb_html_text(columns[i].heading, out);
        dlb_text_append(out, "</th>");
    }
    dlb_text_append(out, "</tr></thead><tbody>\n");
}

void dlb_html_table_end(struct dlb_text *out)
{
    dlb_text_append(out, "</tbody></table></div>\n");
}

void dlb_html_cell(const char *raw, struct dlb_text *out)
{
    dlb_text_append(out, "<td>");
    dlb_html_text(raw, out);
    dlb_text_append(out, "</td>");
}

void dlb_html_cell_name(const char *raw, struct dlb_text *out)
{
    dlb_text_append(out, "<td>");
    dlb_html_name(raw, out);
    dlb_text_append(out, "</td>");
}

void dlb_html_cell_value(double value, const char *raw, struct dlb_text *out)
{
    if (isfinite(value))
        dlb_text_format(out, "<td data-v=\"%.6g\">", value);
    else
        dlb_text_append(out, "<td>");
    dlb_html_text(raw, out);
    dlb_text_append(out, "</td>");
}

void dlb_html_fact(const char *name, const char *raw, struct dlb_text *out)
{
    if (raw[0] == '\0')
        return;
    dlb_text_append(out, "<tr><th scope=\"row\">");
    dlb_html_text(name, out);
    dlb_text_append(out, "</th><td>");
    dlb_html_name(raw, out);
    dlb_text_append(out, "</td></tr>\n");
}

bool dlb_html_json(const json_t *json, struct dlb_text *out)
{
    char *text = json != NULL ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    if (text == NULL)
        return false;
    for (const char *from = text; *from != '\0';) {
        const size_t length = strcspn(from, "<");
        dlb_text_append_bytes(out, from, length);
        from += length;
        if (*from == '<') {
            dlb_text_append(out, "\\u003c");
            from++;
        }
    }
    free(text);
    return !out->failed;
}
