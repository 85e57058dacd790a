/* plot_history.c: the sessions of months: the median of each, its steps, releases and changes of driver; a panel for each case.
 *
 * Values are drawn relative to the median of their row, so that one picture holds cases of every length, whatever the metric. A history keeps
 * no intervals: how far sessions scatter is to be seen. Rows with steps that nobody has acknowledged come first. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/stats/summary.h"
#include "reports/plots/plot_frame.h"

#define PANELS       12 /* of one picture */
#define DAY          86400.0
#define MOST_MARKS   40   /* of one kind in a panel */
#define APART        0.12 /* of the axis: what two names need */
#define NAME_COLUMNS 14
#define STEP_LABEL   100 /* numbers of arrows and labels */
#define REV_LABEL    200
#define DRIVER_ARROW 300

struct history {
    const struct dlb_history_trend *trend;
    struct dlb_plot_styles styles;
    int *order; /* series, those that want a look first */
    int64_t origin;
    struct dlb_plot_range x; /* days since the origin */
    bool hollow, releases, drivers;
};

/* ---- order ---- */

static int urgency(const struct dlb_history_series *series)
{
    for (int i = 0; i < series->step_count; i++)
        if (series->steps[i].acknowledged_by[0] == '\0')
            return 3;
    return series->state == DLB_HISTORY_DRIFTING ? 2 : series->step_count > 0 ? 1 : 0;
}

/* The rows that want a look first; else their order stays. */
static void put_in_order(struct history *history)
{
    int count = 0;
    for (int wanted = 3; wanted >= 0; wanted--)
        for (int i = 0; i < history->trend->count; i++)
            if (urgency(&history->trend->series[i]) == wanted)
                history->order[count++] = i;
}

static double day_of(const struct history *history, const struct dlb_history_point *point)
{
    return (double)(point->created_utc - history->origin) / DAY;
}

static void find_days(struct history *history)
{
    bool any = false;
    for (int i = 0; i < history->trend->count; i++)
        for (int j = 0; j < history->trend->series[i].point_count; j++) {
            const int64_t created = history->trend->series[i].points[j].created_utc;
            history->origin = any && history->origin < created ? history->origin : created;
            any = true;
        }
    history->x = dlb_plot_range_new(DLB_PLOT_LINEAR);
    for (int i = 0; i < history->trend->count; i++)
        for (int j = 0; j < history->trend->series[i].point_count; j++)
            dlb_plot_range_add(&history->x, day_of(history, &history->trend->series[i].points[j]));
    dlb_plot_range_close(&history->x, 0.03);
}

/* ---- values ---- */

static double median_of(const struct dlb_history_series *series, int from, int end)
{
    double *values = calloc((size_t)series->point_count + 1, sizeof *values);
    double median = NAN;
    if (values == NULL)
        return median;
    for (int i = from; i < end; i++)
        values[i - from] = series->points[i].value;
    if (end > from)
        median = dlb_median(values, end - from);
    free(values);
    return median;
}

static struct dlb_plot_range range_of(const struct dlb_history_series *series, double median)
{
    struct dlb_plot_range y = dlb_plot_range_new(DLB_PLOT_LINEAR);
    dlb_plot_range_add(&y, -0.01);
    dlb_plot_range_add(&y, 0.01);
    for (int i = 0; i < series->point_count; i++)
        dlb_plot_range_add(&y, series->points[i].value / median - 1);
    dlb_plot_range_close(&y, 0.08);
    y.hi += 0.2 * (y.hi - y.lo); /* room for what stands at the steps */
    return y;
}

/* Blocks pN (complete runs) and iN (others): day, relative value. True when there are any. */
static bool write_points(const struct history *history, struct dlb_plot *plot, int series_index,
                         double median, bool complete)
{
    const struct dlb_history_series *series = &history->trend->series[series_index];
    char name[24];
    bool any = false;
    snprintf(name, sizeof name, "%c%d", complete ? 'p' : 'i', series_index);
    for (int i = 0; i < series->point_count; i++) {
        const struct dlb_history_point *point = &series->points[i];
        if (point->complete != complete)
            continue;
        if (!any)
            dlb_plot_block(&plot->data, name);
        any = true;
        dlb_plot_row(&plot->data,
                     (const double[]){day_of(history, point), point->value / median - 1}, 2);
    }
    if (any)
        dlb_plot_block_end(&plot->data);
    return any;
}

