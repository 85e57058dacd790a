/* plot_precision.c: speed against the error of the answer, type by type: what a problem gains on a device by fewer bits, and what it loses.
 *
 * The error is the largest of the verified elements, relative to the scale of its tolerance. One panel for each device; the types of one problem
 * are joined, from the most exact to the fastest. An exact answer has no place on a logarithmic axis: it stands at the left edge. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots/plot_dots.h"

#define MOST_PANELS  12
#define MOST_DTYPES  8
#define MOST_LADDERS 60 /* joined problems of a panel; more are points alone */
#define PROBLEM      512

struct rung {
    const struct dlb_record *record;
    char problem[PROBLEM]; /* without the type */
    int device;            /* style */
    double error, speed;
};

struct ladder {
    const struct dlb_plot_input *input;
    const struct dlb_plot_styles *styles;
    int count;
    struct rung *rungs; /* sorted by device, problem, error */
    int panels[MOST_PANELS];
    int panel_count, left_out; /* devices */
    int unverified;            /* cases with a time and without an error */
    const char *dtypes[MOST_DTYPES];
    struct dlb_plot_style dtype_styles[MOST_PANELS * MOST_DTYPES]; /* one a panel and type */
    int dtype_count;
    double exact; /* where answers without any error stand; NaN: there are none */
    struct dlb_plot_dots dots;
    struct dlb_plot_range x, y;
    const struct dlb_record **shown;
};

/* ---- rungs ---- */

/* The problem without "dtype=..." */
static void strip_dtype(const char *problem, char *buffer, size_t size)
{
    const char *at = strstr(problem, "dtype=");
    if (at == NULL || (at > problem && at[-1] != ':' && at[-1] != ',')) {
        snprintf(buffer, size, "%s", problem);
        return;
    }
    const char *rest = at + strcspn(at, ",");
    snprintf(buffer, size, "%.*s%s", (int)(at - problem), problem, *rest == ',' ? rest + 1 : rest);
}

static int dtype_of(struct ladder *ladder, const char *dtype)
{
    for (int i = 0; i < ladder->dtype_count; i++)
        if (strcmp(ladder->dtypes[i], dtype) == 0)
            return i;
    if (ladder->dtype_count == MOST_DTYPES)
        return -1;
    ladder->dtypes[ladder->dtype_count] = dtype;
    return ladder->dtype_count++;
}

static int by_ladder(const void *left, const void *right)
{
    const struct rung *a = left;
    const struct rung *b = right;
    const int order = strcmp(a->problem, b->problem);
    if (a->device != b->device)
        return a->device - b->device;
    if (order != 0)
        return order;
    return (a->error > b->error) - (a->error < b->error);
}

static void gather(struct ladder *ladder)
{
    const struct dlb_result *result = ladder->input->result;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        const struct dlb_plot_style *style = dlb_plot_style_of(ladder->styles, record->device);
        const double speed = dlb_plot_rate(record, false).value;
        const double error = record->verified.max_rel_err;
        if (!dlb_plot_has_time(record) || !(speed > 0) || style == NULL ||
            strcmp(record->evidence, "emulated") == 0)
            continue;
        if (!record->verified.checked || !(error >= 0) || !isfinite(error) ||
            dtype_of(ladder, record->dtype) < 0) {
            ladder->unverified++;
            continue;
        }
        struct rung *rung = &ladder->rungs[ladder->count++];
        *rung = (struct rung){.record = record,
                              .device = (int)(style - ladder->styles->items),
                              .error = error,
                              .speed = speed};
        strip_dtype(record->problem, rung->problem, sizeof rung->problem);
    }
    qsort(ladder->rungs, (size_t)ladder->count, sizeof *ladder->rungs, by_ladder);
}

/* A panel for each device, as far as there are places. */
static int panel_of(struct ladder *ladder, int device)
{
    for (int i = 0; i < ladder->panel_count; i++)
        if (ladder->panels[i] == device)
            return i;
    if (ladder->panel_count == MOST_PANELS)
        return -1;
    ladder->panels[ladder->panel_count] = device;
    return ladder->panel_count++;
}

static void find_edge(struct ladder *ladder)
{
    struct dlb_plot_range range = dlb_plot_range_new(DLB_PLOT_LOG10);
    bool any = false;
    for (int i = 0; i < ladder->count; i++) {
        any |= ladder->rungs[i].error == 0;
        dlb_plot_range_add(&range, ladder->rungs[i].error);
    }
    dlb_plot_range_close(&range, 0.1);
    ladder->exact = any ? range.lo : (double)NAN;
}

