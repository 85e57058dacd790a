/* plot_frame.h: what the kinds of pictures are written with; for the files of this folder alone.
 *
 * How a kind is written: one file plot_KIND.c with one function dlb_plot_KIND of the type `build` of struct dlb_plot_kind, declared at the end of
 * this header and named in the table of plot.c. It
 *   1. picks the records, groups them (reports/ranking.h), and answers DLB_UNAVAILABLE with what is missing when there are none;
 *   2. for each picture: dlb_plots_add, then dlb_plot_begin with its layout (panels, margins in letters and lines, legend);
 *   3. writes blocks of numbers into plot->data: dlb_plot_block, dlb_plot_row, dlb_plot_block_end;
 *   4. for each panel: dlb_plot_panel, the axes from ranges that it has filled (dlb_plot_axis), the series in the style of their devices
 *      (dlb_plot_series), dlb_plot_panel_end; then dlb_plot_end;
 *   5. writes plot->alt, and at last the caption with dlb_plot_caption.
 * A script knows neither terminal nor output. What the renderer sets in front of it are variables: area_y and area_h, lower edge and height
 * of what title and caption leave, as shares of the canvas, and cw and ch, the width and height of a letter in such shares. So the same script
 * makes a picture of 1200 pixels and one of 80 letters; a fifth variable, letters, is 1 for the latter (a grid of letters would bury the points).
 *
 * Rules: numbers only in blocks; every text of a user goes through dlb_plot_quote or dlb_plot_quote_tic; every axis has a range from here; a median never without its interval,
 * where there is one; not measured: hollow; noisy: marked; what is missing is listed in the caption. */
#ifndef DLB_PLOT_FRAME_H
#define DLB_PLOT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reports/plots/plot.h"
#include "reports/ranking.h"

/* ---- pictures (plot.c) ---- */

#define DLB_PLOT_MOST_PICTURES 16 /* of one kind; what is left out stands in the last caption */
#define DLB_PLOT_MOST_POINTS                                                                       \
    1500 /* of one picture: more cannot be told apart, and make files large */

/* A new picture at the end, or NULL without memory (or too many: ask first). Pointers to earlier ones may move. */
struct dlb_plot *dlb_plots_add(struct dlb_plots *plots);
/* Name "KIND-A-B" from a kind and parts (may be NULL or ""), made of [a-z0-9.-] and unique in `plots`. */
void dlb_plot_name(const struct dlb_plots *plots, struct dlb_plot *plot, const char *kind,
                   const char *a, const char *b);
/* ---- texts (plot_text.c) ---- */

/* A user's text as a literal of gnuplot in single quotes, in which nothing is special: control characters and marks that turn the direction of
 * writing are replaced, `'` is doubled, more than `columns` columns are cut in the middle. */
void dlb_plot_quote(struct dlb_text *out, const char *raw, int columns);
/* The same for the label of a tic, which gnuplot reads as a number format: '%' doubled. */
void dlb_plot_quote_tic(struct dlb_text *out, const char *raw, int columns);
/* The same without quotes, for captions and alternative texts. */
void dlb_plot_clean(struct dlb_text *out, const char *raw, int columns);
/* Columns of a text as dlb_plot_clean leaves it: letters of East Asia and emoji take two. */
int dlb_plot_width(const char *raw, int columns);

/* ---- blocks of data (plot_text.c) ---- */

/* "$name << EOD", numbers separated by blanks, "EOD". Numbers that do not exist become NaN, which gnuplot leaves out. */
void dlb_plot_block(struct dlb_text *data, const char *name);
void dlb_plot_number(struct dlb_text *data, double value);
void dlb_plot_row(struct dlb_text *data, const double *values, int count);
void dlb_plot_block_end(struct dlb_text *data);

/* ---- axes (plot_axes.c) ---- */

enum dlb_plot_scale { DLB_PLOT_LINEAR, DLB_PLOT_LOG10, DLB_PLOT_LOG2 };
enum dlb_plot_unit {
    DLB_PLOT_PLAIN,   /* 0.5, 1000 */
    DLB_PLOT_SI,      /* 10k, 1.5G */
    DLB_PLOT_IEC,     /* 32Ki, 1Mi: for powers of two */
    DLB_PLOT_PERCENT, /* of a share: 0.05 is 5 % */
    DLB_PLOT_SIGNED,  /* percent with its sign: +5 % */
    DLB_PLOT_RATIO,   /* 1/4, 1/2, 1, 2 */
    DLB_PLOT_NS,      /* 1 us, 20 ms */
    DLB_PLOT_BLANK    /* tics without labels: the panel below has them */
};

