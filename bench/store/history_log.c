/* history_log.c: the log of a history, which is the truth about it: one JSON document a line.
 *
 * A line goes out in one piece and is fsynced before anyone is told that it is there; if the disk does not take all of it, what it took is
 * cut off again. A writer that is killed leaves at most one line without its newline, and the next writer cuts that off. Locks
 * (flock) keep writers apart; they end with the process, however it ends. */
#include "bench/store/history_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/store/history.h"

#define LOCK_WAIT_NS  INT64_C(10000000000)
#define LOCK_POLL_NS  5000000
#define CHUNK         65536
#define MAX_LINE      INT32_MAX /* as for result files */
#define LINE_SETTINGS (JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(17))

enum dlb_status dlb_history_log_path(const char *database, char path[DLB_PATH_SIZE],
                                     struct dlb_why *why)
{
    const size_t length = strlen(database);
    const bool ends = length > 3 && strcmp(database + length - 3, ".db") == 0;
    const int stem = (int)(ends ? length - 3 : length);
    const int written = snprintf(path, DLB_PATH_SIZE, "%.*s.jsonl", stem, database);
    if (written < 0 || written >= DLB_PATH_SIZE - 64) /* room for the names beside it */
        return dlb_fail(why, DLB_IO, "cannot open %.60s...: path too long", database);
    return DLB_OK;
}

/* ---- opening ---- */

static enum dlb_status lock(const struct dlb_history_log *log, int kind, struct dlb_why *why)
{
    const int64_t begin = dlb_clock_ns();
    while (flock(log->fd, kind | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            dlb_log(DLB_LOG_WARNING,
                    "%s: this file system has no locks (%s); let only one dlbench write here",
                    log->path, strerror(errno));
            return DLB_OK;
        }
        if (dlb_clock_ns() - begin > LOCK_WAIT_NS)
            return dlb_fail(why, DLB_IO,
                            "cannot open %s: another dlbench has been writing it for ten seconds; "
                            "try again when it has ended",
                            log->path);
        dlb_clock_sleep_ns(LOCK_POLL_NS);
    }
    return DLB_OK;
}

static enum dlb_status cannot(const struct dlb_history_log *log, const char *what,
                              struct dlb_why *why)
{
    return dlb_fail(why, DLB_IO, "cannot %s %s: %s", what, log->path, strerror(errno));
}

static enum dlb_status read_at(const struct dlb_history_log *log, int64_t offset, char *bytes,
                               size_t size, struct dlb_why *why)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t count = pread(log->fd, bytes + done, size - done, offset + (int64_t)done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return cannot(log, "read", why);
        if (count == 0)
            return dlb_fail(why, DLB_IO, "cannot read %s: it became shorter meanwhile", log->path);
        done += (size_t)count;
    }
    return DLB_OK;
}

/* Where the line that reaches up to `end` begins: behind the last newline before it. */
static enum dlb_status line_begin(const struct dlb_history_log *log, int64_t end, int64_t *begin,
                                  struct dlb_why *why)
{
    char chunk[CHUNK];
    while (end > 0) {
        const size_t size = end < CHUNK ? (size_t)end : CHUNK;
        const enum dlb_status status = read_at(log, end - (int64_t)size, chunk, size, why);
        if (status != DLB_OK)
            return status;
        const char *newline = memrchr(chunk, '\n', size);
        if (newline != NULL) {
            *begin = end - (int64_t)size + (newline - chunk) + 1;
            return DLB_OK;
        }
        end -= (int64_t)size;
    }
    *begin = 0;
    return DLB_OK;
}

static bool append_newline(const struct dlb_history_log *log)
{
    return write(log->fd, "\n", 1) == 1 && fsync(log->fd) == 0;
}