static void make_dots(struct ladder *ladder)
{
    struct dlb_plot_dots *dots = &ladder->dots;
    int last_left_out = -1;
    for (int i = 0; i < ladder->count; i++) {
        struct rung *rung = &ladder->rungs[i];
        const int panel = panel_of(ladder, rung->device);
        if (panel < 0) {
            ladder->left_out += rung->device != last_left_out;
            last_left_out = rung->device;
            continue;
        }
        if (rung->error == 0)
            rung->error = ladder->exact;
        ladder->shown[dots->count] = rung->record;
        dots->items[dots->count++] = (struct dlb_plot_dot){
            .x = {rung->error, (double)NAN, (double)NAN},
            .y = dlb_plot_rate(rung->record, false),
            .series = panel * MOST_DTYPES + dtype_of(ladder, rung->record->dtype),
            .hollow = !dlb_plot_is_measured(rung->record),
            .record = rung->record};
    }
    for (int i = 0; i < MOST_PANELS * MOST_DTYPES; i++)
        ladder->dtype_styles[i] = dlb_plot_style_at(i % MOST_DTYPES);
    dots->styles = ladder->dtype_styles;
    dots->series_count = ladder->panel_count * MOST_DTYPES;
}

/* ---- drawing ---- */

/* Blocks jN: the rungs of each problem that has several, one below the other. */
static bool write_joins(const struct ladder *ladder, struct dlb_plot *plot, int panel)
{
    char name[24];
    int joined = 0;
    snprintf(name, sizeof name, "j%d", panel);
    for (int first = 0, end = 0; first < ladder->count && joined < MOST_LADDERS; first = end) {
        for (end = first + 1;
             end < ladder->count && ladder->rungs[end].device == ladder->rungs[first].device &&
             strcmp(ladder->rungs[end].problem, ladder->rungs[first].problem) == 0;)
            end++;
        if (ladder->rungs[first].device != ladder->panels[panel] || end - first < 2)
            continue;
        if (joined++ == 0)
            dlb_plot_block(&plot->data, name);
        for (int i = first; i < end; i++)
            dlb_plot_row(&plot->data,
                         (const double[]){ladder->rungs[i].error, ladder->rungs[i].speed}, 2);
        dlb_text_append(&plot->data, "\n"); /* ends a line */
    }
    if (joined > 0)
        dlb_plot_block_end(&plot->data);
    return joined > 0;
}

static void draw_panel(const struct ladder *ladder, struct dlb_plot *plot,
                       const struct dlb_plot_layout *layout, int panel, bool joins)
{
    const bool many = ladder->panel_count > 1;
    char block[24];
    bool first = true;
    dlb_plot_panel(plot, layout, panel, ladder->styles->items[ladder->panels[panel]].device);
    dlb_plot_axis(&plot->script, "x", &ladder->x, DLB_PLOT_PLAIN, many ? 4 : 8,
                  many ? NULL : "largest error, relative");
    dlb_plot_axis(&plot->script, "y", &ladder->y, DLB_PLOT_SI, many ? 5 : 8,
                  many ? NULL : "operations per second");
    snprintf(block, sizeof block, "j%d", panel);
    if (joins)
        dlb_plot_series(plot, &first,
                        &(struct dlb_plot_series){.block = block,
                                                  .columns = "1:2",
                                                  .with = "lines",
                                                  .color = "#bbbbbb",
                                                  .width = 0.8});
    dlb_plot_dots_draw(&ladder->dots, plot, &first, panel * MOST_DTYPES, (panel + 1) * MOST_DTYPES,
                       false);
    dlb_plot_panel_end(plot, first);
}

static void draw(struct ladder *ladder, struct dlb_plot *plot)
{
    struct dlb_plot_entry legend[MOST_DTYPES + 4];
    bool joins[MOST_PANELS];
    int count = 0;
    bool any = false;
    for (int i = 0; i < ladder->panel_count; i++) {
        joins[i] = write_joins(ladder, plot, i);
        any |= joins[i];
    }
    for (int i = 0; i < ladder->dtype_count; i++)
        legend[count++] =
            (struct dlb_plot_entry){.title = ladder->dtypes[i], .style = &ladder->dtype_styles[i]};
    if (any)
        legend[count++] =
            (struct dlb_plot_entry){.title = "line: one problem", .point = -1, .line = true};
    count = dlb_plot_dots_legend(&ladder->dots, legend, count);
    const int columns = ladder->panel_count < 3 ? ladder->panel_count : 3;
    struct dlb_plot_layout layout = {.width = columns == 1 ? 900 : 1100,
                                     .lines = columns == 1 ? 22 : 12,
                                     .rows = (ladder->panel_count + columns - 1) / columns,
                                     .columns = columns,
                                     .left = columns == 1 ? 11 : 9,
                                     .right = 3,
                                     .top = 2,
                                     .bottom = columns == 1 ? 3 : 2,
                                     .legend_count = count,
                                     .legend = legend};
    dlb_plot_begin(plot, "Speed against error", &layout);
    for (int i = 0; i < ladder->panel_count; i++)
        draw_panel(ladder, plot, &layout, i, joins[i]);
    dlb_plot_end(plot, &layout);
}

