/* render.c: puts terminal, title and caption in front of a script, and runs it.
 *
 * What gnuplot there is is in gnuplot_find.c, running it in gnuplot.c. All text is literal: every terminal is set to "noenhanced". */
#include "reports/plots/render.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "reports/plots/gnuplot.h"
#include "reports/plots/plot_frame.h"

#define LETTER_PIXELS  7.0 /* width of a letter and height of a line of the font below */
#define LINE_PIXELS    17
#define CAPTION_PIXELS 5.7 /* width of a letter of the caption */
#define MOST_LINES     7   /* of a caption in a picture */

static const struct {
    const char *name, *extension;
} formats[DLB_PLOT_FORMATS] = {
    [DLB_PLOT_SVG] = {"SVG", "svg"},
    [DLB_PLOT_PNG] = {"PNG", "png"},
    [DLB_PLOT_PDF] = {"PDF", "pdf"},
    [DLB_PLOT_TERMINAL] = {"text", "txt"},
};

const char *dlb_plot_format_extension(enum dlb_plot_format format)
{
    return formats[format].extension;
}

static enum dlb_status check_terminal(const struct dlb_gnuplot *gnuplot,
                                      enum dlb_plot_format format, struct dlb_why *why)
{
    const bool can[DLB_PLOT_FORMATS] = {[DLB_PLOT_SVG] = gnuplot->svg,
                                        [DLB_PLOT_PNG] = gnuplot->png,
                                        [DLB_PLOT_PDF] = gnuplot->pdf,
                                        [DLB_PLOT_TERMINAL] = true};
    if (!gnuplot->found)
        return dlb_fail(why, DLB_UNAVAILABLE, "%s", gnuplot->reason);
    if (!can[format])
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "%s (gnuplot %s) was built without %s: install gnuplot-nox, or choose "
                        "another format",
                        gnuplot->path, gnuplot->version, formats[format].name);
    const bool cairo = format == DLB_PLOT_PDF || (format == DLB_PLOT_PNG && gnuplot->cairo);
    if (cairo && !dlb_gnuplot_has_fonts())
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "there is no font to write a %s with: install fonts-dejavu-core, or choose "
                        "SVG",
                        formats[format].name);
    return DLB_OK;
}

/* ---- what stands in front of a script ---- */

/* Lines of at most `columns` columns, broken at blanks; returns how many. */
static int wrap(const struct dlb_text *text, int columns, struct dlb_text *lines)
{
    const char *at = text->data != NULL ? text->data : "";
    int count = 0;
    int used = 0;
    while (*at != '\0') {
        const size_t length = strcspn(at, " ");
        char word[512];
        snprintf(word, sizeof word, "%.*s", length < 511 ? (int)length : 511, at);
        const int width = dlb_plot_width(word, 0);
        if (count == 0 || used + 1 + width > columns) {
            dlb_text_append(lines, count > 0 ? "\n" : "");
            count++;
            used = 0;
        } else {
            dlb_text_append(lines, " ");
            used++;
        }
        dlb_text_append(lines, word);
        used += width;
        at += length + strspn(at + length, " ");
    }
    return count;
}

static void write_caption(const struct dlb_text *lines, int count, double line_height, double font,
                          struct dlb_text *script)
{
    const char *at = lines->data != NULL ? lines->data : "";
    for (int i = 0; i < count && *at != '\0'; i++) {
        const size_t length = strcspn(at, "\n");
        struct dlb_text line = {0};
        dlb_text_append_bytes(&line, at, length);
        if (i == MOST_LINES - 1 && at[length] == '\n')
            dlb_text_append(&line, " ...");
        dlb_text_format(script, "set label %d ", 7001 + i);
        dlb_plot_quote(script, line.data != NULL ? line.data : "", 0);
        dlb_text_format(script,
                        " at screen 0.012, screen %.5f left front font ',%.1f' textcolor "
                        "rgb '#555555'\n",
                        line_height * (count - i - 0.2), font);
        dlb_text_free(&line);
        at += length + (at[length] == '\n');
    }
}

