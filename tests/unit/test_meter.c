/* test_meter.c: RAPL from a made powercap tree, by a clock that the test sets; an external meter from commands of a line.
 *
 * Each state of measurement rule 6 (wrap, reset, glitch, stuck, unreadable range, no permission, window too short, several sockets, a power
 * limit that changes, idle) is one test. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/measure/meter_parts.h"
#include "tests/unit/near.h"
#include "tests/unit/powercap_tree.h"

#define RANGE  INT64_C(262143328850) /* uJ, as a server's package has it */
#define P0     "intel-rapl:0"
#define P1     "intel-rapl:1"
#define NOBODY 65534

static int64_t clock_ns;

static int64_t test_now(void *user)
{
    (void)user;
    return clock_ns;
}

/* An idle machine of 40 W in package 0. */
static void test_sleep(void *user, int64_t ns)
{
    (void)user;
    clock_ns += ns;
    dlb_tree_add(P0, ns / 1000 * 40);
}

static const struct dlb_sampler_clock test_clock = {.now = test_now, .sleep = test_sleep};

static struct dlb_meter *meter;
static struct dlb_meter_reading reading;
static char text_path[64]; /* what an external meter shows */

static int make_tree(void **state)
{
    *state = (void *)(uintptr_t)dlb_tree_make();
    clock_ns = 1000000000;
    meter = NULL;
    snprintf(text_path, sizeof text_path, "%s/joules", (const char *)*state);
    return 0;
}

static int remove_tree(void **state)
{
    (void)state;
    dlb_meter_close(meter);
    dlb_tree_remove();
    return 0;
}

static void one_package(int64_t energy_uj, int64_t range_uj)
{
    dlb_tree_zone(P0, "package-0", energy_uj, range_uj);
}

static enum dlb_status open_rapl(void **state, struct dlb_why *why)
{
    const struct dlb_meter_options options = {.kind = DLB_METER_RAPL, .root = *state};
    return dlb_meter_open_with(&options, &test_clock, NULL, &meter, why);
}

