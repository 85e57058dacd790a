/* plot_order.c: samples in the order of the run, with the clock, temperature and what disturbed them below on the same axis.
 *
 * A file tells the second in which a process started and the length of its samples; a process that would begin before the one before it had
 * ended is moved behind it, and long gaps are cut. Processes that were judged noisy are shaded. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/stats/summary.h"
#include "reports/plots/plot_frame.h"

#define BUCKETS       500 /* each keeps its first, least and largest sample */
#define MOST_SHADES   150
#define MOST_PIECES   120 /* processes whose values are pieces of their own */
#define MOST_GATES    3
#define AREA          2 /* the track that is filled down to 0 */
#define SHADE         "#f0c9a0"
#define LONGEST_GAP_S 5.0

struct process {
    const struct dlb_record *record;
    const struct dlb_invocation *invocation;
    double start_s, end_s;
};

struct sample {
    double x, y;
    int device; /* place among the styles */
    bool kept;
};

/* A panel below the samples: a gate, or the largest of several that are shares. */
static const struct track {
    const char *label;
    const char *gates[5];
    double scale;
} tracks[MOST_GATES] = {
    {"clock, GHz", {"frequency", "gpu_clock"}, 1e-9},
    {"temperature, C", {"temperature", "gpu_temperature"}, 1},
    {"disturbed, %", {"run_queue", "steal", "throttled", "cpu_pressure"}, 100},
};

struct trace {
    const struct dlb_plot_input *input;
    const struct dlb_plot_styles *styles;
    struct process *processes;
    int process_count;
    struct sample *samples;
    int64_t sample_count, kept, beyond;
    double most; /* of all y */
    struct dlb_plot_range x, y;
    bool has_track[MOST_GATES];
    const struct dlb_record **shown;
    int shown_count;
};

/* ---- processes in order ---- */

static double seconds_of(const char *utc)
{
    struct tm when = {0};
    const char *end = strptime(utc, "%Y-%m-%dT%H:%M:%S", &when);
    return end != NULL ? (double)timegm(&when) : (double)NAN;
}

static int by_order(const void *left, const void *right)
{
    const struct process *a = left;
    const struct process *b = right;
    if (isfinite(a->start_s) && isfinite(b->start_s) && a->start_s != b->start_s)
        return a->start_s < b->start_s ? -1 : 1;
    return (a->invocation->order > b->invocation->order) -
           (a->invocation->order < b->invocation->order);
}

static bool can_show(const struct dlb_record *record, const struct dlb_invocation *invocation)
{
    return dlb_plot_has_time(record) && dlb_plot_is_measured(record) &&
           invocation->samples_ns != NULL && invocation->n > 0;
}

/* Loading and preparing come before the first sample; warm-up is not in the file. */
static double lead_s(const struct dlb_invocation *invocation)
{
    const double load = isfinite(invocation->load_ns) ? invocation->load_ns : 0;
    const double prepare = isfinite(invocation->prepare_ns) ? invocation->prepare_ns : 0;
    return (load + prepare) * 1e-9;
}

static double length_s(const struct dlb_invocation *invocation)
{
    double sum = 0;
    for (int64_t i = 0; i < invocation->n; i++)
        sum += isfinite(invocation->samples_ns[i]) ? invocation->samples_ns[i] : 0;
    return sum * 1e-9 * (double)(invocation->k > 0 ? invocation->k : 1);
}

static void place(struct trace *trace)
{
    double end = 0;
    double first = NAN;
    double left_out = 0;
    qsort(trace->processes, (size_t)trace->process_count, sizeof *trace->processes, by_order);
    for (int i = 0; i < trace->process_count; i++) {
        const double start = trace->processes[i].start_s;
        first = first <= start ? first : start;
    }
    for (int i = 0; i < trace->process_count; i++) {
        struct process *process = &trace->processes[i];
        const double told = process->start_s - first - left_out; /* NaN without a time */
        double start = fmax(end, isfinite(told) ? told : end);
        if (start > end + LONGEST_GAP_S) { /* resumed the next day, or another file's */
            left_out += start - end - LONGEST_GAP_S;
            start = end + LONGEST_GAP_S;
        }
        process->start_s = start + lead_s(process->invocation);
        process->end_s = process->start_s + length_s(process->invocation);
        end = process->end_s;
    }
}

