/* plot_working_set.c: bytes per second against the working set, with the sizes of the caches as verticals and the measured ceilings as steps.
 *
 * Bytes are those of the formula, every tensor touched once: what a kernel reads again counts once, so a point above a ceiling shows reuse. One
 * picture for each cache state; from eight devices on each has a panel of its own, with the others in grey behind it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/store/roofs.h"
#include "reports/plots/plot_dots.h"

#define MOST_TOGETHER  7 /* devices in one panel */
#define MOST_VERTICALS 8
#define PANEL_LINES    22
#define NAME_ROWS      4    /* of names of sizes, above all points */
#define NAME_HEIGHT    0.05 /* of such a row, as a share of the axis */
#define LEVELS         4

/* What is known of the memories of one device. */
struct memories {
    bool known;
    double sizes[LEVELS];    /* of all threads together; 0: unknown */
    double ceilings[LEVELS]; /* bytes/s; NaN: not measured */
    bool drawn;              /* as a block */
};

struct vertical {
    double size;
    char text[64];
    bool left; /* of its line stands the name */
    int row;   /* of the name, from the upper edge */
};

struct picture {
    const struct dlb_plot_input *input;
    const struct dlb_plot_styles *styles; /* of all devices */
    const char *cache_state;
    struct dlb_plot_dots dots; /* a series a device, in the order of the styles */
    int *slots;                /* series that have points */
    int slot_count;
    struct memories *memories; /* one a series */
    struct vertical verticals[MOST_VERTICALS];
    int vertical_count;
    struct dlb_plot_range x, y;
    const struct dlb_record **shown;
};

static const char *const level_names[LEVELS] = {"L1", "L2", "L3", "memory"};

static bool has_panels(const struct picture *picture)
{
    return picture->slot_count > MOST_TOGETHER;
}

/* ---- what there is ---- */

static bool can_show(const struct dlb_record *record, const char *cache_state)
{
    return dlb_plot_has_time(record) && record->summary.bytes_per_s > 0 &&
           isfinite(record->summary.bytes_per_s) && record->working_set_bytes > 0 &&
           strcmp(record->evidence, "emulated") != 0 &&
           strcmp(dlb_ranking_cache(record), cache_state) == 0;
}

static struct dlb_plot_value bandwidth_of(const struct dlb_record *record)
{
    const struct dlb_summary *summary = &record->summary;
    const double work = summary->bytes_per_s * summary->median_ns;
    const bool known = summary->ci_lo_ns > 0 && isfinite(summary->ci_hi_ns);
    return (struct dlb_plot_value){summary->bytes_per_s,
                                   known ? work / summary->ci_hi_ns : (double)NAN,
                                   known ? work / summary->ci_lo_ns : (double)NAN};
}

static void gather(struct picture *picture)
{
    const struct dlb_result *result = picture->input->result;
    struct dlb_plot_dots *dots = &picture->dots;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        if (!can_show(record, picture->cache_state))
            continue;
        const struct dlb_plot_style *style = dlb_plot_style_of(picture->styles, record->device);
        picture->shown[dots->count] = record;
        dots->items[dots->count++] =
            (struct dlb_plot_dot){.x = {record->working_set_bytes, (double)NAN, (double)NAN},
                                  .y = bandwidth_of(record),
                                  .series = (int)(style - picture->styles->items),
                                  .hollow = !dlb_plot_is_measured(record),
                                  .record = record};
    }
    dlb_plot_dots_sort(dots);
    for (int i = 0; i < dots->count; i++)
        if (i == 0 || dots->items[i].series != dots->items[i - 1].series)
            picture->slots[picture->slot_count++] = dots->items[i].series;
}

/* The largest thread count of a series' points, over which the capacities of private caches add up: no point has more room, nor a higher ceiling. */
static int threads_of(const struct picture *picture, int series)
{
    int most = 1;
    for (int i = 0; i < picture->dots.count; i++)
        if (picture->dots.items[i].series == series &&
            picture->dots.items[i].record->threads > most)
            most = picture->dots.items[i].record->threads;
    return most;
}

