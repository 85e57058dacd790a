/* roofline.c: measures the list of a device's ceilings, each probe in fresh processes, round by round.
 *
 * A round takes every probe once, so that a disturbance of some seconds touches one process of many probes and the best of each forgets it. A probe
 * whose best process no other confirms gets up to two more. Next: roofline_list.c for what is measured, roofline_measure.c for the worker's side. */
#include "bench/run/roofline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/clock.h"
#include "bench/base/text.h"

#define WARMUP_NS       0.1e9
#define MAX_TIME_NS     0.4e9
#define PRECISION       0.002
#define WARMUP_QUICK_NS 0.04e9
#define MAX_QUICK_NS    0.15e9
#define BATCH_NS        2e6
#define MAX_SAMPLES     500
/* Counts the meanings of a roof: raised when the loops or the working sets change, so that stored ones are measured again. */
#define REVISION 2

struct roofline {
    const struct dlb_roofline_options *options;
    const struct dlb_roofline_device *device;
    const struct dlb_roofline_watch *watch;
    struct dlb_roofline_list list;
    struct dlb_roofline_state state;
    int processes; /* of each probe */
    char evidence[16];
};

static bool stop_now(void *user)
{
    const struct roofline *r = user;
    return r->watch->stop != NULL && r->watch->stop(r->watch->user) != 0;
}

static void tell(struct roofline *r, const struct dlb_roofline_item *item, double value)
{
    r->state.item = item;
    r->state.value = value;
    if (r->watch->tick != NULL)
        r->watch->tick(r->watch->user, &r->state);
}

static void fill_sampling(const struct roofline *r, struct dlb_sampling *sampling)
{
    const bool quick = r->options->quick;
    *sampling = (struct dlb_sampling){.mode = DLB_MODE_THROUGHPUT,
                                      .precision = PRECISION,
                                      .max_time_ns = quick ? MAX_QUICK_NS : MAX_TIME_NS,
                                      .max_samples = MAX_SAMPLES,
                                      .batch_ns = BATCH_NS,
                                      .warmup_ns = quick ? WARMUP_QUICK_NS : WARMUP_NS};
}

/* What a process found, in the unit of the kind. */
static double value_of(const struct dlb_roofline_item *item, const struct dlb_answer *answer)
{
    const double ns = answer->invocation.min_ns;
    switch (item->roof.kind) {
    case DLB_ROOF_COMPUTE:
        return answer->roof.ops / ns * 1e9;
    case DLB_ROOF_LATENCY:
        return ns / answer->roof.loads;
    case DLB_ROOF_LAUNCH:
        return ns;
    default:
        return answer->roof.bytes / ns * 1e9;
    }
}

static void name_roof(struct dlb_roofline_item *item, const struct dlb_probe_info *info)
{
    struct dlb_roof *roof = &item->roof;
    if (roof->kind == DLB_ROOF_LATENCY) { /* there is one way to do it */
        snprintf(roof->name, sizeof roof->name, "%s", item->label);
    } else {
        const char *mark = roof->kind == DLB_ROOF_COMPUTE ? " " : ", ";
        snprintf(roof->name, sizeof roof->name, "%s%s%.27s%s", item->label, mark, info->name,
                 item->probe.what.zeros ? ", zeros" : "");
    }
    if (info->working_set_bytes > 0)
        roof->size_bytes = (double)info->working_set_bytes;
}

static bool is_time(const struct dlb_roofline_item *item)
{
    return item->roof.kind == DLB_ROOF_LATENCY || item->roof.kind == DLB_ROOF_LAUNCH;
}

/* Index of the best process but `other` (-1: of all); -1 for none. */
static int best_process(const struct dlb_roofline_item *item, int other)
{
    int best = -1;
    for (int i = 0; i < item->process_count; i++)
        if (i != other && (best < 0 || (item->values[i] > item->values[best]) != is_time(item)))
            best = i;
    return best;
}

/* A second process has come as near to the best as two measurements of one thing do. */
static bool is_confirmed(const struct dlb_roofline_item *item)
{
    const int best = best_process(item, -1);
    const int second = best_process(item, best);
    return second >= 0 &&
           fabs(item->values[second] / item->values[best] - 1) <= DLB_ROOFLINE_AGREEMENT;
}

