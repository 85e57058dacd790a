/* command_roofline.c: `dlbench roofline`: measures the ceilings of devices, prints them, keeps them with the machine.
 *
 * The backends of the processor share its roofs: they are measured once, under the name cpu. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/roofs_machine.h"
#include "bench/cli/stop.h"
#include "bench/store/replace.h"
#include "bench/store/result.h"

#define TIMEOUT_S    60
#define MEMORY_SHARE 0.8 /* of what is free, as for the cases of a run */

struct roofline_options {
    struct dlb_texts devices, backend_options;
    int64_t threads; /* -1: as many as affinity and quota allow */
    bool quick;
    int format;
    const char *output;
};

#define AT(field) .offset = offsetof(struct roofline_options, field)

static const struct dlb_option options[] = {
    {.name = "device",
     .letter = 'd',
     .kind = DLB_OPTION_TEXTS,
     .argument = "LIST",
     .default_text = "all",
     .group = "Selection",
     .help = "devices: all, cpu, gpu, a backend, backend:index; '!x' takes away",
     .completion = DLB_COMPLETE_DEVICES,
     AT(devices)},
    {.name = "threads",
     .letter = 't',
     .kind = DLB_OPTION_INT,
     .argument = "N",
     .default_text = "auto",
     .automatic = true,
     .min = 1,
     .max = DLB_MAX_CPUS,
     .group = "Measuring",
     .help = "host threads; auto: as many as affinity and quota allow",
     AT(threads)},
    {.name = "quick",
     .kind = DLB_OPTION_FLAG,
     .group = "Measuring",
     .help = "only what a run needs: some 10 s a device",
     AT(quick)},
    {.name = "opt",
     .kind = DLB_OPTION_TEXTS,
     .argument = "BACKEND.NAME=VALUE",
     .group = "Measuring",
     .help = "an option of a backend",
     AT(backend_options)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_PLAIN,
     .group = "Output",
     .help = "text or json",
     AT(format)},
    {.name = "output",
     .letter = 'o',
     .kind = DLB_OPTION_TEXT,
     .argument = "FILE",
     .group = "Output",
     .help = "write there instead of to the screen",
     .completion = DLB_COMPLETE_FILE,
     AT(output)},
    {.name = NULL},
};

/* What was measured of each device, and why not of others. */
struct findings {
    int count, capacity;
    struct dlb_roofs *items; /* owned */
    json_t *skipped;         /* array of {device, reason}, owned */
};

/* ---- the table ---- */

static void value_text(const struct dlb_roof *roof, double value, char *buffer, size_t size)
{
    static const char *const units[DLB_ROOF_KINDS] = {
        [DLB_ROOF_COMPUTE] = "OP/s", [DLB_ROOF_BANDWIDTH] = "B/s", [DLB_ROOF_TRANSFER] = "B/s"};
    if (!isfinite(value)) {
        snprintf(buffer, size, "-");
    } else if (units[roof->kind] != NULL) {
        dlb_format_si(buffer, size, value, units[roof->kind]);
    } else {
        dlb_format_time(buffer, size, value);
    }
}

static bool is_above(const struct dlb_roof *roof)
{
    return isfinite(roof->datasheet) && roof->value > roof->datasheet;
}

static void add_row(struct dlb_table *table, const struct dlb_roof *roof)
{
    char text[80];
    char clean[80];
    dlb_table_add(table, dlb_text_printable(clean, sizeof clean, roof->name));
    snprintf(text, sizeof text, "%d", roof->threads);
    dlb_table_add(table, roof->threads > 0 ? text : "-");
    dlb_format_bytes(text, sizeof text, roof->size_bytes);
    dlb_table_add(table, roof->size_bytes > 0 ? text : "-");
    value_text(roof, roof->value, text, sizeof text);
    dlb_table_add(table, text);
    snprintf(text, sizeof text, "%.1f%%", 100 * (roof->hi - roof->lo) / roof->value);
    dlb_table_add(table, text);
    value_text(roof, roof->datasheet, text, sizeof text);
    dlb_table_add(table, text);
    dlb_table_add(table, is_above(roof)   ? "above the datasheet"
                         : !roof->ceiling ? "no ceiling"
                                          : "");
}

