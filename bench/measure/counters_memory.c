/* counters_memory.c: bytes between the memory controllers and memory, from the controllers' own counters.
 *
 * The kernel shows Intel's controllers as devices uncore_imc*, whose events say where to count and what a count is worth
 * (Documentation/admin-guide/perf, tools/perf/Documentation/perf-list.txt). They count for the whole machine, other processes included: nobody
 * else may be busy. There is no such thing inside a virtual machine. */
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/base/compiler.h"
#include "bench/measure/counters_parts.h"
#include "bench/measure/procfs.h"

#define DEVICES     "/sys/bus/event_source/devices"
#define MAX_EVENTS  512 /* two events of 12 channels of 16 sockets, and room */
#define MAX_SOCKETS 64

/* Where both stand, the free running counters tell the same bytes once more: the first family that is there is taken. A CAS moves one cache
 * line of 64 bytes, for kernels that give no scale. */
static const struct family {
    bool free_running;
    const char *events[2];
} families[] = {
    {false, {"cas_count_read", "cas_count_write"}},
    {false, {"data_reads", "data_writes"}},
    {true, {"data_read", "data_write"}},
};
#define LINE_BYTES 64.0

struct memory {
    int reading;
    int count;
    int files[MAX_EVENTS];
    double bytes[MAX_EVENTS]; /* a count is worth */
};

/* "event=0x04,umask=0x03" by format files "config:0-7": the first bit of each field. Fields that span words, or other words than config, are not
 * understood: false. */
static bool parse_config(const char *root, const char *device, const char *text, uint64_t *config)
{
    uint64_t found = 0;
    for (const char *at = text; *at != '\0';) {
        char field[32], format[64];
        int length = 0;
        unsigned long long value = 1; /* a field without a value is a flag */
        int first = 0;
        if (sscanf(at, "%31[a-z0-9_]%n", field, &length) != 1)
            return false;
        at += length;
        if (*at == '=') {
            char *end;
            value = strtoull(at + 1, &end, 0);
            if (end == at + 1)
                return false;
            at = end;
        }
        if (!dlb_proc_read(root, format, sizeof format, DEVICES "/%s/format/%s", device, field) ||
            sscanf(format, "config:%d", &first) != 1 || first < 0 || first > 63)
            return false;
        found |= (uint64_t)value << first;
        if (*at == ',')
            at++;
        else if (*at != '\0')
            return false;
    }
    *config = found;
    return true;
}

/* What a count is worth: the kernel gives a scale and its unit. */
static double bytes_of(const char *root, const char *device, const char *event)
{
    char scale[64], unit[16];
    if (!dlb_proc_read(root, scale, sizeof scale, DEVICES "/%s/events/%s.scale", device, event) ||
        !dlb_proc_read(root, unit, sizeof unit, DEVICES "/%s/events/%s.unit", device, event))
        return LINE_BYTES;
    const double value = strtod(scale, NULL);
    const double in_bytes = strcmp(unit, "MiB") == 0     ? 1048576.0
                            : strcmp(unit, "Bytes") == 0 ? 1.0
                                                         : (double)NAN;
    return value > 0 ? value * in_bytes : (double)NAN;
}

/* One event of a controller, once for each socket that has such a controller. */
static int add_event(const char *root, const char *device, const char *event,
                     struct dlb_memory_event *events, int room)
{
    char text[128], mask[256];
    int64_t type = 0;
    int cpus[MAX_SOCKETS];
    struct dlb_memory_event found = {.bytes = bytes_of(root, device, event)};
    if (!dlb_proc_read(root, text, sizeof text, DEVICES "/%s/events/%s", device, event) ||
        !dlb_proc_read_int(root, &type, DEVICES "/%s/type", device) ||
        !parse_config(root, device, text, &found.config) || !isfinite(found.bytes))
        return 0;
    found.type = (uint32_t)type;
    int count = 0;
    if (dlb_proc_read(root, mask, sizeof mask, DEVICES "/%s/cpumask", device))
        count = dlb_proc_parse_list(mask, cpus, MAX_SOCKETS);
    count = count < room ? count : room;
    for (int i = 0; i < count; i++) {
        events[i] = found;
        events[i].cpu = cpus[i];
    }
    return count;
}

static int add_family(const char *root, const struct family *family,
                      struct dlb_memory_event *events, int capacity)
{
    char path[DLB_PATH_SIZE];
    int count = 0;
    snprintf(path, sizeof path, "%s" DEVICES, root);
    DIR *devices = opendir(path);
    if (devices == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(devices)) != NULL;) {
        const char *name = entry->d_name;
        if (strncmp(name, "uncore_imc", 10) != 0 ||
            (strstr(name, "free_running") != NULL) != family->free_running)
            continue;
        for (int i = 0; i < 2; i++)
            count += add_event(root, name, family->events[i], events + count, capacity - count);
    }
    closedir(devices);
    return count;
}

