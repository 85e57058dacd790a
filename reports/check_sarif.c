/* check_sarif.c: the findings of a check as SARIF 2.1.0 (OASIS, 2020), as far as code scanning reads it.
 *
 * A rule for each verdict that is a finding, in the order of their ranks, so that ruleIndex is the rank; a result for each
 * case with one. partialFingerprints follow from key and verdict; every result has a location, without which GitHub takes no file, and
 * the numbers of the verdict as properties. */
#include <math.h>

#include "bench/base/compiler.h"
#include "reports/check_escape.h"
#include "reports/check_words.h"
#include "reports/check_writers.h"
#include "reports/report_sentences.h"

#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* The values of a level as the standard names them (3.27.10). */
static const char *const levels[] = {[DLB_CHECK_NONE] = "none",
                                     [DLB_CHECK_NOTICE] = "note",
                                     [DLB_CHECK_WARNING] = "warning",
                                     [DLB_CHECK_ERROR] = "error"};

static json_t *rule(enum dlb_verdict verdict)
{
    const struct dlb_check_word *word = dlb_check_word(verdict);
    return json_pack("{s:s, s:s, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:s}, s:{s:[s]}}", "id",
                     dlb_verdict_name(verdict), "name", word->title, "shortDescription", "text",
                     word->meaning, "fullDescription", "text", word->meaning, "help", "text",
                     word->advice, "defaultConfiguration", "level", levels[word->level],
                     "properties", "tags", "performance");
}

/* Ranks of findings begin with 0 and have no gaps. */
static json_t *make_rules(void)
{
    json_t *rules = json_array();
    int failures = rules == NULL;
    for (int rank = 0; rank < DLB_VERDICT_COUNT; rank++)
        for (int verdict = 0; verdict < DLB_VERDICT_COUNT; verdict++) {
            const struct dlb_check_word *word = dlb_check_word((enum dlb_verdict)verdict);
            if (word->rank == rank && word->finding && failures == 0)
                failures |= json_array_append_new(rules, rule((enum dlb_verdict)verdict));
        }
    if (failures == 0)
        return rules;
    json_decref(rules);
    return NULL;
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *make_properties(const struct dlb_verdict_row *row)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:b}", "effect",
                     number(row->effect), "ci_lo", number(row->ci_lo), "ci_hi", number(row->ci_hi),
                     "p", number(row->p), "p_holm", number(row->p_holm), "mde90",
                     number(row->mde90), "median_a_ns", number(row->median_a_ns), "median_b_ns",
                     number(row->median_b_ns), "stage", row->stage, "r1", row->r1, "r2", row->r2,
                     "slowdown", row->slowdown);
}

static json_t *make_message(const struct dlb_verdict_row *row)
{
    struct dlb_text text = {0};
    dlb_text_format(&text, "%s: %s: ", dlb_check_name(row), dlb_check_word_of(row)->title);
    dlb_check_sentence(row, &text);
    json_t *json = text.failed ? NULL : dlb_escape_json(text.data);
    dlb_text_free(&text);
    return json;
}

/* A URI reference (3.4.3), relative to the root of the repository. */
static json_t *make_uri(const struct dlb_result *result,
                        const struct dlb_check_output_options *options)
{
    struct dlb_text path = {0}, uri = {0};
    dlb_check_location(result, options, &path);
    dlb_escape_uri(path.data != NULL ? path.data : "", &uri);
    json_t *json = path.failed || uri.failed ? NULL : json_string(uri.data);
    dlb_text_free(&path);
    dlb_text_free(&uri);
    return json;
}

static json_t *make_finding(const struct dlb_result *result, const struct dlb_verdict_row *row,
                            const struct dlb_check_output_options *options)
{
    char fingerprint[17];
    dlb_check_fingerprint(row, fingerprint, sizeof fingerprint);
    return json_pack(
        "{s:s, s:i, s:s, s:{s:o}, s:[{s:{s:{s:o}, s:{s:i}}, s:[{s:o, s:s}]}], s:{s:s}, s:o}",
        "ruleId", dlb_verdict_name(row->verdict), "ruleIndex", dlb_check_word_of(row)->rank,
        "level", levels[dlb_check_level(row, options)], "message", "text", make_message(row),
        "locations", "physicalLocation", "artifactLocation", "uri", make_uri(result, options),
        "region", "startLine", 1, "logicalLocations", "fullyQualifiedName",
        dlb_escape_json(row->key), "kind", "resource", "partialFingerprints", "dlbenchCase/v1",
        fingerprint, "properties", make_properties(row));
}

static json_t *make_findings(const struct dlb_result *result,
                             const struct dlb_check_output_options *options)
{
    json_t *findings = json_array();
    int failures = findings == NULL;
    for (int i = 0; i < result->verdict_count && failures == 0; i++)
        if (dlb_check_is_finding(&result->verdicts[i], options))
            failures |= json_array_append_new(findings,
                                              make_finding(result, &result->verdicts[i], options));
    if (failures == 0)
        return findings;
    json_decref(findings);
    return NULL;
}

/* The check as an execution of a tool: it was successful when all cases could be judged; a regression is a finding, no failure. */
static json_t *make_invocation(const struct dlb_result *result)
{
    json_t *json = json_pack(
        "{s:b, s:i, s:o}", "executionSuccessful", result->exit_code == 0 || result->exit_code == 1,
        "exitCode", result->exit_code, "exitCodeDescription", dlb_escape_json(result->reason));
    if (result->created_utc[0] != '\0' && json != NULL)
        json_object_set_new(json, "startTimeUtc", json_string(result->created_utc));
    return json;
}

enum dlb_status dlb_check_sarif(const struct dlb_result *result,
                                const struct dlb_check_output_options *options, FILE *stream,
                                struct dlb_why *why)
{
    struct dlb_text category = {0};
    dlb_text_format(&category, "dlbench/%s/", result->suite[0] != '\0' ? result->suite : "check");
    const char *version = dlb_report_member(result->tool, "version");
    json_t *json =
        category.failed
            ? NULL
            : json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:o, s:o}}, s:{s:o}, s:[o], s:s, s:o}]}",
                        "$schema", SCHEMA, "version", "2.1.0", "runs", "tool", "driver", "name",
                        "dlbench", "version", dlb_escape_json(version[0] != '\0' ? version : "0"),
                        "rules", make_rules(), "automationDetails", "id",
                        dlb_escape_json(category.data), "invocations", make_invocation(result),
                        "columnKind", "unicodeCodePoints", "results",
                        make_findings(result, options));
    dlb_text_free(&category);
    return dlb_check_send_json(json, stream, why);
}
