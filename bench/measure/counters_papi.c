/* counters_papi.c: events of the cores through PAPI: presets behind our names, and native events by their own.
 *
 * One event set for each thread that the process has when counting is opened, attached from here: the threads of OpenMP and OpenCL runtimes
 * live by then. Counts of user mode only, so that they mean the same with and without the right to see the kernel. Nothing is multiplexed: what
 * does not fit the counters goes into another pass. */
#include <dirent.h>
#include <math.h>
#include <papi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/base/compiler.h"
#include "bench/measure/counters_parts.h"
#include "bench/measure/papi_start.h"

#define COMPONENT "perf_event" /* of PAPI: the cores' counters */

/* Which events may stand behind a name, the best first: PAPI's presets know the processor's own events, those of perf are the
 * kernel's idea of the same. */
static const struct {
    const char *name;
    const char *events[3];
} presets[] = {
    {"cycles", {"PAPI_TOT_CYC", "perf::CYCLES"}},
    {"ref_cycles", {"PAPI_REF_CYC", "perf::REF-CYCLES"}},
    {"stall_cycles", {"PAPI_RES_STL", "PAPI_STL_ICY"}},
    {"instructions", {"PAPI_TOT_INS", "perf::INSTRUCTIONS"}},
    {"branches", {"PAPI_BR_INS", "perf::BRANCHES"}},
    {"branch_miss", {"PAPI_BR_MSP", "perf::BRANCH-MISSES"}},
    {"l1d_miss", {"PAPI_L1_DCM", "perf::L1-DCACHE-LOAD-MISSES"}},
    {"l2_miss", {"PAPI_L2_TCM", "PAPI_L2_DCM"}},
    {"l3_miss", {"PAPI_L3_TCM", "perf::CACHE-MISSES"}},
    {"l3_access", {"PAPI_L3_TCA", "perf::CACHE-REFERENCES"}},
    {"tlb_miss", {"PAPI_TLB_DM", "perf::DTLB-LOAD-MISSES"}},
    {"flops_sp", {"PAPI_SP_OPS"}},
    {"flops_dp", {"PAPI_DP_OPS"}},
    {"flops_all", {"PAPI_FP_OPS", "PAPI_FP_INS"}},
    {"vec_sp", {"PAPI_VEC_SP"}},
    {"vec_dp", {"PAPI_VEC_DP"}},
};

/* The kernel counts these at moments that are its own: in user mode they would read 0. */
static const struct {
    const char *event, *instead;
} blind[] = {
    {"perf::CONTEXT-SWITCHES", "context_switches"},
    {"perf::PERF_COUNT_SW_CONTEXT_SWITCHES", "context_switches"},
    {"perf::CPU-MIGRATIONS", "migrations"},
    {"perf::PERF_COUNT_SW_CPU_MIGRATIONS", "migrations"},
    {"perf::MIGRATIONS", "migrations"},
};

struct event {
    int code, reading, pass;
};

struct papi {
    int component;
    int event_count;
    struct event events[DLB_MAX_COUNTERS];
    int passes;
    long *threads; /* owned */
    int thread_count;
    int *sets;     /* owned: of the pass at hand, one a thread; PAPI_NULL: its thread has ended */
    int open_pass; /* -1: no sets */
    char failed[160]; /* why the pass at hand cannot be counted; "" */
};

bool dlb_counters_have_papi(void)
{
    return true;
}

static void tell_version(char *version, int version_size)
{
    const unsigned int number = (unsigned int)PAPI_get_opt(PAPI_LIB_VERSION, NULL);
    snprintf(version, (size_t)version_size, "PAPI %u.%u.%u (user mode)", PAPI_VERSION_MAJOR(number),
             PAPI_VERSION_MINOR(number), PAPI_VERSION_REVISION(number));
}