/* Block mN: the median of each piece between steps, as a line over its days. */
static void write_levels(const struct history *history, struct dlb_plot *plot, int series_index,
                         double median)
{
    const struct dlb_history_series *series = &history->trend->series[series_index];
    char name[24];
    snprintf(name, sizeof name, "m%d", series_index);
    dlb_plot_block(&plot->data, name);
    for (int i = 0, from = 0; i <= series->step_count; i++) {
        const int end = i < series->step_count ? series->steps[i].first : series->point_count;
        const double level = median_of(series, from, end) / median - 1;
        if (end <= from)
            continue;
        dlb_plot_row(&plot->data, (const double[]){day_of(history, &series->points[from]), level},
                     2);
        dlb_plot_row(&plot->data,
                     (const double[]){day_of(history, &series->points[end - 1]), level}, 2);
        dlb_text_append(&plot->data, "\n"); /* ends a line */
        from = end;
    }
    dlb_plot_block_end(&plot->data);
}

/* ---- axes and marks ---- */

/* Round dates, five at most; the label is as fine as their distance. */
static void draw_days(const struct history *history, struct dlb_plot *plot, int most)
{
    static const double steps[] = {1.0 / 1440, 1.0 / 96, 1.0 / 24, 0.25, 1,   2,    7,
                                   14,         30,       91,       182,  365, 1826, 36525};
    const struct dlb_plot_range *x = &history->x;
    size_t at = 0;
    while (at + 1 < DLB_ARRAY_COUNT(steps) && (x->hi - x->lo) / steps[at] > most)
        at++;
    const double step = steps[at];
    const double shift = (double)history->origin / DAY;
    int count = 0;
    dlb_plot_set(plot, "xrange [%.9g:%.9g]", x->lo, x->hi);
    dlb_text_append(&plot->script, "set xtics (");
    const double first = ceil((x->lo + shift) / step) * step - shift;
    for (int i = 0; first + i * step <= x->hi; i++) {
        const double day = first + i * step;
        const time_t when = (time_t)llround((double)history->origin + day * DAY);
        struct tm utc;
        char text[32] = "";
        if (gmtime_r(&when, &utc) == NULL ||
            strftime(text, sizeof text, step >= 1 ? "%Y-%m-%d" : "%m-%d %H:%M", &utc) == 0)
            continue;
        dlb_text_append(&plot->script, count++ > 0 ? ", " : "");
        dlb_plot_quote_tic(&plot->script, text, 0);
        dlb_text_format(&plot->script, " %.9g", day);
    }
    dlb_text_append(&plot->script, ")\n");
}

static void draw_steps(const struct history *history, struct dlb_plot *plot,
                       const struct dlb_history_series *series)
{
    for (int i = 0; i < series->step_count && i < MOST_MARKS; i++) {
        const struct dlb_history_step *step = &series->steps[i];
        if (step->first < 1 || step->first >= series->point_count)
            continue;
        const bool known = step->acknowledged_by[0] != '\0';
        const double day = (day_of(history, &series->points[step->first - 1]) +
                            day_of(history, &series->points[step->first])) /
                           2;
        const char *color = known ? DLB_PLOT_GREY : step->effect > 0 ? "#D55E00" : "#0072B2";
        const bool left = dlb_plot_range_at(&history->x, day) > 0.85;
        dlb_plot_set(plot,
                     "arrow %d from first %.9g, graph 0 to first %.9g, graph 1 nohead lw 1.2 dt %d "
                     "lc rgb '%s' back",
                     STEP_LABEL + i, day, day, known ? 2 : 1, color);
        dlb_plot_set(plot,
                     "label %d '%+.1f %%%s' at first %.9g, graph 1 %s offset %s0.5,-%d.6 front "
                     "textcolor rgb '%s'",
                     STEP_LABEL + i, 100 * step->effect, known ? " (known)" : "", day,
                     left ? "right" : "left", left ? "-" : "", i % 2, color);
    }
}

/* "v1.2", "v0.4-12-gabc": what git describe makes of a tag itself has no dash. */
static bool is_release(const char *rev)
{
    return rev[0] == 'v' && rev[1] >= '0' && rev[1] <= '9' && strchr(rev, '-') == NULL;
}

/* Each release where it is first seen; names that would touch are left out, lines stay. */
static void draw_releases(struct history *history, struct dlb_plot *plot,
                          const struct dlb_history_series *series)
{
    double last = -1;
    for (int i = 0, count = 0; i < series->point_count && count < MOST_MARKS; i++) {
        const struct dlb_history_point *point = &series->points[i];
        if (!is_release(point->rev) ||
            (i > 0 && strcmp(point->rev, series->points[i - 1].rev) == 0))
            continue;
        const double day = day_of(history, point);
        const double place = dlb_plot_range_at(&history->x, day);
        dlb_plot_set(
            plot,
            "arrow %d from first %.9g, graph 0 to first %.9g, graph 1 nohead lw 0.8 lc rgb "
            "'#bbbbbb' back",
            REV_LABEL + count, day, day);
        history->releases = true;
        if (last < 0 || place - last > APART) {
            dlb_text_format(&plot->script, "set label %d ", REV_LABEL + count);
            dlb_plot_quote(&plot->script, point->rev, NAME_COLUMNS);
            dlb_text_format(&plot->script,
                            " at first %.9g, graph 0 %s offset %s0.5,0.6 front textcolor rgb "
                            "'#777777'\n",
                            day, place > 0.85 ? "right" : "left", place > 0.85 ? "-" : "");
            last = place;
        }
        count++;
    }
}

