/* plan.c: multiplies the axes out into cases, each once, and guesses how long they take.
 *
 * Which problems there are is decided in plan_problems.c; in what order the cases run, in session.c. */
#include "bench/run/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/memory.h"
#include "bench/base/random.h"

/* Start of a process, loading, filling, verifying: seen between 0.05 s (16x16x16) and, on average over the suites, 0.35 s;
 * single large layers take a second, and their answers are kept for the next run. */
#define LEAST_OVERHEAD_S 0.05
#define MOST_OVERHEAD_S  0.35
#define LEAST_SAMPLES    30 /* the stop rule looks at 20 first but wants 30 effective samples */

/* Open addressing over the hashes of the keys; equal hashes are compared as text. */
struct seen {
    int64_t mask;
    int64_t *slots; /* index + 1; 0 is empty */
    uint64_t *hashes;
};

static bool seen_open(struct seen *seen, int64_t count)
{
    int64_t size = 16;
    while (size < 2 * count) {
        size *= 2;
    }
    seen->mask = size - 1;
    seen->slots = calloc((size_t)size, sizeof *seen->slots);
    seen->hashes = calloc((size_t)count, sizeof *seen->hashes);
    return seen->slots != NULL && seen->hashes != NULL;
}

static void seen_close(struct seen *seen)
{
    free(seen->slots);
    free(seen->hashes);
}

static bool same_case(const struct dlb_case *item, const char *key)
{
    char other[DLB_CASE_KEY_SIZE];
    dlb_case_key(item, other, sizeof other);
    return strcmp(other, key) == 0;
}

/* The index of an equal case, or -1 after taking `index` in. */
static int64_t seen_before(struct seen *seen, const struct dlb_case *cases, int64_t index)
{
    char key[DLB_CASE_KEY_SIZE];
    dlb_case_key(&cases[index], key, sizeof key);
    const uint64_t hash = dlb_hash_text(key);
    int64_t slot = (int64_t)(hash & (uint64_t)seen->mask);
    for (; seen->slots[slot] != 0; slot = (slot + 1) & seen->mask) {
        const int64_t other = seen->slots[slot] - 1;
        if (seen->hashes[other] == hash && same_case(&cases[other], key)) {
            return other;
        }
    }
    seen->slots[slot] = index + 1;
    seen->hashes[index] = hash;
    return -1;
}

static int bits_in(int set)
{
    int count = 0;
    for (; set != 0; set &= set - 1) {
        count++;
    }
    return count;
}

static enum dlb_status count_cases(const struct dlb_plan_axes *axes, int64_t *count,
                                   struct dlb_why *why)
{
    const int64_t factors[] = {axes->device_count, axes->thread_count, bits_in(axes->modes),
                               bits_in(axes->caches), bits_in(axes->fills)};
    int64_t total = axes->problems->count;
    for (size_t i = 0; i < DLB_ARRAY_COUNT(factors); i++) {
        if (!dlb_multiply(total, factors[i], &total)) {
            total = INT64_MAX;
            break;
        }
    }
    if (total > axes->limit) {
        return dlb_fail(why, DLB_INVALID,
                        "the selection makes %" PRId64 " cases, more than %" PRId64
                        "; narrow it, or say --yes",
                        total, axes->limit);
    }
    *count = total;
    return DLB_OK;
}

static void take(struct dlb_plan *plan, struct seen *seen, const struct dlb_case *item)
{
    plan->cases[plan->count] = *item;
    const int64_t other = seen_before(seen, plan->cases, plan->count);
    if (other < 0) {
        plan->count++;
    } else {
        plan->cases[other].occurrences += item->occurrences;
        plan->duplicates++;
    }
}

