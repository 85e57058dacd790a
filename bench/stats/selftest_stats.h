/* selftest_stats.h: simulates the rules and holds their error rates against the targets. */
#ifndef DLB_SELFTEST_STATS_H
#define DLB_SELFTEST_STATS_H

#include <stdbool.h>
#include <stdint.h>

/* One assertion of the table of targets, simulated. */
struct dlb_stats_check {
    char name[96];
    double measured, target, limit;
    bool at_least; /* measured must be >= limit, else <= limit */
    bool ok;
};

/* Stop-rule coverage of the nominal 95 % interval: iid, spikes, bimodal, AR(1) rho 0.5 and 0.8. `trials` per row (3000).
 * Fills up to `capacity` rows and returns how many. Seeded, deterministic. */
int dlb_stats_check_stop_rule(int64_t trials, uint64_t seed, struct dlb_stats_check *checks,
                              int capacity);

#endif
