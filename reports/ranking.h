/* ranking.h: which records stand beside which, and who is fastest. Pure: nothing is printed here.
 *
 * Comparable are records of one problem (which includes the type) in the same circumstances: timing mode, cache state, data,
 * and the number of threads where a device ran with several. The devices compete. Only measured times are ranked: simulated,
 * modelled, compiled, published and emulated ones, and those stretched by --slowdown, stand below, marked. */
#ifndef DLB_RANKING_H
#define DLB_RANKING_H

#include <stdbool.h>

#include "bench/store/result.h"

/* What is ranked together, and never mixed: a type in equal circumstances. The texts are borrowed from records. */
struct dlb_class {
    const char *dtype, *mode, *cache_state, *data;
    int threads; /* 0: no device ran with several counts */
};

struct dlb_row {
    const struct dlb_record *record;
    int device;    /* index into the devices of the ranking */
    bool measured; /* the evidence */
    bool ranked;
    /* Fastest ranked time of the group / own time; where nothing is ranked, the fastest of the same evidence, among several. NaN when
     * there is none, when emulated, and when stretched. */
    double relative;
};

struct dlb_group {
    int first, count; /* rows, ranked ones first, the fastest first */
    int ranked;       /* how many of them are */
    int class;        /* index into the classes; -1: nothing is ranked */
};

/* Records without a time, those of one device, status and reason together. */
struct dlb_note {
    const struct dlb_record *record; /* the first of them */
    char reason[400];                /* all of a longer one is in the file */
    int count;
    bool varies;        /* reasons alike but for their numbers */
    const int *members; /* indices of the records, `count` of them; borrowed from the ranking */
};

struct dlb_ranking {
    int device_count, row_count, group_count, class_count, note_count;
    bool many_threads;    /* a device ran with several counts of threads: they are told apart */
    const char **devices; /* their keys, borrowed from the records */
    struct dlb_class *classes; /* in order of appearance, those of one type together */
    struct dlb_row *rows;
    struct dlb_group *groups; /* in the order of the run */
    struct dlb_note *notes;
    int *members;
};

/* The records stay with `result`, which outlives the ranking. DLB_NO_MEMORY leaves nothing to free. */
enum dlb_status dlb_ranking_make(const struct dlb_result *result, struct dlb_ranking *ranking);
void dlb_ranking_free(struct dlb_ranking *ranking);

/* The ranked record of a device in a group, or NULL. */
const struct dlb_record *dlb_ranking_entry(const struct dlb_ranking *ranking,
                                           const struct dlb_group *group, int device);

/* The cache state that a record was measured in: "not-cold" where cold was asked for and could not be had. */
const char *dlb_ranking_cache(const struct dlb_record *record);

/* How the devices compare over the groups of one class. */
struct dlb_rival {
    int device;
    int both;     /* groups that this one and the fastest both ran */
    double ratio; /* geometric mean of own time / the fastest's over them; NaN for none */
};
struct dlb_contest {
    int fastest;     /* device with most wins, then the better ratio */
    int won, groups; /* of all groups of the class */
    int close; /* groups where the intervals of the first two overlap: no winner to be sure of */
    int ran;   /* of them by the fastest */
    double ops_per_s; /* geometric mean of the fastest's rate; NaN without rates */
    int rival_count;
    struct dlb_rival *rivals; /* fastest first; owned */
};
enum dlb_status dlb_ranking_contest(const struct dlb_ranking *ranking, int class,
                                    struct dlb_contest *contest);
void dlb_contest_free(struct dlb_contest *contest);

#endif