static enum dlb_status gather(struct trace *trace)
{
    const struct dlb_result *result = trace->input->result;
    size_t count = 0;
    for (int i = 0; i < result->record_count; i++)
        count += (size_t)result->records[i].invocation_count;
    trace->processes = calloc(count + 1, sizeof *trace->processes);
    trace->shown = calloc((size_t)result->record_count + 1, sizeof *trace->shown);
    if (trace->processes == NULL || trace->shown == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        const int before = trace->process_count;
        for (int j = 0; j < record->invocation_count; j++) {
            const struct dlb_invocation *invocation = &record->invocations[j];
            if (!can_show(record, invocation))
                continue;
            trace->processes[trace->process_count++] =
                (struct process){record, invocation, seconds_of(invocation->t_start_utc), 0};
            trace->sample_count += invocation->n;
        }
        if (trace->process_count > before)
            trace->shown[trace->shown_count++] = record;
    }
    place(trace);
    return DLB_OK;
}

/* ---- samples ---- */

static enum dlb_status list_samples(struct trace *trace)
{
    int64_t at = 0;
    trace->samples = calloc((size_t)trace->sample_count + 1, sizeof *trace->samples);
    if (trace->samples == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < trace->process_count; i++) {
        const struct process *process = &trace->processes[i];
        const struct dlb_invocation *invocation = process->invocation;
        const struct dlb_plot_style *style =
            dlb_plot_style_of(trace->styles, process->record->device);
        const double k = (double)(invocation->k > 0 ? invocation->k : 1);
        double x = process->start_s;
        for (int64_t j = 0; j < invocation->n; j++) {
            const double ns = invocation->samples_ns[j];
            trace->samples[at++] = (struct sample){.x = x,
                                                   .y = ns / process->record->summary.median_ns - 1,
                                                   .device = (int)(style - trace->styles->items)};
            x += isfinite(ns) ? ns * k * 1e-9 : 0;
        }
    }
    return DLB_OK;
}

/* Spikes are what is looked for here: of each bucket its extremes stay. */
static void decimate(struct trace *trace)
{
    const int64_t size = (trace->sample_count + BUCKETS - 1) / BUCKETS;
    for (int64_t first = 0; first < trace->sample_count; first += size) {
        const int64_t end = first + size < trace->sample_count ? first + size : trace->sample_count;
        int64_t least = first;
        int64_t most = first;
        for (int64_t i = first; i < end; i++) {
            least = trace->samples[i].y < trace->samples[least].y ? i : least;
            most = trace->samples[i].y > trace->samples[most].y ? i : most;
        }
        trace->samples[first].kept = true;
        trace->samples[least].kept = true;
        trace->samples[most].kept = true;
    }
    for (int64_t i = 0; i < trace->sample_count; i++)
        trace->kept += trace->samples[i].kept;
}

static enum dlb_status find_ranges(struct trace *trace)
{
    double *values = calloc((size_t)trace->sample_count + 1, sizeof *values);
    if (values == NULL)
        return DLB_NO_MEMORY;
    int64_t n = 0;
    trace->x = dlb_plot_range_new(DLB_PLOT_LINEAR);
    trace->y = dlb_plot_range_new(DLB_PLOT_LINEAR);
    for (int64_t i = 0; i < trace->sample_count; i++)
        if (isfinite(trace->samples[i].y))
            values[n++] = trace->samples[i].y;
    dlb_sort(values, n);
    dlb_plot_range_add(&trace->y, 0);
    dlb_plot_range_add_most(&trace->y, values, n);
    trace->most = n > 0 ? values[n - 1] : (double)NAN;
    free(values);
    dlb_plot_range_add(&trace->x, 0);
    for (int i = 0; i < trace->process_count; i++)
        dlb_plot_range_add(&trace->x, trace->processes[i].end_s);
    dlb_plot_range_close(&trace->x, 0.01);
    dlb_plot_range_close(&trace->y, 0.08);
    return DLB_OK;
}

