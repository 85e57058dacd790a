/* suite_file.c: finds the folder of shipped suites, lists it, and reads one file as a whole. */
#include "bench/suites/suite_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/text.h"
#include "bench/suites/suite.h"

#define SUFFIX    ".suite"
#define MAX_BYTES (64 << 20)
#define SHOWN     200 /* bytes of a path that a reason quotes */
#define LISTED    350 /* bytes of names that it has room for beside its words */

static bool has_suffix(const char *name)
{
    const size_t length = strlen(name);
    return length > strlen(SUFFIX) && strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static bool is_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* The folder of the running program into `buffer`; false when it cannot be told. */
static bool program_folder(char *buffer, size_t size)
{
    const ssize_t length = readlink("/proc/self/exe", buffer, size - 1);
    if (length <= 0) {
        return false;
    }
    buffer[length] = '\0';
    char *const slash = strrchr(buffer, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return true;
}

enum dlb_status dlb_suite_folder(char *buffer, size_t size, struct dlb_why *why)
{
    static const char *const places[] = {"share/dlbench/suites", "../share/dlbench/suites"};
    const char *const given = getenv("DLBENCH_SUITES");
    if (given != NULL && given[0] != '\0') {
        if (!is_folder(given) || strlen(given) >= size) {
            return dlb_fail(why, DLB_IO, "DLBENCH_SUITES must name a folder, found '%.*s'", SHOWN,
                            given);
        }
        (void)snprintf(buffer, size, "%s", given);
        return DLB_OK;
    }
    char program[DLB_SUITE_PATH_SIZE];
    if (!program_folder(program, sizeof program)) {
        return dlb_fail(why, DLB_IO,
                        "the program's own folder cannot be told (no /proc?); set DLBENCH_SUITES");
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(places); i++) {
        char path[DLB_SUITE_PATH_SIZE + 64];
        const int length = snprintf(path, sizeof path, "%s/%s", program, places[i]);
        if (is_folder(path) && (size_t)length < size) {
            (void)snprintf(buffer, size, "%s", path);
            return DLB_OK;
        }
    }
    return dlb_fail(why, DLB_IO,
                    "no suites beside the program: neither %s nor %s in '%.*s'; set "
                    "DLBENCH_SUITES",
                    places[0], places[1], SHOWN, program);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Room for one more name; grows by doubling. */
static bool grow_names(char (**names)[64], int count, int *capacity)
{
    if (count < *capacity) {
        return true;
    }
    const int wanted = *capacity > 0 ? 2 * *capacity : 32;
    char(*const grown)[64] = realloc(*names, (size_t)wanted * sizeof **names);
    if (grown == NULL) {
        return false;
    }
    *names = grown;
    *capacity = wanted;
    return true;
}

enum dlb_status dlb_suite_names(char (**names)[64], int *count, struct dlb_why *why)
{
    char folder[DLB_SUITE_PATH_SIZE];
    enum dlb_status status = dlb_suite_folder(folder, sizeof folder, why);
    if (status != DLB_OK) {
        return status;
    }
    DIR *const list = opendir(folder);
    if (list == NULL) {
        return dlb_fail(why, DLB_IO, "cannot read the folder '%.*s': %s", SHOWN, folder,
                        strerror(errno));
    }
    char(*found)[64] = NULL;
    int found_count = 0, capacity = 0;
    for (const struct dirent *entry; (entry = readdir(list)) != NULL;) {
        if (!has_suffix(entry->d_name) || strlen(entry->d_name) - strlen(SUFFIX) >= sizeof *found) {
            continue;
        }
        if (!grow_names(&found, found_count, &capacity)) {
            status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the names of suites");
            break;
        }
        dlb_suite_name_of(entry->d_name, found[found_count++]);
    }
    (void)closedir(list);
    if (status != DLB_OK) {
        free(found);
        return status;
    }
    if (found_count > 0) {
        qsort(found, (size_t)found_count, sizeof *found, compare_names);
    }
    *names = found;
    *count = found_count;
    return DLB_OK;
}

/* DLB_UNAVAILABLE with the nearest name and as many of the others as a reason has room for. */
static enum dlb_status fail_unknown(const char *name, struct dlb_why *why)
{
    char(*names)[64] = NULL;
    int count = 0;
    const enum dlb_status status = dlb_suite_names(&names, &count, why);
    if (status != DLB_OK) {
        return status;
    }
    const char **const candidates = calloc((size_t)count + 1, sizeof *candidates);
    struct dlb_text list = {0};
    for (int i = 0; i < count; i++) {
        if (list.size < LISTED) {
            dlb_text_format(&list, "%s%s", i > 0 ? " " : "", names[i]);
        }
        if (candidates != NULL) {
            candidates[i] = names[i];
        }
    }
    const char *const nearest = candidates != NULL ? dlb_text_nearest(name, candidates) : NULL;
    (void)dlb_fail(why, DLB_UNAVAILABLE,
                   "no suite '%.40s'%s%s%s; give a file (./NAME.suite) or one of the %d: %s%s",
                   name, nearest != NULL ? " (did you mean '" : "", nearest != NULL ? nearest : "",
                   nearest != NULL ? "'?)" : "", count, list.data != NULL ? list.data : "",
                   list.size < LISTED ? "" : " ...");
    dlb_text_free(&list);
    free(candidates);
    free(names);
    return DLB_UNAVAILABLE;
}

enum dlb_status dlb_suite_resolve(const char *name, char *path, size_t size, struct dlb_why *why)
{
    if (strchr(name, '/') != NULL || has_suffix(name)) {
        if (strlen(name) >= size) {
            return dlb_fail(why, DLB_IO, "a path has at most %zu bytes, found '%.60s...'", size - 1,
                            name);
        }
        (void)snprintf(path, size, "%s", name);
        return DLB_OK;
    }
    char folder[DLB_SUITE_PATH_SIZE];
    const enum dlb_status status = dlb_suite_folder(folder, sizeof folder, why);
    if (status != DLB_OK) {
        return status;
    }
    char full[2 * DLB_SUITE_PATH_SIZE];
    const int length = snprintf(full, sizeof full, "%s/%s%s", folder, name, SUFFIX);
    if (name[0] == '\0' || (size_t)length >= size || access(full, F_OK) != 0) {
        return fail_unknown(name, why);
    }
    (void)snprintf(path, size, "%s", full);
    return DLB_OK;
}

/* `bytes` bytes of an open file; fewer are a failure of the read. */
static enum dlb_status read_all(FILE *file, const char *path, size_t bytes, char **content,
                                struct dlb_why *why)
{
    char *const text = malloc(bytes + 1);
    if (text == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory to read '%.*s'", SHOWN, path);
    }
    if (fread(text, 1, bytes, file) != bytes) {
        free(text);
        return dlb_fail(why, DLB_IO, "cannot read '%.*s': %s", SHOWN, path,
                        ferror(file) ? strerror(errno) : "it became shorter meanwhile");
    }
    if (memchr(text, '\0', bytes) != NULL) {
        free(text);
        return dlb_fail(why, DLB_INVALID,
                        "'%.*s' has NUL bytes: a suite is UTF-8 text (not UTF-16, not a program)",
                        SHOWN, path);
    }
    text[bytes] = '\0';
    *content = text;
    return DLB_OK;
}

enum dlb_status dlb_suite_read(const char *path, char **content, struct dlb_why *why)
{
    struct stat found;
    if (stat(path, &found) != 0) {
        return dlb_fail(why, DLB_IO, "cannot open the suite '%.*s': %s", SHOWN, path,
                        strerror(errno));
    }
    if (!S_ISREG(found.st_mode)) { /* opening a FIFO would wait for its writer */
        return dlb_fail(why, DLB_IO, "a suite must be a regular file, '%.*s' is %s", SHOWN, path,
                        S_ISDIR(found.st_mode) ? "a folder" : "something else");
    }
    if (found.st_size == 0 || found.st_size > MAX_BYTES) {
        return dlb_fail(why, DLB_INVALID, "the suite '%.*s' %s", SHOWN, path,
                        found.st_size == 0 ? "is empty" : "is larger than 64 MiB");
    }
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        return dlb_fail(why, DLB_IO, "cannot open the suite '%.*s': %s", SHOWN, path,
                        strerror(errno));
    }
    const enum dlb_status status = read_all(file, path, (size_t)found.st_size, content, why);
    (void)fclose(file);
    return status;
}

void dlb_suite_name_of(const char *path, char name[64])
{
    const char *const slash = strrchr(path, '/');
    const char *const base = slash != NULL ? slash + 1 : path;
    const size_t length = strlen(base) - (has_suffix(base) ? strlen(SUFFIX) : 0);
    (void)snprintf(name, 64, "%.*s", (int)(length < 63 ? length : 63), base);
}
