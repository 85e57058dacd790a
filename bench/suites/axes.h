/* axes.h: parameter lists and ranges, multiplied out: "m=512-4096*2", "dtype=f32,bf16",
 * "k=1-64+3". */
#ifndef DLB_AXES_H
#define DLB_AXES_H

#include <stdint.h>

#include "bench/base/status.h"
#include "bench/models/workload.h"

/* A growing list of problems, each with where it came from. Zero-initialise; release with
 * dlb_problems_free. */
struct dlb_problem_entry {
    struct dlb_problem problem;
    char origin[64]; /* layer or source text of the list: "DeepSpeech", "resnet_50:res2a_branch1" */
    int64_t occurrences; /* how often it stands in the network it came from; 1 if not told */
};
struct dlb_problems {
    int64_t count, capacity;
    struct dlb_problem_entry *items;
};
void dlb_problems_free(struct dlb_problems *problems);
enum dlb_status dlb_problems_add(struct dlb_problems *problems,
                                 const struct dlb_problem_entry *entry, struct dlb_why *why);

/* One axis: the values that a parameter takes, as texts. */
struct dlb_axis {
    char name[24];
    int64_t count;
    char (*values)[64];
};
/* Parses "m=512-4096*2". Reversed, zero-step and endless ranges are DLB_INVALID; at most 1000000
 * values. */
enum dlb_status dlb_axis_parse(const char *text, struct dlb_axis *axis, struct dlb_why *why);
void dlb_axis_free(struct dlb_axis *axis);

/* Adds the product of all axes over `base` (last axis fastest); an axis that the workload does
 * not know is DLB_INVALID with the nearest name. `limit` caps the number added (DLB_INVALID says
 * how many it would be). */
enum dlb_status dlb_axes_expand(const struct dlb_problem_entry *base, const struct dlb_axis *axes,
                                int axis_count, int64_t limit, struct dlb_problems *problems,
                                struct dlb_why *why);

#endif
