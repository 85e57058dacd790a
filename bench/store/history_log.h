/* history_log.h: the log of a history: JSON documents, one a line, appended and never changed. For the files of this folder. */
#ifndef DLB_HISTORY_LOG_H
#define DLB_HISTORY_LOG_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/base/status.h"
#include "bench/store/replace.h"

enum dlb_log_access { DLB_LOG_READ, DLB_LOG_APPEND };

struct dlb_history_log {
    int fd;       /* -1: there is no log */
    int64_t size; /* of the whole lines; what follows is a line that a killed writer left torn */
    char path[DLB_PATH_SIZE];
};

/* "h.jsonl" beside "h.db"; without that ending ".jsonl" is added. */
enum dlb_status dlb_history_log_path(const char *database, char path[DLB_PATH_SIZE],
                                     struct dlb_why *why);

/* Opens and locks: shared for reading (a log that is missing is DLB_OK with fd -1), alone for appending (the file is made; a torn
 * end is cut off). Waits up to ten seconds for another writer. The lock is held until the log is closed. */
enum dlb_status dlb_history_log_open(const char *database, enum dlb_log_access access,
                                     struct dlb_history_log *log, struct dlb_why *why);
void dlb_history_log_close(struct dlb_history_log *log);

/* Why a stream did not take what was written to it, from errno: DLB_IO, with an empty reason when the reader has gone (EPIPE). */
enum dlb_status dlb_history_stream_fail(struct dlb_why *why);

/* Writes all whole lines to a stream. */
enum dlb_status dlb_history_log_copy(const struct dlb_history_log *log, FILE *stream,
                                     struct dlb_why *why);

/* Appends a line, whole or not at all, and brings it to the disk. */
enum dlb_status dlb_history_log_append(struct dlb_history_log *log, const json_t *document,
                                       struct dlb_why *why);

/* The line that ends with the newline before `end` begins at *begin; DLB_IO when the disk fails. end > 0. */
enum dlb_status dlb_history_log_begin(const struct dlb_history_log *log, int64_t end,
                                      int64_t *begin, struct dlb_why *why);

/* Behind the newline of the line that begins at `begin`. */
enum dlb_status dlb_history_log_end(const struct dlb_history_log *log, int64_t begin, int64_t *end,
                                    struct dlb_why *why);

/* The document of a line; the caller owns it. DLB_INVALID: no JSON object; says where. */
enum dlb_status dlb_history_log_line(const struct dlb_history_log *log, int64_t begin, int64_t end,
                                     json_t **document, struct dlb_why *why);

#endif
