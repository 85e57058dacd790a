/* roofs_machine.c: roofs of this machine: from its cache folder, or measured and put there, with what the datasheet says beside them.
 *
 * Measuring is bench/run/roofline.c, the file bench/store/roofs_file.c. */
#include "bench/cli/roofs_machine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/log.h"
#include "bench/base/text.h"
#include "bench/cli/share.h"
#include "bench/cli/stop.h"
#include "bench/run/roofline_model.h"

#define MAX_AGE_S   (30 * 86400.0) /* firmware, systems and neighbours change without a word */
#define MAX_QUICK_S 86400.0        /* two processes each, beside whatever the machine did then */

enum dlb_roofs_source dlb_roofs_source_of(const struct dlb_devices *devices,
                                          const struct dlb_device *device)
{
    const struct dlb_loaded_backend *backend =
        dlb_registry_find(devices->registry, device->backend);
    if (device->evidence == DLB_EVIDENCE_MODELLED) {
        return json_object_size(json_object_get(device->json, "peak_ops_per_s")) > 0
                   ? DLB_ROOFS_MODEL
                   : DLB_ROOFS_NONE;
    }
    if (backend != NULL && backend->table != NULL && backend->table->probe_kernel != NULL) {
        return DLB_ROOFS_OWN;
    }
    return device->kind == DLB_KIND_CPU && device->evidence == DLB_EVIDENCE_MEASURED
               ? DLB_ROOFS_HOST
               : DLB_ROOFS_NONE;
}

/* $XDG_CACHE_HOME/dlbench, else ~/.cache/dlbench. */
static void find_folder(char *folder, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int length = 0;
    folder[0] = '\0';
    if (cache != NULL && cache[0] == '/') {
        length = snprintf(folder, size, "%s/dlbench", cache);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(folder, size, "%s/.cache/dlbench", home);
    }
    if (length < 0 || (size_t)length >= size) {
        folder[0] = '\0';
    }
}

void dlb_roofs_machine_open(struct dlb_roofs_machine *machine, struct dlb_cli *cli,
                            const struct dlb_host *host, const struct dlb_roofline_options *options)
{
    *machine = (struct dlb_roofs_machine){
        .cli = cli, .host = host, .options = *options, .block.screen = cli->err};
    find_folder(machine->folder, sizeof machine->folder);
}

void dlb_roofs_machine_close(struct dlb_roofs_machine *machine)
{
    dlb_catalogue_free(&machine->catalogue);
    machine->catalogue = (struct dlb_catalogue){0};
}

/* ---- progress ---- */

static void value_text(const struct dlb_roofline_state *state, char *buffer, size_t size)
{
    const enum dlb_roof_kind kind = state->item->roof.kind;
    buffer[0] = '\0';
    if (!isfinite(state->value)) {
        return;
    }
    if (kind == DLB_ROOF_LATENCY || kind == DLB_ROOF_LAUNCH) {
        dlb_format_time(buffer, size, state->value);
    } else {
        dlb_format_si(buffer, size, state->value, kind == DLB_ROOF_COMPUTE ? "OP/s" : "B/s");
    }
}

static void on_tick(void *user, const struct dlb_roofline_state *state)
{
    struct dlb_roofs_machine *machine = user;
    struct dlb_block *block = &machine->block;
    char value[32];
    char bar[96];
    if (machine->cli->global.quiet || !block->screen.redraw || !dlb_block_due(block)) {
        return;
    }
    value_text(state, value, sizeof value);
    dlb_block_bar(block, state->total > 0 ? (double)state->done / state->total : 0, bar,
                  sizeof bar);
    dlb_block_erase(block);
    dlb_block_line(block, "  %s  %d/%d  %s  %s %s", bar, state->done, state->total, machine->key,
                   state->item->label, value);
    fflush(block->screen.stream);
}

static int on_stop(void *user)
{
    (void)user;
    return dlb_stop_wanted();
}

/* ---- datasheets ---- */

static const char *member(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text != NULL ? text : "";
}

