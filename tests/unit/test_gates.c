/* test_gates.c: counters of recorded machines, differences worked out by hand, and every threshold of the table. */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/base/compiler.h"
#include "bench/measure/gates.h"

#define MACHINES "tests/recordings/host/"

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("found %.17g, wanted %.17g within %g", value, expected, tolerance);
}

/* The difference of two recordings that lie `seconds` apart. */
static struct dlb_gate_reading difference(const char *before, const char *after, double seconds)
{
    struct dlb_gate_snapshot first;
    struct dlb_gate_snapshot second;
    struct dlb_gate_reading reading;

    dlb_gate_take(before, &first);
    dlb_gate_take(after, &second);
    second.time_ns = first.time_ns + (int64_t)(seconds * 1e9);
    dlb_gate_difference(&first, &second, &reading);
    return reading;
}

static struct dlb_gate_reading quiet_reading(void)
{
    struct dlb_gate_reading reading;

    for (int i = 0; i < DLB_GATE_COUNT; i++)
        reading.value[i] = 0.0;
    reading.value[DLB_GATE_FREQUENCY] = 3e9;
    return reading;
}

static void test_virtual_machine(void **state)
{
    (void)state;
    const struct dlb_gate_reading reading = difference(MACHINES "vm", MACHINES "vm-later", 1.0);

    assert_near(reading.value[DLB_GATE_SWITCHES], 20, 0); /* 14 of one thread, 6 of the other */
    /* 0.2 s of waiting in 2.0 s of thread time */
    assert_near(reading.value[DLB_GATE_RUN_QUEUE], 0.1, 1e-12);
    /* 10 of 110 busy ticks */
    assert_near(reading.value[DLB_GATE_STEAL], 10.0 / 110.0, 1e-12);
    /* 0.5 s, seen over the kernel's period of 2 s */
    assert_near(reading.value[DLB_GATE_PRESSURE], 0.25, 1e-12);
    assert_near(reading.value[DLB_GATE_MAJOR_FAULTS], 12, 0);
    assert_near(reading.value[DLB_GATE_SUSPEND], 0, 1e-3);
    assert_true(isnan(reading.value[DLB_GATE_THROTTLED])); /* no quota, no figure */
    assert_true(isnan(reading.value[DLB_GATE_THERMAL]));
    assert_true(isnan(reading.value[DLB_GATE_FREQUENCY]));

    /* ten seconds: more than thread time and busy time, so they are the base; pressure over all of it */
    const struct dlb_gate_reading longer = difference(MACHINES "vm", MACHINES "vm-later", 10.0);
    assert_near(longer.value[DLB_GATE_RUN_QUEUE], 0.02, 1e-12);
    assert_near(longer.value[DLB_GATE_STEAL], 0.01, 1e-12);
    assert_near(longer.value[DLB_GATE_PRESSURE], 0.05, 1e-12);
}

static void test_laptop(void **state)
{
    (void)state;
    const struct dlb_gate_reading reading =
        difference(MACHINES "laptop", MACHINES "laptop-later", 1.0);

    assert_near(reading.value[DLB_GATE_THERMAL], 2, 0);
    assert_near(reading.value[DLB_GATE_FREQUENCY], 1.5e9, 0);
    assert_true(isnan(reading.value[DLB_GATE_RUN_QUEUE]));
    assert_true(isnan(reading.value[DLB_GATE_SWITCHES]));
    assert_true(isnan(reading.value[DLB_GATE_PRESSURE]));
}

static void test_container(void **state)
{
    (void)state;
    const struct dlb_gate_reading reading =
        difference(MACHINES "container", MACHINES "container-later", 1.0);

    assert_near(reading.value[DLB_GATE_THROTTLED], 0.02, 1e-12); /* a level above our own */
}

static void test_cgroup_version_1(void **state)
{
    (void)state;
    struct dlb_gate_snapshot snapshot;

    dlb_gate_take(MACHINES "cgroup1", &snapshot);
    assert_near(snapshot.raw[DLB_GATE_THROTTLED], 3e6, 0);
    assert_true(isnan(snapshot.raw[DLB_GATE_RUN_QUEUE])); /* schedstat is there but off */
}

