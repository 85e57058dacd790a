/* report_json.c: the result as JSON, whole or line by line. The form of every part is the store's. */
#include <errno.h>
#include <string.h>

#include "reports/report_writers.h"

enum dlb_status dlb_report_json(const struct dlb_result *result,
                                const struct dlb_report_options *options, FILE *stream,
                                struct dlb_why *why)
{
    (void)options;
    return dlb_result_write(result, stream, why);
}

/* One line: {"type": TYPE, ...json...}. Takes over `json`. */
static enum dlb_status write_line(const char *type, json_t *json, FILE *stream, struct dlb_why *why)
{
    json_t *line = json_pack("{s:s}", "type", type);
    bool ok = line != NULL && json != NULL && json_object_update(line, json) == 0;
    /* A failed write shows in the stream, and dlb_report_end tells of it. */
    ok = ok &&
         (json_dumpf(line, stream, JSON_COMPACT | JSON_REAL_PRECISION(17)) == 0 || ferror(stream));
    fputs(ok ? "\n" : "", stream);
    json_decref(line);
    json_decref(json);
    return ok ? DLB_OK : dlb_fail(why, DLB_NO_MEMORY, "no memory for the report");
}

enum dlb_status dlb_report_jsonl(const struct dlb_result *result,
                                 const struct dlb_report_options *options, FILE *stream,
                                 struct dlb_why *why)
{
    (void)options;
    struct dlb_result head = *result; /* borrows everything, shows no records */
    head.record_count = 0;
    head.verdict_count = 0;
    json_t *run = dlb_result_to_json(&head);
    json_object_del(run, "results");
    json_object_del(run, "verdicts");
    enum dlb_status status = write_line("run", run, stream, why);
    for (int i = 0; i < result->verdict_count && status == DLB_OK && !ferror(stream); i++)
        status = write_line("verdict", dlb_verdict_to_json(&result->verdicts[i]), stream, why);
    for (int i = 0; i < result->record_count && status == DLB_OK && !ferror(stream); i++)
        status = write_line("record", dlb_record_to_json(&result->records[i]), stream, why);
    return status == DLB_OK ? dlb_report_end(stream, why) : status;
}