/* One block a device, and one of what lies beyond the axis, drawn at its end. */
static void write_samples(struct trace *trace, struct dlb_plot *plot, bool *has, bool *beyond)
{
    char name[24];
    for (int d = 0; d < trace->styles->count; d++) {
        has[d] = false;
        for (int64_t i = 0; i < trace->sample_count; i++) {
            const struct sample *sample = &trace->samples[i];
            if (!sample->kept || sample->device != d || !(sample->y >= trace->y.lo) ||
                sample->y > trace->y.hi)
                continue;
            snprintf(name, sizeof name, "d%d", d);
            if (!has[d])
                dlb_plot_block(&plot->data, name);
            has[d] = true;
            dlb_plot_row(&plot->data, (const double[]){sample->x, sample->y}, 2);
        }
        if (has[d])
            dlb_plot_block_end(&plot->data);
    }
    for (int64_t i = 0; i < trace->sample_count; i++) {
        const struct sample *sample = &trace->samples[i];
        const bool outside = sample->y < trace->y.lo || sample->y > trace->y.hi;
        trace->beyond += outside;
        if (!outside || !sample->kept)
            continue;
        if (!*beyond)
            dlb_plot_block(&plot->data, "beyond");
        *beyond = true;
        dlb_plot_row(&plot->data,
                     (const double[]){sample->x, sample->y > 0 ? trace->y.hi : trace->y.lo}, 2);
    }
    if (*beyond)
        dlb_plot_block_end(&plot->data);
}

/* ---- the tracks below ---- */

static double track_value(const struct track *track, const struct dlb_invocation *invocation)
{
    double most = NAN;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(track->gates) && track->gates[i] != NULL; i++)
        for (int j = 0; j < invocation->gate_count; j++)
            if (strcmp(invocation->gates[j].name, track->gates[i]) == 0 &&
                isfinite(invocation->gates[j].value))
                most = most >= invocation->gates[j].value ? most : invocation->gates[j].value;
    return most * track->scale;
}

/* A piece for each process; of very many the largest value of each bucket. */
static bool write_track(const struct trace *trace, struct dlb_plot *plot, int index,
                        struct dlb_plot_range *range)
{
    char name[24];
    bool any = false;
    const int stride = (trace->process_count + BUCKETS - 1) / BUCKETS;
    snprintf(name, sizeof name, "t%d", index);
    *range = dlb_plot_range_new(DLB_PLOT_LINEAR);
    for (int i = 0; i < trace->process_count; i += stride) {
        double most = NAN;
        double end = trace->processes[i].end_s;
        for (int j = i; j < i + stride && j < trace->process_count; j++) {
            const double value = track_value(&tracks[index], trace->processes[j].invocation);
            most = most >= value ? most : value;
            end = trace->processes[j].end_s;
        }
        if (!isfinite(most))
            continue;
        if (!any)
            dlb_plot_block(&plot->data, name);
        any = true;
        dlb_plot_range_add(range, most);
        const double start = trace->processes[i].start_s;
        if (index == AREA)
            dlb_plot_row(&plot->data, (const double[]){start, 0}, 2);
        dlb_plot_row(&plot->data, (const double[]){start, most}, 2);
        dlb_plot_row(&plot->data, (const double[]){end, most}, 2);
        if (index == AREA)
            dlb_plot_row(&plot->data, (const double[]){end, 0}, 2);
        else if (trace->process_count <= MOST_PIECES)
            dlb_text_append(&plot->data, "\n"); /* the line ends here */
    }
    if (any)
        dlb_plot_block_end(&plot->data);
    if (index == AREA)
        dlb_plot_range_add(range, 0);
    dlb_plot_range_close(range, 0.15);
    if (index == AREA)
        range->lo = 0;
    return any;
}

/* Noisy processes behind everything; neighbours as one. */
static void draw_shades(const struct trace *trace, struct dlb_plot *plot)
{
    const double near = (trace->x.hi - trace->x.lo) / 300;
    int object = 1;
    for (int i = 0; i < trace->process_count && object <= MOST_SHADES; i++) {
        if (!trace->processes[i].invocation->gated)
            continue;
        double end = trace->processes[i].end_s;
        int last = i;
        for (int j = i + 1; j < trace->process_count && trace->processes[j].start_s - end < near;
             j++)
            if (trace->processes[j].invocation->gated) {
                end = trace->processes[j].end_s;
                last = j;
            }
        dlb_plot_set(plot,
                     "object %d rect from first %.6g, graph 0 to first %.6g, graph 1 fc rgb "
                     "'" SHADE "' fs solid noborder behind",
                     object++, trace->processes[i].start_s,
                     fmax(end, trace->processes[i].start_s + near / 2));
        i = last;
    }
}