/* Points of the curve are for the plot of working sets; on the screen they would bury the ceilings. */
static bool is_shown(const struct dlb_roof *roof)
{
    return roof->kind != DLB_ROOF_BANDWIDTH || roof->level[0] != '\0';
}

static void print_roofs(const struct dlb_roofs *roofs, const struct dlb_screen *screen)
{
    static const char *const heads[] = {"ceiling",   "threads", "working set", "measured", "spread",
                                        "datasheet", ""};
    struct dlb_table table = {.columns = (int)DLB_ARRAY_COUNT(heads)};
    char clean[200];
    int hidden = 0;
    fprintf(screen->stream, "%s: %s; %s%s, %s\n", roofs->device,
            dlb_text_printable(clean, sizeof clean, roofs->identity), roofs->evidence,
            roofs->quick ? " quickly" : "", roofs->as_of);
    for (size_t i = 0; i < DLB_ARRAY_COUNT(heads); i++) {
        dlb_table_add(&table, heads[i]);
    }
    for (int i = 0; i < roofs->count; i++) {
        if (is_shown(&roofs->items[i])) {
            add_row(&table, &roofs->items[i]);
        }
        hidden += !is_shown(&roofs->items[i]);
    }
    dlb_table_print(&table, screen);
    dlb_table_free(&table);
    if (hidden > 0) {
        fprintf(screen->stream,
                "%d more: reading working sets of all sizes, for `dlbench plot working-set`\n",
                hidden);
    }
    fputc('\n', screen->stream);
}

static void print_text(const struct findings *found, const char *folder,
                       const struct dlb_screen *screen)
{
    size_t index;
    const json_t *row;
    char clean[700];
    for (int i = 0; i < found->count; i++) {
        print_roofs(&found->items[i], screen);
    }
    json_array_foreach(found->skipped, index, row)
    {
        fprintf(screen->stream, "%s: no roofs: %s\n",
                json_string_value(json_object_get(row, "device")),
                dlb_text_printable(clean, sizeof clean,
                                   json_string_value(json_object_get(row, "reason"))));
    }
    dlb_print_wrapped(screen->stream,
                      "measured: the fastest sample of the best of several fresh processes; "
                      "spread: from the slowest process to the fastest. The datasheet's figure is "
                      "of the whole processor.",
                      0, screen->columns);
    if (folder[0] != '\0' && found->count > 0) {
        fprintf(screen->stream, "kept in %s\n", dlb_text_printable(clean, sizeof clean, folder));
    }
}

/* ---- JSON ---- */

static json_t *to_json(const struct findings *found)
{
    json_t *devices = json_array();
    for (int i = 0; i < found->count; i++) {
        json_array_append_new(devices, dlb_roofs_to_json(&found->items[i]));
    }
    return json_pack("{s:o, s:O}", "devices", devices, "skipped", found->skipped);
}

/* ---- measuring ---- */

static enum dlb_status keep(struct findings *found, const struct dlb_roofs *roofs,
                            struct dlb_why *why)
{
    if (found->count == found->capacity) {
        const int capacity = found->capacity > 0 ? 2 * found->capacity : 4;
        struct dlb_roofs *grown = realloc(found->items, (size_t)capacity * sizeof *grown);
        if (grown == NULL) {
            return dlb_fail(why, DLB_NO_MEMORY, "no memory for the roofs");
        }
        found->items = grown;
        found->capacity = capacity;
    }
    found->items[found->count++] = *roofs;
    return DLB_OK;
}

static void skip(struct findings *found, const char *key, const char *reason)
{
    json_array_append_new(found->skipped, json_pack("{s:o, s:o}", "device", dlb_json_text(key),
                                                    "reason", dlb_json_text(reason)));
}

/* One device, or (NULL) the processor. That a device has no roofs is a line, not the end. */
static enum dlb_status take(struct dlb_cli *cli, const struct roofline_options *wanted,
                            struct dlb_roofs_machine *machine, const struct dlb_device *device,
                            int threads, struct findings *found)
{
    struct dlb_roofs roofs;
    struct dlb_why why = {""};
    enum dlb_status status = dlb_roofs_machine_take(
        machine, device, threads, wanted->quick ? DLB_ROOFS_QUICK : DLB_ROOFS_FULL, &roofs, &why);
    if (status == DLB_INTERRUPTED || status == DLB_NO_MEMORY) {
        cli->why = why;
        return status;
    }
    if (status != DLB_OK) {
        skip(found, device != NULL ? device->key : DLB_ROOFLINE_HOST, why.text);
        return DLB_OK;
    }
    status = keep(found, &roofs, &cli->why);
    if (status != DLB_OK) {
        dlb_roofs_free(&roofs);
    }
    return status;
}

