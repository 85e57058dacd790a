/* openmetrics.h: the pieces of OpenMetrics 1.0 text, for the writers of checks and of results. For the files of this folder. */
#ifndef DLB_OPENMETRICS_H
#define DLB_OPENMETRICS_H

#include "bench/base/text.h"

/* TYPE, UNIT (left out for "") and HELP of a family. All samples of a family follow its head before the next one begins. */
void dlb_openmetrics_head(const char *name, const char *type, const char *unit, const char *help,
                          struct dlb_text *text);

/* BEFORE name="value": the first label of a sample has "{" in front, or the sample's name and "{", the others ",". The value is escaped. */
void dlb_openmetrics_label(const char *before, const char *name, const char *value,
                           struct dlb_text *text);

#endif
