/* plot_heatmap.c: problems in rows, devices in columns, and in each cell the percent of the fastest measured device.
 *
 * Colours are steps of viridis (S. van der Walt and N. Smith, matplotlib 2.0), which is monotonic in lightness; the number stands in the cell. More rows than can be
 * read are put together by workload and circumstances, as geometric means. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots/plot_frame.h"
#include "reports/report_cells.h"

#define MOST_ROWS      40
#define LABEL_COLUMNS  40
#define DEVICE_COLUMNS 32
#define LETTERS        76 /* of the narrowest terminal */
#define MOST_LINES     12 /* of device names in a terminal */
#define LEVEL_LINES    2  /* of device names in a picture: more are turned */
#define LETTER_PIXELS  7
#define MARGIN_LETTERS 3 /* right of the last column */

static const char *const viridis[] = {"#440154", "#482475", "#414487", "#355F8D",
                                      "#2A788E", "#21918C", "#22A884", "#44BF70",
                                      "#7AD151", "#BDDF26", "#FDE725"};

struct cell {
    double sum; /* of logarithms */
    int count;
    bool measured, noisy;
};

struct line {
    char label[192];
    int groups;
    struct cell *cells; /* one a device */
};

struct heatmap {
    const struct dlb_plot_input *input;
    const struct dlb_plot_classes *classes;
    int row_count, rows_left_out;
    bool joined; /* rows are means */
    struct line *rows;
    struct cell *cells;
    const struct dlb_record **shown;
    int shown_count;
};

/* ---- rows ---- */

/* The words of a row: the problem and what is not common; of joined rows the workload in their place. */
static void label_of(const struct heatmap *map, const struct dlb_common *common, int group,
                     char *label, size_t size)
{
    const struct dlb_ranking *ranking = &map->classes->ranking;
    const struct dlb_record *record = ranking->rows[ranking->groups[group].first].record;
    if (!map->joined) {
        dlb_report_label(record, common, label, size);
        return;
    }
    const char *cache = common->cache_state == NULL ? dlb_ranking_cache(record) : "";
    const char *mode = common->mode == NULL ? record->mode : "";
    snprintf(label, size, "%s %s%s%s%s%s", record->workload, record->dtype,
             cache[0] != '\0' ? " " : "", cache, mode[0] != '\0' ? " " : "", mode);
    if (ranking->many_threads) {
        const size_t length = strlen(label);
        snprintf(label + length, size - length, " t%d", record->threads);
    }
}

static struct line *line_of(struct heatmap *map, const char *label)
{
    for (int i = 0; i < map->row_count && map->joined; i++)
        if (strcmp(map->rows[i].label, label) == 0)
            return &map->rows[i];
    if (map->row_count == MOST_ROWS)
        return NULL;
    struct line *line = &map->rows[map->row_count++];
    snprintf(line->label, sizeof line->label, "%s", label);
    return line;
}

static void add_group(struct heatmap *map, const struct dlb_common *common, int group)
{
    const struct dlb_ranking *ranking = &map->classes->ranking;
    const struct dlb_group *at = &ranking->groups[group];
    char label[192];
    label_of(map, common, group, label, sizeof label);
    struct line *line = line_of(map, label);
    if (line == NULL) {
        map->rows_left_out++;
        return;
    }
    line->groups++;
    for (int i = at->first; i < at->first + at->count; i++) {
        const struct dlb_row *row = &ranking->rows[i];
        struct cell *cell = &line->cells[row->device];
        if (!(row->relative > 0))
            continue;
        cell->measured = cell->count == 0 ? row->measured : cell->measured && row->measured;
        cell->noisy |= dlb_record_has_flag(row->record, "noisy");
        cell->sum += log(row->relative);
        cell->count++;
        map->shown[map->shown_count++] = row->record;
    }
}

/* ---- drawing ---- */

/* How the names of the devices stand above their columns. */
struct headings {
    int letters,
        pixels; /* lines of them in a terminal and in a picture: so many that neighbours on one line do not touch */
    bool upright; /* in pictures: long names are turned */
    int top;      /* lines that all that takes */
};

static int column_pixels(const struct dlb_plot_styles *styles)
{
    return styles->count > 6 ? 72 : 110;
}

static struct headings plan_headings(const struct dlb_plot_styles *styles, int gutter)
{
    int widest = 1;
    for (int i = 0; i < styles->count; i++) {
        const int width = dlb_plot_width(styles->items[i].device, DEVICE_COLUMNS);
        widest = width > widest ? width : widest;
    }
    const int room = LETTERS - gutter > 20 ? LETTERS - gutter : 20;
    const int column = column_pixels(styles);
    int lines = ((widest + 1) * styles->count + room - 1) / room;
    lines = lines > styles->count ? styles->count : lines;
    struct headings headings = {
        .letters = lines > MOST_LINES ? MOST_LINES : lines,
        .pixels = (LETTER_PIXELS * (widest + 1) + column - 1) / column,
        .upright = LETTER_PIXELS * (widest - 2 * MARGIN_LETTERS) > column, /* beyond the edge */
    };
    headings.upright |= headings.pixels > LEVEL_LINES;
    /* Turned, a letter takes less than half of a line's height. */
    const int picture = headings.upright ? widest / 2 : headings.pixels;
    headings.top = 1 + (picture > headings.letters ? picture : headings.letters);
    return headings;
}

