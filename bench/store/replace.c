/* replace.c: atomic files: temporary name in the same folder, fsync, rename, fsync of the folder.
 *
 * A reader sees the old file or the new one, never half of one; a full disk or a crash leaves the old one. Symbolic links are
 * followed by hand, because rename would replace the link and realpath fails on a link to a file that is still to come. */
#include "bench/store/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/compiler.h"
#include "bench/store/result.h"

#define MAX_LINKS      40 /* as the kernel: more is a loop */
#define MAX_NAME_TRIES 100

const char *dlb_path_oddity(unsigned mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return NULL;
    case S_IFDIR:
        return "a folder";
    case S_IFIFO:
        return "a FIFO or pipe";
    case S_IFSOCK:
        return "a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    default:
        return "no regular file";
    }
}

bool dlb_path_folder(const char *path, char *folder, size_t size)
{
    const char *slash = strrchr(path, '/');
    const size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    const int written = slash == NULL ? snprintf(folder, size, ".")
                                      : snprintf(folder, size, "%.*s", (int)length, path);
    return written >= 0 && (size_t)written < size;
}

bool dlb_path_same(const char *a, const char *b)
{
    struct stat first, second;
    return a != NULL && b != NULL && stat(a, &first) == 0 && stat(b, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Where a symbolic link at `path` points, relative to its own folder. */
static enum dlb_status follow_link(char *path, struct dlb_why *why)
{
    char link[DLB_PATH_SIZE], folder[DLB_PATH_SIZE], joined[2 * DLB_PATH_SIZE];
    const ssize_t length = readlink(path, link, sizeof link - 1);
    if (length < 0)
        return dlb_fail(why, DLB_IO, "cannot read the link %s: %s", path, strerror(errno));
    link[length] = '\0';
    dlb_path_folder(path, folder, sizeof folder);
    const int joined_length = link[0] == '/'
                                  ? snprintf(joined, sizeof joined, "%s", link)
                                  : snprintf(joined, sizeof joined, "%s/%s", folder, link);
    if (joined_length < 0 || joined_length >= DLB_PATH_SIZE)
        return dlb_fail(why, DLB_IO, "cannot follow the link %.200s: path too long", path);
    memcpy(path, joined, (size_t)joined_length + 1);
    return DLB_OK;
}

/* The number of a descriptor of this process that a path means: "/dev/fd/1", or what /dev/stdout leads to. -1: none. */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(folders); i++) {
        const size_t length = strlen(folders[i]);
        const char *number = path + length;
        if (strncmp(path, folders[i], length) == 0 && *number != '\0' &&
            number[strspn(number, "0123456789")] == '\0' && strlen(number) < 10)
            return atoi(number); /* NOLINT(cert-err34-c) digits alone */
    }
    return -1;
}

static enum dlb_status resolve(const char *path, char *target, struct stat *found, bool *exists,
                               struct dlb_why *why)
{
    if (strlen(path) >= DLB_PATH_SIZE)
        return dlb_fail(why, DLB_IO, "cannot write %.60s...: path too long", path);
    strcpy(target, path);
    for (int links = 0; links < MAX_LINKS; links++) {
        *exists = lstat(target, found) == 0;
        if (!*exists && errno != ENOENT)
            return dlb_fail(why, DLB_IO, "cannot write %s: %s", path, strerror(errno));
        if (!*exists || !S_ISLNK(found->st_mode) || descriptor_of(target) >= 0)
            return DLB_OK;
        const enum dlb_status status = follow_link(target, why);
        if (status != DLB_OK)
            return status;
    }
    return dlb_fail(why, DLB_IO, "cannot write %s: more than %d symbolic links", path, MAX_LINKS);
}

static enum dlb_status cannot(const char *path, const char *folder, int error, struct dlb_why *why)
{
    if (error == ENOENT)
        return dlb_fail(why, DLB_IO, "cannot write %s: there is no folder %s; make it first", path,
                        folder);
    return dlb_fail(why, DLB_IO, "cannot write %s: %s", path, strerror(error));
}

static enum dlb_status open_direct(const char *path, struct dlb_replacement *replacement,
                                   struct dlb_why *why)
{
    replacement->direct = true;
    replacement->stream = fopen(replacement->target, "we");
    if (replacement->stream == NULL)
        return dlb_fail(why, DLB_IO, "cannot write %s: %s", path, strerror(errno));
    return DLB_OK;
}

