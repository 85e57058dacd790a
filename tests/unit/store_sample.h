/* store_sample.h: a small made-up run with every kind of outcome, for the tests of store and reports. */
#ifndef DLB_STORE_SAMPLE_H
#define DLB_STORE_SAMPLE_H

#include "bench/store/result.h"

/* A record of `invocations` processes around `median_ns`; ok, measured, summarised. "workload:params@device". */
void sample_record(struct dlb_record *record, const char *problem, const char *label,
                   const char *device, double median_ns, int invocations);

/* An invocation of n samples around `median_ns`, drawn from `seed`. */
void sample_invocation(struct dlb_invocation *invocation, int index, int64_t n, double median_ns,
                       uint64_t seed);

/* Three devices and an absent one; ok, noisy, single, unsupported, skipped, crashed, wrong and modelled records. The same at
 * every call. Release with dlb_result_free. */
void sample_result(struct dlb_result *result);

/* A private folder under TMPDIR or /tmp; removed with all in it by sample_remove_folder. */
void sample_make_folder(char *folder, size_t size);
void sample_remove_folder(const char *folder);

#endif
