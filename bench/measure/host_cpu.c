/* host_cpu.c: processor model, topology, the CPUs that we may use, and how their clocks are governed.
 *
 * Everything comes from /proc and /sys (Linux Documentation/admin-guide/cputopology.rst, pm/cpufreq.rst); a container or
 * a hypervisor may hide any of it, then counts fall back to what /proc/cpuinfo or the affinity mask says. */
#include "bench/measure/host_cpu.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/compiler.h"
#include "bench/measure/host.h"
#include "bench/measure/procfs.h"

#define CPU_DIR "/sys/devices/system/cpu"

/* Copies the first line of `text`. */
static void copy_line(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%.*s", (int)strcspn(text, "\r\n"), text);
}

/* Whether `word` stands between blanks in the first line of `line`. */
static bool has_word(const char *line, const char *word)
{
    const size_t length = strlen(word);
    const char *end = line + strcspn(line, "\n");

    for (const char *at = line; at < end;) {
        const size_t span = strcspn(at, " \t\n");
        if (span == length && memcmp(at, word, length) == 0)
            return true;
        at += span + 1;
    }
    return false;
}

/* The widest general vector set, then the instructions that matter for low-precision products. */
static void read_simd(const char *flags, struct dlb_host *host)
{
    static const struct {
        const char *flag, *name;
    } widest[] = {{"avx512f", "avx512"}, {"avx2", "avx2"}, {"avx", "avx"}, {"sse4_2", "sse4.2"},
                  {"sse2", "sse2"},      {"sve2", "sve2"}, {"sve", "sve"}, {"asimd", "neon"}};
    static const char *const extras[] = {"avx512_vnni", "avx512_bf16", "avx512_fp16",
                                         "amx_int8",    "amx_bf16",    "avx_vnni",
                                         "asimddp",     "i8mm",        "bf16"};

    for (size_t i = 0; i < DLB_ARRAY_COUNT(widest) && host->cpu_flags[0] == '\0'; i++)
        if (has_word(flags, widest[i].flag))
            snprintf(host->cpu_flags, sizeof host->cpu_flags, "%s", widest[i].name);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(extras); i++) {
        const size_t length = strlen(host->cpu_flags);
        if (has_word(flags, extras[i]) && length + 1 + strlen(extras[i]) < sizeof host->cpu_flags)
            snprintf(host->cpu_flags + length, sizeof host->cpu_flags - length, "%s%s",
                     length > 0 ? " " : "", extras[i]);
    }
}

void dlb_host_read_model(const char *cpuinfo, struct dlb_host *host)
{
    const char *model = NULL;
    const char *flags = NULL;
    const char *microcode = NULL;

    if (cpuinfo != NULL) {
        model = dlb_proc_field(cpuinfo, "model name");
        microcode = dlb_proc_field(cpuinfo, "microcode");
        flags = dlb_proc_field(cpuinfo, "flags");
        if (flags == NULL)
            flags = dlb_proc_field(cpuinfo, "Features");
    }
    if (model != NULL) {
        copy_line(host->cpu_model, sizeof host->cpu_model, model);
    } else if (cpuinfo != NULL && dlb_proc_field(cpuinfo, "CPU part") != NULL &&
               dlb_proc_field(cpuinfo, "CPU implementer") != NULL) {
        char maker[16]; /* Arm names no model, only numbers */
        char part[16];
        copy_line(maker, sizeof maker, dlb_proc_field(cpuinfo, "CPU implementer"));
        copy_line(part, sizeof part, dlb_proc_field(cpuinfo, "CPU part"));
        snprintf(host->cpu_model, sizeof host->cpu_model, "Arm implementer %s part %s", maker,
                 part);
    }
    if (microcode != NULL)
        copy_line(host->microcode, sizeof host->microcode, microcode);
    if (flags != NULL)
        read_simd(flags, host);
}

static int read_list(const char *root, int *cpus, int capacity, const char *path)
{
    char text[8192];

    return dlb_proc_read(root, text, sizeof text, "%s", path)
               ? dlb_proc_parse_list(text, cpus, capacity)
               : 0;
}

