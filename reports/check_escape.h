/* check_escape.h: texts from outside, made fit for XML, Markdown, workflow commands, URIs, label values and JSON. For the files of this folder.
 *
 * All of them first lose what dlb_report_clean takes away: control characters (line breaks, too), marks of direction and bytes that
 * are no UTF-8 become '?'. */
#ifndef DLB_CHECK_ESCAPE_H
#define DLB_CHECK_ESCAPE_H

#include <jansson.h>
#include <stdio.h>

#include "bench/base/text.h"

/* Element content and attribute values in either quotes (XML 1.0, 2.4); U+FFFE and U+FFFF, which XML cannot hold, become '?'. */
void dlb_escape_xml(const char *raw, struct dlb_text *text);

/* "<code>...</code>" with every sign that Markdown or HTML knows as a character reference: inside code GitHub and GitLab see no
 * mentions, no issue numbers, no formulas and no emoji codes. Longer texts than `most` bytes end in "...". */
void dlb_escape_markdown(const char *raw, size_t most, struct dlb_text *text);

/* The message and the properties of a workflow command: as the runner takes it back, "%25" for '%' and so on. A writer that wants a
 * line break in a message puts "%0A" between two such texts. */
void dlb_escape_command(const char *raw, struct dlb_text *text);
void dlb_escape_property(const char *raw, struct dlb_text *text);

/* A relative path as a URI reference (RFC 3986): all but unreserved characters and '/' becomes "%20" and so on, a byte each. */
void dlb_escape_uri(const char *raw, struct dlb_text *text);

/* A label value of OpenMetrics, without the quotes. */
void dlb_escape_label(const char *raw, struct dlb_text *text);

/* A JSON string; NULL without memory. */
json_t *dlb_escape_json(const char *raw);

#endif
