/* counters_software.c: what the kernel keeps account of for every process: switches, migrations, page faults, time on CPUs.
 *
 * From getrusage and the process's CPU clock, which cover all threads, those that come and go included, need no rights and see the kernel's side
 * too. Software events of perf would count the same worse: without the right to see the kernel, context switches and migrations read as 0
 * there. Migrations stand in /proc/self/task/TID/sched alone; see Linux Documentation/scheduler/sched-debug.rst. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/base/compiler.h"
#include "bench/measure/counters_parts.h"
#include "bench/measure/procfs.h"

enum kind { SWITCHES, MIGRATIONS, FAULTS_MINOR, FAULTS_MAJOR, CLOCK, KINDS };

static const struct {
    const char *name, *event;
} kinds[KINDS] = {
    [SWITCHES] = {"context_switches", "getrusage ru_nvcsw + ru_nivcsw"},
    [MIGRATIONS] = {"migrations", "/proc/self/task/*/sched nr_migrations"},
    [FAULTS_MINOR] = {"page_faults_minor", "getrusage ru_minflt"},
    [FAULTS_MAJOR] = {"page_faults_major", "getrusage ru_majflt"},
    [CLOCK] = {"task_clock", "CLOCK_PROCESS_CPUTIME_ID"},
};

struct thread_moves {
    long tid;
    double moves;
};

struct snapshot {
    double value[KINDS];
    struct thread_moves *threads; /* owned; of MIGRATIONS */
    int thread_count;
};

struct software {
    int reading[KINDS]; /* index; -1: not asked for */
    struct snapshot before;
};

static bool read_moves(const char *thread, double *moves)
{
    char text[8192];
    if (!dlb_proc_read("", text, sizeof text, "/proc/self/task/%s/sched", thread))
        return false;
    const char *field = dlb_proc_field(text, "se.nr_migrations");
    if (field == NULL)
        return false;
    *moves = strtod(field, NULL);
    return true;
}

static bool add_thread(struct snapshot *snapshot, const char *thread)
{
    struct thread_moves moves = {.tid = strtol(thread, NULL, 10)};
    if (!read_moves(thread, &moves.moves))
        return true; /* it has ended */
    struct thread_moves *grown =
        realloc(snapshot->threads, ((size_t)snapshot->thread_count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    snapshot->threads = grown;
    grown[snapshot->thread_count++] = moves;
    return true;
}

static bool take_moves(struct snapshot *snapshot)
{
    DIR *tasks = opendir("/proc/self/task");
    bool whole = tasks != NULL;
    snapshot->thread_count = 0;
    for (const struct dirent *entry; whole && (entry = readdir(tasks)) != NULL;)
        if (entry->d_name[0] != '.')
            whole = add_thread(snapshot, entry->d_name);
    if (tasks != NULL)
        closedir(tasks);
    return whole && snapshot->thread_count > 0;
}

static double cpu_ns(void)
{
    struct timespec time;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0)
        return (double)NAN;
    return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

static void take_usage(struct snapshot *snapshot)
{
    struct rusage usage;
    for (int i = 0; i < KINDS; i++)
        snapshot->value[i] = (double)NAN;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return;
    snapshot->value[SWITCHES] = (double)usage.ru_nvcsw + (double)usage.ru_nivcsw;
    snapshot->value[FAULTS_MINOR] = (double)usage.ru_minflt;
    snapshot->value[FAULTS_MAJOR] = (double)usage.ru_majflt;
}

/* Of threads that were there before, and all of those that came since; what a thread that ended had moved is not known any more. */
static double moves_since(const struct snapshot *before, const struct snapshot *after)
{
    double sum = 0;
    for (int i = 0; i < after->thread_count; i++) {
        sum += after->threads[i].moves;
        for (int j = 0; j < before->thread_count; j++)
            if (before->threads[j].tid == after->threads[i].tid)
                sum -= before->threads[j].moves;
    }
    return sum;
}

static bool wants(const struct software *software, enum kind kind)
{
    return software->reading[kind] >= 0;
}

static void close_software(void *self)
{
    struct software *software = self;
    free(software->before.threads);
    free(software);
}

/* Which of the kinds the list has; one that this kernel does not tell gets its reason instead. */
static int find_kinds(struct software *software, const struct dlb_counter_list *list,
                      struct dlb_counter_reading *readings)
{
    int count = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        software->reading[kind] = -1;
        for (int i = 0; i < list->count; i++) {
            if (strcmp(list->names[i], kinds[kind].name) != 0 ||
                !dlb_counters_is_free(&readings[i]))
                continue;
            if (kind == MIGRATIONS && !take_moves(&software->before)) {
                snprintf(readings[i].reason, sizeof readings[i].reason,
                         "this kernel has no /proc/self/sched (CONFIG_SCHED_DEBUG)");
                continue;
            }
            snprintf(readings[i].event, sizeof readings[i].event, "%s", kinds[kind].event);
            software->reading[kind] = i;
            count++;
        }
    }
    return count;
}

static enum dlb_status open_software(const struct dlb_counter_list *list,
                                     struct dlb_counter_reading *readings, int *passes,
                                     char *version, int version_size, void **self,
                                     struct dlb_why *why)
{
    struct software *software = calloc(1, sizeof *software);
    if (software == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for counters");
    *passes = find_kinds(software, list, readings) > 0 ? 1 : 0;
    if (*passes == 0) {
        close_software(software);
        return DLB_OK;
    }
    snprintf(version, (size_t)version_size, "kernel accounting");
    *self = software;
    return DLB_OK;
}

/* The clock is read last and first: it runs while the others are read. */
static enum dlb_status start_software(void *self, int pass, struct dlb_why *why)
{
    struct software *software = self;
    (void)pass;
    if (wants(software, MIGRATIONS) && !take_moves(&software->before))
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the migrations of threads");
    take_usage(&software->before);
    software->before.value[CLOCK] = cpu_ns();
    return DLB_OK;
}

static enum dlb_status stop_software(void *self, int pass, struct dlb_counter_reading *readings,
                                     struct dlb_why *why)
{
    const double clock_ns = cpu_ns();
    struct software *software = self;
    struct snapshot after = {.thread_count = 0};
    (void)pass;
    take_usage(&after);
    after.value[CLOCK] = clock_ns;
    if (wants(software, MIGRATIONS) && !take_moves(&after)) {
        free(after.threads);
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the migrations of threads");
    }
    for (int kind = 0; kind < KINDS; kind++)
        if (wants(software, (enum kind)kind))
            dlb_counters_add(&readings[software->reading[kind]],
                             kind == MIGRATIONS ? moves_since(&software->before, &after)
                                                : after.value[kind] - software->before.value[kind]);
    free(after.threads);
    return DLB_OK;
}

const struct dlb_counter_source dlb_counter_source_software = {
    .name = "software",
    .open = open_software,
    .start = start_software,
    .stop = stop_software,
    .close = close_software,
};
