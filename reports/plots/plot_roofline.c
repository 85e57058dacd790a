/* plot_roofline.c: rates against operations per byte, below the ceilings of the device; one picture for each device.
 *
 * S. Williams, A. Waterman, D. Patterson, "Roofline", CACM 52(4), 2009. On logarithmic axes a ceiling is a straight line: rate = bandwidth x intensity
 * up to the ridge, then constant. Measured ceilings are solid, those of a datasheet dashed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/store/roofs.h"
#include "reports/plots/plot_frame.h"

#define MOST_CEILINGS 24
#define MOST_DTYPES   8
#define MOST_BARS     400   /* points with intervals */
#define LABEL_COLUMNS 26    /* of a ceiling */
#define PANEL_LINES   26    /* height of the panel, */
#define PANEL_PIXELS  640.0 /* and its width in the SVG: for the slope of labels */
#define LINE_PIXELS   17
#define LETTER_PIXELS 7.0
#define LABEL_ASIDE   0.8 /* lines from a bandwidth to its label, at right angles */

struct ceiling {
    bool compute; /* ops/s; else bytes/s */
    bool measured;
    char name[32];
    double value;
};

struct roofline {
    const struct dlb_plot_input *input;
    const char *device;
    const struct dlb_record **records;
    int record_count;
    int threads; /* the most of any case: those that ceilings are told for, so that no case has higher ones */
    const char *dtypes[MOST_DTYPES];
    int dtype_count;
    struct ceiling ceilings[MOST_CEILINGS];
    int ceiling_count;
    double steepest; /* largest bandwidth, NaN for none */
    double highest;  /* largest compute ceiling, NaN for none */
    struct dlb_plot_range x, y;
    int placed; /* labels at the right edge, and their heights in lines */
    double heights[MOST_CEILINGS];
    bool hollow, noisy;
    bool modelled; /* the solid ceilings are those of a model */
};

/* ---- ceilings ---- */

static void add_ceiling(struct roofline *roof, bool compute, bool measured, const char *name,
                        double value)
{
    if (!(value > 0) || !isfinite(value) || roof->ceiling_count == MOST_CEILINGS)
        return;
    struct ceiling *ceiling = &roof->ceilings[roof->ceiling_count++];
    *ceiling = (struct ceiling){.compute = compute, .measured = measured, .value = value};
    snprintf(ceiling->name, sizeof ceiling->name, "%.31s", name);
}

static bool has_dtype(const struct roofline *roof, const char *dtype)
{
    for (int i = 0; i < roof->dtype_count; i++)
        if (strcmp(roof->dtypes[i], dtype) == 0)
            return true;
    return false;
}

/* Unsigned bytes go through the units of signed ones, where a device tells no ceiling of their own. */
static double compute_ceiling(const struct dlb_roofs *roofs, const char *dtype, int threads)
{
    const double own = dlb_roofs_compute(roofs, dtype, threads);
    return own > 0 || strcmp(dtype, "u8") != 0 ? own : dlb_roofs_compute(roofs, "s8", threads);
}

/* What was measured with this number of threads; where nothing was, with whatever number told most. */
static void measured_ceilings(struct roofline *roof, const struct dlb_roofs *roofs)
{
    static const char *const levels[] = {"L1", "L2", "L3", "memory"};
    for (int i = 0; i < roof->dtype_count; i++)
        add_ceiling(roof, true, true, roof->dtypes[i],
                    compute_ceiling(roofs, roof->dtypes[i], roof->threads));
    roof->modelled = strcmp(roofs->evidence, "modelled") == 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(levels); i++)
        add_ceiling(roof, false, true, levels[i],
                    dlb_roofs_bandwidth(roofs, levels[i], roof->threads));
    for (int i = 0; i < roofs->count; i++) { /* the catalogue's word beside the measured one */
        const struct dlb_roof *item = &roofs->items[i];
        const bool memory = item->kind == DLB_ROOF_BANDWIDTH && strcmp(item->level, "memory") == 0;
        bool known = false;
        for (int j = 0; j < roof->ceiling_count; j++)
            known |= !roof->ceilings[j].measured && roof->ceilings[j].compute == !memory &&
                     strcmp(roof->ceilings[j].name, memory ? "memory" : item->dtype) == 0;
        if (known || !isfinite(item->datasheet))
            continue;
        if (memory || (item->kind == DLB_ROOF_COMPUTE && has_dtype(roof, item->dtype)))
            add_ceiling(roof, !memory, false, memory ? "memory" : item->dtype, item->datasheet);
    }
}