static int column_of(const struct heatmap *map, int device)
{
    const struct dlb_plot_styles *styles = &map->classes->styles;
    const char *key = map->classes->ranking.devices[device];
    return (int)(dlb_plot_style_of(styles, key) - styles->items);
}

static void draw_cells(const struct heatmap *map, struct dlb_plot *plot)
{
    const int devices = map->classes->ranking.device_count;
    int object = 1;
    for (int i = 0; i < map->row_count; i++)
        for (int d = 0; d < devices; d++) {
            const struct cell *cell = &map->rows[i].cells[d];
            if (cell->count == 0)
                continue;
            const double share = exp(cell->sum / cell->count);
            const int step = share >= 1 ? 10 : (int)(share * 10);
            const int column = column_of(map, d);
            dlb_plot_set(plot,
                         "object %d rect from %.2f, %.2f to %.2f, %.2f fc rgb '%s' fs %s noborder "
                         "behind",
                         object++, column - 0.48, i - 0.46, column + 0.48, i + 0.46, viridis[step],
                         cell->measured ? "solid" : "transparent solid 0.45");
        }
}

/* Three blocks: on dark cells, on light ones, and where there is nothing. */
static void write_numbers(const struct heatmap *map, struct dlb_plot *plot, int kind,
                          const char *name, bool *any)
{
    *any = false;
    for (int i = 0; i < map->row_count; i++)
        for (int d = 0; d < map->classes->ranking.device_count; d++) {
            const struct cell *cell = &map->rows[i].cells[d];
            const double share = cell->count > 0 ? exp(cell->sum / cell->count) : (double)NAN;
            const int wanted = cell->count == 0 ? 2 : cell->measured && share < 0.6 ? 0 : 1;
            if (wanted != kind)
                continue;
            if (!*any)
                dlb_plot_block(&plot->data, name);
            *any = true;
            dlb_text_format(&plot->data, "%d %d ", column_of(map, d), i);
            if (cell->count == 0)
                dlb_text_append(&plot->data, "-\n");
            else
                dlb_text_format(&plot->data, cell->measured ? "%.*f%s\n" : "(%.*f)%s\n",
                                share < 0.0995 ? 1 : 0, 100 * share, cell->noisy ? "*" : "");
        }
    if (*any)
        dlb_plot_block_end(&plot->data);
}

static void draw_headings(const struct heatmap *map, struct dlb_plot *plot,
                          const struct headings *headings)
{
    const struct dlb_plot_styles *styles = &map->classes->styles;
    for (int i = 0; i < styles->count; i++) {
        dlb_text_format(&plot->script, "set label %d ", 10 + i);
        dlb_plot_quote(&plot->script, styles->items[i].device, DEVICE_COLUMNS);
        dlb_text_format(&plot->script,
                        " at first %d, graph 1 center offset 0,(letters ? %d.7 : %d.7)\n", i,
                        headings->letters - 1 - i % headings->letters,
                        headings->pixels - 1 - i % headings->pixels);
        if (headings->upright)
            dlb_text_format(&plot->script,
                            "if (!letters) set label %d left rotate by 90 offset 0,0.5\n", 10 + i);
    }
}

static void draw_axes(const struct heatmap *map, struct dlb_plot *plot)
{
    struct dlb_text *script = &plot->script;
    dlb_plot_set(plot, "xrange [-0.5:%d.5]", map->classes->styles.count - 1);
    dlb_plot_set(plot, "yrange [%d.5:-0.5]", map->row_count - 1);
    dlb_text_append(script, "unset grid\nunset border\nunset xtics\nset ytics scale 0 (");
    for (int i = 0; i < map->row_count; i++) {
        dlb_text_append(script, i > 0 ? ", " : "");
        dlb_plot_quote_tic(script, map->rows[i].label, LABEL_COLUMNS);
        dlb_text_format(script, " %d", i);
    }
    dlb_text_append(script, ")\n");
}

