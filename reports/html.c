/* html.c: one page that tells everything about a result: no network, readable on a phone and in print, complete without scripts.
 *
 * The answer comes first, then what speaks against it, then the figures, then how they were taken. A page stays below DLB_PAGE_BYTES, so that any browser
 * opens it and a mail carries it. What gives way, in this order: samples, the processes of each case, the embedded document, pictures, rows; the page
 * says so each time, and where the whole is. Sections are in html_NAME.c; style and script in html.css and html.js, which scripts/embed makes texts of. */
#include <stdio.h>
#include <string.h>

#include "bench/store/result_join.h"
#include "reports/html_page.h"
#include "reports/report_sentences.h"
#include "reports/report_writers.h"

/* Made from html.css and html.js. */
extern const char dlb_html_style_text[];
extern const char dlb_html_script_text[];

#define END_BYTES  30000   /* method, words, end */
#define DATA_BYTES 1500000 /* the embedded document, where there is room */

/* ---- what sections share ---- */

int dlb_page_index(const struct dlb_page *page, const struct dlb_record *record)
{
    return (int)(record - page->result->records);
}

const char *dlb_page_file(const struct dlb_page *page)
{
    if (dlb_result_files(page->result) != NULL)
        return "the files that it was made from";
    return page->options->file != NULL ? page->options->file : "the result file";
}