static void take_settings(const struct dlb_plan_axes *axes, struct dlb_case *item,
                          struct dlb_plan *plan, struct seen *seen)
{
    for (int mode = 0; mode < DLB_MODE_COUNT; mode++) {
        for (int cache = 0; cache < DLB_CACHE_COUNT; cache++) {
            for (int fill = 0; fill < DLB_FILL_COUNT; fill++) {
                if ((axes->modes >> mode & axes->caches >> cache & axes->fills >> fill & 1) != 0) {
                    item->mode = (enum dlb_mode)mode;
                    item->cache = (enum dlb_cache_state)cache;
                    item->data = (enum dlb_fill)fill;
                    take(plan, seen, item);
                }
            }
        }
    }
}

static int threads_on(const struct dlb_plan_axes *axes, const struct dlb_plan_device *device, int t)
{
    const int wanted = axes->threads[t];
    return device->max_threads > 0 && wanted > device->max_threads ? device->max_threads : wanted;
}

/* Does an earlier entry of the thread list come to the same on this device? */
static bool same_threads(const struct dlb_plan_axes *axes, const struct dlb_plan_device *device,
                         int t)
{
    for (int i = 0; i < t; i++) {
        if (threads_on(axes, device, i) == threads_on(axes, device, t)) {
            return true;
        }
    }
    return false;
}

static void take_problem(const struct dlb_plan_axes *axes, const struct dlb_problem_entry *entry,
                         struct dlb_plan *plan, struct seen *seen)
{
    struct dlb_case item = {.problem = entry->problem, .occurrences = entry->occurrences};
    snprintf(item.origin, sizeof item.origin, "%s", entry->origin);
    for (int d = 0; d < axes->device_count; d++) {
        const struct dlb_plan_device *device = &axes->devices[d];
        snprintf(item.backend, sizeof item.backend, "%s", device->backend);
        snprintf(item.device, sizeof item.device, "%s", device->id);
        item.once = device->once;
        for (int t = 0; t < (device->host_threads ? axes->thread_count : 1); t++) {
            item.threads = threads_on(axes, device, t);
            if (same_threads(axes, device, t)) { /* it does not stand twice in the network */
                plan->duplicates +=
                    bits_in(axes->modes) * bits_in(axes->caches) * bits_in(axes->fills);
            } else {
                take_settings(axes, &item, plan, seen);
            }
        }
    }
}

enum dlb_status dlb_plan_build(const struct dlb_plan_axes *axes, struct dlb_plan *plan,
                               struct dlb_why *why)
{
    int64_t count = 0;
    struct seen seen = {0};
    struct dlb_plan built = {0};
    enum dlb_status status = count_cases(axes, &count, why);
    if (status != DLB_OK) {
        return status;
    }
    built.cases = calloc((size_t)count + 1, sizeof *built.cases);
    if (built.cases == NULL || !seen_open(&seen, count + 1)) {
        status = dlb_fail(why, DLB_NO_MEMORY, "no memory for a plan of %" PRId64 " cases", count);
        goto out;
    }
    for (int64_t i = 0; i < axes->problems->count; i++) {
        take_problem(axes, &axes->problems->items[i], &built, &seen);
    }
    *plan = built;
    built.cases = NULL;
out:
    free(built.cases);
    seen_close(&seen);
    return status;
}

void dlb_plan_free(struct dlb_plan *plan)
{
    free(plan->cases);
    *plan = (struct dlb_plan){0};
}

struct dlb_plan_estimate dlb_plan_estimate(const struct dlb_plan *plan,
                                           const struct dlb_sampling *sampling, int invocations,
                                           int64_t hopeless)
{
    const double spawned = (double)(plan->count - hopeless) * invocations;
    const double refused_s = (double)hopeless * LEAST_OVERHEAD_S; /* the first answer is final */
    const double budget = sampling->max_time_ns;
    const double quick =
        sampling->warmup_ns + LEAST_SAMPLES * (sampling->batch_ns + sampling->gap_ns);
    return (struct dlb_plan_estimate){
        .least_s = refused_s + spawned * (LEAST_OVERHEAD_S + 1e-9 * fmin(quick, budget)),
        .most_s = refused_s + spawned * (MOST_OVERHEAD_S + 1e-9 * (sampling->warmup_ns + budget))};
}
