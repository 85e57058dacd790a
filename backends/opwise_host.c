/* opwise_host.c: name, vendor, memory, cache and clock of the host CPU, from procfs, sysfs and sysconf. */
#include "backends/opwise_host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The value of the first "key : value" line of /proc/cpuinfo; false when there is none (ARM has no model name). */
static bool cpuinfo(const char *key, char *value, size_t size)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[512];
    bool found = false;
    if (!file)
        return false;
    while (!found && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, key, strlen(key)) != 0 || !colon)
            continue;
        colon += strspn(colon + 1, " \t") + 1;
        snprintf(value, size, "%.*s", (int)strcspn(colon, "\n"), colon);
        found = true;
    }
    fclose(file);
    return found;
}

static double max_clock_hz(void)
{
    FILE *file = fopen("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "r");
    double khz = 0;
    if (!file)
        return 0;
    if (fscanf(file, "%lf", &khz) != 1)
        khz = 0;
    fclose(file);
    return khz * 1e3;
}

/* The largest cache that sysfs tells of CPU 0. (sysconf asks the processor, which inside a virtual machine describes the
 * whole socket.) */
static int64_t largest_cache_bytes(void)
{
    int64_t largest = 0;
    for (int index = 0; index < 8; index++) {
        char path[80];
        long long kibibytes = 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", index);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        if (fscanf(file, "%lldK", &kibibytes) == 1 && kibibytes * 1024 > largest)
            largest = kibibytes * 1024;
        fclose(file);
    }
    return largest;
}

void dlb_opwise_host(struct dlb_device_info *info)
{
    char vendor[32] = "";
    struct utsname system;
    info->kind = DLB_KIND_CPU;
    if (!cpuinfo("model name", info->name, sizeof info->name) && uname(&system) == 0)
        snprintf(info->name, sizeof info->name, "%.60s CPU", system.machine);
    (void)cpuinfo("vendor_id", vendor, sizeof vendor);
    snprintf(info->vendor, sizeof info->vendor, "%s",
             strcmp(vendor, "AuthenticAMD") == 0   ? "AMD"
             : strcmp(vendor, "GenuineIntel") == 0 ? "Intel"
                                                   : vendor);
    const int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    info->mem_bytes = pages > 0 && page > 0 ? pages * page : 0;
    info->llc_bytes = largest_cache_bytes();
    info->clock_max_hz = max_clock_hz();
}
