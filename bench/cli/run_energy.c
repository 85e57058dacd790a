/* run_energy.c: before the first measurement: is there a meter, and what does the machine take when it does nothing?
 *
 * The window of each case is the worker's (bench/run/pass_energy.c). */
#include "bench/cli/run_energy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/share.h"

#define SETTLE_NS  INT64_C(200000000) /* what was started before has come to rest by then */
#define LONGEST_S  10.0
#define SHORTEST_S 1.0

/* Windows where none is asked for, one in every process of a case. RAPL's counters move every millisecond: at both ends of 100 ms that is 0.4 %
 * (meter.c), less than RAPL itself is wrong by, and a run of a hundred cases stays a matter of seconds. What a command asks answers in tens of
 * milliseconds and often counts once a second. */
#define RAPL_WINDOW_NS    1e8
#define COMMAND_WINDOW_NS 1e9

enum dlb_status dlb_run_check_energy(const struct dlb_run_options *options, struct dlb_why *why)
{
    const enum dlb_meter_kind kind = (enum dlb_meter_kind)options->energy;
    const char *command = options->power_command;
    const size_t limit = sizeof((struct dlb_meter_options *)0)->command;
    if (command == NULL && kind == DLB_METER_EXTERNAL) {
        return dlb_fail(why, DLB_INVALID,
                        "--energy external wants --power-command COMMAND, which prints the joules "
                        "counted so far");
    }
    if (command == NULL) {
        return DLB_OK;
    }
    if (kind != DLB_METER_EXTERNAL && kind != DLB_METER_AUTO) {
        return dlb_fail(why, DLB_INVALID, "--power-command contradicts --energy %s",
                        dlb_meter_kind_name(kind));
    }
    if (command[strspn(command, " \t\n")] == '\0') {
        return dlb_fail(why, DLB_INVALID, "--power-command wants a command, found nothing");
    }
    if (strlen(command) >= limit || !dlb_text_is_utf8(command)) {
        return dlb_fail(why, DLB_INVALID,
                        "--power-command wants at most %zu bytes of UTF-8, found %zu: put the "
                        "command into a script",
                        limit - 1, strlen(command));
    }
    return DLB_OK;
}

static double window_ns(const struct dlb_run_options *options)
{
    if (options->energy_window_ns > 0) {
        return options->energy_window_ns;
    }
    return options->power_command != NULL ? COMMAND_WINDOW_NS : RAPL_WINDOW_NS;
}

double dlb_run_window_s(const struct dlb_run_options *options)
{
    const enum dlb_meter_kind kind = (enum dlb_meter_kind)options->energy;
    const struct dlb_meter_options rapl = {.kind = DLB_METER_RAPL, .root = ""};
    struct dlb_meter *meter = NULL;
    if (kind == DLB_METER_OFF || kind == DLB_METER_TDP) { /* a bound is arithmetic */
        return 0;
    }
    /* A command is not run only to be planned for. */
    if (options->power_command == NULL) {
        if (dlb_meter_open(&rapl, &meter, NULL) != DLB_OK) {
            return 0;
        }
        dlb_meter_close(meter);
    }
    return 1e-9 * window_ns(options);
}

static void say(const char *what)
{
    char clean[DLB_WHY_SIZE];
    dlb_log(DLB_LOG_WARNING, "no energy is measured: %s",
            dlb_text_printable(clean, sizeof clean, what));
}

/* The power of a device's entry in the catalogue; NaN with the reason. */
static double find_tdp(const struct dlb_catalogue *catalogue, const struct dlb_device *device,
                       struct dlb_why *why)
{
    const struct dlb_catalogue_entry *entry = NULL;
    const char *name = json_string_value(json_object_get(device->json, "name"));
    const char *vendor = json_string_value(json_object_get(device->json, "vendor"));
    if (dlb_catalogue_match(catalogue, dlb_device_kind_name(device->kind),
                            vendor != NULL ? vendor : "", name != NULL ? name : "", &entry,
                            why) != DLB_OK) {
        return (double)NAN;
    }
    if (!(entry->tdp_w > 0)) {
        dlb_fail(why, DLB_UNAVAILABLE, "the catalogue tells no power of %s", entry->id);
        return (double)NAN;
    }
    return entry->tdp_w;
}

/* Devices whose power nobody knows are told; the others get it into their row of the result, where session.c finds it. */
static void find_powers(struct dlb_run *run)
{
    struct dlb_catalogue catalogue = {0};
    struct dlb_why why = {""};
    if (dlb_share_catalogue(&catalogue, &why) != DLB_OK) {
        say(why.text);
        return;
    }
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        if (!device->selected) {
            continue;
        }
        struct dlb_why inner = {""};
        const double tdp_w = find_tdp(&catalogue, device, &inner);
        json_t *row = dlb_result_device(&run->result, device->key);
        if (!isnan(tdp_w) && row != NULL) {
            json_object_set_new(row, "tdp_w", json_real(tdp_w));
        } else {
            dlb_fail(&why, DLB_UNAVAILABLE, "%s: %s", device->key, inner.text);
            say(why.text);
        }
    }
    dlb_catalogue_free(&catalogue);
}

static double measure_idle(const struct dlb_run *run, struct dlb_meter *meter, struct dlb_why *why)
{
    const double seconds = fmin(LONGEST_S, fmax(SHORTEST_S, dlb_meter_window_s(meter)));
    char words[64];
    dlb_meter_describe(meter, words, sizeof words);
    if (!run->cli->global.quiet) {
        fprintf(stderr, "measuring the idle machine for %.2g s (%s) ...\n", seconds, words);
    }
    dlb_clock_sleep_ns(SETTLE_NS);
    return dlb_meter_idle(meter, seconds, why);
}

void dlb_run_find_meter(struct dlb_run *run)
{
    const struct dlb_run_options *options = run->options;
    struct dlb_meter_options *wanted = &run->request.meter;
    struct dlb_meter *meter = NULL;
    struct dlb_why why = {""};
    *wanted = (struct dlb_meter_options){.kind = (enum dlb_meter_kind)options->energy,
                                         .tdp_w = (double)NAN,
                                         .window_ns = window_ns(options),
                                         .root = ""};
    run->request.idle_power_w = (double)NAN;
    if (options->power_command != NULL) {
        snprintf(wanted->command, sizeof wanted->command, "%s", options->power_command);
    }
    if (wanted->kind == DLB_METER_OFF || dlb_run_cases_left(run) == 0) {
        return;
    }
    if (wanted->kind == DLB_METER_TDP) {
        find_powers(run);
        return;
    }
    if (dlb_meter_open(wanted, &meter, &why) != DLB_OK) {
        if (wanted->kind != DLB_METER_AUTO || wanted->command[0] != '\0') {
            say(why.text);
        }
        return;
    }
    run->request.idle_power_w = measure_idle(run, meter, &why);
    if (isnan(run->request.idle_power_w)) {
        dlb_log(DLB_LOG_WARNING, "the power of the idle machine is not known: %s", why.text);
    }
    dlb_meter_close(meter);
}
