/* plot_scaling.c: speed-up and efficiency against threads, or against the batch; one picture for each device and quantity.
 *
 * Against threads: time of the fewest threads / own time, times that number, beside the ideal line; efficiency is its share. Against the
 * batch: items per second relative to the smallest batch; efficiency is the share of the best batch. Many problems become a median with their spread. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/summary.h"
#include "reports/plots/plot_frame.h"
#include "reports/report_cells.h"

#define MOST_SERIES 7 /* with a name of their own */
#define PROBLEM     560

enum quantity { THREADS, BATCH, QUANTITIES };

static const struct {
    const char *name, *title, *axis, *speedup, *efficiency;
} words[QUANTITIES] = {
    {"threads", "Scaling with threads", "threads", "speed-up, ideal: dashed",
     "efficiency: speed-up / ideal"},
    {"batch", "Scaling with the batch", "batch", "items/s, times those of the smallest batch",
     "share of the best batch's items/s"},
};

struct point {
    const struct dlb_record *record;
    char problem[PROBLEM]; /* without the quantity */
    double at;             /* threads or batch */
    double rate;           /* 1/s, or items/s */
    double lo, hi;
    double speedup, least, most, efficiency;
    int series;
};

struct scaling {
    const struct dlb_plot_input *input;
    enum quantity quantity;
    const char *device;
    struct point *points; /* sorted by problem and place */
    int count, series_count;
    struct dlb_plot_range x, y, efficiency;
    const struct dlb_record **shown;
    struct dlb_common common; /* what names need not tell */
    bool hollow;
    bool noisy[MOST_SERIES]; /* has the series such points? */
};

/* ---- points ---- */

/* The problem without "batch=N", so that batches of one problem are equal. */
static void strip_batch(const char *problem, char *buffer, size_t size)
{
    const char *at = strstr(problem, "batch=");
    const bool whole = at != NULL && (at == problem || at[-1] == ':' || at[-1] == ',');
    if (!whole) {
        snprintf(buffer, size, "%s", problem);
        return;
    }
    snprintf(buffer, size, "%.*s%s", (int)(at - problem), problem, at + strcspn(at, ","));
}

static bool make_point(const struct dlb_record *record, enum quantity quantity, struct point *point)
{
    char problem[PROBLEM];
    if (!dlb_plot_has_time(record) || strcmp(record->evidence, "emulated") == 0)
        return false;
    const double at = quantity == THREADS ? record->threads : (double)record->batch;
    if (quantity == BATCH)
        strip_batch(record->problem, problem, sizeof problem);
    else
        snprintf(problem, sizeof problem, "%s", record->problem);
    const double items = quantity == BATCH ? record->items : 1;
    const struct dlb_summary *summary = &record->summary;
    if (!(at > 0) || !(items > 0))
        return false;
    *point =
        (struct point){.record = record,
                       .at = at,
                       .rate = items * 1e9 / summary->median_ns,
                       .lo = summary->ci_hi_ns > 0 ? items * 1e9 / summary->ci_hi_ns : (double)NAN,
                       .hi = summary->ci_lo_ns > 0 ? items * 1e9 / summary->ci_lo_ns : (double)NAN};
    memcpy(point->problem, problem, sizeof point->problem);
    return true;
}

/* Equal but for the quantity. */
static int compare_series(const struct point *a, const struct point *b, enum quantity quantity)
{
    int order = strcmp(a->problem, b->problem);
    if (order == 0)
        order = strcmp(a->record->dtype, b->record->dtype);
    if (order == 0)
        order = strcmp(a->record->mode, b->record->mode);
    if (order == 0)
        order = strcmp(dlb_ranking_cache(a->record), dlb_ranking_cache(b->record));
    if (order == 0)
        order = strcmp(a->record->data, b->record->data);
    if (order == 0 && quantity == BATCH)
        order = a->record->threads - b->record->threads;
    return order;
}