static void test_nothing_readable(void **state)
{
    (void)state;
    const struct dlb_gate_reading reading = difference(MACHINES "nothing", MACHINES "nothing", 1.0);
    struct dlb_gate_session session = {.count = 0};
    char reason[96];

    for (int i = 0; i < DLB_GATE_COUNT; i++)
        if (i != DLB_GATE_SUSPEND)
            assert_true(isnan(reading.value[i]));
    assert_int_equal(dlb_gate_judge(&session, &reading, reason, sizeof reason), DLB_GATE_QUIET);
    assert_string_equal(reason, "");
    assert_near(dlb_gate_noise(&session, &reading), 0.0, 0.01);
    dlb_gate_learn(&session, &reading); /* learning nothing is harmless */
    assert_near(session.switches_lower_quartile, 0, 0);
    dlb_gate_session_free(&session);
}

static void *spin(void *stop)
{
    while (!__atomic_load_n((int *)stop, __ATOMIC_RELAXED))
        ;
    return NULL;
}

/* On this machine: threads count, and nothing is negative or absurd. */
static void test_this_process(void **state)
{
    (void)state;
    struct dlb_gate_snapshot before;
    struct dlb_gate_snapshot after;
    struct dlb_gate_reading reading;
    pthread_t threads[3];
    int stop = 0;

    for (size_t i = 0; i < DLB_ARRAY_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, spin, &stop), 0);
    dlb_gate_take("", &before);
    dlb_clock_sleep_ns(60000000);
    dlb_gate_take("", &after);
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    dlb_gate_difference(&before, &after, &reading);

    for (int i = 0; i < DLB_GATE_COUNT; i++)
        assert_true(isnan(reading.value[i]) || reading.value[i] >= 0.0);
    assert_true(isnan(reading.value[DLB_GATE_RUN_QUEUE]) ||
                reading.value[DLB_GATE_RUN_QUEUE] <= 1.0);
    /* three threads that always want to run, while the main thread sleeps */
    if (!isnan(after.thread_ns))
        assert_true(after.thread_ns - before.thread_ns >
                    1.5 * (double)(after.time_ns - before.time_ns));
    assert_true(reading.value[DLB_GATE_SUSPEND] < 0.05);
}

/* Counter reset, clock standing still or going back: unavailable, not negative, not infinite. */
static void test_broken_counters(void **state)
{
    (void)state;
    const struct dlb_gate_reading swapped = difference(MACHINES "vm-later", MACHINES "vm", 1.0);
    assert_true(isnan(swapped.value[DLB_GATE_SWITCHES]));
    assert_true(isnan(swapped.value[DLB_GATE_STEAL]));

    const double seconds[] = {0.0, -1.0};
    for (size_t i = 0; i < DLB_ARRAY_COUNT(seconds); i++) {
        const struct dlb_gate_reading reading =
            difference(MACHINES "vm", MACHINES "vm-later", seconds[i]);
        assert_true(isnan(reading.value[DLB_GATE_RUN_QUEUE]));
        assert_true(isnan(reading.value[DLB_GATE_STEAL]));
        assert_true(isnan(reading.value[DLB_GATE_PRESSURE]));
        assert_near(reading.value[DLB_GATE_SWITCHES], 20, 0);
    }
}

/* One tick of steal is the resolution of the counter, two are steal. */
static void test_one_tick_is_nothing(void **state)
{
    (void)state;
    struct dlb_gate_snapshot before;
    struct dlb_gate_snapshot after;
    struct dlb_gate_reading reading;

    dlb_gate_take(MACHINES "nothing", &before);
    before.raw[DLB_GATE_STEAL] = 0.0;
    after = before;
    after.time_ns += 100000000;
    after.raw[DLB_GATE_STEAL] = 1e7;
    dlb_gate_difference(&before, &after, &reading);
    assert_near(reading.value[DLB_GATE_STEAL], 0.0, 0);
    after.raw[DLB_GATE_STEAL] = 2e7;
    dlb_gate_difference(&before, &after, &reading);
    assert_near(reading.value[DLB_GATE_STEAL], 0.2, 1e-12);
}

/* suspend/resume during a run: boot time runs on, monotonic time does not */
static void test_suspend(void **state)
{
    (void)state;
    struct dlb_gate_snapshot before;
    struct dlb_gate_snapshot after;
    struct dlb_gate_reading reading;
    struct dlb_gate_session session = {.count = 0};
    char reason[96];

    dlb_gate_take("", &before);
    after = before;
    after.time_ns += 2000000000;
    after.raw[DLB_GATE_SUSPEND] += 30.0;
    dlb_gate_difference(&before, &after, &reading);
    assert_near(reading.value[DLB_GATE_SUSPEND], 30.0, 1e-6);
    assert_int_equal(dlb_gate_judge(&session, &reading, reason, sizeof reason), DLB_GATE_NOISY);
    assert_string_equal(reason, "suspend 30.0 s");
}

