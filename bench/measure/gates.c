/* gates.c: takes snapshots of what disturbs a measurement and judges their difference by the table of rule 1.9.
 *
 * Nothing here ever sees a measured time of the subject: a gate that looked at the result would prefer fast answers.
 * File formats: Linux Documentation/filesystems/proc.rst, scheduler/sched-stats.rst, accounting/psi.rst. */
#include "bench/measure/gates.h"

#include <dirent.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/measure/cgroup.h"
#include "bench/measure/procfs.h"
#include "bench/stats/summary.h"

/* The kernel brings the totals of pressure stall information up to date every 2 s only (PSI_FREQ in kernel/sched/psi.c),
 * so a difference covers up to 2 s more than the time between the snapshots. */
#define PRESSURE_PERIOD_NS 2e9

struct gate_rule {
    const char *name, *unit;
    const char *label; /* in reasons */
    bool percent;      /* reasons show a share as a percentage */
    double warn, gate; /* a signal above is that */
};

/* The thresholds of rule 1.9. SWITCHES and FREQUENCY adapt to the session: signal_of and gate_of. Counts of thermal events
 * are whole, "any increase" is above one half. A suspend shows as seconds; 0.1 s is far above the cost of two reads. */
static const struct gate_rule rules[DLB_GATE_COUNT] = {
    [DLB_GATE_SWITCHES] = {"involuntary_switches", "", "context switches", false, 3, 3},
    [DLB_GATE_RUN_QUEUE] = {"run_queue", "share", "run-queue", true, 0.01, 0.05},
    [DLB_GATE_STEAL] = {"steal", "share", "steal", true, 0.005, 0.02},
    [DLB_GATE_THROTTLED] = {"throttled", "share", "throttled", true, 0, 0.005},
    [DLB_GATE_PRESSURE] = {"cpu_pressure", "share", "cpu pressure", true, 0.05, 0.20},
    [DLB_GATE_THERMAL] = {"thermal_throttle", "", "thermal throttle", false, 0.5, 0.5},
    [DLB_GATE_FREQUENCY] = {"frequency", "Hz", "frequency", true, 0.03, 0.10},
    [DLB_GATE_MAJOR_FAULTS] = {"major_faults", "", "major faults", false, 0, 10},
    [DLB_GATE_SUSPEND] = {"suspend", "s", "suspend", false, 0.1, 0.1},
};

const char *dlb_gate_name(enum dlb_gate gate)
{
    return (unsigned int)gate < DLB_GATE_COUNT ? rules[gate].name : "?";
}

const char *dlb_gate_unit(enum dlb_gate gate)
{
    return (unsigned int)gate < DLB_GATE_COUNT ? rules[gate].unit : "?";
}

/* Sums over the threads of the process what `add` finds in one; false when no thread tells. */
typedef bool add_thread(const char *root, const char *thread, struct dlb_gate_snapshot *sum);

static bool sum_threads(const char *root, add_thread *add, struct dlb_gate_snapshot *sum)
{
    char path[DLB_PATH_SIZE];
    bool found = false;

    snprintf(path, sizeof path, "%s/proc/self/task", root);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return false;
    for (const struct dirent *entry; (entry = readdir(tasks)) != NULL;)
        if (entry->d_name[0] != '.' && add(root, entry->d_name, sum))
            found = true;
    closedir(tasks);
    return found;
}

/* schedstat: "ns on the CPU, ns waiting on a run queue, time slices". A machine without scheduler statistics shows 0 0 0,
 * which no running thread can have. */
static bool add_schedstat(const char *root, const char *thread, struct dlb_gate_snapshot *sum)
{
    char text[128];
    char *end;

    if (!dlb_proc_read(root, text, sizeof text, "/proc/self/task/%s/schedstat", thread))
        return false;

    const double on_cpu = strtod(text, &end);
    const double waiting = strtod(end, NULL);
    sum->raw[DLB_GATE_RUN_QUEUE] += waiting;
    sum->thread_ns += on_cpu + waiting;
    return on_cpu > 0.0;
}

static void take_run_queue(const char *root, struct dlb_gate_snapshot *snapshot)
{
    struct dlb_gate_snapshot sum = {.thread_ns = 0.0};

    if (!sum_threads(root, add_schedstat, &sum))
        return;
    snapshot->raw[DLB_GATE_RUN_QUEUE] = sum.raw[DLB_GATE_RUN_QUEUE];
    snapshot->thread_ns = sum.thread_ns;
}

