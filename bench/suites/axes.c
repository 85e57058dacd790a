/* axes.c: lists and ranges of parameter values, and their product over a base problem.
 *
 * Values are kept as the texts that dlb_problem_set reads, so that this file knows nothing of
 * parameter kinds: a range is expanded to whole numbers, everything else is passed on as it is. */
#include "bench/suites/axes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/base/memory.h"
#include "bench/base/text.h"

#define MAX_VALUES 1000000 /* 64 MB; how many problems are too many is for the caller to say */
#define VALUE_SIZE sizeof(((struct dlb_axis *)0)->values[0])

/* FIRST-LAST by addition of `step`, or by multiplication when `geometric`. */
struct range {
    int64_t first, last, step;
    bool geometric;
};

void dlb_problems_free(struct dlb_problems *problems)
{
    free(problems->items);
    *problems = (struct dlb_problems){0};
}

enum dlb_status dlb_problems_add(struct dlb_problems *problems,
                                 const struct dlb_problem_entry *entry, struct dlb_why *why)
{
    if (problems->count == problems->capacity) {
        const int64_t capacity = problems->capacity > 0 ? 2 * problems->capacity : 64;
        int64_t bytes;
        struct dlb_problem_entry *items = NULL;
        if (dlb_multiply(capacity, (int64_t)sizeof *items, &bytes)) {
            items = realloc(problems->items, (size_t)bytes);
        }
        if (items == NULL) {
            return dlb_fail(why, DLB_NO_MEMORY, "no memory for %lld problems", (long long)capacity);
        }
        problems->items = items;
        problems->capacity = capacity;
    }
    problems->items[problems->count++] = *entry;
    return DLB_OK;
}

void dlb_axis_free(struct dlb_axis *axis)
{
    free(axis->values);
    *axis = (struct dlb_axis){.name = ""};
}

static enum dlb_status add_value(struct dlb_axis *axis, int64_t *capacity, const char *text,
                                 struct dlb_why *why)
{
    if (axis->count >= MAX_VALUES) {
        return dlb_fail(why, DLB_INVALID, "%s has more than %d values; take a larger step",
                        axis->name, MAX_VALUES);
    }
    if (axis->count == *capacity) {
        const int64_t wanted = *capacity > 0 ? 2 * *capacity : 4;
        void *const values = realloc(axis->values, (size_t)wanted * VALUE_SIZE);
        if (values == NULL) {
            return dlb_fail(why, DLB_NO_MEMORY, "no memory for the values of %s", axis->name);
        }
        axis->values = values;
        *capacity = wanted;
    }
    (void)snprintf(axis->values[axis->count], VALUE_SIZE, "%s", text);
    axis->count++;
    return DLB_OK;
}

/* True when the text before its first inner '-' is a whole number: "512-4096*2", not "-1" or
 * "1e-5". */
static bool looks_like_range(const char *item, int64_t *first)
{
    char start[VALUE_SIZE];
    const char *const dash = item[0] != '\0' ? strchr(item + 1, '-') : NULL;
    if (dash == NULL || item[0] == '-') {
        return false;
    }
    (void)snprintf(start, sizeof start, "%.*s", (int)(dash - item), item);
    return dlb_parse_int(start, first, NULL) == DLB_OK;
}

/* The rest of a range behind its first dash: LAST, LAST*FACTOR or LAST+STEP. */
static enum dlb_status parse_range(const char *name, const char *item, struct range *range,
                                   struct dlb_why *why)
{
    char end[VALUE_SIZE];
    const char *const text = strchr(item, '-') + 1;
    const size_t length = strcspn(text, "*+");
    (void)snprintf(end, sizeof end, "%.*s", (int)length, text);
    range->geometric = text[length] == '*';
    range->step = 1;
    const bool has_step = text[length] != '\0';
    if (dlb_parse_int(end, &range->last, NULL) != DLB_OK ||
        (has_step && dlb_parse_int(text + length + 1, &range->step, NULL) != DLB_OK)) {
        return dlb_fail(why, DLB_INVALID,
                        "%s: a range is FIRST-LAST*FACTOR or FIRST-LAST+STEP (like 512-4096*2), "
                        "found '%s'",
                        name, item);
    }
    if (range->last < range->first) {
        return dlb_fail(why, DLB_INVALID, "%s: the range %s runs backwards; write %lld-%lld", name,
                        item, (long long)range->last, (long long)range->first);
    }
    if (range->geometric && (range->step < 2 || range->first < 1)) {
        return dlb_fail(why, DLB_INVALID,
                        "%s: the range %s never ends; it wants a factor of at least 2 and a start "
                        "of at least 1",
                        name, item);
    }
    if (range->step < 1) {
        return dlb_fail(why, DLB_INVALID,
                        "%s: the range %s never ends; it wants a step of at least 1", name, item);
    }
    return DLB_OK;
}

static enum dlb_status add_range(struct dlb_axis *axis, int64_t *capacity,
                                 const struct range *range, struct dlb_why *why)
{
    int64_t value = range->first;
    for (;;) {
        char text[VALUE_SIZE];
        (void)snprintf(text, sizeof text, "%lld", (long long)value);
        const enum dlb_status status = add_value(axis, capacity, text, why);
        if (status != DLB_OK) {
            return status;
        }
        const bool last = range->geometric ? value > range->last / range->step
                                           : value > range->last - range->step;
        if (last) {
            return DLB_OK;
        }
        value = range->geometric ? value * range->step : value + range->step;
    }
}