/* The last line has no newline: whole all the same where an editor left it so, else torn. */
static enum dlb_status mend_end(struct dlb_history_log *log, int64_t file_size, struct dlb_why *why)
{
    json_t *document = NULL;
    struct dlb_why ignored;
    const bool whole =
        dlb_history_log_line(log, log->size, file_size, &document, &ignored) == DLB_OK;
    json_decref(document);
    if (whole && append_newline(log)) {
        log->size = file_size + 1;
        return DLB_OK;
    }
    if (whole || ftruncate(log->fd, log->size) != 0)
        return cannot(log, "write", why);
    dlb_log(DLB_LOG_WARNING,
            "%s: the last line was torn by a writer that was killed; it is cut off", log->path);
    return DLB_OK;
}

static enum dlb_status measure(struct dlb_history_log *log, enum dlb_log_access access,
                               struct dlb_why *why)
{
    struct stat info;
    if (fstat(log->fd, &info) != 0)
        return cannot(log, "read", why);
    const char *oddity = dlb_path_oddity(info.st_mode);
    if (oddity != NULL)
        return dlb_fail(why, DLB_IO, "cannot open %s: it is %s; wanted a file", log->path, oddity);
    enum dlb_status status = lock(log, access == DLB_LOG_APPEND ? LOCK_EX : LOCK_SH, why);
    if (status == DLB_OK && fstat(log->fd, &info) != 0) /* as it is under the lock */
        status = cannot(log, "read", why);
    if (status == DLB_OK)
        status = line_begin(log, info.st_size, &log->size, why);
    if (status == DLB_OK && access == DLB_LOG_APPEND && log->size < info.st_size)
        status = mend_end(log, info.st_size, why);
    return status;
}