/* The affinity mask: from /proc, else (only of the running system) from the scheduler, else every CPU online. */
static int read_mask(const char *root, int *cpus)
{
    char *status = dlb_proc_load(root, "/proc/self/status");
    const char *field = status != NULL ? dlb_proc_field(status, "Cpus_allowed_list") : NULL;
    int count = field != NULL ? dlb_proc_parse_list(field, cpus, DLB_MAX_CPUS) : 0;
    cpu_set_t mask;

    free(status);
    if (count == 0 && root[0] == '\0' && sched_getaffinity(0, sizeof mask, &mask) == 0)
        for (size_t cpu = 0; cpu < CPU_SETSIZE && count < DLB_MAX_CPUS; cpu++)
            if (CPU_ISSET(cpu, &mask))
                cpus[count++] = (int)cpu;
    return count > 0 ? count : read_list(root, cpus, DLB_MAX_CPUS, CPU_DIR "/online");
}

static bool contains(const int *cpus, int count, int cpu)
{
    for (int i = 0; i < count; i++)
        if (cpus[i] == cpu)
            return true;
    return false;
}

int dlb_host_allowed_cpus(const char *root, int *cpus)
{
    int online[DLB_MAX_CPUS];
    const int online_count = read_list(root, online, DLB_MAX_CPUS, CPU_DIR "/online");
    const int count = read_mask(root, cpus);
    int kept = 0;

    for (int i = 0; i < count; i++)
        if (online_count == 0 || contains(online, online_count, cpus[i]))
            cpus[kept++] = cpus[i];
    return kept;
}

/* The hardware threads of the core of `cpu`, itself included; 0 when the system does not tell. */
static int read_siblings(const char *root, int cpu, int *siblings, int capacity)
{
    char text[1024];

    if (!dlb_proc_read(root, text, sizeof text, CPU_DIR "/cpu%d/topology/thread_siblings_list",
                       cpu))
        return 0;
    return dlb_proc_parse_list(text, siblings, capacity);
}

/* How many allowed siblings of the same core come before `cpu`: 0 for the thread to use first. */
static int rank_in_core(const char *root, int cpu, const int *allowed, int count)
{
    int siblings[16];
    const int found = read_siblings(root, cpu, siblings, (int)DLB_ARRAY_COUNT(siblings));
    int rank = 0;

    for (int i = 0; i < found; i++)
        if (siblings[i] < cpu && contains(allowed, count, siblings[i]))
            rank++;
    return rank;
}

static void order_allowed(const char *root, struct dlb_host *host, const int *allowed, int count)
{
    int ranks[DLB_MAX_CPUS];
    int highest = 0;

    for (int i = 0; i < count; i++) {
        ranks[i] = rank_in_core(root, allowed[i], allowed, count);
        highest = ranks[i] > highest ? ranks[i] : highest;
    }
    host->allowed_cpu_count = 0;
    for (int rank = 0; rank <= highest; rank++)
        for (int i = 0; i < count; i++)
            if (ranks[i] == rank)
                host->allowed_cpus[host->allowed_cpu_count++] = allowed[i];
}

/* Counts the packages, and the cores by their first hardware thread. */
static void count_online(const char *root, const int *online, int count, struct dlb_host *host)
{
    bool package_seen[DLB_MAX_CPUS] = {false};

    for (int i = 0; i < count; i++) {
        int siblings[16];
        int64_t package = 0;
        const int found = read_siblings(root, online[i], siblings, (int)DLB_ARRAY_COUNT(siblings));
        if (found == 0 || siblings[0] == online[i])
            host->cores++;
        if (!dlb_proc_read_int(root, &package, CPU_DIR "/cpu%d/topology/physical_package_id",
                               online[i]) ||
            package < 0 || package >= DLB_MAX_CPUS)
            package = 0;
        host->sockets += !package_seen[package];
        package_seen[package] = true;
    }
    host->threads = count;
}