static bool is_predicted(const struct roofline *r)
{
    return r->evidence[0] != '\0' && strcmp(r->evidence, "measured") != 0;
}

/* A point of a curve is one of many: its neighbours tell whether it was disturbed. */
static bool is_of_curve(const struct dlb_roofline_item *item)
{
    return item->roof.kind == DLB_ROOF_BANDWIDTH && item->roof.level[0] == '\0';
}

/* Each process builds a kernel, and a device has many ways to compute: where it has to be quick, only the fastest is confirmed by a second. */
static bool is_one_of_ways(const struct roofline *r, const struct dlb_roofline_item *item)
{
    return r->options->quick && r->device->backend != NULL && item->roof.kind == DLB_ROOF_COMPUTE;
}

static bool is_same_thing(const struct dlb_roofline_item *a, const struct dlb_roofline_item *b)
{
    return a->roof.kind == b->roof.kind && strcmp(a->label, b->label) == 0 &&
           a->probe.transfer == b->probe.transfer;
}

static bool is_fastest_way(const struct roofline *r, const struct dlb_roofline_item *item)
{
    const int best = best_process(item, -1);
    for (int i = 0; i < r->list.count && best >= 0; i++) {
        const struct dlb_roofline_item *other = &r->list.items[i];
        const int rival = is_same_thing(item, other) ? best_process(other, -1) : -1;
        if (rival >= 0 && other->values[rival] > item->values[best])
            return false;
    }
    return best >= 0;
}

/* Processes of a probe, before anything is known of it. */
static int planned(const struct roofline *r, const struct dlb_roofline_item *item)
{
    return is_of_curve(item) || is_one_of_ways(r, item) || is_predicted(r) ? 1 : r->processes;
}

static int wanted(const struct roofline *r, const struct dlb_roofline_item *item)
{
    if (is_of_curve(item) || is_predicted(r))
        return 1;
    if (is_one_of_ways(r, item) && !is_fastest_way(r, item))
        return 1;
    const int most = r->processes + DLB_ROOFLINE_MORE;
    return item->process_count >= r->processes && item->process_count < most && !is_confirmed(item)
               ? item->process_count + 1
               : r->processes;
}

/* Where a variant is not there, neither are those behind it. */
static void end_variants(struct roofline *r, const struct dlb_roofline_item *last)
{
    for (int i = 0; i < r->list.count; i++) {
        struct dlb_roofline_item *item = &r->list.items[i];
        if (item != last && is_same_thing(item, last) &&
            item->probe.what.variant >= last->probe.what.variant &&
            item->probe.what.zeros >= last->probe.what.zeros && !item->over) {
            item->over = true;
            item->status = last->status;
            item->why = last->why;
            r->state.total -= wanted(r, item) - item->process_count;
        }
    }
}

static void take(struct roofline *r, struct dlb_roofline_item *item, struct dlb_answer *answer)
{
    r->state.done++;
    if (answer->status == DLB_OK && answer->measured) {
        const double value = value_of(item, answer);
        snprintf(r->evidence, sizeof r->evidence, "%s", answer->evidence);
        name_roof(item, &answer->roof);
        item->values[item->process_count++] = value;
        tell(r, item, value);
        return;
    }
    item->over = true;
    item->status = answer->status != DLB_OK ? answer->status : DLB_FAILED;
    item->why = answer->why;
    r->state.total -= wanted(r, item) - item->process_count - 1;
    if (answer->status == DLB_UNSUPPORTED)
        end_variants(r, item);
    tell(r, item, NAN);
}