static void read_memories(struct picture *picture, int series)
{
    struct memories *memories = &picture->memories[series];
    const json_t *device =
        dlb_result_device(picture->input->result, picture->styles->items[series].device);
    const json_t *measured = json_object_get(device, "measured");
    const int threads = threads_of(picture, series);
    struct dlb_roofs roofs = {.count = 0};
    *memories = (struct memories){.ceilings = {NAN, NAN, NAN, NAN}};
    if (json_is_object(measured) && dlb_roofs_from_json(measured, &roofs, NULL) == DLB_OK) {
        memories->known = true;
        for (int i = 0; i < LEVELS; i++) {
            const bool private = i < 2;
            memories->sizes[i] = (double)roofs.level_bytes[i] * (private ? threads : 1);
            memories->ceilings[i] = dlb_roofs_bandwidth(&roofs, level_names[i], threads);
        }
        dlb_roofs_free(&roofs);
    } else {
        memories->sizes[2] = json_number_value(json_object_get(device, "llc_bytes"));
    }
}

/* One vertical for a size that several devices share. */
static void add_verticals(struct picture *picture, int series)
{
    const struct memories *memories = &picture->memories[series];
    for (int i = 0; i < LEVELS - 1; i++) {
        bool known = false;
        for (int j = 0; j < picture->vertical_count; j++)
            known |= picture->verticals[j].size == memories->sizes[i];
        if (known || !(memories->sizes[i] > 0) || picture->vertical_count == MOST_VERTICALS)
            continue;
        struct vertical *vertical = &picture->verticals[picture->vertical_count++];
        char size[24];
        dlb_format_bytes(size, sizeof size, memories->sizes[i]);
        vertical->size = memories->sizes[i];
        snprintf(vertical->text, sizeof vertical->text, "%s %s",
                 memories->known ? level_names[i] : "last level", size);
    }
}

static int by_size(const void *a, const void *b)
{
    const double left = ((const struct vertical *)a)->size;
    const double right = ((const struct vertical *)b)->size;
    return (left > right) - (left < right);
}

/* In rows above the points, so that nothing is drawn through them: a line ends at the row of its name, and names to the right (left) of their
 * lines go down (up) from the smallest size to the largest. */
static void place_names(struct picture *picture)
{
    int left = 0;
    for (int i = picture->vertical_count - 1; i >= 0; i--) {
        struct vertical *vertical = &picture->verticals[i];
        vertical->left = dlb_plot_range_at(&picture->x, vertical->size) > 0.8;
        vertical->row = left % NAME_ROWS;
        left += vertical->left;
    }
    for (int i = 0; i < picture->vertical_count - left; i++)
        picture->verticals[i].row = (left + i) % NAME_ROWS;
    const int rows = picture->vertical_count < NAME_ROWS ? picture->vertical_count : NAME_ROWS;
    const double share = rows * NAME_HEIGHT;
    picture->y.hi *= pow(picture->y.hi / picture->y.lo, share / (1 - share));
}

static void find_ranges(struct picture *picture)
{
    qsort(picture->verticals, (size_t)picture->vertical_count, sizeof picture->verticals[0],
          by_size);
    picture->x = dlb_plot_range_new(DLB_PLOT_LOG10);
    picture->y = dlb_plot_range_new(DLB_PLOT_LOG10);
    dlb_plot_dots_ranges(&picture->dots, &picture->x, &picture->y);
    for (int i = 0; i < picture->vertical_count; i++)
        dlb_plot_range_add(&picture->x, picture->verticals[i].size);
    for (int i = 0; i < picture->slot_count; i++)
        for (int level = 0; level < LEVELS; level++)
            dlb_plot_range_add(&picture->y, picture->memories[picture->slots[i]].ceilings[level]);
    dlb_plot_range_close(&picture->x, 0.06);
    dlb_plot_range_close(&picture->y, 0.06);
    if (!has_panels(picture))
        place_names(picture);
}

/* ---- drawing ---- */

static void draw_verticals(const struct picture *picture, struct dlb_plot *plot, bool names)
{
    for (int i = 0; i < picture->vertical_count; i++) {
        const struct vertical *vertical = &picture->verticals[i];
        dlb_plot_set(plot,
                     "arrow %d from first %.9g, graph 0 to first %.9g, graph %.4g nohead lw 1 dt 3 "
                     "lc rgb '#555555' back",
                     10 + i, vertical->size, vertical->size,
                     names ? 1 - NAME_HEIGHT * vertical->row : 1);
        if (!names)
            continue;
        dlb_text_format(&plot->script, "set label %d ", 10 + i);
        dlb_plot_quote(&plot->script, vertical->text, 24);
        dlb_text_format(&plot->script,
                        " at first %.9g, graph %.4g %s offset %s0.5,0 front textcolor rgb "
                        "'#555555'\n",
                        vertical->size, 1 - NAME_HEIGHT * (vertical->row + 0.5),
                        vertical->left ? "right" : "left", vertical->left ? "-" : "");
    }
}

