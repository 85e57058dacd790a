/* meter_powercap.c: RAPL's counters as Linux shows them in /sys/class/powercap, for Intel and AMD alike.
 *
 *   intel-rapl:0        name "package-0"   counted
 *   intel-rapl:0:0      name "core"        not: part of the package; "uncore" likewise
 *   intel-rapl:0:1      name "dram"        counted: the memory is not part of the package
 *   intel-rapl:1        name "psys"        not: the whole platform, packages included
 *   intel-rapl-mmio:0   name "package-0"   not: the same counter by another way
 *
 * energy_uj starts again at max_energy_range_uj. Where dies have counters of their own, each is a package here ("package-0-die-1").
 * Linux: Documentation/power/powercap/powercap.rst, drivers/powercap/intel_rapl_common.c. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/base/text.h"
#include "bench/measure/meter_parts.h"
#include "bench/measure/procfs.h"

#define CLASS      "/sys/class/powercap"
#define MOST_DIRS  256
#define OVER_LIMIT 2.0 /* limits hold on average over seconds */

static enum dlb_status read_joules(const char *root, const char *folder, double *joules,
                                   struct dlb_why *why)
{
    char path[DLB_PATH_SIZE], text[64];
    snprintf(path, sizeof path, "%s" CLASS "/%s/energy_uj", root, folder);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t count = file >= 0 ? read(file, text, sizeof text - 1) : -1;
    const int error = errno;
    if (file >= 0)
        close(file);
    if (count < 0 && (error == EACCES || error == EPERM))
        return dlb_fail(why, DLB_UNAVAILABLE,
                        "only root may read RAPL's counters here: sudo chmod a+r " CLASS
                        "/*/energy_uj (until the next boot), or run as root");
    if (count < 0)
        return dlb_fail(why, DLB_UNAVAILABLE, "cannot read %s: %s", path, strerror(error));
    text[count] = '\0';
    text[strcspn(text, "\n")] = '\0';
    int64_t microjoules;
    if (dlb_parse_int(text, &microjoules, NULL) != DLB_OK || microjoules < 0)
        return dlb_fail(why, DLB_UNAVAILABLE, "%s: a number of microjoules is wanted, found '%s'",
                        path, text);
    *joules = 1e-6 * (double)microjoules;
    return DLB_OK;
}

static double read_watts(const char *root, const char *folder, int limit, const char *what)
{
    int64_t microwatts;
    if (!dlb_proc_read_int(root, &microwatts, CLASS "/%s/constraint_%d_%s", folder, limit, what) ||
        microwatts <= 0)
        return (double)NAN;
    return 1e-6 * (double)microwatts;
}

/* A limit may be switched off: it raises what is possible, and never lowers it. */
static double ceiling_w(const char *root, const char *folder, double least)
{
    double ceiling = least;
    for (int i = 0; i < DLB_METER_LIMITS; i++) {
        ceiling = fmax(ceiling, OVER_LIMIT * read_watts(root, folder, i, "power_limit_uw"));
        ceiling = fmax(ceiling, OVER_LIMIT * read_watts(root, folder, i, "max_power_uw"));
    }
    return ceiling;
}

/* Shorter first, so that intel-rapl:0 comes before its parts and before intel-rapl-mmio:0. */
static int by_length(const void *left, const void *right)
{
    const char *a = left, *b = right;
    const size_t a_size = strlen(a), b_size = strlen(b);
    return a_size != b_size ? (a_size < b_size ? -1 : 1) : strcmp(a, b);
}

struct folders {
    int count;
    char names[MOST_DIRS][64];
};

static void list_zones(const char *root, struct folders *folders)
{
    char path[DLB_PATH_SIZE];
    folders->count = 0;
    if (snprintf(path, sizeof path, "%s" CLASS, root) >= (int)sizeof path)
        return;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (folders->count < MOST_DIRS && strstr(entry->d_name, "rapl") != NULL &&
            strchr(entry->d_name, ':') != NULL && strlen(entry->d_name) < sizeof folders->names[0])
            strcpy(folders->names[folders->count++], entry->d_name);
    closedir(directory);
    qsort(folders->names, (size_t)folders->count, sizeof folders->names[0], by_length);
}

/* "package-0-die-1" is "package-0" where dies have no counters of their own. */
static bool is_known(const struct dlb_meter_counter *counters, int count, const char *name,
                     bool of_package)
{
    const char *die = of_package ? strstr(name, "-die-") : NULL;
    const size_t length = die != NULL ? (size_t)(die - name) + strlen("-") : strlen(name);
    for (int i = 0; i < count; i++)
        if (strncmp(counters[i].name, name, length) == 0 &&
            (die != NULL || counters[i].name[length] == '\0'))
            return true;
    return false;
}