static void begin(void **state)
{
    struct dlb_why why = {""};
    if (open_rapl(state, &why) != DLB_OK || dlb_meter_begin(meter, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

/* `watts` for `seconds` in a zone, looked at as the harness does. */
static void burn(const char *folder, double watts, double seconds)
{
    double left = seconds;
    while (left > 1e-9) {
        const double piece = fmin(left, 0.5);
        left -= piece;
        clock_ns += (int64_t)(1e9 * piece);
        dlb_tree_add(folder, (int64_t)(1e6 * watts * piece));
        dlb_meter_poll(meter);
    }
}

static void refused_reading(const char *words)
{
    dlb_meter_end(meter, &reading);
    if (!isnan(reading.energy_j) || strstr(reading.reason, words) == NULL)
        fail_msg("wanted no energy and \"%s\", found %g J and \"%s\"", words, reading.energy_j,
                 reading.reason);
}

static void wanted_reading(double joules, double seconds, const char *scope, const char *words)
{
    dlb_meter_end(meter, &reading);
    near(reading.energy_j, joules, 1e-4 * joules, "energy");
    near(reading.window_s, seconds, 1e-6, "window");
    assert_string_equal(reading.scope, scope);
    if (words[0] == '\0' ? reading.reason[0] != '\0' : strstr(reading.reason, words) == NULL)
        fail_msg("wanted the reason \"%s\", found \"%s\"", words, reading.reason);
}

/* ---- which counters ---- */

static void two_sockets(void)
{
    one_package(5000000, RANGE);
    dlb_tree_zone(P1, "package-1", 70000000, RANGE);
    dlb_tree_zone(P0 ":0", "core", 1000000, RANGE);
    dlb_tree_zone(P0 ":1", "dram", 2000000, 65712999613);
    dlb_tree_zone(P1 ":0", "dram", 3000000, 65712999613);
    dlb_tree_zone("intel-rapl:2", "psys", 9000000, RANGE);
    dlb_tree_zone("intel-rapl-mmio:0", "package-0", 5000000, RANGE);
}

static void test_sockets(void **state)
{
    static const struct {
        const char *folder;
        int64_t joules;
        bool counts;
    } zones[] = {{P0, 100, true},
                 {P1, 200, true},
                 {P0 ":1", 10, true},
                 {P1 ":0", 20, true},
                 {P0 ":0", 90, false}, /* cores are in the package */
                 {"intel-rapl:2", 500, false},
                 {"intel-rapl-mmio:0", 100, false}};
    char words[64];
    double sum = 0;
    two_sockets();
    begin(state);
    clock_ns += 1000000000;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(zones); i++) {
        dlb_tree_add(zones[i].folder, zones[i].joules * 1000000);
        sum += zones[i].counts ? (double)zones[i].joules : 0;
    }
    wanted_reading(sum, 1, "package_dram", "");
    assert_string_equal(reading.method, "rapl");
    /* 1 ms of 1 s at both ends, and steps of 61 uJ that are nothing beside it */
    near(reading.uncertainty_rel, 0.001 / sqrt(6), 1e-6, "uncertainty");
    dlb_meter_describe(meter, words, sizeof words);
    assert_string_equal(words, "RAPL, 2 packages with memory");
}

static void test_memory_of_some(void **state)
{
    one_package(5000000, RANGE);
    dlb_tree_zone(P1, "package-1", 5000000, RANGE);
    dlb_tree_zone(P0 ":0", "dram", 2000000, RANGE);
    begin(state);
    clock_ns += 1000000000;
    dlb_tree_add(P0, 50000000);
    dlb_tree_add(P1, 60000000);
    dlb_tree_add(P0 ":0", 7000000);
    wanted_reading(110, 1, "package", "");
}

/* ---- what a counter does ---- */

static void test_wrap(void **state)
{
    one_package(RANGE - 30000000, RANGE);
    begin(state);
    burn(P0, 100, 2);
    wanted_reading(200, 2, "package", "");
}

static void test_wraps_of_small_range(void **state)
{
    one_package(0, 2000000000);
    begin(state);
    burn(P0, 900, 10); /* 9 kJ over a range of 2 kJ */
    wanted_reading(9000, 10, "package", "");
}

static void test_wrap_unseen(void **state)
{
    one_package(0, 2000000000);
    begin(state);
    clock_ns += INT64_C(10000000000);
    dlb_tree_add(P0, 1000000000); /* or 3000, or 5000 J */
    refused_reading("may have wrapped twice");
}

static void test_reset(void **state)
{
    one_package(RANGE / 2, RANGE);
    begin(state);
    burn(P0, 100, 1);
    dlb_tree_energy(P0, 0);
    burn(P0, 100, 1);
    refused_reading("counter reset: package-0 went back");
}

static void test_range_unreadable(void **state)
{
    one_package(1000000, 0);
    begin(state);
    burn(P0, 100, 1);
    wanted_reading(100, 1, "package", ""); /* it did not wrap: nothing is missing */
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    dlb_tree_energy(P0, 500000);
    clock_ns += 1000000000;
    refused_reading("where it wraps is unknown");
}

static void test_glitch(void **state)
{
    one_package(1000000, RANGE);
    dlb_tree_set(P0, "constraint_0_power_limit_uw", "350000000");
    begin(state);
    burn(P0, 300, 1);
    clock_ns += 500000000;
    dlb_tree_add(P0, INT64_C(40000000000)); /* 40 kJ in half a second */
    refused_reading("glitch: package-0 counted 4e+04 J within 0.5 s");
}

/* What is much for most machines is not for one whose limits allow it. */
static void test_ceiling_follows_limits(void **state)
{
    one_package(1000000, RANGE);
    dlb_tree_set(P0, "constraint_1_power_limit_uw", "1500000000");
    begin(state);
    burn(P0, 1400, 1);
    wanted_reading(1400, 1, "package", "");
}

static void test_stuck(void **state)
{
    one_package(1000000, RANGE);
    begin(state);
    clock_ns += 300000000;
    refused_reading("stuck: nothing was counted by package-0");
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    burn(P0, 100, 1);
    burn(P0, 0, 1.5); /* then it stands still, and goes on */
    burn(P0, 100, 1);
    refused_reading("stuck: the counter of package-0 stood still for 1 s");
}

static void test_stuck_memory(void **state)
{
    one_package(1000000, RANGE);
    dlb_tree_zone(P0 ":0", "dram", 2000000, RANGE);
    begin(state);
    burn(P0, 100, 2);
    wanted_reading(200, 2, "package", "the memory is left out");
}

static void test_limit_changes(void **state)
{
    one_package(1000000, RANGE);
    dlb_tree_set(P0, "constraint_0_power_limit_uw", "125000000");
    begin(state);
    burn(P0, 100, 1);
    dlb_tree_set(P0, "constraint_0_power_limit_uw", "80000000");
    burn(P0, 70, 1);
    wanted_reading(170, 2, "package", "power limit of intel-rapl:0 changed from 125 W to 80 W");
}

static void test_windows(void **state)
{
    const struct dlb_meter_options options = {
        .kind = DLB_METER_RAPL, .root = *state, .window_ns = 1e9};
    one_package(1000000, RANGE);
    assert_int_equal(dlb_meter_open_with(&options, &test_clock, NULL, &meter, NULL), DLB_OK);
    near(dlb_meter_window_s(meter), 1, 0, "window as asked for");
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    dlb_tree_add(P0, 1000);
    refused_reading("the window has no length");
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    burn(P0, 100, 0.01);
    refused_reading("window too short: 10 ms, RAPL wants at least 20 ms");
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    burn(P0, 100, 0.25);
    wanted_reading(25, 0.25, "package", "window of 0.25 s is shorter than the 1 s wanted");
    assert_true(isnan(reading.uncertainty_rel));
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    burn(P0, 100, 1);
    wanted_reading(100, 1, "package", "");
    assert_true(reading.uncertainty_rel > 0);
}

static void test_idle(void **state)
{
    struct dlb_why why = {""};
    one_package(1000000, RANGE);
    assert_int_equal(open_rapl(state, &why), DLB_OK);
    near(dlb_meter_idle(meter, 3, &why), 40, 1e-3, "idle power");
    assert_string_equal(why.text, "");
}

static void test_idle_unknown(void **state)
{
    struct dlb_why why = {""};
    one_package(1000000, RANGE);
    dlb_tree_zone(P1, "package-1", 1000000, RANGE); /* nothing moves it */
    assert_int_equal(open_rapl(state, &why), DLB_OK);
    assert_true(isnan(dlb_meter_idle(meter, 1, &why)));
    assert_non_null(strstr(why.text, "stuck: the counter of package-1"));
}

/* ---- what cannot be read ---- */

static void refused_rapl(void **state, const char *words)
{
    struct dlb_why why = {""};
    assert_int_equal(open_rapl(state, &why), DLB_UNAVAILABLE);
    if (strstr(why.text, words) == NULL)
        fail_msg("wanted \"%s\", found \"%s\"", words, why.text);
}

static void test_absent(void **state)
{
    refused_rapl(state, "no RAPL counter in /sys/class/powercap");
    dlb_tree_zone("intel-rapl:0", "psys", 1000000, RANGE); /* a platform is no package */
    refused_rapl(state, "give an external meter (--power-command)");
}

/* Root reads what it likes, so it steps down for a moment. */
static void test_permission(void **state)
{
    char path[128];
    one_package(1000000, RANGE);
    snprintf(path, sizeof path, "%s/sys/class/powercap/" P0 "/energy_uj", (const char *)*state);
    assert_int_equal(chmod(path, 0), 0);
    const bool root = geteuid() == 0;
    assert_int_equal(root ? seteuid(NOBODY) : 0, 0);
    struct dlb_why why = {""};
    const enum dlb_status status = open_rapl(state, &why);
    assert_int_equal(root ? seteuid(0) : 0, 0);
    assert_int_equal(status, DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "only root may read RAPL's counters here: sudo chmod a+r"));
}

static void test_unreadable(void **state)
{
    two_sockets();
    dlb_tree_block(P1, "energy_uj"); /* one of two: half a sum is none */
    refused_rapl(state, "intel-rapl:1/energy_uj: Is a directory");
    dlb_tree_set(P1, "energy_uj", NULL);
    dlb_tree_set(P1, "energy_uj", "-5");
    refused_rapl(state, "a number of microjoules is wanted, found '-5'");
    dlb_tree_set(P1, "energy_uj", "");
    refused_rapl(state, "a number of microjoules is wanted, found ''");
}

static void test_gone(void **state)
{
    one_package(1000000, RANGE);
    begin(state);
    burn(P0, 100, 1);
    dlb_tree_set(P0, "energy_uj", NULL);
    clock_ns += 1000000000;
    dlb_meter_poll(meter); /* is no end */
    refused_reading("energy_uj: No such file or directory");
}

/* ---- an external meter ---- */

static void show(const char *text)
{
    FILE *stream = fopen(text_path, "w");
    assert_non_null(stream);
    fputs(text, stream);
    assert_int_equal(fclose(stream), 0);
}

static enum dlb_status open_external(const char *before, const struct dlb_sampler_clock *clock,
                                     struct dlb_why *why)
{
    struct dlb_meter_options options = {.kind = DLB_METER_AUTO, .window_ns = 1e8};
    snprintf(options.command, sizeof options.command, "%scat %s", before, text_path);
    return clock != NULL ? dlb_meter_open_with(&options, clock, NULL, &meter, why)
                         : dlb_meter_open(&options, &meter, why);
}

static void begin_external(const char *joules)
{
    show(joules);
    assert_int_equal(open_external("", &test_clock, NULL), DLB_OK);
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    clock_ns += 1000000000;
}

static void test_external(void **state)
{
    (void)state;
    begin_external("  1000.5\r\nsecond lines are for people\n");
    show("1150.7 \n");
    wanted_reading(150.2, 1, "wall", "");
    assert_string_equal(reading.method, "external");
    near(reading.uncertainty_rel, 0.1 / sqrt(6) / 150.2, 1e-9, "uncertainty of a step of 0.1 J");
}

static void test_external_faults(void **state)
{
    static const struct {
        const char *then, *words;
    } cases[] = {{"999\n", "went back from 1000 to 999 J"},
                 {"1000\n", "stuck: nothing was counted by the external meter"},
                 {"9000000\n", "glitch: the external meter counted 9e+06 J"},
                 {"-3\n", "cannot be negative, found '-3'"},
                 {"1e3 J\n", "one number on its first line; found '1e3 J'"},
                 {"\n12\n", "the power command printed nothing"}};
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        begin_external("1000\n");
        show(cases[i].then);
        refused_reading(cases[i].words);
        dlb_meter_close(meter);
        meter = NULL;
    }
}

