/* plot_forest.c: what a check found: the change of each case with its interval, the tolerance as a band, and what the check could have seen.
 *
 * To the right is slower. The worst case is on top; cases without a number (failed, new, incomparable) are counted in the caption, and of
 * more than can be named those nearest to nothing are left out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots/plot_frame.h"

#define MOST_ROWS    50
#define NAME_COLUMNS 48
#define LEAST_FAR    0.1 /* at least so much is shown, to both sides */
#define FAR          3.0 /* times the largest change: longer intervals end at the edge of the picture */

/* How a verdict looks: colour and form, as some readers have only one of them. */
enum look { SLOWER, WITHIN, FASTER, SAME, UNSURE, LOOKS };
static const struct {
    const char *title, *color;
    int point;
} looks[LOOKS] = {
    {"regressed", "#D55E00", 9},        {"within the tolerance", "#E69F00", 13},
    {"improved", "#0072B2", 11},        {"pass", "#009E73", 7},
    {"inconclusive", DLB_PLOT_GREY, 6},
};

struct forest {
    const struct dlb_plot_input *input;
    const struct dlb_verdict_row **rows; /* the worst first */
    int row_count, left_out;
    int numberless[DLB_VERDICT_COUNT]; /* rows without a number, by verdict */
    double tolerance, rated;           /* NaN: not told */
    double far;                        /* no interval is drawn beyond */
    bool has[LOOKS], has_mde, clipped;
    struct dlb_plot_range x;
};

static enum look look_of(enum dlb_verdict verdict)
{
    switch (verdict) {
    case DLB_VERDICT_REGRESSED:
        return SLOWER;
    case DLB_VERDICT_IMPROVED:
        return FASTER;
    case DLB_VERDICT_SLOWER_WITHIN_TOLERANCE:
    case DLB_VERDICT_FASTER_WITHIN_TOLERANCE:
        return WITHIN;
    case DLB_VERDICT_PASS:
        return SAME;
    default:
        return UNSURE;
    }
}

/* ---- rows ---- */

static int by_effect(const void *left, const void *right)
{
    const struct dlb_verdict_row *a = *(const struct dlb_verdict_row *const *)left;
    const struct dlb_verdict_row *b = *(const struct dlb_verdict_row *const *)right;
    if (a->effect != b->effect)
        return a->effect > b->effect ? -1 : 1;
    return strcmp(a->key, b->key);
}

/* Takes the row with the smallest change out until the others can be named. */
static void thin_out(struct forest *forest)
{
    while (forest->row_count > MOST_ROWS) {
        int least = 0;
        for (int i = 1; i < forest->row_count; i++)
            if (fabs(forest->rows[i]->effect) < fabs(forest->rows[least]->effect))
                least = i;
        memmove(&forest->rows[least], &forest->rows[least + 1],
                (size_t)(forest->row_count - least - 1) * sizeof(struct dlb_verdict_row *));
        forest->row_count--;
        forest->left_out++;
    }
}

static void gather(struct forest *forest)
{
    const struct dlb_result *result = forest->input->result;
    const json_t *rule = json_object_get(result->check, "rule");
    const json_t *rated = json_object_get(rule, "rated");
    forest->rated = json_is_number(rated) ? json_number_value(rated) : (double)NAN;
    forest->tolerance = NAN;
    for (int i = 0; i < result->verdict_count; i++) {
        const struct dlb_verdict_row *row = &result->verdicts[i];
        if (row->tolerance > 0 && isnan(forest->tolerance))
            forest->tolerance = row->tolerance;
        if (isfinite(row->effect))
            forest->rows[forest->row_count++] = row;
        else
            forest->numberless[row->verdict < DLB_VERDICT_COUNT ? row->verdict
                                                                : DLB_VERDICT_FAILED]++;
    }
    qsort(forest->rows, (size_t)forest->row_count, sizeof(struct dlb_verdict_row *), by_effect);
    thin_out(forest);
}

