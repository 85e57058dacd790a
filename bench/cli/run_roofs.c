/* run_roofs.c: the roofs of a run: those of the processor for all its backends, a device's own for itself.
 *
 * Taking them is roofs_machine.c, what they mean for a record bench/store/roofs.c. */
#include "bench/cli/run_roofs.h"

#include <stdlib.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/cli/roofs_machine.h"
#include "bench/cli/stop.h"

#define TIMEOUT_S 60

/* One set of roofs, and the devices below it. */
struct roof_set {
    char key[DLB_DEVICE_KEY_SIZE]; /* "cpu", "opencl:0" */
    bool failed;                   /* the reason was told */
    struct dlb_roofs roofs;
};

struct dlb_run_ceilings {
    int count;
    struct roof_set *sets; /* at most one a device */
    int *set_of;           /* of each of run->devices; -1: none */
};

enum dlb_status dlb_run_roofs_choose(struct dlb_run *run)
{
    static const char *const names[] = {
        [DLB_RUN_ROOFS_AUTO] = "auto", [DLB_RUN_ROOFS_NEW] = "new", [DLB_RUN_ROOFS_OFF] = "off"};
    const char *text = getenv(DLB_ROOFS_VARIABLE);
    if (text == NULL || text[0] == '\0' ||
        dlb_parser_source(&run->cli->parser, "roofs") > DLB_SOURCE_DEFAULT) {
        return DLB_OK;
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            run->options->roofs = (int)i;
            return DLB_OK;
        }
    }
    return dlb_fail(&run->cli->why, DLB_INVALID,
                    DLB_ROOFS_VARIABLE " wants auto, new or off, found '%.40s'", text);
}

/* ---- which sets ---- */

static int add_set(struct dlb_run_ceilings *roofs, const char *key)
{
    for (int i = 0; i < roofs->count; i++) {
        if (strcmp(roofs->sets[i].key, key) == 0) {
            return i;
        }
    }
    snprintf(roofs->sets[roofs->count].key, sizeof roofs->sets[0].key, "%s", key);
    return roofs->count++;
}

static enum dlb_status make_sets(struct dlb_run *run, struct dlb_why *why)
{
    const size_t count = (size_t)run->devices.count;
    struct dlb_run_ceilings *roofs = calloc(1, sizeof *roofs);
    run->roofs = roofs;
    if (roofs != NULL) {
        roofs->sets = calloc(count + 1, sizeof *roofs->sets);
        roofs->set_of = calloc(count + 1, sizeof *roofs->set_of);
    }
    if (roofs == NULL || roofs->sets == NULL || roofs->set_of == NULL) {
        return dlb_fail(why, DLB_NO_MEMORY, "no memory for the roofs of %zu devices", count);
    }
    for (size_t i = 0; i < count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        const enum dlb_roofs_source source = dlb_roofs_source_of(&run->devices, device);
        roofs->set_of[i] = -1;
        if (device->selected && source != DLB_ROOFS_NONE) {
            roofs->set_of[i] =
                add_set(roofs, source == DLB_ROOFS_HOST ? DLB_ROOFLINE_HOST : device->key);
        }
    }
    return DLB_OK;
}

/* ---- taking them ---- */

static enum dlb_roofs_how how_of(const struct dlb_run *run)
{
    if (dlb_run_cases_left(run) == 0) {
        return DLB_ROOFS_STORED; /* nothing is measured, so neither are roofs */
    }
    return run->options->roofs == DLB_RUN_ROOFS_NEW ? DLB_ROOFS_QUICK : DLB_ROOFS_AUTO;
}

