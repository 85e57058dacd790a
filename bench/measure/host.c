/* host.c: what machine this is: system, virtualisation, container, limits, settings that change how fast it runs.
 *
 * The processor's part is in host_cpu.c, the limits of control groups in cgroup.c. Nothing is guessed: what cannot be
 * read says "unknown" or 0. */
#include "bench/measure/host.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "bench/base/compiler.h"
#include "bench/base/random.h"
#include "bench/measure/cgroup.h"
#include "bench/measure/host_cpu.h"
#include "bench/measure/procfs.h"

static void read_system(const char *root, struct dlb_host *host)
{
    char *release = dlb_proc_load(root, "/etc/os-release");
    const char *name = release != NULL ? dlb_proc_field(release, "PRETTY_NAME") : NULL;

    if (name != NULL) {
        name += *name == '"';
        snprintf(host->os, sizeof host->os, "%.*s", (int)strcspn(name, "\"\r\n"), name);
    }
    free(release);
    dlb_proc_read(root, host->kernel, sizeof host->kernel, "/proc/sys/kernel/osrelease");
    dlb_proc_read(root, host->name, sizeof host->name, "/proc/sys/kernel/hostname");
#ifdef __GLIBC__
    snprintf(host->libc, sizeof host->libc, "glibc %s", gnu_get_libc_version());
#endif
}

/* Firmware names by which hypervisors introduce themselves (as systemd-detect-virt matches them), on DMI's vendor and
 * product. Amazon's metal instances carry the vendor too, but no hypervisor flag: it is asked only after the flag. */
static const struct {
    const char *text, *name;
} firmware[] = {
    {"KVM", "kvm"},
    {"QEMU", "qemu"},
    {"VMware", "vmware"},
    {"innotek", "vbox"},
    {"VirtualBox", "vbox"},
    {"Xen", "xen"},
    {"Bochs", "bochs"},
    {"Parallels", "parallels"},
    {"Google", "kvm"},
    {"Amazon EC2", "kvm"},
    {"Virtual Machine", "hyperv"},
    {"Hyper-V", "hyperv"},
    {"OpenStack", "kvm"},
    {"Alibaba", "kvm"},
};

/* Paravirtual clocks give away a hypervisor that hides its firmware (small ones have none). */
static const struct {
    const char *text, *name;
} clock_sources[] = {{"kvm-clock", "kvm"}, {"hyperv", "hyperv"}, {"xen", "xen"}};

static const char *virt_from_firmware(const char *root)
{
    static const char *const files[] = {"product_name", "sys_vendor", "board_vendor"};

    for (size_t f = 0; f < DLB_ARRAY_COUNT(files); f++) {
        char text[128];
        if (!dlb_proc_read(root, text, sizeof text, "/sys/class/dmi/id/%s", files[f]))
            continue;
        for (size_t i = 0; i < DLB_ARRAY_COUNT(firmware); i++)
            if (strstr(text, firmware[i].text) != NULL)
                return firmware[i].name;
    }
    return NULL;
}

static const char *virt_from_clock(const char *root)
{
    char text[128];

    if (!dlb_proc_read(root, text, sizeof text,
                       "/sys/devices/system/clocksource/clocksource0/available_clocksource"))
        return NULL;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(clock_sources); i++)
        if (strstr(text, clock_sources[i].text) != NULL)
            return clock_sources[i].name;
    return NULL;
}

/* x86 processors say in their flags whether a hypervisor runs them; where there are no such flags (Arm) the firmware alone
 * decides. */
static const char *find_virt(const char *root, const char *cpuinfo)
{
    const char *flags = cpuinfo != NULL ? dlb_proc_field(cpuinfo, "flags") : NULL;
    const char *found = virt_from_firmware(root);

    if (flags == NULL)
        return found != NULL ? found : cpuinfo != NULL ? "none" : "unknown";

    const char *flag = strstr(flags, " hypervisor");
    if (flag == NULL || flag > flags + strcspn(flags, "\n"))
        return "none";
    found = found != NULL ? found : virt_from_clock(root);
    return found != NULL ? found : "vm";
}

