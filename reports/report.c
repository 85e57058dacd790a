/* report.c: the table of report formats. Each writer has a file of its own, report_NAME.c. */
#include "reports/report.h"

#include <errno.h>
#include <string.h>

#include "reports/report_writers.h"

const struct dlb_report_format dlb_report_formats[] = {
    {"text", "txt", "a table for people", dlb_report_text},
    {"json", "json", "everything, samples included (schema dlbench-result/1)", dlb_report_json},
    {"jsonl", "jsonl", "a line for the run, then a line for each case", dlb_report_jsonl},
    {"csv", "csv", "a row for each invocation, for spreadsheets", dlb_report_csv},
    {"md", "md", "a table for GitHub", dlb_report_md},
    {"openmetrics", "prom", "a sample for each case and number, for Prometheus",
     dlb_report_openmetrics},
    {"html", "html", "one page with pictures, which needs nothing beside it", dlb_report_html},
    {NULL, NULL, NULL, NULL},
};

const struct dlb_report_format *dlb_report_find(const char *name)
{
    for (const struct dlb_report_format *format = dlb_report_formats; format->name != NULL;
         format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}

enum dlb_status dlb_report_end(FILE *stream, struct dlb_why *why)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream))
        return DLB_OK;
    if (errno == 0) {
        /* An earlier write failed, and its cause is forgotten: another one meets it again. */
        fputc('\n', stream);
        (void)fflush(stream);
    }
    if (errno == EPIPE)
        return dlb_fail(why, DLB_IO, "%s", "");
    return dlb_fail(why, DLB_IO, "cannot write the report: %s",
                    errno != 0 ? strerror(errno) : "an earlier write failed");
}

enum dlb_status dlb_report_send(struct dlb_text *text, FILE *stream, struct dlb_why *why)
{
    const bool failed = text->failed;
    if (!failed && text->size > 0)
        fwrite(text->data, 1, text->size, stream);
    dlb_text_free(text);
    if (failed)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    return dlb_report_end(stream, why);
}