static void datasheet_ceilings(struct roofline *roof, const json_t *device)
{
    const json_t *peaks = json_object_get(device, "peak_ops_per_s");
    for (int i = 0; i < roof->dtype_count; i++)
        add_ceiling(roof, true, false, roof->dtypes[i],
                    json_number_value(json_object_get(peaks, roof->dtypes[i])));
    add_ceiling(roof, false, false, "memory",
                json_number_value(json_object_get(device, "mem_bw_bytes_per_s")));
}

static void find_ceilings(struct roofline *roof)
{
    const json_t *device = dlb_result_device(roof->input->result, roof->device);
    const json_t *measured = json_object_get(device, "measured");
    struct dlb_roofs roofs = {.count = 0};
    datasheet_ceilings(roof, device);
    if (json_is_object(measured) && dlb_roofs_from_json(measured, &roofs, NULL) == DLB_OK) {
        measured_ceilings(roof, &roofs);
        dlb_roofs_free(&roofs);
    }
    roof->steepest = NAN;
    roof->highest = NAN;
    for (int i = 0; i < roof->ceiling_count; i++) {
        const struct ceiling *ceiling = &roof->ceilings[i];
        double *most = ceiling->compute ? &roof->highest : &roof->steepest;
        *most = *most >= ceiling->value ? *most : ceiling->value;
    }
}

static bool has_ceilings(const struct roofline *roof, bool measured)
{
    for (int i = 0; i < roof->ceiling_count; i++)
        if (roof->ceilings[i].measured == measured)
            return true;
    return false;
}

/* ---- points ---- */

static bool can_show(const struct dlb_record *record)
{
    return dlb_plot_has_time(record) && record->summary.ai_ops_per_byte > 0 &&
           record->summary.ops_per_s > 0 && strcmp(record->evidence, "emulated") != 0;
}

static void gather(struct roofline *roof)
{
    const struct dlb_result *result = roof->input->result;
    int most = 0;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        if (strcmp(record->device, roof->device) != 0 || !can_show(record))
            continue;
        roof->records[roof->record_count++] = record;
        if (!has_dtype(roof, record->dtype) && roof->dtype_count < MOST_DTYPES)
            roof->dtypes[roof->dtype_count++] = record->dtype;
        most = record->threads > most ? record->threads : most;
    }
    roof->threads = most;
}

/* Room for the labels of bandwidths at the left, where no points are, and behind the last ridge. */
static void find_ranges(struct roofline *roof)
{
    roof->x = dlb_plot_range_new(DLB_PLOT_LOG10);
    roof->y = dlb_plot_range_new(DLB_PLOT_LOG10);
    for (int i = 0; i < roof->record_count; i++) {
        const struct dlb_plot_value rate = dlb_plot_rate(roof->records[i], false);
        dlb_plot_range_add(&roof->x, roof->records[i]->summary.ai_ops_per_byte);
        dlb_plot_range_add(&roof->y, rate.value);
        dlb_plot_range_add(&roof->y, rate.lo);
        dlb_plot_range_add(&roof->y, rate.hi);
    }
    for (int i = 0; i < roof->ceiling_count; i++) {
        const struct ceiling *ceiling = &roof->ceilings[i];
        if (ceiling->compute)
            dlb_plot_range_add(&roof->y, ceiling->value);
        else
            dlb_plot_range_add(&roof->x, roof->highest / ceiling->value);
    }
    dlb_plot_range_close(&roof->x, 0);
    const double decades = log10(roof->x.hi / roof->x.lo);
    roof->x.lo /= pow(10, 0.45 * fmax(decades, 1));
    roof->x.hi *= pow(10, 0.20 * fmax(decades, 1));
    dlb_plot_range_close(&roof->y, 0.07);
}

