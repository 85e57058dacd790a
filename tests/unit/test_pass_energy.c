/* test_pass_energy.c: the energy pass of a case whose executions burn a known power in a made powercap tree. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bench/base/clock.h"
#include "bench/run/passes.h"
#include "tests/unit/near.h"
#include "tests/unit/powercap_tree.h"

#define ZONE     "intel-rapl:0"
#define RANGE    INT64_C(262143328850)
#define WATTS    80.0
#define WINDOW_S 0.25
#define ITEMS    10.0

/* An execution takes 2 ms, and burns WATTS for as long as it really took. Its samples had the pace that it has in calm windows, whatever that is on
 * a busy machine; in disturbed ones, the first so many, it takes four times as long. */
struct subject {
    int64_t executions, last_ns;
    int64_t window_ns, window_executions; /* where the window at hand began */
    int refills, windows, disturbed;
    enum dlb_status answer;
};

static struct dlb_passes passes;

static void burn_until_now(struct subject *subject)
{
    const int64_t now = dlb_clock_ns();
    dlb_tree_add(ZONE, (int64_t)(1e-3 * WATTS * (double)(now - subject->last_ns)));
    subject->last_ns = now;
}

static enum dlb_status run(void *self, int64_t k, struct dlb_why *why)
{
    struct subject *subject = self;
    const int64_t times = subject->windows <= subject->disturbed ? 4 : 1;
    dlb_clock_sleep_ns(k * times * 2000000);
    burn_until_now(subject);
    subject->executions += k;
    passes.execution_ns = (double)(subject->last_ns - subject->window_ns) /
                          (double)(times * (subject->executions - subject->window_executions));
    return subject->answer == DLB_OK ? DLB_OK
                                     : dlb_fail(why, subject->answer, "the device is gone");
}

static void refill(void *self)
{
    ((struct subject *)self)->refills++;
}

static void on_phase(void *user, const char *phase, double patience_s)
{
    struct subject *subject = user;
    assert_string_equal(phase, "energy");
    assert_true(patience_s >= 1);
    subject->windows++;
    subject->window_ns = dlb_clock_ns();
    subject->window_executions = subject->executions;
}

static struct subject subject;
static struct dlb_request request;
static struct dlb_device_info device;
static struct dlb_energy energy;

static int set_up(void **state)
{
    const char *root = dlb_tree_make();
    (void)state;
    dlb_tree_zone(ZONE, "package-0", 1000000, RANGE);
    subject = (struct subject){.last_ns = dlb_clock_ns()};
    device = (struct dlb_device_info){.kind = DLB_KIND_CPU, .evidence = DLB_EVIDENCE_MEASURED};
    request = (struct dlb_request){
        .meter = {.kind = DLB_METER_AUTO, .window_ns = 1e9 * WINDOW_S, .root = root},
        .idle_power_w = 30};
    passes = (struct dlb_passes){.request = &request,
                                 .device = &device,
                                 .self = &subject,
                                 .run = run,
                                 .k = 5,
                                 .execution_ns = 2e6,
                                 .median_ns = 3e6,
                                 .ops = 1e6,
                                 .bytes = 1e6,
                                 .items = ITEMS,
                                 .user = &subject,
                                 .phase = on_phase};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dlb_energy_free(&energy);
    dlb_tree_remove();
    return 0;
}

static void run_pass(void)
{
    struct dlb_why why = {""};
    if (dlb_pass_energy(&passes, &energy, &why) != DLB_OK)
        fail_msg("%s", why.text);
}

static void refused(const char *words)
{
    run_pass();
    assert_string_equal(energy.method, "none");
    assert_true(isnan(energy.energy_j) && isnan(energy.j_per_item) && isnan(energy.avg_power_w));
    if (strstr(energy.reason, words) == NULL)
        fail_msg("wanted \"%s\", found \"%s\"", words, energy.reason);
}

static void test_measured(void **state)
{
    (void)state;
    run_pass();
    assert_string_equal(energy.method, "rapl");
    assert_string_equal(energy.scope, "package");
    assert_string_equal(energy.reason, "");
    assert_true(energy.window_s >= WINDOW_S && energy.window_s < 60);
    near(energy.executions, (double)subject.executions, 0, "executions");
    assert_true(subject.executions >= 5 && subject.executions % 5 == 0);
    /* What is burnt before and behind the executions is little: a reading each. */
    near(energy.avg_power_w, WATTS, 0.1 * WATTS, "power");
    near(energy.j_per_item, energy.energy_j / energy.executions / ITEMS, 1e-12, "J per item");
    near(energy.items_per_j * energy.j_per_item, 1, 1e-12, "items per J");
    near(energy.j_per_item_above_idle / energy.j_per_item, 1 - 30 / energy.avg_power_w, 1e-9,
         "share above idle");
    assert_true(energy.uncertainty_rel > 0 && energy.uncertainty_rel < 0.05);
    assert_true(subject.windows >= 1);
}

