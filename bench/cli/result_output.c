/* result_output.c: see result_output.h. The writers are in reports/ and bench/store; which of them a result goes to is decided here. */
#include "bench/cli/result_output.h"

#include <stdlib.h>
#include <string.h>

#include "bench/store/history.h"
#include "reports/check_report.h"
#include "reports/check_text.h"
#include "reports/report.h"

bool dlb_result_is_check(const struct dlb_result *result)
{
    return result->check != NULL || result->verdict_count > 0;
}

/* As the check wrote them, where that was asked for. */
static struct dlb_check_output_options as_check(const struct dlb_result *result,
                                                const struct dlb_result_output *how)
{
    const char *policy = json_string_value(json_object_get(result->check, "on_inconclusive"));
    return (struct dlb_check_output_options){
        .inconclusive_fails = policy != NULL && strcmp(policy, "fail") == 0,
        .inconclusive_passes = policy != NULL && strcmp(policy, "pass") == 0,
        .location = how->location};
}

static enum dlb_status write_result(const struct dlb_result *result,
                                    const struct dlb_result_output *how,
                                    const struct dlb_report_options *look, FILE *stream,
                                    struct dlb_why *why)
{
    const struct dlb_check_output_options check = as_check(result, how);
    const struct dlb_check_output *output = dlb_check_output_find(how->format);
    const struct dlb_report_format *format = dlb_report_find(how->format);
    if (strcmp(how->format, "sql") == 0)
        return dlb_history_result_sql(result, stream, why);
    if (dlb_result_is_check(result) && strcmp(how->format, "text") == 0)
        return dlb_check_text(result, look, stream, why);
    if (output != NULL && (dlb_result_is_check(result) || format == NULL))
        return output->write(result, &check, stream, why);
    return format->write(result, look, stream, why);
}

/* Without its folder: a page goes to people whom that does not concern. */
static const char *name_of(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? slash + 1 : path;
}

static enum dlb_status write_file(const struct dlb_result *result,
                                  const struct dlb_result_output *how, struct dlb_why *why)
{
    char *bytes = NULL;
    size_t size = 0;
    const struct dlb_report_options plain = {.unicode = true,
                                             .columns = how->columns > 0 ? (int)how->columns : 0,
                                             .csv_apostrophe = how->csv_apostrophe,
                                             .title = how->title,
                                             .pictures = how->pictures,
                                             .file = name_of(how->file)};
    FILE *stream = open_memstream(&bytes, &size);
    if (stream == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    enum dlb_status status = write_result(result, how, &plain, stream, why);
    if (fclose(stream) != 0 && status == DLB_OK)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
    if (status == DLB_OK)
        status = dlb_file_replace(how->output, bytes, size, why);
    free(bytes);
    return status;
}

enum dlb_status dlb_result_output_write(struct dlb_cli *cli, const struct dlb_result *result,
                                        const struct dlb_result_output *how)
{
    const struct dlb_report_options screen = {.color = cli->out.color,
                                              .columns = how->columns >= 0 ? (int)how->columns
                                                                           : cli->out.columns,
                                              .unicode = cli->out.unicode,
                                              .csv_apostrophe = how->csv_apostrophe,
                                              .title = how->title,
                                              .pictures = how->pictures,
                                              .file = name_of(how->file)};
    if (how->output != NULL)
        return write_file(result, how, &cli->why);
    const enum dlb_status status = write_result(result, how, &screen, cli->out.stream, &cli->why);
    cli->printed_json = strncmp(how->format, "json", 4) == 0; /* or jsonl */
    /* No reason: the reader has gone. */
    return status == DLB_IO && cli->why.text[0] == '\0' ? DLB_OK : status;
}