/* The table of rule 1.9: at a threshold is not above it. */
static void test_thresholds(void **state)
{
    (void)state;
    const struct {
        enum dlb_gate gate;
        enum dlb_gate_verdict verdict;
        double value;
        const char *reason;
    } cases[] = {
        {DLB_GATE_SWITCHES, DLB_GATE_QUIET, 3, ""},
        {DLB_GATE_SWITCHES, DLB_GATE_NOISY, 4, "context switches 4"},
        {DLB_GATE_RUN_QUEUE, DLB_GATE_QUIET, 0.01, ""},
        {DLB_GATE_RUN_QUEUE, DLB_GATE_WARN, 0.02, "run-queue 2%"},
        {DLB_GATE_RUN_QUEUE, DLB_GATE_WARN, 0.05, "run-queue 5%"},
        {DLB_GATE_RUN_QUEUE, DLB_GATE_NOISY, 0.06, "run-queue 6%"},
        {DLB_GATE_STEAL, DLB_GATE_QUIET, 0.005, ""},
        {DLB_GATE_STEAL, DLB_GATE_WARN, 0.02, "steal 2%"},
        {DLB_GATE_STEAL, DLB_GATE_NOISY, 0.025, "steal 2.5%"},
        {DLB_GATE_THROTTLED, DLB_GATE_QUIET, 0, ""},
        {DLB_GATE_THROTTLED, DLB_GATE_WARN, 0.001, "throttled 0.1%"},
        {DLB_GATE_THROTTLED, DLB_GATE_NOISY, 0.006, "throttled 0.6%"},
        {DLB_GATE_PRESSURE, DLB_GATE_QUIET, 0.05, ""},
        {DLB_GATE_PRESSURE, DLB_GATE_WARN, 0.2, "cpu pressure 20%"},
        {DLB_GATE_PRESSURE, DLB_GATE_NOISY, 0.21, "cpu pressure 21%"},
        {DLB_GATE_THERMAL, DLB_GATE_NOISY, 1, "thermal throttle 1"},
        {DLB_GATE_FREQUENCY, DLB_GATE_QUIET, 2.92e9, ""},
        {DLB_GATE_FREQUENCY, DLB_GATE_WARN, 2.88e9, "frequency -4.0%"},
        {DLB_GATE_FREQUENCY, DLB_GATE_WARN, 3.15e9, "frequency +5.0%"},
        {DLB_GATE_FREQUENCY, DLB_GATE_NOISY, 2.4e9, "frequency -20.0%"},
        {DLB_GATE_MAJOR_FAULTS, DLB_GATE_WARN, 1, "major faults 1"},
        {DLB_GATE_MAJOR_FAULTS, DLB_GATE_WARN, 10, "major faults 10"},
        {DLB_GATE_MAJOR_FAULTS, DLB_GATE_NOISY, 12345, "major faults 12345"},
        {DLB_GATE_SUSPEND, DLB_GATE_QUIET, 0.05, ""},
    };
    struct dlb_gate_session session = {.count = 0};
    const struct dlb_gate_reading quiet = quiet_reading();

    dlb_gate_learn(&session, &quiet);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(cases); i++) {
        struct dlb_gate_reading reading = quiet;
        char reason[96] = "x";
        reading.value[cases[i].gate] = cases[i].value;
        const enum dlb_gate_verdict verdict =
            dlb_gate_judge(&session, &reading, reason, sizeof reason);
        if (verdict != cases[i].verdict || strcmp(reason, cases[i].reason) != 0)
            fail_msg("%s %g: verdict %d, \"%s\"", dlb_gate_name(cases[i].gate), cases[i].value,
                     (int)verdict, reason);
        assert_int_equal(dlb_gate_noise(&session, &reading) > 1.0, verdict == DLB_GATE_NOISY);
    }
    dlb_gate_session_free(&session);
}