/* Title above, caption below; the variables of plot_frame.h. Cairo counts letters in points of 4/3 pixels. */
static void write_frame(const struct dlb_plot *plot, enum dlb_plot_format format, int height,
                        struct dlb_text *script)
{
    const double font = format == DLB_PLOT_SVG ? 1 : 0.7;
    struct dlb_text lines = {0};
    int count = wrap(&plot->caption, (int)(plot->width / CAPTION_PIXELS) - 4, &lines);
    count = count > MOST_LINES ? MOST_LINES : count;
    const double line = 15.0 / height;
    const double top = 2.0 * LINE_PIXELS / height;
    const double bottom = line * (count + 0.5);
    dlb_text_append(script, "set label 7000 ");
    dlb_plot_quote(script, plot->title, (int)(plot->width / (LETTER_PIXELS * 1.25)));
    dlb_text_format(script, " at screen 0.012, screen %.5f left front font ',%.1f'\n",
                    1 - 1.1 * LINE_PIXELS / height, 16 * font);
    write_caption(&lines, count, line, 10 * font, script);
    dlb_text_format(script, "letters = 0\narea_y = %.5f\narea_h = %.5f\ncw = %.6f\nch = %.6f\n",
                    bottom, 1 - top - bottom, LETTER_PIXELS / plot->width,
                    (double)LINE_PIXELS / height);
    if (lines.failed)
        script->failed = true;
    dlb_text_free(&lines);
}

/* Pixels of a picture: the panels', and what title and caption take. */
static int full_height(const struct dlb_plot *plot)
{
    struct dlb_text lines = {0};
    int count = wrap(&plot->caption, (int)(plot->width / CAPTION_PIXELS) - 4, &lines);
    count = count > MOST_LINES ? MOST_LINES : count;
    dlb_text_free(&lines);
    return plot->height + 2 * LINE_PIXELS + 15 * count + 8;
}

/* gnuplot takes letters, digits and '_' for the name of an SVG, and ends with an error at any other. */
static void svg_name(const struct dlb_plot *plot, char name[sizeof plot->name])
{
    size_t i = 0;
    for (; plot->name[i] != '\0'; i++)
        name[i] = plot->name[i] == '-' || plot->name[i] == '.' ? '_' : plot->name[i];
    name[i] = '\0';
}

static void write_terminal(const struct dlb_plot *plot, enum dlb_plot_format format, int height,
                           struct dlb_text *script)
{
    char name[sizeof plot->name];
    switch (format) {
    case DLB_PLOT_SVG:
        svg_name(plot, name);
        dlb_text_format(script,
                        "set terminal svg noenhanced dynamic size %d,%d name '%s' background "
                        "'#ffffff' font 'Arial,12'\n",
                        plot->width, height, name);
        break;
    case DLB_PLOT_PNG: /* twice the pixels, for screens of today */
        if (dlb_gnuplot_find()->cairo || !dlb_gnuplot_find()->png)
            dlb_text_format(script,
                            "set terminal pngcairo noenhanced size %d,%d background '#ffffff' "
                            "fontscale 1.5 linewidth 1.5 pointscale 1.5 font 'DejaVu Sans,8.5'\n",
                            3 * plot->width / 2, 3 * height / 2);
        else
            dlb_text_format(script,
                            "set terminal png noenhanced truecolor size %d,%d background "
                            "'#ffffff'\n",
                            plot->width, height);
        break;
    case DLB_PLOT_PDF: /* 96 pixels to an inch */
        dlb_text_format(script,
                        "set terminal pdfcairo noenhanced size %.2fin,%.2fin background '#ffffff' "
                        "linewidth 0.75 pointscale 0.75 font 'DejaVu Sans,8'\n",
                        plot->width / 96.0, height / 96.0);
        break;
    default:
        break;
    }
}

/* In letters: no caption, which is printed as text; one line for the title. */
static void write_letters(const struct dlb_plot *plot, int columns, int rows,
                          struct dlb_text *script)
{
    dlb_text_format(script, "set terminal dumb noenhanced size %d,%d\n", columns, rows);
    dlb_text_append(script, "set encoding utf8\nset label 7000 ");
    dlb_plot_quote(script, plot->title, columns - 2);
    dlb_text_format(script, " at screen %.5f, screen %.5f left front\n", 1.0 / columns,
                    1 - 0.5 / rows);
    dlb_text_format(script, "letters = 1\narea_y = 0\narea_h = %.5f\ncw = %.6f\nch = %.6f\n",
                    1 - 1.0 / rows, 1.0 / columns, 1.0 / rows);
}