static void draw(const struct heatmap *map, struct dlb_plot *plot)
{
    static const char *const names[] = {"dark", "light", "none"};
    static const char *const colors[] = {"#ffffff", "#000000", "#999999"};
    const struct dlb_plot_styles *styles = &map->classes->styles;
    int gutter = 4;
    for (int i = 0; i < map->row_count; i++) {
        const int width = dlb_plot_width(map->rows[i].label, LABEL_COLUMNS);
        gutter = width > gutter ? width : gutter;
    }
    const struct headings headings = plan_headings(styles, gutter);
    const int width = 7 * (gutter + 6) + styles->count * column_pixels(styles);
    struct dlb_plot_layout layout = {.width = width < 560 ? 560 : width,
                                     .lines = map->row_count + map->row_count / 4 + 1,
                                     .rows = 1,
                                     .columns = 1,
                                     .gutter = gutter,
                                     .left = 2,
                                     .right = MARGIN_LETTERS,
                                     .top = headings.top,
                                     .bottom = 1};
    dlb_plot_begin(plot, "Percent of the fastest measured device", &layout);
    dlb_plot_panel(plot, &layout, 0, NULL);
    draw_axes(map, plot);
    draw_headings(map, plot, &headings);
    draw_cells(map, plot);
    bool first = true;
    for (int kind = 0; kind < 3; kind++) {
        bool any = false;
        write_numbers(map, plot, kind, names[kind], &any);
        if (any)
            dlb_text_format(&plot->script, "%s$%s using 1:2:3 with labels tc rgb '%s'",
                            first ? "plot " : ", \\\n     ", names[kind], colors[kind]);
        first = first && !any;
    }
    dlb_plot_panel_end(plot, first);
    dlb_plot_end(plot, &layout);
}

/* ---- the kind ---- */

static enum dlb_status finish(const struct heatmap *map, struct dlb_plot *plot)
{
    struct dlb_text more = {0};
    dlb_text_append(&more, "100: the fastest; in brackets: not measured; *: noisy; -: no time");
    if (map->joined)
        dlb_text_append(&more, ". Too many problems for rows of their own: geometric means");
    if (map->rows_left_out > 0)
        dlb_text_format(&more, ". %d problems of further workloads are left out",
                        map->rows_left_out);
    dlb_text_format(&plot->alt, "Table of %d rows and %d devices with the percent of the fastest:",
                    map->row_count, map->classes->styles.count);
    for (int d = 0; d < map->classes->ranking.device_count; d++) {
        int best = 0, measured = 0; /* what was not measured is fastest in nothing */
        for (int i = 0; i < map->row_count; i++) {
            const struct cell *cell = &map->rows[i].cells[d];
            measured += cell->count > 0 && cell->measured;
            best += cell->count > 0 && cell->measured && cell->sum >= 0;
        }
        dlb_text_append(&plot->alt, d > 0 ? ", " : " ");
        dlb_plot_clean(&plot->alt, map->classes->ranking.devices[d], 48);
        if (measured > 0)
            dlb_text_format(&plot->alt, " is fastest in %d", best);
        else
            dlb_text_append(&plot->alt, " was not measured");
    }
    dlb_text_append(&plot->alt, ".");
    const enum dlb_status status =
        more.failed ? DLB_NO_MEMORY
                    : dlb_plot_caption(plot, map->input,
                                       &(struct dlb_plot_shown){
                                           .records = map->shown,
                                           .count = map->shown_count,
                                           .what = "Fastest measured time / own time, in percent "
                                                   "of medians",
                                           .more = more.data,
                                           .ranking = &map->classes->ranking});
    dlb_text_free(&more);
    return status;
}

static enum dlb_status build(struct heatmap *map, struct dlb_plots *plots)
{
    const struct dlb_ranking *ranking = &map->classes->ranking;
    const struct dlb_common common = dlb_report_common(map->input->result, ranking);
    const size_t devices = (size_t)ranking->device_count;
    map->joined = ranking->group_count > MOST_ROWS;
    map->rows = calloc(MOST_ROWS, sizeof *map->rows);
    map->cells = calloc(MOST_ROWS * devices + 1, sizeof *map->cells);
    map->shown = calloc((size_t)ranking->row_count + 1, sizeof *map->shown);
    struct dlb_plot *plot = dlb_plots_add(plots);
    if (map->rows == NULL || map->cells == NULL || map->shown == NULL || plot == NULL)
        return DLB_NO_MEMORY;
    for (size_t i = 0; i < MOST_ROWS; i++)
        map->rows[i].cells = map->cells + i * devices;
    for (int i = 0; i < ranking->group_count; i++)
        add_group(map, &common, i);
    dlb_plot_name(plots, plot, "heatmap", NULL, NULL);
    draw(map, plot);
    return finish(map, plot);
}

enum dlb_status dlb_plot_heatmap(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                 struct dlb_why *why)
{
    struct dlb_plot_classes classes;
    enum dlb_status status = dlb_plot_classes_make(input->result, true, &classes, why);
    if (status != DLB_OK)
        return status;
    struct heatmap map = {.input = input, .classes = &classes};
    status = build(&map, plots);
    if (status != DLB_OK)
        dlb_fail(why, status, "no memory for the picture");
    free(map.rows);
    free(map.cells);
    free(map.shown);
    dlb_plot_classes_free(&classes);
    return status;
}
