/* result_file.c: result files on the disk: what is refused, and in which words.
 *
 * Every reason is one line that begins with the path. Writing is atomic (replace.c); reading takes up the journal that a
 * run which did not end left behind (journal.c). */
#include "bench/store/result_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/log.h"
#include "bench/store/replace.h"

#define MAX_FILE_BYTES                                                                             \
    INT32_MAX /* 2 GiB: more is a mistake, and would not fit in memory as a tree */

static enum dlb_status read_all(int fd, const char *path, size_t size, char *bytes,
                                struct dlb_why *why)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t count = read(fd, bytes + done, size - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return dlb_fail(why, DLB_IO, "cannot read %s: %s", path, strerror(errno));
        if (count == 0)
            return dlb_fail(why, DLB_IO, "cannot read %s: it became shorter meanwhile", path);
        done += (size_t)count;
    }
    bytes[size] = '\0';
    return DLB_OK;
}

/* Size of a file that can be read whole. */
static enum dlb_status check_file(int fd, const char *path, size_t *size, struct dlb_why *why)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return dlb_fail(why, DLB_IO, "cannot read %s: %s", path, strerror(errno));
    const char *oddity = dlb_path_oddity(info.st_mode);
    if (oddity != NULL)
        return dlb_fail(why, DLB_IO, "cannot read %s: it is %s; wanted a file", path, oddity);
    if (info.st_size > MAX_FILE_BYTES)
        return dlb_fail(why, DLB_INVALID, "%s: %lld bytes are more than the 2 GiB that can be read",
                        path, (long long)info.st_size);
    *size = (size_t)info.st_size;
    return DLB_OK;
}

enum dlb_status dlb_file_read(const char *path, char **bytes, size_t *size, struct dlb_why *why)
{
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return dlb_fail(why, DLB_IO, "cannot read %s: %s", path, strerror(errno));
    char *buffer = NULL;
    size_t length = 0;
    enum dlb_status status = check_file(fd, path, &length, why);
    if (status == DLB_OK && (buffer = malloc(length + 1)) == NULL)
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for the %zu bytes of %s", length, path);
    if (status == DLB_OK)
        status = read_all(fd, path, length, buffer, why);
    close(fd);
    if (status != DLB_OK) {
        free(buffer);
        return status;
    }
    *bytes = buffer;
    *size = length;
    return DLB_OK;
}

static enum dlb_status not_json(const char *path, const json_error_t *error, struct dlb_why *why)
{
    const bool early = json_error_code(error) == json_error_premature_end_of_input ||
                       strstr(error->text, "near end of file") != NULL;
    const char *more = "";
    if (early)
        more = "; the file ends too early: an incomplete copy?";
    else if (json_error_code(error) == json_error_stack_overflow)
        more = "; at most 64 levels are read";
    return dlb_fail(why, DLB_INVALID, "%s: line %d, column %d: %s%s", path, error->line,
                    error->column, error->text, more);
}

static enum dlb_status parse(const char *path, const char *bytes, size_t size, json_t **document,
                             struct dlb_why *why)
{
    static const char bom[] = "\xEF\xBB\xBF";
    if (size == 0)
        return dlb_fail(why, DLB_INVALID, "%s: the file is empty; wanted a result file", path);
    if (size >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0))
        return dlb_fail(why, DLB_INVALID, "%s: the file is UTF-16; wanted UTF-8", path);
    if (size >= 3 && memcmp(bytes, bom, 3) == 0) {
        bytes += 3;
        size -= 3;
    }
    json_error_t error;
    *document = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error);
    return *document != NULL ? DLB_OK : not_json(path, &error, why);
}

enum dlb_status dlb_document_read(const char *path, json_t **document, struct dlb_why *why)
{
    char *bytes = NULL;
    size_t size = 0;
    enum dlb_status status = dlb_file_read(path, &bytes, &size, why);
    if (status == DLB_OK)
        status = parse(path, bytes, size, document, why);
    free(bytes);
    return status;
}

/* The run was killed before its file was first written: the journal is all there is. */
static enum dlb_status load_journal_only(const char *path, struct dlb_result *result,
                                         struct dlb_why *why)
{
    struct dlb_result found;
    struct dlb_why ignored;
    bool journal = false;
    dlb_result_init(&found);
    const enum dlb_status status = dlb_journal_merge(path, true, &found, &journal, &ignored);
    if (status != DLB_OK || !journal) {
        dlb_result_free(&found);
        return dlb_fail(why, DLB_IO, "cannot read %s: %s", path, strerror(ENOENT));
    }
    snprintf(found.reason, sizeof found.reason,
             "recovered from the journal of a run that ended early");
    dlb_log(DLB_LOG_WARNING, "%s is missing; its journal is read instead", path);
    *result = found;
    return DLB_OK;
}

static enum dlb_status load_document(const char *path, const char *bytes, size_t size,
                                     struct dlb_result *result, struct dlb_why *why)
{
    json_t *document = NULL;
    struct dlb_why inner = {""};
    enum dlb_status status = parse(path, bytes, size, &document, why);
    if (status != DLB_OK)
        return status;
    status = dlb_result_from_json(document, result, &inner);
    json_decref(document);
    if (status == DLB_NO_MEMORY)
        return dlb_fail(why, status, "no memory for the results of %s", path);
    return status == DLB_OK ? DLB_OK : dlb_fail(why, status, "%s: %s", path, inner.text);
}

static enum dlb_status load_file(const char *path, struct dlb_result *result, struct dlb_why *why)
{
    char *bytes = NULL;
    size_t size = 0;
    enum dlb_status status = dlb_file_read(path, &bytes, &size, why);
    if (status == DLB_OK && !dlb_result_from_lines(bytes, size, result))
        status = load_document(path, bytes, size, result, why);
    free(bytes);
    return status;
}

enum dlb_status dlb_result_load(const char *path, struct dlb_result *result, struct dlb_why *why)
{
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return load_journal_only(path, result, why);
    struct dlb_result found;
    enum dlb_status status = load_file(path, &found, why);
    if (status != DLB_OK)
        return status;
    bool journal = false;
    status = dlb_journal_merge(path, false, &found, &journal, why);
    if (status != DLB_OK) {
        dlb_result_free(&found);
        return status;
    }
    *result = found;
    return DLB_OK;
}

enum dlb_status dlb_result_save(const struct dlb_result *result, const char *path,
                                struct dlb_why *why)
{
    struct dlb_replacement replacement;
    struct dlb_why inner = {""};
    enum dlb_status status = dlb_replace_begin(path, &replacement, why);
    if (status != DLB_OK)
        return status;
    status = dlb_result_write(result, replacement.stream, &inner);
    if (status == DLB_OK)
        return dlb_replace_commit(&replacement, why);
    dlb_replace_abort(&replacement);
    return dlb_fail(why, status, "%s: %s", path, inner.text);
}
