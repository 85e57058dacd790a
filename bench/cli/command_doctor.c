/* command_doctor.c: `dlbench doctor`: is this machine fit for measuring, and what would make it fitter?
 *
 * Every check is a row: what was found, how it stands, and what to do. The checks only look; they change nothing. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/base/text.h"
#include "bench/cli/command.h"
#include "bench/cli/devices.h"
#include "bench/cli/tool.h"
#include "bench/measure/cache.h"
#include "bench/measure/counters.h"
#include "bench/measure/gates.h"
#include "bench/measure/meter.h"
#include "bench/measure/procfs.h"

struct doctor_options {
    int format;
    bool strict, json;
};

static const struct dlb_option options[] = {
    {.name = "strict",
     .kind = DLB_OPTION_FLAG,
     .group = "Checks",
     .help = "exit code 6 when a check warns",
     .offset = offsetof(struct doctor_options, strict)},
    {.name = "format",
     .kind = DLB_OPTION_CHOICE,
     .argument = "NAME",
     .default_text = "text",
     .choices = DLB_FORMATS_PLAIN,
     .group = "Output",
     .help = "text or json",
     .offset = offsetof(struct doctor_options, format)},
    {.name = "json",
     .kind = DLB_OPTION_FLAG,
     .group = "Output",
     .help = "the same as --format json",
     .offset = offsetof(struct doctor_options, json)},
    {.name = NULL},
};

/* How a check stands: ok; note: worth knowing; warn: measurements suffer. */
struct checkup {
    json_t *rows; /* [{name, state, found, hint}] */
    int warnings;
    struct dlb_counter_health counters;
    const struct dlb_host *host;
    struct dlb_cli *cli;
};

static void add(struct checkup *checkup, const char *name, const char *state, const char *hint,
                const char *format, ...) DLB_PRINTF(5, 6);
static void add(struct checkup *checkup, const char *name, const char *state, const char *hint,
                const char *format, ...)
{
    char found[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found, sizeof found, format, arguments);
    va_end(arguments);
    checkup->warnings += strcmp(state, "warn") == 0;
    json_array_append_new(checkup->rows,
                          json_pack("{s:s, s:s, s:o, s:o}", "name", name, "state", state, "found",
                                    dlb_json_text(found), "hint", dlb_json_text(hint)));
}

static bool is_known(const char *text)
{
    return text[0] != '\0' && strcmp(text, "unknown") != 0;
}

static void check_processor(struct checkup *c)
{
    const struct dlb_host *host = c->host;
    add(c, "processor", "ok", "", "%s, %d socket%s, %d cores, %d threads, %d NUMA node%s",
        host->cpu_model, host->sockets, host->sockets == 1 ? "" : "s", host->cores, host->threads,
        host->numa, host->numa == 1 ? "" : "s");
    if (host->heterogeneous) {
        add(c, "core kinds", "warn", "choose cores of one kind: taskset -c LIST dlbench ...",
            "cores of different maximum frequency");
    }
}

static void check_timer(struct checkup *c)
{
    struct dlb_timer timer;
    dlb_timer_calibrate(&timer);
    const bool coarse = timer.step_ns > 1000;
    add(c, "clock", coarse ? "warn" : "ok",
        coarse ? "the kernel's clock source is slow (see "
                 "/sys/devices/system/clocksource/clocksource0/current_clocksource; tsc is best)"
               : "",
        "CLOCK_MONOTONIC_RAW: step %.3g ns, a pair of reads costs %.3g ns", timer.step_ns,
        timer.overhead_ns);
}

static void check_frequency(struct checkup *c)
{
    const struct dlb_host *host = c->host;
    const bool known = is_known(host->governor);
    const bool fixed = strcmp(host->governor, "performance") == 0;
    add(c, "governor",
        !known  ? "note"
        : fixed ? "ok"
                : "warn",
        !known  ? "the frequency cannot be read here (usual in virtual machines)"
        : fixed ? ""
                : "sudo cpupower frequency-set -g performance",
        "%s", known ? host->governor : "unknown");
    const bool turbo = strcmp(host->turbo, "on") == 0;
    add(c, "turbo", turbo ? "note" : "ok",
        turbo ? "the clock follows load and temperature; switch it off to compare over days" : "",
        "%s", host->turbo);
    if (host->on_battery) {
        add(c, "power", "warn", "plug in the mains: on battery the clock is held down",
            "on battery");
    }
}

