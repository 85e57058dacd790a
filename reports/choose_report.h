/* choose_report.h: one writer per format for a choice (bench/store/choice.h).
 *
 * text   what to take and why, what is missing to be sure, a table a class, how easily each device did it
 * md     the same for GitHub
 * json   one document, described in choose_json.c */
#ifndef DLB_CHOOSE_REPORT_H
#define DLB_CHOOSE_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "bench/store/choice.h"
#include "reports/report.h"

struct dlb_choose_page {
    const struct dlb_choice *choice;
    bool runnable; /* this dlbench knows the workload: what is missing can be measured */
};

struct dlb_choose_format {
    const char *name; /* "text", "json", "md" */
    /* Statuses as in report.h. */
    enum dlb_status (*write)(const struct dlb_choose_page *page,
                             const struct dlb_report_options *options, FILE *stream,
                             struct dlb_why *why);
};

/* The table of formats; ends with name NULL. */
extern const struct dlb_choose_format dlb_choose_formats[];

/* The document of format json, for a caller who adds to it. The caller owns it; NULL without memory. */
json_t *dlb_choose_to_json(const struct dlb_choose_page *page);

#endif
