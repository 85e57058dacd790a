/* run_prepare.c: what a run knows of the machine and tells every process, between the plan and the first measurement. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"
#include "bench/cli/run_state.h"
#include "bench/cli/stop.h"

#define MEMORY_SHARE                                                                               \
    0.8 /* of what is free: the rest belongs to the parent, the system, and estimates that err */

/* Reference answers are kept between runs where there is a home for them, and a worker can be told of it: in JSON. */
static void find_oracle_folder(char *folder, size_t size)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int length = 0;
    folder[0] = '\0';
    if (cache != NULL && cache[0] == '/') {
        length = snprintf(folder, size, "%s/dlbench/oracle", cache);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(folder, size, "%s/.cache/dlbench/oracle", home);
    }
    if (length < 0 || (size_t)length >= size || !dlb_text_is_utf8(folder)) {
        folder[0] = '\0';
    }
}

enum dlb_status dlb_run_take_counters(struct dlb_run *run)
{
    struct dlb_why inner = {""};
    if (run->options->counters == NULL) {
        return DLB_OK;
    }
    const enum dlb_status status =
        dlb_counter_list_parse(run->options->counters, &run->request.counters, &inner);
    return status == DLB_OK ? DLB_OK
                            : dlb_fail(&run->cli->why, status, "--counters: %.400s", inner.text);
}

void dlb_run_fill_request(struct dlb_run *run)
{
    struct dlb_request *request = &run->request;
    request->seed = run->seed;
    request->sampling = run->sampling;
    request->llc_bytes = run->cache.llc_effective_bytes;
    request->memory_limit_bytes = (int64_t)(MEMORY_SHARE * (double)run->host.ram_available_bytes);
    request->keep_samples = run->options->keep_samples == 0;
    find_oracle_folder(request->oracle_folder, sizeof request->oracle_folder);
    const struct dlb_texts *options = &run->options->backend_options;
    for (int i = 0; i < options->count; i++) {
        snprintf(request->options[request->option_count++], sizeof request->options[0], "%s",
                 options->items[i]);
    }
}

void dlb_run_probe_machine(struct dlb_run *run)
{
    bool cold = false;
    for (int64_t i = 0; i < run->plan.count; i++) {
        cold = cold || run->plan.cases[i].cache == DLB_CACHE_COLD;
    }
    dlb_timer_calibrate(&run->timer);
    run->sampling.timer = run->timer;
    if (cold && !run->cli->global.quiet) {
        fprintf(stderr, "measuring the last-level cache ...\n");
    }
    dlb_cache_probe("", cold, &run->cache);
    const json_t *then = json_object_get(run->result.settings, "llc_effective_bytes");
    if (json_integer_value(then) > 0) { /* resumed: one file, one idea of what is cold */
        run->cache.llc_effective_bytes = json_integer_value(then);
    }
}

void dlb_run_announce(const struct dlb_run *run, struct dlb_text *text)
{
    char clean[512];
    const char *suite = run->result.suite[0] != '\0' ? run->result.suite : run->suite.name;
    dlb_text_format(text, "dlbench %s  suite=%s  seed=%llu  devices:", run->kind->command,
                    suite[0] != '\0' ? dlb_text_printable(clean, sizeof clean, suite) : "-",
                    (unsigned long long)run->seed);
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        if (device->selected) {
            dlb_text_format(text, " %s%s%s%s", device->key,
                            device->evidence != DLB_EVIDENCE_MEASURED ? "(" : "",
                            device->evidence != DLB_EVIDENCE_MEASURED
                                ? dlb_evidence_name(device->evidence)
                                : "",
                            device->evidence != DLB_EVIDENCE_MEASURED ? ")" : "");
        }
    }
    for (int i = 0; i < run->devices.count; i++) {
        const struct dlb_device *device = &run->devices.items[i];
        if (dlb_device_is_missed(device)) {
            dlb_text_format(text, "\nskipped %s: %s: %s", device->key,
                            dlb_status_name(device->status),
                            dlb_text_printable(clean, sizeof clean, device->reason));
        } else if (device->left_out != NULL) {
            dlb_text_format(text, "\nleft out %s: %s; -d all measures it, too", device->key,
                            device->left_out);
        }
    }
}

/* A seed that nobody chose: different each time, printed and stored, and short enough to type. */
static uint64_t new_seed(void)
{
    struct dlb_random random;
    char stamp[24];
    dlb_clock_utc(stamp, (int)sizeof stamp);
    dlb_random_seed(&random, dlb_random_derive((uint64_t)dlb_clock_ns(), stamp));
    return dlb_random_below(&random, 1000000);
}

void dlb_run_open(struct dlb_run *run, const struct dlb_run_kind *kind, struct dlb_cli *cli,
                  struct dlb_run_options *options)
{
    run->kind = kind;
    run->program = cli->program;
    run->cli = cli;
    run->options = options;
    run->seed = cli->global.seed_given ? cli->global.seed : new_seed();
    dlb_result_init(&run->result);
    dlb_stop_watch();
    dlb_host_read("", &run->host);
}

void dlb_run_close(struct dlb_run *run)
{
    if (run->journal != NULL) {
        dlb_journal_close(run->journal, false);
    }
    dlb_result_free(&run->result);
    dlb_plan_free(&run->plan);
    dlb_devices_close(&run->devices);
    dlb_suite_free(&run->suite);
}
