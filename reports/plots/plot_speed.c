/* plot_speed.c: the rate of each problem on each device, as points with intervals; or its speed relative to one device.
 *
 * Problems are rows, so that their names can be read; the fastest row is on top. More rows than can be named become a cloud over their rank. From
 * eight devices on each has a panel of its own, with the others in grey behind it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots/plot_frame.h"

#define MOST_NAMED    40   /* rows with a name */
#define MOST_TOGETHER 7    /* devices in one panel */
#define MOST_BARS     600  /* points with intervals */
#define MOST_GREY     8000 /* points behind others, in all panels together */
#define NAME_COLUMNS  44

/* A problem: a group of the ranking, and who is best there: of measured values, where there are any. */
struct problem {
    int group;
    double best;
    const struct dlb_record *record;
};

struct speed {
    const struct dlb_plot_input *input;
    const struct dlb_plot_classes *classes;
    const struct dlb_plot_class *class;
    int base; /* index of a device; -1: absolute rates */
    int device_count, row_count;
    int *devices;         /* those that have a value here, in order of their keys */
    struct problem *rows; /* the fastest first */
    bool noisy, hollow;
    struct dlb_plot_range range;
    const struct dlb_record **shown, **barred; /* barred: whose intervals are drawn */
    int shown_count, barred_count;
};

/* ---- values ---- */

static struct dlb_plot_value value_of(const struct speed *speed, int group, int device,
                                      const struct dlb_record **record)
{
    const struct dlb_ranking *ranking = &speed->classes->ranking;
    const struct dlb_row *row = dlb_plot_row_of(ranking, group, device);
    *record = row != NULL ? row->record : NULL;
    if (row == NULL || strcmp(row->record->evidence, "emulated") == 0)
        return (struct dlb_plot_value){NAN, NAN, NAN};
    if (speed->base < 0)
        return dlb_plot_rate(row->record, speed->class->items);
    const struct dlb_row *base = dlb_plot_row_of(ranking, group, speed->base);
    if (base == NULL)
        return (struct dlb_plot_value){NAN, NAN, NAN};
    return dlb_plot_speedup(base->record, row->record);
}

static int by_best(const void *left, const void *right)
{
    const struct problem *a = left;
    const struct problem *b = right;
    if (a->best != b->best)
        return a->best > b->best ? -1 : 1;
    return a->group - b->group;
}

static bool is_better(const struct dlb_record *record, double value, const struct problem *row)
{
    if (row->record == NULL)
        return true;
    const bool measured = dlb_plot_is_measured(record);
    return measured == dlb_plot_is_measured(row->record) ? value > row->best : measured;
}

/* The bar of a relative speed is made of both intervals. */
static void add_barred(struct speed *speed, int group, const struct dlb_record *record)
{
    speed->barred[speed->barred_count++] = record;
    if (speed->base >= 0)
        speed->barred[speed->barred_count++] =
            dlb_plot_row_of(&speed->classes->ranking, group, speed->base)->record;
}

