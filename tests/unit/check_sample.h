/* check_sample.h: a small made-up check with every kind of verdict, for the tests of store and reports. */
#ifndef DLB_CHECK_SAMPLE_H
#define DLB_CHECK_SAMPLE_H

#include "bench/store/result.h"

/* A row as the paired rule leaves it: `effect` around 2 ms, intervals and pairs to match. Release with dlb_verdict_free. */
void sample_verdict(struct dlb_verdict_row *row, const char *problem, enum dlb_verdict verdict,
                    double effect);

/* Every verdict once, regressed twice; exit code 3, as a case failed. The same at every call. Release with dlb_result_free. */
void sample_check(struct dlb_result *result);

/* The same, with the i-th of the hostile texts (0.. below SAMPLE_HOSTILE) as label, reason, name of the suite, program and processor.
 * Keys stay unique. Returns the text. */
#define SAMPLE_HOSTILE 14
const char *sample_hostile(int i);
void sample_check_hostile(struct dlb_result *result, int i);

#endif
