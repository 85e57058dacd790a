/* compare_report.h: one writer per format for a comparison (bench/store/comparison.h).
 *
 * text   a table for people, with the means and what was not compared and why below it
 * md     the same for GitHub
 * csv    a row for each cell: the columns are listed in compare_csv.c; ratio_kind is "base", "mover" (95 %), "range", "exact" or "none"
 * json   one document, described in compare_json.c */
#ifndef DLB_COMPARE_REPORT_H
#define DLB_COMPARE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "bench/store/comparison.h"
#include "reports/report.h"

struct dlb_compare_format {
    const char *name; /* "text", "json", "csv", "md" */
    /* Statuses as in report.h. */
    enum dlb_status (*write)(const struct dlb_comparison *comparison,
                             const struct dlb_report_options *options, FILE *stream,
                             struct dlb_why *why);
};

/* The table of formats; ends with name NULL. */
extern const struct dlb_compare_format dlb_compare_formats[];

/* The document of format json, for a caller who adds to it. The caller owns it; NULL without memory. */
json_t *dlb_compare_to_json(const struct dlb_comparison *comparison);

/* "base", "mover", "range", "exact", "none": what the ends of a cell's ratio are. */
const char *dlb_compare_kind(const struct dlb_comparison *comparison,
                             const struct dlb_compared_cell *cell);

#endif
