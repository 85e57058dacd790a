/* test_counters.c: lists of counters, what stands in the way of a PMU, memory controllers in made /sys trees, and counting for real: all
 * threads, nothing else. Hardware is nowhere assumed; a recorded PMU is played back in test_passes.c. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/measure/counters_parts.h"
#include "tests/unit/near.h"

/* ---- lists ---- */

static const char *joined(const struct dlb_counter_list *list)
{
    static char text[DLB_MAX_COUNTERS * 65];
    text[0] = '\0';
    for (int i = 0; i < list->count; i++) {
        strcat(text, i > 0 ? "," : "");
        strcat(text, list->names[i]);
    }
    return text;
}

static void names_and_groups_become_a_list(void **state)
{
    (void)state;
    static const struct {
        const char *text, *list;
    } rows[] = {
        {"cycles", "cycles"},
        {"l3_miss,cycles", "l3_miss,cycles"},
        {"cycles,cycles,cycles", "cycles"},
        {"software", "context_switches,migrations,page_faults_minor,page_faults_major,task_clock"},
        {"task_clock,software",
         "task_clock,context_switches,migrations,page_faults_minor,page_faults_major"},
        {"flops", "cycles,instructions,flops_sp,flops_dp,flops_all,vec_sp,vec_dp,task_clock"},
        {"perf::INSTRUCTIONS,PAPI_TOT_CYC", "perf::INSTRUCTIONS,PAPI_TOT_CYC"},
        {"skx_unc_imc0::UNC_M_CAS_COUNT:RD:cpu=0", "skx_unc_imc0::UNC_M_CAS_COUNT:RD:cpu=0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_counter_list list;
        struct dlb_why why = {""};
        if (dlb_counter_list_parse(rows[i].text, &list, &why) != DLB_OK)
            fail_msg("%s: %s", rows[i].text, why.text);
        assert_string_equal(joined(&list), rows[i].list);
    }
}

static void bad_lists_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"", "between commas, found ''"},
        {",", "between commas"},
        {"cycles,", "between commas"},
        {"cycles,,l3_miss", "between commas"},
        {"cylces", "did you mean cycles?"},
        {"l3_mis", "did you mean l3_miss?"},
        {"softwear", "did you mean software?"},
        {"Cycles", "there is no counter 'Cycles'"},
        {" cycles", "there is no counter ' cycles'"},
        {"zzzzzzzzzzz", "there is no counter 'zzzzzzzzzzz'; groups are"},
        {"perf::A B", "another character"},
        {"perf::\033[2J", "another character"},
        {"perf::\xC3\xA4", "another character"},
        {"perf::x1234567890123456789012345678901234567890123456789012345678", "at most 63"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dlb_counter_list list = {.count = 7};
        struct dlb_why why = {""};
        assert_int_equal(dlb_counter_list_parse(rows[i].text, &list, &why), DLB_INVALID);
        if (strstr(why.text, rows[i].expected) == NULL)
            fail_msg("%s: %s", rows[i].text, why.text);
        assert_int_equal(list.count, 7);
    }
}

