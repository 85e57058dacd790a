/* verify_folder.c: the folder that verify_cache.c keeps its files in: made when it is missing, and kept small.
 *
 * The seed differs from run to run, so most files are never read again after their run. Loading a file renews its
 * time: the oldest is the one that was not needed for longest. Two programs may prune at once; a file that has
 * gone meanwhile is a miss for its reader and nothing to remove for the other. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/verify_internal.h"

#define MOST_AGE_S 86400
#define MOST_BYTES (INT64_C(256) << 20)
/* HASH.oracle.PROCESS and the end of the string. */
#define NAME_SIZE 48

struct entry {
    char name[NAME_SIZE];
    int64_t bytes, time_s, time_ns;
};

struct listing {
    struct entry *entries;
    size_t count, capacity;
};

void dlb_folder_make(const char *folder)
{
    char path[512];
    const int length = snprintf(path, sizeof path, "%s", folder);
    if (length <= 0 || (size_t)length >= sizeof path)
        return;
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700); /* mostly there already; what cannot be made fails at the file */
        *slash = '/';
    }
    (void)mkdir(path, 0700);
}

/* Only what this program writes there may be removed from a folder that the user chose. */
static bool is_entry_name(const char *name)
{
    const size_t end = sizeof DLB_FOLDER_END - 1;
    if (strspn(name, "0123456789abcdef") != DLB_FOLDER_DIGITS ||
        strncmp(name + DLB_FOLDER_DIGITS, DLB_FOLDER_END, end) != 0)
        return false;
    const char *rest = name + DLB_FOLDER_DIGITS + end;
    if (rest[0] == '\0')
        return true;
    const size_t digits = strspn(rest + 1, "0123456789");
    return rest[0] == '.' && digits > 0 && rest[1 + digits] == '\0';
}

static void add_entry(struct listing *list, const char *name, const struct stat *info)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity > 0 ? 2 * list->capacity : 32;
        struct entry *entries = realloc(list->entries, capacity * sizeof *entries);
        if (entries == NULL)
            return;
        list->entries = entries;
        list->capacity = capacity;
    }
    struct entry *entry = &list->entries[list->count++];
    /* Only names of our own pattern come here, and they fit. */
    (void)snprintf(entry->name, sizeof entry->name, "%.*s", (int)sizeof entry->name - 1, name);
    entry->bytes = info->st_size;
    entry->time_s = info->st_mtim.tv_sec;
    entry->time_ns = info->st_mtim.tv_nsec;
}

static void list_entries(DIR *folder, struct listing *list)
{
    for (const struct dirent *item = readdir(folder); item != NULL; item = readdir(folder)) {
        struct stat info;
        if (is_entry_name(item->d_name) && strlen(item->d_name) < NAME_SIZE &&
            fstatat(dirfd(folder), item->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(info.st_mode))
            add_entry(list, item->d_name, &info);
    }
}

static int newest_first(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    if (left->time_s != right->time_s)
        return left->time_s < right->time_s ? 1 : -1;
    return (left->time_ns < right->time_ns) - (left->time_ns > right->time_ns);
}

void dlb_folder_prune(const char *folder)
{
    struct listing list = {0};
    DIR *opened = opendir(folder);
    if (opened == NULL)
        return;
    list_entries(opened, &list);
    if (list.count > 0)
        qsort(list.entries, list.count, sizeof *list.entries, newest_first);
    const int64_t now = time(NULL);
    int64_t kept = 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct entry *entry = &list.entries[i];
        kept += entry->bytes;
        if (kept > MOST_BYTES || now - entry->time_s > MOST_AGE_S)
            (void)unlinkat(dirfd(opened), entry->name, 0);
    }
    free(list.entries);
    closedir(opened);
}