static enum dlb_status add_item(struct dlb_axis *axis, int64_t *capacity, const char *text,
                                size_t length, struct dlb_why *why)
{
    if (length == 0) {
        return dlb_fail(why, DLB_INVALID, "%s has no value%s; it wants a list like 64,128 or f32",
                        axis->name, axis->count > 0 || text[0] == ',' ? " beside a comma" : "");
    }
    if (length >= VALUE_SIZE) {
        return dlb_fail(why, DLB_INVALID, "%s: a value has 1..%zu characters, found '%.*s'",
                        axis->name, VALUE_SIZE - 1, (int)(length < 60 ? length : 60), text);
    }
    char item[VALUE_SIZE];
    memcpy(item, text, length);
    item[length] = '\0';
    struct range range = {0};
    if (!looks_like_range(item, &range.first)) {
        return add_value(axis, capacity, item, why);
    }
    const enum dlb_status status = parse_range(axis->name, item, &range, why);
    return status != DLB_OK ? status : add_range(axis, capacity, &range, why);
}

enum dlb_status dlb_axis_parse(const char *text, struct dlb_axis *axis, struct dlb_why *why)
{
    if (!dlb_text_is_utf8(text)) {
        return dlb_fail(why, DLB_INVALID, "a parameter must be valid UTF-8, found '%.60s'", text);
    }
    struct dlb_axis parsed = {.name = ""};
    const size_t name_length = strcspn(text, "=");
    if (name_length == 0 || name_length >= sizeof parsed.name || text[name_length] == '\0') {
        return dlb_fail(why, DLB_INVALID,
                        "a parameter is NAME=LIST or NAME=RANGE (like m=512-4096*2), found '%.60s'",
                        text);
    }
    memcpy(parsed.name, text, name_length);
    int64_t capacity = 0;
    const char *at = text + name_length;
    do {
        at++; /* the '=' or a comma */
        const size_t length = strcspn(at, ",");
        const enum dlb_status status = add_item(&parsed, &capacity, at, length, why);
        if (status != DLB_OK) {
            dlb_axis_free(&parsed);
            return status;
        }
        at += length;
    } while (*at != '\0');
    *axis = parsed;
    return DLB_OK;
}

/* Names known and given once, and the size of the product; each axis has at least one value. */
static enum dlb_status check_axes(const struct dlb_problem_entry *base, const struct dlb_axis *axes,
                                  int axis_count, int64_t limit, struct dlb_why *why)
{
    int64_t product = 1;
    bool fits = true;
    for (int i = 0; i < axis_count; i++) {
        struct dlb_problem trial = base->problem;
        const enum dlb_status status =
            dlb_problem_set(&trial, axes[i].name, axes[i].values[0], why);
        if (status != DLB_OK) {
            return status;
        }
        for (int j = 0; j < i; j++) {
            if (strcmp(axes[i].name, axes[j].name) == 0) {
                return dlb_fail(why, DLB_INVALID, "%s: the parameter %s is given twice",
                                base->problem.workload->name, axes[i].name);
            }
        }
        fits = fits && dlb_multiply(product, axes[i].count, &product);
    }
    if (!fits) {
        return dlb_fail(why, DLB_INVALID, "the parameters multiply to more than 2^63 problems");
    }
    if (product > limit) {
        return dlb_fail(why, DLB_INVALID,
                        "the parameters multiply to %lld problems, the limit is %lld",
                        (long long)product, (long long)limit);
    }
    return DLB_OK;
}

/* Steps the odometer, last axis fastest; only the axes that turned are set anew. False at the
 * end. */
static bool advance(int64_t *positions, const struct dlb_axis *axes, int axis_count, int *turned)
{
    for (int i = axis_count - 1; i >= 0; i--) {
        if (++positions[i] < axes[i].count) {
            *turned = i;
            return true;
        }
        positions[i] = 0;
    }
    return false;
}

enum dlb_status dlb_axes_expand(const struct dlb_problem_entry *base, const struct dlb_axis *axes,
                                int axis_count, int64_t limit, struct dlb_problems *problems,
                                struct dlb_why *why)
{
    enum dlb_status status = check_axes(base, axes, axis_count, limit, why);
    if (status != DLB_OK) {
        return status;
    }
    const int64_t before = problems->count;
    struct dlb_problem_entry entry = *base;
    int64_t positions[DLB_MAX_PARAMS] = {0}; /* check_axes: every axis is another parameter */
    int turned = 0;
    do {
        for (int i = turned; i < axis_count && status == DLB_OK; i++) {
            status =
                dlb_problem_set(&entry.problem, axes[i].name, axes[i].values[positions[i]], why);
        }
        if (status == DLB_OK) {
            status = dlb_problems_add(problems, &entry, why);
        }
    } while (status == DLB_OK && advance(positions, axes, axis_count, &turned));
    if (status != DLB_OK) {
        problems->count = before;
    }
    return status;
}