static void read_virt(const char *root, const char *cpuinfo, struct dlb_host *host)
{
    if (!dlb_proc_read(root, host->virt, sizeof host->virt, "/sys/hypervisor/type"))
        snprintf(host->virt, sizeof host->virt, "%s", find_virt(root, cpuinfo));
}

/* By the control group of the first process, else by the marks that the engines leave; NULL without either. */
static const char *find_container(const char *root, const char *groups)
{
    static const struct {
        const char *text, *name;
    } engines[] = {{"kubepods", "kubernetes"},
                   {"docker", "docker"},
                   {"libpod", "podman"},
                   {"containerd", "containerd"},
                   {"/lxc", "lxc"}};

    for (size_t i = 0; i < DLB_ARRAY_COUNT(engines); i++)
        if (groups != NULL && strstr(groups, engines[i].text) != NULL)
            return engines[i].name;
    if (dlb_proc_exists(root, "/.dockerenv"))
        return "docker";
    return dlb_proc_exists(root, "/run/.containerenv") ? "podman" : NULL;
}

static void read_container(const char *root, struct dlb_host *host)
{
    char *groups = dlb_proc_load(root, "/proc/1/cgroup");
    const char *found = find_container(root, groups);

    /* systemd-nspawn and its like write their name down */
    if (found == NULL &&
        dlb_proc_read(root, host->container, sizeof host->container, "/run/systemd/container")) {
        free(groups);
        return;
    }
    if (found == NULL)
        found = groups != NULL ? "none" : "unknown";
    snprintf(host->container, sizeof host->container, "%s", found);
    free(groups);
}

static int64_t meminfo_bytes(const char *meminfo, const char *key)
{
    const char *field = dlb_proc_field(meminfo, key);
    const long long kib = field != NULL ? strtoll(field, NULL, 10) : 0;
    return kib > 0 && kib <= INT64_MAX / 1024 ? kib * 1024 : 0;
}

static void read_memory(const char *root, struct dlb_host *host)
{
    char *meminfo = dlb_proc_load(root, "/proc/meminfo");
    const int64_t left = dlb_cgroup_memory_left(root);

    if (meminfo != NULL) {
        host->ram_bytes = meminfo_bytes(meminfo, "MemTotal");
        host->ram_available_bytes = meminfo_bytes(meminfo, "MemAvailable");
    }
    free(meminfo);
    if (left >= 0 && (left < host->ram_available_bytes || host->ram_available_bytes == 0))
        host->ram_available_bytes = left;
}

/* One unmitigated hole makes the machine vulnerable; "not affected" needs no mitigation, so costs nothing. */
static void read_mitigations(const char *root, struct dlb_host *host)
{
    static const char *const words[] = {"unknown", "not affected", "mitigated", "vulnerable"};
    char path[DLB_PATH_SIZE];
    size_t worst = 0;

    snprintf(path, sizeof path, "%s/sys/devices/system/cpu/vulnerabilities", root);
    DIR *holes = opendir(path);
    if (holes == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(holes)) != NULL;) {
        char text[256];
        size_t found = 0;
        if (entry->d_name[0] == '.' ||
            !dlb_proc_read(root, text, sizeof text, "/sys/devices/system/cpu/vulnerabilities/%s",
                           entry->d_name))
            continue;
        if (strstr(text, "Vulnerable") != NULL)
            found = 3;
        else if (strstr(text, "Mitigation") != NULL)
            found = 2;
        else if (strstr(text, "Not affected") != NULL)
            found = 1;
        worst = found > worst ? found : worst;
    }
    closedir(holes);
    snprintf(host->mitigations, sizeof host->mitigations, "%s", words[worst]);
}