static void check_isolation(struct checkup *c)
{
    const struct dlb_host *host = c->host;
    const bool virtual = is_known(host->virt) && strcmp(host->virt, "none") != 0;
    const bool container = is_known(host->container) && strcmp(host->container, "none") != 0;
    add(c, "virtualisation", virtual ? "note" : "ok",
        virtual ? "neighbours share the machine: processes differ by several percent; use more "
                  "--invocations"
                : "",
        "%s", host->virt);
    add(c, "container", container ? "note" : "ok", "", "%s", host->container);
    if (host->cgroup_cpu_quota > 0) {
        add(c, "CPU quota", "warn",
            "threads beyond the quota are stopped in the middle of a sample; raise it or use whole "
            "CPUs (cpuset)",
            "%.3g CPUs", host->cgroup_cpu_quota);
    } else {
        add(c, "CPU quota", "ok", "", "none");
    }
    add(c, "affinity", host->allowed_cpu_count < host->threads ? "note" : "ok", "",
        "%d of %d CPUs allowed; a case gets %d thread%s by default", host->allowed_cpu_count,
        host->threads, dlb_host_default_threads(host),
        dlb_host_default_threads(host) == 1 ? "" : "s");
    add(c, "SMT", "ok", "", "%s", host->smt);
}

static void check_memory(struct checkup *c)
{
    const struct dlb_host *host = c->host;
    char total[24];
    char free_text[24];
    const bool low = host->ram_available_bytes < host->ram_bytes / 4;
    dlb_format_bytes(total, sizeof total, (double)host->ram_bytes);
    dlb_format_bytes(free_text, sizeof free_text, (double)host->ram_available_bytes);
    add(c, "memory", low ? "warn" : "ok",
        low ? "free some: large cases are skipped, and swapping spoils all others" : "",
        "%s, %s available", total, free_text);
    struct dlb_cache_info cache;
    dlb_cache_probe("", 1, &cache);
    add(c, "last-level cache", cache.llc_effective_bytes > 0 ? "ok" : "warn",
        cache.llc_effective_bytes > 0 ? "" : "cold cases cannot be trusted here", "%s",
        cache.decision);
}

/* The sources of rule 1.9: which noise can be seen at all? */
static void check_gates(struct checkup *c)
{
    struct dlb_gate_snapshot snapshot;
    struct dlb_text seen = {0};
    struct dlb_text missing = {0};
    dlb_gate_take("", &snapshot);
    for (int i = 0; i < DLB_GATE_COUNT; i++) {
        struct dlb_text *list = isnan(snapshot.raw[i]) ? &missing : &seen;
        dlb_text_format(list, "%s%s", list->size > 0 ? ", " : "", dlb_gate_name((enum dlb_gate)i));
    }
    add(c, "noise gates", seen.size > 0 ? "ok" : "warn",
        seen.size > 0 ? "" : "noisy invocations cannot be told: is /proc mounted?", "readable: %s",
        seen.data != NULL ? seen.data : "none");
    if (missing.size > 0) {
        add(c, "noise gates missing", "note", "usual in virtual machines and containers", "%s",
            missing.data);
    }
    dlb_text_free(&seen);
    dlb_text_free(&missing);
}

/* Software counters are there on every machine. */
static void check_counters(struct checkup *c)
{
    struct dlb_counter_health *health = &c->counters;
    char level[24] = "";
    int hardware = 0;
    for (const struct dlb_counter *counter = dlb_counter_table; counter->name != NULL; counter++) {
        hardware += !counter->software;
    }
    dlb_counters_health("", health);
    if (!dlb_proc_read("", level, sizeof level, "/proc/sys/kernel/perf_event_paranoid")) {
        snprintf(level, sizeof level, "unknown");
    }
    if (health->hardware_count > 0) {
        add(c, "counters", "ok", "", "%d of %d hardware counters, %s; perf_event_paranoid = %s",
            health->hardware_count, hardware, health->version, level);
    } else {
        add(c, "counters", "note", health->remedy,
            "no hardware counters, only those of the kernel: %s; perf_event_paranoid = %s",
            health->reason, level);
    }
}

static void check_energy(struct checkup *c)
{
    const struct dlb_meter_options rapl = {.kind = DLB_METER_RAPL, .root = ""};
    struct dlb_meter *meter = NULL;
    struct dlb_why why = {""};
    char words[64];
    if (dlb_meter_open(&rapl, &meter, &why) != DLB_OK) {
        add(c, "energy", "note", why.text, "no meter");
        return;
    }
    dlb_meter_describe(meter, words, sizeof words);
    add(c, "energy", "ok", "", "%s", words);
    dlb_meter_close(meter);
}

/* Is a program on the PATH? */
static bool find_program(const char *name, char *path, size_t size)
{
    const char *rest = getenv("PATH");
    while (rest != NULL && *rest != '\0') {
        const size_t length = strcspn(rest, ":");
        struct stat info;
        const int written = snprintf(path, size, "%.*s/%s", (int)length, rest, name);
        if (written > 0 && (size_t)written < size && stat(path, &info) == 0 &&
            S_ISREG(info.st_mode) && access(path, X_OK) == 0) {
            return true;
        }
        rest += length + (rest[length] == ':' ? 1 : 0);
    }
    return false;
}