static double clamp_low(const struct roofline *roof, double bandwidth)
{
    return fmax(roof->x.lo, roof->y.lo / bandwidth);
}

static int dtype_index(const char *dtype)
{
    static const char *const known[] = {"f32", "bf16", "f16", "s8", "u8", "f64"};
    for (int i = 0; i < (int)DLB_ARRAY_COUNT(known); i++)
        if (strcmp(known[i], dtype) == 0)
            return i;
    return (int)DLB_ARRAY_COUNT(known);
}

/* ---- ceilings as lines with labels ---- */

/* A free height at the right edge near `wanted`, in lines of the panel. */
static double free_height(struct roofline *roof, double wanted)
{
    for (int step = 0; step < 80; step++) {
        const int away = (step + 1) / 2; /* in half lines, above and below in turn */
        const double height = wanted + (step % 2 == 0 ? 0.5 : -0.5) * away;
        bool taken = height < 0.3 || height > PANEL_LINES - 0.3;
        for (int i = 0; i < roof->placed && !taken; i++)
            taken = fabs(roof->heights[i] - height) < 1.05;
        if (taken)
            continue;
        roof->heights[roof->placed++] = height;
        return height;
    }
    return wanted;
}

static void write_label(const struct roofline *roof, struct dlb_plot *plot, int index)
{
    const struct ceiling *ceiling = &roof->ceilings[index];
    char value[32];
    char text[96];
    dlb_format_si(value, sizeof value, ceiling->value, ceiling->compute ? "op/s" : "B/s");
    snprintf(text, sizeof text, "%s %s%s", ceiling->name, value,
             ceiling->measured ? "" : " (sheet)");
    dlb_text_format(&plot->script, "set label %d ", 100 + index);
    dlb_plot_quote(&plot->script, text, LABEL_COLUMNS);
}

/* Right of the panel, as near to its line as others allow. */
static void label_compute(struct roofline *roof, struct dlb_plot *plot, int index,
                          const char *color)
{
    const double at = dlb_plot_range_at(&roof->y, roof->ceilings[index].value) * PANEL_LINES;
    write_label(roof, plot, index);
    dlb_text_format(&plot->script, " at graph 1.01, graph %.4f left front textcolor rgb '%s'\n",
                    free_height(roof, at) / PANEL_LINES, color);
}

static double decade_pixels(const struct roofline *roof)
{
    return PANEL_LINES * LINE_PIXELS / log10(roof->y.hi / roof->y.lo);
}

/* How many other bandwidths run so close above (or below) this one that a label has no room between. */
static int close_lines(const struct roofline *roof, int index, bool above)
{
    int count = 0;
    for (int i = 0; i < roof->ceiling_count; i++) {
        const double distance =
            log10(roof->ceilings[i].value / roof->ceilings[index].value) * decade_pixels(roof);
        const bool higher = distance > 0 || (distance == 0 && i > index);
        count += !roof->ceilings[i].compute && i != index && higher == above &&
                 fabs(distance) <= 1.4 * LINE_PIXELS;
    }
    return count;
}

static bool is_crowded(const struct roofline *roof)
{
    for (int i = 0; i < roof->ceiling_count; i++)
        if (!roof->ceilings[i].compute && close_lines(roof, i, true) > 0 &&
            close_lines(roof, i, false) > 0)
            return true;
    return false;
}

/* A label stands above its line; below it where another line is close above, or where the label of the next one fills the gap. */
static bool is_below(const struct roofline *roof, int index, double slope)
{
    if (close_lines(roof, index, true) > 0 || close_lines(roof, index, false) > 0)
        return close_lines(roof, index, true) > 0;
    for (int i = 0; i < roof->ceiling_count; i++) {
        const double distance =
            log10(roof->ceilings[i].value / roof->ceilings[index].value) * decade_pixels(roof);
        if (!roof->ceilings[i].compute && distance > 0 && distance * cos(slope) < 3 * LINE_PIXELS &&
            close_lines(roof, i, true) > 0)
            return true;
    }
    return false;
}