static enum dlb_status take(struct dlb_run *run, struct dlb_roofs_machine *machine,
                            struct roof_set *set, const struct dlb_device *device, int threads,
                            struct dlb_why *why)
{
    struct dlb_roofs taken;
    const bool host = strcmp(set->key, DLB_ROOFLINE_HOST) == 0;
    enum dlb_status status =
        dlb_roofs_machine_take(machine, host ? NULL : device, threads, how_of(run), &taken, why);
    if (status == DLB_OK) {
        status = dlb_roofline_merge(&set->roofs, &taken);
        dlb_roofs_free(&taken);
    }
    if (status == DLB_OK || status == DLB_INTERRUPTED) {
        return status;
    }
    if (how_of(run) != DLB_ROOFS_STORED) {
        dlb_log(DLB_LOG_WARNING, "no roofs of %s, so no shares of them: %.400s", set->key,
                why->text);
    }
    set->failed = true;
    return DLB_OK;
}

/* Every thread count that the plan has for a device, once a set. A device whose threads do not matter has them with the first. */
static enum dlb_status take_device(struct dlb_run *run, struct dlb_roofs_machine *machine,
                                   int index, struct dlb_why *why)
{
    const struct dlb_device *device = &run->devices.items[index];
    struct roof_set *set = &run->roofs->sets[run->roofs->set_of[index]];
    enum dlb_status status = DLB_OK;
    for (int64_t i = 0; i < run->plan.count && status == DLB_OK && !set->failed; i++) {
        const struct dlb_case *item = &run->plan.cases[i];
        char name[DLB_DEVICE_KEY_SIZE];
        snprintf(name, sizeof name, "%s:%s", item->backend, item->device);
        if (dlb_device_is(device, name) && !dlb_roofline_has_threads(&set->roofs, item->threads)) {
            status = take(run, machine, set, device, item->threads, why);
        }
    }
    return status;
}

/* Into the result, so that its file explains itself on any machine. */
static void tell_devices(struct dlb_run *run)
{
    for (int i = 0; i < run->devices.count; i++) {
        const int set = run->roofs->set_of[i];
        json_t *device = dlb_result_device(&run->result, run->devices.items[i].key);
        if (set >= 0 && device != NULL && run->roofs->sets[set].roofs.count > 0) {
            json_object_set_new(device, "measured",
                                dlb_roofs_to_json(&run->roofs->sets[set].roofs));
        }
    }
}

enum dlb_status dlb_run_roofs_open(struct dlb_run *run, struct dlb_why *why)
{
    if (run->options->roofs == DLB_RUN_ROOFS_OFF) {
        return DLB_OK;
    }
    enum dlb_status status = make_sets(run, why);
    struct dlb_roofline_options how = {.spawn = dlb_run_spawn(run),
                                       .request = run->request,
                                       .cpus = run->host.allowed_cpus,
                                       .memory_limit_bytes = run->request.memory_limit_bytes};
    how.spawn.timeout_s = TIMEOUT_S;
    struct dlb_roofs_machine machine;
    dlb_roofs_machine_open(&machine, run->cli, &run->host, &how);
    for (int i = 0; i < run->devices.count && status == DLB_OK; i++) {
        if (run->roofs->set_of[i] >= 0) {
            status = take_device(run, &machine, i, why);
        }
    }
    dlb_roofs_machine_close(&machine);
    if (status == DLB_OK) {
        tell_devices(run);
    }
    return status;
}

void dlb_run_roofs_close(struct dlb_run *run)
{
    struct dlb_run_ceilings *roofs = run->roofs;
    if (roofs == NULL) {
        return;
    }
    for (int i = 0; i < roofs->count; i++) {
        dlb_roofs_free(&roofs->sets[i].roofs);
    }
    free(roofs->sets);
    free(roofs->set_of);
    free(roofs);
    run->roofs = NULL;
}

void dlb_run_roofs_apply(const struct dlb_run *run, struct dlb_record *record)
{
    for (int i = 0; run->roofs != NULL && i < run->devices.count; i++) {
        const int set = run->roofs->set_of[i];
        if (set >= 0 && dlb_device_is(&run->devices.items[i], record->device)) {
            dlb_roofs_apply(&run->roofs->sets[set].roofs, record);
            return;
        }
    }
}
