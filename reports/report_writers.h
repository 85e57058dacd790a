/* report_writers.h: the writers behind the table of formats, and how they all end. For the files of this folder. */
#ifndef DLB_REPORT_WRITERS_H
#define DLB_REPORT_WRITERS_H

#include <stdio.h>

#include "bench/base/text.h"
#include "reports/report.h"

typedef enum dlb_status dlb_report_writer(const struct dlb_result *result,
                                          const struct dlb_report_options *options, FILE *stream,
                                          struct dlb_why *why);
dlb_report_writer dlb_report_text, dlb_report_json, dlb_report_jsonl, dlb_report_csv, dlb_report_md,
    dlb_report_html, dlb_report_openmetrics;

/* Flushes; DLB_OK, or DLB_IO as report.h says. */
enum dlb_status dlb_report_end(FILE *stream, struct dlb_why *why);

/* The last step of writers that make one text: it goes out in one piece, or nothing when memory failed. Frees it. */
enum dlb_status dlb_report_send(struct dlb_text *text, FILE *stream, struct dlb_why *why);

#endif
