/* plot_energy_cost.c: joules per item, and items per unit of money, against items per second; a picture each.
 *
 * Both axes are logarithmic, so that equal power and equal price per hour are straight lines: J/item x items/s = W, and items per unit =
 * 3600 x items/s / price per hour. Points of one problem that no other device beats in both directions are joined: the Pareto front. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots/plot_dots.h"

#define MOST_TOGETHER   12 /* devices with an entry of their own in the legend */
#define MOST_FRONTS     40
#define MOST_LINES      12
#define MOST_CURRENCIES 16
#define PANEL_LINES     24
#define PANEL_LETTERS   115
#define SECONDS         3600.0
#define NORMAL_95       1.96

enum quantity { ENERGY, COST, QUANTITIES };

static const struct {
    const char *name, *title, *axis, *line; /* line: the unit of what is equal along one */
    bool less_is_better;
} words[QUANTITIES] = {
    {"energy", "Energy against speed", "joules per item, idle included", "W", true},
    {"cost", "Items for money against speed", "items", "an hour", false},
};

struct picture {
    const struct dlb_plot_input *input;
    const struct dlb_plot_styles *styles;
    enum quantity quantity;
    char currency[8];  /* COST: the one that most rows have */
    int other_money;   /* rows of other currencies, left out */
    int missing;       /* rows with a rate and without this figure */
    char example[200]; /* why the first of them has none */
    struct dlb_plot_dots dots;
    struct dlb_plot_range x, y;
    int line_count;
    int front_count;
    const struct dlb_record **shown;
};

/* ---- values ---- */

/* Energy: one standard deviation as the record tells it, made the 95 % of the other bars. */
static struct dlb_plot_value energy_of(const struct dlb_record *record)
{
    const struct dlb_energy *energy = &record->energy;
    const double half = NORMAL_95 * energy->uncertainty_rel;
    const bool known = half >= 0 && half < 1;
    if (!(energy->j_per_item > 0))
        return (struct dlb_plot_value){NAN, NAN, NAN};
    return (struct dlb_plot_value){energy->j_per_item,
                                   known ? energy->j_per_item * (1 - half) : (double)NAN,
                                   known ? energy->j_per_item * (1 + half) : (double)NAN};
}

/* Cost follows from the rate alone: its bar is that of the rate. */
static struct dlb_plot_value cost_of(const struct dlb_record *record, struct dlb_plot_value rate)
{
    const double items = record->cost.items_per_unit;
    if (!(items > 0) || !isfinite(items))
        return (struct dlb_plot_value){NAN, NAN, NAN};
    return (struct dlb_plot_value){items, items * rate.lo / rate.value,
                                   items * rate.hi / rate.value};
}

static bool is_bound(const struct dlb_record *record, enum quantity quantity)
{
    return !dlb_plot_is_measured(record) ||
           (quantity == ENERGY && strcmp(record->energy.method, "tdp_bound") == 0);
}

/* The currency of most rows; the first of those that are equally many. */
static void choose_currency(struct picture *picture)
{
    const struct dlb_result *result = picture->input->result;
    struct {
        const char *name;
        int rows;
    } seen[MOST_CURRENCIES];
    int count = 0, best = 0;
    for (int i = 0; i < result->record_count; i++) {
        const char *name = result->records[i].cost.currency;
        int at = 0;
        while (at < count && strcmp(seen[at].name, name) != 0)
            at++;
        if (name[0] == '\0' || at == MOST_CURRENCIES)
            continue;
        if (at == count) {
            seen[count].name = name;
            seen[count++].rows = 0;
        }
        seen[at].rows++;
        best = seen[at].rows > seen[best].rows ? at : best;
    }
    if (count > 0)
        snprintf(picture->currency, sizeof picture->currency, "%s", seen[best].name);
}

static void leave_out(struct picture *picture, const struct dlb_record *record)
{
    const char *reason = picture->quantity == ENERGY ? record->energy.reason : record->cost.reason;
    picture->missing++;
    if (picture->example[0] == '\0')
        snprintf(picture->example, sizeof picture->example, "%s", reason);
}