/* The ceilings of a device as a staircase over the sizes of its memories. Blocks cN; true when there is one. */
static bool write_ceilings(const struct picture *picture, struct dlb_plot *plot, int series)
{
    const struct memories *memories = &picture->memories[series];
    char name[24];
    bool any = false;
    double from = picture->x.lo;
    snprintf(name, sizeof name, "c%d", series);
    for (int i = 0; i < LEVELS; i++) {
        const bool last = i == LEVELS - 1;
        const double to = last ? picture->x.hi : fmin(memories->sizes[i], picture->x.hi);
        if (!(memories->ceilings[i] > 0) || !(to > from))
            continue;
        if (!any)
            dlb_plot_block(&plot->data, name);
        any = true;
        dlb_plot_row(&plot->data, (const double[]){from, memories->ceilings[i]}, 2);
        dlb_plot_row(&plot->data, (const double[]){to, memories->ceilings[i]}, 2);
        from = to;
    }
    if (any)
        dlb_plot_block_end(&plot->data);
    return any;
}

static void draw_panel(const struct picture *picture, struct dlb_plot *plot,
                       const struct dlb_plot_layout *layout, int index)
{
    const bool many = has_panels(picture);
    const int own = many ? picture->slots[index] : -1;
    bool first = true;
    dlb_plot_panel(plot, layout, index, many ? picture->styles->items[own].device : NULL);
    dlb_plot_axis(&plot->script, "x", &picture->x, DLB_PLOT_IEC, many ? 4 : 9,
                  many ? NULL : "working set in bytes");
    dlb_plot_axis(&plot->script, "y", &picture->y, DLB_PLOT_SI, many ? 4 : 9,
                  many ? NULL : "bytes per second");
    draw_verticals(picture, plot, !many);
    if (many) {
        dlb_plot_dots_draw(&picture->dots, plot, &first, 0, own, true);
        dlb_plot_dots_draw(&picture->dots, plot, &first, own + 1, picture->dots.series_count, true);
    }
    for (int i = 0; i < picture->slot_count; i++) {
        const int series = picture->slots[i];
        char block[24];
        snprintf(block, sizeof block, "c%d", series);
        if ((own >= 0 && series != own) || !picture->memories[series].drawn)
            continue;
        dlb_plot_series(plot, &first,
                        &(struct dlb_plot_series){.block = block,
                                                  .columns = "1:2",
                                                  .with = "lines",
                                                  .style = &picture->styles->items[series],
                                                  .width = 0.8});
    }
    dlb_plot_dots_draw(&picture->dots, plot, &first, many ? own : 0,
                       many ? own + 1 : picture->dots.series_count, false);
    dlb_plot_panel_end(plot, first);
}

static int fill_legend(const struct picture *picture, struct dlb_plot_entry *entries)
{
    const bool many = has_panels(picture);
    int count = 0;
    for (int i = 0; i < picture->slot_count && !many; i++) {
        const struct dlb_plot_style *style = &picture->styles->items[picture->slots[i]];
        entries[count++] =
            (struct dlb_plot_entry){.title = style->device,
                                    .style = style,
                                    .line = picture->memories[picture->slots[i]].known};
    }
    if (many)
        entries[count++] = (struct dlb_plot_entry){.title = "grey: the other devices", .point = 7};
    return dlb_plot_dots_legend(&picture->dots, entries, count);
}

static void draw(struct picture *picture, struct dlb_plot *plot)
{
    struct dlb_plot_entry legend[MOST_TOGETHER + 4];
    char title[80];
    const bool many = has_panels(picture);
    const int columns = many ? 3 : 1;
    for (int i = 0; i < picture->slot_count; i++)
        picture->memories[picture->slots[i]].drawn =
            write_ceilings(picture, plot, picture->slots[i]);
    struct dlb_plot_layout layout = {.width = many ? 1200 : 900,
                                     .lines = many ? 10 : PANEL_LINES,
                                     .rows =
                                         many ? (picture->slot_count + columns - 1) / columns : 1,
                                     .columns = columns,
                                     .left = many ? 9 : 11,
                                     .right = 3,
                                     .top = many ? 2 : 1,
                                     .bottom = many ? 2 : 3,
                                     .legend_count = fill_legend(picture, legend),
                                     .legend = legend};
    snprintf(title, sizeof title, "Bandwidth against working set, %s cache", picture->cache_state);
    dlb_plot_begin(plot, title, &layout);
    for (int i = 0; i < (many ? picture->slot_count : 1); i++)
        draw_panel(picture, plot, &layout, i);
    dlb_plot_end(plot, &layout);
}