/* Without sysfs: one "processor" line per hardware thread, and the first CPU's counts per package. */
static void count_from_cpuinfo(const char *cpuinfo, struct dlb_host *host)
{
    int threads = 0;

    for (const char *at = cpuinfo; at != NULL; at = strchr(at, '\n')) {
        at += *at == '\n';
        threads += strncmp(at, "processor", 9) == 0;
    }
    host->threads = threads;

    const char *siblings = dlb_proc_field(cpuinfo, "siblings");
    const char *cores = dlb_proc_field(cpuinfo, "cpu cores");
    const long per_package = siblings != NULL ? strtol(siblings, NULL, 10) : 0;
    const long cores_per_package = cores != NULL ? strtol(cores, NULL, 10) : 0;
    if (per_package <= 0 || cores_per_package <= 0 || threads < per_package)
        return;
    host->sockets = threads / (int)per_package;
    host->cores = host->sockets * (int)cores_per_package;
}

/* Big and little cores differ by far more than the few per cent of favoured cores of one kind. */
static bool differ(const char *root, const struct dlb_host *host, const char *file)
{
    int64_t least = 0;
    int64_t most = 0;

    for (int i = 0; i < host->allowed_cpu_count; i++) {
        int64_t value;
        if (!dlb_proc_read_int(root, &value, CPU_DIR "/cpu%d/%s", host->allowed_cpus[i], file))
            continue;
        least = least == 0 || value < least ? value : least;
        most = value > most ? value : most;
    }
    return most > least + least / 10;
}

static void read_smt(const char *root, struct dlb_host *host)
{
    int64_t active;

    if (dlb_proc_read_int(root, &active, CPU_DIR "/smt/active"))
        snprintf(host->smt, sizeof host->smt, "%s", active != 0 ? "on" : "off");
    else if (host->cores > 0 && host->threads > 0)
        snprintf(host->smt, sizeof host->smt, "%s", host->threads > host->cores ? "on" : "off");
}

void dlb_host_read_topology(const char *root, const char *cpuinfo, struct dlb_host *host)
{
    int online[DLB_MAX_CPUS];
    int allowed[DLB_MAX_CPUS];
    const int online_count = read_list(root, online, DLB_MAX_CPUS, CPU_DIR "/online");
    const int allowed_count = dlb_host_allowed_cpus(root, allowed);

    order_allowed(root, host, allowed, allowed_count);
    if (online_count > 0)
        count_online(root, online, online_count, host);
    else if (cpuinfo != NULL)
        count_from_cpuinfo(cpuinfo, host);
    read_smt(root, host);
    host->heterogeneous =
        differ(root, host, "cpufreq/cpuinfo_max_freq") || differ(root, host, "cpu_capacity");

    int nodes[DLB_MAX_CPUS];
    host->numa = read_list(root, nodes, DLB_MAX_CPUS, "/sys/devices/system/node/online");
}

static void read_governor(const char *root, struct dlb_host *host)
{
    for (int i = 0; i < host->allowed_cpu_count; i++) {
        char governor[32];
        if (!dlb_proc_read(root, governor, sizeof governor,
                           CPU_DIR "/cpu%d/cpufreq/scaling_governor", host->allowed_cpus[i]))
            continue;
        if (strcmp(host->governor, "unknown") == 0)
            snprintf(host->governor, sizeof host->governor, "%s", governor);
        else if (strcmp(host->governor, governor) != 0)
            snprintf(host->governor, sizeof host->governor, "mixed");
    }
}

void dlb_host_read_clocks(const char *root, struct dlb_host *host)
{
    int64_t value;

    read_governor(root, host);
    if (dlb_proc_read_int(root, &value, CPU_DIR "/intel_pstate/no_turbo"))
        snprintf(host->turbo, sizeof host->turbo, "%s", value != 0 ? "off" : "on");
    else if (dlb_proc_read_int(root, &value, CPU_DIR "/cpufreq/boost"))
        snprintf(host->turbo, sizeof host->turbo, "%s", value != 0 ? "on" : "off");
}
