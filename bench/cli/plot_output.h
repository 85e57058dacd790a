/* plot_output.h: where the pictures of `dlbench plot` go: files with their scripts, or letters on the screen. */
#ifndef DLB_PLOT_OUTPUT_H
#define DLB_PLOT_OUTPUT_H

#include "bench/cli/command.h"
#include "bench/cli/input_files.h"
#include "reports/plots/render.h"

/* What one call of the command draws. */
struct dlb_plot_drawing {
    struct dlb_cli *cli;
    const struct dlb_inputs *inputs; /* none of them is overwritten */
    const char *output;              /* file, or folder; NULL: the screen */
    bool folder;                     /* the output is one */
    bool emit_gp;
    enum dlb_plot_format format;
    int failed; /* pictures that could not be made or written; the reason of the first is in cli->why */
};

/* Renders and writes all: FILE for the first, FILE-2.svg for the second; FOLDER/NAME.svg. Where a picture cannot be made its script is written in its place. */
enum dlb_status dlb_plot_draw_files(struct dlb_plot_drawing *drawing,
                                    const struct dlb_plots *plots);
/* Letters with the caption below them, as wide as the screen; the scripts alone where they were asked for. */
enum dlb_status dlb_plot_draw_screen(struct dlb_plot_drawing *drawing,
                                     const struct dlb_plots *plots);

#endif