struct dlb_plot_range {
    enum dlb_plot_scale scale;
    double lo, hi; /* lo > hi: empty as yet */
};
struct dlb_plot_range dlb_plot_range_new(enum dlb_plot_scale scale);
/* Widens; passes over what is not finite, and what is not positive on a logarithmic axis. */
void dlb_plot_range_add(struct dlb_plot_range *range, double value);
/* Makes an empty range from nothing or from equal values, and leaves `pad` of its length (logarithms on logarithmic axes) at both ends. */
void dlb_plot_range_close(struct dlb_plot_range *range, double pad);
/* Where a value lies in a closed range, 0 to 1; NaN outside of its domain. */
double dlb_plot_range_at(const struct dlb_plot_range *range, double value);

/* Label of a tic, without quotes. `size`: 24 do. */
void dlb_plot_tic(char *buffer, size_t size, double value, enum dlb_plot_unit unit);
/* Range of an axis that shows nearly all of `sorted`: what lies more than 2.5 times as far from the median as the 5 and 95 % quantiles is outside. */
void dlb_plot_range_add_most(struct dlb_plot_range *range, const double *sorted, int64_t count);
/* Tics at round values inside the range; at most `most`, at least one; returns how many. */
int dlb_plot_tics(const struct dlb_plot_range *range, enum dlb_plot_unit unit, int most,
                  double *tics);
/* Scale, range, tics and label of an axis ("x", "y", "x2", "y2", "cb"); `label` NULL: none. Wants a closed range. */
void dlb_plot_axis(struct dlb_text *script, const char *axis, const struct dlb_plot_range *range,
                   enum dlb_plot_unit unit, int most, const char *label);

/* ---- styles (plot_style.c) ---- */

#define DLB_PLOT_GREY  "#777777"
#define DLB_PLOT_LIGHT "#dddddd"

/* Okabe and Ito, "Color Universal Design", 2008: told apart with every common colour vision. */
extern const char *const dlb_plot_colors[7];

/* How a device looks in every picture that can be made of a result. */
struct dlb_plot_style {
    const char *device; /* key */
    const char *color;
    int point, hollow; /* point types of gnuplot: filled, and its hollow form */
    const char *dash;  /* dash type */
};

struct dlb_plot_styles {
    int count;
    struct dlb_plot_style *items; /* sorted by key; owned */
};
/* Bound to the keys, not to the order of records: the same devices look the same in every file that holds them. */
enum dlb_status dlb_plot_styles_make(const char *const *devices, int count,
                                     struct dlb_plot_styles *styles);
void dlb_plot_styles_free(struct dlb_plot_styles *styles);
const struct dlb_plot_style *dlb_plot_style_of(const struct dlb_plot_styles *styles,
                                               const char *device);
/* The n-th style where series are no devices (types, levels, problems); any n. */
struct dlb_plot_style dlb_plot_style_at(int index);

/* Is it measured on the device itself? Otherwise it is drawn hollow. An empty evidence (older files) is measured. */
bool dlb_plot_is_measured(const struct dlb_record *record);
bool dlb_plot_has_time(const struct dlb_record *record);

/* ---- layout, panels, series, legend (plot_panel.c) ---- */

#define DLB_PLOT_NAME_COLUMNS 52 /* of a device or series in a legend */

struct dlb_plot_entry {
    const char *title;                  /* a user's text */
    const struct dlb_plot_style *style; /* NULL: grey */
    int point;                          /* 0: the style's, -1: none */
    bool hollow, line;                  /* line: a piece of it, too */
    const char *box;                    /* a patch of this colour; NULL: none */
};

/* Margins of each panel in letters (left, right) and lines (top, bottom). */
struct dlb_plot_layout {
    int width, height; /* of the picture; height 0: from `lines` */
    int lines;         /* of one panel, between its margins */
    int rows, columns; /* panels */
    int gutter;        /* letters at the far left, beside the margins: names of rows */
    int left, right, top, bottom;
    int foot; /* lines below the last row of panels, beside its margin */
    int legend_count;
    const struct dlb_plot_entry
        *legend;      /* drawn below the panels; borrowed until dlb_plot_begin returns */
    int legend_lines; /* filled by dlb_plot_begin */
};

struct dlb_plot_series {
    const char *block;                  /* its name, without '$' */
    const char *columns;                /* "1:4:2:3" */
    const char *with;                   /* "xerrorbars", "linespoints", "points", ... */
    const struct dlb_plot_style *style; /* colour, and point and dash as `with` uses them */
    const char *color;                  /* instead of the style's; NULL: the style's */
    int point;                          /* 0: the style's */
    bool hollow;
    double size;  /* of points; 0: 0.7 */
    double width; /* of lines; 0: 1.2 */
};

/* Starts a picture: title and size; the legend; the first panel may follow. */
void dlb_plot_begin(struct dlb_plot *plot, const char *title, struct dlb_plot_layout *layout);
/* Panel `index`, row by row from the top: its place, and every setting as at the beginning. `heading` stands above it, NULL: none. */
void dlb_plot_panel(struct dlb_plot *plot, const struct dlb_plot_layout *layout, int index,
                    const char *heading);