/* A meter that shows a new number every two seconds only: the window is as sure as that. */
static void test_external_slow_steps(void **state)
{
    static const char *const shown[] = {"1000\n", "1000\n", "1100\n", "1100\n", "1200\n"};
    (void)state;
    begin_external("1000\n");
    for (size_t i = 0; i < DLB_ARRAY_COUNT(shown); i++) {
        show(shown[i]);
        dlb_meter_poll(meter);
        clock_ns += 1000000000;
    }
    wanted_reading(200, 6, "wall", "");
    near(reading.uncertainty_rel, hypot(2 / sqrt(6) / 6, 1 / sqrt(6) / 200), 1e-6, "uncertainty");
}

static void test_external_latency(void **state)
{
    (void)state;
    show("1000\n");
    assert_int_equal(open_external("sleep 0.05; ", NULL, NULL), DLB_OK);
    const double window_s = dlb_meter_window_s(meter);
    if (!(window_s >= 2 && window_s < 20))
        fail_msg("readings of 50 ms: a window of 2 s or more is wanted, found %g", window_s);
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    show("1050\n");
    dlb_clock_sleep_ns(50000000);
    dlb_meter_end(meter, &reading);
    near(reading.energy_j, 50, 1e-9, "energy");
    /* two readings of at least 50 ms, in a window that the readings' own middles end */
    if (!(reading.uncertainty_rel >= 0.05 / sqrt(6) / reading.window_s))
        fail_msg("uncertainty %g of %g s", reading.uncertainty_rel, reading.window_s);
}

