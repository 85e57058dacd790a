/* html_svg.c: a picture of gnuplot's made part of a page.
 *
 * Ids are unique in a page, and gnuplot gives the same ones to the marks of every picture: each gets the picture's prefix, in attributes id, href and
 * url(#...), in place of the name that the plot put there. Empty groups, which gnuplot is rich in, are dropped. A page must not do what a picture says: one that holds more than shapes and text is refused. */
#include <string.h>

#include "reports/html_text.h"

/* The start of the root element, behind the XML prolog; NULL: there is none. */
static const char *find_root(const char *svg)
{
    const char *at = strstr(svg, "<svg");
    return at != NULL && strchr(" \t\r\n>", at[4]) != NULL && at[4] != '\0' ? at : NULL;
}

static bool begins(const char *at, const char *word)
{
    return strncmp(at, word, strlen(word)) == 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Past the '>' of a tag; quotes may hold one. NULL: it does not end. */
static const char *end_of_tag(const char *at)
{
    char quote = '\0';
    for (; *at != '\0'; at++) {
        if (quote != '\0')
            quote = *at == quote ? '\0' : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (*at == '>')
            return at + 1;
    }
    return NULL;
}

/* Length of the name of an attribute, '=' and the opening quote; 0: none begins here. */
static size_t attribute(const char *at, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(at, name, length) == 0 && at[length] == '=' &&
                   (at[length + 1] == '"' || at[length + 1] == '\'')
               ? length + 2
               : 0;
}

/* Names of elements that a drawing needs. */
static bool is_allowed_element(const char *at)
{
    static const char *const names[] = {
        "svg",     "g",        "defs",        "path",    "circle",   "rect",           "line",
        "text",    "tspan",    "use",         "polygon", "polyline", "title",          "desc",
        "pattern", "clipPath", "ellipse",     "stop",    "symbol",   "linearGradient", "mask",
        "filter",  "feFlood",  "feComposite", NULL};
    const size_t length = strcspn(at, " \t\r\n/>");
    for (int i = 0; names[i] != NULL; i++)
        if (strlen(names[i]) == length && strncmp(at, names[i], length) == 0)
            return true;
    return false;
}

/* No handlers, and no reference that leaves the picture. */
static bool is_safe_tag(const char *tag, const char *end)
{
    const char *name = tag[1] == '/' ? tag + 2 : tag + 1;
    if (!is_allowed_element(name))
        return false;
    char quote = '\0';
    for (const char *at = name; at < end; at++) {
        if (quote != '\0') {
            if (begins(at, "url(") && !begins(at, "url(#"))
                return false;
            quote = *at == quote ? '\0' : quote;
            continue;
        }
        quote = *at == '"' || *at == '\'' ? *at : '\0';
        if (!is_blank(*at))
            continue;
        if ((at[1] == 'o' || at[1] == 'O') && (at[2] == 'n' || at[2] == 'N'))
            return false;
        size_t length = attribute(at + 1, "href");
        length = length > 0 ? length : attribute(at + 1, "xlink:href");
        if (length > 0 && at[1 + length] != '#')
            return false;
    }
    return true;
}

/* What ids begin with in the picture, and in the page. */
struct prefixes {
    const char *old, *new;
};

/* A tag with the prefix before each id and each reference to one. */
static void add_tag(const char *tag, const char *end, const struct prefixes *prefixes,
                    struct dlb_text *out)
{
    for (const char *at = tag; at < end;) {
        size_t length = 0;
        if (begins(at, "url(#"))
            length = 5;
        else if (is_blank(*at) && attribute(at + 1, "id") > 0)
            length = 1 + attribute(at + 1, "id");
        else if (is_blank(*at) && attribute(at + 1, "href") > 0)
            length = 1 + attribute(at + 1, "href") + 1;
        else if (is_blank(*at) && attribute(at + 1, "xlink:href") > 0)
            length = 1 + attribute(at + 1, "xlink:href") + 1;
        if (length == 0) {
            dlb_text_append_bytes(out, at++, 1);
            continue;
        }
        dlb_text_append_bytes(out, at, length);
        dlb_text_append(out, prefixes->new);
        at += length;
        at += begins(at, prefixes->old) ? strlen(prefixes->old) : 0;
    }
}

static void add_words(const char *prefix, const char *title, const char *description,
                      struct dlb_text *out)
{
    dlb_text_format(out, "<title id=\"%st\">", prefix);
    dlb_html_text(title, out);
    dlb_text_format(out, "</title><desc id=\"%sd\">", prefix);
    dlb_html_text(description, out);
    dlb_text_append(out, "</desc>");
}

/* "<svg role=... aria-labelledby=..." and what the root had. */
static void add_root(const char *root, const char *end, const struct prefixes *prefixes,
                     struct dlb_text *out)
{
    dlb_text_format(out, "<svg role=\"img\" aria-labelledby=\"%st %sd\"", prefixes->new,
                    prefixes->new);
    add_tag(root + strlen("<svg"), end, prefixes, out);
}

/* Gnuplot's own title and description are of no use to a reader. */
static const char *skip_words(const char *at)
{
    static const char *const ends[][2] = {{"<title", "</title>"}, {"<desc", "</desc>"}};
    for (int i = 0; i < 2; i++)
        if (begins(at, ends[i][0])) {
            const char *end = strstr(at, ends[i][1]);
            return end != NULL ? end + strlen(ends[i][1]) : NULL;
        }
    return NULL;
}

/* Past a group that holds nothing; NULL: there is none here. */
static const char *skip_empty_group(const char *at)
{
    if (!begins(at, "<g") || (!is_blank(at[2]) && at[2] != '>'))
        return NULL;
    const char *inside = end_of_tag(at);
    if (inside == NULL || inside[-2] == '/')
        return NULL;
    inside += strspn(inside, " \t\r\n");
    return begins(inside, "</g>") ? inside + strlen("</g>") : NULL;
}

/* Text between tags; what is only there to make lines is one line break. */
static void add_text(const char *at, const char *end, struct dlb_text *out)
{
    const bool blank = strspn(at, " \t\r\n") == (size_t)(end - at);
    if (blank && memchr(at, '\n', (size_t)(end - at)) != NULL)
        dlb_text_append(out, out->data[out->size - 1] == '\n' ? "" : "\n");
    else
        dlb_text_append_bytes(out, at, (size_t)(end - at));
}

bool dlb_html_svg(const struct dlb_text *svg, const struct dlb_html_picture *picture,
                  struct dlb_text *out)
{
    const struct prefixes prefixes = {picture->old_prefix, picture->prefix};
    const char *root = svg->data != NULL ? find_root(svg->data) : NULL;
    const char *end = root != NULL ? end_of_tag(root) : NULL;
    struct dlb_text made = {0};
    bool ok = end != NULL && end[-2] != '/' && is_safe_tag(root, end);
    if (ok) {
        add_root(root, end, &prefixes, &made);
        add_words(prefixes.new, picture->title, picture->description, &made);
    }
    for (const char *at = end; ok && *at != '\0';) {
        const char *words = skip_words(at);
        words = words != NULL ? words : skip_empty_group(at);
        const char *after = *at == '<' ? end_of_tag(at) : at + strcspn(at, "<");
        if (words != NULL) {
            at = words;
            continue;
        }
        if (*at != '<')
            add_text(at, after, &made);
        else if (begins(at, "<!--") && strstr(at, "-->") != NULL)
            after = strstr(at, "-->") + 3;
        else if (after == NULL || !is_safe_tag(at, after))
            ok = false;
        else
            add_tag(at, after, &prefixes, &made);
        at = after;
    }
    ok = ok && !made.failed && made.size > 6 && strstr(made.data, "</svg>") != NULL &&
         strlen(made.data) == made.size && dlb_text_is_utf8(made.data);
    if (ok)
        dlb_text_append_bytes(out, made.data, made.size);
    dlb_text_free(&made);
    return ok;
}