/* Each event of each thread is a file. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool add_thread(struct papi *papi, long thread)
{
    long *grown = realloc(papi->threads, ((size_t)papi->thread_count + 1) * sizeof *grown);
    if (grown == NULL)
        return false;
    papi->threads = grown;
    grown[papi->thread_count++] = thread;
    return true;
}

static enum dlb_status find_threads(struct papi *papi, struct dlb_why *why)
{
    DIR *tasks = opendir("/proc/self/task");
    bool whole = tasks != NULL;
    for (const struct dirent *entry; whole && (entry = readdir(tasks)) != NULL;)
        if (entry->d_name[0] != '.')
            whole = add_thread(papi, strtol(entry->d_name, NULL, 10));
    if (tasks != NULL)
        closedir(tasks);
    papi->sets = calloc((size_t)papi->thread_count + 1, sizeof *papi->sets);
    return whole && papi->sets != NULL
               ? DLB_OK
               : dlb_fail(why, DLB_UNAVAILABLE, "the threads of this process cannot be listed");
}

/* ---- event sets ---- */

static int new_set(const struct papi *papi, long thread, int *set)
{
    *set = PAPI_NULL;
    int error = PAPI_create_eventset(set);
    if (error == PAPI_OK)
        error = PAPI_assign_eventset_component(*set, papi->component);
    if (error == PAPI_OK)
        error = PAPI_attach(*set, (unsigned long)thread);
    /* PAPI tries whether it may attach with an event of hardware, and finds none in a virtual machine; this thread needs no attaching. */
    return error == PAPI_ENOEVNT && thread == (long)gettid() ? PAPI_OK : error;
}

static void release_set(int *set)
{
    if (*set == PAPI_NULL)
        return;
    (void)PAPI_cleanup_eventset(*set);
    (void)PAPI_destroy_eventset(set);
    *set = PAPI_NULL;
}

static void release_sets(struct papi *papi)
{
    for (int i = 0; i < papi->thread_count && papi->open_pass >= 0; i++)
        release_set(&papi->sets[i]);
    papi->open_pass = -1;
}

static bool has_ended(long thread)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld", thread);
    return access(path, F_OK) != 0;
}

/* A thread that has ended since needs no counting. */
static bool open_set(struct papi *papi, int thread, int pass)
{
    int error = new_set(papi, papi->threads[thread], &papi->sets[thread]);
    for (int i = 0; i < papi->event_count && error == PAPI_OK; i++)
        if (papi->events[i].pass == pass)
            error = PAPI_add_event(papi->sets[thread], papi->events[i].code);
    if (error == PAPI_OK)
        return true;
    release_set(&papi->sets[thread]);
    if (has_ended(papi->threads[thread]))
        return true;
    snprintf(papi->failed, sizeof papi->failed, "one of %d threads cannot be counted: %s",
             papi->thread_count, PAPI_strerror(error));
    return false;
}

static void open_pass(struct papi *papi, int pass)
{
    release_sets(papi);
    papi->failed[0] = '\0';
    for (int i = 0; i < papi->thread_count; i++)
        papi->sets[i] = PAPI_NULL;
    papi->open_pass = pass;
    bool good = true;
    for (int i = 0; i < papi->thread_count && good; i++)
        good = open_set(papi, i, pass);
}

/* ---- which event, in which pass ---- */

static const char *const *candidates_of(const char *name)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(presets); i++)
        if (strcmp(presets[i].name, name) == 0)
            return presets[i].events;
    return NULL;
}

static void refuse(struct dlb_counter_reading *reading, const char *event, int error)
{
    if (error == PAPI_ENOEVNT || error == PAPI_ENOTPRESET)
        snprintf(reading->reason, sizeof reading->reason,
                 "PAPI knows no event %.63s of this processor", event);
    else if (error == PAPI_ECNFLCT || error == PAPI_ENOCNTR)
        snprintf(reading->reason, sizeof reading->reason,
                 "%.63s needs more counters than the processor has free at once", event);
    else
        snprintf(reading->reason, sizeof reading->reason, "%.63s: %.80s", event,
                 PAPI_strerror(error));
}

