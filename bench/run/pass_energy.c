/* pass_energy.c: the energy of a case: it is repeated for a window of the meter, behind its timed samples.
 *
 * A meter that measures something else than the device is no meter of it: RAPL counts the processor's package and nothing of a GPU; the
 * wall has everything. What cannot be told is the method "none" with its reason. A window that ran at another pace than the samples is tried
 * again, and told where that does not help: its joules are not those of the row's time. A datasheet's bound has no window: it is the power
 * times that time. Next: bench/measure/meter.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/run/passes.h"

#define TELL_NS  INT64_C(2000000000) /* the parent hears of us this often */
#define RESET_NS INT64_C(5000000)    /* between two calls of `between`: a sample's usual length */
/* Beyond the executions themselves: readings of a command, each within its own time limit. */
#define PATIENCE_S 60.0
#define STRAY      0.1 /* a window's pace is that of the samples within this share */

/* The pass as it goes on. */
struct window {
    const struct dlb_passes *passes;
    struct dlb_meter *meter;
    int64_t begin_ns, told_ns, reset_ns;
    double executions;
};

static bool is_external(const struct dlb_meter_options *options)
{
    return options->kind == DLB_METER_EXTERNAL ||
           (options->kind == DLB_METER_AUTO && options->command[0] != '\0');
}

/* Why no meter of this kind can tell the energy of this case; false when one can. */
static bool is_out_of_reach(const struct dlb_passes *passes, char *reason, size_t size)
{
    const struct dlb_device_info *device = passes->device;
    const struct dlb_meter_options *options = &passes->request->meter;
    const bool rapl = options->kind == DLB_METER_RAPL ||
                      (options->kind == DLB_METER_AUTO && !is_external(options));
    reason[0] = '\0';
    if (device->evidence != DLB_EVIDENCE_MEASURED)
        snprintf(reason, size,
                 "its times are %s: what this machine takes meanwhile is not its energy",
                 dlb_evidence_name(device->evidence));
    else if (passes->single_call && options->kind != DLB_METER_TDP)
        snprintf(reason, size,
                 "the cache is flushed before each execution, and a meter would count that, too");
    else if (device->kind != DLB_KIND_CPU && rapl)
        snprintf(reason, size,
                 "RAPL counts the processor's package and nothing of a %s; an external meter "
                 "(--power-command) counts the whole machine",
                 dlb_device_kind_name(device->kind));
    return reason[0] != '\0';
}

static void tell(struct window *window, int64_t now_ns)
{
    const struct dlb_passes *passes = window->passes;
    passes->phase(passes->user, "energy",
                  PATIENCE_S + 2e-9 * passes->execution_ns * (double)passes->k);
    window->told_ns = now_ns;
}

/* A state is refilled as often as in the samples; with short ones not more often, as a meter counts that, too. */
static void refill(struct window *window, int64_t now_ns)
{
    const struct dlb_passes *passes = window->passes;
    if (passes->between == NULL || now_ns - window->reset_ns < RESET_NS)
        return;
    passes->between(passes->self);
    window->reset_ns = now_ns;
}

static enum dlb_status repeat(struct window *window, double least_s, struct dlb_why *why)
{
    const struct dlb_passes *passes = window->passes;
    const int64_t least_ns = (int64_t)(1e9 * least_s);
    int64_t now_ns = dlb_clock_ns();
    window->begin_ns = window->told_ns = now_ns;
    window->reset_ns = now_ns - RESET_NS;
    enum dlb_status status = DLB_OK;
    do {
        refill(window, now_ns);
        status = passes->run(passes->self, passes->k, why);
        window->executions += (double)passes->k;
        dlb_meter_poll(window->meter);
        now_ns = dlb_clock_ns();
        if (now_ns - window->told_ns > TELL_NS)
            tell(window, now_ns);
    } while (status == DLB_OK && now_ns - window->begin_ns < least_ns);
    return status;
}

static void no_energy(struct dlb_energy *energy, const char *reason)
{
    snprintf(energy->method, sizeof energy->method, "none");
    snprintf(energy->reason, sizeof energy->reason, "%.199s", reason);
}

static void take_reading(const struct dlb_passes *passes, const struct dlb_meter_reading *reading,
                         double executions, struct dlb_energy *energy)
{
    energy->window_s = reading->window_s;
    energy->executions = executions;
    if (isnan(reading->energy_j)) {
        no_energy(energy, reading->reason);
        return;
    }
    snprintf(energy->method, sizeof energy->method, "%s", reading->method);
    snprintf(energy->scope, sizeof energy->scope, "%s", reading->scope);
    snprintf(energy->reason, sizeof energy->reason, "%s", reading->reason);
    energy->energy_j = reading->energy_j;
    energy->uncertainty_rel = reading->uncertainty_rel;
    energy->idle_power_w = passes->request->idle_power_w;
    dlb_energy_derive(energy, passes->items);
}

