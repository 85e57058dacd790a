/* store_sample.h: a small made-up run with every kind of outcome, for the tests of store and reports. */
#ifndef DLB_STORE_SAMPLE_H
#define DLB_STORE_SAMPLE_H

#include "bench/store/result.h"
#include "bench/store/roofs.h"

/* A record of `invocations` processes around `median_ns`; ok, measured, summarised. "workload:params@device". */
void sample_record(struct dlb_record *record, const char *problem, const char *label,
                   const char *device, double median_ns, int invocations);

/* An invocation of n samples around `median_ns`, drawn from `seed`. */
void sample_invocation(struct dlb_invocation *invocation, int index, int64_t n, double median_ns,
                       uint64_t seed);

/* Three devices and an absent one; ok, noisy, single, unsupported, skipped, crashed, wrong and modelled records. The same at
 * every call. Release with dlb_result_free. */
void sample_result(struct dlb_result *result);

/* Gives a record of sample_record what stands beside its times: counters, energy of each process by RAPL, a price, its roof. `joules`: of one
 * execution. */
void sample_beside(struct dlb_record *record, double joules);

/* Roofs of a device with 2 threads: f32, bf16 and s8, L1 to memory of 96 KiB, 4 MiB, 32 MiB and 4 GiB, and what is no ceiling. Release with
 * dlb_roofs_free. */
void sample_roofs(struct dlb_roofs *roofs, const char *device);

/* sample_result with all that beside onednn:0, bounds and no energy on the others, and the roofs in its devices. */
void sample_full_result(struct dlb_result *result);

/* A private folder under TMPDIR or /tmp; removed with all in it by sample_remove_folder. */
void sample_make_folder(char *folder, size_t size);
void sample_remove_folder(const char *folder);

#endif
