/* pictures.h: all pictures that a result has something for, drawn as SVG, for the page and for a folder of files.
 *
 * Where gnuplot is not there, or fails, the reason stands in place of the picture: a report is complete without them. */
#ifndef DLB_PICTURES_H
#define DLB_PICTURES_H

#include "reports/plots/plot.h"

struct dlb_picture {
    const char *kind; /* of dlb_plot_kinds */
    const struct dlb_plot *plot;
    struct dlb_text svg; /* empty: `reason` says why */
    char reason[400];
};

/* A kind that has no picture of this result, and why. */
struct dlb_picture_absence {
    const char *kind;
    char reason[400];
};

struct dlb_pictures {
    int count;
    struct dlb_picture *items;
    int absent_count;
    struct dlb_picture_absence *absent;
    char reason[200]; /* why nothing could be drawn at all: no gnuplot; "" */
    int kind_count;
    struct dlb_plots *plots; /* of each kind; what the items point into */
};

/* DLB_NO_MEMORY leaves nothing to free; everything else is told inside. */
enum dlb_status dlb_pictures_make(const struct dlb_result *result, struct dlb_pictures *pictures,
                                  struct dlb_why *why);
void dlb_pictures_free(struct dlb_pictures *pictures);

/* How many were drawn; why the first of the others was not into *reason, which is NULL where none is missing. */
int dlb_pictures_drawn(const struct dlb_pictures *pictures, const char **reason);

/* Writes FOLDER/NAME.svg of each picture that was drawn; the folder is there. DLB_IO: path and reason. */
enum dlb_status dlb_pictures_save(const struct dlb_pictures *pictures, const char *folder,
                                  struct dlb_why *why);

#endif
