/* compare_words.h: a comparison as short texts: the same words in every format for people. For the files of this folder. */
#ifndef DLB_COMPARE_WORDS_H
#define DLB_COMPARE_WORDS_H

#include <stdbool.h>

#include "bench/base/text.h"
#include "bench/store/comparison.h"
#include "reports/report_cells.h"

enum dlb_compare_cell {
    DLB_COMPARE_WORKLOAD,
    DLB_COMPARE_DEVICE,
    DLB_COMPARE_COLUMN, /* whose value it is; not where there are two columns: then the base's value stands in the line */
    DLB_COMPARE_BASE,
    DLB_COMPARE_VALUE,
    DLB_COMPARE_RATIO,
    DLB_COMPARE_INTERVAL,
    DLB_COMPARE_NOTES,
    DLB_COMPARE_CELLS
};

struct dlb_compare_line {
    char text[DLB_COMPARE_CELLS][512];
    int side;   /* 1 better, -1 worse, 0 open or the base itself */
    bool first; /* of its row */
};

/* What all lines have in common, and which cells have anything to say. */
struct dlb_compare_plan {
    const struct dlb_comparison *comparison;
    bool unicode;
    bool wide; /* two columns: one line a row */
    bool shown[DLB_COMPARE_CELLS];
    struct dlb_common common; /* its flags are those of dlb_compare_shared */
};
struct dlb_compare_plan dlb_compare_plan_of(const struct dlb_comparison *comparison, bool unicode);

/* Lines of a row, and one of them. */
int dlb_compare_line_count(const struct dlb_compare_plan *plan, int row);
void dlb_compare_line_of(const struct dlb_compare_plan *plan, int row, int index,
                         struct dlb_compare_line *line);
void dlb_compare_heading(const struct dlb_compare_plan *plan, enum dlb_compare_cell cell,
                         char *buffer, size_t size);

/* "median_ns in ns, lower is better; ratio: how many times as fast as old, above 1 is better; throughput mode, warm cache ..." */
void dlb_compare_caption(const struct dlb_compare_plan *plan, struct dlb_text *text);
/* "all lines: noisy, unsteady": said here and not in each line; empty when there is none. */
void dlb_compare_shared(const struct dlb_compare_plan *plan, struct dlb_text *text);
/* Where a column comes from: "r1.json: dlbench 0.1.0 (d1c9899), AMD EPYC 9R14, 2026-11-23T06:25:01Z; and 2 more runs" */
void dlb_compare_origin(const struct dlb_comparison *comparison, int column, struct dlb_text *text);
/* What must be known to read the table, one sentence a call, NULL at the end; start with *position = 0. */
const char *dlb_compare_legend(const struct dlb_compare_plan *plan, int *position);

/* "gemm, cold": what a mean is of; "1.052x"; and "28 cases, 0.910 .. 1.300; 20 better, 2 worse, 6 open". */
void dlb_compare_group_name(const struct dlb_compare_plan *plan,
                            const struct dlb_compared_group *group, struct dlb_text *text);
void dlb_compare_ratio(double ratio, bool unicode, char *buffer, size_t size);
void dlb_compare_group_words(const struct dlb_compare_plan *plan,
                             const struct dlb_compared_group *group, struct dlb_text *text);

/* "3 cases, threads 4, old has 2: gemm m512 n512 k512 onednn:0, ..., and 1 more" */
void dlb_compare_note(const struct dlb_compare_plan *plan, const struct dlb_compared_note *note,
                      struct dlb_text *text);

#endif
