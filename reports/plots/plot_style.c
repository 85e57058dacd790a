/* plot_style.c: which colour, point and dash a device has.
 *
 * Bound to the key: each backend has a place of its own in the palette, the next device of the same backend the next one; what is not
 * known goes where its name hashes to. Of two devices that want one place a known backend's gets it, then the first by name, in whatever order
 * they were run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/random.h"
#include "reports/plots/plot_frame.h"

#define PLACES 7
#define SHAPES 6

const char *const dlb_plot_colors[PLACES] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                             "#E69F00", "#56B4E9", "#000000"};

/* Point types of gnuplot's bitmap and vector terminals that have an area: circle, square, triangles, diamond, pentagon. */
static const struct {
    int filled, hollow;
} points[SHAPES] = {{7, 6}, {5, 4}, {9, 8}, {11, 10}, {13, 12}, {15, 14}};

/* Of each colour in the first round; the diamond stands twice, in orange and in black. */
static const int shapes[PLACES] = {0, 1, 2, 3, 4, 5, 4};

static const char *const dashes[PLACES] = {"1", "2", "4", "5", "(12,4,2,4)", "(2,3)", "(18,4)"};

static const struct {
    const char *backend;
    int place;
} preferred[] = {
    {"onednn", 0}, {"openblas", 1}, {"opencl", 2}, {"fpga", 3}, {"cuda", 4}, {"reference", 6},
};

struct dlb_plot_style dlb_plot_style_at(int index)
{
    /* Each round shifts points and dashes against the colours: 42 pairs of colour and point. */
    const int round = index / PLACES;
    const int shape = (shapes[index % PLACES] + round) % SHAPES;
    return (struct dlb_plot_style){.color = dlb_plot_colors[index % PLACES],
                                   .point = points[shape].filled,
                                   .hollow = points[shape].hollow,
                                   .dash = dashes[(index + round) % PLACES]};
}

/* Who comes first where two want one place: else a published processor could take the colour of a device that was measured. */
enum claim { FIRST_OF_BACKEND, OTHER_OF_BACKEND, BY_NAME, CLAIMS };

/* A device of one of several files is called "old/onednn:1", which is no backend's. */
static int wanted_place(const char *device, enum claim *claim)
{
    const size_t length = strcspn(device, ":");
    const int index = device[length] == ':' ? atoi(device + length + 1) : 0;
    const int shift = index > 0 && index < PLACES ? index : 0;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(preferred); i++)
        if (strlen(preferred[i].backend) == length &&
            strncmp(preferred[i].backend, device, length) == 0) {
            *claim = shift == 0 ? FIRST_OF_BACKEND : OTHER_OF_BACKEND;
            return (preferred[i].place + shift) % PLACES;
        }
    *claim = BY_NAME;
    return (int)(dlb_hash_text(device) % PLACES);
}

static int by_key(const void *left, const void *right)
{
    const struct dlb_plot_style *a = left;
    const struct dlb_plot_style *b = right;
    return strcmp(a->device, b->device);
}

/* First those that get the place they want, by their claims, then the others the first free one. */
static void give_places(const struct dlb_plot_styles *styles, int *place, bool *taken)
{
    for (int i = 0; i < styles->count; i++)
        place[i] = -1;
    for (int round = 0; round < CLAIMS; round++)
        for (int i = 0; i < styles->count; i++) {
            enum claim claim = BY_NAME;
            const int wanted = wanted_place(styles->items[i].device, &claim);
            if ((int)claim != round || taken[wanted])
                continue;
            place[i] = wanted;
            taken[wanted] = true;
        }
    for (int i = 0, at = 0; i < styles->count; i++) {
        if (place[i] >= 0)
            continue;
        while (taken[at])
            at++;
        taken[at] = true;
        place[i] = at;
    }
}

enum dlb_status dlb_plot_styles_make(const char *const *devices, int count,
                                     struct dlb_plot_styles *styles)
{
    const size_t size = (size_t)count + 1;
    *styles = (struct dlb_plot_styles){.items = calloc(size, sizeof *styles->items)};
    int *place = calloc(size, sizeof *place);
    bool *taken = calloc(size + PLACES, sizeof *taken);
    if (styles->items == NULL || place == NULL || taken == NULL) {
        free(styles->items);
        free(place);
        free(taken);
        *styles = (struct dlb_plot_styles){0};
        return DLB_NO_MEMORY;
    }
    styles->count = count;
    for (int i = 0; i < count; i++)
        styles->items[i].device = devices[i];
    qsort(styles->items, (size_t)count, sizeof *styles->items, by_key);
    give_places(styles, place, taken);
    for (int i = 0; i < count; i++) {
        const char *device = styles->items[i].device;
        styles->items[i] = dlb_plot_style_at(place[i]);
        styles->items[i].device = device;
    }
    free(place);
    free(taken);
    return DLB_OK;
}

void dlb_plot_styles_free(struct dlb_plot_styles *styles)
{
    free(styles->items);
    *styles = (struct dlb_plot_styles){0};
}

const struct dlb_plot_style *dlb_plot_style_of(const struct dlb_plot_styles *styles,
                                               const char *device)
{
    const struct dlb_plot_style wanted = {.device = device};
    return styles->count > 0 ? bsearch(&wanted, styles->items, (size_t)styles->count,
                                       sizeof *styles->items, by_key)
                             : NULL;
}

bool dlb_plot_is_measured(const struct dlb_record *record)
{
    return record->evidence[0] == '\0' || strcmp(record->evidence, "measured") == 0;
}

bool dlb_plot_has_time(const struct dlb_record *record)
{
    return record->status == DLB_OK && isfinite(record->summary.median_ns) &&
           record->summary.median_ns > 0;
}