static void draw_drivers(struct history *history, struct dlb_plot *plot,
                         const struct dlb_history_series *series)
{
    for (int i = 1, count = 0; i < series->point_count && count < MOST_MARKS; i++) {
        if (series->points[i].device_id == series->points[i - 1].device_id)
            continue;
        const double day = day_of(history, &series->points[i]);
        dlb_plot_set(plot,
                     "arrow %d from first %.9g, graph 0 to first %.9g, graph 1 nohead lw 1 dt 3 lc "
                     "rgb '#CC79A7' back",
                     DRIVER_ARROW + count++, day, day);
        history->drivers = true;
    }
}

/* ---- a panel ---- */

static void heading_of(const struct history *history, const struct dlb_history_series *series,
                       struct dlb_text *heading)
{
    bool hosts = false;
    for (int i = 1; i < history->trend->count; i++)
        hosts |= strcmp(history->trend->series[i].host, history->trend->series[0].host) != 0;
    dlb_text_format(heading, "%s on %s", series->label, series->device);
    if (hosts)
        dlb_text_format(heading, ", %.40s",
                        series->host_name[0] != '\0' ? series->host_name : series->host);
    dlb_text_format(heading, ": %s", dlb_history_state_name(series->state));
}

static void draw_panel(struct history *history, struct dlb_plot *plot,
                       const struct dlb_plot_layout *layout, int panel, int index)
{
    const struct dlb_history_series *series = &history->trend->series[index];
    const struct dlb_plot_style *style = dlb_plot_style_of(&history->styles, series->device);
    const double median = median_of(series, 0, series->point_count);
    const struct dlb_plot_range y = range_of(series, median);
    struct dlb_text heading = {0};
    char block[24];
    bool first = true;
    const bool complete = write_points(history, plot, index, median, true);
    const bool others = write_points(history, plot, index, median, false);
    write_levels(history, plot, index, median);
    heading_of(history, series, &heading);
    dlb_plot_panel(plot, layout, panel, heading.data != NULL ? heading.data : "");
    dlb_text_free(&heading);
    dlb_plot_axis(&plot->script, "y", &y, DLB_PLOT_SIGNED, 5, NULL);
    draw_days(history, plot, layout->columns > 1 ? 3 : 6);
    draw_steps(history, plot, series);
    draw_releases(history, plot, series);
    draw_drivers(history, plot, series);
    snprintf(block, sizeof block, "m%d", index);
    dlb_plot_series(plot, &first,
                    &(struct dlb_plot_series){.block = block,
                                              .columns = "1:2",
                                              .with = "lines",
                                              .color = DLB_PLOT_GREY,
                                              .width = 1.5});
    snprintf(block, sizeof block, "p%d", index);
    if (complete)
        dlb_plot_series(
            plot, &first,
            &(struct dlb_plot_series){
                .block = block, .columns = "1:2", .with = "points", .style = style, .size = 0.6});
    snprintf(block, sizeof block, "i%d", index);
    if (others)
        dlb_plot_series(plot, &first,
                        &(struct dlb_plot_series){.block = block,
                                                  .columns = "1:2",
                                                  .with = "points",
                                                  .style = style,
                                                  .hollow = true,
                                                  .size = 0.6});
    history->hollow |= others;
    dlb_plot_panel_end(plot, first);
}

/* ---- a picture ---- */

static void describe(const struct history *history, struct dlb_plot *plot, int from, int end)
{
    int steps = 0, drifting = 0, points = 0;
    const struct dlb_history_step *worst = NULL;
    const struct dlb_history_series *where = NULL;
    for (int i = from; i < end; i++) {
        const struct dlb_history_series *series = &history->trend->series[history->order[i]];
        points += series->point_count;
        drifting += series->state == DLB_HISTORY_DRIFTING;
        for (int j = 0; j < series->step_count; j++) {
            steps++;
            if (worst == NULL || series->steps[j].effect > worst->effect) {
                worst = &series->steps[j];
                where = series;
            }
        }
    }
    dlb_text_format(&plot->alt, "%d case%s, %d sessions: %d step%s, %d drifting.", end - from,
                    end - from == 1 ? "" : "s", points, steps, steps == 1 ? "" : "s", drifting);
    if (worst == NULL)
        return;
    dlb_text_format(&plot->alt, " The worst step is %+.1f %%, of ", 100 * worst->effect);
    dlb_plot_clean(&plot->alt, where->label, 48);
    dlb_text_append(&plot->alt, " on ");
    dlb_plot_clean(&plot->alt, where->device, DLB_PLOT_NAME_COLUMNS);
    dlb_text_append(&plot->alt, ".");
}

