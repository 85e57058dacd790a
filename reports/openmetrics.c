/* openmetrics.c: heads of families and labels (OpenMetrics 1.0, "MetricFamily" and "Labels"). Samples carry no time of their own:
 * collectors of text files refuse it. A number that does not exist is no sample. */
#include "reports/openmetrics.h"

#include "reports/check_escape.h"

void dlb_openmetrics_head(const char *name, const char *type, const char *unit, const char *help,
                          struct dlb_text *text)
{
    dlb_text_format(text, "# TYPE %s %s\n", name, type);
    if (unit[0] != '\0')
        dlb_text_format(text, "# UNIT %s %s\n", name, unit);
    dlb_text_format(text, "# HELP %s %s\n", name, help);
}

void dlb_openmetrics_label(const char *before, const char *name, const char *value,
                           struct dlb_text *text)
{
    dlb_text_format(text, "%s%s=\"", before, name);
    dlb_escape_label(value, text);
    dlb_text_append(text, "\"");
}
