/* procfs.h: reads the small files of /proc and /sys, below a root that tests point at a recording.
 *
 * A file that is not there or not readable is an answer (false, 0), never an error: most machines lack some of them. */
#ifndef DLB_PROCFS_H
#define DLB_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/base/compiler.h"

#define DLB_PATH_SIZE 1024

/* The file `root` + formatted path into `buffer`, cut to fit, without white space at its end. */
bool dlb_proc_read(const char *root, char *buffer, size_t size, const char *format, ...)
    DLB_PRINTF(4, 5);

/* The whole of a file that may be long; to be freed by the caller; NULL when unreadable. */
char *dlb_proc_load(const char *root, const char *path);

/* The whole number at the start of a file. */
bool dlb_proc_read_int(const char *root, int64_t *value, const char *format, ...) DLB_PRINTF(3, 4);

/* Whether the path exists. */
bool dlb_proc_exists(const char *root, const char *path);

/* What follows `key` at the start of a line, past blanks and one of ":" "=": "MemTotal:  12 kB" -> "12 kB\n...". NULL when
 * no line starts with this very word. */
const char *dlb_proc_field(const char *text, const char *key);

/* "0-3,8" into at most `capacity` ascending numbers; the count. Stops at the first character that does not fit. */
int dlb_proc_parse_list(const char *text, int *numbers, int capacity);

#endif