/* Along its line and above it, or below it where another line is close above; where there is no room between the lines, right of the panel,
 * in their order. */
static void label_bandwidth(struct roofline *roof, struct dlb_plot *plot, int index)
{
    const struct ceiling *ceiling = &roof->ceilings[index];
    write_label(roof, plot, index);
    if (is_crowded(roof)) {
        int faster = 0;
        for (int i = 0; i < roof->ceiling_count; i++)
            faster += !roof->ceilings[i].compute && roof->ceilings[i].value > ceiling->value;
        dlb_text_format(&plot->script,
                        " at graph 1.01, graph %.4f left front textcolor rgb '#333333'\n",
                        free_height(roof, PANEL_LINES / 2.0 - 1.2 * faster) / PANEL_LINES);
        return;
    }
    const double x_pixels = PANEL_PIXELS / log10(roof->x.hi / roof->x.lo);
    const double slope = atan2(decade_pixels(roof), x_pixels);
    const bool below = is_below(roof, index, slope);
    const double aside = below ? -LABEL_ASIDE : LABEL_ASIDE;
    /* so far from where the line begins that letters beside it stay inside the panel */
    const double start =
        8 + LABEL_ASIDE * LINE_PIXELS * (below ? cos(slope) / tan(slope) : sin(slope));
    const double x = clamp_low(roof, ceiling->value) * pow(10, start / x_pixels);
    dlb_text_format(&plot->script,
                    " at %.6g, %.6g left front rotate by %.1f offset %.2f,%.2f textcolor rgb "
                    "'#333333'\n",
                    x, x * ceiling->value, slope * 180 / acos(-1),
                    -aside * sin(slope) * LINE_PIXELS / 7, aside * cos(slope));
}

static void draw_ceiling(struct roofline *roof, struct dlb_plot *plot, int index)
{
    const struct ceiling *ceiling = &roof->ceilings[index];
    const char *color =
        ceiling->compute ? dlb_plot_style_at(dtype_index(ceiling->name)).color : "#333333";
    double x0 = clamp_low(roof, ceiling->value);
    double x1 = isfinite(roof->highest) ? roof->highest / ceiling->value : roof->x.hi;
    double y0 = ceiling->value * x0;
    double y1 = ceiling->value * x1;
    if (ceiling->compute) {
        x0 = isfinite(roof->steepest) ? ceiling->value / roof->steepest : roof->x.lo;
        x0 = fmax(x0, roof->x.lo);
        x1 = roof->x.hi;
        y0 = ceiling->value;
        y1 = ceiling->value;
    }
    x1 = fmin(x1, roof->x.hi);
    y1 = ceiling->compute ? y1 : ceiling->value * x1;
    if (x1 > x0)
        dlb_plot_set(plot,
                     "arrow %d from %.6g, %.6g to %.6g, %.6g nohead lw 1.6 dt %s lc rgb '%s' back",
                     100 + index, x0, y0, x1, y1, ceiling->measured ? "1" : "2", color);
    if (ceiling->compute)
        label_compute(roof, plot, index, color);
    else
        label_bandwidth(roof, plot, index);
}

/* A label at its ridge: where it stands in pixels of the panel, in which it is compared with others. */
struct ridge_label {
    double left, right, height;
};

/* Would its letters touch those of a label that is written already? */
static bool is_covered(const struct ridge_label *label, const struct ridge_label *written,
                       int count)
{
    for (int i = 0; i < count; i++)
        if (fabs(label->height - written[i].height) < LINE_PIXELS &&
            label->left < written[i].right + LETTER_PIXELS &&
            written[i].left < label->right + LETTER_PIXELS)
            return true;
    return false;
}

