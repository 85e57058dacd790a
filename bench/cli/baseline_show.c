/* baseline_show.c: a baseline as two tables: its sessions, and how far they differ in each case. */
#include "bench/cli/baseline_show.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/stats/summary.h"

static void add_cell(struct dlb_table *table, const char *format, ...) DLB_PRINTF(2, 3);
static void add_cell(struct dlb_table *table, const char *format, ...)
{
    char cell[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cell, sizeof cell, format, arguments);
    va_end(arguments);
    dlb_table_add(table, cell);
}

static void print_sessions(const struct dlb_baseline *baseline, const struct dlb_screen *screen)
{
    static const char *const headings[] = {"session", "revision", "version",
                                           "suite",   "cases",    "accepted"};
    bool forced = false;
    for (int i = 0; i < baseline->session_count; i++)
        forced |= baseline->sessions[i].forced;
    struct dlb_table table = {.columns = (int)DLB_ARRAY_COUNT(headings) - !forced};
    for (int i = 0; i < table.columns; i++)
        dlb_table_add(&table, headings[i]);
    for (int i = 0; i < baseline->session_count; i++) {
        const struct dlb_baseline_session *session = &baseline->sessions[i];
        int cases = 0;
        for (int j = 0; j < baseline->case_count; j++)
            for (int k = 0; k < baseline->cases[j].sample_count; k++)
                cases += strcmp(baseline->cases[j].samples[k].session, session->id) == 0;
        add_cell(&table, "%s", session->created_utc);
        add_cell(&table, "%s", session->revision);
        add_cell(&table, "%s", session->version);
        add_cell(&table, "%s", session->suite);
        add_cell(&table, "%d", cases);
        if (forced)
            add_cell(&table, "%s", session->forced ? "by force" : "");
    }
    dlb_table_print(&table, screen);
    dlb_table_free(&table);
}

/* Median of the sessions, their spread (of the logarithms), and where the last one stands against the others. */
static void print_case(struct dlb_table *table, const struct dlb_baseline_case *item)
{
    double *medians = calloc((size_t)item->sample_count, sizeof *medians);
    double *logs = calloc((size_t)item->sample_count, sizeof *logs);
    if (medians == NULL || logs == NULL) {
        table->failed = true;
    } else {
        char time[32];
        const int last = item->sample_count - 1;
        for (int i = 0; i <= last; i++) {
            medians[i] = dlb_baseline_sample_median(&item->samples[i]);
            logs[i] = log(medians[i]);
        }
        dlb_format_time(time, sizeof time, dlb_median(medians, last + 1));
        add_cell(table, "%s", item->label[0] != '\0' ? item->label : item->key);
        add_cell(table, "%s", item->device_key);
        add_cell(table, "%d", item->sample_count);
        add_cell(table, "%s", time);
        if (last > 0) {
            add_cell(table, "%.1f%%", 100 * dlb_sd(logs, last + 1));
            add_cell(table, "%+.1f%%", 100 * (medians[last] / dlb_median(medians, last) - 1));
        } else {
            dlb_table_add(table, "");
            dlb_table_add(table, "");
        }
    }
    free(medians);
    free(logs);
}

static void print_cases(const struct dlb_baseline *baseline, const struct dlb_screen *screen)
{
    static const char *const headings[] = {"case",   "device", "sessions",
                                           "median", "spread", "last"};
    struct dlb_table table = {.columns = (int)DLB_ARRAY_COUNT(headings)};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(headings); i++)
        dlb_table_add(&table, headings[i]);
    for (int i = 0; i < baseline->case_count; i++)
        print_case(&table, &baseline->cases[i]);
    dlb_table_print(&table, screen);
    fputs("spread: standard deviation of the sessions; last: the newest against those before it\n",
          screen->stream);
    dlb_table_free(&table);
}

void dlb_baseline_print(const struct dlb_baseline *baseline, const struct dlb_screen *screen)
{
    print_sessions(baseline, screen);
    if (baseline->case_count == 0)
        return;
    fputc('\n', screen->stream);
    print_cases(baseline, screen);
}