static void check_tools(struct checkup *c)
{
    char path[1024];
    const bool found = find_program("gnuplot", path, sizeof path);
    add(c, "gnuplot", found ? "ok" : "note", found ? "" : "apt-get install gnuplot-nox: for plots",
        "%s", found ? path : "not found");
}

static enum dlb_status check_backends(struct checkup *c)
{
    struct dlb_devices devices = {0};
    enum dlb_status status = dlb_devices_open(&devices, &c->cli->why);
    if (status == DLB_OK) {
        status = dlb_devices_probe(&devices, c->cli, NULL, NULL, &c->cli->why);
    }
    int available = 0;
    for (int i = 0; i < devices.count && status == DLB_OK; i++) {
        const struct dlb_device *device = &devices.items[i];
        char name[96];
        snprintf(name, sizeof name, "backend %s", device->backend);
        if (device->on_request) {
            continue;
        }
        if (device->status == DLB_OK) {
            const char *text = json_string_value(json_object_get(device->json, "runtime"));
            available++;
            add(c, name, "ok", "", "%s: %s", device->key, text != NULL ? text : "available");
        } else {
            add(c, name, "note", "", "%s: %s", dlb_status_name(device->status), device->reason);
        }
    }
    if (status == DLB_OK && available == 0) {
        add(c, "backends", "warn", "run make: it says what each backend needs",
            "none is available");
    }
    dlb_devices_close(&devices);
    return status;
}

static void print_text(const struct checkup *c)
{
    struct dlb_table table = {.columns = 3};
    size_t index;
    json_t *row;
    json_array_foreach(c->rows, index, row)
    {
        const char *hint = json_string_value(json_object_get(row, "hint"));
        char last[1024];
        snprintf(last, sizeof last, "%s%s%s", json_string_value(json_object_get(row, "found")),
                 hint[0] != '\0' ? " -> " : "", hint);
        dlb_table_add(&table, json_string_value(json_object_get(row, "state")));
        dlb_table_add(&table, json_string_value(json_object_get(row, "name")));
        dlb_table_add(&table, last);
    }
    dlb_table_print(&table, &c->cli->out);
    dlb_table_free(&table);
    fprintf(c->cli->out.stream, "%d warning%s\n", c->warnings, c->warnings == 1 ? "" : "s");
}

static json_t *to_json(const struct checkup *c)
{
    struct dlb_timer timer;
    dlb_timer_calibrate(&timer);
    const struct dlb_counter_health *counters = &c->counters;
    return json_pack("{s:o, s:O, s:i, s:{s:b, s:i, s:o, s:o}}", "host",
                     dlb_host_to_json(c->host, &timer, false), "checks", c->rows, "warnings",
                     c->warnings, "counters", "papi", counters->compiled ? 1 : 0, "hardware",
                     counters->hardware_count, "reason", dlb_json_text(counters->reason), "remedy",
                     dlb_json_text(counters->remedy));
}

static int run(struct dlb_cli *cli, void *target)
{
    const struct doctor_options *wanted = target;
    struct dlb_host *host = calloc(1, sizeof *host);
    struct checkup checkup = {.rows = json_array(), .host = host, .cli = cli};
    if (host == NULL || checkup.rows == NULL) {
        free(host);
        return dlb_cli_fail(cli, DLB_NO_MEMORY, "no memory for the checks");
    }
    dlb_host_read("", host);
    check_processor(&checkup);
    check_timer(&checkup);
    check_frequency(&checkup);
    check_isolation(&checkup);
    check_memory(&checkup);
    check_gates(&checkup);
    check_counters(&checkup);
    check_energy(&checkup);
    check_tools(&checkup);
    int code = dlb_exit_from_status(check_backends(&checkup));
    if (code == DLB_EXIT_OK && wanted->strict && checkup.warnings > 0) {
        dlb_cli_fail(cli, DLB_SKIPPED, "%d check%s warn%s (--strict)", checkup.warnings,
                     checkup.warnings == 1 ? "" : "s", checkup.warnings == 1 ? "s" : "");
        code = DLB_EXIT_REFUSED;
    }
    if (wanted->json || wanted->format == DLB_PLAIN_JSON) {
        dlb_cli_print_json(cli, to_json(&checkup), code);
    } else {
        print_text(&checkup);
    }
    json_decref(checkup.rows);
    free(host);
    return code;
}

const struct dlb_command dlb_command_doctor = {
    .name = "doctor",
    .summary =
        "is this machine fit for measuring? clocks, governor, quotas, caches, backends; with hints",
    .arguments = "",
    .options = options,
    .target_size = sizeof(struct doctor_options),
    .run = run,
};
