/* plot_panel.c: where panels, legend and series of a picture stand.
 *
 * All places are sums of letters (cw) and lines (ch), which the renderer tells, so that nothing overlaps in pixels or in letters. gnuplot's
 * own legend is not used: it is clipped when its entries are many or long. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reports/plots/plot_frame.h"

#define LETTER_PIXELS 7.0 /* of the 12 pixel font of the renderer */
#define LINE_PIXELS   17
#define LEGEND_WIDTH  76   /* letters that every terminal has */
#define LEGEND_LABEL  5000 /* numbers of labels and arrows: no kind has so many of its own */
#define LEGEND_POINT  6000

void dlb_plot_set(struct dlb_plot *plot, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof line)
        plot->script.failed = true;
    dlb_text_format(&plot->script, "set %s\n", line);
}

/* ---- legend ---- */

static int legend_columns(const struct dlb_plot_layout *layout)
{
    int widest = 1;
    for (int i = 0; i < layout->legend_count; i++) {
        const int width = dlb_plot_width(layout->legend[i].title, DLB_PLOT_NAME_COLUMNS);
        widest = width > widest ? width : widest;
    }
    const int columns = LEGEND_WIDTH / (widest + 6);
    return columns < 1 ? 1 : columns > layout->legend_count ? layout->legend_count : columns;
}

static void legend_entry(struct dlb_plot *plot, const struct dlb_plot_entry *entry, int index,
                         const char *x, const char *y)
{
    const char *color = entry->style != NULL ? entry->style->color : DLB_PLOT_GREY;
    if (entry->line)
        dlb_plot_set(plot,
                     "arrow %d from screen %s, screen %s to screen %s+4*cw, screen %s nohead lw 2 "
                     "dt %s lc rgb '%s'",
                     LEGEND_LABEL + index, x, y, x, y,
                     entry->style != NULL ? entry->style->dash : "1", color);
    if (entry->box != NULL)
        dlb_plot_set(plot,
                     "object %d rect from screen %s+1*cw, screen %s-0.35*ch to screen %s+3*cw, "
                     "screen %s+0.35*ch fc rgb '%s' fs solid noborder",
                     LEGEND_LABEL + index, x, y, x, y, entry->box);
    dlb_text_format(&plot->script, "set label %d ", LEGEND_LABEL + index);
    dlb_plot_quote(&plot->script, entry->title, DLB_PLOT_NAME_COLUMNS);
    dlb_text_format(&plot->script, " at screen %s+5*cw, screen %s left front\n", x, y);
    int point = entry->point;
    if (point == 0 && entry->style != NULL)
        point = entry->hollow ? entry->style->hollow : entry->style->point;
    if (point > 0)
        dlb_plot_set(
            plot, "label %d '' at screen %s+2*cw, screen %s front point pt %d ps 0.9 lc rgb '%s'",
            LEGEND_POINT + index, x, y, point, color);
}

static void draw_legend(struct dlb_plot *plot, const struct dlb_plot_layout *layout)
{
    if (layout->legend_count == 0)
        return;
    const int columns = legend_columns(layout);
    for (int i = 0; i < layout->legend_count; i++) {
        char x[48];
        char y[48];
        snprintf(x, sizeof x, "2*cw+%d*(1-2*cw)/%d", i % columns, columns);
        snprintf(y, sizeof y, "area_y+%d.5*ch", layout->legend_lines - i / columns - 1);
        legend_entry(plot, &layout->legend[i], i, x, y);
    }
}

/* ---- panels ---- */

void dlb_plot_begin(struct dlb_plot *plot, const char *title, struct dlb_plot_layout *layout)
{
    struct dlb_text clean = {0};
    dlb_plot_clean(&clean, title, 0);
    dlb_text_shorten(plot->title, sizeof plot->title, clean.data != NULL ? clean.data : "");
    dlb_text_free(&clean);
    layout->legend_lines = 0;
    if (layout->legend_count > 0) {
        const int columns = legend_columns(layout);
        layout->legend_lines = (layout->legend_count + columns - 1) / columns;
    }
    if (layout->height == 0)
        layout->height =
            LINE_PIXELS *
            (layout->legend_lines + layout->rows * (layout->lines + layout->top + layout->bottom));
    plot->width = layout->width;
    plot->height = layout->height;
    if (layout->rows * layout->columns > 1)
        dlb_text_append(&plot->script, "set multiplot\n");
    draw_legend(plot, layout);
}