static void add_record(struct picture *picture, const struct dlb_record *record)
{
    const struct dlb_plot_value rate = dlb_plot_rate(record, true);
    const struct dlb_plot_style *style = dlb_plot_style_of(picture->styles, record->device);
    struct dlb_plot_dots *dots = &picture->dots;
    if (!dlb_plot_has_time(record) || !(rate.value > 0) || style == NULL ||
        strcmp(record->evidence, "emulated") == 0)
        return;
    if (picture->quantity == COST && record->cost.currency[0] != '\0' &&
        strcmp(record->cost.currency, picture->currency) != 0) {
        picture->other_money++;
        return;
    }
    const struct dlb_plot_value value =
        picture->quantity == ENERGY ? energy_of(record) : cost_of(record, rate);
    if (!(value.value > 0)) {
        leave_out(picture, record);
        return;
    }
    picture->shown[dots->count] = record;
    dots->items[dots->count++] =
        (struct dlb_plot_dot){.x = rate,
                              .y = value,
                              .series = (int)(style - picture->styles->items),
                              .hollow = is_bound(record, picture->quantity),
                              .record = record};
}

/* ---- fronts ---- */

static int by_problem(const void *left, const void *right)
{
    const struct dlb_plot_dot *a = *(const struct dlb_plot_dot *const *)left;
    const struct dlb_plot_dot *b = *(const struct dlb_plot_dot *const *)right;
    const int order = strcmp(a->record->problem, b->record->problem);
    if (order != 0)
        return order;
    return (a->x.value > b->x.value) - (a->x.value < b->x.value);
}

static bool is_better(const struct picture *picture, double value, double than)
{
    return words[picture->quantity].less_is_better ? value < than : value > than;
}

/* From the fastest down: who is better in y than all that are faster stands on the front. */
static void write_front(struct picture *picture, struct dlb_plot *plot,
                        const struct dlb_plot_dot *const *dots, int count)
{
    char name[24];
    int kept = 0;
    const struct dlb_plot_dot *last = NULL;
    snprintf(name, sizeof name, "f%d", picture->front_count);
    for (int i = count - 1; i >= 0; i--) {
        if (last != NULL && !is_better(picture, dots[i]->y.value, last->y.value))
            continue;
        if (kept == 1) { /* a front of one point is none */
            dlb_plot_block(&plot->data, name);
            dlb_plot_row(&plot->data, (const double[]){last->x.value, last->y.value}, 2);
        }
        last = dots[i];
        if (kept++ > 0)
            dlb_plot_row(&plot->data, (const double[]){last->x.value, last->y.value}, 2);
    }
    if (kept > 1) {
        dlb_plot_block_end(&plot->data);
        picture->front_count++;
    }
}

static enum dlb_status write_fronts(struct picture *picture, struct dlb_plot *plot)
{
    const int count = picture->dots.count;
    const struct dlb_plot_dot **sorted = calloc((size_t)count + 1, sizeof *sorted);
    int kept = 0;
    if (sorted == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < count; i++) /* a bound or a model is no rival of a measurement */
        if (!picture->dots.items[i].hollow)
            sorted[kept++] = &picture->dots.items[i];
    qsort(sorted, (size_t)kept, sizeof *sorted, by_problem);
    for (int first = 0, end = 0; first < kept && picture->front_count < MOST_FRONTS; first = end) {
        for (end = first + 1; end < kept && strcmp(sorted[first]->record->problem,
                                                   sorted[end]->record->problem) == 0;)
            end++;
        write_front(picture, plot, sorted + first, end - first);
    }
    free(sorted);
    return DLB_OK;
}

/* ---- lines of equal power, or price ---- */

/* What is equal at a point of the plane: watts, or the price of an hour. */
static double level_at(const struct picture *picture, double x, double y)
{
    return picture->quantity == ENERGY ? x * y : SECONDS * x / y;
}

static double height_of(const struct picture *picture, double level, double x)
{
    return picture->quantity == ENERGY ? level / x : SECONDS * x / level;
}