/* What the catalogue knows of the processor or device; NULL: nothing, or it cannot be read, which is another command's business. */
static const struct dlb_catalogue_entry *find_entry(struct dlb_roofs_machine *machine,
                                                    const struct dlb_device *device)
{
    const struct dlb_catalogue_entry *entry = NULL;
    struct dlb_why why = {""};
    if (!machine->catalogue_read) {
        machine->catalogue_read = true;
        if (dlb_share_catalogue(&machine->catalogue, &why) != DLB_OK) {
            dlb_log(DLB_LOG_INFO, "no datasheets beside the roofs: %s", why.text);
        }
    }
    const char *kind = device != NULL ? dlb_device_kind_name(device->kind) : "cpu";
    const char *vendor = device != NULL ? member(device->json, "vendor") : "";
    const char *name = device != NULL ? member(device->json, "name") : machine->host->cpu_model;
    if (dlb_catalogue_match(&machine->catalogue, kind, vendor, name, &entry, &why) != DLB_OK) {
        dlb_log(DLB_LOG_INFO, "no datasheet for %.60s: %s", name, why.text);
    }
    return entry;
}

/* What the device's own driver tells, where the catalogue tells nothing. */
static double own_peak(const struct dlb_device *device, const struct dlb_roof *roof)
{
    const json_t *json = device != NULL ? device->json : NULL;
    const json_t *peak = roof->kind == DLB_ROOF_COMPUTE
                             ? json_object_get(json_object_get(json, "peak_ops_per_s"), roof->dtype)
                             : json_object_get(json, "mem_bw_bytes_per_s");
    return json_is_number(peak) ? json_number_value(peak) : (double)NAN;
}

static void fill_datasheets(struct dlb_roofs_machine *machine, const struct dlb_device *device,
                            struct dlb_roofs *roofs)
{
    const struct dlb_catalogue_entry *entry = find_entry(machine, device);
    for (int i = 0; i < roofs->count; i++) {
        struct dlb_roof *roof = &roofs->items[i];
        const bool compute = roof->kind == DLB_ROOF_COMPUTE;
        roof->datasheet = NAN;
        if (!compute && (roof->kind != DLB_ROOF_BANDWIDTH || strcmp(roof->level, "memory") != 0)) {
            continue;
        }
        if (entry != NULL) {
            roof->datasheet =
                compute ? dlb_catalogue_peak(entry, roof->dtype) : dlb_catalogue_bandwidth(entry);
        }
        if (!isfinite(roof->datasheet)) {
            roof->datasheet = own_peak(device, roof);
        }
    }
}

/* ---- loading, measuring, keeping ---- */

/* Whose roofs, in the words of the file. */
static void name_device(const struct dlb_roofs_machine *machine, const struct dlb_device *device,
                        const char **key, char identity[DLB_ROOFLINE_IDENTITY])
{
    *key = device != NULL ? device->key : DLB_ROOFLINE_HOST;
    if (device != NULL) {
        dlb_roofline_device_identity(device->json, identity);
    } else {
        dlb_roofline_host_identity(machine->host, identity);
    }
}

/* What was kept. Only that nothing was kept yet is not worth a line. */
static bool load(const struct dlb_roofs_machine *machine, const char *key, const char *identity,
                 struct dlb_roofs *roofs, struct dlb_why *why)
{
    if (machine->folder[0] == '\0') {
        dlb_fail(why, DLB_UNAVAILABLE, "there is no folder to keep roofs in: set HOME");
        return false;
    }
    const enum dlb_status status =
        dlb_roofs_load(machine->folder, key, identity, MAX_AGE_S, MAX_QUICK_S, roofs, why);
    if (status == DLB_INVALID || status == DLB_IO) {
        dlb_log(DLB_LOG_WARNING, "%s; the roofs of %s are measured again", why->text, key);
    } else if (status != DLB_OK) {
        dlb_log(DLB_LOG_INFO, "%s", why->text);
    }
    return status == DLB_OK;
}

static void announce(const struct dlb_roofs_machine *machine, const char *key, int threads,
                     bool quick)
{
    const bool roofline = strcmp(machine->cli->command->name, "roofline") == 0;
    const char *hint = !quick     ? ""
                       : roofline ? " (without --quick all of them, with more processes)"
                                  : " (dlbench roofline measures all of them, with more processes)";
    if (!machine->cli->global.quiet) {
        fprintf(machine->cli->err.stream, "measuring the roofs of %s, %d thread%s%s\n", key,
                threads, threads == 1 ? "" : "s", hint);
    }
}

