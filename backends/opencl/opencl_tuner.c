/* opencl_tuner.c: the search for a kernel's parameters, and its memory.
 *
 * The points of a space come best guess first. A quick search times them in this order while its budget lasts; a full one has a longer budget and times
 * the best three again, so that the winner did not win by luck. Winners are kept in a file of the device (opencl_tuning_file.c) and serve as long as
 * driver and kernels are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/opencl_internal.h"
#include "bench/base/clock.h"

#define FINALISTS 3

/* One file a device model, whatever its driver: a new driver finds the old lines and says that they are stale. */
static void file_name(const struct dlb_cl_device *device, char name[40])
{
    uint64_t hash =
        dlb_cl_hash(DLB_CL_HASH_START, device->platform_name, strlen(device->platform_name) + 1);
    hash = dlb_cl_hash(hash, device->name, strlen(device->name));
    snprintf(name, 40, "tuning-%016llx.txt", (unsigned long long)hash);
}

/* Who was searched, for what: with fewer units another point may win, and a forced shape is another question. */
static void name_entry(const struct dlb_context *context, const struct dlb_tune_space *space,
                       struct dlb_tuning_entry *entry)
{
    static const char *const shapes[] = {"", " cpu", " gpu"};
    const struct dlb_cl_device *const device = context->cl.device;
    memset(entry, 0, sizeof *entry);
    snprintf(entry->key, sizeof entry->key, "%s%s", space->key, shapes[context->shape]);
    snprintf(entry->device, sizeof entry->device, "%.90s, %u units", device->name,
             device->compute_units);
    snprintf(entry->driver, sizeof entry->driver, "%.63s",
             device->driver[0] != '\0' ? device->driver : "none");
    entry->source_hash = space->source_hash;
    entry->full = context->tuning == DLB_TUNE_FULL;
    entry->budget_ns = (double)(int64_t)context->tune_budget_ns;
}

/* Once in a context: the file as it is now. */
static void read_tuned(struct dlb_context *context)
{
    char name[40];
    char *text;
    size_t size;
    struct dlb_why why = {""};
    if (context->tuned_read)
        return;
    context->tuned_read = true;
    file_name(context->cl.device, name);
    if (!dlb_cl_cache_read(&context->cache, name, &text, &size))
        return;
    if (strlen(text) != size || dlb_tuning_parse(&context->tuned, text, &why) != DLB_OK)
        dlb_opencl_warn(context, "tuning cache ignored: %s in %s",
                        why.text[0] != '\0' ? why.text : "no text", name);
    free(text);
}

static bool is_point(const struct dlb_tune_space *space, const struct dlb_tune_point *point)
{
    for (int i = 0; i < space->point_count; i++)
        if (memcmp(space->points[i].values, point->values,
                   (size_t)space->name_count * sizeof point->values[0]) == 0)
            return true;
    return false;
}

/* What an earlier search found, if it still holds. */
static bool recall(struct dlb_context *context, const struct dlb_tune_space *space,
                   const struct dlb_tuning_entry *wanted, struct dlb_tune_point *winner)
{
    const struct dlb_tuning_entry *const known =
        dlb_tuning_find(&context->tuned, wanted->key, wanted->device);
    if (known == NULL)
        return false;
    if (strcmp(known->driver, wanted->driver) != 0) {
        dlb_opencl_warn(context, "tuning cache ignored: %s was tuned with driver %s", wanted->key,
                        known->driver);
        return false;
    }
    if (known->source_hash != wanted->source_hash ||
        !dlb_tuning_values_parse(known->values, space->name_count, space->names, winner) ||
        !is_point(space, winner)) {
        dlb_opencl_warn(context, "tuning cache ignored: %s was tuned with other kernels",
                        wanted->key);
        return false;
    }
    return dlb_tuning_serves(known, wanted);
}

/* The best so far, in order of time. */
struct finalists {
    int count;
    bool whole; /* every point was tried */
    struct {
        int point;
        double ns;
    } best[FINALISTS];
};

static void enter(struct finalists *finalists, int point, double ns)
{
    int place = finalists->count;
    while (place > 0 && finalists->best[place - 1].ns > ns)
        place--;
    if (place >= FINALISTS)
        return;
    const int moved = (finalists->count < FINALISTS ? finalists->count : FINALISTS - 1) - place;
    memmove(&finalists->best[place + 1], &finalists->best[place],
            (size_t)moved * sizeof finalists->best[0]);
    finalists->best[place].point = point;
    finalists->best[place].ns = ns;
    finalists->count += finalists->count < FINALISTS;
}

