/* duel.c: see duel.h. */
#include "reports/duel.h"

#include <math.h>

struct dlb_duel dlb_duel_of(const struct dlb_ranking *ranking, int class, int device, int other)
{
    struct dlb_duel duel = {.least = NAN, .most = NAN};
    for (int i = 0; i < ranking->group_count; i++) {
        const struct dlb_group *group = &ranking->groups[i];
        if (group->class != class)
            continue;
        const struct dlb_record *mine = dlb_ranking_entry(ranking, group, device);
        const struct dlb_record *theirs = dlb_ranking_entry(ranking, group, other);
        if (mine == NULL || theirs == NULL)
            continue;
        const double ratio = theirs->summary.median_ns / mine->summary.median_ns;
        duel.both++;
        duel.least = fmin(duel.least, ratio); /* NaN: the other one */
        duel.most = fmax(duel.most, ratio);
        if (mine->summary.ci_hi_ns < theirs->summary.ci_lo_ns)
            duel.ahead++;
        else if (mine->summary.ci_lo_ns > theirs->summary.ci_hi_ns)
            duel.behind++;
        else
            duel.open++;
    }
    return duel;
}