/* The code of an event that these counters could count by themselves. */
static bool find_code(const struct papi *papi, const char *event, int *code,
                      struct dlb_counter_reading *reading)
{
    int error = PAPI_event_name_to_code(event, code);
    if (error == PAPI_OK)
        error = PAPI_query_event(*code);
    if (error != PAPI_OK) {
        refuse(reading, event, error);
        return false;
    }
    if (PAPI_get_event_component(*code) != papi->component) {
        snprintf(reading->reason, sizeof reading->reason,
                 "%.63s is no event of the cores: it cannot be told apart by threads", event);
        return false;
    }
    return true;
}

/* Into the first pass that has room for it, or a new one. `trials` are sets of this thread, one a pass. */
static int place(struct papi *papi, int code, int *trials)
{
    int error = PAPI_ECNFLCT;
    for (int pass = 0; pass < papi->passes; pass++) {
        error = PAPI_add_event(trials[pass], code);
        if (error == PAPI_OK) {
            papi->events[papi->event_count].pass = pass;
            return PAPI_OK;
        }
    }
    error = new_set(papi, (long)gettid(), &trials[papi->passes]);
    if (error == PAPI_OK)
        error = PAPI_add_event(trials[papi->passes], code);
    if (error == PAPI_OK)
        papi->events[papi->event_count].pass = papi->passes++;
    else
        release_set(&trials[papi->passes]);
    return error;
}

static bool take_event(struct papi *papi, const char *event, int index, int *trials,
                       struct dlb_counter_reading *reading)
{
    int code = 0;
    if (!find_code(papi, event, &code, reading))
        return false;
    const int error = place(papi, code, trials);
    if (error != PAPI_OK) {
        refuse(reading, event, error);
        return false;
    }
    papi->events[papi->event_count].code = code;
    papi->events[papi->event_count++].reading = index;
    snprintf(reading->event, sizeof reading->event, "%s", event);
    reading->reason[0] = '\0';
    return true;
}

static bool is_blind(const char *event, struct dlb_counter_reading *reading)
{
    for (size_t i = 0; i < DLB_ARRAY_COUNT(blind); i++)
        if (strcmp(blind[i].event, event) == 0) {
            snprintf(reading->reason, sizeof reading->reason,
                     "the kernel counts it outside user mode: ask for %s", blind[i].instead);
            return true;
        }
    return false;
}

static void take_counter(struct papi *papi, const char *name, int index, int *trials,
                         struct dlb_counter_reading *reading)
{
    const char *const *events = candidates_of(name);
    if (events == NULL) {
        if (!is_blind(name, reading))
            (void)take_event(papi, name, index, trials, reading);
        return;
    }
    char first[sizeof reading->reason] = "";
    for (int i = 0; i < 3 && events[i] != NULL; i++) {
        if (take_event(papi, events[i], index, trials, reading))
            return;
        if (i == 0)
            snprintf(first, sizeof first, "%s", reading->reason);
    }
    snprintf(reading->reason, sizeof reading->reason, "%s", first);
}

/* Where there is no PMU only natives are worth asking for, as they may be the kernel's own; and PAPI then attaches to no other thread. */
static void plan(struct papi *papi, const struct dlb_counter_list *list,
                 struct dlb_counter_reading *readings)
{
    int trials[DLB_MAX_COUNTERS];
    char reason[160], remedy[200];
    const bool blocked = dlb_counters_obstacle("", reason, remedy);
    for (int i = 0; i < DLB_MAX_COUNTERS; i++)
        trials[i] = PAPI_NULL;
    for (int i = 0; i < list->count; i++) {
        if (!dlb_counters_is_free(&readings[i]) || dlb_counter_is_software(list->names[i]))
            continue;
        if (blocked && candidates_of(list->names[i]) != NULL)
            snprintf(readings[i].reason, sizeof readings[i].reason, "%s", reason);
        else if (blocked && papi->thread_count > 1)
            snprintf(readings[i].reason, sizeof readings[i].reason,
                     "%.80s, and without one PAPI counts no more than one of %d threads", reason,
                     papi->thread_count);
        else
            take_counter(papi, list->names[i], i, trials, &readings[i]);
    }
    for (int i = 0; i < DLB_MAX_COUNTERS; i++)
        release_set(&trials[i]);
}

/* ---- the source ---- */

