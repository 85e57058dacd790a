/* render.h: gnuplot as a child process: SVG, PNG, PDF, or letters for a terminal.
 *
 * Started with an argument vector, never through a shell; its standard input is the script; LC_ALL=C.UTF-8; 30 s; the output must not be empty.
 * Version 5.2 at least. */
#ifndef DLB_RENDER_H
#define DLB_RENDER_H

#include "reports/plots/plot.h"

enum dlb_plot_format {
    DLB_PLOT_SVG,
    DLB_PLOT_PNG,
    DLB_PLOT_PDF,
    DLB_PLOT_TERMINAL,
    DLB_PLOT_FORMATS
};
const char *dlb_plot_format_extension(enum dlb_plot_format format); /* "svg", "png", "pdf", "txt" */

/* What gnuplot is there. Asked once a process; thread-unsafe like the rest of reports. */
struct dlb_gnuplot {
    bool found;
    char path[512], version[32];
    bool svg, png, pdf; /* terminals (pngcairo or png; pdfcairo) */
    bool cairo;         /* it is pngcairo */
    char reason[200];   /* why there is none, and what to do; "" */
};
const struct dlb_gnuplot *dlb_gnuplot_find(void);
/* Do Cairo's terminals (PDF, and PNG where `cairo`) have a font to write with? Asked once a process, when a picture wants it. */
bool dlb_gnuplot_has_fonts(void);

#define DLB_PLOT_COLUMNS   80 /* of a terminal that says nothing else */
#define DLB_PLOT_MOST_JOBS 64

/* Lines of letters that a picture wants in a terminal. */
int dlb_plot_rows(const struct dlb_plot *plot);

/* Renders into a growing text (binary for PNG and PDF). `columns`, `rows`: size of DLB_PLOT_TERMINAL in letters. DLB_UNAVAILABLE: no gnuplot, or none with that
 * terminal; DLB_TIMEOUT; DLB_FAILED with what gnuplot said. With DLB_OK, `why` holds a warning of gnuplot's, or stays as it was. */
enum dlb_status dlb_plot_render(const struct dlb_plot *plot, enum dlb_plot_format format,
                                int columns, int rows, struct dlb_text *image, struct dlb_why *why);
/* Several at once in up to `jobs` children; images[i] and whys[i] belong to plots->items[i]; a picture that fails leaves its image empty. */
void dlb_plots_render(const struct dlb_plots *plots, enum dlb_plot_format format, int jobs,
                      struct dlb_text *images, struct dlb_why *whys);

/* The whole script as it is given to gnuplot, for --emit-gp: terminal, output file, data, script. */
enum dlb_status dlb_plot_script(const struct dlb_plot *plot, enum dlb_plot_format format,
                                const char *output, struct dlb_text *script);

#endif
