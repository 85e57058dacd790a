/* report_openmetrics.c: the results of a run as OpenMetrics 1.0 text, for Prometheus and whatever reads its format.
 *
 * A sample for each case and number, in seconds, joules and other base units; what could not be run has no time but a status. The
 * labels identify a case without its shape: the key is whole in `case`. */
#include <math.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "reports/openmetrics.h"
#include "reports/report_beside.h"
#include "reports/report_sentences.h"
#include "reports/report_writers.h"

/* A number of a case; the unit is the end of the name, and "" where it has none. */
struct family {
    const char *name, *unit, *help;
    double (*value)(const struct dlb_record *record);
};

static double seconds(const struct dlb_record *record)
{
    return 1e-9 * record->summary.median_ns;
}

static double seconds_low(const struct dlb_record *record)
{
    return 1e-9 * record->summary.ci_lo_ns;
}

static double seconds_high(const struct dlb_record *record)
{
    return 1e-9 * record->summary.ci_hi_ns;
}

static double operations(const struct dlb_record *record)
{
    return record->summary.ops_per_s;
}

static double bytes(const struct dlb_record *record)
{
    return record->summary.bytes_per_s;
}

static double items(const struct dlb_record *record)
{
    return record->summary.items_per_s;
}

static double roof(const struct dlb_record *record)
{
    return record->summary.roof_fraction;
}

static double joules(const struct dlb_record *record)
{
    return dlb_energy_is_metered(&record->energy) ? record->energy.j_per_item : (double)NAN;
}

static double joules_at_most(const struct dlb_record *record)
{
    return dlb_report_is_bound(record) ? record->energy.j_per_item : (double)NAN;
}

static double memory(const struct dlb_record *record)
{
    return record->summary.peak_mem_bytes > 0 ? (double)record->summary.peak_mem_bytes
                                              : (double)NAN;
}

static double processes(const struct dlb_record *record)
{
    int count = 0;
    for (int i = 0; i < record->invocation_count; i++)
        count += dlb_record_counts(record, i);
    return count;
}

static const struct family families[] = {
    {"dlbench_case_time_seconds", "seconds", "Median time of one execution.", seconds},
    {"dlbench_case_time_low_seconds", "seconds", "Lower end of the interval of the time.",
     seconds_low},
    {"dlbench_case_time_high_seconds", "seconds", "Upper end of the interval of the time.",
     seconds_high},
    {"dlbench_case_operations_per_second", "", "Operations of the formula in a second.",
     operations},
    {"dlbench_case_bytes_per_second", "", "Bytes of the tensors, each touched once, in a second.",
     bytes},
    {"dlbench_case_items_per_second", "", "Items (images, rows) in a second.", items},
    {"dlbench_case_roof_ratio", "ratio", "Share of the attainable roof.", roof},
    {"dlbench_case_item_joules", "joules",
     "Energy of one item as a meter tells it, idle power included.", joules},
    {"dlbench_case_item_bound_joules", "joules",
     "No measurement but a bound of the energy of one item: the power of the datasheet times the "
     "time.",
     joules_at_most},
    {"dlbench_case_memory_bytes", "bytes", "Peak memory of the process.", memory},
    {"dlbench_case_processes", "", "Fresh processes whose times count.", processes},
};

static void add_case_labels(const struct dlb_result *result, const struct dlb_record *record,
                            struct dlb_text *text)
{
    dlb_openmetrics_label("{", "case", record->key, text);
    dlb_openmetrics_label(",", "device", record->device, text);
    dlb_openmetrics_label(",", "workload", record->workload, text);
    dlb_openmetrics_label(",", "dtype", record->dtype, text);
    dlb_openmetrics_label(",", "evidence", record->evidence, text);
    dlb_openmetrics_label(",", "suite", result->suite, text);
}

static void add_family(const struct dlb_result *result, const struct family *family,
                       struct dlb_text *text)
{
    dlb_openmetrics_head(family->name, "gauge", family->unit, family->help, text);
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        const double value = record->status == DLB_OK ? family->value(record) : (double)NAN;
        if (!isfinite(value))
            continue;
        dlb_text_append(text, family->name);
        add_case_labels(result, record, text);
        dlb_text_format(text, "} %.15g\n", value);
    }
}

/* A state set has a sample for every state, of which one is 1. */
static void add_statuses(const struct dlb_result *result, struct dlb_text *text)
{
    static const char name[] = "dlbench_case_status";
    static const char *const states[] = {"ok", "suspect", "unsupported", "skipped", "failed"};
    dlb_openmetrics_head(name, "stateset", "", "What became of a case.", text);
    for (int i = 0; i < result->record_count; i++) {
        const struct dlb_record *record = &result->records[i];
        const bool suspect = record->status == DLB_OK && dlb_record_has_flag(record, "suspect");
        const char *status = suspect ? "suspect" : dlb_record_status_text(record->status);
        for (size_t state = 0; state < DLB_ARRAY_COUNT(states); state++) {
            dlb_text_append(text, name);
            add_case_labels(result, record, text);
            dlb_openmetrics_label(",", name, states[state], text);
            dlb_text_format(text, "} %d\n", strcmp(status, states[state]) == 0);
        }
    }
}

static void add_run(const struct dlb_result *result, struct dlb_text *text)
{
    dlb_openmetrics_head("dlbench_run", "info", "", "The run itself.", text);
    dlb_openmetrics_label("dlbench_run_info{", "suite", result->suite, text);
    dlb_openmetrics_label(",", "run_id", result->run_id, text);
    dlb_openmetrics_label(",", "version", dlb_report_member(result->tool, "version"), text);
    dlb_openmetrics_label(",", "git", dlb_report_member(result->tool, "git"), text);
    dlb_openmetrics_label(",", "processor", dlb_report_member(result->host, "cpu_model"), text);
    dlb_text_append(text, "} 1\n");
    dlb_openmetrics_head("dlbench_run_complete", "gauge", "", "1: the run came to its end.", text);
    dlb_openmetrics_label("dlbench_run_complete{", "suite", result->suite, text);
    dlb_text_format(text, "} %d\n", result->complete);
    dlb_openmetrics_head("dlbench_run_duration_seconds", "gauge", "seconds",
                         "How long the run took.", text);
    if (isfinite(result->duration_s)) {
        dlb_openmetrics_label("dlbench_run_duration_seconds{", "suite", result->suite, text);
        dlb_text_format(text, "} %.15g\n", result->duration_s);
    }
}

enum dlb_status dlb_report_openmetrics(const struct dlb_result *result,
                                       const struct dlb_report_options *options, FILE *stream,
                                       struct dlb_why *why)
{
    (void)options;
    struct dlb_text text = {0};
    add_run(result, &text);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(families); i++)
        add_family(result, &families[i], &text);
    add_statuses(result, &text);
    dlb_text_append(&text, "# EOF\n");
    return dlb_report_send(&text, stream, why);
}