/* Fills rows, devices and the range; a group without any value is no row. */
static void survey(struct speed *speed)
{
    const struct dlb_plot_styles *styles = &speed->classes->styles;
    const struct dlb_ranking *ranking = &speed->classes->ranking;
    bool *used = calloc((size_t)styles->count + 1, sizeof *used);
    speed->range = dlb_plot_range_new(speed->base < 0 ? DLB_PLOT_LOG10 : DLB_PLOT_LOG2);
    if (speed->base >= 0)
        dlb_plot_range_add(&speed->range, 1);
    for (int i = 0; i < speed->class->group_count && used != NULL; i++) {
        struct problem row = {speed->class->groups[i], NAN, NULL};
        for (int d = 0; d < ranking->device_count; d++) {
            const struct dlb_record *record = NULL;
            const struct dlb_plot_value value = value_of(speed, row.group, d, &record);
            if (!isfinite(value.value))
                continue;
            used[d] = true;
            if (is_better(record, value.value, &row)) {
                row.best = value.value;
                row.record = record;
            }
            dlb_plot_range_add(&speed->range, value.value);
            dlb_plot_range_add(&speed->range, value.lo);
            dlb_plot_range_add(&speed->range, value.hi);
            speed->shown[speed->shown_count++] = record;
            if (dlb_plot_is_measured(record) && isfinite(value.lo) && isfinite(value.hi))
                add_barred(speed, row.group, record);
        }
        if (row.record != NULL)
            speed->rows[speed->row_count++] = row;
    }
    qsort(speed->rows, (size_t)speed->row_count, sizeof *speed->rows, by_best);
    for (int s = 0; s < styles->count && used != NULL; s++) /* in order of their keys */
        for (int d = 0; d < ranking->device_count; d++)
            if (used[d] && strcmp(ranking->devices[d], styles->items[s].device) == 0)
                speed->devices[speed->device_count++] = d;
    free(used);
    dlb_plot_range_close(&speed->range, 0.03);
}

/* ---- blocks: dN measured, hN not, nN noisy; value, lo, hi, row ---- */

static int stride(const struct speed *speed)
{
    const int points = speed->row_count * speed->device_count;
    return points > DLB_PLOT_MOST_POINTS
               ? (points + DLB_PLOT_MOST_POINTS - 1) / DLB_PLOT_MOST_POINTS
               : 1;
}

static bool has_bars(const struct speed *speed)
{
    return speed->row_count * speed->device_count <= MOST_BARS;
}

enum part { MEASURED, HOLLOW, NOISY, PARTS };
static const char part_letters[PARTS] = {'d', 'h', 'n'};

static bool belongs(const struct dlb_record *record, enum part part)
{
    const bool measured = dlb_plot_is_measured(record);
    switch (part) {
    case MEASURED:
        return measured;
    case HOLLOW:
        return !measured;
    case NOISY:
    default:
        return dlb_record_has_flag(record, "noisy");
    }
}

/* Writes a block if it has rows; returns how many. */
static int write_block(const struct speed *speed, struct dlb_plot *plot, int slot, enum part part,
                       double offset)
{
    int rows = 0;
    char name[24];
    snprintf(name, sizeof name, "%c%d", part_letters[part], slot);
    for (int i = 0; i < speed->row_count; i += stride(speed)) {
        const struct dlb_record *record = NULL;
        const struct dlb_plot_value value =
            value_of(speed, speed->rows[i].group, speed->devices[slot], &record);
        if (!isfinite(value.value) || !belongs(record, part))
            continue;
        if (rows++ == 0)
            dlb_plot_block(&plot->data, name);
        const bool known = isfinite(value.lo) && isfinite(value.hi);
        dlb_plot_row(&plot->data,
                     (const double[]){value.value, known ? value.lo : value.value,
                                      known ? value.hi : value.value, i + offset},
                     4);
    }
    if (rows > 0)
        dlb_plot_block_end(&plot->data);
    return rows;
}

/* ---- panels ---- */

static void draw_rows(const struct speed *speed, struct dlb_plot *plot, bool names)
{
    struct dlb_text *script = &plot->script;
    dlb_plot_set(plot, "yrange [%d.5:-0.5]", speed->row_count - 1);
    dlb_text_append(script, "if (letters == 0) set grid noy\n");
    for (int i = 1; i < speed->row_count; i += 2)
        dlb_plot_set(plot,
                     "object %d rect from graph 0, first %d.5 to graph 1, first %d.5 fc rgb "
                     "'#f3f3f3' fs solid noborder behind",
                     i, i - 1, i);
    dlb_text_append(script, "set ytics scale 0 (");
    for (int i = 0; i < speed->row_count && names; i++) {
        const struct dlb_ranking *ranking = &speed->classes->ranking;
        const struct dlb_row *row = &ranking->rows[ranking->groups[speed->rows[i].group].first];
        dlb_text_append(script, i > 0 ? ", " : "");
        dlb_plot_quote_tic(script, row->record->label, NAME_COLUMNS);
        dlb_text_format(script, " %d", i);
    }
    dlb_text_append(script, names ? ")\n" : "'' 0)\n");
}