/* So much of the x axis as letters and a gap take, as a factor. */
static double letters(const struct picture *picture, const char *text)
{
    return pow(picture->x.hi / picture->x.lo, ((double)strlen(text) + 1.5) / PANEL_LETTERS);
}

/* A line with its name at its upper end; where that is the upper edge, the line begins beside its name. */
static void draw_line(struct picture *picture, struct dlb_plot *plot, double level)
{
    const struct dlb_plot_range *x = &picture->x, *y = &picture->y;
    const bool falls = picture->quantity == ENERGY;
    const double at_low = falls ? level / y->lo : level * y->lo / SECONDS; /* x of both edges */
    const double at_high = falls ? level / y->hi : level * y->hi / SECONDS;
    double from = fmax(x->lo, fmin(at_low, at_high));
    double to = fmin(x->hi, fmax(at_low, at_high));
    const double where = falls ? from : to;
    const bool top = dlb_plot_range_at(y, height_of(picture, level, where)) > 0.96;
    const int number = 20 + picture->line_count;
    char text[40], value[24];
    dlb_plot_tic(value, sizeof value, level, DLB_PLOT_SI);
    if (falls)
        snprintf(text, sizeof text, "%s W", value);
    else
        snprintf(text, sizeof text, "%.7s %s/h", picture->currency, value);
    from *= top && falls ? letters(picture, text) : 1;
    to /= top && !falls ? letters(picture, text) : 1;
    if (!(to > from) || picture->line_count == MOST_LINES)
        return;
    picture->line_count++;
    dlb_plot_set(plot,
                 "arrow %d from %.9g, %.9g to %.9g, %.9g nohead lw 0.8 dt 2 lc rgb '#aaaaaa' back",
                 number, from, height_of(picture, level, from), to, height_of(picture, level, to));
    dlb_text_format(&plot->script, "set label %d ", number);
    dlb_plot_quote(&plot->script, text, 24);
    dlb_text_format(&plot->script, " at %.9g, %.9g %s offset %s,%s front textcolor rgb '#888888'\n",
                    where, height_of(picture, level, where), falls ? "left" : "right",
                    falls ? "0.5" : "-0.5", top ? "-0.7" : "0.5");
}

/* Powers of ten around the points; where they are many, every second or third. */
static void draw_lines(struct picture *picture, struct dlb_plot *plot)
{
    double least = INFINITY, most = 0;
    for (int i = 0; i < picture->dots.count; i++) {
        const struct dlb_plot_dot *dot = &picture->dots.items[i];
        const double level = level_at(picture, dot->x.value, dot->y.value);
        least = fmin(least, level);
        most = fmax(most, level);
    }
    if (!(least > 0) || !isfinite(most))
        return;
    const int from = (int)floor(log10(least)), to = (int)ceil(log10(most));
    const int step = (to - from) / MOST_LINES + 1;
    for (int power = from; power <= to; power += step)
        draw_line(picture, plot, pow(10, power));
}

/* ---- the picture ---- */

static int fill_legend(const struct picture *picture, struct dlb_plot_entry *entries)
{
    int count = 0;
    for (int series = 0; series < picture->styles->count && count < MOST_TOGETHER; series++) {
        bool used = false;
        for (int i = 0; i < picture->dots.count && !used; i++)
            used = picture->dots.items[i].series == series;
        if (used)
            entries[count++] =
                (struct dlb_plot_entry){.title = picture->styles->items[series].device,
                                        .style = &picture->styles->items[series]};
    }
    if (picture->dots.hollow)
        entries[count++] =
            (struct dlb_plot_entry){.title = picture->quantity == ENERGY ? "hollow: no measurement"
                                                                         : "hollow: not measured",
                                    .point = 6};
    if (picture->dots.noisy)
        entries[count++] = (struct dlb_plot_entry){.title = "crossed: noisy", .point = 2};
    if (picture->front_count > 0)
        entries[count++] =
            (struct dlb_plot_entry){.title = "line: best trade-offs", .line = true, .point = -1};
    return count;
}