static void add_zone(struct dlb_powercap *powercap, struct dlb_meter_counter *counters,
                     const char *folder, const char *name)
{
    struct dlb_powercap_zone *zone = &powercap->zones[powercap->count];
    struct dlb_meter_counter *counter = &counters[powercap->count];
    int64_t range;
    *zone = (struct dlb_powercap_zone){.limited = true};
    snprintf(zone->folder, sizeof zone->folder, "%s", folder);
    dlb_meter_counter_rapl(counter);
    counter->most_w = ceiling_w(powercap->root, folder, counter->most_w);
    snprintf(counter->name, sizeof counter->name, "%s", name);
    if (dlb_proc_read_int(powercap->root, &range, CLASS "/%s/max_energy_range_uj", folder) &&
        range > 0)
        counter->range_j = 1e-6 * (double)range;
    powercap->count++;
}

static void add_packages(struct dlb_powercap *powercap, const struct folders *folders,
                         struct dlb_meter_counter *counters)
{
    const bool of_package = dlb_rapl_is_of_package(powercap->root);
    for (int i = 0; i < folders->count; i++) {
        char name[40];
        const char *folder = folders->names[i];
        if (powercap->count < DLB_METER_COUNTERS &&
            dlb_proc_read(powercap->root, name, sizeof name, CLASS "/%s/name", folder) &&
            strncmp(name, "package", 7) == 0 &&
            !is_known(counters, powercap->count, name, of_package))
            add_zone(powercap, counters, folder, name);
    }
    powercap->packages = powercap->count;
}

/* The zone of memory of a package: "intel-rapl:0:1" of "intel-rapl:0". */
static const char *find_memory(const struct dlb_powercap *powercap, const struct folders *folders,
                               const char *package)
{
    const size_t length = strlen(package);
    for (int i = 0; i < folders->count; i++) {
        char name[40];
        const char *folder = folders->names[i];
        if (strncmp(folder, package, length) == 0 && folder[length] == ':' &&
            dlb_proc_read(powercap->root, name, sizeof name, CLASS "/%s/name", folder) &&
            strcmp(name, "dram") == 0)
            return folder;
    }
    return NULL;
}

/* All packages or none: a sum over some memories would have no name. */
static void add_memories(struct dlb_powercap *powercap, const struct folders *folders,
                         struct dlb_meter_counter *counters)
{
    double joules;
    for (int i = 0; i < powercap->packages; i++) {
        const char *folder = find_memory(powercap, folders, powercap->zones[i].folder);
        if (folder == NULL || powercap->count == DLB_METER_COUNTERS ||
            read_joules(powercap->root, folder, &joules, NULL) != DLB_OK) {
            powercap->count = powercap->packages;
            return;
        }
        char name[48];
        snprintf(name, sizeof name, "%.40s dram", counters[i].name);
        add_zone(powercap, counters, folder, name);
        powercap->zones[powercap->count - 1].limited = false;
        counters[powercap->count - 1].memory = true;
    }
    powercap->memory = true;
}

enum dlb_status dlb_powercap_open(const char *root, struct dlb_powercap *powercap,
                                  struct dlb_meter_counter *counters, struct dlb_why *why)
{
    struct folders *folders = malloc(sizeof *folders);
    if (folders == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the list of energy counters");
    *powercap = (struct dlb_powercap){.count = 0};
    snprintf(powercap->root, sizeof powercap->root, "%s", root);
    list_zones(powercap->root, folders);
    add_packages(powercap, folders, counters);
    enum dlb_status status = DLB_OK;
    double joules;
    if (powercap->packages == 0)
        status =
            dlb_fail(why, DLB_UNAVAILABLE,
                     "no RAPL counter in " CLASS ": virtual machines and containers "
                     "usually have none, on bare metal try modprobe intel_rapl_msr; or give an "
                     "external meter (--power-command)");
    for (int i = 0; i < powercap->packages && status == DLB_OK; i++)
        status = read_joules(powercap->root, powercap->zones[i].folder, &joules, why);
    if (status == DLB_OK)
        add_memories(powercap, folders, counters);
    free(folders);
    return status;
}

enum dlb_status dlb_powercap_read(const struct dlb_powercap *powercap, double *joules,
                                  struct dlb_why *why)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < powercap->count && status == DLB_OK; i++)
        status = read_joules(powercap->root, powercap->zones[i].folder, &joules[i], why);
    return status;
}

bool dlb_powercap_limits(struct dlb_powercap *powercap, bool begin, char *reason, size_t size)
{
    for (int i = 0; i < powercap->count; i++) {
        struct dlb_powercap_zone *zone = &powercap->zones[i];
        for (int limit = 0; limit < DLB_METER_LIMITS && zone->limited; limit++) {
            const double now = read_watts(powercap->root, zone->folder, limit, "power_limit_uw");
            const double before = begin ? now : zone->limits_w[limit];
            if (now < before || now > before) {
                snprintf(reason, size, "power limit of %s changed from %.4g W to %.4g W",
                         zone->folder, before, now);
                return false;
            }
            zone->limits_w[limit] = before;
        }
    }
    return true;
}
