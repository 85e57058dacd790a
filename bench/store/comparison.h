/* comparison.h: results of several runs beside each other: by file, device, version or host. Pure; it judges nothing.
 *
 * A column is one side of the comparison, a row one problem in equal circumstances: problem and its version, device (unless devices
 * are the columns), timing mode, cache state, data, evidence, and threads, which by device and by host tell rows apart only where a
 * column has the same case with several counts: each is then at its best. What has no counterpart is listed with the reason.
 *
 * Ratios say how many times as good as the base a column is: above 1 is better, whichever way the metric goes. */
#ifndef DLB_COMPARISON_H
#define DLB_COMPARISON_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/base/status.h"
#include "bench/stats/ratio.h"
#include "bench/store/result.h"

enum dlb_comparison_by {
    DLB_BY_FILE,
    DLB_BY_DEVICE,
    DLB_BY_VERSION, /* on the same hardware */
    DLB_BY_HOST,
    DLB_BY_COUNT
};
/* "file", "device", "version", "host"; never NULL. */
const char *dlb_comparison_by_name(enum dlb_comparison_by by);

/* What is compared: a number of the result schema. */
struct dlb_comparison_metric {
    const char *name, *unit;
    bool higher; /* is better */
};
/* Is it a number that a comparison can take from a record? */
bool dlb_comparison_knows(const char *metric);

struct dlb_comparison_source {
    const char *label; /* unlike those of the others; may be long */
    const char *path;
    const struct dlb_result *result;
};

struct dlb_comparison_request {
    const struct dlb_comparison_source *sources;
    int source_count;
    enum dlb_comparison_by by;
    struct dlb_comparison_metric metric;
    const char *base; /* label of a column; NULL: the first */
    bool
        published; /* by device: published rows stand in the rows of measured ones, marked; no mean mixes them */
};

struct dlb_compared_column {
    char *label;        /* unlike those of the others; owned */
    char *identity;     /* what its records have in common; owned */
    const char *device; /* by device: its key; else NULL */
    int source_count;
    int *sources; /* indices into the request's; owned */
};

struct dlb_compared_cell {
    int column;
    const struct dlb_record *record; /* the first of them */
    int records;                     /* runs that were put together: all their processes count */
    struct dlb_interval
        value; /* over processes, n_eff of them (0: the file tells the summary alone) */
    struct dlb_ratio ratio; /* against the base; 1 for itself */
    bool exact;     /* not measured but predicted: lo and hi of the ratio are the ratio itself */
    bool stretched; /* by --slowdown: left out of the means */
};

struct dlb_compared_row {
    int first, count; /* cells: the base's first, then in the order of the columns; two at least */
};

/* Geometric mean of the ratios of a column, over the rows that both it and the base have. */
enum dlb_compared_scope { DLB_SCOPE_ALL, DLB_SCOPE_WORKLOAD, DLB_SCOPE_DTYPE };
struct dlb_compared_group {
    int column;
    enum dlb_compared_scope scope;
    const char *name; /* of the workload or the type; "" for all */
    /* rows of different circumstances are never averaged together */
    const char *mode, *cache_state, *data, *evidence;
    int cases;
    double ratio, least, most;
    int better, worse; /* the interval (or range) of the ratio lies beyond 1; the others are open */
};

/* Cases of a column that the base has no counterpart of, or the other way round, for one reason. */
struct dlb_compared_note {
    int column;   /* compared with the base */
    char *reason; /* owned */
    int count;
    const struct dlb_record **records; /* owned list */
};

struct dlb_comparison {
    struct dlb_comparison_request request; /* sources and their results stay the caller's */
    int base;                              /* column */
    bool many_threads;                     /* threads tell rows apart */
    int column_count, row_count, cell_count, group_count, note_count;
    struct dlb_compared_column *columns;
    struct dlb_compared_row *rows; /* in the order of the base */
    struct dlb_compared_cell *cells;
    struct dlb_compared_group *groups; /* scope, then circumstances, then column */
    struct dlb_compared_note *notes;   /* by column */
};

/* DLB_INVALID: there is no column of the base's label (says which there are); DLB_SKIPPED: there are not two columns, or no row has
 * two cells: nothing can be compared. Then `comparison` is still filled (its notes tell why) and must be freed; not for DLB_INVALID and
 * DLB_NO_MEMORY. */
enum dlb_status dlb_comparison_make(const struct dlb_comparison_request *request,
                                    struct dlb_comparison *comparison, struct dlb_why *why);
void dlb_comparison_free(struct dlb_comparison *comparison);

/* The cache state that a record was measured in: "not-cold" where cold was asked for and could not be had. The evidence, "measured" where
 * an older file tells none. */
const char *dlb_comparison_cache(const struct dlb_record *record);
const char *dlb_comparison_evidence(const struct dlb_record *record);

#endif