/* What is open already is written on, where it stands: a log that the output is redirected to keeps its beginning. */
static enum dlb_status open_descriptor(const char *path, struct dlb_replacement *replacement,
                                       struct dlb_why *why)
{
    const int fd = fcntl(descriptor_of(replacement->target), F_DUPFD_CLOEXEC, 3);
    replacement->direct = true;
    fflush(NULL);
    replacement->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (replacement->stream != NULL)
        return DLB_OK;
    dlb_fail(why, DLB_IO, "cannot write %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return DLB_IO;
}

/* A name of its own in the folder of the target, so that rename stays within one file system. */
static enum dlb_status open_temporary(const char *path, unsigned mode,
                                      struct dlb_replacement *replacement, struct dlb_why *why)
{
    char folder[DLB_PATH_SIZE];
    dlb_path_folder(replacement->target, folder, sizeof folder);
    int fd = -1;
    for (int i = 0; i < MAX_NAME_TRIES && fd < 0; i++) {
        const int length = snprintf(replacement->temporary, sizeof replacement->temporary,
                                    "%s/.dlbench-%ld-%d.tmp", folder, (long)getpid(), i);
        if (length < 0 || (size_t)length >= sizeof replacement->temporary)
            return cannot(path, folder, ENAMETOOLONG, why);
        fd = open(replacement->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd < 0)
        return cannot(path, folder, errno, why);
    replacement->stream = fdopen(fd, "w");
    if (replacement->stream != NULL)
        return DLB_OK;
    close(fd);
    unlink(replacement->temporary);
    return cannot(path, folder, ENOMEM, why);
}

enum dlb_status dlb_replace_begin(const char *path, struct dlb_replacement *replacement,
                                  struct dlb_why *why)
{
    struct stat found;
    bool exists = false;
    struct dlb_replacement begun = {0};
    if (path[0] == '\0')
        return dlb_fail(why, DLB_IO, "cannot write a file without a name");
    enum dlb_status status = resolve(path, begun.target, &found, &exists, why);
    if (status != DLB_OK)
        return status;
    if (descriptor_of(begun.target) >= 0) {
        status = open_descriptor(path, &begun, why);
    } else if (exists && S_ISCHR(found.st_mode)) {
        status = open_direct(path, &begun, why);
    } else if (exists && !S_ISREG(found.st_mode)) {
        return dlb_fail(why, DLB_IO, "cannot write %s: it is %s; wanted the name of a file", path,
                        dlb_path_oddity(found.st_mode));
    } else if (exists && access(begun.target, W_OK) != 0) {
        return dlb_fail(why, DLB_IO, "cannot write %s: %s", path, strerror(errno));
    } else {
        status = open_temporary(path, 0666, &begun, why);
        /* The old file's permissions stay; that this fails on some file systems harms nothing. */
        if (status == DLB_OK && exists && fchmod(fileno(begun.stream), found.st_mode & 0777) != 0)
            errno = 0;
    }
    if (status == DLB_OK)
        *replacement = begun;
    return status;
}

void dlb_replace_abort(struct dlb_replacement *replacement)
{
    if (replacement->stream != NULL)
        fclose(replacement->stream);
    if (!replacement->direct)
        unlink(replacement->temporary);
    *replacement = (struct dlb_replacement){0};
}

/* The new name lasts only when the folder is on the disk too; file systems that cannot do it say EINVAL. */
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

static bool finish_stream(struct dlb_replacement *replacement)
{
    FILE *stream = replacement->stream;
    bool ok = fflush(stream) == 0 && !ferror(stream);
    if (ok && !replacement->direct && fsync(fileno(stream)) != 0)
        ok = errno == EINVAL || errno == ENOTSUP;
    const int error = errno;
    replacement->stream = NULL;
    if (fclose(stream) != 0)
        return false;
    errno = error;
    return ok;
}

enum dlb_status dlb_replace_commit(struct dlb_replacement *replacement, struct dlb_why *why)
{
    errno = 0;
    bool ok = finish_stream(replacement);
    if (ok && !replacement->direct)
        ok = rename(replacement->temporary, replacement->target) == 0;
    if (!ok) {
        const enum dlb_status status =
            dlb_fail(why, DLB_IO, "cannot write %s: %s", replacement->target,
                     errno != 0 ? strerror(errno) : "the disk did not take all of it");
        dlb_replace_abort(replacement);
        return status;
    }
    if (!replacement->direct)
        sync_folder(replacement->target);
    *replacement = (struct dlb_replacement){0};
    return DLB_OK;
}

enum dlb_status dlb_file_replace(const char *path, const char *bytes, size_t count,
                                 struct dlb_why *why)
{
    struct dlb_replacement replacement;
    const enum dlb_status status = dlb_replace_begin(path, &replacement, why);
    if (status != DLB_OK)
        return status;
    if (fwrite(bytes, 1, count, replacement.stream) != count) {
        dlb_fail(why, DLB_IO, "cannot write %s: %s", path, strerror(errno));
        dlb_replace_abort(&replacement);
        return DLB_IO;
    }
    return dlb_replace_commit(&replacement, why);
}
