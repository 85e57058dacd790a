/* plot_dots.c: clouds of points as blocks and series: filled where measured, hollow where not, crossed where noisy.
 *
 * The caps of a bar without length lie across the symbol and make a hollow one look filled: hollow points without bars are a block of their own,
 * drawn as points; those with bars are drawn once more above them, in white and as an outline. */
#include "reports/plots/plot_dots.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum part { LINE, MEASURED, BARRED, HOLLOW, NOISY, PARTS }; /* BARRED: hollow, with bars */
static const char letters[PARTS] = {'l', 'd', 'b', 'h', 'n'};

static int by_series(const void *left, const void *right)
{
    const struct dlb_plot_dot *a = left;
    const struct dlb_plot_dot *b = right;
    if (a->series != b->series)
        return a->series - b->series;
    if (a->x.value != b->x.value)
        return a->x.value < b->x.value ? -1 : 1;
    return (a->y.value > b->y.value) - (a->y.value < b->y.value);
}

void dlb_plot_dots_sort(struct dlb_plot_dots *dots)
{
    qsort(dots->items, (size_t)dots->count, sizeof *dots->items, by_series);
}

static void widen(struct dlb_plot_range *range, const struct dlb_plot_value *value)
{
    dlb_plot_range_add(range, value->value);
    dlb_plot_range_add(range, value->lo);
    dlb_plot_range_add(range, value->hi);
}

void dlb_plot_dots_ranges(const struct dlb_plot_dots *dots, struct dlb_plot_range *x,
                          struct dlb_plot_range *y)
{
    for (int i = 0; i < dots->count; i++) {
        widen(x, &dots->items[i].x);
        widen(y, &dots->items[i].y);
    }
}

static bool has_bar(const struct dlb_plot_value *value)
{
    return isfinite(value->lo) && isfinite(value->hi);
}

static bool belongs(const struct dlb_plot_dots *dots, const struct dlb_plot_dot *dot,
                    enum part part)
{
    switch (part) {
    case LINE:
        return dots->lines;
    case MEASURED:
        return !dot->hollow;
    case BARRED:
        return dot->hollow && (has_bar(&dot->x) || has_bar(&dot->y));
    case HOLLOW:
        return dot->hollow && !has_bar(&dot->x) && !has_bar(&dot->y);
    case NOISY:
    default:
        return dlb_record_has_flag(dot->record, "noisy");
    }
}

/* x, y, and the ends of their bars; a bar that is not known has no length. */
static void write_dot(struct dlb_plot *plot, const struct dlb_plot_dot *dot)
{
    const bool x = has_bar(&dot->x);
    const bool y = has_bar(&dot->y);
    dlb_plot_row(&plot->data,
                 (const double[]){dot->x.value, dot->y.value, x ? dot->x.lo : dot->x.value,
                                  x ? dot->x.hi : dot->x.value, y ? dot->y.lo : dot->y.value,
                                  y ? dot->y.hi : dot->y.value},
                 6);
}

static bool write_part(const struct dlb_plot_dots *dots, struct dlb_plot *plot, int series,
                       enum part part)
{
    bool any = false;
    char name[24];
    snprintf(name, sizeof name, "%c%d", letters[part], series);
    for (int i = 0; i < dots->count; i += dots->stride) {
        const struct dlb_plot_dot *dot = &dots->items[i];
        if (dot->series != series || !belongs(dots, dot, part))
            continue;
        if (!any)
            dlb_plot_block(&plot->data, name);
        any = true;
        write_dot(plot, dot);
    }
    if (any)
        dlb_plot_block_end(&plot->data);
    return any;
}

enum dlb_status dlb_plot_dots_write(struct dlb_plot_dots *dots, struct dlb_plot *plot)
{
    dots->has = calloc((size_t)(dots->series_count * PARTS) + 1, sizeof *dots->has);
    if (dots->has == NULL)
        return DLB_NO_MEMORY;
    dots->stride = (dots->count + DLB_PLOT_MOST_POINTS - 1) / DLB_PLOT_MOST_POINTS;
    dots->stride = dots->stride > 1 ? dots->stride : 1;
    for (int series = 0; series < dots->series_count; series++)
        for (int part = 0; part < PARTS; part++) {
            const bool any = write_part(dots, plot, series, (enum part)part);
            dots->has[series * PARTS + part] = any;
            dots->hollow |= any && (part == BARRED || part == HOLLOW);
            dots->noisy |= any && part == NOISY;
        }
    return DLB_OK;
}

static void draw_part(const struct dlb_plot_dots *dots, struct dlb_plot *plot, bool *first,
                      int series, enum part part, bool behind)
{
    const bool bars =
        !behind && (part == MEASURED || part == BARRED) && dots->count <= DLB_PLOT_MOST_POINTS;
    char block[24];
    snprintf(block, sizeof block, "%c%d", letters[part], series);
    struct dlb_plot_series look = {.block = block,
                                   .columns = bars ? "1:2:3:4:5:6" : "1:2",
                                   .with = bars           ? "xyerrorbars"
                                           : part == LINE ? "lines"
                                                          : "points",
                                   .style = &dots->styles[series],
                                   .color = behind          ? DLB_PLOT_LIGHT
                                            : part == NOISY ? "#000000"
                                                            : NULL,
                                   .point = part == NOISY ? 2 : 0,
                                   .hollow = part == BARRED || part == HOLLOW,
                                   .size = behind          ? 0.4
                                           : part == NOISY ? 1.1
                                                           : 0.8};
    dlb_plot_series(plot, first, &look);
    if (!bars || part != BARRED)
        return;
    look.columns = "1:2";
    look.with = "points";
    look.color = "#ffffff";
    look.hollow = false;
    dlb_plot_series(plot, first, &look);
    look.color = NULL;
    look.hollow = true;
    dlb_plot_series(plot, first, &look);
}

void dlb_plot_dots_draw(const struct dlb_plot_dots *dots, struct dlb_plot *plot, bool *first,
                        int first_series, int end, bool behind)
{
    for (int series = first_series; series < end; series++)
        for (int part = 0; part < PARTS; part++)
            if (dots->has[series * PARTS + part] && !(behind && (part == NOISY || part == LINE)))
                draw_part(dots, plot, first, series, (enum part)part, behind);
}

int dlb_plot_dots_legend(const struct dlb_plot_dots *dots, struct dlb_plot_entry *entries,
                         int count)
{
    if (dots->hollow)
        entries[count++] = (struct dlb_plot_entry){.title = "hollow: not measured", .point = 6};
    if (dots->noisy)
        entries[count++] = (struct dlb_plot_entry){.title = "crossed: noisy", .point = 2};
    return count;
}

void dlb_plot_dots_free(struct dlb_plot_dots *dots)
{
    free(dots->has);
    dots->has = NULL;
}
