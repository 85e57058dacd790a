/* baseline_sample.h: runs and baselines with times to the last digit, for the tests of baselines. Release what is made as usual. */
#ifndef DLB_BASELINE_SAMPLE_H
#define DLB_BASELINE_SAMPLE_H

#include "bench/store/baseline.h"

#define BASELINE_GEMM  "gemm:m=512,n=512,k=512,dtype=f32"
#define BASELINE_SMALL "gemm:m=8,n=8,k=8,dtype=f32"

/* Fails unless both agree in nine digits. */
void baseline_near(double found, double wanted);

/* The run of day `number` on a machine, without cases; then a case with processes of these medians. */
void baseline_begin_run(struct dlb_result *result, int number);
void baseline_add_case(struct dlb_result *result, const char *problem, const char *device,
                       const double *times, int count);

/* The same with one process of BASELINE_GEMM and one of BASELINE_SMALL on onednn:0; a time of 0: not that case. */
void baseline_make_run(struct dlb_result *result, int number, double gemm_ns, double small_ns);

/* Adds a run; fails when that fails. */
struct dlb_baseline_added baseline_add(struct dlb_baseline *baseline,
                                       const struct dlb_result *result);

/* So many sessions of both cases: the first alternates between 1000 and 1020 ns, the second between 50 and 50.5. */
void baseline_make(struct dlb_baseline *baseline, int sessions);

#endif
