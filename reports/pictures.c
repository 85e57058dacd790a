/* pictures.c: builds every kind of plot and has gnuplot draw them, several at once. What they look like is reports/plots. */
#include "reports/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/store/result.h"
#include "reports/plots/render.h"

#define MOST_JOBS 8

static int count_kinds(void)
{
    int count = 0;
    while (dlb_plot_kinds[count].name != NULL)
        count++;
    return count;
}

/* As many gnuplots at a time as there are processors. */
static int count_jobs(void)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > MOST_JOBS ? MOST_JOBS : (int)processors;
}

static enum dlb_status build_all(const struct dlb_result *result, struct dlb_pictures *pictures)
{
    const struct dlb_plot_input input = {.result = result};
    int total = 0;
    for (int i = 0; i < pictures->kind_count; i++) {
        struct dlb_why why = {""};
        const enum dlb_status status = dlb_plot_kinds[i].build(&input, &pictures->plots[i], &why);
        if (status == DLB_NO_MEMORY)
            return status;
        if (status == DLB_OK) {
            total += pictures->plots[i].count;
            continue;
        }
        struct dlb_picture_absence *absence = &pictures->absent[pictures->absent_count++];
        absence->kind = dlb_plot_kinds[i].name;
        dlb_text_shorten(absence->reason, sizeof absence->reason, why.text);
    }
    pictures->items = calloc((size_t)total + 1, sizeof *pictures->items);
    if (pictures->items == NULL)
        return DLB_NO_MEMORY;
    for (int i = 0; i < pictures->kind_count; i++)
        for (int j = 0; j < pictures->plots[i].count; j++) {
            struct dlb_picture *picture = &pictures->items[pictures->count++];
            picture->kind = dlb_plot_kinds[i].name;
            picture->plot = &pictures->plots[i].items[j];
        }
    return DLB_OK;
}

/* All kinds in one go, so that the last pictures of a kind do not wait for each other. */
static enum dlb_status draw_all(struct dlb_pictures *pictures)
{
    const size_t count = (size_t)pictures->count;
    struct dlb_plots all = {pictures->count, calloc(count + 1, sizeof *all.items)};
    struct dlb_text *images = calloc(count + 1, sizeof *images);
    struct dlb_why *whys = calloc(count + 1, sizeof *whys);
    const bool ok = all.items != NULL && images != NULL && whys != NULL;
    for (size_t i = 0; ok && i < count; i++)
        all.items[i] = *pictures->items[i].plot; /* borrowed: never freed through this list */
    if (ok)
        dlb_plots_render(&all, DLB_PLOT_SVG, count_jobs(), images, whys);
    for (size_t i = 0; ok && i < count; i++) {
        struct dlb_picture *picture = &pictures->items[i];
        picture->svg = images[i];
        if (picture->svg.size == 0)
            dlb_text_shorten(picture->reason, sizeof picture->reason,
                             whys[i].text[0] != '\0' ? whys[i].text : "gnuplot drew nothing");
    }
    free(all.items);
    free(images);
    free(whys);
    return ok ? DLB_OK : DLB_NO_MEMORY;
}

enum dlb_status dlb_pictures_make(const struct dlb_result *result, struct dlb_pictures *pictures,
                                  struct dlb_why *why)
{
    const struct dlb_gnuplot *gnuplot = dlb_gnuplot_find();
    struct dlb_pictures made = {.kind_count = count_kinds()};
    enum dlb_status status = DLB_OK;
    if (!gnuplot->found || !gnuplot->svg) {
        made.kind_count = 0;
        dlb_text_shorten(made.reason, sizeof made.reason,
                         gnuplot->found ? "gnuplot was built without SVG: install gnuplot-nox"
                                        : gnuplot->reason);
        *pictures = made;
        return DLB_OK;
    }
    made.plots = calloc((size_t)made.kind_count + 1, sizeof *made.plots);
    made.absent = calloc((size_t)made.kind_count + 1, sizeof *made.absent);
    if (made.plots == NULL || made.absent == NULL)
        status = DLB_NO_MEMORY;
    if (status == DLB_OK)
        status = build_all(result, &made);
    if (status == DLB_OK)
        status = draw_all(&made);
    if (status != DLB_OK) {
        dlb_pictures_free(&made);
        return dlb_fail(why, status, "no memory for the pictures");
    }
    *pictures = made;
    return DLB_OK;
}

void dlb_pictures_free(struct dlb_pictures *pictures)
{
    for (int i = 0; i < pictures->count; i++)
        dlb_text_free(&pictures->items[i].svg);
    for (int i = 0; i < pictures->kind_count && pictures->plots != NULL; i++)
        dlb_plots_free(&pictures->plots[i]);
    free(pictures->items);
    free(pictures->absent);
    free(pictures->plots);
    *pictures = (struct dlb_pictures){0};
}

int dlb_pictures_drawn(const struct dlb_pictures *pictures, const char **reason)
{
    int drawn = 0;
    *reason = pictures->reason[0] != '\0' ? pictures->reason : NULL;
    for (int i = 0; i < pictures->count; i++) {
        const bool missing = pictures->items[i].svg.size == 0;
        drawn += !missing;
        if (missing && *reason == NULL)
            *reason = pictures->items[i].reason;
    }
    return drawn;
}

enum dlb_status dlb_pictures_save(const struct dlb_pictures *pictures, const char *folder,
                                  struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < pictures->count && status == DLB_OK; i++) {
        const struct dlb_picture *picture = &pictures->items[i];
        struct dlb_text path = {0};
        if (picture->svg.size == 0)
            continue;
        dlb_text_format(&path, "%s/%s.svg", folder, picture->plot->name);
        status = path.failed
                     ? dlb_fail(why, DLB_NO_MEMORY, "no memory for a path")
                     : dlb_file_replace(path.data, picture->svg.data, picture->svg.size, why);
        dlb_text_free(&path);
    }
    return status;
}