/* A point at the ridge and its label, which is left out where one that is written has its place. */
static void draw_ridge(const struct roofline *roof, struct dlb_plot *plot, int index, double ridge,
                       struct ridge_label *written, int *count)
{
    const double rate = roof->ceilings[index].value;
    const double at = dlb_plot_range_at(&roof->x, ridge);
    const bool far = at > 0.75;
    char text[32];
    snprintf(text, sizeof text, "%.3g op/B", ridge);
    const double width = LETTER_PIXELS * (double)strlen(text);
    const double left = at * PANEL_PIXELS + (far ? -width / 2 : 0.6 * LETTER_PIXELS);
    const struct ridge_label label = {
        .left = left,
        .right = left + width,
        .height =
            (dlb_plot_range_at(&roof->y, rate) * PANEL_LINES + (far ? 0.7 : -0.7)) * LINE_PIXELS};
    const bool covered = is_covered(&label, written, *count);
    if (!covered)
        written[(*count)++] = label;
    dlb_plot_set(plot,
                 "label %d '%s' at %.6g, %.6g %s front offset %s point pt 1 ps 0.8 "
                 "lc rgb '#333333' textcolor rgb '#333333'",
                 200 + index, covered ? "" : text, ridge, rate, far ? "center" : "left",
                 far ? "0,0.7" : "0.6,-0.7");
}

/* The bandwidth of memory: the measured one; without any, the datasheet's; NULL. */
static const struct ceiling *memory_of(const struct roofline *roof)
{
    const struct ceiling *memory = NULL;
    for (int i = 0; i < roof->ceiling_count; i++) {
        const struct ceiling *ceiling = &roof->ceilings[i];
        if (!ceiling->compute && strcmp(ceiling->name, "memory") == 0 &&
            (memory == NULL || (ceiling->measured && !memory->measured)))
            memory = ceiling;
    }
    return memory;
}

/* Does a type have a ridge, from which on memory does not bind? Both ceilings are of one kind. */
static bool has_ridge(const struct ceiling *ceiling, const struct ceiling *memory)
{
    return memory != NULL && ceiling->compute && ceiling->measured == memory->measured;
}

static bool has_ridges(const struct roofline *roof)
{
    bool any = false;
    for (int i = 0; i < roof->ceiling_count; i++)
        any |= has_ridge(&roof->ceilings[i], memory_of(roof));
    return any;
}

static void draw_ridges(const struct roofline *roof, struct dlb_plot *plot)
{
    struct ridge_label written[MOST_CEILINGS];
    const struct ceiling *memory = memory_of(roof);
    int count = 0;
    for (int i = 0; i < roof->ceiling_count; i++)
        if (has_ridge(&roof->ceilings[i], memory))
            draw_ridge(roof, plot, i, roof->ceilings[i].value / memory->value, written, &count);
}

/* ---- the picture ---- */

static void write_points(struct roofline *roof, struct dlb_plot *plot, bool *has)
{
    static const char letters[] = {'d', 'h', 'n'};
    const int stride = (roof->record_count + DLB_PLOT_MOST_POINTS - 1) / DLB_PLOT_MOST_POINTS;
    for (int t = 0; t < roof->dtype_count; t++)
        for (int part = 0; part < 3; part++) {
            bool any = false;
            for (int i = 0; i<roof->record_count; i += stride> 0 ? stride : 1) {
                const struct dlb_record *record = roof->records[i];
                const bool measured = dlb_plot_is_measured(record);
                const bool wanted =
                    part == 2 ? dlb_record_has_flag(record, "noisy") : measured == (part == 0);
                if (strcmp(record->dtype, roof->dtypes[t]) != 0 || !wanted)
                    continue;
                if (!any)
                    dlb_text_format(&plot->data, "$%c%d << EOD\n", letters[part], t);
                any = true;
                const struct dlb_plot_value rate = dlb_plot_rate(record, false);
                const bool known = isfinite(rate.lo) && isfinite(rate.hi);
                dlb_plot_row(&plot->data,
                             (const double[]){record->summary.ai_ops_per_byte, rate.value,
                                              known ? rate.lo : rate.value,
                                              known ? rate.hi : rate.value},
                             4);
            }
            if (any)
                dlb_plot_block_end(&plot->data);
            has[3 * t + part] = any;
            roof->hollow |= any && part == 1;
            roof->noisy |= any && part == 2;
        }
}

