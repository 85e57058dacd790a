/* plot.h: pictures of results: what kinds there are, and a picture as a gnuplot script with its data.
 *
 * A kind turns results into a script and named blocks of data; it draws nothing itself (render.h does). Scripts know neither terminal nor
 * output file: the renderer puts them in front. All ranges are computed here, as gnuplot refuses empty ones and logarithms of zero. Texts of users
 * (workloads, devices, file names) never become part of a command: they are quoted by dlb_plot_quote, without enhanced mode. */
#ifndef DLB_PLOT_H
#define DLB_PLOT_H

#include <stdbool.h>

#include "bench/base/text.h"
#include "bench/store/history.h"
#include "bench/store/result.h"

/* What is drawn from. Borrowed. */
struct dlb_plot_input {
    const struct dlb_result *result; /* several files are joined before (labels in device names) */
    const struct dlb_history_trend *trend; /* `history` alone draws from it; NULL elsewhere */
    const char *base; /* device that others are relative to; NULL: absolute rates */
};

/* One picture. The script reads its data from blocks "$NAME << EOD" in front of it, so that one file holds all. */
struct dlb_plot {
    char name
        [48]; /* file stem, unique among those of one input: "speed-f32-warm", "roofline-onednn-0" */
    char title[160]; /* for people */
    struct dlb_text
        alt; /* what it shows, in one or two sentences with the main figures: for those who cannot see it */
    struct dlb_text
        caption; /* n, seed, date, devices, units; what is missing and why; what was left out or decimated */
    struct dlb_text data;   /* the blocks */
    struct dlb_text script; /* set ..., plot ... */
    int width, height;      /* in pixels of the SVG; a terminal preview has its own */
};
void dlb_plot_free(struct dlb_plot *plot);

/* The pictures of one kind; a kind with many devices or types gives several (small multiples share one picture). */
struct dlb_plots {
    int count;
    struct dlb_plot *items; /* owned */
};
void dlb_plots_free(struct dlb_plots *plots);

struct dlb_plot_kind {
    const char *
        name; /* "speed", "roofline", "distribution", "order", "scaling", "working-set", "forest", "history", "energy-cost", "precision", "heatmap" */
    const char *summary;
    const char
        *needs; /* what a result must hold for it, in words: "two thread counts of one problem" */
    /* DLB_UNAVAILABLE with the reason when the input has nothing for this kind: no picture is better than an empty one. */
    enum dlb_status (*build)(const struct dlb_plot_input *input, struct dlb_plots *plots,
                             struct dlb_why *why);
};
/* In the order of measurement; ends with name NULL. */
extern const struct dlb_plot_kind dlb_plot_kinds[];
const struct dlb_plot_kind *dlb_plot_find(const char *name);

#endif