/* ---- the picture ---- */

static const char *track_style(const struct trace *trace, int index)
{
    if (index == AREA)
        return "filledcurves y1=0 fs solid 0.6 noborder";
    return trace->process_count <= MOST_PIECES ? "linespoints pt 7 ps 0.2 lw 1.2" : "lines lw 0.8";
}

static void draw_tracks(const struct trace *trace, struct dlb_plot *plot,
                        const struct dlb_plot_layout *layout, const struct dlb_plot_range *ranges)
{
    int panel = 1;
    for (int i = 0; i < MOST_GATES; i++) {
        if (!trace->has_track[i])
            continue;
        const bool last = panel + 1 == layout->rows;
        dlb_plot_panel(plot, layout, panel++, tracks[i].label);
        dlb_plot_axis(&plot->script, "x", &trace->x, last ? DLB_PLOT_PLAIN : DLB_PLOT_BLANK, 10,
                      last ? "seconds since the first process started" : NULL);
        dlb_plot_axis(&plot->script, "y", &ranges[i], DLB_PLOT_PLAIN, 3, NULL);
        draw_shades(trace, plot);
        dlb_text_format(&plot->script, "plot $t%d using 1:2 with %s lc rgb '#333333'", i,
                        track_style(trace, i));
        dlb_plot_panel_end(plot, false);
    }
}

static void draw_samples(const struct trace *trace, struct dlb_plot *plot,
                         const struct dlb_plot_layout *layout, const bool *has, bool beyond)
{
    dlb_plot_panel(plot, layout, 0, "sample, relative to the median of its case");
    dlb_plot_axis(&plot->script, "x", &trace->x,
                  layout->rows == 1 ? DLB_PLOT_PLAIN : DLB_PLOT_BLANK, 10,
                  layout->rows == 1 ? "seconds since the first process started" : NULL);
    dlb_plot_axis(&plot->script, "y", &trace->y, DLB_PLOT_SIGNED, 7, NULL);
    draw_shades(trace, plot);
    bool first = true;
    for (int d = 0; d < trace->styles->count; d++) {
        char name[24];
        snprintf(name, sizeof name, "d%d", d);
        if (has[d])
            dlb_plot_series(plot, &first,
                            &(struct dlb_plot_series){.block = name,
                                                      .columns = "1:2",
                                                      .with = "points",
                                                      .style = &trace->styles->items[d],
                                                      .size = 0.35});
    }
    if (beyond)
        dlb_plot_series(plot, &first,
                        &(struct dlb_plot_series){.block = "beyond",
                                                  .columns = "1:2",
                                                  .with = "points",
                                                  .color = "#000000",
                                                  .point = 10,
                                                  .size = 0.6});
    dlb_plot_panel_end(plot, first);
}

static void draw(struct trace *trace, struct dlb_plot *plot, struct dlb_plot_entry *legend,
                 bool *has)
{
    struct dlb_plot_range ranges[MOST_GATES];
    bool beyond = false;
    bool shaded = false;
    int rows = 2; /* the samples are as high as two tracks */
    int count = 0;
    write_samples(trace, plot, has, &beyond);
    for (int i = 0; i < trace->process_count; i++)
        shaded |= trace->processes[i].invocation->gated;
    for (int i = 0; i < MOST_GATES; i++) {
        trace->has_track[i] = write_track(trace, plot, i, &ranges[i]);
        rows += trace->has_track[i];
    }
    for (int d = 0; d < trace->styles->count; d++)
        if (has[d])
            legend[count++] = (struct dlb_plot_entry){.title = trace->styles->items[d].device,
                                                      .style = &trace->styles->items[d]};
    if (beyond)
        legend[count++] =
            (struct dlb_plot_entry){.title = "triangle: beyond the axis", .point = 10};
    if (shaded)
        legend[count++] =
            (struct dlb_plot_entry){.title = "process judged noisy", .point = -1, .box = SHADE};
    struct dlb_plot_layout layout = {.width = 960,
                                     .lines = 11,
                                     .rows = rows - 1,
                                     .columns = 1,
                                     .left = 9,
                                     .right = 3,
                                     .top = 2,
                                     .bottom = 1,
                                     .foot = 2,
                                     .legend_count = count,
                                     .legend = legend};
    dlb_plot_begin(plot, "Samples in the order of the run", &layout);
    draw_samples(trace, plot, &layout, has, beyond);
    draw_tracks(trace, plot, &layout, ranges);
    dlb_plot_end(plot, &layout);
}