static void test_commands(void **state)
{
    static const struct {
        const char *command;
        enum dlb_status status;
        const char *words;
    } cases[] = {
        {"echo 12.50", DLB_OK, ""},
        {"printf 3e2", DLB_OK, ""}, /* no newline */
        {"echo 7; yes | head -c 200000", DLB_OK, ""},
        {"echo abc", DLB_INVALID, "found 'abc'"},
        {"echo '5 6'", DLB_INVALID, "found '5 6'"},
        {"echo nan", DLB_INVALID, "found 'nan'"},
        {"echo 1,5", DLB_INVALID, "found '1,5'"},
        {"echo -4", DLB_INVALID, "cannot be negative, found '-4'"},
        {"true", DLB_INVALID, "printed nothing"},
        {"echo 5; echo no meter >&2; exit 3", DLB_FAILED, "exit code 3: no meter"},
        {"/no/such/meter", DLB_FAILED, "exit code 127: "},
        {"kill -9 $$", DLB_FAILED, "ended by signal 9 (Killed)"},
        {"sleep 30", DLB_TIMEOUT, "had not ended after 0.3 s and was killed"},
        {"echo 5; exec >&-; sleep 30", DLB_TIMEOUT, "had not ended after 0.3 s"},
        {"cat; echo 6", DLB_OK, ""}, /* has nothing to read */
    };
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_why why = {""};
        double joules = 0, step = 0;
        const double limit_s = cases[i].status == DLB_TIMEOUT ? 0.3 : 30;
        const enum dlb_status status =
            dlb_meter_command(cases[i].command, limit_s, &joules, &step, &why);
        if (status != cases[i].status || strstr(why.text, cases[i].words) == NULL ||
            (status == DLB_OK && why.text[0] != '\0'))
            fail_msg("%s: %s, \"%s\"", cases[i].command, dlb_status_name(status), why.text);
    }
}

