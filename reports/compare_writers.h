/* compare_writers.h: the writers behind the table of formats. For the files of this folder. */
#ifndef DLB_COMPARE_WRITERS_H
#define DLB_COMPARE_WRITERS_H

#include "reports/compare_report.h"

typedef enum dlb_status dlb_compare_writer(const struct dlb_comparison *comparison,
                                           const struct dlb_report_options *options, FILE *stream,
                                           struct dlb_why *why);
dlb_compare_writer dlb_compare_text, dlb_compare_md, dlb_compare_csv, dlb_compare_json;

#endif