static int by_place(const void *left, const void *right, enum quantity quantity)
{
    const struct point *a = left;
    const struct point *b = right;
    const int order = compare_series(a, b, quantity);
    return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

static int by_threads(const void *left, const void *right)
{
    return by_place(left, right, THREADS);
}

static int by_batch(const void *left, const void *right)
{
    return by_place(left, right, BATCH);
}

/* Series of one place only say nothing: they are taken out. Fills speed-ups and efficiencies. */
static void fill_series(struct scaling *scaling)
{
    int kept = 0;
    for (int first = 0, end = 0; first < scaling->count; first = end) {
        struct point *base = &scaling->points[first];
        double best = 0;
        for (end = first; end < scaling->count &&
                          compare_series(base, &scaling->points[end], scaling->quantity) == 0;
             end++)
            best = fmax(best, scaling->points[end].rate);
        if (scaling->points[end - 1].at <= base->at)
            continue;
        const double unit = (scaling->quantity == THREADS ? base->at : 1) / base->rate;
        for (int i = first; i < end; i++) {
            struct point point = scaling->points[i];
            point.speedup = point.rate * unit;
            point.least = point.lo * unit;
            point.most = point.hi * unit;
            point.efficiency =
                scaling->quantity == THREADS ? point.speedup / point.at : point.rate / best;
            point.series = scaling->series_count;
            scaling->hollow |= !dlb_plot_is_measured(point.record);
            scaling->shown[kept] = point.record;
            scaling->points[kept++] = point; /* never ahead of i */
        }
        scaling->series_count++;
    }
    scaling->count = kept;
}

static void find_ranges(struct scaling *scaling)
{
    scaling->x = dlb_plot_range_new(DLB_PLOT_LOG2);
    scaling->y = dlb_plot_range_new(DLB_PLOT_LOG2);
    scaling->efficiency = dlb_plot_range_new(DLB_PLOT_LINEAR);
    dlb_plot_range_add(&scaling->efficiency, 0);
    dlb_plot_range_add(&scaling->efficiency, 1);
    for (int i = 0; i < scaling->count; i++) {
        const struct point *point = &scaling->points[i];
        dlb_plot_range_add(&scaling->x, point->at);
        dlb_plot_range_add(&scaling->y, point->speedup);
        dlb_plot_range_add(&scaling->y, point->least);
        dlb_plot_range_add(&scaling->y, point->most);
        dlb_plot_range_add(&scaling->efficiency, point->efficiency);
        if (scaling->quantity == THREADS)
            dlb_plot_range_add(&scaling->y, point->at);
    }
    dlb_plot_range_close(&scaling->x, 0.06);
    dlb_plot_range_close(&scaling->y, 0.06);
    dlb_plot_range_close(&scaling->efficiency, 0.04);
}

/* ---- blocks ---- */

/* place, speed-up, lo, hi, efficiency of one series: sN; of its noisy points alone: nN. True when there are any. */
static bool write_series(const struct scaling *scaling, struct dlb_plot *plot, int series,
                         bool noisy)
{
    char name[24];
    bool any = false;
    snprintf(name, sizeof name, "%c%d", noisy ? 'n' : 's', series);
    for (int i = 0; i < scaling->count; i++) {
        const struct point *point = &scaling->points[i];
        const bool known = isfinite(point->least) && isfinite(point->most);
        if (point->series != series || (noisy && !dlb_record_has_flag(point->record, "noisy")))
            continue;
        if (!any)
            dlb_plot_block(&plot->data, name);
        any = true;
        dlb_plot_row(&plot->data,
                     (const double[]){point->at, point->speedup,
                                      known ? point->least : point->speedup,
                                      known ? point->most : point->speedup, point->efficiency},
                     5);
    }
    if (any)
        dlb_plot_block_end(&plot->data);
    return any;
}

static int by_number(const void *left, const void *right)
{
    const struct point *a = left;
    const struct point *b = right;
    return (a->at > b->at) - (a->at < b->at);
}

/* place, median, quartiles of the speed-ups; the same of the efficiencies. Reorders the points. */
static void write_median(struct scaling *scaling, struct dlb_plot *plot)
{
    double *values = calloc((size_t)scaling->count + 1, sizeof *values);
    if (values == NULL) {
        plot->data.failed = true;
        return;
    }
    qsort(scaling->points, (size_t)scaling->count, sizeof *scaling->points, by_number);
    dlb_plot_block(&plot->data, "median");
    for (int first = 0, end = 0; first < scaling->count; first = end) {
        double row[7] = {scaling->points[first].at};
        for (int what = 0; what < 2; what++) {
            int64_t n = 0;
            for (end = first; end < scaling->count && scaling->points[end].at == row[0]; end++)
                values[n++] =
                    what == 0 ? scaling->points[end].speedup : scaling->points[end].efficiency;
            dlb_sort(values, n);
            row[3 * what + 1] = dlb_quantile_sorted(values, n, 0.5);
            row[3 * what + 2] = dlb_quantile_sorted(values, n, 0.25);
            row[3 * what + 3] = dlb_quantile_sorted(values, n, 0.75);
        }
        dlb_plot_row(&plot->data, row, 7);
    }
    dlb_plot_block_end(&plot->data);
    free(values);
}

/* ---- the picture ---- */

/* The line of a problem with its points, their bars, and crosses on those that are noisy. */
static void draw_series(const struct scaling *scaling, struct dlb_plot *plot, bool *first,
                        int panel, int index)
{
    char name[24];
    const struct dlb_plot_style style = dlb_plot_style_at(index);
    struct dlb_plot_series series = {.block = name,
                                     .columns = panel == 0 ? "1:2" : "1:5",
                                     .with = "linespoints",
                                     .style = &style,
                                     .hollow = scaling->hollow};
    snprintf(name, sizeof name, "s%d", index);
    dlb_plot_series(plot, first, &series);
    if (panel == 0 && !scaling->hollow) { /* a bar of no length would fill the symbol */
        series.columns = "1:2:3:4";
        series.with = "yerrorbars";
        dlb_plot_series(plot, first, &series);
    }
    if (!scaling->noisy[index])
        return;
    snprintf(name, sizeof name, "n%d", index);
    dlb_plot_series(plot, first,
                    &(struct dlb_plot_series){.block = name,
                                              .columns = panel == 0 ? "1:2" : "1:5",
                                              .with = "points",
                                              .color = "#000000",
                                              .point = 2,
                                              .size = 1.1});
}

static void draw_panel(const struct scaling *scaling, struct dlb_plot *plot,
                       const struct dlb_plot_layout *layout, int panel)
{
    const bool many = scaling->series_count > MOST_SERIES;
    bool first = true;
    dlb_plot_panel(plot, layout, panel,
                   panel == 0 ? words[scaling->quantity].speedup
                              : words[scaling->quantity].efficiency);
    dlb_plot_axis(&plot->script, "x", &scaling->x, DLB_PLOT_PLAIN, 8,
                  words[scaling->quantity].axis);
    if (panel == 0)
        dlb_plot_axis(&plot->script, "y", &scaling->y, DLB_PLOT_RATIO, 8, NULL);
    else
        dlb_plot_axis(&plot->script, "y", &scaling->efficiency, DLB_PLOT_PERCENT, 7, NULL);
    if (scaling->quantity == THREADS) { /* y = x, and 100 % */
        const double low = fmax(scaling->x.lo, scaling->y.lo);
        const double high = fmin(scaling->x.hi, scaling->y.hi);
        dlb_plot_set(plot,
                     "arrow 1 from %.6g, %.6g to %.6g, %.6g nohead dt 2 lc rgb '#555555' back",
                     panel == 0 ? low : scaling->x.lo, panel == 0 ? low : 1,
                     panel == 0 ? high : scaling->x.hi, panel == 0 ? high : 1);
    }
    for (int i = 0; i < scaling->series_count && !many; i++)
        draw_series(scaling, plot, &first, panel, i);
    if (many) {
        const struct dlb_plot_style style = dlb_plot_style_at(0);
        struct dlb_plot_series series = {.block = "median",
                                         .columns = panel == 0 ? "1:3:4" : "1:6:7",
                                         .with = "filledcurves fs transparent solid 0.25 noborder",
                                         .style = &style};
        dlb_plot_series(plot, &first, &series);
        series.columns = panel == 0 ? "1:2" : "1:5";
        series.with = "linespoints";
        dlb_plot_series(plot, &first, &series);
    }
    dlb_plot_panel_end(plot, first);
}

/* As the rows of a table are called: with the type, and with mode, cache and data where the cases differ in them. */
static void name_series(const struct scaling *scaling, int series, struct dlb_text *name)
{
    char label[256];
    for (int i = 0; i < scaling->count; i++)
        if (scaling->points[i].series == series) {
            dlb_report_label(scaling->points[i].record, &scaling->common, label, sizeof label);
            dlb_plot_clean(name, label, DLB_PLOT_NAME_COLUMNS);
            return;
        }
}

static void draw(struct scaling *scaling, struct dlb_plot *plot)
{
    struct dlb_plot_entry legend[MOST_SERIES + 2] = {{.title = NULL}};
    struct dlb_plot_style styles[MOST_SERIES];
    struct dlb_text names[MOST_SERIES] = {{.data = NULL}};
    struct dlb_text title = {0};
    const bool many = scaling->series_count > MOST_SERIES;
    bool noisy = false;
    int count = 0;
    for (int i = 0; i < scaling->series_count && !many; i++) {
        styles[i] = dlb_plot_style_at(i);
        name_series(scaling, i, &names[i]);
        (void)write_series(scaling, plot, i, false);
        scaling->noisy[i] = write_series(scaling, plot, i, true);
        noisy |= scaling->noisy[i];
        legend[count++] =
            (struct dlb_plot_entry){.title = names[i].data != NULL ? names[i].data : "",
                                    .style = &styles[i],
                                    .line = true,
                                    .hollow = scaling->hollow};
    }
    if (many) {
        styles[0] = dlb_plot_style_at(0);
        legend[count++] = (struct dlb_plot_entry){
            .title = "median of all problems, and quartiles", .style = &styles[0], .line = true};
        write_median(scaling, plot);
    }
    if (noisy)
        legend[count++] = (struct dlb_plot_entry){.title = "crossed: noisy", .point = 2};
    struct dlb_plot_layout layout = {.width = 960,
                                     .lines = 20,
                                     .rows = 1,
                                     .columns = 2,
                                     .left = 8,
                                     .right = 3,
                                     .top = 2,
                                     .bottom = 3,
                                     .legend_count = count,
                                     .legend = legend};
    dlb_text_format(&title, "%s, ", words[scaling->quantity].title);
    dlb_plot_clean(&title, scaling->device, 60);
    dlb_plot_begin(plot, title.data != NULL ? title.data : words[scaling->quantity].title, &layout);
    draw_panel(scaling, plot, &layout, 0);
    draw_panel(scaling, plot, &layout, 1);
    dlb_plot_end(plot, &layout);
    dlb_text_free(&title);
    for (int i = 0; i < MOST_SERIES; i++)
        dlb_text_free(&names[i]);
}

static enum dlb_status finish(const struct scaling *scaling, struct dlb_plot *plot)
{
    const struct point *best = &scaling->points[0];
    struct dlb_text what = {0};
    char more[120] = "";
    for (int i = 1; i < scaling->count; i++)
        if (scaling->points[i].speedup > best->speedup)
            best = &scaling->points[i];
    dlb_text_format(&plot->alt, "%d problems over %s; the largest speed-up is %.3g at %.0f, of ",
                    scaling->series_count, words[scaling->quantity].axis, best->speedup, best->at);
    dlb_plot_clean(&plot->alt, best->record->label, 60);
    dlb_text_append(&plot->alt, ".");
    if (scaling->series_count > MOST_SERIES)
        snprintf(more, sizeof more, "%d problems are too many for lines of their own",
                 scaling->series_count);
    dlb_text_append(&what, scaling->quantity == THREADS
                               ? "Speed-up: time with the fewest threads / own time, times those "
                                 "threads; medians"
                               : "Items per second relative to the smallest batch; medians");
    if (scaling->series_count <= MOST_SERIES)
        dlb_plot_bars(scaling->shown, scaling->count, &what);
    const enum dlb_status status =
        what.failed ? DLB_NO_MEMORY
                    : dlb_plot_caption(plot, scaling->input,
                                       &(struct dlb_plot_shown){.records = scaling->shown,
                                                                .count = scaling->count,
                                                                .what = what.data,
                                                                .more = more});
    dlb_text_free(&what);
    return status;
}

/* ---- the kind ---- */

static enum dlb_status one_picture(struct scaling *scaling, struct dlb_plots *plots)
{
    const struct dlb_result *result = scaling->input->result;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        if (strcmp(record->device, scaling->device) == 0 &&
            make_point(record, scaling->quantity, &scaling->points[scaling->count]))
            scaling->count++;
    }
    qsort(scaling->points, (size_t)scaling->count, sizeof *scaling->points,
          scaling->quantity == THREADS ? by_threads : by_batch);
    fill_series(scaling);
    if (scaling->series_count == 0)
        return DLB_OK;
    struct dlb_plot *plot = dlb_plots_add(plots);
    if (plot == NULL)
        return DLB_NO_MEMORY;
    find_ranges(scaling);
    dlb_plot_name(plots, plot, "scaling", words[scaling->quantity].name, scaling->device);
    draw(scaling, plot);
    return finish(scaling, plot);
}