static void too_many_are_refused(void **state)
{
    char text[1024] = "";
    struct dlb_counter_list list;
    struct dlb_why why = {""};
    (void)state;
    for (int i = 0; i < DLB_MAX_COUNTERS; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sa::%d", i > 0 ? "," : "", i);
    assert_int_equal(dlb_counter_list_parse(text, &list, &why), DLB_OK);
    assert_int_equal(list.count, DLB_MAX_COUNTERS);
    strcat(text, ",cycles");
    assert_int_equal(dlb_counter_list_parse(text, &list, &why), DLB_INVALID);
    assert_non_null(strstr(why.text, "at most 32"));
}

/* Every group has members, every counter's groups are groups, and all of them together fit a list. */
static void the_table_is_whole(void **state)
{
    (void)state;
    struct dlb_counter_list list;
    struct dlb_why why = {""};
    assert_int_equal(dlb_counter_list_parse("cache,flops,memory,software", &list, &why), DLB_OK);
    for (const struct dlb_counter *c = dlb_counter_table; c->name != NULL; c++) {
        assert_int_equal(dlb_counter_list_parse(c->name, &list, &why), DLB_OK);
        assert_int_equal(list.count, 1);
        assert_true(strlen(c->summary) > 10);
        assert_true(dlb_counter_is_software(c->name) == c->software);
    }
}

/* ---- made trees ---- */

static char tree[] = "/tmp/dlbench-counters-XXXXXX";

static int make_tree(void **state)
{
    (void)state;
    strcpy(tree, "/tmp/dlbench-counters-XXXXXX");
    assert_non_null(mkdtemp(tree));
    return 0;
}

static int remove_tree(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", tree);
    return system(command);
}

static void put(const char *path, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s%s", tree, path);
    for (char *slash = full + strlen(tree) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    FILE *file = fopen(full, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

#define DEVICES "/sys/bus/event_source/devices/"

static void check_obstacle(const char *reason, const char *remedy)
{
    struct dlb_counter_health health;
    dlb_counters_health(tree, &health);
    if (strstr(health.reason, reason) == NULL || strstr(health.remedy, remedy) == NULL)
        fail_msg("%s -> %s", health.reason, health.remedy);
}

static void what_is_in_the_way_is_told(void **state)
{
    char reason[160], remedy[200];
    (void)state;
    check_obstacle("no perf events", "CONFIG_PERF_EVENTS");
    put("/proc/sys/kernel/perf_event_paranoid", "4\n");
    put("/proc/self/status", "Name:\tdlbench\nCapEff:\t0000000000000000\n");
    put(DEVICES "software/type", "1\n");
    check_obstacle("no PMU", "dmesg");
    put("/proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu hypervisor\n");
    put("/sys/class/dmi/id/sys_vendor", "QEMU\n");
    check_obstacle("this virtual machine", "bare metal");
    put(DEVICES "cpu/type", "4\n");
    check_obstacle("perf_event_paranoid is 4", "setcap cap_perfmon");
    put("/proc/self/status", "Name:\tdlbench\nCapEff:\t0000004000000000\n"); /* CAP_PERFMON */
    assert_false(dlb_counters_obstacle(tree, reason, remedy));
    put("/proc/self/status", "Name:\tdlbench\nCapEff:\t0000000000200000\n"); /* CAP_SYS_ADMIN */
    assert_false(dlb_counters_obstacle(tree, reason, remedy));
    put("/proc/self/status", "Name:\tdlbench\nCapEff:\t0000000000000001\n");
    assert_true(dlb_counters_obstacle(tree, reason, remedy));
    put("/proc/sys/kernel/perf_event_paranoid", "2\n");
    assert_false(dlb_counters_obstacle(tree, reason, remedy));
    put("/proc/sys/kernel/perf_event_paranoid", "-1\n");
    assert_false(dlb_counters_obstacle(tree, reason, remedy));
}

static void put_controller(const char *device, const char *read, const char *write,
                           const char *mask)
{
    static const char *const fields[][2] = {{"event", "config:0-7"}, {"umask", "config:8-15"}};
    char path[256];
    snprintf(path, sizeof path, DEVICES "%s/type", device);
    put(path, "17\n");
    snprintf(path, sizeof path, DEVICES "%s/cpumask", device);
    put(path, mask);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, DEVICES "%s/format/%s", device, fields[i][0]);
        put(path, fields[i][1]);
    }
    snprintf(path, sizeof path, DEVICES "%s/events/%s", device, read);
    put(path, "event=0x04,umask=0x03\n");
    snprintf(path, sizeof path, DEVICES "%s/events/%s", device, write);
    put(path, "event=0x04,umask=0x0c\n");
}

static void put_scale(const char *device, const char *event, const char *scale, const char *unit)
{
    char path[256];
    snprintf(path, sizeof path, DEVICES "%s/events/%s.scale", device, event);
    put(path, scale);
    snprintf(path, sizeof path, DEVICES "%s/events/%s.unit", device, event);
    put(path, unit);
}

/* A server: two sockets with two channels each. 6.103515625e-5 MiB are 64 bytes. */
static void memory_controllers_of_a_server_are_found(void **state)
{
    struct dlb_memory_event events[64];
    char name[64];
    (void)state;
    assert_int_equal(dlb_counters_memory_events(tree, events, 64, name), 0);
    assert_string_equal(name, "");
    put_controller("uncore_imc_0", "cas_count_read", "cas_count_write", "0,24\n");
    put_controller("uncore_imc_1", "cas_count_read", "cas_count_write", "0,24\n");
    put_controller("uncore_imc_free_running_0", "data_read", "data_write", "0,24\n");
    put_scale("uncore_imc_0", "cas_count_read", "6.103515625e-5\n", "MiB\n");
    assert_int_equal(dlb_counters_memory_events(tree, events, 64, name), 8);
    assert_string_equal(name, "uncore_imc cas_count_read + cas_count_write");
    int reads = 0, second = 0;
    for (int i = 0; i < 8; i++) {
        assert_int_equal(events[i].type, 17);
        assert_true(events[i].config == 0x0304 || events[i].config == 0x0c04);
        near(events[i].bytes, 64, 1e-9, "bytes of a CAS");
        reads += events[i].config == 0x0304;
        second += events[i].cpu == 24;
    }
    assert_int_equal(reads, 4);
    assert_int_equal(second, 4);
    assert_int_equal(dlb_counters_memory_events(tree, events, 3, name), 3);
}

static void free_running_ones_are_taken_where_there_are_no_others(void **state)
{
    struct dlb_memory_event events[8];
    char name[64];
    (void)state;
    put_controller("uncore_imc_free_running_0", "data_read", "data_write", "0\n");
    put_scale("uncore_imc_free_running_0", "data_read", "64\n", "Bytes\n");
    put_scale("uncore_imc_free_running_0", "data_write", "1\n", "furlongs\n");
    assert_int_equal(dlb_counters_memory_events(tree, events, 8, name), 1);
    assert_string_equal(name, "uncore_imc_free_running data_read + data_write");
    near(events[0].bytes, 64, 0, "bytes of a read");
}

static void events_that_are_not_understood_are_left_out(void **state)
{
    static const char *const bad[] = {"event=", "event=zz", "bits=1", "event=1;umask=2", ""};
    struct dlb_memory_event events[8];
    char name[64];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_controller("uncore_imc", "data_reads", "data_writes", "0\n");
        put(DEVICES "uncore_imc/events/data_reads", bad[i]);
        const int found = dlb_counters_memory_events(tree, events, 8, name);
        if (found != (bad[i][0] == '\0' ? 2 : 1))
            fail_msg("'%s': %d", bad[i], found);
    }
    put_controller("uncore_imc", "data_reads", "data_writes", "\n"); /* answers to no CPU */
    assert_int_equal(dlb_counters_memory_events(tree, events, 8, name), 0);
}

/* ---- counting ---- */

static struct dlb_counters counters;

static void open_counters(const char *text)
{
    struct dlb_counter_list list;
    struct dlb_why why = {""};
    if (dlb_counter_list_parse(text, &list, &why) != DLB_OK ||
        dlb_counters_open(&counters, &list, NULL, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static void start_counters(void)
{
    struct dlb_why why = {""};
    assert_int_equal(dlb_counters_start(&counters, 0, &why), DLB_OK);
}

static void stop_counters(void)
{
    struct dlb_why why = {""};
    assert_int_equal(dlb_counters_stop(&counters, 0, &why), DLB_OK);
}

static double own_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

#define THREADS 3
#define BURN_NS 30e6

static pthread_barrier_t barrier;

/* Lives from before the counting until after it, as a runtime's threads do; its work is between. */
static void *burn(void *unused)
{
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    const double begin = own_ns();
    while (own_ns() - begin < BURN_NS)
        ;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return unused;
}

static void count_threads(const char *text)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, burn, NULL), 0);
    pthread_barrier_wait(&barrier);
    open_counters(text);
    start_counters();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    stop_counters();
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
}

/* By the threads' own clocks, so that a busy machine changes nothing. */
static void all_threads_are_counted(void **state)
{
    (void)state;
    count_threads("software");
    assert_string_equal(counters.version, "kernel accounting");
    assert_int_equal(counters.passes, 1);
    const double clock_ns = counters.readings[4].value;
    assert_true(clock_ns >= THREADS * BURN_NS && clock_ns < 1.5 * THREADS * BURN_NS);
    assert_true(counters.readings[1].value >= 0 || counters.readings[1].reason[0] != '\0');
    dlb_counters_close(&counters);
}

/* Events of PAPI: of all threads or of none. Without a PMU it attaches to no thread, and says so rather than tell a part. */
static void papi_counts_all_threads_or_none(void **state)
{
    (void)state;
    count_threads("perf::TASK-CLOCK,perf::NO_SUCH_EVENT");
    const struct dlb_counter_reading *clock = &counters.readings[0];
    assert_true(isnan(counters.readings[1].value) && counters.readings[1].reason[0] != '\0');
    if (isnan(clock->value))
        assert_true(clock->reason[0] != '\0');
    else
        assert_true(clock->value >= THREADS * BURN_NS && clock->value < 1.5 * THREADS * BURN_NS);
    dlb_counters_close(&counters);
}

/* The one thread of a process needs no attaching: the kernel's clock through PAPI against the kernel's account. */
static void papi_counts_this_thread(void **state)
{
    (void)state;
    open_counters("perf::TASK-CLOCK,task_clock,perf::CONTEXT-SWITCHES");
    const struct dlb_counter_reading *clock = &counters.readings[0];
    if (clock->event[0] == '\0') { /* no PAPI, or a kernel that gives us nothing */
        assert_true(clock->reason[0] != '\0');
        dlb_counters_close(&counters);
        skip();
    }
    assert_non_null(strstr(counters.version, "PAPI"));
    assert_non_null(strstr(counters.readings[2].reason, "ask for context_switches"));
    start_counters();
    const double begin = own_ns();
    while (own_ns() - begin < BURN_NS)
        ;
    stop_counters();
    assert_true(clock->value >= 0.9 * BURN_NS && clock->value < 1.5 * BURN_NS);
    near(clock->value / counters.readings[1].value, 1, 0.1, "PAPI's clock by the kernel's");
    dlb_counters_close(&counters);
}

#define PAGES 64

static void switches_and_faults_are_counted(void **state)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const struct timespec nap = {.tv_nsec = 1000000};
    (void)state;
    open_counters("context_switches,page_faults_minor,page_faults_major");
    start_counters();
    for (int i = 0; i < 5; i++)
        nanosleep(&nap, NULL);
    stop_counters();
    assert_true(counters.readings[0].value >= 5);
    const double faults = counters.readings[1].value;
    char *pages =
        mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    (void)madvise(pages, PAGES * page, MADV_NOHUGEPAGE);
    start_counters(); /* adds to what was counted before */
    for (int i = 0; i < PAGES; i++)
        pages[(size_t)i * page] = 1;
    stop_counters();
    munmap(pages, PAGES * page);
    assert_true(counters.readings[1].value - faults >= PAGES);
    assert_true(counters.readings[2].value >= 0);
    assert_string_equal(counters.readings[2].event, "getrusage ru_majflt");
    dlb_counters_close(&counters);
}