static void draw_points(const struct roofline *roof, struct dlb_plot *plot, const bool *has)
{
    static const char letters[] = {'d', 'h', 'n'};
    bool first = true;
    for (int t = 0; t < roof->dtype_count; t++)
        for (int part = 0; part < 3; part++) {
            char block[16];
            snprintf(block, sizeof block, "%c%d", letters[part], t);
            const struct dlb_plot_style style = dlb_plot_style_at(dtype_index(roof->dtypes[t]));
            const bool bars = part == 0 && roof->record_count <= MOST_BARS;
            if (has[3 * t + part])
                dlb_plot_series(plot, &first,
                                &(struct dlb_plot_series){.block = block,
                                                          .columns = bars ? "1:2:3:4" : "1:2",
                                                          .with = bars ? "yerrorbars" : "points",
                                                          .style = &style,
                                                          .color = part == 2 ? "#000000" : NULL,
                                                          .point = part == 2 ? 2 : 0,
                                                          .hollow = part == 1,
                                                          .size = part == 2   ? 1.1
                                                                  : part == 1 ? 0.9
                                                                              : 0.7});
        }
    dlb_plot_panel_end(plot, first);
}

static void draw(struct roofline *roof, struct dlb_plot *plot)
{
    struct dlb_plot_entry legend[MOST_DTYPES + 4];
    struct dlb_plot_style styles[MOST_DTYPES];
    bool has[3 * MOST_DTYPES] = {false};
    int count = 0;
    write_points(roof, plot, has);
    for (int i = 0; i < roof->dtype_count; i++) {
        styles[i] = dlb_plot_style_at(dtype_index(roof->dtypes[i]));
        legend[count++] = (struct dlb_plot_entry){.title = roof->dtypes[i], .style = &styles[i]};
    }
    if (has_ridges(roof))
        legend[count++] = (struct dlb_plot_entry){.title = "ridge: memory to compute", .point = 1};
    if (roof->hollow)
        legend[count++] = (struct dlb_plot_entry){.title = "hollow: not measured", .point = 6};
    if (roof->noisy)
        legend[count++] = (struct dlb_plot_entry){.title = "crossed: noisy", .point = 2};
    struct dlb_plot_layout layout = {.width = 900,
                                     .lines = PANEL_LINES,
                                     .rows = 1,
                                     .columns = 1,
                                     .left = 11,
                                     .right = LABEL_COLUMNS + 1,
                                     .top = 1,
                                     .bottom = 3,
                                     .legend_count = count,
                                     .legend = legend};
    struct dlb_text title = {0};
    dlb_text_append(&title, "Roofline of ");
    dlb_plot_clean(&title, roof->device, 60);
    dlb_plot_begin(plot, title.data != NULL ? title.data : "Roofline", &layout);
    dlb_text_free(&title);
    dlb_plot_panel(plot, &layout, 0, NULL);
    dlb_plot_axis(&plot->script, "x", &roof->x, DLB_PLOT_PLAIN, 9,
                  "operations per byte, every tensor touched once");
    dlb_plot_axis(&plot->script, "y", &roof->y, DLB_PLOT_SI, 9, "operations per second");
    for (int i = 0; i < roof->ceiling_count; i++)
        draw_ceiling(roof, plot, i);
    draw_ridges(roof, plot);
    draw_points(roof, plot, has);
    dlb_plot_end(plot, &layout);
}