static const char *axis_label(const struct speed *speed)
{
    return speed->base >= 0      ? "times as fast as the base"
           : speed->class->items ? "items per second"
                                 : "operations per second";
}

/* Points with their bars, and a cross on those that are noisy. */
static void add_series(const struct speed *speed, struct dlb_plot *plot, bool *first, int slot,
                       const int *rows)
{
    const char *device = speed->classes->ranking.devices[speed->devices[slot]];
    const bool flat = speed->row_count > MOST_NAMED;
    for (int part = 0; part < PARTS; part++) {
        char block[24];
        const bool cross = part == NOISY;
        const bool bars = part == MEASURED && has_bars(speed); /* a model has no interval */
        const char *with = flat ? "yerrorbars" : "xerrorbars";
        const char *columns = flat ? "4:1:2:3" : "1:4:2:3";
        if (rows[slot * PARTS + part] == 0)
            continue;
        if (!bars) {
            with = "points";
            columns = flat ? "4:1" : "1:4";
        }
        snprintf(block, sizeof block, "%c%d", part_letters[part], slot);
        dlb_plot_series(
            plot, first,
            &(struct dlb_plot_series){.block = block,
                                      .columns = columns,
                                      .with = with,
                                      .style = dlb_plot_style_of(&speed->classes->styles, device),
                                      .color = cross ? "#000000" : NULL,
                                      .point = cross ? 2 : 0,
                                      .hollow = part == HOLLOW,
                                      .size = flat    ? 0.45
                                              : cross ? 1.1
                                                      : 0.7});
    }
}

static const struct dlb_plot_style grey = {
    .color = "#c4c4c4", .point = 7, .hollow = 6, .dash = "1"};

/* Every panel has the points of all devices: where these are too many they become lines, which are much shorter in an SVG. */
static bool has_grey_points(const struct speed *speed)
{
    const double drawn = (double)speed->row_count * speed->device_count / stride(speed);
    return drawn * speed->device_count <= MOST_GREY;
}

/* The other devices behind one; a line through a single value would not be seen. */
static void add_behind(const struct speed *speed, struct dlb_plot *plot, bool *first, int slot,
                       const int *rows)
{
    for (int part = 0; part < NOISY; part++) {
        char block[24];
        const int count = rows[slot * PARTS + part];
        const bool points = count == 1 || has_grey_points(speed);
        snprintf(block, sizeof block, "%c%d", part_letters[part], slot);
        if (count > 0)
            dlb_plot_series(
                plot, first,
                &(struct dlb_plot_series){.block = block,
                                          .columns = speed->row_count > MOST_NAMED ? "4:1" : "1:4",
                                          .with = points ? "points" : "lines",
                                          .style = &grey,
                                          .hollow = part == HOLLOW,
                                          .size = 0.5,
                                          .width = 0.8});
    }
}

static void draw_panel(const struct speed *speed, struct dlb_plot *plot,
                       const struct dlb_plot_layout *layout, int index, const int *rows)
{
    const bool many = speed->device_count > MOST_TOGETHER;
    const bool flat = speed->row_count > MOST_NAMED;
    const char *device = many ? speed->classes->ranking.devices[speed->devices[index]] : NULL;
    dlb_plot_panel(plot, layout, index, device);
    dlb_plot_axis(&plot->script, flat ? "y" : "x", &speed->range,
                  speed->base < 0 ? DLB_PLOT_SI : DLB_PLOT_RATIO, many ? 5 : 9,
                  many ? NULL : axis_label(speed));
    if (flat) {
        dlb_plot_set(plot, "xrange [-1:%d]", speed->row_count);
        if (!many)
            dlb_text_append(&plot->script, "set xlabel 'problems, in the order of their fastest "
                                           "rate' offset 0,(letters == 0)*0.45\n");
    } else {
        draw_rows(speed, plot, index % layout->columns == 0);
    }
    if (speed->base >= 0)
        dlb_plot_set(plot, "arrow 1 from %s nohead lw 1.2 lc rgb '#000000' back",
                     flat ? "graph 0, first 1 to graph 1, first 1"
                          : "first 1, graph 0 to first 1, graph 1");
    bool first = true;
    for (int i = 0; i < speed->device_count && many; i++)
        if (i != index)
            add_behind(speed, plot, &first, i, rows);
    for (int i = 0; i < speed->device_count; i++)
        if (!many || i == index)
            add_series(speed, plot, &first, i, rows);
    dlb_plot_panel_end(plot, first);
}