/* An end of an interval inside the picture; an unknown one is the effect itself. */
static double clip(struct forest *forest, double end, double effect)
{
    if (isnan(end))
        return effect;
    forest->clipped |= fabs(end) > forest->far;
    return end > forest->far ? forest->far : end < -forest->far ? -forest->far : end;
}

/* Infinite intervals must not press all others into a line. */
static void find_far(struct forest *forest)
{
    double most =
        fmax(fmax(forest->tolerance, forest->rated), LEAST_FAR / FAR); /* NaN is passed over */
    for (int i = 0; i < forest->row_count; i++)
        most = fmax(most, fabs(forest->rows[i]->effect));
    forest->far = FAR * most;
}

static void find_range(struct forest *forest)
{
    find_far(forest);
    forest->x = dlb_plot_range_new(DLB_PLOT_LINEAR);
    dlb_plot_range_add(&forest->x, 0);
    dlb_plot_range_add(&forest->x, forest->tolerance);
    dlb_plot_range_add(&forest->x, -forest->tolerance);
    dlb_plot_range_add(&forest->x, forest->rated);
    for (int i = 0; i < forest->row_count; i++) {
        const struct dlb_verdict_row *row = forest->rows[i];
        const double effect = clip(forest, row->effect, 0);
        dlb_plot_range_add(&forest->x, effect);
        dlb_plot_range_add(&forest->x, clip(forest, row->ci_lo, effect));
        dlb_plot_range_add(&forest->x, clip(forest, row->ci_hi, effect));
        if (row->mde90 <= forest->far)
            dlb_plot_range_add(&forest->x, row->mde90);
    }
    dlb_plot_range_close(&forest->x, 0.04);
}

/* ---- blocks ---- */

/* Blocks vN of a look: effect, lo, hi, row. */
static void write_look(struct forest *forest, struct dlb_plot *plot, enum look look)
{
    char name[24];
    snprintf(name, sizeof name, "v%d", (int)look);
    for (int i = 0; i < forest->row_count; i++) {
        const struct dlb_verdict_row *row = forest->rows[i];
        const double effect = clip(forest, row->effect, 0);
        if (look_of(row->verdict) != look)
            continue;
        if (!forest->has[look])
            dlb_plot_block(&plot->data, name);
        forest->has[look] = true;
        dlb_plot_row(&plot->data,
                     (const double[]){effect, clip(forest, row->ci_lo, effect),
                                      clip(forest, row->ci_hi, effect), i},
                     4);
    }
    if (forest->has[look])
        dlb_plot_block_end(&plot->data);
}

/* From nothing to the smallest change that the check would have found, a little below the row. */
static void write_mde(struct forest *forest, struct dlb_plot *plot)
{
    for (int i = 0; i < forest->row_count; i++) {
        const double mde = forest->rows[i]->mde90;
        if (!(mde > 0) || !(mde <= forest->far))
            continue;
        if (!forest->has_mde)
            dlb_plot_block(&plot->data, "mde");
        forest->has_mde = true;
        dlb_plot_row(&plot->data, (const double[]){0, i + 0.28, mde, 0}, 4);
    }
    if (forest->has_mde)
        dlb_plot_block_end(&plot->data);
}

/* ---- the picture ---- */

static void draw_rows(const struct forest *forest, struct dlb_plot *plot)
{
    struct dlb_text *script = &plot->script;
    dlb_plot_set(plot, "yrange [%d.5:-0.5]", forest->row_count - 1);
    dlb_text_append(script, "set grid noy\nset ytics scale 0 (");
    for (int i = 0; i < forest->row_count; i++) {
        dlb_text_append(script, i > 0 ? ", " : "");
        dlb_plot_quote_tic(script, forest->rows[i]->label, NAME_COLUMNS);
        dlb_text_format(script, " %d", i);
    }
    dlb_text_append(script, ")\n");
}