static void close_papi(void *self)
{
    struct papi *papi = self;
    release_sets(papi);
    free(papi->sets);
    free(papi->threads);
    free(papi);
}

static void refuse_all(const struct dlb_counter_list *list, const char *reason,
                       struct dlb_counter_reading *readings)
{
    for (int i = 0; i < list->count; i++)
        if (dlb_counters_is_free(&readings[i]) && !dlb_counter_is_software(list->names[i]))
            snprintf(readings[i].reason, sizeof readings[i].reason, "%.159s", reason);
}

static enum dlb_status open_papi(const struct dlb_counter_list *list,
                                 struct dlb_counter_reading *readings, int *passes, char *version,
                                 int version_size, void **self, struct dlb_why *why)
{
    struct papi *papi = calloc(1, sizeof *papi);
    *passes = 0;
    if (papi == NULL)
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for counters");
    papi->open_pass = -1;
    enum dlb_status status = dlb_papi_start(why);
    if (status == DLB_OK) {
        tell_version(version, version_size);
        papi->component = PAPI_get_component_index(COMPONENT);
        if (papi->component < 0)
            status = dlb_fail(why, DLB_UNAVAILABLE, "this PAPI has no component " COMPONENT);
    }
    if (status == DLB_OK)
        status = find_threads(papi, why);
    if (status == DLB_OK) {
        raise_file_limit();
        plan(papi, list, readings);
    } else {
        refuse_all(list, why->text, readings);
    }
    if (papi->passes == 0) {
        close_papi(papi);
        return DLB_OK;
    }
    *passes = papi->passes;
    *self = papi;
    return DLB_OK;
}

/* A pass that cannot be counted is told by the readings, when it ends: the other sources go on. */
static enum dlb_status start_papi(void *self, int pass, struct dlb_why *why)
{
    struct papi *papi = self;
    (void)why;
    if (papi->open_pass != pass)
        open_pass(papi, pass);
    for (int i = 0; i < papi->thread_count && papi->failed[0] == '\0'; i++) {
        const int error = papi->sets[i] != PAPI_NULL ? PAPI_start(papi->sets[i]) : PAPI_OK;
        if (error != PAPI_OK)
            snprintf(papi->failed, sizeof papi->failed, "counting does not start: %.100s",
                     PAPI_strerror(error));
    }
    return DLB_OK;
}

static void add_values(const struct papi *papi, int pass, const long long *values,
                       struct dlb_counter_reading *readings)
{
    int next = 0;
    for (int i = 0; i < papi->event_count; i++)
        if (papi->events[i].pass == pass)
            dlb_counters_add(&readings[papi->events[i].reading], (double)values[next++]);
}

static void explain_pass(const struct papi *papi, int pass, struct dlb_counter_reading *readings)
{
    for (int i = 0; i < papi->event_count; i++)
        if (papi->events[i].pass == pass) {
            struct dlb_counter_reading *reading = &readings[papi->events[i].reading];
            reading->value = (double)NAN;
            snprintf(reading->reason, sizeof reading->reason, "%s", papi->failed);
        }
}

static enum dlb_status stop_papi(void *self, int pass, struct dlb_counter_reading *readings,
                                 struct dlb_why *why)
{
    struct papi *papi = self;
    (void)why;
    for (int i = 0; i < papi->thread_count; i++) {
        long long values[DLB_MAX_COUNTERS];
        if (papi->sets[i] == PAPI_NULL)
            continue;
        const int error = PAPI_stop(papi->sets[i], values);
        if (error == PAPI_OK)
            add_values(papi, pass, values, readings);
        else if (papi->failed[0] == '\0')
            snprintf(papi->failed, sizeof papi->failed, "counting did not end well: %.100s",
                     PAPI_strerror(error));
    }
    if (papi->failed[0] != '\0')
        explain_pass(papi, pass, readings);
    return DLB_OK;
}

const struct dlb_counter_source dlb_counter_source_papi = {
    .name = "papi",
    .open = open_papi,
    .start = start_papi,
    .stop = stop_papi,
    .close = close_papi,
};
