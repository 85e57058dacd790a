/* plot_distribution.c: the samples of a case: their density, each process as a strip of dots, its median, and outliers.
 *
 * Times are relative to the median of the case, so that cases of nanoseconds and seconds share an axis. The density is a Gaussian kernel's
 * with the bandwidth of Silverman ("Density Estimation", 1986, equation 3.31): 0.9 min(sd, IQR/1.34) n^(-1/5). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/summary.h"
#include "reports/plots/plot_frame.h"
#include "reports/report_cells.h"

#define MOST_ROWS     12
#define MOST_STRIPS   6  /* processes of a case */
#define GRID          96 /* points of a density */
#define MOST_DENSITY  2000
#define LABEL_COLUMNS 52
#define MOST_LACKING  4 /* cases without a row that are named */

struct candidate {
    const struct dlb_record *record;
    double spread;
    int index;
};

enum part {
    DOTS,
    OUTLIERS,
    BEYOND,
    PARTS
}; /* within the fences, outside of them, outside of the axis */

struct sheet {
    const struct dlb_plot_input *input;
    const struct dlb_plot_styles *styles;
    const struct dlb_ranking *ranking;
    const struct candidate *rows;
    int row_count, case_count;
    struct dlb_plot_range x;
    int64_t samples, count[PARTS], drawn;
    double most; /* largest sample of all, relative */
    struct dlb_common common;
};

/* ---- which cases ---- */

static bool has_samples(const struct dlb_record *record)
{
    if (!dlb_plot_has_time(record) || !dlb_plot_is_measured(record))
        return false;
    for (int i = 0; i < record->invocation_count; i++)
        if (record->invocations[i].samples_ns != NULL && record->invocations[i].n > 1)
            return true;
    return false;
}

/* From the lowest first quartile of a process to the highest third one. */
static double spread_of(const struct dlb_record *record)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (int i = 0; i < record->invocation_count; i++) {
        low = fmin(low, record->invocations[i].q1_ns);
        high = fmax(high, record->invocations[i].q3_ns);
    }
    return (high - low) / record->summary.median_ns;
}

static int by_spread(const void *left, const void *right)
{
    const struct candidate *a = left;
    const struct candidate *b = right;
    if (a->spread != b->spread && isfinite(a->spread) && isfinite(b->spread))
        return a->spread > b->spread ? -1 : 1;
    return a->index - b->index;
}

static int by_index(const void *left, const void *right)
{
    return ((const struct candidate *)left)->index - ((const struct candidate *)right)->index;
}

/* All samples of a record relative to its median, sorted; the caller frees them. */
static double *relative_samples(const struct dlb_record *record, int64_t *count)
{
    int64_t total = 0;
    for (int i = 0; i < record->invocation_count; i++)
        total += record->invocations[i].samples_ns != NULL ? record->invocations[i].n : 0;
    double *samples = calloc((size_t)total + 1, sizeof *samples);
    *count = 0;
    for (int i = 0; i < record->invocation_count && samples != NULL; i++) {
        const struct dlb_invocation *invocation = &record->invocations[i];
        for (int64_t j = 0; invocation->samples_ns != NULL && j < invocation->n; j++) {
            const double value = invocation->samples_ns[j] / record->summary.median_ns - 1;
            if (isfinite(value))
                samples[(*count)++] = value;
        }
    }
    if (samples != NULL)
        dlb_sort(samples, *count);
    return samples;
}

/* ---- the density ---- */

static double bandwidth_of(const double *sorted, int64_t n)
{
    const double iqr = dlb_quantile_sorted(sorted, n, 0.75) - dlb_quantile_sorted(sorted, n, 0.25);
    const double sd = dlb_sd(sorted, n);
    const double sigma = iqr > 0 ? fmin(sd, iqr / 1.34) : sd;
    return 0.9 * sigma * pow((double)n, -0.2);
}

