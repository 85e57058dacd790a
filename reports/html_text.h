/* html_text.h: pieces of a page: escaped text, cells, tables, embedded JSON, pictures. For the html_*.c of this folder.
 *
 * What is given as `raw` may come from anywhere: it loses what dlb_report_clean takes away and is escaped. */
#ifndef DLB_HTML_TEXT_H
#define DLB_HTML_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "bench/base/text.h"

/* Fit for element content and for attribute values in quotes. */
void dlb_html_text(const char *raw, struct dlb_text *out);
/* The same with the right-to-left letters of a name kept from turning what stands around it. */
void dlb_html_name(const char *raw, struct dlb_text *out);
/* <TAG>raw</TAG>; nothing for an empty text. `tag` may hold attributes: "p class=lead". */
void dlb_html_element(const char *tag, const char *raw, struct dlb_text *out);
/* The same with what a sentence writer made, which is cleared for the next one. */
void dlb_html_sentence(const char *tag, struct dlb_text *raw, struct dlb_text *out);

struct dlb_html_column {
    const char *heading;
    const char *help; /* shown when pointed at; "" none */
    bool number;      /* flush right */
};
/* Begins a table that scrolls by itself where it is wider than the screen; its headings sort when scripts run. */
void dlb_html_table(const char *id, const char *caption, const struct dlb_html_column *columns,
                    int count, struct dlb_text *out);
void dlb_html_table_end(struct dlb_text *out);
void dlb_html_cell(const char *raw, struct dlb_text *out);
void dlb_html_cell_name(const char *raw, struct dlb_text *out);
/* A cell that sorts by `value`, not by its text; NaN: by its text. */
void dlb_html_cell_value(double value, const char *raw, struct dlb_text *out);
/* A row of a name and a text; nothing where the text is empty. */
void dlb_html_fact(const char *name, const char *raw, struct dlb_text *out);

/* The document with '<' as \u003c, so that nothing in it ends the script element that holds it (HTML, "Restrictions for contents of script elements").
 * False without memory. */
bool dlb_html_json(const json_t *json, struct dlb_text *out);

/* A picture inside of a page: without the prolog, with ids of its own, its title and description put in. */
struct dlb_html_picture {
    const char *prefix;     /* of its ids in the page */
    const char *old_prefix; /* what they begin with already; "" nothing */
    const char *title, *description;
};
/* False, and nothing is written, for what is no plain SVG: scripts, handlers, foreign content, references that leave the picture. */
bool dlb_html_svg(const struct dlb_text *svg, const struct dlb_html_picture *picture,
                  struct dlb_text *out);

#endif
