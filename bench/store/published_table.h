/* published_table.h: one file of published results, and its rows one by one; private to bench/store.
 *
 * A file tells who measured on what (`runs`), how a row becomes a problem (`problem`, with columns in braces), and which columns are times
 * (`measures`); scripts/published_tables.py writes them. */
#ifndef DLB_PUBLISHED_TABLE_H
#define DLB_PUBLISHED_TABLE_H

#include <jansson.h>

#include "bench/store/record.h"

struct dlb_published_table {
    char path[512];
    json_t *document;                             /* owned */
    const char *title, *source, *problem, *items; /* borrowed from it, like all below */
    const json_t *note, *measures, *columns, *runs, *rows;
};

/* One measure of one row. The texts and the run are borrowed from the table. */
struct dlb_published_row {
    const struct dlb_published_table *table;
    const json_t *run; /* device, name, kind, vendor, catalog_id, units, dtype, detail */
    char problem[512], workload[32];
    const char *dtype, *mode;
    const char *pass; /* NULL where the measure has none */
    double time_ns;   /* of one execution */
    double items;     /* in it */
    bool is_p90;      /* the time is no median but the 90th percentile */
};

/* DLB_IO, or DLB_INVALID with the file and the place. */
enum dlb_status dlb_published_open(const char *path, struct dlb_published_table *table,
                                   struct dlb_why *why);
void dlb_published_close(struct dlb_published_table *table);

/* Calls `take` for each measure of each row; another answer than DLB_OK ends it and is returned. */
enum dlb_status dlb_published_each(const struct dlb_published_table *table,
                                   enum dlb_status (*take)(void *user,
                                                           const struct dlb_published_row *row,
                                                           struct dlb_why *why),
                                   void *user, struct dlb_why *why);

/* The same over all files *.json of a folder, in the order of their names. `table` of a row lives as long as the call. */
enum dlb_status dlb_published_walk(const char *folder,
                                   enum dlb_status (*take)(void *user,
                                                           const struct dlb_published_row *row,
                                                           struct dlb_why *why),
                                   void *user, struct dlb_why *why);

#endif