/* ---- one picture ---- */

static int fill_legend(const struct speed *speed, struct dlb_plot_entry *entries)
{
    int count = 0;
    const bool many = speed->device_count > MOST_TOGETHER;
    for (int i = 0; i < speed->device_count && !many; i++) {
        const char *device = speed->classes->ranking.devices[speed->devices[i]];
        entries[count++] = (struct dlb_plot_entry){
            .title = device, .style = dlb_plot_style_of(&speed->classes->styles, device)};
    }
    if (many)
        entries[count++] = (struct dlb_plot_entry){.title = "grey: the other devices",
                                                   .style = &grey,
                                                   .point = has_grey_points(speed) ? 0 : -1,
                                                   .line = !has_grey_points(speed)};
    if (speed->hollow)
        entries[count++] = (struct dlb_plot_entry){.title = "hollow: not measured", .point = 6};
    if (speed->noisy)
        entries[count++] = (struct dlb_plot_entry){.title = "crossed: noisy", .point = 2};
    return count;
}

static struct dlb_plot_layout layout_of(const struct speed *speed,
                                        const struct dlb_plot_entry *legend, int legend_count)
{
    const bool many = speed->device_count > MOST_TOGETHER;
    const bool flat = speed->row_count > MOST_NAMED;
    int names = 0;
    for (int i = 0; i < speed->row_count && !flat; i++) {
        const struct dlb_ranking *ranking = &speed->classes->ranking;
        const struct dlb_row *row = &ranking->rows[ranking->groups[speed->rows[i].group].first];
        const int width = dlb_plot_width(row->record->label, NAME_COLUMNS);
        names = width > names ? width : names;
    }
    const int columns = !many ? 1 : flat ? 3 : 4;
    const int per_row = many ? 1 : speed->device_count > 3 ? 2 : 1;
    return (struct dlb_plot_layout){.width = many ? 1200 : 900,
                                    .lines = flat ? 18 : speed->row_count * per_row + 1,
                                    .rows =
                                        (many ? speed->device_count + columns - 1 : 1) / columns,
                                    .columns = columns,
                                    .gutter = flat ? 0 : names,
                                    .left = flat ? 9 : 3,
                                    .right = 3,
                                    .top = many ? 2 : 1,
                                    .bottom = many ? 2 : 3,
                                    .legend_count = legend_count,
                                    .legend = legend};
}

static void describe(const struct speed *speed, struct dlb_plot *plot)
{
    const struct problem *top = &speed->rows[0];
    char low[24];
    char high[24];
    bool measured = true;
    for (int i = 0; i < speed->row_count; i++)
        measured = measured && dlb_plot_is_measured(speed->rows[i].record);
    dlb_plot_tic(low, sizeof low, speed->rows[speed->row_count - 1].best,
                 speed->base < 0 ? DLB_PLOT_SI : DLB_PLOT_PLAIN);
    dlb_plot_tic(high, sizeof high, top->best, speed->base < 0 ? DLB_PLOT_SI : DLB_PLOT_PLAIN);
    dlb_text_format(&plot->alt, "%d problem%s on %d device%s. The best %svalue%s is ",
                    speed->row_count, speed->row_count == 1 ? "" : "s", speed->device_count,
                    speed->device_count == 1 ? "" : "s", measured ? "measured " : "",
                    speed->row_count == 1 ? "" : " of a problem");
    if (speed->row_count > 1)
        dlb_text_format(&plot->alt, "from %s to ", low);
    dlb_text_format(&plot->alt, "%s %s; %s ", high, axis_label(speed),
                    speed->row_count > 1 ? "highest for" : "it is that of");
    dlb_plot_clean(&plot->alt, top->record->label, NAME_COLUMNS);
    dlb_text_append(&plot->alt, " on ");
    dlb_plot_clean(&plot->alt, top->record->device, NAME_COLUMNS);
    dlb_text_append(&plot->alt, ".");
}