/* A closed curve on the base line `y`, at most 0.42 high; none where all samples are equal. */
static bool write_density(const struct sheet *sheet, struct dlb_plot *plot, const char *name,
                          const double *sorted, int64_t n, double y)
{
    double heights[GRID];
    double most = 0;
    const double h = n > 1 ? bandwidth_of(sorted, n) : 0;
    const double low = fmax(sheet->x.lo, sorted[0] - 3 * h);
    const double high = fmin(sheet->x.hi, sorted[n - 1] + 3 * h);
    if (!(h > 0) || !(high > low))
        return false;
    const int64_t stride = (n + MOST_DENSITY - 1) / MOST_DENSITY;
    for (int i = 0; i < GRID; i++) {
        const double at = low + (high - low) * i / (GRID - 1);
        heights[i] = 0;
        for (int64_t j = 0; j < n; j += stride) {
            const double z = (at - sorted[j]) / h;
            heights[i] += z * z < 40 ? exp(-z * z / 2) : 0;
        }
        most = fmax(most, heights[i]);
    }
    if (!(most > 0))
        return false;
    dlb_plot_block(&plot->data, name);
    dlb_plot_row(&plot->data, (const double[]){low, y}, 2);
    for (int i = 0; i < GRID; i++)
        dlb_plot_row(
            &plot->data,
            (const double[]){low + (high - low) * i / (GRID - 1), y - 0.42 * heights[i] / most}, 2);
    dlb_plot_row(&plot->data, (const double[]){high, y}, 2);
    dlb_plot_block_end(&plot->data);
    return true;
}

/* ---- strips of dots ---- */

/* Row `row` has its density above y = row and its strips below, one a process. */
static double strip_of(int row, int strip, int strips)
{
    return row + 0.10 + 0.36 * (strip + 0.5) / strips;
}

/* The same at every call: dots must not jump from picture to picture. */
static double jitter(int64_t index, int strips)
{
    const uint64_t hash = ((uint64_t)index + 1) * UINT64_C(0x9E3779B97F4A7C15);
    return ((double)(hash >> 40) / (double)(1 << 24) - 0.5) * 0.22 / strips;
}

/* Severe outliers of a process are those outside of 3 IQR (Tukey). */
struct fence {
    double low, high;
};

static struct fence fence_of(const struct dlb_invocation *invocation, double median)
{
    const double iqr = (invocation->q3_ns - invocation->q1_ns) / median;
    return (struct fence){invocation->q1_ns / median - 1 - 3 * iqr,
                          invocation->q3_ns / median - 1 + 3 * iqr};
}

/* One process of a record, as its strip needs it. */
struct process {
    const struct dlb_invocation *invocation;
    double median; /* of the record */
    struct fence fence;
    double lo, hi; /* of the axis */
};

/* PARTS: no number. */
static enum part part_of(const struct process *process, int64_t sample, double *value)
{
    *value = process->invocation->samples_ns[sample] / process->median - 1;
    if (!isfinite(*value))
        return PARTS;
    if (*value < process->lo || *value > process->hi)
        return BEYOND;
    return *value < process->fence.low || *value > process->fence.high ? OUTLIERS : DOTS;
}

/* One of how many samples is drawn, so that no more than `budget` of that part are. */
static int64_t stride_of(const struct process *process, enum part part, int64_t budget)
{
    int64_t found = 0;
    double value;
    for (int64_t j = 0; j < process->invocation->n; j++)
        found += part_of(process, j, &value) == part;
    return budget > 0 && found > budget ? (found + budget - 1) / budget : 1;
}

/* Samples of one kind of all processes of a record; those that lie beyond the axis stand at its end. */
static bool write_dots(struct sheet *sheet, struct dlb_plot *plot, int row, enum part part,
                       const char *name)
{
    const struct dlb_record *record = sheet->rows[row].record;
    const int strips =
        record->invocation_count < MOST_STRIPS ? record->invocation_count : MOST_STRIPS;
    const int64_t budget = DLB_PLOT_MOST_POINTS / sheet->row_count / (strips > 0 ? strips : 1);
    bool any = false;
    for (int i = 0; i < strips; i++) {
        const struct process process = {
            &record->invocations[i], record->summary.median_ns,
            fence_of(&record->invocations[i], record->summary.median_ns), sheet->x.lo, sheet->x.hi};
        if (process.invocation->samples_ns == NULL)
            continue;
        const int64_t stride = stride_of(&process, part, budget);
        int64_t found = 0;
        for (int64_t j = 0; j < process.invocation->n; j++) {
            double value;
            if (part_of(&process, j, &value) != part)
                continue;
            sheet->count[part]++;
            if (found++ % stride != 0)
                continue;
            if (!any)
                dlb_plot_block(&plot->data, name);
            any = true;
            sheet->drawn++;
            dlb_plot_row(
                &plot->data,
                (const double[]){part == BEYOND ? (value > 0 ? process.hi : process.lo) : value,
                                 strip_of(row, i, strips) + jitter(j, strips)},
                2);
        }
    }
    if (any)
        dlb_plot_block_end(&plot->data);
    return any;
}