static void write_script(const struct dlb_plot *plot, enum dlb_plot_format format, int columns,
                         int rows, const char *output, struct dlb_text *script)
{
    if (format == DLB_PLOT_TERMINAL) {
        write_letters(plot, columns, rows, script);
    } else {
        const int height = full_height(plot);
        write_terminal(plot, format, height, script);
        dlb_text_append(script, "set encoding utf8\n");
        write_frame(plot, format, height, script);
    }
    if (output != NULL) {
        dlb_text_append(script, "set output ");
        dlb_plot_quote(script, output, 0);
        dlb_text_append(script, "\n");
    }
    dlb_text_append_bytes(script, plot->data.data != NULL ? plot->data.data : "", plot->data.size);
    dlb_text_append_bytes(script, plot->script.data != NULL ? plot->script.data : "",
                          plot->script.size);
}

enum dlb_status dlb_plot_script(const struct dlb_plot *plot, enum dlb_plot_format format,
                                const char *output, struct dlb_text *script)
{
    write_script(plot, format, DLB_PLOT_COLUMNS, dlb_plot_rows(plot), output, script);
    return script->failed ? DLB_NO_MEMORY : DLB_OK;
}

int dlb_plot_rows(const struct dlb_plot *plot)
{
    const int rows = plot->height / LINE_PIXELS + 1;
    return rows < 20 ? 20 : rows > 120 ? 120 : rows;
}

/* ---- running ---- */

/* Of its standard input gnuplot reads each letter with a call of the system, which takes longer than most pictures; of a file it does
 * not. Where there is no procfs it is called standard input. */
static const char *script_name(void)
{
    return access("/proc/self/fd", X_OK) == 0 ? "/proc/self/fd/0" : "-";
}

static enum dlb_status start(const struct dlb_plot *plot, enum dlb_plot_format format, int columns,
                             int rows, struct dlb_gnuplot_child *child, struct dlb_why *why)
{
    const char *const arguments[] = {"gnuplot", "-d", script_name(), NULL};
    const struct dlb_gnuplot *gnuplot = dlb_gnuplot_find();
    struct dlb_text script = {0};
    enum dlb_status status = check_terminal(gnuplot, format, why);
    if (status != DLB_OK)
        return status;
    write_script(plot, format, columns, rows, NULL, &script);
    if (script.failed)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the picture");
    else
        status = dlb_gnuplot_start(gnuplot->path, arguments, &script, child, why);
    dlb_text_free(&script);
    return status;
}

/* What gnuplot writes into every SVG and what must follow it there: ids stand in one page with those of other pictures ("gpPt0" becomes
 * "NAME-gpPt0"), and a font that a browser lacks has another one behind it. NULL: the name of the picture. */
static const struct {
    const char *found, *after, *added;
} amendments[] = {
    {" id='", " id='", NULL},
    {" id=\"", " id=\"", NULL},
    {"href='#", "href='#", NULL},
    {"href=\"#", "href=\"#", NULL},
    {"url(#", "url(#", NULL},
    {"font-family=\"Arial\"", "font-family=\"Arial", ",Helvetica,DejaVu Sans,sans-serif"},
};

static void amend(const char *name, struct dlb_text *image)
{
    const char *found[DLB_ARRAY_COUNT(amendments)]; /* the next of each; NULL: no more */
    struct dlb_text out = {0};
    const char *at = image->data != NULL ? image->data : "";
    for (size_t i = 0; i < DLB_ARRAY_COUNT(amendments); i++)
        found[i] = strstr(at, amendments[i].found);
    for (;;) {
        size_t next = 0;
        for (size_t i = 1; i < DLB_ARRAY_COUNT(amendments); i++)
            if (found[i] != NULL && (found[next] == NULL || found[i] < found[next]))
                next = i;
        if (found[next] == NULL)
            break;
        const char *end = found[next] + strlen(amendments[next].after);
        dlb_text_append_bytes(&out, at, (size_t)(end - at));
        if (amendments[next].added != NULL)
            dlb_text_append(&out, amendments[next].added);
        else
            dlb_text_format(&out, "%s-", name);
        at = end;
        found[next] = strstr(at, amendments[next].found);
    }
    dlb_text_append(&out, at);
    dlb_text_free(image);
    *image = out;
}