static enum dlb_status measure(struct roofline *r, struct dlb_roofline_item *item)
{
    struct dlb_request request = r->options->request;
    struct dlb_spawn spawn = r->options->spawn;
    struct dlb_answer answer;
    request.task = DLB_TASK_ROOF;
    request.roof = item->probe;
    request.process = item->process_count;
    request.keep_samples = false;
    fill_sampling(r, &request.sampling);
    if (r->device->backend != NULL) {
        snprintf(request.backend, sizeof request.backend, "%s", r->device->backend);
        snprintf(request.device, sizeof request.device, "%s", r->device->device);
    }
    spawn.threads = r->options->threads;
    spawn.cpus = r->options->cpus;
    spawn.news = NULL;
    spawn.stop_now = stop_now;
    spawn.user = r;
    tell(r, item, NAN);
    const enum dlb_status status = dlb_spawn_run(&spawn, &request, &answer);
    if (status != DLB_INTERRUPTED)
        take(r, item, &answer);
    dlb_answer_free(&answer);
    return status == DLB_INTERRUPTED ? status : DLB_OK;
}

static enum dlb_status measure_all(struct roofline *r, struct dlb_why *why)
{
    for (int round = 0; round < r->processes + DLB_ROOFLINE_MORE; round++)
        for (int i = 0; i < r->list.count; i++) {
            struct dlb_roofline_item *item = &r->list.items[i];
            if (item->over || item->process_count > round || item->process_count >= wanted(r, item))
                continue;
            r->state.total += round >= planned(r, item);
            if (measure(r, item) != DLB_OK)
                return dlb_fail(why, DLB_INTERRUPTED, "stopped while the roofs of %s were measured",
                                r->device->key);
        }
    return DLB_OK;
}

/* ---- what comes of it ---- */

static enum dlb_status collect(const struct roofline *r, struct dlb_roofs *roofs)
{
    enum dlb_status status = DLB_OK;
    for (int i = 0; i < r->list.count && status == DLB_OK; i++) {
        struct dlb_roofline_item *item = &r->list.items[i];
        struct dlb_roof *roof = &item->roof;
        if (item->process_count == 0)
            continue;
        roof->lo = INFINITY;
        roof->hi = 0;
        for (int j = 0; j < item->process_count; j++) {
            roof->lo = fmin(roof->lo, item->values[j]);
            roof->hi = fmax(roof->hi, item->values[j]);
        }
        roof->value = item->values[best_process(item, -1)];
        status = dlb_roofs_add(roofs, roof);
    }
    return status;
}

/* Sentences on what should have been measured and was not. */
static void note_failures(const struct roofline *r, char *note, size_t size)
{
    size_t used = 0;
    note[0] = '\0';
    for (int i = 0; i < r->list.count && used < size; i++) {
        const struct dlb_roofline_item *item = &r->list.items[i];
        if (item->over && item->status != DLB_UNSUPPORTED) {
            const int length =
                snprintf(note + used, size - used, "%s%s: %s: %.200s", used > 0 ? "; " : "",
                         item->label, dlb_status_name(item->status), item->why.text);
            used += length > 0 ? (size_t)length : 0;
        }
    }
}

/* The first reason why something is not there. */
static enum dlb_status fail_nothing(const struct roofline *r, struct dlb_why *why)
{
    for (int i = 0; i < r->list.count; i++)
        if (r->list.items[i].over) {
            *why = r->list.items[i].why;
            return r->list.items[i].status;
        }
    return dlb_fail(why, DLB_UNSUPPORTED, "%s has no roofs that could be measured", r->device->key);
}

enum dlb_status dlb_roofline_run(const struct dlb_roofline_options *options,
                                 const struct dlb_roofline_device *device,
                                 const struct dlb_roofline_watch *watch, struct dlb_roofs *roofs,
                                 char *note, size_t note_size, struct dlb_why *why)
{
    struct dlb_roofs found = {.count = 0};
    struct roofline r = {.options = options,
                         .device = device,
                         .watch = watch,
                         .processes = DLB_ROOFLINE_PROCESSES - options->quick};
    note[0] = '\0';
    enum dlb_status status = dlb_roofline_list_make(options, device, &r.list, why);
    for (int i = 0; i < r.list.count; i++)
        r.state.total += planned(&r, &r.list.items[i]);
    if (status == DLB_OK)
        status = measure_all(&r, why);
    if (status == DLB_OK) {
        note_failures(&r, note, note_size);
        status = collect(&r, &found);
        if (status != DLB_OK)
            dlb_fail(why, status, "no memory for the roofs of %s", device->key);
    }
    if (status == DLB_OK && found.count == 0)
        status = fail_nothing(&r, why);
    dlb_roofline_list_free(&r.list);
    if (status != DLB_OK) {
        dlb_roofs_free(&found);
        return status;
    }
    snprintf(found.device, sizeof found.device, "%s", device->key);
    snprintf(found.evidence, sizeof found.evidence, "%s", r.evidence);
    dlb_clock_utc(found.as_of, (int)sizeof found.as_of);
    memcpy(found.level_bytes, options->level_bytes, sizeof found.level_bytes);
    found.quick = options->quick;
    *roofs = found;
    return DLB_OK;
}

