/* check_codequality.c: the findings of a check as GitLab's code quality report: a JSON array, an issue each.
 *
 * GitLab compares the fingerprints of two branches to tell new issues from old ones, so they follow from key and verdict alone. It
 * wants a path and a line in the repository for each issue; see dlb_check_location. */
#include <math.h>

#include "bench/base/compiler.h"
#include "reports/check_escape.h"
#include "reports/check_words.h"
#include "reports/check_writers.h"

static const char *severity(const struct dlb_verdict_row *row,
                            const struct dlb_check_output_options *options)
{
    static const char *const of_level[] = {[DLB_CHECK_NONE] = "info",
                                           [DLB_CHECK_NOTICE] = "info",
                                           [DLB_CHECK_WARNING] = "minor",
                                           [DLB_CHECK_ERROR] = "major"};
    if (row->verdict == DLB_VERDICT_FAILED)
        return "blocker";
    if (row->verdict == DLB_VERDICT_REGRESSED)
        return "critical";
    return of_level[dlb_check_level(row, options)];
}

static json_t *issue(const struct dlb_result *result, const struct dlb_verdict_row *row,
                     const struct dlb_check_output_options *options)
{
    struct dlb_text text = {0};
    struct dlb_text location = {0};
    char fingerprint[17], check[64];
    dlb_text_format(&text, "%s: %s: ", dlb_check_name(row), dlb_check_word_of(row)->title);
    dlb_check_sentence(row, &text);
    dlb_check_fingerprint(row, fingerprint, sizeof fingerprint);
    dlb_check_location(result, options, &location);
    snprintf(check, sizeof check, "dlbench/%s", dlb_verdict_name(row->verdict));
    json_t *json = text.failed || location.failed
                       ? NULL
                       : json_pack("{s:o, s:s, s:s, s:s, s:{s:o, s:{s:i}}}", "description",
                                   dlb_escape_json(text.data), "check_name", check, "fingerprint",
                                   fingerprint, "severity", severity(row, options), "location",
                                   "path", dlb_escape_json(location.data), "lines", "begin", 1);
    dlb_text_free(&text);
    dlb_text_free(&location);
    return json;
}

enum dlb_status dlb_check_codequality(const struct dlb_result *result,
                                      const struct dlb_check_output_options *options, FILE *stream,
                                      struct dlb_why *why)
{
    json_t *issues = json_array();
    int failures = issues == NULL;
    for (int i = 0; i < result->verdict_count && failures == 0; i++)
        if (dlb_check_is_finding(&result->verdicts[i], options))
            failures |= json_array_append_new(issues, issue(result, &result->verdicts[i], options));
    if (failures != 0) {
        json_decref(issues);
        issues = NULL;
    }
    return dlb_check_send_json(issues, stream, why);
}