static enum dlb_status take_all(struct dlb_cli *cli, const struct roofline_options *wanted,
                                struct dlb_roofs_machine *machine,
                                const struct dlb_devices *devices, int threads,
                                struct findings *found)
{
    enum dlb_status status = DLB_OK;
    bool host_taken = false;
    for (int i = 0; i < devices->count && status == DLB_OK; i++) {
        const struct dlb_device *device = &devices->items[i];
        if (!device->selected) {
            if (dlb_device_is_missed(device)) {
                skip(found, device->key, device->reason);
            }
            continue;
        }
        switch (dlb_roofs_source_of(devices, device)) {
        case DLB_ROOFS_OWN:
        case DLB_ROOFS_MODEL:
            status = take(cli, wanted, machine, device, threads, found);
            break;
        case DLB_ROOFS_HOST:
            if (!host_taken) {
                status = take(cli, wanted, machine, NULL, threads, found);
            }
            host_taken = true;
            break;
        default:
            skip(found, device->key,
                 device->evidence == DLB_EVIDENCE_EMULATED
                     ? "it is emulated: how fast the emulator is says nothing about the device"
                     : "its backend has no kernels that show ceilings");
            break;
        }
    }
    return status;
}

static enum dlb_status choose_threads(const struct dlb_host *host, int64_t wanted, int *threads,
                                      struct dlb_why *why)
{
    if (wanted > host->allowed_cpu_count) {
        return dlb_fail(why, DLB_INVALID,
                        "--threads %lld: this process may use %d CPUs; a ceiling with more threads "
                        "than CPUs says nothing",
                        (long long)wanted, host->allowed_cpu_count);
    }
    *threads = wanted > 0 ? (int)wanted : dlb_host_default_threads(host);
    return DLB_OK;
}

static enum dlb_status find_devices(struct dlb_cli *cli, const struct roofline_options *wanted,
                                    struct dlb_devices *devices)
{
    enum dlb_status status = dlb_devices_open(devices, &cli->why);
    if (status == DLB_OK) {
        status = dlb_devices_check_options(devices, &wanted->backend_options, &cli->why);
    }
    if (status == DLB_OK) {
        status =
            dlb_devices_probe(devices, cli, &wanted->devices, &wanted->backend_options, &cli->why);
    }
    if (status == DLB_OK) {
        status = dlb_devices_select(devices, &wanted->devices, &cli->why);
    }
    return status;
}

/* Before minutes are spent: can the output be written? */
static enum dlb_status try_output(const char *path, struct dlb_why *why)
{
    struct dlb_replacement trial;
    if (path == NULL) {
        return DLB_OK;
    }
    const enum dlb_status status = dlb_replace_begin(path, &trial, why);
    if (status == DLB_OK) {
        dlb_replace_abort(&trial);
    }
    return status;
}

static void fill_options(const struct dlb_cli *cli, const struct roofline_options *wanted,
                         const struct dlb_host *host, struct dlb_roofline_options *how)
{
    *how = (struct dlb_roofline_options){
        .spawn = {.program = cli->program, .wait_policy = "active", .timeout_s = TIMEOUT_S},
        .request = {.seed = cli->global.seed_given ? cli->global.seed : 1},
        .cpus = host->allowed_cpus,
        .memory_limit_bytes = (int64_t)(MEMORY_SHARE * (double)host->ram_available_bytes)};
    for (int i = 0; i < wanted->backend_options.count; i++) {
        snprintf(how->request.options[how->request.option_count++], sizeof how->request.options[0],
                 "%s", wanted->backend_options.items[i]);
    }
}

/* ---- output ---- */

