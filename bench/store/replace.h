/* replace.h: a file that is written beside its name and takes its place when it is whole. */
#ifndef DLB_REPLACE_H
#define DLB_REPLACE_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/base/status.h"

#define DLB_PATH_SIZE 4096

struct dlb_replacement {
    FILE *stream;               /* write here */
    char target[DLB_PATH_SIZE]; /* what is replaced: the path with symbolic links followed */
    char temporary[DLB_PATH_SIZE];
    bool
        direct; /* a character device (/dev/null) or an open descriptor (/dev/stdout): written to as it is */
};

/* Pairs: a successful begin is ended by commit or abort. All problems are DLB_IO with path and cause; then, and after an
 * abort, the old file is as it was and nothing is left beside it. */
enum dlb_status dlb_replace_begin(const char *path, struct dlb_replacement *replacement,
                                  struct dlb_why *why);
enum dlb_status dlb_replace_commit(struct dlb_replacement *replacement, struct dlb_why *why);
void dlb_replace_abort(struct dlb_replacement *replacement);

/* The folder part of a path, "." where it has none. False when it does not fit. */
bool dlb_path_folder(const char *path, char *folder, size_t size);

/* Are both the same file, by whatever names? False when one of them is not there, or NULL. */
bool dlb_path_same(const char *a, const char *b);

/* What kind of file it is when it is no regular one: "a folder", "a FIFO", ...; NULL for a regular file. */
const char *dlb_path_oddity(unsigned mode);

#endif
