/* check_openmetrics.c: a check as OpenMetrics 1.0 text, for Prometheus (textfile collector, push gateway) and whatever reads its format.
 *
 * Families in a table; all samples of one stand together, as the format wants. */
#include <math.h>

#include "bench/base/compiler.h"
#include "reports/check_words.h"
#include "reports/check_writers.h"
#include "reports/openmetrics.h"
#include "reports/report_sentences.h"
#include "reports/report_writers.h"

/* A number of a case; the unit is the end of the name, and "" where it has none. */
struct family {
    const char *name, *unit, *help;
    double (*value)(const struct dlb_verdict_row *row);
};

static double seconds_a(const struct dlb_verdict_row *row)
{
    return 1e-9 * row->median_a_ns;
}

static double seconds_b(const struct dlb_verdict_row *row)
{
    return 1e-9 * row->median_b_ns;
}

static double change(const struct dlb_verdict_row *row)
{
    return row->effect;
}

static double change_low(const struct dlb_verdict_row *row)
{
    return row->ci_lo;
}

static double change_high(const struct dlb_verdict_row *row)
{
    return row->ci_hi;
}

static double detectable(const struct dlb_verdict_row *row)
{
    return row->mde90;
}

static double pairs(const struct dlb_verdict_row *row)
{
    return row->stage == 2 ? row->r2 : row->r1;
}

static const struct family families[] = {
    {"dlbench_case_a_seconds", "seconds", "Median time of one execution, side A.", seconds_a},
    {"dlbench_case_b_seconds", "seconds", "Median time of one execution, side B.", seconds_b},
    {"dlbench_case_change_ratio", "ratio", "Change of time from A to B; 0.05 is 5 % slower.",
     change},
    {"dlbench_case_change_low_ratio", "ratio", "Lower end of the 95 % interval of the change.",
     change_low},
    {"dlbench_case_change_high_ratio", "ratio", "Upper end of the 95 % interval of the change.",
     change_high},
    {"dlbench_case_detectable_ratio", "ratio",
     "Smallest slowdown that this check finds with probability 0.9.", detectable},
    {"dlbench_case_pairs", "", "Pairs of processes that decided.", pairs},
};

static void add_case_labels(const struct dlb_result *result, const struct dlb_verdict_row *row,
                            struct dlb_text *text)
{
    dlb_openmetrics_label("{", "case", row->key, text);
    dlb_openmetrics_label(",", "device", row->device, text);
    dlb_openmetrics_label(",", "suite", result->suite, text);
}

static void add_family(const struct dlb_result *result, const struct family *family,
                       struct dlb_text *text)
{
    dlb_openmetrics_head(family->name, "gauge", family->unit, family->help, text);
    for (int i = 0; i < result->verdict_count; i++) {
        const double value = family->value(&result->verdicts[i]);
        if (!isfinite(value))
            continue;
        dlb_text_append(text, family->name);
        add_case_labels(result, &result->verdicts[i], text);
        dlb_text_format(text, "} %.15g\n", value);
    }
}

/* A state set has a sample for every state, of which one is 1. */
static void add_verdicts(const struct dlb_result *result, struct dlb_text *text)
{
    static const char name[] = "dlbench_case_verdict";
    dlb_openmetrics_head(name, "stateset", "", "What the check says about a case.", text);
    for (int i = 0; i < result->verdict_count; i++)
        for (int verdict = 0; verdict < DLB_VERDICT_COUNT; verdict++) {
            dlb_text_append(text, name);
            add_case_labels(result, &result->verdicts[i], text);
            dlb_openmetrics_label(",", name, dlb_verdict_name((enum dlb_verdict)verdict), text);
            dlb_text_format(text, "} %d\n", (int)result->verdicts[i].verdict == verdict);
        }
}

static void add_check(const struct dlb_result *result, struct dlb_text *text)
{
    dlb_openmetrics_head("dlbench_check", "info", "", "The check itself.", text);
    dlb_openmetrics_label("dlbench_check_info{", "suite", result->suite, text);
    dlb_openmetrics_label(",", "run_id", result->run_id, text);
    dlb_openmetrics_label(",", "version", dlb_report_member(result->tool, "version"), text);
    dlb_text_append(text, "} 1\n");
    dlb_openmetrics_head("dlbench_check_exit_code", "gauge", "", "Exit code of the check.", text);
    dlb_openmetrics_label("dlbench_check_exit_code{", "suite", result->suite, text);
    dlb_text_format(text, "} %d\n", result->exit_code);
    dlb_openmetrics_head("dlbench_check_duration_seconds", "gauge", "seconds",
                         "How long the check took.", text);
    if (isfinite(result->duration_s)) {
        dlb_openmetrics_label("dlbench_check_duration_seconds{", "suite", result->suite, text);
        dlb_text_format(text, "} %.15g\n", result->duration_s);
    }
}

enum dlb_status dlb_check_openmetrics(const struct dlb_result *result,
                                      const struct dlb_check_output_options *options, FILE *stream,
                                      struct dlb_why *why)
{
    (void)options;
    struct dlb_text text = {0};
    add_check(result, &text);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(families); i++)
        add_family(result, &families[i], &text);
    add_verdicts(result, &text);
    dlb_text_append(&text, "# EOF\n");
    return dlb_report_send(&text, stream, why);
}