int dlb_counters_memory_events(const char *root, struct dlb_memory_event *events, int capacity,
                               char *name)
{
    name[0] = '\0';
    for (size_t i = 0; i < DLB_ARRAY_COUNT(families); i++) {
        const int count = add_family(root, &families[i], events, capacity);
        if (count == 0)
            continue;
        snprintf(name, 64, "uncore_imc%s %s + %s", families[i].free_running ? "_free_running" : "",
                 families[i].events[0], families[i].events[1]);
        return count;
    }
    return 0;
}

static void close_memory(void *self)
{
    struct memory *memory = self;
    for (int i = 0; i < memory->count; i++)
        close(memory->files[i]);
    free(memory);
}

/* One counter of a controller counts everything or nothing: there is no process to tell apart. */
static bool open_event(struct memory *memory, const struct dlb_memory_event *event)
{
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = (uint32_t)sizeof attributes;
    attributes.type = event->type;
    attributes.config = event->config;
    attributes.disabled = 1;
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    const long file =
        syscall(SYS_perf_event_open, &attributes, -1, event->cpu, -1, PERF_FLAG_FD_CLOEXEC);
    if (file < 0)
        return false;
    memory->files[memory->count] = (int)file;
    memory->bytes[memory->count++] = event->bytes;
    return true;
}

static void explain(struct dlb_counter_reading *reading, int found, int error)
{
    char remedy[200];
    if (found == 0 && dlb_counters_obstacle("", reading->reason, remedy))
        return;
    if (found == 0)
        snprintf(reading->reason, sizeof reading->reason,
                 "no memory controller that the kernel shows as uncore_imc; l3_miss x 64 is a "
                 "lower bound");
    else if (error == EACCES || error == EPERM)
        snprintf(reading->reason, sizeof reading->reason,
                 "counting for the whole machine needs CAP_PERFMON or "
                 "kernel.perf_event_paranoid=0");
    else
        snprintf(reading->reason, sizeof reading->reason, "the memory controllers do not open: %s",
                 strerror(error));
}

static int find_reading(const struct dlb_counter_list *list,
                        const struct dlb_counter_reading *readings)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->names[i], "dram_bytes") == 0 && dlb_counters_is_free(&readings[i]))
            return i;
    return -1;
}

static enum dlb_status open_memory(const struct dlb_counter_list *list,
                                   struct dlb_counter_reading *readings, int *passes, char *version,
                                   int version_size, void **self, struct dlb_why *why)
{
    struct dlb_memory_event events[MAX_EVENTS];
    char name[64];
    const int reading = find_reading(list, readings);
    *passes = 0;
    if (reading < 0)
        return DLB_OK;
    struct memory *memory = calloc(1, sizeof *memory);
    if (memory == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for counters");
    memory->reading = reading;
    const int found = dlb_counters_memory_events("", events, MAX_EVENTS, name);
    while (memory->count < found && open_event(memory, &events[memory->count]))
        ;
    if (found == 0 || memory->count < found) {
        explain(&readings[reading], found, errno);
        close_memory(memory);
        return DLB_OK;
    }
    snprintf(readings[reading].event, sizeof readings[reading].event, "%s", name);
    snprintf(version, (size_t)version_size, "memory controllers");
    *passes = 1;
    *self = memory;
    return DLB_OK;
}

static enum dlb_status start_memory(void *self, int pass, struct dlb_why *why)
{
    struct memory *memory = self;
    (void)pass;
    (void)why;
    for (int i = 0; i < memory->count; i++) {
        ioctl(memory->files[i], PERF_EVENT_IOC_RESET, 0);
        ioctl(memory->files[i], PERF_EVENT_IOC_ENABLE, 0);
    }
    return DLB_OK;
}

/* A counter that had to share its place with another program's has seen a part only: better no value than one made up. */
static enum dlb_status stop_memory(void *self, int pass, struct dlb_counter_reading *readings,
                                   struct dlb_why *why)
{
    struct memory *memory = self;
    struct dlb_counter_reading *reading = &readings[memory->reading];
    double bytes = 0;
    bool whole = true;
    (void)pass;
    (void)why;
    for (int i = 0; i < memory->count; i++)
        ioctl(memory->files[i], PERF_EVENT_IOC_DISABLE, 0);
    for (int i = 0; i < memory->count; i++) {
        uint64_t seen[3] = {0}; /* count, time enabled, time running */
        whole = whole && read(memory->files[i], seen, sizeof seen) == (ssize_t)sizeof seen &&
                seen[1] == seen[2];
        bytes += (double)seen[0] * memory->bytes[i];
    }
    if (whole && reading->reason[0] == '\0') {
        dlb_counters_add(reading, bytes);
        return DLB_OK;
    }
    reading->value = (double)NAN;
    snprintf(reading->reason, sizeof reading->reason,
             "another program used the memory controllers' counters at the same time");
    return DLB_OK;
}

const struct dlb_counter_source dlb_counter_source_memory = {
    .name = "memory",
    .open = open_memory,
    .start = start_memory,
    .stop = stop_memory,
    .close = close_memory,
};