static void draw_marks(const struct forest *forest, struct dlb_plot *plot)
{
    if (forest->tolerance > 0)
        dlb_plot_set(plot,
                     "object 1 rect from first %.9g, graph 0 to first %.9g, graph 1 fc rgb "
                     "'#eeeeee' fs solid noborder behind",
                     -forest->tolerance, forest->tolerance);
    dlb_plot_set(plot, "arrow 1 from first 0, graph 0 to first 0, graph 1 nohead lw 1 lc rgb "
                       "'#000000' back");
    if (forest->rated > 0)
        dlb_plot_set(plot,
                     "arrow 2 from first %.9g, graph 0 to first %.9g, graph 1 nohead lw 1 dt 2 lc "
                     "rgb '#D55E00' back",
                     forest->rated, forest->rated);
}

static int fill_legend(const struct forest *forest, struct dlb_plot_style *styles,
                       struct dlb_plot_entry *entries)
{
    int count = 0;
    for (int look = 0; look < LOOKS; look++) {
        styles[look] = (struct dlb_plot_style){.color = looks[look].color, .dash = "1"};
        if (forest->has[look])
            entries[count++] = (struct dlb_plot_entry){
                .title = looks[look].title, .style = &styles[look], .point = looks[look].point};
    }
    styles[LOOKS] = (struct dlb_plot_style){.color = "#D55E00", .dash = "2"};
    if (forest->rated > 0)
        entries[count++] = (struct dlb_plot_entry){
            .title = "the promised change", .style = &styles[LOOKS], .point = -1, .line = true};
    styles[LOOKS + 1] = (struct dlb_plot_style){.color = "#aaaaaa", .dash = "1"};
    if (forest->has_mde)
        entries[count++] = (struct dlb_plot_entry){
            .title = "may be missed", .style = &styles[LOOKS + 1], .line = true};
    return count;
}

static void draw_series(const struct forest *forest, struct dlb_plot *plot,
                        const struct dlb_plot_style *styles)
{
    bool first = true;
    if (forest->has_mde)
        dlb_plot_series(plot, &first,
                        &(struct dlb_plot_series){.block = "mde",
                                                  .columns = "1:2:3:4",
                                                  .with = "vectors nohead",
                                                  .style = &styles[LOOKS + 1],
                                                  .width = 2.5});
    for (int look = 0; look < LOOKS; look++) {
        char block[24];
        snprintf(block, sizeof block, "v%d", look);
        if (forest->has[look])
            dlb_plot_series(plot, &first,
                            &(struct dlb_plot_series){.block = block,
                                                      .columns = "1:4:2:3",
                                                      .with = "xerrorbars",
                                                      .style = &styles[look],
                                                      .point = looks[look].point,
                                                      .size = 0.9});
    }
    dlb_plot_panel_end(plot, first);
}

static void draw(struct forest *forest, struct dlb_plot *plot)
{
    struct dlb_plot_style styles[LOOKS + 2];
    struct dlb_plot_entry legend[LOOKS + 2];
    int names = 0;
    for (int look = 0; look < LOOKS; look++)
        write_look(forest, plot, (enum look)look);
    write_mde(forest, plot);
    for (int i = 0; i < forest->row_count; i++) {
        const int width = dlb_plot_width(forest->rows[i]->label, NAME_COLUMNS);
        names = width > names ? width : names;
    }
    struct dlb_plot_layout layout = {.width = 960,
                                     .lines = forest->row_count + forest->row_count / 4 + 2,
                                     .rows = 1,
                                     .columns = 1,
                                     .gutter = names,
                                     .left = 2,
                                     .right = 3,
                                     .top = 1,
                                     .bottom = 3,
                                     .legend_count = fill_legend(forest, styles, legend),
                                     .legend = legend};
    dlb_plot_begin(plot, "Change of each case, old to new", &layout);
    dlb_plot_panel(plot, &layout, 0, NULL);
    dlb_plot_axis(&plot->script, "x", &forest->x, DLB_PLOT_SIGNED, 9,
                  "change of the time: slower to the right");
    draw_rows(forest, plot);
    draw_marks(forest, plot);
    draw_series(forest, plot, styles);
    dlb_plot_end(plot, &layout);
}

