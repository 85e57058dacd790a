/* test_meter_events.c: RAPL as events of the kernel, with a source that counts what the test tells it. PAPI itself is looked at as far as a
 * machine without such events shows it: it refuses, and nothing is left open. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/measure/meter_parts.h"
#include "tests/unit/near.h"
#include "tests/unit/powercap_tree.h"

#define COUNTS_A_JOULE 4294967296.0
#define UNIT           "sys/bus/event_source/devices/power/"

static int64_t clock_ns;

static int64_t test_now(void *user)
{
    (void)user;
    return clock_ns;
}

static void test_sleep(void *user, int64_t ns)
{
    (void)user;
    clock_ns += ns;
}

static const struct dlb_sampler_clock test_clock = {.now = test_now, .sleep = test_sleep};

/* ---- a source ---- */

static struct {
    char names[DLB_METER_COUNTERS][DLB_POWER_EVENT_NAME];
    int count, opened, closed;
    bool knows_memory, may_read, breaks;
    double joules[DLB_METER_COUNTERS];
} fake;

static enum dlb_status fake_open(const char (*names)[DLB_POWER_EVENT_NAME], int count, void **self,
                                 struct dlb_why *why)
{
    if (!fake.may_read)
        return dlb_fail(why, DLB_UNAVAILABLE, "may not read the package's events");
    for (int i = 0; i < count; i++)
        if (!fake.knows_memory && strstr(names[i], "DRAM") != NULL)
            return dlb_fail(why, DLB_UNAVAILABLE, "counts no %s", names[i]);
    memcpy(fake.names, names, (size_t)count * sizeof names[0]);
    fake.count = count;
    fake.opened++;
    *self = &fake;
    return DLB_OK;
}

static enum dlb_status fake_read(void *self, long long *counts, struct dlb_why *why)
{
    assert_ptr_equal(self, &fake);
    if (fake.breaks)
        return dlb_fail(why, DLB_UNAVAILABLE, "cannot read events");
    for (int i = 0; i < fake.count; i++)
        counts[i] = (long long)(fake.joules[i] * COUNTS_A_JOULE);
    return DLB_OK;
}

static void fake_close(void *self)
{
    assert_ptr_equal(self, &fake);
    fake.closed++;
}

static const struct dlb_power_source source = {
    .open = fake_open, .read = fake_read, .close = fake_close};

/* ---- the machine ---- */

static struct dlb_meter *meter;

static int make_machine(void **state)
{
    *state = (void *)(uintptr_t)dlb_tree_make();
    memset(&fake, 0, sizeof fake);
    fake.may_read = fake.knows_memory = true;
    clock_ns = 1000000000;
    meter = NULL;
    return 0;
}

static int remove_machine(void **state)
{
    (void)state;
    dlb_meter_close(meter);
    assert_int_equal(fake.closed, fake.opened);
    dlb_tree_remove();
    return 0;
}

static void two_packages(void)
{
    dlb_tree_file(UNIT "cpumask", "0,32");
    dlb_tree_file(UNIT "events/energy-pkg", "event=0x02");
    dlb_tree_file(UNIT "events/energy-pkg.scale", "2.3283064365386962890625e-10");
}

static enum dlb_status open_meter(void **state, struct dlb_why *why)
{
    const struct dlb_meter_options options = {.kind = DLB_METER_AUTO, .root = *state};
    return dlb_meter_open_with(&options, &test_clock, &source, &meter, why);
}

static void wanted_description(const char *wanted)
{
    char text[64];
    dlb_meter_describe(meter, text, sizeof text);
    assert_string_equal(text, wanted);
}

