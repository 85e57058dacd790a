/* plot.c: the table of kinds, and lists of pictures with names of their own.
 *
 * How a kind is written stands in plot_frame.h; how a picture becomes a file, in render.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reports/plots/plot_frame.h"

const struct dlb_plot_kind dlb_plot_kinds[] = {
    {"speed", "rate of each problem on each device, with its interval; or relative to a device",
     "a case that has a time", dlb_plot_speed},
    {"roofline", "rate against operations per byte, below the ceilings of the device",
     "a device with cases whose operations and bytes are known", dlb_plot_roofline},
    {"distribution", "the samples of each case: shape, processes, outliers",
     "a case with samples in the file", dlb_plot_distribution},
    {"order", "samples in the order of the run, with the clock and what disturbed them",
     "cases with samples in the file", dlb_plot_order},
    {"scaling", "speed-up and efficiency against threads or batch",
     "one problem with two thread counts or two batch sizes on one device", dlb_plot_scaling},
    {"working-set", "bytes per second against the working set, with the sizes of the caches",
     "a case whose bytes and working set are known", dlb_plot_working_set},
    {"forest", "the change of each case of a check, with tolerance and what it could have seen",
     "the result of dlbench check", dlb_plot_forest},
    {"history", "sessions of months, with their steps and releases", "a history of runs",
     dlb_plot_history},
    {"energy-cost", "joules per item and items for money, against items per second",
     "a case with an energy or a price", dlb_plot_energy_cost},
    {"precision", "speed against the error of the answer, type by type",
     "a case with a verified answer", dlb_plot_precision},
    {"heatmap", "problems and devices as percent of the best", "a case that has a time",
     dlb_plot_heatmap},
    {NULL, NULL, NULL, NULL},
};

const struct dlb_plot_kind *dlb_plot_find(const char *name)
{
    for (const struct dlb_plot_kind *kind = dlb_plot_kinds; kind->name != NULL; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

void dlb_plot_free(struct dlb_plot *plot)
{
    dlb_text_free(&plot->alt);
    dlb_text_free(&plot->caption);
    dlb_text_free(&plot->data);
    dlb_text_free(&plot->script);
    *plot = (struct dlb_plot){.name = ""};
}

void dlb_plots_free(struct dlb_plots *plots)
{
    for (int i = 0; i < plots->count; i++)
        dlb_plot_free(&plots->items[i]);
    free(plots->items);
    *plots = (struct dlb_plots){0};
}

struct dlb_plot *dlb_plots_add(struct dlb_plots *plots)
{
    struct dlb_plot *items =
        realloc(plots->items, ((size_t)plots->count + 1) * sizeof *plots->items);
    if (items == NULL)
        return NULL;
    plots->items = items;
    items[plots->count] = (struct dlb_plot){.name = ""};
    return &items[plots->count++];
}

static void append_part(char *name, size_t size, const char *part)
{
    size_t length = strlen(name);
    if (part == NULL || part[0] == '\0')
        return;
    if (length > 0 && length + 1 < size)
        name[length++] = '-';
    for (; *part != '\0' && length + 1 < size; part++) {
        const char c = *part >= 'A' && *part <= 'Z' ? (char)(*part - 'A' + 'a') : *part;
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
        if (plain || (length > 0 && name[length - 1] != '-'))
            name[length++] = plain ? c : '-';
    }
    while (length > 0 && name[length - 1] == '-')
        length--;
    name[length] = '\0';
}

static bool is_taken(const struct dlb_plots *plots, const struct dlb_plot *plot)
{
    for (int i = 0; i < plots->count; i++)
        if (&plots->items[i] != plot && strcmp(plots->items[i].name, plot->name) == 0)
            return true;
    return false;
}

void dlb_plot_name(const struct dlb_plots *plots, struct dlb_plot *plot, const char *kind,
                   const char *a, const char *b)
{
    char stem[sizeof plot->name - 6] = ""; /* leaves room for a number */
    append_part(stem, sizeof stem, kind);
    append_part(stem, sizeof stem, a);
    append_part(stem, sizeof stem, b);
    snprintf(plot->name, sizeof plot->name, "%s", stem);
    for (int i = 2; is_taken(plots, plot) && i < 10000; i++)
        snprintf(plot->name, sizeof plot->name, "%s-%d", stem, i);
}
