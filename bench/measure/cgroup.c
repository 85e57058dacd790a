/* cgroup.c: finds the control groups of this process and reads quota, throttling and memory limit on every level.
 *
 * File formats: Linux Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst, scheduler/sched-bwc.rst. Inside a
 * container the path in /proc/self/cgroup may be the host's while only the own group is mounted: levels whose files are
 * missing are passed over on the way up, so the mounted one is still found. */
#include "bench/measure/cgroup.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure/procfs.h"

/* Version 1 writes "no limit" as the largest page-rounded integer. */
#define NO_LIMIT (INT64_C(1) << 60)

/* A walk from the own group up to the mount point: `directory` loses its last component at each step. */
struct walk {
    const char *root;
    bool v2;
    char directory[DLB_PATH_SIZE];
    size_t mount_length; /* of the part that stays */
};

/* Whether "cpu" is one of "cpu,cpuacct". */
static bool names_controller(const char *list, size_t length, const char *controller)
{
    const size_t wanted = strlen(controller);

    for (size_t start = 0; start < length;) {
        const char *comma = memchr(list + start, ',', length - start);
        const size_t end = comma != NULL ? (size_t)(comma - list) : length;
        if (end - start == wanted && memcmp(list + start, controller, wanted) == 0)
            return true;
        start = end + 1;
    }
    return false;
}

static void set_directory(struct walk *walk, const char *mount, const char *path, int path_length)
{
    walk->mount_length = strlen(mount);
    snprintf(walk->directory, sizeof walk->directory, "%s%.*s", mount, path_length, path);
}

/* The mount point of a version 1 controller: named like the list in /proc/self/cgroup, or like the controller alone. */
static void enter_v1(struct walk *walk, const char *list, int list_length, const char *controller,
                     const char *path, int path_length)
{
    char mount[256];

    snprintf(mount, sizeof mount, "/sys/fs/cgroup/%.*s", list_length, list);
    if (!dlb_proc_exists(walk->root, mount))
        snprintf(mount, sizeof mount, "/sys/fs/cgroup/%s", controller);
    walk->v2 = false;
    set_directory(walk, mount, path, path_length);
}

/* Version 1 wins where the controller is bound to it: then version 2 has no files for it. */
static bool enter(struct walk *walk, const char *root, const char *controller)
{
    char *groups = dlb_proc_load(root, "/proc/self/cgroup");
    bool found = false;

    *walk = (struct walk){.root = root};
    for (const char *line = groups; line != NULL && *line != '\0';) {
        const char *newline = strchr(line, '\n');
        const char *end = newline != NULL ? newline : line + strlen(line);
        const char *list = memchr(line, ':', (size_t)(end - line));
        const char *path = list != NULL ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;
        line = newline != NULL ? newline + 1 : NULL;
        if (path == NULL)
            continue;

        const size_t list_length = (size_t)(path - list - 1);
        const int path_length = (int)(end - path - 1);
        if (list_length == 0 && !found) {
            const bool unified = dlb_proc_exists(root, "/sys/fs/cgroup/cgroup.controllers");
            walk->v2 = true;
            set_directory(walk, unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified", path + 1,
                          path_length);
            found = true;
        } else if (names_controller(list + 1, list_length, controller)) {
            enter_v1(walk, list + 1, (int)list_length, controller, path + 1, path_length);
            found = true;
            break;
        }
    }
    free(groups);
    return found;
}

/* One level up; false when the mount point itself was the last. */
static bool go_up(struct walk *walk)
{
    size_t length = strlen(walk->directory);

    if (length <= walk->mount_length)
        return false;
    while (length > walk->mount_length && walk->directory[length - 1] != '/')
        length--;
    while (length > walk->mount_length && walk->directory[length - 1] == '/')
        length--;
    walk->directory[length] = '\0';
    return true;
}

/* A number in a file of the current level; "max" is NO_LIMIT. */
static bool read_level(const struct walk *walk, const char *file, int64_t *value)
{
    char text[64];

    if (dlb_proc_read_int(walk->root, value, "%s/%s", walk->directory, file))
        return true;
    if (!dlb_proc_read(walk->root, text, sizeof text, "%s/%s", walk->directory, file) ||
        strcmp(text, "max") != 0)
        return false;
    *value = NO_LIMIT;
    return true;
}

/* A "key number" line of a file of the current level. */
static bool read_level_field(const struct walk *walk, const char *file, const char *key,
                             int64_t *value)
{
    char text[8192];

    if (!dlb_proc_read(walk->root, text, sizeof text, "%s/%s", walk->directory, file))
        return false;

    const char *field = dlb_proc_field(text, key);
    if (field == NULL)
        return false;
    *value = strtoll(field, NULL, 10);
    return true;
}

/* CPUs allowed on the current level, 0 without a quota. */
static double level_quota(const struct walk *walk)
{
    int64_t quota = 0;
    int64_t period = 0;

    if (walk->v2) {
        char text[64];
        char *end;
        if (!dlb_proc_read(walk->root, text, sizeof text, "%s/cpu.max", walk->directory))
            return 0.0;
        quota = strtoll(text, &end, 10); /* "max 100000" gives 0 */
        period = strtoll(end, NULL, 10);
    } else if (!read_level(walk, "cpu.cfs_quota_us", &quota) ||
               !read_level(walk, "cpu.cfs_period_us", &period)) {
        return 0.0;
    }
    return quota > 0 && period > 0 ? (double)quota / (double)period : 0.0;
}

double dlb_cgroup_cpu_quota(const char *root)
{
    struct walk walk;
    double tightest = 0.0;

    if (!enter(&walk, root, "cpu"))
        return 0.0;
    do {
        const double quota = level_quota(&walk);
        if (quota > 0.0 && (tightest <= 0.0 || quota < tightest))
            tightest = quota;
    } while (go_up(&walk));
    return tightest;
}

double dlb_cgroup_throttled_ns(const char *root)
{
    struct walk walk;
    double sum = NAN;

    if (!enter(&walk, root, "cpu"))
        return NAN;
    do {
        int64_t value;
        if (!read_level_field(&walk, "cpu.stat", walk.v2 ? "throttled_usec" : "throttled_time",
                              &value))
            continue;
        sum = (isnan(sum) ? 0.0 : sum) + (double)value * (walk.v2 ? 1e3 : 1.0);
    } while (go_up(&walk));
    return sum;
}

int64_t dlb_cgroup_memory_left(const char *root)
{
    struct walk walk;
    int64_t least = -1;

    if (!enter(&walk, root, "memory"))
        return -1;
    do {
        int64_t limit;
        int64_t used = 0;
        int64_t droppable = 0;
        if (!read_level(&walk, walk.v2 ? "memory.max" : "memory.limit_in_bytes", &limit) ||
            limit < 0 || limit >= NO_LIMIT)
            continue;
        read_level(&walk, walk.v2 ? "memory.current" : "memory.usage_in_bytes", &used);
        read_level_field(&walk, "memory.stat", walk.v2 ? "inactive_file" : "total_inactive_file",
                         &droppable);
        const int64_t taken = used > droppable ? used - droppable : 0;
        const int64_t left = limit > taken ? limit - taken : 0;
        if (least < 0 || left < least)
            least = left;
    } while (go_up(&walk));
    return least;
}