/* One second at so many watts for every counter; watts[DLB_METER_COUNTERS]. */
static void wanted_window(const double *watts, double joules, const char *scope)
{
    struct dlb_meter_reading reading;
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    for (int piece = 0; piece < 4; piece++) {
        clock_ns += 250000000;
        for (int i = 0; i < DLB_METER_COUNTERS; i++)
            fake.joules[i] += watts[i] / 4;
        dlb_meter_poll(meter);
    }
    dlb_meter_end(meter, &reading);
    near(reading.energy_j, joules, 1e-6 * joules, "energy");
    near(reading.window_s, 1, 1e-9, "window");
    assert_string_equal(reading.scope, scope);
    assert_string_equal(reading.method, "rapl");
    assert_string_equal(reading.reason, "");
}

/* ---- tests ---- */

static void test_packages(void **state)
{
    static const double watts[DLB_METER_COUNTERS] = {100, 40};
    two_packages();
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    assert_int_equal(fake.count, 2);
    assert_string_equal(fake.names[0], "RAPL_ENERGY_PKG:cpu=0");
    assert_string_equal(fake.names[1], "RAPL_ENERGY_PKG:cpu=32");
    wanted_description("RAPL through PAPI, 2 packages");
    wanted_window(watts, 140, "package");
}

static void test_memory(void **state)
{
    static const double watts[DLB_METER_COUNTERS] = {100, 40, 8, 9};
    two_packages();
    dlb_tree_file(UNIT "events/energy-ram", "event=0x03");
    dlb_tree_file(UNIT "events/energy-ram.scale", "4.656612873077392578125e-10"); /* 2^-31 */
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    assert_string_equal(fake.names[3], "RAPL_ENERGY_DRAM:cpu=32");
    wanted_description("RAPL through PAPI, 2 packages with memory");
    wanted_window(watts, 140 + 2 * 17, "package_dram");
}

static void test_memory_unknown_to_the_library(void **state)
{
    static const double watts[DLB_METER_COUNTERS] = {100, 40};
    two_packages();
    dlb_tree_file(UNIT "events/energy-ram", "event=0x03");
    dlb_tree_file(UNIT "events/energy-ram.scale", "4.656612873077392578125e-10");
    fake.knows_memory = false;
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    wanted_description("RAPL through PAPI, 2 packages");
    wanted_window(watts, 140, "package");
}

static void test_ranges_and_scales(void **state)
{
    static const double watts[DLB_METER_COUNTERS] = {10, 20, 30};
    dlb_tree_file(UNIT "cpumask", "0-1,8");
    dlb_tree_file(UNIT "events/energy-pkg", "event=0x02");
    dlb_tree_file(UNIT "events/energy-pkg.scale", "nonsense");
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    assert_string_equal(fake.names[2], "RAPL_ENERGY_PKG:cpu=8");
    wanted_window(watts, 60, "package");
}

/* Powercap knows the limits, and comes first. */
static void test_powercap_first(void **state)
{
    two_packages();
    dlb_tree_zone("intel-rapl:0", "package-0", 5000000, INT64_C(262143328850));
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    assert_int_equal(fake.opened, 0);
    wanted_description("RAPL, 1 package");
}

/* What stands in powercap and cannot be read leaves nothing behind. */
static void test_powercap_unreadable(void **state)
{
    static const double watts[DLB_METER_COUNTERS] = {100, 40};
    two_packages();
    dlb_tree_zone("intel-rapl:0", "package-0", 5000000, INT64_C(262143328850));
    dlb_tree_block("intel-rapl:0", "energy_uj");
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    wanted_description("RAPL through PAPI, 2 packages");
    wanted_window(watts, 140, "package");
}

/* Two dies of one package, and of two. */
static void dies(const char *vendor)
{
    two_packages();
    dlb_tree_file("proc/cpuinfo", vendor);
    dlb_tree_file("sys/devices/system/cpu/cpu0/topology/physical_package_id", "0");
    dlb_tree_file("sys/devices/system/cpu/cpu32/topology/physical_package_id", "0");
}

/* AMD's dies read the counter of their package: it counts once. */
static void test_dies_of_amd(void **state)
{
    static const double watts[DLB_METER_COUNTERS] = {100};
    dies("processor\t: 0\nvendor_id\t: AuthenticAMD");
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    wanted_description("RAPL through PAPI, 1 package");
    wanted_window(watts, 100, "package");
}

