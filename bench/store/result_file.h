/* result_file.h: reading files whole, for the files of this folder. Statuses as in result.h. */
#ifndef DLB_RESULT_FILE_H
#define DLB_RESULT_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/base/status.h"
#include "bench/store/result.h"

/* The bytes of a regular file, with a NUL behind them; the caller frees them. Does not wait at a FIFO. */
enum dlb_status dlb_file_read(const char *path, char **bytes, size_t *size, struct dlb_why *why);

/* One JSON document; the caller owns it. */
enum dlb_status dlb_document_read(const char *path, json_t **document, struct dlb_why *why);

/* Adds the next record of "results"; `seen`, an object, knows the keys so far. */
enum dlb_status dlb_result_read_record(const json_t *json, json_t *seen, struct dlb_result *result,
                                       struct dlb_why *why);

/* The text of a result file as dlbench writes it. False, and *result untouched, for any other: read it as a document, which tells what is wrong
 * with it, if anything is. */
bool dlb_result_from_lines(const char *bytes, size_t size, struct dlb_result *result);

/* Adds to a result what the journal beside its file holds and the file does not (see journal.c). *found tells whether there
 * was one of the same run; with `any_run` the result takes the journal's run over. A missing journal is DLB_OK; a torn or bad line is left out with a warning. */
enum dlb_status dlb_journal_merge(const char *result_path, bool any_run, struct dlb_result *result,
                                  bool *found, struct dlb_why *why);

#endif