/* All points while the budget lasts; the first that works is always timed. A lost device ends it. */
static enum dlb_status time_points(const struct dlb_tune_space *space, int64_t deadline_ns,
                                   struct finalists *finalists, struct dlb_why *why)
{
    enum dlb_status status = DLB_FAILED;
    struct dlb_why last = {"the space is empty"};
    finalists->whole = true;
    for (int i = 0; i < space->point_count && finalists->whole; i++) {
        double ns;
        if (finalists->count > 0 && dlb_clock_ns() >= deadline_ns) {
            finalists->whole = false;
            continue;
        }
        status = space->time(space->self, &space->points[i], &ns, &last);
        if (status == DLB_OK)
            enter(finalists, i, ns);
        else if (status == DLB_UNAVAILABLE)
            break;
    }
    if (finalists->count > 0 && status != DLB_UNAVAILABLE)
        return DLB_OK;
    return dlb_fail(why, status, "no parameters of %s work, the last: %s", space->key, last.text);
}

/* Each finalist once more; its time is the better of both. */
static void time_again(const struct dlb_tune_space *space, struct finalists *finalists)
{
    struct finalists again = {.whole = finalists->whole};
    for (int i = 0; i < finalists->count; i++) {
        const double before = finalists->best[i].ns;
        double ns;
        struct dlb_why ignored;
        const bool timed = space->time(space->self, &space->points[finalists->best[i].point], &ns,
                                       &ignored) == DLB_OK;
        enter(&again, finalists->best[i].point, timed && ns < before ? ns : before);
    }
    *finalists = again;
}

static enum dlb_status search(struct dlb_context *context, const struct dlb_tune_space *space,
                              struct finalists *finalists, struct dlb_why *why)
{
    const int64_t begin = dlb_clock_ns();
    context->cl.searching = true;
    const enum dlb_status status =
        time_points(space, begin + (int64_t)context->tune_budget_ns, finalists, why);
    if (status == DLB_OK && context->tuning == DLB_TUNE_FULL)
        time_again(space, finalists);
    context->cl.searching = false;
    context->tune_ns += (double)(dlb_clock_ns() - begin);
    return status;
}

/* In this process and in the file; when the values are too long for it the next start searches again. */
static void remember(struct dlb_context *context, const struct dlb_tune_space *space,
                     struct dlb_tuning_entry *entry, const struct finalists *finalists)
{
    const struct dlb_tune_point *const winner = &space->points[finalists->best[0].point];
    char name[40];
    entry->ns = finalists->best[0].ns;
    entry->whole = finalists->whole;
    if (!dlb_tuning_values_format(entry->values, sizeof entry->values, space->name_count,
                                  space->names, winner))
        return;
    (void)dlb_tuning_put(&context->tuned, entry);
    file_name(context->cl.device, name);
    if (context->cache.folder[0] != '\0')
        (void)dlb_tuning_save(&context->cache, name, entry);
}

static void note_winner(struct dlb_context *context, const struct dlb_tune_space *space,
                        const struct dlb_tune_point *winner)
{
    static const char *const shapes[] = {"auto", "cpu", "gpu"};
    char text[200];
    size_t used = 0;
    for (int i = 0; i < space->name_count && used < sizeof text; i++) {
        const int value = winner->values[i];
        if (value == 0) /* not of this shape */
            continue;
        const bool shape = strcmp(space->names[i], "shape") == 0 && value > 0 && value <= 2;
        const int length =
            shape ? snprintf(text + used, sizeof text - used, " %s", shapes[value])
                  : snprintf(text + used, sizeof text - used, " %s=%d", space->names[i], value);
        used += (size_t)length;
    }
    dlb_opencl_note(context, "%s:%s", space->key, used > 0 ? text : " one form");
}

enum dlb_status dlb_opencl_tune(struct dlb_context *context, const struct dlb_tune_space *space,
                                struct dlb_tune_point *winner, struct dlb_why *why)
{
    struct dlb_tuning_entry entry;
    struct dlb_tune_point known;
    struct finalists finalists = {0};
    if (context->tuning == DLB_TUNE_OFF) {
        *winner = space->points[0];
        note_winner(context, space, winner);
        return DLB_OK;
    }
    name_entry(context, space, &entry);
    read_tuned(context);
    if (recall(context, space, &entry, &known)) {
        *winner = known;
        note_winner(context, space, winner);
        return DLB_OK;
    }
    const enum dlb_status status = search(context, space, &finalists, why);
    if (status != DLB_OK)
        return status;
    *winner = space->points[finalists.best[0].point];
    remember(context, space, &entry, &finalists);
    note_winner(context, space, winner);
    return DLB_OK;
}