/* x, y from, y to of the medians: an upright mark on each strip. */
static bool write_medians(const struct sheet *sheet, struct dlb_plot *plot, int row,
                          const char *name)
{
    const struct dlb_record *record = sheet->rows[row].record;
    const int strips =
        record->invocation_count < MOST_STRIPS ? record->invocation_count : MOST_STRIPS;
    bool any = false;
    for (int i = 0; i < strips; i++) {
        const double value = record->invocations[i].median_ns / record->summary.median_ns - 1;
        if (!(value >= sheet->x.lo && value <= sheet->x.hi))
            continue;
        if (!any)
            dlb_plot_block(&plot->data, name);
        any = true;
        const double y = strip_of(row, i, strips);
        dlb_plot_row(&plot->data, (const double[]){value, y - 0.16 / strips, 0, 0.32 / strips}, 4);
    }
    if (any)
        dlb_plot_block_end(&plot->data);
    return any;
}

/* ---- the picture ---- */

static void find_range(struct sheet *sheet)
{
    sheet->x = dlb_plot_range_new(DLB_PLOT_LINEAR);
    dlb_plot_range_add(&sheet->x, 0);
    for (int i = 0; i < sheet->row_count; i++) {
        int64_t n = 0;
        double *samples = relative_samples(sheet->rows[i].record, &n);
        if (samples != NULL && n > 0) {
            dlb_plot_range_add_most(&sheet->x, samples, n);
            sheet->most = fmax(sheet->most, samples[n - 1]);
        }
        sheet->samples += n;
        free(samples);
    }
    dlb_plot_range_close(&sheet->x, 0.06);
}

static int name_row(const struct sheet *sheet, int row, struct dlb_text *out)
{
    const struct dlb_record *record = sheet->rows[row].record;
    char time[32];
    char words[192];
    struct dlb_text label = {0};
    dlb_format_time(time, sizeof time, record->summary.median_ns);
    dlb_report_label(record, &sheet->common, words, sizeof words);
    dlb_plot_clean(&label, words, LABEL_COLUMNS - 26);
    dlb_text_append(&label, "  ");
    dlb_plot_clean(&label, record->device, 16);
    dlb_text_format(&label, "  %s", time);
    const char *text = label.data != NULL ? label.data : "";
    const int width = dlb_plot_width(text, LABEL_COLUMNS);
    if (out != NULL)
        dlb_plot_quote_tic(out, text, LABEL_COLUMNS);
    dlb_text_free(&label);
    return width;
}

static void draw_row(struct sheet *sheet, struct dlb_plot *plot, struct dlb_text *series,
                     bool *first, int row)
{
    const struct dlb_record *record = sheet->rows[row].record;
    const struct dlb_plot_style *style = dlb_plot_style_of(sheet->styles, record->device);
    char name[24];
    int64_t n = 0;
    double *samples = relative_samples(record, &n);
    struct dlb_plot line = {.script = *series};
    snprintf(name, sizeof name, "v%d", row);
    if (samples != NULL && n > 0 && write_density(sheet, plot, name, samples, n, row)) {
        dlb_text_format(&line.script,
                        "%s$%s using 1:2 with filledcurves closed fs transparent solid 0.35 "
                        "noborder lc rgb '%s'",
                        *first ? "plot " : ", \\\n     ", name, style->color);
        *first = false;
    }
    free(samples);
    static const struct {
        char letter;
        enum part part;
        int point;
        const char *color;
        double size;
    } parts[] = {{'d', DOTS, 7, NULL, 0.22},
                 {'o', OUTLIERS, 6, "#000000", 0.55},
                 {'b', BEYOND, 10, "#D55E00", 0.7}};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(parts); i++) {
        snprintf(name, sizeof name, "%c%d", parts[i].letter, row);
        if (write_dots(sheet, plot, row, parts[i].part, name))
            dlb_plot_series(&line, first,
                            &(struct dlb_plot_series){.block = name,
                                                      .columns = "1:2",
                                                      .with = "points",
                                                      .style = style,
                                                      .color = parts[i].color,
                                                      .point = parts[i].point,
                                                      .size = parts[i].size});
    }
    snprintf(name, sizeof name, "m%d", row);
    if (write_medians(sheet, plot, row, name))
        dlb_plot_series(&line, first,
                        &(struct dlb_plot_series){.block = name,
                                                  .columns = "1:2:3:4",
                                                  .with = "vectors nohead",
                                                  .color = "#000000",
                                                  .width = 2});
    *series = line.script;
}