static void draw(struct picture *picture, struct dlb_plot *plot)
{
    struct dlb_plot_entry legend[MOST_TOGETHER + 4];
    char axis[64];
    struct dlb_plot_layout layout = {.width = 900,
                                     .lines = PANEL_LINES,
                                     .rows = 1,
                                     .columns = 1,
                                     .left = 11,
                                     .right = 3,
                                     .top = 1,
                                     .bottom = 3,
                                     .legend_count = fill_legend(picture, legend),
                                     .legend = legend};
    bool first = true;
    snprintf(axis, sizeof axis, "%s%s%.7s", words[picture->quantity].axis,
             picture->quantity == COST ? " for 1 " : "", picture->currency);
    dlb_plot_begin(plot, words[picture->quantity].title, &layout);
    dlb_plot_panel(plot, &layout, 0, NULL);
    dlb_plot_axis(&plot->script, "x", &picture->x, DLB_PLOT_SI, 9, "items per second");
    dlb_plot_axis(&plot->script, "y", &picture->y, DLB_PLOT_SI, 9, axis);
    draw_lines(picture, plot);
    for (int i = 0; i < picture->front_count; i++) {
        char block[24];
        snprintf(block, sizeof block, "f%d", i);
        dlb_plot_series(plot, &first,
                        &(struct dlb_plot_series){
                            .block = block, .columns = "1:2", .with = "lines", .width = 0.8});
    }
    dlb_plot_dots_draw(&picture->dots, plot, &first, 0, picture->dots.series_count, false);
    dlb_plot_panel_end(plot, first);
    dlb_plot_end(plot, &layout);
}

/* Of what was measured; NULL: nothing was. */
static const struct dlb_plot_dot *find_best(const struct picture *picture)
{
    const struct dlb_plot_dot *best = NULL;
    for (int i = 0; i < picture->dots.count; i++) {
        const struct dlb_plot_dot *dot = &picture->dots.items[i];
        if (!dot->hollow && (best == NULL || is_better(picture, dot->y.value, best->y.value)))
            best = dot;
    }
    return best;
}

/* Small joules need a unit that small numbers can be read in. */
static void describe(const struct picture *picture, struct dlb_plot *plot)
{
    const struct dlb_plot_dots *dots = &picture->dots;
    const struct dlb_plot_dot *best = find_best(picture);
    char value[32], rate[32];
    dlb_text_format(&plot->alt, "%d cases.", dots->count);
    if (best == NULL) {
        dlb_text_append(&plot->alt, picture->quantity == ENERGY
                                        ? " None was measured by a meter: all are bounds or models."
                                        : " None was measured.");
        return;
    }
    dlb_plot_tic(value, sizeof value, best->y.value, DLB_PLOT_SI);
    if (picture->quantity == ENERGY)
        snprintf(value, sizeof value, "%.3g J", best->y.value);
    dlb_plot_tic(rate, sizeof rate, best->x.value, DLB_PLOT_SI);
    dlb_text_format(&plot->alt, " The best is %s %s at %s items per second: ", value,
                    picture->quantity == ENERGY ? "an item" : "items for one unit of money", rate);
    dlb_plot_clean(&plot->alt, best->record->label, 44);
    dlb_text_append(&plot->alt, " on ");
    dlb_plot_clean(&plot->alt, best->record->device, DLB_PLOT_NAME_COLUMNS);
    dlb_text_append(&plot->alt, ".");
}

/* How much of it is sure; where no meter told anything, nothing is said of one. */
static void explain(const struct picture *picture, struct dlb_text *what)
{
    dlb_text_append(what, "Medians");
    dlb_plot_bars(picture->shown, picture->dots.count, what);
    if (picture->quantity == COST)
        dlb_text_append(what, "; dashed: equal price of an hour");
    else if (find_best(picture) != NULL)
        dlb_text_append(what, "; of the energy: as its meter tells; dashed: equal power");
    else
        dlb_text_append(what, "; energy: at most so much, no meter told it; dashed: equal power");
}