static void test_last_digits(void **state)
{
    static const struct {
        const char *command;
        double joules, step;
    } cases[] = {{"echo 12", 12, 1},
                 {"echo 12.50", 12.5, 0.01},
                 {"echo 3e3", 3000, 1000},
                 {"echo 1.5e2", 150, 10},
                 {"echo 0.25E-1", 0.025, 0.001}};
    (void)state;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        double joules, step;
        assert_int_equal(dlb_meter_command(cases[i].command, 30, &joules, &step, NULL), DLB_OK);
        near(joules, cases[i].joules, 1e-12, cases[i].command);
        near(step, cases[i].step, 1e-9 * cases[i].step, cases[i].command);
    }
}

/* Gone, or a zombie that whoever inherits it has not reaped yet. */
static bool is_dead(long process)
{
    char path[64], line[160] = "";
    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    FILE *stream = fopen(path, "r");
    if (stream == NULL)
        return true;
    const bool read = fgets(line, sizeof line, stream) != NULL;
    fclose(stream);
    return !read || strstr(line, ") Z") != NULL || strstr(line, ") X") != NULL;
}

/* What hangs is ended with all that it started. */
static void test_group_is_killed(void **state)
{
    char command[160], path[128];
    double joules, step;
    long child = 0;
    snprintf(path, sizeof path, "%s/child", (const char *)*state);
    snprintf(command, sizeof command, "sleep 30 & echo $! >%s; wait", path);
    assert_int_equal(dlb_meter_command(command, 1, &joules, &step, NULL), DLB_TIMEOUT);
    FILE *stream = fopen(path, "r");
    assert_non_null(stream);
    assert_int_equal(fscanf(stream, "%ld", &child), 1);
    fclose(stream);
    for (int i = 0; i < 200 && !is_dead(child); i++) /* a killed process takes its time */
        dlb_clock_sleep_ns(10000000);
    assert_true(is_dead(child));
}

/* ---- which meter ---- */

static void test_kinds(void **state)
{
    struct dlb_why why = {""};
    assert_string_equal(dlb_meter_kind_name(DLB_METER_OFF), "off");
    assert_string_equal(dlb_meter_kind_name(DLB_METER_TDP), "tdp");
    assert_string_equal(dlb_meter_kind_name(DLB_METER_KINDS), "unknown");
    /* A command that fails is not covered up by RAPL, which is there. */
    one_package(1000000, RANGE);
    struct dlb_meter_options options = {
        .kind = DLB_METER_AUTO, .root = *state, .command = "exit 4"};
    assert_int_equal(dlb_meter_open(&options, &meter, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "exit code 4"));
    options.command[0] = '\0';
    assert_int_equal(dlb_meter_open(&options, &meter, &why), DLB_OK);
    dlb_meter_close(meter);
    meter = NULL;
    options.kind = DLB_METER_EXTERNAL;
    assert_int_equal(dlb_meter_open(&options, &meter, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "wants a command"));
    options.kind = DLB_METER_OFF;
    assert_int_equal(dlb_meter_open(&options, &meter, &why), DLB_UNAVAILABLE);
    options.kind = DLB_METER_TDP; /* arithmetic, no meter */
    options.tdp_w = 350;
    assert_int_equal(dlb_meter_open(&options, &meter, &why), DLB_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_tree, remove_tree)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sockets),
        TEST(test_memory_of_some),
        TEST(test_wrap),
        TEST(test_wraps_of_small_range),
        TEST(test_wrap_unseen),
        TEST(test_reset),
        TEST(test_range_unreadable),
        TEST(test_glitch),
        TEST(test_ceiling_follows_limits),
        TEST(test_stuck),
        TEST(test_stuck_memory),
        TEST(test_limit_changes),
        TEST(test_windows),
        TEST(test_idle),
        TEST(test_idle_unknown),
        TEST(test_absent),
        TEST(test_permission),
        TEST(test_unreadable),
        TEST(test_gone),
        TEST(test_external),
        TEST(test_external_faults),
        TEST(test_external_slow_steps),
        TEST(test_external_latency),
        TEST(test_commands),
        TEST(test_last_digits),
        TEST(test_group_is_killed),
        TEST(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