/* As one text, on the screen or in the file. */
static int write_findings(struct dlb_cli *cli, const struct roofline_options *wanted,
                          const struct findings *found, const char *folder, int code)
{
    if (wanted->output == NULL && wanted->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(cli, to_json(found), code);
        return code;
    }
    if (wanted->output == NULL) {
        print_text(found, folder, &cli->out);
        return code;
    }
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    enum dlb_status status = DLB_NO_MEMORY;
    if (stream != NULL) {
        const struct dlb_screen screen = {.stream = stream, .unicode = true};
        json_t *json = wanted->format == DLB_PLAIN_JSON ? to_json(found) : NULL;
        if (json != NULL) {
            json_dumpf(json, stream, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
            fputc('\n', stream);
        } else {
            print_text(found, folder, &screen);
        }
        json_decref(json);
        status = fclose(stream) == 0 ? dlb_file_replace(wanted->output, bytes, size, &cli->why)
                                     : DLB_NO_MEMORY;
    }
    if (status == DLB_NO_MEMORY) {
        dlb_fail(&cli->why, status, "no memory for the roofs");
    }
    free(bytes);
    return status != DLB_OK ? dlb_exit_from_status(status) : code;
}

static int measure(struct dlb_cli *cli, const struct roofline_options *wanted,
                   const struct dlb_devices *devices, const struct dlb_host *host, int threads)
{
    struct dlb_roofline_options how;
    struct dlb_roofs_machine machine;
    struct findings found = {.skipped = json_array()};
    fill_options(cli, wanted, host, &how);
    dlb_roofs_machine_open(&machine, cli, host, &how);
    const enum dlb_status status = take_all(cli, wanted, &machine, devices, threads, &found);
    int code = status == DLB_INTERRUPTED && dlb_stop_exit() != DLB_EXIT_OK
                   ? dlb_stop_exit()
                   : dlb_exit_from_status(status);
    if (status == DLB_OK && found.count == 0) {
        const char *reason =
            json_string_value(json_object_get(json_array_get(found.skipped, 0), "reason"));
        dlb_fail(&cli->why, DLB_UNAVAILABLE, "no roofs were measured: %.500s",
                 reason != NULL ? reason : "no device");
        code = DLB_EXIT_NOTHING;
    } else if (status == DLB_OK) {
        code = write_findings(cli, wanted, &found, machine.folder, code);
    }
    for (int i = 0; i < found.count; i++) {
        dlb_roofs_free(&found.items[i]);
    }
    free(found.items);
    json_decref(found.skipped);
    dlb_roofs_machine_close(&machine);
    return code;
}

static int run_command(struct dlb_cli *cli, void *target)
{
    const struct roofline_options *wanted = target;
    struct dlb_devices devices = {0};
    struct dlb_host *host = calloc(1, sizeof *host);
    int threads = 0;
    if (host == NULL) {
        return dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory to start");
    }
    dlb_stop_watch();
    dlb_host_read("", host);
    enum dlb_status status = choose_threads(host, wanted->threads, &threads, &cli->why);
    if (status == DLB_OK) {
        status = try_output(wanted->output, &cli->why);
    }
    if (status == DLB_OK) {
        status = find_devices(cli, wanted, &devices);
    }
    const int code = status == DLB_OK ? measure(cli, wanted, &devices, host, threads)
                                      : dlb_exit_from_status(status);
    dlb_devices_close(&devices);
    free(host);
    return code;
}

static const struct dlb_command_example examples[] = {
    {"dlbench roofline", "every device of this machine"},
    {"dlbench roofline -d cpu -t 1", "the processor, with one thread"},
    {"dlbench roofline --quick --format json -o roofs.json", "only what a run needs, into a file"},
    {NULL, NULL},
};

const struct dlb_command dlb_command_roofline = {
    .name = "roofline",
    .summary = "measure the ceilings of devices: operations, bandwidths, latencies",
    .arguments = "",
    .details =
        "What a device can do at most, by loops that do nothing else: multiply-adds in registers "
        "per type and instruction set, reading, writing, copying and a triad in each level of "
        "memory, chains of dependent loads, the smallest launch, transfers. The figures are kept "
        "with this machine; `dlbench run` tells each result's share of them. Operands are random: "
        "the same loop on zeros draws less power, and stands beside it. All backends of the "
        "processor share its ceilings, under the name cpu.",
    .examples = examples,
    .options = options,
    .target_size = sizeof(struct roofline_options),
    .run = run_command,
};
