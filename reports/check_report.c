/* check_report.c: the table of a check's outputs, and how they go out. Each writer has a file of its own, check_NAME.c.
 *
 * A writer makes its whole text in memory first: half an XML document is worse than none. */
#include "reports/check_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reports/check_writers.h"
#include "reports/report_writers.h"

static enum dlb_status write_json(const struct dlb_result *result,
                                  const struct dlb_check_output_options *options, FILE *stream,
                                  struct dlb_why *why)
{
    (void)options;
    return dlb_result_write(result, stream, why);
}

const struct dlb_check_output dlb_check_outputs[] = {
    {"junit", "junit", "xml", "JUnit XML, a testcase for each case", dlb_check_junit},
    {"codequality", "gitlab", "json", "code quality report of GitLab", dlb_check_codequality},
    {"sarif", "sarif", "sarif", "SARIF 2.1.0, for code scanning", dlb_check_sarif},
    {"openmetrics", "openmetrics", "txt", "OpenMetrics text, for Prometheus",
     dlb_check_openmetrics},
    {"md", "md", "md", "Markdown for a comment, worst first", dlb_check_md},
    {"json", "json", "json", "everything, pairs and samples included", write_json},
    {"github", "github", NULL, "annotations for GitHub Actions", dlb_check_github},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct dlb_check_output *dlb_check_output_find(const char *name)
{
    for (const struct dlb_check_output *output = dlb_check_outputs; output->name != NULL; output++)
        if (strcmp(output->name, name) == 0)
            return output;
    return NULL;
}

enum dlb_status dlb_check_output_save(const struct dlb_check_output *output,
                                      const struct dlb_result *result,
                                      const struct dlb_check_output_options *options,
                                      const char *path, struct dlb_why *why)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for %s", path);
    enum dlb_status status = output->write(result, options, stream, why);
    if (fclose(stream) != 0 && status == DLB_OK)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for %s", path);
    if (status == DLB_OK)
        status = dlb_file_replace(path, bytes, size, why);
    free(bytes);
    return status;
}

enum dlb_status dlb_check_send_json(json_t *json, FILE *stream, struct dlb_why *why)
{
    /* A failed write shows in the stream, and dlb_report_end tells of it. */
    const bool ok =
        json != NULL &&
        (json_dumpf(json, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) == 0 || ferror(stream));
    json_decref(json);
    if (!ok)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    fputs("\n", stream);
    return dlb_report_end(stream, why);
}