static void test_worst_is_named(void **state)
{
    (void)state;
    struct dlb_gate_session session = {.count = 0};
    struct dlb_gate_reading reading = quiet_reading();
    char reason[96];
    char tiny[4];

    reading.value[DLB_GATE_MAJOR_FAULTS] = 5; /* a warning */
    reading.value[DLB_GATE_RUN_QUEUE] = 0.06; /* 1.2 gates */
    reading.value[DLB_GATE_STEAL] = 0.08;     /* 4 gates */
    reading.value[DLB_GATE_PRESSURE] = 0.3;   /* 1.5 gates */
    assert_int_equal(dlb_gate_judge(&session, &reading, reason, sizeof reason), DLB_GATE_NOISY);
    assert_string_equal(reason, "steal 8%");
    assert_near(dlb_gate_noise(&session, &reading), 4.0, 1e-12);
    assert_int_equal(dlb_gate_judge(&session, &reading, tiny, sizeof tiny), DLB_GATE_NOISY);
    assert_string_equal(tiny, "ste");
}

/* max(3, 2 x lower quartile so far): a machine that always switches is not always noisy. */
static void test_switches_adapt(void **state)
{
    (void)state;
    const double seen[] = {40, 8, 12, (double)NAN, 10, 30};
    struct dlb_gate_session session = {.count = 0};
    struct dlb_gate_reading reading = quiet_reading();
    char reason[96];

    reading.value[DLB_GATE_SWITCHES] = 15;
    assert_int_equal(dlb_gate_judge(&session, &reading, reason, sizeof reason), DLB_GATE_NOISY);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(seen); i++) {
        reading.value[DLB_GATE_SWITCHES] = seen[i];
        dlb_gate_learn(&session, &reading);
    }
    assert_int_equal(session.count, 6);
    assert_near(session.switches_lower_quartile, 10, 0); /* of 8 10 12 30 40 */
    reading.value[DLB_GATE_SWITCHES] = 20;
    assert_int_equal(dlb_gate_judge(&session, &reading, reason, sizeof reason), DLB_GATE_WARN);
    assert_string_equal(reason, "context switches 20");
    reading.value[DLB_GATE_SWITCHES] = 21;
    assert_int_equal(dlb_gate_judge(&session, &reading, reason, sizeof reason), DLB_GATE_NOISY);
    dlb_gate_session_free(&session);
}

static void test_learning_many(void **state)
{
    (void)state;
    struct dlb_gate_session session = {.count = 0};
    struct dlb_gate_reading reading = quiet_reading();

    for (int i = 0; i < 1001; i++) {
        reading.value[DLB_GATE_SWITCHES] = (i * 5) % 1001; /* 0..1000 in some order */
        reading.value[DLB_GATE_FREQUENCY] = i % 2 == 0 ? 2e9 + (i * 3) % 1001 : (double)NAN;
        dlb_gate_learn(&session, &reading);
    }
    assert_near(session.switches_lower_quartile, 250, 0);
    assert_true(session.frequency_median > 2e9 && session.frequency_median < 2e9 + 1001);
    dlb_gate_session_free(&session);
    assert_int_equal(session.count, 0);
    assert_null(session.switches);
    dlb_gate_session_free(&session);
}

static void test_names(void **state)
{
    (void)state;
    for (enum dlb_gate a = DLB_GATE_SWITCHES; a < DLB_GATE_COUNT; a++) {
        assert_true(strlen(dlb_gate_name(a)) > 3);
        for (enum dlb_gate b = DLB_GATE_SWITCHES; b < a; b++)
            assert_string_not_equal(dlb_gate_name(a), dlb_gate_name(b));
    }
    assert_string_equal(dlb_gate_name(DLB_GATE_SWITCHES), "involuntary_switches");
    assert_string_equal(dlb_gate_name(DLB_GATE_RUN_QUEUE), "run_queue");
    assert_string_equal(dlb_gate_unit(DLB_GATE_RUN_QUEUE), "share");
    assert_string_equal(dlb_gate_unit(DLB_GATE_FREQUENCY), "Hz");
    assert_string_equal(dlb_gate_unit(DLB_GATE_SUSPEND), "s");
    assert_string_equal(dlb_gate_unit(DLB_GATE_SWITCHES), "");
    assert_string_equal(dlb_gate_name((enum dlb_gate)DLB_GATE_COUNT), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_virtual_machine),  cmocka_unit_test(test_laptop),
        cmocka_unit_test(test_container),        cmocka_unit_test(test_cgroup_version_1),
        cmocka_unit_test(test_nothing_readable), cmocka_unit_test(test_this_process),
        cmocka_unit_test(test_broken_counters),  cmocka_unit_test(test_one_tick_is_nothing),
        cmocka_unit_test(test_suspend),          cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_worst_is_named),   cmocka_unit_test(test_switches_adapt),
        cmocka_unit_test(test_learning_many),    cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
