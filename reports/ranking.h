/* ranking.h: which records stand beside which, and who is fastest. Pure: nothing is printed here.
 *
 * Comparable are records of one problem (which includes the type) in the same timing mode, cache state and data; the devices
 * and thread counts compete. Only measured times are ranked: simulated, modelled, compiled, published and emulated ones stand
 * below, marked. */
#ifndef DLB_RANKING_H
#define DLB_RANKING_H

#include <stdbool.h>

#include "bench/store/result.h"

/* A device, told apart by threads where a device ran with several counts: "onednn:0", "onednn:0 t2". */
struct dlb_contestant {
    char name[64];
    const char *device; /* borrowed */
    int threads;
};

struct dlb_row {
    const struct dlb_record *record;
    int contestant;
    bool measured; /* evidence: may be ranked */
    double
        relative; /* fastest measured time of the group / own time; NaN when nothing was measured, or for emulated */
};

struct dlb_group {
    int first, count; /* rows, fastest measured first */
    int measured;     /* how many of them are ranked */
};

/* Records without a time, those of one device, status and reason together. */
struct dlb_note {
    const struct dlb_record *record; /* the first of them */
    char device[64];
    char reason[544];
    int count;
    bool varies;        /* reasons alike but for their numbers */
    const int *members; /* indices of the records, `count` of them; borrowed from the ranking */
};

struct dlb_ranking {
    int contestant_count, row_count, group_count, note_count;
    struct dlb_contestant *contestants;
    struct dlb_row *rows;
    struct dlb_group *groups; /* in the order of the run */
    struct dlb_note *notes;
    int *members;
};

/* The records stay with `result`, which outlives the ranking. DLB_NO_MEMORY leaves nothing to free. */
enum dlb_status dlb_ranking_make(const struct dlb_result *result, struct dlb_ranking *ranking);
void dlb_ranking_free(struct dlb_ranking *ranking);

/* How the devices compare over the groups of one dtype. */
struct dlb_rival {
    int contestant;
    int both;     /* groups that this one and the fastest both ran */
    double ratio; /* geometric mean of own time / the fastest's over them; NaN for none */
};
struct dlb_contest {
    int fastest; /* contestant with most wins, then the better ratio; -1: nothing was measured */
    int won, groups; /* of the groups that any device measured */
    int close; /* groups where the intervals of the first two overlap: no winner to be sure of */
    int ran;   /* of them by the fastest */
    double ops_per_s; /* geometric mean of the fastest's rate; NaN without rates */
    int rival_count;
    struct dlb_rival *rivals; /* fastest first; owned */
};
enum dlb_status dlb_ranking_contest(const struct dlb_ranking *ranking, const char *dtype,
                                    struct dlb_contest *contest);
void dlb_contest_free(struct dlb_contest *contest);

#endif
