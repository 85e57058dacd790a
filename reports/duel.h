/* duel.h: two devices over the groups of a class: by how much, from problem to problem, and how sure. Pure. */
#ifndef DLB_DUEL_H
#define DLB_DUEL_H

#include "reports/ranking.h"

struct dlb_duel {
    int both;           /* groups that both have, ranked */
    double least, most; /* of the ratios other's time / own time; NaN for none */
    int ahead, behind;  /* the intervals do not touch */
    int open;           /* they do, or there is none */
};
struct dlb_duel dlb_duel_of(const struct dlb_ranking *ranking, int class, int device, int other);

#endif
