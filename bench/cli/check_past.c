/* check_past.c: what a check against a baseline measures: the baseline's own cases, unless -w or --suite name others.
 *
 * A case of the baseline that this program, its devices or this machine do not have is not planned: its verdict is `missing`. A
 * plan that has nothing in common with the baseline is refused, as nothing could come of it. */
#include <stdlib.h>
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/check_state.h"

static const struct dlb_device *find_selected(const struct dlb_devices *devices, const char *key)
{
    for (int i = 0; i < devices->count; i++) {
        if (devices->items[i].selected && strcmp(devices->items[i].key, key) == 0) {
            return &devices->items[i];
        }
    }
    return NULL;
}

/* A key stands there once for each set of circumstances (a driver, a version) that it was measured in. */
static bool stands_before(const struct dlb_baseline *baseline, int index)
{
    for (int i = 0; i < index; i++) {
        if (strcmp(baseline->cases[i].key, baseline->cases[index].key) == 0) {
            return true;
        }
    }
    return false;
}

/* Can the case be measured here? Fills `item` then. */
static bool take(const struct dlb_run *run, const struct dlb_baseline_case *past,
                 struct dlb_case *item)
{
    struct dlb_why why = {""};
    const struct dlb_device *device = find_selected(&run->devices, past->device_key);
    if (device == NULL || dlb_case_parse(past->key, item, &why) != DLB_OK ||
        item->threads > dlb_host_default_threads(&run->host)) {
        return false;
    }
    item->once = device->evidence != DLB_EVIDENCE_MEASURED;
    return true;
}

static enum dlb_status fill_plan(struct dlb_run *run, void *user)
{
    const struct dlb_checking *c = user;
    const struct dlb_baseline *baseline = c->baseline;
    run->plan.cases = calloc((size_t)baseline->case_count + 1, sizeof *run->plan.cases);
    if (run->plan.cases == NULL) {
        return dlb_fail(&run->cli->why, DLB_NO_MEMORY, "no memory for %d cases",
                        baseline->case_count);
    }
    for (int i = 0; i < baseline->case_count; i++) {
        if (!stands_before(baseline, i) &&
            take(run, &baseline->cases[i], &run->plan.cases[run->plan.count])) {
            run->plan.count++;
        }
    }
    if (run->plan.count > 0) {
        return DLB_OK;
    }
    return dlb_fail(&run->cli->why, DLB_UNAVAILABLE,
                    "none of the %d cases of '%.200s' can be measured here: they are of %s",
                    baseline->case_count, c->arguments->baseline,
                    baseline->case_count > 0 ? baseline->cases[0].key : "no device");
}

enum dlb_status dlb_check_plan_past(struct dlb_checking *c, struct dlb_why *why)
{
    /* What a key says. */
    static const char *const axes[] = {"param", "threads", "timing", "cache", "data"};
    const struct dlb_run_options *options = &c->arguments->run;
    if (options->suite != NULL || options->workloads.count > 0) {
        return DLB_OK;
    }
    for (size_t i = 0; i < DLB_ARRAY_COUNT(axes); i++) {
        if (dlb_parser_source(&c->run.cli->parser, axes[i]) == DLB_SOURCE_COMMAND_LINE) {
            return dlb_fail(why, DLB_INVALID,
                            "--%s wants -w or --suite: without them the cases of the baseline are "
                            "measured as they were",
                            axes[i]);
        }
    }
    c->run.fill_plan = fill_plan;
    return DLB_OK;
}

enum dlb_status dlb_check_shares_past(const struct dlb_checking *c, struct dlb_why *why)
{
    const struct dlb_plan *plan = &c->run.plan;
    char key[DLB_CASE_KEY_SIZE] = "";
    for (int64_t i = plan->count - 1; i >= 0; i--) {
        dlb_case_key(&plan->cases[i], key, sizeof key);
        for (int j = 0; j < c->baseline->case_count; j++) {
            if (strcmp(c->baseline->cases[j].key, key) == 0) {
                return DLB_OK;
            }
        }
    }
    return dlb_fail(why, DLB_UNAVAILABLE,
                    "no planned case is in the baseline: %.200s is planned, '%.120s' has %.200s; "
                    "without -w and --suite its own cases are measured",
                    key, c->arguments->baseline,
                    c->baseline->case_count > 0 ? c->baseline->cases[0].key : "none");
}