static void draw(struct sheet *sheet, struct dlb_plot *plot)
{
    int gutter = 0;
    for (int i = 0; i < sheet->row_count; i++) {
        const int width = name_row(sheet, i, NULL);
        gutter = width > gutter ? width : gutter;
    }
    const struct dlb_plot_entry legend[] = {
        {.title = "dots: samples, a strip a process", .point = 7},
        {.title = "bar: median of the process", .point = -1, .line = true},
        {.title = "ring: outlier beyond 3 IQR", .point = 6},
        {.title = "triangle: beyond the axis", .point = 10},
    };
    struct dlb_plot_layout layout = {.width = 960,
                                     .lines = 4 * sheet->row_count + 1,
                                     .rows = 1,
                                     .columns = 1,
                                     .gutter = gutter,
                                     .left = 2,
                                     .right = 3,
                                     .top = 1,
                                     .bottom = 3,
                                     .legend_count = DLB_ARRAY_COUNT(legend),
                                     .legend = legend};
    dlb_plot_begin(plot, "Distribution of samples", &layout);
    dlb_plot_panel(plot, &layout, 0, NULL);
    dlb_plot_axis(&plot->script, "x", &sheet->x, DLB_PLOT_SIGNED, 9,
                  "time of a sample, relative to the median of the case");
    dlb_plot_set(plot, "yrange [%d.55:-0.55]", sheet->row_count - 1);
    dlb_text_append(&plot->script, "if (letters == 0) set grid noy\nset ytics scale 0 (");
    for (int i = 0; i < sheet->row_count; i++) {
        dlb_text_append(&plot->script, i > 0 ? ", " : "");
        (void)name_row(sheet, i, &plot->script);
        dlb_text_format(&plot->script, " %d", i);
    }
    dlb_text_append(&plot->script, ")\n");
    struct dlb_text series = {0};
    bool first = true;
    for (int i = 0; i < sheet->row_count; i++)
        draw_row(sheet, plot, &series, &first, i);
    dlb_text_append(&plot->script, series.data != NULL ? series.data : "");
    plot->script.failed |= series.failed;
    dlb_text_free(&series);
    dlb_plot_panel_end(plot, first);
    dlb_plot_end(plot, &layout);
}

/* Why a case with a time has no row; NULL: it has samples, or is no measurement. */
static const char *lack_of(const struct dlb_record *record)
{
    bool one = false;
    if (!dlb_plot_has_time(record) || !dlb_plot_is_measured(record) || has_samples(record))
        return NULL;
    for (int i = 0; i < record->invocation_count; i++)
        one |= record->invocations[i].n == 1;
    return one ? "one sample only" : "its samples were not kept";
}

/* Who else was measured. What did not run at all stands in the caption with every kind. */
static void tell_lacking(const struct sheet *sheet, struct dlb_text *more)
{
    const struct dlb_result *result = sheet->input->result;
    int lacking = 0;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        const char *lack = lack_of(record);
        char words[192];
        if (lack == NULL || lacking++ >= MOST_LACKING)
            continue;
        dlb_text_append(more, lacking == 1 ? ". Without a row: " : ", ");
        dlb_report_label(record, &sheet->common, words, sizeof words);
        dlb_plot_clean(more, words, LABEL_COLUMNS);
        dlb_text_append(more, " on ");
        dlb_plot_clean(more, record->device, 24);
        dlb_text_format(more, " (%s)", lack);
    }
    if (lacking > MOST_LACKING)
        dlb_text_format(more, " and %d more", lacking - MOST_LACKING);
}

