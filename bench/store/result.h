/* result.h: a whole run: tool, host, devices, records; and its file.
 *
 * Files are written to a temporary name in the same folder, fsynced and renamed, so that a reader never sees half a file
 * and a failure leaves the old one intact. While a run goes on, each finished invocation is also appended to a journal
 * beside the file (NAME.journal, JSON lines); reading the file picks the journal up, and finishing removes it. */
#ifndef DLB_RESULT_H
#define DLB_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "bench/store/record.h"
#include "bench/store/verdict.h"

#define DLB_RESULT_SCHEMA "dlbench-result/1"

struct dlb_result {
    char run_id[40], created_utc[24], suite[64];
    json_t *tool, *host, *command, *settings; /* objects (command: array of strings) */
    json_t *devices; /* array of objects: key, kind, backend, name, status, reason, ... */
    uint64_t seed;
    double duration_s;
    int exit_code;
    char reason[DLB_WHY_SIZE];
    bool complete;
    int record_count, record_capacity;
    struct dlb_record *records;
    int verdict_count, verdict_capacity; /* of a check; 0 in other files */
    struct dlb_verdict_row *verdicts;
    json_t *
        check; /* of a check: object of rule, sides (a, b: program, version, ...), budget; NULL in other files */
    json_t *unknown;
};

void dlb_result_init(struct dlb_result *result); /* makes run_id and created_utc */
void dlb_result_free(struct dlb_result *result);
enum dlb_status dlb_result_add(struct dlb_result *result,
                               struct dlb_record *record); /* takes over */
enum dlb_status dlb_result_add_verdict(struct dlb_result *result,
                                       struct dlb_verdict_row *row); /* takes over */

/* The device of this key; NULL when the result does not tell it. Borrowed. */
json_t *dlb_result_device(const struct dlb_result *result, const char *key);

json_t *dlb_result_to_json(const struct dlb_result *result);
enum dlb_status dlb_result_from_json(const json_t *json, struct dlb_result *result,
                                     struct dlb_why *why);

/* Writes the document to a stream: one header field a line, one record a line, so that it can be searched and compared
 * line by line. DLB_IO when the stream fails; `why` stays empty when the reader has gone (EPIPE). */
enum dlb_status dlb_result_write(const struct dlb_result *result, FILE *stream,
                                 struct dlb_why *why);

/* Files. Problems: DLB_IO for what cannot be opened, read or written (says path and errno), DLB_INVALID for content
 * (says path, line, column or field): empty, truncated, not JSON, other schema, newer major, too deep, too large
 * (2 GiB), invalid UTF-8, duplicate keys. A newer minor is read with a warning. */
enum dlb_status dlb_result_save(const struct dlb_result *result, const char *path,
                                struct dlb_why *why);
enum dlb_status dlb_result_load(const char *path, struct dlb_result *result, struct dlb_why *why);

/* Any text or JSON, atomically. A symbolic link is followed and its target replaced; a folder or FIFO is refused. */
enum dlb_status dlb_file_replace(const char *path, const char *bytes, size_t count,
                                 struct dlb_why *why);

/* The journal. Locking it is the right to write results at `result_path`, so it comes before anything is written there;
 * DLB_IO: another dlbench has it. It changes nothing that is there. */
struct dlb_journal;
enum dlb_status dlb_journal_lock(const char *result_path, struct dlb_journal **journal,
                                 struct dlb_why *why);
/* Before the first append. What an earlier process of the same run left is continued, without its torn last line; the
 * journal of another run is renamed to NAME.journal.old, never lost. */
enum dlb_status dlb_journal_begin(struct dlb_journal *journal, const char *run_id,
                                  struct dlb_why *why);
/* Empties it: the result file has been saved with all that it held. */
enum dlb_status dlb_journal_restart(struct dlb_journal *journal, const char *run_id,
                                    struct dlb_why *why);
/* Appends one record that holds only its newest invocations (or its final status), and flushes. */
enum dlb_status dlb_journal_append(struct dlb_journal *journal, const struct dlb_record *record,
                                   struct dlb_why *why);
/* The same for a verdict row, whole, with all pairs so far: a later line of the same key stands in for an earlier one, and for
 * what the result file holds. So a check appends a row after each pair; what a killed check leaves is read back with the
 * verdicts as they were then. */
enum dlb_status dlb_journal_append_verdict(struct dlb_journal *journal,
                                           const struct dlb_verdict_row *row, struct dlb_why *why);
/* Gives the lock back. A journal without a record is removed in any case. */
void dlb_journal_close(struct dlb_journal *journal, bool remove);

/* The JSON Schema of result files; static text, made from result.schema.json. */
extern const char dlb_result_schema_text[];

#endif
