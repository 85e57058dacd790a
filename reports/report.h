/* report.h: one writer per format. Writers get a finished result and a stream; they compute nothing. */
#ifndef DLB_REPORT_H
#define DLB_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/store/result.h"

struct dlb_report_options {
    bool color;
    int columns;   /* terminal width; 0 = no limit */
    bool unicode;
};

struct dlb_report_format {
    const char *name;       /* "text", "json", "jsonl", "csv", "md" */
    const char *extension;  /* "txt", ... */
    const char *summary;
    enum dlb_status (*write)(const struct dlb_result *result,
                             const struct dlb_report_options *options, FILE *stream,
                             struct dlb_why *why);
};

/* The table of formats; ends with name NULL. */
extern const struct dlb_report_format dlb_report_formats[];
const struct dlb_report_format *dlb_report_find(const char *name);

#endif