static enum dlb_status caption(const struct speed *speed, struct dlb_plot *plot,
                               const char *left_out)
{
    struct dlb_text more = {0};
    struct dlb_text what = {0};
    dlb_text_append(&what, speed->base < 0 ? "Median " : "Times as fast as ");
    if (speed->base < 0)
        dlb_text_append(&what, axis_label(speed));
    else
        dlb_plot_clean(&what, speed->classes->ranking.devices[speed->base], NAME_COLUMNS);
    if (has_bars(speed))
        dlb_plot_bars(speed->barred, speed->barred_count, &what);
    if (speed->row_count > MOST_NAMED)
        dlb_text_format(&more,
                        "%d problems, in the order of their fastest, are too many to be named",
                        speed->row_count);
    if (stride(speed) > 1)
        dlb_text_format(&more, "; one of %d is drawn", stride(speed));
    if (!has_bars(speed))
        dlb_text_append(&more, "; the intervals are in the table");
    if (left_out != NULL)
        dlb_text_format(&more, "%s%s", more.size > 0 ? ". " : "", left_out);
    const enum dlb_status status =
        what.failed || more.failed
            ? DLB_NO_MEMORY
            : dlb_plot_caption(plot, speed->input,
                               &(struct dlb_plot_shown){.records = speed->shown,
                                                        .count = speed->shown_count,
                                                        .what = what.data,
                                                        .more = more.data,
                                                        .ranking = &speed->classes->ranking,
                                                        .class = speed->class});
    dlb_text_free(&what);
    dlb_text_free(&more);
    return status;
}

static enum dlb_status draw(struct speed *speed, struct dlb_plots *plots, int index,
                            const char *left_out)
{
    struct dlb_plot *plot = dlb_plots_add(plots);
    struct dlb_plot_entry *legend = calloc((size_t)speed->device_count + 3, sizeof *legend);
    int *rows = calloc((size_t)speed->device_count * PARTS + 1, sizeof *rows);
    struct dlb_text title = {0};
    char name[64];
    if (plot == NULL || legend == NULL || rows == NULL) {
        free(legend);
        free(rows);
        return DLB_NO_MEMORY;
    }
    dlb_plot_class_name(speed->classes, index, name, sizeof name);
    dlb_plot_name(plots, plot, "speed", name, speed->base >= 0 ? "relative" : NULL);
    for (int i = 0; i < speed->device_count; i++)
        for (int part = 0; part < PARTS; part++) {
            const bool flat = speed->row_count > MOST_NAMED;
            const bool many = speed->device_count > MOST_TOGETHER;
            const double offset =
                flat || many ? 0
                             : (i - (speed->device_count - 1) / 2.0) * 0.8 / speed->device_count;
            const int count = write_block(speed, plot, i, (enum part)part, offset);
            rows[i * PARTS + part] = count;
            speed->hollow |= part == HOLLOW && count > 0;
            speed->noisy |= part == NOISY && count > 0;
        }
    struct dlb_plot_layout layout = layout_of(speed, legend, fill_legend(speed, legend));
    dlb_text_append(&title, speed->base >= 0 ? "Relative speed, " : "Speed, ");
    dlb_plot_class_words(speed->classes, index, &title);
    dlb_plot_begin(plot, title.data != NULL ? title.data : "Speed", &layout);
    for (int i = 0; i < (speed->device_count > MOST_TOGETHER ? speed->device_count : 1); i++)
        draw_panel(speed, plot, &layout, i, rows);
    dlb_plot_end(plot, &layout);
    describe(speed, plot);
    const enum dlb_status status = caption(speed, plot, left_out);
    dlb_text_free(&title);
    free(legend);
    free(rows);
    return status;
}