/* Whatever the machine: each counter has an event or a reason, and never both or a value without being counted. */
static void every_counter_has_an_event_or_a_reason(void **state)
{
    (void)state;
    open_counters("cache,flops,memory,software,PAPI_TOT_CYC,nonsense::EVENT");
    for (int i = 0; i < counters.list.count; i++) {
        const struct dlb_counter_reading *reading = &counters.readings[i];
        if ((reading->event[0] == '\0') == (reading->reason[0] == '\0'))
            fail_msg("%s: '%s', '%s'", counters.list.names[i], reading->event, reading->reason);
        assert_true(isnan(reading->value));
        if (dlb_counter_is_software(counters.list.names[i]) &&
            strcmp(counters.list.names[i], "migrations") != 0)
            assert_true(reading->event[0] != '\0');
    }
    dlb_counters_close(&counters);
}

static void nothing_to_count_is_no_failure(void **state)
{
    (void)state;
    open_counters("nonsense::EVENT");
    assert_int_equal(counters.passes, 0);
    assert_true(counters.readings[0].reason[0] != '\0');
    dlb_counters_close(&counters);
    dlb_counters_close(&counters); /* legal */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_groups_become_a_list),
        cmocka_unit_test(bad_lists_are_refused),
        cmocka_unit_test(too_many_are_refused),
        cmocka_unit_test(the_table_is_whole),
        cmocka_unit_test_setup_teardown(what_is_in_the_way_is_told, make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(memory_controllers_of_a_server_are_found, make_tree,
                                        remove_tree),
        cmocka_unit_test_setup_teardown(free_running_ones_are_taken_where_there_are_no_others,
                                        make_tree, remove_tree),
        cmocka_unit_test_setup_teardown(events_that_are_not_understood_are_left_out, make_tree,
                                        remove_tree),
        cmocka_unit_test(all_threads_are_counted),
        cmocka_unit_test(papi_counts_all_threads_or_none),
        cmocka_unit_test(papi_counts_this_thread),
        cmocka_unit_test(switches_and_faults_are_counted),
        cmocka_unit_test(every_counter_has_an_event_or_a_reason),
        cmocka_unit_test(nothing_to_count_is_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
