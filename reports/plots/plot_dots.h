/* plot_dots.h: points with bars in both directions, in series; for the kinds that are clouds of points: working sets, energy, cost, precision. */
#ifndef DLB_PLOT_DOTS_H
#define DLB_PLOT_DOTS_H

#include "reports/plots/plot_frame.h"

struct dlb_plot_dot {
    struct dlb_plot_value x, y; /* lo and hi NaN: no bar */
    int series;
    bool hollow; /* not measured, or a bound only */
    const struct dlb_record *record;
};

struct dlb_plot_dots {
    int count, series_count;
    struct dlb_plot_dot *items;          /* owned by the kind; sorted before they are written */
    const struct dlb_plot_style *styles; /* one a series */
    bool lines;                          /* those of a series are joined in their order */
    bool hollow, noisy;                  /* filled by dlb_plot_dots_write: parts of the legend */
    bool *has;                           /* likewise; see dlb_plot_dots_free */
    int stride;                          /* likewise: one of so many points is drawn */
};

/* By series, then by x. */
void dlb_plot_dots_sort(struct dlb_plot_dots *dots);
/* Widens both ranges by points and bars. */
void dlb_plot_dots_ranges(const struct dlb_plot_dots *dots, struct dlb_plot_range *x,
                          struct dlb_plot_range *y);
/* Writes blocks d0 (measured), b0 (hollow with bars), h0 (hollow without), n0 (noisy), l0 (joined) ... of all series into the data. DLB_NO_MEMORY. */
enum dlb_status dlb_plot_dots_write(struct dlb_plot_dots *dots, struct dlb_plot *plot);
/* Adds the series from `first_series` up to `end` to the panel's command; `behind`: as light points without bars. */
void dlb_plot_dots_draw(const struct dlb_plot_dots *dots, struct dlb_plot *plot, bool *first,
                        int first_series, int end, bool behind);
/* Adds what a reader must be told of hollow and crossed points; returns the new count. `entries` has room for two more. */
int dlb_plot_dots_legend(const struct dlb_plot_dots *dots, struct dlb_plot_entry *entries,
                         int count);
void dlb_plot_dots_free(struct dlb_plot_dots *dots); /* what dlb_plot_dots_write made */

#endif