static enum dlb_status finish(const struct picture *picture, struct dlb_plot *plot)
{
    const struct dlb_plot_dots *dots = &picture->dots;
    const struct dlb_plot_dot *best = &dots->items[0];
    struct dlb_text what = {0};
    char more[96] = "", rate[24], size[24];
    for (int i = 1; i < dots->count; i++)
        best = dots->items[i].y.value > best->y.value ? &dots->items[i] : best;
    dlb_format_si(rate, sizeof rate, best->y.value, "B/s");
    dlb_format_bytes(size, sizeof size, best->x.value);
    dlb_text_format(&plot->alt, "%d cases on %d devices; the highest bandwidth is %s at %s, on ",
                    dots->count, picture->slot_count, rate, size);
    dlb_plot_clean(&plot->alt, best->record->device, DLB_PLOT_NAME_COLUMNS);
    dlb_text_append(&plot->alt, ".");
    if (dots->stride > 1)
        snprintf(more, sizeof more, "One of %d cases is drawn, without bars", dots->stride);
    bool ceilings = false;
    for (int i = 0; i < picture->slot_count; i++)
        ceilings |= picture->memories[picture->slots[i]].drawn;
    dlb_text_append(&what, "Bytes of the formula per second: median");
    if (dots->stride == 1)
        dlb_plot_bars(picture->shown, dots->count, &what);
    dlb_text_append(&what, ceilings ? "; lines: measured ceilings" : "");
    if (picture->vertical_count > 0)
        dlb_text_append(&what, "; dotted: sizes of caches, private ones times the threads");
    const enum dlb_status status =
        what.failed ? DLB_NO_MEMORY
                    : dlb_plot_caption(plot, picture->input,
                                       &(struct dlb_plot_shown){.records = picture->shown,
                                                                .count = dots->count,
                                                                .what = what.data,
                                                                .more = more});
    dlb_text_free(&what);
    return status;
}

/* ---- the kind ---- */

static enum dlb_status one_picture(struct picture *picture, struct dlb_plots *plots)
{
    gather(picture);
    if (picture->dots.count == 0)
        return DLB_OK;
    struct dlb_plot *plot = dlb_plots_add(plots);
    if (plot == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < picture->slot_count; i++) {
        read_memories(picture, picture->slots[i]);
        add_verticals(picture, picture->slots[i]);
    }
    find_ranges(picture);
    dlb_plot_name(plots, plot, "working-set", picture->cache_state, NULL);
    enum dlb_status status = dlb_plot_dots_write(&picture->dots, plot);
    if (status == DLB_OK) {
        draw(picture, plot);
        status = finish(picture, plot);
    }
    dlb_plot_dots_free(&picture->dots);
    return status;
}

static enum dlb_status all_states(const struct dlb_plot_input *input,
                                  const struct dlb_plot_styles *styles, struct dlb_plots *plots)
{
    static const char *const states[] = {"warm", "cold", "not-cold"};
    const size_t records = (size_t)input->result->record_count + 1;
    const size_t devices = (size_t)styles->count + 1;
    struct dlb_plot_dot *items = calloc(records, sizeof *items);
    const struct dlb_record **shown = calloc(records, sizeof *shown);
    int *slots = calloc(devices, sizeof *slots);
    struct memories *memories = calloc(devices, sizeof *memories);
    enum dlb_status status = DLB_NO_MEMORY;
    if (items != NULL && shown != NULL && slots != NULL && memories != NULL)
        status = DLB_OK;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(states) && status == DLB_OK; i++) {
        struct picture picture = {
            .input = input,
            .styles = styles,
            .cache_state = states[i],
            .dots = {.items = items, .styles = styles->items, .series_count = styles->count},
            .slots = slots,
            .memories = memories,
            .shown = shown};
        status = one_picture(&picture, plots);
    }
    free(items);
    free(shown);
    free(slots);
    free(memories);
    return status;
}

enum dlb_status dlb_plot_working_set(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                     struct dlb_why *why)
{
    struct dlb_plot_classes classes;
    const int before = plots->count;
    enum dlb_status status = dlb_plot_classes_make(input->result, true, &classes, why);
    if (status != DLB_OK)
        return status;
    status = all_states(input, &classes.styles, plots);
    dlb_plot_classes_free(&classes);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for the pictures");
    if (plots->count == before)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "no case tells its bytes per second and its working set");
    return DLB_OK;
}