static enum dlb_status finish(struct trace *trace, struct dlb_plot *plot)
{
    struct dlb_text more = {0};
    int gated = 0;
    for (int i = 0; i < trace->process_count; i++)
        gated += trace->processes[i].invocation->gated;
    dlb_text_format(&more, "%d processes, %d of them judged noisy", trace->process_count, gated);
    if (trace->kept < trace->sample_count)
        dlb_text_format(&more,
                        ". Decimated: of %lld samples %lld are drawn, the first, least and largest "
                        "of each of %d stretches",
                        (long long)trace->sample_count, (long long)trace->kept, BUCKETS);
    if (trace->beyond > 0)
        dlb_text_format(&more, ". %lld of the samples beyond the axis, the largest at %+.3g %%",
                        (long long)trace->beyond, 100 * trace->most);
    dlb_text_format(&plot->alt,
                    "%lld samples of %d cases over %.3g seconds, mostly between %+.1f %% and "
                    "%+.1f %% of their medians; %d of %d processes were noisy.",
                    (long long)trace->sample_count, trace->shown_count, trace->x.hi,
                    100 * trace->y.lo, 100 * trace->y.hi, gated, trace->process_count);
    const enum dlb_status status =
        more.failed
            ? DLB_NO_MEMORY
            : dlb_plot_caption(plot, trace->input,
                               &(struct dlb_plot_shown){
                                   .records = trace->shown,
                                   .count = trace->shown_count,
                                   .what = "Samples in percent of the median of their case; starts "
                                           "are known to the second, gaps of more than 5 s "
                                           "are cut",
                                   .more = more.data});
    dlb_text_free(&more);
    return status;
}

static enum dlb_status build(struct trace *trace, struct dlb_plots *plots, struct dlb_why *why)
{
    enum dlb_status status = gather(trace);
    if (status == DLB_OK && trace->process_count == 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "the file holds no samples: it was run with --keep-samples no, or nothing "
                        "was measured");
    if (status == DLB_OK)
        status = list_samples(trace);
    if (status == DLB_OK)
        status = find_ranges(trace);
    const size_t devices = (size_t)trace->styles->count;
    struct dlb_plot_entry *legend = calloc(devices + 3, sizeof *legend);
    bool *has = calloc(devices + 1, sizeof *has);
    struct dlb_plot *plot =
        status == DLB_OK && legend != NULL && has != NULL ? dlb_plots_add(plots) : NULL;
    if (plot != NULL) {
        decimate(trace);
        dlb_plot_name(plots, plot, "order", NULL, NULL);
        draw(trace, plot, legend, has);
        status = finish(trace, plot);
    } else {
        status = DLB_NO_MEMORY;
    }
    free(legend);
    free(has);
    return status;
}

enum dlb_status dlb_plot_order(const struct dlb_plot_input *input, struct dlb_plots *plots,
                               struct dlb_why *why)
{
    struct dlb_plot_classes classes;
    enum dlb_status status = dlb_plot_classes_make(input->result, true, &classes, why);
    if (status != DLB_OK)
        return status;
    struct trace trace = {.input = input, .styles = &classes.styles};
    status = build(&trace, plots, why);
    if (status == DLB_NO_MEMORY)
        dlb_fail(why, status, "no memory for the picture");
    free(trace.processes);
    free(trace.samples);
    free(trace.shown);
    dlb_plot_classes_free(&classes);
    return status;
}