/* Randomised addresses move code and data between invocations, which is what fresh processes are to average over. */
static void read_aslr(const char *root, struct dlb_host *host)
{
    static const char *const words[] = {"off", "partial", "on"};
    int64_t level;

    if (!dlb_proc_read_int(root, &level, "/proc/sys/kernel/randomize_va_space") || level < 0 ||
        level > 2)
        return;
    if (root[0] == '\0') {
        const int flags = personality(0xffffffff);
        if (flags >= 0 && (flags & ADDR_NO_RANDOMIZE) != 0)
            level = 0;
    }
    snprintf(host->aslr, sizeof host->aslr, "%s", words[level]);
}

/* On battery when a battery of the machine itself (not of a mouse) discharges. */
static void read_battery(const char *root, struct dlb_host *host)
{
    char path[DLB_PATH_SIZE];

    snprintf(path, sizeof path, "%s/sys/class/power_supply", root);
    DIR *supplies = opendir(path);
    if (supplies == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(supplies)) != NULL;) {
        char type[32];
        char scope[32];
        char state[32];
        const char *base = "/sys/class/power_supply";
        if (!dlb_proc_read(root, type, sizeof type, "%s/%s/type", base, entry->d_name) ||
            strcmp(type, "Battery") != 0 ||
            !dlb_proc_read(root, state, sizeof state, "%s/%s/status", base, entry->d_name))
            continue;
        if (dlb_proc_read(root, scope, sizeof scope, "%s/%s/scope", base, entry->d_name) &&
            strcmp(scope, "Device") == 0)
            continue;
        host->on_battery = host->on_battery || strcmp(state, "Discharging") == 0;
    }
    closedir(supplies);
}

/* A hash does not name the machine; without a machine id only the model and the memory tell machines apart. */
static void make_id(const char *root, struct dlb_host *host)
{
    char machine[64] = "";
    char text[256];

    dlb_proc_read(root, machine, sizeof machine, "/etc/machine-id");
    snprintf(text, sizeof text, "%s|%s", machine, host->cpu_model);
    if (machine[0] == '\0')
        snprintf(text, sizeof text, "|%s|%lld", host->cpu_model, (long long)host->ram_bytes);
    snprintf(host->id_hash, sizeof host->id_hash, "%016llx",
             (unsigned long long)dlb_hash_text(text));
}

static void set_unknown(struct dlb_host *host)
{
    const struct {
        char *text;
        size_t size;
    } fields[] = {
        {host->os, sizeof host->os},
        {host->kernel, sizeof host->kernel},
        {host->libc, sizeof host->libc},
        {host->cpu_model, sizeof host->cpu_model},
        {host->microcode, sizeof host->microcode},
        {host->virt, sizeof host->virt},
        {host->container, sizeof host->container},
        {host->governor, sizeof host->governor},
        {host->turbo, sizeof host->turbo},
        {host->mitigations, sizeof host->mitigations},
        {host->aslr, sizeof host->aslr},
        {host->smt, sizeof host->smt},
        {host->name, sizeof host->name},
    };

    memset(host, 0, sizeof *host);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(fields); i++)
        snprintf(fields[i].text, fields[i].size, "unknown");
}

void dlb_host_read(const char *root, struct dlb_host *host)
{
    char *cpuinfo = dlb_proc_load(root, "/proc/cpuinfo");

    set_unknown(host);
    read_system(root, host);
    dlb_host_read_model(cpuinfo, host);
    dlb_host_read_topology(root, cpuinfo, host);
    dlb_host_read_clocks(root, host);
    read_virt(root, cpuinfo, host);
    read_container(root, host);
    read_memory(root, host);
    host->cgroup_cpu_quota = dlb_cgroup_cpu_quota(root);
    read_mitigations(root, host);
    read_aslr(root, host);
    read_battery(root, host);
    make_id(root, host);
    free(cpuinfo);
}

int dlb_host_default_threads(const struct dlb_host *host)
{
    int threads = host->allowed_cpu_count;

    if (host->cgroup_cpu_quota > 0.0 && host->cgroup_cpu_quota < (double)threads)
        threads = (int)host->cgroup_cpu_quota;
    return threads > 0 ? threads : 1;
}