/* Adds a series to the panel's "plot" command; the first one begins it (*first). */
void dlb_plot_series(struct dlb_plot *plot, bool *first, const struct dlb_plot_series *series);
/* Ends the command; without any series the bare axes are drawn. */
void dlb_plot_panel_end(struct dlb_plot *plot, bool first);
void dlb_plot_end(struct dlb_plot *plot, const struct dlb_plot_layout *layout);
/* "set FORMAT" for one line of script: settings of the panel that are no texts of users. */
void dlb_plot_set(struct dlb_plot *plot, const char *format, ...) DLB_PRINTF(2, 3);

/* ---- what a picture holds (plot_cases.c) ---- */

/* Records that can stand in one picture: one type, mode, cache state, data, thread count and unit. Groups are those of the ranking. */
struct dlb_plot_class {
    const char *dtype, *mode, *cache_state, *data;
    int threads;     /* 0: no device ran with several counts */
    bool items;      /* networks: items/s; else operations/s */
    int group_count; /* groups of it */
    int *groups;     /* their indices in the ranking; owned by struct dlb_plot_classes */
};

struct dlb_plot_classes {
    struct dlb_ranking ranking;
    struct dlb_plot_styles styles; /* of all devices of the ranking */
    int count;
    struct dlb_plot_class *items;
    int *groups;
};
/* `together`: networks and single operations in one class (relative speeds have no unit). DLB_UNAVAILABLE when no record has a time. */
enum dlb_status dlb_plot_classes_make(const struct dlb_result *result, bool together,
                                      struct dlb_plot_classes *classes, struct dlb_why *why);
void dlb_plot_classes_free(struct dlb_plot_classes *classes);
/* "f32, warm cache, throughput, 2 threads" as far as it tells this class from the others. */
void dlb_plot_class_words(const struct dlb_plot_classes *classes, int index, struct dlb_text *text);
/* Short for file names: "f32-warm". */
void dlb_plot_class_name(const struct dlb_plot_classes *classes, int index, char *buffer,
                         size_t size);
/* The row of a device in a group of the ranking; NULL. */
const struct dlb_row *dlb_plot_row_of(const struct dlb_ranking *ranking, int group, int device);

/* Rate of a record with its interval, operations per second or items; lo and hi NaN where nothing is known of them. */
struct dlb_plot_value {
    double value, lo, hi;
};
struct dlb_plot_value dlb_plot_rate(const struct dlb_record *record, bool items);
/* base's time / this one's: above 1 is faster than the base. */
struct dlb_plot_value dlb_plot_speedup(const struct dlb_record *base,
                                       const struct dlb_record *record);

/* ---- captions (plot_caption.c) ---- */

/* What was drawn, in the words that a reader needs beside it. */
struct dlb_plot_shown {
    const struct dlb_record *const *records; /* all that are in the picture */
    int count;
    const char *what; /* "rate: median, bars: 95 % over processes"; first in the caption */
    const char *more; /* what was left out or decimated; NULL */
    const struct dlb_ranking *ranking;  /* whose notes tell what is missing; NULL: none is listed */
    const struct dlb_plot_class *class; /* only what is missing of it; NULL: of all */
};
/* Appends ", bars: 95 % over processes or range of the processes": the kinds of interval (ci_kind of struct dlb_summary) that occur among those
 * of the records that were measured; nothing where none has any. `records`: those that are drawn with bars. */
void dlb_plot_bars(const struct dlb_record *const *records, int count, struct dlb_text *text);
/* What, how many cases, processes that count and samples of them, circumstances of what was measured, devices with their names, seed and date; then what is missing and why. Comes last: DLB_NO_MEMORY
 * when any text of the picture has failed. */
enum dlb_status dlb_plot_caption(struct dlb_plot *plot, const struct dlb_plot_input *input,
                                 const struct dlb_plot_shown *shown);

/* ---- the kinds ---- */

enum dlb_status dlb_plot_speed(const struct dlb_plot_input *input, struct dlb_plots *plots,
                               struct dlb_why *why);
enum dlb_status dlb_plot_roofline(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                  struct dlb_why *why);
enum dlb_status dlb_plot_distribution(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                      struct dlb_why *why);
enum dlb_status dlb_plot_order(const struct dlb_plot_input *input, struct dlb_plots *plots,
                               struct dlb_why *why);
enum dlb_status dlb_plot_scaling(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                 struct dlb_why *why);
enum dlb_status dlb_plot_working_set(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                     struct dlb_why *why);
enum dlb_status dlb_plot_forest(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                struct dlb_why *why);
enum dlb_status dlb_plot_history(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                 struct dlb_why *why);
enum dlb_status dlb_plot_energy_cost(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                     struct dlb_why *why);
enum dlb_status dlb_plot_precision(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                   struct dlb_why *why);
enum dlb_status dlb_plot_heatmap(const struct dlb_plot_input *input, struct dlb_plots *plots,
                                 struct dlb_why *why);

#endif