static enum dlb_status finish(struct sheet *sheet, struct dlb_plot *plot)
{
    const struct dlb_record *shown[MOST_ROWS];
    struct dlb_text more = {0};
    for (int i = 0; i < sheet->row_count; i++)
        shown[i] = sheet->rows[i].record;
    if (sheet->case_count > sheet->row_count)
        dlb_text_format(&more, "Of %d cases those %d whose samples spread most. ",
                        sheet->case_count, sheet->row_count);
    dlb_text_format(&more, "%lld samples, %lld severe outliers", (long long)sheet->samples,
                    (long long)sheet->count[OUTLIERS]);
    if (sheet->count[BEYOND] > 0)
        dlb_text_format(&more, ", %lld beyond the axis, the largest at %+.3g %%",
                        (long long)sheet->count[BEYOND], 100 * sheet->most);
    if (sheet->drawn < sheet->samples)
        dlb_text_format(&more, ". Decimated: %lld are drawn", (long long)sheet->drawn);
    tell_lacking(sheet, &more);
    dlb_text_format(&plot->alt,
                    "Samples of %d cases around their medians; the widest is from %.1f %% to "
                    "%+.1f %%.",
                    sheet->row_count, 100 * sheet->x.lo, 100 * sheet->x.hi);
    const enum dlb_status status =
        more.failed ? DLB_NO_MEMORY
                    : dlb_plot_caption(plot, sheet->input,
                                       &(struct dlb_plot_shown){
                                           .records = shown,
                                           .count = sheet->row_count,
                                           .what = "Samples in percent of the median of the case, "
                                                   "with their density",
                                           .more = more.data,
                                           .ranking = sheet->ranking});
    dlb_text_free(&more);
    return status;
}

static int choose(const struct dlb_result *result, struct candidate *candidates, int *cases)
{
    int count = 0;
    for (int i = 0; i < result->record_count; i++)
        if (has_samples(&result->records[i]))
            candidates[count++] =
                (struct candidate){&result->records[i], spread_of(&result->records[i]), i};
    *cases = count;
    if (count > MOST_ROWS) {
        qsort(candidates, (size_t)count, sizeof *candidates, by_spread);
        count = MOST_ROWS;
        qsort(candidates, (size_t)count, sizeof *candidates, by_index);
    }
    return count;
}

enum dlb_status dlb_plot_distribution(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                      struct dlb_why *why)
{
    const struct dlb_result *result = input->result;
    struct dlb_plot_classes classes;
    enum dlb_status status = dlb_plot_classes_make(result, true, &classes, why);
    if (status != DLB_OK)
        return status;
    struct candidate *candidates = calloc((size_t)result->record_count + 1, sizeof *candidates);
    struct sheet sheet = {.input = input,
                          .styles = &classes.styles,
                          .ranking = &classes.ranking,
                          .rows = candidates,
                          .common = dlb_report_common(result, &classes.ranking)};
    if (candidates == NULL)
        status = DLB_NO_MEMORY;
    else
        sheet.row_count = choose(result, candidates, &sheet.case_count);
    if (status == DLB_OK && sheet.row_count == 0)
        status = dlb_fail(why, DLB_UNAVAILABLE,
                          "the file holds no samples: it was run with --keep-samples no, or "
                          "nothing was measured");
    struct dlb_plot *plot = status == DLB_OK ? dlb_plots_add(plots) : NULL;
    if (plot != NULL) {
        find_range(&sheet);
        dlb_plot_name(plots, plot, "distribution", NULL, NULL);
        draw(&sheet, plot);
        status = finish(&sheet, plot);
    } else if (status == DLB_OK) {
        status = DLB_NO_MEMORY;
    }
    if (status == DLB_NO_MEMORY)
        dlb_fail(why, status, "no memory for the picture");
    free(candidates);
    dlb_plot_classes_free(&classes);
    return status;
}
