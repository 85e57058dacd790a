/* result_join.h: several results as one, so that reports and plots of many files need to know of one result only.
 *
 * Devices are told apart by the label of their file: "old/onednn:0". What the files say of themselves (label, run, time, suite, tool, host)
 * goes into `x_files` of the joined result; where all agree it also stands in its usual place. */
#ifndef DLB_RESULT_JOIN_H
#define DLB_RESULT_JOIN_H

#include "bench/store/result.h"

#define DLB_LABEL_SIZE                                                                             \
    32 /* of a label in a device's name; longer ones are cut, equal ones numbered */

/* Moves records, verdicts and devices of the parts into `joined`, which the caller frees; the parts stay to be freed, too. A single part moves as it is.
 * DLB_NO_MEMORY leaves nothing in `joined`. */
enum dlb_status dlb_result_join(struct dlb_result *parts, const char *const *labels, int count,
                                struct dlb_result *joined, struct dlb_why *why);

/* The array of what the files say of themselves; NULL in a result that was not joined. Borrowed. */
json_t *dlb_result_files(const struct dlb_result *result);

#endif