/* DLB_OK also where the meter fails: the case has its time all the same. */
static enum dlb_status measure(const struct dlb_passes *passes, struct dlb_meter *meter,
                               struct dlb_energy *energy, struct dlb_why *why)
{
    struct window window = {.passes = passes, .meter = meter};
    struct dlb_meter_reading reading;
    struct dlb_why inner = {""};
    dlb_energy_reset(energy);
    tell(&window, dlb_clock_ns());
    if (dlb_meter_begin(meter, &inner) != DLB_OK) {
        no_energy(energy, inner.text);
        return DLB_OK;
    }
    const enum dlb_status status = repeat(&window, dlb_meter_window_s(meter), why);
    dlb_meter_end(meter, &reading);
    if (status == DLB_OK)
        take_reading(passes, &reading, window.executions, energy);
    return status;
}

/* How long an execution took in the window, as a multiple of what it took in the samples; 1 where there is nothing to compare. */
static double pace(const struct dlb_passes *passes, const struct dlb_energy *energy)
{
    const double ratio = 1e9 * energy->window_s / energy->executions / passes->execution_ns;
    return isfinite(energy->j_per_item) && isfinite(ratio) && ratio > 0 ? ratio : 1;
}

static double stray(const struct dlb_passes *passes, const struct dlb_energy *energy)
{
    return fabs(log(pace(passes, energy)));
}

/* Of several windows the one whose pace is nearest to that of the samples. */
static enum dlb_status measure_calmly(const struct dlb_passes *passes, struct dlb_meter *meter,
                                      struct dlb_energy *energy, struct dlb_why *why)
{
    enum dlb_status status = measure(passes, meter, energy, why);
    for (int i = 1; i < DLB_ENERGY_WINDOWS; i++) {
        struct dlb_energy again;
        if (status != DLB_OK || stray(passes, energy) <= log1p(STRAY))
            break;
        status = measure(passes, meter, &again, why);
        if (isfinite(again.j_per_item) && stray(passes, &again) < stray(passes, energy))
            *energy = again;
    }
    return status;
}

/* Joules of a window at another pace contradict the row's time: the reader is to know. */
static void doubt_pace(const struct dlb_passes *passes, struct dlb_energy *energy)
{
    const size_t used = strlen(energy->reason);
    if (stray(passes, energy) > log1p(STRAY))
        snprintf(energy->reason + used, sizeof energy->reason - used,
                 "%san execution took %.3g times as long in the meter's window as in its samples",
                 used > 0 ? "; " : "", pace(passes, energy));
}

/* No measurement but arithmetic: at most the datasheet's power for as long as an execution takes. */
static void bound(const struct dlb_passes *passes, struct dlb_energy *energy)
{
    const double watts = passes->request->meter.tdp_w;
    if (!(watts > 0)) {
        no_energy(energy, "the power on the device's datasheet is not known, so there is no upper "
                          "bound: add it to the catalogue (dlbench catalog add)");
        return;
    }
    snprintf(energy->method, sizeof energy->method, "tdp_bound");
    snprintf(energy->scope, sizeof energy->scope, "%s",
             passes->device->kind == DLB_KIND_CPU ? "package" : "board");
    snprintf(energy->reason, sizeof energy->reason,
             "an upper bound, not measured: %.4g W of the datasheet x time", watts);
    energy->window_s = 1e-9 * passes->median_ns;
    energy->executions = 1;
    energy->energy_j = watts * energy->window_s;
    dlb_energy_derive(energy, passes->items);
}

enum dlb_status dlb_pass_energy(const struct dlb_passes *passes, struct dlb_energy *energy,
                                struct dlb_why *why)
{
    struct dlb_meter *meter = NULL;
    struct dlb_why inner = {""};
    char reason[sizeof energy->reason];
    dlb_energy_reset(energy);
    if (passes->request->meter.kind == DLB_METER_OFF)
        return DLB_OK;
    if (is_out_of_reach(passes, reason, sizeof reason)) {
        no_energy(energy, reason);
        return DLB_OK;
    }
    if (passes->request->meter.kind == DLB_METER_TDP) {
        bound(passes, energy);
        return DLB_OK;
    }
    if (dlb_meter_open(&passes->request->meter, &meter, &inner) != DLB_OK) {
        no_energy(energy, inner.text);
        return DLB_OK;
    }
    const enum dlb_status status = measure_calmly(passes, meter, energy, why);
    dlb_meter_close(meter);
    if (status == DLB_OK)
        doubt_pace(passes, energy);
    return status;
}