/* ---- the kind ---- */

static enum dlb_status one_class(const struct dlb_plot_input *input,
                                 const struct dlb_plot_classes *classes, int index, int base,
                                 const char *left_out, struct dlb_plots *plots)
{
    const struct dlb_ranking *ranking = &classes->ranking;
    const size_t groups = (size_t)classes->items[index].group_count + 1;
    struct speed speed = {
        .input = input, .classes = classes, .class = &classes->items[index], .base = base};
    speed.devices = calloc((size_t)ranking->device_count + 1, sizeof *speed.devices);
    speed.rows = calloc(groups, sizeof *speed.rows);
    speed.shown = calloc((size_t)ranking->row_count + 1, sizeof *speed.shown);
    speed.barred = calloc(2 * (size_t)ranking->row_count + 1, sizeof *speed.barred);
    enum dlb_status status = DLB_NO_MEMORY;
    if (speed.devices != NULL && speed.rows != NULL && speed.shown != NULL &&
        speed.barred != NULL) {
        survey(&speed);
        status = speed.row_count > 0 ? draw(&speed, plots, index, left_out) : DLB_OK;
    }
    free(speed.devices);
    free(speed.rows);
    free(speed.shown);
    free(speed.barred);
    return status;
}

static enum dlb_status find_base(const struct dlb_plot_input *input,
                                 const struct dlb_ranking *ranking, int *base, struct dlb_why *why)
{
    *base = -1;
    for (int i = 0; i < ranking->device_count && input->base != NULL; i++)
        if (strcmp(ranking->devices[i], input->base) == 0)
            *base = i;
    if (input->base == NULL || *base >= 0)
        return DLB_OK;
    struct dlb_text list = {0};
    for (int i = 0; i < ranking->device_count; i++)
        dlb_text_format(&list, "%s%s", i > 0 ? ", " : "", ranking->devices[i]);
    dlb_fail(why, DLB_INVALID, "there is no device '%.80s' to be the base; there are: %s",
             input->base, list.data != NULL ? list.data : "none");
    dlb_text_free(&list);
    return DLB_INVALID;
}

enum dlb_status dlb_plot_speed(const struct dlb_plot_input *input, struct dlb_plots *plots,
                               struct dlb_why *why)
{
    struct dlb_plot_classes classes;
    int base = -1;
    enum dlb_status status =
        dlb_plot_classes_make(input->result, input->base != NULL, &classes, why);
    if (status != DLB_OK)
        return status;
    status = find_base(input, &classes.ranking, &base, why);
    const int before = plots->count;
    for (int i = 0; i < classes.count && i < DLB_PLOT_MOST_PICTURES && status == DLB_OK; i++) {
        char left[96] = "";
        if (i + 1 == DLB_PLOT_MOST_PICTURES && classes.count > DLB_PLOT_MOST_PICTURES)
            snprintf(left, sizeof left, "%d more pictures (types, modes, caches) are left out",
                     classes.count - DLB_PLOT_MOST_PICTURES);
        status = one_class(input, &classes, i, base, left[0] != '\0' ? left : NULL, plots);
        if (status == DLB_NO_MEMORY)
            dlb_fail(why, status, "no memory for the pictures");
    }
    if (status == DLB_OK && plots->count == before)
        status = dlb_fail(why, DLB_UNAVAILABLE,
                          base >= 0 ? "no device ran a case that the base ran, too"
                                    : "no case has a rate");
    dlb_plot_classes_free(&classes);
    return status;
}