static void caption(const struct history *history, struct dlb_plot *plot, int left_out)
{
    struct dlb_text *text = &plot->caption;
    char days[2][16] = {"", ""};
    for (int i = 0; i < 2; i++) {
        const double day =
            i == 0 ? 0 : history->x.hi - 0.03 * (history->x.hi - history->x.lo) / 1.06;
        const time_t when = (time_t)llround((double)history->origin + day * DAY);
        struct tm utc;
        if (gmtime_r(&when, &utc) == NULL ||
            strftime(days[i], sizeof days[i], "%Y-%m-%d", &utc) == 0)
            days[i][0] = '\0';
    }
    dlb_text_append(text,
                    "Medians of sessions, relative to the median of their row (a history keeps no "
                    "intervals); grey lines: medians between steps; steps: slower is positive, "
                    "whatever the metric, dashed and grey where somebody has acknowledged them. ");
    if (history->hollow)
        dlb_text_append(text, "Hollow: the run is incomplete. ");
    if (history->releases)
        dlb_text_append(text, "Light lines: releases. ");
    if (history->drivers)
        dlb_text_append(text, "Dotted: another driver, or another device of that name. ");
    dlb_text_format(text, "Fewer than %d sessions tell no step. ", history->trend->points_wanted);
    if (left_out > 0)
        dlb_text_format(text, "%d more cases are left out. ", left_out);
    dlb_text_format(text, "%s to %s, UTC.", days[0], days[1]);
}

static enum dlb_status one_picture(struct history *history, struct dlb_plots *plots, int from,
                                   int end, int left_out)
{
    struct dlb_plot *plot = dlb_plots_add(plots);
    if (plot == NULL)
        return DLB_NO_MEMORY;
    const int panels = end - from;
    const int columns = panels > 3 ? 2 : 1;
    struct dlb_plot_layout layout = {.width = columns > 1 ? 1100 : 900,
                                     .lines = 9,
                                     .rows = (panels + columns - 1) / columns,
                                     .columns = columns,
                                     .left = 9,
                                     .right = 6,
                                     .top = 2,
                                     .bottom = 2};
    history->hollow = history->releases = history->drivers = false;
    dlb_plot_name(plots, plot, "history", NULL, NULL);
    dlb_plot_begin(plot, "History of medians", &layout);
    for (int i = from; i < end; i++)
        draw_panel(history, plot, &layout, i - from, history->order[i]);
    dlb_plot_end(plot, &layout);
    describe(history, plot, from, end);
    caption(history, plot, left_out);
    return DLB_OK;
}

/* ---- the kind ---- */

static enum dlb_status make_styles(struct history *history)
{
    const int count = history->trend->count;
    const char **devices = calloc((size_t)count + 1, sizeof *devices);
    int known = 0;
    if (devices == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < count; i++) {
        int at = 0;
        while (at < known && strcmp(devices[at], history->trend->series[i].device) != 0)
            at++;
        if (at == known)
            devices[known++] = history->trend->series[i].device;
    }
    const enum dlb_status status = dlb_plot_styles_make(devices, known, &history->styles);
    free(devices);
    return status;
}

enum dlb_status dlb_plot_history(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                 struct dlb_why *why)
{
    const struct dlb_history_trend *trend = input->trend;
    if (trend == NULL || trend->count == 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "it draws from a history of runs (dlbench history add), not from a file");
    struct history history = {.trend = trend};
    enum dlb_status status = make_styles(&history);
    history.order = calloc((size_t)trend->count, sizeof *history.order);
    if (history.order == NULL)
        status = DLB_NO_MEMORY;
    if (status == DLB_OK) {
        put_in_order(&history);
        find_days(&history);
    }
    const int shown = trend->count < PANELS * DLB_PLOT_MOST_PICTURES
                          ? trend->count
                          : PANELS * DLB_PLOT_MOST_PICTURES;
    for (int from = 0; from < shown && status == DLB_OK; from += PANELS) {
        const int end = from + PANELS < shown ? from + PANELS : shown;
        status = one_picture(&history, plots, from, end, end == shown ? trend->count - shown : 0);
    }
    free(history.order);
    dlb_plot_styles_free(&history.styles);
    return status == DLB_OK ? DLB_OK : dlb_fail(why, status, "no memory for the pictures");
}