void dlb_page_section(struct dlb_page *page, const char *id, const char *title)
{
    dlb_text_format(&page->out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void dlb_page_section_end(struct dlb_page *page)
{
    dlb_text_append(&page->out, "</section>\n");
}

void dlb_page_take_back(struct dlb_page *page, size_t size)
{
    if (page->out.failed || page->out.data == NULL)
        return;
    page->out.size = size;
    page->out.data[size] = '\0';
}

bool dlb_page_is_contest(const struct dlb_ranking *ranking)
{
    for (int i = 0; i < ranking->group_count; i++)
        if (ranking->groups[i].ranked > 1)
            return true;
    return false;
}

void dlb_page_times(double ratio, struct dlb_text *text)
{
    const int decimals = ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0;
    dlb_text_format(text, "%.*f\xC3\x97", decimals, ratio);
}

void dlb_page_class(const struct dlb_page *page, const struct dlb_class *class,
                    struct dlb_text *text)
{
    dlb_text_append(text, class->dtype[0] != '\0' ? class->dtype : "no type");
    if (page->common.mode == NULL && class->mode[0] != '\0')
        dlb_text_format(text, ", %s", class->mode);
    if (page->common.cache_state == NULL && class->cache_state[0] != '\0')
        dlb_text_format(text, ", %s", class->cache_state);
    if (page->common.data == NULL && class->data[0] != '\0')
        dlb_text_format(text, ", %s", class->data);
    if (class->threads > 0)
        dlb_text_format(text, ", %d thread%s", class->threads, class->threads > 1 ? "s" : "");
}

/* ---- pictures ---- */

static void add_missing(struct dlb_page *page, const struct dlb_picture *picture,
                        const char *reason)
{
    struct dlb_text text = {0};
    dlb_text_format(&text, "The picture \"%s\" is left out: %s; dlbench plot %s draws it alone.",
                    picture->plot->title, reason, picture->kind);
    dlb_html_sentence("p class=\"note\"", &text, &page->out);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

static void add_figure(struct dlb_page *page, const struct dlb_picture *picture)
{
    const struct dlb_plot *plot = picture->plot;
    const size_t before = page->out.size;
    char prefix[24], old[sizeof plot->name + 1];
    const struct dlb_html_picture how = {.prefix = prefix,
                                         .old_prefix = old,
                                         .title = plot->title,
                                         .description =
                                             plot->alt.data != NULL ? plot->alt.data : plot->title};
    snprintf(prefix, sizeof prefix, "p%d-", page->picture_count);
    snprintf(old, sizeof old, "%s-", plot->name);
    /* On a phone a picture keeps a size whose letters can be read, and is moved aside. */
    dlb_text_append(&page->out, "<figure><div class=\"scroll\" tabindex=\"0\">");
    const size_t begun = page->out.size;
    if (!dlb_html_svg(&picture->svg, &how, &page->out)) {
        dlb_page_take_back(page, before);
        add_missing(page, picture, "what gnuplot drew is not fit for a page");
        return;
    }
    page->picture_count++;
    page->picture_bytes += page->out.size - begun;
    dlb_text_append(&page->out, "</div><figcaption>");
    /* The picture tells its title and its caption itself; here stands what those read who cannot make out the letters. */
    dlb_html_text(plot->alt.data != NULL ? plot->alt.data : "", &page->out);
    dlb_text_append(&page->out, "</figcaption></figure>\n");
}

void dlb_page_pictures(struct dlb_page *page, const char *kind)
{
    for (int i = 0; i < page->pictures->count; i++) {
        const struct dlb_picture *picture = &page->pictures->items[i];
        if (strcmp(picture->kind, kind) != 0)
            continue;
        if (picture->svg.size == 0)
            add_missing(page, picture, picture->reason);
        else if (page->picture_bytes + picture->svg.size > DLB_PICTURE_BYTES)
            add_missing(page, picture, "the page would be too large");
        else
            add_figure(page, picture);
    }
}

/* ---- head and end ---- */

static void add_title(const struct dlb_page *page, struct dlb_text *text)
{
    const struct dlb_result *result = page->result;
    if (page->options->title != NULL) {
        dlb_text_append(text, page->options->title);
        return;
    }
    dlb_text_append(text, result->check != NULL ? "dlbench check" : "dlbench");
    if (result->suite[0] != '\0')
        dlb_text_format(text, ", suite %s", result->suite);
    const char *processor = dlb_report_member(result->host, "cpu_model");
    if (processor[0] != '\0')
        dlb_text_format(text, " on %s", processor);
}

/* "dlbench 0.1.0 (d1c9899), 2026-11-23T06:25:01Z, took 108 s" */
static void add_byline(struct dlb_page *page)
{
    const struct dlb_result *result = page->result;
    const char *git = dlb_report_member(result->tool, "git");
    struct dlb_text text = {0};
    dlb_text_format(&text, "dlbench %s", dlb_report_member(result->tool, "version"));
    if (git[0] != '\0')
        dlb_text_format(&text, " (%s)", git);
    dlb_text_format(&text, ", %s", result->created_utc);
    if (result->duration_s > 0) {
        char duration[32];
        dlb_format_time(duration, sizeof duration, 1e9 * result->duration_s);
        dlb_text_format(&text, ", took %s", duration);
    }
    dlb_html_sentence("p class=\"byline\"", &text, &page->out);
    page->out.failed = page->out.failed || text.failed;
    dlb_text_free(&text);
}

static void add_head(struct dlb_page *page)
{
    struct dlb_text title = {0};
    add_title(page, &title);
    const char *words = title.data != NULL ? title.data : "dlbench";
    dlb_text_append(&page->out,
                    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n");
    dlb_html_element("title", words, &page->out);
    dlb_text_append(&page->out, "<style>\n");
    dlb_text_append(&page->out, dlb_html_style_text);
    dlb_text_append(&page->out, "</style>\n</head>\n<body>\n<header>\n");
    dlb_html_element("h1", words, &page->out);
    add_byline(page);
    dlb_text_append(&page->out, "</header>\n<main>\n");
    page->out.failed = page->out.failed || title.failed;
    dlb_text_free(&title);
}

/* Links to the sections that were written: found in the page itself, so that none leads nowhere. */
static void add_contents(const struct dlb_text *body, struct dlb_text *out)
{
    static const char begin[] = "<section id=\"";
    dlb_text_append(out, "<nav aria-label=\"Contents\"><ul>\n");
    for (const char *at = body->data; at != NULL && (at = strstr(at, begin)) != NULL;) {
        const char *id = at + strlen(begin);
        const char *title = strstr(id, "<h2>");
        const char *end = title != NULL ? strstr(title, "</h2>") : NULL;
        at = id;
        if (end != NULL)
            dlb_text_format(out, "<li><a href=\"#%.*s\">%.*s</a></li>\n", (int)strcspn(id, "\""),
                            id, (int)(end - title - 4), title + 4);
    }
    dlb_text_append(out, "</ul></nav>\n");
}

static void add_end(struct dlb_page *page)
{
    dlb_text_append(&page->out, "</main>\n<footer><p>Made by dlbench.</p></footer>\n<script>\n");
    dlb_text_append(&page->out, dlb_html_script_text);
    dlb_text_append(&page->out, "</script>\n</body>\n</html>\n");
}

/* ---- the page ---- */

static size_t room_left(const struct dlb_page *page)
{
    const size_t used = page->out.size + END_BYTES;
    return used < DLB_PAGE_BYTES ? DLB_PAGE_BYTES - used : 0;
}

/* The sections that lead to a block for each case, or, without such blocks, do not. */
static void add_figures(struct dlb_page *page)
{
    page->picture_count = 0;
    page->picture_bytes = 0;
    dlb_page_answer(page);
    dlb_page_warnings(page);
    dlb_page_check(page);
    dlb_page_ranking(page);
    dlb_page_roofs(page);
    dlb_page_cases(page);
    dlb_page_energy(page);
    dlb_page_counters(page);
    dlb_page_environment(page);
    dlb_page_samples(page);
}

/* A guess of what the blocks take, so that a large page is not written four times. */
static enum dlb_html_detail guess_detail(const struct dlb_page *page)
{
    double processes = 0;
    double samples = 0;
    for (int i = 0; i < page->ranking.row_count; i++) {
        const struct dlb_record *record = page->ranking.rows[i].record;
        processes += record->invocation_count;
        for (int j = 0; j < record->invocation_count; j++)
            samples +=
                record->invocations[j].samples_ns != NULL ? (double)record->invocations[j].n : 0;
    }
    const double rows = page->ranking.row_count;
    const double blocks = 2000 * rows + 250 * processes; /* bytes, seen in pages */
    if (blocks > 0.6 * DLB_PAGE_BYTES)
        return DLB_DETAIL_NONE;
    return blocks + 8 * samples < 0.3 * DLB_PAGE_BYTES ? DLB_DETAIL_ALL : DLB_DETAIL_SOME;
}

static void add_body(struct dlb_page *page)
{
    for (page->detail = guess_detail(page);; page->detail--) {
        dlb_page_take_back(page, 0);
        add_figures(page);
        if (page->detail == DLB_DETAIL_NONE || room_left(page) > DATA_BYTES / 3)
            break;
    }
    dlb_page_method(page);
    const size_t room = room_left(page);
    dlb_page_data(page, room < DATA_BYTES ? room : DATA_BYTES);
}

/* Head, contents and end around a body that is written first, as the contents are read from it. */
static enum dlb_status write_page(struct dlb_page *page, FILE *stream, struct dlb_why *why)
{
    add_body(page);
    struct dlb_text body = page->out;
    page->out = (struct dlb_text){0};
    add_head(page);
    add_contents(&body, &page->out);
    if (body.data != NULL)
        dlb_text_append_bytes(&page->out, body.data, body.size);
    page->out.failed = page->out.failed || body.failed;
    dlb_text_free(&body);
    add_end(page);
    return dlb_report_send(&page->out, stream, why);
}

enum dlb_status dlb_report_html(const struct dlb_result *result,
                                const struct dlb_report_options *options, FILE *stream,
                                struct dlb_why *why)
{
    struct dlb_page page = {.result = result, .options = options, .pictures = options->pictures};
    struct dlb_pictures own = {0};
    enum dlb_status status = DLB_OK;
    if (page.pictures == NULL) {
        status = dlb_pictures_make(result, &own, why);
        page.pictures = &own;
    }
    if (status == DLB_OK) {
        status = dlb_ranking_make(result, &page.ranking);
        if (status != DLB_OK)
            dlb_fail(why, status, "no memory for the report");
    }
    if (status == DLB_OK) {
        page.common = dlb_report_common(result, &page.ranking);
        status = write_page(&page, stream, why);
        dlb_ranking_free(&page.ranking);
    }
    dlb_pictures_free(&own);
    return status;
}
