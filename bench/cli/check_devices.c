/* check_devices.c: what a check measures when no -d says it, and what it says before it begins: devices, processes, time.
 *
 * A check of everything takes too long to be asked for in passing: where several devices stand for the same thing, one of them
 * does, and those that are left out are told. Against a baseline it is the devices of the baseline. */
#include <string.h>

#include "bench/base/text.h"
#include "bench/cli/check_state.h"

#define ORACLE      "reference" /* no product: it answers what the others are compared with */
#define SHARE_FIRST 0.8         /* of a budget: what bench/run/check_budget.c plans stage 1 with */
#define LEAST_PAIRS 7

/* ---- the devices ---- */

static const char *place_of(const struct dlb_device *device)
{
    return json_string_value(json_object_get(device->json, "pci_id"));
}

/* The host's processors are one device to each backend, however many runtimes it finds them through. */
static bool same_processor(const struct dlb_device *a, const struct dlb_device *b)
{
    const char *place_a = place_of(a);
    const char *place_b = place_of(b);
    if (strcmp(a->backend, b->backend) != 0 || a->kind != b->kind) {
        return false;
    }
    return a->kind == DLB_KIND_CPU ||
           (place_a != NULL && place_b != NULL && strcmp(place_a, place_b) == 0);
}

/* Why the others do without this device; NULL: they do not. */
static const char *spare_as(const struct dlb_checking *c, const struct dlb_devices *devices,
                            int index)
{
    const struct dlb_device *device = &devices->items[index];
    const bool is_oracle = strcmp(device->backend, ORACLE) == 0;
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *other = &devices->items[i];
        if (!other->selected || dlb_check_is_gone(c, other->key)) {
            continue; /* it does not stand for what both sides have */
        }
        if (i < index && same_processor(device, other)) {
            return "another runtime for a processor that is measured";
        }
        if (is_oracle && other->evidence == DLB_EVIDENCE_MEASURED &&
            strcmp(other->backend, ORACLE) != 0) {
            return "the oracle, slow on purpose";
        }
    }
    return NULL;
}

static bool is_in_baseline(const struct dlb_baseline *baseline, const char *key)
{
    for (int i = 0; i < baseline->case_count; i++) {
        if (strcmp(baseline->cases[i].device_key, key) == 0) {
            return true;
        }
    }
    return false;
}

static void leave_out(struct dlb_device *device, const char *why)
{
    device->selected = false;
    device->left_out = why;
}

/* A baseline of devices that are all gone says so in its verdicts: then all that are here are measured. */
static void narrow_to_baseline(struct dlb_devices *devices, const struct dlb_baseline *baseline)
{
    bool any = false;
    for (int i = 0; i < devices->count; i++) {
        const struct dlb_device *device = &devices->items[i];
        any = any || (device->selected && is_in_baseline(baseline, device->key));
    }
    for (int i = 0; i < devices->count && any; i++) {
        struct dlb_device *device = &devices->items[i];
        if (device->selected && !is_in_baseline(baseline, device->key)) {
            leave_out(device, "not in the baseline");
        }
    }
}

void dlb_check_narrow(struct dlb_devices *devices, void *user)
{
    const struct dlb_checking *c = user;
    if (c->baseline != NULL) {
        narrow_to_baseline(devices, c->baseline);
        return;
    }
    for (int i = 0; i < devices->count; i++) {
        const char *spare = devices->items[i].selected ? spare_as(c, devices, i) : NULL;
        if (spare != NULL) {
            leave_out(&devices->items[i], spare);
        }
    }
}

/* ---- what is said ---- */

/* What becomes of the budget as far as it can be foreseen; without one, what one would do. */
static void tell_budget(const struct dlb_checking *c, const struct dlb_plan_estimate *estimate,
                        struct dlb_text *text)
{
    const double budget_s = 1e-9 * c->arguments->budget_ns;
    const double first_s = SHARE_FIRST * budget_s;
    const double fewest = (double)LEAST_PAIRS / c->rule.first_pairs;
    char span[24];
    if (!(budget_s > 0)) {
        dlb_text_append(text, "; --budget TIME ends it sooner: with fewer pairs (7 at least), then "
                              "with fewer cases");
        return;
    }
    dlb_run_format_span(span, sizeof span, budget_s);
    dlb_text_format(text, "; the budget of %s ", span);
    if (first_s >= estimate->most_s) {
        dlb_text_append(text, "is enough");
    } else if (first_s >= estimate->least_s * fewest) {
        dlb_text_append(text, "may take pairs away (7 stay), then cases");
    } else {
        dlb_text_append(text, "is too short for all: some cases will be left out, by the seed");
    }
}

void dlb_check_announce(const struct dlb_checking *c, struct dlb_text *text)
{
    const long long cases = (long long)c->run.plan.count;
    const struct dlb_plan_estimate estimate = dlb_run_estimate(&c->run);
    char least[24];
    char most[24];
    dlb_run_announce(&c->run, text);
    if (c->arguments->mode != DLB_CHECK_PAIRED) {
        return;
    }
    if (dlb_check_is_self(c)) {
        dlb_text_append(text, "\nA and B are the same program: whatever is found is chance");
    }
    dlb_run_format_span(least, sizeof least, estimate.least_s);
    dlb_run_format_span(most, sizeof most, estimate.most_s);
    dlb_text_format(text,
                    "\n%lld case%s, each in %d pairs of fresh processes; candidates for a change "
                    "go through %d to %d more"
                    "\n%s to %s on a quiet machine",
                    cases, cases == 1 ? "" : "s", c->rule.first_pairs, c->rule.second_least,
                    c->rule.second_most, least, most);
    tell_budget(c, &estimate, text);
}