/* Margins at the edges of the panel's box: names of rows in the gutter, then equal boxes. */
static void place(struct dlb_plot *plot, const struct dlb_plot_layout *layout, int index)
{
    const int row = index / layout->columns;
    const int column = index % layout->columns;
    char low[64];
    char high[64];
    const int below = layout->legend_lines + layout->foot;
    snprintf(low, sizeof low, "area_y+%d*ch+(area_h-%d*ch)", below, below);
    dlb_plot_set(plot, "lmargin at screen %d*cw+(1-%d*cw)*%d.0/%d+%d*cw", layout->gutter,
                 layout->gutter, column, layout->columns, layout->left);
    dlb_plot_set(plot, "rmargin at screen %d*cw+(1-%d*cw)*%d.0/%d-%d*cw", layout->gutter,
                 layout->gutter, column + 1, layout->columns, layout->right);
    snprintf(high, sizeof high, "*%d.0/%d", layout->rows - row, layout->rows);
    dlb_plot_set(plot, "tmargin at screen %s%s-%d*ch", low, high, layout->top);
    snprintf(high, sizeof high, "*%d.0/%d", layout->rows - row - 1, layout->rows);
    dlb_plot_set(plot, "bmargin at screen %s%s+%d*ch", low, high, layout->bottom);
}

void dlb_plot_panel(struct dlb_plot *plot, const struct dlb_plot_layout *layout, int index,
                    const char *heading)
{
    if (index > 0)
        dlb_text_append(&plot->script, "reset\n");
    place(plot, layout, index);
    dlb_text_append(&plot->script, "unset key\n"
                                   "set datafile missing 'NaN'\n"
                                   "set border 3 lw 0.8 lc rgb '" DLB_PLOT_GREY "'\n"
                                   "set tics nomirror out scale 0.5 textcolor rgb '#333333'\n"
                                   "if (letters == 0) set grid x y lt 1 lw 0.6 lc rgb '#e4e4e4'\n");
    if (heading != NULL) {
        dlb_text_append(&plot->script, "set label 1 ");
        dlb_plot_quote(&plot->script, heading,
                       (int)(layout->width / LETTER_PIXELS - layout->gutter) / layout->columns -
                           layout->left - layout->right);
        dlb_text_append(&plot->script, " at graph 0, graph 1 left offset 0,0.7 front\n");
    }
}

static void series_style(struct dlb_text *script, const struct dlb_plot_series *series)
{
    const char *color = series->color != NULL   ? series->color
                        : series->style != NULL ? series->style->color
                                                : DLB_PLOT_GREY;
    const bool bars = strstr(series->with, "error") != NULL;
    const bool points = bars || strstr(series->with, "points") != NULL;
    const bool lines = bars || strstr(series->with, "line") != NULL ||
                       strncmp(series->with, "vectors", 7) == 0 ||
                       strcmp(series->with, "steps") == 0;
    dlb_text_format(script, " lc rgb '%s'", color);
    int point = series->point;
    if (point == 0 && series->style != NULL)
        point = series->hollow ? series->style->hollow : series->style->point;
    if (points)
        dlb_text_format(script, " pt %d ps %.3g", point > 0 ? point : 7,
                        series->size > 0 ? series->size : 0.7);
    if (lines)
        dlb_text_format(script, " lw %.3g", series->width > 0 ? series->width : 1.2);
    if (lines && !bars && series->style != NULL)
        dlb_text_format(script, " dt %s", series->style->dash);
}

void dlb_plot_series(struct dlb_plot *plot, bool *first, const struct dlb_plot_series *series)
{
    struct dlb_text *script = &plot->script;
    dlb_text_format(script, "%s$%s using %s with %s", *first ? "plot " : ", \\\n     ",
                    series->block, series->columns, series->with);
    series_style(script, series);
    *first = false;
}

void dlb_plot_panel_end(struct dlb_plot *plot, bool first)
{
    dlb_text_append(&plot->script, first ? "plot NaN\n" : "\n");
}

void dlb_plot_end(struct dlb_plot *plot, const struct dlb_plot_layout *layout)
{
    if (layout->rows * layout->columns > 1)
        dlb_text_append(&plot->script, "unset multiplot\n");
}