static enum dlb_status all_pictures(const struct dlb_plot_input *input,
                                    const struct dlb_ranking *ranking, struct dlb_plots *plots)
{
    const size_t size = (size_t)input->result->record_count + 1;
    struct point *points = calloc(size, sizeof *points);
    const struct dlb_record **shown = calloc(size, sizeof *shown);
    enum dlb_status status = points != NULL && shown != NULL ? DLB_OK : DLB_NO_MEMORY;
    const int before = plots->count;
    for (int q = 0; q < QUANTITIES; q++)
        for (int i = 0; i < ranking->device_count && status == DLB_OK &&
                        plots->count - before < DLB_PLOT_MOST_PICTURES;
             i++) {
            struct scaling scaling = {.input = input,
                                      .quantity = (enum quantity)q,
                                      .device = ranking->devices[i],
                                      .points = points,
                                      .shown = shown,
                                      .common = dlb_report_common(input->result, ranking)};
            scaling.common.many_threads = q == BATCH && ranking->many_threads;
            status = one_picture(&scaling, plots);
        }
    free(points);
    free(shown);
    return status;
}

enum dlb_status dlb_plot_scaling(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                 struct dlb_why *why)
{
    struct dlb_ranking ranking;
    const int before = plots->count;
    enum dlb_status status = dlb_ranking_make(input->result, &ranking);
    if (status == DLB_OK) {
        status = all_pictures(input, &ranking, plots);
        dlb_ranking_free(&ranking);
    }
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for the pictures");
    if (plots->count == before)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "no device ran one problem with two thread counts or two batch sizes: "
                        "dlbench run --threads 1,2");
    return DLB_OK;
}