/* Intel's have counters of their own. */
static void test_dies_of_intel(void **state)
{
    static const double watts[DLB_METER_COUNTERS] = {100, 40};
    dies("processor\t: 0\nvendor_id\t: GenuineIntel");
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    wanted_window(watts, 140, "package");
}

static void test_powercap_dies_of_amd(void **state)
{
    dies("processor\t: 0\nvendor_id\t: AuthenticAMD");
    dlb_tree_zone("intel-rapl:0", "package-0-die-0", 5000000, INT64_C(262143328850));
    dlb_tree_zone("intel-rapl:1", "package-0-die-1", 5000000, INT64_C(262143328850));
    dlb_tree_zone("intel-rapl:2", "package-1-die-0", 5000000, INT64_C(262143328850));
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    wanted_description("RAPL, 2 packages");
}

static void test_more_than_places(void **state)
{
    struct dlb_why why = {""};
    two_packages();
    dlb_tree_file(UNIT "cpumask", "0-32");
    assert_int_equal(open_meter(state, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "more than 32 packages"));
    assert_int_equal(fake.opened, 0);
}

/* The reason has both ways; without events powercap's alone. */
static void refused(void **state, const char *words)
{
    struct dlb_why why = {""};
    assert_int_equal(open_meter(state, &why), DLB_UNAVAILABLE);
    assert_non_null(strstr(why.text, "no RAPL counter in /sys/class/powercap"));
    if ((strstr(why.text, "; or as events of the kernel: ") != NULL) != (words[0] != '\0') ||
        strstr(why.text, words) == NULL)
        fail_msg("wanted \"%s\", found \"%s\"", words, why.text);
}

static void test_absent(void **state)
{
    refused(state, "");
    dlb_tree_file(UNIT "cpumask", "none");
    refused(state, "CPUs are wanted, found 'none'");
    dlb_tree_file(UNIT "cpumask", "0");
    refused(state, "does not count the packages");
    dlb_tree_file(UNIT "events/energy-ram", "event=0x03");
    refused(state, "does not count the packages");
    assert_int_equal(fake.opened, 0);
}

static void test_forbidden(void **state)
{
    two_packages();
    fake.may_read = false;
    refused(state, "may not read the package's events");
}

static void test_breaks(void **state)
{
    struct dlb_meter_reading reading;
    two_packages();
    assert_int_equal(open_meter(state, NULL), DLB_OK);
    assert_int_equal(dlb_meter_begin(meter, NULL), DLB_OK);
    clock_ns += 1000000000;
    fake.breaks = true;
    dlb_meter_end(meter, &reading);
    assert_true(isnan(reading.energy_j));
    assert_string_equal(reading.reason, "cannot read events");
}

/* No machine counts the energy of this CPU: whichever way PAPI or its absence says no, it is one line. */
static void test_papi_refuses(void **state)
{
    const char names[1][DLB_POWER_EVENT_NAME] = {"RAPL_ENERGY_PKG:cpu=99999"};
    struct dlb_why why = {""};
    void *self = NULL;
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(dlb_power_source_papi.open(names, 1, &self, &why), DLB_UNAVAILABLE);
        assert_non_null(strstr(why.text, "PAPI"));
        assert_null(strchr(why.text, '\n'));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_machine, remove_machine)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_packages),
        TEST(test_memory),
        TEST(test_memory_unknown_to_the_library),
        TEST(test_ranges_and_scales),
        TEST(test_powercap_first),
        TEST(test_powercap_unreadable),
        TEST(test_dies_of_amd),
        TEST(test_dies_of_intel),
        TEST(test_powercap_dies_of_amd),
        TEST(test_more_than_places),
        TEST(test_absent),
        TEST(test_forbidden),
        TEST(test_breaks),
        cmocka_unit_test(test_papi_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
