/* check_junit.c: a check as JUnit XML: one suite, a testcase for each case.
 *
 * The document fits both schemas that are in use: the one of Ant's reports (JUnit.xsd of Windy Road, which is strict about order, about
 * attributes, and about one outcome for each case) and Jenkins' junit-10.xsd. regressed is a failure; failed is an error;
 * what says nothing (inconclusive, new, missing, ...) is skipped with its reason. `time` of a case is what B took for one execution,
 * so that the test trend of a CI system shows the speed; `time` of the suite is that of the check. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/check_escape.h"
#include "reports/check_words.h"
#include "reports/check_writers.h"
#include "reports/report_sentences.h"
#include "reports/report_writers.h"

enum outcome { PASSED, SKIPPED, FAILURE, ERROR };

static enum outcome outcome_of(const struct dlb_verdict_row *row,
                               const struct dlb_check_output_options *options)
{
    switch (row->verdict) {
    case DLB_VERDICT_FAILED:
        return ERROR;
    case DLB_VERDICT_REGRESSED:
        return FAILURE;
    case DLB_VERDICT_INCONCLUSIVE:
        return options->inconclusive_fails && !dlb_verdict_lacks_sessions(row) ? FAILURE : SKIPPED;
    case DLB_VERDICT_INCOMPARABLE:
    case DLB_VERDICT_MISSING:
    case DLB_VERDICT_NEW:
    case DLB_VERDICT_NOT_MEASURED:
        return SKIPPED;
    default:
        return PASSED;
    }
}

static void add_attribute(struct dlb_text *text, const char *name, const char *value)
{
    dlb_text_format(text, " %s=\"", name);
    dlb_escape_xml(value, text);
    dlb_text_append(text, "\"");
}

static void add_property(struct dlb_text *text, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    dlb_text_append(text, "      <property");
    add_attribute(text, "name", name);
    add_attribute(text, "value", value);
    dlb_text_append(text, "/>\n");
}

static void add_properties(const struct dlb_result *result, struct dlb_text *text)
{
    static const char *const sides[] = {"a", "b"};
    struct dlb_text value = {0};
    char number[32];
    dlb_text_append(text, "    <properties>\n");
    add_property(text, "dlbench.version", dlb_report_member(result->tool, "version"));
    add_property(text, "dlbench.run_id", result->run_id);
    for (int i = 0; i < 2; i++) {
        dlb_check_side(result, sides[i], &value);
        add_property(text, sides[i], value.size > 0 ? value.data : "");
        dlb_text_clear(&value);
    }
    dlb_report_host(result, &value);
    add_property(text, "host", value.size > 0 ? value.data : "");
    snprintf(number, sizeof number, "%llu", (unsigned long long)result->seed);
    add_property(text, "seed", number);
    snprintf(number, sizeof number, "%d", result->exit_code);
    add_property(text, "exit_code", number);
    add_property(text, "reason", result->reason);
    dlb_text_append(text, "    </properties>\n");
    text->failed = text->failed || value.failed;
    dlb_text_free(&value);
}

static double seconds(double ns)
{
    return isfinite(ns) ? 1e-9 * ns : 0;
}

static void add_outcome(const struct dlb_verdict_row *row, enum outcome outcome,
                        struct dlb_text *text)
{
    static const char *const elements[] = {
        [SKIPPED] = "skipped", [FAILURE] = "failure", [ERROR] = "error"};
    const struct dlb_check_word *word = dlb_check_word_of(row);
    struct dlb_text sentence = {0};
    dlb_text_format(&sentence, "%s: ", word->title);
    dlb_check_sentence(row, &sentence);
    dlb_text_format(text, "      <%s", elements[outcome]);
    if (outcome != SKIPPED) /* Ant's schema gives a skipped case no type */
        add_attribute(text, "type", dlb_verdict_name(row->verdict));
    add_attribute(text, "message", sentence.data != NULL ? sentence.data : "");
    dlb_text_append(text, ">");
    dlb_escape_xml(dlb_check_name(row), text);
    dlb_text_append(text, "\n");
    dlb_escape_xml(word->meaning, text);
    dlb_text_append(text, " ");
    dlb_escape_xml(word->advice, text);
    dlb_text_format(text, "</%s>\n", elements[outcome]);
    text->failed = text->failed || sentence.failed;
    dlb_text_free(&sentence);
}