/* ---- identity and keeping ---- */

void dlb_roofline_host_identity(const struct dlb_host *host, char identity[DLB_ROOFLINE_IDENTITY])
{
    snprintf(identity, DLB_ROOFLINE_IDENTITY,
             "%.48s, microcode %.20s, governor %.20s, turbo %.10s, %d cores, probes %d",
             host->cpu_model, host->microcode, host->governor, host->turbo, host->cores, REVISION);
}

/* Behind what is there already: its first 40 bytes, less the comma that they may end with. */
static size_t add_part(char identity[DLB_ROOFLINE_IDENTITY], size_t used, const char *text)
{
    char part[41];
    snprintf(part, sizeof part, "%s", text);
    for (size_t end = strlen(part); end > 0 && strchr(", ", part[end - 1]) != NULL; end--)
        part[end - 1] = '\0';
    if (part[0] == '\0')
        return used;
    return used + (size_t)snprintf(identity + used, DLB_ROOFLINE_IDENTITY - used, "%s, ", part);
}

void dlb_roofline_device_identity(const json_t *device, char identity[DLB_ROOFLINE_IDENTITY])
{
    static const char *const fields[] = {"name", "runtime", "driver"};
    const double clock_hz = json_number_value(json_object_get(device, "clock_max_hz"));
    size_t used = 0;
    identity[0] = '\0';
    for (size_t i = 0; i < DLB_ARRAY_COUNT(fields); i++) {
        const char *text = json_string_value(json_object_get(device, fields[i]));
        if (text != NULL)
            used = add_part(identity, used, text);
    }
    if (clock_hz > 0)
        used += (size_t)snprintf(identity + used, DLB_ROOFLINE_IDENTITY - used, "%.4g MHz, ",
                                 1e-6 * clock_hz);
    snprintf(identity + used, DLB_ROOFLINE_IDENTITY - used, "probes %d", REVISION);
}

bool dlb_roofline_has_threads(const struct dlb_roofs *roofs, int threads)
{
    for (int i = 0; i < roofs->count; i++)
        if (roofs->items[i].kind == DLB_ROOF_COMPUTE &&
            (roofs->items[i].threads == threads || roofs->items[i].threads == 0))
            return true;
    return false;
}

/* Of the same thread count as one of `fresh`: what it says counts now. */
static bool is_replaced(const struct dlb_roof *roof, const struct dlb_roofs *fresh)
{
    for (int i = 0; i < fresh->count; i++)
        if (fresh->items[i].threads == roof->threads)
            return true;
    return false;
}

enum dlb_status dlb_roofline_merge(struct dlb_roofs *kept, const struct dlb_roofs *fresh)
{
    struct dlb_roofs merged = *fresh;
    enum dlb_status status = DLB_OK;
    merged.count = 0;
    merged.items = NULL;
    for (int i = 0; i < kept->count && status == DLB_OK; i++)
        if (!is_replaced(&kept->items[i], fresh)) {
            merged.quick |= kept->quick;
            status = dlb_roofs_add(&merged, &kept->items[i]);
        }
    for (int i = 0; i < fresh->count && status == DLB_OK; i++)
        status = dlb_roofs_add(&merged, &fresh->items[i]);
    if (status != DLB_OK) {
        dlb_roofs_free(&merged);
        return status;
    }
    dlb_roofs_free(kept);
    *kept = merged;
    return DLB_OK;
}