static void append_escaped(struct dlb_text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '&' || *text == '<' || *text == '>')
            dlb_text_append(out, *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : "&gt;");
        else
            dlb_text_append_bytes(out, text, 1);
    }
}

/* Browsers show titles beside the pointer. gnuplot's are the name of the picture and "$d0 using 1:2": the first becomes the title, the others go. */
static void put_title(const char *title, struct dlb_text *image)
{
    static const char begin[] = "<title>";
    static const char end[] = "</title>";
    struct dlb_text out = {0};
    const char *at = image->data != NULL ? image->data : "";
    for (const char *found = strstr(at, begin); found != NULL; found = strstr(at, begin)) {
        const char *after = strstr(found, end);
        if (after == NULL)
            break;
        dlb_text_append_bytes(&out, at, (size_t)(found - at));
        if (title != NULL) {
            dlb_text_append(&out, begin);
            append_escaped(&out, title);
            dlb_text_append(&out, end);
        }
        title = NULL;
        at = after + strlen(end);
    }
    dlb_text_append(&out, at);
    dlb_text_free(image);
    *image = out;
}

static enum dlb_status finish(const struct dlb_plot *plot, enum dlb_plot_format format,
                              struct dlb_gnuplot_child *child, int wait_status, bool timed_out,
                              struct dlb_text *image, struct dlb_why *why)
{
    struct dlb_text errors = {0};
    struct dlb_text output = {0};
    enum dlb_status status = dlb_gnuplot_collect(child, &output, &errors);
    if (status != DLB_OK)
        dlb_fail(why, status, "no memory for the picture");
    else
        status = dlb_gnuplot_judge(wait_status, timed_out, &errors, why);
    if (status == DLB_OK && output.size == 0)
        status = dlb_fail(why, DLB_FAILED, "gnuplot ended well but wrote no picture");
    if (status == DLB_OK && errors.size > 0) /* a warning: told, and the picture stays */
        (void)dlb_gnuplot_judge(1 << 8, false, &errors, why);
    dlb_text_free(&errors);
    if (status == DLB_OK && format == DLB_PLOT_SVG) {
        amend(plot->name, &output);
        put_title(plot->title, &output);
    }
    if (status == DLB_OK)
        dlb_text_append_bytes(image, output.data, output.size);
    dlb_text_free(&output);
    if (status == DLB_OK && image->failed)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the picture");
    return status;
}

enum dlb_status dlb_plot_render(const struct dlb_plot *plot, enum dlb_plot_format format,
                                int columns, int rows, struct dlb_text *image, struct dlb_why *why)
{
    struct dlb_gnuplot_child child;
    const enum dlb_status status = start(plot, format, columns, rows, &child, why);
    if (status != DLB_OK)
        return status;
    bool timed_out = false;
    const int wait_status = dlb_gnuplot_wait(&child, &timed_out);
    return finish(plot, format, &child, wait_status, timed_out, image, why);
}

void dlb_plots_render(const struct dlb_plots *plots, enum dlb_plot_format format, int jobs,
                      struct dlb_text *images, struct dlb_why *whys)
{
    struct dlb_gnuplot_child children[DLB_PLOT_MOST_JOBS] = {{.pid = 0}};
    int owner[DLB_PLOT_MOST_JOBS] = {0};
    int next = 0;
    int running = 0;
    jobs = jobs < 1 ? 1 : jobs > DLB_PLOT_MOST_JOBS ? DLB_PLOT_MOST_JOBS : jobs;
    while (next < plots->count || running > 0) {
        for (int i = 0; i < jobs; i++) {
            int wait_status = 0;
            bool timed_out = false;
            if (children[i].pid == 0 && next < plots->count) {
                const struct dlb_plot *plot = &plots->items[next];
                owner[i] = next++;
                running += start(plot, format, DLB_PLOT_COLUMNS, dlb_plot_rows(plot), &children[i],
                                 &whys[owner[i]]) == DLB_OK;
            } else if (children[i].pid != 0 &&
                       dlb_gnuplot_ended(&children[i], &wait_status, &timed_out)) {
                (void)finish(&plots->items[owner[i]], format, &children[i], wait_status, timed_out,
                             &images[owner[i]], &whys[owner[i]]);
                running--;
            }
        }
        if (running > 0)
            dlb_clock_sleep_ns(DLB_GNUPLOT_LOOK_NS);
    }
}