static void add_case(const struct dlb_result *result, const struct dlb_verdict_row *row,
                     const struct dlb_check_output_options *options, struct dlb_text *text)
{
    char class[sizeof result->suite + sizeof row->device + 16];
    const enum outcome outcome = outcome_of(row, options);
    snprintf(class, sizeof class, "dlbench.%s.%s",
             result->suite[0] != '\0' ? result->suite : "check",
             row->device[0] != '\0' ? row->device : "none");
    dlb_text_append(text, "    <testcase");
    add_attribute(text, "name", row->key);
    add_attribute(text, "classname", class);
    dlb_text_format(text, " time=\"%.9f\"", seconds(row->median_b_ns));
    if (outcome == PASSED) {
        dlb_text_append(text, "/>\n");
        return;
    }
    dlb_text_append(text, ">\n");
    add_outcome(row, outcome, text);
    dlb_text_append(text, "    </testcase>\n");
}

/* The attributes of the suite; `created_utc` has a Z at its end, which Ant's schema does not allow. */
static void add_suite(const struct dlb_result *result,
                      const struct dlb_check_output_options *options, struct dlb_text *text)
{
    int counts[ERROR + 1] = {0};
    char name[sizeof result->suite + 16];
    const char *host = dlb_report_member(result->host, "hostname");
    const bool dated = strlen(result->created_utc) == strlen("2026-11-23T06:25:01Z");
    for (int i = 0; i < result->verdict_count; i++)
        counts[outcome_of(&result->verdicts[i], options)]++;
    snprintf(name, sizeof name, "dlbench.%s", result->suite[0] != '\0' ? result->suite : "check");
    dlb_text_append(text, "  <testsuite id=\"0\" package=\"dlbench\"");
    add_attribute(text, "name", name);
    add_attribute(text, "hostname", host[0] != '\0' ? host : "localhost");
    dlb_text_format(text, " timestamp=\"%.19s\"",
                    dated ? result->created_utc : "1970-01-01T00:00:00");
    dlb_text_format(text,
                    " tests=\"%d\" failures=\"%d\" errors=\"%d\" skipped=\"%d\" time=\"%.3f\">\n",
                    result->verdict_count, counts[FAILURE], counts[ERROR], counts[SKIPPED],
                    isfinite(result->duration_s) ? result->duration_s : 0);
}

/* Every case in a line, for those who read the file: the schema leaves no room for it in a case that passed. */
static void add_lines(const struct dlb_result *result, struct dlb_text *text)
{
    struct dlb_text line = {0};
    dlb_text_append(text, "    <system-out>");
    for (int i = 0; i < result->verdict_count; i++) {
        const struct dlb_verdict_row *row = &result->verdicts[i];
        dlb_text_format(&line, "%s: %s: ", dlb_check_name(row), dlb_check_word_of(row)->title);
        dlb_check_sentence(row, &line);
        dlb_escape_xml(line.data != NULL ? line.data : "", text);
        dlb_text_append(text, "\n");
        text->failed = text->failed || line.failed;
        dlb_text_clear(&line);
    }
    dlb_text_append(text, "</system-out>\n    <system-err></system-err>\n");
    dlb_text_free(&line);
}

enum dlb_status dlb_check_junit(const struct dlb_result *result,
                                const struct dlb_check_output_options *options, FILE *stream,
                                struct dlb_why *why)
{
    struct dlb_text text = {0};
    dlb_text_append(&text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    add_suite(result, options, &text);
    add_properties(result, &text);
    for (int i = 0; i < result->verdict_count; i++)
        add_case(result, &result->verdicts[i], options, &text);
    add_lines(result, &text);
    dlb_text_append(&text, "  </testsuite>\n</testsuites>\n");
    return dlb_report_send(&text, stream, why);
}
