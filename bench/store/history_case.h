/* history_case.h: the rows of one case. Between history_index.c and history_case.c. */
#ifndef DLB_HISTORY_CASE_H
#define DLB_HISTORY_CASE_H

#include <jansson.h>

#include "bench/store/history_database.h"
#include "bench/store/result.h"

/* What all rows of a run refer to. */
struct dlb_indexed_run {
    struct dlb_history *history;
    const struct dlb_result *result;
    const char *host; /* its id */
};

/* A member as text (NULL: none, or no text), as the value of its kind (null: none, or neither number nor text); a text where an empty one
 * means that there is none. */
const char *dlb_member_text(const json_t *object, const char *name);
struct dlb_value dlb_value_member(const json_t *object, const char *name);
struct dlb_value dlb_value_non_empty(const char *text);

/* `key_hash` of the bench of a key: the hash of the key. Where the definition of a workload has changed since, its version stands behind it:
 * another thing to measure under the same name. */
enum dlb_status dlb_index_hash(const struct dlb_indexed_run *run, const char *key,
                               const char *version, char *hash, size_t size, struct dlb_why *why);

/* The driver of a device, or where there is none the library that ran it: what changes under a device of the same name. */
const char *dlb_index_driver(const struct dlb_result *result, const char *key);

/* Rows where they are missing. */
enum dlb_status dlb_index_device(const struct dlb_indexed_run *run, const char *key,
                                 struct dlb_why *why);
enum dlb_status dlb_index_bench(const struct dlb_indexed_run *run, const struct dlb_record *record,
                                const char *hash, struct dlb_why *why);

/* All of a record: device, bench, result, invocations. */
enum dlb_status dlb_index_record(const struct dlb_indexed_run *run, const struct dlb_record *record,
                                 struct dlb_why *why);

#endif
