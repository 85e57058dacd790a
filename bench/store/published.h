/* published.h: results that other people published, as rows to stand beside measured ones.
 *
 * The tables are data files (share/dlbench/published, each with its source); a row of theirs becomes a record of evidence "published" on a device
 * "published:NAME" with a time or a rate but no interval. They are never ranked with measured rows; tables and plots mark them. */
#ifndef DLB_PUBLISHED_H
#define DLB_PUBLISHED_H

#include "bench/store/result.h"

/* Adds to `result` the published rows of the problems that it holds (same problem and type; other layouts or batch sizes are other problems), and their
 * devices. `folder`: where the tables are. *added counts the rows; 0 is no failure, `why` then says which problems the tables know. */
enum dlb_status dlb_published_overlay(struct dlb_result *result, const char *folder, int *added,
                                      struct dlb_why *why);

/* Every published row, as a result of its own: for `list published` and `choose`. */
enum dlb_status dlb_published_load(const char *folder, struct dlb_result *result,
                                   struct dlb_why *why);

#endif