static enum dlb_status measure(struct dlb_roofs_machine *machine, const struct dlb_device *device,
                               bool quick, struct dlb_roofs *fresh, struct dlb_why *why)
{
    char number[16] = "";
    char note[1024];
    struct dlb_roofline_device what = {.key = machine->key, .kind = DLB_KIND_CPU};
    const struct dlb_roofline_watch watch = {machine, on_tick, on_stop};
    if (!machine->caches_known) { /* a slice of a larger cache shows in the latencies alone */
        dlb_cache_probe("", !quick, &machine->cache);
        machine->caches_known = true;
    }
    machine->options.quick = quick;
    dlb_roofline_levels(&machine->cache, machine->host, machine->options.level_bytes);
    if (device != NULL) {
        snprintf(number, sizeof number, "%d", device->index);
        what.backend = device->backend;
        what.device = number;
        what.kind = device->kind;
    }
    if (device != NULL && device->kind != DLB_KIND_CPU) {
        int64_t *levels = machine->options.level_bytes;
        levels[0] = levels[1] = 0;
        levels[2] = json_integer_value(json_object_get(device->json, "llc_bytes"));
        levels[3] = json_integer_value(json_object_get(device->json, "mem_bytes"));
    }
    const enum dlb_status status =
        dlb_roofline_run(&machine->options, &what, &watch, fresh, note, sizeof note, why);
    dlb_block_erase(&machine->block);
    fflush(machine->block.screen.stream);
    if (status == DLB_OK && note[0] != '\0') {
        dlb_log(DLB_LOG_WARNING, "roofs of %s: not all could be measured: %s", machine->key, note);
    }
    return status;
}

/* That they cannot be kept costs the next run some seconds, and this one nothing. */
static void keep(const struct dlb_roofs_machine *machine, const struct dlb_roofs *roofs)
{
    struct dlb_why why = {""};
    if (machine->folder[0] != '\0' && dlb_roofs_save(machine->folder, roofs, &why) != DLB_OK) {
        dlb_log(DLB_LOG_WARNING, "the roofs of %s are not kept: %s", roofs->device, why.text);
    }
}

enum dlb_status dlb_roofs_machine_take(struct dlb_roofs_machine *machine,
                                       const struct dlb_device *device, int threads,
                                       enum dlb_roofs_how how, struct dlb_roofs *roofs,
                                       struct dlb_why *why)
{
    char identity[DLB_ROOFLINE_IDENTITY];
    struct dlb_roofs kept = {.count = 0};
    struct dlb_roofs fresh = {.count = 0};
    if (device != NULL && device->evidence == DLB_EVIDENCE_MODELLED) {
        return dlb_roofline_model(device->json, roofs, why);
    }
    name_device(machine, device, &machine->key, identity);
    const bool stored = load(machine, machine->key, identity, &kept, why);
    if (stored && how <= DLB_ROOFS_AUTO && dlb_roofline_has_threads(&kept, threads)) {
        fill_datasheets(machine, device, &kept);
        *roofs = kept;
        return DLB_OK;
    }
    if (how == DLB_ROOFS_STORED) {
        dlb_roofs_free(&kept);
        return stored ? dlb_fail(why, DLB_UNAVAILABLE,
                                 "no roofs of %s with %d threads have been measured", machine->key,
                                 threads)
                      : DLB_UNAVAILABLE;
    }
    machine->options.threads = threads;
    announce(machine, machine->key, threads, how != DLB_ROOFS_FULL);
    enum dlb_status status = measure(machine, device, how != DLB_ROOFS_FULL, &fresh, why);
    if (status == DLB_OK) {
        status = dlb_roofline_merge(&kept, &fresh);
        dlb_roofs_free(&fresh);
    }
    if (status != DLB_OK) {
        dlb_roofs_free(&kept);
        return status;
    }
    snprintf(kept.identity, sizeof kept.identity, "%s", identity);
    fill_datasheets(machine, device, &kept);
    keep(machine, &kept);
    *roofs = kept;
    return DLB_OK;
}