static enum dlb_status finish(const struct roofline *roof, struct dlb_plot *plot)
{
    const struct dlb_record *best = roof->records[0];
    struct dlb_text what = {0};
    char rate[32];
    char more[160] = "";
    for (int i = 1; i < roof->record_count; i++)
        if (roof->records[i]->summary.ops_per_s > best->summary.ops_per_s)
            best = roof->records[i];
    dlb_format_si(rate, sizeof rate, best->summary.ops_per_s, "op/s");
    dlb_text_format(&plot->alt, "%d cases below %d ceilings; the highest rate is %s of ",
                    roof->record_count, roof->ceiling_count, rate);
    dlb_plot_clean(&plot->alt, best->label, 60);
    dlb_text_format(&plot->alt, " at %.3g operations per byte", best->summary.ai_ops_per_byte);
    if (isfinite(best->summary.roof_fraction))
        dlb_text_format(&plot->alt, ", %.0f %% of its roof", 100 * best->summary.roof_fraction);
    dlb_text_append(&plot->alt, ".");
    const int stride = (roof->record_count + DLB_PLOT_MOST_POINTS - 1) / DLB_PLOT_MOST_POINTS;
    if (roof->ceiling_count == 0)
        snprintf(more, sizeof more, "No ceiling of this device is known: dlbench roofline -d %.60s",
                 roof->device);
    else if (stride > 1)
        snprintf(more, sizeof more, "One of %d cases is drawn; the intervals are in the table",
                 stride);
    else if (roof->record_count > MOST_BARS)
        snprintf(more, sizeof more, "Too many cases for bars: the intervals are in the table");
    dlb_text_append(&what, "Rate: median");
    if (roof->record_count <= MOST_BARS)
        dlb_plot_bars(roof->records, roof->record_count, &what);
    if (has_ceilings(roof, true))
        dlb_text_format(&what, "; solid: %s",
                        roof->modelled ? "ceilings of the model" : "measured ceilings");
    if (has_ceilings(roof, false))
        dlb_text_append(&what, "; dashed: datasheet");
    const enum dlb_status status =
        what.failed ? DLB_NO_MEMORY
                    : dlb_plot_caption(plot, roof->input,
                                       &(struct dlb_plot_shown){.records = roof->records,
                                                                .count = roof->record_count,
                                                                .what = what.data,
                                                                .more = more});
    dlb_text_free(&what);
    return status;
}

/* ---- the kind ---- */

/* Nobody here has the device of a published row: its ceilings are those of the file or none. */
static bool is_published(const struct roofline *roof)
{
    for (int i = 0; i < roof->record_count; i++)
        if (strcmp(roof->records[i]->evidence, "published") != 0)
            return false;
    return true;
}

static enum dlb_status one_device(const struct dlb_plot_input *input, const char *device,
                                  const struct dlb_record **records, struct dlb_plots *plots)
{
    struct roofline roof = {.input = input, .device = device, .records = records};
    gather(&roof);
    if (roof.record_count == 0)
        return DLB_OK;
    find_ceilings(&roof);
    if (roof.ceiling_count == 0 && is_published(&roof))
        return DLB_OK; /* points below no roof, which no command here can find */
    struct dlb_plot *plot = dlb_plots_add(plots);
    if (plot == NULL)
        return DLB_NO_MEMORY;
    find_ranges(&roof);
    dlb_plot_name(plots, plot, "roofline", device, NULL);
    draw(&roof, plot);
    return finish(&roof, plot);
}

enum dlb_status dlb_plot_roofline(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                  struct dlb_why *why)
{
    const struct dlb_result *result = input->result;
    const int before = plots->count;
    struct dlb_ranking ranking;
    enum dlb_status status = dlb_ranking_make(result, &ranking);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory to sort the records");
    const struct dlb_record **records = calloc((size_t)result->record_count + 1, sizeof *records);
    status = records != NULL ? DLB_OK : DLB_NO_MEMORY;
    for (int i = 0; i < ranking.device_count && status == DLB_OK &&
                    plots->count - before < DLB_PLOT_MOST_PICTURES;
         i++)
        status = one_device(input, ranking.devices[i], records, plots);
    free(records);
    dlb_ranking_free(&ranking);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for the pictures");
    if (plots->count == before)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "no case has a time, operations and bytes: networks and published rows "
                        "may lack them, and devices of published rows their ceilings");
    return DLB_OK;
}
