/* report_cells.h: a row of the results table as short texts: the same words in every format for people. */
#ifndef DLB_REPORT_CELLS_H
#define DLB_REPORT_CELLS_H

#include <stdbool.h>

#include "bench/base/text.h"
#include "reports/ranking.h"

enum dlb_cell {
    DLB_CELL_WORKLOAD,
    DLB_CELL_DEVICE,
    DLB_CELL_MEDIAN,
    DLB_CELL_SPREAD,
    DLB_CELL_COUNT,
    DLB_CELL_RATE,
    DLB_CELL_RELATIVE,
    DLB_CELL_ROOF,
    DLB_CELL_FLAGS,
    DLB_CELLS
};

struct dlb_cells {
    char text[DLB_CELLS][256];
};

/* What all records have in common and need not be said in each row; NULL where they differ. Borrowed. */
struct dlb_common {
    const char *mode, *cache_state, *data;
    int threads; /* 0: they differ */
};
struct dlb_common dlb_report_common(const struct dlb_result *result);

/* "time per call, ..., throughput mode, warm cache, random data, 2 threads" */
void dlb_report_caption(const struct dlb_common *common, struct dlb_text *text);

/* Label of a record: the problem, its type, and what is not common: "gemm m512 n512 k512 f32 cold". */
void dlb_report_label(const struct dlb_record *record, const struct dlb_common *common,
                      char *buffer, size_t size);

void dlb_report_cells(const struct dlb_ranking *ranking, const struct dlb_row *row,
                      const struct dlb_common *common, bool unicode, struct dlb_cells *cells);

/* Headings, and which columns have anything to say. */
const char *dlb_report_heading(enum dlb_cell cell, bool unicode);
void dlb_report_columns(const struct dlb_ranking *ranking, bool shown[DLB_CELLS]);

/* The words in the spread and flags columns that need explaining: what occurs in the columns shown, one after the other;
 * the word in *name, its meaning returned, NULL at the end. Start with *position = 0. */
const char *dlb_report_legend(const struct dlb_ranking *ranking, const bool shown[DLB_CELLS],
                              int *position, const char **name);

/* One line each: who is fastest for a dtype ("" when nothing was measured), and how many cases came to what end. All means
 * are geometric. */
void dlb_report_verdict(const struct dlb_ranking *ranking, const struct dlb_contest *contest,
                        const char *dtype, bool unicode, struct dlb_text *text);
void dlb_report_counts(const struct dlb_result *result, struct dlb_text *text);

/* "12 unsupported on openblas:0: this CBLAS has no bf16 GEMM" */
void dlb_report_note(const struct dlb_note *note, const struct dlb_common *common,
                     struct dlb_text *text);

/* The types that were measured, in order of appearance: dtype number `index`, NULL past the last. */
const char *dlb_report_dtype(const struct dlb_ranking *ranking, int index);

/* Strings of the run's JSON parts; "" when absent. */
const char *dlb_report_member(const json_t *object, const char *name);

/* "AMD EPYC 9R14, 2 cores, 4 threads, 3.9 GiB, kvm" */
void dlb_report_host(const struct dlb_result *result, struct dlb_text *text);
/* What stands behind a device's key: its name where the host does not say it already, and its library. */
void dlb_report_device(const struct dlb_result *result, const json_t *device,
                       struct dlb_text *text);

/* Text from anywhere made fit for a terminal or a table: control and direction characters become '?', bytes that are no
 * UTF-8 too, and without `unicode` all beyond ASCII. */
void dlb_report_clean(const char *from, bool unicode, struct dlb_text *text);

#endif
