/* history_sample.h: runs for the tests of the history: the made-up run of store_sample.h under many names, days and speeds. */
#ifndef DLB_HISTORY_SAMPLE_H
#define DLB_HISTORY_SAMPLE_H

#include "bench/store/history.h"

/* The sample run as run number `number` (0..98): run_id "run-07", a day of 2026 each, revision "0000007". Release with dlb_result_free. */
void sample_run(int number, struct dlb_result *result);

/* Multiplies the times of all records on a device. */
void sample_slow(struct dlb_result *result, const char *device, double factor);

/* Opens for adding; a failure fails the test. */
struct dlb_history *must_open_history(const char *path);
void must_add(struct dlb_history *history, const struct dlb_result *result,
              enum dlb_history_outcome wanted);

/* Opens, adds run `number`, closes. The second kind is for child processes: it says on stderr what went wrong. */
void must_add_run(const char *path, int number);
bool try_add_run(const char *path, int number);

/* The first cell of the answer as a number; the test fails on anything else. */
int64_t ask_number(const char *path, const char *sql);

/* "a|b" of the first row; "" for no row. */
void ask_text(const char *path, const char *sql, char *buffer, size_t size);

#endif
