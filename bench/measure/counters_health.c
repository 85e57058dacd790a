/* counters_health.c: why a machine counts no cycles, and what to do about it.
 *
 * Three things are in the way, in this order: there is no PMU to be seen (virtual machines), the kernel gives it to nobody or not to this process
 * (Documentation/admin-guide/perf-security.rst), the build has no PAPI. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/measure/counters_parts.h"
#include "bench/measure/host.h"
#include "bench/measure/procfs.h"

#define REASON_SIZE 160
#define REMEDY_SIZE 200

/* Numbers of capabilities, from linux/capability.h: each of them opens perf events to all. */
#define CAP_SYS_ADMIN_BIT 21
#define CAP_PERFMON_BIT   38

/* Names of the kernel's devices for the PMU of cores: x86 (with hybrid cores), POWER and RISC-V, Arm, Apple, s390. */
static const char *const core_pmus[] = {"cpu", "cpu_core", "cpu_atom", "cpum_cf"};
static const char *const core_pmu_starts[] = {"armv", "apple_", "riscv"};

static bool is_core_pmu(const char *name)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(core_pmus); i++)
        if (strcmp(name, core_pmus[i]) == 0)
            return true;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(core_pmu_starts); i++)
        if (strncmp(name, core_pmu_starts[i], strlen(core_pmu_starts[i])) == 0)
            return true;
    return false;
}

static bool has_core_pmu(const char *root)
{
    char path[DLB_PATH_SIZE];
    bool found = false;
    snprintf(path, sizeof path, "%s/sys/bus/event_source/devices", root);
    DIR *devices = opendir(path);
    if (devices == NULL)
        return false;
    for (const struct dirent *entry; !found && (entry = readdir(devices)) != NULL;)
        found = is_core_pmu(entry->d_name);
    closedir(devices);
    return found;
}

static bool may_count_anyway(const char *root)
{
    char text[4096];
    if (!dlb_proc_read(root, text, sizeof text, "/proc/self/status"))
        return false;
    const char *field = dlb_proc_field(text, "CapEff");
    const unsigned long long set = field != NULL ? strtoull(field, NULL, 16) : 0;
    return (set >> CAP_SYS_ADMIN_BIT & 1) != 0 || (set >> CAP_PERFMON_BIT & 1) != 0;
}

static void explain_no_pmu(const char *root, char *reason, char *remedy)
{
    struct dlb_host *host = calloc(1, sizeof *host);
    bool virtual = false;
    char virt[32] = "";
    if (host != NULL) {
        dlb_host_read(root, host);
        snprintf(virt, sizeof virt, "%s", host->virt);
        virtual = virt[0] != '\0' && strcmp(virt, "none") != 0 && strcmp(virt, "unknown") != 0;
    }
    free(host);
    if (virtual) {
        snprintf(reason, REASON_SIZE, "this virtual machine (%s) shows no PMU", virt);
        snprintf(remedy, REMEDY_SIZE,
                 "measure on bare metal (clouds: a .metal instance), or give the virtual machine a "
                 "PMU (KVM: -cpu host,pmu=on)");
    } else {
        snprintf(reason, REASON_SIZE, "the kernel shows no PMU of the processor");
        snprintf(remedy, REMEDY_SIZE,
                 "look into dmesg for 'Performance Events'; a container needs /sys mounted");
    }
}

bool dlb_counters_obstacle(const char *root, char *reason, char *remedy)
{
    int64_t level = 0;
    reason[0] = remedy[0] = '\0';
    if (!dlb_proc_read_int(root, &level, "/proc/sys/kernel/perf_event_paranoid")) {
        snprintf(reason, REASON_SIZE, "this kernel has no perf events");
        snprintf(remedy, REMEDY_SIZE,
                 "boot a kernel with CONFIG_PERF_EVENTS; a container needs /proc mounted");
        return true;
    }
    if (!has_core_pmu(root)) {
        explain_no_pmu(root, reason, remedy);
        return true;
    }
    /* 2 keeps users from the kernel's side only, which is not counted; Debian and Android have levels above. */
    if (level > 2 && !may_count_anyway(root)) {
        snprintf(reason, REASON_SIZE, "kernel.perf_event_paranoid is %d and CAP_PERFMON is lacking",
                 (int)level);
        snprintf(remedy, REMEDY_SIZE,
                 "sudo sysctl kernel.perf_event_paranoid=2, or sudo setcap cap_perfmon+ep "
                 "/path/to/dlbench");
        return true;
    }
    return false;
}

/* All hardware counters, as a run would open them. */
static int count_hardware(struct dlb_counter_health *health)
{
    struct dlb_counter_list list = {0};
    struct dlb_counters counters = {0};
    struct dlb_why why = {""};
    int count = 0;
    for (const struct dlb_counter *c = dlb_counter_table; c->name != NULL; c++)
        if (!c->software && list.count < DLB_MAX_COUNTERS)
            snprintf(list.names[list.count++], sizeof list.names[0], "%s", c->name);
    if (dlb_counters_open(&counters, &list, NULL, &why) != DLB_OK) {
        snprintf(health->reason, sizeof health->reason, "%.190s", why.text);
        return 0;
    }
    for (int i = 0; i < list.count; i++) {
        count += counters.readings[i].event[0] != '\0';
        if (health->reason[0] == '\0' && counters.readings[i].event[0] == '\0')
            snprintf(health->reason, sizeof health->reason, "%s", counters.readings[i].reason);
    }
    snprintf(health->version, sizeof health->version, "%s", counters.version);
    dlb_counters_close(&counters);
    return count;
}

void dlb_counters_health(const char *root, struct dlb_counter_health *health)
{
    char reason[REASON_SIZE], remedy[REMEDY_SIZE];
    *health = (struct dlb_counter_health){.compiled = dlb_counters_have_papi()};
    const bool blocked = dlb_counters_obstacle(root, reason, remedy);
    if (!blocked && root[0] == '\0')
        health->hardware_count = count_hardware(health);
    if (blocked) {
        snprintf(health->reason, sizeof health->reason, "%s", reason);
        snprintf(health->remedy, sizeof health->remedy, "%s", remedy);
    } else if (!health->compiled) {
        snprintf(health->reason, sizeof health->reason, "this dlbench was built without PAPI");
        snprintf(health->remedy, sizeof health->remedy,
                 "scripts/setup (Debian, Ubuntu: libpapi-dev and libpfm4-dev), then make");
    } else if (health->hardware_count > 0) {
        health->reason[0] = '\0';
    } else if (root[0] == '\0') {
        snprintf(health->remedy, sizeof health->remedy,
                 "a container's seccomp profile may refuse perf_event_open: start it with "
                 "--cap-add PERFMON or --security-opt seccomp=unconfined");
    }
}