static void describe(const struct forest *forest, struct dlb_plot *plot)
{
    int counts[LOOKS] = {0};
    for (int i = 0; i < forest->row_count; i++)
        counts[look_of(forest->rows[i]->verdict)]++;
    dlb_text_format(&plot->alt,
                    "%d cases: %d regressed, %d improved, %d changed within the tolerance, %d "
                    "passed, %d inconclusive. The largest slowdown is %+.1f %%, of ",
                    forest->row_count, counts[SLOWER], counts[FASTER], counts[WITHIN], counts[SAME],
                    counts[UNSURE], 100 * forest->rows[0]->effect);
    dlb_plot_clean(&plot->alt, forest->rows[0]->label, NAME_COLUMNS);
    dlb_text_append(&plot->alt, ".");
}

/* The records of a check are those of the new side alone, so the caption is of the verdicts. */
static void caption(const struct forest *forest, struct dlb_plot *plot)
{
    const struct dlb_result *result = forest->input->result;
    struct dlb_text *text = &plot->caption;
    dlb_text_append(text, "Change of the time, new against old, with its 95 % interval");
    if (forest->tolerance > 0)
        dlb_text_format(text, "; grey band: tolerance of %.3g %%", 100 * forest->tolerance);
    if (forest->rated > 0)
        dlb_text_format(text, "; dashed: %.3g %%, which the check promises to find",
                        100 * forest->rated);
    dlb_text_append(text, "; grey bars: smaller changes may be missed. ");
    if (forest->clipped)
        dlb_text_append(text, "Intervals that leave the picture end at its edge. ");
    dlb_text_format(text, "%d case%s, in pairs of fresh processes: %d to %d each. ",
                    forest->row_count, forest->row_count == 1 ? "" : "s", forest->rows[0]->r1,
                    forest->rows[0]->r1 + forest->rows[0]->r2);
    if (forest->left_out > 0)
        dlb_text_format(text, "%d with smaller changes are left out. ", forest->left_out);
    for (int i = 0, listed = 0; i < DLB_VERDICT_COUNT; i++)
        if (forest->numberless[i] > 0)
            dlb_text_format(text, "%s%d %s",
                            listed++ > 0 ? ", " : "Without a number: ", forest->numberless[i],
                            dlb_verdict_name((enum dlb_verdict)i));
    for (int i = 0; i < DLB_VERDICT_COUNT; i++)
        if (forest->numberless[i] > 0) {
            dlb_text_append(text, ". ");
            break;
        }
    dlb_text_format(text, "Seed %llu, %.10s.", (unsigned long long)result->seed,
                    result->created_utc);
}

enum dlb_status dlb_plot_forest(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                struct dlb_why *why)
{
    const struct dlb_result *result = input->result;
    if (result->verdict_count == 0)
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "the file has no verdicts: it wants the result of dlbench check");
    struct forest forest = {.input = input};
    forest.rows = calloc((size_t)result->verdict_count, sizeof *forest.rows);
    if (forest.rows == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the picture");
    gather(&forest);
    enum dlb_status status = DLB_OK;
    struct dlb_plot *plot = forest.row_count > 0 ? dlb_plots_add(plots) : NULL;
    if (forest.row_count == 0) {
        status = dlb_fail(why, DLB_UNAVAILABLE, "no verdict of the check has a number");
    } else if (plot == NULL) {
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the picture");
    } else {
        find_range(&forest);
        dlb_plot_name(plots, plot, "forest", NULL, NULL);
        draw(&forest, plot);
        describe(&forest, plot);
        caption(&forest, plot);
    }
    free(forest.rows);
    return status;
}