static enum dlb_status finish(const struct picture *picture, struct dlb_plot *plot)
{
    struct dlb_text more = {0};
    struct dlb_text what = {0};
    describe(picture, plot);
    explain(picture, &what);
    if (picture->missing > 0) {
        dlb_text_format(&more, "%d case%s without %s", picture->missing,
                        picture->missing == 1 ? "" : "s",
                        picture->quantity == ENERGY ? "energy" : "cost");
        if (picture->example[0] != '\0')
            dlb_text_append(&more, ": ");
        dlb_plot_clean(&more, picture->example, 120);
    }
    if (picture->other_money > 0)
        dlb_text_format(&more, "%s%d in other currencies are left out", more.size > 0 ? ". " : "",
                        picture->other_money);
    if (picture->dots.stride > 1)
        dlb_text_format(&more, "%sOne of %d cases is drawn, without bars",
                        more.size > 0 ? ". " : "", picture->dots.stride);
    const enum dlb_status status =
        more.failed || what.failed
            ? DLB_NO_MEMORY
            : dlb_plot_caption(plot, picture->input,
                               &(struct dlb_plot_shown){.records = picture->shown,
                                                        .count = picture->dots.count,
                                                        .what = what.data,
                                                        .more = more.data});
    dlb_text_free(&what);
    dlb_text_free(&more);
    return status;
}

/* ---- the kind ---- */

static enum dlb_status one_picture(struct picture *picture, struct dlb_plots *plots)
{
    const struct dlb_result *result = picture->input->result;
    if (picture->quantity == COST)
        choose_currency(picture);
    for (int i = 0; i < result->record_count; i++)
        add_record(picture, &result->records[i]);
    if (picture->dots.count == 0)
        return DLB_OK;
    struct dlb_plot *plot = dlb_plots_add(plots);
    if (plot == NULL)
        return DLB_NO_MEMORY;
    picture->x = dlb_plot_range_new(DLB_PLOT_LOG10);
    picture->y = dlb_plot_range_new(DLB_PLOT_LOG10);
    dlb_plot_dots_sort(&picture->dots);
    dlb_plot_dots_ranges(&picture->dots, &picture->x, &picture->y);
    dlb_plot_range_close(&picture->x, 0.08);
    dlb_plot_range_close(&picture->y, 0.08);
    dlb_plot_name(plots, plot, "energy-cost", words[picture->quantity].name, NULL);
    enum dlb_status status = dlb_plot_dots_write(&picture->dots, plot);
    if (status == DLB_OK)
        status = write_fronts(picture, plot);
    if (status == DLB_OK) {
        draw(picture, plot);
        status = finish(picture, plot);
    }
    dlb_plot_dots_free(&picture->dots);
    return status;
}

enum dlb_status dlb_plot_energy_cost(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                     struct dlb_why *why)
{
    struct dlb_plot_classes classes;
    const int before = plots->count;
    enum dlb_status status = dlb_plot_classes_make(input->result, true, &classes, why);
    if (status != DLB_OK)
        return status;
    const size_t size = (size_t)input->result->record_count + 1;
    struct dlb_plot_dot *items = calloc(size, sizeof *items);
    const struct dlb_record **shown = calloc(size, sizeof *shown);
    status = items != NULL && shown != NULL ? DLB_OK : DLB_NO_MEMORY;
    for (int q = 0; q < QUANTITIES && status == DLB_OK; q++) {
        struct picture picture = {.input = input,
                                  .styles = &classes.styles,
                                  .quantity = (enum quantity)q,
                                  .dots = {.items = items,
                                           .styles = classes.styles.items,
                                           .series_count = classes.styles.count},
                                  .shown = shown};
        status = one_picture(&picture, plots);
    }
    free(items);
    free(shown);
    dlb_plot_classes_free(&classes);
    if (status != DLB_OK)
        return dlb_fail(why, status, "no memory for the pictures");
    if (plots->count == before)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "no case has an energy or a cost: dlbench run --power-command COMMAND or "
                        "--price-hour PRICE (dlbench doctor tells whether energy can be measured)");
    return DLB_OK;
}
