/* selftest_aa_report.h: what `selftest aa` has measured, and telling it. Between the two files of that selftest only. */
#ifndef DLB_SELFTEST_AA_REPORT_H
#define DLB_SELFTEST_AA_REPORT_H

#include "bench/cli/selftest_aa.h"

#define DLB_AA_ADVICE 4 /* sentences at most */

/* One case over all repetitions. */
struct dlb_aa_case {
    char label[128], device[68];
    int count; /* repetitions in which it was judged */
    double *sd, *mde;
    double largest; /* change that was seen, of either sign */
    int flagged, inconclusive;
    int processes, rejected;
};

struct dlb_aa {
    struct dlb_cli *cli;
    const struct dlb_selftest_aa *wanted;
    int64_t case_count;
    struct dlb_aa_case *cases;
    int checks, flagged_checks;
    double rated, tolerance; /* suggested; NaN: nothing helps */
    int beyond;              /* cases that even so cannot be judged */
    int advice_count;
    char advice[DLB_AA_ADVICE][512];
};

/* Fills rated, tolerance, beyond and the advice from the cases. */
void dlb_aa_advise(struct dlb_aa *aa);
void dlb_aa_print(const struct dlb_aa *aa, const struct dlb_screen *screen);
json_t *dlb_aa_json(const struct dlb_aa *aa); /* the caller's */

#endif