static bool add_switches(const char *root, const char *thread, struct dlb_gate_snapshot *sum)
{
    char text[4096];

    if (!dlb_proc_read(root, text, sizeof text, "/proc/self/task/%s/status", thread))
        return false;

    const char *field = dlb_proc_field(text, "nonvoluntary_ctxt_switches");
    if (field == NULL)
        return false;
    sum->raw[DLB_GATE_SWITCHES] += strtod(field, NULL);
    return true;
}

/* The counters of getrusage include threads that have ended; a recording has only the files. */
static void take_process(const char *root, struct dlb_gate_snapshot *snapshot)
{
    struct rusage usage;
    struct dlb_gate_snapshot sum = {.thread_ns = 0.0};
    char text[1024];
    double faults;

    if (root[0] == '\0' && getrusage(RUSAGE_SELF, &usage) == 0) {
        snapshot->raw[DLB_GATE_SWITCHES] = (double)usage.ru_nivcsw;
        snapshot->raw[DLB_GATE_MAJOR_FAULTS] = (double)usage.ru_majflt;
        return;
    }
    if (sum_threads(root, add_switches, &sum))
        snapshot->raw[DLB_GATE_SWITCHES] = sum.raw[DLB_GATE_SWITCHES];
    if (!dlb_proc_read(root, text, sizeof text, "/proc/self/stat"))
        return;
    /* after "pid (name)": state ppid pgrp session tty tpgid flags minflt cminflt majflt */
    const char *tail = strrchr(text, ')');
    if (tail != NULL && sscanf(tail + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %lf", &faults) == 1)
        snapshot->raw[DLB_GATE_MAJOR_FAULTS] = faults;
}

static double tick_ns(void)
{
    const double hz = (double)sysconf(_SC_CLK_TCK);

    return 1e9 / (hz > 0.0 ? hz : 100.0);
}

/* The first line of /proc/stat: user nice system idle iowait irq softirq steal, in ticks, of all CPUs together. */
static void take_steal(const char *root, struct dlb_gate_snapshot *snapshot)
{
    char text[512];
    double t[8];

    if (!dlb_proc_read(root, text, sizeof text, "/proc/stat"))
        return;

    const char *field = dlb_proc_field(text, "cpu");
    if (field == NULL || sscanf(field, "%lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2],
                                &t[3], &t[4], &t[5], &t[6], &t[7]) != 8)
        return;
    snapshot->raw[DLB_GATE_STEAL] = t[7] * tick_ns();
    snapshot->busy_ns = (t[0] + t[1] + t[2] + t[5] + t[6] + t[7]) * tick_ns();
}

/* "some avg10=0.23 avg60=0.87 avg300=0.33 total=5494972", the total in microseconds. */
static void take_pressure(const char *root, struct dlb_gate_snapshot *snapshot)
{
    char text[512];

    if (!dlb_proc_read(root, text, sizeof text, "/proc/pressure/cpu"))
        return;

    const char *field = dlb_proc_field(text, "some");
    const char *total = field != NULL ? strstr(field, "total=") : NULL;
    if (total != NULL)
        snapshot->raw[DLB_GATE_PRESSURE] = strtod(total + strlen("total="), NULL) * 1e3;
}

static void take_thermal(const char *root, struct dlb_gate_snapshot *snapshot)
{
    static const char *const files[] = {"core_throttle_count", "package_throttle_count"};
    char path[DLB_PATH_SIZE];
    double sum = 0.0;
    bool found = false;

    snprintf(path, sizeof path, "%s/sys/devices/system/cpu", root);
    DIR *cpus = opendir(path);
    if (cpus == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(cpus)) != NULL;) {
        if (strncmp(entry->d_name, "cpu", 3) != 0)
            continue;
        for (size_t i = 0; i < DLB_ARRAY_COUNT(files); i++) {
            int64_t count;
            if (!dlb_proc_read_int(root, &count, "/sys/devices/system/cpu/%s/thermal_throttle/%s",
                                   entry->d_name, files[i]))
                continue;
            sum += (double)count;
            found = true;
        }
    }
    closedir(cpus);
    if (found)
        snapshot->raw[DLB_GATE_THERMAL] = sum;
}

/* Of the CPU that we run on and no other: some kernels take 10 ms to answer for each idle one. */
static void take_frequency(const char *root, struct dlb_gate_snapshot *snapshot)
{
    const int here = root[0] == '\0' ? sched_getcpu() : 0;
    int64_t khz;

    if (dlb_proc_read_int(root, &khz, "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_cur_freq",
                          here < 0 ? 0 : here) &&
        khz > 0)
        snapshot->raw[DLB_GATE_FREQUENCY] = (double)khz * 1e3;
}

static void take_suspend(struct dlb_gate_snapshot *snapshot)
{
    struct timespec now;

    /* Not the raw clock: boot and monotonic time are slewed alike, so their difference is suspend alone. */
    if (clock_gettime(CLOCK_MONOTONIC, &now) == 0)
        snapshot->raw[DLB_GATE_SUSPEND] =
            (double)(snapshot->boot_ns - (int64_t)now.tv_sec * 1000000000 - now.tv_nsec) / 1e9;
}

void dlb_gate_take(const char *root, struct dlb_gate_snapshot *snapshot)
{
    for (int i = 0; i < DLB_GATE_COUNT; i++)
        snapshot->raw[i] = NAN;
    snapshot->thread_ns = NAN;
    snapshot->busy_ns = NAN;
    snapshot->time_ns = dlb_clock_ns();
    snapshot->boot_ns = dlb_clock_boot_ns();
    take_suspend(snapshot);
    take_frequency(root, snapshot); /* early, while the CPU still runs as it did */
    take_process(root, snapshot);
    take_run_queue(root, snapshot);
    take_steal(root, snapshot);
    take_pressure(root, snapshot);
    take_thermal(root, snapshot);
    snapshot->raw[DLB_GATE_THROTTLED] = dlb_cgroup_throttled_ns(root);
}

/* At least the elapsed time, more when several threads or CPUs were busy. */
static double share_base(double before, double after, double elapsed_ns)
{
    const double busy = after - before;

    return busy > elapsed_ns ? busy : elapsed_ns;
}

void dlb_gate_difference(const struct dlb_gate_snapshot *before,
                         const struct dlb_gate_snapshot *after, struct dlb_gate_reading *reading)
{
    const double elapsed_ns = (double)(after->time_ns - before->time_ns);
    struct dlb_gate_reading found = {{0.0}};
    double *value = found.value;

    for (int i = 0; i < DLB_GATE_COUNT; i++) {
        const double difference = after->raw[i] - before->raw[i];
        value[i] = difference >= 0.0 ? difference : NAN;
    }
    value[DLB_GATE_FREQUENCY] = after->raw[DLB_GATE_FREQUENCY];
    /* Reading two clocks one after the other gives or takes a little. */
    if (after->raw[DLB_GATE_SUSPEND] < before->raw[DLB_GATE_SUSPEND])
        value[DLB_GATE_SUSPEND] = 0.0;
    /* One tick more is within the resolution of the counter: it may be 20 ms or nothing. */
    if (value[DLB_GATE_STEAL] < 1.5 * tick_ns())
        value[DLB_GATE_STEAL] = 0.0;

    const double none = elapsed_ns > 0.0 ? 1.0 : NAN;
    value[DLB_GATE_RUN_QUEUE] *= none / share_base(before->thread_ns, after->thread_ns, elapsed_ns);
    value[DLB_GATE_STEAL] *= none / share_base(before->busy_ns, after->busy_ns, elapsed_ns);
    value[DLB_GATE_THROTTLED] *= none / elapsed_ns;
    value[DLB_GATE_PRESSURE] *=
        none / (elapsed_ns > PRESSURE_PERIOD_NS ? elapsed_ns : PRESSURE_PERIOD_NS);
    *reading = found;
}

/* Puts `value` into a list of `count` sorted numbers, NaN last. */
static void insert_sorted(double *sorted, int64_t count, double value)
{
    int64_t at = count;

    while (at > 0 && !isnan(value) && !(sorted[at - 1] <= value)) {
        sorted[at] = sorted[at - 1];
        at--;
    }
    sorted[at] = value;
}

static double quantile_of_known(const double *sorted, int64_t count, double q)
{
    while (count > 0 && isnan(sorted[count - 1]))
        count--;
    return count > 0 ? dlb_quantile_sorted(sorted, count, q) : 0.0;
}

void dlb_gate_learn(struct dlb_gate_session *session, const struct dlb_gate_reading *reading)
{
    if (session->count == session->capacity) {
        const int64_t wanted = session->capacity > 0 ? 2 * session->capacity : 64;
        double *switches = realloc(session->switches, (size_t)wanted * sizeof *switches);
        if (switches != NULL)
            session->switches = switches;
        double *frequencies = realloc(session->frequencies, (size_t)wanted * sizeof *frequencies);
        if (frequencies != NULL)
            session->frequencies = frequencies;
        if (switches == NULL || frequencies == NULL)
            return;
        session->capacity = wanted;
    }
    insert_sorted(session->switches, session->count, reading->value[DLB_GATE_SWITCHES]);
    insert_sorted(session->frequencies, session->count, reading->value[DLB_GATE_FREQUENCY]);
    session->count++;
    session->switches_lower_quartile = quantile_of_known(session->switches, session->count, 0.25);
    session->frequency_median = quantile_of_known(session->frequencies, session->count, 0.5);
}

void dlb_gate_session_free(struct dlb_gate_session *session)
{
    free(session->switches);
    free(session->frequencies);
    *session = (struct dlb_gate_session){.count = 0};
}

/* What is compared with the thresholds: the value itself, or for the frequency its distance from the session's median. */
static double signal_of(const struct dlb_gate_session *session,
                        const struct dlb_gate_reading *reading, enum dlb_gate gate)
{
    const double value = reading->value[gate];

    if (gate != DLB_GATE_FREQUENCY)
        return value;
    return session->frequency_median > 0.0 ? fabs(value / session->frequency_median - 1.0) : NAN;
}

static double gate_of(const struct dlb_gate_session *session, enum dlb_gate gate)
{
    if (gate != DLB_GATE_SWITCHES)
        return rules[gate].gate;
    return fmax(rules[gate].gate, 2.0 * session->switches_lower_quartile);
}

static void describe(const struct dlb_gate_session *session, const struct dlb_gate_reading *reading,
                     enum dlb_gate gate, char *reason, int reason_size)
{
    const double value = reading->value[gate];
    const char *label = rules[gate].label;

    if (gate == DLB_GATE_FREQUENCY)
        snprintf(reason, (size_t)reason_size, "%s %+.1f%%", label,
                 100.0 * (value / session->frequency_median - 1.0));
    else if (gate == DLB_GATE_SUSPEND)
        snprintf(reason, (size_t)reason_size, "%s %.1f s", label, value);
    else if (rules[gate].percent)
        snprintf(reason, (size_t)reason_size, "%s %.3g%%", label, 100.0 * value);
    else
        snprintf(reason, (size_t)reason_size, "%s %.0f", label, value);
}

enum dlb_gate_verdict dlb_gate_judge(const struct dlb_gate_session *session,
                                     const struct dlb_gate_reading *reading, char *reason,
                                     int reason_size)
{
    enum dlb_gate_verdict worst = DLB_GATE_QUIET;
    double worst_ratio = 0.0;

    if (reason_size > 0)
        reason[0] = '\0';
    for (enum dlb_gate gate = DLB_GATE_SWITCHES; gate < DLB_GATE_COUNT; gate++) {
        const double signal = signal_of(session, reading, gate);
        const double ratio = signal / gate_of(session, gate);
        const enum dlb_gate_verdict verdict = ratio > 1.0                 ? DLB_GATE_NOISY
                                              : signal > rules[gate].warn ? DLB_GATE_WARN
                                                                          : DLB_GATE_QUIET;
        if (verdict == DLB_GATE_QUIET || verdict < worst ||
            (verdict == worst && ratio <= worst_ratio))
            continue;
        worst = verdict;
        worst_ratio = ratio;
        if (reason_size > 0)
            describe(session, reading, gate, reason, reason_size);
    }
    return worst;
}

double dlb_gate_noise(const struct dlb_gate_session *session,
                      const struct dlb_gate_reading *reading)
{
    double noise = 0.0;

    for (enum dlb_gate gate = DLB_GATE_SWITCHES; gate < DLB_GATE_COUNT; gate++)
        noise = fmax(noise, signal_of(session, reading, gate) / gate_of(session, gate));
    return noise;
}
