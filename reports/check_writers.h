/* check_writers.h: the writers behind the table of outputs of a check. For the files of this folder. */
#ifndef DLB_CHECK_WRITERS_H
#define DLB_CHECK_WRITERS_H

#include <jansson.h>
#include <stdio.h>

#include "bench/base/text.h"
#include "reports/check_report.h"

typedef enum dlb_status dlb_check_writer(const struct dlb_result *result,
                                         const struct dlb_check_output_options *options,
                                         FILE *stream, struct dlb_why *why);
dlb_check_writer dlb_check_junit, dlb_check_github, dlb_check_codequality, dlb_check_sarif,
    dlb_check_openmetrics, dlb_check_md;

/* The last step of writers of JSON, as dlb_report_send is of others: the document, indented, with a line break at its end; NULL is memory that failed. Takes it over. */
enum dlb_status dlb_check_send_json(json_t *json, FILE *stream, struct dlb_why *why);

/* The Markdown, not longer than `limit` bytes: first rows are left out and counted, then all but the answer; nothing when that
 * does not fit either. */
enum dlb_status dlb_check_md_text(const struct dlb_result *result, size_t limit,
                                  struct dlb_text *text);

#endif
