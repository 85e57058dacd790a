/* report_counters.h: the table of what was counted: one row a case, one column a counter or a figure derived from counters.
 *
 * Columns that have no value in any row are left out; why they have none is said once a reason. */
#ifndef DLB_REPORT_COUNTERS_H
#define DLB_REPORT_COUNTERS_H

#include <stdbool.h>

#include "reports/paper.h"
#include "reports/report_cells.h"

#define DLB_COUNTER_COLUMNS 64
#define DLB_COUNTER_GAPS    8

struct dlb_counter_sheet {
    int column_count;
    struct {
        char heading[64];
        int derived; /* index of a derived figure; -1: the counter of that name */
    } columns[DLB_COUNTER_COLUMNS];
    int rows; /* records with any value */
    int gap_count;
    struct {
        char names[800]; /* "cycles, instructions" */
        char reason[160];
    } gaps[DLB_COUNTER_GAPS];
    char source[48]; /* of the first record that was counted */
};

/* False where counters were not asked for. */
bool dlb_report_counter_sheet(const struct dlb_result *result, struct dlb_counter_sheet *sheet);
/* Has this record a row? */
bool dlb_report_is_counted(const struct dlb_counter_sheet *sheet, const struct dlb_record *record);
/* "1.28 G", "4.12 ms", "0.87"; "" where it was not counted. */
void dlb_report_counter_cell(const struct dlb_counter_sheet *sheet, int column,
                             const struct dlb_record *record, char *cell, size_t size);
/* "not counted: cycles, instructions: this virtual machine (kvm) shows no PMU" */
void dlb_report_counter_gap(const struct dlb_counter_sheet *sheet, int gap, struct dlb_text *text);

/* All of it for people, as wide as the paper: what does not fit goes into further blocks of columns. Nothing where nothing was asked for. */
void dlb_report_counters(const struct dlb_result *result, const struct dlb_common *common,
                         struct dlb_paper *paper);

#endif
