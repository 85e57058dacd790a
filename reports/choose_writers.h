/* choose_writers.h: the writers behind the table of formats. For the files of this folder. */
#ifndef DLB_CHOOSE_WRITERS_H
#define DLB_CHOOSE_WRITERS_H

#include "reports/choose_report.h"

typedef enum dlb_status dlb_choose_writer(const struct dlb_choose_page *page,
                                          const struct dlb_report_options *options, FILE *stream,
                                          struct dlb_why *why);
dlb_choose_writer dlb_choose_text, dlb_choose_json, dlb_choose_md;

#endif