/* The name of a new file lasts only when its folder is on the disk too. */
static void sync_folder(const char *path)
{
    char folder[DLB_PATH_SIZE];
    if (!dlb_path_folder(path, folder, sizeof folder))
        return;
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

enum dlb_status dlb_history_log_open(const char *database, enum dlb_log_access access,
                                     struct dlb_history_log *log, struct dlb_why *why)
{
    struct dlb_history_log opened = {.fd = -1};
    enum dlb_status status = dlb_history_log_path(database, opened.path, why);
    if (status != DLB_OK)
        return status;
    const int flags = access == DLB_LOG_APPEND ? O_RDWR | O_CREAT | O_APPEND : O_RDONLY;
    opened.fd = open(opened.path, flags | O_CLOEXEC | O_NONBLOCK, 0666);
    if (opened.fd < 0 && (errno != ENOENT || access == DLB_LOG_APPEND))
        return cannot(&opened, access == DLB_LOG_APPEND ? "write" : "read", why);
    if (opened.fd >= 0)
        status = measure(&opened, access, why);
    if (status != DLB_OK) {
        dlb_history_log_close(&opened);
        return status;
    }
    if (access == DLB_LOG_APPEND && opened.size == 0)
        sync_folder(opened.path);
    *log = opened;
    return DLB_OK;
}

void dlb_history_log_close(struct dlb_history_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
    log->size = 0;
}

/* ---- lines ---- */

static bool write_all(int fd, const char *bytes, size_t left)
{
    while (left > 0) {
        const ssize_t written = write(fd, bytes, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        left -= (size_t)written;
    }
    return true;
}

enum dlb_status dlb_history_log_append(struct dlb_history_log *log, const json_t *document,
                                       struct dlb_why *why)
{
    char *text = json_dumps(document, LINE_SETTINGS);
    if (text == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a line of %s", log->path);
    const size_t size = strlen(text) + 1;
    text[size - 1] = '\n'; /* over the NUL */
    enum dlb_status status = DLB_OK;
    if (size > MAX_LINE)
        status =
            dlb_fail(why, DLB_INVALID, "%s: a run of %zu bytes is more than the 2 GiB of a line",
                     log->path, size);
    else if (!write_all(log->fd, text, size) || fsync(log->fd) != 0)
        status = cannot(log, "write", why);
    free(text);
    if (status == DLB_OK)
        log->size += (int64_t)size;
    else if (ftruncate(log->fd, log->size) != 0)
        dlb_log(DLB_LOG_WARNING, "%s: cannot remove a half-written line: %s", log->path,
                strerror(errno));
    return status;
}

enum dlb_status dlb_history_log_begin(const struct dlb_history_log *log, int64_t end,
                                      int64_t *begin, struct dlb_why *why)
{
    return line_begin(log, end - 1, begin, why);
}

enum dlb_status dlb_history_log_end(const struct dlb_history_log *log, int64_t begin, int64_t *end,
                                    struct dlb_why *why)
{
    char chunk[CHUNK];
    while (begin < log->size) {
        const int64_t left = log->size - begin;
        const size_t size = left < CHUNK ? (size_t)left : CHUNK;
        const enum dlb_status status = read_at(log, begin, chunk, size, why);
        if (status != DLB_OK)
            return status;
        const char *newline = memchr(chunk, '\n', size);
        if (newline != NULL) {
            *end = begin + (newline - chunk) + 1;
            return DLB_OK;
        }
        begin += (int64_t)size;
    }
    *end = log->size;
    return DLB_OK;
}

enum dlb_status dlb_history_log_line(const struct dlb_history_log *log, int64_t begin, int64_t end,
                                     json_t **document, struct dlb_why *why)
{
    if (end - begin > MAX_LINE)
        return dlb_fail(why, DLB_INVALID, "%s: the line at byte %lld is longer than 2 GiB",
                        log->path, (long long)begin);
    const size_t size = (size_t)(end - begin);
    char *bytes = malloc(size + 1);
    if (bytes == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for a line of %s", log->path);
    json_error_t error;
    json_t *json = NULL;
    enum dlb_status status = read_at(log, begin, bytes, size, why);
    if (status == DLB_OK &&
        (json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &error)) == NULL)
        status = dlb_fail(why, DLB_INVALID, "%s: the line at byte %lld is no document: %s",
                          log->path, (long long)begin, error.text);
    free(bytes);
    if (status == DLB_OK)
        *document = json;
    return status;
}

enum dlb_status dlb_history_stream_fail(struct dlb_why *why)
{
    if (errno == EPIPE) /* the reader has had enough */
        return dlb_fail(why, DLB_IO, "%s", "");
    return dlb_fail(why, DLB_IO, "cannot write: %s", strerror(errno));
}

enum dlb_status dlb_history_log_copy(const struct dlb_history_log *log, FILE *stream,
                                     struct dlb_why *why)
{
    char chunk[CHUNK];
    enum dlb_status status = DLB_OK;
    for (int64_t at = 0; at < log->size && status == DLB_OK; at += CHUNK) {
        const size_t size = log->size - at < CHUNK ? (size_t)(log->size - at) : CHUNK;
        status = read_at(log, at, chunk, size, why);
        if (status == DLB_OK && fwrite(chunk, 1, size, stream) != size)
            status = dlb_history_stream_fail(why);
    }
    return status;
}

/* ---- where it is ---- */

static enum dlb_status make_folders(char *path, struct dlb_why *why)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (!made)
            return dlb_fail(why, DLB_IO, "cannot make the folder %s: %s", path, strerror(errno));
        *slash = '/';
    }
    return DLB_OK;
}

enum dlb_status dlb_history_default_path(char *path, size_t size, bool make_folder,
                                         struct dlb_why *why)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int length = -1;
    if (data != NULL && data[0] == '/') /* others are to be ignored: XDG base directories, 0.8 */
        length = snprintf(path, size, "%s/dlbench/history.db", data);
    else if (home != NULL && home[0] == '/')
        length = snprintf(path, size, "%s/.local/share/dlbench/history.db", home);
    else
        return dlb_fail(why, DLB_INVALID,
                        "neither XDG_DATA_HOME nor HOME names a folder for the history; name a "
                        "file with --db");
    if (length < 0 || (size_t)length >= size)
        return dlb_fail(why, DLB_IO, "cannot open the history: path too long");
    return make_folder ? make_folders(path, why) : DLB_OK;
}
