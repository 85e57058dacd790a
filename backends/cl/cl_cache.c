/* cl_cache.c: the folder of what is kept between runs.
 *
 * Losing it costs time, never an answer: a folder that cannot be had turns the cache off with a warning, a file that cannot be read is as good
 * as absent. What a file means is its reader's business (cl_program.c, opencl_tuning_file.c). */
#include "backends/cl/cl_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (256L * 1024 * 1024) /* larger than any program: not ours */
#define PATH_BYTES     800

uint64_t dlb_cl_hash(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    return hash;
}

/* false when it does not fit, or when the environment does not tell a home. */
static bool default_folder(char *folder, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int length;
    if (cache != NULL && cache[0] == '/') /* others are to be ignored: XDG base directories, 0.8 */
        length = snprintf(folder, size, "%s/dlbench", cache);
    else if (home != NULL && home[0] != '\0')
        length = snprintf(folder, size, "%s/.cache/dlbench", home);
    else
        return false;
    return length > 0 && (size_t)length < size;
}

/* mkdir -p; `folder` is as before when it returns. */
static bool make_folders(char *folder)
{
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool made = mkdir(folder, 0777) == 0 || errno == EEXIST;
        *slash = '/';
        if (!made)
            return false;
    }
    struct stat status;
    if (mkdir(folder, 0777) == 0)
        return true;
    if (errno != EEXIST || stat(folder, &status) != 0)
        return false;
    errno = S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    return errno == 0;
}

void dlb_cl_cache_open(struct dlb_cl_cache *cache, const char *wanted)
{
    memset(cache, 0, sizeof *cache);
    if (wanted != NULL && strcmp(wanted, "off") == 0)
        return;
    char folder[sizeof cache->folder];
    if (wanted != NULL && wanted[0] != '\0') {
        if (strlen(wanted) >= sizeof folder) {
            (void)dlb_fail(&cache->warning, DLB_INVALID,
                           "cache is off: the folder's name is longer than %zu characters",
                           sizeof folder - 1);
            return;
        }
        memcpy(folder, wanted, strlen(wanted) + 1);
    } else if (!default_folder(folder, sizeof folder)) {
        (void)dlb_fail(&cache->warning, DLB_UNAVAILABLE,
                       "cache is off: neither HOME nor XDG_CACHE_HOME names a folder");
        return;
    }
    if (!make_folders(folder) || access(folder, R_OK | W_OK | X_OK) != 0) {
        (void)dlb_fail(&cache->warning, DLB_IO, "cache is off: %.300s: %s", folder,
                       strerror(errno));
        return;
    }
    memcpy(cache->folder, folder, sizeof folder);
}

/* The path of a file of the folder; false when the cache is off. */
static bool path_of(const struct dlb_cl_cache *cache, const char *name, char *path)
{
    if (cache->folder[0] == '\0')
        return false;
    const int length = snprintf(path, PATH_BYTES, "%s/%s", cache->folder, name);
    return length > 0 && length < PATH_BYTES;
}

/* The rest of an open file of `size` bytes. */
static char *read_whole(FILE *file, size_t size)
{
    char *bytes = malloc(size + 1);
    if (bytes == NULL)
        return NULL;
    if (fread(bytes, 1, size, file) != size) {
        free(bytes);
        return NULL;
    }
    bytes[size] = '\0';
    return bytes;
}

bool dlb_cl_cache_read(const struct dlb_cl_cache *cache, const char *name, char **bytes,
                       size_t *size)
{
    char path[PATH_BYTES];
    if (!path_of(cache, name, path))
        return false;
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    struct stat status;
    char *read = NULL;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size <= FILE_BYTES_MAX)
        read = read_whole(file, (size_t)status.st_size);
    fclose(file);
    if (read == NULL)
        return false;
    *bytes = read;
    *size = (size_t)status.st_size;
    return true;
}

bool dlb_cl_cache_write(struct dlb_cl_cache *cache, const char *name, const void *bytes,
                        size_t size)
{
    char path[PATH_BYTES], temporary[PATH_BYTES + 8];
    if (!path_of(cache, name, path))
        return false;
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    const int descriptor = mkostemp(temporary, O_CLOEXEC);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "wb");
    bool written = file != NULL && fwrite(bytes, 1, size, file) == size;
    if (file != NULL)
        written = fclose(file) == 0 && written;
    else if (descriptor >= 0)
        close(descriptor);
    written = written && rename(temporary, path) == 0;
    if (!written) {
        (void)dlb_fail(&cache->warning, DLB_IO, "cache: %.300s cannot be written: %s", path,
                       strerror(errno));
        if (descriptor >= 0)
            unlink(temporary);
    }
    return written;
}

int dlb_cl_cache_lock(const struct dlb_cl_cache *cache)
{
    char path[PATH_BYTES];
    if (!path_of(cache, "lock", path))
        return -1;
    const int lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (lock >= 0 && flock(lock, LOCK_EX) != 0) {
        close(lock);
        return -1;
    }
    return lock;
}

void dlb_cl_cache_unlock(int lock)
{
    if (lock >= 0)
        close(lock); /* and with it the lock */
}
