/* selftest_aa.h: `dlbench selftest aa`: this program against itself, on this machine: how often is chance called a change, and how
 * small a change can be seen here? */
#ifndef DLB_SELFTEST_AA_H
#define DLB_SELFTEST_AA_H

#include "bench/cli/command.h"

struct dlb_selftest_aa {
    struct dlb_texts devices, workloads; /* as those of check */
    const char *suite;                   /* NULL: that of check */
    int64_t repeat, pairs;
    bool json;
};

/* Returns the exit code: 3 when equal programs were called different, which the rule promises not to do. */
int dlb_selftest_aa(struct dlb_cli *cli, const struct dlb_selftest_aa *wanted);

#endif
