/* comparison_item.h: what the parts of a comparison hand each other. For the files of this folder. */
#ifndef DLB_COMPARISON_ITEM_H
#define DLB_COMPARISON_ITEM_H

#include "bench/store/comparison.h"

/* A record on its way into a cell. */
struct dlb_comparison_item {
    const struct dlb_record *record;
    int source, index; /* of the record in its file */
    int column;
    const char *hardware; /* name of its device, else the host's processor; "" not told */
    bool has_value;       /* of the metric */
    bool paired;          /* stands in a row beside the base, or for it */
};

/* The column of a device in a source, a new one at need; -1 without memory. */
int dlb_comparison_column_of(struct dlb_comparison *comparison, int source, const char *device);
/* Finds the base among the columns; DLB_INVALID says which there are. */
enum dlb_status dlb_comparison_choose_base(struct dlb_comparison *comparison, struct dlb_why *why);
/* The name of a device, else that of the host's processor; "" not told. Borrowed. */
const char *dlb_comparison_hardware(const struct dlb_result *result, const char *device);

/* What an order of items looks at. */
struct dlb_comparison_order {
    enum dlb_comparison_by by;
    bool threads;
    bool published; /* and measured are alike */
};

/* The evidence as far as it keeps records apart. */
const char *dlb_comparison_kin(const struct dlb_comparison_order *order,
                               const struct dlb_record *record);

/* Orders of items: by equal problem and device (0: these may be spoken of together); and by all that makes them comparable (0: these are). */
int dlb_comparison_loosely(const struct dlb_comparison_order *order,
                           const struct dlb_comparison_item *a,
                           const struct dlb_comparison_item *b);
int dlb_comparison_strictly(const struct dlb_comparison_order *order,
                            const struct dlb_comparison_item *a,
                            const struct dlb_comparison_item *b);
/* "threads 4, LABEL has 2; cache cold, LABEL has warm": how `other` differs from the base's item; returns in how many parts. */
int dlb_comparison_differ(const struct dlb_comparison_order *order,
                          const struct dlb_comparison_item *base,
                          const struct dlb_comparison_item *other, const char *label, char *text,
                          size_t size);

/* The values of the metric over the processes that count, appended to *values (grown, owned by the caller). False without memory. */
bool dlb_comparison_values(const char *metric, const struct dlb_record *record, double **values,
                           int64_t *count);
/* The summary's value with its interval, for files that keep no processes; all NaN when there is none. */
struct dlb_interval dlb_comparison_summary(const char *metric, const struct dlb_record *record);

/* comparison_group.c and comparison_note.c: fill the groups; the notes, from all items. */
enum dlb_status dlb_comparison_group(struct dlb_comparison *comparison);
enum dlb_status dlb_comparison_note(struct dlb_comparison *comparison,
                                    const struct dlb_comparison_order *order,
                                    struct dlb_comparison_item *items, int count);

#endif
