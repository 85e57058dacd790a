/* test_timer.c: calibration of the real clock and of clocks with known faults. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/measure/timer.h"

/* A clock whose every read costs `cost` ns and which shows multiples of `step`. */
struct fake_clock {
    int64_t now, cost, step, reads;
};

static int64_t read_fake(void *user)
{
    struct fake_clock *clock = user;

    clock->reads++;
    clock->now += clock->cost;
    return clock->now - clock->now % clock->step;
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("found %.17g, wanted %.17g within %g", value, expected, tolerance);
}

static struct dlb_timer calibrate(int64_t cost, int64_t step)
{
    struct fake_clock clock = {.cost = cost, .step = step};
    struct dlb_timer timer;

    dlb_timer_calibrate_with(read_fake, &clock, &timer);
    assert_true(clock.reads >= 100000);
    return timer;
}

static void test_fine_clock(void **state)
{
    (void)state;
    const struct dlb_timer timer = calibrate(18, 1);

    assert_near(timer.step_ns, 18.0, 0.0);
    assert_near(timer.overhead_ns, 18.0, 0.0);
}

/* 1 us steps at 20 ns a read: most pairs show no step at all. */
static void test_coarse_clock(void **state)
{
    (void)state;
    const struct dlb_timer timer = calibrate(20, 1000);

    assert_near(timer.step_ns, 1000.0, 0.0);
    assert_near(timer.overhead_ns, 0.0, 0.0);
}

/* 10 ms steps: not one step in 1e5 reads of 20 ns; the calibration waits for two. */
static void test_very_coarse_clock(void **state)
{
    (void)state;
    const struct dlb_timer timer = calibrate(20, 10000000);

    assert_near(timer.step_ns, 1e7, 0.0);
}

static void test_clock_that_stands_still(void **state)
{
    (void)state;
    const struct dlb_timer timer = calibrate(0, 1);

    assert_near(timer.step_ns, 0.0, 0.0);
    assert_near(timer.overhead_ns, 0.0, 0.0);
}

static void test_clock_that_runs_backwards(void **state)
{
    (void)state;
    const struct dlb_timer timer = calibrate(-5, 1);

    assert_near(timer.step_ns, 0.0, 0.0);
    assert_near(timer.overhead_ns, 0.0, 0.0);
}

static void test_real_clock(void **state)
{
    (void)state;
    struct dlb_timer timer;

    dlb_timer_calibrate(&timer);
    assert_true(timer.step_ns >= 1.0 && timer.step_ns < 1e5);
    assert_true(timer.overhead_ns >= 0.0 && timer.overhead_ns < 1e5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fine_clock),
        cmocka_unit_test(test_coarse_clock),
        cmocka_unit_test(test_very_coarse_clock),
        cmocka_unit_test(test_clock_that_stands_still),
        cmocka_unit_test(test_clock_that_runs_backwards),
        cmocka_unit_test(test_real_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
