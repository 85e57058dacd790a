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
    DLB_CELL_ITEMS,
    DLB_CELL_RELATIVE,
    DLB_CELL_ROOF,
    DLB_CELL_BINDS,  /* which ceiling */
    DLB_CELL_ENERGY, /* of an item */
    DLB_CELL_COST,   /* of a million items */
    DLB_CELL_FLAGS,
    DLB_CELLS
};

struct dlb_cells {
    char text[DLB_CELLS][256];
};

/* What all records have in common and need not be said in each row; NULL where they differ. Borrowed. */
struct dlb_common {
    const char *mode, *cache_state, *data;
    int threads;       /* 0: they differ */
    bool many_threads; /* a device ran with several counts: the label tells which */
    int invocations;   /* that count, in the measured rows; 0: they differ */
    unsigned flags;    /* bit i: word i of the flags, true of all measured rows, two at least */
};
struct dlb_common dlb_report_common(const struct dlb_result *result,
                                    const struct dlb_ranking *ranking);

/* "time per call: median over 3 invocations, throughput mode, warm cache, random data, 2 threads" */
void dlb_report_caption(const struct dlb_common *common, struct dlb_text *text);

/* Label of a record: the problem, its type, and what is not common: "gemm m512 n512 k512 f32 cold t2". */
void dlb_report_label(const struct dlb_record *record, const struct dlb_common *common,
                      char *buffer, size_t size);

void dlb_report_cells(const struct dlb_ranking *ranking, const struct dlb_row *row,
                      const struct dlb_common *common, bool unicode, struct dlb_cells *cells);

/* Headings, and which columns have anything to say. */
const char *dlb_report_heading(enum dlb_cell cell, bool unicode);
void dlb_report_columns(const struct dlb_ranking *ranking, const struct dlb_common *common,
                        bool shown[DLB_CELLS]);

/* The letters and words that need explaining: what occurs in the columns shown, one after the other; the letter in *name,
 * its meaning returned, NULL at the end. Start with *position = 0. */
const char *dlb_report_legend(const struct dlb_ranking *ranking, const struct dlb_common *common,
                              const bool shown[DLB_CELLS], int *position, const char **name);

/* The flags that all rows share, said once: "all rows: one invocation only, ..."; empty when there are none. */
void dlb_report_shared(const struct dlb_common *common, struct dlb_text *text);

#endif
