/* suite_file.h: where suite files are and how one is read as a whole; private to bench/suites. */
#ifndef DLB_SUITE_FILE_H
#define DLB_SUITE_FILE_H

#include <stddef.h>

#include "bench/base/status.h"

#define DLB_SUITE_PATH_SIZE 4096

/* The path of a shipped suite's name, or the path itself (see dlb_suite_load). */
enum dlb_status dlb_suite_resolve(const char *name, char *path, size_t size, struct dlb_why *why);

/* The file as one NUL-terminated text, to be released with free(). DLB_IO for what is no readable
 * regular file, DLB_INVALID for an empty one, one above 64 MiB or one with NUL bytes. */
enum dlb_status dlb_suite_read(const char *path, char **content, struct dlb_why *why);

/* "a/b/quick.suite" gives "quick", cut to fit. */
void dlb_suite_name_of(const char *path, char name[64]);

#endif