/* The joules of a disturbed window are not those of the row's time: the next window counts. */
static void test_disturbed_once(void **state)
{
    (void)state;
    subject.disturbed = 1;
    run_pass();
    assert_string_equal(energy.method, "rapl");
    assert_string_equal(energy.reason, "");
    assert_true(subject.windows >= DLB_ENERGY_WINDOWS);
    assert_true(subject.executions > (int64_t)energy.executions);
}

static void test_disturbed_always(void **state)
{
    (void)state;
    subject.disturbed = 1000;
    run_pass();
    assert_string_equal(energy.method, "rapl");
    assert_true(energy.j_per_item > 0);
    assert_non_null(strstr(energy.reason, "times as long in the meter's window as in its samples"));
    assert_true(subject.executions > (int64_t)energy.executions);
}

static void test_not_asked_for(void **state)
{
    (void)state;
    request.meter.kind = DLB_METER_OFF;
    run_pass();
    assert_string_equal(energy.method, "");
    assert_int_equal(subject.executions, 0);
}

static void test_no_meter(void **state)
{
    (void)state;
    dlb_tree_set(ZONE, "name", "psys");
    refused("no RAPL counter");
    assert_int_equal(subject.executions, 0); /* and costs nothing */
}

static void test_other_devices(void **state)
{
    (void)state;
    device.kind = DLB_KIND_GPU;
    refused("RAPL counts the processor's package and nothing of a gpu");
    assert_int_equal(subject.executions, 0);
    snprintf(request.meter.command, sizeof request.meter.command, "date +%%s.%%N");
    run_pass(); /* a wall counts all: here one joule a second */
    assert_string_equal(energy.method, "external");
    assert_string_equal(energy.scope, "wall");
    near(energy.avg_power_w, 1, 0.1, "a watt");
    device.evidence = DLB_EVIDENCE_MODELLED;
    refused("its times are modelled");
}

static void test_flushed(void **state)
{
    (void)state;
    passes.single_call = true;
    passes.k = 1;
    passes.between = refill;
    refused("the cache is flushed before each execution");
}

/* Short executions with a state: it is refilled, but not for each of them. */
static void test_refills(void **state)
{
    (void)state;
    passes.k = 1;
    passes.between = refill;
    run_pass();
    assert_string_equal(energy.method, "rapl");
    if (subject.refills < 1 || subject.refills > 1 + (int)(energy.window_s / 0.005))
        fail_msg("%d refills in %g s", subject.refills, energy.window_s);
    assert_true(subject.refills < subject.executions);
}

static void test_idle_above_load(void **state)
{
    (void)state;
    request.idle_power_w = 2 * WATTS;
    run_pass();
    assert_true(energy.j_per_item > 0 && isnan(energy.j_per_item_above_idle));
    near(energy.idle_power_w, 2 * WATTS, 0, "idle power");
    assert_string_not_equal(energy.reason, "");
}

static void test_idle_unknown(void **state)
{
    (void)state;
    request.idle_power_w = (double)NAN;
    run_pass();
    assert_true(energy.j_per_item > 0 && isnan(energy.j_per_item_above_idle));
    assert_string_equal(energy.reason, "");
}

static void take_counter_back(void *self)
{
    (void)self;
    dlb_tree_energy(ZONE, 0);
}

static void test_lost_counter(void **state)
{
    (void)state;
    dlb_tree_energy(ZONE, RANGE / 2);
    passes.between = take_counter_back;
    refused("counter reset");
}

static void test_failing_executions(void **state)
{
    struct dlb_why why = {""};
    (void)state;
    subject.answer = DLB_FAILED;
    assert_int_equal(dlb_pass_energy(&passes, &energy, &why), DLB_FAILED);
    assert_string_equal(why.text, "the device is gone");
}

/* It is power times the row's time: nothing is executed for it, so that it cannot contradict that time. */
static void test_upper_bound(void **state)
{
    (void)state;
    request.meter.kind = DLB_METER_TDP;
    request.meter.tdp_w = 200;
    request.idle_power_w = (double)NAN;
    passes.single_call = true; /* what a meter would count, too, arithmetic does not */
    run_pass();
    assert_int_equal(subject.executions, 0);
    assert_string_equal(energy.method, "tdp_bound");
    assert_string_equal(energy.scope, "package");
    near(energy.avg_power_w, 200, 1e-9, "power");
    near(energy.j_per_item, 200 * 3e-3 / ITEMS, 1e-12, "J per item");
    assert_true(isnan(energy.uncertainty_rel));
    assert_non_null(strstr(energy.reason, "an upper bound, not measured"));
    device.kind = DLB_KIND_GPU;
    run_pass();
    assert_string_equal(energy.scope, "board");
    request.meter.tdp_w = (double)NAN;
    refused("datasheet is not known");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_measured),           TEST(test_not_asked_for), TEST(test_no_meter),
        TEST(test_other_devices),      TEST(test_flushed),       TEST(test_refills),
        TEST(test_idle_above_load),    TEST(test_idle_unknown),  TEST(test_lost_counter),
        TEST(test_failing_executions), TEST(test_upper_bound),   TEST(test_disturbed_once),
        TEST(test_disturbed_always),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