/* The fastest of a type and its errors, of what was measured alone: a model's rate is nobody's. */
static void tell_dtype(const struct ladder *ladder, struct dlb_plot *plot, int dtype)
{
    const struct dlb_plot_dots *dots = &ladder->dots;
    double best = 0, least = INFINITY, most = 0;
    int measured = 0;
    for (int i = 0; i < dots->count; i++) {
        const struct dlb_record *record = dots->items[i].record;
        if (dots->items[i].series % MOST_DTYPES != dtype || !dlb_plot_is_measured(record))
            continue;
        measured++;
        best = fmax(best, dots->items[i].y.value);
        least = fmin(least, record->verified.max_rel_err);
        most = fmax(most, record->verified.max_rel_err);
    }
    if (measured == 0) {
        dlb_text_format(&plot->alt, " %s: not measured.", ladder->dtypes[dtype]);
        return;
    }
    char rate[24];
    dlb_plot_tic(rate, sizeof rate, best, DLB_PLOT_SI);
    dlb_text_format(&plot->alt,
                    " %s: up to %s operations per second measured, errors %.2g to %.2g.",
                    ladder->dtypes[dtype], rate, least, most);
}

static enum dlb_status finish(const struct ladder *ladder, struct dlb_plot *plot)
{
    const struct dlb_plot_dots *dots = &ladder->dots;
    struct dlb_text more = {0};
    struct dlb_text what = {0};
    dlb_text_append(&what, "Rate: median");
    if (dots->stride == 1)
        dlb_plot_bars(ladder->shown, dots->count, &what);
    dlb_text_append(&what, "; error: the largest that verification found, relative to the scale of "
                           "its tolerance");
    dlb_text_format(&plot->alt, "%d cases on %d devices.", dots->count, ladder->panel_count);
    for (int t = 0; t < ladder->dtype_count; t++)
        tell_dtype(ladder, plot, t);
    dlb_text_append(&more, "Across: largest error; up: operations per second");
    if (!isnan(ladder->exact))
        dlb_text_append(&more, ". At the left edge: no error at all");
    if (ladder->unverified > 0)
        dlb_text_format(&more, ". %d cases without a verified answer are left out",
                        ladder->unverified);
    if (ladder->left_out > 0)
        dlb_text_format(&more, ". %d more devices are left out", ladder->left_out);
    if (dots->stride > 1)
        dlb_text_format(&more, ". One of %d cases is drawn, without bars", dots->stride);
    const enum dlb_status status =
        more.failed || what.failed
            ? DLB_NO_MEMORY
            : dlb_plot_caption(plot, ladder->input,
                               &(struct dlb_plot_shown){.records = ladder->shown,
                                                        .count = dots->count,
                                                        .what = what.data,
                                                        .more = more.data});
    dlb_text_free(&what);
    dlb_text_free(&more);
    return status;
}

/* ---- the kind ---- */

static enum dlb_status build(struct ladder *ladder, struct dlb_plots *plots)
{
    gather(ladder);
    if (ladder->count == 0)
        return DLB_OK;
    struct dlb_plot *plot = dlb_plots_add(plots);
    if (plot == NULL)
        return DLB_NO_MEMORY;
    find_edge(ladder);
    make_dots(ladder);
    dlb_plot_dots_sort(&ladder->dots);
    ladder->x = dlb_plot_range_new(DLB_PLOT_LOG10);
    ladder->y = dlb_plot_range_new(DLB_PLOT_LOG10);
    dlb_plot_dots_ranges(&ladder->dots, &ladder->x, &ladder->y);
    dlb_plot_range_close(&ladder->x, 0.06);
    dlb_plot_range_close(&ladder->y, 0.06);
    dlb_plot_name(plots, plot, "precision", NULL, NULL);
    enum dlb_status status = dlb_plot_dots_write(&ladder->dots, plot);
    if (status == DLB_OK) {
        draw(ladder, plot);
        status = finish(ladder, plot);
    }
    dlb_plot_dots_free(&ladder->dots);
    return status;
}

enum dlb_status dlb_plot_precision(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                   struct dlb_why *why)
{
    struct dlb_plot_classes classes;
    const int before = plots->count;
    const size_t size = (size_t)input->result->record_count + 1;
    enum dlb_status status = dlb_plot_classes_make(input->result, true, &classes, why);
    if (status != DLB_OK)
        return status;
    struct ladder ladder = {.input = input, .styles = &classes.styles};
    ladder.rungs = calloc(size, sizeof *ladder.rungs);
    ladder.shown = calloc(size, sizeof *ladder.shown);
    ladder.dots.items = calloc(size, sizeof *ladder.dots.items);
    status = DLB_NO_MEMORY;
    if (ladder.rungs != NULL && ladder.shown != NULL && ladder.dots.items != NULL)
        status = build(&ladder, plots);
    free(ladder.rungs);
    free(ladder.shown);
    free(ladder.dots.items);
    dlb_plot_classes_free(&classes);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for the picture");
    if (plots->count == before)
        return dlb_fail(why, DLB_UNAVAILABLE, "no case has both a rate and a verified error");
    return DLB_OK;
}
